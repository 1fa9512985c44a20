#!/usr/bin/env bats
#
# Homes in images that come with the login and go with it.

# Words for the shell in the host.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0
load lib

setup_file() {
	host_start_with <<'END'
mknod /dev/loop-control c 10 237
for n in $(seq 0 31); do mknod /dev/loop$n b 7 $n; done
mkdir -p /srv/homes /etc/pamlease/hooks/{account,open,close}.d
echo 'source /srv/homes/%u.img' >/etc/pamlease/mount-home.conf
for dir in /etc/pamlease/hooks/*.d; do
	printf '%s\n' '#!/bin/sh' 'exec /usr/libexec/pamlease-mount-home' >$dir/50-mount-home
	chmod 755 $dir/50-mount-home
done
# What is mounted over is empty.
rm -rf /home/alice /home/bob
mkdir /home/alice /home/bob
for user in alice bob; do
	truncate -s 16M /srv/homes/$user.img
	mkfs.ext4 -q -E root_owner=$(id -u $user):$(id -g $user) /srv/homes/$user.img
	pamlease grant $user --duration 8h
	# sshd asks for the key before anything is mounted.
	mkdir -p /etc/ssh/keys
	cp /root/.ssh/id.pub /etc/ssh/keys/$user
done
printf 'AuthorizedKeysFile /etc/ssh/keys/%%u\n' >/etc/ssh/sshd_config.d/keys.conf
systemctl restart ssh
END
}
teardown_file() {
	[ -n "${HOST_SKIP:-}" ] || h bash -c 'umount -R /home/* /run/pamlease-mount-home/*
		losetup -D' </dev/null >/dev/null 2>&1 || :
	host_stop
}

setup() {
	host_setup
	# The kernel's business: nothing that is installed changes it.
	h losetup -f </dev/null >/dev/null 2>&1 || skip 'no loop devices'
}

mounts() { h grep -c -e ' /home/' -e pamlease-mount-home /proc/self/mountinfo </dev/null; }
attached() { h losetup -n -O BACK-FILE </dev/null | grep -cE '/srv/homes/|/run/nbd/'; }
released() { [ "$(mounts)" = 0 ] && [ "$(attached)" = 0 ]; }
is_mounted() { h mountpoint -q "/home/$1" </dev/null; }
are_in() { [ "$(h ls /run/pamlease/hooks/sessions </dev/null | wc -l)" = "$1" ]; }
watchdog() { h /usr/libexec/pamlease-watchdog </dev/null; }
kill_openers() {
	h bash -c 'for e in /run/pamlease/sessions/*-*; do
		e=${e##*/} && kill -KILL "${e%%-*}"; done' </dev/null
}

@test "a home comes with the login, over ssh and on the console, and goes" {
	run key_login alice 'mountpoint -q ~ && echo kept >~/file && echo in'
	echo "$output"
	[[ ${lines[-1]} == in ]]
	[[ $output == *'Checking your home ...'*'Mounting your home for a try ...'* ]]
	wait_for 30 released
	run tty_login pw-alice alice
	[[ $output == *'Checking your home ...'*'in as alice'* ]]
	wait_for 30 released
	[ "$(key_login alice 'cat ~/file' | tail -n 1)" = kept ]
	wait_for 30 released
}

@test "of two sessions the last one takes it away, whichever that is" {
	local first second
	for first in one two; do
		in_session one -N alice@127.0.0.1
		wait_for 10 is_mounted alice
		in_session two -N alice@127.0.0.1
		wait_for 10 are_in 2
		session_stop $first
		wait_for 10 are_in 1
		is_mounted alice
		second=two
		[ $first = one ] || second=one
		session_stop $second
		wait_for 30 released
	done
}

@test "what still holds it is ended, and only that" {
	run key_login alice 'cd ~; setsid sleep 1001 </dev/null >/dev/null 2>&1 &
		cd /; setsid sleep 1002 </dev/null >/dev/null 2>&1 & echo in'
	wait_for 30 released
	run ! h pgrep -f '[s]leep 1001' </dev/null
	h pkill -f '[s]leep 1002' </dev/null
}

