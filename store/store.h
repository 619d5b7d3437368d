/*
 * The store: what is known of every device and tunnel end, and the snapshots made of it.
 *
 * Purpose:   takes samples, resolves each row to its tunnel end (model/identity), adds its counters to totals that never
 *            decrease (model/totals), works out verdicts (model/verdict), and publishes immutable snapshots.
 *            With saw_store_open, what a snapshot shows is on the disk before it is published.
 * Threads:   the store belongs to the hub's loop; a snapshot may be read by any thread and is freed by its last owner.
 * Time:      comes in as Unix milliseconds; the store has no clock.
 */
#ifndef SAWATCH_STORE_STORE_H
#define SAWATCH_STORE_STORE_H

#include "config/config.h"
#include "proto/sawatch.pb-c.h"
#include "store/recent.h"

struct saw_store;

/* NULL without memory. */
struct saw_store *saw_store_create(int64_t now_ms);
void saw_store_destroy(struct saw_store *s);

/*
 * Keeps totals in a file of this folder, from now on and from an earlier run: before the first saw_store_configure, and before a
 * sandbox. Without it everything is in memory only. `note` (SAW_ERR_TEXT_MAX bytes): for the log where a file could not be used
 * and was set aside, else empty.
 */
int saw_store_open(struct saw_store *s, const char *folder, char *note, struct saw_err *err);
/* To be called once a second: ends whose SPIs changed look for their peers, and what changed goes to the disk, on a thread of its own. */
void saw_store_tick(struct saw_store *s, int64_t now_ms);
/* Why the disk does not take what is to be kept; NULL while it does. What is known is served all the same. */
const char *saw_store_trouble(const struct saw_store *s);
/* Samples taken so far, and how many of them the last snapshot holds. */
uint64_t saw_store_taken(const struct saw_store *s);
uint64_t saw_store_shown(const struct saw_store *s);

/* Takes a (new) configuration: names, inventory, intervals, sites. Devices that are no longer in it are forgotten, the
 * others keep what is known. Copies what it needs. */
int saw_store_configure(struct saw_store *s, const struct saw_config *c, int64_t now_ms);

/* A sample arrived; fields of it that are not in our schema are freed. SAW_EUNKNOWN: no such device is configured; SAW_EVERSION: a
 * schema newer than ours. */
int saw_store_sample(struct saw_store *s, Sawatch__V1__DeviceSample *sample, int64_t now_ms);

/* `bandwidth qos-reference` of a device's interfaces, as its running configuration says now: copied, in the place of what it said before. 0,
 * SAW_EUNKNOWN or -ENOMEM. */
int saw_store_references(struct saw_store *s, const char *device, Sawatch__V1__QosReference *const *list, size_t n);

/* Another device that names the same SNMPv3 engine, where the last sample of this device was the first to show it: once for each two.
 * NULL: nothing new. Borrowed until the next sample. */
const char *saw_store_twin_found(struct saw_store *s, const char *device);

/* What only the daemon knows of itself; shown with the next snapshot. */
struct saw_store_daemon {
	double scheduler_lag_seconds;
	uint64_t polls_missed, collector_restarts, config_reloads, config_reload_failures;
	int64_t started_ms; /* since when; Unix time, 0: not known */
};
void saw_store_daemon(struct saw_store *s, const struct saw_store_daemon *d);

/*
 * A part of the daemon in a process of its own (Snapshot.exporters): how the process does; error NULL: well. 0 or -ENOMEM.
 * _says: what it says itself; taken, and dropped where the part is not known. _gone: it is not configured any more.
 */
int saw_store_exporter(struct saw_store *s, const char *name, bool up, uint64_t restarts, const char *error);
void saw_store_exporter_says(struct saw_store *s, const char *name, Sawatch__V1__Exporter *says);
void saw_store_exporter_gone(struct saw_store *s, const char *name);

/* The worker that polls these devices died: what they showed is unknown until it is back. */
void saw_store_lost(struct saw_store *s, const char *device, const char *why, int64_t now_ms);

/* The last hour of a tunnel end, oldest first; how many points. An end that is not there has none. */
size_t saw_store_recent(const struct saw_store *s, const char *device, const char *tunnel, int64_t now_ms,
						Sawatch__V1__RecentPoint out[SAW_RECENT_POINTS]);

struct saw_snapshot {
	Sawatch__V1__Snapshot *pb;
	_Atomic unsigned refs;
};

/*
 * The picture as of now_ms; one reference is the caller's. Ages and states that change by time alone (stale, gone) are worked
 * out here. The same snapshot is returned again while nothing has changed and it is not older than a second. It may wait for the
 * disk, for a second at the most.
 */
struct saw_snapshot *saw_store_snapshot(struct saw_store *s, int64_t now_ms);
struct saw_snapshot *saw_snapshot_ref(struct saw_snapshot *s);
void saw_snapshot_unref(struct saw_snapshot *s);

#endif
