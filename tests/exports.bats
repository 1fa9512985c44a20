#!/usr/bin/env bats
#
# What the linked files export, need and import, and how they are hardened.

# bats file_tags=plain
bats_require_minimum_version 1.5.0

BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$BATS_TEST_DIRNAME/../$BUILD ;; esac
MODULE=$BUILD/pam_lease.so
PROGRAMS=("$BUILD/pamlease" "$BUILD/pamlease-watchdog" "$BUILD/pamlease-answer"
	"$BUILD/pamlease-live" "$BUILD/pamlease-desk" "$BUILD/pamlease-status"
	"$BUILD/pamlease-note")

# Functions that a module must not call: they belong to the application that
# it runs in, follow the environment, or were made for less hostile input.
FORBIDDEN='getenv secure_getenv setenv putenv unsetenv clearenv
	system popen fork vfork execl execlp execle execv execvp execvpe execve
	posix_spawn posix_spawnp
	setlocale localtime localtime_r tzset mktime strftime
	signal sigaction sigprocmask pthread_sigmask alarm setitimer ualarm
	sleep umask chdir fchdir chroot setrlimit
	exit _exit _Exit abort atexit err errx verr verrx warn warnx
	printf vprintf puts putchar perror fputs fopen freopen tmpfile
	sprintf vsprintf strcpy strcat gets strtok alloca
	getpwnam getpwuid getgrnam getutent getutxent getlogin
	gethostbyname gethostbyname2 gethostbyaddr getaddrinfo getnameinfo
	dlopen dlsym openlog syslog closelog pthread_create'

imports() {
	nm -D --undefined-only "$1" | awk '{ sub(/@.*/, "", $2); print $2 }'
}

@test "the module exports the six functions of a PAM module, and no more" {
	diff - <(nm -D --defined-only "$MODULE" | awk '{ print $3 }' | sort) <<'END'
pam_sm_acct_mgmt
pam_sm_authenticate
pam_sm_chauthtok
pam_sm_close_session
pam_sm_open_session
pam_sm_setcred
END
}

@test "the module needs libpam and libc, and no more" {
	readelf -dW "$MODULE" | grep NEEDED
	# Called libc.musl-ARCH.so.1 where libc is musl.
	diff - <(readelf -dW "$MODULE" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
		sed 's/^libc\.musl-.*/libc.so.6/' | sort) <<'END'
libc.so.6
libpam.so.0
END
}

@test "the module calls nothing that is not for a module" {
	local name bad=0
	imports "$MODULE" | grep -qx openat
	for name in $FORBIDDEN; do
		if imports "$MODULE" | grep -Ex "(__)?$name(_chk)?(64)?"; then
			bad=1
		fi
	done
	[ "$bad" -eq 0 ]
}

# All that it calls, so that nothing more is called by accident. What compiler
# and C library put in the place of a function is not told from it.
@test "the module calls what is listed here, and nothing else" {
	diff <(imports "$MODULE" | sed 's/^__\(.*\)_chk$/\1/' | sort -u |
		grep -vxE '_ITM_.*TMCloneTable|__cxa_finalize|__gmon_start__|'`
			`'__stack_chk_fail|bcmp|mem(cmp|cpy|move|set)') - <<'END'
__errno_location
__isoc99_sscanf
access
calloc
clock_gettime
close
closedir
dirfd
dup2
faccessat
fchmod
fcntl
fdopendir
flock
free
fsetxattr
fstat
fstatat
fstatfs
fsync
geteuid
getgrgid_r
getgrnam_r
getgrouplist
getpid
getpriority
getpwnam_r
getpwuid_r
getrandom
inet_ntop
inet_pton
kill
lseek
malloc
memchr
memmem
memrchr
mkdirat
open
openat
pam_get_data
pam_get_item
pam_modutil_audit_write
pam_prompt
pam_set_data
pam_syslog
pipe2
poll
pread
qsort
read
readdir
realloc
reallocarray
renameat
renameat2
setsid
snprintf
strchr
strcmp
strcspn
strdup
strerror
strlen
strncasecmp
strncmp
strnlen
strpbrk
strspn
strtol
strtoull
syscall
unlinkat
vsnprintf
waitid
write
END
}

@test "no text relocations, no search paths, bound and read-only at start" {
	local file
	for file in "$MODULE" "${PROGRAMS[@]}"; do
		echo "$file"
		run -0 readelf -dlW "$file"
		[[ $output != *RPATH* && $output != *RUNPATH* ]]
		[[ $output != *TEXTREL* ]]
		[[ $output == *BIND_NOW* || $output == *' NOW'* ]]
		[[ $output == *GNU_RELRO* ]]
		[[ $output =~ GNU_STACK[^$'\n']*\ RW\ +0x ]]
		# Nothing is both writable and executable.
		run ! grep -E '^ *(LOAD|GNU_STACK).* R?WE ' <<<"$output"
	done
}

