#include "sim/model.h"

#include "core/list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The simulation begins at this point of the model's own time, so that devices and sessions have a past. */
#define EPOCH_MS (100ULL * 86400 * 1000)

/*
 * Load goes up and down by a fixed shape: percents of the tunnel's rate, one per slot. A table, because its integral is exact in
 * integers; the slots sum to 100 percent each on average.
 */
#define SHAPE_SLOTS 16
#define SHAPE_SLOT_MS 75000ULL
#define SHAPE_PERIOD_MS (SHAPE_SLOTS * SHAPE_SLOT_MS)
static const uint8_t shape[SHAPE_SLOTS] = {70, 75, 82, 90, 100, 110, 118, 125, 130, 125, 118, 110, 100, 92, 83, 72};

/* A packet is so many units: packets per second x percent x milliseconds. */
#define UNITS_PER_PACKET 100000ULL
#define MILLION 1000000ULL

/* What has passed in one direction since ever. */
struct count {
	uint64_t sent, received, replay;
};

/* One direction of one tunnel, from its anchor on. */
struct direction {
	uint32_t packets_per_second;
	uint32_t packet_bytes; /* clear */
	uint32_t loss_ppm;
	uint64_t units;        /* sent until the anchor */
	uint64_t sent_at_loss; /* since when loss_ppm holds */
	uint64_t lost_at_loss;
	uint64_t replay;
	uint64_t received_floor; /* a burst of replay drops must not take back what had arrived */
	struct count at_session, at_rekey, at_boot[SAW_SIM_DEVICES];
};

struct tunnel {
	bool up;
	uint32_t path_mtu;
	uint32_t session;
	uint32_t refreshes; /* of this session, until the anchor */
	uint64_t anchor_ms;
	uint64_t session_ms;
	uint64_t changed_ms;
	uint64_t rekey_last_ms, rekey_next_ms;
	uint32_t row[SAW_SIM_DEVICES], ike_row[SAW_SIM_DEVICES];
	struct direction dir[SAW_SIM_DIRECTIONS];
};

struct device {
	uint64_t boot_ms;
	uint32_t boots;
	uint32_t renumbered;
	uint32_t next_row, next_ike_row;
	uint64_t ended; /* sessions, since it started */
	bool silent;
	uint32_t cpu_percent;
	uint32_t hangups;
	uint32_t unit;
	bool standby_failed;
	bool quirk[SAW_SIM_QUIRKS];
	char hostname[SAW_SIM_TEXT_MAX], denied[SAW_SIM_TEXT_MAX];
	struct saw_sim_log logs[SAW_SIM_LOGS];
	uint32_t *rows; /* tunnels that are up, by row index */
	size_t row_count;
};

struct scheduled {
	uint64_t at_ms;
	struct saw_sim_event event;
};

struct saw_sim_model {
	struct saw_sim_options options;
	uint64_t generation;
	struct tunnel *tunnels;
	struct device dev[SAW_SIM_DEVICES];
	struct scheduled *scheduled; /* by time */
	size_t scheduled_count, scheduled_cap, scheduled_done;
};

/* How a platform numbers: rows are far apart on an ASA, dense on IOS-XE. */
static const struct {
	struct saw_sim_identity identity;
	uint64_t uptime_ms;
	uint32_t first_row, first_ike_row, row_step;
	uint32_t first_if_index;
	uint32_t cpu_percent;
} platforms[SAW_SIM_DEVICES] = {
	[SAW_SIM_ASA] = {.identity = {.name = "ASA-XFW01",
								  .sys_descr = "Cisco Adaptive Security Appliance Version 9.16(4)",
								  .version = "9.16(4)",
								  .model = "ASA5555",
								  .serials = {"FCH00000A01", "FCH00000A02"},
								  .product = 1410,
								  .outside = "outside"},
					 .uptime_ms = 43ULL * 86400000 + 7654321,
					 .first_row = 3301,
					 .first_ike_row = 12001,
					 .row_step = 59,
					 .first_if_index = 6,
					 .cpu_percent = 23},
	[SAW_SIM_ASR] =
		{.identity = {.name = "ASR-WAN01",
					  .sys_descr =
						  "Cisco IOS Software [Bengaluru], ASR1000 Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), "
						  "Version 17.6.5, RELEASE SOFTWARE (fc2)\r\n"
						  "Technical Support: http://www.cisco.com/techsupport\r\n"
						  "Copyright (c) 1986-2023 by Cisco Systems, Inc.\r\n"
						  "Compiled Wed 25-Jan-23 16:15 by mcpre",
					  .version = "17.6.5",
					  .model = "ASR1001-X",
					  .serials = {"FXS00000B01"},
					  .product = 1861,
					  .outside = "GigabitEthernet0/0/4"},
		 .uptime_ms = 12ULL * 86400000 + 1234567,
		 .first_row = 1,
		 .first_ike_row = 1,
		 .row_step = 1,
		 .first_if_index = 12,
		 .cpu_percent = 9},
};

