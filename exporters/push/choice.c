#include "exporters/push/choice.h"

#include <fnmatch.h>
#include <stdio.h>
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

bool saw_choice_row(const struct saw_push_choice *c, const struct saw_family *f, const struct saw_row *r) {
	if (c->tunnels.n == 0)
		return true;
	switch (f->scope) {
	case SAW_SCOPE_TUNNEL:
	case SAW_SCOPE_LAYER:
		return saw_choice_tunnel(c, r->tunnel->device, r->tunnel->name);
	case SAW_SCOPE_LINK:
	case SAW_SCOPE_WAY:
	case SAW_SCOPE_COMPARISON:
		return saw_choice_link(c, r->link);
	case SAW_SCOPE_AUDITED:
	case SAW_SCOPE_AUDIT_RULE:
		return saw_choice_device(c, r->audited->device);
	case SAW_SCOPE_DAEMON:
	case SAW_SCOPE_PROCESS:
	case SAW_SCOPE_TARGET:
	case SAW_SCOPE_EXPORTER:
		return true;
	default:
		return saw_choice_device(c, r->device->name);
	}
}
