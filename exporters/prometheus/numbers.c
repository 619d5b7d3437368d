/* Numbers and units, for every form. */
#include "core/text.h"
#include "exporters/prometheus/writer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t saw_print_ms(char *p, int64_t ms) {
	uint64_t v = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
	unsigned fraction = (unsigned)(v % 1000);
	size_t n = 0;

	if (ms < 0)
		p[n++] = '-';
	n += saw_print_u64(p + n, v / 1000);
	if (fraction == 0)
		return n;
	p[n++] = '.';
	for (unsigned unit = 100; fraction; fraction %= unit, unit /= 10)
		p[n++] = (char)('0' + fraction / unit);
	return n;
}

/* The shortest of two forms that reads back as the same number. */
size_t saw_print_real(char *p, double d) {
	int n = snprintf(p, SAW_NUMBER_MAX, "%.15g", d);

	if (strtod(p, NULL) != d)
		n = snprintf(p, SAW_NUMBER_MAX, "%.17g", d);
	return (size_t)n;
}

const char *saw_family_unit(const struct saw_family *f) {
	static const char *const units[] = {"bytes_per_second", "seconds", "bytes", "ratio", "packets"};
	const size_t n = strlen(f->name) - (f->type == SAW_COUNTER ? strlen("_total") : 0);

	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		const size_t len = strlen(units[i]);

		if (n > len && f->name[n - len - 1] == '_' && memcmp(f->name + n - len, units[i], len) == 0)
			return units[i];
	}
	return NULL;
}

/* Written as OpenMetrics wants it in every form, so that a bucket is the same series whichever one is scraped. */
const struct saw_classic_bucket saw_classic_buckets[SAW_CLASSIC_BUCKETS] = {
	{0.125, "0.125"}, {0.25, "0.25"}, {0.5, "0.5"}, {1, "1.0"},     {2, "2.0"},     {4, "4.0"},     {8, "8.0"},
	{16, "16.0"},     {32, "32.0"},   {64, "64.0"}, {128, "128.0"}, {256, "256.0"}, {512, "512.0"},
};

void saw_classic_counts(const Sawatch__V1__Histogram *h, uint64_t counts[SAW_CLASSIC_BUCKETS]) {
	const double per_doubling = ldexp(1, h->schema);

	for (size_t k = 0; k < SAW_CLASSIC_BUCKETS; k++) {
		counts[k] = h->zero_count;
		for (size_t i = 0; i < h->n_indexes && i < h->n_counts; i++)
			if (h->indexes[i] <= log2(saw_classic_buckets[k].bound) * per_doubling)
				counts[k] += h->counts[i];
	}
}
