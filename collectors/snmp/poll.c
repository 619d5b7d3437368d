/* The life of a poll, and its requests: sent, sent again, and matched with what comes in. */
#include "collectors/snmp/internal.h"
#include "proto/schema.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define DATAGRAM_MAX 65536
#define DATAGRAMS_AT_ONCE 64 /* then the loop's other work has its turn */
#define IGNORED_MAX 1000     /* datagrams that are no answers, in a row */
#define WINDOW_MAX 64
#define VALUES_AT_ONCE 54 /* by name in one GET */
#define TRIES_MAX 16      /* so that the ID of a try is that of its request and the try */
#define BACK_OFF_MAX 2    /* how often the time that a try waits is doubled */
#define ANSWER_ROOM 16384 /* what the kernel needs to keep an answer of the usual size, and some more */
#define CONTEXT_SHARE \
	8                 /* of what the device's own context may hold: contexts have tunnels only, and there may be many */
#define HELD_FACTOR 2 /* rows take about twice the room of the packed sample */

/* One thread, one poll at a time. */
static uint8_t datagram[DATAGRAM_MAX];
static struct saw_request request;

static void destroy(struct saw_snmp_poll *p) {
	saw_wire_destroy(p->wire);
	for (size_t i = 0; i < p->n_scopes; i++)
		saw_rows_destroy(p->scopes[i].rows);
	free(p->scopes);
	free(p->jobs);
	saw_sample_builder_destroy(p->builder);
	saw_snmp_memory_destroy(p->own_memory);
	if (p->fd >= 0)
		close(p->fd);
	free(p);
}

/* Rows of all contexts or of none: only together are they a poll. */
static void keep_rows(struct saw_snmp_poll *p) {
	bool keeps = p->target.keep && !p->dropped && !p->error_class;

	for (size_t s = 0; s < p->n_scopes; s++)
		for (size_t i = 0; i <= SAW_TABLE_IKE_TUNNELS; i++)
			keeps &= p->scopes[s].tables[i].outcome.error_class == 0;
	for (size_t s = 0; s < p->n_scopes && !p->dropped; s++) {
		struct scope *scope = &p->scopes[s];

		saw_rows_destroy(scope->known->kept);
		scope->known->kept = keeps ? scope->rows : NULL;
		if (keeps)
			scope->rows = NULL;
	}
	/* Contexts that are no longer there left by interfaces of rows that are gone now. */
	for (size_t s = p->n_scopes; s < SAW_SNMP_CONTEXTS_MAX; s++)
		if (p->memory->contexts[s]) {
			saw_rows_destroy(p->memory->contexts[s]->kept);
			p->memory->contexts[s]->kept = NULL;
		}
}

static void conclude(struct saw_snmp_poll *p, uint64_t now_ns) {
	const uint8_t *data;
	size_t len;

	saw_snmp_tell(p);
	keep_rows(p);
	p->memory->proven = p->pace.proven;
	p->memory->proven_values = p->values_pace.proven;
	saw_sample_finish(p->builder, p->observed_ms, (double)(now_ns - p->start_ns) / 1e9, p->requests, &data, &len);
	p->done(p->ctx, data, len);
	destroy(p);
}

/* ------------------------------------------------------------------------------------------------------------ jobs */

struct job *saw_snmp_job(struct saw_snmp_poll *p, enum job_kind kind) {
	for (unsigned i = 0; i < p->window; i++)
		if (p->jobs[i].kind == JOB_NONE) {
			p->jobs[i].kind = kind;
			p->jobs[i].resyncs = 0;
			p->jobs[i].scope = &p->scopes[0];
			p->under_way++;
			return &p->jobs[i];
		}
	return NULL;
}

void saw_snmp_job_end(struct saw_snmp_poll *p, struct job *job) {
	job->kind = JOB_NONE;
	p->under_way--;
}

struct saw_pace *saw_snmp_pace(struct saw_snmp_poll *p, const struct job *job) {
	return job->kind == JOB_VALUES ? &p->values_pace : &p->pace;
}

