#include "daemon/part.h"

#include "core/frame.h"
#include "daemon/child.h"
#include "daemon/message.h"
#include "io/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_QUEUED (32U << 20)

struct saw_part_process {
	const struct saw_part *part;
	uv_loop_t loop;
	struct saw_channel *supervisor, *feed; /* feed: NULL while there is no hub */
	void *state;
	struct saw_config *config;
	Sawatch__Internal__PartSetup *setup; /* for its secrets */
	uint8_t *says;                       /* what was told last, packed; a new hub is told it again */
	size_t says_len;
	bool asked, sandbox;
	int status;
};

const struct saw_part *saw_part_find(const char *role) {
	size_t n;
	const struct saw_part *const *all = saw_parts(&n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i]->role, role) == 0)
			return all[i];
	return NULL;
}

/* ------------------------------------------------------------------------------------------------------ what a part asks */

void saw_part_ask(struct saw_part_process *p) {
	p->asked = true;
	if (p->feed)
		saw_message_send(p->feed, SAWATCH__INTERNAL__KIND__KIND_ASK, NULL, -1);
}

static bool lies_at(const Sawatch__Internal__Secret *s, const struct saw_secret_ref *ref) {
	return ref->file ? s->file && strcmp(s->file, ref->file) == 0 : ref->env && s->env && strcmp(s->env, ref->env) == 0;
}

const char *saw_part_secret(const struct saw_part_process *p, const struct saw_secret_ref *ref) {
	for (size_t i = 0; p->setup && i < p->setup->n_secrets; i++)
		if (lies_at(p->setup->secrets[i], ref))
			return p->setup->secrets[i]->value;
	return NULL;
}

static void tell(struct saw_part_process *p) {
	int rc = p->feed && p->says
				 ? saw_channel_send(p->feed, SAWATCH__INTERNAL__KIND__KIND_STATE, p->says, p->says_len, -1)
				 : 0;

	if (rc < 0 && rc != -EPIPE)
		saw_log(SAW_LOG_ERROR, NULL, NULL, "%zu bytes for the hub are lost: %s", p->says_len, saw_strerror(rc));
}

void saw_part_tell(struct saw_part_process *p, const Sawatch__V1__Exporter *state) {
	size_t n = sawatch__v1__exporter__get_packed_size(state);
	uint8_t *packed = malloc(n ? n : 1);

	if (!packed)
		return;
	sawatch__v1__exporter__pack(state, packed);
	free(p->says);
	p->says = packed;
	p->says_len = n;
	tell(p);
}

/* ----------------------------------------------------------------------------------------------------------- the process */

/* Everything is closed, so that the loop runs out. */
static void end(struct saw_part_process *p, int status) {
	p->status = status;
	saw_channel_close(p->supervisor);
	saw_channel_close(p->feed);
	p->supervisor = p->feed = NULL;
	if (p->state)
		p->part->destroy(p->state);
	p->state = NULL;
}

static void take_configuration(struct saw_part_process *p, const uint8_t *data, size_t len) {
	Sawatch__Internal__Configuration *c = sawatch__internal__configuration__unpack(NULL, len, data);

	if (c && c->device && p->part->configuration)
		p->part->configuration(p->state, c);
	if (c)
		sawatch__internal__configuration__free_unpacked(c, NULL);
}

static void on_feed_frame(void *ctx, uint8_t kind, const uint8_t *data, size_t len, int fd) {
	struct saw_part_process *p = ctx;
	Sawatch__V1__Snapshot *s = NULL;

	if (fd >= 0)
		close(fd);
	if (kind == SAWATCH__INTERNAL__KIND__KIND_CONFIGURATION) {
		take_configuration(p, data, len);
		return;
	}
	if (kind == SAWATCH__INTERNAL__KIND__KIND_SNAPSHOT)
		s = sawatch__v1__snapshot__unpack(NULL, len, data);
	if (!s) {
		saw_log(SAW_LOG_ERROR, NULL, NULL, "the hub sent what is no snapshot, or there is no memory for it");
		if (p->asked) /* the next one: this one counts as given */
			saw_part_ask(p);
		return;
	}
	p->asked = false;
	p->part->snapshot(p->state, s);
}

