#include <string.h>

#include "record.h"

#define DIGITS_MAX	18	/* so that no sum of them overflows */

static const char hex[] = "0123456789ABCDEF";

static void
put(struct record *r, char c)
{
	if (r->len < r->size)
		r->data[r->len++] = c;
	else
		r->overflow = true;
}

void
record_init(struct record *r, char *data, size_t size)
{
	r->data = data;
	r->size = size;
	r->len = 0;
	r->overflow = false;
}

void
record_text(struct record *r, const char *key, const char *value)
{
	for (; *key != '\0'; key++)
		put(r, *key);
	put(r, '=');
	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;

		if (c > 0x20 && c < 0x7f && c != '%') {
			put(r, *value);
			continue;
		}
		put(r, '%');
		put(r, hex[c >> 4]);
		put(r, hex[c & 0xf]);
	}
	put(r, '\n');
}

/* Not snprintf(3): this is in the way of each login. */
void
record_number(struct record *r, const char *key, int64_t value)
{
	uint64_t n = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char text[24], *p = text + sizeof(text) - 1;

	*p = '\0';
	do {
		*--p = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	if (value < 0)
		*--p = '-';
	record_text(r, key, p);
}

bool
record_at(const struct record_reader *r, const char *key)
{
	size_t n = strlen(key);

	return (size_t)(r->end - r->p) > n && memcmp(r->p, key, n) == 0 &&
	    r->p[n] == '=';
}

static int
unhex(char c)
{
	const char *p = c == '\0' ? NULL : strchr(hex, c);

	return p == NULL ? -1 : (int)(p - hex);
}

/* One byte of a value, plain or as %XX; -1 when it is neither. */
static int
take_byte(struct record_reader *r)
{
	int high, low;
	unsigned char c = (unsigned char)*r->p++;

	if (c <= 0x20 || c >= 0x7f)
		return -1;
	if (c != '%')
		return c;
	if (r->end - r->p < 2)
		return -1;
	high = unhex(*r->p++);
	low = unhex(*r->p++);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

bool
record_take(struct record_reader *r, const char *key, char *value, size_t size)
{
	size_t n = 0;

	value[0] = '\0';
	if (!record_at(r, key))
		return false;
	r->p += strlen(key) + 1;
	while (r->p < r->end && *r->p != '\n') {
		int c = take_byte(r);

		if (c <= 0 || n + 1 >= size) {
			value[0] = '\0';
			return false;
		}
		value[n++] = (char)c;
	}
	value[n] = '\0';
	if (r->p == r->end) {		/* cut off: every line has its end */
		value[0] = '\0';
		return false;
	}
	r->p++;
	return true;
}

bool
record_take_number(struct record_reader *r, const char *key, int64_t *value)
{
	char text[DIGITS_MAX + 1];
	int64_t n = 0;
	const char *p;

	*value = 0;
	if (!record_take(r, key, text, sizeof(text)) || text[0] == '\0' ||
	    (text[0] == '0' && text[1] != '\0'))
		return false;
	for (p = text; *p != '\0'; p++) {
		if (*p < '0' || *p > '9')
			return false;
		n = n * 10 + (*p - '0');
	}
	*value = n;
	return true;
}
