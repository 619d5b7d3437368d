#include "daemon/receiver.h"

#include "io/log.h"
#include "io/socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define DATAGRAM_MAX 65536
#define WAIT_MAX_MS (60 * UINT64_C(1000))
#define BURST 20   /* traps at once: a socket's buffer is not endless */
#define PACE_MS 50 /* until the next ones */

struct waiting {
	struct waiting *next;
	struct saw_parcel *parcel;
};

struct saw_receiver {
	struct saw_receiver_home *home;
	const struct saw_config_receiver *config;
	struct saw_wire *wire;
	uv_timer_t timer;
	uv_poll_t *poll; /* NULL: there is no socket */
	int fd;
	char printed[SAW_SOCKET_PRINTED];
	struct waiting *first, **last;
	int32_t id;     /* of the message that waits for its answer; 0: none does */
	unsigned tries; /* of the first notice */
	unsigned turn;  /* which of a name's addresses */
	uint64_t sent, repeated, dropped, waiting;
	char error[256]; /* empty: the last one was taken */
};

void saw_parcel_release(struct saw_parcel *p) {
	if (--p->refs)
		return;
	saw_notice_destroy(p->notice);
	free(p);
}

/* -------------------------------------------------------------------------------------------------- the message */

#define VALUES_MAX (SAW_NOTICE_OBJECTS + 2)

struct message {
	struct saw_varbind values[VALUES_MAX];
	uint32_t names[VALUES_MAX][SAW_OID_MAX];
	uint32_t trap[SAW_OID_MAX];
	size_t n;
};

static void put_value(struct saw_varbind *to, const struct saw_mib_value *v) {
	to->tag = (uint8_t)v->tag;
	switch (v->tag) {
	case SAW_MIB_TAG_INTEGER:
		to->type = SAW_VALUE_INTEGER;
		to->i = (int64_t)v->number;
		return;
	case SAW_MIB_TAG_OCTETS:
		to->type = SAW_VALUE_OCTETS;
		to->bytes = v->octets;
		to->n = v->n;
		return;
	default:
		to->type = SAW_VALUE_UNSIGNED;
		to->u = v->number;
	}
}

/* sysUpTime.0, snmpTrapOID.0, and the notice's objects. */
static void make_message(const struct saw_receiver_home *h, const struct saw_notice *n, struct message *m) {
	static const uint32_t uptime[] = {1, 3, 6, 1, 2, 1, 1, 3, 0}, trap[] = {1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0};

	memcpy(m->trap, h->root, h->n_root * sizeof *m->trap);
	m->trap[h->n_root] = SAW_MIB_NOTIFICATIONS;
	m->trap[h->n_root + 1] = n->what->arc;
	m->values[0] = (struct saw_varbind){.name = uptime,
										.n_name = sizeof uptime / sizeof *uptime,
										.type = SAW_VALUE_UNSIGNED,
										.tag = SAW_TAG_TIMETICKS,
										.u = n->uptime};
	m->values[1] = (struct saw_varbind){
		.name = trap, .n_name = sizeof trap / sizeof *trap, .type = SAW_VALUE_OID, .oid = m->trap, .n = h->n_root + 2};
	m->n = 2;
	for (size_t i = 0; i < n->n; i++, m->n++) {
		uint32_t *name = m->names[m->n];

		memcpy(name, h->root, h->n_root * sizeof *name);
		memcpy(name + h->n_root, n->objects[i].rel, n->objects[i].n * sizeof *name);
		m->values[m->n] = (struct saw_varbind){.name = name, .n_name = h->n_root + n->objects[i].n};
		put_value(&m->values[m->n], &n->objects[i].value);
	}
}

/* -------------------------------------------------------------------------------------------------- how it goes */

static void said(struct saw_receiver *r, const char *error) {
	if (*error && !*r->error)
		saw_log(SAW_LOG_WARNING, NULL, NULL, "receiver %s (%s): %s", r->config->name, r->printed, error);
	if (!*error && *r->error)
		saw_log(SAW_LOG_INFO, NULL, NULL, "receiver %s (%s) takes notifications again", r->config->name, r->printed);
	snprintf(r->error, sizeof r->error, "%s", error);
}

