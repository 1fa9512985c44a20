#!/usr/bin/env bats
#
# "pamlease doctor" on a real host: what it says of a login is what the login
# then does.

load lib

setup_file() { host_start; }
teardown_file() { host_stop; }

doctor() { h pamlease doctor "$@" </dev/null; }

clean() { doctor --json | jq -e '.findings == []'; }

@test "nothing is found on a host that is set up as the manual says" {
	# The watchdog's first run may be due, at work, or over.
	run -0 doctor
	echo "$output"
	[[ ${lines[-1]} == 'pamlease is in force for: sshd, login, su, su-l.'`
		`' No findings.' ]]
	[[ $output == *'sshd: a login of alice, who has no lease, WOULD be'`
		`' denied'* ]]
	# Root has no key here that sshd looks at, nor a password.
	[[ $output == *'without a lease root gets in by: none that can be told'* ]]
	h cp /root/.ssh/id.pub /root/.ssh/authorized_keys
	run -0 doctor
	[[ $output == *'without a lease root gets in by: sshd (PermitRootLogin '* ]]
	key_login root true
	run ! key_login alice true
	[[ $output == *'you have no valid lease'* ]]
	# What was tried is not in the history, and what came then is.
	run -0 h pamlease history --json </dev/null
	[ "$(jq -s 'map(select(.event == "denied")) | length' <<<"$output")" \
		-eq 1 ]
}

@test "a line that is commented out is found, and the login is let in" {
	h sed -i.orig 's/^account.*pam_lease/#&/' /etc/pam.d/sshd
	run -1 doctor
	[[ $output == *'/etc/pam.d/sshd: no account line of pam_lease.so'* ]]
	[[ $output == *'a login of alice, who has no lease, WOULD BE'`
		`' ADMITTED'* ]]
	# The session line still refuses, but the connection is there.
	run key_login alice true
	[[ $output != *'you have no valid lease'* ]]
	h mv /etc/pam.d/sshd.orig /etc/pam.d/sshd
	clean
}

# A key, and a password that has to be changed: pam_unix ends the stack.
@test "a line below common-account is found, and does not hold everybody" {
	h cp /etc/pam.d/sshd /etc/pam.d/sshd.orig
	h sed -i -e '/^account.*pam_lease/d' -e \
		'/^@include common-account/aaccount required pam_lease.so' \
		/etc/pam.d/sshd
	h chage -d 0 alice
	run -1 doctor
	[[ $output == *'/common-account:'*'pam_unix.so can end the stack well'`
		`' above pam_lease in the account phase upon new_authtok_reqd'* ]]
	[[ $output == *'WOULD BE ADMITTED'* ]]
	run key_login alice true
	[[ $output != *'you have no valid lease'* ]]
	h mv /etc/pam.d/sshd.orig /etc/pam.d/sshd
	run ! key_login alice true
	[[ $output == *'you have no valid lease'* ]]
	h chage -d 20000 alice
	clean
}

@test "sshd without PAM, and a watchdog that is stopped" {
	h bash -c 'echo UsePAM no >/etc/ssh/sshd_config.d/00-pam.conf
		systemctl stop pamlease-watchdog.timer'
	run -1 doctor
	[[ $output == *'sshd has UsePAM no'* ]]
	[[ $output == *'pamlease-watchdog.timer does not run'* ]]
	h rm /etc/ssh/sshd_config.d/00-pam.conf
	h systemctl start pamlease-watchdog.timer
	clean
}