/* The finalizer of SplitMix64: neighbouring inputs give unrelated outputs. */
static uint64_t mix(uint64_t x) {
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

enum purpose { FOR_RATE, FOR_SIZE, FOR_AGE, FOR_PHASE, FOR_LIFE, FOR_SPI, FOR_IKE_SPI, FOR_IKE_ID, FOR_ROW };

static uint64_t draw(const struct saw_sim_model *m, enum purpose purpose, uint32_t tunnel, uint64_t detail) {
	return mix(mix(mix(m->options.seed + purpose) ^ tunnel) ^ detail);
}

/* --------------------------------------------------------------------------------------------------------------- counting */

static uint64_t shape_integral(uint64_t ms) {
	uint64_t sum = ms / SHAPE_PERIOD_MS * (100ULL * SHAPE_PERIOD_MS);
	uint64_t rest = ms % SHAPE_PERIOD_MS;
	size_t slot = 0;
	for (; rest >= SHAPE_SLOT_MS; rest -= SHAPE_SLOT_MS) {
		sum += shape[slot++] * SHAPE_SLOT_MS;
	}
	return sum + shape[slot] * rest;
}

static uint64_t units_at(const struct saw_sim_model *m, const struct tunnel *t, const struct direction *d,
						 uint64_t at) {
	if (!t->up || at <= t->anchor_ms) {
		return d->units;
	}
	uint64_t phase = draw(m, FOR_PHASE, (uint32_t)(t - m->tunnels), 0) % SHAPE_PERIOD_MS;
	return d->units + d->packets_per_second * (shape_integral(at + phase) - shape_integral(t->anchor_ms + phase));
}

/* floor(n * ppm / 10^6) without overflow */
static uint64_t part_of(uint64_t n, uint32_t ppm) {
	return n / MILLION * ppm + n % MILLION * ppm / MILLION;
}

static uint64_t lost_of(const struct direction *d, uint64_t sent) {
	return d->lost_at_loss + part_of(sent - d->sent_at_loss, d->loss_ppm);
}

static struct count count_at(const struct saw_sim_model *m, const struct tunnel *t, const struct direction *d,
							 uint64_t at) {
	uint64_t sent = units_at(m, t, d, at) / UNITS_PER_PACKET;
	uint64_t missing = lost_of(d, sent) + d->replay;
	uint64_t received = sent > missing ? sent - missing : 0;
	return (struct count){sent, received > d->received_floor ? received : d->received_floor, d->replay};
}

static struct count since(struct count now, struct count then) {
	return (struct count){now.sent - then.sent, now.received - then.received, now.replay - then.replay};
}

/* ----------------------------------------------------------------------------------------------------------------- rekeys */

/* Each tunnel rekeys a little before its lifetime ends, at a time of its own. */
static uint64_t rekey_period(const struct saw_sim_model *m, const struct tunnel *t) {
	uint64_t permille = 900 + draw(m, FOR_LIFE, (uint32_t)(t - m->tunnels), 0) % 80;
	return m->options.lifetime_seconds * permille;
}

struct rekeys {
	uint32_t refreshes;
	uint64_t last_ms, next_ms;
};

static struct rekeys rekeys_at(const struct saw_sim_model *m, const struct tunnel *t, uint64_t at) {
	struct rekeys r = {t->refreshes, t->rekey_last_ms, t->rekey_next_ms};
	if (t->up && at >= t->rekey_next_ms) {
		uint64_t period = rekey_period(m, t);
		uint64_t passed = (at - t->rekey_next_ms) / period;
		r.refreshes += (uint32_t)passed + 1;
		r.last_ms = t->rekey_next_ms + passed * period;
		r.next_ms = r.last_ms + period;
	}
	return r;
}

static struct count count_at_rekey(const struct saw_sim_model *m, const struct tunnel *t, const struct direction *d,
								   uint64_t last_ms) {
	return last_ms > t->rekey_last_ms ? count_at(m, t, d, last_ms) : d->at_rekey;
}

/* Moves the anchor to `at`: what was computed from the old one becomes state. Every change of a tunnel begins with it. */
static void settle(const struct saw_sim_model *m, struct tunnel *t, uint64_t at) {
	if (at < t->anchor_ms) {
		at = t->anchor_ms;
	}
	struct rekeys r = rekeys_at(m, t, at);
	for (int i = 0; i < SAW_SIM_DIRECTIONS; i++) {
		struct direction *d = &t->dir[i];
		d->at_rekey = count_at_rekey(m, t, d, r.last_ms);
	}
	for (int i = 0; i < SAW_SIM_DIRECTIONS; i++) {
		t->dir[i].units = units_at(m, t, &t->dir[i], at);
	}
	t->refreshes = r.refreshes;
	t->rekey_last_ms = r.last_ms;
	t->rekey_next_ms = r.next_ms;
	t->anchor_ms = at;
}

/* ------------------------------------------------------------------------------------------------------------------- rows */

static void add_row(struct saw_sim_model *m, enum saw_sim_dev dev, uint32_t tunnel) {
	struct device *d = &m->dev[dev];
	struct tunnel *t = &m->tunnels[tunnel];
	uint32_t step = platforms[dev].row_step;
	t->row[dev] = d->next_row;
	t->ike_row[dev] = d->next_ike_row;
	d->next_row += 1 + (uint32_t)(draw(m, FOR_ROW, d->next_row, dev) % step);
	d->next_ike_row += 1 + (uint32_t)(draw(m, FOR_ROW, d->next_ike_row, dev + 2) % step);
	d->rows[d->row_count++] = tunnel; /* indices only grow, so the order holds */
}

static void remove_row(struct saw_sim_model *m, enum saw_sim_dev dev, uint32_t tunnel) {
	struct device *d = &m->dev[dev];
	size_t low = 0, high = d->row_count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (m->tunnels[d->rows[mid]].row[dev] < m->tunnels[tunnel].row[dev]) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	memmove(&d->rows[low], &d->rows[low + 1], (--d->row_count - low) * sizeof(d->rows[0]));
}

/* Every row anew and in another order: what was the first tunnel's index may be another one's afterwards. */
static void renumber(struct saw_sim_model *m, enum saw_sim_dev dev) {
	struct device *d = &m->dev[dev];
	d->renumbered++;
	d->row_count = 0;
	for (uint32_t k = 0; k < m->options.tunnels; k++) {
		uint32_t tunnel = (k + d->renumbered) % m->options.tunnels;
		if (m->tunnels[tunnel].up) {
			add_row(m, dev, tunnel);
		}
	}
}

/* ----------------------------------------------------------------------------------------------------------------- events */

static void begin_session(struct saw_sim_model *m, struct tunnel *t, uint64_t at) {
	t->up = true;
	t->session++;
	t->refreshes = 0;
	t->anchor_ms = t->session_ms = t->rekey_last_ms = at;
	t->rekey_next_ms = at + rekey_period(m, t);
	for (int i = 0; i < SAW_SIM_DIRECTIONS; i++) {
		t->dir[i].at_session = t->dir[i].at_rekey = count_at(m, t, &t->dir[i], at);
	}
}

/* What the device shows of this end goes into its log before it is gone. at_ms: when it began, on the device's uptime. */
static void log_end(struct saw_sim_model *m, enum saw_sim_dev dev, enum saw_sim_log_id which, uint32_t reason,
					const struct saw_sim_end *e, uint64_t uptime_ms, uint64_t age_ms) {
	const struct saw_sim_entry entry = {
		.reason = reason,
		.local = e->local,
		.remote = e->remote,
		.row = e->row,
		.ike_row = e->ike_row,
		.at_ms = uptime_ms > age_ms ? uptime_ms - age_ms : 0,
		.active_ms = age_ms,
		.refreshes = e->refreshes,
		.ike_refreshes = e->ike_refreshes,
		.in_packets = e->in_packets,
		.out_packets = e->out_packets,
		.in_bytes = e->in_bytes,
		.out_bytes = e->out_bytes,
		.replay_drops = e->replay_drops,
	};
	saw_sim_log_add(&m->dev[dev].logs[which], &entry);
}

/* The peer is lost; what it still sends meets no SA. */
static void log_cut(struct saw_sim_model *m, enum saw_sim_dev dev, uint32_t tunnel, uint64_t at) {
	struct saw_sim_log *logs = m->dev[dev].logs;
	struct saw_sim_end e;
	uint64_t uptime = at > m->dev[dev].boot_ms ? at - m->dev[dev].boot_ms : 0;
	saw_sim_model_end(m, dev, tunnel, at - EPOCH_MS, &e);
	uint64_t age = m->dev[dev].quirk[SAW_SIM_QUIRK_RESTART_AT_REKEY] ? e.sa_age_ms : e.session_age_ms;
	log_end(m, dev, SAW_SIM_IKE_ENDED, SAW_SIM_END_PEER_LOST, &e, uptime, e.session_age_ms);
	log_end(m, dev, SAW_SIM_IPSEC_ENDED, SAW_SIM_END_PEER_LOST, &e, uptime, age);
	struct saw_sim_entry failure = {.reason = SAW_SIM_IKE_FAIL_PEER_LOST,
									.local = e.local,
									.remote = e.remote,
									.row = e.row,
									.spi = e.in_spi,
									.at_ms = uptime};
	saw_sim_log_add(&logs[SAW_SIM_IKE_FAILED], &failure);
	failure.reason = SAW_SIM_IPSEC_FAIL_NO_SA;
	saw_sim_log_add(&logs[SAW_SIM_IPSEC_FAILED], &failure);
}

/* Where counters start anew at a rekey, the tunnel that had counted has ended. */
static void log_rekey(struct saw_sim_model *m, enum saw_sim_dev dev, uint32_t tunnel, uint64_t at) {
	struct saw_sim_end e;
	if (!m->dev[dev].quirk[SAW_SIM_QUIRK_RESTART_AT_REKEY]) {
		return;
	}
	saw_sim_model_end(m, dev, tunnel, at - EPOCH_MS, &e);
	log_end(m, dev, SAW_SIM_IPSEC_ENDED, SAW_SIM_END_NORMAL, &e,
			at > m->dev[dev].boot_ms ? at - m->dev[dev].boot_ms : 0, e.sa_age_ms);
}

static void cut(struct saw_sim_model *m, uint32_t tunnel, uint64_t at) {
	struct tunnel *t = &m->tunnels[tunnel];
	if (!t->up) {
		return;
	}
	settle(m, t, at);
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		log_cut(m, (enum saw_sim_dev)dev, tunnel, at);
	}
	t->up = false;
	t->changed_ms = at;
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		remove_row(m, (enum saw_sim_dev)dev, tunnel);
		m->dev[dev].ended++;
	}
}

