/*
 * Serves the snapshot of tests/fixtures, so that the HTTP face and everybody who asks it are tested without a daemon.
 * Prints its port; runs until its standard input ends. --empty: before the first poll. --full: every field has a
 * value. --tunnels N: berlin-1 N times. --page N: N tunnels of many devices, now, with an hour behind them, for the status page.
 */
#include "exporters/http/http.h"
#include "tests/fixtures/fleet.h"
#include "tests/fixtures/snapshot.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct saw_snapshot shown = {.refs = 1};
static bool empty, live;

/* The fixture is static: the counts are kept to see that none is lost. */
struct saw_snapshot *saw_snapshot_ref(struct saw_snapshot *s) {
	s->refs++;
	return s;
}

void saw_snapshot_unref(struct saw_snapshot *s) {
	if (--s->refs == 0)
		abort();
}

static struct saw_snapshot *get_snapshot(void *ctx) {
	(void)ctx;
	return empty ? NULL : saw_snapshot_ref(&shown);
}

static bool is_ready(void *ctx, const char **why_not) {
	(void)ctx;
	*why_not = empty ? "not polled yet: NEW-FW01" : NULL;
	return !empty;
}

static int64_t now(void *ctx) {
	struct timespec t;

	(void)ctx;
	clock_gettime(CLOCK_REALTIME, &t);
	return live ? (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 : FIXTURE_NOW_MS;
}

static void multiply(Sawatch__V1__Snapshot *s, size_t n) {
	const Sawatch__V1__TunnelEnd *model = fixture_tunnel("berlin-1");
	Sawatch__V1__TunnelEnd *all = calloc(n, sizeof *all);

	s->tunnels = calloc(n, sizeof(Sawatch__V1__TunnelEnd *));
	s->n_tunnels = n;
	if (!all || !s->tunnels)
		abort();
	for (size_t i = 0; i < n; i++) {
		all[i] = *model;
		all[i].name = malloc(32);
		if (!all[i].name)
			abort();
		snprintf(all[i].name, 32, "site-%zu", i);
		s->tunnels[i] = &all[i];
	}
}

int main(int argc, char **argv) {
	struct saw_http_hooks hooks = {.snapshot = get_snapshot, .ready = is_ready, .now_ms = now};
	struct saw_err err;
	struct saw_http *h;

	shown.pb = fixture_snapshot();
	empty = argc > 1 && strcmp(argv[1], "--empty") == 0;
	if (argc > 1 && strcmp(argv[1], "--full") == 0)
		fixture_fill();
	if (argc > 2 && strcmp(argv[1], "--tunnels") == 0)
		multiply(shown.pb, strtoul(argv[2], NULL, 10));
	if (argc > 2 && strcmp(argv[1], "--page") == 0) {
		live = true;
		shown.pb = fixture_fleet(strtoul(argv[2], NULL, 10), now(NULL));
		hooks.recent = fixture_fleet_recent;
	}
	h = saw_http_create("127.0.0.1", 0, &hooks, &err);
	if (!h) {
		fprintf(stderr, "http_fixture: %s\n", err.text);
		return 1;
	}
	printf("%u\n", saw_http_port(h));
	fflush(stdout);
	for (;;) {
		struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = saw_http_fd(h), .events = POLLIN}};
		char byte;

		if (poll(fds, 2, (int)saw_http_timeout_ms(h)) < 0)
			break;
		if (fds[0].revents && read(STDIN_FILENO, &byte, 1) <= 0)
			break;
		saw_http_run(h);
	}
	saw_http_destroy(h);
	return shown.refs == 1 ? 0 : 3;
}
