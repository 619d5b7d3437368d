/*
 * What goes to a server: by the name of the metric family, and by device and tunnel; and the labels that every series gets.
 *
 * Ownership: everything is borrowed. Pure.
 */
#ifndef SAWATCH_EXPORTERS_PUSH_CHOICE_H
#define SAWATCH_EXPORTERS_PUSH_CHOICE_H

#include "exporters/prometheus/families.h"

struct saw_choice_patterns {
	const char *const *list; /* as fnmatch(3) has them */
	size_t n;
};

struct saw_push_choice {
	struct saw_choice_patterns families;
	struct saw_choice_patterns tunnels; /* of DEVICE/TUNNEL; without a slash: of the device */
	const char *const *labels;          /* "name=value" */
	size_t n_labels;
};

bool saw_choice_family(const struct saw_push_choice *c, const struct saw_family *f);
bool saw_choice_tunnel(const struct saw_push_choice *c, const char *device, const char *tunnel);
bool saw_choice_device(const struct saw_push_choice *c, const char *device);
bool saw_choice_link(const struct saw_push_choice *c, const Sawatch__V1__Link *l); /* one of its ends is */

/* The snapshot with those devices, tunnels and links only: lists of their own, what is in them is s's. 0 or -ENOMEM; free it either way. */
int saw_choice_view(const struct saw_push_choice *c, const Sawatch__V1__Snapshot *s, Sawatch__V1__Snapshot *view);
void saw_choice_view_free(const Sawatch__V1__Snapshot *s, Sawatch__V1__Snapshot *view);

#endif
