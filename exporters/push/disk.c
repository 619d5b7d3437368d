#include "exporters/push/disk.h"

#include <errno.h>
#include <unistd.h>

int saw_disk_write(int fd, const uint8_t *p, size_t n, uint64_t at) {
	while (n) {
		ssize_t done = pwrite(fd, p, n, (off_t)at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -EIO;
		p += done;
		at += (uint64_t)done;
		n -= (size_t)done;
	}
	return 0;
}

int saw_disk_read(int fd, uint8_t *p, size_t n, uint64_t at) {
	while (n) {
		ssize_t done = pread(fd, p, n, (off_t)at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		if (done == 0)
			return SAW_ETRUNCATED;
		p += done;
		at += (uint64_t)done;
		n -= (size_t)done;
	}
	return 0;
}
