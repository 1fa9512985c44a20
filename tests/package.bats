#!/usr/bin/env bats
#
# The packages as they are built; tests/host/package.bats installs one.

# bats file_tags=plain
load lib

cd "$BATS_TEST_DIRNAME/.." || exit 1

setup_file() { ns_start; }
teardown_file() { ns_stop; }
setup() { ns_setup; }
teardown() { [ -z "${copy:-}" ] || rm -rf "$copy"; }

@test "code, news and packages have the same version" {
	local version

	version=$(sed -n 's/.*PAMLEASE_VERSION\t"\(.*\)"/\1/p' \
		liblease/version.h)
	[ "$(sed -n '/^## /{s/^## //p;q}' NEWS.md)" = "$version" ]
	[ "$(sed -n '1s/^pamlease (\(.*\)) .*/\1/p' \
		packaging/debian/changelog)" = "$version" ]
	[ "$(sed -n 's/^Version: *//p' packaging/pamlease.spec)" = "$version" ]
	[ "$(sed -n 's/^\* .* \(.*\)-1$/\1/p' packaging/pamlease.spec |
		head -n 1)" = "$version" ]
}

@test "the copyright file of the package says what LICENSE says" {
	[ "$(sed 1d LICENSE | xargs -d '\n')" = "$(sed '1,/^License: ISC$/d' \
		packaging/debian/copyright | sed '1,/^License: ISC$/d' |
		sed 's/^ //; s/^\.$//' | xargs -d '\n' | sed 's/^/ /')" ]
	[ "$(sed -n '1s/Copyright (c) //p' LICENSE)" = "$(sed -n \
		's/^Copyright: //p' packaging/debian/copyright)" ]
}

@test "the spec can be read, and rpmlint finds no error" {
	rpmspec -P packaging/pamlease.spec >/dev/null
	run rpmlint packaging/pamlease.spec
	echo "$output"
	[[ $output == *' 0 errors,'* ]]
}

# What the package manager would run, but for systemd's macros.
preun() {
	rpmspec -q --qf '%{PREUN}' packaging/pamlease.spec | grep -v '^%'
}

# usage: remove_rpm HOW-MANY-ARE-LEFT
remove_rpm() { ns sh -c "$(preun)" preun "$1"; }

@test "an RPM is not removed while a stack names the module" {
	ns rm -f /etc/pam.conf
	ns sh -c 'grep -ls pam_lease /etc/pam.d/* | xargs -r sed -i /pam_lease/d'
	remove_rpm 0
	ns sh -c 'echo "account required pam_lease.so" >/etc/pam.d/sshd.rpmsave
		echo "#account required pam_lease.so" >/etc/pam.d/sshd'
	remove_rpm 0
	ns sh -c 'echo "account required pam_lease.so" >>/etc/pam.d/sshd'
	run remove_rpm 0
	[ "$status" -eq 1 ]
	[[ $output == *'/etc/pam.d/sshd:2:account required pam_lease.so'* ]]
	remove_rpm 1
}

# As nobody, where it is root who tests. Only what fails says what it did.
unprivileged() {
	local who=()

	[ "$(id -u)" -ne 0 ] ||
		who=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	env -u MAKEFLAGS -u MFLAGS HOME=/nonexistent "${who[@]}" "$@" \
		>"$copy/log" 2>&1 || { tail -n 30 "$copy/log"; return 1; }
}

# usage: copy_tree DIRECTORY	below $copy
copy_tree() {
	mkdir "$copy/$1"
	tar -c --exclude=./.git --exclude=./build . | tar -x -C "$copy/$1"
	[ "$(id -u)" -ne 0 ] || chown -R 65534:65534 "$copy"
}

# bats test_tags=endurance
@test "two builds give the same bytes, none needs root, lintian finds nothing" {
	local deb n=0

	copy=$(mktemp -d)
	copy_tree one
	copy_tree another
	unprivileged make -s -C "$copy/one" deb
	(umask 077 && unprivileged env TZ=UTC-12 LC_ALL=C.UTF-8 USER=x \
		DEB_BUILD_OPTIONS=parallel=2 make -s -C "$copy/another" deb)
	for deb in "$copy"/one/build/deb/*.deb; do
		cmp "$deb" "$copy/another/build/deb/${deb##*/}"
		n=$((n + 1))
	done
	[ "$n" -eq 2 ]
	unprivileged lintian --pedantic -I --fail-on error,warning \
		"$copy"/one/build/deb/*.changes
}

# rpmbuild refuses files that are missing, or that no list has.
# bats test_tags=endurance
@test "the spec has each file that is installed" {
	local args=() macro

	copy=$(mktemp -d)
	copy_tree pamlease-0.1.0
	tar -C "$copy" -czf "$copy/pamlease-0.1.0.tar.gz" pamlease-0.1.0
	# What Debian's rpm does not know, without debuginfo, which is its own.
	for macro in "_topdir $copy/rpm" "_sourcedir $copy" 'debug_package %{nil}' \
		'_unitdir /usr/lib/systemd/system' \
		'_userunitdir /usr/lib/systemd/user' \
		'_tmpfilesdir /usr/lib/tmpfiles.d' \
		'_journalcatalogdir /usr/lib/systemd/catalog'; do
		args+=(--define "$macro")
	done
	unprivileged rpmbuild -bb --nodeps "${args[@]}" \
		"$copy/pamlease-0.1.0/packaging/pamlease.spec"
	[ -n "$(find "$copy/rpm" -name 'pamlease-0.1.0-1*.rpm')" ]
}
