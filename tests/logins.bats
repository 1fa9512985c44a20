#!/usr/bin/env bats
#
# One process logs users in and out thousands of times, as sshd's never do but
# other applications may.  With LOGINS there are so many, and with WATCHED what
# runs is a command in front of it.

load lib

setup_file() { ns_start; }
teardown_file() { ns_stop; }
setup() {
	ns_setup
	lay_stack
	pamlease grant alice --duration 1h >/dev/null
	pamlease grant carol --duration 1h >/dev/null
}

# libpam refuses for a module that ignores unless another one decides.
lay_stack() {
	local type dir=/proc/$NS_HOLDER/root/run/stack

	mkdir -p "$dir"
	for type in auth account session; do
		echo "$type requisite $BUILD/pam_lease.so"
		echo "$type required pam_permit.so"
	done >"$dir/lease"
	echo 'auth required pam_deny.so' >"$dir/other"
}

# usage: log_in THREADS LOGINS
log_in() {
	# shellcheck disable=SC2086
	run ns $WATCHED "$BUILD/helpers/threads" /run/stack lease "$1" "$2" \
		alice=0 bob=6 root=0 carol=0 nobody-at-all=10
	[ "$status" -eq 0 ] || bad "$output"
	local good="^logins: $(($1 * $2)), wrong: 0, descriptors: 0"

	[[ ${lines[0]} =~ $good(, bytes: (-?[0-9]+))?$ ]] || bad "$output"
	# The allocator keeps some; what is lost in each login is more.
	[ "${BASH_REMATCH[2]:-0}" -lt "$2" ] || bad "$output"
	# Neither an entry nor half a file is left.
	run ns find /run/pamlease/sessions ! -type d
	[ -z "$output" ] || bad "$output"
	all_good
}

@test "thousands of logins in one process leave nothing open and nothing allocated" {
	log_in 1 "${LOGINS:-10000}"
}

@test "sixteen threads, each with logins of its own" {
	log_in 16 $((${LOGINS:-2000} / 10))
}
