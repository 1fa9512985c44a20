#!/usr/bin/env bats
#
# A wind-down on a real host: who may come back, who is in the way, and how the
# deadline ends those who stay.

load lib

# Users in1 to in10 and new1 to new20. The auth line hides why from whoever has
# no key, and has a test of its own.
setup_file() {
	host_start || return
	[ -n "${HOST_SKIP:-}" ] || h bash -ec '
		groupadd wheel
		usermod -aG wheel dave
		for name in in{1..10} new{1..20}; do
			useradd -m -s /bin/bash $name
			install -D -m 600 -o $name /root/.ssh/id.pub \
				/home/$name/.ssh/authorized_keys
			chown $name /home/$name/.ssh
			echo "$name:pw-$name"
		done >/run/passwords
		# It has the lock that useradd wants.
		chpasswd --crypt-method SHA256 </run/passwords
		install -D -m 600 /root/.ssh/id.pub /root/.ssh/authorized_keys
		sed -i /^auth.*pam_lease/d /etc/pam.d/sshd /etc/pam.d/login'
}
teardown_file() { host_stop; }

setup() {
	host_setup
	policy
}

teardown() {
	host_teardown
	[ -n "${HOST_SKIP:-}" ] || h bash -c '
		pamlease winddown stop
		systemctl stop "login-*"
		pkill -KILL -x sleep' >/dev/null 2>&1 || :
}

# Anybody may be in, and these lines. usage: policy [LINE...]
policy() {
	printf '%s\n' allow 'exempt group wheel' 'warn 3s' "$@" |
		h bash -c 'mkdir -p /etc/pamlease
			cat >/etc/pamlease/policy.conf'
}

ways=(key password kbdint console)

uid_of() { h id -u "$1"; }

try() { h /mnt/host/winddown.sh try "$@" </dev/null; }

# A login that lasts; its shell is there when this returns.
# usage: come NAME WAY USER
come() {
	begin "$@"
	is_in "$1"
}

begin() {
	session_files "$1"
	h systemd-run --quiet --collect --unit="login-$1" --service-type=exec \
		--setenv=HOME=/root --setenv=TERM=xterm \
		/mnt/host/winddown.sh stay "$2" "$3" "$1" </dev/null
	if [ "$2" = console ]; then
		wait_for 30 session_said "$1" 'Password: ' ||
			{ session_output "$1" >&2; return 1; }
		session_type "$1" "pw-$3"
	fi
}

is_in() { wait_for 30 prompts "$1"; }
prompts() { session_output "$1" | grep -Eq '(\$|~#) '; }

# The shell's process of a login that lasts.
pid_of() {
	session_type "$1" 'echo shell=$$.'
	wait_for 10 said_pid "$1"
	session_output "$1" | grep -o 'shell=[0-9]\+' | cut -d= -f2
}

said_pid() { session_output "$1" | grep -q 'shell=[0-9]'; }

# How often the output of a login has that line.
lines() { session_output "$1" | tr -d '\r' | grep -cFx -- "$2" || :; }

has_line() { [ "$(lines "$1" "$2")" -gt 0 ]; }

nobody() { [[ $(h pamlease winddown status) == *'Nobody is present.' ]]; }
gone() { ! h test -d "/proc/$1"; }

refusal() {
	echo "Access denied: user $1 (uid=$(uid_of "$1")) does not have an" \
		"active session and this node is in wind-down mode (going" \
		"offline for maintenance)."
}

