#include "config.h"

#include "exporters/prometheus/families.h"

#include "proto/json.h"
#include "proto/tunnel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A total that is no field of IpsecSa does not compile. */
#define X(name) _Static_assert(offsetof(Sawatch__V1__IpsecSa, name) > 0, "totals are made of IpsecSa's fields");
SAW_TOTALS(X)
#undef X

const char *saw_total_name(enum saw_total t) {
	static const char *const names[] = {NULL,
#define X(name) #name,
										SAW_TOTALS(X)
#undef X
	};

	return t < SAW_TOTAL_COUNT ? names[t] : NULL;
}

const char *saw_scope_labels(enum saw_scope s) {
	static const char *const labels[] = {
		[SAW_SCOPE_DAEMON] = "",
		[SAW_SCOPE_PROCESS] = "",
		[SAW_SCOPE_DEVICE] = "device",
		[SAW_SCOPE_BGP] = "device, peer, vrf",
		[SAW_SCOPE_PORT] = "device, interface",
		[SAW_SCOPE_MEMORY] = "device, pool",
		[SAW_SCOPE_SOURCE] = "device, source",
		[SAW_SCOPE_ERROR] = "device, source, reason",
		[SAW_SCOPE_TABLE] = "device, source, table",
		[SAW_SCOPE_TUNNEL] = "device, tunnel",
		[SAW_SCOPE_LAYER] = "device, tunnel, layer",
		[SAW_SCOPE_TARGET] = "target",
		[SAW_SCOPE_AUDITED] = "device",
		[SAW_SCOPE_AUDIT_RULE] = "device, rule, severity",
		[SAW_SCOPE_EXPORTER] = "exporter",
		[SAW_SCOPE_LINK] = "link, a, b",
		[SAW_SCOPE_LINK_END] = "link, device, tunnel",
		[SAW_SCOPE_WAY] = "link, from, to",
		[SAW_SCOPE_COMPARISON] = "link, field",
	};

	return labels[s];
}

/* -------------------------------------------------------------------------------------------------- values that are made */

static bool put_u64(struct saw_value *v, uint64_t n) {
	v->kind = SAW_VALUE_U64;
	v->u64 = n;
	return true;
}

static bool put_ms(struct saw_value *v, int64_t ms) {
	v->kind = SAW_VALUE_MS;
	v->ms = ms;
	return true;
}

static bool put_real(struct saw_value *v, bool has, double d) {
	v->kind = SAW_VALUE_REAL;
	v->real = d;
	return has && isfinite(d);
}

static bool one(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)r;
	(void)arg;
	return put_u64(v, 1);
}

static bool scheduler_lag(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return put_real(v, r->snapshot->has_scheduler_lag_seconds, r->snapshot->scheduler_lag_seconds);
}

static bool snapshot_made(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->snapshot->has_made_at_ms && put_ms(v, r->snapshot->made_at_ms);
}

static bool cpu_ratio(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return put_real(v, r->device->has_cpu_percent, r->device->cpu_percent / 100.0);
}

static bool crypto_load_ratio(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return put_real(v, r->device->has_crypto_load_percent, r->device->crypto_load_percent / 100.0);
}

static bool port_speed(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->port->has_bandwidth_kbit && put_u64(v, r->port->bandwidth_kbit * 125);
}

static bool bgp_up(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->bgp->state && put_u64(v, strcmp(r->bgp->state, "established") == 0);
}

/* The device's own counters of what went wrong with IKE, whole; its log of failures has the last ones of the same again. */
enum {
	FAILED_AUTH,
	FAILED_DECRYPT,
	FAILED_HASH,
	FAILED_NO_SA,
	FAILED_CAPACITY,
	FAILED_AS_INITIATOR,
	FAILED_AS_RESPONDER
};
static const char *const ike_failures[] = {
	[FAILED_AUTH] = "auth_fails",
	[FAILED_DECRYPT] = "decrypt_fails",
	[FAILED_HASH] = "hash_valid_fails",
	[FAILED_NO_SA] = "no_sa_fails",
	[FAILED_CAPACITY] = "sys_cap_fails",
	[FAILED_AS_INITIATOR] = "init_tunnel_fails",
	[FAILED_AS_RESPONDER] = "resp_tunnel_fails",
};

/* The counters are SNMP's: while it is not read they stand still because nobody looks. */
static bool read_by_snmp(const Sawatch__V1__Device *d) {
	for (size_t i = 0; i < d->n_sources; i++)
		if (d->sources[i]->source == SAWATCH__V1__SOURCE__SOURCE_SNMP)
			return d->sources[i]->has_observed_at_ms && !d->sources[i]->has_error_class;
	return false;
}

static bool ike_failed(const struct saw_row *r, int arg, struct saw_value *v) {
	if (!read_by_snmp(r->device))
		return false;
	for (size_t i = 0; i < r->device->n_global_counters; i++) {
		const Sawatch__V1__GlobalCounter *c = r->device->global_counters[i];

		if (c->group && c->name && strcmp(c->group, "ike") == 0 && strcmp(c->name, ike_failures[arg]) == 0)
			return c->has_value && put_u64(v, c->value);
	}
	return false;
}

static bool poll_duration(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return put_real(v, r->source->has_poll_duration_seconds, r->source->poll_duration_seconds);
}

static bool polls_timed(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->source->poll_durations && put_u64(v, r->source->poll_durations->count);
}

static bool poll_interval(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return put_real(v, r->source->has_poll_interval_seconds, r->source->poll_interval_seconds);
}

/* A device's clock is not asked, but ours may be set back. */
static bool poll_age(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->source->has_observed_at_ms && put_ms(v, saw_ms_since(r->source->observed_at_ms, r->now_ms));
}

static bool audit_age(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->audited->has_read_at_ms && put_ms(v, saw_ms_since(r->audited->read_at_ms, r->now_ms));
}

/* A table that the device does not have is neither complete nor failed. */
static bool table_complete(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->table->has_status && r->table->status != SAWATCH__V1__TABLE_STATE__TABLE_STATE_ABSENT &&
		   put_u64(v, r->table->status == SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE);
}

