/*
 * The configuration file (YAML) as one immutable structure.
 *
 * Purpose:   read once, checked whole, then passed around as const. Every error names file, line and what was expected.
 * Ownership: saw_config_load's result is the caller's until saw_config_destroy; all texts belong to it.
 * Secrets:   the file names where a secret lies (…_file, …_env), never the secret. saw_config_secret reads it; the caller wipes
 *            it with saw_secret_wipe. Nothing prints a secret.
 * Threads:   immutable after loading.
 */
#ifndef SAWATCH_CONFIG_CONFIG_H
#define SAWATCH_CONFIG_CONFIG_H

#include "core/buf.h"
#include "core/err.h"
#include "proto/sawatch.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a secret lies: one of the two is set. */
struct saw_secret_ref {
	const char *file;
	const char *env;
	int line; /* of the configuration */
};

/* An SNMP context besides the default one: IOS-XE keeps the tunnels of each VRF in one of its own. */
struct saw_config_context {
	const char *name;
	const char *vrf; /* NULL: as the context */
	struct saw_secret_ref community;
};

struct saw_config_snmp {
	int version; /* 1, 2 (v2c) or 3 */
	uint16_t port;
	struct saw_secret_ref community;
	const char *user;
	const char *auth; /* md5 sha1 sha224 sha256 sha384 sha512; NULL for none */
	const char *priv; /* des aes128 aes192 aes256 aes192-cisco aes256-cisco; NULL for none */
	struct saw_secret_ref auth_password, priv_password;
	const char *context;                       /* NULL for the default one */
	const struct saw_config_context *contexts; /* whose tunnels are read besides */
	size_t n_contexts;
	uint64_t fast_interval_ms; /* 0: everything is read at each poll */
	bool discover_contexts;    /* where none are named */
	bool allow_insecure;
	const char
		*insecure; /* what is weak about these, as a sentence for a warning; NULL: nothing that had to be allowed */
	uint64_t interval_ms, timeout_ms, deadline_ms, history_interval_ms;
	unsigned retries, max_repetitions, window;
	bool memory_pools;
	uint64_t max_rows;
};

struct saw_config_ssh {
	uint16_t port;
	const char *user;
	struct saw_secret_ref password, key, key_passphrase, enable;
	bool agent;
	const char *context;        /* of an ASA; NULL: as it comes */
	const char *jump;           /* one of saw_config.jump_hosts; NULL: reached directly */
	uint64_t audit_interval_ms; /* 0: the running configuration is not read */
	uint64_t interval_ms, detail_interval_ms, timeout_ms, command_timeout_ms, deadline_ms;
	const char *const *old_algorithms; /* that are offered nevertheless */
	size_t n_old_algorithms;
};

/* An SSH server that connects us to devices behind it. */
struct saw_config_jump {
	const char *name;
	const char *address;
	const struct saw_config_ssh *ssh;
	int line;
};

/* Show output that another tool saves: read when it changes. */
struct saw_config_file {
	const char *path;
	uint64_t interval_ms; /* how often it is looked at */
	uint64_t max_age_ms;  /* older than this is stale */
};

/* A tunnel end that is expected to be there. */
struct saw_config_tunnel {
	const char *name;
	const char *remote; /* peer's address; required */
	const char *local;  /* the rest may be NULL and then matches anything */
	const char *interface;
	const char *fvrf;
	const char *local_ident, *remote_ident;
	const char *bgp; /* the peer of the BGP session over it */
	const char *owner, *circuit, *link;
	const char *const *tags;
	size_t n_tags;
	uint64_t capacity_bytes_per_second; /* 0: not given */
	const char *overlay;                /* gre, vxlan; NULL: none */
	bool maintenance;
};

struct saw_config_device {
	const char *name;
	Sawatch__V1__Platform platform;
	const char *address; /* name or IP address */
	const char *site;
	bool maintenance;
	const struct saw_config_snmp *snmp; /* NULL: not polled by SNMP */
	const struct saw_config_ssh *ssh;   /* NULL: not polled by SSH */
	const struct saw_config_file *files;
	size_t n_files;
	const struct saw_config_tunnel *tunnels;
	size_t n_tunnels;
	bool inventory_complete; /* tunnels that are not listed are `unexpected` */
	const char *module;      /* of a guest: polled when /probe asks, and only then; NULL: of the configuration */
	int line;
};

