/*
 * How tunnels of a snapshot are listed for people: worst first, and the words for their state.
 *
 * Purpose: the status page, `sawatch tunnels` and the plugin list the same things in the same order.
 * Pure; borrows only.
 */
#ifndef SAWATCH_PROTO_TUNNEL_H
#define SAWATCH_PROTO_TUNNEL_H

#include "core/buf.h"
#include "proto/sawatch.pb-c.h"

/* A tunnel without a state is unknown. */
Sawatch__V1__TunnelState saw_tunnel_state(const Sawatch__V1__TunnelEnd *t);
const char *saw_tunnel_state_name(Sawatch__V1__TunnelState s); /* "up"; static */

int saw_tunnel_state_rank(Sawatch__V1__TunnelState s); /* 0 is worst */
/* The same; tunnels in maintenance rank behind all others. */
int saw_tunnel_rank(const Sawatch__V1__TunnelEnd *t);

/* Sorts by rank, then device, then name, numbers in them as numbers. */
void saw_tunnel_sort(const Sawatch__V1__TunnelEnd **tunnels, size_t n);

/* The link that has it as one of its ends; NULL where none is known. */
const Sawatch__V1__Link *saw_tunnel_link(const Sawatch__V1__Snapshot *s, const Sawatch__V1__TunnelEnd *t);
/* Who is at the other end: the device by its name where the link is known, else the peer's address; NULL where neither is. */
const char *saw_tunnel_peer(const Sawatch__V1__Snapshot *s, const Sawatch__V1__TunnelEnd *t);

/* Milliseconds since `then`; 0 for a time to come, INT64_MAX where the difference has no number. */
int64_t saw_ms_since(int64_t then_ms, int64_t now_ms);

/* "42s", "7m 3s", "5h 12m", "9d 4h"; the two largest units. */
void saw_put_duration(struct saw_buf *b, int64_t seconds);

#endif
