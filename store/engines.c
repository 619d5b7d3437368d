/* Which device names which SNMPv3 engine: RFC 3414 takes an engine ID for unique, so two that name one were cloned, or are one device
 * under two names. */
#include "store/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000) /* a device that was not read for longer was perhaps renamed or replaced */

static const char *twin_of(const struct device *d, int64_t now_ms) {
	const struct saw_store *s = d->store;

	for (size_t i = 0; i < s->n_devices; i++) {
		const struct device *other = s->devices[i];

		if (other != d && other->engine_id && now_ms - other->engine_ms <= DAY_MS &&
			strcmp(other->engine_id, d->engine_id) == 0)
			return other->config->name;
	}
	return NULL;
}

int saw_store_engine_take(struct device *d, const char *engine_id, int64_t now_ms) {
	const char *twin;

	if (saw_store_text_set(&d->engine_id, engine_id) != 0)
		return -ENOMEM;
	d->engine_ms = now_ms;
	twin = twin_of(d, now_ms);
	if (twin && (!d->twin || strcmp(twin, d->twin) != 0)) {
		const struct device *other = saw_store_device_find(d->store, twin);

		/* Of a pair one is told, the one that is read first. */
		d->twin_found = !other->twin || strcmp(other->twin, d->config->name) != 0;
	}
	return saw_store_text_set(&d->twin, twin);
}

const char *saw_store_twin_found(struct saw_store *s, const char *device) {
	struct device *d = saw_store_device_find(s, device);
	const char *twin = d && d->twin_found ? d->twin : NULL;

	if (d)
		d->twin_found = false;
	return twin;
}

void saw_store_engine_free(struct device *d) {
	free(d->engine_id);
	free(d->twin);
}
