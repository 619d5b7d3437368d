/*
 * From a snapshot to what a plugin says of a device, its tunnels or links, or all of them. What a mode judges and its defaults are
 * tables in modes.c.
 *
 * Rule:  CRITICAL and WARNING only for what was read and is bad; what could not be read, is not known or is too old is UNKNOWN; what
 *        is in maintenance is OK.
 * Pure: no clock (the daemon's own is in the snapshot), no I/O.
 */
#ifndef SAWATCH_MODEL_CHECK_CHECK_H
#define SAWATCH_MODEL_CHECK_CHECK_H

#include "core/text.h"
#include "model/check/output.h"
#include "proto/api.h"

enum saw_check_mode {
	SAW_CHECK_TUNNEL,
	SAW_CHECK_LINK,
	SAW_CHECK_REPLAY,
	SAW_CHECK_MTU,
	SAW_CHECK_LIFETIME,
	SAW_CHECK_THROUGHPUT,
	SAW_CHECK_ERRORS,
	SAW_CHECK_REKEY,
	SAW_CHECK_IKE,
	SAW_CHECK_BGP,
	SAW_CHECK_INVENTORY,
	SAW_CHECK_DEVICE,
	SAW_CHECK_AUDIT,
	SAW_CHECK_FLEET,
	SAW_CHECK_MODES
};

enum saw_quantity {
	SAW_QUANTITY_REPLAY_RATE,
	SAW_QUANTITY_REPLAY_RATIO,
	SAW_QUANTITY_MTU,
	SAW_QUANTITY_TUNNEL_MTU,
	SAW_QUANTITY_MSS,
	SAW_QUANTITY_SA_REMAINING,
	SAW_QUANTITY_IKE_REMAINING,
	SAW_QUANTITY_IN_BPS,
	SAW_QUANTITY_OUT_BPS,
	SAW_QUANTITY_IN_PERCENT,
	SAW_QUANTITY_OUT_PERCENT,
	SAW_QUANTITY_ERROR_RATE,
	SAW_QUANTITY_REKEYS,
	SAW_QUANTITY_FLAPS,
	SAW_QUANTITY_LOSS,
	SAW_QUANTITY_LOSS_BOUND,
	SAW_QUANTITY_PREFIXES,
	SAW_QUANTITY_UP_SECONDS,
	SAW_QUANTITY_AGE,
	SAW_QUANTITY_POLL_DURATION,
	SAW_QUANTITY_PARTIAL_TABLES,
	SAW_QUANTITY_AUDIT_FAIL,
	SAW_QUANTITY_AUDIT_WARN,
	SAW_QUANTITY_AUDIT_INFO,
	SAW_QUANTITY_DOWN,
	SAW_QUANTITY_MISSING,
	SAW_QUANTITY_DEGRADED,
	SAW_QUANTITY_UNEXPECTED,
	SAW_QUANTITY_UNKNOWN,
	SAW_QUANTITY_UNREAD,
	SAW_QUANTITIES
};

struct saw_threshold {
	bool has_warning, has_critical;
	bool asked; /* by the user: that the value is not known is UNKNOWN then */
	struct saw_range warning, critical;
};

#define SAW_CHECK_PATTERNS 16

struct saw_check_patterns {
	const char *list[SAW_CHECK_PATTERNS];
	size_t n;
};

struct saw_check {
	const char *device;
	const char *tunnel; /* NULL: all of the device's */
	const char *link;
	struct saw_check_patterns include,
		exclude; /* of "DEVICE/TUNNEL", as fnmatch(3) has them; without a slash: of the device */
	enum saw_check_mode mode;
	double max_age_seconds; /* older data is UNKNOWN; negative: three poll intervals and half a minute */
	bool direct;            /* no daemon was asked, that a person could ask next */
	unsigned verbose;       /* 2: long output has all that is known of each tunnel */
	struct saw_threshold thresholds[SAW_QUANTITIES];
};

/* False where no mode has this name. */
bool saw_check_mode_named(const char *name, enum saw_check_mode *out);
const char *saw_check_service(enum saw_check_mode mode); /* "SAWATCH TUNNEL" */
void saw_check_put_mode_names(struct saw_buf *out);      /* "tunnel, link, ..." */
void saw_check_put_modes_help(struct saw_buf *out);      /* what each judges, with its defaults; lines of a help text */

/* Whether device, tunnel, link and patterns are what the mode can do with. SAW_EFORMAT with err. */
int saw_check_complete(const struct saw_check *c, struct saw_err *err);

/* The thresholds of the mode where nothing else is said. To be called once the mode is known, before saw_check_threshold. */
void saw_check_defaults(struct saw_check *c);

/* "RANGE" for the mode's own quantity, or "NAME=RANGE[,NAME=RANGE]...". SAW_EFORMAT with err. */
int saw_check_threshold(struct saw_check *c, bool critical, const char *text, struct saw_err *err);

/* The names of the quantities the mode can judge, as "a, b"; for messages. */
void saw_check_put_quantities(enum saw_check_mode mode, struct saw_buf *out);

/* What is to be asked of the daemon; the texts are the check's. */
struct saw_api_query saw_check_query(const struct saw_check *c);

/*
 * Judges. The snapshot is the daemon's answer to saw_check_query. False: it does not hold what was asked for; nothing was said then:
 * ask saw_check_names_query and call saw_check_not_found with the answer.
 */
bool saw_check_run(const struct saw_check *c, const Sawatch__V1__Snapshot *s, struct saw_output *out);

/* What to ask for names that come near, after the answer s did not hold it. */
struct saw_api_query saw_check_names_query(const struct saw_check *c, const Sawatch__V1__Snapshot *s);

/* UNKNOWN, with the names that come near. */
void saw_check_not_found(const struct saw_check *c, const Sawatch__V1__Snapshot *s, struct saw_output *out);

#endif
