# Helpers for the bats files that run against a real systemd host.
#
#	load lib
#	setup_file() { host_start; }
#	teardown_file() { host_stop; }
#
# A test file has one host, named after the file and its process: files may run
# at the same time. Its tests are skipped, with the reason, where no host can
# run; with PAMLEASE_TESTS_MUST_RUN=1 that is a failure.
# shellcheck shell=bash

bats_require_minimum_version 1.5.0

HOST_DIR=${BASH_SOURCE[0]%/*}
# From `make install DESTDIR=build/dest prefix=/usr'.
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$HOST_DIR/../../$BUILD ;; esac
export BUILD
HOST_DEST=$BUILD/dest

# Boots a host that has the users and root's key, and nothing of pamlease.
# Arguments: options of `host start'.
host_boot() {
	local why name

	unset HOST_SKIP
	# Exported: bats runs each test in a process of its own.
	name=${BATS_TEST_FILENAME##*/}
	name=${name%.bats}
	export HOST_NAME=${name//[!a-z0-9]/-}-$$
	if ! why=$("$HOST_DIR/host" check 2>&1); then
		if [ "${PAMLEASE_TESTS_MUST_RUN:-}" = 1 ]; then
			echo "$why" >&2
			return 1
		fi
		export HOST_SKIP=$why
		return 0
	fi
	# Descriptor 3 is bats's own, and bats waits until nobody has it.
	"$HOST_DIR/host" start --owner $$ --bind-ro "$HOST_DIR:/mnt/host" "$@" \
		3>&- || return
	h /mnt/host/setup.sh users
}

# The same with pamlease as `make install' laid it out, and its PAM lines.
host_start() {
	host_boot --bind-ro "$HOST_DEST:/mnt/dest" "$@" || return
	[ -n "${HOST_SKIP:-}" ] || h /mnt/host/setup.sh install pam
}

# The same, and runs there what is on stdin, for which -e is set.
host_start_with() {
	host_start "$@" </dev/null || return
	[ -n "${HOST_SKIP:-}" ] || h bash -es
}

