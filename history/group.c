#include "history/group.h"

#include "core/list.h"
#include "history/kept.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PARTIAL 0.05

struct saw_group *saw_group_create(const struct saw_grid *g, const char *name, bool layered) {
	struct saw_group *group = calloc(1, sizeof *group);
	bool ok = group && (group->name = strdup(name));

	for (int w = 0; ok && w < SAW_WAYS; w++) {
		ok &= (group->plain[w] = calloc(g->n, sizeof(float))) != NULL;
		ok &= (group->missing[w] = calloc(g->n, sizeof(float))) != NULL;
		ok &= (group->kept[w] = calloc(g->n_kept + 1, sizeof(float))) != NULL;
		ok &= (group->kept_missing[w] = calloc(g->n_kept + 1, sizeof(float))) != NULL;
		ok &= (group->known[w] = calloc(g->n, sizeof(uint16_t))) != NULL;
		if (layered) {
			ok &= (group->ip[w] = calloc(g->n, sizeof(float))) != NULL;
			ok &= (group->packets[w] = calloc(g->n, sizeof(float))) != NULL;
		}
	}
	if (!ok) {
		saw_group_destroy(group);
		return NULL;
	}
	group->layered = layered;
	return group;
}

void saw_group_destroy(struct saw_group *group) {
	if (!group)
		return;
	for (int w = 0; w < SAW_WAYS; w++) {
		free(group->plain[w]);
		free(group->missing[w]);
		free(group->kept[w]);
		free(group->kept_missing[w]);
		free(group->known[w]);
		free(group->ip[w]);
		free(group->packets[w]);
	}
	free(group->turns);
	free(group->name);
	free(group);
}

/* Bytes before encryption and IP bytes after it, of what the end's counters say. Without packets there is nothing to add. */
static void layers_of(const struct saw_group_part *p, float counted, float packets, float *plain, float *ip) {
	const float n = isnan(packets) ? 0 : packets, added = n * (float)p->overhead.mean;
	const float frames = n * (float)(p->frame_bytes + (p->counts == SAW_LAYER_AT_LINE ? SAW_LINE_BYTES : 0));

	*plain = *ip = counted;
	if (p->counts == SAW_LAYER_AT_PLAINTEXT)
		*ip = counted + added;
	else if (p->counts == SAW_LAYER_AT_IP)
		*plain = fmaxf(counted - added, 0);
	else {
		*ip = fmaxf(counted - frames, 0);
		*plain = fmaxf(*ip - added, 0);
	}
}

static size_t add_way(struct saw_group *group, const struct saw_grid *g, const struct saw_group_part *p, int way,
					  struct saw_group_turn *turn) {
	const int from = p->swapped ? !way : way;
	const float *bytes = p->load->bytes[from], *packets = p->load->packets[from];
	size_t begin = 0, n = 0;
	double sum = 0;
	float usual;

	while (begin < g->n && isnan(bytes[begin]))
		begin++; /* before its first reading there was no such tunnel */
	for (size_t i = begin; i < g->n; i++) {
		float plain, ip;

		if (isnan(bytes[i]))
			continue;
		layers_of(p, bytes[i], packets[i], &plain, &ip);
		sum += plain;
		n++;
		turn->end = i >= turn->end ? i + 1 : turn->end;
		group->plain[way][i] += plain;
		group->known[way][i] += group->known[way][i] < UINT16_MAX;
		if (group->layered) {
			group->ip[way][i] += ip;
			group->packets[way][i] += isnan(packets[i]) ? 0 : packets[i];
		}
		if (i >= g->first) {
			group->plain_sum[way] += plain;
			group->ip_sum[way] += ip;
			group->packet_sum[way] += isnan(packets[i]) ? 0 : packets[i];
			group->spread_sum[way] += isnan(packets[i]) ? 0 : packets[i] * p->overhead.spread;
		}
	}
	turn->begin = begin < turn->begin ? begin : turn->begin;
	turn->usual[way] = usual = n ? (float)(sum / (double)n) : 0;
	for (size_t i = begin; i < g->n && usual > 0; i++)
		if (isnan(bytes[i]) && p->load->strip[i] != SAW_STRIP_MAINTENANCE)
			group->missing[way][i] += usual;
	return n;
}

