# What the benchmarks share: a mount namespace of their own, with its own /run,
# /dev and /etc/passwd, and where their figures go.
# shellcheck shell=bash

BUILD=$(realpath "${BUILD:-build}")

die() {
	echo "bench: $*" >&2
	exit 1
}

# Starts the script anew in a namespace, where the machine stays as it is.
# $tmp is made in its /run.  usage: own_ground "$@"
own_ground() {
	if [ "${1-}" != --inside ]; then
		[ $# -eq 0 ] || die "usage: $0"
		[ "$(id -u)" -eq 0 ] || die 'needs root'
		[ ! -e /etc/winddown ] || die '/etc/winddown lets nobody in'
		exec unshare --mount --propagation private \
			"tests/bench/${0##*/}" --inside
	fi
	mount -t tmpfs -o mode=0755,size=2g,nr_inodes=1m tmpfs /run
	mkdir /run/dev "$tmp"
	own_dev /run/dev
	own_state
}

own_dev() {
	local d

	mount -t tmpfs -o mode=0755 tmpfs "$1"
	for d in null zero urandom; do
		: >"$1/$d"
		mount --bind "/dev/$d" "$1/$d"
	done
	mount --rbind "$1" /dev
	ln -s /proc/self/fd /dev/fd
}

# No policy: what is measured is the lease.
own_state() {
	local d

	for d in /etc/pamlease /var/lib/pamlease; do
		[ ! -d "$d" ] || mount -t tmpfs -o mode=0755 tmpfs "$d"
	done
}

# Keeps a figure for report; US is its time where it is a ratio of times.
# usage: keep NAME VALUE UNIT [GOAL [US]]
keep() {
	local IFS=$'\t'

	echo "$*" >>"${BENCH_ROWS:-/dev/null}"
}
