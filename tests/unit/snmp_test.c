/* The SNMP collector's pure parts: the tables, the walk's checks, values into records, the clear part of SNMPv3. */
#include "collectors/snmp/record.h"
#include "collectors/snmp/rows.h"
#include "collectors/snmp/usm.h"
#include "collectors/snmp/walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define ERROR_CLASS(name) SAWATCH__V1__POLL_ERROR__POLL_ERROR_##name

/* --------------------------------------------------------------------------------------------------------- tables */

/* The objects as the MIBs define them, written down apart from the tables. */
static const struct {
	enum saw_snmp_table_id table;
	const char *name, *oid;
} objects[] = {
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunIkeTunnelIndex", "1.3.6.1.4.1.9.9.171.1.3.2.1.2"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunIkeTunnelAlive", "1.3.6.1.4.1.9.9.171.1.3.2.1.3"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunLocalAddr", "1.3.6.1.4.1.9.9.171.1.3.2.1.4"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunRemoteAddr", "1.3.6.1.4.1.9.9.171.1.3.2.1.5"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunEncapMode", "1.3.6.1.4.1.9.9.171.1.3.2.1.7"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunLifeSize", "1.3.6.1.4.1.9.9.171.1.3.2.1.8"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunLifeTime", "1.3.6.1.4.1.9.9.171.1.3.2.1.9"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunActiveTime", "1.3.6.1.4.1.9.9.171.1.3.2.1.10"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunTotalRefreshes", "1.3.6.1.4.1.9.9.171.1.3.2.1.13"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunCurrentSaInstances", "1.3.6.1.4.1.9.9.171.1.3.2.1.15"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunInSaEncryptAlgo", "1.3.6.1.4.1.9.9.171.1.3.2.1.17"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunInSaAhAuthAlgo", "1.3.6.1.4.1.9.9.171.1.3.2.1.18"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunInSaEspAuthAlgo", "1.3.6.1.4.1.9.9.171.1.3.2.1.19"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunOutSaDiffHellmanGrp", "1.3.6.1.4.1.9.9.171.1.3.2.1.21"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunOutSaEncryptAlgo", "1.3.6.1.4.1.9.9.171.1.3.2.1.22"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunOutSaAhAuthAlgo", "1.3.6.1.4.1.9.9.171.1.3.2.1.23"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunOutSaEspAuthAlgo", "1.3.6.1.4.1.9.9.171.1.3.2.1.24"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunInOctets", "1.3.6.1.4.1.9.9.171.1.3.2.1.26"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunHcInOctets", "1.3.6.1.4.1.9.9.171.1.3.2.1.27"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunInPkts", "1.3.6.1.4.1.9.9.171.1.3.2.1.32"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunInDropPkts", "1.3.6.1.4.1.9.9.171.1.3.2.1.33"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunInReplayDropPkts", "1.3.6.1.4.1.9.9.171.1.3.2.1.34"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunInAuths", "1.3.6.1.4.1.9.9.171.1.3.2.1.35"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunInAuthFails", "1.3.6.1.4.1.9.9.171.1.3.2.1.36"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunInDecrypts", "1.3.6.1.4.1.9.9.171.1.3.2.1.37"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunInDecryptFails", "1.3.6.1.4.1.9.9.171.1.3.2.1.38"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunOutOctets", "1.3.6.1.4.1.9.9.171.1.3.2.1.39"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunHcOutOctets", "1.3.6.1.4.1.9.9.171.1.3.2.1.40"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunOutPkts", "1.3.6.1.4.1.9.9.171.1.3.2.1.45"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunOutDropPkts", "1.3.6.1.4.1.9.9.171.1.3.2.1.46"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunOutAuths", "1.3.6.1.4.1.9.9.171.1.3.2.1.47"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunOutEncrypts", "1.3.6.1.4.1.9.9.171.1.3.2.1.49"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunOutEncryptFails", "1.3.6.1.4.1.9.9.171.1.3.2.1.50"},
	{SAW_TABLE_IPSEC_TUNNELS, "cipSecTunStatus", "1.3.6.1.4.1.9.9.171.1.3.2.1.51"},
	{SAW_TABLE_IPSEC_ENDPOINTS, "cipSecEndPtLocalType", "1.3.6.1.4.1.9.9.171.1.3.3.1.3"},
	{SAW_TABLE_IPSEC_ENDPOINTS, "cipSecEndPtLocalAddr1", "1.3.6.1.4.1.9.9.171.1.3.3.1.4"},
	{SAW_TABLE_IPSEC_ENDPOINTS, "cipSecEndPtLocalAddr2", "1.3.6.1.4.1.9.9.171.1.3.3.1.5"},
	{SAW_TABLE_IPSEC_ENDPOINTS, "cipSecEndPtLocalProtocol", "1.3.6.1.4.1.9.9.171.1.3.3.1.6"},
	{SAW_TABLE_IPSEC_ENDPOINTS, "cipSecEndPtLocalPort", "1.3.6.1.4.1.9.9.171.1.3.3.1.7"},
	{SAW_TABLE_IPSEC_ENDPOINTS, "cipSecEndPtRemoteType", "1.3.6.1.4.1.9.9.171.1.3.3.1.9"},
	{SAW_TABLE_IPSEC_ENDPOINTS, "cipSecEndPtRemoteAddr1", "1.3.6.1.4.1.9.9.171.1.3.3.1.10"},
	{SAW_TABLE_IPSEC_ENDPOINTS, "cipSecEndPtRemoteAddr2", "1.3.6.1.4.1.9.9.171.1.3.3.1.11"},
	{SAW_TABLE_IPSEC_ENDPOINTS, "cipSecEndPtRemoteProtocol", "1.3.6.1.4.1.9.9.171.1.3.3.1.12"},
	{SAW_TABLE_IPSEC_ENDPOINTS, "cipSecEndPtRemotePort", "1.3.6.1.4.1.9.9.171.1.3.3.1.13"},
	{SAW_TABLE_IPSEC_SPIS, "cipSecSpiDirection", "1.3.6.1.4.1.9.9.171.1.3.4.1.2"},
	{SAW_TABLE_IPSEC_SPIS, "cipSecSpiValue", "1.3.6.1.4.1.9.9.171.1.3.4.1.3"},
	{SAW_TABLE_IPSEC_SPIS, "cipSecSpiProtocol", "1.3.6.1.4.1.9.9.171.1.3.4.1.4"},
	{SAW_TABLE_IPSEC_SPIS, "cipSecSpiStatus", "1.3.6.1.4.1.9.9.171.1.3.4.1.5"},
	{SAW_TABLE_IKE_TUNNELS, "cikeTunLocalValue", "1.3.6.1.4.1.9.9.171.1.2.3.1.3"},
	{SAW_TABLE_IKE_TUNNELS, "cikeTunLocalAddr", "1.3.6.1.4.1.9.9.171.1.2.3.1.4"},
	{SAW_TABLE_IKE_TUNNELS, "cikeTunRemoteValue", "1.3.6.1.4.1.9.9.171.1.2.3.1.7"},
	{SAW_TABLE_IKE_TUNNELS, "cikeTunRemoteAddr", "1.3.6.1.4.1.9.9.171.1.2.3.1.8"},
	{SAW_TABLE_IKE_TUNNELS, "cikeTunDiffHellmanGrp", "1.3.6.1.4.1.9.9.171.1.2.3.1.11"},
	{SAW_TABLE_IKE_TUNNELS, "cikeTunEncryptAlgo", "1.3.6.1.4.1.9.9.171.1.2.3.1.12"},
	{SAW_TABLE_IKE_TUNNELS, "cikeTunHashAlgo", "1.3.6.1.4.1.9.9.171.1.2.3.1.13"},
	{SAW_TABLE_IKE_TUNNELS, "cikeTunLifeTime", "1.3.6.1.4.1.9.9.171.1.2.3.1.15"},
	{SAW_TABLE_IKE_TUNNELS, "cikeTunActiveTime", "1.3.6.1.4.1.9.9.171.1.2.3.1.16"},
	{SAW_TABLE_IKE_TUNNELS, "cikeTunTotalRefreshes", "1.3.6.1.4.1.9.9.171.1.2.3.1.18"},
	{SAW_TABLE_IKE_TUNNELS, "cikeTunStatus", "1.3.6.1.4.1.9.9.171.1.2.3.1.35"},
	{SAW_TABLE_IPSEC_GLOBALS, "cipSecGlobalStats", "1.3.6.1.4.1.9.9.171.1.3.1"},
	{SAW_TABLE_IKE_GLOBALS, "cikeGlobalStats", "1.3.6.1.4.1.9.9.171.1.2.1"},
	{SAW_TABLE_ADDRESSES, "ipAdEntIfIndex", "1.3.6.1.2.1.4.20.1.2"},
	{SAW_TABLE_ADDRESSES, "ipAddressIfIndex", "1.3.6.1.2.1.4.34.1.3"},
	{SAW_TABLE_MEMORY, "cempMemPoolName", "1.3.6.1.4.1.9.9.221.1.1.1.1.3"},
	{SAW_TABLE_MEMORY, "cempMemPoolUsed", "1.3.6.1.4.1.9.9.221.1.1.1.1.7"},
	{SAW_TABLE_MEMORY, "cempMemPoolFree", "1.3.6.1.4.1.9.9.221.1.1.1.1.8"},
	{SAW_TABLE_MEMORY, "cempMemPoolHCUsed", "1.3.6.1.4.1.9.9.221.1.1.1.1.18"},
	{SAW_TABLE_MEMORY, "cempMemPoolHCFree", "1.3.6.1.4.1.9.9.221.1.1.1.1.20"},
	{SAW_TABLE_FAILOVER, "cfwHardwareStatusValue", "1.3.6.1.4.1.9.9.147.1.2.1.1.1.3"},
	{SAW_TABLE_CONTEXTS, "cContextMappingVrfName", "1.3.6.1.4.1.9.9.468.1.1.1.2"},
	{SAW_TABLE_BGP_PREFIXES, "cbgpPeer2AcceptedPrefixes", "1.3.6.1.4.1.9.9.187.1.2.8.1.1"},
	{SAW_TABLE_INTERFACES, "ifDescr", "1.3.6.1.2.1.2.2.1.2"},
	{SAW_TABLE_INTERFACES, "ifType", "1.3.6.1.2.1.2.2.1.3"},
	{SAW_TABLE_INTERFACES, "ifMtu", "1.3.6.1.2.1.2.2.1.4"},
	{SAW_TABLE_INTERFACES, "ifSpeed", "1.3.6.1.2.1.2.2.1.5"},
	{SAW_TABLE_INTERFACES, "ifAdminStatus", "1.3.6.1.2.1.2.2.1.7"},
	{SAW_TABLE_INTERFACES, "ifOperStatus", "1.3.6.1.2.1.2.2.1.8"},
	{SAW_TABLE_INTERFACES, "ifInOctets", "1.3.6.1.2.1.2.2.1.10"},
	{SAW_TABLE_INTERFACES, "ifInUcastPkts", "1.3.6.1.2.1.2.2.1.11"},
	{SAW_TABLE_INTERFACES, "ifInDiscards", "1.3.6.1.2.1.2.2.1.13"},
	{SAW_TABLE_INTERFACES, "ifInErrors", "1.3.6.1.2.1.2.2.1.14"},
	{SAW_TABLE_INTERFACES, "ifOutOctets", "1.3.6.1.2.1.2.2.1.16"},
	{SAW_TABLE_INTERFACES, "ifOutUcastPkts", "1.3.6.1.2.1.2.2.1.17"},
	{SAW_TABLE_INTERFACES, "ifOutDiscards", "1.3.6.1.2.1.2.2.1.19"},
	{SAW_TABLE_INTERFACES, "ifOutErrors", "1.3.6.1.2.1.2.2.1.20"},
	{SAW_TABLE_INTERFACES, "ifName", "1.3.6.1.2.1.31.1.1.1.1"},
	{SAW_TABLE_INTERFACES, "ifHCInOctets", "1.3.6.1.2.1.31.1.1.1.6"},
	{SAW_TABLE_INTERFACES, "ifHCInUcastPkts", "1.3.6.1.2.1.31.1.1.1.7"},
	{SAW_TABLE_INTERFACES, "ifHCOutOctets", "1.3.6.1.2.1.31.1.1.1.10"},
	{SAW_TABLE_INTERFACES, "ifHCOutUcastPkts", "1.3.6.1.2.1.31.1.1.1.11"},
	{SAW_TABLE_INTERFACES, "ifHighSpeed", "1.3.6.1.2.1.31.1.1.1.15"},
	{SAW_TABLE_INTERFACES, "ifAlias", "1.3.6.1.2.1.31.1.1.1.18"},
	{SAW_TABLE_CPU, "cpmCPUTotal5minRev", "1.3.6.1.4.1.9.9.109.1.1.1.1.8"},
	{SAW_TABLE_QFP, "ceqfpUtilProcessingLoad", "1.3.6.1.4.1.9.9.715.1.1.6.1.14"},
	{SAW_TABLE_L2L_SESSIONS, "crasIPSecNumSessions", "1.3.6.1.4.1.9.9.392.1.3.26"},
	{SAW_TABLE_L2L_SESSIONS, "crasL2LNumSessions", "1.3.6.1.4.1.9.9.392.1.3.29"},
	{SAW_TABLE_L2L_SESSIONS, "crasL2LCumulateSessions", "1.3.6.1.4.1.9.9.392.1.3.30"},
	{SAW_TABLE_L2L_SESSIONS, "crasL2LPeakConcurrentSessions", "1.3.6.1.4.1.9.9.392.1.3.31"},
	{SAW_TABLE_CISCO_BGP, "cbgpPeer2State", "1.3.6.1.4.1.9.9.187.1.2.5.1.3"},
	{SAW_TABLE_CISCO_BGP, "cbgpPeer2RemoteAs", "1.3.6.1.4.1.9.9.187.1.2.5.1.11"},
	{SAW_TABLE_CISCO_BGP, "cbgpPeer2FsmEstablishedTime", "1.3.6.1.4.1.9.9.187.1.2.5.1.19"},
	{SAW_TABLE_BGP, "bgpPeerState", "1.3.6.1.2.1.15.3.1.2"},
	{SAW_TABLE_BGP, "bgpPeerRemoteAs", "1.3.6.1.2.1.15.3.1.9"},
	{SAW_TABLE_BGP, "bgpPeerFsmEstablishedTime", "1.3.6.1.2.1.15.3.1.16"},
	{SAW_TABLE_IKE_FAILURES, "cikeFailReason", "1.3.6.1.4.1.9.9.171.1.5.2.1.1.2"},
	{SAW_TABLE_IKE_FAILURES, "cikeFailTime", "1.3.6.1.4.1.9.9.171.1.5.2.1.1.3"},
	{SAW_TABLE_IKE_FAILURES, "cikeFailLocalValue", "1.3.6.1.4.1.9.9.171.1.5.2.1.1.5"},
	{SAW_TABLE_IKE_FAILURES, "cikeFailRemoteValue", "1.3.6.1.4.1.9.9.171.1.5.2.1.1.7"},
	{SAW_TABLE_IKE_FAILURES, "cikeFailLocalAddr", "1.3.6.1.4.1.9.9.171.1.5.2.1.1.8"},
	{SAW_TABLE_IKE_FAILURES, "cikeFailRemoteAddr", "1.3.6.1.4.1.9.9.171.1.5.2.1.1.9"},
	{SAW_TABLE_IPSEC_FAILURES, "cipSecFailReason", "1.3.6.1.4.1.9.9.171.1.5.3.1.1.2"},
	{SAW_TABLE_IPSEC_FAILURES, "cipSecFailTime", "1.3.6.1.4.1.9.9.171.1.5.3.1.1.3"},
	{SAW_TABLE_IPSEC_FAILURES, "cipSecFailTunnelIndex", "1.3.6.1.4.1.9.9.171.1.5.3.1.1.4"},
	{SAW_TABLE_IPSEC_FAILURES, "cipSecFailSaSpi", "1.3.6.1.4.1.9.9.171.1.5.3.1.1.5"},
	{SAW_TABLE_IPSEC_FAILURES, "cipSecFailPktSrcAddr", "1.3.6.1.4.1.9.9.171.1.5.3.1.1.6"},
	{SAW_TABLE_IPSEC_FAILURES, "cipSecFailPktDstAddr", "1.3.6.1.4.1.9.9.171.1.5.3.1.1.7"},
	{SAW_TABLE_IKE_HISTORY, "cikeTunHistTermReason", "1.3.6.1.4.1.9.9.171.1.4.2.1.1.2"},
	{SAW_TABLE_IKE_HISTORY, "cikeTunHistActiveIndex", "1.3.6.1.4.1.9.9.171.1.4.2.1.1.3"},
	{SAW_TABLE_IKE_HISTORY, "cikeTunHistLocalAddr", "1.3.6.1.4.1.9.9.171.1.4.2.1.1.9"},
	{SAW_TABLE_IKE_HISTORY, "cikeTunHistRemoteAddr", "1.3.6.1.4.1.9.9.171.1.4.2.1.1.11"},
	{SAW_TABLE_IKE_HISTORY, "cikeTunHistStartTime", "1.3.6.1.4.1.9.9.171.1.4.2.1.1.19"},
	{SAW_TABLE_IKE_HISTORY, "cikeTunHistActiveTime", "1.3.6.1.4.1.9.9.171.1.4.2.1.1.20"},
	{SAW_TABLE_IKE_HISTORY, "cikeTunHistTotalRefreshes", "1.3.6.1.4.1.9.9.171.1.4.2.1.1.21"},
	{SAW_TABLE_IKE_HISTORY, "cikeTunHistInOctets", "1.3.6.1.4.1.9.9.171.1.4.2.1.1.23"},
	{SAW_TABLE_IKE_HISTORY, "cikeTunHistOutOctets", "1.3.6.1.4.1.9.9.171.1.4.2.1.1.31"},
	{SAW_TABLE_IKE_HISTORY, "cikeTunHistInPkts", "1.3.6.1.4.1.9.9.171.1.4.2.1.1.24"},
	{SAW_TABLE_IKE_HISTORY, "cikeTunHistOutPkts", "1.3.6.1.4.1.9.9.171.1.4.2.1.1.32"},
	{SAW_TABLE_IKE_HISTORY, "cikeTunHistInDropPkts", "1.3.6.1.4.1.9.9.171.1.4.2.1.1.25"},
	{SAW_TABLE_IKE_HISTORY, "cikeTunHistOutDropPkts", "1.3.6.1.4.1.9.9.171.1.4.2.1.1.33"},
	{SAW_TABLE_IPSEC_HISTORY, "cipSecTunHistTermReason", "1.3.6.1.4.1.9.9.171.1.4.3.1.1.2"},
	{SAW_TABLE_IPSEC_HISTORY, "cipSecTunHistActiveIndex", "1.3.6.1.4.1.9.9.171.1.4.3.1.1.3"},
	{SAW_TABLE_IPSEC_HISTORY, "cipSecTunHistIkeTunnelIndex", "1.3.6.1.4.1.9.9.171.1.4.3.1.1.4"},
	{SAW_TABLE_IPSEC_HISTORY, "cipSecTunHistLocalAddr", "1.3.6.1.4.1.9.9.171.1.4.3.1.1.5"},
	{SAW_TABLE_IPSEC_HISTORY, "cipSecTunHistRemoteAddr", "1.3.6.1.4.1.9.9.171.1.4.3.1.1.6"},
	{SAW_TABLE_IPSEC_HISTORY, "cipSecTunHistStartTime", "1.3.6.1.4.1.9.9.171.1.4.3.1.1.11"},
	{SAW_TABLE_IPSEC_HISTORY, "cipSecTunHistActiveTime", "1.3.6.1.4.1.9.9.171.1.4.3.1.1.12"},
	{SAW_TABLE_IPSEC_HISTORY, "cipSecTunHistTotalRefreshes", "1.3.6.1.4.1.9.9.171.1.4.3.1.1.13"},
	{SAW_TABLE_IPSEC_HISTORY, "cipSecTunHistInOctets", "1.3.6.1.4.1.9.9.171.1.4.3.1.1.25"},
	{SAW_TABLE_IPSEC_HISTORY, "cipSecTunHistOutOctets", "1.3.6.1.4.1.9.9.171.1.4.3.1.1.38"},
	{SAW_TABLE_IPSEC_HISTORY, "cipSecTunHistHcInOctets", "1.3.6.1.4.1.9.9.171.1.4.3.1.1.26"},
	{SAW_TABLE_IPSEC_HISTORY, "cipSecTunHistHcOutOctets", "1.3.6.1.4.1.9.9.171.1.4.3.1.1.39"},
	{SAW_TABLE_IPSEC_HISTORY, "cipSecTunHistInPkts", "1.3.6.1.4.1.9.9.171.1.4.3.1.1.31"},
	{SAW_TABLE_IPSEC_HISTORY, "cipSecTunHistOutPkts", "1.3.6.1.4.1.9.9.171.1.4.3.1.1.44"},
	{SAW_TABLE_IPSEC_HISTORY, "cipSecTunHistInDropPkts", "1.3.6.1.4.1.9.9.171.1.4.3.1.1.32"},
	{SAW_TABLE_IPSEC_HISTORY, "cipSecTunHistInReplayDropPkts", "1.3.6.1.4.1.9.9.171.1.4.3.1.1.33"},
	{SAW_TABLE_IPSEC_HISTORY, "cipSecTunHistInAuthFails", "1.3.6.1.4.1.9.9.171.1.4.3.1.1.35"},
	{SAW_TABLE_IPSEC_HISTORY, "cipSecTunHistInDecryptFails", "1.3.6.1.4.1.9.9.171.1.4.3.1.1.37"},
	{SAW_TABLE_IPSEC_HISTORY, "cipSecTunHistOutDropPkts", "1.3.6.1.4.1.9.9.171.1.4.3.1.1.45"},
	{SAW_TABLE_IPSEC_HISTORY, "cipSecTunHistOutEncryptFails", "1.3.6.1.4.1.9.9.171.1.4.3.1.1.49"},
};

