/* Walks the families, and for each the rows of the snapshot that it is about; a form of the exposition writes the samples. */
#include "config.h"

#include "exporters/prometheus/writer.h"
#include "proto/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NO_TOTAL UINT8_MAX /* place of a total that the tunnel does not have */
#define LABELS_MAX (256U << 20)

/*
 * A tunnel's labels are rendered once, and its values are gathered once, all of them while it is at hand: families are written one after
 * the other, and to walk tens of thousands of tunnels for each of them anew is to wait for the memory.
 */
struct tunnel {
	uint32_t labels, labels_len; /* in render.blocks */
	int64_t created_ms;
};

/* The values of those families, series by series and in each tunnel by tunnel. */
struct columns {
	uint8_t *kinds; /* 0: absent; else that of the value, and 1 */
	uint64_t *bits;
};

struct render {
	const struct saw_form *form;
	struct saw_writer writer;
	bool all_created;
	int error;
	bool begun; /* a family begins with its first sample */
	struct saw_row row;
	const uint8_t *totals;  /* places of them in row.tunnel */
	struct tunnel *tunnels; /* as many as the snapshot has */
	struct columns columns;
	size_t column;          /* the first of the family at hand, or of the next one that has any */
	struct saw_buf blocks;  /* label blocks of the tunnels */
	struct saw_buf scratch; /* label block of a row that is no tunnel */
};

static const struct saw_form *const forms[] = {
	[SAW_EXPOSITION_TEXT] = &saw_form_text,
	[SAW_EXPOSITION_OPENMETRICS] = &saw_form_openmetrics,
	[SAW_EXPOSITION_PROTOBUF] = &saw_form_protobuf,
};

const char *saw_prometheus_content_type(enum saw_exposition form) {
	return forms[form]->content_type;
}

/* ------------------------------------------------------------------------------------------------------------------- labels */

static void put_label(struct render *r, const char *name, const char *value) {
	r->form->put_label(&r->scratch, name, value);
}

static void put_enum_label(struct render *r, const char *name, const ProtobufCEnumDescriptor *d, bool has, int value) {
	const char *text = has ? saw_enum_name(d, value) : NULL;

	put_label(r, name, text ? text : "unknown");
}

static void put_text_label(struct render *r, const char *name, const char *value) {
	put_label(r, name, value ? value : "");
}

static const ProtobufCMessage *message_of(const struct saw_row *r, enum saw_scope scope) {
	switch (scope) {
	case SAW_SCOPE_DAEMON:
		return &r->snapshot->base;
	case SAW_SCOPE_DEVICE:
		return &r->device->base;
	case SAW_SCOPE_DROP:
		return &r->drop->base;
	case SAW_SCOPE_BGP:
		return &r->bgp->base;
	case SAW_SCOPE_UNIT:
		return &r->unit->base;
	case SAW_SCOPE_PORT:
		return &r->port->base;
	case SAW_SCOPE_MEMORY:
		return &r->memory->base;
	case SAW_SCOPE_SOURCE:
		return &r->source->base;
	case SAW_SCOPE_ERROR:
		return &r->error->base;
	case SAW_SCOPE_TABLE:
		return &r->table->base;
	case SAW_SCOPE_TUNNEL:
		return &r->tunnel->base;
	case SAW_SCOPE_TARGET:
		return &r->target->base;
	case SAW_SCOPE_AUDITED:
		return &r->audited->base;
	case SAW_SCOPE_AUDIT_RULE:
		return &r->audit->base;
	case SAW_SCOPE_EXPORTER:
		return &r->exporter->base;
	case SAW_SCOPE_LINK:
	case SAW_SCOPE_LINK_END:
		return &r->link->base;
	case SAW_SCOPE_WAY:
		return &r->way->base;
	case SAW_SCOPE_COMPARISON:
		return &r->comparison->base;
	case SAW_SCOPE_LAYER:
		return &r->layer->base;
	case SAW_SCOPE_CIRCUIT:
		return &r->circuit->base;
	case SAW_SCOPE_PROCESS:
		break;
	}
	return NULL;
}

