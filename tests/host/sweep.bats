#!/usr/bin/env bats
#
# The end of a user, whatever they have running, and of nobody else.

load lib

setup_file() {
	host_start --bind-ro "$BUILD/helpers:/mnt/helpers" || return
	[ -n "${HOST_SKIP:-}" ] || h bash -c 'mkdir -p /etc/pamlease
		echo "warn 1s" >/etc/pamlease/policy.conf'
}
# A host waits long for the end of what ignores it.
teardown_file() {
	[ -n "${HOST_SKIP:-}" ] || h bash -c 'for f in /run/kinds/*.*; do
			[ ! -f "$f" ] || kill -KILL "$(<"$f")"
		done' 2>/dev/null || :
	host_stop
}

kinds() { h /mnt/host/kinds.sh "$@" </dev/null; }
lease_gone() { ! h test -e "/run/pamlease/$1.lease"; }
no_process() { ! h pgrep -u "$1" >/dev/null; }

grant() {
	local user

	for user; do
		h pamlease grant "$user" --duration 1h --force >/dev/null
	done
}

# Who is not to end, beside the services: these by their main process, after
# the kinds are started, which starts cron anew.
bystanders() {
	if ! kinds alive carol 0 2>/dev/null; then
		grant carol
		kinds start carol
		kinds start root nosession
		kinds start daemon nosession
	fi
	services >"$BATS_TEST_TMPDIR/services"
}

services() {
	h systemctl show -P MainPID ssh cron atd dbus systemd-logind </dev/null
}

bystanders_alive() {
	kinds alive carol 0 && kinds alive root 0 && kinds alive daemon 0 &&
		services | cmp - "$BATS_TEST_TMPDIR/services"
}

@test "all of a user's ends at a revocation, and nothing else" {
	grant alice
	kinds start alice
	bystanders
	run h pamlease revoke alice
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$output" = 'Lease revoked for alice. Active sessions terminated.' ]
	kinds gone alice 0
	no_process alice
	run h ssh -S /run/kinds/mux.alice alice@127.0.0.1 true
	[ "$status" -ne 0 ]
	bystanders_alive
}

@test "all of a user's ends at the expiry, and nothing else" {
	grant bob
	kinds start bob
	bystanders
	h pamlease grant bob --duration 2s --force
	wait_for 10 lease_gone bob
	kinds gone bob 0
	no_process bob
	run h ssh -S /run/kinds/mux.bob bob@127.0.0.1 true
	[ "$status" -ne 0 ]
	bystanders_alive
}

# What a lease admits is looked at service by service.
@test "of a session that ends and one that stays, each takes its own" {
	grant dave
	kinds start dave shell login su command master channel remote
	kinds alive dave 5 shell-child login-child su-child command-child
	h pamlease grant dave --duration 1h --force --service login
	kinds gone dave 10 shell su command master channel remote \
		shell-child su-child command-child
	kinds alive dave 0 login login-child
	h pamlease revoke dave
	kinds gone dave 0
	no_process dave
}

@test "what is left of closed sessions ends when nobody is logged in" {
	grant dave
	kinds start dave nohup setsid stubborn stopped leaderless subuid sudo
	h pamlease revoke dave
	kinds gone dave 0
	no_process dave
	grant dave
	kinds start dave nohup setsid stubborn stopped leaderless subuid sudo
	h pamlease grant dave --duration 1s --force
	wait_for 10 lease_gone dave
	kinds gone dave 0
	no_process dave
}

# Ends dave, who has what no loginctl ends, after BREAK, and looks that TEXT is
# said of loginctl. usage: ends_without BREAK MEND TEXT revoke|expiry
ends_without() {
	local row="$1: $4" before took since

	grant dave
	kinds start dave stubborn cgroup
	since=$(h date +@%s.%N)
	h bash -c "$1"
	before=${EPOCHREALTIME/./}
	if [ "$4" = revoke ]; then
		run h pamlease revoke dave
		took=$(((${EPOCHREALTIME/./} - before) / 1000))
		[ "$status" -eq 0 ] || bad "$row: status $status"
	else
		h pamlease grant dave --duration 1s --force >/dev/null
		wait_for 15 lease_gone dave || bad "$row: the lease is there"
		run h journalctl -q -o cat --since "$since" \
			-t pamlease-watchdog -g 'dave.*ended'
		took=$(sed -n 's/.* \([0-9]*\) ms.*/\1/p' <<<"$output")
	fi
	kinds gone dave 0 || bad "$row: not all has ended"
	# A logind that comes back may start what it stops again.
	wait_for 20 no_process dave || bad "$row: $(h ps -fu dave)"
	if [ "$3" = any ]; then
		:
	elif [ -n "$3" ]; then
		[[ $output == *"/usr/bin/loginctl: $3"* ]] || bad "$row: $output"
	else
		[[ $output != *loginctl* ]] || bad "$row: $output"
	fi
	[ "${took:-9999}" -lt 5000 ] || bad "$row: $took ms"
	timings+=" $took"
	h bash -c "$2"
}

