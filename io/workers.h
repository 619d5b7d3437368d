/*
 * Threads that do what takes long, so that a loop never waits for it: rendering, compressing.
 *
 * Threads:   saw_workers_add from any thread; jobs run on the workers' threads, begun in the order in which they were added.
 *            Create before a sandbox that refuses new threads.
 * Ownership: a job is its owner's (a member of what it is about) and is not touched any more once its run was called, so that run may
 *            free it. Jobs that were added before saw_workers_destroy are run before that returns.
 */
#ifndef SAWATCH_IO_WORKERS_H
#define SAWATCH_IO_WORKERS_H

#include "core/err.h"

struct saw_workers;

struct saw_job {
	void (*run)(struct saw_job *job);
	struct saw_job *next; /* the workers' */
};

/* At most SAW_WORKERS_MAX threads. NULL with err set. */
#define SAW_WORKERS_MAX 16
struct saw_workers *saw_workers_create(unsigned threads, struct saw_err *err);
void saw_workers_destroy(struct saw_workers *w);
void saw_workers_add(struct saw_workers *w, struct saw_job *job);

#endif
