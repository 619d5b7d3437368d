#include "model/check/judge.h"

#include "proto/tunnel.h"

#include <fnmatch.h>

/* ----------------------------------------------------------------------------------------------------------------- patterns */

static bool matches(const struct saw_check_patterns *p, const char *device, const char *tunnel) {
	struct saw_buf name = SAW_BUF_INIT(4096);
	bool any = false;

	saw_buf_puts(&name, device);
	saw_buf_putc(&name, '/');
	saw_buf_puts(&name, tunnel);
	for (size_t i = 0; i < p->n && !any; i++)
		any = fnmatch(p->list[i], strchr(p->list[i], '/') ? saw_buf_text(&name) : device, 0) == 0;
	saw_buf_free(&name);
	return any;
}

static bool is_chosen(const struct saw_check *c, const char *device, const char *tunnel) {
	device = device ? device : "";
	tunnel = tunnel ? tunnel : "";
	return (c->include.n == 0 || matches(&c->include, device, tunnel)) && !matches(&c->exclude, device, tunnel);
}

/* ----------------------------------------------------------------------------------------------------------------- judgement */

static const Sawatch__V1__Device *device_of(const struct judge *j, const Sawatch__V1__TunnelEnd *t) {
	if (j->device && j->device->name && t->device && strcmp(j->device->name, t->device) == 0)
		return j->device; /* tunnels come by device */
	for (size_t i = 0; t->device && i < j->s->n_devices; i++)
		if (j->s->devices[i]->name && strcmp(j->s->devices[i]->name, t->device) == 0)
			return j->s->devices[i];
	return NULL;
}

struct fleet {
	struct judge *j;
	bool inventory; /* of being there only: what is there is well, up or down */
	struct saw_check_counts counts;
	size_t devices, maintenance;
	struct saw_findings findings;
};

static void count(struct fleet *f, Sawatch__V1__TunnelState state) {
	switch (state) {
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP:
		break;
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DEGRADED:
		f->counts.degraded++;
		break;
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DOWN:
		f->counts.down++;
		break;
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_MISSING:
		f->counts.missing++;
		break;
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNEXPECTED:
		f->counts.unexpected++;
		break;
	default:
		f->counts.unknown++;
	}
}

static enum saw_status judge_end(struct fleet *f, const Sawatch__V1__TunnelEnd *t, struct saw_buf *b) {
	Sawatch__V1__TunnelState state = saw_tunnel_state(t);
	enum saw_status status;

	if (f->j->too_old)
		state = SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN;
	status = saw_check_state_status(state);
	if (f->inventory && (status == SAW_UNKNOWN ? !t->inventory
											   : state != SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_MISSING &&
													 state != SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNEXPECTED))
		status = SAW_OK;
	saw_check_put_tunnel_name(f->j, t, true, b);
	saw_buf_puts(b, t->maintenance ? ": (maintenance) " : ": ");
	saw_buf_puts(b, saw_tunnel_state_name(state));
	if (f->j->too_old) {
		saw_buf_puts(b, ", ");
		saw_check_put_too_old(f->j, b);
	} else {
		saw_check_put_texts(t->reasons, t->n_reasons, ", ", b);
	}
	if (t->maintenance) {
		f->maintenance++;
		return SAW_OK;
	}
	if (!f->inventory || status != SAW_OK)
		count(f, state);
	return status;
}

static bool device_is_in_maintenance(const struct judge *j, const Sawatch__V1__Device *d) {
	size_t n = 0;

	for (size_t i = 0; i < j->s->n_tunnels; i++) {
		const Sawatch__V1__TunnelEnd *t = j->s->tunnels[i];

		if (!t->device || !d->name || strcmp(t->device, d->name) != 0)
			continue;
		if (!t->maintenance)
			return false;
		n++;
	}
	return n > 0;
}

static void judge_devices(struct fleet *f) {
	for (size_t i = 0; i < f->j->s->n_devices; i++) {
		const Sawatch__V1__Device *d = f->j->s->devices[i];
		struct saw_buf *b = &f->findings.text;

		if (!is_chosen(f->j->c, d->name, NULL))
			continue;
		f->devices++;
		saw_check_turn_to(f->j, d);
		if (!f->j->too_old || d->maintenance || device_is_in_maintenance(f->j, d))
			continue;
		f->counts.unread++;
		saw_findings_begin(&f->findings, NULL, d->name, 0);
		saw_output_put(b, d->name);
		saw_buf_puts(b, ": ");
		saw_check_put_too_old(f->j, b);
		saw_buf_puts(b, ": ");
		if (!saw_check_put_source_errors(f->j, b))
			saw_buf_puts(b, "the last poll was complete");
		saw_findings_end(&f->findings, SAW_UNKNOWN);
	}
}

/* The status is that of the counts: how many may be bad is the user's to say. */
static void say(struct fleet *f, size_t tunnels, struct saw_output *out) {
	const struct saw_threshold *thresholds = f->j->c->thresholds;
	bool said;

	saw_buf_printf(&out->summary, "%zu device%s, %zu tunnel%s", f->devices, f->devices == 1 ? "" : "s", tunnels,
				   tunnels == 1 ? "" : "s");
	if (f->maintenance)
		saw_buf_printf(&out->summary, " (%zu in maintenance)", f->maintenance);
	out->status = saw_check_judge_uses(f->j, &f->counts, ": ", &out->summary, &said);
	if ((f->counts.unknown && !thresholds[SAW_QUANTITY_UNKNOWN].asked) ||
		(f->counts.unread && !thresholds[SAW_QUANTITY_UNREAD].asked))
		out->status = saw_status_worse(out->status, SAW_UNKNOWN);
	saw_check_put_perf(f->j, &f->counts, NULL, false, out);
	saw_output_perf_count(out, &(struct saw_perf){.label = "tunnels", .uom = ""}, tunnels);
	saw_findings_sort(&f->findings);
	saw_findings_say(&f->findings, out);
	if (f->findings.n)
		saw_check_put_next(f->j, f->findings.list[0].status, f->findings.list[0].item, out);
}

static void check(struct judge *j, bool inventory, struct saw_output *out) {
	struct fleet f = {.j = j, .inventory = inventory};
	const Sawatch__V1__Snapshot *s = j->s;
	size_t tunnels = 0;

	if (!saw_findings_create(&f.findings, s->n_tunnels + s->n_devices, out))
		return;
	judge_devices(&f);
	for (size_t i = 0; i < s->n_tunnels; i++) {
		const Sawatch__V1__TunnelEnd *t = s->tunnels[i];
		const Sawatch__V1__Device *d = device_of(j, t);

		if (!d || !is_chosen(j->c, t->device, t->name))
			continue;
		tunnels++;
		saw_check_turn_to(j, d);
		saw_findings_begin(&f.findings, t, t->name, saw_tunnel_rank(t));
		saw_findings_end(&f.findings, judge_end(&f, t, &f.findings.text));
	}
	if (tunnels == 0 && f.counts.unread == 0) {
		out->status = SAW_UNKNOWN;
		saw_buf_puts(&out->summary, s->n_tunnels ? "the patterns leave no tunnel" : "the daemon knows no tunnel");
	} else {
		say(&f, tunnels, out);
	}
	saw_findings_destroy(&f.findings);
}

void saw_check_fleet(struct judge *j, struct saw_output *out) {
	check(j, false, out);
}

void saw_check_inventory(struct judge *j, struct saw_output *out) {
	check(j, true, out);
}
