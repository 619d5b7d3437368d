/* sawatch poll: one poll of one device by every source it is configured with. */
#include "tools/poll.h"
#include "collectors/file/file.h"
#include "collectors/snmp/record.h"
#include "io/clock.h"
#include "proto/json.h"
#include "tools/login.h"
#include "tools/print.h"
#include "tools/target.h"
#include "tools/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAMPLE_MAX ((size_t)256 << 20)
#define RECORD_MAX ((size_t)256 << 20)

struct options {
	const char *config;
	const char *format;
	const char *device;
	const char *record;
	int source; /* 0: every one */
};

/* By which the device is polled now. */
struct sources {
	bool snmp, ssh, files;
};

/* What the sources gave so far. */
struct results {
	const char *format;
	const struct saw_config_device *device;
	size_t sources, printed;
	unsigned complete, partial; /* the others gave nothing */
	bool broken;                /* standard output */
};

static void print_help(FILE *out) {
	fputs("usage: sawatch poll [OPTION]... DEVICE\n\n"
		  "Polls a configured device once, by every source it has (SNMP, SSH, saved files), and prints what came.\n\n"
		  "  -c, --config FILE    the configuration (default: " SAW_CONFIG_FILE ")\n"
		  "  -f, --format FORMAT  " SAW_PRINT_FORMATS " (default: table)\n"
		  "  -r, --record FILE    also write what the device answered: by SNMP as snmpsim and the tests replay it "
		  "(snmprec),\n"
		  "                       by SSH as a transcript of the terminal; no password, community or key is in it.\n"
		  "                       Of SNMP contexts the device's own one is recorded: the same names mean other tunnels "
		  "in\n"
		  "                       another\n"
		  "  -s, --source SOURCE  by this one only: snmp, ssh or file\n"
		  "  -h, --help           this text\n\n"
		  "json is one object for a device with one source, else an array with one object for each source. protobuf is "
		  "each\n"
		  "source's DeviceSample behind its length as a varint. What could not be read is said on standard error, one "
		  "line for\n"
		  "each source or table. Exit status: 0 everything was read, 1 a part of it, 2 wrong usage, 3 nothing.\n\n"
		  "Example:\n"
		  "  sawatch poll --config sawatch.yml ASA-XFW01\n",
		  out);
}

