#!/usr/bin/env bats
#
# Ways in other than sshd's, ways that make no account call, root whatever is
# broken, and names of all kinds in the journal.
# shellcheck disable=SC2016

load lib

# The watchdog has nothing to do here.
setup_file() {
	host_start_with <<'END'
systemctl stop pamlease-watchdog.timer pamlease-watchdog.path
for service in atd cron sudo; do
	sed -i -e '/^@include common-account/a account required pam_lease.so' \
	    -e '/^@include common-session/i session requisite pam_lease.so' \
	    /etc/pam.d/$service
done
sed -i '1i session requisite pam_lease.so' /etc/pam.d/runuser
printf '%s\n' 'account required pam_lease.so' 'account required pam_unix.so' \
    'session requisite pam_lease.so' >/etc/pam.d/unit
echo 'alice ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/alice
echo root:pw-root | chpasswd --crypt-method SHA256
useradd --no-create-home -o -u 0 -g 0 -d /root -s /bin/bash toor
install -m 600 /root/.ssh/id.pub /root/.ssh/authorized_keys
systemctl start atd cron
END
}
teardown_file() { host_stop; }

as_alice() { h setpriv --reuid alice --regid alice --init-groups "$@"; }

# Runs no password check, so no auth call: only what is behind it can refuse.
by_login_f() { tty_login '' -f alice; }
by_su() { h su alice -c 'echo in as $(id -un)' </dev/null; }
by_runuser() {
	h runuser -u alice -- bash -c 'echo in as $(id -un)' </dev/null
}
by_runuser_l() { h runuser -l alice -c 'echo in as $(id -un)' </dev/null; }
by_sudo_of_hers() {
	as_alice sudo -n bash -c 'echo "in as alice, who is $(id -un)"' </dev/null
}
by_unit() {
	h systemd-run --quiet --pipe --wait --collect -p PAMName=unit \
		-p User=alice bash -c 'echo in as $$(id -un)' </dev/null
}

# What runs later shows itself by a file, or a refusal by a line of the log.
ran_or_refused() {
	h test -e /home/alice/ran || [ "$(refusals "$1")" -gt "$2" ]
}
refusals() {
	h journalctl -b -q -o cat --no-pager --grep \
		"^pam_lease.$1:[a-z]*.: verdict=deny why=no-lease user=.alice" \
		</dev/null | wc -l
}
later() {
	local service=$1 before
	shift
	h rm -f /home/alice/ran
	before=$(refusals "$service")
	"$@"
	wait_for 15 ran_or_refused "$service" "$before"
	h test ! -e /home/alice/ran || h cat /home/alice/ran
}
put_job() {
	h bash -c 'systemctl stop atd; rm -f /var/spool/cron/atjobs/[a-z=]*'
	# It runs a job in the directory and environment that it was put in.
	echo 'echo in as $(id -un) >$HOME/ran' |
		as_alice env -C / HOME=/home/alice at now
	h systemctl start atd
}
by_at() { later atd put_job; }
restart_cron() {
	echo '@reboot echo in as $(id -un) >$HOME/ran' |
		h crontab -u alice -
	h bash -c 'rm -f /run/crond.reboot; systemctl restart cron'
}
by_cron() { later cron restart_cron; }

@test "ways in without a password check ask for a lease" {
	local way before failed=

	for way in by_login_f by_su by_runuser by_runuser_l by_sudo_of_hers \
		by_unit by_at by_cron; do
		h /mnt/host/lease.sh none
		before=$(refusals '[a-z-]*')
		run "$way"
		echo "$way, none: $status $output"
		[[ $output != *'in as alice'* ]] || failed+=" $way"
		[ "$(refusals '[a-z-]*')" -gt "$before" ] ||
			failed+=" $way:log"
		h /mnt/host/lease.sh valid
		run "$way"
		echo "$way, valid: $status $output"
		[[ $output == *'in as alice'* ]] || failed+=" $way:valid"
	done
	h crontab -u alice -r
	echo "failed:$failed"
	[ -z "$failed" ]
}

