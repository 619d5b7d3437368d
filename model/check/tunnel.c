#include "model/check/judge.h"

#include "proto/tunnel.h"

static const enum saw_status state_status[] = {
	[SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP] = SAW_OK,
	[SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DEGRADED] = SAW_WARNING,
	[SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DOWN] = SAW_CRITICAL,
	[SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_MISSING] = SAW_CRITICAL,
	[SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNEXPECTED] = SAW_WARNING,
	[SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN] = SAW_UNKNOWN,
};

enum saw_status saw_check_state_status(Sawatch__V1__TunnelState s) {
	return s > 0 && (size_t)s < sizeof state_status / sizeof state_status[0] ? state_status[s] : SAW_UNKNOWN;
}

/* ------------------------------------------------------------------------------------------------------------------ a tunnel */

static bool is_carrying(Sawatch__V1__TunnelState s) {
	return s != SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DOWN && s != SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_MISSING &&
		   s != SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN;
}

/* What the mode is about. */
static enum saw_status judge_aspect(const struct judge *j, const Sawatch__V1__TunnelEnd *t, struct saw_buf *b) {
	enum saw_status status;
	const size_t from = b->len;
	bool said;

	status = saw_check_judge_uses(j, t, "", b, &said);
	if (j->mode->also)
		status = saw_status_worse(status, j->mode->also(j, t, said ? ", " : "", b));
	if (b->len > from)
		return status;
	saw_buf_printf(b, "nothing of this is known: %s not known %s", saw_check_quantities[j->mode->uses[0].q].words,
				   saw_check_quantities[j->mode->uses[0].q].absent);
	return SAW_UNKNOWN;
}

static enum saw_status judge_state(const struct judge *j, const Sawatch__V1__TunnelEnd *t,
								   Sawatch__V1__TunnelState state, struct saw_buf *b) {
	enum saw_status status = saw_check_state_status(state);
	bool said;

	saw_buf_puts(b, saw_tunnel_state_name(state));
	if (t->has_since_ms && j->s->has_made_at_ms) {
		saw_buf_puts(b, " for ");
		saw_put_duration(b, saw_ms_since(t->since_ms, j->s->made_at_ms) / 1000);
	}
	saw_check_put_texts(t->reasons, t->n_reasons, ", ", b);
	if (!is_carrying(state))
		return status;
	status = saw_status_worse(status, saw_check_judge_uses(j, t, ", ", b, &said));
	if (saw_check_has_threshold(j, SAW_QUANTITY_MTU))
		status = saw_status_worse(status, saw_check_also_mtu(j, t, ", ", b));
	return status;
}

/* Says what is known of the tunnel, without its name. */
static enum saw_status judge_facts(const struct judge *j, const Sawatch__V1__TunnelEnd *t, struct saw_buf *b) {
	const Sawatch__V1__TunnelState state = saw_tunnel_state(t);

	if (state == SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN) {
		size_t before;

		saw_buf_puts(b, "unknown: ");
		before = b->len;
		if (!saw_check_put_source_errors(j, b))
			saw_check_put_texts(t->reasons, t->n_reasons, "", b);
		if (b->len == before)
			saw_buf_puts(b, "no reason was given");
		return SAW_UNKNOWN;
	}
	if (j->too_old) {
		saw_check_put_too_old(j, b);
		return SAW_UNKNOWN;
	}
	if (j->c->mode == SAW_CHECK_TUNNEL)
		return judge_state(j, t, state, b);
	if (j->mode->when_down || is_carrying(state))
		return judge_aspect(j, t, b);
	saw_buf_puts(b, saw_tunnel_state_name(state));
	saw_check_put_texts(t->reasons, t->n_reasons, ", ", b);
	return SAW_UNKNOWN;
}

static enum saw_status judge_tunnel(const struct judge *j, const Sawatch__V1__TunnelEnd *t, struct saw_buf *b) {
	saw_check_put_tunnel_name(j, t, !!j->c->tunnel, b);
	saw_buf_puts(b, ": ");
	if (!t->has_maintenance || !t->maintenance)
		return judge_facts(j, t, b);
	saw_buf_puts(b, "(maintenance: ");
	judge_facts(j, t, b); /* said, but nobody is to be woken for it */
	saw_buf_putc(b, ')');
	return SAW_OK;
}

