#!/usr/bin/env bats
#
# The report: a page that says what the history says and nothing else, whatever
# stands in there, and a file that is whole.

load lib

LOG=/var/log/pamlease

setup_file() { ns_start; }
teardown_file() { ns_stop; }
setup() { ns_setup; ROOT=/proc/$NS_HOLDER/root; }

# A history of that kind (report.py), with somebody who is in.
play() {
	local entry
	ns rm -rf /run/pamlease/sessions
	ns_session bob 1002 "$(ns_process 1002)"
	entry=$(ns ls /run/pamlease/sessions)
	ns mkdir -m 700 -p $LOG
	python3 "$BATS_TEST_DIRNAME/report.py" play "$1" |
		sed "s/LIVE/$entry/" >"$ROOT$LOG/history.jsonl"
	ns chmod 600 $LOG/history.jsonl
}

# usage: facts JQ-ARG...	of the page /run/x.html
facts() {
	python3 "$BATS_TEST_DIRNAME/report.py" facts "$ROOT/run/x.html" |
		jq -r "$@"
}

# What a browser saw of such pages, in one run of it. usage: look KIND...
look() {
	local kind pages=()
	if ! command -v chromium >/dev/null; then
		[ "${PAMLEASE_TESTS_MUST_RUN:-}" != 1 ] || return
		skip 'no chromium'
	fi
	for kind; do
		play "$kind"
		pamlease report --html /run/x.html
		cp "$ROOT/run/x.html" "$BATS_TEST_TMPDIR/$kind.html"
		pages+=("$BATS_TEST_TMPDIR/$kind.html")
	done
	python3 "$BATS_TEST_DIRNAME/browser.py" "${pages[@]}" \
		>"$BATS_TEST_TMPDIR/seen" 3>&-
}

seen() { jq -r "$@" "$BATS_TEST_TMPDIR/seen"; }

@test "a bar for each lease and session, with who, why, from where and how it ended" {
	play played
	says 0 'Report written: 4 sessions, 2 leases, 3 refusals: /run/x.html' '' \
		pamlease report --html /run/x.html
	[ "$(ns stat -c '%a %U' /run/x.html)" = '600 root' ]
	[ "$(facts '.bars[] | .class' | sort | uniq -c | tr -s ' \n' ' ')" = ' 2 c 2 l 4 s ' ]
	facts '.bars[] | select(.class != "c") | .text' |
		sed 's/....-..-.. ..:..:..\( to ....-..-.. ..:..:..\)\?/T/' |
		sort | diff - <(sort <<'END'
Lease of alice|T (5h 0m)|granted by odai, extended by mira: INC-1|ran out
Lease of bob|T (2h 0m)|granted by mira|revoked by odai
alice sshd from 192.0.2.7|T (1h 0m)|by lease of odai: INC-1|logged out
alice sshd from 192.0.2.8|T (2h 0m)|by lease of odai: INC-1|ended: expired
bob sshd from 192.0.2.9|T|by policy|still in
carol login on ssh|T|by policy|its end is not known
END
	)
	facts '.rows[] | map(gsub("....-..-.. ..:..:.."; "T")) | join("|")' | sort |
		diff - <(sort <<'END'
User|Service|From|Since|Until|How long|Let in by|End
alice|sshd|192.0.2.7|T|T|1h 0m|lease of odai: INC-1|logged out
alice|sshd|192.0.2.8|T|T|2h 0m|lease of odai: INC-1|ended: expired
bob|sshd|192.0.2.9|T|-|1h 0m|policy|still in
carol|login|ssh|T|-|-|policy|not known
User|Granted by|Reason|Since|Until|End
alice|odai, extended by mira|INC-1|T|T|ran out
bob|mira|-|T|T|revoked by odai
User|Service|From|When|Reason|Detail
alice|sshd|192.0.2.7|T|expired|-
alice|sshd|192.0.2.7|T|expired, let in all the same|-
stranger|sshd|203.0.113.9|T|no-account|-
END
	)
	facts '.bars[] | select(.class == "c") | .text' |
		grep -x '2 refused|.*|1 expired|1 expired, let in all the same'
	# Of the last three hours there is less.
	says 0 'Report written: 1 sessions, 0 leases, 0 refusals: *' '' pamlease \
		report --since "$(date -d '3 hours ago' '+%F %T')" --html /run/x.html
	all_good
}

