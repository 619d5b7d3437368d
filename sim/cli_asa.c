#include "sim/cli.h"
#include "sim/cli_text.h"

#include <inttypes.h>

static void sa(const struct saw_sim_end *e, uint32_t spi, uint64_t used_bytes, bool inbound, struct saw_buf *out) {
	saw_buf_printf(out, "      spi: 0x%08X (%u)\n", spi, spi);
	saw_buf_puts(out, "         SA State: active\n"
					  "         transform: esp-aes-gcm-256 esp-null-hmac no compression\n");
	saw_buf_printf(out, "         in use settings ={L2L, Tunnel, %s NAT-T-Encaps, IKEv2, VTI, }\n",
				   e->refreshes > 0 ? "PFS Group 21," : "");
	saw_buf_printf(out, "         slot: 0, conn_id: %u, crypto-map: __vti-crypto-map-Tunnel%u-0-%u\n", e->row * 4096,
				   e->number, e->number);
	saw_buf_printf(out, "         sa timing: remaining key lifetime (kB/sec): (%" PRIu64 "/%" PRIu64 ")\n",
				   saw_sim_left_kilobytes(used_bytes), saw_sim_left_seconds(e));
	saw_buf_puts(out, "         IV size: 8 bytes\n"
					  "         replay detection support: Y\n"
					  "         Anti replay bitmap:\n");
	saw_buf_puts(out, inbound ? "          0xFFFFFFFF 0xFFFFFFFF\n" : "          0x00000000 0x00000001\n");
}

static void counters(const struct saw_sim_show *s, const struct saw_sim_end *e, struct saw_buf *out) {
	uint32_t sent = (uint32_t)e->out_packets, got = (uint32_t)e->in_packets;
	saw_buf_printf(out, "      #pkts encaps: %u, #pkts encrypt: %u, #pkts digest: %u\n", sent, sent, sent);
	saw_buf_printf(out, "      #pkts decaps: %u, #pkts decrypt: %u, #pkts verify: %u\n", got, got, got);
	saw_buf_puts(out, "      #pkts compressed: 0, #pkts decompressed: 0\n");
	saw_buf_printf(out, "      #pkts not compressed: %u, #pkts comp failed: 0, #pkts decomp failed: 0\n", sent);
	saw_buf_puts(out, "      #pre-frag successes: 0, #pre-frag failures: 0, #fragments created: 0\n"
					  "      #PMTUs sent: 0, #PMTUs rcvd: 0, #decapsulated frgs needing reassembly: 0\n"
					  "      #TFC rcvd: 0, #TFC sent: 0\n"
					  "      #Valid ICMP Errors rcvd: 0, #Invalid ICMP Errors rcvd: 0\n");
	if (!s->detail) {
		saw_buf_puts(out, "      #send errors: 0, #recv errors: 0\n");
		return;
	}
	saw_buf_puts(out, "      #pkts no sa (send): 0, #pkts invalid sa (rcv): 0\n"
					  "      #pkts encaps failed (send): 0, #pkts decaps failed (rcv): 0\n"
					  "      #pkts invalid prot (rcv): 0, #pkts verify failed: 0\n"
					  "      #pkts invalid identity (rcv): 0, #pkts invalid len (rcv): 0\n"
					  "      #pkts replay rollover (send): 0, #pkts replay rollover (rcv): 0\n");
	saw_buf_printf(out, "      #pkts replay failed (rcv): %u\n", (uint32_t)e->replay_drops);
	saw_buf_puts(out, "      #pkts min mtu frag failed (send): 0, #pkts bad frag offset (rcv): 0\n"
					  "      #pkts internal err (send): 0, #pkts internal err (rcv): 0\n");
}

