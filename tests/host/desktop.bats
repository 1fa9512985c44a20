#!/usr/bin/env bats
#
# Logins that wait for who sits at the desk: windows in a real X server, and
# clicks on them. carol sits there.

# Words for the shell in the host.
# shellcheck disable=SC2016

load lib

setup_file() {
	host_start_with <<'END' || return
mkdir -p /etc/pamlease
cat >/etc/pamlease/policy.conf <<'EOT'
ask user alice,carol,o* for 1h within 60s desktop
ask user bob for 1h within 4s desktop
ask user dave for 1h within 60s
EOT
# Each of these means something to zenity, to Pango or to a terminal.
printf 'o\\033[31m<b>&\\n:x:3101:100::/:/bin/sh\n' >>/etc/passwd
printf 'o\\033[31m<b>&\\n:*:20000:0:99999:7:::\n' >>/etc/shadow
END
	[ -z "${HOST_SKIP:-}" ] || return 0
	desk sit carol
}
teardown_file() { host_stop; }

teardown() {
	host_teardown
	nothing_left alice bob dave
}

desk() { h /mnt/host/desktop.sh "$@" </dev/null; }

# The request of that user that waits, into $id. usage: asks USER
asks() {
	id=$(h pamlease requests --json </dev/null | jq -re --arg user "$1" \
		'.[] | select(.user == $user and .state == "waiting").id')
}

# The program of the desk, started by that user.
as() {
	h setpriv --reuid="$1" --regid=100 --clear-groups timeout 20 \
		/usr/libexec/pamlease-desk </dev/null 2>&1
}

log() { h journalctl -b -o cat </dev/null; }
logged() { log | grep -F "$1" >/dev/null; }

# Has that user so many? usage: sessions USER N
sessions() {
	[ "$(h pamlease sessions --json </dev/null |
		jq --arg user "$1" 'map(select(.user == $user)) | length')" = "$2" ]
}

@test "a click lets in, and the end of the last session is told" {
	local id window

	in_session one alice@127.0.0.1 'echo in as $(id -un); read -r'
	window=$(desk window 'alice wants to log in')
	asks alice
	desk click "$window" last
	wait_for 10 session_said one 'in as alice'
	log | grep -F "approve: request=$id user=\"alice\" by=\"carol\" at the desk"
	h pamlease show alice --json </dev/null |
		jq -e '.granted_by == "carol" and .from == ["127.0.0.1"] and
			.services == ["sshd"]'
	in_session two alice@127.0.0.1 'echo in as $(id -un); read -r'
	wait_for 10 session_said two 'in as alice'
	session_stop one
	wait_for 10 sessions alice 1
	session_stop two
	desk click "$(desk window 'alice has logged out')" last
}

@test "a click refuses, and so does Enter" {
	local id window

	in_session no alice@127.0.0.1 'echo in as $(id -un)'
	window=$(desk window 'alice wants')
	asks alice
	desk click "$window" first
	wait_for 10 session_said no "Access denied: request $id was refused."
	in_session enter alice@127.0.0.1 'echo in as $(id -un)'
	window=$(desk window 'alice wants')
	asks alice
	desk type "$window" Return
	wait_for 10 session_said enter "Access denied: request $id was refused."
	log | grep -F "refuse: request=$id user=\"alice\" by=\"carol\" at the desk"
}

@test "silence is a no, and the window goes" {
	local window

	in_session silence bob@127.0.0.1 'echo in as $(id -un)'
	window=$(desk window 'bob wants')
	wait_for 10 session_said silence 'Access denied: nobody has approved'
	desk gone "$window"
	# A new login is asked about anew.
	in_session again bob@127.0.0.1 'echo in as $(id -un)'
	desk gone "$(desk window 'bob wants')"
}

@test "who closes the window answers nothing; root answers, and it goes" {
	local id

	in_session closed alice@127.0.0.1 'echo in as $(id -un); read -r'
	desk window 'alice wants'
	asks alice
	h pkill -TERM -x zenity </dev/null
	# Who comes next is asked about.
	in_session next bob@127.0.0.1 true
	desk window 'bob wants'
	h pamlease refuse "$id" --reason 'by root' </dev/null
	wait_for 10 session_said closed 'was refused: by root'
	in_session root alice@127.0.0.1 'echo in as $(id -un); read -r'
	window=$(desk window 'alice wants')
	asks alice
	h pamlease approve "$id" </dev/null
	desk gone "$window"
	wait_for 10 session_said root 'in as alice'
}

@test "a login that is gone takes its window with it" {
	local window

	in_session client alice@127.0.0.1 true
	window=$(desk window 'alice wants')
	h pkill -KILL -f '^sshd: alice' </dev/null
	desk gone "$window"
}

@test "what is in a name is shown, and does nothing" {
	local name='o\033[31m<b>&\n' window

	# No ssh would send it.
	h systemd-run --quiet --unit=odd -p StandardError=file:/run/odd \
		su -- "$name" -c true </dev/null
	window=$(desk window 'm<b>')
	h pgrep -fa '^zenity' </dev/null |
		grep -F -- '--text=o\\033[31m<b>&\\n wants to log in'
	desk click "$window" first
	wait_for 10 h grep 'was refused' /run/odd </dev/null
}

# Both come before alice.
@test "who asks is not asked, and without desktop nobody at a desk is" {
	local user

	for user in carol dave; do
		in_session "own-$user" "$user@127.0.0.1" true
		wait_for 10 asks "$user"
		in_session "after-$user" alice@127.0.0.1 true
		desk click "$(desk window wants)" first
		wait_for 10 session_said "after-$user" 'was refused' ||
			bad "$user is asked about"
		asks "$user"
		session_stop "own-$user"
	done
	all_good
}

@test "who sits at no desk gets no question, and gives no answer" {
	in_session waits alice@127.0.0.1 true
	desk window 'alice wants'
	asks alice
	[ "$(h stat -c '%a %U' /run/pamlease-desk/1003)" = '600 carol' ]
	# Two who have no socket, and one who had it when she sat there.
	for user in alice bob; do
		as "$user" | grep -F 'No such file'
	done
	desk leave
	as carol
	wait_for 10 logged 'uid 1003 sits at no desk'
	asks alice
}

@test "without a session in front there is nobody to ask" {
	in_session nobody alice@127.0.0.1 true
	wait_for 10 asks alice
	wait_for 10 logged 'nobody sits at a desk'
	desk sit carol
}
