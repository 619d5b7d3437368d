/* The sockets of the HTTP face, by libmicrohttpd without threads: its epoll descriptor is watched by the owner's loop. */
#include "exporters/http/http.h"

#include "core/addr.h"
#include "exporters/http/bodies.h"
#include "exporters/http/page.h"
#include "io/process.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* A client that holds its connection and says nothing is let go after IDLE_SECONDS; CONNECTIONS bounds how many may do so. */
#define CONNECTIONS 512
#define IDLE_SECONDS 15
#define CONNECTION_BYTES (16U << 10) /* request line and headers */
#define BACKLOG 128

struct saw_http {
	struct MHD_Daemon *mhd;
	int epoll_fd; /* what the owner watches: the server's own, and woken_fd */
	int woken_fd; /* an eventfd: a connection that slept is to go on */
	uint16_t port;
	struct saw_http_hooks hooks;
	struct saw_bodies *bodies;
};

/* One request: what libmicrohttpd keeps for us from its first line to its end. */
struct request {
	bool begun;
	struct saw_http *server;
	struct MHD_Connection *connection;
	struct saw_body *body; /* once it was asked for; the connection sleeps until it is done */
	struct saw_body_waiter waiter;
	char target[]; /* as it came */
};

/* ------------------------------------------------------------------------------------------------------------------ answers */

static struct MHD_Response *add_headers(struct MHD_Response *r, const char *content_type) {
	static const struct {
		const char *name, *value;
	} headers[] = {
		{"Cache-Control", "no-store"},         {"Vary", "Accept, Accept-Encoding"},
		{"X-Content-Type-Options", "nosniff"}, {"Content-Security-Policy", SAW_PAGE_SECURITY_POLICY},
		{"Referrer-Policy", "no-referrer"},
	};

	if (!r)
		return NULL;
	MHD_add_response_header(r, "Content-Type", content_type);
	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
		MHD_add_response_header(r, headers[i].name, headers[i].value);
	return r;
}

/* Takes the answer's body. */
static struct MHD_Response *response_of_answer(struct saw_answer *a) {
	size_t len = a->body.len;
	uint8_t *body = saw_buf_steal(&a->body, &len);
	struct MHD_Response *r = body ? MHD_create_response_from_buffer(len, body, MHD_RESPMEM_MUST_FREE)
								  : MHD_create_response_from_buffer(0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);

	saw_buf_free(&a->body);
	if (!r)
		free(body);
	return add_headers(r, a->content_type);
}

static void let_go(void *body) {
	saw_body_unref(body);
}

/* Takes the reference. The bytes are the body's: every client is sent the same ones. */
static struct MHD_Response *response_of_body(struct saw_body *b) {
	struct MHD_Response *r =
		MHD_create_response_from_buffer_with_free_callback_cls(b->len, (void *)(uintptr_t)b->data, let_go, b);

	if (!r)
		saw_body_unref(b);
	else if (b->encoding == SAW_ENCODING_GZIP)
		MHD_add_response_header(r, "Content-Encoding", "gzip");
	return add_headers(r, r ? b->content_type : NULL);
}

static enum MHD_Result queue(struct MHD_Connection *c, unsigned status, struct MHD_Response *r) {
	enum MHD_Result rc;

	if (!r)
		return MHD_NO;
	rc = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return rc;
}

static struct saw_str header_of(struct MHD_Connection *c, const char *name) {
	return saw_str_of(MHD_lookup_connection_value(c, MHD_HEADER_KIND, name));
}

/* What is so short that it need not leave the loop. */
static enum MHD_Result answer_at_once(struct saw_http *h, struct request *rq, struct saw_snapshot *snapshot) {
	struct saw_routes_view view = {.snapshot = snapshot ? snapshot->pb : NULL,
								   .now_ms = h->hooks.now_ms(h->hooks.ctx),
								   .recent = h->hooks.recent,
								   .ctx = h->hooks.ctx};
	struct saw_answer a;

	view.ready = h->hooks.ready(h->hooks.ctx, &view.why_not);
	saw_routes_answer(&view, saw_str_of(rq->target), header_of(rq->connection, "Accept"), &a);
	return queue(rq->connection, a.status, response_of_answer(&a));
}

static struct saw_process_figures figures(void) {
	struct saw_process p;

	saw_process_read(&p);
	return (struct saw_process_figures){.cpu_seconds = p.cpu_seconds,
										.start_time_seconds = p.start_time_seconds,
										.resident_bytes = p.resident_bytes,
										.open_fds = p.open_fds,
										.max_fds = p.max_fds};
}

static struct saw_body *ask(struct saw_http *h, struct request *rq, int place, struct saw_snapshot *snapshot) {
	const enum saw_encoding encoding = saw_accept_encoding(header_of(rq->connection, "Accept-Encoding"));
	struct saw_body *body = saw_bodies_find(h->bodies, snapshot, place, encoding);
	struct saw_bodies_question q;

