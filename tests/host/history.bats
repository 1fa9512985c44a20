#!/usr/bin/env bats
#
# A day's work on a host with systemd: each thing that happens stands once in
# the history, in the journal and in the audit trail, with the same facts.

load lib

AUDIT=$BATS_FILE_TMPDIR/audit.log

setup_file() {
	# Of the whole machine: it has one kernel, whose trail nspawn would hide.
	export SYSTEMD_SECCOMP=0
	"$BUILD/helpers/auditlog" >"$AUDIT" 2>&1 3>&- &
	echo $! >"$AUDIT.pid"
	wait_for 5 grep -q . "$AUDIT" || :
	host_start || return
	# Other hosts have the same users, and one kernel.
	[ -n "${HOST_SKIP:-}" ] || for user in alice bob carol dave; do
		h usermod --uid $(($(h id -u $user) + 50000)) $user
	done
	[ -n "${HOST_SKIP:-}" ] || h bash -c 'journalctl --update-catalog
		mkdir -p /etc/pamlease
		printf "%s\n" "warn 5s" "ask user carol for 1h within 0s" \
			>/etc/pamlease/policy.conf'
}
teardown_file() {
	kill "$(<"$AUDIT.pid")" || :
	host_stop
}

no_ledger() { [ -z "$(h ls /run/pamlease/sessions)" ]; }
nothing_waits() { [ -z "$(h ls /run/pamlease/events)" ]; }
facts() { h pamlease history --json "${@:2}" | jq -r "$1"; }

# How often an event of a user stands in the history. usage: told EVENT USER
told() { facts .event --event "$1" --user "$2" | wc -l; }

# And in the journal, as a field or as a line of the module.
in_journal() {
	h journalctl -b -o json "PAMLEASE_EVENT=$1" "PAMLEASE_USER=$2" | wc -l
}
logged() { h journalctl -b -o cat -g "^pam_lease.*$1.*user=\"$2\"" | wc -l; }

# The history's facts as the audit trail has them, and those of the trail.
to_audit() {
	h pamlease history --json | jq -Sc 'select(.uid) | del(.number, .time,
		.first, .id, .previous) | if .expires then .expires |= fromdate else . end' | sort
}
from_audit() { "$BATS_TEST_DIRNAME/audit.py" "$AUDIT" | jq -Sc 'select(.uid > 51000)' |
	sort; }

# A day's work is played once, for all tests.
@test "a day's work" {
	local id

	h pamlease grant alice --duration 1h --reason INC-1
	key_login alice true
	password_login alice true
	kbdint_login alice true
	tty_login pw-alice alice
	run key_login bob true
	[ "$status" -ne 0 ]
	run password_login dave true
	[ "$status" -ne 0 ]
	h pamlease extend alice --duration 10m
	run key_login carol true
	id=$(h pamlease requests --json | jq -r '.[0].id')
	h pamlease approve "$id"
	key_login carol true
	h pamlease winddown start --message 'New kernel'
	run key_login alice true
	[ "$status" -ne 0 ]
	h pamlease winddown stop
	h pamlease grant bob --duration 12s
	in_session bob -tt bob@127.0.0.1
	wait_for 20 session_said bob 'expires in 5 seconds'
	wait_for 15 session_ended bob
	wait_for 10 eval '[ "$(told removed bob)" -eq 1 ]'
	in_session alice -N alice@127.0.0.1
	wait_for 10 eval '[ "$(told opened alice)" -eq 5 ]'
	h pamlease revoke alice
	wait_for 10 session_ended alice
	watchdog_run
	wait_for 10 no_ledger
	wait_for 10 nothing_waits
}

@test "each event stands there once" {
	local event user n

	while read -r event user n; do
		[ "$(told "$event" "$user")" -eq "$n" ] ||
			bad "$event $user: $(told "$event" "$user"), not $n"
	done <<'END'
granted alice 1
extended alice 1
revoked alice 1
admitted alice 5
opened alice 5
closed alice 5
denied alice 1
denied bob 1
denied dave 1
requested carol 1
denied carol 1
approved carol 1
admitted carol 1
opened carol 1
closed carol 1
admitted bob 1
opened bob 1
warned bob 1
ended bob 1
removed bob 1
closed bob 1
ended alice 1
failed alice 0
END
	h pamlease history --verify
	[ "$(facts .event --event winddown-started | wc -l)" -eq 1 ]
	[ "$(facts .event --event winddown-stopped | wc -l)" -eq 1 ]
	[ -z "$(facts .detail --event failed)" ] ||
		bad "$(facts .detail --event failed)"
	all_good
}

