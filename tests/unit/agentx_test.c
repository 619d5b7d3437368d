/* SAWATCH-MIB's tables, their lookups around every edge, numbers of names, and which view a walk sees. */
#include "exporters/agentx/mib.h"
#include "exporters/agentx/print.h"
#include "exporters/agentx/view.h"
#include "exporters/agentx/walks.h"
#include "proto/json.h"
#include "tests/fixtures/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW FIXTURE_NOW_MS
#define MOST 20000

struct instance {
	uint32_t oid[SAW_MIB_REL_MAX];
	size_t n;
};

static struct instance all[MOST];
static size_t n_all;

/* A view frees its snapshot: it gets a copy. */
static Sawatch__V1__Snapshot *copy(const Sawatch__V1__Snapshot *s) {
	size_t n = sawatch__v1__snapshot__get_packed_size(s);
	uint8_t *packed = malloc(n);
	Sawatch__V1__Snapshot *c;

	assert_non_null(packed);
	sawatch__v1__snapshot__pack(s, packed);
	c = sawatch__v1__snapshot__unpack(NULL, n, packed);
	free(packed);
	assert_non_null(c);
	return c;
}

static struct saw_view *view_of(const Sawatch__V1__Snapshot *s) {
	struct saw_index *x = saw_index_create(31);
	struct saw_view *v;

	assert_int_equal(saw_view_create(copy(s), x, &v), 0);
	saw_index_destroy(x);
	return v;
}

static int compare(const uint32_t *a, size_t na, const uint32_t *b, size_t nb) {
	for (size_t i = 0; i < na && i < nb; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return na < nb ? -1 : na > nb;
}

static void walk_all(struct saw_view *v) {
	struct instance *i = &all[0];
	struct saw_mib_value value;

	n_all = 0;
	for (size_t n = saw_view_next(v, NULL, 0, false, NOW, i->oid, &value); n;) {
		i->n = n;
		assert_true(++n_all < MOST);
		n = saw_view_next(v, i[0].oid, i[0].n, false, NOW, i[1].oid, &value);
		i++;
	}
}

/* ------------------------------------------------------------------------------------------------------------ tables */

static bool is_word(const char *text) {
	return text && *text && !strchr(text, '"');
}

static void tables_are_whole(void **state) {
	size_t n, n_sent;
	const struct saw_mib_table *tables = saw_mib_tables(&n), *t;
	const struct saw_mib_notification *sent = saw_mib_notifications(&n_sent);

	(void)state;
	assert_int_equal(n, SAW_MIB_SCOPES);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(tables[i].scope, i); /* saw_mib_table_of */
		assert_int_equal(tables[i].arc, i + 1);
		for (size_t k = 0; k < tables[i].n_columns; k++) {
			const struct saw_mib_column *c = &tables[i].columns[k];
			bool hidden = k < tables[i].n_hidden || tables[i].scope == SAW_MIB_EVENT;
			int ways = (c->field.kind != SAW_FIELD_KIND_NONE) + (c->total != NULL) + (c->fn != NULL);

			if (!is_word(c->help) || (k && c->arc <= c[-1].arc) || ways != !hidden || strlen(c->name) > 32 ||
				(c->syntax == SAW_MIB_CHOICE) != (c->choices != NULL) || saw_mib_column_named(c->name, &t) != c)
				fail_msg("%s is not whole", c->name);
			if (c->total && strcmp(c->total, "in_bytes") != 0 && strcmp(c->total, "out_bytes") != 0)
				assert_string_equal(c->units, "packets");
		}
		for (unsigned k = 0; k < tables[i].n_index; k++)
			assert_non_null(saw_mib_column_named(tables[i].index[k], &t));
	}
	for (size_t i = 0; i < n_sent; i++)
		for (const char *const *o = sent[i].objects; *o; o++)
			if (!saw_mib_column_named(*o, &t))
				fail_msg("%s has an object %s that is none", sent[i].name, *o);
}

