#include "tests/unit/store_fixture.h"

#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------------------- a small language to write samples in */

void add_table(struct sample *s, const char *name, Sawatch__V1__TableState status, const char *error) {
	Sawatch__V1__TableStatus *t = &s->tables[s->pb.n_tables];

	sawatch__v1__table_status__init(t);
	t->name = z(name);
	t->has_status = 1;
	t->status = status;
	t->error = z(error);
	if (error) {
		t->has_error_class = 1;
		t->error_class = SAWATCH__V1__POLL_ERROR__POLL_ERROR_CUT;
	}
	s->table_list[s->pb.n_tables++] = t;
}

/* An empty sample without tables. */
struct sample *blank(struct sample *s, Sawatch__V1__Source source, int64_t at_ms) {
	memset(s, 0, sizeof *s);
	sawatch__v1__device_sample__init(&s->pb);
	s->pb.has_schema_version = 1;
	s->pb.schema_version = 1;
	s->pb.device = z("ASR-WAN01");
	s->pb.has_platform = 1;
	s->pb.platform = SAWATCH__V1__PLATFORM__PLATFORM_IOSXE;
	s->pb.has_source = 1;
	s->pb.source = source;
	s->pb.has_observed_at_ms = 1;
	s->pb.observed_at_ms = at_ms;
	s->pb.tables = s->table_list;
	s->pb.ipsec_sas = s->row_list;
	s->pb.ike_sas = s->ike_list;
	s->pb.interfaces = s->port_list;
	return s;
}

/* A poll of the flow MIB that was read to its end; the device is up since a day before T0. */
struct sample *snmp(struct sample *s, int64_t at_ms) {
	blank(s, SNMP, at_ms);
	add_table(s, "cipSecTunnelTable", COMPLETE, NULL);
	s->pb.has_uptime_seconds = 1;
	s->pb.uptime_seconds = (uint64_t)(86400 + (at_ms - T0) / 1000);
	return s;
}

struct sample *saved(struct sample *s, int64_t at_ms) {
	blank(s, SAVED, at_ms);
	add_table(s, "show crypto ipsec sa", COMPLETE, NULL);
	return s;
}

struct row *add_row(struct sample *s, const char *remote) {
	struct row *r = &s->rows[s->pb.n_ipsec_sas];

	sawatch__v1__ipsec_sa__init(&r->sa);
	r->sa.local_endpoint = z("192.0.2.1");
	r->sa.remote_endpoint = z(remote);
	r->sa.local_ident = z(ANY);
	r->sa.remote_ident = z(ANY);
	s->row_list[s->pb.n_ipsec_sas++] = &r->sa;
	return r;
}

void set_sas(struct row *r, uint32_t in, uint32_t out) {
	sawatch__v1__sa__init(&r->in);
	sawatch__v1__sa__init(&r->out);
	r->in.has_spi = r->out.has_spi = 1;
	r->in.spi = in;
	r->out.spi = out;
	r->ins[0] = &r->in;
	r->outs[0] = &r->out;
	r->sa.inbound_sas = r->ins;
	r->sa.outbound_sas = r->outs;
	r->sa.n_inbound_sas = in ? 1 : 0;
	r->sa.n_outbound_sas = out ? 1 : 0;
}

/* A row of the flow MIB with one counter of each width. */
struct row *snmp_row(struct sample *s, const char *remote, uint64_t index, uint64_t packets, uint64_t bytes) {
	struct row *r = add_row(s, remote);

	SET(&r->sa, device_index, index);
	SET(&r->sa, decaps_packets, packets);
	SET(&r->sa, in_bytes, bytes);
	return r;
}

struct row *saved_row(struct sample *s, const char *remote, const char *interface, uint64_t packets, uint32_t in,
					  uint32_t out) {
	struct row *r = add_row(s, remote);

	r->sa.interface = z(interface);
	SET(&r->sa, decaps_packets, packets);
	set_sas(r, in, out);
	return r;
}

/* ------------------------------------------------------------------------------------------------------------ fixtures */

