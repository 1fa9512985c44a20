#include <sys/resource.h>

#include <errno.h>

#include "../fuzz/fuzz.h"
#include "proc.h"
#include "world.h"

/* Who is there is made up too. */

int	__real_getpriority(__priority_which_t which, id_t who);
int	__wrap_getpriority(__priority_which_t which, id_t who);
bool	__wrap_proc_start(pid_t pid, uint64_t *start);
bool	__wrap_proc_status(pid_t pid, struct proc_status *ps);
bool	__wrap_proc_managed(pid_t pid, uid_t uid);

/* No errors but that there is none: -1 is a priority as well. */
int
__wrap_getpriority(__priority_which_t which, id_t who)
{
	if (!run.inside)
		return __real_getpriority(which, who);
	must(which == PRIO_USER && who == world_uid() && errno == 0);
	if (world.processes[0] == '\0')
		errno = ESRCH;
	return -1;
}

/* Only the first process is asked for: without it the rest may be hidden. */
bool
__wrap_proc_start(pid_t pid, uint64_t *start)
{
	must(run.inside && pid == 1);
	*start = 1;
	if (!has(world.processes, 'h'))
		return true;
	errno = ENOENT;
	return false;
}

/* What /proc has besides is there too, and first. */
bool
process_name(int number, char *name, size_t size)
{
	static const char *const others[] = { ".", "self", "1" };

	if (number < 3) {
		(void)snprintf(name, size, "%s", others[number]);
		return true;
	}
	number -= 3;
	if ((size_t)number >= strlen(world.processes))
		return false;
	(void)snprintf(name, size, "%d", WORLD_FIRST_PROCESS + number);
	return true;
}

static char
letter_of(pid_t pid)
{
	size_t number = (size_t)(pid - WORLD_FIRST_PROCESS);

	must(run.inside && number < strlen(world.processes));
	return world.processes[number];
}

bool
__wrap_proc_status(pid_t pid, struct proc_status *ps)
{
	char letter = letter_of(pid);

	memset(ps, 0, sizeof(*ps));
	if (letter == 'g' || letter == 'u') {
		errno = letter == 'g' ? ESRCH : EIO;
		return false;
	}
	ps->real = world_uid() ^ (letter == 'o');
	ps->zombie = letter == 'z';
	ps->parent = letter == 'r' ? WORLD_FIRST_PID : 1;
	return true;
}

bool
__wrap_proc_managed(pid_t pid, uid_t uid)
{
	must(uid == (world_uid() ^ (letter_of(pid) == 'o')));
	return letter_of(pid) == 'm';
}