@test "the programs are position-independent" {
	local file
	for file in "${PROGRAMS[@]}"; do
		echo "$file"
		run -0 readelf -hdW "$file"
		[[ $output =~ Type:\ +DYN ]]
		[[ $output =~ FLAGS_1.*PIE ]]
	done
}

@test "stacks are guarded, and what is written to them is measured" {
	local file
	for file in "$MODULE" "${PROGRAMS[@]}"; do
		echo "$file"
		imports "$file" | grep -x __stack_chk_fail
		imports "$file" | grep -xE "__v?snprintf_chk"
	done
}

# Debug information names source files, and no place where they were built.
@test "builds in two directories give the same bytes" {
	local dir file

	for dir in one another/longer; do
		mkdir -p "$BATS_TEST_TMPDIR/$dir"
		tar -C "$BATS_TEST_DIRNAME/.." -c --exclude=./.git \
			--exclude=./build . |
			tar -C "$BATS_TEST_TMPDIR/$dir" -x
		env -u MAKEFLAGS -u MFLAGS make -s -C "$BATS_TEST_TMPDIR/$dir" \
			-j2 BUILD=build
	done
	for file in pam_lease.so pamlease pamlease-watchdog pamlease-answer \
		pamlease-live pamlease-desk pamlease-status pamlease-note; do
		cmp "$BATS_TEST_TMPDIR"/{one,another/longer}/build/"$file"
	done
}

# Of 10; without any setting it is 9.6.
@test "no unit is exposed to more than 1.5, nor two of them to more than 1.7" {
	local unit copy most bad=0

	[ -n "$(command -v systemd-analyze)" ] || skip 'no systemd here'
	for unit in "$BATS_TEST_DIRNAME"/../systemd/*.service; do
		# The administrator's programs mount, and do whatever else.
		[[ $unit != */pamlease-@(close@|present).service ]] || continue
		copy=$BATS_TEST_TMPDIR/${unit##*/}
		# It kills, warns on terminals and writes to the audit trail.
		most=15
		[[ $unit != */pamlease-watchdog.service ]] || most=16
		# Nothing may keep it from giving a stack back: it may chown.
		[[ $unit != */pamlease-setup-undo.service ]] || most=17
		sed 's|@libexecdir@|/usr/libexec|; s|@sbindir@|/usr/sbin|' "$unit" >"$copy"
		systemd-analyze security --no-pager --offline=true \
			--threshold="$most" "$copy" >"$copy.said" || bad=1
		tail -n 1 "$copy.said"
	done
	[ "$bad" -eq 0 ]
}

# A module that is not there for a moment locks everybody out.
# bats test_tags=build
@test "installing puts every file in place by a rename" {
	local dir=$BATS_TEST_TMPDIR/dest plan

	plan=$(make -n -C "$BATS_TEST_DIRNAME/.." BUILD="$BUILD" \
		DESTDIR="$dir" install)
	[[ $plan == *"/pam_lease.so.new $dir"*/pam_lease.so ]] ||
		[[ $plan == *"/pam_lease.so.new $dir"*/pam_lease.so$'\n'* ]]
	# Whatever writes there writes to another name first.
	! grep -F " $dir" <<<"$plan" |
		grep -vE '^umask 022 && install .*\.new$|^mv -f .*\.new '
}

# The policy below /etc is the administrator's: what is installed is a sample.
# bats test_tags=build
@test "installing and uninstalling leave the policy alone" {
	local dir=$BATS_TEST_TMPDIR/dest root=$BATS_TEST_DIRNAME/.. stack

	mkdir -p "$dir/etc/pamlease"
	echo 'max 1h' >"$dir/etc/pamlease/policy.conf"
	make -s -C "$root" BUILD="$BUILD" DESTDIR="$dir" prefix=/usr install
	cmp "$root/docs/examples/policy.conf" \
		"$dir/usr/share/doc/pamlease/examples/policy.conf"
	[ "$(find "$dir/etc" -type f | sort)" = "$dir/etc/logrotate.d/pamlease
$dir/etc/pamlease/policy.conf" ]
	# Not while a stack names the module, wherever libpam looks for those.
	mkdir -p "$dir/etc/pam.d" "$dir/usr/lib/pam.d"
	for stack in etc/pam.conf etc/pam.d/sshd usr/lib/pam.d/sshd; do
		echo '-account required pam_lease.so' >"$dir/$stack"
		run ! make -s -C "$root" BUILD="$BUILD" DESTDIR="$dir" \
			prefix=/usr uninstall
		[[ ${lines[0]} == "$dir/$stack" ]]
		[ -x "$dir/usr/sbin/pamlease" ]
		rm "$dir/$stack"
	done
	make -s -C "$root" BUILD="$BUILD" DESTDIR="$dir" prefix=/usr uninstall
	[ "$(find "$dir" ! -type d)" = "$dir/etc/pamlease/policy.conf" ]
	[ "$(<"$dir/etc/pamlease/policy.conf")" = 'max 1h' ]
	[ ! -e "$dir/usr/share/doc/pamlease" ]
}
