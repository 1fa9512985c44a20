#!/bin/bash
#
# end.sh - a lease of some seconds with two terminals, one of them stopped with
# Ctrl-S, until both are gone; runs in the test host as root.
#
# usage: end.sh USER SECONDS
#
# Prints one line:
#   USER late MS MS warned N stopped N
# how long after the expiry each ssh ended, how often the first terminal was
# warned, and the second before it was stopped and after.

set -eu

user=$1 seconds=$2
dir=$(mktemp -d)

now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }

die() {
	echo "end.sh: $user: $*" >&2
	for f in "$dir"/*.out; do sed "s|^|${f##*/}: |" "$f" | tail -n 4; done >&2
	exit 1
}

# A shell on a terminal; what is written to its descriptor is typed there.
# usage: login NAME FD
login() {
	mkfifo "$dir/$1.in"
	(
		ssh -tt -o BatchMode=yes "$user@127.0.0.1" <"$dir/$1.in" \
			>"$dir/$1.out" 2>&1 || :
		now_ms >"$dir/$1.end"
	) &
	eval "exec $2>\"\$dir/$1.in\""
}

# usage: wait_for SECONDS COMMAND...
wait_for() {
	local end=$(($(now_ms) + $1 * 1000))
	shift
	until "$@"; do
		[ "$(now_ms)" -lt "$end" ] || die "not in time: $*"
		sleep 0.02
	done
}

said() { grep -q "$2" "$dir/$1.out"; }
gone() { [ -s "$dir/first.end" ] && [ -s "$dir/second.end" ]; }
warned() { grep -c 'Warning: Your session expires in' "$dir/$1.out" || :; }

pamlease grant "$user" --duration "${seconds}s" >/dev/null
expires=$(date +%s -d "$(sed -n 's/.*"expires_at":[^"]*"\([^"]*\)".*/\1/p' \
	"/run/pamlease/$user.lease")")

login first 5
login second 6
wait_for 10 said first 'Your session will expire in'
wait_for 10 said second 'Your session will expire in'
wait_for 10 said first '\$ '
wait_for 10 said second '\$ '
# Echo shows that the terminal took all before it; then it takes nothing.
printf 'echo st""opping\n' >&6
wait_for 10 said second stopping
printf '\023' >&6

wait_for $((seconds + 40)) gone
grep -q 'Your session has expired. You will be disconnected now' \
	"$dir/first.out" || die 'not told of the end'
printf '%s late %d %d warned %d stopped %d\n' "$user" \
	$(($(<"$dir/first.end") - expires * 1000)) \
	$(($(<"$dir/second.end") - expires * 1000)) \
	"$(warned first)" "$(warned second)"
rm -rf "$dir"
