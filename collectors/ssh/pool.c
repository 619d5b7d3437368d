#include "collectors/ssh/pool.h"

#include "collectors/cli/running_config.h"
#include "collectors/ssh/libssh.h"
#include "collectors/ssh/session.h"
#include "io/clock.h"
#include "io/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define STACK_BYTES ((size_t)512 << 10)
#define GRACE_NS UINT64_C(15000000000) /* that a session has to end by itself after its deadline */
#define WAIT_MAX_MS 60000
#define RECORD_MAX (16U << 20) /* of a running configuration */

struct saw_ssh_client {
	struct saw_ssh_client *next; /* of its thread, in `news` or `clients` */
	struct worker *worker;
	void *ctx;
	struct saw_ssh_session *session; /* its thread's, but for saw_ssh_session_abort */
	uint64_t ends_ns, deadline_ns;   /* the owner's: of the poll under way; 0: none */

	/* Under the worker's lock. */
	bool fresh, queued, removed;
	struct saw_ssh_job job;

	size_t n_fds; /* in the worker's list */

	uint8_t digest_key[SAW_SIPHASH_KEY];
	struct saw_rc_reader *configuration; /* while it is read; its thread's */
	struct saw_buf record;
};

struct result {
	struct result *next;
	struct saw_ssh_client *client;
	struct saw_ssh_done done;
};

struct worker {
	struct saw_ssh_pool *pool;
	pthread_t thread;
	int wake;
	size_t n_clients; /* for the choice of the next one's worker */

	pthread_mutex_t lock;
	struct saw_ssh_client *news; /* not among `clients` yet */
	bool changed, stop;          /* somebody was queued or removed */

	struct saw_ssh_client *clients;
	struct pollfd *fds;
	size_t n_fds, fds_max;
};

struct saw_ssh_pool {
	struct worker *workers; /* the last is for those who wait for an agent */
	unsigned n_workers;
	int fd;
	pthread_mutex_t lock; /* of the results */
	struct result *first, **last;
};

static void ring(int fd) {
	const uint64_t one = 1;
	ssize_t n = write(fd, &one, sizeof one);

	(void)n; /* a counter that is full rings already */
}

static void hush(int fd) {
	uint64_t count;
	ssize_t n = read(fd, &count, sizeof count);

	(void)n;
}

/* ------------------------------------------------------------------------------------------------------ in the threads */

void saw_ssh_configuration_free(struct saw_ssh_configuration *c) {
	if (!c)
		return;
	for (size_t i = 0; i < c->n_references; i++)
		sawatch__v1__qos_reference__free_unpacked(c->references[i], NULL);
	free(c->references);
	free(c->record);
	free(c);
}

static int add_reference(const struct saw_rc_interface *i, struct saw_ssh_configuration *out) {
	Sawatch__V1__QosReference *r = malloc(sizeof *r);

	if (!r)
		return -ENOMEM;
	sawatch__v1__qos_reference__init(r);
	out->references[out->n_references++] = r;
	r->has_kbit = 1;
	r->kbit = i->qos_reference_kbit.value;
	r->interface = strdup(i->name);
	return r->interface ? 0 : -ENOMEM;
}

static int take_references(const struct saw_running_config *config, struct saw_ssh_configuration *out) {
	size_t n = 0;
	int rc = 0;

	for (const struct saw_rc_interface *i = config->interfaces; i; i = i->next)
		n += i->qos_reference_kbit.value != 0;
	if (n == 0)
		return 0;
	out->references = calloc(n, sizeof(void *));
	for (const struct saw_rc_interface *i = config->interfaces; out->references && rc == 0 && i; i = i->next)
		if (i->qos_reference_kbit.value)
			rc = add_reference(i, out);
	return out->references ? rc : -ENOMEM;
}

static void on_answer(void *ctx, const char *bytes, size_t n) {
	struct saw_ssh_client *c = ctx;

	if (c->configuration)
		saw_rc_reader_feed(c->configuration, bytes, n);
}

/* The sample says how the one command ended. */
static int outcome_of(const struct saw_ssh_outcome *o, struct saw_err *err) {
	Sawatch__V1__DeviceSample *s = o->len ? sawatch__v1__device_sample__unpack(NULL, o->len, o->sample) : NULL;
	const Sawatch__V1__TableStatus *t = s && s->n_tables ? s->tables[0] : NULL;
	int rc = 0;

	if (s && s->has_error_class)
		rc = saw_err_set(err, SAW_EUNREACHABLE, "%s", s->error ? s->error : "it cannot be read");
	else if (!t || t->status != SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE)
		rc = saw_err_set(err, SAW_ETRUNCATED, "%s", t && t->error ? t->error : "it did not answer");
	sawatch__v1__device_sample__free_unpacked(s, NULL);
	return rc;
}

