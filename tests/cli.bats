# The command: what it prints, what it refuses, and what it leaves on disk.
# shellcheck disable=SC2016

load lib

setup_file() { ns_start; }
teardown_file() { ns_stop; }
setup() { ns_setup; }

# Refused with that status and one line on stderr, nothing on stdout, and not a
# byte on disk is another. usage: refused STATUS [ARG...]
refused() {
	local want=$1 before after
	shift
	before=$(ns_sum)
	run --separate-stderr pamlease "$@"
	after=$(ns_sum)
	# shellcheck disable=SC2154
	[ "$status" -eq "$want" ] ||
		bad "$(printf '%q ' "$@"): status $status, want $want: $stderr"
	[ -z "$output" ] || bad "$(printf '%q ' "$@"): stdout: $output"
	[[ $stderr == "pamlease: "* && $stderr != *$'\n'* ]] ||
		bad "$(printf '%q ' "$@"): stderr: $stderr"
	[[ $stderr != *[![:print:]]* ]] ||
		bad "$(printf '%q ' "$@"): raw bytes on stderr"
	[ "$before" = "$after" ] || bad "$(printf '%q ' "$@"): changed the disk"
}

lease() { ns jq -r "$2" "/run/pamlease/$1.lease"; }

# Local time in the tests is UTC.
local_time() { date -u -d "@$(lease "$1" '.expires_at | fromdate')" "+$2"; }

# As a user is told: without the date when it is today.
local_short() {
	if [ "$(local_time "$1" %F)" = "$(date -u +%F)" ]; then
		local_time "$1" %T
	else
		local_time "$1" '%F %T'
	fi
}

# Negations that a test fails of, as "! command" in the midst of one is not.
gone() { ! ns test -e "$1"; }

repeat() { printf "%0$1d" 0 | tr 0 "$2"; }

@test "grant: the lease, and what is said of it" {
	run --separate-stderr pamlease grant alice --duration 1h30m \
		--reason 'INC-1 disk swap' --service sshd,login \
		--from 10.0.0.0/8,local --final
	[ "$status" -eq 0 ]
	[ "$stderr" = '' ]
	[ "$output" = "Lease granted for alice until $(local_short alice) (1h 30m)." ]
	[ "$(lease alice '[.user, .uid, .reason, .final] | @csv')" = \
		'"alice",1001,"INC-1 disk swap",true' ]
	[ "$(lease alice '(.services + .from) | join(" ")')" = \
		'sshd login 10.0.0.0/8 local' ]
	[ "$(lease alice '(.expires_at | fromdate) - (.issued_at | fromdate)')" \
		-eq 5400 ]
	[ "$(lease alice .boot_id)" = \
		"$(cat /proc/sys/kernel/random/boot_id)" ]
	[ "$(ns stat -c %a:%U /run/pamlease)" = 700:root ]
	[ "$(ns stat -c %a:%U /run/pamlease/alice.lease)" = 600:root ]
	[ -z "$(ns find /run/pamlease -name '.tmp-*')" ]
}

