#include "plugins/judge.h"

#include "proto/json.h"
#include "proto/tunnel.h"

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

void saw_check_device(struct judge *j, struct saw_output *out) {
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
		saw_check_put_too_old(j, &out->summary);
		out->status = SAW_UNKNOWN;
	}
	if (out->status != SAW_UNKNOWN && j->has_age) {
		saw_buf_puts(&out->summary, "; ");
		out->status = saw_status_worse(out->status, saw_check_judge_value(j, SAW_QUANTITY_AGE, j->age, &out->summary));
		saw_check_put_perf(j, out, NULL, SAW_QUANTITY_AGE, j->age);
	}
	if (out->status != SAW_UNKNOWN && longest >= 0) {
		saw_buf_puts(&out->summary, ", ");
		out->status =
			saw_status_worse(out->status, saw_check_judge_value(j, SAW_QUANTITY_POLL_DURATION, longest, &out->summary));
		saw_check_put_perf(j, out, NULL, SAW_QUANTITY_POLL_DURATION, longest);
	}
	saw_output_perf_count(out, &(struct saw_perf){.label = "tunnels", .uom = ""}, j->s->n_tunnels);
	for (size_t i = 0; i < d->n_sources; i++) {
		say_source(j, d->sources[i], &out->details);
		saw_buf_putc(&out->details, '\n');
	}
}
