#include "model/histogram.h"

#include "core/err.h"

#include <math.h>
#include <string.h>

#define ZERO_THRESHOLD 0x1p-10

#define SET(m, field, v) ((m)->has_##field = 1, (m)->field = (v))

/* The smallest i with v <= 2^(i / 8): the powers of two are exact, as they are bounds of classic buckets too. */
static int index_of(double v) {
	/* 2^(i / 8) / 2 */
	static const double bounds[] = {0.5,
									0.5452538663326288,
									0.5946035575013605,
									0.6484197773255048,
									0.7071067811865475,
									0.7711054127039704,
									0.8408964152537144,
									0.9170040432046711};
	int exponent, i = 0;
	const double fraction = frexp(v, &exponent);

	while (i < 8 && bounds[i] < fraction)
		i++;
	return (exponent - 1) * 8 + i;
}

void saw_histogram_add(struct saw_histogram *h, double v, int64_t now_ms) {
	int i;

	if (!isfinite(v) || v < 0)
		return;
	if (!h->since_ms)
		h->since_ms = now_ms;
	h->count++;
	h->sum += v;
	if (v <= ZERO_THRESHOLD) {
		h->zero++;
		return;
	}
	i = index_of(v);
	h->buckets[(i < SAW_HISTOGRAM_LAST ? i : SAW_HISTOGRAM_LAST) - SAW_HISTOGRAM_FIRST]++;
}

void saw_histogram_write(const struct saw_histogram *h, struct saw_histogram_lists *lists,
						 Sawatch__V1__Histogram *out) {
	size_t n = 0;

	sawatch__v1__histogram__init(out);
	SET(out, schema, SAW_HISTOGRAM_SCHEMA);
	SET(out, zero_threshold, ZERO_THRESHOLD);
	SET(out, zero_count, h->zero);
	SET(out, count, h->count);
	SET(out, sum, h->sum);
	SET(out, since_ms, h->since_ms);
	for (int i = 0; i < SAW_HISTOGRAM_BUCKETS; i++) {
		if (!h->buckets[i])
			continue;
		lists->indexes[n] = i + SAW_HISTOGRAM_FIRST;
		lists->counts[n++] = h->buckets[i];
	}
	out->indexes = lists->indexes;
	out->counts = lists->counts;
	out->n_indexes = out->n_counts = n;
}

int saw_histogram_read(const Sawatch__V1__Histogram *m, struct saw_histogram *h) {
	uint64_t count = m->zero_count;

	memset(h, 0, sizeof *h);
	if (m->schema != SAW_HISTOGRAM_SCHEMA || m->zero_threshold != ZERO_THRESHOLD || m->n_indexes != m->n_counts ||
		!isfinite(m->sum))
		return SAW_EFORMAT;
	for (size_t i = 0; i < m->n_indexes; i++) {
		if (m->indexes[i] < SAW_HISTOGRAM_FIRST || m->indexes[i] > SAW_HISTOGRAM_LAST)
			goto malformed;
		h->buckets[m->indexes[i] - SAW_HISTOGRAM_FIRST] += m->counts[i];
		count += m->counts[i];
	}
	if (count != m->count)
		goto malformed;
	h->since_ms = m->since_ms;
	h->count = count;
	h->zero = m->zero_count;
	h->sum = m->sum;
	return 0;

malformed:
	memset(h, 0, sizeof *h);
	return SAW_EFORMAT;
}