/* Enumerations of the schema are the MIB's: each word, without the underscores. */
static void same_words(const ProtobufCEnumDescriptor *d, const char *column) {
	const struct saw_mib_table *t;
	const struct saw_mib_column *c = saw_mib_column_named(column, &t);
	unsigned n = 0;

	for (const struct saw_mib_choice *w = c->choices->choices; w->word; w++, n++) {
		const char *name = saw_enum_name(d, w->value), *word = w->word;

		assert_non_null(name);
		for (; *name; name++) {
			if (*name == '_')
				continue;
			assert_int_equal(*word++ | 0x20, *name | 0x20);
		}
		assert_int_equal(*word, 0);
	}
	assert_int_equal(n, d->n_values);
}

static void words_are_the_schemas(void **state) {
	(void)state;
	same_words(&sawatch__v1__tunnel_state__descriptor, "sawTunnelState");
	same_words(&sawatch__v1__platform__descriptor, "sawDevicePlatform");
	same_words(&sawatch__v1__source__descriptor, "sawSourceKind");
	same_words(&sawatch__v1__poll_error__descriptor, "sawSourceError");
	assert_int_equal(saw_mib_layer_index("routing"), 5);
	assert_int_equal(saw_mib_layer_index("physical"), -1);
	assert_int_equal(saw_mib_layer_index(NULL), -1);
	assert_int_equal(saw_mib_comparison_index("replay_window"), 5);
	assert_int_equal(saw_mib_comparison_index("version"), 7);
}

static void roots(void **state) {
	static const char *const wrong[] = {"",
										".",
										"1.3.6.1.4.1",
										"1.3.6.1.2.1.1",
										"1.3.6.1.4.1.",
										"1.3.6.1.4.1.x",
										"1.3.6.1.4.1.4294967296",
										"1..3.6.1.4.1.7",
										"..1.3.6.1.4.1.7"};
	uint32_t arcs[SAW_MIB_ROOT_MAX];
	char far[1024] = "1.3.6.1.4.1";

	(void)state;
	assert_int_equal(saw_mib_parse_root(SAW_MIB_ROOT, arcs), 10);
	assert_int_equal(arcs[9], 9857);
	assert_int_equal(saw_mib_parse_root(".1.3.6.1.4.1.4294967295", arcs), 7);
	assert_int_equal(arcs[6], UINT32_MAX);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(saw_mib_parse_root(wrong[i], arcs), 0);
	for (size_t i = 6; i < SAW_MIB_ROOT_MAX; i++)
		strcat(far, ".1");
	assert_int_equal(saw_mib_parse_root(far, arcs), SAW_MIB_ROOT_MAX);
	strcat(far, ".1");
	assert_int_equal(saw_mib_parse_root(far, arcs), 0);
}

/* mibs/SAWATCH-MIB is what the tables print. */
static void module_is_printed(void **state) {
	struct saw_buf printed = SAW_BUF_INIT(1 << 20);
	uint32_t arcs[SAW_MIB_ROOT_MAX];
	char path[4096], *text = malloc(1 << 20);
	const char *top = getenv("top_srcdir");
	size_t n;
	FILE *f;

	(void)state;
	snprintf(path, sizeof path, "%s/mibs/SAWATCH-MIB", top ? top : ".");
	f = fopen(path, "re");
	assert_non_null(f);
	n = fread(text, 1, (1 << 20) - 1, f);
	fclose(f);
	text[n] = 0;
	saw_mib_print(arcs, saw_mib_parse_root(SAW_MIB_ROOT, arcs), &printed);
	if (strcmp(saw_buf_text(&printed), text) != 0)
		fail_msg("mibs/SAWATCH-MIB is not what exporters/agentx/objects.c says: make update-mib");
	saw_buf_free(&printed);
	free(text);
}

/* ------------------------------------------------------------------------------------------------------------ values */

