#include "config/config.h"

#include "config/schema.h"
#include "config/tree.h"
#include "core/addr.h"
#include "core/buf.h"
#include "core/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MAX ((size_t)16 << 20)
#define ARENA_MAX ((size_t)256 << 20)
#define SECRET_MAX 1024
#define SECRET_FILE_MAX ((size_t)64 << 10)

struct whole {
	struct saw_config_root root; /* first: a saw_config is a whole */
	struct saw_arena *arena;
	const struct saw_config_device **by_name;
	size_t n_guests;
};

static int by_name(const void *a, const void *b) {
	return strcmp((*(const struct saw_config_device *const *)a)->name,
				  (*(const struct saw_config_device *const *)b)->name);
}

static int tunnels_by_name(const void *a, const void *b) {
	return strcmp((*(const struct saw_config_tunnel *const *)a)->name,
				  (*(const struct saw_config_tunnel *const *)b)->name);
}

static bool is_none(const char *word) {
	return word && strcmp(word, "none") == 0;
}

/* Version 2c, which is no better than 1 in this, is what many devices are set to and is not asked about. */
static const char *insecure(const struct saw_config_snmp *s) {
	if (s->version == 1)
		return "SNMPv1 sends its community in the clear and has no 64-bit counters; use version 3, or 2c";
	if (s->version == 3 && !s->auth)
		return "SNMPv3 without authentication: anybody can answer in the device's name; set `auth`";
	if (s->auth && strcmp(s->auth, "md5") == 0)
		return "SNMPv3 authentication with MD5 is weak; use sha256, or sha1 where the device has no other";
	if (s->priv && strcmp(s->priv, "des") == 0)
		return "SNMPv3 privacy with DES can be broken; use aes128 or better";
	return NULL;
}

/* Puts out what the chosen version does not use, and asks for what it needs. */
static int check_snmp(const char *path, const struct saw_config_device *d, struct saw_config_snmp *s,
					  struct saw_err *err) {
	const char *lacks = NULL;
	bool community = s->community.file || s->community.env;
	bool auth = s->auth_password.file || s->auth_password.env, priv = s->priv_password.file || s->priv_password.env;

	if (is_none(s->auth)) {
		s->auth_password = (struct saw_secret_ref){0};
		s->auth = NULL;
		auth = false;
	}
	if (is_none(s->priv)) {
		s->priv_password = (struct saw_secret_ref){0};
		s->priv = NULL;
		priv = false;
	}
	if (s->version != 3) {
		if (!community)
			lacks = s->version == 1 ? "version 1 needs `community_file` or `community_env`"
									: "version 2c needs `community_file` or `community_env`";
		s->user = s->auth = s->priv = s->context = NULL;
		s->auth_password = s->priv_password = (struct saw_secret_ref){0};
	} else {
		if (!s->user)
			lacks = "version 3 needs `user` (version 2c: write `version: 2c`)";
		else if (!s->auth && !s->allow_insecure)
			lacks = "version 3 needs `auth`, such as sha256: without it anybody could answer in the device's name; "
					"`allow_insecure: true` and `auth: none` take it nevertheless";
		else if (!s->auth && auth)
			lacks = "an authentication password is given, and `auth` is not; expected such as `auth: sha256`";
		else if (!s->auth && s->priv)
			lacks = "`priv` needs `auth`: there is no privacy without authentication";
		else if (s->auth && !auth)
			lacks = "`auth` needs `auth_password_file` or `auth_password_env`";
		else if (s->priv && !priv)
			lacks = "`priv` needs `priv_password_file` or `priv_password_env`";
		else if (!s->priv && priv)
			lacks = "a privacy password is given, and `priv` is not; expected such as `priv: aes128`";
		s->community = (struct saw_secret_ref){0};
	}
	s->insecure = insecure(s);
	if (!lacks && s->insecure && !s->allow_insecure)
		return saw_err_set(err, SAW_ECONFIG, "%s:%d: device %s: %s; `allow_insecure: true` takes it nevertheless", path,
						   d->line, d->name, s->insecure);
	if (s->version == 1)
		s->max_repetitions = 1; /* it has no GETBULK */
	for (size_t i = 0; !lacks && i < s->n_contexts; i++)
		if (s->version != 3 && !s->contexts[i].community.file && !s->contexts[i].community.env)
			lacks = "each of `contexts` needs its own `community_file` or `community_env` with versions 1 and 2c";
	if (!lacks && s->fast_interval_ms >= s->interval_ms)
		lacks = "`fast_interval` must be less than `interval`";
	if (!lacks && s->fast_interval_ms && s->deadline_ms >= s->fast_interval_ms)
		lacks = "`deadline` must be less than `fast_interval`";
	if (!lacks && s->deadline_ms >= s->interval_ms)
		lacks = "`deadline` must be less than `interval`";
	if (!lacks && s->timeout_ms > s->deadline_ms)
		lacks = "`timeout` must not be more than `deadline`";
	if (!lacks && !d->address)
		lacks = "`address` is needed with snmp: the device's name or IP address";
	return lacks ? saw_err_set(err, SAW_ECONFIG, "%s:%d: device %s: %s", path, d->line, d->name, lacks) : 0;
}

