/*
 * What devices' running configurations say, as the hub hands it on to the part that audits: packed, opened only for the device's name. A part
 * that was started again gets all of it again.
 *
 * Ownership: what is taken is copied. Threads: the hub's loop. Bounds: SAW_CONFIGURATIONS_MAX bytes in all; what is more is handed on and not kept.
 */
#ifndef SAWATCH_DAEMON_CONFIGURATIONS_H
#define SAWATCH_DAEMON_CONFIGURATIONS_H

#include "daemon/feed.h"

#define SAW_CONFIGURATIONS_ROLE "audit"
#define SAW_CONFIGURATIONS_MAX (48U << 20) /* what waits for a part must fit its channel */

struct saw_configurations;

struct saw_configurations *saw_configurations_create(void);
void saw_configurations_destroy(struct saw_configurations *c); /* takes NULL */

/* data: a packed Configuration; copied. It takes the place of the device's last one. */
void saw_configurations_take(struct saw_configurations *c, const uint8_t *data, size_t len);
void saw_configurations_replay(const struct saw_configurations *c, struct saw_feeds *feeds);

#endif
