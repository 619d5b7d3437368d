/* The router as a box: what it is, and its interfaces. */
#include "sim/cli_text.h"

#include <inttypes.h>
#include <stdio.h>

void saw_sim_iosxe_version(const struct saw_sim_show *s, struct saw_buf *out) {
	const struct saw_sim_identity *id = saw_sim_identity_of(s->dev);
	struct saw_sim_device d;
	saw_sim_model_device(s->model, s->dev, s->now_ms, &d);
	uint64_t minutes = d.uptime_ms / 60000;
	saw_buf_puts(out, "Cisco IOS XE Software, Version 17.06.05\n");
	for (const char *c = id->sys_descr; *c; c++) { /* SNMP ends its lines in CR LF */
		saw_buf_put(out, c, *c != '\r');
	}
	saw_buf_puts(out, "\n\n\nROM: 16.3(2r)\n\n");
	saw_buf_printf(out, "%s uptime is %" PRIu64 " days, %" PRIu64 " hours, %" PRIu64 " minutes\n", s->host,
				   minutes / 1440, minutes / 60 % 24, minutes % 60);
	saw_buf_puts(out, "Uptime for this control processor is the same\n"
					  "System returned to ROM by reload\n"
					  "System image file is \"bootflash:asr1001x-universalk9.17.06.05.SPA.bin\"\n\n");
	saw_buf_printf(out, "cisco %s (1NG) processor (revision 1NG) with 3753514K/6147K bytes of memory.\n", id->model);
	saw_buf_printf(out, "Processor board ID %s\n", id->serials[0]);
	saw_buf_puts(out, "6 Gigabit Ethernet interfaces\n"
					  "32768K bytes of non-volatile configuration memory.\n"
					  "8388608K bytes of physical memory.\n\n"
					  "Configuration register is 0x2102\n\n");
}

static void tunnel(const struct saw_sim_show *s, const struct saw_sim_end *e, struct saw_buf *out) {
	char text[SAW_SIM_ADDRESS_TEXT];
	const char *outside = saw_sim_identity_of(s->dev)->outside;
	saw_buf_printf(out, "Tunnel%u is up, line protocol is %s \n  Hardware is Tunnel\n", e->number,
				   e->up ? "up" : "down");
	saw_buf_printf(out, "  Description: to ASA-XFW01 vti-wan01-%u\n", e->number);
	saw_buf_printf(out, "  Internet address is %s/30\n", saw_sim_address(e->inside_local, text));
	saw_buf_puts(out, "  MTU 9938 bytes, BW 100 Kbit/sec, DLY 50000 usec, \n"
					  "     reliability 255/255, txload 1/255, rxload 1/255\n"
					  "  Encapsulation TUNNEL, loopback not set\n"
					  "  Keepalive not set\n");
	saw_buf_printf(out, "  Tunnel linestate evaluation %s\n", e->up ? "up" : "down - linestate mode reg down");
	saw_buf_printf(out, "  Tunnel source %s (%s)", saw_sim_address(e->local, text), outside);
	saw_buf_printf(out, ", destination %s\n", saw_sim_address(e->remote, text));
	saw_buf_printf(out,
				   "   Tunnel Subblocks:\n"
				   "      src-track:\n"
				   "         Tunnel%u source tracking subblock associated with %s\n"
				   "          Set of tunnels with source %s, %u members (includes iterators), on interface <OK>\n",
				   e->number, outside, outside, saw_sim_model_tunnels(s->model));
	saw_buf_puts(out, "  Tunnel protocol/transport IPSEC/IP\n"
					  "  Tunnel TTL 255\n");
	saw_buf_printf(out, "  Tunnel transport MTU %d bytes\n", (int)e->plaintext_mtu);
	saw_buf_puts(out, "  Tunnel transmit bandwidth 8000 (kbps)\n"
					  "  Tunnel receive bandwidth 8000 (kbps)\n"
					  "  Tunnel protection via IPSec (profile \"WAN-VTI\")\n"
					  "  Last input never, output never, output hang never\n"
					  "  Last clearing of \"show interface\" counters never\n"
					  "  Input queue: 0/375/0/0 (size/max/drops/flushes); Total output drops: 0\n"
					  "  Queueing strategy: fifo\n"
					  "  Output queue: 0/0 (size/max)\n"
					  "  5 minute input rate 0 bits/sec, 0 packets/sec\n"
					  "  5 minute output rate 0 bits/sec, 0 packets/sec\n");
	saw_buf_printf(out, "     %" PRIu64 " packets input, %" PRIu64 " bytes, 0 no buffer\n", e->if_in_packets,
				   e->if_in_bytes);
	saw_buf_puts(out, "     Received 0 broadcasts (0 IP multicasts)\n"
					  "     0 runts, 0 giants, 0 throttles \n"
					  "     0 input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored, 0 abort\n");
	saw_buf_printf(out, "     %" PRIu64 " packets output, %" PRIu64 " bytes, 0 underruns\n", e->if_out_packets,
				   e->if_out_bytes);
	saw_buf_puts(out, "     0 output errors, 0 collisions, 0 interface resets\n"
					  "     0 unknown protocol drops\n"
					  "     0 output buffer failures, 0 output buffers swapped out\n");
}