@test "others can't hold a home by a copy of its mount" {
	in_session one -N alice@127.0.0.1
	wait_for 10 is_mounted alice
	h systemd-run --quiet --unit=copy --uid=dave unshare -Urm sleep 1003 \
		</dev/null
	wait_for 10 h grep -q ' /home/alice ' "/proc/$(wait_for 10 h pgrep -f \
		'^sleep 1003' && h pgrep -f '^sleep 1003' </dev/null)/mountinfo"
	session_stop one
	wait_for 30 released
	h systemctl is-active --quiet copy </dev/null
	h systemctl stop copy </dev/null
}

@test "sshd is killed: the watchdog takes it away" {
	in_session one -N alice@127.0.0.1
	wait_for 10 is_mounted alice
	kill_openers
	watchdog
	wait_for 30 released
}

@test "a stale mount of nobody's is not trusted" {
	h bash -c 'mount -o loop,ro /srv/homes/alice.img /home/alice' </dev/null
	run key_login alice 'mountpoint -q ~ && echo kept >~/new && cat ~/new'
	[[ ${lines[-1]} == kept ]]
	wait_for 30 released
	h mount -t tmpfs something /home/alice </dev/null
	run key_login alice 'echo in'
	[[ $output != *in ]]
	h umount /home/alice </dev/null
	wait_for 30 released
}

@test "a home that is damaged, or missing, refuses" {
	h bash -c 'cp /srv/homes/bob.img /srv/bob.img
		dd if=/dev/urandom of=/srv/homes/bob.img bs=1k count=64 conv=notrunc' </dev/null
	run key_login bob 'echo in'
	[[ $status -ne 0 && $output == *'Access denied: your home '* ]]
	h rm /srv/homes/bob.img </dev/null
	run key_login bob 'echo in'
	[[ $status -ne 0 && $output == *'Access denied: you have no home here.'* ]]
	h mv /srv/bob.img /srv/homes/bob.img </dev/null
	wait_for 30 released
}

@test "the host is rebooted in a session: what was written is there" {
	in_session boot -tt alice@127.0.0.1
	wait_for 10 is_mounted alice
	session_type boot 'echo before >~/rebooted; sync; echo synced'
	wait_for 10 session_said boot synced
	host_reboot
	h bash -c 'mknod /dev/loop-control c 10 237
		for n in $(seq 0 31); do mknod /dev/loop$n b 7 $n; done
		pamlease grant alice --duration 8h
		pamlease grant bob --duration 8h' </dev/null
	run key_login alice 'cat ~/rebooted'
	[ "${lines[-1]}" = before ]
	wait_for 30 released
}

# nbd needs a module that few kernels have loaded. The server is a real one, and
# so is what goes over the wire; but where nbd-client(8) has the kernel speak to
# it, here nbdfuse(1) does, and a loop device has the file that it shows.
serve_nbd() {
	h bash -s <<'END'
mknod -m 600 /dev/fuse c 10 229
: <>/dev/fuse || exit
ln -s loop30 /dev/nbd0
ln -s loop31 /dev/nbd1
mkdir /srv/exports /run/nbd
mv /srv/homes/bob.img /srv/exports/bob
cat >/etc/nbd-server/config <<'EOT'
[generic]
listenaddr = 127.0.0.1
[bob]
exportname = /srv/exports/bob
flush = true
EOT
systemctl restart nbd-server
cat >/usr/sbin/nbd-client <<'EOT'
#!/bin/sh
echo "$*" >>/run/nbd.log
case $1 in
-c)
	losetup "$2" >/dev/null 2>&1
	;;
-d)
	losetup -d "$2" && systemctl stop "nbd-${2##*/}"
	;;
