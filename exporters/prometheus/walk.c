#include "exporters/prometheus/walk.h"

#include "proto/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_TOTAL UINT8_MAX /* place of a total that the tunnel does not have */
#define SERIES_MAX 32
#define STATIC_MAX 160

/* The labels of a series as pairs; the table has them as text. */
struct pairs {
	char text[STATIC_MAX];
	struct saw_label labels[4];
	size_t n;
};

struct walking {
	const struct saw_walk *walk;
	const struct saw_family *family;
	struct saw_row row;
	uint8_t (*totals)[SAW_TOTAL_COUNT]; /* by tunnel: where each total stands in its list */
	size_t tunnel;
	struct pairs series[SERIES_MAX];
	struct saw_label labels[SAW_LABELS_MAX];
	size_t n_labels;
	char scratch[SAW_LABELS_MAX][64];
};

double saw_value_number(const struct saw_value *v) {
	return v->kind == SAW_VALUE_U64 ? (double)v->u64 : v->kind == SAW_VALUE_MS ? (double)v->ms / 1000.0 : v->real;
}

/* direction="in",reason="auth"; the table has no escapes. */
static void split(const char *text, struct pairs *out) {
	char *p = out->text;

	out->n = 0;
	if (!text)
		return;
	snprintf(out->text, sizeof out->text, "%s", text);
	while (*p && out->n < 4) {
		struct saw_label *l = &out->labels[out->n++];

		l->name = p;
		p += strcspn(p, "=");
		*p = 0;
		l->value = p += 2;
		p += strcspn(p, "\"");
		*p++ = 0;
		p += *p == ',';
	}
}

static void add(struct walking *w, const char *name, const char *value) {
	if (w->n_labels < SAW_LABELS_MAX)
		w->labels[w->n_labels++] = (struct saw_label){name, value ? value : ""};
}

static const char *enum_text(const ProtobufCEnumDescriptor *d, bool has, int value) {
	const char *text = has ? saw_enum_name(d, value) : NULL;

	return text ? text : "unknown";
}

/* The labels of the scope; what the scope is about, for fields of it. */
static const ProtobufCMessage *begin_row(struct walking *w) {
	const struct saw_row *r = &w->row;

	w->n_labels = 0;
	switch (w->family->scope) {
	case SAW_SCOPE_DAEMON:
		return &r->snapshot->base;
	case SAW_SCOPE_PROCESS:
		return NULL;
	case SAW_SCOPE_AUDITED:
	case SAW_SCOPE_AUDIT_RULE:
		add(w, "device", r->audited->device);
		if (w->family->scope == SAW_SCOPE_AUDITED)
			return &r->audited->base;
		add(w, "rule", r->audit->rule);
		add(w, "severity", r->audit->severity);
		return &r->audit->base;
	case SAW_SCOPE_TARGET:
		add(w, "target", r->target->name);
		return &r->target->base;
	case SAW_SCOPE_EXPORTER:
		add(w, "exporter", r->exporter->name);
		return &r->exporter->base;
	case SAW_SCOPE_DEVICE:
		add(w, "device", r->device->name);
		return &r->device->base;
	case SAW_SCOPE_BGP:
		add(w, "device", r->device->name);
		add(w, "peer", r->bgp->peer);
		add(w, "vrf", r->bgp->vrf);
		return &r->bgp->base;
	case SAW_SCOPE_PORT:
		add(w, "device", r->device->name);
		add(w, "interface", r->port->name);
		return &r->port->base;
	case SAW_SCOPE_MEMORY:
		add(w, "device", r->device->name);
		add(w, "pool", r->memory->name);
		return &r->memory->base;
	case SAW_SCOPE_SOURCE:
	case SAW_SCOPE_ERROR:
	case SAW_SCOPE_TABLE:
		add(w, "device", r->device->name);
		add(w, "source", enum_text(&sawatch__v1__source__descriptor, r->source->has_source, (int)r->source->source));
		if (w->family->scope == SAW_SCOPE_SOURCE)
			return &r->source->base;
		if (w->family->scope == SAW_SCOPE_TABLE) {
			add(w, "table", r->table->name);
			return &r->table->base;
		}
		add(w, "reason", enum_text(&sawatch__v1__poll_error__descriptor, r->error->has_reason, (int)r->error->reason));
		return &r->error->base;
	case SAW_SCOPE_TUNNEL:
	case SAW_SCOPE_LAYER:
		add(w, "device", r->tunnel->device);
		add(w, "tunnel", r->tunnel->name);
		if (w->family->scope == SAW_SCOPE_TUNNEL)
			return &r->tunnel->base;
		add(w, "layer", r->layer->name);
		return &r->layer->base;
	case SAW_SCOPE_LINK:
		add(w, "link", r->link->name);
		add(w, "a", r->link->a_device);
		add(w, "b", r->link->b_device);
		return &r->link->base;
	case SAW_SCOPE_WAY:
		add(w, "link", r->link->name);
		add(w, "from", r->way->from);
		add(w, "to", r->way->to);
		return &r->way->base;
	case SAW_SCOPE_COMPARISON:
		add(w, "link", r->link->name);
		add(w, "field", r->comparison->field);
		return &r->comparison->base;
	}
	return NULL;
}

