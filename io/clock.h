/*
 * The clocks. Pure code is handed the time; whoever hands it over reads it here.
 *
 * Errors: none: these clocks are always there.
 */
#ifndef SAWATCH_IO_CLOCK_H
#define SAWATCH_IO_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Since 1970, as people tell the time; it can be set, and then jumps. */
static inline int64_t saw_wall_ms(void) {
	struct timespec t = {0};

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Since some moment, and only forward: for deadlines and durations. */
static inline uint64_t saw_steady_ns(void) {
	struct timespec t = {0};

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static inline int64_t saw_steady_ms(void) {
	return (int64_t)(saw_steady_ns() / 1000000);
}

#endif
