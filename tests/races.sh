#!/bin/bash
#
# races.sh - races of one user in a namespace of the tests; each function below
# that is no helper is one, called by its name.
#
# usage: races.sh FUNCTION USER [ARG...]
#
# With a line on standard error for whatever went wrong, and one of numbers at
# the end.

set -u

what=$1 user=$2 uid=$((2000 + ${2#u}))
shift 2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# A descriptor from which nothing ever comes: read -t waits on it.
mkfifo "$dir/never"
exec 9<>"$dir/never"
# One on which a login hears that it may go on.
mkfifo "$dir/go"
exec 8<>"$dir/go"

pamlease() { "$BUILD/pamlease" "$@"; }
bad() { echo "$what $user: $*" >&2; }
# usage: pause MICROSECONDS
pause() {
	local seconds

	printf -v seconds '%d.%06d' $(($1 / 1000000)) $(($1 % 1000000))
	read -r -t "$seconds" -u 9
}

# usage: log_in [MICROSECONDS|-]; its pid is in $login
log_in() {
	# What the last one said is not this one's.
	: >"$dir/login"
	"$BUILD/helpers/login" /run/stack sshd "$user" "${1:-0}" 0 \
		<&8 >"$dir/login" 2>&1 &
	login=$!
}

# A process that nobody has waited for yet has no program.
lives() { [ -e "/proc/$1/exe" ]; }

# usage: outlives PID MILLISECONDS
outlives() {
	local end=$((${EPOCHREALTIME/./} + $2 * 1000))

	while lives "$1"; do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || return 0
		pause 2000
	done
	return 1
}

# Nothing of the user's may be there, nor come. Arguments: what this is about.
none_left() {
	if "$BUILD/helpers/left" "$uid" >"$dir/left"; then
		bad "$*: $(<"$dir/left") survived"
		sed 's/process //' "$dir/left" | xargs kill -KILL
	fi
}

# Moves what happens to the history, until the race is over.
collect() {
	while [ -e /run/racing ]; do
		"$BUILD/pamlease-watchdog" --history
	done
}

# Logins that race a revocation. Arguments: how many, and a seed.
revoke() {
	local i said account=0 open=0 in=0 span=2000 lag=1000 n=$1

	RANDOM=$2
	for ((i = 0; i < n; i++)); do
		pamlease grant "$user" --duration 1h >/dev/null ||
			bad "grant: $?"
		log_in $((RANDOM * lag / 32768))
		pause $((RANDOM * span / 32768))
		said=$(pamlease revoke "$user" 2>"$dir/err") ||
			bad "round $i: revoke: $? $(<"$dir/err")"
		outlives $login 5000 && bad "round $i: login stays"
		wait $login
		case $? in
		1) account=$((account + 1)) ;;
		2) open=$((open + 1)) ;;
		*) in=$((in + 1)) ;;
		esac
		# So that about half of them are in, however busy the machine.
		case $said in
		*terminated*)
			span=$((span * 90 / 100 + 10))
			lag=$((lag * 110 / 100 + 10))
			;;
		*)
			span=$((span * 110 / 100 + 10))
			lag=$((lag * 90 / 100 + 10))
			;;
		esac
		none_left "round $i: $said"
	done
	echo "account $account open $open in $in"
}

# A login that waits between its two phases while the lease is revoked.
# Argument: how many.
slow() {
	local i n=$1 refused=0

	for ((i = 0; i < n; i++)); do
		pamlease grant "$user" --duration 1h >/dev/null ||
			bad "grant: $?"
		log_in -
		until grep -qs account=0 "$dir/login"; do pause 5000; done
		pamlease revoke "$user" >/dev/null || bad "revoke: $?"
		echo >&8
		outlives $login 5000 && bad "round $i: login stays"
		# 14 is PAM_SESSION_ERR.
		grep -qx open=14 "$dir/login" && refused=$((refused + 1))
		none_left "round $i"
	done
	echo "refused $refused"
}

# Runs `between' at each system call of one program, of which this one takes
# each STEPth from the FIRSTth on, up to LAST. Prints where it ended.
# usage: sweep STEP LAST MARK FUNCTION FIRST
sweep() {
	local step=$1 last=$2 mark=$3 way=$4 n=$(($5 - 1)) status=0

	while [ "$status" -eq 0 ] && [ "$n" -lt "$last" ]; do
		# It says that there is a wind-down.
		pamlease grant "$user" --duration 1h --force >/dev/null \
			2>"$dir/err" || bad "grant: $? $(<"$dir/err")"
		"$way" "$mark" "$n"
		status=$?
		n=$((n + step))
	done
	echo "calls $((n - step))"
}

