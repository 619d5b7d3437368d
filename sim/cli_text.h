/*
 * Inside the CLI: what each platform's text is made of, and what both share.
 *
 * Purpose:   sim/cli.c takes a command apart and calls the platform's table of outputs below.
 */
#ifndef SAWATCH_SIM_CLI_TEXT_H
#define SAWATCH_SIM_CLI_TEXT_H

#include "sim/model.h"
#include "sim/port.h"

struct saw_sim_show {
	const struct saw_sim_model *model;
	enum saw_sim_dev dev;
	uint64_t now_ms;
	bool detail;
	bool one_peer; /* only tunnels to `peer` */
	uint32_t peer;
	uint32_t number;     /* NUMBER, or that of TunnelN */
	struct saw_str name; /* NAME */
	const char *host;    /* the device's name */
};

struct saw_sim_cli_command {
	const char *pattern; /* sim/words.h */
	void (*print)(const struct saw_sim_show *s, struct saw_buf *out);
	bool privileged;
	bool (*knows)(const struct saw_sim_show *s); /* its last word; NULL: any */
};

struct saw_sim_cli_platform {
	const struct saw_sim_cli_command *commands;
	size_t count;
	const char *invalid, *incomplete; /* how it complains about a command */
	const char *behind_prompt;
};

extern const struct saw_sim_cli_platform saw_sim_cli_asa;
extern const struct saw_sim_cli_platform saw_sim_cli_iosxe;

#define SAW_SIM_ADDRESS_TEXT 16
#define SAW_SIM_AGE_TEXT 24
const char *saw_sim_address(uint32_t address, char out[SAW_SIM_ADDRESS_TEXT]);

/* What is left of an SA. */
uint64_t saw_sim_left_kilobytes(uint64_t used_bytes);
uint64_t saw_sim_left_seconds(const struct saw_sim_end *e);

/* 07:12:09, and from a day on 3d07h, 2w1d, 1y3w. */
const char *saw_sim_age(uint64_t seconds, char out[SAW_SIM_AGE_TEXT]);

/* The next tunnel that is asked for, from *i on; *i moves behind it. False when there is none. */
bool saw_sim_each_end(const struct saw_sim_show *s, uint32_t *i, struct saw_sim_end *e);
bool saw_sim_each_up(const struct saw_sim_show *s, uint32_t *i, struct saw_sim_end *e); /* only those that are up */

/* knows: */
bool saw_sim_is_tunnel(const struct saw_sim_show *s);
bool saw_sim_is_port(const struct saw_sim_show *s);
bool saw_sim_is_vrf(const struct saw_sim_show *s);

/* The interface that `name` is, with its number; NULL for none. */
const struct saw_sim_port *saw_sim_port_named(const struct saw_sim_show *s, size_t *number);

/* cli_bgp.c */
void saw_sim_show_bgp(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_show_bgp_all(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_show_nothing(const struct saw_sim_show *s, struct saw_buf *out); /* an address family without neighbours */

/* cli_asa_session.c */
void saw_sim_asa_isakmp_sa(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_asa_ikev1_sa(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_asa_ikev2_sa(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_asa_vpn_sessiondb(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_asa_ipsec_stats(const struct saw_sim_show *s, struct saw_buf *out);

/* cli_asa_box.c */
void saw_sim_asa_version(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_asa_interface(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_asa_tunnel(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_asa_port(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_asa_asp_drop(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_asa_failover_state(const struct saw_sim_show *s, struct saw_buf *out);

/* cli_iosxe_session.c */
void saw_sim_iosxe_session(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_iosxe_ikev2_sa(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_iosxe_ikev2_stats(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_iosxe_isakmp_sa(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_iosxe_isakmp_count(const struct saw_sim_show *s, struct saw_buf *out);

/* cli_iosxe_engine.c */
void saw_sim_iosxe_eli(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_iosxe_flowmib_global(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_iosxe_flowmib_tunnel(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_iosxe_qfp_ipsec_drops(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_iosxe_qfp_ipsec_drops_all(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_iosxe_qfp_drops(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_iosxe_qfp_sa(const struct saw_sim_show *s, struct saw_buf *out);
bool saw_sim_is_qfp_sa(const struct saw_sim_show *s);

/* cli_iosxe_box.c */
void saw_sim_iosxe_version(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_iosxe_interfaces(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_iosxe_tunnel(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_iosxe_port(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_iosxe_ip_interface(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_iosxe_ip_tunnel(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_iosxe_ip_port(const struct saw_sim_show *s, struct saw_buf *out);

/* cli_asa_config.c, cli_iosxe_config.c */
#define SAW_SIM_KEY_ASA "invented-key-of-the-firewall"
#define SAW_SIM_KEY_ASR "invented-key-of-the-router"
void saw_sim_asa_config(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_asa_config_with_keys(const struct saw_sim_show *s, struct saw_buf *out);
void saw_sim_iosxe_config(const struct saw_sim_show *s, struct saw_buf *out);

#endif