static bool table_seconds(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return put_real(v, r->table->has_seconds, r->table->seconds);
}

static bool table_bytes(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->table->has_bytes && put_u64(v, r->table->bytes);
}

static Sawatch__V1__TunnelState state_of(const Sawatch__V1__TunnelEnd *t) {
	return t->has_state ? t->state : SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN;
}

static bool tunnel_up(const struct saw_row *r, int arg, struct saw_value *v) {
	Sawatch__V1__TunnelState s = state_of(r->tunnel);

	(void)arg;
	return put_u64(v, s == SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP ||
						  s == SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DEGRADED ||
						  s == SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNEXPECTED);
}

static bool tunnel_state(const struct saw_row *r, int arg, struct saw_value *v) {
	return put_u64(v, (int)state_of(r->tunnel) == arg);
}

/* Said of every tunnel, so that an alert can multiply by it. */
static bool tunnel_maintenance(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return put_u64(v, r->tunnel->has_maintenance && r->tunnel->maintenance);
}

static bool tunnel_sa_replay_ratio(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return put_real(v, r->tunnel->has_sa_replay_ratio, r->tunnel->sa_replay_ratio);
}

/* The SPI says which generation of the SA it was: a burst right after a rekey is another thing than one in the middle of its life. */
static bool last_replay(const struct saw_row *r, struct saw_exemplar *e) {
	const Sawatch__V1__TunnelEnd *t = r->tunnel;

	if (!t->has_last_replay_ms || !t->has_last_replay_spi)
		return false;
	*e = (struct saw_exemplar){.label = "spi", .value = t->last_replay_packets, .at_ms = t->last_replay_ms};
	snprintf(e->text, sizeof e->text, "0x%08x", (unsigned)t->last_replay_spi);
	return true;
}

static bool tunnel_rekeys_per_lifetime(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return put_real(v, r->tunnel->has_rekeys_per_lifetime, r->tunnel->rekeys_per_lifetime);
}

static bool tunnel_last_seen(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->tunnel->has_last_seen_ms && put_ms(v, r->tunnel->last_seen_ms);
}

static bool tunnel_since(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->tunnel->has_since_ms && put_ms(v, r->tunnel->since_ms);
}

static bool unit_changed(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->device->has_unit_changed_ms && put_ms(v, r->device->unit_changed_ms);
}

static bool push_succeeded(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->target->has_last_success_ms && put_ms(v, r->target->last_success_ms);
}

static bool loss_ratio(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return put_real(v, r->way->has_loss_ratio, r->way->loss_ratio);
}

static bool loss_bound_ratio(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return put_real(v, r->way->has_loss_bound_ratio, r->way->loss_bound_ratio);
}

static bool cpu_seconds(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return put_real(v, r->process->cpu_seconds >= 0, r->process->cpu_seconds);
}

static bool start_time(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return put_real(v, r->process->start_time_seconds >= 0, r->process->start_time_seconds);
}

static bool resident_bytes(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->process->resident_bytes >= 0 && put_u64(v, (uint64_t)r->process->resident_bytes);
}

static bool open_fds(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->process->open_fds >= 0 && put_u64(v, (uint64_t)r->process->open_fds);
}

static bool max_fds(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->process->max_fds >= 0 && put_u64(v, (uint64_t)r->process->max_fds);
}

/* Of the HTTP face. arg: the listener, and the reason besides; the place of a status code. */
static bool http_connections(const struct saw_row *r, int arg, struct saw_value *v) {
	return r->process->has_http && put_u64(v, r->process->http.connections[arg]);
}

static bool http_accepted(const struct saw_row *r, int arg, struct saw_value *v) {
	return r->process->has_http && put_u64(v, r->process->http.accepted[arg]);
}

static bool http_ended(const struct saw_row *r, int arg, struct saw_value *v) {
	return r->process->has_http && put_u64(v, r->process->http.ended[arg / SAW_HTTP_REASONS][arg % SAW_HTTP_REASONS]);
}

const unsigned saw_http_codes[SAW_HTTP_CODES] = {200, 400, 401, 404, 405, 413, 429, 500, 503, 0};

static bool http_requests(const struct saw_row *r, int arg, struct saw_value *v) {
	return r->process->has_http && put_u64(v, r->process->http.requests[arg]);
}

static bool http_auth_failures(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->process->has_http && put_u64(v, r->process->http.auth_failures);
}

static bool http_certificate_expires(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->process->has_http && r->process->http.certificate_expires_s &&
		   put_ms(v, r->process->http.certificate_expires_s * 1000);
}

/* --------------------------------------------------------------------------------------------- texts of the info families */

static const char *program_version(const struct saw_row *r, char scratch[64]) {
	(void)r;
	(void)scratch;
	return PACKAGE_VERSION;
}

static const char *platform(const struct saw_row *r, char scratch[64]) {
	(void)scratch;
	return r->device->has_platform ? saw_enum_name(&sawatch__v1__platform__descriptor, (int)r->device->platform) : NULL;
}

/* aes-gcm and 256 bits are one cipher to whoever reads it: aes-gcm-256. */
static const char *encryption(const struct saw_row *r, char scratch[64]) {
	if (!r->tunnel->encryption || !r->tunnel->has_key_bits)
		return r->tunnel->encryption;
	snprintf(scratch, 64, "%.50s-%u", r->tunnel->encryption, (unsigned)r->tunnel->key_bits);
	return scratch;
}

#define TUNNEL_TEXT(label, field_name) \
	{ .name = label, .field = SAW_FIELD_TEXT(Sawatch__V1__TunnelEnd, field_name) }
#define TUNNEL_NUMBER(label, field_name) \
	{ .name = label, .field = SAW_FIELD(Sawatch__V1__TunnelEnd, field_name) }
#define DEVICE_TEXT(label, field_name) \
	{ .name = label, .field = SAW_FIELD_TEXT(Sawatch__V1__Device, field_name) }

static const struct saw_info_label build_info[] = {
	{.name = "version", .text = program_version},
};

static const struct saw_info_label device_info[] = {
	{.name = "platform", .text = platform}, DEVICE_TEXT("model", model), DEVICE_TEXT("version", os_version),
	DEVICE_TEXT("hostname", hostname),      DEVICE_TEXT("site", site),
};

