#!/usr/bin/env bats
#
# "pamlease setup" and "unsetup": what is shown, written, refused and restored.

load lib

STOCK=$BATS_TEST_DIRNAME/stacks/debian12
KEPT=/var/lib/pamlease/setup

setup_file() {
	ns_start
	[ -n "${NS_SKIP:-}" ] || lay_ground
}
teardown_file() { ns_stop; }

# A systemd that does what it is told, unless /run/no-systemd is there, or
# /run/no-PROGRAM; the module beside libpam's own; no stacks of this machine.
lay_ground() {
	ns bash -e -c '
		mkdir -p /run/systemd/system /run/empty /run/over "$1/sbin" \
			"$1/sbin-work"
		printf "%s\n" "#!/bin/sh" "echo \"\${0##*/} \$*\" >>/run/said" \
			"[ ! -e /run/no-systemd ] && [ ! -e /run/no-\${0##*/} ]" \
			>/run/systemd-fake
		chmod 755 /run/systemd-fake
		mount --bind /run/systemd-fake /usr/bin/systemctl
		mount --bind /run/systemd-fake /usr/bin/systemd-run
		[ ! -d /usr/lib/pam.d ] ||
			mount --bind /run/empty /usr/lib/pam.d
		# No sshd of this machine says how it is set.
		mount -t overlay -o "lowerdir=/usr/sbin,upperdir=$1/sbin,`
			`workdir=$1/sbin-work" overlay /usr/sbin
		rm -f /usr/sbin/sshd /usr/sbin/pam-auth-update
		dir=$(dirname "$(find /lib /usr/lib -name pam_permit.so |
			head -n 1)")
		mount -t tmpfs tmpfs /run/over
		mkdir /run/over/up /run/over/work
		mount -t overlay -o "lowerdir=$dir,upperdir=/run/over/up,`
			`workdir=/run/over/work" overlay "$dir"
		cp "$2" "$dir"
		echo "$dir" >/run/modules
		[ ! -d /usr/share/pam-configs ] ||
			mount -t tmpfs tmpfs /usr/share/pam-configs
		usermod -p "\$6\$x\$y" root' - "$NS_DIR" "$BUILD/pam_lease.so"
}

setup() {
	ns_setup
	ns bash -e -c 'rm -rf /etc/pam.d /run/said /run/no-systemd /run/before \
			/run/edited /var/lib/pam /run/state
		rm -f /usr/sbin/sshd /usr/sbin/pam-auth-update
		install -d -m 755 /etc/pam.d
		install -m 644 "$1"/* /etc/pam.d
		cp -a /etc/pam.d /run/before' - "$STOCK"
}

setup_() { ns "$BUILD/pamlease" setup "$@"; }
unsetup() { ns "$BUILD/pamlease" unsetup "$@"; }
same_as_before() { ns diff -r /run/before /etc/pam.d; }
sed_() { ns sed -i "$1" "/etc/pam.d/$2"; }
state_of() {
	setup_ --list --json | jq -r --arg s "$1" \
		'.services[] | select(.service == $s) | [.state, .by_setup] | join(" ")'
}

# usage: refused STATUS TEXT ARGUMENT...	and nothing is changed
refused() {
	local status_wanted=$1 text=$2

	shift 2
	ns cp -a /etc/pam.d /run/was
	run setup_ "$@"
	[[ $status -eq $status_wanted && $output == *$text* ]] ||
		bad "$*: status $status: $output"
	ns diff -r /run/was /etc/pam.d || bad "$*: changed"
	ns test ! -e "$KEPT/.trial" || bad "$*: on trial"
	ns rm -rf /run/was
}

@test "the change is shown, and made after a yes" {
	refused 1 'nothing is changed without a yes' sshd
	refused 1 '+account    required     pam_lease.so' sshd
	run -0 setup_ sshd login --yes
	[[ $output == *'--- /etc/pam.d/sshd'*'+session    requisite    pam_lease.so'* ]]
	[[ $output == *'Set up: sshd, login.'* ]]
	[ "$(state_of sshd)" = 'gated true' ]
	[ "$(state_of cron)" = 'not gated false' ]
	ns grep -q -- 'enable --now pamlease-watchdog.timer' /run/said
	run -0 setup_ sshd --yes
	[ "$output" = 'Nothing to change.' ]
}

@test "nothing is changed that can't be shown" {
	local args

	setup_ login --yes
	ns bash -c 'rm -r /run/before; cp -a /etc/pam.d /run/before'
	for args in 'setup sshd' 'setup sshd --try 1h' 'unsetup login'; do
		# shellcheck disable=SC2086
		run -4 ns sh -c '"$@" >/dev/full' - "$BUILD/pamlease" $args --yes
		[[ $output == *'standard output: No space left'* ]] ||
			bad "$args: $output"
		same_as_before || bad "$args"
	done
	ns test ! -e "$KEPT/.trial"
	all_good
}

@test "permissive is one option, and goes as it came" {
	setup_ sshd --permissive --yes
	[ "$(state_of sshd)" = 'permissive true' ]
	[ "$(ns grep -c 'pam_lease.so permissive$' /etc/pam.d/sshd)" -eq 3 ]
	setup_ sshd --yes
	[ "$(state_of sshd)" = 'gated true' ]
	unsetup sshd --yes
	same_as_before
}

@test "unsetup restores to the byte, with the mode" {
	ns chmod 600 /etc/pam.d/cron
	ns bash -c 'printf "# no end of the line" >>/etc/pam.d/cron
		rm -r /run/before; cp -a /etc/pam.d /run/before'
	setup_ sshd cron su --yes
	[ "$(ns stat -c %a /etc/pam.d/cron)" = 600 ]
	ns cmp /run/before/sshd "$KEPT/sshd"
	[ "$(ns stat -c %a "$KEPT/sshd")" = 600 ]
	unsetup --all --yes
	same_as_before
	[ "$(ns stat -c %a /etc/pam.d/cron)" = 600 ]
	[ -z "$(ns ls -A "$KEPT")" ]
	run -0 unsetup sshd
	[ "$output" = 'Nothing to change.' ]
}

# A policy of the system's may forbid it, as SELinux's does with EACCES.
@test "labels are as they were, as far as they may be set" {
	local error attribute='/etc/pam.d/sshd", "trusted.x"'

	[ -n "$(command -v strace)" ] || skip 'needs strace'
	ns python3 -c "import os; os.setxattr(\"$attribute, b'mine')" ||
		skip 'no attributes here'
	setup_ sshd --yes
	ns python3 -c "import os; assert os.getxattr(\"$attribute) == b'mine'"
	for error in EPERM EACCES; do
		run -0 ns strace -qq -o /dev/null -e trace=fsetxattr \
			-e signal=none -e "inject=fsetxattr:error=$error" \
			"$BUILD/pamlease" unsetup sshd --yes
		same_as_before || bad "$error"
		setup_ sshd --yes
		ns python3 -c "import os; os.setxattr(\"$attribute, b'mine')"
	done
	all_good
}

@test "a file that was changed since loses our lines, and nothing else" {
	setup_ sshd --yes
	sed_ '$a# mine' sshd
	run -1 unsetup sshd
	[[ $output == *'-account    required     pam_lease.so'* ]]
	unsetup sshd --yes
	ns bash -c 'echo "# mine" | cat /run/before/sshd - | cmp - /etc/pam.d/sshd'
	# By hand, or by setup.
	sed_ '1iaccount required pam_lease.so quiet' login
	unsetup login --yes
	ns cmp /run/before/login /etc/pam.d/login
}

@test "what is gated still is told of, and no such service is no success" {
	local args stderr

	ns bash -c 'cd /etc/pam.d; echo account required pam_lease.so >gate
		sed -i "1i@include gate" sshd login cron'
	for args in 'sshd login' --all; do
		# shellcheck disable=SC2086
		run -0 --separate-stderr unsetup $args
		[ "$output" = 'Nothing to change.' ] || bad "$args: $output"
		[[ $stderr == *'sshd is gated still'*'login is gated still'* ]] ||
			bad "$args: $stderr"
	done
	[[ $stderr == *'cron is gated still'* ]] || bad "$stderr"
	sed_ '1iaccount required pam_lease.so' cron
	run -0 --separate-stderr unsetup cron --yes
	[ "$stderr" = 'pamlease: unsetup: cron is gated still, by a file that it includes' ] ||
		bad "$stderr"
	run -1 unsetup ssh --yes
	[[ $output == *'no such service'*ssh* ]]
	run -1 unsetup cron ssh --yes
	run -2 unsetup ../sshd
	all_good
}

@test "lines that are right stay, and others are put at their place" {
	sed_ '/^@include common-account/iaccount required pam_lease.so' sshd
	sed_ '/^@include common-session/isession requisite pam_lease.so' sshd
	run -0 setup_ sshd
	[ "$output" = 'Nothing to change.' ]
	sed_ '/pam_lease/d; /^@include common-account/aaccount required pam_lease.so' sshd
	[ "$(state_of sshd)" = 'partly false' ]
	setup_ sshd --yes
	[ "$(state_of sshd)" = 'gated true' ]
	unsetup sshd --yes
	same_as_before
}

@test "a service of the vendor's gets a copy, which goes again" {
	ns test -d /usr/lib/pam.d || skip 'no place for files of the vendor'
	ns bash -c 'mv /etc/pam.d/sshd /usr/lib/pam.d &&
		rm -r /run/before && cp -a /etc/pam.d /run/before'
	run -0 setup_ sshd --yes
	[[ $output == *'--- /dev/null'* ]]
	[ "$(state_of sshd)" = 'gated true' ]
	unsetup sshd --yes
	same_as_before
	ns rm /usr/lib/pam.d/sshd
}

@test "what is not fit, or would not hold, is refused and left as it is" {
	refused 2 'not the name of a service' ../sshd --yes
	refused 1 'no such service' nosuch --yes
	refused 1 'no service, but for stacks to include' common-account --yes
	refused 2 'which services?' --yes
	refused 2 '--try' sshd --try 10x --yes
	refused 1 'no such service' sshd nosuch --yes
	ns bash -c 'cd /etc/pam.d; cp sshd open; chmod 666 open
		cp sshd theirs; chown alice theirs; ln -s sshd linked
		ln sshd hard
		printf "auth required pam_permit.so\n" >short'
	refused 1 'mode too open' open --yes
	refused 1 'wrong owner' theirs --yes
	refused 1 'a link' linked --yes
	refused 1 'more than one link' sshd --yes
	refused 1 'no account line' short --yes
	ns bash -c 'cd /etc/pam.d; rm -f open theirs linked hard short
		sed "1isession sufficient pam_permit.so" sshd >odd'
	refused 1 'would not be gated' odd --yes
	ns rm /etc/pam.d/odd
	sed_ '1iaccount required pam_lease.so' common-account
	refused 1 'common-account:1, which sshd includes' sshd --permissive --yes
	sed_ 1d common-account
	all_good
}

@test "a host on which it would be of no use, or a trap, is refused" {
	ns bash -c 'mkdir -p /etc/pamlease; echo nonsense >/etc/pamlease/policy.conf'
	refused 1 'policy' sshd --yes
	ns rm /etc/pamlease/policy.conf
	ns bash -c 'mv "$(cat /run/modules)/pam_lease.so" /run/away'
	refused 1 'not where libpam looks' sshd --yes
	ns bash -c 'mv /run/away "$(cat /run/modules)/pam_lease.so"'
	ns touch /run/no-systemd
	refused 4 "watchdog's units" sshd --yes
	ns rm /run/no-systemd
	ns bash -c 'printf "%s\n" "#!/bin/sh" "echo usepam no" >/usr/sbin/sshd
		chmod 755 /usr/sbin/sshd'
	refused 1 'UsePAM' sshd --yes
	ns bash -c 'printf "%s\n" "#!/bin/sh" "echo usepam yes" \
		"echo permitrootlogin no" >/usr/sbin/sshd'
	refused 1 'nobody could get in by sshd' sshd --yes
	ns rm /usr/sbin/sshd
	# A password that is locked is none, and nobody comes in by sudo.
	ns usermod -L root
	refused 1 'nobody could get in by login' login --yes
	run -0 setup_ cron --try 1h --yes
	unsetup --tried
	ns usermod -U root
	refused 1 'nobody could get in by sudo' sudo --yes
	run -0 setup_ sshd --permissive --yes
	ns "$BUILD/pamlease" grant alice --duration 1h
	run -0 setup_ sshd --yes
	all_good
}

@test "and none keeps anybody from loosening a stack" {
	setup_ sshd --yes
	ns bash -c 'mkdir -p /etc/pamlease; echo nonsense >/etc/pamlease/policy.conf
		touch /run/no-systemd
		printf "%s\n" "#!/bin/sh" "echo usepam no" >/usr/sbin/sshd
		chmod 755 /usr/sbin/sshd'
	run -0 setup_ sshd --permissive --yes
	[[ $output == *"watchdog's units can't be"*'Set up: sshd.'* ]]
	[ "$(ns grep -c 'pam_lease.so permissive$' /etc/pam.d/sshd)" -eq 3 ]
	refused 1 'policy' sshd --yes
	all_good
}

KEY='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD root'

# usage: sshd_says LINE...	besides how Debian's is set
sshd_says() {
	printf '%s\n' "$@" 'usepam yes' 'permitrootlogin without-password' \
		'pubkeyauthentication yes' 'passwordauthentication yes' \
		'authenticationmethods any' \
		'authorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2' |
		sed 's/.*/echo "&"/; 1i#!/bin/sh' \
		>"/proc/$NS_HOLDER/root/usr/sbin/sshd"
	ns chmod 755 /usr/sbin/sshd
}

@test "nobody counts of whom sshd may take neither key nor password" {
	local line shut=(
		'permitrootlogin no'
		'permitrootlogin forced-commands-only'
		'pubkeyauthentication no'
		'authorizedkeysfile /etc/ssh/keys/%u'
		'authenticationmethods publickey,password'
		'allowusers bob'
		'allowusers root@10.0.0.1'
		'allowgroups nobodys'
		'denyusers root'
		'denyusers r*'
		'denygroups root'
	)

	ns mount -t tmpfs tmpfs /root
	ns mkdir /root/.ssh
	sshd_says ''
	# No key, or none that is for a login.
	for line in '' "# $KEY" "#$KEY" 'a comment' \
		"command=\"echo no;exit 142\" $KEY" "restrict $KEY"; do
		ns bash -c 'echo "$1" >/root/.ssh/authorized_keys' - "$line"
		refused 1 'nobody could get in by sshd' sshd --yes
	done
	ns bash -c 'printf "%s\n" "# mine" "$1" >/root/.ssh/authorized_keys' - \
		"$KEY"
	for line in "${shut[@]}"; do
		sshd_says "$line"
		refused 1 'nobody could get in by sshd' sshd --yes
	done
	for line in '' 'allowusers root' 'allowgroups root' 'denyusers bob' \
		'denygroups nobodys' \
		'authorizedkeysfile /etc/ssh/keys/%u %h/.ssh/authorized_keys'; do
		sshd_says "$line"
		run -0 setup_ sshd --try 1h --yes
		unsetup --tried
	done
	# Who has a lease is in if sshd takes them.
	ns "$BUILD/pamlease" grant alice --duration 1h
	for line in 'allowusers bob' 'denyusers alice' 'allowgroups nobodys'; do
		sshd_says 'permitrootlogin no' "$line"
		refused 1 'nobody could get in by sshd' sshd --yes
	done
	sshd_says 'permitrootlogin no' 'allowusers bob' 'allowusers alice'
	run -0 setup_ sshd --try 1h --yes
	unsetup --tried
	# A password counts where sshd asks for it.
	ns "$BUILD/pamlease" revoke alice
	sshd_says 'permitrootlogin yes' 'pubkeyauthentication no'
	run -0 setup_ sshd --try 1h --yes
	unsetup --tried
	sshd_says 'permitrootlogin yes' 'pubkeyauthentication no' \
		'passwordauthentication no' 'kbdinteractiveauthentication no'
	refused 1 'nobody could get in by sshd' sshd --yes
	ns umount /root
	all_good
}

@test "what sshd says has to be known" {
	ns bash -c 'printf "%s\n" "#!/bin/sh" "echo usepam yes; exit 255" \
		>/usr/sbin/sshd; chmod 755 /usr/sbin/sshd'
	refused 1 'sshd -T fails' sshd --yes
	run -0 setup_ login --permissive --yes
	all_good
}

@test "a disk that is full leaves all as it is" {
	local left

	ns bash -c 'mount -t tmpfs -o size=64k tmpfs /etc/pam.d
		cp -a /run/before/. /etc/pam.d'
	# From no room at all to room for all but the last.
	for left in 0 4 8; do
		ns bash -c 'head -c 1M /dev/zero >/etc/pam.d/.full 2>/dev/null
			truncate -s "-$1k" /etc/pam.d/.full' - "$left"
		run -4 setup_ sshd login su cron --try 1h --yes
		ns rm /etc/pam.d/.full
		same_as_before || bad "$left: changed"
		[ -z "$(ns ls -A "$KEPT")" ] || bad "$left: kept"
	done
	ns umount /etc/pam.d
	all_good
}

@test "on trial: one at a time, taken back, or kept by a new login alone" {
	ns touch /run/no-systemd
	refused 4 '' sshd --try 1h --yes
	ns rm /run/no-systemd
	setup_ sshd --try 1h --yes
	ns grep -q -- 'systemd-run .*--on-active=3600s .*--unit=pamlease-setup-undo' /run/said
	[ "$(setup_ --list --json | jq -c '[.trial.services, .trial.seconds_left > 3500]')" = \
		'[["sshd"],true]' ]
	run -5 setup_ login --yes
	run -5 unsetup sshd --yes
	run -1 setup_ --confirm
	[[ $output == *'log in anew from another terminal'* ]]
	unsetup --tried
	same_as_before
	run -3 unsetup --tried
	run -3 setup_ --confirm
	# What was before a trial is what comes back.
	setup_ sshd --yes
	ns cp /etc/pam.d/sshd /run/enforcing
	setup_ sshd login --permissive --try 1h --yes
	unsetup --tried
	ns cmp /run/enforcing /etc/pam.d/sshd
	ns cmp /run/before/login /etc/pam.d/login
	unsetup sshd --yes
	same_as_before
}

@test "a trial whose file was changed takes out what is ours" {
	setup_ sshd --try 1h --yes
	sed_ '$a# mine' sshd
	run -0 unsetup --tried
	[[ $output == *'/etc/pam.d/sshd was changed meanwhile'* ]]
	ns bash -c 'echo "# mine" | cat /run/before/sshd - | cmp - /etc/pam.d/sshd'
}

@test "or leaves it as it was before the trial: enforced, or permissive" {
	local before during

	for before in '' --permissive; do
		during=--permissive
		[ -z "$before" ] || during=
		# shellcheck disable=SC2086
		setup_ sshd $before --yes
		ns cp /etc/pam.d/sshd /run/it-was
		# shellcheck disable=SC2086
		setup_ sshd $during --try 1h --yes
		sed_ '$a# mine' sshd
		unsetup --tried
		ns bash -c 'echo "# mine" | cat /run/it-was - |
			cmp - /etc/pam.d/sshd' || bad "$before"
		unsetup sshd --yes
		ns cp /run/before/sshd /etc/pam.d
	done
	all_good
}

# As docs/locked-out.md has it for a module that is gone.
@test "and leaves alone what was taken out by hand" {
	local before during by_hand

	by_hand=$(grep -m 1 '^sed -i' "$BATS_TEST_DIRNAME/../docs/locked-out.md")
	for before in '' --permissive; do
		during=--permissive
		[ -z "$before" ] || during=
		# shellcheck disable=SC2086
		setup_ sshd login $before --yes
		# shellcheck disable=SC2086
		setup_ sshd login $during --try 1h --yes
		ns sh -c "$by_hand"
		# One that is still there is as it was.
		sed_ '/^#account.*pam_lease/s/^#//' login
		ns cp -a /etc/pam.d /run/out
		run -0 unsetup --tried
		[[ $output == *'/etc/pam.d/sshd was changed meanwhile'* ]]
		ns cmp /run/out/sshd /etc/pam.d/sshd || bad "$before: sshd"
		[ "$(ns grep -c "^[^#]*pam_lease.so${before:+ permissive}\$" \
			/etc/pam.d/login)" -eq 1 ] &&
			[ "$(ns grep -c '^[^#]*pam_lease' /etc/pam.d/login)" -eq 1 ] ||
			bad "$before: login"
		ns bash -c 'rm -rf /run/out; cp -a /run/before/. /etc/pam.d'
	done
	all_good
}

@test "a trial that can't begin leaves what was kept" {
	ns bash -c 'mkdir -p /usr/lib/pam.d && mv /etc/pam.d/sshd /usr/lib/pam.d/zz'
	setup_ zz --permissive --yes
	ns touch /run/no-systemd-run
	run -4 setup_ zz --try 1h --yes
	ns rm /run/no-systemd-run
	unsetup zz --yes
	ns test ! -e /etc/pam.d/zz
	ns rm /usr/lib/pam.d/zz
}

@test "a trial that can't be read holds nothing up that takes all back" {
	setup_ sshd --try 1h --yes
	ns truncate -s 20 "$KEPT/.trial"
	run -4 unsetup --tried
	[[ $output == *'pamlease unsetup --all'* ]]
	run -0 unsetup --all --yes
	[[ $output == *"Forgotten: a trial"* && $output != *'pamlease unsetup --all'* ]]
	same_as_before
	ns test ! -e "$KEPT/.trial"
	# Also where no lines are left to take out.
	ns bash -c ': >"$1/.trial"; chmod 600 "$1/.trial"' - "$KEPT"
	run -4 setup_ sshd --yes
	run -0 unsetup --all
	[[ $output == *'Forgotten: a trial'*'Nothing to change.' ]]
	run -0 setup_ sshd --yes
	run -0 unsetup --all --yes
	[[ $output != *Forgotten* ]]
}

@test "nor does a file that has nothing of ours, or what was kept, spoilt" {
	setup_ sshd --yes
	ns bash -c 'cd /etc/pam.d; mv common-password ../theirs
		ln -s ../theirs common-password
		truncate -s 20 "$1/.sshd"' - "$KEPT"
	run -0 unsetup --all --yes
	[[ $output == *'No longer set up: sshd.'* ]]
	[ -z "$(ns ls -A "$KEPT")" ]
	! ns grep -rq pam_lease /etc/pam.d
}

# As when /etc becomes read-only between two files, and /var does not.
@test "what can't be put back is on trial still, or kept" {
	local try left

	[ -n "$(command -v strace)" ] || skip 'needs strace'
	for try in '--try 10m' ''; do
		# A trial has a file of its own; then two for each service.
		left=$((${#try} > 0 ? 7 : 6))
		# shellcheck disable=SC2086
		run -6 ns strace -qq -o /dev/null -e trace=renameat -e signal=none \
			-e "inject=renameat:error=EROFS:when=$left+" \
			"$BUILD/pamlease" setup sshd login $try --yes
		[[ $output == *'sshd could not be put back'*'not all could be put back'* ]]
		[ "$(ns "$BUILD/pamlease" history --json --event setup |
			jq -r .detail | tail -n 1)" = 'not all of it' ]
		ns grep -q pam_lease /etc/pam.d/sshd
		ns cmp /run/before/sshd "$KEPT/sshd"
		if [ -n "$try" ]; then
			run -0 unsetup --tried
			[ -z "$(ns ls -A "$KEPT")" ]
		else
			run -0 unsetup sshd --yes
		fi
		same_as_before
	done
}

# Killed at each call that changes something: a file is the old or the new one,
# and what tells how to take it back is there before that.
@test "killed at any moment files are whole, and a trial goes" {
	local call n name ended

	[ -n "$(command -v strace)" ] || skip 'needs strace'
	setup_ sshd login --yes
	ns cp -a /etc/pam.d /run/after
	unsetup sshd login --yes
	for call in renameat fsync; do
		for ((n = 1; n < 50; n++)); do
			ended=0
			ns strace -qq -o /dev/null -e trace="$call" -e signal=none \
				-e "inject=$call:signal=KILL:when=$n" \
				"$BUILD/pamlease" setup sshd login --try 1h --yes \
				>/dev/null 2>&1 || ended=$?
			for name in sshd login; do
				ns cmp -s "/etc/pam.d/$name" "/run/before/$name" ||
					ns cmp "/etc/pam.d/$name" "/run/after/$name" ||
					bad "$call $n: $name"
			done
			run unsetup --tried
			[[ $ended -ne 0 || $output == *back* ]] || bad "$call $n: $output"
			ns diff -r -x '.tmp-*' /run/before /etc/pam.d || bad "$call $n"
			[ -z "$(ns ls -A "$KEPT" | grep -v '^\.tmp-')" ] ||
				bad "$call $n: kept"
			[ "$ended" -ne 0 ] || break
		done
		[ "$ended" -eq 0 ] || bad "$call: no end"
		echo "$call: $((n - 1))"
	done
	ns rm -r /run/after
	all_good
}

# A pam-auth-update that does to a copy what Debian's does, as
# tests/host/setup.bats has it, unless /run/edited is there; beside the stacks of
# this directory, if one is given.
lay_all() {
	ns test -d /usr/share/pam-configs || skip 'no place for a profile'
	cat >"/proc/$NS_HOLDER/root/usr/sbin/pam-auth-update" <<'END'
#!/bin/sh
echo "pam-auth-update $*" | sed 's/setup-[^ ]*/setup/' >>/run/said
[ "$1 $3" = '--root --enable' ] && [ ! -e /run/edited ] || exit 0
cd "$2" || exit
for f in account session session-noninteractive; do
	! grep -q pam_lease "etc/pam.d/common-$f" || continue
	case $f in
	account) block='# here are the per-package' ;;
	*) block='# and here are more per-package' ;;
	esac
	sed -i "/^$block/a${f%-*}\trequisite\tpam_lease.so " "etc/pam.d/common-$f"
	printf 'Module: lease\nrequisite\tpam_lease.so\n' >>"var/lib/pam/$f"
done
grep -q lease var/lib/pam/seen || echo lease >>var/lib/pam/seen
END
	ns bash -e -c 'chmod 755 /usr/sbin/pam-auth-update
		echo "Name: lease" >/usr/share/pam-configs/lease
		mkdir /var/lib/pam
		echo unix >/var/lib/pam/seen
		for f in auth account password session session-noninteractive; do
			echo "Module: unix" >"/var/lib/pam/$f"
		done
		[ -z "$1" ] || install -m 644 "$1"/* /etc/pam.d
		rm -rf /run/before
		cp -a /etc/pam.d /run/before
		cp -a /var/lib/pam /run/state' - "${1:-}"
}
all_as_before() {
	same_as_before && ns diff -r /run/state /var/lib/pam &&
		[ -z "$(ns ls -A "$KEPT")" ] &&
		[ -z "$(ns find /run/pamlease -name '.setup-*')" ]
}

@test "all at once, by what pam-auth-update makes of a copy" {
	local name

	lay_all "$STOCK-more"
	refused 1 'nothing is changed without a yes' --all
	all_as_before || bad 'without a yes'
	run -0 setup_ --all --yes
	[[ $output == *'+++ /etc/pam.d/common-account'* ]]
	[[ $output == *'+++ /var/lib/pam/account'* ]]
	[[ $output == *'Set up: common-account, common-session, common-session-noninteractive.'* ]]
	for name in sshd login cron su sudo systemd-user gdm-password; do
		[ "$(state_of "$name")" = 'gated true' ] || bad "$name"
	done
	ns grep -q -- 'enable --now pamlease-watchdog.timer' /run/said
	# Debconf is told afterwards, and nothing is worked on but copies.
	[ "$(ns grep -v 'systemctl' /run/said | tail -n 1)" = \
		'pam-auth-update --root /run/pamlease/.setup --package' ] ||
		bad "$(ns cat /run/said)"
	run -0 setup_ --all --yes
	[ "$output" = 'Nothing to change.' ] || bad "$output"
	ns_session alice 1001 "$(ns_process 1001)"
	run -0 unsetup --all --yes
	[[ $output == *'1 session that is open ends'* ]] || bad "$output"
	all_as_before || bad 'after unsetup'
	all_good
}

@test "all at once, permissive, and what pam-auth-update does to that" {
	lay_all
	setup_ --all --permissive --yes
	[ "$(state_of sshd)" = 'permissive true' ]
	# It writes no blank behind an option.
	ns bash -c 'sed -i "s/permissive *\$/permissive/" /etc/pam.d/common-*'
	run -0 setup_ --all --permissive --yes
	[ "$output" = 'Nothing to change.' ]
	setup_ --all --yes
	[ "$(state_of sshd)" = 'gated true' ]
	# In files that were changed since lines go, and what was known stays.
	sed_ '$a# mine' common-account
	unsetup --all --yes
	ns bash -c 'echo "# mine" | cat /run/before/common-account - |
		cmp - /etc/pam.d/common-account'
	ns cmp /run/before/common-session /etc/pam.d/common-session
}

@test "all at once is refused where it would not hold, or is not possible" {
	refused 2 'services, --all' sshd --all --yes
	refused 1 'there is no /usr/sbin/pam-auth-update' --all --yes
	lay_all
	ns rm /usr/share/pam-configs/lease
	refused 1 'the package libpam-lease' --all --yes
	ns touch /usr/share/pam-configs/lease /run/edited
	refused 1 'changed by hand between its comments' --all --yes
	ns rm /run/edited
	ns bash -c 'cd /etc/pam.d; cp sshd xdm; sed "s/^@include/#/" sshd >vsftpd
		echo "account required pam_unix.so" >>vsftpd
		sed "1isession sufficient pam_permit.so" login >remote'
	refused 1 'remote would not be gated' --all --yes
	[[ $output == *'vsftpd includes none of these files'* ]] ||
		bad "$output"
	ns rm /etc/pam.d/remote
	ns usermod -L root
	refused 1 'nobody could get in by' --all --yes
	ns usermod -U root
	setup_ sshd --yes
	refused 1 'stack of sshd twice' --all --yes
	all_good
}

@test "all at once on trial: taken back, to the byte" {
	lay_all
	setup_ --all --try 1h --yes
	[ "$(setup_ --list --json | jq -c .trial.services)" = \
		'["common-account","common-session","common-session-noninteractive"]' ]
	run -1 setup_ --confirm
	[[ $output == *'not one by sshd, login or the like'* ]]
	ns grep -q -- '--package' /run/said && bad 'debconf was told'
	unsetup --tried
	all_as_before || bad 'not as before'
	# What came in meanwhile stays.
	setup_ --all --try 1h --yes
	sed_ '$a# mine' common-account
	ns bash -c 'echo "Module: other" >>/var/lib/pam/account'
	unsetup --tried
	ns bash -c 'echo "# mine" | cat /run/before/common-account - |
		cmp - /etc/pam.d/common-account' || bad 'a stack'
	ns tail -n 1 /var/lib/pam/account | grep -q other || bad 'what it knows'
	ns cmp /run/state/session /var/lib/pam/session
	all_good
}

@test "killed while all is set up, it is taken back to the byte" {
	local n ended

	[ -n "$(command -v strace)" ] || skip 'needs strace'
	lay_all
	for ((n = 1; n < 99; n++)); do
		ended=0
		ns strace -qq -o /dev/null -e trace=renameat -e signal=none \
			-e "inject=renameat:signal=KILL:when=$n" \
			"$BUILD/pamlease" setup --all --try 1h --yes \
			>/dev/null 2>&1 || ended=$?
		run unsetup --tried
		[[ $ended -ne 0 || $output == *back* ]] || bad "$n: $output"
		ns bash -c 'rm -rf /run/pamlease/.setup-*
			find /etc/pam.d /var/lib/pam /var/lib/pamlease -name ".tmp-*" -delete'
		all_as_before || bad "$n"
		[ "$ended" -ne 0 ] || break
	done
	[ "$ended" -eq 0 ] || bad 'no end'
	[ "$n" -gt 15 ] || bad "only $n"
	all_good
}