/* What a login needs; name: of the device or the jump host. */
static int check_login(const char *path, int line, const char *name, struct saw_config_ssh *s, struct saw_err *err) {
	const char *lacks = NULL;
	bool key = s->key.file != NULL, passphrase = s->key_passphrase.file || s->key_passphrase.env;

	if (!s->user)
		lacks = "ssh needs `user`";
	else if (!key && !s->agent && !s->password.file && !s->password.env)
		lacks = "ssh needs a way to log in: `password_file`, `password_env`, `key_file` or `agent: true`";
	else if (passphrase && !key)
		lacks = "a key's passphrase is given, and `key_file` is not";
	else if (s->timeout_ms > s->deadline_ms)
		lacks = "ssh: `timeout` must not be more than `deadline`";
	return lacks ? saw_err_set(err, SAW_ECONFIG, "%s:%d: %s: %s", path, line, name, lacks) : 0;
}

static int check_ssh(struct whole *w, const char *path, const struct saw_config_device *d, struct saw_config_ssh *s,
					 struct saw_err *err) {
	const char *lacks = NULL;
	int rc = check_login(path, d->line, d->name, s, err);

	if (rc)
		return rc;
	if (s->detail_interval_ms < s->interval_ms)
		s->detail_interval_ms = s->interval_ms; /* details are part of a poll */
	if (s->deadline_ms >= s->interval_ms)
		lacks = "ssh: `deadline` must be less than `interval`";
	else if (s->command_timeout_ms > s->deadline_ms)
		lacks = "ssh: `command_timeout` must not be more than `deadline`";
	else if (s->context && d->platform != SAWATCH__V1__PLATFORM__PLATFORM_ASA)
		lacks = "ssh: `context` is for an ASA";
	else if (!d->address)
		lacks = "`address` is needed with ssh: the device's name or IP address";
	else if (s->jump && !saw_config_find_jump(&w->root.config, s->jump))
		return saw_err_set(err, SAW_ECONFIG, "%s:%d: device %s: there is no `%s` among jump_hosts", path, d->line,
						   d->name, s->jump);
	return lacks ? saw_err_set(err, SAW_ECONFIG, "%s:%d: device %s: %s", path, d->line, d->name, lacks) : 0;
}

static int check_jumps(const char *path, const struct saw_config *c, struct saw_err *err) {
	for (size_t i = 0; i < c->n_jump_hosts; i++) {
		const struct saw_config_jump *j = &c->jump_hosts[i];
		int rc = check_login(path, j->line, j->name, (struct saw_config_ssh *)(uintptr_t)j->ssh, err);

		if (rc)
			return rc;
		if (saw_config_find_jump(c, j->name) != j)
			return saw_err_set(err, SAW_ECONFIG, "%s:%d: jump host %s is there already; expected a name of its own",
							   path, j->line, j->name);
		if (saw_config_find(c, j->name))
			return saw_err_set(err, SAW_ECONFIG,
							   "%s:%d: jump host %s: a device is named so; expected a name of its own", path, j->line,
							   j->name);
		/* A `jump` of its own can only be meant in ssh_defaults, for devices. */
		((struct saw_config_ssh *)(uintptr_t)j->ssh)->jump = NULL;
	}
	return 0;
}