static void every_column_has_the_mibs_identifier(void **state) {
	size_t columns = 0;

	(void)state;
	for (size_t t = 0; t < SAW_TABLES; t++) {
		assert_true(saw_snmp_tables[t].n_columns <= SAW_SNMP_COLUMNS_MAX);
		columns += saw_snmp_tables[t].n_columns;
	}
	assert_int_equal(columns, sizeof objects / sizeof objects[0]);
	for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++) {
		const struct saw_snmp_table *t = &saw_snmp_tables[objects[i].table];
		struct saw_buf oid = SAW_BUF_INIT(200);
		size_t c = 0;

		while (c < t->n_columns && strcmp(t->columns[c].name, objects[i].name) != 0)
			c++;
		assert_true(c < t->n_columns);
		saw_oid_put(&oid, t->columns[c].top->sub, t->columns[c].top->n);
		if (t->columns[c].number)
			saw_buf_printf(&oid, ".%u", t->columns[c].number);
		assert_string_equal(saw_buf_text(&oid), objects[i].oid);
		saw_buf_free(&oid);
	}
}

static void a_64_bit_column_stands_behind_its_32_bit_twin(void **state) {
	(void)state;
	for (size_t t = 0; t < SAW_TABLES; t++)
		for (size_t i = 0; i < saw_snmp_tables[t].n_columns; i++)
			if (strstr(saw_snmp_tables[t].columns[i].name, "HC") || strstr(saw_snmp_tables[t].columns[i].name, "Hc"))
				for (size_t k = i + 1; k < saw_snmp_tables[t].n_columns; k++)
					if (saw_snmp_tables[t].columns[k].field.name)
						assert_string_not_equal(saw_snmp_tables[t].columns[k].field.name,
												saw_snmp_tables[t].columns[i].field.name);
}

