/*
 * The verdict over one tunnel end: a state, why, and the state of each layer.
 *
 * Rules:
 *  - What could not be read is unknown, never down: a source that failed, is stale, or was cut short before this row.
 *  - Gone means: a table that was read to its end has no row, and the source that says so is one that would show it (it did
 *    before, or no source ever did). Then an end of the inventory is missing or down, a discovered one is down.
 *  - No rows at all while tunnel interfaces are up is unknown: the table cannot be right.
 *  - A flow without SAs is down; with SAs in one direction only it is degraded.
 *  - What carries it now and will not for long is degraded: a source interface that is down, an SA that is overdue to be renewed
 *    by its age, renewals or losses that come far too often for its lifetime, BGP over it that is not established.
 *  - Of two sources that disagree the newer one is believed.
 * Purpose:   every exporter and the plugin show this verdict; none makes its own. Reasons begin with the lowest layer that fails.
 * Pure.
 */
#ifndef SAWATCH_MODEL_VERDICT_H
#define SAWATCH_MODEL_VERDICT_H

#include "core/addr.h"
#include "proto/sawatch.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum saw_tri { SAW_TRI_UNKNOWN, SAW_TRI_NO, SAW_TRI_YES };

/* What one source says of one tunnel end. */
struct saw_witness {
	Sawatch__V1__Source source;
	bool readable;       /* its flows were read and are not stale */
	const char *problem; /* not readable, or not complete: a sentence; NULL where there is none */
	bool complete;       /* the flows were read to their end */
	bool row;            /* and this end's was there */
	bool had_row;        /* this source has shown it at some time */
	bool lists_sas;      /* its rows show the SAs themselves (show output) */
	unsigned in_sas, out_sas;
	uint64_t rows; /* flows of the whole device */
	int64_t observed_ms;
};

struct saw_verdict_input {
	const char *device;
	struct saw_addr peer;    /* for the text */
	bool inventory;          /* configured by name */
	bool inventory_complete; /* the device lists all it should have */
	const struct saw_witness *witnesses;
	size_t n_witnesses;
	unsigned ambiguous_rows; /* rows that could be this end's or another's */
	unsigned shared_rows;    /* rows that fit this end alone and cannot be told apart, where more than one */
	int64_t gone_since_ms;   /* when it was first found gone; 0: it was not */
	const char *interface;   /* NULL: not known */
	enum saw_tri interface_admin, interface_line;
	unsigned tunnel_interfaces_up; /* of the device */
	const char *underlay;          /* the interface that the tunnel leaves by; NULL: not known */
	enum saw_tri underlay_up;
	const char *bgp; /* the configured peer of the routing over it; NULL: none */
	enum saw_tri bgp_up;
	const char *bgp_state;      /* as the device prints it; NULL: the device does not have that peer */
	int64_t last_seen_ms;       /* its row; 0: never */
	uint64_t lifetime_seconds;  /* agreed for an SA; 0: not known */
	int64_t sa_age_ms;          /* since a new SA was seen last; 0: not known */
	double rekeys_per_lifetime; /* of late; an hour stands for a lifetime that is not known */
	double flaps_per_hour;
	enum saw_tri ike;
	const char *ike_status; /* as the device prints it; NULL: none */
};

#define SAW_REASONS_MAX 8

#define SAW_REKEY_STORM \
	5.0                  /* renewals in one lifetime; both ends may begin one, and volume may be used up before time */
#define SAW_FLAPPING 3.0 /* losses an hour */

/* True where the SA should have been renewed by now: older than its lifetime, with a tenth and a minute of grace. */
bool saw_rekey_is_overdue(uint64_t lifetime_seconds, int64_t sa_age_ms);

#define SAW_REASON_TEXT 320

enum { SAW_LAYER_UNDERLAY, SAW_LAYER_INTERFACE, SAW_LAYER_IKE, SAW_LAYER_IPSEC, SAW_LAYER_ROUTING, SAW_LAYERS };

struct saw_verdict {
	Sawatch__V1__TunnelState state;
	unsigned n_reasons;
	char reasons[SAW_REASONS_MAX][SAW_REASON_TEXT];
	struct {
		enum saw_tri up;
		int reason; /* its place in reasons; -1: none */
	} layers[SAW_LAYERS];
	bool present; /* some source shows its row now */
	bool gone;    /* a source that would show it does not */
	int64_t gone_since_ms;
	enum saw_tri renewal_overdue;
	bool has_frequencies; /* it was read; then these are the input's */
	double rekeys_per_lifetime, flaps_per_hour;
};

extern const char *const saw_layer_names[SAW_LAYERS];

void saw_verdict_decide(const struct saw_verdict_input *in, struct saw_verdict *out);

/* The source as people say it: "SNMP", "saved show output". */
const char *saw_source_text(Sawatch__V1__Source source);

#endif
