#!/usr/bin/env bats
#
# A login that waits for somebody's yes: pam_lease.so through the system's
# libpam on the one side, the command on the other.

load lib

setup_file() {
	ns_start
	[ -n "${NS_SKIP:-}" ] || lay_stack
}
teardown_file() { ns_stop; }

setup() {
	ns_setup
	ROOT=/proc/$NS_HOLDER/root
	REQUESTS=$ROOT/run/pamlease/requests
	OUT=$ROOT/run/out
	rm -rf "$OUT"
	mkdir "$OUT"
	policy 'ask for 2h within 60s'
}

# libpam refuses for a module that ignores unless another one decides.
lay_stack() {
	local type dir=/proc/$NS_HOLDER/root/run/stack

	mkdir -p "$dir"
	cp "$BUILD/pam_lease.so" "$BUILD/helpers/pamcall" "$dir"
	for type in auth account session; do
		echo "$type requisite /run/stack/pam_lease.so"
		echo "$type required pam_permit.so"
	done | tee "$dir/sshd" "$dir/su" >"$dir/cron"
	sed 's/\.so$/& permissive/' "$dir/sshd" >"$dir/permissive"
	echo 'auth required pam_deny.so' >"$dir/other"
}

policy() {
	mkdir -p "$ROOT/etc/pamlease"
	printf '%s\n' "$@" >"$ROOT/etc/pamlease/policy.conf"
}

# A login, in the end of which everything about it is in a file.
# usage: login NAME [--rhost=HOST] SERVICE USER
login() {
	local name=$1
	shift
	ns /run/stack/pamcall "${@:1:$#-2}" /run/stack "${@: -2}" account \
		>"$OUT/$name.new" 2>&1
	mv "$OUT/$name.new" "$OUT/$name"
}

# The same, and it waits when this returns, as request $ID.
# usage: waits NAME [--rhost=HOST] SERVICE USER
waits() {
	login "$@" &
	soon has_request "${*: -1}"
	ID=$(id_of "${*: -1}")
}

id_of() {
	pamlease requests --json | jq -r --arg user "$1" \
		'.[] | select(.user == $user and .state == "waiting").id'
}
has_request() { [ -n "$(id_of "$1")" ]; }
no_requests() { [ "$(pamlease requests)" = 'No requests.' ]; }

# How the login of that name ended. usage: ended_with CODE NAME [TEXT...]
ended_with() {
	local text
	soon test -e "$OUT/$2" || { bad "$2 still waits"; return; }
	grep -qx "account=$1" "$OUT/$2" || bad "$2: $(cat "$OUT/$2")"
	for text in "${@:3}"; do
		grep -qF -- "$text" "$OUT/$2" ||
			bad "no '$text': $(cat "$OUT/$2")"
	done
}

# Kills the login that waits.
kill_waiting() {
	local pid
	pid=$(ns pgrep -x pamcall)
	ns_kill -KILL "$pid"
	soon ended "$pid"
}

@test "a yes lets in who waits, and is a lease for just that" {
	waits one --rhost=10.0.0.7 sshd alice
	says 0 "Lease granted for alice until *\(2h 0m\).
The login that waits goes on." '' pamlease approve "$ID"
	ended_with PAM_SUCCESS one "Waiting for approval (request $ID) ..."
	no_requests || bad "$(pamlease requests)"
	pamlease show alice --json | jq -e '.services == ["sshd"] and
		.from == ["10.0.0.7"] and .reason == "request '"$ID"'" and
		.seconds_left > 7100' || bad "$(pamlease show alice)"
	# Nobody is asked again, and nothing else is let in by it.
	login two --rhost=10.0.0.7 sshd alice
	ended_with PAM_SUCCESS two
	login three --rhost=10.0.0.8 sshd alice
	ended_with PAM_PERM_DENIED three 'no valid lease'
	login four --rhost=10.0.0.7 cron alice
	ended_with PAM_PERM_DENIED four 'no valid lease'
	all_good
}

