/*
 * The part that sends what is known to servers: a queue, a form and a request under way for each.
 *
 * What is sent waits in order in its queue (exporters/push/queue.h), which the disk keeps; one request of a target is under way at a
 * time. What a server refuses is dropped and counted, what it cannot take now is sent again.
 */
#include "daemon/part.h"
#include "daemon/push_icinga.h"
#include "exporters/push/otlp.h"
#include "exporters/push/queue.h"
#include "exporters/push/remote_write.h"
#include "exporters/push/retry.h"
#include "exporters/push/sent.h"
#include "io/clock.h"
#include "io/http_client.h"
#include "io/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define TELL_MS 1000
#define MEMORY_BYTES (16U << 20) /* where the disk takes nothing */
#define ANSWER_MAX (64U << 10)

struct target {
	struct push *push;
	struct target *next;
	char name[80], type[16];
	const struct saw_config_push *config; /* of the present configuration; NULL while another one is looked through */
	struct saw_http_peer peer;
	struct saw_push_choice choice;
	const char **headers;
	size_t n_headers;

	struct saw_queue *queue;
	struct saw_remote_write *remote_write; /* one of these forms */
	struct saw_otlp *otlp;
	struct saw_sent *sent_series;   /* beside the queue; NULL: nothing may be kept */
	struct saw_push_icinga *icinga; /* in place of form and queue */
	struct saw_icinga_names names;
	struct saw_http_call *call;
	struct saw_backoff backoff;
	uv_timer_t interval, retry; /* their handles are the last to go: `open` of them are */
	unsigned open;
	bool due, waiting;

	bool answered, up;
	uint64_t sent, failed, refused;
	int64_t last_success_ms;
	char error[SAW_ERR_TEXT_MAX];
	bool said_partial;
	int said; /* the status or code that was logged last; 0: nothing is wrong */
	unsigned said_broken;
	bool said_disk, said_sent, said_clock;
};

struct push {
	struct saw_part_process *process;
	uv_loop_t *loop;
	struct saw_http_client *client;
	struct target *targets; /* in the order of the configuration */
	uv_timer_t *tell;
	bool news;
};

static uint64_t chance(void) {
	uint64_t v = 0;

	return getrandom(&v, sizeof v, 0) == sizeof v ? v : (uint64_t)uv_hrtime();
}

/* ------------------------------------------------------------------------------------------------------------------ telling */

static void tell(struct push *p) {
	Sawatch__V1__Exporter e = SAWATCH__V1__EXPORTER__INIT;
	Sawatch__V1__PushTarget *all;
	size_t n = 0;

	for (struct target *t = p->targets; t; t = t->next)
		n++;
	all = calloc(n ? n : 1, sizeof *all);
	e.push = calloc(n ? n : 1, sizeof(Sawatch__V1__PushTarget *));
	for (struct target *t = p->targets; all && e.push && t; t = t->next) {
		Sawatch__V1__PushTarget *m = e.push[e.n_push] = &all[e.n_push];
		struct saw_queue_figures f = t->queue
										 ? saw_queue_figures(t->queue)
										 : (struct saw_queue_figures){.samples = saw_push_icinga_waiting(t->icinga),
																	  .dropped = saw_push_icinga_dropped(t->icinga)};

		e.n_push++;
		sawatch__v1__push_target__init(m);
		m->name = t->name;
		m->type = t->type;
		m->has_up = t->answered;
		m->up = t->up;
		m->has_queued_bytes = t->queue != NULL;
		m->has_queued_samples = m->has_sent_samples = m->has_failed_requests = 1;
		m->queued_samples = f.samples;
		m->queued_bytes = f.bytes;
		m->sent_samples = t->sent;
		m->failed_requests = t->failed;
		m->has_dropped_samples = 1;
		m->dropped_samples = t->refused + f.dropped;
		m->has_last_success_ms = t->last_success_ms != 0;
		m->last_success_ms = t->last_success_ms;
		m->error = *t->error ? t->error : NULL;
	}
	if (all && e.push)
		saw_part_tell(p->process, &e);
	free(all);
	free(e.push);
}

