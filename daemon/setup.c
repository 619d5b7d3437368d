#include "daemon/setup.h"

#include "core/buf.h"
#include "daemon/schedule.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define MOST_TEXT (32U << 20)

struct saw_setup_task {
	Sawatch__Internal__Task task; /* texts are the configuration's, but for the secrets of snmp */
	Sawatch__Internal__SnmpTask snmp;
	Sawatch__Internal__SnmpContext *contexts, **context_list;
	Sawatch__Internal__FileTask *files;
	Sawatch__Internal__FileTask **file_list;
};

static int read_text(const char *path, struct saw_setup *s, struct saw_err *err) {
	struct saw_buf text = SAW_BUF_INIT(MOST_TEXT);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : 1;
	int rc = fd < 0 ? -errno : 0;

	while (n > 0) {
		uint8_t *room = saw_buf_reserve(&text, 16384);

		if (!room)
			break;
		n = read(fd, room, 16384);
		if (n < 0)
			rc = -errno;
		else
			text.len += (size_t)n;
	}
	if (fd >= 0)
		close(fd);
	if (rc == 0)
		rc = saw_buf_error(&text);
	if (rc < 0)
		saw_err_set(err, rc, "%s: %s", path, saw_strerror(rc));
	else if (!(s->text = (char *)saw_buf_steal(&text, &s->len)))
		rc = saw_err_set(err, SAW_ECONFIG, "%s: the file is empty", path);
	saw_buf_free(&text);
	return rc;
}

/* protobuf-c has no const */
static char *text_of(const char *s) {
	return (char *)(uintptr_t)s;
}

static int read_secret(const struct saw_config *c, const struct saw_secret_ref *ref, char **out, struct saw_err *err) {
	return ref->file || ref->env ? saw_config_secret(c, ref, out, err) : 0;
}

static int fill_snmp(const struct saw_config *c, const struct saw_config_snmp *from, Sawatch__Internal__SnmpTask *to,
					 struct saw_err *err) {
	int rc;

	to->has_version = to->has_interval_ms = to->has_timeout_ms = to->has_deadline_ms = to->has_history_interval_ms = 1;
	to->has_retries = to->has_max_repetitions = to->has_window = to->has_max_rows = 1;
	to->version = (uint32_t)from->version;
	to->interval_ms = from->interval_ms;
	to->history_interval_ms = from->history_interval_ms;
	to->timeout_ms = from->timeout_ms;
	to->deadline_ms = from->deadline_ms;
	to->retries = from->retries;
	to->max_repetitions = from->max_repetitions;
	to->window = from->window;
	to->max_rows = from->max_rows;
	to->has_memory_pools = 1;
	to->memory_pools = from->memory_pools;
	to->user = text_of(from->user);
	to->auth = text_of(from->auth);
	to->priv = text_of(from->priv);
	to->context = text_of(from->context);
	rc = read_secret(c, &from->community, &to->community, err);
	if (rc == 0)
		rc = read_secret(c, &from->auth_password, &to->auth_password, err);
	if (rc == 0)
		rc = read_secret(c, &from->priv_password, &to->priv_password, err);
	return rc;
}

static int fill_contexts(const struct saw_config *c, const struct saw_config_snmp *from, struct saw_setup_task *t,
						 struct saw_err *err) {
	int rc = 0;

	if (!from->n_contexts)
		return 0;
	t->contexts = calloc(from->n_contexts, sizeof *t->contexts);
	t->context_list = calloc(from->n_contexts, sizeof(Sawatch__Internal__SnmpContext *));
	if (!t->contexts || !t->context_list)
		return saw_err_set(err, -ENOMEM, "no memory for the configuration");
	t->snmp.contexts = t->context_list;
	for (size_t i = 0; i < from->n_contexts && rc == 0; i++) {
		Sawatch__Internal__SnmpContext *to = t->context_list[i] = &t->contexts[i];

		sawatch__internal__snmp_context__init(to);
		to->name = text_of(from->contexts[i].name);
		to->vrf = text_of(from->contexts[i].vrf);
		t->snmp.n_contexts++;
		if (from->version != 3)
			rc = read_secret(c, &from->contexts[i].community, &to->community, err);
	}
	return rc;
}

