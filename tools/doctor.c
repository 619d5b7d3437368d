/*
 * sawatch doctor: what the configuration will cost each device per day, before anybody polls it.
 *
 * Nothing is asked of a device. Requests are worked out from the tables that a poll walks and the rows they are expected to have; a poll says
 * what it really took (`sawatch poll`, sawatch_poll_requests_total). Commands are those that a poll types; where AAA accounts for commands each is a record.
 */
#include "config.h"

#include "collectors/snmp/walk.h"
#include "collectors/ssh/permit.h"
#include "core/text.h"
#include "proto/json.h"
#include "proto/tunnel.h"
#include "tools/target.h"
#include "tools/tool.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DAY_MS UINT64_C(86400000)
#define MINUTE_MS UINT64_C(60000)
#define TUNNELS_ASSUMED 10 /* where none is configured */
#define TUNNELS_MAX 100000
#define SESSION_RECORDS 5 /* its start and end, `enable`, and what turns the pager off */
#define GET_VALUES 54     /* values of tunnel interfaces in one GET */
#define ANSWER_VALUES 55  /* about what an agent puts into one datagram, whatever it was asked for */

/* Rows of a table: for each tunnel, and besides. One flow per tunnel, a BGP neighbour over each, logs of a middling length. */
static const struct rows {
	unsigned per_tunnel, others;
} expected[SAW_TABLES] = {
	[SAW_TABLE_IPSEC_TUNNELS] = {1, 0},
	[SAW_TABLE_IPSEC_SPIS] = {2, 0},
	[SAW_TABLE_IPSEC_ENDPOINTS] = {1, 0},
	[SAW_TABLE_IKE_TUNNELS] = {1, 0},
	[SAW_TABLE_IPSEC_GLOBALS] = {0, 30},
	[SAW_TABLE_IKE_GLOBALS] = {0, 26},
	[SAW_TABLE_ADDRESSES] = {1, 8},
	[SAW_TABLE_INTERFACES] = {1, 12},
	[SAW_TABLE_CPU] = {0, 2},
	[SAW_TABLE_QFP] = {0, 4},
	[SAW_TABLE_L2L_SESSIONS] = {0, 1},
	[SAW_TABLE_MEMORY] = {0, 8},
	[SAW_TABLE_FAILOVER] = {0, 3}, /* what joins the units is one */
	[SAW_TABLE_CISCO_BGP] = {1, 0},
	[SAW_TABLE_BGP_PREFIXES] = {1, 0},
	[SAW_TABLE_BGP] = {1, 0},
	[SAW_TABLE_IKE_FAILURES] = {0, 40},
	[SAW_TABLE_IPSEC_FAILURES] = {0, 40},
	[SAW_TABLE_IKE_HISTORY] = {0, 40},
	[SAW_TABLE_IPSEC_HISTORY] = {0, 40},
};

struct options {
	const char *config;
	uint64_t tunnels; /* of a device that has none configured */
	bool json;
};

struct cost {
	uint64_t tunnels;
	bool assumed;                           /* the number of tunnels is not the configuration's */
	uint64_t polls, poll_requests;          /* polls per day, and what each asks */
	uint64_t more_polls, more_requests;     /* those that read the logs too, and what they ask besides */
	uint64_t requests;                      /* per day */
	uint64_t talks, commands_each;          /* polls over SSH per day, and the commands of most of them */
	uint64_t detail_talks, commands_detail; /* those for detail too, and the commands of one */
	uint64_t commands, records;             /* per day */
};

/* Columns of a table share a request, and one row more than there are ends them. */
static uint64_t table_requests(const struct saw_snmp_table *t, uint64_t rows, unsigned repetitions) {
	struct saw_pace pace;
	uint64_t n = 0;

	saw_pace_init(&pace, repetitions, repetitions * SAW_WALK_COLUMNS, 0);
	for (size_t left = t->n_walked, columns; left; left -= columns) {
		uint64_t at_once;

		columns = left < pace.columns ? left : pace.columns;
		at_once = saw_pace_repetitions(&pace, columns);
		if (at_once > 1 && at_once * columns > ANSWER_VALUES)
			at_once = ANSWER_VALUES / columns;
		n += (rows + at_once) / at_once;
	}
	return rows ? n : 1;
}

