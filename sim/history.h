/*
 * What a simulated device remembers of tunnels that ended and of what failed: bounded logs whose index counts up.
 *
 * Purpose:   the rows of the flow MIB's history and failure tables (a device keeps the last SAW_SIM_LOG_MAX of each).
 * Ownership: entries belong to the log; it allocates with its first entry. One without memory for that forgets.
 * Source:    CISCO-IPSEC-FLOW-MONITOR-MIB, cipSecHistTableSize and cipSecFailTableSize.
 */
#ifndef SAWATCH_SIM_HISTORY_H
#define SAWATCH_SIM_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#define SAW_SIM_LOG_MAX 200

enum saw_sim_log_id { SAW_SIM_IKE_ENDED, SAW_SIM_IPSEC_ENDED, SAW_SIM_IKE_FAILED, SAW_SIM_IPSEC_FAILED, SAW_SIM_LOGS };

/* The numbers of the MIB: CikeTunHistTermReason and the like. */
enum { SAW_SIM_END_NORMAL = 2, SAW_SIM_END_PEER_LOST = 5 };
enum { SAW_SIM_IKE_FAIL_PEER_LOST = 3, SAW_SIM_IPSEC_FAIL_NO_SA = 6 };

struct saw_sim_entry {
	uint32_t index; /* set when it is added: from 1 */
	uint32_t reason;
	uint32_t local, remote; /* outer addresses */
	uint32_t row, ike_row;  /* while it lived */
	uint32_t spi;           /* of the packet that had no SA any more */
	uint64_t at_ms;         /* on the device's uptime: when it came up, or when it failed */
	uint64_t active_ms;
	uint32_t refreshes, ike_refreshes;
	uint64_t in_packets, out_packets, in_bytes, out_bytes, replay_drops;
};

struct saw_sim_log {
	struct saw_sim_entry *entries;
	uint32_t added;
};

void saw_sim_log_add(struct saw_sim_log *l, const struct saw_sim_entry *entry);
void saw_sim_log_clear(struct saw_sim_log *l);
size_t saw_sim_log_count(const struct saw_sim_log *l);
/* The oldest first. */
const struct saw_sim_entry *saw_sim_log_at(const struct saw_sim_log *l, size_t k);

#endif
