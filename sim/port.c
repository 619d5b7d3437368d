#include "sim/port.h"

#define ASA_DESCR(nameif) "Adaptive Security Appliance '" nameif "' interface"

static const struct saw_sim_port asa[] = {
	{2, "GigabitEthernet0/0", "outside", ASA_DESCR("outside"), "to the provider", 6, 1000, 0xc0000201},
	{3, "GigabitEthernet0/1", "inside", ASA_DESCR("inside"), "", 6, 1000, 0x0a140001},
	{4, "Management0/0", "management", ASA_DESCR("management"), "", 6, 100, 0x0a1e0001},
};

static const struct saw_sim_port asr[] = {
	{5, "GigabitEthernet0/0/4", "Gi0/0/4", "GigabitEthernet0/0/4", "to the provider, VRF INET", 6, 1000, 0xc6336401},
	{6, "GigabitEthernet0/0/5", "Gi0/0/5", "GigabitEthernet0/0/5", "to the core", 6, 1000, 0x0a140002},
	{7, "GigabitEthernet0", "Gi0", "GigabitEthernet0", "management", 6, 1000, 0x0a1e0002},
	{8, "Null0", "Nu0", "Null0", "", 1, 10000, 0},
};

const struct saw_sim_port *saw_sim_ports(enum saw_sim_dev dev, size_t *count) {
	*count = dev == SAW_SIM_ASA ? sizeof(asa) / sizeof(asa[0]) : sizeof(asr) / sizeof(asr[0]);
	return dev == SAW_SIM_ASA ? asa : asr;
}

uint8_t saw_sim_port_mac(enum saw_sim_dev dev, const struct saw_sim_port *p) {
	return (uint8_t)(p->if_index + 16U * dev);
}

void saw_sim_port_counters(size_t number, const struct saw_sim_totals *t, struct saw_sim_port_counters *out) {
	*out = (struct saw_sim_port_counters){.in_packets = 0};
	if (number == 0) {
		*out = (struct saw_sim_port_counters){t->in_packets, t->out_packets, t->in_bytes, t->out_bytes};
	} else if (number == 1) {
		*out = (struct saw_sim_port_counters){t->out_packets, t->in_packets, t->out_bytes, t->in_bytes};
	}
}
