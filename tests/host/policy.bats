#!/usr/bin/env bats
#
# What the rules of a policy do to logins through sshd, login and su, and to who
# is in. The host's clock can't be set, so its zone is: it shows the time of day
# that a window needs.

load lib

# u1 to u3 and the others are in the groups of the design's example.
setup_file() {
	host_start_with <<'END'
mkdir -p /etc/pamlease
for group in interns:alice contractors:carol wheel:dave; do
	groupadd "${group%:*}"
	usermod -aG "${group%:*}" "${group#*:}"
done
usermod -aG lp bob
usermod -aG users alice
for ((i = 1; i <= 3; i++)); do
	useradd -m -g users -s /bin/bash -u $((1100 + i)) u$i
	install -D -m 600 -o u$i /root/.ssh/id.pub /home/u$i/.ssh/authorized_keys
	chown u$i /home/u$i/.ssh
done
echo root:pw-root | chpasswd --crypt-method SHA256
install -m 600 /root/.ssh/id.pub /root/.ssh/authorized_keys
END
}
teardown_file() { host_stop; }

setup() {
	host_setup
	CURSOR=$(h journalctl -q -n 0 --show-cursor | sed -n 's/^-- cursor: //p')
	failed=
}

# No policy, no lease, nobody in, and the zone is UTC again.
teardown() {
	host_teardown
	[ -n "${HOST_SKIP:-}" ] || h bash -c '
		rm -f /etc/pamlease/policy.conf /run/pamlease/*.lease
		systemctl stop "login-*"
		ln -sf /usr/share/zoneinfo/Etc/UTC /etc/localtime
		for user in alice bob carol dave u1 u2 u3; do
			pkill -KILL -u $user
		done
		systemctl start pamlease-watchdog.service' </dev/null || :
}

policy() { printf '%s\n' "$@" | h tee /etc/pamlease/policy.conf >/dev/null; }
lease() { h pamlease grant "$@" --force --duration 1h >/dev/null; }
lease_gone() { ! h test -e "/run/pamlease/$1.lease"; }
no_process() { ! h pgrep -u "$1" >/dev/null; }
in_ledger() { [ "$(h pamlease sessions --json | jq length)" -eq "$1" ]; }

# Has a line with all of these been logged in this test?
logged() {
	h journalctl -q -o cat --no-pager --after-cursor "$CURSOR" </dev/null |
		grep -F -- "$1" | grep -qF -- "${2-}"
}

# The zone in which it is now that time of day, to the second.
# usage: zone_at HH:MM:SS
zone_at() {
	# shellcheck disable=SC2016
	h bash -c 'IFS=: read -r h m s <<<"$1"
		off=$(((10#$h * 60 + 10#$m) * 60 + 10#$s - EPOCHSECONDS % 86400))
		((off <= 43200)) || off=$((off - 86400))
		((off >= -43200)) || off=$((off + 86400))
		abs=${off#-} sign=${off%%[0-9]*}
		printf "Zone Test %s%d:%02d:%02d - TST\n" "$sign" \
			$((abs / 3600)) $((abs / 60 % 60)) $((abs % 60)) |
			zic -d /run/zone - &&
		cp /run/zone/Test /etc/localtime.new &&
		mv -T /etc/localtime.new /etc/localtime' - "$1" </dev/null
}

# When it is that time of day, of today, in the host's zone; UTC seconds.
time_at() { h date -d "$1" +%s; }

# usage: lets_in COMMAND...	a login that says "in as NAME"
lets_in() {
	run "$@"
	[[ $status -eq 0 && $output == *'in as '* ]] ||
		bad "refused: $*: $status: $output"
}

# usage: keeps_out WHY TEXT COMMAND...
keeps_out() {
	local why=$1 text=$2

	shift 2
	run "$@"
	[[ $status -ne 0 && $output != *'in as '* ]] ||
		bad "let in: $*: $status: $output"
	[[ $output == *"$text"* ]] || bad "$*: not told: $text: $output"
	wait_for 5 logged "why=$why " || bad "$*: why: $output"
}

# shellcheck disable=SC2016
say='echo in as $(id -un)'
NO_LEASE='Access denied: you have no valid lease on this host.'
NOT_SO='Access denied: this host does not let you in this way or at this time.'
FULL='Access denied: as many users as may be are on this host. Try again later.'
FAILED="Access denied: this host can't check your lease."

by_key() { key_login "$1" "$say"; }
by_password() { password_login "$1" "$say"; }
by_login() { tty_login "pw-$1" "$1"; }
by_su() { h su "$1" -c "$say" </dev/null; }
# Of a user's own; what else is given is its environment.
su_by_alice() {
	local user=$1

	shift
	h bash -c 'echo "pw-$1" | runuser -u alice -- env "${@:3}" su "$1" -c "$2"' \
		- "$user" "$say" "$@" </dev/null
}

@test "root needs a lease over ssh, and none elsewhere, where the policy says so" {
	policy 'lease user root service sshd'
	keeps_out no-lease "$NO_LEASE" by_key root
	logged 'user="root"' /etc/pamlease/policy.conf:1 || bad 'no line'
	lets_in by_login root
	lets_in by_su root
	lease root
	lets_in by_key root
	# A mistaken policy takes nothing from root.
	policy 'lease user root service sshd' 'bad'
	lets_in by_key root
	policy 'allow user dave'
	lets_in by_key root
	all_good
}

@test "root's lease ends, is revoked or is deleted, and root's sessions stay" {
	local way

	policy 'lease user root service sshd' 'warn 5s 2s' 'max 4s'
	for way in revoked deleted over; do
		h pamlease grant root --duration 4s --force
		in_session "$way" -tt root@127.0.0.1
		wait_for 10 session_said "$way" '# '
		case $way in
		revoked)
			run h pamlease revoke root
			[ "$status" -eq 0 ] || bad "$status"
			[[ $output == *'Lease revoked for root. No sessions terminated.'* &&
			    $output == *'sessions of root are never ended: 1'* ]] ||
				bad "$output"
			;;
		deleted) h rm /run/pamlease/root.lease ;;
		esac
		wait_for 10 lease_gone root
		watchdog_run || bad "$way: a run fails"
		keeps_out no-lease "$NO_LEASE" by_key root
		session_type "$way" 'echo still $((40 + 2))'
		wait_for 5 session_said "$way" 'still 42' || bad "$way"
		session_output "$way" >"$BATS_TEST_TMPDIR/said"
		! grep 'session' "$BATS_TEST_TMPDIR/said" ||
			bad "$way: told of an end that never comes"
		session_stop "$way"
	done
	# What is of note, and nothing above it.
	! h journalctl -q -o cat --no-pager --after-cursor "$CURSOR" -p 4 \
		-t pamlease-watchdog | grep . || bad 'alarms'
	h test ! -e /run/pamlease/.root.aside
	all_good
}

@test "the design's example: interns outside their hours" {
	local days=Wk

	zone_at 10:00:00
	[ "$(h date +%u)" -le 5 ] || days=Wd
	policy 'exempt group wheel' "deny group interns during !${days}0800-1800"
	lease alice
	lease dave
	lets_in by_key alice
	zone_at 18:00:00
	keeps_out deny "$NOT_SO" by_key alice
	logged 'user="alice"' /etc/pamlease/policy.conf:2 || bad 'no line'
	keeps_out deny "$NOT_SO" by_su alice
	lets_in by_key dave
	# On the other days it is never their hours.
	case $days in Wk) days=Wd ;; *) days=Wk ;; esac
	policy "deny group interns during !${days}0800-1800"
	zone_at 10:00:00
	keeps_out deny "$NOT_SO" by_key alice
	all_good
}

@test "the design's example: who is asked about" {
	policy 'ask group lp service sshd for 2h within 0s'
	keeps_out unanswered 'nobody has approved request' by_key bob
	keeps_out unanswered 'nobody has approved request' by_password bob
	# The rule is sshd's; elsewhere, and for others, it is as ever.
	keeps_out no-lease "$NO_LEASE" by_su bob
	keeps_out no-lease "$NO_LEASE" by_key alice
	lease bob
	lets_in by_key bob
	lets_in by_password bob
	lets_in by_su bob
	all_good
}

@test "the design's example: contractors from where and when" {
	zone_at 12:00:00
	policy 'lease group contractors from 10.0.0.0/8,127.0.0.0/8,fd00::/8 during Al0900-1700' \
		'deny group contractors'
	keeps_out no-lease "$NO_LEASE" by_key carol
	lease carol
	lets_in by_key carol
	# su has no remote host.
	keeps_out deny "$NOT_SO" by_su carol
	zone_at 17:00:00
	keeps_out deny "$NOT_SO" by_key carol
	zone_at 09:00:00
	lets_in by_key carol
	# The lease of an hour goes on behind the window's end.
	zone_at 16:30:00
	in_session carol -tt carol@127.0.0.1
	wait_for 10 session_said carol ' minutes (at 17:00:00).' ||
		bad "$(session_output carol)"
	policy 'lease group contractors from 10.0.0.0/8,fd00::/8 during Al0900-1700' \
		'deny group contractors'
	keeps_out deny "$NOT_SO" by_key carol
	all_good
}

@test "the design's example: so many users at once" {
	local user pid

	policy 'limit 2 group users service sshd'
	for user in alice bob u1 u2 u3; do
		lease "$user"
	done
	in_session u1 -N u1@127.0.0.1
	in_session again -N u1@127.0.0.1
	in_session other -N bob@127.0.0.1
	wait_for 10 in_ledger 3
	# One of them is in, and not two; bob is not of the group.
	in_session u2 -N u2@127.0.0.1
	wait_for 10 in_ledger 4
	keeps_out limit "$FULL" by_key u3
	logged 'user="u3"' /etc/pamlease/policy.conf:1 || bad 'no line'
	# Of whom it counts the second group too.
	keeps_out limit "$FULL" by_key alice
	# Who is in is never refused, nor a service that is not counted.
	lets_in by_key u1
	lets_in by_key bob
	lets_in by_su u3
	# An sshd that is killed leaves its place at the next run.
	pid=$(h pamlease sessions --json |
		jq '.[] | select(.user == "u2").pid')
	h kill -KILL "$pid"
	watchdog_run
	lets_in by_key u3
	session_stop u1
	wait_for 10 in_ledger 2
	lets_in by_key alice
	lets_in by_key u3
	all_good
}

@test "the design's example: max" {
	policy 'max 12h'
	run h pamlease grant alice --duration 13h
	[ "$status" -eq 1 ]
	h pamlease grant alice --duration 12h
	run h pamlease extend alice --duration 1m
	[ "$status" -eq 1 ]
	in_session pty -tt alice@127.0.0.1
	wait_for 10 session_said pty '$ '
	# It holds for leases that were granted before, too.
	policy 'max 1s'
	watchdog_run
	wait_for 10 session_ended pty
	wait_for 5 lease_gone alice
}

@test "allow: in without a lease, and never without the password" {
	policy 'allow user alice,bob' 'deny user carol'
	lets_in by_key alice
	lets_in by_password alice
	lets_in by_login alice
	lets_in by_su alice
	lets_in su_by_alice bob
	keeps_out no-lease "$NO_LEASE" by_key dave
	lease carol
	keeps_out deny "$NOT_SO" by_key carol
	# As somebody writes it who has misread the manual.
	h cp /etc/pam.d/su /root/su
	h sed -i '1i auth sufficient pam_lease.so' /etc/pam.d/su
	run h bash -c 'echo wrong | runuser -u alice -- su bob -c id'
	h cp /root/su /etc/pam.d/su
	[[ $status -ne 0 && $output == *'Authentication failure'* ]] ||
		bad "$status: $output"
	all_good
}

@test "services, classes of them, terminals and remote hosts" {
	policy 'deny user alice service @console' 'allow user alice'
	keeps_out deny 'Login incorrect' by_login alice
	lets_in by_key alice
	lets_in by_su alice
	policy 'deny user alice service @remote' 'allow user alice'
	keeps_out deny "$NOT_SO" by_key alice
	lets_in by_login alice
	policy 'allow user alice service su,login'
	lets_in by_su alice
	lets_in by_login alice
	keeps_out no-lease "$NO_LEASE" by_key alice
	policy 'allow user alice service !su'
	keeps_out no-lease "$NO_LEASE" by_su alice
	lets_in by_key alice
	# sshd's terminal is "ssh", with one and without.
	policy 'deny tty ssh' 'allow user alice'
	keeps_out deny "$NOT_SO" by_key alice
	lets_in by_login alice
	policy 'allow user alice tty pts/*'
	lets_in by_login alice
	keeps_out no-lease "$NO_LEASE" by_key alice
	policy 'allow user alice from local'
	lets_in by_login alice
	lets_in by_su alice
	keeps_out no-lease "$NO_LEASE" by_key alice
	policy 'deny from 127.0.0.2,10.0.0.0/8' 'allow user alice from 127.0.0.1'
	lets_in by_key alice
	policy 'deny from 127.0.0.0/8' 'allow user alice'
	keeps_out deny "$NOT_SO" by_key alice
	all_good
}

@test "one bad line: nobody but root comes in, and who is in stays" {
	local name

	policy 'allow user alice'
	lease bob
	in_session rule -tt alice@127.0.0.1
	in_session lease -tt bob@127.0.0.1
	wait_for 10 session_said rule '$ '
	wait_for 10 session_said lease '$ '
	policy 'allow user alice' 'deny group interns durin Al0800-1800'
	for name in alice bob; do
		keeps_out policy-broken "$FAILED" by_key "$name"
	done
	logged 'user="bob"' '/etc/pamlease/policy.conf:2:20: ' || bad 'no line'
	lets_in by_key root
	run watchdog_run
	[ "$status" -ne 0 ] || bad 'a run is content'
	logged 'pamlease/policy.conf:2:20: ' || bad 'no line of the watchdog'
	session_alive rule || bad "alice's session ended"
	session_alive lease || bad "bob's session ended"
	run h pamlease policy check
	[ "$status" -eq 1 ] || bad "$status"
	[[ ${lines[0]} == '/etc/pamlease/policy.conf:2:20: '* ]] || bad "$output"
	policy 'allow user alice'
	watchdog_run
	lets_in by_key alice
	session_alive rule || bad "alice's session ended"
	all_good
}

# usage: closes NAME WHAT	of a session when the window is over
closes() {
	local late

	wait_for 20 session_said "$1" 'Warning: Your session expires in 5 seconds'
	wait_for 10 session_said "$1" 'Warning: Your session expires in 2 seconds'
	wait_for 10 session_ended "$1"
	session_said "$1" 'Your session has expired. You will be disconnected now'
	# What ssh says last of all.
	late=$(h stat -c %.3Y "/run/login/$1.out")
	late=$(jq -n "($late - $2) * 1000 | floor")
	echo "# $1: ended $late ms behind its window" >&3
	[ "$late" -ge 0 ] && [ "$late" -le "$AT_ONCE" ] || bad "$1: $late ms"
}

@test "a window closes: warnings, the end within a second, and the lease stays" {
	local due

	policy 'warn 5s 2s' 'lease user alice during Al0800-1700' \
		'deny user alice' 'allow user bob during Al0800-1700'
	lease alice
	# Nothing is due yet, so that no run waits for it.
	wait_for 60 no_run
	zone_at 16:59:45
	due=$(time_at 17:00)
	in_session alice -tt alice@127.0.0.1
	in_session bob -tt bob@127.0.0.1
	wait_for 10 session_said alice 'Your session will expire in'
	wait_for 10 session_said bob '(at 17:00:00)'
	closes alice "$due"
	closes bob "$due"
	wait_for 5 no_process alice || bad 'alice has left something'
	wait_for 5 no_process bob || bad 'bob has left something'
	h test -e /run/pamlease/alice.lease || bad 'the lease is gone'
	keeps_out no-lease "$NO_LEASE" by_key bob
	keeps_out deny "$NOT_SO" by_key alice
	all_good
}

@test "grace: nobody new at the end, and who is in has so much longer" {
	local due

	policy 'warn 5s 2s' 'grace 6s' 'allow user bob during Al0800-1700'
	zone_at 16:59:48
	due=$(time_at 17:00)
	in_session bob -tt bob@127.0.0.1
	wait_for 20 session_said bob 'Warning: Your session expires in 6 seconds'
	wait_for 5 eval '[ "$(h date +%s)" -ge "$due" ]'
	keeps_out no-lease "$NO_LEASE" by_key bob
	session_alive bob || bad 'ended without grace'
	closes bob $((due + 6))
	all_good
}

@test "with keep-detached a window's end takes the session alone" {
	policy keep-detached 'warn 5s 2s' 'allow user carol during Al0800-1700'
	key_login carol true || h runuser -u carol -- true
	h runuser -u carol -- sh -c 'cd / && echo "sleep 1002" | at now' 2>&1
	wait_for 5 h pgrep -u carol -f 'sleep 1002'
	zone_at 16:59:50
	in_session carol -tt carol@127.0.0.1
	wait_for 20 session_ended carol
	session_said carol 'Your session has expired'
	h pgrep -u carol -f 'sleep 1002'
}

@test "the user's own TZ moves no window" {
	zone_at 18:00:00
	policy 'allow user bob service su during Al0800-1800'
	for zone in UTC-12 UTC+12 UTC Pacific/Auckland :/dev/null ''; do
		keeps_out no-lease '' su_by_alice bob "TZ=$zone"
	done
	zone_at 17:59:00
	for zone in UTC-12 UTC+12 Pacific/Auckland; do
		lets_in su_by_alice bob "TZ=$zone"
	done
	all_good
}

@test "without /etc/localtime a window denies, is told, and ends nobody" {
	zone_at 12:00:00
	policy 'allow user alice during Al0800-1800'
	lease bob
	in_session in -tt alice@127.0.0.1
	wait_for 10 session_said in '$ '
	h rm /etc/localtime
	keeps_out zone-unreadable "$FAILED" by_key alice
	logged 'user="alice"' 'detail="/etc/localtime"' || bad 'no line'
	# Who is not of that rule does not mind, nor does root.
	lets_in by_key bob
	lets_in by_key root
	watchdog_run || bad 'a run fails'
	session_alive in || bad 'ended'
	h ln -s nowhere /etc/localtime
	keeps_out zone-unreadable "$FAILED" by_key alice
	# Another one counts at the next decision.
	zone_at 12:00:00
	lets_in by_key alice
	zone_at 18:00:00
	keeps_out no-lease "$NO_LEASE" by_key alice
	all_good
}

@test "who is in by a rule that goes ends at the next run" {
	policy 'allow user alice,bob'
	in_session alice -tt alice@127.0.0.1
	in_session bob -tt bob@127.0.0.1
	wait_for 10 session_said alice '$ '
	wait_for 10 session_said bob '$ '
	policy 'allow user bob'
	watchdog_run
	wait_for 5 session_ended alice
	session_said alice 'Your session has expired'
	wait_for 5 no_process alice
	session_alive bob
	# A rule that denies does the same.
	policy 'deny user bob during Al' 'allow user bob'
	watchdog_run
	wait_for 5 session_ended bob
}

@test "revoking ends none that a rule let in, and says so" {
	policy 'allow user alice service sshd'
	lease alice
	in_session rule -tt alice@127.0.0.1
	wait_for 10 session_said rule '$ '
	run h pamlease revoke alice
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *'Lease revoked for alice. No sessions terminated.'* ]]
	[[ $output == *'sessions of alice that no lease let in stay: 1'* ]]
	lease_gone alice
	watchdog_run
	session_type rule 'echo still $((40 + 2))'
	wait_for 5 session_said rule 'still 42'
	# One of both kinds: only that of the lease ends.
	lease alice
	h systemd-run --quiet --unit=login-other su alice -c 'sleep 1001'
	wait_for 5 h pgrep -u alice -f 'sleep 1001'
	run h pamlease revoke alice
	echo "$output"
	[[ $output == *'Lease revoked for alice. Active sessions terminated.'* ]]
	wait_for 5 eval '! h pgrep -u alice -f "sleep 1001"'
	session_alive rule
}
