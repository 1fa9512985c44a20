#!/usr/bin/env bats
#
# Programs of the administrator's that run when a login is checked, opens and
# closes.

# Words for the shell in the host.
# shellcheck disable=SC2016

load lib

setup_file() {
	host_start || return
	[ -z "${HOST_SKIP:-}" ] || return 0
	h pamlease grant alice --duration 8h </dev/null
	h pamlease grant bob --duration 8h </dev/null
}
teardown_file() { host_stop; }

setup() {
	host_setup
	h bash -c 'mkdir -p /etc/pamlease/hooks/{account,open,close}.d
		rm -f /etc/pamlease/hooks/*/* /run/hooked
		: >/run/hooked' </dev/null
}

teardown() {
	host_teardown
	[ -n "${HOST_SKIP:-}" ] ||
		h bash -c 'rm -rf /etc/pamlease/hooks /etc/pamlease/policy.conf
			pamlease-watchdog || /usr/libexec/pamlease-watchdog' \
			</dev/null >/dev/null 2>&1 || :
}

# A hook with the script of stdin. usage: hook PHASE NAME
hook() {
	h install -m 755 /dev/stdin "/etc/pamlease/hooks/$1.d/$2"
}

# One that notes what it is given, by name.
notes() {
	local phase
	for phase; do
		hook "$phase" 50-notes <<'END'
#!/bin/sh
echo "$PAMLEASE_PHASE $PAMLEASE_USER $PAMLEASE_SERVICE $PAMLEASE_SESSIONS_LEFT" >>/run/hooked
END
	done
}

noted() { h cat /run/hooked </dev/null; }
noted_is() { [ "$(noted)" = "$1" ]; }
noted_lines() { [ "$(noted | wc -l)" -ge "$1" ]; }
none_owed() { [ -z "$(h ls /run/pamlease/hooks/sessions </dev/null)" ]; }
watchdog() { h /usr/libexec/pamlease-watchdog </dev/null; }
logged() { h journalctl -b -o cat </dev/null | grep -F -- "$1" >/dev/null; }

@test "hooks run in order, say their lines to the user, and close in reverse" {
	local phase n
	for phase in account open close; do
		for n in 1 2; do
			hook $phase $n-hook <<-END
				#!/bin/sh
				echo $phase $n >>/run/hooked
				echo "to the user: $phase $n"
				echo "to the log: $phase $n" >&2
			END
		done
	done
	run key_login alice 'echo in; cat /run/hooked'
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *'to the user: account 1'*'to the user: account 2'* ]]
	[[ $output != *'to the log'* ]]
	wait_for 10 noted_lines 6
	diff - <(noted) <<'END'
account 1
account 2
open 1
open 2
close 2
close 1
END
	logged 'hooks: "1-hook: to the log: open 1"'
}

@test "a hook on the console speaks while it runs" {
	hook account hook <<'END'
#!/bin/sh
echo first line
until [ -e /run/go-on ]; do sleep 0.1; done
rm /run/go-on
echo second line
END
	hook open hook <<<$'#!/bin/sh\necho third line'
	run -0 h expect -c '
		set timeout 20
		spawn -noecho login alice
		expect {
			assword: { send "pw-alice\r"; exp_continue }
			timeout { exit 1 }
			"first line"
		}
		exec touch /run/go-on
		expect timeout { exit 2 } "second line"
		expect timeout { exit 3 } "third line"
		expect -re {[$#] $}
		send "exit\r"
		expect eof' </dev/null
}

@test "a hook that fails in account or open refuses with its last line" {
	local phase
	for phase in account open; do
		hook $phase 10-no <<'END'
#!/bin/sh
echo "Your home is being checked."
echo "The disk $(printf '\033[31m') is full." 
exit 3
END
		notes close
		run h su alice -c 'echo in' </dev/null
		echo "$phase: $output"
		[ "$status" -ne 0 ]
		[[ $output == *'Access denied: The disk'*' is full.'* ]]
		[[ $output != *$'\033'* && $output != *$'\nin'* ]]
		h rm "/etc/pamlease/hooks/$phase.d/10-no" </dev/null
	done
	logged 'detail="10-no: exit status 3"'
	# What was begun is closed.
	noted_is 'close alice su 0'
}

@test "root has no hooks, and with permissive none refuses" {
	hook account no <<<$'#!/bin/sh\necho "$PAMLEASE_USER" >>/run/hooked\nexit 1'
	run h bash -c 'install -m 600 /root/.ssh/id.pub /root/.ssh/authorized_keys
		ssh -o BatchMode=yes root@127.0.0.1 echo in' </dev/null
	[[ $output == *in ]]
	h sed -i 's/^account required pam_lease.so/& permissive/' \
		/etc/pam.d/sshd </dev/null
	run key_login alice 'echo in'
	h sed -i 's/^\(account required pam_lease.so\) permissive/\1/' \
		/etc/pam.d/sshd </dev/null
	[[ $output == *in ]]
	noted_is alice
}

@test "who is killed is closed by the watchdog, once" {
	notes open close
	in_session one -N alice@127.0.0.1
	wait_for 10 noted_is 'open alice sshd 0'
	in_session two -N alice@127.0.0.1
	wait_for 10 noted_is $'open alice sshd 0\nopen alice sshd 1'
	h bash -c 'for e in /run/pamlease/sessions/*; do
		e=${e##*/} && kill -KILL "${e%%-*}"; done' </dev/null
	watchdog
	wait_for 10 noted_lines 4
	watchdog
	[ "$(noted | tail -n 2)" = $'close alice sshd 1\nclose alice sshd 0' ]
	wait_for 10 none_owed
}

