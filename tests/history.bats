#!/usr/bin/env bats
#
# The history: what the module and the command write, what is shown of it, and
# that nothing of it can be changed without being found.

load lib

STACK=/run/stack
LOG=/var/log/pamlease

setup_file() {
	ns_start
	[ -n "${NS_SKIP:-}" ] || lay_stack
}
teardown_file() { ns_stop; }
setup() { ns_setup; ROOT=/proc/$NS_HOLDER/root; }

# usage: call [OPTION...] SERVICE USER WORD...
call() {
	local options=()
	while [[ $1 == --* ]]; do
		options+=("$1" "$2")
		shift 2
	done
	ns "$STACK/pamcall" "${options[@]}" "$STACK/conf" "$@"
}

# What stands there of an event. usage: facts JQ-FILTER [OPTION...]
facts() {
	local filter=$1
	shift
	pamlease history --json "$@" | jq -r "$filter"
}

# The events, in one line.
events() { facts .event "$@" | paste -sd ' '; }

@test "what the module decides, each once with its facts" {
	pamlease grant alice --duration 1h --reason 'für "INC-1"'
	call --rhost 192.0.2.7 --tty ssh sshd alice auth new account new open close
	call --rhost 192.0.2.8 sshd bob account || :
	call sshd nobody-here auth || :
	call permissive bob auth account open close
	[ "$(events)" = 'granted admitted opened closed denied denied denied opened closed' ]
	[ "$(facts '[.user, .uid, .by, .reason] | join("|")' --event granted)" = \
		'alice|1001|root|für "INC-1"' ]
	[ "$(facts '[.user, .uid, .service, .tty, .rhost, .phase, .step, .why] | join("|")' \
		--event admitted)" = 'alice|1001|sshd|ssh|192.0.2.7|account|lease|lease' ]
	[ "$(facts .let_in_by --user alice --event opened)" = lease ]
	[ "$(facts .session --user alice --event opened)" = \
		"$(facts .session --user alice --event closed)" ]
	[ "$(facts '[.user, .uid, .phase, .why, .permissive] | join("|")' \
		--event denied | paste -sd ' ')" = \
		'bob|1002|account|no-lease| nobody-here||auth|no-account| bob|1002|account|no-lease|true' ]
	[ "$(facts .let_in_by --user bob --event opened)" = permissive ]
	[ "$(facts '[.event, .user, .service] | join("|")' --would-deny)" = \
		'denied|bob|permissive' ]
	says 2 '' '*--summary is of all events*' pamlease history --would-deny \
		--summary
	[ "$(facts .expires --event granted)" = "$(facts .expires --event admitted)" ]
	facts .time | grep -Exc '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z' |
		grep -x 9
	says 0 'The history is whole: lines 1 to 9.' '' pamlease history --verify
	[ "$(ns stat -c '%a %U' $LOG $LOG/history.jsonl | paste -sd ' ')" = \
		'700 root 600 root' ]
	all_good
}

@test "permissive: each login once, and who is nobody was not let in" {
	call permissive bob auth account || :
	call permissive nobody-here auth account || :
	[ "$(facts '[.user, .phase, .permissive] | join("|")' | paste -sd ' ')" = \
		'bob|account|true nobody-here|auth| nobody-here|account|' ]
	[ "$(facts .user --would-deny)" = bob ]
}

@test "what the command does, each once with who did it" {
	pamlease grant alice --duration 1h
	pamlease extend alice --duration 10m
	pamlease revoke alice
	run pamlease revoke alice
	pamlease winddown start --message 'New kernel' --deadline '2030-01-01 00:00'
	pamlease winddown stop
	ns bash -c 'mkdir -p /etc/pamlease; echo "ask for 1h within 0s" >/etc/pamlease/policy.conf'
	for name in alice bob; do
		call sshd "$name" account || :
	done
	pamlease refuse "$(facts .request --event requested --user bob)" --reason no
	pamlease approve "$(facts .request --event requested --user alice)"
	[ "$(events)" = 'granted extended revoked winddown-started winddown-stopped requested denied requested denied refused granted approved' ]
	[ "$(facts 'select(.by) | .by' | sort -u)" = root ]
	[ "$(facts '[.reason, .expires[:4]] | join("|")' --event winddown-started)" = \
		'New kernel|2030' ]
	[ "$(facts .reason --event refused)" = no ]
	[ "$(facts .why --event denied | sort -u)" = unanswered ]
	says 0 'The history is whole: *' '' pamlease history --verify
	all_good
}

