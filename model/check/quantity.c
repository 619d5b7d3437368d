#include "model/check/judge.h"

#include "model/mtu_end.h"

/* What a number of a tunnel, a link's direction, a BGP peer, a device or a fleet is called, and where it comes from. */

/* ------------------------------------------------------------------------------------------------------------------ tunnels */

bool saw_check_rate(const Sawatch__V1__TunnelEnd *t, const char *name, double *v) {
	for (size_t i = 0; i < t->n_totals; i++) {
		const Sawatch__V1__Total *total = t->totals[i];

		if (!total->name || strcmp(total->name, name) != 0 || !total->has_per_second || total->stale)
			continue;
		*v = total->per_second;
		return true;
	}
	return false;
}

static bool replay_rate(const void *subject, double *v) {
	const Sawatch__V1__TunnelEnd *t = subject;

	*v = t->replay_errors_per_second;
	return t->has_replay_errors_per_second;
}

static const char *replay_off(const void *subject) {
	const Sawatch__V1__TunnelEnd *t = subject;

	return t->has_replay_window && t->replay_window == 0 ? "the replay check is off" : NULL;
}

/* Of what arrived: packets that were decapsulated, and those that were dropped for it. */
static bool replay_ratio(const void *subject, double *v) {
	const Sawatch__V1__TunnelEnd *t = subject;
	double packets;

	if (!t->has_replay_errors_per_second || !saw_check_rate(t, "decaps_packets", &packets) ||
		!(packets + t->replay_errors_per_second > 0))
		return false;
	*v = 100 * t->replay_errors_per_second / (packets + t->replay_errors_per_second);
	return true;
}

static bool plaintext_mtu(const void *subject, double *v) {
	*v = saw_mtu_end_observed(subject);
	return *v > 0;
}

static bool tunnel_mtu(const void *subject, double *v) {
	const Sawatch__V1__TunnelEnd *t = subject;

	*v = t->tunnel_ip_mtu;
	return t->has_tunnel_ip_mtu;
}

static bool mss(const void *subject, double *v) {
	const Sawatch__V1__TunnelEnd *t = subject;

	*v = t->recommended_mss;
	return t->has_recommended_mss;
}

/* Both directions expire; the first one counts. */
static bool sa_remaining(const void *subject, double *v) {
	const Sawatch__V1__TunnelEnd *t = subject;

	if (t->has_in_remaining_seconds && t->has_out_remaining_seconds)
		*v = (double)(t->in_remaining_seconds < t->out_remaining_seconds ? t->in_remaining_seconds
																		 : t->out_remaining_seconds);
	else
		*v = (double)(t->has_in_remaining_seconds ? t->in_remaining_seconds : t->out_remaining_seconds);
	return t->has_in_remaining_seconds || t->has_out_remaining_seconds;
}

static bool ike_remaining(const void *subject, double *v) {
	const Sawatch__V1__TunnelEnd *t = subject;

	*v = (double)t->ike_remaining_seconds;
	return t->has_ike_remaining_seconds;
}

static bool bits(const Sawatch__V1__TunnelEnd *t, const char *total, double *v) {
	if (!saw_check_rate(t, total, v))
		return false;
	*v *= 8;
	return true;
}

static bool in_bps(const void *subject, double *v) {
	return bits(subject, "in_bytes", v);
}

static bool out_bps(const void *subject, double *v) {
	return bits(subject, "out_bytes", v);
}

static bool percent(const Sawatch__V1__TunnelEnd *t, const char *total, double *v) {
	if (!t->has_capacity_bytes_per_second || t->capacity_bytes_per_second == 0 || !saw_check_rate(t, total, v))
		return false;
	*v = 100 * *v / (double)t->capacity_bytes_per_second;
	return true;
}

static bool in_percent(const void *subject, double *v) {
	return percent(subject, "in_bytes", v);
}

static bool out_percent(const void *subject, double *v) {
	return percent(subject, "out_bytes", v);
}

