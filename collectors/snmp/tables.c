#include "collectors/snmp/tables.h"

#include "collectors/snmp/snmp.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OID(...) \
	{ .sub = {__VA_ARGS__}, .n = sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t) }
#define MIB_2(...) OID(1, 3, 6, 1, 2, 1, __VA_ARGS__)
#define CISCO(...) OID(1, 3, 6, 1, 4, 1, 9, 9, __VA_ARGS__)
#define FLOW_MIB(...) CISCO(171, __VA_ARGS__)

static const struct saw_oid ike_globals = FLOW_MIB(1, 2, 1);
static const struct saw_oid ike_tunnel = FLOW_MIB(1, 2, 3, 1);
static const struct saw_oid ipsec_globals = FLOW_MIB(1, 3, 1);
static const struct saw_oid ipsec_tunnel = FLOW_MIB(1, 3, 2, 1);
static const struct saw_oid ipsec_endpoint = FLOW_MIB(1, 3, 3, 1);
static const struct saw_oid ipsec_spi = FLOW_MIB(1, 3, 4, 1);
static const struct saw_oid ike_history = FLOW_MIB(1, 4, 2, 1, 1);
static const struct saw_oid ipsec_history = FLOW_MIB(1, 4, 3, 1, 1);
static const struct saw_oid ike_failure = FLOW_MIB(1, 5, 2, 1, 1);
static const struct saw_oid ipsec_failure = FLOW_MIB(1, 5, 3, 1, 1);
static const struct saw_oid cpu_entry = CISCO(109, 1, 1, 1, 1);
static const struct saw_oid qfp_entry = CISCO(715, 1, 1, 6, 1);
static const struct saw_oid l2l_scalars = CISCO(392, 1, 3);
static const struct saw_oid cisco_bgp_entry = CISCO(187, 1, 2, 5, 1);
static const struct saw_oid bgp_entry = MIB_2(15, 3, 1);
static const struct saw_oid bgp_family_entry = CISCO(187, 1, 2, 8, 1);
static const struct saw_oid failover_entry = CISCO(147, 1, 2, 1, 1, 1);
static const struct saw_oid memory_entry = CISCO(221, 1, 1, 1, 1);
static const struct saw_oid context_entry = CISCO(468, 1, 1, 1);
static const struct saw_oid address_entry = MIB_2(4, 20, 1);
static const struct saw_oid inet_address_entry = MIB_2(4, 34, 1);
static const struct saw_oid if_entry = MIB_2(2, 2, 1);
static const struct saw_oid ifx_entry = MIB_2(31, 1, 1, 1);

