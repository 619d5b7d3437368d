/* The ASA as a box: what it is, its interfaces, what it drops. */
#include "sim/cli.h"
#include "sim/cli_text.h"

#include <inttypes.h>

static void uptime(uint64_t ms, struct saw_buf *out) {
	uint64_t days = ms / 86400000, hours = ms / 3600000 % 24;
	saw_buf_printf(out, "%" PRIu64 " days %" PRIu64 " hours", days, hours);
}

void saw_sim_asa_version(const struct saw_sim_show *s, struct saw_buf *out) {
	const struct saw_sim_identity *id = saw_sim_identity_of(s->dev);
	struct saw_sim_device d;
	size_t count;
	saw_sim_model_device(s->model, s->dev, s->now_ms, &d);
	saw_buf_printf(out, "\nCisco Adaptive Security Appliance Software Version %s\n", id->version);
	saw_buf_puts(out, "Firepower Extensible Operating System Version 2.10(1.208)\n"
					  "Device Manager Version 7.18(1)\n\n"
					  "Compiled on Tue 12-Apr-22 09:00 GMT by builders\n"
					  "System image file is \"disk0:/asa9-16-4-smp-k8.bin\"\n"
					  "Config file at boot was \"startup-config\"\n\n");
	saw_buf_printf(out, "%s up ", s->host);
	uptime(d.uptime_ms, out);
	saw_buf_printf(out, "\n\nHardware:   %s, 16384 MB RAM, CPU Lynnfield 2800 MHz, 1 CPU (8 cores)\n\n", id->model);
	const struct saw_sim_port *ports = saw_sim_ports(s->dev, &count);
	for (size_t i = 0; i < count; i++) {
		saw_buf_printf(out, " %zu: Ext: %-18s : address is 0200.5e00.00%02x, irq 255\n", i, ports[i].cli,
					   saw_sim_port_mac(s->dev, &ports[i]));
	}
	saw_buf_printf(out, "\nSerial Number: %s\n", d.serial);
	saw_buf_puts(out, "Configuration register is 0x1\n");
}

static void tunnel(const struct saw_sim_show *s, const struct saw_sim_end *e, struct saw_buf *out) {
	char text[SAW_SIM_ADDRESS_TEXT];
	saw_buf_printf(out, "Interface Tunnel%u \"vti-wan01-%u\", is %s, line protocol is %s\n", e->number, e->number,
				   e->up ? "up" : "down", e->up ? "up" : "down");
	saw_buf_puts(out, "  Hardware is Virtual Tunnel\tMAC address N/A, MTU 1500\n");
	saw_buf_printf(out, "\tIP address %s, subnet mask 255.255.255.252\n", saw_sim_address(e->inside_local, text));
	saw_buf_puts(out, "  Tunnel Interface Information:\n");
	saw_buf_printf(out, "\tSource interface: %s\tIP address: %s\n", saw_sim_identity_of(s->dev)->outside,
				   saw_sim_address(e->local, text));
	saw_buf_printf(out, "\tDestination IP address: %s\n", saw_sim_address(e->remote, text));
	saw_buf_puts(out, "\tMode: ipsec ipv4\tIPsec profile: WAN-VTI\n");
}

