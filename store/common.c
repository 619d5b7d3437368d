/* What every file of the store needs, and that needs none of them. */
#include "store/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const Sawatch__V1__Source saw_store_preference[SOURCES] = {
	SAWATCH__V1__SOURCE__SOURCE_SNMP,
	SAWATCH__V1__SOURCE__SOURCE_SSH,
	SAWATCH__V1__SOURCE__SOURCE_RESTCONF,
	SAWATCH__V1__SOURCE__SOURCE_FILE,
};

void *saw_store_message_copy(struct saw_store *s, const ProtobufCMessage *m) {
	size_t n = protobuf_c_message_get_packed_size(m);
	uint8_t *p;

	saw_buf_reset(&s->scratch);
	p = saw_buf_reserve(&s->scratch, n);
	if (!p)
		return NULL;
	protobuf_c_message_pack(m, p);
	return protobuf_c_message_unpack(m->descriptor, NULL, n, p);
}

int saw_store_text_set(char **slot, const char *text) {
	char *copy = text ? strdup(text) : NULL;

	if (text && !copy)
		return -ENOMEM;
	free(*slot);
	*slot = copy;
	return 0;
}

bool saw_store_sa_has(const Sawatch__V1__Sa *sa, const char *setting) {
	for (size_t i = 0; i < sa->n_settings; i++)
		if (strcasecmp(sa->settings[i], setting) == 0)
			return true;
	return false;
}

/* The SA that carries traffic now: of several the one that is not on its way out, then the one that lives longest. */
const Sawatch__V1__Sa *saw_store_current_sa(Sawatch__V1__Sa *const *sas, size_t n) {
	const Sawatch__V1__Sa *best = NULL;

	for (size_t i = 0; i < n; i++) {
		bool out = sas[i]->state && (strcmp(sas[i]->state, "rekeyed") == 0 || strcmp(sas[i]->state, "expiring") == 0);
		bool best_out =
			best && best->state && (strcmp(best->state, "rekeyed") == 0 || strcmp(best->state, "expiring") == 0);

		if (!best || (best_out && !out) || (best_out == out && sas[i]->remaining_seconds > best->remaining_seconds))
			best = sas[i];
	}
	return best;
}

const Sawatch__V1__Sa *saw_store_any_sa(const Sawatch__V1__IpsecSa *row) {
	const Sawatch__V1__Sa *sa = saw_store_current_sa(row->inbound_sas, row->n_inbound_sas);

	return sa ? sa : saw_store_current_sa(row->outbound_sas, row->n_outbound_sas);
}

bool saw_store_row_nat(const Sawatch__V1__IpsecSa *row, bool *nat_t) {
	const Sawatch__V1__Sa *sa = saw_store_any_sa(row);

	if (sa && sa->n_settings) {
		*nat_t = saw_store_sa_has(sa, "UDP-Encaps") || saw_store_sa_has(sa, "NAT-T-Encaps");
		return true;
	}
	if ((row->has_local_port && row->local_port == 4500) || (row->has_remote_port && row->remote_port == 4500)) {
		*nat_t = true;
		return true;
	}
	return false;
}

static void turn(struct frequency *f, int64_t now_ms, int64_t window_ms) {
	int64_t passed = now_ms - f->begun_ms;

	if (passed >= 0 && passed < window_ms)
		return;
	f->before = passed >= 0 && passed < 2 * window_ms ? f->now : 0;
	f->now = 0;
	f->begun_ms = f->begun_ms && passed >= 0 && passed < 2 * window_ms ? f->begun_ms + window_ms : now_ms;
}

void saw_store_frequency_add(struct frequency *f, int64_t now_ms, int64_t window_ms, uint64_t n) {
	turn(f, now_ms, window_ms);
	f->now += n < 1000000 ? (uint32_t)n : 1000000;
}

double saw_store_frequency(const struct frequency *f, int64_t now_ms, int64_t window_ms) {
	struct frequency at = *f;

	turn(&at, now_ms, window_ms);
	return at.now + at.before * (1 - (double)(now_ms - at.begun_ms) / (double)window_ms);
}
