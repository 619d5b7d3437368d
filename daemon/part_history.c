/* The part that keeps history: a reading of each tunnel end at its interval, in a file that reports read. */
#include "daemon/part.h"
#include "history/keeper.h"
#include "history/period.h"
#include "history/recorder.h"
#include "history/store.h"
#include "io/clock.h"
#include "io/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define COMMIT_MS 60000U /* what a crash may lose at the most */
#define SOON_MS 1U       /* between slices of what is due: snapshots are taken in between */
#define REST_MS 10000U   /* until it is looked again for what is due */

struct part {
	struct saw_part_process *process;
	uv_timer_t ask, tend;
	unsigned handles; /* that are open */
	struct saw_recorder *recorder;
	struct saw_keeper *keeper; /* NULL: nothing is kept */
	struct saw_keeper_options options;
	char *path, *zone;
	uint64_t lost, errors;
	int64_t committed_ms, waiting_ms; /* waiting_ms: since when something is not on the disk; 0: all is */
	char trouble[SAW_ERR_TEXT_MAX];   /* what is wrong now; empty: nothing */
	bool behind;
};

/* Somebody who asked for it is told why there is none. */
static bool wanted(const struct saw_config *c) {
	return c->history.enabled &&
		   (c->history.path || c->history.line || !c->state_dir || strcmp(c->state_dir, SAW_CONFIG_NONE) != 0);
}

/* ------------------------------------------------------------------------------------------------------- how it does */

static void tell(struct part *p) {
	Sawatch__V1__HistoryState h = SAWATCH__V1__HISTORY_STATE__INIT;
	Sawatch__V1__Exporter says = SAWATCH__V1__EXPORTER__INIT;
	struct saw_keeper_figures f;

	says.name = (char *)(uintptr_t) "history";
	if (*p->trouble)
		says.error = p->trouble;
	if (p->keeper) {
		saw_keeper_figures(p->keeper, &f);
		h = (Sawatch__V1__HistoryState){
			.base = h.base,
			.has_samples = 1,
			.samples = f.written,
			.has_lost = 1,
			.lost = p->lost,
			.has_bytes = 1,
			.bytes = f.bytes,
			.has_last_commit_ms = p->committed_ms != 0,
			.last_commit_ms = p->committed_ms,
			.has_lag_seconds = 1,
			.lag_seconds = p->waiting_ms ? (double)(saw_wall_ms() - p->waiting_ms) / 1000 : 0,
			.has_errors = 1,
			.errors = p->errors,
			.has_tunnel_ends = 1,
			.tunnel_ends = f.ends,
			.has_damaged = 1,
			.damaged = f.damaged,
		};
		says.history = &h;
	}
	saw_part_tell(p->process, &says);
}

/* Said once, until it is another trouble or none. */
static void complain(struct part *p, const char *text) {
	if (strcmp(p->trouble, text) == 0)
		return;
	snprintf(p->trouble, sizeof p->trouble, "%s", text);
	saw_log(SAW_LOG_ERROR, NULL, NULL, "history: %s", text);
}

static void relieve(struct part *p) {
	if (!*p->trouble)
		return;
	*p->trouble = 0;
	saw_log(SAW_LOG_INFO, NULL, NULL, "history is written again");
}

/* ----------------------------------------------------------------------------------------------------------- writing */

/* One that is ending may still have it. */
static int open_keeper(struct part *p, bool damaged, struct saw_err *err) {
	char note[SAW_ERR_TEXT_MAX] = "";
	int rc;

	for (int i = 0; (rc = saw_keeper_open(p->path, &p->options, damaged, note, &p->keeper, err)) == -EBUSY && i < 20;
		 i++)
		nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);

	if (*note)
		saw_log(SAW_LOG_WARNING, NULL, NULL, "%s", note);
	return rc;
}

/* A file that turns out to be damaged is set aside, and another is begun. */
static void failed(struct part *p, int rc, const struct saw_err *why) {
	struct saw_err err;

	p->errors++;
	if (rc != SAW_EFORMAT) {
		complain(p, why->text);
		return;
	}
	saw_keeper_close(p->keeper);
	p->keeper = NULL;
	if (open_keeper(p, true, &err) < 0)
		complain(p, err.text);
}

static void commit(struct part *p) {
	struct saw_err err;
	int rc = saw_keeper_commit(p->keeper, &err);

	if (rc) {
		failed(p, rc, &err);
		return;
	}
	p->committed_ms = saw_wall_ms();
	p->waiting_ms = 0;
	if (!p->behind)
		relieve(p);
}

static void on_tend(uv_timer_t *t) {
	struct part *p = t->data;
	struct saw_err err;
	int rc = p->keeper ? saw_keeper_tend(p->keeper, saw_wall_ms(), &err) : 0;

	if (rc < 0)
		failed(p, rc, &err);
	uv_timer_start(&p->tend, on_tend, rc == 1 ? SOON_MS : REST_MS, 0);
}

