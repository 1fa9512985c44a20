# The wind-down: on and off, who gets in, who is in the way, and the deadline.
# shellcheck disable=SC2016

load lib

setup_file() { ns_start; }
teardown_file() { ns_stop; }

setup() {
	ns_setup
	ns bash -c 'mkdir -p /run/stack
		for phase in auth account session; do
			echo "$phase required $1"
		done | tee /run/stack/sshd >/run/stack/other' - "$(realpath "$BUILD")/pam_lease.so"
}

# What an account phase says and returns.
# usage: login USER [OPTION...]
login() {
	ns env -i "$BUILD/helpers/pamcall" "${@:2}" /run/stack sshd "$1" account
}

@test "start, status, stop" {
	says 3 'Wind-down is off.*' '' pamlease winddown status
	says 3 '' '*: there is no wind-down' pamlease winddown stop
	says 0 'Wind-down is on since * by root.*Nobody is present.' '' \
		pamlease winddown start
	[ "$(ns stat -c '%a %u' /etc/winddown)" = '644 0' ] || bad mode
	says 0 'Wind-down is on since *' '' pamlease winddown status
	says 0 'Wind-down is off.' '' pamlease winddown stop
	says 3 'Wind-down is off.*' '' pamlease winddown status
	! ns test -e /etc/winddown || bad 'still there'
	all_good
}

@test "what is not given stays, and there is one file" {
	pamlease winddown start --message 'Kernel update' >/dev/null
	since=$(ns sed -n 's/#since //p' /etc/winddown)
	says 0 $'*\nMessage:  Kernel update\nDeadline: *, in *' '' \
		pamlease winddown start --deadline 2100-01-01T00:00 --until-reboot
	! ns test -e /etc/winddown || bad 'two files'
	[ "$(ns sed -n 's/#since //p' /run/pamlease/winddown)" = "$since" ] ||
		bad 'since'
	says 0 $'*\nMessage:  No\nDeadline: *' '' pamlease winddown start --message No
	! ns test -e /run/pamlease/winddown || bad 'two files'
	says 0 '*' '' pamlease winddown start --message ''
	[[ $output != *Message* ]] || bad "$output"
	all_good
}

@test "bad input changes nothing" {
	says 2 '' '*not in the future' pamlease winddown start --deadline 2020-01-01T00:00
	says 2 '' '*' pamlease winddown start --deadline soon
	says 2 '' '*control char*' pamlease winddown start --message $'a\eb'
	says 2 '' '*longer than 1024*' pamlease winddown start \
		--message "$(printf '%1025s' x)"
	says 2 '' '*--timeout is for --wait' pamlease winddown start --timeout 1m
	says 2 '' '*' pamlease winddown start --wait --timeout 1x
	says 2 '' '*one argument too many*' pamlease winddown start now
	says 2 '' '*winddown what? start, stop or status' pamlease winddown
	says 2 '' '*one of them' pamlease winddown status --json --wait
	! ns test -e /etc/winddown || bad 'it is on'
	all_good
}

@test "who is present may come back, and nobody else" {
	local pid text

	pamlease grant alice --duration 1h >/dev/null
	pamlease grant bob --duration 1h >/dev/null
	pid=$(ns_process 1001)
	ns bash -c 'printf "Kernel update\n\e[1mback at noon\n" >/etc/winddown'
	says 0 '*account=PAM_SUCCESS' '' login alice
	text='error: Access denied: user bob (uid=1002) does not have an active session and this node is in wind-down mode (going offline for maintenance).'
	says 0 "$text"$'\nerror: Kernel update\nerror: \\\\x1b\\[1mback at noon\n*account=PAM_PERM_DENIED' '' login bob
	says 0 '*account=PAM_SUCCESS' '' login root
	says 3 $'bob would be denied: *\nDecided by: wind-down: *' '' pamlease check bob
	ns_kill "$pid"
	for ((i = 0; i < 500; i++)); do ns_alive "$pid" || break; sleep 0.01; done
	says 0 '*account=PAM_PERM_DENIED' '' login alice
	all_good
}