# usage: loginctl_is SCRIPT [MODE]
loginctl_is() {
	echo "cd /usr/bin && mv loginctl loginctl.real &&
		printf '#!/bin/sh\n%s\n' '$1' >loginctl && chmod ${2-755} loginctl"
}

@test "no fault of loginctl keeps anything from ending, and each is named" {
	local back='mv -f /usr/bin/loginctl.real /usr/bin/loginctl' timings=
	local hang='setsid sleep 1001 & sleep 1002'

	for how in revoke expiry; do
		ends_without "$(loginctl_is "$hang")" \
			"$back; pkill -f '^sleep 100[12]' || :" hangs $how
		ends_without 'cd /usr/bin && mv loginctl loginctl.real' \
			"$back" 'No such file' $how
		[ $how = revoke ] || continue
		ends_without "$(loginctl_is 'exit 0' 644)" "$back" \
			'Permission denied' $how
		ends_without "$(loginctl_is 'exit 1')" "$back" 'failed' $how
		ends_without "$(loginctl_is 'kill -KILL $$')" "$back" \
			'failed' $how
		ends_without "$(loginctl_is 'exit 0')" "$back" '' $how
		ends_without "$(loginctl_is \
			'head -c 1048576 /dev/zero')" "$back" '' $how
	done
	echo "# ms:$timings" >&3
	all_good
}

@test "no state of logind keeps anything from ending" {
	local timings= unit=systemd-logind

	for how in revoke expiry; do
		ends_without "systemctl kill -s STOP $unit" \
			"systemctl kill -s CONT $unit" hangs $how
		ends_without "systemctl mask -q --runtime --now $unit" \
			"systemctl unmask -q --runtime $unit
			systemctl start $unit" failed $how
	done
	# It is started again by whoever asks it.
	ends_without "systemctl stop $unit" "systemctl start $unit" any revoke
	echo "# ms:$timings" >&3
	all_good
}

# usage: account_lines add|remove
account_lines() {
	h bash -c 'cd /etc/pam.d
		if [ "$1" = add ]; then
			sed -i.orig "/^@include common-account/a \
				account required pam_lease.so" atd cron
			[ "$(cat atd cron | grep -c pam_lease)" = 2 ]
		else
			mv atd.orig atd && mv cron.orig cron
		fi' - "$1"
}

@test "a job that comes when the lease is over is refused" {
	local service since

	account_lines add
	grant alice
	kinds start alice at cron
	h pamlease revoke alice
	kinds gone alice 0
	since=$(h date +@%s.%N)
	h rm /run/kinds/alice.at /run/kinds/alice.cron
	h bash -c 'cd / && echo "touch /run/kinds/ran" | runuser -u alice \
			-- at now
		echo "@reboot touch /run/kinds/ran" | crontab -u alice -
		rm /run/crond.reboot && systemctl restart cron'
	for service in atd cron; do
		# shellcheck disable=SC2016
		wait_for 20 h bash -c 'journalctl -q --since "$1" \
			-g "pam_lease\($2:account\): verdict=deny"' - \
			"$since" $service || bad "$service: not refused"
	done
	h crontab -u alice -r
	no_process alice || bad 'processes'
	! h test -e /run/kinds/ran || bad 'the job ran'
	account_lines remove
	all_good
}

# bats test_tags=endurance
@test "an end of which nobody knows whether it is one is tried again" {
	local drop=/run/systemd/system/pamlease-kill@.service.d

	h bash -c 'mkdir -p "$1" && printf "[Service]\nExecStart=\n%s\n" \
		ExecStart=false >"$1/fails.conf" && systemctl daemon-reload' - \
		$drop
	grant dave
	kinds start dave cgroup
	h pamlease grant dave --duration 1s --force
	wait_for 40 h journalctl -q -p crit -b -t pamlease-watchdog \
		-g 'dave.*ended, .*/usr/bin/systemctl: failed'
	h test -e /run/pamlease/dave.lease
	run key_login dave true
	[ "$status" -ne 0 ]
	h bash -c 'rm -r "$1" && systemctl daemon-reload
		systemctl start pamlease-watchdog' - $drop
	wait_for 40 lease_gone dave
	kinds gone dave 0
	no_process dave
}

