# Logins, revocations, grants, extensions and the watchdog at the same time.
# shellcheck disable=SC2016

# Its rounds are many, and bounded in time.
# bats file_tags=noasan
load lib

# Where the module and its stack are in the namespace.
STACK=/run/stack

setup_file() {
	ns_start
	[ -n "${NS_SKIP:-}" ] || lay_ground
}
teardown_file() { ns_stop; }
setup() { ns_setup; }

# More users, so that many can race side by side: u1 is 2001 and so on.
lay_ground() {
	local dir=/proc/$NS_HOLDER/root$STACK type

	mkdir -p "$dir"
	for type in account session; do
		echo "$type required $BUILD/pam_lease.so"
	done >"$dir/sshd"
	# It would only say that there is no bus.
	ns mount -n --bind /bin/true /usr/bin/loginctl
	ns bash -c 'for i in {1..300}; do
		echo "u$i:x:$((2000 + i)):1001::/:/bin/sh"; done >>/etc/passwd'
}



SIDE_BY_SIDE=': >/run/racing
	"$0" collect u0 &
	history=$!
	for ((i = 1; i <= $1; i++)); do
		"$0" "$2" "u$i" "${@:3}" $i & racers+=($!)
	done
	wait "${racers[@]}"
	rm /run/racing
	wait "$history"'

# Runs races.sh for users u1 to uN side by side; each has its number as the last
# argument. Whatever a row says but for its numbers is wrong. Meanwhile what
# happens is moved to the history, as systemd would have it done.
# usage: races N FUNCTION [ARG...]
races() {
	run ns timeout -v 2400 bash -c "$SIDE_BY_SIDE" \
		"$BATS_TEST_DIRNAME/races.sh" "$@"
	[ "$(grep -cxE '([a-z]+ [0-9]+ ?)+' <<<"$output")" -eq "$1" ] &&
		[ "${#lines[@]}" -eq "$1" ] || bad "$(head -n 20 <<<"$output")"
}

# The sum of the numbers behind that word.
sum() { grep -o "\<$1 [0-9]*" <<<"$output" | awk '{ n += $2 } END { print n + 0 }'; }

raced() {
	local account open in

	races 20 revoke "$1"
	account=$(sum account) open=$(sum open) in=$(sum in)
	echo "# $((account + open + in)) logins: $account refused, $open refused at" \
		"their opening, $in ended, 0 survived" >&3
	# Some must have been in, and some not, or it was no race.
	[ $((account + open + in)) -eq $((20 * $1)) ] || bad "$output"
	[ "$open" -gt 0 ] && [ $((account + open)) -gt $((2 * $1)) ] &&
		[ "$in" -gt $((2 * $1)) ] || bad "no race"
	all_good
}

@test "no login survives a revocation that it raced" {
	raced 10
}

# bats test_tags=endurance
@test "10,000 logins that raced a revocation, and none survives" {
	raced 500
}

@test "a login that stops at any system call does not survive a revocation" {
	races 8 sweep 8 999 times login_revoke
	[ "$(sum calls)" -gt 400 ] || bad "$output"
	all_good
}

@test "a login at any system call of a revocation does not survive it" {
	races 8 sweep 8 96 flock revoke_login
	[ "$(sum calls)" -gt 700 ] || bad "$output"
	all_good
}

# Each pair has a limit of its own.
# bats test_tags=endurance
@test "a login that stops at any system call leaves the place to one" {
	local i

	{
		echo 'allow service sshd'
		for i in {1..8}; do
			echo "limit 1 user u$i,u$((i + 100)) service sshd"
		done
	} | policy
	races 8 sweep 8 999 times one_place
	[ "$(sum calls)" -gt 400 ] || bad "$output"
	all_good
}

# The policy in force, from what comes in.
policy() {
	mkdir -p "/proc/$NS_HOLDER/root/etc/pamlease"
	cat >"/proc/$NS_HOLDER/root/etc/pamlease/policy.conf"
}