/* A subagent of an SNMP agent (AgentX), which serves SAWATCH-MIB. */
struct saw_config_agentx {
	const char *master;   /* unix:/var/agentx/master, tcp:127.0.0.1:705 */
	uint64_t interval_ms; /* between two snapshots that are served */
	uint64_t check_ms;    /* how often the connection is checked, or tried again */
	bool notifications;   /* through the master too */
	int line;             /* 0: not configured */
};

/* Who is sent notifications without a master agent between. */
struct saw_config_receiver {
	const char *name;
	const char *address;
	uint16_t port;
	int version; /* 2 or 3 */
	bool inform; /* else a trap */
	struct saw_secret_ref community;
	const char *user, *auth, *priv; /* as of devices */
	struct saw_secret_ref auth_password, priv_password;
	uint64_t timeout_ms; /* of an inform */
	unsigned retries;
	int line;
};

/* What is told, and to whom. */
struct saw_config_notify {
	uint64_t hold_ms;      /* how long something lasts before it is told */
	unsigned replay_burst; /* packets per second that are a burst */
	const struct saw_config_receiver *receivers;
	size_t n_receivers;
};

/* Totals and states over time (doc/history.md). */
struct saw_config_history {
	bool enabled;
	int line;         /* where it is in the file; 0: nowhere, all of it is default */
	const char *path; /* of the file; NULL: history.db in the state directory */
	uint64_t interval_ms;
	uint64_t keep_readings_ms, keep_hours_ms, keep_summaries_ms;
	const char *time_zone; /* of local days and months */
};

/* What is limited at one end of a circuit. A tunnel end lies in the circuit where all that is given here fits it. */
struct saw_config_circuit_end {
	const char *device;
	const char *fvrf, *interface, *local;        /* front-door VRF, source interface, source address; NULL: any */
	uint64_t committed, shaper, licence, crypto; /* bytes per second; 0: none */
	int counts;                                  /* Sawatch__V1__TrafficLayer that the tunnels' byte counters are of */
	int line;
};

/* A WAN circuit: what is bought, and carries many tunnels. */
struct saw_config_circuit {
	const char *name;
	uint64_t committed; /* of both ends */
	int layer, licence_layer,
		crypto_layer;     /* Sawatch__V1__TrafficLayer: what committed rate and shaper, licence, crypto limit count */
	unsigned frame_bytes; /* that layer 2 adds to a packet */
	const char *sister;   /* the circuit that takes over when this one fails, and the other way; NULL: none */
	const struct saw_config_circuit_end *ends;
	size_t n_ends;
	int line;
};

enum saw_push_type { SAW_PUSH_REMOTE_WRITE, SAW_PUSH_OTLP, SAW_PUSH_ICINGA2 };

/* A server that is sent what is known. */
struct saw_config_push {
	const char *name;
	int type; /* enum saw_push_type */
	const char *url;
	uint64_t interval_ms, timeout_ms;
	const char *proxy, *proxy_user;
	struct saw_secret_ref proxy_password;
	struct saw_config_push_auth {
		const char *user;
		struct saw_secret_ref password, token;
	} auth;
	struct saw_config_push_tls {
		const char *ca_file, *cert_file, *server_name;
		struct saw_secret_ref key;
	} tls;
	bool allow_insecure;        /* credentials over http */
	const char *const *headers; /* "Name: value" */
	size_t n_headers;
	const char *const *labels; /* "name=value", of every series */
	size_t n_labels;
	const char *const *families; /* patterns of names; none: all */
	size_t n_families;
	const char *const *tunnels; /* patterns of DEVICE/TUNNEL, or of DEVICE; none: all */
	size_t n_tunnels;
	uint64_t queue_bytes;
	unsigned batch; /* the most samples in one request */
	/* Icinga 2: names with {device}, {tunnel} and {link} in them; NULL: not sent. */
	struct saw_config_push_icinga {
		const char *host, *tunnel_service, *device_service, *link_service;
		uint64_t ttl_ms;
	} icinga;
	int line;
};

#define SAW_CONFIG_NONE "none"

