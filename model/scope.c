#include "model/scope.h"

#include <string.h>

#define ASA SAWATCH__V1__PLATFORM__PLATFORM_ASA
#define IOSXE SAWATCH__V1__PLATFORM__PLATFORM_IOSXE
#define IOS SAWATCH__V1__PLATFORM__PLATFORM_IOS
#define SNMP SAWATCH__V1__SOURCE__SOURCE_SNMP
#define SSH SAWATCH__V1__SOURCE__SOURCE_SSH
#define SAVED SAWATCH__V1__SOURCE__SOURCE_FILE

#define ROW_EVIDENCE                                                                                                   \
	"CISCO-IPSEC-FLOW-MONITOR-MIB: a row is a phase-2 tunnel and cipSecTunTotalRefreshes counts its rekeys; an ASA's " \
	"row was "                                                                                                         \
	"53 hours old with an SA lifetime of 8 hours. Some IOS versions reset or renumber it"
#define IOS_FLOW_EVIDENCE "show crypto ipsec sa: 13.1 million packets of an ident beside 336 MB of its SA's volume used"
#define ASA_FLOW_EVIDENCE \
	"show crypto ipsec sa: one block per ident; ends with the session; no output over a rekey was seen"

#define CHILD_EVIDENCE                                                                                                 \
	"show vpn-sessiondb detail l2l: 1.08 GB received by a child beside 1.1 MB used of its SA's volume; the session's " \
	"own sum also keeps children that ended, and is not used"

static const struct saw_scope_rule rules[] = {
	{0, SNMP, "in_bytes", SAW_SCOPE_ROW, 64, SAW_REKEY_USUALLY_GOES_ON, ROW_EVIDENCE},
	{0, SNMP, "out_bytes", SAW_SCOPE_ROW, 64, SAW_REKEY_USUALLY_GOES_ON, ROW_EVIDENCE},
	{0, SNMP, NULL, SAW_SCOPE_ROW, 32, SAW_REKEY_USUALLY_GOES_ON, ROW_EVIDENCE},
	{IOSXE, SSH, NULL, SAW_SCOPE_FLOW, 0, SAW_REKEY_GOES_ON, IOS_FLOW_EVIDENCE},
	{IOSXE, SAVED, NULL, SAW_SCOPE_FLOW, 0, SAW_REKEY_GOES_ON, IOS_FLOW_EVIDENCE},
	{IOS, SSH, NULL, SAW_SCOPE_FLOW, 0, SAW_REKEY_GOES_ON, IOS_FLOW_EVIDENCE},
	{IOS, SAVED, NULL, SAW_SCOPE_FLOW, 0, SAW_REKEY_GOES_ON, IOS_FLOW_EVIDENCE},
	{ASA, SSH, "in_bytes", SAW_SCOPE_FLOW, 64, SAW_REKEY_GOES_ON, CHILD_EVIDENCE},
	{ASA, SSH, "out_bytes", SAW_SCOPE_FLOW, 64, SAW_REKEY_GOES_ON, CHILD_EVIDENCE},
	{ASA, SAVED, "in_bytes", SAW_SCOPE_FLOW, 64, SAW_REKEY_GOES_ON, CHILD_EVIDENCE},
	{ASA, SAVED, "out_bytes", SAW_SCOPE_FLOW, 64, SAW_REKEY_GOES_ON, CHILD_EVIDENCE},
	{ASA, SSH, NULL, SAW_SCOPE_FLOW, 0, SAW_REKEY_USUALLY_GOES_ON, ASA_FLOW_EVIDENCE},
	{ASA, SAVED, NULL, SAW_SCOPE_FLOW, 0, SAW_REKEY_USUALLY_GOES_ON, ASA_FLOW_EVIDENCE},
	{0, 0, NULL, SAW_SCOPE_UNKNOWN, 0, SAW_REKEY_UNKNOWN, "no output of this source was seen"},
};

const struct saw_scope_rule *saw_scope_of(Sawatch__V1__Platform platform, Sawatch__V1__Source source,
										  const char *field) {
	const struct saw_scope_rule *r = rules;

	while ((r->platform && r->platform != (int)platform) || (r->source && r->source != (int)source) ||
		   (r->field && strcmp(r->field, field) != 0))
		r++;
	return r;
}

#define C(f) SAW_FIELD(Sawatch__V1__IpsecSa, f)
const struct saw_field saw_counters[SAW_COUNTERS] = {
	C(encaps_packets),
	C(encrypt_packets),
	C(digest_packets),
	C(decaps_packets),
	C(decrypt_packets),
	C(verify_packets),
	C(in_bytes),
	C(out_bytes),
	C(pre_frag_successes),
	C(pre_frag_failures),
	C(fragments_created),
	C(pmtus_sent),
	C(pmtus_received),
	C(reassembly_needed),
	C(send_errors),
	C(recv_errors),
	C(no_sa_send),
	C(invalid_sa_recv),
	C(encaps_failed_send),
	C(decaps_failed_recv),
	C(invalid_prot_recv),
	C(verify_failed_recv),
	C(invalid_identity_recv),
	C(invalid_len_recv),
	C(replay_rollover_send),
	C(replay_rollover_recv),
	C(replay_failed_recv),
	C(internal_err_send),
	C(internal_err_recv),
	C(in_drop_packets),
	C(out_drop_packets),
	C(auth_failed_recv),
	C(decrypt_failed_recv),
	C(encrypt_failed_send),
};

int saw_counter_index(const char *name) {
	for (int i = 0; i < SAW_COUNTERS; i++)
		if (strcmp(saw_counters[i].name, name) == 0)
			return i;
	return -1;
}

int saw_counter_bytes(int packets) {
	static const struct {
		const char *packets, *bytes;
	} pairs[] = {{"decaps_packets", "in_bytes"},  {"decrypt_packets", "in_bytes"},  {"verify_packets", "in_bytes"},
				 {"encaps_packets", "out_bytes"}, {"encrypt_packets", "out_bytes"}, {"digest_packets", "out_bytes"}};
	static int found[SAW_COUNTERS]; /* place + 1 of the bytes; -1: none; 0: not looked for yet */

	if (found[packets] == 0) {
		found[packets] = -1;
		for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
			if (strcmp(saw_counters[packets].name, pairs[i].packets) == 0)
				found[packets] = saw_counter_index(pairs[i].bytes) + 1;
	}
	return found[packets] > 0 ? found[packets] - 1 : -1;
}