@test "a file that can't be read counts as on, and stop removes it" {
	local make

	pamlease grant alice --duration 1h >/dev/null
	for make in 'touch' 'ln -s nowhere' 'mkdir' 'mkfifo' \
		'install -m 666 /dev/null' 'install -o 1001 /dev/null' \
		'printf "#sinc 1" | tee'; do
		ns bash -c "$make /etc/winddown" >/dev/null
		says 0 '*account=PAM_PERM_DENIED' '' login alice
		says 0 '*Wind-down is on*' '*' pamlease winddown status
		[ "$make" = touch ] || [[ $output == *"Can't be read: "* ]] ||
			bad "$make: $output"
		[ "$make" = mkdir ] || says 0 'Wind-down is off.' '' pamlease winddown stop
		ns rm -rf /etc/winddown
	done
	all_good
}

@test "status: sessions with where they are, and processes without one" {
	local alice bob daemon json

	alice=$(ns_process 1001) bob=$(ns_process 1002) daemon=$(ns_process 999)
	ns_session alice 1001 "$alice" lease login tty7 10.0.0.7
	ns_session carol 1003 1 refused
	pamlease winddown start --message 'Back "soon"' \
		--deadline 2100-01-01T00:00:00Z >/dev/null
	json=$(pamlease winddown status --json)
	[ "$(jq -c '[.on, .by, .message, .deadline] + [.sessions[] |
		.user, .uid, .service, .tty, .from] + [.processes[] |
		.user, .uid, .pid, .command]' <<<"$json")" = \
		'[true,"root","Back \"soon\"","2100-01-01T00:00:00Z","alice",1001,"login","tty7","10.0.0.7","bob",1002,'"$bob"',"sleep"]' ] ||
		bad "$json"
	[ "$(jq '[.since, .sessions[0].since, .processes[0].since | fromdate |
		now - . | . >= 0 and . < 600] | all' <<<"$json")" = true ] ||
		bad "$json"
	says 0 $'*\nalice *login *tty7 *10.0.0.7*\nWithout a session:\n*bob *'"$bob *sleep*" \
		'' pamlease winddown status
	[[ $output != *"$daemon"* && $output != *carol* ]] || bad "$output"
	all_good
}

@test "who is exempt is in nobody's way, unless the policy is broken" {
	ns_process 1001 >/dev/null
	ns bash -c 'mkdir -p /etc/pamlease
		echo "exempt user alice" >/etc/pamlease/policy.conf'
	says 0 '*Nobody is present.' '' pamlease winddown start
	ns bash -c 'echo "exempt usr alice" >/etc/pamlease/policy.conf'
	says 0 '*alice *' '*nobody counts as exempt' pamlease winddown status
	says 6 '*still present: alice' '*not all have left' \
		pamlease winddown status --wait --timeout 1s
	all_good
}

@test "--wait: a line when somebody leaves, and the end when all have" {
	local alice bob code=0

	alice=$(ns_process 1001) bob=$(ns_process 1002)
	pamlease winddown start --wait >"$BATS_TEST_TMPDIR/out" 3>&- &
	soon grep -q 'still present: alice, bob$' "$BATS_TEST_TMPDIR/out"
	ns_kill "$alice"
	soon grep -q 'still present: bob$' "$BATS_TEST_TMPDIR/out"
	kill -0 $!
	ns_kill "$bob"
	wait $!
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/out")" = 'Nobody is present.' ]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/out")" -eq 3 ]
	# Stopped meanwhile, it is not what "&& reboot" waits for.
	ns_process 1001 >/dev/null
	rm "$BATS_TEST_TMPDIR/out"
	pamlease winddown status --wait >"$BATS_TEST_TMPDIR/out" 3>&- &
	soon grep -q 'still present' "$BATS_TEST_TMPDIR/out"
	pamlease winddown stop
	wait $! || code=$?
	[ "$code" -eq 3 ]
	says 3 '' '*there is no wind-down' pamlease winddown status --wait
}

