/*
 * What a running configuration says of its IPsec tunnels, and of what the tunnels depend on: the facts that an audit compares.
 *
 * Purpose:   one structure for ASA and IOS-XE. `collectors/cli/running_config.h` fills it, `model/audit.h` reads it.
 * Ownership: everything lies in the arena of whoever filled it and lives as long as that; const for readers.
 * Every fact carries the number of its line in the file. A line of 0 means: not configured (absent is not zero).
 * Secrets: a pre-shared key is a digest keyed per run; the key itself is not here.
 * Sources: the commands named at each member, as `show running-config` prints them.
 */
#ifndef SAWATCH_MODEL_RUNNING_CONFIG_H
#define SAWATCH_MODEL_RUNNING_CONFIG_H

#include "core/addr.h"

#define SAW_RC_LIST_MAX 16
#define SAW_RC_ADDRESSES_MAX 32

struct saw_rc_text {
	const char *text; /* NULL: not configured */
	unsigned line;
};

struct saw_rc_number {
	uint64_t value;
	unsigned line;
};

/* Algorithms in the model's names (aes-gcm-256, sha256), groups as decimal numbers; names as they stand. */
struct saw_rc_list {
	const char *item[SAW_RC_LIST_MAX];
	unsigned n, line;
};

enum saw_rc_key_state {
	SAW_RC_KEY_ABSENT,
	SAW_RC_KEY_READABLE,
	SAW_RC_KEY_MASKED /* ***** or encrypted: not comparable */
};

struct saw_rc_key {
	enum saw_rc_key_state state;
	uint64_t digest;
	unsigned line;
};

struct saw_rc_prefix {
	struct saw_addr addr;
	unsigned bits;
};

enum saw_rc_id_type {
	SAW_RC_ID_NONE,
	SAW_RC_ID_ADDRESS,
	SAW_RC_ID_FQDN,
	SAW_RC_ID_DOMAIN, /* matches every FQDN and e-mail address that ends so */
	SAW_RC_ID_EMAIL,
	SAW_RC_ID_KEY_ID,
	SAW_RC_ID_DN,
	SAW_RC_ID_AUTO, /* the ASA's: the address for pre-shared keys */
	SAW_RC_ID_ANY,
};

struct saw_rc_identity {
	enum saw_rc_id_type type;
	const char *text;            /* as it stands */
	struct saw_rc_prefix prefix; /* of an address */
	unsigned line;
	struct saw_rc_identity *next;
};

/* IOS-XE: crypto ikev2 proposal NAME. ASA: what stands inside crypto ikev2 policy N. */
struct saw_rc_ike {
	const char *name;
	unsigned line;
	struct saw_rc_list encryption, integrity, prf, group;
	struct saw_rc_number lifetime_seconds; /* ASA */
	struct saw_rc_ike *next;
};

/* crypto ikev2 policy */
struct saw_rc_ike_policy {
	struct saw_rc_ike offer;      /* ASA; with its name and line on both */
	struct saw_rc_text fvrf;      /* IOS-XE: match fvrf */
	struct saw_rc_text local;     /* IOS-XE: match address local */
	struct saw_rc_list proposals; /* IOS-XE */
	struct saw_rc_ike_policy *next;
};

/* IOS-XE: crypto ikev2 keyring, peer */
struct saw_rc_peer {
	const char *name;
	unsigned line;
	struct saw_rc_prefix address;
	unsigned address_line;
	struct saw_rc_key local, remote;
	struct saw_rc_peer *next;
};

struct saw_rc_keyring {
	const char *name;
	unsigned line;
	struct saw_rc_peer *peers;
	struct saw_rc_keyring *next;
};

/* IOS-XE: crypto ikev2 profile */
struct saw_rc_ike_profile {
	const char *name;
	unsigned line;
	struct saw_rc_text fvrf;
	struct saw_rc_identity *remote; /* match identity remote */
	unsigned match_certificate;
	struct saw_rc_identity local; /* identity local */
	struct saw_rc_text keyring;
	struct saw_rc_key local_key, remote_key; /* authentication local pre-share key */
	struct saw_rc_number lifetime_seconds, dpd_seconds;
	struct saw_rc_ike_profile *next;
};

/* IOS-XE: crypto ipsec transform-set. ASA: crypto ipsec ikev2 ipsec-proposal. */
struct saw_rc_transform {
	const char *name;
	unsigned line;
	struct saw_rc_list encryption, integrity;
	unsigned transport; /* mode transport */
	struct saw_rc_transform *next;
};

/* Of a profile, or global (crypto ipsec security-association ...). */
struct saw_rc_sa {
	struct saw_rc_number lifetime_seconds;
	struct saw_rc_number lifetime_kilobytes; /* 0: no volume lifetime */
	struct saw_rc_number replay_window;      /* 0: the check is off */
};

/* crypto ipsec profile */
struct saw_rc_ipsec_profile {
	const char *name;
	unsigned line;
	struct saw_rc_list transforms;
	struct saw_rc_number pfs; /* 0: the version's default group */
	struct saw_rc_text ike_profile;
	struct saw_rc_sa sa;
	struct saw_rc_identity local; /* ASA: set ikev2 local-identity */
	struct saw_rc_ipsec_profile *next;
};

