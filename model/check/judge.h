/*
 * What the files of the check share: its tables, and what is said alike of all subjects. Nobody else includes this.
 *
 *   check.c      finds the device, how old its data is, and who judges
 *   quantity.c   what can be judged
 *   modes.c      which mode judges what, with which thresholds
 *   judge.c      pieces of what is said
 *   findings.c   many of a kind, worst first
 *   next.c       what to do about it
 *   tunnel.c     one tunnel, or all of a device
 *   aspect.c     what a mode says of a tunnel beside its quantities
 *   link.c       both ends of a link, or of all of a device
 *   device.c     how a device is read; its BGP peers
 *   audit.c      what the audit found in a device's configuration
 *   fleet.c      counts over many devices
 */
#ifndef SAWATCH_MODEL_CHECK_JUDGE_H
#define SAWATCH_MODEL_CHECK_JUDGE_H

#include "model/check/check.h"
#include "model/check/findings.h"

struct saw_check_quantity {
	const char *name, *uom, *words, *unit;
	bool (*of)(const void *subject, double *v); /* the subject is the mode's */
	const char *absent;                         /* why it may not be known */
	const char *(*off)(const void *subject);    /* NULL, or why there is none, which is no fault */
};
extern const struct saw_check_quantity saw_check_quantities[SAW_QUANTITIES];

enum saw_use_kind {
	SAW_USE_NONE,
	SAW_USE_NEEDED, /* not known is UNKNOWN */
	SAW_USE_SHOWN,  /* where it is known */
	SAW_USE_ASKED,  /* where the user gives a threshold */
};

struct saw_check_use {
	enum saw_use_kind kind;
	enum saw_quantity q;
	const char *warning, *critical; /* defaults; NULL: none */
};

#define SAW_USES_MAX 6

enum saw_check_about { SAW_ABOUT_TUNNELS, SAW_ABOUT_LINKS, SAW_ABOUT_DEVICE, SAW_ABOUT_ALL };

struct judge;

struct saw_check_mode_row {
	const char *name, *service;
	enum saw_check_about about;
	bool has_own;   /* a range without a name is of the first use */
	bool when_down; /* tunnels that carry nothing are judged too */
	void (*run)(struct judge *j, struct saw_output *out);
	/* Says what the quantities do not, behind `between`. NULL: nothing. */
	enum saw_status (*also)(const struct judge *j, const Sawatch__V1__TunnelEnd *t, const char *between,
							struct saw_buf *b);
	struct saw_check_use uses[SAW_USES_MAX]; /* the first without a kind ends it */
	const char *help;
};
extern const struct saw_check_mode_row saw_check_modes[SAW_CHECK_MODES];

/* How well the device is read; worked out once. */
struct judge {
	const struct saw_check *c;
	const struct saw_check_mode_row *mode;
	const Sawatch__V1__Snapshot *s;
	const Sawatch__V1__Device *device; /* NULL: of links, and before a device's turn in a fleet */
	bool has_age, too_old;
	double age, max_age; /* seconds, of the newest that was read */
};

/* The subject of the counts' quantities. */
struct saw_check_counts {
	size_t down, missing, degraded, unexpected, unknown, unread;
};

/* Likewise, of what an audit found. */
struct saw_check_audit_counts {
	size_t fail, warn, info;
};

/* Makes the device the one that is judged. */
void saw_check_turn_to(struct judge *j, const Sawatch__V1__Device *d);

/* Says the value, and the threshold it breaks. */
enum saw_status saw_check_judge_value(const struct judge *j, enum saw_quantity q, double v, struct saw_buf *b);
bool saw_check_has_threshold(const struct judge *j, enum saw_quantity q);

/* Says what the mode judges of the subject, each behind `between` (the first) or ", ". *said: whether there was anything. */
enum saw_status saw_check_judge_uses(const struct judge *j, const void *subject, const char *between, struct saw_buf *b,
									 bool *said);

/* prefix: of the label; NULL for none. Of all uses that are known, or of those that are needed only. */
void saw_check_put_perf(const struct judge *j, const void *subject, const char *prefix, bool needed_only,
						struct saw_output *out);

/* Why the device's sources give nothing, in the device's own words. False, and nothing, where one of them is well. */
bool saw_check_put_source_errors(const struct judge *j, struct saw_buf *b);
void saw_check_put_too_old(const struct judge *j, struct saw_buf *b);
void saw_check_put_texts(char *const *texts, size_t n, const char *before, struct saw_buf *b);
/* "DEVICE: data is 2h old, ...; why" as the whole answer. */
void saw_check_say_too_old(const struct judge *j, struct saw_output *out);

/* "berlin-1 to ASR-WAN01", with_device: "ASA-XFW01/berlin-1 to ASR-WAN01"; the peer's address where no link is known. */
void saw_check_put_tunnel_name(const struct judge *j, const Sawatch__V1__TunnelEnd *t, bool with_device,
							   struct saw_buf *b);

/* next.c; the last line of the long output where something is wrong. t: NULL, or the tunnel that is worst. */
void saw_check_put_next(const struct judge *j, enum saw_status status, const Sawatch__V1__TunnelEnd *t,
						struct saw_output *out);

/* tunnel.c */
void saw_check_tunnels(struct judge *j, struct saw_output *out);
enum saw_status saw_check_state_status(Sawatch__V1__TunnelState s);

/* aspect.c */
enum saw_status saw_check_also_replay(const struct judge *j, const Sawatch__V1__TunnelEnd *t, const char *between,
									  struct saw_buf *b);
enum saw_status saw_check_also_mtu(const struct judge *j, const Sawatch__V1__TunnelEnd *t, const char *between,
								   struct saw_buf *b);
enum saw_status saw_check_also_lifetime(const struct judge *j, const Sawatch__V1__TunnelEnd *t, const char *between,
										struct saw_buf *b);
enum saw_status saw_check_also_errors(const struct judge *j, const Sawatch__V1__TunnelEnd *t, const char *between,
									  struct saw_buf *b);
enum saw_status saw_check_also_rekey(const struct judge *j, const Sawatch__V1__TunnelEnd *t, const char *between,
									 struct saw_buf *b);
enum saw_status saw_check_also_ike(const struct judge *j, const Sawatch__V1__TunnelEnd *t, const char *between,
								   struct saw_buf *b);
/* The layers, what the SAs use, and what the mode has to say at length, as lines. */
void saw_check_put_tunnel_details(const struct judge *j, const Sawatch__V1__TunnelEnd *t, struct saw_buf *b);

/* link.c, device.c, audit.c, fleet.c */
void saw_check_links(struct judge *j, struct saw_output *out);
void saw_check_device(struct judge *j, struct saw_output *out);
void saw_check_bgp(struct judge *j, struct saw_output *out);
void saw_check_audit(struct judge *j, struct saw_output *out);
void saw_check_fleet(struct judge *j, struct saw_output *out);
void saw_check_inventory(struct judge *j, struct saw_output *out);

/* quantity.c */
/* A total's rate, where it is of now; name: as in IpsecSa. */
bool saw_check_rate(const Sawatch__V1__TunnelEnd *t, const char *name, double *v);
/* The fastest growing of the errors, and its name; false where no rate is known. */
bool saw_check_fastest_error(const Sawatch__V1__TunnelEnd *t, double *v, const char **reason);
bool saw_check_is_partial(const Sawatch__V1__TableStatus *t);

#endif
