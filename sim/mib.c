#include "sim/mib.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything a cell can show; each table fills what its columns name. */
struct row {
	uint64_t index, ike_index, ike_alive, refreshes, ike_refreshes;
	uint64_t life_seconds, active_ticks, ike_active_ticks;
	uint64_t in_octets, in_wraps, in_packets, out_octets, out_wraps, out_packets, replay_drops;
	uint64_t ike_packets, ike_octets, exchanges;
	uint64_t active, previous;
	uint64_t spi, spi_direction;
	uint64_t uptime_ticks, product, services, interfaces;
	uint64_t if_index, if_type, if_mtu, if_speed, if_high_speed, if_status, if_change_ticks;
	uint64_t if_in_octets, if_out_octets, if_in_packets, if_out_packets;
	uint32_t local, remote, any, net_mask;
	char mac[6];
	char name[64], descr[SAW_SIM_BYTES_MAX], alias[64], local_text[16], remote_text[16], contact[1], location[16];
};

enum source { NUMBER, FIXED, ADDRESS, TEXT, MAC, PRODUCT };

struct column {
	uint32_t number;
	enum saw_sim_type type;
	enum source from;
	uint32_t arg; /* offset in struct row, or the value */
};

#define N(col, type, field) \
	{ col, SAW_SIM_##type, NUMBER, offsetof(struct row, field) }
#define F(col, type, value) \
	{ col, SAW_SIM_##type, FIXED, value }
#define A(col, field) \
	{ col, SAW_SIM_OCTETS, ADDRESS, offsetof(struct row, field) }
#define T(col, field) \
	{ col, SAW_SIM_OCTETS, TEXT, offsetof(struct row, field) }

static const struct column system_columns[] = {
	T(1, descr),
	{2, SAW_SIM_OID, PRODUCT, offsetof(struct row, product)},
	N(3, TIMETICKS, uptime_ticks),
	T(4, contact),
	T(5, name),
	T(6, location),
	N(7, INTEGER, services),
};

static const struct column interfaces_columns[] = {N(1, INTEGER, interfaces)};

static const struct column if_columns[] = {
	N(1, INTEGER, if_index),
	T(2, descr),
	N(3, INTEGER, if_type),
	N(4, INTEGER, if_mtu),
	N(5, GAUGE32, if_speed),
	{6, SAW_SIM_OCTETS, MAC, offsetof(struct row, mac)},
	F(7, INTEGER, 1),
	N(8, INTEGER, if_status),
	N(9, TIMETICKS, if_change_ticks),
	N(10, COUNTER32, if_in_octets),
	N(11, COUNTER32, if_in_packets),
	F(13, COUNTER32, 0),
	F(14, COUNTER32, 0),
	N(16, COUNTER32, if_out_octets),
	N(17, COUNTER32, if_out_packets),
	F(19, COUNTER32, 0),
	F(20, COUNTER32, 0),
};

static const struct column ifx_columns[] = {
	T(1, name),
	N(6, COUNTER64, if_in_octets),
	N(7, COUNTER64, if_in_packets),
	N(10, COUNTER64, if_out_octets),
	N(11, COUNTER64, if_out_packets),
	N(15, GAUGE32, if_high_speed),
	F(17, INTEGER, 1),
	T(18, alias),
	F(19, TIMETICKS, 0),
};

static const struct column mib_level_columns[] = {F(1, INTEGER, 1)};

static const struct column ike_global_columns[] = {
	N(1, GAUGE32, active), N(2, COUNTER32, previous), N(3, COUNTER32, ike_octets),  N(4, COUNTER32, ike_packets),
	F(5, COUNTER32, 0),    F(6, COUNTER32, 0),        N(7, COUNTER32, exchanges),   F(8, COUNTER32, 0),
	F(9, COUNTER32, 0),    F(10, COUNTER32, 0),       N(11, COUNTER32, ike_octets), N(12, COUNTER32, ike_packets),
	F(13, COUNTER32, 0),   F(14, COUNTER32, 0),       N(15, COUNTER32, exchanges),  F(16, COUNTER32, 0),
	F(17, COUNTER32, 0),   F(18, COUNTER32, 0),       N(19, COUNTER32, active),     F(20, COUNTER32, 0),
	F(21, COUNTER32, 0),   F(22, COUNTER32, 0),       F(23, COUNTER32, 0),          F(24, COUNTER32, 0),
	F(25, COUNTER32, 0),   F(26, COUNTER32, 0),
};

static const struct column ike_columns[] = {
	F(2, INTEGER, 1), /* ipAddrPeer */
	T(3, local_text),
	A(4, local),
	T(5, contact),
	F(6, INTEGER, 1),
	T(7, remote_text),
	A(8, remote),
	T(9, contact),
	F(10, INTEGER, 1),  /* main */
	F(11, INTEGER, 11), /* group 21 */
	F(12, INTEGER, 9),  /* AES-GCM-256 */
	F(13, INTEGER, 9),  /* SHA-512 */
	F(14, INTEGER, 2),  /* preSharedKey */
	F(15, INTEGER, SAW_SIM_IKE_LIFE_SECONDS),
	N(16, INTEGER, ike_active_ticks),
	F(17, INTEGER, 82080),
	N(18, COUNTER32, ike_refreshes),
	N(19, COUNTER32, ike_octets),
	N(20, COUNTER32, ike_packets),
	F(21, COUNTER32, 0),
	F(22, COUNTER32, 0),
	N(23, COUNTER32, exchanges),
	F(24, COUNTER32, 0),
	F(25, COUNTER32, 0),
	F(26, COUNTER32, 0),
	N(27, COUNTER32, ike_octets),
	N(28, COUNTER32, ike_packets),
	F(29, COUNTER32, 0),
	F(30, COUNTER32, 0),
	N(31, COUNTER32, exchanges),
	F(32, COUNTER32, 0),
	F(33, COUNTER32, 0),
	F(34, COUNTER32, 0),
	F(35, INTEGER, 1), /* active */
};

static const struct column ipsec_global_columns[] = {
	N(1, GAUGE32, active),
	N(2, COUNTER32, previous),
	N(3, COUNTER32, in_octets),
	N(4, COUNTER64, in_octets),
	N(5, COUNTER32, in_wraps),
	N(6, COUNTER32, in_octets),
	N(7, COUNTER64, in_octets),
	N(8, COUNTER32, in_wraps),
	N(9, COUNTER32, in_packets),
	F(10, COUNTER32, 0),
	N(11, COUNTER32, replay_drops),
	N(12, COUNTER32, in_packets),
	F(13, COUNTER32, 0),
	N(14, COUNTER32, in_packets),
	F(15, COUNTER32, 0),
	N(16, COUNTER32, out_octets),
	N(17, COUNTER64, out_octets),
	N(18, COUNTER32, out_wraps),
	N(19, COUNTER32, out_octets),
	N(20, COUNTER64, out_octets),
	N(21, COUNTER32, out_wraps),
	N(22, COUNTER32, out_packets),
	F(23, COUNTER32, 0),
	N(24, COUNTER32, out_packets),
	F(25, COUNTER32, 0),
	N(26, COUNTER32, out_packets),
	F(27, COUNTER32, 0),
	F(28, COUNTER32, 0),
	F(29, COUNTER32, 0),
	F(30, COUNTER32, 0),
};

#define IPSEC_MIDDLE 30   /* where cut-walk falls silent */
#define IPSEC_OUTBOUND 39 /* from here on columns are missing with partial-rows */
#define IPSEC_STATUS 51

static const struct column ipsec_columns[] = {
	N(2, INTEGER, ike_index),
	N(3, INTEGER, ike_alive),
	A(4, local),
	A(5, remote),
	F(6, INTEGER, 1), /* ike */
	F(7, INTEGER, 1), /* tunnel */
	F(8, INTEGER, SAW_SIM_LIFE_KILOBYTES),
	N(9, INTEGER, life_seconds),
	N(10, INTEGER, active_ticks),
	F(11, INTEGER, SAW_SIM_LIFE_KILOBYTES / 100 * 95),
	N(12, INTEGER, life_seconds),
	N(13, COUNTER32, refreshes),
	N(14, COUNTER32, refreshes),
	F(15, GAUGE32, 1),
	F(16, INTEGER, 11), /* group 21 */
	F(17, INTEGER, 9),  /* AES-GCM-256 */
	F(18, INTEGER, 1),  /* none: the cipher authenticates */
	F(19, INTEGER, 1),
	F(20, INTEGER, 1),
	F(21, INTEGER, 11),
	F(22, INTEGER, 9),
	F(23, INTEGER, 1),
	F(24, INTEGER, 1),
	F(25, INTEGER, 1),
	N(26, COUNTER32, in_octets),
	N(27, COUNTER64, in_octets),
	N(28, COUNTER32, in_wraps),
	N(29, COUNTER32, in_octets),
	N(30, COUNTER64, in_octets),
	N(31, COUNTER32, in_wraps),
	N(32, COUNTER32, in_packets),
	F(33, COUNTER32, 0),
	N(34, COUNTER32, replay_drops),
	N(35, COUNTER32, in_packets),
	F(36, COUNTER32, 0),
	N(37, COUNTER32, in_packets),
	F(38, COUNTER32, 0),
	N(39, COUNTER32, out_octets),
	N(40, COUNTER64, out_octets),
	N(41, COUNTER32, out_wraps),
	N(42, COUNTER32, out_octets),
	N(43, COUNTER64, out_octets),
	N(44, COUNTER32, out_wraps),
	N(45, COUNTER32, out_packets),
	F(46, COUNTER32, 0),
	N(47, COUNTER32, out_packets),
	F(48, COUNTER32, 0),
	N(49, COUNTER32, out_packets),
	F(50, COUNTER32, 0),
	F(IPSEC_STATUS, INTEGER, 1), /* active: a tunnel that is down has no row */
};

static const struct column endpoint_columns[] = {
	T(2, contact), F(3, INTEGER, 3), A(4, any),  A(5, net_mask),  F(6, INTEGER, 0),  F(7, INTEGER, 0),
	T(8, contact), F(9, INTEGER, 3), A(10, any), A(11, net_mask), F(12, INTEGER, 0), F(13, INTEGER, 0),
};

static const struct column spi_columns[] = {
	N(2, INTEGER, spi_direction), N(3, GAUGE32, spi), F(4, INTEGER, 2), /* esp */
	F(5, INTEGER, 1),                                                   /* active */
};

/* Whose rows a region has. */
enum rows { ONE, INTERFACES, IKE_TUNNELS, IPSEC_TUNNELS, ENDPOINTS, SPIS };

struct region {
	const char *name;
	uint32_t base[14];
	size_t base_n;
	enum rows rows;
	const struct column *columns;
	size_t column_n;
	void (*fill)(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct row *row);
};

struct saw_sim_mib {
	const struct saw_sim_model *model;
	enum saw_sim_dev dev;
	struct saw_sim_totals totals; /* as of totals_ms and totals_generation */
	uint64_t totals_ms, totals_generation;
	bool have_totals;
};

/* --------------------------------------------------------------------------------------------------------- filling of rows */

/* Interfaces beside the tunnels. The first one is where the tunnels leave. */
static const struct physical {
	uint32_t if_index;
	const char *descr, *name, *alias;
	uint32_t type, mbit;
} physical[SAW_SIM_DEVICES][4] = {
	[SAW_SIM_ASA] = {{2, "Adaptive Security Appliance 'outside' interface", "outside", "to the provider", 6, 1000},
					 {3, "Adaptive Security Appliance 'inside' interface", "inside", "", 6, 1000},
					 {4, "Adaptive Security Appliance 'management' interface", "management", "", 6, 100}},
	[SAW_SIM_ASR] = {{5, "GigabitEthernet0/0/4", "Gi0/0/4", "to the provider, VRF INET", 6, 1000},
					 {6, "GigabitEthernet0/0/5", "Gi0/0/5", "to the core", 6, 1000},
					 {7, "GigabitEthernet0", "Gi0", "management", 6, 1000},
					 {8, "Null0", "Nu0", "", 1, 10000}},
};

static size_t physical_count(enum saw_sim_dev dev) {
	return dev == SAW_SIM_ASA ? 3 : 4;
}

static const struct saw_sim_totals *totals(struct saw_sim_mib *mib, uint64_t now_ms) {
	uint64_t generation = saw_sim_model_generation(mib->model);
	if (!mib->have_totals || mib->totals_ms != now_ms || mib->totals_generation != generation) {
		saw_sim_model_totals(mib->model, mib->dev, now_ms, &mib->totals);
		mib->totals_ms = now_ms;
		mib->totals_generation = generation;
		mib->have_totals = true;
	}
	return &mib->totals;
}

static void put_text(char *out, size_t size, const char *text) {
	snprintf(out, size, "%s", text);
}

static void fill_system(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct row *row) {
	const struct saw_sim_identity *id = saw_sim_identity_of(mib->dev);
	struct saw_sim_device d;
	(void)k;
	saw_sim_model_device(mib->model, mib->dev, now_ms, &d);
	put_text(row->descr, sizeof(row->descr), id->sys_descr);
	put_text(row->name, sizeof(row->name), id->name);
	put_text(row->location, sizeof(row->location), "simulated");
	row->contact[0] = '\0';
	row->product = id->product;
	row->uptime_ticks = d.uptime_ms / 10;
	row->services = mib->dev == SAW_SIM_ASA ? 4 : 78;
}

static void fill_interfaces(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct row *row) {
	(void)now_ms;
	(void)k;
	row->interfaces = physical_count(mib->dev) + saw_sim_model_tunnels(mib->model);
}

static void fill_physical(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct row *row) {
	const struct physical *p = &physical[mib->dev][k];
	const struct saw_sim_totals *t = totals(mib, now_ms);
	row->if_index = p->if_index;
	row->if_type = p->type;
	row->if_mtu = 1500;
	row->if_speed = p->mbit * 1000000ULL;
	row->if_high_speed = p->mbit;
	row->if_status = 1;
	row->if_change_ticks = 1000;
	row->if_in_octets = k == 0 ? t->in_bytes : k == 1 ? t->out_bytes : 0;
	row->if_out_octets = k == 0 ? t->out_bytes : k == 1 ? t->in_bytes : 0;
	row->if_in_packets = k == 0 ? t->in_packets : k == 1 ? t->out_packets : 0;
	row->if_out_packets = k == 0 ? t->out_packets : k == 1 ? t->in_packets : 0;
	memcpy(row->mac, "\x02\x00\x5e\x00\x00", 5);
	row->mac[5] = (char)(p->if_index + 16U * mib->dev);
	put_text(row->descr, sizeof(row->descr), p->descr);
	put_text(row->name, sizeof(row->name), p->name);
	put_text(row->alias, sizeof(row->alias), p->alias);
}

static void fill_if(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct row *row) {
	size_t fixed = physical_count(mib->dev);
	struct saw_sim_device d;
	struct saw_sim_end e;
	if (k < fixed) {
		fill_physical(mib, now_ms, k, row);
		return;
	}
	saw_sim_model_device(mib->model, mib->dev, now_ms, &d);
	saw_sim_model_end(mib->model, mib->dev, (uint32_t)(k - fixed), now_ms, &e);
	row->if_index = d.first_if_index + (k - fixed);
	row->if_type = 131; /* tunnel */
	row->if_status = e.up ? 1 : 2;
	row->if_change_ticks = e.changed_ms / 10;
	row->if_in_octets = e.if_in_bytes;
	row->if_out_octets = e.if_out_bytes;
	row->if_in_packets = e.if_in_packets;
	row->if_out_packets = e.if_out_packets;
	memset(row->mac, 0, sizeof(row->mac));
	if (mib->dev == SAW_SIM_ASA) {
		row->if_mtu = 1500;
		row->if_speed = row->if_high_speed = 0;
		snprintf(row->name, sizeof(row->name), "vti-wan01-%u", e.number);
		snprintf(row->descr, sizeof(row->descr), "Adaptive Security Appliance 'vti-wan01-%u' interface", e.number);
		snprintf(row->alias, sizeof(row->alias), "to ASR-WAN01 Tunnel%u", e.number);
	} else {
		row->if_mtu = 9938; /* the interface's own idea; the tunnel's is in the CLI */
		row->if_speed = 100000;
		row->if_high_speed = 0;
		snprintf(row->name, sizeof(row->name), "Tu%u", e.number);
		snprintf(row->descr, sizeof(row->descr), "Tunnel%u", e.number);
		snprintf(row->alias, sizeof(row->alias), "to ASA-XFW01 vti-wan01-%u", e.number);
	}
}

/* Keepalives and the exchanges of rekeys, as many in each direction. */
static void fill_ike_traffic(uint64_t age_ms, uint64_t refreshes, struct row *row) {
	row->exchanges = refreshes;
	row->ike_packets = 4 + 2 * refreshes + age_ms / (SAW_SIM_DPD_SECONDS * 1000);
	row->ike_octets = row->ike_packets * 96;
}

static void fill_ike_global(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct row *row) {
	const struct saw_sim_totals *t = totals(mib, now_ms);
	struct saw_sim_device d;
	(void)k;
	saw_sim_model_device(mib->model, mib->dev, now_ms, &d);
	row->active = t->active;
	row->previous = t->previous;
	fill_ike_traffic(d.uptime_ms, t->active + t->previous, row);
}

static void fill_ipsec_global(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct row *row) {
	const struct saw_sim_totals *t = totals(mib, now_ms);
	(void)k;
	row->active = t->active;
	row->previous = t->previous;
	row->in_octets = t->in_bytes;
	row->in_wraps = t->in_bytes >> 32;
	row->in_packets = t->in_packets;
	row->out_octets = t->out_bytes;
	row->out_wraps = t->out_bytes >> 32;
	row->out_packets = t->out_packets;
	row->replay_drops = t->replay_drops;
}

static void fill_nothing(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct row *row) {
	(void)mib;
	(void)now_ms;
	(void)k;
	(void)row;
}

static void address_text(uint32_t address, bool padded, char out[16]) {
	snprintf(out, 16, padded ? "%03u.%03u.%03u.%03u" : "%u.%u.%u.%u", address >> 24, address >> 16 & 255,
			 address >> 8 & 255, address & 255);
}

static void fill_end(struct saw_sim_mib *mib, uint64_t now_ms, uint32_t tunnel, struct row *row) {
	struct saw_sim_end e;
	saw_sim_model_end(mib->model, mib->dev, tunnel, now_ms, &e);
	row->index = e.row;
	row->ike_index =
		e.ike_row + (saw_sim_model_quirk(mib->model, mib->dev, SAW_SIM_QUIRK_WRONG_IKE_INDEX) ? 1000000 : 0);
	row->ike_alive = saw_sim_model_quirk(mib->model, mib->dev, SAW_SIM_QUIRK_IKE_ALIVE_FALSE) ? 2 : 1;
	row->local = e.local;
	row->remote = e.remote;
	row->any = 0;
	row->net_mask = 0;
	address_text(e.local, false, row->local_text);
	address_text(e.remote, false, row->remote_text);
	row->contact[0] = '\0';
	row->life_seconds = e.sa_life_seconds;
	row->active_ticks = e.session_age_ms / 10;
	row->ike_active_ticks = e.session_age_ms / 10;
	row->refreshes = e.refreshes;
	row->ike_refreshes = e.ike_refreshes;
	row->in_octets = e.in_bytes;
	row->in_wraps = e.in_bytes >> 32;
	row->in_packets = e.in_packets;
	row->out_octets = e.out_bytes;
	row->out_wraps = e.out_bytes >> 32;
	row->out_packets = e.out_packets;
	row->replay_drops = e.replay_drops;
	row->spi = e.in_spi;
	row->spi_direction = 1;
	fill_ike_traffic(e.session_age_ms, e.refreshes, row);
	if (saw_sim_model_quirk(mib->model, mib->dev, SAW_SIM_QUIRK_RESTART_AT_REKEY)) {
		row->active_ticks = e.sa_age_ms / 10;
	}
}

static uint32_t tunnel_of_row(const struct saw_sim_mib *mib, size_t k) {
	size_t count;
	return saw_sim_model_rows(mib->model, mib->dev, &count)[k];
}

static void fill_tunnel(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct row *row) {
	fill_end(mib, now_ms, tunnel_of_row(mib, k), row);
}

static void fill_spi(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct row *row) {
	struct saw_sim_end e;
	saw_sim_model_end(mib->model, mib->dev, tunnel_of_row(mib, k / 2), now_ms, &e);
	row->spi = k % 2 ? e.out_spi : e.in_spi;
	row->spi_direction = 1 + k % 2;
}

/* ------------------------------------------------------------------------------------------------------------- the regions */

#define CISCO_171 1, 3, 6, 1, 4, 1, 9, 9, 171, 1
#define COLUMNS(c) .columns = c, .column_n = sizeof(c) / sizeof((c)[0])

enum { IPSEC_REGION = 8 };

/* In the order of what they hold. */
static const struct region regions[] = {
	{"system", {1, 3, 6, 1, 2, 1, 1}, 7, ONE, COLUMNS(system_columns), fill_system},
	{"interfaces", {1, 3, 6, 1, 2, 1, 2}, 7, ONE, COLUMNS(interfaces_columns), fill_interfaces},
	{"ifTable", {1, 3, 6, 1, 2, 1, 2, 2, 1}, 9, INTERFACES, COLUMNS(if_columns), fill_if},
	{"ifXTable", {1, 3, 6, 1, 2, 1, 31, 1, 1, 1}, 10, INTERFACES, COLUMNS(ifx_columns), fill_if},
	{"cipSecLevels", {CISCO_171, 1}, 11, ONE, COLUMNS(mib_level_columns), fill_nothing},
	{"cikeGlobalStats", {CISCO_171, 2, 1}, 12, ONE, COLUMNS(ike_global_columns), fill_ike_global},
	{"cikeTunnelTable", {CISCO_171, 2, 3, 1}, 13, IKE_TUNNELS, COLUMNS(ike_columns), fill_tunnel},
	{"cipSecGlobalStats", {CISCO_171, 3, 1}, 12, ONE, COLUMNS(ipsec_global_columns), fill_ipsec_global},
	[IPSEC_REGION] =
		{"cipSecTunnelTable", {CISCO_171, 3, 2, 1}, 13, IPSEC_TUNNELS, COLUMNS(ipsec_columns), fill_tunnel},
	{"cipSecEndPtTable", {CISCO_171, 3, 3, 1}, 13, ENDPOINTS, COLUMNS(endpoint_columns), fill_tunnel},
	{"cipSecSpiTable", {CISCO_171, 3, 4, 1}, 13, SPIS, COLUMNS(spi_columns), fill_spi},
};
#define REGIONS (sizeof(regions) / sizeof(regions[0]))

static size_t row_count(const struct saw_sim_mib *mib, const struct region *r) {
	size_t tunnels;
	saw_sim_model_rows(mib->model, mib->dev, &tunnels);
	switch (r->rows) {
	case ONE:
		return 1;
	case INTERFACES:
		return physical_count(mib->dev) + saw_sim_model_tunnels(mib->model);
	case IKE_TUNNELS:
		return saw_sim_model_quirk(mib->model, mib->dev, SAW_SIM_QUIRK_IKE_TABLE_ABSENT) ? 0 : tunnels;
	case SPIS:
		return 2 * tunnels;
	default:
		return tunnels;
	}
}

/* The index of row k: one or two numbers. */
static size_t row_index(const struct saw_sim_mib *mib, const struct region *r, size_t k, uint32_t index[2]) {
	size_t fixed = physical_count(mib->dev);
	struct saw_sim_device d;
	switch (r->rows) {
	case ONE:
		index[0] = 0;
		return 1;
	case INTERFACES:
		if (k < fixed) {
			index[0] = physical[mib->dev][k].if_index;
		} else {
			saw_sim_model_device(mib->model, mib->dev, 0, &d);
			index[0] = d.first_if_index + (uint32_t)(k - fixed);
		}
		return 1;
	case IKE_TUNNELS:
		index[0] = saw_sim_model_ike_row(mib->model, mib->dev, tunnel_of_row(mib, k));
		return 1;
	case IPSEC_TUNNELS:
		index[0] = saw_sim_model_row(mib->model, mib->dev, tunnel_of_row(mib, k));
		return 1;
	case ENDPOINTS:
		index[0] = saw_sim_model_row(mib->model, mib->dev, tunnel_of_row(mib, k));
		index[1] = 1;
		return 2;
	default:
		index[0] = saw_sim_model_row(mib->model, mib->dev, tunnel_of_row(mib, k / 2));
		index[1] = 1 + (uint32_t)(k % 2);
		return 2;
	}
}

/* Whether the row has this column: a quirk may have taken it. */
static bool is_there(const struct saw_sim_mib *mib, const struct region *r, size_t k, uint32_t column) {
	switch (r->rows) {
	case IKE_TUNNELS:
		return tunnel_of_row(mib, k) % 2 == 0 ||
			   !saw_sim_model_quirk(mib->model, mib->dev, SAW_SIM_QUIRK_IKE_ROW_MISSING);
	case IPSEC_TUNNELS:
		return tunnel_of_row(mib, k) % 2 == 0 || column < IPSEC_OUTBOUND || column == IPSEC_STATUS ||
			   !saw_sim_model_quirk(mib->model, mib->dev, SAW_SIM_QUIRK_PARTIAL_ROWS);
	default:
		return true;
	}
}

static int compare(const uint32_t *a, size_t an, const uint32_t *b, size_t bn) {
	for (size_t i = 0; i < an && i < bn; i++) {
		if (a[i] != b[i]) {
			return a[i] < b[i] ? -1 : 1;
		}
	}
	return an == bn ? 0 : an < bn ? -1 : 1;
}

/* The first row whose index is above rest. */
static size_t row_after(const struct saw_sim_mib *mib, const struct region *r, const uint32_t *rest, size_t n) {
	size_t low = 0, high = row_count(mib, r);
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		uint32_t index[2];
		size_t index_n = row_index(mib, r, mid, index);
		if (compare(index, index_n, rest, n) <= 0) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return low;
}

static bool is_inside(const struct region *r, const struct saw_sim_oid *oid) {
	return oid->n >= r->base_n && compare(oid->id, r->base_n, r->base, r->base_n) == 0;
}

/* ------------------------------------------------------------------------------------------------------------------- cells */

static void put_bytes(struct saw_sim_value *out, const void *bytes, size_t n) {
	out->len = n;
	memcpy(out->bytes, bytes, n);
}

static void put_address(const struct saw_sim_mib *mib, uint32_t address, struct saw_sim_value *out) {
	uint8_t raw[4] = {(uint8_t)(address >> 24), (uint8_t)(address >> 16), (uint8_t)(address >> 8), (uint8_t)address};
	bool padded = saw_sim_model_quirk(mib->model, mib->dev, SAW_SIM_QUIRK_ADDRESS_AS_PADDED);
	char text[16];
	if (padded || saw_sim_model_quirk(mib->model, mib->dev, SAW_SIM_QUIRK_ADDRESS_AS_TEXT)) {
		address_text(address, padded, text);
		put_bytes(out, text, strlen(text));
		return;
	}
	if (saw_sim_model_quirk(mib->model, mib->dev, SAW_SIM_QUIRK_ADDRESS_AS_IPADDRESS)) {
		out->type = SAW_SIM_IPADDRESS;
	}
	put_bytes(out, raw, sizeof(raw));
}

static void put_number(enum saw_sim_type type, uint64_t number, struct saw_sim_value *out) {
	switch (type) {
	case SAW_SIM_COUNTER64:
		out->number = number;
		break;
	case SAW_SIM_INTEGER:
		out->number = number & INT32_MAX;
		break;
	default:
		out->number = number & UINT32_MAX;
		break;
	}
}

static void cell(struct saw_sim_mib *mib, uint64_t now_ms, const struct region *r, const struct column *c, size_t k,
				 struct saw_sim_value *out) {
	struct row row;
	const void *field = (const char *)&row + c->arg;
	out->type = c->type;
	if (c->from == FIXED) {
		put_number(c->type, c->arg, out);
		return;
	}
	memset(&row, 0, sizeof(row));
	r->fill(mib, now_ms, k, &row);
	switch (c->from) {
	case ADDRESS:
		put_address(mib, *(const uint32_t *)field, out);
		break;
	case TEXT:
		put_bytes(out, field, strlen(field));
		break;
	case MAC:
		put_bytes(out, row.mac, row.if_type == 6 ? sizeof(row.mac) : 0);
		break;
	case PRODUCT:
		out->oid = (struct saw_sim_oid){{1, 3, 6, 1, 4, 1, 9, 1, (uint32_t)row.product}, 9};
		break;
	default:
		put_number(c->type, *(const uint64_t *)field, out);
		break;
	}
}

void saw_sim_mib_get(struct saw_sim_mib *mib, uint64_t now_ms, const struct saw_sim_oid *oid,
					 struct saw_sim_value *out) {
	out->type = SAW_SIM_NO_OBJECT;
	for (const struct region *r = regions; r < regions + REGIONS; r++) {
		const struct column *c = r->columns;
		if (!is_inside(r, oid) || oid->n < r->base_n + 2) {
			continue;
		}
		while (c < r->columns + r->column_n && c->number != oid->id[r->base_n]) {
			c++;
		}
		if (c == r->columns + r->column_n || row_count(mib, r) == 0) {
			continue;
		}
		const uint32_t *rest = oid->id + r->base_n + 1;
		size_t rest_n = oid->n - r->base_n - 1;
		size_t k = row_after(mib, r, rest, rest_n);
		uint32_t index[2];
		if (k > 0 && compare(index, row_index(mib, r, k - 1, index), rest, rest_n) == 0 &&
			is_there(mib, r, k - 1, c->number)) {
			cell(mib, now_ms, r, c, k - 1, out);
		} else {
			out->type = SAW_SIM_NO_INSTANCE;
		}
		return;
	}
}

static void name_cell(const struct saw_sim_mib *mib, const struct region *r, uint32_t column, size_t k,
					  struct saw_sim_oid *out) {
	uint32_t index[2];
	size_t index_n = row_index(mib, r, k, index);
	memcpy(out->id, r->base, r->base_n * sizeof(out->id[0]));
	out->id[r->base_n] = column;
	memcpy(out->id + r->base_n + 1, index, index_n * sizeof(out->id[0]));
	out->n = r->base_n + 1 + index_n;
}

/* The first cell of the region after oid. */
static bool next_in_region(struct saw_sim_mib *mib, uint64_t now_ms, const struct region *r,
						   const struct saw_sim_oid *oid, struct saw_sim_oid *next, struct saw_sim_value *out) {
	bool inside = is_inside(r, oid) && oid->n > r->base_n;
	size_t rows = row_count(mib, r);
	for (const struct column *c = r->columns; c < r->columns + r->column_n; c++) {
		size_t k = 0;
		if (inside && c->number < oid->id[r->base_n]) {
			continue;
		}
		if (inside && c->number == oid->id[r->base_n]) {
			k = row_after(mib, r, oid->id + r->base_n + 1, oid->n - r->base_n - 1);
		}
		while (k < rows && !is_there(mib, r, k, c->number)) {
			k++;
		}
		if (k < rows) {
			name_cell(mib, r, c->number, k, next);
			cell(mib, now_ms, r, c, k, out);
			return true;
		}
	}
	return false;
}

void saw_sim_mib_next(struct saw_sim_mib *mib, uint64_t now_ms, const struct saw_sim_oid *oid, struct saw_sim_oid *next,
					  struct saw_sim_value *out) {
	const struct saw_sim_oid asked = *oid;
	for (const struct region *r = regions; r < regions + REGIONS; r++) {
		if (!is_inside(r, &asked) && compare(asked.id, asked.n, r->base, r->base_n) > 0) {
			continue;
		}
		if (next_in_region(mib, now_ms, r, &asked, next, out)) {
			return;
		}
		if (r == &regions[IPSEC_REGION] && is_inside(r, &asked) && row_count(mib, r) > 0 &&
			saw_sim_model_quirk(mib->model, mib->dev, SAW_SIM_QUIRK_OID_LOOP)) {
			const struct saw_sim_oid start = {{0}, 0};
			next_in_region(mib, now_ms, r, &start, next, out);
			return;
		}
	}
	*next = asked;
	out->type = SAW_SIM_END_OF_MIB;
}

/* ---------------------------------------------------------------------------------------------------------------- requests */

static size_t length_size(size_t n) {
	return n < 128 ? 1 : n < 256 ? 2 : 3;
}

static size_t tagged_size(size_t n) {
	return 1 + length_size(n) + n;
}

static size_t base128_size(uint32_t v) {
	size_t n = 1;
	for (; v >= 128; v >>= 7) {
		n++;
	}
	return n;
}

static size_t oid_size(const struct saw_sim_oid *oid) {
	size_t n = 1; /* the first two numbers share a byte */
	for (size_t i = 2; i < oid->n; i++) {
		n += base128_size(oid->id[i]);
	}
	return tagged_size(n);
}

static size_t number_size(uint64_t v) {
	size_t n = 1;
	for (; v >= 128; v >>= 8) {
		n++;
	}
	return tagged_size(n);
}

static size_t value_size(const struct saw_sim_value *v) {
	switch (v->type) {
	case SAW_SIM_OCTETS:
	case SAW_SIM_IPADDRESS:
		return tagged_size(v->len);
	case SAW_SIM_OID:
		return oid_size(&v->oid);
	case SAW_SIM_NO_OBJECT:
	case SAW_SIM_NO_INSTANCE:
	case SAW_SIM_END_OF_MIB:
		return 2;
	default:
		return number_size(v->number);
	}
}

size_t saw_sim_varbind_size(const struct saw_sim_oid *oid, const struct saw_sim_value *value) {
	return tagged_size(oid_size(oid) + value_size(value));
}

struct bulk {
	struct saw_sim_mib *mib;
	uint64_t now_ms;
	size_t room;
	saw_sim_emit *emit;
	void *ctx;
	int sent;
	bool full;
	int error;
};

/* One binding: what comes after *at, which moves on. False at the end of the MIB. */
static bool bulk_one(struct bulk *b, struct saw_sim_oid *at) {
	struct saw_sim_oid next;
	struct saw_sim_value value;
	saw_sim_mib_next(b->mib, b->now_ms, at, &next, &value);
	size_t size = saw_sim_varbind_size(&next, &value);
	if (size > b->room) {
		b->full = true;
		return false;
	}
	b->error = b->emit(b->ctx, &next, &value);
	b->room -= size;
	b->sent++;
	*at = next;
	return value.type != SAW_SIM_END_OF_MIB;
}

int saw_sim_mib_bulk(struct saw_sim_mib *mib, uint64_t now_ms, const struct saw_sim_oid *asked, size_t count,
					 size_t non_repeaters, size_t repetitions, size_t room, saw_sim_emit *emit, void *ctx) {
	struct bulk b = {.mib = mib, .now_ms = now_ms, .room = room, .emit = emit, .ctx = ctx};
	struct saw_sim_oid at[SAW_SIM_BULK_VARIABLES];
	bool alive = count > non_repeaters;
	if (count > SAW_SIM_BULK_VARIABLES) {
		return SAW_ELIMIT;
	}
	memcpy(at, asked, count * sizeof(at[0]));
	for (size_t i = 0; i < count && i < non_repeaters && !b.full && !b.error; i++) {
		bulk_one(&b, &at[i]);
	}
	for (size_t n = 0; n < repetitions && alive && !b.full && !b.error; n++) {
		alive = false;
		for (size_t i = non_repeaters; i < count && !b.full && !b.error; i++) {
			alive |= bulk_one(&b, &at[i]);
		}
	}
	return b.error ? b.error : b.sent;
}

bool saw_sim_mib_silent(const struct saw_sim_mib *mib, const struct saw_sim_oid *asked, bool bulk, size_t repetitions) {
	const struct region *r = &regions[IPSEC_REGION];
	struct saw_sim_device d;
	saw_sim_model_device(mib->model, mib->dev, 0, &d);
	if (d.silent) {
		return true;
	}
	if (bulk && repetitions > 10 && saw_sim_model_quirk(mib->model, mib->dev, SAW_SIM_QUIRK_BULK_SILENT)) {
		return true;
	}
	return saw_sim_model_quirk(mib->model, mib->dev, SAW_SIM_QUIRK_CUT_WALK) && is_inside(r, asked) &&
		   asked->n > r->base_n && asked->id[r->base_n] >= IPSEC_MIDDLE;
}

bool saw_sim_mib_too_big(const struct saw_sim_mib *mib, size_t repetitions) {
	return repetitions > 5 && saw_sim_model_quirk(mib->model, mib->dev, SAW_SIM_QUIRK_TOO_BIG);
}

/* -------------------------------------------------------------------------------------------------------------------- life */

struct saw_sim_mib *saw_sim_mib_create(const struct saw_sim_model *model, enum saw_sim_dev dev) {
	struct saw_sim_mib *mib = calloc(1, sizeof(*mib));
	if (mib) {
		mib->model = model;
		mib->dev = dev;
	}
	return mib;
}

void saw_sim_mib_destroy(struct saw_sim_mib *mib) {
	free(mib);
}

size_t saw_sim_engine_id(enum saw_sim_dev dev, uint8_t out[SAW_SIM_ENGINE_ID_MAX]) {
	static const uint8_t head[] = {0x80, 0, 0, 9, 4}; /* enterprise 9; a text follows */
	const char *name = saw_sim_device_name(dev);
	size_t n = strlen(name);
	memcpy(out, head, sizeof(head));
	memcpy(out + sizeof(head), name, n);
	return sizeof(head) + n;
}
