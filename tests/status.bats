#!/usr/bin/env bats
#
# What users are told of their own sessions, by pamlease-status and "pamlease
# status", and who may read it.
# shellcheck disable=SC2016

load lib

STACK=/run/stack
PLACE=/run/pamlease-status

setup_file() {
	ns_start
	[ -n "${NS_SKIP:-}" ] || lay_stack
}
teardown_file() { ns_stop; }
setup() { ns_setup; }

watchdog() { ns env JOURNAL_STREAM=1 "$BUILD/pamlease-watchdog"; }
as() { ns setpriv --reuid "$1" --regid "$1" --clear-groups "${@:2}"; }
told() { as "$1" "$BUILD/pamlease-status" "${@:2}" 2>&1; }
written() { ns find $PLACE/1001 -type f -printf '%i %C@\n'; }
files() { ns find "$PLACE" -type f -printf '%P\n' 2>/dev/null | sort; }
policy() {
	ns bash -c 'mkdir -p /etc/pamlease; printf %b "$1" >/etc/pamlease/policy.conf' \
		- "$1"
}

@test "what ends a session, and what let it in" {
	local row by policy do want brief pid n=0

	while IFS='|' read -r row by policy do want brief; do
		n=$((n + 1))
		setup
		policy "$policy"
		ns bash -c "PATH=$BUILD:\$PATH; $do" >/dev/null
		pid=$(ns_process 1001)
		ns_session alice 1001 "$pid" "$by"
		watchdog >/dev/null || bad "$row: $?"
		run told 1001
		# shellcheck disable=SC2053
		[[ $status == 0 && $output == ${want//'\n'/$'\n'} ]] ||
			bad "$row: $status: $output"
		run told 1001 --short
		[[ $status == 0 && $output =~ ^($brief)$ ]] ||
			bad "$row: short: $status: $output"
	done <<'END'
a lease|lease||pamlease grant alice --duration 1h --reason 'disk € swap'|Your session ends in 1 hour (at *:*:*).\nAdmitted by a lease of root: disk € swap\nTo stay longer ask root.|1h
no reason|lease||pamlease grant alice --duration 28m|Your session ends in 28 minutes (at *).\nAdmitted by a lease of root\nTo stay longer ask root.|28m
days|lease||pamlease grant alice --duration 3d1h|Your session ends in 3 days 1 hour (at 20*).\nAdmitted*|3d1h
a final one|lease||pamlease grant alice --duration 1h --final|Your session ends in 1 hour (*\nAdmitted by a lease of root\nThat can't be extended.|1h
the longest there is|lease|max 1h\n|pamlease grant alice --duration 1h|Your session ends in 1 hour (*\nAdmitted by a lease of root\nThat can't be extended.|1h
grace|lease|grace 30m\n|pamlease grant alice --duration 1h|Your session ends in 1 hour 30 minutes (*\nAdmitted*ask root.|1h30m
a rule|policy|allow user alice\n|:|Your session has no end.\nAdmitted by this host's policy, without a lease.|
kept|kept||:|Your session has no end.\nAdmitted by a lease that was revoked; it may stay.|
permissive|permissive||:|Your session has no end.\nAdmitted without a lease: this host refuses nobody yet.|
a wind-down that is earlier|lease||pamlease grant alice --duration 5h; pamlease winddown start --deadline "$(date -d +2hours +%F\ %T)"|Your session ends in 2 hours (*\nAdmitted by a lease of root\nThat is when this host goes offline for maintenance.|2h
a wind-down that is later|lease||pamlease grant alice --duration 1h; pamlease winddown start --deadline "$(date -d +2hours +%F\ %T)"|Your session ends in 1 hour (*\nAdmitted by a lease of root\nTo stay longer ask root.|1h
a window|policy|\n|ln -s /usr/share/zoneinfo/UTC /etc/localtime; sed -i "s/.*/allow user alice during Al$(date -d -1hour +%H%M)-$(date -d +2hours +%H%M)/" /etc/pamlease/policy.conf|Your session ends in *our* (*\nAdmitted by this host's policy, without a lease.\nThat is when the times end at which you may be here. To stay longer ask this host's administrator.|1h[0-9]+m|2h
END
	[ "$n" -eq 12 ] || bad "$n rows"
	all_good
}

@test "the session is written when it opens, and gone when it closes" {
	local file

	pamlease grant alice --duration 1h --reason 'INC-1' >/dev/null
	run ns "$STACK/pamcall" "$STACK/conf" sshd alice open
	[ "${lines[-1]}" = open=PAM_SUCCESS ] || bad "$output"
	file=$(files)
	[ "1001/$(ns ls /run/pamlease/sessions)" = "$file" ] || bad "$file"
	[ "$(ns stat -c '%a %U' $PLACE)" = '711 root' ] || bad 'the directory'
	run told 1001
	[[ $output == *'(at '*'INC-1'*'ask root.' ]] || bad "$output"
	run ns "$STACK/pamcall" "$STACK/conf" sshd alice open close
	[ "${lines[-1]}" = close=PAM_SUCCESS ] || bad "$output"
	[ "$(files)" = "$file" ] || bad "closed: $(files)"
	# That of a process that was gone goes with its entry, and the place.
	watchdog
	[ -z "$(files)" ] || bad "swept: $(files)"
	! ns test -e $PLACE/1001 || bad 'the directory is left'
	# Who is refused is told nothing.
	pamlease revoke alice >/dev/null
	ns "$STACK/pamcall" "$STACK/conf" sshd alice open
	[ -z "$(files)" ] || bad "refused: $(files)"
	run told 1001
	[ "$status:$output" = '3:pamlease-status: no session of yours was let in by pamlease' ] ||
		bad "$status: $output"
	run told 1001 --short
	[ "$status:$output" = 3: ] || bad "$status: $output"
	all_good
}

@test "the watchdog keeps it current, and writes what changed only" {
	local pid before

	pamlease grant alice --duration 1h >/dev/null
	pid=$(ns_process 1001)
	ns_session alice 1001 "$pid"
	watchdog
	before=$(written)
	watchdog
	[ "$(written)" = "$before" ] ||
		bad 'written though nothing changed'
	pamlease extend alice --duration 1h >/dev/null
	watchdog
	[ "$(told 1001 --short)" = 2h ] || bad "$(told 1001)"
	# What a killed writer has left goes as well.
	ns touch $PLACE/1001/.tmp-999999-1-0
	watchdog
	[ "$(files | wc -l)" -eq 1 ] || bad "$(files)"
	ns "$BUILD/pamlease-watchdog" --dry-run >/dev/null
	[ "$(files | wc -l)" -eq 1 ] || bad "dry: $(files)"
	all_good
}

@test "who is being ended is told that" {
	local pid lock

	pamlease grant alice --duration 1h >/dev/null
	pid=$(ns_process 1001)
	ns_session alice 1001 "$pid"
	watchdog
	[ "$(told 1001 --short)" = 1h ] || bad "$(told 1001)"
	ns rm /run/pamlease/alice.lease
	# It waits for the lock, and is seen to.
	lock=$(ns bash -c 'flock /run/pamlease/.alice.lock sleep infinity \
		>/dev/null 2>&1 & until ! flock -n /run/pamlease/.alice.lock \
		true; do :; done; echo $!')
	watchdog >/dev/null 2>&1 3>&- &
	soon eval '[ "$(told 1001)" = "Your session ends now." ]' ||
		bad "$(told 1001)"
	[ "$(told 1001 --short)" = 0s ] || bad "$(told 1001 --short)"
	ns_alive "$pid" || bad 'ended without the lock'
	ns bash -c 'pkill -P "$1"; kill "$1"' - "$lock" 2>/dev/null || :
	wait
	ended "$pid" || bad 'not ended'
	watchdog
	[ -z "$(files)" ] || bad "ended: $(files)"
	all_good
}

@test "of a session that nothing admits and nobody ends nothing is said" {
	local pid

	policy 'allow user daemon\n'
	pid=$(ns_process 1)
	ns_session daemon 1 "$pid" policy
	watchdog
	[[ $(told 1) == 'Your session has no end.'* ]] || bad "$(told 1)"
	policy ''
	watchdog
	ns_alive "$pid" || bad 'ended'
	[ -z "$(files)" ] || bad "$(told 1)"
	all_good
}

@test "who stays for want of certainty is told what was so" {
	local row do want pid root=/proc/$NS_HOLDER/root
	local -x BUILD=$BUILD/faked

	while IFS='|' read -r row do want; do
		setup
		ns rm -f /run/pamlease-clock
		pamlease grant alice --duration 1h >/dev/null
		pid=$(ns_process 1001)
		ns_session alice 1001 "$pid"
		watchdog
		[[ $(told 1001) == 'Your session ends in 1 hour'* ]] ||
			bad "$row: before: $(told 1001)"
		eval "$do"
		watchdog >/dev/null 2>&1 || :
		ns_alive "$pid" || bad "$row: ended"
		run told 1001
		[[ $status -eq 0 && $output == "$want"* ]] ||
			bad "$row: $status: $output"
	done <<'END'
the wall clock is a day ahead|echo 86400 0 >$root/run/pamlease-clock|Your session ends now.
the policy is broken|policy 'allow group foo bad'|Your session ends in 1 hour
END
	ns rm -f /run/pamlease-clock
	all_good
}

@test "a look at what is as it was changes nothing" {
	pamlease grant alice --duration 1h >/dev/null
	ns_session alice 1001 "$(ns_process 1001)"
	watchdog
	ns strace -f -e trace=fsetxattr,renameat,renameat2 -o /run/trace \
		"$BUILD/pamlease-watchdog"
	! ns grep pamlease-status /run/trace && ! ns grep fsetxattr /run/trace ||
		bad "$(ns cat /run/trace)"
	# A writer that was killed before it let its user in.
	ns setfacl -b $PLACE/1001 2>/dev/null || ns chmod 700 $PLACE/1001
	watchdog
	[ "$(told 1001 --short)" = 1h ] || bad "$(told 1001)"
	all_good
}

# The process of a session may have had others before. usage: of_several .N
of_several() {
	local name
	local -A pid=()

	policy 'allow user alice service su\n'
	pamlease grant alice --duration 1h >/dev/null
	for name in sshd su; do
		ns mkfifo "/run/$name"
		pid[$name]=$(ns bash -c '
			bash -c "read -r _ <\$0
				setpriv --reuid 1001 --clear-groups bash -c \
				\"\$1 --short; :\" - >\$0.said" \
				"/run/$1" "$2" >/dev/null 2>&1 & echo $!' \
			- "$name" "$BUILD/pamlease-status")
		ns_session alice 1001 "${pid[$name]}" lease "$name"
	done
	ns bash -c 'cd /run/pamlease/sessions
		[ -z "$1" ] || for f in *; do mv "$f" "$f$1"; done' - "$1"
	watchdog
	for name in sshd su; do
		ns bash -c 'echo >"/run/$1"' - "$name"
	done
	soon ended "${pid[sshd]}" && soon ended "${pid[su]}"
	[ "$(ns cat /run/sshd.said /run/su.said)" = 1h ] ||
		bad "$1: $(ns cat /run/sshd.said /run/su.said)"
	ns rm /run/{sshd,su}{,.said}
}

@test "of several sessions it is the one that the caller is in" {
	of_several ''
	setup
	of_several .1
	all_good
}

@test "who is in none of several is told of the one that ends last" {
	policy 'allow user alice service su\n'
	pamlease grant alice --duration 1h >/dev/null
	ns_session alice 1001 "$(ns_process 1001)"
	ns_session alice 1001 "$(ns_process 1001)" lease su
	watchdog
	[[ $(told 1001) == 'Your session has no end.'* ]] || bad "$(told 1001)"
	policy ''
	watchdog
	[[ $(told 1001 --short) == 1h ]] || bad "$(told 1001)"
	all_good
}

@test "nobody else reads it, and its user can't change it" {
	local file

	pamlease grant alice --duration 1h --reason secret >/dev/null
	ns "$STACK/pamcall" "$STACK/conf" sshd alice open >/dev/null
	file=$PLACE/$(files)
	as 1001 cat "$file" | grep -q secret || bad 'alice reads nothing'
	for how in "cat $file" "ls $PLACE/1001" "stat $file" "ls $PLACE"; do
		! as 1002 $how 2>/dev/null || bad "bob: $how"
	done
	run told 1002
	[ "$status" -eq 3 ] || bad "bob: $status: $output"
	for how in "chmod 666 $file" "chmod 777 $PLACE/1001" "rm $file" \
		"touch $PLACE/1001/x" "ln -s / $PLACE/1001/x" "mv $file $file.x" \
		"mkdir $PLACE/1002"; do
		! as 1001 $how 2>/dev/null || bad "alice: $how"
	done
	all_good
}

@test "who has the uid later reads nothing of who had it" {
	pamlease grant alice --duration 1h --reason secret >/dev/null
	ns "$STACK/pamcall" "$STACK/conf" sshd alice open >/dev/null
	# Its process is gone, and so is the account.
	ns sed -i s/^alice:/alicia:/ /etc/passwd
	watchdog
	run told 1001
	ns sed -i s/^alicia:/alice:/ /etc/passwd
	[[ $status -eq 3 && $output != *secret* ]] || bad "$status: $output"
	all_good
}

@test "whatever is in its place, the login goes on, and the log says so" {
	local what n=0

	pamlease grant alice --duration 1h >/dev/null
	ns mkdir -p /run/elsewhere
	while IFS= read -r what; do
		n=$((n + 1))
		ns bash -c "rm -rf $PLACE; $what"
		run ns "$STACK/pamcall" "$STACK/conf" sshd alice open
		[ "${lines[-1]}" = open=PAM_SUCCESS ] || bad "$what: $output"
		[[ $output == *"the user can't see how long the session has: user"* ]] ||
			bad "$what: not logged: $output"
		[ -z "$(ns find /run/elsewhere -mindepth 1)" ] ||
			bad "$what: written elsewhere"
		run watchdog
		[ "$status" -eq 0 ] || bad "$what: watchdog: $status: $output"
		run told 1001
		[[ $status -eq 3 || $status -eq 4 ]] ||
			bad "$what: told: $status: $output"
	done <<END
ln -s /run/elsewhere $PLACE
touch $PLACE
mkdir $PLACE; chmod 777 $PLACE
mkdir $PLACE; chown 1001 $PLACE
mkdir $PLACE; ln -s /run/elsewhere $PLACE/1001
mkdir $PLACE; touch $PLACE/1001
mkdir -m 777 $PLACE $PLACE/1001
mkdir $PLACE; mkfifo $PLACE/1001
END
	[ "$n" -eq 8 ] || bad "$n rows"
	all_good
}

@test "with no room the login goes on, and the log says so" {
	pamlease grant alice --duration 1h >/dev/null
	ns mkdir $PLACE
	ns mount -n -t tmpfs -o mode=0711,size=4k,nr_inodes=2 tmpfs $PLACE
	ns mkdir -m 700 $PLACE/1001
	run ns "$STACK/pamcall" "$STACK/conf" sshd alice open
	[ "${lines[-1]}" = open=PAM_SUCCESS ] || bad "$output"
	[[ $output == *"can't see how long"*'No space left'* ]] || bad "$output"
	ns_session alice 1001 "$(ns_process 1001)"
	run watchdog
	[[ $status -eq 0 && $output == *'<4>users of 1 sessions'* ]] ||
		bad "$status: $output"
	ns umount $PLACE
	all_good
}

@test "what can't be read is said, and no end is made of it" {
	pamlease grant alice --duration 1h >/dev/null
	ns_session alice 1001 "$(ns_process 1001)"
	ns_session alice 1001 "$(ns_process 1001)"
	watchdog
	# There is no desktop here, and nothing to be said of that.
	run -0 as 1001 "$BUILD/pamlease-note"
	[ -z "$output" ] || bad "$output"
	ns bash -c "for f in $PLACE/1001/*; do echo nonsense >\$f; done"
	run -4 told 1001
	[[ $output == pamlease-status:\ *-*:\ * ]] || bad "$output"
	run -0 as 1001 "$BUILD/pamlease-note"
	[ -z "$output" ] || bad "$output"
	# What is no session is none.
	ns bash -c "rm $PLACE/1001/*; echo until=over >$PLACE/1001/nonsense"
	run -3 told 1001
	run -0 as 1001 "$BUILD/pamlease-note"
	[ -z "$output" ] || bad "$output"
	all_good
}

# usage: over_but FILE		below PLACE/1001, of a session that is being ended
over_but() {
	ns bash -c 'printf "%s\n" version=1 by=policy granted_by= reason= \
		until=over end=0 end_boot=0 >"$1"' - "$PLACE/1001/$1"
}

# A desktop as logind knows it, and what is to be shown there.
noted() {
	ns bash -c 'mkdir -p /run/systemd/{users,sessions}
		printf "%s\n" UID=1001 STATE=active ONLINE_SESSIONS=c1 \
			>/run/systemd/users/1001
		printf "%s\n" UID=1001 TYPE=x11 CLASS=user STATE=active \
			>/run/systemd/sessions/c1
		printf "%s\n" "#!/bin/sh" "echo \"\${13}\"" >/run/busctl
		chmod 755 /run/busctl
		mount -n --bind /run/busctl /usr/bin/busctl'
	as 1001 "$BUILD/pamlease-note" || bad "note: $?"
	ns umount /usr/bin/busctl
	ns rm -r /run/systemd /run/busctl
}

@test "a desktop is not told of the end of another session" {
	local desktop su

	policy 'allow user alice service su\n'
	desktop=$(ns_process 1001) su=$(ns_process 1001)
	pamlease grant alice --duration 290s >/dev/null
	ns_session alice 1001 "$desktop"
	ns_session alice 1001 "$su" policy su
	watchdog
	[ "$(noted)" = 'Your session expires in 5 minutes.' ] || bad "$(noted)"
	over_but "$(ns bash -c "cd $PLACE/1001; echo $su-*")"
	[ "$(noted)" = 'Your session expires in 5 minutes.' ] || bad "$(noted)"
	over_but "$(ns bash -c "cd $PLACE/1001; echo $desktop-*")"
	[ "$(noted)" = 'Your session has expired.' ] || bad "$(noted)"
	all_good
}

@test "who is in one that can't be read is told of no other" {
	local pid

	policy 'allow user alice service su\n'
	pamlease grant alice --duration 1h >/dev/null
	ns mkfifo /run/go
	pid=$(ns bash -c 'bash -c "read -r _ </run/go
		setpriv --reuid 1001 --clear-groups \$0 >/run/said 2>&1
		echo \$? >>/run/said" "$1" >/dev/null 2>&1 & echo $!' \
		- "$BUILD/pamlease-status")
	ns_session alice 1001 "$pid"
	ns_session alice 1001 "$(ns_process 1001)" policy su
	watchdog
	ns bash -c "echo nonsense >$PLACE/1001/$pid-*"
	# Who is in none is told of the one that can be read.
	[[ $(told 1001) == 'Your session has no end.'* ]] || bad "$(told 1001)"
	ns bash -c 'echo >/run/go'
	soon ns grep -qx '[0-9]' /run/said
	run ns cat /run/said
	[[ $output == "pamlease-status: $pid-"*$'\n4' ]] || bad "$output"
	ns rm /run/go /run/said
	all_good
}

@test "where nobody can be let read, nobody is" {
	pamlease grant alice --duration 1h >/dev/null
	ns mkdir $PLACE
	ns mount -n -t ramfs -o mode=0711 ramfs $PLACE
	run ns "$STACK/pamcall" "$STACK/conf" sshd alice open
	[ "${lines[-1]}" = open=PAM_SUCCESS ] || bad "$output"
	[[ $output == *"can't see how long"*'not supported'* ]] || bad "$output"
	[ "$(ns stat -c %a $PLACE/1001)" = 700 ] || bad 'it is open'
	ns umount $PLACE
	all_good
}

@test "the environment and the rights of the caller mean nothing" {
	pamlease grant alice --duration 1h >/dev/null
	ns_session alice 1001 "$(ns_process 1001)"
	watchdog
	run told 1001
	ns setpriv --reuid 1001 --clear-groups env -i TZ=UTC-12 LC_ALL=xx \
		HOME=/ LD_PRELOAD= "$BUILD/pamlease-status" >"$BATS_TEST_TMPDIR/x"
	[ "$output" = "$(<"$BATS_TEST_TMPDIR/x")" ] || bad "$output"
	[ "$output" = "$(as 1001 "$BUILD/pamlease" status)" ] || bad status
	[ "$(as 1001 "$BUILD/pamlease" status --short)" = 1h ] || bad short
	ns cp "$BUILD/pamlease-status" /run/setuid
	ns chmod 4755 /run/setuid
	says 1 '' 'pamlease-status: must not be setuid or setgid' \
		as 1001 /run/setuid
	says 2 '' 'usage: *' as 1001 "$BUILD/pamlease-status" 1002
	says 2 '' '*usage: *' as 1001 "$BUILD/pamlease-status" --long
	says 0 'usage: *' '' as 1001 "$BUILD/pamlease-status" --help
	says 0 'pamlease-status *' '' as 1001 "$BUILD/pamlease-status" --version
	says 4 '' '*output*' as 1001 bash -c '"$1" >/dev/full' - "$BUILD/pamlease-status"
	says 3 '' 'pamlease: status: no session of yours was let in by pamlease' \
		as 1002 "$BUILD/pamlease" status
	all_good
}
