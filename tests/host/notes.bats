#!/usr/bin/env bats
#
# Warnings and the last word on desktops, as a session bus hears of them; and
# what a bus or a user does that hangs.

load lib

setup_file() {
	host_start_with <<'END'
mkdir -p /etc/pamlease
echo 'warn 15s 8s' >/etc/pamlease/policy.conf
printf '%s\n' 'auth required pam_permit.so' 'account required pam_lease.so' \
	'session required pam_lease.so' 'session required pam_systemd.so' \
	>/etc/pam.d/lightdm
END
}
teardown_file() { host_stop; }

teardown() {
	host_teardown
	[ -n "${HOST_SKIP:-}" ] || h bash -c '
		for user in alice bob carol; do pamlease revoke $user; done
		systemctl stop "heard-*" "bus-*" "gui-*"' >/dev/null 2>&1 || :
}

# A graphical session of that user's with a bus, and what the bus hears.
# usage: sits USER UID TYPE
sits() {
	h systemd-run --quiet --collect --unit="gui-$1" -p User="$1" \
		-p PAMName=lightdm --setenv=XDG_SESSION_TYPE="$3" \
		--setenv=XDG_SESSION_CLASS=user sleep infinity
	wait_for 10 h test -d "/run/user/$2/systemd"
	h systemd-run --quiet --collect --unit="bus-$1" -p User="$1" \
		dbus-daemon --session --nofork --nopidfile \
		--address="unix:path=/run/user/$2/bus"
	wait_for 10 h test -S "/run/user/$2/bus"
	h rm -f "/run/heard-$1"
	h systemd-run --quiet --collect --unit="heard-$1" -p User="$1" \
		-p StandardOutput="file:/run/heard-$1" dbus-monitor \
		--address "unix:path=/run/user/$2/bus"
	wait_for 10 heard "$1" NameAcquired
}

# How often that uid was to be shown a note.
starts() { h journalctl -b -o cat -u "pamlease-note@$1" | grep -c ^Starting; }
heard() { h grep -Fq -- "$2" "/run/heard-$1"; }
lease_gone() { ! h test -e "/run/pamlease/$1.lease"; }

# By how many milliseconds the last end of that user was late.
late() {
	h journalctl -o json -n 1 PAMLEASE_EVENT=ended "PAMLEASE_USER=$1" |
		jq -r '.PAMLEASE_LATE_MS'
}

@test "warnings and the last word are shown on a desktop, and nowhere else" {
	h pamlease grant alice --duration 22s
	h pamlease grant bob --duration 22s
	sits alice 1001 x11
	# Not graphical, whatever opened it; on a terminal as well.
	sits bob 1002 tty
	in_session pty -tt alice@127.0.0.1
	wait_for 20 heard alice 'string "Save your work."'
	wait_for 20 heard alice 'member=Notify'
	wait_for 20 session_said pty 'expires in 8 seconds'
	wait_for 20 heard alice 'string "Your session expires in 8 seconds."'
	wait_for 20 lease_gone alice
	# The last word has the 0.2 s that terminals have: it is tried.
	[ "$(starts 1001)" -eq 3 ]
	[ "$(h grep -Fc member=Notify /run/heard-alice)" -ge 2 ]
	run ! heard bob member=Notify
}

@test "a bus that hangs delays no end" {
	local i ms

	h pamlease grant carol --duration 18s
	sits carol 1003 wayland
	h systemctl kill --signal=STOP bus-carol
	wait_for 20 h journalctl -b -o cat --grep 'warned, 8 seconds' PAMLEASE_USER=carol
	wait_for 20 lease_gone carol
	wait_for 5 eval '[ -n "$(late carol)" ]'
	ms=$(late carol)
	echo "late by $ms ms"
	[ "$ms" -le "$AT_ONCE" ]
	h journalctl -b -o cat -u pamlease-note@1003 | grep -F 'timed out'
	# What hung and was killed is no failed unit.
	[ -z "$(h systemctl --failed --plain --no-legend list-units 'pamlease-*')" ]
}

@test "what can't be read is not over" {
	h pamlease grant bob --duration 1h
	sits bob 1002 x11
	wait_for 10 h test -d /run/pamlease-status/1002
	h bash -c 'cd /run/pamlease-status/1002 && for f in *; do
		echo broken >$f; done; systemctl start pamlease-note@1002
		rm -r /run/pamlease-status/1002
		systemctl start pamlease-note@1002; /usr/libexec/pamlease-watchdog
		systemctl start pamlease-note@1002'
	wait_for 10 heard bob 'string "Your session expires in 1 hour."'
	run ! heard bob expired
	[ "$(h grep -Fc member=Notify /run/heard-bob)" -eq 1 ]
}
