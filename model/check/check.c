#include "model/check/judge.h"

#include "proto/tunnel.h"

#include <stdlib.h>

#define NAMES_MAX 10         /* names offered where one was not found */
#define INTERVAL_DEFAULT 300 /* seconds; where the daemon gives none that can be */
#define INTERVAL_MAX 1e9

/* By its name, or the only one by its address. */
static const Sawatch__V1__Device *find_device(const Sawatch__V1__Snapshot *s, const char *name) {
	const Sawatch__V1__Device *found = NULL;
	size_t n = 0;

	for (size_t i = 0; i < s->n_devices; i++) {
		const Sawatch__V1__Device *d = s->devices[i];

		if (d->name && strcmp(d->name, name) == 0)
			return d;
		if (d->name && d->address && strcmp(d->address, name) == 0 && ++n)
			found = d;
	}
	return n == 1 ? found : NULL;
}

/* The newest that any source read, and how old it may be. */
static void measure_age(struct judge *j) {
	const Sawatch__V1__SourceStatus *newest = NULL;

	for (size_t i = 0; i < j->device->n_sources; i++) {
		const Sawatch__V1__SourceStatus *s = j->device->sources[i];

		if (s->has_observed_at_ms && (!newest || s->observed_at_ms > newest->observed_at_ms))
			newest = s;
	}
	j->max_age = j->c->max_age_seconds;
	if (j->max_age < 0) {
		const double interval = newest && newest->has_poll_interval_seconds ? newest->poll_interval_seconds : -1;

		j->max_age = 30 + 3 * (interval > 0 && interval < INTERVAL_MAX ? interval : INTERVAL_DEFAULT);
	}
	j->has_age = newest && j->s->has_made_at_ms;
	if (j->has_age)
		j->age = (double)saw_ms_since(newest->observed_at_ms, j->s->made_at_ms) / 1000;
	j->too_old = !j->has_age || j->age > j->max_age;
}

void saw_check_turn_to(struct judge *j, const Sawatch__V1__Device *d) {
	j->device = d;
	measure_age(j);
}

struct saw_api_query saw_check_query(const struct saw_check *c) {
	return (struct saw_api_query){.what = saw_check_modes[c->mode].about == SAW_ABOUT_LINKS ? "links" : "snapshot",
								  .device = c->device,
								  .tunnel = c->tunnel,
								  .link = c->link};
}

bool saw_check_run(const struct saw_check *c, const Sawatch__V1__Snapshot *s, struct saw_output *out) {
	struct judge j = {.c = c, .mode = &saw_check_modes[c->mode], .s = s};

	if (j.mode->about == SAW_ABOUT_LINKS) {
		if (s->n_links == 0)
			return false;
	} else if (c->device) {
		const Sawatch__V1__Device *d = find_device(s, c->device);

		if (!d || (c->tunnel && s->n_tunnels == 0))
			return false;
		saw_check_turn_to(&j, d);
	} else if (j.mode->about != SAW_ABOUT_ALL) {
		return false;
	}
	j.mode->run(&j, out);
	if (j.mode->about == SAW_ABOUT_DEVICE && j.device->maintenance) {
		saw_buf_puts(&out->summary, " (maintenance)");
		out->status = SAW_OK;
	}
	return true;
}

/* ---------------------------------------------------------------------------------------------------------------- not found */

