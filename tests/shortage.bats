#!/usr/bin/env bats
#
# What runs short: room on the disk, memory, address space.

# bats file_tags=noasan
load lib

setup_file() { ns_start; }
teardown_file() { ns_stop; }
setup() { ns_setup; }
teardown() { [ -n "${NS_SKIP:-}" ] || ns umount -l /run/pamlease 2>/dev/null || :; }

# A stack of the module alone.
lay_stack() {
	local type

	ns mkdir -p /run/stack
	for type in auth account session; do
		echo "$type required $BUILD/pam_lease.so"
	done | ns_write /run/stack/lease
}

ns_write() { cat >"/proc/$NS_HOLDER/root$1"; }

# What the module says to an application.  usage: verdict USER WORD...
verdict() {
	ns "$BUILD/helpers/pamcall" /run/stack lease "$@" | grep '=PAM_'
}

# A file system of its own for leases, which is small.
small_disk() {
	ns bash -c 'umount -l /run/pamlease 2>/dev/null; mkdir -p /run/pamlease
		mount -n -t tmpfs -o mode=0700,size=128k,nr_inodes=80 tmpfs \
		    /run/pamlease'
}

# shellcheck disable=SC2016
fill() {
	case $1 in
	blocks) ns dd if=/dev/zero of=/run/pamlease/fill bs=1k || : ;;
	inodes) ns bash -c 'for ((i = 0; i < 99; i++)); do
			: >"/run/pamlease/fill$i" || exit; done' || : ;;
	esac 2>/dev/null
}

# All that is there, without locks: nobody minds those.
# shellcheck disable=SC2016
held() {
	ns bash -c 'cd /run/pamlease && find . ! -name "*.lock" -type f |
		sort | xargs sha256sum'
}

# A command that has no room: status 4, and all is as it was.
no_room() {
	local before

	before=$(held)
	run pamlease "$@"
	[ "$status" -eq 4 ] || bad "$what: $*: $status: $output"
	[[ $output != *Lease* ]] || bad "$what: $*: $output"
	[ "$(held)" = "$before" ] ||
		bad "$what: $*: changed: $(diff <(echo "$before") <(held))"
}

# One round on a disk without room for WHAT.  alice, bob and carol are in.
full_disk() {
	local what=$1 user before after due status

	small_disk
	declare -A pid=()
	for user in alice:1001 bob:1002 carol:1003; do
		pamlease grant "${user%:*}" --duration 1h >/dev/null
		pid[${user%:*}]=$(ns_process "${user#*:}")
		ns_session "${user%:*}" "${user#*:}" "${pid[${user%:*}]}"
	done
	ns_expire carol
	pamlease grant erin@realm --duration 1h >/dev/null
	before=$(for user in alice bob carol '0day' root nobody; do
		verdict "$user" auth account; done)
	[[ $before == *account=PAM_SUCCESS*account=PAM_PERM_DENIED* ]] ||
		bad "$before"
	# Nobody has a lock file, so that each needs room for one.
	ns find /run/pamlease -name '.*.lock' -delete
	fill "$what"
	after=$(for user in alice bob carol '0day' root nobody; do
		verdict "$user" auth account; done)
	[ "$before" = "$after" ] || bad "$what: $before, now $after"
	# Who can't be entered in the ledger stays out; root does not.
	[ "$(verdict alice open)" = open=PAM_SESSION_ERR ] ||
		bad "$what: $(verdict alice open)"
	[ "$(verdict root open)" = open=PAM_SUCCESS ] ||
		bad "$what: $(verdict root open)"
	no_room grant '0day' --duration 1h
	no_room grant alice --force --duration 1h
	no_room extend alice --duration 1h
	no_room revoke alice --keep-sessions
	ns_alive "${pid[alice]}" || bad "$what: a kept session ended"
	run pamlease revoke erin@realm
	[ "$status" -eq 0 ] || bad "$what: no session: $status: $output"
	fill "$what"
	run pamlease revoke alice
	[[ $status -eq 0 && $output == *'sessions terminated'* ]] ||
		bad "$what: session: $status: $output"
	! ns_alive "${pid[alice]}" || bad "$what: alice is in"
	fill "$what"
	run ns "$BUILD/pamlease-watchdog"
	[ "$status" -eq 0 ] || bad "$what: watchdog: $status: $output"
	! ns_alive "${pid[carol]}" || bad "$what: carol is in"
	ns_alive "${pid[bob]}" || bad "$what: bob is out"
	due=$(ns find /run/pamlease -name 'alice*' -o -name 'carol*' -o \
		-name 'erin*' -o -name '.tmp*')
	[ -z "$due" ] || bad "$what: left: $due"
	pamlease check bob >/dev/null || bad "$what: bob has no lease"
	ns_kill -KILL "${pid[bob]}"
}

