/* Any bytes as object identifiers to look up, and as what was kept: numbers of names, and what was told. */
#include "tests/fuzz/fuzz.h"

#include "exporters/agentx/events.h"
#include "exporters/agentx/view.h"
#include "tests/fixtures/snapshot.h"

#include <stdlib.h>

static struct saw_view *view(void) {
	static struct saw_view *v;
	struct saw_index *x;
	const Sawatch__V1__Snapshot *s;
	uint8_t *packed;
	size_t n;

	if (v)
		return v;
	fixture_fill();
	s = fixture_snapshot();
	n = sawatch__v1__snapshot__get_packed_size(s);
	packed = malloc(n);
	x = saw_index_create(31);
	if (!packed || !x)
		abort();
	sawatch__v1__snapshot__pack(s, packed);
	if (saw_view_create(sawatch__v1__snapshot__unpack(NULL, n, packed), x, &v) != 0)
		abort();
	saw_index_destroy(x);
	free(packed);
	return v;
}

static int compare(const uint32_t *a, size_t na, const uint32_t *b, size_t nb) {
	for (size_t i = 0; i < na && i < nb; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return na < nb ? -1 : na > nb;
}

/* One byte an arc, so that small arcs are met often; 255 begins one of four bytes. */
static size_t arcs_of(const uint8_t *data, size_t size, uint32_t out[128]) {
	size_t n = 0;

	for (size_t i = 0; i < size && n < 128; i++) {
		if (data[i] == 255 && i + 4 < size) {
			memcpy(&out[n++], data + i + 1, 4);
			i += 4;
		} else {
			out[n++] = data[i];
		}
	}
	return n;
}

static void look_up(const uint8_t *data, size_t size) {
	uint32_t oid[128], next[SAW_MIB_REL_MAX], again[SAW_MIB_REL_MAX];
	size_t n = arcs_of(data, size, oid), got, second;
	bool is_one, inclusive = size && data[0] & 1;
	struct saw_mib_value value;

	is_one = saw_view_get(view(), oid, n, FIXTURE_NOW_MS, &value) == SAW_VIEW_FOUND;
	got = saw_view_next(view(), oid, n, inclusive, FIXTURE_NOW_MS, next, &value);
	if (got) {
		int order = compare(next, got, oid, n);

		/* What comes next is after what was asked for, is an instance, and nothing is between. */
		if (order < 0 || (order == 0 && !(inclusive && is_one)) || value.n > sizeof value.octets ||
			saw_view_get(view(), next, got, FIXTURE_NOW_MS, &value) != SAW_VIEW_FOUND)
			abort();
		second = saw_view_next(view(), next, got, true, FIXTURE_NOW_MS, again, &value);
		if (compare(next, got, again, second) != 0)
			abort();
	}
	if (is_one && inclusive && (!got || compare(next, got, oid, n) != 0))
		abort();
}

static void numbers(const uint8_t *data, size_t size) {
	const char *const names[] = {"a", "b", "c", "d", "e"};
	struct saw_index *x = saw_index_create(3);
	uint32_t out[5];
	unsigned seen = 0;

	if (!x)
		abort();
	saw_index_load(x, (const char *)data, size);
	if (saw_index_assign(x, "D", names, 5, out) != 0)
		abort();
	for (size_t i = 0; i < 5; i++) {
		if (out[i] == 0 || out[i] > 7 || seen >> out[i] & 1)
			abort();
		seen |= 1U << out[i];
	}
	saw_index_destroy(x);
}

static void notify(void *ctx, struct saw_notice *n) {
	uint64_t *last = ctx;

	if (n->serial <= *last || n->n > SAW_NOTICE_OBJECTS)
		abort();
	*last = n->serial;
	saw_notice_destroy(n);
}

/* Whatever was kept: each thing is told once, and kept it is read again as it is. */
static void told(const uint8_t *data, size_t size) {
	struct saw_events *e = saw_events_create(), *again = saw_events_create();
	struct saw_buf kept = SAW_BUF_INIT(1U << 22), second = SAW_BUF_INIT(1U << 22);
	uint64_t last = 0;
	const struct saw_events_options o = {.replay_burst = 10, .notify = notify, .ctx = &last};

	if (!e || !again || saw_events_load(e, (const char *)data, size, FIXTURE_NOW_MS) != 0 ||
		saw_events_look(e, view(), &o, FIXTURE_NOW_MS) != 0)
		abort();
	saw_events_due(e, &o, FIXTURE_NOW_MS);
	if (saw_events_next_ms(e) != 0)
		abort();
	saw_events_save(e, &kept);
	saw_events_load(again, saw_buf_text(&kept), kept.len, FIXTURE_NOW_MS);
	saw_events_save(again, &second);
	if (kept.len != second.len || memcmp(kept.data, second.data, kept.len) != 0)
		abort();
	saw_buf_free(&kept);
	saw_buf_free(&second);
	saw_events_destroy(e);
	saw_events_destroy(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	if (size > 1U << 16)
		return 0;
	look_up(data, size);
	numbers(data, size);
	told(data, size);
	return 0;
}
