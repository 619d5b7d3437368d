#include "tools/print.h"

#include "core/buf.h"
#include "proto/json.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#define JSON_MAX ((size_t)1 << 30)

bool saw_print_format_known(const char *format) {
	return strcmp(format, "table") == 0 || strcmp(format, "json") == 0 || strcmp(format, "protobuf") == 0;
}

/* ------------------------------------------------------------------------------------------------------------ the table */

#define CELL 64

static const char *number(char out[CELL], bool has, uint64_t v) {
	if (!has)
		return "-";
	snprintf(out, CELL, "%" PRIu64, v);
	return out;
}

/* 7h52m, 12m05s, 94s */
static const char *duration(char out[CELL], bool has, uint64_t seconds) {
	if (!has)
		return "-";
	if (seconds >= 86400)
		snprintf(out, CELL, "%" PRIu64 "d%02uh", seconds / 86400, (unsigned)(seconds % 86400 / 3600));
	else if (seconds >= 3600)
		snprintf(out, CELL, "%uh%02um", (unsigned)(seconds / 3600), (unsigned)(seconds % 3600 / 60));
	else if (seconds >= 60)
		snprintf(out, CELL, "%um%02us", (unsigned)(seconds / 60), (unsigned)(seconds % 60));
	else
		snprintf(out, CELL, "%us", (unsigned)seconds);
	return out;
}

static const char *text(const char *s) {
	return s ? s : "-";
}

/* The first two cells may be long (IPv6): then they have a line for themselves, nothing is cut. */
static void print_ends(FILE *out, const char *first, int first_width, const char *second, int second_width) {
	fprintf(out, "%-*s %-*s", first_width, first, second_width, second);
	if (strlen(first) > (size_t)first_width || strlen(second) > (size_t)second_width)
		fprintf(out, "\n%-*s", first_width + 1 + second_width, "");
}

/* SAs in both directions: up; more than one: a rekey is under way. The flow MIB has a row only while the tunnel is up. */
static const char *flow_state(const Sawatch__V1__IpsecSa *f) {
	if (f->n_inbound_sas > 1 && f->n_outbound_sas > 1)
		return "rekey";
	if (f->n_inbound_sas && f->n_outbound_sas)
		return "up";
	if (f->n_inbound_sas || f->n_outbound_sas)
		return "half";
	return f->has_device_index ? "up" : "no SA";
}

/* Until the next SA of the flow runs out; SAs on their way out do not count beside a new one. */
static bool time_left(const Sawatch__V1__IpsecSa *f, uint64_t *left) {
	Sawatch__V1__Sa *const *lists[] = {f->inbound_sas, f->outbound_sas};
	size_t counts[] = {f->n_inbound_sas, f->n_outbound_sas};
	bool has = false;

	for (int d = 0; d < 2; d++) {
		bool any = false;
		uint64_t most = 0;

		for (size_t i = 0; i < counts[d]; i++) {
			if (!lists[d][i]->has_remaining_seconds)
				continue;
			any = true;
			if (lists[d][i]->remaining_seconds > most)
				most = lists[d][i]->remaining_seconds;
		}
		if (any && (!has || most < *left))
			*left = most;
		has = has || any;
	}
	return has;
}

static void print_flows(FILE *out, const Sawatch__V1__DeviceSample *s) {
	fprintf(out, "\n%-14s %-15s %-5s %11s %11s %6s %4s %7s\n", "INTERFACE", "PEER", "SA", "OUT PKTS", "IN PKTS",
			"REPLAY", "MTU", "LEFT");
	for (size_t i = 0; i < s->n_ipsec_sas; i++) {
		const Sawatch__V1__IpsecSa *f = s->ipsec_sas[i];
		char cells[5][CELL];
		uint64_t left = 0;
		bool has_left = time_left(f, &left);

		print_ends(out, text(f->interface), 14, f->peer ? f->peer : text(f->peer_name), 15);
		fprintf(out, " %-5s %11s %11s %6s %4s %7s\n", flow_state(f),
				number(cells[0], f->has_encaps_packets, f->encaps_packets),
				number(cells[1], f->has_decaps_packets, f->decaps_packets),
				number(cells[2], f->has_replay_failed_recv, f->replay_failed_recv),
				number(cells[3], f->has_plaintext_mtu, f->plaintext_mtu), duration(cells[4], has_left, left));
	}
	if (!s->n_ipsec_sas)
		fputs("none\n", out);
}

