/* show vpn-sessiondb detail l2l has the bytes of an ASA's flows, which show crypto ipsec sa lacks. */
#include "store/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int by_peer(const void *a, const void *b) {
	return saw_addr_cmp(&((const struct child *)a)->peer, &((const struct child *)b)->peer);
}

int saw_store_children_find(const Sawatch__V1__DeviceSample *s, struct children *out) {
	size_t n = 0;

	*out = (struct children){.n = 0};
	for (size_t i = 0; i < s->n_l2l_sessions; i++)
		n += s->l2l_sessions[i]->n_ipsec;
	if (n == 0)
		return 0;
	out->list = calloc(n, sizeof *out->list);
	if (!out->list)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_l2l_sessions; i++) {
		const Sawatch__V1__L2lSession *l = s->l2l_sessions[i];

		for (size_t j = 0; j < l->n_ipsec; j++) {
			struct child *c = &out->list[out->n];

			/* A session may be named by something else than its peer's address. */
			if (saw_addr_parse(saw_str_of(l->peer), &c->peer) != 0)
				continue;
			c->local = saw_selector_of(l->ipsec[j]->local);
			c->remote = saw_selector_of(l->ipsec[j]->remote);
			c->ipsec = l->ipsec[j];
			out->n++;
		}
	}
	qsort(out->list, out->n, sizeof *out->list, by_peer);
	return 0;
}

static bool is_flow(const struct child *c, const struct saw_traits *row) {
	return (!c->local.known || !row->local_ident.known || strcmp(c->local.text, row->local_ident.text) == 0) &&
		   (!c->remote.known || !row->remote_ident.known || strcmp(c->remote.text, row->remote_ident.text) == 0);
}

const Sawatch__V1__L2lIpsec *saw_store_child_of(const struct children *c, const struct saw_traits *row) {
	const Sawatch__V1__L2lIpsec *found = NULL;
	size_t lo = 0, hi = c->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (saw_addr_cmp(&c->list[mid].peer, &row->remote) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < c->n && saw_addr_cmp(&c->list[lo].peer, &row->remote) == 0; lo++) {
		if (!is_flow(&c->list[lo], row))
			continue;
		if (found)
			return NULL;
		found = c->list[lo].ipsec;
	}
	return found;
}

void saw_store_child_bytes(const Sawatch__V1__L2lIpsec *child, Sawatch__V1__IpsecSa *row) {
	if (!row->has_in_bytes && child->has_bytes_rx) {
		row->has_in_bytes = 1;
		row->in_bytes = child->bytes_rx;
	}
	if (!row->has_out_bytes && child->has_bytes_tx) {
		row->has_out_bytes = 1;
		row->out_bytes = child->bytes_tx;
	}
}