static const struct saw_mib_value *value_of(struct saw_view *v, const char *column, enum saw_mib_scope scope,
											const void *message) {
	static struct saw_mib_value value;
	const struct saw_mib_table *t;
	const struct saw_mib_column *c = saw_mib_column_named(column, &t);
	struct saw_mib_row row;

	assert_non_null(c);
	assert_true(saw_view_row_of(v, scope, message, &row));
	return saw_mib_value(t, c, &row, &value) ? &value : NULL;
}

static const Sawatch__V1__TunnelEnd *tunnel_in(struct saw_view *v, const char *name) {
	const Sawatch__V1__Snapshot *s = saw_view_snapshot(v);

	for (size_t i = 0; i < s->n_tunnels; i++)
		if (strcmp(s->tunnels[i]->name, name) == 0)
			return s->tunnels[i];
	fail_msg("no tunnel %s", name);
	return NULL;
}

static void assert_text(const struct saw_mib_value *v, const char *text) {
	assert_non_null(v);
	assert_int_equal(v->tag, SAW_MIB_TAG_OCTETS);
	assert_int_equal(v->n, strlen(text));
	assert_memory_equal(v->octets, text, v->n);
}

static void values(void **state) {
	struct saw_view *v = view_of(fixture_snapshot());
	const Sawatch__V1__TunnelEnd *berlin = tunnel_in(v, "berlin-1"), *muenchen = tunnel_in(v, "muenchen-1"),
								 *oslo = tunnel_in(v, "oslo-1");
	const struct saw_mib_value *got;

	(void)state;
	got = value_of(v, "sawTunnelInOctets", SAW_MIB_TUNNEL, berlin);
	assert_int_equal(got->tag, SAW_MIB_TAG_COUNTER64);
	assert_true(got->number == UINT64_MAX);
	got = value_of(v, "sawTunnelState", SAW_MIB_TUNNEL, berlin);
	assert_int_equal(got->tag, SAW_MIB_TAG_INTEGER);
	assert_int_equal(got->number, 1);
	assert_int_equal(value_of(v, "sawTunnelOutRate", SAW_MIB_TUNNEL, berlin)->number, 400000);
	assert_int_equal(value_of(v, "sawTunnelReplayRate", SAW_MIB_TUNNEL, berlin)->number, 250);
	assert_int_equal(value_of(v, "sawTunnelMaintenance", SAW_MIB_TUNNEL, berlin)->number, 2);
	assert_text(value_of(v, "sawTunnelReasons", SAW_MIB_TUNNEL, oslo), "a complete walk had no row for it");
	assert_text(value_of(v, "sawTunnelReasons", SAW_MIB_TUNNEL, berlin), "");
	/* 2023-11-14 21:11:20.0 UTC */
	got = value_of(v, "sawTunnelSince", SAW_MIB_TUNNEL, berlin);
	assert_int_equal(got->n, 11);
	assert_memory_equal(got->octets, "\x07\xe7\x0b\x0e\x15\x0b\x14\x00+\0\0", 11);
	/* What could not be read has no current facts and no counters; what is missing has no sizes. */
	assert_null(value_of(v, "sawTunnelInOctets", SAW_MIB_TUNNEL, muenchen));
	assert_null(value_of(v, "sawTunnelPlaintextMtu", SAW_MIB_TUNNEL, muenchen));
	assert_null(value_of(v, "sawTunnelRekeys", SAW_MIB_TUNNEL, muenchen));
	assert_null(value_of(v, "sawTunnelPlaintextMtu", SAW_MIB_TUNNEL, oslo));
	assert_int_equal(value_of(v, "sawTunnelState", SAW_MIB_TUNNEL, muenchen)->number, 6);
	assert_null(value_of(v, "sawTunnelPathMtu", SAW_MIB_TUNNEL, berlin));
	saw_view_destroy(v);
}

