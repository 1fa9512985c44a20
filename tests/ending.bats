#!/usr/bin/env bats
#
# Whom an ending must never touch.
# shellcheck disable=SC2016

load lib

setup_file() { ns_start; }
teardown_file() { ns_stop; }
setup() { ns_setup; }

# Revokes alice's lease so many times while the process of her session ends by
# itself, or of what it is sent, and its number is another's at once. Prints how
# often that one was there, and what was wrong. usage: recycled TIMES UID2
recycled() {
	ns bash -c 'recycle=$1/helpers/recycle pamlease=$1/pamlease n=0
		umask 077
		mkdir -p /run/pamlease/sessions
		for ((i = 0; i < $2; i++)); do
			"$pamlease" grant alice --duration 1h >/dev/null
			# The process of a session is root'\''s, or the user'\''s.
			coproc R { exec "$recycle" $((i % 2 * 1001)) "$3"; }
			read -r pid <&"${R[0]}"
			stat=$(<"/proc/$pid/stat") && set -- "$@" ${stat##*) }
			f=/run/pamlease/sessions/$pid-${23}
			set -- "${@:1:3}"
			printf "%s\n" version=1 user=alice uid=1001 \
			    service=sshd tty=ssh rhost= by=lease \
			    "opened=$(date +%s)" "opened_boot=1" >"$f"
			# Before, while and after it is looked at.
			case $((i % 4)) in
			0 | 1) kill "$pid" ;;
			esac
			out=$("$pamlease" revoke alice 2>&1) ||
				echo "$i: revoke: $? $out"
			eval "exec ${R[1]}>&-"
			read -r said <&"${R[0]}"
			[ "$said" = untouched ] && n=$((n + 1)) ||
				echo "$i: $said"
			wait
			rm -f "$f"
		done
		echo "$n"' - "$BUILD" "$1" "$2"
}

@test "who has the number of a process that ended is never signalled" {
	local uid

	for uid in 0 1002 999; do
		run recycled 12 "$uid"
		[ "$output" = 12 ] || bad "uid $uid: $output"
	done
	all_good
}

# bats test_tags=endurance
@test "who has that number is never signalled, a thousand times" {
	run recycled 1000 0
	echo "$output"
	[ "$output" = 1000 ]
}

# As who forks and leaves before anybody has looked, but each time.
@test "what no look at /proc shows ends as well" {
	local pid bob

	pamlease grant alice --duration 1h >/dev/null
	pid=$(ns_process 1001)
	bob=$(ns_process 1002)
	ns mount -n -t tmpfs tmpfs "/proc/$pid"
	ns mount -n -t tmpfs tmpfs "/proc/$bob"
	run pamlease revoke alice
	# The other mount went with the process that it was on.
	ns umount "/proc/$bob"
	[ "$status" -eq 0 ] || bad "status $status: $output"
	! ns_alive "$pid" || bad 'it is there'
	ns_alive "$bob" || bad 'bob is gone'
	all_good
}

