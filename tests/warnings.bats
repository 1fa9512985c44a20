# What the watchdog writes to terminals: to whose, what, when, and how often.
# shellcheck disable=SC2016

load lib

setup_file() { ns_start; }
teardown_file() { ns_stop; }
setup() { ns_setup; }

WATCHDOG=$BUILD/pamlease-watchdog
FIVE='*** pamlease: Warning: Your session expires in 5 minutes. Save your work. ***'
OVER='*** pamlease: Your session has expired. You will be disconnected now. ***'

# A lease of alice's with so many seconds left, by both clocks.
due() {
	pamlease grant alice --duration 1h --force >/dev/null
	ns_lease alice ".issued_at = (now - 600 | todate) |
		.expires_at = (now + $1 | todate) | .expires_boottime =
		$(ns awk '{ print int($1) }' /proc/uptime) + $1"
}

policy() { ns bash -c 'mkdir -p /etc/pamlease
	echo "$1" >/etc/pamlease/policy.conf' - "$1"; }

# usage: terms UID KIND[=COUNT]... -- COMMAND [ARG...]
terms() { ns timeout 60 "$BUILD/helpers/terms" "$@"; }

# Of a terminal with \r\n from the line discipline, what was sent.
framed() { printf '%s' "\\r\\r\\n$1\\r\\r\\n"; }

# How long the command took that terms ran, of its output.
took() { sed -n 's/^took \([0-9]*\) status 0$/\1/p' <<<"$output"; }

count() { grep -oF "$1" <<<"$output" | wc -l; }

@test "terminals of every kind: who gets the warning" {
	local kind

	due 290
	run terms 1001 plain mesg-n no-mode raw stopped full busy -- "$WATCHDOG"
	[ "$status" -eq 0 ]
	for kind in plain mesg-n no-mode; do
		grep -Fqx "$kind $(framed "$FIVE")" <<<"$output" ||
			bad "$kind: $output"
	done
	# Nothing adds a line end there: it has its own.
	grep -Fqx "raw \\r\\n$FIVE\\r\\n" <<<"$output" || bad "$output"
	for kind in stopped full busy; do
		grep -qx "$kind " <<<"$output" || bad "$kind: $output"
	done
	all_good
}

@test "a hundred terminals that take nothing hold up neither warning nor end" {
	local pid

	due 290
	run terms 1001 stopped=40 plain full=40 busy=20 -- "$WATCHDOG"
	echo "# ms for a warning: $(took)" >&3
	[ "$(took)" -lt 3000 ]
	grep -Fqx "plain $(framed "$FIVE")" <<<"$output"
	[ "$(count '*** pamlease')" -eq 1 ]

	pid=$(ns_process 1001)
	ns_expire alice
	run terms 1001 stopped=40 plain full=40 busy=20 -- "$WATCHDOG"
	echo "# ms for an end: $(took)" >&3
	[ "$(took)" -lt 3000 ]
	grep -Fqx "plain $(framed "$OVER")" <<<"$output"
	[ "$(count '*** pamlease')" -eq 1 ]
	run ! ns_alive "$pid"
	run ! ns test -e /run/pamlease/alice.lease
}

@test "500 terminals are warned within 2 s" {
	due 290
	run terms 1001 plain=500 -- "$WATCHDOG"
	echo "# ms: $(took)" >&3
	[ "$(took)" -lt 2000 ]
	[ "$(count "$FIVE")" -eq 500 ]
}

@test "a hundred desktops are warned by one look" {
	due 290
	ns_session alice 1001 1 lease lightdm :0 ''
	ns_session alice 1001 "$(ns_process 1001)" lease lightdm :0 ''
	ns bash -e -c 'umask 077
		# Each takes systemd some time.
		printf "%s\n" "#!/bin/sh" "for unit" \
			"do sleep 0.025; echo \$unit >>/run/started; done" \
			>/run/systemctl
		chmod 755 /run/systemctl
		mount --bind /run/systemctl /usr/bin/systemctl
		cd /run/pamlease/sessions
		opened=(*)
		for ((i = 0; i < 100; i++)); do
			was=${opened[i % 2]}
			user="s/alice/d$i/; s/\b1001\b/$((2000 + i))/"
			sed "$user" ../alice.lease >../d$i.lease
			sed "$user" $was >$was.$((i / 2 + 1))
			echo "d$i:x:$((2000 + i)):100::/:/bin/sh" >>/etc/passwd
		done
		rm ../alice.lease "${opened[@]}"'
	run -0 ns "$WATCHDOG"
	ns umount /usr/bin/systemctl
	[ "$(ns grep -o 'pamlease-note@20[0-9]*\.service' /run/started |
		sort -u | wc -l)" -eq 100 ]
}

@test "a note that comes right behind another takes nothing from it" {
	local user

	for user in alice bob carol; do
		pamlease grant $user --duration 290s >/dev/null
		[ $user = carol ] || ns_session $user \
			"$(ns id -u $user)" "$(ns_process "$(ns id -u $user)")" \
			lease lightdm :0 ''
	done
	# Hers is due later, so that there are looks until then.
	pamlease extend carol --duration 12s >/dev/null
	# While systemd hears of the first one the second is to be warned.
	ns cp -p /run/pamlease/bob.lease /run
	pamlease extend bob --duration 1h >/dev/null
	ns bash -e -c '
		printf "%s\n" "#!/bin/bash" \
			"mv /run/bob.lease /run/pamlease 2>/dev/null" \
			"sleep 0.5" "echo \"\$*\" >>/run/noted" >/run/systemctl
		chmod 755 /run/systemctl
		rm -f /run/noted
		mount --bind /run/systemctl /usr/bin/systemctl'
	run -0 ns "$WATCHDOG"
	ns umount /usr/bin/systemctl
	run ns grep -o 'pamlease-note@.*' /run/noted
	[ "$output" = $'pamlease-note@1001.service\npamlease-note@1002.service' ] ||
		bad "$output"
	all_good
}

# SECONDS-LEFT|LEADS|LEADS GIVEN BEFORE|what is said, or nothing
TEXTS='
400|5m 1m||
290|5m 1m||5 minutes
290|5m 1m|300|
265|5m 1m||4 minutes
265|5m 1m|300|
200|5m 1m||3 minutes
115|5m||2 minutes
85|5m||1 minute
55|5m 1m||55 seconds
55|5m 1m|300|55 seconds
55|5m 1m|60|55 seconds
55|5m 1m|300 60|
5425|3h 5m||1 hour 30 minutes
91000|2d 1d||1 day 1 hour
'

@test "warnings say what is really left, once for all that are due" {
	local left leads given text end

	while IFS='|' read -r left leads given text; do
		[ -n "$left" ] || continue
		policy "warn $leads"
		due "$left"
		end=$(ns jq '.expires_at | fromdate' /run/pamlease/alice.lease)
		ns bash -c 'umask 077; f=/run/pamlease/alice.warned
			rm -f $f
			[ $# -eq 1 ] || printf "%s\n" version=1 "end=$1" \
				doubt=0 doubt_end=0 "${@/#/warned=}" |
				sed "/warned=$1/d" >$f' - "$end" $given
		run terms 1001 plain -- "$WATCHDOG"
		# Seconds have gone by where the machine is slow.
		output=${output//5[0-4] seconds/55 seconds}
		if [ -n "$text" ]; then
			text=$(framed "${FIVE/5 minutes/$text}")
		fi
		[[ $output == "plain $text"$'\n'"took "*" status 0" ]] ||
			bad "$left|$leads|$given: $output"
	done <<<"$TEXTS"
	all_good
}

# What is run while one terminal is there | how often it is warned
TIMES='
w|1
w; w; w|1
w & w & w & w & wait|1
w; pamlease extend alice --duration 2s; w; w|2
w; pamlease extend alice --duration 10m; w|1
w; pamlease grant alice --duration 4m --force; w; w|2
w; rm /run/pamlease/alice.lease; w|1
slow & until compgen -G "/run/pamlease/.tmp-*"; do :; done; w; wait|1
'

@test "one warning for each end, however often and beside each other" {
	local script times

	while IFS='|' read -r script times; do
		[ -n "$script" ] || continue
		ns rm -f /run/pamlease/alice.warned
		due 290
		# The slow one is at the renaming of its marks for a while.
		run terms 1001 plain -- /bin/bash -c '
			w() { "$0"; }
			slow() { strace -qq -o /dev/null -e inject=?rename,`
				`?renameat,?renameat2:delay_enter=700000 "$0"; }
			exec >/dev/null 2>&1
			PATH=$PATH:${0%/*}; '"$script" "$WATCHDOG"
		[ "$(count 'Warning: Your session')" -eq "$times" ] ||
			bad "$script: $output"
	done <<<"$TIMES"
	all_good
}

# bats test_tags=noasan
@test "a watchdog that is killed at any system call warns once at most" {
	policy 'warn 10m'
	due 590
	# Prints "CALL N marked|fresh" and then what the terminal got.
	run ns bash -c 'exe=$1 terms=$2 marks=/run/pamlease/alice.warned
		mkdir -m 0700 /run/pamlease/watchdog	# else the first one does it
		"$terms" 1001 plain -- /usr/bin/strace -qq -o /run/trace "$exe" \
			>/dev/null
		declare -A count=()
		while IFS="(" read -r call _; do
			case $call in *[!a-z0-9_]* | exit_group | execve) continue ;; esac
			n=$((++count[$call]))
			rm -f $marks
			"$terms" 1001 plain -- /bin/bash -c "
				strace -qq -o /dev/null -e trace=$call \
					-e inject=$call:signal=KILL:when=$n $exe
				[ \$? -eq 137 ] || echo $call $n: goes on
				[ -e $marks ] && state=marked || state=fresh
				echo $call $n \$state
				$exe" 2>/dev/null | tr "\n" " "
			echo
		done </run/trace' - "$WATCHDOG" "$BUILD/helpers/terms"
	ns cp /run/trace /run/trace.last
	[ "$status" -eq 0 ]
	[ "$(wc -l <<<"$output")" -gt 100 ]
	# Left out at most where the mark was made, and given then else.
	run awk '/goes on/ { print; next }
		{ n = gsub(/Warning: Your session/, "&"); total++ }
		n > 1 { print "twice: " $0 }
		n == 0 && $3 != "marked" { print "lost: " $0 }
		n == 0 { none++ }
		END { print total " points, " none + 0 " without a warning" }' \
		<<<"$output"
	echo "# $output" >&3
	[[ $output =~ ^[0-9]+' points, '[0-9]+' without a warning'$ ]]
	# The mark is in its place before the first byte to a terminal.
	run awk '/^rename.*"alice.warned"/ { marked = 1 }
		/^write.*pamlease: Warning/ { print marked ? "good" : "early" }' \
		<(ns cat /run/trace.last)
	[ "$output" = good ]
}

@test "without a terminal nothing is written, and the log says so" {
	local pid
	due 290
	pid=$(ns_process 1001)
	ns_session alice 1001 "$pid" lease sshd '' 10.0.0.7
	run ns env JOURNAL_STREAM=1 strace -qq -o /run/trace "$WATCHDOG"
	[ "$status" -eq 0 ]
	[ "$output" = '<6>alice: no terminal to warn on' ]
	ns sed -Ei '/"[0-9]{20}-[0-9]+"/d' /run/trace	# the event
	run ns grep -E 'O_WRONLY.*O_NOCTTY|/dev/(pts/|tty)[0-9]' /run/trace
	[ "$status" -eq 1 ] || bad "$output"
	# What is due waits for one.
	run terms 1001 plain -- "$WATCHDOG"
	grep -Fqx "plain $(framed "$FIVE")" <<<"$output" || bad "$output"
	# Another user's is none.
	ns rm /run/pamlease/alice.warned
	run terms 1002 plain -- /usr/bin/env JOURNAL_STREAM=1 "$WATCHDOG"
	[[ $output == *'no terminal to warn on'*$'\nplain \n'* ||
		$output == 'plain '$'\n'*'no terminal to warn on'* ]] ||
		bad "$output"
	all_good
}

# One record of utmp: a user process of alice's, on that line.
utmp_record() {
	local text=('alice' "$1" '' 'alice' '')
	local size=(0 32 4 32 256) i

	printf '\7\0\0\0\1\0\0\0'
	for i in 1 2 3 4; do
		printf %s "${text[i]}"
		head -c $((size[i] - ${#text[i]})) /dev/zero
	done
	head -c 52 /dev/zero
}

@test "utmp is not read, and nothing but a terminal is opened" {
	local line

	due 290
	for line in ../etc/passwd sda pts/../../tmp/x pts/7 /run/victim; do
		utmp_record "$line"
	done >"$BATS_TEST_TMPDIR/utmp"
	[ "$(stat -c %s "$BATS_TEST_TMPDIR/utmp")" -eq $((5 * 384)) ]
	# One terminal of alice's stays where it is; all else is no terminal.
	run terms 1001 plain -- /usr/bin/unshare --mount --propagation private \
		/bin/bash -c 'set -e; cd /run
		cp "$1/utmp" utmp; cp utmp wtmp
		echo untouched >victim; chown 1001 victim
		mkdir -p ptys
		mount -n -t devpts -o newinstance,ptmxmode=0666 devpts ptys
		chown 1001 ptys/ptmx
		mkdir -p pts
		for f in file /dev/pts/1; do
			cp -p victim pts/${f##*/}; cp -p victim pts/2
		done
		: >pts/0; mount -n --bind /dev/pts/0 pts/0
		ln -sf /run/victim pts/3; ln -sf 0 pts/4
		mkfifo pts/5; mkdir -p pts/6
		: >pts/7; mount -n --bind ptys/ptmx pts/7
		ln -sf /etc/passwd pts/8; cp -p victim pts/-1
		: >pts/0x; mount -n --bind /dev/pts/0 pts/0x
		mount -n --rbind pts /dev/pts
		cd /dev
		cp -p /run/victim tty20; mkfifo tty21
		ln -sf /run/victim tty22; ln -sf pts/0 tty23; mkdir -p tty24
		: >tty25; mount -n --bind /run/ptys/ptmx tty25
		: >tty26; mount -n --bind pts/0 tty26
		cp -p /run/victim ttyS20; ln -sf /etc/passwd ttyAMA20
		chown -h 1001 pts/* tty2* ttyS20 ttyAMA20 2>/dev/null
		JOURNAL_STREAM=1 strace -qq -y -o /run/trace "$2" 2>/run/said
		for f in pts/1 pts/2 pts/-1 tty20 ttyS20; do
			cmp $f /run/victim
		done
		[ "$(</run/victim)" = untouched ]
		rm -rf tty2* ttyS20 ttyAMA20 2>/dev/null || :' - \
		"$BATS_TEST_TMPDIR" "$WATCHDOG"
	[[ $output == *"status 0" ]] || bad "$output"
	[ "$(count "$FIVE")" -eq 1 ] || bad "$output"
	[[ $(ns cat /run/said) == *': 1 terminals, 0 did not take it' ]] ||
		bad "$(ns cat /run/said)"
	# Of /dev only that one is opened for writing.
	run ns bash -c 'grep -E "utmp|wtmp|passwd.*O_(WRONLY|RDWR)" /run/trace
		grep -E "^open.*(/dev/pts|/dev)>, .*O_(WRONLY|RDWR)" /run/trace'
	[[ $output == 'openat('*'</dev/pts>, "0", O_WRONLY|O_NOCTTY|O_NONBLOCK|O_NOFOLLOW|O_CLOEXEC) = '* ]] ||
		bad "$output"
	[ "$(wc -l <<<"$output")" -eq 1 ] || bad "$output"
	all_good
}

# These have numbers that no device has: opening them is all that can be seen.
@test "consoles and serial lines are found by their owner" {
	local row name
	local rows=('tty5 4 255' 'ttyS5 4 254' 'ttyAMA5 204 127')
	local others=('tty6 1 3' 'ttyS6 136 0' 'ttyAMA6 4 253' 'tty 5 0'
		'tty5x 4 252' 'ttyUSB0 188 255' 'console 5 1')

	ns mknod /dev/tty5 c 4 255 || skip 'no device nodes can be made'
	due 290
	for row in "${rows[@]}" "${others[@]}"; do
		# shellcheck disable=SC2086
		set -- $row
		ns bash -c '[ -e "/dev/$1" ] || mknod "/dev/$1" c "$2" "$3"
			chown 1001 "/dev/$1"' - "$@"
	done
	run ns env JOURNAL_STREAM=1 strace -qq -y -o /run/trace "$WATCHDOG"
	[[ $output == *'0 terminals, 3 did not take it' ]] || bad "$output"
	run ns sed -n 's|^openat.*</dev>, "\([^"]*\)", O_WRONLY.*|\1|p' /run/trace
	[ "$(sort <<<"$output" | tr '\n' ' ')" = 'tty5 ttyAMA5 ttyS5 ' ] ||
		bad "$output"
	for row in "${rows[@]}" "${others[@]}"; do
		name=${row%% *}
		[ "$name" = tty ] || ns rm -f "/dev/$name"
	done
	all_good
}

@test "a terminal that is another user's by now gets nothing" {
	run ns timeout 60 "$BUILD/helpers/ttyrace" 2000 1001 1002
	echo "# $output" >&3
	[[ $output =~ ^'opened 14000 right '([0-9]+)' wrong 0'$ ]]
	[ "${BASH_REMATCH[1]}" -gt 0 ]
	run ns timeout 60 "$BUILD/helpers/ttyrace" 10000 1001 1002 free
	echo "# free: $output" >&3
	[[ $output =~ ^'opened '[0-9]+' right '([0-9]+)' wrong 0'$ ]]
	[ "${BASH_REMATCH[1]}" -gt 0 ]
}

# NAME|bytes in the reason, for printf %b|a lease that is good
REASONS='
ESC|\x1b[2J|broken
ESC, escaped|\\u001b[2J|broken
CSI|\xc2\x9b2J|broken
CSI, escaped|\\u009b2J|broken
a single byte CSI|\x9b2J|broken
OSC|\x1b]0;title\x07|broken
OSC, 8 bit|\xc2\x9d0;title\xc2\x9c|broken
BEL|\x07|broken
DEL|\x7f|broken
a line|one\ntwo|broken
a return|one\rtwo|broken
a backspace|x\x08y|broken
letters|\xc3\x84rger \xe2\x82\xac|good
'

@test "nothing of a lease's reason reaches a terminal or breaks the log" {
	local name bytes kind pid

	while IFS='|' read -r name bytes kind; do
		[ -n "$name" ] || continue
		pamlease grant alice --duration 4m --force --reason EVIL \
			>/dev/null
		ns rm -f /run/pamlease/alice.warned
		ns bash -c 'f=/run/pamlease/alice.lease
			IFS= read -r -d "" text <$f
			printf -v bytes %b "$1"
			printf %s "${text/EVIL/EVIL$bytes}" >$f' - "$bytes"
		pid=$(ns_process 1001)
		ns_session alice 1001 "$pid"
		run pamlease check alice
		[ "$status" -eq "$([ "$kind" = good ] && echo 0 || echo 3)" ] ||
			bad "$name: check $status $output"
		run terms 1001 plain -- /bin/bash -c 'JOURNAL_STREAM=1 "$0" \
			2>/run/said' "$WATCHDOG"
		if [ "$kind" = good ]; then
			[ "$(count '4 minutes')" -eq 1 ] || bad "$name: $output"
			ns_kill -KILL "$pid"
		else
			ns_alive "$pid" && bad "$name: not ended"
			ns grep -q '^<3>.*alice.lease' /run/said ||
				bad "$name: $(ns cat /run/said)"
		fi
		[[ $output != *EVIL* && $output != *\\x* ]] ||
			bad "$name: $output"
		LC_ALL=C ns grep -q '[^ -~]' /run/said &&
			bad "$name: $(ns cat -v /run/said)"
		run pamlease list
		[[ $output != *[$'\x01'-$'\x08\x0b\x0c\x0e'-$'\x1f\x7f']* ]] ||
			bad "$name: list $output"
	done <<<"$REASONS"
	all_good
}
