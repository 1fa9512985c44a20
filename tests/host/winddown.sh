#!/bin/bash
#
# winddown.sh - logins of every way, and when who is in has left; runs in the
# test host as root.
#
# usage: winddown.sh stay WAY USER NAME	a shell on a terminal, whose output
#					is in session_output NAME, and which
#					reads what session_type NAME is given;
#					session_files NAME has made both
#        winddown.sh try WAY USER	a login that ends at once; its output
#        winddown.sh all USER:WAY...	these, each way's one after another;
#					what they printed is in /run/try/USER
#        winddown.sh watch		waits as status --wait does, and leaves
#					its output in /run/watch, its status and
#					when it ended in /run/watch.end
#        winddown.sh empty		waits until nobody is in the ledger, and
#					prints when that was, microseconds
#        winddown.sh late SECOND PID...	how many ms after that second each of
#					these was gone
#
# A way is key, password, kbdint or console.

set -u

us() { echo "${EPOCHREALTIME/./}"; }

# A descriptor from which nothing ever comes: read -t waits on it. A child that
# ends later would be script's, which then does nothing but wait for others.
exec 9<> <(:)
wait $!
pause() { read -r -t "$1" <&9; }

by_ssh() {
	local way=$1 user=$2
	shift 2
	case $way in
	key)
		exec ssh -o BatchMode=yes "$@" ;;
	password)
		exec sshpass -p "pw-$user" ssh -o NumberOfPasswordPrompts=1 \
			-o PreferredAuthentications=password "$@" ;;
	kbdint)
		exec sshpass -p "pw-$user" ssh -o NumberOfPasswordPrompts=1 \
			-o PreferredAuthentications=keyboard-interactive "$@" ;;
	esac
}

stay() {
	local way=$1 user=$2 file=/run/login/$3

	exec < <(exec tail -n +1 -f "$file.in") >"$file.out" 2>&1
	[ "$way" != console ] || exec script -qfec "login $user" /dev/null
	by_ssh "$way" "$user" -tt "$user@127.0.0.1"
}

try() {
	local way=$1 user=$2

	[ "$way" = console ] ||
		by_ssh "$way" "$user" "$user@127.0.0.1" 'echo in as $(id -un)' \
			</dev/null 2>&1
	exec expect -c '
		set timeout 20
		spawn -noecho login '"$user"'
		expect {
			-re {assword: $} { send "pw-'"$user"'\r"; exp_continue }
			-re {[$#] $} { send "echo in as \$(id -un)\r" }
			eof { exit 1 }
		}
		expect -re {in as [a-z0-9]+\r}
		send "exit\r"
		expect eof' </dev/null 2>&1 | tr -d '\r'
}

all() {
	local way one

	mkdir -p /run/try
	for way in key password kbdint console; do
		for one; do
			[ "${one#*:}" != "$way" ] ||
				(try "$way" "${one%:*}") >"/run/try/${one%:*}"
		done &
	done
	wait
}

watch() {
	pamlease winddown status --wait >/run/watch 2>&1
	echo "$? $(us)" >/run/watch.end
}

empty() {
	local end=$(($(us) + 30000000))

	while compgen -G '/run/pamlease/sessions/*' >/dev/null; do
		[ "$(us)" -lt "$end" ] || return 1
		pause 0.005
	done
	us
}

late() {
	local second=$1 end=$((($1 + 30) * 1000000)) pid
	shift

	for pid; do
		(
			while [ -d "/proc/$pid" ] && [ "$(us)" -lt "$end" ]; do
				pause 0.01
			done
			echo $((($(us) - second * 1000000) / 1000))
		) &
	done
	wait
}

"$@"
