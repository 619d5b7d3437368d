#include "daemon/schedule.h"

#define SECOND 1000000000ULL

/* FNV-1a, then a finisher (splitmix64's), as FNV alone leaves short names close together in the high bits. */
static uint64_t mix(uint64_t h) {
	h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9ULL;
	h = (h ^ (h >> 27)) * 0x94d049bb133111ebULL;
	return h ^ (h >> 31);
}

uint64_t saw_schedule_hash(const char *text) {
	uint64_t h = 0xcbf29ce484222325ULL;

	for (; *text; text++)
		h = (h ^ (uint8_t)*text) * 0x100000001b3ULL;
	return mix(h);
}

/* Rendezvous hashing: the collector with the highest mark for this device. */
unsigned saw_schedule_collector(const char *device, unsigned n) {
	uint64_t h = saw_schedule_hash(device), best = 0;
	unsigned chosen = 0;

	for (unsigned i = 0; i < n; i++) {
		uint64_t mark = mix(h + (uint64_t)(i + 1) * 0x9e3779b97f4a7c15ULL);

		if (i == 0 || mark > best) {
			best = mark;
			chosen = i;
		}
	}
	return chosen;
}

uint64_t saw_schedule_first(uint64_t now_ns, uint64_t interval_ns, uint64_t hash) {
	uint64_t spread = interval_ns < 10 * SECOND ? interval_ns : 10 * SECOND;

	return now_ns + (spread ? hash % spread : 0);
}

uint64_t saw_schedule_next(uint64_t due_ns, uint64_t now_ns, uint64_t interval_ns, uint64_t hash) {
	uint64_t offset = hash % interval_ns;
	uint64_t least = due_ns + interval_ns / 2;
	uint64_t slots;

	if (least < now_ns)
		least = now_ns;
	slots = least <= offset ? 0 : (least - offset + interval_ns - 1) / interval_ns;
	return slots * interval_ns + offset;
}

unsigned saw_schedule_factor(unsigned factor, uint64_t interval_ns, uint64_t took_ns, int cpu_percent) {
	uint64_t present = interval_ns * factor;

	if (took_ns > present / 4 || cpu_percent > SAW_SCHEDULE_BUSY_PERCENT)
		return factor < 4 ? factor * 2 : factor;
	if (took_ns < present / 16 && cpu_percent <= SAW_SCHEDULE_CALM_PERCENT && factor > 1)
		return factor / 2;
	return factor;
}

uint64_t saw_schedule_backoff_ms(unsigned deaths) {
	uint64_t ms = deaths < 7 ? 1000ULL << (deaths ? deaths - 1 : 0) : 60000;

	return ms < 60000 ? ms : 60000;
}
