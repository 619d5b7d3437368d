#include "config.h"

#include "exporters/http/doors.h"

#include "core/addr.h"
#include "core/siphash.h"
#include "exporters/http/tls.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CONNECTION_BYTES (16U << 10) /* request line and headers */
#define ACCEPTED_AT_ONCE 64          /* of one socket; then those that are in are served */
#define TURNS_AT_ONCE 16             /* of libmicrohttpd, before the loop has others to see to */
#define SWEEP_MS 500
#define READER_MS 5000 /* that everybody has to read an answer, however crowded it is */
#define SLACK 1024     /* connections that end are still libmicrohttpd's for a moment */

union socket_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un local;
};

struct listener {
	struct listener *next;
	uint32_t id;
	enum saw_door door;
	int fd;
	bool served, watched;
	uint64_t rests_ms; /* until then: there were no descriptors */
};

/* One daemon of libmicrohttpd. */
struct face {
	struct face *next;
	struct saw_doors *doors;
	struct MHD_Daemon *mhd;
	int epoll_fd;
	struct saw_tls_policy *policy; /* NULL: no TLS */
	uint64_t trust;                /* of what says who may connect */
	size_t n_visits;
	bool leaving; /* another one has taken its place */
};

struct saw_visit {
	struct face *face;
	struct saw_guest *guest;
	enum saw_door door;
	int fd;
	bool taken; /* libmicrohttpd's */
	char client[SAW_ADDR_TEXT];
};

struct saw_doors {
	struct saw_doors_hooks hooks;
	int epoll_fd;
	struct listener *listeners;
	struct face *faces;
	struct face *at[SAW_DOOR_COUNT];
	struct saw_guard *guards[SAW_DOOR_COUNT];
	struct saw_visit *arriving; /* while it is handed over */
	uint64_t mark;              /* of what the present daemons were made of: while that stays, they do */
	int64_t certificate_expires_s;
	uint64_t swept_ms;
};

/* ---------------------------------------------------------------------------------------------------------------------- visits */

/* libmicrohttpd finds the connection at its end, and closes it. */
static void end_visit(void *ctx, void *owner) {
	const struct saw_visit *v = owner;

	(void)ctx;
	if (v->taken)
		shutdown(v->fd, SHUT_RDWR);
}

static void on_connection(void *ctx, struct MHD_Connection *c, void **state, enum MHD_ConnectionNotificationCode code) {
	struct face *f = ctx;
	struct saw_visit *v;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		const union MHD_ConnectionInfo *session =
			f->policy ? MHD_get_connection_info(c, MHD_CONNECTION_INFO_GNUTLS_SESSION) : NULL;

		v = *state = f->doors->arriving;
		v->taken = true;
		f->n_visits++;
		if (session)
			saw_tls_policy_apply(f->policy, session->tls_session);
		return;
	}
	v = *state;
	*state = NULL;
	f->n_visits--;
	if (f->doors->arriving == v)
		f->doors->arriving = NULL;
	saw_guard_leave(v->guest);
	free(v);
}

struct saw_visit *saw_doors_visit(struct MHD_Connection *c) {
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info->socket_context;
}

enum saw_door saw_visit_door(const struct saw_visit *v) {
	return v->door;
}

const char *saw_visit_client(const struct saw_visit *v) {
	return v->client;
}

bool saw_visit_is_over(const struct saw_visit *v) {
	return v->face->leaving;
}

bool saw_visit_is_distrusted(const struct saw_visit *v) {
	return v->face->trust != v->face->doors->at[v->door]->trust;
}

void saw_visit_asked(struct saw_visit *v) {
	saw_guard_asked(v->guest);
}

void saw_visit_answering(struct saw_visit *v, uint64_t bytes, uint64_t now_ms) {
	saw_guard_answering(v->guest, bytes, now_ms);
}

void saw_visit_answered(struct saw_visit *v, uint64_t now_ms) {
	saw_guard_answered(v->guest, now_ms);
}

/* ----------------------------------------------------------------------------------------------------------------------- faces */

static void face_destroy(struct face *f) {
	if (f->mhd)
		MHD_stop_daemon(f->mhd); /* closes its descriptor, which epoll forgets by itself */
	saw_tls_policy_destroy(f->policy);
	free(f);
}

/* What libmicrohttpd refuses by itself it tells nobody but its log. */
SAW_PRINTF(2, 0)
static void on_log(void *ctx, const char *format, va_list args) {
	static const char refused[] = "Error processing request (HTTP response code is %u ";
	const struct saw_doors_hooks *hooks = ctx;

	if (strncmp(format, refused, sizeof refused - 1) == 0)
		hooks->refused(hooks->ctx, va_arg(args, unsigned));
}

static struct MHD_Daemon *start(struct face *f, const Sawatch__Internal__Web *w, const struct MHD_OptionItem *tls) {
	const struct saw_doors_hooks *hooks = &f->doors->hooks;
	unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;

