#include "sim/cli.h"
#include "sim/cli_text.h"

#include <inttypes.h>
#include <stdio.h>

static void sa(const struct saw_sim_end *e, uint32_t spi, uint64_t used_bytes, uint32_t conn_id, struct saw_buf *out) {
	saw_buf_printf(out, "      spi: 0x%X(%u)\n", spi, spi);
	saw_buf_printf(out, "        transform: esp-gcm %d ,\n", SAW_SIM_KEY_BITS);
	saw_buf_puts(out, "        in use settings ={Tunnel UDP-Encaps, }\n");
	saw_buf_printf(out,
				   "        conn id: %u, flow_id: ESG:%u, sibling_flags FFFFFFFF80000048, crypto map: Tunnel%u-head-0, "
				   "initiator : %s\n",
				   conn_id, conn_id - 2000, e->number, e->initiator ? "True" : "False");
	saw_buf_printf(out, "        sa timing: remaining key lifetime (k/sec): (%" PRIu64 "/%" PRIu64 ")\n",
				   saw_sim_left_kilobytes(used_bytes), saw_sim_left_seconds(e));
	saw_buf_puts(out, "        IV size: 8 bytes\n");
	saw_buf_printf(out, "        replay detection support: Y  replay window size: %d\n", SAW_SIM_REPLAY_WINDOW);
	saw_buf_puts(out, "        Status: ACTIVE(ACTIVE)\n");
}

static void counters(const struct saw_sim_show *s, const struct saw_sim_end *e, struct saw_buf *out) {
	uint32_t sent = (uint32_t)e->out_packets, got = (uint32_t)e->in_packets;
	saw_buf_printf(out, "    #pkts encaps: %u, #pkts encrypt: %u, #pkts digest: %u\n", sent, sent, sent);
	saw_buf_printf(out, "    #pkts decaps: %u, #pkts decrypt: %u, #pkts verify: %u\n", got, got, got);
	saw_buf_puts(out, "    #pkts compressed: 0, #pkts decompressed: 0\n"
					  "    #pkts not compressed: 0, #pkts compr. failed: 0\n"
					  "    #pkts not decompressed: 0, #pkts decompress failed: 0\n");
	if (!s->detail) {
		saw_buf_puts(out, "    #send errors 0, #recv errors 0\n");
		return;
	}
	saw_buf_puts(out, "    #pkts no sa (send) 0, #pkts invalid sa (rcv) 0\n"
					  "    #pkts encaps failed (send) 0, #pkts decaps failed (rcv) 0\n"
					  "    #pkts invalid prot (recv) 0, #pkts verify failed: 0\n"
					  "    #pkts invalid identity (recv) 0, #pkts invalid len (rcv) 0\n"
					  "    #pkts replay rollover (send): 0, #pkts replay rollover (rcv) 0\n");
	saw_buf_printf(out, "    ##pkts replay failed (rcv): %u\n", (uint32_t)e->replay_drops);
	saw_buf_puts(out, "    #pkts tagged (send): 0, #pkts untagged (rcv): 0\n"
					  "    #pkts not tagged (send): 0, #pkts not untagged (rcv): 0\n"
					  "    #pkts internal err (send): 0, #pkts internal err (recv) 0\n");
}

