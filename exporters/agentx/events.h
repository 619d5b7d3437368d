/*
 * What is worth a notification: the differences between what was told and what is.
 *
 * Rules:
 *  - Unknown says nothing: a tunnel that was up, could not be read, and is up again is told nowhere; one that is down by then is.
 *  - What lasts shorter than `hold` is not told. What is in maintenance is not told; what is still wrong when that ends is.
 *  - What is well when it is first seen is not told; what is wrong then is.
 *  - What was told is kept over restarts (saw_events_save, and what saw_events_told brings of later). Whether it arrived is the
 *    sender's affair (daemon/outbox.h).
 *  - Tunnels of a device that does not answer are unknown: the device is told, once.
 * Purpose:   each change once, whatever the number of snapshots between.
 * Threads:   one. Pure: time comes in, notices go out.
 * Bounds:    SAW_EVENTS_MAX things are remembered. What is not seen for a day is forgotten.
 */
#ifndef SAWATCH_EXPORTERS_AGENTX_EVENTS_H
#define SAWATCH_EXPORTERS_AGENTX_EVENTS_H

#include "exporters/agentx/notice.h"
#include "exporters/agentx/view.h"

#define SAW_EVENTS_MAX 500000

struct saw_events_options {
	uint64_t hold_ms;
	double replay_burst; /* packets per second; it ends below half of that */
	/* Whether nobody is to be woken for a device; may be NULL. */
	bool (*silenced)(void *ctx, const char *device);
	/* Takes the notice, which has its serial number. */
	void (*notify)(void *ctx, struct saw_notice *n);
	void *ctx;
};

struct saw_events;

struct saw_events *saw_events_create(void); /* NULL without memory */
void saw_events_destroy(struct saw_events *e);

/* Looks at a new view. */
int saw_events_look(struct saw_events *e, const struct saw_view *v, const struct saw_events_options *o, int64_t now_ms);
/* Tells what has lasted long enough since. */
void saw_events_due(struct saw_events *e, const struct saw_events_options *o, int64_t now_ms);
int64_t saw_events_next_ms(const struct saw_events *e); /* when that will be for the next; 0: nothing waits */

/* What was told, as text, one thing a line; and up to which serial number that is. */
void saw_events_save(struct saw_events *e, struct saw_buf *out);
bool saw_events_changed(const struct saw_events *e); /* since the last save or load */
uint64_t saw_events_serial(const struct saw_events *e);
/* Takes what was saved; lines that are none are left out. */
int saw_events_load(struct saw_events *e, const char *text, size_t n, int64_t now_ms);
/* Behind that, in order: a notice that was given out later than what was saved; an earlier one changes nothing. 0 or -ENOMEM. */
int saw_events_told(struct saw_events *e, const char *key, int state, uint64_t serial, int64_t now_ms);

#endif