const char *const store_plain = "devices:\n"
								"- name: ASR-WAN01\n"
								"  platform: iosxe\n"
								"  address: 192.0.2.1\n"
								"  site: hamburg\n"
								"  snmp: {version: 2c, community_env: C, interval: 2m}\n"
								"  files: [{path: x, max_age: 15m}]\n";

const char *const store_inventory =
	"devices:\n"
	"- name: ASR-WAN01\n"
	"  platform: iosxe\n"
	"  address: 192.0.2.1\n"
	"  site: hamburg\n"
	"  inventory: complete\n"
	"  snmp: {version: 2c, community_env: C, interval: 2m}\n"
	"  tunnels:\n"
	"  - {name: berlin-1, remote: 198.51.100.1, owner: netops, tags: [mpls], capacity: 8Mbit}\n"
	"  - {name: lab, remote: 203.0.113.7, maintenance: true}\n";

void configure(struct saw_store *s, const char *text, int64_t now_ms) {
	struct saw_config *c = NULL;
	struct saw_err err = {0};

	if (saw_config_parse("t", text, strlen(text), &c, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(saw_store_configure(s, c, now_ms), 0);
	saw_config_destroy(c);
}

int setup(void **state) {
	struct saw_store *s = saw_store_create(T0);

	if (!s)
		return -1;
	configure(s, store_plain, T0);
	*state = s;
	return 0;
}

int teardown(void **state) {
	saw_store_destroy(*state);
	return 0;
}

void put(struct saw_store *s, struct sample *sample) {
	assert_int_equal(saw_store_sample(s, &sample->pb, sample->pb.observed_at_ms), 0);
}

const Sawatch__V1__TunnelEnd *tunnel(const struct saw_snapshot *snap, const char *name) {
	for (size_t i = 0; i < snap->pb->n_tunnels; i++)
		if (strcmp(snap->pb->tunnels[i]->name, name) == 0)
			return snap->pb->tunnels[i];
	for (size_t i = 0; i < snap->pb->n_tunnels; i++)
		print_message("there is: %s\n", snap->pb->tunnels[i]->name);
	fail_msg("no tunnel %s", name);
	return NULL;
}

const Sawatch__V1__Total *find_total(const Sawatch__V1__TunnelEnd *t, const char *name) {
	for (size_t i = 0; i < t->n_totals; i++)
		if (strcmp(t->totals[i]->name, name) == 0)
			return t->totals[i];
	return NULL;
}

const Sawatch__V1__Total *total(const Sawatch__V1__TunnelEnd *t, const char *name) {
	static const Sawatch__V1__Total none = SAWATCH__V1__TOTAL__INIT;
	const Sawatch__V1__Total *found = find_total(t, name);

	if (!found)
		fail_msg("%s has no total %s", t->name, name);
	return found ? found : &none;
}

uint64_t value(struct saw_store *s, int64_t now_ms, const char *name, const char *field) {
	struct saw_snapshot *snap = saw_store_snapshot(s, now_ms);
	uint64_t v = total(tunnel(snap, name), field)->value;

	saw_snapshot_unref(snap);
	return v;
}

/* The tunnel's state and its reasons, one a line. */
void assert_state(struct saw_store *s, int64_t now_ms, const char *name, Sawatch__V1__TunnelState state,
				  const char *reason) {
	struct saw_snapshot *snap = saw_store_snapshot(s, now_ms);
	const Sawatch__V1__TunnelEnd *t = tunnel(snap, name);
	bool said = reason == NULL;

	for (size_t i = 0; i < t->n_reasons && !said; i++)
		said = strstr(t->reasons[i], reason) != NULL;
	if (t->state != state || !said || (!reason && t->n_reasons)) {
		for (size_t i = 0; i < t->n_reasons; i++)
			print_message("%s: %s\n", name, t->reasons[i]);
		fail_msg("state %d, expected %d and: %s", t->state, state, reason ? reason : "no reason");
	}
	saw_snapshot_unref(snap);
}
