#include "plugins/judge.h"

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

bool saw_check_is_judged(const struct judge *j, enum saw_quantity q) {
	const struct saw_threshold *t = &j->c->thresholds[q];
	const struct saw_check_mode_row *m = &saw_check_modes[j->c->mode];

	return t->has_warning || t->has_critical || (m->has_own && m->own == q);
}

void saw_check_put_perf(const struct judge *j, struct saw_output *out, const char *prefix, enum saw_quantity q,
						double v) {
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

void saw_check_put_reasons(const Sawatch__V1__TunnelEnd *t, const char *before, struct saw_buf *b) {
	for (size_t i = 0; i < t->n_reasons; i++) {
		saw_buf_puts(b, i ? "; " : before);
		saw_output_put(b, t->reasons[i]);
	}
}

bool saw_check_is_of_layer(const Sawatch__V1__TunnelEnd *t, const char *reason) {
	for (size_t i = 0; i < t->n_layers; i++)
		if (t->layers[i]->reason && strcmp(t->layers[i]->reason, reason) == 0)
			return true;
	return false;
}
