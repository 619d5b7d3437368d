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
	char *community, *auth_password, *priv_password;
};

/* Reads the secrets. address: for messages, borrowed. 0 or the secret's error, with its text; clear *t in either case. */
int saw_target_of(const struct saw_config *c, const struct saw_config_device *d, const char *address,
				  struct saw_target *t, struct saw_err *err);
void saw_target_clear(struct saw_target *t);

#endif