static void on_tell(uv_timer_t *timer) {
	struct push *p = timer->data;

	if (p->news)
		tell(p);
	p->news = false;
}

/* ------------------------------------------------------------------------------------------------------------------ sending */

static void send_next(struct target *t);

static void on_retry(uv_timer_t *timer) {
	struct target *t = timer->data;

	t->waiting = false;
	if (t->icinga)
		saw_push_icinga_resume(t->icinga);
	else
		send_next(t);
}

static void wait_and_retry(struct target *t, unsigned retry_after_seconds) {
	t->waiting = true;
	uv_timer_start(&t->retry, on_retry, saw_backoff_next(&t->backoff, retry_after_seconds, (uint32_t)chance()), 0);
}

static void failed(struct target *t, int what, unsigned retry_after_seconds) {
	t->up = false;
	t->failed++;
	if (t->said != what)
		saw_log(SAW_LOG_WARNING, NULL, NULL, "push %s: %s; %s", t->name, t->error,
				t->queue ? "what waits is kept and sent again" : "what is then known is sent when it is well again");
	t->said = what;
	wait_and_retry(t, retry_after_seconds);
}

static void refused(struct target *t, int what, uint32_t samples) {
	t->up = false;
	t->failed++;
	t->refused += samples;
	if (t->said != what)
		saw_log(SAW_LOG_WARNING, NULL, NULL, "push %s: %s; %u %s dropped, and so is what is refused alike", t->name,
				t->error, samples, t->queue ? "samples are" : "result is");
	t->said = what;
	t->backoff = (struct saw_backoff){0};
}

static void taken(struct target *t, uint32_t samples) {
	t->up = true;
	t->sent += samples;
	t->last_success_ms = saw_wall_ms();
	t->error[0] = 0;
	t->backoff = (struct saw_backoff){0};
	if (t->said)
		saw_log(SAW_LOG_INFO, NULL, NULL, "push %s: the server takes what is sent again", t->name);
	t->said = 0;
}

static void icinga_taken(void *ctx) {
	struct target *t = ctx;

	t->answered = t->push->news = true;
	taken(t, 1);
}

static void icinga_failed(void *ctx, int what, const char *text, unsigned retry_after_seconds) {
	struct target *t = ctx;

	t->answered = t->push->news = true;
	snprintf(t->error, sizeof t->error, "%s", text);
	failed(t, what, retry_after_seconds);
}

static void icinga_refused(void *ctx, int what, const char *text) {
	struct target *t = ctx;

	t->answered = t->push->news = true;
	snprintf(t->error, sizeof t->error, "%s", text);
	refused(t, what, 1);
}

/* An OTLP server may take a request and not all that is in it; such is not sent again. */
static void note_partial(struct target *t, const struct saw_http_answer *a) {
	struct saw_buf said = SAW_BUF_INIT(SAW_ERR_TEXT_MAX);
	uint64_t rejected = 0;
	bool partial = saw_otlp_partial(a->body.data, a->body.len, &rejected, &said);

	rejected = rejected < t->sent ? rejected : t->sent;
	t->sent -= rejected;
	t->refused += rejected;
	if (partial && !t->said_partial)
		saw_log(SAW_LOG_WARNING, NULL, NULL, "push %s: the server did not take %llu points of a request: %s", t->name,
				(unsigned long long)rejected, said.len ? saw_buf_text(&said) : "it does not say why");
	t->said_partial = partial;
	saw_buf_free(&said);
}

static enum saw_push_rules rules_of(const struct target *t) {
	return t->config->type == SAW_PUSH_OTLP ? SAW_RULES_OTLP : SAW_RULES_REMOTE_WRITE;
}

