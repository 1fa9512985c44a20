#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proc.h"

#define PROC_FILE_MAX	4096	/* bytes read of a file in /proc/PID */
#define STAT_TTY	5	/* fields from the ')' to tty_nr, */
#define STAT_THREADS	18	/* to num_threads, */
#define STAT_START	20	/* and to starttime */

static bool
parse_number(const char **p, const char *end, uint64_t max, uint64_t *value)
{
	const char *s = *p;
	uint64_t n = 0;

	*value = 0;
	if (s == end || *s < '0' || *s > '9')
		return false;
	for (; s < end && *s >= '0' && *s <= '9'; s++) {
		uint64_t digit = (uint64_t)(*s - '0');

		if (n > (max - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*p = s;
	*value = n;
	return true;
}

/* Where the field begins that is so many behind the command, or NULL. */
static const char *
stat_field(const char *stat, size_t len, int n)
{
	const char *end = stat + len, *p = memrchr(stat, ')', len);
	int field = 0;

	if (p == NULL)
		return NULL;
	for (p++; p < end && field < n; p++)
		if (*p == ' ')
			field++;
	return field == n ? p : NULL;
}

bool
proc_parse_start(const char *stat, size_t len, uint64_t *start)
{
	const char *p = stat_field(stat, len, STAT_START);

	*start = 0;
	return p != NULL && parse_number(&p, stat + len, UINT64_MAX, start);
}

/* A device number of field 7, as proc(5) has it. */
static void
name_terminal(uint64_t number, char tty[PROC_TTY_MAX])
{
	const unsigned int major = number >> 8 & 0xfff;
	const unsigned int minor = (number & 0xff) | (number >> 12 & 0xfff00);

	tty[0] = '\0';
	if (major >= 136 && major <= 143)
		(void)snprintf(tty, PROC_TTY_MAX, "pts/%u",
		    (major - 136) * 256 + minor);
	else if (major == 4)
		(void)snprintf(tty, PROC_TTY_MAX, minor < 64 ? "tty%u" :
		    "ttyS%u", minor < 64 ? minor : minor - 64);
}

bool
proc_parse_command(const char *stat, size_t len, char tty[PROC_TTY_MAX],
    char command[PROC_COMMAND_MAX])
{
	const char *p = stat_field(stat, len, STAT_TTY), *end, *name = NULL;
	uint64_t number;
	size_t n;

	tty[0] = command[0] = '\0';
	end = memrchr(stat, ')', len);
	if (end != NULL)
		name = memchr(stat, '(', (size_t)(end - stat));
	if (p == NULL || name == NULL ||
	    !parse_number(&p, stat + len, UINT32_MAX, &number))
		return false;
	name_terminal(number, tty);
	n = (size_t)(end - ++name);
	n = n < PROC_COMMAND_MAX ? n : PROC_COMMAND_MAX - 1;
	memcpy(command, name, n);
	command[n] = '\0';
	return true;
}

/* What is behind "KEY:" and blanks at the start of a line. */
static const char *
find_line(const char *status, const char *end, const char *key)
{
	size_t n = strlen(key);
	const char *p = status;

	while (p != NULL && (size_t)(end - p) > n) {
		if (memcmp(p, key, n) == 0) {
			for (p += n; p < end && (*p == '\t' || *p == ' '); p++)
				;
			return p < end ? p : NULL;
		}
		p = memchr(p, '\n', (size_t)(end - p));
		p = p != NULL ? p + 1 : NULL;
	}
	return NULL;
}

/* Its first thread may leave, and others run on: then it is no zombie yet. */
static bool
is_zombie(const char *status, const char *end, char state)
{
	const char *p = find_line(status, end, "Threads:");
	uint64_t threads;

	return (state == 'Z' || state == 'X') && (p == NULL ||
	    !parse_number(&p, end, INT32_MAX, &threads) || threads <= 1);
}

bool
proc_parse_status(const char *status, size_t len, struct proc_status *ps)
{
	const char *end = status + len;
	const char *p = find_line(status, end, "State:");
	uint64_t ids[3], parent;
	bool zombie;
	size_t i;

	memset(ps, 0, sizeof(*ps));
	if (p == NULL)
		return false;
	zombie = is_zombie(status, end, *p);
	p = find_line(status, end, "PPid:");
	if (p == NULL || !parse_number(&p, end, INT32_MAX, &parent))
		return false;
	p = find_line(status, end, "Uid:");
	if (p == NULL)
		return false;
	for (i = 0; i < 3; i++) {
		if (!parse_number(&p, end, UINT32_MAX, &ids[i]) || p == end)
			return false;
		p++;
	}
	ps->zombie = zombie;
	ps->parent = (pid_t)parent;
	ps->real = (uid_t)ids[0];
	ps->effective = (uid_t)ids[1];
	ps->saved = (uid_t)ids[2];
	return true;
}

/* What is behind such a path, or NULL. */
static const char *
behind(const char *cgroup, size_t len, const char *path)
{
	const char *p = memmem(cgroup, len, path, strlen(path)), *line;

	if (p == NULL)
		return NULL;
	/* Only from the root: below their own service users name cgroups. */
	line = memrchr(cgroup, '\n', (size_t)(p - cgroup));
	line = line != NULL ? line : cgroup;
	if (memchr(line, '/', (size_t)(p - line)) != NULL)
		return NULL;
	return p + strlen(path);
}

bool
proc_parse_session(const char *cgroup, size_t len, uid_t uid,
    char id[PROC_SESSION_MAX])
{
	const char *p, *end = cgroup + len;
	char path[64];
	size_t n = 0;

	(void)snprintf(path, sizeof(path),
	    ":/user.slice/user-%u.slice/session-", (unsigned int)uid);
	id[0] = '\0';
	p = behind(cgroup, len, path);
	if (p == NULL)
		return false;
	for (; p < end && n + 1 < PROC_SESSION_MAX &&
	    ((*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') ||
	    (*p >= 'A' && *p <= 'Z')); p++)
		id[n++] = *p;
	id[n] = '\0';
	if (n == 0 || end - p < 6 || memcmp(p, ".scope", 6) != 0) {
		id[0] = '\0';
		return false;
	}
	return true;
}

bool
proc_parse_managed(const char *cgroup, size_t len, uid_t uid)
{
	char path[64];
	const char *p;

	(void)snprintf(path, sizeof(path),
	    ":/user.slice/user-%u.slice/user@%u.service", (unsigned int)uid,
	    (unsigned int)uid);
	p = behind(cgroup, len, path);
	return p != NULL && (p == cgroup + len || *p == '/' || *p == '\n');
}

/* Length, or -1 with errno: ENOENT or ESRCH when there is no such process. */
static ssize_t
read_file(pid_t pid, const char *name, char data[PROC_FILE_MAX])
{
	char path[64];
	int fd, saved_errno;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1)
		return -1;
	do
		n = read(fd, data, PROC_FILE_MAX);
	while (n == -1 && errno == EINTR);
	saved_errno = errno;
	(void)close(fd);
	errno = saved_errno;
	return n;
}

bool
proc_start(pid_t pid, uint64_t *start)
{
	char data[PROC_FILE_MAX];
	ssize_t n = read_file(pid, "stat", data);

	*start = 0;
	if (n == -1)
		return false;
	errno = EIO;
	return proc_parse_start(data, (size_t)n, start);
}

bool
proc_command(pid_t pid, char tty[PROC_TTY_MAX], char command[PROC_COMMAND_MAX])
{
	char data[PROC_FILE_MAX];
	ssize_t n = read_file(pid, "stat", data);

	tty[0] = command[0] = '\0';
	return n != -1 && proc_parse_command(data, (size_t)n, tty, command);
}

static bool
has_threads(pid_t pid, char data[PROC_FILE_MAX])
{
	ssize_t n = read_file(pid, "stat", data);
	const char *p = n == -1 ? NULL :
	    stat_field(data, (size_t)n, STAT_THREADS);
	uint64_t threads;

	return p != NULL && parse_number(&p, data + n, INT32_MAX, &threads) &&
	    threads > 1;
}

bool
proc_status(pid_t pid, struct proc_status *ps)
{
	char data[PROC_FILE_MAX];
	ssize_t n = read_file(pid, "status", data);

	memset(ps, 0, sizeof(*ps));
	if (n == -1)
		return false;
	errno = EIO;
	if (!proc_parse_status(data, (size_t)n, ps))
		return false;
	/* Who has many groups could push "Threads:" out of what was read. */
	if (ps->zombie && n == PROC_FILE_MAX)
		ps->zombie = !has_threads(pid, data);
	return true;
}

bool
proc_gone(void)
{
	return errno == ENOENT || errno == ESRCH;
}

bool
proc_session(pid_t pid, uid_t uid, char id[PROC_SESSION_MAX])
{
	char data[PROC_FILE_MAX];
	ssize_t n = read_file(pid, "cgroup", data);

	id[0] = '\0';
	return n != -1 && proc_parse_session(data, (size_t)n, uid, id);
}

bool
proc_managed(pid_t pid, uid_t uid)
{
	char data[PROC_FILE_MAX];
	ssize_t n = read_file(pid, "cgroup", data);

	return n != -1 && proc_parse_managed(data, (size_t)n, uid);
}

bool
proc_alive(pid_t pid, uint64_t start)
{
	struct proc_status ps;
	uint64_t found;

	if (!proc_start(pid, &found))
		return !proc_gone();
	if (found != start)
		return false;
	return proc_status(pid, &ps) ? !ps.zombie : !proc_gone();
}
