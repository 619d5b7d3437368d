/*
 * Which device names which SNMPv3 engine: two that name one were cloned, or are one device under two names.
 *
 * Purpose:   RFC 3414 takes an engine ID for unique; managers that share clocks and keys by it confuse devices that share one. Ours are kept
 *            apart (wire.h), so it is only said.
 * Threads:   one per process, with the engine: devices of other collectors are not seen.
 * Ownership: names are copied.
 */
#ifndef SAWATCH_COLLECTORS_SNMP_FLEET_H
#define SAWATCH_COLLECTORS_SNMP_FLEET_H

#include "collectors/snmp/usm.h"

struct saw_fleet;

/* NULL without memory. */
struct saw_fleet *saw_fleet_create(void);
void saw_fleet_destroy(struct saw_fleet *f);

/*
 * The device answered as this engine. NULL, or another device that did so within the last day (which a device that was renamed or
 * replaced does no longer). Borrowed until the next call.
 */
const char *saw_fleet_take(struct saw_fleet *f, const char *device, const struct saw_usm_header *engine,
						   uint64_t now_ns);

#endif
