#include <security/_pam_types.h>

#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "stack.h"

static const char *const values[STACK_VALUES] = {
	[PAM_SUCCESS] = "success",
	[PAM_OPEN_ERR] = "open_err",
	[PAM_SYMBOL_ERR] = "symbol_err",
	[PAM_SERVICE_ERR] = "service_err",
	[PAM_SYSTEM_ERR] = "system_err",
	[PAM_BUF_ERR] = "buf_err",
	[PAM_PERM_DENIED] = "perm_denied",
	[PAM_AUTH_ERR] = "auth_err",
	[PAM_CRED_INSUFFICIENT] = "cred_insufficient",
	[PAM_AUTHINFO_UNAVAIL] = "authinfo_unavail",
	[PAM_USER_UNKNOWN] = "user_unknown",
	[PAM_MAXTRIES] = "maxtries",
	[PAM_NEW_AUTHTOK_REQD] = "new_authtok_reqd",
	[PAM_ACCT_EXPIRED] = "acct_expired",
	[PAM_SESSION_ERR] = "session_err",
	[PAM_CRED_UNAVAIL] = "cred_unavail",
	[PAM_CRED_EXPIRED] = "cred_expired",
	[PAM_CRED_ERR] = "cred_err",
	[PAM_NO_MODULE_DATA] = "no_module_data",
	[PAM_CONV_ERR] = "conv_err",
	[PAM_AUTHTOK_ERR] = "authtok_err",
	[PAM_AUTHTOK_RECOVERY_ERR] = "authtok_recover_err",
	[PAM_AUTHTOK_LOCK_BUSY] = "authtok_lock_busy",
	[PAM_AUTHTOK_DISABLE_AGING] = "authtok_disable_aging",
	[PAM_TRY_AGAIN] = "try_again",
	[PAM_IGNORE] = "ignore",
	[PAM_ABORT] = "abort",
	[PAM_AUTHTOK_EXPIRED] = "authtok_expired",
	[PAM_MODULE_UNKNOWN] = "module_unknown",
	[PAM_BAD_ITEM] = "bad_item",
	[PAM_CONV_AGAIN] = "conv_again",
	[PAM_INCOMPLETE] = "incomplete",
};

static const struct {
	const char *word;
	int action;
} actions[] = {
	{ "ignore", ACT_IGNORE },
	{ "ok", ACT_OK },
	{ "done", ACT_DONE },
	{ "bad", ACT_BAD },
	{ "die", ACT_DIE },
	{ "reset", ACT_RESET },
};

#define NACTIONS	(sizeof(actions) / sizeof(actions[0]))

/* What each word stands for; PAM_IGNORE is not always ignored. */
static const struct {
	const char *word;
	int success, ignore, otherwise;
} words[] = {
	{ "required", ACT_OK, ACT_IGNORE, ACT_BAD },
	{ "requisite", ACT_OK, ACT_IGNORE, ACT_DIE },
	{ "optional", ACT_OK, ACT_IGNORE, ACT_IGNORE },
	{ "sufficient", ACT_DONE, ACT_IGNORE, ACT_IGNORE },
};

#define NWORDS	(sizeof(words) / sizeof(words[0]))

const char *
stack_value_word(int value)
{
	return values[value];
}

/* What is not set yet. */
static void
set_others(int action[STACK_VALUES], int otherwise)
{
	int i;

	for (i = 0; i < STACK_VALUES; i++)
		if (action[i] == ACT_UNSET)
			action[i] = otherwise;
}

static const char *
skip_blanks(const char *p)
{
	return p + strspn(p, " \t\n\v\f\r");
}

/* The value at *p, which moves behind it; STACK_VALUES: all others; or -1. */
static int
take_value(const char **p)
{
	int i;

	for (i = 0; i <= STACK_VALUES; i++) {
		const char *word = i < STACK_VALUES ? values[i] : "default";
		size_t len = strlen(word);

		if (strncmp(*p, word, len) == 0) {
			*p += len;
			return i;
		}
	}
	return -1;
}

/* The action at *p, which moves behind it; ACT_UNSET: there is none. */
static int
take_action(const char **p)
{
	int n = 0;
	size_t i;

	for (i = 0; i < NACTIONS; i++) {
		size_t len = strlen(actions[i].word);

		if (strncmp(*p, actions[i].word, len) == 0) {
			*p += len;
			return actions[i].action;
		}
	}
	for (; isdigit((unsigned char)**p) != 0; (*p)++)
		n = n > INT_MAX / 10 - 1 ? INT_MAX / 10 :
		    n * 10 + **p - '0';
	return n > 0 ? n : ACT_UNSET;
}

static bool
read_brackets(const char *p, int action[STACK_VALUES])
{
	int value, act;

	for (p = skip_blanks(p); *p != '\0'; p = skip_blanks(p)) {
		value = take_value(&p);
		p = skip_blanks(p);
		if (value == -1 || *p++ != '=')
			return false;
		p = skip_blanks(p);
		act = take_action(&p);
		if (act == ACT_UNSET)
			return false;
		if (value < STACK_VALUES)
			action[value] = act;
		else
			set_others(action, act);
	}
	return true;
}

bool
stack_control(const char *word, bool brackets, int action[STACK_VALUES])
{
	bool good;
	size_t i;

	for (i = 0; i < STACK_VALUES; i++)
		action[i] = ACT_UNSET;
	for (i = 0; !brackets && i < NWORDS; i++)
		if (strcasecmp(word, words[i].word) == 0) {
			action[PAM_SUCCESS] = words[i].success;
			action[PAM_NEW_AUTHTOK_REQD] = words[i].success;
			action[PAM_IGNORE] = words[i].ignore;
			set_others(action, words[i].otherwise);
			return true;
		}
	good = read_brackets(word, action);
	if (!good)
		for (i = 0; i < STACK_VALUES; i++)
			action[i] = ACT_UNSET;
	/* Whatever it does not say is a refusal. */
	set_others(action, ACT_BAD);
	return good;
}