static void restore(struct saw_sim_model *m, uint32_t tunnel, uint64_t at) {
	struct tunnel *t = &m->tunnels[tunnel];
	if (t->up) {
		return;
	}
	begin_session(m, t, at);
	t->changed_ms = at;
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		add_row(m, (enum saw_sim_dev)dev, tunnel);
	}
}

static void rekey(struct saw_sim_model *m, struct tunnel *t, uint64_t at) {
	if (!t->up) {
		return;
	}
	settle(m, t, at);
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		log_rekey(m, (enum saw_sim_dev)dev, (uint32_t)(t - m->tunnels), at);
	}
	t->refreshes++;
	t->rekey_last_ms = at;
	t->rekey_next_ms = at + rekey_period(m, t);
	for (int i = 0; i < SAW_SIM_DIRECTIONS; i++) {
		t->dir[i].at_rekey = count_at(m, t, &t->dir[i], at);
	}
}

static void change_direction(struct saw_sim_model *m, struct tunnel *t, const struct saw_sim_event *e, uint64_t at) {
	struct direction *d = &t->dir[e->dir];
	settle(m, t, at);
	struct count now = count_at(m, t, d, at);
	switch (e->verb) {
	case SAW_SIM_REPLAY:
		if (t->up) {
			d->replay += e->amount;
			d->received_floor = now.received;
		}
		break;
	case SAW_SIM_LOSS:
		d->lost_at_loss = lost_of(d, now.sent);
		d->sent_at_loss = now.sent;
		d->loss_ppm = e->loss_ppm;
		break;
	default:
		d->packets_per_second = (uint32_t)(e->amount < MILLION ? e->amount : MILLION);
		break;
	}
}