static uint64_t poll_requests(const struct saw_snmp_target *target, uint64_t tunnels) {
	const struct saw_snmp_table *ports = &saw_snmp_tables[SAW_TABLE_INTERFACES];
	uint64_t n = 2 + (target->version == SAW_SNMP_V3); /* the system group, the uptime at the end, who the engine is */

	for (size_t i = 0; i < SAW_TABLES; i++)
		if (saw_snmp_table_wanted(&saw_snmp_tables[i], target))
			n += table_requests(&saw_snmp_tables[i], expected[i].per_tunnel * tunnels + expected[i].others,
								target->max_repetitions);
	return n + (tunnels * (ports->n_columns - ports->n_walked) + GET_VALUES - 1) / GET_VALUES;
}

static void add_snmp(const struct saw_config_device *d, struct cost *cost) {
	const struct saw_config_snmp *s = d->snmp;
	struct saw_snmp_target target = {.platform = d->platform};

	target.version = (enum saw_snmp_version)s->version;
	target.max_repetitions = s->version == 1 ? 1 : s->max_repetitions;
	target.memory_pools = s->memory_pools;
	cost->polls = DAY_MS / s->interval_ms;
	cost->poll_requests = poll_requests(&target, cost->tunnels);
	target.rarely = true;
	cost->more_polls = DAY_MS / (s->history_interval_ms > s->interval_ms ? s->history_interval_ms : s->interval_ms);
	cost->more_requests = poll_requests(&target, cost->tunnels) - cost->poll_requests;
	cost->requests = cost->polls * cost->poll_requests + cost->more_polls * cost->more_requests;
}

static uint64_t commands_of(const struct saw_ssh_occasion *o) {
	const struct saw_ssh_template *t = NULL;
	uint64_t n = 0;

	while ((t = saw_ssh_template_next(o->platform, t)))
		n += saw_ssh_template_due(t, o);
	return n;
}

/* In one session that stays open. */
static void add_ssh(const struct saw_config_device *d, struct cost *c) {
	const struct saw_config_ssh *s = d->ssh;
	struct saw_ssh_occasion occasion = {.platform = d->platform, .beside_snmp = d->snmp != NULL};
	uint64_t facts;

	c->talks = DAY_MS / s->interval_ms;
	c->detail_talks = DAY_MS / s->detail_interval_ms;
	c->commands_each = commands_of(&occasion);
	occasion.detail = true;
	c->commands_detail = commands_of(&occasion);
	occasion.facts = true;
	facts = commands_of(&occasion) - c->commands_detail;
	c->commands = (c->talks - c->detail_talks) * c->commands_each + c->detail_talks * c->commands_detail + facts;
	c->records = c->commands + SESSION_RECORDS;
}

static struct cost cost_of(const struct saw_config_device *d, const struct options *o) {
	struct cost c = {.tunnels = d->n_tunnels ? d->n_tunnels : o->tunnels, .assumed = !d->n_tunnels};

	if (d->snmp)
		add_snmp(d, &c);
	if (d->ssh)
		add_ssh(d, &c);
	return c;
}

/* ---------------------------------------------------------------------------------------------------------------- as text */

/* 6,048 */
static const char *grouped(uint64_t v, char out[32]) {
	char digits[24];
	size_t n = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, v), to = 0;

	for (size_t i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			out[to++] = ',';
		out[to++] = digits[i];
	}
	out[to] = 0;
	return out;
}

static void print_every(uint64_t ms) {
	struct saw_buf text = SAW_BUF_INIT(64);

	saw_put_duration(&text, (int64_t)(ms / 1000));
	printf("every %s", saw_buf_text(&text));
	saw_buf_free(&text);
}