static char lower(char c) {
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Letters in common at both ends, case aside: cheap, and right for names that are numbered or mistyped in one place. */
static size_t likeness(const char *a, const char *b) {
	size_t na = strlen(a), nb = strlen(b), shorter = na < nb ? na : nb, head = 0, tail = 0;

	while (head < shorter && lower(a[head]) == lower(b[head]))
		head++;
	while (tail < shorter - head && lower(a[na - 1 - tail]) == lower(b[nb - 1 - tail]))
		tail++;
	return head + tail;
}

struct name {
	const char *text;
	size_t likeness;
};

static int likest_first(const void *a, const void *b) {
	const struct name *x = a, *y = b;

	if (x->likeness != y->likeness)
		return x->likeness > y->likeness ? -1 : 1;
	return strcmp(x->text, y->text);
}

static void put_names(struct name *names, size_t n, const char *wanted, struct saw_buf *b) {
	for (size_t i = 0; i < n; i++)
		names[i].likeness = likeness(names[i].text, wanted);
	qsort(names, n, sizeof *names, likest_first);
	saw_buf_puts(b, n ? "; known are: " : "; it knows none");
	for (size_t i = 0; i < n && i < NAMES_MAX; i++) {
		saw_buf_puts(b, i ? ", " : "");
		saw_output_put(b, names[i].text);
	}
	if (n > NAMES_MAX)
		saw_buf_printf(b, ", and %zu more", n - NAMES_MAX);
}

struct saw_api_query saw_check_names_query(const struct saw_check *c, const Sawatch__V1__Snapshot *s) {
	if (c->link)
		return (struct saw_api_query){.what = "links"};
	if (s->n_devices) /* an unknown device has no tunnels to list */
		return (struct saw_api_query){.what = "snapshot", .device = c->device};
	return (struct saw_api_query){.what = "devices"};
}

static void say_no_link(const struct saw_check *c, struct saw_output *out) {
	saw_output_put(&out->summary, c->device);
	saw_buf_puts(&out->summary, " has no link");
	if (c->tunnel) {
		saw_buf_puts(&out->summary, " by tunnel \"");
		saw_output_put(&out->summary, c->tunnel);
		saw_buf_putc(&out->summary, '"');
	}
	saw_buf_puts(&out->summary, ": both ends have to be read and to be each other's peer");
}

static void say_no_tunnel(const struct judge *j, struct name *names, struct saw_output *out) {
	const Sawatch__V1__Snapshot *s = j->s;
	size_t n = 0;

	saw_output_put(&out->summary, j->device->name);
	saw_buf_puts(&out->summary, " has no tunnel \"");
	saw_output_put(&out->summary, j->c->tunnel);
	saw_buf_putc(&out->summary, '"');
	for (size_t i = 0; i < s->n_tunnels; i++)
		if (s->tunnels[i]->name && s->tunnels[i]->device && strcmp(s->tunnels[i]->device, j->device->name) == 0)
			names[n++].text = s->tunnels[i]->name;
	if (n) {
		put_names(names, n, j->c->tunnel, &out->summary);
		return;
	}
	saw_buf_puts(&out->summary, ": ");
	if (!saw_check_put_source_errors(j, &out->summary))
		saw_buf_puts(&out->summary, "it was read, and there is none");
}

/* True where it is an address, of more than one. */
static bool say_which(const Sawatch__V1__Snapshot *s, const char *address, struct name *names, size_t n,
					  struct saw_output *out) {
	size_t same = 0;

	for (size_t i = 0; i < s->n_devices; i++)
		same += s->devices[i]->address && strcmp(s->devices[i]->address, address) == 0;
	if (same < 2)
		return false;
	saw_buf_printf(&out->summary, "%zu devices have the address ", same);
	saw_output_put(&out->summary, address);
	saw_buf_puts(&out->summary, ": their names are needed");
	put_names(names, n, address, &out->summary);
	return true;
}

static void say_no_name(const char *what, const char *wanted, struct name *names, size_t n, struct saw_output *out) {
	saw_buf_printf(&out->summary, "the daemon has no %s \"", what);
	saw_output_put(&out->summary, wanted);
	saw_buf_putc(&out->summary, '"');
	put_names(names, n, wanted, &out->summary);
}

void saw_check_not_found(const struct saw_check *c, const Sawatch__V1__Snapshot *s, struct saw_output *out) {
	const bool of_links = saw_check_modes[c->mode].about == SAW_ABOUT_LINKS;
	const struct judge j = {.c = c, .s = s, .device = c->device ? find_device(s, c->device) : NULL};
	struct name *names = calloc(s->n_devices + s->n_tunnels + s->n_links + 1, sizeof *names);
	size_t n = 0;

	out->status = SAW_UNKNOWN;
	if (!names) {
		saw_buf_puts(&out->summary, "no memory");
		return;
	}
	if (of_links && c->link) {
		for (size_t i = 0; i < s->n_links; i++)
			if (s->links[i]->name)
				names[n++].text = s->links[i]->name;
		say_no_name("link", c->link, names, n, out);
	} else if (!j.device) {
		for (size_t i = 0; i < s->n_devices; i++)
			if (s->devices[i]->name)
				names[n++].text = s->devices[i]->name;
		if (!c->device || !say_which(s, c->device, names, n, out))
			say_no_name("device", c->device ? c->device : "", names, n, out);
	} else if (of_links || !c->tunnel) {
		say_no_link(c, out);
	} else {
		say_no_tunnel(&j, names, out);
	}
	free(names);
}