@test "a yes for a login from this machine is for this machine" {
	waits one su alice
	pamlease approve "$ID"
	ended_with PAM_SUCCESS one
	pamlease show alice --json | jq -e '.from == ["local"]'
	login two --rhost=10.0.0.7 su alice
	ended_with PAM_PERM_DENIED two
	all_good
}

@test "a no ends it, with its reason" {
	waits one sshd alice
	says 0 "Request $ID of alice refused." '' pamlease refuse "$ID" \
		--reason 'not at night'
	ended_with PAM_PERM_DENIED one \
		"Access denied: request $ID was refused: not at night" \
		"why=ask-refused" "detail=\"request $ID\""
	no_requests || bad "$(pamlease requests)"
	waits two sshd alice
	pamlease refuse "$ID"
	ended_with PAM_PERM_DENIED two "request $ID was refused."
	[ -z "$(ls "$REQUESTS")" ] || bad "$(ls "$REQUESTS")"
	all_good
}

@test "nobody answers: no, and the request stands for the next login" {
	local first
	policy 'ask within 1s'
	login one sshd alice
	first=$(pamlease requests --json | jq -r '.[0].id')
	ended_with PAM_PERM_DENIED one \
		"nobody has approved request $first" 'why=unanswered'
	says 0 "*$first *alice *sshd *gone" '' pamlease requests
	# The same one waits again, and an answer still counts.
	policy 'ask within 60s for 1h'
	waits two sshd alice
	[ "$ID" = "$first" ] || bad "$ID is not $first"
	pamlease approve "$ID" >/dev/null
	ended_with PAM_SUCCESS two
	all_good
}

@test "within 0s does not wait, and a yes lets the next login in" {
	policy 'ask within 0s for 1h'
	login one sshd alice
	ended_with PAM_PERM_DENIED one 'nobody has approved request'
	! grep -q Waiting "$OUT/one" || bad "$(cat "$OUT/one")"
	ID=$(pamlease requests --json | jq -r '.[0].id')
	login two sshd alice
	ended_with PAM_PERM_DENIED two "request $ID"
	says 0 "Lease granted for alice until *
No login waits: the next one gets in." '' pamlease approve "$ID"
	login three sshd alice
	ended_with PAM_SUCCESS three
	all_good
}

@test "one that stands is over after an hour" {
	policy 'ask within 0s'
	login one sshd alice
	ID=$(pamlease requests --json | jq -r '.[0].id')
	# The host may not have been up for that long.
	ns bash -c 'echo 0 3600 >/run/pamlease-clock'
	says 3 '' "*no request $ID*" ns "$BUILD/faked/pamlease" approve "$ID"
	ns rm /run/pamlease-clock
	[ -z "$(ls "$REQUESTS")" ] || bad "$(ls "$REQUESTS")"
	all_good
}

@test "a killed login takes its request with it" {
	waits one sshd alice
	kill_waiting
	says 3 '' "pamlease: approve: no request $ID: it has been answered, or its login has gone" \
		pamlease approve "$ID"
	says 3 '' "*no request $ID*" pamlease refuse "$ID"
	no_requests || bad "$(pamlease requests)"
	[ -z "$(ls "$REQUESTS")" ] || bad "$(ls "$REQUESTS")"
	says 3 '' '*no lease for alice' pamlease show alice
	all_good
}

@test "of two answers one counts, and the other is told" {
	waits one sshd alice
	pamlease approve "$ID" >/dev/null
	says 3 '' "*no request $ID*" pamlease approve "$ID"
	says 3 '' "*no request $ID*" pamlease refuse "$ID"
	ended_with PAM_SUCCESS one
	# Nor does it come back when what it gave was taken.
	pamlease revoke alice >/dev/null
	says 3 '' "*no request $ID*" pamlease approve "$ID"
	policy 'ask within 0s'
	login two sshd alice
	ended_with PAM_PERM_DENIED two
	all_good
}

