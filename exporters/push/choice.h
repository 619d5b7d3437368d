/*
 * Which series go to a server: by the name of the family and by device and tunnel, and the labels that every one gets.
 *
 * Ownership: everything is borrowed. Pure.
 */
#ifndef SAWATCH_EXPORTERS_PUSH_CHOICE_H
#define SAWATCH_EXPORTERS_PUSH_CHOICE_H

#include "exporters/prometheus/walk.h"

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
bool saw_choice_row(const struct saw_push_choice *c, const struct saw_family *f, const struct saw_row *r);

#endif
