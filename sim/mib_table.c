#include "sim/mib_table.h"

#define N(col, type, field) \
	{ col, SAW_SIM_##type, SAW_SIM_NUMBER, offsetof(struct saw_sim_row, field) }
#define F(col, type, value) \
	{ col, SAW_SIM_##type, SAW_SIM_FIXED, value }
#define A(col, field) \
	{ col, SAW_SIM_OCTETS, SAW_SIM_ADDRESS, offsetof(struct saw_sim_row, field) }
#define IP(col, field) \
	{ col, SAW_SIM_IPADDRESS, SAW_SIM_IP, offsetof(struct saw_sim_row, field) }
#define T(col, field) \
	{ col, SAW_SIM_OCTETS, SAW_SIM_TEXT, offsetof(struct saw_sim_row, field) }

static const struct saw_sim_column system_columns[] = {
	T(1, descr),
	{2, SAW_SIM_OID, SAW_SIM_PRODUCT, offsetof(struct saw_sim_row, product)},
	N(3, TIMETICKS, uptime_ticks),
	T(4, contact),
	T(5, name),
	T(6, location),
	N(7, INTEGER, services),
};

static const struct saw_sim_column interfaces_columns[] = {N(1, INTEGER, interfaces)};

static const struct saw_sim_column if_columns[] = {
	N(1, INTEGER, if_index),
	T(2, descr),
	N(3, INTEGER, if_type),
	N(4, INTEGER, if_mtu),
	N(5, GAUGE32, if_speed),
	{6, SAW_SIM_OCTETS, SAW_SIM_MAC, offsetof(struct saw_sim_row, mac)},
	F(7, INTEGER, 1),
	N(8, INTEGER, if_status),
	N(9, TIMETICKS, if_change_ticks),
	N(10, COUNTER32, if_in_octets),
	N(11, COUNTER32, if_in_packets),
	F(13, COUNTER32, 0),
	F(14, COUNTER32, 0),
	N(16, COUNTER32, if_out_octets),
	N(17, COUNTER32, if_out_packets),
	F(19, COUNTER32, 0),
	F(20, COUNTER32, 0),
};

static const struct saw_sim_column ifx_columns[] = {
	T(1, name),
	N(6, COUNTER64, if_in_octets),
	N(7, COUNTER64, if_in_packets),
	N(10, COUNTER64, if_out_octets),
	N(11, COUNTER64, if_out_packets),
	N(15, GAUGE32, if_high_speed),
	F(17, INTEGER, 1),
	T(18, alias),
	F(19, TIMETICKS, 0),
};

static const struct saw_sim_column address_columns[] = {
	IP(1, address), N(2, INTEGER, if_index), IP(3, net_mask), F(4, INTEGER, 1), F(5, INTEGER, 65535),
};

/* Of ipAddressTable. */
static const struct saw_sim_column inet_address_columns[] = {
	N(3, INTEGER, if_index), F(4, INTEGER, 1), /* unicast */
};

static const struct saw_sim_column chassis_columns[] = {
	T(2, descr), F(5, INTEGER, 3), /* chassis */
	T(7, name),  T(11, serial),    T(13, model),
};

static const struct saw_sim_column cpu_columns[] = {
	F(2, INTEGER, 0),
	N(6, GAUGE32, percent),
	N(7, GAUGE32, percent),
	N(8, GAUGE32, percent),
};

static const struct saw_sim_column pool_columns[] = {
	F(2, INTEGER, 2),       T(3, name), N(7, GAUGE32, used), N(8, GAUGE32, free), N(18, COUNTER64, used),
	N(20, COUNTER64, free),
};

static const struct saw_sim_column hardware_columns[] = {T(2, name), N(3, INTEGER, state), T(4, descr)};

static const struct saw_sim_column qfp_columns[] = {N(14, GAUGE32, percent)};

/* Of crasGlobals: those of the site-to-site sessions. */
static const struct saw_sim_column l2l_columns[] = {
	N(29, GAUGE32, active),
	N(30, COUNTER32, previous),
	N(31, GAUGE32, peak),
};

static const struct saw_sim_column context_columns[] = {T(2, vrf)};

static const struct saw_sim_column bgp_columns[] = {
	IP(1, address), N(2, INTEGER, state), F(3, INTEGER, 2),    IP(5, local),
	IP(7, remote),  N(9, INTEGER, as),    F(15, COUNTER32, 1), N(16, GAUGE32, seconds),
};

static const struct saw_sim_column cisco_bgp_columns[] = {
	N(3, INTEGER, state), F(4, INTEGER, 2), N(11, GAUGE32, as), F(18, COUNTER32, 1), N(19, GAUGE32, seconds),
};

/* Of cbgpPeer2AddrFamilyPrefixTable. */
static const struct saw_sim_column cisco_bgp_family_columns[] = {
	N(1, COUNTER32, prefixes),
	F(2, GAUGE32, 0),
	N(6, GAUGE32, prefixes),
};

static const struct saw_sim_column mib_level_columns[] = {F(1, INTEGER, 1)};

static const struct saw_sim_column ike_global_columns[] = {
	N(1, GAUGE32, active), N(2, COUNTER32, previous), N(3, COUNTER32, ike_octets),  N(4, COUNTER32, ike_packets),
	F(5, COUNTER32, 0),    F(6, COUNTER32, 0),        N(7, COUNTER32, exchanges),   F(8, COUNTER32, 0),
	F(9, COUNTER32, 0),    F(10, COUNTER32, 0),       N(11, COUNTER32, ike_octets), N(12, COUNTER32, ike_packets),
	F(13, COUNTER32, 0),   F(14, COUNTER32, 0),       N(15, COUNTER32, exchanges),  F(16, COUNTER32, 0),
	F(17, COUNTER32, 0),   F(18, COUNTER32, 0),       N(19, COUNTER32, active),     F(20, COUNTER32, 0),
	F(21, COUNTER32, 0),   F(22, COUNTER32, 0),       F(23, COUNTER32, 0),          F(24, COUNTER32, 0),
	F(25, COUNTER32, 0),   F(26, COUNTER32, 0),
};

static const struct saw_sim_column ike_columns[] = {
	F(2, INTEGER, 1), /* ipAddrPeer */
	T(3, local_text),
	A(4, local),
	T(5, contact),
	F(6, INTEGER, 1),
	T(7, remote_text),
	A(8, remote),
	T(9, contact),
	F(10, INTEGER, 1),  /* main */
	F(11, INTEGER, 11), /* group 21 */
	F(12, INTEGER, 9),  /* AES-GCM-256 */
	F(13, INTEGER, 9),  /* SHA-512 */
	F(14, INTEGER, 2),  /* preSharedKey */
	F(15, INTEGER, SAW_SIM_IKE_LIFE_SECONDS),
	N(16, INTEGER, ike_active_ticks),
	F(17, INTEGER, 82080),
	N(18, COUNTER32, ike_refreshes),
	N(19, COUNTER32, ike_octets),
	N(20, COUNTER32, ike_packets),
	F(21, COUNTER32, 0),
	F(22, COUNTER32, 0),
	N(23, COUNTER32, exchanges),
	F(24, COUNTER32, 0),
	F(25, COUNTER32, 0),
	F(26, COUNTER32, 0),
	N(27, COUNTER32, ike_octets),
	N(28, COUNTER32, ike_packets),
	F(29, COUNTER32, 0),
	F(30, COUNTER32, 0),
	N(31, COUNTER32, exchanges),
	F(32, COUNTER32, 0),
	F(33, COUNTER32, 0),
	F(34, COUNTER32, 0),
	F(35, INTEGER, 1), /* active */
};

static const struct saw_sim_column ipsec_global_columns[] = {
	N(1, GAUGE32, active),
	N(2, COUNTER32, previous),
	N(3, COUNTER32, in_octets),
	N(4, COUNTER64, in_octets),
	N(5, COUNTER32, in_wraps),
	N(6, COUNTER32, in_octets),
	N(7, COUNTER64, in_octets),
	N(8, COUNTER32, in_wraps),
	N(9, COUNTER32, in_packets),
	F(10, COUNTER32, 0),
	N(11, COUNTER32, replay_drops),
	N(12, COUNTER32, in_packets),
	F(13, COUNTER32, 0),
	N(14, COUNTER32, in_packets),
	F(15, COUNTER32, 0),
	N(16, COUNTER32, out_octets),
	N(17, COUNTER64, out_octets),
	N(18, COUNTER32, out_wraps),
	N(19, COUNTER32, out_octets),
	N(20, COUNTER64, out_octets),
	N(21, COUNTER32, out_wraps),
	N(22, COUNTER32, out_packets),
	F(23, COUNTER32, 0),
	N(24, COUNTER32, out_packets),
	F(25, COUNTER32, 0),
	N(26, COUNTER32, out_packets),
	F(27, COUNTER32, 0),
	F(28, COUNTER32, 0),
	F(29, COUNTER32, 0),
	F(30, COUNTER32, 0),
};

static const struct saw_sim_column ipsec_columns[] = {
	N(2, INTEGER, ike_index),
	N(3, INTEGER, ike_alive),
	A(4, local),
	A(5, remote),
	F(6, INTEGER, 1), /* ike */
	F(7, INTEGER, 1), /* tunnel */
	F(8, INTEGER, SAW_SIM_LIFE_KILOBYTES),
	N(9, INTEGER, life_seconds),
	N(10, INTEGER, active_ticks),
	F(11, INTEGER, SAW_SIM_LIFE_KILOBYTES / 100 * 95),
	N(12, INTEGER, life_seconds),
	N(13, COUNTER32, refreshes),
	N(14, COUNTER32, refreshes),
	F(15, GAUGE32, 1),
	F(16, INTEGER, 11), /* group 21 */
	F(17, INTEGER, 9),  /* AES-GCM-256 */
	F(18, INTEGER, 1),  /* none: the cipher authenticates */
	F(19, INTEGER, 1),
	F(20, INTEGER, 1),
	F(21, INTEGER, 11),
	F(22, INTEGER, 9),
	F(23, INTEGER, 1),
	F(24, INTEGER, 1),
	F(25, INTEGER, 1),
	N(26, COUNTER32, in_octets),
	N(27, COUNTER64, in_octets),
	N(28, COUNTER32, in_wraps),
	N(29, COUNTER32, in_octets),
	N(30, COUNTER64, in_octets),
	N(31, COUNTER32, in_wraps),
	N(32, COUNTER32, in_packets),
	F(33, COUNTER32, 0),
	N(34, COUNTER32, replay_drops),
	N(35, COUNTER32, in_packets),
	F(36, COUNTER32, 0),
	N(37, COUNTER32, in_packets),
	F(38, COUNTER32, 0),
	N(39, COUNTER32, out_octets),
	N(40, COUNTER64, out_octets),
	N(41, COUNTER32, out_wraps),
	N(42, COUNTER32, out_octets),
	N(43, COUNTER64, out_octets),
	N(44, COUNTER32, out_wraps),
	N(45, COUNTER32, out_packets),
	F(46, COUNTER32, 0),
	N(47, COUNTER32, out_packets),
	F(48, COUNTER32, 0),
	N(49, COUNTER32, out_packets),
	F(50, COUNTER32, 0),
	F(51, INTEGER, 1), /* active: a tunnel that is down has no row */
};

static const struct saw_sim_column endpoint_columns[] = {
	T(2, contact), F(3, INTEGER, 3), A(4, any),  A(5, net_mask),  F(6, INTEGER, 0),  F(7, INTEGER, 0),
	T(8, contact), F(9, INTEGER, 3), A(10, any), A(11, net_mask), F(12, INTEGER, 0), F(13, INTEGER, 0),
};

static const struct saw_sim_column spi_columns[] = {
	N(2, INTEGER, spi_direction), N(3, GAUGE32, spi), F(4, INTEGER, 2), /* esp */
	F(5, INTEGER, 1),                                                   /* active */
};

static const struct saw_sim_column ike_history_columns[] = {
	N(2, INTEGER, reason),
	N(3, INTEGER, ike_row),
	F(4, INTEGER, 1),
	T(5, local_text),
	F(7, INTEGER, 1),
	T(8, remote_text),
	A(9, local),
	A(11, remote),
	F(13, INTEGER, 1),
	F(14, INTEGER, 11),
	F(15, INTEGER, 9),
	F(16, INTEGER, 9),
	F(17, INTEGER, 2),
	F(18, INTEGER, SAW_SIM_IKE_LIFE_SECONDS),
	N(19, TIMETICKS, start_ticks),
	N(20, INTEGER, ike_active_ticks),
	N(21, COUNTER32, ike_refreshes),
	N(23, COUNTER32, ike_octets),
	N(24, COUNTER32, ike_packets),
	F(25, COUNTER32, 0),
	N(31, COUNTER32, ike_octets),
	N(32, COUNTER32, ike_packets),
	F(33, COUNTER32, 0),
};

static const struct saw_sim_column ipsec_history_columns[] = {
	N(2, INTEGER, reason),
	N(3, INTEGER, index),
	N(4, INTEGER, ike_row),
	A(5, local),
	A(6, remote),
	F(7, INTEGER, 1),
	F(8, INTEGER, 1),
	F(9, INTEGER, SAW_SIM_LIFE_KILOBYTES),
	N(11, TIMETICKS, start_ticks),
	N(12, INTEGER, active_ticks),
	N(13, COUNTER32, refreshes),
	N(25, COUNTER32, in_octets),
	N(26, COUNTER64, in_octets),
	N(31, COUNTER32, in_packets),
	F(32, COUNTER32, 0),
	N(33, COUNTER32, replay_drops),
	N(34, COUNTER32, in_packets),
	F(35, COUNTER32, 0),
	N(36, COUNTER32, in_packets),
	F(37, COUNTER32, 0),
	N(38, COUNTER32, out_octets),
	N(39, COUNTER64, out_octets),
	N(44, COUNTER32, out_packets),
	F(45, COUNTER32, 0),
	N(46, COUNTER32, out_packets),
	F(47, COUNTER32, 0),
	N(48, COUNTER32, out_packets),
	F(49, COUNTER32, 0),
};

static const struct saw_sim_column ike_failure_columns[] = {
	N(2, INTEGER, reason), N(3, TIMETICKS, start_ticks),
	F(4, INTEGER, 1),      T(5, local_text),
	F(6, INTEGER, 1),      T(7, remote_text),
	A(8, local),           A(9, remote),
};

/* The packet was on its way to us. */
static const struct saw_sim_column ipsec_failure_columns[] = {
	N(2, INTEGER, reason), N(3, TIMETICKS, start_ticks), N(4, INTEGER, index), N(5, GAUGE32, spi), A(6, remote),
	A(7, local),
};

#define MIB_2 1, 3, 6, 1, 2, 1
#define CISCO 1, 3, 6, 1, 4, 1, 9, 9
#define FLOW CISCO, 171, 1
#define BASE(...) {__VA_ARGS__}, sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)
#define COLUMNS(c) .columns = c, .column_n = sizeof(c) / sizeof((c)[0])

enum { IPSEC_REGION = 14 };

const struct saw_sim_region saw_sim_regions[] = {
	{"system", BASE(MIB_2, 1), &saw_sim_rows_system, COLUMNS(system_columns)},
	{"interfaces", BASE(MIB_2, 2), &saw_sim_rows_if_number, COLUMNS(interfaces_columns)},
	{"ifTable", BASE(MIB_2, 2, 2, 1), &saw_sim_rows_interfaces, COLUMNS(if_columns)},
	{"ipAddrTable", BASE(MIB_2, 4, 20, 1), &saw_sim_rows_addresses, COLUMNS(address_columns)},
	{"ipAddressTable", BASE(MIB_2, 4, 34, 1), &saw_sim_rows_inet_addresses, COLUMNS(inet_address_columns)},
	{"bgpPeerTable", BASE(MIB_2, 15, 3, 1), &saw_sim_rows_bgp, COLUMNS(bgp_columns)},
	{"ifXTable", BASE(MIB_2, 31, 1, 1, 1), &saw_sim_rows_interfaces, COLUMNS(ifx_columns)},
	{"entPhysicalTable", BASE(MIB_2, 47, 1, 1, 1, 1), &saw_sim_rows_chassis, COLUMNS(chassis_columns)},
	{"cpmCPUTotalTable", BASE(CISCO, 109, 1, 1, 1, 1), &saw_sim_rows_cpu, COLUMNS(cpu_columns)},
	{"cfwHardwareStatusTable", BASE(CISCO, 147, 1, 2, 1, 1, 1), &saw_sim_rows_hardware, COLUMNS(hardware_columns)},
	{"cipSecLevels", BASE(FLOW, 1), &saw_sim_rows_level, COLUMNS(mib_level_columns)},
	{"cikeGlobalStats", BASE(FLOW, 2, 1), &saw_sim_rows_ike_globals, COLUMNS(ike_global_columns)},
	{"cikeTunnelTable", BASE(FLOW, 2, 3, 1), &saw_sim_rows_ike_tunnels, COLUMNS(ike_columns)},
	{"cipSecGlobalStats", BASE(FLOW, 3, 1), &saw_sim_rows_ipsec_globals, COLUMNS(ipsec_global_columns)},
	[IPSEC_REGION] = {"cipSecTunnelTable", BASE(FLOW, 3, 2, 1), &saw_sim_rows_ipsec_tunnels, COLUMNS(ipsec_columns)},
	{"cipSecEndPtTable", BASE(FLOW, 3, 3, 1), &saw_sim_rows_endpoints, COLUMNS(endpoint_columns)},
	{"cipSecSpiTable", BASE(FLOW, 3, 4, 1), &saw_sim_rows_spis, COLUMNS(spi_columns)},
	{"cikeTunnelHistTable", BASE(FLOW, 4, 2, 1, 1), &saw_sim_rows_ike_history, COLUMNS(ike_history_columns)},
	{"cipSecTunnelHistTable", BASE(FLOW, 4, 3, 1, 1), &saw_sim_rows_ipsec_history, COLUMNS(ipsec_history_columns)},
	{"cikeFailTable", BASE(FLOW, 5, 2, 1, 1), &saw_sim_rows_ike_failures, COLUMNS(ike_failure_columns)},
	{"cipSecFailTable", BASE(FLOW, 5, 3, 1, 1), &saw_sim_rows_ipsec_failures, COLUMNS(ipsec_failure_columns)},
	{"cbgpPeer2Table", BASE(CISCO, 187, 1, 2, 5, 1), &saw_sim_rows_cisco_bgp, COLUMNS(cisco_bgp_columns)},
	{"cbgpPeer2AddrFamilyPrefixTable", BASE(CISCO, 187, 1, 2, 8, 1), &saw_sim_rows_cisco_bgp_families,
	 COLUMNS(cisco_bgp_family_columns)},
	{"cempMemPoolTable", BASE(CISCO, 221, 1, 1, 1, 1), &saw_sim_rows_pools, COLUMNS(pool_columns)},
	{"crasGlobals", BASE(CISCO, 392, 1, 3), &saw_sim_rows_l2l, COLUMNS(l2l_columns)},
	{"cContextMappingTable", BASE(CISCO, 468, 1, 1, 1), &saw_sim_rows_contexts, COLUMNS(context_columns)},
	{"ceqfpUtilizationTable", BASE(CISCO, 715, 1, 1, 6, 1), &saw_sim_rows_qfp, COLUMNS(qfp_columns)},
};
const size_t saw_sim_region_count = sizeof(saw_sim_regions) / sizeof(saw_sim_regions[0]);
const struct saw_sim_region *const saw_sim_ipsec_region = &saw_sim_regions[IPSEC_REGION];
