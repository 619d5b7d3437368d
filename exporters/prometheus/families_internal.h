/*
 * What the tables of families are written with. For families*.c alone.
 */
#ifndef SAWATCH_EXPORTERS_PROMETHEUS_FAMILIES_INTERNAL_H
#define SAWATCH_EXPORTERS_PROMETHEUS_FAMILIES_INTERNAL_H

#include "exporters/prometheus/families.h"
#include "proto/json.h"
#include "proto/tunnel.h"

#include <math.h>

/* The parts of the table, in their order. */
struct saw_families_part {
	const struct saw_family *list;
	size_t n;
};
extern const struct saw_families_part saw_families_daemon, saw_families_device, saw_families_tunnel;

static inline bool put_u64(struct saw_value *v, uint64_t n) {
	v->kind = SAW_VALUE_U64;
	v->u64 = n;
	return true;
}

static inline bool put_ms(struct saw_value *v, int64_t ms) {
	v->kind = SAW_VALUE_MS;
	v->ms = ms;
	return true;
}

static inline bool put_real(struct saw_value *v, bool has, double d) {
	v->kind = SAW_VALUE_REAL;
	v->real = d;
	return has && isfinite(d);
}

static inline bool one(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)r;
	(void)arg;
	return put_u64(v, 1);
}

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))
#define SERIES(...) \
	.series = (const struct saw_series[]){__VA_ARGS__}, .n_series = LENGTH(((const struct saw_series[]){__VA_ARGS__}))
#define FN(function) SERIES({.fn = (function)})
#define INFO(labels) FN(one), .info = (labels), .n_info = LENGTH(labels)

#endif