static void counters_that_are_compared_between_ends_are_asked_for_together(void **state) {
	const struct saw_snmp_table *t = &saw_snmp_tables[SAW_TABLE_IPSEC_TUNNELS];
	struct saw_walk_part part;
	size_t in = 0, out = 0;

	(void)state;
	while (strcmp(t->columns[in].name, "cipSecTunInPkts") != 0)
		in++;
	while (strcmp(t->columns[out].name, "cipSecTunOutPkts") != 0)
		out++;
	part = saw_walk_group(t, 0, 10);
	assert_int_equal(in / part.n, out / part.n);
}

/* ----------------------------------------------------------------------------------------------------------- walk */

struct seen {
	size_t cells;
};

static int count_cell(void *ctx, size_t column, const uint32_t *index, size_t n, const struct saw_varbind *v) {
	struct seen *s = ctx;

	(void)column;
	(void)index;
	(void)n;
	(void)v;
	s->cells++;
	return 0;
}

struct step {
	struct saw_walk walk;
	struct saw_pace pace;
	struct saw_request request;
	struct seen seen;
	uint32_t names[8][SAW_OID_MAX];
	struct saw_varbind varbinds[8];
	struct saw_answer answer;
};

/* The walk of the four SPI columns, at its first request. */
static void begin(struct step *s, uint64_t max_rows) {
	struct saw_walk_part part;

	memset(s, 0, sizeof *s);
	saw_pace_init(&s->pace, 16, 64, 0);
	part = saw_walk_group(&saw_snmp_tables[SAW_TABLE_IPSEC_SPIS], 0, max_rows);
	saw_walk_begin(&s->walk, &part);
	assert_true(saw_walk_next(&s->walk, &s->pace, &s->request));
}