@test "ten are in: five come back while five leave, and nobody else comes" {
	local i name out text ms

	for i in {1..10}; do
		begin "in$i" "${ways[i % 4]}" "in$i"
	done
	for i in {1..10}; do
		is_in "in$i"
	done
	come root key root
	h pamlease winddown start --message 'Kernel update' >/dev/null
	text='*** pamlease: This host takes no new users (going offline for maintenance). Kernel update ***'
	for i in {1..10}; do
		wait_for 10 has_line "in$i" "$text"
		[ "$(lines "in$i" "$text")" -eq 1 ] || bad "in$i: told again"
	done
	[ "$(lines root "$text")" -eq 0 ] || bad 'root is told'
	h systemd-run --quiet --unit=watch /mnt/host/winddown.sh watch
	wait_for 10 h grep -q 'still present: .*in1.*in10' /run/watch

	# Each by another way than before.
	h bash -c 'systemctl stop login-in{6,7,8,9,10} &
		/mnt/host/winddown.sh all in1:password in2:kbdint in3:console \
			in4:key in5:kbdint
		wait' </dev/null
	for i in {1..5}; do
		[[ $(h cat "/run/try/in$i") == *"in as in$i"* ]] ||
			bad "in$i: $(h cat "/run/try/in$i")"
	done
	# The connection is new, and the old one goes.
	come again key in1
	session_stop in1
	wait_for 10 eval '[ "$(h pamlease winddown status --json |
		jq "[.sessions[] | select(.user == \"in1\")] | length")" -eq 1 ]'
	[[ $(try password in1) == *'in as in1'* ]] || bad 'in1 once more'

	# shellcheck disable=SC2046
	h /mnt/host/winddown.sh all $(for i in {1..20}; do
			echo "new$i:${ways[i % 4]}"
		done) </dev/null
	for i in {1..20}; do
		out=$(h cat "/run/try/new$i")
		[[ $out != *'in as'* ]] || bad "new$i is in: $out"
		grep -A1 -Fx "$(refusal "new$i")" <<<"$out" |
			grep -qFx 'Kernel update' ||
			bad "new$i, ${ways[i % 4]}: $out"
	done
	[[ $(try key in10) == *'Access denied'* ]] || bad 'in10 had left'
	[[ $(h pamlease check in10) == *'Decided by: wind-down'* ]] ||
		bad 'check in10'

	for name in again in2 in3 in4; do
		session_stop "$name"
	done
	wait_for 10 eval '[ "$(h tail -n 1 /run/watch | grep -c "present: in5$")" -eq 1 ]'
	h test ! -e /run/watch.end || bad 'it did not wait for the last'
	session_stop root
	wait_for 10 eval '[ "$(h pamlease sessions --json | jq length)" -eq 1 ]'
	out=$(h bash -c '/mnt/host/winddown.sh empty & systemctl stop login-in5
		wait' </dev/null)
	wait_for 20 h test -s /run/watch.end
	ms=$((($(h cut -d ' ' -f 2 /run/watch.end) - out) / 1000))
	echo "# --wait returned $ms ms after the last had left" >&3
	[ "$ms" -le "$AT_ONCE" ] || bad "$ms ms"
	[ "$(h cut -d ' ' -f 1 /run/watch.end)" -eq 0 ] || bad 'status'
	[ "$(h tail -n 1 /run/watch)" = 'Nobody is present.' ] ||
		bad "$(h cat /run/watch)"
	all_good
}

@test "with an auth line nobody is told why, and nobody is in either" {
	local way

	h sed -i '/^@include common-auth$/a auth required pam_lease.so' \
		/etc/pam.d/sshd /etc/pam.d/login
	h pamlease winddown start --message 'Kernel update' >/dev/null
	for way in password kbdint console; do
		run try "$way" new1
		[[ $output != *'in as'* && $output != *wind-down* ]] ||
			bad "$way: $output"
	done
	run try key new1
	[[ $output == "$(refusal new1)"$'\nKernel update\n'* ]] ||
		bad "key: $output"
	h sed -i '/^auth.*pam_lease/d' /etc/pam.d/sshd /etc/pam.d/login
	[ "$(h journalctl -b -o cat | grep -c 'why=winddown user="new1"')" \
		-ge 4 ] || bad log
	all_good
}

@test "an empty file is enough; a user manager is nobody, a job is somebody" {
	h loginctl enable-linger carol
	wait_for 20 h systemctl is-active "user@$(uid_of carol)"
	key_login bob 'nohup setsid sleep 1000 >/dev/null 2>&1 & echo'
	h touch /etc/winddown
	h pgrep -u carol
	run h pamlease winddown status
	echo "$output"
	[[ $output == *'Wind-down is on'*'Without a session:'*bob*sleep* ]]
	[[ $output != *carol* ]]
	run key_login carol id -un
	[ "$status" -ne 0 ]
	[[ $output == "$(refusal carol)"* ]]
	# A service of hers is her manager's.
	h runuser -u carol -- env "XDG_RUNTIME_DIR=/run/user/$(uid_of carol)" \
		systemd-run --user --quiet sleep 1000
	h pgrep -u carol -x sleep
	run key_login carol id -un
	[ "$status" -ne 0 ]
	[ "$(key_login bob id -un)" = bob ]
	h pkill -u bob -x sleep
	wait_for 20 nobody
	run key_login bob id -un
	[ "$status" -ne 0 ]
	[[ $output == "$(refusal bob)"* ]]
	h loginctl disable-linger carol
	h rm /etc/winddown
	[ "$(key_login carol id -un)" = carol ]
}

@test "root and who is exempt come in" {
	h pamlease winddown start --deadline 2100-01-01T00:00 >/dev/null
	[[ $(try key root) == *'in as root' ]]
	[[ $(try key dave) == *'in as dave' ]]
	[[ $(try console dave) == *'in as dave'* ]]
	# Nor do they keep anybody waiting.
	come dave key dave
	nobody
	run try key alice
	[[ $output == *'Access denied'*'It goes offline at '* ]]
	session_stop dave
}

