#include <dirent.h>
#include <errno.h>
#include <unistd.h>

#include "../fuzz/fuzz.h"
#include "proc.h"
#include "world.h"

/* The ledger and what else of a login's state is made up. */

DIR	*__real_fdopendir(int fd);
struct dirent	*__real_readdir(DIR *dir);
int	__real_closedir(DIR *dir);
int	__real_dirfd(DIR *dir);
DIR	*__wrap_fdopendir(int fd);
struct dirent	*__wrap_readdir(DIR *dir);
int	__wrap_closedir(DIR *dir);
int	__wrap_dirfd(DIR *dir);
bool	__wrap_proc_alive(pid_t pid, uint64_t start);

/* The one directory that is read: the ledger, or /proc. */
static struct ledger_dir {
	int fd;
	int next;
	struct dirent entry;
} ledger_dir;

/* The name of the peer of that number, and the mark before it, or NULL. */
static const char *
peer_name(int number, size_t *len, char *mark)
{
	const char *p = world.peers;

	if (*p == '\0' || number >= PEERS - PEER)
		return NULL;
	for (; number > 0; number--) {
		p = strchr(p, ',');
		if (p++ == NULL)
			return NULL;
	}
	*mark = '\0';
	if (*p != '\0' && strchr(">!~?", *p) != NULL)
		*mark = *p++;
	*len = strcspn(p, ",");
	*len = *len < LEASE_NAME_MAX ? *len : LEASE_NAME_MAX;
	return p;
}

bool
peer_session(int number, struct session *s, char *mark)
{
	const char *name;
	size_t len;

	memset(s, 0, sizeof(*s));
	name = peer_name(number, &len, mark);
	if (name == NULL)
		return false;
	memcpy(s->user, name, len);
	s->pid = WORLD_FIRST_PID + number;
	s->start = 1;
	s->uid = 5000 + (uid_t)number;
	strcpy(s->service, "sshd");
	strcpy(s->rhost, "10.9.8.7");
	s->by = *mark == '>' ? ADMITTED_ENTERING : *mark == '!' ?
	    ADMITTED_NOT : ADMITTED_POLICY;
	return true;
}

int
world_peers(struct session list[PEERS - PEER])
{
	int number, n = 0;
	char mark;

	for (number = 0; peer_session(number, &list[n], &mark); number++) {
		if (mark == '?' || list[n].user[0] == '\0')
			return -1;
		if (mark == '\0' && ++n == PEERS - PEER)
			break;
	}
	return n;
}

enum file
peer_file(const char *name)
{
	struct session s;

	must(session_name_parse(name, &s) && s.start == 1 && s.number == 0);
	must(s.pid >= WORLD_FIRST_PID && s.pid < WORLD_FIRST_PID + PEERS - PEER);
	return (enum file)(PEER + s.pid - WORLD_FIRST_PID);
}

size_t
peer_content(enum file file, const char **data)
{
	static char text[SESSION_FILE_MAX];
	struct session s;
	ssize_t len;
	char mark;

	must(peer_session((int)file - PEER, &s, &mark));
	len = session_format(&s, text, sizeof(text));
	must(len > 0);
	*data = text;
	return (size_t)len - (mark == '?');
}

DIR *
__wrap_fdopendir(int fd)
{
	if (!run.inside)
		return __real_fdopendir(fd);
	ledger_dir.fd = fd;
	ledger_dir.next = 0;
	return (DIR *)&ledger_dir;
}

struct dirent *
__wrap_readdir(DIR *dir)
{
	struct session s;
	char mark;

	if (!run.inside)
		return __real_readdir(dir);
	if ((faults_of(world_file(ledger_dir.fd)) & READ_FAILS) != 0) {
		errno = EIO;
		return NULL;
	}
	if (world_file(ledger_dir.fd) == PROC)
		return process_name(ledger_dir.next++, ledger_dir.entry.d_name,
		    sizeof(ledger_dir.entry.d_name)) ? &ledger_dir.entry :
		    NULL;
	if (!peer_session(ledger_dir.next, &s, &mark))
		return NULL;
	ledger_dir.next++;
	(void)session_name(ledger_dir.entry.d_name, &s);
	return &ledger_dir.entry;
}

int
__wrap_closedir(DIR *dir)
{
	return run.inside ? close(ledger_dir.fd) : __real_closedir(dir);
}

int
__wrap_dirfd(DIR *dir)
{
	return run.inside ? ledger_dir.fd : __real_dirfd(dir);
}

bool
__wrap_proc_alive(pid_t pid, uint64_t start)
{
	struct session s;
	char mark;

	must(run.inside && start == 1);
	must(peer_session((int)pid - WORLD_FIRST_PID, &s, &mark));
	return mark != '~';
}

struct list
world_groups(void)
{
	static char text[65536];
	struct list list = { .item = text };
	const char *p = world.groups;
	char *to = text;

	for (;;) {
		size_t len = strcspn(p, ",");

		must(len + 1 < sizeof(text) - (size_t)(to - text));
		if (len > 0) {
			memcpy(to, p, len);
			to[len] = '\0';
			to += len + 1;
			list.n++;
		}
		list.end = to;
		if (p[len] == '\0')
			return list;
		p += len + 1;
	}
}

/* RFC 8536, version 2. */
size_t
zone_content(const char **data)
{
#define ZEROS_16	"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define HEAD		"TZif2" ZEROS_16 ZEROS_16 "\0\0\1\0\0\0\4"
#define BODY		"\0\0\x0e\x10\0\0XXX\0"
	static const char zone[] = HEAD BODY HEAD BODY "\nXXX-1\n";

	*data = zone;
	return sizeof(zone) - 1;
}