/* Ends the reading of a running configuration. NULL without memory. */
static struct saw_ssh_configuration *take_configuration(struct saw_ssh_client *c, const struct saw_ssh_outcome *o) {
	struct saw_ssh_configuration *out = calloc(1, sizeof *out);
	const struct saw_running_config *config;
	struct saw_err err = {0};
	int rc = outcome_of(o, &err);

	if (rc == 0)
		rc = saw_rc_reader_end(c->configuration, &config, &err);
	if (rc == 0 && saw_buf_error(&c->record))
		rc = saw_err_set(&err, SAW_ELIMIT, "it is longer than its limit");
	if (out && rc == 0 && take_references(config, out) < 0)
		rc = saw_err_set(&err, -ENOMEM, "no memory");
	if (out && rc == 0) {
		out->problems = config->n_problems;
		out->record = (char *)saw_buf_steal(&c->record, &out->len);
	} else if (out) {
		snprintf(out->error, sizeof out->error, "%s", err.text);
	}
	saw_rc_reader_destroy(c->configuration);
	c->configuration = NULL;
	saw_buf_free(&c->record);
	return out;
}

static void begin_configuration(struct saw_ssh_client *c) {
	saw_rc_reader_destroy(c->configuration);
	saw_buf_reset(&c->record);
	c->configuration = saw_rc_reader_create(c->digest_key);
	if (c->configuration)
		saw_rc_reader_record(c->configuration, &c->record);
}

static void on_done(void *ctx, const struct saw_ssh_outcome *o) {
	struct saw_ssh_client *c = ctx;
	struct saw_ssh_pool *p = c->worker->pool;
	struct result *r = calloc(1, sizeof *r);

	if (!r)
		return; /* the owner's watchdog finds out */
	r->client = c;
	r->done = (struct saw_ssh_done){.ctx = c->ctx,
									.needs_descriptor = o->needs_descriptor,
									.login = o->login,
									.answered = o->answered,
									.cpu_percent = o->cpu_percent};
	snprintf(r->done.endpoint, sizeof r->done.endpoint, "%s", o->endpoint);
	if (o->len && (r->done.sample = malloc(o->len))) {
		memcpy(r->done.sample, o->sample, o->len);
		r->done.len = o->len;
	}
	if (c->configuration)
		r->done.configuration = take_configuration(c, o);
	pthread_mutex_lock(&p->lock);
	*p->last = r;
	p->last = &r->next;
	pthread_mutex_unlock(&p->lock);
	ring(p->fd);
}

static void on_notice(void *ctx, const char *device, bool urgent, const char *text) {
	(void)ctx;
	saw_log(urgent ? SAW_LOG_WARNING : SAW_LOG_DEBUG, device, NULL, "%s", text);
}

static void drop_job(struct saw_ssh_job *job) {
	if (job->fd >= 0)
		close(job->fd);
	if (job->agent_fd >= 0)
		close(job->agent_fd);
}

static void drop_results(struct saw_ssh_pool *p, const struct saw_ssh_client *c) {
	struct result **at;

	pthread_mutex_lock(&p->lock);
	for (at = &p->first; *at;) {
		struct result *r = *at;

		if (c && r->client != c) {
			at = &r->next;
			continue;
		}
		*at = r->next;
		free(r->done.sample);
		saw_ssh_configuration_free(r->done.configuration);
		free(r);
	}
	p->last = at;
	pthread_mutex_unlock(&p->lock);
}

static void client_free(struct saw_ssh_client *c) {
	if (c->queued)
		drop_job(&c->job);
	saw_ssh_session_destroy(c->session);
	saw_rc_reader_destroy(c->configuration);
	saw_buf_free(&c->record);
	drop_results(c->worker->pool, c);
	free(c);
}

