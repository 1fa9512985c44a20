#include <security/_pam_types.h>

#include "../../pamlease/stack_step.h"
#include "fuzz.h"

/* The file of the service, and one that it may include: "t". */
struct disk {
	const char *data[2];
	size_t len[2];
};

static bool
open_disk(void *arg, const char *name, struct stack_source *source)
{
	static const char *const names[2] = { "s", "t" };
	const struct disk *disk = arg;
	size_t i;

	memset(source, 0, sizeof(*source));
	for (i = 0; i < 2; i++)
		if (strcmp(names[i], name) == 0) {
			source->path = strdup(name);
			source->data = malloc(disk->len[i] + 1);
			must(source->path != NULL && source->data != NULL);
			memcpy(source->data, disk->data[i], disk->len[i]);
			source->len = disk->len[i];
			return true;
		}
	return false;
}

static void
sound(const struct stack *stack)
{
	size_t i;

	must(stack->n <= STACK_LINES_MAX && stack->nfiles <= STACK_FILES_MAX);
	for (i = 0; i < stack->n; i++) {
		const struct stack_line *line = &stack->lines[i];
		int value;

		must(line->type < STACK_TYPES && line->fault < FAULTS);
		must(line->level < STACK_DEPTH_MAX);
		must(line->file < stack->nfiles &&
		    line->top_file < stack->nfiles);
		must(line->line >= 1 || line->fault == FAULT_CUT);
		must(line->module != NULL && line->args != NULL);
		for (value = 0; value < STACK_VALUES; value++)
			must(line->action[value] > ACT_UNSET);
	}
}

/*
 * Whatever the modules return, and pam_lease refuses: where this lets in, the
 * walk has said so.
 */
static void
try_values(const struct steps *steps, const struct walk *walk, uint64_t seed)
{
	uint64_t moods = UNDECIDED;
	size_t at, next;

	for (at = 0; at < steps->n; at = next) {
		const struct stack_line *line = steps->lines[at];
		int value;

		seed = seed * 6364136223846793005U + 1442695040888963407U;
		value = (int)(seed >> 33) % PAM_INCOMPLETE;
		if (line->substack || stack_module(line, "pam_permit.so"))
			value = PAM_SUCCESS;
		else if (line->fails || stack_module(line, "pam_lease.so"))
			value = PAM_PERM_DENIED;
		else if (stack_module(line, "pam_deny.so"))
			value = PAM_AUTH_ERR;
		next = stack_step(steps, at, value, &moods);
		must(next > at && next <= steps->n);
	}
	if (stack_lets_in(moods & MOOD_MASK))
		must(walk->passes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct steps steps;
	const char *text = (const char *)data;
	struct disk disk;
	struct stack stack;
	struct walk walk;
	uint64_t seed;
	size_t i;

	if (size > 1 << 14)
		return 0;
	disk.data[0] = text;
	disk.len[0] = strnlen(text, size);
	disk.data[1] = text + disk.len[0];
	disk.len[1] = size - disk.len[0];
	stack_read(&stack, "s", open_disk, &disk);
	sound(&stack);
	stack_walk(&stack, STACK_ACCOUNT, &walk);
	must(walk.n <= WALK_HOLES_MAX);
	must(walk.n == 0 || (walk.asked && walk.passes));
	steps.type = STACK_ACCOUNT;
	steps.resets = true;
	steps.n = 0;
	for (i = 0; i < stack.n; i++)
		if (stack.lines[i].type == STACK_ACCOUNT)
			steps.lines[steps.n++] = &stack.lines[i];
	for (seed = 0; seed < 16; seed++)
		try_values(&steps, &walk, seed);
	stack_free(&stack);
	return 0;
}