@test "a request that is taken up again is one" {
	ns bash -c 'mkdir -p /etc/pamlease; echo "ask for 1h within 0s" >/etc/pamlease/policy.conf'
	call sshd alice account || :
	call sshd alice account || :
	[ "$(events)" = 'requested denied denied' ]
}

@test "filters, the table, and what there is not" {
	says 0 'No events.' '' pamlease history
	says 0 'No logins.' '' pamlease history --summary
	says 0 'There is no history yet.' '' pamlease history --verify
	pamlease grant alice --duration 1h
	call --rhost 192.0.2.7 sshd alice account
	call sshd bob account || :
	[ "$(events --user alice)" = 'granted admitted' ]
	[ "$(events --event denied)" = denied ]
	[ "$(events --since "$(date -d tomorrow '+%F %T')")" = '' ]
	[ "$(events --until "$(date -d yesterday '+%F %T')")" = '' ]
	[ "$(events --since 00:00 --user bob)" = denied ]
	run pamlease history --user alice
	[[ ${lines[0]} =~ ^TIME\ +EVENT\ +USER\ +SERVICE\ +FROM\ +WHAT$ ]]
	[[ ${lines[2]} =~ ^[-0-9]+\ [:0-9]+\ +granted\ +alice\ +-\ +-\ +by\ root,\ until ]]
	[[ ${lines[3]} =~ ^[-0-9]+\ [:0-9]+\ +admitted\ +alice\ +sshd\ +192.0.2.7\ +lease,\ until ]]
	says 2 '' '*no such event*granting*pamlease-history(5)*' pamlease history --event granting
	says 2 '' '*--since: *' pamlease history --since yesterday
	says 2 '' '*one of*' pamlease history --follow --verify
	all_good
}

@test "sums for each month, user and service" {
	pamlease grant alice --duration 1h
	for name in 1 2 3; do
		call sshd alice account open close
	done
	call sshd bob account || :
	call sshd bob account || :
	call sshd stranger account || :
	call sshd "$(printf 'x%.0s' {1..400})" account || :
	pamlease history --summary --json | jq -r '.[] |
		[.user, .service, .logins, .refused] | join(" ")' |
		diff - <(printf '%s\n' ' sshd 0 2' 'alice sshd 3 0' 'bob sshd 0 2')
	run pamlease history --summary
	[[ ${lines[3]} =~ ^[0-9-]+\ +alice\ +sshd\ +3\ +[0-9]+s\ +0$ ]]
	# One that is open counts up to now.
	ns_session alice 1001 "$(ns_process 1001)"
	entry=$(ns ls /run/pamlease/sessions)
	ns bash -c 'umask 077; printf "%s\n" version=1 \
		"time_us=$(($(date +%s) - 600))000000" event=opened user=alice \
		service=su "session=$1" >"/run/pamlease/events/00000000000000000009-1"' \
		- "$entry"
	[ "$(pamlease history --summary --json |
		jq '.[] | select(.service == "su") | .seconds / 10 | floor')" = 60 ]
	# Of that the last five minutes only; and of nothing else.
	[ "$(pamlease history --summary --json --since \
		"$(date -d '5 minutes ago' '+%F %T')" |
		jq '.[] | select(.service == "su") | .seconds / 10 | floor')" = 30 ]
	[ "$(pamlease history --summary --json --until \
		"$(date -d '5 minutes ago' '+%F %T')" |
		jq -c '[.[] | [.service, .logins, (.seconds / 10 | floor)]]')" = \
		'[["su",1,30]]' ]
	says 2 '' '*--summary is of all events' pamlease history --summary --event opened
	all_good
}

# Changes a file of the history by hand, and expects that to be found in that
# line.  usage: found LINE SED-SCRIPT
found() {
	ns bash -c 'rm -rf /run/kept; cp -a /var/log/pamlease /run/kept
		sed -i "$1" /var/log/pamlease/history.jsonl' - "$2"
	says 1 '' "*history.jsonl:$1: *" pamlease history --verify
	ns bash -c 'rm -rf /var/log/pamlease; mv /run/kept /var/log/pamlease'
}

