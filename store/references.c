/* `bandwidth qos-reference`: what an interface is configured to carry, which no table and no show command but the running configuration says. */
#include "store/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int by_interface(const void *a, const void *b) {
	const Sawatch__V1__QosReference *x = *(Sawatch__V1__QosReference *const *)a;
	const Sawatch__V1__QosReference *y = *(Sawatch__V1__QosReference *const *)b;

	return strcasecmp(x->interface, y->interface);
}

static void free_list(Sawatch__V1__QosReference **list, size_t n) {
	for (size_t i = 0; i < n; i++)
		sawatch__v1__qos_reference__free_unpacked(list[i], NULL);
	free(list);
}

int saw_store_references_set(struct device *d, Sawatch__V1__QosReference *const *list, size_t n) {
	Sawatch__V1__QosReference **copies = calloc(n + 1, sizeof *copies);
	size_t kept = 0;

	if (!copies)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (!list[i]->interface || !list[i]->kbit)
			continue;
		copies[kept] = saw_store_message_copy(d->store, &list[i]->base);
		if (!copies[kept]) {
			free_list(copies, kept);
			return -ENOMEM;
		}
		kept++;
	}
	qsort(copies, kept, sizeof *copies, by_interface);
	saw_store_references_free(d);
	d->references = copies;
	d->n_references = kept;
	return 0;
}

void saw_store_references_free(struct device *d) {
	free_list(d->references, d->n_references);
	d->references = NULL;
	d->n_references = 0;
}

uint64_t saw_store_reference(const struct device *d, const char *interface) {
	Sawatch__V1__QosReference key = SAWATCH__V1__QOS_REFERENCE__INIT, *wanted = &key, **found;

	if (!interface || d->n_references == 0)
		return 0;
	key.interface = (char *)(uintptr_t)interface;
	found = bsearch(&wanted, d->references, d->n_references, sizeof *d->references, by_interface);
	return found ? (*found)->kbit : 0;
}

int saw_store_references(struct saw_store *s, const char *device, Sawatch__V1__QosReference *const *list, size_t n) {
	struct device *d = saw_store_device_find(s, device);
	int rc = d ? saw_store_references_set(d, list, n) : SAW_EUNKNOWN;

	if (rc)
		return rc;
	saw_store_touch(d, NULL);
	s->dirty = true;
	return 0;
}
