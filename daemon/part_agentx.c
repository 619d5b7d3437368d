/* The AgentX subagent: snapshots to a master agent, and what changes between them as notifications. */
#include "daemon/notices.h"
#include "daemon/part.h"
#include "exporters/agentx/agent.h"
#include "io/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TICK_MS 1000
#define STUCK_NS (2 * UINT64_C(1000000000))
#define TELL_EVERY 15         /* ticks, while only counts change */
#define STOP_WAIT_MS 300      /* the supervisor's patience is longer */
#define MASTER "master agent" /* the one receiver */

struct agentx {
	struct saw_part_process *process;
	uv_loop_t *loop;
	uv_timer_t tick;
	uv_async_t changed;
	const struct saw_config *config;
	struct saw_agent *agent;
	struct saw_notices *notices;
	char master[128], root[512]; /* that the agent was made with */
	uint64_t check_ms;
	uint64_t asked_ms; /* when a snapshot came last; the loop's time */
	bool asking;
	uint64_t rows, told_rows;
	unsigned ticks;
	struct saw_agent_status told; /* the hub; and the log of its error */
	bool told_stuck;
};

static bool wanted(const struct saw_config *c) {
	return c->agentx.line != 0;
}

/* ---------------------------------------------------------------------------------------------------- notifications */

static void notify(void *ctx, struct saw_notice *n) {
	struct agentx *x = ctx;

	if (!saw_notices_owed(x->notices, MASTER, n)) {
		saw_notice_destroy(n);
		return;
	}
	saw_log(SAW_LOG_INFO, *n->device ? n->device : NULL, *n->about ? n->about : NULL,
			"notification %s to the master agent", n->what->name);
	saw_agent_notify(x->agent, n);
}

/* ------------------------------------------------------------------------------------------------------- how it does */

static void tell(struct agentx *x, const struct saw_agent_status *s, bool stuck) {
	Sawatch__V1__Exporter e = SAWATCH__V1__EXPORTER__INIT;
	Sawatch__V1__AgentxStatus a = SAWATCH__V1__AGENTX_STATUS__INIT;
	Sawatch__V1__NotifyStatus n = SAWATCH__V1__NOTIFY_STATUS__INIT;
	static char stuck_text[] = "the master agent keeps the subagent waiting";

	e.agentx = &a;
	a.notifications = &n;
	a.has_connected = a.has_sessions = a.has_requests = a.has_rows = 1;
	a.connected = s->connected;
	a.sessions = s->sessions;
	a.requests = s->requests;
	a.rows = x->rows;
	n.has_sent = n.has_dropped = n.has_waiting = 1;
	n.sent = s->sent;
	n.dropped = s->dropped;
	n.waiting = s->waiting;
	e.error = stuck ? stuck_text : *s->error ? (char *)(uintptr_t)s->error : NULL;
	saw_part_tell(x->process, &e);
}

static void look_at_agent(struct agentx *x) {
	struct saw_agent_status s;
	bool stuck, news, counts;

	saw_agent_status(x->agent, &s);
	stuck = s.busy_since_ns && uv_hrtime() - s.busy_since_ns > STUCK_NS;
	news = s.connected != x->told.connected || s.sessions != x->told.sessions || stuck != x->told_stuck ||
		   strcmp(s.error, x->told.error) != 0 || s.dropped != x->told.dropped || x->rows != x->told_rows;
	counts = s.requests != x->told.requests || s.sent != x->told.sent || s.waiting != x->told.waiting;
	saw_notices_done(x->notices, MASTER, s.done_serial);
	saw_notices_keep(x->notices);
	if (s.connected && s.sessions != x->told.sessions)
		saw_log(SAW_LOG_INFO, NULL, NULL, "connected to the master agent at %s", x->master);
	if (*s.error && strcmp(s.error, x->told.error) != 0)
		saw_log(SAW_LOG_WARNING, NULL, NULL, "%s", s.error);
	if (s.dropped > x->told.dropped)
		saw_log(SAW_LOG_WARNING, NULL, NULL,
				"%llu notifications were dropped: the master agent refused them, or is gone for long",
				(unsigned long long)(s.dropped - x->told.dropped));
	if (!news && !(counts && x->ticks % TELL_EVERY == 0))
		return;
	tell(x, &s, stuck);
	x->told = s;
	x->told_stuck = stuck;
	x->told_rows = x->rows;
}

static void on_changed(uv_async_t *a) {
	look_at_agent(a->data);
}

