/* The sockets of the HTTP face, by libmicrohttpd without threads: its epoll descriptor is watched by the owner's loop. */
#include "exporters/http/http.h"

#include "core/addr.h"
#include "exporters/http/routes.h"
#include "io/process.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* A client that holds its connection and says nothing is let go after IDLE_SECONDS; CONNECTIONS bounds how many may do so. */
#define CONNECTIONS 512
#define IDLE_SECONDS 15
#define CONNECTION_BYTES (16U << 10) /* request line and headers */
#define BACKLOG 128

struct saw_http {
	struct MHD_Daemon *mhd;
	int epoll_fd;
	uint16_t port;
	struct saw_http_hooks hooks;
	struct saw_snapshot *shown; /* whose answers are in `shared` */
	struct MHD_Response *shared[SAW_ROUTES_SHARED];
};

/* One request: what libmicrohttpd keeps for us from its first line to its end. */
struct request {
	bool begun;
	char target[]; /* as it came */
};

/* ------------------------------------------------------------------------------------------------------------------ answers */

static struct MHD_Response *make_response(struct saw_answer *a) {
	static const struct {
		const char *name, *value;
	} headers[] = {
		{"Cache-Control", "no-store"},
		{"X-Content-Type-Options", "nosniff"},
		{"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"},
		{"Referrer-Policy", "no-referrer"},
	};
	size_t len = a->body.len;
	uint8_t *body = saw_buf_steal(&a->body, &len);
	struct MHD_Response *r = body ? MHD_create_response_from_buffer(len, body, MHD_RESPMEM_MUST_FREE)
								  : MHD_create_response_from_buffer(0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);

	if (!r) {
		free(body);
		return NULL;
	}
	MHD_add_response_header(r, "Content-Type", a->content_type);
	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
		MHD_add_response_header(r, headers[i].name, headers[i].value);
	return r;
}

/* Answers of an older snapshot are dropped; whoever is still being sent one keeps it alive. */
static void show(struct saw_http *h, struct saw_snapshot *s) {
	if (h->shown == s && s) {
		saw_snapshot_unref(s); /* one is held already */
		return;
	}
	for (size_t i = 0; i < SAW_ROUTES_SHARED; i++) {
		if (h->shared[i])
			MHD_destroy_response(h->shared[i]);
		h->shared[i] = NULL;
	}
	if (h->shown)
		saw_snapshot_unref(h->shown);
	h->shown = s;
}

static enum MHD_Result queue(struct MHD_Connection *c, unsigned status, struct MHD_Response *r) {
	enum MHD_Result rc;

	if (!r)
		return MHD_NO;
	rc = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return rc;
}

static enum MHD_Result answer_get(struct saw_http *h, struct MHD_Connection *c, const char *target) {
	const char *accept = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Accept");
	struct saw_process_figures figures;
	struct saw_routes_view view = {.process = &figures};
	struct MHD_Response *r;
	struct saw_answer a;
	struct saw_process p;
	int place;

	show(h, h->hooks.snapshot(h->hooks.ctx));
	place = h->shown ? saw_routes_shared(saw_str_of(target), saw_str_of(accept)) : -1;
	if (place >= 0 && h->shared[place])
		return MHD_queue_response(c, MHD_HTTP_OK, h->shared[place]);

	saw_process_read(&p);
	figures = (struct saw_process_figures){.cpu_seconds = p.cpu_seconds,
										   .start_time_seconds = p.start_time_seconds,
										   .resident_bytes = p.resident_bytes,
										   .open_fds = p.open_fds,
										   .max_fds = p.max_fds};
	view.snapshot = h->shown ? h->shown->pb : NULL;
	view.now_ms = h->hooks.now_ms(h->hooks.ctx);
	view.ready = h->hooks.ready(h->hooks.ctx, &view.why_not);
	saw_routes_answer(&view, saw_str_of(target), saw_str_of(accept), &a);
	r = make_response(&a);
	saw_buf_free(&a.body);
	if (r && place >= 0 && a.status == MHD_HTTP_OK) {
		h->shared[place] = r;
		return MHD_queue_response(c, MHD_HTTP_OK, r);
	}
	return queue(c, a.status, r);
}

static enum MHD_Result answer_wrong_method(struct MHD_Connection *c) {
	static const char text[] = "{\"error\":\"only GET and HEAD are answered here\"}\n";
	struct saw_answer a = {.content_type = "application/json", .body = SAW_BUF_INIT(sizeof text)};
	struct MHD_Response *r;

	saw_buf_puts(&a.body, text);
	r = make_response(&a);
	saw_buf_free(&a.body);
	if (r)
		MHD_add_response_header(r, "Allow", "GET, HEAD");
	return queue(c, MHD_HTTP_METHOD_NOT_ALLOWED, r);
}

/* ---------------------------------------------------------------------------------------------------------------- callbacks */

static void *on_target(void *ctx, const char *target, struct MHD_Connection *c) {
	size_t n = strlen(target);
	struct request *rq = malloc(sizeof *rq + n + 1);

	(void)ctx;
	(void)c;
	if (rq) {
		rq->begun = false;
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
	return answer_get(ctx, c, rq->target);
}

static void on_end(void *ctx, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode code) {
	(void)ctx;
	(void)c;
	(void)code;
	free(*state);
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
	fd = listen_on(address, &h->port, err);
	if (fd < 0) {
		free(h);
		return NULL;
	}
	h->mhd = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET, fd,
							  MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
							  (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
							  MHD_OPTION_URI_LOG_CALLBACK, on_target, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL,
							  MHD_OPTION_END);
	info = h->mhd ? MHD_get_daemon_info(h->mhd, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	if (!info) {
		if (h->mhd)
			MHD_stop_daemon(h->mhd);
		else
			close(fd);
		free(h);
		saw_err_set(err, -EIO, "cannot serve HTTP: libmicrohttpd did not start");
		return NULL;
	}
	h->epoll_fd = info->epoll_fd;
	return h;
}

void saw_http_destroy(struct saw_http *h) {
	if (!h)
		return;
	MHD_stop_daemon(h->mhd);
	show(h, NULL);
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
	MHD_run(h->mhd);
}
