# What the watchdog does with the ledger: entries that nobody closed, and
# sessions whose lease is no longer what let them in.
# shellcheck disable=SC2016

load lib

setup_file() { ns_start; }
teardown_file() { ns_stop; }
setup() { ns_setup; }

# Runs it as systemd does; what it says is in $output.
watchdog() { run ns env JOURNAL_STREAM=1 "$BUILD/pamlease-watchdog"; }
entries() { ns find /run/pamlease/sessions -type f -printf '%f\n' | sort; }
gone() { ! ns test -e "$1"; }

@test "the entries of dead processes are closed once, and no others" {
	local alive dead other entry

	pamlease grant alice --duration 1h >/dev/null
	alive=$(ns_process 1001) dead=$(ns_process 1001) other=$(ns_process 0)
	ns_session alice 1001 "$alive"
	entry=$(entries)
	ns_session alice 1001 "$dead"
	ns_kill -KILL "$dead"
	while ns_alive "$dead"; do :; done
	# Another process has that number now: it started at another time.
	ns bash -c 'cd /run/pamlease/sessions && cp -p "$1" "$2-1" &&
		cp -p "$1" 999999-1' - "$entry" "$other"
	[ "$(entries | wc -l)" -eq 4 ] || bad "before: $(entries)"
	watchdog
	[ "$status" -eq 0 ] && [ "${#lines[@]}" -eq 3 ] &&
		[ "$(grep -c 'not closed, its process is gone' <<<"$output")" \
			-eq 3 ] || bad "$status: $output"
	[ "$(entries)" = "$entry" ] || bad "left: $(entries)"
	# There is nothing more to close.
	run ns env JOURNAL_STREAM=1 strace -qq -e trace=unlinkat "$BUILD/pamlease-watchdog"
	[[ $status -eq 0 && $output != *'its process'* &&
		$output != *"$dead-"* ]] || bad "once more: $output"
	[ "$(entries)" = "$entry" ] || bad "once more: $(entries)"
	ns_alive "$alive" || bad 'the living session was ended'
	ns_alive "$other" || bad "another's process was ended"
	ns_kill -KILL "$other"
	all_good
}

@test "a session whose lease is no longer there, or broken, is ended" {
	local row do said pid line left

	# What is done to the lease; what is said of it; is it still there?
	while IFS='|' read -r row do said left; do
		pamlease grant alice --duration 1h --force >/dev/null
		pamlease grant bob --duration 1h --force >/dev/null
		pid=$(ns_process 1001) line=$(ns_process 1002)
		ns_session alice 1001 "$pid"
		ns_session bob 1002 "$line"
		ns bash -c "cd /run/pamlease && $do"
		watchdog
		ended "$pid" || bad "$row: not ended"
		ns_alive "$line" || bad "$row: another was ended"
		grep -Eq "^<5>alice \(uid 1001\): ended, $said: 1 processes, " \
			<<<"$output" || bad "$row: $output"
		[ -z "$left" ] || grep -Eq "^<3>$left" <<<"$output" ||
			bad "$row: $output"
		if [ -n "$left" ]; then
			gone /run/pamlease/alice.lease &&
				bad "$row: the lease is gone"
		fi
		# It is ended once.
		watchdog
		[[ $output != *ended* ]] || bad "$row: again: $output"
		! entries | grep -q "^$pid-" || bad "$row: the entry is left"
		ns_kill -KILL "$line"
	done <<-'END'
		deleted|rm alice.lease|there is no lease|
		emptied|: >alice.lease|the lease is broken|alice.lease
		half|truncate -s 100 alice.lease|the lease is broken|alice.lease
		open to all|chmod 666 alice.lease|the lease is broken|alice.lease
		another's|cp bob.lease alice.lease|.*|
		a link|mv alice.lease x; ln -s x alice.lease|the lease is broken|alice.lease
	END
	all_good
}

# usage: last_run KEY
last_run() { ns sed -n "s/^$1=//p" /run/pamlease/watchdog/last-run; }

@test "how the last run went is on record, and a dry one leaves it" {
	local before

	before=$(date +%s)
	ns "$BUILD/pamlease-watchdog"
	[ "$(last_run result) $(last_run failures)" = '0 0' ]
	[ "$(last_run time_us)" -ge "${before}000000" ]
	[ "$(last_run time_us)" -le "$(date +%s)999999" ]
	ns bash -c 'umask 077; echo x >/run/pamlease/sessions/1-1'
	ns "$BUILD/pamlease-watchdog" --dry-run || :
	[ "$(last_run result)" = 0 ]
	watchdog
	[ "$status" -eq 4 ]
	[ "$(last_run result) $(last_run failures)" = '4 1' ]
	# What can't be written stops nothing, and is said.
	ns bash -c 'rm -r /run/pamlease/watchdog /run/pamlease/sessions/1-1
		touch /run/pamlease/watchdog'
	watchdog
	[ "$status" -eq 0 ]
	[[ $output == *'how this run went is not on record: '* ]]
}
