/* sawatch walk: one table of one device, raw, as its agent gives it. */
#include "collectors/snmp/record.h"
#include "proto/json.h"
#include "tools/target.h"
#include "tools/tool.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX ((size_t)256 << 20)

struct options {
	const char *config, *device;
	const struct saw_snmp_table *table;
};

struct result {
	const char *device;
	int status;
};

static void print_tables(FILE *out) {
	for (size_t i = 0; i < SAW_TABLES; i++)
		fprintf(out, "%s%s", i % 5 ? " " : "\n  ", saw_snmp_tables[i].name);
}

static void print_help(FILE *out) {
	fputs("usage: sawatch walk [OPTION]... DEVICE TABLE\n\n"
		  "Reads one table of a configured device by SNMP and prints each value as it was answered, a line each:\n"
		  "  cipSecTunStatus.4711 = 1\n"
		  "Octets that are no plain text are printed in hexadecimal behind 0x. Only the columns that Sawatch uses are "
		  "read; of\n"
		  "ifTable those of tunnel interfaces. Tables of tunnels are read in each of the configured contexts; of two "
		  "rows with "
		  "one\n"
		  "index the first is shown.\n\n"
		  "  -c, --config FILE  the configuration (default: " SAW_CONFIG_FILE ")\n"
		  "  -h, --help         this text\n\n"
		  "Tables:",
		  out);
	print_tables(out);
	fputs("\n\nExit status: 0 the table was read to its end, 1 a part of it, or the device has no such table, 2 wrong "
		  "usage, "
		  "3 nothing.\n",
		  out);
}

static const struct saw_snmp_table *table_named(const char *name) {
	for (size_t i = 0; i < SAW_TABLES; i++)
		if (strcasecmp(saw_snmp_tables[i].name, name) == 0)
			return &saw_snmp_tables[i];
	return NULL;
}

static bool take_options(int argc, char **argv, struct options *o, int *status) {
	static const struct option longs[] = {
		{"config", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	*status = SAW_EXIT_USAGE;
	while ((c = getopt_long(argc, argv, "c:h", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 'h':
			print_help(stdout);
			*status = SAW_EXIT_OK;
			return false;
		default:
			return false;
		}
	}
	if (optind + 2 != argc) {
		fputs("sawatch walk: a configured DEVICE and a TABLE are expected\n", stderr);
		return false;
	}
	o->device = argv[optind];
	o->table = table_named(argv[optind + 1]);
	if (o->table)
		return true;
	fprintf(stderr, "sawatch walk: there is no table \"%s\"; there are", argv[optind + 1]);
	print_tables(stderr);
	fputc('\n', stderr);
	return false;
}

/* What the poll made of it: its words, and the exit status. */
static void take_sample(void *ctx, const uint8_t *packed, size_t len) {
	struct result *r = ctx;
	Sawatch__V1__DeviceSample *s = sawatch__v1__device_sample__unpack(NULL, len, packed);
	const Sawatch__V1__TableStatus *t;

	if (!s)
		return;
	t = s->n_tables ? s->tables[s->n_tables - 1] : NULL; /* behind the system group */
	if (s->has_error_class || !t) {
		fprintf(stderr, "sawatch walk: %s: %s\n", r->device, s->error ? s->error : "nothing was read");
	} else if (t->status == SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE) {
		r->status = SAW_EXIT_OK;
	} else if (t->status == SAWATCH__V1__TABLE_STATE__TABLE_STATE_ABSENT) {
		fprintf(stderr, "sawatch walk: %s: no %s, or nothing in it\n", r->device, t->name);
		r->status = SAW_EXIT_FOUND;
	} else {
		fprintf(stderr, "sawatch walk: %s: %s %s: %s\n", r->device, t->name,
				saw_enum_name(&sawatch__v1__table_state__descriptor, (int)t->status), t->error ? t->error : "");
		r->status = t->status == SAWATCH__V1__TABLE_STATE__TABLE_STATE_PARTIAL ? SAW_EXIT_FOUND : SAW_EXIT_FAILED;
	}
	sawatch__v1__device_sample__free_unpacked(s, NULL);
}

static int walk(const struct saw_config *c, const struct saw_config_device *d, const struct options *o,
				struct saw_err *err) {
	struct saw_snmp_record *seen = saw_snmp_record_create(TEXT_MAX);
	struct saw_target_more more = {.only = o->table, .seen = saw_snmp_record_take, .seen_ctx = seen};
	struct result r = {.device = d->name, .status = SAW_EXIT_FAILED};
	struct saw_buf text = SAW_BUF_INIT(TEXT_MAX);
	size_t n;
	int rc = seen ? 0 : saw_err_set(err, -ENOMEM, "no memory");

	if (rc == 0)
		rc = saw_target_poll(c, d, &more, take_sample, &r, err);
	if (rc == 0 && (rc = saw_snmp_record_print(seen, o->table, &text, &n)) != 0)
		saw_err_set(err, rc, "what the device said is too much: %s", saw_strerror(rc));
	if (rc == 0) {
		fwrite(saw_buf_text(&text), 1, text.len, stdout);
		if (fflush(stdout) != 0)
			r.status = SAW_EXIT_FAILED;
	} else {
		fprintf(stderr, "sawatch walk: %s\n", err->text);
		r.status = rc == SAW_ECONFIG ? SAW_EXIT_USAGE : SAW_EXIT_FAILED;
	}
	saw_snmp_record_destroy(seen);
	saw_buf_free(&text);
	return r.status;
}

int saw_tool_walk(int argc, char **argv) {
	struct options o = {.config = SAW_CONFIG_FILE};
	const struct saw_config_device *d;
	struct saw_config *c = NULL;
	struct saw_err err = {0};
	int status;

	if (!take_options(argc, argv, &o, &status))
		return status;
	if (saw_config_load(o.config, &c, &err) != 0) {
		fprintf(stderr, "sawatch walk: %s\n", err.text);
		return SAW_EXIT_USAGE;
	}
	d = saw_config_find(c, o.device);
	status = SAW_EXIT_USAGE;
	if (!d)
		fprintf(stderr, "sawatch walk: %s has no device \"%s\"\n", o.config, o.device);
	else if (!d->snmp)
		fprintf(stderr, "sawatch walk: %s is not polled by SNMP\n", o.device);
	else
		status = walk(c, d, &o, &err);
	saw_config_destroy(c);
	return status;
}