bool saw_check_fastest_error(const Sawatch__V1__TunnelEnd *t, double *v, const char **reason) {
	/* Sums come last: of equal rates the one that says more is named. */
	static const struct {
		const char *total, *reason;
	} errors[] = {
		{"replay_failed_recv", "replay"},
		{"auth_failed_recv", "authentication"},
		{"verify_failed_recv", "verification"},
		{"decrypt_failed_recv", "decryption"},
		{"decaps_failed_recv", "decapsulation"},
		{"invalid_sa_recv", "invalid SA"},
		{"invalid_identity_recv", "invalid identity"},
		{"invalid_len_recv", "invalid length"},
		{"invalid_prot_recv", "invalid protocol"},
		{"replay_rollover_recv", "sequence number rollover received"},
		{"internal_err_recv", "internal, receiving"},
		{"encrypt_failed_send", "encryption"},
		{"encaps_failed_send", "encapsulation"},
		{"no_sa_send", "no SA to send with"},
		{"replay_rollover_send", "sequence number rollover sent"},
		{"internal_err_send", "internal, sending"},
		{"in_drop_packets", "dropped inbound"},
		{"out_drop_packets", "dropped outbound"},
		{"recv_errors", "receive errors"},
		{"send_errors", "send errors"},
	};
	bool known = false;

	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
		double rate;

		if (!saw_check_rate(t, errors[i].total, &rate) || (known && !(rate > *v)))
			continue;
		known = true;
		*v = rate;
		*reason = errors[i].reason;
	}
	return known;
}

static bool error_rate(const void *subject, double *v) {
	const char *reason;

	return saw_check_fastest_error(subject, v, &reason);
}

static bool rekeys(const void *subject, double *v) {
	const Sawatch__V1__TunnelEnd *t = subject;

	*v = t->rekeys_per_lifetime;
	return t->has_rekeys_per_lifetime;
}

static bool flaps(const void *subject, double *v) {
	const Sawatch__V1__TunnelEnd *t = subject;

	*v = t->flaps_per_hour;
	return t->has_flaps_per_hour;
}

/* ------------------------------------------------------------------------------------------------------------------- links */

/* Below its bound a difference is no loss: the counters are read at different times. */
static bool loss(const void *subject, double *v) {
	const Sawatch__V1__LinkDirection *d = subject;

	*v = d->loss_ratio > (d->has_loss_bound_ratio ? d->loss_bound_ratio : 0) ? 100 * d->loss_ratio : 0;
	return d->has_loss_ratio;
}

static bool loss_bound(const void *subject, double *v) {
	const Sawatch__V1__LinkDirection *d = subject;

	*v = 100 * d->loss_bound_ratio;
	return d->has_loss_bound_ratio;
}

/* --------------------------------------------------------------------------------------------------------- peers and devices */

static bool prefixes(const void *subject, double *v) {
	const Sawatch__V1__BgpPeer *p = subject;

	*v = (double)p->prefixes_received;
	return p->has_prefixes_received;
}

static bool up_seconds(const void *subject, double *v) {
	const Sawatch__V1__BgpPeer *p = subject;

	*v = (double)p->up_seconds;
	return p->has_up_seconds;
}

static bool age(const void *subject, double *v) {
	const struct judge *j = subject;

	*v = j->age;
	return j->has_age;
}

static bool poll_duration(const void *subject, double *v) {
	const struct judge *j = subject;
	bool known = false;

	for (size_t i = 0; i < j->device->n_sources; i++) {
		const Sawatch__V1__SourceStatus *s = j->device->sources[i];

		if (!s->has_poll_duration_seconds || (known && !(s->poll_duration_seconds > *v)))
			continue;
		known = true;
		*v = s->poll_duration_seconds;
	}
	return known;
}

bool saw_check_is_partial(const Sawatch__V1__TableStatus *t) {
	return t->has_status && (t->status == SAWATCH__V1__TABLE_STATE__TABLE_STATE_PARTIAL ||
							 t->status == SAWATCH__V1__TABLE_STATE__TABLE_STATE_FAILED);
}

static bool partial_tables(const void *subject, double *v) {
	const struct judge *j = subject;
	size_t tables = 0, partial = 0;

	for (size_t i = 0; i < j->device->n_sources; i++)
		for (size_t k = 0; k < j->device->sources[i]->n_tables; k++, tables++)
			partial += saw_check_is_partial(j->device->sources[i]->tables[k]);
	*v = (double)partial;
	return tables > 0;
}

/* ------------------------------------------------------------------------------------------------------------------ counts */

#define COUNT_OF(type, what)                             \
	static bool count_##what(const void *s, double *v) { \
		const struct type *c = s;                        \
		*v = (double)c->what;                            \
		return true;                                     \
	}
#define COUNT(what) COUNT_OF(saw_check_counts, what)
COUNT(down)
COUNT_OF(saw_check_audit_counts, fail)
COUNT_OF(saw_check_audit_counts, warn)
COUNT_OF(saw_check_audit_counts, info)
COUNT(missing)
COUNT(degraded)
COUNT(unexpected)
COUNT(unknown)
COUNT(unread)

#define OF_CLI "(show crypto ipsec sa has it, SNMP does not)"
#define TWO_POLLS "yet (two polls are needed)"

