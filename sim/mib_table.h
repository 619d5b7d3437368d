/*
 * The tables behind sim/mib.c: which objects there are, and where their rows come from. Only sim/mib*.c include this.
 *
 * Purpose:   a region is one MIB table (or a group of scalars): its columns are data, its rows come from a small set of
 *            functions that many regions share.
 * Ownership: all const; a row is filled into the caller's memory.
 */
#ifndef SAWATCH_SIM_MIB_TABLE_H
#define SAWATCH_SIM_MIB_TABLE_H

#include "sim/mib.h"

/* Everything a cell can show; each table fills what its columns name. */
struct saw_sim_row {
	uint64_t index, ike_index, ike_alive, refreshes, ike_refreshes;
	uint64_t life_seconds, active_ticks, ike_active_ticks;
	uint64_t in_octets, in_wraps, in_packets, out_octets, out_wraps, out_packets, replay_drops;
	uint64_t ike_packets, ike_octets, exchanges;
	uint64_t active, previous;
	uint64_t spi, spi_direction;
	uint64_t uptime_ticks, product, services, interfaces;
	uint64_t if_index, if_type, if_mtu, if_speed, if_high_speed, if_status, if_change_ticks;
	uint64_t if_in_octets, if_out_octets, if_in_packets, if_out_packets;
	uint64_t percent, used, free, peak;
	uint64_t reason, start_ticks, ike_row;
	uint64_t state, as, seconds, prefixes;
	uint32_t local, remote, any, net_mask, address;
	char mac[6];
	char vrf[16], serial[16], model[16];
	char name[64], descr[SAW_SIM_BYTES_MAX], alias[64], local_text[16], remote_text[16], contact[1], location[16];
};

enum saw_sim_cell {
	SAW_SIM_NUMBER,
	SAW_SIM_FIXED,
	SAW_SIM_ADDRESS,
	SAW_SIM_IP,
	SAW_SIM_TEXT,
	SAW_SIM_MAC,
	SAW_SIM_PRODUCT
};

struct saw_sim_column {
	uint32_t number;
	enum saw_sim_type type;
	enum saw_sim_cell from;
	uint32_t arg; /* offset in struct saw_sim_row, or the value */
};

#define SAW_SIM_INDEX_MAX 8 /* a BGP peer's address family */

/* Where rows come from. */
struct saw_sim_rows {
	size_t (*count)(const struct saw_sim_mib *mib);
	/* The index of row k; rows are in the order of their indices. Returns how many numbers it has. */
	size_t (*index)(const struct saw_sim_mib *mib, size_t k, uint32_t index[SAW_SIM_INDEX_MAX]);
	/* Whether the row has this column: a quirk may have taken it. NULL: always. */
	bool (*is_there)(const struct saw_sim_mib *mib, size_t k, uint32_t column);
	/* The row is zeroed before. NULL: all its columns are fixed. */
	void (*fill)(struct saw_sim_mib *mib, uint64_t now_ms, size_t k, struct saw_sim_row *row);
};

struct saw_sim_region {
	const char *name;
	uint32_t base[14];
	size_t base_n;
	const struct saw_sim_rows *rows;
	const struct saw_sim_column *columns;
	size_t column_n;
};

struct saw_sim_mib {
	const struct saw_sim_model *model;
	enum saw_sim_dev dev;
	uint32_t number;
	bool in_vrf;                  /* the view of the request under way is that of SAW_SIM_VRF */
	struct saw_sim_totals totals; /* as of totals_ms and totals_generation */
	uint64_t totals_ms, totals_generation;
	bool have_totals;
	struct saw_sim_row row; /* as filled last, and by what */
	const struct saw_sim_rows *filled_by;
	size_t filled_k;
	uint64_t filled_ms, filled_generation;
	bool filled_in_vrf;
};

/* In the order of what they hold. */
extern const struct saw_sim_region saw_sim_regions[];
extern const size_t saw_sim_region_count;
extern const struct saw_sim_region *const saw_sim_ipsec_region;
#define SAW_SIM_IPSEC_MIDDLE 30 /* the column where cut-walk falls silent */

/* One row with the index 0. */
size_t saw_sim_one(const struct saw_sim_mib *mib);
size_t saw_sim_index_zero(const struct saw_sim_mib *mib, size_t k, uint32_t index[SAW_SIM_INDEX_MAX]);

/* The box: mib_box.c. */
extern const struct saw_sim_rows saw_sim_rows_system, saw_sim_rows_if_number, saw_sim_rows_interfaces,
	saw_sim_rows_addresses, saw_sim_rows_inet_addresses, saw_sim_rows_chassis, saw_sim_rows_cpu, saw_sim_rows_pools,
	saw_sim_rows_qfp, saw_sim_rows_l2l, saw_sim_rows_contexts, saw_sim_rows_hardware;
/* BGP, of the router's default context: mib_bgp.c. */
extern const struct saw_sim_rows saw_sim_rows_bgp, saw_sim_rows_cisco_bgp, saw_sim_rows_cisco_bgp_families;
/* CISCO-IPSEC-FLOW-MONITOR-MIB: mib_flow.c. */
extern const struct saw_sim_rows saw_sim_rows_level, saw_sim_rows_ike_globals, saw_sim_rows_ike_tunnels,
	saw_sim_rows_ipsec_globals, saw_sim_rows_ipsec_tunnels, saw_sim_rows_endpoints, saw_sim_rows_spis,
	saw_sim_rows_ike_history, saw_sim_rows_ipsec_history, saw_sim_rows_ike_failures, saw_sim_rows_ipsec_failures;

const struct saw_sim_totals *saw_sim_mib_totals(struct saw_sim_mib *mib, uint64_t now_ms);
/* Whether the tunnels are in the context that is looked at. */
bool saw_sim_mib_shows_tunnels(const struct saw_sim_mib *mib);
bool saw_sim_mib_quirk(const struct saw_sim_mib *mib, enum saw_sim_quirk quirk);
/* As four numbers of an index. Returns 4. */
size_t saw_sim_put_address(uint32_t address, uint32_t *index);
void saw_sim_address_text(uint32_t address, bool padded, char out[16]);

#endif