@test "a full disk: no grant, no extension, but every end" {
	lay_stack
	full_disk blocks
	full_disk inodes
	all_good
}

# bats test_tags=endurance
@test "a full disk, a hundred times" {
	local i

	lay_stack
	for ((i = 0; i < 50; i++)); do
		full_disk blocks
		full_disk inodes
	done
	all_good
}

@test "a copy that can't be removed: the revocation stays unfinished" {
	pamlease grant alice --duration 1h --keep >/dev/null
	ns mount -n --bind /var/lib/pamlease /var/lib/pamlease
	ns mount -n -o remount,ro,bind /var/lib/pamlease
	run pamlease revoke alice
	[[ $status -eq 4 && $output == *'comes back at the next boot'* ]] ||
		bad "revoke: $status: $output"
	run ns "$BUILD/pamlease-watchdog"
	[ "$status" -eq 4 ] || bad "watchdog: $status: $output"
	ns umount /var/lib/pamlease
	ns "$BUILD/pamlease-watchdog" || bad "watchdog: $?"
	run ns find /run/pamlease /var/lib/pamlease -name 'alice*'
	[ -z "$output" ] || bad "left: $output"
	all_good
}

# What the module answers when the n-th allocation of the application fails.
# usage: short_of_memory USER ALL
# shellcheck disable=SC2016
short_of_memory() {
	ns bash -c 'for ((n = 1; n < 500; n++)); do
			rm -rf /run/pamlease/sessions
			out=$(LD_PRELOAD=$1/preload/nomem.so NOMEM=$n \
				NOMEM_ALL=$3 "$1/helpers/pamcall" /run/stack \
				lease "$2" auth account open \
				9>/run/hit 2>&1 | grep "=PAM_")
			echo "$n ${PIPESTATUS[0]}" $out
			[ -s /run/hit ] || break
		done' - "$BUILD" "$1" "$2"
}

@test "an application without memory: nobody is let in by it" {
	local all user

	lay_stack
	pamlease grant alice --duration 1h >/dev/null
	# carol's would be good if it were not for the policy.
	pamlease grant carol --duration 1h >/dev/null
	ns_lease carol '.issued_at = (now - 1800 | todate)'
	ns mkdir -p /etc/pamlease
	echo 'max 20m' | ns_write /etc/pamlease/policy.conf
	for all in '' 1; do
		for user in bob carol; do
			run short_of_memory $user "$all"
			[[ ${#lines[@]} -gt 5 &&
			    ${lines[-1]} == *'account=PAM_PERM_DENIED open='* ]] ||
				bad "$user: $output"
			[[ $output != *SUCCESS* && $output != *IGNORE* ]] ||
				bad "$user is let in: $output"
		done
		run short_of_memory alice "$all"
		[[ ${lines[-1]} == *'account=PAM_SUCCESS open=PAM_SUCCESS' ]] ||
			bad "lease: $output"
	done
	all_good
}

# shellcheck disable=SC2016
@test "the watchdog in less and less address space: ends or says why" {
	local size pid done=0 failed_runs=0

	for size in 200000 8000 6000 5000 4000 3500 3000 2750 2500 2250 2000; do
		pamlease grant alice --force --duration 1h >/dev/null
		ns_expire alice
		pid=$(ns_process 1001)
		run ns bash -c 'ulimit -v "$0"; exec "$@"' "$size" \
			"$BUILD/pamlease-watchdog"
		if [ "$status" -eq 0 ]; then
			done=$((done + 1))
			! ns_alive "$pid" || bad "$size: status 0, not ended"
			! ns test -e /run/pamlease/alice.lease ||
				bad "$size: status 0, lease there"
		else
			failed_runs=$((failed_runs + 1))
			[[ $status -lt 128 && -n $output ]] ||
				bad "$size: $status: $output"
		fi
		run ns "$BUILD/pamlease-watchdog"
		[ "$status" -eq 0 ] || bad "$size: next: $status: $output"
		! ns_alive "$pid" || bad "$size: not ended by the next run"
	done
	[ "$done" -gt 0 ] && [ "$failed_runs" -gt 0 ] ||
		bad "$done ended, $failed_runs failed: not a test"
	all_good
}