const struct saw_oid saw_sys_scalars[SAW_SYS_SCALARS] = {
	[SAW_SYS_DESCR] = MIB_2(1, 1, 0),
	[SAW_SYS_OBJECT_ID] = MIB_2(1, 2, 0),
	[SAW_SYS_UPTIME] = MIB_2(1, 3, 0),
	[SAW_SYS_NAME] = MIB_2(1, 5, 0),
	[SAW_SYS_CHASSIS_CLASS] = MIB_2(47, 1, 1, 1, 1, 5, 1),
	[SAW_SYS_CHASSIS_SERIAL] = MIB_2(47, 1, 1, 1, 1, 11, 1),
	[SAW_SYS_CHASSIS_MODEL] = MIB_2(47, 1, 1, 1, 1, 13, 1),
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
/* In groups of five, which are one request each: what is compared with the other end is then of one moment. */
static const struct saw_snmp_column tunnel_columns[] = {
	[SAW_TUN_LOCAL] = TEXT(ipsec_tunnel, 4, "cipSecTunLocalAddr", ADDRESS, NULL, IpsecSa, local_endpoint),
	[SAW_TUN_REMOTE] = TEXT(ipsec_tunnel, 5, "cipSecTunRemoteAddr", ADDRESS, NULL, IpsecSa, remote_endpoint),
	[SAW_TUN_STATUS] = OWN(ipsec_tunnel, 51, "cipSecTunStatus", NUMBER),
	[SAW_TUN_IN_OCTETS] = TO(ipsec_tunnel, 26, "cipSecTunInOctets", NUMBER, IpsecSa, in_bytes),
	[SAW_TUN_OUT_OCTETS] = TO(ipsec_tunnel, 39, "cipSecTunOutOctets", NUMBER, IpsecSa, out_bytes),
	[SAW_TUN_HC_IN_OCTETS] = TO(ipsec_tunnel, 27, "cipSecTunHcInOctets", NUMBER, IpsecSa, in_bytes),
	[SAW_TUN_HC_OUT_OCTETS] = TO(ipsec_tunnel, 40, "cipSecTunHcOutOctets", NUMBER, IpsecSa, out_bytes),
	[SAW_TUN_IN_PACKETS] = TO(ipsec_tunnel, 32, "cipSecTunInPkts", NUMBER, IpsecSa, decaps_packets),
	[SAW_TUN_OUT_PACKETS] = TO(ipsec_tunnel, 45, "cipSecTunOutPkts", NUMBER, IpsecSa, encaps_packets),
	[SAW_TUN_REPLAYS] = TO(ipsec_tunnel, 34, "cipSecTunInReplayDropPkts", NUMBER, IpsecSa, replay_failed_recv),
	[SAW_TUN_REFRESHES] = TO(ipsec_tunnel, 13, "cipSecTunTotalRefreshes", NUMBER, IpsecSa, refreshes),
	[SAW_TUN_ACTIVE_TIME] = TO(ipsec_tunnel, 10, "cipSecTunActiveTime", CENTISECONDS, IpsecSa, active_seconds),
	[SAW_TUN_IKE_INDEX] = OWN(ipsec_tunnel, 2, "cipSecTunIkeTunnelIndex", NUMBER),
	[SAW_TUN_IKE_ALIVE] = TO(ipsec_tunnel, 3, "cipSecTunIkeTunnelAlive", TRUTH, IpsecSa, ike_alive),
	[SAW_TUN_SA_INSTANCES] = TO(ipsec_tunnel, 15, "cipSecTunCurrentSaInstances", NUMBER, IpsecSa, sa_instances),
	[SAW_TUN_DH_GROUP] = OWN(ipsec_tunnel, 21, "cipSecTunOutSaDiffHellmanGrp", NUMBER),
	[SAW_TUN_IN_CIPHER] = OWN(ipsec_tunnel, 17, "cipSecTunInSaEncryptAlgo", NUMBER),
	[SAW_TUN_IN_AH_AUTH] = OWN(ipsec_tunnel, 18, "cipSecTunInSaAhAuthAlgo", NUMBER),
	[SAW_TUN_IN_ESP_AUTH] = OWN(ipsec_tunnel, 19, "cipSecTunInSaEspAuthAlgo", NUMBER),
	[SAW_TUN_OUT_CIPHER] = OWN(ipsec_tunnel, 22, "cipSecTunOutSaEncryptAlgo", NUMBER),
	[SAW_TUN_OUT_AH_AUTH] = OWN(ipsec_tunnel, 23, "cipSecTunOutSaAhAuthAlgo", NUMBER),
	[SAW_TUN_OUT_ESP_AUTH] = OWN(ipsec_tunnel, 24, "cipSecTunOutSaEspAuthAlgo", NUMBER),
	[SAW_TUN_MODE] = TEXT(ipsec_tunnel, 7, "cipSecTunEncapMode", NAME, modes, IpsecSa, mode),
	[SAW_TUN_LIFE_SIZE] = TO(ipsec_tunnel, 8, "cipSecTunLifeSize", NUMBER, IpsecSa, lifetime_kilobytes),
	[SAW_TUN_LIFE_TIME] = TO(ipsec_tunnel, 9, "cipSecTunLifeTime", NUMBER, IpsecSa, lifetime_seconds),
	[SAW_TUN_OTHERS] = TO(ipsec_tunnel, 33, "cipSecTunInDropPkts", NUMBER, IpsecSa, in_drop_packets),
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

/* The older table has the IPv4 addresses only, the newer one is not everywhere: rows of both are joined by the address. */
static const struct saw_snmp_column address_columns[] = {
	[SAW_ADDRESS_IF_INDEX] = OWN(address_entry, 2, "ipAdEntIfIndex", NUMBER),
	[SAW_INET_ADDRESS_IF_INDEX] = OWN(inet_address_entry, 3, "ipAddressIfIndex", NUMBER),
};

static const struct saw_snmp_column interface_columns[] = {
	[SAW_IF_TYPE] = OWN(if_entry, 3, "ifType", NUMBER),
	[SAW_IF_DESCR] = OWN(if_entry, 2, "ifDescr", TEXT),
	[SAW_IF_NAME] = OWN(ifx_entry, 1, "ifName", TEXT),
	TEXT(ifx_entry, 18, "ifAlias", TEXT, NULL, Interface, description),
	TO(if_entry, 7, "ifAdminStatus", UP, Interface, admin_up),
	[SAW_IF_LINE] = TO(if_entry, 8, "ifOperStatus", UP, Interface, line_up),
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

static const struct saw_snmp_column cpu_columns[] = {
	TO(cpu_entry, 8, "cpmCPUTotal5minRev", NUMBER, DeviceSample, cpu_percent),
};

static const struct saw_snmp_column qfp_columns[] = {
	TO(qfp_entry, 14, "ceqfpUtilProcessingLoad", NUMBER, DeviceSample, crypto_load_percent),
};

static const struct saw_snmp_column l2l_columns[] = {
	[SAW_CRAS_CLIENTS] = TO(l2l_scalars, 26, "crasIPSecNumSessions", NUMBER, DeviceSample, remote_access_sessions),
	TO(l2l_scalars, 29, "crasL2LNumSessions", NUMBER, DeviceSample, l2l_sessions_active),
	TO(l2l_scalars, 30, "crasL2LCumulateSessions", NUMBER, DeviceSample, l2l_sessions_begun),
	TO(l2l_scalars, 31, "crasL2LPeakConcurrentSessions", NUMBER, DeviceSample, l2l_sessions_peak),
};

/* As `show bgp` writes them. */
static const struct saw_number_name bgp_states[] = {{1, "idle"},        {2, "connect"},
													{3, "active"},      {4, "opensent"},
													{5, "openconfirm"}, {SAW_BGP_ESTABLISHED, "established"},
													{0, NULL}};

static const struct saw_snmp_column cisco_bgp_columns[] = {
	[SAW_BGP_STATE] = TEXT(cisco_bgp_entry, 3, "cbgpPeer2State", NAME, bgp_states, BgpPeer, state),
	[SAW_BGP_REMOTE_AS] = TO(cisco_bgp_entry, 11, "cbgpPeer2RemoteAs", NUMBER, BgpPeer, remote_as),
	[SAW_BGP_TIME] = OWN(cisco_bgp_entry, 19, "cbgpPeer2FsmEstablishedTime", NUMBER),
};

static const struct saw_snmp_column bgp_prefix_columns[] = {
	OWN(bgp_family_entry, 1, "cbgpPeer2AcceptedPrefixes", NUMBER),
};

static const struct saw_snmp_column memory_columns[] = {
	TEXT(memory_entry, 3, "cempMemPoolName", TEXT, NULL, MemoryPool, name),
	TO(memory_entry, 7, "cempMemPoolUsed", NUMBER, MemoryPool, used_bytes),
	TO(memory_entry, 8, "cempMemPoolFree", NUMBER, MemoryPool, free_bytes),
	TO(memory_entry, 18, "cempMemPoolHCUsed", NUMBER, MemoryPool, used_bytes),
	TO(memory_entry, 20, "cempMemPoolHCFree", NUMBER, MemoryPool, free_bytes),
};

static const struct saw_number_name unit_states[] = {
	{1, "other"},
	{2, "up"},
	{3, "down"},
	{4, "error"},
	{5, "over temperature"},
	{6, "busy"},
	{7, "no media"},
	{8, "backup"},
	{SAW_UNIT_ACTIVE, "active"},
	{SAW_UNIT_STANDBY, "standby ready"},
	{0, NULL},
};

static const struct saw_snmp_column failover_columns[] = {
	TEXT(failover_entry, 3, "cfwHardwareStatusValue", NAME, unit_states, FailoverUnit, state),
};

static const struct saw_snmp_column context_columns[] = {
	[SAW_CONTEXT_VRF] = OWN(context_entry, 2, "cContextMappingVrfName", TEXT),
};

static const struct saw_snmp_column bgp_columns[] = {
	[SAW_BGP_STATE] = TEXT(bgp_entry, 2, "bgpPeerState", NAME, bgp_states, BgpPeer, state),
	[SAW_BGP_REMOTE_AS] = TO(bgp_entry, 9, "bgpPeerRemoteAs", NUMBER, BgpPeer, remote_as),
	[SAW_BGP_TIME] = OWN(bgp_entry, 16, "bgpPeerFsmEstablishedTime", NUMBER),
};

static const struct saw_number_name ike_failures[] = {
	{1, "other"},
	{2, "peer_deleted"},
	{3, "peer_lost"},
	{4, "local"},
	{5, "authentication"},
	{6, "hash"},
	{7, "encrypt"},
	{8, "internal"},
	{9, "capacity"},
	{10, "no_proposal"},
	{11, "peer_certificate_missing"},
	{12, "peer_certificate_invalid"},
	{13, "local_certificate_expired"},
	{14, "crl"},
	{15, "peer_encoding"},
	{16, "no_sa"},
	{17, "operator"},
	{0, NULL},
};

static const struct saw_number_name ipsec_failures[] = {
	{1, "other"},        {2, "internal"},  {3, "peer_encoding"}, {4, "no_proposal"},    {5, "protocol_use"},
	{6, "no_sa"},        {7, "decrypt"},   {8, "encrypt"},       {9, "authentication"}, {10, "authentication_out"},
	{11, "compression"}, {12, "capacity"}, {13, "peer_deleted"}, {14, "peer_lost"},     {15, "sequence"},
	{16, "operator"},    {0, NULL},
};

static const struct saw_number_name ike_ends[] = {
	{1, "other"},     {2, "normal"}, {3, "operator"},   {4, "peer_deleted"},
	{5, "peer_lost"}, {6, "local"},  {7, "checkpoint"}, {0, NULL},
};

static const struct saw_number_name ipsec_ends[] = {
	{1, "other"},     {2, "normal"},   {3, "operator"},   {4, "peer_deleted"},
	{5, "peer_lost"}, {6, "sequence"}, {7, "checkpoint"}, {0, NULL},
};

static const struct saw_snmp_column ike_failure_columns[] = {
	TEXT(ike_failure, 2, "cikeFailReason", NAME, ike_failures, IkeFailure, reason),
	TO(ike_failure, 3, "cikeFailTime", CENTISECONDS, IkeFailure, uptime_seconds),
	TEXT(ike_failure, 5, "cikeFailLocalValue", TEXT, NULL, IkeFailure, local_id),
	TEXT(ike_failure, 7, "cikeFailRemoteValue", TEXT, NULL, IkeFailure, remote_id),
	TEXT(ike_failure, 8, "cikeFailLocalAddr", ADDRESS, NULL, IkeFailure, local),
	TEXT(ike_failure, 9, "cikeFailRemoteAddr", ADDRESS, NULL, IkeFailure, remote),
};

static const struct saw_snmp_column ipsec_failure_columns[] = {
	TEXT(ipsec_failure, 2, "cipSecFailReason", NAME, ipsec_failures, IpsecFailure, reason),
	TO(ipsec_failure, 3, "cipSecFailTime", CENTISECONDS, IpsecFailure, uptime_seconds),
	TO(ipsec_failure, 4, "cipSecFailTunnelIndex", NUMBER, IpsecFailure, device_index),
	TO(ipsec_failure, 5, "cipSecFailSaSpi", SPI, IpsecFailure, spi),
	TEXT(ipsec_failure, 6, "cipSecFailPktSrcAddr", ADDRESS, NULL, IpsecFailure, source),
	TEXT(ipsec_failure, 7, "cipSecFailPktDstAddr", ADDRESS, NULL, IpsecFailure, destination),
};

static const struct saw_snmp_column ike_history_columns[] = {
	TEXT(ike_history, 2, "cikeTunHistTermReason", NAME, ike_ends, EndedTunnel, reason),
	TO(ike_history, 3, "cikeTunHistActiveIndex", NUMBER, EndedTunnel, device_index),
	TEXT(ike_history, 9, "cikeTunHistLocalAddr", ADDRESS, NULL, EndedTunnel, local),
	TEXT(ike_history, 11, "cikeTunHistRemoteAddr", ADDRESS, NULL, EndedTunnel, remote),
	TO(ike_history, 19, "cikeTunHistStartTime", CENTISECONDS, EndedTunnel, began_uptime_seconds),
	TO(ike_history, 20, "cikeTunHistActiveTime", CENTISECONDS, EndedTunnel, active_seconds),
	TO(ike_history, 21, "cikeTunHistTotalRefreshes", NUMBER, EndedTunnel, refreshes),
	TO(ike_history, 23, "cikeTunHistInOctets", NUMBER, EndedTunnel, in_bytes),
	TO(ike_history, 31, "cikeTunHistOutOctets", NUMBER, EndedTunnel, out_bytes),
	TO(ike_history, 24, "cikeTunHistInPkts", NUMBER, EndedTunnel, in_packets),
	TO(ike_history, 32, "cikeTunHistOutPkts", NUMBER, EndedTunnel, out_packets),
	TO(ike_history, 25, "cikeTunHistInDropPkts", NUMBER, EndedTunnel, in_drop_packets),
	TO(ike_history, 33, "cikeTunHistOutDropPkts", NUMBER, EndedTunnel, out_drop_packets),
};

static const struct saw_snmp_column ipsec_history_columns[] = {
	TEXT(ipsec_history, 2, "cipSecTunHistTermReason", NAME, ipsec_ends, EndedTunnel, reason),
	TO(ipsec_history, 3, "cipSecTunHistActiveIndex", NUMBER, EndedTunnel, device_index),
	TO(ipsec_history, 4, "cipSecTunHistIkeTunnelIndex", NUMBER, EndedTunnel, ike_tunnel_id),
	TEXT(ipsec_history, 5, "cipSecTunHistLocalAddr", ADDRESS, NULL, EndedTunnel, local),
	TEXT(ipsec_history, 6, "cipSecTunHistRemoteAddr", ADDRESS, NULL, EndedTunnel, remote),
	TO(ipsec_history, 11, "cipSecTunHistStartTime", CENTISECONDS, EndedTunnel, began_uptime_seconds),
	TO(ipsec_history, 12, "cipSecTunHistActiveTime", CENTISECONDS, EndedTunnel, active_seconds),
	TO(ipsec_history, 13, "cipSecTunHistTotalRefreshes", NUMBER, EndedTunnel, refreshes),
	TO(ipsec_history, 25, "cipSecTunHistInOctets", NUMBER, EndedTunnel, in_bytes),
	TO(ipsec_history, 38, "cipSecTunHistOutOctets", NUMBER, EndedTunnel, out_bytes),
	TO(ipsec_history, 26, "cipSecTunHistHcInOctets", NUMBER, EndedTunnel, in_bytes),
	TO(ipsec_history, 39, "cipSecTunHistHcOutOctets", NUMBER, EndedTunnel, out_bytes),
	TO(ipsec_history, 31, "cipSecTunHistInPkts", NUMBER, EndedTunnel, in_packets),
	TO(ipsec_history, 44, "cipSecTunHistOutPkts", NUMBER, EndedTunnel, out_packets),
	TO(ipsec_history, 32, "cipSecTunHistInDropPkts", NUMBER, EndedTunnel, in_drop_packets),
	TO(ipsec_history, 33, "cipSecTunHistInReplayDropPkts", NUMBER, EndedTunnel, replay_failed_recv),
	TO(ipsec_history, 35, "cipSecTunHistInAuthFails", NUMBER, EndedTunnel, auth_failed_recv),
	TO(ipsec_history, 37, "cipSecTunHistInDecryptFails", NUMBER, EndedTunnel, decrypt_failed_recv),
	TO(ipsec_history, 45, "cipSecTunHistOutDropPkts", NUMBER, EndedTunnel, out_drop_packets),
	TO(ipsec_history, 49, "cipSecTunHistOutEncryptFails", NUMBER, EndedTunnel, encrypt_failed_send),
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
	[SAW_TABLE_IPSEC_TUNNELS] = {"cipSecTunnelTable", COLUMNS(tunnel_columns), COUNT(tunnel_columns), 1,
								 .n_fast = SAW_TUN_FAST},
	[SAW_TABLE_IPSEC_SPIS] = {"cipSecSpiTable", COLUMNS(spi_columns), COUNT(spi_columns), 2},
	[SAW_TABLE_IPSEC_ENDPOINTS] = {"cipSecEndPtTable", COLUMNS(endpoint_columns), COUNT(endpoint_columns), 2},
	[SAW_TABLE_IKE_TUNNELS] = {"cikeTunnelTable", COLUMNS(ike_columns), COUNT(ike_columns), 1},
	[SAW_TABLE_IPSEC_GLOBALS] = {"cipSecGlobalStats", COLUMNS(ipsec_global_columns), 1, 2, "ipsec", ipsec_counters},
	[SAW_TABLE_IKE_GLOBALS] = {"cikeGlobalStats", COLUMNS(ike_global_columns), 1, 2, "ike", ike_counters},
	[SAW_TABLE_ADDRESSES] = {"ipAddrTable", COLUMNS(address_columns), COUNT(address_columns), 0},
	[SAW_TABLE_INTERFACES] = {"ifTable", COLUMNS(interface_columns), SAW_IF_OTHERS, 1},
	[SAW_TABLE_CPU] = {"cpmCPUTotalTable", COLUMNS(cpu_columns), COUNT(cpu_columns), 1},
	[SAW_TABLE_QFP] = {"ceqfpUtilizationTable", COLUMNS(qfp_columns), COUNT(qfp_columns), 2, .on = SAW_ON_ROUTERS},
	[SAW_TABLE_L2L_SESSIONS] = {"crasL2LSessions", COLUMNS(l2l_columns), COUNT(l2l_columns), 1, .on = SAW_ON_FIREWALLS},
	[SAW_TABLE_MEMORY] = {"cempMemPoolTable", COLUMNS(memory_columns), COUNT(memory_columns), 2, .when = SAW_MEMORY},
	[SAW_TABLE_FAILOVER] = {"cfwHardwareStatusTable", COLUMNS(failover_columns), COUNT(failover_columns), 1,
							.on = SAW_ON_FIREWALLS},
	[SAW_TABLE_CISCO_BGP] = {"cbgpPeer2Table", COLUMNS(cisco_bgp_columns), COUNT(cisco_bgp_columns), 0,
							 .on = SAW_ON_ROUTERS},
	[SAW_TABLE_BGP_PREFIXES] = {"cbgpPeer2AddrFamilyPrefixTable", COLUMNS(bgp_prefix_columns),
								COUNT(bgp_prefix_columns), 0, .on = SAW_ON_ROUTERS},
	[SAW_TABLE_BGP] = {"bgpPeerTable", COLUMNS(bgp_columns), COUNT(bgp_columns), 4, .on = SAW_ON_ROUTERS},
	[SAW_TABLE_IKE_FAILURES] = {"cikeFailTable", COLUMNS(ike_failure_columns), COUNT(ike_failure_columns), 1,
								.when = SAW_RARELY},
	[SAW_TABLE_IPSEC_FAILURES] = {"cipSecFailTable", COLUMNS(ipsec_failure_columns), COUNT(ipsec_failure_columns), 1,
								  .when = SAW_RARELY},
	[SAW_TABLE_IKE_HISTORY] = {"cikeTunnelHistTable", COLUMNS(ike_history_columns), COUNT(ike_history_columns), 1,
							   .when = SAW_RARELY},
	[SAW_TABLE_IPSEC_HISTORY] = {"cipSecTunnelHistTable", COLUMNS(ipsec_history_columns), COUNT(ipsec_history_columns),
								 1, .when = SAW_RARELY},
	[SAW_TABLE_CONTEXTS] = {"cContextMappingTable", COLUMNS(context_columns), COUNT(context_columns), 0,
							.on = SAW_ON_ROUTERS, .when = SAW_CONTEXTS},
};

bool saw_snmp_table_wanted(const struct saw_snmp_table *t, const struct saw_snmp_target *target) {
	bool firewall = target->platform == SAWATCH__V1__PLATFORM__PLATFORM_ASA;

	if ((t->when == SAW_RARELY && !target->rarely) || (t->when == SAW_MEMORY && !target->memory_pools) ||
		t->when == SAW_CONTEXTS)
		return false;
	return t->on == SAW_ON_ALL || firewall == (t->on == SAW_ON_FIREWALLS);
}

bool saw_snmp_reads(const uint32_t *oid, size_t n) {
	for (size_t i = 0; i < SAW_SYS_SCALARS; i++)
		if (saw_oid_cmp(oid, n, saw_sys_scalars[i].sub, saw_sys_scalars[i].n) == 0)
			return true;
	for (size_t t = 0; t < SAW_TABLES; t++)
		for (size_t i = 0; i < saw_snmp_tables[t].n_columns; i++) {
			const struct saw_snmp_column *c = &saw_snmp_tables[t].columns[i];

			if (n > c->top->n && saw_oid_under(oid, n, c->top) && (!c->number || oid[c->top->n] == c->number))
				return true;
		}
	return false;
}

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
