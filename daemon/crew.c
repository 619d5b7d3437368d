#include "daemon/crew.h"

#include "daemon/message.h"
#include "io/fdpass.h"
#include "io/log.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct member {
	struct saw_crew *crew;
	const struct saw_part *part;
	struct saw_child *child; /* NULL: it does not run */
	bool wanted, ending;
	uint64_t restarts;
	char why[64]; /* it is down; empty: it is not */
};

struct saw_crew {
	uv_loop_t *loop;
	struct saw_child_options options;
	struct saw_crew_hooks hooks;
	const struct saw_crew_setup *setup;
	char *state_dir;
	bool hub_ready, stopping;
	struct member *members; /* as saw_parts */
	size_t n;
};

/* --------------------------------------------------------------------------------------------------------------- secrets */

struct reading {
	const struct saw_config *config;
	Sawatch__Internal__PartSetup *into;
	struct saw_err *err;
	int rc;
};

static void read_one(void *ctx, const struct saw_secret_ref *ref, bool whole) {
	struct reading *r = ctx;
	Sawatch__Internal__Secret **list, *s;

	if (r->rc < 0 || (!ref->file && !ref->env))
		return;
	list = realloc(r->into->secrets, (r->into->n_secrets + 1) * sizeof *list);
	if (list)
		r->into->secrets = list;
	s = list ? malloc(sizeof *s) : NULL;
	if (!s) {
		r->rc = saw_err_set(r->err, -ENOMEM, "no memory for the configuration");
		return;
	}
	sawatch__internal__secret__init(s);
	s->file = (char *)(uintptr_t)ref->file; /* the configuration's */
	s->env = (char *)(uintptr_t)ref->env;
	list[r->into->n_secrets++] = s;
	r->rc = whole && ref->file ? saw_config_secret_file(r->config, ref, &s->value, r->err)
							   : saw_config_secret(r->config, ref, &s->value, r->err);
}

int saw_crew_setup_load(const struct saw_config *c, const char *text, size_t len, struct saw_crew_setup *out,
						struct saw_err *err) {
	const struct saw_part *const *parts = saw_parts(&out->n);
	struct reading r = {.config = c, .err = err};

	out->list = calloc(out->n + 1, sizeof *out->list);
	if (!out->list)
		return saw_err_set(err, -ENOMEM, "no memory for the configuration");
	for (size_t i = 0; i < out->n && r.rc == 0; i++) {
		r.into = &out->list[i];
		sawatch__internal__part_setup__init(r.into);
		r.into->path = (char *)(uintptr_t)c->path;
		r.into->has_text = 1;
		r.into->text.data = (uint8_t *)(uintptr_t)text;
		r.into->text.len = len;
		if (parts[i]->wanted(c) && parts[i]->secrets)
			parts[i]->secrets(c, read_one, &r);
	}
	return r.rc;
}

void saw_crew_setup_free(struct saw_crew_setup *s) {
	for (size_t i = 0; s->list && i < s->n; i++) {
		for (size_t j = 0; j < s->list[i].n_secrets; j++) {
			saw_secret_wipe(s->list[i].secrets[j]->value);
			free(s->list[i].secrets[j]);
		}
		free(s->list[i].secrets);
	}
	free(s->list);
	*s = (struct saw_crew_setup){0};
}

/* ------------------------------------------------------------------------------------------------------------- processes */

static void tell_hub(struct member *m, int fd) {
	Sawatch__Internal__Part p = SAWATCH__INTERNAL__PART__INIT;

	p.role = (char *)(uintptr_t)m->part->role;
	p.has_restarts = p.has_gone = 1;
	p.restarts = m->restarts;
	p.gone = !m->wanted;
	p.error = *m->why ? m->why : NULL;
	m->crew->hooks.tell_hub(m->crew->hooks.ctx, &p, fd);
}

static void tell_part(struct member *m, Sawatch__Internal__Kind kind, const ProtobufCMessage *message, int fd) {
	struct saw_channel *c = saw_child_channel(m->child);
	int rc = 0;

	if (c)
		rc = saw_message_send(c, kind, message, fd);
	else if (fd >= 0)
		close(fd);
	if (rc < 0 && rc != -EPIPE) /* a broken pipe is logged as the death it comes from */
		saw_log(SAW_LOG_ERROR, NULL, NULL, "cannot tell %s: %s", m->part->role, saw_strerror(rc));
}

