/* sawatch snapshot: what sawatchd would say of one device, without sawatchd: one poll, and what earlier runs left in a folder. */
#include "store/store.h"
#include "tools/login.h"
#include "tools/poll.h"
#include "tools/target.h"
#include "tools/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SAMPLES_MAX 64

struct samples {
	Sawatch__V1__DeviceSample *list[SAMPLES_MAX];
	size_t n;
};

static int64_t wall_ms(void) {
	struct timespec t = {0};

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void keep(void *ctx, const uint8_t *packed, size_t len) {
	struct samples *s = ctx;

	if (s->n < SAMPLES_MAX && (s->list[s->n] = sawatch__v1__device_sample__unpack(NULL, len, packed)))
		s->n++;
}

static int poll_device(const struct saw_config *c, const struct saw_config_device *d, struct samples *s,
					   struct saw_err *err) {
	const struct saw_target_more more = {.only = NULL};
	const struct saw_login_hooks hooks = {.ctx = s, .sample = keep};
	int rc = d->snmp ? saw_target_poll(c, d, &more, keep, s, err) : 0;

	if (rc == 0 && d->ssh)
		rc = saw_login_run(c, d, &hooks, err);
	if (rc == 0 && d->n_files)
		rc = saw_poll_files(d, keep, s);
	if (rc == 0 && s->n == 0)
		rc = saw_err_set(err, SAW_ECONFIG, "%s has nothing to be polled by", d->name);
	return rc;
}

/* The folder is ours alone: in /tmp somebody else may have made one of this name. */
static int open_folder(const char *path, int *lock, struct saw_err *err) {
	struct stat st;
	int fd;

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return saw_err_set(err, -errno, "%s: %s", path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0) {
		saw_err_set(err, -errno, "%s: %s", path, strerror(errno));
	} else if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH))) {
		saw_err_set(err, -EACCES, "%s belongs to another user, or others may write in it", path);
	} else if (flock(fd, LOCK_EX) != 0) { /* another run holds it for the length of its poll */
		saw_err_set(err, -errno, "%s: %s", path, strerror(errno));
	} else {
		*lock = fd;
		return 0;
	}
	if (fd >= 0)
		close(fd);
	return err->code;
}

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
	struct saw_store *store = saw_store_create(wall_ms());
	char note[SAW_ERR_TEXT_MAX] = "";
	struct saw_snapshot *snapshot = NULL;
	int rc = store ? saw_store_open(store, folder, note, err) : saw_err_set(err, -ENOMEM, "no memory");

	if (*note)
		fprintf(stderr, "sawatch snapshot: %s\n", note);
	if (rc == 0 && (rc = saw_store_configure(store, c, wall_ms())) != 0)
		saw_err_set(err, rc, "%s", saw_strerror(rc));
	for (size_t i = 0; rc == 0 && i < samples->n; i++)
		if ((rc = saw_store_sample(store, samples->list[i], wall_ms())) != 0)
			saw_err_set(err, rc, "%s", saw_strerror(rc));
	if (rc == 0) {
		saw_store_tick(store, wall_ms());
		snapshot = saw_store_snapshot(store, wall_ms());
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

static int run(const char *file, const char *device, const char *folder, struct saw_err *err) {
	struct samples samples = {.n = 0};
	const struct saw_config_device *d;
	struct saw_config *c = NULL;
	int lock = -1, rc = saw_config_load(file, &c, err);

	if (rc)
		return rc;
	d = saw_config_find(c, device);
	rc = d ? open_folder(folder, &lock, err) : saw_err_set(err, SAW_ECONFIG, "%s has no device \"%s\"", file, device);
	/* Behind the lock: a poll that is older than what another run has left by now would look like a restart, and a device is
	 * asked by one at a time. */
	if (rc == 0)
		rc = poll_device(c, d, &samples, err);
	if (rc == 0)
		rc = show(c, device, folder, &samples, err);
	if (lock >= 0)
		close(lock);
	for (size_t i = 0; i < samples.n; i++)
		sawatch__v1__device_sample__free_unpacked(samples.list[i], NULL);
	saw_config_destroy(c);
	return rc;
}

int saw_tool_snapshot(int argc, char **argv) {
	static const struct option longs[] = {
		{"config", required_argument, NULL, 'c'},
		{"state-dir", required_argument, NULL, 's'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	const char *file = SAW_CONFIG_FILE, *folder = NULL;
	struct saw_err err = {0};
	int letter;

	while ((letter = getopt_long(argc, argv, "c:s:h", longs, NULL)) != -1) {
		switch (letter) {
		case 'c':
			file = optarg;
			break;
		case 's':
			folder = optarg;
			break;
		case 'h':
			puts("usage: sawatch snapshot --config FILE --state-dir DIR DEVICE\n\n"
				 "Polls a configured device once and writes what sawatchd would say of it, as a protobuf Snapshot (the "
				 "one\n"
				 "of /api/v1/snapshot). DIR keeps what totals and rates are made of from run to run; it is made where "
				 "it is\n"
				 "not there, and runs at the same time wait for each other. \"check_sawatch --direct\" is made of "
				 "this.\n\n"
				 "Exit status: 0, or 3 with the reason on standard error.");
			return SAW_EXIT_OK;
		default:
			return SAW_EXIT_USAGE;
		}
	}
	if (!folder || optind + 1 != argc) {
		fputs("sawatch snapshot: --state-dir and one DEVICE are needed; --help says more\n", stderr);
		return SAW_EXIT_USAGE;
	}
	if (run(file, argv[optind], folder, &err) == 0)
		return SAW_EXIT_OK;
	fprintf(stderr, "sawatch snapshot: %s\n", err.text);
	return SAW_EXIT_FAILED;
}
