#include <string.h>
#include <unistd.h>

#include "file.h"
#include "last_run.h"
#include "paths.h"
#include "record.h"

#define LAST_RUN_VERSION	1
#define LAST_RUN_MAX		256	/* bytes */
#define RESULT_MAX		255

int
last_run_write(int dirfd, const struct last_run *run, struct error *err)
{
	char data[LAST_RUN_MAX];
	struct record r;
	int dir = dir_make_at(dirfd, PATH_WATCHDOG, err), ret;

	if (dir == -1)
		return -1;
	record_init(&r, data, sizeof(data));
	record_number(&r, "version", LAST_RUN_VERSION);
	record_number(&r, "time_us", run->ended / 1000);
	record_number(&r, "result", run->result);
	record_number(&r, "failures", run->failures);
	drafts_sweep(dir);
	ret = file_write(dir, PATH_LAST_RUN, data, r.len, err);
	(void)close(dir);
	return ret;
}

static int
parse(const char *data, size_t len, struct last_run *run, struct error *err)
{
	struct record_reader r = { .p = data, .end = data + len };
	int64_t version, time, result, failures;

	if (!record_take_number(&r, "version", &version) ||
	    version != LAST_RUN_VERSION ||
	    !record_take_number(&r, "time_us", &time) ||
	    time > INT64_MAX / 1000 ||
	    !record_take_number(&r, "result", &result) ||
	    result > RESULT_MAX ||
	    !record_take_number(&r, "failures", &failures) || r.p != r.end)
		return error_set(err, ERROR_BROKEN, "%s/%s/%s: wrong at byte "
		    "%zu", PATH_STATE, PATH_WATCHDOG, PATH_LAST_RUN,
		    (size_t)(r.p - data));
	run->ended = time * 1000;
	run->result = (int)result;
	run->failures = failures;
	return 0;
}

int
last_run_read(int dirfd, struct last_run *run, struct error *err)
{
	char data[LAST_RUN_MAX];
	ssize_t len = -1;
	int dir;

	memset(run, 0, sizeof(*run));
	dir = dir_open_at(dirfd, PATH_WATCHDOG, DIR_PRIVATE, err);
	if (dir != -1) {
		len = file_read(dir, PATH_LAST_RUN, FILE_PRIVATE, data,
		    sizeof(data), err);
		(void)close(dir);
	}
	return len == -1 ? -1 : parse(data, (size_t)len, run, err);
}
