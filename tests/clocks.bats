# Clocks that are set, stop, jump or fail: who gets in, and who is ended. The
# programs are those of $BUILD/faked, whose clocks a file moves; the clock of
# this machine is never set.
# shellcheck disable=SC2016

load lib

PATH=$BUILD/faked:$PATH
STACK=/run/stack
DAY=86400

setup_file() {
	ns_start
	[ -n "${NS_SKIP:-}" ] || lay_stack "$BUILD/faked"
}
teardown_file() { ns_stop; }
setup() {
	ns_setup
	ROOT=/proc/$NS_HOLDER/root
	clocks 0 0
}

# How many seconds ahead the wall and the boot clock are from now on, or
# "fails". usage: clocks WALL BOOT
clocks() { echo "$1 $2" >"$ROOT/run/pamlease-clock"; }

pamlease() { ns "$BUILD/faked/pamlease" "$@"; }
watchdog() { ns timeout 20 "$BUILD/faked/pamlease-watchdog" "$@"; }
lease() { ns jq -r "$1" /run/pamlease/alice.lease; }
is_there() { ns test -e /run/pamlease/alice.lease; }
need() { "${@:2}" >/dev/null 2>&1 || cannot "$1"; }

cannot() {
	[ "${PAMLEASE_TESTS_MUST_RUN:-}" != 1 ] || return 1
	skip "$1"
}

# What the three phases answer. usage: codes USER [COMMAND-BEFORE...]
codes() {
	ns "${@:2}" "$STACK/pamcall" "$STACK/conf" sshd "$1" auth new account \
		new open | sed -n 's/^[a-z]*=PAM_//p' | tr '\n' ' '
}

# Why alice is refused, by the command as by the module.
# usage: denied WHAT WHY CODES, where a row is named by WHAT
denied() {
	local got

	got=$(pamlease check alice --json | jq -r '"\(.admitted) \(.why)"')
	[ "$got" = "false $2" ] || bad "$1: check: $got"
	got=$(codes alice)
	[ "$got" = "$3 " ] || bad "$1: module: $got"
}

admitted() {
	pamlease check alice >/dev/null || bad "$1: check: $?"
	[ "$(codes alice)" = 'SUCCESS SUCCESS SUCCESS ' ] ||
		bad "$1: module: $(codes alice)"
}

NO='AUTH_ERR PERM_DENIED SESSION_ERR'
ERROR='AUTH_ERR SYSTEM_ERR SESSION_ERR'

# A lease of that many hours, a session of alice's, and both clocks right.
session() {
	clocks 0 0
	pamlease grant alice --force --duration "$1h" >/dev/null
	pid=$(ns_process 1001)
	ns_session alice 1001 "$pid"
}

# usage: stays WHAT, and ends WHAT: one run of the watchdog
stays() {
	watchdog 2>/dev/null || bad "$1: watchdog: $?"
	ns_alive "$pid" || bad "$1: ended"
	is_there || bad "$1: the lease is gone"
}

ends() {
	watchdog 2>/dev/null || bad "$1: watchdog: $?"
	ended "$pid" || bad "$1: not ended"
	! is_there || bad "$1: the lease is still there"
}

# An hour has gone by, and one of two: when the lease was issued can be before
# or behind what the wall clock shows then.
@test "the wall clock set back: the boot clock ends the lease in time" {
	local pid

	session 1
	clocks -$DAY 3601
	denied 'a day back' expired-boot "$NO"
	ends 'a day back'

	session 2
	clocks 1800 7201
	denied 'some hours back' expired-boot "$NO"
	ends 'some hours back'

	session 2
	clocks 1800 7190
	admitted 'some hours back, before the end'
	all_good
}

@test "the wall clock a day ahead: nobody gets in, and the next run ends" {
	local pid

	session 2
	clocks $DAY 60
	denied 'at once' expired "$NO"
	stays 'the first run'
	ns grep -qx 'doubt=[1-9][0-9]*' /run/pamlease/alice.warned ||
		bad 'the first run remembers nothing'
	denied 'after the first run' expired "$NO"
	# Any change of a lease starts a run, and says nothing more.
	stays 'a run at once after it'
	clocks $DAY 90
	ends 'the second run'

	# Taken back in time, it is as if nothing had been.
	session 2
	clocks $DAY 60
	stays 'once more'
	clocks 70 70
	admitted 'taken back'
	stays 'taken back'
	clocks $DAY 80
	stays 'the first run of the next'
	clocks $DAY 110
	ends 'the second run of the next'
	all_good
}

