# Helpers for the bats files that run pamlease on this machine, in namespaces of
# their own: what is written below /run, /var/lib and /etc, and what is killed,
# is theirs alone.
#
#	load lib
#	setup_file() { ns_start; }
#	teardown_file() { ns_stop; }
#	setup() { ns_setup; }
#
# Where that can't be done tests are skipped with the reason; with
# PAMLEASE_TESTS_MUST_RUN=1 they fail.
# shellcheck shell=bash

bats_require_minimum_version 1.5.0

BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$BATS_TEST_DIRNAME/../$BUILD ;; esac

NS_USERS='alice:1001 bob:1002 carol:1003 CORP\dave:1004 erin@realm:1005
frank$:1006 0day:1007 twin:1001 toor:0 sys:999'

# Runs inside, as the first process of the namespaces: builds the ground, says
# that it is ready, and waits to be killed.
ns_holder() {
	local dir=$1 user name uid d

	set -e
	mount -t tmpfs -o mode=0755 tmpfs /run
	# The machine's own slices must not be found.
	[ ! -d /sys/fs/cgroup ] || mount -t tmpfs tmpfs /sys/fs/cgroup
	mount -t tmpfs -o mode=0755 tmpfs "$dir"
	for d in etc var/lib; do
		mkdir -p "$dir/$d/upper" "$dir/$d/work"
		mount -t overlay -o "lowerdir=/$d,upperdir=$dir/$d/upper,workdir=$dir/$d/work" \
			overlay "/$d"
	done
	for user in $NS_USERS; do
		name=${user%:*} uid=${user##*:}
		printf '%s:x:%s:%s::/:/bin/sh\n' "$name" "$uid" "$uid" \
			>>/etc/passwd
		printf '%s:*:20000::::::\n' "$name" >>/etc/shadow
		printf 'g%s:x:%s:\n' "$uid" "$uid" >>/etc/group
	done
	rm -rf /etc/pamlease /var/lib/pamlease
	: >"$dir/ready"
	# What tests leave behind is reaped here.
	while :; do wait -n 2>/dev/null || sleep infinity & wait $!; done
}

ns_start() {
	local why

	unset NS_SKIP
	export NS_DIR NS_PID
	if [ "$(id -u)" -ne 0 ]; then
		why='needs root'
	elif ! why=$(unshare --mount --pid --fork --mount-proc true 2>&1); then
		why="namespaces: $why"
	else
		why=
	fi
	if [ -n "$why" ]; then
		ns_cannot "$why"
		return
	fi
	NS_DIR=$(mktemp -d)
	# A pipe tells when the ground is there; bats waits for descriptor 3.
	mkfifo "$NS_DIR/pipe"
	NS_USERS=$NS_USERS setsid unshare --mount --propagation private --pid \
		--fork --kill-child --mount-proc bash -c "
		$(declare -f ns_holder)
		exec 4>'$NS_DIR/pipe'
		ns_holder '$NS_DIR' >&4 2>&4 4>&-" \
		</dev/null >/dev/null 2>&1 3>&- &
	NS_UNSHARE=$!
}
