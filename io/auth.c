#include "io/auth.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define AUTH_MAX 1024

static int check_line(const char *path, const char *line, struct saw_err *err) {
	for (const unsigned char *p = (const unsigned char *)line; *p; p++)
		if (*p < ' ' || *p == 127)
			return saw_err_set(err, SAW_EFORMAT, "%s: its first line holds a control character", path);
	if (!strchr(line, ':') || *line == ':')
		return saw_err_set(err, SAW_EFORMAT, "%s: USER:PASSWORD is expected in its first line", path);
	return 0;
}

int saw_auth_read(const char *path, char **out, struct saw_err *err) {
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), rc = 0;
	char *text = calloc(1, AUTH_MAX + 2);
	struct stat st;
	ssize_t n;

	*out = NULL;
	if (!text || fd < 0 || fstat(fd, &st) != 0) {
		rc = text ? -errno : -ENOMEM;
		saw_err_set(err, rc, "%s: %s", path, saw_strerror(rc));
	} else if (!S_ISREG(st.st_mode)) {
		rc = saw_err_set(err, SAW_EFORMAT, "%s is no file", path);
	} else if (st.st_mode & S_IROTH) {
		rc = saw_err_set(err, SAW_EFORMAT, "%s can be read by everybody: chmod o-rwx it", path);
	} else if ((n = read(fd, text, AUTH_MAX + 1)) < 0) {
		rc = saw_err_set(err, -errno, "%s: %s", path, saw_strerror(-errno));
	} else {
		text[strcspn(text, "\r\n")] = 0;
		rc = strlen(text) > AUTH_MAX
				 ? saw_err_set(err, SAW_ELIMIT, "%s: its first line is longer than %d bytes", path, AUTH_MAX)
				 : check_line(path, text, err);
	}
	if (fd >= 0)
		close(fd);
	if (rc == 0)
		*out = text;
	else
		saw_auth_wipe(text);
	return rc;
}

void saw_auth_wipe(char *text) {
	if (!text)
		return;
	explicit_bzero(text, AUTH_MAX + 2); /* all that was read, also behind the first line */
	free(text);
}