static int check_tunnels(struct whole *w, const char *path, const struct saw_config_device *d, struct saw_err *err) {
	const struct saw_config_tunnel **sorted;

	if (d->n_tunnels == 0)
		return 0;
	sorted = saw_arena_alloc(w->arena, d->n_tunnels * sizeof *sorted);
	if (!sorted)
		return saw_err_set(err, -ENOMEM, "%s: out of memory", path);
	for (size_t i = 0; i < d->n_tunnels; i++)
		sorted[i] = &d->tunnels[i];
	qsort(sorted, d->n_tunnels, sizeof *sorted, tunnels_by_name);
	for (size_t i = 1; i < d->n_tunnels; i++)
		if (strcmp(sorted[i]->name, sorted[i - 1]->name) == 0)
			return saw_err_set(err, SAW_ECONFIG,
							   "%s:%d: device %s: two tunnels are named %s; expected a name of its own", path, d->line,
							   d->name, sorted[i]->name);
	return 0;
}

static int check_device(struct whole *w, const char *path, const struct saw_config_device *d, struct saw_err *err) {
	if (!d->snmp && !d->ssh && d->n_files == 0)
		return saw_err_set(
			err, SAW_ECONFIG,
			"%s:%d: device %s has no source; expected `snmp: {}` (SNMP with snmp_defaults), `ssh: {}` or "
			"`files:`",
			path, d->line, d->name);
	for (size_t i = 0; i < d->n_files; i++)
		if (d->files[i].max_age_ms < d->files[i].interval_ms)
			return saw_err_set(err, SAW_ECONFIG,
							   "%s:%d: device %s: file %s: `max_age` must not be less than `interval`", path, d->line,
							   d->name, d->files[i].path);
	return check_tunnels(w, path, d, err);
}

/* ADDRESS/BITS. */
static bool read_network(const char *text, struct saw_addr *a, unsigned *bits) {
	const char *slash = strchr(text, '/');
	uint64_t n;

	if (!slash || saw_addr_parse((struct saw_str){text, (size_t)(slash - text)}, a) ||
		saw_parse_u64(saw_str_of(slash + 1), a->family == 6 ? 128 : 32, &n))
		return false;
	*bits = (unsigned)n;
	return true;
}

static bool is_in(const struct saw_addr *a, const char *network) {
	struct saw_addr of;
	unsigned bits;

	if (!read_network(network, &of, &bits) || of.family != a->family)
		return false;
	for (unsigned i = 0; i < bits; i++)
		if ((a->bytes[i / 8] ^ of.bytes[i / 8]) >> (7 - i % 8) & 1)
			return false;
	return true;
}

static int check_modules(const char *path, const struct saw_config *c, struct saw_err *err) {
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < c->probe.n_modules; i++) {
		const struct saw_config_module *m = &c->probe.modules[i];
		const struct saw_config_device d = {
			.name = m->name, .platform = m->platform, .address = m->name, .line = m->line};
		struct saw_addr a;
		unsigned bits;

		for (size_t k = 0; k < m->n_networks; k++)
			if (!read_network(m->networks[k], &a, &bits))
				return saw_err_set(err, SAW_ECONFIG,
								   "%s:%d: module %s: networks: `%.60s` is not valid; expected such as "
								   "192.0.2.0/24 or 2001:db8::/32",
								   path, m->line, m->name, m->networks[k]);
		for (size_t k = 0; k < i; k++)
			if (strcmp(c->probe.modules[k].name, m->name) == 0)
				return saw_err_set(err, SAW_ECONFIG, "%s:%d: module %s is there already, in line %d", path, m->line,
								   m->name, c->probe.modules[k].line);
		rc = check_snmp(path, &d, (struct saw_config_snmp *)(uintptr_t)m->snmp, err);
	}
	return rc;
}

