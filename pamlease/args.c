#include <getopt.h>
#include <stdbool.h>
#include <string.h>

#include "cmd.h"
#include "name.h"
#include "nearest.h"
#include "text.h"

#define VALUE_BASE	256	/* so that no option looks like a letter */

static const struct {
	const char *name;
	int has_arg;
} options[OPTIONS] = {
	[OPT_ALL] = { "all", no_argument },
	[OPT_AT] = { "at", required_argument },
	[OPT_CONFIRM] = { "confirm", no_argument },
	[OPT_DEADLINE] = { "deadline", required_argument },
	[OPT_DURATION] = { "duration", required_argument },
	[OPT_DURING] = { "during", required_argument },
	[OPT_EVENT] = { "event", required_argument },
	[OPT_FINAL] = { "final", no_argument },
	[OPT_FOLLOW] = { "follow", no_argument },
	[OPT_FORCE] = { "force", no_argument },
	[OPT_FROM] = { "from", required_argument },
	[OPT_HELP] = { "help", no_argument },
	[OPT_HTML] = { "html", required_argument },
	[OPT_JSON] = { "json", no_argument },
	[OPT_KEEP] = { "keep", no_argument },
	[OPT_KEEP_SESSIONS] = { "keep-sessions", no_argument },
	[OPT_LIST] = { "list", no_argument },
	[OPT_MESSAGE] = { "message", required_argument },
	[OPT_PERMISSIVE] = { "permissive", no_argument },
	[OPT_REASON] = { "reason", required_argument },
	[OPT_SERVICE] = { "service", required_argument },
	[OPT_SHORT] = { "short", no_argument },
	[OPT_SINCE] = { "since", required_argument },
	[OPT_SUMMARY] = { "summary", no_argument },
	[OPT_TIMEOUT] = { "timeout", required_argument },
	[OPT_TRIED] = { "tried", no_argument },
	[OPT_TRY] = { "try", required_argument },
	[OPT_TTY] = { "tty", required_argument },
	[OPT_UNTIL] = { "until", required_argument },
	[OPT_UNTIL_REBOOT] = { "until-reboot", no_argument },
	[OPT_USER] = { "user", required_argument },
	[OPT_UTC] = { "utc", no_argument },
	[OPT_VERIFY] = { "verify", no_argument },
	[OPT_WAIT] = { "wait", no_argument },
	[OPT_WATCH] = { "watch", no_argument },
	[OPT_WOULD_DENY] = { "would-deny", no_argument },
	[OPT_YES] = { "yes", no_argument },
};

/* The subcommand's own ones, for getopt_long(3). */
static void
select_options(uint64_t wanted, struct option *list)
{
	size_t n = 0;
	int i;

	for (i = 0; i < OPTIONS; i++)
		if ((wanted & UINT64_C(1) << i) != 0)
			list[n++] = (struct option){ options[i].name,
			    options[i].has_arg, NULL, VALUE_BASE + i };
	list[n] = (struct option){ NULL, 0, NULL, 0 };
}

/* Of those that the subcommand has. */
static int
unknown_option(const struct command *cmd, const char *arg)
{
	char shown[QUOTED_MAX], hint[NEAREST_MAX], name[QUOTED_MAX];
	struct nearest near = NEAREST(name);
	int i;

	(void)text_copy(name, sizeof(name), arg + strspn(arg, "-"));
	name[strcspn(name, "=")] = '\0';
	for (i = 0; i < OPTIONS; i++)
		if ((cmd->options & UINT64_C(1) << i) != 0)
			nearest_try(&near, options[i].name);
	return fail(EXIT_USAGE, "unknown or ambiguous option: '%s'%s",
	    quote(shown, arg), nearest_hint(hint, &near, "--"));
}

static int
bad_option(const struct command *cmd, int c, const char *arg)
{
	char shown[QUOTED_MAX];

	if (optopt >= VALUE_BASE)
		return fail(EXIT_USAGE, c == ':' ? "--%s needs a value" :
		    "--%s takes no value", options[optopt - VALUE_BASE].name);
	if (optopt > 0)
		return fail(EXIT_USAGE, "unknown option: '-%s'",
		    quote(shown, (const char[]){ (char)optopt, '\0' }));
	return unknown_option(cmd, arg);
}