static void port(const struct saw_sim_show *s, const struct saw_sim_port *p, size_t number, struct saw_buf *out) {
	struct saw_sim_totals t;
	struct saw_sim_port_counters c;
	char address[SAW_SIM_ADDRESS_TEXT];
	saw_sim_model_totals(s->model, s->dev, s->now_ms, &t);
	saw_sim_port_counters(number, &t, &c);
	saw_buf_printf(out, "Interface %s \"%s\", is up, line protocol is up\n", p->cli, p->short_name);
	saw_buf_printf(out, "  Hardware is i82576EB rev01, BW %u Mbps, DLY 10 usec\n", p->mbit);
	saw_buf_printf(out, "\tAuto-Duplex(Full-duplex), Auto-Speed(%u Mbps)\n", p->mbit);
	saw_buf_puts(out, "\tInput flow control is unsupported, output flow control is off\n");
	if (p->alias[0]) {
		saw_buf_printf(out, "\tDescription: %s\n", p->alias);
	}
	saw_buf_printf(out, "\tMAC address 0200.5e00.00%02x, MTU 1500\n", saw_sim_port_mac(s->dev, p));
	saw_buf_printf(out, "\tIP address %s, subnet mask 255.255.255.0\n", saw_sim_address(p->address, address));
	saw_buf_printf(out, "\t%" PRIu64 " packets input, %" PRIu64 " bytes, 0 no buffer\n", c.in_packets, c.in_bytes);
	saw_buf_puts(out, "\tReceived 0 broadcasts, 0 runts, 0 giants\n"
					  "\t0 input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored, 0 abort\n"
					  "\t0 pause input, 0 resume input\n"
					  "\t0 L2 decode drops\n");
	saw_buf_printf(out, "\t%" PRIu64 " packets output, %" PRIu64 " bytes, 0 underruns\n", c.out_packets, c.out_bytes);
	saw_buf_puts(out, "\t0 pause output, 0 resume output\n"
					  "\t0 output errors, 0 collisions, 0 interface resets\n"
					  "\t0 late collisions, 0 deferred\n"
					  "\t0 input reset drops, 0 output reset drops\n"
					  "\tinput queue (blocks free curr/low): hardware (511/510)\n"
					  "\toutput queue (blocks free curr/low): hardware (511/511)\n");
	saw_buf_printf(out, "  Traffic Statistics for \"%s\":\n", p->short_name);
	saw_buf_printf(out, "\t%" PRIu64 " packets input, %" PRIu64 " bytes\n", c.in_packets, c.in_bytes);
	saw_buf_printf(out, "\t%" PRIu64 " packets output, %" PRIu64 " bytes\n", c.out_packets, c.out_bytes);
	saw_buf_puts(out, "\t0 packets dropped\n"
					  "      1 minute input rate 0 pkts/sec,  0 bytes/sec\n"
					  "      1 minute output rate 0 pkts/sec,  0 bytes/sec\n"
					  "      1 minute drop rate, 0 pkts/sec\n"
					  "      5 minute input rate 0 pkts/sec,  0 bytes/sec\n"
					  "      5 minute output rate 0 pkts/sec,  0 bytes/sec\n"
					  "      5 minute drop rate, 0 pkts/sec\n");
}

void saw_sim_asa_port(const struct saw_sim_show *s, struct saw_buf *out) {
	size_t number;
	const struct saw_sim_port *p = saw_sim_port_named(s, &number);
	port(s, p, number, out);
}

void saw_sim_asa_tunnel(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_end e;
	for (uint32_t i = 0; saw_sim_each_end(s, &i, &e);) {
		tunnel(s, &e, out);
	}
}

void saw_sim_asa_interface(const struct saw_sim_show *s, struct saw_buf *out) {
	size_t count;
	const struct saw_sim_port *ports = saw_sim_ports(s->dev, &count);
	for (size_t i = 0; i < count; i++) {
		port(s, &ports[i], i, out);
	}
	saw_sim_asa_tunnel(s, out);
}

void saw_sim_asa_asp_drop(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_device d;
	struct saw_sim_totals t;
	saw_sim_model_device(s->model, s->dev, s->now_ms, &d);
	saw_sim_model_totals(s->model, s->dev, s->now_ms, &t);
	saw_buf_printf(out, "\nFrame drop:\n  %-70s %10" PRIu64 "\n", "Flow is denied by configured rule (acl-drop)",
				   d.uptime_ms / 10000);
	if (t.previous > 0) { /* BGP tries to reach the peer while there is no tunnel */
		saw_buf_printf(out, "  %-70s %10" PRIu64 "\n", "IPSEC tunnel is down (ipsec-tun-down)", 3 * t.previous);
	}
	saw_buf_puts(out, "\nLast clearing: Never\n\nFlow drop:\n\nLast clearing: Never\n");
}

void saw_sim_asa_failover_state(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_device d;
	saw_sim_model_device(s->model, s->dev, s->now_ms, &d);
	saw_buf_printf(out, "\n%15s%-15s%-25s%s\n", "", "State", "Last Failure Reason", "Date/Time");
	saw_buf_printf(out, "This host  -   %s\n%15s%-15s%s\n", d.unit ? "Secondary" : "Primary", "", "Active", "None");
	saw_buf_printf(out, "Other host -   %s\n%15s%-15s%s\n", d.unit ? "Primary" : "Secondary", "",
				   d.standby_failed ? "Failed" : "Standby Ready", d.standby_failed ? "Comm Failure" : "None");
	saw_buf_puts(out, "\n====Configuration State===\n\tSync Done\n====Communication State===\n\tMac set\n\n");
}
