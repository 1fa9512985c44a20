#!/usr/bin/env bats
#
# "pamlease doctor": mistakes in stacks and on the host, each found with its
# place and what mends it, and nothing found where there is none.
# shellcheck disable=SC2016

load lib

STOCK=$BATS_TEST_DIRNAME/stacks/debian12
MODULE=/run/pam_lease.so

setup_file() {
	ns_start
	[ -n "${NS_SKIP:-}" ] || lay_ground
}
teardown_file() { ns_stop; }

# A systemd that says of units what is in /run/units, and a world without the
# stacks of this machine.
lay_ground() {
	ns bash -e -c '
		mkdir -p /run/systemd/system /run/systemd/seats /run/empty
		printf "%s\n" "#!/bin/bash" \
			"[ \"\$1\" != show ] || exec cat /run/timer" "grep -qx -- \"\$2 \$3\" /run/units" \
			>/run/systemctl
		chmod 755 /run/systemctl
		mount --bind /run/systemctl /usr/bin/systemctl
		[ ! -d /usr/lib/pam.d ] ||
			mount --bind /run/empty /usr/lib/pam.d
		mkdir "$1/sbin" "$1/sbin-work"
		mount -t overlay -o "lowerdir=/usr/sbin,upperdir=$1/sbin,`
			`workdir=$1/sbin-work" overlay /usr/sbin
		rm -f /usr/sbin/sshd
		usermod -p "\$6\$x\$y" root' - "$NS_DIR"
	ns install -m 644 "$BUILD/pam_lease.so" "$MODULE"
}

setup() {
	ns_setup
	ns "$BUILD/pamlease-watchdog"
	clean
}

# The stacks of Debian 12 with the lines of pam_lease.so as the manual has them.
clean() {
	ns bash -e -c '
		printf "%s\n" "is-enabled pamlease-watchdog.timer" \
			"is-active pamlease-watchdog.timer" \
			"is-active pamlease-watchdog.path" >/run/units
		printf "%s\n" LastTriggerUSecMonotonic=5s SubState=waiting \
			>/run/timer
		rm -rf /etc/pam.d
		install -d -m 755 /etc/pam.d
		install -m 644 "$1"/* /etc/pam.d
		cd /etc/pam.d
		for file in sshd login lightdm gdm-password; do
			sed -i -e "/^@include common-auth/a auth required $2" \
			    -e "/^@include common-account/i account required $2" \
			    -e "/^@include common-session\$/i session requisite $2" \
			    "$file"
		done' - "$STOCK" "$MODULE"
}

doctor() { ns "$BUILD/pamlease" doctor "$@"; }

# usage: edit SERVICE SED-SCRIPT...
edit() {
	local file=/etc/pam.d/$1

	shift
	ns sed -i "${@/#/-e}" "$file"
}

line_of() { ns grep -n -m 1 -- "$2" "/etc/pam.d/$1" | cut -d: -f1; }

# One finding is this one.
# usage: found FILE:LINE WHAT FIX	patterns; a file alone has no line
found() {
	local out status=0 place what fix any=

	out=$(doctor --json) || status=$?
	[ "$status" -eq 1 ] || bad "$*: status $status: $out"
	while IFS=$'\x1f' read -r place what fix; do
		[[ $place != "$1" || $what != $2 || $fix != $3 ]] || any=1
	done < <(jq -r '.findings[] | [(.file // "") +
		(if .line then ":\(.line)" else "" end), .what, .fix] | join("\u001f")' \
		<<<"$out")
	[ -n "$any" ] || bad "$*: $(jq . <<<"$out")"
}

@test "nothing is found in the stacks of Debian 12 with their lines" {
	run -0 doctor
	echo "$output"
	[[ ${lines[-1]} == 'pamlease is in force for: sshd, login,'`
		`' gdm-password, lightdm. No findings.' ]]
	[[ $output == *'sshd: a login of alice, who has no lease, WOULD be'`
		`' denied'* ]]
	[[ $output == *'not gated, which may be as you want it: atd, cron, su,'`
		`' sudo, systemd-user'* ]]
	run -0 doctor --json
	[ "$(jq -c '[.findings, .gated, .permissive, .not_gated]' \
		<<<"$output")" = \
		'[[],["sshd","login","gdm-password","lightdm"],[],'`
		`'["atd","cron","su","sudo","systemd-user"]]' ]
}

@test "nothing either where ways in from inside are gated as well" {
	local service

	for service in atd cron su sudo; do
		edit $service "/^@include common-account/iaccount required $MODULE" \
			"/^@include common-session/isession requisite $MODULE"
	done
	edit systemd-user "/^@include common-account/iaccount required $MODULE"
	edit su "/^@include common-auth/aauth required $MODULE"
	says 0 '*sshd, login, gdm-password, lightdm, atd, cron, su, sudo, systemd-user. No findings.' '' doctor
	all_good
}

@test "stock stacks without pamlease: the doors are open" {
	ns bash -c "cp '$STOCK'/* /etc/pam.d/"
	run -1 doctor
	[[ ${lines[-1]} == '4 findings.' ]]
	found /etc/pam.d/sshd 'sshd is not gated' '*"account required'`
		`' pam_lease.so" above line 7 of /etc/pam.d/sshd, *"session'`
		`' requisite pam_lease.so" above line 28 of /etc/pam.d/sshd'
	found /etc/pam.d/login 'login is not gated' '*'
	all_good
}

# usage: plant SERVICE SED-SCRIPT FILE:LINE-OR-WORD WHAT FIX
# A word that is no place is what to look for in the service's file.
plant() {
	local place=$3

	clean
	edit "$1" "$2"
	case $place in
	/*) ;;
	*) place=/etc/pam.d/$1:$(line_of "$1" "$3") ;;
	esac
	found "$place" "$4" "$5"
}

ACCOUNT='/^account required .*pam_lease/'
SESSION='/^session requisite .*pam_lease/'
AUTH='/^auth required .*pam_lease/'

@test "mistakes in stacks are found, with their place and what mends them" {
	# Lines that are missing.
	plant sshd "${ACCOUNT}d" /etc/pam.d/sshd 'no account line of pam_lease.so' \
		'put "account required pam_lease.so" above line 8 of /etc/pam.d/sshd'
	plant sshd "${ACCOUNT}s/^/#/" /etc/pam.d/sshd \
		'no account line of pam_lease.so' '*above line 8 of /etc/pam.d/sshd'
	plant login "${SESSION}d" /etc/pam.d/login \
		'no session line of pam_lease.so' \
		'put "session requisite pam_lease.so" above line 101 of /etc/pam.d/login'
	plant sshd '/pam_lease/d' /etc/pam.d/sshd 'sshd is not gated' '*'
	# What ends the stack above, or skips a line.
	plant sshd "${ACCOUNT}iaccount sufficient pam_permit.so" \
		'sufficient pam_permit' \
		'pam_permit.so can end the stack well above pam_lease in the account phase upon success' \
		'put "account required *pam_lease.so" above line 15 of /etc/pam.d/sshd, in place of line 16 of /etc/pam.d/sshd'
	plant sshd "${ACCOUNT}iACCOUNT [success=done default=ignore] pam_localuser.so" \
		localuser 'pam_localuser.so can end the stack well*' '*'
	plant sshd "${ACCOUNT}{h;d};/^@include common-account/G" \
		/etc/pam.d/common-account:17 \
		'pam_unix.so can end the stack well above pam_lease in the account phase upon new_authtok_reqd' \
		'put * above line 15 of /etc/pam.d/sshd, in place of line 16 of /etc/pam.d/sshd'
	plant sshd "${ACCOUNT}{h;d};s/^@include \(common-account\)/account include \1/;/common-account/G" \
		/etc/pam.d/common-account:17 'pam_unix.so can end the stack *' '*'
	plant sshd "${ACCOUNT}iaccount [success=ok default=bad] pam_sss.so" \
		pam_sss 'pam_sss.so refuses above pam_lease in the account phase upon new_authtok_reqd' \
		'put * above line 15 of *'
	plant sshd "${ACCOUNT}iaccount [success=1 default=ignore] pam_succeed_if.so uid < 2000" \
		'uid < 2000' 'pam_succeed_if.so skips pam_lease in the account phase upon success' '*'
	plant login "${SESSION}isession [default=1] pam_permit.so" \
		'default=1' 'pam_permit.so skips pam_lease in the session phase upon success' '*'
	# A line that refuses nobody.
	plant sshd "${ACCOUNT}s/required/[default=ignore]/" 'account.*pam_lease' \
		'*pam_lease.so does not refuse in the account phase upon *' \
		"write \"account required $MODULE\" there"
	plant sshd "${ACCOUNT}s/required/optional/" 'account.*pam_lease' \
		'* does not refuse in the account phase upon *' '*'
	plant sshd "${ACCOUNT}s/required/sufficient/" 'account.*pam_lease' \
		'* does not refuse in the account phase upon *' '*'
	plant sshd "${ACCOUNT}s/required/[success=ok user_unknown=ignore default=bad]/" \
		'account.*pam_lease' \
		'* does not refuse in the account phase upon user_unknown' '*'
	plant login "${SESSION}s/requisite/optional/" 'session.*pam_lease' \
		'* does not refuse in the session phase upon session_err' \
		"write \"session requisite $MODULE\" there"
	plant sshd "${ACCOUNT}aaccount [success=reset default=ignore] pam_permit.so" \
		'success=reset' '* forgets what pam_lease has refused *' \
		'take "reset" out of it'
	# A line that is out of place.
	plant sshd "${SESSION}{h;d};/^@include common-session/G" \
		'session requisite.*pam_lease' \
		'the session line is below pam_systemd.so' \
		'put "session requisite *pam_lease.so" above line 30 of /etc/pam.d/sshd, in place of line 31 of /etc/pam.d/sshd'
	plant sshd "${AUTH}d;/^@include common-auth/iauth requisite $MODULE" \
		'auth requisite' \
		'pam_lease refuses before the password is checked' '*'
	plant sshd "${AUTH}s/required/sufficient/" 'auth sufficient' \
		'a lease skips the rest of the auth phase' '*'
	plant login "\$apassword required $MODULE" '^password' \
		'a password line of pam_lease.so' 'take it out'
	# What libpam can't read.
	plant sshd "${ACCOUNT}s/^account/acount/" acount \
		'this type of line is none: acount' '*'
	plant sshd "${ACCOUNT}s/required/requierd/" requierd \
		'a control that can*' '*'
	plant sshd '$aaccount include no-such' no-such \
		"this file can't be read: no-such" '*'
	plant sshd '$aaccount substack sshd' 'substack sshd' \
		'this file includes itself: sshd' 'take the line out'
	plant sshd '$aaccount required \\' 'account required .$' \
		'the file ends behind a backslash' 'take the backslash out'
	plant sshd "${ACCOUNT}s/\$/ permisive/" permisive \
		'no option of pam_lease: permisive' '*'
	all_good
}

# What looks like a mistake and is none.
@test "stacks of other kinds are followed as libpam follows them" {
	local how

	for how in "${ACCOUNT}{h;d};s/^@include \(common-account\)/account substack \1/;/common-account/G" \
		"${ACCOUNT}s/account required/ACCOUNT \\\\\n\t[success=ok ignore=ignore\\\\\n default=die]/" \
		"${ACCOUNT}s/^/-/" "${ACCOUNT}s/required/Requisite/" \
		"${ACCOUNT}iaccount [success=1 default=ignore] pam_permit.so\naccount required pam_deny.so" \
		"${ACCOUNT}iaccount [success=2 default=ignore] pam_deny.so" \
		"${ACCOUNT}aaccount [success=reset default=ignore] pam_deny.so"; do
		clean
		edit sshd "$how"
		says 0 '*No findings.' '' doctor
	done
	all_good
}

# pam_debug returns what it is told.
@test "made stacks end as they do for libpam" {
	local seed=$RANDOM

	ns mkdir -p /run/made
	echo "seed: $seed"
	run -0 ns "$BUILD/helpers/stacked" /run/made "$seed" 1500
	echo "$output"
	[[ ${lines[-1]} == good=*' differ=0' ]]
}

@test "of what the lines are brought in by, too" {
	edit sshd '/pam_lease/d'
	edit common-account "1iaccount required $MODULE"
	edit common-session "1isession requisite $MODULE"
	edit common-session-noninteractive "1isession requisite $MODULE"
	# What comes to it by "other", of what it never asks for, is nothing.
	ns bash -c 'printf "%s\n" "auth sufficient pam_rootok.so" \
		"session required pam_unix.so" >/etc/pam.d/runuser'
	says 0 '*is in force for: sshd, login, *' '' doctor
	run -0 doctor --json
	[ "$(jq -c .not_gated <<<"$output")" = '["runuser"]' ] || bad "$output"
	# Where a service has no line of a type, those of "other" count.
	clean
	edit sshd '/^account/d;/common-account/d'
	edit other "1iaccount required $MODULE"
	says 0 '*is in force for: sshd, login, *' '' doctor
	edit other '1d'
	found /etc/pam.d/sshd 'no account line of pam_lease.so' \
		'put "account required pam_lease.so" and below it'`
		`' "account include other" at the end of /etc/pam.d/sshd'
	# Done so, what "other" checks is still checked.
	ns bash -c 'printf "%s\n" "account required $1" \
		"account include other" >>/etc/pam.d/sshd
		echo "account required pam_deny.so" >/etc/pam.d/other' - "$MODULE"
	says 0 '*is in force for: sshd, login, *' '' doctor
	ns "$BUILD/pamlease" grant alice --duration 1h
	run ns "$BUILD/helpers/pamcall" /etc/pam.d sshd alice account
	echo "$output"
	[[ $output == *account=PAM_AUTH_ERR* ]]
	edit sshd '/include other/d'
	run ns "$BUILD/helpers/pamcall" /etc/pam.d sshd alice account
	[[ $output == *account=PAM_SUCCESS* ]]
	all_good
}

@test "permissive is a note, and no login is tried then" {
	edit sshd 's/pam_lease.so/& permissive/'
	says 0 '*with permissive pam_lease refuses nobody in the account phase*sshd: a login without a lease is let in, and logged*'`
		`'in force for: login, gdm-password, lightdm.'`
		`' Permissive, and so not in force, for: sshd. No findings.' '' doctor
	[[ $output == *' users would be refused by login now: '* ]] || bad "$output"
	[ "$(doctor --json | jq -c .permissive)" = '["sshd"]' ]
	ns bash -c 'rm /etc/pam.d/{login,lightdm,gdm-password}'
	says 0 '*

Permissive, and so not in force, for: sshd. No findings.' '' doctor
	[[ $output != *refused* ]] || bad "$output"
	all_good
}

@test "a stack that somebody else may write" {
	ns chmod 666 /etc/pam.d/common-account
	found /etc/pam.d/common-account "the file is not root's alone to write" \
		'chown root:root /etc/pam.d/common-account; chmod 644 *'
	all_good
}

@test "what is wrong with the host" {
	local timer

	ns sed -i '/is-enabled/d' /run/units
	found '' 'pamlease-watchdog.timer is not enabled' 'systemctl enable --now *'
	ns bash -c ': >/run/units'
	found '' 'pamlease-watchdog.timer does not run' 'systemctl start *'
	found '' 'pamlease-watchdog.path does not run' 'systemctl start *'
	clean
	ns rmdir /run/systemd/seats
	found '' 'systemd-logind does not run' '*'
	ns mkdir /run/systemd/seats
	ns bash -c 'mkdir -p /etc/pamlease && echo alow >/etc/pamlease/policy.conf'
	found '' '*policy.conf:1:1: *' 'pamlease policy check *'
	ns bash -c 'echo allow user nobody-here >/etc/pamlease/policy.conf'
	says 0 "*policy.conf:1: there is no user 'nobody-here'*" '' doctor
	ns rm /etc/pamlease/policy.conf
	ns chmod 755 /run/pamlease
	found '' '/run/pamlease: *' 'chown root:root /run/pamlease; chmod 700 *'
	ns rm -r /run/pamlease
	found '' 'of the watchdog no run is on record: *' '*'
	# But a run that is due, or at work, has left none yet.
	for timer in 'LastTriggerUSecMonotonic=0\nSubState=waiting' \
		'LastTriggerUSecMonotonic=5s\nSubState=running'; do
		ns bash -c 'echo -e "$1" >/run/timer' - "$timer"
		says 0 "*the watchdog's first run has not ended yet*" '' doctor
	done
	ns bash -c 'echo -e "LastTriggerUSecMonotonic=0\nSubState=dead" >/run/timer'
	found '' 'of the watchdog no run is on record: *' '*'
	all_good
}

@test "sshd that asks no PAM module, or by another name" {
	ns bash -c 'printf "%s\n" "#!/bin/sh" "cat /run/sshd-says" \
		>/usr/sbin/sshd && chmod 755 /usr/sbin/sshd'
	ns bash -c 'printf "%s\n" "usepam no" "permitrootlogin no" >/run/sshd-says'
	found /etc/ssh/sshd_config 'sshd has UsePAM no' 'write "UsePAM yes" *'
	ns bash -c 'printf "%s\n" "usepam yes" "pamservicename door" >/run/sshd-says
		sed "/pam_lease/d" /etc/pam.d/sshd >/etc/pam.d/door'
	found /etc/pam.d/door 'door is not gated' '*'
	ns bash -c 'printf "%s\n" "usepam yes" "pamservicename door" \
		"permitrootlogin no" >/run/sshd-says
		cp /etc/pam.d/sshd /etc/pam.d/door
		mkdir -p /etc/pamlease
		printf "%s\n" "lease tty ssh" allow >/etc/pamlease/policy.conf'
	says 0 '*door: a login of alice, who has no lease, WOULD be denied*' '' doctor
	[[ $output == *'without a lease root gets in by: login, gdm'* ]] ||
		bad "$output"
	# What is found of one that has no stack is shown, too.
	ns bash -c 'rm /etc/pam.d/door'
	says 1 '*door:
  /etc/pam.d/door: there is no such file
    Why: libpam takes that of the service "other" for sshd*s
    Fix: put it back, *pamlease setup door*1 finding.' '' doctor
	ns bash -c 'echo "exit 255" >>/usr/sbin/sshd; : >/run/sshd-says'
	found '' '/usr/sbin/sshd -T fails, so that UsePAM is not known' \
		'*mkdir -m 755 /run/sshd'
	ns rm /usr/sbin/sshd /etc/pamlease/policy.conf
	all_good
}

# Nothing is written, logged or asked by a login that is tried.
@test "a login that is tried leaves nothing behind" {
	local before

	before=$(ns_sum)
	run -0 ns "$BUILD/helpers/syslogd" "$BUILD/pamlease" doctor
	[[ $output == *'WOULD be denied'* ]]
	[[ $output != *verdict=* ]]
	[ "$(ns_sum)" = "$before" ]
	# Nobody is asked about, nor is a hook run.
	ns bash -c 'mkdir -p /etc/pamlease/hooks/account.d
		printf "%s\n" "#!/bin/sh" "touch /run/hooked" \
		    >/etc/pamlease/hooks/account.d/10-x
		chmod 755 /etc/pamlease/hooks/account.d/10-x
		echo ask >/etc/pamlease/policy.conf'
	run -0 doctor
	[[ $output == *'sshd: there is nobody whom pamlease refuses here now'* ]]
	[ "$(ns_sum)" = "$before" ]
	ns test ! -e /run/hooked
}

@test "nor a record in the audit system" {
	[ -n "$(command -v strace)" ] || skip 'needs strace'
	run -0 ns strace -f -qq -e trace=socket -o /run/sockets \
		"$BUILD/pamlease" doctor
	[[ $output == *'WOULD be denied'* ]]
	run ns cat /run/sockets
	echo "$output"
	[[ $output == *NETLINK_AUDIT* ]] || skip 'libpam knows no audit here'
	[ -z "$(grep NETLINK_AUDIT <<<"$output" | grep -v EAFNOSUPPORT)" ]
}

@test "a service is found by whatever name, but not what is left behind" {
	local name

	ns bash -c 'cd /etc/pam.d
		for name in my.login my~x .x "#x" x~ x.dpkg-old x.rpmsave x.pam-old; do
			cp sshd "$name"
		done'
	run doctor --json
	[ "$(jq -c '.gated[4:]' <<<"$output")" = '["my.login","my~x"]' ] ||
		bad "$output"
	all_good
}

@test "a login that would be let in is a finding" {
	# The walk has nothing against a module that is not there.
	ns install -m 644 /dev/null /run/other.so
	edit sshd "${ACCOUNT}s/required/[success=ok default=ignore]/"
	found /etc/pam.d/sshd '*, who has no lease, WOULD BE ADMITTED' '*'
	all_good
}

@test "a module that may run something keeps a stack from being tried" {
	edit sshd "${ACCOUNT}aaccount required pam_exec.so /bin/touch /run/ran"
	says 0 '*sshd: no login was tried, as it would run pam_exec.so (/etc/pam.d/sshd:*' '' doctor
	ns test ! -e /run/ran
	all_good
}

@test "who gets in, and how root does" {
	ns "$BUILD/pamlease" grant alice --duration 1h
	run -0 doctor
	[[ $output == *' of '*' users would be refused by sshd now: bob, '* ]]
	[[ $output == *'without a lease root gets in by: sshd, login, '* ]]
	ns bash -c 'mkdir -p /etc/pamlease
		echo "lease user root service sshd" >/etc/pamlease/policy.conf'
	run -0 doctor
	[[ $output == *'without a lease root gets in by: login, '* ]]
	# By what root has, and sshd takes.
	ns bash -c 'rm /etc/pamlease/policy.conf; mount -t tmpfs tmpfs /root
		printf "%s\n" "#!/bin/sh" "echo usepam yes" \
			"echo permitrootlogin without-password" >/usr/sbin/sshd
		chmod 755 /usr/sbin/sshd; usermod -L root'
	run -0 doctor
	[[ $output == *'without a lease root gets in by: none that can be told'* ]] ||
		bad "$output"
	ns bash -c 'rm /usr/sbin/sshd; umount /root; usermod -U root'
	all_good
}
