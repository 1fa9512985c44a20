#!/usr/bin/env bats
#
# Clocks that jump, under the installed units and sshd. The programs are those
# whose clocks a file moves, over the installed ones: no clock is set.

load lib

setup_file() {
	host_start --bind-ro "$BUILD/faked:/mnt/faked" || return
	# shellcheck disable=SC2016
	[ -n "${HOST_SKIP:-}" ] || h bash -c 'cd /mnt/faked
		for file in *; do
			over=$(find /usr/sbin /usr/libexec /usr/lib/*/security \
				-name "$file") && mount --bind "$file" "$over"
		done'
}
teardown_file() { host_stop; }

teardown() {
	host_teardown
	[ -n "${HOST_SKIP:-}" ] || { clocks 0 0 && by_itself start; }
}

# How many seconds ahead the wall and the boot clock are, or "fails".
# shellcheck disable=SC2016
clocks() { h bash -c 'echo "$*" >/run/pamlease-clock' - "$1" "$2"; }

by_itself() {
	h systemctl "$1" pamlease-watchdog.timer pamlease-watchdog.path
}
lease_gone() { ! h test -e "/run/pamlease/$1.lease"; }
no_process() { ! h pgrep -u "$1" >/dev/null; }

# A login on a terminal under a lease of an hour. usage: in_for_an_hour USER
in_for_an_hour() {
	h pamlease grant "$1" --force --duration 1h >/dev/null
	in_session "$1" -tt "$1@127.0.0.1"
	wait_for 10 session_said "$1" '$ '
}

refused() {
	run key_login "$1" true
	[ "$status" -ne 0 ]
}

@test "a wall clock a day ahead: nobody gets in, and the second run ends" {
	by_itself stop
	in_for_an_hour alice
	clocks 86400 0
	refused alice
	watchdog_run
	session_alive alice
	refused alice
	# Taken back before the second run, it was nothing.
	clocks 0 0
	watchdog_run
	key_login alice true
	clocks 86400 0
	watchdog_run
	session_alive alice
	h journalctl -b -o cat PAMLEASE_EVENT=doubted PAMLEASE_USER=alice |
		grep 'only the wall clock says'
	clocks 86400 30
	watchdog_run
	wait_for 5 session_ended alice
	no_process alice
	lease_gone alice
}

@test "after a suspend the first run ends what is over" {
	by_itself stop
	in_for_an_hour bob
	clocks 7200 7200
	refused bob
	watchdog_run
	wait_for 5 session_ended bob
	lease_gone bob
}

@test "a clock that can't be read: no login, no end, and the unit fails" {
	by_itself stop
	in_for_an_hour carol
	clocks 0 fails
	refused carol
	[[ $output == *"this host can't check your lease"* ]]
	run watchdog_run
	[ "$status" -ne 0 ]
	session_alive carol
	h journalctl -b -u pamlease-watchdog --no-pager |
		grep "a clock can't be read"
	clocks 0 0
	watchdog_run
	key_login carol true
	h pamlease revoke carol
}

# Its clock stands still over a suspend, so that a run follows within what was
# left of the half minute; and no calendar event can be missed.
@test "the timer counts by the monotonic clock, to the second" {
	local show

	show=$(h systemctl show pamlease-watchdog.timer)
	grep -x 'TimersMonotonic={ OnUnitActiveUSec=30s ; .*}' <<<"$show"
	grep -x 'AccuracyUSec=1s' <<<"$show"
	grep -x 'RandomizedDelayUSec=0' <<<"$show"
	grep -x 'WakeSystem=no' <<<"$show"
	run ! grep '^TimersCalendar=.' <<<"$show"
}

last_run() {
	h systemctl show -P LastTriggerUSecMonotonic pamlease-watchdog.timer
}
ran_since() { [ "$(last_run)" != "$1" ]; }

# bats test_tags=endurance
@test "a suspend right behind a run: the timer's next one ends it, in 31 s" {
	local before start took

	in_for_an_hour dave
	before=$(last_run)
	wait_for 40 ran_since "$before"
	wait_for 10 no_run
	# Nothing that the path unit would see.
	clocks 7200 7200
	start=${EPOCHREALTIME/./}
	wait_for 40 session_ended dave
	took=$(((${EPOCHREALTIME/./} - start) / 1000))
	echo "# ended $took ms behind the resume" >&3
	# A second for the end itself, and one for a loaded machine.
	[ "$took" -le 33000 ]
	wait_for 5 lease_gone dave
	no_process dave
}

# bats test_tags=endurance
@test "a wall clock a day ahead: the timer's two next runs end it, in 62 s" {
	local start took

	in_for_an_hour alice
	# The lease and the login started runs of their own.
	wait_for 10 no_run
	clocks 86400 0
	start=${EPOCHREALTIME/./}
	refused alice
	wait_for 70 session_ended alice
	took=$(((${EPOCHREALTIME/./} - start) / 1000))
	echo "# ended $took ms behind the step" >&3
	[ "$took" -le 64000 ]
	no_process alice
}
