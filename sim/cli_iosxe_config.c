/* The running configuration of the router: what stands in the model, in the words of its command reference. Keys are inventions. */
#include "sim/cli.h"
#include "sim/cli_text.h"

#include <inttypes.h>

static void head(const struct saw_sim_show *s, struct saw_buf *out) {
	saw_buf_puts(out, "\n!\n! No configuration change since last restart\n!\n");
	saw_buf_printf(out,
				   "version 17.6\n"
				   "service timestamps debug datetime msec\n"
				   "service timestamps log datetime msec\n"
				   "platform qfp utilization monitor load 80\n!\n"
				   "hostname %s\n!\nboot-start-marker\nboot-end-marker\n!\n!\n",
				   s->host);
	saw_buf_puts(out, "vrf definition " SAW_SIM_VRF "\n"
					  " !\n"
					  " address-family ipv4\n"
					  " exit-address-family\n!\n"
					  "no aaa new-model\n!\n"
					  "bridge-domain 100 \n"
					  " member vni 10100\n"
					  " member GigabitEthernet0/0/5 service-instance 100\n!\n");
}

static void ike(const char *peer, struct saw_buf *out) {
	saw_buf_printf(out, "crypto ikev2 proposal WAN-IKE \n encryption aes-gcm-%d\n prf sha512\n group %d\n!\n",
				   SAW_SIM_KEY_BITS, SAW_SIM_DH_GROUP);
	saw_buf_puts(out, "crypto ikev2 policy WAN-IKE \n match fvrf " SAW_SIM_VRF "\n proposal WAN-IKE\n!\n");
	saw_buf_printf(out,
				   "crypto ikev2 keyring WAN-KEYS\n peer ASA-XFW01\n  address %s\n"
				   "  pre-shared-key local " SAW_SIM_KEY_ASR "\n  pre-shared-key remote " SAW_SIM_KEY_ASA
				   "\n !\n!\n!\n",
				   peer);
	saw_buf_printf(out,
				   "crypto ikev2 profile WAN-IKEV2\n match fvrf " SAW_SIM_VRF "\n"
				   " match identity remote address %s 255.255.255.255 \n"
				   " authentication remote pre-share\n authentication local pre-share\n"
				   " keyring local WAN-KEYS\n lifetime %d\n dpd %d %d on-demand\n!\n!\n",
				   peer, SAW_SIM_IKE_LIFE_SECONDS, SAW_SIM_DPD_SECONDS, SAW_SIM_DPD_RETRY_SECONDS);
}

static void ipsec(const struct saw_sim_show *s, struct saw_buf *out) {
	saw_buf_printf(out, "crypto ipsec security-association replay window-size %d\n!\n", SAW_SIM_REPLAY_WINDOW);
	saw_buf_printf(out, "crypto ipsec transform-set GCM-256 esp-gcm %d \n mode tunnel\n!\n", SAW_SIM_KEY_BITS);
	saw_buf_printf(out,
				   "crypto ipsec profile WAN-VTI\n set security-association lifetime kilobytes %d\n"
				   " set security-association lifetime seconds %u\n"
				   " set security-association replay window-size %d\n"
				   " set transform-set GCM-256 \n set pfs group%d\n set ikev2-profile WAN-IKEV2\n!\n!\n",
				   SAW_SIM_LIFE_KILOBYTES, saw_sim_model_lifetime(s->model), SAW_SIM_REPLAY_WINDOW, SAW_SIM_DH_GROUP);
}

static void tunnels(const struct saw_sim_show *s, struct saw_buf *out) {
	char inside[SAW_SIM_ADDRESS_TEXT], local[SAW_SIM_ADDRESS_TEXT], remote[SAW_SIM_ADDRESS_TEXT];
	struct saw_sim_end e;
	saw_buf_puts(out, "interface Loopback0\n ip address 10.20.255.2 255.255.255.255\n!\n");
	for (uint32_t i = 0; saw_sim_each_end(s, &i, &e);) {
		saw_buf_printf(out,
					   "interface Tunnel%u\n description to ASA-XFW01 vti-wan01-%u\n ip address %s 255.255.255.252\n",
					   e.number, e.number, saw_sim_address(e.inside_local, inside));
		saw_buf_printf(out,
					   " bandwidth qos-reference 50000\n ip mtu %d\n ip tcp adjust-mss %d\n tunnel source %s\n tunnel "
					   "mode ipsec ipv4\n",
					   SAW_SIM_PLAINTEXT_MTU, SAW_SIM_PLAINTEXT_MTU - 40, saw_sim_address(e.local, local));
		saw_buf_printf(
			out, " tunnel destination %s\n tunnel vrf " SAW_SIM_VRF "\n tunnel protection ipsec profile WAN-VTI\n!\n",
			saw_sim_address(e.remote, remote));
	}
}