const struct saw_check_quantity saw_check_quantities[SAW_QUANTITIES] = {
	[SAW_QUANTITY_REPLAY_RATE] = {"replay_rate", "", "replay errors", "/s", replay_rate, TWO_POLLS, replay_off},
	[SAW_QUANTITY_REPLAY_RATIO] = {"replay_ratio", "%", "replay ratio", " %", replay_ratio,
								   "yet (two polls with traffic are needed)", replay_off},
	[SAW_QUANTITY_MTU] = {"mtu", "B", "plaintext MTU", " B", plaintext_mtu, OF_CLI, NULL},
	[SAW_QUANTITY_TUNNEL_MTU] = {"tunnel_mtu", "B", "tunnel IP MTU", " B", tunnel_mtu, "(show ip interface has it)",
								 NULL},
	[SAW_QUANTITY_MSS] = {"mss", "B", "recommended TCP MSS", " B", mss, "(suite, path MTU and NAT-T must be known)",
						  NULL},
	[SAW_QUANTITY_SA_REMAINING] = {"sa_remaining", "s", "SA remaining", " s", sa_remaining, OF_CLI, NULL},
	[SAW_QUANTITY_IKE_REMAINING] = {"ike_remaining", "s", "IKE SA remaining", " s", ike_remaining,
									"(no IKE SA was read)", NULL},
	[SAW_QUANTITY_IN_BPS] = {"in_bps", "", "in", " bit/s", in_bps, TWO_POLLS, NULL},
	[SAW_QUANTITY_OUT_BPS] = {"out_bps", "", "out", " bit/s", out_bps, TWO_POLLS, NULL},
	[SAW_QUANTITY_IN_PERCENT] = {"in_percent", "%", "in", " % of capacity", in_percent,
								 "(the configuration gives no capacity, or two polls are needed)", NULL},
	[SAW_QUANTITY_OUT_PERCENT] = {"out_percent", "%", "out", " % of capacity", out_percent,
								  "(the configuration gives no capacity, or two polls are needed)", NULL},
	[SAW_QUANTITY_ERROR_RATE] = {"error_rate", "", "errors", "/s", error_rate, TWO_POLLS, NULL},
	[SAW_QUANTITY_REKEYS] = {"rekeys_per_lifetime", "", "renewals in one lifetime", "", rekeys, "yet", NULL},
	[SAW_QUANTITY_FLAPS] = {"flaps_per_hour", "", "losses in the last hour", "", flaps, "yet", NULL},
	[SAW_QUANTITY_LOSS] = {"loss", "%", "loss", " %", loss, "yet (a quarter of an hour with traffic is needed)", NULL},
	[SAW_QUANTITY_LOSS_BOUND] = {"loss_bound", "%", "measurable from", " %", loss_bound,
								 "yet (a quarter of an hour with traffic is needed)", NULL},
	[SAW_QUANTITY_PREFIXES] = {"prefixes", "", "prefixes", "", prefixes, "(the device does not say)", NULL},
	[SAW_QUANTITY_UP_SECONDS] = {"up_seconds", "s", "established for", " s", up_seconds, "(the device does not say)",
								 NULL},
	[SAW_QUANTITY_AGE] = {"age", "s", "data age", " s", age, "yet", NULL},
	[SAW_QUANTITY_POLL_DURATION] = {"poll_duration", "s", "poll duration", " s", poll_duration, "yet", NULL},
	[SAW_QUANTITY_PARTIAL_TABLES] = {"partial_tables", "", "partial tables", "", partial_tables, "yet", NULL},
	[SAW_QUANTITY_AUDIT_FAIL] = {"fail", "", "fail", "", count_fail, NULL, NULL},
	[SAW_QUANTITY_AUDIT_WARN] = {"warn", "", "warn", "", count_warn, NULL, NULL},
	[SAW_QUANTITY_AUDIT_INFO] = {"info", "", "info", "", count_info, NULL, NULL},
	[SAW_QUANTITY_DOWN] = {"down", "", "down", "", count_down, NULL, NULL},
	[SAW_QUANTITY_MISSING] = {"missing", "", "missing", "", count_missing, NULL, NULL},
	[SAW_QUANTITY_DEGRADED] = {"degraded", "", "degraded", "", count_degraded, NULL, NULL},
	[SAW_QUANTITY_UNEXPECTED] = {"unexpected", "", "unexpected", "", count_unexpected, NULL, NULL},
	[SAW_QUANTITY_UNKNOWN] = {"unknown", "", "unknown", "", count_unknown, NULL, NULL},
	[SAW_QUANTITY_UNREAD] = {"unread", "", "devices not read", "", count_unread, NULL, NULL},
};