static void add_info(struct walking *w, const ProtobufCMessage *m) {
	for (size_t i = 0; i < w->family->n_info && i < SAW_LABELS_MAX; i++) {
		const struct saw_info_label *l = &w->family->info[i];
		const char *text = NULL;
		uint64_t v;

		if (l->text) {
			text = l->text(&w->row, w->scratch[i]);
		} else if (l->field.kind == SAW_FIELD_KIND_TEXT) {
			text = saw_field_get_text(m, &l->field);
		} else if (saw_field_get_u64(m, &l->field, &v)) {
			snprintf(w->scratch[i], sizeof w->scratch[i], "%llu", (unsigned long long)v);
			text = l->field.kind != SAW_FIELD_KIND_BOOL ? w->scratch[i] : v ? "true" : "false";
		}
		if (text && *text)
			add(w, l->name, text);
	}
}

static bool value_of(const struct walking *w, const ProtobufCMessage *m, const struct saw_series *s,
					 struct saw_value *v) {
	v->kind = SAW_VALUE_U64;
	if (s->total) {
		uint8_t at = w->totals[w->tunnel][s->total];

		if (at == NO_TOTAL || w->row.tunnel->totals[at]->stale)
			return false;
		v->u64 = w->row.tunnel->totals[at]->value;
		return true;
	}
	return s->fn ? s->fn(&w->row, s->arg, v) : saw_field_get_u64(m, &s->field, &v->u64);
}

/* All series of the row at hand. */
static void give_row(struct walking *w) {
	const ProtobufCMessage *m;
	size_t n;

	if (w->walk->row && !w->walk->row(w->walk->ctx, w->family, &w->row))
		return;
	m = begin_row(w);
	add_info(w, m);
	n = w->n_labels;
	for (size_t i = 0; i < w->family->n_series; i++) {
		struct saw_sample s = {.family = w->family, .row = &w->row, .labels = w->labels};

		if (!value_of(w, m, &w->family->series[i], &s.value))
			continue;
		w->n_labels = n;
		for (size_t k = 0; k < w->series[i].n; k++)
			add(w, w->series[i].labels[k].name, w->series[i].labels[k].value);
		s.n_labels = w->n_labels;
		w->walk->sample(w->walk->ctx, &s);
	}
}

/* --------------------------------------------------------------------------------------------------------------------- rows */

static void give_source(struct walking *w, const Sawatch__V1__SourceStatus *s) {
	w->row.source = s;
	if (w->family->scope == SAW_SCOPE_SOURCE)
		give_row(w);
	for (size_t i = 0; w->family->scope == SAW_SCOPE_ERROR && i < s->n_errors; i++) {
		w->row.error = s->errors[i];
		give_row(w);
	}
	for (size_t i = 0; w->family->scope == SAW_SCOPE_TABLE && i < s->n_tables; i++) {
		w->row.table = s->tables[i];
		give_row(w);
	}
}

static void give_device(struct walking *w, const Sawatch__V1__Device *d) {
	w->row.device = d;
	switch (w->family->scope) {
	case SAW_SCOPE_DEVICE:
		give_row(w);
		break;
	case SAW_SCOPE_BGP:
		for (size_t i = 0; i < d->n_bgp_peers; i++) {
			w->row.bgp = d->bgp_peers[i];
			give_row(w);
		}
		break;
	case SAW_SCOPE_PORT:
		/* What is marked as no tunnel: the tunnels' own interfaces are a layer of theirs. */
		for (size_t i = 0; i < d->n_interfaces; i++) {
			w->row.port = d->interfaces[i];
			if (w->row.port->has_is_tunnel && !w->row.port->is_tunnel)
				give_row(w);
		}
		break;
	case SAW_SCOPE_MEMORY:
		for (size_t i = 0; i < d->n_memory_pools; i++) {
			w->row.memory = d->memory_pools[i];
			give_row(w);
		}
		break;
	default:
		for (size_t i = 0; i < d->n_sources; i++)
			give_source(w, d->sources[i]);
	}
}

static bool is_met(enum saw_needs needs, const Sawatch__V1__TunnelEnd *t) {
	bool read = t->has_state && t->state != SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN;

	if (needs == SAW_NEEDS_ROW)
		return read && t->state != SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_MISSING;
	return needs == SAW_NEEDS_NOTHING || read;
}

static void give_tunnels(struct walking *w) {
	const Sawatch__V1__Snapshot *s = w->row.snapshot;

	for (w->tunnel = 0; w->tunnel < s->n_tunnels; w->tunnel++) {
		const Sawatch__V1__TunnelEnd *t = w->row.tunnel = s->tunnels[w->tunnel];

		if (!is_met(w->family->needs, t))
			continue;
		if (w->family->scope == SAW_SCOPE_TUNNEL)
			give_row(w);
		for (size_t i = 0; w->family->scope == SAW_SCOPE_LAYER && i < t->n_layers; i++) {
			w->row.layer = t->layers[i];
			give_row(w);
		}
	}
}