# sudo goes on when a session is refused, and asks for root's lease, not hers:
# it is in the log, and in the ledger as what the watchdog is to end.
@test "sudo -u of root's is refused, which sudo does not mind" {
	local before

	h /mnt/host/lease.sh none
	before=$(refusals sudo)
	run h sudo -u alice bash -c 'cat' </dev/null
	[ "$(refusals sudo)" -eq $((before + 1)) ]
}

# What is broken, and how it is mended.
break_it() {
	case $1 in
	'no directory') h rm -rf /run/pamlease ;;
	'a bad policy')
		h bash -c 'mkdir -p /etc/pamlease
			echo bad >/etc/pamlease/policy.conf' ;;
	'a full disk')
		h bash -c 'mkdir -p -m 700 /run/pamlease
			mount -t tmpfs -o size=64k,mode=700 t /run/pamlease
			cat /dev/zero >/run/pamlease/full || :' 2>/dev/null ;;
	'no logind') h systemctl --quiet mask --runtime --now systemd-logind ;;
	'bad options')
		h sed -i 's|pam_lease.so|& foo dir=/x debug=|' \
			/etc/pam.d/{sshd,login,su} ;;
	esac
}
mend_it() {
	case $1 in
	'a bad policy') h rm /etc/pamlease/policy.conf ;;
	'a full disk') h umount /run/pamlease ;;
	'no logind')
		h systemctl --quiet unmask --runtime systemd-logind
		h systemctl start systemd-logind ;;
	'bad options')
		h sed -i 's|pam_lease.so .*|pam_lease.so|' \
			/etc/pam.d/{sshd,login,su} ;;
	esac
}

@test "root logs in through sshd, login and su, whatever is broken" {
	local what failed=

	h /mnt/host/lease.sh none
	for what in nothing 'no directory' 'a bad policy' 'a full disk' \
		'no logind' 'bad options'; do
		break_it "$what"
		run key_login root id -un
		[[ $output == *root ]] || failed+=" $what: sshd: $output"
		run key_login toor id -u
		[[ $output == *0 ]] || failed+=" $what: toor: $output"
		run tty_login pw-root root
		[[ $output == *'in as root'* ]] || failed+=" $what: login: $output"
		run h su root -c 'id -un' </dev/null
		[[ $output == *root ]] || failed+=" $what: su: $output"
		run key_login alice echo in
		[[ $status -ne 0 && $output != *in ]] ||
			failed+=" $what: alice is let in"
		mend_it "$what"
	done
	h systemd-tmpfiles --create pamlease.conf
	echo "$failed"
	[ -z "$failed" ]
}

lease_lines() {
	h journalctl -b -q -o cat --no-pager --grep '^pam_lease' </dev/null | wc -l
}

# So there is nothing that could take longer, or be said.
@test "a wrong password never gets as far as the lease" {
	local before who out=$BATS_TEST_TMPDIR

	h /mnt/host/lease.sh valid
	before=$(lease_lines)
	for who in alice bob nosuch; do
		HOST_PASSWORD=wrong password_login "$who" echo in \
			>"$out/$who" 2>&1 3>&- &
	done
	wait
	for who in alice bob nosuch; do
		sed "s/$who/USER/" "$out/$who" >"$out/$who.same"
		grep 'Permission denied' "$out/$who"
		cmp "$out/alice.same" "$out/$who.same"
	done
	[ "$(lease_lines)" -eq "$before" ]
}

# usage: add_account NAME UID
add_account() {
	h bash -c 'printf "%s:*:%s:%s::/home/%s:/bin/bash\n" "$1" "$2" "$2" \
			"$2" >>/etc/passwd
		printf "%s:*:20000:0:99999:7:::\n" "$1" >>/etc/shadow
		install -d -m 700 -o "$2" -g "$2" "/home/$2" "/home/$2/.ssh"
		install -m 600 -o "$2" -g "$2" /root/.ssh/id.pub \
			"/home/$2/.ssh/authorized_keys"' - "$1" "$2" </dev/null
}

