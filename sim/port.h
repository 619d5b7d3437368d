/*
 * The interfaces of the simulated devices beside the tunnels: what never changes about them, for SNMP and the CLI alike.
 */
#ifndef SAWATCH_SIM_PORT_H
#define SAWATCH_SIM_PORT_H

#include "sim/model.h"

struct saw_sim_port {
	uint32_t if_index;
	const char *cli;        /* its name in show commands and in the configuration */
	const char *short_name; /* ifName; on the firewall its nameif */
	const char *descr;      /* ifDescr */
	const char *alias;
	uint32_t type, mbit;
	uint32_t address; /* host order, /24; 0: none */
};

/* The first one is where the tunnels leave. */
const struct saw_sim_port *saw_sim_ports(enum saw_sim_dev dev, size_t *count);

/* Its sixth MAC byte; 02:00:5e:00:00 stands before it. */
uint8_t saw_sim_port_mac(enum saw_sim_dev dev, const struct saw_sim_port *p);

struct saw_sim_port_counters {
	uint64_t in_packets, out_packets, in_bytes, out_bytes;
};

/* The first carries what the tunnels carry, the second the other side of it. */
void saw_sim_port_counters(size_t number, const struct saw_sim_totals *totals, struct saw_sim_port_counters *out);

#endif