/* The first thing to do; the deadline at the latest. */
static void set_timer(struct saw_snmp_poll *p) {
	p->next_ns = p->start_ns + p->target.deadline_ns;
	for (unsigned i = 0; i < p->window; i++)
		if (p->jobs[i].kind != JOB_NONE && p->jobs[i].due_ns < p->next_ns)
			p->next_ns = p->jobs[i].due_ns;
	if (p->send_errno || p->step == STEP_END)
		p->next_ns = 0;
}

static int32_t id_of(const struct saw_snmp_poll *p, const struct job *job) {
	return p->first_id + job->sequence * TRIES_MAX + (int32_t)job->tries;
}

/* The job of which this is the ID of a try; *late: of a request that has been answered. */
static struct job *job_of(struct saw_snmp_poll *p, int32_t id, bool *late) {
	int32_t sequence = (id - p->first_id) / TRIES_MAX;

	*late = false;
	if (id < p->first_id || sequence > p->sequence)
		return NULL;
	for (unsigned i = 0; i < p->window; i++)
		if (p->jobs[i].kind != JOB_NONE && p->jobs[i].sequence == sequence)
			return id <= id_of(p, &p->jobs[i]) ? &p->jobs[i] : NULL;
	*late = true;
	return NULL;
}

static void transmit(struct saw_snmp_poll *p, struct job *job, uint64_t now_ns) {
	unsigned waits = job->tries - 1 < BACK_OFF_MAX ? job->tries - 1 : BACK_OFF_MAX;
	uint8_t probe[SAW_USM_PROBE];
	struct saw_pace pace = job->pace;
	const uint8_t *packet = probe;
	size_t n = sizeof probe;
	int rc = 0;

	job->due_ns = now_ns + (p->target.timeout_ns << waits);
	if (job->kind == JOB_DISCOVER) {
		saw_usm_probe(id_of(p, job), probe);
	} else {
		pace.values = saw_pace_of_try(saw_pace_values(&pace), job->tries, job->tries > p->target.retries);
		saw_snmp_request(p, job, &pace, &request);
		job->got = (unsigned)request.n * request.repetitions;
		if (job->tries == 1)
			job->wanted = job->got;
		saw_wire_set_context(p->wire, job->scope->context, job->scope->community);
		rc = saw_wire_encode(p->wire, &request, id_of(p, job), now_ns, &packet, &n);
	}
	if (rc) {
		struct saw_buf text = SAW_BUF_INIT(300);

		saw_buf_printf(&text, "%s: a request cannot be made: %s", p->target.address, saw_strerror(rc));
		saw_snmp_give_up(p, ERROR_CLASS(INTERNAL), saw_buf_text(&text));
		saw_buf_free(&text);
		return;
	}
	p->requests++;
	if (send(p->fd, packet, n, MSG_NOSIGNAL) < 0 && errno != EAGAIN && errno != ENOBUFS && errno != EINTR)
		p->send_errno = errno;
}

void saw_snmp_send(struct saw_snmp_poll *p, struct job *job, uint64_t now_ns) {
	job->sequence = ++p->sequence;
	job->tries = 1;
	job->asked_ns = now_ns;
	job->pace = *saw_snmp_pace(p, job);
	if (now_ns >= p->start_ns + p->target.deadline_ns)
		saw_snmp_out_of_time(p, now_ns);
	else
		transmit(p, job, now_ns);
}

/* What was lost was perhaps too much at once; it is tried again when as many answers came as may be under way. */
static void narrow(struct saw_snmp_poll *p) {
	p->open = p->open > 1 ? p->open / 2 : 1;
	p->answered = 0;
}

static void widen(struct saw_snmp_poll *p) {
	if (p->open < p->window && ++p->answered >= p->open) {
		p->open++;
		p->answered = 0;
	}
}

/* --------------------------------------------------------------------------------------------------------- answers */

static void ignore(struct saw_snmp_poll *p, bool unauthentic, uint64_t now_ns) {
	p->unauthentic += unauthentic;
	if (++p->ignored > IGNORED_MAX)
		for (unsigned i = 0; i < p->window && p->step != STEP_END; i++)
			if (p->jobs[i].kind != JOB_NONE)
				saw_snmp_silent(p, &p->jobs[i], now_ns);
}