@test "unusual names: granted, let in, and ended by their uid" {
	local row name uid

	h /mnt/host/lease.sh none
	for row in 'DOM\alice:2001' alice@realm:2002 'alice$:2003' 0day:2004; do
		name=${row%:*} uid=${row#*:}
		add_account "$name" "$uid"
		h pamlease grant "$name" --duration 1h </dev/null
		run h ssh -o BatchMode=yes -o User="$name" 127.0.0.1 id -u </dev/null
		echo "$name: $status: $output"
		[[ $output == *"$uid" ]]
		run h ssh -o BatchMode=yes -o User=alice 127.0.0.1 id -u </dev/null
		[ "$status" -ne 0 ]
		in_session "$uid" -N -o User="$name" 127.0.0.1
		wait_for 10 eval '[ "$(h pamlease sessions --json |
			jq length)" -eq 1 ]'
		run h strace -f -qq -e trace=execve -s 200 pamlease revoke \
			"$name" </dev/null
		echo "$output"
		[[ $output == *'"terminate-user", "'"$uid"'"]'* ]]
		[[ $output == *'Active sessions terminated.'* ]]
		wait_for 5 session_ended "$uid"
		run h ssh -o BatchMode=yes -o User="$name" 127.0.0.1 id -u </dev/null
		[ "$status" -ne 0 ]
	done
}

# Fifty names that are nobody's, a line each, as bash writes strings.
hostile_names() {
	local i

	printf '%s\n' '..' '.' '%n%n%s' '%s%s%s%s' '-oProxyCommand=x' '--help' \
		' ' 'a b' 'alice ' ' alice' 'DOM\\bob' 'bob@realm' '0' '1000' \
		'0x0' '4294967295' 'ALICE' '$(id)' '`id`' ';id' "'" '"' \
		'alice" verdict=admit x="' '\xff\xfe' '\xc0\xaf' '\x9b31m' \
		'a\nb' 'a\rb' 'a\tb' 'a\x1b[31mb' 'a\x1b]0;pwn\x07' 'a\x7f' \
		'alice\n' '\nalice' 'a\n<0>kernel: x' \
		'a\nNov 21 10:00:00 host sshd[1]: Accepted' 'a\x08\x08b' \
		'\u202ealice' '\u2028x' '\xe2\x80' '%2e%2e' 'alice.lease' \
		'.alice.lock' 'alice\\' '*' '~root'
	for i in 128 129 256 5000; do
		printf "%0${i}d\\n" 0 | tr 0 A
	done
}

@test "fifty hostile names from the network are fifty lines of the journal" {
	local before lines

	type "${CC:-cc}" >/dev/null 2>&1 || skip 'needs a compiler'
	"${CC:-cc}" -shared -fPIC -o "$BATS_TEST_TMPDIR/rawname.so" \
		"$HOST_DIR/rawname.c"
	h tee /root/rawname.so <"$BATS_TEST_TMPDIR/rawname.so" >/dev/null
	[ "$(hostile_names | wc -l)" -eq 50 ]
	h /mnt/host/lease.sh valid
	# Before the password check, so that it is asked about each of them.
	h bash -c 'cp /etc/pam.d/sshd /root/sshd
		{ echo auth requisite pam_lease.so; cat /root/sshd; } >/etc/pam.d/sshd'
	before=$(lease_lines)
	hostile_names | h bash -c 'while IFS= read -r name; do
			printf -v RAW_NAME %b "$name"
			export RAW_NAME
			sshpass -p wrong env LD_PRELOAD=/root/rawname.so ssh \
				-o PreferredAuthentications=password \
				-o NumberOfPasswordPrompts=1 127.0.0.1 \
				</dev/null >/dev/null 2>&1 &
		done; wait'
	h cp /root/sshd /etc/pam.d/sshd
	h journalctl --sync
	lines=$(h journalctl -b -q -o json --no-pager --grep ^pam_lease \
		</dev/null | tail -n "+$((before + 1))" | jq -c .MESSAGE)
	echo "$lines"
	[ "$(wc -l <<<"$lines")" -eq 50 ]
	# A message that is not plain text would be a list of bytes.
	[ "$(grep -c '^"pam_lease(sshd:auth): verdict=deny why=no-account user=' \
		<<<"$lines")" -eq 50 ]
	! grep -q '[^ -~]\|\\[bfnrtu]' <<<"$lines"
}