static void put_info_labels(struct render *out) {
	const struct saw_family *f = out->writer.family;
	const struct saw_row *r = &out->row;

	for (size_t i = 0; i < f->n_info; i++) {
		const struct saw_info_label *l = &f->info[i];
		char scratch[SAW_FIELD_SCRATCH];
		const char *text =
			l->text ? l->text(r, l->arg, scratch) : saw_field_print(message_of(r, f->scope), &l->field, scratch);

		if (text && *text)
			put_label(out, l->name, text);
	}
}

/* ------------------------------------------------------------------------------------------------------------------ samples */

static bool total_of(const struct render *r, enum saw_total t, struct saw_value *v) {
	uint8_t at = r->totals[t];

	v->kind = SAW_VALUE_U64;
	if (at == NO_TOTAL || r->row.tunnel->totals[at]->stale)
		return false;
	v->u64 = r->row.tunnel->totals[at]->value;
	return true;
}

static bool value_of(const struct render *r, const struct saw_series *s, struct saw_value *v) {
	if (s->total)
		return total_of(r, s->total, v);
	if (s->fn)
		return s->fn(&r->row, s->arg, v);
	v->kind = SAW_VALUE_U64;
	return saw_field_get_u64(message_of(&r->row, r->writer.family->scope), &s->field, &v->u64);
}

/* Since when the counter of this row counts; 0: not known. Of tunnel ends it was gathered beforehand. */
static int64_t created_ms(const struct render *r) {
	const Sawatch__V1__Snapshot *s = r->row.snapshot;

	switch (r->writer.family->since) {
	case SAW_SINCE_DAEMON:
		return s->daemon_started_at_ms;
	case SAW_SINCE_HUB:
		return s->started_at_ms;
	case SAW_SINCE_PROCESS:
		return r->row.process->start_time_seconds > 0 ? (int64_t)(r->row.process->start_time_seconds * 1000) : 0;
	case SAW_SINCE_FIRST_POLL:
		return r->row.source->poll_durations->since_ms;
	default:
		return 0;
	}
}

static void begin_family(struct render *r) {
	r->form->begin(&r->writer);
	r->begun = true;
}

/* All series of the row at hand. */
static void put_row(struct render *r, const void *block, size_t block_len) {
	const struct saw_family *f = r->writer.family;
	struct saw_sample sample = {.labels = block, .labels_len = block_len, .created_ms = -1};
	struct saw_exemplar exemplar;

	if (f->type == SAW_HISTOGRAM)
		sample.histogram = r->row.source->poll_durations;
	for (size_t i = 0; i < f->n_series; i++) {
		const struct saw_series *s = &f->series[i];

		if (!value_of(r, s, &sample.value))
			continue;
		if (!r->begun)
			begin_family(r);
		if (sample.created_ms < 0)
			sample.created_ms = created_ms(r);
		sample.series = i;
		sample.exemplar = s->exemplar && s->exemplar(&r->row, &exemplar) ? &exemplar : NULL;
		r->form->sample(&r->writer, &sample);
	}
}

/* A row whose label block is in scratch. A block that is cut short is no block: the whole text fails then. */
static void put_scratch_row(struct render *r) {
	put_info_labels(r);
	if (saw_buf_error(&r->scratch))
		r->error = saw_buf_error(&r->scratch);
	else
		put_row(r, r->scratch.data, r->scratch.len);
}

/* --------------------------------------------------------------------------------------------------------------------- walks */

static void walk_source(struct render *r, const Sawatch__V1__SourceStatus *s) {
	const char *device = r->row.device->name;
	size_t n = r->writer.family->scope == SAW_SCOPE_ERROR   ? s->n_errors
			   : r->writer.family->scope == SAW_SCOPE_TABLE ? s->n_tables
															: 1;

	r->row.source = s;
	for (size_t i = 0; i < n; i++) {
		saw_buf_reset(&r->scratch);
		put_text_label(r, "device", device);
		put_enum_label(r, "source", &sawatch__v1__source__descriptor, s->has_source, (int)s->source);
		if (r->writer.family->scope == SAW_SCOPE_ERROR) {
			r->row.error = s->errors[i];
			put_enum_label(r, "reason", &sawatch__v1__poll_error__descriptor, s->errors[i]->has_reason,
						   (int)s->errors[i]->reason);
		} else if (r->writer.family->scope == SAW_SCOPE_TABLE) {
			r->row.table = s->tables[i];
			put_text_label(r, "table", s->tables[i]->name);
		}
		put_scratch_row(r);
	}
}

