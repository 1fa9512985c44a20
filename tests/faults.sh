#!/bin/bash
#
# Runs a command again and again from the same starting state, each time with a
# fault at another point, and looks at what it leaves.  Prints a line for each
# thing that is wrong, and at the end "points N".  Runs in the namespaces of
# faults.bats.
#
# usage: faults.sh JOB kill all|own|some	killed at a system call
#	 faults.sh JOB error all|some		a system call fails
#	 faults.sh JOB memory all		an allocation fails, or all do
#	 faults.sh JOB short all		files go through a byte at a time
#
# all: every one, those of the loader too, every error; own: those of the
# command; some: where it changes something, one of the errors.

set -u
shopt -s nullglob dotglob

state=/run/pamlease copies=/var/lib/pamlease
work=/run/faults saved=/run/faults/ground
lease=$state/alice.lease copy=$copies/alice.lease
exe=$BUILD/pamlease dog=$BUILD/pamlease-watchdog
errors=(ENOSPC EIO EDQUOT EROFS EMFILE EINTR)
leader='' login='' seen=0 points=0

wrong() { echo "$job $point: $*"; }
is_dead() { ! kill -0 "$1" 2>/dev/null; }

# Until it is so, 5 s at most.
settle() {
	local i

	for ((i = 0; i < 500; i++)); do
		"$@" && return
		read -r -t 0.01 <>"$work/never"
	done
	return 1
}