/* The flows that this IKE SA keyed: by the flow MIB's index, or by the child SAs it lists. */
static size_t flows_of(const Sawatch__V1__DeviceSample *s, const Sawatch__V1__IkeSa *k) {
	size_t n = 0;

	for (size_t i = 0; i < s->n_ipsec_sas && k->has_tunnel_id; i++)
		n += s->ipsec_sas[i]->has_ike_tunnel_id && s->ipsec_sas[i]->ike_tunnel_id == k->tunnel_id;
	return n ? n : k->n_child_sas;
}

static void print_ike(FILE *out, const Sawatch__V1__DeviceSample *s) {
	fprintf(out, "\n%-15s %-15s %-8s %-9s %-7s %7s %7s %5s\n", "IKE LOCAL", "REMOTE", "STATUS", "ROLE", "CIPHER", "AGE",
			"LIFE", "FLOWS");
	for (size_t i = 0; i < s->n_ike_sas; i++) {
		const Sawatch__V1__IkeSa *k = s->ike_sas[i];
		const char *role = k->has_role ? saw_enum_name(&sawatch__v1__role__descriptor, (int)k->role) : NULL;
		size_t flows = flows_of(s, k);
		char cells[3][CELL];

		print_ends(out, text(k->local), 15, text(k->remote), 15);
		fprintf(out, " %-8s %-9s %-7s %7s %7s %5s\n", text(k->status), text(role),
				k->cipher ? k->cipher : text(k->encryption),
				duration(cells[0], k->has_active_seconds, k->active_seconds),
				duration(cells[1], k->has_lifetime_seconds, k->lifetime_seconds), number(cells[2], flows > 0, flows));
	}
	if (!s->n_ike_sas)
		fputs("none\n", out);
}

static void print_sessions(FILE *out, const Sawatch__V1__DeviceSample *s) {
	fprintf(out, "\n%-14s %-15s %-16s %8s %5s %9s\n", "SESSION", "PEER", "STATUS", "UP", "FLOWS", "DROPS");
	for (size_t i = 0; i < s->n_sessions; i++) {
		const Sawatch__V1__Session *k = s->sessions[i];
		uint64_t drops = 0;
		bool has = false;
		char cells[3][CELL];

		for (size_t j = 0; j < k->n_flows; j++) {
			has = has || k->flows[j]->has_dropped_in_packets || k->flows[j]->has_dropped_out_packets;
			drops += k->flows[j]->dropped_in_packets + k->flows[j]->dropped_out_packets;
		}
		print_ends(out, text(k->interface), 14, text(k->peer), 15);
		fprintf(out, " %-16s %8s %5s %9s\n", text(k->status),
				duration(cells[0], k->has_uptime_seconds, k->uptime_seconds), number(cells[1], true, k->n_flows),
				number(cells[2], has, drops));
	}
	if (!s->n_sessions)
		fputs("none\n", out);
}

static const char *up_down(bool has, bool up) {
	return !has ? "-" : up ? "up" : "down";
}

