/* sawatch snapshot: what sawatchd would say of one device, without sawatchd: one poll, and what earlier runs left in a folder. */
#include "io/clock.h"
#include "store/store.h"
#include "tools/latch.h"
#include "tools/login.h"
#include "tools/poll.h"
#include "tools/target.h"
#include "tools/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SAMPLES_MAX 64
#define PATH_MAX_BYTES 4096
#define TIMEOUT_MAX_MS 3600000
#define SPARE_MS 100  /* of the time that is left, for what comes after a poll */
#define NAMED_MAX 10  /* devices, where one was not found */
#define DEVICES_MAX 2 /* names that may be given for it */

struct samples {
	Sawatch__V1__DeviceSample *list[SAMPLES_MAX];
	size_t n;
};

struct options {
	const char *config, *folder;
	const char *devices[DEVICES_MAX]; /* the first that is configured */
	int64_t deadline_ms;              /* of the monotonic clock; 0: none */
};

/* The device, and where what is known of it lies. */
struct place {
	const struct saw_config *config;
	const struct saw_config_device *device;
	struct saw_buf folder;
	int lock;
};

/* ----------------------------------------------------------------------------------------------------------------- in time */

static const char *volatile doing = "at the start"; /* constant texts */

/* Polls have deadlines of their own; a resolver, a lock and a disk have none. */
static void on_alarm(int sig) {
	static const char words[] = "sawatch snapshot: the time ran out ";
	const char *const text = doing;

	(void)sig;
	if (write(STDERR_FILENO, words, sizeof words - 1) < 0 || write(STDERR_FILENO, text, strlen(text)) < 0)
		_exit(SAW_EXIT_FAILED);
	_exit(SAW_EXIT_FAILED);
}

static void arm(struct options *o, uint64_t ms) {
	const struct sigaction action = {.sa_handler = on_alarm};
	const struct itimerval timer = {
		.it_value = {.tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000)}};

	o->deadline_ms = saw_steady_ms() + (int64_t)ms;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* What a poll may take, where `others` are to come after it; 0: as configured. */
static uint64_t share_ms(const struct options *o, int others) {
	const int64_t left = o->deadline_ms - saw_steady_ms() - SPARE_MS;

	if (!o->deadline_ms)
		return 0;
	return left > 1 + others ? (uint64_t)(left / (1 + others)) : 1;
}

/* -------------------------------------------------------------------------------------------------------------------- polls */

static void keep(void *ctx, const uint8_t *packed, size_t len) {
	struct samples *s = ctx;

	if (s->n < SAMPLES_MAX && (s->list[s->n] = sawatch__v1__device_sample__unpack(NULL, len, packed)))
		s->n++;
}

struct login {
	struct samples *samples;
	struct saw_latch latch;
	bool told;
};

static void keep_of_login(void *ctx, const uint8_t *packed, size_t len) {
	keep(((struct login *)ctx)->samples, packed, len);
}

/* At once: whoever kills us now must not make it forgotten. */
static void remember(void *ctx, const char *endpoint, enum saw_ssh_login outcome) {
	struct login *l = ctx;

	saw_latch_tell(&l->latch, endpoint, outcome, saw_wall_ms());
	l->told = true;
}

static int log_in(const struct options *o, const struct place *p, struct samples *s, struct saw_err *err) {
	struct login l = {.samples = s};
	const struct saw_login_hooks hooks = {
		.ctx = &l, .sample = keep_of_login, .login = remember, .most_ms = share_ms(o, 0)};
	int rc;

	doing = "while other logins with its account were under way";
	rc = saw_latch_ask(&l.latch, o->folder, saw_buf_text(&p->folder), p->config, p->device, saw_wall_ms, err);
	if (rc) {
		saw_login_failed(p->device, &hooks,
						 rc == SAW_EAUTH      ? SAWATCH__V1__POLL_ERROR__POLL_ERROR_AUTH
						 : rc == SAW_ETIMEOUT ? SAWATCH__V1__POLL_ERROR__POLL_ERROR_CUT
											  : SAWATCH__V1__POLL_ERROR__POLL_ERROR_INTERNAL,
						 err->text);
		rc = 0;
	} else {
		doing = "while it was read by SSH";
		rc = saw_login_run(p->config, p->device, &hooks, err);
		if (!l.told)
			saw_latch_tell(&l.latch, NULL, SAW_SSH_LOGIN_NONE, saw_wall_ms());
	}
	saw_latch_close(&l.latch);
	return rc;
}