static void put_tunnel_perf(const struct judge *j, const Sawatch__V1__TunnelEnd *t, struct saw_output *out) {
	static const struct {
		const char *total, *label;
	} counters[] = {
		{"in_bytes", "in_bytes"},
		{"out_bytes", "out_bytes"},
		{"decaps_packets", "in_packets"},
		{"encaps_packets", "out_packets"},
		{"replay_failed_recv", "replay_errors"},
	};

	if (saw_tunnel_state(t) == SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN || j->too_old)
		return;
	saw_check_put_perf(j, t, NULL, false, out);
	for (size_t i = 0; j->c->mode == SAW_CHECK_TUNNEL && i < sizeof counters / sizeof counters[0]; i++)
		for (size_t k = 0; k < t->n_totals; k++)
			if (t->totals[k]->name && t->totals[k]->has_value && !t->totals[k]->stale &&
				strcmp(t->totals[k]->name, counters[i].total) == 0)
				saw_output_perf_count(out, &(struct saw_perf){.label = counters[i].label, .uom = "c"},
									  t->totals[k]->value);
}

/* --------------------------------------------------------------------------------------------------------------- all tunnels */

/* "3 tunnels: 1 down, 2 up". */
static void put_state_counts(const struct saw_findings *f, struct saw_output *out) {
	const ProtobufCEnumDescriptor *d = &sawatch__v1__tunnel_state__descriptor;
	const char *between = ": ";

	saw_buf_printf(&out->summary, "%zu tunnel%s", f->n, f->n == 1 ? "" : "s");
	for (unsigned k = 0; k < d->n_values; k++) {
		const char *name = saw_tunnel_state_name((Sawatch__V1__TunnelState)d->values[k].value);
		uint64_t count = 0;

		for (size_t i = 0; i < f->n; i++)
			count += (int)saw_tunnel_state(f->list[i].item) == d->values[k].value;
		saw_output_perf_count(out, &(struct saw_perf){.label = name, .uom = ""}, count);
		if (count == 0)
			continue;
		saw_buf_printf(&out->summary, "%s%llu %s", between, (unsigned long long)count, name);
		between = ", ";
	}
}

static void check_all(const struct judge *j, struct saw_output *out) {
	struct saw_findings f;

	if (!saw_findings_create(&f, j->s->n_tunnels, out))
		return;
	for (size_t i = 0; i < j->s->n_tunnels; i++) {
		const Sawatch__V1__TunnelEnd *t = j->s->tunnels[i];

		saw_findings_begin(&f, t, t->name, saw_tunnel_rank(t));
		saw_findings_end(&f, judge_tunnel(j, t, &f.text));
	}
	saw_findings_sort(&f);
	out->status = saw_findings_worst(&f);
	saw_output_put(&out->summary, j->device->name);
	saw_buf_puts(&out->summary, ": ");
	if (j->c->mode == SAW_CHECK_TUNNEL)
		put_state_counts(&f, out);
	else
		saw_findings_count(&f, "tunnel", out);
	saw_findings_say(&f, out);
	for (size_t i = 0; i < f.n; i++) {
		const Sawatch__V1__TunnelEnd *t = f.list[i].item;

		if (j->c->mode != SAW_CHECK_TUNNEL && is_carrying(saw_tunnel_state(t)) && !j->too_old)
			saw_check_put_perf(j, t, t->name ? t->name : "", true, out);
		if (j->c->verbose > 1)
			saw_check_put_tunnel_details(j, t, &out->details);
	}
	saw_check_put_next(j, f.list[0].status, f.list[0].item, out);
	saw_findings_destroy(&f);
}

static bool all_in_maintenance(const Sawatch__V1__Snapshot *s) {
	for (size_t i = 0; i < s->n_tunnels; i++)
		if (!s->tunnels[i]->has_maintenance || !s->tunnels[i]->maintenance)
			return false;
	return true;
}

/* Nothing to judge is no good news: say why, as far as it is known. */
static void say_no_tunnels(const struct judge *j, struct saw_output *out) {
	out->status = SAW_UNKNOWN;
	saw_output_put(&out->summary, j->device->name);
	saw_buf_puts(&out->summary, ": no tunnel is known: ");
	if (saw_check_put_source_errors(j, &out->summary))
		saw_check_put_next(j, out->status, NULL, out);
	else
		saw_buf_puts(&out->summary, "it was read, and there is none");
}

void saw_check_tunnels(struct judge *j, struct saw_output *out) {
	const Sawatch__V1__Snapshot *s = j->s;

	if (s->n_tunnels == 0) {
		say_no_tunnels(j, out);
	} else if (!j->c->tunnel && j->too_old && !all_in_maintenance(s)) {
		saw_check_say_too_old(j, out);
	} else if (j->c->tunnel) {
		out->status = judge_tunnel(j, s->tunnels[0], &out->summary);
		saw_check_put_tunnel_details(j, s->tunnels[0], &out->details);
		saw_check_put_next(j, out->status, s->tunnels[0], out);
		put_tunnel_perf(j, s->tunnels[0], out);
	} else {
		check_all(j, out);
	}
}
