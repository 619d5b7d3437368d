#include "config.h"

#include "io/plain.h"

#include "core/base64.h"
#include "io/clock.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define HEAD_MAX 16384
#define HOST_MAX 256

/* The parts of "http://HOST[:PORT][/PREFIX]" and "unix:/PATH". */
struct place {
	bool is_unix;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char host[HOST_MAX]; /* without the brackets of IPv6 */
	char port[6];
	struct saw_str name;   /* for Host: as it was written */
	struct saw_str prefix; /* before the path; without a slash at its end */
};

struct transfer {
	const struct saw_fetch *fetch;
	int fd;
	int64_t deadline_ms;
	const char *doing;
	struct saw_buf in;
};

static void now_doing(struct transfer *t, const char *what) {
	t->doing = what;
	if (t->fetch->doing)
		*t->fetch->doing = what;
}

/* --------------------------------------------------------------------------------------------------------------- the answer */

/* The value of a header line, or nothing. */
static bool header(struct saw_str line, struct saw_str name, struct saw_str *value) {
	if (line.n <= name.n || line.p[name.n] != ':' || !saw_str_eq_nocase((struct saw_str){line.p, name.n}, name))
		return false;
	*value = saw_str_trim((struct saw_str){line.p + name.n + 1, line.n - name.n - 1});
	return true;
}

