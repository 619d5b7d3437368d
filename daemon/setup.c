#include "daemon/setup.h"

#include "collectors/ssh/hostkey.h"
#include "collectors/ssh/libssh.h"
#include "core/buf.h"
#include "core/siphash.h"
#include "daemon/schedule.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_TEXT (32U << 20)

struct saw_setup_task {
	Sawatch__Internal__Task task; /* texts are the configuration's, but for the secrets of snmp */
	Sawatch__Internal__SnmpTask snmp;
	Sawatch__Internal__SnmpContext *contexts, **context_list;
	Sawatch__Internal__FileTask *files;
	Sawatch__Internal__FileTask **file_list;
	Sawatch__Internal__SshTask ssh;
	struct endpoint {
		Sawatch__Internal__SshEndpoint e;
		Sawatch__Internal__HostKey keys[SAW_HOSTKEYS_MAX], *key_list[SAW_HOSTKEYS_MAX];
		char *texts; /* of the keys */
		char account[512];
	} * self, *jump;
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
	to->has_discover_contexts = to->has_fast_interval_ms = 1;
	to->fast_interval_ms = from->fast_interval_ms;
	to->discover_contexts = from->discover_contexts;
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

/* A user with its secrets, by where they lie. */
static void name_account(const struct saw_config_ssh *s, char *out, size_t n) {
	const char *const parts[] = {s->user, s->password.file, s->password.env, s->key.file, s->agent ? "agent" : NULL};
	size_t at = 0;

	for (size_t i = 0; i < sizeof parts / sizeof *parts && at < n; i++)
		at += (size_t)snprintf(out + at, n - at, "%s|", parts[i] ? parts[i] : "");
}

static char *put_str(char **at, struct saw_str s) {
	char *begin = *at;

	memcpy(begin, s.p, s.n);
	begin[s.n] = 0;
	*at += s.n + 1;
	return begin;
}

static int fill_keys(const struct saw_setup *s, const char *host, uint16_t port, struct endpoint *to,
					 struct saw_err *err) {
	const struct saw_str known = {saw_buf_text(&s->known_hosts), s->known_hosts.len};
	struct saw_hostkey keys[SAW_HOSTKEYS_MAX];
	size_t n = saw_hostkey_find(known, host, port, keys, SAW_HOSTKEYS_MAX), size = 0;
	char *at;