/* Of a tunnel the MTU inside it, where the device says it. */
static void print_interfaces(FILE *out, const Sawatch__V1__DeviceSample *s) {
	fprintf(out, "\n%-23s %-5s %-4s %5s %12s %12s %8s\n", "INTERFACE", "ADMIN", "LINE", "MTU", "OUT PKTS", "IN PKTS",
			"DISCARDS");
	for (size_t i = 0; i < s->n_interfaces; i++) {
		const Sawatch__V1__Interface *p = s->interfaces[i];
		bool inner = p->has_transport_mtu_bytes;
		char cells[4][CELL];

		print_ends(out, text(p->name), 23, up_down(p->has_admin_up, p->admin_up), 5);
		fprintf(out, " %-4s %5s %12s %12s %8s\n", up_down(p->has_line_up, p->line_up),
				number(cells[0], inner || p->has_mtu_bytes, inner ? p->transport_mtu_bytes : p->mtu_bytes),
				number(cells[1], p->has_out_packets, p->out_packets),
				number(cells[2], p->has_in_packets, p->in_packets),
				number(cells[3], p->has_in_discards || p->has_out_discards, p->in_discards + p->out_discards));
	}
	if (!s->n_interfaces)
		fputs("none\n", out);
}

static void print_bgp(FILE *out, const Sawatch__V1__DeviceSample *s) {
	fprintf(out, "\n%-22s %-10s %10s %-12s %8s %9s\n", "BGP PEER", "VRF", "AS", "STATE", "UP", "PREFIXES");
	for (size_t i = 0; i < s->n_bgp_peers; i++) {
		const Sawatch__V1__BgpPeer *p = s->bgp_peers[i];
		char cells[3][CELL];

		print_ends(out, text(p->peer), 22, text(p->vrf), 10);
		fprintf(out, " %10s %-12s %8s %9s\n", number(cells[0], p->has_remote_as, p->remote_as), text(p->state),
				duration(cells[1], p->has_up_seconds, p->up_seconds),
				number(cells[2], p->has_prefixes_received, p->prefixes_received));
	}
	if (!s->n_bgp_peers)
		fputs("none\n", out);
}

/* Reasons that never dropped anything are left out: a box lists a hundred of them. */
static void print_drops(FILE *out, const Sawatch__V1__DeviceSample *s) {
	bool any = false;

	fprintf(out, "\n%-9s %-48s %20s\n", "DROPS", "REASON", "COUNT");
	for (size_t i = 0; i < s->n_drops; i++) {
		const Sawatch__V1__Drop *d = s->drops[i];
		uint64_t count = d->has_flows ? d->flows : d->packets;
		char cell[CELL];

		if (!count)
			continue;
		any = true;
		print_ends(out, text(d->feature), 9, text(d->name), 48);
		fprintf(out, " %20s\n", number(cell, true, count));
	}
	if (!any)
		fputs("none\n", out);
}

static void print_units(FILE *out, const Sawatch__V1__DeviceSample *s) {
	fprintf(out, "\n%-13s %-20s %-5s %s\n", "FAILOVER UNIT", "STATE", "READY", "LAST FAILURE");
	for (size_t i = 0; i < s->n_failover_units; i++) {
		const Sawatch__V1__FailoverUnit *u = s->failover_units[i];

		print_ends(out, text(u->unit), 13, text(u->state), 20);
		fprintf(out, " %-5s %s\n", !u->has_ready ? "-" : u->ready ? "yes" : "no", text(u->last_failure));
	}
	if (!s->n_failover_units)
		fputs("none\n", out);
}

static bool list_wanted(const Sawatch__V1__DeviceSample *s, size_t n, const char *field) {
	const ProtobufCFieldDescriptor *d =
		protobuf_c_message_descriptor_get_field_by_name(&sawatch__v1__device_sample__descriptor, field);

	return n || saw_sample_list_read(&s->base, &s->base, d);
}

