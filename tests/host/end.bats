#!/usr/bin/env bats
#
# The end of a lease, under the installed timer.

load lib

# A lead of 10 s and one of 5 s, so that a lease of 20 s is warned of twice.
setup_file() {
	host_start --bind-ro "$HOST_DEST/../helpers:/mnt/helpers" || return
	[ -n "${HOST_SKIP:-}" ] || h bash -c 'mkdir -p /etc/pamlease
		echo "warn 10s 5s" >/etc/pamlease/policy.conf
		for ((i = 1; i <= 20; i++)); do
			useradd -m -s /bin/bash -u $((1100 + i)) u$i
			install -D -m 600 -o u$i /root/.ssh/id.pub \
				/home/u$i/.ssh/authorized_keys
			chown u$i /home/u$i/.ssh
		done'
}
teardown_file() { host_stop; }

lease_gone() { ! h test -e "/run/pamlease/$1.lease"; }
no_process() { ! h pgrep -u "$1" >/dev/null; }

@test "20 leases of 20 s end within a second, on two terminals each" {
	local i n=0 user late1 late2 warned stopped

	# Started apart from each other, so that they don't end together.
	run h bash -c 'for ((i = 1; i <= 20; i++)); do
			/mnt/host/end.sh u$i 20 &
			sleep 1.3
		done
		wait'
	echo "$output"
	[ "$status" -eq 0 ]
	while read -r user _ late1 late2 _ warned _ stopped; do
		n=$((n + 1))
		[ "$late1" -ge 0 ] && [ "$late1" -le "$AT_ONCE" ]
		[ "$late2" -ge 0 ] && [ "$late2" -le "$AT_ONCE" ]
		[ "$warned" -eq 2 ]
		[ "$stopped" -eq 0 ]
	done <<<"$output"
	[ "$n" -eq 20 ]
	echo "# ms after the expiry: $(cut -d ' ' -f 3,4 <<<"$output" |
		tr '\n' ' ')" >&3
	for ((i = 1; i <= 20; i++)); do
		wait_for 5 lease_gone "u$i"
		no_process "u$i"
	done
}

# The first grant starts the watchdog, which finds nothing due and ends; the
# second comes at some moment of that.
@test "a lease that is granted while the watchdog ends is not missed" {
	# shellcheck disable=SC2016
	h bash -c 'for ((i = 0; i < 25; i++)); do
			pamlease grant bob --duration 1h --force
			sleep "0.$(printf %03d $((i * 2)))"
			pamlease grant carol --duration 1s --force
			end=$((${EPOCHREALTIME/./} + 3000000))
			while [ -e /run/pamlease/carol.lease ]; do
				[ ${EPOCHREALTIME/./} -lt $end ] || exit 1
				sleep 0.02
			done
		done >/dev/null'
	h pamlease revoke bob
}

@test "extending keeps the session and makes the warnings due again" {
	h pamlease grant alice --duration 16s
	in_session pty -tt alice@127.0.0.1
	wait_for 20 session_said pty 'expires in 5 seconds'
	run h pamlease extend alice --duration 15s
	[ "$status" -eq 0 ]
	[[ "$output" == "Lease for alice extended by 15s. New expiry: "* ]]
	run h pamlease show alice
	[[ "$output" == *"Warned 10s: No"* ]]
	wait_for 30 eval '[ "$(session_output pty |
		grep -c "expires in 10 seconds")" -eq 2 ]'
	session_alive pty
	wait_for 30 eval '[ "$(session_output pty |
		grep -c "expires in 5 seconds")" -eq 2 ]'
	wait_for 10 session_ended pty
	session_said pty 'Your session has expired'
	wait_for 5 lease_gone alice
}

