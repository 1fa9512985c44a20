#!/usr/bin/env bats
#
# pam_lease.so, called through the system's libpam: what it answers, logs,
# tells the user, and writes down.  Leases are written here by hand, so that
# they can be wrong.

load lib

# Where the module and its stacks are in the namespace: readable by all.
STACK=/run/stack

DENIED="Access denied: you have no valid lease on this host. Ask its\
 administrator for one."
FAILED="Access denied: this host can't check your lease. Tell its\
 administrator."

setup_file() {
	ns_start
	[ -n "${NS_SKIP:-}" ] || lay_stacks
}
teardown_file() { ns_stop; }

setup() {
	ns_setup
	ROOT=/proc/$NS_HOLDER/root
	LEASES=$ROOT/run/pamlease
	BOOT=$(cat /proc/sys/kernel/random/boot_id)
	with=() failures=0
	fresh
}

# What the module ignores comes out as PAM_CRED_EXPIRED, and not as the
# PAM_PERM_DENIED that libpam makes of a stack in which nobody decides.
stack() {
	local module="$STACK/pam_lease.so${1:+ $1}" type word
	for type in auth:auth account:acct session:open_session \
		password:prechauthtok; do
		word=${type#*:} type=${type%:*}
		echo "$type [success=done ignore=ignore default=die] $module"
		echo "$type required pam_debug.so $word=cred_expired"
	done
}

lay_stacks() {
	local dir=/proc/$NS_HOLDER/root$STACK word
	mkdir -p "$dir/conf"
	cp "$BUILD/pam_lease.so" "$BUILD/helpers/pamcall" "$dir"
	stack >"$dir/conf/lease"
	cp "$dir/conf/lease" "$dir/conf/sshd"
	for word in debug quiet permissive; do
		stack "$word" >"$dir/conf/$word"
	done
	stack "foo debug= dir=/x Quiet $(printf '%600s' '' | tr ' ' x)" \
		>"$dir/conf/unknown"
	# Says something behind the module, so that its data can be seen.
	stack | sed 's/^session.*done/session [success=ok/; /session req/d' \
		>"$dir/conf/data"
	echo 'session optional pam_echo.so end' >>"$dir/conf/data"
	echo 'auth required pam_deny.so' >"$dir/conf/other"
	chmod -R a+rX "$dir"
}

fresh() {
	chmod 700 "$LEASES" 2>/dev/null || :
	rm -rf "$LEASES" "$ROOT/etc/pamlease" "$ROOT/run/elsewhere"
	mkdir -m 700 "$LEASES"
}

# Calls PAM.  usage: call [--OPTION[=VALUE]...] SERVICE USER WORD...
call() {
	local options=()
	while [[ $1 == --* ]]; do
		options+=("$1")
		shift
	done
	ns env -i "${with[@]}" "$STACK/pamcall" "${options[@]}" \
		"$STACK/conf" "$@" | sed '/^info: [a-z_]*=cred_expired$/d
			s/=PAM_CRED_EXPIRED$/=PAM_IGNORE/'
}

# A time so many seconds from now, as leases have it.
at() { TZ=UTC0 printf '"%(%Y-%m-%dT%H:%M:%SZ)T"' $((EPOCHSECONDS + $1)); }

# The boot clock in so many seconds.
boot() {
	local up
	read -r up _ </proc/uptime
	echo $((${up%.*} + $1))
}

# Prints a lease of an hour.  usage: lease USER [MEMBER=JSON...]
lease() {
	local -A uids=([alice]=1001 [bob]=1002 [root]=0 ['CORP\dave']=1004
		[erin@realm]=1005 ['frank$']=1006 [0day]=1007 [toor]=0) m
	local arg key comma=
	m=([version]=1 [user]="\"${1//\\/\\\\}\"" [uid]=${uids[$1]}
		[granted_by]='"odai"' [issued_at]=$(at -60)
		[expires_at]=$(at 3600) [boot_id]="\"$BOOT\""
		[expires_boottime]=$(boot 3600))
	for arg in "${@:2}"; do
		m[${arg%%=*}]=${arg#*=}
	done
	printf '{'
	for key in "${!m[@]}"; do
		printf '%s\n"%s": %s' "$comma" "$key" "${m[$key]}"
		comma=,
	done
	printf '\n}\n'
}

# The same, into the file of that user.
put() { (umask 077 && lease "$@" >"$LEASES/$1.lease"); }

policy() {
	mkdir -p "$ROOT/etc/pamlease"
	printf '%s\n' "$@" >"$ROOT/etc/pamlease/policy.conf"
}

lines() { grep -c -- "$1" <<<"$output" || :; }
codes() { grep -o '^[a-z]*=PAM_.*' <<<"$output" | tr '\n' ' ' || :; }
now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }

# usage: is WHAT EXPECTED GOT, where a row is named by WHAT
is() {
	[ "$2" != "$3" ] || return 0
	printf '%s\n  expected: %s\n  got: %s\n' "$@" >&2
	failures=$((failures + 1))
}

# usage: has WHAT TEXT, in $output
has() {
	[[ $output != *"$2"* ]] || return 0
	printf '%s\n  expected: %s\n  got:\n%s\n' "$@" "$output" >&2
	failures=$((failures + 1))
}

done_all() { [ "$failures" -eq 0 ]; }

need() {
	! type "$1" >/dev/null 2>&1 || return 0
	[ "${PAMLEASE_TESTS_MUST_RUN:-}" != 1 ] || return 1
	skip "needs $1"
}

# The six calls, each as if it were the only one.
ALL=(auth new account new setcred new chauthtok new open new close)

# Checks one state: what is returned, logged, told, and left behind.
# usage: state KIND WHY USER WHAT [OPTION...]
state() {
	local -A codes=(
		[lease]='SUCCESS SUCCESS SUCCESS'
		[admit]='IGNORE SUCCESS SUCCESS'
		[deny]='AUTH_ERR PERM_DENIED SESSION_ERR'
		[unknown]='USER_UNKNOWN USER_UNKNOWN SESSION_ERR'
		[error]='AUTH_ERR SYSTEM_ERR SESSION_ERR'
		[empty]='AUTH_ERR USER_UNKNOWN SESSION_ERR'
	)
	local -A log=([lease]='0 1 1' [admit]='0 1 1')
	local -A told=([deny]="error: $DENIED" [error]="error: $FAILED")
	local -A by=([lease]=lease [admit]=policy [deny]=refused
		[error]=refused)
	local c l kind=$1 why=$2 user=$3 what="$1 ${3:0:40}: $4"

	read -ra c <<<"${codes[$kind]}"
	read -ra l <<<"${log[$kind]:-1 1 1}"
	output=$(call "${@:5}" lease "$user" "${ALL[@]}")
	is "$what" "auth=PAM_${c[0]} account=PAM_${c[1]} setcred=PAM_SUCCESS\
 chauthtok=PAM_SERVICE_ERR open=PAM_${c[2]} close=PAM_SUCCESS " "$(codes)"
	is "$what: log at auth" "${l[0]}" "$(lines ^log:.*:auth)"
	is "$what: log at account" "${l[1]}" "$(lines ^log:.*:account)"
	is "$what: log at open" "${l[2]}" \
		"$(grep -v ': closed ' <<<"$output" | grep -c '^log:.*:session')"
	is "$what: log at chauthtok" 1 "$(lines ^log:.*:chauthtok)"
	if [ "${l[0]}" -eq 1 ]; then
		is "$what: why" 2 \
			"$(lines "^log: .*:a.* why=$why user=.* rhost=")"
	fi
	is "$what: told" "${told[$kind]:-}" \
		"$(grep '^error:' <<<"$output" || :)"
	is "$what: changed" 0 "$(lines ^changed:)"
	is "$what: drafts" '' "$(find "$LEASES"/ -name '.tmp*' 2>/dev/null)"
	[[ $output != *"can't enter"* ]] || by[$kind]=
	is "$what: ledger" "${by[$kind]:+by=${by[$kind]}}" \
		"$(ledger | grep -o 'by=[a-z]*')"
}

ledger() { cat "$LEASES"/sessions/* 2>/dev/null | tr '\n' ' '; }

# KIND|WHY|USER|what lays the ground
states() {
	local kind why user ground
	while IFS='|' read -r kind why user ground; do
		[ -n "$kind" ] || continue
		fresh
		eval "$ground"
		state "$kind" "$why" "$user" "$ground"
	done
	done_all
}

@test "what each phase answers: leases and no leases" {
	states <<'END'
lease||alice|put alice
lease||alice|put alice; chmod 400 "$LEASES/alice.lease"
lease||alice|put alice final=true 'reason="because"'
lease||alice|put alice issued_at="$(at 30)"
lease||alice|chmod 500 "$LEASES"; put alice
lease||CORP\dave|put 'CORP\dave'; mv "$LEASES"/{CORP\\dave,CORP%5Cdave}.lease
lease||erin@realm|put erin@realm; mv "$LEASES"/erin{@,%40}realm.lease
lease||frank$|put 'frank$'; mv "$LEASES"/frank{\$,%24}.lease
lease||0day|put 0day
deny|no-lease|alice|
deny|no-lease|alice|rmdir "$LEASES"
deny|no-lease|alice|put bob
deny|no-lease|frank$|put 'frank$'
deny|no-lease|sys|
deny|expired|alice|put alice issued_at="$(at -1200)" expires_at="$(at -600)"
deny|expired|alice|put alice expires_at="$(at 0)"
deny|expired-boot|alice|put alice expires_boottime=1
deny|expired-boot|alice|put alice expires_boottime="$(boot 0)"
deny|other-boot|alice|put alice boot_id='"00000000-0000-4000-8000-000000000000"'
deny|other-user|alice|put bob; mv "$LEASES"/{bob,alice}.lease
deny|other-user|alice|put alice uid=1002
deny|other-user|twin|put alice; mv "$LEASES"/{alice,twin}.lease
error|future|alice|put alice issued_at="$(at 600)"
END
}

@test "what each phase answers: root, whatever is broken" {
	states <<'END'
admit||root|
admit||toor|
admit||root|put root expires_boottime=1
admit||root|echo broken >"$LEASES/root.lease"
admit||root|rmdir "$LEASES"
admit||root|rmdir "$LEASES"; ln -s elsewhere "$LEASES"
admit||root|rmdir "$LEASES"; touch "$LEASES"
admit||root|chmod 777 "$LEASES"
admit||root|chown 1001 "$LEASES"
admit||root|touch "$LEASES/sessions"
admit||root|mkdir "$LEASES/.root.lock"
admit||root|policy 'let everybody in'
admit||root|policy 'max 1s'; chmod 666 "$ROOT/etc/pamlease/policy.conf"
END
}

@test "what each phase answers: a directory that is not to be trusted" {
	states <<'END'
error|lease-broken|alice|mkdir "$ROOT/run/elsewhere"; put alice; mv "$LEASES" "$ROOT/run/elsewhere/"; ln -s elsewhere/pamlease "$LEASES"
error|lease-broken|alice|put alice; chmod 755 "$LEASES"
error|lease-broken|alice|put alice; chmod 720 "$LEASES"
error|lease-broken|alice|put alice; chmod 1777 "$LEASES"
error|lease-broken|alice|put alice; chown 1001 "$LEASES"
error|lease-broken|alice|rmdir "$LEASES"; touch "$LEASES"
END
}

@test "what each phase answers: a lease file that is not to be trusted" {
	states <<'END'
error|lease-broken|alice|put alice; mv "$LEASES"/{alice.lease,x}; ln -s x "$LEASES/alice.lease"
error|lease-broken|alice|ln -s x "$LEASES/alice.lease"
error|lease-broken|alice|ln -s alice.lease "$LEASES/alice.lease"
error|lease-broken|alice|put alice; ln "$LEASES/alice.lease" "$LEASES/x"
error|lease-broken|alice|mkfifo -m 600 "$LEASES/alice.lease"
error|lease-broken|alice|mkdir -m 600 "$LEASES/alice.lease"
error|lease-broken|alice|mknod -m 600 "$LEASES/alice.lease" c 1 5
error|lease-broken|alice|mknod -m 600 "$LEASES/alice.lease" c 1 3
error|lease-broken|alice|put alice; chown 1001 "$LEASES/alice.lease"
error|lease-broken|alice|put alice; chmod 644 "$LEASES/alice.lease"
error|lease-broken|alice|put alice; chmod 660 "$LEASES/alice.lease"
error|lease-broken|alice|put alice; chmod 602 "$LEASES/alice.lease"
error|lease-broken|alice|put alice; chmod 777 "$LEASES/alice.lease"
error|lease-broken|alice|put alice; chmod 4600 "$LEASES/alice.lease"
error|lease-broken|alice|(umask 077; : >"$LEASES/alice.lease")
error|lease-broken|alice|(umask 077; printf '{' >"$LEASES/alice.lease")
error|lease-broken|alice|put alice; truncate -s 4096 "$LEASES/alice.lease"
error|lease-broken|alice|put alice; printf '%4097s' '' >>"$LEASES/alice.lease"
error|lease-broken|alice|put alice; truncate -s 64M "$LEASES/alice.lease"
error|lease-broken|alice|put alice; truncate -s 1T "$LEASES/alice.lease"
error|lease-broken|alice|put alice version=2
error|lease-broken|alice|put alice extra=1
END
}

@test "what each phase answers: a socket where the lease should be" {
	call lease root account >/dev/null
	: >"$LEASES/alice.lease"
	ns mount --bind /dev/log /run/pamlease/alice.lease
	state error lease-broken alice 'a socket'
	ns umount /run/pamlease/alice.lease
	done_all
}

@test "what each phase answers: a broken policy" {
	states <<'END'
lease||alice|put alice; policy 'max 12h'
deny|expired|alice|put alice; policy 'max 10s'
error|policy-broken|alice|put alice; policy 'max'
error|policy-broken|alice|put alice; policy 'let everybody in'
error|policy-broken|alice|put alice; policy '#'; chmod 646 "$ROOT/etc/pamlease/policy.conf"
error|policy-broken|alice|put alice; policy '#'; chmod 777 "$ROOT/etc/pamlease"
error|policy-broken|alice|put alice; mkdir "$ROOT/etc/pamlease"; ln -s x "$ROOT/etc/pamlease/policy.conf"
END
}

@test "what each phase answers: nobody" {
	state empty no-account '' 'an empty name'
	state empty no-account '' 'no name' --no-user
	done_all
}

# Names as the network brings them; none of them has an account here.
NAMES=(../../etc/shadow .. . /etc/passwd a/b .hidden ..x -oProxyCommand=x
	--help - "$(printf '%32s' '')" ünï $'\xff\xfe' $'\xc0\xaf' DOM\\alice
	alice@realm 'alice$' 'alice ' ' alice' $'alice\n' $'a\nb' $'a\rb'
	$'a\x1b[31mb' $'\x9b31m' ALICE 1000 0 0x0 4294967295 %n%n%s %2e%2e
	'a b' 'alice" why=lease x="' "${BASH:0:1}" pamlease .alice.lock
	alice.lease 65534)

@test "names of nobody: refused, one line of the log each, no file opened" {
	local n name seen

	need strace
	put alice
	for n in 32 128 129 256 5000 70000; do
		NAMES+=("$(printf "%${n}s" '' | tr ' ' A)")
	done
	with=(strace -f -qq -e 'trace=%file' -o /run/trace)
	for name in "${NAMES[@]}"; do
		state unknown no-account "$name" ''
		is "${name:0:40}: a control byte in the log" 0 \
			"$(lines '^log:.*<[0-9a-f][0-9a-f]>')"
		seen=$(grep -a /run/pamlease "$ROOT/run/trace" |
			grep -vac '"/run/pamlease"' || :)
		is "${name:0:40}: files opened" 0 "$seen"
		is "${name:0:40}: length of a line" 0 \
			"$(grep -cE '^log: .{512}' <<<"$output" || :)"
	done
	# It would have been seen.
	output=$(call lease alice account)
	has trace 'account=PAM_SUCCESS'
	grep -q alice.lease "$ROOT/run/trace"
	done_all
}

@test "names and hosts are escaped in the log" {
	output=$(call --rhost=$'h"\n\xff' lease $'a\n"\\\x1b' account)
	is escaped 'log: authpriv.notice pam_lease(lease:account): '\
'verdict=deny why=no-account user="a\x0a\x22\x5c\x1b" rhost="h\x22\x0a\xff"
log: authpriv.err pam_lease(lease:account): denied is missing in the audit trail, which can'\''t have such a host or terminal
account=PAM_USER_UNKNOWN' "$output"
	done_all
}

# What makes a fixture one of this boot and in force, as far as it can be.
current() {
	# With as many digits where it can: some are just too long.
	local boottime=99999
	[ "$(boot 3600)" -le $boottime ] || boottime=$(boot 3600)
	echo "s/3b4d0c2e-7a51-4f0e-9c6d-2f8b1e5a9d04/$BOOT/
		s/\"2026-03-21T10:00:00Z\"/$(at -60)/
		s/\"2026-03-21T11:30:00Z\"/$(at 3600)/
		s/\"2027-03-22T10:00:01Z\"/$(at 31622350)/
		s/91234/$boottime/"
}

@test "no broken lease admits" {
	local f n=0 edit

	umask 077
	edit=$(current)
	LC_ALL=C sed "$edit" "$BATS_TEST_DIRNAME"/unit/leases/good/example.lease \
		>"$LEASES/alice.lease"
	output=$(call --rhost=10.1.2.3 sshd alice account)
	is 'a good one' 'account=PAM_SUCCESS ' "$(codes)"
	for f in "$BATS_TEST_DIRNAME"/unit/leases/bad/*.lease; do
		LC_ALL=C sed "$edit" "$f" >"$LEASES/alice.lease"
		output=$(call --rhost=10.1.2.3 sshd alice account)
		is "$f" 'account=PAM_SYSTEM_ERR ' "$(codes)"
		is "$f" 1 "$(lines '^log: .*alert.*why=lease-broken')"
		n=$((n + 1))
	done
	[ "$n" -gt 100 ]
	done_all
}

@test "good leases of another time deny, and are not broken" {
	local f n=0

	umask 077
	for f in "$BATS_TEST_DIRNAME"/unit/leases/good/*.lease; do
		cat "$f" >"$LEASES/alice.lease"
		output=$(call --rhost=10.1.2.3 sshd alice account)
		is "$f" 'account=PAM_PERM_DENIED ' "$(codes)"
		n=$((n + 1))
	done
	[ "$n" -gt 20 ]
	done_all
}

@test "a lease for some services and hosts only" {
	local code why service rhost member

	while IFS='|' read -r code why service rhost member; do
		put alice "$member"
		output=$(call "--rhost=$rhost" "$service" alice account)
		is "$service $rhost $member" "account=PAM_$code " "$(codes)"
		is "$service $rhost $member" "$why" "$(grep -o \
			'why=[a-z]*' <<<"$output" || :)"
	done <<'END'
SUCCESS|why=lease|sshd|10.1.2.3|services=["sshd"]
PERM_DENIED|why=service|lease|10.1.2.3|services=["sshd"]
SUCCESS|why=lease|lease|10.1.2.3|services=["sshd", "lease"]
SUCCESS|why=lease|lease|10.1.2.3|services=["le*"]
SUCCESS|why=lease|sshd|10.1.2.3|from=["10.0.0.0/8"]
SUCCESS|why=lease|sshd|::1|from=["10.0.0.0/8", "::1"]
PERM_DENIED|why=from|sshd|192.0.2.1|from=["10.0.0.0/8"]
PERM_DENIED|why=from|sshd||from=["10.0.0.0/8"]
PERM_DENIED|why=from|sshd|10.evil.example|from=["10.0.0.0/8"]
END
	done_all
}

@test "every phase refuses alone, and asks anew" {
	local code

	for code in auth=PAM_AUTH_ERR account=PAM_PERM_DENIED \
		open=PAM_SESSION_ERR; do
		output=$(call lease alice "${code%=*}")
		is alone "$code " "$(codes)"
	done
	put alice
	output=$(call lease alice auth user=bob account user=alice open close \
		user=bob open)
	is 'another user' 'auth=PAM_SUCCESS account=PAM_PERM_DENIED'\
' open=PAM_SUCCESS close=PAM_SUCCESS open=PAM_SESSION_ERR ' "$(codes)"
	output=$(call lease alice account \
		unlink=/run/pamlease/alice.lease open)
	is 'revoked in between' 'account=PAM_SUCCESS open=PAM_SESSION_ERR ' \
		"$(codes)"
	put alice
	output=$(call lease alice child auth child account setcred open \
		child close close)
	is 'calls in children' 'auth=PAM_SUCCESS account=PAM_SUCCESS'\
' setcred=PAM_SUCCESS open=PAM_SUCCESS close=PAM_SUCCESS'\
' close=PAM_SUCCESS ' "$(codes)"
	done_all
}

@test "what the user is told" {
	put alice expires_at="$(at 1680)"
	output=$(call lease alice auth)
	is 'at auth' auth=PAM_SUCCESS "$output"
	output=$(call lease alice account open close)
	is 'let in' "info: Your session will expire in 28 minutes (at\
 $(grep -o '"expires_at.*T[0-9:]*' "$LEASES/alice.lease" | cut -dT -f2))." \
		"$(grep info: <<<"$output" | sed 's/at [0-9-]* /at /')"
	output=$(call lease root auth account open close)
	is root 0 "$(lines '^\(info\|error\):')"
	rm "$LEASES/alice.lease"
	output=$(call lease alice auth account open close)
	is refused "error: $DENIED" "$(grep '^[a-z]*: ' <<<"$output" |
		grep -v ^log:)"
	done_all
}

@test "a conversation that is silent or fails changes nothing" {
	local conv words='auth account open' good bad

	good='auth=PAM_SUCCESS account=PAM_SUCCESS open=PAM_SUCCESS '
	bad='auth=PAM_AUTH_ERR account=PAM_PERM_DENIED open=PAM_SESSION_ERR '
	for conv in --conv={works,null,fails,no-answer} --silent; do
		put alice
		# shellcheck disable=SC2086
		output=$(call "$conv" lease alice $words)
		is "$conv" "$good" "$(codes)"
		is "$conv" 0 "$(lines ^changed:)"
		rm "$LEASES/alice.lease"
		# shellcheck disable=SC2086
		output=$(call "$conv" lease alice $words)
		is "$conv" "$bad" "$(codes)"
	done
	put alice
	output=$(call --silent lease alice account open close user=bob account)
	is silent 0 "$(lines '^\(info\|error\):')"
	done_all
}

# A zone that is always 5 hours ahead of UTC, as a TZif file.
zone() {
	local counts='\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\001\0\0\0\004'
	local zeros='\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
	local block="TZif2$zeros$counts"'\0\0\106\120\0\0ABC\0'

	# shellcheck disable=SC2059
	printf "$block$block"'\nABC-5\n'
}

@test "the end is told in the host's zone, and the caller's does not matter" {
	local seconds end format zone

	zone >"$ROOT/etc/localtime"
	for seconds in 600 3600 172800; do
		put alice expires_at="$(at $seconds)" \
			expires_boottime="$(boot $seconds)"
		end=$(($(date -u -d "$(grep -o '"expires_at".*' \
			"$LEASES/alice.lease" | grep -o '20[^"]*')" +%s) + 18000))
		format=%H:%M:%S
		[ "$(date -u -d @$end +%F)" = "$(date -u -d \
			@$((EPOCHSECONDS + 18000)) +%F)" ] ||
			format='%Y-%m-%d %H:%M:%S'
		for zone in TZ= TZ=UTC-12 TZ=:/etc/shadow LC_ALL=C; do
			with=("$zone")
			output=$(call lease alice open close)
			has "$seconds $zone" \
				" (at $(date -u -d @$end "+$format"))."
		done
	done
	rm "$ROOT/etc/localtime"
	done_all
}

@test "an end that can't move is told to systemd, and no other" {
	local seconds member setting got

	while IFS='|' read -r seconds member setting; do
		fresh
		put alice "$member"
		[ -z "$setting" ] || policy "$setting"
		output=$(call data alice open close)
		has "$member $setting" 'info: end'
		got=$(sed -n 's/^data:.*max_sec=\([0-9]*\)s$/\1/p' \
			<<<"$output" | tail -n 1)
		# It may take some seconds from the lease to the login.
		if [ -n "$got" ] && [ -n "$seconds" ]; then
			seconds=$((got <= seconds && got > seconds - 20 ?
				got : seconds))
		fi
		is "$member $setting" "$seconds" "$got"
	done <<'END'
|final=false|
3600|final=true|
|final=false|warn 5m
7140|final=false|max 2h
1740|final=false|max 30m
3600|final=true|max 2h
END
	output=$(call data root open close)
	is root 0 "$(lines ^data:)"
	output=$(call data alice user=bob open close)
	is refused 0 "$(lines ^data:)"
	done_all
}

@test "the ledger: entered at open, gone at close" {
	local before opened

	put alice
	before=$EPOCHSECONDS
	output=$(call --tty=ssh --rhost=10.0.0.7 sshd alice account open)
	is entry 'version=1 user=alice uid=1001 service=sshd tty=ssh'\
' rhost=10.0.0.7 by=lease ' "$(ledger | sed 's/opened=.*//')"
	opened=$(ledger | grep -o ' opened=[0-9]*')
	is opened 1 $((${opened#*=} >= before && ${opened#*=} <= EPOCHSECONDS))
	opened=$(ledger | grep -o 'opened_boot=[0-9]*')
	is 'opened by the boot clock' 1 $((${opened#*=} >= $(boot -60) &&
		${opened#*=} <= $(boot 0)))
	is mode 600 "$(stat -c %a "$LEASES"/sessions/*)"
	[[ $(ls "$LEASES/sessions") =~ ^[0-9]+-[0-9]+$ ]]
	fresh
	put alice
	output=$(call sshd alice open close)
	is closed '' "$(ledger)"
	output=$(call sshd alice open new open close)
	is 'one of two closed' 1 "$(ls "$LEASES/sessions" | wc -l)"
	fresh
	output=$(call sshd alice open)
	is refused 'version=1 user=alice uid=1001 service=sshd tty= rhost='\
' by=refused ' "$(ledger | sed 's/opened=.*//')"
	fresh
	output=$(call sshd root open)
	has root open=PAM_SUCCESS
	is root ' by=policy ' "$(ledger | grep -o ' by=[a-z]* ')"
	fresh
	output=$(call sshd nobody-at-all open)
	is 'nobody' '' "$(ledger)"
	put alice
	output=$(call --rhost="$(printf '%300s' '')" sshd alice open)
	has 'a host too long' open=PAM_SESSION_ERR
	done_all
}

# Its next run may be half a minute away.
@test "a session that ends soon wakes the watchdog, another does not" {
	local left

	for left in 30 3600; do
		fresh
		put alice expires_at="$(at $left)"
		output=$(call sshd alice open)
		is "$left" $((left < 60)) \
			"$(ls "$LEASES"/.wake 2>/dev/null | wc -l)"
	done
	fresh
	output=$(call sshd root open)
	is root 0 "$(ls "$LEASES"/.wake 2>/dev/null | wc -l)"
	done_all
}

@test "root is refused by what names root only, and only the session's entry may fail" {
	policy 'deny user root'
	output=$(call sshd root auth account open)
	is denied 'auth=PAM_AUTH_ERR account=PAM_PERM_DENIED open=PAM_SESSION_ERR ' "$(codes)"
	rmdir "$LEASES/sessions" || rm -r "$LEASES/sessions"
	ln -s elsewhere "$LEASES/sessions"
	output=$(call sshd root account open)
	is 'denied without a ledger' \
		'account=PAM_PERM_DENIED open=PAM_SESSION_ERR ' "$(codes)"
	policy 'lease user root service sshd'
	put root
	output=$(call sshd root auth account open)
	is 'without a ledger' \
		'auth=PAM_SUCCESS account=PAM_SUCCESS open=PAM_SUCCESS ' "$(codes)"
	fresh
	policy 'lease user root' 'max 30m'
	put root final=true
	output=$(call data root account open)
	has 'a good lease' 'info: end'
	is 'no end is told' 0 "$(lines '^info: Your\|^data:')"
	policy 'lease user root service sshd'
	rmdir "$LEASES/sessions" 2>/dev/null || rm -r "$LEASES"
	ln -s elsewhere "$LEASES"
	output=$(call sshd root account open new)
	is 'no state' 'account=PAM_SYSTEM_ERR open=PAM_SESSION_ERR ' "$(codes)"
	policy 'allow user root'
	output=$(call sshd root account open)
	is 'allowed without a state' \
		'account=PAM_SUCCESS open=PAM_SUCCESS ' "$(codes)"
	rm -f "$LEASES"
	done_all
}

# Stops where the session is in the ledger, and the lease is asked for again.
@test "a lease that goes while its session is entered lets nobody in" {
	local entry n

	need strace
	put alice
	with=(strace -f -qq -o /run/trace -e trace=renameat2
		-e inject=renameat2:signal=STOP:when=1)
	call lease alice open >"$BATS_TEST_TMPDIR/out" &
	for ((n = 0; n < 1000; n++)); do
		entry=$(ls "$LEASES/sessions" 2>/dev/null) || :
		[ -z "$entry" ] || break
		sleep 0.02
	done
	rm "$LEASES/alice.lease"
	ns_kill -CONT "${entry%-*}"
	wait $!
	output=$(<"$BATS_TEST_TMPDIR/out")
	has 'open' open=PAM_SESSION_ERR
	has 'why' why=no-lease
	done_all
}

@test "a lock that is held holds no login up" {
	local user

	put alice
	for user in alice root; do
		with=(flock -x "/run/pamlease/.$user.lock")
		output=$(call lease "$user" account \
			open close)
		is "$user" 'account=PAM_SUCCESS open=PAM_SUCCESS'\
' close=PAM_SUCCESS ' "$(codes)"
	done
	done_all
}

@test "what is logged: debug, quiet, permissive, unknown options" {
	local service admitted closed option
	local words='auth new account new open close'

	put alice
	# shellcheck disable=SC2086
	for service in lease:2:1 debug:3:1 quiet:0:0 permissive:2:1; do
		IFS=: read -r service admitted closed <<<"$service"
		output=$(call "$service" alice $words)
		is "$service" $((admitted + closed)) "$(lines ^log:)"
		is "$service" "$admitted" \
			"$(lines 'authpriv.info.*verdict=admit why=lease')"
		is "$service" "$closed" \
			"$(lines 'info.*closed user="alice" rhost=".*" session=[1-9]')"
		output=$(call "$service" sys $words)
		is "$service" "$([ "$service" = permissive ] && echo 1 || echo 0)" \
			"$(lines 'info.*closed user="sys"')"
		is "$service" 3 \
			"$(lines 'notice.*verdict=deny why=no-lease')"
	done
	output=$(call unknown alice account open user=bob open)
	is unknown 'account=PAM_SUCCESS open=PAM_SUCCESS'\
' open=PAM_SESSION_ERR ' "$(codes)"
	for option in foo debug= dir=/x Quiet xxxxx; do
		is "$option" 3 "$(lines "err.*unknown option .*$option")"
	done
	is 'options that are unknown' 15 "$(lines 'unknown option')"
	is 'not quiet' 2 "$(lines verdict=admit)"
	done_all
}

@test "permissive refuses nothing but strangers, and says what it would" {
	local ground

	for ground in : 'echo broken >$LEASES/alice.lease' \
		'put alice expires_boottime=1' 'chmod 777 $LEASES'; do
		fresh
		eval "$ground"
		output=$(call permissive alice auth new account new open)
		is "$ground" 'auth=PAM_IGNORE account=PAM_SUCCESS'\
' open=PAM_SUCCESS ' "$(codes)"
		is "$ground: told" 0 "$(lines '^\(info\|error\):')"
		is "$ground: log" 2 "$(lines ':a.*permissive=yes$')"
		is "$ground: log" 3 "$(lines ^log:)"
	done
	fresh
	output=$(call permissive alice open)
	is ledger by=permissive "$(ledger | grep -o 'by=[a-z]*')"
	output=$(call permissive nobody-at-all auth account open)
	is nobody 'auth=PAM_USER_UNKNOWN account=PAM_USER_UNKNOWN'\
' open=PAM_SESSION_ERR ' "$(codes)"
	done_all
}

@test "an application without privileges" {
	put alice
	output=$(call lease alice uid=65534 auth new account new open)
	is alice 'auth=PAM_AUTH_ERR account=PAM_SYSTEM_ERR'\
' open=PAM_SESSION_ERR ' "$(codes)"
	is hint 3 "$(lines 'without privileges')"
	output=$(call lease root uid=65534 auth new account new open close)
	is root 'auth=PAM_IGNORE account=PAM_SUCCESS'\
' open=PAM_SUCCESS close=PAM_SUCCESS ' "$(codes)"
	done_all
}

# bats test_tags=noasan
@test "an application in a chroot" {
	put alice
	mkdir -p "$ROOT/run/cage/etc"
	cp "$ROOT/etc/passwd" "$ROOT/etc/nsswitch.conf" "$ROOT/run/cage/etc"
	output=$(call lease alice account chroot=/run/cage open)
	is alice 'account=PAM_SUCCESS open=PAM_SESSION_ERR ' "$(codes)"
	output=$(call lease root account chroot=/run/cage open close)
	is root 'account=PAM_SUCCESS open=PAM_SUCCESS close=PAM_SUCCESS ' \
		"$(codes)"
	done_all
}

@test "an application with timers, odd ids, no directory, a small stack" {
	local good='auth=PAM_SUCCESS account=PAM_SUCCESS open=PAM_SUCCESS'\
' close=PAM_SUCCESS '
	local bad='auth=PAM_AUTH_ERR account=PAM_PERM_DENIED'\
' open=PAM_SESSION_ERR '

	put alice
	with=(bash -c 'mkdir /run/gone && cd /run/gone && rmdir /run/gone &&
		ulimit -s 64 && exec "$@"' -)
	output=$(call lease alice odd ruid=1001 auth account open close)
	is alice "$good" "$(codes)"
	is changed 0 "$(lines ^changed:)"
	output=$(call lease bob odd ruid=1002 auth account open)
	is bob "$bad" "$(codes)"
	is changed 0 "$(lines ^changed:)"
	is 'mode of the entry' 600 "$(stat -c %a "$LEASES"/sessions/*)"
	done_all
}

# bats test_tags=noasan
@test "an application that has hardly a descriptor left" {
	local n last

	put alice
	for n in 0 1 2 3 4 5 6; do
		output=$(call lease alice setcred "fds=$n" account open close)
		is "$n: changed" 0 "$(lines ^changed:)"
		is "$n: calls" 4 "$(codes | wc -w)"
		last=$(codes)
		[ "$n" -ne 0 ] || is "$n: admitted" 1 "$(lines PAM_SUCCESS.*)"
	done
	output=$(call lease alice setcred fds=0 account)
	is 'no descriptor' 'setcred=PAM_SUCCESS account=PAM_SYSTEM_ERR ' \
		"$(codes)"
	has why 'why=account-unreadable'
	is 'with enough of them' 'setcred=PAM_SUCCESS account=PAM_SUCCESS'\
' open=PAM_SUCCESS close=PAM_SUCCESS ' "$last"
	done_all
}

# Has strace make system calls fail that touch one of these. Where the kernel
# has been asked by another name the call counts as well.
# usage: faults SYSCALLS ERROR[:when=EXPR] PATH...
faults() {
	local calls=$1 error=$2 path
	shift 2
	with=(strace -f -qq -y -o /run/trace -e "trace=$calls"
		-e "inject=$calls:error=$error")
	for path; do
		with+=(-P "$path")
	done
}

injected() { grep -c INJECTED "$ROOT/run/trace" || :; }

# Where a decision reads: each with the call that opens it.
LEASE_PATHS=(alice.lease /run/pamlease/alice.lease)
POLICY_PATHS=(policy.conf /etc/pamlease/policy.conf)

@test "a call that fails refuses, at every file, and root passes" {
	local row calls error hits=0 words='auth new account new open'

	need strace
	while read -r -a row; do
		for calls in openat read '?fstat,?newfstatat'; do
			for error in EIO ENOMEM EMFILE; do
				fresh
				put alice
				policy 'max 12h'
				faults "$calls" "$error" "${row[@]}"
				# shellcheck disable=SC2086
				output=$(call lease alice $words 2>&1)
				[ "$(injected)" -gt 0 ] || continue
				hits=$((hits + 1))
				is "${row[-1]} $calls $error" 'auth=PAM_AUTH_ERR '\
'account=PAM_SYSTEM_ERR open=PAM_SESSION_ERR ' "$(codes)"
				# shellcheck disable=SC2086
				output=$(call lease root $words 2>&1)
				is "${row[-1]} $calls $error: root" \
					'auth=PAM_IGNORE account=PAM_SUCCESS'\
' open=PAM_SUCCESS ' "$(codes)"
			done
		done
	done <<-END
		/run/pamlease
		${LEASE_PATHS[*]}
		/etc/pamlease
		${POLICY_PATHS[*]}
		/proc/sys/kernel/random/boot_id
	END
	# A directory is not read, and the boot's id is not looked at.
	is 'files and calls' 36 "$hits"
	done_all
}

@test "a call that is interrupted is made again, or refuses" {
	local path error what

	need strace
	put alice
	policy 'max 12h'
	for path in "${LEASE_PATHS[*]}" "${POLICY_PATHS[*]}"; do
		# shellcheck disable=SC2086
		faults read EINTR:when=1+2 $path
		output=$(call lease alice auth account open close 2>&1)
		is "$path" 'auth=PAM_SUCCESS account=PAM_SUCCESS'\
' open=PAM_SUCCESS close=PAM_SUCCESS ' "$(codes)"
		is "$path: interrupted" 4 "$(injected)"
	done
	for path in /run/pamlease "${LEASE_PATHS[*]}" "${POLICY_PATHS[*]}" \
		/proc/sys/kernel/random/boot_id; do
		for what in bob:PERM_DENIED root:SUCCESS; do
			# shellcheck disable=SC2086
			faults openat,read EINTR:when=1+2 $path
			output=$(call lease "${what%:*}" account 2>&1)
			[[ $what != bob:* ]] || output=${output/SYSTEM_ERR/PERM_DENIED}
			is "$path $what" "account=PAM_${what#*:} " "$(codes)"
		done
	done
	done_all
}

@test "who has been at a lease is an alert, and says what is wrong" {
	local code why text member

	while IFS='|' read -r code why text member; do
		put alice "$member"
		output=$(call lease alice account)
		is "$member" "account=PAM_$code " "$(codes)"
		is "$member: $output" 1 \
			"$(lines "^log: authpriv.alert .*why=$why .*$text")"
	done <<END
SYSTEM_ERR|lease-broken|version: this version is not known|version=2
SYSTEM_ERR|lease-broken|version|version=0
PERM_DENIED|other-user||user="bob"
PERM_DENIED|other-user||uid=1002
PERM_DENIED|other-user||uid=0
SYSTEM_ERR|future||issued_at=$(at 600)
SYSTEM_ERR|lease-broken|boot_id|boot_id="00000000"
SYSTEM_ERR|lease-broken|boot_id|boot_id="3B4D0C2E-7A51-4F0E-9C6D-2F8B1E5A9D04"
END
	put alice boot_id='"00000000-0000-4000-8000-000000000000"'
	output=$(call lease alice account)
	has 'another boot' 'authpriv.notice pam_lease(lease:account): '\
'verdict=deny why=other-boot'
	done_all
}

@test "who granted a lease, and why, is not told to its user" {
	local words='auth new account new open close'

	put alice granted_by='"boss-of-it"' reason='"under-watch"'
	# shellcheck disable=SC2086
	output=$(call debug alice $words)
	has 'let in' open=PAM_SUCCESS
	put alice granted_by='"boss-of-it"' reason='"under-watch"' \
		expires_boottime=1
	# shellcheck disable=SC2086
	output+=$(call debug alice $words)
	has refused open=PAM_SESSION_ERR
	is told 0 "$(lines 'boss-of-it\|under-watch')"
	done_all
}

# As a directory service spells its users.
@test "names of a directory: granted, let in, revoked, and nobody else's" {
	local name uid=1010

	cp "$ROOT/etc/passwd" "$ROOT/etc/passwd.saved"
	for name in 'DOM\alice' alice@realm 'alice$' ünï .hidden; do
		uid=$((uid + 1))
		echo "$name:x:$uid:$uid::/:/bin/sh" >>"$ROOT/etc/passwd"
	done
	for name in 'DOM\alice' alice@realm 'alice$' ünï .hidden; do
		fresh
		pamlease grant "$name" --duration 1h >/dev/null
		output=$(call lease "$name" auth account open close)
		is "$name" 'auth=PAM_SUCCESS account=PAM_SUCCESS'\
' open=PAM_SUCCESS close=PAM_SUCCESS ' "$(codes)"
		output=$(call lease alice account user=bob account)
		is "$name: others" 'account=PAM_PERM_DENIED'\
' account=PAM_PERM_DENIED ' "$(codes)"
		output=$(pamlease revoke "$name")
		has "$name" "Lease revoked for $name."
		output=$(call lease "$name" account)
		has "$name: revoked" account=PAM_PERM_DENIED
	done
	fresh
	pamlease grant alice --duration 1h >/dev/null
	for name in 'DOM\alice' alice@realm 'alice$'; do
		output=$(call lease "$name" account)
		has "$name: by alice's" account=PAM_PERM_DENIED
	done
	mv "$ROOT/etc/passwd.saved" "$ROOT/etc/passwd"
	done_all
}

@test "a lease directory that is no tmpfs works" {
	local dir=$BATS_TEST_TMPDIR/leases

	mkdir -m 700 "$dir"
	[ "$(stat -f -c %T "$dir")" != tmpfs ] || skip 'only tmpfs here'
	# The namespace has a tmpfs of its own, not the machine's directories.
	ns mount -n --bind "$dir" /run/pamlease
	pamlease grant alice --duration 1h >/dev/null
	[ -e "$dir/alice.lease" ]
	output=$(call lease alice auth account open close)
	is alice 'auth=PAM_SUCCESS account=PAM_SUCCESS open=PAM_SUCCESS'\
' close=PAM_SUCCESS ' "$(codes)"
	output=$(pamlease revoke alice)
	has revoke 'Lease revoked'
	[ ! -e "$dir/alice.lease" ]
	ns umount /run/pamlease
	done_all
}

# A leak of 64 bytes a load would be more than these 64 pages.
grown() {
	[[ $output =~ grown:\ 0\ descriptors,\ (-?[0-9]+)\ pages ]]
	echo "${BASH_REMATCH[0]}"
	[ "${BASH_REMATCH[1]}" -lt 64 ]
}

# bats test_tags=noasan
@test "nothing grows over ten thousand loads of the module" {
	put alice
	output=$(call --repeat=10000 lease alice account)
	has account account=PAM_SUCCESS
	grown
	output=$(call --repeat=500 lease alice auth account open close)
	has close close=PAM_SUCCESS
	grown
	done_all
}

# Lays the program that runs hooks where the module looks for it.
runner() {
	local path
	path=$(grep -ao '/[a-z/]*/pamlease-watchdog' "$BUILD/pam_lease.so")
	! ns test -e "$path" || return 0
	# Not on this machine's disk.
	ns mount -t tmpfs -o mode=755 none "$(ns bash -c 'dir=$1
		until [ -d "$dir" ]; do dir=${dir%/*}; done; echo "$dir"' - \
		"${path%/*}")"
	ns mkdir -p "${path%/*}"
	cp "$BUILD/pamlease-watchdog" "$ROOT$path"
}

# A hook with the script of stdin. usage: hook PHASE NAME
hook() {
	runner
	mkdir -p "$ROOT/etc/pamlease/hooks/$1.d"
	install -m 755 /dev/stdin "$ROOT/etc/pamlease/hooks/$1.d/$2"
}

hooked() { cat "$LEASES"/hooks/sessions/* 2>/dev/null | grep -o 'by=[a-z]*'; }

@test "hooks: their lines, the log's, and the environment" {
	local phase
	put alice
	for phase in account open close; do
		hook "$phase" one <<'END'
#!/bin/sh
echo "$PAMLEASE_PHASE of $PAMLEASE_USER, $PAMLEASE_SESSIONS_LEFT left"
echo
printf 'odd: \033\n'
echo "end: $PAMLEASE_EXPIRES_AT" >&2
END
	done
	output=$(call lease alice account open close)
	is codes 'account=PAM_SUCCESS open=PAM_SUCCESS close=PAM_SUCCESS ' \
		"$(codes)"
	has account 'info: account of alice, 0 left'
	has open 'info: open of alice, 0 left'
	has 'at a close there is nobody to tell' \
		'hooks: "close of alice, 0 left"'
	has escaped 'info: odd: \x1b'
	has 'what is for the log' 'hooks: "one: end: 20'
	is 'what is owed' '' "$(hooked)"
	output=$(call --silent lease alice account)
	is silent 0 "$(lines '^info: account')"
	output=$(call lease root account open close)
	is 'root has none' 0 "$(lines ' of root')"
	done_all
}

@test "hooks: who fails refuses, unless permissive, and what is begun is closed" {
	local phase
	put alice
	hook close note <<<$'#!/bin/sh\necho closed >&2'
	for phase in account open; do
		hook "$phase" no <<<$'#!/bin/sh\necho why not\nexit 1'
		output=$(call lease alice "$phase")
		has "$phase: told" 'error: Access denied: why not'
		has "$phase: logged" 'verdict=deny why=hook user="alice"'
		has "$phase: logged" 'detail="no: exit status 1"'
		output=$(call permissive alice "$phase")
		is "$phase: permissive" "$phase=PAM_SUCCESS " "$(codes)"
		has "$phase: permissive" 'a hook would refuse it'
		hook "$phase" no <<<$'#!/bin/sh\nexit 1'
		output=$(call lease alice "$phase")
		has "$phase: silent" "Access denied: a check of this host's failed."
		chmod o+w "$ROOT/etc/pamlease/hooks/$phase.d/no"
		output=$(call lease alice "$phase")
		has "$phase: broken" 'Access denied: what goes with a login failed'
		has "$phase: broken" 'verdict=error why=hook-failed'
		is "$phase" "$phase=PAM_$([ "$phase" = open ] && echo SESSION_ERR ||
			echo SYSTEM_ERR) " "$(codes)"
		rm "$ROOT/etc/pamlease/hooks/$phase.d/no"
		is "$phase: what is owed" '' "$(hooked)"
	done
	done_all
}

@test "hooks: close hooks that fail are owed, and with a broken policy all are" {
	put alice
	hook close no <<<$'#!/bin/sh\nexit 7'
	output=$(call lease alice open close)
	is close 'open=PAM_SUCCESS close=PAM_SUCCESS ' "$(codes)"
	has close 'are to be tried again: detail="no: exit status 7"'
	is 'what is owed' by=refused "$(hooked)"
	is wake 0 "$([ -e "$LEASES/.wake" ]; echo $?)"
	rm -rf "$LEASES/hooks"
	hook close no <<<$'#!/bin/sh\nrm -f /etc/pamlease/policy.conf'
	hook open breaks <<<$'#!/bin/sh\necho bad >/etc/pamlease/policy.conf'
	output=$(call lease alice open close)
	has broken 'are to be tried again: detail="/etc/pamlease/policy.conf:1:1'
	is 'what is owed' by=lease "$(hooked)"
	done_all
}

@test "presence: yes, no, no answer, and nobody to ask" {
	local row
	runner
	put alice
	put bob
	while IFS='|' read -r program silent code text; do
		policy 'exclusive user alice' "presence-silent $silent" \
			'presence-command /etc/pamlease/presence'
		install -m 755 /dev/stdin "$ROOT/etc/pamlease/presence" \
			<<<"#!/bin/sh"$'\n'"[ \$PAMLEASE_PHASE = release ] || $program"
		row="$program, $silent"
		output=$(call lease alice account open close)
		is "$row" "account=PAM_$code " "$(codes | grep -o 'account=[A-Z_]* ')"
		has "$row" "$text"
		is "$row: what is owed" '' "$(hooked)"
		output=$(call lease bob account)
		is "$row: bob" 'account=PAM_SUCCESS ' "$(codes)"
	done <<'END'
exit 0|deny|SUCCESS|verdict=admit why=lease
{ echo elsewhere; exit 1; }|deny|PERM_DENIED|error: Access denied: elsewhere
{ echo elsewhere; exit 1; }|allow|PERM_DENIED|error: Access denied: elsewhere
exit 2|deny|SYSTEM_ERR|detail="presence: exit status 2"
exit 2|allow|SUCCESS|hooks: "presence-command: presence: exit status 2"
END
	rm "$ROOT/etc/pamlease/presence"
	policy 'exclusive user alice' 'presence-command /etc/pamlease/presence'
	output=$(call lease alice account)
	has 'not there' 'detail="no presence"'
	done_all
}
