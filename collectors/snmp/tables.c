#include "collectors/snmp/tables.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OID(...) \
	{ .sub = {__VA_ARGS__}, .n = sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t) }
#define MIB_2(...) OID(1, 3, 6, 1, 2, 1, __VA_ARGS__)
#define FLOW_MIB(...) OID(1, 3, 6, 1, 4, 1, 9, 9, 171, __VA_ARGS__)

static const struct saw_oid ike_globals = FLOW_MIB(1, 2, 1);
static const struct saw_oid ike_tunnel = FLOW_MIB(1, 2, 3, 1);
static const struct saw_oid ipsec_globals = FLOW_MIB(1, 3, 1);
static const struct saw_oid ipsec_tunnel = FLOW_MIB(1, 3, 2, 1);
static const struct saw_oid ipsec_endpoint = FLOW_MIB(1, 3, 3, 1);
static const struct saw_oid ipsec_spi = FLOW_MIB(1, 3, 4, 1);
static const struct saw_oid if_entry = MIB_2(2, 2, 1);
static const struct saw_oid ifx_entry = MIB_2(31, 1, 1, 1);

const struct saw_oid saw_sys_scalars[SAW_SYS_SCALARS] = {
	[SAW_SYS_DESCR] = MIB_2(1, 1, 0),
	[SAW_SYS_OBJECT_ID] = MIB_2(1, 2, 0),
	[SAW_SYS_UPTIME] = MIB_2(1, 3, 0),
	[SAW_SYS_NAME] = MIB_2(1, 5, 0),
};

static const struct saw_number_name modes[] = {{1, "tunnel"}, {2, "transport"}, {0, NULL}};
static const struct saw_number_name ike_states[] = {{1, "active"}, {2, "destroy"}, {0, NULL}};

/* A value for rows.c itself, a value for a field, and a value for a text field. */
#define OWN(entry, number, name, convert)                          \
	{                                                              \
		(name), &(entry), (number), SAW_CONVERT_##convert, NULL, { \
			0                                                      \
		}                                                          \
	}