@test "revoking ends the session within 3 s, and says what it did" {
	h pamlease grant bob --duration 1h
	in_session pty -tt bob@127.0.0.1
	in_session fwd -N bob@127.0.0.1
	wait_for 10 session_said pty '$ '
	wait_for 10 eval '[ "$(h pamlease sessions --json |
		jq length)" -eq 2 ]'
	local before=${EPOCHREALTIME/./}
	run h pamlease revoke bob
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$output" = "Lease revoked for bob. Active sessions terminated." ]
	wait_for 3 session_ended pty
	wait_for 3 session_ended fwd
	[ $((${EPOCHREALTIME/./} - before)) -lt 3000000 ]
	session_said pty 'Your lease has been revoked'
	no_process bob
	run key_login bob true
	[ "$status" -ne 0 ]
}

@test "revoking without a session says so" {
	h pamlease grant bob --duration 1h
	run h pamlease revoke bob
	[ "$output" = "Lease revoked for bob. No active sessions." ]
	run h pamlease revoke bob
	[ "$status" -eq 3 ]
}

@test "a lease that is deleted by hand ends its sessions" {
	h pamlease grant bob --duration 1h
	in_session pty -tt bob@127.0.0.1
	wait_for 10 session_said pty '$ '
	h rm /run/pamlease/bob.lease
	wait_for 35 session_ended pty
	wait_for 5 no_process bob
}

@test "a second channel dies with the lease that let the first in" {
	h pamlease grant carol --duration 1h
	in_session mux -M -S /run/mux -N carol@127.0.0.1
	wait_for 10 h ssh -S /run/mux -O check carol@127.0.0.1
	h ssh -S /run/mux carol@127.0.0.1 true
	h pamlease revoke carol
	run h ssh -o BatchMode=yes -S /run/mux carol@127.0.0.1 true
	[ "$status" -ne 0 ]
	wait_for 3 session_ended mux
}

@test "what was left in the background ends as well" {
	h pamlease grant dave --duration 1h
	key_login dave 'nohup setsid sleep 1000 >/dev/null 2>&1 &
		trap "" TERM; (trap "" TERM HUP; sleep 1000) >/dev/null 2>&1 &'
	h pgrep -u dave
	h pamlease revoke dave
	no_process dave
}

@test "what an interrupted revocation left, the watchdog ends" {
	h pamlease grant dave --duration 1h
	key_login dave 'nohup setsid sleep 1000 >/dev/null 2>&1 &'
	h mv /run/pamlease/dave.lease /run/pamlease/dave.revoked
	run key_login dave true
	[ "$status" -ne 0 ]
	wait_for 35 no_process dave
	wait_for 5 eval '! h test -e /run/pamlease/dave.revoked'
}

# As at a boot: logind starts the user manager of who lingers, without a login.
@test "who lingers is not back without a lease, with a line for it" {
	h bash -c 'sed "s/^@include common-account/&\naccount required pam_lease.so/" \
		/usr/lib/pam.d/systemd-user >/etc/pam.d/systemd-user
		grep -q pam_lease /etc/pam.d/systemd-user &&
		loginctl enable-linger dave; systemctl restart systemd-logind'
	wait_for 10 h journalctl -b -q --grep \
		'systemd-user:account.*verdict=deny why=no-lease user="dave"'
	wait_for 5 no_process dave
	h pamlease grant dave --duration 1h
	key_login dave systemctl --user is-active default.target
	h pamlease revoke dave
	no_process dave
	h bash -c 'loginctl disable-linger dave; rm /etc/pam.d/systemd-user'
}

# Whoever runs su can stop it with Ctrl-Z, also while it opens a session.
@test "a user who stops their own su holds up nobody's revocation" {
	h pamlease grant alice --duration 1h
	h runuser -u alice -- bash -c 'for ((i = 0; i < 40; i++)); do
			(echo pw-alice | su alice -c "sleep 1000") \
				>/dev/null 2>&1 &
			sleep "0.0$((i % 10))"
			pkill -STOP -P $$ -x su
			pkill -STOP -x su
		done' || :
	run h timeout 10 pamlease revoke alice
	echo "$output"
	[ "$status" -eq 0 ]
	no_process alice
}