@test "what is changed, taken out, put in, moved or cut off is found" {
	local i

	for i in 1 2 3 4 5 6; do
		call sshd bob account || :
	done
	pamlease history >/dev/null
	found 4 '3s/denied/admitted/'
	found 6 '6s/no-lease/expired/'
	found 3 3d
	found 2 '2{h;d};3{G}'
	found 4 '3p'
	found 5 '4a {}'
	found 1 1d
	found 2 '2,$s/"number":\([2-5]\)/"number":9/'
	ns sed -i '$d' $LOG/history.jsonl
	says 1 '' '*history.jsonl: the last 1 lines are missing' pamlease history --verify
	# That is not forgotten when the next event comes.
	call sshd bob account || :
	pamlease history >/dev/null
	says 1 '' '*history.jsonl:6: lines before it are missing' pamlease history --verify
	ns rm $LOG/history.jsonl
	says 1 '' '*the last 7 lines are missing' pamlease history --verify
	all_good
}

@test "without the record of the last line that is said" {
	call sshd bob account || :
	pamlease history >/dev/null
	ns rm $LOG/history.head
	says 1 '' '*history.head is missing: *' pamlease history --verify
	ns bash -c "echo 1 x >$LOG/history.head"
	says 1 '' '*history.head: want NUMBER HASH' pamlease history --verify
	all_good
}

@test "an event that somebody else has put in is found, and not shown" {
	call sshd bob account || :
	pamlease history >/dev/null
	ns bash -c "printf '{\"number\":2.5,\"time\":\"2026-03-21T10:00:00.000Z\",\"event\":\"approved\",\"user\":\"mallory\"}' >>$LOG/history.jsonl"
	call sshd bob account || :
	[ "$(events)" = 'denied healed denied' ]
	says 1 '' '*history.jsonl:2: it is no line of the history' pamlease history --verify
	ns sed -i '2d; 1s/"number":1,/"number":9007199254740991,/' $LOG/history.jsonl
	[ "$(events)" = 'denied healed denied' ]
	all_good
}

@test "who removes the end with its record is found, whatever comes then" {
	local i

	for i in 1 2 3 4; do
		call sshd bob account || :
	done
	pamlease history >/dev/null
	ns bash -c "rm $LOG/history.head; sed -i '3,\$d' $LOG/history.jsonl"
	call sshd bob account || :
	says 1 '' '*history.head is missing: *' pamlease history --verify
	[ "$(events)" = 'denied denied healed denied' ]
	says 1 '' '*history.jsonl:3: the record of the last line was missing then,*' \
		pamlease history --verify
	all_good
}

@test "what is no event does not stay unseen" {
	call sshd bob account || :
	ns touch /run/pamlease/events/x
	says 0 '*denied*' '*1 files in /run/pamlease/events are no events*' pamlease history
	[ "$(ns ls /run/pamlease/events)" = x ]
	all_good
}

@test "the chain goes on over files that logrotate has rotated" {
	local i

	for i in 1 2 3; do
		call sshd bob account || :
		pamlease history >/dev/null
		ns cp "$(realpath "$BATS_TEST_DIRNAME/../systemd/pamlease.logrotate")" \
			/run/rotate.conf
		ns logrotate --force --state /run/rotated /run/rotate.conf
	done
	call sshd alice account || :
	[ "$(events)" = 'denied denied denied denied' ]
	[ "$(ns ls $LOG | paste -sd ' ')" = \
		'history.head history.jsonl history.jsonl.1 history.jsonl.2 history.jsonl.3' ]
	says 0 'The history is whole: lines 1 to 4.' '' pamlease history --verify
	ns rm $LOG/history.jsonl.3
	says 0 'The history is whole: lines 2 to 4; those before were rotated away, or removed.' '' pamlease history --verify
	ns rm $LOG/history.jsonl.1
	says 1 '' '*history.jsonl:1: lines before it are missing' pamlease history --verify
	all_good
}

@test "a line that was cut is healed, and that is said" {
	call sshd bob account || :
	pamlease history >/dev/null
	ns bash -c "printf '{\"number\":2,\"time\":' >>$LOG/history.jsonl"
	says 0 'The history is whole: lines 1 to 1.' '*:2: cut off; *' pamlease history --verify
	call sshd bob account || :
	[ "$(events)" = 'denied healed denied' ]
	says 0 'The history is whole: lines 1 to 3.' '' pamlease history --verify
	all_good
}

