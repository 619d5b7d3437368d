#include "sim/cli.h"
#include "sim/cli_text.h"

#include <inttypes.h>

static void uptime(uint64_t ms, struct saw_buf *out) {
	uint64_t days = ms / 86400000, hours = ms / 3600000 % 24;
	saw_buf_printf(out, "%" PRIu64 " days %" PRIu64 " hours", days, hours);
}

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
	saw_buf_printf(out, "      path mtu %d, ipsec overhead %d(%d), media mtu %d\n", SAW_SIM_PATH_MTU, SAW_SIM_OVERHEAD,
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

static int gap(const char *address, int column) {
	return column - (int)(strlen(address) + sizeof("/4500") - 1);
}

static void ike(const struct saw_sim_end *e, bool detail, struct saw_buf *out) {
	char local[SAW_SIM_ADDRESS_TEXT], remote[SAW_SIM_ADDRESS_TEXT];
	saw_sim_address(e->local, local);
	saw_sim_address(e->remote, remote);
	saw_buf_printf(out, "Session-id:%u, Status:UP-ACTIVE, IKE count:1, CHILD count:1\n\n", e->ike_row);
	saw_buf_printf(out, "Tunnel-id %-55s %-55s %-14s %s\n", "Local", "Remote", "Status", "Role");
	saw_buf_printf(out, "%9u %s/4500%*s %s/4500%*s %-14s %s\n", e->ike_id, local, gap(local, 55), "", remote,
				   gap(remote, 55), "", " READY", e->initiator ? "INITIATOR" : "RESPONDER");
	saw_buf_printf(out, "      Encr: AES-GCM, keysize: %d, Hash: N/A, DH Grp:%d, Auth sign: PSK, Auth verify: PSK\n",
				   SAW_SIM_KEY_BITS, SAW_SIM_DH_GROUP);
	saw_buf_printf(out, "      Life/Active Time: %d/%" PRIu64 " sec\n", SAW_SIM_IKE_LIFE_SECONDS, e->ike_age_ms / 1000);
	if (detail) {
		saw_buf_printf(out, "      Session-id: %u\n      Status Description: Negotiation done\n", e->ike_row);
		saw_buf_printf(out, "      Local spi: %016" PRIX64 "       Remote spi: %016" PRIX64 "\n", e->ike_local_spi,
					   e->ike_remote_spi);
		saw_buf_printf(out, "      Local id: %s\n      Remote id: %s\n", local, remote);
		uint64_t messages = 2 + e->refreshes + e->session_age_ms / (SAW_SIM_DPD_SECONDS * 1000);
		saw_buf_printf(out, "      Local req mess id: %-14" PRIu64 "Remote req mess id: %" PRIu64 "\n", messages,
					   messages);
		saw_buf_printf(out, "      Local next mess id: %-13" PRIu64 "Remote next mess id: %" PRIu64 "\n", messages,
					   messages);
		saw_buf_printf(out, "      Local req queued: %-15" PRIu64 "Remote req queued: %" PRIu64 "\n", messages,
					   messages);
		saw_buf_puts(out, "      Local window: 1                Remote window: 5\n");
		saw_buf_printf(out, "      DPD configured for %d seconds, retry %d\n", SAW_SIM_DPD_SECONDS,
					   SAW_SIM_DPD_RETRY_SECONDS);
		saw_buf_puts(
			out, "      NAT-T is detected  outside\n"
				 "      IKEv2 Fragmentation Configured MTU: 576 bytes, Overhead: 28 bytes, Effective MTU: 548 bytes\n");
	}
	saw_buf_puts(out, "Child sa: local selector  0.0.0.0/0 - 255.255.255.255/65535\n"
					  "          remote selector 0.0.0.0/0 - 255.255.255.255/65535\n");
	saw_buf_printf(out, "          ESP spi in/out: 0x%x/0x%x\n", e->in_spi, e->out_spi);
	if (detail) {
		saw_buf_puts(out, "          AH spi in/out: 0x0/0x0\n"
						  "          CPI in/out: 0x0/0x0\n");
		saw_buf_printf(out, "          Encr: AES-GCM, keysize: %d, esp_hmac: N/A\n", SAW_SIM_KEY_BITS);
		saw_buf_puts(out, "          ah_hmac: None, comp: IPCOMP_NONE, mode tunnel\n");
	}
	saw_buf_puts(out, "\n");
}

static void ikev2_sa(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_end e;
	bool any = false;
	for (uint32_t i = 0; saw_sim_each_end(s, &i, &e);) {
		if (e.up) {
			saw_buf_puts(out, any ? "" : "\nIKEv2 SAs:\n\n");
			any = true;
			ike(&e, s->detail, out);
		}
	}
	if (!any) {
		saw_buf_puts(out, "\nThere are no IKEv2 SAs\n");
	}
}

static void interface_of(const struct saw_sim_show *s, const struct saw_sim_end *e, struct saw_buf *out) {
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

static void interface(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_end e;
	saw_sim_model_end(s->model, s->dev, s->number - SAW_SIM_TUNNEL_FIRST, s->now_ms, &e);
	interface_of(s, &e, out);
}

static void version(const struct saw_sim_show *s, struct saw_buf *out) {
	const struct saw_sim_identity *id = saw_sim_identity_of(s->dev);
	struct saw_sim_device d;
	saw_sim_model_device(s->model, s->dev, s->now_ms, &d);
	saw_buf_printf(out, "\nCisco Adaptive Security Appliance Software Version %s\n", id->version);
	saw_buf_puts(out, "Firepower Extensible Operating System Version 2.10(1.208)\n"
					  "Device Manager Version 7.18(1)\n\n"
					  "Compiled on Tue 12-Apr-22 09:00 GMT by builders\n"
					  "System image file is \"disk0:/asa9-16-4-smp-k8.bin\"\n"
					  "Config file at boot was \"startup-config\"\n\n");
	saw_buf_printf(out, "%s up ", id->name);
	uptime(d.uptime_ms, out);
	saw_buf_printf(out, "\n\nHardware:   %s, 16384 MB RAM, CPU Lynnfield 2800 MHz, 1 CPU (8 cores)\n\n", id->model);
	saw_buf_puts(out, " 0: Ext: GigabitEthernet0/0  : address is 0200.5e00.0002, irq 255\n"
					  " 1: Ext: GigabitEthernet0/1  : address is 0200.5e00.0003, irq 255\n"
					  " 2: Ext: Management0/0       : address is 0200.5e00.0004, irq 255\n\n");
	saw_buf_printf(out, "Serial Number: %s\n", id->serial);
	saw_buf_puts(out, "Configuration register is 0x1\n");
}

static void show_clock(const struct saw_sim_show *s, struct saw_buf *out) {
	saw_sim_date(s->now_ms, "%H:%M:%S.~ UTC %a %b %e %Y\n", out);
}

static const struct saw_sim_cli_command commands[] = {
	{"show version", version, false},
	{"show clock", show_clock, false},
	{"show crypto ipsec sa", ipsec_sa, true},
	{"show crypto ipsec sa detail", ipsec_sa, true},
	{"show crypto ipsec sa peer ADDRESS", ipsec_sa, true},
	{"show crypto ipsec sa peer ADDRESS detail", ipsec_sa, true},
	{"show crypto ikev2 sa", ikev2_sa, true},
	{"show crypto ikev2 sa detail", ikev2_sa, true},
	{"show interface TUNNEL", interface, true},
};

const struct saw_sim_cli_platform saw_sim_cli_asa = {
	.commands = commands,
	.count = sizeof(commands) / sizeof(commands[0]),
	.invalid = "ERROR: % Invalid input detected at '^' marker.\n",
	.incomplete = "ERROR: % Incomplete command\n",
	.behind_prompt = " ",
};