static void texts_are_cut_between_characters(void **state) {
	char text[400];
	struct saw_mib_value v;

	(void)state;
	memset(text, 'a', sizeof text);
	memcpy(text + 254, "\xc3\xbc", 2);
	text[300] = 0;
	saw_mib_put_text(&v, text);
	assert_int_equal(v.n, 254);
	text[253] = '\xc3';
	text[254] = '\xbc';
	text[255] = 'a';
	saw_mib_put_text(&v, text);
	assert_int_equal(v.n, 255);
	saw_mib_put_number(&v, SAW_MIB_TAG_GAUGE, UINT64_MAX);
	assert_int_equal(v.number, UINT32_MAX);
}

static void devices_answer_by_any_source(void **state) {
	Sawatch__V1__SourceStatus a = SAWATCH__V1__SOURCE_STATUS__INIT, b = SAWATCH__V1__SOURCE_STATUS__INIT,
							  *both[] = {&a, &b};
	Sawatch__V1__Device d = SAWATCH__V1__DEVICE__INIT;
	const char *why = NULL;

	(void)state;
	assert_int_equal(saw_mib_reachable(&d, &why), -1);
	d.sources = both;
	d.n_sources = 2;
	assert_int_equal(saw_mib_reachable(&d, &why), -1);
	a.has_error_class = 1;
	a.error = (char *)(uintptr_t) "no answer";
	assert_int_equal(saw_mib_reachable(&d, &why), 0);
	assert_string_equal(why, "no answer");
	b.has_observed_at_ms = 1;
	assert_int_equal(saw_mib_reachable(&d, NULL), 1);
	b.has_error_class = 1;
	assert_int_equal(saw_mib_reachable(&d, NULL), 0);
}

/* ----------------------------------------------------------------------------------------------------------- lookups */

/* The first instance after an object identifier, found by looking at all. */
static const struct instance *expected(const uint32_t *oid, size_t n, bool inclusive) {
	for (size_t i = 0; i < n_all; i++) {
		int order = compare(all[i].oid, all[i].n, oid, n);

		if (order > 0 || (inclusive && order == 0))
			return &all[i];
	}
	return NULL;
}

static void look_from(struct saw_view *v, const uint32_t *oid, size_t n) {
	struct saw_mib_value value;
	uint32_t next[SAW_MIB_REL_MAX];

	for (int inclusive = 0; inclusive < 2; inclusive++) {
		const struct instance *e = expected(oid, n, inclusive != 0);
		size_t got = saw_view_next(v, oid, n, inclusive != 0, NOW, next, &value);

		assert_int_equal(got, e ? e->n : 0);
		if (e)
			assert_int_equal(compare(next, got, e->oid, e->n), 0);
	}
}

static void lookups_around_every_edge(void **state) {
	struct saw_view *v;
	struct saw_mib_value value;

	(void)state;
	fixture_fill();
	v = view_of(fixture_snapshot());
	walk_all(v);
	assert_true(n_all > 200);
	for (size_t i = 0; i < n_all; i++) {
		uint32_t near[SAW_MIB_REL_MAX + 2];

		if (i)
			assert_true(compare(all[i - 1].oid, all[i - 1].n, all[i].oid, all[i].n) < 0);
		assert_int_equal(saw_view_get(v, all[i].oid, all[i].n, NOW, &value), SAW_VIEW_FOUND);
		memcpy(near, all[i].oid, sizeof all[i].oid);
		near[all[i].n] = near[all[i].n + 1] = 0;
		for (size_t n = 0; n <= all[i].n + 2; n++)
			look_from(v, near, n);
		for (size_t k = 0; k < all[i].n; k++) {
			uint32_t was = near[k];

			near[k] = was + 1;
			look_from(v, near, all[i].n);
			look_from(v, near, k + 1);
			if (was) {
				near[k] = was - 1;
				look_from(v, near, all[i].n);
				look_from(v, near, k + 1);
			}
			near[k] = UINT32_MAX;
			look_from(v, near, all[i].n);
			near[k] = was;
		}
		/* Longer and shorter than an instance is none. */
		assert_int_not_equal(saw_view_get(v, near, all[i].n + 1, NOW, &value), SAW_VIEW_FOUND);
		assert_int_not_equal(saw_view_get(v, near, all[i].n - 1, NOW, &value), SAW_VIEW_FOUND);
	}
	assert_int_equal(saw_view_get(v, (uint32_t[]){1, 4, 1, 29, 1, 1}, 6, NOW, &value), SAW_VIEW_NO_OBJECT);
	assert_int_equal(saw_view_get(v, (uint32_t[]){1, 4, 1, 3, 1, 1}, 6, NOW, &value), SAW_VIEW_NO_INSTANCE);
	assert_int_equal(saw_view_get(v, (uint32_t[]){1, 4, 1, 3}, 4, NOW, &value), SAW_VIEW_NO_INSTANCE);
	assert_int_equal(saw_view_get(v, NULL, 0, NOW, &value), SAW_VIEW_NO_OBJECT);
	saw_view_destroy(v);
}

