#!/usr/bin/env bats
#
# Users who may be on one host at a time: two hosts that share a directory,
# which is on the second and reaches the first over a cable.

# Words for the shell in the host.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0
load lib

setup_file() {
	export A B host
	host_start || return
	[ -z "${HOST_SKIP:-}" ] || return 0
	A=$HOST_NAME
	BATS_TEST_FILENAME=presence-b.bats host_start || return
	B=$HOST_NAME
	wire && share || return
	for host in $A $B; do
		on "$host" h bash -s <<'END'
mkdir -p /etc/pamlease
printf 'directory /net/presence\nexpires 5\n' >/etc/pamlease/presence-dir.conf
pamlease grant alice --duration 8h
pamlease grant bob --duration 8h
END
		on "$host" policy 'exclusive user alice'
	done
}

# The directory as sshfs has it, with nothing kept from before and no time limit:
# what is cut off hangs.
share() {
	on "$B" h mkdir -p /net/presence </dev/null
	on "$A" h bash -c 'mkdir -p /net/presence
		mknod /dev/fuse c 10 229
		systemd-run --quiet --unit=net-presence --service-type=forking \
		sshfs -o dir_cache=no,attr_timeout=0,entry_timeout=0 \
		"$0:/net/presence" /net/presence' $ADDRESS_B </dev/null
}

teardown_file() {
	for host in $A $B; do
		HOST_NAME=$host host_stop
	done
}

setup() {
	host_setup
	# The kernel's business: nothing that is installed changes it.
	on "$A" h mountpoint -q /net/presence </dev/null || skip 'no FUSE'
}

teardown() {
	HOST_NAME=$A host_teardown
	HOST_NAME=$B host_teardown
	[ -n "${HOST_SKIP:-}" ] || for host in $A $B; do
		on "$host" policy 'exclusive user alice' || :
		on "$host" h bash -c 'systemctl stop "login-*"
			systemctl reset-failed
			rm -f /run/cut
			[ ! -e /sys/class/net/cable ] ||
				ip link set cable up' </dev/null || :
	done
	on "$B" h bash -c 'rm -f /net/presence/*' </dev/null
}

policy() {
	printf '%s\n' presence-command\ /usr/libexec/pamlease-presence-dir "$@" |
		h bash -c 'cat >/etc/pamlease/policy.conf.new &&
			mv /etc/pamlease/policy.conf.new /etc/pamlease/policy.conf'
}

# usage: gets_in HOST			from the host itself
gets_in() { on "$1" key_login alice 'echo in' 2>&1 | grep -x in >/dev/null; }
# usage: over FROM-HOST ADDRESS		from the other one
over() { on "$1" h ssh -o BatchMode=yes "alice@$2" 'echo in' </dev/null; }
claim() { on "$B" h cat /net/presence/1001 </dev/null; }
claimed_by() { claim | grep -q " $1\$"; }
claimed_at() { on "$B" h stat -c %Y /net/presence/1001 </dev/null; }
given_up() { [ -z "$(claim)" ]; }
refused() { ! gets_in "$1"; }
now() { echo $((${EPOCHREALTIME/./} / 1000)); }

@test "who is on one host is refused on the other, and let in after leaving it" {
	local left

	# Each login comes over the cable, so that the other host is where from.
	on "$B" in_session one -N "alice@$ADDRESS_A"
	wait_for 10 claimed_by "$A"
	on "$A" h grep -rqx "rhost=$ADDRESS_B" /run/pamlease/sessions </dev/null
	run over "$A" "$ADDRESS_B"
	echo "$output"
	[[ $status -ne 0 && $output == *"Access denied: you are logged in on $A."* ]]
	# Somebody else is not asked about, and the same host is no other.
	[ "$(on "$B" key_login bob 'echo in')" = in ]
	gets_in "$A"
	claimed_by "$A"
	# Who comes within 2 s of that gets in, however long a login takes.
	left=$(now)
	on "$B" session_stop one
	until [ "$(over "$A" "$ADDRESS_B" 2>/dev/null)" = in ]; do
		[ $(($(now) - left)) -lt 2000 ]
	done
	echo "let in $(($(now) - left)) ms after logging out" >&3
	wait_for 10 given_up
}

