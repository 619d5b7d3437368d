#include "sim/history.h"

#include <stdlib.h>

void saw_sim_log_add(struct saw_sim_log *l, const struct saw_sim_entry *entry) {
	struct saw_sim_entry *to;
	if (!l->entries) {
		l->entries = calloc(SAW_SIM_LOG_MAX, sizeof(*l->entries));
		if (!l->entries) {
			return;
		}
	}
	to = &l->entries[l->added++ % SAW_SIM_LOG_MAX];
	*to = *entry;
	to->index = l->added;
}

void saw_sim_log_clear(struct saw_sim_log *l) {
	free(l->entries);
	*l = (struct saw_sim_log){0};
}

size_t saw_sim_log_count(const struct saw_sim_log *l) {
	return l->added < SAW_SIM_LOG_MAX ? l->added : SAW_SIM_LOG_MAX;
}

const struct saw_sim_entry *saw_sim_log_at(const struct saw_sim_log *l, size_t k) {
	return &l->entries[(l->added - saw_sim_log_count(l) + k) % SAW_SIM_LOG_MAX];
}
