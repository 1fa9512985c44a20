#!/bin/bash
#
# race.sh - logins that race a revocation; runs in the test host as root.
#
# usage: race.sh USER ROUNDS SEED
#
# Each round grants a lease, starts a login, and revokes at a random moment of
# it. When the revocation has returned, that login must end, and no process of
# the user's may be left or appear. Prints one line:
#   USER rounds N survived N let-in N

set -eu

user=$1 rounds=$2 survived=0 in=0 span=500
RANDOM=$3
dir=$(mktemp -d)

now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }

# Is pid $1 still there after $2 ms?
outlives() {
	local end=$(($(now_ms) + $2))

	while kill -0 "$1" 2>/dev/null; do
		[ "$(now_ms)" -lt "$end" ] || return 0
		read -r -t 0.01 <&9 || :
	done
	return 1
}

report() {
	survived=$((survived + 1))
	echo "race.sh: $user: round $i: survived: $*" >&2
	ps -o pid,ppid,user,args -u "$user" >&2 || :
	cat "$dir/out" >&2
	ls -l /run/pamlease/sessions >&2
}

# A descriptor from which nothing ever comes: read -t waits on it.
mkfifo "$dir/never"
exec 9<>"$dir/never"

# A command, a connection alone, and a terminal; by key and by password.
ways=(
	"ssh $user@127.0.0.1 exec sleep 1000"
	"ssh -N $user@127.0.0.1"
	"ssh -tt $user@127.0.0.1"
	"sshpass -p pw-$user ssh -o PreferredAuthentications=keyboard-interactive $user@127.0.0.1 exec sleep 1000"
)

for ((i = 0; i < rounds; i++)); do
	pamlease grant "$user" --duration 1h >/dev/null
	# Unquoted: its words are its arguments.
	${ways[i % ${#ways[@]}]} <&9 >"$dir/out" 2>&1 &
	pid=$!
	# From before the account phase to after the session is open: so long
	# that about half of them are in.
	ms=$((RANDOM % span))
	read -r -t "$((ms / 1000)).$(printf %03d $((ms % 1000)))" <&9 || :
	said=$(pamlease revoke "$user") || report "revoke: $?"
	case $said in
	*terminated*) in=$((in + 1)) span=$((span * 95 / 100 + 10)) ;;
	*) span=$((span * 105 / 100 + 10)) ;;
	esac
	outlives "$pid" 5000 && { report login; kill "$pid" || :; }
	wait "$pid" || :
	# A zombie has ended, and waits for its parent.
	! ps -o stat= -u "$user" | grep -qv '^Z' || report process
done
rm -rf "$dir"
printf '%s rounds %d survived %d let-in %d\n' "$user" "$rounds" "$survived" \
	"$in"
