#!/usr/bin/env bats
#
# Metrics on a host with systemd: told where by an instance, and the same as the
# history.

load lib

DIR=/var/lib/prometheus/node-exporter
PROM=$DIR/pamlease.prom

setup_file() {
	host_start || return
	[ -n "${HOST_SKIP:-}" ] || h bash -c 'mkdir -p "$1" /etc/pamlease
		echo "warn 2s" >/etc/pamlease/policy.conf' - $DIR
}
teardown_file() { host_stop; }

nothing_waits() { [ -z "$(h ls /run/pamlease/events)" ]; }
unit() { h systemd-escape -p --template="pamlease-metrics@.$1" $DIR; }
value() { h awk -v "name=pamlease_$1" '$1 == name { print $2 }' $PROM; }
sum() { h awk -v "name=pamlease_$1" 'index($1, name) == 1 { n += $2 } END { print n + 0 }' $PROM; }
told() { h pamlease history --json --event "$1" | jq -s "[.[] | $2] | add // 0"; }
over() { [ -n "$(h pamlease history --json --event removed)" ]; }
first_run() { [ -n "$(value last_run_timestamp_seconds)" ]; }

@test "a timer that is enabled for a directory writes there" {
	h systemctl enable --now "$(unit timer)"
	wait_for 10 h test -e $PROM
	watchdog_run
	h systemctl start "$(unit service)"
	first_run
	[ "$(h stat -c '%a %U' $PROM)" = '644 root' ]
	h setpriv --reuid nobody --clear-groups cat $PROM >/dev/null
	[ "$(value last_run_result) $(value leases) $(sum logins_total)" = '0 0 0' ]
	[ "$(h systemctl show -P AccuracyUSec "$(unit timer)")" = 1s ]
	# No line of each start.
	[ "$(h journalctl -b -o cat -u "$(unit service)" | wc -l)" -eq 0 ]
}

@test "logins and an end are counted as the history has them" {
	local i

	h pamlease grant alice --duration 20s
	for i in 1 2 3; do
		key_login alice true
		run key_login bob true
		[ "$status" -ne 0 ]
	done
	in_session pty -tt alice@127.0.0.1
	wait_for 10 eval '[ "$(h pamlease sessions --json | jq length)" -eq 1 ]'
	h systemctl start "$(unit service)"
	[ "$(value leases) $(value 'sessions{by="lease"}')" = '1 1' ]
	[ "$(value next_end_seconds)" -le 20 ]
	wait_for 30 session_ended pty
	wait_for 10 over
	wait_for 10 nothing_waits
	h systemctl start "$(unit service)"
	[ "$(value leases) $(sum sessions)" = '0 0' ]
	[ -z "$(value next_end_seconds)" ]
	[ "$(sum 'logins_total{result="admitted"')" -eq 4 ]
	[ "$(told admitted 1)" -eq 4 ]
	[ "$(value 'logins_total{result="denied",why="no-lease"}')" -eq "$(told denied 1)" ]
	[ "$(sum 'logins_total{result="denied"')" -ge 3 ]
	[ "$(value ends_late_seconds_count)" -eq 1 ]
	[ "$(told ended 1)" -eq 1 ]
	[ "$(value ends_late_seconds_sum | tr -d . | sed 's/^0*//')" -eq "$(told ended .late_ms)" ]
	[ "$(value 'ends_late_seconds_bucket{le="5"}')" -eq 1 ]
	[ "$(value processes_swept_total)" -eq "$(told ended .killed)" ]
}

@test "what can't be written fails the unit, and nothing else" {
	h mount -t tmpfs -o ro tmpfs $DIR
	run h systemctl start "$(unit service)"
	[ "$status" -ne 0 ]
	h journalctl -b -o cat -u "$(unit service)" | grep -F 'Read-only file system'
	watchdog_run
	h umount $DIR
	h systemctl start "$(unit service)"
}
