#include "proto/section.h"

#include <stddef.h>
#include <string.h>

#define SAMPLE &sawatch__v1__device_sample__descriptor
#define FLOW &sawatch__v1__ipsec_sa__descriptor
#define SESSION &sawatch__v1__session__descriptor
#define L2L &sawatch__v1__l2l_session__descriptor

/* A show command matches with any arguments behind it. A row without a list comes before the shorter words it keeps off. */
static const struct section {
	const char *table;
	const ProtobufCMessageDescriptor *message;
	const char *field;
} sections[] = {
	{"show crypto ipsec sa count", NULL, NULL}, /* numbers of the box, no list */
	{"show crypto isakmp sa count", NULL, NULL},
	{"show crypto ipsec sa", SAMPLE, "ipsec_sas"},
	{"show crypto ipsec sa", FLOW, "inbound_sas"},
	{"show crypto ipsec sa", FLOW, "outbound_sas"},
	{"show crypto ikev2 sa", SAMPLE, "ike_sas"},
	{"show crypto ikev1 sa", SAMPLE, "ike_sas"},
	{"show crypto isakmp sa", SAMPLE, "ike_sas"},
	{"show crypto session", SAMPLE, "sessions"},
	{"show crypto session", SESSION, "ike_sas"},
	{"show crypto session", SESSION, "flows"},
	{"show vpn-sessiondb", SAMPLE, "l2l_sessions"},
	{"show vpn-sessiondb", L2L, "ike"},
	{"show vpn-sessiondb", L2L, "ipsec"},
	{"show interface", SAMPLE, "interfaces"},
	{"show interfaces", SAMPLE, "interfaces"},
	{"show ip interface", SAMPLE, "interfaces"},
	{"show bgp", SAMPLE, "bgp_peers"},
	{"show ip bgp", SAMPLE, "bgp_peers"},
	{"show asp drop", SAMPLE, "drops"},
	{"show failover state", SAMPLE, "failover_units"},
	{"show platform hardware qfp active feature ipsec datapath drops", SAMPLE, "drops"},
	{"show platform hardware qfp active feature ipsec sa", SAMPLE, "ipsec_sas"},
	{"show platform hardware qfp active statistics drop", SAMPLE, "drops"},
	{"show crypto mib ipsec flowmib tunnel", SAMPLE, "ipsec_sas"},
	{"show crypto mib ipsec flowmib global", SAMPLE, "global_counters"},
	{"show crypto ipsec stats", SAMPLE, "global_counters"},
	{"show crypto eli", SAMPLE, "global_counters"},
	{"show crypto ikev2 stats", SAMPLE, "global_counters"},
	{"cipSecTunnelTable", SAMPLE, "ipsec_sas"},
	{"cipSecSpiTable", FLOW, "inbound_sas"},
	{"cipSecSpiTable", FLOW, "outbound_sas"},
	{"cikeTunnelTable", SAMPLE, "ike_sas"},
	{"ifTable", SAMPLE, "interfaces"},
	{"cbgpPeer2Table", SAMPLE, "bgp_peers"},
	{"bgpPeerTable", SAMPLE, "bgp_peers"},
	{"cempMemPoolTable", SAMPLE, "memory_pools"},
	{"cfwHardwareStatusTable", SAMPLE, "failover_units"},
	{"cikeFailTable", SAMPLE, "ike_failures"},
	{"cipSecFailTable", SAMPLE, "ipsec_failures"},
	{"cikeTunnelHistTable", SAMPLE, "ended_tunnels"},
	{"cipSecTunnelHistTable", SAMPLE, "ended_tunnels"},
};

bool saw_section_fills(const char *table, const ProtobufCMessageDescriptor *message, const char *field) {
	if (strchr(table, '|')) /* filtered lines say nothing about what is not among them */
		return false;
	for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
		const struct section *s = &sections[i];
		size_t n = strlen(s->table);

		if (strncmp(table, s->table, n) != 0 || (table[n] != 0 && table[n] != ' '))
			continue;
		if (!s->field)
			return false;
		if (s->message == message && strcmp(s->field, field) == 0)
			return true;
	}
	return false;
}

bool saw_section_is_optional(const char *table) {
	static const char *const optional[] = {
		"cpmCPUTotalTable",       "ceqfpUtilizationTable", "crasL2LSessions",
		"cempMemPoolTable",       "cbgpPeer2Table",        "cbgpPeer2AddrFamilyPrefixTable",
		"bgpPeerTable",           "cikeFailTable",         "cipSecFailTable",
		"cikeTunnelHistTable",    "cipSecTunnelHistTable", "cContextMappingTable",
		"cfwHardwareStatusTable", "show failover state",
	};

	for (size_t i = 0; i < sizeof optional / sizeof optional[0]; i++)
		if (strcmp(table, optional[i]) == 0)
			return true;
	return false;
}