# A login stops at its N-th call, and the lease is revoked.
login_revoke() {
	local status

	"$BUILD/helpers/between" "$1" "$2" "$BUILD/helpers/login" /run/stack \
		sshd "$user" 0 0 -- "$BUILD/pamlease" revoke "$user" \
		>"$dir/out" 2>&1
	status=$?
	grep -q '^other: exit 0$' "$dir/out" || [ "$status" -eq 1 ] ||
		bad "call $2: $(<"$dir/out")"
	grep -q '^first: stays' "$dir/out" && bad "call $2: the login stays"
	none_left "call $2"
	return $status
}

# A revocation stops at its N-th call, and somebody logs in, who is not yet the
# user when it goes on.
revoke_login() {
	local status pid

	"$BUILD/helpers/between" "$1" "$2" "$BUILD/pamlease" revoke "$user" \
		-- "$0" enter "$user" >"$dir/out" 2>&1
	status=$?
	grep -q '^first: exit 0$' "$dir/out" || bad "call $2: $(<"$dir/out")"
	pid=$(sed -n 's/^login //p' "$dir/out")
	outlives "$pid" 2000 && bad "call $2: the login stays" &&
		kill -KILL "$pid"
	none_left "call $2"
	return $status
}

# Logs in, and returns when that is decided.
enter() {
	local said

	exec 3< <(exec "$BUILD/helpers/login" /run/stack sshd "$user" 0 \
		10000000)
	echo "login $!"
	while read -r said <&3; do
		[[ $said != open=0 ]] || break
	done
	echo "entered $said"
	return 0
}

# A login stops at its N-th call, and another comes for the same place. One of
# them is in, and the one that stops holds up nobody.
one_place() {
	local status pid n=0 other=u$((uid - 2000 + 100))

	"$BUILD/helpers/between" "$1" "$2" "$BUILD/helpers/login" /run/stack \
		sshd "$user" 0 end -- /usr/bin/timeout 20 "$0" enter \
		"$other" >"$dir/out" 2>&1
	status=$?
	[ "$status" -eq 1 ] || grep -q '^other: exit 0$' "$dir/out" ||
		bad "call $2: $(<"$dir/out")"
	! grep -qx 'open=0' "$dir/out" || n=$((n + 1))
	! grep -qx 'entered open=0' "$dir/out" || n=$((n + 1))
	[ "$n" -eq 1 ] || bad "call $2: $n are in: $(<"$dir/out")"
	pid=$(sed -n 's/^login //p' "$dir/out")
	if [ -n "$pid" ]; then
		kill -KILL "$pid" 2>/dev/null
		outlives "$pid" 5000 && bad "call $2: $other stays"
	fi
	grep -slxE "user=($user|$other)" /run/pamlease/sessions/* | xargs -r rm
	return $status
}

# usage: together COMMAND-LINE COMMAND-LINE; words without blanks
# Runs two subcommands at once; their exit statuses are in $a and $b.
together() {
	local first

	# shellcheck disable=SC2086
	pamlease $1 >/dev/null 2>>"$dir/err" &
	first=$!
	# shellcheck disable=SC2086
	pamlease $2 >/dev/null 2>>"$dir/err"
	b=$?
	wait $first
	a=$?
}

# The lease: $end by the boot clock, $until and $reason; or nothing.
look() {
	local text

	end='' until=none reason=''
	text=$(cat "/run/pamlease/$user.lease" 2>/dev/null) || return 0
	[[ $text =~ expires_boottime\":[[:space:]]*([0-9]+) ]] &&
		end=${BASH_REMATCH[1]}
	[[ $text =~ expires_at\":[[:space:]]*\"([^\"]+) ]] &&
		until=${BASH_REMATCH[1]}
	[[ $text =~ reason\":[[:space:]]*\"([^\"]+) ]] &&
		reason=${BASH_REMATCH[1]}
	pamlease show "$user" >/dev/null || bad "round $i: $text"
}

# Two writers at once. Arguments: how many times. Prints for each time how many
# lines it must have in the log, and what is in the file behind it.
writers() {
	local n=$1 i a b end until reason before
	local one two extend force revoke="revoke $user"

	for ((i = 0; i < n; i++)); do
		one="grant $user --duration 1h --reason a$i"
		two="grant $user --duration 2h --reason b$i"
		force="$one --force"
		extend="extend $user --duration"
		[ $((i % 5)) -eq 0 ] && rm -f "/run/pamlease/$user.lease" ||
			pamlease grant "$user" --duration 1h --force >/dev/null
		look
		before=$end
		case $((i % 5)) in
		0) together "$one" "$two" ;;
		1) together "$extend 1m" "$extend 1h" ;;
		2) together "$extend 1m" "$revoke" ;;
		3) together "$force" "$revoke" ;;
		4) together "$extend 1m" "$force" ;;
		esac
		look
		case $((i % 5)):$a:$b in
		0:0:1) [ "$reason" = "a$i" ] ;;
		0:1:0) [ "$reason" = "b$i" ] ;;
		1:0:0) [ "$end" -eq $((before + 3660)) ] ;;
		1:0:5) [ "$end" -eq $((before + 60)) ] ;;
		1:5:0) [ "$end" -eq $((before + 3600)) ] ;;
		2:[035]:0) [ "$until" = none ] ;;
		3:0:0) [ "$reason" = "a$i" ] || [ "$until" = none ] ;;
		4:0:0) [ "$reason" = "a$i" ] ;;
		*) false ;;
		esac || bad "round $i: $a $b: $until $reason $(<"$dir/err")"
		echo "$user $i $((!(i % 5 == 0) + !a + !b)) $until"
	done
}

# Has the lease be over by the boot clock.
overdue() {
	sed -i 's/\("expires_boottime":[^0-9]*\)[0-9]*/\11/' \
		"/run/pamlease/$1.lease"
}