static void port(const struct saw_sim_show *s, const struct saw_sim_port *p, size_t number, struct saw_buf *out) {
	struct saw_sim_totals t;
	struct saw_sim_port_counters c;
	char address[SAW_SIM_ADDRESS_TEXT];
	unsigned mac = saw_sim_port_mac(s->dev, p);
	saw_sim_model_totals(s->model, s->dev, s->now_ms, &t);
	saw_sim_port_counters(number, &t, &c);
	saw_buf_printf(out, "%s is up, line protocol is up \n", p->cli);
	saw_buf_printf(out, "  Hardware is BUILT-IN-2T+6X1GE, address is 0200.5e00.00%02x (bia 0200.5e00.00%02x)\n", mac,
				   mac);
	if (p->alias[0]) {
		saw_buf_printf(out, "  Description: %s\n", p->alias);
	}
	if (p->address) {
		saw_buf_printf(out, "  Internet address is %s/24\n", saw_sim_address(p->address, address));
	}
	saw_buf_printf(out, "  MTU 1500 bytes, BW %u Kbit/sec, DLY 10 usec, \n", p->mbit * 1000);
	saw_buf_puts(out, "     reliability 255/255, txload 1/255, rxload 1/255\n"
					  "  Encapsulation ARPA, loopback not set\n"
					  "  Keepalive not supported \n"
					  "  ARP type: ARPA, ARP Timeout 04:00:00\n"
					  "  Last input 00:00:00, output 00:00:00, output hang never\n"
					  "  Last clearing of \"show interface\" counters never\n"
					  "  Input queue: 0/375/0/0 (size/max/drops/flushes); Total output drops: 0\n"
					  "  Queueing strategy: fifo\n"
					  "  Output queue: 0/40 (size/max)\n"
					  "  5 minute input rate 0 bits/sec, 0 packets/sec\n"
					  "  5 minute output rate 0 bits/sec, 0 packets/sec\n");
	saw_buf_printf(out, "     %" PRIu64 " packets input, %" PRIu64 " bytes, 0 no buffer\n", c.in_packets, c.in_bytes);
	saw_buf_puts(out, "     Received 0 broadcasts (0 IP multicasts)\n"
					  "     0 runts, 0 giants, 0 throttles \n"
					  "     0 input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored\n"
					  "     0 watchdog, 0 multicast, 0 pause input\n");
	saw_buf_printf(out, "     %" PRIu64 " packets output, %" PRIu64 " bytes, 0 underruns\n", c.out_packets,
				   c.out_bytes);
	saw_buf_puts(out, "     0 output errors, 0 collisions, 0 interface resets\n"
					  "     0 unknown protocol drops\n"
					  "     0 babbles, 0 late collision, 0 deferred\n"
					  "     0 lost carrier, 0 no carrier, 0 pause output\n"
					  "     0 output buffer failures, 0 output buffers swapped out\n");
}