@test "revoke takes what stands with the lease" {
	policy 'ask within 0s'
	login one sshd alice
	ID=$(pamlease requests --json | jq -r '.[0].id')
	pamlease grant alice --duration 1h >/dev/null
	pamlease revoke alice >/dev/null
	says 3 '' "*no request $ID*" pamlease approve "$ID"
	[ -z "$(ls "$REQUESTS")" ] || bad "$(ls "$REQUESTS")"
	login two sshd alice
	ended_with PAM_PERM_DENIED two
	all_good
}

# usage: terms UID KIND -- COMMAND...
terms() { ns timeout 60 "$BUILD/helpers/terms" "$@"; }

@test "root and who may answer are told, once, on their terminals" {
	local others
	echo 'ops:x:900:bob' >>"$ROOT/etc/group"
	policy 'ask by group ops'
	waits one --rhost=10.0.0.7 sshd alice
	others=(terms 1003 plain -- "$BUILD/helpers/terms" 1001 plain --
		"$BUILD/helpers/terms" 1002 plain stopped --
		"$BUILD/helpers/terms" 0 plain -- "$BUILD/pamlease-watchdog")
	run "${others[@]}"
	[ "$(grep -cF "*** pamlease: alice asks to be let in: sshd from\
 10.0.0.7. pamlease approve $ID, or pamlease refuse $ID ***" \
		<<<"$output")" -eq 2 ] || bad "$output"
	[ "$(grep -c '^plain $' <<<"$output")" -eq 2 ] || bad "$output"
	grep -q '^stopped $' <<<"$output" || bad "$output"
	run "${others[@]}"
	! grep -q 'asks to be let in' <<<"$output" || bad "$output"
	pamlease approve "$ID" >/dev/null
	ended_with PAM_SUCCESS one
	all_good
}

@test "the watchdog is woken by who asks, and sweeps what is over" {
	waits one sshd alice
	ns test -e /run/pamlease/.wake || bad 'not woken'
	kill_waiting
	ns "$BUILD/pamlease-watchdog"
	[ -z "$(ls "$REQUESTS")" ] || bad "$(ls "$REQUESTS")"
	all_good
}

@test "check says that somebody is asked, and asks nobody" {
	says 3 'alice would be asked about: somebody has to say yes
Decided by: lease: somebody has to say yes*' '' pamlease check alice
	pamlease check alice --json | jq -e '.admitted == false and
		.why == "ask" and .line == 1' || bad 'JSON'
	no_requests || bad "$(pamlease requests)"
	policy 'ask' 'limit 1'
	ns_session bob 1002 "$(ns_process 1002)" policy
	says 3 'alice would be denied: as many users as may be are in*' '' \
		pamlease check alice
	login one sshd alice
	ended_with PAM_PERM_DENIED one 'as many users as may be'
	no_requests || bad "$(pamlease requests)"
	all_good
}

# Runs a command as far as its first call of that name, another one, and the
# rest.  usage: between CALL COMMAND... -- COMMAND...
between() {
	run ns "$BUILD/helpers/between" "$1" 0 "${@:2}"
	echo "$output"
}

@test "a yes when a login is about to give up counts" {
	policy 'ask within 1s'
	# shellcheck disable=SC2016
	between renameat /run/stack/pamcall /run/stack sshd alice account -- \
		/bin/bash -c 'cd /run/pamlease/requests && "$0" approve ??????' \
		"$BUILD/pamlease"
	[[ $output == *'The login that waits goes on.'*'other: exit 0'* ]]
	[[ $output == *'account=PAM_SUCCESS'* ]]
	no_requests
}

@test "a no comes with its reason before the request goes" {
	waits one sshd alice
	between renameat "$BUILD/pamlease" refuse "$ID" --reason no -- \
		/bin/test -e "/run/pamlease/requests/$ID"
	[[ $output == *'other: exit 0'*'first: exit 0'* ]]
	ended_with PAM_PERM_DENIED one 'was refused: no'
	all_good
}