	if (body)
		return body;
	q = (struct saw_bodies_question){.snapshot = snapshot,
									 .now_ms = h->hooks.now_ms(h->hooks.ctx),
									 .process = figures(),
									 .target = saw_str_of(rq->target),
									 .accept = header_of(rq->connection, "Accept"),
									 .place = place,
									 .encoding = encoding};
	return saw_bodies_make(h->bodies, &q);
}

/* From any thread. Once the connection goes on, the request may be gone. */
static void wake(struct saw_body_waiter *w) {
	struct request *rq = (struct request *)((char *)w - offsetof(struct request, waiter));
	struct saw_http *h = rq->server;

	MHD_resume_connection(rq->connection);
	eventfd_write(h->woken_fd, 1);
}

#define TAG_TEXT 24

/* Weak: compressed or not, it says the same. */
static const char *put_tag(uint64_t tag, char text[TAG_TEXT]) {
	snprintf(text, TAG_TEXT, "W/\"%016llx\"", (unsigned long long)tag);
	return text;
}

/* The client has this answer already. */
static bool is_had(const struct request *rq, const struct saw_body *body) {
	const char *had = MHD_lookup_connection_value(rq->connection, MHD_HEADER_KIND, "If-None-Match");
	char tag[TAG_TEXT];

	return had && body->tag && strstr(had, put_tag(body->tag, tag) + 2);
}

static enum MHD_Result answer_body(struct request *rq) {
	struct saw_body *body = rq->body;
	struct MHD_Response *r;
	unsigned status = body->status;
	char tag[TAG_TEXT] = "";

	rq->body = NULL;
	if (body->tag)
		put_tag(body->tag, tag);
	if (is_had(rq, body)) {
		status = MHD_HTTP_NOT_MODIFIED;
		r = add_headers(MHD_create_response_from_buffer(0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT),
						body->content_type);
		saw_body_unref(body);
	} else {
		r = response_of_body(body);
	}
	if (r && *tag)
		MHD_add_response_header(r, "ETag", tag);
	return queue(rq->connection, status, r);
}

static enum MHD_Result answer_get(struct saw_http *h, struct request *rq) {
	const struct saw_routes_plan plan = saw_routes_plan(saw_str_of(rq->target), header_of(rq->connection, "Accept"));
	struct saw_snapshot *snapshot = h->hooks.snapshot(h->hooks.ctx);
	enum MHD_Result rc = MHD_NO;

	if (plan.at_once)
		rc = answer_at_once(h, rq, snapshot);
	else
		rq->body = ask(h, rq, plan.place, snapshot);
	if (snapshot)
		saw_snapshot_unref(snapshot);
	if (!rq->body)
		return rc;
	if (saw_body_is_done(rq->body))
		return answer_body(rq);
	/* Asleep before it can be woken. */
	MHD_suspend_connection(rq->connection);
	rq->waiter.wake = wake;
	if (!saw_body_await(rq->body, &rq->waiter))
		wake(&rq->waiter);
	return MHD_YES;
}

static enum MHD_Result answer_wrong_method(struct MHD_Connection *c) {
	static const char text[] = "{\"error\":\"only GET and HEAD are answered here\"}\n";
	struct saw_answer a = {.content_type = "application/json", .body = SAW_BUF_INIT(sizeof text)};
	struct MHD_Response *r;

	saw_buf_puts(&a.body, text);
	r = response_of_answer(&a);
	if (r)
		MHD_add_response_header(r, "Allow", "GET, HEAD");
	return queue(c, MHD_HTTP_METHOD_NOT_ALLOWED, r);
}

/* ---------------------------------------------------------------------------------------------------------------- callbacks */

static void *on_target(void *ctx, const char *target, struct MHD_Connection *c) {
	size_t n = strlen(target);
	struct request *rq = malloc(sizeof *rq + n + 1);

	if (rq) {
		*rq = (struct request){.server = ctx, .connection = c};
		memcpy(rq->target, target, n + 1);
	}
	return rq;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *url, const char *method,
								  const char *version, const char *upload, size_t *upload_size, void **state) {
	struct request *rq = *state;

	(void)url;
	(void)version;
	(void)upload;
	if (!rq)
		return MHD_NO;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return answer_wrong_method(c);
	/* The first call comes with the headers, the last one after a body; a GET's body is read and forgotten. */
	if (!rq->begun || *upload_size) {
		rq->begun = true;
		*upload_size = 0;
		return MHD_YES;
	}
	return rq->body ? answer_body(rq) : answer_get(ctx, rq);
}

