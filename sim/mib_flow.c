#include "sim/mib_table.h"

#include <string.h>

#define OUTBOUND 39 /* from this column on partial-rows takes them */
#define STATUS 51

/* Keepalives and the exchanges of rekeys, as many in each direction. */
static void fill_ike_traffic(uint64_t age_ms, uint64_t refreshes, struct saw_sim_row *row) {
	row->exchanges = refreshes;
	row->ike_packets = 4 + 2 * refreshes + age_ms / (SAW_SIM_DPD_SECONDS * 1000);
	row->ike_octets = row->ike_packets * 96;
}

static void fill_ike_global(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct saw_sim_row *row) {
	const struct saw_sim_totals *t = saw_sim_mib_totals(mib, now_ms);
	struct saw_sim_device d;
	(void)k;
	if (!saw_sim_mib_shows_tunnels(mib)) {
		return;
	}
	saw_sim_model_device(mib->model, mib->dev, now_ms, &d);
	row->active = t->active;
	row->previous = t->previous;
	fill_ike_traffic(d.uptime_ms, t->active + t->previous, row);
}

static void fill_ipsec_global(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct saw_sim_row *row) {
	const struct saw_sim_totals *t = saw_sim_mib_totals(mib, now_ms);
	(void)k;
	if (!saw_sim_mib_shows_tunnels(mib)) {
		return;
	}
	row->active = t->active;
	row->previous = t->previous;
	row->in_octets = t->in_bytes;
	row->in_wraps = t->in_bytes >> 32;
	row->in_packets = t->in_packets;
	row->out_octets = t->out_bytes;
	row->out_wraps = t->out_bytes >> 32;
	row->out_packets = t->out_packets;
	row->replay_drops = t->replay_drops;
}

static void fill_end(struct saw_sim_mib *mib, uint64_t now_ms, uint32_t tunnel, struct saw_sim_row *row) {
	struct saw_sim_end e;
	saw_sim_model_end(mib->model, mib->dev, tunnel, now_ms, &e);
	row->index = e.row;
	row->ike_index = e.ike_row + (saw_sim_mib_quirk(mib, SAW_SIM_QUIRK_WRONG_IKE_INDEX) ? 1000000 : 0);
	row->ike_alive = saw_sim_mib_quirk(mib, SAW_SIM_QUIRK_IKE_ALIVE_FALSE) ? 2 : 1;
	row->local = e.local;
	row->remote = e.remote;
	row->any = 0;
	row->net_mask = 0;
	saw_sim_address_text(e.local, false, row->local_text);
	saw_sim_address_text(e.remote, false, row->remote_text);
	row->contact[0] = '\0';
	row->life_seconds = e.sa_life_seconds;
	row->active_ticks = e.session_age_ms / 10;
	row->ike_active_ticks = e.session_age_ms / 10;
	row->refreshes = e.refreshes;
	row->ike_refreshes = e.ike_refreshes;
	row->in_octets = e.in_bytes;
	row->in_wraps = e.in_bytes >> 32;
	row->in_packets = e.in_packets;
	row->out_octets = e.out_bytes;
	row->out_wraps = e.out_bytes >> 32;
	row->out_packets = e.out_packets;
	row->replay_drops = e.replay_drops;
	row->spi = e.in_spi;
	row->spi_direction = 1;
	fill_ike_traffic(e.session_age_ms, e.refreshes, row);
	if (saw_sim_mib_quirk(mib, SAW_SIM_QUIRK_RESTART_AT_REKEY)) {
		row->active_ticks = e.sa_age_ms / 10;
	}
}

static uint32_t tunnel_of_row(const struct saw_sim_mib *mib, size_t k) {
	size_t count;
	return saw_sim_model_rows(mib->model, mib->dev, &count)[k];
}

static void fill_tunnel(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct saw_sim_row *row) {
	fill_end(mib, now_ms, tunnel_of_row(mib, k), row);
}

static void fill_spi(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct saw_sim_row *row) {
	struct saw_sim_end e;
	saw_sim_model_end(mib->model, mib->dev, tunnel_of_row(mib, k / 2), now_ms, &e);
	row->spi = k % 2 ? e.out_spi : e.in_spi;
	row->spi_direction = 1 + k % 2;
}

static size_t tunnel_count(const struct saw_sim_mib *mib) {
	size_t count;
	saw_sim_model_rows(mib->model, mib->dev, &count);
	return saw_sim_mib_shows_tunnels(mib) ? count : 0;
}

static size_t ike_count(const struct saw_sim_mib *mib) {
	return saw_sim_mib_quirk(mib, SAW_SIM_QUIRK_IKE_TABLE_ABSENT) ? 0 : tunnel_count(mib);
}

static size_t spi_count(const struct saw_sim_mib *mib) {
	return 2 * tunnel_count(mib);
}

static size_t ike_index(const struct saw_sim_mib *mib, size_t k, uint32_t index[SAW_SIM_INDEX_MAX]) {
	index[0] = saw_sim_model_ike_row(mib->model, mib->dev, tunnel_of_row(mib, k));
	return 1;
}

