/*
 * A snapshot of one device without a daemon: `sawatch snapshot` polls it, so that the plugin itself loads no SNMP or SSH library.
 *
 * Threads:   blocks its caller for at most timeout_ms; the child is ended then, and with its parent.
 * Ownership: the snapshot is the caller's: sawatch__v1__snapshot__free_unpacked(s, NULL).
 * Errors:    SAW_ETIMEOUT, SAW_EFORMAT, SAW_EUNKNOWN (in the child's own words, behind the device), -errno; with a text.
 */
#ifndef SAWATCH_PLUGINS_DIRECT_H
#define SAWATCH_PLUGINS_DIRECT_H

#include "core/buf.h"
#include "core/err.h"
#include "proto/sawatch.pb-c.h"

struct saw_direct {
	const char *config;    /* of sawatchd; NULL: where it is by default */
	const char *device;    /* a name in it, or the address of the only one */
	const char *address;   /* NULL, or what else it may be found by */
	const char *state_dir; /* NULL: below $XDG_RUNTIME_DIR, else /tmp/sawatch-UID */
	unsigned timeout_ms;
};

/* notes: gets what the tool says beside a good answer, as one line; empty where that is nothing. */
int saw_direct_ask(const struct saw_direct *d, Sawatch__V1__Snapshot **out, struct saw_buf *notes, struct saw_err *err);

#endif
