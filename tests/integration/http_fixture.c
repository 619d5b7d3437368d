/*
 * Serves the snapshot of tests/fixtures, so that the HTTP face and everybody who asks it are tested without a daemon.
 * Prints its port; runs until its standard input ends. --empty: before the first poll. --full: every field has a
 * value. --tunnels N: berlin-1 N times.
 */
#include "exporters/http/http.h"
#include "exporters/http/listen.h"
#include "tests/fixtures/snapshot.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct saw_snapshot shown = {.refs = 1};
static bool empty;

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
	(void)ctx;
	return FIXTURE_NOW_MS;
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
	const struct saw_http_hooks hooks = {.snapshot = get_snapshot, .ready = is_ready, .now_ms = now};
	const struct saw_listen_place place = {.address = "127.0.0.1"};
	uint32_t id = 1;
	Sawatch__Internal__Web web = SAWATCH__INTERNAL__WEB__INIT;
	struct saw_listener *listener = NULL;
	struct saw_err err = {0};
	struct saw_http *h;
	char url[64];

	shown.pb = fixture_snapshot();
	empty = argc > 1 && strcmp(argv[1], "--empty") == 0;
	if (argc > 1 && strcmp(argv[1], "--full") == 0)
		fixture_fill();
	if (argc > 2 && strcmp(argv[1], "--tunnels") == 0)
		multiply(shown.pb, strtoul(argv[2], NULL, 10));
	web.listeners = &id;
	web.n_listeners = 1;
	web.max_connections = web.max_connections_per_client = 512;
	web.request_timeout_ms = web.idle_timeout_ms = web.answer_timeout_ms = 30000;
	h = saw_http_create(&hooks, &err);
	if (!h || saw_listener_open(&place, &listener, &err) < 0 ||
		saw_http_listener(h, id, false, dup(saw_listener_fd(listener))) < 0 || saw_http_configure(h, &web, &err) < 0) {
		fprintf(stderr, "http_fixture: %s\n", err.text);
		return 1;
	}
	printf("%u\n", (unsigned)strtoul(strrchr(saw_listener_url(listener, false, url, sizeof url), ':') + 1, NULL, 10));
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
	saw_listener_close(listener);
	return shown.refs == 1 ? 0 : 3;
}
