#include "store/internal.h"

#include "proto/field.h"
#include "proto/section.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SAMPLE(list) (&sawatch__v1__device_sample__descriptor), #list

void saw_store_source_clear(struct source *src) {
	for (int i = 0; i < PIECES; i++)
		if (src->piece[i])
			sawatch__v1__device_sample__free_unpacked(src->piece[i], NULL);
	free(src->error);
	free(src->durations);
	free(src->flows_problem);
	free(src->hostname);
	free(src->os_version);
	free(src->model);
	free(src->serial);
	free(src->ikes);
	free(src->nameless_ikes);
	free(src->interfaces);
	memset(src, 0, sizeof *src);
}

bool saw_store_source_stale(const struct source *src, bool rare, int64_t observed_ms, int64_t now_ms) {
	bool longer = rare && src->detail_age_ms > src->max_age_ms;

	return now_ms - observed_ms > (longer ? src->detail_age_ms : src->max_age_ms);
}

bool saw_store_source_fresh(const struct source *src, bool rare, int64_t observed_ms, int64_t now_ms) {
	return src->configured && src->attempted && !src->failing &&
		   !saw_store_source_stale(src, rare, observed_ms, now_ms);
}

bool saw_store_piece_holds(const struct source *src, enum piece which, int64_t now_ms) {
	return src->piece[which] &&
		   (!src->detail_age_ms || !saw_store_source_stale(src, true, src->piece_ms[which], now_ms));
}

/* ------------------------------------------------------------------------------------------- what a poll as a whole was */

static void count_error(struct source *src, int error) {
	if (error > 0 && error < POLL_ERRORS)
		src->errors[error]++;
}

void saw_store_source_fail(struct source *src, Sawatch__V1__PollError error, const char *text, int64_t now_ms) {
	src->attempted = src->failing = true;
	src->attempted_ms = now_ms;
	src->complete = false;
	src->has_duration = src->has_requests = false;
	src->error_class = error;
	saw_store_text_set(&src->error, text);
	count_error(src, (int)error);
}

/* Filters behind the command (peer, interface, ...) leave the rest out: such an answer is never the whole list. */
static bool is_filtered(const char *table) {
	static const char *const words[] = {" peer ",  " interface ", " map ",  " vrf ",
										" entry ", " identity ",  " ivrf ", " fvrf "};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strstr(table, words[i]))
			return true;
	return false;
}

/* The one class of error that a poll counts as, where tables of it failed. */
static void judge_tables(struct source *src, const Sawatch__V1__DeviceSample *sample) {
	bool fast = sample->has_fast && sample->fast; /* what it left out is as the poll before said */
	bool nothing_due = sample->n_tables == 0 && src->detail_age_ms;

	src->complete = (sample->n_tables > 0 && !fast) || ((fast || nothing_due) && src->complete);
	src->error_class = 0;
	saw_store_text_set(&src->error, NULL);
	for (size_t i = 0; i < sample->n_tables; i++) {
		const Sawatch__V1__TableStatus *t = sample->tables[i];

		if ((t->status != SAWATCH__V1__TABLE_STATE__TABLE_STATE_PARTIAL &&
			 t->status != SAWATCH__V1__TABLE_STATE__TABLE_STATE_FAILED) ||
			(t->name && saw_section_is_optional(t->name)))
			continue;
		src->complete = false;
		if (t->has_error_class && !src->error_class) {
			src->error_class = t->error_class;
			saw_store_text_set(&src->error, t->error);
		}
	}
	count_error(src, (int)src->error_class);
}

