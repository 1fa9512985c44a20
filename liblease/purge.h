#ifndef LEASE_PURGE_H
#define LEASE_PURGE_H

#include <sys/types.h>

/*
 * Kills everything that has the uid, in one step that no process can fork away
 * from; a look at /proc misses who forks and leaves faster than it reads.  It
 * is done by a child that has become the user, so that nothing of anybody
 * else's can be hit.  Returns 0, or -1 with errno: EPERM where the caller may
 * not change its uid.
 */
int	purge_uid(uid_t uid);

/*
 * The same for all that is in the user's slice, whatever uid it has: through
 * cgroup.kill of cgroups(7), if there is such a slice and it may be written.
 */
void	purge_slice(uid_t uid);

#endif
