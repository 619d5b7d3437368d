/*
 * Any bytes as the samples of a device, one behind the other (two bytes of length, then a packed sample): the store takes them
 * or refuses them, totals never decrease, and every snapshot can be packed.
 */
#include "tests/fuzz/fuzz.h"

#include "store/store.h"

#include <stdlib.h>
#include <string.h>

static struct saw_config *config;

static void check(const struct saw_snapshot *before, const struct saw_snapshot *now) {
	size_t n = sawatch__v1__snapshot__get_packed_size(now->pb);
	uint8_t *packed = malloc(n ? n : 1);

	if (packed && sawatch__v1__snapshot__pack(now->pb, packed) != n)
		abort();
	free(packed);
	for (size_t i = 0; before && i < before->pb->n_tunnels; i++)
		for (size_t j = 0; j < now->pb->n_tunnels; j++) {
			const Sawatch__V1__TunnelEnd *a = before->pb->tunnels[i], *b = now->pb->tunnels[j];

			if (strcmp(a->name, b->name) != 0 || a->first_seen_ms != b->first_seen_ms)
				continue;
			for (size_t k = 0; k < a->n_totals; k++)
				for (size_t l = 0; l < b->n_totals; l++)
					if (strcmp(a->totals[k]->name, b->totals[l]->name) == 0 &&
						a->totals[k]->value > b->totals[l]->value)
						abort();
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static const char text[] =
		"devices:\n- {name: d, platform: ios, address: h, snmp: {version: 2c, community_env: C},\n"
		"   files: [{path: x}], inventory: complete, tunnels: [{name: t, remote: 192.0.2.1}]}\n";
	struct saw_store *s = saw_store_create(1);
	struct saw_snapshot *before = NULL;
	int64_t now = 1000;

	if (!config && saw_config_parse("f", text, sizeof text - 1, &config, NULL) != 0)
		abort();
	if (!s || saw_store_configure(s, config, now) != 0)
		abort();
	while (size > 2) {
		size_t n = (size_t)data[0] | (size_t)data[1] << 8;
		Sawatch__V1__DeviceSample *sample;
		struct saw_snapshot *snap;

		data += 2;
		size -= 2;
		n = n < size ? n : size;
		now += 120000;
		sample = sawatch__v1__device_sample__unpack(NULL, n, data);
		if (sample) {
			char *given = sample->device;

			sample->device = (char *)(uintptr_t) "d";
			saw_store_sample(s, sample, now);
			sample->device = given;
			sawatch__v1__device_sample__free_unpacked(sample, NULL);
		}
		snap = saw_store_snapshot(s, now);
		check(before, snap);
		saw_snapshot_unref(before);
		before = snap;
		data += n;
		size -= n;
	}
	saw_snapshot_unref(before);
	saw_store_destroy(s);
	return 0;
}