/* A walk shows every value that the rows have, and no more. */
static void walks_are_complete(void **state) {
	struct saw_view *v = view_of(fixture_snapshot());
	const Sawatch__V1__Snapshot *s = saw_view_snapshot(v);
	const struct saw_mib_table *t = saw_mib_table_of(SAW_MIB_TUNNEL);
	struct saw_mib_value value;
	struct saw_mib_row row;
	size_t want = 0, have = 0;

	(void)state;
	for (size_t i = 0; i < s->n_tunnels; i++) {
		assert_true(saw_view_row_of(v, SAW_MIB_TUNNEL, s->tunnels[i], &row));
		for (size_t k = t->n_hidden; k < t->n_columns; k++)
			want += saw_mib_value(t, &t->columns[k], &row, &value);
	}
	walk_all(v);
	for (size_t i = 0; i < n_all; i++)
		have += all[i].oid[1] == t->arc;
	assert_int_equal(have, want);
	saw_view_destroy(v);
}

static void nothing_is_a_view_too(void **state) {
	static Sawatch__V1__Snapshot empty = SAWATCH__V1__SNAPSHOT__INIT;
	struct saw_view *v = view_of(&empty);
	struct saw_mib_value value;

	(void)state;
	walk_all(v);
	assert_true(n_all > 5);
	for (size_t i = 0; i < n_all; i++)
		assert_int_equal(all[i].oid[1], 1); /* scalars */
	assert_int_equal(saw_view_get(v, (uint32_t[]){1, 1, 6, 0}, 4, NOW, &value), SAW_VIEW_FOUND);
	assert_int_equal(value.number, 0);
	saw_view_destroy(v);
}

/* ----------------------------------------------------------------------------------------------------------- numbers */

static void numbers_of_names(void **state) {
	const char *const names[] = {"berlin-1", "hamburg-1", "lyon-1"}, *const other[] = {"lyon-1", "berlin-1"};
	struct saw_index *x = saw_index_create(31);
	uint32_t a[3], b[2];

	(void)state;
	assert_int_equal(saw_index_assign(x, "ASA-XFW01", names, 3, a), 0);
	assert_int_equal(saw_index_assign(x, "ASA-XFW01", other, 2, b), 0);
	assert_int_equal(a[2], b[0]);
	assert_int_equal(a[0], b[1]);
	assert_int_equal(a[0], 786661943); /* for ever: others have it in their configuration */
	assert_false(saw_index_changed(x));
	saw_index_destroy(x);
}