# A process of alice's that stays, and its entry in the ledger.
session() {
	local stat

	if [ -z "$leader" ] || is_dead "$leader"; then
		setpriv --reuid 1001 --regid 1001 --clear-groups \
			sleep infinity >/dev/null 2>&1 &
		leader=$!
		disown
	fi
	stat=$(</proc/"$leader"/stat)
	# shellcheck disable=SC2086
	set -- ${stat##*) }
	mkdir -p "$state/sessions"
	printf '%s\n' version=1 user=alice uid=1001 service=sshd tty=ssh \
		rhost=10.0.0.7 by=lease opened="${EPOCHSECONDS}" \
		opened_boot="$(cut -d. -f1 /proc/uptime)" \
		>"$state/sessions/$leader-${20}"
}

# Somebody who logs in and waits for a yes, as request $id.
asks() {
	: >"$work/login"
	"$BUILD/helpers/pamcall" --no-log "$work/stack" sshd alice account \
		>"$work/login" 2>&1 </dev/null &
	login=$!
	disown
	settle grep -q Waiting "$work/login" || wrong 'no request'
	id=$(sed -n 's/.*(request \(.*\)).*/\1/p' "$work/login")
	command[2]=$id
}

# They are told so, and nothing of theirs is left.  usage: answered CODE
answered() {
	settle is_dead "$login" || wrong "$1: still waits"
	grep -qx "account=$1" "$work/login" || wrong "$1: $(<"$work/login")"
	"$exe" requests >/dev/null || wrong "requests: $?"
	set -- "$state"/requests/*
	[ $# -eq 0 ] || wrong "left: $*"
}

# A terminal of alice's; what it shows goes to $work/shown.
terminal() {
	mkdir -m 777 "$work/tty"
	setpriv --reuid 1001 --regid 1001 --clear-groups script -qfc \
		'sleep infinity' "$work/tty/shown" <>"$work/never" \
		>/dev/null 2>&1 &
	disown
	settle test -O /dev/pts/0 -o -e /dev/pts/0
}

# How often it has been warned: all that was written before has come through.
warnings() {
	local mark="mark $RANDOM$RANDOM"

	echo "$mark" >/dev/pts/0
	settle grep -q "$mark" "$work/tty/shown"
	grep -c 'session expires in' "$work/tty/shown"
}

grant() { "$exe" grant alice --reason old "$@" >/dev/null || wrong "ground"; }
over() {
	jq '.issued_at = (now - 1200 | todate) | .expires_boottime = 1 |
		.expires_at = (now - 600 | todate)' "$lease" >"$work/over"
	cat "$work/over" >"$lease"
}

# The grounds: what is there before the command runs, laid once and then copied.
lay_none() { :; }
lay_lease() { grant --duration 1h; }
lay_kept() { grant --duration 1h --keep; }
lay_over() { lay_kept; over; }
lay_tomb() { lay_lease; mv "$lease" "$state/alice.revoked"; }
lay_boot() {
	lay_kept
	rm -r "$state"
	sed -i 's/"boot_id":.*/"boot_id": "00000000-0000-0000-0000-000000000000",/' \
		"$copy"
}
lay_drafts() {
	lay_kept
	echo half >"$state/.tmp-1-1-0"
	echo half >"$copies/.tmp-1-1-0"
	echo half >"$state/sessions/.tmp-1-1-0"
}
lay_asked() {
	mkdir -p "$work/stack" /etc/pamlease "$state"
	echo "account required $BUILD/pam_lease.so" >"$work/stack/sshd"
	echo 'ask within 90s' >/etc/pamlease/policy.conf
}
lay_dead() {
	lay_lease
	echo broken >"$work/empty"
	printf '%s\n' version=1 user=alice uid=1001 service=sshd tty=ssh \
		rhost=10.0.0.7 by=lease opened=1 opened_boot=1 \
		>"$state/sessions/1-1"
}

# JOB: its ground, what else is on it, what it does to the lease, the command.
jobs='
grant		none	-	write	grant alice --duration 2h --reason new
force		lease	-	write	grant alice --force --duration 2h --reason new
keep		none	-	write	grant alice --keep --duration 2h --reason new
force-keep	kept	-	write	grant alice --keep --force --duration 2h --reason new
unkeep		kept	-	write	grant alice --force --duration 2h --reason new
extend		lease	-	write	extend alice --duration 1h
extend-kept	kept	-	write	extend alice --duration 1h
revoke		lease	-	revoke	revoke alice
revoke-kept	kept	-	revoke	revoke alice
revoke-session	kept	session	revoke	revoke alice
revoke-leave	kept	session	leave	revoke alice --keep-sessions
approve		asked	login	approve	approve ID
refuse		asked	login	refuse	refuse ID --reason no
warn		-	tty	warn	-
expire		over	session	end	-
tombstone	tomb	session	end	-
dead		dead	-	close	-
restore		boot	-	restore	- --restore
sweep		drafts	-	sweep	-
list		lease	session	read	list
list-json	lease	session	read	list --json
show		kept	-	read	show alice
show-json	kept	-	read	show alice --json
sessions	lease	session	read	sessions
sessions-json	lease	session	read	sessions --json
check		lease	-	read	check alice
check-json	lease	-	read	check alice --json
'

# Whoever waited before writes no more.
dismiss() {
	[ -n "$login" ] && kill -KILL "$login" 2>/dev/null || return 0
	settle is_dead "$login" || wrong 'the login stays'
}

# The state before each run.
fresh() {
	dismiss
	rm -rf "$state" "$copies"
	[ ! -e "$saved/state" ] || cp -a "$saved/state" "$state"
	[ ! -e "$saved/copies" ] || cp -a "$saved/copies" "$copies"
	# They would have waited for long.
	rm -rf "$state/events"
	if [ "$ground" = - ]; then
		"$exe" grant alice --duration 4m --reason old >/dev/null
		old=$(<"$lease")
	fi
	[ "$extra" != session ] || session
	[ "$extra" != login ] || asks
}

# Without what differs between two grants: the times, and who granted it where
# that could not be told.
shape() {
	REPLY=
	[[ $1 =~ (.*\"granted_by\":)[^,]*(,.*) ]] &&
		REPLY=${BASH_REMATCH[1]}${BASH_REMATCH[2]}
	[[ $REPLY =~ (.*\"request\ )[0-9A-Z]{6}(\".*) ]] &&
		REPLY=${BASH_REMATCH[1]}${BASH_REMATCH[2]}
	REPLY=${REPLY//[0-9]/0}
}

# Is the file the old one, the new one, not there, or something else?
which() {
	local text

	if [ ! -e "$1" ]; then
		REPLY=none
		return
	fi
	text=$(<"$1") 2>/dev/null
	case $text in
	"$old") REPLY=old ;;
	"$new") REPLY=new ;;
	*)
		shape "$text"
		case $REPLY in
		'' | "$old_shape") REPLY=bad ;;
		"$new_shape") REPLY=new ;;
		*) REPLY=bad ;;
		esac ;;
	esac
}

look() {
	which "$lease" && run=$REPLY
	which "$copy" && kept=$REPLY
	tomb=none
	[ ! -e "$state/alice.revoked" ] || tomb=there
	drafts=("$state"/.tmp* "$state"/sessions/.tmp* "$copies"/.tmp*
		"$state"/requests/.tmp*)
	entries=("$state"/sessions/[0-9]*)
	found="lease $run, copy $kept, tombstone $tomb, drafts ${#drafts[*]}"
}

# Nothing is there that does not belong there.
look_clean() {
	local file

	look
	[ ${#drafts[*]} -eq 0 ] || wrong "$1: ${drafts[*]}"
	[ $tomb = none ] || wrong "$1: a tombstone"
	for file in "$state"/* "$copies"/*; do
		case ${file##*/} in
		alice.lease | .alice.lock | .lock | sessions | requests | events | watchdog) ;;
		.wake) [ "$1" = 'after a run' ] && wrong "$1: $file" ;;
		alice.warned) [ $what = warn ] || wrong "$1: $file" ;;
		*) wrong "$1: $file" ;;
		esac
	done
}