static void walk_sources(struct render *r, const Sawatch__V1__Device *d) {
	for (size_t i = 0; i < d->n_sources; i++)
		walk_source(r, d->sources[i]);
}

static void walk_bgp(struct render *r, const Sawatch__V1__Device *d) {
	for (size_t i = 0; i < d->n_bgp_peers; i++) {
		r->row.bgp = d->bgp_peers[i];
		saw_buf_reset(&r->scratch);
		put_text_label(r, "device", d->name);
		put_text_label(r, "peer", r->row.bgp->peer);
		put_text_label(r, "vrf", r->row.bgp->vrf);
		put_scratch_row(r);
	}
}

/* Words in the names of drops that IPsec has a part in; the rest is the device's other work. */
static bool concerns_ipsec(const Sawatch__V1__Drop *d) {
	static const char *const words[] = {"ipsec", "vpn", "ike", "crypto", "esp-", "replay"};

	if (!d->name || !d->feature)
		return false;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasestr(d->name, words[i]))
			return true;
	return strcmp(d->feature, "qfp_ipsec") == 0;
}

static void walk_drops(struct render *r, const Sawatch__V1__Device *d) {
	for (size_t i = 0; i < d->n_drops; i++) {
		const Sawatch__V1__Drop *drop = d->drops[i];
		bool flow = drop->drop_list && strcmp(drop->drop_list, "flow") == 0;

		if (!concerns_ipsec(drop))
			continue;
		r->row.drop = drop;
		saw_buf_reset(&r->scratch);
		put_text_label(r, "device", d->name);
		put_text_label(r, "feature", flow ? "asp_flow" : drop->feature);
		put_text_label(r, "reason", drop->name);
		put_scratch_row(r);
	}
}

/* What is marked as no tunnel: the tunnels' own interfaces are a layer of theirs. */
static void walk_ports(struct render *r, const Sawatch__V1__Device *d) {
	for (size_t i = 0; i < d->n_interfaces; i++) {
		r->row.port = d->interfaces[i];
		if (!r->row.port->has_is_tunnel || r->row.port->is_tunnel)
			continue;
		saw_buf_reset(&r->scratch);
		put_text_label(r, "device", d->name);
		put_text_label(r, "interface", r->row.port->name);
		put_scratch_row(r);
	}
}

static void walk_memory(struct render *r, const Sawatch__V1__Device *d) {
	for (size_t i = 0; i < d->n_memory_pools; i++) {
		r->row.memory = d->memory_pools[i];
		saw_buf_reset(&r->scratch);
		put_text_label(r, "device", d->name);
		put_text_label(r, "pool", r->row.memory->name);
		put_scratch_row(r);
	}
}

static void walk_units(struct render *r, const Sawatch__V1__Device *d) {
	for (size_t i = 0; i < d->n_failover_units; i++) {
		r->row.unit = d->failover_units[i];
		saw_buf_reset(&r->scratch);
		put_text_label(r, "device", d->name);
		put_text_label(r, "unit", r->row.unit->unit);
		put_scratch_row(r);
	}
}

static void walk_devices(struct render *r) {
	const Sawatch__V1__Snapshot *s = r->row.snapshot;

	for (size_t i = 0; i < s->n_devices; i++) {
		const Sawatch__V1__Device *d = s->devices[i];

		r->row.device = d;
		if (r->writer.family->scope == SAW_SCOPE_DEVICE) {
			saw_buf_reset(&r->scratch);
			put_text_label(r, "device", d->name);
			put_scratch_row(r);
			continue;
		}
		if (r->writer.family->scope == SAW_SCOPE_BGP)
			walk_bgp(r, d);
		else if (r->writer.family->scope == SAW_SCOPE_DROP)
			walk_drops(r, d);
		else if (r->writer.family->scope == SAW_SCOPE_PORT)
			walk_ports(r, d);
		else if (r->writer.family->scope == SAW_SCOPE_MEMORY)
			walk_memory(r, d);
		else if (r->writer.family->scope == SAW_SCOPE_UNIT)
			walk_units(r, d);
		else
			walk_sources(r, d);
	}
}

