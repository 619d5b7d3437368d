/*
 * From a snapshot to what a plugin says of a device or its tunnels. What a mode judges and its defaults are tables in check.c.
 *
 * Rule:  CRITICAL and WARNING only for what was read and is bad; what could not be read, is not known or is too old is UNKNOWN; a
 *        tunnel in maintenance is OK.
 * Pure: no clock (the daemon's own is in the snapshot), no I/O.
 */
#ifndef SAWATCH_PLUGINS_CHECK_H
#define SAWATCH_PLUGINS_CHECK_H

#include "core/text.h"
#include "plugins/output.h"
#include "proto/sawatch.pb-c.h"

enum saw_check_mode { SAW_CHECK_TUNNEL, SAW_CHECK_REPLAY, SAW_CHECK_MTU, SAW_CHECK_DEVICE, SAW_CHECK_MODES };

enum saw_quantity {
	SAW_QUANTITY_REPLAY_RATE,
	SAW_QUANTITY_MTU,
	SAW_QUANTITY_SA_REMAINING,
	SAW_QUANTITY_IKE_REMAINING,
	SAW_QUANTITY_AGE,
	SAW_QUANTITY_POLL_DURATION,
	SAW_QUANTITIES
};

struct saw_threshold {
	bool has_warning, has_critical;
	struct saw_range warning, critical;
};

struct saw_check {
	const char *device;
	const char *tunnel; /* NULL: all of the device's */
	enum saw_check_mode mode;
	double max_age_seconds; /* older data is UNKNOWN; negative: three poll intervals and half a minute */
	struct saw_threshold thresholds[SAW_QUANTITIES];
};

/* False where no mode has this name. */
bool saw_check_mode_named(const char *name, enum saw_check_mode *out);
const char *saw_check_service(enum saw_check_mode mode); /* "SAWATCH TUNNEL" */

/* The thresholds of the mode where nothing else is said. To be called once the mode is known, before saw_check_threshold. */
void saw_check_defaults(struct saw_check *c);

/* "RANGE" for the mode's own quantity, or "NAME=RANGE[,NAME=RANGE]...". SAW_EFORMAT with err. */
int saw_check_threshold(struct saw_check *c, bool critical, const char *text, struct saw_err *err);

/* The names of the quantities the mode can judge, as "a, b"; for messages. */
void saw_check_put_quantities(enum saw_check_mode mode, struct saw_buf *out);

/*
 * Judges. The snapshot is the daemon's answer for the device (and tunnel). False: it does not hold the device or the tunnel
 * asked for; nothing was said then: ask for the names and call saw_check_not_found.
 */
bool saw_check_run(const struct saw_check *c, const Sawatch__V1__Snapshot *s, struct saw_output *out);

/* UNKNOWN, with the names that come near. s: the daemon's devices, and the device's tunnels if it is known. */
void saw_check_not_found(const struct saw_check *c, const Sawatch__V1__Snapshot *s, struct saw_output *out);

#endif