/* Adds a varbind below what was asked for: column, and the index 1.row. */
static void add(struct step *s, size_t column, uint32_t row, enum saw_value_type type) {
	const struct saw_oid *column_oid = &s->request.oids[column];
	struct saw_varbind *v = &s->varbinds[s->answer.n];
	uint32_t *name = s->names[s->answer.n++];
	size_t n = saw_snmp_tables[SAW_TABLE_IPSEC_SPIS].columns[0].top->n + 1;

	memcpy(name, column_oid->sub, n * sizeof *name);
	name[n] = 1;
	name[n + 1] = row;
	*v = (struct saw_varbind){.name = name, .n_name = n + 2, .type = type, .i = 1};
	s->answer.varbinds = s->varbinds;
}

static bool go_on(struct step *s) {
	bool more;

	saw_walk_answer(&s->walk, &s->pace, &s->answer, count_cell, &s->seen);
	more = saw_walk_next(&s->walk, &s->pace, &s->request);
	memset(&s->answer, 0, sizeof s->answer);
	return more;
}

static void columns_advance_on_their_own(void **state) {
	struct step s;

	(void)state;
	begin(&s, 100);
	assert_int_equal(s.request.n, 4);
	assert_int_equal(s.request.kind, SAW_REQUEST_GETBULK);
	add(&s, 0, 5, SAW_VALUE_INTEGER);
	add(&s, 1, 6, SAW_VALUE_INTEGER);
	add(&s, 2, 1, SAW_VALUE_END);
	assert_true(go_on(&s)); /* a short answer: the fourth is asked for again from its start */
	assert_int_equal(s.seen.cells, 2);
	assert_int_equal(s.request.n, 3);
	assert_int_equal(s.request.oids[0].sub[s.request.oids[0].n - 1], 5);
	assert_int_equal(s.request.oids[1].sub[s.request.oids[1].n - 1], 6);
	assert_int_equal(s.request.oids[2].n, s.request.oids[0].n - 2);
}

