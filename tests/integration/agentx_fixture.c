/*
 * agentx_fixture MASTER TUNNELS: a subagent that serves so many made-up tunnels and a new picture of them up to ten times a second, until its
 * standard input ends. In each picture all counters of all tunnels are the picture's number, so that whoever mixes two is found out.
 */
#include "exporters/agentx/agent.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEVICES 200
#define PERIOD_MS 100 /* and longer for many, or it does nothing else */
#define TUNNELS_A_MS 20

static SAW_PRINTF(1, 2) char *text(const char *format, ...) {
	char *t = malloc(32);
	va_list args;

	if (!t)
		abort();
	va_start(args, format);
	vsnprintf(t, 32, format, args);
	va_end(args);
	return t;
}

static void *list_of(size_t n) {
	void *p = calloc(n, sizeof(void *));

	if (!p)
		abort();
	return p;
}

/* Made of malloc alone, as whoever takes it frees it so. */
static Sawatch__V1__Snapshot *picture(unsigned n_tunnels, uint64_t number) {
	Sawatch__V1__Snapshot *s = malloc(sizeof *s);

	sawatch__v1__snapshot__init(s);
	s->has_sequence = s->has_made_at_ms = 1;
	s->sequence = number;
	s->made_at_ms = INT64_C(1700000000000);
	s->n_devices = DEVICES;
	s->devices = list_of(DEVICES);
	for (unsigned i = 0; i < DEVICES; i++) {
		s->devices[i] = malloc(sizeof *s->devices[i]);
		sawatch__v1__device__init(s->devices[i]);
		s->devices[i]->name = text("ASR-WAN%03u", i);
	}
	s->n_tunnels = n_tunnels;
	s->tunnels = list_of(n_tunnels);
	for (unsigned i = 0; i < n_tunnels; i++) {
		Sawatch__V1__TunnelEnd *t = malloc(sizeof *t);

		s->tunnels[i] = t;
		sawatch__v1__tunnel_end__init(t);
		t->device = text("ASR-WAN%03u", i % DEVICES);
		t->name = text("tunnel-%05u", i);
		t->has_state = t->has_rekeys = 1;
		t->state = SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP;
		t->rekeys = number;
		t->n_totals = 1;
		t->totals = list_of(1);
		t->totals[0] = malloc(sizeof *t->totals[0]);
		sawatch__v1__total__init(t->totals[0]);
		t->totals[0]->name = text("in_bytes");
		t->totals[0]->has_value = 1;
		t->totals[0]->value = number;
	}
	return s;
}

static void changed(void *ctx) {
	(void)ctx;
}

int main(int argc, char **argv) {
	uint32_t root[SAW_MIB_ROOT_MAX];
	struct saw_agent_options o = {.root = root, .check_s = 1, .changed = changed};
	struct pollfd in = {.fd = 0, .events = POLLIN};
	struct saw_index *x = saw_index_create(31);
	struct saw_agent_status status;
	struct saw_err err = {0};
	struct saw_agent *a;
	uint64_t number = 0;

	if (argc != 3 || !x)
		return 2;
	o.master = argv[1];
	o.n_root = saw_mib_parse_root(SAW_MIB_ROOT, root);
	a = saw_agent_create(&o, &err);
	if (!a) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	while (poll(&in, 1, PERIOD_MS + atoi(argv[2]) / TUNNELS_A_MS) == 0) {
		struct saw_view *v;

		if (saw_view_create(picture((unsigned)atoi(argv[2]), ++number), x, &v) == 0)
			saw_agent_publish(a, v);
		saw_agent_status(a, &status);
		printf("%d %llu\n", status.connected, (unsigned long long)number);
		fflush(stdout);
	}
	saw_agent_destroy(a, 1000);
	saw_index_destroy(x);
	return 0;
}
