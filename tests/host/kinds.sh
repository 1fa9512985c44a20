#!/bin/bash
#
# kinds.sh - processes of every kind that a user can have; runs in the test host
# as root.
#
# usage: kinds.sh start USER [KIND...]   these, or all of them; each is there
#                                        when this returns
#        kinds.sh alive|gone USER SECONDS [KIND...]
#                                        names each of these, or of all that
#                                        were started, of which that does not
#                                        come true in time; exit status 1 then
#        kinds.sh stay FILE [COMMAND...] what each kind runs: leaves its PID
#        kinds.sh typed FILE COMMAND...  the same, typed at COMMAND's terminal
#
# A kind is a function that starts it. Some have a port, which counts as well,
# and some a child that has left them: KIND-child is a kind as well.

set -eu

KINDS=(shell login su command local remote master channel nohup setsid stubborn
	stopped leaderless tmux unit scope at cron cgroup nosession effective
	setuid userns subuid sudo)

dir=/run/kinds
setuid=/usr/local/bin/sleep-setuid
stay="/mnt/host/kinds.sh stay"

die() { echo "kinds.sh: $*" >&2; exit 1; }

port() {
	case $1 in
	local) echo $((uid * 10)) ;;
	remote) echo $((uid * 10 + 1)) ;;
	esac
}

listens() { ss -Htln "sport = :$1" | grep -q .; }

# Also when its first thread has left, which looks like a zombie.
runs() {
	awk '/^State:/ { z = $2 == "Z" } /^Threads:/ { n = $2 }
	    END { exit !(NR && (!z || n > 1)) }' "/proc/$1/status" 2>/dev/null
}

is_alive() {
	local pid port

	pid=$(cat "$dir/$user.$1" 2>/dev/null) || return 1
	port=$(port "$1")
	runs "$pid" && { [ -z "$port" ] || listens "$port"; }
}

is_gone() {
	local port

	port=$(port "$1")
	! runs "$(<"$dir/$user.$1")" && { [ -z "$port" ] || ! listens "$port"; }
}

# usage: within SECONDS COMMAND [ARG...]
within() {
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))

	shift
	until "$@"; do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# A job of root's that lasts. usage: lasting KIND COMMAND [ARG...]
lasting() {
	local kind=$1
	shift
	systemd-run --quiet --collect --unit="kind-$user-$kind" \
		--setenv=TERM=xterm --setenv=HOME=/root -- "$@"
}

# From a session that is closed when this returns.
closed() { ssh -o BatchMode=yes "$at" "$1" </dev/null >/dev/null 2>&1; }

# usage: background KIND BEFORE [AFTER]
background() {
	closed "trap '' HUP; $2 $stay $user.$1 ${3-} </dev/null >/dev/null 2>&1 &"
}

typed() { lasting "$1" "$0" typed "$user.$1" "${@:2}"; }

