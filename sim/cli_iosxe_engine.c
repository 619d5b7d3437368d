/* What the router's crypto and forwarding engines have counted. */
#include "sim/cli_text.h"

#include <inttypes.h>

#define IKE_SESSIONS_MAX 12287
#define IPSEC_SESSIONS_MAX 40958 /* two a tunnel */

void saw_sim_iosxe_eli(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_totals t;
	saw_sim_model_totals(s->model, s->dev, s->now_ms, &t);
	saw_buf_puts(out, "Hardware Encryption : ACTIVE\n"
					  " Number of hardware crypto engines = 1\n\n"
					  " CryptoEngine IOSXE-ESP(14) details: state = Active\n"
					  " Capability    : DES, 3DES, AES, GCM, GMAC, IPv6, GDOI, FAILCLOSE, HA\n\n");
	saw_buf_printf(out, " IKE-Session   : %5d active, %5d max, 0 failed\n", 0, IKE_SESSIONS_MAX);
	saw_buf_printf(out, " IKEv2-Session : %5u active, %5d max, 0 failed\n", t.active, IKE_SESSIONS_MAX);
	saw_buf_printf(out, " DH            : %5d active, %5d max, 0 failed\n", 0, IKE_SESSIONS_MAX);
	saw_buf_printf(out, " IPSec-Session : %5u active, %5d max, 0 failed, %" PRIu64 " created\n\n", 2 * t.active,
				   IPSEC_SESSIONS_MAX, 2 * (t.active + t.previous));
	saw_buf_puts(out, " Number of DH's pregenerated = 4\n"
					  " DH lifetime = 86400 seconds\n"
					  " DH calculations: P1 0, SS 0\n\n");
}

/* ------------------------------------------------------------------------------------------------------------- flow MIB */

void saw_sim_iosxe_flowmib_global(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_totals t;
	saw_sim_model_totals(s->model, s->dev, s->now_ms, &t);
	const struct {
		const char *label;
		uint64_t value;
	} lines[] = {
		{"Active Tunnels", t.active},
		{"Previous Tunnels", t.previous},
		{"In octets", t.in_bytes},
		{"Out octets", t.out_bytes},
		{"In packets", t.in_packets},
		{"Out packets", t.out_packets},
		{"Uncompressed encrypted bytes", t.out_bytes},
		{"In packets drops", 0},
		{"Out packets drops", 0},
		{"In replay drops", t.replay_drops},
		{"In authentications", t.in_packets},
		{"Out authentications", t.out_packets},
		{"In decrypts", t.in_packets},
		{"Out encrypts", t.out_packets},
		{"Compressed bytes", t.out_bytes},
		{"Uncompressed bytes", t.out_bytes},
		{"In uncompressed bytes", t.in_bytes},
		{"Out uncompressed bytes", t.out_bytes},
		{"In decrypt failures", 0},
		{"Out encrypt failures", 0},
		{"No SA failures", 0},
		{"Protocol use failures", 0},
		{"System capacity failures", 0},
		{"In authentication failures", 0},
		{"Out authentication failures", 0},
	};
	saw_buf_puts(out, " vrf Global\n");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		saw_buf_printf(out, "  %s:%*s%" PRIu64 "\n", lines[i].label, 33 - (int)strlen(lines[i].label), "",
					   lines[i].value);
	}
	saw_buf_puts(out, "\n");
}