static void on_tunnel(struct saw_sim_model *m, uint32_t tunnel, const struct saw_sim_event *e, uint64_t at) {
	switch (e->verb) {
	case SAW_SIM_CUT:
		cut(m, tunnel, at);
		break;
	case SAW_SIM_RESTORE:
		restore(m, tunnel, at);
		break;
	case SAW_SIM_REKEY:
		rekey(m, &m->tunnels[tunnel], at);
		break;
	case SAW_SIM_MTU:
		m->tunnels[tunnel].path_mtu = (uint32_t)(e->amount < 576 ? 576 : e->amount > 9000 ? 9000 : e->amount);
		break;
	default:
		change_direction(m, &m->tunnels[tunnel], e, at);
		break;
	}
}

/* The peer's sessions end with the device's, so both ends begin anew. */
static void reload(struct saw_sim_model *m, enum saw_sim_dev dev, uint64_t at) {
	for (uint32_t i = 0; i < m->options.tunnels; i++) {
		struct tunnel *t = &m->tunnels[i];
		bool was_up = t->up;
		cut(m, i, at);
		for (int d = 0; d < SAW_SIM_DIRECTIONS; d++) {
			t->dir[d].at_boot[dev] = count_at(m, t, &t->dir[d], at);
		}
		if (was_up) {
			restore(m, i, at);
		}
	}
	struct device *d = &m->dev[dev];
	d->boot_ms = at;
	d->boots++;
	d->ended = 0;
	for (int i = 0; i < SAW_SIM_LOGS; i++) {
		saw_sim_log_clear(&d->logs[i]);
	}
	d->next_row = platforms[dev].first_row;
	d->next_ike_row = platforms[dev].first_ike_row;
	renumber(m, dev);
}

