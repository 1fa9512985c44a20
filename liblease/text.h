#ifndef LEASE_TEXT_H
#define LEASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Copies the string src to dst, which holds size bytes.  Returns false, and
 * leaves dst empty, when it does not fit.
 */
bool	text_copy(char *dst, size_t size, const char *src);

/*
 * Length in bytes of the UTF-8 character (RFC 3629) at the start of the len
 * bytes at s, with its code point in *point; 0 when there is none: overlong,
 * surrogate, above U+10FFFF or cut off.
 */
size_t	text_utf8(const char *s, size_t len, unsigned int *point);

/*
 * Is it valid UTF-8 without C0, DEL and C1 controls, U+2028, U+2029, and
 * without the characters that change the direction of what is shown
 * (U+202A to U+202E, U+2066 to U+2069)?  Only such text is taken into a lease.
 */
bool	text_printable(const char *s, size_t len);

/*
 * Writes the len bytes at src to dst, which holds size bytes (at least 1), with
 * every byte outside 0x20 to 0x7e, and '"' and '\', as \xHH: safe for a log
 * line, a terminal and within double quotes.  What does not fit is cut at a
 * whole character and ends in "...".  Returns dst.
 */
char	*text_escape(char *dst, size_t size, const char *src, size_t len);

/*
 * The same for people to read, and not within quotes: only what is not
 * text_printable() is escaped.
 */
char	*text_show(char *dst, size_t size, const char *src, size_t len);

#endif