static void tunnel(const struct saw_sim_show *s, const struct saw_sim_end *e, struct saw_buf *out) {
	char local[SAW_SIM_ADDRESS_TEXT], remote[SAW_SIM_ADDRESS_TEXT];
	saw_sim_address(e->local, local);
	saw_sim_address(e->remote, remote);
	if (s->one_peer) {
		saw_buf_printf(out, "peer address: %s\n", remote);
	} else {
		saw_buf_printf(out, "interface: vti-wan01-%u\n", e->number);
	}
	saw_buf_printf(out, "    Crypto map tag: __vti-crypto-map-Tunnel%u-0-%u, seq num: 65280, local addr: %s\n\n",
				   e->number, e->number, local);
	saw_buf_puts(out, "      local ident (addr/mask/prot/port): (0.0.0.0/0.0.0.0/0/0)\n"
					  "      remote ident (addr/mask/prot/port): (0.0.0.0/0.0.0.0/0/0)\n");
	saw_buf_printf(out, "      current_peer: %s\n\n\n", remote);
	counters(s, e, out);
	saw_buf_printf(out, "\n      local crypto endpt.: %s/4500, remote crypto endpt.: %s/4500\n", local, remote);
	saw_buf_printf(out, "      path mtu %d, ipsec overhead %d(%d), media mtu %d\n", (int)e->path_mtu, SAW_SIM_OVERHEAD,
				   SAW_SIM_OVERHEAD_BASE, SAW_SIM_PATH_MTU);
	saw_buf_puts(out, "      PMTU time remaining (sec): 0, DF policy: copy-df\n"
					  "      ICMP error validation: disabled, TFC packets: disabled\n");
	saw_buf_printf(out, "      current outbound spi: %08X\n      current inbound spi : %08X\n\n", e->out_spi,
				   e->in_spi);
	saw_buf_puts(out, "    inbound esp sas:\n");
	sa(e, e->in_spi, e->sa_in_bytes, true, out);
	saw_buf_puts(out, "    outbound esp sas:\n");
	sa(e, e->out_spi, e->sa_out_bytes, false, out);
	saw_buf_puts(out, "\n");
}

static void ipsec_sa(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_end e;
	bool any = false;
	for (uint32_t i = 0; saw_sim_each_end(s, &i, &e);) {
		if (e.up) {
			any = true;
			tunnel(s, &e, out);
		}
	}
	if (!any) {
		saw_buf_puts(out, "\nThere are no ipsec sas\n");
	}
}

static void show_clock(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_date now = saw_sim_date((int64_t)s->now_ms);
	saw_buf_printf(out, "%s UTC %s\n", now.time, now.day);
}

static const struct saw_sim_cli_command commands[] = {
	{"show version", saw_sim_asa_version, false},
	{"show clock", show_clock, false},
	{"show crypto ipsec sa", ipsec_sa, true},
	{"show crypto ipsec sa detail", ipsec_sa, true},
	{"show crypto ipsec sa peer ADDRESS", ipsec_sa, true},
	{"show crypto ipsec sa peer ADDRESS detail", ipsec_sa, true},
	{"show crypto ipsec stats", saw_sim_asa_ipsec_stats, true},
	{"show crypto ikev2 sa", saw_sim_asa_ikev2_sa, true},
	{"show crypto ikev2 sa detail", saw_sim_asa_ikev2_sa, true},
	{"show crypto isakmp sa", saw_sim_asa_isakmp_sa, true},
	{"show crypto isakmp sa detail", saw_sim_asa_isakmp_sa, true},
	{"show crypto ikev1 sa", saw_sim_asa_ikev1_sa, true},
	{"show crypto ikev1 sa detail", saw_sim_asa_ikev1_sa, true},
	{"show vpn-sessiondb detail l2l", saw_sim_asa_vpn_sessiondb, true},
	{"show interface", saw_sim_asa_interface, true},
	{"show interface TUNNEL", saw_sim_asa_tunnel, true, saw_sim_is_tunnel},
	{"show interface NAME", saw_sim_asa_port, true, saw_sim_is_port},
	{"show bgp summary", saw_sim_show_bgp, true},
	{"show asp drop", saw_sim_asa_asp_drop, true},
	{"show failover state", saw_sim_asa_failover_state, true},
	{"show running-config", saw_sim_asa_config, true},
	{"more system:running-config", saw_sim_asa_config_with_keys, true},
};

const struct saw_sim_cli_platform saw_sim_cli_asa = {
	.commands = commands,
	.count = sizeof(commands) / sizeof(commands[0]),
	.invalid = "ERROR: % Invalid input detected at '^' marker.\n",
	.incomplete = "ERROR: % Incomplete command\n",
	.behind_prompt = " ",
};
