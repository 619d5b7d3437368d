#include "sim/mib_table.h"

#define ESTABLISHED 6
#define ACTIVE 3

/* One session over each tunnel, with the other end's inside address. The firewall has no BGP MIB. */
static size_t peer_count(const struct saw_sim_mib *mib) {
	return mib->dev == SAW_SIM_ASR && !mib->in_vrf ? saw_sim_model_tunnels(mib->model) : 0;
}

static uint32_t peer_of(const struct saw_sim_mib *mib, size_t k) {
	return saw_sim_model_inside(mib->dev == SAW_SIM_ASA ? SAW_SIM_ASR : SAW_SIM_ASA, (uint32_t)k);
}

static size_t peer_index(const struct saw_sim_mib *mib, size_t k, uint32_t index[SAW_SIM_INDEX_MAX]) {
	return saw_sim_put_address(peer_of(mib, k), index);
}

static size_t cisco_peer_index(const struct saw_sim_mib *mib, size_t k, uint32_t index[SAW_SIM_INDEX_MAX]) {
	index[0] = 1; /* ipv4 */
	index[1] = 4;
	return 2 + saw_sim_put_address(peer_of(mib, k), index + 2);
}

/* IPv4 unicast. */
static size_t family_index(const struct saw_sim_mib *mib, size_t k, uint32_t index[SAW_SIM_INDEX_MAX]) {
	size_t n = cisco_peer_index(mib, k, index);
	index[n] = index[n + 1] = 1;
	return n + 2;
}

static void fill_peer(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct saw_sim_row *row) {
	struct saw_sim_device d;
	struct saw_sim_end e;
	saw_sim_model_device(mib->model, mib->dev, now_ms, &d);
	saw_sim_model_end(mib->model, mib->dev, (uint32_t)k, now_ms, &e);
	row->address = row->remote = peer_of(mib, k);
	row->local = saw_sim_model_inside(mib->dev, (uint32_t)k);
	row->as = mib->dev == SAW_SIM_ASR ? SAW_SIM_ASA_AS : SAW_SIM_ASR_AS;
	row->state = e.up ? ESTABLISHED : ACTIVE;
	row->seconds = (d.uptime_ms - e.changed_ms) / 1000;
	row->prefixes = e.up ? saw_sim_model_prefixes((uint32_t)k) : 0;
}

const struct saw_sim_rows saw_sim_rows_bgp = {peer_count, peer_index, NULL, fill_peer};
const struct saw_sim_rows saw_sim_rows_cisco_bgp = {peer_count, cisco_peer_index, NULL, fill_peer};
const struct saw_sim_rows saw_sim_rows_cisco_bgp_families = {peer_count, family_index, NULL, fill_peer};
