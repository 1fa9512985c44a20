#!/bin/bash
#
# setup.sh - make a freshly booted test host ready; runs in it as root.
#
# usage: setup.sh [STEP...]       without one: all of them, in this order
#
#   users     alice bob carol dave (1001 to 1004, password pw-NAME), and a key
#             of root's, /root/.ssh/id, that logs in as each of them
#   install   what is in /mnt/dest: the tree of `make install', its units, its
#             modes; or a package for Debian
#   pam       the lines of pam_lease.so in the stacks of sshd, login and su

set -eu

DEST=/mnt/dest

die() { echo "setup.sh: $*" >&2; exit 1; }

add_user() {
	local name=$1 uid=$2
	useradd --create-home --user-group --uid "$uid" --shell /bin/bash \
		"$name"
	install -d -m 700 -o "$name" -g "$name" "/home/$name/.ssh"
	install -m 600 -o "$name" -g "$name" /root/.ssh/id.pub \
		"/home/$name/.ssh/authorized_keys"
	echo "$name:pw-$name" | chpasswd --crypt-method SHA256
}

users() {
	local name uid=1000

	install -d -m 700 /root/.ssh
	ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id
	printf 'IdentityFile /root/.ssh/id\n' >/root/.ssh/config
	# Known beforehand, so that ssh asks nothing.
	printf '127.0.0.1 %s\n' "$(cat /etc/ssh/ssh_host_ed25519_key.pub)" \
		>/etc/ssh/ssh_known_hosts
	for name in alice bob carol dave; do
		uid=$((uid + 1))
		add_user "$name" "$uid"
	done
}

# As the administrator's package manager would, by hand. Not cp: it can't copy
# a directory lib over the link that Debian's /lib is.
install_tree() {
	local unit

	[ -d "$DEST" ] || die "$DEST is missing: bind the installed tree there"
	[ -n "$(find "$DEST" -name pam_lease.so -print -quit)" ] ||
		die "no pam_lease.so in $DEST: was it installed?"
	tar -C "$DEST" -cf - . | tar -C / -xpf - --no-same-owner \
		--no-overwrite-dir --keep-directory-symlink
	systemctl daemon-reload
	systemd-tmpfiles --create
	for unit in pamlease-watchdog.timer pamlease-watchdog.path; do
		has_unit "$unit" || continue
		systemctl --quiet enable --now "$unit"
	done
	! has_unit pamlease-restore.service ||
		systemctl --quiet enable pamlease-restore.service
}

install_package() {
	DEBIAN_FRONTEND=noninteractive dpkg -i "$DEST"/*.deb
}

has_unit() { systemctl cat "$1" >/dev/null 2>&1; }

# Each line goes where the manual says: auth after the password was checked,
# account before what lets in who has to change the password,
# session before pam_systemd can make a session that is to be refused.
edit_stack() {
	local file=/etc/pam.d/$1

	! grep -q pam_lease.so "$file" || return 0
	sed -i -e '/^@include common-auth$/a auth required pam_lease.so' \
	    -e '/^@include common-account$/i account required pam_lease.so' \
	    -e '/^@include common-session$/i session requisite pam_lease.so' \
	    "$file"
	[ "$(grep -c pam_lease.so "$file")" = 3 ] ||
		die "$file is not the file that Debian ships"
}

pam() {
	local service

	[ -n "$(find /lib/*/security /lib/security -name pam_lease.so \
	    2>/dev/null)" ] ||
		die "pam_lease.so is not where PAM looks for modules"
	for service in sshd login su; do
		edit_stack "$service"
	done
}

[ $# -gt 0 ] || set -- users install pam
for step; do
	case $step in
	users) users ;;
	install)
		if compgen -G "$DEST/*.deb" >/dev/null; then
			install_package
		else
			install_tree
		fi
		;;
	pam) pam ;;
	*) die "no such step: $step" ;;
	esac
done
