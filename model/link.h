/*
 * A link: two tunnel ends that are each other's peer. Which they are, how much is lost between them, and where they differ.
 *
 * Pairing:   a name that both ends are given; else SPIs that agree in both directions (three generations are remembered); one
 *            SPI and the addresses; the addresses; the addresses allowing for NAT. What fits more than one stays unpaired.
 * Loss:      of one direction: what the sender encapsulated less what the receiver decapsulated, as totals of the same kind of
 *            source. The two are read at different times, so one is brought to the time of the other. What may have passed between
 *            is the bound: packets per second x (distance in time + delay + how far the devices' statistics lag). Windows are 15
 *            minutes to an hour, the shortest whose difference is above its bound; none reaches over a restart of a counter.
 *            Below its bound a difference says nothing.
 * Lost:      the high-water mark of (sent - received - bound) since the counters last began: clamped differences are never
 *            summed, as noise would ratchet.
 * Ownership: values are the caller's; texts are borrowed. Pure; time comes in.
 */
#ifndef SAWATCH_MODEL_LINK_H
#define SAWATCH_MODEL_LINK_H

#include "model/identity.h"

/* --------------------------------------------------------------------------------------------------------------- pairing */

enum saw_link_evidence {
	SAW_LINK_NONE,
	SAW_LINK_CONFIGURED,
	SAW_LINK_SPIS,
	SAW_LINK_SPI_AND_ADDRESSES,
	SAW_LINK_ADDRESSES,
	SAW_LINK_NAT,
};

const char *saw_link_evidence_text(enum saw_link_evidence e);

struct saw_link_end {
	const struct saw_end_id *id;
	const char *device;
	const char *name; /* configured; NULL: none */
	bool nat_t;
	/* out */
	size_t mate; /* place of the other end */
	enum saw_link_evidence evidence;
};

/* Fills mate and evidence of each. Ends of one device are no link. 0 or -ENOMEM. */
int saw_link_pair(struct saw_link_end *ends, size_t n);

/* ------------------------------------------------------------------------------------------------------------------ loss */

#define SAW_LINK_WINDOW_MS (15 * 60 * 1000)
#define SAW_LINK_LONGEST_MS (60 * 60 * 1000)
#define SAW_LINK_POINTS 14
#define SAW_LINK_ONE_WAY_PACKETS 1000

enum { SAW_LINK_SENDER, SAW_LINK_RECEIVER };

struct saw_link_reading {
	bool known;
	int64_t at_ms;
	uint64_t packets;
};

/* Both counters at one time. */
struct saw_link_point {
	int64_t at_ms;
	uint64_t sent, received;
	double bound; /* packets by which the one that was brought here may be wrong */
};

/* One direction. */
struct saw_link_way {
	struct saw_link_reading before[2], now[2]; /* by side */
	double rate;                               /* packets per second, the highest of late */
	bool begun;
	struct saw_link_point first, last;             /* since a counter began anew */
	struct saw_link_point points[SAW_LINK_POINTS]; /* oldest first, to begin windows with */
	unsigned n_points;
	uint64_t lost; /* of this span: the high-water mark */
	/* Of all spans before it. */
	uint64_t sent_before, received_before, lost_before;
};

/*
 * One side was read: its total of packets (encapsulated by the sender, decapsulated by the receiver). broken: the counter began
 * anew or something could not be counted since the last time. lag_ms: how far the statistics of both devices may lag, together.
 */
void saw_link_read(struct saw_link_way *w, int side, int64_t at_ms, uint64_t packets, bool broken, int64_t lag_ms);

struct saw_link_loss {
	uint64_t sent, received, lost; /* since it was first paired; aligned in time, never decreasing */
	bool has_window;
	uint64_t window_sent, window_received;
	int64_t window_ms;
	bool has_ratio;       /* something was sent in the window */
	double ratio, bound;  /* of the window; the ratio may be negative, and below the bound it says nothing */
	bool nothing_arrives; /* from 1,000 packets */
};

void saw_link_result(const struct saw_link_way *w, struct saw_link_loss *out);

/* ------------------------------------------------------------------------------------------------------------ comparison */

#define SAW_LINK_FIELDS 7
struct saw_link_difference {
	const char *field; /* mtu, cipher, pfs, lifetime, replay_window, dpd, version */
	bool known;        /* both ends say */
	bool differs;
	char a[48], b[48]; /* what they say; empty: nothing */
};

/* What two ends should agree on. Plaintext MTUs that differ by less than a cipher's block are equal: 1437 beside 1438. */
void saw_link_compare(const Sawatch__V1__TunnelEnd *a, const Sawatch__V1__TunnelEnd *b,
					  struct saw_link_difference out[SAW_LINK_FIELDS]);

#endif
