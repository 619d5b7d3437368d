#include "model/total.h"

#include <stddef.h>

#define SPAN_32 (UINT64_C(1) << 32)

/* A step of this many fits every rate: a counter that stands this near its end by chance is one in 65,536. */
#define STEP_SMALL 65536.0
/* A burst may be this much above the smoothed rate and still fit it; beyond FAR it cannot be traffic. */
#define STEP_FITS 4.0
#define STEP_FAR 64.0

uint64_t saw_total_turn(const struct saw_total *t, uint64_t raw) {
	return SPAN_32 - t->last + raw;
}

enum fit { FIT_YES, FIT_NO, FIT_UNKNOWN };

static enum fit fits(const struct saw_total *t, double step, double seconds) {
	double expected;

	if (step <= STEP_SMALL)
		return FIT_YES;
	if (!t->has_rate)
		return FIT_UNKNOWN;
	expected = (double)t->rate * seconds;
	if (step <= expected * STEP_FITS)
		return FIT_YES;
	return step > expected * STEP_FAR + STEP_SMALL ? FIT_NO : FIT_UNKNOWN;
}

/* The value fell: restart, wrap, or not to be told. */
static unsigned fell(const struct saw_total *t, const struct saw_total_input *in, double seconds, uint64_t *delta) {
	uint64_t step = saw_total_turn(t, in->raw);
	enum fit fit;

	bool wide = in->bits == 64 || t->last >= SPAN_32;

	*delta = in->raw; /* a restart; also the least that a wrap can have brought, as last is below 2^32 then */
	if (in->continuity == SAW_CONTINUITY_BROKEN || wide || in->cleared || (in->has_most && step > in->most))
		return SAW_TOTAL_RESTART;
	if (in->has_most && in->bits == 32 && in->continuity != SAW_CONTINUITY_DOUBTED) {
		*delta = step;
		return SAW_TOTAL_WRAP;
	}
	fit = fits(t, (double)step, seconds);
	if (fit == FIT_NO)
		return SAW_TOTAL_RESTART;
	if (fit == FIT_YES && in->bits == 32 && in->continuity == SAW_CONTINUITY_SHOWN) {
		*delta = step;
		return SAW_TOTAL_WRAP;
	}
	/* A younger row of a counter that could have wrapped is far more often a new row: that needs no wrap to explain it. */
	if (in->continuity == SAW_CONTINUITY_DOUBTED)
		return SAW_TOTAL_RESTART;
	return SAW_TOTAL_RESTART | SAW_TOTAL_GAP;
}

/* The value rose or stayed. */
static unsigned rose(const struct saw_total *t, const struct saw_total_input *in, double seconds, uint64_t *delta) {
	if (in->cleared) {
		*delta = in->raw;
		return SAW_TOTAL_RESTART;
	}
	*delta = in->raw - t->last;
	switch (in->continuity) {
	case SAW_CONTINUITY_BROKEN:
		*delta = in->raw;
		return SAW_TOTAL_RESTART;
	case SAW_CONTINUITY_DOUBTED:
		/* A counter that stands still at zero lost nothing. */
		return t->last ? SAW_TOTAL_GAP : 0;
	default:
		/* Long enough without a value for a whole turn to pass unseen. */
		return in->bits == 32 && t->has_rate && (double)t->rate * seconds >= (double)SPAN_32 ? SAW_TOTAL_GAP : 0;
	}
}

unsigned saw_total_add(struct saw_total *t, const struct saw_total_input *in, uint64_t *delta) {
	uint64_t step = 0;
	unsigned flags;
	double seconds;

	if (delta)
		*delta = 0;
	if (!in->scope_known)
		t->lower_bound = true;
	if (!t->seen) {
		t->seen = true;
		t->value = t->last = in->raw;
		t->last_ms = in->at_ms;
		return SAW_TOTAL_FIRST;
	}
	if (in->at_ms <= t->last_ms)
		return 0;
	seconds = (double)(in->at_ms - t->last_ms) / 1000;
	flags = in->raw < t->last ? fell(t, in, seconds, &step) : rose(t, in, seconds, &step);
	if (flags & SAW_TOTAL_GAP)
		t->lower_bound = true;
	if (!(flags & (SAW_TOTAL_GAP | SAW_TOTAL_RESTART))) {
		float rate = (float)((double)step / seconds);

		t->rate = t->has_rate ? (t->rate + rate) / 2 : rate;
		t->has_rate = true;
	}
	t->value = step > UINT64_MAX - t->value ? UINT64_MAX : t->value + step;
	t->last = in->raw;
	t->last_ms = in->at_ms;
	if (delta)
		*delta = step;
	return flags;
}
