#include <security/_pam_types.h>

#include <stdlib.h>
#include <string.h>

#include "module_words.h"
#include "stack.h"
#include "stack_step.h"

#define PLACES_MAX	4096

/* Before a line, in some mood: can it end well from there? */
struct place {
	uint64_t moods;
	size_t other;		/* one more before that line, counted from 1 */
	bool passes;
};

struct walker {
	struct walk *walk;
	struct steps steps;
	size_t places_at[STACK_LINES_MAX];	/* counted from 1; 0: none */
	size_t nplaces;
	struct place places[PLACES_MAX];
};

static bool
ours(const struct stack_line *line)
{
	return stack_module(line, MODULE_FILE);
}

/* What pam_lease refuses with, or libpam where it is not installed. */
static bool
refusal(enum stack_type type, int value)
{
	static const int refusals[][4] = {
		[STACK_AUTH] = { PAM_AUTH_ERR, PAM_USER_UNKNOWN,
		    PAM_MODULE_UNKNOWN, -1 },
		[STACK_ACCOUNT] = { PAM_PERM_DENIED, PAM_USER_UNKNOWN,
		    PAM_SYSTEM_ERR, PAM_MODULE_UNKNOWN },
		[STACK_SESSION] = { PAM_SESSION_ERR, PAM_MODULE_UNKNOWN, -1,
		    -1 },
		[STACK_PASSWORD] = { PAM_SERVICE_ERR, PAM_MODULE_UNKNOWN, -1,
		    -1 },
	};
	size_t i;

	for (i = 0; i < 4; i++)
		if (value == refusals[type][i])
			return true;
	return false;
}

/* May the line give that value? */
static bool
possible(const struct walker *w, const struct stack_line *line, int value)
{
	if (line->substack)
		return value == PAM_SUCCESS;
	if (line->fails)
		return value == PAM_PERM_DENIED;
	if (ours(line))
		return refusal(w->steps.type, value);
	if (stack_module(line, "pam_permit.so"))
		return value == PAM_SUCCESS;
	if (stack_module(line, "pam_deny.so"))
		return value == PAM_AUTH_ERR || value == PAM_PERM_DENIED ||
		    value == PAM_SESSION_ERR;
	/* It is not come back to a line. */
	return value != PAM_INCOMPLETE;
}

static void
add_hole(struct walker *w, enum walk_how how, const struct stack_line *line,
    int value)
{
	struct walk *walk = w->walk;
	size_t i;

	for (i = 0; i < walk->n; i++)
		if (walk->holes[i].line == line && walk->holes[i].how == how)
			return;
	if (walk->n < WALK_HOLES_MAX)
		walk->holes[walk->n++] = (struct walk_hole){ how, line, value };
}

static bool
ours_within(const struct walker *w, size_t from, size_t to)
{
	for (; from < to; from++)
		if (ours(w->steps.lines[from]))
			return true;
	return false;
}

/* A step from which it can end well: is it one that should not be? */
static void
judge(struct walker *w, size_t at, size_t next, enum mood mood, int value)
{
	const struct stack_line *line = w->steps.lines[at];
	int action = line->action[value];

	/* Nothing that comes then can make a difference. */
	if (mood == REFUSED_CHANGE && action != ACT_RESET)
		return;
	if (ours(line) && action != ACT_BAD && action != ACT_DIE)
		add_hole(w, WALK_PASSES, line, value);
	else if (action == ACT_RESET && mood == REFUSED &&
	    ours_within(w, 0, at))
		add_hole(w, WALK_RESETS, line, value);
	else if (ours_within(w, at + 1, next))
		add_hole(w, action > 0 ? WALK_JUMPS : WALK_ENDS, line, value);
	else if (action == ACT_BAD && value == PAM_NEW_AUTHTOK_REQD &&
	    mood != REFUSED && ours_within(w, at + 1, w->steps.n))
		add_hole(w, WALK_LETS_CHANGE, line, value);
}

static struct place *
place_at(struct walker *w, size_t at, uint64_t moods)
{
	size_t i;

	for (i = w->places_at[at]; i != 0; i = w->places[i - 1].other)
		if (w->places[i - 1].moods == moods)
			return &w->places[i - 1];
	return NULL;
}

static void
add_place(struct walker *w, size_t at, uint64_t moods)
{
	if (at >= w->steps.n || place_at(w, at, moods) != NULL)
		return;
	if (w->nplaces == PLACES_MAX) {
		w->walk->tangled = true;
		return;
	}
	w->places[w->nplaces++] = (struct place){ moods, w->places_at[at],
	    false };
	w->places_at[at] = w->nplaces;
}

/* Can it end well from there?  What was not looked at may do so. */
static bool
passes(struct walker *w, size_t at, uint64_t moods)
{
	const struct place *place;

	if (at >= w->steps.n)
		return stack_lets_in(moods & MOOD_MASK);
	place = place_at(w, at, moods);
	return place == NULL || place->passes;
}

/* Adds what is come to from a line, whatever it gives. */
static void
go_on(struct walker *w, size_t at, const struct place *place)
{
	size_t next;
	int value;

	for (value = 0; value < STACK_VALUES; value++)
		if (possible(w, w->steps.lines[at], value)) {
			uint64_t moods = place->moods;

			next = stack_step(&w->steps, at, value, &moods);
			add_place(w, next, moods);
		}
}

/* Once it is known of all behind it: can it end well from this place? */
static void
look_back(struct walker *w, size_t at, struct place *place)
{
	size_t next;
	int value;

	for (value = 0; value < STACK_VALUES; value++)
		if (possible(w, w->steps.lines[at], value)) {
			uint64_t moods = place->moods;

			next = stack_step(&w->steps, at, value, &moods);
			if (!passes(w, next, moods))
				continue;
			judge(w, at, next, place->moods & MOOD_MASK, value);
			place->passes = true;
		}
}

/* Lines lead to later ones only. */
static void
walk_all(struct walker *w)
{
	size_t at, i;

	add_place(w, 0, UNDECIDED);
	for (at = 0; at < w->steps.n; at++)
		for (i = w->places_at[at]; i != 0; i = w->places[i - 1].other)
			go_on(w, at, &w->places[i - 1]);
	for (at = w->steps.n; at-- > 0;)
		for (i = w->places_at[at]; i != 0; i = w->places[i - 1].other)
			look_back(w, at, &w->places[i - 1]);
	w->walk->passes = passes(w, 0, UNDECIDED);
}

void
stack_walk(const struct stack *stack, enum stack_type type, struct walk *walk)
{
	struct walker *w = calloc(1, sizeof(*w));
	size_t i;
	int value;

	memset(walk, 0, sizeof(*walk));
	walk->tangled = w == NULL;
	for (i = 0; i < stack->n; i++) {
		const struct stack_line *line = &stack->lines[i];

		if (line->type != type)
			continue;
		walk->asked |= ours(line);
		if (w == NULL)
			continue;
		for (value = 0; value < STACK_VALUES; value++)
			w->steps.resets |= line->action[value] == ACT_RESET;
		w->steps.lines[w->steps.n++] = line;
	}
	walk->passes = w == NULL;
	if (w != NULL && w->steps.n > 0) {
		w->walk = walk;
		w->steps.type = type;
		walk_all(w);
	}
	free(w);
}