static void on_answer(void *ctx, const struct saw_http_answer *a) {
	struct saw_buf reason = SAW_BUF_INIT(sizeof((struct target *)0)->error - 1);
	struct target *t = ctx;
	struct saw_queue_item head = {0};

	t->call = NULL;
	t->answered = true;
	t->push->news = true;
	saw_queue_head(t->queue, &head);
	if (a->error) {
		snprintf(t->error, sizeof t->error, "%s", a->text);
		failed(t, a->error, 0);
		return;
	}
	saw_push_put_reason(&reason, a->status, a->content_type, (struct saw_str){saw_buf_text(&a->body), a->body.len});
	if (t->otlp && strcmp(a->content_type, "application/x-protobuf") == 0)
		saw_otlp_put_status(a->body.data, a->body.len, &reason);
	snprintf(t->error, sizeof t->error, "%s", saw_buf_text(&reason));
	saw_buf_free(&reason);
	switch (saw_push_fate(rules_of(t), a->status)) {
	case SAW_FATE_LATER:
		failed(t, (int)a->status, a->retry_after_seconds);
		return;
	case SAW_FATE_REFUSED:
		refused(t, (int)a->status, head.samples);
		break;
	case SAW_FATE_TAKEN:
		taken(t, head.samples);
		if (t->otlp)
			note_partial(t, a);
	}
	saw_queue_done(t->queue);
	send_next(t);
}

/* The oldest, if nothing is under way. */
static void send_next(struct target *t) {
	struct saw_http_request r = {.peer = &t->peer,
								 .headers = t->headers,
								 .n_headers = t->n_headers,
								 .timeout_ms = (unsigned)t->config->timeout_ms,
								 .answer_max = ANSWER_MAX};
	struct saw_queue_item head;
	struct saw_err err = {0};

	if (t->call || t->waiting || !saw_queue_head(t->queue, &head))
		return;
	r.body = head.body;
	r.len = head.len;
	if (saw_http_client_post(t->push->client, &r, on_answer, t, &t->call, &err) == 0)
		return;
	t->call = NULL;
	snprintf(t->error, sizeof t->error, "%s", err.text);
	t->push->news = true;
	failed(t, err.code, 0);
}

/* ---------------------------------------------------------------------------------------------------------------- snapshots */

static void on_interval(uv_timer_t *timer) {
	struct target *t = timer->data;

	t->due = true;
	saw_part_ask(t->push->process);
}

static void put(void *ctx, const struct saw_queue_item *item) {
	struct target *t = ctx;

	saw_sent_begun(t->sent_series);
	saw_queue_add(t->queue, item); /* what it drops it counts */
}

/* Said when it begins and when it ends. */
static void note_disk(struct target *t) {
	const char *trouble = saw_queue_trouble(t->queue);
	const struct saw_queue_figures f = saw_queue_figures(t->queue);

	if (f.broken > t->said_broken)
		saw_log(
			SAW_LOG_ERROR, NULL, NULL,
			"push %s: a file of its queue read back as something else than was written: what was left in it is lost "
			"and counted as dropped; is the disk sound?",
			t->name);
	t->said_broken = f.broken;
	if (trouble && !t->said_disk)
		saw_log(SAW_LOG_ERROR, NULL, NULL,
				"push %s: its queue cannot be written to the disk (%s): up to %u MiB are kept in memory, and a restart "
				"would lose them",
				t->name, trouble, MEMORY_BYTES >> 20);
	else if (!trouble && t->said_disk)
		saw_log(SAW_LOG_INFO, NULL, NULL, "push %s: its queue is written to the disk again", t->name);
	t->said_disk = trouble != NULL;
	trouble = saw_sent_trouble(t->sent_series);
	if (trouble && !t->said_sent)
		saw_log(
			SAW_LOG_WARNING, NULL, NULL,
			"push %s: which series it was sent cannot be kept beside its queue (%s): those that end while sawatchd is "
			"down are not said to",
			t->name, trouble);
	t->said_sent = trouble != NULL;
}