enum saw_rc_mode { SAW_RC_MODE_GRE, SAW_RC_MODE_IPSEC, SAW_RC_MODE_OTHER };

/* interface */
struct saw_rc_interface {
	const char *name;
	unsigned line;
	struct saw_rc_text nameif, vrf;
	struct saw_rc_prefix address[SAW_RC_ADDRESSES_MAX];
	unsigned n_addresses, shutdown;
	struct saw_rc_number mtu, ip_mtu, tcp_mss, bandwidth_kbit; /* mtu: ASA's `mtu NAMEIF N` too */
	struct saw_rc_number qos_reference_kbit;                   /* bandwidth qos-reference */
	struct saw_rc_text source, destination, tunnel_vrf, protection, protection_ike_profile;
	enum saw_rc_mode mode;
	bool ipv6; /* tunnel mode ... ipv6 */
	unsigned mode_line, key, sequence, checksum;
	struct saw_rc_text nve_source; /* interface nve: source-interface */
	struct saw_rc_interface *next;
};

/* ASA: tunnel-group NAME */
struct saw_rc_tunnel_group {
	const char *name;
	unsigned line;
	struct saw_rc_key local, remote;
	struct saw_rc_text group_policy;
	unsigned keepalive_disabled;
	struct saw_rc_tunnel_group *next;
};

/* ASA: group-policy NAME attributes */
struct saw_rc_group_policy {
	const char *name;
	unsigned line;
	struct saw_rc_list protocols; /* vpn-tunnel-protocol */
	struct saw_rc_group_policy *next;
};

/* A named thing that is on. */
struct saw_rc_name {
	const char *name;
	unsigned line;
	struct saw_rc_name *next;
};

/* ASA: tcp-map NAME */
struct saw_rc_tcp_map {
	const char *name;
	unsigned line;
	unsigned option19; /* tcp-options md5 allow, or a range that holds 19 */
	struct saw_rc_tcp_map *next;
};

/* ASA: class-map NAME */
struct saw_rc_class_map {
	const char *name;
	unsigned line;
	bool bgp;        /* match port tcp eq bgp, or match any */
	const char *acl; /* match access-list */
	struct saw_rc_class_map *next;
};

/* ASA: a class in a policy-map */
struct saw_rc_policy_class {
	const char *name;
	unsigned line;
	struct saw_rc_text tcp_map;  /* set connection advanced-options */
	unsigned sequence_untouched; /* set connection random-sequence-number disable */
	struct saw_rc_policy_class *next;
};

/* ASA: policy-map NAME */
struct saw_rc_policy_map {
	const char *name;
	unsigned line;
	struct saw_rc_policy_class *classes;
	struct saw_rc_policy_map *next;
};

/* IOS-XE: bridge-domain N */
struct saw_rc_bridge_domain {
	const char *name;
	unsigned line;
	unsigned vni; /* member vni: it carries VXLAN */
	struct saw_rc_bridge_domain *next;
};

/* router bgp: neighbor */
struct saw_rc_neighbor {
	const char *name; /* an address, or a peer-group's name */
	struct saw_addr addr;
	unsigned line, password;
	const char *group; /* peer-group it belongs to */
	struct saw_rc_neighbor *next;
};

/* A line that should have been understood. `what` is its first words, never its end: that may be a secret. */
struct saw_rc_problem {
	const char *what;
	unsigned line;
	struct saw_rc_problem *next;
};

struct saw_running_config {
	bool asa; /* else IOS-XE */
	const char *hostname, *version;
	unsigned lines;
	bool complete; /* its last line was seen */

	struct saw_rc_ike *ike_proposals;        /* IOS-XE */
	struct saw_rc_ike_policy *ike_policies;  /* in the order of the file, as all lists */
	struct saw_rc_keyring *keyrings;         /* IOS-XE */
	struct saw_rc_ike_profile *ike_profiles; /* IOS-XE */
	struct saw_rc_number ike_dpd_seconds;    /* IOS-XE: crypto ikev2 dpd */
	struct saw_rc_transform *transforms;
	struct saw_rc_ipsec_profile *ipsec_profiles;
	struct saw_rc_sa sa; /* global */
	struct saw_rc_interface *interfaces;
	struct saw_rc_bridge_domain *bridge_domains; /* IOS-XE */
	struct saw_rc_neighbor *neighbors;
	unsigned ikev1; /* IOS-XE: crypto isakmp policy or key */

	struct saw_rc_name *ikev1_interfaces, *ikev2_interfaces; /* ASA: crypto ikev1|ikev2 enable NAMEIF */
	struct saw_rc_identity identity;                         /* ASA: crypto isakmp identity */
	struct saw_rc_tunnel_group *tunnel_groups;
	struct saw_rc_group_policy *group_policies;
	struct saw_rc_number tcp_mss; /* ASA: sysopt connection tcpmss */
	struct saw_rc_tcp_map *tcp_maps;
	struct saw_rc_class_map *class_maps;
	struct saw_rc_policy_map *policy_maps;
	struct saw_rc_name *service_policies;
	struct saw_rc_name *bgp_acls; /* access lists that permit tcp to or from 179 */

	struct saw_rc_problem *problems;
	unsigned n_problems;
};

#endif
