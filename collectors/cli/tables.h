/* The tables of line rules, one file per family of commands; collectors/cli/commands.c says which command has which. */
#ifndef SAWATCH_COLLECTORS_CLI_TABLES_H
#define SAWATCH_COLLECTORS_CLI_TABLES_H

#include "collectors/cli/scan.h"

extern const struct saw_cli_table saw_cli_ipsec_sa;
extern const struct saw_cli_table saw_cli_ipsec_sa_count;
extern const struct saw_cli_table saw_cli_ikev2_sa;
extern const struct saw_cli_table saw_cli_isakmp_sa;
extern const struct saw_cli_table saw_cli_isakmp_sa_count;
extern const struct saw_cli_table saw_cli_session;
extern const struct saw_cli_table saw_cli_vpn_sessiondb;
extern const struct saw_cli_table saw_cli_interfaces;
extern const struct saw_cli_table saw_cli_asa_interface;
extern const struct saw_cli_table saw_cli_bgp;
extern const struct saw_cli_table saw_cli_asp_drop;
extern const struct saw_cli_table saw_cli_failover;
extern const struct saw_cli_table saw_cli_qfp_ipsec_drops;
extern const struct saw_cli_table saw_cli_qfp_drops;
extern const struct saw_cli_table saw_cli_qfp_ipsec_sa;
extern const struct saw_cli_table saw_cli_version;
extern const struct saw_cli_table saw_cli_flowmib_tunnel;
extern const struct saw_cli_table saw_cli_flowmib_global;
extern const struct saw_cli_table saw_cli_ipsec_stats;
extern const struct saw_cli_table saw_cli_eli;
extern const struct saw_cli_table saw_cli_ikev2_stats;

#endif
