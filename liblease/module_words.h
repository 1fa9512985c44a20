#ifndef LEASE_MODULE_WORDS_H
#define LEASE_MODULE_WORDS_H

/* What stands in a line of a PAM stack. */
#define MODULE_FILE		"pam_lease.so"

#define OPTION_DEBUG		"debug"
#define OPTION_QUIET		"quiet"
#define OPTION_PERMISSIVE	"permissive"

#endif
