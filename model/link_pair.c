#include "model/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct pairing {
	struct saw_link_end *ends;
	size_t n;
	struct spi {
		uint32_t spi;
		size_t end;
	} * in; /* inbound SPIs, sorted */
	size_t n_in;
	uint8_t *maybe;                         /* one bit for many SPIs: most that are asked for are nobody's */
	size_t *by_local, *by_remote, *by_name; /* places of ends, sorted */
	size_t n_names;
};

const char *saw_link_evidence_text(enum saw_link_evidence e) {
	static const char *const texts[] = {
		[SAW_LINK_NONE] = "not paired",
		[SAW_LINK_CONFIGURED] = "the configuration gives both ends this name",
		[SAW_LINK_SPIS] = "their SPIs agree in both directions",
		[SAW_LINK_SPI_AND_ADDRESSES] = "an SPI and their addresses agree",
		[SAW_LINK_ADDRESSES] = "their addresses agree",
		[SAW_LINK_NAT] = "their addresses agree but for NAT",
	};

	return texts[e];
}

/* ----------------------------------------------------------------------------------------------------------- what agrees */

static bool mirrored(const struct saw_selector *a, const struct saw_selector *b) {
	return !a->known || !b->known || strcmp(a->text, b->text) == 0;
}

/* Two ends that may be each other's at all. */
static bool may_be(const struct saw_link_end *a, const struct saw_link_end *b) {
	const struct saw_traits *x = &a->id->learned, *y = &b->id->learned;

	return strcmp(a->device, b->device) != 0 && !(a->name && b->name && strcmp(a->name, b->name) != 0) &&
		   mirrored(&x->local_ident, &y->remote_ident) && mirrored(&x->remote_ident, &y->local_ident);
}

static bool spis_agree(const struct saw_spis *out, const struct saw_spis *in) {
	for (unsigned i = 0; i < out->n; i++)
		if (saw_spis_has(in, out->spi[i]))
			return true;
	return false;
}

static bool same(const struct saw_addr *a, const struct saw_addr *b) {
	return a->family && b->family && saw_addr_cmp(a, b) == 0;
}

static bool addresses_agree(const struct saw_link_end *a, const struct saw_link_end *b) {
	const struct saw_traits *x = &a->id->learned, *y = &b->id->learned;

	return same(&x->local, &y->remote) && same(&x->remote, &y->local);
}

/* Behind NAT an end's own address is not the one that its peer sees. */
static bool agree_but_for_nat(const struct saw_link_end *a, const struct saw_link_end *b) {
	const struct saw_traits *x = &a->id->learned, *y = &b->id->learned;

	return a->nat_t && b->nat_t && (same(&x->local, &y->remote) || same(&x->remote, &y->local));
}

/* How much two ends agree on, at the most `wanted`; SAW_LINK_NONE where that is less. */
static bool agrees(const struct saw_link_end *a, const struct saw_link_end *b, enum saw_link_evidence wanted) {
	bool there, back;

	if (!may_be(a, b))
		return false;
	switch (wanted) {
	case SAW_LINK_CONFIGURED:
		return a->name && b->name && strcmp(a->name, b->name) == 0;
	case SAW_LINK_ADDRESSES:
		return addresses_agree(a, b);
	case SAW_LINK_NAT:
		return agree_but_for_nat(a, b);
	default:
		break;
	}
	there = spis_agree(&a->id->out, &b->id->in);
	back = spis_agree(&b->id->out, &a->id->in);
	return wanted == SAW_LINK_SPIS ? there && back : (there || back) && addresses_agree(a, b);
}

/* ---------------------------------------------------------------------------------------------------------- who is asked */

#define MAYBE_BITS 20

static uint32_t bit_of(uint32_t spi) {
	return spi * UINT32_C(2654435769) >> (32 - MAYBE_BITS);
}

/* The one end that agrees with `a`; n where there is none or more than one. */
struct search {
	const struct pairing *p;
	size_t of, found;
	unsigned count;
	enum saw_link_evidence wanted;
};

static void consider(struct search *s, size_t i) {
	if (i == s->of || i == s->found || s->p->ends[i].evidence || !agrees(&s->p->ends[s->of], &s->p->ends[i], s->wanted))
		return;
	s->count++;
	s->found = i;
}

static void ask_spis(struct search *s) {
	const struct pairing *p = s->p;
	const struct saw_spis *out = &p->ends[s->of].id->out;

	for (unsigned i = 0; i < out->n; i++) {
		size_t lo = 0, hi = p->n_in;

		if (!(p->maybe[bit_of(out->spi[i]) / 8] >> bit_of(out->spi[i]) % 8 & 1))
			continue;
		while (lo < hi) {
			size_t mid = lo + (hi - lo) / 2;

			if (p->in[mid].spi < out->spi[i])
				lo = mid + 1;
			else
				hi = mid;
		}
		for (; lo < p->n_in && p->in[lo].spi == out->spi[i]; lo++)
			consider(s, p->in[lo].end);
	}
}

static const struct saw_addr *key_of(const struct saw_link_end *e, bool local) {
	return local ? &e->id->learned.local : &e->id->learned.remote;
}