static void on_tick(uv_timer_t *t) {
	struct agentx *x = t->data;

	x->ticks++;
	if (!x->asking && uv_now(x->loop) - x->asked_ms >= x->config->agentx.interval_ms) {
		x->asking = true;
		saw_part_ask(x->process);
	}
	if (x->config->agentx.notifications)
		saw_notices_due(x->notices);
	look_at_agent(x);
}

/* ------------------------------------------------------------------------------------------------------------ the part */

static void on_closed(uv_handle_t *h) {
	free(h->data);
}

static void destroy(void *part) {
	struct agentx *x = part;

	saw_agent_destroy(x->agent, STOP_WAIT_MS);
	saw_notices_destroy(x->notices);
	uv_close((uv_handle_t *)&x->tick, NULL);
	uv_close((uv_handle_t *)&x->changed, on_closed);
}

static void *create(struct saw_part_process *p, uv_loop_t *loop, struct saw_err *err) {
	struct agentx *x = calloc(1, sizeof *x);

	if (!x) {
		saw_err_set(err, -ENOMEM, "agentx: no memory");
		return NULL;
	}
	x->process = p;
	x->loop = loop;
	uv_timer_init(loop, &x->tick);
	uv_async_init(loop, &x->changed, on_changed);
	x->tick.data = x->changed.data = x;
	x->notices = saw_notices_create(notify, x);
	return x;
}

static void wake(void *ctx) {
	uv_async_send(&((struct agentx *)ctx)->changed);
}

static void configure_notices(struct agentx *x) {
	static const char *const names[] = {MASTER};

	saw_notices_configure(x->notices, x->config, names, x->config->agentx.notifications ? 1 : 0);
}

static int start(struct agentx *x, const struct saw_config *c, const char *state_dir, struct saw_err *err) {
	uint32_t root[SAW_MIB_ROOT_MAX];
	struct saw_agent_options o = {
		.master = x->master, .root = root, .check_s = (unsigned)(c->agentx.check_ms / 1000), .changed = wake, .ctx = x};

	snprintf(x->master, sizeof x->master, "%s", c->agentx.master);
	snprintf(x->root, sizeof x->root, "%s", c->snmp_root);
	x->check_ms = c->agentx.check_ms;
	o.n_root = saw_mib_parse_root(c->snmp_root, root);
	if (!o.n_root)
		return saw_err_set(err, SAW_ECONFIG, "snmp_root: `%s` is not below 1.3.6.1.4.1", c->snmp_root);
	saw_notices_open(x->notices, state_dir, "agentx");
	configure_notices(x);
	x->agent = saw_agent_create(&o, err);
	if (!x->agent)
		return err->code;
	saw_notices_resume(x->notices);
	uv_timer_start(&x->tick, on_tick, TICK_MS, TICK_MS);
	x->asking = true;
	saw_part_ask(x->process);
	return 0;
}

/* The library cannot be made to begin anew: a process can. */
static int configure(void *part, const struct saw_config *c, const char *state_dir, struct saw_err *err) {
	struct agentx *x = part;

	x->config = c;
	if (!x->notices)
		return saw_err_set(err, -ENOMEM, "agentx: no memory");
	if (!x->agent)
		return start(x, c, state_dir, err);
	configure_notices(x);
	if (strcmp(x->master, c->agentx.master) != 0 || strcmp(x->root, c->snmp_root) != 0 ||
		x->check_ms != c->agentx.check_ms)
		return saw_err_set(err, SAW_ECONFIG, "agentx or snmp_root was changed; the subagent begins anew");
	return 0;
}

static void take(void *part, Sawatch__V1__Snapshot *s) {
	struct agentx *x = part;
	struct saw_view *v = NULL;
	int rc = saw_notices_take(x->notices, s, x->config->agentx.notifications, &v);

	x->asking = false;
	x->asked_ms = uv_now(x->loop);
	if (rc < 0)
		saw_log(SAW_LOG_ERROR, NULL, NULL, "a snapshot cannot be served: %s", saw_strerror(rc));
	if (rc < 0 && !v)
		return;
	x->rows = saw_view_rows(v);
	saw_agent_publish(x->agent, v);
	look_at_agent(x);
}

const struct saw_part saw_part_agentx = {
	.role = "agentx",
	.sandbox = SAW_SANDBOX_CLIENT,
	.wanted = wanted,
	.create = create,
	.configure = configure,
	.snapshot = take,
	.destroy = destroy,
};