@test "a no while a yes is on its way counts alone" {
	waits one sshd alice
	between flock "$BUILD/pamlease" approve "$ID" -- \
		"$BUILD/pamlease" refuse "$ID"
	[[ $output == *'other: exit 0'*'first: exit 3'* ]]
	ended_with PAM_PERM_DENIED one 'was refused.'
	says 3 '' '*no lease for alice' pamlease show alice
	all_good
}

@test "grant lets in who waits, too" {
	waits one sshd alice
	pamlease grant alice --duration 1h >/dev/null
	ended_with PAM_SUCCESS one
	no_requests || bad "$(pamlease requests)"
	all_good
}

@test "what else is decided while it waits counts" {
	waits one sshd alice
	policy 'deny user alice'
	ended_with PAM_PERM_DENIED one 'why=deny'
	no_requests || bad "$(pamlease requests)"
	policy 'ask'
	waits two sshd alice
	policy 'allow'
	ended_with PAM_SUCCESS two
	policy 'ask'
	waits three sshd alice
	echo broken >"$ROOT/etc/pamlease/policy.conf"
	ended_with PAM_SYSTEM_ERR three 'why=policy-broken'
	no_requests || bad "$(pamlease requests)"
	all_good
}

@test "an ID is taken as people type it, and nothing else is" {
	local id
	waits one sshd alice
	for id in '' x 7F3K ../../x "$ID." "${ID}0" "$ID.stands"; do
		says 2 '' "pamlease: approve: not a request: '*'" \
			pamlease approve "$id"
	done
	says 2 '' 'pamlease: approve: which request?' pamlease approve
	says 2 '' '*--duration*' pamlease refuse "$ID" --duration 1h
	says 2 '' '*invalid duration*' pamlease approve "$ID" --duration 1x
	says 2 '' "*can't be printed" pamlease refuse "$ID" --reason $'a\e[31m'
	pamlease approve "$(tr 'A-Z01' 'a-zol' <<<"$ID")" >/dev/null
	ended_with PAM_SUCCESS one
	all_good
}

@test "a yes may be for another time, up to max" {
	policy 'ask for 8h' 'max 4h'
	waits one sshd alice
	says 1 '' "*longer than the policy's max of 4h 0m" \
		pamlease approve "$ID" --duration 5h
	says 0 '*\(30m 0s\).*' '' pamlease approve "$ID" --duration 30m
	ended_with PAM_SUCCESS one
	waits two sshd bob
	says 0 '*\(4h 0m\).*' '' pamlease approve "$ID"
	ended_with PAM_SUCCESS two
	all_good
}

@test "no flood: one of a user, 8 of a source, 32 in all" {
	local i start
	for ((i = 1; i <= 40; i++)); do
		echo "n$i:x:$((2000 + i)):100::/:/bin/sh"
	done >>"$ROOT/etc/passwd"
	waits n1 --rhost=10.0.0.1 sshd n1
	login again --rhost=10.0.0.1 sshd n1
	ended_with PAM_PERM_DENIED again 'too many logins wait for approval' \
		'why=ask-full' "another login of the user's waits already"
	for ((i = 2; i <= 8; i++)); do
		waits n$i --rhost=10.0.0.1 sshd n$i
	done
	login ninth --rhost=10.0.0.1 sshd n9
	ended_with PAM_PERM_DENIED ninth 'too many logins from there wait'
	for ((i = 9; i <= 32; i++)); do
		waits n$i --rhost=10.0.0.$i sshd n$i
	done
	start=${EPOCHREALTIME/./}
	login last --rhost=10.0.0.200 sshd n33
	echo "# the 33rd: $(((${EPOCHREALTIME/./} - start) / 1000)) ms"
	ended_with PAM_PERM_DENIED last 'too many logins wait already'
	[ "$(pamlease requests --json | jq length)" -eq 32 ] ||
		bad "$(pamlease requests)"
	# When one has gone there is room again.
	pamlease refuse "$(id_of n3)" >/dev/null
	waits last --rhost=10.0.0.200 sshd n33
	all_good
}

