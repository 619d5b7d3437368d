#include "proto/tunnel_fact.h"

#include "core/text.h"

#include <stdio.h>
#include <string.h>

static const struct saw_field facts[SAW_TUNNEL_FACTS_COUNT] = {
#define X(kind, name) [SAW_TUNNEL_FACT_##name] = SAW_FIELD##kind(Sawatch__V1__TunnelEnd, name),
	SAW_TUNNEL_FACTS(X)
#undef X
};

const char *saw_tunnel_fact_label(enum saw_tunnel_fact f) {
	return facts[f].name;
}

const char *saw_cipher_name(const char *encryption, uint32_t key_bits, char scratch[SAW_FIELD_SCRATCH]) {
	if (!encryption || !key_bits)
		return encryption;
	snprintf(scratch, SAW_FIELD_SCRATCH, "%.50s-%u", encryption, (unsigned)key_bits);
	return scratch;
}

const char *saw_tunnel_fact_text(const Sawatch__V1__TunnelEnd *t, enum saw_tunnel_fact f,
								 char scratch[SAW_FIELD_SCRATCH]) {
	if (f == SAW_TUNNEL_FACT_encryption)
		return saw_cipher_name(t->encryption, t->has_key_bits ? t->key_bits : 0, scratch);
	return saw_field_print(&t->base, &facts[f], scratch);
}

/* Behind the last hyphen, and a size that keys have: "cipher-12" is a name. */
static void take_key_bits(Sawatch__V1__TunnelEnd *t) {
	char *hyphen = strrchr(t->encryption, '-');
	uint64_t bits;

	if (!hyphen || saw_parse_u64(saw_str_of(hyphen + 1), UINT32_MAX, &bits) ||
		(bits != 128 && bits != 192 && bits != 256))
		return;
	*hyphen = 0;
	t->has_key_bits = 1;
	t->key_bits = (uint32_t)bits;
}

int saw_tunnel_fact_take(Sawatch__V1__TunnelEnd *t, enum saw_tunnel_fact f, char *text) {
	uint64_t v;

	switch (facts[f].kind) {
	case SAW_FIELD_KIND_TEXT:
		saw_field_set_text(&t->base, &facts[f], text);
		if (f == SAW_TUNNEL_FACT_encryption)
			take_key_bits(t);
		return 0;
	case SAW_FIELD_KIND_BOOL:
		v = strcmp(text, "true") == 0;
		if (!v && strcmp(text, "false") != 0)
			return SAW_EFORMAT;
		return saw_field_set_u64(&t->base, &facts[f], v);
	default:
		return saw_parse_u64(saw_str_of(text), UINT64_MAX, &v) ? SAW_EFORMAT
															   : saw_field_set_u64(&t->base, &facts[f], v);
	}
}
