#!/usr/bin/env bats
#
# "pamlease setup" on a real host: what is on trial goes by itself, or stays when
# a new login says so, and root gets in at each step.

load lib

# Without any line of pam_lease yet.
setup_file() {
	host_boot --bind-ro "$HOST_DEST:/mnt/dest"
	[ -n "${HOST_SKIP:-}" ] || h bash -c '/mnt/host/setup.sh install
		systemctl disable --now pamlease-watchdog.timer
		cp /root/.ssh/id.pub /root/.ssh/authorized_keys
		cp -a /etc/pam.d /root/before
		echo "alice ALL=(root) NOPASSWD: ALL" >/etc/sudoers.d/alice' \
		</dev/null
	# As the package brings it.
	[ -n "${HOST_SKIP:-}" ] || h sh -c 'cat >/usr/share/pam-configs/lease
		DEBIAN_FRONTEND=noninteractive pam-auth-update --package
		cp -a /var/lib/pam /root/state' \
		<"$BATS_TEST_DIRNAME/../../packaging/debian/pam-config"
}
teardown_file() { host_stop; }

teardown() {
	[ -n "${HOST_SKIP:-}" ] || h bash -c 'pamlease unsetup --tried
		pamlease unsetup --all --yes
		pamlease revoke alice' </dev/null >/dev/null 2>&1 || :
	host_teardown
}

setup_() { h pamlease setup "$@" </dev/null; }
as_before() {
	h diff -r /root/before /etc/pam.d </dev/null &&
		h diff -r /root/state /var/lib/pam </dev/null
}
on_trial() { setup_ --list --json | jq -e .trial >/dev/null; }
not_on_trial() { ! on_trial; }
root_login() { key_login root "$@"; }
alice_is_refused() {
	run key_login alice true
	[ "$status" -ne 0 ] && [[ $output == *'you have no valid lease'* ]]
}
grant() { h pamlease grant alice --duration 1h </dev/null; }
# A login counts from the second after the trial began.
may_confirm() { root_login pamlease setup --confirm; }

@test "a trial that nobody confirms is taken back, and logins are as before" {
	run -0 setup_ sshd --try 6s --yes
	[[ $output == *'+account    required     pam_lease.so'* ]]
	[[ $output == *'pamlease setup --confirm'* ]]
	on_trial
	alice_is_refused
	root_login true
	wait_for 15 not_on_trial
	as_before
	key_login alice true
	root_login true
	h test ! -e /var/lib/pamlease/setup/sshd </dev/null
	[ "$(h pamlease history --json --event unsetup </dev/null |
		jq -r '[.service, .detail] | join(" ")')" = \
		'sshd the trial is over' ]
}

# systemd keeps what changes owners from most units.
@test "also in a directory that gives its group to new files" {
	h bash -c 'chgrp adm /etc/pam.d; chmod g+s /etc/pam.d' </dev/null
	setup_ sshd --try 3s --yes
	wait_for 15 not_on_trial || bad 'not taken back'
	as_before || bad 'not as before'
	h bash -e -c '[ "$(stat -c %G /etc/pam.d/sshd)" = root ]
		chgrp root /etc/pam.d; chmod g-s /etc/pam.d' </dev/null
	all_good
}

@test "only a new login confirms: root's" {
	setup_ sshd --try 10m --yes
	run -1 setup_ --confirm
	[[ $output == *'log in anew from another terminal'* ]]
	run -5 setup_ login --yes
	[[ $output == *'something is on trial'* ]]
	wait_for 10 may_confirm
	not_on_trial
	h bash -c '! systemctl --quiet is-active pamlease-setup-undo.timer' \
		</dev/null
	alice_is_refused
	root_login true
	run -0 setup_ --list
	[[ $output == *'sshd '*'gated '*'yes'* ]]
	# README.md says what doctor has left to find then.
	run -1 h pamlease doctor --json </dev/null
	[ "$(jq -r '.findings[].what' <<<"$output")" = 'login is not gated' ] ||
		{ echo "$output"; false; }
	h pamlease unsetup sshd --yes </dev/null
	as_before
	key_login alice true
}

@test "and that of a user by sudo, but no login from before" {
	in_session old -tt root@127.0.0.1
	session_type old 'echo "here I am"'
	wait_for 10 session_said old 'here I am'
	grant
	setup_ sshd sudo --try 10m --yes
	session_type old 'pamlease setup --confirm; echo "status=$?"'
	wait_for 10 session_said old 'status=1'
	# Nor one that begins in it.
	session_type old 'sudo pamlease setup --confirm; echo "state=$?"'
	wait_for 10 session_said old 'state=1'
	on_trial
	alice_confirms() { key_login alice sudo -n pamlease setup --confirm; }
	wait_for 10 alice_confirms
	session_stop old
	not_on_trial
	root_login true
	h pamlease unsetup sshd sudo --yes </dev/null
	as_before
	# Where sudo alone is on trial, that is what there is to try.
	setup_ sudo --try 10m --yes
	run -1 setup_ --confirm
	h sudo pamlease setup --confirm </dev/null
	not_on_trial
}

@test "a boot takes back what was on trial, before anybody logs in" {
	setup_ sshd login --try 1h --yes
	alice_is_refused
	host_reboot
	not_on_trial
	as_before
	key_login alice true
	root_login true
	h bash -c 'undo=$(systemctl show -P ExecMainExitTimestampMonotonic \
			pamlease-setup-undo)
		ssh=$(systemctl show -P ExecMainStartTimestampMonotonic ssh)
		[ "$undo" -gt 0 ] && [ "$undo" -lt "$ssh" ]' </dev/null
}

