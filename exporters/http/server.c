/* Requests: who may ask, and what becomes of the question. */
#include "exporters/http/http.h"

#include "exporters/http/basic.h"
#include "exporters/http/bodies.h"
#include "exporters/http/doors.h"
#include "exporters/http/framing.h"
#include "exporters/http/page.h"
#include "io/clock.h"
#include "io/log.h"
#include "io/process.h"
#include "proto/json.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define HELD_MAX ((size_t)512 << 20) /* bytes of answers that clients read; each snapshot has its own */
#define FAILURE_LOG_MS 10000         /* between two lines on failed logins */

struct header {
	char *name, *value;
};

struct saw_http {
	int epoll_fd; /* what the owner watches: the doors, woken_fd and the logins */
	int woken_fd; /* an eventfd: a connection that slept is to go on */
	struct saw_http_hooks hooks;
	struct saw_doors *doors;
	struct saw_basic *basic;
	struct saw_bodies *bodies;
	struct request *asleep; /* until their login is worked out, or their device is polled */
	uint64_t last_ticket;
	struct header *headers; /* of every answer */
	size_t n_headers;
	uint64_t rate_interval_ms, rate_burst, rate_left, rate_ms; /* requests that may still come; when one was added */
	uint64_t failure_logged_ms, failures_unlogged;
	struct saw_http_figures figures;
};

/* One request: what libmicrohttpd keeps for us from its first line to its end. */
struct request {
	bool begun;
	struct saw_http *server;
	struct MHD_Connection *connection;
	struct saw_body *body; /* once it was asked for; the connection sleeps until it is done */
	struct saw_body_waiter waiter;
	enum saw_basic_verdict verdict; /* NONE: not known yet */
	bool let_in;
	uint64_t ticket; /* of the probe that it waits for */
	unsigned probe_status;
	char *probe_error;
	struct request *next, **link; /* among those asleep */
	char target[];                /* as it came */
};

static uint64_t mono_ms(void) {
	return (uint64_t)saw_steady_ms();
}

/* ------------------------------------------------------------------------------------------------------------------ answers */

static bool is_set(const struct saw_http *h, const char *name) {
	for (size_t i = 0; i < h->n_headers; i++)
		if (strcasecmp(h->headers[i].name, name) == 0)
			return true;
	return false;
}

static struct MHD_Response *add_headers(const struct saw_http *h, struct MHD_Response *r, const char *content_type) {
	static const struct {
		const char *name, *value;
	} headers[] = {
		{"Cache-Control", "no-store"},         {"Vary", "Accept, Accept-Encoding"},
		{"X-Content-Type-Options", "nosniff"}, {"Content-Security-Policy", SAW_PAGE_SECURITY_POLICY},
		{"Referrer-Policy", "no-referrer"},    {"Cross-Origin-Resource-Policy", "same-origin"},
	};

	if (!r)
		return NULL;
	MHD_add_response_header(r, "Content-Type", content_type);
	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
		if (!is_set(h, headers[i].name))
			MHD_add_response_header(r, headers[i].name, headers[i].value);
	for (size_t i = 0; i < h->n_headers; i++)
		if (*h->headers[i].value)
			MHD_add_response_header(r, h->headers[i].name, h->headers[i].value);
	return r;
}

/* Takes the answer's body. */
static struct MHD_Response *response_of_answer(const struct saw_http *h, struct saw_answer *a) {
	size_t len = a->body.len;
	uint8_t *body = saw_buf_steal(&a->body, &len);
	struct MHD_Response *r = body ? MHD_create_response_from_buffer(len, body, MHD_RESPMEM_MUST_FREE)
								  : MHD_create_response_from_buffer(0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);

	saw_buf_free(&a->body);
	if (!r)
		free(body);
	return add_headers(h, r, a->content_type);
}

static void let_go(void *body) {
	saw_body_unref(body);
}

/* Takes the reference. The bytes are the body's: every client is sent the same ones. */
static struct MHD_Response *response_of_body(const struct saw_http *h, struct saw_body *b) {
	struct MHD_Response *r =
		MHD_create_response_from_buffer_with_free_callback_cls(b->len, (void *)(uintptr_t)b->data, let_go, b);

	if (!r)
		saw_body_unref(b);
	else if (b->encoding == SAW_ENCODING_GZIP)
		MHD_add_response_header(r, "Content-Encoding", "gzip");
	return add_headers(h, r, r ? b->content_type : NULL);
}

static void count(struct saw_http *h, unsigned status) {
	size_t i = 0;

	while (i < SAW_HTTP_CODES - 1 && saw_http_codes[i] != status)
		i++;
	h->figures.requests[i]++;
}

