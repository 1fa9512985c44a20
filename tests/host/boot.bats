#!/usr/bin/env bats
#
# The test host itself, without pamlease: when these fail, look no further.

load lib

setup_file() { host_boot; }
teardown_file() { host_stop; }

@test "systemd is PID 1 and content, logind answers" {
	[ "$(h ps -o comm= -p 1)" = systemd ]
	[ "$(h systemctl is-system-running)" = running ]
	h loginctl list-sessions --no-legend
}

@test "a user logs in by key, by password and by keyboard-interactive" {
	[ "$(key_login alice id -un)" = alice ]
	[ "$(password_login bob id -un)" = bob ]
	[ "$(kbdint_login carol id -un)" = carol ]
	HOST_PASSWORD=wrong run ! password_login bob true
}

@test "a login on a pty lasts, is a session of logind's, and ends with it" {
	in_session pty -tt alice@127.0.0.1
	wait_for 10 has_session alice
	session_type pty tty
	wait_for 10 session_said pty /dev/pts/
	session_alive pty
	h loginctl terminate-user alice
	wait_for 10 session_ended pty
	wait_for 10 h sh -c '! pgrep -u alice'
}

@test "nothing in the host can set the clock of this machine" {
	run ! h date -s 2001-01-01
	[[ $output == *"not permitted"* ]]
}

@test "a reboot keeps the files and empties /run" {
	h touch /root/kept /run/gone
	host_reboot
	h test -e /root/kept
	run ! h test -e /run/gone
}
