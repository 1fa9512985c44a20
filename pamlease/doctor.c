#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"

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

static void
check_stacks(struct diagnosis *report)
{
	char sshd[SERVICE_MAX];
	size_t i;

	check_sshd(report, sshd);
	find_services(report, sshd, stack_open_host, NULL);
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
