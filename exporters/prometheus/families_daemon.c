/* What the daemon and its parts say of themselves. */
#include "config.h"

#include "exporters/prometheus/families_internal.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Notifications: the subagent's through its master agent, or our own. */
static const Sawatch__V1__NotifyStatus *notifications(const struct saw_row *r) {
	return r->exporter->notify ? r->exporter->notify : r->exporter->agentx ? r->exporter->agentx->notifications : NULL;
}

enum { NOTIFIED, REPEATED, GIVEN_UP, WAITING };

static bool notified(const struct saw_row *r, int which, struct saw_value *v) {
	const Sawatch__V1__NotifyStatus *n = notifications(r);

	if (!n)
		return false;
	switch (which) {
	case NOTIFIED:
		return n->has_sent && put_u64(v, n->sent);
	case REPEATED:
		return n->has_repeated && put_u64(v, n->repeated);
	case GIVEN_UP:
		return n->has_dropped && put_u64(v, n->dropped);
	default:
		return n->has_waiting && put_u64(v, n->waiting);
	}
}

enum { CONNECTED, SESSIONS, REQUESTS, ROWS };

static bool agentx(const struct saw_row *r, int which, struct saw_value *v) {
	const Sawatch__V1__AgentxStatus *a = r->exporter->agentx;

	if (!a)
		return false;
	switch (which) {
	case CONNECTED:
		return a->has_connected && put_u64(v, a->connected);
	case SESSIONS:
		return a->has_sessions && put_u64(v, a->sessions);
	case REQUESTS:
		return a->has_requests && put_u64(v, a->requests);
	default:
		return a->has_rows && put_u64(v, a->rows);
	}
}

static bool scheduler_lag(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return put_real(v, r->snapshot->has_scheduler_lag_seconds, r->snapshot->scheduler_lag_seconds);
}

static bool push_succeeded(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->target->has_last_success_ms && put_ms(v, r->target->last_success_ms);
}

static bool snapshot_made(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->snapshot->has_made_at_ms && put_ms(v, r->snapshot->made_at_ms);
}

/* Of the part that keeps history, where there is one. */
static const Sawatch__V1__HistoryState *history_of(const struct saw_row *r) {
	for (size_t i = 0; i < r->snapshot->n_exporters; i++)
		if (r->snapshot->exporters[i]->history)
			return r->snapshot->exporters[i]->history;
	return NULL;
}

static const struct saw_field history_fields[] = {
	SAW_FIELD(Sawatch__V1__HistoryState, samples),     SAW_FIELD(Sawatch__V1__HistoryState, lost),
	SAW_FIELD(Sawatch__V1__HistoryState, errors),      SAW_FIELD(Sawatch__V1__HistoryState, bytes),
	SAW_FIELD(Sawatch__V1__HistoryState, tunnel_ends), SAW_FIELD(Sawatch__V1__HistoryState, damaged),
};

enum { HISTORY_SAMPLES, HISTORY_LOST, HISTORY_ERRORS, HISTORY_BYTES, HISTORY_ENDS, HISTORY_DAMAGED };

static bool history(const struct saw_row *r, int arg, struct saw_value *v) {
	const Sawatch__V1__HistoryState *h = history_of(r);
	uint64_t n;

	return h && saw_field_get_u64(&h->base, &history_fields[arg], &n) && put_u64(v, n);
}

static bool history_committed(const struct saw_row *r, int arg, struct saw_value *v) {
	const Sawatch__V1__HistoryState *h = history_of(r);

	(void)arg;
	return h && h->has_last_commit_ms && put_ms(v, h->last_commit_ms);
}

static bool history_lag(const struct saw_row *r, int arg, struct saw_value *v) {
	const Sawatch__V1__HistoryState *h = history_of(r);

	(void)arg;
	return h && put_real(v, h->has_lag_seconds, h->lag_seconds);
}

static bool cpu_seconds(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return put_real(v, r->process->cpu_seconds >= 0, r->process->cpu_seconds);
}

