/*
 * The audit's insides, shared by its files and nobody else.
 *
 *   audit.c        which tunnel interfaces are each other's ends; the list of findings
 *   audit_end.c    what an end is made of, whichever platform it is
 *   audit_crypto.c the checks of algorithms, groups and PFS
 *   audit_checks.c the other checks
 *   audit_rules.c  the table of rules
 */
#ifndef SAWATCH_MODEL_AUDIT_INTERNAL_H
#define SAWATCH_MODEL_AUDIT_INTERNAL_H

#include "core/arena.h"
#include "model/audit.h"

#define AUDIT_OFFERS_MAX 64

enum rule_id {
	NO_TUNNEL_PAIR,
	UNDEFINED_NAME,
	IKE_NO_COMMON,
	ESP_NO_COMMON,
	WEAK_CIPHER,
	WEAK_HASH,
	WEAK_GROUP,
	GCM_WITH_INTEGRITY,
	GCM_WITHOUT_PRF,
	PFS_MISMATCH,
	PFS_WEAKER,
	GROUP_BELOW_GUIDANCE,
	CNSA_GROUP,
	CNSA_CIPHER,
	IDENTITY_MISMATCH,
	PSK_CROSSED,
	PSK_MISMATCH,
	PSK_NOT_COMPARABLE,
	DESTINATION_MISMATCH,
	FVRF_MISMATCH,
	MTU_TOO_LARGE,
	MSS_TOO_LARGE,
	OVERLAY_MSS_MISSING,
	LIFETIME_MISMATCH,
	REPLAY_OFF,
	REPLAY_WINDOW_SMALL,
	REPLAY_WINDOW_DIFFERS,
	DPD_MISSING,
	IKEV1_ENABLED,
	IKEV2_DISABLED,
	VOLUME_LIFETIME,
	BGP_MD5_OPTION,
	BGP_MD5_SEQUENCE,
	RULES
};

extern const struct saw_audit_rule saw_audit_rules[RULES];

/* One end of a tunnel, put together from its configuration. What is not configured is NULL or of family 0. */
struct end {
	const struct saw_running_config *config;
	const char *file, *name;
	unsigned side;
	const struct saw_rc_interface *tunnel, *source;
	struct saw_addr local, remote;
	const struct saw_rc_ipsec_profile *profile;
	const struct saw_rc_transform *transforms[SAW_RC_LIST_MAX];
	unsigned n_transforms;
	const struct saw_rc_ike *offers[AUDIT_OFFERS_MAX];
	unsigned n_offers;
	unsigned policies_other_vrf;             /* line of an IKE policy that is for another front-door VRF */
	const struct saw_rc_ike_profile *ike;    /* IOS-XE */
	const struct saw_rc_tunnel_group *group; /* ASA */
	const struct saw_rc_group_policy *policy;
	const struct saw_rc_key *local_key, *remote_key;
	unsigned key_line;
};

struct saw_audit {
	struct saw_arena *arena;
	struct saw_audit_side sides[2];
	struct saw_audit_options options;
	bool vxlan[2];                             /* the side has an NVE interface */
	const struct saw_audit_finding **findings; /* sorted */
	size_t n, room, pairs;
	bool failed; /* no memory */
};

/* audit.c */

/* Adds a finding unless the same is there. `value` takes the place of {} in the fix; may be NULL. */
void saw_audit_find(struct saw_audit *a, enum rule_id rule, const struct end *e, unsigned line, const char *value,
					const char *fmt, ...) SAW_PRINTF(6, 7);

/* audit_end.c */
void saw_audit_end_tunnel(const struct saw_audit_side *side, unsigned number, const struct saw_rc_interface *tunnel,
						  struct end *out);                     /* interface and addresses */
void saw_audit_end_resolve(struct saw_audit *a, struct end *e); /* the rest; names that lead nowhere are findings */
const struct saw_rc_number *saw_audit_end_seconds(const struct end *e, uint64_t *seconds);
const struct saw_rc_number *saw_audit_end_kilobytes(const struct end *e, uint64_t *kilobytes);
const struct saw_rc_number *saw_audit_end_window(const struct end *e, uint64_t *packets);
bool saw_audit_list_has(const struct saw_rc_list *l, const char *item);
bool saw_audit_inside(const struct saw_rc_prefix *p, const struct saw_addr *a);

/* The line of a value, or of what it would stand in. */
static inline unsigned saw_audit_line(unsigned line, unsigned otherwise) {
	return line ? line : otherwise;
}

#define AUDIT_DECIMAL 24
const char *saw_audit_decimal(char out[AUDIT_DECIMAL], uint64_t v); /* returns out */

/* audit_crypto.c */

/* What the ends would agree on; NULL: nothing. */
struct agreement {
	const struct saw_rc_ike *offers[2];
	const struct saw_rc_transform *transforms[2];
	const char *cipher; /* of ESP */
};
void saw_audit_check_crypto(struct saw_audit *a, const struct end ends[2], struct agreement *agreed);

/* audit_checks.c */
void saw_audit_check(struct saw_audit *a, struct end ends[2]);

#endif
