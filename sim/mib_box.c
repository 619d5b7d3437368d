#include "sim/mib_table.h"
#include "sim/port.h"

#include <stdio.h>
#include <string.h>

static size_t physical_count(enum saw_sim_dev dev) {
	size_t count;
	saw_sim_ports(dev, &count);
	return count;
}

static const struct saw_sim_port *physical_at(enum saw_sim_dev dev, size_t k) {
	size_t count;
	return &saw_sim_ports(dev, &count)[k];
}

static void put_text(char *out, size_t size, const char *text) {
	snprintf(out, size, "%s", text);
}

static void fill_system(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct saw_sim_row *row) {
	const struct saw_sim_identity *id = saw_sim_identity_of(mib->dev);
	struct saw_sim_device d;
	(void)k;
	saw_sim_model_device(mib->model, mib->dev, now_ms, &d);
	put_text(row->descr, sizeof(row->descr), id->sys_descr);
	if (mib->number) {
		snprintf(row->name, sizeof(row->name), "%s-%u", saw_sim_model_hostname(mib->model, mib->dev), mib->number);
	} else {
		put_text(row->name, sizeof(row->name), saw_sim_model_hostname(mib->model, mib->dev));
	}
	put_text(row->location, sizeof(row->location), "simulated");
	row->contact[0] = '\0';
	row->product = id->product;
	row->uptime_ticks = d.uptime_ms / 10;
	row->services = mib->dev == SAW_SIM_ASA ? 4 : 78;
}

static void fill_if_number(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct saw_sim_row *row) {
	(void)now_ms;
	(void)k;
	row->interfaces = physical_count(mib->dev) + saw_sim_model_tunnels(mib->model);
}

static void fill_physical(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct saw_sim_row *row) {
	const struct saw_sim_port *p = physical_at(mib->dev, k);
	struct saw_sim_port_counters c;
	saw_sim_port_counters(k, saw_sim_mib_totals(mib, now_ms), &c);
	row->if_index = p->if_index;
	row->if_type = p->type;
	row->if_mtu = 1500;
	row->if_speed = p->mbit * 1000000ULL;
	row->if_high_speed = p->mbit;
	row->if_status = 1;
	row->if_change_ticks = 1000;
	row->if_in_octets = c.in_bytes;
	row->if_out_octets = c.out_bytes;
	row->if_in_packets = c.in_packets;
	row->if_out_packets = c.out_packets;
	memcpy(row->mac, "\x02\x00\x5e\x00\x00", 5);
	row->mac[5] = (char)saw_sim_port_mac(mib->dev, p);
	put_text(row->descr, sizeof(row->descr), p->descr);
	put_text(row->name, sizeof(row->name), p->short_name);
	put_text(row->alias, sizeof(row->alias), p->alias);
}