# A process of that user's that stays; its pid is in $pid.
sleeper() {
	setpriv --reuid "$1" --regid 1001 --clear-groups sleep infinity &
	pid=$!
	disown
	until "$BUILD/helpers/left" "$1" >/dev/null; do pause 1000; done
}

watchdog() { JOURNAL_STREAM=1 "$BUILD/pamlease-watchdog" 2>"$dir/$1"; }

# Two watchdogs at once, with one user to warn and another to end. Arguments:
# how many times. In namespaces of its own: a watchdog looks at all users.
twice() {
	local n=$1 i k pid log other=$((uid + 1)) warned=0 said=0

	mount -n -t tmpfs -o mode=0755 tmpfs /run
	mount -n -t devpts -o newinstance,ptmxmode=0666 devpts /dev/pts
	script -q -f -c 'tty >/run/tty; exec sleep infinity' "$dir/typescript" \
		<&9 >/dev/null &
	until [ -s /run/tty ]; do pause 5000; done
	chown "$uid" "$(</run/tty)"
	for ((i = 1; i <= n; i++)); do
		pamlease grant "$user" --duration 150s --force >/dev/null
		rm -f "/run/pamlease/$user.warned"
		pamlease grant "u$((other - 2000))" --duration 1h >/dev/null ||
			bad "grant: $?"
		overdue "u$((other - 2000))"
		sleeper "$other"
		watchdog a &
		watchdog b || bad "round $i: watchdog: $?"
		wait $! || bad "round $i: watchdog: $?"
		log=$(cat "$dir/a" "$dir/b")
		[ "$(grep -c ' warned' <<<"$log")" -eq 1 ] &&
			[ "$(grep -c ' ended' <<<"$log")" -eq 1 ] &&
			[ ! -e "/run/pamlease/u$((other - 2000)).lease" ] ||
			bad "round $i: $log"
		[[ $log != *'another run'* ]] || said=$((said + 1))
		outlives "$pid" 1000 && bad "round $i: not ended"
		# Who copies it there may not have done so yet.
		for ((k = 0; k < 1000; k++)); do
			warned=$(grep -c 'Your session expires in' \
				"$dir/typescript")
			[ "$warned" -lt "$i" ] || break
			pause 5000
		done
		[ "$warned" -eq "$i" ] || bad "round $i: $warned warnings"
	done
	echo "warned $warned said $said"
}

