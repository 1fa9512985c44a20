#include "fuzz.h"
#include "session.h"

#define OPENED_MAX	INT64_C(999999999999999999)

static bool
same(const struct session *a, const struct session *b)
{
	return strcmp(a->user, b->user) == 0 && a->uid == b->uid &&
	    strcmp(a->service, b->service) == 0 &&
	    strcmp(a->tty, b->tty) == 0 && strcmp(a->rhost, b->rhost) == 0 &&
	    a->by == b->by && a->opened == b->opened &&
	    a->opened_boot == b->opened_boot;
}

/* Each session fits into an entry, and is read back. */
static void
there_and_back(const struct session *s)
{
	char data[SESSION_FILE_MAX];
	struct session again = { 0 };
	ssize_t len = session_format(s, data, sizeof(data));
	struct error err;

	must(len > 0);
	must(session_parse(data, (size_t)len, &again, &err) == 0);
	must(same(s, &again));
	/* Cut off anywhere it is none. */
	len = (s->opened ^ s->uid) % len;
	must(session_parse(data, (size_t)len, &again, &err) == -1);
}

static void
any(struct input *in)
{
	struct session s = { 0 };

	take_string(in, s.user, sizeof(s.user));
	take_string(in, s.service, sizeof(s.service));
	take_string(in, s.tty, sizeof(s.tty));
	take_string(in, s.rhost, sizeof(s.rhost));
	s.uid = (uid_t)take_number(in, UINT32_MAX - 1);
	s.by = (enum admitted)take_number(in, ADMITTED_ENTERING);
	s.opened = take_number(in, OPENED_MAX);
	s.opened_boot = take_number(in, OPENED_MAX);
	if (s.user[0] != '\0')
		there_and_back(&s);
}

static void
name(const char *file)
{
	char again[SESSION_NAME_MAX];
	struct session s;

	if (!session_name_parse(file, &s)) {
		must(s.pid == 0 && s.start == 0 && s.number == 0);
		return;
	}
	must(s.pid > 0 && s.number <= SESSION_SAME_MAX);
	must(strcmp(session_name(again, &s), file) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct session s = { 0 };
	struct error err;
	char *file;

	if (session_parse((const char *)data, size, &s, &err) == 0) {
		must(s.user[0] != '\0' && s.uid != (uid_t)-1);
		must(s.opened >= 0 && s.opened_boot >= 0);
		must(s.by <= ADMITTED_ENTERING);
		there_and_back(&s);
	} else
		must(err.code == ERROR_BROKEN && is_line(err.text));
	any(&in);
	in = (struct input){ data, size };
	file = take_rest(&in);
	name(file);
	free(file);
	return 0;
}
