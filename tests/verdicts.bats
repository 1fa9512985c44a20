# The command explains what the module does: of any login, by any policy, with
# any lease, both say the same.

# It is much of the same.
# bats file_tags=noasan
load lib

STACK=/run/stack

setup_file() {
	ns_start
	[ -n "${NS_SKIP:-}" ] || lay_ground
}
teardown_file() { ns_stop; }
setup() { ns_setup; }

lay_ground() {
	local root=/proc/$NS_HOLDER/root service

	mkdir -p "$root$STACK"
	for service in sshd login su cron gdm-password; do
		echo "account required $BUILD/pam_lease.so debug" \
			>"$root$STACK/$service"
	done
	printf '%s\n' 'staff:x:3001:alice,bob' 'domain users:x:3002:carol,alice' \
		>>"$root/etc/group"
	# libpam looks the remote host up for the audit log; nobody answers here.
	echo 'hosts: files' >>"$root/etc/nsswitch.conf"
}

# usage: agree REQUESTS WHAT...	each of which must have come up
agree() {
	local seed=${SEED:-$RANDOM$RANDOM} word

	run ns timeout -v 900 python3 "$BATS_TEST_DIRNAME/verdicts.py" \
		"$BUILD" "$STACK" "$seed" "$1"
	echo "seed $seed"
	echo "$output" | head -c 4000
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "requests $1 different 0" ]
	for word in "${@:2}"; do
		grep -q "\<$word[a-z]* [1-9]" <<<"$output" || bad "no $word"
	done
	all_good
	echo "# seed $seed: $(sed -n '$!p' <<<"$output")" >&3
}

@test "300 random logins: the command says what the module does" {
	agree 300 in: out:
}

# bats test_tags=endurance
@test "10,000 random logins: the command says what the module does" {
	agree 10000 in:allow in:lease in:root out:{no-account,ask,deny} \
		out:{no-lease,expired,service,from,during,other-user} \
		out:{lease-broken,policy-broken,zone-unreadable,limit}
}