/* The outer addresses of the tunnels are all of the first interface. */
static void ports(const struct saw_sim_show *s, struct saw_buf *out) {
	size_t count;
	char address[SAW_SIM_ADDRESS_TEXT];
	const struct saw_sim_port *p = saw_sim_ports(s->dev, &count);
	for (size_t i = 0; i < count; i++) {
		saw_buf_printf(out, "interface %s\n", p[i].cli);
		if (p[i].alias[0]) {
			saw_buf_printf(out, " description %s\n", p[i].alias);
		}
		if (i == 0) {
			saw_buf_puts(out, " vrf forwarding " SAW_SIM_VRF "\n");
		}
		for (uint32_t t = 1; i == 0 && t < saw_sim_model_tunnels(s->model); t++) {
			saw_buf_printf(out, " ip address %s 255.255.255.0 secondary\n",
						   saw_sim_address(saw_sim_model_outer(s->dev, t), address));
		}
		if (p[i].address) {
			saw_buf_printf(out, " ip address %s 255.255.255.0\n negotiation auto\n",
						   saw_sim_address(p[i].address, address));
		}
		if (i == 1) {
			saw_buf_puts(out, " service instance 100 ethernet\n  encapsulation dot1q 100\n  rewrite ingress tag pop 1 "
							  "symmetric\n !\n");
		}
		saw_buf_puts(out, "!\n");
	}
}

/* VXLAN takes 50 bytes of what the tunnel leaves. */
static void overlay(struct saw_buf *out) {
	saw_buf_printf(out, "interface BDI100\n ip address 10.40.0.1 255.255.255.0\n ip mtu %d\n ip tcp adjust-mss %d\n!\n",
				   SAW_SIM_PLAINTEXT_MTU - 50, SAW_SIM_PLAINTEXT_MTU - 50 - 40);
	saw_buf_puts(out, "interface nve1\n no ip address\n source-interface Loopback0\n member vni 10100\n"
					  "  ingress-replication 10.20.255.9\n !\n!\n");
}

static void bgp(const struct saw_sim_show *s, struct saw_buf *out) {
	char address[SAW_SIM_ADDRESS_TEXT];
	saw_buf_printf(out, "router bgp %d\n bgp router-id 10.20.0.2\n bgp log-neighbor-changes\n", SAW_SIM_ASR_AS);
	for (uint32_t i = 0; i < saw_sim_model_tunnels(s->model); i++) {
		saw_buf_printf(out, " neighbor %s remote-as %d\n",
					   saw_sim_address(saw_sim_model_inside(SAW_SIM_ASA, i), address), SAW_SIM_ASA_AS);
		saw_buf_printf(out, " neighbor %s timers 20 60\n", address);
	}
	saw_buf_puts(out, "!\nip forward-protocol nd\nip route vrf " SAW_SIM_VRF
					  " 0.0.0.0 0.0.0.0 198.51.100.254\nip ssh version 2\n!\n"
					  "snmp-server location simulated\n!\ncontrol-plane\n!\nline con 0\n stopbits 1\nline vty 0 4\n"
					  " transport input ssh\n!\nend\n\n");
}

void saw_sim_iosxe_config(const struct saw_sim_show *s, struct saw_buf *out) {
	struct saw_buf text = SAW_BUF_INIT(SAW_SIM_CLI_MAX);
	char peer[SAW_SIM_ADDRESS_TEXT];
	head(s, &text);
	ike(saw_sim_address(saw_sim_model_outer(SAW_SIM_ASA, 0), peer), &text);
	ipsec(s, &text);
	tunnels(s, &text);
	ports(s, &text);
	overlay(&text);
	bgp(s, &text);
	saw_buf_printf(out, "Building configuration...\n\nCurrent configuration : %zu bytes\n", text.len);
	saw_buf_put(out, saw_buf_text(&text), text.len);
	saw_buf_free(&text);
}