static void give_link(struct walking *w, const Sawatch__V1__Link *l) {
	w->row.link = l;
	if (w->family->scope == SAW_SCOPE_LINK)
		give_row(w);
	for (size_t i = 0; w->family->scope == SAW_SCOPE_WAY && i < l->n_directions; i++) {
		w->row.way = l->directions[i];
		give_row(w);
	}
	for (size_t i = 0; w->family->scope == SAW_SCOPE_COMPARISON && i < l->n_comparisons; i++) {
		w->row.comparison = l->comparisons[i];
		give_row(w);
	}
}

static void give_audited(struct walking *w, const Sawatch__V1__AuditedDevice *d) {
	w->row.audited = d;
	if (w->family->scope == SAW_SCOPE_AUDITED)
		give_row(w);
	for (size_t i = 0; w->family->scope == SAW_SCOPE_AUDIT_RULE && i < d->n_counts; i++) {
		w->row.audit = d->counts[i];
		give_row(w);
	}
}

static void give_family(struct walking *w) {
	const Sawatch__V1__Snapshot *s = w->row.snapshot;

	for (size_t i = 0; i < w->family->n_series && i < SERIES_MAX; i++)
		split(w->family->series[i].labels, &w->series[i]);
	switch (w->family->scope) {
	case SAW_SCOPE_PROCESS:
		if (w->row.process)
			give_row(w);
		break;
	case SAW_SCOPE_DAEMON:
		give_row(w);
		break;
	case SAW_SCOPE_AUDITED:
	case SAW_SCOPE_AUDIT_RULE:
		for (size_t i = 0; i < s->n_audited; i++)
			give_audited(w, s->audited[i]);
		break;
	case SAW_SCOPE_TARGET:
		for (size_t i = 0; i < s->n_exporters; i++)
			for (size_t k = 0; k < s->exporters[i]->n_push; k++) {
				w->row.target = s->exporters[i]->push[k];
				give_row(w);
			}
		break;
	case SAW_SCOPE_EXPORTER:
		for (size_t i = 0; i < s->n_exporters; i++) {
			w->row.exporter = s->exporters[i];
			give_row(w);
		}
		break;
	case SAW_SCOPE_TUNNEL:
	case SAW_SCOPE_LAYER:
		give_tunnels(w);
		break;
	case SAW_SCOPE_LINK:
	case SAW_SCOPE_WAY:
	case SAW_SCOPE_COMPARISON:
		for (size_t i = 0; i < s->n_links; i++)
			give_link(w, s->links[i]);
		break;
	default:
		for (size_t i = 0; i < s->n_devices; i++)
			give_device(w, s->devices[i]);
	}
}

/* ------------------------------------------------------------------------------------------------------------------- totals */

static enum saw_total total_named(const char *name) {
	for (enum saw_total t = SAW_TOTAL_none + 1; t < SAW_TOTAL_COUNT; t++)
		if (strcmp(name, saw_total_name(t)) == 0)
			return t;
	return SAW_TOTAL_none;
}

/* Where each total stands in the tunnel's list. Tunnels mostly list the same ones, so the last tunnel's answer is tried. */
static void find_totals(const Sawatch__V1__TunnelEnd *t, uint8_t guess[NO_TOTAL], uint8_t places[SAW_TOTAL_COUNT]) {
	memset(places, NO_TOTAL, SAW_TOTAL_COUNT);
	for (size_t i = 0; i < t->n_totals && i < NO_TOTAL; i++) {
		const Sawatch__V1__Total *total = t->totals[i];
		const char *guessed = saw_total_name(guess[i]);

		if (!total->name || !total->has_value)
			continue;
		if (!guessed || strcmp(total->name, guessed) != 0)
			guess[i] = (uint8_t)total_named(total->name);
		places[guess[i]] = (uint8_t)i;
	}
}

int saw_prometheus_walk(const Sawatch__V1__Snapshot *s, int64_t now_ms, const struct saw_process_figures *process,
						const struct saw_walk *walk) {
	struct walking w = {.walk = walk, .row = {.snapshot = s, .now_ms = now_ms, .process = process}};
	uint8_t guess[NO_TOTAL] = {0};
	size_t n;
	const struct saw_family *families = saw_prometheus_families(&n);

	w.totals = calloc(s->n_tunnels ? s->n_tunnels : 1, sizeof *w.totals);
	if (!w.totals)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_tunnels; i++)
		find_totals(s->tunnels[i], guess, w.totals[i]);
	for (size_t i = 0; i < n; i++) {
		w.family = &families[i];
		if (!walk->family || walk->family(walk->ctx, w.family))
			give_family(&w);
	}
	free(w.totals);
	return 0;
}
