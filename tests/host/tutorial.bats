#!/usr/bin/env bats
#
# The tutorial, as it stands: what is in its blocks is typed on two terminals of
# a host that has nothing but the package, and what it shows has to come.
#
# Building the package takes a while.
# bats file_tags=endurance

load lib

ROOT=$BATS_TEST_DIRNAME/../..
TUTORIAL=$ROOT/docs/tutorial.md
LIMIT=300		# seconds that all of it may take

setup_file() {
	package_make "$BATS_FILE_TMPDIR"
	host_boot --bind-ro "$BATS_FILE_TMPDIR/deb:/mnt/deb"
	# How root of this host logs in, as of any; the last line may have no end.
	[ -n "${HOST_SKIP:-}" ] || h sh -c 'cp /mnt/deb/*.deb /root
		printf %s "$(cat /root/.ssh/id.pub)" >/root/.ssh/authorized_keys'
}
teardown_file() { host_stop; }

term() { h /mnt/host/term.sh "$@"; }

# Prints the number and the kind of each block.
blocks() {
	awk '/^```/ && !inside { inside = ++n; print n "|" substr($0, 4); next }
		/^```/ { inside = 0 }' "$TUTORIAL"
}

# usage: block NUMBER
block() {
	awk -v want="$1" '/^```/ && !inside { inside = ++n; next }
		/^```/ { inside = 0; next }
		inside == want' "$TUTORIAL"
}

# Times, numbers of things and the widths of tables are never the same twice; a
# time has its date when that is not today's.
plain() {
	sed -E 's/([0-9]{4}-[0-9]{2}-[0-9]{2} )?[0-9]{2}:[0-9]{2}(:[0-9]{2})?/TIME/g
		s/[0-9]+ ?(s|ms|seconds|processes|killed)\b/N \1/g
		s/-----+/---/; s/[[:blank:]]+/ /g; s/ $//; s/^ //'
}

# Is what the document shows on that terminal, line after line?  "…" is anything.
# usage: shown TERMINAL BLOCK
shown() {
	local line want seen

	mapfile -t seen < <(term show "$1" </dev/null | plain)
	while IFS= read -r want; do
		# Only "…" is a pattern.
		want=$(sed 's/[][*?\\]/\\&/g; s/…/*/g' <<<"$want")
		while :; do
			[ ${#seen[@]} -gt 0 ] || return
			line=${seen[0]} seen=("${seen[@]:1}")
			# shellcheck disable=SC2053
			[[ $line != $want ]] || break
		done
	done < <(block "$2" | plain)
}

# Seen from here: what systemd starts while it reloads, as units are enabled,
# may get its words wrong.
at_prompt() {
	local dir

	dir=/proc/$("$HOST_DIR/host" leader)/root/run/term/$1
	[ "$(wc -l <"$dir/done")" -gt "$(wc -l <"$dir/typed")" ]
}

# Types a block where it says, and waits for its end unless it is to stay.
# usage: paste NUMBER TERMINAL [fails|stays|undo]
paste() {
	local status

	term clear "$2" </dev/null
	block "$1" | term type "$2"
	[ "${3-}" != stays ] || return 0
	wait_for 60 at_prompt "$2" || return
	status=$(term wait "$2" </dev/null)
	if [ "${3-}" = fails ]; then
		[ "$status" -ne 0 ]
	else
		[ "$status" -eq 0 ]
	fi
}

root_login() { [ "$(key_login root id -un)" = root ]; }

# With and without a lease; nothing but that counts.
enforced() {
	h pamlease grant tess --duration 1h --force >/dev/null &&
		[ "$(tess)" = tess ] && h pamlease revoke tess >/dev/null &&
		[[ $(tess) == 'Access denied: you have no valid lease'* ]]
}

tess() { h ssh -F /root/tutorial/ssh tess@host id -un </dev/null 2>&1; }

stacks() { h sh -c 'cd /etc/pam.d && sha256sum * && stat -c "%n %a %u %g" *'; }

@test "the tutorial does what it says, in time, and root gets in at each step" {
	local n kind where how before took start last=root

	before=$(stacks)
	start=$SECONDS
	term start root </dev/null
	term start other </dev/null
	while IFS='|' read -r n kind; do
		read -r kind where how <<<"$kind"
		case $kind:$where in
		sh:build) ;;
		sh:root | sh:other)
			[ "$how" != undo ] || { took=$((SECONDS - start))
				enforced || bad 'it is not enforced'; }
			paste "$n" "$where" "$how" ||
				bad "block $n: $(term show "$where" </dev/null)"
			last=$where
			root_login || bad "block $n: root does not get in"
			;;
		text:*)
			wait_for 60 shown "${where:-$last}" "$n" ||
				bad "block $n: $(block "$n")
is not in: $(term show "${where:-$last}" </dev/null)"
			;;
		*) bad "block $n: what is $kind $where?" ;;
		esac
		all_good
	done < <(blocks)
	[ "$(stacks)" = "$before" ] || bad 'the stacks are not as before'
	! h id tess || bad 'tess is still there'
	echo "# the tutorial took $took s" >&3
	[ "$took" -le "$LIMIT" ] || bad "it took $took s"
	all_good
}

# usage: block_with TEXT
block_with() {
	local n

	for n in $(blocks | sed -n 's/|sh root.*//p'); do
		! block "$n" | grep -q -- "$1" || block "$n"
	done
}

@test "who goes by that name already is left alone" {
	[ -n "$(block_with 'useradd ')" ]
	[ -n "$(block_with 'userdel ')" ]
	h bash -c 'useradd -m tess; echo mine >/home/tess/mine
		sha256sum /root/.ssh/authorized_keys /etc/passwd >/root/before' \
		</dev/null
	block_with 'useradd ' | h bash || :
	h test ! -e /root/tutorial </dev/null
	block_with 'userdel ' | h bash
	h bash -c 'sha256sum -c /root/before && cat /home/tess/mine' </dev/null
	# So is what is in a directory of that name.
	h bash -c 'userdel -r tess; mkdir /root/tutorial
		echo mine >/root/tutorial/mine' </dev/null
	block_with 'useradd ' | h bash || :
	block_with 'userdel ' | h bash
	h cat /root/tutorial/mine </dev/null
	! h id tess </dev/null
}
