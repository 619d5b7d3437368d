/* The router's sessions: IKE, and what stands above it. */
#include "sim/cli_text.h"

#include <inttypes.h>

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

void saw_sim_iosxe_ikev2_sa(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_end e;
	saw_buf_puts(out, " IPv4 Crypto IKEv2  SA \n\n");
	for (uint32_t i = 0; saw_sim_each_end(s, &i, &e);) {
		if (e.up) {
			ike(&e, s->detail, out);
		}
	}
	saw_buf_puts(out, " IPv6 Crypto IKEv2  SA \n\n");
}

void saw_sim_iosxe_ikev2_stats(const struct saw_sim_show *s, struct saw_buf *out) {
	static const char rule[] = "--------------------------------------------------------------------------------\n";
	struct saw_sim_totals t;
	saw_sim_model_totals(s->model, s->dev, s->now_ms, &t);
	uint64_t requests = t.active + t.previous; /* the firewall begins */
	saw_buf_printf(out, "%s                          Crypto IKEv2 SA Statistics\n%s", rule, rule);
	saw_buf_puts(out, "System Resource Limit:   0        Max IKEv2 SAs: 0        Max in nego(in/out): 40/400\n");
	saw_buf_printf(out, "Total incoming IKEv2 SA Count:    %-8u active:        %-8u negotiating: 0\n", t.active,
				   t.active);
	saw_buf_puts(out, "Total outgoing IKEv2 SA Count:    0        active:        0        negotiating: 0\n");
	saw_buf_printf(out, "Incoming IKEv2 Requests: %-8" PRIu64 " accepted:      %-8" PRIu64 " rejected:    0\n",
				   requests, requests);
	saw_buf_puts(out, "Outgoing IKEv2 Requests: 0        accepted:      0        rejected:    0\n"
					  "Rejected IKEv2 Requests: 0        rsrc low:      0        SA limit:    0\n"
					  "IKEv2 packets dropped at dispatch: 0\n"
					  "Incoming Requests dropped as LOW Q limit reached : 0\n"
					  "Incoming IKEV2 Cookie Challenged Requests: 0\n"
					  "accepted: 0        rejected: 0        rejected no cookie: 0\n"
					  "Total Deleted sessions of Cert Revoked Peers: 0\n");
}

/* IKEv1: there is none. */
void saw_sim_iosxe_isakmp_sa(const struct saw_sim_show *s, struct saw_buf *out) {
	if (s->detail) {
		saw_buf_puts(out, "Codes: C - IKE configuration mode, D - Dead Peer Detection\n"
						  "       K - Keepalives, N - NAT-traversal\n"
						  "       T - cTCP encapsulation, X - IKE Extended Authentication\n"
						  "       psk - Preshared key, rsig - RSA signature\n"
						  "       renc - RSA encryption\n");
	}
	saw_buf_puts(out, "IPv4 Crypto ISAKMP SA\n");
	saw_buf_puts(out, s->detail
						  ? "\nC-id  Local           Remote          I-VRF  Status Encr Hash   Auth DH Lifetime Cap.\n"
						  : "dst             src             state          conn-id status\n");
	saw_buf_puts(out, "\nIPv6 Crypto ISAKMP SA\n\n");
}

void saw_sim_iosxe_isakmp_count(const struct saw_sim_show *s, struct saw_buf *out) {
	(void)s;
	saw_buf_puts(out, "Active ISAKMP SA's: 0\n"
					  "Standby ISAKMP SA's: 0\n"
					  "Currently being negotiated ISAKMP SA's: 0\n"
					  "Dead ISAKMP SA's: 0\n");
}

static void session_ike(const struct saw_sim_end *e, bool detail, const char *local, const char *remote,
						struct saw_buf *out) {
	uint64_t age = e->ike_age_ms / 1000, left = age < SAW_SIM_IKE_LIFE_SECONDS ? SAW_SIM_IKE_LIFE_SECONDS - age : 0;
	char text[SAW_SIM_AGE_TEXT];
	saw_buf_printf(out, "  Session ID: %u  \n", e->ike_row);
	saw_buf_printf(out, "  IKEv2 SA: local %s/4500 remote %s/4500 Active \n", local, remote);
	if (detail) {
		saw_buf_printf(out, "          Capabilities:DNU connid:%u lifetime:%s\n", e->ike_id, saw_sim_age(left, text));
	}
}

static void session_flow(const struct saw_sim_end *e, bool detail, struct saw_buf *out) {
	saw_buf_puts(out, "  IPSEC FLOW: permit ip   0.0.0.0/0.0.0.0 0.0.0.0/0.0.0.0 \n");
	saw_buf_printf(out, "        Active SAs: %d, origin: crypto map\n", e->up ? 2 : 0);
	if (detail) {
		uint64_t seconds = e->up ? saw_sim_left_seconds(e) : 0;
		saw_buf_printf(out, "        Inbound:  #pkts dec'ed %u drop %u life (KB/Sec) %" PRIu64 "/%" PRIu64 "\n",
					   (uint32_t)e->in_packets, (uint32_t)e->replay_drops,
					   e->up ? saw_sim_left_kilobytes(e->sa_in_bytes) : 0, seconds);
		saw_buf_printf(out, "        Outbound: #pkts enc'ed %u drop 0 life (KB/Sec) %" PRIu64 "/%" PRIu64 "\n",
					   (uint32_t)e->out_packets, e->up ? saw_sim_left_kilobytes(e->sa_out_bytes) : 0, seconds);
	}
}

static void session(const struct saw_sim_end *e, bool detail, struct saw_buf *out) {
	char local[SAW_SIM_ADDRESS_TEXT], remote[SAW_SIM_ADDRESS_TEXT], text[SAW_SIM_AGE_TEXT];
	saw_sim_address(e->local, local);
	saw_sim_address(e->remote, remote);
	saw_buf_printf(out, "Interface: Tunnel%u\n", e->number);
	if (e->up) {
		saw_buf_puts(out, "Profile: WAN-IKEV2\n");
	}
	if (e->up && detail) {
		saw_buf_printf(out, "Uptime: %s\n", saw_sim_age(e->session_age_ms / 1000, text));
	}
	saw_buf_printf(out, "Session status: %s\n", e->up ? "UP-ACTIVE     " : "DOWN");
	saw_buf_printf(out, "Peer: %s port %d", remote, e->up ? 4500 : 500);
	if (detail) {
		saw_buf_printf(out, " fvrf: " SAW_SIM_VRF " ivrf: (none)\n      Phase1_id: %s\n      Desc: (none)",
					   e->up ? remote : "(none)");
	}
	saw_buf_puts(out, " \n");
	if (e->up) {
		session_ike(e, detail, local, remote, out);
	}
	session_flow(e, detail, out);
	saw_buf_puts(out, "\n");
}

void saw_sim_iosxe_session(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_end e;
	saw_buf_puts(out, "Crypto session current status\n\n");
	if (s->detail) {
		saw_buf_puts(out, "Code: C - IKE Configuration mode, D - Dead Peer Detection     \n"
						  "K - Keepalives, N - NAT-traversal, T - cTCP encapsulation     \n"
						  "X - IKE Extended Authentication, F - IKE Fragmentation\n"
						  "R - IKE Auto Reconnect, U - IKE Dynamic Route Update\n"
						  "S - SIP VPN\n\n");
	}
	for (uint32_t i = 0; saw_sim_each_end(s, &i, &e);) {
		session(&e, s->detail, out);
	}
}
