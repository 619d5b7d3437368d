/*
 * A notification, ready to be sent: what it is, and the objects that it carries.
 *
 * Ownership: by whoever holds it; saw_notice_destroy.
 * Pure.
 */
#ifndef SAWATCH_EXPORTERS_AGENTX_NOTICE_H
#define SAWATCH_EXPORTERS_AGENTX_NOTICE_H

#include "exporters/agentx/mib.h"

#define SAW_NOTICE_OBJECTS 16
#define SAW_NOTICE_KEY 480

struct saw_notice_object {
	uint32_t rel[SAW_MIB_REL_MAX]; /* below the root */
	size_t n;
	struct saw_mib_value value;
};

struct saw_notice {
	const struct saw_mib_notification *what;
	uint64_t serial;          /* 0: not given yet */
	int64_t at_ms;            /* when it happened */
	char device[72];          /* whose it is, for the log; empty for a link */
	char about[332];          /* the tunnel or the link */
	char key[SAW_NOTICE_KEY]; /* of the events (events.h): what was told by it */
	int state;                /* and that it is so */
	int32_t id;               /* of every message with it, so that one that comes again is known; the sender's, as is */
	uint32_t uptime;          /* sysUpTime, in hundredths of a second */
	struct saw_notice_object objects[SAW_NOTICE_OBJECTS]; /* those of the event first */
	size_t n;
};

/* The notification of this name about a row. NULL without memory. */
struct saw_notice *saw_notice_create(const char *name, const struct saw_mib_row *row, int64_t at_ms, const char *text);
/* One whose objects are to follow. NULL: there is no such notification, or no memory. */
struct saw_notice *saw_notice_named(const char *name);
void saw_notice_destroy(struct saw_notice *n); /* takes NULL */
void saw_notice_number(struct saw_notice *n, uint64_t serial);

#endif
