#include <stdio.h>
#include <string.h>

#include "text.h"
#include "window_days.h"
#include "window_item.h"
#include "window_list.h"

#define QUOTED_MAX	80	/* of what was typed, in an error's text */

/* Days that stand alone before an item with times: are they whole? */
struct whole {
	const char *at;		/* the first of them, or NULL */
	unsigned int days;
	bool negated;
};

static int
refuse(struct error *err, const char *item, const char *end, const char *why,
    const char *meant)
{
	char quoted[QUOTED_MAX];

	return error_set(err, ERROR_INVALID, "invalid time window '%s': %s%s%s",
	    text_escape(quoted, sizeof(quoted), item, (size_t)(end - item)),
	    why, meant == NULL ? "" : "; write ", meant == NULL ? "" : meant);
}

static int
refuse_item(struct error *err, const char *item, const char *end,
    const struct window_reading *r)
{
	char meant[WINDOW_ITEM_TEXT_MAX];

	return refuse(err, item, end, r->why,
	    r->lost ? NULL : window_item_text(meant, r));
}

/* Mo,We0900-1700 */
static int
refuse_whole(struct error *err, const struct whole *whole, const char *end,
    const struct window_reading *r)
{
	const char *not = whole->negated ? "!" : "";
	char days[WINDOW_DAYS_TEXT_MAX], item[WINDOW_ITEM_TEXT_MAX];
	char both[WINDOW_ITEM_TEXT_MAX], meant[3 * WINDOW_ITEM_TEXT_MAX];
	struct window_reading all = *r;

	all.item.days |= whole->days;
	all.range = false;
	(void)snprintf(meant, sizeof(meant), "%s, or %s%s0000-2400,%s",
	    window_item_text(both, &all), not,
	    window_days_text(days, whole->days), window_item_text(item, r));
	return refuse(err, whole->at, end,
	    "it is not clear if the times are for all these days", meant);
}

/* Keeps count of the days; false when r makes them ambiguous. */
static bool
count_whole(struct whole *whole, const char *at,
    const struct window_reading *r)
{
	bool same = whole->at != NULL && whole->negated == r->item.negated;

	if (r->item.dated || r->times != 0 || !r->named) {
		if (same && !r->item.dated && r->times != 0)
			return false;
		whole->at = NULL;
		return true;
	}
	if (!same) {
		whole->at = at;
		whole->days = 0;
		whole->negated = r->item.negated;
	}
	whole->days |= r->item.days;
	return true;
}

int
window_list_parse(const char *list, struct window_list *w, size_t *at,
    struct error *err)
{
	struct window_reading read[2], *r, *before = NULL;
	const char *p = list, *end, *list_end;
	struct whole whole = { .at = NULL };

	error_clear(err);
	w->n = 0;
	*at = WINDOW_MAX;
	list_end = list + strnlen(list, WINDOW_MAX + 1);
	if (list_end - list > WINDOW_MAX)
		return error_set(err, ERROR_INVALID,
		    "time windows of more than %d bytes", WINDOW_MAX);
	for (;; p = end + 1, before = r) {
		end = memchr(p, ',', (size_t)(list_end - p));
		if (end == NULL)
			end = list_end;
		*at = (size_t)(p - list);
		if (w->n == WINDOW_ITEMS_MAX)
			return error_set(err, ERROR_INVALID,
			    "more than %d time windows", WINDOW_ITEMS_MAX);
		r = &read[w->n % 2];
		window_item_read(p, end, before, r);
		if (r->why != NULL) {
			*at = (size_t)(r->at - list);
			return refuse_item(err, p, end, r);
		}
		if (!count_whole(&whole, p, r)) {
			*at = (size_t)(whole.at - list);
			return refuse_whole(err, &whole, end, r);
		}
		w->item[w->n++] = r->item;
		if (end == list_end)
			break;
	}
	*at = 0;
	return 0;
}
