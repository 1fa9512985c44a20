#!/usr/bin/env bats
#
# What is written for node_exporter: each thing once, and as it is.

load lib

STACK=/run/stack
LOG=/var/log/pamlease
DIR=/run/prom
PROM=$DIR/pamlease.prom

setup_file() {
	ns_start
	[ -n "${NS_SKIP:-}" ] || lay_stack
}
teardown_file() { ns_stop; }
setup() {
	ns_setup
	ns bash -c 'rm -rf "$1"; mkdir "$1"' - $DIR
}

# usage: login SERVICE USER
login() {
	ns "$STACK/pamcall" "$STACK/conf" "$1" "$2" account >/dev/null 2>&1 || :
}

# Moves what waits to the history.
collect() { pamlease history >/dev/null; }

metrics() { ns "$BUILD/pamlease-watchdog" --metrics $DIR; }

# The value of a series, or nothing. usage: value NAME['{LABELS}']
value() {
	ns awk -v "name=pamlease_$1" '$1 == name { print $2 }' $PROM
}

# The sum of all series of a counter. usage: sum NAME['{PART-OF-LABELS']
sum() {
	ns awk -v "name=pamlease_$1" 'index($1, name) == 1 { n += $2 }
		END { print n + 0 }' $PROM
}

# How many lines of the history that is true of. usage: lines JQ-FILTER
lines() {
	# shellcheck disable=SC2016
	ns bash -c 'cat /var/log/pamlease/history.jsonl* 2>/dev/null' |
		jq -R 'fromjson? | objects' |
		jq -s "[.[] | select($1)] | length"
}

# Is each login that stands there counted, and no other?
same_logins() {
	local result filter

	while IFS='|' read -r result filter; do
		[ "$(sum "logins_total{result=\"$result\"")" -eq \
			"$(lines "$filter")" ] ||
			bad "$result: $(sum "logins_total{result=\"$result\"") of $(lines "$filter")"
	done <<-'END'
		admitted|.event == "admitted"
		denied|.event == "denied" and .permissive != true
		permissive|.event == "denied" and .permissive == true
	END
}

@test "promtool has nothing to say of it" {
	command -v promtool >/dev/null || skip 'no promtool here'
	metrics
	pamlease grant alice --duration 1h
	ns "$BUILD/pamlease-watchdog"
	login sshd alice
	login sshd bob
	collect
	metrics
	ns cat $PROM | promtool check metrics >"$BATS_TEST_TMPDIR/said" 2>&1 ||
		bad "$(cat "$BATS_TEST_TMPDIR/said")"
	[ ! -s "$BATS_TEST_TMPDIR/said" ]
	# Each series once, with a value; each metric with what it is.
	! ns cat $PROM | grep -v '^#' | cut -d' ' -f1 | sort | uniq -d | grep .
	! ns cat $PROM | grep -vE '^(# (HELP|TYPE) pamlease_[a-z_]+ .|pamlease_[a-z_]+(\{[^{}]+\})? [0-9.]+$)'
	[ "$(ns cat $PROM | grep -c '^# TYPE')" -eq 9 ]
	all_good
}

@test "before there is anything" {
	metrics
	[ "$(value leases) $(value 'sessions{by="lease"}')" = '0 0' ]
	[ -z "$(value next_end_seconds)$(value last_run_result)" ]
	# With leases and without a history.
	pamlease grant alice --duration 1h
	ns rm -rf /run/pamlease/events
	metrics
	[ "$(value leases) $(value 'logins_total{result="denied",why="no-lease"}')" = '1 0' ]
	! ns test -e $LOG
}

@test "leases, sessions and the next end" {
	pamlease grant alice --duration 1h
	pamlease grant bob --duration 30m
	ns_session alice 1001 "$(ns_process 1001)"
	ns_session carol 1003 "$(ns_process 1003)" permissive
	metrics
	[ "$(value leases)" = 2 ]
	[ "$(value 'sessions{by="lease"}') $(value 'sessions{by="permissive"}') $(sum 'sessions{')" = '1 1 2' ]
	[ "$(value next_end_seconds)" -le 1800 ]
	[ "$(value next_end_seconds)" -gt 1700 ]
	pamlease revoke bob
	metrics
	[ "$(value next_end_seconds)" -gt 3500 ]
	ns_expire alice
	metrics
	[ "$(value next_end_seconds)" = 0 ]
	ns "$BUILD/pamlease-watchdog"
	metrics
	[ "$(value leases)" = 0 ]
	[ -z "$(value next_end_seconds)" ]
	[ "$(value last_run_result) $(value last_run_failures)" = '0 0' ]
	[ $(($(date +%s) - $(value last_run_timestamp_seconds | cut -d. -f1))) -le 60 ]
	# A session of a rule whose window closes has an end as well.
	ns ln -sf /usr/share/zoneinfo/UTC /etc/localtime
	ns bash -c 'mkdir -p /etc/pamlease; echo "allow during $1" >/etc/pamlease/policy.conf' - \
		"$(date +%F)..$(date -d '2 days' +%F)"
	ns_session bob 1002 "$(ns_process 1002)" policy
	metrics
	[ "$(value next_end_seconds)" -gt 0 ]
}

@test "logins: each line of the history once, over rotations" {
	local i

	login sshd bob
	collect
	# What was there before is not counted.
	metrics
	[ "$(sum logins_total)" = 0 ]
	ns bash -c "rm $LOG/history.*; : >$LOG/history.jsonl; rm -r /run/pamlease/metrics"
	metrics
	pamlease grant alice --duration 1h
	for i in {1..5}; do
		login sshd alice
		login sshd bob
		login permissive bob
		login sshd stranger
		collect
		case $i in
		2) metrics ;;
		3) ns mv $LOG/history.jsonl $LOG/history.jsonl.1 ;;
		4) ns bash -c "cd $LOG && mv history.jsonl.1 history.jsonl.2 && mv history.jsonl history.jsonl.1" ;;
		esac
	done
	metrics
	same_logins
	metrics
	same_logins
	[ "$(value 'logins_total{result="admitted",why="lease"}')" = 5 ]
	[ "$(value 'logins_total{result="denied",why="no-lease"}')" = 5 ]
	[ "$(value 'logins_total{result="denied",why="no-account"}')" = 5 ]
	[ "$(value 'logins_total{result="permissive",why="no-lease"}')" = 5 ]
	all_good
}