@test "the journal has the same, once" {
	local event user

	while read -r event user; do
		[ "$(in_journal "$event" "$user")" -eq "$(told "$event" "$user")" ] ||
			bad "$event $user: $(in_journal "$event" "$user")"
	done <<'END'
granted alice
granted bob
extended alice
revoked alice
approved carol
warned bob
ended bob
ended alice
removed bob
END
	for user in alice bob carol dave; do
		[ "$(logged ':account.: verdict=admit' $user)" -eq \
			"$(told admitted $user)" ] || bad "admitted $user"
		[ "$(logged ':session.: verdict=admit' $user)" -eq \
			"$(told opened $user)" ] || bad "opened $user"
		[ "$(logged 'verdict=deny' $user)" -eq \
			"$(told denied $user)" ] || bad "denied $user"
		[ $(("$(logged ': closed' $user)" + "$(in_journal closed $user)")) -eq \
			"$(told closed $user)" ] || bad "closed $user"
	done
	all_good
}

@test "with the same facts" {
	local field

	for field in USER UID WHY FOUND KILLED LEFT TOOK_MS LATE_MS SESSION; do
		[ "$(h journalctl -b -o json PAMLEASE_EVENT=ended PAMLEASE_USER=bob |
			jq -r ".PAMLEASE_$field")" = \
			"$(facts ".${field,,}" --event ended --user bob)" ] ||
			bad "$field"
	done
	[ "$(facts '[.service, .rhost, .phase, .why] | join(" ")' --event denied \
		--user bob)" = 'sshd 127.0.0.1 account no-lease' ]
	[ "$(facts '[.service, .phase, .why] | join(" ")' --event denied \
		--user dave)" = 'sshd auth no-lease' ]
	[ "$(facts .why --event denied --user alice)" = winddown ]
	[ "$(facts .service --event opened --user alice | sort | uniq -c |
		tr -s ' ' | paste -sd,)" = ' 1 login, 4 sshd' ]
	[ "$(facts .let_in_by --event opened --user alice | sort -u)" = lease ]
	[ "$(facts .session --event opened --user bob)" = \
		"$(facts .session --event ended --user bob)" ]
	all_good
}

@test "the audit trail has the same, once, with the same facts" {
	[ "$(head -n 1 "$AUDIT")" = ready ] || skip 'no audit here'
	[ "$(from_audit | wc -l)" -ge 30 ]
	diff <(to_audit) <(from_audit)
}

@test "ausearch finds it" {
	[ "$(head -n 1 "$AUDIT")" = ready ] || skip 'no audit here'
	found() { ausearch -if "$AUDIT" --raw "$@" 2>/dev/null |
		grep -c 'op=.*lease-.* id=51'; }
	[ "$(found -m USER_ACCT -sv no)" -eq "$(facts .event --event denied | wc -l)" ]
	[ "$(found -m USER_ACCT -sv yes)" -eq "$(facts .event --event admitted | wc -l)" ]
	[ "$(found -m RESP_TERM_ACCESS)" -eq "$(facts .event --event ended | wc -l)" ]
	[ "$(found -m USER_MGMT)" -eq "$(facts .event | grep -cxE \
		'granted|extended|revoked|removed|approved')" ]
}

@test "journalctl explains what happened" {
	h journalctl -b -x PAMLEASE_EVENT=ended PAMLEASE_USER=bob |
		grep -F 'Subject: bob was ended'
}

@test "it is written at once, and systemd's lines of that are not in the journal" {
	[ "$(h systemctl is-active pamlease-history.path)" = active ]
	h pamlease grant dave --duration 1h
	wait_for 5 h grep -q '"event":"granted","user":"dave"' \
		/var/log/pamlease/history.jsonl
	wait_for 5 nothing_waits
	[ "$(h journalctl -b -o cat -u pamlease-history.service | wc -l)" -eq 0 ]
}

@test "a full disk refuses nobody, and is told of until it is over" {
	h mount -t tmpfs -o size=8k,mode=700 small /var/log/pamlease </dev/null
	h bash -c 'head -c 8k /dev/zero >/var/log/pamlease/filler || :' </dev/null
	key_login dave true
	wait_for 20 h bash -c 'journalctl -b -o cat -u pamlease-history.service |
		grep -q "No space left"'
	wait_for 10 h umount /var/log/pamlease </dev/null
	wait_for 30 nothing_waits
	[ "$(told opened dave)" -eq 1 ]
	[ "$(told closed dave)" -eq 1 ]
	h pamlease history --verify
}