# Somebody who hangs with the user's lock, for good: a process that is stopped,
# or a command, at any system call.
# shellcheck disable=SC2016
hang() {
	if [ $(($1 % 2)) -eq 0 ]; then
		flock "/run/pamlease/.$user.lock" bash -c ': >"$0"
			kill -STOP $$' "$dir/hangs" &
	else
		"$BUILD/helpers/between" flock "$1" "$BUILD/pamlease" extend \
			"$user" --duration 1m -- /bin/bash -c ': >"$0"
			exec sleep infinity' "$dir/hangs" &
	fi >/dev/null 2>&1
	until [ -e "$dir/hangs" ]; do pause 5000; done
}

# What goes on while somebody hangs with the user's lock. What is left behind:
# a session, and whoever hangs.
held() {
	local other=u$((uid - 2000 + 100)) before took

	pamlease grant "$user" --duration 1h >/dev/null || bad "grant: $?"
	hang "$1"
	before=${EPOCHREALTIME/./}
	log_in
	until grep -qs open= "$dir/login"; do pause 5000; done
	grep -qx open=0 "$dir/login" || bad "$(<"$dir/login")"
	pamlease grant "$other" --duration 1h >/dev/null || bad "grant: $?"
	sleeper $((uid + 100))
	pamlease revoke "$other" >/dev/null || bad "revoke of another: $?"
	outlives "$pid" 1000 && bad 'another is not ended'
	took=$((${EPOCHREALTIME/./} - before))
	[ "$took" -lt 4000000 ] || bad "$took us"
	before=${EPOCHREALTIME/./}
	pamlease revoke "$user" >/dev/null 2>&1
	[ $? -eq 5 ] || bad "revoke: not busy"
	took=$((${EPOCHREALTIME/./} - before))
	[ "$took" -lt 9000000 ] || bad "revoke: busy after $took us"
	"$BUILD/helpers/left" "$uid" >/dev/null || bad 'ended in spite of all'
	overdue "$user"
	echo "held 1"
}

# Goes on while another has the user's lock, as the watchdog may where all at
# once have to end.
patiently() {
	local status=5

	while [ "$status" -eq 5 ]; do
		pamlease "$@" >"$dir/err" 2>&1
		status=$?
	done
	return "$status"
}

# Extensions up to a second before the end of a lease and after, while a
# watchdog runs. Arguments: how many, and a seed.
late() {
	local n=$1 i end after status extended=0 refused=0 rest=0

	RANDOM=$2
	# Not all users in step.
	pause $((RANDOM * 91))
	for ((i = 0; i < n; i++)); do
		end=$((EPOCHSECONDS * 1000000 + 2000000))
		patiently grant "$user" --duration 2s --force ||
			bad "grant: $?"
		log_in
		after=$((end - 1000000 + RANDOM * 61 - ${EPOCHREALTIME/./}))
		[ "$after" -le 0 ] || pause "$after"
		pamlease extend "$user" --duration 1h >/dev/null 2>"$dir/err"
		status=$?
		after=$((end + 1200000 - ${EPOCHREALTIME/./}))
		if ! grep -qs open=0 "$dir/login"; then
			# So slow a login was none.
			rest=$((rest + 1))
		elif [ "$status" -eq 0 ]; then
			extended=$((extended + 1))
			[ "$after" -le 0 ] || pause "$after"
			lives $login ||
				bad "round $i: extended and ended"
		elif [ "$status" -eq 3 ] || [ "$status" -eq 5 ]; then
			refused=$((refused + 1))
			outlives $login 15000 &&
				bad "round $i: refused and not ended"
		else
			bad "round $i: extend: $status: $(<"$dir/err")"
		fi
		{ kill -KILL $login; wait $login; } 2>/dev/null
	done 2>&1
	echo "extended $extended refused $refused rest $rest"
}

# Logins of which what they print is read from a descriptor of their own, and
# which wait for a byte on another.
declare -A says hears pids

# usage: login_pipes NAME...
login_pipes() {
	local name says_fd hears_fd

	for name; do
		mkfifo "$dir/$name.says" "$dir/$name.hears"
		exec {says_fd}<>"$dir/$name.says" {hears_fd}<>"$dir/$name.hears"
		says[$name]=$says_fd hears[$name]=$hears_fd
	done
}

# usage: come NAME SERVICE WAIT
come() {
	"$BUILD/helpers/login" /run/stack "$2" "$user" "$3" close \
		<&"${hears[$1]}" >&"${says[$1]}" 2>&1 &
	pids[$1]=$!
}

