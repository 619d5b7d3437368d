/*
 * The one truth behind both simulated devices: an ASA and an ASR joined by VTI tunnels.
 *
 * Purpose:   a state that is a function of time. Events change it at an instant; between events everything (counters, rekeys,
 *            SPIs, ages) is computed in closed form from the anchors the last event left, so that reading costs the same at any
 *            age and two models that were given the same events agree whatever was read in between.
 * Counters:  what one end sends arrives at the other, less what is lost on the way and what its replay check drops: integers,
 *            exact. Totals never restart; what a device shows is a total less its value when the session, the SA (quirk
 *            restart-at-rekey) or the device began.
 * Time:      milliseconds since the simulation began, always a parameter. Sessions are some hours old then.
 * Threads:   one owner; each device's process has its own copy and is told the same events.
 * Source:    what devices do is in doc/ (VTI of AES-GCM-256, group 21, PRF SHA-512, window 512, NAT-T).
 */
#ifndef SAWATCH_SIM_MODEL_H
#define SAWATCH_SIM_MODEL_H

#include "sim/event.h"
#include "sim/history.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAW_SIM_TUNNELS_MAX 20000
#define SAW_SIM_TUNNEL_FIRST 11 /* the first tunnel is Tunnel11 */

/* What is configured on both ends, so the same for every tunnel. */
#define SAW_SIM_KEY_BITS 256
#define SAW_SIM_DH_GROUP 21
#define SAW_SIM_REPLAY_WINDOW 512
#define SAW_SIM_PATH_MTU 1500 /* unless an event says otherwise */
#define SAW_SIM_PLAINTEXT_MTU 1438
#define SAW_SIM_OVERHEAD 63
#define SAW_SIM_OVERHEAD_BASE 44
#define SAW_SIM_ESP_BYTES 62 /* what ESP in UDP adds to a packet, padding aside */
#define SAW_SIM_LIFE_KILOBYTES 4608000
#define SAW_SIM_IKE_LIFE_SECONDS 86400
#define SAW_SIM_DPD_SECONDS 10
#define SAW_SIM_DPD_RETRY_SECONDS 2
#define SAW_SIM_VRF "INET"   /* the front-door VRF of the router, and the SNMP context that shows it */
#define SAW_SIM_ASA_AS 65010 /* BGP over the tunnels */
#define SAW_SIM_ASR_AS 65020

struct saw_sim_options {
	uint32_t tunnels;          /* 1 to SAW_SIM_TUNNELS_MAX */
	uint64_t seed;             /* rates, ages and SPIs follow from it */
	uint32_t lifetime_seconds; /* of a child SA */
};

#define SAW_SIM_OPTIONS_DEFAULT ((struct saw_sim_options){.tunnels = 2, .seed = 1, .lifetime_seconds = 3600})

/* What never changes about a device. */
struct saw_sim_identity {
	const char *name;
	const char *sys_descr;
	const char *version;
	const char *model;
	const char *serials[2]; /* of the primary and, where it is a pair, the secondary unit */
	uint32_t product;       /* sysObjectID is 1.3.6.1.4.1.9.1.product */
	const char *outside;    /* the interface tunnels leave by, as the CLI names it */
};

struct saw_sim_device {
	uint64_t uptime_ms;
	uint32_t boots;
	uint32_t first_if_index; /* of the tunnel interfaces; they follow in order */
	bool silent;
	uint32_t cpu_percent;
	uint32_t hangups; /* how often its sessions of SSH were ended */
	uint32_t unit;    /* the active one of a pair: 0 the primary, 1 the secondary */
	bool standby_failed;
	const char *serial; /* of the active unit */
};

/* A tunnel as one device sees it. */
struct saw_sim_end {
	uint32_t number; /* of the interface: TunnelN */
	bool up;
	uint32_t local, remote; /* outer IPv4 addresses, host order */
	uint32_t inside_local;  /* the interface's own address, /30 */
	uint32_t path_mtu, plaintext_mtu;
	uint64_t if_in_packets, if_out_packets, if_in_bytes, if_out_bytes; /* clear side, since the device started */
	uint64_t changed_ms; /* when the tunnel came up or went down last, on the device's uptime */
	/* what follows is there only while up */
	uint32_t row, ike_row; /* SNMP indices */
	bool initiator;
	uint32_t session; /* counts the sessions of this tunnel, from 1 */
	uint64_t session_age_ms, sa_age_ms, ike_age_ms;
	uint32_t sa_life_seconds;
	uint32_t refreshes, ike_refreshes;
	uint32_t in_spi, out_spi;
	uint64_t ike_local_spi, ike_remote_spi;
	uint32_t ike_id;                  /* the CLI's Tunnel-id */
	uint64_t in_packets, out_packets; /* decapsulated, encapsulated */
	uint64_t in_bytes, out_bytes;     /* with ESP */
	uint64_t replay_drops;
	uint64_t sa_in_bytes, sa_out_bytes; /* of the SA in use */
};

