#include "model/check/findings.h"

#include <stdlib.h>
#include <string.h>

#define NAMED_MAX 3 /* in the summary */
#define MORE_MAX 32 /* bytes of "; and N more" */
#define TEXT_MAX (64U << 20)

bool saw_findings_create(struct saw_findings *f, size_t n, struct saw_output *out) {
	*f = (struct saw_findings){.list = calloc(n + 1, sizeof *f->list), .text = SAW_BUF_INIT(TEXT_MAX)};
	if (f->list)
		return true;
	out->status = SAW_UNKNOWN;
	saw_buf_puts(&out->summary, "no memory");
	return false;
}

void saw_findings_destroy(struct saw_findings *f) {
	free(f->list);
	saw_buf_free(&f->text);
}

void saw_findings_begin(struct saw_findings *f, const void *item, const char *name, int rank) {
	f->list[f->n] = (struct saw_finding){.item = item, .name = name ? name : "", .rank = rank, .text = f->text.len};
}

void saw_findings_end(struct saw_findings *f, enum saw_status status) {
	struct saw_finding *now = &f->list[f->n++];

	now->status = status;
	now->text_len = f->text.len - now->text;
}

static int worst_first(const void *a, const void *b) {
	const struct saw_finding *x = a, *y = b;
	int d = saw_status_rank(x->status) - saw_status_rank(y->status);

	if (d == 0)
		d = x->rank - y->rank;
	return d ? d : strcmp(x->name, y->name);
}

void saw_findings_sort(struct saw_findings *f) {
	qsort(f->list, f->n, sizeof *f->list, worst_first);
}

enum saw_status saw_findings_worst(const struct saw_findings *f) {
	enum saw_status worst = SAW_OK;

	for (size_t i = 0; i < f->n; i++)
		worst = saw_status_worse(worst, f->list[i].status);
	return worst;
}

void saw_findings_say(const struct saw_findings *f, struct saw_output *out) {
	size_t bad = 0, named = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct saw_finding *one = &f->list[i];

		/* Whole, or counted: a reason that is cut is worse than none. */
		if (one->status != SAW_OK && bad++ == named && named < NAMED_MAX &&
			out->summary.len + one->text_len + MORE_MAX < out->summary.ceiling) {
			named++;
			saw_buf_puts(&out->summary, "; ");
			saw_buf_put(&out->summary, f->text.data + one->text, one->text_len);
		}
		saw_buf_printf(&out->details, "[%s] ", saw_status_name(one->status));
		saw_buf_put(&out->details, f->text.data + one->text, one->text_len);
		saw_buf_putc(&out->details, '\n');
	}
	if (bad > named)
		saw_buf_printf(&out->summary, "; and %zu more", bad - named);
}

void saw_findings_count(const struct saw_findings *f, const char *what, struct saw_output *out) {
	const char *between = ": ";

	saw_buf_printf(&out->summary, "%zu %s%s", f->n, what, f->n == 1 ? "" : "s");
	for (int k = 0; k <= SAW_UNKNOWN; k++) {
		const char *name = saw_status_name((enum saw_status)k);
		uint64_t count = 0;

		for (size_t i = 0; i < f->n; i++)
			count += f->list[i].status == (enum saw_status)k;
		saw_output_perf_count(out, &(struct saw_perf){.label = name, .uom = ""}, count);
		if (count == 0)
			continue;
		saw_buf_printf(&out->summary, "%s%llu %s", between, (unsigned long long)count, name);
		between = ", ";
	}
}
