#include "plugins/judge.h"

#include "model/mtu_end.h"
#include "proto/tunnel.h"

#include <stdlib.h>

#define NAMED_MAX 3 /* findings in the summary */

static const enum saw_status state_status[] = {
	[SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP] = SAW_OK,
	[SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DEGRADED] = SAW_WARNING,
	[SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DOWN] = SAW_CRITICAL,
	[SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_MISSING] = SAW_CRITICAL,
	[SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNEXPECTED] = SAW_WARNING,
	[SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN] = SAW_UNKNOWN,
};

struct finding {
	const Sawatch__V1__TunnelEnd *tunnel;
	enum saw_status status;
	size_t text, text_len;
};

/* ------------------------------------------------------------------------------------------------------------------ a tunnel */

static enum saw_status judge_quantities(const struct judge *j, const Sawatch__V1__TunnelEnd *t, const char *between,
										struct saw_buf *b) {
	enum saw_status status = SAW_OK;

	for (size_t i = 0; i < SAW_QUANTITIES; i++) {
		const enum saw_quantity q = (enum saw_quantity)i;
		double v;

		if (!saw_check_quantities[q].of_tunnel || !saw_check_is_judged(j, q))
			continue;
		saw_buf_puts(b, between);
		between = ", ";
		if (saw_check_quantities[q].of_tunnel(t, &v)) {
			status = saw_status_worse(status, saw_check_judge_value(j, q, v, b));
			if (q == SAW_QUANTITY_MTU && saw_mtu_end_too_large(t)) {
				saw_buf_printf(b, ", but the tunnel's IP MTU is %u", (unsigned)saw_mtu_end_too_large(t));
				status = saw_status_worse(status, SAW_WARNING);
			}
		} else if (q == SAW_QUANTITY_REPLAY_RATE && t->has_replay_window && t->replay_window == 0) {
			saw_buf_puts(b, "the replay check is off");
		} else {
			saw_buf_printf(b, "%s not known %s", saw_check_quantities[q].words, saw_check_quantities[q].absent);
			status = saw_status_worse(status, SAW_UNKNOWN);
		}
	}
	return status;
}

static bool is_carrying(Sawatch__V1__TunnelState s) {
	return s != SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DOWN && s != SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_MISSING &&
		   s != SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN;
}

/* Says what is known of the tunnel, without its name. */
static enum saw_status judge_facts(const struct judge *j, const Sawatch__V1__TunnelEnd *t, struct saw_buf *b) {
	const Sawatch__V1__TunnelState state = saw_tunnel_state(t);
	const char *name = saw_tunnel_state_name(state);
	enum saw_status status;

	if (state == SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN) {
		size_t before;

		saw_buf_puts(b, "unknown: ");
		before = b->len;
		if (!saw_check_put_source_errors(j, b))
			saw_check_put_reasons(t, "", b);
		if (b->len == before)
			saw_buf_puts(b, "no reason was given");
		return SAW_UNKNOWN;
	}
	if (j->too_old) {
		saw_check_put_too_old(j, b);
		return SAW_UNKNOWN;
	}
	if (j->c->mode != SAW_CHECK_TUNNEL) {
		if (is_carrying(state))
			return judge_quantities(j, t, "", b);
		saw_buf_puts(b, name);
		saw_check_put_reasons(t, ", ", b);
		return SAW_UNKNOWN;
	}
	status =
		state > 0 && (size_t)state < sizeof state_status / sizeof state_status[0] ? state_status[state] : SAW_UNKNOWN;
	saw_buf_puts(b, name);
	if (t->has_since_ms && j->s->has_made_at_ms) {
		saw_buf_puts(b, " for ");
		saw_put_duration(b, saw_ms_since(t->since_ms, j->s->made_at_ms) / 1000);
	}
	saw_check_put_reasons(t, ", ", b);
	return is_carrying(state) ? saw_status_worse(status, judge_quantities(j, t, ", ", b)) : status;
}

static enum saw_status judge_tunnel(const struct judge *j, const Sawatch__V1__TunnelEnd *t, struct saw_buf *b) {
	enum saw_status status;