static bool start_time(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return put_real(v, r->process->start_time_seconds >= 0, r->process->start_time_seconds);
}

static bool resident_bytes(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->process->resident_bytes >= 0 && put_u64(v, (uint64_t)r->process->resident_bytes);
}

static bool open_fds(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->process->open_fds >= 0 && put_u64(v, (uint64_t)r->process->open_fds);
}

static bool max_fds(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->process->max_fds >= 0 && put_u64(v, (uint64_t)r->process->max_fds);
}

/* Of the HTTP face. arg: the listener, and the reason besides; the place of a status code. */
static bool http_connections(const struct saw_row *r, int arg, struct saw_value *v) {
	return r->process->has_http && put_u64(v, r->process->http.connections[arg]);
}

static bool http_accepted(const struct saw_row *r, int arg, struct saw_value *v) {
	return r->process->has_http && put_u64(v, r->process->http.accepted[arg]);
}

static bool http_ended(const struct saw_row *r, int arg, struct saw_value *v) {
	return r->process->has_http && put_u64(v, r->process->http.ended[arg / SAW_HTTP_REASONS][arg % SAW_HTTP_REASONS]);
}

const unsigned saw_http_codes[SAW_HTTP_CODES] = {200, 304, 400, 401, 403, 404, 405, 413,
												 414, 429, 431, 500, 503, 504, 505, 0};

static bool http_requests(const struct saw_row *r, int arg, struct saw_value *v) {
	return r->process->has_http && put_u64(v, r->process->http.requests[arg]);
}

static bool http_held(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->process->has_http && put_u64(v, r->process->http.held_bytes);
}

static bool http_auth_failures(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->process->has_http && put_u64(v, r->process->http.auth_failures);
}

static bool http_certificate_expires(const struct saw_row *r, int arg, struct saw_value *v) {
	(void)arg;
	return r->process->has_http && r->process->http.certificate_expires_s &&
		   put_ms(v, r->process->http.certificate_expires_s * 1000);
}

static const char *program_version(const struct saw_row *r, int arg, char scratch[SAW_FIELD_SCRATCH]) {
	(void)arg;
	(void)r;
	(void)scratch;
	return PACKAGE_VERSION;
}

static const struct saw_info_label build_info[] = {
	{.name = "version", .text = program_version},
};

#define SNAPSHOT(f) SERIES({.field = SAW_FIELD(Sawatch__V1__Snapshot, f)})
#define TARGET(f) SERIES({.field = SAW_FIELD(Sawatch__V1__PushTarget, f)})
#define EXPORTER(f) SERIES({.field = SAW_FIELD(Sawatch__V1__Exporter, f)})

