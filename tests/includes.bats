#!/usr/bin/env bats
#
# Includes point one way: model <- parsing and decision <- state on disk and of
# the host <- the programs.  And what a layer must not call, it does not.

# bats file_tags=plain
bats_require_minimum_version 1.5.0

cd "$BATS_TEST_DIRNAME/.." || exit 1
BUILD=${BUILD:-build}

# Each header has its layer here; a source file is of its header's.
MODEL='desk_words error lease module_words paths text version'
PURE='asking audit chain civil counters decide duration event fit inside late limit list marks match meant name plan policy reader
	record rule session status timestamp verdict window window_cursor window_days
	window_item window_list winddown words writer zone zone_rule'
STATE='account answers audit_log child clock counted dir end file history history_log history_parts history_read hook hook_child hooked hooks journal last_run ledger lock order peers present proc purge request_file requests spool state
	statedir status_dir status_own store target tty
	zone_host'
PROGRAM='answer cmd doctor granting import import_access import_accesscontrol import_time leases live metrics module nearest owners past policy_file presence print report report_page sessions setup setup_edit stack stack_step watchdog
	winddown_place winddown_wait'

# What the module may know of the library.
FOR_MODULE='account asking audit clock decide duration error event hook ledger lease list lock match module_words name
	paths policy proc request_file requests rule session spool state statedir status status_dir text timestamp verdict
	version window winddown words zone zone_host'

layer_of() {
	local n=1 layer
	for layer in "$MODEL" "$PURE" "$STATE" "$PROGRAM"; do
		[[ " $(tr -s '\n\t' ' ' <<<"$layer") " != *" $1 "* ]] ||
			{ echo "$n" && return; }
		n=$((n + 1))
	done
	return 1
}

includes() { sed -n 's/^#include "\(.*\)\.h"$/\1/p' "$1"; }

@test "each header has a layer, and each layer's headers are there" {
	local header name bad=0
	for header in liblease/*.h pam_lease/*.h pamlease/*.h watchdog/*.h; do
		name=$(basename "$header" .h)
		layer_of "$name" >/dev/null || { echo "$header"; bad=1; }
		[[ $header != liblease/* || $(layer_of "$name") != 4 ]] ||
			{ echo "$header is the library's"; bad=1; }
	done
	for name in $MODEL $PURE $STATE $PROGRAM; do
		ls ./*/"$name.h" >/dev/null || bad=1
	done
	for name in liblease/*.c; do
		[ -e "${name%.c}.h" ] || { echo "$name: no header"; bad=1; }
	done
	[ "$bad" -eq 0 ]
}

@test "no file includes a header of a higher layer" {
	local file own name bad=0
	for file in liblease/*.[ch]; do
		own=$(layer_of "$(basename "${file%.*}")") || own=0
		for name in $(includes "$file"); do
			[ "$(layer_of "$name")" -le "$own" ] ||
				{ echo "$file includes $name.h"; bad=1; }
		done
	done
	[ "$bad" -eq 0 ]
}

@test "programs include their own headers and the library's" {
	local file name bad=0
	for file in {pam_lease,pamlease,watchdog}/*.[ch]; do
		for name in $(includes "$file"); do
			[ -e "$(dirname "$file")/$name.h" ] ||
				[ -e "liblease/$name.h" ] ||
				{ echo "$file includes $name.h"; bad=1; }
		done
	done
	[ "$bad" -eq 0 ]
}

@test "the module includes what is for modules" {
	local file name bad=0
	for file in pam_lease/*.[ch]; do
		for name in $(includes "$file"); do
			[[ " $(tr -s '\n\t' ' ' <<<"$FOR_MODULE") module " == \
				*" $name "* ]] ||
				{ echo "$file includes $name.h"; bad=1; }
		done
	done
	[ "$bad" -eq 0 ]
}

# usage: no_calls WORDS OBJECT...
no_calls() {
	local words=$1 object name bad=0
	shift
	for object; do
		for name in $(nm --undefined-only "$object" |
			awk '{ print $2 }'); do
			name=${name#__} name=${name%_chk}
			[[ " $(tr -s '\n\t' ' ' <<<"$words") " != \
				*" ${name%64} "* ]] ||
				{ echo "$object calls $name"; bad=1; }
		done
	done
	[ "$bad" -eq 0 ]
}

objects() {
	local name
	for name; do
		! [ -e "liblease/$name.c" ] ||
			echo "$BUILD/obj/liblease/$name.o"
	done
}

# Any of these, and the library would speak, end, or change its process.
LOUD='printf vprintf fprintf vfprintf dprintf puts putchar fputs fputc fwrite
	perror stdout stderr stdin err errx warn warnx syslog vsyslog openlog
	exit _Exit abort assert_fail atexit getenv secure_getenv setenv putenv
	unsetenv setlocale signal sigaction alarm umask chdir localtime
	localtime_r tzset strftime pthread_create'

@test "the library never prints, logs, exits or reads the environment" {
	# shellcheck disable=SC2046
	no_calls "$LOUD" $(objects $MODEL $PURE $STATE)
	[ "$(objects $MODEL $PURE $STATE | wc -l)" -gt 25 ]
}

# "_exit" without the underscores that no_calls takes away is for children.
OUTSIDE='open openat read write close fopen fdopen stat fstat lstat unlink
	unlinkat rename renameat2 mkdir mkdirat opendir readdir ioctl socket
	clock_gettime gettimeofday time getpid getuid geteuid getpwnam
	getpwnam_r getpwuid_r kill poll sleep nanosleep fork posix_spawn execve
	random rand getrandom'

@test "model, parsing and decision know no clock, file or process" {
	# shellcheck disable=SC2046
	no_calls "$OUTSIDE" $(objects $MODEL $PURE)
	# This would be seen.
	# shellcheck disable=SC2046
	run ! no_calls "$OUTSIDE" $(objects $STATE)
}

@test "the decision and the reader use no heap" {
	# shellcheck disable=SC2046
	no_calls 'malloc calloc realloc reallocarray free strdup asprintf
		vasprintf' $(objects text civil decide duration event fit inside late limit list \
		marks match name reader record session status timestamp verdict window \
		window_cursor window_days window_item window_list words zone \
		zone_rule)
}
