/*
 * The store's insides, shared by its files and nobody else.
 *
 *   store.c     the public functions, devices, configuration
 *   source.c    what each way of reading a device gave last
 *   children.c  the bytes of an ASA's flows, from show vpn-sessiondb
 *   kept.c      what is kept of a row and its counters
 *   ends.c      rows of a sample -> tunnel ends, counters -> totals
 *   judge.c     what is known -> verdict
 *   circuits.c  what is bought, and which ends run over it
 *   changes.c   what changed at an end
 *   links.c     ends that are each other's peer
 *   recent.c    the last hour of an end
 *   references.c  what interfaces are configured to carry
 *   snapshot.c  what is known -> the picture
 *   record.c    what is known -> bytes, and back
 *   state.c     those bytes -> the disk, by a thread of its own; sqlite.c knows the file
 */
#ifndef SAWATCH_STORE_INTERNAL_H
#define SAWATCH_STORE_INTERNAL_H

#include "core/arena.h"
#include "model/histogram.h"
#include "model/identity.h"
#include "model/link.h"
#include "model/scope.h"
#include "model/total.h"
#include "model/verdict.h"
#include "store/recent.h"
#include "store/store.h"

#define SOURCES 4 /* enumerators of Source, at source - 1 */
#define POLL_ERRORS 15

/* The sections of a sample that are kept whole until the source gives them again; NOW: what only the last poll's sample may say. */
enum piece {
	PIECE_IKE,
	PIECE_INTERFACES,
	PIECE_GLOBALS,
	PIECE_DROPS,
	PIECE_TABLES,
	PIECE_FAILURES,
	PIECE_ENDED,
	PIECE_NOW,
	PIECES
};

/* An IKE SA between two addresses; sorted by both, so that thousands of SAs of one peer cost no more than a few. */
struct ike_entry {
	struct saw_addr remote, local; /* local of family 0: not printed, fits any */
	const Sawatch__V1__IkeSa *sa;
};

/* A name and its interface; sorted by name, case ignored. */
struct interface_entry {
	const char *name;
	const Sawatch__V1__Interface *port;
};

struct source {
	bool configured;
	int64_t configured_ms; /* the interval, where a slow device may have a longer one; 0 elsewhere */
	int64_t interval_ms;
	int64_t max_age_ms;    /* older than this says nothing */
	int64_t detail_age_ms; /* the same for what only some polls read; 0: every poll reads all that is read */
	bool several;          /* files: one that fails says nothing of the others */

	bool attempted, failing;
	int64_t attempted_ms, observed_ms;
	Sawatch__V1__PollError error_class; /* while failing; 0: none */
	char *error;
	uint64_t errors[POLL_ERRORS];
	bool complete; /* every table of the last poll was read to its end */
	bool has_duration, has_requests;
	double duration_seconds;
	struct saw_histogram *durations; /* of all polls; NULL: none yet */
	uint64_t requests, unparsed;

	bool flows_read, flows_complete; /* of the table that lists the flows */
	bool flows_wanted;               /* this source is one that lists flows, or was meant to */
	int64_t flows_ms;
	uint64_t flows;
	char *flows_problem;
	uint64_t unassigned, remote_access;

	bool has_uptime;
	uint64_t uptime_seconds;
	int64_t uptime_ms;
	char *hostname, *os_version, *model, *serial;

	Sawatch__V1__DeviceSample *piece[PIECES];
	bool flows_rare, ike_rare, interfaces_rare; /* the last poll did not ask for them */
	bool detailed;                              /* the flows of the last poll came with their details */
	int64_t piece_ms[PIECES];                   /* when it was read */
	int64_t ike_ms, ike_detail_ms, interfaces_ms;
	struct ike_entry *ikes;
	size_t n_ikes;
	const Sawatch__V1__IkeSa **nameless_ikes; /* without addresses, by tunnel_id */
	size_t n_nameless_ikes;
	struct interface_entry *interfaces;
	size_t n_interfaces;
	unsigned tunnel_interfaces_up;
};

/* One tunnel end as one source shows it. */
/* The last row seen, without its counters: packed, and beside it what is asked for often. */
struct kept_row {
	uint8_t *bytes; /* NULL: none was seen */
	uint32_t len;
	uint16_t in_sas, out_sas;
	bool has_index, has_active, has_lifetime, has_ike, has_refreshes;
	bool names_spi; /* of an outbound SA, whether it is listed or not */
	uint64_t index, active_seconds, lifetime_seconds, ike_tunnel_id;
};

/* Facts whose changes are noted, as last known: a tunnel that was down may come back with others. */
struct facts {
	bool has_mtu, has_window, has_pfs, has_nat_t, nat_t;
	char cipher[31]; /* empty: not known */
	uint32_t mtu, window, pfs;
};