/* The columns of cipSecTunnelTable. */
static void flow(const struct saw_sim_end *e, struct saw_buf *out) {
	char local[SAW_SIM_ADDRESS_TEXT], remote[SAW_SIM_ADDRESS_TEXT], age[SAW_SIM_AGE_TEXT];
	saw_buf_printf(out, "  Index:                       %u\n", e->row);
	saw_buf_printf(out, "  Local address:               %s\n", saw_sim_address(e->local, local));
	saw_buf_printf(out, "  Remote address:              %s\n", saw_sim_address(e->remote, remote));
	saw_buf_puts(out, "  IPSEC keying:                IKE\n"
					  "  Encapsulation mode:          1\n");
	saw_buf_printf(out, "  Lifetime (KB):               %d\n", SAW_SIM_LIFE_KILOBYTES);
	saw_buf_printf(out, "  Lifetime (Sec):              %u\n", e->sa_life_seconds);
	saw_buf_printf(out, "  Active time:                 %s\n", saw_sim_age(e->session_age_ms / 1000, age));
	saw_buf_puts(out, "  Lifetime threshold (KB):     64\n"
					  "  Lifetime threshold (Sec):    10\n");
	saw_buf_printf(out, "  Total number of refreshes:   %u\n", e->refreshes);
	saw_buf_printf(out, "  Expired SA instances:        %u\n", 2 * e->refreshes);
	saw_buf_puts(out, "  Current SA instances:        2\n"
					  "  In SA DH group:              None\n"
					  "  In sa encrypt algorithm:     aes\n"
					  "  In SA AH auth algorithm:     none\n"
					  "  In SA ESP auth algo:         none\n"
					  "  In SA uncompress algorithm:  None\n"
					  "  Out SA DH group:             None\n"
					  "  Out SA encryption algorithm: aes\n"
					  "  Out SA auth algorithm:       none\n"
					  "  Out SA ESP auth algorithm:   none\n"
					  "  Out SA uncompress algorithm: None\n");
	saw_buf_printf(out, "  In octets:                   %" PRIu64 "\n", e->in_bytes);
	saw_buf_printf(out, "  Decompressed octets:         %" PRIu64 "\n", e->in_bytes);
	saw_buf_printf(out, "  In packets:                  %" PRIu64 "\n", e->in_packets);
	saw_buf_puts(out, "  In drops:                    0\n");
	saw_buf_printf(out, "  In replay drops:             %" PRIu64 "\n", e->replay_drops);
	saw_buf_printf(out, "  In authentications:          %" PRIu64 "\n", e->in_packets);
	saw_buf_puts(out, "  In authentication failures:  0\n");
	saw_buf_printf(out, "  In decrypts:                 %" PRIu64 "\n", e->in_packets);
	saw_buf_puts(out, "  In decrypt failures:         0\n");
	saw_buf_printf(out, "  Out octets:                  %" PRIu64 "\n", e->out_bytes);
	saw_buf_printf(out, "  Out uncompressed octets:     %" PRIu64 "\n", e->out_bytes);
	saw_buf_printf(out, "  Out packets:                 %" PRIu64 "\n", e->out_packets);
	saw_buf_puts(out, "  Out drops:                   0\n");
	saw_buf_printf(out, "  Out authentications:         %" PRIu64 "\n", e->out_packets);
	saw_buf_puts(out, "  Out authentication failures: 0\n");
	saw_buf_printf(out, "  Out encryptions:             %" PRIu64 "\n", e->out_packets);
	saw_buf_puts(out, "  Out encryption failures:     0\n\n");
}

void saw_sim_iosxe_flowmib_tunnel(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_end e;
	saw_buf_puts(out, "vrf Global\n");
	for (uint32_t i = 0; saw_sim_each_up(s, &i, &e);) {
		flow(&e, out);
	}
}

/* ---------------------------------------------------------------------------------------------------- forwarding engine */

static const char rule[] = "------------------------------------------------------------------------\n";

static void ipsec_drops(const struct saw_sim_show *s, bool all, struct saw_buf *out) {
	struct saw_sim_totals t;
	saw_sim_model_totals(s->model, s->dev, s->now_ms, &t);
	const struct {
		unsigned type;
		const char *name;
		uint64_t packets;
	} drops[] = {
		{4, "IN_US_V4_PKT_SA_NOT_FOUND_SPI", t.previous},
		{19, "IN_CD_SW_IPSEC_ANTI_REPLAY_FAIL", t.replay_drops},
		{21, "IN_CD_SW_TIME_BASED_ANTI_REPLAY_FAIL", 0},
	};
	saw_buf_printf(out, "%sDrop Type  Name                                     Packets\n%s", rule, rule);
	for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]); i++) {
		if (all || drops[i].packets > 0) {
			saw_buf_printf(out, "%9u  %-42s %20" PRIu64 "\n", drops[i].type, drops[i].name, drops[i].packets);
		}
	}
	saw_buf_puts(out, "\n");
}

void saw_sim_iosxe_qfp_ipsec_drops(const struct saw_sim_show *s, struct saw_buf *out) {
	ipsec_drops(s, false, out);
}

void saw_sim_iosxe_qfp_ipsec_drops_all(const struct saw_sim_show *s, struct saw_buf *out) {
	ipsec_drops(s, true, out);
}

