#include <sys/auxv.h>
#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "nearest.h"
#include "text.h"
#include "version.h"

static const struct command commands[] = {
	{ "grant", "USER --duration DUR | --until TIME [--force] "
	    "[--reason TEXT]\n\t[--service LIST] [--from LIST] [--during TIMES] "
	    "[--final] [--keep]", cmd_grant, OPERAND_USER, false,
	    OPT(DURATION) | OPT(UNTIL) | OPT(FORCE) | OPT(REASON) |
	    OPT(SERVICE) | OPT(FROM) | OPT(DURING) | OPT(FINAL) | OPT(KEEP) },
	{ "extend", "USER --duration DUR", cmd_extend, OPERAND_USER, false,
	    OPT(DURATION) },
	{ "revoke", "USER [--keep-sessions]", cmd_revoke, OPERAND_USER, false,
	    OPT(KEEP_SESSIONS) },
	{ "requests", "[--follow] [--json] [--utc]", cmd_requests, OPERAND_NONE,
	    false, OPT(FOLLOW) | OPT(JSON) | OPT(UTC) },
	{ "approve", "ID [--duration DUR]", cmd_approve, OPERAND_REQUEST, false,
	    OPT(DURATION) },
	{ "refuse", "ID [--reason TEXT]", cmd_refuse, OPERAND_REQUEST, false,
	    OPT(REASON) },
	{ "list", "[--json | --watch] [--utc]", cmd_list, OPERAND_NONE, false,
	    OPT(JSON) | OPT(WATCH) | OPT(UTC) },
	{ "show", "USER [--json] [--utc]", cmd_show, OPERAND_USER, false,
	    OPT(JSON) | OPT(UTC) },
	{ "sessions", "[--json] [--utc]", cmd_sessions, OPERAND_NONE, false,
	    OPT(JSON) | OPT(UTC) },
	{ "status", "[--short]", cmd_status, OPERAND_NONE, true, OPT(SHORT) },
	{ "check", "USER [--service S] [--tty T] [--from HOST] [--at TIME] "
	    "[--json]\n\t[--utc]", cmd_check, OPERAND_USER, false,
	    OPT(SERVICE) | OPT(TTY) | OPT(FROM) | OPT(AT) | OPT(JSON) |
	    OPT(UTC) },
	{ "winddown start", "[--message TEXT] [--deadline TIME] "
	    "[--until-reboot]\n\t[--wait [--timeout DUR]]",
	    cmd_winddown_start, OPERAND_NONE, false, OPT(MESSAGE) |
	    OPT(DEADLINE) | OPT(UNTIL_REBOOT) | OPT(WAIT) | OPT(TIMEOUT) },
	{ "winddown stop", "", cmd_winddown_stop, OPERAND_NONE, false, 0 },
	{ "winddown status", "[--json | --wait [--timeout DUR]] [--utc]",
	    cmd_winddown_status, OPERAND_NONE, false, OPT(JSON) | OPT(WAIT) |
	    OPT(TIMEOUT) | OPT(UTC) },
	{ "history", "[--user U] [--event E] [--since TIME] [--until TIME] "
	    "[--json]\n\t[--would-deny] [--follow | --verify | --summary] [--utc]",
	    cmd_history, OPERAND_NONE, false, OPT(USER) | OPT(EVENT) |
	    OPT(SINCE) | OPT(UNTIL) | OPT(JSON) | OPT(FOLLOW) | OPT(VERIFY) |
	    OPT(SUMMARY) | OPT(WOULD_DENY) | OPT(UTC) },
	{ "report", "[--since TIME] --html FILE", cmd_report, OPERAND_NONE,
	    false, OPT(SINCE) | OPT(HTML) },
	{ "doctor", "[--json]", cmd_doctor, OPERAND_NONE, false, OPT(JSON) },
	{ "setup", "SERVICE... | --all [--permissive] [--try DUR] [--yes]\n"
	    "\t| --confirm | --list [--json]", cmd_setup, OPERAND_SERVICES,
	    false, OPT(ALL) | OPT(PERMISSIVE) | OPT(TRY) | OPT(YES) | OPT(CONFIRM) |
	    OPT(LIST) | OPT(JSON) },
	{ "unsetup", "SERVICE... | --all | --tried [--yes]", cmd_unsetup,
	    OPERAND_SERVICES, false, OPT(ALL) | OPT(TRIED) | OPT(YES) },
	{ "policy check", "[FILE]", cmd_policy_check, OPERAND_FILE_IF_ANY, true,
	    0 },
	{ "policy show", "[--json] [--utc]", cmd_policy_show, OPERAND_NONE,
	    false, OPT(JSON) | OPT(UTC) },
	{ "policy import", "FILE", cmd_policy_import, OPERAND_FILE, true, 0 },
};

#define NCOMMANDS	(sizeof(commands) / sizeof(commands[0]))

static void
print_usage(const struct command *cmd)
{
	(void)printf("pamlease %s%s%s\n", cmd->name,
	    cmd->usage[0] != '\0' ? " " : "", cmd->usage);
}

static int	no_such(const char *typed);

/* Of all subcommands, or of those whose name begins with a word. */
static int
print_help(const char *word)
{
	size_t i, len, n = 0;

	for (i = 0; i < NCOMMANDS; i++) {
		len = strcspn(commands[i].name, " ");
		if (word != NULL && (strncmp(word, commands[i].name, len) !=
		    0 || word[len] != '\0'))
			continue;
		print_usage(&commands[i]);
		n++;
	}
	if (n == 0)
		return no_such(word);
	if (word == NULL)
		(void)puts("pamlease help [SUBCOMMAND] | --help | --version");
	return EXIT_DONE;
}

