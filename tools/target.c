#include "tools/target.h"

#include <string.h>

#define NS_PER_MS UINT64_C(1000000)
#define SAMPLE_MAX ((size_t)64 << 20)

int saw_target_of(const struct saw_config *c, const struct saw_config_device *d, const char *address,
				  struct saw_target *t, struct saw_err *err) {
	const struct saw_config_snmp *s = d->snmp;
	int rc = 0;

	memset(t, 0, sizeof *t);
	t->snmp = (struct saw_snmp_target){
		.device = d->name,
		.address = address,
		.platform = d->platform,
		.version = (enum saw_snmp_version)s->version,
		.user = s->user,
		.context = s->context,
		.auth = saw_snmp_auth_named(s->auth),
		.priv = saw_snmp_priv_named(s->priv),
		.timeout_ns = s->timeout_ms * NS_PER_MS,
		.retries = s->retries,
		.deadline_ns = s->deadline_ms * NS_PER_MS,
		.max_repetitions = s->max_repetitions,
		.max_rows = s->max_rows,
		.max_bytes = SAMPLE_MAX,
		.rarely = true,
	};
	if (t->snmp.version != SAW_SNMP_V3)
		rc = saw_config_secret(c, &s->community, &t->community, err);
	if (rc == 0 && t->snmp.version == SAW_SNMP_V3 && t->snmp.auth != SAW_SNMP_AUTH_NONE)
		rc = saw_config_secret(c, &s->auth_password, &t->auth_password, err);
	if (rc == 0 && t->snmp.version == SAW_SNMP_V3 && t->snmp.priv != SAW_SNMP_PRIV_NONE)
		rc = saw_config_secret(c, &s->priv_password, &t->priv_password, err);
	t->snmp.community = t->community;
	t->snmp.auth_password = t->auth_password;
	t->snmp.priv_password = t->priv_password;
	return rc;
}

void saw_target_clear(struct saw_target *t) {
	saw_secret_wipe(t->community);
	saw_secret_wipe(t->auth_password);
	saw_secret_wipe(t->priv_password);
	memset(t, 0, sizeof *t);
}