# Fifty users for three places. usage: crowd STOPPED ROUNDS
crowd() {
	printf '%s\n' 'allow service sshd' 'limit 3 user u*' | policy
	run ns timeout -v 900 "$BUILD/helpers/crowd" "$STACK" sshd 50 3 "$1" \
		"$2" "${SEED:-1}"
	echo "# $output" >&3
	[ "$output" = "rounds $2 exact $2 more 0 fewer 0 late 0" ]
	# Nobody who was in is left in the ledger; the watchdog closes the rest.
	[ "$1" -gt 0 ] ||
		[ -z "$(ns grep -rL by=refused /run/pamlease/sessions)" ]
}

@test "fifty logins at once, and exactly as many are in as may be" {
	crowd 0 5
}

@test "fifty at once, of whom some stop and are killed" {
	crowd 8 5
}

# bats test_tags=endurance
@test "100 times fifty logins at once, and exactly as many are in" {
	crowd 0 100
}

# bats test_tags=endurance
@test "100 times fifty at once, of whom some stop and are killed" {
	crowd 8 100
}

slow() {
	races 20 slow "$1"
	[ "$(sum refused)" -eq $((20 * $1)) ] || bad "$output"
	all_good
}

@test "a login that waits between its phases is refused when it opens" {
	slow 1
}

# bats test_tags=endurance
@test "100 logins that wait between their phases, and all are refused" {
	slow 5
}

# Nobody may come who is not in, but by one service.
wind_down() {
	ns cp "$STACK/sshd" "$STACK/exempt"
	printf '%s\n' allow 'exempt service exempt' | policy
	ns touch /etc/winddown
}

# usage: last USERS ROUNDS
last() {
	local n=$(($1 * $2))

	wind_down
	races "$1" last "$2"
	ns rm /etc/winddown
	echo "# $n rounds: $(sum both) both in, $(sum one) one, $(sum none)" \
		"none; $(sum late) too late for both, 0 alone" >&3
	[ $(($(sum both) + $(sum one) + $(sum none))) -eq "$n" ] ||
		bad "$output"
	[ "$(sum both)" -gt $((n / 20)) ] && [ "$(sum none)" -gt $((n / 20)) ] &&
		[ "$(sum late)" -gt $((n / 20)) ] || bad 'no race'
	all_good
}

@test "in a wind-down the last closes while two open: nobody is in alone" {
	last 10 10
}

# bats test_tags=endurance
@test "10,000 times the last closes while two open, and nobody is in alone" {
	last 10 1000
}

# bats test_tags=plain
@test "a login at any system call of which the last closes lets nobody in" {
	wind_down
	races 8 sweep 8 999 times last_closes
	ns rm /etc/winddown
	[ "$(sum calls)" -gt 400 ] || bad "$output"
	all_good
}