@test "the watchdog's run says that the user is still there" {
	local before

	on "$A" in_session three -N alice@127.0.0.1
	wait_for 10 claimed_by "$A"
	# Read at once: the timer's run would say it, too.
	before=$(on "$B" h bash -c 'touch -d "-4 seconds" /net/presence/1001
		stat -c %Y /net/presence/1001' </dev/null)
	on "$A" h /usr/libexec/pamlease-watchdog </dev/null
	wait_for 10 eval '[ "$(claimed_at)" -gt '"$before"' ]'
	on "$A" session_stop three
}

@test "no answer is what the policy says it is" {
	run -0 on "$A" h bash -c 'printf "#!/bin/sh\nexec sleep 1000\n" >/usr/local/sbin/silent
		chmod 755 /usr/local/sbin/silent' </dev/null
	policy_silent() {
		printf '%s\n' 'exclusive user alice' "$@" 'presence-timeout 1s' \
			'presence-command /usr/local/sbin/silent' |
			on "$A" h tee /etc/pamlease/policy.conf >/dev/null
	}
	policy_silent
	run on "$A" key_login alice 'echo in'
	[[ $status -ne 0 && $output == *'Tell its administrator'* ]]
	policy_silent 'presence-silent allow'
	gets_in "$A"
	# What is not to be trusted does not answer either.
	policy_silent
	on "$A" h bash -c 'printf "#!/bin/sh\n" >/usr/local/sbin/silent
		chmod o+w /usr/local/sbin/silent' </dev/null
	refused "$A"
}

cut_cable() {
	on "$A" policy 'exclusive user alice' 'presence-timeout 1s' "$@"
	on "$A" h ip link set cable down </dev/null
}
watchdog() { h /usr/libexec/pamlease-watchdog </dev/null; }

# What asks the directory is not even killed by SIGKILL.
hangs() {
	h bash -c 'for task in /proc/[0-9]*/task/[0-9]*/wchan; do
		grep -qs "^request_wait_answer" $task && exit 0
	done; exit 1' </dev/null
}
hangs_no_more() { ! hangs; }
all_closed() { [ -z "$(h ls /run/pamlease/sessions </dev/null)" ]; }

logged() { h journalctl -b --no-pager </dev/null | grep -F -- "$1"; }

@test "the cable is cut: logins get what the policy says, in time" {
	local start

	on "$A" in_session four -N alice@127.0.0.1
	wait_for 10 claimed_by "$A"
	cut_cable
	start=$(now)
	run on "$A" key_login alice 'echo in'
	echo "refused after $(($(now) - start)) ms" >&3
	[[ $status -ne 0 && $output == *'Tell its administrator'* ]]
	[ $(($(now) - start)) -lt 4000 ]
	on "$A" hangs
	[ "$(on "$A" key_login bob 'echo in')" = in ]
	# To log out does not hang either; what is given up by it is so later.
	on "$A" session_stop four
	wait_for 4 on "$A" all_closed
	# Who is cut off is lost after the time: the other host lets them in.
	wait_for 10 gets_in "$B"
	on "$A" policy 'exclusive user alice' 'presence-timeout 1s' \
		'presence-silent allow'
	start=$(now)
	gets_in "$A"
	echo "let in after $(($(now) - start)) ms" >&3
	[ $(($(now) - start)) -lt 6000 ]
	on "$A" h ip link set cable up </dev/null
	wait_for 60 on "$A" hangs_no_more
	on "$B" in_session five -N alice@127.0.0.1
	wait_for 10 claimed_by "$B"
	run over "$B" "$ADDRESS_A"
	[[ $status -ne 0 && $output == *"Access denied: you are logged in on $B."* ]]
	on "$B" session_stop five
	wait_for 2 gets_in "$A"
}

@test "the cable is cut: the watchdog ends whom it has to, in time" {
	local start

	on "$A" in_session six -N alice@127.0.0.1
	wait_for 10 claimed_by "$A"
	cut_cable
	start=$(now)
	on "$A" watchdog
	on "$A" watchdog
	[ $(($(now) - start)) -lt 4000 ]
	wait_for 10 on "$A" hangs
	wait_for 10 on "$A" logged \
		'presence: pamlease-presence-dir: not done after 1000 ms'
	on "$A" h pamlease grant carol --duration 5s </dev/null
	on "$A" in_session seven -N carol@127.0.0.1
	wait_for 7 on "$A" session_ended seven
	wait_for 5 on "$A" logged \
		'carol (uid 1003): ended, the lease has expired'
	# Nor is the user of whom it is asked kept in.
	start=$(now)
	on "$A" h pamlease revoke alice </dev/null
	wait_for 5 on "$A" session_ended six
	echo "ended after $(($(now) - start)) ms" >&3
	on "$A" h ip link set cable up </dev/null
	wait_for 60 on "$A" hangs_no_more
	on "$A" watchdog
	wait_for 10 given_up
	on "$A" h pamlease grant alice --duration 8h </dev/null
}

@test "a host that dies gives the user free after its time" {
	local died

	on "$A" in_session two -N alice@127.0.0.1
	wait_for 10 claimed_by "$A"
	on "$B" h touch /net/presence/1001 </dev/null
	kill -KILL "$(on "$A" "$HOST_DIR/host" leader)"
	died=$(now)
	refused "$B"
	wait_for 8 gets_in "$B"
	echo "let in $(($(now) - died)) ms after its death" >&3
	[ $(($(now) - died)) -gt 3000 ]
	# Its cable is gone with it.
	run ! on "$B" h ip link show cable </dev/null
	[ ! -e /sys/class/net/cable ]
}