static int
print_version(const char *word)
{
	(void)word;
	(void)puts("pamlease " PAMLEASE_VERSION);
	return EXIT_DONE;
}

static const struct {
	const char *name;
	int args;
	int (*run)(const char *arg);	/* NULL: there is none */
} informs[] = {		/* what anybody may ask */
	{ "help", 1, print_help },
	{ "--help", 0, print_help },
	{ "--version", 0, print_version },
};

#define NINFORMS	(sizeof(informs) / sizeof(informs[0]))

#define TERM_LEN	64	/* bytes of a terminal's name */

/* A plain name, so that no file but one of the system's is read for it. */
static bool
plain_terminal(const char *name)
{
	return name != NULL && isalnum((unsigned char)name[0]) &&
	    strlen(name) <= TERM_LEN && strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789._+-") == strlen(name);
}

/*
 * Of the caller's environment counts what terminal it is, by name, and whether
 * that has colours.
 */
static int
clean_environment(void)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
	char name[TERM_LEN + 1] = "";
	bool plain = no_color != NULL && no_color[0] != '\0';

	if (plain_terminal(term))
		(void)text_copy(name, sizeof(name), term);
	if (clearenv() != 0 ||
	    setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1) == -1 ||
	    setenv("LC_ALL", "C", 1) == -1 ||
	    (name[0] != '\0' && setenv("TERM", name, 1) == -1) ||
	    (plain && setenv("NO_COLOR", "1", 1) == -1))
		return fail(EXIT_IO, "the environment: %s", strerror(errno));
	return EXIT_DONE;
}

/*
 * Little of the caller's environment counts, and what is written to stdout or
 * stderr must not land in a lease that got its descriptor.
 */
static int
prepare(void)
{
	int fd, opened;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1) {
			opened = open("/dev/null", O_RDWR);
			if (opened != fd)
				return EXIT_IO;
		}
	(void)umask(077);
	/* Output that can't be written is an error to report. */
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	if (getauxval(AT_SECURE) != 0)
		return fail(EXIT_REFUSED, "must not be setuid or setgid");
	return clean_environment();
}

static int
run_command(const struct command *cmd, int argc, char *argv[])
{
	struct args args;
	int r;

	message_command(cmd->name);
	r = args_parse(cmd, argc, argv, &args);
	if (r != EXIT_DONE)
		return r;
	if (args.value[OPT_HELP] != NULL) {
		print_usage(cmd);
		return EXIT_DONE;
	}
	if (!cmd->anyone && geteuid() != 0) {
		message_command(NULL);
		return fail(EXIT_REFUSED, "must be root");
	}
	if (args.value[OPT_UTC] != NULL)
		host_use_utc();
	r = cmd->run(&args);
	if ((cmd->options & OPT(UTC)) != 0 && args.value[OPT_JSON] == NULL)
		host_print_zone();
	return r;
}

/* How many words the name has that the arguments begin with; 0: it is not. */
static int
named(const struct command *cmd, int argc, char *argv[])
{
	const char *second = strchr(cmd->name, ' ');
	size_t len = strcspn(cmd->name, " ");

	if (strncmp(argv[1], cmd->name, len) != 0 || argv[1][len] != '\0')
		return 0;
	if (second == NULL)
		return 1;
	return argc > 2 && strcmp(argv[2], second + 1) == 0 ? 2 : 0;
}

static int
no_such(const char *typed)
{
	char shown[QUOTED_MAX], hint[NEAREST_MAX];
	char names[NCOMMANDS][NEAREST_MAX];
	struct nearest near = NEAREST(typed);
	size_t i;

	if (strcmp(typed, "policy") == 0)
		return fail(EXIT_USAGE, "policy what? check, show or import");
	if (strcmp(typed, "winddown") == 0)
		return fail(EXIT_USAGE, "winddown what? start, stop or status");
	for (i = 0; i < NCOMMANDS; i++) {
		(void)text_copy(names[i], sizeof(names[i]), commands[i].name);
		names[i][strcspn(names[i], " ")] = '\0';
		nearest_try(&near, names[i]);
	}
	return fail(EXIT_USAGE, "no such subcommand: '%s'%s",
	    quote(shown, typed), nearest_hint(hint, &near, ""));
}

static int
dispatch(int argc, char *argv[])
{
	char shown[QUOTED_MAX];
	size_t i;
	int n;

	if (argc < 2)
		return fail(EXIT_USAGE, "no subcommand, see pamlease --help");
	for (i = 0; i < NINFORMS; i++)
		if (strcmp(argv[1], informs[i].name) == 0)
			return argc <= 2 + informs[i].args ?
			    informs[i].run(argv[2]) : fail(EXIT_USAGE,
			    "one argument too many: '%s'",
			    quote(shown, argv[2 + informs[i].args]));
	for (i = 0; i < NCOMMANDS; i++) {
		n = named(&commands[i], argc, argv);
		if (n > 0)
			return run_command(&commands[i], argc - n, argv + n);
	}
	return no_such(argv[1]);
}

int
main(int argc, char *argv[])
{
	int r = prepare();

	if (r != EXIT_DONE)
		return r;
	r = dispatch(argc, argv);
	if (fflush(stdout) == EOF || ferror(stdout) != 0) {
		warning("standard output: %s", strerror(errno));
		if (r == EXIT_DONE)
			r = EXIT_IO;
	}
	return r;
}
