#include <sys/socket.h>
#include <sys/syscall.h>

#include <unistd.h>

/*
 * For LD_PRELOAD: the kernel's audit trail takes nothing, and holds up whoever
 * writes to it for good.
 */

#define EXPORT __attribute__((visibility("default")))

EXPORT ssize_t
sendto(int fd, const void *data, size_t size, int flags,
    __CONST_SOCKADDR_ARG to, socklen_t len)
{
	while (to.__sockaddr__ != NULL &&
	    to.__sockaddr__->sa_family == AF_NETLINK)
		(void)pause();
	return syscall(SYS_sendto, fd, data, size, flags, to.__sockaddr__,
	    len);
}