static const struct saw_info_label tunnel_info[] = {
	TUNNEL_TEXT("interface", interface),
	TUNNEL_TEXT("local", local),
	TUNNEL_TEXT("remote", remote),
	TUNNEL_TEXT("fvrf", fvrf),
	TUNNEL_TEXT("ivrf", ivrf),
	TUNNEL_NUMBER("ike_version", ike_version),
	{.name = "encryption", .text = encryption},
	TUNNEL_TEXT("integrity", integrity),
	TUNNEL_NUMBER("dh_group", dh_group),
	TUNNEL_NUMBER("pfs_group", pfs_group),
	TUNNEL_TEXT("mode", mode),
	TUNNEL_NUMBER("nat_t", nat_t),
	TUNNEL_TEXT("link", link),
	TUNNEL_TEXT("site", site),
	TUNNEL_TEXT("circuit", circuit),
	TUNNEL_TEXT("owner", owner),
};

/* ------------------------------------------------------------------------------------------------------------ the families */

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))
#define SERIES(...) \
	.series = (const struct saw_series[]){__VA_ARGS__}, .n_series = LENGTH(((const struct saw_series[]){__VA_ARGS__}))
#define FN(function) SERIES({.fn = (function)})
#define INFO(labels) FN(one), .info = (labels), .n_info = LENGTH(labels)
#define SNAPSHOT(f) SERIES({.field = SAW_FIELD(Sawatch__V1__Snapshot, f)})
#define DEVICE(f) SERIES({.field = SAW_FIELD(Sawatch__V1__Device, f)})
#define SOURCE(f) SERIES({.field = SAW_FIELD(Sawatch__V1__SourceStatus, f)})
#define TUNNEL(f) SERIES({.field = SAW_FIELD(Sawatch__V1__TunnelEnd, f)})
#define FIELD_OF_TUNNEL(label, f) \
	{ .labels = (label), .field = SAW_FIELD(Sawatch__V1__TunnelEnd, f) }
