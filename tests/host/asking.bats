#!/usr/bin/env bats
#
# Logins that wait for a yes, through sshd, su and login.

load lib

# Who is asked about, and for how long, does not change; dave needs a lease.
# sshd at port 2222 has a short LoginGraceTime; the one at 2223 has the limit of
# logins that sshd has by default, and users n1 to n100.
setup_file() {
	host_start_with <<'END' || return
mkdir -p /etc/pamlease
cat >/etc/pamlease/policy.conf <<'EOT'
ask user bob for 1h within 2s
ask user alice,carol,ev* for 1h within 60s
ask user n* for 1h within 90s
EOT
install -m 600 /root/.ssh/id.pub /root/.ssh/authorized_keys
for ((i = 1; i <= 100; i++)); do
	printf 'n%d:x:%d:100::/:/bin/sh\n' $i $((3000 + i)) >>/etc/passwd
	printf 'n%d:*:20000:0:99999:7:::\n' $i >>/etc/shadow
done
# A name that no tool of the host's would make.
printf 'ev\033[2J\233il:x:3101:100::/:/bin/sh\n' >>/etc/passwd
printf 'ev\033[2J\233il:*:20000:0:99999:7:::\n' >>/etc/shadow
echo 'AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/keys' \
	>/etc/ssh/sshd_config.d/05-keys.conf
cp /root/.ssh/id.pub /etc/ssh/keys
systemctl restart ssh
# The other kind of key exchange is half of what a login costs here.
echo 'KexAlgorithms curve25519-sha256' >>/root/.ssh/config
# Or each copy starts and ends a manager of hers.
loginctl enable-linger carol
systemd-run --quiet --unit=sshd-grace /usr/sbin/sshd -D -p 2222 \
	-o LoginGraceTime=3
systemd-run --quiet --unit=sshd-many /usr/sbin/sshd -D -p 2223 \
	-o MaxStartups=10:30:100
pamlease grant dave --duration 1h >/dev/null
END
	[ -z "${HOST_SKIP:-}" ] || return 0
	# One who is in, and sees what root is told.
	in_session admin -tt root@127.0.0.1
	# What takes long goes on while other tests wait.
	background scp carol 100
	background sources 9 100
}
teardown_file() { host_stop; }

# Of alice and bob nothing is left.
teardown() {
	host_teardown
	nothing_left alice bob
}

# usage: background COMMAND [ARG...]	of the script
background() {
	h systemd-run --quiet --unit="ask-$1" --service-type=exec \
		--setenv=HOME=/root -p StandardOutput="file:/run/ask-$1" \
		-p StandardError="file:/run/ask-$1" \
		/mnt/host/asking.sh "$@" </dev/null
}

# Waits for that and takes what it said.
joined() {
	wait_for 90 eval "! h systemctl is-active ask-$1"
	run h cat "/run/ask-$1" </dev/null
}

ask() { run h /mnt/host/asking.sh "$@" </dev/null; }

# What the script has found out. usage: fact WORD
fact() { sed -n "s/^$1 //p" <<<"$output" | head -n 1; }

# Is it so many ms, or fewer? usage: within MS WORD WHAT
within() {
	local ms

	ms=$(fact "$2")
	echo "# $3: $ms ms" >&3
	[ "${ms:-$(($1 + 1))}" -le "$1" ] || bad "$3: $output"
}

# usage: has TEXT WHAT
has() { [[ $output == *"$1"* ]] || bad "$2: no '$1': $output"; }
has_no() { [[ $output != *"$1"* ]] || bad "$2: '$1': $output"; }

@test "a yes: the login goes on" {
	local way

	for way in key password kbdint su console; do
		ask yes "$way" alice
		within 3000 ms "$way: in, after the yes"
		has '> in as alice' "$way"
		has "> Waiting for approval (request $(fact id)) ..." "$way"
		h pamlease revoke alice >/dev/null
	done
	all_good
}

