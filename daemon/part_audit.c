/* The part that audits: running configurations of the two devices of each link against each other, whenever one of them was read. */
#include "collectors/cli/running_config.h"
#include "core/arena.h"
#include "daemon/part.h"
#include "io/clock.h"
#include "io/log.h"
#include "model/audit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS (60 * 1000U)      /* between looks at the links: pairs come and go */
#define AGAIN_MS (60 * 60 * 1000) /* with the load of now, though nothing else has changed */
#define FINDINGS_MAX 500          /* of one pair that are kept */

_Static_assert((int)SAW_CONFIG_AUDIT_NGE == (int)SAW_AUDIT_NGE && (int)SAW_CONFIG_AUDIT_CNSA == (int)SAW_AUDIT_CNSA,
			   "the configuration names the profiles of the audit");

struct audited {
	struct audited *next;
	char *device;
	struct saw_rc_reader *reader; /* NULL: never read */
	const struct saw_running_config *config;
	int64_t read_at_ms;
	uint32_t problems;
	char *error; /* of the last time; NULL: none */
	bool wanted;
};

struct pair {
	const char *a, *b;
	double load; /* bytes per second, the highest of its tunnels */
};

struct part {
	struct saw_part_process *process;
	uv_timer_t timer;
	enum saw_audit_profile profile;
	struct audited *devices;
	bool changed; /* a configuration came, or the profile is another one */
	char *pairs;  /* that were audited, as one text */
	int64_t audited_ms;
};

static struct audited *find(const struct part *p, const char *device) {
	for (struct audited *d = p->devices; d; d = d->next)
		if (device && strcmp(d->device, device) == 0)
			return d;
	return NULL;
}

static void audited_free(struct audited *d) {
	saw_rc_reader_destroy(d->reader);
	free(d->device);
	free(d->error);
	free(d);
}

/* ---------------------------------------------------------------------------------------------------------------- what comes in */

static bool wanted(const struct saw_config *c) {
	for (size_t i = 0; i < c->n_devices; i++)
		if (c->devices[i].ssh && c->devices[i].ssh->audit_interval_ms)
			return true;
	return false;
}

static void on_timer(uv_timer_t *t) {
	struct part *p = t->data;

	saw_part_ask(p->process);
}

static void *create(struct saw_part_process *process, uv_loop_t *loop, struct saw_err *err) {
	struct part *p = calloc(1, sizeof *p);

	if (!p) {
		saw_err_set(err, -ENOMEM, "no memory");
		return NULL;
	}
	p->process = process;
	uv_timer_init(loop, &p->timer);
	p->timer.data = p;
	uv_timer_start(&p->timer, on_timer, 0, LOOK_MS);
	return p;
}

/* In the order of their names. */
static struct audited *add(struct part *p, const char *device) {
	struct audited *d = calloc(1, sizeof *d), **at = &p->devices;

	if (!d || !(d->device = strdup(device))) {
		free(d);
		return NULL;
	}
	while (*at && strcmp((*at)->device, device) < 0)
		at = &(*at)->next;
	d->next = *at;
	*at = d;
	return d;
}

static int configure(void *part, const struct saw_config *c, const char *state_dir, struct saw_err *err) {
	struct part *p = part;

	(void)state_dir;
	p->profile = (enum saw_audit_profile)c->audit_profile;
	p->changed = true;
	for (struct audited *d = p->devices; d; d = d->next)
		d->wanted = false;
	for (size_t i = 0; i < c->n_devices; i++) {
		struct audited *d = find(p, c->devices[i].name);

		if (!c->devices[i].ssh || !c->devices[i].ssh->audit_interval_ms)
			continue;
		if (!d)
			d = add(p, c->devices[i].name);
		if (!d)
			return saw_err_set(err, -ENOMEM, "no memory");
		d->wanted = true;
	}
	for (struct audited **at = &p->devices; *at;) {
		struct audited *d = *at;

		if (d->wanted) {
			at = &d->next;
			continue;
		}
		*at = d->next;
		audited_free(d);
	}
	saw_part_ask(p->process);
	return 0;
}