static void on_end(void *ctx, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode code) {
	struct request *rq = *state;

	(void)ctx;
	(void)c;
	(void)code;
	if (rq)
		saw_body_unref(rq->body);
	free(rq);
	*state = NULL;
}

/* ------------------------------------------------------------------------------------------------------------------- socket */

union socket_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t to_sockaddr(const struct saw_addr *a, uint16_t port, union socket_address *out) {
	memset(out, 0, sizeof *out);
	if (a->family == 6) {
		out->v6.sin6_family = AF_INET6;
		out->v6.sin6_port = htons(port);
		memcpy(&out->v6.sin6_addr, a->bytes, 16);
		return sizeof out->v6;
	}
	out->v4.sin_family = AF_INET;
	out->v4.sin_port = htons(port);
	memcpy(&out->v4.sin_addr, a->bytes, 4);
	return sizeof out->v4;
}

static int listen_on(const char *address, uint16_t *port, struct saw_err *err) {
	union socket_address sa;
	struct saw_addr a;
	socklen_t len;
	int one = 1, fd, rc;

	if (saw_addr_parse(saw_str_of(address), &a))
		return saw_err_set(err, -EINVAL, "cannot listen on \"%s\": an IPv4 or IPv6 address is expected", address);
	len = to_sockaddr(&a, *port, &sa);
	fd = socket(sa.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		goto failed;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) || bind(fd, &sa.any, len) || listen(fd, BACKLOG) ||
		getsockname(fd, &sa.any, &len))
		goto failed;
	*port = ntohs(sa.any.sa_family == AF_INET6 ? sa.v6.sin6_port : sa.v4.sin_port);
	return fd;

failed:
	rc = -errno;
	if (fd >= 0)
		close(fd);
	return saw_err_set(err, rc, "cannot listen on %s port %u: %s%s", address, *port, saw_strerror(rc),
					   rc == -EADDRINUSE ? " (does another one run already?)" : "");
}

/* --------------------------------------------------------------------------------------------------------------------- owner */

/* One descriptor for the owner to watch. */
static int watch(struct saw_http *h, int mhd_fd) {
	struct epoll_event readable = {.events = EPOLLIN};

	h->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	h->woken_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (h->epoll_fd < 0 || h->woken_fd < 0 || epoll_ctl(h->epoll_fd, EPOLL_CTL_ADD, mhd_fd, &readable) ||
		epoll_ctl(h->epoll_fd, EPOLL_CTL_ADD, h->woken_fd, &readable))
		return -errno;
	return 0;
}

struct saw_http *saw_http_create(const char *address, uint16_t port, const struct saw_http_hooks *hooks,
								 struct saw_err *err) {
	struct saw_http *h = calloc(1, sizeof *h);
	const union MHD_DaemonInfo *info;
	int fd;

	if (!h) {
		saw_err_set(err, -ENOMEM, "no memory");
		return NULL;
	}
	h->hooks = *hooks;
	h->port = port;
	h->epoll_fd = h->woken_fd = -1;
	h->bodies = saw_bodies_create(err);
	fd = h->bodies ? listen_on(address, &h->port, err) : -1;
	if (fd < 0)
		goto failed;
	h->mhd = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, h,
							  MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
							  MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
							  (size_t)CONNECTION_BYTES, MHD_OPTION_URI_LOG_CALLBACK, on_target, h,
							  MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL, MHD_OPTION_END);
	if (!h->mhd)
		close(fd);
	info = h->mhd ? MHD_get_daemon_info(h->mhd, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	if (!info || watch(h, info->epoll_fd)) {
		saw_err_set(err, -EIO, "cannot serve HTTP: libmicrohttpd did not start");
		goto failed;
	}
	return h;

failed:
	saw_http_destroy(h);
	return NULL;
}

void saw_http_destroy(struct saw_http *h) {
	if (!h)
		return;
	saw_bodies_destroy(h->bodies); /* wakes the connections that sleep, without which the server cannot be stopped */
	if (h->mhd)
		MHD_stop_daemon(h->mhd);
	if (h->epoll_fd >= 0)
		close(h->epoll_fd);
	if (h->woken_fd >= 0)
		close(h->woken_fd);
	free(h);
}

uint16_t saw_http_port(const struct saw_http *h) {
	return h->port;
}

int saw_http_fd(const struct saw_http *h) {
	return h->epoll_fd;
}

int64_t saw_http_timeout_ms(const struct saw_http *h) {
	MHD_UNSIGNED_LONG_LONG ms;

	return MHD_get_timeout(h->mhd, &ms) == MHD_YES ? (int64_t)ms : -1;
}

void saw_http_run(struct saw_http *h) {
	eventfd_t woken;

	eventfd_read(h->woken_fd, &woken);
	MHD_run(h->mhd);
}