# Makes the package for Debian in DIRECTORY/deb, or takes that of the build.
# usage: package_make DIRECTORY
package_make() {
	local log=$1/log

	if compgen -G "$HOST_DEST/*.deb" >/dev/null; then
		mkdir "$1/deb" && cp "$HOST_DEST"/*.deb "$1/deb"
		return
	fi
	env -u MAKEFLAGS -u MFLAGS make -s -C "$HOST_DIR/../.." \
		BUILD="$1" deb >"$log" 2>&1 || { tail -n 20 "$log" >&2; return 1; }
}

host_stop() {
	[ -n "${HOST_SKIP:-}" ] || "$HOST_DIR/host" stop
}

host_reboot() { "$HOST_DIR/host" reboot 3>&-; }

# usage: on HOST COMMAND...
on() {
	local HOST_NAME=$1
	shift
	"$@"
}

ADDRESS_A=198.51.100.1 ADDRESS_B=198.51.100.2

# Joins the hosts $A and $B by a cable: root of each logs in as anybody on the
# other. They have one host key and one key of root's.
wire() {
	local host

	"$HOST_DIR/host" -n "$A" cable "$B" $ADDRESS_A/30 $ADDRESS_B/30 ||
		return
	on "$A" h tar -C / -c root/.ssh etc/ssh/ssh_host_ed25519_key{,.pub} \
		</dev/null | on "$B" h tar -C / -x || return
	for host in $A $B; do
		on "$host" h bash -s <<'END' || return
set -e
sed -i s/127.0.0.1/0.0.0.0/ /etc/ssh/sshd_config.d/10-testhost.conf
systemctl restart ssh
sed -i 's/^127.0.0.1/&,198.51.100.*/' /etc/ssh/ssh_known_hosts
for home in /root /home/*; do cp /root/.ssh/id.pub $home/.ssh/authorized_keys; done
END
	done
}

# A test file with a setup or teardown of its own calls these in them.
host_setup() {
	[ -z "${HOST_SKIP:-}" ] || skip "$HOST_SKIP"
}

host_teardown() {
	[ -n "${BATS_TEST_COMPLETED:-}" ] || [ -n "${HOST_SKIP:-}" ] ||
		h journalctl -b --no-pager </dev/null 2>&1 |
		grep -v 'systemd.*host-exec-' | tail -n 60
}

setup() { host_setup; }
teardown() { host_teardown; }

# Ends all of these users', also where there is no lease. usage: nothing_left USER...
nothing_left() {
	# shellcheck disable=SC2016
	[ -n "${HOST_SKIP:-}" ] || h bash -c '
		for user; do
			pamlease grant $user --duration 1h --force
			pamlease revoke $user
		done' - "$@" </dev/null >/dev/null 2>&1 || :
}

# ms. What waits for something that hangs, or for the timer, is later than that;
# how soon it is on an idle machine is what the bench measures.
# shellcheck disable=SC2034
AT_ONCE=2500

# Runs a command in the host as root, with this one's stdin.
h() { "$HOST_DIR/host" exec "$@" 3>&-; }

failed=

# A row of a table went wrong: it is named, and the test fails at its end.
bad() {
	echo "$*" >&2
	failed=1
}

all_good() { [ -z "$failed" ]; }

# Polls COMMAND until it is true, for at most SECONDS, a whole number.
# usage: wait_for SECONDS COMMAND [ARG...]
wait_for() {
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000)) limit=$1
	shift
	until "$@" >/dev/null 2>&1; do
		if [ "${EPOCHREALTIME/./}" -ge "$end" ]; then
			echo "not within $limit s: $*" >&2
			return 1
		fi
		sleep 0.02
	done
}

# Logins from inside the host. usage: *_login USER [COMMAND...]
key_login() {
	local user=$1
	shift
	h ssh -o BatchMode=yes -o PreferredAuthentications=publickey \
		"$user@127.0.0.1" "$@" </dev/null
}

# The password is pw-USER unless HOST_PASSWORD says otherwise.
password_login() { sshpass_login password "$@"; }
kbdint_login() { sshpass_login keyboard-interactive "$@"; }

sshpass_login() {
	local method=$1 user=$2
	shift 2
	h sshpass -p "${HOST_PASSWORD-pw-$user}" ssh \
		-o PreferredAuthentications="$method" \
		-o NumberOfPasswordPrompts=1 "$user@127.0.0.1" "$@" </dev/null
}

# A login on a terminal of its own. usage: tty_login PASSWORD LOGIN-ARGUMENT...
tty_login() {
	local password=$1
	shift
	h expect -c '
		set timeout 20
		spawn -noecho login '"$*"'
		expect {
			-re {assword: $} { send "'"$password"'\r"; exp_continue }
			-re {[$#] $} { send "echo in as \$(id -un)\r" }
			-re {incorrect|denied|failure} { exit 1 }
			eof { exit 1 }
		}
		expect -re {in as [a-z]+\r}
		send "exit\r"
		expect eof' </dev/null
}

# Starts an ssh login that lasts, and returns at once:
#	in_session one -tt alice@127.0.0.1		a shell on a pty
#	in_session two -N alice@127.0.0.1		nothing but a connection
#	in_session mux -M -S /run/mux -N alice@127.0.0.1
# The unit login-NAME ends when ssh does. What ssh prints is in session_output,
# what session_type is given it reads.
in_session() {
	local name=$1
	shift
	session_files "$name"
	# shellcheck disable=SC2016
	h systemd-run --quiet --collect --unit="login-$name" \
		--service-type=exec --setenv=HOME=/root --setenv=TERM=xterm \
		bash -c 'exec ssh -o BatchMode=yes "$@" \
			    < <(exec tail -n +1 -f "$0.in") >"$0.out" 2>&1' \
		"/run/login/$name" "$@" </dev/null
}

# Nothing of an earlier one of that name is taken for its own, and nothing that
# is typed before it reads is lost. The unit of that one may be there until what
# ssh has left is gone.
session_files() {
	# shellcheck disable=SC2016
	h bash -c 'mkdir -p /run/login && : >"$0.in" >"$0.out" || exit
		for ((i = 0; i < 250; i++)); do
			state=$(systemctl show -P LoadState "$1")
			[ "$state" != not-found ] || exit 0
			sleep 0.02
		done' "/run/login/$1" "login-$1" </dev/null
}

session_output() { h cat "/run/login/$1.out" </dev/null; }
session_type() { printf '%s\n' "$2" | h tee -a "/run/login/$1.in" >/dev/null; }
session_alive() { h systemctl --quiet is-active "login-$1" </dev/null; }
session_ended() { ! session_alive "$1"; }
session_stop() { h systemctl stop "login-$1" </dev/null; }

# Has the output of a session this text in it? usage: session_said NAME TEXT
session_said() { session_output "$1" | grep -Fq -- "$2"; }

# A run of the watchdog that begins now. To start the unit while it runs is to
# wait for that run, which may have looked before what is to be seen.
watchdog_run() {
	wait_for 60 no_run && h systemctl start pamlease-watchdog.service
}

# It is never active: it is activating, as long as it runs.
no_run() {
	[[ $(h systemctl show -P ActiveState pamlease-watchdog.service \
		</dev/null) == @(inactive|failed) ]]
}

# Has logind a session of the user's that is open?
has_session() {
	h loginctl show-user "$1" -p Sessions --value </dev/null 2>/dev/null |
		grep -q .
}