static void take_configuration(void *part, const Sawatch__Internal__Configuration *c) {
	struct part *p = part;
	struct audited *d = find(p, c->device);
	struct saw_rc_reader *r;
	const struct saw_running_config *config;
	struct saw_err err = {0};

	if (!d)
		return; /* a reload took it away */
	free(d->error);
	d->error = NULL;
	p->changed = true;
	if (!c->has_record) {
		d->error = strdup(c->error ? c->error : "no reason given");
		saw_log(SAW_LOG_WARNING, d->device, NULL, "its running configuration cannot be read: %s",
				d->error ? d->error : "");
	} else if ((r = saw_rc_reader_create(NULL)) != NULL) {
		saw_rc_reader_feed(r, (const char *)c->record.data, c->record.len);
		if (saw_rc_reader_end(r, &config, &err) < 0) {
			d->error = strdup(err.text);
			saw_rc_reader_destroy(r);
		} else {
			saw_rc_reader_destroy(d->reader);
			d->reader = r;
			d->config = config;
			d->read_at_ms = c->read_at_ms;
			d->problems = c->problems;
		}
	}
	saw_part_ask(p->process);
}

/* ---------------------------------------------------------------------------------------------------------------- the audits */

/* Everything of one run; it is told and freed. */
struct run {
	struct saw_arena *arena;
	Sawatch__V1__Exporter says;
	bool failed;
};

static void *take(struct run *r, size_t n) {
	void *p = saw_arena_zalloc(r->arena, n);

	r->failed |= !p;
	return p;
}

static char *text(struct run *r, const char *s) {
	char *copy = s ? saw_arena_strndup(r->arena, s, strlen(s)) : NULL;

	r->failed |= s && !copy;
	return copy;
}

static int by_names(const void *a, const void *b) {
	const struct pair *x = a, *y = b;
	int order = strcmp(x->a, y->a);

	return order ? order : strcmp(x->b, y->b);
}

static int by_place(const void *key, const void *element) {
	const char *const *names = key;
	const Sawatch__V1__TunnelEnd *t = *(Sawatch__V1__TunnelEnd *const *)element;
	int order = strcmp(names[0], t->device);

	return order ? order : strcmp(names[1], t->name);
}

/* Bytes a second, the larger direction. */
static double rate_of(const Sawatch__V1__Snapshot *s, const char *device, const char *tunnel) {
	const char *const names[] = {device, tunnel};
	Sawatch__V1__TunnelEnd **t = bsearch(names, s->tunnels, s->n_tunnels, sizeof *t, by_place);
	double most = 0;

	for (size_t i = 0; t && i < (*t)->n_totals; i++) {
		const Sawatch__V1__Total *total = (*t)->totals[i];

		if ((strcmp(total->name, "in_bytes") == 0 || strcmp(total->name, "out_bytes") == 0) && total->has_per_second &&
			!total->stale && total->per_second > most)
			most = total->per_second;
	}
	return most;
}

/* The pairs of devices that the links join and of which one is audited; each once. The list is the caller's to free. */
static size_t pairs_of(const struct part *p, const Sawatch__V1__Snapshot *s, struct pair **out) {
	struct pair *list = calloc(s->n_links + 1, sizeof *list);
	size_t n = 0, kept = 0;

	for (size_t i = 0; list && i < s->n_links; i++) {
		const Sawatch__V1__Link *l = s->links[i];
		bool ordered = strcmp(l->a_device, l->b_device) <= 0;

		if (!find(p, l->a_device) && !find(p, l->b_device))
			continue;
		list[n++] = (struct pair){ordered ? l->a_device : l->b_device, ordered ? l->b_device : l->a_device,
								  rate_of(s, l->a_device, l->a_tunnel)};
	}
	qsort(list, n, sizeof *list, by_names);
	for (size_t i = 0; i < n; i++) {
		if (kept && by_names(&list[kept - 1], &list[i]) == 0) {
			if (list[i].load > list[kept - 1].load)
				list[kept - 1].load = list[i].load;
			continue;
		}
		list[kept++] = list[i];
	}
	*out = list;
	return kept;
}

