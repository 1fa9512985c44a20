#!/usr/bin/env bats
#
# Policies that people copy: the sample that is installed, and those of the
# manual.

load lib

ROOT=$BATS_TEST_DIRNAME/..
SAMPLE=$ROOT/docs/examples/policy.conf
MANUAL=$ROOT/docs/pamlease.policy.5

setup_file() {
	ns_start
	[ -n "${NS_SKIP:-}" ] || ns bash -c 'printf "%s\n" \
		interns:x:2001:alice contractors:x:2002:bob \
		lab-staff:x:2003:carol >>/etc/group'
}

teardown_file() { ns_stop; }

setup() {
	ns_setup
	ns ln -sf /usr/share/zoneinfo/Etc/UTC /etc/localtime
}

# The policy in force from now on is what is on stdin.
policy() {
	local text

	text=$(cat)
	# shellcheck disable=SC2016
	ns bash -c 'mkdir -p /etc/pamlease &&
		printf "%s\n" "$1" >/etc/pamlease/policy.conf' - "$text"
}

# Is a policy good?  What it warns of depends on the users of this host.
good() {
	run pamlease policy check /etc/pamlease/policy.conf
	[ "$status" -eq 0 ] || bad "$1: $output"
}

examples() { sed -n 's/^#\([^ \t]\)/\1/p' "$SAMPLE"; }

# What logins of several kinds get.
answers() {
	local user service

	pamlease policy show
	for user in alice bob root; do
		for service in sshd login su; do
			pamlease check "$user" --service "$service" \
				--at '2026-11-23 10:00' --json || :
		done
	done
}

@test "the sample changes nothing" {
	local before

	before=$(answers)
	policy <"$SAMPLE"
	run pamlease policy check
	[ "$output" = '/etc/pamlease/policy.conf: good, rules: 0, warnings: 0' ]
	[ "$(answers)" = "$before" ]
}

@test "each example of the sample is right, alone and with the others" {
	local line n=0

	while IFS= read -r line; do
		n=$((n + 1))
		# One needs another.
		policy < <(echo "$line"
			[[ $line != exclusive* ]] || echo presence-command /bin/true)
		good "$line"
	done < <(examples)
	[ "$n" -gt 15 ]
	policy < <(examples)
	good 'all of them'
	[[ $output != *'never decides'* && $output != *'nobody but'* ]]
	# Each action and setting is there to be found.
	for line in allow deny lease ask limit exempt warn max grace \
		hook-timeout exclusive presence-command presence-timeout \
		presence-silent keep-detached; do
		examples | grep -q "^$line" || bad "no example of $line"
	done
	all_good
}

# The N-th of the manual's examples. usage: example N
example() {
	awk -v n="$1" '/^\.Sh/ { in_it = $2 == "EXAMPLES" }
		in_it && /^\.Ed/ { block = 0 }
		block && k == n { gsub(/\\e/, "\\"); print }
		in_it && /^\.Bd/ { block = 1; k++ }' "$MANUAL"
}

@test "the examples of the manual do what it says" {
	local n user service from at want got last=0

	while IFS='|' read -r n user service from at want; do
		if [ "$n" != "$last" ]; then
			policy < <(example "$n")
			good "example $n"
			[[ $output != *warning:* ]] || bad "$n: $output"
		fi
		last=$n
		got=$(pamlease check "$user" --service "$service" \
			--from "$from" --at "$at" --json |
			jq -r '.steps[] | select(.step == "policy").why') || :
		[ "$got" = "$want" ] ||
			bad "$n: $user $service $from $at: $got, want $want"
	done <<-END
	1|alice|sshd|10.0.0.7|2026-11-23 10:00|allow
	1|alice|sshd|10.0.0.7|2026-11-23 18:00|deny
	1|alice|sshd|10.0.0.7|2026-11-22 10:00|deny
	1|alice|login||2026-11-23 10:00|deny
	1|bob|sshd|10.0.0.7|2026-11-23 10:00|no-rule
	2|bob|sshd|10.0.0.7|2026-11-23 10:00|rule-lease
	2|bob|sshd|192.0.2.7|2026-11-23 10:00|deny
	2|bob|sshd|10.0.0.7|2026-11-23 19:00|deny
	2|bob|sshd|10.0.0.7|2026-12-24 10:00|deny
	2|bob|sshd|10.0.0.7|2027-01-04 10:00|rule-lease
	2|bob|su||2026-11-23 10:00|deny
	2|alice|sshd|192.0.2.7|2026-11-22 10:00|no-rule
	3|carol|sshd|192.0.2.7|2026-12-24 03:00|allow
	3|alice|login||2026-11-23 10:00|allow
	3|alice|gdm||2026-11-27 15:59|allow
	3|alice|gdm||2026-11-27 16:00|deny
	3|alice|gdm||2026-12-28 10:00|deny
	3|alice|sshd|192.0.2.7|2026-11-23 10:00|deny
	3|root|sshd|192.0.2.7|2026-11-23 10:00|root
	4|alice|gdm||2026-11-23 10:00|allow
	4|alice|sshd|192.0.2.7|2026-11-23 10:00|no-rule
	4|root|sshd|192.0.2.7|2026-11-23 10:00|deny
	4|root|login||2026-11-23 10:00|root
	END
	[ "$last" = 4 ]
	all_good
}

# The answer to one login under the fourth example. usage: limited USER SERVICE
limited() {
	pamlease check "$1" --service "$2" --json |
		jq -r '.steps[] | select(.step == "limit").why'
}

@test "the limits of the manual's example" {
	policy < <(example 4)
	ns_process 1003 >"$BATS_TEST_TMPDIR/pid"
	[ "$(limited alice login)" = room ]
	ns_session carol 1003 "$(<"$BATS_TEST_TMPDIR/pid")" policy gdm :0 ''
	[ "$(limited alice login)" = limit ]
	# Who is in is not refused, and over the network there is room.
	[ "$(limited carol login)" = room ]
	[ "$(limited alice sshd)" = room ]
}

@test "the manual's mistakes are refused with what it says" {
	local line message n=0

	while IFS='|' read -r line message; do
		n=$((n + 1))
		policy <<<"$line"
		run pamlease policy check /etc/pamlease/policy.conf
		[ "$status" -eq 1 ] || bad "$line: status $status"
		[[ ${lines[0]} == *"$message"* ]] || bad "$line: $output"
	done < <(sed -n 's/^\.It Li \(.*\) Ta \(.*\)/\1|\2/p' "$MANUAL")
	[ "$n" -gt 15 ]
	policy < <(example 5 | sed -n '2s/^ *//p')
	run pamlease policy check
	[ "$output" = "$(example 5)" ] || bad "$output"
	all_good
}

# The block of a page that has such a line. usage: block FILE LINE
block() {
	awk -v line="$2" '/^```/ { if (found) exit; text = ""; next }
		{ text = text $0 "\n"; found = found || $0 == line }
		END { printf "%s", text }' "$ROOT/$1"
}

@test "the policies of the other pages are right" {
	policy < <(block README.md 'deny    group interns')
	good README.md
	[[ $output == *'rules: 6, '* && $output != *'never decides'* ]]
	policy < <(block docs/design.md 'deny    group interns')
	good docs/design.md
	[[ $output == *'rules: 5, '* && $output != *'never decides'* ]]
	all_good
}
