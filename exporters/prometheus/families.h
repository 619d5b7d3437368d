/*
 * The metric families as a table: name, type, help, what one row of it is, and where each value comes from.
 *
 * Purpose: the renderer walks it, and the tests hold doc/metrics.md against it. Every row can be read on its own.
 * Source:  naming as in doc/metrics.md.
 * Pure; everything here is constant.
 */
#ifndef SAWATCH_EXPORTERS_PROMETHEUS_FAMILIES_H
#define SAWATCH_EXPORTERS_PROMETHEUS_FAMILIES_H

#include "exporters/prometheus/prometheus.h"
#include "proto/field.h"

/* The totals of a tunnel end that are exported, by the IpsecSa field they are made of. */
#define SAW_TOTALS(X)        \
	X(in_bytes)              \
	X(out_bytes)             \
	X(decaps_packets)        \
	X(encaps_packets)        \
	X(replay_failed_recv)    \
	X(auth_failed_recv)      \
	X(verify_failed_recv)    \
	X(decrypt_failed_recv)   \
	X(decaps_failed_recv)    \
	X(invalid_sa_recv)       \
	X(invalid_identity_recv) \
	X(invalid_len_recv)      \
	X(invalid_prot_recv)     \
	X(replay_rollover_recv)  \
	X(internal_err_recv)     \
	X(recv_errors)           \
	X(in_drop_packets)       \
	X(encrypt_failed_send)   \
	X(encaps_failed_send)    \
	X(no_sa_send)            \
	X(replay_rollover_send)  \
	X(internal_err_send)     \
	X(send_errors)           \
	X(out_drop_packets)      \
	X(pre_frag_successes)    \
	X(pre_frag_failures)     \
	X(fragments_created)     \
	X(reassembly_needed)

enum saw_total {
	SAW_TOTAL_none = 0,
#define X(name) SAW_TOTAL_##name,
	SAW_TOTALS(X)
#undef X
		SAW_TOTAL_COUNT
};

const char *saw_total_name(enum saw_total t);

enum saw_family_type { SAW_GAUGE, SAW_COUNTER, SAW_HISTOGRAM };

/*
 * Since when a counter counts, so that it was 0 then. A scraper that is told so takes what it shows at first for what has happened since:
 * of what a device counted before it was watched that would be a burst that never was.
 */
enum saw_since {
	SAW_SINCE_UNKNOWN,
	SAW_SINCE_DAEMON,     /* the supervisor's, which outlives the other processes */
	SAW_SINCE_HUB,        /* the process that keeps the store */
	SAW_SINCE_PROCESS,    /* the one that answers */
	SAW_SINCE_FIRST_SEEN, /* of the tunnel end; what is counted here, not by the device */
	SAW_SINCE_FIRST_POLL, /* of the histogram */
};

/* What one row is; its labels are those of the scope, then those of the series. */
enum saw_scope {
	SAW_SCOPE_DAEMON,
	SAW_SCOPE_PROCESS,
	SAW_SCOPE_TARGET,     /* target: a server that is sent what is known */
	SAW_SCOPE_EXPORTER,   /* exporter: a part of the daemon in a process of its own */
	SAW_SCOPE_DEVICE,     /* device */
	SAW_SCOPE_AUDITED,    /* device: whose running configuration is audited */
	SAW_SCOPE_AUDIT_RULE, /* device, rule, severity */
	SAW_SCOPE_BGP,        /* device, peer, vrf */
	SAW_SCOPE_DROP,       /* device, feature, reason: those that concern IPsec */
	SAW_SCOPE_UNIT,       /* device, unit: of a failover pair */
	SAW_SCOPE_PORT,       /* device, interface: not the tunnels */
	SAW_SCOPE_MEMORY,     /* device, pool */
	SAW_SCOPE_SOURCE,     /* device, source */
	SAW_SCOPE_ERROR,      /* device, source, reason */
	SAW_SCOPE_TABLE,      /* device, source, table */
	SAW_SCOPE_TUNNEL,     /* device, tunnel */
	SAW_SCOPE_LAYER,      /* device, tunnel, layer */
	SAW_SCOPE_LINK,       /* link, a, b */
	SAW_SCOPE_LINK_END,   /* link, device, tunnel */
	SAW_SCOPE_WAY,        /* link, from, to */
	SAW_SCOPE_COMPARISON, /* link, field */
	SAW_SCOPE_CIRCUIT,    /* circuit */
};

