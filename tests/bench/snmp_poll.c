/*
 * Polls one agent by SNMPv2c as the collector does, and says what that took: for `make bench-snmp`.
 *
 * usage: snmp_poll columns             the columns of a poll of a router, one a line: OID, name, what it is, numbers of the index
 *        snmp_poll PORT POLLS WINDOW  prints varbinds, answers, rows, wall seconds, CPU seconds and bytes of the sample, all per poll
 */
#include "collectors/snmp/snmp.h"
#include "collectors/snmp/tables.h"
#include "io/socket.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

struct count {
	uint64_t varbinds, answers;
	uint8_t *sample; /* the last one */
	size_t len;
	bool over;
};

static uint64_t clock_ns(clockid_t id) {
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void seen(void *ctx, const struct saw_varbind *values, size_t n) {
	struct count *c = ctx;

	(void)values;
	c->varbinds += n;
	c->answers++;
}

static void done(void *ctx, const uint8_t *sample, size_t len) {
	struct count *c = ctx;

	c->over = true;
	free(c->sample);
	c->len = len;
	c->sample = malloc(len);
	if (c->sample)
		memcpy(c->sample, sample, len);
}

/* Rows of the last poll; -1 where it was not whole, which makes the figures worthless. */
static long long rows_of(const struct count *c) {
	Sawatch__V1__DeviceSample *s = c->sample ? sawatch__v1__device_sample__unpack(NULL, c->len, c->sample) : NULL;
	long long rows = s && !s->has_error_class ? 0 : -1;

	if (s && s->has_error_class)
		fprintf(stderr, "%s\n", s->error);
	for (size_t i = 0; rows >= 0 && i < s->n_tables; i++) {
		rows += (long long)s->tables[i]->rows;
		if (s->tables[i]->has_error_class) {
			fprintf(stderr, "%s: %s\n", s->tables[i]->name, s->tables[i]->error);
			rows = -1;
		}
	}
	if (s)
		sawatch__v1__device_sample__free_unpacked(s, NULL);
	return rows;
}

static int one_poll(struct saw_snmp_engine *engine, struct saw_snmp_target *target, uint16_t port, struct count *c) {
	struct saw_snmp_poll *p;
	struct saw_err err = {0};
	char printed[SAW_SOCKET_PRINTED];
	int fd;

	if (saw_io_udp_connect("127.0.0.1", port, 0, &fd, printed, sizeof printed, &err) != 0)
		return -1;
	c->over = false;
	p = saw_snmp_poll_start(engine, target, fd, clock_ns(CLOCK_MONOTONIC), 0, done, c, &err);
	while (p && !c->over) {
		struct pollfd fds = {.fd = fd, .events = POLLIN};
		uint64_t now = clock_ns(CLOCK_MONOTONIC), next = saw_snmp_poll_next_ns(p);

		if (poll(&fds, 1, next > now ? (int)((next - now) / 1000000) + 1 : 0) > 0)
			saw_snmp_poll_ready(p, clock_ns(CLOCK_MONOTONIC));
		else
			saw_snmp_poll_timer(p, clock_ns(CLOCK_MONOTONIC));
	}
	return p ? 0 : -1;
}

static int columns(void) {
	const struct saw_snmp_target router = {.platform = SAWATCH__V1__PLATFORM__PLATFORM_IOSXE};

	for (size_t t = 0; t < SAW_TABLES; t++)
		for (size_t i = 0; i < saw_snmp_tables[t].n_columns; i++) {
			const struct saw_snmp_column *c = &saw_snmp_tables[t].columns[i];
			struct saw_buf oid = SAW_BUF_INIT(1000);

			if (!saw_snmp_table_wanted(&saw_snmp_tables[t], &router))
				continue;
			saw_oid_put(&oid, c->top->sub, c->top->n);
			if (c->number)
				saw_buf_printf(&oid, ".%u", c->number);
			printf("%s %s %s %zu\n", saw_buf_text(&oid), c->name,
				   c->convert == SAW_CONVERT_TEXT      ? "text"
				   : c->convert == SAW_CONVERT_ADDRESS ? "bytes"
													   : "number",
				   saw_snmp_tables[t].n_index);
			saw_buf_free(&oid);
		}
	return 0;
}

int main(int argc, char **argv) {
	struct saw_snmp_target target = {
		.device = "ASR-WAN01",
		.address = "127.0.0.1",
		.platform = SAWATCH__V1__PLATFORM__PLATFORM_IOSXE,
		.version = SAW_SNMP_V2C,
		.community = "public",
		.timeout_ns = UINT64_C(3000000000),
		.retries = 2,
		.deadline_ns = UINT64_C(7200000000000),
		.max_repetitions = 20,
		.max_rows = 200000,
		.max_bytes = (size_t)64 << 20,
		.seen = seen,
	};
	struct saw_snmp_engine *engine;
	struct saw_err err = {0};
	struct count c = {0};
	uint64_t wall, cpu;
	unsigned polls;
	long long rows;
	int rc = 0;

	if (argc == 2 && strcmp(argv[1], "columns") == 0)
		return columns();
	if (argc != 4)
		return 2;
	engine = saw_snmp_engine_create(&err);
	if (!engine)
		return 1;
	target.seen_ctx = &c;
	polls = (unsigned)atoi(argv[2]);
	target.window = (unsigned)atoi(argv[3]);
	target.memory = saw_snmp_memory_create();
	/* A window begins at rows that it knows of: from a poll that is not counted. */
	if (target.window > 1)
		rc = one_poll(engine, &target, (uint16_t)atoi(argv[1]), &c);
	c.varbinds = c.answers = 0;
	wall = clock_ns(CLOCK_MONOTONIC);
	cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	for (unsigned i = 0; i < polls && rc == 0; i++)
		rc = one_poll(engine, &target, (uint16_t)atoi(argv[1]), &c);
	wall = clock_ns(CLOCK_MONOTONIC) - wall;
	cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	rows = rows_of(&c);
	if (rows < 0)
		rc = -1;
	else
		printf("%.1f %.1f %lld %.6f %.6f %zu\n", (double)c.varbinds / polls, (double)c.answers / polls, rows,
			   (double)wall / 1e9 / polls, (double)cpu / 1e9 / polls, c.len);
	free(c.sample);
	saw_snmp_memory_destroy(target.memory);
	saw_snmp_engine_destroy(engine);
	return rc ? 1 : 0;
}
