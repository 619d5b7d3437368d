/*
 * What a form of the exposition can write: labels into blocks that are kept, and samples that are made of such blocks.
 *
 * Purpose:   the seam between the walk over the snapshot (render.c) and the forms. The walk renders the labels of a tunnel once and
 *            hands the same block to every family; nothing here looks at the snapshot.
 * Ownership: everything that is handed in is borrowed for the call, but the family: until the next one begins.
 * Errors:    stick to the output buffer.
 */
#ifndef SAWATCH_EXPORTERS_PROMETHEUS_WRITER_H
#define SAWATCH_EXPORTERS_PROMETHEUS_WRITER_H

#include "exporters/prometheus/families.h"

/* Bounds of the table of families, which a test holds it against. */
#define SAW_SERIES_MAX 32 /* of one family */
#define SAW_NAME_BYTES 96 /* of its name */
#define SAW_MORE_BYTES 96 /* of the labels of a series, in any form */

struct saw_sample {
	const void *labels; /* a block of put_label's */
	size_t labels_len;
	size_t series; /* place in the family; its labels come behind those of the block */
	struct saw_value value;
	const Sawatch__V1__Histogram *histogram; /* instead of the value */
	const struct saw_exemplar *exemplar;     /* NULL: none */
	int64_t created_ms;                      /* 0: not known */
};

struct saw_writer {
	struct saw_buf *out;
	const struct saw_family *family;
	void *state; /* the form's */
	void *ctx;   /* of saw_prometheus_write */
};

struct saw_form {
	const char *content_type;
	bool creation_is_a_series; /* `_created` is a line of its own */
	size_t state_size;         /* zeroed */
	void (*put_label)(struct saw_buf *block, const char *name, const char *value);
	void (*begin)(struct saw_writer *w); /* of w->family; called before its first sample only */
	void (*sample)(struct saw_writer *w, const struct saw_sample *s);
	void (*end)(struct saw_writer *w); /* of the family */
	void (*finish)(struct saw_writer *w);
};

extern const struct saw_form saw_form_text, saw_form_openmetrics, saw_form_protobuf;

/* The walk, for a form of another room, which writes where `ctx` says. Without the process_* families. 0, or an error of the walk. */
int saw_prometheus_write(const Sawatch__V1__Snapshot *s, int64_t now_ms, const struct saw_form *form, void *ctx);

/* The unit that a family's name ends in, as OpenMetrics has it ("seconds"); NULL for none. */
const char *saw_family_unit(const struct saw_family *f);

/* Numbers as text; each returns how many bytes it wrote, at most SAW_NUMBER_MAX. */
#define SAW_NUMBER_MAX 32
size_t saw_print_ms(char *p, int64_t ms); /* as seconds */
size_t saw_print_real(char *p, double d);

/* The classic buckets of a native histogram: their bounds are powers of two, which are bounds of the native ones too. */
#define SAW_CLASSIC_BUCKETS 13
extern const struct saw_classic_bucket {
	double bound;
	const char *text;
} saw_classic_buckets[SAW_CLASSIC_BUCKETS];
/* How many values were up to each bound. */
void saw_classic_counts(const Sawatch__V1__Histogram *h, uint64_t counts[SAW_CLASSIC_BUCKETS]);

#endif