@test "the deadline ends everybody, and there are no new leases" {
	local alice bob carol daemon

	pamlease grant alice --duration 1h >/dev/null
	alice=$(ns_process 1001) bob=$(ns_process 1002)
	carol=$(ns_process 1003) daemon=$(ns_process 999)
	ns_session alice 1001 "$alice"
	ns bash -c 'mkdir -p /etc/pamlease
		printf "%s\n" "exempt user carol" keep-detached \
			>/etc/pamlease/policy.conf'
	ns bash -c 'echo "#deadline 2020-01-01T00:00:00Z" >/etc/winddown'
	says 1 '' '*deadline has passed*' pamlease grant bob --duration 1h
	says 0 '*' '' pamlease grant carol --duration 1h
	says 0 '*alice: end everything of uid 1001, *bob: end everything of uid 1002, *' '' \
		ns "$BUILD/pamlease-watchdog" --dry-run
	ns "$BUILD/pamlease-watchdog" >/dev/null 2>&1
	soon ended "$alice" && soon ended "$bob" || bad 'not ended'
	ns_alive "$carol" && ns_alive "$daemon" || bad 'carol or sys ended'
	ns test -e /run/pamlease/alice.lease || bad 'the lease went'
	says 0 '*nobody may be in any more.*account=PAM_PERM_DENIED' '' login alice
	says 0 '*account=PAM_SUCCESS' '' login carol
	all_good
}

@test "a deadline that is moved or called off ends nobody" {
	local alice how

	alice=$(ns_process 1001)
	for how in 'start --deadline 2100-01-01T00:00' stop; do
		ns bash -c 'echo "#deadline 2020-01-01T00:00:00Z" >/etc/winddown'
		pamlease winddown $how >/dev/null
		ns "$BUILD/pamlease-watchdog" >/dev/null 2>&1
		ns_alive "$alice" || bad "$how"
	done
	# Whom the policy exempts can't be told, so nobody loses time to a typo.
	ns bash -c 'echo "#deadline 2020-01-01T00:00:00Z" >/etc/winddown
		mkdir -p /etc/pamlease; echo "exmpt" >/etc/pamlease/policy.conf'
	! ns "$BUILD/pamlease-watchdog" >/dev/null 2>&1 || bad 'status 0'
	ns_alive "$alice" || bad 'a broken policy'
	all_good
}

@test "a process whose first thread left, and which has many groups, is present" {
	local pid

	pid=$(ns bash -c 'setpriv --reuid 1001 --regid 1001 \
		--groups "$(seq -s, 1000000 1000999)" "$1" \
		>/dev/null 2>&1 & echo $!' - "$BUILD/helpers/leaderless")
	soon ns grep -q "^State:.Z" "/proc/$pid/status"
	says 0 '*alice *leaderless *' '' pamlease winddown start
	all_good
}

@test "--wait sees who forks and leaves at once, and warns of the policy once" {
	ns bash -c 'mkdir -p /etc/pamlease; echo exmpt >/etc/pamlease/policy.conf
		setpriv --reuid 1001 --regid 1001 --clear-groups "$1" 4 20 \
		/dev/null >/dev/null 2>&1 &' - "$BUILD/helpers/chain"
	pamlease winddown start >/dev/null 2>&1
	says 6 '*' '*' pamlease winddown status --wait --timeout 4s
	[ "$(grep -c exempt <<<"$stderr")" -eq 1 ] || bad "$stderr"
	all_good
}

# As one of a chain looks: it is met, and its command can't be read any more.
# bats test_tags=noasan
@test "--wait waits for whoever was gone before it was read" {
	local pid look

	pid=$(ns_process 1001)
	look=(strace -qq -o /dev/null -P "/proc/$pid/stat"
		-e inject=openat:error=ENOENT "$BUILD/pamlease")
	pamlease winddown start >/dev/null
	says 6 '' '*not all have left' ns "${look[@]}" winddown status --wait \
		--timeout 1s
	ns_kill "$pid"
	says 0 'Nobody is present.' '' ns "${look[@]}" winddown status --wait
	all_good
}