	saw_output_put(b, t->name);
	saw_buf_puts(b, ": ");
	if (!t->has_maintenance || !t->maintenance)
		return judge_facts(j, t, b);
	saw_buf_puts(b, "(maintenance: ");
	status = judge_facts(j, t, b);
	saw_buf_putc(b, ')');
	(void)status; /* said, but nobody is to be woken for it */
	return SAW_OK;
}

static void put_tunnel_details(const Sawatch__V1__TunnelEnd *t, struct saw_buf *b) {
	saw_output_put(b, t->name);
	saw_buf_puts(b, ": ");
	saw_buf_puts(b, saw_tunnel_state_name(saw_tunnel_state(t)));
	if (t->remote) {
		saw_buf_puts(b, ", peer ");
		saw_output_put(b, t->remote);
	}
	if (t->encryption) {
		saw_buf_puts(b, ", ");
		saw_output_put(b, t->encryption);
		if (t->has_key_bits)
			saw_buf_printf(b, "-%u", (unsigned)t->key_bits);
	}
	for (size_t i = 0; i < t->n_layers; i++) {
		const Sawatch__V1__Layer *l = t->layers[i];

		saw_buf_puts(b, ", ");
		saw_output_put(b, l->name);
		saw_buf_puts(b, !l->has_up ? " not known" : l->up ? " up" : " down");
		if (l->reason) {
			saw_buf_puts(b, " (");
			saw_output_put(b, l->reason);
			saw_buf_putc(b, ')');
		}
	}
	for (size_t i = 0; i < t->n_reasons; i++) {
		if (saw_check_is_of_layer(t, t->reasons[i]))
			continue; /* was said with its layer */
		saw_buf_puts(b, "; ");
		saw_output_put(b, t->reasons[i]);
	}
	saw_buf_putc(b, '\n');
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
	for (size_t i = 0; i < SAW_QUANTITIES; i++) {
		double v;

		if (saw_check_quantities[i].of_tunnel &&
			(j->c->mode == SAW_CHECK_TUNNEL || saw_check_is_judged(j, (enum saw_quantity)i)) &&
			saw_check_quantities[i].of_tunnel(t, &v))
			saw_check_put_perf(j, out, NULL, (enum saw_quantity)i, v);
	}
	for (size_t i = 0; j->c->mode == SAW_CHECK_TUNNEL && i < sizeof counters / sizeof counters[0]; i++)
		for (size_t k = 0; k < t->n_totals; k++)
			if (t->totals[k]->name && t->totals[k]->has_value && !t->totals[k]->stale &&
				strcmp(t->totals[k]->name, counters[i].total) == 0)
				saw_output_perf_count(out, &(struct saw_perf){.label = counters[i].label, .uom = "c"},
									  t->totals[k]->value);
}

/* --------------------------------------------------------------------------------------------------------------- all tunnels */

static int worst_first(const void *a, const void *b) {
	const struct finding *x = a, *y = b;
	int d = saw_status_rank(x->status) - saw_status_rank(y->status);

	if (d == 0)
		d = saw_tunnel_rank(x->tunnel) - saw_tunnel_rank(y->tunnel);
	return d ? d : strcmp(x->tunnel->name ? x->tunnel->name : "", y->tunnel->name ? y->tunnel->name : "");
}

/* "3 tunnels: 1 down, 2 up": by state where the state is the question, by status where a number is. */
static void put_counts(const struct judge *j, const struct finding *f, size_t n, struct saw_output *out) {
	const ProtobufCEnumDescriptor *d = &sawatch__v1__tunnel_state__descriptor;
	const bool by_state = j->c->mode == SAW_CHECK_TUNNEL;
	const unsigned kinds = by_state ? d->n_values : SAW_UNKNOWN + 1;
	const char *between = ": ";

	saw_buf_put_u64(&out->summary, n);
	saw_buf_puts(&out->summary, n == 1 ? " tunnel" : " tunnels");
	for (unsigned k = 0; k < kinds; k++) {
		const char *name = by_state ? saw_tunnel_state_name((Sawatch__V1__TunnelState)d->values[k].value)
									: saw_status_name((enum saw_status)k);
		uint64_t count = 0;

		for (size_t i = 0; i < n; i++)
			count +=
				by_state ? (int)saw_tunnel_state(f[i].tunnel) == d->values[k].value : f[i].status == (enum saw_status)k;
		saw_output_perf_count(out, &(struct saw_perf){.label = name, .uom = ""}, count);
		if (count == 0)
			continue;
		saw_buf_puts(&out->summary, between);
		between = ", ";
		saw_buf_put_u64(&out->summary, count);
		saw_buf_putc(&out->summary, ' ');
		saw_buf_puts(&out->summary, name);
	}
}