int saw_group_add(struct saw_group *group, const struct saw_grid *g, const struct saw_group_part *p) {
	struct saw_group_turn turn = {.facts = p->facts, .begin = g->n};
	size_t n = 0;

	if (SAW_LIST_ROOM(group->turns, group->n_turns, group->turns_room))
		return -ENOMEM;
	for (int w = 0; w < SAW_WAYS; w++) {
		n += add_way(group, g, p, w, &turn);
		saw_kept_add(p->load->kept[p->swapped ? !w : w], g->n_kept, group->kept[w], group->kept_missing[w]);
	}
	for (int c = 0; c < SAW_COLUMNS; c++)
		group->count[c] += p->load->count[c];
	group->has |= p->load->has;
	group->gaps += p->load->gaps;
	group->up_ms += p->load->up_ms;
	group->down_ms += p->load->down_ms;
	group->members++;
	group->without_data += n == 0;
	group->suite_unknown += n && !p->suite_known;
	group->nat_unknown += n && p->suite_known && !p->nat_known;
	if (n && (turn.begin > 0 || turn.end < g->n))
		group->turns[group->n_turns++] = turn;
	return 0;
}

static bool is_same(const char *a, const char *b) {
	return a && b && strcmp(a, b) == 0;
}

/* The same peer of the same device under another name, which begins where this one ends, give or take a slot. */
static bool follows(const struct saw_group_turn *old, const struct saw_group_turn *new) {
	return new->begin + 1 >= old->end &&new->begin > old->begin &&is_same(old->facts->device, new->facts->device) &&
		   (is_same(old->facts->remote, new->facts->remote) || is_same(old->facts->link, new->facts->link));
}

static void drop_renamed(struct saw_group *group, const struct saw_grid *g) {
	for (size_t i = 0; i < group->n_turns; i++) {
		const struct saw_group_turn *old = &group->turns[i];
		size_t begin = g->n;

		for (size_t k = 0; k < group->n_turns && old->end < g->n; k++)
			if (group->turns[k].begin < begin && follows(old, &group->turns[k]))
				begin = group->turns[k].begin;
		for (int w = 0; w < SAW_WAYS; w++)
			for (size_t s = begin > old->end ? begin : old->end; s < g->n && begin < g->n; s++)
				group->missing[w][s] -= old->usual[w];
	}
}

void saw_group_close(struct saw_group *group, const struct saw_grid *g) {
	drop_renamed(group, g);
	for (int w = 0; w < SAW_WAYS; w++)
		saw_kept_close(group->kept[w], group->kept_missing[w], g->n_kept);
	for (size_t i = 0; i < g->n; i++) {
		bool partial = false;

		for (int w = 0; w < SAW_WAYS; w++) {
			const float missing = group->missing[w][i];
			const bool lacks = missing > (float)PARTIAL * (group->plain[w][i] + missing);

			partial |= lacks;
			if (!lacks && group->known[w][i])
				continue;
			group->plain[w][i] = NAN;
			if (group->layered)
				group->ip[w][i] = group->packets[w][i] = NAN;
		}
		group->partial += partial && i >= g->first;
	}
}

void saw_group_at(const struct saw_group *group, const struct saw_grid *g, int way, enum saw_layer layer,
				  double frame_bytes, float *out) {
	const float frame = (float)(frame_bytes + (layer == SAW_LAYER_AT_LINE ? SAW_LINE_BYTES : 0));

	if (layer == SAW_LAYER_AT_PLAINTEXT || !group->layered)
		memcpy(out, group->plain[way], g->n * sizeof *out);
	else if (layer == SAW_LAYER_AT_IP)
		memcpy(out, group->ip[way], g->n * sizeof *out);
	else
		for (size_t i = 0; i < g->n; i++)
			out[i] = group->ip[way][i] + group->packets[way][i] * frame;
}

double saw_group_mean_at(const struct saw_group *group, int way, enum saw_layer layer, double frame_bytes) {
	if (layer == SAW_LAYER_AT_PLAINTEXT)
		return group->plain_sum[way];
	if (layer == SAW_LAYER_AT_IP)
		return group->ip_sum[way];
	return group->ip_sum[way] +
		   group->packet_sum[way] * (frame_bytes + (layer == SAW_LAYER_AT_LINE ? SAW_LINE_BYTES : 0));
}
