#include "config.h"

#include "exporters/agentx/notice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SERIAL, TIME, TEXT, OF_EVENT };

/* Instances of the event's objects end in 0, as of scalars. */
static void put_event(struct saw_notice *n, unsigned at) {
	const struct saw_mib_table *t = saw_mib_table_of(SAW_MIB_EVENT);
	struct saw_notice_object *o = &n->objects[at];

	o->rel[0] = SAW_MIB_OBJECTS;
	o->rel[1] = t->arc;
	o->rel[2] = t->columns[at].arc;
	o->rel[3] = 0;
	o->n = 4;
}

static void put_object(struct saw_notice *n, const char *name, const struct saw_mib_row *row) {
	const struct saw_mib_table *t;
	const struct saw_mib_column *c = saw_mib_column_named(name, &t);
	struct saw_notice_object *o = &n->objects[n->n];

	/* What is not known is not sent. */
	if (n->n == SAW_NOTICE_OBJECTS || !saw_mib_value(t, c, row, &o->value))
		return;
	o->rel[0] = SAW_MIB_OBJECTS;
	o->rel[1] = t->arc;
	o->rel[2] = 1;
	o->rel[3] = c->arc;
	memcpy(o->rel + 4, row->index, t->n_index * sizeof *o->rel);
	o->n = 4 + t->n_index;
	n->n++;
}

struct saw_notice *saw_notice_named(const char *name) {
	size_t n_all;
	const struct saw_mib_notification *all = saw_mib_notifications(&n_all);
	struct saw_notice *n = calloc(1, sizeof *n);

	for (size_t i = 0; n && i < n_all; i++)
		if (strcmp(all[i].name, name) == 0)
			n->what = &all[i];
	if (n && !n->what) {
		free(n);
		return NULL;
	}
	return n;
}

struct saw_notice *saw_notice_create(const char *name, const struct saw_mib_row *row, int64_t at_ms, const char *text) {
	struct saw_notice *n = saw_notice_named(name);

	if (!n)
		return NULL;
	n->at_ms = at_ms;
	if (row->device && row->device->name)
		snprintf(n->device, sizeof n->device, "%s", row->device->name);
	if (row->tunnel || row->link) {
		const char *about = row->tunnel ? row->tunnel->name : row->link->name;

		snprintf(n->about, sizeof n->about, "%s", about ? about : "");
	}
	for (unsigned i = 0; i < OF_EVENT; i++)
		put_event(n, i);
	n->n = OF_EVENT;
	saw_mib_put_datetime(&n->objects[TIME].value, at_ms);
	saw_mib_put_text(&n->objects[TEXT].value, text);
	for (const char *const *o = n->what->objects; *o; o++)
		put_object(n, *o, row);
	saw_notice_number(n, 0);
	return n;
}

void saw_notice_destroy(struct saw_notice *n) {
	free(n);
}

void saw_notice_number(struct saw_notice *n, uint64_t serial) {
	n->serial = serial;
	saw_mib_put_number(&n->objects[SERIAL].value, SAW_MIB_TAG_COUNTER64, serial);
}
