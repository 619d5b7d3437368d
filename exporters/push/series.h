/*
 * The series that were sent to a server: which of them are not there any more, and since when each counter counts.
 *
 * Purpose:   a series that ends is said to have ended, once; a cumulative sum has a beginning (OTLP).
 * Ownership: keys are copied; what is handed out is the set's until the next saw_series_begin.
 * Pure.
 */
#ifndef SAWATCH_EXPORTERS_PUSH_SERIES_H
#define SAWATCH_EXPORTERS_PUSH_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct saw_series_set;

struct saw_series_entry {
	int64_t start_ms; /* the caller's; 0 when it is new */
	double last;      /* the caller's */
	uint64_t hash;
	size_t at; /* of its key */
	uint32_t len, round;
	uint32_t times; /* that it was seen in this round */
};

/* seed: anything that a device cannot know. NULL without memory. */
struct saw_series_set *saw_series_create(uint64_t seed);
void saw_series_destroy(struct saw_series_set *s);

/* Another look at all of them begins. */
void saw_series_begin(struct saw_series_set *s);
/* This one is there. NULL without memory. */
struct saw_series_entry *saw_series_seen(struct saw_series_set *s, const void *key, size_t len);
/* Those that were there before and were not seen since saw_series_begin: each is told, and forgotten. */
void saw_series_end(struct saw_series_set *s, void (*gone)(void *ctx, const void *key, size_t len), void *ctx);
size_t saw_series_count(const struct saw_series_set *s);
/* This one is not there any more, whatever was seen. Nobody is told but who watches. */
void saw_series_forget(struct saw_series_set *s, const void *key, size_t len);

/* Each one that is there, by its bytes. 0 or -ENOMEM. */
int saw_series_each(const struct saw_series_set *s, void (*each)(void *ctx, const void *key, size_t len), void *ctx);
/* Who is told of each that comes and goes; NULL: nobody. */
void saw_series_watch(struct saw_series_set *s, void (*changed)(void *ctx, bool begun, const void *key, size_t len),
					  void *ctx);

#endif
