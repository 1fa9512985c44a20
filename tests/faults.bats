#!/usr/bin/env bats
#
# The command and the watchdog are killed, run out of disk, descriptors and
# memory, and find their files failing, at each point where it can happen.

# bats file_tags=noasan
load lib

setup_file() { ns_start; }
teardown_file() { ns_stop; }
setup() { ns_setup; }

WRITES='grant force keep force-keep unkeep extend extend-kept'
REVOKES='revoke revoke-kept revoke-session revoke-leave'
WATCHES='warn expire tombstone dead restore sweep'
ANSWERS='approve refuse'
READS='list list-json show show-json sessions sessions-json check check-json'

# Each job has a number of points, at least so many, and nothing goes wrong.
# usage: sweep LEAST HOW PART JOB...
sweep() {
	local job least=$1 how=$2 part=$3 points

	for job in "${@:4}"; do
		run ns timeout 1500 bash "$BATS_TEST_DIRNAME/faults.sh" \
			"$job" "$how" "$part"
		points=${lines[-1]-}
		[[ $points == points\ * && ${points#* } -ge least ]] ||
			bad "$job: few points: $output"
		[ "${#lines[@]}" -eq 1 ] || bad "$output"
		echo "# $job: $how, $points" >&3
	done
}

# bats test_tags=killed
@test "killed at any call: a lease is the old one or the new one" {
	sweep 60 kill own force extend-kept
	sweep 6 kill some grant keep force-keep unkeep extend
	all_good
}

# bats test_tags=killed
@test "killed where it changes something: a revocation does not come back" {
	# shellcheck disable=SC2086
	sweep 8 kill some $REVOKES
	all_good
}

# bats test_tags=killed
@test "killed where it changes something: the next watchdog finishes" {
	# shellcheck disable=SC2086
	sweep 3 kill some $WATCHES
	all_good
}

# bats test_tags=killed
@test "killed where it changes something: who waits has that answer or the next" {
	# shellcheck disable=SC2086
	sweep 8 kill some $ANSWERS
	all_good
}

# bats test_tags=killed
@test "a call fails: done or not done, and said so" {
	sweep 40 error some grant unkeep extend-kept revoke-leave show warn \
		restore
	all_good
}

@test "an allocation fails: done or not done, and no crash" {
	sweep 4 memory all keep extend-kept list show-json sessions-json \
		check revoke-leave warn dead restore
	all_good
}

@test "files that go through a byte at a time" {
	# shellcheck disable=SC2086
	sweep 1 short all $WRITES $REVOKES $READS dead restore sweep
	all_good
}

# bats test_tags=endurance
@test "killed at each call of every command" {
	# shellcheck disable=SC2086
	sweep 50 kill all $WRITES
	all_good
}

# bats test_tags=endurance
@test "killed at each call of every revocation" {
	# shellcheck disable=SC2086
	sweep 50 kill all $REVOKES
	all_good
}

# bats test_tags=endurance
@test "killed at each call of the watchdog" {
	# shellcheck disable=SC2086
	sweep 50 kill all $WATCHES
	all_good
}

# bats test_tags=endurance
@test "each error of each call" {
	# shellcheck disable=SC2086
	sweep 200 error all $WRITES revoke-leave warn dead restore sweep
	all_good
}

# bats test_tags=endurance
@test "an error of each kind of call" {
	# shellcheck disable=SC2086
	sweep 15 error some $READS revoke revoke-kept revoke-session expire \
		tombstone
	all_good
}

# bats test_tags=endurance
@test "each allocation of every command" {
	# shellcheck disable=SC2086
	sweep 4 memory all $WRITES $READS revoke-leave $WATCHES
	all_good
}

# Without memory an end takes all the time that it may.
# bats test_tags=endurance
@test "each allocation of a revocation" {
	sweep 10 memory all revoke
	all_good
}

# bats test_tags=endurance
@test "each allocation of the revocation of a kept lease" {
	sweep 10 memory all revoke-kept
	all_good
}

# bats test_tags=endurance
@test "each allocation of a revocation with a session" {
	sweep 10 memory all revoke-session
	all_good
}