/* A time that is not after the last one is refused by every receiver. */
static bool is_later(struct target *t, int64_t made_at_ms) {
	const int64_t newest = saw_queue_newest_ms(t->queue);
	const enum saw_push_time time = saw_push_time(newest, made_at_ms);

	if (time == SAW_TIME_BACK && !t->said_clock)
		saw_log(SAW_LOG_WARNING, NULL, NULL,
				"push %s: the clock was set back by %lld s: nothing is sent until it is where it was", t->name,
				(long long)(newest - made_at_ms) / 1000);
	t->said_clock = time == SAW_TIME_BACK;
	if (time == SAW_TIME_ANEW) {
		saw_log(SAW_LOG_WARNING, NULL, NULL,
				"push %s: the clock was set back by %lld s: what is sent has the new time; a server that keeps later "
				"samples "
				"of these series may refuse it",
				t->name, (long long)(newest - made_at_ms) / 1000);
		saw_queue_time(t->queue, made_at_ms);
	}
	return time == SAW_TIME_LATER || time == SAW_TIME_ANEW;
}

static void take_snapshot(struct target *t, const Sawatch__V1__Snapshot *s) {
	int rc;

	t->due = false;
	t->push->news = true;
	if (t->icinga) {
		rc = saw_push_icinga_round(t->icinga, s, &t->choice, &t->names);
		if (rc)
			saw_log(SAW_LOG_ERROR, NULL, NULL, "push %s: not every result can be written: %s", t->name,
					saw_strerror(rc));
		return;
	}
	if (!is_later(t, s->made_at_ms))
		return;
	rc = t->otlp ? saw_otlp_snapshot(t->otlp, s, &t->choice, t->config->batch, put, t)
				 : saw_remote_write_snapshot(t->remote_write, s, &t->choice, t->config->batch, put, t);
	if (rc)
		saw_log(SAW_LOG_ERROR, NULL, NULL, "push %s: a snapshot cannot be written: %s", t->name, saw_strerror(rc));
	saw_queue_commit(t->queue);
	saw_sent_commit(t->sent_series);
	note_disk(t);
	send_next(t);
}

static void on_snapshot(void *part, Sawatch__V1__Snapshot *s) {
	struct push *p = part;

	for (struct target *t = p->targets; t; t = t->next)
		if (t->due)
			take_snapshot(t, s);
	sawatch__v1__snapshot__free_unpacked(s, NULL);
}

/* ---------------------------------------------------------------------------------------------------------- configurations */

static const char *const type_names[] = {
	[SAW_PUSH_REMOTE_WRITE] = "remote_write", [SAW_PUSH_OTLP] = "otlp", [SAW_PUSH_ICINGA2] = "icinga2"};

static void on_target_handle_closed(uv_handle_t *h) {
	struct target *t = h->data;

	if (--t->open == 0)
		free(t);
}

static void target_destroy(struct target *t) {
	saw_http_call_cancel(t->call);
	saw_queue_close(t->queue);
	saw_sent_close(t->sent_series);
	saw_remote_write_destroy(t->remote_write);
	saw_otlp_destroy(t->otlp);
	saw_push_icinga_destroy(t->icinga);
	free(t->headers);
	uv_close((uv_handle_t *)&t->interval, on_target_handle_closed);
	uv_close((uv_handle_t *)&t->retry, on_target_handle_closed);
}