void saw_sim_iosxe_qfp_drops(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_totals t;
	saw_sim_model_totals(s->model, s->dev, s->now_ms, &t);
	uint64_t input = t.replay_drops + t.previous, each = t.in_packets ? t.in_bytes / t.in_packets : 0;
	saw_buf_printf(out, "Last clearing of QFP drops statistics : never\n\n%s", rule);
	saw_buf_printf(out, "Global Drop Stats                         Packets                  Octets  \n%s", rule);
	if (input > 0) {
		saw_buf_printf(out, "%-30s %18" PRIu64 " %23" PRIu64 "\n", "IpsecInput", input, input * each);
	}
	saw_buf_printf(out, "%-30s %18" PRIu64 " %23" PRIu64 "\n\n", "Ipv4NoRoute", s->now_ms / 60000,
				   s->now_ms / 60000 * 64);
}

/* An SA by its flow id of `show crypto ipsec sa`: even ones are inbound. */
static bool qfp_sa(const struct saw_sim_show *s, struct saw_sim_end *e) {
	struct saw_sim_show each = {.model = s->model, .dev = s->dev, .now_ms = s->now_ms};
	for (uint32_t i = 0; saw_sim_each_up(&each, &i, e);) {
		if (e->row == s->number / 2) {
			return true;
		}
	}
	return false;
}

bool saw_sim_is_qfp_sa(const struct saw_sim_show *s) {
	struct saw_sim_end e;
	return qfp_sa(s, &e);
}

void saw_sim_iosxe_qfp_sa(const struct saw_sim_show *s, struct saw_buf *out) {
	char local[SAW_SIM_ADDRESS_TEXT], remote[SAW_SIM_ADDRESS_TEXT];
	struct saw_sim_end e;
	qfp_sa(s, &e);
	bool in = s->number % 2 == 0;
	uint32_t spi = in ? e.in_spi : e.out_spi;
	saw_buf_printf(out, "QFP ipsec sa Information\n\n         QFP sa  id: %u\n          pal sa id: %u\n", s->number,
				   s->number + 1);
	saw_buf_puts(out, "         QFP spd id: 1\n          QFP sp id: 2\n");
	saw_buf_printf(out, "            QFP spi: 0x%x(%u)\n", spi, spi);
	saw_buf_puts(out, "         crypto ctx: 0x0000000045000000\n"
					  "              flags: 0x2c400890 (Details below)\n"
					  "                   : src:IKE  valid:Yes  soft-life-expired:No  hard-life-expired:No\n");
	saw_buf_printf(out, "                   : replay-check:%s  proto:ESP  mode:%s\n", in ? "Yes" : "No",
				   in ? "Receive-only  direction:Ingress" : "Active  direction:Egress");
	saw_buf_puts(out, "                   : qos_preclassify:No  qos_group:No\n"
					  "                   : frag_type:BEFORE_ENCRYPT  df_bit_type:COPY\n"
					  "                   : sar_enable:No  getvpn_mode:SNDRCV_SA\n"
					  "                   : doing_translation:No  assigned_outside_rport:No\n"
					  "                   : inline_tagging_enabled:No\n"
					  "          qos_group: 0x0\n");
	int mtu = in ? 0 : (int)e.plaintext_mtu;
	saw_buf_printf(out, "                mtu: 0x%x=%d\n            mtu_adj: 0x%x=%d\n", mtu, mtu, mtu, mtu);
	saw_buf_printf(out, " ext_ar window_size: %d\n  ext_ar window top: %" PRIu64 "\n", in ? SAW_SIM_REPLAY_WINDOW : 0,
				   in ? e.in_packets : 0);
	saw_buf_puts(out, "          sar_delta: 0\n         sar_window: 0x0\n         sibling_sa: 0x0\n"
					  "             sp_ptr: 0x49000000\n            sbs_ptr: 0x49000000\n");
	saw_buf_printf(out, "     local endpoint: %s\n    remote endpoint: %s\n", saw_sim_address(e.local, local),
				   saw_sim_address(e.remote, remote));
	saw_buf_puts(out, "   cgid.cid.fid.rid: 0.0.0.0\n               ivrf: 0\n               fvrf: 2\n"
					  "    trans udp sport: 4500\n    trans udp dport: 4500\n");
	saw_buf_printf(out, "    first intf name: Tunnel%u\n nat fixup src port: 0\n    nat fixup  ip: 0.0.0.0\n\n",
				   e.number);
}
