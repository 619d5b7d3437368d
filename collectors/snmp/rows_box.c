#include "config.h"

#include "collectors/snmp/rows_internal.h"

#include <stdlib.h>

/* An ASA prints "Adaptive Security Appliance 'vti-wan' interface"; the name is between the quotes. */
static struct saw_str interface_name(const struct saw_snmp_row *row) {
	struct saw_str descr = saw_str_of(saw_snmp_row_text(row, SAW_IF_DESCR));
	const char *open = descr.n ? memchr(descr.p, '\'', descr.n) : NULL;
	const char *close = open ? memchr(open + 1, '\'', descr.n - (size_t)(open + 1 - descr.p)) : NULL;

	if (saw_str_starts(descr, SAW_STR("Adaptive Security Appliance")) && close && close > open + 1)
		return (struct saw_str){open + 1, (size_t)(close - open - 1)};
	return descr.n ? descr : saw_str_of(saw_snmp_row_text(row, SAW_IF_NAME));
}

static bool is_tunnel(const struct saw_snmp_row *row) {
	struct saw_str name = interface_name(row);

	return saw_snmp_row_number(row, SAW_IF_TYPE, 0) == 131 || saw_str_starts(name, SAW_STR("Tunnel")) ||
		   saw_str_starts(name, SAW_STR("Virtual-Access"));
}

/* ------------------------------------------------------------------------------------------- addresses and interfaces */

/* An InetAddress with its type and length before it, or the four numbers of an IpAddress. */
static bool address_of_index(const uint32_t *index, size_t n, bool inet, struct saw_addr *out) {
	uint8_t bytes[20];

	if (inet) {
		if (n < 2 || index[1] != n - 2)
			return false;
		index += 2;
		n -= 2;
	}
	if (n > sizeof bytes)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (index[i] > 255)
			return false;
		bytes[i] = (uint8_t)index[i];
	}
	if (n == 8 || n == 20) /* with a zone behind */
		n -= 4;
	return saw_addr_from_bytes(bytes, n, out) == 0;
}

static int by_address(const void *a, const void *b) {
	return saw_addr_cmp(&((const struct saw_snmp_port *)a)->addr, &((const struct saw_snmp_port *)b)->addr);
}

static int by_number(const void *a, const void *b) {
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static const struct saw_snmp_port *port_with(const struct saw_rows *r, const char *address) {
	struct saw_snmp_port key;

	if (!address || !r->n_ports || saw_addr_parse(saw_str_of(address), &key.addr) != 0)
		return NULL;
	return bsearch(&key, r->ports, r->n_ports, sizeof key, by_address);
}

/* The interfaces that the tunnels of one context leave by, behind the n that are there. */
static size_t add_leaving(struct saw_rows *box, const struct saw_snmp_row_set *tunnels, size_t n) {
	const char *before = NULL;

	for (size_t i = 0; i < tunnels->n; i++) {
		const char *local = saw_snmp_row_text(tunnels->rows[i], SAW_TUN_LOCAL);
		const struct saw_snmp_port *port;

		if (!local || (before && strcmp(local, before) == 0))
			continue; /* most tunnels of a device leave from one address */
		before = local;
		port = port_with(box, local);
		if (port)
			box->leaving[n++] = port->if_index;
	}
	return n;
}

static void put_leaving(struct saw_rows *box, size_t tunnels) {
	size_t n = 0;

	box->leaving = calloc(tunnels, sizeof *box->leaving);
	if (!box->leaving)
		return;
	for (const struct saw_rows *r = box; r; r = r->next)
		n = add_leaving(box, &r->sets[SAW_TABLE_IPSEC_TUNNELS], n);
	qsort(box->leaving, n, sizeof *box->leaving, by_number);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || box->leaving[i] != box->leaving[box->n_leaving - 1])
			box->leaving[box->n_leaving++] = box->leaving[i];
}

