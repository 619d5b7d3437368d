#include "model/check/output.h"

#include "core/text.h"

#include <string.h>

#define SUMMARY_MAX 3900 /* with the performance data below the 8 KiB that Nagios reads */
#define DETAILS_MAX (64U << 10)
#define PERFDATA_MAX 4096

static const struct {
	const char *name;
	int rank;
} statuses[] = {
	[SAW_OK] = {"OK", 3},
	[SAW_WARNING] = {"WARNING", 1},
	[SAW_CRITICAL] = {"CRITICAL", 0},
	[SAW_UNKNOWN] = {"UNKNOWN", 2},
};

const char *saw_status_name(enum saw_status s) {
	return statuses[s].name;
}

int saw_status_rank(enum saw_status s) {
	return statuses[s].rank;
}

enum saw_status saw_status_worse(enum saw_status a, enum saw_status b) {
	return saw_status_rank(a) <= saw_status_rank(b) ? a : b;
}

void saw_output_init(struct saw_output *o, const char *service) {
	*o = (struct saw_output){
		.service = service,
		.status = SAW_OK,
		.summary = SAW_BUF_INIT(SUMMARY_MAX),
		.details = SAW_BUF_INIT(DETAILS_MAX),
		.perfdata = SAW_BUF_INIT(PERFDATA_MAX),
	};
}

void saw_output_free(struct saw_output *o) {
	saw_buf_free(&o->summary);
	saw_buf_free(&o->details);
	saw_buf_free(&o->perfdata);
}

void saw_output_put(struct saw_buf *b, const char *text) {
	size_t from = b->len;

	if (!text)
		return;
	saw_put_clean(b, text, strlen(text));
	for (size_t i = from; i < b->len; i++)
		if (b->data[i] == '|')
			b->data[i] = '/';
}

void saw_output_put_number(struct saw_buf *b, double v) {
	saw_buf_printf(b, "%.10g", v);
}

/* Labels may hold neither '=' nor a quote that is not doubled. */
static void put_label(struct saw_buf *b, const char *label) {
	struct saw_buf clean = SAW_BUF_INIT(PERFDATA_MAX);

	saw_output_put(&clean, label);
	saw_buf_putc(b, '\'');
	for (const char *p = saw_buf_text(&clean); *p; p++) {
		if (*p == '\'')
			saw_buf_putc(b, '\'');
		saw_buf_putc(b, *p == '=' ? '_' : *p);
	}
	saw_buf_puts(b, "'=");
	saw_buf_free(&clean);
}

static void put_range(struct saw_buf *b, const struct saw_range *r) {
	saw_buf_putc(b, ';');
	if (r)
		saw_range_print(r, b);
}

static void put_entry(struct saw_output *o, const struct saw_perf *p, const char *number) {
	struct saw_buf entry = SAW_BUF_INIT(PERFDATA_MAX);

	if (o->perfdata.len)
		saw_buf_putc(&entry, ' ');
	put_label(&entry, p->label);
	saw_buf_puts(&entry, number);
	saw_buf_puts(&entry, p->uom);
	put_range(&entry, p->warning);
	put_range(&entry, p->critical);
	saw_buf_puts(&entry, ";0");
	if (saw_buf_error(&entry) == 0)
		saw_buf_put(&o->perfdata, entry.data, entry.len);
	saw_buf_free(&entry);
}

void saw_output_perf(struct saw_output *o, const struct saw_perf *p, double value) {
	struct saw_buf number = SAW_BUF_INIT(64);

	saw_output_put_number(&number, value);
	put_entry(o, p, saw_buf_text(&number));
	saw_buf_free(&number);
}

void saw_output_perf_count(struct saw_output *o, const struct saw_perf *p, uint64_t value) {
	struct saw_buf number = SAW_BUF_INIT(64);

	saw_buf_put_u64(&number, value);
	put_entry(o, p, saw_buf_text(&number));
	saw_buf_free(&number);
}

void saw_output_print(const struct saw_output *o, bool details, struct saw_buf *out) {
	saw_buf_puts(out, o->service);
	saw_buf_putc(out, ' ');
	saw_buf_puts(out, saw_status_name(o->status));
	saw_buf_puts(out, " - ");
	saw_buf_puts(out, saw_buf_text(&o->summary));
	if (o->perfdata.len) {
		saw_buf_putc(out, '|');
		saw_buf_puts(out, saw_buf_text(&o->perfdata));
	}
	saw_buf_putc(out, '\n');
	if (details)
		saw_buf_puts(out, saw_buf_text(&o->details));
}
