/* What changed at an end, for whoever asks at night: states, algorithms, MTUs, addresses, counters that began anew. */
#include "store/internal.h"

#include "proto/tunnel.h"
#include "proto/tunnel_fact.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATE(s) SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_##s
#define SAME_EVENT_MS INT64_C(900000) /* two sources see an event at two times */

/* -------------------------------------------------------------------------------------------------------------- the list */

/* "MTU: 1400, was 1438" and "MTU: 1438, was 1400" are of one kind. */
static bool same_kind(const char *a, const char *b) {
	size_t n = strcspn(a, ":");

	return strncmp(a, b, n + 1) == 0;
}

/* What one source said another says again, later. Something else of the same kind in between makes it a new change. */
static bool is_known(const struct end *e, int64_t at_ms, const char *text) {
	for (unsigned i = 0; i < e->n_changes; i++) {
		const struct change *c = e->changes[i];

		if (!same_kind(c->text, text))
			continue;
		if (strcmp(c->text, text) != 0)
			return false;
		return strstr(text, ", was ") || llabs(at_ms - c->at_ms) < SAME_EVENT_MS;
	}
	return false;
}

void saw_store_note_text(struct end *e, int64_t at_ms, const char *text) {
	size_t len = strnlen(text, CHANGE_TEXT - 1);
	struct change *c = malloc(sizeof *c + len + 1);
	unsigned i = 0;

	if (c && e->n_changes % 4 == 0 && e->n_changes < CHANGES) {
		struct change **more = realloc(e->changes, (e->n_changes + 4U) * sizeof(struct change *));

		if (more) {
			e->changes = more;
		} else {
			free(c);
			return;
		}
	}
	if (!c)
		return;
	c->at_ms = at_ms;
	snprintf(c->text, len + 1, "%s", text);
	saw_ascii_only(c->text);
	if (e->n_changes == CHANGES)
		free(e->changes[--e->n_changes]);
	while (i < e->n_changes && e->changes[i]->at_ms > at_ms)
		i++;
	memmove(e->changes + i + 1, e->changes + i, (e->n_changes - i) * sizeof(struct change *));
	e->changes[i] = c;
	e->n_changes++;
}

void saw_store_note(struct device *d, struct end *e, int64_t at_ms, const char *fmt, ...) {
	char text[CHANGE_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (is_known(e, at_ms, text))
		return;
	saw_store_note_text(e, at_ms, text);
	saw_store_touch(d, e);
}

/* --------------------------------------------------------------------------------------------------------------- verdicts */

/* Since this process started. */
static bool was_asked(const struct device *d) {
	for (unsigned i = 0; i < SOURCES; i++)
		if (d->source[i].attempted)
			return true;
	return false;
}

/* The first state that is known is no change, nor is that a device was not read yet. */
void saw_store_note_state(struct device *d, struct end *e, const struct saw_verdict *v, int64_t now_ms) {
	Sawatch__V1__TunnelState was = (Sawatch__V1__TunnelState)e->noted_state;

	if (v->state == was || (v->state == STATE(UNKNOWN) && (!was || !was_asked(d))))
		return;
	if (was)
		saw_store_note(d, e, now_ms, "state: %s, was %s%s%s", saw_tunnel_state_name(v->state),
					   saw_tunnel_state_name(was), v->n_reasons ? ": " : "", v->n_reasons ? v->reasons[0] : "");
	e->noted_state = (uint8_t)v->state;
}

void saw_store_note_ike(struct device *d, struct end *e, enum saw_tri up, const char *status, int64_t now_ms) {
	if (up == SAW_TRI_UNKNOWN || (uint8_t)up == e->noted_ike)
		return;
	if (e->noted_ike && up == SAW_TRI_YES)
		saw_store_note(d, e, now_ms, "IKE: up, was down");
	else if (e->noted_ike)
		saw_store_note(d, e, now_ms, "IKE: %s, was up", status ? status : "down");
	e->noted_ike = (uint8_t)up;
}

/* ------------------------------------------------------------------------------------------------------------------ facts */

uint32_t saw_store_sa_pfs(const Sawatch__V1__Sa *sa) {
	uint64_t v;

	for (size_t i = 0; i < sa->n_settings; i++)
		if (strncasecmp(sa->settings[i], "PFS Group ", 10) == 0 &&
			saw_parse_u64(saw_str_of(sa->settings[i] + 10), UINT32_MAX, &v) == 0)
			return (uint32_t)v;
	return 0;
}

static void note_number(struct device *d, struct end *e, int64_t at_ms, const char *what, const char *none, bool *had,
						uint32_t *was, uint32_t now) {
	char texts[2][16];
	uint32_t values[2] = {now, *was};

	for (int i = 0; i < 2; i++)
		if (values[i] || !none)
			snprintf(texts[i], sizeof texts[i], "%u", (unsigned)values[i]);
		else
			snprintf(texts[i], sizeof texts[i], "%s", none);
	if (*had && *was != now)
		saw_store_note(d, e, at_ms, "%s: %s, was %s", what, texts[0], texts[1]);
	*had = true;
	*was = now;
}

static void note_cipher(struct device *d, struct end *e, struct facts *known, const Sawatch__V1__Sa *sa,
						int64_t at_ms) {
	char now[sizeof known->cipher], cipher[SAW_FIELD_SCRATCH];

	if (!sa->encryption)
		return;
	snprintf(now, sizeof now, "%.18s%s%.8s",
			 saw_cipher_name(sa->encryption, sa->has_key_bits ? sa->key_bits : 0, cipher), sa->integrity ? " " : "",
			 sa->integrity ? sa->integrity : "");
	if (*known->cipher && strcmp(known->cipher, now) != 0)
		saw_store_note(d, e, at_ms, "cipher: %s, was %s", now, known->cipher);
	memcpy(known->cipher, now, sizeof now);
}

void saw_store_note_facts(struct device *d, struct end *e, struct facts *known, const Sawatch__V1__IpsecSa *row,
						  int64_t at_ms) {
	const Sawatch__V1__Sa *sa = saw_store_any_sa(row);
	uint32_t group = row->has_dh_group ? row->dh_group : sa ? saw_store_sa_pfs(sa) : 0;
	bool nat_t;

	if (sa)
		note_cipher(d, e, known, sa, at_ms);
	if (row->has_pfs && !row->pfs)
		note_number(d, e, at_ms, "PFS group", "none", &known->has_pfs, &known->pfs, 0);
	else if (group)
		note_number(d, e, at_ms, "PFS group", "none", &known->has_pfs, &known->pfs, group);
	if (row->has_plaintext_mtu)
		note_number(d, e, at_ms, "plaintext MTU", NULL, &known->has_mtu, &known->mtu, row->plaintext_mtu);
	if (sa && sa->has_replay_detection && !sa->replay_detection)
		note_number(d, e, at_ms, "replay window", "off", &known->has_window, &known->window, 0);
	else if (sa && sa->has_replay_window)
		note_number(d, e, at_ms, "replay window", "off", &known->has_window, &known->window, sa->replay_window);
	if (!saw_store_row_nat(row, &nat_t))
		return;
	if (known->has_nat_t && known->nat_t != nat_t)
		saw_store_note(d, e, at_ms, "NAT-T: %s", nat_t ? "in use, was not" : "not in use, was so");
	known->has_nat_t = true;
	known->nat_t = nat_t;
}