static void an_identifier_that_does_not_increase_ends_the_walk(void **state) {
	static const uint32_t bad[] = {5, 4};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct step s;

		begin(&s, 100);
		for (size_t c = 0; c < 4; c++)
			add(&s, c, 5, SAW_VALUE_INTEGER);
		assert_true(go_on(&s));
		add(&s, 0, bad[i], SAW_VALUE_INTEGER);
		assert_false(go_on(&s));
		assert_int_equal(s.walk.error_class, ERROR_CLASS(PROTOCOL));
		assert_non_null(strstr(s.walk.error, "do not advance at 1.3.6.1.4.1.9.9.171.1.3.4.1.2.1."));
		assert_int_equal(s.seen.cells, 4);
	}
}

static void going_back_out_of_the_column_is_no_end(void **state) {
	struct step s;

	(void)state;
	begin(&s, 100);
	add(&s, 0, 5, SAW_VALUE_INTEGER);
	s.names[0][3] = 0; /* 1.3.6.0… */
	assert_false(go_on(&s));
	assert_int_equal(s.walk.error_class, ERROR_CLASS(PROTOCOL));
}

static void a_column_ends_where_another_begins(void **state) {
	struct step s;

	(void)state;
	begin(&s, 100);
	for (size_t c = 0; c < 4; c++) {
		add(&s, c, 5, SAW_VALUE_INTEGER);
		s.names[c][s.varbinds[c].n_name - 3] += 1;
	}
	assert_false(go_on(&s));
	assert_int_equal(s.walk.error_class, 0);
	assert_int_equal(s.seen.cells, 0);
}

static void no_such_object_ends_a_column(void **state) {
	struct step s;

	(void)state;
	begin(&s, 100);
	for (size_t c = 0; c < 4; c++) {
		add(&s, c, 5, SAW_VALUE_NONE);
		s.varbinds[c].n_name -= 2; /* the column itself, as it was asked for */
	}
	assert_false(go_on(&s));
	assert_int_equal(s.walk.error_class, 0);
}

static void a_hole_in_a_column_is_passed_over(void **state) {
	struct step s;

	(void)state;
	begin(&s, 100);
	for (size_t c = 0; c < 4; c++)
		add(&s, c, 5, c == 2 ? SAW_VALUE_NONE : SAW_VALUE_INTEGER);
	assert_true(go_on(&s));
	assert_int_equal(s.seen.cells, 3);
	for (size_t c = 0; c < 4; c++)
		add(&s, c, 6, SAW_VALUE_INTEGER);
	assert_true(go_on(&s));
	assert_int_equal(s.seen.cells, 7);
}

static void too_big_is_halved_down_to_one_value_and_then_given_up(void **state) {
	struct step s;
	unsigned requests = 0;

	(void)state;
	begin(&s, 100);
	do {
		s.answer.error_status = SAW_STATUS_TOO_BIG;
		requests++;
	} while (go_on(&s) && requests < 100);
	assert_int_equal(requests, 7); /* 16 8 4 2 1 repetitions, then fewer columns */
	assert_int_equal(s.walk.error_class, ERROR_CLASS(PROTOCOL));
	assert_int_equal(s.pace.values, 1);
	assert_int_equal(s.pace.columns, 1);
}

