/*
 * What /metrics costs.
 *
 *   metrics render [ENDS [DEVICES]]                 each form of one snapshot, on one core; prints a table
 *   metrics serve ENDS DEVICES POLL_MS [CERT KEY]   serves it while a device's poll comes in every POLL_MS; prints the port, runs until its
 *                                                   standard input ends
 */
#include "exporters/http/http.h"
#include "exporters/http/listen.h"
#include "exporters/prometheus/prometheus.h"
#include "tests/bench/fleet.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define POLLS_KEPT 6 /* of each device, played over and over */
#define SET(m, field, v) ((m)->has_##field = 1, (m)->field = (v))

static double ms_of(clockid_t clock) {
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* What `show crypto ipsec sa` has and the flow MIB lacks: about 40 series of an end, as a fleet that is read both ways has. */
static void add_details(Sawatch__V1__IpsecSa *r, unsigned round) {
	Sawatch__V1__Sa *in = r->inbound_sas[0], *out = r->outbound_sas[0];

	SET(in, remaining_seconds, 3600 - round * 300);
	SET(out, remaining_seconds, 3600 - round * 300);
	SET(in, remaining_kilobytes, 4608000 - round * 7);
	SET(out, remaining_kilobytes, 4608000 - round * 9);
	SET(in, replay_window, 1024);
	SET(r, plaintext_mtu, 1438);
	SET(r, path_mtu, 1500);
	SET(r, ip_mtu, 1500);
	SET(r, no_sa_send, 0);
	SET(r, invalid_sa_recv, 0);
	SET(r, pre_frag_successes, round);
	SET(r, pre_frag_failures, 0);
	SET(r, fragments_created, 0);
	SET(r, reassembly_needed, 0);
}

static Sawatch__V1__DeviceSample *sample_of(struct saw_arena *a, unsigned device, unsigned n, unsigned round) {
	Sawatch__V1__DeviceSample *s = fleet_sample(a, device, n, round);

	SET(s, poll_duration_seconds, 0.5 + device * 0.01);
	for (unsigned i = 0; i < n; i++)
		add_details(s->ipsec_sas[i], round);
	return s;
}

static void take(struct saw_store *s, Sawatch__V1__DeviceSample *m, int64_t now_ms) {
	SET(m, observed_at_ms, now_ms);
	if (saw_store_sample(s, m, now_ms))
		exit(1);
}

/* ------------------------------------------------------------------------------------------------------------------ render */

static void render(unsigned ends, unsigned devices) {
	static const char *const names[] = {"text 0.0.4", "OpenMetrics", "protobuf"};
	struct saw_store *s = fleet_store(devices);
	struct saw_snapshot *snap;

	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < devices; i++) {
			struct saw_arena *a = saw_arena_create((size_t)1 << 30);

			take(s, sample_of(a, i, ends / devices, round), FLEET_T0 + round * FLEET_POLL_MS);
			saw_arena_destroy(a);
		}
	snap = saw_store_snapshot(s, FLEET_T0 + FLEET_POLL_MS + 1000);
	printf("| form | ends | series | MB | CPU ms | MB/s | ns/series |\n|---|---|---|---|---|---|---|\n");
	for (unsigned form = 0; form < SAW_EXPOSITIONS; form++) {
		const struct saw_prometheus_options options = {(enum saw_exposition)form, SAW_PART_ALL, false};
		static size_t lines; /* of the text: the other forms have the same series */
		struct saw_buf out = SAW_BUF_INIT((size_t)1 << 30);
		double best = 1e9;

		/* As the daemon does, into fresh memory each time. */
		for (unsigned i = 0; i < 15; i++) {
			double began = ms_of(CLOCK_THREAD_CPUTIME_ID), took;

			saw_buf_free(&out);
			if (saw_prometheus_render(snap->pb, FLEET_T0 + FLEET_POLL_MS + 1000, NULL, &options, &out))
				exit(1);
			took = ms_of(CLOCK_THREAD_CPUTIME_ID) - began;
			best = took < best ? took : best;
		}
		for (const char *p = saw_buf_text(&out); form == SAW_EXPOSITION_TEXT && *p; p = strchr(p, '\n') + 1)
			lines += *p != '#';
		printf("| %s | %u | %zu | %.1f | %.1f | %.0f | %.0f |\n", names[form], ends, lines, (double)out.len / 1e6, best,
			   (double)out.len / 1e3 / best, best * 1e6 / (double)lines);
		saw_buf_free(&out);
	}
	saw_snapshot_unref(snap);
	saw_store_destroy(s);
}

/* ------------------------------------------------------------------------------------------------------------------- serve */

struct frame {
	uint8_t *data;
	size_t len;
};

static struct frame pack(unsigned device, unsigned n, unsigned round) {
	struct saw_arena *a = saw_arena_create((size_t)1 << 30);
	const Sawatch__V1__DeviceSample *m = sample_of(a, device, n, round);
	struct frame f = {.len = sawatch__v1__device_sample__get_packed_size(m)};

