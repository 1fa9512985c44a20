#!/usr/bin/env bats
#
# The package for Debian, in a Debian: installed, upgraded, removed, purged.
#
# Building it takes a while.
# bats file_tags=endurance

load lib

EARLIER=libpam-lease_0.0.9.deb

setup_file() {
	local tree=$BATS_FILE_TMPDIR/tree

	export DEBS=$BATS_FILE_TMPDIR/deb
	package_make "$BATS_FILE_TMPDIR"
	# The same as an earlier version.
	dpkg-deb -R "$DEBS"/libpam-lease_*.deb "$tree"
	sed -i 's/^Version: .*/Version: 0.0.9/' "$tree/DEBIAN/control"
	dpkg-deb --root-owner-group -b "$tree" "$DEBS/$EARLIER" >/dev/null
	export A B
	# The second is where logins come from: it has nothing of pamlease.
	BATS_TEST_FILENAME=package-b.bats host_boot || return
	B=$HOST_NAME
	host_boot --bind-ro "$DEBS:/mnt/deb" || return
	[ -z "${HOST_SKIP:-}" ] || return 0
	A=$HOST_NAME
	wire && h cp -a /etc /root/etc
}
teardown_file() {
	for host in $A $B; do
		HOST_NAME=$host host_stop
	done
}