static void on_device(struct saw_sim_model *m, const struct saw_sim_event *e, uint64_t at) {
	struct device *d = &m->dev[e->dev];
	switch (e->verb) {
	case SAW_SIM_RELOAD:
		reload(m, e->dev, at);
		break;
	case SAW_SIM_RENUMBER:
		renumber(m, e->dev);
		break;
	case SAW_SIM_QUIRK:
		d->quirk[e->quirk] = e->on;
		break;
	case SAW_SIM_DENY:
		snprintf(d->denied, sizeof(d->denied), "%s", strcmp(e->text, "nothing") == 0 ? "" : e->text);
		break;
	case SAW_SIM_HANGUP:
		d->hangups++;
		break;
	case SAW_SIM_RENAME:
		snprintf(d->hostname, sizeof(d->hostname), "%s", e->text);
		break;
	case SAW_SIM_FAILOVER:
		d->unit ^= 1;
		renumber(m, e->dev);
		break;
	case SAW_SIM_STANDBY:
		d->standby_failed = !e->on;
		break;
	case SAW_SIM_CPU:
		d->cpu_percent = e->amount < 100 ? (uint32_t)e->amount : 100;
		break;
	default:
		d->silent = e->verb == SAW_SIM_SILENCE;
		break;
	}
}

static bool is_of_device(enum saw_sim_verb verb) {
	return verb == SAW_SIM_RELOAD || verb == SAW_SIM_RENUMBER || verb == SAW_SIM_SILENCE || verb == SAW_SIM_SPEAK ||
		   verb == SAW_SIM_QUIRK || verb == SAW_SIM_DENY || verb == SAW_SIM_RENAME || verb == SAW_SIM_HANGUP ||
		   verb == SAW_SIM_CPU || verb == SAW_SIM_FAILOVER || verb == SAW_SIM_STANDBY;
}

static int happen(struct saw_sim_model *m, uint64_t at, const struct saw_sim_event *e) {
	if (e->verb == SAW_SIM_ADVANCE) {
		return -EINVAL; /* time is the caller's */
	}
	if (is_of_device(e->verb)) {
		on_device(m, e, at);
	} else if (e->tunnel == SAW_SIM_ALL_TUNNELS) {
		for (uint32_t i = 0; i < m->options.tunnels; i++) {
			on_tunnel(m, i, e, at);
		}
	} else if (e->tunnel < m->options.tunnels) {
		on_tunnel(m, e->tunnel, e, at);
	} else {
		return SAW_ERANGE;
	}
	m->generation++;
	return 0;
}

int saw_sim_model_schedule(struct saw_sim_model *m, uint64_t at_ms, const struct saw_sim_event *event) {
	if (SAW_LIST_ROOM(m->scheduled, m->scheduled_count, m->scheduled_cap))
		return -ENOMEM;
	size_t i = m->scheduled_count++;
	for (; i > m->scheduled_done && m->scheduled[i - 1].at_ms > at_ms; i--) {
		m->scheduled[i] = m->scheduled[i - 1];
	}
	m->scheduled[i] = (struct scheduled){at_ms, *event};
	return 0;
}

