/*
 * Simulated time: what has passed since the start, and what was jumped over.
 */
#ifndef SAWATCH_SIM_CLOCK_H
#define SAWATCH_SIM_CLOCK_H

#include <stdint.h>
#include <time.h>

struct saw_sim_clock {
	uint64_t start_ms; /* of the monotonic clock, which all processes share */
	uint64_t skipped_ms;
};

static inline uint64_t saw_sim_monotonic_ms(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static inline uint64_t saw_sim_clock_ms(const struct saw_sim_clock *c) {
	return saw_sim_monotonic_ms() - c->start_ms + c->skipped_ms;
}

#endif