static int poll_device(const struct options *o, const struct place *p, struct samples *s, struct saw_err *err) {
	const struct saw_config_device *d = p->device;
	const struct saw_target_more more = {.only = NULL, .most_ms = share_ms(o, d->ssh ? 1 : 0)};
	int rc = 0;

	doing = "while it was read by SNMP";
	if (d->snmp)
		rc = saw_target_poll(p->config, d, &more, keep, s, err);
	if (rc == 0 && d->ssh)
		rc = log_in(o, p, s, err);
	doing = "while saved files were read";
	if (rc == 0 && d->n_files)
		rc = saw_poll_files(d, keep, s);
	if (rc == 0 && s->n == 0)
		rc = saw_err_set(err, SAW_ECONFIG, "%s has nothing to be polled by", d->name);
	return rc;
}

/* ------------------------------------------------------------------------------------------------------------------- places */

/* By its name, or the only one by its address. */
static const struct saw_config_device *find(const struct saw_config *c, const char *wanted) {
	const struct saw_config_device *found = saw_config_find(c, wanted);
	size_t same = 0;

	for (size_t i = 0; i < c->n_devices && !saw_config_find(c, wanted); i++)
		if (c->devices[i].address && strcmp(c->devices[i].address, wanted) == 0 && ++same)
			found = &c->devices[i];
	return same > 1 ? NULL : found;
}

static int not_found(const struct saw_config *c, const struct options *o, struct saw_err *err) {
	struct saw_buf names = SAW_BUF_INIT(SAW_ERR_TEXT_MAX);
	size_t n = 0, same = 0;
	int rc;

	for (size_t i = 0; i < c->n_devices; i++)
		for (size_t k = 0; k < DEVICES_MAX; k++)
			same += o->devices[k] && c->devices[i].address && strcmp(c->devices[i].address, o->devices[k]) == 0;
	for (size_t i = 0; i < c->n_devices && n < NAMED_MAX; i++)
		saw_buf_printf(&names, "%s%s", n++ ? ", " : "", c->devices[i].name);
	if (c->n_devices > n)
		saw_buf_printf(&names, " and %zu more", c->n_devices - n);
	if (same > 1)
		rc = saw_err_set(err, SAW_ECONFIG, "%s has %zu devices with the address %s: the name is needed", o->config,
						 same, o->devices[1] ? o->devices[1] : o->devices[0]);
	else
		rc = saw_err_set(
			err, SAW_ECONFIG,
			"%s has no device \"%.64s\", by its name or its address; it has %s. How a device is read (SNMP, SSH, "
			"by which credentials) is said there, never on the command line",
			o->config, o->devices[0], n ? saw_buf_text(&names) : "none");
	saw_buf_free(&names);
	return rc;
}

/* The folder is ours alone: in /tmp somebody else may have made one of this name. */
static int open_folder(const char *path, int *out, struct saw_err *err) {
	struct stat st;
	int fd;

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return saw_err_set(err, -errno, "%s: %s; --state-dir names another place", path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH))) {
		*out = fd;
		return 0;
	}
	saw_err_set(err, -EACCES, "%s is no folder of ours alone (%s); --state-dir names another", path,
				fd < 0                   ? "it is a link, or no folder"
				: st.st_uid != geteuid() ? "it belongs to another user"
										 : "others may write in it");
	if (fd >= 0)
		close(fd);
	return -EACCES;
}