static void print_sums(const struct cost *c) {
	char a[32], b[32];

	printf("%s requests, %s commands, ", grouped(c->requests, a), grouped(c->commands, b));
	printf("%s AAA records\n", grouped(c->records, a));
}

/* What would be kinder to the device. */
static void print_advice(const struct saw_config_device *d) {
	const struct saw_config_snmp *s = d->snmp;

	if (s && s->interval_ms < MINUTE_MS)
		puts("  ! more than a poll a minute: the tunnel tables cost a device's CPU");
	if (s && s->memory_pools && d->platform == SAWATCH__V1__PLATFORM__PLATFORM_ASA)
		puts("  ! memory_pools: that table costs an ASA much CPU; it is off by default");
	if (s && s->max_repetitions > 20)
		printf("  ! max_repetitions %u: some agents time out above 20\n", s->max_repetitions);
}

static void print_device(const struct saw_config_device *d, const struct cost *c) {
	const struct saw_config_snmp *s = d->snmp;
	char a[32], b[32];

	printf("%s (%s), %s tunnel%s%s\n", d->name, saw_enum_name(&sawatch__v1__platform__descriptor, d->platform),
		   grouped(c->tunnels, a), c->tunnels == 1 ? "" : "s", c->assumed ? " assumed: none is configured" : "");
	if (s) {
		printf("  SNMP %s, ", s->version == 3 ? "v3" : s->version == 1 ? "v1" : "v2c");
		print_every(s->interval_ms);
		printf(": %s requests a poll, %s polls a day\n", grouped(c->poll_requests, a), grouped(c->polls, b));
		printf("    and ");
		print_every(s->history_interval_ms > s->interval_ms ? s->history_interval_ms : s->interval_ms);
		printf(" the logs of failures and ended tunnels: %s more\n", grouped(c->more_requests, a));
	}
	if (d->ssh) {
		printf("  SSH, ");
		if (d->ssh->detail_interval_ms > d->ssh->interval_ms) {
			print_every(d->ssh->interval_ms);
			printf(": %s commands a poll, ", grouped(c->commands_each, a));
		}
		print_every(d->ssh->detail_interval_ms);
		printf(": %s commands\n    in one session that stays open; a device that ends it is logged in to again\n",
			   grouped(c->commands_detail, a));
	}
	if (d->n_files)
		printf("  show output from %zu file%s that another tool saves: nothing is asked\n", d->n_files,
			   d->n_files == 1 ? "" : "s");
	printf("  a day: about ");
	print_sums(c);
	print_advice(d);
	putchar('\n');
}

/* ---------------------------------------------------------------------------------------------------------------- as JSON */

static void put_sums(struct saw_buf *out, const struct cost *c) {
	saw_buf_printf(
		out, "\"requests_per_day\": %" PRIu64 ", \"commands_per_day\": %" PRIu64 ", \"aaa_records_per_day\": %" PRIu64,
		c->requests, c->commands, c->records);
}

static void put_device(struct saw_buf *out, const struct saw_config_device *d, const struct cost *c) {
	saw_buf_puts(out, "    {\"device\": ");
	saw_json_string(out, d->name, strlen(d->name));
	saw_buf_printf(out,
				   ", \"platform\": \"%s\", \"tunnels\": %" PRIu64
				   ", \"tunnels_assumed\": %s, \"polls_per_day\": %" PRIu64 ",\n     \"requests_per_poll\": %" PRIu64
				   ", \"history_polls_per_day\": %" PRIu64 ", \"requests_per_history\": %" PRIu64
				   ",\n     \"ssh_polls_per_day\": %" PRIu64 ", \"commands_per_poll\": %" PRIu64
				   ",\n     \"detail_polls_per_day\": %" PRIu64 ", \"commands_per_detail_poll\": %" PRIu64 ",\n     ",
				   saw_enum_name(&sawatch__v1__platform__descriptor, d->platform), c->tunnels,
				   c->assumed ? "true" : "false", c->polls, c->poll_requests, c->more_polls, c->more_requests, c->talks,
				   c->commands_each, c->detail_talks, c->commands_detail);
	put_sums(out, c);
	saw_buf_putc(out, '}');
}