static enum MHD_Result queue(struct request *rq, unsigned status, uint64_t bytes, struct MHD_Response *r) {
	struct saw_visit *v = saw_doors_visit(rq->connection);
	enum MHD_Result rc;

	if (!r)
		return MHD_NO;
	count(rq->server, status);
	saw_visit_answering(v, bytes, mono_ms());
	if (saw_visit_is_over(v))
		MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
	rc = MHD_queue_response(rq->connection, status, r);
	MHD_destroy_response(r);
	return rc;
}

static struct saw_str header_of(struct MHD_Connection *c, const char *name) {
	return saw_str_of(MHD_lookup_connection_value(c, MHD_HEADER_KIND, name));
}

static enum MHD_Result queue_answer(struct request *rq, struct saw_answer *a) {
	const uint64_t bytes = a->body.len;

	return queue(rq, a->status, bytes, response_of_answer(rq->server, a));
}

/* What is so short that it need not leave the loop. */
static enum MHD_Result answer_at_once(struct saw_http *h, struct request *rq, struct saw_snapshot *snapshot) {
	const union MHD_ConnectionInfo *tls = MHD_get_connection_info(rq->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	struct saw_routes_view view = {.snapshot = snapshot ? snapshot->pb : NULL,
								   .now_ms = h->hooks.now_ms(h->hooks.ctx),
								   .host = header_of(rq->connection, "Host"),
								   .tls = tls && tls->tls_session,
								   .recent = h->hooks.recent,
								   .ctx = h->hooks.ctx};
	struct saw_answer a;

	view.ready = h->hooks.ready(h->hooks.ctx, &view.why_not);
	saw_routes_answer(&view, saw_str_of(rq->target), header_of(rq->connection, "Accept"), &a);
	return queue_answer(rq, &a);
}

static void read_figures(struct saw_http *h) {
	struct saw_http_figures *f = &h->figures;

	for (int i = 0; i < SAW_DOOR_COUNT; i++) {
		const struct saw_guard *g = saw_doors_guard(h->doors, (enum saw_door)i);

		f->connections[i] = saw_guard_connections(g);
		f->accepted[i] = saw_guard_admitted(g);
		for (int k = 0; k < SAW_GUARD_REASONS; k++)
			f->ended[i][k] = saw_guard_ended(g, (enum saw_guard_reason)k);
	}
	f->held_bytes = saw_bodies_held();
	f->certificate_expires_s = saw_doors_certificate_expires_s(h->doors);
}

static struct saw_process_figures figures(struct saw_http *h) {
	struct saw_process p;

	saw_process_read(&p);
	read_figures(h);
	return (struct saw_process_figures){.cpu_seconds = p.cpu_seconds,
										.start_time_seconds = p.start_time_seconds,
										.resident_bytes = p.resident_bytes,
										.open_fds = p.open_fds,
										.max_fds = p.max_fds,
										.has_http = true,
										.http = h->figures};
}

static struct saw_body *ask(struct saw_http *h, struct request *rq, int place, struct saw_snapshot *snapshot) {
	const enum saw_encoding encoding = saw_accept_encoding(header_of(rq->connection, "Accept-Encoding"));
	struct saw_body *body = saw_bodies_find(h->bodies, snapshot, place, encoding);
	struct saw_bodies_question q;