watchdog() {
	"$dog" >"$work/dog" 2>&1 || wrong "watchdog: $?: $(<"$work/dog")"
	look_clean 'after a run'
}

# Nothing comes back at the next boot.  Here is no reboot, so what is in force
# goes aside for a moment.
look_after_boot() {
	mv "$state" "$work/aside"
	"$dog" --restore >"$work/dog" 2>&1 || wrong "restore: $?: $(<"$work/dog")"
	[ ! -e "$lease" ] || wrong 'back after a reboot'
	rm -rf "$state"
	mv "$work/aside" "$state"
}

ended() { [ "$extra" != session ] || settle is_dead "$leader"; }

# After each kill: what it left, a run of the watchdog, the next command.
killed_write() {
	look
	case $run-$kept in
	"$was" | "$is" | "new-${was#*-}") ;;
	# Without --keep the copy of the lease before goes first.
	old-none) [ "$is" = new-none ] || wrong "killed: $found" ;;
	*) wrong "killed: $found" ;;
	esac
	[ "$run" != none ] || [ "$ground" = none ] || wrong "lost: $found"
	watchdog
	[ "$run" = none ] || "$exe" check alice >/dev/null || wrong 'not valid'
	"$exe" grant alice --force --duration 3h >/dev/null ||
		wrong "next grant: $?"
	look_clean 'after a grant'
}

killed_revoke() {
	local gone

	look
	case $run-$kept-$tomb in
	old-old-none | old-none-none | none-none-there | none-none-none) ;;
	*) wrong "killed: $found" ;;
	esac
	gone=$run
	watchdog
	[ "$run" = "$gone" ] || wrong "$gone became $run"
	[ "$gone" != none ] || [ "$what" = leave ] || ended ||
		wrong 'processes left'
	[ "$gone" != none ] || look_after_boot
	"$exe" revoke alice >"$work/out" 2>&1
	case $?-$gone in
	0-old | 3-none | 0-none) ;;
	*) wrong "next revoke: $?: $(<"$work/out")" ;;
	esac
	look_clean 'after a revocation'
	[ "$run-$kept" = none-none ] || wrong "after a revocation: $found"
	ended || wrong 'processes left after a revocation'
}
killed_leave() { killed_revoke; }

