# What the command prints on a terminal: tables that fit it, and whose times
# those are.
# shellcheck disable=SC2016

load lib

setup_file() { ns_start; }
teardown_file() { ns_stop; }
setup() { ns_setup; }

# Runs the command on a terminal so wide. usage: shown COLUMNS ARG...
shown() {
	local columns=$1 text

	shift
	printf -v text '%q ' "${COMMAND:-$BUILD/pamlease}" "$@"
	ns script -qec "stty cols $columns; $text" /dev/null | tr -d '\r'
}

# No line is wider than that. usage: fits COLUMNS
fits() {
	[ "$(wc -L <<<"$output")" -le "$1" ] || bad "$1: $output"
}

@test "a table fits its terminal, and no user's name or time is cut" {
	local at='20[0-9-]{8} [0-9:]{5}' width

	pamlease grant alice --duration 1h >/dev/null
	ns_lease alice '.granted_by = "a-grantor-with-quite-a-long-name-0123456789"'
	ns_session alice 1001 "$(ns_process 1001)" lease sshd ssh \
		2001:db8::cafe
	run pamlease list
	[[ ${lines[2]} == 'alice  a-grantor-with-quite-a-long-name-0123456789  '* ]] ||
		bad "$output"
	for width in 200 70 50; do
		run shown $width list
		fits $width
		[[ ${lines[2]} =~ ^alice\ \ a-grantor.*\ $at\ \ (1h|59m) ]] ||
			bad "$width: $output"
	done
	run shown 90 sessions
	fits 90
	[[ ${lines[2]} =~ ^alice\ \ .*\ $at\ .*\ $at$ ]] || bad "$output"
	all_good
}

# The lines under the heading of that column begin where it does.
# usage: aligned HEADING PATTERN
aligned() {
	local head=${lines[0]%%"$1"*} row=${lines[2]%%$2*}

	[ "$(wc -L <<<"$head|")" -eq "$(wc -L <<<"$row|")" ] || bad "$output"
}

@test "each character has the width that a terminal gives it" {
	local name

	pamlease grant alice --duration 1h >/dev/null
	for name in '日本語 日本語' 'e\u0301a' 'CORP\\dave' '\u200b'; do
		ns_lease alice ".granted_by = \"$name\""
		run pamlease list
		[ ${#lines[@]} -eq 3 ] || bad "$name: $output"
		aligned 'EXPIRES AT' '20??-??-??'
		run shown 100 list
		[ ${#lines[@]} -eq 4 ] || bad "$name: $output"
		aligned 'EXPIRES AT' '20??-??-??'
	done
	all_good
}

# Anybody's process may have one in its name.
@test "a character without a width holds no table up, and is escaped" {
	local width
	local -x COMMAND=timeout

	pamlease winddown start --message Soon >/dev/null
	ns setpriv --reuid 1001 --clear-groups bash -c '(
		printf "baaa aba\u038b" >"/proc/$BASHPID/comm"
		sleep infinity
		: ) >/dev/null 2>&1 &'
	soon eval '[[ $(pamlease winddown status) == *"baaa aba"* ]]'
	run pamlease winddown status
	[[ $output == *'  baaa aba\xce\x8b  '* ]] || bad "$output"
	for ((width = 30; width < 50; width += 2)); do
		run shown "$width" 5 "$BUILD/pamlease" winddown status
		[ "${lines[-1]}" = 'Times are UTC.' ] || bad "$width: $output"
	done
	all_good
}

@test "without a locale of UTF-8 other characters are escaped" {
	pamlease grant alice --duration 1h >/dev/null
	ns_lease alice '.granted_by = "日本"'
	run ns unshare --mount bash -c 'mount -n -t tmpfs tmpfs /usr/lib/locale
		exec timeout 10 "$1" list' - "$BUILD/pamlease"
	[ "$status" -eq 0 ] || bad "$status"
	[[ ${lines[2]} == 'alice  \xe6\x97\xa5\xe6\x9c\xac  '* ]] || bad "$output"
	all_good
}

# usage: zone_is TEXT
zone_is() {
	run shown 100 list
	[ "${lines[-1]}" = "$1" ] || bad "$output"
}

@test "times are said to be local, or UTC, and --utc makes them so" {
	local zones=/usr/share/zoneinfo utc

	[ -e $zones/Europe/Berlin ] || skip 'no zone files here'
	pamlease grant alice --duration 1h >/dev/null
	zone_is 'Times are UTC.'
	ns ln -sf $zones/Etc/UTC /etc/localtime
	zone_is 'Times are UTC.'
	utc=$(pamlease list)
	ns ln -sf $zones/Asia/Kathmandu /etc/localtime
	zone_is 'Times are local: Asia/Kathmandu, now +0545 (UTC+05:45).'
	[ "$(pamlease list)" != "$utc" ] || bad "$utc"
	run shown 100 list --utc
	[[ $output == "${utc%  *}"*$'\nTimes are UTC.' ]] || bad "$output"
	run pamlease list
	[[ $output != *Times* ]] || bad "$output"
	run pamlease list --utc
	[[ $output == "${utc%  *}"* && $output != *Times* ]] || bad "$output"
	ns cp --remove-destination $zones/Asia/Tokyo /etc/localtime
	zone_is 'Times are local: now JST (UTC+09:00).'
	ns bash -c 'echo TZif >/etc/localtime'
	zone_is 'Times are UTC.'
	ns rm /etc/localtime
	all_good
}

# A time at which the zone's clocks differ from those of now.
@test "the offset is that of now, and each time has its own" {
	local now
	local -x COMMAND=$BUILD/faked/pamlease

	[ -e /usr/share/zoneinfo/Europe/Berlin ] || skip 'no zone files here'
	ns ln -sf /usr/share/zoneinfo/Europe/Berlin /etc/localtime
	while read -r now text; do
		ns bash -c 'echo "$(($(date -d "$1" +%s) - $(date +%s))) 0" \
			>/run/pamlease-clock' - "$now"
		ns "$COMMAND" grant alice --force --until '2027-08-01 12:00:00' >/dev/null
		run shown 100 show alice
		[[ $output == *'Expires at: 2027-08-01 12:00:00'* ]] || bad "$output"
		[ "${lines[-1]}" = "Times are local: Europe/Berlin, now $text." ] ||
			bad "$output"
	done <<-'EOF'
		2027-01-15 CET (UTC+01:00)
		2027-07-15 CEST (UTC+02:00)
	EOF
	ns rm /etc/localtime /run/pamlease-clock
	all_good
}

@test "whatever prints times takes --utc, and what prints none says no zone" {
	local command

	ns ln -sf /usr/share/zoneinfo/Asia/Tokyo /etc/localtime
	for command in list requests 'winddown status' 'policy show'; do
		run shown 100 $command --utc
		[[ $status -eq 0 && $output != *Times* ]] || bad "$command: $output"
	done
	pamlease grant alice --duration 1h >/dev/null
	pamlease winddown start --message Soon >/dev/null
	ns_session alice 1001 "$(ns_process 1001)"
	for command in list 'show alice' sessions 'check alice' history \
		'winddown status'; do
		run shown 100 $command
		[[ ${lines[-1]} == 'Times are local: Asia/Tokyo, now JST (UTC+09:00).' ]] ||
			bad "$command: $output"
		run shown 100 $command --utc
		[[ ${lines[-1]} == 'Times are UTC.' ]] || bad "$command: $output"
	done
	says 0 '\[*' '' pamlease list --json --utc
	says 2 '' '*unknown*--utc*' pamlease grant bob --duration 1h --utc
	ns rm /etc/localtime
	all_good
}
