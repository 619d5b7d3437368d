/* Notifications to receivers of their own: what changes between snapshots, as SNMP traps and informs. */
#include "daemon/notices.h"
#include "daemon/part.h"
#include "daemon/receiver.h"
#include "io/clock.h"
#include "io/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 1000
#define BOOTS_BEGAN INT64_C(1577836800) /* 2020-01-01 */

struct notify {
	struct saw_part_process *process;
	uv_timer_t tick;
	uv_loop_t *loop;
	const struct saw_config *config;
	struct saw_receiver_home home;
	uint32_t root[SAW_MIB_ROOT_MAX];
	struct saw_receiver **receivers;
	size_t n_receivers;
	struct saw_notices *notices;
	bool configured, changed;
};

static bool wanted(const struct saw_config *c) {
	return c->notify.n_receivers > 0;
}

static void secrets(const struct saw_config *c, saw_part_need *need, void *ctx) {
	for (size_t i = 0; i < c->notify.n_receivers; i++) {
		const struct saw_config_receiver *r = &c->notify.receivers[i];
		const struct saw_secret_ref *const refs[] = {&r->community, &r->auth_password, &r->priv_password};

		for (size_t k = 0; k < sizeof refs / sizeof *refs; k++)
			if (refs[k]->file || refs[k]->env)
				need(ctx, refs[k], false);
	}
}

/* ---------------------------------------------------------------------------------------------------- notifications */

static void notify(void *ctx, struct saw_notice *n) {
	struct notify *x = ctx;
	struct saw_parcel *p = malloc(sizeof *p);
	size_t told = 0;

	if (!p) {
		saw_notice_destroy(n);
		return;
	}
	*p = (struct saw_parcel){.notice = n, .refs = 1};
	for (size_t i = 0; i < x->n_receivers; i++)
		if (saw_notices_owed(x->notices, saw_receiver_name(x->receivers[i]), n)) {
			saw_receiver_send(x->receivers[i], p);
			told++;
		}
	if (told)
		saw_log(SAW_LOG_INFO, *n->device ? n->device : NULL, *n->about ? n->about : NULL,
				"notification %s to %zu receiver%s", n->what->name, told, told == 1 ? "" : "s");
	saw_parcel_release(p);
}

static void on_done(void *ctx, const char *receiver, uint64_t serial) {
	struct notify *x = ctx;

	saw_notices_done(x->notices, receiver, serial);
	x->changed = true;
}

/* ------------------------------------------------------------------------------------------------------- how it does */

static void tell(struct notify *x) {
	Sawatch__V1__Exporter e = SAWATCH__V1__EXPORTER__INIT;
	Sawatch__V1__NotifyStatus n = SAWATCH__V1__NOTIFY_STATUS__INIT;
	Sawatch__V1__ReceiverStatus *all = calloc(x->n_receivers + 1, sizeof *all);
	Sawatch__V1__ReceiverStatus **list = calloc(x->n_receivers + 1, sizeof *list);
	char error[320] = "";

	n.has_sent = n.has_repeated = n.has_dropped = n.has_waiting = 1;
	for (size_t i = 0; all && list && i < x->n_receivers; i++) {
		saw_receiver_status(x->receivers[i], &all[i]);
		list[i] = &all[i];
		n.sent += all[i].sent;
		n.repeated += all[i].repeated;
		n.dropped += all[i].dropped;
		n.waiting += all[i].waiting;
		if (all[i].error && !*error)
			snprintf(error, sizeof error, "receiver %s: %s", all[i].name, all[i].error);
	}
	n.receivers = list;
	n.n_receivers = all && list ? x->n_receivers : 0;
	e.notify = &n;
	e.error = *error ? error : NULL;
	saw_part_tell(x->process, &e);
	free(all);
	free(list);
}

static void on_tick(uv_timer_t *t) {
	struct notify *x = t->data;

	saw_notices_due(x->notices);
	saw_notices_keep(x->notices);
	if (x->changed)
		tell(x);
	x->changed = false;
}

/* ------------------------------------------------------------------------------------------------------------ the part */

static void on_closed(uv_handle_t *h) {
	free(h->data);
}

static void drop_receivers(struct saw_receiver **list, size_t n) {
	for (size_t i = 0; i < n; i++)
		saw_receiver_destroy(list[i]);
	free(list);
}

static void destroy(void *part) {
	struct notify *x = part;

	drop_receivers(x->receivers, x->n_receivers);
	saw_snmp_engine_destroy(x->home.snmp);
	saw_notices_destroy(x->notices);
	uv_close((uv_handle_t *)&x->tick, on_closed);
}

/*
 * Receivers of SNMPv3 traps know our engine ID; it is made of the host's name, so that it is the same after a restart. How often
 * the engine has started must grow with each start, and no file has to be kept for that: the seconds since 2020 do.
 */