static struct target *target_create(struct push *p, const struct saw_config_push *c, const char *state_dir,
									struct saw_err *err) {
	const struct saw_queue_limits limits = {.disk_bytes = c->queue_bytes, .memory_bytes = MEMORY_BYTES};
	struct target *t = calloc(1, sizeof *t);
	struct saw_push_icinga_hooks icinga = {.taken = icinga_taken, .failed = icinga_failed, .refused = icinga_refused};
	char folder[4096], note[SAW_ERR_TEXT_MAX] = "";

	if (!t) {
		saw_err_set(err, -ENOMEM, "no memory for push %s", c->name);
		return NULL;
	}
	icinga.ctx = t;
	t->push = p;
	snprintf(t->name, sizeof t->name, "%s", c->name);
	snprintf(t->type, sizeof t->type, "%s", type_names[c->type]);
	uv_timer_init(p->loop, &t->interval);
	uv_timer_init(p->loop, &t->retry);
	t->open = 2;
	t->interval.data = t->retry.data = t;
	snprintf(folder, sizeof folder, "%s/push/%s.%s", state_dir ? state_dir : "", t->name, t->type);
	if (c->type == SAW_PUSH_OTLP)
		t->otlp = saw_otlp_create(chance());
	else if (c->type == SAW_PUSH_ICINGA2)
		t->icinga = saw_push_icinga_create(p->client, t->name, &icinga);
	else
		t->remote_write = saw_remote_write_create(chance());
	if (!t->otlp && !t->remote_write && !t->icinga)
		saw_err_set(err, -ENOMEM, "no memory for push %s", c->name);
	else if (!t->icinga)
		saw_queue_open(state_dir ? folder : NULL, &limits, note, &t->queue, err);
	if (*note)
		saw_log(SAW_LOG_ERROR, NULL, NULL, "push %s: %s", t->name, note);
	if (t->queue && state_dir)
		t->sent_series =
			saw_sent_open(folder, t->otlp ? saw_otlp_series(t->otlp) : saw_remote_write_series(t->remote_write));
	if (!t->queue && !t->icinga) {
		target_destroy(t);
		return NULL;
	}
	return t;
}

/* What the configuration says of a target, old or new. It and its secrets are borrowed until the next one. */
static int target_configure(struct target *t, const struct saw_config_push *c, struct saw_err *err) {
	struct saw_part_process *process = t->push->process;
	const char *const *own = t->icinga ? saw_icinga_headers : t->otlp ? saw_otlp_headers : saw_remote_write_headers;
	const size_t n_own = t->icinga ? saw_icinga_n_headers : t->otlp ? saw_otlp_n_headers : saw_remote_write_n_headers;
	const char **headers = calloc(n_own + c->n_headers, sizeof *headers);

	if (!headers)
		return saw_err_set(err, -ENOMEM, "no memory for push %s", c->name);
	free(t->headers);
	t->headers = headers;
	t->n_headers = 0;
	for (size_t i = 0; i < n_own; i++)
		t->headers[t->n_headers++] = own[i];
	for (size_t i = 0; i < c->n_headers; i++)
		t->headers[t->n_headers++] = c->headers[i];
	t->config = c;
	t->peer = (struct saw_http_peer){
		.url = c->url,
		.proxy = c->proxy,
		.proxy_user = c->proxy_user,
		.proxy_password = saw_part_secret(process, &c->proxy_password),
		.user = c->auth.user,
		.password = saw_part_secret(process, &c->auth.password),
		.token = saw_part_secret(process, &c->auth.token),
		.ca_file = c->tls.ca_file,
		.cert_file = c->tls.cert_file,
		.key = saw_part_secret(process, &c->tls.key),
		.server_name = c->tls.server_name,
	};
	t->choice = (struct saw_push_choice){
		.families = {c->families, c->n_families},
		.tunnels = {c->tunnels, c->n_tunnels},
		.labels = c->labels,
		.n_labels = c->n_labels,
	};
	if (t->icinga) {
		t->names = (struct saw_icinga_names){.host = c->icinga.host,
											 .tunnel_service = c->icinga.tunnel_service,
											 .device_service = c->icinga.device_service,
											 .link_service = c->icinga.link_service,
											 .ttl_seconds = (c->icinga.ttl_ms + 999) / 1000};
		saw_push_icinga_configure(t->icinga, &t->peer, t->headers, t->n_headers, (unsigned)c->timeout_ms);
	} else {
		saw_queue_limit(t->queue,
						&(struct saw_queue_limits){.disk_bytes = c->queue_bytes, .memory_bytes = MEMORY_BYTES});
	}
	if (c->allow_insecure && strncmp(c->url, "http:", 5) == 0 && (c->auth.user || t->peer.token))
		saw_log(SAW_LOG_WARNING, NULL, NULL, "push %s: its credentials are sent by http: all between can read them",
				t->name);
	uv_timer_start(&t->interval, on_interval, 0, c->interval_ms);
	/* What was wrong may be right now: nothing is waited for. */
	uv_timer_stop(&t->retry);
	t->waiting = false;
	t->backoff = (struct saw_backoff){0};
	return 0;
}