/* Up to and without the line's end; `rest` begins behind it. False: the line has not ended. */
static bool cut_line(struct saw_str *rest, struct saw_str *line) {
	const char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;

	if (!end)
		return false;
	*line = (struct saw_str){rest->p, (size_t)(end - rest->p)};
	rest->n -= line->n + 1;
	rest->p = end + 1;
	if (line->n && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

/* "HTTP/1.1 200 OK" */
static int status_line(struct saw_str line, struct saw_plain_head *out) {
	uint64_t status;

	if (line.n < 12 || !saw_str_starts(line, SAW_STR("HTTP/1.")) || line.p[8] != ' ' ||
		(line.n > 12 && line.p[12] != ' ') || saw_parse_u64((struct saw_str){line.p + 9, 3}, 999, &status) ||
		status < 100)
		return SAW_EPROTO;
	out->status = (unsigned)status;
	return 0;
}

static void take_type(struct saw_str value, struct saw_plain_head *out) {
	size_t n = 0;

	while (n < value.n && value.p[n] != ';' && value.p[n] != ' ' && value.p[n] != '\t')
		n++;
	if (n >= sizeof out->content_type)
		n = 0;
	for (size_t i = 0; i < n; i++)
		out->content_type[i] = (char)tolower((unsigned char)value.p[i]);
	out->content_type[n] = 0;
}

int saw_plain_head(struct saw_str bytes, struct saw_plain_head *out) {
	struct saw_str rest = bytes, line, value;

	*out = (struct saw_plain_head){0};
	if (bytes.n >= 7 && !saw_str_starts(bytes, SAW_STR("HTTP/1.")))
		return SAW_EPROTO;
	if (!cut_line(&rest, &line))
		return bytes.n > HEAD_MAX ? SAW_EPROTO : 0;
	if (status_line(line, out))
		return SAW_EPROTO;
	while (cut_line(&rest, &line)) {
		if (line.n == 0) {
			out->length = (size_t)(rest.p - bytes.p);
			return 0;
		}
		if (header(line, SAW_STR("Content-Type"), &value)) {
			take_type(value, out);
		} else if (header(line, SAW_STR("Content-Length"), &value)) {
			if (saw_parse_u64(value, UINT64_MAX, &out->content_length))
				return SAW_EPROTO;
			out->has_content_length = true;
		} else if (header(line, SAW_STR("Transfer-Encoding"), &value)) {
			return SAW_EPROTO; /* not in an answer to HTTP/1.0 */
		}
	}
	return bytes.n > HEAD_MAX ? SAW_EPROTO : 0;
}

/* ----------------------------------------------------------------------------------------------------------------- the place */

bool saw_plain_takes(const char *server) {
	return strncmp(server, "unix:/", 6) == 0 || strncmp(server, "http://", 7) == 0;
}

static bool copy(char *to, size_t room, struct saw_str from) {
	if (from.n == 0 || from.n >= room)
		return false;
	memcpy(to, from.p, from.n);
	to[from.n] = 0;
	return true;
}

/* HOST, HOST:PORT, [ADDRESS], [ADDRESS]:PORT */
static bool split_name(struct saw_str name, struct place *out) {
	struct saw_str host = name, port = SAW_STR("80");
	const char *end;
	uint64_t number;

	if (name.n && name.p[0] == '[') {
		end = memchr(name.p, ']', name.n);
		if (!end)
			return false;
		host = (struct saw_str){name.p + 1, (size_t)(end - name.p) - 1};
		end++;
	} else {
		end = name.n ? memchr(name.p, ':', name.n) : NULL;
		if (end)
			host.n = (size_t)(end - name.p);
		else
			end = name.p + name.n;
	}
	if (end < name.p + name.n) {
		port = (struct saw_str){end + 1, (size_t)(name.p + name.n - end) - 1};
		if (*end != ':')
			return false;
	}
	return saw_parse_u64(port, 65535, &number) == 0 && number > 0 && copy(out->port, sizeof out->port, port) &&
		   copy(out->host, sizeof out->host, host);
}

static int split(const char *server, struct place *out, struct saw_err *err) {
	struct saw_str rest = saw_str_of(server);
	size_t n = 0;

	*out = (struct place){.is_unix = rest.p[0] == 'u', .name = SAW_STR("localhost")};
	if (out->is_unix) {
		if (!copy(out->path, sizeof out->path, (struct saw_str){rest.p + 5, rest.n - 5}))
			return saw_err_set(err, -EINVAL, "\"%s\": the path of a Unix socket has at most %zu bytes", server,
							   sizeof out->path - 1);
		return 0;
	}
	rest = (struct saw_str){rest.p + 7, rest.n - 7};
	while (n < rest.n && !strchr("/?#", rest.p[n]))
		n++;
	out->name = (struct saw_str){rest.p, n};
	out->prefix = (struct saw_str){rest.p + n, rest.n - n};
	while (out->prefix.n && out->prefix.p[out->prefix.n - 1] == '/')
		out->prefix.n--;
	if (memchr(out->name.p, '@', out->name.n))
		return saw_err_set(err, -EINVAL, "a URL with a user name in it would be seen by everybody on this machine");
	for (size_t i = 0; i < rest.n; i++)
		if (rest.p[i] <= ' ' || rest.p[i] == 127)
			return saw_err_set(err, -EINVAL, "\"%s\": not a URL", server);
	return split_name(out->name, out) ? 0 : saw_err_set(err, -EINVAL, "\"%s\": not a URL", server);
}

/* -------------------------------------------------------------------------------------------------------------- the transfer */

/* 0 once the socket is ready; SAW_ETIMEOUT. */
static int ready_by(const struct transfer *t, short events, int64_t deadline_ms) {
	for (;;) {
		struct pollfd p = {.fd = t->fd, .events = events};
		int64_t left = deadline_ms - saw_steady_ms();
		int n;

		if (left <= 0)
			return SAW_ETIMEOUT;
		n = poll(&p, 1, left > 1000000 ? 1000000 : (int)left);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
}

static int ready(const struct transfer *t, short events) {
	return ready_by(t, events, t->deadline_ms);
}

static int connect_waiting(struct transfer *t, const struct sockaddr *address, socklen_t length) {
	const int64_t left = t->deadline_ms - saw_steady_ms();
	const struct timeval most = {.tv_sec = left / 1000, .tv_usec = left % 1000 * 1000 + 1};
	int rc = 0;

	if (left <= 0)
		return SAW_ETIMEOUT;
	fcntl(t->fd, F_SETFL, 0);
	setsockopt(t->fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
	if (connect(t->fd, address, length) != 0)
		rc = errno == EAGAIN ? SAW_ETIMEOUT : -errno;
	fcntl(t->fd, F_SETFL, O_NONBLOCK);
	return rc;
}

static int connect_to(struct transfer *t, const struct sockaddr *address, socklen_t length, int64_t deadline_ms) {
	socklen_t size = sizeof(int);
	int error = 0, rc;

	t->fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (t->fd < 0)
		return -errno;
	if (connect(t->fd, address, length) == 0)
		return 0;
	/* A Unix socket whose queue is full cannot be waited for by poll(2), but connect(2) itself waits. */
	if (errno == EAGAIN)
		rc = connect_waiting(t, address, length);
	else if (errno != EINPROGRESS)
		rc = -errno;
	else if ((rc = ready_by(t, POLLOUT, deadline_ms)) == 0 &&
			 getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0)
		rc = -error;
	if (rc) {
		close(t->fd);
		t->fd = -1;
	}
	return rc;
}

static bool is_this_host(const struct sockaddr *address) {
	const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;

	if (address->sa_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >> 24 == 127;
	return address->sa_family == AF_INET6 &&
		   (IN6_IS_ADDR_LOOPBACK(six) || (IN6_IS_ADDR_V4MAPPED(six) && six->s6_addr[12] == 127));
}

static int connect_tcp(struct transfer *t, const struct place *place, struct saw_err *err) {
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	struct addrinfo *list = NULL;
	int64_t addresses = 0;
	int rc;

	now_doing(t, "while its name was resolved");
	rc = getaddrinfo(place->host, place->port, &hints, &list);

	if (rc)
		return saw_err_set(err, SAW_ERESOLVE, "%s: the name cannot be resolved", t->fetch->server);
	now_doing(t, "while connecting");
	rc = SAW_EUNREACHABLE;
	for (const struct addrinfo *a = list; a; a = a->ai_next)
		addresses++;
	for (const struct addrinfo *a = list; a && rc && rc != SAW_EAUTH; a = a->ai_next, addresses--) {
		/* One address that swallows everything leaves time for the others. */
		const int64_t now = saw_steady_ms(), share = (t->deadline_ms - now) / addresses;

		if ((t->fetch->credentials || t->fetch->bearer) && !t->fetch->cleartext && !is_this_host(a->ai_addr))
			rc = saw_err_set(err, SAW_EAUTH,
							 "%s: the password would go over the network in the clear; https:// is needed",
							 t->fetch->server);
		else
			rc = connect_to(t, a->ai_addr, a->ai_addrlen, now + share);
	}
	freeaddrinfo(list);
	return rc;
}

static int open_place(struct transfer *t, const struct place *place, struct saw_err *err) {
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int rc;

	if (place->is_unix) {
		memcpy(address.sun_path, place->path, sizeof address.sun_path);
		now_doing(t, "while connecting");
		rc = connect_to(t, (const struct sockaddr *)&address, sizeof address, t->deadline_ms);
	} else {
		rc = connect_tcp(t, place, err);
	}
	if (rc == 0 || rc == SAW_ETIMEOUT || rc == SAW_ERESOLVE || rc == SAW_EAUTH)
		return rc;
	return saw_err_set(err, SAW_EUNREACHABLE, "cannot connect to %s: %s", t->fetch->server, saw_strerror(rc));
}

static int ask(struct transfer *t, const struct place *place) {
	struct saw_buf out = SAW_BUF_INIT(HEAD_MAX);
	size_t sent = 0;
	int rc;

	saw_buf_reserve(&out, HEAD_MAX); /* it never moves: a password is wiped below, and there is no second copy */
	saw_buf_puts(&out, "GET ");
	saw_buf_put(&out, place->prefix.p, place->prefix.n);
	saw_buf_puts(&out, t->fetch->path);
	saw_buf_puts(&out, " HTTP/1.0\r\nHost: ");
	saw_buf_put(&out, place->name.p, place->name.n);
	saw_buf_puts(&out, "\r\nUser-Agent: " PACKAGE_NAME "/" PACKAGE_VERSION "\r\n");
	if (t->fetch->accept)
		saw_buf_printf(&out, "Accept: %s\r\n", t->fetch->accept);
	if (t->fetch->credentials) {
		saw_buf_puts(&out, "Authorization: Basic ");
		saw_base64_put(&out, t->fetch->credentials, strlen(t->fetch->credentials));
		saw_buf_puts(&out, "\r\n");
	} else if (t->fetch->bearer) {
		saw_buf_printf(&out, "Authorization: Bearer %s\r\n", t->fetch->bearer);
	}
	saw_buf_puts(&out, "\r\n");
	rc = saw_buf_error(&out);
	while (rc == 0 && sent < out.len) {
		ssize_t n = send(t->fd, out.data + sent, out.len - sent, MSG_NOSIGNAL);

		if (n >= 0)
			sent += (size_t)n;
		else if (errno == EAGAIN)
			rc = ready(t, POLLOUT);
		else if (errno != EINTR)
			rc = -errno;
	}
	if (out.data)
		explicit_bzero(out.data, out.len);
	saw_buf_free(&out);
	return rc;
}

/* One more piece of the answer; 1 at its end. */
static int receive(struct transfer *t) {
	ssize_t n;

	if (!saw_buf_reserve(&t->in, 65536))
		return saw_buf_error(&t->in);
	n = recv(t->fd, t->in.data + t->in.len, 65536, 0);
	if (n > 0)
		t->in.len += (size_t)n;
	if (n >= 0)
		return n == 0;
	return errno == EAGAIN ? ready(t, POLLIN) : errno == EINTR ? 0 : -errno;
}

static int bad_answer(const struct transfer *t, const char *what, struct saw_err *err) {
	return saw_err_set(err, SAW_EPROTO, "%s: %s", t->fetch->server, what);
}

static int read_answer(struct transfer *t, struct saw_fetch_reply *out, struct saw_err *err) {
	struct saw_plain_head head = {0};
	size_t body = 0;
	int rc;

	now_doing(t, "while waiting for its answer");
	do {
		rc = receive(t);
		if (rc < 0)
			return rc;
		if (t->in.len)
			now_doing(t, "in the middle of its answer");
		if (!head.length && saw_plain_head((struct saw_str){(const char *)t->in.data, t->in.len}, &head))
			return bad_answer(t, "this is no answer of a web server", err);
		body = head.length ? t->in.len - head.length : 0;
		if (body > t->fetch->body_max || (head.has_content_length && head.content_length > t->fetch->body_max))
			return SAW_ELIMIT;
	} while (rc == 0 && !(head.length && head.has_content_length && body >= head.content_length));
	if (!head.length)
		return bad_answer(t, t->in.len ? "the answer ends in its head" : "the connection was closed without an answer",
						  err);
	if (head.has_content_length && body < head.content_length)
		return bad_answer(t, "the answer ends too early", err);
	out->status = head.status;
	memcpy(out->content_type, head.content_type, sizeof out->content_type);
	memmove(t->in.data, t->in.data + head.length, body);
	t->in.len = head.has_content_length ? (size_t)head.content_length : body;
	out->body = t->in;
	saw_buf_init(&t->in, 0);
	return 0;
}

int saw_plain_fetch(const struct saw_fetch *f, struct saw_fetch_reply *out, struct saw_err *err) {
	struct transfer t = {.fetch = f,
						 .fd = -1,
						 .deadline_ms = saw_steady_ms() + f->timeout_ms,
						 .in = SAW_BUF_INIT(f->body_max + HEAD_MAX + 65536)};
	struct saw_err said = {0};
	struct place place;
	int rc;

	*out = (struct saw_fetch_reply){.body = SAW_BUF_INIT(f->body_max)};
	rc = split(f->server, &place, &said);
	if (rc == 0)
		rc = open_place(&t, &place, &said);
	if (rc == 0)
		rc = ask(&t, &place);
	if (rc == 0)
		rc = read_answer(&t, out, &said);
	if (t.fd >= 0)
		close(t.fd);
	saw_buf_free(&t.in);
	if (rc == 0)
		return 0;
	saw_fetch_reply_free(out);
	if (said.code)
		return saw_err_set(err, rc, "%s", said.text);
	if (rc == SAW_ETIMEOUT)
		return saw_err_set(err, rc, "%s: no answer within %g s: the time ran out %s", f->server, f->timeout_ms / 1000.0,
						   t.doing);
	if (rc == SAW_ELIMIT)
		return saw_err_set(err, rc, "%s: the answer is larger than %zu bytes", f->server, f->body_max);
	return saw_err_set(err, rc == -ENOMEM ? rc : SAW_EPROTO, "%s: %s", f->server, saw_strerror(rc));
}
