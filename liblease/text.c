#include <stdio.h>
#include <string.h>

#include "text.h"

struct range {
	unsigned int first, last;
};

/* What text_printable() refuses. */
static const struct range refused[] = {
	{ 0x0000, 0x001f },	/* C0 controls */
	{ 0x007f, 0x009f },	/* DEL and C1 controls */
	{ 0x2028, 0x202e },	/* line and paragraph separator, direction */
	{ 0x2066, 0x2069 },	/* isolates of a direction */
};

#define NREFUSED	(sizeof(refused) / sizeof(refused[0]))

bool
text_copy(char *dst, size_t size, const char *src)
{
	size_t len = strlen(src);

	dst[0] = '\0';
	if (len >= size)
		return false;
	memcpy(dst, src, len + 1);
	return true;
}

/* How many bytes a first byte announces; 0 when none starts with it. */
static size_t
utf8_length(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	if (c >= 0xf0 && c <= 0xf4)
		return 4;
	return 0;
}

size_t
text_utf8(const char *s, size_t len, unsigned int *point)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	static const unsigned int mask[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	unsigned char c;
	unsigned int p;
	size_t i, n;

	*point = 0;
	if (len == 0)
		return 0;
	c = (unsigned char)s[0];
	n = utf8_length(c);
	if (n == 0 || n > len)
		return 0;
	p = c & mask[n];
	for (i = 1; i < n; i++) {
		c = (unsigned char)s[i];
		if ((c & 0xc0) != 0x80)
			return 0;
		p = p << 6 | (c & 0x3f);
	}
	if (p < least[n] || (p >= 0xd800 && p <= 0xdfff) || p > 0x10ffff)
		return 0;
	*point = p;
	return n;
}

bool
text_printable(const char *s, size_t len)
{
	unsigned int point;
	size_t at, i, n;

	for (at = 0; at < len; at += n) {
		n = 1;
		if (s[at] >= ' ' && s[at] <= '~')
			continue;	/* nearly every one */
		n = text_utf8(s + at, len - at, &point);
		if (n == 0)
			return false;
		for (i = 0; i < NREFUSED; i++)
			if (point >= refused[i].first &&
			    point <= refused[i].last)
				return false;
	}
	return true;
}

/* Writes c to dst, escaped if it must be, and returns the length of that. */
static size_t
escape_byte(char dst[5], unsigned char c)
{
	if (c >= 0x20 && c <= 0x7e && c != '"' && c != '\\') {
		dst[0] = (char)c;
		return 1;
	}
	(void)snprintf(dst, 5, "\\x%02x", c);
	return 4;
}

/*
 * Writes the first character of the len bytes at src to dst and its length
 * there to *width.  Returns how many bytes of src it has; a byte that is not
 * UTF-8 is a character of its own.
 */
static size_t
escape_character(char dst[17], size_t *width, const char *src, size_t len)
{
	unsigned int point;
	size_t i, n;

	n = text_utf8(src, len, &point);
	if (n == 0)
		n = 1;
	*width = 0;
	for (i = 0; i < n; i++)
		*width += escape_byte(dst + *width, (unsigned char)src[i]);
	return n;
}

/* The same, but what can be printed stays. */
static size_t
show_character(char dst[17], size_t *width, const char *src, size_t len)
{
	unsigned int point;
	size_t n = text_utf8(src, len, &point);

	if (n == 0 || !text_printable(src, n))
		return escape_character(dst, width, src, len);
	memcpy(dst, src, n);
	*width = n;
	return n;
}

static char *
copy(char *dst, size_t size, const char *src, size_t len,
    size_t (*character)(char dst[17], size_t *width, const char *src,
    size_t len))
{
	static const char cut[] = "...";
	char piece[17];
	size_t n, width;
	size_t used = 0;
	size_t keep = 0;	/* what stays when the rest must be cut */

	for (; len > 0; src += n, len -= n) {
		n = character(piece, &width, src, len);
		if (width >= size - used) {
			(void)snprintf(dst + keep, size - keep, "%s", cut);
			return dst;
		}
		memcpy(dst + used, piece, width);
		used += width;
		if (size - used >= sizeof(cut))
			keep = used;
	}
	dst[used] = '\0';
	return dst;
}

char *
text_escape(char *dst, size_t size, const char *src, size_t len)
{
	return copy(dst, size, src, len, escape_character);
}

char *
text_show(char *dst, size_t size, const char *src, size_t len)
{
	return copy(dst, size, src, len, show_character);
}
