#include "daemon/configurations.h"

#include "proto/internal.pb-c.h"

#include <stdlib.h>
#include <string.h>

struct kept {
	struct kept *next;
	char *device;
	size_t len;
	uint8_t data[];
};

struct saw_configurations {
	struct kept *list;
	size_t bytes;
};

struct saw_configurations *saw_configurations_create(void) {
	return calloc(1, sizeof(struct saw_configurations));
}

static void drop(struct saw_configurations *c, struct kept **at) {
	struct kept *k = *at;

	*at = k->next;
	c->bytes -= k->len;
	free(k->device);
	free(k);
}

void saw_configurations_destroy(struct saw_configurations *c) {
	while (c && c->list)
		drop(c, &c->list);
	free(c);
}

void saw_configurations_take(struct saw_configurations *c, const uint8_t *data, size_t len) {
	Sawatch__Internal__Configuration *m = sawatch__internal__configuration__unpack(NULL, len, data);
	struct kept *k = NULL;

	if (!m || !m->device)
		goto out;
	/* One that could not be read does not take the place of one that was. */
	if (!m->has_record)
		goto out;
	for (struct kept **at = &c->list; *at; at = &(*at)->next)
		if (strcmp((*at)->device, m->device) == 0) {
			drop(c, at);
			break;
		}
	if (len > SAW_CONFIGURATIONS_MAX - c->bytes)
		goto out;
	k = malloc(sizeof *k + len);
	if (!k)
		goto out;
	*k = (struct kept){.next = c->list, .device = strdup(m->device), .len = len};
	if (!k->device) {
		free(k);
		goto out;
	}
	memcpy(k->data, data, len);
	c->list = k;
	c->bytes += len;
out:
	if (m)
		sawatch__internal__configuration__free_unpacked(m, NULL);
}

void saw_configurations_replay(const struct saw_configurations *c, struct saw_feeds *feeds) {
	for (const struct kept *k = c->list; k; k = k->next)
		saw_feeds_send(feeds, SAW_CONFIGURATIONS_ROLE, SAWATCH__INTERNAL__KIND__KIND_CONFIGURATION, k->data, k->len);
}