	f.data = malloc(f.len);
	if (!f.data)
		exit(1);
	sawatch__v1__device_sample__pack(m, f.data);
	saw_arena_destroy(a);
	return f;
}

static int64_t now_ms(void *unused) {
	(void)unused;
	return (int64_t)ms_of(CLOCK_REALTIME);
}

static struct saw_snapshot *snapshot(void *ctx) {
	return saw_store_snapshot(ctx, now_ms(NULL));
}

static bool ready(void *ctx, const char **why_not) {
	(void)ctx;
	*why_not = NULL;
	return true;
}

/* As the hub: a frame of a collector is unpacked and goes into the store. */
static void receive(struct saw_store *s, const struct frame *f) {
	Sawatch__V1__DeviceSample *m = sawatch__v1__device_sample__unpack(NULL, f->len, f->data);

	if (!m)
		exit(1);
	take(s, m, now_ms(NULL));
	sawatch__v1__device_sample__free_unpacked(m, NULL);
}

static char *read_file(const char *path) {
	char *text = calloc(1, 65536);
	FILE *f = fopen(path, "r");

	if (!text || !f || fread(text, 1, 65535, f) == 0)
		exit(1);
	fclose(f);
	return text;
}

static struct saw_http *open_http(struct saw_store *s, char **tls_files, struct saw_listener **listener) {
	const struct saw_http_hooks hooks = {.ctx = s, .snapshot = snapshot, .ready = ready, .now_ms = now_ms};
	const struct saw_listen_place place = {.address = "127.0.0.1"};
	Sawatch__Internal__Web web = SAWATCH__INTERNAL__WEB__INIT;
	Sawatch__Internal__WebTls tls = SAWATCH__INTERNAL__WEB_TLS__INIT;
	struct saw_err err;
	struct saw_http *h = saw_http_create(&hooks, &err);
	uint32_t id = 1;

	web.listeners = &id;
	web.n_listeners = 1;
	web.max_connections = web.max_connections_per_client = 512;
	web.request_timeout_ms = web.idle_timeout_ms = web.answer_timeout_ms = 30000;
	if (tls_files) {
		tls.cert = read_file(tls_files[0]);
		tls.key = read_file(tls_files[1]);
		tls.min_version = 12;
		tls.max_version = 13;
		tls.has_min_version = tls.has_max_version = 1;
		web.tls = &tls;
	}
	if (!h || saw_listener_open(&place, listener, &err) < 0 ||
		saw_http_listener(h, id, false, dup(saw_listener_fd(*listener))) < 0 || saw_http_configure(h, &web, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	return h;
}

static void serve(unsigned ends, unsigned devices, int poll_ms, char **tls_files) {
	struct saw_store *s = fleet_store(devices);
	struct frame *frames = calloc((size_t)devices * POLLS_KEPT, sizeof *frames);
	struct saw_listener *listener;
	struct saw_http *h;
	double due = 0;
	char url[128];

	if (!frames)
		exit(1);
	for (unsigned i = 0; i < devices * POLLS_KEPT; i++)
		frames[i] = pack(i % devices, ends / devices, i / devices);
	for (unsigned i = 0; i < devices; i++)
		receive(s, &frames[i]);
	h = open_http(s, tls_files, &listener);
	printf("%u\n", (unsigned)strtoul(strrchr(saw_listener_url(listener, false, url, sizeof url), ':') + 1, NULL, 10));
	fflush(stdout);
	for (size_t next = devices;;) {
		struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = saw_http_fd(h), .events = POLLIN}};
		int64_t timeout = saw_http_timeout_ms(h), left = (int64_t)(due - ms_of(CLOCK_MONOTONIC));

		left = left < 0 ? 0 : left;
		if (poll(fds, 2, (int)(timeout >= 0 && timeout < left ? timeout : left)) < 0 || fds[0].revents)
			break;
		saw_http_run(h);
		if (ms_of(CLOCK_MONOTONIC) < due)
			continue;
		receive(s, &frames[next]);
		next = (next + 1) % ((size_t)devices * POLLS_KEPT);
		due = ms_of(CLOCK_MONOTONIC) + poll_ms;
	}
	saw_http_destroy(h);
	saw_listener_close(listener);
	saw_store_destroy(s);
	for (unsigned i = 0; i < devices * POLLS_KEPT; i++)
		free(frames[i].data);
	free(frames);
}

int main(int argc, char **argv) {
	const bool serves = argc > 4 && strcmp(argv[1], "serve") == 0;
	unsigned ends = argc > 2 ? (unsigned)atoi(argv[2]) : 10000, devices = argc > 3 ? (unsigned)atoi(argv[3]) : 10;

	if (!serves && (argc < 2 || strcmp(argv[1], "render") != 0)) {
		fputs("usage: metrics render [ENDS [DEVICES]] | serve ENDS DEVICES POLL_MS [CERT KEY]\n", stderr);
		return 2;
	}
	if (serves)
		serve(ends, devices, atoi(argv[4]), argc > 6 ? argv + 5 : NULL);
	else
		render(ends, devices);
	return 0;
}