/* Was the list of flows read, and to its end? */
static void judge_flows(struct source *src, const Sawatch__V1__DeviceSample *sample) {
	unsigned complete = 0, partial = 0, failed = 0, absent = 0;
	const Sawatch__V1__TableStatus *worst = NULL;
	char text[SAW_REASON_TEXT];

	for (size_t i = 0; i < sample->n_tables; i++) {
		const Sawatch__V1__TableStatus *t = sample->tables[i];

		if (!t->name || !saw_section_fills(t->name, SAMPLE(ipsec_sas)))
			continue;
		if (t->status == SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE && !is_filtered(t->name)) {
			complete++;
			continue;
		}
		worst = t;
		if (t->status == SAWATCH__V1__TABLE_STATE__TABLE_STATE_ABSENT)
			absent++;
		else if (t->status == SAWATCH__V1__TABLE_STATE__TABLE_STATE_FAILED)
			failed++;
		else
			partial++;
	}
	if (complete + partial + failed + absent == 0 && sample->n_ipsec_sas == 0)
		return; /* another file, or tables that say nothing of flows */
	src->flows_wanted = true;
	src->flows_read = complete + partial > 0 || sample->n_ipsec_sas > 0;
	src->flows_complete = complete > 0 && partial + failed == 0;
	src->flows = sample->n_ipsec_sas;
	if (!worst) {
		saw_store_text_set(&src->flows_problem, NULL);
		return;
	}
	if (absent && !failed && !partial)
		snprintf(text, sizeof text, "the device does not have %s", worst->name);
	else if (is_filtered(worst->name))
		snprintf(text, sizeof text, "`%s` shows a part of the tunnels only", worst->name);
	else
		snprintf(text, sizeof text, "%s %s%s%s", worst->name, src->flows_read ? "was cut short" : "could not be read",
				 worst->error ? ": " : "", worst->error ? worst->error : "");
	saw_store_text_set(&src->flows_problem, text);
}

/* ---------------------------------------------------------------------------------------------------------- kept pieces */

static bool lists(const Sawatch__V1__DeviceSample *sample, const char *field) {
	for (size_t i = 0; i < sample->n_tables; i++) {
		const Sawatch__V1__TableStatus *t = sample->tables[i];

		if (t->name && t->status != SAWATCH__V1__TABLE_STATE__TABLE_STATE_FAILED &&
			saw_section_fills(t->name, &sawatch__v1__device_sample__descriptor, field))
			return true;
	}
	return false;
}

static int keep(struct device *d, struct source *src, enum piece which, const Sawatch__V1__DeviceSample *part,
				int64_t observed_ms) {
	Sawatch__V1__DeviceSample *copy = saw_store_message_copy(d->store, &part->base);

	if (!copy)
		return -ENOMEM;
	if (src->piece[which])
		sawatch__v1__device_sample__free_unpacked(src->piece[which], NULL);
	src->piece[which] = copy;
	src->piece_ms[which] = observed_ms;
	return 0;
}

static int ike_order(const void *a, const void *b) {
	const struct ike_entry *x = a, *y = b;
	int order = saw_addr_cmp(&x->remote, &y->remote);

	return order ? order : saw_addr_cmp(&x->local, &y->local);
}

static void add_ike(struct source *src, const Sawatch__V1__IkeSa *sa, const char *remote, const char *local) {
	struct ike_entry *e = &src->ikes[src->n_ikes];

	if (!remote || saw_addr_parse(saw_str_of(remote), &e->remote) != 0)
		return;
	if (!local || saw_addr_parse(saw_str_of(local), &e->local) != 0)
		e->local = (struct saw_addr){.family = 0};
	e->sa = sa;
	src->n_ikes++;
}

static int by_tunnel_id(const void *a, const void *b) {
	uint64_t x = (*(const Sawatch__V1__IkeSa *const *)a)->tunnel_id,
			 y = (*(const Sawatch__V1__IkeSa *const *)b)->tunnel_id;

	return (x > y) - (x < y);
}