static size_t tunnel_index(const struct saw_sim_mib *mib, size_t k, uint32_t index[SAW_SIM_INDEX_MAX]) {
	index[0] = saw_sim_model_row(mib->model, mib->dev, tunnel_of_row(mib, k));
	return 1;
}

static size_t endpoint_index(const struct saw_sim_mib *mib, size_t k, uint32_t index[SAW_SIM_INDEX_MAX]) {
	index[1] = 1;
	return tunnel_index(mib, k, index) + 1;
}

static size_t spi_index(const struct saw_sim_mib *mib, size_t k, uint32_t index[SAW_SIM_INDEX_MAX]) {
	index[1] = 1 + (uint32_t)(k % 2);
	return tunnel_index(mib, k / 2, index) + 1;
}

static bool is_ike_there(const struct saw_sim_mib *mib, size_t k, uint32_t column) {
	(void)column;
	return tunnel_of_row(mib, k) % 2 == 0 || !saw_sim_mib_quirk(mib, SAW_SIM_QUIRK_IKE_ROW_MISSING);
}

static bool is_tunnel_there(const struct saw_sim_mib *mib, size_t k, uint32_t column) {
	return tunnel_of_row(mib, k) % 2 == 0 || column < OUTBOUND || column == STATUS ||
		   !saw_sim_mib_quirk(mib, SAW_SIM_QUIRK_PARTIAL_ROWS);
}

/* ----------------------------------------------------------------------------------------------- what ended and what failed */

static size_t log_count(const struct saw_sim_mib *mib, enum saw_sim_log_id which) {
	return saw_sim_mib_shows_tunnels(mib) ? saw_sim_log_count(saw_sim_model_log(mib->model, mib->dev, which)) : 0;
}

static size_t log_index(const struct saw_sim_mib *mib, enum saw_sim_log_id which, size_t k,
						uint32_t index[SAW_SIM_INDEX_MAX]) {
	index[0] = saw_sim_log_at(saw_sim_model_log(mib->model, mib->dev, which), k)->index;
	return 1;
}

static void fill_log(const struct saw_sim_mib *mib, enum saw_sim_log_id which, size_t k, struct saw_sim_row *row) {
	const struct saw_sim_entry *e = saw_sim_log_at(saw_sim_model_log(mib->model, mib->dev, which), k);
	row->reason = e->reason;
	row->index = e->row;
	row->ike_row = e->ike_row;
	row->spi = e->spi;
	row->local = e->local;
	row->remote = e->remote;
	saw_sim_address_text(e->local, false, row->local_text);
	saw_sim_address_text(e->remote, false, row->remote_text);
	row->start_ticks = e->at_ms / 10;
	row->active_ticks = row->ike_active_ticks = e->active_ms / 10;
	row->refreshes = e->refreshes;
	row->in_octets = e->in_bytes;
	row->in_packets = e->in_packets;
	row->out_octets = e->out_bytes;
	row->out_packets = e->out_packets;
	row->replay_drops = e->replay_drops;
	fill_ike_traffic(e->active_ms, e->refreshes, row);
	row->ike_refreshes = e->ike_refreshes;
}

#define LOG_ROWS(name, which)                                                                                \
	static size_t name##_count(const struct saw_sim_mib *mib) {                                              \
		return log_count(mib, which);                                                                        \
	}                                                                                                        \
	static size_t name##_index(const struct saw_sim_mib *mib, size_t k, uint32_t index[SAW_SIM_INDEX_MAX]) { \
		return log_index(mib, which, k, index);                                                              \
	}                                                                                                        \
	static void name##_fill(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct saw_sim_row *row) {   \
		(void)now_ms;                                                                                        \
		fill_log(mib, which, k, row);                                                                        \
	}                                                                                                        \
	const struct saw_sim_rows saw_sim_rows_##name = {name##_count, name##_index, NULL, name##_fill}

LOG_ROWS(ike_history, SAW_SIM_IKE_ENDED);
LOG_ROWS(ipsec_history, SAW_SIM_IPSEC_ENDED);
LOG_ROWS(ike_failures, SAW_SIM_IKE_FAILED);
LOG_ROWS(ipsec_failures, SAW_SIM_IPSEC_FAILED);

const struct saw_sim_rows saw_sim_rows_level = {saw_sim_one, saw_sim_index_zero, NULL, NULL};
const struct saw_sim_rows saw_sim_rows_ike_globals = {saw_sim_one, saw_sim_index_zero, NULL, fill_ike_global};
const struct saw_sim_rows saw_sim_rows_ike_tunnels = {ike_count, ike_index, is_ike_there, fill_tunnel};
const struct saw_sim_rows saw_sim_rows_ipsec_globals = {saw_sim_one, saw_sim_index_zero, NULL, fill_ipsec_global};
const struct saw_sim_rows saw_sim_rows_ipsec_tunnels = {tunnel_count, tunnel_index, is_tunnel_there, fill_tunnel};
const struct saw_sim_rows saw_sim_rows_endpoints = {tunnel_count, endpoint_index, NULL, fill_tunnel};
const struct saw_sim_rows saw_sim_rows_spis = {spi_count, spi_index, NULL, fill_spi};
