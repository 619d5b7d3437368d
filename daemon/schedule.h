/*
 * When a device is polled, and by which collector.
 *
 * Purpose:   devices are spread over the interval by a hash of a text (the link's name where there is one, so that both ends
 *            of a link fall into the same tick), on a grid that every collector of this host shares.
 * Pure: no clock; times are nanoseconds of the monotonic clock.
 */
#ifndef SAWATCH_DAEMON_SCHEDULE_H
#define SAWATCH_DAEMON_SCHEDULE_H

#include <stdint.h>

uint64_t saw_schedule_hash(const char *text);

/* The collector, of n, that a device is dealt to. With another n only as many devices move as must. */
unsigned saw_schedule_collector(const char *device, unsigned n);

/* The first poll after a start: soon, yet spread over the shorter of the interval and ten seconds. */
uint64_t saw_schedule_first(uint64_t now_ns, uint64_t interval_ns, uint64_t hash);

/* The poll after the one that was due at due_ns: the first place on the grid that is at least half an interval later, and not
 * before now_ns (places that were overslept are left out, not made up for). */
uint64_t saw_schedule_next(uint64_t due_ns, uint64_t now_ns, uint64_t interval_ns, uint64_t hash);

#define SAW_SCHEDULE_BUSY_PERCENT 70
#define SAW_SCHEDULE_CALM_PERCENT 60

/*
 * How many times the configured interval a device is left alone for, after a poll that gave something and took took_ns, by a
 * device whose CPU is at cpu_percent (-1: it does not say): doubled (up to 4) when the poll took more than a quarter of the
 * present interval or the CPU is above SAW_SCHEDULE_BUSY_PERCENT; halved when the poll took less than a sixteenth and the CPU
 * is not above SAW_SCHEDULE_CALM_PERCENT.
 */
unsigned saw_schedule_factor(unsigned factor, uint64_t interval_ns, uint64_t took_ns, int cpu_percent);

/* How long to wait before a process that died is started again: 1 s, doubled with each death, at most 60 s. */
uint64_t saw_schedule_backoff_ms(unsigned deaths);

#endif