void saw_sim_model_advance(struct saw_sim_model *m, uint64_t now_ms) {
	while (saw_sim_model_next(m) <= now_ms) {
		const struct scheduled *s = &m->scheduled[m->scheduled_done++];
		happen(m, EPOCH_MS + s->at_ms, &s->event);
	}
}

int saw_sim_model_apply(struct saw_sim_model *m, uint64_t now_ms, const struct saw_sim_event *event) {
	saw_sim_model_advance(m, now_ms);
	return happen(m, EPOCH_MS + now_ms, event);
}

uint64_t saw_sim_model_next(const struct saw_sim_model *m) {
	return m->scheduled_done < m->scheduled_count ? m->scheduled[m->scheduled_done].at_ms : UINT64_MAX;
}

/* -------------------------------------------------------------------------------------------------------------- beginning */

static void init_tunnel(struct saw_sim_model *m, uint32_t i) {
	struct tunnel *t = &m->tunnels[i];
	t->path_mtu = SAW_SIM_PATH_MTU;
	for (int d = 0; d < SAW_SIM_DIRECTIONS; d++) {
		t->dir[d].packets_per_second = 200 + (uint32_t)(draw(m, FOR_RATE, i, (uint64_t)d) % 700);
		t->dir[d].packet_bytes = 300 + (uint32_t)(draw(m, FOR_SIZE, i, (uint64_t)d) % 600);
	}
	uint64_t age = 3600000 + draw(m, FOR_AGE, i, 0) % (60ULL * 3600000);
	begin_session(m, t, EPOCH_MS - age);
	t->changed_ms = EPOCH_MS - age;
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		add_row(m, (enum saw_sim_dev)dev, i);
	}
}

struct saw_sim_model *saw_sim_model_create(const struct saw_sim_options *options) {
	if (options->tunnels == 0 || options->tunnels > SAW_SIM_TUNNELS_MAX || options->lifetime_seconds == 0) {
		return NULL;
	}
	struct saw_sim_model *m = calloc(1, sizeof(*m));
	if (!m) {
		return NULL;
	}
	m->options = *options;
	m->tunnels = calloc(options->tunnels, sizeof(*m->tunnels));
	bool ok = m->tunnels;
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		struct device *d = &m->dev[dev];
		d->rows = calloc(options->tunnels, sizeof(*d->rows));
		d->boots = 1;
		d->cpu_percent = platforms[dev].cpu_percent;
		d->boot_ms = EPOCH_MS - platforms[dev].uptime_ms;
		d->next_row = platforms[dev].first_row;
		d->next_ike_row = platforms[dev].first_ike_row;
		ok = ok && d->rows;
	}
	if (!ok) {
		saw_sim_model_destroy(m);
		return NULL;
	}
	for (uint32_t i = 0; i < options->tunnels; i++) {
		init_tunnel(m, i);
	}
	return m;
}

void saw_sim_model_destroy(struct saw_sim_model *m) {
	if (!m) {
		return;
	}
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		free(m->dev[dev].rows);
		for (int i = 0; i < SAW_SIM_LOGS; i++) {
			saw_sim_log_clear(&m->dev[dev].logs[i]);
		}
	}
	free(m->tunnels);
	free(m->scheduled);
	free(m);
}

/* ---------------------------------------------------------------------------------------------------------------- reading */

uint64_t saw_sim_model_generation(const struct saw_sim_model *m) {
	return m->generation;
}

const struct saw_sim_identity *saw_sim_identity_of(enum saw_sim_dev dev) {
	return &platforms[dev].identity;
}

uint32_t saw_sim_model_tunnels(const struct saw_sim_model *m) {
	return m->options.tunnels;
}

bool saw_sim_model_quirk(const struct saw_sim_model *m, enum saw_sim_dev dev, enum saw_sim_quirk quirk) {
	return m->dev[dev].quirk[quirk];
}

uint32_t saw_sim_model_lifetime(const struct saw_sim_model *m) {
	return m->options.lifetime_seconds;
}

uint32_t saw_sim_model_prefixes(uint32_t tunnel) {
	return 3 + tunnel % 5;
}

const char *saw_sim_model_hostname(const struct saw_sim_model *m, enum saw_sim_dev dev) {
	return m->dev[dev].hostname[0] ? m->dev[dev].hostname : platforms[dev].identity.name;
}

