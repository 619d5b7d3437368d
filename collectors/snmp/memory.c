#include "collectors/snmp/memory.h"

#include <stdio.h>
#include <stdlib.h>

struct saw_snmp_memory *saw_snmp_memory_create(void) {
	return calloc(1, sizeof(struct saw_snmp_memory));
}

void saw_snmp_memory_forget(struct saw_snmp_memory *m) {
	for (size_t i = 0; i < SAW_SNMP_CONTEXTS_MAX; i++) {
		for (size_t t = 0; m->contexts[i] && t < SAW_TABLES; t++)
			free(m->contexts[i]->rows[t].indices);
		free(m->contexts[i]);
	}
	free(m->found);
	memset(m, 0, sizeof *m);
}

void saw_snmp_memory_destroy(struct saw_snmp_memory *m) {
	if (m)
		saw_snmp_memory_forget(m);
	free(m);
}

struct saw_known *saw_snmp_memory_of(struct saw_snmp_memory *m, size_t context) {
	if (!m->contexts[context])
		m->contexts[context] = calloc(1, sizeof *m->contexts[context]);
	return m->contexts[context];
}

void saw_snmp_memory_rows(struct saw_known *k, const struct saw_rows *rows, enum saw_snmp_table_id table) {
	size_t width = saw_snmp_border_width(&saw_snmp_tables[table]);
	uint64_t n = saw_rows_count(rows, table);
	uint32_t *indices = n ? calloc(n, width * sizeof *indices) : NULL;

	free(k->rows[table].indices);
	k->rows[table] = (struct saw_known_rows){indices, indices ? n : 0};
	for (uint64_t i = 0; i < k->rows[table].n; i++) {
		size_t length;
		const uint32_t *index = saw_rows_index(rows, table, i, &length);

		memcpy(indices + i * width, index, (length < width ? length : width) * sizeof *indices);
	}
}

void saw_snmp_memory_contexts(struct saw_snmp_memory *m, const struct saw_rows *rows) {
	const char *vrf;

	free(m->found);
	m->looked_for_contexts = true;
	m->n_found = 0;
	m->found = calloc(SAW_SNMP_CONTEXTS_MAX, sizeof *m->found);
	for (size_t k = 0; m->found && m->n_found + 1 < SAW_SNMP_CONTEXTS_MAX; k++) {
		struct saw_found_context *c = &m->found[m->n_found];

		if (!saw_rows_context(rows, k, c->name, &vrf))
			break;
		if (!c->name[0] || !vrf || !vrf[0])
			continue;
		snprintf(c->vrf, sizeof c->vrf, "%.64s", vrf);
		m->n_found++;
	}
}