# What is to kill a user's processes is theirs to stop, for a moment.
@test "a kill that the user's processes stop on its way is done again" {
	local pid

	pamlease grant alice --duration 1h >/dev/null
	pid=$(ns_process 1001)
	run ns timeout 20 bash -c 'strace -f -qq -o /dev/null -e trace=setresuid \
			-e inject=setresuid:delay_exit=300000 "$0" revoke alice &
		until [ -n "${child:-}" ]; do
			for f in /proc/[0-9]*/status; do
				text=$(<"$f")
				[[ $text == *pamlease*Uid:?1001* ]] &&
					child=${f//[!0-9]/}
			done 2>/dev/null
		done
		kill -STOP "$child" && wait "$!"' "$BUILD/pamlease"
	[ "$status" -eq 0 ]
	[[ $output == *'Active sessions terminated.' ]]
	! ns_alive "$pid"
}

# The others' processes, and alice's, which shows that the ending took place.
@test "no lease and no entry of the ledger ends root's or the system's" {
	local uid user pid alice

	for uid in 0 999 65534 65535; do
		pid=$(ns_process "$uid")
		alice=$(ns_process 1001)
		# A lease that names it, by expiry and by revocation.
		for how in watchdog revoke; do
			pamlease grant alice --duration 1h >/dev/null
			ns_lease alice ".uid = $uid"
			if [ $how = watchdog ]; then
				ns_expire alice
				ns "$BUILD/pamlease-watchdog" 2>/dev/null || :
			else
				pamlease revoke alice >/dev/null 2>&1 || :
			fi
			ns_alive "$pid" || bad "uid $uid: lease: $how"
			ns rm -f /run/pamlease/alice.{lease,revoked}
		done
		# An entry that names it; with the lease gone, it has no reason.
		for user in alice root sys ghost; do
			ns_session "$user" "$uid" "$pid"
			ns "$BUILD/pamlease-watchdog" 2>/dev/null || :
			ns_alive "$pid" || bad "uid $uid: entry of $user"
			pamlease revoke "$user" >/dev/null 2>&1 || :
			ns_alive "$pid" || bad "uid $uid: revoked $user"
			ns bash -c 'rm -f /run/pamlease/sessions/*'
		done
		# Beside a good lease.
		pamlease grant alice --duration 1h >/dev/null
		ns_session alice "$uid" "$pid"
		pamlease revoke alice >/dev/null 2>&1 || :
		ns_alive "$pid" || bad "uid $uid: entry beside a lease"
		ns_kill -KILL "$alice" "$pid" 2>/dev/null || :
		ns bash -c 'rm -rf /run/pamlease'
	done
	all_good
}

# No process can have it; the kernel takes it for "all that may be signalled".
@test "a lease or an entry with the uid -1 ends nobody" {
	local bob root

	bob=$(ns_process 1002)
	root=$(ns_process 0)
	for how in lease entry; do
		pamlease grant alice --duration 1h >/dev/null
		if [ $how = lease ]; then
			ns_lease alice '.uid = 4294967295'
			ns_expire alice
		else
			ns_session alice 4294967295 "$root"
			ns rm /run/pamlease/alice.lease
		fi
		ns "$BUILD/pamlease-watchdog" 2>/dev/null || :
		pamlease revoke alice >/dev/null 2>&1 || :
		ns_alive "$bob" || bad "$how: bob"
		ns_alive "$root" || bad "$how: root"
		ns bash -c 'rm -rf /run/pamlease'
	done
	all_good
}

@test "the watchdog kills all of a uid that may be ended, and of no other" {
	local uid pid alice

	for uid in 0 1 999 65534 65535; do
		pid=$(ns_process "$uid")
		run ns "$BUILD/pamlease-watchdog" --kill "$uid"
		[ "$status" -eq 1 ] || bad "$uid: status $status"
		ns_alive "$pid" || bad "$uid: ended"
	done
	alice=$(ns_process 1001)
	for uid in '' +1001 ' 1001' 01001 1001x 0x3e9 alice 1001.0 4294967295 \
		4294968297 18446744073709552617; do
		run ns "$BUILD/pamlease-watchdog" --kill "$uid"
		[ "$status" -eq 1 ] || bad "'$uid': status $status"
		ns_alive "$alice" || bad "'$uid': ended"
	done
	pid=$(ns_process 1002)
	ns "$BUILD/pamlease-watchdog" --kill 1001
	soon ended "$alice" || bad 'alice is there'
	ns_alive "$pid" || bad 'bob is gone'
	all_good
}

# systemd kills who is at work when the run leaves. Alice ignores what she is
# asked, and bob's end is what the run would wait for.
@test "who is being ended ends, whatever fails in the run meanwhile" {
	local pid

	pamlease grant bob --duration 20s >/dev/null
	pamlease grant alice --duration 1h >/dev/null
	ns_expire alice
	pid=$(ns_process 1001 TERM)
	# To a file: else this waits for the worker, too.
	run ns bash -c 'strace -qq -o /dev/null \
		-e inject=timerfd_create:error=EMFILE "$0" >/run/said 2>&1' \
		"$BUILD/pamlease-watchdog"
	[ "$status" -eq 4 ]
	run -1 ns_alive "$pid"
	ns test ! -e /run/pamlease/alice.lease
}

@test "an end comes in time where no changes can be watched" {
	local pid

	pamlease grant alice --duration 3s >/dev/null
	pid=$(ns_process 1001)
	run ns strace -qq -o /dev/null -e inject=inotify_init1:error=EMFILE \
		"$BUILD/pamlease-watchdog"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *'changes are seen late: inotify: '* ]]
	run -1 ns_alive "$pid"
	ns test ! -e /run/pamlease/alice.lease
}