static void fill_if(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct saw_sim_row *row) {
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

static size_t interface_count(const struct saw_sim_mib *mib) {
	return physical_count(mib->dev) + saw_sim_model_tunnels(mib->model);
}

static size_t interface_index(const struct saw_sim_mib *mib, size_t k, uint32_t index[SAW_SIM_INDEX_MAX]) {
	size_t fixed = physical_count(mib->dev);
	struct saw_sim_device d;
	if (k < fixed) {
		index[0] = physical_at(mib->dev, k)->if_index;
	} else {
		saw_sim_model_device(mib->model, mib->dev, 0, &d);
		index[0] = d.first_if_index + (uint32_t)(k - fixed);
	}
	return 1;
}

/* --------------------------------------------------------------------------------------------------------------- addresses */

#define PLAIN_ADDRESSES 2 /* of the interfaces that no tunnel leaves by */
#define DOCUMENTED 250    /* outer addresses from this tunnel on stand before the others: they are of another block */

/* All tunnels of the firewall leave from one address; on the router each has one of its own. */
static size_t outer_count(const struct saw_sim_mib *mib) {
	return mib->dev == SAW_SIM_ASA ? 1 : saw_sim_model_tunnels(mib->model);
}

static size_t address_count(const struct saw_sim_mib *mib) {
	return saw_sim_model_tunnels(mib->model) + PLAIN_ADDRESSES + outer_count(mib);
}

/* Ascending: inside addresses of the tunnels, then the box's own, then the outer ones. */
static uint32_t address_of(const struct saw_sim_mib *mib, size_t k, uint32_t *if_index, uint32_t *mask) {
	size_t tunnels = saw_sim_model_tunnels(mib->model), outer = outer_count(mib);
	struct saw_sim_device d;
	if (k < tunnels) {
		saw_sim_model_device(mib->model, mib->dev, 0, &d);
		*if_index = d.first_if_index + (uint32_t)k;
		*mask = 0xfffffffc;
		return saw_sim_model_inside(mib->dev, (uint32_t)k);
	}
	k -= tunnels;
	if (k < PLAIN_ADDRESSES) {
		*if_index = physical_at(mib->dev, 1 + k)->if_index;
		*mask = 0xffffff00;
		return physical_at(mib->dev, 1 + k)->address;
	}
	k -= PLAIN_ADDRESSES;
	size_t late = outer > DOCUMENTED ? outer - DOCUMENTED : 0;
	*if_index = physical_at(mib->dev, 0)->if_index;
	*mask = 0xffffff00;
	return saw_sim_model_outer(mib->dev, (uint32_t)(k < late ? DOCUMENTED + k : k - late));
}

static size_t address_index(const struct saw_sim_mib *mib, size_t k, uint32_t index[SAW_SIM_INDEX_MAX]) {
	uint32_t if_index, mask;
	return saw_sim_put_address(address_of(mib, k, &if_index, &mask), index);
}

/* InetAddressType and InetAddress: ipv4(1), and its length. */
static size_t inet_address_index(const struct saw_sim_mib *mib, size_t k, uint32_t index[SAW_SIM_INDEX_MAX]) {
	uint32_t if_index, mask;
	index[0] = 1;
	index[1] = 4;
	return 2 + saw_sim_put_address(address_of(mib, k, &if_index, &mask), index + 2);
}

static void fill_address(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct saw_sim_row *row) {
	uint32_t if_index;
	(void)now_ms;
	row->address = address_of(mib, k, &if_index, &row->net_mask);
	row->if_index = if_index;
}

/* ----------------------------------------------------------------------------------------------------- chassis, load, memory */

static size_t index_one(const struct saw_sim_mib *mib, size_t k, uint32_t index[SAW_SIM_INDEX_MAX]) {
	(void)mib;
	index[0] = (uint32_t)k + 1;
	return 1;
}

static void fill_chassis(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct saw_sim_row *row) {
	const struct saw_sim_identity *id = saw_sim_identity_of(mib->dev);
	struct saw_sim_device d;
	(void)k;
	saw_sim_model_device(mib->model, mib->dev, now_ms, &d);
	snprintf(row->descr, sizeof(row->descr), "Cisco %s Chassis", id->model);
	put_text(row->name, sizeof(row->name), "Chassis");
	put_text(row->serial, sizeof(row->serial), d.serial);
	put_text(row->model, sizeof(row->model), id->model);
}

static void fill_cpu(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct saw_sim_row *row) {
	struct saw_sim_device d;
	(void)k;
	saw_sim_model_device(mib->model, mib->dev, now_ms, &d);
	row->percent = d.cpu_percent;
}

/* Of its chassis, index 1. */
static const struct pool {
	const char *name;
	uint64_t used, free;
} pools[SAW_SIM_DEVICES][2] = {
	[SAW_SIM_ASA] = {{"System memory", 3221225472, 5368709120}, {"MEMPOOL_GLOBAL_SHARED", 805306368, 1073741824}},
	[SAW_SIM_ASR] = {{"Processor", 412345678, 3456789012}, {"lsmpi_io", 6294304, 824}},
};

static size_t pool_count(const struct saw_sim_mib *mib) {
	(void)mib;
	return 2;
}

static size_t pool_index(const struct saw_sim_mib *mib, size_t k, uint32_t index[SAW_SIM_INDEX_MAX]) {
	(void)mib;
	index[0] = 1;
	index[1] = (uint32_t)k + 1;
	return 2;
}

static void fill_pool(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct saw_sim_row *row) {
	(void)now_ms;
	put_text(row->name, sizeof(row->name), pools[mib->dev][k].name);
	row->used = pools[mib->dev][k].used;
	row->free = pools[mib->dev][k].free;
}

#define QFP_ENTITY 9000
#define QFP_INTERVALS 4 /* five seconds, a minute, five minutes, an hour */

static size_t qfp_count(const struct saw_sim_mib *mib) {
	return mib->dev == SAW_SIM_ASR ? QFP_INTERVALS : 0;
}

static size_t qfp_index(const struct saw_sim_mib *mib, size_t k, uint32_t index[SAW_SIM_INDEX_MAX]) {
	(void)mib;
	index[0] = QFP_ENTITY;
	index[1] = (uint32_t)k + 1;
	return 2;
}

/* Grows with the tunnels: what they carry is what it does. */
static void fill_qfp(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct saw_sim_row *row) {
	(void)now_ms;
	(void)k;
	row->percent = 1 + (uint64_t)saw_sim_model_tunnels(mib->model) * 80 / SAW_SIM_TUNNELS_MAX;
}

static size_t l2l_count(const struct saw_sim_mib *mib) {
	return mib->dev == SAW_SIM_ASA;
}

static void fill_l2l(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct saw_sim_row *row) {
	const struct saw_sim_totals *t = saw_sim_mib_totals(mib, now_ms);
	(void)k;
	row->active = t->active;
	row->previous = t->active + t->previous;
	row->peak = saw_sim_model_tunnels(mib->model);
}

/* CISCO-FIREWALL-MIB: the interface between the units of the pair, then the units. */
#define HARDWARE_FIRST 6 /* primaryUnit; secondaryUnit follows */
#define HARDWARE_LINK 4  /* netInterface */

static size_t hardware_count(const struct saw_sim_mib *mib) {
	return mib->dev == SAW_SIM_ASA ? 3 : 0;
}

static size_t hardware_index(const struct saw_sim_mib *mib, size_t k, uint32_t index[SAW_SIM_INDEX_MAX]) {
	(void)mib;
	index[0] = k == 0 ? HARDWARE_LINK : HARDWARE_FIRST + (uint32_t)k - 1;
	return 1;
}

static void fill_hardware(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct saw_sim_row *row) {
	struct saw_sim_device d;
	saw_sim_model_device(mib->model, mib->dev, now_ms, &d);
	if (k == 0) {
		put_text(row->name, sizeof(row->name), "Failover LAN Interface");
		put_text(row->descr, sizeof(row->descr), "fover GigabitEthernet0/3");
		row->state = 2; /* up */
		return;
	}
	bool active = k - 1 == d.unit;
	snprintf(row->name, sizeof(row->name), "%s unit%s", k == 1 ? "Primary" : "Secondary",
			 active ? " (this device)" : "");
	put_text(row->descr, sizeof(row->descr),
			 active             ? "Active unit"
			 : d.standby_failed ? "Failed unit"
								: "Standby unit");
	row->state = active ? 9 : d.standby_failed ? 4 : 10; /* active, error, standby */
}

/* -------------------------------------------------------------------------------------------------------------- contexts */

static size_t context_count(const struct saw_sim_mib *mib) {
	return saw_sim_mib_quirk(mib, SAW_SIM_QUIRK_VRF_CONTEXT) && !mib->in_vrf;
}

/* The name, with its length before it. */
static size_t context_index(const struct saw_sim_mib *mib, size_t k, uint32_t index[SAW_SIM_INDEX_MAX]) {
	static const char name[] = SAW_SIM_VRF;
	(void)mib;
	(void)k;
	index[0] = sizeof(name) - 1;
	for (size_t i = 0; i < sizeof(name) - 1; i++) {
		index[1 + i] = (unsigned char)name[i];
	}
	return sizeof(name);
}

static void fill_context(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct saw_sim_row *row) {
	(void)mib;
	(void)now_ms;
	(void)k;
	put_text(row->vrf, sizeof(row->vrf), SAW_SIM_VRF);
}

const struct saw_sim_rows saw_sim_rows_system = {saw_sim_one, saw_sim_index_zero, NULL, fill_system};
const struct saw_sim_rows saw_sim_rows_if_number = {saw_sim_one, saw_sim_index_zero, NULL, fill_if_number};
const struct saw_sim_rows saw_sim_rows_interfaces = {interface_count, interface_index, NULL, fill_if};
const struct saw_sim_rows saw_sim_rows_addresses = {address_count, address_index, NULL, fill_address};
const struct saw_sim_rows saw_sim_rows_inet_addresses = {address_count, inet_address_index, NULL, fill_address};
const struct saw_sim_rows saw_sim_rows_chassis = {saw_sim_one, index_one, NULL, fill_chassis};
const struct saw_sim_rows saw_sim_rows_cpu = {saw_sim_one, index_one, NULL, fill_cpu};
const struct saw_sim_rows saw_sim_rows_pools = {pool_count, pool_index, NULL, fill_pool};
const struct saw_sim_rows saw_sim_rows_qfp = {qfp_count, qfp_index, NULL, fill_qfp};
const struct saw_sim_rows saw_sim_rows_l2l = {l2l_count, saw_sim_index_zero, NULL, fill_l2l};
const struct saw_sim_rows saw_sim_rows_hardware = {hardware_count, hardware_index, NULL, fill_hardware};
const struct saw_sim_rows saw_sim_rows_contexts = {context_count, context_index, NULL, fill_context};