# Two writers at once, and what the log says of them.
# usage: wrote ROUNDS
wrote() {
	local wrong

	run ns timeout -v 900 "$BUILD/helpers/syslogd" /bin/bash -c \
		"$SIDE_BY_SIDE" "$BATS_TEST_DIRNAME/races.sh" 20 writers "$1"
	# Each round has so many lines of the log, and the last of them is what
	# the file says; an extension never makes a lease shorter.
	wrong=$(awk '
	/pamlease: (grant|extend|revoke): user=/ {
		match($0, /user="[^"]*"/)
		user = substr($0, RSTART + 6, RLENGTH - 7)
		until = "none"
		if (match($0, /until=[^ ]*/))
			until = substr($0, RSTART + 6, RLENGTH - 6)
		if (/: extend:/ && until <= last[user])
			print user ": " last[user] " and then " $0
		last[user] = until
		said[user, ++lines[user]] = until
		next
	}
	NF == 4 && $2 ~ /^[0-9]+$/ { rows[++n] = $0; next }
	{ print }
	END {
		for (i = 1; i <= n; i++) {
			split(rows[i], row)
			at[row[1]] += row[3]
			found = said[row[1], at[row[1]]]
			if (found != row[4])
				print rows[i] ": the log says " found
		}
		if (n != '$((20 * $1))')
			print n " rounds"
	}' <<<"$output")
	[ -z "$wrong" ] || bad "$(head -n 20 <<<"$wrong")"
	all_good
}

@test "two writers at once: one order, in the file and in the log" {
	wrote 10
}

@test "what is written is in the log before the lock is let go" {
	local write

	pamlease grant u1 --duration 1h >/dev/null
	for write in 'grant u1 --force --duration 2h' 'extend u1 --duration 1h'; do
		# It stops when it is about to send its line.
		run ns "$BUILD/helpers/syslogd" "$BUILD/helpers/between" \
			sendto 0 "$BUILD/pamlease" $write -- \
			/usr/bin/flock -n /run/pamlease/.u1.lock true
		[[ $output == *'other: exit 1'*'first: exit 0'* ]] ||
			bad "$write: $output"
	done
	all_good
}

# It stops before its draft gets its name, for longer than the lease lasts.
@test "an extension that is stored too late is taken back" {
	local was end

	pamlease grant u1 --duration 2s >/dev/null
	was=$(ns cat /run/pamlease/u1.lease)
	end=$((EPOCHSECONDS + 3))
	run ns "$BUILD/helpers/between" renameat 0 "$BUILD/pamlease" extend \
		u1 --duration 1h -- /bin/bash -c \
		"until [ \$EPOCHSECONDS -ge $end ]; do sleep 0.05; done"
	echo "$output"
	[[ $output == *'the lease of u1 is over'*'first: exit 3'* ]]
	[ "$(ns cat /run/pamlease/u1.lease)" = "$was" ]
}

# bats test_tags=endurance
@test "10,000 times two writers at once" {
	wrote 500
}

# usage: twice PAIRS, in each of four places
twice() {
	local i

	run ns timeout -v 900 bash -c 'for i in 1 2 3 4; do
			unshare --mount --pid --fork --kill-child --mount-proc \
				"$0" twice "u$((2 * i))" "$1" &
		done
		wait' "$BATS_TEST_DIRNAME/races.sh" "$1"
	[ "${#lines[@]}" -eq 4 ] || bad "$(head -n 20 <<<"$output")"
	[ "$(sum warned)" -eq $((4 * $1)) ] || bad "$(sum warned) warnings"
	# Else they never met.
	[ "$(sum said)" -gt "$1" ] || bad "$(sum said) found another at work"
	echo "# $((4 * $1)) pairs, $(sum said) found the other at work" >&3
	all_good
}

@test "two watchdogs at once: one warning, one end" {
	twice 5
}

# bats test_tags=endurance
@test "1,000 times two watchdogs at once" {
	twice 250
}

@test "who hangs with a user's lock holds up nobody else, and no end" {
	local pid i took

	races 20 held
	[ "$(sum held)" -eq 20 ] || bad "$output"
	# Now all of these are due, and one whose lock is free.
	pamlease grant bob --duration 1h >/dev/null
	pid=$(ns_process 1002)
	ns_expire bob
	took=${EPOCHREALTIME/./}
	ns bash -c 'JOURNAL_STREAM=1 timeout 30 "$0" 2>/run/log; echo $? >/run/status' \
		"$BUILD/pamlease-watchdog" &
	for ((i = 0; i < 300; i++)); do
		ns_alive "$pid" || break
		sleep 0.01
	done
	! ns_alive "$pid" || bad 'who is not locked had to wait'
	! ns test -e /run/status || bad 'the watchdog did not wait'
	wait $!
	took=$(((${EPOCHREALTIME/./} - took) / 1000))
	[ "$took" -ge 5000 ] && [ "$took" -lt 12000 ] || bad "$took ms"
	[ "$(ns cat /run/status)" -ne 0 ] || bad 'status 0'
	[ "$(ns grep -c 'ended without the lock' /run/log)" -eq 20 ] ||
		bad "$(ns cat /run/log)"
	for i in {1..20}; do
		! ns "$BUILD/helpers/left" $((2000 + i)) || bad "u$i: not ended"
	done
	all_good
}

held() { ! ns flock -n "/run/pamlease/.$1.lock" true; }

# Whose lock is held for 5 s is ended without it; bob's is held since later.
@test "who hangs with a user's lock takes no other's from them" {
	local alice bob watchdog

	pamlease grant alice --duration 1h >/dev/null
	pamlease grant bob --duration 1h >/dev/null
	alice=$(ns_process 1001) bob=$(ns_process 1002)
	ns cp -p /run/pamlease/bob.lease /run/bob.lease
	ns_expire alice
	ns flock /run/pamlease/.alice.lock sleep 60 &
	soon held alice
	ns "$BUILD/pamlease-watchdog" >/dev/null 2>&1 &
	watchdog=$!
	sleep 2
	ns flock /run/pamlease/.bob.lock sleep 60 &
	soon held bob
	ns_expire bob
	soon ended "$alice"
	ns cp -p /run/bob.lease /run/pamlease/bob.lease
	wait "$watchdog" || :
	ns_alive "$bob"
}

# usage: late USERS ROUNDS
late() {
	local extended refused

	ns bash -c ': >/run/go; while [ -e /run/go ]; do "$0"; done' \
		"$BUILD/pamlease-watchdog" >/dev/null 2>&1 &
	races "$1" late "$2"
	ns rm /run/go
	extended=$(sum extended) refused=$(sum refused)
	echo "# $extended extended and alive, $refused refused and ended," \
		"$(sum rest) too slow to be in" >&3
	[ "$extended" -gt $(($1 * $2 / 10)) ] &&
		[ "$refused" -gt $(($1 * $2 / 10)) ] || bad "no race: $output"
	all_good
}

@test "an extension at the deadline: extended and alive, or refused and ended" {
	late 40 1
}

# bats test_tags=endurance
@test "10,000 extensions at the deadline" {
	late 200 50
}

# Of as many at once as may wait. usage: limit USERS ROUNDS
limit() {
	echo 'ask within 1s' | policy
	races "$1" limit "$2"
	echo "# $(sum in) goes on and is in, $(sum late) too late and a lease" \
		"for the next, $(sum none) without a request" >&3
	[ $(($(sum in) + $(sum late) + $(sum none))) -eq $(($1 * $2)) ] ||
		bad "$output"
	[ "$(sum in)" -gt $(($1 * $2 / 10)) ] &&
		[ "$(sum late)" -gt $(($1 * $2 / 10)) ] || bad 'no race'
	all_good
}

@test "a yes at the time limit: who waits is in, or it is for the next" {
	limit 10 5
}

# bats test_tags=endurance
@test "1,000 times a yes at the time limit" {
	limit 30 34
}

# usage: yes_no USERS ROUNDS
yes_no() {
	echo 'ask within 90s' | policy
	races "$1" yes_no "$2"
	echo "# $(sum yes) yes, $(sum no) no" >&3
	[ $(($(sum yes) + $(sum no))) -eq $(($1 * $2)) ] || bad "$output"
	[ "$(sum yes)" -gt $(($1 * $2 / 20)) ] &&
		[ "$(sum no)" -gt $(($1 * $2 / 20)) ] || bad 'no race'
	all_good
}

@test "a yes and a no at once: exactly one counts" {
	yes_no 10 10
}

@test "many ask at once, and no more wait than may" {
	echo 'ask within 1s' | policy
	races 1 flood 3 20 10.0.0.1 8
	races 1 flood 2 50 '' 32
	all_good
}

# bats test_tags=endurance
@test "1,000,000 reads of a lease while it is replaced, and none is torn" {
	run env READS=1000000 CMOCKA_MESSAGE_OUTPUT=TAP "$BUILD/unit/test_torn"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output != *SKIP* && $output =~ ([0-9]+)\ reads,\ 0\ torn ]]
	[ "${BASH_REMATCH[1]}" -ge 1000000 ]
	echo "# ${BASH_REMATCH[0]}" >&3
}
