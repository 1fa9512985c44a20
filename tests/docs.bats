#!/usr/bin/env bats
#
# What the documents say of the tests.

# bats file_tags=plain
load lib

ROOT=$BATS_TEST_DIRNAME/..

# Is there such a test? usage: named FILE: PART-OF-TITLE
named() {
	local file=$ROOT/${1%%: *} title=

	[[ $1 != *': '* ]] || title=${1#*: }
	case $file in
	*.bats)
		[ -n "$title" ] &&
			grep '^@test "' "$file" | grep -qF -- "$title"
		;;
	*/unit/test_*)
		[ -e "$file.c" ] && { [ -z "$title" ] ||
			grep -qx -- "$title(void \*\*state)" "$file.c"; }
		;;
	*) false ;;
	esac 2>/dev/null
}

# Prints "LINE NUMBER|CELLS|case|what|test" of each row of a table.
rows() {
	awk -F ' *[|] *' '/^\|/ && !/^\|---/ && $2 != "case" {
		print FNR "|" NF - 2 "|" $2 "|" $3 "|" $4 }' \
		"$ROOT/docs/protections.md"
}

@test "every protection has a test that is there, or says why not" {
	local line cells case what tests test n=0

	while IFS='|' read -r line cells case what tests; do
		n=$((n + 1))
		[ "$cells" -eq 3 ] || bad "line $line: $cells cells"
		if [ -z "$case" ] || [ -z "$what" ] || [ -z "$tests" ] ||
		    [[ "$case $what $tests" == *TODO* ]]; then
			bad "line $line: something is missing"
		fi
		while IFS= read -r test; do
			[[ $test != tests/* ]] || named "$test" ||
				bad "line $line: no such test: $test"
		done <<<"${tests//; /$'\n'}"
	done < <(rows)
	[ "$n" -gt 100 ] || bad "$n rows"
	all_good
}

@test "every mutant names a test that is there" {
	local patch test n=0

	for patch in "$ROOT"/tests/mutants/*.patch; do
		n=$((n + 1))
		grep -q '^Takes out: .' <(head -n 1 "$patch") ||
			bad "${patch##*/}: takes out what?"
		test=$(sed -n '2s/^Caught by: //p' "$patch")
		named "$test" || bad "${patch##*/}: no such test: $test"
	done
	[ "$n" -gt 50 ] || bad "$n patches"
	all_good
}

# "@remote sshd ..." of each class.
@test "the manual has each class of services as it is" {
	local code manual

	code=$(sed -n '/^} classes\[\] = {$/,/^};$/p' \
		"$ROOT/liblease/match.c" | tr -d '\n\t' |
		sed 's/NULL } }/\n/g' | grep -o '"@.*' |
		sed 's/[^a-z@-]\+/ /g; s/ \(const\|char\)\b//g; s/^ //; s/ $//')
	manual=$(sed -n '/^\.Sh CLASSES/,/^\.El$/p' \
		"$ROOT/docs/pamlease.policy.5" |
		sed '/^\.[SBE]/d; s/^\.It Cm /\n/; s/,//g' |
		awk -v RS= '{ gsub("\n", " "); print }')
	[ "$(wc -l <<<"$code")" -eq 3 ]
	[ "$code" = "$manual" ] || diff <(echo "$code") <(echo "$manual")
}