/* One folder for each device, so that checks of several do not wait for each other. */
static int open_place(const struct options *o, struct place *p, struct saw_err *err) {
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	int shared = -1, rc = open_folder(o->folder, &shared, err);

	if (rc)
		return rc;
	close(shared);
	saw_buf_puts(&p->folder, o->folder);
	saw_buf_putc(&p->folder, '/');
	for (const unsigned char *c = (const unsigned char *)p->device->name; *c; c++) {
		if (strchr(plain, *c))
			saw_buf_putc(&p->folder, (char)*c);
		else
			saw_buf_printf(&p->folder, "%%%02x", *c);
	}
	if (saw_buf_error(&p->folder))
		return saw_err_set(err, SAW_ELIMIT, "the name of the folder is too long");
	rc = open_folder(saw_buf_text(&p->folder), &p->lock, err);
	doing = "while another check read it";
	while (rc == 0 && flock(p->lock, LOCK_EX) != 0)
		if (errno != EINTR)
			rc = saw_err_set(err, -errno, "%s: %s", saw_buf_text(&p->folder), strerror(errno));
	return rc;
}

/* ------------------------------------------------------------------------------------------------------------------- result */

static bool is_of(const char *device, const char *name) {
	return name && strcmp(device, name) == 0;
}

static int print(const Sawatch__V1__Snapshot *all, const char *device) {
	Sawatch__V1__Snapshot one = *all;
	uint8_t *bytes;
	size_t n;
	int rc;

	one.devices = calloc(all->n_devices + all->n_tunnels + 1, sizeof(void *));
	one.tunnels = calloc(all->n_tunnels + 1, sizeof(void *));
	one.n_devices = one.n_tunnels = one.n_links = 0; /* the other end was not read now */
	for (size_t i = 0; one.devices && i < all->n_devices; i++)
		if (is_of(device, all->devices[i]->name))
			one.devices[one.n_devices++] = all->devices[i];
	for (size_t i = 0; one.tunnels && i < all->n_tunnels; i++)
		if (is_of(device, all->tunnels[i]->device))
			one.tunnels[one.n_tunnels++] = all->tunnels[i];
	n = sawatch__v1__snapshot__get_packed_size(&one);
	bytes = one.devices && one.tunnels ? malloc(n + 1) : NULL;
	rc = bytes ? 0 : -ENOMEM;
	if (bytes && (fwrite(bytes, 1, sawatch__v1__snapshot__pack(&one, bytes), stdout) != n || fflush(stdout) != 0))
		rc = -EIO;
	free(bytes);
	free(one.devices);
	free(one.tunnels);
	return rc;
}

/* What this poll adds to what earlier ones left. */
static int show(const struct saw_config *c, const char *device, const char *folder, const struct samples *samples,
				struct saw_err *err) {
	struct saw_store *store = saw_store_create(saw_wall_ms());
	char note[SAW_ERR_TEXT_MAX] = "";
	struct saw_snapshot *snapshot = NULL;
	int rc = store ? 0 : saw_err_set(err, -ENOMEM, "no memory");

	/* A disk that is full is no reason to be silent about tunnels: they are told, without what earlier polls would add. */
	if (rc == 0 && saw_store_open(store, folder, note, err) != 0) {
		fprintf(stderr, "sawatch snapshot: no rates: nothing can be kept in %s: %s\n", folder, saw_strerror(err->code));
		saw_store_destroy(store);
		store = saw_store_create(saw_wall_ms());
		rc = store ? 0 : saw_err_set(err, -ENOMEM, "no memory");
	}
	if (*note)
		fprintf(stderr, "sawatch snapshot: %s\n", note);
	if (rc == 0 && (rc = saw_store_configure(store, c, saw_wall_ms())) != 0)
		saw_err_set(err, rc, "%s", saw_strerror(rc));
	for (size_t i = 0; rc == 0 && i < samples->n; i++)
		if ((rc = saw_store_sample(store, samples->list[i], saw_wall_ms())) != 0)
			saw_err_set(err, rc, "%s", saw_strerror(rc));
	if (rc == 0) {
		saw_store_tick(store, saw_wall_ms());
		snapshot = saw_store_snapshot(store, saw_wall_ms());
		rc = snapshot ? print(snapshot->pb, device) : -ENOMEM;
		if (rc)
			saw_err_set(err, rc, "%s", saw_strerror(rc));
	}
	if (rc == 0 && saw_store_trouble(store))
		fprintf(stderr, "sawatch snapshot: %s\n", saw_store_trouble(store));
	if (snapshot)
		saw_snapshot_unref(snapshot);
	saw_store_destroy(store);
	return rc;
}