/* Few numbers, so that many names meet. */
static void numbers_that_meet(void **state) {
	const char *names[30];
	char text[30][8];
	struct saw_buf kept = SAW_BUF_INIT(1 << 16);
	struct saw_index *x = saw_index_create(5), *y = saw_index_create(5);
	uint32_t a[30], b[30], c[10];
	bool taken[32] = {false};

	(void)state;
	for (size_t i = 0; i < 30; i++) {
		snprintf(text[i], sizeof text[i], "t-%zu", i);
		names[i] = text[i];
	}
	assert_int_equal(saw_index_assign(x, "D", names, 30, a), 0);
	for (size_t i = 0; i < 30; i++) {
		assert_true(a[i] > 0 && a[i] < 32 && !taken[a[i]]);
		taken[a[i]] = true;
	}
	assert_true(saw_index_changed(x));
	saw_index_save(x, &kept);
	assert_false(saw_index_changed(x));
	/* After a restart, and with others gone, each has the number that it had. */
	saw_index_load(y, saw_buf_text(&kept), kept.len);
	assert_int_equal(saw_index_assign(y, "D", names, 30, b), 0);
	assert_memory_equal(a, b, sizeof a);
	assert_int_equal(saw_index_assign(y, "D", names + 20, 10, c), 0);
	assert_memory_equal(a + 20, c, sizeof c);
	assert_false(saw_index_changed(y));
	saw_buf_free(&kept);
	/* More names than numbers. */
	assert_int_equal(saw_index_assign(y, "D", names, 32, b), SAW_ELIMIT);
	saw_index_destroy(x);
	saw_index_destroy(y);
}

static void numbers_are_read_with_care(void **state) {
	static const char nonsense[] = "\n 7\nx D\x1ft\n99999999999 D\x1ft\n0 D\x1ft\n5 none\n3 D\x1ft-1\n3 D\x1ft-2";
	const char *const names[] = {"t-1", "t-2"};
	struct saw_index *x = saw_index_create(5);
	struct saw_buf kept = SAW_BUF_INIT(1 << 16);
	uint32_t a[2];

	(void)state;
	saw_index_load(x, nonsense, sizeof nonsense - 1);
	assert_int_equal(saw_index_assign(x, "D", names, 2, a), 0);
	assert_int_equal(a[0], 3);
	assert_int_not_equal(a[1], 3);
	saw_index_save(x, &kept);
	assert_string_equal(saw_buf_text(&kept), "3 D\x1ft-1\n4 D\x1ft-2\n");
	saw_buf_free(&kept);
	saw_index_destroy(x);
}

/* ------------------------------------------------------------------------------------------------------------- walks */

static struct saw_view *small_view(uint64_t sequence) {
	Sawatch__V1__Snapshot s = SAWATCH__V1__SNAPSHOT__INIT;

	s.has_sequence = 1;
	s.sequence = sequence;
	return view_of(&s);
}

static void gave(struct saw_walks *w, const struct saw_view *v, const uint32_t from[5], const uint32_t to[5],
				 uint64_t now_ms) {
	saw_walks_gave(w, v, &(struct saw_walks_step){.from = from, .to = to, .n_from = 5, .n_to = 5}, now_ms);
}

static uint64_t step(struct saw_walks *w, uint32_t *place, uint64_t now_ms) {
	const uint32_t from[] = {1, 4, 1, 2, *place}, to[] = {1, 4, 1, 2, *place + 1};
	struct saw_view *v = saw_walks_view(w, from, 5, now_ms);

	++*place;
	gave(w, v, from, to, now_ms);
	return saw_view_snapshot(v)->sequence;
}