/* Once, when both the tunnels and the addresses are there. Without memory nothing is known to leave by anything. */
static void learn_ports(struct saw_rows *box) {
	const struct saw_snmp_row_set *s = &box->sets[SAW_TABLE_ADDRESSES];
	size_t tunnels = 0;

	if (box->ports_known)
		return;
	box->ports_known = true;
	for (const struct saw_rows *r = box; r; r = r->next)
		tunnels += r->sets[SAW_TABLE_IPSEC_TUNNELS].n;
	if (!s->n || !tunnels)
		return;
	box->ports = calloc(s->n, sizeof *box->ports);
	if (!box->ports)
		return;
	for (size_t i = 0; i < s->n; i++) {
		const struct saw_snmp_row *row = s->rows[i];
		bool inet = saw_snmp_row_has(row, SAW_INET_ADDRESS_IF_INDEX);
		uint64_t number = saw_snmp_row_number(row, inet ? SAW_INET_ADDRESS_IF_INDEX : SAW_ADDRESS_IF_INDEX, 0);
		struct saw_snmp_port *p = &box->ports[box->n_ports];

		if (!number || number > UINT32_MAX || !address_of_index(row->index, row->n_index, inet, &p->addr))
			continue;
		p->if_index = (uint32_t)number;
		box->n_ports++;
	}
	qsort(box->ports, box->n_ports, sizeof *box->ports, by_address);
	put_leaving(box, tunnels);
}

bool saw_rows_wants_interface(struct saw_rows *r, const struct saw_snmp_row *row) {
	learn_ports(r);
	return is_tunnel(row) ||
		   (r->n_leaving && bsearch(&row->index[0], r->leaving, r->n_leaving, sizeof *r->leaving, by_number));
}

bool saw_rows_wanted_interface(struct saw_rows *r, uint64_t *at, uint32_t *if_index) {
	const struct saw_snmp_row_set *s = &r->sets[SAW_TABLE_INTERFACES];

	for (; *at < s->n; ++*at)
		if (saw_rows_wants_interface(r, s->rows[*at])) {
			*if_index = s->rows[*at]->index[0];
			return true;
		}
	return false;
}

char *saw_rows_interface_with(struct saw_rows *r, const char *address) {
	struct saw_rows *box = r->box ? r->box : r;
	const struct saw_snmp_row_set *s = &box->sets[SAW_TABLE_INTERFACES];
	const struct saw_snmp_port *port;
	struct saw_str name;
	size_t at;

	learn_ports(box);
	port = port_with(box, address);
	at = port ? saw_snmp_row_set_find(s, &port->if_index, 1) : s->n;
	if (at == s->n || saw_snmp_row_index_cmp(s->rows[at], &port->if_index, 1) != 0)
		return NULL;
	name = interface_name(s->rows[at]);
	return name.n ? saw_arena_strndup(r->scratch, name.p, name.n) : NULL;
}

int saw_rows_emit_interface(struct saw_rows *r, const struct saw_snmp_row *row, const struct saw_sink *sink) {
	Sawatch__V1__Interface i = SAWATCH__V1__INTERFACE__INIT;
	struct saw_str name = interface_name(row);

	saw_rows_fill(r, &saw_snmp_tables[SAW_TABLE_INTERFACES], row, &i.base);
	i.has_if_index = i.has_is_tunnel = 1;
	i.is_tunnel = is_tunnel(row);
	i.if_index = row->index[0];
	if (name.n)
		i.name = saw_arena_strndup(r->scratch, name.p, name.n);
	return sink->record(sink->ctx, &i.base);
}

/* The name is the index, with its length before it; an agent may leave that out. */
bool saw_rows_context(const struct saw_rows *r, size_t k, char name[SAW_CONTEXT_NAME], const char **vrf) {
	const struct saw_snmp_row_set *s = &r->sets[SAW_TABLE_CONTEXTS];
	const struct saw_snmp_row *row = k < s->n ? s->rows[k] : NULL;
	size_t skip, n = 0;

	if (!row)
		return false;
	skip = row->n_index && row->index[0] == row->n_index - 1;
	for (size_t i = skip; i < row->n_index && n + 1 < SAW_CONTEXT_NAME; i++)
		if (row->index[i] > ' ' && row->index[i] < 127)
			name[n++] = (char)row->index[i];
	name[n] = 0;
	*vrf = saw_snmp_row_text(row, SAW_CONTEXT_VRF);
	return true;
}