static void answered(struct saw_snmp_poll *p, struct job *job, const struct saw_answer *a, uint64_t now_ns) {
	bool first_try = a->request_id == p->first_id + job->sequence * TRIES_MAX + 1;

	p->heard = true;
	p->ignored = p->unauthentic = 0;
	p->silences = 0;
	job->scope->answered = true;
	if (job->kind == JOB_WALK || job->kind == JOB_VALUES)
		saw_pace_answered(saw_snmp_pace(p, job), job->wanted, first_try ? job->wanted : job->got);
	widen(p);
	/* One recording is of one context: the same names mean other tunnels in another. */
	if (p->target.seen && (p->target.only || job->scope == p->scopes))
		p->target.seen(p->target.seen_ctx, a->varbinds, a->n);
	saw_snmp_answer(p, job, a, now_ns);
}

static void received(struct saw_snmp_poll *p, const uint8_t *data, size_t n, uint64_t now_ns) {
	struct saw_usm_header h = {0};
	bool v3 = p->target.version == SAW_SNMP_V3 && saw_usm_header(data, n, &h) == 0, late = false;
	struct job *job = v3 ? job_of(p, h.message_id, &late) : NULL;
	struct saw_answer a;
	int rc;

	if (job && job->kind == JOB_DISCOVER) {
		p->heard = true;
		saw_snmp_job_end(p, job);
		saw_snmp_discovered(p, &h, now_ns);
		return;
	}
	if (job && h.n_engine_id >= SAW_ENGINE_ID_MIN && !saw_wire_is_engine(p->wire, &h)) {
		saw_snmp_another_engine(p, &h, now_ns);
		return;
	}
	rc = saw_wire_decode(p->wire, data, n, now_ns, &a);
	job = rc == 0 ? job_of(p, a.request_id, &late) : NULL;
	if (job && a.report) {
		p->heard = true;
		saw_snmp_report(p, job, &a, &h, now_ns);
	} else if (job) {
		answered(p, job, &a, now_ns);
	} else if (rc || !late) {
		ignore(p, rc == SAW_EAUTH, now_ns);
	}
}

/* After anything happened. */
static void settle(struct saw_snmp_poll *p, uint64_t now_ns) {
	saw_snmp_go_on(p, now_ns);
	set_timer(p);
	if (p->step == STEP_END)
		conclude(p, now_ns);
}

void saw_snmp_poll_ready(struct saw_snmp_poll *p, uint64_t now_ns) {
	for (int i = 0; i < DATAGRAMS_AT_ONCE && p->step != STEP_END; i++) {
		ssize_t n = recv(p->fd, datagram, sizeof datagram, MSG_DONTWAIT);

		if (n >= 0) {
			received(p, datagram, (size_t)n, now_ns);
			saw_snmp_go_on(p, now_ns);
		} else if (errno == EAGAIN) {
			break;
		} else if (errno != EINTR) {
			saw_snmp_unreachable(p, errno);
		}
	}
	settle(p, now_ns);
}

static void overdue(struct saw_snmp_poll *p, struct job *job, uint64_t now_ns) {
	narrow(p);
	if (job->tries > p->target.retries || job->tries + 1 >= TRIES_MAX) {
		saw_snmp_silent(p, job, now_ns);
		return;
	}
	/* An engine that is remembered may be another by now, and some agents do not say so. */
	if (job->kind == JOB_SYSTEM && p->engine_remembered) {
		p->engine_remembered = false;
		saw_wire_forget_engine(p->wire);
		saw_snmp_job_end(p, job);
		p->step = STEP_DISCOVER;
		return;
	}
	job->tries++;
	transmit(p, job, now_ns);
}

void saw_snmp_poll_timer(struct saw_snmp_poll *p, uint64_t now_ns) {
	if (now_ns < p->next_ns)
		return;
	if (p->step != STEP_END && p->send_errno)
		saw_snmp_unreachable(p, p->send_errno);
	else if (p->step != STEP_END && now_ns >= p->start_ns + p->target.deadline_ns)
		saw_snmp_out_of_time(p, now_ns);
	for (unsigned i = 0; i < p->window && p->step != STEP_END; i++)
		if (p->jobs[i].kind != JOB_NONE && now_ns >= p->jobs[i].due_ns)
			overdue(p, &p->jobs[i], now_ns);
	settle(p, now_ns);
}

