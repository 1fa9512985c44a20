#!/usr/bin/env bats
#
# What the watchdog says of its work, and what does not stop it.

load lib

setup_file() {
	host_start --bind-ro "$HOST_DEST/../helpers:/mnt/helpers" || return
	[ -n "${HOST_SKIP:-}" ] || h bash -c 'mkdir -p /etc/pamlease
		echo "warn 10s 5s" >/etc/pamlease/policy.conf'
}
teardown_file() { host_stop; }

lease_gone() { ! h test -e "/run/pamlease/$1.lease"; }
no_process() { ! h pgrep -u "$1" >/dev/null; }

# The newest line of the journal about that. usage: field NAME EVENT USER
field() {
	h journalctl -o json -n 1 "PAMLEASE_EVENT=$2" "PAMLEASE_USER=$3" |
		jq -r ".$1 | if type == \"array\" then .[0] else . end"
}

@test "the journal has a line with fields of each thing that was done" {
	local entry

	h pamlease grant alice --duration 12s
	in_session pty -tt alice@127.0.0.1
	wait_for 20 session_said pty 'expires in 5 seconds'
	entry=$(h ls /run/pamlease/sessions)
	wait_for 15 session_ended pty
	wait_for 5 lease_gone alice
	wait_for 5 eval '[ -n "$(field MESSAGE removed alice)" ]'

	[[ $(field MESSAGE warned alice) == \
		'alice (uid 1001): warned, '*' seconds left: 1 terminals, 0 did not take it' ]]
	[ "$(field PAMLEASE_SESSION warned alice)" = "$entry" ]
	[[ $(field MESSAGE ended alice) == \
		'alice (uid 1001): ended, the lease has expired'*' processes, '*' 0 left, '*' ms' ]]
	[ "$(field PAMLEASE_UID ended alice)" = 1001 ]
	[ "$(field PAMLEASE_SESSION ended alice)" = "$entry" ]
	[[ $(field PAMLEASE_WHY ended alice) == expired* ]]
	[ "$(field PAMLEASE_FOUND ended alice)" -ge 1 ]
	[ "$(field PAMLEASE_LEFT ended alice)" = 0 ]
	[[ $(field PAMLEASE_TOOK_MS ended alice) =~ ^[0-9]+$ ]]
	[ "$(field PAMLEASE_LATE_MS ended alice)" -ge \
		"$(field PAMLEASE_TOOK_MS ended alice)" ]
	[ "$(field PAMLEASE_LATE_MS ended alice)" -lt 5000 ]
	[ "$(field PRIORITY ended alice)" = 5 ]
	[[ $(field MESSAGE removed alice) == 'alice: lease removed, '* ]]
	h journalctl -o cat -u pamlease-watchdog.service |
		grep '^alice: lease removed'
}

@test "an entry of a process that is gone is closed, and that is said once" {
	h pamlease grant bob --duration 1h
	in_session gone -N bob@127.0.0.1
	wait_for 10 eval '[ "$(h pamlease sessions --json | jq length)" -eq 1 ]'
	h kill -KILL "$(h pamlease sessions --json | jq .[0].pid)"
	watchdog_run
	wait_for 5 eval '[ -z "$(h ls /run/pamlease/sessions)" ]'
	wait_for 5 eval '[[ $(field MESSAGE closed bob) == \
		"bob (uid 1002): session "*" was not closed, its process is gone" ]]'
	watchdog_run
	[ "$(h journalctl -o cat PAMLEASE_EVENT=closed PAMLEASE_USER=bob |
		wc -l)" -eq 1 ]
	h pamlease revoke bob
}

@test "users see how long their own session has, also after an extension" {
	local place=/run/pamlease-status

	# The unit may write there, though it is not there when it starts.
	h rm -rf $place
	h pamlease grant alice --duration 1h --reason INC-1
	watchdog_run
	[ "$(h stat -c '%a %U' $place)" = '711 root' ]
	[ "$(key_login alice pamlease-status --short)" = 1h ]
	[[ $(key_login alice pamlease-status) == \
		*'ends in '*'Admitted by a lease of '*': INC-1'*'To stay longer ask '* ]]
	in_session stays alice@127.0.0.1 'while read -r x; do pamlease-status --short; done'
	session_type stays x
	wait_for 10 session_said stays 1h
	h pamlease extend alice --duration 1h
	wait_for 10 eval 'session_type stays x; session_said stays 2h'
	run ! h su bob -s /bin/sh -c "ls $place/1001/"
	# Where it was made by the module, and the unit is without it.
	h rm -rf $place
	watchdog_run
	wait_for 10 h test -d $place/1001
	session_stop stays
	wait_for 10 h bash -c "! ls $place/1001/* && ! journalctl -b -o cat -t pamlease-watchdog --grep 'see their end'"
	h pamlease revoke alice
}

