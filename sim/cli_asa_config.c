/* The running configuration of the ASA: what stands in the model, in the words of its command reference. Keys are masked but for one
 * command; they are inventions. */
#include "sim/cli.h"
#include "sim/cli_text.h"

#include <inttypes.h>

static void head(const struct saw_sim_show *s, struct saw_buf *out) {
	const struct saw_sim_identity *id = saw_sim_identity_of(s->dev);
	struct saw_sim_device d;
	saw_sim_model_device(s->model, s->dev, s->now_ms, &d);
	saw_buf_puts(out, ": Saved\n\n: \n");
	saw_buf_printf(out, ": Serial Number: %s\n", d.serial);
	saw_buf_printf(out, ": Hardware:   %s, 16384 MB RAM, CPU Lynnfield 2800 MHz, 1 CPU (8 cores)\n:\n", id->model);
	saw_buf_printf(out, "ASA Version %s \n!\nhostname %s\n", id->version, s->host);
	saw_buf_puts(out, "enable password ***** pbkdf2\nnames\nno mac-address auto\n\n!\n");
}

static void ports(const struct saw_sim_show *s, struct saw_buf *out) {
	size_t count;
	char address[SAW_SIM_ADDRESS_TEXT];
	const struct saw_sim_port *p = saw_sim_ports(s->dev, &count);
	for (size_t i = 0; i < count; i++) {
		saw_buf_printf(out, "interface %s\n", p[i].cli);
		if (p[i].alias[0]) {
			saw_buf_printf(out, " description %s\n", p[i].alias);
		}
		saw_buf_printf(out, " nameif %s\n security-level %d\n ip address %s 255.255.255.0 \n!\n", p[i].short_name,
					   i == 0 ? 0 : 100, saw_sim_address(p[i].address, address));
	}
}

static void tunnels(const struct saw_sim_show *s, struct saw_buf *out) {
	char inside[SAW_SIM_ADDRESS_TEXT], remote[SAW_SIM_ADDRESS_TEXT];
	struct saw_sim_end e;
	for (uint32_t i = 0; saw_sim_each_end(s, &i, &e);) {
		saw_buf_printf(out, "interface Tunnel%u\n nameif vti-wan01-%u\n ip address %s 255.255.255.252 \n", e.number,
					   e.number, saw_sim_address(e.inside_local, inside));
		saw_buf_printf(out,
					   " tunnel source interface outside\n tunnel destination %s\n tunnel mode ipsec ipv4\n"
					   " tunnel protection ipsec profile WAN-VTI\n!\n",
					   saw_sim_address(e.remote, remote));
	}
}

/* MD5 of a BGP session that passes the firewall needs TCP option 19 and its sequence numbers. */
static const char bgp_through[] = "access-list BGP-THROUGH extended permit tcp any any eq bgp \n"
								  "!\n"
								  "tcp-map BGP-MD5\n"
								  "  tcp-options range 19 19 allow\n"
								  "!\n";

static void bgp(const struct saw_sim_show *s, struct saw_buf *out) {
	char address[SAW_SIM_ADDRESS_TEXT];
	saw_buf_printf(out,
				   "router bgp %d\n bgp log-neighbor-changes\n bgp router-id 10.20.0.1\n address-family ipv4 unicast\n",
				   SAW_SIM_ASA_AS);
	for (uint32_t i = 0; i < saw_sim_model_tunnels(s->model); i++) {
		saw_sim_address(saw_sim_model_inside(SAW_SIM_ASR, i), address);
		saw_buf_printf(out, "  neighbor %s remote-as %d\n  neighbor %s timers 20 60\n  neighbor %s activate\n", address,
					   SAW_SIM_ASR_AS, address, address);
	}
	saw_buf_puts(
		out,
		"  network 10.20.0.0 mask 255.255.255.0\n  no auto-summary\n  no synchronization\n exit-address-family\n!\n"
		"route outside 0.0.0.0 0.0.0.0 192.0.2.254 1\n");
}

