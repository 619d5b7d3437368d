#include "sim/mib_table.h"

#include <stdio.h>
#include <string.h>

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

static void put_text(char *out, size_t size, const char *text) {
	snprintf(out, size, "%s", text);
}

static void fill_system(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct saw_sim_row *row) {
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

static void fill_if_number(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct saw_sim_row *row) {
	(void)now_ms;
	(void)k;
	row->interfaces = physical_count(mib->dev) + saw_sim_model_tunnels(mib->model);
}

static void fill_physical(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct saw_sim_row *row) {
	const struct physical *p = &physical[mib->dev][k];
	const struct saw_sim_totals *t = saw_sim_mib_totals(mib, now_ms);
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
		index[0] = physical[mib->dev][k].if_index;
	} else {
		saw_sim_model_device(mib->model, mib->dev, 0, &d);
		index[0] = d.first_if_index + (uint32_t)(k - fixed);
	}
	return 1;
}

const struct saw_sim_rows saw_sim_rows_system = {saw_sim_one, saw_sim_index_zero, NULL, fill_system};
const struct saw_sim_rows saw_sim_rows_if_number = {saw_sim_one, saw_sim_index_zero, NULL, fill_if_number};
const struct saw_sim_rows saw_sim_rows_interfaces = {interface_count, interface_index, NULL, fill_if};