static bool is_met(enum saw_needs needs, const Sawatch__V1__TunnelEnd *t) {
	bool read = t->has_state && t->state != SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN;

	switch (needs) {
	case SAW_NEEDS_READ:
		return read;
	case SAW_NEEDS_ROW:
		return read && t->state != SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_MISSING;
	default:
		return true;
	}
}

static const uint8_t *block_of(const struct render *r, size_t tunnel) {
	return r->blocks.data + r->tunnels[tunnel].labels;
}

/* Families whose values are gathered beforehand. */
static bool has_columns(const struct saw_family *f) {
	return f->scope == SAW_SCOPE_TUNNEL && !f->n_info;
}

static void walk_columns(struct render *r) {
	const size_t n = r->row.snapshot->n_tunnels;
	const struct saw_family *f = r->writer.family;
	const bool counts = f->since == SAW_SINCE_FIRST_SEEN;
	struct saw_exemplar exemplar;
	struct saw_sample s = {.labels = NULL};

	for (size_t i = 0; i < n; i++) {
		r->row.tunnel = r->row.snapshot->tunnels[i];
		s.labels = block_of(r, i);
		s.labels_len = r->tunnels[i].labels_len;
		s.created_ms = counts ? r->tunnels[i].created_ms : 0;
		for (s.series = 0; s.series < f->n_series; s.series++) {
			const size_t at = (r->column + s.series) * n + i;
			saw_exemplar_fn *const last = f->series[s.series].exemplar;

			if (!r->columns.kinds[at])
				continue;
			s.value.kind = r->columns.kinds[at] - 1;
			s.value.u64 = r->columns.bits[at];
			s.exemplar = last && last(&r->row, &exemplar) ? &exemplar : NULL;
			if (!r->begun)
				begin_family(r);
			r->form->sample(&r->writer, &s);
		}
	}
	r->column += f->n_series;
}

static void walk_tunnels(struct render *r) {
	const Sawatch__V1__Snapshot *s = r->row.snapshot;
	const struct saw_family *f = r->writer.family;

	for (size_t i = 0; i < s->n_tunnels; i++) {
		const Sawatch__V1__TunnelEnd *t = s->tunnels[i];

		if (!is_met(f->needs, t))
			continue;
		r->row.tunnel = t;
		for (size_t k = 0; k < (f->scope == SAW_SCOPE_LAYER ? t->n_layers : 1); k++) {
			saw_buf_reset(&r->scratch);
			saw_buf_put(&r->scratch, block_of(r, i), r->tunnels[i].labels_len);
			if (f->scope == SAW_SCOPE_LAYER) {
				r->row.layer = t->layers[k];
				put_text_label(r, "layer", t->layers[k]->name);
			}
			put_scratch_row(r);
		}
	}
}

static void walk_targets(struct render *r) {
	const Sawatch__V1__Snapshot *s = r->row.snapshot;

	for (size_t i = 0; i < s->n_exporters; i++)
		for (size_t k = 0; k < s->exporters[i]->n_push; k++) {
			r->row.target = s->exporters[i]->push[k];
			saw_buf_reset(&r->scratch);
			put_text_label(r, "target", r->row.target->name);
			put_scratch_row(r);
		}
}

static void walk_audited(struct render *r, const Sawatch__V1__AuditedDevice *d) {
	size_t n = r->writer.family->scope == SAW_SCOPE_AUDIT_RULE ? d->n_counts : 1;

	r->row.audited = d;
	for (size_t i = 0; i < n; i++) {
		saw_buf_reset(&r->scratch);
		put_text_label(r, "device", d->device);
		if (r->writer.family->scope == SAW_SCOPE_AUDIT_RULE) {
			r->row.audit = d->counts[i];
			put_text_label(r, "rule", d->counts[i]->rule);
			put_text_label(r, "severity", d->counts[i]->severity);
		}
		put_scratch_row(r);
	}
}

static void walk_exporters(struct render *r) {
	const Sawatch__V1__Snapshot *s = r->row.snapshot;

	for (size_t i = 0; i < s->n_exporters; i++) {
		r->row.exporter = s->exporters[i];
		saw_buf_reset(&r->scratch);
		put_text_label(r, "exporter", s->exporters[i]->name);
		put_scratch_row(r);
	}
}

