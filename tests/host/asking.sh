#!/bin/bash
#
# asking.sh - logins that wait for a yes, and what becomes of them; runs in the
# test host as root.
#
# usage: asking.sh yes WAY USER		a login that waits, and a yes: how many
#					ms after it the login was in
#        asking.sh no WAY USER REASON	the same with a no
#        asking.sh silence WAY USER	nobody answers
#        asking.sh left WAY USER	its client is killed; an answer comes
#        asking.sh killed WAY USER	who waits is killed: how many ms after
#					that the request has gone
#        asking.sh grace WAY USER	sshd, at port 2222, ends it
#        asking.sh scp USER N		N files, one after the other, after one
#					yes
#        asking.sh try WAY USER		a login, however it ends
#        asking.sh sources FIRST LAST	users n1 to n(FIRST-1) wait; how those
#					up to LAST fare meanwhile, and dave
#
# A way is key, password, kbdint, su or console.  Each prints what the login
# printed, each line behind "> ", and what it found out as WORD VALUE.

set -u

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
ID='' said=$dir/said

us() { echo "${EPOCHREALTIME/./}"; }
ms_since() { echo $((($(us) - $1) / 1000)); }

# A descriptor from which nothing ever comes: read -t waits on it.
exec 9<> <(:)

# Waits for at most 30 s. usage: soon COMMAND...
soon() {
	local end=$(($(us) + 30000000))

	until "$@"; do
		if [ "$(us)" -ge "$end" ]; then
			echo "late $*"
			return 1
		fi
		read -r -t 0.01 <&9
	done
}

# The state and ID of the user's request, to $state and $ID.
request_of() {
	read -r ID state < <(pamlease requests 2>/dev/null |
		awk -v user="$1" '$2 == user { print $1, $NF }')
}
is_asked() { request_of "$1" && [ "$state" = waiting ]; }
is_over() { ! is_asked "$1"; }
has_ended() { [ ! -d "/proc/$1" ]; }

# Becomes the login of that way, which says "in as NAME".
# usage: log_in WAY USER [SSH-OPTION...]
log_in() {
	local way=$1 user=$2
	# shellcheck disable=SC2016
	local word='echo in as $(id -un)'
	shift 2
	case $way in
	key)	set -- ssh -o BatchMode=yes "$@" ;;
	password)
		set -- sshpass -p "pw-$user" ssh -o NumberOfPasswordPrompts=1 \
			-o PreferredAuthentications=password "$@" ;;
	kbdint)
		set -- sshpass -p "pw-$user" ssh -o NumberOfPasswordPrompts=1 \
			-o PreferredAuthentications=keyboard-interactive "$@" ;;
	# On a terminal of its own, where it shows at once what it is told.
	su)	exec script -qfec "su $user -c '$word'" /dev/null ;;
	console)
		# shellcheck disable=SC2016
		exec expect -c '
			set timeout 60
			spawn -noecho login '"$user"'
			expect -re {assword: $} { send "pw-'"$user"'\r" }
			expect {
				-re {[$#] $} { send "echo in as \$(id -un)\r" }
				eof { exit 1 }
			}
			expect -re {in as [a-z]+\r}
			send "exit\r"
			expect eof' ;;
	esac
	exec "$@" -o HostKeyAlias=127.0.0.1 "$user@127.0.0.1" "$word"
}

# Starts one, which waits when this returns: as $pid, and as request $ID.
begin() {
	log_in "$@" </dev/null >"$said" 2>&1 9<&- &
	pid=$!
	soon is_asked "$2"
}

# The process that waits has the request's lock.
waiter() {
	lslocks --noheadings --raw -o PID,PATH |
		awk -v name="/requests/$ID" 'index($2, name) { print $1 }'
}

finish() {
	wait "$pid" 2>/dev/null
	tr -d '\r' <"$said" | sed 's/^/> /'
}

yes() {
	local start

	begin "$1" "$2"
	start=$(us)
	pamlease approve "$ID" >/dev/null
	soon grep -q 'in as ' "$said"
	echo "ms $(ms_since "$start")"
	echo "id $ID"
	finish
}

no() {
	local start

	begin "$1" "$2"
	# What it is told meanwhile, where it is told.
	case $1 in
	su | console) soon grep -q Waiting "$said" ;;
	esac
	echo "meanwhile $(tr -d '\r' <"$said" | grep -c Waiting)"
	start=$(us)
	pamlease refuse "$ID" --reason "$3"
	soon has_ended "$pid"
	echo "ms $(ms_since "$start")"
	echo "id $ID"
	finish
}