# A lease lets in who waits, even where the request is there still.
killed_approve() {
	look
	case $run in
	new) ;;
	none) is_dead "$login" && wrong "killed: $(<"$work/login")"
		"$exe" approve "$id" >"$work/out" 2>&1 ||
			wrong "next approve: $?: $(<"$work/out")" ;;
	*) wrong "killed: $found" ;;
	esac
	answered PAM_SUCCESS
	watchdog
	[ "$run" = new ] || wrong "lost: $found"
}

killed_refuse() {
	look
	[ "$run" = none ] || wrong "killed: $found"
	"$exe" refuse "$id" --reason no >"$work/out" 2>&1
	case $? in
	0 | 3) ;;
	*) wrong "next refuse: $?: $(<"$work/out")" ;;
	esac
	answered PAM_PERM_DENIED
	# What was only not synchronized loses no more than its reason.
	[[ $point == fsync*E* ]] || grep -q 'refused: no' "$work/login" ||
		wrong "$(<"$work/login")"
	watchdog
}

killed_warn() {
	local before=$seen

	look
	[ "$run" = old ] || wrong "killed: $found"
	watchdog
	[ "$run" = old ] || wrong "after the next run: $found"
	seen=$(warnings)
	[ $((seen - before)) -le 1 ] || said "can't write marks" ||
		wrong "$((seen - before)) warnings for one end"
}

