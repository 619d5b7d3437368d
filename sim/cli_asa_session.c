/* The ASA's sessions: IKE, and what stands above it. */
#include "sim/cli.h"
#include "sim/cli_text.h"

#include <inttypes.h>

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

void saw_sim_asa_ikev2_sa(const struct saw_sim_show *s, struct saw_buf *out) {
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

void saw_sim_asa_ikev1_sa(const struct saw_sim_show *s, struct saw_buf *out) {
	(void)s;
	saw_buf_puts(out, "\nThere are no IKEv1 SAs\n");
}

void saw_sim_asa_isakmp_sa(const struct saw_sim_show *s, struct saw_buf *out) {
	saw_sim_asa_ikev1_sa(s, out);
	saw_sim_asa_ikev2_sa(s, out);
}

static void session_head(const struct saw_sim_show *s, const struct saw_sim_end *e, const char *peer,
						 struct saw_buf *out) {
	uint64_t age = e->session_age_ms / 1000;
	saw_buf_printf(out, "Connection   : %s\n", peer);
	saw_buf_printf(out, "Index        : %-22u IP Addr      : %s\n", e->ike_row, peer);
	saw_buf_puts(out, "Protocol     : IKEv2 IPsecOverNatT\n"
					  "Encryption   : IKEv2: (1)AES-GCM-256  IPsecOverNatT: (1)AES-GCM-256\n"
					  "Hashing      : IKEv2: (1)none  IPsecOverNatT: (1)none\n");
	saw_buf_printf(out, "Bytes Tx     : %-22" PRIu64 " Bytes Rx     : %" PRIu64 "\n", e->out_bytes, e->in_bytes);
	struct saw_sim_date login = saw_sim_date((int64_t)s->now_ms - (int64_t)e->session_age_ms);
	saw_buf_printf(out, "Login Time   : %.8s UTC %s\n", login.time, login.day);
	saw_buf_puts(out, "Duration     : ");
	if (age >= 86400) {
		saw_buf_printf(out, "%" PRIu64 "d ", age / 86400);
	}
	saw_buf_printf(out, "%" PRIu64 "h:%02" PRIu64 "m:%02" PRIu64 "s\n\n", age / 3600 % 24, age / 60 % 60, age % 60);
	saw_buf_puts(out, "IKEv2 Tunnels: 1\nIPsecOverNatT Tunnels: 1\n\n");
}

static void session_ike(const struct saw_sim_end *e, struct saw_buf *out) {
	uint64_t age = e->ike_age_ms / 1000;
	saw_buf_printf(out, "IKEv2:\n  Tunnel ID    : %u.1\n", e->ike_row);
	saw_buf_puts(out, "  UDP Src Port : 4500                   UDP Dst Port : 4500\n"
					  "  Rem Auth Mode: preSharedKeys\n"
					  "  Loc Auth Mode: preSharedKeys\n"
					  "  Encryption   : AES-GCM-256            Hashing      : none\n");
	saw_buf_printf(out, "  Rekey Int (T): %-6d Seconds         Rekey Left(T): %" PRIu64 " Seconds\n",
				   SAW_SIM_IKE_LIFE_SECONDS, age < SAW_SIM_IKE_LIFE_SECONDS ? SAW_SIM_IKE_LIFE_SECONDS - age : 0);
	saw_buf_printf(out, "  PRF          : SHA512                 D/H Group    : %d\n", SAW_SIM_DH_GROUP);
	saw_buf_puts(out, "  Filter Name  : \n\n");
}

static void session_ipsec(const struct saw_sim_end *e, struct saw_buf *out) {
	saw_buf_printf(out, "IPsecOverNatT:\n  Tunnel ID    : %u.2\n", e->ike_row);
	saw_buf_puts(out, "  Local Addr   : 0.0.0.0/0.0.0.0/0/0\n"
					  "  Remote Addr  : 0.0.0.0/0.0.0.0/0/0\n"
					  "  Encryption   : AES-GCM-256            Hashing      : none\n");
	if (e->refreshes > 0) {
		saw_buf_printf(out, "  Encapsulation: Tunnel                 PFS Group    : %d\n", SAW_SIM_DH_GROUP);
	} else {
		saw_buf_puts(out, "  Encapsulation: Tunnel\n");
	}
	saw_buf_printf(out, "  Rekey Int (T): %-6u Seconds         Rekey Left(T): %" PRIu64 " Seconds\n",
				   e->sa_life_seconds, saw_sim_left_seconds(e));
	saw_buf_printf(out, "  Rekey Int (D): %d K-Bytes        Rekey Left(D): %" PRIu64 " K-Bytes\n",
				   SAW_SIM_LIFE_KILOBYTES, saw_sim_left_kilobytes(e->sa_out_bytes));
	saw_buf_puts(out, "  Idle Time Out: 0 Minutes              Idle TO Left : 0 Minutes\n");
	saw_buf_printf(out, "  Bytes Tx     : %-22" PRIu64 " Bytes Rx     : %" PRIu64 "\n", e->out_bytes, e->in_bytes);
	saw_buf_printf(out, "  Pkts Tx      : %-22" PRIu64 " Pkts Rx      : %" PRIu64 "\n\n", e->out_packets,
				   e->in_packets);
}

void saw_sim_asa_vpn_sessiondb(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_end e;
	char peer[SAW_SIM_ADDRESS_TEXT];
	bool any = false;
	for (uint32_t i = 0; saw_sim_each_up(s, &i, &e);) {
		saw_buf_puts(out, any ? "" : "\nSession Type: LAN-to-LAN Detailed\n\n");
		any = true;
		session_head(s, &e, saw_sim_address(e.remote, peer), out);
		session_ike(&e, out);
		session_ipsec(&e, out);
	}
	if (!any) {
		saw_buf_puts(out, "There are presently no active sessions of the type specified\n");
	}
}

void saw_sim_asa_ipsec_stats(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_totals t;
	saw_sim_model_totals(s->model, s->dev, s->now_ms, &t);
	saw_buf_puts(out, "\nIPsec Global Statistics\n-----------------------\n");
	saw_buf_printf(out, "Active tunnels: %u\nPrevious tunnels: %" PRIu64 "\nInbound\n", t.active, t.previous);
	saw_buf_printf(out, "    Bytes: %" PRIu64 "\n    Decompressed bytes: %" PRIu64 "\n    Packets: %" PRIu64 "\n",
				   t.in_bytes, t.in_bytes, t.in_packets);
	saw_buf_printf(out, "    Dropped packets: %" PRIu64 "\n    Replay failures: %" PRIu64 "\n", t.replay_drops,
				   t.replay_drops);
	saw_buf_printf(out, "    Authentications: %" PRIu64 "\n    Authentication failures: 0\n", t.in_packets);
	saw_buf_printf(out, "    Decryptions: %" PRIu64 "\n    Decryption failures: 0\n    TFC Packets: 0\n", t.in_packets);
	saw_buf_printf(out, "    Decapsulated fragments needing reassembly: 0\nOutbound\n    Bytes: %" PRIu64 "\n",
				   t.out_bytes);
	saw_buf_printf(out, "    Uncompressed bytes: %" PRIu64 "\n    Packets: %" PRIu64 "\n    Dropped packets: 0\n",
				   t.out_bytes, t.out_packets);
	saw_buf_printf(out, "    Authentications: %" PRIu64 "\n    Authentication failures: 0\n", t.out_packets);
	saw_buf_printf(out, "    Encryptions: %" PRIu64 "\n    Encryption failures: 0\n    TFC Packets: 0\n",
				   t.out_packets);
	saw_buf_puts(
		out,
		"    Fragmentation successes: 0\n        Pre-fragmentation successes: 0\n        Post-fragmentation successes: "
		"0\n"
		"    Fragmentation failures: 0\n        Pre-fragmentation failures: 0\n        Post-fragmentation failures: 0\n"
		"    Fragments created: 0\n    PMTUs sent: 0\n    PMTUs rcvd: 0\n"
		"Protocol failures: 0\nMissing SA failures: 0\nSystem capacity failures: 0\n");
}
