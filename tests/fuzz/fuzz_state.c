/*
 * Any bytes as what an earlier run left on the disk: records one behind the other. A byte of kind ('d' device, 'e' end, 'l' link; 'D' and 'E'
 * those of the other device; 's' a sample that came since), two bytes of length, the record. What is read is written, read, and written the
 * same again; the snapshot can be packed and unpacked, and says nothing that cannot be.
 */
#include "tests/fuzz/fuzz.h"

#include "store/record.h"

#include <string.h>

#define NOW_MS 1700000000000

static struct saw_config *before, *after; /* the same devices, without and with tunnels that are configured */

static struct saw_store *store(int64_t now_ms) {
	struct saw_store *s = saw_store_create(now_ms);

	MUST(s && saw_store_configure(s, before, now_ms) == 0);
	return s;
}

static void check_snapshot(struct saw_store *s, int64_t now_ms) {
	struct saw_snapshot *snap = saw_store_snapshot(s, now_ms);
	Sawatch__V1__Snapshot *again;
	uint8_t *packed;
	size_t n;

	MUST(snap);
	n = sawatch__v1__snapshot__get_packed_size(snap->pb);
	packed = malloc(n + 1);
	MUST(packed && sawatch__v1__snapshot__pack(snap->pb, packed) == n);
	again = sawatch__v1__snapshot__unpack(NULL, n, packed);
	MUST(again && again->n_tunnels == snap->pb->n_tunnels);
	for (size_t i = 0; i < again->n_tunnels; i++)
		MUST(again->tunnels[i]->state >= SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP &&
			 again->tunnels[i]->state <= SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN);
	sawatch__v1__snapshot__free_unpacked(again, NULL);
	free(packed);
	saw_snapshot_unref(snap);
}

/* What was written is read, and written again as the same bytes. */
static void check_records(const struct saw_store *from, int64_t now_ms) {
	struct saw_arena *a = saw_arena_create(1U << 26);
	struct saw_store *to = store(now_ms);

	MUST(a);
	for (size_t i = 0; i < from->n_devices; i++) {
		struct device *d = from->devices[i], *e = saw_store_device_find(to, d->config->name);
		size_t n, m;
		const uint8_t *bytes = saw_record_write_device(d, a, &n), *again;

		MUST(bytes && e && saw_record_read_device(e, bytes, n) == 0);
		again = saw_record_write_device(e, a, &m);
		MUST(again && n == m && memcmp(bytes, again, n) == 0);
		for (size_t j = 0; j < d->n_ends; j++) {
			const struct end *end;

			bytes = saw_record_write_end(d->ends[j], a, &n);
			MUST(bytes && saw_record_read_end(e, 0, bytes, n) == 0);
			end = saw_store_end_find(e, d->ends[j]->name);
			MUST(end);
			again = saw_record_write_end(end, a, &m);
			MUST(again && n == m && memcmp(bytes, again, n) == 0);
		}
	}
	saw_store_destroy(to);
	saw_arena_destroy(a);
}

static void take_sample(struct saw_store *s, const uint8_t *data, size_t n, int64_t now_ms) {
	Sawatch__V1__DeviceSample *sample = sawatch__v1__device_sample__unpack(NULL, n, data);
	char *given;

	if (!sample)
		return;
	given = sample->device;
	sample->device = (char *)(uintptr_t)(given && *given == 'e' ? "e" : "d");
	saw_store_sample(s, sample, now_ms);
	sample->device = given;
	sawatch__v1__device_sample__free_unpacked(sample, NULL);
}

static void take(struct saw_store *s, uint8_t kind, const uint8_t *data, size_t n, int64_t now_ms) {
	switch (kind) {
	case 'd':
	case 'D':
		saw_record_read_device(s->devices[kind == 'D'], data, n);
		break;
	case 'e':
	case 'E':
		saw_record_read_end(s->devices[kind == 'E'], 1, data, n);
		break;
	case 'l':
		saw_record_read_link(s, 1, data, n);
		break;
	case 's':
		take_sample(s, data, n, now_ms);
		break;
	default:
		break;
	}
}

static void parse(bool tunnels, struct saw_config **out) {
	static const char form[] =
		"devices:\n"
		"- {name: d, platform: iosxe, address: h, snmp: {version: 2c, community_env: C}, files: [{path: x}]%s}\n"
		"- {name: e, platform: asa, address: g, files: [{path: y}]%s}\n";
	char text[sizeof form + 200];
	int n = snprintf(text, sizeof text, form, tunnels ? ", tunnels: [{name: t, remote: 192.0.2.1, link: L}]" : "",
					 tunnels ? ", tunnels: [{name: u, remote: 192.0.2.2, link: L}]" : "");

	MUST(saw_config_parse("f", text, (size_t)n, out, NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct saw_store *s;
	int64_t now_ms = NOW_MS;

	if (!before) {
		parse(false, &before);
		parse(true, &after);
	}
	s = store(now_ms);
	for (bool configured = false; size > 3;) {
		size_t n = (size_t)data[1] | (size_t)data[2] << 8;
		uint8_t kind = data[0];

		data += 3;
		size -= 3;
		n = n < size ? n : size;
		now_ms += 60000;
		if (kind == 's' && !configured)
			MUST(saw_store_configure(s, after, now_ms) == 0);
		configured |= kind == 's';
		take(s, kind, data, n, now_ms);
		data += n;
		size -= n;
	}
	check_records(s, now_ms);
	MUST(saw_store_configure(s, after, now_ms) == 0);
	check_snapshot(s, now_ms);
	saw_store_destroy(s);
	return 0;
}