/* Those whose local (or remote) address is this one. */
static void ask_address(struct search *s, const size_t *sorted, bool local, const struct saw_addr *wanted) {
	const struct pairing *p = s->p;
	size_t lo = 0, hi = p->n;

	if (!wanted->family)
		return;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (saw_addr_cmp(key_of(&p->ends[sorted[mid]], local), wanted) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < p->n && s->count < 2 && saw_addr_cmp(key_of(&p->ends[sorted[lo]], local), wanted) == 0; lo++)
		consider(s, sorted[lo]);
}

static void ask_name(struct search *s) {
	const struct pairing *p = s->p;
	const char *name = p->ends[s->of].name;
	size_t lo = 0, hi = p->n_names;

	if (!name)
		return;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(p->ends[p->by_name[mid]].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < p->n_names && s->count < 2 && strcmp(p->ends[p->by_name[lo]].name, name) == 0; lo++)
		consider(s, p->by_name[lo]);
}

static size_t mate_of(const struct pairing *p, size_t i, enum saw_link_evidence wanted) {
	struct search s = {.p = p, .of = i, .found = p->n, .wanted = wanted};
	const struct saw_traits *t = &p->ends[i].id->learned;

	if (wanted == SAW_LINK_NAT && !p->ends[i].nat_t)
		return p->n;
	switch (wanted) {
	case SAW_LINK_CONFIGURED:
		ask_name(&s);
		break;
	case SAW_LINK_SPIS:
		ask_spis(&s);
		break;
	case SAW_LINK_NAT:
		ask_address(&s, p->by_remote, false, &t->local);
		ask_address(&s, p->by_local, true, &t->remote);
		break;
	default:
		ask_address(&s, p->by_local, true, &t->remote);
	}
	return s.count == 1 ? s.found : p->n;
}

/* --------------------------------------------------------------------------------------------------------------- sorting */

/* qsort has no context; one pairing at a time sorts, on the thread that asks. */
static _Thread_local const struct saw_link_end *sorting;

static int by_local(const void *a, const void *b) {
	return saw_addr_cmp(key_of(&sorting[*(const size_t *)a], true), key_of(&sorting[*(const size_t *)b], true));
}

static int by_remote(const void *a, const void *b) {
	return saw_addr_cmp(key_of(&sorting[*(const size_t *)a], false), key_of(&sorting[*(const size_t *)b], false));
}

static int by_name(const void *a, const void *b) {
	return strcmp(sorting[*(const size_t *)a].name, sorting[*(const size_t *)b].name);
}

static int by_spi(const void *a, const void *b) {
	const struct spi *x = a, *y = b;

	return (x->spi > y->spi) - (x->spi < y->spi);
}

static int sort_all(struct pairing *p) {
	p->maybe = calloc(1, (1U << MAYBE_BITS) / 8);
	p->in = malloc((p->n * SAW_SPIS_KEPT + 1) * sizeof *p->in);
	p->by_local = malloc((p->n + 1) * sizeof *p->by_local);
	p->by_remote = malloc((p->n + 1) * sizeof *p->by_remote);
	p->by_name = malloc((p->n + 1) * sizeof *p->by_name);
	if (!p->maybe || !p->in || !p->by_local || !p->by_remote || !p->by_name)
		return -ENOMEM;
	for (size_t i = 0; i < p->n; i++) {
		const struct saw_spis *in = &p->ends[i].id->in;

		p->ends[i].evidence = SAW_LINK_NONE;
		p->by_local[i] = p->by_remote[i] = i;
		if (p->ends[i].name)
			p->by_name[p->n_names++] = i;
		for (unsigned j = 0; j < in->n; j++) {
			p->in[p->n_in++] = (struct spi){in->spi[j], i};
			p->maybe[bit_of(in->spi[j]) / 8] |= (uint8_t)(1U << bit_of(in->spi[j]) % 8);
		}
	}
	sorting = p->ends;
	qsort(p->by_local, p->n, sizeof *p->by_local, by_local);
	qsort(p->by_remote, p->n, sizeof *p->by_remote, by_remote);
	qsort(p->by_name, p->n_names, sizeof *p->by_name, by_name);
	qsort(p->in, p->n_in, sizeof *p->in, by_spi);
	return 0;
}

int saw_link_pair(struct saw_link_end *ends, size_t n) {
	struct pairing p = {.ends = ends, .n = n};
	int rc = n ? sort_all(&p) : 0;

	for (enum saw_link_evidence e = SAW_LINK_CONFIGURED; rc == 0 && e <= SAW_LINK_NAT; e++)
		for (size_t i = 0; i < n; i++) {
			size_t mate = ends[i].evidence ? n : mate_of(&p, i, e);

			/* Each other's, and nobody else's. */
			if (mate == n || mate_of(&p, mate, e) != i)
				continue;
			ends[i].mate = mate;
			ends[mate].mate = i;
			ends[i].evidence = ends[mate].evidence = e;
		}
	free(p.maybe);
	free(p.in);
	free(p.by_local);
	free(p.by_remote);
	free(p.by_name);
	return rc;
}
