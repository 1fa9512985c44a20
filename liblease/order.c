#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "order.h"
#include "paths.h"

static int
order_open(int dirfd, int flags)
{
	return openat(dirfd, PATH_ORDER, O_RDWR | O_APPEND | O_CLOEXEC |
	    O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | flags, 0600);
}

static void
record_of(char record[ORDER_RECORD], const struct session *s)
{
	char name[SESSION_NAME_MAX];

	memset(record, '\n', ORDER_RECORD);
	session_name(name, s);
	memcpy(record, name, strlen(name));
}

/* Returns where the record is; it is written whole or not at all. */
static off_t
append(int fd, const struct session *own)
{
	char record[ORDER_RECORD];
	ssize_t n;

	record_of(record, own);
	do
		n = write(fd, record, sizeof(record));
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return -1;
	if (n != ORDER_RECORD) {
		errno = EIO;
		return -1;
	}
	return lseek(fd, 0, SEEK_CUR) - ORDER_RECORD;
}

static int
read_before(int fd, off_t own, struct order *order)
{
	off_t from = own > ORDER_TAIL ? own - ORDER_TAIL : 0;
	size_t len = (size_t)(own - from);
	ssize_t n;

	order->records = malloc(len + 1);
	if (order->records == NULL)
		return -1;
	while (order->len < len) {
		n = pread(fd, order->records + order->len, len - order->len,
		    from + (off_t)order->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (n == 0)
				errno = EIO;
			return -1;
		}
		order->len += (size_t)n;
	}
	return 0;
}

int
order_take(int dirfd, const struct session *own, struct order *order,
    struct error *err)
{
	int fd = order_open(dirfd, O_CREAT);
	struct stat sb;
	off_t at;

	error_clear(err);
	memset(order, 0, sizeof(*order));
	if (fd == -1)
		return error_system(err, PATH_ORDER);
	if (fstat(fd, &sb) == -1)
		(void)error_system(err, PATH_ORDER);
	else if (!S_ISREG(sb.st_mode) || sb.st_uid != 0)
		(void)error_set(err, ERROR_BROKEN,
		    PATH_ORDER " is no file of root's");
	else if ((at = append(fd, own)) == -1 ||
	    read_before(fd, at, order) == -1) {
		(void)error_system(err, PATH_ORDER);
		order_free(order);
	}
	(void)close(fd);
	return err->code == ERROR_NONE ? 0 : -1;
}

bool
order_before(const struct order *order, const struct session *s)
{
	char record[ORDER_RECORD];
	size_t at;

	record_of(record, s);
	for (at = 0; at + ORDER_RECORD <= order->len; at += ORDER_RECORD)
		if (memcmp(order->records + at, record, ORDER_RECORD) == 0)
			return true;
	return false;
}

void
order_free(struct order *order)
{
	free(order->records);
	memset(order, 0, sizeof(*order));
}

/* The file keeps its length, because places in it are the order. */
void
order_trim(int dirfd)
{
	int fd = order_open(dirfd, 0);
	struct stat sb;

	if (fd == -1)
		return;
	if (fstat(fd, &sb) == 0 && sb.st_size > ORDER_KEPT)
		(void)fallocate(fd, FALLOC_FL_PUNCH_HOLE |
		    FALLOC_FL_KEEP_SIZE, 0, sb.st_size - ORDER_KEPT);
	(void)close(fd);
}
