#include "tools/target.h"

#include "io/clock.h"
#include "io/socket.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_MS UINT64_C(1000000)
#define SAMPLE_MAX ((size_t)64 << 20)

int saw_target_of(const struct saw_config *c, const struct saw_config_device *d, const char *address,
				  struct saw_target *t, struct saw_err *err) {
	const struct saw_config_snmp *s = d->snmp;
	int rc = 0;

	memset(t, 0, sizeof *t);
	t->snmp = (struct saw_snmp_target){
		.device = d->name,
		.address = address,
		.platform = d->platform,
		.version = (enum saw_snmp_version)s->version,
		.user = s->user,
		.context = s->context,
		.auth = saw_snmp_auth_named(s->auth),
		.priv = saw_snmp_priv_named(s->priv),
		.timeout_ns = s->timeout_ms * NS_PER_MS,
		.retries = s->retries,
		.deadline_ns = s->deadline_ms * NS_PER_MS,
		.max_repetitions = s->max_repetitions,
		.window = s->window,
		.discover_contexts = s->discover_contexts,
		.max_rows = s->max_rows,
		.max_bytes = SAMPLE_MAX,
		.rarely = true,
		.memory_pools = s->memory_pools,
	};
	if (t->snmp.version != SAW_SNMP_V3)
		rc = saw_config_secret(c, &s->community, &t->community, err);
	if (rc == 0 && t->snmp.version == SAW_SNMP_V3 && t->snmp.auth != SAW_SNMP_AUTH_NONE)
		rc = saw_config_secret(c, &s->auth_password, &t->auth_password, err);
	if (rc == 0 && t->snmp.version == SAW_SNMP_V3 && t->snmp.priv != SAW_SNMP_PRIV_NONE)
		rc = saw_config_secret(c, &s->priv_password, &t->priv_password, err);
	for (size_t i = 0; rc == 0 && i < s->n_contexts; i++) {
		const struct saw_config_context *from = &s->contexts[i];

		t->contexts[i] = (struct saw_snmp_context){.name = from->name, .vrf = from->vrf};
		if (t->snmp.version != SAW_SNMP_V3)
			rc = saw_config_secret(c, &from->community, &t->communities[i], err);
		t->contexts[i].community = t->communities[i];
	}
	t->snmp.contexts = t->contexts;
	t->snmp.n_contexts = s->n_contexts;
	t->snmp.community = t->community;
	t->snmp.auth_password = t->auth_password;
	t->snmp.priv_password = t->priv_password;
	return rc;
}

void saw_target_clear(struct saw_target *t) {
	saw_secret_wipe(t->community);
	saw_secret_wipe(t->auth_password);
	saw_secret_wipe(t->priv_password);
	for (size_t i = 0; i < SAW_SNMP_CONTEXTS_MAX; i++)
		saw_secret_wipe(t->communities[i]);
	memset(t, 0, sizeof *t);
}

/* ------------------------------------------------------------------------------------------------------- one poll */

struct run {
	saw_snmp_done_fn done;
	void *ctx;
	bool over;
	/* That nobody answered at one address of a name, while others have not been tried. */
	uint8_t *unheard;
	size_t n_unheard;
};

static void on_done(void *ctx, const uint8_t *sample, size_t len) {
	struct run *run = ctx;

	run->over = true;
	if (!saw_snmp_unheard(sample, len)) {
		free(run->unheard);
		run->unheard = NULL;
		run->done(run->ctx, sample, len);
	} else if (!run->unheard && (run->unheard = malloc(len))) {
		memcpy(run->unheard, sample, len);
		run->n_unheard = len;
	}
}

static void unreachable(const struct saw_config_device *d, const struct run *run, const struct saw_err *err) {
	Sawatch__V1__PollError error = SAWATCH__V1__POLL_ERROR__POLL_ERROR_INTERNAL;
	uint8_t *sample;
	size_t len;

	if (err->code == SAW_ERESOLVE)
		error = SAWATCH__V1__POLL_ERROR__POLL_ERROR_RESOLVE;
	else if (err->code == SAW_EUNREACHABLE)
		error = SAWATCH__V1__POLL_ERROR__POLL_ERROR_UNREACHABLE;
	sample = saw_snmp_failed_sample(d->name, d->platform, saw_wall_ms(), error, err->text, &len);
	if (sample)
		run->done(run->ctx, sample, len);
	free(sample);
}

static void wait_for(struct saw_snmp_poll *p, const struct run *run) {
	while (!run->over) {
		struct pollfd fd = {.fd = saw_snmp_poll_fd(p), .events = POLLIN};
		uint64_t now = saw_steady_ns(), next = saw_snmp_poll_next_ns(p);
		int ms = next > now ? (int)((next - now) / 1000000) + 1 : 0;

		if (poll(&fd, 1, ms) > 0)
			saw_snmp_poll_ready(p, saw_steady_ns());
		else
			saw_snmp_poll_timer(p, saw_steady_ns());
	}
}

/* At one address after the other until somebody answers; what is said is what the first came to. */
static int poll_addresses(struct saw_snmp_engine *engine, const struct saw_config_device *d, struct saw_target *target,
						  char address[SAW_SOCKET_PRINTED], struct run *run, struct saw_err *err) {
	char first[SAW_SOCKET_PRINTED];

	for (unsigned turn = 0;; turn++) {
		struct saw_snmp_poll *p;
		int fd;

		if (saw_io_udp_connect(d->address, d->snmp->port, turn, &fd, address, SAW_SOCKET_PRINTED, err) != 0) {
			unreachable(d, run, err);
			return 0;
		}
		if (turn == 0) {
			memcpy(first, address, sizeof first);
		} else if (strcmp(first, address) == 0) {
			close(fd);
			run->done(run->ctx, run->unheard, run->n_unheard);
			return 0;
		}
		run->over = false;
		p = saw_snmp_poll_start(engine, &target->snmp, fd, saw_steady_ns(), saw_wall_ms(), on_done, run, err);
		if (!p)
			return err->code;
		wait_for(p, run);
		if (!run->unheard)
			return 0;
	}
}

int saw_target_poll(const struct saw_config *c, const struct saw_config_device *d, const struct saw_target_more *more,
					saw_snmp_done_fn done, void *ctx, struct saw_err *err) {
	struct run run = {.done = done, .ctx = ctx};
	struct saw_snmp_engine *engine = NULL;
	struct saw_target target;
	char address[SAW_SOCKET_PRINTED] = "";
	int rc = saw_target_of(c, d, address, &target, err);

	if (rc)
		goto out;
	if (more->most_ms && more->most_ms * NS_PER_MS < target.snmp.deadline_ns)
		target.snmp.deadline_ns = more->most_ms * NS_PER_MS;
	target.snmp.only = more->only;
	target.snmp.seen = more->seen;
	target.snmp.seen_ctx = more->seen_ctx;
	engine = saw_snmp_engine_create(err);
	rc = engine ? poll_addresses(engine, d, &target, address, &run, err) : err->code;
out:
	saw_snmp_engine_destroy(engine);
	saw_target_clear(&target);
	free(run.unheard);
	return rc;
}
