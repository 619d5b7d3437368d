/*
 * Loads of several tunnel ends, added up slot by slot: a circuit, a site, a device, a tag.
 *
 * Partial:   where tunnels that were read otherwise are missing in a slot, and usually carry more than 5 % of the sum, the slot says nothing. It
 *            is never filled in. A tunnel that has another name from some time on is not missing from then on.
 * Layers:    before encryption; of circuits also the IP packets after it and their number, which make Ethernet frames and the line of it.
 * Ownership: a group copies its name and what is added; facts outlive it.
 * Errors:    -ENOMEM; NULL where a group is made.
 * Pure.
 */
#ifndef SAWATCH_HISTORY_GROUP_H
#define SAWATCH_HISTORY_GROUP_H

#include "history/load.h"
#include "model/circuit.h"

/* A member that was not there all the time: its first slot, the one after its last, and what it usually carries. */
struct saw_group_turn {
	const struct saw_history_end *facts;
	size_t begin, end;
	float usual[SAW_WAYS];
};

struct saw_group {
	char *name;
	bool layered;
	size_t members, without_data, suite_unknown, nat_unknown;
	float *plain[SAW_WAYS], *ip[SAW_WAYS], *packets[SAW_WAYS]; /* sums by slot; the latter two of layered ones */
	float *missing[SAW_WAYS];                                  /* what is usual for those that are missing there */
	float *kept[SAW_WAYS], *kept_missing[SAW_WAYS];            /* percentiles of days: history/kept.h */
	uint16_t *known[SAW_WAYS];                                 /* how many are in the sum */
	double plain_sum[SAW_WAYS], ip_sum[SAW_WAYS], packet_sum[SAW_WAYS]; /* of the report's slots */
	double spread_sum[SAW_WAYS];                                        /* bytes that padding may be off by */
	uint64_t count[SAW_COLUMNS], gaps;
	uint32_t has;
	int64_t up_ms, down_ms; /* of all members together */
	size_t partial;         /* of the report's slots */
	struct saw_group_turn *turns;
	size_t n_turns, turns_room;
};

struct saw_group *saw_group_create(const struct saw_grid *g, const char *name, bool layered);
void saw_group_destroy(struct saw_group *group);

/* What is added of a member. */
struct saw_group_part {
	const struct saw_history_end *facts;
	const struct saw_load *load;
	bool swapped; /* seen from the other end: its in is our out */
	bool suite_known, nat_known;
	struct saw_overhead overhead;
	enum saw_layer counts; /* what its byte counters are of */
	double frame_bytes;
};
int saw_group_add(struct saw_group *group, const struct saw_grid *g, const struct saw_group_part *part);

/* Once all are added: slots that are partial or empty become NAN. */
void saw_group_close(struct saw_group *group, const struct saw_grid *g);

/* The load at a layer, by slot; out holds g->n. */
void saw_group_at(const struct saw_group *group, const struct saw_grid *g, int way, enum saw_layer layer,
				  double frame_bytes, float *out);
/* The same of all that went through, as bytes per second of the report. */
double saw_group_mean_at(const struct saw_group *group, int way, enum saw_layer layer, double frame_bytes);

#endif
