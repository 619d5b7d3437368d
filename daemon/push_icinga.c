#include "daemon/push_icinga.h"

#include "exporters/push/retry.h"
#include "exporters/push/series.h"
#include "io/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define AT_A_TIME 4
#define ANSWER_MAX (64U << 10)
#define SAID_MAX 20 /* services that are named in one round */

struct result {
	char *object, *body;
	size_t len;
};

struct slot {
	struct saw_push_icinga *icinga;
	struct saw_http_call *call;
	struct result result; /* body NULL: nothing */
};

struct saw_push_icinga {
	struct saw_http_client *client;
	const char *name;
	struct saw_push_icinga_hooks hooks;
	struct saw_http_peer peer; /* with the URL below */
	struct saw_buf url;
	const char *const *headers;
	size_t n_headers;
	unsigned timeout_ms;

	struct result *results; /* of the present round */
	size_t n, room;
	size_t first, taken; /* where the round began in them, and how many were taken out */
	struct slot slots[AT_A_TIME];
	bool paused;
	struct saw_series_set *missing; /* objects that Icinga has not, in this round or the one before */
	unsigned said;
	uint64_t dropped;
};

struct saw_push_icinga *saw_push_icinga_create(struct saw_http_client *client, const char *name,
											   const struct saw_push_icinga_hooks *hooks) {
	struct saw_push_icinga *i = calloc(1, sizeof *i);

	if (!i)
		return NULL;
	*i = (struct saw_push_icinga){.client = client, .name = name, .hooks = *hooks, .url = SAW_BUF_INIT(16384)};
	i->missing = saw_series_create(0);
	if (!i->missing) {
		free(i);
		return NULL;
	}
	for (size_t k = 0; k < AT_A_TIME; k++)
		i->slots[k].icinga = i;
	return i;
}

static void result_free(struct result *r) {
	free(r->object);
	free(r->body);
	*r = (struct result){.body = NULL};
}

static struct result *result_at(struct saw_push_icinga *i, size_t k) {
	return &i->results[(i->first + k) % i->n];
}

/* Forgets what was not sent. */
static void clear(struct saw_push_icinga *i) {
	for (size_t k = i->taken; k < i->n; k++)
		result_free(result_at(i, k));
	i->n = i->taken = i->first = 0;
}

void saw_push_icinga_cancel(struct saw_push_icinga *i) {
	if (!i)
		return;
	for (size_t k = 0; k < AT_A_TIME; k++) {
		saw_http_call_cancel(i->slots[k].call);
		i->slots[k].call = NULL;
		result_free(&i->slots[k].result);
	}
	clear(i);
}

void saw_push_icinga_destroy(struct saw_push_icinga *i) {
	if (!i)
		return;
	saw_push_icinga_cancel(i);
	saw_series_destroy(i->missing);
	saw_buf_free(&i->url);
	free(i->results);
	free(i);
}

void saw_push_icinga_configure(struct saw_push_icinga *i, const struct saw_http_peer *peer, const char *const *headers,
							   size_t n_headers, unsigned timeout_ms) {
	size_t n = strlen(peer->url);

	while (n && peer->url[n - 1] == '/')
		n--;
	saw_buf_reset(&i->url);
	saw_buf_put(&i->url, peer->url, n);
	saw_buf_puts(&i->url, SAW_ICINGA_PATH);
	i->peer = *peer;
	i->peer.url = saw_buf_text(&i->url);
	i->headers = headers;
	i->n_headers = n_headers;
	i->timeout_ms = timeout_ms;
	i->paused = false;
}

/* ------------------------------------------------------------------------------------------------------------------ answers */

static void send_more(struct saw_push_icinga *i);

static void note_missing(struct saw_push_icinga *i, const char *object) {
	struct saw_series_entry *e = saw_series_seen(i->missing, object, strlen(object));
	const char *service = strchr(object, '!');

	i->dropped++;
	if (!e || e->start_ms)
		return;
	e->start_ms = 1; /* it has been said */
	if (++i->said > SAID_MAX)
		return;
	saw_log(SAW_LOG_WARNING, NULL, NULL,
			"push %s: Icinga has no service \"%s\" of a host \"%.*s\": its results are dropped%s", i->name,
			service ? service + 1 : "", (int)(service ? service - object : 0), object,
			i->said == SAID_MAX ? "; others that it has not either are not named" : "");
}

