#include <pwd.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/types.h>

/*
 * To be preloaded into ssh, which logs in under the name of its own user when
 * it is given none, and checks only what it is given: so that any bytes at all
 * get to sshd as a name.
 */
struct passwd *
getpwuid(uid_t uid)
{
	static char empty[] = "", dir[] = "/root", shell[] = "/bin/sh";
	static struct passwd pw;

	pw.pw_name = getenv("RAW_NAME");
	pw.pw_passwd = pw.pw_gecos = empty;
	pw.pw_uid = uid;
	pw.pw_dir = dir;
	pw.pw_shell = shell;
	return pw.pw_name == NULL ? NULL : &pw;
}