struct view {
	struct kept_row row;
	struct facts facts;
	bool present;                /* in the last read */
	bool gone;                   /* a complete read since had no such row */
	unsigned rows;               /* that could not be told apart, where more than one */
	int64_t row_ms;              /* when it was last seen */
	int64_t detail_ms;           /* when it was last read with its details */
	uint8_t place[SAW_COUNTERS]; /* of each counter in totals, from 1; 0: not seen yet */
	uint8_t n_totals;
	struct saw_total *totals;
	struct saw_total refreshes;
	/* Replay drops and packets received since the SA in use began, as totals; base_ms 0: not begun. */
	int64_t base_ms;
	uint64_t base_drops, base_packets, sa_drops, sa_packets;
};

/* One exported total: the owner's, whatever the other sources say. */
struct counter {
	uint64_t value;
	uint64_t mark; /* the owner's total when it was last added */
	uint8_t owner; /* Source; 0: nobody gave it yet */
	bool settled;  /* the owner gave it more than once */
	bool lower_bound;
	bool has_rate;
	float rate; /* per second, between the last two polls of the owner */
};

struct link {
	char *name;
	struct {
		char *device, *tunnel; /* as of an earlier run where `end` is NULL */
		struct device *owner;
		struct end *end;
		unsigned source;  /* whose counters are compared; 0: none */
		bool begins_anew; /* another source than before */
	} side[2];
	enum saw_link_evidence evidence;
	struct saw_link_way way[2]; /* from each side */
	int64_t record_id;
	bool unsaved;
};

/* What one end has sent and received, by place SAW_LINK_SENDER and SAW_LINK_RECEIVER. */
struct link_reading {
	bool known, broken;
	uint64_t packets;
};

/* Something that changed at an end; an end keeps the last CHANGES of them, newest first. */
#define CHANGES 16
#define CHANGE_TEXT 160
struct change {
	int64_t at_ms;
	char text[];
};

/* How often something happened of late, by two windows. */
struct frequency {
	int64_t begun_ms;
	uint32_t before, now;
};

struct end {
	struct saw_end_id id;
	char *name;
	char *interface, *fvrf, *context;       /* what id.learned borrows */
	const struct saw_config_tunnel *config; /* in the device's arena; NULL: discovered */
	struct view *view[SOURCES];
	uint8_t place[SAW_COUNTERS]; /* as of a view */
	uint8_t n_totals;
	struct counter *totals;
	uint64_t gaps, rekeys, flaps;
	struct frequency rekeyed, flapped;
	int64_t renewed_ms; /* when a new SA was seen last; 0: never looked */
	bool has_refreshes;
	double replay_average; /* drops per second over the polls of late */
	/* The last poll that counted replay drops: how many, and of which inbound SA; 0: not known. */
	int64_t replayed_ms;
	uint64_t replayed_packets;
	uint32_t replayed_spi;
	int64_t first_seen_ms, last_seen_ms, gone_since_ms;
	Sawatch__V1__TunnelState state;
	int64_t since_ms;
	bool was_up;         /* of the last two states that were known, the last */
	uint8_t noted_state; /* TunnelState that `changes` goes on from; 0: none yet */
	uint8_t noted_ike;   /* enum saw_tri */
	uint8_t n_changes;
	struct change **changes;
	/* Of an earlier run, until the tunnel is read again: a state that holds goes on from then. 0: none. */
	Sawatch__V1__TunnelState restored_state;
	int64_t restored_since_ms;
	int64_t record_id; /* its row on the disk; 0: none yet */
	bool unsaved;      /* differs from what was last handed to the disk */
	struct saw_recent *recent;
	struct link *link; /* NULL: its peer is not known */
	uint8_t link_side;
	bool nat_t;                    /* as a row said last */
	Sawatch__V1__TunnelEnd *shown; /* in the snapshot that is being made */
	unsigned ambiguous[SOURCES];   /* rows of the last read that could be this end's or another's */

	/* While rows are being assigned. */
	uint32_t claims, claims_by_spi, claims_any;
};

struct device {
	struct saw_store *store;
	const struct saw_config_device *config; /* a copy, in arena */
	struct saw_arena *arena;
	struct source source[SOURCES];
	struct end **ends; /* by name */
	size_t n_ends, room;
	bool has_boot;
	int64_t boot_ms;
	char *engine_id;                        /* SNMPv3, in hex; NULL: not known */
	int64_t engine_ms;                      /* when it was last seen */
	char *twin;                             /* another device with this engine */
	bool twin_found;                        /* and not told yet */
	int64_t unit_ms;                        /* when another unit of the pair answered first; 0: always the same one */
	Sawatch__V1__QosReference **references; /* by interface, case ignored */
	size_t n_references;
	int64_t record_id; /* as of an end */
	bool unsaved;
};