/* --------------------------------------------------------------------------------------------------------------- the tool */

static void print_help(FILE *out) {
	fputs("usage: sawatch doctor [OPTION]... [DEVICE]...\n\n"
		  "Says what the configuration will cost each device per day: SNMP requests, commands,\n"
		  "AAA records. Nothing is asked of a device; the numbers are estimates from the\n"
		  "tables that are read and the tunnels that are configured.\n\n"
		  "  -c, --config FILE  the configuration (default: " SAW_CONFIG_FILE ")\n"
		  "  -t, --tunnels N    tunnels of a device that has none configured (default: 10)\n"
		  "  -j, --json         as JSON\n"
		  "  -h, --help         this text\n\n"
		  "Exit status: 0 done, 2 wrong usage, 3 the configuration cannot be read.\n",
		  out);
}

/* Negative: go on; else the exit status. */
static int take_options(int argc, char **argv, struct options *o) {
	static const struct option longs[] = {
		{"config", required_argument, NULL, 'c'},
		{"tunnels", required_argument, NULL, 't'},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:t:jh", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 't':
			if (saw_parse_u64(saw_str_of(optarg), TUNNELS_MAX, &o->tunnels) != 0 || !o->tunnels) {
				fprintf(stderr, "sawatch doctor: --tunnels %s: a number from 1 to %d is expected\n", optarg,
						TUNNELS_MAX);
				return SAW_EXIT_USAGE;
			}
			break;
		case 'j':
			o->json = true;
			break;
		case 'h':
			print_help(stdout);
			return SAW_EXIT_OK;
		default:
			return SAW_EXIT_USAGE;
		}
	}
	return -1;
}

static bool is_asked_for(const struct saw_config_device *d, char **names, int n) {
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], d->name) == 0)
			return true;
	return n == 0;
}

static void report(const struct saw_config *config, const struct options *o, char **names, int n_names) {
	struct saw_buf json = SAW_BUF_INIT(64 << 20);
	struct cost sum = {0};
	size_t devices = 0;

	for (size_t i = 0; i < config->n_devices; i++) {
		const struct saw_config_device *d = &config->devices[i];
		struct cost c = cost_of(d, o);

		if (!is_asked_for(d, names, n_names))
			continue;
		if (o->json) {
			saw_buf_puts(&json, devices ? ",\n" : "");
			put_device(&json, d, &c);
		} else {
			print_device(d, &c);
		}
		devices++;
		sum.requests += c.requests;
		sum.commands += c.commands;
		sum.records += c.records;
	}
	if (o->json) {
		saw_buf_puts(&json, "\n  ],\n  ");
		put_sums(&json, &sum);
		printf("{\n  \"devices\": [\n%s\n}\n", saw_buf_text(&json));
	} else {
		printf("%zu device%s, a day: about ", devices, devices == 1 ? "" : "s");
		print_sums(&sum);
	}
	saw_buf_free(&json);
}

int saw_tool_doctor(int argc, char **argv) {
	struct options o = {.config = SAW_CONFIG_FILE, .tunnels = TUNNELS_ASSUMED};
	struct saw_config *config = NULL;
	struct saw_err err = {0};
	int status = take_options(argc, argv, &o);

	if (status >= 0)
		return status;
	if (saw_config_load(o.config, &config, &err) != 0) {
		fprintf(stderr, "sawatch doctor: %s\n", err.text);
		return SAW_EXIT_FAILED;
	}
	status = SAW_EXIT_OK;
	for (int i = optind; i < argc; i++)
		if (!saw_config_find(config, argv[i])) {
			fprintf(stderr, "sawatch doctor: %s: there is no device \"%s\" in it\n", o.config, argv[i]);
			status = SAW_EXIT_USAGE;
		}
	if (status == SAW_EXIT_OK)
		report(config, &o, argv + optind, argc - optind);
	saw_config_destroy(config);
	return status == SAW_EXIT_OK && fflush(stdout) != 0 ? SAW_EXIT_FAILED : status;
}
