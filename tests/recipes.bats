#!/usr/bin/env bats
#
# The recipes: each policy is good, and does what its text says.

load lib

RECIPES=$BATS_TEST_DIRNAME/../docs/recipes.md

setup_file() {
	ns_start
	[ -n "${NS_SKIP:-}" ] || ns bash -c 'printf "%s\n" \
		contractors:x:2001:bob staff:x:2050:alice wheel:x:2002:alice \
		oncall:x:2003:carol students:x:2004:carol \
		lab-staff:x:2005:bob >>/etc/group
		sed -i "/^staff:x:50:/d; /^users:/s/:[^:]*$/:carol/" /etc/group
		echo breakglass:x:1010:1010::/:/bin/sh >>/etc/passwd'
}

teardown_file() { ns_stop; }

setup() {
	ns_setup
	ns ln -sf /usr/share/zoneinfo/Etc/UTC /etc/localtime
}

# Prints the N-th policy of a section. usage: recipe SECTION N
recipe() {
	awk -v want="## $1" -v n="$2" '/^## / { here = $0 == want }
		/^```/ { inside = here && $0 == "```conf" && ++k == n; next }
		inside' "$RECIPES"
}

policy() {
	local text

	text=$(cat)
	# shellcheck disable=SC2016
	ns bash -c 'mkdir -p /etc/pamlease &&
		printf "%s\n" "$1" >/etc/pamlease/policy.conf' - "$text"
}

# What decides about a login: the words are those of pam_lease(8).
# usage: why USER SERVICE FROM AT
why() {
	pamlease check "$1" --service "$2" --from "$3" --at "$4" --json |
		jq -r '.steps[] | select(.step == "policy").why' || :
}

@test "each policy of the recipes does what they say" {
	local title n user service from at want got last='' kinds=0

	while IFS='|' read -r title n user service from at want; do
		if [ "$title $n" != "$last" ]; then
			kinds=$((kinds + 1))
			policy < <(recipe "$title" "$n")
			run pamlease policy check
			[ "$status" -eq 0 ] || bad "$title: $output"
			[[ $output != *warning:* ]] || bad "$title: $output"
		fi
		last="$title $n"
		got=$(why "$user" "$service" "$from" "$at")
		[ "$got" = "$want" ] || bad "$title: $user $service $from" \
			"$at: $got, want $want"
	done <<-END
	A contractor for a week|1|alice|sshd|192.0.2.7|2026-11-22 03:00|allow
	A contractor for a week|1|bob|sshd|10.20.3.4|2026-11-23 10:00|rule-lease
	A contractor for a week|1|bob|sshd|2001:db8:20::7|2026-11-23 10:00|rule-lease
	A contractor for a week|1|bob|sshd|10.20.3.4|2026-11-23 19:00|deny
	A contractor for a week|1|bob|sshd|10.20.3.4|2026-11-22 10:00|deny
	A contractor for a week|1|bob|sshd|192.0.2.7|2026-11-23 10:00|deny
	A contractor for a week|1|bob|login||2026-11-23 10:00|deny
	A contractor for a week|1|carol|sshd|10.20.3.4|2026-11-23 10:00|no-rule
	Root for who is on call|1|root|sshd|10.20.3.4|2026-11-23 10:00|rule-lease
	Root for who is on call|1|root|login||2026-11-23 10:00|root
	Root for who is on call|1|alice|sshd|10.20.3.4|2026-11-23 10:00|allow
	Root for who is on call|2|carol|sshd|10.20.3.4|2026-11-23 10:00|rule-lease
	Root for who is on call|2|carol|sudo||2026-11-23 10:00|rule-lease
	Root for who is on call|2|alice|sshd|10.20.3.4|2026-11-23 10:00|allow
	Root for who is on call|2|alice|sudo||2026-11-23 10:00|no-rule
	Lab hours|1|carol|gdm-password||2026-11-23 08:00|allow
	Lab hours|1|carol|gdm-password||2026-11-23 20:00|deny
	Lab hours|1|carol|login||2026-11-28 15:59|allow
	Lab hours|1|carol|login||2026-11-28 16:00|deny
	Lab hours|1|carol|gdm||2026-11-29 12:00|deny
	Lab hours|1|carol|gdm||2026-12-28 12:00|deny
	Lab hours|1|carol|sshd|192.0.2.7|2026-12-28 03:00|allow
	Lab hours|1|bob|gdm||2026-11-29 12:00|allow
	Lab hours|1|alice|gdm||2026-11-23 12:00|no-rule
	Draining a node|1|carol|sshd|192.0.2.7|2026-11-23 10:00|allow
	Draining a node|1|bob|sshd|192.0.2.7|2026-11-23 10:00|no-rule
	The owner of the desk says yes|1|bob|gdm-password||2026-11-23 10:00|allow
	The owner of the desk says yes|1|carol|sshd|192.0.2.7|2026-11-23 10:00|rule-ask
	The owner of the desk says yes|1|bob|sshd|192.0.2.7|2026-11-23 10:00|no-rule
	The owner of the desk says yes|1|root|sshd|192.0.2.7|2026-11-23 10:00|root
	Break-glass|1|breakglass|login||2026-11-23 10:00|rule-lease
	Break-glass|1|breakglass|sshd|10.20.3.4|2026-11-23 10:00|deny
	Break-glass|1|breakglass|su||2026-11-23 10:00|deny
	Break-glass|1|alice|sshd|10.20.3.4|2026-11-23 10:00|allow
	END
	# No policy of the page is left out.
	[ "$kinds" -eq "$(grep -c '^```conf$' "$RECIPES")" ]
	all_good
}

# The commands of a recipe that grant: run as they stand.
@test "what the recipes grant is granted" {
	local line

	while IFS='|' read -r title n line; do
		policy < <(recipe "$title" "$n")
		run ns bash -c 'pamlease() { "$0" "$@"; }; eval "$1"' \
			"$BUILD/pamlease" "$line"
		[ "$status" -eq 0 ] || bad "$line: $output"
		[[ $output == 'Lease granted for '* ]] || bad "$line: $output"
	done < <(awk '/^## / { title = substr($0, 4); n = 0 }
		/^```conf/ { n++ }
		/^pamlease grant/ { print title "|" n "|" $0 }' "$RECIPES")
	[ "$(ns bash -c 'ls /run/pamlease/*.lease | wc -l')" -eq 4 ]
	all_good
}

@test "an exempt administrator passes a wind-down, others don't" {
	policy < <(recipe 'Draining a node' 1)
	ns touch /etc/winddown
	says 3 'carol would be denied: *' '' pamlease check carol
	ns rm /etc/winddown
	says 0 'carol would be admitted*' '' pamlease check carol
	ns touch /etc/winddown
	[ "$(pamlease check alice --json |
		jq -r '.steps[] | select(.step == "wind-down").why')" = exempt ]
	all_good
}