/* What the owner asked for meanwhile. False: to end. */
static bool take_news(struct worker *w) {
	struct saw_ssh_client **at, *removed = NULL;
	bool stop, changed;

	pthread_mutex_lock(&w->lock);
	while (w->news) {
		struct saw_ssh_client *c = w->news;

		w->news = c->next;
		c->next = w->clients;
		w->clients = c;
	}
	changed = w->changed;
	w->changed = false;
	stop = w->stop;
	for (at = &w->clients; changed && *at;) {
		struct saw_ssh_client *c = *at;

		if (!c->removed) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		c->next = removed;
		removed = c;
	}
	pthread_mutex_unlock(&w->lock);
	while (removed) {
		struct saw_ssh_client *c = removed;

		removed = c->next;
		client_free(c);
	}
	for (struct saw_ssh_client *c = changed ? w->clients : NULL; c; c = c->next) {
		struct saw_ssh_job job;
		bool queued;

		pthread_mutex_lock(&w->lock);
		queued = c->queued;
		c->queued = false;
		job = c->job;
		pthread_mutex_unlock(&w->lock);
		if (queued && job.asked)
			begin_configuration(c);
		if (queued)
			saw_ssh_session_poll(c->session, &job, saw_steady_ns(), saw_wall_ms());
	}
	return !stop;
}

/* Returns how long to wait, in milliseconds. */
static int gather(struct worker *w) {
	uint64_t next = UINT64_MAX, now;

	w->fds[0] = (struct pollfd){.fd = w->wake, .events = POLLIN};
	w->n_fds = 1;
	for (struct saw_ssh_client *c = w->clients; c; c = c->next) {
		uint64_t its = saw_ssh_session_next_ns(c->session);

		c->n_fds = 0;
		if (w->n_fds + SAW_SSH_FDS_MAX > w->fds_max) {
			struct pollfd *more = realloc(w->fds, 2 * w->fds_max * sizeof *more);

			if (!more)
				break; /* the others have their turn when there is memory */
			w->fds = more;
			w->fds_max *= 2;
		}
		c->n_fds = saw_ssh_session_fds(c->session, w->fds + w->n_fds);
		w->n_fds += c->n_fds;
		if (its < next)
			next = its;
	}
	now = saw_steady_ns();
	if (next <= now)
		return 0;
	return (next - now) / 1000000 < WAIT_MAX_MS ? (int)((next - now) / 1000000) + 1 : WAIT_MAX_MS;
}

static void *work(void *arg) {
	struct worker *w = arg;

	while (take_news(w)) {
		int wait = gather(w);
		size_t at = 1;

		if (poll(w->fds, w->n_fds, wait) < 0)
			continue;
		if (w->fds[0].revents)
			hush(w->wake);
		for (struct saw_ssh_client *c = w->clients; c; c = c->next) {
			bool ready = false;

			for (size_t i = 0; i < c->n_fds; i++)
				ready |= w->fds[at++].revents != 0;
			if (ready || saw_ssh_session_next_ns(c->session) <= saw_steady_ns())
				saw_ssh_session_step(c->session, saw_steady_ns(), saw_wall_ms());
		}
	}
	return NULL;
}

/* ----------------------------------------------------------------------------------------------------- the owner's side */

static bool start(struct worker *w) {
	pthread_attr_t attributes;
	bool good;

	w->fds_max = 64;
	w->fds = calloc(w->fds_max, sizeof *w->fds);
	w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&w->lock, NULL);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	good = w->fds && w->wake >= 0 && pthread_create(&w->thread, &attributes, work, w) == 0;
	pthread_attr_destroy(&attributes);
	if (good)
		return true;
	if (w->wake >= 0)
		close(w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w->fds);
	return false;
}

struct saw_ssh_pool *saw_ssh_pool_create(unsigned threads, struct saw_err *err) {
	const unsigned n = threads + 1;
	struct saw_ssh_pool *p = calloc(1, sizeof *p);

	if (!p || !(p->workers = calloc(n, sizeof *p->workers))) {
		free(p);
		saw_err_set(err, -ENOMEM, "no memory for SSH");
		return NULL;
	}
	p->last = &p->first;
	pthread_mutex_init(&p->lock, NULL);
	p->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (p->fd < 0 || saw_sshwire_init() != 0) {
		saw_err_set(err, p->fd < 0 ? -errno : -EIO, "the SSH library does not start");
		saw_ssh_pool_destroy(p);
		return NULL;
	}
	for (; p->n_workers < n; p->n_workers++) {
		p->workers[p->n_workers].pool = p;
		if (!start(&p->workers[p->n_workers])) {
			saw_err_set(err, -EAGAIN, "no thread for SSH");
			saw_ssh_pool_destroy(p);
			return NULL;
		}
	}
	return p;
}