	return MHD_start_daemon(tls[0].option == MHD_OPTION_END ? flags : flags | MHD_USE_TLS, 0, NULL, NULL,
							hooks->request, hooks->ctx, MHD_OPTION_EXTERNAL_LOGGER, on_log, (void *)(uintptr_t)hooks,
							MHD_OPTION_CONNECTION_LIMIT, w->max_connections + SLACK, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
							(size_t)CONNECTION_BYTES, MHD_OPTION_URI_LOG_CALLBACK, hooks->target, hooks->ctx,
							MHD_OPTION_NOTIFY_COMPLETED, hooks->end, hooks->ctx, MHD_OPTION_NOTIFY_CONNECTION,
							on_connection, f, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
}

/* tls NULL: none. NULL with err set. */
static struct face *face_create(struct saw_doors *d, const Sawatch__Internal__Web *w,
								const Sawatch__Internal__WebTls *tls, struct saw_err *err) {
	struct MHD_OptionItem options[5] = {{MHD_OPTION_END, 0, NULL}};
	struct saw_buf priorities = SAW_BUF_INIT(8192);
	struct face *f = calloc(1, sizeof *f);
	const union MHD_DaemonInfo *info;
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = f};
	int rc = f ? 0 : saw_err_set(err, -ENOMEM, "no memory");

	if (rc == 0 && tls) {
		rc = saw_tls_priorities(tls, &priorities, err);
		options[0] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, tls->cert};
		options[1] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, tls->key};
		options[2] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, priorities.data};
		options[3] =
			(struct MHD_OptionItem){tls->client_ca ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0, tls->client_ca};
		options[4] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
		f->policy = rc == 0 ? saw_tls_policy_create(tls) : NULL;
		if (rc == 0 && !f->policy)
			rc = saw_err_set(err, -ENOMEM, "no memory");
	}
	if (rc == 0) {
		f->doors = d;
		f->mhd = start(f, w, options);
		info = f->mhd ? MHD_get_daemon_info(f->mhd, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
		f->epoll_fd = info ? info->epoll_fd : -1;
		if (!info || epoll_ctl(d->epoll_fd, EPOLL_CTL_ADD, f->epoll_fd, &event) < 0)
			rc = saw_err_set(err, -EIO, "cannot serve HTTP%s: libmicrohttpd did not start", tls ? " with TLS" : "");
	}
	saw_buf_free(&priorities);
	if (rc == 0)
		return f;
	if (f)
		face_destroy(f);
	return NULL;
}

/* Those whose place another one has taken, and whom nobody uses any more: who is connected is answered first. */
static void bury(struct saw_doors *d) {
	for (struct face **at = &d->faces; *at;) {
		struct face *f = *at;

		if (f->leaving && f->n_visits == 0) {
			*at = f->next;
			face_destroy(f);
		} else {
			at = &f->next;
		}
	}
}

/* ------------------------------------------------------------------------------------------------------------------- listeners */

static void watch(struct saw_doors *d, struct listener *l, bool on) {
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};

	if (l->watched == on)
		return;
	if (epoll_ctl(d->epoll_fd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, l->fd, &event) == 0)
		l->watched = on;
}

static void listener_destroy(struct saw_doors *d, struct listener *l) {
	watch(d, l, false);
	close(l->fd);
	free(l);
}

int saw_doors_listener(struct saw_doors *d, uint32_t id, enum saw_door door, int fd) {
	struct listener *l = calloc(1, sizeof *l);

	if (!l) {
		close(fd);
		return -ENOMEM;
	}
	*l = (struct listener){.next = d->listeners, .id = id, .door = door, .fd = fd};
	d->listeners = l;
	return 0;
}

static struct saw_guard_client client_of(const union socket_address *from, char text[SAW_ADDR_TEXT]) {
	struct saw_guard_client client = {{0}};
	struct saw_addr a = {0};

	text[0] = 0;
	if (from->any.sa_family == AF_INET6) {
		saw_addr_from_bytes(from->v6.sin6_addr.s6_addr, 16, &a);
		memcpy(client.bytes, a.bytes, 8);
	} else if (from->any.sa_family == AF_INET) {
		saw_addr_from_bytes((const uint8_t *)&from->v4.sin_addr, 4, &a);
		memcpy(client.bytes + 12, a.bytes, 4);
	}
	saw_addr_print(&a, text);
	/* ::/64 holds ::1, and is somebody too. */
	client.bytes[11] = from->any.sa_family == AF_UNIX ? 0 : from->any.sa_family == AF_INET ? 4 : 6;
	return client;
}