/* The hub ended. Another way to it comes from the supervisor. */
static void on_feed_closed(void *ctx, int error) {
	struct saw_part_process *p = ctx;

	if (error)
		saw_log(SAW_LOG_ERROR, NULL, NULL, "snapshots from the hub: %s", saw_strerror(error));
	saw_channel_close(p->feed);
	p->feed = NULL;
}

static void take_feed(struct saw_part_process *p, int fd) {
	const struct saw_channel_hooks hooks = {.ctx = p, .frame = on_feed_frame, .closed = on_feed_closed};

	saw_channel_close(p->feed);
	p->feed = NULL;
	if (!p->state) { /* it comes after the set-up */
		close(fd);
		return;
	}
	if (saw_channel_open(&p->loop, fd, MOST_QUEUED, &hooks, &p->feed) < 0)
		return;
	tell(p);
	if (p->asked)
		saw_part_ask(p);
}

static void wipe(Sawatch__Internal__PartSetup *m) {
	for (size_t i = 0; m && i < m->n_secrets; i++)
		if (m->secrets[i]->value)
			explicit_bzero(m->secrets[i]->value, strlen(m->secrets[i]->value));
	if (m)
		sawatch__internal__part_setup__free_unpacked(m, NULL);
}

static int configure(struct saw_part_process *p, Sawatch__Internal__PartSetup *m, struct saw_err *err) {
	struct saw_config *fresh = NULL;
	bool first = !p->state;
	int rc = saw_config_parse(m->path, (const char *)m->text.data, m->text.len, &fresh, err);

	if (rc < 0) {
		wipe(m);
		return rc;
	}
	wipe(p->setup);
	p->setup = m;
	if (first)
		p->state = p->part->create(p, &p->loop, err);
	if (!p->state)
		rc = err->code ? err->code : -ENOMEM;
	if (rc == 0)
		rc = p->part->configure(p->state, fresh, m->state_dir, err);
	/* What a part may keep of the configuration before goes with it. */
	saw_config_destroy(p->config);
	p->config = fresh;
	if (rc == 0 && first && p->sandbox) {
		rc = saw_sandbox_enter(p->part->sandbox);
		if (rc < 0)
			saw_err_set(err, rc, "the sandbox (seccomp): %s; --no-sandbox goes without", saw_strerror(rc));
	}
	return rc;
}

static void on_frame(void *ctx, uint8_t kind, const uint8_t *data, size_t len, int fd) {
	struct saw_part_process *p = ctx;
	Sawatch__Internal__PartSetup *m;
	struct saw_err err = {0};
	int rc;

	if (kind == SAWATCH__INTERNAL__KIND__KIND_FEED && fd >= 0) {
		take_feed(p, fd);
		return;
	}
	if (fd >= 0)
		close(fd);
	if (kind != SAWATCH__INTERNAL__KIND__KIND_PART_SETUP)
		return;
	m = sawatch__internal__part_setup__unpack(NULL, len, data);
	rc = m ? configure(p, m, &err) : -ENOMEM;
	if (rc < 0) {
		saw_log(SAW_LOG_ERROR, NULL, NULL, "%s", *err.text ? err.text : saw_strerror(rc));
		end(p, 1);
	}
}

static void on_closed(void *ctx, int error) {
	if (error)
		saw_log(SAW_LOG_ERROR, NULL, NULL, "channel to the supervisor: %s", saw_strerror(error));
	end(ctx, error ? 1 : 0);
}

int saw_part_run(const struct saw_part *part, int fd, bool sandbox) {
	struct saw_part_process p = {.part = part, .sandbox = sandbox};
	const struct saw_channel_hooks hooks = {.ctx = &p, .frame = on_frame, .closed = on_closed};
	int rc = uv_loop_init(&p.loop);

	if (rc == 0)
		rc = saw_channel_open(&p.loop, fd, MOST_QUEUED, &hooks, &p.supervisor);
	if (rc < 0) {
		saw_log(SAW_LOG_ERROR, NULL, NULL, "%s cannot start: %s", part->role, saw_strerror(rc));
		return 1;
	}
	uv_run(&p.loop, UV_RUN_DEFAULT);
	wipe(p.setup);
	saw_config_destroy(p.config);
	free(p.says);
	uv_loop_close(&p.loop);
	return p.status;
}
