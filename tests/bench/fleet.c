/* A fleet of ASAs for benchmarks. */
#include "tests/bench/fleet.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SET(m, field, v)      \
	do {                      \
		(m)->field = (v);     \
		(m)->has_##field = 1; \
	} while (0)

SAW_PRINTF(2, 3)
static char *text(struct saw_arena *a, const char *fmt, ...) {
	char out[64];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(out, sizeof out, fmt, ap);
	va_end(ap);
	return saw_arena_strndup(a, out, (size_t)n);
}

/* What the flow MIB gives of one tunnel: 18 counters, its SAs, its times. A sixth of the tunnels was renewed since the last round. */
static void fill(struct saw_arena *a, Sawatch__V1__IpsecSa *r, unsigned device, unsigned i, unsigned round) {
	uint64_t packets = (uint64_t)(i + 1) * 7919 + (uint64_t)round * 100000;
	unsigned generation = (round + i) / 6;

	sawatch__v1__ipsec_sa__init(r);
	r->local_endpoint = text(a, "192.0.2.%u", device % 250 + 1);
	r->remote_endpoint = text(a, "10.%u.%u.7", i / 250, i % 250);
	r->local_ident = text(a, "0.0.0.0/0.0.0.0/0/0");
	r->remote_ident = text(a, "0.0.0.0/0.0.0.0/0/0");
	r->mode = text(a, "tunnel");
	SET(r, device_index, i + 1);
	SET(r, active_seconds, 100000 + round * 300);
	SET(r, lifetime_seconds, 3600);
	SET(r, refreshes, generation);
	SET(r, in_bytes, packets * 700);
	SET(r, out_bytes, packets * 710);
	SET(r, decaps_packets, packets & UINT32_MAX);
	SET(r, encaps_packets, packets & UINT32_MAX);
	SET(r, decrypt_packets, packets & UINT32_MAX);
	SET(r, encrypt_packets, packets & UINT32_MAX);
	SET(r, in_drop_packets, 0);
	SET(r, out_drop_packets, 0);
	SET(r, replay_failed_recv, i % 3);
	SET(r, auth_failed_recv, 0);
	SET(r, decrypt_failed_recv, 0);
	SET(r, encrypt_failed_send, 0);
	r->inbound_sas = saw_arena_alloc(a, sizeof *r->inbound_sas);
	r->outbound_sas = saw_arena_alloc(a, sizeof *r->outbound_sas);
	r->inbound_sas[0] = saw_arena_alloc(a, sizeof **r->inbound_sas);
	r->outbound_sas[0] = saw_arena_alloc(a, sizeof **r->outbound_sas);
	r->n_inbound_sas = r->n_outbound_sas = 1;
	sawatch__v1__sa__init(r->inbound_sas[0]);
	sawatch__v1__sa__init(r->outbound_sas[0]);
	SET(r->inbound_sas[0], spi, (device * 4096 + i) * 64 + generation * 2 + 1);
	SET(r->outbound_sas[0], spi, (device * 4096 + i) * 64 + generation * 2 + 2);
	r->inbound_sas[0]->encryption = r->outbound_sas[0]->encryption = text(a, "aes-gcm");
	SET(r->inbound_sas[0], key_bits, 256);
	SET(r->outbound_sas[0], key_bits, 256);
}

Sawatch__V1__DeviceSample *fleet_sample(struct saw_arena *a, unsigned device, unsigned n, unsigned round) {
	Sawatch__V1__DeviceSample *s = saw_arena_alloc(a, sizeof *s);
	Sawatch__V1__TableStatus *table = saw_arena_alloc(a, sizeof *table);
	Sawatch__V1__IpsecSa *rows = saw_arena_alloc(a, n * sizeof *rows);

	sawatch__v1__device_sample__init(s);
	s->device = text(a, "ASA-XFW%02u", device + 1);
	SET(s, source, SAWATCH__V1__SOURCE__SOURCE_SNMP);
	SET(s, observed_at_ms, FLEET_T0 + (int64_t)round * FLEET_POLL_MS + device);
	SET(s, uptime_seconds, 1000000 + round * 300);
	s->tables = saw_arena_alloc(a, sizeof *s->tables);
	s->tables[s->n_tables++] = table;
	sawatch__v1__table_status__init(table);
	table->name = text(a, "cipSecTunnelTable");
	SET(table, status, SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE);
	s->ipsec_sas = saw_arena_alloc(a, n * sizeof *s->ipsec_sas);
	for (unsigned i = 0; i < n; i++) {
		fill(a, &rows[i], device, i, round);
		s->ipsec_sas[s->n_ipsec_sas++] = &rows[i];
	}
	return s;
}

struct saw_store *fleet_store(unsigned devices) {
	struct saw_buf text_of = SAW_BUF_INIT(1 << 20);
	struct saw_store *s = saw_store_create(FLEET_T0);
	struct saw_config *c = NULL;
	struct saw_err err = {0};

	saw_buf_puts(&text_of, "devices:\n");
	for (unsigned i = 0; i < devices; i++)
		saw_buf_printf(
			&text_of,
			"- {name: ASA-XFW%02u, platform: asa, address: 192.0.2.1, snmp: {version: 2c, community_env: C}}\n", i + 1);
	if (!s || saw_config_parse("bench", saw_buf_text(&text_of), text_of.len, &c, &err) ||
		saw_store_configure(s, c, FLEET_T0)) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	saw_config_destroy(c);
	saw_buf_free(&text_of);
	return s;
}
