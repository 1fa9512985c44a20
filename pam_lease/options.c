#include <security/pam_ext.h>

#include <stddef.h>
#include <string.h>
#include <syslog.h>

#include "module.h"
#include "module_words.h"
#include "text.h"

#define SHOWN_MAX	64	/* bytes of an unknown option in the log */

static const struct {
	const char *word;
	size_t offset;
} words[] = {
	{ OPTION_DEBUG, offsetof(struct options, debug) },
	{ OPTION_QUIET, offsetof(struct options, quiet) },
	{ OPTION_PERMISSIVE, offsetof(struct options, permissive) },
};

#define NWORDS	(sizeof(words) / sizeof(words[0]))

void
options_parse(pam_handle_t *pamh, int argc, const char **argv,
    struct options *options)
{
	char shown[SHOWN_MAX];
	size_t w;
	int i;

	memset(options, 0, sizeof(*options));
	for (i = 0; i < argc && argv != NULL && argv[i] != NULL; i++) {
		for (w = 0; w < NWORDS; w++)
			if (strcmp(argv[i], words[w].word) == 0)
				break;
		if (w < NWORDS)
			*(bool *)((char *)options + words[w].offset) = true;
		else
			pam_syslog(pamh, LOG_ERR, "unknown option \"%s\"",
			    text_escape(shown, sizeof(shown), argv[i],
			    strlen(argv[i])));
	}
}
