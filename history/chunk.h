/*
 * Points of one tunnel end as few bytes, and back.
 *
 * Purpose:   a chunk is what the store keeps of a day (or, of one point an hour, of a month). Times and totals are differences to
 *            the point before; 32 of them at a time are stored as the least one and what each has above it, in as many bits as
 *            the largest needs. States and what is known are runs. A column that never moves takes two bytes.
 *            A batch is what is kept until then: points of many ends, each on its own.
 * Bounds:    SAW_CHUNK_POINTS points, whatever the bytes say; a checksum finds what the disk changed.
 * Errors:    SAW_EFORMAT: not a chunk, or damaged; SAW_EVERSION; SAW_ELIMIT: too many points; -ENOMEM.
 * Pure.
 */
#ifndef SAWATCH_HISTORY_CHUNK_H
#define SAWATCH_HISTORY_CHUNK_H

#include "core/buf.h"
#include "history/series.h"

#define SAW_CHUNK_POINTS 20000 /* a day of one each five seconds, and changes of state */
#define SAW_CHUNK_BYTES (4U << 20)

struct saw_points {
	struct saw_point *p;
	size_t n, room;
};

/* Room for `more` points behind the n that there are. 0 or -ENOMEM. */
int saw_points_reserve(struct saw_points *points, size_t more);
int saw_points_add(struct saw_points *points, const struct saw_point *p);
void saw_points_free(struct saw_points *points);
/* In order of time, one of each; of two at one time the first stays. Returns whether there were two. */
bool saw_points_sort(struct saw_points *points);

/* Leaves of the points from `first` on, which are in order, those in [from, to). */
void saw_points_cut(struct saw_points *points, size_t first, int64_t from_ms, int64_t to_ms);

/* Appends n points, which are in order of time, one of each. */
int saw_chunk_write(const struct saw_point *p, size_t n, struct saw_buf *out);
/* Appends the chunk's points. */
int saw_chunk_read(const uint8_t *bytes, size_t len, struct saw_points *out);

/* A point of an end at the batch's end. */
void saw_batch_put(struct saw_buf *batch, uint32_t end, const struct saw_point *p);
/* 1: *end and *p are the next ones, *at moves on; 0: that was all; SAW_EFORMAT. */
int saw_batch_next(const uint8_t *bytes, size_t len, size_t *at, uint32_t *end, struct saw_point *p);

/*
 * What is left of old points: the last of each `every_ms` (totals need no mean), and those where state or maintenance changed or
 * readings were farther apart than hole_ms, before and after. Rates between two that are left are exact, and so is the time spent
 * in each state. In place.
 */
void saw_points_thin(struct saw_points *points, int64_t every_ms, int64_t hole_ms);

#endif
