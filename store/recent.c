#include "store/recent.h"

#include "proto/tunnel.h"

#include <stdlib.h>
#include <string.h>

#define MINUTE_S 60
#define FIRST_ROOM 12 /* an hour of polls five minutes apart */

enum { HAS_IN = 1, HAS_OUT = 2, HAS_REPLAY = 4, PACKETS = 8 };

/* 24 bytes: 20,000 ends with 60 points each take 29 MB. */
struct point {
	uint32_t at_s;                  /* Unix time of the last poll in this minute */
	uint16_t span_s, replay_span_s; /* what the rates are of; replay may come from another source */
	float in, out, replay;          /* per second */
	uint8_t state;                  /* TunnelState; 0: not judged */
	uint8_t has;
};

/* Oldest first. So few that the oldest is moved out rather than a ring kept. */
struct saw_recent {
	uint8_t n, room;
	struct point points[];
};

static struct saw_recent *grow(struct saw_recent **r) {
	size_t room = !*r ? FIRST_ROOM : (size_t)(*r)->room * 2;
	struct saw_recent *fresh;

	if (room > SAW_RECENT_POINTS)
		room = SAW_RECENT_POINTS;
	fresh = realloc(*r, sizeof *fresh + room * sizeof(struct point));
	if (!fresh)
		return NULL;
	fresh->n = *r ? fresh->n : 0;
	fresh->room = (uint8_t)room;
	return *r = fresh;
}

/* The point of this minute, which is the last one but where a file was read late. NULL: older than all there is room for. */
static struct point *point_at(struct saw_recent **recent, int64_t at_ms) {
	uint32_t at_s = at_ms < 0 ? 0 : at_ms / 1000 > UINT32_MAX ? UINT32_MAX : (uint32_t)(at_ms / 1000);
	struct saw_recent *r = *recent;
	size_t i = r ? r->n : 0;

	while (i > 0 && r->points[i - 1].at_s / MINUTE_S > at_s / MINUTE_S)
		i--;
	if (i > 0 && r->points[i - 1].at_s / MINUTE_S == at_s / MINUTE_S) {
		if (r->points[i - 1].at_s < at_s)
			r->points[i - 1].at_s = at_s;
		return &r->points[i - 1];
	}
	if (r && r->n == SAW_RECENT_POINTS) {
		if (i == 0)
			return NULL;
		i--;
		memmove(r->points, r->points + 1, i * sizeof *r->points);
	} else {
		if ((!r || r->n == r->room) && !(r = grow(recent)))
			return NULL;
		memmove(r->points + i + 1, r->points + i, (r->n - i) * sizeof *r->points);
		r->n++;
	}
	r->points[i] = (struct point){.at_s = at_s};
	return &r->points[i];
}

static uint16_t seconds_of(int64_t span_ms, unsigned before) {
	int64_t s = (span_ms + 500) / 1000 + before;

	return s < 1 ? 1 : s > UINT16_MAX ? UINT16_MAX : (uint16_t)s;
}

/* The mean of what the point has, which is of before_s, and of `fresh`, which is of span_ms. */
static float mean(float old, bool has_old, unsigned before_s, double fresh, int64_t span_ms) {
	double old_ms = has_old ? before_s * 1000.0 : 0;

	return (float)(((double)old * old_ms + fresh * (double)span_ms) / (old_ms + (double)span_ms));
}

void saw_recent_add_rates(struct saw_recent **r, int64_t at_ms, const struct saw_recent_rates *rates) {
	struct point *p;

	if (rates->span_ms <= 0 || (!rates->has_in && !rates->has_out && !rates->has_replay))
		return;
	p = point_at(r, at_ms);
	if (!p)
		return;
	/* Bytes and packets have no mean: the one read last is shown. */
	if ((rates->has_in || rates->has_out) && rates->packets != ((p->has & PACKETS) != 0)) {
		p->has &= HAS_REPLAY;
		p->span_s = 0;
	}
	if (rates->has_in)
		p->in = mean(p->in, p->has & HAS_IN, p->span_s, rates->in, rates->span_ms);
	if (rates->has_out)
		p->out = mean(p->out, p->has & HAS_OUT, p->span_s, rates->out, rates->span_ms);
	if (rates->has_in || rates->has_out)
		p->span_s = seconds_of(rates->span_ms, p->span_s);
	if (rates->has_replay) {
		p->replay = mean(p->replay, p->has & HAS_REPLAY, p->replay_span_s, rates->replay, rates->span_ms);
		p->replay_span_s = seconds_of(rates->span_ms, p->replay_span_s);
	}
	p->has |= (rates->has_in ? HAS_IN : 0) | (rates->has_out ? HAS_OUT : 0) | (rates->has_replay ? HAS_REPLAY : 0);
	if ((rates->has_in || rates->has_out) && rates->packets)
		p->has |= PACKETS;
}

static bool is_to_come(const struct point *p, int64_t now_ms) {
	return (int64_t)p->at_s - MINUTE_S > now_ms / 1000;
}

void saw_recent_add_state(struct saw_recent **r, int64_t now_ms, Sawatch__V1__TunnelState state) {
	struct point *p;

	while (*r && (*r)->n && is_to_come(&(*r)->points[(*r)->n - 1], now_ms))
		(*r)->n--;
	p = point_at(r, now_ms);

	if (p && (!p->state || saw_tunnel_state_rank(state) < saw_tunnel_state_rank((Sawatch__V1__TunnelState)p->state)))
		p->state = (uint8_t)state;
}

#define SET(m, field, v)      \
	do {                      \
		(m)->field = (v);     \
		(m)->has_##field = 1; \
	} while (0)

static void read_point(const struct point *p, Sawatch__V1__RecentPoint *out) {
	sawatch__v1__recent_point__init(out);
	SET(out, at_ms, (int64_t)p->at_s * 1000);
	if (p->state)
		SET(out, state, (Sawatch__V1__TunnelState)p->state);
	if (p->has & (HAS_IN | HAS_OUT))
		SET(out, span_seconds, p->span_s);
	if (p->has & HAS_IN && p->has & PACKETS)
		SET(out, in_packets_per_second, p->in);
	else if (p->has & HAS_IN)
		SET(out, in_bytes_per_second, p->in);
	if (p->has & HAS_OUT && p->has & PACKETS)
		SET(out, out_packets_per_second, p->out);
	else if (p->has & HAS_OUT)
		SET(out, out_bytes_per_second, p->out);
	if (p->has & HAS_REPLAY) {
		SET(out, replay_errors_per_second, p->replay);
		SET(out, replay_span_seconds, p->replay_span_s);
	}
}

size_t saw_recent_read(const struct saw_recent *r, int64_t now_ms, Sawatch__V1__RecentPoint out[SAW_RECENT_POINTS]) {
	size_t n = 0;

	for (size_t i = 0; r && i < r->n; i++)
		if ((int64_t)r->points[i].at_s * 1000 > now_ms - SAW_RECENT_MS && !is_to_come(&r->points[i], now_ms))
			read_point(&r->points[i], &out[n++]);
	return n;
}

size_t saw_recent_size(const struct saw_recent *r) {
	return r ? sizeof *r + r->room * sizeof(struct point) : 0;
}

void saw_recent_destroy(struct saw_recent *r) {
	free(r);
}
