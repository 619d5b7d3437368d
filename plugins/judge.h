/*
 * What the files of the check share: its tables, and what is said alike of tunnels and devices. Nobody else includes this.
 *
 *   check.c      finds the device, how old its data is, and who judges
 *   quantity.c   what can be judged, by which mode, with which thresholds
 *   judge.c      pieces of what is said
 *   tunnel.c     one tunnel, or all of a device
 *   device.c     how a device is read
 */
#ifndef SAWATCH_PLUGINS_JUDGE_H
#define SAWATCH_PLUGINS_JUDGE_H

#include "plugins/check.h"

struct saw_check_quantity {
	const char *name, *uom, *words, *unit;
	bool (*of_tunnel)(const Sawatch__V1__TunnelEnd *t, double *v); /* NULL: of the device's reading */
	const char *absent;                                            /* why it may not be known */
};
extern const struct saw_check_quantity saw_check_quantities[SAW_QUANTITIES];

/* What a mode is about. `own` is always judged; the others where a threshold is given. */
struct saw_check_mode_row {
	const char *name, *service;
	bool of_tunnel, has_own;
	enum saw_quantity own;
	const char *warning, *critical;
};
extern const struct saw_check_mode_row saw_check_modes[SAW_CHECK_MODES];

/* How well the device is read; worked out once. */
struct judge {
	const struct saw_check *c;
	const Sawatch__V1__Snapshot *s;
	const Sawatch__V1__Device *device;
	bool has_age, too_old;
	double age, max_age; /* seconds, of the newest that was read */
	struct saw_buf text; /* what is said of each tunnel */
};

/* Says the value, and the threshold it breaks. */
enum saw_status saw_check_judge_value(const struct judge *j, enum saw_quantity q, double v, struct saw_buf *b);
bool saw_check_is_judged(const struct judge *j, enum saw_quantity q);
/* prefix: of the label; NULL for none. */
void saw_check_put_perf(const struct judge *j, struct saw_output *out, const char *prefix, enum saw_quantity q,
						double v);
/* Why the device's sources give nothing, in the device's own words. False, and nothing, where one of them is well. */
bool saw_check_put_source_errors(const struct judge *j, struct saw_buf *b);
void saw_check_put_too_old(const struct judge *j, struct saw_buf *b);
void saw_check_put_reasons(const Sawatch__V1__TunnelEnd *t, const char *before, struct saw_buf *b);
bool saw_check_is_of_layer(const Sawatch__V1__TunnelEnd *t, const char *reason); /* it was said with its layer */

/* The tunnels of the snapshot: one that was asked for, or all. */
void saw_check_tunnels(struct judge *j, struct saw_output *out);
void saw_check_device(struct judge *j, struct saw_output *out);

#endif
