#include "tools/latch.h"

#include "core/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LATCH_MS (3600 * INT64_C(1000))
#define LOST_FIRST_MS (30 * INT64_C(1000))
#define LOST_MOST_MS (900 * INT64_C(1000))
#define DENIALS 3     /* in a row, after which an account is not tried anywhere */
#define COUNT_MAX 999 /* what a line has room for */
#define LINE "%c %020" PRId64 " %03u\n"
#define LINE_MAX_BYTES 64
#define PATH_MAX_BYTES 4096

/* What the line of a file says. */
enum { NEW = '-', TRYING = 't', DENIED = 'd', GOOD = 'g' };

static void print_time(int64_t ms, char out[24]) {
	const time_t t = (time_t)(ms / 1000);
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(out, 24, "%H:%M:%SZ", &tm))
		snprintf(out, 24, "?");
}

/* When the configuration or one of the account's secrets was last written; 0 where that cannot be seen. */
static int64_t written_ms(const struct saw_config *c, const struct saw_config_ssh *s) {
	const char *const files[] = {c->path, s->password.file, s->key.file, s->key_passphrase.file, s->enable.file};
	int64_t newest = 0;

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		struct stat st;

		if (files[i] && stat(files[i], &st) == 0) {
			const int64_t ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;

			newest = ms > newest ? ms : newest;
		}
	}
	return newest;
}

/* A user with its secrets, by where they lie: of one length, and no path. */
static uint64_t account_of(const struct saw_config_ssh *s) {
	const char *const parts[] = {s->user, s->password.file, s->password.env, s->key.file, s->agent ? "agent" : ""};
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		for (const char *p = parts[i] ? parts[i] : ""; *p; p++)
			hash = (hash ^ (uint8_t)*p) * UINT64_C(1099511628211);
		hash = (hash ^ '|') * UINT64_C(1099511628211);
	}
	return hash;
}

/* A file that says nothing that can be understood is a new one. */
static void read_line(struct saw_latch_file *f) {
	char line[LINE_MAX_BYTES + 1];
	const ssize_t n = pread(f->fd, line, LINE_MAX_BYTES, 0);

	f->state = NEW;
	f->at_ms = 0;
	f->count = 0;
	line[n > 0 ? n : 0] = 0;
	if (sscanf(line, "%c %" SCNd64 " %3u", &f->state, &f->at_ms, &f->count) == 3 && strchr("tdg", f->state))
		return;
	f->state = NEW;
	f->at_ms = 0;
	f->count = 0;
}

/* Of one length, in one call: it is there whole or as it was. */
static int write_line(struct saw_latch_file *f, char state, int64_t at_ms, unsigned count) {
	char line[LINE_MAX_BYTES];
	const int n = snprintf(line, sizeof line, LINE, state, at_ms, count < COUNT_MAX ? count : COUNT_MAX);
	const ssize_t done = pwrite(f->fd, line, (size_t)n, 0);

	f->state = state;
	f->at_ms = at_ms;
	f->count = count;
	return done == n ? 0 : done < 0 ? -errno : -ENOSPC;
}

/* 0, or why not. */
static int may(const struct saw_latch_file *f, const struct saw_config *c, const struct saw_config_ssh *s,
			   int64_t wall_ms, struct saw_err *err) {
	const char *whose = f->account ? "the logins with this account at the last devices" : "the login";
	const int64_t lost = f->count < 6 ? LOST_FIRST_MS << f->count : LOST_MOST_MS;
	const bool denied = f->state == DENIED && (!f->account || f->count >= DENIALS);
	int64_t until_ms;
	char at[24], again[24];

	if (!denied && (f->state != TRYING || f->account))
		return 0;
	until_ms = f->at_ms + (denied ? LATCH_MS : lost < LOST_MOST_MS ? lost : LOST_MOST_MS);
	/* A time that is to come is one of a clock that was wrong. */
	if (wall_ms >= until_ms || wall_ms < f->at_ms || (denied && written_ms(c, s) > f->at_ms))
		return 0;
	print_time(f->at_ms, at);
	print_time(until_ms, again);
	if (denied)
		return saw_err_set(
			err, SAW_EAUTH,
			"%s failed at %s: not tried again before %s, or until the configuration or the file with the "
			"secret is written anew, so that the account is not locked",
			whose, at, again);
	return saw_err_set(err, SAW_ETIMEOUT, "%s was lost at %s: not tried again before %s", whose, at, again);
}

