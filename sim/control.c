#include "config.h"

#include "sim/control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define CHUNK 65536
#define CLIENT_SECONDS 1
#define ANSWER_SECONDS 60 /* the other end may have 20,000 tunnels to print */

static int name_of(const char *path, struct sockaddr_un *out, struct saw_err *err) {
	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(out->sun_path)) {
		return saw_err_set(err, -ENAMETOOLONG, "%s: a socket's path has at most %zu characters", path,
						   sizeof(out->sun_path) - 1);
	}
	memcpy(out->sun_path, path, strlen(path) + 1);
	return 0;
}

static int fail(int fd, const char *path, const char *what, struct saw_err *err) {
	int code = -errno;
	if (fd >= 0) {
		close(fd);
	}
	return saw_err_set(err, code, "%s: %s: %s", path, what, strerror(-code));
}

static int connect_to(const char *path, struct saw_err *err) {
	struct sockaddr_un name;
	int r = name_of(path, &name, err);
	if (r != 0) {
		return r;
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof(name)) != 0) {
		return fail(fd, path, "no simulation answers there", err);
	}
	return fd;
}

int saw_sim_control_listen(const char *path, struct saw_err *err) {
	struct sockaddr_un name;
	struct stat st;
	int r = name_of(path, &name, err);
	if (r != 0) {
		return r;
	}
	if (lstat(path, &st) == 0) {
		int other = S_ISSOCK(st.st_mode) ? connect_to(path, NULL) : 0;
		if (other >= 0) {
			if (other > 0) {
				close(other);
			}
			return saw_err_set(err, -EADDRINUSE, "%s: in use; choose another path for --control", path);
		}
		unlink(path);
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	mode_t mask = umask(0177);
	bool ok = fd >= 0 && bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0 && listen(fd, 16) == 0;
	umask(mask);
	return ok ? fd : fail(fd, path, "cannot listen there", err);
}

static void set_timeouts(int fd, int receive, int send_seconds) {
	struct timeval in = {.tv_sec = receive}, out = {.tv_sec = send_seconds};
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &in, sizeof(in));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &out, sizeof(out));
}

int saw_sim_control_accept(int listener, char request[SAW_SIM_REQUEST_MAX]) {
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	size_t n = 0;
	if (fd < 0) {
		return -errno;
	}
	set_timeouts(fd, CLIENT_SECONDS, ANSWER_SECONDS);
	while (n < SAW_SIM_REQUEST_MAX - 1) {
		ssize_t got = recv(fd, request + n, SAW_SIM_REQUEST_MAX - 1 - n, 0);
		if (got <= 0) {
			break;
		}
		n += (size_t)got;
		char *end = memchr(request, '\n', n);
		if (end) {
			*end = '\0';
			return fd;
		}
	}
	close(fd);
	return SAW_ETRUNCATED;
}

static bool send_all(int fd, const char *p, size_t n) {
	while (n > 0) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
		if (sent <= 0) {
			return false;
		}
		p += sent;
		n -= (size_t)sent;
	}
	return true;
}

void saw_sim_control_answer(int fd, bool ok, struct saw_str text) {
	const char *head = ok ? "ok\n" : "error\n";
	if (send_all(fd, head, strlen(head))) {
		send_all(fd, text.p, text.n);
	}
	close(fd);
}

/* Cuts the first line off and makes the rest the text. */
static int judge(struct saw_buf *answer, struct saw_buf *out, struct saw_err *err) {
	const char *text = saw_buf_text(answer);
	if (strncmp(text, "ok\n", 3) == 0) {
		saw_buf_put(out, text + 3, answer->len - 3);
		return saw_buf_error(out);
	}
	if (strncmp(text, "error\n", 6) == 0) {
		return saw_err_set(err, SAW_EFORMAT, "%s", text + 6);
	}
	return saw_err_set(err, SAW_ETRUNCATED, "the simulation's answer broke off");
}

int saw_sim_control_ask(const char *path, const char *request, struct saw_buf *out, struct saw_err *err) {
	int fd = connect_to(path, err);
	if (fd < 0) {
		return fd;
	}
	struct saw_buf answer = SAW_BUF_INIT(out->ceiling + 2 * CHUNK);
	ssize_t got = 0;
	set_timeouts(fd, ANSWER_SECONDS, CLIENT_SECONDS);
	if (send_all(fd, request, strlen(request)) && send_all(fd, "\n", 1)) {
		uint8_t *room;
		while ((room = saw_buf_reserve(&answer, CHUNK)) && (got = recv(fd, room, CHUNK, 0)) > 0) {
			answer.len += (size_t)got;
			answer.data[answer.len] = '\0';
		}
	}
	int r = got < 0 ? saw_err_set(err, SAW_ETIMEOUT, "%s: the simulation did not answer in time", path)
					: judge(&answer, out, err);
	close(fd);
	saw_buf_free(&answer);
	return r;
}