/* A part of the daemon in a process of its own. */
struct exporter {
	Sawatch__V1__Exporter process; /* what the daemon knows of it: name, up, restarts, error */
	Sawatch__V1__Exporter *says;   /* what it says itself; NULL: nothing yet */
};

struct saw_store {
	struct device **devices; /* by name */
	size_t n_devices;
	int64_t started_ms;
	int64_t forget_after_ms;
	uint64_t sequence;
	struct saw_store_daemon daemon;
	struct saw_buf scratch;
	bool dirty;
	struct saw_snapshot *last;
	uint64_t taken, shown;   /* samples; those that the last snapshot holds */
	struct saw_state *state; /* NULL: in memory only */
	struct link **links;     /* by name */
	size_t n_links, links_room;
	struct exporter **exporters; /* by name */
	size_t n_exporters;
	bool pairing_due, pairing_urgent; /* SPIs changed; an end came, or a configuration */
	int64_t paired_ms;
	bool unsaved;                    /* something differs from what was last handed to the disk */
	Sawatch__V1__Snapshot *circuits; /* of the configuration; nothing else is in it */
	struct saw_circuits *circuit_index;
};

/* Something of the end (NULL: of the device itself) is to be written. */
static inline void saw_store_touch(struct device *d, struct end *e) {
	if (e)
		e->unsaved = true;
	else
		d->unsaved = true;
	d->store->unsaved = true;
}

/* engines.c */
/* The device answered as this SNMPv3 engine. 0 or -ENOMEM. */
int saw_store_engine_take(struct device *d, const char *engine_id, int64_t now_ms);
void saw_store_engine_free(struct device *d);

/* references.c */
/* Replaces those of the device by copies. 0 or -ENOMEM, and the ones before stay. */
int saw_store_references_set(struct device *d, Sawatch__V1__QosReference *const *list, size_t n);
void saw_store_references_free(struct device *d);
uint64_t saw_store_reference(const struct device *d, const char *interface); /* kbit; 0: none */

/* circuits.c */
int saw_store_circuits_set(struct saw_store *s,
						   const struct saw_config *c); /* 0 or -ENOMEM, and the ones before stay */
void saw_store_circuits_free(struct saw_store *s);

/* exporters.c */
Sawatch__V1__Exporter saw_store_exporter_view(const struct exporter *e); /* borrows */
void saw_store_exporters_free(struct saw_store *s);

/* common.c */
/* Sources in the order in which they are believed: SNMP, SSH, RESTCONF, file. */
extern const Sawatch__V1__Source saw_store_preference[SOURCES];

/* A copy of any message; NULL without memory. */
void *saw_store_message_copy(struct saw_store *s, const ProtobufCMessage *m);
/* Replaces *slot by a copy of text (NULL: none). 0 or -ENOMEM. */
int saw_store_text_set(char **slot, const char *text);

const Sawatch__V1__Sa *saw_store_current_sa(Sawatch__V1__Sa *const *sas, size_t n);
const Sawatch__V1__Sa *saw_store_any_sa(const Sawatch__V1__IpsecSa *row); /* the current one of either direction */
bool saw_store_sa_has(const Sawatch__V1__Sa *sa, const char *setting);    /* of its list, case ignored */
/* True and *nat_t where the row says whether the peers speak through NAT. */
bool saw_store_row_nat(const Sawatch__V1__IpsecSa *row, bool *nat_t);

/* Something happened n times (0: time passed), in windows of window_ms. */
void saw_store_frequency_add(struct frequency *f, int64_t now_ms, int64_t window_ms, uint64_t n);
/* Times in the last window. */
double saw_store_frequency(const struct frequency *f, int64_t now_ms, int64_t window_ms);

/* store.c */
struct device *saw_store_device_find(const struct saw_store *s, const char *name); /* NULL: no such device */

/* source.c */
void saw_store_source_clear(struct source *src);
int saw_store_source_take(struct device *d, struct source *src, const Sawatch__V1__DeviceSample *sample,
						  int64_t observed_ms, int64_t now_ms);
void saw_store_source_fail(struct source *src, Sawatch__V1__PollError error, const char *text, int64_t now_ms);
/* rare: not every poll reads it. */
bool saw_store_source_stale(const struct source *src, bool rare, int64_t observed_ms, int64_t now_ms);
/* Something that was read at observed_ms may be shown as being so now. */
bool saw_store_source_fresh(const struct source *src, bool rare, int64_t observed_ms, int64_t now_ms);
/* A section that only some polls read is still good. */
bool saw_store_piece_holds(const struct source *src, enum piece which, int64_t now_ms);
const Sawatch__V1__Interface *saw_store_source_interface(const struct source *src, const char *name);
const Sawatch__V1__IkeSa *saw_store_source_ike(const struct device *d, Sawatch__V1__Source source, const struct end *e);
bool saw_store_ike_is_up(const Sawatch__V1__IkeSa *sa);

