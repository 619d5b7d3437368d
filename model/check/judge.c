#include "model/check/judge.h"

#include "proto/json.h"
#include "proto/tunnel.h"

enum saw_status saw_check_judge_value(const struct judge *j, enum saw_quantity q, double v, struct saw_buf *b) {
	const struct saw_threshold *t = &j->c->thresholds[q];
	bool critical = t->has_critical && saw_range_alert(&t->critical, v);
	bool warning = !critical && t->has_warning && saw_range_alert(&t->warning, v);

	saw_buf_puts(b, saw_check_quantities[q].words);
	saw_buf_printf(b, v >= 1000 ? " %.0f" : " %.4g", v); /* for people; performance data has all digits */
	saw_buf_puts(b, saw_check_quantities[q].unit);
	if (critical || warning) {
		saw_buf_puts(b, critical ? " (critical range " : " (warning range ");
		saw_range_print(critical ? &t->critical : &t->warning, b);
		saw_buf_putc(b, ')');
	}
	return critical ? SAW_CRITICAL : warning ? SAW_WARNING : SAW_OK;
}

bool saw_check_has_threshold(const struct judge *j, enum saw_quantity q) {
	return j->c->thresholds[q].has_warning || j->c->thresholds[q].has_critical;
}

enum saw_status saw_check_judge_uses(const struct judge *j, const void *subject, const char *between, struct saw_buf *b,
									 bool *said) {
	enum saw_status status = SAW_OK;

	*said = false;
	for (size_t i = 0; i < SAW_USES_MAX && j->mode->uses[i].kind; i++) {
		const struct saw_check_use *u = &j->mode->uses[i];
		const struct saw_check_quantity *q = &saw_check_quantities[u->q];
		const char *off = NULL;
		bool known;
		double v;

		if (u->kind == SAW_USE_ASKED && !saw_check_has_threshold(j, u->q))
			continue;
		known = q->of(subject, &v);
		off = !known && q->off ? q->off(subject) : NULL;
		if (!known && u->kind == SAW_USE_SHOWN && !j->c->thresholds[u->q].asked)
			continue;
		saw_buf_puts(b, *said ? ", " : between);
		*said = true;
		if (known) {
			status = saw_status_worse(status, saw_check_judge_value(j, u->q, v, b));
		} else if (off) {
			saw_buf_puts(b, off);
		} else {
			saw_buf_printf(b, "%s not known %s", q->words, q->absent ? q->absent : "");
			status = saw_status_worse(status, SAW_UNKNOWN);
		}
	}
	return status;
}

static void put_perf(const struct judge *j, struct saw_output *out, const char *prefix, enum saw_quantity q, double v) {
	const struct saw_threshold *t = &j->c->thresholds[q];
	struct saw_buf label = SAW_BUF_INIT(2048);
	struct saw_perf p = {.uom = saw_check_quantities[q].uom,
						 .warning = t->has_warning ? &t->warning : NULL,
						 .critical = t->has_critical ? &t->critical : NULL};

	if (prefix) {
		saw_buf_puts(&label, prefix);
		saw_buf_putc(&label, '_');
	}
	saw_buf_puts(&label, saw_check_quantities[q].name);
	p.label = saw_buf_text(&label);
	saw_output_perf(out, &p, v);
	saw_buf_free(&label);
}

void saw_check_put_perf(const struct judge *j, const void *subject, const char *prefix, bool needed_only,
						struct saw_output *out) {
	for (size_t i = 0; i < SAW_USES_MAX && j->mode->uses[i].kind; i++) {
		const struct saw_check_use *u = &j->mode->uses[i];
		double v;

		if ((!needed_only || u->kind == SAW_USE_NEEDED) && saw_check_quantities[u->q].of(subject, &v))
			put_perf(j, out, prefix, u->q, v);
	}
}

bool saw_check_put_source_errors(const struct judge *j, struct saw_buf *b) {
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

void saw_check_put_too_old(const struct judge *j, struct saw_buf *b) {
	if (!j->has_age) {
		saw_buf_puts(b, "the device was not read yet");
		return;
	}
	saw_buf_puts(b, "data is ");
	saw_put_duration(b, (int64_t)j->age);
	saw_buf_puts(b, " old, the limit is ");
	saw_put_duration(b, (int64_t)j->max_age);
}

void saw_check_put_texts(char *const *texts, size_t n, const char *before, struct saw_buf *b) {
	for (size_t i = 0; i < n; i++) {
		saw_buf_puts(b, i ? "; " : before);
		saw_output_put(b, texts[i]);
	}
}

void saw_check_put_tunnel_name(const struct judge *j, const Sawatch__V1__TunnelEnd *t, bool with_device,
							   struct saw_buf *b) {
	const char *peer = saw_tunnel_peer(j->s, t);

	if (with_device) {
		saw_output_put(b, t->device);
		saw_buf_putc(b, '/');
	}
	saw_output_put(b, t->name);
	if (!peer)
		return;
	saw_buf_puts(b, " to ");
	saw_output_put(b, peer);
}

/* Counts of old states would look like news. */
void saw_check_say_too_old(const struct judge *j, struct saw_output *out) {
	out->status = SAW_UNKNOWN;
	saw_output_put(&out->summary, j->device->name);
	saw_buf_puts(&out->summary, ": ");
	saw_check_put_too_old(j, &out->summary);
	saw_buf_puts(&out->summary, "; ");
	if (!saw_check_put_source_errors(j, &out->summary))
		saw_buf_puts(&out->summary, "the last poll was complete");
	saw_check_put_next(j, out->status, NULL, out);
}
