/* Of devices and how they are read. */
#include "config.h"

#include "exporters/prometheus/families_internal.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

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
	return r->bgp->state && put_u64(v, strcasecmp(r->bgp->state, "established") == 0);
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

/* Of the engine that encrypts, as `show crypto eli` counts them. */
static bool engine_counter(const struct saw_row *r, int arg, struct saw_value *v) {
	static const char *const names[] = {"engine_sessions_active",       "engine_sessions_max",
										"engine_ikev1_sessions_active", "engine_ikev1_sessions_max",
										"engine_ikev2_sessions_active", "engine_ikev2_sessions_max"};

	for (size_t i = 0; i < r->device->n_global_counters; i++) {
		const Sawatch__V1__GlobalCounter *c = r->device->global_counters[i];

		if (c->name && strcmp(c->name, names[arg]) == 0)
			return c->has_value && put_u64(v, c->value);
	}
	return false;
}

/* Packets; of an ASA's flows that were dropped, their number. */
static bool dropped(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	if (r->drop->has_packets)
		return put_u64(v, r->drop->packets);
	return r->drop->has_flows && put_u64(v, r->drop->flows);
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

static bool unit_changed(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->device->has_unit_changed_ms && put_ms(v, r->device->unit_changed_ms);
}

static const char *platform(const struct saw_row *r, int arg, char scratch[SAW_FIELD_SCRATCH]) {
	(void)arg;
	(void)scratch;
	return r->device->has_platform ? saw_enum_name(&sawatch__v1__platform__descriptor, (int)r->device->platform) : NULL;
}

#define DEVICE_TEXT(label, field_name) \
	{ .name = label, .field = SAW_FIELD_TEXT(Sawatch__V1__Device, field_name) }

static const struct saw_info_label device_info[] = {
	{.name = "platform", .text = platform}, DEVICE_TEXT("model", model), DEVICE_TEXT("version", os_version),
	DEVICE_TEXT("hostname", hostname),      DEVICE_TEXT("site", site),
};

#define DEVICE(f) SERIES({.field = SAW_FIELD(Sawatch__V1__Device, f)})
#define SOURCE(f) SERIES({.field = SAW_FIELD(Sawatch__V1__SourceStatus, f)})
#define FAILED(reason, which) \
	{ .labels = "reason=\"" reason "\"", .fn = ike_failed, .arg = (which) }

static const struct saw_family families[] = {
	/* The devices and how they are read. */
	{"sawatch_device_info", SAW_GAUGE, SAW_SCOPE_DEVICE, SAW_NEEDS_NOTHING, NULL,
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
	 "Sessions that the device counts: site-to-site ones active now, the most of them at once since it started, those "
	 "of remote-access clients by IPsec; and those of the engine that encrypts.",
	 SERIES({.labels = "kind=\"active\"", .field = SAW_FIELD(Sawatch__V1__Device, l2l_sessions_active)},
			{.labels = "kind=\"peak\"", .field = SAW_FIELD(Sawatch__V1__Device, l2l_sessions_peak)},
			{.labels = "kind=\"remote_access\"", .field = SAW_FIELD(Sawatch__V1__Device, remote_access_sessions)},
			{.labels = "kind=\"ipsec\"", .fn = engine_counter, .arg = 0},
			{.labels = "kind=\"ikev1\"", .fn = engine_counter, .arg = 2},
			{.labels = "kind=\"ikev2\"", .fn = engine_counter, .arg = 4})},
	{"sawatch_crypto_sessions_limit", SAW_GAUGE, SAW_SCOPE_DEVICE, SAW_NEEDS_NOTHING, "kind",
	 "Sessions of this kind that the engine or its licence takes (IOS-XE, by SSH); near it new tunnels are refused.",
	 SERIES({.labels = "kind=\"ipsec\"", .fn = engine_counter, .arg = 1},
			{.labels = "kind=\"ikev1\"", .fn = engine_counter, .arg = 3},
			{.labels = "kind=\"ikev2\"", .fn = engine_counter, .arg = 5})},
	{"sawatch_device_drops_total", SAW_COUNTER, SAW_SCOPE_DROP, SAW_NEEDS_NOTHING, NULL,
	 "Packets that the device dropped for a reason that concerns IPsec, over all tunnels, as it counts them itself; of "
	 "feature asp_flow, flows.",
	 FN(dropped)},
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
	{"sawatch_device_failover_active", SAW_GAUGE, SAW_SCOPE_UNIT, SAW_NEEDS_NOTHING, NULL,
	 "1 for the unit of an ASA pair that traffic passes, 0 for the other one; a change is a failover. Absent without "
	 "failover, and while the device cannot be read.",
	 SERIES({.field = SAW_FIELD(Sawatch__V1__FailoverUnit, active)})},
	{"sawatch_device_failover_ready", SAW_GAUGE, SAW_SCOPE_UNIT, SAW_NEEDS_NOTHING, NULL,
	 "1 if this unit of an ASA pair is active, or standby and able to take over; 0 means that the next fault of the "
	 "other one ends all tunnels.",
	 SERIES({.field = SAW_FIELD(Sawatch__V1__FailoverUnit, ready)})},
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
	 FN(polls_timed), .since = SAW_SINCE_FIRST_POLL},
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
};

const struct saw_families_part saw_families_device = {families, LENGTH(families)};
