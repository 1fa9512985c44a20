#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "window.h"

#define ZONEINFO	"/usr/share/zoneinfo/"
#define LINE_SIZE	512

/*
 * Reads what tests/windows.py prints, and looks whether windows open and close
 * here at the same instants.  Says what is different, and at the end how many
 * instants there were.
 */

struct state {
	struct zone zone;
	char list[WINDOW_MAX + 1];
	int64_t last;		/* instant that was read */
	bool open;		/* from there on */
	int instants, bad;
};

static void
bad(struct state *s, const char *what, int64_t t)
{
	s->bad++;
	(void)printf("%s: %s at %" PRId64 "\n", s->list, what, t);
}

static void
read_zone(struct state *s, const char *name)
{
	static unsigned char data[ZONE_FILE_MAX];
	char path[sizeof(ZONEINFO) + LINE_SIZE];
	struct error err;
	size_t len;
	FILE *f;

	(void)snprintf(path, sizeof(path), ZONEINFO "%s", name);
	f = fopen(path, "rbe");
	if (f == NULL) {
		perror(path);
		exit(2);
	}
	len = fread(data, 1, sizeof(data), f);
	(void)fclose(f);
	if (zone_parse(data, len, &s->zone, &err) == -1)
		bad(s, err.text, 0);
}

static void
read_list(struct state *s, const char *line)
{
	struct error err;
	size_t at;
	int open;

	if (sscanf(line, "list %255s %" SCNd64 " %d", s->list, &s->last,
	    &open) != 3)
		bad(s, line, 0);
	s->open = open != 0;
	if (window_check(s->list, &at, &err) == -1)
		bad(s, err.text, 0);
	if (window_open(s->list, &s->zone, s->last) != s->open)
		bad(s, "not so", s->last);
}

/* From the last instant up to t all is the same. */
static void
look_until(struct state *s, int64_t t)
{
	if (window_open(s->list, &s->zone, t - 1) != s->open)
		bad(s, "not so just before", t);
	if (window_change(s->list, &s->zone, s->last) < t)
		bad(s, "changes again after", s->last);
	s->last = t;
}

static void
look_at(struct state *s, int64_t t)
{
	int64_t last = s->last;

	s->instants++;
	look_until(s, t);
	s->open = !s->open;
	if (window_open(s->list, &s->zone, t) != s->open)
		bad(s, "no change", t);
	if (window_change(s->list, &s->zone, last) != t ||
	    window_change(s->list, &s->zone, t - 1) != t)
		bad(s, "not found: the change", t);
}

int
main(void)
{
	struct state s = { .list = "" };
	char line[LINE_SIZE];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "zone ", 5) == 0)
			read_zone(&s, line + 5);
		else if (strncmp(line, "list ", 5) == 0)
			read_list(&s, line);
		else if (strncmp(line, "until ", 6) == 0)
			look_until(&s, strtoll(line + 6, NULL, 10));
		else
			look_at(&s, strtoll(line, NULL, 10));
	}
	(void)printf("%d instants, %d bad\n", s.instants, s.bad);
	return s.bad == 0 ? 0 : 1;
}
