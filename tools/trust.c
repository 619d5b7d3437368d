/* sawatch trust: shows a device's host key and, once somebody has compared it, makes it known. */
#include "config.h"

#include "collectors/ssh/hostkey.h"
#include "tools/login.h"
#include "tools/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
	const char *config;
	const char *fingerprint; /* that it must have */
	const char *name;
	bool yes, replace;
};

/* What the device showed. */
struct seen {
	const char *of; /* whose key is asked for; a jump host before it is passed */
	char *type, *key, *fingerprint;
	char *error; /* why there is none */
};

static void print_help(FILE *out) {
	fputs(
		"usage: sawatch trust [OPTION]... NAME\n\n"
		"Shows the host key of a configured device or jump host, as \"ssh-keygen -l\" does, and writes it into the\n"
		"configured known_hosts file once you have compared it with the device's own (on the device: \"show ip ssh\",\n"
		"\"show crypto key mypubkey all\", \"show ssh hostkeys fingerprint\"). Nothing secret is sent to it.\n\n"
		"  -c, --config FILE      the configuration (default: " SAW_CONFIG_FILE ")\n"
		"      --fingerprint FP   record it if it is this one (SHA256:...), without a question\n"
		"  -y, --yes              record whatever it shows, without a question\n"
		"      --replace          take the place of another key of this device\n"
		"  -h, --help             this text\n\n"
		"sawatchd makes use of it when it reads its configuration again. Exit status: 0 the key is known now (or "
		"was),\n"
		"1 it was not recorded, 2 wrong usage, 3 the key could not be had.\n\n"
		"Example:\n"
		"  sawatch trust --config sawatch.yml ASA-XFW01\n",
		out);
}

