#!/usr/bin/env bats
#
# What bash, zsh and fish offer behind a line, as root with a lease of alice's.

load lib

setup_file() { ns_start; }
teardown_file() { ns_stop; }

# Services of which one is set up, and what is none.
lay_services() {
	ns bash -c 'rm -rf /etc/pam.d; mkdir /etc/pam.d; cd /etc/pam.d
		for f in common-auth cron login other password-auth sshd sshd.orig; do
			echo "account required pam_unix.so" >"$f"
		done
		echo "# not pam_lease.so" >>cron
		for f in common-auth sshd; do
			echo "account required pam_lease.so" >>"$f"
		done'
}
setup() {
	ns_setup
	PATH=$BUILD:$PATH
	DIR=$(cd "$BATS_TEST_DIRNAME/../completions" && pwd)
	pamlease grant alice --duration 1h
	lay_services
}

need() {
	[ -z "$(command -v "$1")" ] || return 0
	[ "${PAMLEASE_TESTS_MUST_RUN:-}" != 1 ] || return 1
	skip "no $1 here"
}

in_bash() {
	ns env PATH="$PATH" bash -c '. "$1/pamlease.bash"
		IFS=" " read -ra COMP_WORDS <<<"$2"
		[[ $2 != *" " ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_pamlease
		printf "%s\n" "${COMPREPLY[@]}"' - "$DIR" "$1"
}
in_fish() {
	ns env PATH="$PATH" HOME=/run fish --no-config -c \
		"source $DIR/pamlease.fish; complete -C '$1'" | cut -f1
}
in_zsh() {
	ns env PATH="$PATH" TERM=dumb zsh -f "$BATS_TEST_DIRNAME/completion.zsh" \
		"$DIR" "$1"
}

# usage: offers SHELL
offers() {
	local line want got

	while IFS='|' read -r line want; do
		got=$("in_$1" "$line" | sort -u | paste -sd ' ')
		[ "$got" = "$want" ] || bad "'$line': $got, not $want"
	done <<'END'
pamlease gr|grant
pamlease winddown st|start status stop
pamlease policy |check import show
pamlease grant alice --f|--final --force --from
pamlease winddown start --d|--deadline
pamlease history --s|--since --summary
pamlease revoke |alice
pamlease show al|alice
pamlease frobnicate --|
pamlease setup |cron login sshd
pamlease setup sshd l|login
pamlease setup sshd --t|--try
pamlease grant alice --duration 1|15m 1d 1h 1w
pamlease setup sshd --try 1|15m 1d 1h 1w
pamlease unsetup |sshd
pamlease unsetup --t|--tried
END
	[[ $("in_$1" 'pamlease policy import /etc/passw') == *passwd* ]] ||
		bad "no file"
	all_good
}

@test "in bash" { offers bash; }
@test "in zsh" { need zsh && offers zsh; }
@test "in fish" { need fish && offers fish; }

@test "no name is run, or loses a character" {
	local shell

	mkdir -p /proc/"$NS_HOLDER"/root/run/bin
	cat >/proc/"$NS_HOLDER"/root/run/bin/getent <<'END'
#!/bin/sh
printf '%s:x:1500:\n' 'al$(touch${IFS}/run/was-run)' 'x`touch${IFS}/run/was-run`' 'DOM\alice'
END
	chmod 755 /proc/"$NS_HOLDER"/root/run/bin/getent
	PATH=/run/bin:$PATH
	[ "$(in_bash 'pamlease grant D')" = 'DOM\\alice' ] ||
		bad "$(in_bash 'pamlease grant D')"
	[[ $(in_bash 'pamlease grant a') == al* ]] || bad 'not offered'
	for shell in bash zsh fish; do
		[ -n "$(command -v $shell)" ] || continue
		in_$shell 'pamlease grant ' >/dev/null
		ns test ! -e /run/was-run || bad $shell
	done
	all_good
}

@test "all subcommands are offered" {
	local shell

	for shell in bash zsh fish; do
		[ -n "$(command -v $shell)" ] || continue
		[ "$(in_$shell 'pamlease ' | grep -v ^-- | sort -u)" = "$("$BUILD/pamlease" \
			--help | sed -n 's/^pamlease \([a-z]*\).*/\1/p' | sort -u |
			grep .)" ] || bad "$shell"
	done
	all_good
}