@test "clocks that are a minute apart at most leave no doubt" {
	local pid

	# The boot clock gives 50 s more, and 70 s.
	session 2
	clocks 7201 7150
	denied '50 s' expired "$NO"
	ends '50 s'
	session 2
	clocks 7201 7130
	denied '70 s' expired "$NO"
	stays '70 s'
	all_good
}

# How many milliseconds the earlier of two ends is past. usage: past WALL BOOT
past() {
	local wall boot

	wall=$((${EPOCHREALTIME/./} / 1000 - $1 * 1000))
	boot=$(awk -v end="$2" '{ print int(($1 - end) * 1000) }' /proc/uptime)
	echo $((wall > boot ? wall : boot))
}

# In the last seconds of a lease. A second behind the earlier clock is what is
# promised, and never later than both.
@test "a step of 2 s at the deadline: the end is that of the earlier clock" {
	local pid step wall boot run late

	for step in 2 -2; do
		clocks 0 0
		pamlease grant alice --force --duration 4s >/dev/null
		wall=$(($(lease '.expires_at | fromdate') - step))
		boot=$(lease .expires_boottime)
		pid=$(ns_process 1001)
		ns_session alice 1001 "$pid"
		clocks $step 0
		watchdog 2>/dev/null &
		run=$!
		while ns_alive "$pid" && kill -0 $run; do :; done
		late=$(past "$wall" "$boot")
		wait $run || bad "$step: $?"
		ended "$pid" || bad "$step: not ended"
		echo "# a step of $step s: $late ms behind the end" >&3
		# The second figure of /proc/uptime is the last one.
		((late >= -10 && late <= 1000)) ||
			bad "$step: $late ms behind the earlier clock"
	done
	all_good
}

in_time() { ns unshare --time --fork --boottime "$@"; }

# The boot clock goes on over a suspend, the monotonic one does not.
@test "two hours of suspend end a lease of one" {
	local pid

	need 'needs time namespaces' in_time 7200 true
	session 1
	clocks 7200 7200
	denied 'both' expired "$NO"
	ends 'both'

	# Without a wall clock that knows, for the module's own eyes as well.
	session 1
	[ "$(codes alice unshare --time --fork --boottime 7200)" = "$NO " ] ||
		bad 'module'
	run in_time 7200 "$BUILD/pamlease" check alice
	[[ $output == *'has expired by the boot clock'* ]] || bad "$output"
	clocks 0 7200
	denied 'the boot clock' expired-boot "$NO"
	ends 'the boot clock'
	all_good
}

@test "an application with a boot clock of its own gains nothing by it" {
	local pid up

	up=$(cut -d. -f1 /proc/uptime)
	need 'needs time namespaces, and two minutes since the boot' \
		in_time -100 test "$up" -gt 120
	pamlease grant alice --duration 1h >/dev/null
	for by in -100 3000; do
		[ "$(codes alice unshare --time --fork --boottime "$by")" = \
			'SUCCESS SUCCESS SUCCESS ' ] || bad "$by: in force"
	done
	[ "$(codes alice unshare --time --fork --boottime $DAY)" = "$NO " ] ||
		bad 'a day ahead'
	# Over by the wall clock: behind by 100 s does not help.
	clocks 3601 3590
	[ "$(codes alice unshare --time --fork --boottime -100)" = "$NO " ] ||
		bad 'behind, and over by the wall clock'
	# Over by the boot clock only: it is let in for 100 s more at most.
	clocks 0 3650
	denied 'over by the boot clock' expired-boot "$NO"
	[ "$(codes alice unshare --time --fork --boottime -100)" = \
		'SUCCESS SUCCESS SUCCESS ' ] || bad '50 s late'
	clocks 0 3702
	[ "$(codes alice unshare --time --fork --boottime -100)" = "$NO " ] ||
		bad '100 s late'
	all_good
}

@test "another boot, and a snapshot of this one" {
	pamlease grant alice --duration 1h >/dev/null
	# Restored a day later: the same boot goes on where it was.
	clocks $DAY -60
	denied 'a snapshot' expired "$NO"
	clocks 0 0
	admitted 'before'
	ns bash -c 'cat /proc/sys/kernel/random/uuid >/run/boot_id
		mount -n --bind /run/boot_id /proc/sys/kernel/random/boot_id'
	denied 'another boot' other-boot "$NO"
	ns umount /proc/sys/kernel/random/boot_id
	all_good
}