/* The one of this name and type, out of a list. */
static struct target *take_out(struct target **list, const struct saw_config_push *c) {
	for (struct target **at = list; *at; at = &(*at)->next)
		if (strcmp((*at)->name, c->name) == 0 && strcmp((*at)->type, type_names[c->type]) == 0) {
			struct target *found = *at;

			*at = found->next;
			found->next = NULL;
			return found;
		}
	return NULL;
}

static int configure(void *part, const struct saw_config *c, const char *state_dir, struct saw_err *err) {
	struct push *p = part;
	struct target *old = p->targets, **end = &p->targets;
	int rc = 0;

	p->targets = NULL;
	/* Requests under way have secrets and texts that go; they are sent again. */
	for (struct target *t = old; t; t = t->next) {
		saw_http_call_cancel(t->call);
		t->call = NULL;
		saw_push_icinga_cancel(t->icinga);
	}
	for (size_t i = 0; rc == 0 && i < c->n_push; i++) {
		struct target *t = take_out(&old, &c->push[i]);

		if (!t)
			t = target_create(p, &c->push[i], state_dir, err);
		if (!t) {
			rc = err->code;
			break;
		}
		*end = t;
		end = &t->next;
		rc = target_configure(t, &c->push[i], err);
	}
	for (struct target *t = old, *next; t; t = next) {
		next = t->next;
		target_destroy(t);
	}
	for (struct target *t = p->targets; rc == 0 && t; t = t->next)
		if (t->queue)
			send_next(t);
	p->news = true;
	return rc;
}

/* ------------------------------------------------------------------------------------------------------------------ the part */

static bool wanted(const struct saw_config *c) {
	return c->n_push > 0;
}

static void secrets(const struct saw_config *c, saw_part_need *need, void *ctx) {
	for (size_t i = 0; i < c->n_push; i++) {
		need(ctx, &c->push[i].auth.password, false);
		need(ctx, &c->push[i].auth.token, false);
		need(ctx, &c->push[i].proxy_password, false);
		need(ctx, &c->push[i].tls.key, true);
	}
}

static void *create(struct saw_part_process *process, uv_loop_t *loop, struct saw_err *err) {
	struct push *p = calloc(1, sizeof *p);

	if (p)
		p->tell = calloc(1, sizeof *p->tell);
	if (!p || !p->tell) {
		free(p);
		saw_err_set(err, -ENOMEM, "no memory to push");
		return NULL;
	}
	p->process = process;
	p->loop = loop;
	p->client = saw_http_client_create(loop, err);
	if (!p->client) {
		free(p->tell);
		free(p);
		return NULL;
	}
	uv_timer_init(loop, p->tell);
	p->tell->data = p;
	uv_timer_start(p->tell, on_tell, TELL_MS, TELL_MS);
	return p;
}

static void on_tell_closed(uv_handle_t *h) {
	free(h->data);
	free(h);
}

static void destroy(void *part) {
	struct push *p = part;

	for (struct target *t = p->targets, *next; t; t = next) {
		next = t->next;
		target_destroy(t);
	}
	p->targets = NULL;
	saw_http_client_destroy(p->client);
	uv_close((uv_handle_t *)p->tell, on_tell_closed);
}

const struct saw_part saw_part_push = {.role = "push",
									   .sandbox = SAW_SANDBOX_CLIENT,
									   .wanted = wanted,
									   .secrets = secrets,
									   .create = create,
									   .configure = configure,
									   .snapshot = on_snapshot,
									   .destroy = destroy};
