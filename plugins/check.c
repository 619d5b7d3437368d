#include "plugins/check.h"

#include "proto/json.h"
#include "proto/tunnel.h"

#include <stdlib.h>

#define NAMED_MAX 3          /* findings in the summary */
#define NAMES_MAX 10         /* names offered where one was not found */
#define INTERVAL_DEFAULT 300 /* seconds; where the daemon gives none that can be */
#define INTERVAL_MAX 1e9
#define TEXT_MAX (1U << 20)

/* What a tunnel's or a device's number is called and where it comes from. */
static bool replay_rate(const Sawatch__V1__TunnelEnd *t, double *v) {
	*v = t->replay_errors_per_second;
	return t->has_replay_errors_per_second;
}

static bool plaintext_mtu(const Sawatch__V1__TunnelEnd *t, double *v) {
	*v = t->plaintext_mtu;
	return t->has_plaintext_mtu;
}

/* Both directions expire; the first one counts. */
static bool sa_remaining(const Sawatch__V1__TunnelEnd *t, double *v) {
	if (t->has_in_remaining_seconds && t->has_out_remaining_seconds)
		*v = (double)(t->in_remaining_seconds < t->out_remaining_seconds ? t->in_remaining_seconds
																		 : t->out_remaining_seconds);
	else
		*v = (double)(t->has_in_remaining_seconds ? t->in_remaining_seconds : t->out_remaining_seconds);
	return t->has_in_remaining_seconds || t->has_out_remaining_seconds;
}

static bool ike_remaining(const Sawatch__V1__TunnelEnd *t, double *v) {
	*v = (double)t->ike_remaining_seconds;
	return t->has_ike_remaining_seconds;
}

static const struct quantity {
	const char *name, *uom, *words, *unit;
	bool (*of_tunnel)(const Sawatch__V1__TunnelEnd *t, double *v); /* NULL: of the device's reading */
	const char *absent;                                            /* why it may not be known */
} quantities[SAW_QUANTITIES] = {
	[SAW_QUANTITY_REPLAY_RATE] = {"replay_rate", "", "replay errors", "/s", replay_rate, "yet (two polls are needed)"},
	[SAW_QUANTITY_MTU] = {"mtu", "B", "plaintext MTU", " B", plaintext_mtu,
						  "(a router prints it in show crypto ipsec sa, an ASA does not, SNMP has none)"},
	[SAW_QUANTITY_SA_REMAINING] = {"sa_remaining", "s", "SA remaining", " s", sa_remaining,
								   "(show crypto ipsec sa has it, SNMP does not)"},
	[SAW_QUANTITY_IKE_REMAINING] = {"ike_remaining", "s", "IKE SA remaining", " s", ike_remaining,
									"(no IKE SA was read)"},
	[SAW_QUANTITY_AGE] = {"age", "s", "data age", " s", NULL, NULL},
	[SAW_QUANTITY_POLL_DURATION] = {"poll_duration", "s", "poll duration", " s", NULL, NULL},
};

/* What a mode is about. `own` is always judged; the others where a threshold is given. */
static const struct mode {
	const char *name, *service;
	bool of_tunnel, has_own;
	enum saw_quantity own;
	const char *warning, *critical;
} modes[SAW_CHECK_MODES] = {
	[SAW_CHECK_TUNNEL] = {"tunnel", "SAWATCH TUNNEL", true, false, SAW_QUANTITIES, NULL, NULL},
	[SAW_CHECK_REPLAY] = {"replay", "SAWATCH REPLAY", true, true, SAW_QUANTITY_REPLAY_RATE, "1", "10"},
	/* 1280 is the least that IPv6 takes (RFC 8200, section 5). */
	[SAW_CHECK_MTU] = {"mtu", "SAWATCH MTU", true, true, SAW_QUANTITY_MTU, NULL, "1280:"},
	[SAW_CHECK_DEVICE] = {"device", "SAWATCH DEVICE", false, true, SAW_QUANTITY_AGE, NULL, NULL},
};