/* Both ends of a link name it in one of their tunnels. */
static const char *tick_of(const struct saw_config_device *d) {
	for (size_t i = 0; i < d->n_tunnels; i++)
		if (d->tunnels[i].link)
			return d->tunnels[i].link;
	return d->name;
}

static int fill_task(const struct saw_config *c, const struct saw_config_device *d, struct saw_setup_task *t,
					 struct saw_err *err) {
	int rc;

	sawatch__internal__task__init(&t->task);
	t->task.device = text_of(d->name);
	t->task.has_platform = 1;
	t->task.platform = d->platform;
	t->task.tick = text_of(tick_of(d));
	if (d->n_files) {
		t->files = calloc(d->n_files, sizeof *t->files);
		t->file_list = calloc(d->n_files, sizeof(Sawatch__Internal__FileTask *));
		if (!t->files || !t->file_list)
			return saw_err_set(err, -ENOMEM, "no memory for the configuration");
		t->task.files = t->file_list;
	}
	for (size_t i = 0; i < d->n_files; i++) {
		Sawatch__Internal__FileTask *f = t->file_list[i] = &t->files[i];

		sawatch__internal__file_task__init(f);
		f->path = text_of(d->files[i].path);
		f->has_interval_ms = f->has_max_age_ms = 1;
		f->interval_ms = d->files[i].interval_ms;
		f->max_age_ms = d->files[i].max_age_ms;
		t->task.n_files++;
	}
	if (!d->snmp)
		return 0;
	sawatch__internal__snmp_task__init(&t->snmp);
	t->task.snmp = &t->snmp;
	rc = fill_snmp(c, d->snmp, &t->snmp, err);
	return rc ? rc : fill_contexts(c, d->snmp, t, err);
}

int saw_setup_load(const char *path, struct saw_setup **out, struct saw_err *err) {
	struct saw_setup *s = calloc(1, sizeof *s);
	int rc;

	if (!s)
		return saw_err_set(err, -ENOMEM, "no memory for the configuration");
	rc = read_text(path, s, err);
	if (rc == 0)
		rc = saw_config_parse(path, s->text, s->len, &s->config, err);
	if (rc == 0) {
		s->tasks = calloc(s->config->n_devices ? s->config->n_devices : 1, sizeof *s->tasks);
		if (!s->tasks)
			rc = saw_err_set(err, -ENOMEM, "no memory for the configuration");
	}
	for (size_t i = 0; rc == 0 && i < s->config->n_devices; i++)
		rc = fill_task(s->config, &s->config->devices[i], &s->tasks[i], err);
	if (rc < 0)
		saw_setup_destroy(s);
	else
		*out = s;
	return rc;
}

void saw_setup_destroy(struct saw_setup *s) {
	if (!s)
		return;
	for (size_t i = 0; s->tasks && i < s->config->n_devices; i++) {
		struct saw_setup_task *t = &s->tasks[i];

		saw_secret_wipe(t->snmp.community);
		saw_secret_wipe(t->snmp.auth_password);
		saw_secret_wipe(t->snmp.priv_password);
		for (size_t k = 0; k < t->snmp.n_contexts; k++)
			saw_secret_wipe(t->contexts[k].community);
		free(t->contexts);
		free(t->context_list);
		free(t->files);
		free(t->file_list);
	}
	free(s->tasks);
	saw_config_destroy(s->config);
	free(s->text);
	free(s);
}

int saw_setup_tasks(const struct saw_setup *s, unsigned collector, Sawatch__Internal__Tasks *out) {
	const struct saw_config *c = s->config;

	sawatch__internal__tasks__init(out);
	out->tasks = calloc(c->n_devices ? c->n_devices : 1, sizeof(Sawatch__Internal__Task *));
	if (!out->tasks)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_devices; i++)
		if (saw_schedule_collector(c->devices[i].name, c->collectors) == collector)
			out->tasks[out->n_tasks++] = &s->tasks[i].task;
	return 0;
}

const struct saw_config_device *saw_setup_device(const struct saw_setup *s, unsigned collector, const char *device) {
	if (!device || saw_schedule_collector(device, s->config->collectors) != collector)
		return NULL;
	return saw_config_find(s->config, device);
}
