/*
 * Which view answers a request, so that one walk sees one picture.
 *
 * A request of SNMP does not say which walk it belongs to, but the next request of a walk begins where the last answer ended. So
 * it is remembered for some seconds which view gave which instance as a GETNEXT's answer; a request that begins there is given the
 * same view, every other one the newest. Two walks that are at one place at one moment cannot be told apart: both go on in the
 * newer view.
 *
 * Purpose:   rows of one walk, and columns of one table that are walked side by side, belong together, although a new snapshot comes
 *            every few seconds.
 * Bounds:    SAW_WALKS_VIEWS views at once: of more the one that was asked longest ago goes, and its walk goes on in the newest one. So
 *            does one that pauses for SAW_WALKS_PAUSE_MS. SAW_WALKS_PLACES places are remembered; of those that meet in a set of four the oldest goes.
 * Threads:   one. Pure: time comes in.
 */
#ifndef SAWATCH_EXPORTERS_AGENTX_WALKS_H
#define SAWATCH_EXPORTERS_AGENTX_WALKS_H

#include "exporters/agentx/view.h"

#define SAW_WALKS_VIEWS 3
#define SAW_WALKS_PAUSE_MS 10000
#define SAW_WALKS_PLACES 8192

struct saw_walks;

struct saw_walks *saw_walks_create(void); /* NULL without memory */
void saw_walks_destroy(struct saw_walks *w);

/* The newest view from now on; taken. */
void saw_walks_publish(struct saw_walks *w, struct saw_view *v, uint64_t now_ms);
struct saw_view *saw_walks_newest(struct saw_walks *w); /* borrowed; NULL: none yet */
/* The view for a GETNEXT from this place; borrowed; NULL: none yet. */
struct saw_view *saw_walks_view(struct saw_walks *w, const uint32_t *rel, size_t n, uint64_t now_ms);
/* Asked for what is behind `from`, that view gave the instance `to`. */
struct saw_walks_step {
	const uint32_t *from, *to;
	size_t n_from, n_to;
};
void saw_walks_gave(struct saw_walks *w, const struct saw_view *v, const struct saw_walks_step *s, uint64_t now_ms);
size_t saw_walks_held(const struct saw_walks *w); /* views, the newest included */

#endif
