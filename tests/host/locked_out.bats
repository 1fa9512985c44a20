#!/usr/bin/env bats
#
# What docs/locked-out.md has for who can't get in.

load lib

PAGE=$BATS_TEST_DIRNAME/../../docs/locked-out.md

setup_file() {
	host_start
	[ -n "${HOST_SKIP:-}" ] || h sh -c 'echo root:pw-root | chpasswd
		cp /root/.ssh/id.pub /root/.ssh/authorized_keys
		cp -a /etc/pam.d /root/pam.d'
}
teardown_file() { host_stop; }

setup() {
	host_setup
	h sh -c 'rm -rf /etc/pam.d /etc/pamlease; cp -a /root/pam.d /etc'
}

# The line of the page that takes all lines of the module out.
by_hand() { grep -m 1 '^sed -i' "$PAGE"; }

root_login() { [ "$(key_login root id -un)" = root ]; }
alice_login() { [ "$(key_login alice id -un)" = alice ]; }

# A command in the shell of rescue mode, that prints "done". What is typed before
# sulogin is ready for it is lost, and so typed again.
# usage: in_rescue PASSWORD SULOGIN COMMAND
in_rescue() {
	# shellcheck disable=SC2016
	h env PASSWORD="$1" SULOGIN="${2//$'\n'/}" COMMAND="$3" expect -c '
		set timeout 1
		set tries 20
		eval spawn -noecho $env(SULOGIN)
		expect {
			-re {[#] $} { }
			timeout {
				if {[incr tries -1] < 0} { exit 1 }
				send "$env(PASSWORD)\r"
				exp_continue
			}
		}
		set timeout 20
		send "$env(COMMAND)\r"
		expect done {} timeout { exit 1 } eof { exit 1 }
		send "exit\r"
		expect eof' </dev/null
}

@test "a policy that is wrong refuses everybody but root" {
	h pamlease grant alice --duration 1h
	h sh -c 'mkdir -p /etc/pamlease; echo alow >/etc/pamlease/policy.conf'
	run ! alice_login
	root_login
	run ! h pamlease policy check
	h rm /etc/pamlease/policy.conf
	alice_login
	h pamlease revoke alice
}

@test "without the module nobody gets in, sulogin does, and the line of the page mends it" {
	local where

	where=$(h sh -c 'find / -xdev -path "*security/pam_lease.so" | head -n 1')
	h mv "$where" /root/gone.so
	h sh -c 'for f in /etc/pam.d/*; do
		echo "account required pam_lease.so" >>$f; done'
	run ! root_login
	run ! tty_login pw-root root
	h journalctl --no-pager -t sshd | grep -q 'unable to dlopen'
	in_rescue pw-root sulogin "$(by_hand)"' && echo do\ne'
	root_login
	tty_login pw-root root
	alice_login
	h mv /root/gone.so "$where"
	alice_login
}

@test "who has no password of root's gets a shell in rescue mode by SYSTEMD_SULOGIN_FORCE" {
	h passwd -l root
	in_rescue '' 'env SYSTEMD_SULOGIN_FORCE=1
		/lib/systemd/systemd-sulogin-shell rescue' 'echo do\ne'
	h passwd -u root
}

@test "from other media: the same line on a root file system that is mounted" {
	h sh -c 'mkdir -p /mnt/disk/etc && cp -a /etc/pam.d /mnt/disk/etc'
	[ "$(h grep -rl '^[^#]*pam_lease' /mnt/disk/etc/pam.d | wc -l)" -gt 0 ]
	h sh -c "$(sed -n '\|^sed -i .* /mnt/etc|s|/mnt/|/mnt/disk/|p' "$PAGE")"
	run ! h grep -rl '^[^#]*pam_lease' /mnt/disk/etc/pam.d
}