@test "a full disk refuses nobody and loses nothing, and that is said" {
	local i

	ns bash -c "mkdir -m 700 $LOG; mount -t tmpfs -o size=16k,mode=700 small $LOG"
	pamlease grant alice --duration 1h
	pamlease history >/dev/null
	ns bash -c "head -c 16k /dev/zero >$LOG/filler || :"
	for i in $(seq 20); do
		call sshd alice account open close
	done
	call sshd bob account || :
	says 0 '*' '*No space left*what has happened last is missing*' pamlease history
	says 4 '' '*No space left*' ns "$BUILD/pamlease-watchdog" --history
	ns umount $LOG
	[ "$(events | tr ' ' '\n' | sort | uniq -c | tr -s ' \n' ' ')" = \
		' 20 admitted 20 closed 1 denied 20 opened ' ]
	says 0 'The history is whole: *' '' pamlease history --verify
	all_good
}

@test "too many that wait: further ones are lost, and logins are not" {
	pamlease grant alice --duration 1h
	ns bash -c 'cd /run/pamlease/events; seq -f "%020.0f-1" 17000 | xargs touch'
	run call sshd alice account open close
	[[ $output == *'err pam_lease(sshd:account): admitted is missing in the history: too many'* ]]
	[[ $output == *account=PAM_SUCCESS*open=PAM_SUCCESS*close=PAM_SUCCESS* ]]
	says 0 '*' '*missing in the history: too many*' pamlease revoke alice
	all_good
}