/* Locked where others share it, for as long as nobody knows whether the account works. */
static int open_file(struct saw_latch *l, const char *path, bool account, const char *endpoint, struct saw_err *err) {
	struct saw_latch_file *f = &l->files[l->n];
	struct stat st;

	*f = (struct saw_latch_file){
		.account = account,
		.endpoint = endpoint,
		.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600),
	};
	if (f->fd < 0)
		return saw_err_set(err, -errno, "%s: %s: a login that is refused could not be remembered, so none is tried",
						   path, strerror(errno));
	l->n++;
	if (fstat(f->fd, &st) != 0 || !S_ISREG(st.st_mode))
		return saw_err_set(err, -EINVAL, "%s is no file", path);
	while (account && flock(f->fd, LOCK_EX) != 0)
		if (errno != EINTR)
			return saw_err_set(err, -errno, "%s: %s", path, strerror(errno));
	read_line(f);
	if (account && f->state == GOOD)
		flock(f->fd, LOCK_UN);
	return 0;
}

static int ask_of(struct saw_latch *l, const char *path, bool account, const struct saw_config *c,
				  const struct saw_config_ssh *s, const char *endpoint, int64_t (*wall_ms)(void), struct saw_err *err) {
	int rc = open_file(l, path, account, endpoint, err);

	return rc ? rc : may(&l->files[l->n - 1], c, s, wall_ms(), err); /* it may have waited for the lock */
}

static int ask_account(struct saw_latch *l, const char *shared, const struct saw_config *c,
					   const struct saw_config_ssh *s, const char *endpoint, int64_t (*wall_ms)(void),
					   struct saw_err *err) {
	char path[PATH_MAX_BYTES];

	snprintf(path, sizeof path, "%s/.account-%016" PRIx64, shared, account_of(s));
	return ask_of(l, path, true, c, s, endpoint, wall_ms, err);
}

int saw_latch_ask(struct saw_latch *out, const char *shared, const char *own, const struct saw_config *c,
				  const struct saw_config_device *d, int64_t (*wall_ms)(void), struct saw_err *err) {
	const struct saw_config_jump *jump = d->ssh->jump ? saw_config_find_jump(c, d->ssh->jump) : NULL;
	char path[PATH_MAX_BYTES];
	int rc;

	out->n = 0;
	snprintf(path, sizeof path, "%s/login", own);
	rc = ask_of(out, path, false, c, d->ssh, d->name, wall_ms, err);
	if (rc == 0)
		rc = ask_account(out, shared, c, d->ssh, d->name, wall_ms, err);
	/* With one account at both there is one file, and one lock. */
	if (rc == 0 && jump && account_of(jump->ssh) != account_of(d->ssh))
		rc = ask_account(out, shared, c, jump->ssh, jump->name, wall_ms, err);
	for (size_t i = 0; rc == 0 && i < out->n; i++) {
		struct saw_latch_file *f = &out->files[i];

		if (f->account)
			continue; /* it is locked, which is enough: the device's own file says what was not finished */
		rc = write_line(f, TRYING, wall_ms(), f->state == TRYING ? f->count + 1 : 0);
		if (rc)
			saw_err_set(err, rc, "%s: %s: a login that is refused could not be remembered, so none is tried", path,
						saw_strerror(rc));
	}
	return rc;
}

static void tell_account(struct saw_latch_file *f, bool denied, int64_t wall_ms) {
	if (!denied && f->state == GOOD)
		return;
	while (flock(f->fd, LOCK_EX) != 0)
		if (errno != EINTR)
			return;
	read_line(f); /* others may have been refused meanwhile */
	write_line(f, denied ? DENIED : GOOD, wall_ms, denied && f->state == DENIED ? f->count + 1 : denied);
}

void saw_latch_tell(struct saw_latch *l, const char *endpoint, enum saw_ssh_login outcome, int64_t wall_ms) {
	for (size_t i = 0; i < l->n; i++) {
		struct saw_latch_file *f = &l->files[i];
		/* The only account is that of the jump host too. */
		const bool its = endpoint && (strcmp(f->endpoint, endpoint) == 0 || l->n == 2);

		if (!f->account && outcome != SAW_SSH_LOGIN_LOST) /* what was lost stays as it is: tried */
			write_line(f, outcome == SAW_SSH_LOGIN_DENIED ? DENIED : GOOD, wall_ms, 0);
		else if (f->account && its && (outcome == SAW_SSH_LOGIN_DENIED || outcome == SAW_SSH_LOGIN_GOOD))
			tell_account(f, outcome == SAW_SSH_LOGIN_DENIED, wall_ms);
		else if (f->account && outcome == SAW_SSH_LOGIN_GOOD)
			tell_account(f, false, wall_ms); /* the jump host let us through */
	}
}

void saw_latch_close(struct saw_latch *l) {
	for (size_t i = 0; i < l->n; i++)
		close(l->files[i].fd);
	l->n = 0;
}
