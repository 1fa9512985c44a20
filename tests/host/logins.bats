#!/usr/bin/env bats
#
# Each way into sshd, with each state of the lease: only a valid one lets in,
# and what refuses says so.

load lib

# The watchdog would take an expired lease away before it is tried.
setup_file() {
	host_start
	[ -n "${HOST_SKIP:-}" ] || h systemctl stop pamlease-watchdog.timer \
		pamlease-watchdog.path
}
teardown_file() { host_stop; }

DENIED='Access denied: you have no valid lease on this host.'
BROKEN="Access denied: this host can't check your lease."

# What the module says of a state: the word in the log, the text for the user.
why_of() {
	case $1 in
	none) echo "no-lease $DENIED" ;;
	expired) echo "expired $DENIED" ;;
	corrupt) echo "lease-broken $BROKEN" ;;
	esac
}

log_lines() { h journalctl -b --no-pager -q -o cat --grep "why=$1 "; }

# A refusal in the auth phase is told to nobody, for it may be anybody.
# usage: refused STATE COMMAND...
refused() {
	local state=$1 why text before
	read -r why text < <(why_of "$state")
	shift
	case $1 in
	password_login | kbdint_login) text='Permission denied' ;;
	esac
	before=$(log_lines "$why" | wc -l)
	run "$@"
	echo "$state: $* -> $status: $output"
	[ "$status" -ne 0 ]
	[[ "$output" == *"$text"* ]]
	[[ "$output" != *"in as"* ]]
	[ "$(log_lines "$why" | wc -l)" -gt "$before" ]
}

# Tries one way in with all four states. usage: four_states COMMAND...
four_states() {
	local state

	h /mnt/host/lease.sh valid
	run "$@"
	echo "valid: $* -> $status: $output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"in as alice"* ]]
	for state in none expired corrupt; do
		h /mnt/host/lease.sh "$state"
		refused "$state" "$@"
	done
}

say='echo in as $(id -un)'

by_sftp() {
	h bash -c 'echo "in as alice" >/home/alice/note
		rm -f /tmp/note
		echo "get note /tmp/note" | sftp -b - alice@127.0.0.1 &&
		cat /tmp/note' </dev/null 2>&1
}

by_scp() {
	h bash -c 'echo "in as alice" >/home/alice/note
		rm -f /tmp/note
		scp alice@127.0.0.1:note /tmp/note && cat /tmp/note' \
		</dev/null 2>&1
}

# A connection without a session: what it forwards must work, or be refused.
by_n() {
	h bash -c 'ssh -N -o ExitOnForwardFailure=yes \
		-L 2222:127.0.0.1:22 alice@127.0.0.1 & pid=$!
		for ((i = 0; i < 500; i++)); do
			kill -0 $pid 2>/dev/null || { wait $pid; exit; }
			exec 3<>/dev/tcp/127.0.0.1/2222 && read -r line <&3 &&
				break
			sleep 0.02
		done 2>/dev/null
		echo "$line: in as $(ps -o user= -C sshd | grep -m1 alice)"
		kill $pid' </dev/null 2>&1
}

by_terminal() {
	h ssh -tt -o BatchMode=yes alice@127.0.0.1 "$say" </dev/null 2>&1
}

# A second channel over one connection.
by_mux() {
	h bash -c 'ssh -M -S /run/mux -fN alice@127.0.0.1 || exit
		ssh -S /run/mux alice@127.0.0.1 "echo in as \$(id -un)"
		ssh -S /run/mux -O exit alice@127.0.0.1' </dev/null 2>&1
}

@test "key: let in with a valid lease only" {
	four_states key_login alice "$say"
}

@test "password: let in with a valid lease only" {
	four_states password_login alice "$say"
}

@test "keyboard-interactive: let in with a valid lease only" {
	four_states kbdint_login alice "$say"
}

@test "-tt, a terminal: let in with a valid lease only" {
	four_states by_terminal
}

@test "sftp: let in with a valid lease only" {
	four_states by_sftp
}

@test "scp: let in with a valid lease only" {
	four_states by_scp
}

@test "-N with a forward: let in with a valid lease only" {
	four_states by_n
}

@test "a second channel over ControlMaster: let in with a valid lease only" {
	four_states by_mux
}

@test "a wrong password is refused as ever, with a lease and without" {
	local state

	for state in valid none; do
		h /mnt/host/lease.sh "$state"
		HOST_PASSWORD=wrong run password_login alice "$say"
		[ "$status" -ne 0 ]
		[[ "$output" != *lease* ]]
	done
}

@test "root needs no lease, whatever is broken" {
	h /mnt/host/lease.sh none
	h install -m 600 -D /root/.ssh/id.pub /root/.ssh/authorized_keys
	[ "$(key_login root id -un)" = root ]
	h bash -c 'mkdir -p /etc/pamlease; echo bad >/etc/pamlease/policy.conf
		chmod 777 /run/pamlease'
	run key_login root id -un
	h bash -c 'rm /etc/pamlease/policy.conf; chmod 700 /run/pamlease'
	[[ "$output" == *root ]]
}

@test "a policy that is broken closes the door for everybody but root" {
	h /mnt/host/lease.sh valid
	h bash -c 'mkdir -p /etc/pamlease; echo bad >/etc/pamlease/policy.conf'
	run key_login alice true
	h rm /etc/pamlease/policy.conf
	[ "$status" -ne 0 ]
	[[ "$output" == *"$BROKEN"* ]]
	key_login alice true
}
