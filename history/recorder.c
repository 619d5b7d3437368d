#include "history/recorder.h"

#include "core/list.h"
#include "history/fact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define JUMP_MS 30000
#define BEHIND_MS 60000 /* devices are asked at different times */

/* What is remembered of an end beside its last reading. */
struct seen {
	char *device, *tunnel;
	uint64_t gaps, drops;
	bool has_gaps, has_drops, jumped;
	struct saw_point counted; /* the last reading with totals */
	bool has_counted;
};

struct saw_recorder {
	struct seen **seen; /* by device and tunnel */
	size_t n, room;
	int64_t made_ms, steady_ms; /* of the last snapshot */
};

struct saw_recorder *saw_recorder_create(void) {
	return calloc(1, sizeof(struct saw_recorder));
}

void saw_recorder_destroy(struct saw_recorder *r) {
	if (!r)
		return;
	for (size_t i = 0; i < r->n; i++) {
		free(r->seen[i]->device);
		free(r->seen[i]->tunnel);
		free(r->seen[i]);
	}
	free(r->seen);
	free(r);
}

/* NULL without memory. */
static struct seen *seen_of(struct saw_recorder *r, const char *device, const char *tunnel) {
	size_t lo = 0, hi = r->n;
	struct seen *seen;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = strcmp(r->seen[mid]->device, device);

		if (order == 0)
			order = strcmp(r->seen[mid]->tunnel, tunnel);
		if (order == 0)
			return r->seen[mid];
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (SAW_LIST_ROOM(r->seen, r->n, r->room))
		return NULL;
	seen = calloc(1, sizeof *seen);
	if (!seen || !(seen->device = strdup(device)) || !(seen->tunnel = strdup(tunnel))) {
		free(seen ? seen->device : NULL);
		free(seen);
		return NULL;
	}
	memmove(r->seen + lo + 1, r->seen + lo, (r->n - lo) * sizeof *r->seen);
	r->n++;
	return r->seen[lo] = seen;
}

/* ------------------------------------------------------------------------------------------------------------- totals */

enum { SINGLE, SUM }; /* reasons are added up; what the device sums up itself stands alone */

static const struct {
	const char *name;
	uint8_t column, kind;
} parts[] = {
	{"in_bytes", SAW_COLUMN_IN_BYTES, SUM},
	{"out_bytes", SAW_COLUMN_OUT_BYTES, SUM},
	{"decaps_packets", SAW_COLUMN_IN_PACKETS, SUM},
	{"encaps_packets", SAW_COLUMN_OUT_PACKETS, SUM},
	{"replay_failed_recv", SAW_COLUMN_REPLAY_ERRORS, SUM},
	{"recv_errors", SAW_COLUMN_IN_ERRORS, SUM},
	{"in_drop_packets", SAW_COLUMN_IN_ERRORS, SUM},
	{"auth_failed_recv", SAW_COLUMN_IN_ERRORS, SINGLE},
	{"verify_failed_recv", SAW_COLUMN_IN_ERRORS, SINGLE},
	{"decrypt_failed_recv", SAW_COLUMN_IN_ERRORS, SINGLE},
	{"decaps_failed_recv", SAW_COLUMN_IN_ERRORS, SINGLE},
	{"invalid_sa_recv", SAW_COLUMN_IN_ERRORS, SINGLE},
	{"invalid_identity_recv", SAW_COLUMN_IN_ERRORS, SINGLE},
	{"invalid_len_recv", SAW_COLUMN_IN_ERRORS, SINGLE},
	{"invalid_prot_recv", SAW_COLUMN_IN_ERRORS, SINGLE},
	{"replay_rollover_recv", SAW_COLUMN_IN_ERRORS, SINGLE},
	{"internal_err_recv", SAW_COLUMN_IN_ERRORS, SINGLE},
	{"send_errors", SAW_COLUMN_OUT_ERRORS, SUM},
	{"out_drop_packets", SAW_COLUMN_OUT_ERRORS, SUM},
	{"encrypt_failed_send", SAW_COLUMN_OUT_ERRORS, SINGLE},
	{"encaps_failed_send", SAW_COLUMN_OUT_ERRORS, SINGLE},
	{"no_sa_send", SAW_COLUMN_OUT_ERRORS, SINGLE},
	{"replay_rollover_send", SAW_COLUMN_OUT_ERRORS, SINGLE},
	{"internal_err_send", SAW_COLUMN_OUT_ERRORS, SINGLE},
};

/* A total that stands still because nobody looks still bounds the largest, which must not fall; alone it says nothing. */
void saw_recorder_totals(const Sawatch__V1__TunnelEnd *t, struct saw_point *p) {
	uint64_t single[SAW_COLUMNS] = {0};

	for (size_t i = 0; i < t->n_totals; i++) {
		const Sawatch__V1__Total *total = t->totals[i];

		for (size_t j = 0; total->name && total->has_value && j < sizeof parts / sizeof *parts; j++) {
			unsigned c = parts[j].column;

			if (strcmp(parts[j].name, total->name) != 0)
				continue;
			if (!total->stale)
				p->has |= 1U << c;
			if (parts[j].kind == SINGLE)
				single[c] += total->value;
			else if (total->value > p->total[c])
				p->total[c] = total->value;
			break;
		}
	}
	for (int c = 0; c < SAW_COLUMNS; c++)
		if (single[c] > p->total[c])
			p->total[c] = single[c];
}

/*
 * The device's count, as a total that goes on when the device begins anew. What was dropped while nobody looked is not known. False:
 * it goes on from nothing, though there was one.
 */