# The chains hang below atd, where no slice of the user's reaches.
@test "who forks faster than anybody can look ends as well" {
	h pamlease grant carol --duration 6s
	h runuser -u carol -- sh -c \
		'cd / && echo "/mnt/helpers/chain 2 40 /tmp/beat" | at now' 2>&1
	wait_for 5 h test -s /tmp/beat
	wait_for 20 lease_gone carol
	h rm /tmp/beat
	no_process carol
	# Many beats would have come in this time.
	run wait_for 2 h test -e /tmp/beat
	[ "$status" -ne 0 ]
}

@test "sessions kept at a revocation stay, and nobody else comes in" {
	h pamlease grant carol --duration 1h
	in_session kept -tt carol@127.0.0.1
	wait_for 10 session_said kept '$ '
	run h pamlease revoke carol --keep-sessions
	[ "$output" = "Lease revoked for carol. Sessions kept: 1." ]
	watchdog_run
	session_alive kept
	run key_login carol true
	[ "$status" -ne 0 ]
	session_stop kept
}

# As su makes them: both in one session of logind's.
@test "a session within another of the user's ends alone" {
	local inner

	h pamlease grant carol --duration 1h
	in_session outer -tt carol@127.0.0.1
	wait_for 10 session_said outer '$ '
	session_type outer "su carol -c 'echo \$PPID >/tmp/inner; sleep 1000'"
	wait_for 10 session_said outer 'Password: '
	session_type outer pw-carol
	wait_for 10 h test -s /tmp/inner
	inner=$(h cat /tmp/inner)
	h pamlease grant carol --duration 1h --force --service sshd
	wait_for 10 eval '! h kill -0 "$inner"'
	wait_for 5 eval '! h pgrep -u carol -x sleep'
	session_type outer 'echo still $((40 + 2))'
	wait_for 5 session_said outer 'still 42'
	h pamlease revoke carol
	wait_for 5 session_ended outer
}

@test "a session for which only another service has a lease ends alone" {
	h pamlease grant carol --duration 1h
	in_session one -tt carol@127.0.0.1
	wait_for 10 session_said one '$ '
	h pamlease grant carol --duration 1h --force --service login
	wait_for 10 session_ended one
	h test -e /run/pamlease/carol.lease
	h pamlease revoke carol
}

@test "systemd ends a final lease's session without the watchdog" {
	h systemctl stop pamlease-watchdog.timer pamlease-watchdog.path
	h pamlease grant bob --duration 5s --final
	in_session pty -tt bob@127.0.0.1
	wait_for 15 session_ended pty
	run h pamlease extend bob --duration 1h
	[ "$status" -ne 0 ]
	h systemctl start pamlease-watchdog.timer pamlease-watchdog.path
}

@test "a kept lease comes back after a reboot, another does not" {
	h pamlease grant alice --duration 1h --keep
	h pamlease grant bob --duration 1h
	host_reboot
	h pamlease show alice
	run h pamlease show bob
	[ "$status" -eq 3 ]
	key_login alice true
	run key_login bob true
	[ "$status" -ne 0 ]
	h pamlease revoke alice
	host_reboot
	run key_login alice true
	[ "$status" -ne 0 ]
}

@test "the units are there, sandboxed, and the timer is exact" {
	local unit exposure most

	# The watchdog writes to the audit trail, beside all that it does.
	for unit in pamlease-watchdog.service:16 pamlease-restore.service:15; do
		most=${unit#*:} unit=${unit%:*}
		exposure=$(h systemd-analyze security --no-pager "$unit" |
			sed -n 's/.*Overall exposure level.*: \([0-9.]*\) .*/\1/p')
		echo "$unit: $exposure"
		[ "${exposure/./}" -le "$most" ]
	done
	[ "$(h systemctl show -P AccuracyUSec pamlease-watchdog.timer)" = 1s ]
	h systemctl is-active pamlease-watchdog.timer pamlease-watchdog.path
}
