# Helpers for the bats files that run pamlease on this machine, in namespaces of
# their own: what is written below /run, /var/lib, /dev and /etc, and what is
# signalled, is theirs alone.
#
#	load lib
#	setup_file() { ns_start; }
#	teardown_file() { ns_stop; }
#	setup() { ns_setup; }
#
# Where that can't be done tests are skipped, with the reason; with
# PAMLEASE_TESTS_MUST_RUN=1 they fail.
# shellcheck shell=bash

bats_require_minimum_version 1.5.0

# For the characters that are written as \u in the tests.
export LC_ALL=C.UTF-8
# Local time inside is UTC, and that of what tests compare it with is as well.
export TZ=UTC0

BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$BATS_TEST_DIRNAME/../$BUILD ;; esac
export BUILD

# Runs as the first process inside: lays the ground, says "ready", and stays
# until its stdin ends, which is when the test file ends, however it does.
ns_holder() {
	local dir=$1 entry name uid node

	set -e
	mount -n -t tmpfs -o mode=0755 tmpfs "$dir"
	mkdir -p "$dir/upper" "$dir/work" "$dir/dev/pts"

	# No terminal and no log of the machine's.
	for node in null zero full random urandom tty; do
		: >"$dir/dev/$node"
		mount -n --bind "/dev/$node" "$dir/dev/$node"
	done
	mount -n -t devpts -o newinstance,ptmxmode=0666 devpts "$dir/dev/pts"
	ln -s pts/ptmx "$dir/dev/ptmx"
	ln -s /proc/self/fd "$dir/dev/fd"
	mount -n --rbind "$dir/dev" /dev

	# No user slice, no bus and no state either.
	[ ! -d /sys/fs/cgroup ] || mount -n -t tmpfs tmpfs /sys/fs/cgroup
	mount -n -t tmpfs -o mode=0755 tmpfs /run
	mount -n -t tmpfs -o mode=0755 tmpfs /var/lib
	mount -n -t tmpfs -o mode=0755 tmpfs /var/log

	mount -n -t overlay -o \
		"lowerdir=/etc,upperdir=$dir/upper,workdir=$dir/work" \
		overlay /etc
	rm -rf /etc/pamlease /etc/localtime
	echo 'UID_MIN 1000' >/etc/login.defs
	printf '%s: files\n' passwd group shadow >/etc/nsswitch.conf
	for entry in passwd group; do
		awk -F: '$3 < 999 || $3 == 65534' "/etc/$entry" >"$dir/new"
		cat "$dir/new" >"/etc/$entry"
	done
	for entry in alice:1001 bob:1002 carol:1003 'CORP\dave:1004' \
		erin@realm:1005 'frank$:1006' 0day:1007 twin:1001 toor:0 \
		sys:999; do
		name=${entry%:*} uid=${entry##*:}
		printf '%s:x:%s:%s::/:/bin/sh\n' "$name" "$uid" "$uid" \
			>>/etc/passwd
		printf '%s:*:20000:0:99999:7:::\n' "$name" >>/etc/shadow
		printf 'g%s:x:%s:\n' "$name" "$uid" >>/etc/group
	done
	echo ready
	read -r _ || :
}

ns_start() {
	local why line

	unset NS_SKIP
	[ "$(id -u)" -eq 0 ] || why='needs root'
	[ -n "${why:-}" ] || why=$(unshare --mount --pid --fork --mount-proc \
		true 2>&1) || why="no namespaces: $why"
	if [ -n "$why" ]; then
		ns_cannot "$why"
		return
	fi
	NS_DIR=$(mktemp -d)
	export NS_DIR NS_HOLDER
	export -f ns_holder
	# Descriptor 3 is bats's own, and bats waits until nobody has it.
	coproc NS {
		exec unshare --mount --propagation private --pid --fork \
			--kill-child --mount-proc \
			bash -c 'ns_holder "$1"' - "$NS_DIR" 2>&1 3>&-
	}
	# shellcheck disable=SC2153
	NS_HOLDER=$NS_PID
	read -r -t 30 -u "${NS[0]}" line || :
	if [ "$line" != ready ]; then
		ns_stop
		ns_cannot "no namespaces: $line"
	fi
}

ns_cannot() {
	if [ "${PAMLEASE_TESTS_MUST_RUN:-}" = 1 ]; then
		echo "$1" >&2
		return 1
	fi
	export NS_SKIP=$1
}

# The namespaces and all that runs in them go with the holder.
ns_stop() {
	[ -z "${NS_SKIP:-}" ] || return 0
	eval "exec ${NS[1]}>&-"
	wait "$NS_HOLDER" || :
	rmdir "$NS_DIR"
}

ns_setup() {
	[ -z "${NS_SKIP:-}" ] || skip "$NS_SKIP"
	# What an earlier test left running ends here.
	ns bash -c 'kill -KILL -- -1 2>/dev/null
		rm -rf /run/pamlease /run/pamlease-status /var/lib/pamlease /var/log/pamlease /etc/pamlease /etc/winddown'
}

# Runs a command inside, with nothing to read.
ns() {
	nsenter --mount="/proc/$NS_HOLDER/ns/mnt" \
		--pid="/proc/$NS_HOLDER/ns/pid_for_children" \
		--root="/proc/$NS_HOLDER/root" \
		--wd="/proc/$NS_HOLDER/root" -- "$@" \
		</dev/null 3>&-
}

# The module with lines of its own below $STACK inside, for pamcall: "sshd", and
# "permissive" with that option. usage: lay_stack [DIRECTORY-OF-THE-MODULE]
lay_stack() {
	local dir=/proc/$NS_HOLDER/root$STACK type
	mkdir -p "$dir/conf"
	cp "${1:-$BUILD}/pam_lease.so" "$BUILD/helpers/pamcall" "$dir"
	for type in auth account session; do
		echo "$type required $STACK/pam_lease.so"
	done >"$dir/conf/sshd"
	sed 's/$/ permissive/' "$dir/conf/sshd" >"$dir/conf/permissive"
	chmod -R a+rX "$dir"
}

# The shell's own: a small system has no program of that name.
ns_kill() { ns bash -c 'kill "$@"' - "$@"; }

failed=

# A row of a table went wrong: it is named, and the test fails at its end.
bad() {
	echo "$*" >&2
	failed=1
}

all_good() { [ -z "$failed" ]; }

pamlease() { ns "$BUILD/pamlease" "$@"; }

# What is on disk, to the last byte.
ns_sum() {
	# Not the times of directories: a draft that came and went changes them.
	# shellcheck disable=SC2016
	ns bash -c 'cd / && set -- run/pamlease var/lib/pamlease
		find "$@" -type d -printf "%p %m %U %G\n" | sort
		find "$@" ! -type d -print0 | sort -z |
		tar --numeric-owner --null -T - -cf -' - 2>/dev/null |
		sha256sum
}

# Changes a lease by hand. usage: ns_lease NAME JQ-FILTER
ns_lease() {
	# shellcheck disable=SC2016
	ns bash -c 'umask 077; f=/run/pamlease/$1.lease
		jq "$2" "$f" >"$f.new" && mv "$f.new" "$f"' - "$1" "$2"
}

# Has the lease been over for ten minutes, by both clocks?  It has now.
ns_expire() {
	ns_lease "$1" '.issued_at = (now - 1200 | todate) |
		.expires_at = (now - 600 | todate) | .expires_boottime = 1'
}

# Starts a process that stays, of that uid, and ignores such signals. Prints its
# PID. When this returns it has that uid, and is what it is to be.
# usage: ns_process UID [SIGNAL...]
ns_process() {
	# shellcheck disable=SC2016
	ns bash -c '[ $# -eq 1 ] || trap "" "${@:2}"
		setpriv --reuid "$1" --regid "$1" --clear-groups \
			sleep infinity >/dev/null 2>&1 &
		while read -r comm <"/proc/$!/comm" && [ "$comm" != sleep ]
		do :; done 2>/dev/null
		echo $!' - "$@"
}

# Enters a session in the ledger as the module does.
# usage: ns_session USER UID PID [BY [SERVICE TTY RHOST]]
ns_session() {
	# shellcheck disable=SC2016
	ns bash -c 'umask 077; mkdir -p /run/pamlease/sessions
		stat=$(cat "/proc/$3/stat") && set -- "$@" ${stat##*) }
		f=/run/pamlease/sessions/$3-${27}
		printf "%s\n" version=1 "user=$1" "uid=$2" "service=$5" \
		    "tty=$6" "rhost=$7" "by=$4" "opened=$(date +%s)" \
		    "opened_boot=$(cut -d. -f1 /proc/uptime)" >"$f"' \
		- "$1" "$2" "$3" "${4-lease}" "${5-sshd}" "${6-ssh}" \
		"${7-10.0.0.7}"
}

# One that nobody has waited for yet has ended all the same.
ns_alive() {
	local stat

	{ read -r stat <"/proc/$NS_HOLDER/root/proc/$1/stat"; } 2>/dev/null &&
		[[ ${stat##*) } != [ZX]* ]]
}
ended() { ! ns_alive "$1"; }

# usage: soon COMMAND...	within 10 s
soon() {
	local i

	for ((i = 0; i < 500; i++)); do
		! "$@" || return 0
		sleep 0.02
	done
	return 1
}

# Exit status, stdout and stderr of a command are these, or their patterns.
# usage: says STATUS STDOUT STDERR COMMAND...
says() {
	local want=$1 out=$2 err=$3

	shift 3
	run --separate-stderr "$@"
	# shellcheck disable=SC2154
	[ "$status" -eq "$want" ] || bad "$*: status $status: $output$stderr"
	# shellcheck disable=SC2053
	[[ $output == $out ]] || bad "$*: $output"
	# shellcheck disable=SC2053
	[[ $stderr == $err ]] || bad "$*: stderr: $stderr"
}
