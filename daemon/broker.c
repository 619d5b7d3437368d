#include "daemon/broker.h"

#include "core/addr.h"
#include "io/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_UNDER_WAY 4096

struct job {
	struct job *next, **prev;
	uv_work_t work;
	struct saw_broker *broker;
	struct saw_broker_client client;
	uint64_t id;
	enum { JOB_FILE, JOB_UDP, JOB_TCP, JOB_UNIX } kind;
	uint16_t port;
	unsigned turn;        /* which of a name's addresses */
	uint64_t patience_ms; /* for all addresses of a name but the last */
	int fd;
	struct saw_err err;
	char address[SAW_SOCKET_PRINTED];
	char target[]; /* host or path */
};

struct saw_broker {
	uv_loop_t *loop;
	saw_broker_done_fn done;
	void *ctx;
	struct job *jobs;
	size_t n_jobs;
	bool stopped;
};

struct saw_broker *saw_broker_create(uv_loop_t *loop, saw_broker_done_fn done, void *ctx) {
	struct saw_broker *b = calloc(1, sizeof *b);

	if (b)
		*b = (struct saw_broker){.loop = loop, .done = done, .ctx = ctx};
	return b;
}

void saw_broker_destroy(struct saw_broker *b) {
	free(b);
}

static int open_file(const char *path, int *out, struct saw_err *err) {
	struct stat st;
	/* Non-blocking: a FIFO in the file's place must not hold us. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int rc;

	if (fd < 0)
		return saw_err_set(err, -errno, "%s: %s", path, saw_strerror(-errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		rc = saw_err_set(err, -EINVAL, "%s: not a regular file", path);
		close(fd);
		return rc;
	}
	*out = fd;
	return 0;
}

static void work(uv_work_t *w) {
	struct job *j = w->data;

	switch (j->kind) {
	case JOB_UDP:
		saw_io_udp_connect(j->target, j->port, j->turn, &j->fd, j->address, sizeof j->address, &j->err);
		break;
	case JOB_TCP:
		saw_io_tcp_connect(j->target, j->port, j->patience_ms, &j->fd, j->address, sizeof j->address, &j->err);
		break;
	case JOB_UNIX:
		saw_io_unix_connect(j->target, &j->fd, &j->err);
		break;
	default:
		open_file(j->target, &j->fd, &j->err);
	}
}

static Sawatch__V1__PollError class_of(const struct saw_err *err) {
	switch (err->code) {
	case SAW_ERESOLVE:
		return SAWATCH__V1__POLL_ERROR__POLL_ERROR_RESOLVE;
	case SAW_ELIMIT:
	case -EMFILE:
	case -ENFILE:
	case -ENOMEM:
	case -ENOBUFS:
		return SAWATCH__V1__POLL_ERROR__POLL_ERROR_INTERNAL;
	case -EACCES:
	case -EPERM:
		return SAWATCH__V1__POLL_ERROR__POLL_ERROR_ACCESS;
	default:
		return SAWATCH__V1__POLL_ERROR__POLL_ERROR_UNREACHABLE;
	}
}

static void answer(struct saw_broker *b, const struct saw_broker_client *client, uint64_t id, bool leave, char *address,
				   int fd, struct saw_err *err) {
	Sawatch__Internal__Opened o = SAWATCH__INTERNAL__OPENED__INIT;

	o.has_id = o.has_leave = 1;
	o.id = id;
	o.leave = leave;
	if (fd >= 0) {
		o.address = address;
	} else {
		o.has_error_class = 1;
		o.error_class = class_of(err);
		o.error = err->text;
	}
	b->done(b->ctx, client, &o, fd);
}

static void after(uv_work_t *w, int status) {
	struct job *j = w->data;
	struct saw_broker *b = j->broker;

	if (status < 0)
		saw_err_set(&j->err, status, "given up");
	*j->prev = j->next;
	if (j->next)
		j->next->prev = j->prev;
	b->n_jobs--;
	if (!b->stopped)
		answer(b, &j->client, j->id, j->kind == JOB_TCP, j->address, j->fd, &j->err);
	else if (j->fd >= 0)
		close(j->fd);
	free(j);
}

static struct job *job_create(struct saw_broker *b, const struct saw_broker_client *client, uint64_t id,
							  const char *target) {
	size_t n = strlen(target) + 1;
	struct job *j = calloc(1, sizeof *j + n);

	if (!j)
		return NULL;
	j->broker = b;
	j->client = *client;
	j->id = id;
	j->fd = -1;
	j->work.data = j;
	memcpy(j->target, target, n);
	j->next = b->jobs;
	j->prev = &b->jobs;
	if (j->next)
		j->next->prev = &j->next;
	b->jobs = j;
	b->n_jobs++;
	return j;
}

/* What a request asks for; NULL where that is not configured. */
static const char *target_of(const struct saw_config *c, const struct saw_config_device *d,
							 const Sawatch__Internal__Open *m, int *kind, uint16_t *port) {
	const struct saw_config_jump *jump;

	*port = 0;
	*kind = JOB_FILE;
	if (m->has_file)
		return m->file < d->n_files ? d->files[m->file].path : NULL;
	jump = d->ssh && d->ssh->jump ? saw_config_find_jump(c, d->ssh->jump) : NULL;
	if (m->agent) {
		*kind = JOB_UNIX;
		return (d->ssh && d->ssh->agent) || (jump && jump->ssh->agent) ? getenv("SSH_AUTH_SOCK") : NULL;
	}
	if (m->ssh) {
		*kind = JOB_TCP;
		*port = jump ? jump->ssh->port : d->ssh ? d->ssh->port : 0;
		return jump ? jump->address : d->ssh ? d->address : NULL;
	}
	*kind = JOB_UDP;
	*port = d->snmp ? d->snmp->port : 0;
	return d->snmp ? d->address : NULL;
}

void saw_broker_open(struct saw_broker *b, const struct saw_broker_client *client, const struct saw_config *config,
					 const struct saw_config_device *device, const Sawatch__Internal__Open *request) {
	int kind = JOB_FILE;
	uint16_t port = 0;
	const char *target = device ? target_of(config, device, request, &kind, &port) : NULL;
	struct saw_addr literal;
	struct saw_err err = {0};
	struct job *j;

	if (!target && device && request->agent)
		saw_err_set(&err, SAW_EUNKNOWN, "`agent: true`, and SSH_AUTH_SOCK is not set for sawatchd");
	else if (!target)
		saw_err_set(&err, SAW_EUNKNOWN, "not in the configuration any more");
	else if (b->n_jobs >= MOST_UNDER_WAY)
		saw_err_set(&err, SAW_ELIMIT, "too many names are being resolved already");
	else if (!(j = job_create(b, client, request->id, target)))
		saw_err_set(&err, -ENOMEM, "no memory");
	else {
		j->kind = kind;
		j->port = port;
		j->turn = request->turn;
		j->patience_ms = device->ssh ? device->ssh->timeout_ms : 0;
		if (port && saw_addr_parse(saw_str_of(target), &literal) == 0) {
			work(&j->work);
			after(&j->work, 0);
		} else {
			uv_queue_work(b->loop, &j->work, work, after);
		}
	}
	if (err.code)
		answer(b, client, request->id, request->ssh, NULL, -1, &err);
}

bool saw_broker_stop(struct saw_broker *b) {
	b->stopped = true;
	for (struct job *j = b->jobs; j; j = j->next)
		uv_cancel((uv_req_t *)&j->work);
	return b->n_jobs > 0;
}