-N)
	unit=nbd-${5##*/} file=/run/nbd/${5##*/}
	rm -f "$file.pid"
	: >"$file"
	systemd-run --quiet --collect --service-type=exec --unit="$unit" \
		nbdfuse -C 1 --pidfile "$file.pid" "$file" "nbd://$3:$4/$2" || exit
	until [ -s "$file.pid" ]; do
		systemctl --quiet is-active "$unit" || exit
		sleep 0.02
	done
	losetup "$5" "$file"
	;;
esac
EOT
chmod 755 /usr/sbin/nbd-client
echo 'source nbd://localhost/%u' >/etc/pamlease/mount-home.conf
END
}

connections() { h ss -Htn state established 'sport = :10809' </dev/null | wc -l; }
nbd_released() { released && [ "$(connections)" = 0 ]; }
exported() { h debugfs -R "cat $1" /srv/exports/bob </dev/null 2>/dev/null; }

@test "a network block device is connected and disconnected" {
	serve_nbd || skip 'no FUSE'
	run key_login bob 'mountpoint -q ~ && echo kept >~/file && echo in'
	echo "$output"
	[[ $output == *'Connecting to your home ...'*'Checking your home ...'*in ]]
	wait_for 30 nbd_released
	# It is the server that has it.
	[ "$(exported file)" = kept ]
	in_session nbd -N bob@127.0.0.1
	wait_for 10 is_mounted bob
	[ "$(connections)" = 1 ]
	run key_login bob 'cat ~/file; echo more >~/file'
	[ "${lines[-1]}" = kept ]
	[ "$(connections)" = 1 ]
	session_stop nbd
	wait_for 30 nbd_released
	in_session nbd -N bob@127.0.0.1
	wait_for 10 is_mounted bob
	kill_openers
	watchdog
	wait_for 30 nbd_released
	[ "$(exported file)" = more ]
	h grep -qx -- '-N bob localhost 10809 /dev/nbd0' /run/nbd.log </dev/null
	# Never one that is connected, nor while another is.
	[ -z "$(h grep -v '^-c' /run/nbd.log </dev/null | cut -c-2 |
		paste -sd ' ' | sed 's/-N -d *//g')" ]
	h systemctl stop nbd-server </dev/null
	run key_login bob true
	[[ $output == *"Access denied: your home's server does not answer."* ]]
	h bash -c 'echo "source /srv/homes/%u.img" >/etc/pamlease/mount-home.conf
		[ ! -e /run/pamlease-mount-home/1002.nbd ]' </dev/null
}

none_owed() {
	watchdog
	[ -z "$(h ls /run/pamlease/hooks/sessions </dev/null)" ]
}

# bats test_tags=endurance
@test "1,000 sessions, killed at random moments: nothing stays, nothing is lost" {
	h bash -s <<'END'
rm -f /run/said
one() {
	local pid

	setsid su alice -c "echo $1 >>~/lines && sync ~/lines && echo $1" \
		>>/run/said 2>&1 </dev/null &
	pid=$!
	[ $((RANDOM % 4)) -eq 0 ] || {
		sleep "0.$(printf %03d $((RANDOM % 200)))"
		kill -KILL $pid
	}
	wait $pid
}
for ((n = 1; n <= 1000; n += 4)); do
	for ((k = n; k < n + 4; k++)); do one "line-$k" & done
	wait
done 2>/dev/null
END
	wait_for 120 none_owed
	wait_for 30 released
	key_login alice 'cat ~/lines' >"$BATS_TEST_TMPDIR/lines"
	h grep '^line-' /run/said </dev/null | sort >"$BATS_TEST_TMPDIR/said"
	echo "$(wc -l <"$BATS_TEST_TMPDIR/said") of 1000 came to an end" >&3
	[ "$(wc -l <"$BATS_TEST_TMPDIR/said")" -gt 100 ]
	# What was said to be written is there.
	[ -z "$(grep '^line-' "$BATS_TEST_TMPDIR/lines" | sort |
		comm -13 - "$BATS_TEST_TMPDIR/said")" ]
	wait_for 30 released
}
