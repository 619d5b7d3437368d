#include "daemon/poll.h"

#include "core/frame.h"
#include "core/siphash.h"
#include "daemon/message.h"
#include "daemon/schedule.h"
#include "io/clock.h"
#include "io/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_UNDER_WAY 256 /* polls at once in one collector: each has a descriptor */
#define NO_ROOM_MS 50
#define FILE_DEADLINE_MS 10000
#define FILE_TRIES 3 /* of a file that changes while it is read */

enum phase {
	PHASE_IDLE,
	PHASE_OPENING, /* waits for a descriptor */
	PHASE_READING,
	PHASE_CLOSING, /* libuv still has the watcher of the last poll */
};

struct saw_poll {
	struct saw_poll_home *home;
	const Sawatch__Internal__Task *task;
	int file;
	enum phase phase;
	uint64_t id;
	uint64_t hash, interval_ns, due_ns, started_ns;
	uint64_t whole_ns;  /* when everything is read again, where there are fast polls in between */
	uint64_t rarely_ns; /* when histories, or the details of SSH, are due */
	unsigned turn;      /* polls that nobody answered */
	unsigned factor;    /* of the interval, for a device that is slow or busy */
	bool slow_logged, busy_logged, destroyed;
	unsigned handles;
	uv_timer_t tick;  /* the schedule */
	uv_timer_t guard; /* of the poll under way */
	uv_poll_t watch;
	struct saw_snmp_poll *snmp;
	struct saw_snmp_memory *memory; /* of the device */
	struct saw_ssh_client *ssh;
	bool leave, again;            /* to log in was given; is to be asked for once more */
	bool awaited;                 /* for a probe */
	uint64_t ended_ns, probed_ns; /* when a poll ended last; when one was begun for a probe */
	bool auditing;                /* the running configuration is asked for */
	uint64_t audit_ns;            /* when it is due */
	int fd;                       /* for ssh, while the agent's is waited for */
	uint64_t ends_ns;             /* of waiting for a descriptor */
	char address[64];
};

static const Sawatch__Internal__FileTask *file_task(const struct saw_poll *p) {
	return p->task->files[p->file];
}

static void set_timer(uv_timer_t *t, uv_timer_cb cb, uint64_t when_ns) {
	uint64_t now = uv_hrtime();

	uv_update_time(t->loop);
	uv_timer_start(t, cb, when_ns <= now ? 0 : (when_ns - now + 999999) / 1000000, 0);
}

/* ------------------------------------------------------------------------------------------------------ the end of a poll */

static void on_handle_closed(uv_handle_t *h) {
	struct saw_poll *p = h->data;

	p->handles--;
	if (p->destroyed) {
		if (p->handles == 0) {
			saw_snmp_memory_destroy(p->memory);
			free(p);
		}
	} else {
		p->phase = PHASE_IDLE;
		p->home->under_way--;
	}
}