/* kept.c */
int saw_store_row_keep(struct kept_row *k, const Sawatch__V1__IpsecSa *row);
/* What the row lacks is as the row before said, elapsed_ms ago. */
int saw_store_row_keep_over(struct kept_row *k, const Sawatch__V1__IpsecSa *row, int64_t elapsed_ms);
int saw_store_row_keep_packed(struct kept_row *k, const uint8_t *bytes, size_t len); /* SAW_EFORMAT: no row */
struct view *saw_store_view_add(struct end *e, unsigned source); /* the one that is there, or a new one */
void saw_store_view_destroy(struct view *v);
/* By place in saw_counters; NULL: not seen. _add: a new one where there is none; NULL without memory. */
struct saw_total *saw_store_view_total(const struct view *v, int counter);
struct saw_total *saw_store_view_total_add(struct view *v, int counter);
struct counter *saw_store_end_counter(const struct end *e, int counter);
struct counter *saw_store_end_counter_add(struct end *e, int counter);

/* children.c */
struct child {
	struct saw_addr peer;
	struct saw_selector local, remote;
	const Sawatch__V1__L2lIpsec *ipsec;
};
struct children {
	struct child *list; /* by peer; freed by whoever asked */
	size_t n;
};
int saw_store_children_find(const Sawatch__V1__DeviceSample *s, struct children *out);
/* The one child that is this flow; NULL: none, or more than one. */
const Sawatch__V1__L2lIpsec *saw_store_child_of(const struct children *c, const struct saw_traits *row);
void saw_store_child_bytes(const Sawatch__V1__L2lIpsec *child, Sawatch__V1__IpsecSa *row); /* what the row lacks */

/* ends.c */
struct end *saw_store_end_create(struct device *d, const char *name);
void saw_store_end_destroy(struct end *e);
void saw_store_end_drop(struct device *d, struct end *e); /* out of the list, and destroyed */
struct end *saw_store_end_find(const struct device *d, const char *name);
void saw_store_ends_sort(struct device *d);
/* A name that no other end of the device has. */
const char *saw_store_end_unique_name(const struct device *d, const struct end *e, char out[SAW_END_NAME]);
int saw_store_ends_take(struct device *d, Sawatch__V1__Source source, const Sawatch__V1__DeviceSample *sample,
						int64_t observed_ms);

/* changes.c */
/* Without memory it is not kept. A change from one value to another is kept once, whoever of the sources tells it again. */
SAW_PRINTF(4, 5) void saw_store_note(struct device *d, struct end *e, int64_t at_ms, const char *fmt, ...);
void saw_store_note_text(struct end *e, int64_t at_ms, const char *text); /* as read from the disk */
void saw_store_note_state(struct device *d, struct end *e, const struct saw_verdict *v, int64_t now_ms);
void saw_store_note_ike(struct device *d, struct end *e, enum saw_tri up, const char *status, int64_t now_ms);
/* What a row says differently from the rows before it of the same source. */
void saw_store_note_facts(struct device *d, struct end *e, struct facts *known, const Sawatch__V1__IpsecSa *row,
						  int64_t at_ms);
uint32_t saw_store_sa_pfs(const Sawatch__V1__Sa *sa); /* the group that its settings name; 0: none */

/* judge.c */
uint64_t saw_store_end_lifetime(const struct end *e); /* of an SA, in seconds; 0: not known */
int64_t saw_store_end_window(const struct end *e);    /* a lifetime in ms; an hour where it is not known */
#define FLAP_WINDOW_MS INT64_C(3600000)
void saw_store_end_judge(struct device *d, struct end *e, int64_t now_ms, struct saw_verdict *v);
void saw_store_device_judge(struct device *d, int64_t now_ms); /* all ends; drops those to be forgotten */
const char *saw_store_end_interface_name(const struct end *e);

/* links.c */
struct link *saw_store_link_add(struct saw_store *s); /* an empty one, in the list; NULL without memory */
void saw_store_link_destroy(struct link *l);
int saw_store_links_pair(struct saw_store *s,
						 int64_t now_ms); /* where something changed that may make or break a pair */
void saw_store_link_read(struct device *d, struct end *e, unsigned source, int64_t at_ms,
						 const struct link_reading readings[2]);

/* snapshot.c */
struct saw_snapshot *saw_store_snapshot_make(struct saw_store *s, int64_t now_ms);

#endif