static void walk_link(struct render *r, const Sawatch__V1__Link *l) {
	size_t n = r->writer.family->scope == SAW_SCOPE_LINK       ? 1
			   : r->writer.family->scope == SAW_SCOPE_LINK_END ? 2
			   : r->writer.family->scope == SAW_SCOPE_WAY      ? l->n_directions
															   : l->n_comparisons;

	r->row.link = l;
	for (size_t i = 0; i < n; i++) {
		saw_buf_reset(&r->scratch);
		put_text_label(r, "link", l->name);
		if (r->writer.family->scope == SAW_SCOPE_LINK) {
			put_text_label(r, "a", l->a_device);
			put_text_label(r, "b", l->b_device);
		} else if (r->writer.family->scope == SAW_SCOPE_LINK_END) {
			put_text_label(r, "device", i == 0 ? l->a_device : l->b_device);
			put_text_label(r, "tunnel", i == 0 ? l->a_tunnel : l->b_tunnel);
		} else if (r->writer.family->scope == SAW_SCOPE_WAY) {
			r->row.way = l->directions[i];
			put_text_label(r, "from", r->row.way->from);
			put_text_label(r, "to", r->row.way->to);
		} else {
			r->row.comparison = l->comparisons[i];
			put_text_label(r, "field", r->row.comparison->field);
		}
		put_scratch_row(r);
	}
}

static void walk_links(struct render *r) {
	for (size_t i = 0; i < r->row.snapshot->n_links; i++)
		walk_link(r, r->row.snapshot->links[i]);
}

static void walk_circuits(struct render *r) {
	for (size_t i = 0; i < r->row.snapshot->n_circuits; i++) {
		r->row.circuit = r->row.snapshot->circuits[i];
		saw_buf_reset(&r->scratch);
		put_text_label(r, "circuit", r->row.circuit->name);
		put_scratch_row(r);
	}
}

static unsigned part_of(enum saw_scope scope) {
	return scope == SAW_SCOPE_DAEMON || scope == SAW_SCOPE_PROCESS || scope == SAW_SCOPE_EXPORTER ||
				   scope == SAW_SCOPE_TARGET
			   ? SAW_PART_DAEMON
			   : SAW_PART_DEVICES;
}

static void walk(struct render *r) {
	if (r->writer.family->scope == SAW_SCOPE_PROCESS && !r->row.process)
		return;
	r->begun = false;
	switch (r->writer.family->scope) {
	case SAW_SCOPE_PROCESS:
	case SAW_SCOPE_DAEMON:
		saw_buf_reset(&r->scratch);
		put_scratch_row(r);
		break;
	case SAW_SCOPE_TUNNEL:
	case SAW_SCOPE_LAYER:
		if (has_columns(r->writer.family))
			walk_columns(r);
		else
			walk_tunnels(r);
		break;
	case SAW_SCOPE_TARGET:
		walk_targets(r);
		break;
	case SAW_SCOPE_AUDITED:
	case SAW_SCOPE_AUDIT_RULE:
		for (size_t i = 0; i < r->row.snapshot->n_audited; i++)
			walk_audited(r, r->row.snapshot->audited[i]);
		break;
	case SAW_SCOPE_EXPORTER:
		walk_exporters(r);
		break;
	case SAW_SCOPE_LINK:
	case SAW_SCOPE_LINK_END:
	case SAW_SCOPE_WAY:
	case SAW_SCOPE_COMPARISON:
		walk_links(r);
		break;
	case SAW_SCOPE_CIRCUIT:
		walk_circuits(r);
		break;
	default:
		walk_devices(r);
	}
}

/* ------------------------------------------------------------------------------------------------------------ once per tunnel */

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

static int put_block(struct render *r, const Sawatch__V1__TunnelEnd *t, struct tunnel *out) {
	saw_buf_reset(&r->scratch);
	put_text_label(r, "device", t->device);
	put_text_label(r, "tunnel", t->name);
	out->labels = (uint32_t)r->blocks.len; /* below LABELS_MAX */
	out->labels_len = (uint32_t)r->scratch.len;
	saw_buf_put(&r->blocks, r->scratch.data, r->scratch.len);
	return saw_buf_error(&r->scratch) ? saw_buf_error(&r->scratch) : saw_buf_error(&r->blocks);
}

