#!/usr/bin/env bats
#
# Warnings under the installed units, to terminals of real logins.

load lib

setup_file() {
	host_start || return
	[ -n "${HOST_SKIP:-}" ] || h bash -c 'mkdir -p /etc/pamlease
		echo "warn 10s" >/etc/pamlease/policy.conf'
}
teardown_file() { host_stop; }

WARNING='*** pamlease: Warning: Your session expires in 10 seconds. Save your work. ***'
OVER='*** pamlease: Your session has expired. You will be disconnected now. ***'

lease_gone() { ! h test -e "/run/pamlease/$1.lease"; }
no_process() { ! h pgrep -u "$1" >/dev/null; }

logged() {
	echo "in the log: $1" >&2
	h journalctl -b -o cat -u pamlease-watchdog | grep -F "$1"
}

# How many ms after that second did the session's ssh end?
# usage: late NAME SECOND
late() {
	local us

	us=$(h journalctl -b -o json -u "login-$1" | jq -r "select(.MESSAGE |
		tostring | contains(\"Main process exited\")) |
		.__REALTIME_TIMESTAMP" | head -n 1)
	echo $((us / 1000 - $2 * 1000))
}

# Does "yes" wait for somebody to read what it writes?
yes_waits() {
	h sh -c 'ticks() { cut -d " " -f 14,15 "/proc/$1/stat"; }
		pid=$(pgrep -x yes) && one=$(ticks $pid) && sleep 0.2 &&
		[ "$one" = "$(ticks $pid)" ]'
}

# The unit has fewer capabilities than root has: mesg n must be no hindrance.
@test "a stopped client, mesg n, a raw terminal, none: all end on time" {
	local name user end ms

	for user in alice bob carol dave; do
		h pamlease grant "$user" --duration 1h >/dev/null
	done
	in_session stopped -tt alice@127.0.0.1
	in_session good -tt alice@127.0.0.1
	in_session raw -tt bob@127.0.0.1
	in_session fwd -N carol@127.0.0.1
	in_session sftp -s carol@127.0.0.1 sftp
	in_session plain -tt dave@127.0.0.1
	for name in stopped good raw plain; do
		wait_for 20 session_said "$name" '$ '
	done
	wait_for 20 eval '[ "$(h pamlease sessions --json |
		jq length)" -eq 6 ]'
	session_type raw 'mesg n; stty raw -echo; echo rea""dy; exec cat'
	wait_for 10 session_said raw ready
	session_type stopped yes
	wait_for 10 session_said stopped y
	h systemctl kill -s STOP login-stopped
	wait_for 20 yes_waits

	# Everybody's ends at the same second.
	end=$(($(date +%s) + 18))
	for user in alice bob carol dave; do
		h pamlease grant "$user" --force --until \
			"$(date -u -d "@$end" +%FT%TZ)" >/dev/null
	done
	for name in good raw plain fwd sftp; do
		wait_for 40 session_ended "$name"
		ms=$(late "$name" "$end")
		echo "# $name: $ms ms after the end" >&3
		[ "$ms" -ge 0 ]
		[ "$ms" -le "$AT_ONCE" ]
	done
	for user in alice bob carol dave; do
		wait_for 10 lease_gone "$user"
		no_process "$user"
	done
	h systemctl kill -s KILL login-stopped

	for name in good raw plain; do
		run eval 'session_output "$name" | tr -d "\r"'
		echo "$name: $output"
		[ "$(grep -cFx "$WARNING" <<<"$output")" -eq 1 ]
		[ "$(grep -cFx "$OVER" <<<"$output")" -eq 1 ]
	done
	# In raw mode the frame is the watchdog's own.
	[[ "$(session_output raw)" == *$'\r\n'"$WARNING"$'\r\n'* ]]
	for name in sftp fwd; do
		run session_output "$name"
		[[ $output != *'***'* ]]
	done
	logged 'alice (uid 1001): warned, 10 seconds left: 1 terminals, 1 did not take it'
	logged 'bob (uid 1002): warned, 10 seconds left: 1 terminals, 0 did not take it'
	logged 'carol: no terminal to warn on'
	run logged 'carol (uid 1003): warned'
	[ "$status" -ne 0 ]
}
