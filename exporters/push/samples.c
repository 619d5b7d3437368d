#include "exporters/push/samples.h"

#include "exporters/prometheus/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SETTLED_MS INT64_C(900000)

struct asked {
	const struct saw_push_choice *choice;
	void (*sample)(void *ctx, const struct saw_push_sample *p);
	void *ctx;
};

/* The labels of each series of the family at hand, taken apart once. */
struct samples_state {
	bool wanted;
	struct {
		char text[SAW_MORE_BYTES];
		struct saw_label labels[4];
		size_t n;
	} more[SAW_SERIES_MAX];
};

bool saw_push_settled(const Sawatch__V1__Snapshot *s) {
	if (s->made_at_ms - s->started_at_ms > SETTLED_MS)
		return true;
	for (size_t i = 0; i < s->n_devices; i++)
		for (size_t k = 0; k < s->devices[i]->n_sources; k++)
			if (!s->devices[i]->sources[k]->has_attempted_at_ms)
				return false;
	return true;
}

double saw_push_number(const struct saw_value *v) {
	return v->kind == SAW_VALUE_U64 ? (double)v->u64 : v->kind == SAW_VALUE_MS ? (double)v->ms / 1000.0 : v->real;
}

/* A block is name and value of each label, with their NULs. */
static void put_label(struct saw_buf *block, const char *name, const char *value) {
	if (!*value)
		return;
	saw_buf_put(block, name, strlen(name) + 1);
	saw_buf_put(block, value, strlen(value) + 1);
}

/* direction="in",reason="auth" */
static size_t split(char *p, struct saw_label labels[4]) {
	size_t n = 0;

	while (*p && n < 4) {
		labels[n].name = p;
		p += strcspn(p, "=");
		*p = 0;
		labels[n++].value = p += 2;
		p += strcspn(p, "\"");
		*p++ = 0;
		p += *p == ',';
	}
	return n;
}

static void begin(struct saw_writer *w) {
	const struct asked *a = w->ctx;
	struct samples_state *st = w->state;

	st->wanted = saw_choice_family(a->choice, w->family);
	for (size_t i = 0; i < w->family->n_series; i++) {
		const char *text = w->family->series[i].labels ? w->family->series[i].labels : "";
		size_t n = strlen(text);

		n = n < SAW_MORE_BYTES ? n : SAW_MORE_BYTES - 1;
		memcpy(st->more[i].text, text, n);
		st->more[i].text[n] = 0;
		st->more[i].n = split(st->more[i].text, st->more[i].labels);
	}
}

static void give(struct saw_writer *w, const struct saw_sample *s) {
	const struct samples_state *st = w->state;
	const struct asked *a = w->ctx;
	struct saw_label labels[SAW_LABELS_MAX];
	struct saw_push_sample p = {.family = w->family,
								.labels = labels,
								.value = s->value,
								.histogram = s->histogram,
								.created_ms = s->created_ms};
	const char *at = s->labels, *end = at + s->labels_len;

	if (!st->wanted)
		return;
	while (at < end && p.n_labels < SAW_LABELS_MAX) {
		labels[p.n_labels].name = at;
		at += strlen(at) + 1;
		labels[p.n_labels++].value = at;
		at += strlen(at) + 1;
	}
	for (size_t i = 0; i < st->more[s->series].n && p.n_labels < SAW_LABELS_MAX; i++)
		labels[p.n_labels++] = st->more[s->series].labels[i];
	a->sample(a->ctx, &p);
}

static void nothing(struct saw_writer *w) {
	(void)w;
}

static const struct saw_form form = {
	.content_type = "",
	.state_size = sizeof(struct samples_state),
	.put_label = put_label,
	.begin = begin,
	.sample = give,
	.end = nothing,
	.finish = nothing,
};

int saw_push_samples(const Sawatch__V1__Snapshot *s, const struct saw_push_choice *choice,
					 void (*sample)(void *ctx, const struct saw_push_sample *p), void *ctx) {
	struct asked a = {.choice = choice, .sample = sample, .ctx = ctx};
	Sawatch__V1__Snapshot view;
	int rc = saw_choice_view(choice, s, &view);

	if (rc == 0)
		rc = saw_prometheus_write(&view, s->made_at_ms, &form, &a);
	saw_choice_view_free(s, &view);
	return rc;
}
