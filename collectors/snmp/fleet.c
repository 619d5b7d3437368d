#include "collectors/snmp/fleet.h"

#include <stdlib.h>
#include <string.h>

#define DEVICE_NAME 65
#define MEMBERS_MAX 100000
#define DAY_NS (UINT64_C(86400) * 1000000000)

struct member {
	char device[DEVICE_NAME];
	uint8_t engine_id[SAW_ENGINE_ID_MAX];
	size_t n_engine_id;
	uint64_t seen_ns;
};

struct saw_fleet {
	struct member *members;
	size_t n, cap;
};

struct saw_fleet *saw_fleet_create(void) {
	return calloc(1, sizeof(struct saw_fleet));
}

void saw_fleet_destroy(struct saw_fleet *f) {
	if (f)
		free(f->members);
	free(f);
}

/* A place for the device: its own, or that of one that was not seen for a day. NULL where there is no room. */
static struct member *place_of(struct saw_fleet *f, const char *device, uint64_t now_ns) {
	struct member *old = NULL;

	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->members[i].device, device) == 0)
			return &f->members[i];
		if (now_ns - f->members[i].seen_ns > DAY_NS)
			old = &f->members[i];
	}
	if (old || f->n == MEMBERS_MAX)
		return old;
	if (f->n == f->cap) {
		size_t cap = f->cap ? f->cap * 2 : 16;
		struct member *members = realloc(f->members, cap * sizeof *members);

		if (!members)
			return NULL;
		f->members = members;
		f->cap = cap;
	}
	return &f->members[f->n++];
}

const char *saw_fleet_take(struct saw_fleet *f, const char *device, const struct saw_usm_header *engine,
						   uint64_t now_ns) {
	struct member *own;

	if (strlen(device) >= DEVICE_NAME || !(own = place_of(f, device, now_ns)))
		return NULL;
	memset(own, 0, sizeof *own);
	memcpy(own->device, device, strlen(device));
	memcpy(own->engine_id, engine->engine_id, engine->n_engine_id);
	own->n_engine_id = engine->n_engine_id;
	own->seen_ns = now_ns;
	for (size_t i = 0; i < f->n; i++) {
		const struct member *m = &f->members[i];

		if (m != own && m->n_engine_id == own->n_engine_id &&
			memcmp(m->engine_id, own->engine_id, own->n_engine_id) == 0 && now_ns - m->seen_ns <= DAY_NS)
			return m->device;
	}
	return NULL;
}