static void say_clock(struct part *p, const struct saw_recorded *r) {
	char text[256];

	if (r->jump_ms)
		saw_log(SAW_LOG_WARNING, NULL, NULL, "the clock was set by %lld s: rates around it are not known",
				(long long)r->jump_ms / 1000);
	if (r->behind_ms && !p->behind) {
		snprintf(
			text, sizeof text,
			"the clock is %lld s behind readings that are kept: nothing is kept until it has passed them; where it "
			"was ahead then, stop sawatchd and use sawatch history forget --after",
			(long long)r->behind_ms / 1000);
		complain(p, text);
	}
	if (!r->behind_ms && p->behind)
		relieve(p);
	p->behind = r->behind_ms != 0;
}

static void take_snapshot(void *part, Sawatch__V1__Snapshot *s) {
	struct part *p = part;
	struct saw_recorded recorded;
	struct saw_err err;
	int rc = 0;

	if (!p->keeper && p->path && open_keeper(p, false, &err) < 0)
		complain(p, err.text);
	if (p->keeper) {
		rc = saw_recorder_take(p->recorder, p->keeper, s, p->options.interval_ms, saw_steady_ms(), &recorded);
		p->lost += recorded.lost;
		if (recorded.taken && !p->waiting_ms)
			p->waiting_ms = saw_wall_ms();
		say_clock(p, &recorded);
		if (rc)
			complain(p, saw_strerror(rc));
		commit(p);
	}
	sawatch__v1__snapshot__free_unpacked(s, NULL);
	tell(p);
}

/* ------------------------------------------------------------------------------------------------------ a part's life */

static void on_ask(uv_timer_t *t) {
	struct part *p = t->data;

	saw_part_ask(p->process);
}

static void *create(struct saw_part_process *process, uv_loop_t *loop, struct saw_err *err) {
	struct part *p = calloc(1, sizeof *p);

	if (!p || !(p->recorder = saw_recorder_create())) {
		free(p);
		saw_err_set(err, -ENOMEM, "no memory");
		return NULL;
	}
	p->process = process;
	uv_timer_init(loop, &p->ask);
	uv_timer_init(loop, &p->tend);
	p->ask.data = p->tend.data = p;
	p->handles = 2;
	return p;
}

static unsigned days(uint64_t ms) {
	return (unsigned)(ms / (24 * 60 * 60 * 1000));
}

/* The file that the configuration means. NULL: none. */
static char *path_of(const struct saw_config_history *c, const char *state_dir) {
	char path[4096];

	if (!c->path && !state_dir)
		return NULL;
	if (c->path)
		return strdup(c->path);
	mkdir(state_dir, 0700); /* the hub does so too, and says what is wrong with it */
	snprintf(path, sizeof path, "%s/" SAW_HISTORY_FILE_NAME, state_dir);
	return strdup(path);
}

static int configure(void *part, const struct saw_config *c, const char *state_dir, struct saw_err *err) {
	const struct saw_config_history *h = &c->history;
	struct part *p = part;
	char *path = path_of(h, state_dir), *zone = strdup(h->time_zone);
	uint64_t ask_ms = h->interval_ms / 5 < COMMIT_MS ? h->interval_ms / 5 : COMMIT_MS;
	bool other;
	int rc = zone ? saw_period_zone(zone, err) : saw_err_set(err, -ENOMEM, "no memory");

	if (rc) {
		free(path);
		free(zone);
		return rc;
	}
	free(p->zone);
	p->zone = zone;
	other = !p->path || !path || strcmp(p->path, path) != 0;
	free(p->path);
	p->path = path;
	p->options = (struct saw_keeper_options){
		.interval_ms = (int64_t)h->interval_ms,
		.raw_days = days(h->keep_readings_ms),
		.hourly_days = days(h->keep_hours_ms),
		.summary_days = days(h->keep_summaries_ms),
		.zone = strcmp(zone, "UTC") == 0 ? NULL : p->zone,
	};
	if (p->keeper && !other) {
		saw_keeper_options(p->keeper, &p->options);
	} else {
		saw_keeper_close(p->keeper);
		p->keeper = NULL;
		rc = path ? open_keeper(p, false, err) : 0;
		if (rc)
			return rc;
		if (!path && h->line)
			saw_log(SAW_LOG_WARNING, NULL, NULL,
					"there is no state directory, so that no history is kept; name one with state_dir, or a file with "
					"path in history");
	}
	uv_timer_start(&p->ask, on_ask, 0, ask_ms < 1000 ? 1000 : ask_ms);
	uv_timer_start(&p->tend, on_tend, SOON_MS, 0);
	tell(p);
	return 0;
}

static void on_closed(uv_handle_t *h) {
	struct part *p = h->data;

	if (--p->handles)
		return;
	saw_recorder_destroy(p->recorder);
	free(p->path);
	free(p->zone);
	free(p);
}

static void destroy(void *part) {
	struct part *p = part;
	struct saw_err err;

	if (p->keeper && saw_keeper_commit(p->keeper, &err))
		complain(p, err.text);
	saw_keeper_close(p->keeper);
	p->keeper = NULL;
	uv_close((uv_handle_t *)&p->ask, on_closed);
	uv_close((uv_handle_t *)&p->tend, on_closed);
}

const struct saw_part saw_part_history = {
	.role = "history",
	.sandbox = SAW_SANDBOX_FILES,
	.wanted = wanted,
	.create = create,
	.configure = configure,
	.snapshot = take_snapshot,
	.destroy = destroy,
};