static void print_heading(FILE *out, const Sawatch__V1__DeviceSample *s) {
	const char *name = s->device ? s->device : s->hostname ? s->hostname : "device without a name";
	const char *platform = s->has_platform ? saw_enum_name(&sawatch__v1__platform__descriptor, (int)s->platform) : NULL;
	const char *source = s->has_source ? saw_enum_name(&sawatch__v1__source__descriptor, (int)s->source) : NULL;
	time_t at = (time_t)(s->observed_at_ms / 1000);
	char when[CELL] = "at an unknown time";
	struct tm tm;

	if (s->has_observed_at_ms && gmtime_r(&at, &tm))
		strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S UTC", &tm);
	fprintf(out, "%s (%s), by %s, %s\n", name, text(platform), text(source), when);
	if (s->error)
		fprintf(out, "error: %s\n", s->error);
	for (size_t i = 0; i < s->n_tables; i++) {
		const Sawatch__V1__TableStatus *t = s->tables[i];
		const char *status =
			t->has_status ? saw_enum_name(&sawatch__v1__table_state__descriptor, (int)t->status) : NULL;

		fprintf(out, "  %s: %s, %" PRIu64 " rows%s%s\n", text(t->name), text(status), t->has_rows ? t->rows : 0,
				t->error ? ": " : "", t->error ? t->error : "");
	}
}

void saw_print_sample_table(FILE *out, const Sawatch__V1__DeviceSample *s) {
	print_heading(out, s);
	if (list_wanted(s, s->n_ipsec_sas, "ipsec_sas"))
		print_flows(out, s);
	if (list_wanted(s, s->n_ike_sas, "ike_sas"))
		print_ike(out, s);
	if (list_wanted(s, s->n_sessions, "sessions"))
		print_sessions(out, s);
	if (list_wanted(s, s->n_interfaces, "interfaces"))
		print_interfaces(out, s);
	if (list_wanted(s, s->n_bgp_peers, "bgp_peers"))
		print_bgp(out, s);
	if (list_wanted(s, s->n_failover_units, "failover_units"))
		print_units(out, s);
	if (list_wanted(s, s->n_drops, "drops"))
		print_drops(out, s);
	if (s->n_unparsed)
		fprintf(out, "\nlines not understood: %zu (--format json lists them)\n", s->n_unparsed);
}

/* ----------------------------------------------------------------------------------------------------------- the formats */

static int print_json(FILE *out, const Sawatch__V1__DeviceSample *s) {
	const struct saw_json_opts opts = {.pretty = true, .list_read = saw_sample_list_read};
	struct saw_buf json = SAW_BUF_INIT(JSON_MAX);
	int rc;

	saw_json_write(&json, &s->base, &opts);
	saw_buf_putc(&json, '\n');
	rc = saw_buf_error(&json);
	if (rc == 0 && fwrite(json.data, 1, json.len, out) != json.len)
		rc = -EIO;
	saw_buf_free(&json);
	return rc;
}

int saw_print_sample(FILE *out, const uint8_t *packed, size_t len, const char *format, struct saw_err *err) {
	Sawatch__V1__DeviceSample *sample;
	int rc = 0;

	if (!saw_print_format_known(format))
		return saw_err_set(err, SAW_EUNKNOWN, "there is no format \"%s\"; use " SAW_PRINT_FORMATS, format);
	if (strcmp(format, "protobuf") == 0) {
		if (fwrite(packed, 1, len, out) != len || fflush(out) != 0)
			return saw_err_set(err, -EIO, "the output cannot be written: %s", strerror(errno));
		return 0;
	}
	sample = sawatch__v1__device_sample__unpack(NULL, len, packed);
	if (!sample)
		return saw_err_set(err, SAW_EFORMAT, "the sample cannot be read: broken bytes, or no memory");
	if (strcmp(format, "json") == 0)
		rc = print_json(out, sample);
	else
		saw_print_sample_table(out, sample);
	sawatch__v1__device_sample__free_unpacked(sample, NULL);
	if (rc == 0 && (fflush(out) != 0 || ferror(out)))
		rc = -EIO;
	return rc ? saw_err_set(err, rc, "the output cannot be written: %s", saw_strerror(rc)) : 0;
}