# What is left when each has had its end. usage: deadline POLICY-LINE...
deadline() {
	local end name pids=() ms out

	policy "$@"
	come one key in1
	come two console in2
	come root key root
	come exempt password dave
	# One job with a terminal and one without; neither has a session.
	key_login in3 'TERM=xterm nohup setsid script -fqc "sleep 1000" /home/in3/told \
		>/dev/null 2>&1 </dev/null & sleep 0; nohup setsid sleep 1000 >/dev/null 2>&1 & echo'
	key_login in4 'nohup setsid sleep 1000 >/dev/null 2>&1 & echo'
	wait_for 10 eval '[ "$(h pgrep -c -x sleep)" -eq 3 ]'
	pids+=("$(pid_of one)" "$(pid_of two)")
	# shellcheck disable=SC2207
	pids+=($(h pgrep -x sleep))
	[ "${#pids[@]}" -eq 5 ] || bad "${pids[*]}"
	wait_for 10 eval '[ "$(h pamlease sessions --json | jq length)" -eq 4 ]'

	end=$((EPOCHSECONDS + 9))
	h pamlease winddown start --deadline "$(date -u -d "@$end" +%FT%TZ)" \
		>/dev/null
	out=$(h /mnt/host/winddown.sh late "$end" "${pids[@]}" </dev/null |
		sort -n)
	echo "# ms after the deadline: ${out//$'\n'/ }" >&3
	while read -r ms; do
		[ "$ms" -ge 0 ] && [ "$ms" -le "$AT_ONCE" ] || bad "$ms ms"
	done <<<"$out"
	[ "$(wc -l <<<"$out")" -eq 5 ] || bad "$out"
	wait_for 10 session_ended one
	for name in one two; do
		out='*** pamlease: Warning: Your session expires in 3 seconds. Save your work. ***'
		[ "$(lines "$name" "$out")" -eq 1 ] || bad "$name: warned"
		[[ $(session_output "$name") == *'You will be logged out at '*'Your session has expired'* ]] ||
			bad "$name: $(session_output "$name")"
	done
	[ "$(h grep -c 'expires in 3 seconds' /home/in3/told)" -eq 1 ] ||
		bad "the job: $(h cat /home/in3/told)"
	nobody || bad "$(h pamlease winddown status)"
	for name in root exempt; do
		session_alive "$name" || bad "$name is ended"
		[[ $(session_output "$name") != *'***'* ]] || bad "$name: told"
	done
	run try key in1
	[[ $output == *'and nobody may be in any more.'* ]] || bad "$output"
	[[ $(try key dave) == *'in as dave' ]] || bad dave
	for name in root exempt; do
		session_stop "$name"
	done
	all_good
}

@test "the deadline ends all who are present, but neither root nor exempt" {
	deadline
}

@test "with keep-detached the deadline ends all the same" {
	deadline keep-detached
}

@test "a later deadline counts, and without a wind-down none does" {
	local due later pid ms

	come one key in1
	pid=$(pid_of one)
	due=$((EPOCHSECONDS + 6))
	later=$((due + 6))
	h pamlease winddown start --deadline "$(date -u -d "@$due" +%FT%TZ)" \
		>/dev/null
	wait_for 10 session_said one 'expires in 3 seconds'
	h pamlease winddown start --deadline "$(date -u -d "@$later" +%FT%TZ)" \
		>/dev/null
	ms=$(h /mnt/host/winddown.sh late "$later" "$pid" </dev/null)
	echo "# $ms ms after the later deadline" >&3
	[ "$ms" -ge 0 ] && [ "$ms" -le "$AT_ONCE" ]
	[ "$(session_output one | grep -c 'expires in 3 seconds')" -eq 2 ]
	h pamlease winddown stop

	come one key in1
	due=$((EPOCHSECONDS + 6))
	h pamlease winddown start --deadline "$(date -u -d "@$due" +%FT%TZ)" \
		>/dev/null
	wait_for 10 session_said one 'expires in 3 seconds'
	h pamlease winddown stop
	wait_for 15 eval '[ "$EPOCHSECONDS" -gt "$((due + 1))" ]'
	watchdog_run
	session_alive one
	[ "$(key_login in2 id -un)" = in2 ]
	session_stop one
}

@test "it lasts over a reboot, or until the next one" {
	h pamlease winddown start --message Lasting >/dev/null
	host_reboot
	[[ $(h pamlease winddown status) == *'Message:  Lasting'* ]]
	run try key alice
	[[ $output == "$(refusal alice)"$'\nLasting\n'* ]]
	h pamlease winddown start --until-reboot >/dev/null
	run try key alice
	[[ $output == "$(refusal alice)"$'\nLasting\n'* ]]
	host_reboot
	run h pamlease winddown status
	[ "$status" -eq 3 ]
	[[ $(try key alice) == *'in as alice' ]]
}