/*
 * When a tunnel's value is still true. A tunnel that could not be read has no current facts, and its counters stand still
 * because nobody looked, which is not the same as no traffic: such series end and come back with the same totals.
 */
enum saw_needs {
	SAW_NEEDS_NOTHING, /* configuration, history, the verdict itself */
	SAW_NEEDS_READ,    /* the device could be read */
	SAW_NEEDS_ROW,     /* and has the tunnel */
};

/* One row while it is rendered; pointers below the row's scope are NULL. */
struct saw_row {
	const Sawatch__V1__Snapshot *snapshot;
	int64_t now_ms;
	const struct saw_process_figures *process;
	const Sawatch__V1__Exporter *exporter;
	const Sawatch__V1__PushTarget *target;
	const Sawatch__V1__Device *device;
	const Sawatch__V1__AuditedDevice *audited;
	const Sawatch__V1__AuditCount *audit;
	const Sawatch__V1__BgpPeer *bgp;
	const Sawatch__V1__Drop *drop;
	const Sawatch__V1__Interface *port;
	const Sawatch__V1__MemoryPool *memory;
	const Sawatch__V1__FailoverUnit *unit;
	const Sawatch__V1__SourceStatus *source;
	const Sawatch__V1__PollErrorCount *error;
	const Sawatch__V1__TableStatus *table;
	const Sawatch__V1__TunnelEnd *tunnel;
	const Sawatch__V1__Layer *layer;
	const Sawatch__V1__Link *link;
	const Sawatch__V1__LinkDirection *way;
	const Sawatch__V1__LinkComparison *comparison;
	const Sawatch__V1__Circuit *circuit;
};

struct saw_value {
	enum { SAW_VALUE_U64, SAW_VALUE_MS, SAW_VALUE_REAL } kind; /* MS: milliseconds, printed as seconds */
	union {
		uint64_t u64;
		int64_t ms;
		double real;
	};
};

/* False: absent. */
typedef bool saw_value_fn(const struct saw_row *r, int arg, struct saw_value *v);

/* One event of those that a counter counts. */
struct saw_exemplar {
	const char *label;
	char text[64];
	uint64_t value; /* what it added */
	int64_t at_ms;
};
typedef bool saw_exemplar_fn(const struct saw_row *r, struct saw_exemplar *e);

/* One series of a row: a field of the scope's message, a total, or a function. */
struct saw_series {
	const char *labels; /* direction="in",reason="auth"; NULL for none; nothing in it is escaped */
	struct saw_field field;
	enum saw_total total;
	saw_value_fn *fn;
	int arg;
	saw_exemplar_fn *exemplar; /* may be NULL */
};

/* A label of an info family. Absent fields have no label. */
struct saw_info_label {
	const char *name;
	struct saw_field field;
	/* Instead of a field; NULL result: absent. */
	const char *(*text)(const struct saw_row *r, int arg, char scratch[SAW_FIELD_SCRATCH]);
	int arg;
};

struct saw_family {
	const char *name;
	enum saw_family_type type;
	enum saw_scope scope;
	enum saw_needs needs;
	const char
		*label_names; /* what the series add to the scope's labels, for the documentation; NULL: nothing, or info */
	const char *help; /* what a person concludes from it; one line without backslashes */
	const struct saw_series *series;
	size_t n_series;
	const struct saw_info_label *info; /* of an info family, which has one series */
	size_t n_info;
	enum saw_since since;
};

const struct saw_family *saw_prometheus_families(size_t *n);
const char *saw_scope_labels(enum saw_scope s); /* "device, source" */

#endif
