#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"

char *
text_of(const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) == -1)
		text = NULL;
	va_end(ap);
	return text;
}

void
text_join(char **list, const char *item)
{
	char *longer = text_of("%s%s%s", *list != NULL ? *list : "",
	    *list != NULL ? ", " : "", item);

	free(*list);
	*list = longer;
}

static void
finding_free(struct finding *f)
{
	free(f->service);
	free(f->file);
	free(f->what);
	free(f->why);
	free(f->fix);
}

void
diagnosis_add(struct diagnosis *report, const struct place *place, const char *why,
    char *what, char *fix)
{
	struct finding f = { .note = place->note, .line = place->line,
	    .service = strdup(place->service), .file = strdup(place->file),
	    .why = strdup(why) };
	struct finding *list = reallocarray(report->findings, report->n + 1,
	    sizeof(*list));

	f.what = what;
	f.fix = fix;
	if (list != NULL)
		report->findings = list;
	if (list == NULL || f.service == NULL || f.file == NULL ||
	    f.what == NULL || f.why == NULL || f.fix == NULL) {
		report->failed = true;
		finding_free(&f);
		return;
	}
	list[report->n++] = f;
}

void
diagnosis_host(struct diagnosis *report, const char *why, char *what, char *fix)
{
	static const struct place host = { false, "", "", 0 };

	diagnosis_add(report, &host, why, what, fix);
}

void
diagnosis_note(struct diagnosis *report, const char *service, char *what)
{
	const struct place place = { true, service, "", 0 };

	diagnosis_add(report, &place, "", what, strdup(""));
}

size_t
diagnosis_findings(const struct diagnosis *report)
{
	size_t i, n = 0;

	for (i = 0; i < report->n; i++)
		n += !report->findings[i].note;
	return n;
}

void
diagnosis_free(struct diagnosis *report)
{
	size_t i;

	for (i = 0; i < report->n; i++)
		finding_free(&report->findings[i]);
	free(report->findings);
	for (i = 0; i < report->nservices; i++)
		stack_free(&report->services[i].stack);
	free(report->sshd_says);
	memset(report, 0, sizeof(*report));
}

static void
print_what(const struct finding *f)
{
	char shown[SHOWN_MAX];

	if (f->file[0] != '\0')
		(void)printf("%s", show(shown, f->file));
	if (f->line != 0)
		(void)printf(":%u", f->line);
	(void)printf("%s", f->file[0] != '\0' ? ": " : "");
	(void)printf("%s\n", show(shown, f->what));
}

static void
print_finding(const struct finding *f)
{
	char shown[SHOWN_MAX];

	(void)printf("  ");
	print_what(f);
	if (f->why[0] != '\0')
		(void)printf("    Why: %s\n", show(shown, f->why));
	if (f->fix[0] != '\0')
		(void)printf("    Fix: %s\n", show(shown, f->fix));
}

/* Those of one service, or of the host, below its name. */
static void
print_service(const struct diagnosis *report, const char *name)
{
	const char *heading = name[0] != '\0' ? name : "This host";
	size_t i;

	for (i = 0; i < report->n; i++) {
		const struct finding *f = &report->findings[i];

		if (f->note || strcmp(f->service, name) != 0)
			continue;
		if (heading != NULL)
			(void)printf("%s:\n", heading);
		heading = NULL;
		print_finding(f);
	}
	if (heading == NULL)
		(void)putchar('\n');
}

static void
print_notes(const struct diagnosis *report)
{
	char shown[SHOWN_MAX];
	bool any = false;
	size_t i;

	for (i = 0; i < report->n; i++) {
		const struct finding *f = &report->findings[i];

		if (!f->note)
			continue;
		(void)printf("%s  ", any ? "" : "Notes:\n");
		any = true;
		if (f->service[0] != '\0')
			(void)printf("%s: ", show(shown, f->service));
		print_what(f);
	}
	if (any)
		(void)putchar('\n');
}

static void
print_names(const struct diagnosis *report, const char *heading,
    bool permissive)
{
	const char *before = heading;
	size_t i;

	for (i = 0; i < report->nservices; i++) {
		const struct service *s = &report->services[i];

		if (!s->gated || s->permissive != permissive)
			continue;
		(void)printf("%s%s", before, s->name);
		before = ", ";
	}
	if (before != heading)
		(void)printf(". ");
}

static void
print_sum(const struct diagnosis *report)
{
	size_t n = diagnosis_findings(report);

	print_names(report, n == 0 ? "pamlease is in force for: " :
	    "pamlease is in the stacks of: ", false);
	print_names(report, "Permissive, and so not in force, for: ", true);
	if (n == 0)
		(void)puts("No findings.");
	else
		(void)printf("%zu finding%s.\n", n, n > 1 ? "s" : "");
}

/* Those of the host, then those of each service where its first one is. */
void
diagnosis_print_findings(const struct diagnosis *report)
{
	size_t i, k;

	print_service(report, "");
	for (i = 0; i < report->n; i++) {
		const struct finding *f = &report->findings[i];

		for (k = 0; k < i; k++)
			if (!report->findings[k].note && strcmp(f->service,
			    report->findings[k].service) == 0)
				break;
		if (!f->note && f->service[0] != '\0' && k == i)
			print_service(report, f->service);
	}
}

int
diagnosis_print(const struct diagnosis *report)
{
	diagnosis_print_findings(report);
	print_notes(report);
	print_sum(report);
	return EXIT_DONE;
}

static bool
json_finding(cJSON *array, const struct finding *f)
{
	cJSON *o = cJSON_CreateObject();

	return cJSON_AddItemToArray(array, o) &&
	    (f->service[0] == '\0' || json_string(o, "service", f->service)) &&
	    (f->file[0] == '\0' || json_string(o, "file", f->file)) &&
	    (f->line == 0 || json_number(o, "line", f->line)) &&
	    json_string(o, "what", f->what) &&
	    (f->why[0] == '\0' || json_string(o, "why", f->why)) &&
	    (f->fix[0] == '\0' || json_string(o, "fix", f->fix));
}

static bool
json_services(cJSON *object, const char *key, const struct diagnosis *report,
    bool (*wanted)(const struct service *s))
{
	cJSON *array = cJSON_AddArrayToObject(object, key);
	size_t i;

	for (i = 0; array != NULL && i < report->nservices; i++)
		if (wanted(&report->services[i]) &&
		    !cJSON_AddItemToArray(array, cJSON_CreateString(
		    report->services[i].name)))
			return false;
	return array != NULL;
}

static bool
gated(const struct service *s)
{
	return s->gated;
}

static bool
not_gated(const struct service *s)
{
	return !s->gated;
}

static bool
permissive(const struct service *s)
{
	return s->permissive;
}

int
diagnosis_json(const struct diagnosis *report)
{
	cJSON *object = cJSON_CreateObject();
	cJSON *findings = cJSON_AddArrayToObject(object, "findings");
	cJSON *notes = cJSON_AddArrayToObject(object, "notes");
	bool good = findings != NULL && notes != NULL;
	size_t i;

	for (i = 0; good && i < report->n; i++)
		good = json_finding(report->findings[i].note ? notes :
		    findings, &report->findings[i]);
	if (good && json_services(object, "gated", report, gated) &&
	    json_services(object, "permissive", report, permissive) &&
	    json_services(object, "not_gated", report, not_gated))
		return json_print(object);
	cJSON_Delete(object);
	return json_print(NULL);
}