killed_end() {
	look
	watchdog
	# The copy of a lease that is over is dropped at the next boot.
	case $run-$kept in
	none-none) ;;
	none-old) said "next boot" || wrong "after the next run: $found" ;;
	*) wrong "after the next run: $found" ;;
	esac
	ended || wrong 'processes left'
	[ ${#entries[*]} -eq 0 ] || wrong "${entries[*]}"
}

killed_close() {
	watchdog
	[ "$run" = old ] || wrong "after the next run: $found"
	[ ${#entries[*]} -eq 0 ] || wrong "${entries[*]}"
}

killed_restore() {
	look
	"$dog" --restore >"$work/dog" 2>&1 || wrong "restore: $(<"$work/dog")"
	watchdog
	[ "$run" != none ] && [ "$kept" != none ] || wrong "lost: $found"
	"$exe" check alice >/dev/null || wrong 'not valid'
}

killed_sweep() {
	watchdog
	[ "$run-$kept" = old-old ] || wrong "lost: $found"
}

killed_read() { look; [ "$run" = old ] || wrong "killed: $found"; }

# What it printed, without times and the width of columns.
words() {
	local text

	text=$(<"$work/out")
	echo "${text//[0-9hms -]/}"
}

# Says the last run what it did, in its exit status and its words?
said() { [[ $(<"$work/out") == *"$1"* ]]; }

honest() {
	[ "$status" -lt 128 ] || [ "$status" -eq 137 ] ||
		wrong "status $status: $(<"$work/out")"
	[ "$status" -eq 0 ] || [ -s "$work/out" ] || wrong "$status, silent"
}

# After each failure.  What only was not synchronized, or not printed, is done.
failed_write() {
	look
	honest
	[ ${#drafts[*]} -eq 0 ] ||
		wrong "${drafts[*]}: $(<"$work/out")"
	if [ $status -eq 0 ]; then
		[ $run-$kept = "$is" ] || wrong "status 0: $found"
		# It may not outlive a power failure.
		[[ $point != fsync* ]] || wrong 'status 0, not synchronized'
	elif said 'Lease granted' || said 'extended by'; then
		wrong "status $status: $(<"$work/out")"
	elif [ $run-$kept != "$was" ] && ! said "can't sync" &&
	    ! said 'standard output' && ! said 'next boot'; then
		wrong "status $status, $found: $(<"$work/out")"
	fi
}

failed_revoke() {
	look
	honest
	[ ${#drafts[*]} -eq 0 ] || wrong "${drafts[*]}: $(<"$work/out")"
	if [ $status -eq 0 ]; then
		[ $run-$kept-$tomb = none-none-none ] ||
			wrong "status 0: $found"
		[ "$what" = leave ] || ended || wrong 'status 0, processes left'
		return
	fi
	# It is, when it is out of force and all have ended.
	! said 'Lease revoked' || { [ "$run" = none ] &&
		{ [ "$what" = leave ] || ended; }; } ||
		wrong "status $status: $(<"$work/out")"
	case $run-$kept-$tomb in
	"$was-none" | none-none-*) ;;
	old-none-none) said "can't sync" || said 'next boot' ||
		wrong "status $status, $found: $(<"$work/out")" ;;
	none-old-*) said 'next boot' ||
		wrong "status $status, $found: $(<"$work/out")" ;;
	*) wrong "status $status, $found: $(<"$work/out")" ;;
	esac
	[ "$run" = none ] || return
	"$dog" >"$work/dog" 2>&1 || wrong "watchdog: $?: $(<"$work/dog")"
	[ "$what" = leave ] || ended || wrong 'processes left'
}
failed_leave() { failed_revoke; }

failed_approve() {
	look
	honest
	[ ${#drafts[*]} -eq 0 ] || wrong "${drafts[*]}: $(<"$work/out")"
	case $status-$run in
	0-new) ;;
	0-*) wrong "status 0: $found" ;;
	*-none) ! said 'Lease granted' ||
		wrong "status $status: $(<"$work/out")" ;;
	*-new) said "can't sync" || said 'standard output' ||
		wrong "status $status, $found: $(<"$work/out")" ;;
	esac
	killed_approve
}

failed_refuse() {
	look
	honest
	[ ${#drafts[*]} -eq 0 ] || wrong "${drafts[*]}: $(<"$work/out")"
	if [ "$status" -eq 0 ]; then
		answered PAM_PERM_DENIED
	elif [ ! -e "$state/requests/$id" ] && ! said "can't sync" &&
	    ! said 'standard output'; then
		wrong "status $status, and refused: $(<"$work/out")"
	fi
	killed_refuse
}

failed_dog() {
	[ "$status" -lt 128 ] || wrong "status $status: $(<"$work/out")"
	"killed_$what"
}
failed_warn() { failed_dog; }
failed_end() {
	look
	if [ "$status" -eq 0 ] && [ "$run-$tomb" = none-none ]; then
		ended || wrong "status 0, processes left: $(<"$work/out")"
	fi
	failed_dog
}
failed_close() { failed_dog; }
failed_restore() { failed_dog; }
failed_sweep() { failed_dog; }
failed_read() {
	killed_read
	honest
	[ "$status" -ne 0 ] || [ "$(words)" = "$words" ] ||
		wrong "status 0, but: $(<"$work/out")"
}

# Reads a trace; fills in calls with NAME:N for each call of the command and of
# its workers, own ones only or those of the loader too.
list_calls() {
	local pid call rest own=

	declare -A count=() foreign=() known=()
	calls=()
	[ "$1" != all ] || own=1
	while read -r pid rest; do
		call=${rest%%(*} rest=${rest#*(}
		case $call in
		'' | *[!a-z0-9_]*) continue ;;
		execve)
			# What they start is not looked at.
			[ ${#known[*]} -eq 0 ] || foreign[$pid]=1
			known[execve]=1
			continue ;;
		esac
		[ -z "${foreign[$pid]-}" ] || continue
		case $call-$rest in
		fcntl-0,* | geteuid-*) own=1 ;;
		esac
		count[$pid$call]=$((${count[$pid$call]:-0} + 1))
		call+=:${count[$pid$call]}
		[ -z "$own" ] || [ -n "${known[$call]-}" ] || calls+=("$call")
		known[$call]=1
	done <"$work/trace"
}

# Each process that comes so far has it happen.
inject() {
	strace -f -qq -o /dev/null -e trace="${point%%:*}" -e signal=none \
		-e "inject=${point%%:*}:$1:when=${point##*:}" "${command[@]}" \
		>"$work/out" 2>&1 </dev/null
	status=$?
}

sweep_kill() {
	list_calls "$1"
	for point in "${calls[@]}"; do
		case $1-$point in
		some-renameat* | some-unlink* | some-write:* | some-f[ls]* | \
			some-mkdir* | some-send* | some-clone* | some-pidfd* | \
			some-wait* | some-exit*) ;;
		some-*) continue ;;
		esac
		points=$((points + 1))
		fresh
		inject signal=KILL 2>/dev/null
		"killed_$what"
	done
}

# The calls whose failure can mean something, one error in turn or each.
sweep_error() {
	local error n=0 kinds=("${errors[@]}")

	list_calls own
	for point in "${calls[@]}"; do
		case $point in
		rt_sig* | get*id:* | brk:* | munmap:* | umask:*) continue ;;
		# futex has none of them, and the C library ends who gets one.
		fcntl:* | exit_group:* | futex:*) continue ;;
		esac
		[ "$1" = all ] || kinds=("${errors[n++ % ${#errors[*]}]}")
		for error in "${kinds[@]}"; do
			points=$((points + 1))
			fresh
			inject "error=$error"
			point+=" $error"
			"failed_$what"
			point=${point% *}
		done
	done
}