static void one_repetition_is_a_getnext(void **state) {
	struct step s;

	(void)state;
	begin(&s, 100);
	s.pace.repetitions = 1;
	assert_true(saw_walk_next(&s.walk, &s.pace, &s.request));
	assert_int_equal(s.request.kind, SAW_REQUEST_GETNEXT);
}

static void rows_without_end_are_cut_at_the_limit(void **state) {
	struct step s;
	uint32_t row = 1;

	(void)state;
	begin(&s, 1000);
	do {
		add(&s, 0, row++, SAW_VALUE_INTEGER);
	} while (go_on(&s) && row < 5000);
	assert_int_equal(s.seen.cells, 1000);
	assert_int_equal(s.walk.error_class, ERROR_CLASS(LIMIT));
}

static void a_refused_view_is_no_protocol_error(void **state) {
	struct step s;

	(void)state;
	begin(&s, 100);
	s.answer.error_status = SAW_STATUS_AUTHORIZATION;
	assert_false(go_on(&s));
	assert_int_equal(s.walk.error_class, ERROR_CLASS(ACCESS));
}

static void an_empty_answer_is_not_progress(void **state) {
	struct step s;
	unsigned requests = 0;

	(void)state;
	begin(&s, 100);
	while (go_on(&s) && requests < 100)
		requests++;
	assert_true(requests < 20);
	assert_int_equal(s.walk.error_class, ERROR_CLASS(PROTOCOL));
}

/* ----------------------------------------------------------------------------------------------------------- rows */

struct kept {
	Sawatch__V1__IpsecSa *sa[4];
	size_t n;
};

static int keep(void *ctx, const ProtobufCMessage *m) {
	struct kept *k = ctx;
	uint8_t packed[4096];
	size_t n = protobuf_c_message_pack(m, packed);

	assert_true(k->n < 4);
	k->sa[k->n++] = sawatch__v1__ipsec_sa__unpack(NULL, n, packed);
	return 0;
}

static void tunnel_cell(struct saw_rows *r, const char *column, uint32_t index, const struct saw_varbind *v) {
	const struct saw_snmp_table *t = &saw_snmp_tables[SAW_TABLE_IPSEC_TUNNELS];

	for (size_t i = 0; i < t->n_columns; i++)
		if (strcmp(t->columns[i].name, column) == 0) {
			assert_int_equal(saw_rows_cell(r, SAW_TABLE_IPSEC_TUNNELS, i, &index, 1, v), 0);
			return;
		}
	fail();
}

static struct saw_varbind number(int64_t i) {
	return (struct saw_varbind){.type = SAW_VALUE_INTEGER, .i = i};
}

static struct saw_varbind octets(const char *bytes, size_t n) {
	return (struct saw_varbind){.type = SAW_VALUE_OCTETS, .bytes = (const uint8_t *)bytes, .n = n};
}

static void values_of_a_wrong_type_are_absent_and_counted(void **state) {
	struct saw_rows *r = saw_rows_create(10, 1 << 16);
	struct kept k = {.n = 0};
	struct saw_sink sink = {.ctx = &k, .record = keep};
	struct saw_varbind v;
	uint64_t given, vanished;

	(void)state;
	v = number(1);
	tunnel_cell(r, "cipSecTunStatus", 7, &v);
	v = octets("many", 4);
	tunnel_cell(r, "cipSecTunInPkts", 7, &v);
	v = number(-3);
	tunnel_cell(r, "cipSecTunOutPkts", 7, &v);
	v = number(5);
	tunnel_cell(r, "cipSecTunLocalAddr", 7, &v);
	v = number(9);
	tunnel_cell(r, "cipSecTunIkeTunnelAlive", 7, &v);
	assert_int_equal(saw_rows_odd(r, SAW_TABLE_IPSEC_TUNNELS), 3);
	assert_int_equal(saw_rows_emit(r, SAW_TABLE_IPSEC_TUNNELS, true, &sink, &given, &vanished), 0);
	assert_int_equal(given, 1);
	assert_false(k.sa[0]->has_decaps_packets);
	assert_false(k.sa[0]->has_encaps_packets);
	assert_false(k.sa[0]->has_ike_alive);
	assert_null(k.sa[0]->local_endpoint);
	sawatch__v1__ipsec_sa__free_unpacked(k.sa[0], NULL);
	saw_rows_destroy(r);
}