static void let_in(struct saw_doors *d, const struct listener *l, int fd, const union socket_address *from,
				   socklen_t len, uint64_t now_ms) {
	struct saw_visit *v = calloc(1, sizeof *v);
	struct saw_guard_client client;
	int one = 1;

	if (!v) {
		close(fd);
		return;
	}
	*v = (struct saw_visit){.face = d->at[l->door], .door = l->door, .fd = fd};
	client = client_of(from, v->client);
	v->guest = saw_guard_admit(d->guards[l->door], &client, v, now_ms);
	if (!v->guest) {
		close(fd);
		free(v);
		return;
	}
	if (l->door == SAW_DOOR_TCP)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	d->arriving = v;
	if (MHD_add_connection(v->face->mhd, fd, &from->any, len) != MHD_YES && d->arriving == v && !v->taken) {
		saw_guard_leave(v->guest);
		free(v);
	}
	d->arriving = NULL;
}

/* While all are busy nobody is accepted: the kernel's queue holds those who come. */
static void accept_from(struct saw_doors *d, struct listener *l, uint64_t now_ms) {
	for (int i = 0; i < ACCEPTED_AT_ONCE; i++) {
		union socket_address from = {.any = {.sa_family = AF_UNIX}};
		socklen_t len = sizeof from;
		int fd;

		if (saw_guard_is_full(d->guards[l->door])) {
			watch(d, l, false);
			return;
		}
		fd = accept4(l->fd, &from.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0 && (errno == ECONNABORTED || errno == EINTR))
			continue;
		if (fd < 0 && errno != EAGAIN) {
			l->rests_ms = now_ms + SWEEP_MS;
			watch(d, l, false);
		}
		if (fd < 0)
			return;
		let_in(d, l, fd, &from, len, now_ms);
	}
}

/* ----------------------------------------------------------------------------------------------------------------------- owner */

struct saw_doors *saw_doors_create(const struct saw_doors_hooks *hooks) {
	struct saw_doors *d = calloc(1, sizeof *d);

	if (!d)
		return NULL;
	d->hooks = *hooks;
	d->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < SAW_DOOR_COUNT; i++)
		d->guards[i] = saw_guard_create(end_visit, NULL);
	if (d->epoll_fd >= 0 && d->guards[SAW_DOOR_TCP] && d->guards[SAW_DOOR_UNIX])
		return d;
	saw_doors_destroy(d);
	return NULL;
}

void saw_doors_destroy(struct saw_doors *d) {
	if (!d)
		return;
	while (d->listeners) {
		struct listener *next = d->listeners->next;

		listener_destroy(d, d->listeners);
		d->listeners = next;
	}
	while (d->faces) {
		struct face *next = d->faces->next;

		face_destroy(d->faces);
		d->faces = next;
	}
	for (int i = 0; i < SAW_DOOR_COUNT; i++)
		saw_guard_destroy(d->guards[i]);
	if (d->epoll_fd >= 0)
		close(d->epoll_fd);
	free(d);
}

static bool is_named(const Sawatch__Internal__Web *w, uint32_t id) {
	for (size_t i = 0; i < w->n_listeners; i++)
		if (w->listeners[i] == id)
			return true;
	return false;
}

static void set_limits(struct saw_doors *d, const Sawatch__Internal__Web *w) {
	const struct saw_guard_limits limits = {.connections = w->max_connections,
											.per_client = w->max_connections_per_client,
											.request_ms = w->request_timeout_ms,
											.idle_ms = w->idle_timeout_ms,
											.answer_ms = w->answer_timeout_ms};

	for (int i = 0; i < SAW_DOOR_COUNT; i++)
		saw_guard_limit(d->guards[i], &limits);
}

/* A number of everything in it. tls NULL: no TLS. */
static int mark_of(const Sawatch__Internal__WebTls *tls, uint32_t connections, uint64_t *out) {
	static const uint8_t key[SAW_SIPHASH_KEY] = {1};
	size_t n = tls ? protobuf_c_message_get_packed_size(&tls->base) : 0;
	uint8_t *packed = malloc(n + sizeof connections);

	if (!packed)
		return -ENOMEM;
	memcpy(packed, &connections, sizeof connections);
	if (tls)
		protobuf_c_message_pack(&tls->base, packed + sizeof connections);
	*out = saw_siphash(key, packed, n + sizeof connections);
	explicit_bzero(packed, n + sizeof connections);
	free(packed);
	return 0;
}

/* Another certificate of ours changes nothing for whom we let in. */
static int trust_of(const Sawatch__Internal__WebTls *tls, uint64_t *out) {
	Sawatch__Internal__WebTls trust = SAWATCH__INTERNAL__WEB_TLS__INIT;

	if (!tls)
		return mark_of(NULL, 0, out);
	trust.client_ca = tls->client_ca;
	trust.has_client_auth = tls->has_client_auth;
	trust.client_auth = tls->client_auth;
	trust.client_sans = tls->client_sans;
	trust.n_client_sans = tls->n_client_sans;
	return mark_of(&trust, 1, out);
}

