#include "fuzz.h"
#include "proc.h"

/* The bytes as they are: nothing of them is believed. */
static void
raw(const char *data, size_t size)
{
	char id[PROC_SESSION_MAX], line[160];
	char tty[PROC_TTY_MAX], command[PROC_COMMAND_MAX];
	static const struct proc_status none;
	struct proc_status ps;
	uint64_t start;
	uid_t uid = 1000;

	if (!proc_parse_start(data, size, &start))
		must(start == 0);
	if (!proc_parse_status(data, size, &ps))
		must(memcmp(&ps, &none, sizeof(ps)) == 0);
	if (!proc_parse_command(data, size, tty, command))
		must(tty[0] == '\0' && command[0] == '\0');
	must(strlen(tty) < sizeof(tty) && strlen(command) < sizeof(command));
	must(!proc_parse_managed(data, size, uid) || memmem(data, size,
	    "/user@1000.service", 18) != NULL);
	if (!proc_parse_session(data, size, uid, id)) {
		must(id[0] == '\0');
		return;
	}
	must(strlen(id) < sizeof(id) && strspn(id, "0123456789abcdefghijklmn"
	    "opqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(id));
	(void)snprintf(line, sizeof(line), ":/user.slice/user-%u.slice/"
	    "session-%s.scope", (unsigned int)uid, id);
	must(id[0] != '\0' && memmem(data, size, line, strlen(line)) != NULL);
}

/*
 * What the kernel writes, with a command of the user's choice in it.  It
 * escapes a newline in "status", but not in "stat".
 */
static void
kernel(struct input *in)
{
	char comm[16], line[16], text[512];
	uint64_t start, found;
	uint32_t id[4];
	int32_t parent = (int32_t)take_number(in, INT32_MAX);
	bool zombie = take_number(in, 1) != 0;
	struct proc_status ps;
	size_t i;

	take(in, &start, sizeof(start));
	take(in, id, sizeof(id));
	take_string(in, comm, sizeof(comm));
	memcpy(line, comm, sizeof(comm));
	for (i = 0; i < sizeof(comm); i++)
		if (line[i] == '\n')
			line[i] = '_';
	(void)snprintf(text, sizeof(text), "7 (%s) %c %d 7 7 0 -1 4194304 99 0 "
	    "0 0 0 0 0 0 20 0 1 0 %llu 8 1 18446744073709551615 0\n", comm,
	    zombie ? 'Z' : 'S', parent, (unsigned long long)start);
	must(proc_parse_start(text, strlen(text), &found) && found == start);
	(void)snprintf(text, sizeof(text), "Name:\t%s\nUmask:\t0022\n"
	    "State:\t%s\nTgid:\t7\nPid:\t7\nPPid:\t%d\nTracerPid:\t0\n"
	    "Uid:\t%u\t%u\t%u\t%u\nGid:\t0\t0\t0\t0\nThreads:\t1\n", line,
	    zombie ? "Z (zombie)" : "S (sleeping)", parent, id[0], id[1],
	    id[2], id[3]);
	must(proc_parse_status(text, strlen(text), &ps));
	must(ps.parent == parent && ps.zombie == zombie && ps.real == id[0] &&
	    ps.effective == id[1] && ps.saved == id[2]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	raw((const char *)data, size);
	kernel(&in);
	return 0;
}
