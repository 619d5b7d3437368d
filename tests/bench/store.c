/*
 * What the store costs: polls of 20,000 tunnel ends by SNMP, unpacked samples into the store, CPU and memory.
 * Usage: store [ENDS [DEVICES]]. Prints a table; asserts nothing.
 */
#include "tests/bench/fleet.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 8

static double cpu_ms(void) {
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static size_t in_use(void) {
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

/* As the hub gets it: a frame from a collector. */
static Sawatch__V1__DeviceSample *packed_and_unpacked(const Sawatch__V1__DeviceSample *m, double *took) {
	size_t n = sawatch__v1__device_sample__get_packed_size(m);
	uint8_t *bytes = malloc(n);
	Sawatch__V1__DeviceSample *out;
	double began;

	if (!bytes)
		exit(1);
	sawatch__v1__device_sample__pack(m, bytes);
	began = cpu_ms();
	out = sawatch__v1__device_sample__unpack(NULL, n, bytes);
	*took += cpu_ms() - began;
	free(bytes);
	if (!out)
		exit(1);
	return out;
}

int main(int argc, char **argv) {
	unsigned ends = argc > 1 ? (unsigned)atoi(argv[1]) : 20000, devices = argc > 2 ? (unsigned)atoi(argv[2]) : 20;
	unsigned each = ends / devices;
	double first = 0, best = 1e9, snapshot = 1e9, unpack = 1e9;
	struct saw_store *s;
	size_t before, after = 0, pictured = 0;

	s = fleet_store(devices);
	before = in_use();
	for (unsigned round = 0; round < ROUNDS; round++) {
		double took = 0, unpacking = 0, began;

		for (unsigned i = 0; i < devices; i++) {
			struct saw_arena *a = saw_arena_create((size_t)1 << 30);
			Sawatch__V1__DeviceSample *m = packed_and_unpacked(fleet_sample(a, i, each, round), &unpacking);

			began = cpu_ms();
			if (saw_store_sample(s, m, m->observed_at_ms + 100))
				exit(1);
			took += cpu_ms() - began;
			sawatch__v1__device_sample__free_unpacked(m, NULL);
			saw_arena_destroy(a);
		}
		if (unpacking < unpack)
			unpack = unpacking;
		if (round == 0)
			first = took;
		else if (took < best)
			best = took;
	}
	after = in_use();
	for (int i = 0; i < 3; i++) {
		double began = cpu_ms();
		struct saw_snapshot *snap = saw_store_snapshot(s, FLEET_T0 + ROUNDS * FLEET_POLL_MS + i * 2000);

		if (cpu_ms() - began < snapshot)
			snapshot = cpu_ms() - began;
		pictured = in_use();
		saw_snapshot_unref(snap);
	}
	printf("| tunnel ends | devices | unpack ms | a poll ms | first poll ms | snapshot ms | store bytes/end | snapshot "
		   "bytes/end |\n"
		   "|---|---|---|---|---|---|---|---|\n"
		   "| %u | %u | %.0f | %.0f | %.0f | %.0f | %zu | %zu |\n",
		   each * devices, devices, unpack, best, first, snapshot, (after - before) / ends, (pictured - after) / ends);
	saw_store_destroy(s);
	return 0;
}