	for (size_t i = 0; i < n; i++)
		size += keys[i].type.n + keys[i].key.n + 2;
	at = to->texts = malloc(size + 1);
	if (!at)
		return saw_err_set(err, -ENOMEM, "no memory for the configuration");
	for (size_t i = 0; i < n; i++) {
		Sawatch__Internal__HostKey *k = to->key_list[i] = &to->keys[i];

		sawatch__internal__host_key__init(k);
		k->type = put_str(&at, keys[i].type);
		k->key = put_str(&at, keys[i].key);
		k->has_revoked = 1;
		k->revoked = keys[i].revoked;
	}
	to->e.host_keys = to->key_list;
	to->e.n_host_keys = n;
	return 0;
}

static bool same_text(const char *a, const char *b) {
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* A key that cannot be used is an error of the configuration. One that the endpoint before has too was looked at: a passphrase costs time. */
static int check_key(const struct saw_config *c, const struct saw_config_ssh *from, const struct endpoint *e,
					 const struct endpoint *before, struct saw_err *err) {
	if (!e->e.key ||
		(before && same_text(e->e.key, before->e.key) && same_text(e->e.key_passphrase, before->e.key_passphrase)))
		return 0;
	if (saw_sshwire_key_check(e->e.key, e->e.key_passphrase) == 0)
		return 0;
	return saw_err_set(err, SAW_ECONFIG, "%s:%d: key_file %s: not a private key%s", c->path, from->key.line,
					   from->key.file,
					   e->e.key_passphrase ? ", or the passphrase is not its" : ", or it needs `key_passphrase_file`");
}

static int fill_endpoint(const struct saw_setup *s, const char *name, const char *host,
						 const struct saw_config_ssh *from, const struct endpoint *before, struct endpoint **out,
						 struct saw_err *err) {
	const struct saw_config *c = s->config;
	struct endpoint *to = *out = calloc(1, sizeof *to);
	int rc;

	if (!to)
		return saw_err_set(err, -ENOMEM, "no memory for the configuration");
	sawatch__internal__ssh_endpoint__init(&to->e);
	name_account(from, to->account, sizeof to->account);
	to->e.name = text_of(name);
	to->e.host = text_of(host);
	to->e.user = text_of(from->user);
	to->e.has_port = to->e.has_agent = 1;
	to->e.port = from->port;
	to->e.agent = from->agent;
	to->e.old_algorithms = (char **)(uintptr_t)from->old_algorithms;
	to->e.n_old_algorithms = from->n_old_algorithms;
	rc = fill_keys(s, host, from->port, to, err);
	if (rc == 0 && from->key.file)
		rc = saw_config_secret_file(c, &from->key, &to->e.key, err);
	if (rc == 0)
		rc = read_secret(c, &from->key_passphrase, &to->e.key_passphrase, err);
	if (rc == 0)
		rc = check_key(c, from, to, before, err);
	return rc ? rc : read_secret(c, &from->password, &to->e.password, err);
}

/* One for all devices and for the daemon's life: digests of the same key are the same. Without random numbers there is none, and no audit. */
static ProtobufCBinaryData digest_key(void) {
	static uint8_t key[SAW_SIPHASH_KEY];
	static bool have;

	have = have || getrandom(key, sizeof key, 0) == (ssize_t)sizeof key;
	return (ProtobufCBinaryData){.data = key, .len = have ? sizeof key : 0};
}

static int fill_ssh(const struct saw_setup *s, const struct saw_config_device *d, struct saw_setup_task *t,
					struct saw_err *err) {
	const struct saw_config_jump *jump = d->ssh->jump ? saw_config_find_jump(s->config, d->ssh->jump) : NULL;
	const struct endpoint *before = t > s->tasks ? t[-1].self : NULL;
	Sawatch__Internal__SshTask *to = &t->ssh;
	int rc;

	sawatch__internal__ssh_task__init(to);
	to->has_interval_ms = to->has_detail_interval_ms = 1;
	to->interval_ms = d->ssh->interval_ms;
	to->detail_interval_ms = d->ssh->detail_interval_ms;
	to->has_timeout_ms = to->has_command_timeout_ms = to->has_deadline_ms = 1;
	to->timeout_ms = d->ssh->timeout_ms;
	to->command_timeout_ms = d->ssh->command_timeout_ms;
	to->deadline_ms = d->ssh->deadline_ms;
	to->context = text_of(d->ssh->context);
	to->has_audit_interval_ms = to->has_digest_key = d->ssh->audit_interval_ms != 0;
	to->audit_interval_ms = d->ssh->audit_interval_ms;
	to->digest_key = digest_key();
	rc = fill_endpoint(s, d->name, d->address, d->ssh, before, &t->self, err);
	if (rc == 0)
		rc = read_secret(s->config, &d->ssh->enable, &to->enable_secret, err);
	if (rc == 0 && jump)
		rc = fill_endpoint(s, jump->name, jump->address, jump->ssh, t->self, &t->jump, err);
	if (rc)
		return rc;
	to->self = &t->self->e;
	to->jump = jump ? &t->jump->e : NULL;
	t->task.ssh = to;
	return 0;
}

/* Both ends of a link name it in one of their tunnels. */
static const char *tick_of(const struct saw_config_device *d) {
	for (size_t i = 0; i < d->n_tunnels; i++)
		if (d->tunnels[i].link)
			return d->tunnels[i].link;
	return d->name;
}

static int fill_task(const struct saw_setup *s, const struct saw_config_device *d, struct saw_setup_task *t,
					 struct saw_err *err) {
	int rc;

	sawatch__internal__task__init(&t->task);
	t->task.device = text_of(d->name);
	t->task.has_platform = 1;
	t->task.platform = d->platform;
	t->task.tick = text_of(tick_of(d));
	t->task.has_on_demand = 1;
	t->task.on_demand = d->module != NULL;
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
	rc = d->ssh ? fill_ssh(s, d, t, err) : 0;
	if (rc || !d->snmp)
		return rc;
	sawatch__internal__snmp_task__init(&t->snmp);
	t->task.snmp = &t->snmp;
	rc = fill_snmp(s->config, d->snmp, &t->snmp, err);
	return rc ? rc : fill_contexts(s->config, d->snmp, t, err);
}

/* The secrets of guests that may come are those of their modules: what cannot be read is said now. */
static int check_modules(const struct saw_config *c, struct saw_err *err) {
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->probe.n_modules; i++) {
		Sawatch__Internal__SnmpTask t = SAWATCH__INTERNAL__SNMP_TASK__INIT;

		rc = fill_snmp(c, c->probe.modules[i].snmp, &t, err);
		saw_secret_wipe(t.community);
		saw_secret_wipe(t.auth_password);
		saw_secret_wipe(t.priv_password);
	}
	return rc;
}

/* What the process that pushes reads itself is looked at where somebody can still mend it. */
static int check_file(const struct saw_config *c, const struct saw_config_push *p, const char *key, const char *path,
					  struct saw_err *err) {
	struct stat st;
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1, rc = 0;