const char *saw_sim_model_denied(const struct saw_sim_model *m, enum saw_sim_dev dev) {
	return m->dev[dev].denied;
}

void saw_sim_model_device(const struct saw_sim_model *m, enum saw_sim_dev dev, uint64_t now_ms,
						  struct saw_sim_device *out) {
	const struct device *d = &m->dev[dev];
	uint64_t at = EPOCH_MS + now_ms;
	*out = (struct saw_sim_device){
		.uptime_ms = at > d->boot_ms ? at - d->boot_ms : 0,
		.boots = d->boots,
		.first_if_index = platforms[dev].first_if_index + 100 * d->renumbered,
		.silent = d->silent,
		.cpu_percent = d->cpu_percent,
		.hangups = d->hangups,
		.unit = d->unit,
		.standby_failed = d->standby_failed,
		.serial = platforms[dev].identity.serials[d->unit],
	};
}

const uint32_t *saw_sim_model_rows(const struct saw_sim_model *m, enum saw_sim_dev dev, size_t *count) {
	*count = m->dev[dev].row_count;
	return m->dev[dev].rows;
}

uint32_t saw_sim_model_row(const struct saw_sim_model *m, enum saw_sim_dev dev, uint32_t tunnel) {
	return m->tunnels[tunnel].row[dev];
}

uint32_t saw_sim_model_ike_row(const struct saw_sim_model *m, enum saw_sim_dev dev, uint32_t tunnel) {
	return m->tunnels[tunnel].ike_row[dev];
}

/* Documentation addresses while they last, then the block set apart for benchmarks. */
uint32_t saw_sim_model_outer(enum saw_sim_dev dev, uint32_t tunnel) {
	if (dev == SAW_SIM_ASA) {
		return 0xc0000201; /* 192.0.2.1 */
	}
	return tunnel < 250 ? 0xc6336401 + tunnel : 0xc6120000 + tunnel; /* 198.51.100.1 on; 198.18.0.0/15 */
}

uint32_t saw_sim_model_inside(enum saw_sim_dev dev, uint32_t tunnel) {
	return 0x0a0b0000 + 4 * tunnel + 1 + (uint32_t)dev; /* 10.11.0.1 and .2 */
}

const struct saw_sim_log *saw_sim_model_log(const struct saw_sim_model *m, enum saw_sim_dev dev,
											enum saw_sim_log_id which) {
	return &m->dev[dev].logs[which];
}

static uint32_t spi_of(const struct saw_sim_model *m, uint32_t tunnel, int dir, uint32_t session, uint32_t generation) {
	uint64_t detail = (uint64_t)session << 34 | (uint64_t)generation << 1 | (uint64_t)dir;
	uint32_t spi = (uint32_t)draw(m, FOR_SPI, tunnel, detail);
	return spi > 255 ? spi : spi + 256; /* 0 to 255 are reserved */
}

static void fill_ike(const struct saw_sim_model *m, const struct tunnel *t, enum saw_sim_dev dev,
					 struct saw_sim_end *out) {
	const uint64_t period = SAW_SIM_IKE_LIFE_SECONDS * 950ULL;
	uint32_t tunnel = (uint32_t)(t - m->tunnels);
	out->ike_refreshes = (uint32_t)(out->session_age_ms / period);
	out->ike_age_ms = out->session_age_ms % period;
	uint64_t detail = (uint64_t)t->session << 33 | (uint64_t)out->ike_refreshes << 1;
	out->ike_local_spi = draw(m, FOR_IKE_SPI, tunnel, detail | dev);
	out->ike_remote_spi = draw(m, FOR_IKE_SPI, tunnel, detail | !dev);
	out->ike_id = dev == SAW_SIM_ASA ? (uint32_t)draw(m, FOR_IKE_ID, tunnel, t->session) | 1 : t->ike_row[dev];
}