@test "a lease that is revoked was not replaced by the next of that second" {
	local n

	for n in 1 2 3; do
		ns bash -c '"$1" grant alice --duration 1h
			"$1" revoke alice' - "$BUILD/pamlease" >/dev/null
	done
	pamlease report --html /run/x.html
	[ "$(facts '.rows[] | select(.[0] == "alice") | .[-1]' | sort -u)" = \
		'revoked by root' ] || bad "$(facts '.rows[]')"
	all_good
}

@test "what a user, host or reason is called makes no element" {
	play played
	pamlease report --html /run/x.html
	facts '.tags | keys[]' >"$BATS_TEST_TMPDIR/tags"
	facts '.attributes[]' >"$BATS_TEST_TMPDIR/attributes"
	play hostile
	# Bytes that are no UTF-8, and half of a character.
	printf '%s\n' '{"number":99,"time":"2026-01-01T00:00:00.000Z","event":"denied","user":"'$'\xff\xc3''<b>","why":"from","previous":""}' \
		>>"$ROOT$LOG/history.jsonl"
	pamlease report --html /run/x.html
	facts '.tags | keys[]' | diff "$BATS_TEST_TMPDIR/tags" -
	facts '.attributes[]' | diff "$BATS_TEST_TMPDIR/attributes" -
	facts '.rows[][0]' | grep -Fx \
		"<script>alert(1)</script>\"'&</span></style><img src=x onerror=alert(2)>"
	facts '.rows[][0]' | grep -Fx '\xff\xc3<b>'
	[ "$(LC_ALL=C grep -cP '[\x00-\x08\x0b-\x1f\x7f]' "$ROOT/run/x.html")" -eq 0 ]
	iconv -f UTF-8 -t UTF-8 "$ROOT/run/x.html" >/dev/null
}

@test "the file is written whole, or not at all" {
	play played
	ns bash -c 'cd /run; echo old >old; ln -s old link; mkdir dir small
		mkfifo fifo; mount -t tmpfs -o size=8k small small; echo old >small/x'
	says 2 '' '*report: --html FILE says where the page goes' pamlease report
	says 2 '' '*report: --html: want a file, not *' pamlease report --html /run/
	says 2 '' '*report: --since is in the future' pamlease report \
		--since '9000-01-01 00:00' --html /run/old
	says 4 '' "*report: not a regular file: '/run/dir'" pamlease report --html /run/dir
	says 4 '' "*not a regular file: '/run/link'" pamlease report --html /run/link
	says 4 '' "*not a regular file: '/run/fifo'" pamlease report --html /run/fifo
	says 4 '' '*/run/none/x: No such file or directory' pamlease report --html /run/none/x
	says 4 '' "*No space left on device" pamlease report --html /run/small/x
	[ "$(ns cat /run/old /run/small/x | paste -sd ' ')" = 'old old' ]
	[ "$(ns bash -c 'ls -A /run/small; ls -A /run | grep tmp-' | paste -sd ' ')" = x ]
	pamlease report --html /run/old
	[ "$(ns bash -c 'head -n 1 /run/old; tail -n 1 /run/old' | paste -sd ' ')" = \
		'<!DOCTYPE html> </html>' ]
	ns umount /run/small
	all_good
}

@test "who reads the file while it is written reads the old one or the new one" {
	play many
	ns bash -c 'echo old >/run/x.html; exec 9</run/x.html
		'"$BUILD"'/pamlease report --html /run/x.html; cat <&9' |
		tail -n 1 | grep -x old
}

@test "of nothing there is a page, too" {
	says 0 'Report written: 0 sessions, 0 leases, 0 refusals: x.html' '' \
		ns bash -c 'cd /run && "$BUILD/pamlease" report --html x.html'
	grep -F '<p>No logins.</p>' "$ROOT/run/x.html"
	[ "$(facts '.bars | length')" -eq 0 ]
	play single
	pamlease report --html /run/x.html
	[ "$(facts '.bars | length')" -eq 1 ]
	all_good
}

@test "of too many sessions the latest are shown, and all are counted" {
	play jobs
	says 0 'Report written: 10010 sessions,*' '' \
		pamlease report --html /run/x.html
	[ "$(facts '.bars | length')" -eq 10000 ]
	[ "$(grep -c '^<tr><th scope=row>' "$ROOT/run/x.html")" -eq 10000 ]
	grep -qF 'Sessions, the latest 10000' "$ROOT/run/x.html"
	all_good
}