@test "a no: it ends, and its reason is shown" {
	local way meanwhile text

	for way in key password kbdint su console; do
		ask no "$way" alice 'not now, später'
		within 3000 ms "$way: ended, after the no"
		has_no 'in as alice' "$way"
		text='not now, später'
		# What is not ASCII sshd shows so there.
		[ "$way" != kbdint ] || text='not now, sp\303\244ter'
		has "> Access denied: request $(fact id) was refused: $text" \
			"$way"
		# sshd keeps what it is told until the account phase is over.
		case $way in
		su | console) meanwhile=1 ;;
		*) meanwhile=0 ;;
		esac
		[ "$(fact meanwhile)" = "$meanwhile" ] || bad "$way: $output"
	done
	all_good
}

@test "silence: it ends, and its request stands; a yes lets in the next one" {
	local way id

	for way in key password kbdint; do
		ask silence "$way" bob
		within 5000 ms "$way: waited"
		has "> Access denied: nobody has approved request $(fact id) yet. Log in again when" \
			"$way"
		[ "$(fact 'then')" = gone ] || bad "$way: $output"
		id=$(fact id)
		wait_for 10 session_said admin "*** pamlease: bob asks to be let\
 in: sshd from 127.0.0.1. pamlease approve $id, or pamlease refuse $id ***" ||
			bad "root is not told: $(session_output admin)"
		h pamlease approve "$id"
		ask try "$way" bob
		has '> in as bob' "$way"
		has_no 'Waiting' "$way"
		h pamlease revoke bob
	done
	all_good
}

@test "a revocation takes a request that stands: no yes comes later" {
	ask silence key bob
	h pamlease grant bob --duration 1h
	h pamlease revoke bob
	run h pamlease approve "$(fact id)"
	[ "$status" -eq 3 ] || bad "$output"
	all_good
}

# sshd's process that talks to the client waits for the one that asks PAM, and
# nobody reads from the network meanwhile.
@test "a client that has gone: the login waits on, and an answer counts" {
	local way

	for way in key password kbdint; do
		ask left "$way" alice
		has '> Access denied: too many logins wait' "$way"
		within 3000 ms "$way: one more is refused"
		[ "$(fact still)" = waiting ] || bad "$way: $output"
		has 'The login that waits goes on.' "$way"
		within 5000 ended "$way: sshd's process ends, after the yes"
		has '> in as alice' "$way"
		h pamlease revoke alice >/dev/null
		ask lost "$way" bob
		within 6000 ms "$way: waited on"
		[ "$(fact 'then')" = gone ] || bad "$way: $output"
		h bash -c 'pamlease grant bob --duration 1h
			pamlease revoke bob' >/dev/null
	done
	all_good
}

@test "who waits is killed: the request is gone" {
	local way

	for way in key password kbdint su console; do
		ask killed "$way" alice
		within 1000 ms "$way: gone, after the kill"
		[ "$(fact 'then')" = none ] || bad "$way: $output"
		has_no 'in as' "$way"
	done
	all_good
}

@test "LoginGraceTime is over first: the request is gone" {
	local way

	for way in key password kbdint; do
		ask grace "$way" alice
		within 8000 ms "$way: sshd has ended it"
		within 1000 over "$way: gone, after that"
		[ "$(fact 'then')" = none ] || bad "$way: $output"
		has_no 'in as' "$way"
		has_no 'Access denied' "$way"
	done
	all_good
}

@test "an answer counts once, and only root's does" {
	local id command

	ask silence key bob
	id=$(fact id)
	for command in "approve $id" "refuse $id" requests; do
		# shellcheck disable=SC2086
		run h runuser -u carol -- pamlease $command </dev/null
		[ "$status" -eq 1 ] || bad "$command: $status: $output"
		has 'must be root' "$command"
	done
	run h runuser -u carol -- ls /run/pamlease/requests </dev/null
	[ "$status" -ne 0 ] || bad "$output"
	run h pamlease approve "$id"
	[ "$status" -eq 0 ] || bad "$output"
	for command in approve refuse; do
		run h pamlease "$command" "$id"
		[ "$status" -eq 3 ] || bad "$command again: $status: $output"
	done
	all_good
}

