#include "model/verdict.h"

#include "core/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define STATE(s) SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_##s

const char *const saw_layer_names[SAW_LAYERS] = {"underlay", "interface", "ike", "ipsec", "routing"};

const char *saw_source_text(Sawatch__V1__Source source) {
	switch (source) {
	case SAWATCH__V1__SOURCE__SOURCE_SNMP:
		return "SNMP";
	case SAWATCH__V1__SOURCE__SOURCE_SSH:
		return "the command line";
	case SAWATCH__V1__SOURCE__SOURCE_RESTCONF:
		return "RESTCONF";
	default:
		return "saved show output";
	}
}

SAW_PRINTF(2, 3)
static int say(struct saw_verdict *v, const char *fmt, ...) {
	va_list ap;

	if (v->n_reasons == SAW_REASONS_MAX)
		return -1;
	va_start(ap, fmt);
	vsnprintf(v->reasons[v->n_reasons], SAW_REASON_TEXT, fmt, ap);
	va_end(ap);
	return (int)v->n_reasons++;
}

static void set_layer(struct saw_verdict *v, int layer, bool up, int reason) {
	v->layers[layer].up = up ? SAW_TRI_YES : SAW_TRI_NO;
	v->layers[layer].reason = reason;
}

static const char *utc(int64_t ms, char out[32]) {
	time_t t = (time_t)(ms / 1000);
	struct tm tm;

	if (!gmtime_r(&t, &tm) || strftime(out, 32, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		snprintf(out, 32, "an unknown time");
	return out;
}

/* The newest source that shows the row, and the newest that would show it and does not. */
static void hear(const struct saw_verdict_input *in, const struct saw_witness **shows,
				 const struct saw_witness **lacks) {
	bool ever = false;

	*shows = *lacks = NULL;
	for (size_t i = 0; i < in->n_witnesses; i++)
		ever |= in->witnesses[i].had_row || in->witnesses[i].row;
	for (size_t i = 0; i < in->n_witnesses; i++) {
		const struct saw_witness *w = &in->witnesses[i];
		const struct saw_witness **best = w->row ? shows : lacks;

		if (!w->readable || (!w->row && (!w->complete || (ever && !w->had_row))))
			continue;
		if (!*best || w->observed_ms > (*best)->observed_ms)
			*best = w;
	}
	if (*shows && *lacks) {
		if ((*lacks)->observed_ms > (*shows)->observed_ms)
			*shows = NULL;
		else
			*lacks = NULL;
	}
}

/* True where the interface itself says that nothing can pass. */
static bool judge_interface(const struct saw_verdict_input *in, struct saw_verdict *v) {
	if (!in->interface || (in->interface_line == SAW_TRI_UNKNOWN && in->interface_admin == SAW_TRI_UNKNOWN))
		return false;
	if (in->interface_admin == SAW_TRI_NO) {
		set_layer(v, SAW_LAYER_INTERFACE, false,
				  say(v, "interface %s is shut down by configuration (administratively down)", in->interface));
		return true;
	}
	if (in->interface_line == SAW_TRI_NO) {
		set_layer(v, SAW_LAYER_INTERFACE, false, say(v, "interface %s is down", in->interface));
		return true;
	}
	if (in->interface_line == SAW_TRI_YES)
		set_layer(v, SAW_LAYER_INTERFACE, true, -1);
	return false;
}

static void judge_ike(const struct saw_verdict_input *in, struct saw_verdict *v) {
	char peer[SAW_ADDR_TEXT];

	if (in->ike == SAW_TRI_YES)
		set_layer(v, SAW_LAYER_IKE, true, -1);
	else if (in->ike == SAW_TRI_NO)
		set_layer(v, SAW_LAYER_IKE, false,
				  say(v, "IKE with %s is not up: it is in state %s", saw_addr_print(&in->peer, peer),
					  in->ike_status ? in->ike_status : "unknown"));
}

bool saw_rekey_is_overdue(uint64_t lifetime_seconds, int64_t sa_age_ms) {
	return lifetime_seconds && lifetime_seconds < (uint64_t)INT64_MAX / 2000 &&
		   sa_age_ms > (int64_t)(lifetime_seconds * 1100 + 60000);
}

static void degrade(struct saw_verdict *v) {
	if (v->state == STATE(UP))
		v->state = STATE(DEGRADED);
}

static void judge_underlay(const struct saw_verdict_input *in, struct saw_verdict *v) {
	if (!in->underlay || in->underlay_up == SAW_TRI_UNKNOWN)
		return;
	if (in->underlay_up == SAW_TRI_YES) {
		set_layer(v, SAW_LAYER_UNDERLAY, true, -1);
		return;
	}
	set_layer(v, SAW_LAYER_UNDERLAY, false, say(v, "interface %s, which the tunnel leaves by, is down", in->underlay));
	degrade(v);
}

static void judge_renewal(const struct saw_verdict_input *in, struct saw_verdict *v) {
	const bool overdue = saw_rekey_is_overdue(in->lifetime_seconds, in->sa_age_ms);

	if (in->lifetime_seconds && in->sa_age_ms)
		v->renewal_overdue = overdue ? SAW_TRI_YES : SAW_TRI_NO;
	if (overdue) {
		set_layer(v, SAW_LAYER_IPSEC, false,
				  say(v, "no new SA was seen for %lld minutes, and one lives for %llu: the renewal fails",
					  (long long)(in->sa_age_ms / 60000), (unsigned long long)((in->lifetime_seconds + 59) / 60)));
		degrade(v);
	}
	if (in->rekeys_per_lifetime >= SAW_REKEY_STORM) {
		say(v,
			"its SAs are renewed %.0f times in one lifetime: their volume is used up too soon, or one end deletes them",
			in->rekeys_per_lifetime);
		degrade(v);
	}
	if (in->flaps_per_hour >= SAW_FLAPPING) {
		say(v, "it went down %.0f times in the last hour", in->flaps_per_hour);
		degrade(v);
	}
}

static void judge_routing(const struct saw_verdict_input *in, struct saw_verdict *v) {
	if (!in->bgp || in->bgp_up == SAW_TRI_UNKNOWN)
		return;
	if (in->bgp_up == SAW_TRI_YES) {
		set_layer(v, SAW_LAYER_ROUTING, true, -1);
		return;
	}
	set_layer(v, SAW_LAYER_ROUTING, false,
			  in->bgp_state
				  ? say(v, "BGP with %s over it is not established: it is in state %s", in->bgp, in->bgp_state)
				  : say(v, "BGP with %s over it is not established: the device does not have that peer", in->bgp));
	degrade(v);
}

static void judge_present(const struct saw_verdict_input *in, const struct saw_witness *w, struct saw_verdict *v) {
	char peer[SAW_ADDR_TEXT];
	bool blocked;

	v->present = true;
	v->state = STATE(UP);
	judge_underlay(in, v);
	blocked = judge_interface(in, v);
	judge_ike(in, v);
	if (w->lists_sas && w->in_sas == 0 && w->out_sas == 0) {
		v->state = STATE(DOWN);
		set_layer(v, SAW_LAYER_IPSEC, false,
				  say(v, "the flow to %s has no SAs (%s): nothing can be encrypted or decrypted",
					  saw_addr_print(&in->peer, peer), saw_source_text(w->source)));
	} else if (w->lists_sas && (w->in_sas == 0 || w->out_sas == 0)) {
		v->state = STATE(DEGRADED);
		set_layer(v, SAW_LAYER_IPSEC, false,
				  say(v, "the flow to %s has an %s SA and no %s one (%s): traffic can pass one way only",
					  saw_addr_print(&in->peer, peer), w->in_sas ? "inbound" : "outbound",
					  w->in_sas ? "outbound" : "inbound", saw_source_text(w->source)));
	} else {
		set_layer(v, SAW_LAYER_IPSEC, true, -1);
	}
	judge_renewal(in, v);
	judge_routing(in, v);
	if (blocked)
		v->state = STATE(DOWN);
	if (in->shared_rows > 1)
		say(v,
			"%u rows of the device fit this tunnel and cannot be told apart, so its counters stand still: list each of "
			"them in "
			"the configuration with `local` or `interface` beside `remote` (with `local_ident` and `remote_ident` "
			"where one "
			"interface carries several)",
			in->shared_rows);
	if (!in->inventory && in->inventory_complete) {
		v->state = STATE(UNEXPECTED);
		say(v, "it is not in the inventory of %s, which is said to be complete", in->device);
	}
}

static void judge_gone(const struct saw_verdict_input *in, const struct saw_witness *w, struct saw_verdict *v) {
	char peer[SAW_ADDR_TEXT], since[32], last[80] = ", and it never had one";
	bool blocked;
	int reason;

	judge_underlay(in, v);
	blocked = judge_interface(in, v);

	if (w->rows == 0 && in->tunnel_interfaces_up > 0 && !blocked) {
		v->state = STATE(UNKNOWN);
		say(v,
			"%s lists no IPsec tunnel at all (%s) while %u of its tunnel interfaces are up: that list cannot be right",
			in->device, saw_source_text(w->source), in->tunnel_interfaces_up);
		return;
	}
	v->gone = true;
	v->gone_since_ms = in->gone_since_ms ? in->gone_since_ms : w->observed_ms;
	judge_ike(in, v);
	if (in->inventory) {
		v->state = STATE(MISSING);
		if (in->last_seen_ms)
			snprintf(last, sizeof last, "; it was seen last on %s", utc(in->last_seen_ms, since));
		reason = say(v, "it is expected, and %s has no row for peer %s; the list was read to its end (%s)%s",
					 in->device, saw_addr_print(&in->peer, peer), saw_source_text(w->source), last);
	} else {
		v->state = STATE(DOWN);
		reason = say(v, "its row is gone since %s; the walk was complete (%s)", utc(v->gone_since_ms, since),
					 saw_source_text(w->source));
	}
	set_layer(v, SAW_LAYER_IPSEC, false, reason);
}

static void judge_unread(const struct saw_verdict_input *in, struct saw_verdict *v) {
	v->state = STATE(UNKNOWN);
	judge_underlay(in, v);
	judge_interface(in, v);
	for (size_t i = 0; i < in->n_witnesses; i++) {
		const struct saw_witness *w = &in->witnesses[i];

		if (w->readable && w->complete) /* read to its end, and it never showed this one: it cannot say */
			say(v, "%s does not show this tunnel and never did", saw_source_text(w->source));
		else if (w->problem || !in->ambiguous_rows)
			say(v, "%s: %s", saw_source_text(w->source), w->problem ? w->problem : "not read yet");
	}
	if (in->n_witnesses == 0)
		say(v, "nothing that lists the tunnels of %s has been read yet", in->device);
	if (in->ambiguous_rows)
		say(v,
			"%u rows of %s could be this tunnel's or another's: add `local` or `interface` to it in the configuration "
			"(or "
			"`local_ident` and `remote_ident`), or let show output be read too",
			in->ambiguous_rows, in->device);
}

void saw_verdict_decide(const struct saw_verdict_input *in, struct saw_verdict *v) {
	const struct saw_witness *shows, *lacks;

	v->n_reasons = 0;
	v->present = v->gone = false;
	v->gone_since_ms = 0;
	v->renewal_overdue = SAW_TRI_UNKNOWN;
	v->has_frequencies = false;
	for (int i = 0; i < SAW_LAYERS; i++) {
		v->layers[i].up = SAW_TRI_UNKNOWN;
		v->layers[i].reason = -1;
	}
	hear(in, &shows, &lacks);
	if (shows || lacks) {
		v->has_frequencies = true;
		v->rekeys_per_lifetime = in->rekeys_per_lifetime;
		v->flaps_per_hour = in->flaps_per_hour;
	}
	if (shows)
		judge_present(in, shows, v);
	else if (lacks)
		judge_gone(in, lacks, v);
	else
		judge_unread(in, v);
}