# Waits for a line KEY=VALUE, and sets value.  usage: heard NAME KEY
heard() {
	while read -r -t 20 value <&"${says[$1]}"; do
		[[ $value != "$2="* ]] || { value=${value#*=}; return; }
	done
	bad "$1: no $2="
	value=-1
}

# One to which a byte is sent goes on.
go_on() { printf x >&"${hears[$1]}"; }

# Who is refused closes nothing.
forget() {
	grep -lsx "user=$user" /run/pamlease/sessions/* | xargs -r rm -f
}

# The session that an exempt service let in, while nobody else may come.
last_in() {
	come last exempt 0
	heard last open
	[ "$value" -eq 0 ] || bad "the last one: open=$value"
}

# A zombie counts for nothing, but who has no other process takes a while to
# look for then; it stays until $zombie is killed.
make_zombie() {
	local pid=

	bash -c 'setpriv --reuid "$0" sleep 0.1 & exec sleep infinity' "$uid" &
	zombie=$!
	until [ -n "$pid" ] && grep -q '^State:.Z' "/proc/$pid/status"; do
		pause 5000
		read -r pid <"/proc/$zombie/task/$zombie/children"
	done
}

# The last session and two others go on in some order, and soon after each other
# or not.  Argument: how far apart, at most.
go_on_all() {
	local order=$((RANDOM % 3)) name names=(a b)

	names=("${names[@]:0:order}" last "${names[@]:order}")
	for name in "${names[@]}"; do
		for ((lag = RANDOM % $1; lag > 0; lag--)); do :; done
		go_on "$name"
	done
}

# In a wind-down the last session closes while two others open: who gets in has
# begun before it had closed, or somebody else has who got in. Arguments: how
# many, and a seed. Says in how many rounds both, one or none was in, and in how
# many nobody could be, who began too late.
last() {
	local n=$1 i x closed in early late lag zombie
	local -A open began
	local in0=0 in1=0 in2=0 toolate=0

	RANDOM=$2
	login_pipes last a b
	make_zombie
	for ((i = 0; i < n; i++)); do
		last_in
		for x in a b; do
			come $x sshd -
		done
		for x in a b; do
			heard $x account
		done
		go_on_all 1000
		heard last closed
		closed=$value in=0 early=0 late=0
		for x in a b; do
			heard $x began
			began[$x]=$value
			heard $x open
			open[$x]=$value
			[ "${began[$x]}" -le "$closed" ] || late=$((late + 1))
			[ "$value" -eq 0 ] || continue
			in=$((in + 1))
			[ "${began[$x]}" -gt "$closed" ] || early=1
		done
		[ "$in" -eq 0 ] || [ "$early" -eq 1 ] ||
			bad "round $i: closed=$closed: ${began[*]}: ${open[*]}"
		[ "$late" -lt 2 ] || toolate=$((toolate + 1))
		eval "in$in=\$((in$in + 1))"
		for x in a b; do
			[ "${open[$x]}" -ne 0 ] || go_on $x
		done
		wait "${pids[@]}"
		[ "$in" -eq 2 ] || rm -f "/run/pamlease/sessions/${pids[a]}"-* \
			"/run/pamlease/sessions/${pids[b]}"-*
	done
	kill "$zombie"
	echo "none $in0 one $in1 both $in2 late $toolate"
}

# A login stops at its N-th call; the last session closes, and another login of
# the same user comes, is answered and ends. Who came so late is in only if the
# one who stopped is.
last_closes() {
	local status

	[ -n "${says[last]-}" ] || login_pipes last
	last_in
	"$BUILD/helpers/between" "$1" "$2" "$BUILD/helpers/login" /run/stack \
		sshd "$user" 0 close -- /bin/bash -c '
		printf x >&"$2"
		until read -r -t 20 closed <&"$3" &&
		    [[ $closed = closed=* ]]; do :; done
		"$BUILD/helpers/login" /run/stack sshd "$0" 0 close >"$1"' \
		"$user" "$dir/late" "${hears[last]}" "${says[last]}" \
		>"$dir/out" 2>&1 </dev/null
	status=$?
	[ "$status" -eq 0 ] || go_on last
	wait "${pids[last]}"
	if [ "$status" -eq 0 ] && grep -qx open=0 "$dir/late" &&
	    ! grep -qx open=0 "$dir/out"; then
		bad "call $2: who came late is in alone: $(<"$dir/out")"
	fi
	forget
	return "$status"
}

# usage: ask
# A login that asks; $id is its request when this returns, and descriptor 4 has
# the rest of what it says.
ask() {
	local said

	id=
	exec 4< <(exec "$BUILD/helpers/pamcall" --no-log /run/stack sshd \
		"$user" account 2>&1)
	while read -r -t 20 said <&4; do
		[[ $said =~ \(request\ ([0-9A-Z]{6})\) ]] || continue
		id=${BASH_REMATCH[1]}
		return
	done
	bad "no request"
	return 1
}

# How that login ended: $ended, a PAM return code, and $told.
heard_end() {
	ended='' told=''
	while read -r -t 20 ended <&4 && [[ $ended != account=* ]]; do
		told+=$ended
	done
	exec 4<&-
	ended=${ended#account=}
}

# Whatever came of it, nobody waits any more.
no_request() {
	! grep -lsx "user=$user" /run/pamlease/requests/* ||
		bad "round $i: a request is left"
}

# A yes at about the time limit of a login, which is a second.  What the yes
# says of the login and what it leaves is so. Arguments: how many, and a seed.
limit() {
	local i n=$1 id ended told status in=0 late=0 none=0 after=950000
	local lease=/run/pamlease/$user.lease

	RANDOM=$2
	pause $((RANDOM * 30))
	for ((i = 0; i < n; i++)); do
		ask || continue
		pause $((after + RANDOM * 6))
		pamlease approve "$id" >"$dir/out" 2>&1
		status=$?
		heard_end
		case $status-$(tail -n 1 "$dir/out") in
		"0-The login that waits goes on.")
			in=$((in + 1)) after=$((after + 20000))
			[ "$ended" = PAM_SUCCESS ] ;;
		"0-No login waits: the next one gets in.")
			late=$((late + 1)) after=$((after - 20000))
			[ "$ended" = PAM_PERM_DENIED ] ;;
		3-*"no request $id"*)
			none=$((none + 1))
			[ "$ended" = PAM_PERM_DENIED ] ;;
		*) false ;;
		esac || bad "round $i: $ended: $status: $(<"$dir/out")"
		[ "$status" -eq 3 ] || [ -e "$lease" ] ||
			bad "round $i: no lease: $(<"$dir/out")"
		[ "$status" -eq 0 ] || [ ! -e "$lease" ] ||
			bad "round $i: a lease: $(<"$dir/out")"
		no_request
		rm -f "$lease"
	done
	echo "in $in late $late none $none"
}

# A yes and a no at once: one of them counts, and the other is told.
# Arguments: how many, and a seed.
yes_no() {
	local i a b n=$1 id ended told lag yes=0 no=0
	local lease=/run/pamlease/$user.lease

	RANDOM=$2
	for ((i = 0; i < n; i++)); do
		ask || continue
		: >"$dir/err"
		if [ $((RANDOM % 2)) -eq 0 ]; then
			together "approve $id" "refuse $id --reason no$i"
		else
			together "refuse $id --reason no$i" "approve $id"
			lag=$a a=$b b=$lag
		fi
		heard_end
		case $a-$b-$ended in
		0-3-PAM_SUCCESS)
			yes=$((yes + 1))
			[ -e "$lease" ] ;;
		3-0-PAM_PERM_DENIED)
			no=$((no + 1))
			[ ! -e "$lease" ] && [[ $told == *"refused: no$i"* ]] ;;
		*) false ;;
		esac || bad "round $i: $a $b $ended: $told $(<"$dir/err")"
		no_request
		rm -f "$lease"
	done
	echo "yes $yes no $no"
}

# Logins of many users at once: no more of them wait than may, and all others
# are told.  Arguments: rounds, logins, remote host, how many may wait.
flood() {
	local i j n=$1 logins=$2 rhost=$3 may=$4 wait full

	for ((i = 0; i < n; i++)); do
		for ((j = 1; j <= logins; j++)); do
			"$BUILD/helpers/pamcall" --no-log --rhost="$rhost" \
				/run/stack sshd "u$j" account \
				>"$dir/said-$j" 2>&1 &
		done
		wait
		wait=$(grep -l 'Waiting for approval' "$dir"/said-* | wc -l)
		full=$(grep -l 'too many logins wait' "$dir"/said-* | wc -l)
		[ "$wait" -le "$may" ] && [ $((wait + full)) -eq "$logins" ] ||
			bad "round $i: $wait wait, $full are too many"
		rm -f /run/pamlease/requests/*
	done
	echo "rounds $n"
}

"$what" "$@"