static void close_fd(struct saw_poll *p) {
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

static void finish(struct saw_poll *p) {
	uv_timer_stop(&p->guard);
	p->id = 0;
	p->phase = PHASE_IDLE;
	p->home->under_way--;
}

static bool whole(const uint8_t *data, size_t len) {
	Sawatch__V1__DeviceSample *s = sawatch__v1__device_sample__unpack(NULL, len, data);
	const char *text;
	bool is_whole = s && saw_message_failure(s, &text) == 0;

	sawatch__v1__device_sample__free_unpacked(s, NULL);
	return is_whole;
}

/* A device that needs long, or is busy, is asked less often. One that fails keeps its interval: our waiting for
 * answers costs it nothing. */
static void adapt(struct saw_poll *p, const uint8_t *data, size_t len, int cpu) {
	uint64_t took = uv_hrtime() - p->started_ns;
	unsigned factor = saw_schedule_factor(p->factor, p->interval_ns, took, cpu);
	bool busy = cpu > SAW_SCHEDULE_BUSY_PERCENT;

	if (factor == p->factor || (!busy && !whole(data, len)))
		return;
	if (factor > p->factor && busy && !p->busy_logged) {
		p->busy_logged = true;
		saw_log(SAW_LOG_WARNING, p->task->device, NULL,
				"its CPU is at %d %%, above %d %%: polled every %.0f s while that is so", cpu,
				SAW_SCHEDULE_BUSY_PERCENT, (double)p->interval_ns * factor / 1e9);
	} else if (factor > p->factor && !busy && !p->slow_logged) {
		p->slow_logged = true;
		saw_log(SAW_LOG_WARNING, p->task->device, NULL,
				"a poll took %.1f s, more than a quarter of its interval: polled every %.0f s while that is so",
				(double)took / 1e9, (double)p->interval_ns * factor / 1e9);
	}
	p->factor = factor;
}

/* cpu: of the device, in percent; -1: it did not say. */
static void deliver(struct saw_poll *p, const uint8_t *data, size_t len, int cpu) {
	Sawatch__V1__DeviceSample pace = SAWATCH__V1__DEVICE_SAMPLE__INIT;
	struct saw_buf slowed;

	if (p->file < 0)
		adapt(p, data, len, cpu);
	if (p->factor == 1) {
		p->home->sample(p->home->ctx, p->task->device, data, len);
		return;
	}
	/* A message on the wire is the concatenation of its fields: this adds one. */
	saw_buf_init(&slowed, SAW_FRAME_MAX);
	pace.has_poll_interval_seconds = 1;
	pace.poll_interval_seconds = (double)p->interval_ns * p->factor / 1e9;
	saw_buf_put(&slowed, data, len);
	if (saw_buf_reserve(&slowed, 32))
		slowed.len += sawatch__v1__device_sample__pack(&pace, slowed.data + slowed.len);
	if (saw_buf_error(&slowed) == 0)
		p->home->sample(p->home->ctx, p->task->device, slowed.data, slowed.len);
	else
		p->home->sample(p->home->ctx, p->task->device, data, len);
	saw_buf_free(&slowed);
}

/* Behind the sample: whoever waits for the poll finds it where samples go. */
static void tell_ended(struct saw_poll *p) {
	p->ended_ns = uv_hrtime();
	if (!p->awaited)
		return;
	p->awaited = false;
	p->home->ended(p->home->ctx, p->task->device);
}

static Sawatch__V1__Source source_of(const struct saw_poll *p) {
	return p->file == SAW_POLL_SNMP  ? SAWATCH__V1__SOURCE__SOURCE_SNMP
		   : p->file == SAW_POLL_SSH ? SAWATCH__V1__SOURCE__SOURCE_SSH
									 : SAWATCH__V1__SOURCE__SOURCE_FILE;
}

/* The poll is over before it could read anything. */
static void fail(struct saw_poll *p, Sawatch__V1__PollError reason, const char *text) {
	struct saw_sample_builder *b = p->home->failed;
	const uint8_t *data;
	size_t len;

	saw_sample_begin(b, p->task->device, p->task->platform, source_of(p));
	saw_sample_fail(b, reason, text);
	saw_sample_finish(b, saw_wall_ms(), (double)(uv_hrtime() - p->started_ns) / 1e9, 0, &data, &len);
	finish(p);
	deliver(p, data, len, -1);
	tell_ended(p);
}

/* --------------------------------------------------------------------------------------------------------------- SNMP */

static void on_guard(uv_timer_t *t);

static void snmp_done(void *ctx, const uint8_t *sample, size_t len) {
	struct saw_poll *p = ctx;

	/* The next poll tries another address, where the name has one. */
	p->turn += saw_snmp_unheard(sample, len);
	p->snmp = NULL;
	p->phase = PHASE_CLOSING;
	uv_timer_stop(&p->guard);
	uv_close((uv_handle_t *)&p->watch, on_handle_closed);
	deliver(p, sample, len, saw_message_cpu(sample, len));
	tell_ended(p);
}

static void on_watch(uv_poll_t *w, int status, int events);

static void snmp_wait(struct saw_poll *p) {
	if (!p->snmp)
		return;
	if (!uv_is_active((uv_handle_t *)&p->watch))
		uv_poll_start(&p->watch, UV_READABLE, on_watch);
	set_timer(&p->guard, on_guard, saw_snmp_poll_next_ns(p->snmp));
}

/* An error (an ICMP refusal) is read from the socket like an answer; libuv has then stopped watching. */
static void on_watch(uv_poll_t *w, int status, int events) {
	struct saw_poll *p = w->data;

	(void)status;
	(void)events;
	saw_snmp_poll_ready(p->snmp, uv_hrtime());
	snmp_wait(p);
}

static void read_snmp(struct saw_poll *p, int fd) {
	const Sawatch__Internal__SnmpTask *t = p->task->snmp;
	struct saw_snmp_context contexts[SAW_SNMP_CONTEXTS_MAX];
	struct saw_snmp_target target = {
		.device = p->task->device,
		.address = p->address,
		.platform = p->task->platform,
		.version = (enum saw_snmp_version)t->version,
		.community = t->community,
		.user = t->user,
		.context = t->context,
		.auth = saw_snmp_auth_named(t->auth),
		.priv = saw_snmp_priv_named(t->priv),
		.auth_password = t->auth_password,
		.priv_password = t->priv_password,
		.timeout_ns = t->timeout_ms * 1000000,
		.retries = t->retries,
		.deadline_ns = t->deadline_ms * 1000000,
		.max_repetitions = t->max_repetitions,
		.window = t->window,
		.memory = p->memory,
		.contexts = contexts,
		.discover_contexts = t->discover_contexts,
		.max_rows = t->max_rows,
		.max_bytes = SAW_POLL_SAMPLE_MAX,
		.memory_pools = t->memory_pools,
	};
	struct saw_err err = {0};

	for (; target.n_contexts < t->n_contexts && target.n_contexts < SAW_SNMP_CONTEXTS_MAX; target.n_contexts++) {
		const Sawatch__Internal__SnmpContext *c = t->contexts[target.n_contexts];

		contexts[target.n_contexts] = (struct saw_snmp_context){c->name, c->community, c->vrf};
	}
	target.keep = t->fast_interval_ms != 0;
	target.fast = target.keep && uv_hrtime() < p->whole_ns;
	if (!target.fast) /* by the tick that is nearest to the interval */
		p->whole_ns = uv_hrtime() + (t->interval_ms - t->fast_interval_ms / 2) * 1000000;
	target.rarely = !target.fast && uv_hrtime() >= p->rarely_ns;
	if (target.rarely)
		p->rarely_ns = uv_hrtime() + t->history_interval_ms * 1000000;
	p->snmp = saw_snmp_poll_start(p->home->snmp, &target, fd, uv_hrtime(), saw_wall_ms(), snmp_done, p, &err);
	if (!p->snmp) {
		fail(p, SAWATCH__V1__POLL_ERROR__POLL_ERROR_INTERNAL, err.text);
		return;
	}
	p->phase = PHASE_READING;
	if (uv_poll_init(p->home->loop, &p->watch, saw_snmp_poll_fd(p->snmp)) < 0) {
		saw_snmp_poll_cancel(p->snmp);
		p->snmp = NULL;
		fail(p, SAWATCH__V1__POLL_ERROR__POLL_ERROR_INTERNAL, "the socket cannot be watched");
		return;
	}
	p->watch.data = p;
	p->handles++;
	snmp_wait(p);
}

/* --------------------------------------------------------------------------------------------------------------- files */

/* Reads the file from its beginning. Returns 0, or a positive errno. */
static int feed_file(struct saw_poll *p, int fd, struct stat *st) {
	static char chunk[65536];
	ssize_t n = 0;

	if (fstat(fd, st) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return errno;
	saw_file_begin(p->home->files, p->task->device, p->task->platform);
	while ((n = read(fd, chunk, sizeof chunk)) > 0)
		if (saw_file_feed(p->home->files, chunk, (size_t)n) < 0)
			return 0; /* full: saw_file_end says so in the sample */
	return n < 0 ? errno : 0;
}

static bool changed(int fd, const struct stat *before) {
	struct stat now;

	return fstat(fd, &now) == 0 && (now.st_size != before->st_size || now.st_mtim.tv_sec != before->st_mtim.tv_sec ||
									now.st_mtim.tv_nsec != before->st_mtim.tv_nsec);
}

static void read_file(struct saw_poll *p, int fd) {
	const Sawatch__Internal__FileTask *t = file_task(p);
	const uint8_t *data = NULL;
	struct stat st;
	size_t len = 0;
	int error;

	for (int i = 0; (error = feed_file(p, fd, &st)) == 0 && i < FILE_TRIES && changed(fd, &st); i++)
		;
	close(fd);
	if (error)
		saw_file_failed(p->home->files, p->task->device, p->task->platform, t->path, error, saw_wall_ms(), &data, &len);
	else
		saw_file_end(p->home->files, (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000, saw_wall_ms(),
					 (int64_t)t->max_age_ms, &data, &len);
	finish(p);
	if (data)
		deliver(p, data, len, -1);
	tell_ended(p);
}

/* ---------------------------------------------------------------------------------------------------------------- SSH */

#define AGAIN_NS UINT64_C(500000000)     /* until leave to log in is asked for again */
#define WATCH_NS UINT64_C(5000000000)    /* between looks at a session that should have ended */
#define AGENT_NS UINT64_C(1000000000)    /* and at one that may be waiting for an agent */
#define AUDIT_AGAIN_MS UINT64_C(3600000) /* until a running configuration that could not be read is asked for again */

static void ask(struct saw_poll *p, bool ssh, bool agent);

static struct saw_hostkey *hostkeys_of(const Sawatch__Internal__SshEndpoint *e) {
	struct saw_hostkey *keys = calloc(e->n_host_keys + 1, sizeof *keys);

	for (size_t i = 0; keys && i < e->n_host_keys; i++)
		keys[i] = (struct saw_hostkey){.type = saw_str_of(e->host_keys[i]->type),
									   .key = saw_str_of(e->host_keys[i]->key),
									   .revoked = e->host_keys[i]->revoked};
	return keys;
}

static struct saw_ssh_endpoint endpoint_of(const Sawatch__Internal__SshEndpoint *e, const struct saw_hostkey *keys) {
	return (struct saw_ssh_endpoint){.name = e->name,
									 .host = e->host,
									 .port = (uint16_t)e->port,
									 .user = e->user,
									 .key = e->key,
									 .key_passphrase = e->key_passphrase,
									 .agent = e->agent,
									 .password = e->password,
									 .hostkeys = keys,
									 .n_hostkeys = keys ? e->n_host_keys : 0,
									 .old_algorithms = (const char *const *)e->old_algorithms,
									 .n_old_algorithms = e->n_old_algorithms};
}

static struct saw_ssh_client *add_ssh(struct saw_poll *p) {
	const Sawatch__Internal__SshTask *t = p->task->ssh;
	struct saw_hostkey *keys = hostkeys_of(t->self), *jump_keys = t->jump ? hostkeys_of(t->jump) : NULL;
	struct saw_ssh_endpoint jump;
	struct saw_ssh_client *client;
	struct saw_ssh_target target = {
		.device = p->task->device,
		.platform = p->task->platform,
		.self = endpoint_of(t->self, keys),
		.enable_secret = t->enable_secret,
		.context = t->context,
		.timeout_ns = t->timeout_ms * 1000000,
		.command_ns = t->command_timeout_ms * 1000000,
		.deadline_ns = t->deadline_ms * 1000000,
		.max_bytes = SAW_POLL_SAMPLE_MAX,
		.beside_snmp = p->task->snmp != NULL,
		.digest_key = t->digest_key.len == SAW_SIPHASH_KEY ? t->digest_key.data : NULL,
	};

	if (t->jump) {
		jump = endpoint_of(t->jump, jump_keys);
		target.jump = &jump;
	}
	client = saw_ssh_pool_add(p->home->ssh, &target, p);
	free(keys);
	free(jump_keys);
	return client;
}

static bool wants_agent(const Sawatch__Internal__SshTask *t) {
	return t->self->agent || (t->jump && t->jump->agent);
}

/* agent_fd, and the descriptor at hand: the session's from here on. */
static void poll_ssh(struct saw_poll *p, int agent_fd) {
	/* The grid on which polls are due wavers: what is all but due is. */
	struct saw_ssh_job job = {
		.detail = uv_hrtime() + p->interval_ns / 2 >= p->rarely_ns, .fd = p->fd, .agent_fd = agent_fd};

	p->fd = -1;
	p->phase = PHASE_READING;
	saw_ssh_pool_poll(p->ssh, &job);
	set_timer(&p->guard, on_guard,
			  uv_hrtime() + (agent_fd >= 0 ? AGENT_NS : p->task->ssh->deadline_ms * 1000000 + WATCH_NS));
}

static void tell_login(struct saw_poll *p, const char *endpoint, enum saw_ssh_login outcome) {
	Sawatch__Internal__Login m = SAWATCH__INTERNAL__LOGIN__INIT;

	m.device = p->task->device;
	m.endpoint = (char *)(uintptr_t)endpoint;
	m.has_outcome = 1;
	m.outcome = (Sawatch__Internal__Login__Outcome)outcome;
	p->home->login(p->home->ctx, &m);
	p->leave = false;
}

static bool audit_due(const struct saw_poll *p) {
	const Sawatch__Internal__SshTask *t = p->task->ssh;

	return t->audit_interval_ms && t->digest_key.len == SAW_SIPHASH_KEY && uv_hrtime() >= p->audit_ns;
}

/* Over the session that has just answered a poll. */
static void begin_audit(struct saw_poll *p) {
	const struct saw_ssh_job job = {.asked = SAW_SSH_CONFIGURATION, .fd = -1, .agent_fd = -1};

	p->auditing = true;
	saw_ssh_pool_poll(p->ssh, &job);
	set_timer(&p->guard, on_guard, uv_hrtime() + p->task->ssh->deadline_ms * 1000000 + WATCH_NS);
}

static void end_audit(struct saw_poll *p, struct saw_ssh_done *done) {
	struct saw_ssh_configuration *c = done->configuration;
	Sawatch__Internal__Configuration m = SAWATCH__INTERNAL__CONFIGURATION__INIT;
	uint64_t interval_ms = p->task->ssh->audit_interval_ms;

	p->auditing = false;
	finish(p);
	/* The session has ended in between: with the next poll, then. */
	if (!done->needs_descriptor && c) {
		p->audit_ns =
			uv_hrtime() + (c->record || interval_ms < AUDIT_AGAIN_MS ? interval_ms : AUDIT_AGAIN_MS) * 1000000;
		m.device = p->task->device;
		m.has_read_at_ms = m.has_problems = 1;
		m.read_at_ms = saw_wall_ms();
		m.problems = c->problems;
		m.has_record = c->record != NULL;
		m.record.data = (uint8_t *)c->record;
		m.record.len = c->len;
		m.error = c->record ? NULL : c->error;
		m.qos_references = c->references;
		m.n_qos_references = c->n_references;
		p->home->configuration(p->home->ctx, &m);
	}
	saw_ssh_configuration_free(c);
	free(done->sample);
	done->sample = NULL;
	tell_ended(p);
}

void saw_poll_ssh_done(struct saw_poll *p, struct saw_ssh_done *done) {
	if (p->auditing) {
		end_audit(p, done);
		return;
	}
	if (done->needs_descriptor) {
		ask(p, true, false);
		return;
	}
	/* A session that was open may still be refused something that counts (enable). */
	if (p->leave || done->login == SAW_SSH_LOGIN_DENIED)
		tell_login(p, done->endpoint, done->login);
	if (done->answered && uv_hrtime() + p->interval_ns / 2 >= p->rarely_ns)
		p->rarely_ns = uv_hrtime() + p->task->ssh->detail_interval_ms * 1000000;
	if (done->answered && audit_due(p)) {
		begin_audit(p);
	} else {
		finish(p);
	}
	if (done->sample)
		deliver(p, done->sample, done->len, done->cpu_percent);
	free(done->sample);
	done->sample = NULL;
}

/* One descriptor for a session has come; -1: that of the agent could not be had, and the other ways to log in are left. */
static void take_ssh(struct saw_poll *p, const Sawatch__Internal__Opened *answer, int fd) {
	if (p->fd >= 0) {
		if (fd < 0)
			saw_log(SAW_LOG_WARNING, p->task->device, NULL, "the SSH agent: %s", answer->error ? answer->error : "");
		poll_ssh(p, fd);
		return;
	}
	p->fd = fd;
	p->leave = answer->leave;
	if (wants_agent(p->task->ssh))
		ask(p, false, true);
	else
		poll_ssh(p, -1);
}

/* ------------------------------------------------------------------------------------------------------------- the schedule */

/* Of the SNMP request or of the descriptor that does not come. */
static void on_guard(uv_timer_t *t) {
	struct saw_poll *p = t->data;

	if (p->phase == PHASE_OPENING && p->again && uv_hrtime() < p->ends_ns) {
		ask(p, true, false);
	} else if (p->phase == PHASE_OPENING) {
		close_fd(p);
		fail(p,
			 p->file < 0 ? SAWATCH__V1__POLL_ERROR__POLL_ERROR_RESOLVE
						 : SAWATCH__V1__POLL_ERROR__POLL_ERROR_UNREACHABLE,
			 p->again      ? "other logins with this account took too long"
			 : p->file < 0 ? "the resolver gave no answer in time"
						   : "the file could not be opened in time");
	} else if (p->file == SAW_POLL_SSH && p->phase == PHASE_READING) {
		if (saw_ssh_pool_watch(p->ssh, uv_hrtime()))
			saw_log(SAW_LOG_ERROR, p->task->device, NULL, "the SSH session is stuck and is ended by force");
		set_timer(t, on_guard, uv_hrtime() + (wants_agent(p->task->ssh) ? AGENT_NS : WATCH_NS));
	} else if (p->snmp) {
		saw_snmp_poll_timer(p->snmp, uv_hrtime());
		snmp_wait(p);
	}
}

/* Asks for a descriptor. */
static void ask(struct saw_poll *p, bool ssh, bool agent) {
	Sawatch__Internal__Open m = SAWATCH__INTERNAL__OPEN__INIT;

	p->phase = PHASE_OPENING;
	p->again = false;
	m.has_id = 1;
	m.id = p->id = ++p->home->last_id;
	m.device = p->task->device;
	m.has_ssh = m.has_agent = 1;
	m.ssh = ssh;
	m.agent = agent;
	m.has_turn = 1;
	m.turn = p->turn;
	if (p->file >= 0) {
		m.has_file = 1;
		m.file = (uint32_t)p->file;
	}
	set_timer(&p->guard, on_guard, p->ends_ns);
	if (p->home->open(p->home->ctx, &m) < 0) {
		close_fd(p);
		fail(p, SAWATCH__V1__POLL_ERROR__POLL_ERROR_INTERNAL, "the supervisor cannot be asked for a descriptor");
	}
}

static void begin(struct saw_poll *p, uint64_t now) {
	uint64_t deadline_ms = p->file == SAW_POLL_SNMP  ? p->task->snmp->deadline_ms
						   : p->file == SAW_POLL_SSH ? p->task->ssh->deadline_ms
													 : FILE_DEADLINE_MS;

	p->started_ns = now;
	p->ends_ns = now + deadline_ms * 1000000;
	p->home->under_way++;
	if (p->file == SAW_POLL_SSH)
		poll_ssh(p, -1); /* over the session that is open, if it is */
	else
		ask(p, false, false);
}

static void on_tick(uv_timer_t *t) {
	struct saw_poll *p = t->data;
	uint64_t now = uv_hrtime(), interval = p->interval_ns * p->factor, next;
	double lag = now > p->due_ns ? (double)(now - p->due_ns) / 1e9 : 0;

	if (p->home->under_way >= MOST_UNDER_WAY && p->phase == PHASE_IDLE) {
		uv_timer_start(&p->tick, on_tick, NO_ROOM_MS, 0); /* still due: the lag will say so */
		return;
	}
	next = saw_schedule_next(p->due_ns, now, interval, p->hash);
	if (lag > p->home->lag_seconds)
		p->home->lag_seconds = lag;
	/* Polls are not stacked: one that still runs takes the place of this one, and places overslept are gone. */
	p->home->missed +=
		(p->phase != PHASE_IDLE) + ((next - p->due_ns) / interval > 1 ? (next - p->due_ns) / interval - 1 : 0);
	p->home->told = false;
	p->due_ns = next;
	set_timer(&p->tick, on_tick, next);
	/* One that was begun for a probe a moment ago stands for this one. */
	if (p->phase == PHASE_IDLE && p->home->wanted(p->home->ctx) &&
		(!p->probed_ns || now - p->probed_ns >= interval / 2))
		begin(p, now);
}

bool saw_poll_now(struct saw_poll *p, uint64_t min_age_ns, bool *crowded) {
	const uint64_t now = uv_hrtime();

	if (p->phase == PHASE_CLOSING || (p->phase == PHASE_IDLE && p->ended_ns && now - p->ended_ns < min_age_ns))
		return false;
	if (p->phase == PHASE_IDLE && (p->home->under_way >= MOST_UNDER_WAY || !p->home->wanted(p->home->ctx))) {
		*crowded = true;
		return false;
	}
	p->awaited = true;
	if (p->phase == PHASE_IDLE) {
		p->probed_ns = now;
		p->whole_ns = 0;
		begin(p, now);
	}
	return p->awaited;
}

bool saw_poll_is_ssh(const struct saw_poll *p) {
	return p->file == SAW_POLL_SSH;
}

bool saw_poll_is_awaited(const struct saw_poll *p) {
	return p->awaited;
}

void saw_poll_soon(struct saw_poll *p) {
	p->audit_ns = 0;
	if (p->task->on_demand)
		return;
	p->due_ns = saw_schedule_first(uv_hrtime(), p->interval_ns, p->hash);
	set_timer(&p->tick, on_tick, p->due_ns);
}

uint64_t saw_poll_request(const struct saw_poll *p) {
	return p->id;
}

void saw_poll_opened(struct saw_poll *p, const Sawatch__Internal__Opened *answer, int fd) {
	p->id = 0;
	uv_timer_stop(&p->guard);
	if (answer->again) {
		p->again = true;
		set_timer(&p->guard, on_guard, uv_hrtime() + AGAIN_NS);
		return;
	}
	if (fd < 0 && p->fd < 0) {
		if (answer->leave)
			tell_login(p, p->task->device, SAW_SSH_LOGIN_NONE);
		fail(p, answer->has_error_class ? answer->error_class : SAWATCH__V1__POLL_ERROR__POLL_ERROR_INTERNAL,
			 answer->error ? answer->error : "no descriptor came");
		return;
	}
	snprintf(p->address, sizeof p->address, "%s", answer->address ? answer->address : "");
	if (p->file == SAW_POLL_SNMP)
		read_snmp(p, fd);
	else if (p->file == SAW_POLL_SSH)
		take_ssh(p, answer, fd);
	else
		read_file(p, fd);
}

static uint64_t snmp_interval_ms(const Sawatch__Internal__SnmpTask *t) {
	return t->fast_interval_ms ? t->fast_interval_ms : t->interval_ms;
}

struct saw_poll *saw_poll_create(struct saw_poll_home *home, const Sawatch__Internal__Task *task, int file) {
	struct saw_poll *p = calloc(1, sizeof *p);
	uint64_t interval_ms = file == SAW_POLL_SNMP  ? snmp_interval_ms(task->snmp)
						   : file == SAW_POLL_SSH ? task->ssh->interval_ms
												  : task->files[file]->interval_ms;

	if (!p)
		return NULL;
	*p = (struct saw_poll){.home = home, .task = task, .file = file, .factor = 1, .fd = -1};
	if (file == SAW_POLL_SSH && !(p->ssh = add_ssh(p))) {
		free(p);
		return NULL;
	}
	p->memory = file == SAW_POLL_SNMP ? saw_snmp_memory_create() : NULL;
	p->interval_ns = (interval_ms ? interval_ms : 1000) * 1000000;
	p->hash = saw_schedule_hash(task->tick ? task->tick : task->device);
	uv_timer_init(home->loop, &p->tick);
	uv_timer_init(home->loop, &p->guard);
	p->tick.data = p->guard.data = p;
	p->handles = 2;
	saw_poll_soon(p);
	return p;
}

void saw_poll_destroy(struct saw_poll *p) {
	if (p->phase != PHASE_IDLE)
		p->home->under_way--;
	p->destroyed = true;
	close_fd(p);
	if (p->ssh)
		saw_ssh_pool_remove(p->ssh);
	p->ssh = NULL;
	if (p->snmp) {
		uv_close((uv_handle_t *)&p->watch, on_handle_closed);
		saw_snmp_poll_cancel(p->snmp);
		p->snmp = NULL;
	}
	uv_close((uv_handle_t *)&p->tick, on_handle_closed);
	uv_close((uv_handle_t *)&p->guard, on_handle_closed);
}
