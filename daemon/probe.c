#include "daemon/probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS 50 /* between looks whether what was polled is shown, and whose patience is over */
#define WAITING 64 /* clients of one device */

struct waiter {
	uint64_t ticket, until_ns;
};

struct probe {
	struct probe *next;
	bool ended;       /* polled: what it gave is being shown */
	uint64_t awaited; /* samples */
	size_t n;
	struct waiter waiting[WAITING];
	char device[];
};

struct saw_probes {
	struct saw_probes_hooks hooks;
	uv_timer_t *timer; /* freed once it is closed */
	struct probe *list;
	size_t n;
};

static void on_look(uv_timer_t *t);

struct saw_probes *saw_probes_create(uv_loop_t *loop, const struct saw_probes_hooks *hooks) {
	struct saw_probes *p = calloc(1, sizeof *p);

	if (!p || !(p->timer = calloc(1, sizeof *p->timer))) {
		free(p);
		return NULL;
	}
	p->hooks = *hooks;
	uv_timer_init(loop, p->timer);
	p->timer->data = p;
	return p;
}

static void free_timer(uv_handle_t *h) {
	free(h);
}

void saw_probes_destroy(struct saw_probes *p) {
	if (!p)
		return;
	uv_close((uv_handle_t *)p->timer, free_timer);
	while (p->list) {
		struct probe *next = p->list->next;

		free(p->list);
		p->list = next;
	}
	free(p);
}

static struct probe **find(struct saw_probes *p, const char *device) {
	struct probe **at = &p->list;

	while (*at && strcmp((*at)->device, device) != 0)
		at = &(*at)->next;
	return at;
}

static void remove_at(struct saw_probes *p, struct probe **at) {
	struct probe *x = *at;

	*at = x->next;
	p->n--;
	free(x);
	if (!p->list)
		uv_timer_stop(p->timer);
}

static void answer_all(struct saw_probes *p, struct probe *x, unsigned status, const char *error) {
	for (size_t i = 0; i < x->n; i++)
		p->hooks.answer(p->hooks.ctx, x->waiting[i].ticket, status, error);
	x->n = 0;
}

/* True: nobody waits for it any more, or it is answered. */
static bool look(struct saw_probes *p, struct probe *x, uint64_t now_ns) {
	char text[160];

	if (x->ended && p->hooks.shown(p->hooks.ctx) >= x->awaited) {
		answer_all(p, x, 200, NULL);
		return true;
	}
	for (size_t i = 0; i < x->n;) {
		if (now_ns < x->waiting[i].until_ns) {
			i++;
			continue;
		}
		snprintf(text, sizeof text, "%.64s was not read within the time of this scrape", x->device);
		p->hooks.answer(p->hooks.ctx, x->waiting[i].ticket, 504, text);
		x->waiting[i] = x->waiting[--x->n];
	}
	return x->n == 0;
}

static void on_look(uv_timer_t *t) {
	struct saw_probes *p = t->data;
	const uint64_t now = uv_hrtime();

	for (struct probe **at = &p->list; *at;) {
		if (look(p, *at, now))
			remove_at(p, at);
		else
			at = &(*at)->next;
	}
}

static struct probe *add(struct saw_probes *p, const char *device) {
	const size_t n = strlen(device) + 1;
	struct probe *x = calloc(1, sizeof *x + n);

	if (!x)
		return NULL;
	memcpy(x->device, device, n);
	x->next = p->list;
	p->list = x;
	p->n++;
	uv_timer_start(p->timer, on_look, LOOK_MS, LOOK_MS);
	return x;
}

static unsigned refuse(struct saw_err *err, unsigned status, const char *target, const char *text) {
	saw_err_set(err, SAW_EHTTP, "%.64s%s%s", target, *target ? ": " : "", text);
	return status;
}

static unsigned not_listed(const struct saw_config *c, const char *target, struct saw_err *err) {
	for (size_t i = 0; i < c->n_devices; i++)
		if (c->devices[i].address && !c->devices[i].module && strcmp(c->devices[i].address, target) == 0) {
			saw_err_set(err, SAW_EHTTP, "%.64s is the address of %s: ask for that name", target, c->devices[i].name);
			return 404;
		}
	return refuse(err, 404, target,
				  "no device of the configuration is named so, and others are not polled without a module");
}

/* 0, or the HTTP status with which a device that may not be polled is refused. */
static unsigned check(struct saw_probes *p, const struct saw_config *c, const struct saw_http_probe *q,
					  struct saw_err *err) {
	const struct saw_config_device *d = saw_config_find(c, q->target);
	int rc;

	if (!c->probe.enabled)
		return refuse(err, 403, "", "/probe is off; `probe: {enabled: true}` in the configuration turns it on");
	if (d && !d->module)
		return q->module ? refuse(err, 400, q->target, "is a device of the configuration, and takes no module") : 0;
	if (!q->module)
		return not_listed(c, q->target, err);
	rc = p->hooks.guest(p->hooks.ctx, q->target, q->module, err);
	return rc == 0 ? 0 : rc == SAW_EFORMAT ? 400 : rc == SAW_EUNKNOWN ? 404 : 503;
}

unsigned saw_probes_begin(struct saw_probes *p, const struct saw_config *c, const struct saw_http_probe *q,
						  struct saw_err *err) {
	const bool own = q->timeout_ms && q->timeout_ms < c->probe.timeout_ms;
	const uint64_t until_ns = uv_hrtime() + (own ? q->timeout_ms : c->probe.timeout_ms) * 1000000;
	const unsigned refused = check(p, c, q, err);
	struct probe *x = refused ? NULL : *find(p, q->target);
	int rc = 0;

	if (refused)
		return refused;
	if (x && x->n == WAITING)
		return refuse(err, 503, q->target, "too many wait for it already");
	if (!x) {
		if (p->n == SAW_PROBES || !(x = add(p, q->target)))
			return refuse(err, 503, q->target, "too many devices are polled already for others who wait");
		rc = p->hooks.poll(p->hooks.ctx, q->target, q->module, c->probe.min_age_ms);
	}
	if (rc < 0) {
		remove_at(p, find(p, q->target));
		return refuse(err, 503, q->target, saw_strerror(rc));
	}
	x->waiting[x->n++] = (struct waiter){q->ticket, until_ns};
	return 0;
}

void saw_probes_ended(struct saw_probes *p, const char *device, const char *error) {
	struct probe **at = find(p, device);
	struct probe *x = *at;

	if (!x)
		return;
	if (error) {
		answer_all(p, x, 503, error);
		remove_at(p, at);
		return;
	}
	x->ended = true;
	x->awaited = p->hooks.taken(p->hooks.ctx);
	if (look(p, x, uv_hrtime()))
		remove_at(p, at);
}