static void say_findings(struct judge *j, const struct finding *f, size_t n, struct saw_output *out) {
	size_t bad = 0;

	put_counts(j, f, n, out);
	for (size_t i = 0; i < n; i++) {
		if (f[i].status != SAW_OK && bad++ < NAMED_MAX) {
			saw_buf_puts(&out->summary, "; ");
			saw_buf_put(&out->summary, j->text.data + f[i].text, f[i].text_len);
		}
		saw_buf_puts(&out->details, "[");
		saw_buf_puts(&out->details, saw_status_name(f[i].status));
		saw_buf_puts(&out->details, "] ");
		saw_buf_put(&out->details, j->text.data + f[i].text, f[i].text_len);
		saw_buf_putc(&out->details, '\n');
	}
	if (bad > NAMED_MAX)
		saw_buf_printf(&out->summary, "; and %zu more", bad - NAMED_MAX);
	for (size_t i = 0; i < n && saw_check_modes[j->c->mode].has_own; i++) {
		double v;

		if (is_carrying(saw_tunnel_state(f[i].tunnel)) && !j->too_old &&
			saw_check_quantities[saw_check_modes[j->c->mode].own].of_tunnel(f[i].tunnel, &v))
			saw_check_put_perf(j, out, f[i].tunnel->name, saw_check_modes[j->c->mode].own, v);
	}
}

static void check_all(struct judge *j, struct saw_output *out) {
	struct finding *f = calloc(j->s->n_tunnels + 1, sizeof *f);
	size_t n = j->s->n_tunnels;

	if (!f) {
		out->status = SAW_UNKNOWN;
		saw_buf_puts(&out->summary, "no memory");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		f[i].tunnel = j->s->tunnels[i];
		f[i].text = j->text.len;
		f[i].status = judge_tunnel(j, f[i].tunnel, &j->text);
		f[i].text_len = j->text.len - f[i].text;
		out->status = saw_status_worse(out->status, f[i].status);
	}
	qsort(f, n, sizeof *f, worst_first);
	say_findings(j, f, n, out);
	free(f);
}

static bool all_in_maintenance(const Sawatch__V1__Snapshot *s) {
	for (size_t i = 0; i < s->n_tunnels; i++)
		if (!s->tunnels[i]->has_maintenance || !s->tunnels[i]->maintenance)
			return false;
	return true;
}

/* Counts of old states would look like news. */
static void say_too_old(const struct judge *j, struct saw_output *out) {
	out->status = SAW_UNKNOWN;
	saw_output_put(&out->summary, j->c->device);
	saw_buf_puts(&out->summary, ": ");
	saw_check_put_too_old(j, &out->summary);
	saw_buf_puts(&out->summary, "; ");
	if (!saw_check_put_source_errors(j, &out->summary))
		saw_buf_puts(&out->summary, "the last poll was complete");
}

/* Nothing to judge is no good news: say why, as far as it is known. */
static void say_no_tunnels(const struct judge *j, struct saw_output *out) {
	out->status = SAW_UNKNOWN;
	saw_output_put(&out->summary, j->c->device);
	saw_buf_puts(&out->summary, ": no tunnel is known: ");
	if (saw_check_put_source_errors(j, &out->summary))
		return;
	saw_buf_puts(&out->summary, "it was read, and there is none");
}

void saw_check_tunnels(struct judge *j, struct saw_output *out) {
	const Sawatch__V1__Snapshot *s = j->s;

	if (s->n_tunnels == 0) {
		say_no_tunnels(j, out);
	} else if (!j->c->tunnel && j->too_old && !all_in_maintenance(s)) {
		say_too_old(j, out);
	} else if (j->c->tunnel) {
		out->status = judge_tunnel(j, s->tunnels[0], &out->summary);
		put_tunnel_details(s->tunnels[0], &out->details);
		put_tunnel_perf(j, s->tunnels[0], out);
	} else {
		check_all(j, out);
	}
}