/* -------------------------------------------------------------------------------------------- facts, peers and logs */

/* The load of the busiest of several, and what stands alone. */
int saw_rows_emit_facts(struct saw_rows *r, enum saw_snmp_table_id table, const struct saw_sink *sink) {
	const struct saw_snmp_table *t = &saw_snmp_tables[table];
	Sawatch__V1__DeviceSample facts = SAWATCH__V1__DEVICE_SAMPLE__INIT;
	const struct saw_snmp_row_set *s = &r->sets[table];

	for (size_t i = 0; i < s->n; i++) {
		if (table == SAW_TABLE_QFP && s->rows[i]->index[1] != SAW_QFP_FIVE_MINUTES)
			continue;
		for (size_t k = 0; k < t->n_columns; k++) {
			uint64_t before, now = saw_snmp_row_number(s->rows[i], k, 0);

			if (saw_snmp_row_has(s->rows[i], k) &&
				(!saw_field_get_u64(&facts.base, &t->columns[k].field, &before) || now > before))
				saw_field_set_u64(&facts.base, &t->columns[k].field, now);
		}
	}
	return sink->facts(sink->ctx, &facts);
}

/* The address is the index. */
static char *peer_of(struct saw_rows *r, enum saw_snmp_table_id table, const struct saw_snmp_row *row) {
	struct saw_addr a;
	char text[SAW_ADDR_TEXT];

	if (!address_of_index(row->index, row->n_index, table == SAW_TABLE_CISCO_BGP, &a))
		return NULL;
	return saw_rows_put_text(r, saw_addr_print(&a, text));
}

/* Of all address families of the peer: their rows' indices begin with the peer's. */
static void join_prefixes(const struct saw_rows *r, const struct saw_snmp_row *row, Sawatch__V1__BgpPeer *peer) {
	const struct saw_snmp_row_set *s = &r->sets[SAW_TABLE_BGP_PREFIXES];

	for (size_t i = saw_snmp_row_set_find(s, row->index, row->n_index); i < s->n; i++) {
		const struct saw_snmp_row *family = s->rows[i];

		if (family->n_index != row->n_index + 2 ||
			memcmp(family->index, row->index, row->n_index * sizeof *row->index) != 0)
			break;
		if (!saw_snmp_row_has(family, 0))
			continue;
		peer->has_prefixes_received = 1;
		peer->prefixes_received += family->slots[0].u;
	}
}

/* Nothing where this is no peer, or the other table has it. */
int saw_rows_emit_bgp(struct saw_rows *r, enum saw_snmp_table_id table, const struct saw_snmp_row *row,
					  const struct saw_sink *sink) {
	Sawatch__V1__BgpPeer peer = SAWATCH__V1__BGP_PEER__INIT;

	saw_rows_fill(r, &saw_snmp_tables[table], row, &peer.base);
	peer.peer = peer_of(r, table, row);
	if (!peer.peer || (table == SAW_TABLE_BGP && r->sets[SAW_TABLE_CISCO_BGP].n))
		return 0;
	if (table == SAW_TABLE_CISCO_BGP)
		join_prefixes(r, row, &peer);
	if (saw_snmp_row_number(row, SAW_BGP_STATE, 0) == SAW_BGP_ESTABLISHED && saw_snmp_row_has(row, SAW_BGP_TIME)) {
		peer.has_up_seconds = 1;
		peer.up_seconds = row->slots[SAW_BGP_TIME].u;
	}
	return sink->record(sink->ctx, &peer.base);
}

static bool stands_by(const struct saw_snmp_row *row) {
	uint64_t state = saw_snmp_row_number(row, 0, 0);

	return state == SAW_UNIT_ACTIVE || state == SAW_UNIT_STANDBY;
}

