/* How the parts of the daemon that run in processes of their own do: kept as they were told, shown in each snapshot. */
#include "store/internal.h"

#include "proto/field.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct exporter *find(struct saw_store *s, const char *name) {
	for (size_t i = 0; i < s->n_exporters; i++)
		if (strcmp(s->exporters[i]->process.name, name) == 0)
			return s->exporters[i];
	return NULL;
}

static struct exporter *add(struct saw_store *s, const char *name) {
	struct exporter **list = realloc(s->exporters, (s->n_exporters + 1) * sizeof(struct exporter *));
	struct exporter *e = list ? calloc(1, sizeof *e) : NULL;
	size_t at = s->n_exporters;

	if (list)
		s->exporters = list;
	if (!e)
		return NULL;
	sawatch__v1__exporter__init(&e->process);
	if (saw_store_text_set(&e->process.name, name) < 0) {
		free(e);
		return NULL;
	}
	for (; at > 0 && strcmp(list[at - 1]->process.name, name) > 0; at--)
		list[at] = list[at - 1];
	list[at] = e;
	s->n_exporters++;
	return e;
}

static void destroy(struct exporter *e) {
	if (e->says)
		sawatch__v1__exporter__free_unpacked(e->says, NULL);
	free(e->process.name);
	free(e->process.error);
	free(e);
}

int saw_store_exporter(struct saw_store *s, const char *name, bool up, uint64_t restarts, const char *error) {
	struct exporter *e = find(s, name);

	if (!e)
		e = add(s, name);
	if (!e)
		return -ENOMEM;
	e->process.has_up = e->process.has_restarts = 1;
	e->process.up = up;
	e->process.restarts = restarts;
	s->dirty = true;
	return saw_store_text_set(&e->process.error, error);
}

void saw_store_exporter_says(struct saw_store *s, const char *name, Sawatch__V1__Exporter *says) {
	struct exporter *e = find(s, name);

	if (!e) {
		sawatch__v1__exporter__free_unpacked(says, NULL);
		return;
	}
	if (e->says)
		sawatch__v1__exporter__free_unpacked(e->says, NULL);
	saw_field_forget_unknown(&says->base);
	e->says = says;
	s->dirty = true;
}

void saw_store_exporter_gone(struct saw_store *s, const char *name) {
	struct exporter *e = find(s, name);

	for (size_t i = 0; e && i < s->n_exporters; i++)
		if (s->exporters[i] == e) {
			s->n_exporters--;
			memmove(&s->exporters[i], &s->exporters[i + 1], (s->n_exporters - i) * sizeof(struct exporter *));
			destroy(e);
			s->dirty = true;
			return;
		}
}

void saw_store_exporters_free(struct saw_store *s) {
	for (size_t i = 0; i < s->n_exporters; i++)
		destroy(s->exporters[i]);
	free(s->exporters);
}

/* What the process says of itself, under what the daemon knows of the process. */
Sawatch__V1__Exporter saw_store_exporter_view(const struct exporter *e) {
	Sawatch__V1__Exporter view = e->process;

	if (e->says) {
		view = *e->says;
		view.name = e->process.name;
		view.has_up = view.has_restarts = 1;
		view.n_audits = view.n_audited = 0; /* lists of the snapshot */
		view.up = e->process.up;
		view.restarts = e->process.restarts;
		if (e->process.error)
			view.error = e->process.error;
	}
	return view;
}
