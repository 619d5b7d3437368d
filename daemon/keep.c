#include "daemon/keep.h"

#include "io/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void saw_keep_open(struct saw_keep *k, const char *state_dir, const char *name) {
	size_t n = state_dir ? strlen(state_dir) + strlen(name) + 2 : 0;

	saw_keep_close(k);
	k->path = n ? malloc(n) : NULL;
	if (k->path)
		snprintf(k->path, n, "%s/%s", state_dir, name);
}

void saw_keep_close(struct saw_keep *k) {
	free(k->path);
	*k = (struct saw_keep){0};
}

static void complain(struct saw_keep *k, const char *doing, int rc) {
	if (!k->failed)
		saw_log(SAW_LOG_ERROR, NULL, NULL, "%s: cannot be %s: %s", k->path, doing, saw_strerror(rc));
	k->failed = true;
}

void saw_keep_read(struct saw_keep *k, struct saw_buf *out) {
	int fd = k->path ? open(k->path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t got = 1;

	if (fd < 0) {
		if (k->path && errno != ENOENT)
			complain(k, "read", -errno);
		return;
	}
	while (got > 0) {
		uint8_t *p = saw_buf_reserve(out, 65536);

		got = p ? read(fd, p, 65536) : -1;
		if (got > 0)
			out->len += (size_t)got;
		if (got < 0)
			complain(k, "read", p ? -errno : out->error);
	}
	close(fd);
}

static int write_all(int fd, const struct saw_buf *text) {
	for (size_t at = 0; at < text->len;) {
		ssize_t n = write(fd, text->data + at, text->len - at);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			at += (size_t)n;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

void saw_keep_write(struct saw_keep *k, const struct saw_buf *text) {
	char part[PATH_MAX];
	int fd, rc = saw_buf_error(text);

	if (!k->path)
		return;
	snprintf(part, sizeof part, "%s.part", k->path);
	fd = rc ? -1 : open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (rc == 0)
		rc = fd < 0 ? -errno : write_all(fd, text);
	if (fd >= 0 && close(fd) < 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && rename(part, k->path) < 0)
		rc = -errno;
	if (rc)
		complain(k, "written", rc);
	else
		k->failed = false;
}