sweep_memory() {
	local n how

	for how in one all; do
		for ((n = 1; n < 2000; n++)); do
			point="allocation $n, $how"
			fresh
			rm -f "$work/hit"
			LD_PRELOAD=$BUILD/preload/nomem.so NOMEM=$n \
				NOMEM_ALL=${how#one} "${command[@]}" \
				>"$work/out" 2>&1 9>"$work/hit" </dev/null
			status=$?
			[ -s "$work/hit" ] || break
			points=$((points + 1))
			"failed_$what"
		done
		[ "$extra" != tty ] || seen=$(warnings)
	done
}

sweep_short() {
	point='one byte'
	points=1
	fresh
	LD_PRELOAD=$BUILD/preload/short.so "${command[@]}" >"$work/out" 2>&1 ||
		wrong "status $?: $(<"$work/out")"
	status=0
	"failed_$what"
}

job=$1
read -r _ ground extra what args < <(grep "^$job	" <<<"$jobs")
read -ra command <<<"$args"
if [ "${command[0]}" = - ]; then
	command=("$dog" "${command[@]:1}")
else
	command=("$exe" "${command[@]}")
fi

mkdir -p /run/faults
rm -rf "${work:?}"/*
mkfifo "$work/never"
mkdir -p "$saved"
point=reference old='' new='' old_shape='' new_shape=''
umask 077
rm -rf "$state" "$copies"
if [ "$ground" != - ]; then
	"lay_$ground"
	[ ! -e "$state" ] || cp -a "$state" "$saved/state"
	[ ! -e "$copies" ] || cp -a "$copies" "$saved/copies"
	for file in "$lease" "$state/alice.revoked" "$copy"; do
		[ ! -e "$file" ] || old=$(<"$file")
	done
fi
[ "$extra" != tty ] || terminal
fresh
which "$lease" && was=$REPLY
which "$copy" && was+=-$REPLY
strace -f -qq -e signal=none -o "$work/trace" "${command[@]}" >"$work/out" 2>&1 ||
	wrong "status $?: $(<"$work/out")"
[ ! -e "$lease" ] || new=$(<"$lease")
shape "$new" && new_shape=$REPLY
shape "$old" && old_shape=$REPLY
words=$(words)
which "$lease" && is=$REPLY
which "$copy" && is+=-$REPLY
[ "$extra" != tty ] || seen=$(warnings)
"sweep_$2" "$3"
# shellcheck disable=SC2086
[ -z "$leader$login" ] || kill -KILL $leader $login 2>/dev/null
echo "points $points"
