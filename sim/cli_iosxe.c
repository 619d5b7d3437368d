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
	saw_buf_printf(out, "     plaintext mtu %d, path mtu %d, ip mtu %d, ip mtu idb %s\n", (int)e->plaintext_mtu,
				   (int)e->path_mtu, SAW_SIM_PATH_MTU, saw_sim_identity_of(s->dev)->outside);
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

static void ipsec_sa_of_vrf(const struct saw_sim_show *s, struct saw_buf *out) {
	if (saw_sim_is_vrf(s)) {
		ipsec_sa(s, out);
	} else {
		saw_buf_puts(out, "\nNo SAs found\n");
	}
}

static void show_clock(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_date now = saw_sim_date((int64_t)s->now_ms);
	saw_buf_printf(out, "*%s UTC %s\n", now.time, now.day);
}

static void ipsec_sa_count(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_totals t;
	saw_sim_model_totals(s->model, s->dev, s->now_ms, &t);
	saw_buf_printf(out, "IPsec SA total: %u, active: %u, rekeying: 0, unused: 0, invalid: 0\n", 2 * t.active,
				   2 * t.active);
}

#define QFP "show platform hardware qfp active "

static const struct saw_sim_cli_command commands[] = {
	{"show version", saw_sim_iosxe_version, false},
	{"show clock", show_clock, false},
	{"show crypto ipsec sa", ipsec_sa, false},
	{"show crypto ipsec sa detail", ipsec_sa, false},
	{"show crypto ipsec sa peer ADDRESS", ipsec_sa, false},
	{"show crypto ipsec sa peer ADDRESS detail", ipsec_sa, false},
	{"show crypto ipsec sa interface TUNNEL", ipsec_sa, false, saw_sim_is_tunnel},
	{"show crypto ipsec sa interface TUNNEL detail", ipsec_sa, false, saw_sim_is_tunnel},
	{"show crypto ipsec sa vrf NAME", ipsec_sa_of_vrf, false},
	{"show crypto ipsec sa vrf NAME detail", ipsec_sa_of_vrf, false},
	{"show crypto ipsec sa count", ipsec_sa_count, false},
	{"show crypto ikev2 sa", saw_sim_iosxe_ikev2_sa, false},
	{"show crypto ikev2 sa detail", saw_sim_iosxe_ikev2_sa, false},
	{"show crypto ikev2 stats", saw_sim_iosxe_ikev2_stats, false},
	{"show crypto isakmp sa", saw_sim_iosxe_isakmp_sa, false},
	{"show crypto isakmp sa detail", saw_sim_iosxe_isakmp_sa, false},
	{"show crypto isakmp sa count", saw_sim_iosxe_isakmp_count, false},
	{"show crypto session", saw_sim_iosxe_session, false},
	{"show crypto session detail", saw_sim_iosxe_session, false},
	{"show crypto eli", saw_sim_iosxe_eli, false},
	{"show crypto eli all", saw_sim_iosxe_eli, false},
	{"show crypto mib ipsec flowmib global", saw_sim_iosxe_flowmib_global, false},
	{"show crypto mib ipsec flowmib tunnel", saw_sim_iosxe_flowmib_tunnel, false},
	{"show interfaces", saw_sim_iosxe_interfaces, false},
	{"show interfaces TUNNEL", saw_sim_iosxe_tunnel, false, saw_sim_is_tunnel},
	{"show interfaces NAME", saw_sim_iosxe_port, false, saw_sim_is_port},
	{"show ip interface", saw_sim_iosxe_ip_interface, false},
	{"show ip interface TUNNEL", saw_sim_iosxe_ip_tunnel, false, saw_sim_is_tunnel},
	{"show ip interface NAME", saw_sim_iosxe_ip_port, false, saw_sim_is_port},
	{"show bgp summary", saw_sim_show_bgp, false},
	{"show bgp all summary", saw_sim_show_bgp_all, false},
	{"show bgp ipv6 unicast summary", saw_sim_show_nothing, false},
	{"show bgp vpnv4 unicast all summary", saw_sim_show_nothing, false},
	{"show bgp vpnv4 unicast vrf NAME summary", saw_sim_show_nothing, false},
	{"show ip bgp summary", saw_sim_show_bgp, false},
	{"show ip bgp vpnv4 all summary", saw_sim_show_nothing, false},
	{"show ip bgp vpnv4 vrf NAME summary", saw_sim_show_nothing, false},
	{QFP "feature ipsec datapath drops", saw_sim_iosxe_qfp_ipsec_drops, true},
	{QFP "feature ipsec datapath drops all", saw_sim_iosxe_qfp_ipsec_drops_all, true},
	{QFP "feature ipsec sa NUMBER", saw_sim_iosxe_qfp_sa, true, saw_sim_is_qfp_sa},
	{QFP "statistics drop", saw_sim_iosxe_qfp_drops, true},
	{"show running-config", saw_sim_iosxe_config, true},
};

const struct saw_sim_cli_platform saw_sim_cli_iosxe = {
	.commands = commands,
	.count = sizeof(commands) / sizeof(commands[0]),
	.invalid = "% Invalid input detected at '^' marker.\n\n",
	.incomplete = "% Incomplete command.\n\n",
	.behind_prompt = "",
};