static bool take_options(int argc, char **argv, struct options *o, int *status) {
	static const struct option longs[] = {
		{"config", required_argument, NULL, 'c'}, {"format", required_argument, NULL, 'f'},
		{"record", required_argument, NULL, 'r'}, {"source", required_argument, NULL, 's'},
		{"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
	};
	int c;

	*status = SAW_EXIT_USAGE;
	while ((c = getopt_long(argc, argv, "c:f:r:s:h", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 'f':
			if (!saw_print_format_known(optarg)) {
				fprintf(stderr, "sawatch poll: there is no format \"%s\"; use " SAW_PRINT_FORMATS "\n", optarg);
				return false;
			}
			o->format = optarg;
			break;
		case 'r':
			o->record = optarg;
			break;
		case 's':
			if (!saw_enum_value(&sawatch__v1__source__descriptor, optarg, &o->source)) {
				fprintf(stderr, "sawatch poll: there is no source \"%s\"; use snmp, ssh or file\n", optarg);
				return false;
			}
			break;
		case 'h':
			print_help(stdout);
			*status = SAW_EXIT_OK;
			return false;
		default:
			return false;
		}
	}
	if (optind + 1 != argc)
		fprintf(stderr, "sawatch poll: %s\n",
				optind == argc ? "the name of a configured DEVICE is missing" : "one DEVICE at a time");
	else
		o->device = argv[optind];
	return o->device != NULL;
}

/* --------------------------------------------------------------------------------------------------------- results */

/* Says what is wrong with a sample, and counts it as complete, partial or nothing. */
static void judge(struct results *r, const Sawatch__V1__DeviceSample *s) {
	const char *source = saw_enum_name(&sawatch__v1__source__descriptor, (int)s->source);
	unsigned whole = 0, lacking = 0;

	if (s->has_error_class)
		fprintf(stderr, "sawatch poll: %s by %s: %s: %s\n", r->device->name, source,
				saw_enum_name(&sawatch__v1__poll_error__descriptor, (int)s->error_class), s->error ? s->error : "");
	for (size_t i = 0; i < s->n_tables; i++) {
		const Sawatch__V1__TableStatus *t = s->tables[i];

		if (t->status == SAWATCH__V1__TABLE_STATE__TABLE_STATE_PARTIAL ||
			t->status == SAWATCH__V1__TABLE_STATE__TABLE_STATE_FAILED)
			lacking++;
		else
			whole++;
		if (t->has_error_class && !s->has_error_class)
			fprintf(stderr, "sawatch poll: %s by %s: %s %s: %s: %s\n", r->device->name, source, t->name,
					saw_enum_name(&sawatch__v1__table_state__descriptor, (int)t->status),
					saw_enum_name(&sawatch__v1__poll_error__descriptor, (int)t->error_class), t->error ? t->error : "");
	}
	if (!s->has_error_class && !lacking)
		r->complete++;
	else if (!s->has_error_class && whole)
		r->partial++;
	else if (s->error_class == SAWATCH__V1__POLL_ERROR__POLL_ERROR_STALE)
		r->partial++; /* what it says is shown, with its age */
}

static void put_length(FILE *out, size_t n) {
	for (; n > 0x7f; n >>= 7)
		putc((int)(n & 0x7f) | 0x80, out);
	putc((int)n, out);
}

static void take_sample(void *ctx, const uint8_t *packed, size_t len) {
	struct results *r = ctx;
	Sawatch__V1__DeviceSample *s = sawatch__v1__device_sample__unpack(NULL, len, packed);
	bool json = strcmp(r->format, "json") == 0;
	struct saw_err err = {0};

	if (!s) {
		fputs("sawatch poll: no memory for a sample\n", stderr);
		return;
	}
	judge(r, s);
	sawatch__v1__device_sample__free_unpacked(s, NULL);
	if (json && r->sources > 1)
		fputs(r->printed ? ",\n" : "[\n", stdout);
	else if (r->printed && strcmp(r->format, "table") == 0)
		putchar('\n');
	if (strcmp(r->format, "protobuf") == 0)
		put_length(stdout, len);
	if (saw_print_sample(stdout, packed, len, r->format, &err) != 0) {
		fprintf(stderr, "sawatch poll: %s\n", err.text);
		r->broken = true;
	}
	r->printed++;
	if (json && r->sources > 1 && r->printed == r->sources)
		fputs("]\n", stdout);
}

/* ------------------------------------------------------------------------------------------------------------ SNMP */

/* 0; SAW_ECONFIG or -errno where the configuration's secrets cannot be used. */
static int poll_snmp(const struct saw_config *c, struct saw_buf *record, struct results *r, struct saw_err *err) {
	struct saw_snmp_record *seen = record ? saw_snmp_record_create(RECORD_MAX) : NULL;
	struct saw_target_more more = {.seen = seen ? saw_snmp_record_take : NULL, .seen_ctx = seen};
	int rc;

	if (record && !seen)
		return saw_err_set(err, -ENOMEM, "no memory to record");
	rc = saw_target_poll(c, r->device, &more, take_sample, r, err);
	if (rc == 0 && record && (rc = saw_snmp_record_write(seen, record)) != 0)
		saw_err_set(err, rc, "the recording is not whole: %s", saw_strerror(rc));
	saw_snmp_record_destroy(seen);
	return rc;
}

/* ------------------------------------------------------------------------------------------------------------- SSH */

static int poll_ssh(const struct saw_config *c, struct saw_buf *record, struct results *r, struct saw_err *err) {
	const struct saw_login_hooks hooks = {.ctx = r, .sample = take_sample, .record = record};

	return saw_login_run(c, r->device, &hooks, err);
}

/* ------------------------------------------------------------------------------------------------------- recording */

/* Before the poll: a file that cannot be written must not cost the device one. */
static FILE *open_record(const char *path) {
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	return fd < 0 ? NULL : fdopen(fd, "w");
}

static int close_record(FILE *file, const char *path, const struct saw_buf *text, struct saw_err *err) {
	int rc = saw_buf_error(text);

	if (rc == 0 && fwrite(saw_buf_text(text), 1, text->len, file) != text->len)
		rc = -errno;
	if (fclose(file) != 0 && rc == 0)
		rc = -errno;
	return rc ? saw_err_set(err, rc, "%s: the recording is not whole: %s", path, saw_strerror(rc)) : 0;
}

/* ----------------------------------------------------------------------------------------------------- saved files */

static void poll_file(const struct saw_config_device *d, const struct saw_config_file *f,
					  struct saw_file_reader *reader, saw_poll_sample_fn take, void *ctx) {
	int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char bytes[16 << 10];
	const uint8_t *sample;
	struct stat st;
	size_t len;
	ssize_t n = -1;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		saw_file_begin(reader, d->name, d->platform);
		while ((n = read(fd, bytes, sizeof bytes)) > 0)
			if (saw_file_feed(reader, bytes, (size_t)n) != 0)
				break;
	} else if (fd >= 0) {
		errno = EINVAL;
	}
	if (n < 0)
		saw_file_failed(reader, d->name, d->platform, f->path, errno, saw_wall_ms(), &sample, &len);
	else
		saw_file_end(reader, (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000, saw_wall_ms(),
					 (int64_t)f->max_age_ms, &sample, &len);
	take(ctx, sample, len);
	if (fd >= 0)
		close(fd);
}

int saw_poll_files(const struct saw_config_device *d, saw_poll_sample_fn take, void *ctx) {
	struct saw_file_reader *reader = saw_file_reader_create(SAMPLE_MAX);

	if (!reader)
		return -ENOMEM;
	for (size_t i = 0; i < d->n_files; i++)
		poll_file(d, &d->files[i], reader, take, ctx);
	saw_file_reader_destroy(reader);
	return 0;
}

static bool asked(const struct options *o, Sawatch__V1__Source source) {
	return o->source == 0 || o->source == (int)source;
}

/* By which sources the device is to be polled; says what is wrong with the question. */
static bool choose(const struct options *o, struct results *r, struct sources *s) {
	const struct saw_config_device *d = r->device;

	s->snmp = d->snmp && asked(o, SAWATCH__V1__SOURCE__SOURCE_SNMP);
	s->ssh = d->ssh && asked(o, SAWATCH__V1__SOURCE__SOURCE_SSH);
	s->files = d->n_files && asked(o, SAWATCH__V1__SOURCE__SOURCE_FILE);
	r->sources = (s->snmp ? 1 : 0) + (s->ssh ? 1 : 0) + (s->files ? d->n_files : 0);
	if (r->sources == 0)
		fprintf(stderr, "sawatch poll: %s is not polled that way\n", o->device);
	else if (o->record && !s->snmp && !s->ssh)
		fprintf(stderr, "sawatch poll: %s is polled by neither SNMP nor SSH: there is nothing to record\n", o->device);
	else if (o->record && s->snmp && s->ssh)
		fprintf(stderr, "sawatch poll: what is to be recorded of %s? Say --source snmp or --source ssh\n", o->device);
	else
		return true;
	return false;
}

static int poll_all(const struct options *o, const struct saw_config *c, const struct sources *s, struct results *r,
					struct saw_err *err) {
	struct saw_buf text = SAW_BUF_INIT(RECORD_MAX), *record = o->record ? &text : NULL;
	FILE *file = o->record ? open_record(o->record) : NULL;
	int rc = 0;

	if (o->record && !file)
		return saw_err_set(err, -errno, "%s: %s", o->record, strerror(errno));
	if (s->snmp)
		rc = poll_snmp(c, record, r, err);
	if (rc == 0 && s->ssh)
		rc = poll_ssh(c, record, r, err);
	if (rc == 0 && s->files && saw_poll_files(r->device, take_sample, r) != 0)
		rc = saw_err_set(err, -ENOMEM, "no memory");
	if (file && rc == 0)
		rc = close_record(file, o->record, &text, err);
	else if (file)
		fclose(file);
	saw_buf_free(&text);
	return rc;
}

int saw_tool_poll(int argc, char **argv) {
	struct options o = {.config = SAW_CONFIG_FILE, .format = "table"};
	struct saw_config *c = NULL;
	struct saw_err err = {0};
	struct results r = {0};
	struct sources s;
	int status, rc;

	if (!take_options(argc, argv, &o, &status))
		return status;
	status = SAW_EXIT_USAGE;
	if (saw_config_load(o.config, &c, &err) != 0) {
		fprintf(stderr, "sawatch poll: %s\n", err.text);
		return status;
	}
	r.format = o.format;
	r.device = saw_config_find(c, o.device);
	if (!r.device)
		fprintf(stderr, "sawatch poll: %s has no device \"%s\"\n", o.config, o.device);
	if (!r.device || !choose(&o, &r, &s))
		goto out;
	rc = poll_all(&o, c, &s, &r, &err);
	if (rc) {
		fprintf(stderr, "sawatch poll: %s\n", err.text);
		status = rc == SAW_ECONFIG ? SAW_EXIT_USAGE : SAW_EXIT_FAILED;
	} else if (fflush(stdout) != 0 || r.broken) {
		status = SAW_EXIT_FAILED;
	} else if (r.complete == r.sources) {
		status = SAW_EXIT_OK;
	} else {
		status = r.complete || r.partial ? SAW_EXIT_FOUND : SAW_EXIT_FAILED;
	}
out:
	saw_config_destroy(c);
	return status;
}