@test "logins: the file that was counted in is gone" {
	metrics
	for _ in 1 2 3; do
		login sshd bob
	done
	collect
	metrics
	[ "$(sum logins_total)" = 3 ]
	ns bash -c "cd $LOG && cp history.jsonl x && mv x history.jsonl"
	login sshd bob
	collect
	metrics
	same_logins
	# Another history begins: it is counted on from its end.
	ns rm -r $LOG
	login sshd bob
	collect
	metrics
	[ "$(sum logins_total)" = 4 ]
	login sshd bob
	collect
	metrics
	[ "$(sum logins_total)" = 5 ]
	all_good
}

@test "what is no line, is not on record, or is of words that nobody knows" {
	metrics
	login sshd bob
	collect
	metrics
	ns bash -c "printf '%s\n' 'x' '{}' '{\"number\":9007199254740991,\"event\":\"opened\",\"previous\":\"\"}' >>$LOG/history.jsonl"
	login sshd bob
	collect
	ns sed -i 's/"number":2,\(.*\)"why":"no-lease"/"number":2,\1"why":"a\\"}\\n#b"/' $LOG/history.jsonl
	metrics
	[ "$(sum logins_total)" = 2 ]
	[ "$(value 'logins_total{result="denied",why="other"}')" = 1 ]
	# A line that whoever wrote it has not put on record may be taken back.
	login sshd bob
	collect
	ns cp $LOG/history.jsonl $LOG/history.head /run
	login sshd bob
	collect
	ns cp /run/history.head $LOG
	metrics
	[ "$(sum logins_total)" = 3 ]
	ns bash -c "cat /run/history.jsonl >$LOG/history.jsonl"
	login sshd bob
	collect
	metrics
	[ "$(sum logins_total)" = 4 ]
	all_good
}