/* For the devices by name; and for guests, where there may be some. */
static int make_room(struct whole *w, const char *path, struct saw_err *err) {
	struct saw_config *c = &w->root.config;
	const size_t room = c->n_devices + (c->probe.n_modules ? SAW_CONFIG_GUESTS : 0);
	struct saw_config_device *devices;

	w->by_name = saw_arena_alloc(w->arena, room * sizeof(struct saw_config_device *));
	devices = c->probe.n_modules ? saw_arena_zalloc(w->arena, room * sizeof *devices) : NULL;
	if (!w->by_name || (c->probe.n_modules && !devices))
		return saw_err_set(err, -ENOMEM, "%s: out of memory", path);
	if (devices) {
		memcpy(devices, c->devices, c->n_devices * sizeof *devices);
		c->devices = devices;
	}
	return 0;
}

/* Numbers below 1.3.6.1.4.1, so many that the longest instance still fits. */
static bool is_root(const char *text) {
	static const char enterprises[] = "1.3.6.1.4.1.";
	uint64_t arc;
	unsigned n = 0;

	if (strncmp(text, enterprises, sizeof enterprises - 1) != 0)
		return false;
	for (text += sizeof enterprises - 1;; text++) {
		size_t len = strcspn(text, ".");

		if (++n > 90 || saw_parse_u64((struct saw_str){text, len}, UINT32_MAX, &arc) < 0)
			return false;
		text += len;
		if (!*text)
			return true;
	}
}

static bool is_given(const struct saw_secret_ref *ref) {
	return ref->file || ref->env;
}

static int check_receiver(const char *path, const struct saw_config_notify *notify, struct saw_config_receiver *r,
						  struct saw_err *err) {
	const char *lacks = NULL;

	if (is_none(r->priv))
		r->priv = NULL;
	if (r->version == 2)
		lacks = is_given(&r->community) ? NULL : "version 2c needs `community_file` or `community_env`";
	else if (!r->user)
		lacks = "version 3 needs `user` (version 2c: write `version: 2c`)";
	else if (!r->auth || !is_given(&r->auth_password))
		lacks = "version 3 needs `auth`, such as sha256, with `auth_password_file` or `auth_password_env`";
	else if (r->priv && !is_given(&r->priv_password))
		lacks = "`priv` needs `priv_password_file` or `priv_password_env`";
	else if (!r->priv && is_given(&r->priv_password))
		lacks = "a privacy password is given, and `priv` is not; expected such as `priv: aes128`";
	for (const struct saw_config_receiver *other = notify->receivers; !lacks && other != r; other++)
		if (strcmp(other->name, r->name) == 0)
			lacks = "that name is taken; expected one of its own";
	return lacks ? saw_err_set(err, SAW_ECONFIG, "%s:%d: receiver %s: %s", path, r->line, r->name, lacks) : 0;
}

static int check_snmp_out(const char *path, const struct saw_config *c, struct saw_err *err) {
	const char *master = c->agentx.master;
	int rc = 0;

	if (!is_root(c->snmp_root))
		return saw_err_set(err, SAW_ECONFIG,
						   "%s: snmp_root: `%.60s` is not valid; expected numbers below 1.3.6.1.4.1, such as "
						   "1.3.6.1.4.1.64512.7",
						   path, c->snmp_root);
	if (strncmp(master, "unix:/", 6) != 0 && strncmp(master, "tcp:", 4) != 0)
		return saw_err_set(err, SAW_ECONFIG,
						   "%s:%d: agentx: master: `%s` is not valid; expected unix:/PATH or tcp:ADDRESS:PORT", path,
						   c->agentx.line, master);
	for (size_t i = 0; rc == 0 && i < c->notify.n_receivers; i++)
		rc = check_receiver(path, &c->notify, (struct saw_config_receiver *)(uintptr_t)&c->notify.receivers[i], err);
	return rc;
}