static void wake(struct worker *w) {
	ring(w->wake);
}

void saw_ssh_pool_destroy(struct saw_ssh_pool *p) {
	if (!p)
		return;
	for (unsigned i = 0; i < p->n_workers; i++) {
		struct worker *w = &p->workers[i];

		pthread_mutex_lock(&w->lock);
		w->stop = true;
		pthread_mutex_unlock(&w->lock);
		wake(w);
		pthread_join(w->thread, NULL);
		while (w->clients) {
			struct saw_ssh_client *c = w->clients;

			w->clients = c->next;
			client_free(c);
		}
		close(w->wake);
		free(w->fds);
		pthread_mutex_destroy(&w->lock);
	}
	drop_results(p, NULL);
	if (p->fd >= 0)
		close(p->fd);
	pthread_mutex_destroy(&p->lock);
	free(p->workers);
	free(p);
}

int saw_ssh_pool_fd(const struct saw_ssh_pool *p) {
	return p->fd;
}

bool saw_ssh_pool_take(struct saw_ssh_pool *p, struct saw_ssh_done *out) {
	bool found = false;

	hush(p->fd);
	/* A client that is freed has its results dropped first, under this lock. */
	pthread_mutex_lock(&p->lock);
	while (p->first && !found) {
		struct result *r = p->first;

		if (!(p->first = r->next))
			p->last = &p->first;
		*out = r->done;
		found = !r->client->removed;
		r->client->ends_ns = 0;
		if (!found) {
			free(r->done.sample);
			saw_ssh_configuration_free(r->done.configuration);
		}
		free(r);
	}
	pthread_mutex_unlock(&p->lock);
	return found;
}

static struct worker *choose(const struct saw_ssh_pool *p, const struct saw_ssh_target *t) {
	struct worker *w = &p->workers[0];

	if (t->self.agent || (t->jump && t->jump->agent))
		return &p->workers[p->n_workers - 1];
	for (unsigned i = 1; i + 1 < p->n_workers; i++)
		if (p->workers[i].n_clients < w->n_clients)
			w = &p->workers[i];
	return w;
}

struct saw_ssh_client *saw_ssh_pool_add(struct saw_ssh_pool *p, const struct saw_ssh_target *target, void *ctx) {
	struct saw_ssh_client *c = calloc(1, sizeof *c);
	const struct saw_ssh_session_hooks hooks = {
		.ctx = c, .done = on_done, .notice = on_notice, .answer = target->digest_key ? on_answer : NULL};
	struct worker *w = choose(p, target);

	if (!c)
		return NULL;
	*c = (struct saw_ssh_client){
		.worker = w, .ctx = ctx, .deadline_ns = target->deadline_ns, .record = SAW_BUF_INIT(RECORD_MAX)};
	if (target->digest_key)
		memcpy(c->digest_key, target->digest_key, sizeof c->digest_key);
	c->session = saw_ssh_session_create(target, &hooks);
	if (!c->session) {
		free(c);
		return NULL;
	}
	w->n_clients++;
	pthread_mutex_lock(&w->lock);
	c->next = w->news;
	w->news = c;
	pthread_mutex_unlock(&w->lock);
	wake(w);
	return c;
}

void saw_ssh_pool_remove(struct saw_ssh_client *c) {
	struct worker *w = c->worker;

	w->n_clients--;
	pthread_mutex_lock(&w->lock);
	c->removed = w->changed = true;
	pthread_mutex_unlock(&w->lock);
	wake(w);
}

void saw_ssh_pool_poll(struct saw_ssh_client *c, const struct saw_ssh_job *job) {
	struct worker *w = c->worker;

	c->ends_ns = saw_steady_ns() + c->deadline_ns + GRACE_NS;
	pthread_mutex_lock(&w->lock);
	c->job = *job;
	c->queued = w->changed = true;
	pthread_mutex_unlock(&w->lock);
	wake(w);
}

bool saw_ssh_pool_watch(struct saw_ssh_client *c, uint64_t now_ns) {
	if (c->ends_ns)
		saw_ssh_session_watch_agent(c->session, now_ns);
	if (!c->ends_ns || now_ns < c->ends_ns)
		return false;
	saw_ssh_session_abort(c->session);
	return true;
}