static const enum saw_status state_status[] = {
	[SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP] = SAW_OK,
	[SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DEGRADED] = SAW_WARNING,
	[SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DOWN] = SAW_CRITICAL,
	[SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_MISSING] = SAW_CRITICAL,
	[SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNEXPECTED] = SAW_WARNING,
	[SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN] = SAW_UNKNOWN,
};

/* How well the device is read; worked out once. */
struct judge {
	const struct saw_check *c;
	const Sawatch__V1__Snapshot *s;
	const Sawatch__V1__Device *device;
	bool has_age, too_old;
	double age, max_age; /* seconds, of the newest that was read */
	struct saw_buf text; /* what is said of each tunnel */
};

struct finding {
	const Sawatch__V1__TunnelEnd *tunnel;
	enum saw_status status;
	size_t text, text_len;
};

/* ------------------------------------------------------------------------------------------------------------------ options */

bool saw_check_mode_named(const char *name, enum saw_check_mode *out) {
	for (size_t i = 0; i < SAW_CHECK_MODES; i++) {
		if (strcmp(modes[i].name, name) != 0)
			continue;
		*out = (enum saw_check_mode)i;
		return true;
	}
	return false;
}

const char *saw_check_service(enum saw_check_mode mode) {
	return modes[mode].service;
}

void saw_check_put_quantities(enum saw_check_mode mode, struct saw_buf *out) {
	size_t n = 0;

	for (size_t i = 0; i < SAW_QUANTITIES; i++) {
		if ((quantities[i].of_tunnel != NULL) != modes[mode].of_tunnel)
			continue;
		saw_buf_puts(out, n++ ? ", " : "");
		saw_buf_puts(out, quantities[i].name);
	}
}

void saw_check_defaults(struct saw_check *c) {
	const struct mode *m = &modes[c->mode];

	if (m->warning)
		saw_check_threshold(c, false, m->warning, NULL);
	if (m->critical)
		saw_check_threshold(c, true, m->critical, NULL);
}

static int set_range(struct saw_check *c, bool critical, enum saw_quantity q, struct saw_str text,
					 struct saw_err *err) {
	struct saw_threshold *t = &c->thresholds[q];

	if (saw_range_parse(text, critical ? &t->critical : &t->warning))
		return saw_err_set(err, SAW_EFORMAT, "\"%.*s\" is no range; ranges are 10, 10:, ~:10, 10:20, @10:20",
						   (int)text.n, text.p);
	*(critical ? &t->has_critical : &t->has_warning) = true;
	return 0;
}

int saw_check_threshold(struct saw_check *c, bool critical, const char *text, struct saw_err *err) {
	struct saw_buf known = SAW_BUF_INIT(256);
	int rc = 0;

	saw_check_put_quantities(c->mode, &known);
	if (!strchr(text, '=')) {
		rc = modes[c->mode].has_own
				 ? set_range(c, critical, modes[c->mode].own, saw_str_of(text), err)
				 : saw_err_set(err, SAW_EFORMAT, "\"%s\" is a range of what? Mode %s takes NAME=RANGE; names are %s",
							   text, modes[c->mode].name, saw_buf_text(&known));
		goto out;
	}
	while (rc == 0 && *text) {
		struct saw_str item = {text, strcspn(text, ",")}, name = {text, strcspn(text, "=,")};
		size_t q = 0;

		while (q < SAW_QUANTITIES && ((quantities[q].of_tunnel != NULL) != modes[c->mode].of_tunnel ||
									  !saw_str_eq(name, saw_str_of(quantities[q].name))))
			q++;
		if (q == SAW_QUANTITIES || name.n == item.n)
			rc = saw_err_set(err, SAW_EFORMAT, "\"%.*s\": NAME=RANGE is expected; mode %s knows %s", (int)item.n,
							 item.p, modes[c->mode].name, saw_buf_text(&known));
		else
			rc = set_range(c, critical, (enum saw_quantity)q,
						   (struct saw_str){item.p + name.n + 1, item.n - name.n - 1}, err);
		text += item.n + (text[item.n] == ',');
	}
out:
	saw_buf_free(&known);
	return rc;
}

/* ------------------------------------------------------------------------------------------------------------------- pieces */