/* What no single value can be blamed for. */
static int check(struct whole *w, const char *path, struct saw_err *err) {
	struct saw_config *c = &w->root.config;
	int rc;

	rc = make_room(w, path, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < c->n_devices; i++) {
		const struct saw_config_device *d = &c->devices[i];

		w->by_name[i] = d;
		/* The structure is still ours; it is const for everybody else. */
		rc = d->snmp ? check_snmp(path, d, (struct saw_config_snmp *)(uintptr_t)d->snmp, err) : 0;
		if (rc == 0 && d->ssh)
			rc = check_ssh(w, path, d, (struct saw_config_ssh *)(uintptr_t)d->ssh, err);
		if (rc == 0)
			rc = check_device(w, path, d, err);
		if (rc)
			return rc;
	}
	qsort(w->by_name, c->n_devices, sizeof(struct saw_config_device *), by_name);
	for (size_t i = 1; i < c->n_devices; i++) {
		const struct saw_config_device *a = w->by_name[i - 1], *b = w->by_name[i];

		if (strcmp(a->name, b->name) == 0)
			return saw_err_set(err, SAW_ECONFIG,
							   "%s:%d: device %s is there already, in line %d; expected a name of its own", path,
							   a->line > b->line ? a->line : b->line, a->name, a->line < b->line ? a->line : b->line);
	}
	rc = check_modules(path, c, err);
	if (rc == 0)
		rc = check_snmp_out(path, c, err);
	return rc ? rc : check_jumps(path, c, err);
}

int saw_config_parse(const char *path, const char *text, size_t n, struct saw_config **out, struct saw_err *err) {
	struct whole *w = calloc(1, sizeof *w);
	const char *slash = strrchr(path, '/'), *folder;
	const struct saw_node *tree;
	int rc;

	if (!w || !(w->arena = saw_arena_create(ARENA_MAX))) {
		free(w);
		return saw_err_set(err, -ENOMEM, "%s: out of memory", path);
	}
	w->root.config.path = saw_arena_strndup(w->arena, path, strlen(path));
	folder = saw_arena_strndup(w->arena, path, slash ? (size_t)(slash - path) + 1 : 0);
	if (!w->root.config.path || !folder)
		rc = saw_err_set(err, -ENOMEM, "%s: out of memory", path);
	else if (n > TEXT_MAX)
		rc = saw_err_set(err, SAW_ELIMIT, "%s: the file is larger than 16 MiB", path);
	else
		rc = saw_tree_parse(path, text, n, w->arena, &tree, err);
	if (rc == 0)
		rc = saw_schema_apply(path, folder, tree, w->arena, &w->root, err);
	if (rc == 0)
		rc = check(w, path, err);
	if (rc) {
		saw_config_destroy(&w->root.config);
		return rc;
	}
	*out = &w->root.config;
	return 0;
}

void saw_config_destroy(struct saw_config *c) {
	struct whole *w = (struct whole *)c;

	if (!w)
		return;
	saw_arena_destroy(w->arena);
	free(w);
}

const struct saw_config_device *saw_config_find(const struct saw_config *c, const char *device) {
	const struct whole *w = (const struct whole *)c;
	struct saw_config_device key = {.name = device};
	const struct saw_config_device *p = &key, **found;

	found = bsearch(&p, w->by_name, c->n_devices, sizeof(struct saw_config_device *), by_name);
	return found ? *found : NULL;
}

static const struct saw_config_module *find_module(const struct saw_config *c, const char *name) {
	for (size_t i = 0; i < c->probe.n_modules; i++)
		if (strcmp(c->probe.modules[i].name, name) == 0)
			return &c->probe.modules[i];
	return NULL;
}

static int add_guest(struct saw_config *c, const char *name, const struct saw_config_module *m, struct saw_err *err) {
	struct whole *w = (struct whole *)c;
	struct saw_config_device *d = (struct saw_config_device *)(uintptr_t)&c->devices[c->n_devices];
	char *copy = saw_arena_strndup(w->arena, name, strlen(name));

	if (!copy)
		return saw_err_set(err, -ENOMEM, "no memory");
	*d = (struct saw_config_device){
		.name = copy, .platform = m->platform, .address = copy, .snmp = m->snmp, .module = m->name, .line = m->line};
	w->by_name[c->n_devices++] = d;
	w->n_guests++;
	qsort(w->by_name, c->n_devices, sizeof(struct saw_config_device *), by_name);
	return 0;
}