static const struct saw_family families[] = {
	/* The daemon. */
	{"sawatch_build_info", SAW_GAUGE, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, NULL,
	 "Always 1; the version of Sawatch that answers.", INFO(build_info)},
	{"sawatch_snapshot_timestamp_seconds", SAW_GAUGE, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, NULL,
	 "Unix time at which the picture shown here was made; older than a few seconds means that the daemon hangs.",
	 FN(snapshot_made)},
	{"sawatch_scheduler_lag_seconds", SAW_GAUGE, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, NULL,
	 "How late the last poll was started; above a few seconds the daemon has more to do than it manages.",
	 FN(scheduler_lag)},
	{"sawatch_polls_missed_total", SAW_COUNTER, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, NULL,
	 "Polls left out because the one before had not ended; growth means that an interval is too short for a device.",
	 SNAPSHOT(polls_missed), .since = SAW_SINCE_DAEMON},
	{"sawatch_collector_restarts_total", SAW_COUNTER, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, NULL,
	 "Collector processes that died and were started again; growth is a defect worth a report.",
	 SNAPSHOT(collector_restarts), .since = SAW_SINCE_DAEMON},
	{"sawatch_exporter_up", SAW_GAUGE, SAW_SCOPE_EXPORTER, SAW_NEEDS_NOTHING, NULL,
	 "1 while the process of this part of the daemon (push, agentx, history) runs; at 0 what it does stands still.",
	 EXPORTER(up)},
	{"sawatch_exporter_restarts_total", SAW_COUNTER, SAW_SCOPE_EXPORTER, SAW_NEEDS_NOTHING, NULL,
	 "Times this process died and was started again; growth is a defect worth a report.", EXPORTER(restarts),
	 .since = SAW_SINCE_DAEMON},
	{"sawatch_push_up", SAW_GAUGE, SAW_SCOPE_TARGET, SAW_NEEDS_NOTHING, NULL,
	 "1 if the server took the last request, 0 if not; absent until the first was answered. The log says what is "
	 "wrong.",
	 TARGET(up)},
	{"sawatch_push_queue_samples", SAW_GAUGE, SAW_SCOPE_TARGET, SAW_NEEDS_NOTHING, NULL,
	 "Samples that wait to be sent; growth means that the server is away or slower than what is measured.",
	 TARGET(queued_samples)},
	{"sawatch_push_queue_bytes", SAW_GAUGE, SAW_SCOPE_TARGET, SAW_NEEDS_NOTHING, NULL,
	 "What waits, as it lies on the disk; near the configured queue the oldest is about to be dropped.",
	 TARGET(queued_bytes)},
	{"sawatch_push_sent_samples_total", SAW_COUNTER, SAW_SCOPE_TARGET, SAW_NEEDS_NOTHING, NULL,
	 "Samples (Icinga 2: check results) that the server took.", TARGET(sent_samples)},
	{"sawatch_push_failures_total", SAW_COUNTER, SAW_SCOPE_TARGET, SAW_NEEDS_NOTHING, NULL,
	 "Requests that the server refused, or that were not answered.", TARGET(failed_requests)},
	{"sawatch_push_dropped_samples_total", SAW_COUNTER, SAW_SCOPE_TARGET, SAW_NEEDS_NOTHING, NULL,
	 "Samples that are lost: refused by the server, or the oldest of a queue that was full.", TARGET(dropped_samples)},
	{"sawatch_push_last_success_timestamp_seconds", SAW_GAUGE, SAW_SCOPE_TARGET, SAW_NEEDS_NOTHING, NULL,
	 "Unix time at which the server last took something.", FN(push_succeeded)},
	{"sawatch_agentx_connected", SAW_GAUGE, SAW_SCOPE_EXPORTER, SAW_NEEDS_NOTHING, NULL,
	 "1 while the SNMP subagent has a session with its master agent; at 0 nobody can read SAWATCH-MIB.",
	 SERIES({.fn = agentx, .arg = CONNECTED})},
	{"sawatch_agentx_sessions_total", SAW_COUNTER, SAW_SCOPE_EXPORTER, SAW_NEEDS_NOTHING, NULL,
	 "Sessions begun with the master agent; growth means that it restarts, or does not answer.",
	 SERIES({.fn = agentx, .arg = SESSIONS})},
	{"sawatch_agentx_requests_total", SAW_COUNTER, SAW_SCOPE_EXPORTER, SAW_NEEDS_NOTHING, NULL,
	 "Objects that were asked for through the master agent.", SERIES({.fn = agentx, .arg = REQUESTS})},
	{"sawatch_agentx_rows", SAW_GAUGE, SAW_SCOPE_EXPORTER, SAW_NEEDS_NOTHING, NULL,
	 "Rows of the tables of SAWATCH-MIB.", SERIES({.fn = agentx, .arg = ROWS})},
	{"sawatch_notifications_total", SAW_COUNTER, SAW_SCOPE_EXPORTER, SAW_NEEDS_NOTHING, "result",
	 "SNMP notifications: sent (informs: acknowledged), repeated (sent again as no acknowledgement came), dropped "
	 "(given "
	 "up); with dropped ones somebody was not told.",
	 SERIES({.labels = "result=\"sent\"", .fn = notified, .arg = NOTIFIED},
			{.labels = "result=\"repeated\"", .fn = notified, .arg = REPEATED},
			{.labels = "result=\"dropped\"", .fn = notified, .arg = GIVEN_UP})},
	{"sawatch_notifications_waiting", SAW_GAUGE, SAW_SCOPE_EXPORTER, SAW_NEEDS_NOTHING, NULL,
	 "SNMP notifications that nobody has taken yet; they stay while a receiver or the master agent is away.",
	 SERIES({.fn = notified, .arg = WAITING})},
	{"sawatch_history_samples_total", SAW_COUNTER, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, NULL,
	 "Readings of tunnels that the history has on the disk, since its process began; standing still means that nothing "
	 "is kept.",
	 SERIES({.fn = history, .arg = HISTORY_SAMPLES})},
	{"sawatch_history_lost_total", SAW_COUNTER, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, NULL,
	 "Readings that the history could not keep, as the disk took nothing for too long; above 0 a report has holes.",
	 SERIES({.fn = history, .arg = HISTORY_LOST})},
	{"sawatch_history_errors_total", SAW_COUNTER, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, NULL,
	 "Writes of the history that failed; the log says why. What they had is written with the next one.",
	 SERIES({.fn = history, .arg = HISTORY_ERRORS})},
	{"sawatch_history_bytes", SAW_GAUGE, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, NULL,
	 "Size of the history on the disk; it stops growing when the retention has passed once.",
	 SERIES({.fn = history, .arg = HISTORY_BYTES})},
	{"sawatch_history_tunnel_ends", SAW_GAUGE, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, NULL,
	 "Tunnel ends that the history knows.", SERIES({.fn = history, .arg = HISTORY_ENDS})},
	{"sawatch_history_damaged_chunks", SAW_GAUGE, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, NULL,
	 "Pieces of the history that could not be read; above 0 the disk is to be looked at, and sawatch history verify "
	 "says which.",
	 SERIES({.fn = history, .arg = HISTORY_DAMAGED})},
	{"sawatch_history_last_commit_timestamp_seconds", SAW_GAUGE, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, NULL,
	 "Unix time at which the history last had everything on the disk; older than some minutes means that it does not.",
	 FN(history_committed)},
	{"sawatch_history_lag_seconds", SAW_GAUGE, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, NULL,
	 "Age of the oldest reading that is not on the disk yet: what a crash now would lose.", FN(history_lag)},
	{"sawatch_config_reloads_total", SAW_COUNTER, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, NULL,
	 "Times a changed configuration was taken.", SNAPSHOT(config_reloads), .since = SAW_SINCE_DAEMON},
	{"sawatch_config_reload_failures_total", SAW_COUNTER, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, NULL,
	 "Times a changed configuration was refused and the old one kept; the log says why.",
	 SNAPSHOT(config_reload_failures), .since = SAW_SINCE_DAEMON},
	{"sawatch_state_errors_total", SAW_COUNTER, SAW_SCOPE_DAEMON, SAW_NEEDS_NOTHING, NULL,
	 "Times the totals could not be written to the disk; while it grows a restart loses what was counted since. "
	 "Absent: "
	 "kept in memory only.",
	 SNAPSHOT(state_errors), .since = SAW_SINCE_HUB},
/* The HTTP face. */
#define TCP "listener=\"tcp\""
#define UNIX "listener=\"unix\""
#define BOTH(function) SERIES({.labels = TCP, .fn = (function), .arg = 0}, {.labels = UNIX, .fn = (function), .arg = 1})
#define WHY(reason, n)                                                                           \
	{.labels = TCP ",reason=\"" reason "\"", .fn = http_ended, .arg = (n)}, {                    \
		.labels = UNIX ",reason=\"" reason "\"", .fn = http_ended, .arg = SAW_HTTP_REASONS + (n) \
	}
#define CODE(code, n) \
	{ .labels = "code=\"" code "\"", .fn = http_requests, .arg = (n) }
	{"sawatch_http_connections", SAW_GAUGE, SAW_SCOPE_PROCESS, SAW_NEEDS_NOTHING, "listener",
	 "Clients that are connected now; at `web.max_connections` new ones take the place of those that are idle, or "
	 "wait.",
	 BOTH(http_connections)},
	{"sawatch_http_connections_accepted_total", SAW_COUNTER, SAW_SCOPE_PROCESS, SAW_NEEDS_NOTHING, "listener",
	 "Connections that were let in.", BOTH(http_accepted), .since = SAW_SINCE_PROCESS},
	{"sawatch_http_connections_ended_total", SAW_COUNTER, SAW_SCOPE_PROCESS, SAW_NEEDS_NOTHING, "listener, reason",
	 "Connections ended from here: client_limit (refused: one address holds too many), room (idle, and another needed "
	 "the "
	 "place), idle, slow_request, slow_reader; growth beside idle is a client that misbehaves, or a limit that is too "
	 "low.",
	 SERIES(WHY("client_limit", 0), WHY("room", 1), WHY("idle", 2), WHY("slow_request", 3), WHY("slow_reader", 4)),
	 .since = SAW_SINCE_PROCESS},
	{"sawatch_http_requests_total", SAW_COUNTER, SAW_SCOPE_PROCESS, SAW_NEEDS_NOTHING, "code",
	 "Requests answered, by HTTP status; 401 is a login that failed or is missing, 414 and 431 a request that is too "
	 "long, 429 the rate limit, 403 and 504 a probe that is off or not in time.",
	 SERIES(CODE("200", 0), CODE("304", 1), CODE("400", 2), CODE("401", 3), CODE("403", 4), CODE("404", 5),
			CODE("405", 6), CODE("413", 7), CODE("414", 8), CODE("429", 9), CODE("431", 10), CODE("500", 11),
			CODE("503", 12), CODE("504", 13), CODE("505", 14), CODE("other", 15)),
	 .since = SAW_SINCE_PROCESS},
	{"sawatch_http_answers_held_bytes", SAW_GAUGE, SAW_SCOPE_PROCESS, SAW_NEEDS_NOTHING, NULL,
	 "Memory of answers that are shared, or that clients are reading; beyond 512 MiB the slowest readers are sent "
	 "away, "
	 "and what only one client asks for is refused (503).",
	 FN(http_held)},
	{"sawatch_http_auth_failures_total", SAW_COUNTER, SAW_SCOPE_PROCESS, SAW_NEEDS_NOTHING, NULL,
	 "Wrong users or passwords; a steady growth is a scraper with an old password, a sudden one is somebody who "
	 "guesses.",
	 FN(http_auth_failures), .since = SAW_SINCE_PROCESS},
	{"sawatch_http_certificate_expiry_timestamp_seconds", SAW_GAUGE, SAW_SCOPE_PROCESS, SAW_NEEDS_NOTHING, NULL,
	 "Unix time at which the certificate shown here, or one of its chain, ends; absent without TLS.",
	 FN(http_certificate_expires)},
	/* The process that answers. */
	{"process_cpu_seconds_total", SAW_COUNTER, SAW_SCOPE_PROCESS, SAW_NEEDS_NOTHING, NULL,
	 "CPU time that the answering process used.", FN(cpu_seconds), .since = SAW_SINCE_PROCESS},
	{"process_start_time_seconds", SAW_GAUGE, SAW_SCOPE_PROCESS, SAW_NEEDS_NOTHING, NULL,
	 "Unix time at which the answering process started; a change is a restart.", FN(start_time)},
	{"process_resident_memory_bytes", SAW_GAUGE, SAW_SCOPE_PROCESS, SAW_NEEDS_NOTHING, NULL,
	 "Memory of the answering process; it should not grow for days.", FN(resident_bytes)},
	{"process_open_fds", SAW_GAUGE, SAW_SCOPE_PROCESS, SAW_NEEDS_NOTHING, NULL,
	 "Open descriptors of the answering process.", FN(open_fds)},
	{"process_max_fds", SAW_GAUGE, SAW_SCOPE_PROCESS, SAW_NEEDS_NOTHING, NULL,
	 "Descriptors that the answering process may open.", FN(max_fds)},
};

const struct saw_families_part saw_families_daemon = {families, LENGTH(families)};