static void a_walk_sees_one_view(void **state) {
	struct saw_walks *w = saw_walks_create();
	uint32_t slow = 100, fast = 100, third = 5;
	uint64_t now = 1000000;
	const struct saw_view *slow_view;

	(void)state;
	assert_null(saw_walks_newest(w));
	assert_null(saw_walks_view(w, &slow, 1, now));
	saw_walks_publish(w, small_view(1), now);
	slow_view = saw_walks_newest(w);
	for (unsigned i = 0; i < 50; i++)
		assert_int_equal(step(w, &slow, now++), 1);
	saw_walks_publish(w, small_view(2), now);
	assert_int_equal(step(w, &slow, now), 1);
	slow--; /* the answer was lost: the same is asked again */
	assert_int_equal(step(w, &slow, now++), 1);
	/* Another one that begins now is at the same places, and has its own. */
	for (unsigned i = 0; i < 300; i++) {
		assert_int_equal(step(w, &slow, now), 1);
		assert_int_equal(step(w, &fast, now++), 2);
	}
	/* An older walk had looked at this place, beyond its own end. */
	gave(w, slow_view, (uint32_t[]){1, 4, 1, 2, slow}, (uint32_t[]){1, 4, 1, 2, fast + 1}, now++);
	assert_int_equal(step(w, &fast, now++), 2);
	assert_int_equal(step(w, &fast, now++), 2);
	saw_walks_publish(w, small_view(3), now);
	assert_int_equal(saw_walks_held(w), 3);
	assert_int_equal(step(w, &slow, now), 1);
	assert_int_equal(step(w, &fast, now), 2);
	assert_int_equal(step(w, &third, now), 3);
	assert_int_equal(step(w, &slow, now), 1);
	/* More views than are held: the one that was asked longest ago goes, and its walk goes on in the newest. */
	now += 10;
	assert_int_equal(step(w, &slow, now), 1);
	assert_int_equal(step(w, &third, now), 3);
	saw_walks_publish(w, small_view(4), now);
	assert_int_equal(saw_walks_held(w), 3);
	assert_int_equal(step(w, &slow, now), 1);
	assert_int_equal(step(w, &fast, now), 4);
	/* A pause ends a walk, and what nobody looked at is not held. */
	now += SAW_WALKS_PAUSE_MS;
	assert_int_equal(step(w, &slow, now), 4);
	now += 1000;
	saw_walks_publish(w, small_view(5), now);
	assert_int_equal(saw_walks_held(w), 2);
	saw_walks_publish(w, small_view(6), now + SAW_WALKS_PAUSE_MS);
	assert_int_equal(saw_walks_held(w), 1);
	saw_walks_destroy(w);
}

/* snmptable asks all columns at once, each where it was: one that holds nothing gives what is behind it, and is asked from its old place again. */
static void columns_that_hold_nothing_do_not_take_the_view(void **state) {
	struct saw_walks *w = saw_walks_create();
	uint32_t row = 100;
	uint64_t now = 1000000;

	(void)state;
	saw_walks_publish(w, small_view(1), now);
	assert_int_equal(step(w, &row, now), 1);
	for (uint64_t i = 2; i < 50; i++) {
		assert_int_equal(step(w, &row, now++), 1);
		for (unsigned j = 0; j < 3; j++) { /* a busy machine: three pictures come between columns of one row */
			const uint32_t empty[] = {1, 4, 1, 7, row}, behind[] = {1, 4, 1, 8, 1};

			saw_walks_publish(w, small_view(3 * i + j), now);
			gave(w, saw_walks_view(w, empty, 5, now), empty, behind, now);
			now++;
		}
	}
	saw_walks_destroy(w);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_whole),
		cmocka_unit_test(words_are_the_schemas),
		cmocka_unit_test(roots),
		cmocka_unit_test(module_is_printed),
		cmocka_unit_test(values),
		cmocka_unit_test(texts_are_cut_between_characters),
		cmocka_unit_test(devices_answer_by_any_source),
		cmocka_unit_test(walks_are_complete),
		cmocka_unit_test(nothing_is_a_view_too),
		cmocka_unit_test(numbers_of_names),
		cmocka_unit_test(numbers_that_meet),
		cmocka_unit_test(numbers_are_read_with_care),
		cmocka_unit_test(a_walk_sees_one_view),
		cmocka_unit_test(columns_that_hold_nothing_do_not_take_the_view),
		cmocka_unit_test(lookups_around_every_edge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
