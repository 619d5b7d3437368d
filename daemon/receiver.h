/*
 * One receiver of notifications: its queue, its socket, traps sent at a measured pace, informs sent again until they are taken.
 *
 * Purpose:   nothing here ever waits: a receiver that is gone delays only its own notifications.
 * Threads:   the loop's. Net-SNMP builds and parses messages only (collectors/snmp/wire.h).
 * Ownership: notices are shared by the receivers and counted.
 * Bounds:    SAW_RECEIVER_QUEUE notices wait; of more the oldest is given up.
 * Again:     a message that is sent again, also by the next process, is the same one: its request ID, sysUpTime and objects are the
 *            notice's.
 * Errors:    logged once, when a receiver stops to take notifications, and once when it takes them again.
 * Sources:   RFC 3416 (InformRequest), RFC 3414 (whose engine is authoritative).
 */
#ifndef SAWATCH_DAEMON_RECEIVER_H
#define SAWATCH_DAEMON_RECEIVER_H

#include "collectors/snmp/usm.h"
#include "collectors/snmp/wire.h"
#include "config/config.h"
#include "exporters/agentx/notice.h"

#include <uv.h>

#define SAW_RECEIVER_QUEUE 10000

/* A notice that several receivers are sent. */
struct saw_parcel {
	struct saw_notice *notice;
	unsigned refs;
};
void saw_parcel_release(struct saw_parcel *p);

/* What all receivers share. */
struct saw_receiver_home {
	uv_loop_t *loop;
	struct saw_snmp_engine *snmp;
	const uint32_t *root;
	size_t n_root;
	struct saw_usm_header engine; /* our own, for traps: ID, boots; its time begins at started_ns */
	uint64_t started_ns;
	/* With everything up to this notice, which it took or which is given up. */
	void (*done)(void *ctx, const char *receiver, uint64_t serial);
	void *ctx;
};

struct saw_receiver_secrets {
	const char *community, *auth_password, *priv_password;
};

struct saw_receiver;

/* home and config are borrowed for its life, the secrets for the call and as long as the configuration is. NULL with err set. */
struct saw_receiver *saw_receiver_create(struct saw_receiver_home *home, const struct saw_config_receiver *config,
										 const struct saw_receiver_secrets *secrets, struct saw_err *err);
void saw_receiver_destroy(struct saw_receiver *r); /* its memory goes when the loop has run; takes NULL */
void saw_receiver_inherit(struct saw_receiver *r, struct saw_receiver *from); /* its queue and its counts */
void saw_receiver_send(struct saw_receiver *r, struct saw_parcel *p);         /* keeps a reference */
const char *saw_receiver_name(const struct saw_receiver *r);
void saw_receiver_status(const struct saw_receiver *r, Sawatch__V1__ReceiverStatus *out); /* borrows */

#endif