static void gather(struct render *r, size_t tunnel) {
	const size_t n = r->row.snapshot->n_tunnels;
	size_t n_families, at = tunnel;
	const struct saw_family *f = saw_prometheus_families(&n_families), *end = f + n_families;

	for (; f < end; f++) {
		if (!has_columns(f))
			continue;
		r->writer.family = f;
		if (!is_met(f->needs, r->row.tunnel)) {
			at += f->n_series * n;
			continue;
		}
		for (size_t k = 0; k < f->n_series; k++, at += n) {
			struct saw_value v;

			if (!value_of(r, &f->series[k], &v))
				continue;
			r->columns.kinds[at] = (uint8_t)(v.kind + 1);
			r->columns.bits[at] = v.u64;
		}
	}
}

static size_t count_columns(void) {
	size_t n_families, columns = 0;
	const struct saw_family *f = saw_prometheus_families(&n_families);

	for (size_t i = 0; i < n_families; i++)
		columns += has_columns(&f[i]) ? f[i].n_series : 0;
	return columns;
}

static int prepare_tunnels(struct render *r) {
	const Sawatch__V1__Snapshot *s = r->row.snapshot;
	const size_t n = s->n_tunnels, columns = count_columns();
	const bool created = r->all_created || !r->form->creation_is_a_series;
	uint8_t guess[NO_TOTAL] = {0}, places[SAW_TOTAL_COUNT];

	if (n == 0)
		return 0;
	r->tunnels = calloc(n, sizeof *r->tunnels);
	r->columns.kinds = calloc(n, columns);
	r->columns.bits = malloc(n * columns * sizeof *r->columns.bits);
	if (!r->tunnels || !r->columns.kinds || !r->columns.bits)
		return -ENOMEM;
	r->totals = places;
	for (size_t i = 0; i < n; i++) {
		int rc = put_block(r, s->tunnels[i], &r->tunnels[i]);

		if (rc)
			return rc;
		r->tunnels[i].created_ms = created ? s->tunnels[i]->first_seen_ms : 0;
		r->row.tunnel = s->tunnels[i];
		find_totals(s->tunnels[i], guess, places);
		gather(r, i);
	}
	r->totals = NULL;
	return 0;
}

static int write_form(const struct saw_form *form, void *ctx, const Sawatch__V1__Snapshot *s, int64_t now_ms,
					  const struct saw_process_figures *process, const struct saw_prometheus_options *options,
					  struct saw_buf *out) {
	struct render r = {
		.form = form,
		.all_created = options->all_created,
		.row = {.snapshot = s, .now_ms = now_ms, .process = process},
		.blocks = SAW_BUF_INIT(LABELS_MAX),
		.scratch = SAW_BUF_INIT(LABELS_MAX),
	};
	size_t n;
	const struct saw_family *families = saw_prometheus_families(&n);
	int rc;

	r.writer = (struct saw_writer){.out = out, .ctx = ctx, .state = calloc(1, r.form->state_size)};
	rc = !r.writer.state ? -ENOMEM : options->parts & SAW_PART_DEVICES ? prepare_tunnels(&r) : 0;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (!(options->parts & part_of(families[i].scope)))
			continue;
		r.writer.family = &families[i];
		walk(&r);
		if (r.begun)
			r.form->end(&r.writer);
		rc = r.error ? r.error : saw_buf_error(out);
	}
	if (r.writer.state)
		r.form->finish(&r.writer);
	if (rc == 0)
		rc = saw_buf_error(out);
	free(r.writer.state);
	free(r.tunnels);
	free(r.columns.kinds);
	free(r.columns.bits);
	saw_buf_free(&r.blocks);
	saw_buf_free(&r.scratch);
	return rc;
}

int saw_prometheus_render(const Sawatch__V1__Snapshot *s, int64_t now_ms, const struct saw_process_figures *process,
						  const struct saw_prometheus_options *options, struct saw_buf *out) {
	return write_form(forms[options->form], NULL, s, now_ms, process, options, out);
}

int saw_prometheus_write(const Sawatch__V1__Snapshot *s, int64_t now_ms, const struct saw_form *form, void *ctx) {
	const struct saw_prometheus_options options = {.parts = SAW_PART_ALL};
	struct saw_buf unused = SAW_BUF_INIT(0);
	int rc = write_form(form, ctx, s, now_ms, NULL, &options, &unused);

	saw_buf_free(&unused);
	return rc;
}
