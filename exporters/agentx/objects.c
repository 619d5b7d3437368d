#include "config.h"

#include "exporters/agentx/mib.h"

#include "proto/json.h"
#include "proto/tunnel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LENGTH(a) (sizeof(a) / sizeof(a)[0])

/* ------------------------------------------------------------------------------------------------------ putting values */

static bool put_gauge(struct saw_mib_value *v, uint64_t n) {
	saw_mib_put_number(v, SAW_MIB_TAG_GAUGE, n);
	return true;
}

static bool put_integer(struct saw_mib_value *v, int64_t n) {
	saw_mib_put_number(v, SAW_MIB_TAG_INTEGER, (uint64_t)n);
	return true;
}

static bool put_truth(struct saw_mib_value *v, bool yes) {
	return put_integer(v, yes ? 1 : 2);
}

static bool put_time(struct saw_mib_value *v, bool has, int64_t ms) {
	if (!has || ms <= 0)
		return false;
	saw_mib_put_datetime(v, ms);
	return true;
}

/* Fractions go out as whole numbers of a smaller unit. */
static bool put_scaled(struct saw_mib_value *v, bool has, double d, double scale) {
	if (!has || !isfinite(d) || d < 0)
		return false;
	d = d * scale + 0.5;
	return put_gauge(v, d > UINT32_MAX ? UINT32_MAX : (uint64_t)d);
}

static bool put_list(struct saw_mib_value *v, char *const *texts, size_t n) {
	char all[SAW_MIB_TEXT_MAX * 2] = "";
	size_t len = 0;

	for (size_t i = 0; i < n && len < sizeof all - 1; i++)
		len += (size_t)snprintf(all + len, sizeof all - len, "%s%s", i ? "; " : "", texts[i]);
	saw_mib_put_text(v, all);
	return true;
}

/* -------------------------------------------------------------------------------------------------------- the daemon */

static bool version(const struct saw_mib_row *r, int arg, struct saw_mib_value *v) {
	(void)r;
	(void)arg;
	saw_mib_put_text(v, PACKAGE_VERSION);
	return true;
}

enum { STARTED, MADE, AGE };
static bool snapshot_time(const struct saw_mib_row *r, int which, struct saw_mib_value *v) {
	const Sawatch__V1__Snapshot *s = r->snapshot;

	if (which == STARTED)
		return put_time(v, s->has_started_at_ms, s->started_at_ms);
	if (which == MADE)
		return put_time(v, s->has_made_at_ms, s->made_at_ms);
	return s->has_made_at_ms && put_gauge(v, (uint64_t)(saw_ms_since(s->made_at_ms, r->now_ms) / 1000));
}

static bool snapshot_size(const struct saw_mib_row *r, int links, struct saw_mib_value *v) {
	return put_gauge(v, links == 2 ? r->snapshot->n_links : links ? r->snapshot->n_tunnels : r->snapshot->n_devices);
}

static bool in_state(const struct saw_mib_row *r, int state, struct saw_mib_value *v) {
	return put_gauge(v, r->counts->states[state]);
}

enum { SILENCED, LINKS_UP, LINKS_DOWN, LINKS_UNKNOWN, UNREACHABLE };
static bool counted(const struct saw_mib_row *r, int which, struct saw_mib_value *v) {
	const struct saw_mib_counts *c = r->counts;
	const uint32_t counts[] = {[SILENCED] = c->maintenance,
							   [LINKS_UP] = c->links_up,
							   [LINKS_DOWN] = c->links_down,
							   [LINKS_UNKNOWN] = c->links_unknown,
							   [UNREACHABLE] = c->devices_unreachable};

	return put_gauge(v, counts[which]);
}

static bool scheduler_lag(const struct saw_mib_row *r, int arg, struct saw_mib_value *v) {
	(void)arg;
	return put_scaled(v, r->snapshot->has_scheduler_lag_seconds, r->snapshot->scheduler_lag_seconds, 1000);
}

/* ---------------------------------------------------------------------------------------------------------- devices */

int saw_mib_reachable(const Sawatch__V1__Device *d, const char **why) {
	int reachable = -1;

	for (size_t i = 0; i < d->n_sources; i++) {
		const Sawatch__V1__SourceStatus *s = d->sources[i];

		if (!s->has_error_class) {
			if (s->has_observed_at_ms)
				return 1;
			continue;
		}
		if (reachable < 0 && why)
			*why = s->error;
		reachable = 0;
	}
	return reachable;
}

static bool reachable(const struct saw_mib_row *r, int arg, struct saw_mib_value *v) {
	int is = saw_mib_reachable(r->device, NULL);

	(void)arg;
	return put_integer(v, is < 0 ? 3 : is ? 1 : 2);
}

static bool unreachable_why(const struct saw_mib_row *r, int arg, struct saw_mib_value *v) {
	const char *why = NULL;

	(void)arg;
	if (saw_mib_reachable(r->device, &why) != 0 || !why)
		return false;
	saw_mib_put_text(v, why);
	return true;
}

static bool platform(const struct saw_mib_row *r, int arg, struct saw_mib_value *v) {
	(void)arg;
	return r->device->has_platform && put_integer(v, (int)r->device->platform);
}

static bool unit_changed(const struct saw_mib_row *r, int arg, struct saw_mib_value *v) {
	(void)arg;
	return put_time(v, r->device->has_unit_changed_ms, r->device->unit_changed_ms);
}

enum { OBSERVED, ATTEMPTED };
static bool source_time(const struct saw_mib_row *r, int which, struct saw_mib_value *v) {
	const Sawatch__V1__SourceStatus *s = r->source;

	return which == OBSERVED ? put_time(v, s->has_observed_at_ms, s->observed_at_ms)
							 : put_time(v, s->has_attempted_at_ms, s->attempted_at_ms);
}

enum { DURATION, INTERVAL };
static bool poll_seconds(const struct saw_mib_row *r, int which, struct saw_mib_value *v) {
	const Sawatch__V1__SourceStatus *s = r->source;

	return which == DURATION ? put_scaled(v, s->has_poll_duration_seconds, s->poll_duration_seconds, 1000)
							 : put_scaled(v, s->has_poll_interval_seconds, s->poll_interval_seconds, 1000);
}

static bool error_class(const struct saw_mib_row *r, int arg, struct saw_mib_value *v) {
	(void)arg;
	return r->source->has_error_class && put_integer(v, (int)r->source->error_class);
}

static bool poll_errors(const struct saw_mib_row *r, int arg, struct saw_mib_value *v) {
	uint64_t sum = 0;

	(void)arg;
	for (size_t i = 0; i < r->source->n_errors; i++)
		sum += r->source->errors[i]->count;
	saw_mib_put_number(v, SAW_MIB_TAG_COUNTER64, sum);
	return true;
}