# usage: refused WHAT TEXT ARG...: exit 4, a line that has TEXT in it, and not
# a byte on disk is another
refused() {
	local before after

	before=$(ns_sum)
	run --separate-stderr pamlease "${@:3}"
	after=$(ns_sum)
	# shellcheck disable=SC2154
	[ "$status" -eq 4 ] || bad "$1: $3: status $status: $output$stderr"
	[[ -z $output && $stderr == "pamlease: $3: "*"$2"* &&
		$stderr != *$'\n'* ]] || bad "$1: $3: $output$stderr"
	[ "$before" = "$after" ] || bad "$1: $3: changed the disk"
}

@test "a clock that fails: nobody gets in, nobody is ended, root passes" {
	local wall boot command pid

	# The third is before 1970.
	while read -r wall boot; do
		session 1
		clocks "$wall" "$boot"
		[ "$(codes alice)" = "$ERROR " ] ||
			bad "$wall $boot: module: $(codes alice)"
		# Nobody else decides at auth: libpam refuses what is ignored.
		[ "$(codes root)" = 'PERM_DENIED SUCCESS SUCCESS ' ] ||
			bad "$wall $boot: root: $(codes root)"
		for command in 'grant bob --duration 1h' list 'show alice' \
			'grant bob --until 23:59' 'check alice' sessions \
			'extend alice --duration 1h' \
			'grant alice --force --duration 1h'; do
			# shellcheck disable=SC2086
			refused "$wall $boot" "can't be read" $command
		done
		run watchdog
		[ "$status" -eq 4 ] || bad "$wall $boot: watchdog: $status"
		[[ $output == *"a clock can't be read"* ]] || bad "$output"
		run watchdog --restore
		[ "$status" -eq 4 ] || bad "$wall $boot: restore: $status"
		ns_alive "$pid" || bad "$wall $boot: ended"
		is_there || bad "$wall $boot: the lease is gone"
		# Who must go goes all the same.
		pamlease revoke alice >/dev/null 2>&1 ||
			bad "$wall $boot: revoke: $?"
		ended "$pid" || bad "$wall $boot: revoked, and not ended"
	done <<-END
		fails 0
		0 fails
		-$((EPOCHSECONDS + 1000)) 0
	END
	all_good
}

@test "a clock that was never set grants nothing" {
	local released ahead pid

	released=$(sed -n 's/.*PAMLEASE_RELEASED.*(\(.*\))/\1/p' \
		"$BATS_TEST_DIRNAME/../liblease/version.h")
	for ahead in 100 $((released - 60)) $((released - 2)); do
		# Each time anew, as it goes on.
		clocks $((ahead - EPOCHSECONDS)) 0
		refused "$ahead" "the clock is wrong: it is before $(date -u \
			-d "@$released" +%FT%TZ)" grant alice --duration 1h
		clocks $((ahead - EPOCHSECONDS)) 0
		refused "$ahead" "the clock is wrong" grant alice --until 23:59
		clocks $((ahead - EPOCHSECONDS)) 0
		run -4 --separate-stderr pamlease winddown start \
			--deadline 23:59
		[[ -z $output && $stderr == *': the clock is wrong: '* ]] ||
			bad "$ahead: winddown: $output$stderr"
		! ns test -e /etc/winddown || bad "$ahead: winddown: it is on"
	done
	clocks $((released + 1 - EPOCHSECONDS)) 0
	pamlease grant alice --duration 1h >/dev/null || bad 'just released'

	# What was granted before stands, and is in the future: no more than
	# any other clock that is set back does.
	session 1
	clocks $((100 - EPOCHSECONDS)) 60
	denied 'a lease of today' future "$ERROR"
	refused 'a lease of today' future extend alice --duration 1h
	stays 'a lease of today'
	clocks 60 60
	stays 'set right'
	admitted 'set right'

	# Nobody is locked out or ended only because of the year.
	ns_lease alice '.issued_at = (70 | todate) | .expires_at = (3600 | todate)'
	clocks $((100 - EPOCHSECONDS)) 60
	admitted 'a lease of 1970'
	stays 'a lease of 1970'
	stays 'a lease of 1970, once more'
	all_good
}

