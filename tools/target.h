/*
 * What the configuration says of a device's SNMP, as the collector wants it.
 *
 * Ownership: the target's texts belong to *t until saw_target_clear, which wipes the secrets among them; the configuration
 *            must live as long.
 */
#ifndef SAWATCH_TOOLS_TARGET_H
#define SAWATCH_TOOLS_TARGET_H

#include "collectors/snmp/snmp.h"
#include "config/config.h"

struct saw_target {
	struct saw_snmp_target snmp;
	struct saw_snmp_context contexts[SAW_SNMP_CONTEXTS_MAX];
	char *community, *auth_password, *priv_password;
	char *communities[SAW_SNMP_CONTEXTS_MAX]; /* of the contexts */
};

/* Reads the secrets. address: for messages, borrowed. 0 or the secret's error, with its text; clear *t in either case. */
int saw_target_of(const struct saw_config *c, const struct saw_config_device *d, const char *address,
				  struct saw_target *t, struct saw_err *err);
void saw_target_clear(struct saw_target *t);

/* As in struct saw_snmp_target. */
struct saw_target_more {
	uint64_t most_ms; /* a tighter deadline than the configured one; 0: none */
	const struct saw_snmp_table *only;
	saw_snmp_seen_fn seen;
	void *seen_ctx;
};

/*
 * Polls the device once by SNMP; what cannot be reached gives a sample too. 0, and `done` was called; else SAW_ECONFIG or -errno
 * with err set (a secret, memory), and it was not.
 */
int saw_target_poll(const struct saw_config *c, const struct saw_config_device *d, const struct saw_target_more *more,
					saw_snmp_done_fn done, void *ctx, struct saw_err *err);

#endif