#define TO(entry, number, name, convert, Msg, f) \
	{ (name), &(entry), (number), SAW_CONVERT_##convert, NULL, SAW_FIELD(Sawatch__V1__##Msg, f) }
#define TEXT(entry, number, name, convert, names, Msg, f) \
	{ (name), &(entry), (number), SAW_CONVERT_##convert, (names), SAW_FIELD_TEXT(Sawatch__V1__##Msg, f) }

/* Where two columns fill one field, the later one wins: the 64-bit counter stands behind its 32-bit twin. */
static const struct saw_snmp_column tunnel_columns[] = {
	[SAW_TUN_LOCAL] = TEXT(ipsec_tunnel, 4, "cipSecTunLocalAddr", ADDRESS, NULL, IpsecSa, local_endpoint),
	[SAW_TUN_REMOTE] = TEXT(ipsec_tunnel, 5, "cipSecTunRemoteAddr", ADDRESS, NULL, IpsecSa, remote_endpoint),
	[SAW_TUN_STATUS] = OWN(ipsec_tunnel, 51, "cipSecTunStatus", NUMBER),
	[SAW_TUN_IKE_INDEX] = OWN(ipsec_tunnel, 2, "cipSecTunIkeTunnelIndex", NUMBER),
	[SAW_TUN_DH_GROUP] = OWN(ipsec_tunnel, 21, "cipSecTunOutSaDiffHellmanGrp", NUMBER),
	[SAW_TUN_IN_CIPHER] = OWN(ipsec_tunnel, 17, "cipSecTunInSaEncryptAlgo", NUMBER),
	[SAW_TUN_IN_AH_AUTH] = OWN(ipsec_tunnel, 18, "cipSecTunInSaAhAuthAlgo", NUMBER),
	[SAW_TUN_IN_ESP_AUTH] = OWN(ipsec_tunnel, 19, "cipSecTunInSaEspAuthAlgo", NUMBER),
	[SAW_TUN_OUT_CIPHER] = OWN(ipsec_tunnel, 22, "cipSecTunOutSaEncryptAlgo", NUMBER),
	[SAW_TUN_OUT_AH_AUTH] = OWN(ipsec_tunnel, 23, "cipSecTunOutSaAhAuthAlgo", NUMBER),
	[SAW_TUN_OUT_ESP_AUTH] = OWN(ipsec_tunnel, 24, "cipSecTunOutSaEspAuthAlgo", NUMBER),
	TO(ipsec_tunnel, 3, "cipSecTunIkeTunnelAlive", TRUTH, IpsecSa, ike_alive),
	TEXT(ipsec_tunnel, 7, "cipSecTunEncapMode", NAME, modes, IpsecSa, mode),
	TO(ipsec_tunnel, 8, "cipSecTunLifeSize", NUMBER, IpsecSa, lifetime_kilobytes),
	TO(ipsec_tunnel, 9, "cipSecTunLifeTime", NUMBER, IpsecSa, lifetime_seconds),
	TO(ipsec_tunnel, 10, "cipSecTunActiveTime", CENTISECONDS, IpsecSa, active_seconds),
	TO(ipsec_tunnel, 13, "cipSecTunTotalRefreshes", NUMBER, IpsecSa, refreshes),
	TO(ipsec_tunnel, 15, "cipSecTunCurrentSaInstances", NUMBER, IpsecSa, sa_instances),
	TO(ipsec_tunnel, 26, "cipSecTunInOctets", NUMBER, IpsecSa, in_bytes),
	TO(ipsec_tunnel, 39, "cipSecTunOutOctets", NUMBER, IpsecSa, out_bytes),
	/* What is compared with the other end stands in one request, so that it is of one moment. */
	TO(ipsec_tunnel, 27, "cipSecTunHcInOctets", NUMBER, IpsecSa, in_bytes),
	TO(ipsec_tunnel, 40, "cipSecTunHcOutOctets", NUMBER, IpsecSa, out_bytes),
	TO(ipsec_tunnel, 32, "cipSecTunInPkts", NUMBER, IpsecSa, decaps_packets),
	TO(ipsec_tunnel, 45, "cipSecTunOutPkts", NUMBER, IpsecSa, encaps_packets),
	TO(ipsec_tunnel, 34, "cipSecTunInReplayDropPkts", NUMBER, IpsecSa, replay_failed_recv),
	TO(ipsec_tunnel, 33, "cipSecTunInDropPkts", NUMBER, IpsecSa, in_drop_packets),
	TO(ipsec_tunnel, 35, "cipSecTunInAuths", NUMBER, IpsecSa, verify_packets),
	TO(ipsec_tunnel, 36, "cipSecTunInAuthFails", NUMBER, IpsecSa, auth_failed_recv),
	TO(ipsec_tunnel, 37, "cipSecTunInDecrypts", NUMBER, IpsecSa, decrypt_packets),
	TO(ipsec_tunnel, 38, "cipSecTunInDecryptFails", NUMBER, IpsecSa, decrypt_failed_recv),
	TO(ipsec_tunnel, 46, "cipSecTunOutDropPkts", NUMBER, IpsecSa, out_drop_packets),
	TO(ipsec_tunnel, 47, "cipSecTunOutAuths", NUMBER, IpsecSa, digest_packets),
	TO(ipsec_tunnel, 49, "cipSecTunOutEncrypts", NUMBER, IpsecSa, encrypt_packets),
	TO(ipsec_tunnel, 50, "cipSecTunOutEncryptFails", NUMBER, IpsecSa, encrypt_failed_send),
};

static const struct saw_snmp_column spi_columns[] = {
	[SAW_SPI_DIRECTION] = OWN(ipsec_spi, 2, "cipSecSpiDirection", NUMBER),
	[SAW_SPI_VALUE] = OWN(ipsec_spi, 3, "cipSecSpiValue", SPI),
	[SAW_SPI_PROTOCOL] = OWN(ipsec_spi, 4, "cipSecSpiProtocol", NUMBER),
	[SAW_SPI_STATUS] = OWN(ipsec_spi, 5, "cipSecSpiStatus", NUMBER),
};

static const struct saw_snmp_column endpoint_columns[] = {
	OWN(ipsec_endpoint, 3, "cipSecEndPtLocalType", NUMBER),
	OWN(ipsec_endpoint, 4, "cipSecEndPtLocalAddr1", ADDRESS),
	OWN(ipsec_endpoint, 5, "cipSecEndPtLocalAddr2", ADDRESS),
	OWN(ipsec_endpoint, 6, "cipSecEndPtLocalProtocol", NUMBER),
	OWN(ipsec_endpoint, 7, "cipSecEndPtLocalPort", NUMBER),
	OWN(ipsec_endpoint, 9, "cipSecEndPtRemoteType", NUMBER),
	OWN(ipsec_endpoint, 10, "cipSecEndPtRemoteAddr1", ADDRESS),
	OWN(ipsec_endpoint, 11, "cipSecEndPtRemoteAddr2", ADDRESS),
	OWN(ipsec_endpoint, 12, "cipSecEndPtRemoteProtocol", NUMBER),
	OWN(ipsec_endpoint, 13, "cipSecEndPtRemotePort", NUMBER),
};

static const struct saw_snmp_column ike_columns[] = {
	[SAW_IKE_LOCAL] = TEXT(ike_tunnel, 4, "cikeTunLocalAddr", ADDRESS, NULL, IkeSa, local),
	[SAW_IKE_REMOTE] = TEXT(ike_tunnel, 8, "cikeTunRemoteAddr", ADDRESS, NULL, IkeSa, remote),
	[SAW_IKE_STATUS] = TEXT(ike_tunnel, 35, "cikeTunStatus", NAME, ike_states, IkeSa, status),
	[SAW_IKE_LOCAL_ID] = TEXT(ike_tunnel, 3, "cikeTunLocalValue", TEXT, NULL, IkeSa, local_id),
	[SAW_IKE_REMOTE_ID] = TEXT(ike_tunnel, 7, "cikeTunRemoteValue", TEXT, NULL, IkeSa, remote_id),
	[SAW_IKE_DH_GROUP] = OWN(ike_tunnel, 11, "cikeTunDiffHellmanGrp", NUMBER),
	[SAW_IKE_CIPHER] = OWN(ike_tunnel, 12, "cikeTunEncryptAlgo", NUMBER),
	[SAW_IKE_HASH] = OWN(ike_tunnel, 13, "cikeTunHashAlgo", NUMBER),
	[SAW_IKE_REFRESHES] = OWN(ike_tunnel, 18, "cikeTunTotalRefreshes", NUMBER),
	TO(ike_tunnel, 15, "cikeTunLifeTime", NUMBER, IkeSa, lifetime_seconds),
	TO(ike_tunnel, 16, "cikeTunActiveTime", CENTISECONDS, IkeSa, active_seconds),
};

static const struct saw_snmp_column interface_columns[] = {
	[SAW_IF_TYPE] = OWN(if_entry, 3, "ifType", NUMBER),
	[SAW_IF_DESCR] = OWN(if_entry, 2, "ifDescr", TEXT),
	[SAW_IF_NAME] = OWN(ifx_entry, 1, "ifName", TEXT),
	TEXT(ifx_entry, 18, "ifAlias", TEXT, NULL, Interface, description),
	TO(if_entry, 7, "ifAdminStatus", UP, Interface, admin_up),
	TO(if_entry, 8, "ifOperStatus", UP, Interface, line_up),
	TO(if_entry, 4, "ifMtu", NUMBER, Interface, mtu_bytes),
	TO(ifx_entry, 15, "ifHighSpeed", MEGA, Interface, bandwidth_kbit),
	TO(if_entry, 5, "ifSpeed", KILO, Interface, bandwidth_kbit),
	TO(if_entry, 10, "ifInOctets", NUMBER, Interface, in_bytes),
	TO(if_entry, 16, "ifOutOctets", NUMBER, Interface, out_bytes),
	TO(if_entry, 11, "ifInUcastPkts", NUMBER, Interface, in_packets),
	TO(if_entry, 17, "ifOutUcastPkts", NUMBER, Interface, out_packets),
	TO(ifx_entry, 6, "ifHCInOctets", NUMBER, Interface, in_bytes),
	TO(ifx_entry, 10, "ifHCOutOctets", NUMBER, Interface, out_bytes),
	TO(ifx_entry, 7, "ifHCInUcastPkts", NUMBER, Interface, in_packets),
	TO(ifx_entry, 11, "ifHCOutUcastPkts", NUMBER, Interface, out_packets),
	TO(if_entry, 13, "ifInDiscards", NUMBER, Interface, in_discards),
	TO(if_entry, 14, "ifInErrors", NUMBER, Interface, in_errors),
	TO(if_entry, 19, "ifOutDiscards", NUMBER, Interface, out_discards),
	TO(if_entry, 20, "ifOutErrors", NUMBER, Interface, out_errors),
};

static const struct saw_snmp_column ipsec_global_columns[] = {OWN(ipsec_globals, 0, "cipSecGlobalStats", NUMBER)};
static const struct saw_snmp_column ike_global_columns[] = {OWN(ike_globals, 0, "cikeGlobalStats", NUMBER)};

/* The wrap counts are left out: they are unreliable, and the 64-bit counters say more. */
static const struct saw_number_name ipsec_counters[] = {
	{1, "active_tunnels"},
	{2, "previous_tunnels"},
	{3, "in_octets"},
	{4, "in_octets"},
	{6, "in_decomp_octets"},
	{7, "in_decomp_octets"},
	{9, "in_pkts"},
	{10, "in_drops"},
	{11, "in_replay_drops"},
	{12, "in_auths"},
	{13, "in_auth_fails"},
	{14, "in_decrypts"},
	{15, "in_decrypt_fails"},
	{16, "out_octets"},
	{17, "out_octets"},
	{19, "out_uncomp_octets"},
	{20, "out_uncomp_octets"},
	{22, "out_pkts"},
	{23, "out_drops"},
	{24, "out_auths"},
	{25, "out_auth_fails"},
	{26, "out_encrypts"},
	{27, "out_encrypt_fails"},
	{28, "protocol_use_fails"},
	{29, "no_sa_fails"},
	{30, "sys_cap_fails"},
	{0, NULL},
};

static const struct saw_number_name ike_counters[] = {
	{1, "active_tunnels"},
	{2, "previous_tunnels"},
	{3, "in_octets"},
	{4, "in_pkts"},
	{5, "in_drop_pkts"},
	{6, "in_notifys"},
	{7, "in_p2_exchgs"},
	{8, "in_p2_exchg_invalids"},
	{9, "in_p2_exchg_rejects"},
	{10, "in_p2_sa_del_requests"},
	{11, "out_octets"},
	{12, "out_pkts"},
	{13, "out_drop_pkts"},
	{14, "out_notifys"},
	{15, "out_p2_exchgs"},
	{16, "out_p2_exchg_invalids"},
	{17, "out_p2_exchg_rejects"},
	{18, "out_p2_sa_del_requests"},
	{19, "init_tunnels"},
	{20, "init_tunnel_fails"},
	{21, "resp_tunnel_fails"},
	{22, "sys_cap_fails"},
	{23, "auth_fails"},
	{24, "decrypt_fails"},
	{25, "hash_valid_fails"},
	{26, "no_sa_fails"},
	{0, NULL},
};

#define COLUMNS(a) .columns = (a), .n_columns = COUNT(a)

const struct saw_snmp_table saw_snmp_tables[SAW_TABLES] = {
	[SAW_TABLE_IPSEC_TUNNELS] = {"cipSecTunnelTable", COLUMNS(tunnel_columns), COUNT(tunnel_columns), 1},
	[SAW_TABLE_IPSEC_SPIS] = {"cipSecSpiTable", COLUMNS(spi_columns), COUNT(spi_columns), 2},
	[SAW_TABLE_IPSEC_ENDPOINTS] = {"cipSecEndPtTable", COLUMNS(endpoint_columns), COUNT(endpoint_columns), 2},
	[SAW_TABLE_IKE_TUNNELS] = {"cikeTunnelTable", COLUMNS(ike_columns), COUNT(ike_columns), 1},
	[SAW_TABLE_IPSEC_GLOBALS] = {"cipSecGlobalStats", COLUMNS(ipsec_global_columns), 1, 2, "ipsec", ipsec_counters},
	[SAW_TABLE_IKE_GLOBALS] = {"cikeGlobalStats", COLUMNS(ike_global_columns), 1, 2, "ike", ike_counters},
	[SAW_TABLE_INTERFACES] = {"ifTable", COLUMNS(interface_columns), SAW_IF_OTHERS, 1},
};

const char *saw_number_name(const struct saw_number_name *names, uint64_t number) {
	for (; names->name; names++)
		if (names->number == number)
			return names->name;
	return NULL;
}

/* The MIB's list ends at 3; 6 is what agents send for AES with 256 bits, whatever its mode. */
const struct saw_cipher *saw_cipher_of(uint64_t number) {
	static const struct saw_cipher ciphers[] = {{1, "null", 0}, {2, "des", 0}, {3, "3des", 0}, {6, "aes", 256}};

	for (size_t i = 0; i < COUNT(ciphers); i++)
		if (ciphers[i].number == number)
			return &ciphers[i];
	return NULL;
}

/* none(1) has no name: a hash that is not there is absent. */
const struct saw_number_name saw_hash_names[] = {{2, "md5"}, {3, "sha1"}, {7, "sha256"}, {9, "sha512"}, {0, NULL}};

bool saw_dh_group_of(uint64_t number, uint32_t *group) {
	static const struct {
		uint32_t number, group;
	} groups[] = {{2, 1}, {3, 2}, {4, 5}, {5, 14}, {9, 19}, {10, 20}, {11, 21}};

	for (size_t i = 0; i < COUNT(groups); i++)
		if (groups[i].number == number) {
			*group = groups[i].group;
			return true;
		}
	return false;
}

/* CISCO-PRODUCTS-MIB. Contexts of an ASA have numbers of their own. */
const char *saw_model_of(const uint32_t *oid, size_t n) {
	static const struct saw_oid products = OID(1, 3, 6, 1, 4, 1, 9, 1);
	static const struct saw_number_name models[] = {
		{923, "ASR1002"},
		{924, "ASR1004"},
		{925, "ASR1006"},
		{1165, "ASR1001"},
		{1166, "ASR1013"},
		{1525, "ASR1002-X"},
		{1861, "ASR1001-X"},
		{2143, "ASR1006-X"},
		{2144, "ASR1009-X"},
		{2252, "ASR1002-HX"},
		{2348, "ASR1001-HX"},
		{1537, "CSR1000V"},
		{3004, "C8000V"},
		{2818, "C8500-12X4QC"},
		{2819, "C8500-12X"},
		{1902, "ASAv"},
		{1194, "ASA5585-SSP-10"},
		{1195, "ASA5585-SSP-20"},
		{1196, "ASA5585-SSP-40"},
		{1197, "ASA5585-SSP-60"},
		{1407, "ASA5512"},
		{1421, "ASA5515"},
		{1408, "ASA5525"},
		{1409, "ASA5545"},
		{1410, "ASA5555"},
		{2114, "ASA5506"},
		{2120, "ASA5508"},
		{2242, "ASA5516"},
		{0, NULL},
	};

	if (n != products.n + 1 || !saw_oid_under(oid, n, &products))
		return NULL;
	return saw_number_name(models, oid[n - 1]);
}