/* Says the value, and the threshold it breaks. */
static enum saw_status judge_value(const struct judge *j, enum saw_quantity q, double v, struct saw_buf *b) {
	const struct saw_threshold *t = &j->c->thresholds[q];
	bool critical = t->has_critical && saw_range_alert(&t->critical, v);
	bool warning = !critical && t->has_warning && saw_range_alert(&t->warning, v);

	saw_buf_puts(b, quantities[q].words);
	saw_buf_printf(b, v >= 1000 ? " %.0f" : " %.4g", v); /* for people; performance data has all digits */
	saw_buf_puts(b, quantities[q].unit);
	if (critical || warning) {
		saw_buf_puts(b, critical ? " (critical range " : " (warning range ");
		saw_range_print(critical ? &t->critical : &t->warning, b);
		saw_buf_putc(b, ')');
	}
	return critical ? SAW_CRITICAL : warning ? SAW_WARNING : SAW_OK;
}

static bool is_judged(const struct judge *j, enum saw_quantity q) {
	const struct saw_threshold *t = &j->c->thresholds[q];
	const struct mode *m = &modes[j->c->mode];

	return t->has_warning || t->has_critical || (m->has_own && m->own == q);
}

static void put_perf(const struct judge *j, struct saw_output *out, const char *prefix, enum saw_quantity q, double v) {
	const struct saw_threshold *t = &j->c->thresholds[q];
	struct saw_buf label = SAW_BUF_INIT(2048);
	struct saw_perf p = {.uom = quantities[q].uom,
						 .warning = t->has_warning ? &t->warning : NULL,
						 .critical = t->has_critical ? &t->critical : NULL};

	if (prefix) {
		saw_buf_puts(&label, prefix);
		saw_buf_putc(&label, '_');
	}
	saw_buf_puts(&label, quantities[q].name);
	p.label = saw_buf_text(&label);
	saw_output_perf(out, &p, v);
	saw_buf_free(&label);
}

/* Why the device's sources give nothing, in the device's own words. Nothing where one of them is well. */
static bool put_source_errors(const struct judge *j, struct saw_buf *b) {
	bool polled = false, said = false;

	for (size_t i = 0; i < j->device->n_sources; i++) {
		const Sawatch__V1__SourceStatus *s = j->device->sources[i];

		polled = polled || s->has_complete;
		if (s->has_complete && s->complete)
			return false;
	}
	if (!polled) {
		saw_buf_puts(b, "it was not polled yet");
		return true;
	}
	for (size_t i = 0; i < j->device->n_sources; i++) {
		const Sawatch__V1__SourceStatus *s = j->device->sources[i];
		const char *class_name =
			s->has_error_class ? saw_enum_name(&sawatch__v1__poll_error__descriptor, (int)s->error_class) : NULL;

		if (!s->error && !class_name)
			continue;
		saw_buf_puts(b, said ? "; " : "");
		saw_output_put(b, s->error ? s->error : class_name);
		said = true;
	}
	if (!said)
		saw_buf_puts(b, "the last poll was not complete");
	return true;
}

static void put_too_old(const struct judge *j, struct saw_buf *b) {
	if (!j->has_age) {
		saw_buf_puts(b, "the device was not read yet");
		return;
	}
	saw_buf_puts(b, "data is ");
	saw_put_duration(b, (int64_t)j->age);
	saw_buf_puts(b, " old, the limit is ");
	saw_put_duration(b, (int64_t)j->max_age);
}

static void put_reasons(const Sawatch__V1__TunnelEnd *t, const char *before, struct saw_buf *b) {
	for (size_t i = 0; i < t->n_reasons; i++) {
		saw_buf_puts(b, i ? "; " : before);
		saw_output_put(b, t->reasons[i]);
	}
}

static bool is_of_layer(const Sawatch__V1__TunnelEnd *t, const char *reason) {
	for (size_t i = 0; i < t->n_layers; i++)
		if (t->layers[i]->reason && strcmp(t->layers[i]->reason, reason) == 0)
			return true;
	return false;
}