static void pop(struct saw_receiver *r) {
	struct waiting *w = r->first;

	r->first = w->next;
	if (!r->first)
		r->last = &r->first;
	r->waiting--;
	r->tries = 0;
	r->id = 0;
	saw_parcel_release(w->parcel);
	free(w);
}

static void done(struct saw_receiver *r, bool taken) {
	if (taken) {
		r->sent++;
		said(r, "");
	} else {
		r->dropped++;
	}
	r->home->done(r->home->ctx, r->config->name, r->first->parcel->notice->serial);
	pop(r);
}

static void on_timer(uv_timer_t *t);
static void on_ready(uv_poll_t *p, int status, int events);

static uint64_t patience(const struct saw_receiver *r) {
	uint64_t ms = r->config->timeout_ms;

	for (unsigned i = 1; i < r->tries && ms < WAIT_MAX_MS; i++)
		ms *= 2;
	return ms < WAIT_MAX_MS ? ms : WAIT_MAX_MS;
}

static void poll_closed(uv_handle_t *h) {
	free(h);
}

static void close_socket(struct saw_receiver *r) {
	if (!r->poll)
		return;
	uv_close((uv_handle_t *)r->poll, poll_closed);
	close(r->fd);
	r->poll = NULL;
}

/* Where its name leads may change: it is asked for again with each new socket. */
static int open_socket(struct saw_receiver *r, struct saw_err *err) {
	int rc =
		saw_io_udp_connect(r->config->address, r->config->port, r->turn, &r->fd, r->printed, sizeof r->printed, err);

	if (rc < 0)
		return rc;
	r->poll = malloc(sizeof *r->poll);
	if (!r->poll || uv_poll_init(r->home->loop, r->poll, r->fd) < 0) {
		free(r->poll);
		r->poll = NULL;
		close(r->fd);
		return saw_err_set(err, -ENOMEM, "no memory for a socket");
	}
	r->poll->data = r;
	uv_poll_start(r->poll, UV_READABLE, on_ready);
	return 0;
}

/* -------------------------------------------------------------------------------------------------------- sending */

static int encode(struct saw_receiver *r, const uint8_t **out, size_t *len) {
	static struct message m;
	struct saw_usm_header own = r->home->engine;
	uint64_t now = uv_hrtime();

	if (!r->config->inform && r->config->version == 3 && !saw_wire_ready(r->wire)) {
		own.time = 0;
		if (saw_wire_set_engine(r->wire, &own, r->home->started_ns) < 0)
			return -ENOMEM;
	}
	make_message(r->home, r->first->parcel->notice, &m);
	return saw_wire_encode_notification(r->wire, r->config->inform, m.values, m.n, r->id, now, out, len);
}

static int new_id(int32_t *id) {
	if (getrandom(id, sizeof *id, 0) != sizeof *id)
		return -EIO;
	*id = (*id & INT32_MAX) | 1;
	return 0;
}

/* The first notice, or the question which engine the receiver is. */
static int send_one(struct saw_receiver *r) {
	const bool asks = r->config->inform && !saw_wire_ready(r->wire);
	uint8_t probe[SAW_USM_PROBE];
	const uint8_t *bytes = probe;
	size_t len = sizeof probe;
	int rc = 0;

	if (!asks)
		r->id = r->first->parcel->notice->id;
	else if (!r->id)
		rc = new_id(&r->id);
	if (rc == 0 && asks)
		saw_usm_probe(r->id, probe);
	else if (rc == 0)
		rc = encode(r, &bytes, &len);
	if (rc == 0 && send(r->fd, bytes, len, MSG_NOSIGNAL) < 0)
		rc = -errno;
	return rc;
}