static const char *why_not(const struct part *p, const char *device, char out[512]) {
	const struct audited *d = find(p, device);

	if (!d)
		snprintf(out, 512, "%s: its running configuration is not read (ssh: audit_interval)", device);
	else if (!d->config)
		snprintf(out, 512, "%s: its running configuration %s%s", device,
				 d->error ? "cannot be read: " : "was not read yet", d->error ? d->error : "");
	return !d || !d->config ? out : NULL;
}

static void put_findings(struct run *r, const struct saw_audit *a, const struct pair *pair, Sawatch__V1__Audit *out) {
	size_t n = saw_audit_count(a), kept = n < FINDINGS_MAX ? n : FINDINGS_MAX;
	Sawatch__V1__AuditFinding *items = take(r, (kept + 1) * sizeof *items);

	out->findings = take(r, (kept + 1) * sizeof(Sawatch__V1__AuditFinding *));
	for (size_t i = 0; !r->failed && i < kept; i++) {
		const struct saw_audit_finding *f = saw_audit_at(a, i);
		Sawatch__V1__AuditFinding *m = out->findings[out->n_findings++] = &items[i];

		sawatch__v1__audit_finding__init(m);
		m->rule = text(r, f->rule->id);
		m->severity = text(r, saw_audit_severity_name(f->rule->severity));
		m->device = text(r, f->side ? pair->b : pair->a);
		m->has_line = f->line != 0;
		m->line = f->line;
		m->text = text(r, f->text);
		m->fix = text(r, f->fix);
	}
	out->has_findings_left_out = n > kept;
	out->findings_left_out = (uint32_t)(n - kept);
}

static void count_finding(struct run *r, Sawatch__V1__AuditedDevice *d, const struct saw_audit_rule *rule) {
	Sawatch__V1__AuditCount *c;

	for (size_t i = 0; i < d->n_counts; i++)
		if (strcmp(d->counts[i]->rule, rule->id) == 0) {
			d->counts[i]->count++;
			return;
		}
	c = take(r, sizeof *c);
	if (!c)
		return;
	sawatch__v1__audit_count__init(c);
	c->rule = text(r, rule->id);
	c->severity = text(r, saw_audit_severity_name(rule->severity));
	c->has_count = 1;
	c->count = 1;
	d->counts[d->n_counts++] = c;
}

static void count_findings(struct run *r, const struct saw_audit *a, const struct pair *pair) {
	for (size_t i = 0; i < saw_audit_count(a); i++) {
		const struct saw_audit_finding *f = saw_audit_at(a, i);

		for (size_t j = 0; j < r->says.n_audited; j++)
			if (strcmp(r->says.audited[j]->device, f->side ? pair->b : pair->a) == 0)
				count_finding(r, r->says.audited[j], f->rule);
	}
}

static void audit(const struct part *p, struct run *r, const struct pair *pair, int64_t now_ms,
				  Sawatch__V1__Audit *out) {
	const struct saw_audit_options options = {.profile = p->profile,
											  .load_bits_per_second = (uint64_t)(pair->load * 8)};
	const char *names[] = {pair->a, pair->b};
	struct saw_audit_side sides[2];
	struct saw_audit *a;
	char why[512];

	sawatch__v1__audit__init(out);
	out->a_device = text(r, pair->a);
	out->b_device = text(r, pair->b);
	for (int i = 0; i < 2; i++) {
		const struct audited *d = find(p, names[i]);

		if (why_not(p, names[i], why)) {
			out->error = text(r, why);
			return;
		}
		sides[i] = (struct saw_audit_side){d->config, d->device};
	}
	a = saw_audit_run(sides, &options);
	if (!a) {
		r->failed = true;
		return;
	}
	out->has_audited_at_ms = out->has_pairs = 1;
	out->audited_at_ms = now_ms;
	out->profile = text(r, p->profile == SAW_AUDIT_CNSA ? "cnsa" : "nge");
	out->pairs = (uint32_t)saw_audit_pairs(a);
	put_findings(r, a, pair, out);
	count_findings(r, a, pair);
	saw_audit_destroy(a);
}