static int run(const struct options *o, struct saw_err *err) {
	struct place p = {.folder = SAW_BUF_INIT(PATH_MAX_BYTES), .lock = -1};
	struct samples samples = {.n = 0};
	struct saw_config *c = NULL;
	int rc = saw_config_load(o->config, &c, err);

	if (rc)
		return rc;
	p.config = c;
	for (size_t i = 0; i < DEVICES_MAX && o->devices[i] && !p.device; i++)
		p.device = find(c, o->devices[i]);
	rc = p.device ? open_place(o, &p, err) : not_found(c, o, err);
	/* Behind the lock: a poll that is older than what another run has left by now would look like a restart, and a device is
	 * asked by one at a time. */
	if (rc == 0)
		rc = poll_device(o, &p, &samples, err);
	doing = "while what is known of it was read and written";
	if (rc == 0)
		rc = show(c, p.device->name, saw_buf_text(&p.folder), &samples, err);
	if (p.lock >= 0)
		close(p.lock);
	for (size_t i = 0; i < samples.n; i++)
		sawatch__v1__device_sample__free_unpacked(samples.list[i], NULL);
	saw_buf_free(&p.folder);
	saw_config_destroy(c);
	return rc;
}

static void print_help(void) {
	puts(
		"usage: sawatch snapshot --state-dir DIR [OPTION]... DEVICE [ADDRESS]\n\n"
		"Polls a configured device once and writes what sawatchd would say of it, as a protobuf Snapshot (the one\n"
		"of /api/v1/snapshot). \"check_sawatch --direct\" is made of this. The device is the one of that name, or the\n"
		"only one that has it as its address; of two that are given, the first that is configured.\n\n"
		"  -c, --config FILE    the configuration of sawatchd (default: " SAW_CONFIG_FILE ")\n"
		"  -s, --state-dir DIR  keeps what totals and rates are made of from run to run, in a folder for each device,\n"
		"                       and who refused a login; it is made where it is not there. Runs at the same time wait\n"
		"                       for each other\n"
		"  -t, --timeout MS     milliseconds; the deadlines of the configuration where they come earlier\n"
		"  -h, --help           this text\n\n"
		"A login by SSH that was refused is not tried again for an hour, or until the configuration or the file with "
		"the\n"
		"secret is written anew: DIR/DEVICE/login says so, and DIR/.account-* of an account that three devices "
		"refused.\n"
		"Without these files it is tried at once.\n\n"
		"Exit status: 0, 2 wrong usage, or 3 with the reason on standard error.");
}

static int wrong(const char *text) {
	fprintf(stderr, "sawatch snapshot: %s; --help says more\n", text);
	return SAW_EXIT_USAGE;
}

int saw_tool_snapshot(int argc, char **argv) {
	static const struct option longs[] = {
		{"config", required_argument, NULL, 'c'},
		{"state-dir", required_argument, NULL, 's'},
		{"timeout", required_argument, NULL, 't'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct options o = {.config = SAW_CONFIG_FILE};
	struct saw_err err = {0};
	uint64_t ms;
	int letter;

	while ((letter = getopt_long(argc, argv, "c:s:t:h", longs, NULL)) != -1) {
		switch (letter) {
		case 'c':
			o.config = optarg;
			break;
		case 's':
			o.folder = optarg;
			break;
		case 't':
			if (saw_parse_u64(saw_str_of(optarg), TIMEOUT_MAX_MS, &ms) || ms == 0)
				return wrong("--timeout takes milliseconds, up to an hour");
			arm(&o, ms);
			break;
		case 'h':
			print_help();
			return SAW_EXIT_OK;
		default:
			return SAW_EXIT_USAGE;
		}
	}
	if (!o.folder || optind == argc || optind + DEVICES_MAX < argc)
		return wrong("--state-dir and one DEVICE are needed");
	for (int i = optind; i < argc; i++)
		o.devices[i - optind] = argv[i];
	if (run(&o, &err) == 0)
		return SAW_EXIT_OK;
	fprintf(stderr, "sawatch snapshot: %s\n", err.text);
	return SAW_EXIT_FAILED;
}