/* Sends what it is time for. A datagram that is refused says that nobody listens; an inform waits for better times. */
static void pump(struct saw_receiver *r) {
	struct saw_err err = {0};
	unsigned burst = 0;
	int rc = 0;

	while (r->first && burst++ < BURST) {
		if (!r->poll && (rc = open_socket(r, &err)) < 0)
			break;
		rc = send_one(r);
		if (r->config->inform || (rc < 0 && r->tries == 0))
			break;
		done(r, rc == 0);
	}
	/* The pace is kept when nothing waits too: what comes next may be many. */
	if (!r->first) {
		if (burst)
			uv_timer_start(&r->timer, on_timer, PACE_MS, 0);
		return;
	}
	if (rc < 0)
		said(r, err.code ? err.text : saw_strerror(rc));
	if (r->config->inform || rc < 0)
		r->tries++;
	uv_timer_start(&r->timer, on_timer, r->config->inform || rc < 0 ? patience(r) : PACE_MS, 0);
}

/* No answer in time. */
static void on_timer(uv_timer_t *t) {
	struct saw_receiver *r = t->data;

	if (r->first && r->config->inform && r->tries > r->config->retries) {
		if (!*r->error)
			said(r, "no acknowledgement");
		done(r, false);
		close_socket(r); /* it may be somewhere else by now */
		saw_wire_forget_engine(r->wire);
		r->turn++;
	} else if (r->first && r->config->inform && r->tries) {
		r->repeated++;
	}
	pump(r);
}

/* ------------------------------------------------------------------------------------------------------- answers */

/* usmStats: RFC 3414, 5. */
static const char *report_text(const struct saw_answer *a) {
	static const uint32_t stats[] = {1, 3, 6, 1, 6, 3, 15, 1, 1};
	static const char *const texts[] = {
		"",
		"it refuses this security level: check `auth` and `priv`",
		"",
		"it does not know this user",
		"",
		"it does not take this authentication: check `auth` and its password",
		"it cannot decrypt: check `priv` and its password",
	};
	const struct saw_varbind *v = a->n ? &a->varbinds[0] : NULL;

	if (!v || v->n_name < 11 || memcmp(v->name, stats, sizeof stats) != 0 || v->name[9] >= sizeof texts / sizeof *texts)
		return "";
	return texts[v->name[9]];
}

/* A Report says which engine it is, or that our idea of its clock is wrong; else what is wrong with us. */
static void take_report(struct saw_receiver *r, const struct saw_usm_header *h, const struct saw_answer *a) {
	const char *wrong = a ? report_text(a) : "";
	bool knew = saw_wire_ready(r->wire) && saw_wire_is_engine(r->wire, h);
	uint32_t n = a && a->n && a->varbinds[0].n_name > 9 ? a->varbinds[0].name[9] : 0;

	if (*wrong) {
		said(r, wrong); /* and it is tried again, in case somebody mends it there */
		return;
	}
	if (knew && n != 2) /* usmStatsNotInTimeWindows */
		return;
	if (saw_wire_set_engine(r->wire, h, uv_hrtime()) < 0)
		return;
	if (send_one(r) == 0)
		uv_timer_start(&r->timer, on_timer, patience(r), 0);
}

static void take_answer(struct saw_receiver *r, const uint8_t *data, size_t n) {
	struct saw_usm_header h;
	struct saw_answer a;

	if (!r->first || !r->id)
		return;
	if (r->config->version == 3 && saw_usm_header(data, n, &h) < 0)
		return;
	if (r->config->version == 3 && !saw_wire_ready(r->wire)) {
		if (h.message_id == r->id)
			take_report(r, &h, NULL);
		return;
	}
	if (saw_wire_decode(r->wire, data, n, uv_hrtime(), &a) < 0)
		return;
	if (a.report) {
		if (r->config->version == 3 && h.message_id == r->id)
			take_report(r, &h, &a);
	} else if (a.request_id == r->id) {
		uv_timer_stop(&r->timer);
		if (a.error_status != SAW_STATUS_OK)
			said(r, "it answered an inform with an error");
		done(r, a.error_status == SAW_STATUS_OK);
		pump(r);
	}
}