# No look at /proc shows it, as it would not who forks and leaves fast enough.
@test "who stops whatever is to kill them ends as well" {
	local pid

	grant bob
	h systemd-run --quiet --collect -p Nice=-20 setpriv --reuid bob \
		--regid bob --clear-groups bash -c \
		'while :; do kill -STOP -- -1; done 2>/dev/null'
	wait_for 10 h pgrep -u bob -x bash
	pid=$(h pgrep -u bob -x bash)
	h mount -t tmpfs tmpfs "/proc/$pid"
	h pamlease grant bob --duration 1s --force
	wait_for 20 lease_gone bob
	run h kill -0 "$pid"
	[ "$status" -ne 0 ]
}

# Logs in as alice over and over, revokes in the middle. usage: storm ATTEMPTS
storm() {
	grant alice
	h bash -c 'dir=$(mktemp -d)
		attempts() {
			for ((i = 0; i < $1; i++)); do
				ssh -n alice@127.0.0.1 "setsid sleep 1000 &
					exec sleep 1000" >/dev/null 2>&1 &
				sleep 0.0$((RANDOM % 10))
				[ $((i % 8)) -ne 7 ] || sleep 0.5
			done
			: >$dir/done
			wait
		}
		attempts "$1" &
		until [ "$(pgrep -cu alice)" -gt 10 ]; do sleep 0.05; done
		pamlease revoke alice || echo "revoke: $?"
		[ ! -e "$dir/done" ] || echo "no attempt came after it"
		# What is let in now would stay.
		for ((i = 0; i < 600; i++)); do
			[ -n "$(jobs -r)" ] || break
			sleep 0.1
		done
		[ -z "$(jobs -r)" ] || { echo "logins:"; ps axf; }
		pgrep -lu alice || echo none' - "$1"
}

@test "who logs in again and again while they are ended is out" {
	run storm 40
	echo "$output"
	[ "${lines[*]: -1}" = none ]
	[[ "$output" != *revoke:* && "$output" != *'no attempt'* ]]
}

# bats test_tags=endurance
@test "who logs in 200 times while they are ended is out" {
	run storm 200
	echo "$output"
	[ "${lines[*]: -1}" = none ]
	[[ "$output" != *revoke:* && "$output" != *'no attempt'* ]]
}

# A bomb of alice's in a session, and bob, whose leases end together. Prints
# after how many ms each was gone. usage: bombed PROCESSES
bombed() {
	grant bob
	kinds start bob command stubborn
	h bash -c 'pamlease grant alice --duration 1h --force
		ssh -n alice@127.0.0.1 "/mnt/helpers/bomb $1 300 >/dev/null 2>&1 &"
		until [ "$(pgrep -cu alice -x bomb)" -ge $(($1 - 10)) ]; do
			sleep 0.1
		done
		pamlease grant bob --duration 2s --force
		pamlease grant alice --duration 2s --force
		end=$(date +%s%N -d "$(sed -n \
			"s/.*\"expires_at\":[^\"]*\"\([^\"]*\)\".*/\1/p" \
			/run/pamlease/alice.lease)")
		bob= alice=
		for ((i = 0; i < 1000; i++)); do
			late=$((($(date +%s%N) - end) / 1000000))
			[ -n "$bob" ] || pgrep -u bob >/dev/null || bob=$late
			[ -n "$alice" ] || pgrep -u alice >/dev/null || alice=$late
			[ -z "$bob" ] || [ -z "$alice" ] || break
			sleep 0.1
		done
		echo "alice ${alice:-99999} bob ${bob:-99999}"' - "$1" \
		</dev/null | tail -n 1
	wait_for 20 lease_gone alice
	wait_for 20 lease_gone bob
}

@test "150 processes that fork on are gone in 5 s, and delay nobody" {
	run bombed 150
	echo "# ms after the expiry: $output" >&3
	[[ $output =~ ^alice\ ([0-9]+)\ bob\ ([0-9]+)$ ]]
	[ "${BASH_REMATCH[1]}" -le 5000 ]
	[ "${BASH_REMATCH[2]}" -le 10000 ]
}

# bats test_tags=endurance
@test "1,500 processes that fork on are gone in a minute, three times" {
	for _ in 1 2 3; do
		run bombed 1500
		echo "# ms after the expiry: $output" >&3
		[[ $output =~ ^alice\ ([0-9]+)\ bob\ ([0-9]+)$ ]]
		[ "${BASH_REMATCH[1]}" -le 60000 ]
		[ "${BASH_REMATCH[2]}" -le 10000 ]
	done
}
