#!/usr/bin/env bats
#
# What docs/comparison.md says of others: whether a key gets in when it is over,
# and what becomes of a session that is open then.

load lib

setup_file() { host_boot; }
teardown_file() { host_stop; }

# A session that is open, which is to outlast what let it in.
# usage: opened NAME SSH-ARGUMENT...
opened() {
	in_session "$@" 'echo in; sleep 1000'
	wait_for 10 session_said "$1" in
}

refused() { ! "$@" >/dev/null 2>&1; }

@test "usermod -e: the next login is refused, the session and its jobs go on" {
	opened stays alice@127.0.0.1
	key_login alice 'nohup sleep 2000 >/dev/null 2>&1 &'
	h usermod -e 2020-01-01 alice
	refused key_login alice true
	refused password_login alice true
	session_alive stays
	h pgrep -u alice -f 'sleep 2000'
}

@test "expiry-time: the key is refused, the password is not, the session goes on" {
	local at

	at=$(h date -d '5 seconds' +%Y%m%d%H%M%S)
	h sed -i "s/^/expiry-time=\"$at\" /" /home/bob/.ssh/authorized_keys
	opened expiry bob@127.0.0.1
	wait_for 15 refused key_login bob true
	session_alive expiry
	[ "$(password_login bob id -un)" = bob ]
}

@test "a certificate: refused when it is over, the session and its master go on" {
	h bash -ec 'cd /root; rm /home/carol/.ssh/authorized_keys
		ssh-keygen -q -t ed25519 -N "" -f ca
		ssh-keygen -q -t ed25519 -N "" -f short
		ssh-keygen -q -s ca -I carol -n carol -V -1m:+6s short.pub
		echo "TrustedUserCAKeys /root/ca.pub" \
			>/etc/ssh/sshd_config.d/ca.conf
		systemctl restart ssh'
	opened cert -i /root/short -M -S /run/master carol@127.0.0.1
	wait_for 15 refused h ssh -o BatchMode=yes -i /root/short \
		carol@127.0.0.1 true </dev/null
	session_alive cert
	[ "$(h ssh -S /run/master carol@127.0.0.1 id -un </dev/null)" = carol ]
	[ "$(password_login carol id -un)" = carol ]
}

# usage: with_line MODULE		in the account stack of sshd
with_line() {
	h sed -i "/pam_nologin/a account required $1" /etc/pam.d/sshd
}

@test "pam_time and pam_access: a key is refused, the session goes on" {
	opened time dave@127.0.0.1
	with_line pam_time.so
	h sh -c 'echo "sshd;*;dave;!Al0000-2400" >>/etc/security/time.conf'
	refused key_login dave true
	h sed -i /pam_time/d /etc/pam.d/sshd
	[ "$(key_login dave id -un)" = dave ]
	with_line pam_access.so
	h sh -c 'echo "-:dave:ALL" >>/etc/security/access.conf'
	refused key_login dave true
	session_alive time
}