@test "a lease for root or a system account is put aside, and ends nobody" {
	local user

	h systemd-run --quiet --unit=root-sleeps sleep 1000
	h systemd-run --quiet --unit=daemon-sleeps --uid=daemon sleep 1000
	for user in root:0 daemon:1; do
		h pamlease grant carol --duration 5s --force
		h bash -c 'f=/run/pamlease/carol.lease
			sed "s/\"carol\"/\"$1\"/; s/1003/$2/" "$f" >/run/forged
			install -m 600 /run/forged "/run/pamlease/$1.lease"
			rm "$f"' - "${user%:*}" "${user#*:}"
		wait_for 35 h test -e "/run/pamlease/.${user%:*}.aside"
		h test ! -e "/run/pamlease/${user%:*}.lease"
		wait_for 5 eval '[ "$(field PRIORITY put-aside ${user%:*})" = 1 ]'
		h rm "/run/pamlease/.${user%:*}.aside"
		h systemctl -q is-active "${user%:*}-sleeps"
	done
	watchdog_run
	[ "$(h journalctl -o cat PAMLEASE_EVENT=put-aside | wc -l)" -eq 2 ]
	h systemctl stop root-sleeps daemon-sleeps
}

# What loginctl and systemctl are asked for bob never comes back, and what bob
# left forks faster than anybody can look.
@test "a user who hangs in every way holds up nobody else's end" {
	local name due late

	h bash -c 'for name in loginctl systemctl; do
			mv /usr/bin/$name /usr/bin/$name.real
			cat >/usr/bin/$name <<-EOF
				#!/bin/sh
				case "\$*" in
				*1002*) trap "" TERM; exec sleep 1000 ;;
				esac
				exec /usr/bin/$name.real "\$@"
			EOF
			chmod +x /usr/bin/$name
		done'
	h pamlease grant bob --duration 1h
	h runuser -u bob -- sh -c \
		'cd / && echo "/mnt/helpers/chain 2 60 /tmp/beat" | at now' 2>&1
	wait_for 5 h test -s /tmp/beat
	h pamlease grant bob --duration 4s --force
	h pamlease grant alice --duration 6s
	in_session alice -tt alice@127.0.0.1
	h pamlease grant carol --duration 9s
	in_session carol -tt carol@127.0.0.1
	wait_for 10 session_said alice '$ '
	wait_for 10 session_said carol '$ '
	for name in alice carol; do
		due=$(h pamlease show "$name" --json |
			jq '.expires_at | fromdate')
		wait_for 15 session_ended "$name"
		late=$((${EPOCHREALTIME/./} / 1000 - due * 1000))
		echo "# $name: seen to have ended after $late ms" >&3
		[ "$late" -le "$AT_ONCE" ]
	done
	h test -e /run/pamlease/bob.lease
	wait_for 30 eval '[ "$(h systemctl show -P ExecMainStatus \
		pamlease-watchdog.service)" = 6 ]'
	[ "$(field PRIORITY not-ended bob)" = 2 ]
	[[ $(field MESSAGE not-ended bob) == *'hangs'* ]]
	h bash -c 'for name in loginctl systemctl; do
			mv /usr/bin/$name.real /usr/bin/$name
		done'
	wait_for 60 lease_gone bob
	no_process bob
}

@test "a journald that hangs delays no end" {
	h pamlease grant dave --duration 6s
	in_session pty -tt dave@127.0.0.1
	wait_for 10 session_said pty '$ '
	h systemctl kill -s STOP systemd-journald.service
	# Until nobody can write a line any more.
	h bash -c 'while timeout 0.3 logger -- "$(printf %01000d 0)"; do :; done'
	wait_for 8 session_ended pty
	wait_for 2 lease_gone dave
	h systemctl kill -s CONT systemd-journald.service
	no_process dave
}

@test "with keep-detached only the sessions end" {
	local kind

	h bash -c 'echo keep-detached >/etc/pamlease/policy.conf'
	h pamlease grant dave --duration 1h
	key_login dave 'setsid -f sleep 1001 >/dev/null 2>&1'
	h runuser -u dave -- sh -c 'cd / && echo "sleep 1002" | at now' 2>&1
	in_session pty -tt dave@127.0.0.1
	wait_for 10 session_said pty '$ '
	session_type pty 'setsid -f sleep 1003 >/dev/null 2>&1'
	for kind in 1001 1002 1003; do
		wait_for 5 h pgrep -u dave -f "sleep $kind"
	done
	run h pamlease revoke dave
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *'Lease revoked for dave. Active sessions terminated.'* ]]
	[[ $output == *'outside these sessions were left: '*'(keep-detached)'* ]]
	session_said pty 'Your lease has been revoked'
	wait_for 3 session_ended pty
	run h pgrep -u dave -f 'sleep 1003'
	[ "$status" -ne 0 ]
	h pgrep -u dave -f 'sleep 1001'
	h pgrep -u dave -f 'sleep 1002'

	# The same when the time is over.
	h pamlease grant dave --duration 5s
	in_session pty -tt dave@127.0.0.1
	wait_for 10 session_said pty '$ '
	wait_for 10 session_ended pty
	session_said pty 'Your session has expired'
	wait_for 5 lease_gone dave
	h pgrep -u dave -f 'sleep 1001'
	h pgrep -u dave -f 'sleep 1002'
	h rm /etc/pamlease/policy.conf
	h pamlease grant dave --duration 1h
	h pamlease revoke dave
	no_process dave
}