@test "close hooks that fail are tried again until they succeed" {
	notes close
	hook close 90-no <<<$'#!/bin/sh\necho again >>/run/hooked\n[ -e /run/yes ]'
	key_login alice true
	wait_for 10 noted_lines 2
	# sshd may not be done with it yet, nor the unit that the run before has
	# started.
	wait_for 10 eval 'watchdog; noted_lines 4'
	wait_for 10 logged '90-no: exit status 1'
	h touch /run/yes </dev/null
	wait_for 10 eval 'watchdog; none_owed'
	h bash -c ': >/run/hooked' </dev/null
	watchdog
	noted_is ''
}

# What must not be run: the login is refused, and nothing has run.
bad_hook() {
	run key_login alice 'echo in'
	[[ $status -ne 0 && $output != *$'\nin' ]] || bad "$1: $output"
	[[ $output == *'Tell its administrator'* ]] || bad "$1: $output"
	logged "$2" || bad "$1: not logged: $2"
	noted_is '' || bad "$1: has run"
	h bash -c 'rm -rf /etc/pamlease/hooks/account.d/*' </dev/null
}

@test "a hook that is not to be trusted refuses, and is not run" {
	local dir=/etc/pamlease/hooks/account.d
	notes account
	h chmod o+w $dir/50-notes </dev/null
	bad_hook 'writable by all' '50-notes: '
	notes account
	h chown alice $dir/50-notes </dev/null
	bad_hook "alice's" '50-notes: '
	notes open
	h ln -s ../open.d/50-notes $dir/10-link </dev/null
	bad_hook 'a link' '10-link: a symbolic link'
	h rm /etc/pamlease/hooks/open.d/50-notes </dev/null
	notes account
	h chmod o+w $dir </dev/null
	bad_hook 'in a directory writable by all' 'account.d'
	h chmod o-w $dir </dev/null
	notes account
	h chmod o+w /etc/pamlease/hooks </dev/null
	bad_hook 'below a directory writable by all' 'hooks'
	h chmod o-w /etc/pamlease/hooks </dev/null
	hook account 10-no-shell <<<'#!/nowhere/sh'
	bad_hook 'no interpreter' "10-no-shell: can't be run"
	all_good
}

@test "an application that is stopped holds up nobody else" {
	hook open hook <<'END'
#!/bin/sh
echo "$PAMLEASE_SERVICE" >>/run/hooked
[ "$PAMLEASE_SERVICE" = su ] || exit 0
until [ -e /run/go-on ]; do sleep 0.1; done
# More than a pipe takes.
for i in $(seq 200); do printf '%0500d\n' 0; done
END
	h systemd-run --quiet --unit=stopped su alice -c true </dev/null
	wait_for 10 noted_is su
	h systemctl kill --kill-whom=main --signal=STOP stopped </dev/null
	h touch /run/go-on </dev/null
	[ "$(key_login alice 'echo in')" = in ]
	h bash -c 'rm /run/go-on; systemctl kill --signal=CONT stopped' </dev/null
}

@test "a hook that hangs is killed after its time" {
	h bash -c 'printf "hook-timeout 1s\n" >/etc/pamlease/policy.conf' </dev/null
	hook account hook <<<$'#!/bin/sh\necho "$$" >/run/hooked\nsleep 1000 & sleep 1000'
	run key_login alice 'echo in'
	[[ $status -ne 0 && $output == *'Tell its administrator'* ]]
	logged 'hook: not done after 1000 ms'
	[ -z "$(h pgrep -fx 'sleep 1000' </dev/null)" ]
}

@test "a hook may print much, go into the background, or be deleted" {
	hook account 10-much <<<$'#!/bin/sh\nyes 0123456789 | head -c 10485760'
	hook account 20-daemon <<<$'#!/bin/sh\nsetsid sleep 987 </dev/null &\necho daemon'
	hook account 30-deleted <<'END'
#!/bin/sh
rm /etc/pamlease/hooks/account.d/*
echo deleted >>/run/hooked
END
	run key_login alice 'echo in'
	h pkill -f 'sleep 987' </dev/null || :
	[ "$status" -eq 0 ]
	[[ ${lines[-1]} == in ]]
	[ "${#output}" -lt 100000 ]
	noted_is deleted
}

@test "names that a shell would take apart are given as they are" {
	h bash -c 'for u in "a b" "q'\''x" "d\$(id)"; do
		printf "%s:x:%d:100::/:/bin/sh\n" "$u" $((n++ + 3200)) >>/etc/passwd
		printf "%s:*:20000:0:99999:7:::\n" "$u" >>/etc/shadow; done' </dev/null
	hook account hook <<'END'
#!/bin/sh
printf '%s|' "$PAMLEASE_USER" "$PAMLEASE_UID" >>/run/hooked
END
	h bash -c 'printf "allow\n" >/etc/pamlease/policy.conf
		for u in "a b" "q'\''x" "d\$(id)"; do su "$u" -c true; done' </dev/null
	noted_is "a b|3200|q'x|3201|d\$(id)|3202|"
}
