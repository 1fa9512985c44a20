#include <security/_pam_types.h>

#include "stack_step.h"

static uint64_t
with_mood(uint64_t moods, enum mood mood)
{
	return (moods & ~MOOD_MASK) | mood;
}

/* Into a substack: what is now is what a reset in it comes back to. */
static uint64_t
enter(const struct steps *s, uint64_t moods, unsigned int level)
{
	unsigned int shift = level * MOOD_BITS;

	if (!s->resets || level >= STACK_DEPTH_MAX)
		return moods;
	return (moods & ~(MOOD_MASK << shift)) |
	    (moods & MOOD_MASK) << shift;
}

static uint64_t
reset(uint64_t moods, unsigned int level)
{
	return with_mood(moods, level == 0 ? UNDECIDED :
	    (moods >> level * MOOD_BITS) & MOOD_MASK);
}

/* The mood after a line that is good for something. */
static enum mood
pleased(const struct steps *s, enum mood mood, int value)
{
	if (mood != UNDECIDED && mood != GOOD)
		return mood;
	if (value == PAM_SUCCESS)
		return GOOD;
	return s->type == STACK_ACCOUNT && value == PAM_NEW_AUTHTOK_REQD ?
	    CHANGE : WRONG;
}

static bool
refused(enum mood mood)
{
	return mood == REFUSED || mood == REFUSED_CHANGE;
}

/* The first refusal is what libpam returns. */
static enum mood
displeased(const struct steps *s, enum mood mood, int value)
{
	if (refused(mood))
		return mood;
	return s->type == STACK_ACCOUNT && value == PAM_NEW_AUTHTOK_REQD ?
	    REFUSED_CHANGE : REFUSED;
}

bool
stack_lets_in(enum mood mood)
{
	return mood == GOOD || mood == CHANGE || mood == REFUSED_CHANGE;
}

/*
 * The line behind *n more, a substack counting as one.  Where the stack or
 * substack has not so many, *n stays above 0, and it is the one behind that.
 */
static size_t
jump(const struct steps *s, size_t at, int *n)
{
	unsigned int level = s->lines[at]->level;

	for (; *n > 0 && at + 1 < s->n && s->lines[at + 1]->level >= level;
	    --*n)
		do
			at++;
		while (at + 1 < s->n && s->lines[at + 1]->level > level);
	return at + 1;
}

/* The line behind the stack or substack that the line is in. */
static size_t
leave(const struct steps *s, size_t at)
{
	unsigned int level = s->lines[at]->level;

	do
		at++;
	while (at < s->n && s->lines[at]->level >= level);
	return at;
}

size_t
stack_step(const struct steps *s, size_t at, int value, uint64_t *moods)
{
	const struct stack_line *line = s->lines[at];
	enum mood mood = *moods & MOOD_MASK;
	int action = line->action[value];
	size_t next = at + 1;

	if (line->substack)
		*moods = enter(s, *moods, line->level + 1);
	else if (action == ACT_RESET)
		*moods = reset(*moods, line->level);
	else if (action == ACT_OK || action == ACT_DONE) {
		mood = pleased(s, mood, value);
		*moods = with_mood(*moods, mood);
		if (action == ACT_DONE && !refused(mood))
			next = leave(s, at);
	} else if (action == ACT_BAD || action == ACT_DIE) {
		*moods = with_mood(*moods, displeased(s, mood, value));
		if (action == ACT_DIE)
			next = leave(s, at);
	} else if (action > 0) {
		next = jump(s, at, &action);
		if (action > 0)
			*moods = with_mood(*moods, REFUSED);
	}
	return next;
}