static bool take_options(int argc, char **argv, struct options *o, int *status) {
	enum { FINGERPRINT = 256, REPLACE };
	static const struct option longs[] = {
		{"config", required_argument, NULL, 'c'}, {"fingerprint", required_argument, NULL, FINGERPRINT},
		{"yes", no_argument, NULL, 'y'},          {"replace", no_argument, NULL, REPLACE},
		{"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
	};
	int c;

	*status = SAW_EXIT_USAGE;
	while ((c = getopt_long(argc, argv, "c:yh", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case FINGERPRINT:
			o->fingerprint = optarg;
			break;
		case 'y':
			o->yes = true;
			break;
		case REPLACE:
			o->replace = true;
			break;
		case 'h':
			print_help(stdout);
			*status = SAW_EXIT_OK;
			return false;
		default:
			return false;
		}
	}
	if (o->fingerprint && strncmp(o->fingerprint, "SHA256:", 7) != 0) {
		fprintf(stderr, "sawatch trust: --fingerprint \"%s\": expected SHA256: and 43 characters\n", o->fingerprint);
		return false;
	}
	if (optind + 1 != argc)
		fprintf(stderr, "sawatch trust: %s\n",
				optind == argc ? "the NAME of a configured device is missing" : "one NAME at a time");
	else
		o->name = argv[optind];
	return o->name != NULL;
}

/* -------------------------------------------------------------------------------------------------------- the key */

static bool on_hostkey(void *ctx, const struct saw_ssh_endpoint *of, const struct saw_hostkey *shown,
					   const char *fingerprint) {
	struct seen *seen = ctx;

	if (strcmp(of->name, seen->of) != 0)
		return true;
	seen->type = strndup(shown->type.p, shown->type.n);
	seen->key = strndup(shown->key.p, shown->key.n);
	seen->fingerprint = strdup(fingerprint);
	return false;
}

static void on_sample(void *ctx, const uint8_t *packed, size_t len) {
	struct seen *seen = ctx;
	Sawatch__V1__DeviceSample *s = sawatch__v1__device_sample__unpack(NULL, len, packed);

	if (s && s->error && !seen->error)
		seen->error = strdup(s->error);
	sawatch__v1__device_sample__free_unpacked(s, NULL);
}

static void forget(struct seen *seen) {
	free(seen->type);
	free(seen->key);
	free(seen->fingerprint);
	free(seen->error);
}

/* ------------------------------------------------------------------------------------------------------- the file */

/* Copies what does not name this address. SAW_ELIMIT: a line names others as well. */
static int put_others(struct saw_str known, const char *address, uint16_t port, struct saw_buf *out) {
	struct saw_hostkey key;

	for (size_t begin = 0, end; begin < known.n; begin = end) {
		const char *feed = memchr(known.p + begin, '\n', known.n - begin);
		struct saw_str line;
		size_t at = 0;

		end = feed ? (size_t)(feed - known.p) + 1 : known.n;
		line = (struct saw_str){known.p + begin, end - begin};
		if (!saw_hostkey_next(line, address, port, &at, &key) || key.revoked)
			saw_buf_put(out, line.p, line.n);
		else if (memchr(line.p, ',', (size_t)(key.type.p - line.p)) ||
				 memchr(line.p, '*', (size_t)(key.type.p - line.p)))
			return SAW_ELIMIT;
	}
	return 0;
}

/* Renamed into place: nobody ever reads half of it. */
static int write_file(const char *path, const struct saw_buf *text) {
	char part[4096];
	int fd, rc = 0;
	ssize_t n;

	if (snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part)
		return -ENAMETOOLONG;
	fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	for (size_t done = 0; rc == 0 && done < text->len; done += (size_t)n) {
		n = write(fd, text->data + done, text->len - done);
		if (n < 0)
			rc = -errno;
	}
	if (rc == 0 && fsync(fd) < 0)
		rc = -errno;
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	if (rc == 0 && rename(part, path) < 0)
		rc = -errno;
	if (rc)
		unlink(part);
	return rc;
}

static int record(const struct saw_config *c, const struct saw_config_device *d, struct saw_str known,
				  const struct saw_hostkey *shown) {
	struct saw_buf text = SAW_BUF_INIT((size_t)32 << 20);
	int rc = put_others(known, d->address, d->ssh->port, &text);

	if (text.len && text.data[text.len - 1] != '\n')
		saw_buf_putc(&text, '\n');
	saw_hostkey_put(&text, d->address, d->ssh->port, shown);
	if (rc == 0)
		rc = saw_buf_error(&text);
	if (rc == SAW_ELIMIT)
		fprintf(stderr,
				"sawatch trust: %s: a line with another key names several devices; take %s out of it, then run this "
				"again\n",
				c->known_hosts, d->address);
	else if (rc || (rc = write_file(c->known_hosts, &text)) != 0)
		fprintf(stderr, "sawatch trust: %s: %s\n", c->known_hosts, saw_strerror(rc));
	else
		printf("recorded in %s; sawatchd takes it when it reads its configuration again (SIGHUP)\n", c->known_hosts);
	saw_buf_free(&text);
	return rc;
}

/* ---------------------------------------------------------------------------------------------------- the decision */

static bool confirmed(const struct options *o, const char *fingerprint) {
	char answer[16];

	if (o->fingerprint) {
		if (strcmp(o->fingerprint, fingerprint) == 0)
			return true;
		fprintf(stderr, "sawatch trust: that is not %s: nothing is recorded\n", o->fingerprint);
		return false;
	}
	if (o->yes)
		return true;
	if (!isatty(STDIN_FILENO)) {
		fputs("sawatch trust: nobody is there to be asked; say --fingerprint SHA256:... or --yes\n", stderr);
		return false;
	}
	fputs("Is that the device's own key? Type yes to record it: ", stdout);
	fflush(stdout);
	return fgets(answer, sizeof answer, stdin) && strcmp(answer, "yes\n") == 0;
}

static int decide(const struct options *o, const struct saw_config *c, const struct saw_config_device *d,
				  const struct seen *seen) {
	const struct saw_hostkey shown = {.type = saw_str_of(seen->type), .key = saw_str_of(seen->key)};
	struct saw_hostkey keys[SAW_HOSTKEYS_MAX];
	struct saw_buf file;
	struct saw_err err = {0};
	struct saw_str known;
	enum saw_hostkey_verdict verdict;
	int status = SAW_EXIT_FOUND;

	if (saw_config_known_hosts(c, &file, &err) != 0) {
		fprintf(stderr, "sawatch trust: %s\n", err.text);
		return SAW_EXIT_FAILED;
	}
	known = (struct saw_str){saw_buf_text(&file), file.len};
	printf("%s (%s port %u) shows %s %s\n", d->name, d->address, d->ssh->port, seen->type, seen->fingerprint);
	verdict =
		saw_hostkey_judge(keys, saw_hostkey_find(known, d->address, d->ssh->port, keys, SAW_HOSTKEYS_MAX), &shown);
	if (verdict == SAW_HOSTKEY_KNOWN) {
		printf("it is known already\n");
		status = SAW_EXIT_OK;
	} else if (verdict == SAW_HOSTKEY_REVOKED) {
		fprintf(stderr, "sawatch trust: %s marks this key as revoked\n", c->known_hosts);
	} else if (verdict == SAW_HOSTKEY_CHANGED && !o->replace) {
		fprintf(stderr, "sawatch trust: ANOTHER KEY IS KNOWN of this device. Either it got a new one, or somebody else "
						"answers in its place.\nIf you know that it got a new one, say --replace\n");
	} else if (confirmed(o, seen->fingerprint)) {
		status = record(c, d, known, &shown) == 0 ? SAW_EXIT_OK : SAW_EXIT_FAILED;
	}
	saw_buf_free(&file);
	return status;
}

int saw_tool_trust(int argc, char **argv) {
	struct options o = {.config = SAW_CONFIG_FILE};
	const struct saw_config_device *d;
	const struct saw_config_jump *jump;
	struct saw_config_device as_device = {0};
	struct saw_config *c = NULL;
	struct saw_err err = {0};
	struct seen seen = {0};
	const struct saw_login_hooks hooks = {.ctx = &seen, .sample = on_sample, .hostkey = on_hostkey};
	int status, rc;

	if (!take_options(argc, argv, &o, &status))
		return status;
	status = SAW_EXIT_USAGE;
	if (saw_config_load(o.config, &c, &err) != 0) {
		fprintf(stderr, "sawatch trust: %s\n", err.text);
		return status;
	}
	d = saw_config_find(c, o.name);
	jump = d ? NULL : saw_config_find_jump(c, o.name);
	if (jump) {
		as_device = (struct saw_config_device){.name = jump->name,
											   .address = jump->address,
											   .ssh = jump->ssh,
											   .platform = SAWATCH__V1__PLATFORM__PLATFORM_IOSXE};
		d = &as_device;
	}
	if (!d || !d->ssh) {
		fprintf(stderr,
				d ? "sawatch trust: %s: \"%s\" has no ssh\n" : "sawatch trust: %s has no device or jump host \"%s\"\n",
				o.config, o.name);
		goto out;
	}
	seen.of = d->name;
	rc = saw_login_run(c, d, &hooks, &err);
	if (rc == 0 && seen.fingerprint) {
		status = decide(&o, c, d, &seen);
	} else {
		fprintf(stderr, "sawatch trust: %s: %s\n", o.name,
				rc           ? err.text
				: seen.error ? seen.error
							 : "no host key came");
		status = rc == SAW_ECONFIG ? SAW_EXIT_USAGE : SAW_EXIT_FAILED;
	}
out:
	forget(&seen);
	saw_config_destroy(c);
	return status;
}
