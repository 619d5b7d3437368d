#include "config.h"

#include "exporters/agentx/mib.h"

#include "proto/tunnel.h"

#include <string.h>
#include <time.h>

#define LENGTH(a) (sizeof(a) / sizeof(a)[0])

const uint32_t saw_mib_enterprises[6] = {1, 3, 6, 1, 4, 1};

void saw_mib_put_number(struct saw_mib_value *v, enum saw_mib_tag tag, uint64_t n) {
	v->tag = tag;
	v->number = tag == SAW_MIB_TAG_GAUGE && n > UINT32_MAX ? UINT32_MAX : n;
	v->n = 0;
}

void saw_mib_put_text(struct saw_mib_value *v, const char *text) {
	v->tag = SAW_MIB_TAG_OCTETS;
	v->n = strlen(text);
	if (v->n > sizeof v->octets) {
		v->n = sizeof v->octets;
		while (v->n && ((uint8_t)text[v->n] & 0xc0) == 0x80)
			v->n--;
	}
	memcpy(v->octets, text, v->n);
}

void saw_mib_put_datetime(struct saw_mib_value *v, int64_t ms) {
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm = {0};

	gmtime_r(&seconds, &tm);
	v->tag = SAW_MIB_TAG_OCTETS;
	v->n = 11;
	memcpy(v->octets,
		   (uint8_t[]){(uint8_t)((tm.tm_year + 1900) >> 8), (uint8_t)(tm.tm_year + 1900), (uint8_t)(tm.tm_mon + 1),
					   (uint8_t)tm.tm_mday, (uint8_t)tm.tm_hour, (uint8_t)tm.tm_min, (uint8_t)tm.tm_sec,
					   (uint8_t)(ms % 1000 / 100), '+', 0, 0},
		   11);
}

const Sawatch__V1__Total *saw_mib_total(const Sawatch__V1__TunnelEnd *t, const char *name) {
	for (size_t i = 0; i < t->n_totals; i++)
		if (t->totals[i]->name && strcmp(t->totals[i]->name, name) == 0)
			return t->totals[i];
	return NULL;
}

static const ProtobufCMessage *message_of(enum saw_mib_scope scope, const struct saw_mib_row *r) {
	switch (scope) {
	case SAW_MIB_DEVICE:
		return &r->device->base;
	case SAW_MIB_SOURCE:
		return &r->source->base;
	case SAW_MIB_TUNNEL:
		return &r->tunnel->base;
	case SAW_MIB_LAYER:
		return &r->layer->base;
	case SAW_MIB_LINK:
		return &r->link->base;
	case SAW_MIB_WAY:
		return &r->way->base;
	case SAW_MIB_COMPARISON:
		return &r->comparison->base;
	default:
		return &r->snapshot->base;
	}
}

static bool is_met(enum saw_mib_needs needs, const Sawatch__V1__TunnelEnd *t) {
	Sawatch__V1__TunnelState state;

	if (needs == SAW_MIB_ALWAYS || !t)
		return true;
	state = saw_tunnel_state(t);
	return state != SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN &&
		   (needs == SAW_MIB_READ || state != SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_MISSING);
}

static enum saw_mib_tag tag_of(enum saw_mib_syntax syntax) {
	return syntax == SAW_MIB_COUNTER                             ? SAW_MIB_TAG_COUNTER64
		   : syntax == SAW_MIB_GAUGE || syntax == SAW_MIB_NUMBER ? SAW_MIB_TAG_GAUGE
																 : SAW_MIB_TAG_INTEGER;
}

bool saw_mib_value(const struct saw_mib_table *t, const struct saw_mib_column *c, const struct saw_mib_row *r,
				   struct saw_mib_value *v) {
	const ProtobufCMessage *m = message_of(t->scope, r);
	const Sawatch__V1__Total *total;
	const char *text;
	uint64_t n;

	if (!is_met(c->needs, r->tunnel))
		return false;
	if (c->fn)
		return c->fn(r, c->arg, v);
	if (c->total) {
		total = saw_mib_total(r->tunnel, c->total);
		if (!total || !total->has_value)
			return false;
		saw_mib_put_number(v, SAW_MIB_TAG_COUNTER64, total->value);
		return true;
	}
	if (c->syntax == SAW_MIB_TEXT) {
		text = saw_field_get_text(m, &c->field);
		if (!text)
			return false;
		saw_mib_put_text(v, text);
		return true;
	}
	if (c->field.kind == SAW_FIELD_KIND_NONE || !saw_field_get_u64(m, &c->field, &n))
		return false;
	saw_mib_put_number(v, tag_of(c->syntax), c->syntax == SAW_MIB_TRUTH ? (n ? 1 : 2) : n);
	return true;
}

size_t saw_mib_parse_root(const char *text, uint32_t out[SAW_MIB_ROOT_MAX]) {
	size_t n = 0;
	uint64_t arc;

	if (*text == '.')
		text++;
	for (;;) {
		size_t len = strcspn(text, ".");

		if (n == SAW_MIB_ROOT_MAX || saw_parse_u64((struct saw_str){text, len}, UINT32_MAX, &arc) < 0)
			return 0;
		out[n++] = (uint32_t)arc;
		if (!text[len])
			break;
		text += len + 1;
	}
	return n > LENGTH(saw_mib_enterprises) && memcmp(out, saw_mib_enterprises, sizeof saw_mib_enterprises) == 0 ? n : 0;
}