@test "ends: how late they were, and what had to be killed" {
	local pid i

	metrics
	for i in 1 2; do
		pamlease grant alice --duration 1h
		pid=$(ns_process 1001 TERM HUP)
		ns_session alice 1001 "$pid"
		if [ $i -eq 1 ]; then
			ns_expire alice
			ns "$BUILD/pamlease-watchdog"
		else
			pamlease revoke alice
		fi
		ended "$pid"
	done
	collect
	metrics
	[ "$(lines '.event == "ended"')" -eq 2 ]
	# One was over for ten minutes, the other was ended at once.
	[ "$(value ends_late_seconds_count) $(value 'ends_late_seconds_bucket{le="+Inf"}')" = '2 2' ]
	[ "$(value 'ends_late_seconds_bucket{le="300"}') $(value 'ends_late_seconds_bucket{le="10"}')" = '1 1' ]
	[ "$(value ends_late_seconds_sum | tr -d . | sed 's/^0*//')" = \
		"$(ns cat $LOG/history.jsonl | jq -s 'map(.late_ms // 0) | add')" ]
	[ "$(value processes_swept_total)" -ge 2 ]
	[ "$(value processes_swept_total)" = \
		"$(ns cat $LOG/history.jsonl | jq -s 'map(.killed // 0) | add')" ]
}

@test "what goes wrong is said, and leaves the old one or what is known" {
	local before

	says 2 '' 'usage: *' ns "$BUILD/pamlease-watchdog" --metrics
	metrics
	[ "$(ns stat -c '%a %U' $PROM)" = '644 root' ]
	[ "$(ns ls -A $DIR)" = pamlease.prom ]
	before=$(ns stat -c %i $PROM)
	metrics
	[ "$(ns stat -c %i $PROM)" != "$before" ]
	says 4 '' '*metrics: /run/none/pamlease.prom: *No such file*' \
		ns "$BUILD/pamlease-watchdog" --metrics /run/none
	# A full disk.
	ns mount -t tmpfs -o size=4k,mode=0755 tmpfs $DIR
	ns bash -c "echo old >$PROM"
	says 4 '' '*metrics: *pamlease.prom: *No space left*' metrics
	[ "$(ns cat $PROM) $(ns ls -A $DIR)" = 'old pamlease.prom' ]
	ns umount $DIR
	# What can't be read is left out.
	pamlease grant alice --duration 1h
	ns bash -c 'umask 077; mkdir /run/pamlease/watchdog; echo x >/run/pamlease/watchdog/last-run
		echo x >/run/pamlease/sessions/1-1'
	says 4 '' '*ledger: *last-run: *' metrics
	[ "$(value leases) $(value last_run_result)" = '1 ' ]
	ns rm -r /run/pamlease/watchdog /run/pamlease/sessions/1-1
	ns bash -c "echo x >/run/pamlease/metrics/counted"
	says 4 '' '*counted: wrong at byte 0: counting begins anew' metrics
	says 0 '' '' metrics
	login sshd bob
	collect
	ns bash -c "echo x >$LOG/history.head"
	says 4 '' '*history.head: *' metrics
	[ "$(value leases) $(sum logins_total)" = '1 0' ]
	all_good
}

@test "a look reads of the history what is new" {
	metrics
	for _ in {1..30}; do
		login sshd bob
	done
	collect
	metrics
	login sshd bob
	collect
	ns strace -qq -y -e trace=read -o /run/trace \
		"$BUILD/pamlease-watchdog" --metrics $DIR
	[ "$(ns awk '/^read\(.*\/history.jsonl>/ { n += $NF } END { print n }' /run/trace)" -eq \
		"$(ns tail -n 1 $LOG/history.jsonl | wc -c)" ]
	same_logins
	# Nothing, where nothing is.
	ns strace -qq -y -e trace=openat,read -o /run/trace \
		"$BUILD/pamlease-watchdog" --metrics $DIR
	! ns grep history.jsonl /run/trace
	all_good
}