#define TOTAL(label, name) \
	{ .labels = (label), .total = SAW_TOTAL_##name }
#define STATE(label, name) \
	{ .labels = "state=\"" label "\"", .fn = tunnel_state, .arg = SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_##name }
#define FAILED(reason, which) \
	{ .labels = "reason=\"" reason "\"", .fn = ike_failed, .arg = (which) }
#define TARGET(f) SERIES({.field = SAW_FIELD(Sawatch__V1__PushTarget, f)})
#define EXPORTER(f) SERIES({.field = SAW_FIELD(Sawatch__V1__Exporter, f)})
#define LINK(f) SERIES({.field = SAW_FIELD(Sawatch__V1__Link, f)})
#define WAY(f) SERIES({.field = SAW_FIELD(Sawatch__V1__LinkDirection, f)})
#define IN "direction=\"in\""
#define OUT "direction=\"out\""

static const struct saw_family families[] = {
	/* The daemon. */
	{"sawatch_build_info", SAW_GAUGE, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, "version",
	 "Always 1; the version of Sawatch that answers.", INFO(build_info)},
	{"sawatch_snapshot_timestamp_seconds", SAW_GAUGE, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, NULL,
	 "Unix time at which the picture shown here was made; older than a few seconds means that the daemon hangs.",
	 FN(snapshot_made)},
	{"sawatch_scheduler_lag_seconds", SAW_GAUGE, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, NULL,
	 "How late the last poll was started; above a few seconds the daemon has more to do than it manages.",
	 FN(scheduler_lag)},
	{"sawatch_polls_missed_total", SAW_COUNTER, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, NULL,
	 "Polls left out because the one before had not ended; growth means that an interval is too short for a device.",
	 SNAPSHOT(polls_missed)},
	{"sawatch_collector_restarts_total", SAW_COUNTER, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, NULL,
	 "Collector processes that died and were started again; growth is a defect worth a report.",
	 SNAPSHOT(collector_restarts)},
	{"sawatch_exporter_up", SAW_GAUGE, SAW_SCOPE_EXPORTER, SAW_NEEDS_NOTHING, NULL,
	 "1 while the process of this part of the daemon (push, agentx, history) runs; at 0 what it does stands still.",
	 EXPORTER(up)},
	{"sawatch_exporter_restarts_total", SAW_COUNTER, SAW_SCOPE_EXPORTER, SAW_NEEDS_NOTHING, NULL,
	 "Times this process died and was started again; growth is a defect worth a report.", EXPORTER(restarts)},
	{"sawatch_push_up", SAW_GAUGE, SAW_SCOPE_TARGET, SAW_NEEDS_NOTHING, NULL,
	 "1 if the server took the last request, 0 if not; absent until the first was answered. The log says what is "
	 "wrong.",
	 TARGET(up)},
	{"sawatch_push_queue_samples", SAW_GAUGE, SAW_SCOPE_TARGET, SAW_NEEDS_NOTHING, NULL,
	 "Samples that wait to be sent; growth means that the server is away or slower than what is measured.",
	 TARGET(queued_samples)},
	{"sawatch_push_queue_bytes", SAW_GAUGE, SAW_SCOPE_TARGET, SAW_NEEDS_NOTHING, NULL,
	 "What waits, as it lies on the disk; near the configured queue the oldest is about to be dropped.",
	 TARGET(queued_bytes)},
	{"sawatch_push_sent_samples_total", SAW_COUNTER, SAW_SCOPE_TARGET, SAW_NEEDS_NOTHING, NULL,
	 "Samples (Icinga 2: check results) that the server took.", TARGET(sent_samples)},
	{"sawatch_push_failures_total", SAW_COUNTER, SAW_SCOPE_TARGET, SAW_NEEDS_NOTHING, NULL,
	 "Requests that the server refused, or that were not answered.", TARGET(failed_requests)},
	{"sawatch_push_dropped_samples_total", SAW_COUNTER, SAW_SCOPE_TARGET, SAW_NEEDS_NOTHING, NULL,
	 "Samples that are lost: refused by the server, or the oldest of a queue that was full.", TARGET(dropped_samples)},
	{"sawatch_push_last_success_timestamp_seconds", SAW_GAUGE, SAW_SCOPE_TARGET, SAW_NEEDS_NOTHING, NULL,
	 "Unix time at which the server last took something.", FN(push_succeeded)},
	{"sawatch_config_reloads_total", SAW_COUNTER, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, NULL,
	 "Times a changed configuration was taken.", SNAPSHOT(config_reloads)},
	{"sawatch_config_reload_failures_total", SAW_COUNTER, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, NULL,
	 "Times a changed configuration was refused and the old one kept; the log says why.",
	 SNAPSHOT(config_reload_failures)},

	{"sawatch_state_errors_total", SAW_COUNTER, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, NULL,
	 "Times the totals could not be written to the disk; while it grows a restart loses what was counted since. "
	 "Absent: "
	 "kept in memory only.",
	 SNAPSHOT(state_errors)},

	/* The devices and how they are read. */
	{"sawatch_device_info", SAW_GAUGE, SAW_SCOPE_DEVICE, SAW_NEEDS_NOTHING, "platform, model, version, hostname, site",
	 "Always 1; what the device says it is.", INFO(device_info)},
	{"sawatch_device_uptime_seconds", SAW_GAUGE, SAW_SCOPE_DEVICE, SAW_NEEDS_NOTHING, NULL,
	 "Time since the device started, as of the last poll; a drop is a reload.", DEVICE(uptime_seconds)},
	{"sawatch_device_unit_changed_timestamp_seconds", SAW_GAUGE, SAW_SCOPE_DEVICE, SAW_NEEDS_NOTHING, NULL,
	 "Unix time at which another serial number answered first: a failover of the pair, or a replaced box.",
	 FN(unit_changed)},
	{"sawatch_device_unassigned_rows", SAW_GAUGE, SAW_SCOPE_DEVICE, SAW_NEEDS_NOTHING, NULL,
	 "Rows of the device that could be more than one tunnel's and are shown under none; a second source tells them "
	 "apart.",
	 DEVICE(unassigned_rows)},
	{"sawatch_device_remote_access_rows", SAW_GAUGE, SAW_SCOPE_DEVICE, SAW_NEEDS_NOTHING, NULL,
	 "Rows of remote-access clients, which are not watched as tunnels.", DEVICE(remote_access_rows)},
	{"sawatch_device_cpu_ratio", SAW_GAUGE, SAW_SCOPE_DEVICE, SAW_NEEDS_NOTHING, NULL,
	 "Load of the device's busiest processor over five minutes, 0 to 1; above 0.7 polling should be slower.",
	 FN(cpu_ratio)},
	{"sawatch_device_crypto_load_ratio", SAW_GAUGE, SAW_SCOPE_DEVICE, SAW_NEEDS_NOTHING, NULL,
	 "Load of what encrypts (QFP) over five minutes, 0 to 1; near 1 packets are dropped whatever the tunnels say.",
	 FN(crypto_load_ratio)},
	{"sawatch_crypto_sessions", SAW_GAUGE, SAW_SCOPE_DEVICE, SAW_NEEDS_NOTHING, "kind",
	 "Sessions that the device counts: site-to-site ones active now, the most of them at once since it started, and "
	 "those of "
	 "remote-access clients by IPsec.",
	 SERIES({.labels = "kind=\"active\"", .field = SAW_FIELD(Sawatch__V1__Device, l2l_sessions_active)},
			{.labels = "kind=\"peak\"", .field = SAW_FIELD(Sawatch__V1__Device, l2l_sessions_peak)},
			{.labels = "kind=\"remote_access\"", .field = SAW_FIELD(Sawatch__V1__Device, remote_access_sessions)})},
	{"sawatch_ike_failures_total", SAW_COUNTER, SAW_SCOPE_DEVICE, SAW_NEEDS_NOTHING, "reason",
	 "What went wrong with IKE messages, as the device counts it since it started; authentication: a wrong key or "
	 "certificate.",
	 SERIES(FAILED("authentication", FAILED_AUTH), FAILED("decrypt", FAILED_DECRYPT), FAILED("hash", FAILED_HASH),
			FAILED("no_sa", FAILED_NO_SA), FAILED("capacity", FAILED_CAPACITY))},
	{"sawatch_ike_setup_failures_total", SAW_COUNTER, SAW_SCOPE_DEVICE, SAW_NEEDS_NOTHING, "role",
	 "IKE SAs that could not be set up, by the role of the device, since it started; the reasons are in "
	 "sawatch_ike_failures_total.",
	 SERIES({.labels = "role=\"initiator\"", .fn = ike_failed, .arg = FAILED_AS_INITIATOR},
			{.labels = "role=\"responder\"", .fn = ike_failed, .arg = FAILED_AS_RESPONDER})},
	{"sawatch_bgp_peer_up", SAW_GAUGE, SAW_SCOPE_BGP, SAW_NEEDS_NOTHING, NULL,
	 "1 if the BGP session is established, 0 in any other of its states; absent while the device cannot be read.",
	 FN(bgp_up)},
	{"sawatch_bgp_prefixes_received", SAW_GAUGE, SAW_SCOPE_BGP, SAW_NEEDS_NOTHING, NULL,
	 "Routes that the peer sent and the device took; a session that is up and has none carries no traffic.",
	 SERIES({.field = SAW_FIELD(Sawatch__V1__BgpPeer, prefixes_received)})},
	{"sawatch_interface_up", SAW_GAUGE, SAW_SCOPE_PORT, SAW_NEEDS_NOTHING, NULL,
	 "1 if the interface that tunnels leave by is up; 0 explains why all its tunnels are down. Tunnel interfaces are a "
	 "layer "
	 "of sawatch_tunnel_layer_up instead.",
	 SERIES({.field = SAW_FIELD(Sawatch__V1__Interface, line_up)})},
	{"sawatch_interface_bytes_total", SAW_COUNTER, SAW_SCOPE_PORT, SAW_NEEDS_NOTHING, "direction",
	 "Bytes through an interface that tunnels leave by, as the device counts them; beside its speed they say whether "
	 "it is full.",
	 SERIES({.labels = "direction=\"in\"", .field = SAW_FIELD(Sawatch__V1__Interface, in_bytes)},
			{.labels = "direction=\"out\"", .field = SAW_FIELD(Sawatch__V1__Interface, out_bytes)})},
	{"sawatch_interface_errors_total", SAW_COUNTER, SAW_SCOPE_PORT, SAW_NEEDS_NOTHING, "direction",
	 "Broken packets of an interface that tunnels leave by: the cable or the provider, before any tunnel.",
	 SERIES({.labels = "direction=\"in\"", .field = SAW_FIELD(Sawatch__V1__Interface, in_errors)},
			{.labels = "direction=\"out\"", .field = SAW_FIELD(Sawatch__V1__Interface, out_errors)})},
	{"sawatch_interface_discards_total", SAW_COUNTER, SAW_SCOPE_PORT, SAW_NEEDS_NOTHING, "direction",
	 "Good packets that an interface tunnels leave by threw away; outbound ones were encrypted already and are lost to "
	 "the "
	 "other end.",
	 SERIES({.labels = "direction=\"in\"", .field = SAW_FIELD(Sawatch__V1__Interface, in_discards)},
			{.labels = "direction=\"out\"", .field = SAW_FIELD(Sawatch__V1__Interface, out_discards)})},
	{"sawatch_interface_speed_bytes_per_second", SAW_GAUGE, SAW_SCOPE_PORT, SAW_NEEDS_NOTHING, NULL,
	 "What the interface says it can carry; the circuit behind it may be slower.", FN(port_speed)},
	{"sawatch_device_memory_used_bytes", SAW_GAUGE, SAW_SCOPE_MEMORY, SAW_NEEDS_NOTHING, NULL,
	 "Memory in use, per pool of the device (where memory_pools is set).",
	 SERIES({.field = SAW_FIELD(Sawatch__V1__MemoryPool, used_bytes)})},
	{"sawatch_device_memory_free_bytes", SAW_GAUGE, SAW_SCOPE_MEMORY, SAW_NEEDS_NOTHING, NULL,
	 "Memory left in the pool; near 0 the device stops setting up tunnels.",
	 SERIES({.field = SAW_FIELD(Sawatch__V1__MemoryPool, free_bytes)})},
	{"sawatch_device_up", SAW_GAUGE, SAW_SCOPE_SOURCE, SAW_NEEDS_NOTHING, NULL,
	 "1 if the last poll by this source was complete; 0 means that what it reads is not known now, not that tunnels "
	 "are down.",
	 SOURCE(complete)},
	{"sawatch_poll_duration_seconds", SAW_GAUGE, SAW_SCOPE_SOURCE, SAW_NEEDS_NOTHING, NULL,
	 "How long the last poll took; near the interval means that the device is slow or the interval too short.",
	 FN(poll_duration)},
	{"sawatch_audit_age_seconds", SAW_GAUGE, SAW_SCOPE_AUDITED, SAW_NEEDS_NOTHING, NULL,
	 "Age of the running configuration that is audited; far above ssh: audit_interval it cannot be read any more.",
	 FN(audit_age)},
	{"sawatch_audit_findings", SAW_GAUGE, SAW_SCOPE_AUDIT_RULE, SAW_NEEDS_NOTHING, NULL,
	 "What the audit found in this device's configuration, by rule (doc/audit.md); a rule that found nothing has no "
	 "line.",
	 SERIES({.field = SAW_FIELD(Sawatch__V1__AuditCount, count)})},
	{"sawatch_poll_time_seconds", SAW_HISTOGRAM, SAW_SCOPE_SOURCE, SAW_NEEDS_NOTHING, NULL,
	 "How long polls took, all of them that were counted; a growing share of slow ones is a device or a path in "
	 "trouble.",
	 FN(polls_timed)},
	{"sawatch_poll_age_seconds", SAW_GAUGE, SAW_SCOPE_SOURCE, SAW_NEEDS_NOTHING, NULL,
	 "Age of what is shown; far above sawatch_poll_interval_seconds means that the device is not being read.",
	 FN(poll_age)},
	{"sawatch_poll_interval_seconds", SAW_GAUGE, SAW_SCOPE_SOURCE, SAW_NEEDS_NOTHING, NULL,
	 "The interval at which this source is read.", FN(poll_interval)},
	{"sawatch_poll_requests", SAW_GAUGE, SAW_SCOPE_SOURCE, SAW_NEEDS_NOTHING, NULL,
	 "Requests that the last poll sent to the device: what watching costs it.", SOURCE(requests)},
	{"sawatch_poll_unparsed_lines", SAW_GAUGE, SAW_SCOPE_SOURCE, SAW_NEEDS_NOTHING, NULL,
	 "Lines of the device's text that no rule took; above 0 its software prints something new.",
	 SOURCE(unparsed_lines)},
	{"sawatch_poll_errors_total", SAW_COUNTER, SAW_SCOPE_ERROR, SAW_NEEDS_NOTHING, NULL,
	 "Failed polls by class of error; the class says what to mend (auth, timeout, access, ...).",
	 SERIES({.field = SAW_FIELD(Sawatch__V1__PollErrorCount, count)})},
	{"sawatch_poll_table_bytes", SAW_GAUGE, SAW_SCOPE_TABLE, SAW_NEEDS_NOTHING, NULL,
	 "How long the answer to this command was in the last poll.", FN(table_bytes)},
	{"sawatch_poll_table_complete", SAW_GAUGE, SAW_SCOPE_TABLE, SAW_NEEDS_NOTHING, NULL,
	 "1 if the last poll read this table to its end, 0 if it was cut short or failed; then nothing is concluded from "
	 "what is "
	 "not in it.",
	 FN(table_complete)},
	{"sawatch_poll_table_seconds", SAW_GAUGE, SAW_SCOPE_TABLE, SAW_NEEDS_NOTHING, NULL,
	 "How long this command took in the last poll: what costs the device most.", FN(table_seconds)},

	/* A tunnel's verdict. */
	{"sawatch_tunnel_info", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_NOTHING,
	 "interface, local, remote, fvrf, ivrf, ike_version, encryption, integrity, dh_group, pfs_group, mode, nat_t, "
	 "link, site, "
	 "circuit, owner",
	 "Always 1; facts of the tunnel end as last read. What is not known has no label.", INFO(tunnel_info)},
	{"sawatch_tunnel_up", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_READ, NULL,
	 "1 if the tunnel carries traffic (up, degraded, unexpected), 0 if it does not (down, missing); absent while "
	 "unknown.",
	 FN(tunnel_up)},
	{"sawatch_tunnel_state", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_NOTHING, "state",
	 "1 for the state the tunnel is in, 0 for the others; unknown means that the device could not be read.",
	 SERIES(STATE("up", UP), STATE("degraded", DEGRADED), STATE("down", DOWN), STATE("missing", MISSING),
			STATE("unexpected", UNEXPECTED), STATE("unknown", UNKNOWN))},
	{"sawatch_tunnel_state_since_timestamp_seconds", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_NOTHING, NULL,
	 "Unix time at which this state began, as far as was seen.", FN(tunnel_since)},
	{"sawatch_tunnel_last_seen_timestamp_seconds", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_NOTHING, NULL,
	 "Unix time at which the device last showed this tunnel.", FN(tunnel_last_seen)},
	{"sawatch_tunnel_layer_up", SAW_GAUGE, SAW_SCOPE_LAYER, SAW_NEEDS_READ, NULL,
	 "1 if this layer of the tunnel works, 0 if not; the lowest layer at 0 is the one to look at.",
	 SERIES({.field = SAW_FIELD(Sawatch__V1__Layer, up)})},
	{"sawatch_tunnel_maintenance", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_NOTHING, NULL,
	 "1 while the configuration says that nobody is to be woken for this tunnel.", FN(tunnel_maintenance)},

	/* What went through it. */
	{"sawatch_tunnel_bytes_total", SAW_COUNTER, SAW_SCOPE_TUNNEL, SAW_NEEDS_READ, "direction",
	 "Bytes through IPsec, continuous over rekeys; its rate is the tunnel's load.",
	 SERIES(TOTAL(IN, in_bytes), TOTAL(OUT, out_bytes))},
	{"sawatch_tunnel_packets_total", SAW_COUNTER, SAW_SCOPE_TUNNEL, SAW_NEEDS_READ, "direction",
	 "Packets through IPsec, continuous over rekeys; out without in is a peer or a path that does not answer.",
	 SERIES(TOTAL(IN, decaps_packets), TOTAL(OUT, encaps_packets))},
	{"sawatch_tunnel_replay_errors_total", SAW_COUNTER, SAW_SCOPE_TUNNEL, SAW_NEEDS_READ, NULL,
	 "Packets dropped by the anti-replay check; a steady rate means reordering beyond the window: enlarge it.",
	 SERIES({.total = SAW_TOTAL_replay_failed_recv, .exemplar = last_replay})},
	{"sawatch_tunnel_errors_total", SAW_COUNTER, SAW_SCOPE_TUNNEL, SAW_NEEDS_READ, "direction, reason",
	 "Packets lost in IPsec by reason, as the device counts them; its sums (send, recv, drop) hold other reasons too.",
	 SERIES(TOTAL(IN ",reason=\"auth\"", auth_failed_recv), TOTAL(IN ",reason=\"verify\"", verify_failed_recv),
			TOTAL(IN ",reason=\"decrypt\"", decrypt_failed_recv), TOTAL(IN ",reason=\"decaps\"", decaps_failed_recv),
			TOTAL(IN ",reason=\"invalid_sa\"", invalid_sa_recv),
			TOTAL(IN ",reason=\"identity\"", invalid_identity_recv), TOTAL(IN ",reason=\"length\"", invalid_len_recv),
			TOTAL(IN ",reason=\"protocol\"", invalid_prot_recv), TOTAL(IN ",reason=\"sequence\"", replay_rollover_recv),
			TOTAL(IN ",reason=\"internal\"", internal_err_recv), TOTAL(IN ",reason=\"recv\"", recv_errors),
			TOTAL(IN ",reason=\"drop\"", in_drop_packets), TOTAL(OUT ",reason=\"encrypt\"", encrypt_failed_send),
			TOTAL(OUT ",reason=\"encaps\"", encaps_failed_send), TOTAL(OUT ",reason=\"no_sa\"", no_sa_send),
			TOTAL(OUT ",reason=\"sequence\"", replay_rollover_send),
			TOTAL(OUT ",reason=\"internal\"", internal_err_send), TOTAL(OUT ",reason=\"send\"", send_errors),
			TOTAL(OUT ",reason=\"drop\"", out_drop_packets))},
	{"sawatch_tunnel_fragments_total", SAW_COUNTER, SAW_SCOPE_TUNNEL, SAW_NEEDS_READ, "kind",
	 "Packets fragmented or put together around IPsec; growth means that MTU or MSS is too large for the path.",
	 SERIES(TOTAL("kind=\"pre_fragmented\"", pre_frag_successes),
			TOTAL("kind=\"pre_fragment_failed\"", pre_frag_failures), TOTAL("kind=\"created\"", fragments_created),
			TOTAL("kind=\"reassembly_needed\"", reassembly_needed))},
	{"sawatch_tunnel_rekeys_total", SAW_COUNTER, SAW_SCOPE_TUNNEL, SAW_NEEDS_READ, NULL,
	 "New generations of the tunnel's SAs; far more than one per lifetime is a rekey storm.", TUNNEL(rekeys)},
	{"sawatch_tunnel_flaps_total", SAW_COUNTER, SAW_SCOPE_TUNNEL, SAW_NEEDS_READ, NULL,
	 "Changes from up to down that were seen.", TUNNEL(flaps)},
	{"sawatch_tunnel_count_gaps_total", SAW_COUNTER, SAW_SCOPE_TUNNEL, SAW_NEEDS_READ, NULL,
	 "Times a count could not be known (the device restarted its counters unseen); the totals are then a lower bound.",
	 TUNNEL(counter_gaps)},

	/* Sizes and lifetimes. */
	{"sawatch_tunnel_plaintext_mtu_bytes", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_ROW, NULL,
	 "Largest packet that fits before encryption, as the device says; the tunnel's IP MTU should not be above it.",
	 TUNNEL(plaintext_mtu)},
	{"sawatch_tunnel_path_mtu_bytes", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_ROW, NULL,
	 "Largest encrypted packet the path to the peer takes, as the device says.", TUNNEL(path_mtu)},
	{"sawatch_tunnel_ip_mtu_bytes", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_ROW, NULL,
	 "IP MTU of the outer interface, as the device says.", TUNNEL(ip_mtu)},
	{"sawatch_tunnel_transport_mtu_bytes", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_ROW, NULL,
	 "Tunnel transport MTU, as the device says.", TUNNEL(transport_mtu)},
	{"sawatch_tunnel_interface_ip_mtu_bytes", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_ROW, NULL,
	 "IP MTU of the tunnel interface; above the plaintext MTU, packets are fragmented or dropped.",
	 TUNNEL(tunnel_ip_mtu)},
	{"sawatch_tunnel_media_mtu_bytes", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_ROW, NULL,
	 "MTU of the medium below the tunnel, as the device says.", TUNNEL(media_mtu)},
	{"sawatch_tunnel_computed_mtu_bytes", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_ROW, NULL,
	 "Plaintext MTU by arithmetic from suite, path MTU and NAT-T; the device's own beside it should be the same.",
	 TUNNEL(computed_mtu)},
	{"sawatch_tunnel_recommended_mss_bytes", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_ROW, NULL,
	 "Largest TCP MSS (IPv4) that fits into the computed MTU and the configured overlay; adjust-mss should not be "
	 "above "
	 "it.",
	 TUNNEL(recommended_mss)},
	{"sawatch_tunnel_overhead_bytes", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_ROW, NULL,
	 "Bytes that encryption adds to a packet, as the device says; an upper bound on ASA.", TUNNEL(ipsec_overhead)},
	{"sawatch_tunnel_sa_replay_ratio", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_ROW, NULL,
	 "Share of the packets that arrived since the last rekey which the anti-replay check dropped; of a few packets it "
	 "says "
	 "nothing.",
	 FN(tunnel_sa_replay_ratio)},
	{"sawatch_tunnel_replay_window_packets", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_ROW, NULL,
	 "Size of the anti-replay window; 0 means that the replay check is off.", TUNNEL(replay_window)},
	{"sawatch_tunnel_sa_remaining_seconds", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_ROW, "direction",
	 "Time until the SA expires, as of the last poll; near 0 without a rekey the tunnel is about to stop.",
	 SERIES(FIELD_OF_TUNNEL(IN, in_remaining_seconds), FIELD_OF_TUNNEL(OUT, out_remaining_seconds))},
	{"sawatch_tunnel_sa_remaining_bytes", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_ROW, "direction",
	 "Volume until the SA expires, as of the last poll.",
	 SERIES(FIELD_OF_TUNNEL(IN, in_remaining_bytes), FIELD_OF_TUNNEL(OUT, out_remaining_bytes))},
	{"sawatch_tunnel_sa_lifetime_seconds", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_ROW, NULL,
	 "Lifetime that the ends agreed on for each SA; renewals come a little earlier.", TUNNEL(sa_lifetime_seconds)},
	{"sawatch_tunnel_renewal_overdue", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_ROW, NULL,
	 "1 where the SA in use is older than its lifetime allows and no new one has come: the tunnel is about to stop. "
	 "Absent: its age or lifetime is not known.",
	 TUNNEL(renewal_overdue)},
	{"sawatch_tunnel_rekeys_per_lifetime", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_ROW, NULL,
	 "Renewals of late in the time of one lifetime, about 1 when all is well; from 5 on it is a rekey storm. An hour "
	 "stands for a lifetime that is not known.",
	 FN(tunnel_rekeys_per_lifetime)},
	{"sawatch_tunnel_ike_remaining_seconds", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_ROW, NULL,
	 "Time until the IKE SA expires, as of the last poll.", TUNNEL(ike_remaining_seconds)},
	{"sawatch_tunnel_capacity_bytes_per_second", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_NOTHING, NULL,
	 "Configured capacity; the rate of sawatch_tunnel_bytes_total over it is the utilization.",
	 TUNNEL(capacity_bytes_per_second)},

	/* Both ends of a tunnel. */
	{"sawatch_link_up", SAW_GAUGE, SAW_SCOPE_LINK, SAW_NEEDS_NOTHING, NULL,
	 "1 if both ends of the link carry traffic, 0 if one of them does not; absent while that is not known.", LINK(up)},
	{"sawatch_link_end", SAW_GAUGE, SAW_SCOPE_LINK_END, SAW_NEEDS_NOTHING, NULL,
	 "Always 1; the two tunnel ends that are one link: joins sawatch_tunnel_ families to sawatch_link_ ones.", FN(one)},
	{"sawatch_link_maintenance", SAW_GAUGE, SAW_SCOPE_LINK, SAW_NEEDS_NOTHING, NULL,
	 "1 while the configuration says of either end that nobody is to be woken for it.", LINK(maintenance)},
	{"sawatch_link_sent_packets_total", SAW_COUNTER, SAW_SCOPE_WAY, SAW_NEEDS_NOTHING, NULL,
	 "Packets that one end encapsulated, at times at which the other end's count is known too.", WAY(sent_packets)},
	{"sawatch_link_received_packets_total", SAW_COUNTER, SAW_SCOPE_WAY, SAW_NEEDS_NOTHING, NULL,
	 "Packets that the other end decapsulated, at the same times as sawatch_link_sent_packets_total.",
	 WAY(received_packets)},
	{"sawatch_link_lost_packets_total", SAW_COUNTER, SAW_SCOPE_WAY, SAW_NEEDS_NOTHING, NULL,
	 "Packets that were lost between the ends beyond doubt: a lower bound that reading at different times cannot "
	 "raise.",
	 WAY(lost_packets)},
	{"sawatch_link_loss_ratio", SAW_GAUGE, SAW_SCOPE_WAY, SAW_NEEDS_NOTHING, NULL,
	 "Share of the packets of the last 15 minutes or more that did not arrive, 0 to 1; signed, and below "
	 "sawatch_link_loss_bound_ratio it says nothing.",
	 FN(loss_ratio)},
	{"sawatch_link_loss_bound_ratio", SAW_GAUGE, SAW_SCOPE_WAY, SAW_NEEDS_NOTHING, NULL,
	 "How far sawatch_link_loss_ratio may be off, as the ends are not read at one instant.", FN(loss_bound_ratio)},
	{"sawatch_link_one_way", SAW_GAUGE, SAW_SCOPE_WAY, SAW_NEEDS_NOTHING, NULL,
	 "1 if at least 1,000 packets went this way and none arrived, or none came back, in the last 15 minutes or more.",
	 WAY(one_way)},
	{"sawatch_link_egress_drops_total", SAW_COUNTER, SAW_SCOPE_WAY, SAW_NEEDS_NOTHING, NULL,
	 "Packets that the sending end dropped itself: they are not lost on the way.", WAY(egress_drop_packets)},
	{"sawatch_link_receive_failures_total", SAW_COUNTER, SAW_SCOPE_WAY, SAW_NEEDS_NOTHING, "reason",
	 "Packets that arrived and that the receiving end refused; replay: reordering on the way beyond its window.",
	 SERIES({.labels = "reason=\"replay\"", .field = SAW_FIELD(Sawatch__V1__LinkDirection, replay_drop_packets)},
			{.labels = "reason=\"auth\"", .field = SAW_FIELD(Sawatch__V1__LinkDirection, auth_failed_packets)},
			{.labels = "reason=\"decrypt\"", .field = SAW_FIELD(Sawatch__V1__LinkDirection, decrypt_failed_packets)})},
	{"sawatch_link_mismatch", SAW_GAUGE, SAW_SCOPE_COMPARISON, SAW_NEEDS_NOTHING, NULL,
	 "1 where the two ends say different things that should be the same; MTUs within a cipher's block are the same.",
	 SERIES({.field = SAW_FIELD(Sawatch__V1__LinkComparison, differs)})},

/* The HTTP face. */
#define TCP "listener=\"tcp\""
#define UNIX "listener=\"unix\""
#define BOTH(function) SERIES({.labels = TCP, .fn = (function), .arg = 0}, {.labels = UNIX, .fn = (function), .arg = 1})
#define WHY(reason, n)                                                                           \
	{.labels = TCP ",reason=\"" reason "\"", .fn = http_ended, .arg = (n)}, {                    \
		.labels = UNIX ",reason=\"" reason "\"", .fn = http_ended, .arg = SAW_HTTP_REASONS + (n) \
	}
#define CODE(code, n) \
	{ .labels = "code=\"" code "\"", .fn = http_requests, .arg = (n) }
	{"sawatch_http_connections", SAW_GAUGE, SAW_SCOPE_PROCESS, SAW_NEEDS_NOTHING, "listener",
	 "Clients that are connected now; at `web.max_connections` new ones take the place of those that are idle, or "
	 "wait.",
	 BOTH(http_connections)},
	{"sawatch_http_connections_accepted_total", SAW_COUNTER, SAW_SCOPE_PROCESS, SAW_NEEDS_NOTHING, "listener",
	 "Connections that were let in.", BOTH(http_accepted)},
	{"sawatch_http_connections_ended_total", SAW_COUNTER, SAW_SCOPE_PROCESS, SAW_NEEDS_NOTHING, "listener, reason",
	 "Connections ended from here: client_limit (refused: one address holds too many), room (idle, and another needed "
	 "the "
	 "place), idle, slow_request, slow_reader; growth beside idle is a client that misbehaves, or a limit that is too "
	 "low.",
	 SERIES(WHY("client_limit", 0), WHY("room", 1), WHY("idle", 2), WHY("slow_request", 3), WHY("slow_reader", 4))},
	{"sawatch_http_requests_total", SAW_COUNTER, SAW_SCOPE_PROCESS, SAW_NEEDS_NOTHING, "code",
	 "Requests answered, by HTTP status; 401 is a login that failed or is missing, 429 the rate limit.",
	 SERIES(CODE("200", 0), CODE("400", 1), CODE("401", 2), CODE("404", 3), CODE("405", 4), CODE("413", 5),
			CODE("429", 6), CODE("500", 7), CODE("503", 8), CODE("other", 9))},
	{"sawatch_http_auth_failures_total", SAW_COUNTER, SAW_SCOPE_PROCESS, SAW_NEEDS_NOTHING, NULL,
	 "Wrong users or passwords; a steady growth is a scraper with an old password, a sudden one is somebody who "
	 "guesses.",
	 FN(http_auth_failures)},
	{"sawatch_http_certificate_expiry_timestamp_seconds", SAW_GAUGE, SAW_SCOPE_PROCESS, SAW_NEEDS_NOTHING, NULL,
	 "Unix time at which the certificate shown here, or one of its chain, ends; absent without TLS.",
	 FN(http_certificate_expires)},
	/* The process that answers. */
	{"process_cpu_seconds_total", SAW_COUNTER, SAW_SCOPE_PROCESS, SAW_NEEDS_NOTHING, NULL,
	 "CPU time that the answering process used.", FN(cpu_seconds)},
	{"process_start_time_seconds", SAW_GAUGE, SAW_SCOPE_PROCESS, SAW_NEEDS_NOTHING, NULL,
	 "Unix time at which the answering process started; a change is a restart.", FN(start_time)},
	{"process_resident_memory_bytes", SAW_GAUGE, SAW_SCOPE_PROCESS, SAW_NEEDS_NOTHING, NULL,
	 "Memory of the answering process; it should not grow for days.", FN(resident_bytes)},
	{"process_open_fds", SAW_GAUGE, SAW_SCOPE_PROCESS, SAW_NEEDS_NOTHING, NULL,
	 "Open descriptors of the answering process.", FN(open_fds)},
	{"process_max_fds", SAW_GAUGE, SAW_SCOPE_PROCESS, SAW_NEEDS_NOTHING, NULL,
	 "Descriptors that the answering process may open.", FN(max_fds)},
};

const struct saw_family *saw_prometheus_families(size_t *n) {
	*n = LENGTH(families);
	return families;
}