/* ------------------------------------------------------------------------------------------------------------ face */

int saw_snmp_add_scope(struct saw_snmp_poll *p, const struct saw_snmp_context *context) {
	size_t held = p->target.max_bytes > SIZE_MAX / HELD_FACTOR ? SIZE_MAX : p->target.max_bytes * HELD_FACTOR;
	struct scope *s = &p->scopes[p->n_scopes];

	if (p->n_scopes == p->scope_room)
		return 0;
	*s = (struct scope){.context = context->name, .community = context->community};
	if (p->n_scopes)
		s->vrf = context->vrf ? context->vrf : context->name;
	s->rows = saw_rows_create(p->target.max_rows, p->n_scopes ? held / CONTEXT_SHARE : held);
	if (p->n_scopes && s->rows)
		saw_rows_attach(s->rows, p->scopes[0].rows);
	s->known = saw_snmp_memory_of(p->memory, p->n_scopes++);
	return s->rows && s->known ? 0 : -ENOMEM;
}

/* Those that are configured; where none are, those that were found, which is looked for anew now and then. */
static int make_scopes(struct saw_snmp_poll *p) {
	const struct saw_snmp_target *t = &p->target;
	const struct saw_snmp_memory *m = p->memory;
	struct saw_snmp_context own = {.name = t->context, .community = t->community};
	bool finds = t->discover_contexts && t->n_contexts == 0 && t->version == SAW_SNMP_V3 && !t->only &&
				 (!t->context || !t->context[0]) && t->platform != SAWATCH__V1__PLATFORM__PLATFORM_ASA;
	int rc;

	p->discovers = finds && (t->rarely || !m->looked_for_contexts);
	/* As many as there will be, where that is known: a collector polls many devices at a time. */
	p->scope_room = p->discovers ? SAW_SNMP_CONTEXTS_MAX : 1 + (finds ? m->n_found : t->n_contexts);
	if (p->scope_room > SAW_SNMP_CONTEXTS_MAX)
		p->scope_room = SAW_SNMP_CONTEXTS_MAX;
	p->scopes = calloc(p->scope_room, sizeof *p->scopes);
	if (!p->scopes)
		return -ENOMEM;
	rc = saw_snmp_add_scope(p, &own);
	for (size_t i = 0; i < t->n_contexts && rc == 0; i++)
		rc = saw_snmp_add_scope(p, &t->contexts[i]);
	for (size_t i = 0; finds && !p->discovers && i < m->n_found && rc == 0; i++)
		rc = saw_snmp_add_scope(p, &(struct saw_snmp_context){.name = m->found[i].name, .vrf = m->found[i].vrf});
	p->fast = t->fast && !t->rarely && !t->only && !p->discovers && rc == 0;
	for (size_t i = 0; i < p->n_scopes; i++)
		p->fast = p->fast && p->scopes[i].known && p->scopes[i].known->kept;
	return rc;
}

static int make(struct saw_snmp_poll *p) {
	p->window = p->target.window ? p->target.window : 1;
	if (p->window > WINDOW_MAX)
		p->window = WINDOW_MAX;
	p->open = p->window;
	p->jobs = calloc(p->window, sizeof *p->jobs);
	p->memory = p->target.memory ? p->target.memory : (p->own_memory = saw_snmp_memory_create());
	p->builder = saw_sample_builder_create(p->target.max_bytes);
	if (!p->jobs || !p->memory || !p->builder || make_scopes(p) != 0 ||
		getrandom(&p->first_id, sizeof p->first_id, 0) != sizeof p->first_id)
		return -ENOMEM;
	p->first_id &= 0x3fffffff; /* far from the end: no poll makes so many requests that it gets there */
	saw_pace_init(&p->pace, p->target.max_repetitions, p->target.max_repetitions * SAW_WALK_COLUMNS, p->memory->proven);
	saw_pace_init(&p->values_pace, 1, VALUES_AT_ONCE, p->memory->proven_values);
	p->n_system = SAW_SYS_SCALARS;
	return 0;
}

