#include <sys/auxv.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "version.h"

static const struct command commands[] = {
	{ "grant", "USER --duration DUR | --until TIME [--force] "
	    "[--reason TEXT]\n\t[--service LIST] [--from LIST] [--final] "
	    "[--keep]", cmd_grant, true, OPT(DURATION) | OPT(UNTIL) |
	    OPT(FORCE) | OPT(REASON) | OPT(SERVICE) | OPT(FROM) | OPT(FINAL) |
	    OPT(KEEP) },
	{ "extend", "USER --duration DUR", cmd_extend, true, OPT(DURATION) },
	{ "revoke", "USER [--keep-sessions]", cmd_revoke, true,
	    OPT(KEEP_SESSIONS) },
	{ "list", "[--json]", cmd_list, false, OPT(JSON) },
	{ "show", "USER [--json]", cmd_show, true, OPT(JSON) },
	{ "sessions", "[--json]", cmd_sessions, false, OPT(JSON) },
	{ "check", "USER [--service S] [--tty T] [--from HOST] [--at TIME] "
	    "[--json]", cmd_check, true, OPT(SERVICE) | OPT(TTY) | OPT(FROM) |
	    OPT(AT) | OPT(JSON) },
};

#define NCOMMANDS	(sizeof(commands) / sizeof(commands[0]))

static void
print_usage(const struct command *cmd)
{
	(void)printf("pamlease %s %s\n", cmd->name, cmd->usage);
}

static int
print_help(void)
{
	size_t i;

	for (i = 0; i < NCOMMANDS; i++)
		print_usage(&commands[i]);
	(void)puts("pamlease --help | --version");
	return EXIT_DONE;
}

static int
print_version(void)
{
	(void)puts("pamlease " PAMLEASE_VERSION);
	return EXIT_DONE;
}

static const struct {
	const char *name;
	int (*run)(void);
} informs[] = {		/* what anybody may ask */
	{ "help", print_help },
	{ "--help", print_help },
	{ "--version", print_version },
};

#define NINFORMS	(sizeof(informs) / sizeof(informs[0]))

/*
 * Nothing of the caller's environment counts, and what is written to stdout or
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
	if (clearenv() != 0 ||
	    setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1) == -1 ||
	    setenv("LC_ALL", "C", 1) == -1)
		return fail(EXIT_IO, "the environment: %s", strerror(errno));
	return EXIT_DONE;
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
	if (geteuid() != 0) {
		message_command(NULL);
		return fail(EXIT_REFUSED, "must be root");
	}
	return cmd->run(&args);
}

static int
dispatch(int argc, char *argv[])
{
	char shown[QUOTED_MAX];
	size_t i;

	if (argc < 2)
		return fail(EXIT_USAGE, "no subcommand, see pamlease --help");
	for (i = 0; i < NINFORMS; i++)
		if (strcmp(argv[1], informs[i].name) == 0)
			return argc == 2 ? informs[i].run() :
			    fail(EXIT_USAGE, "one argument too many: '%s'",
			    quote(shown, argv[2]));
	for (i = 0; i < NCOMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return run_command(&commands[i], argc - 1, argv + 1);
	return fail(EXIT_USAGE, "no such subcommand: '%s'",
	    quote(shown, argv[1]));
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