	if (!path)
		return 0;
	if (fd < 0)
		return saw_err_set(err, -errno, "%s:%d: push %s: %s: %s: %s", c->path, p->line, p->name, key, path,
						   strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
		rc = saw_err_set(err, SAW_ECONFIG, "%s:%d: push %s: %s: %s: expected a file with certificates (PEM)", c->path,
						 p->line, p->name, key, path);
	close(fd);
	return rc;
}

static int check_push(const struct saw_config *c, struct saw_err *err) {
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->n_push; i++) {
		rc = check_file(c, &c->push[i], "ca_file", c->push[i].tls.ca_file, err);
		if (rc == 0)
			rc = check_file(c, &c->push[i], "cert_file", c->push[i].tls.cert_file, err);
	}
	return rc;
}

int saw_setup_load(const char *path, struct saw_setup **out, struct saw_err *err) {
	struct saw_setup *s = calloc(1, sizeof *s);
	int rc;

	if (!s)
		return saw_err_set(err, -ENOMEM, "no memory for the configuration");
	rc = read_text(path, s, err);
	if (rc == 0)
		rc = saw_config_parse(path, s->text, s->len, &s->config, err);
	if (rc == 0)
		rc = saw_config_known_hosts(s->config, &s->known_hosts, err);
	if (rc == 0) {
		s->tasks = calloc(s->config->n_devices + SAW_CONFIG_GUESTS, sizeof *s->tasks);
		if (!s->tasks)
			rc = saw_err_set(err, -ENOMEM, "no memory for the configuration");
	}
	for (size_t i = 0; rc == 0 && i < s->config->n_devices; i++)
		rc = fill_task(s, &s->config->devices[i], &s->tasks[i], err);
	if (rc == 0)
		rc = check_modules(s->config, err);
	if (rc == 0)
		rc = check_push(s->config, err);
	if (rc == 0)
		rc = saw_crew_setup_load(s->config, s->text, s->len, &s->crew, err);
	if (rc < 0)
		saw_setup_destroy(s);
	else
		*out = s;
	return rc;
}

int saw_setup_guest(struct saw_setup *s, const char *target, const char *module, struct saw_err *err) {
	const size_t n = s->config->n_devices;
	int rc = saw_config_guest(s->config, target, module, err);

	/* Its secrets could be read when the configuration was; where that has changed it stays without them, and is not polled. */
	return rc == 0 && s->config->n_devices > n ? fill_task(s, &s->config->devices[n], &s->tasks[n], err) : rc;
}

static void endpoint_free(struct endpoint *e) {
	if (!e)
		return;
	saw_secret_wipe(e->e.key);
	saw_secret_wipe(e->e.key_passphrase);
	saw_secret_wipe(e->e.password);
	free(e->texts);
	free(e);
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
		saw_secret_wipe(t->ssh.enable_secret);
		endpoint_free(t->self);
		endpoint_free(t->jump);
		free(t->files);
		free(t->file_list);
	}
	free(s->tasks);
	saw_crew_setup_free(&s->crew);
	saw_config_destroy(s->config);
	saw_buf_free(&s->known_hosts);
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

struct saw_ledger_login saw_setup_login(const struct saw_setup *s, const struct saw_config_device *device) {
	const struct saw_setup_task *t = &s->tasks[device - s->config->devices];

	return (struct saw_ledger_login){.device = device->name,
									 .account = t->self->account,
									 .jump = t->jump ? t->jump->e.name : NULL,
									 .jump_account = t->jump ? t->jump->account : NULL};
}

static void put_old(struct saw_buf *out, const struct saw_config_ssh *s, const char *whose) {
	saw_buf_reset(out);
	saw_buf_printf(out, "old SSH algorithms are allowed%s, which can be broken:", whose);
	for (size_t i = 0; i < s->n_old_algorithms; i++)
		saw_buf_printf(out, "%s %s", i ? "," : "", s->old_algorithms[i]);
}

void saw_setup_weak(const struct saw_config *c,
					void (*tell)(void *ctx, const struct saw_config_device *device, const char *sentence), void *ctx) {
	struct saw_buf text = SAW_BUF_INIT(4096);

	for (size_t i = 0; i < c->n_devices; i++) {
		const struct saw_config_device *d = &c->devices[i];
		const struct saw_config_jump *jump = d->ssh && d->ssh->jump ? saw_config_find_jump(c, d->ssh->jump) : NULL;

		if (d->snmp && d->snmp->insecure)
			tell(ctx, d, d->snmp->insecure);
		if (d->ssh && d->ssh->n_old_algorithms) {
			put_old(&text, d->ssh, "");
			tell(ctx, d, saw_buf_text(&text));
		}
		if (jump && jump->ssh->n_old_algorithms) {
			put_old(&text, jump->ssh, " at its jump host");
			tell(ctx, d, saw_buf_text(&text));
		}
	}
	saw_buf_free(&text);
}