@test "a kept lease that comes back before the clock is set has its own length" {
	local left

	pamlease grant alice --duration 1h --keep >/dev/null
	ns rm -r /run/pamlease
	clocks $((100 - EPOCHSECONDS)) 0
	watchdog --restore 2>/dev/null
	left=$(($(lease .expires_boottime) - $(cut -d. -f1 /proc/uptime)))
	((left > 3500 && left <= 3601)) || bad "$left s by the boot clock"
	denied 'before it is set' future "$ERROR"
	clocks 0 0
	admitted 'set'
	clocks 60 3610
	denied 'set back' expired-boot "$NO"
	all_good
}

@test "leases behind 2038, and to the end of 2199" {
	local pid until

	until=$(date -u -d 2040-01-01 +%s)
	session 1
	clocks $((until - EPOCHSECONDS)) 0
	pamlease grant alice --force --duration 2h >/dev/null
	[[ $(lease .expires_at) == 2040-01-01T0[12]:* ]] ||
		bad "$(lease .expires_at)"
	admitted 2040
	stays 2040
	clocks $((until + 7210 - EPOCHSECONDS)) 7210
	denied 2040 expired "$NO"
	ends 2040

	until=$(date -u -d 2200-01-01 +%s)
	clocks $((until - 600 - EPOCHSECONDS)) 0
	run --separate-stderr pamlease grant alice --duration 1h
	[ "$status" -eq 2 ] || bad "2200: status $status: $stderr"
	! is_there || bad '2200: granted'
	pamlease grant alice --duration 5m >/dev/null || bad 2199
	admitted 2199
	all_good
}

@test "extend: from the present end, and never what is over" {
	local end boot when

	pamlease grant alice --duration 1h >/dev/null
	end=$(lease '.expires_at | fromdate') boot=$(lease .expires_boottime)
	clocks 3590 3590
	pamlease extend alice --duration 30m >/dev/null || bad 'the last seconds'
	[ "$(lease '.expires_at | fromdate')" -eq $((end + 1800)) ] ||
		bad 'the wall clock'
	[ "$(lease .expires_boottime)" -eq $((boot + 1800)) ] ||
		bad 'the boot clock'
	for when in '5401 5401' '5401 5000' '5000 5402' "$DAY 0" \
		"-$DAY 5402"; do
		# shellcheck disable=SC2086
		clocks $when
		run --separate-stderr pamlease extend alice --duration 1h
		[ "$status" -eq 3 ] || bad "$when: status $status: $stderr"
		[[ $stderr == *'the lease of alice is over' ]] ||
			bad "$when: $stderr"
	done
	# As long as a lease may be, from when it was granted.
	clocks 5000 5000
	pamlease extend alice --duration $((366 * DAY - 5400))s >/dev/null ||
		bad 'to the longest'
	run pamlease extend alice --duration 1s
	[ "$status" -eq 1 ] || bad "a second more: $status: $output"
	all_good
}

# Only a clock that is set shows whether a waiting run wakes of it, and this
# machine's is not set. What can be seen is what the kernel promises it for: an
# absolute timer of the wall clock with TFD_TIMER_CANCEL_ON_SET.
@test "a run that waits has a timer that a set clock wakes" {
	local fd

	pamlease grant alice --duration 2s >/dev/null
	ns_session alice 1001 "$(ns_process 1001)"
	ns timeout 20 strace -qq -o /run/trace \
		-e trace=timerfd_create,timerfd_settime \
		"$BUILD/pamlease-watchdog" 2>/dev/null
	fd=$(ns sed -n 's/^timerfd_create(CLOCK_REALTIME,.* = //p' /run/trace)
	ns grep -q "^timerfd_settime($fd, TFD_TIMER_ABSTIME|TFD_TIMER_CANCEL_ON_SET, .* = 0" \
		/run/trace
	# Each time that it waits.
	[ "$(ns grep -c "^timerfd_settime($fd, " /run/trace)" -eq \
		"$(ns grep -c CANCEL_ON_SET /run/trace)" ]
}

# What timerfd_settime(2) says when the clock was set since the last look.
@test "a clock that is set while the watchdog looks makes it look again" {
	local pid

	pamlease grant alice --duration 3s >/dev/null
	pid=$(ns_process 1001)
	ns_session alice 1001 "$pid"
	ns timeout 20 strace -qq -e trace=timerfd_settime -o /run/trace \
		-e inject=timerfd_settime:error=ECANCELED:when=1 \
		"$BUILD/pamlease-watchdog" 2>/dev/null || bad "watchdog: $?"
	ended "$pid" || bad 'not ended'
	! is_there || bad 'the lease is still there'
	ns grep -q ECANCELED /run/trace
	all_good
}