static void on_answer(void *ctx, const struct saw_http_answer *a) {
	struct saw_buf reason = SAW_BUF_INIT(SAW_ERR_TEXT_MAX - 1);
	struct slot *slot = ctx;
	struct saw_push_icinga *i = slot->icinga;
	enum saw_icinga_fate fate = a->error ? SAW_ICINGA_LATER : saw_icinga_fate(a->status);

	slot->call = NULL;
	if (a->error)
		saw_buf_puts(&reason, a->text);
	else
		saw_push_put_reason(&reason, a->status, a->content_type, (struct saw_str){saw_buf_text(&a->body), a->body.len});
	switch (fate) {
	case SAW_ICINGA_TAKEN:
		i->hooks.taken(i->hooks.ctx);
		break;
	case SAW_ICINGA_MISSING:
		note_missing(i, slot->result.object);
		break;
	case SAW_ICINGA_REFUSED:
		i->hooks.refused(i->hooks.ctx, (int)a->status, saw_buf_text(&reason));
		break;
	case SAW_ICINGA_LATER:
		/* Of those that fail together the first one says so. */
		if (!i->paused) {
			i->paused = true;
			i->hooks.failed(i->hooks.ctx, a->error ? a->error : (int)a->status, saw_buf_text(&reason),
							a->retry_after_seconds);
		}
	}
	saw_buf_free(&reason);
	if (fate != SAW_ICINGA_LATER)
		result_free(&slot->result);
	send_more(i);
}

static void post(struct slot *slot) {
	struct saw_push_icinga *i = slot->icinga;
	const struct saw_http_request r = {.peer = &i->peer,
									   .headers = i->headers,
									   .n_headers = i->n_headers,
									   .body = slot->result.body,
									   .len = slot->result.len,
									   .timeout_ms = i->timeout_ms,
									   .answer_max = ANSWER_MAX};
	struct saw_err err = {0};

	if (saw_http_client_post(i->client, &r, on_answer, slot, &slot->call, &err) == 0)
		return;
	slot->call = NULL;
	i->paused = true;
	i->hooks.failed(i->hooks.ctx, err.code, err.text, 0);
}

static void send_more(struct saw_push_icinga *i) {
	for (size_t k = 0; k < AT_A_TIME && !i->paused; k++) {
		struct slot *slot = &i->slots[k];

		if (slot->call)
			continue;
		if (!slot->result.body && i->taken < i->n)
			slot->result = *result_at(i, i->taken++);
		if (slot->result.body)
			post(slot);
	}
}

void saw_push_icinga_resume(struct saw_push_icinga *i) {
	i->paused = false;
	send_more(i);
}

/* ------------------------------------------------------------------------------------------------------------------- rounds */

static void put(void *ctx, const struct saw_icinga_result *result) {
	struct saw_push_icinga *i = ctx;
	struct result r = {.object = strdup(result->object), .body = malloc(result->len), .len = result->len};

	if (i->n == i->room) {
		size_t room = i->room ? i->room * 2 : 256;
		struct result *more = realloc(i->results, room * sizeof *more);

		if (more) {
			i->results = more;
			i->room = room;
		}
	}
	if (!r.object || !r.body || i->n == i->room) {
		result_free(&r);
		i->dropped++;
		return;
	}
	memcpy(r.body, result->body, result->len);
	i->results[i->n++] = r;
}

static void forget(void *ctx, const void *key, size_t len) {
	(void)ctx;
	(void)key;
	(void)len;
}

int saw_push_icinga_round(struct saw_push_icinga *i, const Sawatch__V1__Snapshot *s,
						  const struct saw_push_choice *choice, const struct saw_icinga_names *names) {
	const bool unfinished = i->taken < i->n;
	size_t first = unfinished ? i->first + i->taken : 0;
	int rc;

	i->dropped += i->n - i->taken;
	clear(i);
	/* What waits to be sent again is older than what comes now. */
	for (size_t k = 0; k < AT_A_TIME; k++)
		if (!i->slots[k].call && i->slots[k].result.body) {
			result_free(&i->slots[k].result);
			i->dropped++;
		}
	if (!unfinished) {
		/* Those that were missing in the last round and are not in this are said again when they are. */
		saw_series_end(i->missing, forget, NULL);
		saw_series_begin(i->missing);
		i->said = 0;
	}
	rc = saw_icinga_results(s, choice, names, put, i);
	i->first = i->n ? first % i->n : 0;
	send_more(i);
	return rc;
}

size_t saw_push_icinga_waiting(const struct saw_push_icinga *i) {
	size_t n = i->n - i->taken;

	for (size_t k = 0; k < AT_A_TIME; k++)
		n += i->slots[k].result.body != NULL;
	return n;
}

uint64_t saw_push_icinga_dropped(const struct saw_push_icinga *i) {
	return i->dropped;
}
