#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "paths.h"

/* Those that users come by, and that pamlease was not put in. */
static void
note_ungated(struct diagnosis *report)
{
	char *names = NULL;
	size_t i;

	for (i = 0; i < report->nservices; i++) {
		const struct service *s = &report->services[i];

		if (!s->gated && !s->door)
			text_join(&names, s->name);
	}
	if (names != NULL)
		diagnosis_note(report, "", text_of("not gated, which may be as "
		    "you want it: %s", names));
	free(names);
}

/* Without a file of its own. */
static void
check_sshd_file(struct diagnosis *report, const char *sshd)
{
	char *file = text_of(PATH_STACKS "/%s", sshd);
	const struct place place = { false, sshd, file != NULL ? file : "",
	    0 };
	size_t i;

	for (i = 0; i < report->nservices; i++)
		if (strcmp(report->services[i].name, sshd) == 0)
			break;
	if (i == report->nservices && access(PATH_SSHD, X_OK) == 0)
		diagnosis_add(report, &place, "libpam takes that of the "
		    "service \"other\" for sshd's", text_of("there is no such file"),
		    text_of("put it back, as it is in the package of sshd, and "
		    "then: pamlease setup %s", sshd));
	free(file);
}

static void
check_stacks(struct diagnosis *report)
{
	char sshd[SERVICE_MAX];
	size_t i;

	check_sshd(report, sshd);
	find_services(report, sshd, stack_open_host, NULL);
	check_sshd_file(report, sshd);
	for (i = 0; i < report->nservices; i++)
		check_stack(report, &report->services[i]);
	note_ungated(report);
}

static void (*const checks[])(struct diagnosis *report) = {
	check_host,
	check_stacks,
	check_users,
};

int
cmd_doctor(const struct args *args)
{
	static struct diagnosis report;
	size_t i;
	int r;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](&report);
	if (report.failed)
		r = fail(EXIT_IO, "no memory, or too many services");
	else if (args->value[OPT_JSON] != NULL)
		r = diagnosis_json(&report);
	else
		r = diagnosis_print(&report);
	if (r == EXIT_DONE && diagnosis_findings(&report) > 0)
		r = EXIT_REFUSED;
	diagnosis_free(&report);
	return r;
}