@test "grant: durations" {
	local text seconds shown

	while read -r text seconds shown; do
		run pamlease grant bob --force --duration "$text"
		[ "$status" -eq 0 ] || bad "$text: status $status: $output"
		[[ $output == *" ($shown)." ]] || bad "$text: said $output"
		[ "$(lease bob '(.expires_at | fromdate) -
			(.issued_at | fromdate)')" = "$seconds" ] ||
			bad "$text: not $seconds"
	done <<-'END'
		1h30m 5400 1h 30m
		90m 5400 1h 30m
		1s 1 1s
		0h30m 1800 30m 0s
		366d 31622400 366d 0h
		8784h 31622400 366d 0h
		1w2d 777600 9d 0h
		1d1h1m1s 90061 1d 1h
	END
	for text in 99999999999h 1h1h 30m1h 0m 0h0m -5m +5m ' 5m' '5m ' '5 m' \
		5 h '' 1h30 5M 5H 5min 1.5h 1,5h 1e3s 9223372036854775807s \
		366d1s 0x10m $'\xef\xbc\x91h' 18446744073709551617s \
		"$(repeat 10000 9)h" "$(repeat 10000 9)" %s%n 5m5; do
		refused 2 grant carol "--duration=$text"
	done
	all_good
}

@test "grant: --until" {
	pamlease grant bob --until "$(date -u -d '+2 hours' '+%F %T')"
	[ "$(lease bob '(.expires_at | fromdate) - (.issued_at | fromdate)')" \
		-ge 7198 ]
	pamlease grant bob --force --until "$(date -u -d '+1 day' +%FT%TZ)"
	pamlease grant bob --force --until "$(date -u -d '+1 hour' +%H:%M)"
	[ "$(local_time bob %M:%S)" = "$(date -u +%M):00" ] ||
		[ "$(local_time bob %S)" = 00 ]
	refused 2 grant carol --until 2020-01-01T00:00:00Z
	refused 2 grant carol --until '2020-01-01 00:00'
	refused 2 grant carol --until 9999-12-31T23:59:59Z
	refused 2 grant carol --until "$(date -u -d '+367 days' +%FT%TZ)"
	refused 2 grant carol --until 24:00
	refused 2 grant carol --until 12:60
	refused 2 grant carol --until tomorrow
	refused 2 grant carol --until ''
	refused 2 grant carol --until 2027-02-30T00:00:00Z
	all_good
}

@test "grant: --during" {
	local times

	pamlease grant alice --duration 1h --from local \
		--during 'Mo-Fr08:00-18:00,!2026-12-24'
	[ "$(lease alice .during)" = 'Mo-Fr08:00-18:00,!2026-12-24' ]
	run pamlease show alice
	[[ $output == *$'\nFrom:       local\nDuring:     Mo-Fr08:00-18:00,!2026-12-24\n'* ]]
	[ "$(pamlease show alice --json | jq -r .during)" = \
		'Mo-Fr08:00-18:00,!2026-12-24' ]
	[ "$(pamlease list --json | jq -r '.[0].during')" = \
		'Mo-Fr08:00-18:00,!2026-12-24' ]
	# Also what changes only the end, or nothing but the times.
	pamlease extend alice --duration 1h
	[ "$(lease alice .during)" = 'Mo-Fr08:00-18:00,!2026-12-24' ]
	for times in Al0000-2400 Wk Wd Fr2200-0600 2026-12-24..2027-01-02; do
		pamlease grant alice --duration 1h --force --during "$times"
		[ "$(lease alice .during)" = "$times" ]
	done
	pamlease grant alice --duration 1h --force
	[ "$(lease alice .during)" = null ]
	[[ $(pamlease show alice) != *During* ]]

	for times in '' 0900-0900 0960 2500 MoMo Xx0900-1700 Mo0900 \
		'Mo 0900-1700' Mo,We0900-1700 "$(repeat 256 M)"; do
		refused 2 grant bob --duration 1h --during "$times"
	done
	run ! pamlease grant bob --duration 1h --during Mo-Fri9-17
	[ "$output" = "pamlease: grant: --during: invalid time window 'Mo-Fri9-17': `
		`days are Mo Tu We Th Fr Sa Su, Wk, Wd and Al; write Mo-Fr0900-1700" ]
	all_good
}

@test "local times follow the host's zone and not TZ" {
	[ -e /usr/share/zoneinfo/Asia/Tokyo ] || skip 'no zone files here'
	ns ln -s /usr/share/zoneinfo/Asia/Tokyo /etc/localtime
	pamlease grant bob --duration 1h
	run ns env TZ=UTC-12 "$BUILD/pamlease" list
	ns rm /etc/localtime
	[[ $output == *"$(TZ=Asia/Tokyo date -d "@$(lease bob \
		'.expires_at | fromdate')" '+%F %H:%M')"* ]]
}

@test "grant: what else is refused" {
	local user reason value

	refused 2 grant
	refused 2 grant bob
	refused 2 grant bob carol --duration 1h
	refused 2 grant bob --duration 1h --until 12:00
	refused 2 grant bob --duration 1h --duration 2h
	refused 2 grant bob --duration
	refused 2 grant bob --duration 1h --force=yes
	refused 2 grant bob --duration 1h --json
	refused 2 grant bob --duration 1h -x
	for reason in '' $'x\e]0;pwn\a' $'a\nFAKE LOG' $'\x9b31m' \
		$'\u202ex' $'a\tb' $'\xff\xfe' $'\xc0\xaf' $'\u0085' \
		"$(repeat 201 x)"; do
		refused 2 grant bob --duration 1h --reason "$reason"
	done
	for value in '' ',' 'sshd,' ',sshd' 'a b' 'sshd,!' $'s\e' "$(repeat 65 s)" \
		"$(repeat 16 s | sed 's/s/s,/g')s"; do
		refused 2 grant bob --duration 1h --service "$value"
	done
	for value in '' ',' 10.0.0.0/33 10.0.0.1/8 10.0.0.0/ 10.0.0.0/-1 \
		fd00::/129 a/b '!' 'a b'; do
		refused 2 grant bob --duration 1h --from "$value"
	done
	for user in root toor sys daemon nobody nosuch; do
		refused 1 grant "$user" --duration 1h
		refused 1 grant "$user" --duration 1h --force
	done
	# A lease that no file could hold.
	refused 2 grant bob --duration 1h --service \
		"$(repeat 15 , | sed "s/,/$(repeat 63 '"'),/g")s" --from \
		"$(repeat 15 , | sed "s/,/$(repeat 63 '"'),/g")s"
	gone /run/pamlease
	all_good
}

@test "names that can't be a user's are refused by every subcommand" {
	local name command

	for name in ../../etc/shadow .. . /etc/passwd a/b -oProxyCommand=x \
		--help - '' "$(repeat 129 A)" "$(repeat 5000 A)" \
		"$(repeat 70000 A)" $'alice\n' $'a\nb' $'a\rb' $'a\e[31mb' \
		1000 0 0x0 4294967295; do
		refused 2 grant --duration 1h -- "$name"
		refused 2 extend --duration 1h -- "$name"
		for command in revoke show check; do
			refused 2 "$command" -- "$name"
		done
	done
	all_good
}

@test "names that no user has" {
	local name

	for name in nosuch .hidden ..x ALICE 'alice ' ' alice' %n%n%s %2e%2e \
		"$(repeat 32 A)" "$(repeat 128 A)" $'\xc3\xbcn\xc3\xaf' \
		$'\xff\xfe' $'\xc0\xaf'; do
		refused 1 grant --duration 1h -- "$name"
		refused 1 extend --duration 1h -- "$name"
		refused 3 revoke -- "$name"
		refused 3 show -- "$name"
		run pamlease check -- "$name"
		[ "$status" -eq 3 ] || bad "check $name: status $status"
		[ "${lines[0]#*: }" = 'there is no such user' ] ||
			bad "check $name: $output"
	done
	all_good
}

@test "unusual names have leases of their own" {
	local name file

	while read -r name file; do
		pamlease grant "$name" --duration 1h ||
			bad "grant $name: status $?"
		ns test -f "/run/pamlease/$file.lease" || bad "no $file.lease"
		[ "$(lease "$file" .user)" = "$name" ] || bad "$file: user"
		pamlease check "$name" >/dev/null || bad "check $name"
	done <<-'END'
		alice alice
		CORP\dave CORP%5Cdave
		erin@realm erin%40realm
		frank$ frank%24
		0day 0day
	END
	run pamlease list
	[ "$(awk 'NR > 2 { print $1 }' <<<"$output" | tr '\n' ' ')" = \
		'0day CORP\dave alice erin@realm frank$ ' ] || bad "$output"
	pamlease revoke 'CORP\dave' || bad 'revoke CORP\dave'
	gone /run/pamlease/CORP%5Cdave.lease || bad 'still there'
	all_good
}

@test "two users of one uid" {
	refused 1 grant twin --duration 1h
	[[ $stderr == *"'twin' and 'alice' share uid 1001"*--force* ]]
	run --separate-stderr pamlease grant twin --duration 1h --force
	[ "$status" -eq 0 ]
	[[ $stderr == *'share uid 1001'* ]]
	refused 3 show alice
	all_good
}

@test "a lease in force needs --force, an expired one does not" {
	pamlease grant alice --duration 1h
	refused 1 grant alice --duration 2h
	[ "$stderr" = "pamlease: grant: alice has a lease until $(local_short \
		alice); --force replaces it" ]
	pamlease grant alice --duration 2h --force
	[ "$(lease alice '(.expires_at | fromdate) -
		(.issued_at | fromdate)')" -eq 7200 ]
	ns_expire alice
	pamlease grant alice --duration 1h
	# Neither is one of an earlier boot.
	ns_lease alice '.boot_id = "00000000-0000-0000-0000-000000000000"'
	pamlease grant alice --duration 1h
	ns bash -c 'echo "{" >/run/pamlease/alice.lease'
	refused 1 grant alice --duration 1h
	[[ $stderr == *'broken lease'*--force* ]]
	pamlease grant alice --duration 1h --force
	# Also where there is no lock file yet.
	ns rm /run/pamlease/.alice.lock
	refused 1 grant alice --duration 1h
	all_good
}

@test "the policy's max, and a broken policy" {
	ns bash -c 'mkdir -m 755 /etc/pamlease
		echo "max 1h" >/etc/pamlease/policy.conf'
	refused 1 grant alice --duration 61m
	refused 1 grant alice --until "$(date -u -d '+2 hours' +%FT%TZ)"
	pamlease grant alice --duration 1h
	refused 1 extend alice --duration 1s
	ns bash -c 'echo "max of confusion" >/etc/pamlease/policy.conf'
	refused 4 grant bob --duration 1h
	[[ $stderr == *'/etc/pamlease/policy.conf:1:5: '* ]]
	refused 4 extend alice --duration 1s
	run pamlease check alice
	[ "$status" -eq 3 ]
	[[ ${lines[0]} == 'alice would be denied: the policy is broken: /etc/pamlease/policy.conf:1:5: '* ]]
	[ "${lines[1]}" = 'Decided by: policy: the policy is broken (/etc/pamlease/policy.conf)' ]
	run --separate-stderr pamlease list
	[ "$status" -eq 4 ]
	[[ $output == *alice* ]]
	run --separate-stderr pamlease show alice
	[ "$status" -eq 4 ]
	# What must end ends all the same.
	run pamlease revoke alice
	[ "$status" -eq 0 ]
	all_good
}

@test "extend" {
	local before boot

	refused 2 extend alice
	refused 2 extend alice --duration 5
	refused 2 extend alice --until 12:00
	refused 3 extend alice --duration 1h
	[ "$stderr" = 'pamlease: extend: no lease for alice' ]
	pamlease grant alice --duration 1h --reason why
	refused 3 extend bob --duration 1h
	before=$(lease alice '.expires_at | fromdate')
	boot=$(lease alice .expires_boottime)
	run pamlease extend alice --duration 30m
	[ "$status" -eq 0 ]
	[ "$output" = "Lease for alice extended by 30m 0s. New expiry: $(local_short alice)." ]
	[ "$(lease alice '.expires_at | fromdate')" -eq $((before + 1800)) ]
	[ "$(lease alice .expires_boottime)" -eq $((boot + 1800)) ]
	[ "$(lease alice .reason)" = why ]
	refused 1 extend alice --duration 366d
	ns_expire alice
	refused 3 extend alice --duration 1h
	ns bash -c 'echo "{" >/run/pamlease/alice.lease'
	refused 4 extend alice --duration 1h
	pamlease grant bob --duration 1h --final
	refused 1 extend bob --duration 1h
	[ "$stderr" = 'pamlease: extend: the lease of bob is final' ]
	all_good
}

@test "a kept lease has a copy until it is revoked or replaced" {
	pamlease grant alice --duration 1h --keep
	ns cmp /run/pamlease/alice.lease /var/lib/pamlease/alice.lease
	[ "$(ns stat -c %a /var/lib/pamlease/alice.lease)" = 600 ]
	pamlease extend alice --duration 1h
	ns cmp /run/pamlease/alice.lease /var/lib/pamlease/alice.lease
	run pamlease show alice
	[[ $output == *'Kept:       yes'* ]]
	pamlease grant alice --duration 1h --force
	gone /var/lib/pamlease/alice.lease
	pamlease grant alice --duration 1h --force --keep
	# Revoking finds the copy also where the lease itself is gone.
	ns rm -r /run/pamlease
	pamlease revoke alice
	gone /var/lib/pamlease/alice.lease
	refused 3 revoke alice
	all_good
}

@test "list" {
	run --separate-stderr pamlease list
	[ "$status" -eq 0 ]
	[ "$output" = 'No active leases.' ]
	[ "$(pamlease list --json)" = '[]' ]
	gone /run/pamlease
	pamlease grant bob --duration 2h
	pamlease grant alice --duration 1h
	run --separate-stderr pamlease list
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = 'USER   GRANTED BY  EXPIRES AT        TIME LEFT' ]
	[ "${lines[1]}" = '----------------------------------------------' ]
	[[ ${lines[2]} == \
		"alice  root        $(local_time alice '%F %H:%M')  "* ]]
	[[ ${lines[2]} =~ \ \ (1h\ 0m|59m\ 5[0-9]s)$ ]]
	[[ ${lines[3]} == \
		"bob    root        $(local_time bob '%F %H:%M')  "* ]]
	[ ${#lines[@]} -eq 4 ]
	ns_expire bob
	run pamlease list
	[[ ${lines[3]} == *'  expired' ]]
	[ "$(pamlease list --json | jq -r '.[] | "\(.user) \(.state)"')" = \
		$'alice valid\nbob expired' ]
	[ "$(pamlease list --json | jq '.[0].seconds_left')" -gt 3500 ]

	# A broken one does not hide the others.
	ns bash -c 'echo "{" >/run/pamlease/bob.lease'
	run --separate-stderr pamlease list
	[ "$status" -eq 4 ]
	[[ $output == *alice* && $output != *bob* ]]
	[[ $stderr == 'pamlease: list: bob.lease: '* ]]

	# A user who was removed is named so.
	ns bash -c 'cp /run/pamlease/alice.lease /run/pamlease/gone.lease'
	ns_lease gone '.user = "gone"'
	run --separate-stderr pamlease list
	[[ $output == *'gone (unknown)  root'* ]]
}

@test "show" {
	refused 3 show alice
	[ "$stderr" = 'pamlease: show: no lease for alice' ]
	pamlease grant alice --duration 1h
	run --separate-stderr pamlease show alice
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = 'User:       alice' ]
	[ "${lines[1]}" = 'Granted by: root' ]
	[[ ${lines[2]} =~ ^Issued\ at:\ \ [0-9-]{10}\ [0-9:]{8}$ ]]
	[ "${lines[3]}" = "Expires at: $(local_time alice '%F %T')" ]
	[[ ${lines[4]} =~ ^Time\ left:\ \ (1h\ 0m|59m\ 5[0-9]s)$ ]]
	[ "${lines[5]}" = 'Warned 5m: No' ]
	[ "${lines[6]}" = 'Warned 1m: No' ]
	[ ${#lines[@]} -eq 7 ]

	pamlease grant alice --force --duration 1h --reason 'für später' \
		--service sshd,login --from local --final --keep
	run --separate-stderr pamlease show alice
	[ "${lines[5]}" = 'Reason:     für später' ]
	[ "${lines[6]}" = 'Services:   sshd,login' ]
	[ "${lines[7]}" = 'From:       local' ]
	[ "${lines[8]}" = 'Final:      yes' ]
	[ "${lines[9]}" = 'Kept:       yes' ]

	# Marks of that end count, and those of another don't.
	ns bash -c 'umask 077; printf "version=1\nend=%d\ndoubt=0\ndoubt_end=0\nwarned=300\n" \
		"$(jq ".expires_at | fromdate" /run/pamlease/alice.lease)" \
		>/run/pamlease/alice.warned'
	run pamlease show alice
	[[ $output == *$'\nWarned 5m: Yes\nWarned 1m: No'* ]]
	[ "$(pamlease show alice --json | jq -c '[.user, .state, .kept,
		.final, .warnings[0].given, .warnings[1].given]')" = \
		'["alice","valid",true,true,true,false]' ]
	ns sed -i 's/^end=.*/end=7/' /run/pamlease/alice.warned
	run pamlease show alice
	[[ $output == *'Warned 5m: No'* ]]

	ns_expire alice
	run pamlease show alice
	[ "$status" -eq 0 ]
	[[ $output == *'Time left:  expired'* ]]
	ns bash -c 'echo "{" >/run/pamlease/alice.lease'
	refused 4 show alice
	all_good
}

@test "sessions" {
	local pid dead

	[ "$(pamlease sessions)" = 'No sessions.' ]
	[ "$(pamlease sessions --json)" = '[]' ]
	pamlease grant alice --duration 1h
	pid=$(ns_process 1001) dead=$(ns_process 1002)
	ns_session alice 1001 "$pid"
	ns_session alice 1001 "$pid" lease sshd ssh '%1B%5D0%FF'
	ns_session bob 1002 "$dead" kept su pts/3 ''
	run --separate-stderr pamlease sessions
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "USER   SERVICE  TTY    FROM        SINCE             ADMITTED BY    EXPIRES" ] ||
		bad "${lines[0]}"
	[[ $output == *'\x1b]0\xff'* ]] || bad 'not escaped'
	[[ ${lines[3]} =~ ^bob\ \ \ \ su\ .*\ pts/3\ \ -\ .*\ kept\ +-$ ]] ||
		bad "${lines[3]}"
	[[ ${lines[2]} == *"lease of root  $(local_time alice '%F %H:%M')" ]] ||
		bad "${lines[2]}"
	[ "$(pamlease sessions --json | jq -r '.[0].granted_by')" = root ] ||
		bad 'granted by'
	[ "$(pamlease sessions --json | jq -c '.[1] |
		[.user, .uid, .service, .tty, .from, .admitted_by]')" = \
		'["bob",1002,"su","pts/3","","kept"]' ] || bad json
	# The next lease is what a kept session ends with.
	pamlease grant bob --duration 2h
	run --separate-stderr pamlease sessions
	[[ ${lines[3]} == *" kept "*" $(local_time bob '%F %H:%M')" ]] ||
		bad "${lines[3]}"
	[ "$(pamlease sessions --json | jq -r '.[1].expires_at')" = \
		"$(lease bob .expires_at)" ] || bad 'the end of a kept one'
	# Whose process is gone is no session.
	ns_kill -KILL "$dead"
	while ns_alive "$dead"; do :; done
	run --separate-stderr pamlease sessions
	[[ $output != *bob* ]] || bad 'a dead session is shown'
	# An entry that can't be read is told.
	ns bash -c 'umask 077; echo x >/run/pamlease/sessions/1-1'
	run --separate-stderr pamlease sessions
	[ "$status" -eq 4 ] || bad "status $status"
	[[ $output == *alice* && $stderr == 'pamlease: sessions: 1-1: '* ]] ||
		bad "$output $stderr"
	all_good
}

# The lease is over, and nobody ends what is there: no watchdog runs here.
@test "sessions: what is left of whom" {
	local one two row

	one=$(ns_process 1001) two=$(ns_process 1002)
	pamlease grant alice --duration 1h
	ns_session alice 1001 "$one"
	pamlease grant carol --duration 1h
	ns_expire carol
	[[ $(pamlease sessions) != *left* ]] || bad 'nothing is over'

	ns_expire alice
	run --separate-stderr pamlease sessions
	[ "$status" -eq 0 ]
	[[ ${lines[2]} =~ ^alice\ .*\ lease\ of\ root\ +over$ ]] ||
		bad "${lines[2]}"
	row='alice (uid 1001): the lease has expired, processes left: 1'
	[ "${lines[3]}" = "$row" ] || bad "${lines[3]}"
	[ ${#lines[@]} -eq 4 ] || bad "$output"
	[ "$(pamlease sessions --json | jq -c 'map([.user, .over, .left])')" = \
		'[["alice","expired",null],["alice","expired",1]]' ] || bad json

	# A revocation that was cut off; and bob, whose session is not in it.
	ns rm /run/pamlease/alice.lease
	pamlease grant bob --duration 1h
	ns mv /run/pamlease/bob.lease /run/pamlease/bob.revoked
	run --separate-stderr pamlease sessions
	[[ $output == *'alice (uid 1001): there is no lease, processes left: 1'* &&
	    $output == *'bob (uid 1002): there is no lease, processes left: 1'* ]] ||
		bad "$output"
	# A broken policy ends nobody.
	ns bash -c 'mkdir -p /etc/pamlease; echo x >/etc/pamlease/policy.conf'
	[ "$(pamlease sessions)" = "$output" ] || bad 'with a broken policy'
	ns_alive "$one" && ns_alive "$two"
	all_good
}

@test "check" {
	local until

	run pamlease check alice
	[ "$status" -eq 3 ]
	[ "${lines[0]}" = 'alice would be denied: there is no lease' ]
	[ "${lines[1]}" = 'Decided by: lease: there is no lease (/run/pamlease/alice.lease)' ]
	[ "${lines[2]}" = 'After that: limit: no limit is in the way' ]
	run pamlease check nosuch
	[ "$status" -eq 3 ]
	[ "${lines[0]}" = 'nosuch would be denied: there is no such user' ]
	[ "${lines[1]}" = 'Decided by: account: there is no such user' ]
	[ ${#lines[@]} -eq 2 ]
	run pamlease check root
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = 'root would be admitted: root needs no lease' ]
	gone /run/pamlease

	pamlease grant alice --duration 1h30m --service sshd --from 10.0.0.0/8
	run pamlease check alice --from 10.1.2.3
	[ "$status" -eq 0 ]
	until=$(local_time alice '%F %T')
	[[ ${lines[0]} =~ ^"alice would be admitted until $until (1h "(30|29)m"): the lease is valid"$ ]]
	run pamlease check alice --from 10.1.2.3 --service login
	[ "$status" -eq 3 ]
	[ "${lines[0]}" = \
		'alice would be denied: the lease is not for this service' ]
	run pamlease check alice --from 192.0.2.1
	[ "${lines[0]}" = \
		'alice would be denied: the lease is not for this remote host' ]
	run pamlease check alice --from 10.1.2.3 --at "$until"
	[ "$status" -eq 3 ]
	[ "${lines[0]}" = 'alice would be denied: the lease has expired' ] ||
		[ "${lines[0]}" = \
		'alice would be denied: the lease has expired by the boot clock' ]
	run pamlease check alice --from 10.1.2.3 --at \
		"$(date -d "$until 1 second ago" '+%F %T')"
	[ "$status" -eq 0 ]
	[ "$(pamlease check alice --from 10.1.2.3 --json |
		jq -c '[.user, .admitted, .why, .decided_by]')" = \
		'["alice",true,"lease","lease"]' ]
	refused 2 check alice --at 9999-12-31T00:00:00Z
	refused 2 check alice --at noon

	ns bash -c 'echo "{" >/run/pamlease/alice.lease'
	run pamlease check alice
	[ "$status" -eq 3 ]
	[[ ${lines[0]} == \
		'alice would be denied: the lease is broken: alice.lease: '* ]]
	all_good
}

@test "revoke: nobody is there" {
	refused 3 revoke alice
	[ "$stderr" = 'pamlease: revoke: no lease for alice' ]
	pamlease grant alice --duration 1h
	refused 3 revoke bob
	run --separate-stderr pamlease revoke alice
	[ "$status" -eq 0 ]
	[ "$output" = 'Lease revoked for alice. No active sessions.' ]
	gone /run/pamlease/alice.lease
	refused 3 revoke alice
	refused 3 revoke alice --keep-sessions
	# A broken lease, and one that is over, can be revoked too.
	pamlease grant alice --duration 1h
	ns bash -c 'echo "{" >/run/pamlease/alice.lease'
	pamlease revoke alice
	pamlease grant alice --duration 1h
	ns_expire alice
	pamlease revoke alice
	all_good
}

@test "revoke: the sessions end, and nobody else's" {
	local alice stray bob

	pamlease grant alice --duration 1h
	pamlease grant bob --duration 1h
	alice=$(ns_process 1001) stray=$(ns_process 1001) bob=$(ns_process 1002)
	ns_session alice 1001 "$alice"
	ns_session bob 1002 "$bob"
	run --separate-stderr pamlease revoke alice
	[ "$status" -eq 0 ]
	[ "$output" = 'Lease revoked for alice. Active sessions terminated.' ]
	ended "$alice"
	ended "$stray"
	ns_alive "$bob"
	ns test -e /run/pamlease/bob.lease
	# It was due at once.
	pamlease history --json --event ended |
		jq -e '.late_ms >= .took_ms and .late_ms < 9000'
}

@test "revoke: also what the ledger does not know" {
	local stray

	pamlease grant alice --duration 1h
	stray=$(ns_process 1001)
	run pamlease revoke alice
	[ "${lines[-1]}" = \
		'Lease revoked for alice. Active sessions terminated.' ]
	ended "$stray"
}

@test "revoke: sessions without a lease end as well" {
	local pid

	pamlease grant alice --duration 1h
	pid=$(ns_process 1001)
	ns_session alice 1001 "$pid"
	ns rm /run/pamlease/alice.lease
	pamlease revoke alice
	ended "$pid"
}

@test "revoke: sessions that no lease let in stay, and that is said" {
	local one two

	pamlease grant alice --duration 1h
	one=$(ns_process 1001) two=$(ns_process 1001)
	ns_session alice 1001 "$one" permissive
	run --separate-stderr pamlease revoke alice
	[ "$status" -eq 0 ] || bad "status $status"
	[ "$output" = 'Lease revoked for alice. No sessions terminated.' ] ||
		bad "$output"
	[ "$stderr" = 'pamlease: revoke: sessions of alice that no lease let in stay: 1' ] ||
		bad "$stderr"
	pamlease grant alice --duration 1h
	ns_session alice 1001 "$two"
	run --separate-stderr pamlease revoke alice
	[ "$output" = 'Lease revoked for alice. Active sessions terminated.' ] ||
		bad "$output"
	[[ $stderr == *' stay: 1' ]] || bad "$stderr"
	ended "$two"
	ns_alive "$one" || bad 'the other one ended'
	all_good
}

@test "revoke: a broken policy keeps nothing, and that is said" {
	local one two

	pamlease grant alice --duration 1h
	one=$(ns_process 1001) two=$(ns_process 1001)
	ns_session alice 1001 "$one"
	ns bash -c 'mkdir /etc/pamlease
		printf "keep-detached\nwran 5m\n" >/etc/pamlease/policy.conf'
	run --separate-stderr pamlease revoke alice
	[ "$status" -eq 0 ]
	[[ $stderr == 'pamlease: revoke: /etc/pamlease/policy.conf:2:1: '*'; until that is mended nothing is kept'* ]]
	ended "$one"
	ended "$two"
}

@test "revoke --keep-sessions, and then without it" {
	local one two

	pamlease grant alice --duration 1h
	one=$(ns_process 1001) two=$(ns_process 1001)
	ns_session alice 1001 "$one"
	ns_session alice 1001 "$two"
	run pamlease revoke alice --keep-sessions
	[ "$status" -eq 0 ]
	[ "$output" = 'Lease revoked for alice. Sessions kept: 2.' ]
	gone /run/pamlease/alice.lease
	ns_alive "$one"
	ns_alive "$two"
	[ "$(ns grep -l by=kept -r /run/pamlease/sessions | wc -l)" -eq 2 ]
	pamlease revoke alice
	ended "$one"
	ended "$two"
	refused 3 revoke alice
	all_good
}

@test "revoke: a user who is no longer in the user database" {
	local pid

	pamlease grant carol --duration 1h
	pid=$(ns_process 1003)
	ns cp /etc/passwd /etc/passwd.all
	ns sed -i /^carol:/d /etc/passwd
	refused 1 extend carol --duration 1h
	run pamlease revoke carol
	ns cp /etc/passwd.all /etc/passwd
	[ "$status" -eq 0 ]
	gone /run/pamlease/carol.lease
	ended "$pid"
	all_good
}

@test "revoke: root is not ended, whatever a lease says" {
	local pid

	pamlease grant alice --duration 1h
	ns_lease alice '.uid = 0'
	pid=$(ns_process 0)
	run pamlease revoke alice
	[ "$status" -eq 6 ]
	gone /run/pamlease/alice.lease
	ns_alive "$pid"
}

@test "revoke works on a full disk" {
	pamlease grant alice --duration 1h
	pamlease grant bob --duration 1h
	ns mount -n -t tmpfs -o size=64k,mode=0700 tmpfs /mnt
	ns cp -a /run/pamlease/. /mnt
	ns mount -n --bind /mnt /run/pamlease
	ns bash -c 'cat /dev/zero >/run/pamlease/full 2>/dev/null || :'
	refused 4 extend alice --duration 1h
	refused 4 grant bob --force --duration 1h
	run pamlease revoke alice
	ns umount /run/pamlease /mnt
	[ "$status" -eq 0 ]
	all_good
}

@test "exit 5 when another holds the lock" {
	pamlease grant alice --duration 1h
	ns bash -c 'flock /run/pamlease/.alice.lock sleep infinity \
		>/dev/null 2>&1 & until ! flock -n /run/pamlease/.alice.lock \
		true; do :; done'
	refused 5 extend alice --duration 1h
	[[ $stderr == *'held by another process' ]]
	# Nobody else waits for it.
	pamlease grant bob --duration 1h
	all_good
}

@test "two grants at once: one is in force, the other is told so" {
	local i

	for ((i = 0; i < 25; i++)); do
		run ns bash -c 'for r in one two; do
			"$0" grant bob --duration 1h --reason "$r" \
			    >/dev/null 2>"/run/$r" && echo "$r" & done; wait' \
			"$BUILD/pamlease"
		[ "$(lease bob .reason)" = "$output" ] ||
			bad "round $i: $output, $(lease bob .reason)"
		[ "$(ns cat /run/one /run/two | grep -c 'has a lease')" -eq 1 ] ||
			bad "round $i: $(ns cat /run/one /run/two)"
		ns rm /run/pamlease/bob.lease
	done
	all_good
}

@test "extensions at once all count, and revoking beats them" {
	local before i

	pamlease grant bob --duration 1h
	before=$(lease bob '.expires_at | fromdate')
	run --separate-stderr ns bash -c 'for i in {1..20}; do
		"$0" extend bob --duration 1m & done; wait' "$BUILD/pamlease"
	# One that had to wait too long may say that it is busy.
	[ "${#lines[@]}" -gt 1 ]
	[ "$(lease bob '.expires_at | fromdate')" -eq \
		$((before + 60 * ${#lines[@]})) ]
	for ((i = 0; i < 25; i++)); do
		ns bash -c '"$0" extend bob --duration 1m & "$0" revoke bob &
			wait' "$BUILD/pamlease" >/dev/null 2>&1
		gone /run/pamlease/bob.lease || bad "round $i: it is back"
		pamlease grant bob --duration 1h --force >/dev/null
	done
	[ -z "$(ns find /run/pamlease -name '.tmp-*')" ]
	all_good
}

@test "help of one subcommand, or of those of a word" {
	says 0 'pamlease list *' '' pamlease help list
	says 0 'pamlease policy check *pamlease policy import FILE' '' \
		pamlease help policy
	says 2 '' '*did you mean list?' pamlease help lsit
	says 2 '' '*too many*' pamlease help list show
	all_good
}

@test "what is mistyped gets a hint, and what is far from all words gets none" {
	local typed want

	while IFS='|' read -r typed want; do
		# shellcheck disable=SC2086 # words
		says 2 '' "pamlease: $want" pamlease $typed
	done <<'END'
grnt alice|no such subcommand: 'grnt'; did you mean grant?
histroy|no such subcommand: 'histroy'; did you mean history?
winddwon start|no such subcommand: 'winddwon'; did you mean winddown?
frobnicate|no such subcommand: 'frobnicate'
grant alice --duraton 1h|grant: unknown or ambiguous option: '--duraton'; did you mean --duration?
list --jsn=1|list: unknown or ambiguous option: '--jsn=1'; did you mean --json?
list --duraton|list: unknown or ambiguous option: '--duraton'
list --dur|list: unknown or ambiguous option: '--dur'
END
	all_good
}

@test "the log has one line of what was done" {
	run ns "$BUILD/helpers/syslogd" "$BUILD/pamlease" grant alice \
		--duration 1h --reason 'said "so" \ für'
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 2 ]
	# 85 is authpriv.notice.
	[[ ${lines[1]} == '<85>'*'pamlease: grant: user="alice" by="root" until='*' reason="said \x22so\x22 \x5c f\xc3\xbcr"' ]]
	run ns "$BUILD/helpers/syslogd" "$BUILD/pamlease" extend alice \
		--duration 1h
	[[ ${lines[1]} == *'pamlease: extend: user="alice" by="root" until='* ]]
	run ns "$BUILD/helpers/syslogd" "$BUILD/pamlease" revoke alice
	[[ $output == *'pamlease: revoke: user="alice" by="root"'* ]]
	run ns "$BUILD/helpers/syslogd" "$BUILD/pamlease" revoke alice
	[ "$status" -eq 3 ]
	[[ $output != *'<85>'* ]]
}

@test "help, version, and what is no subcommand" {
	local command

	[ "$(pamlease --version)" = 'pamlease 0.1.0' ]
	run pamlease --help
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == 'pamlease grant USER --duration DUR | --until TIME '* ]]
	[ "$(pamlease help)" = "$output" ]
	[[ $(pamlease extend --help) == 'pamlease extend USER --duration DUR' ]]
	refused 2
	refused 2 ''
	refused 2 --version list
	for command in policy winddown approve refuse setup \
		unsetup gran LIST -h -- $'a\nb' %s; do
		refused 2 "$command"
	done
	refused 2 list alice
	refused 2 list --all
	refused 2 sessions alice
	refused 2 show alice bob
	gone /run/pamlease
	all_good
}

# bats test_tags=plain
@test "only root, and no file is looked at" {
	local as=(setpriv --reuid 1001 --regid 1001 --clear-groups) args

	# Where the build is may be out of the user's reach.
	ns install -m 0755 "$BUILD/pamlease" /run/copy
	for args in list 'grant alice --duration 1h' 'revoke alice'; do
		# shellcheck disable=SC2086
		run --separate-stderr ns "${as[@]}" /run/copy $args
		[ "$status" -eq 1 ] || bad "$args: status $status"
		[ "$stderr" = 'pamlease: must be root' ] || bad "$args: $stderr"
		# shellcheck disable=SC2086
		run ns "${as[@]}" strace -qq -e \
			trace='?open,openat,?mkdir,mkdirat,?unlink,unlinkat' \
			/run/copy $args
		# The last one is what a library of libaudit's begins with.
		[ -z "$(grep -v -e /lib -e /etc/ld.so -e '^pamlease: must' \
			-e /proc/sys/kernel/cap_last_cap <<<"$output")" ] ||
			bad "$args: $output"
	done
	[ "$(ns "${as[@]}" /run/copy --version)" = 'pamlease 0.1.0' ]
	ns "${as[@]}" /run/copy grant --help
	all_good
}

@test "a setuid copy serves nobody" {
	ns install -m 4755 "$BUILD/pamlease" /run/copy
	run --separate-stderr ns setpriv --reuid 1001 --regid 1001 \
		--clear-groups /run/copy grant alice --duration 1h
	[ "$status" -eq 1 ]
	[ "$stderr" = 'pamlease: must not be setuid or setgid' ]
	run ns setpriv --reuid 1001 --regid 1001 --clear-groups /run/copy --help
	[ "$status" -eq 1 ]
	gone /run/pamlease
}

@test "no argument at all, not even a name" {
	run --separate-stderr ns "$BUILD/helpers/argv0" "$BUILD/pamlease"
	[ "$status" -eq 2 ]
	[[ $stderr == 'pamlease: '* ]]
}

@test "the environment changes nothing" {
	local variable

	# Who granted it is not what sudo says.
	for variable in PATH=/tmp/evil IFS=e LC_ALL=tr_TR.UTF-8 LANG=xx \
		TZ=:/etc/shadow TZ=UTC-12 GCONV_PATH=/tmp MALLOC_CHECK_=3 \
		NLSPATH=/tmp/%N POSIXLY_CORRECT=1 TMPDIR=/nowhere NO_COLOR=1; do
		run --separate-stderr ns env "$variable" SUDO_USER=mallory \
			SUDO_UID=0 "$BUILD/pamlease" grant alice --force \
			--duration 1h
		[ "$status" -eq 0 ] || bad "$variable: status $status: $stderr"
		[ "$output" = "Lease granted for alice until $(local_short \
			alice) (1h 0m)." ] || bad "$variable: $output"
		[ "$(lease alice .granted_by)" = \
			"$(granted_by)" ] || bad "$variable: granted_by"
	done
	run ns env -i "$BUILD/pamlease" show alice
	[ "$status" -eq 0 ] || bad 'no environment'
	all_good
}

# The name of the login uid, where there is none of the real one.
granted_by() {
	local uid
	uid=$(cat /proc/self/loginuid 2>/dev/null || echo 4294967295)
	[ "$uid" -ne 4294967295 ] || uid=0
	ns getent passwd "$uid" | cut -d: -f1
}

@test "closed descriptors: no message lands in a lease" {
	local how

	for how in '<&-' '>&-' '2>&-' '<&- >&-' '<&- >&- 2>&-'; do
		run ns bash -c "\"\$0\" grant alice --force --duration 1h $how" \
			"$BUILD/pamlease"
		[ "$status" -eq 0 ] || bad "$how: status $status"
		ns jq -e '.user == "alice"' /run/pamlease/alice.lease \
			>/dev/null || bad "$how: broken"
		run ns bash -c "\"\$0\" grant alice --duration 1h $how" \
			"$BUILD/pamlease"
		[ "$status" -eq 1 ] || bad "$how, refused: status $status"
		run ns bash -c "\"\$0\" show alice >/dev/null $how" \
			"$BUILD/pamlease"
		[ "$status" -eq 0 ] || bad "$how: can't be read"
	done
	all_good
}

# bats test_tags=noasan
@test "umask, limits and directories" {
	local mask limit

	for mask in 000 0777 077; do
		ns bash -c "umask $mask; exec \"\$0\" grant alice --force \
			--keep --duration 1h" "$BUILD/pamlease" || bad "$mask"
		[ "$(ns stat -c %a /run/pamlease/alice.lease \
			/run/pamlease/.alice.lock /var/lib/pamlease/alice.lease \
			/run/pamlease | tr '\n' ' ')" = '600 600 600 700 ' ] ||
			bad "umask $mask: modes"
	done
	# Each ends in success or in a message, and the lease stays whole.
	for limit in '-f 0' '-n 4' '-n 5' '-v 65536' '-s 64'; do
		run ns bash -c "ulimit $limit; exec \"\$0\" extend alice \
			--duration 1s" "$BUILD/pamlease"
		[ "$status" -eq 0 ] || [ "$status" -eq 4 ] ||
			bad "$limit: status $status: $output"
		[ -n "$output" ] || bad "$limit: silent"
		pamlease check alice >/dev/null || bad "$limit: broken"
		[ -z "$(ns find /run/pamlease -name '.tmp-*')" ] ||
			bad "$limit: something is left"
	done
	run ns bash -c 'ulimit -f 0; exec "$0" extend alice --duration 1s' \
		"$BUILD/pamlease"
	[ "$status" -eq 4 ] || bad "-f 0: status $status"
	run ns bash -c 'mkdir /run/gone; cd /run/gone; rmdir /run/gone
		exec "$0" extend alice --duration 1s' "$BUILD/pamlease"
	[ "$status" -eq 0 ] || bad "no directory: $output"
	run ns bash -c 'cd /proc/1/fdinfo && exec "$0" extend alice \
		--duration 1s' "$BUILD/pamlease"
	[ "$status" -eq 0 ] || bad "/proc/1/fdinfo: $output"
	all_good
}

@test "output that can't be written is exit 4" {
	run --separate-stderr ns bash -c '"$0" list >/dev/full' \
		"$BUILD/pamlease"
	[ "$status" -eq 4 ]
	[ "$stderr" = \
		'pamlease: list: standard output: No space left on device' ]
	run --separate-stderr ns bash -c 'exec 5> >(:); wait $!
		"$0" list >&5' "$BUILD/pamlease"
	[ "$status" -eq 4 ]
	[ "$stderr" = 'pamlease: list: standard output: Broken pipe' ]
}

@test "a state directory that can't be trusted is not used" {
	pamlease grant alice --duration 1h
	ns chmod 0755 /run/pamlease
	refused 4 grant bob --duration 1h
	refused 4 show alice
	refused 4 list
	refused 4 revoke alice
	ns bash -c 'chmod 0700 /run/pamlease; chown alice /run/pamlease'
	refused 4 grant bob --duration 1h
	ns bash -c 'rm -r /run/pamlease; mkdir -m 700 /run/real
		ln -s real /run/pamlease'
	refused 4 grant bob --duration 1h
	ns rm /run/pamlease
	all_good
}