void saw_sim_iosxe_port(const struct saw_sim_show *s, struct saw_buf *out) {
	size_t number;
	const struct saw_sim_port *p = saw_sim_port_named(s, &number);
	port(s, p, number, out);
}

void saw_sim_iosxe_tunnel(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_end e;
	for (uint32_t i = 0; saw_sim_each_end(s, &i, &e);) {
		tunnel(s, &e, out);
	}
}

void saw_sim_iosxe_interfaces(const struct saw_sim_show *s, struct saw_buf *out) {
	size_t count;
	const struct saw_sim_port *ports = saw_sim_ports(s->dev, &count);
	for (size_t i = 0; i < count; i++) {
		port(s, &ports[i], i, out);
	}
	saw_sim_iosxe_tunnel(s, out);
}

/* ------------------------------------------------------------------------------------------------------------------- IP */

static void ip(const char *name, bool up, uint32_t address, int bits, int mtu, const char *vrf, struct saw_buf *out) {
	char text[SAW_SIM_ADDRESS_TEXT];
	saw_buf_printf(out, "%s is up, line protocol is %s\n", name, up ? "up" : "down");
	if (!address) {
		saw_buf_puts(out, "  Internet protocol processing disabled\n");
		return;
	}
	saw_buf_printf(out, "  Internet address is %s/%d\n", saw_sim_address(address, text), bits);
	saw_buf_printf(
		out, "  Broadcast address is 255.255.255.255\n  Address determined by setup command\n  MTU is %d bytes\n", mtu);
	saw_buf_puts(out, "  Helper address is not set\n"
					  "  Directed broadcast forwarding is disabled\n"
					  "  Outgoing Common access list is not set \n"
					  "  Outgoing access list is not set\n"
					  "  Inbound Common access list is not set \n"
					  "  Inbound  access list is not set\n"
					  "  Proxy ARP is enabled\n"
					  "  Local Proxy ARP is disabled\n"
					  "  Security level is default\n"
					  "  Split horizon is enabled\n"
					  "  ICMP redirects are always sent\n"
					  "  ICMP unreachables are always sent\n"
					  "  ICMP mask replies are never sent\n"
					  "  IP fast switching is enabled\n"
					  "  IP Flow switching is disabled\n"
					  "  IP CEF switching is enabled\n");
	if (vrf) {
		saw_buf_printf(out, "  VPN Routing/Forwarding \"%s\"\n", vrf);
	}
	saw_buf_puts(out, "  Router Discovery is disabled\n"
					  "  IP output packet accounting is disabled\n"
					  "  Policy routing is disabled\n"
					  "  Network address translation is disabled\n"
					  "  BGP Policy Mapping is disabled\n");
}

static void ip_port(const struct saw_sim_port *p, size_t number, struct saw_buf *out) {
	ip(p->cli, true, p->address, 24, SAW_SIM_PATH_MTU, number == 0 ? SAW_SIM_VRF : NULL, out);
}

void saw_sim_iosxe_ip_port(const struct saw_sim_show *s, struct saw_buf *out) {
	size_t number;
	const struct saw_sim_port *p = saw_sim_port_named(s, &number);
	ip_port(p, number, out);
}

void saw_sim_iosxe_ip_tunnel(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_end e;
	char name[24];
	for (uint32_t i = 0; saw_sim_each_end(s, &i, &e);) {
		snprintf(name, sizeof(name), "Tunnel%u", e.number);
		ip(name, e.up, e.inside_local, 30, SAW_SIM_PLAINTEXT_MTU, NULL, out);
	}
}

void saw_sim_iosxe_ip_interface(const struct saw_sim_show *s, struct saw_buf *out) {
	size_t count;
	const struct saw_sim_port *ports = saw_sim_ports(s->dev, &count);
	for (size_t i = 0; i < count; i++) {
		ip_port(&ports[i], i, out);
	}
	saw_sim_iosxe_ip_tunnel(s, out);
}
