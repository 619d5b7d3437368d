/* Of tunnel ends and links. */
#include "config.h"

#include "exporters/prometheus/families_internal.h"
#include "proto/tunnel_fact.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool tunnel_up(const struct saw_row *r, int arg, struct saw_value *v) {
	Sawatch__V1__TunnelState s = saw_tunnel_state(r->tunnel);

	(void)arg;
	return put_u64(v, s == SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP ||
						  s == SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DEGRADED ||
						  s == SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNEXPECTED);
}

static bool tunnel_state(const struct saw_row *r, int arg, struct saw_value *v) {
	return put_u64(v, (int)saw_tunnel_state(r->tunnel) == arg);
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

static bool tunnel_circuit_packet_bytes(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return put_real(v, r->tunnel->has_circuit_packet_bytes, r->tunnel->circuit_packet_bytes);
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

static bool loss_ratio(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return put_real(v, r->way->has_loss_ratio, r->way->loss_ratio);
}

static bool loss_bound_ratio(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return put_real(v, r->way->has_loss_bound_ratio, r->way->loss_bound_ratio);
}

static const char *tunnel_fact(const struct saw_row *r, int arg, char scratch[SAW_FIELD_SCRATCH]) {
	return saw_tunnel_fact_text(r->tunnel, (enum saw_tunnel_fact)arg, scratch);
}

static const struct saw_info_label tunnel_info[] = {
#define X(kind, fact) {.name = #fact, .text = tunnel_fact, .arg = SAW_TUNNEL_FACT_##fact},
	SAW_TUNNEL_FACTS(X)
#undef X
};

#define TUNNEL(f) SERIES({.field = SAW_FIELD(Sawatch__V1__TunnelEnd, f)})
#define FIELD_OF_TUNNEL(label, f) \
	{ .labels = (label), .field = SAW_FIELD(Sawatch__V1__TunnelEnd, f) }
#define TOTAL(label, name) \
	{ .labels = (label), .total = SAW_TOTAL_##name }
#define STATE(label, name) \
	{ .labels = "state=\"" label "\"", .fn = tunnel_state, .arg = SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_##name }
#define LINK(f) SERIES({.field = SAW_FIELD(Sawatch__V1__Link, f)})
#define WAY(f) SERIES({.field = SAW_FIELD(Sawatch__V1__LinkDirection, f)})
#define IN "direction=\"in\""
#define OUT "direction=\"out\""

static const char *capacity_layer(const struct saw_row *r, int arg, char scratch[SAW_FIELD_SCRATCH]) {
	(void)arg;
	(void)scratch;
	return r->circuit->has_capacity_layer
			   ? saw_enum_name(&sawatch__v1__traffic_layer__descriptor, (int)r->circuit->capacity_layer)
			   : NULL;
}

static const struct saw_info_label circuit_info[] = {
	{.name = "limit", .field = SAW_FIELD_TEXT(Sawatch__V1__Circuit, limit)},
	{.name = "layer", .text = capacity_layer},
	{.name = "sister", .field = SAW_FIELD_TEXT(Sawatch__V1__Circuit, sister)},
};

static const struct saw_family families[] = {
	/* A tunnel's verdict. */
	{"sawatch_tunnel_info", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_NOTHING, NULL,
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
	{"sawatch_tunnel_queue_drops_total", SAW_COUNTER, SAW_SCOPE_TUNNEL, SAW_NEEDS_READ, NULL,
	 "Packets that the output queue of the tunnel interface dropped, as the device counts them; bursts that means of "
	 "five minutes do not show.",
	 TUNNEL(queue_drops)},
	{"sawatch_tunnel_fragments_total", SAW_COUNTER, SAW_SCOPE_TUNNEL, SAW_NEEDS_READ, "kind",
	 "Packets fragmented or put together around IPsec; growth means that MTU or MSS is too large for the path.",
	 SERIES(TOTAL("kind=\"pre_fragmented\"", pre_frag_successes),
			TOTAL("kind=\"pre_fragment_failed\"", pre_frag_failures), TOTAL("kind=\"created\"", fragments_created),
			TOTAL("kind=\"reassembly_needed\"", reassembly_needed))},
	{"sawatch_tunnel_rekeys_total", SAW_COUNTER, SAW_SCOPE_TUNNEL, SAW_NEEDS_READ, NULL,
	 "New generations of the tunnel's SAs; far more than one per lifetime is a rekey storm.", TUNNEL(rekeys),
	 .since = SAW_SINCE_FIRST_SEEN},
	{"sawatch_tunnel_flaps_total", SAW_COUNTER, SAW_SCOPE_TUNNEL, SAW_NEEDS_READ, NULL,
	 "Changes from up to down that were seen.", TUNNEL(flaps), .since = SAW_SINCE_FIRST_SEEN},
	{"sawatch_tunnel_count_gaps_total", SAW_COUNTER, SAW_SCOPE_TUNNEL, SAW_NEEDS_READ, NULL,
	 "Times a count could not be known (the device restarted its counters unseen); the totals are then a lower bound.",
	 TUNNEL(counter_gaps), .since = SAW_SINCE_FIRST_SEEN},
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
	 "Capacity as configured: here, by bandwidth qos-reference or bandwidth of the tunnel interface; the rate of "
	 "sawatch_tunnel_bytes_total over it is the utilization.",
	 TUNNEL(capacity_bytes_per_second)},
	{"sawatch_tunnel_circuit_packet_bytes", SAW_GAUGE, SAW_SCOPE_TUNNEL, SAW_NEEDS_NOTHING, NULL,
	 "What the tunnel's circuit counts of each packet beyond what its byte counters do: IPsec by its own cipher, "
	 "frame, and "
	 "`counts:` of that end. Packets times this, and the bytes, are its load on the circuit.",
	 FN(tunnel_circuit_packet_bytes)},
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

	/* What is bought. */
	{"sawatch_circuit_info", SAW_GAUGE, SAW_SCOPE_CIRCUIT, SAW_NEEDS_NOTHING, NULL,
	 "Always 1; which limit of the circuit is the least, what that one counts (plaintext, ip, ethernet, line), and the "
	 "circuit that takes over when this one fails.",
	 INFO(circuit_info)},
	{"sawatch_circuit_capacity_bytes_per_second", SAW_GAUGE, SAW_SCOPE_CIRCUIT, SAW_NEEDS_NOTHING, NULL,
	 "What the circuit can carry: the least of committed rate, shaper, licence and crypto limit of both ends, as "
	 "configured; its load is the sum over the tunnels whose sawatch_tunnel_info names it.",
	 SERIES({.field = SAW_FIELD(Sawatch__V1__Circuit, capacity_bytes_per_second)})},
};

const struct saw_families_part saw_families_tunnel = {families, LENGTH(families)};