/* A flow whose SA is gone stays: SPI 0 and empty sections. */
static void tunnel(const struct saw_sim_show *s, const struct saw_sim_end *e, struct saw_buf *out) {
	char local[SAW_SIM_ADDRESS_TEXT], remote[SAW_SIM_ADDRESS_TEXT];
	saw_sim_address(e->local, local);
	saw_sim_address(e->remote, remote);
	saw_buf_printf(out, "\ninterface: Tunnel%u\n    Crypto map tag: Tunnel%u-head-0, local addr %s\n\n", e->number,
				   e->number, local);
	saw_buf_puts(out, "   protected vrf: (none)\n"
					  "   local  ident (addr/mask/prot/port): (0.0.0.0/0.0.0.0/0/0)\n"
					  "   remote ident (addr/mask/prot/port): (0.0.0.0/0.0.0.0/0/0)\n");
	saw_buf_printf(out, "   current_peer %s port %d\n", remote, e->up ? 4500 : 500);
	saw_buf_puts(out, "     PERMIT, flags={origin_is_acl,}\n");
	counters(s, e, out);
	saw_buf_printf(out, "\n     local crypto endpt.: %s, remote crypto endpt.: %s\n", local, remote);
	saw_buf_printf(out, "     plaintext mtu %d, path mtu %d, ip mtu %d, ip mtu idb %s\n", SAW_SIM_PLAINTEXT_MTU,
				   SAW_SIM_PATH_MTU, SAW_SIM_PATH_MTU, saw_sim_identity_of(s->dev)->outside);
	saw_buf_printf(out, "     current outbound spi: 0x%X(%u)\n", e->out_spi, e->out_spi);
	/* The first child SA takes its keys from the IKE exchange: no PFS of its own until it is rekeyed. */
	if (e->up && e->refreshes > 0) {
		saw_buf_printf(out, "     PFS (Y/N): Y, DH group: group%d\n", SAW_SIM_DH_GROUP);
	} else {
		saw_buf_puts(out, "     PFS (Y/N): N, DH group: none\n");
	}
	saw_buf_puts(out, "\n     inbound esp sas:\n");
	if (e->up) {
		sa(e, e->in_spi, e->sa_in_bytes, 2000 + 2 * e->row, out);
	}
	saw_buf_puts(out, "\n     inbound ah sas:\n\n     inbound pcp sas:\n\n     outbound esp sas:\n");
	if (e->up) {
		sa(e, e->out_spi, e->sa_out_bytes, 2001 + 2 * e->row, out);
	}
	saw_buf_puts(out, "\n     outbound ah sas:\n\n     outbound pcp sas:\n");
}

static void ipsec_sa(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_end e;
	bool any = false;
	for (uint32_t i = 0; saw_sim_each_end(s, &i, &e);) {
		any = true;
		tunnel(s, &e, out);
	}
	if (!any) {
		saw_buf_puts(out, "\nNo SAs found\n");
	}
}

static int gap(const char *address) {
	return 21 - (int)(strlen(address) + sizeof("/4500") - 1);
}

static void ike_detail(const struct saw_sim_end *e, const char *local, const char *remote, struct saw_buf *out) {
	uint64_t messages = 2 + e->refreshes + e->session_age_ms / (SAW_SIM_DPD_SECONDS * 1000);
	saw_buf_printf(out, "      CE id: 0, Session-id: %u\n", e->ike_row);
	saw_buf_printf(out, "      Local spi: %016" PRIX64 "       Remote spi: %016" PRIX64 "\n", e->ike_local_spi,
				   e->ike_remote_spi);
	saw_buf_puts(out, "      Status Description: Negotiation done\n");
	saw_buf_printf(out, "      Local id: %s\n      Remote id: %s\n", local, remote);
	saw_buf_printf(out, "      Local req msg id:  %-14" PRIu64 " Remote req msg id:  %-10" PRIu64 "\n", messages,
				   messages);
	saw_buf_printf(out, "      Local next msg id: %-14" PRIu64 " Remote next msg id: %-10" PRIu64 "\n", messages,
				   messages);
	saw_buf_printf(out, "      Local req queued:  %-14" PRIu64 " Remote req queued:  %-10" PRIu64 "\n", messages,
				   messages);
	saw_buf_puts(out, "      Local window:      5              Remote window:      1         \n");
	saw_buf_printf(out, "      DPD configured for %d seconds, retry %d\n", SAW_SIM_DPD_SECONDS,
				   SAW_SIM_DPD_RETRY_SECONDS);
	saw_buf_puts(out, "      Fragmentation not  configured.\n"
					  "      Dynamic Route Update: enabled\n"
					  "      Extended Authentication not configured.\n"
					  "      NAT-T is detected outside\n"
					  "      Cisco Trust Security SGT is disabled\n");
	saw_buf_printf(out, "      Initiator of SA : %s\n", e->initiator ? "Yes" : "No");
	saw_buf_puts(out, "      PEER TYPE: Other\n");
}