# As it was before the package.
setup() {
	host_setup
	h sh -c 'export DEBIAN_FRONTEND=noninteractive
		grep -ls pam_lease /etc/pam.conf /etc/pam.d/* |
		xargs -r sed -i /pam_lease/d
		dpkg -P libpam-lease; rm -rf /etc/pam.d /etc/pam.conf
		cp -a /root/etc/pam.d /etc' >/dev/null 2>&1
}

package() { h env DEBIAN_FRONTEND=noninteractive "$@" </dev/null; }
install_package() {
	package sh -c "dpkg -i /mnt/deb/${1:-libpam-lease_*_*.deb}"
}
remove_package() { package dpkg -r libpam-lease; }
pam_auth_update() { package pam-auth-update "$@"; }

# What is below a directory, to the byte, but for the date. Empty directories
# are left out: systemd's tools remove those of their links.
# usage: sum DIRECTORY
sum() {
	h sh -c 'cd "$1" && { find . ! -type d -printf "%p %m %U %G %l\n"
		find . -type f -exec sha256sum {} +; } | sort | sha256sum' - "$1"
}

is_installed() {
	[ "$(h dpkg-query -W -f '${db:Status-Status}' libpam-lease)" = installed ]
}

lines() { h sh -c 'grep -Hn pam_lease /etc/pam.d/* || :'; }

@test "installing changes no login, and starts what waits for a lease" {
	local before unit

	before=$(sum /etc/pam.d)
	install_package
	[ "$(sum /etc/pam.d)" = "$before" ]
	for unit in watchdog.timer watchdog.path history.path; do
		h systemctl --quiet is-enabled "pamlease-$unit"
		h systemctl --quiet is-active "pamlease-$unit"
	done
	h systemctl --quiet is-enabled pamlease-restore.service
	h systemctl start pamlease-watchdog.service
	[ "$(h systemctl --failed --no-legend)" = '' ]
	[ "$(h stat -c %a /run/pamlease /var/lib/pamlease /var/log/pamlease)" \
		= $'700\n700\n700' ]
	[ "$(key_login alice id -un)" = alice ]
	[ "$(h pamlease list)" = 'No active leases.' ]
	# The catalog is known to the journal.
	h journalctl --list-catalog 8e24b8d526de4f2d8634d97714c04a45
}

@test "remove and purge leave nothing of it" {
	local before

	before=$(sum /etc)
	install_package
	h pamlease grant alice --duration 1h --keep
	h sh -c 'mkdir /etc/pamlease; echo max 2h >/etc/pamlease/policy.conf'
	wait_for 10 h test -s /var/log/pamlease/history.jsonl
	remove_package
	# What is the administrator's stays until it is purged.
	h test -e /etc/pamlease/policy.conf
	h test -e /run/pamlease/alice.lease
	h test -e /var/lib/pamlease/alice.lease
	! h systemctl --quiet is-active pamlease-watchdog.timer
	package dpkg -P libpam-lease
	[ "$(sum /etc)" = "$before" ]
	[ "$(h find / -xdev ! -path '/root/*' ! -path '/var/log/journal/*' \
		-name '*pam*lease*')" = '' ]
	[ "$(h find /run ! -path '/run/udev/*' ! -path '/run/systemd/*' \
		-name '*pamlease*')" = '' ]
	[ "$(key_login alice id -un)" = alice ]
}

# A login over the cable. usage: from_outside USER COMMAND...
from_outside() {
	local user=$1
	shift
	on "$B" h ssh -o BatchMode=yes "$user@$ADDRESS_A" "$@" </dev/null
}
# Is that recorded of a user, and always with where it was from?
# usage: recorded EVENT USER
recorded() {
	local from

	from=$(h pamlease history --json --event "$1" --user "$2" |
		jq -r .rhost | sort -u)
	[ "$from" = "$ADDRESS_B" ] || bad "$1 $2: from '$from'"
}
root_in() { [ "$(from_outside root id -un)" = root ] || bad "$1: no root"; }

@test "set up on trial, confirmed, in force, taken out, purged: /etc as before" {
	local before

	before=$(sum /etc)
	install_package
	root_in installed
	h pamlease setup sshd --try 10m --yes </dev/null
	root_in 'on trial'
	from_outside root pamlease setup --confirm
	run -255 from_outside alice true
	[[ $output == 'Access denied: you have no valid lease'* ]] || bad "$output"
	h pamlease grant alice --duration 1h
	run -0 from_outside alice id -un
	[ "${lines[-1]}" = alice ] || bad "$output"
	root_in 'in force'
	recorded opened root
	recorded denied alice
	recorded opened alice
	h pamlease revoke alice
	h pamlease unsetup sshd --yes </dev/null
	root_in 'taken out'
	[ "$(from_outside alice id -un)" = alice ] || bad 'alice is kept out'
	remove_package
	root_in removed
	package dpkg -P libpam-lease
	root_in purged
	[ "$(sum /etc)" = "$before" ] || bad "/etc: $(h diff -r /root/etc /etc)"
	all_good
}

@test "the profile puts its lines first, and permissive stays" {
	local before

	install_package
	before=$(sum /etc/pam.d)
	pam_auth_update --enable lease
	# In front of what ends the stack, and of what makes a session.
	h sh -c 'grep -h "^account" /etc/pam.d/common-account | head -n 1' |
		grep -q 'requisite.*pam_lease.so'
	[ "$(h grep -ho 'pam_\(lease\|unix\|systemd\)\.so' \
		/etc/pam.d/common-session)" = \
		$'pam_lease.so\npam_unix.so\npam_systemd.so' ]
	[ "$(h grep -ho 'pam_\(lease\|unix\)\.so' \
		/etc/pam.d/common-session-noninteractive)" = \
		$'pam_lease.so\npam_unix.so' ]
	[ "$(lines | wc -l)" -eq 3 ]

	h sh -c 'sed -i "/pam_lease/s/\$/ permissive/" /etc/pam.d/common-*'
	pam_auth_update --package
	[ "$(lines | grep -c permissive)" -eq 3 ]
	[ "$(key_login alice id -un)" = alice ]
	pam_auth_update --disable lease
	[ "$(sum /etc/pam.d)" = "$before" ]
}

@test "taken out by hand, the profile is mended as docs/locked-out.md says" {
	local before page=$BATS_TEST_DIRNAME/../../docs/locked-out.md

	install_package
	before=$(sum /etc/pam.d)
	pam_auth_update --enable lease
	h sh -c "$(grep -m 1 '^sed -i' "$page")" </dev/null
	key_login alice true
	pam_auth_update --disable lease
	lines | grep -q '#.*pam_lease' || bad 'not left as it was'
	# shellcheck disable=SC2046
	package $(grep '^pam-auth-update --force' "$page")
	# It keeps what it has overwritten.
	h sh -c 'rm /etc/pam.d/*.pam-old'
	[ "$(sum /etc/pam.d)" = "$before" ] ||
		bad "not as it was: $(h diff -r /root/etc/pam.d /etc/pam.d)"
	all_good
}

@test "with the profile nobody is in without a lease, nor with an expired password" {
	install_package
	pam_auth_update --enable lease
	run key_login alice true
	[ "$status" -eq 255 ]
	[[ $output == 'Access denied: you have no valid lease'* ]]
	h chage -d 0 alice
	run key_login alice true
	h chage -d 20000 alice
	[ "$status" -eq 255 ]
	[[ $output == 'Access denied: you have no valid lease'* ]]
	[[ $output != *password* ]]
	h pamlease grant alice --duration 1h
	run key_login alice id -un
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = alice ]
}

@test "a profile that is enabled goes with the package" {
	local before

	install_package
	before=$(sum /etc/pam.d)
	pam_auth_update --enable lease
	remove_package
	[ "$(sum /etc/pam.d)" = "$before" ]
	[ "$(key_login alice id -un)" = alice ]
}

# Is removing refused for this file and line, and is all as before?
# usage: refused FILE[:LINE]
refused() {
	local before

	before=$(sum /etc/pam.d)
	run remove_package
	[ "$status" -ne 0 ] || bad "$1: removed"
	[[ $output == *'libpam-lease: not removed: '*"$1:"* ]] ||
		bad "$1: $output"
	[ "$(sum /etc/pam.d)" = "$before" ] || bad "$1: stacks are not as before"
	is_installed || bad "$1: not installed"
	h test -e /usr/sbin/pamlease || bad "$1: not there"
	h systemctl --quiet is-active pamlease-watchdog.timer ||
		bad "$1: the timer is stopped"
}

# usage: put_line SED-SCRIPT FILE		on a file below /etc/pam.d
put_line() { h sed -i "$1" "/etc/pam.d/$2"; }

@test "it is not removed while a stack names the module" {
	install_package
	put_line '$a account required pam_lease.so' sshd
	refused "/etc/pam.d/sshd:$(h grep -c '' /etc/pam.d/sshd)"
	put_line '$d' sshd
	put_line '1i session required \\\n  /lib/x86_64-linux-gnu/security/pam_lease.so' su
	refused /etc/pam.d/su:2
	put_line 1,2d su

	# By hand, within and beside the blocks of pam-auth-update.
	put_line '/pam_permit.so/a account required pam_lease.so' common-account
	refused /etc/pam.d/common-account
	put_line /pam_lease/d common-account
	put_line '/^account.*pam_unix/i account required pam_lease.so' \
		common-account
	refused /etc/pam.d/common-account
	put_line /pam_lease/d common-account
	h sh -c 'echo "sshd account required pam_lease.so" >/etc/pam.conf'
	refused /etc/pam.conf:1
	h rm /etc/pam.conf

	# Such lines do not hold back what pam-auth-update takes out.
	pam_auth_update --enable lease
	put_line '$a account required pam_lease.so' sshd
	refused /etc/pam.d/sshd
	put_line '$d' sshd
	h cp /etc/pam.d/common-account /etc/pam.d/own
	refused /etc/pam.d/own
	h rm /etc/pam.d/own
	[ "$(lines | wc -l)" -eq 3 ] || bad 'the profile is gone'

	# No stacks, or no lines.
	h sh -c 'cd /etc/pam.d; echo "#account required pam_lease.so" >>sshd
		for f in sshd.dpkg-old sshd~; do
			echo "account required pam_lease.so" >$f; done'
	remove_package || bad 'not removed'
	run ! lines_in_use
	all_good
}

lines_in_use() { lines | grep -v '#\|dpkg-old\|~'; }

@test "an upgrade keeps leases and sessions, and the end comes" {
	local before ledger

	install_package "$EARLIER"
	pam_auth_update --enable lease
	h pamlease grant alice --duration 40s
	h pamlease grant bob --duration 1h --keep
	in_session up -tt alice@127.0.0.1
	wait_for 10 h sh -c '[ -n "$(ls /run/pamlease/sessions)" ]'
	before=$(h sh -c 'sha256sum /run/pamlease/*.lease')
	ledger=$(h sh -c 'cd /run/pamlease/sessions && sha256sum *')
	# One that was taken away comes back at no upgrade.
	h systemctl stop pamlease-watchdog.timer pamlease-watchdog.path
	h mv /run/pamlease/bob.lease /root

	install_package
	[ "$(h dpkg-query -W -f '${Version}' libpam-lease)" != 0.0.9 ]
	run ! h test -e /run/pamlease/bob.lease
	h mv /root/bob.lease /run/pamlease
	[ "$(h sh -c 'sha256sum /run/pamlease/*.lease')" = "$before" ]
	[ "$(h sh -c 'cd /run/pamlease/sessions && sha256sum *')" = "$ledger" ]
	session_alive up
	[ "$(lines | wc -l)" -eq 3 ]
	h systemctl --quiet is-active pamlease-watchdog.timer
	wait_for 60 session_ended up
	wait_for 10 h sh -c '[ ! -e /run/pamlease/alice.lease ]'
	h pamlease show bob
}

@test "who is in when it is removed stays, and that is said" {
	install_package
	pam_auth_update --enable lease
	h pamlease grant alice --duration 1h
	in_session stay -tt alice@127.0.0.1
	wait_for 10 h sh -c '[ -n "$(ls /run/pamlease/sessions)" ]'
	run remove_package
	[ "$status" -eq 0 ]
	[[ $output == *'sessions are open that nobody warns or ends any more'* ]]
	session_alive stay
	session_stop stay
}