static void crypto(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_sim_end e;
	saw_sim_model_end(s->model, s->dev, 0, s->now_ms, &e);
	saw_buf_puts(out, "sysopt connection tcpmss 1348\n"
					  "crypto ipsec ikev2 ipsec-proposal GCM-256\n"
					  " protocol esp encryption aes-gcm-256\n"
					  " protocol esp integrity null\n"
					  "crypto ipsec profile WAN-VTI\n"
					  " set ikev2 ipsec-proposal GCM-256\n");
	saw_buf_printf(out, " set pfs group%d\n set security-association lifetime kilobytes %d\n", SAW_SIM_DH_GROUP,
				   SAW_SIM_LIFE_KILOBYTES);
	saw_buf_printf(out, " set security-association lifetime seconds %u\n", saw_sim_model_lifetime(s->model));
	saw_buf_printf(out, "crypto ipsec security-association replay window-size %d\n", SAW_SIM_REPLAY_WINDOW);
	saw_buf_puts(out, "crypto ipsec security-association pmtu-aging infinite\n"
					  "crypto isakmp identity address\n"
					  "crypto ikev2 policy 10\n"
					  " encryption aes-gcm-256\n"
					  " integrity null\n");
	saw_buf_printf(out, " group %d\n prf sha512\n lifetime seconds %d\n", SAW_SIM_DH_GROUP, SAW_SIM_IKE_LIFE_SECONDS);
	saw_buf_puts(out, "crypto ikev2 enable outside\n"
					  "ssh stricthostkeycheck\n"
					  "ssh timeout 10\n"
					  "ssh version 2\n"
					  "group-policy WAN-VTI internal\n"
					  "group-policy WAN-VTI attributes\n"
					  " vpn-tunnel-protocol ikev2 \n"
					  "dynamic-access-policy-record DfltAccessPolicy\n");
}

static void tunnel_groups(const struct saw_sim_show *s, bool keys, struct saw_buf *out) {
	char peer[SAW_SIM_ADDRESS_TEXT];
	struct saw_sim_end e;
	for (uint32_t i = 0; saw_sim_each_end(s, &i, &e);) {
		saw_sim_address(e.remote, peer);
		saw_buf_printf(
			out, "tunnel-group %s type ipsec-l2l\ntunnel-group %s general-attributes\n default-group-policy WAN-VTI\n",
			peer, peer);
		saw_buf_printf(out, "tunnel-group %s ipsec-attributes\n isakmp keepalive threshold %d retry %d\n", peer,
					   SAW_SIM_DPD_SECONDS, SAW_SIM_DPD_RETRY_SECONDS);
		saw_buf_printf(
			out, " ikev2 remote-authentication pre-shared-key %s\n ikev2 local-authentication pre-shared-key %s\n",
			keys ? SAW_SIM_KEY_ASR : "*****", keys ? SAW_SIM_KEY_ASA : "*****");
	}
}

static void config(const struct saw_sim_show *s, bool keys, struct saw_buf *out) {
	head(s, out);
	ports(s, out);
	tunnels(s, out);
	saw_buf_puts(out, "ftp mode passive\n");
	saw_buf_puts(out, bgp_through);
	saw_buf_puts(out, "pager lines 24\nmtu outside 1500\nmtu inside 1500\nmtu management 1500\n");
	bgp(s, out);
	crypto(s, out);
	tunnel_groups(s, keys, out);
	saw_buf_puts(out, "!\n"
					  "class-map BGP-THROUGH\n"
					  " match access-list BGP-THROUGH\n"
					  "!\n"
					  "policy-map global_policy\n"
					  " class BGP-THROUGH\n"
					  "  set connection random-sequence-number disable\n"
					  "  set connection advanced-options BGP-MD5\n"
					  "!\n"
					  "service-policy global_policy global\n"
					  "prompt hostname context \n"
					  ": end\n");
}

void saw_sim_asa_config(const struct saw_sim_show *s, struct saw_buf *out) {
	config(s, false, out);
}

void saw_sim_asa_config_with_keys(const struct saw_sim_show *s, struct saw_buf *out) {
	config(s, true, out);
}