@test "permissive first, then enforced, then gone" {
	setup_ sshd --permissive --yes
	key_login alice true
	run -0 h pamlease history --would-deny </dev/null
	[[ $output == *alice*sshd* ]]
	setup_ sshd --yes
	alice_is_refused
	root_login true
	h systemctl --quiet is-active pamlease-watchdog.timer </dev/null
	h systemctl --quiet is-enabled pamlease-watchdog.timer </dev/null
	grant
	key_login alice true
	# What a trial has changed goes, and what was before comes back.
	setup_ sshd --permissive --try 3s --yes
	wait_for 15 not_on_trial
	run -0 setup_ --list
	[[ $output == *'sshd '*' gated '*yes* ]]
	h pamlease revoke alice </dev/null
	alice_is_refused
	h pamlease unsetup sshd --yes </dev/null
	as_before
}

pam_auth_update() {
	h env DEBIAN_FRONTEND=noninteractive pam-auth-update "$@" </dev/null
}
# The profiles that debconf has, with which --force begins.
selected() {
	h debconf-show libpam-runtime </dev/null |
		sed -n 's|.*libpam-runtime/profiles: ||p'
}
lease_lines() { h sh -c 'grep -h "^[^#]*pam_lease" /etc/pam.d/* | wc -l' </dev/null; }
change_by_hand() {
	h sed -i '/pam_unix/aaccount required pam_permit.so' \
		/etc/pam.d/common-account </dev/null
}
everywhere_refused() {
	alice_is_refused || bad 'sshd'
	run h su -c true alice </dev/null
	[ "$status" -ne 0 ] || bad "su: $output"
	! tty_login pw-alice alice || bad 'login'
	! h runuser -u alice -- sudo -n true </dev/null || bad 'sudo'
}
root_everywhere() {
	root_login true || bad 'sshd: root'
	h su -c true root </dev/null || bad 'su: root'
	h sudo -n true </dev/null || bad 'sudo: root'
}

@test "all services at once: refused without a lease, and out to the byte" {
	local before

	before=$(selected)
	change_by_hand
	run -1 setup_ --all --yes
	[[ $output == *'changed by hand between its comments'* ]] ||
		bad "$output"
	h cp /root/before/common-account /etc/pam.d </dev/null
	run -1 setup_ --all
	[[ $output == *'nothing is changed without a yes'* ]] || bad "$output"
	as_before || bad 'not left as it was'
	[ "$(selected)" = "$before" ] || bad "without a yes: $(selected)"
	run -0 setup_ --all --yes
	everywhere_refused
	root_everywhere
	run -0 h pamlease doctor </dev/null
	[[ $output == *'sshd, login, atd, cron, su,'* ]] || bad "$output"
	[[ $(selected) == *lease* ]] || bad 'debconf does not know it'
	grant
	key_login alice sudo -n true || bad 'alice is kept out'
	h pamlease revoke alice </dev/null
	# Neither a package that has a profile as well loses it,
	pam_auth_update --package --enable mkhomedir
	[ "$(lease_lines)" -eq 3 ] || bad "lines: $(lease_lines)"
	alice_is_refused || bad 'lost'
	pam_auth_update --disable mkhomedir
	# nor who makes the stacks anew, when they were changed by hand.
	change_by_hand
	pam_auth_update --package --force
	h sh -c 'rm /etc/pam.d/*.pam-old' </dev/null
	[ "$(lease_lines)" -eq 3 ] || bad "after --force: $(lease_lines)"
	h pamlease unsetup --all --yes </dev/null
	as_before || bad 'not as before'
	[ "$(selected)" = "$before" ] || bad "debconf: $(selected)"
	pam_auth_update --package
	[ "$(lease_lines)" -eq 0 ] || bad 'it is back'
	key_login alice true || bad 'alice'
	all_good
}

@test "all at once on trial: taken back to the byte, or kept by a login from outside" {
	setup_ --all --try 1s --yes
	wait_for 15 not_on_trial
	as_before || bad 'after its time'
	key_login alice true || bad 'alice'
	setup_ --all --try 1h --yes
	everywhere_refused
	root_everywhere
	host_reboot
	as_before || bad 'after a boot'
	key_login alice true || bad 'alice after a boot'
	setup_ --all --try 10m --yes
	# Who is in already opens sessions by sudo.
	run -1 h sudo -n pamlease setup --confirm </dev/null
	[[ $output == *'not one by sshd, login or the like'* ]] || bad "$output"
	# Also where no passwords are asked for, and through sudo.
	h sh -c 'printf "%s no\n" PasswordAuthentication \
		KbdInteractiveAuthentication >/etc/ssh/sshd_config.d/0-keys.conf' \
		</dev/null
	wait_for 10 root_login sudo -n pamlease setup --confirm
	h rm /etc/ssh/sshd_config.d/0-keys.conf </dev/null
	alice_is_refused || bad 'confirmed'
	[[ $(selected) == *lease* ]] || bad 'debconf does not know it'
	h pamlease unsetup --all --yes </dev/null
	as_before || bad 'at the end'
	all_good
}

@test "all at once, permissive: logged, and nobody is refused" {
	setup_ --all --permissive --yes
	key_login alice true
	run -0 h pamlease history --would-deny </dev/null
	[[ $output == *alice*sshd* ]]
	pam_auth_update --package
	[ "$(h sh -c 'grep -h "pam_lease.so permissive" /etc/pam.d/* | wc -l' \
		</dev/null)" -eq 3 ]
	h pamlease unsetup --all --yes </dev/null
	[ "$(lease_lines)" -eq 0 ]
	pam_auth_update --package
	as_before
}
