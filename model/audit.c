#include "model/audit_internal.h"

#include "core/list.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ARENA_MAX ((size_t)64 << 20)
#define TEXT_MAX 512

const struct saw_audit_rule *saw_audit_rule_at(size_t i) {
	return i < RULES ? &saw_audit_rules[i] : NULL;
}

const char *saw_audit_severity_name(enum saw_audit_severity s) {
	static const char *const names[] = {
		[SAW_AUDIT_INFO] = "info", [SAW_AUDIT_WARN] = "warn", [SAW_AUDIT_FAIL] = "fail"};

	return names[s];
}

/* ------------------------------------------------------------------------------------------------------------ findings */

/* The rule's fix with the value in the place of {}. */
static const char *fix_for(struct saw_audit *a, const struct saw_audit_rule *rule, bool asa, const char *value) {
	const char *form = asa ? rule->fix_asa : rule->fix_iosxe;
	struct saw_buf text = SAW_BUF_INIT(TEXT_MAX);
	const char *out, *hole;

	for (; value && (hole = strstr(form, "{}")); form = hole + 2) {
		saw_buf_put(&text, form, (size_t)(hole - form));
		saw_buf_puts(&text, value);
	}
	saw_buf_puts(&text, form);
	out = saw_arena_strndup(a->arena, saw_buf_text(&text), text.len);
	saw_buf_free(&text);
	return out;
}

static bool is_known(const struct saw_audit *a, const struct saw_audit_rule *rule, unsigned side, unsigned line,
					 const char *text) {
	for (size_t i = 0; i < a->n; i++) {
		const struct saw_audit_finding *f = a->findings[i];

		if (f->rule == rule && f->side == side && f->line == line && strcmp(f->text, text) == 0)
			return true;
	}
	return false;
}

void saw_audit_find(struct saw_audit *a, enum rule_id id, const struct end *e, unsigned line, const char *value,
					const char *fmt, ...) {
	const struct saw_audit_rule *rule = &saw_audit_rules[id];
	struct saw_audit_finding *f;
	char text[TEXT_MAX];
	va_list args;

	if (!(rule->profiles & a->options.profile))
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	if (is_known(a, rule, e->side, line, text))
		return;
	if (SAW_LIST_ROOM(a->findings, a->n, a->room)) {
		a->failed = true;
		return;
	}
	f = saw_arena_zalloc(a->arena, sizeof *f);
	if (!f) {
		a->failed = true;
		return;
	}
	f->rule = rule;
	f->side = e->side;
	f->line = line;
	f->text = saw_arena_strndup(a->arena, text, strlen(text));
	f->fix = fix_for(a, rule, e->config->asa, value);
	a->failed |= !f->text || !f->fix;
	a->findings[a->n++] = f;
}

static int cmp(const void *x, const void *y) {
	const struct saw_audit_finding *a = *(const struct saw_audit_finding *const *)x;
	const struct saw_audit_finding *b = *(const struct saw_audit_finding *const *)y;

	if (a->rule->severity != b->rule->severity)
		return (int)b->rule->severity - (int)a->rule->severity;
	if (a->rule != b->rule)
		return a->rule < b->rule ? -1 : 1;
	if (a->side != b->side)
		return a->side < b->side ? -1 : 1;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	return strcmp(a->text, b->text);
}

/* --------------------------------------------------------------------------------------------------------------- pairs */

/* The tunnels of one side that IPsec protects. */
struct tunnels {
	struct end *end;
	bool *paired;
	size_t n;
};

static bool has_vxlan(const struct saw_running_config *c) {
	for (const struct saw_rc_interface *p = c->interfaces; p; p = p->next)
		if (p->nve_source.line && !p->shutdown)
			return true;
	return false;
}

static bool list_tunnels(struct saw_audit *a, unsigned side, struct tunnels *out) {
	const struct saw_running_config *c = a->sides[side].config;
	size_t n = 0;

	for (const struct saw_rc_interface *p = c->interfaces; p; p = p->next)
		n += p->protection.text && !p->shutdown;
	a->vxlan[side] = has_vxlan(c);
	out->n = 0;
	out->end = calloc(n + 1, sizeof *out->end);
	out->paired = calloc(n + 1, sizeof *out->paired);
	if (!out->end || !out->paired)
		return false;
	for (const struct saw_rc_interface *p = c->interfaces; p; p = p->next)
		if (p->protection.text && !p->shutdown)
			saw_audit_end_tunnel(&a->sides[side], side, p, &out->end[out->n++]);
	return true;
}

static bool meets(const struct saw_addr *to, const struct saw_addr *at) {
	return to->family && saw_addr_cmp(to, at) == 0;
}

/* How surely two tunnels are each other's ends: 2 each leads to the other, 1 one does, 0 neither. */
static int fit(const struct end *a, const struct end *b) {
	return meets(&a->remote, &b->local) + meets(&b->remote, &a->local);
}

static void compare(struct saw_audit *a, struct tunnels t[2], size_t i, size_t j) {
	struct end ends[2] = {t[0].end[i], t[1].end[j]};

	t[0].paired[i] = t[1].paired[j] = true;
	a->pairs++;
	saw_audit_end_resolve(a, &ends[0]);
	saw_audit_end_resolve(a, &ends[1]);
	saw_audit_check(a, ends);
}

static void pair(struct saw_audit *a, struct tunnels t[2]) {
	for (int wanted = 2; wanted > 0; wanted--)
		for (size_t i = 0; i < t[0].n; i++)
			for (size_t j = 0; j < t[1].n && !t[0].paired[i]; j++)
				if (!t[1].paired[j] && fit(&t[0].end[i], &t[1].end[j]) == wanted)
					compare(a, t, i, j);
	/* One tunnel here and one there can only be meant for each other. */
	if (a->pairs == 0 && t[0].n == 1 && t[1].n == 1)
		compare(a, t, 0, 0);
	if (a->pairs == 0) {
		const struct end whole = {.config = a->sides[0].config, .file = a->sides[0].file};

		saw_audit_find(a, NO_TUNNEL_PAIR, &whole, 0, NULL,
					   "none of its %zu tunnels with IPsec protection leads to %s, which has %zu", t[0].n,
					   a->sides[1].config->hostname ? a->sides[1].config->hostname : a->sides[1].file, t[1].n);
	}
}

struct saw_audit *saw_audit_run(const struct saw_audit_side sides[2], const struct saw_audit_options *options) {
	struct saw_audit *a = calloc(1, sizeof *a);
	struct tunnels t[2] = {0};

	if (!a)
		return NULL;
	a->arena = saw_arena_create(ARENA_MAX);
	a->sides[0] = sides[0];
	a->sides[1] = sides[1];
	a->options = *options;
	if (a->arena && list_tunnels(a, 0, &t[0]) && list_tunnels(a, 1, &t[1]))
		pair(a, t);
	else
		a->failed = true;
	for (int i = 0; i < 2; i++) {
		free(t[i].end);
		free(t[i].paired);
	}
	if (a->failed) {
		saw_audit_destroy(a);
		return NULL;
	}
	if (a->n)
		qsort(a->findings, a->n, sizeof *a->findings, cmp);
	return a;
}

void saw_audit_destroy(struct saw_audit *a) {
	if (!a)
		return;
	saw_arena_destroy(a->arena);
	free(a->findings);
	free(a);
}

size_t saw_audit_count(const struct saw_audit *a) {
	return a->n;
}

const struct saw_audit_finding *saw_audit_at(const struct saw_audit *a, size_t i) {
	return a->findings[i];
}

size_t saw_audit_pairs(const struct saw_audit *a) {
	return a->pairs;
}