/* Answers to a whole window may be there at once. */
static void make_room(const struct saw_snmp_poll *p) {
	int wanted = (int)p->window * ANSWER_ROOM, now = 0;
	socklen_t n = sizeof now;

	if (getsockopt(p->fd, SOL_SOCKET, SO_RCVBUF, &now, &n) == 0 && now < wanted)
		setsockopt(p->fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
}

struct saw_snmp_poll *saw_snmp_poll_start(struct saw_snmp_engine *e, const struct saw_snmp_target *t, int fd,
										  uint64_t now_ns, int64_t wall_ms, saw_snmp_done_fn done, void *ctx,
										  struct saw_err *err) {
	struct saw_snmp_poll *p = calloc(1, sizeof *p);

	if (!p) {
		close(fd);
		saw_err_set(err, -ENOMEM, "%s: no memory for a poll", t->device);
		return NULL;
	}
	p->target = *t;
	p->fd = fd;
	p->done = done;
	p->ctx = ctx;
	p->start_ns = now_ns;
	p->wall_ms = p->observed_ms = wall_ms;
	p->wire = saw_wire_create(e, t, err);
	if (!p->wire) {
		destroy(p);
		return NULL;
	}
	if (make(p) != 0) {
		saw_err_set(err, -ENOMEM, "%s: no memory for a poll", t->device);
		destroy(p);
		return NULL;
	}
	make_room(p);
	p->sink = saw_sample_sink(p->builder);
	saw_sample_begin(p->builder, t->device, t->platform, SAWATCH__V1__SOURCE__SOURCE_SNMP);
	if (p->memory->has_engine && !saw_wire_ready(p->wire))
		p->engine_remembered = saw_wire_set_engine(p->wire, &p->memory->engine, p->memory->engine_ns) == 0;
	p->boots = p->memory->engine.boots;
	p->step = saw_wire_ready(p->wire) ? STEP_SYSTEM : STEP_DISCOVER;
	saw_snmp_go_on(p, now_ns);
	set_timer(p);
	return p;
}

int saw_snmp_poll_fd(const struct saw_snmp_poll *p) {
	return p->fd;
}

uint64_t saw_snmp_poll_next_ns(const struct saw_snmp_poll *p) {
	return p->next_ns;
}

void saw_snmp_poll_cancel(struct saw_snmp_poll *p) {
	destroy(p);
}

bool saw_snmp_unheard(const uint8_t *sample, size_t len) {
	/* One that says only this is short; there is no need to look into the others. */
	Sawatch__V1__DeviceSample *s = len < 4096 ? sawatch__v1__device_sample__unpack(NULL, len, sample) : NULL;
	bool unheard = s && s->has_error_class &&
				   (s->error_class == ERROR_CLASS(UNREACHABLE) || s->error_class == ERROR_CLASS(TIMEOUT));

	sawatch__v1__device_sample__free_unpacked(s, NULL);
	return unheard;
}

uint8_t *saw_snmp_failed_sample(const char *device, Sawatch__V1__Platform platform, int64_t wall_ms,
								Sawatch__V1__PollError error, const char *text, size_t *len) {
	Sawatch__V1__DeviceSample s = SAWATCH__V1__DEVICE_SAMPLE__INIT;
	struct saw_buf clean = SAW_BUF_INIT(4096);
	uint8_t *data;

	saw_put_clean(&clean, text, strlen(text) > 1000 ? 1000 : strlen(text));
	s.has_schema_version = 1;
	s.schema_version = SAW_SCHEMA_VERSION;
	s.device = (char *)(uintptr_t)device;
	s.has_platform = s.has_source = s.has_observed_at_ms = s.has_error_class = 1;
	s.platform = platform;
	s.source = SAWATCH__V1__SOURCE__SOURCE_SNMP;
	s.observed_at_ms = wall_ms;
	s.error_class = error;
	s.error = (char *)(uintptr_t)saw_buf_text(&clean);
	*len = sawatch__v1__device_sample__get_packed_size(&s);
	data = malloc(*len);
	if (data)
		sawatch__v1__device_sample__pack(&s, data);
	saw_buf_free(&clean);
	return data;
}