enum saw_config_audit { SAW_CONFIG_AUDIT_NGE = 1, SAW_CONFIG_AUDIT_CNSA = 2 }; /* as saw_audit_profile */

/* Where HTTP is served. */
struct saw_config_listen {
	const char *path;    /* of a Unix socket; NULL: TCP */
	const char *address; /* an IP address */
	uint16_t port;       /* 0: any free one */
};

/* What all who ask over HTTP have to keep to. */
struct saw_config_web {
	const char *config_file; /* TLS and users, in exporter-toolkit's form; NULL: neither */
	unsigned socket_mode;    /* of Unix sockets */
	const char *socket_group;
	unsigned max_connections, max_connections_per_client;
	uint64_t request_timeout_ms, idle_timeout_ms, answer_timeout_ms;
};

/* How an address that no device of the configuration has may be polled by /probe. */
struct saw_config_module {
	const char *name;
	Sawatch__V1__Platform platform;
	const char *const *networks; /* "192.0.2.0/24" */
	size_t n_networks;
	const struct saw_config_snmp *snmp;
	int line;
};

/* /probe: one device is polled while a scraper waits. */
struct saw_config_probe {
	bool enabled;
	uint64_t min_age_ms; /* one that was polled less than this ago is not polled again */
	uint64_t timeout_ms; /* the longest that a scraper waits */
	const struct saw_config_module *modules;
	size_t n_modules;
};

struct saw_config {
	const char *path;
	const struct saw_config_listen *listen; /* 127.0.0.1:9857 */
	size_t n_listen;
	struct saw_config_web web;
	struct saw_config_probe probe;
	unsigned collectors;      /* worker processes, 1 */
	const char *state_dir;    /* what survives a restart; NULL: not given, SAW_CONFIG_NONE: nothing does */
	int audit_profile;        /* saw_config_audit */
	uint64_t forget_after_ms; /* a discovered tunnel that is gone for this long is dropped */
	struct saw_config_history history;
	const struct saw_config_device *devices; /* in the order of the file */
	size_t n_devices;
	const struct saw_config_jump *jump_hosts;
	size_t n_jump_hosts;
	const struct saw_config_push *push;
	size_t n_push;
	const char *known_hosts; /* file of the host keys that are known */
	const char *snmp_root;   /* where SAWATCH-MIB stands */
	struct saw_config_agentx agentx;
	struct saw_config_notify notify;
	const struct saw_config_circuit *circuits;
	size_t n_circuits;
};

/* 0, or SAW_ECONFIG / negative errno with err saying "FILE:LINE: …". */
int saw_config_load(const char *path, struct saw_config **out, struct saw_err *err);
/* The same from memory; `path` is for messages. */
int saw_config_parse(const char *path, const char *text, size_t n, struct saw_config **out, struct saw_err *err);
void saw_config_destroy(struct saw_config *c);

const struct saw_config_device *saw_config_find(const struct saw_config *c,
												const char *device); /* NULL: no such device */
/*
 * Adds an address that /probe is asked for with a module as a device of that name, behind the others; what points to these stays
 * good. 0, also when it is there already; an error with its text. At most SAW_CONFIG_GUESTS.
 */
#define SAW_CONFIG_GUESTS 256
int saw_config_guest(struct saw_config *c, const char *target, const char *module, struct saw_err *err);
const struct saw_config_jump *saw_config_find_jump(const struct saw_config *c, const char *name); /* NULL likewise */

/*
 * Reads a secret: the first line of the file without its line feed, or the environment variable. At most 1,024 bytes, not
 * empty. malloc'ed, NUL-terminated. A file that others may read is refused with a text that says which chmod mends it.
 */
int saw_config_secret(const struct saw_config *c, const struct saw_secret_ref *ref, char **out, struct saw_err *err);
/* The same for a whole file of at most 64 KiB: a private key. */
int saw_config_secret_file(const struct saw_config *c, const struct saw_secret_ref *ref, char **out,
						   struct saw_err *err);
void saw_secret_wipe(char *secret); /* overwrites and frees; takes NULL */

/* The known_hosts file; empty where there is none yet. */
int saw_config_known_hosts(const struct saw_config *c, struct saw_buf *out, struct saw_err *err);

/* Appends every key with its values, default and meaning, indented as in the file. */
void saw_config_reference(struct saw_buf *out);

#endif
