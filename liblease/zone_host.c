#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "paths.h"
#include "zone_host.h"

static size_t
read_zone(unsigned char data[ZONE_FILE_MAX])
{
	int fd = open(PATH_LOCALTIME, O_RDONLY | O_CLOEXEC | O_NOCTTY |
	    O_NONBLOCK);
	size_t len = 0;
	ssize_t n = 1;

	if (fd == -1)
		return 0;
	while (len < ZONE_FILE_MAX && n != 0) {
		n = read(fd, data + len, ZONE_FILE_MAX - len);
		if (n == -1 && errno != EINTR) {
			len = 0;
			break;
		}
		len += n > 0 ? (size_t)n : 0;
	}
	(void)close(fd);
	return len;
}

unsigned char *
zone_host(struct zone *zone)
{
	unsigned char *data = malloc(ZONE_FILE_MAX);
	struct error err;

	*zone = zone_utc;
	if (data == NULL)
		return NULL;
	if (zone_parse(data, read_zone(data), zone, &err) == -1) {
		free(data);
		return NULL;
	}
	return data;
}
