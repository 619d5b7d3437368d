#include "exporters/push/choice.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATTERN_MAX 256

bool saw_choice_family(const struct saw_push_choice *c, const struct saw_family *f) {
	for (size_t i = 0; i < c->families.n; i++)
		if (fnmatch(c->families.list[i], f->name, 0) == 0)
			return true;
	return c->families.n == 0;
}

/* The device's part of a pattern matches; *rest: what is behind the slash, NULL where there is none. */
static bool device_matches(const char *pattern, const char *device, const char **rest) {
	const char *slash = strchr(pattern, '/');
	char part[PATTERN_MAX];

	*rest = slash ? slash + 1 : NULL;
	if (!slash)
		return fnmatch(pattern, device, 0) == 0;
	snprintf(part, sizeof part, "%.*s", (int)(slash - pattern), pattern);
	return fnmatch(part, device, 0) == 0;
}

bool saw_choice_device(const struct saw_push_choice *c, const char *device) {
	const char *rest;

	for (size_t i = 0; i < c->tunnels.n; i++)
		if (device_matches(c->tunnels.list[i], device ? device : "", &rest))
			return true;
	return c->tunnels.n == 0;
}

bool saw_choice_tunnel(const struct saw_push_choice *c, const char *device, const char *tunnel) {
	const char *rest;

	for (size_t i = 0; i < c->tunnels.n; i++)
		if (device_matches(c->tunnels.list[i], device ? device : "", &rest) &&
			(!rest || fnmatch(rest, tunnel ? tunnel : "", 0) == 0))
			return true;
	return c->tunnels.n == 0;
}

bool saw_choice_link(const struct saw_push_choice *c, const Sawatch__V1__Link *l) {
	return saw_choice_tunnel(c, l->a_device, l->a_tunnel) || saw_choice_tunnel(c, l->b_device, l->b_tunnel);
}

/* A list of its own for those that are chosen. */
#define CHOOSE(list, is_chosen)                                                \
	do {                                                                       \
		view->list = malloc((s->n_##list ? s->n_##list : 1) * sizeof(void *)); \
		view->n_##list = 0;                                                    \
		for (size_t i = 0; view->list && i < s->n_##list; i++)                 \
			if (is_chosen)                                                     \
				view->list[view->n_##list++] = s->list[i];                     \
	} while (0)

int saw_choice_view(const struct saw_push_choice *c, const Sawatch__V1__Snapshot *s, Sawatch__V1__Snapshot *view) {
	*view = *s;
	if (c->tunnels.n == 0)
		return 0;
	CHOOSE(devices, saw_choice_device(c, s->devices[i]->name));
	CHOOSE(tunnels, saw_choice_tunnel(c, s->tunnels[i]->device, s->tunnels[i]->name));
	CHOOSE(links, saw_choice_link(c, s->links[i]));
	CHOOSE(audited, saw_choice_device(c, s->audited[i]->device));
	return view->devices && view->tunnels && view->links && view->audited ? 0 : -ENOMEM;
}

void saw_choice_view_free(const Sawatch__V1__Snapshot *s, Sawatch__V1__Snapshot *view) {
	if (view->devices != s->devices)
		free(view->devices);
	if (view->tunnels != s->tunnels)
		free(view->tunnels);
	if (view->links != s->links)
		free(view->links);
	if (view->audited != s->audited)
		free(view->audited);
}
