/*
 * One source of one device, polled again and again: its timer, the descriptor it asks for, and what reads from that.
 *
 * Process:   collector; the loop's thread.
 * Ownership: the task is the caller's and outlives the poll. saw_poll_destroy frees once the loop has run.
 */
#ifndef SAWATCH_DAEMON_POLL_H
#define SAWATCH_DAEMON_POLL_H

#include "collectors/file/file.h"
#include "collectors/sample.h"
#include "collectors/snmp/snmp.h"
#include "collectors/ssh/pool.h"
#include "proto/internal.pb-c.h"

#include <stdbool.h>
#include <uv.h>

/* What all polls of a collector share. */
struct saw_poll_home {
	uv_loop_t *loop;
	struct saw_snmp_engine *snmp;
	struct saw_ssh_pool *ssh;
	struct saw_file_reader *files;
	struct saw_sample_builder *failed; /* for samples that only say why there is nothing */
	uint64_t last_id;
	unsigned under_way;
	/* What is told of the schedule. */
	double lag_seconds; /* the worst since it was set to 0 */
	uint64_t missed;
	bool told; /* set to false whenever one of the two changes */

	void *ctx;
	/* Asks for a descriptor: saw_poll_opened(id) is the answer. 0 or an error. */
	int (*open)(void *ctx, const Sawatch__Internal__Open *request);
	/* Tells what came of a login that the supervisor gave leave for. */
	void (*login)(void *ctx, const Sawatch__Internal__Login *login);
	/* Whether a sample would find a taker: without one the device is left alone. */
	bool (*wanted)(void *ctx);
	void (*sample)(void *ctx, const char *device, const uint8_t *data, size_t len);
	void (*ended)(void *ctx, const char *device); /* a poll that saw_poll_now waited for */
	void (*configuration)(void *ctx, const Sawatch__Internal__Configuration *c);
};

/* What else than a file a poll reads. */
#define SAW_POLL_SNMP (-1)
#define SAW_POLL_SSH (-2)
#define SAW_POLL_SAMPLE_MAX (48U << 20) /* bytes of one packed sample; a frame holds more */

struct saw_poll;

/* file: which of task->files, SAW_POLL_SNMP or SAW_POLL_SSH. The first poll comes soon. NULL without memory. */
struct saw_poll *saw_poll_create(struct saw_poll_home *home, const Sawatch__Internal__Task *task, int file);
void saw_poll_destroy(struct saw_poll *p);

/* Begin anew: the first poll comes soon. */
void saw_poll_soon(struct saw_poll *p);

/*
 * Polls now, unless it did less than min_age_ns ago: whole, where there are fast polls. False: there is nothing to wait for. Else
 * home->ended comes when the poll under way has ended and its sample was handed over. *crowded: too much is under way already.
 */
bool saw_poll_now(struct saw_poll *p, uint64_t min_age_ns, bool *crowded);
bool saw_poll_is_ssh(const struct saw_poll *p);
bool saw_poll_is_awaited(const struct saw_poll *p); /* by such a call */

/* The request it waits for; 0: none. */
uint64_t saw_poll_request(const struct saw_poll *p);
/* Takes fd (-1: it could not be opened). */
void saw_poll_opened(struct saw_poll *p, const Sawatch__Internal__Opened *answer, int fd);

/* Takes what came of an SSH poll; done->ctx is the poll. */
void saw_poll_ssh_done(struct saw_poll *p, struct saw_ssh_done *done);

#endif