/* ---------------------------------------------------------------------------------------------------------- tunnels */

static bool tunnel_state(const struct saw_mib_row *r, int arg, struct saw_mib_value *v) {
	(void)arg;
	return put_integer(v, (int)saw_tunnel_state(r->tunnel));
}

static bool tunnel_reasons(const struct saw_mib_row *r, int arg, struct saw_mib_value *v) {
	(void)arg;
	return put_list(v, r->tunnel->reasons, r->tunnel->n_reasons);
}

static bool link_reasons(const struct saw_mib_row *r, int arg, struct saw_mib_value *v) {
	(void)arg;
	return put_list(v, r->link->reasons, r->link->n_reasons);
}

enum { SINCE, FIRST_SEEN, LAST_SEEN, LAST_REKEY, SA_SINCE };
static bool tunnel_time(const struct saw_mib_row *r, int which, struct saw_mib_value *v) {
	const Sawatch__V1__TunnelEnd *t = r->tunnel;

	switch (which) {
	case SINCE:
		return put_time(v, t->has_since_ms, t->since_ms);
	case FIRST_SEEN:
		return put_time(v, t->has_first_seen_ms, t->first_seen_ms);
	case LAST_SEEN:
		return put_time(v, t->has_last_seen_ms, t->last_seen_ms);
	case LAST_REKEY:
		return put_time(v, t->has_last_rekey_ms, t->last_rekey_ms);
	default:
		return put_time(v, t->has_sa_since_ms, t->sa_since_ms);
	}
}

/* A truth that the snapshot only says where it is so. */
enum { SILENT, LISTED };
static bool tunnel_flag(const struct saw_mib_row *r, int which, struct saw_mib_value *v) {
	return put_truth(v, which == SILENT ? r->tunnel->maintenance : r->tunnel->inventory);
}

static bool tunnel_link(const struct saw_mib_row *r, int arg, struct saw_mib_value *v) {
	(void)arg;
	return r->link_index && put_gauge(v, r->link_index);
}

enum { IN, OUT };
static bool remaining_kilobytes(const struct saw_mib_row *r, int way, struct saw_mib_value *v) {
	const Sawatch__V1__TunnelEnd *t = r->tunnel;

	return way == IN ? t->has_in_remaining_bytes && put_gauge(v, t->in_remaining_bytes / 1024)
					 : t->has_out_remaining_bytes && put_gauge(v, t->out_remaining_bytes / 1024);
}

static bool replay_rate(const struct saw_mib_row *r, int arg, struct saw_mib_value *v) {
	(void)arg;
	return put_scaled(v, r->tunnel->has_replay_errors_per_second, r->tunnel->replay_errors_per_second, 1000);
}

static bool replay_ratio(const struct saw_mib_row *r, int arg, struct saw_mib_value *v) {
	(void)arg;
	return put_scaled(v, r->tunnel->has_sa_replay_ratio, r->tunnel->sa_replay_ratio, 1e6);
}

static bool rate(const struct saw_mib_row *r, int way, struct saw_mib_value *v) {
	const Sawatch__V1__Total *t = saw_mib_total(r->tunnel, way == IN ? "in_bytes" : "out_bytes");

	return t && put_scaled(v, t->has_per_second, t->per_second, 8.0 / 1000);
}

static bool capacity(const struct saw_mib_row *r, int arg, struct saw_mib_value *v) {
	(void)arg;
	return r->tunnel->has_capacity_bytes_per_second && put_gauge(v, r->tunnel->capacity_bytes_per_second / 125);
}

enum { LOWER_BOUND, STALE };
static bool any_total(const struct saw_mib_row *r, int which, struct saw_mib_value *v) {
	const Sawatch__V1__TunnelEnd *t = r->tunnel;
	bool any = false;

	for (size_t i = 0; i < t->n_totals; i++)
		any = any || (which == STALE ? t->totals[i]->stale : t->totals[i]->lower_bound);
	return t->n_totals && put_truth(v, any);
}

static bool layer_state(const struct saw_mib_row *r, int arg, struct saw_mib_value *v) {
	(void)arg;
	return put_integer(v, !r->layer->has_up ? 3 : r->layer->up ? 1 : 2);
}

/* ------------------------------------------------------------------------------------------------------------- links */

static bool link_state(const struct saw_mib_row *r, int arg, struct saw_mib_value *v) {
	(void)arg;
	return put_integer(v, !r->link->has_up ? 3 : r->link->up ? 1 : 2);
}

static bool link_maintenance(const struct saw_mib_row *r, int arg, struct saw_mib_value *v) {
	(void)arg;
	return put_truth(v, r->link->maintenance);
}

enum { A_DEVICE, A_TUNNEL, B_DEVICE, B_TUNNEL };
static bool link_end(const struct saw_mib_row *r, int which, struct saw_mib_value *v) {
	uint32_t index = which < B_DEVICE ? r->a[which - A_DEVICE] : r->b[which - B_DEVICE];

	return index && put_gauge(v, index);
}

static bool way_source(const struct saw_mib_row *r, int arg, struct saw_mib_value *v) {
	(void)arg;
	return r->way->has_source && put_integer(v, (int)r->way->source);
}

static bool way_window(const struct saw_mib_row *r, int arg, struct saw_mib_value *v) {
	(void)arg;
	return put_scaled(v, r->way->has_window_seconds, r->way->window_seconds, 1);
}

enum { LOSS, BOUND };
static bool way_ratio(const struct saw_mib_row *r, int which, struct saw_mib_value *v) {
	bool has = which == LOSS ? r->way->has_loss_ratio : r->way->has_loss_bound_ratio;
	double d = (which == LOSS ? r->way->loss_ratio : r->way->loss_bound_ratio) * 1e6;

	if (!has || !isfinite(d))
		return false;
	return put_integer(v, d > INT32_MAX ? INT32_MAX : d < INT32_MIN ? INT32_MIN : (int64_t)llround(d));
}

static bool way_one_way(const struct saw_mib_row *r, int arg, struct saw_mib_value *v) {
	(void)arg;
	return r->way->has_one_way && put_truth(v, r->way->one_way);
}

/* ------------------------------------------------------------------------------------------------------ enumerations */

