/*
 * The SNMP collector: one poll of one device -> one packed DeviceSample.
 *
 * Purpose:   reads the system group, the tables of CISCO-IPSEC-FLOW-MONITOR-MIB, the tunnel interfaces of IF-MIB, load,
 *            sessions and BGP peers, one request in flight or a window of them, and says of each table whether it was read to its
 *            end.
 * Threads:   one engine per process (Net-SNMP's SNMPv3 state is global); everything is called from one thread.
 * Ownership: the caller keeps the descriptor's loop: it watches saw_snmp_poll_fd for reading and calls _ready, and calls _timer
 *            when saw_snmp_poll_next_ns has come. The poll owns the descriptor from _start on and closes it.
 * Errors:    none stops the process; a poll always ends in `done` with a sample that says what could not be read and why.
 * Sources:   RFC 3416 (GETBULK), RFC 3414 (USM), CISCO-IPSEC-FLOW-MONITOR-MIB, IF-MIB.
 */
#ifndef SAWATCH_COLLECTORS_SNMP_SNMP_H
#define SAWATCH_COLLECTORS_SNMP_SNMP_H

#include "collectors/snmp/varbind.h"
#include "core/err.h"
#include "proto/sawatch.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum saw_snmp_version { SAW_SNMP_V1 = 1, SAW_SNMP_V2C = 2, SAW_SNMP_V3 = 3 };
enum saw_snmp_auth {
	SAW_SNMP_AUTH_NONE,
	SAW_SNMP_AUTH_MD5,
	SAW_SNMP_AUTH_SHA1,
	SAW_SNMP_AUTH_SHA224,
	SAW_SNMP_AUTH_SHA256,
	SAW_SNMP_AUTH_SHA384,
	SAW_SNMP_AUTH_SHA512,
};
enum saw_snmp_priv {
	SAW_SNMP_PRIV_NONE,
	SAW_SNMP_PRIV_DES,
	SAW_SNMP_PRIV_AES128,
	SAW_SNMP_PRIV_AES192, /* Blumenthal's key extension */
	SAW_SNMP_PRIV_AES256,
	SAW_SNMP_PRIV_AES192_CISCO, /* Reeder's, what Cisco does */
	SAW_SNMP_PRIV_AES256_CISCO,
};

/* By their names in the configuration ("sha256", "aes256-cisco"); NULL, "none" and what is no name give …_NONE. */
enum saw_snmp_auth saw_snmp_auth_named(const char *name);
enum saw_snmp_priv saw_snmp_priv_named(const char *name);

struct saw_snmp_table; /* tables.h */

#define SAW_SNMP_CONTEXTS_MAX 64 /* of one device, with the default one */

/* A context in which a device keeps tunnels of its own: IOS-XE has one per VRF. */
struct saw_snmp_context {
	const char *name;      /* SNMPv3 */
	const char *community; /* v1, v2c */
	const char *vrf;       /* whose tunnels these are; NULL: as the context is named */
};

/* The values of an answer, borrowed for the length of the call. */
typedef void (*saw_snmp_seen_fn)(void *ctx, const struct saw_varbind *values, size_t n);

/* What to read and how. All texts are borrowed until the poll is done. */
struct saw_snmp_target {
	const char *device;  /* configured name */
	const char *address; /* for messages: "192.0.2.1:161" */
	Sawatch__V1__Platform platform;
	enum saw_snmp_version version;
	const char *community;                   /* v1, v2c */
	const char *user;                        /* v3 */
	const char *context;                     /* v3 context name; NULL or "" for the default one */
	const struct saw_snmp_context *contexts; /* whose tunnels are read besides; the list is borrowed for _start only */
	size_t n_contexts;
	bool discover_contexts; /* where none are given: those that a router maps to VRFs (version 3) */
	enum saw_snmp_auth auth;
	enum saw_snmp_priv priv;
	const char *auth_password, *priv_password;
	uint64_t timeout_ns;      /* of one request */
	unsigned retries;         /* of one request */
	uint64_t deadline_ns;     /* of the whole poll */
	unsigned max_repetitions; /* 1, which is GETNEXT, for v1: it has no GETBULK */
	unsigned window;          /* requests under way at once; 0 counts as 1 */
	uint64_t max_rows;        /* of one table */
	size_t max_bytes;         /* of the packed sample */
	bool rarely;              /* read the histories and failures too, and ask again for what was not answered */
	bool fast;                /* only what changes all the time, where the memory kept the rest and it holds still */
	bool keep;                /* the rows in the memory, so that the next poll may be fast */
	bool memory_pools;        /* read those too, which costs some devices much */
	const struct saw_snmp_table *only; /* of the tables this one; NULL for all */
	struct saw_snmp_memory *memory;    /* of this device; NULL: nothing is known, and nothing kept */
	saw_snmp_seen_fn
		seen; /* every answer of the default context as it comes, before it is checked; NULL where nobody looks */
	void *seen_ctx;
};

struct saw_snmp_engine;
struct saw_snmp_poll;

/*
 * What was learned of a device, from one poll to the next: its SNMPv3 engine, which tables it has, which rows they had (so that a
 * window of requests can begin at several of them), how much it can take at once. Nothing of it is ever told as a value.
 * Belongs to the caller; one poll at a time uses it. NULL without memory.
 */
struct saw_snmp_memory *saw_snmp_memory_create(void);
void saw_snmp_memory_destroy(struct saw_snmp_memory *m);

/* One per process; initialises Net-SNMP without its configuration files. NULL with err set. */
struct saw_snmp_engine *saw_snmp_engine_create(struct saw_err *err);
void saw_snmp_engine_destroy(struct saw_snmp_engine *e);

/* The packed DeviceSample is borrowed for the length of the call; the poll is gone when it returns. Never called from inside
 * saw_snmp_poll_start. */
typedef void (*saw_snmp_done_fn)(void *ctx, const uint8_t *sample, size_t len);

/*
 * Starts a poll over `fd`, a UDP socket connected to the device, non-blocking. now_ns: monotonic; wall_ms: Unix time in ms.
 * The poll takes fd in every case. NULL with err set where the target cannot be (missing password, unknown algorithm).
 */
struct saw_snmp_poll *saw_snmp_poll_start(struct saw_snmp_engine *e, const struct saw_snmp_target *t, int fd,
										  uint64_t now_ns, int64_t wall_ms, saw_snmp_done_fn done, void *ctx,
										  struct saw_err *err);
int saw_snmp_poll_fd(const struct saw_snmp_poll *p);
uint64_t saw_snmp_poll_next_ns(const struct saw_snmp_poll *p); /* when to call _timer at the latest */
void saw_snmp_poll_ready(struct saw_snmp_poll *p, uint64_t now_ns);
void saw_snmp_poll_timer(struct saw_snmp_poll *p, uint64_t now_ns);
void saw_snmp_poll_cancel(struct saw_snmp_poll *p); /* without `done` */

/* Whether the sample of a poll says that nobody answered at this address. */
bool saw_snmp_unheard(const uint8_t *sample, size_t len);

/* A poll that never began (name not resolved, socket refused): the sample that says so, in the same form. malloc'ed. */
uint8_t *saw_snmp_failed_sample(const char *device, Sawatch__V1__Platform platform, int64_t wall_ms,
								Sawatch__V1__PollError error, const char *text, size_t *len);

#endif