/* What a device has counted over all its tunnels, ended ones included, since it started. */
struct saw_sim_totals {
	uint32_t active;
	uint64_t previous;
	uint64_t in_packets, out_packets, in_bytes, out_bytes, replay_drops;
};

struct saw_sim_model;

/* NULL without memory or with options out of range. */
struct saw_sim_model *saw_sim_model_create(const struct saw_sim_options *options);
void saw_sim_model_destroy(struct saw_sim_model *m);

/* Keeps an event for later; those of one time happen in the order given. 0 or -ENOMEM. */
int saw_sim_model_schedule(struct saw_sim_model *m, uint64_t at_ms, const struct saw_sim_event *event);

/* Lets happen what was scheduled up to now. */
void saw_sim_model_advance(struct saw_sim_model *m, uint64_t now_ms);

/* An event that happens now (after what was scheduled until now). 0, or SAW_ERANGE for a tunnel that is not there. */
int saw_sim_model_apply(struct saw_sim_model *m, uint64_t now_ms, const struct saw_sim_event *event);

/* When the next scheduled event happens; UINT64_MAX for none. */
uint64_t saw_sim_model_next(const struct saw_sim_model *m);

/* Counts events that happened: what was computed from the model stays true while this and the time are the same. */
uint64_t saw_sim_model_generation(const struct saw_sim_model *m);

const struct saw_sim_identity *saw_sim_identity_of(enum saw_sim_dev dev);
uint32_t saw_sim_model_tunnels(const struct saw_sim_model *m);
bool saw_sim_model_quirk(const struct saw_sim_model *m, enum saw_sim_dev dev, enum saw_sim_quirk quirk);
/* The name in its prompt, and the command that it denies ("": none). */
const char *saw_sim_model_hostname(const struct saw_sim_model *m, enum saw_sim_dev dev);
const char *saw_sim_model_denied(const struct saw_sim_model *m, enum saw_sim_dev dev);
void saw_sim_model_device(const struct saw_sim_model *m, enum saw_sim_dev dev, uint64_t now_ms,
						  struct saw_sim_device *out);

/* tunnel: 0 to tunnels - 1. */
void saw_sim_model_end(const struct saw_sim_model *m, enum saw_sim_dev dev, uint32_t tunnel, uint64_t now_ms,
					   struct saw_sim_end *out);

/* The device's SNMP rows, in the order of their indices: row k belongs to tunnel rows[k]; IKE rows have the same order. */
const uint32_t *saw_sim_model_rows(const struct saw_sim_model *m, enum saw_sim_dev dev, size_t *count);
uint32_t saw_sim_model_row(const struct saw_sim_model *m, enum saw_sim_dev dev, uint32_t tunnel);
uint32_t saw_sim_model_ike_row(const struct saw_sim_model *m, enum saw_sim_dev dev, uint32_t tunnel);

/* Outer and inside (/30) address of one end, host order; they never change. */
uint32_t saw_sim_model_outer(enum saw_sim_dev dev, uint32_t tunnel);
uint32_t saw_sim_model_inside(enum saw_sim_dev dev, uint32_t tunnel);

/* Lifetime of child SAs, in seconds; prefixes that BGP gets over the tunnel while it is up. */
uint32_t saw_sim_model_lifetime(const struct saw_sim_model *m);
uint32_t saw_sim_model_prefixes(uint32_t tunnel);

/* What ended and what failed on the device since it started. */
const struct saw_sim_log *saw_sim_model_log(const struct saw_sim_model *m, enum saw_sim_dev dev,
											enum saw_sim_log_id which);

/* Looks at every tunnel. */
void saw_sim_model_totals(const struct saw_sim_model *m, enum saw_sim_dev dev, uint64_t now_ms,
						  struct saw_sim_totals *out);

#endif