static void ike(const struct saw_sim_end *e, bool detail, struct saw_buf *out) {
	char local[SAW_SIM_ADDRESS_TEXT], remote[SAW_SIM_ADDRESS_TEXT];
	saw_sim_address(e->local, local);
	saw_sim_address(e->remote, remote);
	saw_buf_puts(out, "Tunnel-id Local                 Remote                fvrf/ivrf            Status \n");
	saw_buf_printf(out, "%-9u %s/4500%*s %s/4500%*s %-20s %s\n", e->ike_id, local, gap(local), "", remote, gap(remote),
				   "", "INET/none", "READY  ");
	saw_buf_printf(
		out, "      Encr: AES-GCM, keysize: %d, PRF: SHA512, Hash: None, DH Grp:%d, Auth sign: PSK, Auth verify: PSK\n",
		SAW_SIM_KEY_BITS, SAW_SIM_DH_GROUP);
	saw_buf_printf(out, "      Life/Active Time: %d/%" PRIu64 " sec\n", SAW_SIM_IKE_LIFE_SECONDS, e->ike_age_ms / 1000);
	if (detail) {
		ike_detail(e, local, remote, out);
	}
	saw_buf_puts(out, "\n");
}

static void ikev2_sa(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_end e;
	saw_buf_puts(out, " IPv4 Crypto IKEv2  SA \n\n");
	for (uint32_t i = 0; saw_sim_each_end(s, &i, &e);) {
		if (e.up) {
			ike(&e, s->detail, out);
		}
	}
	saw_buf_puts(out, " IPv6 Crypto IKEv2  SA \n\n");
}

static void interface_of(const struct saw_sim_show *s, const struct saw_sim_end *e, struct saw_buf *out) {
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
	saw_buf_printf(out, "  Tunnel transport MTU %d bytes\n", SAW_SIM_PLAINTEXT_MTU);
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

static void interface(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_end e;
	saw_sim_model_end(s->model, s->dev, s->number - SAW_SIM_TUNNEL_FIRST, s->now_ms, &e);
	interface_of(s, &e, out);
}

static void version(const struct saw_sim_show *s, struct saw_buf *out) {
	const struct saw_sim_identity *id = saw_sim_identity_of(s->dev);
	struct saw_sim_device d;
	saw_sim_model_device(s->model, s->dev, s->now_ms, &d);
	uint64_t minutes = d.uptime_ms / 60000;
	saw_buf_printf(out, "Cisco IOS XE Software, Version 17.06.05\n%s", id->sys_descr);
	saw_buf_puts(out, "\n\n\nROM: 16.3(2r)\n\n");
	saw_buf_printf(out, "%s uptime is %" PRIu64 " days, %" PRIu64 " hours, %" PRIu64 " minutes\n", id->name,
				   minutes / 1440, minutes / 60 % 24, minutes % 60);
	saw_buf_puts(out, "Uptime for this control processor is the same\n"
					  "System returned to ROM by reload\n"
					  "System image file is \"bootflash:asr1001x-universalk9.17.06.05.SPA.bin\"\n\n");
	saw_buf_printf(out, "cisco %s (1NG) processor (revision 1NG) with 3753514K/6147K bytes of memory.\n", id->model);
	saw_buf_printf(out, "Processor board ID %s\n", id->serial);
	saw_buf_puts(out, "6 Gigabit Ethernet interfaces\n"
					  "32768K bytes of non-volatile configuration memory.\n"
					  "8388608K bytes of physical memory.\n\n"
					  "Configuration register is 0x2102\n\n");
}

static void show_clock(const struct saw_sim_show *s, struct saw_buf *out) {
	saw_sim_date(s->now_ms, "*%H:%M:%S.~ UTC %a %b %e %Y\n", out);
}

static const struct saw_sim_cli_command commands[] = {
	{"show version", version, false},
	{"show clock", show_clock, false},
	{"show crypto ipsec sa", ipsec_sa, false},
	{"show crypto ipsec sa detail", ipsec_sa, false},
	{"show crypto ipsec sa peer ADDRESS", ipsec_sa, false},
	{"show crypto ipsec sa peer ADDRESS detail", ipsec_sa, false},
	{"show crypto ikev2 sa", ikev2_sa, false},
	{"show crypto ikev2 sa detail", ikev2_sa, false},
	{"show interfaces TUNNEL", interface, false},
};

const struct saw_sim_cli_platform saw_sim_cli_iosxe = {
	.commands = commands,
	.count = sizeof(commands) / sizeof(commands[0]),
	.invalid = "% Invalid input detected at '^' marker.\n\n",
	.incomplete = "% Incomplete command.\n\n",
	.behind_prompt = "",
};