start_shell() { typed shell ssh -tt "$at"; }
start_login() { typed login script -qfec "login -f $user" /dev/null; }
start_su() {
	lasting su script -qfec "su $user -c 'setsid -f $stay $user.su-child;
		$stay $user.su'" /dev/null
}
# The child is one that looks like a zombie.
start_command() {
	lasting command ssh -n "$at" "setsid -f $stay $user.command-child \
		/mnt/helpers/leaderless; $stay $user.command"
}
start_local() {
	# shellcheck disable=SC2086
	lasting local $stay "$user.local" ssh -n -N \
		-L "$(port local):127.0.0.1:22" "$at"
}
start_remote() {
	# shellcheck disable=SC2086
	lasting remote $stay "$user.remote" ssh -n -N \
		-R "$(port remote):127.0.0.1:22" "$at"
}
start_master() {
	# shellcheck disable=SC2086
	lasting master $stay "$user.master" ssh -n -M -S "$dir/mux.$user" -N \
		"$at"
}
start_channel() {
	within 20 ssh -S "$dir/mux.$user" -O check "$at" 2>/dev/null
	lasting channel ssh -n -S "$dir/mux.$user" "$at" "$stay $user.channel"
}
start_nohup() { background nohup nohup; }
start_setsid() { background setsid setsid; }
start_stubborn() { background stubborn "trap '' TERM INT QUIT;"; }
start_stopped() {
	background stopped ''
	within 20 is_alive stopped
	kill -STOP "$(<"$dir/$user.stopped")"
}
start_leaderless() { background leaderless '' /mnt/helpers/leaderless; }
start_tmux() { closed "tmux new-session -d '$stay $user.tmux'"; }
start_unit() {
	loginctl enable-linger "$user"
	closed "systemd-run --user $stay $user.unit"
}
start_scope() { background scope 'systemd-run --user --scope'; }
start_at() {
	(cd / && echo "$stay $user.at" | runuser -u "$user" -- at now) \
		>/dev/null 2>&1
}
start_cron() {
	local line="@reboot $stay $user.cron"

	# It runs these when it starts, once a boot.
	flock $dir bash -c 'echo "$1" | crontab -u "$2" - &&
		rm -f /run/crond.reboot && systemctl restart cron &&
		until [ -s "$3" ]; do sleep 0.1; done &&
		crontab -u "$2" -r' - "$line" "$user" "$dir/$user.cron"
}
to_foreign() {
	within 20 is_alive "$1"
	mkdir -p /sys/fs/cgroup/foreign
	cat "$dir/$user.$1" >/sys/fs/cgroup/foreign/cgroup.procs
}
start_cgroup() {
	start_nosession cgroup
	to_foreign cgroup
}
start_nosession() {
	# shellcheck disable=SC2086
	lasting "${1-nosession}" setpriv --reuid "$uid" --regid "$uid" \
		--clear-groups $stay "$user.${1-nosession}"
}
# A shell would undo what makes it special.
start_effective() {
	# shellcheck disable=SC2086
	lasting effective $stay "$user.effective" setpriv --euid "$uid" \
		sleep infinity
}
start_setuid() { background setuid '' "$setuid infinity"; }
start_userns() { background userns '' 'unshare -Ur sleep infinity'; }
# A user id of a container's, and out of the slice.
start_subuid() {
	background subuid '' "unshare --map-auto --map-root-user \
		setpriv --reuid 33 --clear-groups sleep infinity"
	to_foreign subuid
}
# Root's own by now, but in the user's session.
start_sudo() {
	echo 'ALL ALL=(ALL:ALL) NOPASSWD: ALL' >/etc/sudoers.d/kinds
	background sudo 'sudo setsid -f'
}

# The kernel refuses user namespaces to who is in a chroot, as the whole test
# host is on a machine that is one.
possible() {
	setpriv --reuid "$uid" --regid "$uid" --clear-groups \
		unshare --user true 2>/dev/null || [[ $1 != userns && $1 != subuid ]]
}

start() {
	local kind all=("$@")

	set --
	for kind in "${all[@]}"; do
		! possible "$kind" || set -- "$@" "$kind"
	done
	install -d -m 1777 $dir
	# Not there: it is mounted nosuid.
	[ -e $setuid ] || install -m 4755 "$(type -P sleep)" $setuid
	for kind; do
		rm -f "$dir/$user.$kind" "$dir/$user.$kind-child"
		systemctl --quiet stop "kind-$user-$kind" 2>/dev/null || :
		"start_$kind" </dev/null &
	done
	wait
	for kind; do
		within 20 is_alive "$kind" || die "$user: $kind did not start"
	done
}

# usage: all alive|gone SECONDS [KIND...]
all() {
	local verb=$1 limit=$2 kind files wrong=

	shift 2
	if [ $# -eq 0 ]; then
		shopt -s nullglob
		files=("$dir/$user".*)
		set -- "${files[@]##*.}"
	fi
	[ $# -gt 0 ] || die "$user: nothing was started"
	for kind; do
		within "$limit" "is_$verb" "$kind" || wrong+=" $kind"
	done
	[ -z "$wrong" ] || die "$user: not $verb:$wrong"
}

[ $# -ge 2 ] || die 'usage'
what=$1 user=$2
shift 2
case $what in
stay)
	echo $$ >"$dir/$user"
	[ $# -gt 0 ] || set -- sleep infinity
	exec "$@"
	;;
typed)
	# What is typed before a shell reads may get lost.
	{
		until [ -s "$dir/$user" ]; do
			echo "setsid -f $stay $user-child; $stay $user"
			sleep 0.5
		done
		exec sleep infinity
	} | "$@"
	;;
esac
uid=$(id -u "$user") at=$user@127.0.0.1
case $what in
start)
	[ $# -gt 0 ] || set -- "${KINDS[@]}"
	start "$@"
	;;
alive | gone) all "$what" "$@" ;;
stay | typed) ;;
*) die "no such command: $what" ;;
esac