@test "500 hostile names and hosts, and reasons, give a line each, and no more" {
	local audit=$BATS_TEST_TMPDIR/audit log=$BATS_TEST_TMPDIR/log
	local given missing pid

	# By names of their own, as the trail is the whole machine's.
	cp "$ROOT$STACK/conf/"{sshd,hostile}
	cp "$BUILD/pamlease" "$ROOT/run/hostile"
	"$BUILD/helpers/auditlog" >"$audit" 2>&1 3>&- &
	pid=$!
	soon grep -q . "$audit"
	cat >"$ROOT/run/hostile.py" <<'END'
import random, subprocess, sys
random.seed(500)
stack, pamlease = sys.argv[1:]
parts = [b"\n", b"\r", b"\x1b[2J", b'"', b"\\", b"\xff", b"\x9b31m", b"{", b"}",
    b"\xe2\x80\xae", b"\xe2\x80\xa8", b"%s", b"%n", b"../", b"a" * 300, b"alice",
    b'","event":"granted', b"\x7f", b"\xc3\xbc", b"\t", b"'", b"$(id)", b"`id`"]
given = 0
for i in range(500):
    text = b"".join(random.choice(parts) for _ in range(random.randint(1, 6)))
    host, name = (text, b"bob") if i % 2 else (b"", text)
    subprocess.run([stack.encode() + b"/pamcall", b"--rhost", host,
        stack.encode() + b"/conf", b"hostile", name, b"account"])
    given += subprocess.run([pamlease, "grant", "carol", "--force",
        "--duration", "1h", "--reason", text], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL).returncode == 0
open("/run/given", "w").write(str(given))
END
	ns python3 /run/hostile.py "$STACK" /run/hostile >"$log"
	given=$(<"$ROOT/run/given")
	[ "$given" -ge 50 ]
	[ "$(facts .event | sort | uniq -c | tr -s ' ' | paste -sd,)" = \
		" 500 denied, $given granted" ]
	[ "$(wc -l <"$ROOT$LOG/history.jsonl")" -eq $((500 + given)) ]
	! LC_ALL=C grep -P '[\x00-\x08\x0b-\x1f\x7f]' "$ROOT$LOG/history.jsonl"
	pamlease history | LC_ALL=C grep -P '[\x00-\x08\x0b-\x1f\x7f]' && false
	[ "$(pamlease history | wc -l)" -eq $((502 + given)) ]
	says 0 "The history is whole: lines 1 to $((500 + given))." '' \
		pamlease history --verify
	kill "$pid" 2>/dev/null || :
	wait "$pid" || :
	[ "$(head -n 1 "$audit")" = ready ] || skip 'no audit here'
	# libaudit writes a host as it is; so some are not given to it.
	missing=$(grep -ac 'denied is missing in the audit trail' "$log")
	[ "$missing" -gt 0 ]
	[ "$(LC_ALL=C grep -Pc "op=PAM:lease-denied [ -~]*hostile[ -~]* res=failed'$" "$audit")" -eq \
		$((500 - missing)) ]
	[ "$(LC_ALL=C grep -Pc "op=lease-granted [ -~]*/hostile[ -~]* res=success'$" "$audit")" -eq "$given" ]
	[ "$(grep -ac 'op=.*lease-.*hostile' "$audit")" -eq $((500 - missing + given)) ]
	all_good
}

# bats test_tags=noasan
@test "an audit trail that takes nothing holds up no end" {
	local preload=$BUILD/preload/audithang.so

	pamlease grant alice --duration 1h
	pamlease grant bob --duration 1h
	call sshd alice open
	echo 7200 7200 >"$ROOT/run/pamlease-clock"
	says 0 '' '*audit trail takes too long*' ns timeout 20 env \
		LD_PRELOAD="$preload" "$BUILD/faked/pamlease-watchdog"
	rm "$ROOT/run/pamlease-clock"
	[ "$(facts .user --event removed | sort | paste -sd ' ')" = 'alice bob' ]
	[ -z "$(ns ls /run/pamlease/sessions)" ]
	all_good
}

@test "--follow prints what comes, over a rotated file" {
	local out=$BATS_TEST_TMPDIR/out pid

	ns "$BUILD/pamlease" history --follow >"$out" 3>&- &
	pid=$!
	call --rhost 192.0.2.9 sshd bob account || :
	soon grep -q ' denied     bob sshd from 192.0.2.9: no-lease$' "$out"
	ns mv $LOG/history.jsonl $LOG/history.jsonl.1
	call sshd carol account || :
	soon grep -q carol "$out"
	[ "$(wc -l <"$out")" -eq 2 ]
	kill "$pid"
	wait "$pid" || :
}

# How many bytes the follower has read of the history.
read_of_history() {
	ns awk '/^read\(.*\/history.jsonl>/ { n += $NF } END { print n }' /run/trace
}

# Has it looked again, since it had done so that many times?
looked() { [ "$(ns grep -c '/history.jsonl>.* = 0$' /run/trace)" -gt "$1" ]; }

@test "--follow says once that nothing can be written" {
	local out=$BATS_TEST_TMPDIR/out pid

	ns mkdir -p -m 700 $LOG
	ns mount -n -t tmpfs -o mode=0700,size=4k,nr_inodes=2 tmpfs $LOG
	ns dd if=/dev/zero of=$LOG/x bs=4k count=1 status=none
	pamlease grant alice --duration 1h >/dev/null 2>&1
	ns strace -qq -e trace=clock_nanosleep -o /run/trace \
		"$BUILD/pamlease" history --follow >"$out" 2>&1 3>&- &
	pid=$!
	soon ns test -e /run/trace
	soon eval '[ "$(ns grep -c clock_nanosleep /run/trace)" -gt 3 ]'
	ns_kill "$(ns pgrep -f 'history --follow' | tail -n 1)"
	wait "$pid" || :
	[ "$(grep -c 'No space left' "$out")" -eq 1 ] || bad "$(<"$out")"
	ns umount $LOG
	all_good
}

@test "--follow reads what is new, and nothing twice" {
	local out=$BATS_TEST_TMPDIR/out pid size looks

	for _ in {1..40}; do
		call sshd bob account >/dev/null 2>&1 || :
	done
	[ "$(events | wc -w)" -eq 40 ]
	size=$(ns stat -c %s $LOG/history.jsonl)
	ns strace -qq -y -e trace=read -o /run/trace \
		"$BUILD/pamlease" history --follow >"$out" 3>&- &
	pid=$!
	soon looked 2
	[ "$(read_of_history)" -eq "$size" ]
	call sshd carol account >/dev/null 2>&1 || :
	soon grep -q carol "$out"
	looks=$(ns grep -c '/history.jsonl>.* = 0$' /run/trace)
	soon looked "$looks"
	[ "$(wc -l <"$out")" -eq 41 ]
	[ "$(read_of_history)" -eq "$(ns stat -c %s $LOG/history.jsonl)" ]
	ns_kill "$(ns pgrep -f 'history --follow' | tail -n 1)"
	wait "$pid" || :
}
