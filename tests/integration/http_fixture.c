/*
 * Serves the snapshot of tests/fixtures, so that the HTTP face and everybody who asks it are tested without a daemon.
 * Prints its port; runs until its standard input ends. --empty: before the first poll. --full: every field has a
 * value. --tunnels N: berlin-1 N times. --page N: N tunnels of many devices, now, with an hour behind them, for the status page.
 * --limits CONNECTIONS,PER-CLIENT,REQUEST-MS,IDLE-MS,ANSWER-MS, and what is asked is made anew each time. A byte on its standard input
 * is the next poll: berlin-1 is gone, and ASR-WAN03 cannot be read.
 */
#include "exporters/http/http.h"
#include "exporters/http/listen.h"
#include "tests/fixtures/fleet.h"
#include "tests/fixtures/snapshot.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct saw_snapshot shown = {.refs = 1}, later = {.refs = 1}, *current = &shown;
static bool empty, live, anew;

/* The fixture is static: the counts are kept to see that none is lost. */
struct saw_snapshot *saw_snapshot_ref(struct saw_snapshot *s) {
	s->refs++;
	return s;
}

void saw_snapshot_unref(struct saw_snapshot *s) {
	if (--s->refs)
		return;
	if (s == &shown || s == &later)
		abort();
	free(s);
}

static struct saw_snapshot *get_snapshot(void *ctx) {
	(void)ctx;
	if (anew) {
		struct saw_snapshot *s = calloc(1, sizeof *s);

		if (!s)
			abort();
		s->pb = current->pb;
		s->refs = 1;
		return s;
	}
	return empty ? NULL : saw_snapshot_ref(current);
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

/* Of the snapshot that is shown now nothing is changed: it may just be rendered. */
static void poll_again(void) {
	static Sawatch__V1__Snapshot s;
	static Sawatch__V1__TunnelEnd turin;

	s = *shown.pb;
	s.tunnels = calloc(s.n_tunnels, sizeof *s.tunnels);
	if (!s.tunnels)
		abort();
	s.n_tunnels = 0;
	for (size_t i = 0; i < shown.pb->n_tunnels; i++)
		if (strcmp(shown.pb->tunnels[i]->name, "berlin-1") != 0)
			s.tunnels[s.n_tunnels++] = shown.pb->tunnels[i];
	turin = *fixture_tunnel("turin-1");
	turin.state = SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN;
	for (size_t i = 0; i < s.n_tunnels; i++)
		if (strcmp(s.tunnels[i]->name, "turin-1") == 0)
			s.tunnels[i] = &turin;
	later.pb = &s;
	current = &later;
}

static void set_limits(Sawatch__Internal__Web *w, const char *text) {
	unsigned long v[5] = {512, 512, 30000, 30000, 30000};
	char *end;

	for (int i = 0; text && i < 5; i++) {
		v[i] = strtoul(text, &end, 10);
		text = *end ? end + 1 : NULL;
	}
	w->max_connections = (uint32_t)v[0];
	w->max_connections_per_client = (uint32_t)v[1];
	w->request_timeout_ms = v[2];
	w->idle_timeout_ms = v[3];
	w->answer_timeout_ms = v[4];
}

int main(int argc, char **argv) {
	struct saw_http_hooks hooks = {.snapshot = get_snapshot, .ready = is_ready, .now_ms = now};
	const struct saw_listen_place place = {.address = "127.0.0.1"};
	uint32_t id = 1;
	Sawatch__Internal__Web web = SAWATCH__INTERNAL__WEB__INIT;
	struct saw_listener *listener = NULL;
	struct saw_err err = {0};
	struct saw_http *h;
	char url[64];

	shown.pb = fixture_snapshot();
	web.listeners = &id;
	web.n_listeners = 1;
	set_limits(&web, NULL);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--empty") == 0)
			empty = true;
		else if (strcmp(argv[i], "--full") == 0)
			fixture_fill();
		else if (strcmp(argv[i], "--tunnels") == 0 && i + 1 < argc)
			multiply(shown.pb, strtoul(argv[++i], NULL, 10));
		else if (strcmp(argv[i], "--page") == 0 && i + 1 < argc) {
			live = true;
			shown.pb = fixture_fleet(strtoul(argv[++i], NULL, 10), now(NULL));
			hooks.recent = fixture_fleet_recent;
		} else if (strcmp(argv[i], "--limits") == 0 && i + 1 < argc)
			set_limits(&web, argv[++i]), anew = true;
	}
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
		if (fds[0].revents && current == &shown)
			poll_again();
		saw_http_run(h);
	}
	saw_http_destroy(h);
	saw_listener_close(listener);
	return shown.refs == 1 && later.refs == 1 ? 0 : 3;
}