static int change_faces(struct saw_doors *d, const Sawatch__Internal__Web *w, struct saw_err *err) {
	struct face *fresh[SAW_DOOR_COUNT] = {NULL};
	enum saw_tls_item item;
	int64_t expires = 0;
	uint64_t mark = 0, trusts[SAW_DOOR_COUNT] = {0}; /* the file system says whom a Unix socket lets in */
	int rc = mark_of(w->tls, w->max_connections, &mark);

	if (rc == 0)
		rc = trust_of(w->tls, &trusts[SAW_DOOR_TCP]);
	if (rc)
		return saw_err_set(err, rc, "no memory");
	if (d->at[SAW_DOOR_TCP] && mark == d->mark)
		return 0;
	rc = w->tls ? saw_tls_check(w->tls, &expires, &item, err) : 0;
	if (rc)
		return rc;
	fresh[SAW_DOOR_TCP] = face_create(d, w, w->tls, err);
	fresh[SAW_DOOR_UNIX] = fresh[SAW_DOOR_TCP] ? face_create(d, w, NULL, err) : NULL;
	if (!fresh[SAW_DOOR_UNIX]) {
		if (fresh[SAW_DOOR_TCP])
			face_destroy(fresh[SAW_DOOR_TCP]);
		return err->code ? err->code : -EIO;
	}
	for (int i = 0; i < SAW_DOOR_COUNT; i++) {
		if (d->at[i])
			d->at[i]->leaving = true;
		d->at[i] = fresh[i];
		d->at[i]->trust = trusts[i];
		fresh[i]->next = d->faces;
		d->faces = fresh[i];
	}
	d->mark = mark;
	d->certificate_expires_s = expires;
	return 0;
}

int saw_doors_configure(struct saw_doors *d, const Sawatch__Internal__Web *w, struct saw_err *err) {
	int rc = change_faces(d, w, err);

	if (rc)
		return rc;
	set_limits(d, w);
	for (struct listener **at = &d->listeners; *at;) {
		struct listener *l = *at;

		if (is_named(w, l->id)) {
			l->served = true;
			watch(d, l, true);
			at = &l->next;
		} else {
			*at = l->next;
			listener_destroy(d, l);
		}
	}
	bury(d);
	return 0;
}

int saw_doors_fd(const struct saw_doors *d) {
	return d->epoll_fd;
}

int64_t saw_doors_timeout_ms(const struct saw_doors *d) {
	bool anybody = false;
	int64_t wait = -1;

	for (int i = 0; i < SAW_DOOR_COUNT; i++)
		anybody |= saw_guard_connections(d->guards[i]) > 0;
	for (const struct listener *l = d->listeners; l; l = l->next)
		anybody |= !l->watched;
	if (anybody)
		wait = SWEEP_MS;
	for (const struct face *f = d->faces; f; f = f->next) {
		MHD_UNSIGNED_LONG_LONG ms;

		if (MHD_get_timeout(f->mhd, &ms) == MHD_YES && (wait < 0 || (int64_t)ms < wait))
			wait = (int64_t)ms;
	}
	return wait;
}

/* In a turn of its own libmicrohttpd writes each TLS connection one record of 16 KB: too little for a turn of all the loop. */
static void run_face(struct face *f) {
	MHD_UNSIGNED_LONG_LONG ms;

	for (int i = 0; i < TURNS_AT_ONCE; i++) {
		MHD_run(f->mhd);
		if (MHD_get_timeout(f->mhd, &ms) != MHD_YES || ms > 0)
			return;
	}
}

void saw_doors_run(struct saw_doors *d, uint64_t now_ms, bool crowded) {
	for (struct listener *l = d->listeners; l; l = l->next)
		if (l->served && now_ms >= l->rests_ms)
			accept_from(d, l, now_ms);
	for (struct face *f = d->faces; f; f = f->next)
		run_face(f);
	if (now_ms - d->swept_ms >= SWEEP_MS) {
		d->swept_ms = now_ms;
		for (int i = 0; i < SAW_DOOR_COUNT; i++)
			saw_guard_sweep(d->guards[i], now_ms);
		for (int i = 0; crowded && i < SAW_DOOR_COUNT; i++)
			crowded = !saw_guard_end_reader(d->guards[i], READER_MS, now_ms);
	}
	for (struct listener *l = d->listeners; l; l = l->next)
		if (l->served && now_ms >= l->rests_ms && !saw_guard_is_full(d->guards[l->door]))
			watch(d, l, true);
	bury(d);
}

const struct saw_guard *saw_doors_guard(const struct saw_doors *d, enum saw_door door) {
	return d->guards[door];
}

int64_t saw_doors_certificate_expires_s(const struct saw_doors *d) {
	return d->certificate_expires_s;
}