	if (body)
		return body;
	q = (struct saw_bodies_question){.snapshot = snapshot,
									 .now_ms = h->hooks.now_ms(h->hooks.ctx),
									 .process = figures(h),
									 .target = saw_str_of(rq->target),
									 .accept = header_of(rq->connection, "Accept"),
									 .place = place,
									 .held_max = HELD_MAX,
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
	uint64_t bytes = body->len;
	char tag[TAG_TEXT] = "";

	rq->body = NULL;
	if (body->tag)
		put_tag(body->tag, tag);
	if (is_had(rq, body)) {
		status = MHD_HTTP_NOT_MODIFIED;
		bytes = 0;
		r = add_headers(rq->server, MHD_create_response_from_buffer(0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT),
						body->content_type);
		saw_body_unref(body);
	} else {
		r = response_of_body(rq->server, body);
	}
	if (r && *tag)
		MHD_add_response_header(r, "ETag", tag);
	return queue(rq, status, bytes, r);
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

/* An error as the API has it. header: one more for the client; value NULL: none. */
static enum MHD_Result refuse(struct request *rq, unsigned status, const char *text, const char *header,
							  const char *value) {
	struct saw_answer a = {.content_type = "application/json", .body = SAW_BUF_INIT(4096)};
	struct MHD_Response *r;

	saw_buf_puts(&a.body, "{\"error\":");
	saw_json_string(&a.body, text, strlen(text));
	saw_buf_puts(&a.body, "}\n");
	a.status = status;
	r = response_of_answer(rq->server, &a);
	if (r && value)
		MHD_add_response_header(r, header, value);
	return queue(rq, status, 0, r);
}

/* ----------------------------------------------------------------------------------------------------------------- who may ask */

/* A token bucket, as the toolkit has it: `burst` at once, then one for each interval. */
static bool within_rate(struct saw_http *h, uint64_t now_ms) {
	const uint64_t more = h->rate_interval_ms ? (now_ms - h->rate_ms) / h->rate_interval_ms : 0;

	if (!h->rate_interval_ms)
		return true;
	h->rate_ms += more * h->rate_interval_ms;
	h->rate_left = more < h->rate_burst - h->rate_left ? h->rate_left + more : h->rate_burst;
	if (h->rate_left == 0)
		return false;
	h->rate_left--;
	return true;
}

static void fall_asleep(struct saw_http *h, struct request *rq) {
	rq->next = h->asleep;
	rq->link = &h->asleep;
	if (rq->next)
		rq->next->link = &rq->next;
	h->asleep = rq;
	MHD_suspend_connection(rq->connection);
}

static void wake_up(struct request *rq) {
	*rq->link = rq->next;
	if (rq->next)
		rq->next->link = rq->link;
	rq->link = NULL;
	MHD_resume_connection(rq->connection);
}

/* Who guesses is seen in the log, and does not fill it. */
static void note_failure(struct saw_http *h, struct request *rq) {
	const uint64_t now = mono_ms();

	h->figures.auth_failures++;
	h->failures_unlogged++;
	if (h->failure_logged_ms && now - h->failure_logged_ms < FAILURE_LOG_MS)
		return;
	saw_log(SAW_LOG_WARNING, NULL, NULL, "HTTP: a login from %s failed (%llu since the last of these lines)",
			saw_visit_client(saw_doors_visit(rq->connection)), (unsigned long long)h->failures_unlogged);
	h->failure_logged_ms = now;
	h->failures_unlogged = 0;
}

/* Whether the request goes on. If not, *rc is what libmicrohttpd is to hear. */
static bool may_ask(struct saw_http *h, struct request *rq, enum MHD_Result *rc) {
	static const char realm[] = "Basic realm=\"sawatch\", charset=\"UTF-8\"";
	const struct saw_str given = header_of(rq->connection, "Authorization");

	*rc = MHD_YES;
	/* The file system has let in who comes by a Unix socket. */
	if (saw_visit_door(saw_doors_visit(rq->connection)) == SAW_DOOR_UNIX)
		return true;
	if (rq->verdict == SAW_BASIC_NONE && !within_rate(h, mono_ms())) {
		*rc = refuse(rq, MHD_HTTP_TOO_MANY_REQUESTS, "more requests than the rate limit allows", "Retry-After", "1");
		return false;
	}
	if (!saw_basic_wanted(h->basic))
		return true;
	if (rq->verdict == SAW_BASIC_NONE)
		rq->verdict = saw_basic_check(h->basic, given, rq, mono_ms());
	switch (rq->verdict) {
	case SAW_BASIC_GOOD:
		return true;
	case SAW_BASIC_LATER:
		fall_asleep(h, rq);
		return false;
	case SAW_BASIC_BUSY:
		*rc = refuse(rq, MHD_HTTP_SERVICE_UNAVAILABLE, "too many logins are being checked", "Retry-After", "1");
		return false;
	default:
		if (given.n) /* who asks without any is told to; that is how browsers begin */
			note_failure(h, rq);
		*rc = refuse(rq, MHD_HTTP_UNAUTHORIZED, "a user and password are needed", "WWW-Authenticate", realm);
		return false;
	}
}

/* ----------------------------------------------------------------------------------------------------------------- the probe */

/* What Prometheus says of its timeout, less what the way takes; 0: nothing. */
static uint64_t client_timeout_ms(struct request *rq) {
	double seconds;

	if (saw_parse_double(header_of(rq->connection, "X-Prometheus-Scrape-Timeout-Seconds"), &seconds) || seconds <= 0 ||
		seconds > 86400)
		return 0;
	return seconds > 1 ? (uint64_t)(seconds * 1000) - 500 : (uint64_t)(seconds * 500) + 1;
}

/* False: it has its answer, or sleeps until the device was polled. */
static bool was_probed(struct saw_http *h, struct request *rq, enum MHD_Result *rc) {
	struct saw_routes_probe probe;
	struct saw_err err = {0};
	unsigned status = MHD_HTTP_FORBIDDEN;

	*rc = MHD_YES;
	if (!saw_routes_probe(saw_str_of(rq->target), &probe) || probe.wrong)
		return true; /* what is wrong is said by the route */
	if (!rq->ticket) {
		rq->ticket = ++h->last_ticket;
		fall_asleep(h, rq);
		if (h->hooks.probe)
			status = h->hooks.probe(h->hooks.ctx,
									&(struct saw_http_probe){.target = probe.target,
															 .module = *probe.module ? probe.module : NULL,
															 .timeout_ms = client_timeout_ms(rq),
															 .ticket = rq->ticket},
									&err);
		if (status)
			saw_http_probed(h, rq->ticket, status, err.code ? err.text : "nothing is polled here");
		return false;
	}
	if (rq->probe_status == MHD_HTTP_OK)
		return true;
	*rc = refuse(rq, rq->probe_status, rq->probe_error ? rq->probe_error : "no memory", NULL, NULL);
	return false;
}

/* ---------------------------------------------------------------------------------------------------------------- callbacks */

static void *on_target(void *ctx, const char *text, struct MHD_Connection *c) {
	const struct saw_str target = saw_framing_target(saw_str_of(text));
	struct request *rq = calloc(1, sizeof *rq + target.n + 1);

	if (rq) {
		*rq = (struct request){.server = ctx, .connection = c};
		memcpy(rq->target, target.p, target.n);
	}
	return rq;
}

static enum MHD_Result on_header(void *ctx, enum MHD_ValueKind kind, const char *name, size_t name_n, const char *value,
								 size_t value_n) {
	(void)kind;
	saw_framing_header(ctx, (struct saw_str){name, name_n}, (struct saw_str){value, value_n});
	return MHD_YES;
}

/* Once its headers are there. An answer now ends the connection, with all that may still come by it. */
static enum MHD_Result begin(struct request *rq, const char *method, const char *version) {
	struct saw_framing f = {.hosts = 0};

	rq->begun = true;
	MHD_get_connection_values_n(rq->connection, MHD_HEADER_KIND, on_header, &f);
	saw_framing_end(&f, version);
	if (f.status == MHD_HTTP_BAD_REQUEST)
		return refuse(rq, f.status, f.wrong, NULL, NULL);
	if (saw_visit_is_distrusted(saw_doors_visit(rq->connection)))
		return refuse(rq, MHD_HTTP_MISDIRECTED_REQUEST, "it has changed who may ask: connect again", NULL, NULL);
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return refuse(rq, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD are answered here", "Allow", "GET, HEAD");
	return f.status ? refuse(rq, f.status, f.wrong, NULL, NULL) : MHD_YES;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *url, const char *method,
								  const char *version, const char *upload, size_t *upload_size, void **state) {
	struct request *rq = *state;
	enum MHD_Result rc;

	(void)url;
	(void)upload;
	if (!rq || *upload_size)
		return MHD_NO;
	if (!rq->begun)
		return begin(rq, method, version);
	if (rq->body)
		return answer_body(rq);
	saw_visit_asked(saw_doors_visit(c));
	if (!rq->let_in && !may_ask(ctx, rq, &rc))
		return rc;
	rq->let_in = true;
	return was_probed(ctx, rq, &rc) ? answer_get(ctx, rq) : rc;
}

/* What libmicrohttpd found wrong before there was a request. */
static void on_refused(void *ctx, unsigned status) {
	count(ctx, status);
}

static void on_end(void *ctx, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode code) {
	struct request *rq = *state;

	(void)ctx;
	if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		saw_visit_answered(saw_doors_visit(c), mono_ms());
	if (rq) {
		saw_body_unref(rq->body);
		free(rq->probe_error);
	}
	free(rq);
	*state = NULL;
}

/* --------------------------------------------------------------------------------------------------------------------- owner */

/* One descriptor for the owner to watch. */
static int watch(struct saw_http *h) {
	const int fds[] = {saw_doors_fd(h->doors), h->woken_fd, saw_basic_fd(h->basic)};
	struct epoll_event readable = {.events = EPOLLIN};

	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		if (epoll_ctl(h->epoll_fd, EPOLL_CTL_ADD, fds[i], &readable))
			return -errno;
	return 0;
}

struct saw_http *saw_http_create(const struct saw_http_hooks *hooks, struct saw_err *err) {
	struct saw_http *h = calloc(1, sizeof *h);

	if (!h) {
		saw_err_set(err, -ENOMEM, "no memory");
		return NULL;
	}
	h->hooks = *hooks;
	h->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	h->woken_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	h->doors = saw_doors_create(&(struct saw_doors_hooks){
		.ctx = h, .request = on_request, .target = on_target, .refused = on_refused, .end = on_end});
	h->basic = saw_basic_create();
	h->bodies = saw_bodies_create(err);
	if (h->epoll_fd >= 0 && h->woken_fd >= 0 && h->doors && h->basic && h->bodies && watch(h) == 0)
		return h;
	if (err->code == 0)
		saw_err_set(err, -EIO, "cannot serve HTTP: no memory, threads or descriptors");
	saw_http_destroy(h);
	return NULL;
}

static void free_headers(struct saw_http *h) {
	for (size_t i = 0; i < h->n_headers; i++) {
		free(h->headers[i].name);
		free(h->headers[i].value);
	}
	free(h->headers);
	h->headers = NULL;
	h->n_headers = 0;
}

void saw_http_destroy(struct saw_http *h) {
	if (!h)
		return;
	/* Who sleeps is woken, without which the doors cannot be closed. */
	saw_bodies_destroy(h->bodies);
	for (struct request *rq = h->asleep; rq; rq = rq->next)
		MHD_resume_connection(rq->connection);
	saw_doors_destroy(h->doors);
	saw_basic_destroy(h->basic);
	free_headers(h);
	if (h->epoll_fd >= 0)
		close(h->epoll_fd);
	if (h->woken_fd >= 0)
		close(h->woken_fd);
	free(h);
}

int saw_http_listener(struct saw_http *h, uint32_t id, bool is_unix, int fd) {
	return saw_doors_listener(h->doors, id, is_unix ? SAW_DOOR_UNIX : SAW_DOOR_TCP, fd);
}

static int set_users(struct saw_http *h, const Sawatch__Internal__Web *w) {
	struct saw_basic_user *users = calloc(w->n_users + 1, sizeof *users);
	int rc = users ? 0 : -ENOMEM;

	for (size_t i = 0; users && i < w->n_users; i++)
		users[i] = (struct saw_basic_user){w->users[i]->name, w->users[i]->value};
	if (rc == 0)
		rc = saw_basic_users(h->basic, users, w->n_users);
	free(users);
	return rc;
}

static int set_headers(struct saw_http *h, const Sawatch__Internal__Web *w) {
	free_headers(h);
	h->headers = calloc(w->n_headers + 1, sizeof *h->headers);
	for (; h->headers && h->n_headers < w->n_headers; h->n_headers++) {
		struct header *to = &h->headers[h->n_headers];

		to->name = strdup(w->headers[h->n_headers]->name);
		to->value = strdup(w->headers[h->n_headers]->value);
		if (!to->name || !to->value)
			return -ENOMEM;
	}
	return h->headers ? 0 : -ENOMEM;
}

int saw_http_configure(struct saw_http *h, const Sawatch__Internal__Web *w, struct saw_err *err) {
	int rc = saw_doors_configure(h->doors, w, err);

	if (rc)
		return rc;
	h->rate_interval_ms = w->rate_interval_ms;
	h->rate_burst = w->rate_burst;
	h->rate_left = w->rate_burst;
	if (set_users(h, w) || set_headers(h, w))
		return saw_err_set(err, -ENOMEM, "no memory");
	return 0;
}

int saw_http_fd(const struct saw_http *h) {
	return h->epoll_fd;
}

int64_t saw_http_timeout_ms(const struct saw_http *h) {
	return saw_doors_timeout_ms(h->doors);
}

static void verified(struct request *rq, enum saw_basic_verdict verdict) {
	rq->verdict = verdict;
	wake_up(rq);
}

void saw_http_probed(struct saw_http *h, uint64_t ticket, unsigned status, const char *error) {
	struct request *rq = h->asleep;

	while (rq && rq->ticket != ticket)
		rq = rq->next;
	if (!rq)
		return;
	rq->probe_status = status;
	rq->probe_error = error ? strdup(error) : NULL;
	wake_up(rq);
	eventfd_write(h->woken_fd, 1);
}

void saw_http_run(struct saw_http *h) {
	enum saw_basic_verdict verdict;
	eventfd_t woken;
	void *who;

	eventfd_read(h->woken_fd, &woken);
	while (saw_basic_take(h->basic, mono_ms(), &who, &verdict))
		verified(who, verdict);
	saw_doors_run(h->doors, mono_ms(), saw_bodies_held() > HELD_MAX);
}
