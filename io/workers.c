#include "io/workers.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

struct saw_workers {
	pthread_t threads[SAW_WORKERS_MAX];
	unsigned n_threads;

	pthread_mutex_t lock;
	pthread_cond_t change;
	struct saw_job *first, **end;
	bool stop;
};

static void *work(void *arg) {
	struct saw_workers *w = arg;

	pthread_mutex_lock(&w->lock);
	while (w->first || !w->stop) {
		struct saw_job *job = w->first;

		if (!job) {
			pthread_cond_wait(&w->change, &w->lock);
			continue;
		}
		w->first = job->next;
		if (!w->first)
			w->end = &w->first;
		pthread_mutex_unlock(&w->lock);
		job->run(job);
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* Signals are the loop's: none is taken by a worker. */
static int start_threads(struct saw_workers *w, unsigned n) {
	sigset_t all, before;
	int rc = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (rc == 0 && w->n_threads < n) {
		rc = pthread_create(&w->threads[w->n_threads], NULL, work, w);
		w->n_threads += rc == 0;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -rc;
}

struct saw_workers *saw_workers_create(unsigned threads, struct saw_err *err) {
	struct saw_workers *w = threads <= SAW_WORKERS_MAX ? calloc(1, sizeof *w) : NULL;
	int rc;

	if (!w) {
		saw_err_set(err, -ENOMEM, "threads that render: %s", saw_strerror(-ENOMEM));
		return NULL;
	}
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->change, NULL);
	w->end = &w->first;
	rc = start_threads(w, threads);
	if (rc) {
		saw_workers_destroy(w);
		saw_err_set(err, rc, "threads that render: %s", saw_strerror(rc));
		return NULL;
	}
	return w;
}

void saw_workers_destroy(struct saw_workers *w) {
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->change);
	pthread_mutex_unlock(&w->lock);
	for (unsigned i = 0; i < w->n_threads; i++)
		pthread_join(w->threads[i], NULL);
	pthread_cond_destroy(&w->change);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

void saw_workers_add(struct saw_workers *w, struct saw_job *job) {
	job->next = NULL;
	pthread_mutex_lock(&w->lock);
	*w->end = job;
	w->end = &job->next;
	pthread_cond_signal(&w->change);
	pthread_mutex_unlock(&w->lock);
}