#define ENUM(variable, tc, text, ...)                                             \
	static const struct saw_mib_choice variable##_choices[] = {__VA_ARGS__, {0}}; \
	static const struct saw_mib_enum variable = {tc, text, variable##_choices}

ENUM(states, "SawVerdict",
	 "The verdict over a tunnel end. up: it works. degraded: it carries traffic and something is wrong. down: it was "
	 "there and is not. missing: it is expected, and a complete reading of the device did not show it. unexpected: it "
	 "works and is not in the inventory. unknown: the device could not be read, which says nothing about the tunnel.",
	 {"up", 1}, {"degraded", 2}, {"down", 3}, {"missing", 4}, {"unexpected", 5}, {"unknown", 6});
ENUM(ups, "SawUp", "Whether something works; unknown where nothing that could be read says so.", {"up", 1}, {"down", 2},
	 {"unknown", 3});
ENUM(reachables, "SawReachable",
	 "Whether a device answers: yes by one of the ways it is read by, no by none of those that were tried, unknown "
	 "before the first try.",
	 {"yes", 1}, {"no", 2}, {"unknown", 3});
ENUM(platforms, "SawPlatform", "What kind of device it is.", {"asa", 1}, {"iosxe", 2}, {"ios", 3});
ENUM(sources, "SawSource", "A way of reading a device; file: show output that somebody else saved.", {"snmp", 1},
	 {"ssh", 2}, {"restconf", 3}, {"file", 4});
ENUM(poll_error_words, "SawPollError",
	 "Why a poll failed. timeout: no answer at all. cut: answers stopped in the middle. auth: wrong key, user or "
	 "password. unreachable: refused, or no route. resolve: the name has no address. unsupported: the device has none "
	 "of the tables. protocol: answers break the protocol. limit: more than a poll may take. engine: SNMPv3 engine. "
	 "access: the device knows us and refuses. stale: the file was not renewed. internal: our own. hostKeyUnknown, "
	 "hostKeyChanged: SSH.",
	 {"timeout", 1}, {"cut", 2}, {"auth", 3}, {"unreachable", 4}, {"resolve", 5}, {"unsupported", 6}, {"protocol", 7},
	 {"limit", 8}, {"engine", 9}, {"access", 10}, {"stale", 11}, {"internal", 12}, {"hostKeyUnknown", 13},
	 {"hostKeyChanged", 14});
ENUM(layers, "SawLayer", "A layer of a tunnel, from the lowest up; routing is BGP over it, where that is configured.",
	 {"underlay", 1}, {"interface", 2}, {"ike", 3}, {"ipsec", 4}, {"routing", 5});
ENUM(ways, "SawDirection", "A direction of a link; end A is the first by device and name.", {"aToB", 1}, {"bToA", 2});
ENUM(comparisons, "SawComparison", "Something that both ends of a link should say alike.", {"mtu", 1}, {"cipher", 2},
	 {"pfs", 3}, {"lifetime", 4}, {"replayWindow", 5}, {"dpd", 6}, {"version", 7});

static int index_of(const struct saw_mib_enum *e, const char *word) {
	for (const struct saw_mib_choice *c = e->choices; word && c->word; c++)
		if (strcmp(c->word, word) == 0)
			return c->value;
	return -1;
}

int saw_mib_layer_index(const char *name) {
	return index_of(&layers, name);
}

int saw_mib_comparison_index(const char *field) {
	return index_of(&comparisons, field && strcmp(field, "replay_window") == 0 ? "replayWindow" : field);
}

/* ----------------------------------------------------------------------------------------------------------- objects */

#define NEEDS(n) .needs = SAW_MIB_##n
#define FIELD(msg, f) .field = SAW_FIELD(Sawatch__V1__##msg, f)
#define WORDS(msg, f) .syntax = SAW_MIB_TEXT, .field = SAW_FIELD_TEXT(Sawatch__V1__##msg, f)
#define TOTAL(arc_, name_, total_, help_)                                                                    \
	{                                                                                                        \
		.arc = (arc_), .name = (name_), .syntax = SAW_MIB_COUNTER, .needs = SAW_MIB_READ, .total = (total_), \
		.units = "packets", .help = (help_)                                                                  \
	}

static const struct saw_mib_column general[] = {
	{1, "sawVersion", SAW_MIB_TEXT, .fn = version, .help = "Version of Sawatch."},
	{2, "sawStartTime", SAW_MIB_DATETIME, .fn = snapshot_time, .arg = STARTED, .help = "When the daemon started."},
	{3, "sawSnapshotTime", SAW_MIB_DATETIME, .fn = snapshot_time, .arg = MADE,
	 .help = "When the picture that all objects here show was made."},
	{4, "sawSnapshotAge", SAW_MIB_GAUGE, .fn = snapshot_time, .arg = AGE, .units = "seconds",
	 .help = "Age of that picture. It stays below a minute; above, the daemon hangs and nothing here can be believed."},
	{5, "sawSnapshotSequence", SAW_MIB_COUNTER, FIELD(Snapshot, sequence),
	 .help = "Number of that picture. The same number at the beginning and at the end of a walk: the walk saw one "
			 "picture."},
	{6, "sawDevices", SAW_MIB_GAUGE, .fn = snapshot_size, .units = "devices", .help = "Devices that are watched."},
	{7, "sawDevicesUnreachable", SAW_MIB_GAUGE, .fn = counted, .arg = UNREACHABLE, .units = "devices",
	 .help = "Devices that answer in none of the ways they are read by."},
	{8, "sawTunnels", SAW_MIB_GAUGE, .fn = snapshot_size, .arg = 1, .units = "tunnel ends",
	 .help = "Tunnel ends that are known."},
	{9, "sawTunnelsUp", SAW_MIB_GAUGE, .fn = in_state, .arg = 1, .units = "tunnel ends",
	 .help = "Tunnel ends that work."},
	{10, "sawTunnelsDegraded", SAW_MIB_GAUGE, .fn = in_state, .arg = 2, .units = "tunnel ends",
	 .help = "Tunnel ends that carry traffic and have something wrong with them. Those in maintenance count too, here "
			 "and below."},
	{11, "sawTunnelsDown", SAW_MIB_GAUGE, .fn = in_state, .arg = 3, .units = "tunnel ends",
	 .help = "Tunnel ends that are down."},
	{12, "sawTunnelsMissing", SAW_MIB_GAUGE, .fn = in_state, .arg = 4, .units = "tunnel ends",
	 .help = "Tunnel ends that are expected and not on their device."},
	{13, "sawTunnelsUnexpected", SAW_MIB_GAUGE, .fn = in_state, .arg = 5, .units = "tunnel ends",
	 .help = "Tunnel ends that work and are in no inventory."},
	{14, "sawTunnelsUnknown", SAW_MIB_GAUGE, .fn = in_state, .arg = 6, .units = "tunnel ends",
	 .help = "Tunnel ends of which nothing is known now, as their devices cannot be read."},
	{15, "sawTunnelsInMaintenance", SAW_MIB_GAUGE, .fn = counted, .arg = SILENCED, .units = "tunnel ends",
	 .help = "Tunnel ends that nobody is to be woken for."},
	{16, "sawLinks", SAW_MIB_GAUGE, .fn = snapshot_size, .arg = 2, .units = "links",
	 .help = "Pairs of tunnel ends that are each other's peer."},
	{17, "sawLinksUp", SAW_MIB_GAUGE, .fn = counted, .arg = LINKS_UP, .units = "links",
	 .help = "Links with both ends up."},
	{18, "sawLinksDown", SAW_MIB_GAUGE, .fn = counted, .arg = LINKS_DOWN, .units = "links",
	 .help = "Links with an end that is not up."},
	{19, "sawLinksUnknown", SAW_MIB_GAUGE, .fn = counted, .arg = LINKS_UNKNOWN, .units = "links",
	 .help = "Links with an end that is not known and none that is down."},
	{20, "sawPollsMissed", SAW_MIB_COUNTER, FIELD(Snapshot, polls_missed), .units = "polls",
	 .help = "Polls left out because the one before had not ended. Growth: an interval is too short for a device."},
	{21, "sawSchedulerLag", SAW_MIB_GAUGE, .fn = scheduler_lag, .units = "milliseconds",
	 .help = "How late the last poll was started. Above some seconds the daemon has more to do than it manages."},
};

static const struct saw_mib_column device[] = {
	{1, "sawDeviceIndex", SAW_MIB_INDEX, .help = "Number of the device. It is made from its name and stays the same."},
	{2, "sawDeviceName", WORDS(Device, name), .help = "Name of the device in the configuration."},
	{3, "sawDeviceReachable", SAW_MIB_CHOICE, .fn = reachable, .choices = &reachables,
	 .help = "Whether the device answers. While it does not, its tunnels are unknown, not down."},
	{4, "sawDeviceReason", SAW_MIB_TEXT, .fn = unreachable_why,
	 .help = "Why the device cannot be read; no instance while it can."},
	{5, "sawDevicePlatform", SAW_MIB_CHOICE, .fn = platform, .choices = &platforms,
	 .help = "What kind of device it is."},
	{6, "sawDeviceHostname", WORDS(Device, hostname), .help = "What the device calls itself."},
	{7, "sawDeviceOsVersion", WORDS(Device, os_version), .help = "Version of its operating system."},
	{8, "sawDeviceModel", WORDS(Device, model), .help = "Its model."},
	{9, "sawDeviceSerial", WORDS(Device, serial), .help = "Its serial number."},
	{10, "sawDeviceSite", WORDS(Device, site), .help = "Where it stands, as configured."},
	{11, "sawDeviceUptime", SAW_MIB_NUMBER, FIELD(Device, uptime_seconds), .units = "seconds",
	 .help = "Time since the device started, as of the last poll. A drop is a reload."},
	{12, "sawDeviceCpu", SAW_MIB_GAUGE, FIELD(Device, cpu_percent), .units = "percent",
	 .help = "Load of its busiest processor over five minutes. Above 70 it is polled less often."},
	{13, "sawDeviceCryptoLoad", SAW_MIB_GAUGE, FIELD(Device, crypto_load_percent), .units = "percent",
	 .help = "Load of what encrypts, over five minutes. Near 100 packets are dropped whatever the tunnels say."},
	{14, "sawDeviceSessions", SAW_MIB_GAUGE, FIELD(Device, l2l_sessions_active), .units = "sessions",
	 .help = "Site-to-site sessions that the device counts now."},
	{15, "sawDeviceSessionsPeak", SAW_MIB_GAUGE, FIELD(Device, l2l_sessions_peak), .units = "sessions",
	 .help = "The most of them at once since the device started."},
	{16, "sawDeviceUnassignedRows", SAW_MIB_GAUGE, FIELD(Device, unassigned_rows), .units = "rows",
	 .help = "Rows of the device that could be more than one tunnel's and are shown under none. Above 0: a second "
			 "source would tell them apart."},
	{17, "sawDeviceUnitChanged", SAW_MIB_DATETIME, .fn = unit_changed,
	 .help = "When another serial number answered first: a failover of the pair, or a replaced box."},
};

static const struct saw_mib_column source[] = {
	{1, "sawSourceKind", SAW_MIB_CHOICE, .choices = &sources, .help = "The way of reading that this row is about."},
	{2, "sawSourceComplete", SAW_MIB_TRUTH, FIELD(SourceStatus, complete),
	 .help = "Whether the last poll was complete. false: what this source reads is not known now."},
	{3, "sawSourceError", SAW_MIB_CHOICE, .fn = error_class, .choices = &poll_error_words,
	 .help = "Why the last poll failed; no instance where it did not. It says what to mend."},
	{4, "sawSourceErrorText", WORDS(SourceStatus, error), .help = "The same as a sentence."},
	{5, "sawSourceObserved", SAW_MIB_DATETIME, .fn = source_time, .arg = OBSERVED,
	 .help = "When the device said what is shown."},
	{6, "sawSourceAttempted", SAW_MIB_DATETIME, .fn = source_time, .arg = ATTEMPTED, .help = "When it was last asked."},
	{7, "sawSourcePollDuration", SAW_MIB_GAUGE, .fn = poll_seconds, .arg = DURATION, .units = "milliseconds",
	 .help = "How long the last poll took. Near the interval the device is slow, or the interval too short."},
	{8, "sawSourcePollInterval", SAW_MIB_GAUGE, .fn = poll_seconds, .arg = INTERVAL, .units = "milliseconds",
	 .help = "The interval at which it is read."},
	{9, "sawSourceRequests", SAW_MIB_GAUGE, FIELD(SourceStatus, requests), .units = "requests",
	 .help = "Requests of the last poll: what watching costs the device."},
	{10, "sawSourceUnparsedLines", SAW_MIB_GAUGE, FIELD(SourceStatus, unparsed_lines), .units = "lines",
	 .help = "Lines of its text that no rule took. Above 0 its software prints something new."},
	{11, "sawSourceErrors", SAW_MIB_COUNTER, .fn = poll_errors, .units = "polls",
	 .help = "Polls that failed, since the daemon started."},
};

static const struct saw_mib_column tunnel[] = {
	{1, "sawTunnelIndex", SAW_MIB_INDEX,
	 .help = "Number of the tunnel end on its device. It is made from its name and stays the same."},
	{2, "sawTunnelName", WORDS(TunnelEnd, name),
	 .help = "Name of the tunnel end: configured, or made of what survives rekeys and reboots."},
	{3, "sawTunnelState", SAW_MIB_CHOICE, .fn = tunnel_state, .choices = &states,
	 .help = "The verdict. Only down and missing mean that it does not carry traffic."},
	{4, "sawTunnelReasons", SAW_MIB_TEXT, .fn = tunnel_reasons,
	 .help = "Why it is in this state, the lowest layer that fails first, joined by semicolons; empty where there is "
			 "nothing to say."},
	{5, "sawTunnelSince", SAW_MIB_DATETIME, .fn = tunnel_time, .arg = SINCE,
	 .help = "When this state began, as far as was seen."},
	{6, "sawTunnelMaintenance", SAW_MIB_TRUTH, .fn = tunnel_flag, .arg = SILENT,
	 .help = "true while nobody is to be woken for it: no notification is sent."},
	{7, "sawTunnelInventory", SAW_MIB_TRUTH, .fn = tunnel_flag, .arg = LISTED,
	 .help = "true where the configuration names it; others were found on the device."},
	{8, "sawTunnelFirstSeen", SAW_MIB_DATETIME, .fn = tunnel_time, .arg = FIRST_SEEN,
	 .help = "When it was first seen."},
	{9, "sawTunnelLastSeen", SAW_MIB_DATETIME, .fn = tunnel_time, .arg = LAST_SEEN,
	 .help = "When its device last showed it."},
	{10, "sawTunnelLink", SAW_MIB_NUMBER, .fn = tunnel_link,
	 .help = "sawLinkIndex of the link that it is an end of; no instance where the other end is not watched."},
	{11, "sawTunnelInterface", WORDS(TunnelEnd, interface), .help = "Its interface, as the device prints it."},
	{12, "sawTunnelLocal", WORDS(TunnelEnd, local), .help = "Address of this end."},
	{13, "sawTunnelRemote", WORDS(TunnelEnd, remote), .help = "Address of the peer."},
	{14, "sawTunnelFrontVrf", WORDS(TunnelEnd, fvrf), .help = "VRF that the encrypted packets travel in."},
	{15, "sawTunnelInsideVrf", WORDS(TunnelEnd, ivrf), .help = "VRF that the clear packets travel in."},
	{16, "sawTunnelLocalSelector", WORDS(TunnelEnd, local_ident), .help = "What of this side it carries."},
	{17, "sawTunnelRemoteSelector", WORDS(TunnelEnd, remote_ident), .help = "What of the other side it carries."},
	{18, "sawTunnelSite", WORDS(TunnelEnd, site), .help = "Where its device stands, as configured."},
	{19, "sawTunnelOwner", WORDS(TunnelEnd, owner), .help = "Who is asked when it is down, as configured."},
	{20, "sawTunnelCircuit", WORDS(TunnelEnd, circuit), .help = "The line it runs over, as configured."},
	{21, "sawTunnelIkeVersion", SAW_MIB_NUMBER, NEEDS(ROW), FIELD(TunnelEnd, ike_version), .help = "1 or 2."},
	{22, "sawTunnelEncryption", .needs = SAW_MIB_ROW, WORDS(TunnelEnd, encryption), .help = "As aes-gcm."},
	{23, "sawTunnelKeyBits", SAW_MIB_NUMBER, NEEDS(ROW), FIELD(TunnelEnd, key_bits), .units = "bits",
	 .help = "Length of the key."},
	{24, "sawTunnelIntegrity", .needs = SAW_MIB_ROW, WORDS(TunnelEnd, integrity),
	 .help = "As sha256; no instance with GCM, which needs none."},
	{25, "sawTunnelDhGroup", SAW_MIB_NUMBER, NEEDS(ROW), FIELD(TunnelEnd, dh_group),
	 .help = "Diffie-Hellman group of the IKE SA."},
	{26, "sawTunnelPfsGroup", SAW_MIB_NUMBER, NEEDS(ROW), FIELD(TunnelEnd, pfs_group),
	 .help = "Group of the child SA."},
	{27, "sawTunnelMode", .needs = SAW_MIB_ROW, WORDS(TunnelEnd, mode), .help = "tunnel or transport."},
	{28, "sawTunnelNatT", SAW_MIB_TRUTH, NEEDS(ROW), FIELD(TunnelEnd, nat_t),
	 .help = "true where its packets travel in UDP, through address translation."},

	{30, "sawTunnelPlaintextMtu", SAW_MIB_GAUGE, NEEDS(ROW), FIELD(TunnelEnd, plaintext_mtu), .units = "bytes",
	 .help =
		 "Largest packet that fits before encryption, as the device says. The tunnel's IP MTU should not be above it."},
	{31, "sawTunnelPathMtu", SAW_MIB_GAUGE, NEEDS(ROW), FIELD(TunnelEnd, path_mtu), .units = "bytes",
	 .help = "Largest encrypted packet that the path to the peer takes, as the device says."},
	{32, "sawTunnelOuterIpMtu", SAW_MIB_GAUGE, NEEDS(ROW), FIELD(TunnelEnd, ip_mtu), .units = "bytes",
	 .help = "IP MTU of the outer interface."},
	{33, "sawTunnelTransportMtu", SAW_MIB_GAUGE, NEEDS(ROW), FIELD(TunnelEnd, transport_mtu), .units = "bytes",
	 .help = "Tunnel transport MTU, as the device says."},
	{34, "sawTunnelMediaMtu", SAW_MIB_GAUGE, NEEDS(ROW), FIELD(TunnelEnd, media_mtu), .units = "bytes",
	 .help = "MTU of the medium below the tunnel."},
	{35, "sawTunnelInterfaceIpMtu", SAW_MIB_GAUGE, NEEDS(ROW), FIELD(TunnelEnd, tunnel_ip_mtu), .units = "bytes",
	 .help = "IP MTU of the tunnel interface. Above the plaintext MTU, packets are fragmented or dropped."},
	{36, "sawTunnelOverhead", SAW_MIB_GAUGE, NEEDS(ROW), FIELD(TunnelEnd, ipsec_overhead), .units = "bytes",
	 .help = "What encryption adds to a packet, as the device says; an upper bound on an ASA."},
	{37, "sawTunnelComputedMtu", SAW_MIB_GAUGE, NEEDS(ROW), FIELD(TunnelEnd, computed_mtu), .units = "bytes",
	 .help = "Plaintext MTU by arithmetic from suite, path MTU and NAT-T. The device's own should be the same."},
	{38, "sawTunnelRecommendedMss", SAW_MIB_GAUGE, NEEDS(ROW), FIELD(TunnelEnd, recommended_mss), .units = "bytes",
	 .help = "Largest TCP MSS (IPv4) that fits. What the interface adjusts to should not be above it."},
	{39, "sawTunnelMtuDifference", .needs = SAW_MIB_ROW, WORDS(TunnelEnd, mtu_difference),
	 .help = "Why the device's plaintext MTU is another one than the computed; no instance where it is not."},

	{40, "sawTunnelReplayWindow", SAW_MIB_GAUGE, NEEDS(ROW), FIELD(TunnelEnd, replay_window), .units = "packets",
	 .help = "Size of the anti-replay window. 0: the check is off."},
	TOTAL(41, "sawTunnelReplayDrops", "replay_failed_recv",
		  "Packets that the anti-replay check dropped. A steady rate: reordering beyond the window, enlarge it."),
	{42, "sawTunnelReplayRate", SAW_MIB_GAUGE, NEEDS(ROW), .fn = replay_rate, .units = "packets per 1000 seconds",
	 .help = "The same per time, over the last two polls."},
	{43, "sawTunnelReplayRatio", SAW_MIB_GAUGE, NEEDS(ROW), .fn = replay_ratio, .units = "packets per million",
	 .help = "Share of what arrived since the last rekey that the check dropped."},
	{44, "sawTunnelReplayAdvice", .needs = SAW_MIB_ROW, WORDS(TunnelEnd, replay_advice),
	 .help = "What to do about the drops; no instance where there are none."},
	{45, "sawTunnelEsn", SAW_MIB_TRUTH, NEEDS(ROW), FIELD(TunnelEnd, esn), .help = "Extended sequence numbers."},

	{50, "sawTunnelInRemaining", SAW_MIB_GAUGE, NEEDS(ROW), FIELD(TunnelEnd, in_remaining_seconds), .units = "seconds",
	 .help = "Time until the inbound SA expires, as of the last poll. Near 0 without a rekey the tunnel is about to "
			 "stop."},
	{51, "sawTunnelOutRemaining", SAW_MIB_GAUGE, NEEDS(ROW), FIELD(TunnelEnd, out_remaining_seconds),
	 .units = "seconds", .help = "The same of the outbound SA."},
	{52, "sawTunnelInRemainingVolume", SAW_MIB_GAUGE, NEEDS(ROW), .fn = remaining_kilobytes, .arg = IN,
	 .units = "kilobytes", .help = "Volume until the inbound SA expires, in units of 1024 bytes."},
	{53, "sawTunnelOutRemainingVolume", SAW_MIB_GAUGE, NEEDS(ROW), .fn = remaining_kilobytes, .arg = OUT,
	 .units = "kilobytes", .help = "The same of the outbound SA."},
	{54, "sawTunnelIkeRemaining", SAW_MIB_GAUGE, NEEDS(ROW), FIELD(TunnelEnd, ike_remaining_seconds),
	 .units = "seconds", .help = "Time until the IKE SA expires."},
	{55, "sawTunnelLifetime", SAW_MIB_NUMBER, NEEDS(ROW), FIELD(TunnelEnd, sa_lifetime_seconds), .units = "seconds",
	 .help = "Lifetime agreed for each child SA."},
	{56, "sawTunnelRenewalOverdue", SAW_MIB_TRUTH, NEEDS(ROW), FIELD(TunnelEnd, renewal_overdue),
	 .help = "true: the SA is older than it may be; a rekey has failed."},
	{57, "sawTunnelLastRekey", SAW_MIB_DATETIME, NEEDS(READ), .fn = tunnel_time, .arg = LAST_REKEY,
	 .help = "When a new SA was seen last."},
	{58, "sawTunnelDpd", SAW_MIB_NUMBER, NEEDS(ROW), FIELD(TunnelEnd, dpd_seconds), .units = "seconds",
	 .help = "Interval of dead peer detection."},
	{59, "sawTunnelSaSince", SAW_MIB_DATETIME, NEEDS(ROW), .fn = tunnel_time, .arg = SA_SINCE,
	 .help = "When the SA in use was first seen."},

	{60, "sawTunnelDiscontinuityTime", SAW_MIB_DATETIME, .fn = tunnel_time, .arg = FIRST_SEEN,
	 .help = "When the counters of this row began. While it is the same they only grow: over rekeys, reloads of the "
			 "device and restarts of the daemon."},
	{61, "sawTunnelInOctets", SAW_MIB_COUNTER, NEEDS(READ), .total = "in_bytes", .units = "bytes",
	 .help = "Bytes that came out of the tunnel. No instance while the device cannot be read, here and below: that a "
			 "counter stands still because nobody looks is not the same as no traffic."},
	{62, "sawTunnelOutOctets", SAW_MIB_COUNTER, NEEDS(READ), .total = "out_bytes", .units = "bytes",
	 .help = "Bytes that went into the tunnel."},
	TOTAL(63, "sawTunnelInPackets", "decaps_packets", "Packets that came out of the tunnel."),
	TOTAL(64, "sawTunnelOutPackets", "encaps_packets",
		  "Packets that went into the tunnel. Out without in: a peer or a path that does not answer."),
	TOTAL(65, "sawTunnelInAuthFailed", "auth_failed_recv", "Packets that did not authenticate."),
	TOTAL(66, "sawTunnelInVerifyFailed", "verify_failed_recv", "Packets whose digest was wrong."),
	TOTAL(67, "sawTunnelInDecryptFailed", "decrypt_failed_recv", "Packets that could not be decrypted."),
	TOTAL(68, "sawTunnelInNoSa", "invalid_sa_recv", "Packets of an SA that this end does not have."),
	TOTAL(69, "sawTunnelInIdentityFailed", "invalid_identity_recv", "Packets that the selectors do not allow."),
	TOTAL(70, "sawTunnelInErrors", "recv_errors", "Packets lost on receipt, as the device sums them up."),
	TOTAL(71, "sawTunnelInDrops", "in_drop_packets", "Packets dropped on receipt, without the replay drops."),
	TOTAL(72, "sawTunnelOutEncryptFailed", "encrypt_failed_send", "Packets that could not be encrypted."),
	TOTAL(73, "sawTunnelOutNoSa", "no_sa_send", "Packets for which there was no SA: the tunnel was not up for them."),
	TOTAL(74, "sawTunnelOutErrors", "send_errors", "Packets lost on sending, as the device sums them up."),
	TOTAL(75, "sawTunnelOutDrops", "out_drop_packets", "Packets dropped on sending."),
	TOTAL(76, "sawTunnelFragmented", "pre_frag_successes",
		  "Packets fragmented before encryption. Growth: MTU or MSS is too large for the path."),
	TOTAL(77, "sawTunnelFragmentFailed", "pre_frag_failures",
		  "Packets that were too large and must not be fragmented: they are lost."),
	TOTAL(78, "sawTunnelReassembled", "reassembly_needed",
		  "Packets that arrived in fragments and cost the device a reassembly."),
	{79, "sawTunnelRekeys", SAW_MIB_COUNTER, NEEDS(READ), FIELD(TunnelEnd, rekeys), .units = "rekeys",
	 .help = "New generations of its SAs. Far more than one per lifetime: a rekey storm."},
	{80, "sawTunnelFlaps", SAW_MIB_COUNTER, NEEDS(READ), FIELD(TunnelEnd, flaps), .units = "flaps",
	 .help = "Changes from up to down that were seen."},
	{81, "sawTunnelCounterGaps", SAW_MIB_COUNTER, NEEDS(READ), FIELD(TunnelEnd, counter_gaps), .units = "gaps",
	 .help = "Times a count could not be known, as the device restarted its counters unseen. The counters of this row "
			 "are lower bounds then."},
	{82, "sawTunnelLowerBound", SAW_MIB_TRUTH, NEEDS(READ), .fn = any_total, .arg = LOWER_BOUND,
	 .help = "true: at least one counter of this row may be too small."},
	{83, "sawTunnelStale", SAW_MIB_TRUTH, NEEDS(READ), .fn = any_total, .arg = STALE,
	 .help = "true: the source of at least one counter cannot be read now; that it stands still says nothing."},
	{84, "sawTunnelInRate", SAW_MIB_GAUGE, NEEDS(READ), .fn = rate, .arg = IN, .units = "kilobits per second",
	 .help = "Rate of sawTunnelInOctets between the last two polls."},
	{85, "sawTunnelOutRate", SAW_MIB_GAUGE, NEEDS(READ), .fn = rate, .arg = OUT, .units = "kilobits per second",
	 .help = "Rate of sawTunnelOutOctets between the last two polls."},
	{86, "sawTunnelCapacity", SAW_MIB_GAUGE, .fn = capacity, .units = "kilobits per second",
	 .help = "Configured capacity. The rate over it is the utilization."},
};

static const struct saw_mib_column layer[] = {
	{1, "sawLayerKind", SAW_MIB_CHOICE, .choices = &layers, .help = "The layer that this row is about."},
	{2, "sawLayerUp", SAW_MIB_CHOICE, NEEDS(READ), .fn = layer_state, .choices = &ups,
	 .help = "Whether it works. The lowest layer that is down is the one to look at."},
	{3, "sawLayerReason", .needs = SAW_MIB_READ, WORDS(Layer, reason), .help = "Why it does not."},
};

static const struct saw_mib_column link[] = {
	{1, "sawLinkIndex", SAW_MIB_INDEX, .help = "Number of the link. It is made from its name and stays the same."},
	{2, "sawLinkName", WORDS(Link, name), .help = "Name of the link."},
	{3, "sawLinkUp", SAW_MIB_CHOICE, .fn = link_state, .choices = &ups, .help = "Whether both its ends are up."},
	{4, "sawLinkReasons", SAW_MIB_TEXT, .fn = link_reasons,
	 .help = "What to look at, worst first, joined by semicolons; empty where there is nothing to say."},
	{5, "sawLinkMaintenance", SAW_MIB_TRUTH, .fn = link_maintenance,
	 .help = "true while either end is in maintenance."},
	{6, "sawLinkADevice", WORDS(Link, a_device), .help = "Device of end A."},
	{7, "sawLinkATunnel", WORDS(Link, a_tunnel), .help = "Tunnel end A."},
	{8, "sawLinkBDevice", WORDS(Link, b_device), .help = "Device of end B."},
	{9, "sawLinkBTunnel", WORDS(Link, b_tunnel), .help = "Tunnel end B."},
	{10, "sawLinkADeviceIndex", SAW_MIB_NUMBER, .fn = link_end, .arg = A_DEVICE, .help = "sawDeviceIndex of end A."},
	{11, "sawLinkATunnelIndex", SAW_MIB_NUMBER, .fn = link_end, .arg = A_TUNNEL, .help = "sawTunnelIndex of end A."},
	{12, "sawLinkBDeviceIndex", SAW_MIB_NUMBER, .fn = link_end, .arg = B_DEVICE, .help = "sawDeviceIndex of end B."},
	{13, "sawLinkBTunnelIndex", SAW_MIB_NUMBER, .fn = link_end, .arg = B_TUNNEL, .help = "sawTunnelIndex of end B."},
	{14, "sawLinkEvidence", WORDS(Link, evidence), .help = "Why the two ends are taken for a pair."},
};

static const struct saw_mib_column way[] = {
	{1, "sawWayDirection", SAW_MIB_CHOICE, .choices = &ways, .help = "The direction that this row is about."},
	{2, "sawWayFrom", WORDS(LinkDirection, from), .help = "Device that sends."},
	{3, "sawWayTo", WORDS(LinkDirection, to), .help = "Device that receives."},
	{4, "sawWaySource", SAW_MIB_CHOICE, .fn = way_source, .choices = &sources,
	 .help = "The way of reading that both ends are counted by."},
	{5, "sawWaySent", SAW_MIB_COUNTER, FIELD(LinkDirection, sent_packets), .units = "packets",
	 .help = "Packets that the sender encapsulated, at times at which the receiver's count is known too."},
	{6, "sawWayReceived", SAW_MIB_COUNTER, FIELD(LinkDirection, received_packets), .units = "packets",
	 .help = "Packets that the receiver decapsulated, at the same times."},
	{7, "sawWayLost", SAW_MIB_COUNTER, FIELD(LinkDirection, lost_packets), .units = "packets",
	 .help = "Packets lost between the ends beyond doubt: a lower bound."},
	{8, "sawWayWindow", SAW_MIB_GAUGE, .fn = way_window, .units = "seconds",
	 .help = "Time that the loss is taken over."},
	{9, "sawWayWindowSent", SAW_MIB_GAUGE, FIELD(LinkDirection, window_sent_packets), .units = "packets",
	 .help = "Packets sent in that time."},
	{10, "sawWayLoss", SAW_MIB_SIGNED, .fn = way_ratio, .arg = LOSS, .units = "packets per million",
	 .help =
		 "Share of them that did not arrive; signed, as the ends are not read at one instant. Below sawWayLossBound "
		 "it says nothing."},
	{11, "sawWayLossBound", SAW_MIB_SIGNED, .fn = way_ratio, .arg = BOUND, .units = "packets per million",
	 .help = "How far sawWayLoss may be off."},
	{12, "sawWayOneWay", SAW_MIB_TRUTH, .fn = way_one_way,
	 .help = "true: at least 1000 packets went this way, and none arrived or none came back."},
	{13, "sawWayEgressDrops", SAW_MIB_COUNTER, FIELD(LinkDirection, egress_drop_packets), .units = "packets",
	 .help = "Packets that the sender dropped itself: they are not lost on the way."},
	{14, "sawWayReplayDrops", SAW_MIB_COUNTER, FIELD(LinkDirection, replay_drop_packets), .units = "packets",
	 .help = "Packets that arrived and that the receiver's anti-replay check dropped."},
	{15, "sawWayAuthFailed", SAW_MIB_COUNTER, FIELD(LinkDirection, auth_failed_packets), .units = "packets",
	 .help = "Packets that arrived and did not authenticate."},
	{16, "sawWayDecryptFailed", SAW_MIB_COUNTER, FIELD(LinkDirection, decrypt_failed_packets), .units = "packets",
	 .help = "Packets that arrived and could not be decrypted."},
};

static const struct saw_mib_column comparison[] = {
	{1, "sawComparisonField", SAW_MIB_CHOICE, .choices = &comparisons, .help = "What is compared in this row."},
	{2, "sawComparisonDiffers", SAW_MIB_TRUTH, FIELD(LinkComparison, differs),
	 .help = "true: the ends say different things; MTUs within a cipher's block are the same."},
	{3, "sawComparisonA", WORDS(LinkComparison, a), .help = "What end A says."},
	{4, "sawComparisonB", WORDS(LinkComparison, b), .help = "What end B says."},
};

/* Only sent: events.c puts their values. */
static const struct saw_mib_column event[] = {
	{1, "sawEventSerial", SAW_MIB_COUNTER,
	 .help = "Number of the event. A notification that is sent again, as nobody said that it had arrived, has the same "
			 "number."},
	{2, "sawEventTime", SAW_MIB_DATETIME, .help = "When it happened, as far as was seen."},
	{3, "sawEventText", SAW_MIB_TEXT, .help = "The event as a sentence for people."},
};

#define TABLE(arc_, scope_, name_, entry_, columns_, n_hidden_, help_, ...)                                            \
	{                                                                                                                  \
		.arc = (arc_), .scope = (scope_), .name = (name_), .entry = (entry_), .help = (help_), .index = {__VA_ARGS__}, \
		.n_index = LENGTH(((const char *const[]){__VA_ARGS__})), .n_hidden = (n_hidden_), .columns = (columns_),       \
		.n_columns = LENGTH(columns_)                                                                                  \
	}

static const struct saw_mib_table tables[] = {
	{.arc = 1, .scope = SAW_MIB_GENERAL, .name = "sawGeneral", .columns = general, .n_columns = LENGTH(general)},
	TABLE(2, SAW_MIB_DEVICE, "sawDevice", "A device.", device, 1, "The devices that are watched.", "sawDeviceIndex"),
	TABLE(3, SAW_MIB_SOURCE, "sawSource", "A way of reading a device.", source, 1,
		  "How each way of reading each device does.", "sawDeviceIndex", "sawSourceKind"),
	TABLE(4, SAW_MIB_TUNNEL, "sawTunnel", "A tunnel end.", tunnel, 1,
		  "The tunnel ends. What is not known of one has no instance.", "sawDeviceIndex", "sawTunnelIndex"),
	TABLE(5, SAW_MIB_LAYER, "sawLayer", "A layer of a tunnel end.", layer, 1, "The layers of each tunnel end.",
		  "sawDeviceIndex", "sawTunnelIndex", "sawLayerKind"),
	TABLE(6, SAW_MIB_LINK, "sawLink", "A link.", link, 1,
		  "The links: pairs of tunnel ends that are each other's peer and are both watched.", "sawLinkIndex"),
	TABLE(7, SAW_MIB_WAY, "sawWay", "A direction of a link.", way, 1, "What goes each way through a link.",
		  "sawLinkIndex", "sawWayDirection"),
	TABLE(8, SAW_MIB_COMPARISON, "sawComparison", "Something that both ends of a link say.", comparison, 1,
		  "What the ends of a link say, beside each other. Where one says nothing there is no row.", "sawLinkIndex",
		  "sawComparisonField"),
	{.arc = 9, .scope = SAW_MIB_EVENT, .name = "sawEvent", .columns = event, .n_columns = LENGTH(event)},
};

/* ----------------------------------------------------------------------------------------------------- notifications */

static const char *const of_tunnel[] = {"sawDeviceName",
										"sawTunnelName",
										"sawTunnelState",
										"sawTunnelReasons",
										"sawTunnelSince",
										"sawTunnelLocal",
										"sawTunnelRemote",
										"sawTunnelSite",
										"sawTunnelCircuit",
										"sawTunnelOwner",
										NULL};
static const char *const of_replay[] = {"sawDeviceName",
										"sawTunnelName",
										"sawTunnelReplayRate",
										"sawTunnelReplayDrops",
										"sawTunnelReplayWindow",
										"sawTunnelReplayAdvice",
										NULL};
static const char *const of_mtu[] = {"sawLinkName",    "sawLinkADevice", "sawLinkATunnel", "sawLinkBDevice",
									 "sawLinkBTunnel", "sawComparisonA", "sawComparisonB", NULL};
static const char *const of_device[] = {"sawDeviceName", "sawDeviceReachable", "sawDeviceReason", "sawDeviceSite",
										NULL};

static const struct saw_mib_notification notifications[] = {
	{1, "sawTunnelDown", "A tunnel end does not carry traffic any more, or is missing on its device.", SAW_MIB_TUNNEL,
	 of_tunnel},
	{2, "sawTunnelUp", "A tunnel end that was down, missing or degraded is up again.", SAW_MIB_TUNNEL, of_tunnel},
	{3, "sawTunnelDegraded", "A tunnel end carries traffic, and something is wrong with it.", SAW_MIB_TUNNEL,
	 of_tunnel},
	{4, "sawTunnelReplayBurst",
	 "The anti-replay check of a tunnel end drops packets at a rate at or above the configured one.", SAW_MIB_TUNNEL,
	 of_replay},
	{5, "sawTunnelReplayCalm", "Such a burst has ended.", SAW_MIB_TUNNEL, of_replay},
	{6, "sawLinkMtuMismatch", "The two ends of a link have different MTUs: large packets get lost one way.",
	 SAW_MIB_COMPARISON, of_mtu},
	{7, "sawLinkMtuMatch", "They have the same again.", SAW_MIB_COMPARISON, of_mtu},
	{8, "sawDeviceUnreachable",
	 "A device answers in none of the ways it is read by. Nothing is known of its tunnels, and no notification about "
	 "them is sent, until it does.",
	 SAW_MIB_DEVICE, of_device},
	{9, "sawDeviceReached", "A device that did not answer does again.", SAW_MIB_DEVICE, of_device},
};

/* ------------------------------------------------------------------------------------------------------------ access */

const struct saw_mib_table *saw_mib_tables(size_t *n) {
	*n = LENGTH(tables);
	return tables;
}

const struct saw_mib_notification *saw_mib_notifications(size_t *n) {
	*n = LENGTH(notifications);
	return notifications;
}

const struct saw_mib_table *saw_mib_table_of(enum saw_mib_scope scope) {
	return &tables[scope]; /* in the order of their scopes; a test sees to that */
}

const struct saw_mib_column *saw_mib_column_named(const char *name, const struct saw_mib_table **table) {
	for (size_t i = 0; i < LENGTH(tables); i++)
		for (size_t k = 0; k < tables[i].n_columns; k++)
			if (strcmp(tables[i].columns[k].name, name) == 0) {
				*table = &tables[i];
				return &tables[i].columns[k];
			}
	return NULL;
}