static void list_devices(const struct part *p, struct run *r) {
	size_t n = 0, rules = 0;

	while (saw_audit_rule_at(rules))
		rules++;
	for (const struct audited *d = p->devices; d; d = d->next)
		n++;
	r->says.audited = take(r, (n + 1) * sizeof(Sawatch__V1__AuditedDevice *));
	for (const struct audited *d = p->devices; d && !r->failed; d = d->next) {
		Sawatch__V1__AuditedDevice *m = take(r, sizeof *m);

		if (!m)
			return;
		sawatch__v1__audited_device__init(m);
		m->device = text(r, d->device);
		m->has_read_at_ms = m->has_problems = d->config != NULL;
		m->read_at_ms = d->read_at_ms;
		m->problems = d->problems;
		m->error = text(r, d->error);
		m->counts = take(r, (rules + 1) * sizeof(Sawatch__V1__AuditCount *));
		r->says.audited[r->says.n_audited++] = m;
	}
}

static bool same_pairs(struct part *p, const struct pair *pairs, size_t n) {
	struct saw_buf names = SAW_BUF_INIT(64U << 20);
	bool same;

	for (size_t i = 0; i < n; i++)
		saw_buf_printf(&names, "%s\n%s\n", pairs[i].a, pairs[i].b);
	same = p->pairs && strcmp(p->pairs, saw_buf_text(&names)) == 0;
	free(p->pairs);
	p->pairs = strdup(saw_buf_text(&names));
	saw_buf_free(&names);
	return same;
}

static void take_snapshot(void *part, Sawatch__V1__Snapshot *s) {
	struct part *p = part;
	struct run r = {.arena = saw_arena_create(256U << 20), .says = SAWATCH__V1__EXPORTER__INIT};
	int64_t now_ms = saw_wall_ms();
	struct pair *pairs;
	size_t n = pairs_of(p, s, &pairs);

	if (!same_pairs(p, pairs, n) || p->changed || now_ms - p->audited_ms >= AGAIN_MS || now_ms < p->audited_ms) {
		list_devices(p, &r);
		r.says.audits = take(&r, (n + 1) * sizeof(Sawatch__V1__Audit *));
		for (size_t i = 0; pairs && !r.failed && i < n; i++) {
			Sawatch__V1__Audit *a = take(&r, sizeof *a);

			if (!a)
				break;
			audit(p, &r, &pairs[i], now_ms, a);
			r.says.audits[r.says.n_audits++] = a;
		}
		p->changed = r.failed || !pairs;
		p->audited_ms = now_ms;
		if (!p->changed)
			saw_part_tell(p->process, &r.says);
	}
	free(pairs);
	saw_arena_destroy(r.arena);
	sawatch__v1__snapshot__free_unpacked(s, NULL);
}

static void on_closed(uv_handle_t *h) {
	struct part *p = h->data;

	while (p->devices) {
		struct audited *next = p->devices->next;

		audited_free(p->devices);
		p->devices = next;
	}
	free(p->pairs);
	free(p);
}

static void destroy(void *part) {
	struct part *p = part;

	uv_close((uv_handle_t *)&p->timer, on_closed);
}

const struct saw_part saw_part_audit = {.role = "audit",
										.sandbox = SAW_SANDBOX_FILES,
										.wanted = wanted,
										.create = create,
										.configure = configure,
										.snapshot = take_snapshot,
										.configuration = take_configuration,
										.destroy = destroy};