int saw_config_guest(struct saw_config *c, const char *target, const char *module, struct saw_err *err) {
	const struct saw_config_module *m = find_module(c, module);
	const struct saw_config_device *there;
	char name[SAW_ADDR_TEXT];
	bool allowed = false;
	struct saw_addr a;

	if (!m)
		return saw_err_set(err, SAW_EUNKNOWN, "there is no module %.64s in `probe: {modules: ...}`", module);
	if (saw_addr_parse(saw_str_of(target), &a) || strcmp(saw_addr_print(&a, name), target) != 0)
		return saw_err_set(err, SAW_EFORMAT, "%.64s: with a module the target is an IP address in its usual form",
						   target);
	for (size_t i = 0; i < m->n_networks; i++)
		allowed |= is_in(&a, m->networks[i]);
	if (!allowed)
		return saw_err_set(err, SAW_EUNKNOWN, "%.64s is in none of the networks of module %s", target, m->name);
	there = saw_config_find(c, target);
	if (there && there->module && strcmp(there->module, module) != 0)
		return saw_err_set(err, SAW_EFORMAT, "%.64s is polled with module %s already", target, there->module);
	if (there)
		return 0;
	if (((struct whole *)c)->n_guests == SAW_CONFIG_GUESTS)
		return saw_err_set(err, SAW_ELIMIT,
						   "%d addresses beside the configuration are polled already; a reload forgets them",
						   SAW_CONFIG_GUESTS);
	return add_guest(c, target, m, err);
}

const struct saw_config_jump *saw_config_find_jump(const struct saw_config *c, const char *name) {
	for (size_t i = 0; i < c->n_jump_hosts; i++)
		if (strcmp(c->jump_hosts[i].name, name) == 0)
			return &c->jump_hosts[i];
	return NULL;
}

/* Up to `max` bytes of fd, one more to tell that there are more. */
static int read_all(int fd, size_t max, struct saw_buf *out) {
	for (;;) {
		uint8_t *p = saw_buf_reserve(out, 4096);
		ssize_t got;

		if (!p)
			return out->error;
		got = read(fd, p, 4096);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return 0;
		out->len += (size_t)got;
		if (out->len > max)
			return SAW_ELIMIT;
	}
}

int saw_config_load(const char *path, struct saw_config **out, struct saw_err *err) {
	struct saw_buf text = SAW_BUF_INIT(TEXT_MAX + 8192);
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return saw_err_set(err, -errno, "%s: %s", path, strerror(errno));
	rc = read_all(fd, TEXT_MAX, &text);
	close(fd);
	if (rc == SAW_ELIMIT)
		rc = saw_err_set(err, rc, "%s: the file is larger than 16 MiB", path);
	else if (rc)
		rc = saw_err_set(err, rc, "%s: %s", path, saw_strerror(rc));
	else
		rc = saw_config_parse(path, saw_buf_text(&text), text.len, out, err);
	saw_buf_free(&text);
	return rc;
}