silence() {
	local start

	begin "$1" "$2"
	start=$(us)
	soon has_ended "$pid"
	echo "ms $(ms_since "$start")"
	echo "id $ID"
	finish
	request_of "$2"
	echo "then $state"
}

# Ends the client as if its machine had lost power, or nearly so.
kill_client() {
	local client

	client=$(pgrep -P "$pid" -x ssh) || client=$pid
	kill -KILL "$client"
	wait "$pid" 2>/dev/null
}

# usage: try WAY USER		what becomes of a login just now
try() {
	log_in "$@" </dev/null 2>&1 9<&- | tr -d '\r' | sed 's/^/> /'
}

left() {
	local id start process

	begin "$1" "$2"
	id=$ID
	kill_client
	# One more, which has come to its end when this is asked.
	start=$(us)
	try "$1" "$2"
	echo "ms $(ms_since "$start")"
	request_of "$2"
	[ "$ID" = "$id" ] && echo "still $state"
	process=$(waiter)
	start=$(us)
	pamlease approve "$id"
	soon has_ended "$process"
	echo "ended $(ms_since "$start")"
	try "$1" "$2"
}

# The same where nobody answers.
lost() {
	local start process

	start=$(us)
	begin "$1" "$2"
	process=$(waiter)
	kill_client
	soon is_over "$2"
	echo "ms $(ms_since "$start")"
	soon has_ended "$process"
	request_of "$2"
	echo "then $state"
}

killed() {
	local start

	begin "$1" "$2"
	start=$(us)
	kill -KILL "$(waiter)"
	soon is_over "$2"
	echo "ms $(ms_since "$start")"
	request_of "$2"
	echo "then ${state:-none}"
	pamlease approve "$ID" 2>&1
	soon has_ended "$pid"
	finish
}

grace() {
	local start process

	start=$(us)
	begin "$1" "$2" -p 2222
	process=$(waiter)
	soon has_ended "$process"
	echo "ms $(ms_since "$start")"
	start=$(us)
	soon is_over "$2"
	echo "over $(ms_since "$start")"
	request_of "$2"
	echo "then ${state:-none}"
	finish
}

# The first one waits, and nobody is asked after its yes.
scp_each() {
	local user=$1 n=$2 start i done=0

	echo "what is copied" >"$dir/file"
	scp -q "$dir/file" "$user@127.0.0.1:file1" </dev/null >"$said" 2>&1 &
	pid=$!
	soon is_asked "$user"
	pamlease approve "$ID" >/dev/null
	start=$(us)
	wait "$pid" && done=1
	for ((i = 2; i <= n; i++)); do
		scp -q "$dir/file" "$user@127.0.0.1:file$i" </dev/null &&
			done=$((done + 1))
	done
	echo "copied $done"
	echo "ms $(ms_since "$start")"
	cat "$said"
}

# A login from another source than all else, at port 2223.
other_source() {
	log_in key "$1" -p 2223 -b 127.0.0.2 </dev/null 2>&1 9<&-
}

# One after the other, so that what sshd counts is those that wait.
sources() {
	local first=$1 last=$2 i start out ms max=0

	for ((i = 1; i < first; i++)); do
		other_source "n$i" >"$dir/n$i" &
		soon is_asked "n$i"
	done
	for ((i = first; i <= last; i++)); do
		start=$(us)
		out=$(other_source "n$i")
		ms=$(ms_since "$start")
		[ "$ms" -le "$max" ] || max=$ms
		case $out in
		*'Access denied: too many logins wait'*) echo refused ;;
		*) echo "n$i: $out" ;;
		esac
		[ $((i % 30)) -ne 0 ] || (other_source dave)
	done
	echo "max $max"
	echo "waiting $(pamlease requests | grep -c '127.0.0.2.* waiting$')"
	for ((i = 1; i < first; i++)); do
		request_of "n$i"
		pamlease refuse "$ID" >/dev/null
	done
	wait
	echo "told $(grep -l 'was refused' "$dir"/n* | wc -l)"
}

command=$1
shift
[ "$command" != scp ] || command=scp_each
"$command" "$@"