/*
 * The table lists other hardware too. Where failover is off it has both units, and neither of them active nor standby: then
 * there is no pair, which is not a pair that is broken.
 */
int saw_rows_emit_unit(struct saw_rows *r, const struct saw_snmp_row *row, const struct saw_sink *sink) {
	const struct saw_snmp_row_set *s = &r->sets[SAW_TABLE_FAILOVER];
	Sawatch__V1__FailoverUnit unit = SAWATCH__V1__FAILOVER_UNIT__INIT;
	bool pair = false;

	for (size_t i = 0; i < s->n; i++)
		pair = pair || stands_by(s->rows[i]);
	if (!pair || !saw_snmp_row_has(row, 0) ||
		(row->index[0] != SAW_UNIT_PRIMARY && row->index[0] != SAW_UNIT_SECONDARY))
		return 0;
	saw_rows_fill(r, &saw_snmp_tables[SAW_TABLE_FAILOVER], row, &unit.base);
	unit.unit = (char *)(uintptr_t)(row->index[0] == SAW_UNIT_PRIMARY ? "primary" : "secondary");
	unit.has_active = unit.has_ready = 1;
	unit.active = saw_snmp_row_number(row, 0, 0) == SAW_UNIT_ACTIVE;
	unit.ready = stands_by(row);
	return sink->record(sink->ctx, &unit.base);
}

int saw_rows_emit_pool(struct saw_rows *r, const struct saw_snmp_row *row, const struct saw_sink *sink) {
	Sawatch__V1__MemoryPool pool = SAWATCH__V1__MEMORY_POOL__INIT;

	saw_rows_fill(r, &saw_snmp_tables[SAW_TABLE_MEMORY], row, &pool.base);
	return pool.name ? sink->record(sink->ctx, &pool.base) : 0;
}

int saw_rows_emit_ike_failure(struct saw_rows *r, const struct saw_snmp_row *row, const struct saw_sink *sink) {
	Sawatch__V1__IkeFailure f = SAWATCH__V1__IKE_FAILURE__INIT;

	saw_rows_fill(r, &saw_snmp_tables[SAW_TABLE_IKE_FAILURES], row, &f.base);
	f.has_index = 1;
	f.index = row->index[0];
	return sink->record(sink->ctx, &f.base);
}

int saw_rows_emit_ipsec_failure(struct saw_rows *r, const struct saw_snmp_row *row, const struct saw_sink *sink) {
	Sawatch__V1__IpsecFailure f = SAWATCH__V1__IPSEC_FAILURE__INIT;

	saw_rows_fill(r, &saw_snmp_tables[SAW_TABLE_IPSEC_FAILURES], row, &f.base);
	f.has_index = 1;
	f.index = row->index[0];
	return sink->record(sink->ctx, &f.base);
}

int saw_rows_emit_ended(struct saw_rows *r, enum saw_snmp_table_id table, const struct saw_snmp_row *row,
						const struct saw_sink *sink) {
	Sawatch__V1__EndedTunnel t = SAWATCH__V1__ENDED_TUNNEL__INIT;

	saw_rows_fill(r, &saw_snmp_tables[table], row, &t.base);
	t.has_index = 1;
	t.index = row->index[0];
	t.kind = (char *)(uintptr_t)(table == SAW_TABLE_IKE_HISTORY ? "ike" : "ipsec");
	return sink->record(sink->ctx, &t.base);
}

/* --------------------------------------------------------------------------------------------------------- system */