int saw_config_known_hosts(const struct saw_config *c, struct saw_buf *out, struct saw_err *err) {
	int fd = open(c->known_hosts, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;

	saw_buf_init(out, TEXT_MAX + 8192);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return saw_err_set(err, -errno, "known_hosts: %s: %s", c->known_hosts, strerror(errno));
	rc = read_all(fd, TEXT_MAX, out);
	close(fd);
	return rc ? saw_err_set(err, rc, "known_hosts: %s: %s", c->known_hosts, saw_strerror(rc)) : 0;
}

/* ------------------------------------------------------------------------------------------------------------ secrets */

static int secret_error(const struct saw_config *c, const struct saw_secret_ref *ref, int code, struct saw_err *err,
						const char *what) {
	return saw_err_set(err, code, "%s:%d: %s %s: %s", c->path, ref->line, ref->file ? "secret file" : "variable",
					   ref->file ? ref->file : ref->env, what);
}

static int take_secret(const struct saw_config *c, const struct saw_secret_ref *ref, const char *text, size_t n,
					   char **out, struct saw_err *err) {
	const char *end = memchr(text, '\n', n);

	if (end)
		n = (size_t)(end - text);
	if (end && n && text[n - 1] == '\r')
		n--;
	if (n == 0)
		return secret_error(c, ref, SAW_ECONFIG, err, "is empty; the secret is expected in its first line");
	if (n > SECRET_MAX)
		return secret_error(c, ref, SAW_ECONFIG, err, "holds more than 1,024 bytes in its first line");
	if (memchr(text, 0, n))
		return secret_error(c, ref, SAW_ECONFIG, err, "holds a NUL byte; plain text is expected");
	*out = malloc(n + 1);
	if (!*out)
		return secret_error(c, ref, -ENOMEM, err, "out of memory");
	memcpy(*out, text, n);
	(*out)[n] = 0;
	return 0;
}

/* Reads at most n bytes of a file that is nobody else's; *have: how many. */
static int read_secret(const struct saw_config *c, const struct saw_secret_ref *ref, char *text, size_t n, size_t *have,
					   struct saw_err *err) {
	struct stat st;
	int fd = open(ref->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc = 0;

	*have = 0;
	if (fd < 0)
		return secret_error(c, ref, -errno, err, strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		rc = secret_error(c, ref, SAW_ECONFIG, err, "is not a regular file");
	else if (st.st_mode & S_IRWXO)
		rc = saw_err_set(err, SAW_ECONFIG, "%s:%d: secret file %s: others may read or write it; run: chmod o= %s",
						 c->path, ref->line, ref->file, ref->file);
	while (rc == 0 && *have < n) {
		ssize_t got = read(fd, text + *have, n - *have);

		if (got == 0)
			break;
		if (got > 0)
			*have += (size_t)got;
		else if (errno != EINTR)
			rc = secret_error(c, ref, -errno, err, strerror(errno));
	}
	close(fd);
	return rc;
}

static int secret_of_file(const struct saw_config *c, const struct saw_secret_ref *ref, char **out,
						  struct saw_err *err) {
	char text[SECRET_MAX + 3];
	size_t have;
	int rc = read_secret(c, ref, text, sizeof text, &have, err);

	if (rc == 0)
		rc = take_secret(c, ref, text, have, out, err);
	explicit_bzero(text, sizeof text);
	return rc;
}

int saw_config_secret_file(const struct saw_config *c, const struct saw_secret_ref *ref, char **out,
						   struct saw_err *err) {
	size_t have;
	int rc;

	*out = malloc(SECRET_FILE_MAX + 2);
	if (!*out)
		return secret_error(c, ref, -ENOMEM, err, "out of memory");
	rc = read_secret(c, ref, *out, SECRET_FILE_MAX + 1, &have, err);
	(*out)[have] = 0;
	if (rc == 0 && have > SECRET_FILE_MAX)
		rc = secret_error(c, ref, SAW_ECONFIG, err, "holds more than 64 KiB");
	if (rc == 0 && (have == 0 || memchr(*out, 0, have)))
		rc = secret_error(c, ref, SAW_ECONFIG, err, "is empty, or not text");
	if (rc) {
		explicit_bzero(*out, have);
		free(*out);
		*out = NULL;
	}
	return rc;
}

int saw_config_secret(const struct saw_config *c, const struct saw_secret_ref *ref, char **out, struct saw_err *err) {
	const char *value;

	*out = NULL;
	if (ref->file)
		return secret_of_file(c, ref, out, err);
	if (!ref->env)
		return saw_err_set(err, SAW_ECONFIG, "%s: no secret is configured", c->path);
	value = getenv(ref->env);
	if (!value)
		return secret_error(c, ref, SAW_ECONFIG, err, "is not set in the environment");
	return take_secret(c, ref, value, strlen(value), out, err);
}

void saw_secret_wipe(char *secret) {
	if (!secret)
		return;
	explicit_bzero(secret, strlen(secret));
	free(secret);
}
