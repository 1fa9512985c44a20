#!/usr/bin/env bats
#
# Users who may be on one host at a time: two hosts that share a directory.

# Words for the shell in the host.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0
load lib

setup_file() {
	SHARED=$(mktemp -d /var/tmp/presence-XXXXXX) || return
	export SHARED A B host
	host_start --bind "$SHARED:/net/presence" || return
	[ -z "${HOST_SKIP:-}" ] || return 0
	A=$HOST_NAME
	BATS_TEST_FILENAME=presence-b.bats host_start \
		--bind "$SHARED:/net/presence" || return
	B=$HOST_NAME
	for host in $A $B; do
		on "$host" h bash -s <<'END'
mkdir -p /etc/pamlease
printf 'directory /net/presence\nexpires 5\n' >/etc/pamlease/presence-dir.conf
pamlease grant alice --duration 8h
pamlease grant bob --duration 8h
END
		on "$host" policy 'exclusive user alice'
	done
}

teardown_file() {
	for host in $A $B; do
		HOST_NAME=$host host_stop
	done
	rm -rf "$SHARED"
}

teardown() {
	host_teardown
	[ -n "${HOST_SKIP:-}" ] || for host in $A $B; do
		on "$host" policy 'exclusive user alice' || :
		on "$host" h bash -c 'systemctl stop "login-*"
			systemctl reset-failed' </dev/null || :
	done
	rm -f "$SHARED"/*
}

# usage: on HOST COMMAND...
on() {
	local HOST_NAME=$1
	shift
	"$@"
}

policy() {
	printf '%s\n' presence-command\ /usr/libexec/pamlease-presence-dir "$@" |
		h bash -c 'cat >/etc/pamlease/policy.conf.new &&
			mv /etc/pamlease/policy.conf.new /etc/pamlease/policy.conf'
}

gets_in() { on "$1" key_login alice 'echo in' 2>&1 | grep -x in >/dev/null; }
claimed_by() { grep -q " $1\$" "$SHARED/1001" 2>/dev/null; }
refused() { ! gets_in "$1"; }

@test "who is on one host is refused on the other, and let in after leaving it" {
	local left
	on "$A" in_session one -N alice@127.0.0.1
	wait_for 10 claimed_by "$A"
	run on "$B" key_login alice 'echo in'
	echo "$output"
	[[ $status -ne 0 && $output == *"Access denied: you are logged in on $A."* ]]
	# Somebody else is not asked about, and the same host is no other.
	[ "$(on "$B" key_login bob 'echo in')" = in ]
	gets_in "$A"
	claimed_by "$A"
	on "$A" session_stop one
	left=$(date +%s%3N)
	wait_for 2 gets_in "$B"
	echo "let in after $(($(date +%s%3N) - left)) ms" >&3
	wait_for 10 eval '[ ! -s "$SHARED/1001" ]'
}

@test "a host that dies gives the user free after its time" {
	on "$A" in_session two -N alice@127.0.0.1
	wait_for 10 claimed_by "$A"
	# Nobody refreshes it any more, nor gives it up.
	on "$A" h systemctl stop pamlease-watchdog.timer pamlease-watchdog.path \
		</dev/null
	touch "$SHARED/1001"
	refused "$B"
	wait_for 8 gets_in "$B"
	on "$A" h systemctl start pamlease-watchdog.timer pamlease-watchdog.path \
		</dev/null
}

@test "the watchdog's run says that the user is still there" {
	local before
	on "$A" in_session three -N alice@127.0.0.1
	wait_for 10 claimed_by "$A"
	touch -d '-4 seconds' "$SHARED/1001"
	before=$(stat -c %Y "$SHARED/1001")
	on "$A" h /usr/libexec/pamlease-watchdog </dev/null
	wait_for 10 eval '[ "$(stat -c %Y "$SHARED/1001")" -gt '"$before"' ]'
	on "$A" session_stop three
}

@test "no answer is what the policy says it is" {
	run -0 on "$A" h bash -c 'printf "#!/bin/sh\nexec sleep 1000\n" >/usr/local/sbin/silent
		chmod 755 /usr/local/sbin/silent' </dev/null
	policy_silent() {
		printf '%s\n' 'exclusive user alice' "$@" 'presence-timeout 1s' \
			'presence-command /usr/local/sbin/silent' |
			on "$A" h tee /etc/pamlease/policy.conf >/dev/null
	}
	policy_silent
	run on "$A" key_login alice 'echo in'
	[[ $status -ne 0 && $output == *'Tell its administrator'* ]]
	policy_silent 'presence-silent allow'
	gets_in "$A"
	# What is not to be trusted does not answer either.
	policy_silent
	on "$A" h bash -c 'printf "#!/bin/sh\n" >/usr/local/sbin/silent
		chmod o+w /usr/local/sbin/silent' </dev/null
	refused "$A"
}