/* The option as it was typed; its value may be a word of its own. */
static const char *
typed(char *const *argv)
{
	return argv[optind - (optarg == argv[optind - 1] ? 2 : 1)];
}

/* getopt_long() takes "--keep" for "--keep-sessions"; nobody means that. */
static bool
written_out(const char *name, const char *word)
{
	size_t n = strlen(name);

	return strncmp(word + 2, name, n) == 0 &&
	    (word[2 + n] == '\0' || word[2 + n] == '=');
}

static int
take_options(const struct command *cmd, int argc, char *argv[],
    struct args *args)
{
	struct option list[OPTIONS + 1];
	int c;

	select_options(cmd->options | OPT(HELP), list);
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", list, NULL)) != -1) {
		const char **value;

		if (c < VALUE_BASE)
			return bad_option(cmd, c, argv[optind - 1]);
		if (!written_out(options[c - VALUE_BASE].name, typed(argv))) {
			optopt = 0;
			return bad_option(cmd, c, typed(argv));
		}
		value = &args->value[c - VALUE_BASE];
		if (*value != NULL)
			return fail(EXIT_USAGE, "--%s is given twice",
			    options[c - VALUE_BASE].name);
		*value = optarg != NULL ? optarg : "";
	}
	return EXIT_DONE;
}

static int
take_operand(const struct command *cmd, char *const *argv, struct args *args)
{
	const char *operand = *argv;
	char shown[QUOTED_MAX];

	switch (cmd->operand) {
	case OPERAND_NONE:
		return EXIT_DONE;
	case OPERAND_USER:
		if (operand == NULL)
			return fail(EXIT_USAGE, "which user?");
		args->user = operand;
		optind++;
		return name_valid(args->user) ? EXIT_DONE : fail(EXIT_USAGE,
		    "not a user name: '%s'", quote(shown, args->user));
	case OPERAND_REQUEST:
		if (operand == NULL)
			return fail(EXIT_USAGE, "which request?");
		optind++;
		return asking_id_parse(args->request, operand) ? EXIT_DONE :
		    fail(EXIT_USAGE, "not a request: '%s'",
		    quote(shown, operand));
	case OPERAND_FILE:
		if (operand == NULL)
			return fail(EXIT_USAGE, "which file?");
		break;
	case OPERAND_FILE_IF_ANY:
		break;
	case OPERAND_SERVICES:
		args->services = argv;
		for (; argv[args->nservices] != NULL; args->nservices++)
			optind++;
		return EXIT_DONE;
	}
	args->file = operand;
	optind += operand != NULL;
	return EXIT_DONE;
}

int
args_parse(const struct command *cmd, int argc, char *argv[],
    struct args *args)
{
	char shown[QUOTED_MAX];
	int r;

	memset(args, 0, sizeof(*args));
	r = take_options(cmd, argc, argv, args);
	if (r != EXIT_DONE || args->value[OPT_HELP] != NULL)
		return r;
	r = take_operand(cmd, argv + optind, args);
	if (r != EXIT_DONE)
		return r;
	if (optind != argc)
		return fail(EXIT_USAGE, "one argument too many: '%s'",
		    quote(shown, argv[optind]));
	return EXIT_DONE;
}

int
args_reason(const struct args *args, char *dst)
{
	const char *reason = args->value[OPT_REASON];

	dst[0] = '\0';
	if (reason == NULL)
		return EXIT_DONE;
	if (reason[0] == '\0')
		return fail(EXIT_USAGE, "--reason is empty");
	if (!text_printable(reason, strlen(reason)))
		return fail(EXIT_USAGE,
		    "--reason has characters that can't be printed");
	if (!text_copy(dst, LEASE_REASON_MAX + 1, reason))
		return fail(EXIT_USAGE, "--reason is longer than %d bytes",
		    LEASE_REASON_MAX);
	return EXIT_DONE;
}