@test "auth tells nothing, and who only opens a session is refused" {
	run ns /run/stack/pamcall /run/stack sshd alice auth
	[ "$output" = 'auth=PAM_SUCCESS' ] || bad "$output"
	run ns /run/stack/pamcall /run/stack sshd alice open
	[[ $output == *'open=PAM_SESSION_ERR'* ]] || bad "$output"
	no_requests || bad "$(pamlease requests)"
	# With permissive it is only said.
	run ns /run/stack/pamcall /run/stack permissive alice account
	[[ $output == *'why=ask '*'permissive=yes'*'account=PAM_SUCCESS'* ]] ||
		bad "$output"
	no_requests || bad "$(pamlease requests)"
	all_good
}

@test "what no lease could say is not asked about" {
	local rhost
	for rhost in '*' 0.0.0.0/0 local '10.0.0.?' '!x' 'a,b' $'\e[31m' "$(printf %65s x)"; do
		login one --rhost="$rhost" sshd alice
		ended_with PAM_SYSTEM_ERR one 'why=ask-failed'
	done
	no_requests || bad "$(pamlease requests)"
	all_good
}

@test "no room for a request: refused, and nothing is left" {
	mkdir -p -m 700 "$ROOT/run/pamlease"
	ns mount -t tmpfs -o size=4k,nr_inodes=3,mode=700 none /run/pamlease
	login one sshd alice
	ns umount /run/pamlease
	ended_with PAM_SYSTEM_ERR one 'why=ask-failed'
	all_good
}

@test "a request that can't be read is told, and spoils no other" {
	waits one sshd alice
	echo x >"$REQUESTS/000000.stands"
	echo x >"$REQUESTS/stray"
	chmod 600 "$REQUESTS"/*
	says 4 "*$ID*waiting" '*' pamlease requests
	pamlease approve "$ID" >/dev/null
	ended_with PAM_SUCCESS one
	all_good
}

@test "--follow shows what comes and goes" {
	ns "$BUILD/pamlease" requests --follow >"$OUT/follow" 2>&1 &
	local follower=$!
	waits one --rhost=10.0.0.7 sshd alice
	soon grep -q "$ID waiting: alice sshd from 10.0.0.7" "$OUT/follow"
	pamlease approve "$ID" >/dev/null
	soon grep -q "$ID over: alice" "$OUT/follow"
	kill "$follower"
	wait "$follower" || :
}

# usage: as NAME COMMAND...	root who logged in as somebody
as() {
	# shellcheck disable=SC2016
	ns bash -c 'uid=$(id -u "$1") && echo "$uid" >/proc/self/loginuid &&
		exec "${@:2}"' - "$@"
}

@test "who became root answers what the policy lets them answer" {
	as alice true 2>/dev/null || skip 'no loginuid here'
	echo 'ops:x:900:bob' >>"$ROOT/etc/group"
	policy 'ask by group other,ops'
	waits one sshd alice
	says 1 '' "*nobody approves a request of their own" \
		as alice "$BUILD/pamlease" approve "$ID"
	says 1 '' "*root and members of other,ops answer request $ID" \
		as carol "$BUILD/pamlease" approve "$ID"
	says 1 '' '*root and members of*' \
		as carol "$BUILD/pamlease" refuse "$ID"
	says 0 'Lease granted for alice*' '' \
		as bob "$BUILD/pamlease" approve "$ID"
	ended_with PAM_SUCCESS one
	pamlease show alice --json | jq -e '.granted_by == "bob"'
	says 1 '' '*must be root' ns setpriv --reuid 1002 --clear-groups \
		"$BUILD/pamlease" approve "$ID"
	all_good
}