static void send_setup(struct member *m) {
	Sawatch__Internal__PartSetup setup = m->crew->setup->list[m - m->crew->members];

	setup.state_dir = m->crew->state_dir;
	tell_part(m, SAWATCH__INTERNAL__KIND__KIND_PART_SETUP, &setup.base, -1);
}

static void join(struct member *m) {
	int fds[2], rc;

	if (!m->crew->hub_ready || !m->child || m->ending || !saw_child_channel(m->child))
		return;
	rc = saw_fdpass_pair(fds);
	if (rc < 0) {
		saw_log(SAW_LOG_ERROR, NULL, NULL, "cannot join %s to the hub: %s", m->part->role, saw_strerror(rc));
		return;
	}
	tell_hub(m, fds[0]);
	tell_part(m, SAWATCH__INTERNAL__KIND__KIND_FEED, NULL, fds[1]);
}

static void on_up(void *ctx, struct saw_child *child) {
	struct member *m = ctx;

	m->child = child;
	*m->why = 0;
	send_setup(m);
	join(m);
}

static void on_frame(void *ctx, struct saw_child *child, uint8_t kind, const uint8_t *data, size_t len, int fd) {
	(void)ctx;
	(void)child;
	(void)kind;
	(void)data;
	(void)len;
	if (fd >= 0)
		close(fd);
}

static void on_down(void *ctx, struct saw_child *child, const char *why) {
	struct member *m = ctx;

	(void)child;
	m->restarts++;
	snprintf(m->why, sizeof m->why, "the process %s", why);
	tell_hub(m, -1);
}

static void balance(struct saw_crew *c);

static void on_gone(void *ctx, struct saw_child *child) {
	struct member *m = ctx;

	(void)child;
	m->child = NULL;
	m->ending = false;
	balance(m->crew);
	m->crew->hooks.ended(m->crew->hooks.ctx);
}

/* Starts what is wanted, ends what is not. One that still ends begins anew when it has. */
static void balance(struct saw_crew *c) {
	for (struct member *m = c->members; m < c->members + c->n; m++) {
		const struct saw_child_hooks hooks = {
			.ctx = m, .up = on_up, .frame = on_frame, .down = on_down, .gone = on_gone};
		bool wanted = m->wanted && !c->stopping;

		if (wanted && !m->child) {
			*m->why = 0;
			m->child = saw_child_create(c->loop, m->part->role, &c->options, &hooks);
			if (!m->child)
				saw_log(SAW_LOG_ERROR, NULL, NULL, "no memory to start %s", m->part->role);
		} else if (!wanted && m->child && !m->ending) {
			m->ending = true;
			saw_child_stop(m->child);
		}
	}
}

struct saw_crew *saw_crew_create(uv_loop_t *loop, const struct saw_child_options *options,
								 const struct saw_crew_hooks *hooks) {
	struct saw_crew *c = calloc(1, sizeof *c);
	const struct saw_part *const *parts;

	if (!c)
		return NULL;
	*c = (struct saw_crew){.loop = loop, .options = *options, .hooks = *hooks};
	parts = saw_parts(&c->n);
	c->members = calloc(c->n + 1, sizeof *c->members);
	if (!c->members) {
		free(c);
		return NULL;
	}
	for (size_t i = 0; i < c->n; i++)
		c->members[i] = (struct member){.crew = c, .part = parts[i]};
	return c;
}

void saw_crew_configure(struct saw_crew *c, const struct saw_config *config, const struct saw_crew_setup *setup,
						const char *state_dir) {
	c->setup = setup;
	free(c->state_dir);
	c->state_dir = state_dir ? strdup(state_dir) : NULL;
	for (struct member *m = c->members; m < c->members + c->n; m++) {
		bool was = m->wanted;

		m->wanted = m->part->wanted(config);
		if (was && !m->wanted)
			tell_hub(m, -1);
		else if (m->wanted && m->child && !m->ending)
			send_setup(m);
	}
	balance(c);
}

void saw_crew_hub_ready(struct saw_crew *c, bool ready) {
	c->hub_ready = ready;
	for (struct member *m = c->members; ready && m < c->members + c->n; m++) {
		if (m->wanted && *m->why)
			tell_hub(m, -1);
		join(m);
	}
}

void saw_crew_stop(struct saw_crew *c) {
	c->stopping = true;
	balance(c);
}

unsigned saw_crew_running(const struct saw_crew *c) {
	unsigned n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += c->members[i].child != NULL;
	return n;
}

void saw_crew_destroy(struct saw_crew *c) {
	if (!c)
		return;
	free(c->state_dir);
	free(c->members);
	free(c);
}