static void fill_session(const struct saw_sim_model *m, const struct tunnel *t, enum saw_sim_dev dev, uint64_t at,
						 struct saw_sim_end *out) {
	const struct direction *to = &t->dir[dev], *from = &t->dir[!dev];
	uint32_t tunnel = (uint32_t)(t - m->tunnels);
	struct rekeys r = rekeys_at(m, t, at);
	bool restarts = m->dev[dev].quirk[SAW_SIM_QUIRK_RESTART_AT_REKEY];
	struct count sent = count_at(m, t, to, at), got = count_at(m, t, from, at);
	struct count sa_sent = since(sent, count_at_rekey(m, t, to, r.last_ms));
	struct count sa_got = since(got, count_at_rekey(m, t, from, r.last_ms));
	sent = restarts ? sa_sent : since(sent, to->at_session);
	got = restarts ? sa_got : since(got, from->at_session);

	out->row = t->row[dev];
	out->ike_row = t->ike_row[dev];
	out->initiator = dev == SAW_SIM_ASA;
	out->session = t->session;
	out->session_age_ms = at > t->session_ms ? at - t->session_ms : 0;
	out->sa_age_ms = at > r.last_ms ? at - r.last_ms : 0;
	out->sa_life_seconds = m->options.lifetime_seconds;
	out->refreshes = r.refreshes;
	out->out_spi = spi_of(m, tunnel, dev, t->session, r.refreshes);
	out->in_spi = spi_of(m, tunnel, !dev, t->session, r.refreshes);
	out->out_packets = sent.sent;
	out->in_packets = got.received;
	out->replay_drops = got.replay;
	out->out_bytes = sent.sent * (to->packet_bytes + SAW_SIM_ESP_BYTES);
	out->in_bytes = got.received * (from->packet_bytes + SAW_SIM_ESP_BYTES);
	out->sa_out_bytes = sa_sent.sent * (to->packet_bytes + SAW_SIM_ESP_BYTES);
	out->sa_in_bytes = sa_got.received * (from->packet_bytes + SAW_SIM_ESP_BYTES);
	fill_ike(m, t, dev, out);
}

/* What ESP in UDP leaves of a packet: AES-GCM fills up to four bytes, of which two are the trailer's. */
static uint32_t plaintext_mtu(uint32_t path_mtu) {
	uint32_t room = path_mtu - (SAW_SIM_PATH_MTU - SAW_SIM_PLAINTEXT_MTU - 2);
	return room / 4 * 4 - 2;
}

void saw_sim_model_end(const struct saw_sim_model *m, enum saw_sim_dev dev, uint32_t tunnel, uint64_t now_ms,
					   struct saw_sim_end *out) {
	const struct tunnel *t = &m->tunnels[tunnel];
	const struct direction *to = &t->dir[dev], *from = &t->dir[!dev];
	uint64_t at = EPOCH_MS + now_ms, boot = m->dev[dev].boot_ms;
	struct count sent = since(count_at(m, t, to, at), to->at_boot[dev]);
	struct count got = since(count_at(m, t, from, at), from->at_boot[dev]);
	*out = (struct saw_sim_end){
		.number = SAW_SIM_TUNNEL_FIRST + tunnel,
		.up = t->up,
		.local = saw_sim_model_outer(dev, tunnel),
		.remote = saw_sim_model_outer(dev == SAW_SIM_ASA ? SAW_SIM_ASR : SAW_SIM_ASA, tunnel),
		.inside_local = saw_sim_model_inside(dev, tunnel),
		.path_mtu = t->path_mtu,
		.plaintext_mtu = plaintext_mtu(t->path_mtu),
		.if_out_packets = sent.sent,
		.if_in_packets = got.received,
		.if_out_bytes = sent.sent * to->packet_bytes,
		.if_in_bytes = got.received * from->packet_bytes,
		.changed_ms = t->changed_ms > boot ? t->changed_ms - boot : 0,
	};
	if (t->up) {
		fill_session(m, t, dev, at, out);
	}
}

void saw_sim_model_totals(const struct saw_sim_model *m, enum saw_sim_dev dev, uint64_t now_ms,
						  struct saw_sim_totals *out) {
	uint64_t at = EPOCH_MS + now_ms;
	*out = (struct saw_sim_totals){.active = (uint32_t)m->dev[dev].row_count, .previous = m->dev[dev].ended};
	for (uint32_t i = 0; i < m->options.tunnels; i++) {
		const struct tunnel *t = &m->tunnels[i];
		const struct direction *to = &t->dir[dev], *from = &t->dir[!dev];
		struct count sent = since(count_at(m, t, to, at), to->at_boot[dev]);
		struct count got = since(count_at(m, t, from, at), from->at_boot[dev]);
		out->out_packets += sent.sent;
		out->in_packets += got.received;
		out->replay_drops += got.replay;
		out->out_bytes += sent.sent * (to->packet_bytes + SAW_SIM_ESP_BYTES);
		out->in_bytes += got.received * (from->packet_bytes + SAW_SIM_ESP_BYTES);
	}
}