/* IKEv1 prints source and destination, of which either may be the peer: both are entered. */
static int index_ikes(struct source *src) {
	const Sawatch__V1__DeviceSample *p = src->piece[PIECE_IKE];
	struct ike_entry *e = calloc(p->n_ike_sas * 2 + 1, sizeof *e);
	const Sawatch__V1__IkeSa **nameless = calloc(p->n_ike_sas + 1, sizeof *nameless);

	free(src->ikes);
	free(src->nameless_ikes);
	src->ikes = e;
	src->nameless_ikes = nameless;
	src->n_ikes = src->n_nameless_ikes = 0;
	if (!e || !nameless)
		return -ENOMEM;
	for (size_t i = 0; i < p->n_ike_sas; i++) {
		const Sawatch__V1__IkeSa *sa = p->ike_sas[i];

		if (sa->remote) {
			add_ike(src, sa, sa->remote, sa->local);
		} else {
			add_ike(src, sa, sa->initiator_address, sa->responder_address);
			add_ike(src, sa, sa->responder_address, sa->initiator_address);
		}
		if (!sa->remote && !sa->initiator_address && !sa->responder_address && sa->has_tunnel_id)
			nameless[src->n_nameless_ikes++] = sa;
	}
	if (src->n_nameless_ikes)
		qsort(nameless, src->n_nameless_ikes, sizeof *nameless, by_tunnel_id);
	qsort(e, src->n_ikes, sizeof *e, ike_order);
	return 0;
}

static int interface_order(const void *a, const void *b) {
	return strcasecmp(((const struct interface_entry *)a)->name, ((const struct interface_entry *)b)->name);
}

static bool mentions(const char *text, const char *word) {
	for (; *text; text++)
		if (strncasecmp(text, word, strlen(word)) == 0)
			return true;
	return false;
}

/* A tunnel that cannot come up without IPsec, as far as is known. */
static bool is_ipsec_tunnel(const Sawatch__V1__Interface *p) {
	if (p->tunnel_mode)
		return mentions(p->tunnel_mode, "ipsec") || p->ipsec_profile;
	return p->ipsec_profile || (p->name && strncasecmp(p->name, "Tunnel", 6) == 0);
}

/* A Virtual-Access interface may be a dialled-in user's. */
static bool is_static(const Sawatch__V1__Interface *p) {
	return !p->name || !saw_interface_is_transient(p->name);
}

static int port_order(const void *a, const void *b) {
	const Sawatch__V1__Interface *const *x = a, *const *y = b;
	int order = strcasecmp((*x)->name ? (*x)->name : "", (*y)->name ? (*y)->name : "");

	return order ? order : (*x)->has_ip_mtu_bytes - (*y)->has_ip_mtu_bytes;
}

static bool is_same(const Sawatch__V1__Interface *a, const Sawatch__V1__Interface *b) {
	return a->name && b->name && strcasecmp(a->name, b->name) == 0 &&
		   !(a->has_if_index && b->has_if_index && a->if_index != b->if_index);
}

/* What several commands say of an interface (`show interfaces`, `show ip interface`) becomes one; the first of them tells the more. */
static void fold_interfaces(Sawatch__V1__DeviceSample *p) {
	size_t n = 0;

	if (p->n_interfaces)
		qsort(p->interfaces, p->n_interfaces, sizeof(Sawatch__V1__Interface *), port_order);
	for (size_t i = 0; i < p->n_interfaces; i++) {
		Sawatch__V1__Interface *port = p->interfaces[i], *last = n ? p->interfaces[n - 1] : NULL;

		if (!last || !is_same(last, port)) {
			p->interfaces[n++] = port;
			continue;
		}
		saw_field_fill(&last->base, &port->base);
		sawatch__v1__interface__free_unpacked(port, NULL);
	}
	p->n_interfaces = n;
}