static void make_engine(struct saw_usm_header *e) {
	static const uint8_t head[] = {0x80, 0x00, 0x1f, 0x88, 4}; /* Net-SNMP's number; text follows: RFC 3411, 5 */
	char host[SAW_ENGINE_ID_MAX - sizeof head + 1] = "";

	gethostname(host, sizeof host - 1);
	memcpy(e->engine_id, head, sizeof head);
	e->n_engine_id = sizeof head + strlen(host);
	memcpy(e->engine_id + sizeof head, host, strlen(host));
	e->boots = (uint32_t)(saw_wall_ms() / 1000 - BOOTS_BEGAN) & INT32_MAX;
}

static void *create(struct saw_part_process *p, uv_loop_t *loop, struct saw_err *err) {
	struct saw_snmp_engine *snmp = saw_snmp_engine_create(err);
	struct notify *x = snmp ? calloc(1, sizeof *x) : NULL;

	if (!x) {
		saw_snmp_engine_destroy(snmp);
		return NULL;
	}
	x->process = p;
	x->loop = loop;
	x->home = (struct saw_receiver_home){
		.loop = loop, .snmp = snmp, .root = x->root, .started_ns = uv_hrtime(), .done = on_done, .ctx = x};
	make_engine(&x->home.engine);
	x->notices = saw_notices_create(notify, x);
	uv_timer_init(loop, &x->tick);
	x->tick.data = x;
	return x;
}

static void begin(struct notify *x) {
	char id[2 * SAW_ENGINE_ID_MAX + 1];

	uv_timer_start(&x->tick, on_tick, TICK_MS, TICK_MS);
	for (size_t i = 0; i < x->home.engine.n_engine_id; i++)
		snprintf(id + 2 * i, 3, "%02x", x->home.engine.engine_id[i]);
	for (size_t i = 0; i < x->config->notify.n_receivers; i++)
		if (x->config->notify.receivers[i].version == 3 && !x->config->notify.receivers[i].inform) {
			saw_log(SAW_LOG_INFO, NULL, NULL, "SNMPv3 traps come from engine 0x%s; their receivers have to know it",
					id);
			break;
		}
	saw_notices_resume(x->notices);
	saw_part_ask(x->process);
}

/* What waits for a receiver of the same name goes on waiting. */
static int configure(void *part, const struct saw_config *c, const char *state_dir, struct saw_err *err) {
	struct notify *x = part;
	size_t n = c->notify.n_receivers, made = 0;
	struct saw_receiver **fresh = calloc(n + 1, sizeof *fresh);
	const char **names = calloc(n + 1, sizeof *names);

	if (!fresh || !names || !x->notices) {
		free(fresh);
		free(names);
		return saw_err_set(err, -ENOMEM, "notify: no memory");
	}
	x->home.n_root = saw_mib_parse_root(c->snmp_root, x->root);
	for (; made < n; made++) {
		const struct saw_config_receiver *r = &c->notify.receivers[made];
		const struct saw_receiver_secrets s = {.community = saw_part_secret(x->process, &r->community),
											   .auth_password = saw_part_secret(x->process, &r->auth_password),
											   .priv_password = saw_part_secret(x->process, &r->priv_password)};

		fresh[made] = saw_receiver_create(&x->home, r, &s, err);
		if (!fresh[made]) {
			drop_receivers(fresh, made);
			free(names);
			return err->code;
		}
		names[made] = r->name;
		for (size_t k = 0; k < x->n_receivers; k++)
			if (strcmp(saw_receiver_name(x->receivers[k]), r->name) == 0)
				saw_receiver_inherit(fresh[made], x->receivers[k]);
	}
	drop_receivers(x->receivers, x->n_receivers);
	x->receivers = fresh;
	x->n_receivers = n;
	x->config = c;
	x->changed = true;
	if (!x->configured)
		saw_notices_open(x->notices, state_dir, "notify");
	saw_notices_configure(x->notices, c, names, n);
	free(names);
	if (!x->configured)
		begin(x);
	x->configured = true;
	return 0;
}

static void take(void *part, Sawatch__V1__Snapshot *s) {
	struct notify *x = part;
	struct saw_view *v = NULL;
	int rc = saw_notices_take(x->notices, s, true, &v);

	if (rc < 0)
		saw_log(SAW_LOG_ERROR, NULL, NULL, "a snapshot cannot be looked at: %s", saw_strerror(rc));
	saw_view_destroy(v);
	saw_part_ask(x->process);
}

const struct saw_part saw_part_notify = {
	.role = "notify",
	.sandbox = SAW_SANDBOX_CLIENT,
	.wanted = wanted,
	.secrets = secrets,
	.create = create,
	.configure = configure,
	.snapshot = take,
	.destroy = destroy,
};