# As printf %b takes them; the first is an account's.
raw_names() {
	printf '%s\n' 'ev\033[2J\233il' 'ev\033]0;x\007' 'ev\nil' 'ev\ril' \
		'ev\b\bil' 'ev\0177' 'ev\342\200\256x' 'alice\033[2J'
}

raw_reasons() {
	printf '%s\n' '\033]0;x\007' '\2332J' 'a\nb' 'a\rb' 'a\b' '\0177' \
		'\342\200\256x' '\302\2332J'
}

# All but blanks, newlines and what can be seen.
unseen() { LC_ALL=C grep -n '[^ -~]' <<<"$1"; }

@test "control bytes in names and reasons reach no terminal" {
	local text

	type "${CC:-cc}" >/dev/null 2>&1 || skip 'needs a compiler'
	"${CC:-cc}" -shared -fPIC -o "$BATS_TEST_TMPDIR/rawname.so" \
		"$HOST_DIR/rawname.c"
	h tee /root/rawname.so <"$BATS_TEST_TMPDIR/rawname.so" >/dev/null
	# Nobody is asked about them, by whichever way they would come.
	# shellcheck disable=SC2016
	raw_names | h bash -c 'pamlease requests --follow >/run/follow 2>&1 &
		while IFS= read -r name; do
			printf -v RAW_NAME %b "$name"
			export RAW_NAME LD_PRELOAD=/root/rawname.so
			ssh -o BatchMode=yes 127.0.0.1 </dev/null
			sshpass -p x ssh -o NumberOfPasswordPrompts=1 \
				-o PreferredAuthentications=password \
				127.0.0.1 </dev/null
		done
		unset LD_PRELOAD
		kill $!' >/dev/null 2>&1 || :
	# Others log such a name as it is.
	text=$(h journalctl -b -q -o cat --no-pager --grep ^pam_lease </dev/null)
	[[ $text == *'why=no-account user="ev\x1b[2J\x9bil"'* ]] ||
		bad "log: $text"
	text+=$(printf '\n'
		h journalctl -b -q -o cat --no-pager -t pamlease-watchdog
		h cat /run/follow
		h pamlease requests
		h pamlease requests --json)
	! unseen "$text" || bad "$(cat -v <<<"$text")"
	! grep '^ev.* asks \|why=ask user="ev' <<<"$text" || bad 'asked'

	ask silence key bob
	# shellcheck disable=SC2016
	run h bash -c 'while IFS= read -r reason; do
			printf -v reason %b "$reason"
			pamlease refuse "$1" --reason "$reason"
			echo "status $?"
		done' - "$(fact id)" < <(raw_reasons)
	[ "$(grep -c '^status 2$' <<<"$output")" -eq "$(raw_reasons | wc -l)" ] ||
		bad "$(cat -v <<<"$output")"
	! unseen "$output" || bad "$(cat -v <<<"$output")"
	all_good
}

@test "a hundred logins from one source: eight wait, and others get in" {
	joined sources
	[ "$(grep -c '^refused$' <<<"$output")" -eq 92 ] || bad "$output"
	[ "$(grep -c '^in as dave$' <<<"$output")" -eq 3 ] || bad "$output"
	has_no 'in as n' in
	[ "$(fact waiting)" -eq 8 ] || bad "$output"
	[ "$(fact told)" -eq 8 ] || bad "$output"
	within 5000 max 'the slowest refusal'
	all_good
}

@test "a hundred files after one yes: asked once" {
	joined scp
	[ "$(fact copied)" -eq 100 ] || bad "$output"
	within 120000 ms 'a hundred times scp'
	[ "$(h bash -c 'ls /home/carol/file* | wc -l')" -eq 100 ] || bad files
	[ "$(h journalctl -b -q -o cat --no-pager -t sshd </dev/null |
		grep -c 'why=ask user="carol"')" -eq 1 ] || bad asked
	all_good
}