@test "times are those of the host's zone, which is named" {
	local at

	ns bash -c 'ln -sf /usr/share/zoneinfo/Asia/Kathmandu /etc/localtime'
	play single
	pamlease report --html /run/x.html
	ns rm /etc/localtime
	grep -F 'Asia/Kathmandu, UTC+05:45' "$ROOT/run/x.html"
	at=$(jq -r 'select(.event == "opened").time' "$ROOT$LOG/history.jsonl")
	grep -F "<time>$(TZ=Asia/Kathmandu date -d "$at" '+%F %H:%M')" "$ROOT/run/x.html"
}

# A report of what is in a history up to then. usage: report_at NOW SINCE
report_at() {
	ns bash -c 'ln -sf /usr/share/zoneinfo/Europe/Berlin /etc/localtime
		echo "$(($(date -d "$1" +%s) - $(date +%s))) 0" >/run/pamlease-clock' - "$1"
	ns timeout 10 "$BUILD/faked/pamlease" report --since "$2" --html /run/x.html
	ns rm /etc/localtime /run/pamlease-clock
}

@test "a day begins at midnight, also when the clocks have changed" {
	local even='2026-..-.. .[02468]:00'

	play changed
	report_at 2026-10-27T00:00Z '2026-10-24 00:00'
	[ "$(facts '.bars[].text' | grep -cxE "1 refused.$even to $even.1 no-lease")" -eq 34 ]
	# Three hours long.
	facts '.bars[].text' | grep -Fx '2 refused|2026-10-25 02:00 to 2026-10-25 04:00|2 no-lease'
	grep -F 'Europe/Berlin, UTC+02:00, from <time>2026-10-25 02:00</time> on UTC+01:00<' "$ROOT/run/x.html"
	report_at 2026-03-30T12:00Z '2026-03-28 00:00'
	grep -F 'UTC+01:00, from <time>2026-03-29 03:00</time> on UTC+02:00<' "$ROOT/run/x.html"
	[ "$(facts '.bars[].text' | grep -cxE "1 refused.$even to $even.1 no-lease")" -eq 18 ]
	# One hour long, and two hours where it is told by the clock.
	facts '.bars[].text' | grep -Fx '1 refused|2026-03-29 00:00 to 2026-03-29 03:00|1 no-lease'
	facts '.bars[].text' | grep -Fx '1 refused|2026-03-29 03:00 to 2026-03-29 04:00|1 no-lease'
	# Minutes of an hour that there is not.
	report_at 2026-03-29T03:00Z '2026-03-29 00:30'
	facts '.bars[].text' | grep -F '2026-03-29 03:30 to 2026-03-29 03:35'
	# Not each of fifty years.
	report_at 2026-03-30T12:00Z '1976-01-02 00:00'
	[ "$(grep -F ', and so on<' "$ROOT/run/x.html" | grep -o ' on UTC' | wc -l)" -eq 2 ]
}

@test "in a browser: nothing is loaded and nothing runs, on a screen, a phone and paper" {
	look played hostile
	[ "$(seen '.[].requests | length' | sort -u)" = 1 ]
	[ "$(seen '.[].requests[]' | grep -cvx 'file://.*\.html')" -eq 0 ]
	[ "$(seen '.[].said[]' | tee /dev/stderr)" = '' ]
	[ "$(seen '.[].tags.script, .[].tags.img' | sort -u)" = null ]
	[ "$(seen '(.[0].tags | keys) == (.[1].tags | keys)')" = true ]
	[ "$(seen '.[] | [.wide, .narrow] | join(" ")' | sort -u)" = '1200 360' ]
	[ "$(seen '.[] | .light == .dark' | sort -u)" = false ]
	[ "$(seen '.[].pdf' | sort -u)" = %PDF- ]
	# What was tapped says who it is.
	[ "$(seen '.[].tip.inside' | sort -u)" = true ]
	[[ $(seen '.[0].tip.text') == *' sshd from 192.0.2.'* ]]
}

@test "in a browser: 1,000 sessions of 50 users" {
	local ms
	look many
	ms=$(seen '.[0].painted_ms')
	echo "# painted after $ms ms" >&3
	[ "$ms" -lt 10000 ]
	[ "$(seen '.[0].tags.i')" -gt 2000 ]
	[ "$(seen '.[0].narrow')" -eq 360 ]
}
