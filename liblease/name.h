#ifndef LEASE_NAME_H
#define LEASE_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of an encoded name, and of it with ".lease" or a like ending. */
#define NAME_ENCODED_MAX	200
#define NAME_FILE_MAX		224

/*
 * May a name that somebody typed, or that the user database holds, be looked
 * at any further?  Refused are: empty, over LEASE_NAME_MAX bytes, "." and
 * "..", a leading '-', a '/', control characters (C0, DEL, C1), all digits,
 * and 0x with hexadecimal digits.  As shadow's chkname.c, but for letters and
 * digits only, because directories have names such as "CORP\bob".
 */
bool	name_valid(const char *name);

/*
 * The one function in which a name becomes part of a path.  Every byte outside
 * A-Za-z0-9_- and a dot that is not first becomes %XX, so that the result is
 * never empty, hidden, a path, or the same for two names.  Writes it and the
 * suffix to dst of size bytes.  Returns false, with dst empty, for a name that
 * is not name_valid() or a result that is too long.
 */
bool	name_encode(char *dst, size_t size, const char *name,
	    const char *suffix);

/*
 * The inverse: the name for the first len bytes of file.  Returns false, with
 * dst empty, unless name_encode() gives just these bytes for the result.
 */
bool	name_decode(char *dst, size_t size, const char *file, size_t len);

/* The same for all of file but the suffix, which it must have. */
bool	name_decode_file(char *dst, size_t size, const char *file,
	    const char *suffix);

#endif