static void addresses_come_in_every_form(void **state) {
	static const struct {
		const char *bytes;
		size_t n;
		const char *expected;
	} forms[] = {
		{"\xc0\x00\x02\x0a", 4, "192.0.2.10"},
		{"192.000.002.010", 15, "192.0.2.10"},
		{"192.0.2.10", 10, "192.0.2.10"},
		{"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16, "2001:db8::1"},
		{"2001:db8:0:1::12", 16, "2001:db8:0:1::12"},
		{"<private>", 9, NULL},
		{"", 0, NULL},
		{"1.2.3", 5, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		struct saw_rows *r = saw_rows_create(10, 1 << 16);
		struct kept k = {.n = 0};
		struct saw_sink sink = {.ctx = &k, .record = keep};
		struct saw_varbind v = number(1);
		uint64_t given, vanished;

		tunnel_cell(r, "cipSecTunStatus", 7, &v);
		v = octets(forms[i].bytes, forms[i].n);
		tunnel_cell(r, "cipSecTunRemoteAddr", 7, &v);
		assert_int_equal(saw_rows_emit(r, SAW_TABLE_IPSEC_TUNNELS, true, &sink, &given, &vanished), 0);
		if (forms[i].expected)
			assert_string_equal(k.sa[0]->peer, forms[i].expected);
		else
			assert_null(k.sa[0]->peer);
		sawatch__v1__ipsec_sa__free_unpacked(k.sa[0], NULL);
		saw_rows_destroy(r);
	}
}

static void a_row_that_went_away_is_dropped_and_counted(void **state) {
	struct saw_rows *r = saw_rows_create(10, 1 << 16);
	struct kept k = {.n = 0};
	struct saw_sink sink = {.ctx = &k, .record = keep};
	struct saw_varbind v = number(100);
	uint64_t given, vanished;

	(void)state;
	tunnel_cell(r, "cipSecTunInPkts", 8, &v);
	tunnel_cell(r, "cipSecTunInPkts", 7, &v);
	v = number(1);
	tunnel_cell(r, "cipSecTunStatus", 7, &v);
	assert_int_equal(saw_rows_emit(r, SAW_TABLE_IPSEC_TUNNELS, true, &sink, &given, &vanished), 0);
	assert_int_equal(given, 1);
	assert_int_equal(vanished, 1);
	assert_int_equal(k.sa[0]->device_index, 7);
	sawatch__v1__ipsec_sa__free_unpacked(k.sa[0], NULL);
	saw_rows_destroy(r);
}

static void low_bits_are_no_counter_where_the_high_ones_were_not_read(void **state) {
	/* Another row has 64 bits; or the walk was cut before them; or the agent has none. */
	for (int i = 0; i < 3; i++) {
		struct saw_rows *r = saw_rows_create(10, 1 << 16);
		struct kept k = {.n = 0};
		struct saw_sink sink = {.ctx = &k, .record = keep};
		struct saw_varbind v = number(1);
		uint64_t given, vanished;

		(void)state;
		tunnel_cell(r, "cipSecTunStatus", 7, &v);
		v = number(100);
		tunnel_cell(r, "cipSecTunInOctets", 7, &v);
		if (i == 0)
			tunnel_cell(r, "cipSecTunHcInOctets", 8, &v);
		else if (i == 1)
			saw_rows_cut(r, SAW_TABLE_IPSEC_TUNNELS);
		assert_int_equal(saw_rows_emit(r, SAW_TABLE_IPSEC_TUNNELS, true, &sink, &given, &vanished), 0);
		assert_int_equal(given, 1);
		assert_int_equal(k.sa[0]->has_in_bytes, i == 2);
		sawatch__v1__ipsec_sa__free_unpacked(k.sa[0], NULL);
		saw_rows_destroy(r);
	}
}

static void rows_and_memory_have_their_limits(void **state) {
	struct saw_rows *r = saw_rows_create(2, 1 << 16), *small = saw_rows_create(1000000, 4096);
	struct saw_varbind v = number(1);
	uint32_t index;
	int rc = 0;

	(void)state;
	for (index = 1; index <= 2; index++)
		assert_int_equal(saw_rows_cell(r, SAW_TABLE_IPSEC_TUNNELS, 2, &index, 1, &v), 0);
	assert_int_equal(saw_rows_cell(r, SAW_TABLE_IPSEC_TUNNELS, 2, &index, 1, &v), SAW_ELIMIT);
	for (index = 1; index < 1000 && rc == 0; index++)
		rc = saw_rows_cell(small, SAW_TABLE_IPSEC_TUNNELS, 2, &index, 1, &v);
	assert_int_equal(rc, SAW_ELIMIT);
	saw_rows_destroy(r);
	saw_rows_destroy(small);
}

/* --------------------------------------------------------------------------------------------------- system, SNMPv3 */

static void sysdescr_gives_version_and_platform(void **state) {
	static const struct {
		const char *descr, *version;
		int platform;
	} cases[] = {
		{"Cisco Adaptive Security Appliance Version 9.12(2)", "9.12(2)", SAWATCH__V1__PLATFORM__PLATFORM_ASA},
		{"Cisco Firepower Threat Defense, Version 7.2.1 (Build 3), ASA Version 9.18(2)1", "9.18(2)1",
		 SAWATCH__V1__PLATFORM__PLATFORM_ASA},
		{"Cisco IOS Software [Amsterdam], ASR1000 Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), Version 17.3.4a, RELEASE "
		 "SOFTWARE (fc3)",
		 "17.3.4a", SAWATCH__V1__PLATFORM__PLATFORM_IOSXE},
		{"Cisco IOS Software, C2900 Software (C2900-UNIVERSALK9-M), Version 15.7(3)M3, RELEASE SOFTWARE (fc2)",
		 "15.7(3)M3", SAWATCH__V1__PLATFORM__PLATFORM_IOS},
		{"Linux printer 4.19", "", 0},
		{"", "", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		Sawatch__V1__Platform platform;
		struct saw_str v = saw_sysdescr_version(saw_str_of(cases[i].descr), &platform);

		assert_true(saw_str_eq(v, saw_str_of(cases[i].version)));
		assert_int_equal(platform, cases[i].platform);
	}
}

static void the_probe_is_read_back_and_its_ids_are_in_place(void **state) {
	struct saw_usm_header h;
	uint8_t probe[SAW_USM_PROBE];

	(void)state;
	saw_usm_probe(0x12345678, probe);
	assert_int_equal(saw_usm_header(probe, sizeof probe, &h), 0);
	assert_int_equal(h.message_id, 0x12345678);
	assert_int_equal(h.flags, 4);
	assert_int_equal(h.n_engine_id, 0);
	assert_memory_equal(probe + 48, "\xa0\x0e\x02\x04\x12\x34\x56\x78\x02\x01\x00\x02\x01\x00\x30\x00", 16);
}

static void a_cut_or_foreign_message_has_no_header(void **state) {
	static const uint8_t v2c[] = {0x30, 0x06, 0x02, 0x01, 0x01, 0x04, 0x01, 'x'};
	struct saw_usm_header h;
	uint8_t probe[SAW_USM_PROBE];

	(void)state;
	saw_usm_probe(7, probe);
	for (size_t n = 0; n < sizeof probe; n++)
		assert_int_equal(saw_usm_header(probe, n, &h), SAW_EFORMAT);
	assert_int_equal(saw_usm_header(v2c, sizeof v2c, &h), SAW_EFORMAT);
}

static int keep_chassis(void *ctx, const Sawatch__V1__DeviceSample *facts) {
	snprintf(ctx, 64, "%s/%s", facts->serial ? facts->serial : "-", facts->model ? facts->model : "-");
	return 0;
}

static void a_chassis_says_its_serial_number_and_a_model_that_is_not_known_otherwise(void **state) {
	static const uint32_t asav[] = {1, 3, 6, 1, 4, 1, 9, 1, 1902}, unlisted[] = {1, 3, 6, 1, 4, 1, 9, 1, 65000};
	struct saw_varbind oid = {.type = SAW_VALUE_OID, .oid = unlisted, .n = 9},
					   class = {.type = SAW_VALUE_INTEGER, .i = 3};
	struct saw_varbind serial = {.type = SAW_VALUE_OCTETS, .bytes = (const uint8_t *)" SAW1 ", .n = 6};
	struct saw_varbind model = {.type = SAW_VALUE_OCTETS, .bytes = (const uint8_t *)"BOX-1", .n = 5};
	const struct saw_varbind *values[SAW_SYS_SCALARS] = {[SAW_SYS_OBJECT_ID] = &oid,
														 [SAW_SYS_CHASSIS_CLASS] = &class,
														 [SAW_SYS_CHASSIS_SERIAL] = &serial,
														 [SAW_SYS_CHASSIS_MODEL] = &model};
	Sawatch__V1__Platform platform;
	char said[64];
	const struct saw_sink sink = {.ctx = said, .facts = keep_chassis};

	(void)state;
	assert_int_equal(saw_rows_emit_system(values, &sink, &platform), 0);
	assert_string_equal(said, "SAW1/BOX-1");
	oid.oid = asav;
	saw_rows_emit_system(values, &sink, &platform);
	assert_string_equal(said, "SAW1/ASAv");
	class.i = 9; /* a module */
	saw_rows_emit_system(values, &sink, &platform);
	assert_string_equal(said, "-/ASAv");
}

static void a_recording_is_sorted_holds_each_object_once_and_only_what_is_read(void **state) {
	static const uint32_t octets[] = {1, 3, 6, 1, 2, 1, 2, 2, 1, 10, 7}, descr[] = {1, 3, 6, 1, 2, 1, 2, 2, 1, 2, 7};
	static const uint32_t community[] = {1, 3, 6, 1, 6, 3, 18, 1, 1, 1, 2, 1}, uptime[] = {1, 3, 6, 1, 2, 1, 1, 3, 0};
	static const uint32_t alias[] = {1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 18, 7},
						  hc[] = {1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 6, 7};
	const struct saw_varbind values[] = {
		{.name = octets, .n_name = 11, .type = SAW_VALUE_UNSIGNED, .tag = SAW_TAG_COUNTER32, .u = 5},
		{.name = hc, .n_name = 12, .type = SAW_VALUE_UNSIGNED, .tag = SAW_TAG_COUNTER64, .u = UINT64_MAX},
		{.name = alias, .n_name = 12, .type = SAW_VALUE_OCTETS, .bytes = (const uint8_t *)"a\nb", .n = 3},
		{.name = community, .n_name = 12, .type = SAW_VALUE_OCTETS, .bytes = (const uint8_t *)"hunter2", .n = 7},
		{.name = descr, .n_name = 11, .type = SAW_VALUE_OCTETS, .bytes = (const uint8_t *)"x|y", .n = 3},
		{.name = octets, .n_name = 11, .type = SAW_VALUE_UNSIGNED, .tag = SAW_TAG_COUNTER32, .u = 6},
		{.name = octets, .n_name = 10, .type = SAW_VALUE_NONE},
		{.name = uptime, .n_name = 9, .type = SAW_VALUE_UNSIGNED, .tag = SAW_TAG_TIMETICKS, .u = 100},
	};
	struct saw_snmp_record *r = saw_snmp_record_create(1 << 16), *small = saw_snmp_record_create(40);
	struct saw_buf text = SAW_BUF_INIT(1 << 16);

	(void)state;
	assert_non_null(r);
	saw_snmp_record_take(r, values, sizeof values / sizeof values[0]);
	assert_int_equal(saw_snmp_record_write(r, &text), 0);
	assert_string_equal(saw_buf_text(&text), "1.3.6.1.2.1.1.3.0|67|100\n"
											 "1.3.6.1.2.1.2.2.1.2.7|4|x|y\n"
											 "1.3.6.1.2.1.2.2.1.10.7|65|5\n"
											 "1.3.6.1.2.1.31.1.1.1.6.7|70|18446744073709551615\n"
											 "1.3.6.1.2.1.31.1.1.1.18.7|4x|610A62\n");
	saw_snmp_record_destroy(r);
	/* What does not fit is said. */
	saw_snmp_record_take(small, values, 2);
	assert_int_equal(saw_snmp_record_write(small, &text), SAW_ELIMIT);
	saw_snmp_record_destroy(small);
	saw_buf_free(&text);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_column_has_the_mibs_identifier),
		cmocka_unit_test(a_64_bit_column_stands_behind_its_32_bit_twin),
		cmocka_unit_test(counters_that_are_compared_between_ends_are_asked_for_together),
		cmocka_unit_test(columns_advance_on_their_own),
		cmocka_unit_test(an_identifier_that_does_not_increase_ends_the_walk),
		cmocka_unit_test(going_back_out_of_the_column_is_no_end),
		cmocka_unit_test(a_column_ends_where_another_begins),
		cmocka_unit_test(no_such_object_ends_a_column),
		cmocka_unit_test(a_hole_in_a_column_is_passed_over),
		cmocka_unit_test(low_bits_are_no_counter_where_the_high_ones_were_not_read),
		cmocka_unit_test(too_big_is_halved_down_to_one_value_and_then_given_up),
		cmocka_unit_test(one_repetition_is_a_getnext),
		cmocka_unit_test(rows_without_end_are_cut_at_the_limit),
		cmocka_unit_test(a_refused_view_is_no_protocol_error),
		cmocka_unit_test(an_empty_answer_is_not_progress),
		cmocka_unit_test(values_of_a_wrong_type_are_absent_and_counted),
		cmocka_unit_test(addresses_come_in_every_form),
		cmocka_unit_test(a_row_that_went_away_is_dropped_and_counted),
		cmocka_unit_test(rows_and_memory_have_their_limits),
		cmocka_unit_test(sysdescr_gives_version_and_platform),
		cmocka_unit_test(the_probe_is_read_back_and_its_ids_are_in_place),
		cmocka_unit_test(a_chassis_says_its_serial_number_and_a_model_that_is_not_known_otherwise),
		cmocka_unit_test(a_recording_is_sorted_holds_each_object_once_and_only_what_is_read),
		cmocka_unit_test(a_cut_or_foreign_message_has_no_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