struct saw_str saw_sysdescr_version(struct saw_str descr, Sawatch__V1__Platform *platform) {
	static const struct {
		const char *mark;
		Sawatch__V1__Platform platform;
		const char *before; /* the version stands behind this */
	} kinds[] = {
		/* FTD names both; the tunnels are LINA's, and so is the version. */
		{"Threat Defense", SAWATCH__V1__PLATFORM__PLATFORM_ASA, "ASA Version "},
		{"Adaptive Security Appliance", SAWATCH__V1__PLATFORM__PLATFORM_ASA, "Version "},
		{"IOS-XE", SAWATCH__V1__PLATFORM__PLATFORM_IOSXE, "Version "},
		{"IOS XE", SAWATCH__V1__PLATFORM__PLATFORM_IOSXE, "Version "},
		{"LINUX_IOSD", SAWATCH__V1__PLATFORM__PLATFORM_IOSXE, "Version "},
		{"Cisco IOS Software", SAWATCH__V1__PLATFORM__PLATFORM_IOS, "Version "},
	};

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		const char *p;
		size_t n = 0;

		if (!descr.n || !memmem(descr.p, descr.n, kinds[i].mark, strlen(kinds[i].mark)))
			continue;
		*platform = kinds[i].platform;
		p = memmem(descr.p, descr.n, kinds[i].before, strlen(kinds[i].before));
		if (!p)
			return (struct saw_str){"", 0};
		p += strlen(kinds[i].before);
		while (p + n < descr.p + descr.n && p[n] > ' ' && p[n] != ',')
			n++;
		return (struct saw_str){p, n};
	}
	*platform = 0;
	return (struct saw_str){"", 0};
}

/* NULL where it is none, or empty. */
static char *short_text(const struct saw_varbind *v, struct saw_buf *clean) {
	struct saw_str s;

	if (!v || v->type != SAW_VALUE_OCTETS)
		return NULL;
	s = saw_str_trim(saw_varbind_octets(v));
	saw_put_clean(clean, s.p, s.n > 255 ? 255 : s.n);
	return clean->len ? (char *)(uintptr_t)saw_buf_text(clean) : NULL;
}

int saw_rows_emit_system(const struct saw_varbind *const *values, const struct saw_sink *sink,
						 Sawatch__V1__Platform *platform) {
	Sawatch__V1__DeviceSample facts = SAWATCH__V1__DEVICE_SAMPLE__INIT;
	struct saw_buf version = SAW_BUF_INIT(512), name = SAW_BUF_INIT(1040);
	struct saw_buf serial = SAW_BUF_INIT(1040), model = SAW_BUF_INIT(1040);
	const struct saw_varbind *v = values[SAW_SYS_DESCR];
	uint64_t ticks, class;
	int rc;

	*platform = 0;
	if (v && v->type == SAW_VALUE_OCTETS) {
		struct saw_str text = saw_sysdescr_version(saw_varbind_octets(v), platform);

		saw_put_clean(&version, text.p, text.n > 120 ? 120 : text.n);
		facts.os_version = version.len ? (char *)version.data : NULL;
	}
	v = values[SAW_SYS_OBJECT_ID];
	if (v && v->type == SAW_VALUE_OID)
		facts.model = (char *)(uintptr_t)saw_model_of(v->oid, v->n);
	v = values[SAW_SYS_UPTIME];
	if (v && saw_varbind_number(v, &ticks)) {
		facts.has_uptime_seconds = 1;
		facts.uptime_seconds = ticks / 100;
	}
	v = values[SAW_SYS_NAME];
	if (v && v->type == SAW_VALUE_OCTETS) {
		saw_put_clean(&name, v->bytes, v->n > 255 ? 255 : v->n);
		facts.hostname = name.len ? (char *)name.data : NULL;
	}
	v = values[SAW_SYS_CHASSIS_CLASS];
	if (v && saw_varbind_number(v, &class) && class == SAW_CLASS_CHASSIS) {
		facts.serial = short_text(values[SAW_SYS_CHASSIS_SERIAL], &serial);
		if (!facts.model)
			facts.model = short_text(values[SAW_SYS_CHASSIS_MODEL], &model);
	}
	rc = sink->facts(sink->ctx, &facts);
	saw_buf_free(&serial);
	saw_buf_free(&model);
	saw_buf_free(&version);
	saw_buf_free(&name);
	return rc;
}
