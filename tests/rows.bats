# The command under odd environments, signals and reasons, and the watchdog
# where an account is gone.
# shellcheck disable=SC2016

load lib

setup_file() { ns_start; }
teardown_file() { ns_stop; }
setup() { ns_setup; }

gone() { ! ns test -e "$1"; }

# Runs the command with such a variable, or none; leaves in /run/files what it
# opened, changed or started. Where it puts its own number is left out.
# usage: traced VARIABLE=VALUE|'' ARG...
traced() {
	ns bash -c 'strace -f -qq -e trace=%file,process -o /run/trace \
		${1:+-E "$1"} "${@:2}"; status=$?
		sed -E "s/^[0-9]+ +//; s/[0-9]+-[0-9]+-[0-9]/N/
			s|/proc/[0-9]+|/proc/N|; s/"[0-9]{20}-[0-9]+"/EVENT/; s/0x[0-9a-f]+/P/g
			s/[0-9]+ vars/N vars/; /^(exit|wait|arch_prctl)/d
			/^\+\+\+/d; s/ = .*//; s/st_.*//" /run/trace |
			grep -v evil >/run/files
		exit "$status"' - "$1" "$BUILD/pamlease" "${@:2}"
}

@test "the environment opens no file and starts no program" {
	local variable command plain files

	pamlease grant alice --duration 1h >/dev/null
	for command in 'list' 'show alice' 'grant alice --force --duration 1h'; do
		# shellcheck disable=SC2086
		traced '' $command >/dev/null
		plain=$(ns cat /run/files)
		[[ $plain == *'"/run/pamlease"'* ]] || bad "$command: no trace"
		for variable in PATH=/tmp/evil IFS=e LC_ALL=tr_TR.UTF-8 \
			LANG=xx LANGUAGE=tr TZ=:/etc/shadow TZ=UTC-12 \
			TZDIR=/tmp/evil GCONV_PATH=/tmp/evil MALLOC_CHECK_=3 \
			NLSPATH=/tmp/evil/%N LOCPATH=/tmp/evil \
			POSIXLY_CORRECT=1 TMPDIR=/tmp/evil \
			HOSTALIASES=/tmp/evil RES_OPTIONS=debug \
			LD_PRELOAD=/tmp/evil.so LD_AUDIT=/tmp/evil.so; do
			# shellcheck disable=SC2086
			run --separate-stderr traced "$variable" $command
			[ "$status" -eq 0 ] ||
				bad "$variable $command: $status: $stderr"
			# The loader itself says that it finds no such library.
			[[ -z $stderr || $variable == LD_* ]] ||
				bad "$variable $command: $stderr"
			files=$(ns cat /run/files)
			[ "$files" = "$plain" ] || bad "$variable $command: $(diff \
				<(echo "$plain") <(echo "$files"))"
			grep -q evil <(ns cat /run/trace) && [[ $variable != LD_* ]] &&
				bad "$variable $command: $(ns grep evil /run/trace)"
		done
	done
	all_good
}

# Runs a program with an environment from the outside, and looks at what it
# starts to end alice.
# usage: starts_clean PROGRAM ARG...
starts_clean() {
	local pid

	pid=$(ns_process 1001)
	ns strace -E LD_PRELOAD=/tmp/evil.so -E PATH=/tmp/evil -E IFS=evil \
		-E DBUS_SYSTEM_BUS_ADDRESS=unix:path=/tmp/evil -f -qq -v \
		-s 500 -e trace=execve -o /run/trace "$@" 2>/dev/null
	ended "$pid" || bad "$pid: alive"
	run ns grep -v "execve(\"$1\"" /run/trace
	[[ $output == *'execve("/usr/bin/loginctl", '*'"terminate-user", "1001"'* ]] ||
		bad "$output"
	[[ $output != *evil* ]] || bad "$output"
}

@test "what the command starts gets an environment of its own" {
	pamlease grant alice --duration 1h >/dev/null
	starts_clean "$BUILD/pamlease" revoke alice
	all_good
}

@test "what the watchdog starts gets an environment of its own" {
	pamlease grant alice --duration 1h >/dev/null
	ns_expire alice
	starts_clean "$BUILD/pamlease-watchdog"
	all_good
}

@test "no name, no loginctl" {
	pamlease grant alice --duration 1h >/dev/null
	for name in '' 0 1001 -1 '*'; do
		run ns strace -f -qq -e trace=execve -o /run/trace \
			"$BUILD/pamlease" revoke -- "$name"
		[ "$status" -ne 0 ] || bad "'$name': status 0"
		[ "$(ns grep -c execve /run/trace)" -eq 1 ] ||
			bad "'$name': $(ns cat /run/trace)"
	done
	all_good
}

