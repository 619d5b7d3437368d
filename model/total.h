/*
 * One total: a device's counter that goes on over rekeys, restarts and lost polls. Never decreases.
 *
 * Rules:
 *  - The first value ever seen is where the total starts.
 *  - An SPI that changed means nothing here: the next value is compared with the last one.
 *  - A value below the last is a restart (it counts in full), or a wrap: where the counter is 32 bits wide, its row is known to
 *    have gone on, and the step fits the rate seen so far, or the bytes that went with it.
 *  - What began anew beside it, beyond doubt, began anew here too.
 *  - Where neither can be told, the total takes the lower bound and the step is a gap.
 * Pure; time comes in.
 */
#ifndef SAWATCH_MODEL_TOTAL_H
#define SAWATCH_MODEL_TOTAL_H

#include <stdbool.h>
#include <stdint.h>

/* What is known of the counter's scope between two values. */
enum saw_continuity {
	SAW_CONTINUITY_ASSUMED, /* nothing speaks against it */
	SAW_CONTINUITY_SHOWN,   /* same row, and the device's uptime and the row's age went on */
	SAW_CONTINUITY_DOUBTED, /* another row, a younger row, or gone in between: it may have begun anew */
	SAW_CONTINUITY_BROKEN,  /* the device restarted: it did begin anew */
};

struct saw_total {
	uint64_t value; /* the total */
	uint64_t last;  /* raw */
	int64_t last_ms;
	float rate; /* per second, smoothed; meaningful with has_rate */
	bool seen, has_rate, lower_bound;
};

struct saw_total_input {
	uint64_t raw;
	int64_t at_ms;
	unsigned bits; /* 32, 64; 0: not known */
	enum saw_continuity continuity;
	bool scope_known;
	bool cleared;  /* another counter of the same row began anew, which is beyond doubt */
	bool has_most; /* its bytes went on, */
	uint64_t most; /* and cannot have done so with more packets than these */
};

enum {
	SAW_TOTAL_FIRST = 1,
	SAW_TOTAL_RESTART = 2,
	SAW_TOTAL_WRAP = 4,
	SAW_TOTAL_GAP = 8,
};

/* What a counter of 32 bits that shows `raw` has counted if it wrapped. */
uint64_t saw_total_turn(const struct saw_total *t, uint64_t raw);

/* Returns flags; *delta (may be NULL) is what was added. A value that is not newer than the last one is ignored. */
unsigned saw_total_add(struct saw_total *t, const struct saw_total_input *in, uint64_t *delta);

#endif