static void on_ready(uv_poll_t *p, int status, int events) {
	struct saw_receiver *r = p->data;
	static uint8_t datagram[DATAGRAM_MAX];
	ssize_t n;

	(void)events;
	while (r->poll == p) {
		n = recv(r->fd, datagram, sizeof datagram, MSG_DONTWAIT);
		if (n >= 0)
			take_answer(r, datagram, (size_t)n);
		else if (errno == ECONNREFUSED)
			said(r, "nobody listens there");
		else
			break;
	}
	/* At an error of the socket, which is taken from it by now, the loop stops to look. */
	if (status < 0 && r->poll == p)
		uv_poll_start(p, UV_READABLE, on_ready);
}

/* ---------------------------------------------------------------------------------------------------------- its life */

struct saw_receiver *saw_receiver_create(struct saw_receiver_home *home, const struct saw_config_receiver *config,
										 const struct saw_receiver_secrets *secrets, struct saw_err *err) {
	const struct saw_snmp_target target = {
		.device = config->name,
		.address = config->address,
		.version = config->version == 3 ? SAW_SNMP_V3 : SAW_SNMP_V2C,
		.community = secrets->community,
		.user = config->user,
		.auth = saw_snmp_auth_named(config->auth),
		.priv = saw_snmp_priv_named(config->priv),
		.auth_password = secrets->auth_password,
		.priv_password = secrets->priv_password,
	};
	struct saw_receiver *r = calloc(1, sizeof *r);

	if (!r) {
		saw_err_set(err, -ENOMEM, "no memory for receiver %s", config->name);
		return NULL;
	}
	r->home = home;
	r->config = config;
	r->last = &r->first;
	snprintf(r->printed, sizeof r->printed, "%s", config->address);
	r->wire = saw_wire_create(home->snmp, &target, err);
	if (!r->wire) {
		saw_err_prefix(err, "receiver %s", config->name);
		free(r);
		return NULL;
	}
	uv_timer_init(home->loop, &r->timer);
	r->timer.data = r;
	return r;
}

static void timer_closed(uv_handle_t *h) {
	free(h->data);
}

void saw_receiver_destroy(struct saw_receiver *r) {
	if (!r)
		return;
	while (r->first)
		pop(r);
	close_socket(r);
	saw_wire_destroy(r->wire);
	uv_close((uv_handle_t *)&r->timer, timer_closed);
}

void saw_receiver_inherit(struct saw_receiver *r, struct saw_receiver *from) {
	r->first = from->first;
	r->last = from->first ? from->last : &r->first;
	r->waiting = from->waiting;
	r->sent = from->sent;
	r->repeated = from->repeated;
	r->dropped = from->dropped;
	from->first = NULL;
	from->last = &from->first;
	from->waiting = 0;
	pump(r);
}

void saw_receiver_send(struct saw_receiver *r, struct saw_parcel *p) {
	struct waiting *w = calloc(1, sizeof *w);
	bool idle = !r->first && !uv_is_active((uv_handle_t *)&r->timer);

	if (!w) {
		r->dropped++;
		return;
	}
	if (r->waiting >= SAW_RECEIVER_QUEUE) {
		uv_timer_stop(&r->timer);
		done(r, false);
		idle = true;
	}
	p->refs++;
	w->parcel = p;
	*r->last = w;
	r->last = &w->next;
	r->waiting++;
	if (idle)
		pump(r);
}

const char *saw_receiver_name(const struct saw_receiver *r) {
	return r->config->name;
}

void saw_receiver_status(const struct saw_receiver *r, Sawatch__V1__ReceiverStatus *out) {
	sawatch__v1__receiver_status__init(out);
	out->name = (char *)(uintptr_t)r->config->name;
	out->has_sent = out->has_repeated = out->has_dropped = out->has_waiting = 1;
	out->sent = r->sent;
	out->repeated = r->repeated;
	out->dropped = r->dropped;
	out->waiting = r->waiting;
	out->error = *r->error ? (char *)(uintptr_t)r->error : NULL;
}