@test "three descriptors are too few, and the lease stays whole" {
	pamlease grant alice --duration 1h >/dev/null
	# The loader can't open a library.
	run -127 ns bash -c 'ulimit -n 3; exec "$0" extend alice \
		--duration 1s' "$BUILD/pamlease"
	[ -n "$output" ]
	pamlease check alice
}

# Sends a signal at each system call of a command, the n-th of each name.
# Prints what was wrong, then how often it was sent.
# usage: signal_everywhere SIGNAL
signal_everywhere() {
	# Whoever started the tests may ignore signals: nohup does.
	ns env --default-signal bash -c 'shopt -s nullglob
		sig=$1 exe=$2 f=/run/pamlease/alice.lease sent=0
		grant() { "$exe" grant alice --force --duration 2h --reason "$1"; }
		grant old >/dev/null
		cp -p $f /run/old
		strace -qq -o /run/trace "$exe" grant alice --force \
			--duration 2h --reason new >/dev/null
		declare -A count=()
		while IFS="(" read -r call _; do
			case $call in *[!a-z0-9_]* | exit_group | execve) continue ;; esac
			n=$((++count[$call]))
			cp -p /run/old $f
			strace -qq -o /dev/null -e trace="$call" \
				-e inject="$call:signal=$sig:when=$n" "$exe" grant \
				alice --force --duration 2h --reason new \
				>/dev/null 2>&1 && echo "$call $n: goes on"
			sent=$((sent + 1))
			read -r -d "" text <$f
			case $text in
			*"\"reason\":"?"\"old\","*"}"*) ;;
			*"\"reason\":"?"\"new\","*"}"*) ;;
			*) echo "$call $n: ${text@Q}" ;;
			esac
			"$exe" check alice >/dev/null || echo "$call $n: check $?"
			tmp=(/run/pamlease/.tmp-*)
			[ ${#tmp[@]} -le 1 ] || echo "$call $n: ${tmp[*]}"
			rm -f "${tmp[@]}"
		done </run/trace 2>/dev/null
		grant after >/dev/null || echo "grant: $?"
		echo "sent $sent"' - "$1" "$BUILD/pamlease"
}

# bats test_tags=noasan
@test "a signal at any system call of a grant: the old lease or the new one" {
	local sig

	for sig in INT TERM HUP KILL; do
		run signal_everywhere "$sig"
		[[ $output =~ ^sent\ ([0-9]+)$ && ${BASH_REMATCH[1]} -gt 40 ]] ||
			bad "$sig: $output"
	done
	all_good
}

@test "what a killed writer leaves is swept" {
	pamlease grant alice --duration 1h --reason old >/dev/null
	run ns strace -qq -o /dev/null -e trace='?rename,?renameat,renameat2' \
		-e inject='?rename,?renameat,renameat2:signal=KILL:when=1' \
		"$BUILD/pamlease" extend alice --duration 1h
	[ "$status" -ne 0 ]
	ns rm -f /run/pamlease/.wake
	ns "$BUILD/pamlease-watchdog"
	[ -z "$(ns find /run/pamlease -name '.tmp-*')" ]
	pamlease check alice
}

# So many reasons of random printable characters, a line each.
reasons() {
	local low=(32 32 97 34 92 37 161 880 1424 8208 8352 12352 19968 57344
		65024 127744 917760 1114000)
	local high=(126 126 122 34 92 39 591 1279 1791 8231 8383 12543 40959
		57400 65039 128511 917800 1114111)
	local i n r char text

	RANDOM=4711
	for ((i = 0; i < $1; i++)); do
		text=
		for ((n = RANDOM % 40 + 1; n > 0; n--)); do
			r=$((RANDOM % ${#low[@]}))
			printf -v char '\\U%08x' $((low[r] + (RANDOM << 15 |
				RANDOM) % (high[r] - low[r] + 1)))
			text+=$char
		done
		printf '%b\n' "$text"
	done
}

@test "a thousand random reasons come out of --json as they went in" {
	# In a shell of its own: bats looks at every command of this one.
	LC_ALL=C.UTF-8 bash -c "$(declare -f reasons); reasons 1000" \
		>"$BATS_TEST_TMPDIR/in"
	ns bash -c 'while IFS= read -r reason; do
			"$0" grant alice --force --duration 1h \
				--reason "$reason" >/dev/null || echo "$reason"
			"$0" show alice --json >&3
		done <"$1/in" 3>"$1/json"' "$BUILD/pamlease" \
		"$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/refused"
	jq -r .reason "$BATS_TEST_TMPDIR/json" >"$BATS_TEST_TMPDIR/out"
	[ ! -s "$BATS_TEST_TMPDIR/refused" ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/out")" -eq 1000 ]
	cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
}

@test "a user who is gone: the watchdog ends what is left, at the expiry" {
	local pid

	pamlease grant carol --duration 1h >/dev/null
	pid=$(ns_process 1003)
	ns cp /etc/passwd /etc/passwd.all
	ns sed -i /^carol:/d /etc/passwd
	run --separate-stderr pamlease list
	[[ $output == *'carol (unknown)  root'* ]] || bad "list: $output"
	# Before the expiry nothing happens.
	ns "$BUILD/pamlease-watchdog" || bad "watchdog: $?"
	ns_alive "$pid" || bad 'ended too early'
	ns_expire carol
	ns "$BUILD/pamlease-watchdog" || bad "watchdog: $?"
	ns cp /etc/passwd.all /etc/passwd
	ended "$pid" || bad 'not ended'
	gone /run/pamlease/carol.lease || bad 'the lease is still there'
	all_good
}

@test "a user who is gone, whose uid is another's now: nobody is ended" {
	local pid

	pamlease grant carol --duration 1h >/dev/null
	pid=$(ns_process 1003)
	ns cp /etc/passwd /etc/passwd.all
	ns sed -i s/^carol:/dora:/ /etc/passwd
	ns_expire carol
	run ns "$BUILD/pamlease-watchdog"
	ns cp /etc/passwd.all /etc/passwd
	ns_alive "$pid"
	ns_kill -KILL "$pid"
}

@test "a revocation: out of force, then the sessions, and the lease at last" {
	local pid order

	pamlease grant alice --duration 1h >/dev/null
	pid=$(ns_process 1001)
	ns_session alice 1001 "$pid"
	ns strace -f -qq -e trace=/rename,/unlink,pidfd_send_signal \
		-o /run/trace "$BUILD/pamlease" revoke alice >/dev/null
	ended "$pid"
	order=$(ns grep -oE 'rename.*alice.revoked|unlink.*alice.revoked|pidfd' \
		/run/trace | grep -oE '^(rename|unlink|pidfd)' | uniq | xargs)
	[ "$order" = 'rename pidfd unlink' ] || bad "$order"
	all_good
}

@test "the entry of a session that is gone is closed by the watchdog" {
	local pid dead

	pamlease grant alice --duration 1h >/dev/null
	pid=$(ns_process 1001) dead=$(ns_process 1001)
	ns_session alice 1001 "$pid"
	ns_session alice 1001 "$dead"
	ns_kill -KILL "$dead"
	soon ended "$dead"
	ns "$BUILD/pamlease-watchdog"
	[[ $(ns ls /run/pamlease/sessions | xargs) =~ ^$pid-[0-9]+$ ]]
	ns_alive "$pid"
}

@test "a watchdog that can't see the processes of others closes nothing" {
	local pid

	pamlease grant alice --duration 1h >/dev/null
	pid=$(ns_process 1001)
	ns_session alice 1001 "$pid"
	run --separate-stderr ns unshare --mount bash -c '
		mount -n -t proc -o hidepid=2,gid=1 proc /proc && exec setpriv \
			--bounding-set -sys_ptrace "$0"' \
		"$BUILD/pamlease-watchdog"
	[ "$status" -eq 4 ] || bad "status $status: $stderr"
	[[ $stderr == *"can't see the processes of others"* ]] || bad "$stderr"
	[[ $(ns ls /run/pamlease/sessions) == "$pid"-* ]] || bad 'closed'
	ns_alive "$pid" || bad 'ended'
	all_good
}

# Stops the watchdog where it has got the lock, and nothing was read under it.
@test "an extension just before the end keeps the session, whatever was planned" {
	local pid watchdog n

	pamlease grant alice --duration 1h >/dev/null
	pid=$(ns_process 1001)
	ns_session alice 1001 "$pid"
	ns_expire alice
	# In the background there as well: nsenter stops with its child.
	ns bash -c 'strace -D -qq -o /dev/null -e trace=flock \
			-e inject=flock:signal=STOP:when=2 "$0" &
		echo $! >/run/watchdog; wait $!' \
		"$BUILD/pamlease-watchdog" &
	for ((n = 0; n < 1000; n++)); do
		watchdog=$(ns cat /run/watchdog 2>/dev/null) || :
		[ -z "$watchdog" ] || [ "$(ns grep -c \
			"FLOCK.* $watchdog " /proc/locks)" -lt 2 ] ||
			break
		sleep 0.02
	done
	read -r n _ </proc/uptime
	ns_lease alice '.expires_at = (now + 3600 | todate) |
		.expires_boottime = '$((${n%.*} + 3600))
	ns_kill -CONT "$watchdog"
	wait $! || bad "status $?"
	ns_alive "$pid" || bad 'ended'
	ns test -e /run/pamlease/alice.lease || bad 'the lease is gone'
	all_good
}