/* ------------------------------------------------------------------------------------------------------------------ a tunnel */

static enum saw_status judge_quantities(const struct judge *j, const Sawatch__V1__TunnelEnd *t, const char *between,
										struct saw_buf *b) {
	enum saw_status status = SAW_OK;

	for (size_t i = 0; i < SAW_QUANTITIES; i++) {
		const enum saw_quantity q = (enum saw_quantity)i;
		double v;

		if (!quantities[q].of_tunnel || !is_judged(j, q))
			continue;
		saw_buf_puts(b, between);
		between = ", ";
		if (quantities[q].of_tunnel(t, &v)) {
			status = saw_status_worse(status, judge_value(j, q, v, b));
		} else if (q == SAW_QUANTITY_REPLAY_RATE && t->has_replay_window && t->replay_window == 0) {
			saw_buf_puts(b, "the replay check is off");
		} else {
			saw_buf_printf(b, "%s not known %s", quantities[q].words, quantities[q].absent);
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
		if (!put_source_errors(j, b))
			put_reasons(t, "", b);
		if (b->len == before)
			saw_buf_puts(b, "no reason was given");
		return SAW_UNKNOWN;
	}
	if (j->too_old) {
		put_too_old(j, b);
		return SAW_UNKNOWN;
	}
	if (j->c->mode != SAW_CHECK_TUNNEL) {
		if (is_carrying(state))
			return judge_quantities(j, t, "", b);
		saw_buf_puts(b, name);
		put_reasons(t, ", ", b);
		return SAW_UNKNOWN;
	}
	status =
		state > 0 && (size_t)state < sizeof state_status / sizeof state_status[0] ? state_status[state] : SAW_UNKNOWN;
	saw_buf_puts(b, name);
	if (t->has_since_ms && j->s->has_made_at_ms) {
		saw_buf_puts(b, " for ");
		saw_put_duration(b, saw_ms_since(t->since_ms, j->s->made_at_ms) / 1000);
	}
	put_reasons(t, ", ", b);
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
		if (is_of_layer(t, t->reasons[i]))
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

		if (quantities[i].of_tunnel && (j->c->mode == SAW_CHECK_TUNNEL || is_judged(j, (enum saw_quantity)i)) &&
			quantities[i].of_tunnel(t, &v))
			put_perf(j, out, NULL, (enum saw_quantity)i, v);
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
	for (size_t i = 0; i < n && modes[j->c->mode].has_own; i++) {
		double v;

		if (is_carrying(saw_tunnel_state(f[i].tunnel)) && !j->too_old &&
			quantities[modes[j->c->mode].own].of_tunnel(f[i].tunnel, &v))
			put_perf(j, out, f[i].tunnel->name, modes[j->c->mode].own, v);
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
	put_too_old(j, &out->summary);
	saw_buf_puts(&out->summary, "; ");
	if (!put_source_errors(j, &out->summary))
		saw_buf_puts(&out->summary, "the last poll was complete");
}

/* Nothing to judge is no good news: say why, as far as it is known. */
static void say_no_tunnels(const struct judge *j, struct saw_output *out) {
	out->status = SAW_UNKNOWN;
	saw_output_put(&out->summary, j->c->device);
	saw_buf_puts(&out->summary, ": no tunnel is known: ");
	if (put_source_errors(j, &out->summary))
		return;
	saw_buf_puts(&out->summary, "it was read, and there is none");
}

/* ------------------------------------------------------------------------------------------------------------------ a device */

static void say_source(const struct judge *j, const Sawatch__V1__SourceStatus *s, struct saw_buf *b) {
	const char *name = s->has_source ? saw_enum_name(&sawatch__v1__source__descriptor, (int)s->source) : NULL;
	const char *why =
		s->has_error_class ? saw_enum_name(&sawatch__v1__poll_error__descriptor, (int)s->error_class) : NULL;

	saw_buf_puts(b, name ? name : "unknown source");
	if (!s->has_complete)
		saw_buf_puts(b, " not polled yet");
	else if (s->complete)
		saw_buf_puts(b, " complete");
	else {
		saw_buf_puts(b, " failed: ");
		saw_output_put(b, s->error ? s->error : why ? why : "the last poll was not complete");
	}
	if (s->has_observed_at_ms && j->s->has_made_at_ms) {
		saw_buf_puts(b, ", data from ");
		saw_put_duration(b, saw_ms_since(s->observed_at_ms, j->s->made_at_ms) / 1000);
		saw_buf_puts(b, " ago");
	}
}

static void check_device(struct judge *j, struct saw_output *out) {
	const Sawatch__V1__Device *d = j->device;
	size_t complete = 0;
	double longest = -1;

	saw_output_put(&out->summary, d->name);
	saw_buf_puts(&out->summary, ": ");
	if (d->n_sources == 0)
		saw_buf_puts(&out->summary, "nothing is configured to read it by");
	for (size_t i = 0; i < d->n_sources; i++) {
		saw_buf_puts(&out->summary, i ? "; " : "");
		say_source(j, d->sources[i], &out->summary);
		complete += d->sources[i]->has_complete && d->sources[i]->complete;
		if (d->sources[i]->has_poll_duration_seconds && d->sources[i]->poll_duration_seconds > longest)
			longest = d->sources[i]->poll_duration_seconds;
	}
	if (complete == 0)
		out->status = SAW_UNKNOWN;
	else if (complete < d->n_sources)
		out->status = SAW_WARNING;
	if (out->status != SAW_UNKNOWN && j->too_old) {
		saw_buf_puts(&out->summary, "; ");
		put_too_old(j, &out->summary);
		out->status = SAW_UNKNOWN;
	}
	if (out->status != SAW_UNKNOWN && j->has_age) {
		saw_buf_puts(&out->summary, "; ");
		out->status = saw_status_worse(out->status, judge_value(j, SAW_QUANTITY_AGE, j->age, &out->summary));
		put_perf(j, out, NULL, SAW_QUANTITY_AGE, j->age);
	}
	if (out->status != SAW_UNKNOWN && longest >= 0) {
		saw_buf_puts(&out->summary, ", ");
		out->status = saw_status_worse(out->status, judge_value(j, SAW_QUANTITY_POLL_DURATION, longest, &out->summary));
		put_perf(j, out, NULL, SAW_QUANTITY_POLL_DURATION, longest);
	}
	saw_output_perf_count(out, &(struct saw_perf){.label = "tunnels", .uom = ""}, j->s->n_tunnels);
	for (size_t i = 0; i < d->n_sources; i++) {
		say_source(j, d->sources[i], &out->details);
		saw_buf_putc(&out->details, '\n');
	}
}

/* -------------------------------------------------------------------------------------------------------------------- entry */

static const Sawatch__V1__Device *find_device(const Sawatch__V1__Snapshot *s, const char *name) {
	for (size_t i = 0; i < s->n_devices; i++)
		if (s->devices[i]->name && strcmp(s->devices[i]->name, name) == 0)
			return s->devices[i];
	return NULL;
}

/* The newest that any source read, and how old it may be. */
static void measure_age(struct judge *j) {
	const Sawatch__V1__SourceStatus *newest = NULL;

	for (size_t i = 0; i < j->device->n_sources; i++) {
		const Sawatch__V1__SourceStatus *s = j->device->sources[i];

		if (s->has_observed_at_ms && (!newest || s->observed_at_ms > newest->observed_at_ms))
			newest = s;
	}
	j->max_age = j->c->max_age_seconds;
	if (j->max_age < 0) {
		const double interval = newest && newest->has_poll_interval_seconds ? newest->poll_interval_seconds : -1;

		j->max_age = 30 + 3 * (interval > 0 && interval < INTERVAL_MAX ? interval : INTERVAL_DEFAULT);
	}
	j->has_age = newest && j->s->has_made_at_ms;
	if (j->has_age)
		j->age = (double)saw_ms_since(newest->observed_at_ms, j->s->made_at_ms) / 1000;
	j->too_old = !j->has_age || j->age > j->max_age;
}

bool saw_check_run(const struct saw_check *c, const Sawatch__V1__Snapshot *s, struct saw_output *out) {
	struct judge j = {.c = c, .s = s, .device = find_device(s, c->device), .text = SAW_BUF_INIT(TEXT_MAX)};

	if (!j.device || (c->tunnel && s->n_tunnels == 0))
		return false;
	measure_age(&j);
	if (!modes[c->mode].of_tunnel) {
		check_device(&j, out);
	} else if (s->n_tunnels == 0) {
		say_no_tunnels(&j, out);
	} else if (!c->tunnel && j.too_old && !all_in_maintenance(s)) {
		say_too_old(&j, out);
	} else if (c->tunnel) {
		out->status = judge_tunnel(&j, s->tunnels[0], &out->summary);
		put_tunnel_details(s->tunnels[0], &out->details);
		put_tunnel_perf(&j, s->tunnels[0], out);
	} else {
		check_all(&j, out);
	}
	saw_buf_free(&j.text);
	return true;
}

/* ---------------------------------------------------------------------------------------------------------------- not found */

static char lower(char c) {
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Letters in common at both ends, case aside: cheap, and right for names that are numbered or mistyped in one place. */
static size_t likeness(const char *a, const char *b) {
	size_t na = strlen(a), nb = strlen(b), shorter = na < nb ? na : nb, head = 0, tail = 0;

	while (head < shorter && lower(a[head]) == lower(b[head]))
		head++;
	while (tail < shorter - head && lower(a[na - 1 - tail]) == lower(b[nb - 1 - tail]))
		tail++;
	return head + tail;
}

struct name {
	const char *text;
	size_t likeness;
};

static int likest_first(const void *a, const void *b) {
	const struct name *x = a, *y = b;

	if (x->likeness != y->likeness)
		return x->likeness > y->likeness ? -1 : 1;
	return strcmp(x->text, y->text);
}

static void put_names(struct name *names, size_t n, const char *wanted, struct saw_buf *b) {
	for (size_t i = 0; i < n; i++)
		names[i].likeness = likeness(names[i].text, wanted);
	qsort(names, n, sizeof *names, likest_first);
	saw_buf_puts(b, n ? "; known are: " : "; it knows none");
	for (size_t i = 0; i < n && i < NAMES_MAX; i++) {
		saw_buf_puts(b, i ? ", " : "");
		saw_output_put(b, names[i].text);
	}
	if (n > NAMES_MAX)
		saw_buf_printf(b, ", and %zu more", n - NAMES_MAX);
}

void saw_check_not_found(const struct saw_check *c, const Sawatch__V1__Snapshot *s, struct saw_output *out) {
	const struct judge j = {.c = c, .s = s, .device = find_device(s, c->device)};
	struct name *names = calloc(s->n_devices + s->n_tunnels + 1, sizeof *names);
	size_t n = 0;

	out->status = SAW_UNKNOWN;
	if (!names) {
		saw_buf_puts(&out->summary, "no memory");
		return;
	}
	if (!j.device) {
		saw_buf_puts(&out->summary, "the daemon has no device \"");
		saw_output_put(&out->summary, c->device);
		saw_buf_putc(&out->summary, '"');
		for (size_t i = 0; i < s->n_devices; i++)
			if (s->devices[i]->name)
				names[n++].text = s->devices[i]->name;
		put_names(names, n, c->device, &out->summary);
	} else {
		saw_output_put(&out->summary, c->device);
		saw_buf_puts(&out->summary, " has no tunnel \"");
		saw_output_put(&out->summary, c->tunnel);
		saw_buf_putc(&out->summary, '"');
		for (size_t i = 0; i < s->n_tunnels; i++)
			if (s->tunnels[i]->name && s->tunnels[i]->device && strcmp(s->tunnels[i]->device, c->device) == 0)
				names[n++].text = s->tunnels[i]->name;
		if (n == 0) {
			saw_buf_puts(&out->summary, ": ");
			if (!put_source_errors(&j, &out->summary))
				saw_buf_puts(&out->summary, "it was read, and there is none");
		} else {
			put_names(names, n, c->tunnel, &out->summary);
		}
	}
	free(names);
}