@test "a message is shown as it was written, but for what is no text" {
	local text=$'Zur\u00fcck "um \u0031\u0032"\nSegunda l\u00ednea'
	# pamcall shows bytes above 0x7f as <HH>.
	local end=$'\nerror: Segunda l<c3><ad>nea\n*account=PAM_PERM_DENIED'

	pamlease grant alice --duration 1h >/dev/null
	says 0 $'*\nMessage:  Zur\u00fcck "um 12"\n          Segunda l\u00ednea\n*' '' \
		pamlease winddown start --message "$text"
	[ "$(pamlease winddown status --json | jq -r .message)" = "$text" ] ||
		bad json
	says 0 $'*\nerror: Zur<c3><bc>ck "um 12"'"$end" '' login alice
	ns bash -c 'printf "Zur\xfcck \e[2J\nSegunda l\u00ednea\n" >/etc/winddown'
	says 0 $'*\nerror: Zur\\\\xfcck \\\\x1b\[2J'"$end" '' login alice
	[ "$(pamlease winddown status --json | jq -r .message)" = \
		$'Zur\\xfcck \\x1b[2J\nSegunda l\u00ednea' ] || bad json
	all_good
}

@test "--wait on a terminal shows the list, and again" {
	local alice

	alice=$(ns_process 1001)
	pamlease winddown start --message Soon >/dev/null
	ns script -qec "$BUILD/pamlease winddown status --wait" /run/typescript \
		>/dev/null 3>&- &
	soon ns grep -q "^alice .*$alice" /run/typescript
	ns grep -q $'\e\\[H\e\\[JWind-down is on since' /run/typescript
	ns grep -q '^Message:  Soon' /run/typescript
	ns_kill "$alice"
	wait $!
	ns grep -q '^Nobody is present' /run/typescript
}

@test "start: what was done halfway is said" {
	local on='Wind-down is on*'

	# A directory can't be replaced, and one file is enough.
	ns mkdir /etc/winddown
	says 4 '' '*/etc/winddown: *Is a directory' pamlease winddown start
	[[ $stderr != *anew* ]] || bad "$stderr"
	says 4 '' '*Is a directory*the wind-down is on by /run/pamlease/winddown, *' \
		pamlease winddown start --until-reboot
	ns test -e /run/pamlease/winddown || bad 'no file'
	ns rmdir /etc/winddown
	# It is on, and who is present can't be told.
	ns touch /run/pamlease/sessions/foo
	says 4 '' '*not a ledger entry: foo*the wind-down is on, but nobody was told of it' \
		pamlease winddown start --wait
	ns rm /run/pamlease/sessions/foo
	says 0 "$on" '' pamlease winddown status
	ns bash -c 'echo "#sinc" >/etc/winddown'
	says 0 "$on" '*; it was written anew' pamlease winddown start
	all_good
}

@test "a service with a dynamic user is nobody who is present, nor ended" {
	local service

	service=$(ns_process 62264)
	says 0 '*Nobody is present.' '' pamlease winddown start
	ns bash -c 'echo "#deadline 2020-01-01T00:00:00Z" >/etc/winddown'
	says 0 '' '' ns "$BUILD/pamlease-watchdog" --dry-run
	ns "$BUILD/pamlease-watchdog" >/dev/null 2>&1
	ns_alive "$service" || bad 'ended'
	all_good
}

@test "who has no account is nobody, and a rule about sessions is not for jobs" {
	local other bob

	other=$(ns_process 100001) bob=$(ns_process 1002)
	ns bash -c 'mkdir -p /etc/pamlease
		echo "exempt from local" >/etc/pamlease/policy.conf
		echo "#deadline 2020-01-01T00:00:00Z" >/etc/winddown'
	says 0 "*bob *$bob*" '' pamlease winddown status
	[[ $output != *100001* ]] || bad "$output"
	ns "$BUILD/pamlease-watchdog" >/dev/null 2>&1 || bad "watchdog: $?"
	soon ended "$bob" || bad 'not ended'
	ns_alive "$other" || bad 'a uid of nobody was ended'
	all_good
}

@test "who starts it and is not exempt is told so" {
	# The login uid is that of a process tree, and set once.
	ns bash -c 'mkdir -p /etc/pamlease; echo 1001 >/proc/self/loginuid &&
		exec "$0" winddown start' "$BUILD/pamlease" >"$BATS_TEST_TMPDIR/out" \
		2>&1 || skip 'no loginuid here'
	cat "$BATS_TEST_TMPDIR/out"
	grep -q 'alice is not exempt: after leaving, only root gets in' \
		"$BATS_TEST_TMPDIR/out"
}