static int index_interfaces(struct source *src) {
	Sawatch__V1__DeviceSample *p = src->piece[PIECE_INTERFACES];
	struct interface_entry *e = calloc(p->n_interfaces * 2 + 1, sizeof *e);

	if (!e)
		return -ENOMEM;
	fold_interfaces(p);
	free(src->interfaces);
	src->interfaces = e;
	src->n_interfaces = 0;
	src->tunnel_interfaces_up = 0;
	for (size_t i = 0; i < p->n_interfaces; i++) {
		const Sawatch__V1__Interface *port = p->interfaces[i];

		if (port->name)
			e[src->n_interfaces++] = (struct interface_entry){port->name, port};
		if (port->nameif)
			e[src->n_interfaces++] = (struct interface_entry){port->nameif, port};
		src->tunnel_interfaces_up += port->has_line_up && port->line_up &&
									 (port->has_is_tunnel ? port->is_tunnel && is_static(port) : is_ipsec_tunnel(port));
	}
	qsort(e, src->n_interfaces, sizeof *e, interface_order);
	return 0;
}

const Sawatch__V1__Interface *saw_store_source_interface(const struct source *src, const char *name) {
	struct interface_entry key = {name, NULL}, *found = NULL;

	if (src->n_interfaces)
		found = bsearch(&key, src->interfaces, src->n_interfaces, sizeof key, interface_order);
	return found ? found->port : NULL;
}

bool saw_store_ike_is_up(const Sawatch__V1__IkeSa *sa) {
	static const char *const up[] = {"READY", "QM_IDLE", "UP-ACTIVE", "ACTIVE", "MM_ACTIVE", "AM_ACTIVE", "UP-IDLE"};

	if (sa->has_deleted && sa->deleted)
		return false;
	for (size_t i = 0; sa->status && i < sizeof up / sizeof up[0]; i++)
		if (strcasecmp(sa->status, up[i]) == 0)
			return true;
	return sa->status == NULL; /* a row of the flow MIB is there while the SA lives */
}

/* How well an SA of an SNMP context fits an end: 0 it is another VRF's. */
static int context_fit(const struct end *e, const Sawatch__V1__IkeSa *sa) {
	const char *context = e->id.learned.context;

	if (!context || !sa->context_vrf)
		return context && *context ? 1 : 2; /* the default context may show it as well */
	return strcasecmp(context, sa->context_vrf) == 0 ? 2 : 0;
}

static bool is_better_ike(const struct end *e, const Sawatch__V1__IkeSa *sa, const Sawatch__V1__IkeSa *than) {
	int fit = context_fit(e, sa), other = than ? context_fit(e, than) : 0;

	if (fit != other || !than)
		return fit > other;
	return saw_store_ike_is_up(sa) && !saw_store_ike_is_up(than);
}

/* The SA that the end's row names, where that SA has no address that could contradict. */
static const Sawatch__V1__IkeSa *nameless_ike(const struct source *src, const struct end *e, const struct view *v) {
	const Sawatch__V1__IkeSa *best = NULL;
	size_t lo = 0, hi = src->n_nameless_ikes;

	if (!v || !v->row.has_ike)
		return NULL;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (src->nameless_ikes[mid]->tunnel_id < v->row.ike_tunnel_id)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < src->n_nameless_ikes && src->nameless_ikes[lo]->tunnel_id == v->row.ike_tunnel_id; lo++)
		if (is_better_ike(e, src->nameless_ikes[lo], best))
			best = src->nameless_ikes[lo];
	return best;
}

