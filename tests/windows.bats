#!/usr/bin/env bats
#
# Time windows, as Python's zoneinfo has it.

bats_require_minimum_version 1.5.0

BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$BATS_TEST_DIRNAME/../$BUILD ;; esac

@test "windows open and close when another implementation says so" {
	local instants

	# The files that are read here, too.
	export PYTHONTZPATH=/usr/share/zoneinfo
	if ! python3 -c 'import zoneinfo; zoneinfo.ZoneInfo("Europe/Berlin")'; then
		[ "${PAMLEASE_TESTS_MUST_RUN:-}" != 1 ] || return 1
		skip 'no python3 with zoneinfo, or no time zones, here'
	fi
	python3 "$BATS_TEST_DIRNAME/windows.py" >"$BATS_TEST_TMPDIR/windows"
	run "$BUILD/helpers/windows" <"$BATS_TEST_TMPDIR/windows"
	echo "$output"
	[ "$status" -eq 0 ]
	instants=${output%% *}
	[ "$instants" -ge 4000 ]
}