static bool add_drops(const struct seen *seen, const Sawatch__V1__TunnelEnd *t, struct saw_point *p) {
	const unsigned c = SAW_COLUMN_QUEUE_DROPS;
	uint64_t now = t->queue_drops;

	p->total[c] = seen->has_counted ? seen->counted.total[c] : 0;
	if (!t->has_queue_drops)
		return true;
	p->has |= 1U << c;
	if (seen->has_drops)
		p->total[c] += now >= seen->drops ? now - seen->drops : now;
	return seen->has_drops || !seen->has_counted || (seen->counted.has >> c & 1);
}

/* ------------------------------------------------------------------------------------------------------------ readings */

struct taking {
	struct saw_recorder *recorder;
	struct saw_keeper *keeper;
	int64_t made_ms, interval_ms;
	struct saw_recorded *out;
};

static bool fell(const struct saw_point *before, const struct saw_point *now) {
	for (int c = 0; c < SAW_COLUMNS; c++)
		if ((before->has & now->has) >> c & 1 && now->total[c] < before->total[c])
			return true;
	return false;
}

static int put(struct taking *a, const Sawatch__V1__TunnelEnd *t, bool facts, const struct saw_point *p) {
	struct saw_history_end end;
	int rc;

	saw_fact_of(t, &end);
	rc = saw_keeper_put(a->keeper, &end, facts, p);
	if (rc == 0)
		a->out->taken++;
	else if (rc == SAW_ELIMIT)
		a->out->lost++;
	return rc;
}

/* What was counted last, also by an earlier run. False: there is a last reading, and it says nothing of totals. */
static bool recall(struct seen *seen, bool has_last, const struct saw_point *last) {
	if (!seen->has_counted && has_last && last->has) {
		seen->counted = *last;
		seen->has_counted = true;
	}
	return seen->has_counted || !has_last;
}

/* A reading with totals. */
static void count(const struct taking *a, struct seen *seen, const Sawatch__V1__TunnelEnd *t, bool has_last,
				  const struct saw_point *last, struct saw_point *p, bool *due) {
	bool goes_on = recall(seen, has_last, last);

	saw_recorder_totals(t, p);
	goes_on &= add_drops(seen, t, p);
	p->at_ms = t->counted_at_ms;
	p->gap = !goes_on || (seen->has_counted && (seen->jumped || (seen->has_gaps && t->counter_gaps > seen->gaps) ||
												fell(&seen->counted, p)));
	*due = !has_last || p->gap || p->state != last->state || p->maintenance != last->maintenance ||
		   p->at_ms - last->at_ms >= a->interval_ms - a->interval_ms / 10;
}

/* Nothing was counted since, and yet it is known to be in another state: since when, as far as was seen. */
static void change(const struct taking *a, const Sawatch__V1__TunnelEnd *t, bool has_last, const struct saw_point *last,
				   struct saw_point *p, bool *due) {
	p->at_ms = t->has_since_ms ? t->since_ms : a->made_ms;
	if (has_last && p->at_ms <= last->at_ms)
		p->at_ms = last->at_ms + 1;
	*due = has_last && p->state != last->state && p->at_ms <= a->made_ms;
}

static int take_end(struct taking *a, const Sawatch__V1__TunnelEnd *t) {
	struct seen *seen = seen_of(a->recorder, t->device, t->name);
	struct saw_point last,
		p = {.state = SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN, .maintenance = t->maintenance};
	bool has_last = saw_keeper_last(a->keeper, t->device, t->name, &last), read, known, due;
	int rc;

	if (!seen)
		return -ENOMEM;
	if (t->has_state)
		p.state = (uint8_t)t->state;
	known = p.state != SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN;
	read = known && t->has_counted_at_ms && (!has_last || t->counted_at_ms > last.at_ms);
	if (read)
		count(a, seen, t, has_last, &last, &p, &due);
	else
		change(a, t, has_last, &last, &p, &due);
	if (!due)
		return 0;
	rc = put(a, t, known, &p);
	if (rc == 0 && read) {
		seen->gaps = t->counter_gaps;
		seen->has_gaps = t->has_counter_gaps;
		if (t->has_queue_drops)
			seen->drops = t->queue_drops;
		seen->has_drops |= t->has_queue_drops;
		seen->jumped = false;
		seen->counted = p;
		seen->has_counted = true;
	}
	return rc == SAW_ERANGE || rc == SAW_ELIMIT ? 0 : rc;
}

static int64_t jump_of(const struct saw_recorder *r, int64_t made_ms, int64_t steady_ms) {
	int64_t jump = made_ms - r->made_ms - (steady_ms - r->steady_ms);

	return r->made_ms && (jump > JUMP_MS || jump < -JUMP_MS) ? jump : 0;
}

int saw_recorder_take(struct saw_recorder *r, struct saw_keeper *k, const Sawatch__V1__Snapshot *s, int64_t interval_ms,
					  int64_t steady_ms, struct saw_recorded *out) {
	struct taking a = {.recorder = r, .keeper = k, .made_ms = s->made_at_ms, .interval_ms = interval_ms, .out = out};
	struct saw_keeper_figures figures;
	int rc = 0;

	*out = (struct saw_recorded){.jump_ms = jump_of(r, s->made_at_ms, steady_ms)};
	r->made_ms = s->made_at_ms;
	r->steady_ms = steady_ms;
	for (size_t i = 0; out->jump_ms && i < r->n; i++)
		r->seen[i]->jumped = true;
	saw_keeper_figures(k, &figures);
	if (figures.newest_ms - s->made_at_ms > BEHIND_MS)
		out->behind_ms = figures.newest_ms - s->made_at_ms;
	for (size_t i = 0; rc == 0 && i < s->n_tunnels; i++)
		if (s->tunnels[i]->device && s->tunnels[i]->name)
			rc = take_end(&a, s->tunnels[i]);
	return rc;
}