/* The best SA with this remote address, and with this local one where it is given (family 0: not printed). */
static void best_ike(const struct source *src, const struct end *e, const struct saw_addr *remote,
					 const struct saw_addr *local, const Sawatch__V1__IkeSa **best) {
	struct ike_entry key = {.remote = *remote};
	size_t lo = 0, hi = src->n_ikes;

	if (local)
		key.local = *local;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (ike_order(&src->ikes[mid], &key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < src->n_ikes && saw_addr_cmp(&src->ikes[lo].remote, remote) == 0; lo++) {
		if (local && saw_addr_cmp(&src->ikes[lo].local, local) != 0)
			return;
		if (is_better_ike(e, src->ikes[lo].sa, *best))
			*best = src->ikes[lo].sa;
	}
}

/* The SA that carries the end: joined by addresses, for the index that rows name is wrong on some. One that is up wins. */
const Sawatch__V1__IkeSa *saw_store_source_ike(const struct device *d, Sawatch__V1__Source source,
											   const struct end *e) {
	const struct source *src = &d->source[source - 1];
	const struct saw_addr not_printed = {.family = 0};
	const struct saw_traits *t = &e->id.learned;
	const Sawatch__V1__IkeSa *best = NULL;

	if (t->local.family) {
		best_ike(src, e, &t->remote, &t->local, &best);
		best_ike(src, e, &t->remote, &not_printed, &best);
	} else {
		best_ike(src, e, &t->remote, NULL, &best);
	}
	return best ? best : nameless_ike(src, e, e->view[source - 1]);
}

/* The tables of the last poll, and those of earlier ones that not every poll reads. */
static int keep_tables(struct device *d, struct source *src, const Sawatch__V1__DeviceSample *sample,
					   int64_t observed_ms) {
	const Sawatch__V1__DeviceSample *old = src->piece[PIECE_TABLES];
	Sawatch__V1__DeviceSample part = SAWATCH__V1__DEVICE_SAMPLE__INIT;
	/* Every file has its own commands; a session asks for some of them now and then. */
	bool in_parts =
		sample->source == SAWATCH__V1__SOURCE__SOURCE_FILE || src->detail_age_ms || (sample->has_fast && sample->fast);
	size_t n_old = in_parts && old ? old->n_tables : 0;
	int rc;

	part.tables = calloc(sample->n_tables + n_old + 1, sizeof(Sawatch__V1__TableStatus *));
	if (!part.tables)
		return -ENOMEM;
	for (size_t i = 0; i < sample->n_tables; i++)
		part.tables[part.n_tables++] = sample->tables[i];
	for (size_t i = 0; i < n_old; i++) {
		bool again = !old->tables[i]->name;

		for (size_t j = 0; j < sample->n_tables; j++)
			again |= sample->tables[j]->name && !again && strcmp(sample->tables[j]->name, old->tables[i]->name) == 0;
		if (!again && (!old->tables[i]->has_read_at_ms ||
					   !saw_store_source_stale(src, true, old->tables[i]->read_at_ms, observed_ms)))
			part.tables[part.n_tables++] = old->tables[i];
	}
	rc = keep(d, src, PIECE_TABLES, &part, observed_ms);
	for (size_t i = 0; rc == 0 && src->detail_age_ms && i < sample->n_tables; i++) {
		src->piece[PIECE_TABLES]->tables[i]->has_read_at_ms = 1;
		src->piece[PIECE_TABLES]->tables[i]->read_at_ms = observed_ms;
	}
	free(part.tables);
	return rc;
}

/* Logs are read now and then; load and peers are of one moment. */
static int keep_logs(struct device *d, struct source *src, const Sawatch__V1__DeviceSample *sample,
					 int64_t observed_ms) {
	Sawatch__V1__DeviceSample failures = SAWATCH__V1__DEVICE_SAMPLE__INIT, ended = failures, now = failures;
	int rc = 0;

	if (lists(sample, "ike_failures") || lists(sample, "ipsec_failures")) {
		failures.ike_failures = sample->ike_failures;
		failures.n_ike_failures = sample->n_ike_failures;
		failures.ipsec_failures = sample->ipsec_failures;
		failures.n_ipsec_failures = sample->n_ipsec_failures;
		rc = keep(d, src, PIECE_FAILURES, &failures, observed_ms);
	}
	if (rc == 0 && lists(sample, "ended_tunnels")) {
		ended.ended_tunnels = sample->ended_tunnels;
		ended.n_ended_tunnels = sample->n_ended_tunnels;
		rc = keep(d, src, PIECE_ENDED, &ended, observed_ms);
	}
	if (rc || sample->source == SAWATCH__V1__SOURCE__SOURCE_FILE || (sample->has_fast && sample->fast))
		return rc;
	now.has_cpu_percent = sample->has_cpu_percent;
	now.cpu_percent = sample->cpu_percent;
	now.has_crypto_load_percent = sample->has_crypto_load_percent;
	now.crypto_load_percent = sample->crypto_load_percent;
	now.has_l2l_sessions_active = sample->has_l2l_sessions_active;
	now.l2l_sessions_active = sample->l2l_sessions_active;
	now.has_l2l_sessions_begun = sample->has_l2l_sessions_begun;
	now.l2l_sessions_begun = sample->l2l_sessions_begun;
	now.has_l2l_sessions_peak = sample->has_l2l_sessions_peak;
	now.l2l_sessions_peak = sample->l2l_sessions_peak;
	now.has_remote_access_sessions = sample->has_remote_access_sessions;
	now.remote_access_sessions = sample->remote_access_sessions;
	now.bgp_peers = sample->bgp_peers;
	now.n_bgp_peers = sample->n_bgp_peers;
	now.memory_pools = sample->memory_pools;
	now.n_memory_pools = sample->n_memory_pools;
	now.failover_units = sample->failover_units;
	now.n_failover_units = sample->n_failover_units;
	return keep(d, src, PIECE_NOW, &now, observed_ms);
}

/* One of the commands that fill the list was asked for its details. */
static bool reads_details(const Sawatch__V1__DeviceSample *sample, const char *field) {
	for (size_t i = 0; i < sample->n_tables; i++) {
		const Sawatch__V1__TableStatus *t = sample->tables[i];

		if (t->name && t->status != SAWATCH__V1__TABLE_STATE__TABLE_STATE_FAILED && strstr(t->name, " detail") &&
			saw_section_fills(t->name, &sawatch__v1__device_sample__descriptor, field))
			return true;
	}
	return false;
}

static bool same_text(const char *a, const char *b) {
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_same_ike(const Sawatch__V1__IkeSa *a, const Sawatch__V1__IkeSa *b) {
	if (a->local_spi && b->local_spi)
		return strcmp(a->local_spi, b->local_spi) == 0 && same_text(a->remote_spi, b->remote_spi);
	return a->version == b->version && a->tunnel_id == b->tunnel_id && same_text(a->local, b->local) &&
		   same_text(a->remote, b->remote) && same_text(a->initiator_address, b->initiator_address) &&
		   same_text(a->responder_address, b->responder_address);
}

/* Whether the sample lists the SAs of this IKE version. */
static bool lists_version(const Sawatch__V1__DeviceSample *sample, unsigned version) {
	static const char *const words[2][2] = {{" ikev1 ", " isakmp "}, {" ikev2 ", " ikev2 "}};

	for (size_t i = 0; i < sample->n_tables; i++) {
		const Sawatch__V1__TableStatus *t = sample->tables[i];

		if (t->name && (strstr(t->name, words[version == 2][0]) || strstr(t->name, words[version == 2][1])) &&
			saw_section_fills(t->name, &sawatch__v1__device_sample__descriptor, "ike_sas"))
			return true;
	}
	return false;
}

/* Lists mostly keep their order: the search goes on from *next. */
static void fill_ike(Sawatch__V1__IkeSa *sa, const Sawatch__V1__DeviceSample *old, size_t *next) {
	for (size_t i = 0; i < old->n_ike_sas; i++) {
		size_t at = (*next + i) % old->n_ike_sas;

		if (!is_same_ike(sa, old->ike_sas[at]))
			continue;
		saw_field_fill(&sa->base, &old->ike_sas[at]->base);
		*next = at + 1;
		return;
	}
}

/* A poll without the details has less to say: the rest is as the last details said, while these are good. */
static int keep_ikes(struct device *d, struct source *src, const Sawatch__V1__DeviceSample *sample,
					 int64_t observed_ms) {
	Sawatch__V1__DeviceSample part = SAWATCH__V1__DEVICE_SAMPLE__INIT, *old = src->piece[PIECE_IKE];
	uint64_t elapsed = observed_ms > src->ike_ms ? (uint64_t)(observed_ms - src->ike_ms) / 1000 : 0;
	bool detailed = !src->detail_age_ms || reads_details(sample, "ike_sas");
	bool goes_on =
		!detailed && old && src->ike_detail_ms && !saw_store_source_stale(src, true, src->ike_detail_ms, observed_ms);
	size_t n_old = goes_on ? old->n_ike_sas : 0, next = 0;
	int rc = 0;

	part.ike_sas = calloc(sample->n_ike_sas + n_old + 1, sizeof(Sawatch__V1__IkeSa *));
	if (!part.ike_sas)
		return -ENOMEM;
	for (size_t i = 0; i < sample->n_ike_sas; i++)
		part.ike_sas[part.n_ike_sas++] = sample->ike_sas[i];
	for (size_t i = 0; i < n_old; i++) {
		Sawatch__V1__IkeSa *sa = old->ike_sas[i];

		sa->remaining_seconds -= elapsed < sa->remaining_seconds ? elapsed : sa->remaining_seconds;
		sa->active_seconds += sa->has_active_seconds ? elapsed : 0;
		if (sa->has_version && !lists_version(sample, sa->version))
			part.ike_sas[part.n_ike_sas++] = sa;
	}
	src->piece[PIECE_IKE] = NULL;
	rc = keep(d, src, PIECE_IKE, &part, observed_ms);
	for (size_t i = 0; rc == 0 && goes_on && i < sample->n_ike_sas; i++)
		fill_ike(src->piece[PIECE_IKE]->ike_sas[i], old, &next);
	free(part.ike_sas);
	if (rc) {
		src->piece[PIECE_IKE] = old;
		return rc;
	}
	if (old)
		sawatch__v1__device_sample__free_unpacked(old, NULL);
	src->ike_ms = observed_ms;
	if (detailed)
		src->ike_detail_ms = observed_ms;
	return index_ikes(src);
}

static int keep_pieces(struct device *d, struct source *src, const Sawatch__V1__DeviceSample *sample,
					   int64_t observed_ms) {
	Sawatch__V1__DeviceSample part = SAWATCH__V1__DEVICE_SAMPLE__INIT;
	int rc = keep_tables(d, src, sample, observed_ms);

	src->ike_rare = !lists(sample, "ike_sas");
	src->interfaces_rare = !lists(sample, "interfaces");
	if (rc == 0 && (sample->n_ike_sas || !src->ike_rare))
		rc = keep_ikes(d, src, sample, observed_ms);
	if (rc == 0 && (sample->n_interfaces || lists(sample, "interfaces"))) {
		part.interfaces = sample->interfaces;
		part.n_interfaces = sample->n_interfaces;
		rc = keep(d, src, PIECE_INTERFACES, &part, observed_ms);
		if (rc == 0)
			rc = index_interfaces(src);
		src->interfaces_ms = observed_ms;
		part.n_interfaces = 0;
	}
	if (rc == 0 && sample->n_global_counters) {
		part.global_counters = sample->global_counters;
		part.n_global_counters = sample->n_global_counters;
		rc = keep(d, src, PIECE_GLOBALS, &part, observed_ms);
		part.n_global_counters = 0;
	}
	if (rc == 0 && sample->n_drops) {
		part.drops = sample->drops;
		part.n_drops = sample->n_drops;
		rc = keep(d, src, PIECE_DROPS, &part, observed_ms);
		part.n_drops = 0;
	}
	return rc ? rc : keep_logs(d, src, sample, observed_ms);
}

/* ---------------------------------------------------------------------------------------------------------------- facts */

/* A device that is up for less time than has passed since it was last asked was restarted in between. */
static void take_uptime(struct device *d, struct source *src, uint64_t seconds, int64_t observed_ms) {
	int64_t boot_ms = seconds > INT64_MAX / 2000 ? 0 : observed_ms - (int64_t)seconds * 1000;
	int64_t clocks_differ =
		5000 + (observed_ms - src->uptime_ms) / 1000; /* by a thousandth, and an answer takes a while */
	bool restarted = src->has_uptime && (seconds < src->uptime_seconds || boot_ms > src->uptime_ms + clocks_differ);

	/* sysUpTime counts hundredths of a second in 32 bits: 497 days on it begins anew. */
	if (restarted && src->uptime_seconds + (uint64_t)((observed_ms - src->uptime_ms) / 1000) > 42949672 - 600)
		restarted = false;
	if (restarted || !d->has_boot)
		d->boot_ms = boot_ms;
	d->has_boot = true;
	src->has_uptime = true;
	src->uptime_seconds = seconds;
	src->uptime_ms = observed_ms;
}

static int take_facts(struct device *d, struct source *src, const Sawatch__V1__DeviceSample *sample,
					  int64_t observed_ms) {
	const struct {
		char **slot;
		const char *text;
	} facts[] = {{&src->hostname, sample->hostname},
				 {&src->os_version, sample->os_version},
				 {&src->model, sample->model},
				 {&src->serial, sample->serial}};

	/* Another unit of a failover pair (or another box in its place): a clock and counters of its own, and the same tunnels. */
	if (sample->serial && src->serial && strcmp(sample->serial, src->serial) != 0) {
		d->unit_ms = observed_ms;
		src->has_uptime = d->has_boot = false;
	}
	for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
		if (facts[i].text && saw_store_text_set(facts[i].slot, facts[i].text) != 0)
			return -ENOMEM;
	if (sample->has_uptime_seconds && observed_ms > src->uptime_ms)
		take_uptime(d, src, sample->uptime_seconds, observed_ms);
	return 0;
}

/* Without memory it is left out: nothing else depends on it. */
static void time_poll(struct source *src, double seconds, int64_t now_ms) {
	if (!src->durations)
		src->durations = calloc(1, sizeof *src->durations);
	if (src->durations)
		saw_histogram_add(src->durations, seconds, now_ms);
}

int saw_store_source_take(struct device *d, struct source *src, const Sawatch__V1__DeviceSample *sample,
						  int64_t observed_ms, int64_t now_ms) {
	bool flows;
	int rc;

	if (sample->has_poll_duration_seconds)
		time_poll(src, sample->poll_duration_seconds, now_ms);
	src->has_duration = sample->has_poll_duration_seconds;
	src->duration_seconds = sample->poll_duration_seconds;
	src->has_requests = sample->has_requests;
	src->requests = sample->requests;
	if (sample->has_error_class) {
		saw_store_source_fail(src, sample->error_class, sample->error, now_ms);
		/* Which of several files failed is not told: what the others showed holds until it is too old. */
		src->failing = !(src->several && src->flows_read);
		src->has_duration = sample->has_poll_duration_seconds;
		src->has_requests = sample->has_requests;
		return 0;
	}
	src->attempted = true;
	src->failing = false;
	src->attempted_ms = now_ms;
	if (observed_ms > src->observed_ms)
		src->observed_ms = observed_ms;
	src->unparsed = sample->n_unparsed;
	judge_tables(src, sample);
	rc = take_facts(d, src, sample, observed_ms);
	if (rc == 0)
		rc = keep_pieces(d, src, sample, observed_ms);
	flows = sample->n_ipsec_sas || lists(sample, "ipsec_sas");
	if (rc || (flows && observed_ms < src->flows_ms))
		return rc; /* a text that is older than the one at hand adds nothing */
	judge_flows(src, sample);
	src->flows_rare = !flows;
	if (!flows)
		return 0;
	src->detailed = !src->detail_age_ms || reads_details(sample, "ipsec_sas");
	src->flows_ms = observed_ms;
	return saw_store_ends_take(d, sample->source, sample, observed_ms);
}
