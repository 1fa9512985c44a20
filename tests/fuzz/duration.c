#include "duration.h"
#include "fuzz.h"
#include "lease.h"

static const struct {
	char letter;
	int64_t seconds;
} units[] = {
	{ 'w', 604800 }, { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 },
};

/* The grammar once more, in floating point, which does not overflow. */
static bool
expect(const char *s, double *sum)
{
	size_t digits, i;

	*sum = 0;
	for (i = 0; i < 5; i++) {
		digits = strspn(s, "0123456789");
		if (digits == 0 || s[digits] != units[i].letter)
			continue;
		*sum += strtod(s, NULL) * (double)units[i].seconds;
		s += digits + 1;
	}
	return *s == '\0' && *sum >= 1 && *sum <= (double)LEASE_SECONDS_MAX;
}

/* What is written says the same, but for what is below its smaller unit. */
static void
formats(int64_t seconds)
{
	char text[DURATION_TEXT_MAX], close[DURATION_TEXT_MAX], *p = close;
	int64_t back, lost = seconds < 3600 ? 0 : seconds < 86400 ? 59 : 3599;
	struct error err;
	const char *s;

	must(is_line(duration_words(text, seconds)));
	must(is_line(duration_format(text, seconds)));
	if (seconds < 1 || seconds > LEASE_SECONDS_MAX)
		return;
	for (s = text; *s != '\0'; s++)
		if (*s != ' ')
			*p++ = *s;
	*p = '\0';
	must(duration_parse(close, &back, &err) == 0);
	must(back <= seconds && back >= seconds - lost);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size }, again = in;
	char *s = take_rest(&in);
	int64_t seconds, any;
	struct error err;
	double sum;

	if (duration_parse(s, &seconds, &err) == 0) {
		must(expect(s, &sum) && (double)seconds == sum);
		formats(seconds);
	} else {
		must(!expect(s, &sum) && seconds == 0);
		must(err.code == ERROR_INVALID && is_line(err.text));
	}
	take(&again, &any, sizeof(any));
	formats(any);
	formats(any & 0x3ffffff);
	free(s);
	return 0;
}
