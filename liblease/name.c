#include <string.h>

#include "lease.h"
#include "name.h"
#include "text.h"

#define DIGITS		"0123456789"
#define UPPER_HEX	"0123456789ABCDEF"

/* Would a program that takes a uid or a name take it for a uid? */
static bool
looks_numeric(const char *name)
{
	if (name[0] == '0' && (name[1] == 'x' || name[1] == 'X'))
		return name[2 + strspn(name + 2, UPPER_HEX "abcdef")] == '\0';
	return name[strspn(name, DIGITS)] == '\0';
}

static bool
has_control(const char *name, size_t len)
{
	unsigned int point;
	size_t at, n;

	for (at = 0; at < len; at += n) {
		n = text_utf8(name + at, len - at, &point);
		if (n == 0) {
			/* It may be of an 8-bit set, where C1 is one byte. */
			point = (unsigned char)name[at];
			n = 1;
		}
		if (point < 0x20 || (point >= 0x7f && point <= 0x9f))
			return true;
	}
	return false;
}

bool
name_valid(const char *name)
{
	size_t len;

	if (name == NULL)
		return false;
	len = strnlen(name, LEASE_NAME_MAX + 1);
	return len > 0 && len <= LEASE_NAME_MAX && name[0] != '-' &&
	    strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	    strchr(name, '/') == NULL && !has_control(name, len) &&
	    !looks_numeric(name);
}

/* Is the byte at that place of a name the same in the file's name? */
static bool
is_plain(char c, size_t at)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '-' ||
	    (c == '.' && at > 0);
}

bool
name_encode(char *dst, size_t size, const char *name, const char *suffix)
{
	char encoded[NAME_ENCODED_MAX + 1];
	unsigned char c;
	size_t i;
	size_t used = 0;

	dst[0] = '\0';
	if (!name_valid(name))
		return false;
	for (i = 0; name[i] != '\0'; i++) {
		c = (unsigned char)name[i];
		if (used + (is_plain(name[i], i) ? 1 : 3) > NAME_ENCODED_MAX)
			return false;
		if (is_plain(name[i], i)) {
			encoded[used++] = name[i];
		} else {
			encoded[used++] = '%';
			encoded[used++] = UPPER_HEX[c >> 4];
			encoded[used++] = UPPER_HEX[c & 0x0f];
		}
	}
	encoded[used] = '\0';
	if (used + strlen(suffix) >= size)
		return false;
	memcpy(dst, encoded, used);
	return text_copy(dst + used, size - used, suffix);
}

/* The value of an upper case hexadecimal digit, or -1. */
static int
hex_value(char c)
{
	const char *digit = memchr(UPPER_HEX, c, 16);

	return digit == NULL ? -1 : (int)(digit - UPPER_HEX);
}

/* Undoes each %XX of the len bytes at src; dst holds len + 1 bytes. */
static void
unescape(char *dst, const char *src, size_t len)
{
	int high, low;
	size_t i;
	size_t used = 0;

	for (i = 0; i < len; i++) {
		dst[used] = src[i];
		if (src[i] == '%' && len - i > 2) {
			high = hex_value(src[i + 1]);
			low = hex_value(src[i + 2]);
			if (high >= 0 && low >= 0) {
				dst[used] = (char)(high << 4 | low);
				i += 2;
			}
		}
		used++;
	}
	dst[used] = '\0';
}

bool
name_decode(char *dst, size_t size, const char *file, size_t len)
{
	char name[NAME_ENCODED_MAX + 1], again[NAME_ENCODED_MAX + 1];

	dst[0] = '\0';
	if (len > NAME_ENCODED_MAX)
		return false;
	unescape(name, file, len);
	/* Encoding it again finds all that name_encode() would not write. */
	if (!name_encode(again, sizeof(again), name, "") ||
	    strlen(again) != len || memcmp(again, file, len) != 0)
		return false;
	return text_copy(dst, size, name);
}

bool
name_decode_file(char *dst, size_t size, const char *file, const char *suffix)
{
	size_t len = strlen(file), end = strlen(suffix);

	dst[0] = '\0';
	return len > end && strcmp(file + len - end, suffix) == 0 &&
	    name_decode(dst, size, file, len - end);
}
