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

# "WORD VERDICT" of each reason, as the module logs them.
@test "the manual has each reason with its verdict" {
	local code manual

	code=$(tr -d '\n\t' <"$ROOT/liblease/verdict.c" |
		grep -o '{ VERDICT_[A-Z_]*, STEP_[A-Z]*, *"[a-z-]*"' |
		sed 's/{ VERDICT_\(.*\), STEP.*"\(.*\)"/\2 \1/
			s/ADMIT_LEASE/ADMIT/; s/UNKNOWN_USER/DENY/' |
		grep -vE '^refused | NEXT$' | tr A-Z a-z | sort -u)
	manual=$(sed -n 's/^\.It \([a-z-]*\) Ta \(deny\|admit\|error\|ask\) .*/\1 \2/p' \
		"$ROOT/docs/pam_lease.8" | sort)
	[ "$(wc -l <<<"$code")" -gt 20 ]
	[ "$code" = "$manual" ] || diff <(echo "$code") <(echo "$manual")
}

@test "the manual has each sentence that a refused user is told" {
	local manual line n=0

	manual=$(tr '\n' ' ' <"$ROOT/docs/pam_lease.8")
	while IFS= read -r line; do
		n=$((n + 1))
		[[ $manual == *"$line"* ]] || bad "not in the manual: $line"
	done < <(tr -d '\n\t' <"$ROOT/pam_lease/tell.c" |
		sed 's/" *"//g; s/user %s/user jsmith/; s/uid=%u/uid=12345/
		s/request %s/request 7F3K9Q/g; s/denied: %s/denied: your home/; s/refused%s%s/refused: /' |
		grep -o 'Access denied[^"]*')
	[ "$n" -eq 13 ] || bad "$n sentences"
	all_good
}

# The names that sections have in links: small letters, blanks as dashes.
# usage: anchors FILE
anchors() {
	sed -n '/^```/,/^```/d; s/^##* //p' "$1" | tr A-Z a-z |
		sed 's/[^a-z0-9 _-]//g; s/ /-/g'
}

@test "what the pages link to is there" {
	local page link file n=0

	while IFS='|' read -r page link; do
		n=$((n + 1))
		file=${link%%#*}
		file=${page%/*}/${file:-${page##*/}}
		[ -e "$file" ] || { bad "$page: no $link"; continue; }
		[[ $link != *'#'* ]] || anchors "$file" |
			grep -qx -- "${link#*#}" || bad "$page: no section $link"
	done < <(cd "$ROOT" && for page in *.md docs/*.md; do
		grep -o '](\(docs/\|[a-z-]*\.md\|#\)[^)]*)' "$page" |
			sed "s|^](\(.*\))|$PWD/$page\|\1|"
	done)
	[ "$n" -gt 20 ] || bad "$n links"
	all_good
}

# Each command line of pamlease in a block, without its prompt.
commands() {
	awk '/^```/ { inside = !inside; next }
		inside { sub(/^[#$] /, ""); sub(/^sudo /, "") }
		inside && /^pamlease / { print FILENAME "|" $0 }' \
		"$ROOT"/README.md "$ROOT"/docs/*.md |
		sed 's/ [|&;].*//; s/ *\\$//; s/ *# .*//'
}

# With --help at its end a command line is read, and not run.  Whoever that is
# may do nothing, all the same.
@test "commands in the pages are such that the programs take them" {
	local page line words n=0

	while IFS='|' read -r page line; do
		n=$((n + 1))
		# Quotes as a shell has them; nothing else of a shell is there.
		mapfile -t words < <(xargs -n 1 printf '%s\n' <<<"$line")
		run setpriv --reuid 65534 --regid 65534 --clear-groups \
			"$BUILD/pamlease" "${words[@]:1}" --help
		[ "$status" -eq 0 ] || bad "${page##*/}: $line: $output"
	done < <(commands)
	[ "$n" -gt 30 ] || bad "$n commands"
	all_good
}
