#include "tools/login.h"

#include "collectors/sample.h"
#include "collectors/ssh/libssh.h"
#include "collectors/ssh/session.h"
#include "collectors/ssh/transcript.h"
#include "io/clock.h"
#include "io/socket.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS UINT64_C(1000000)
#define SAMPLE_MAX ((size_t)256 << 20)

/* *out stays NULL where no such secret is configured. */
static int secret(const struct saw_config *c, struct saw_login *l, const struct saw_secret_ref *ref, bool whole,
				  const char **out, struct saw_err *err) {
	char *text = NULL;
	int rc;

	if (!ref->file && !ref->env)
		return 0;
	rc = whole ? saw_config_secret_file(c, ref, &text, err) : saw_config_secret(c, ref, &text, err);
	if (rc == 0)
		*out = l->secrets[l->n_secrets++] = text;
	return rc;
}

static int fill(const struct saw_config *c, const char *name, const char *host, const struct saw_config_ssh *s,
				struct saw_login *l, struct saw_hostkey *keys, struct saw_ssh_endpoint *e, struct saw_err *err) {
	const struct saw_str known = {saw_buf_text(&l->known_hosts), l->known_hosts.len};
	int rc;

	*e = (struct saw_ssh_endpoint){.name = name,
								   .host = host,
								   .port = s->port,
								   .user = s->user,
								   .agent = s->agent,
								   .hostkeys = keys,
								   .old_algorithms = s->old_algorithms,
								   .n_old_algorithms = s->n_old_algorithms};
	e->n_hostkeys = saw_hostkey_find(known, host, s->port, keys, SAW_HOSTKEYS_MAX);
	rc = secret(c, l, &s->key, true, &e->key, err);
	if (rc == 0)
		rc = secret(c, l, &s->key_passphrase, false, &e->key_passphrase, err);
	return rc ? rc : secret(c, l, &s->password, false, &e->password, err);
}

int saw_login_of(const struct saw_config *c, const struct saw_config_device *d, struct saw_login *l,
				 struct saw_err *err) {
	const struct saw_config_ssh *s = d->ssh;
	const struct saw_config_jump *jump = s->jump ? saw_config_find_jump(c, s->jump) : NULL;
	int rc;

	memset(l, 0, sizeof *l);
	rc = saw_config_known_hosts(c, &l->known_hosts, err);
	l->target = (struct saw_ssh_target){.device = d->name,
										.platform = d->platform,
										.context = s->context,
										.timeout_ns = s->timeout_ms * NS_PER_MS,
										.command_ns = s->command_timeout_ms * NS_PER_MS,
										.deadline_ns = s->deadline_ms * NS_PER_MS,
										.max_bytes = SAMPLE_MAX,
										.beside_snmp = d->snmp != NULL};
	if (rc == 0)
		rc = fill(c, d->name, d->address, s, l, l->keys, &l->target.self, err);
	if (rc == 0)
		rc = secret(c, l, &s->enable, false, &l->target.enable_secret, err);
	if (rc == 0 && jump) {
		l->target.jump = &l->jump;
		rc = fill(c, jump->name, jump->address, jump->ssh, l, l->jump_keys, &l->jump, err);
	}
	return rc;
}

void saw_login_clear(struct saw_login *l) {
	for (size_t i = 0; i < l->n_secrets; i++)
		saw_secret_wipe(l->secrets[i]);
	saw_buf_free(&l->known_hosts);
	memset(l, 0, sizeof *l);
}

/* ------------------------------------------------------------------------------------------------------- one poll */

struct run {
	struct saw_login_hooks hooks;
	bool over;
};

static void on_done(void *ctx, const struct saw_ssh_outcome *o) {
	struct run *run = ctx;

	run->over = true;
	if (run->hooks.login)
		run->hooks.login(run->hooks.ctx, o->endpoint, o->login);
	if (run->hooks.sample)
		run->hooks.sample(run->hooks.ctx, o->sample, o->len);
}

static void on_answer(void *ctx, const char *bytes, size_t n) {
	struct run *run = ctx;

	run->hooks.answer(run->hooks.ctx, bytes, n);
}

static bool on_hostkey(void *ctx, const struct saw_ssh_endpoint *of, const struct saw_hostkey *shown,
					   const char *fingerprint) {
	struct run *run = ctx;

	return !run->hooks.hostkey || run->hooks.hostkey(run->hooks.ctx, of, shown, fingerprint);
}

static void on_notice(void *ctx, const char *device, bool urgent, const char *text) {
	(void)ctx;
	if (urgent)
		fprintf(stderr, "sawatch: %s: %s\n", device, text);
}

void saw_login_failed(const struct saw_config_device *d, const struct saw_login_hooks *hooks,
					  Sawatch__V1__PollError error, const char *why) {
	struct saw_sample_builder *b = saw_sample_builder_create(64 << 10);
	const uint8_t *sample;
	size_t len;

	if (!b)
		return;
	saw_sample_begin(b, d->name, d->platform, SAWATCH__V1__SOURCE__SOURCE_SSH);
	saw_sample_fail(b, error, why);
	saw_sample_finish(b, saw_wall_ms(), 0, 0, &sample, &len);
	if (hooks->sample)
		hooks->sample(hooks->ctx, sample, len);
	saw_sample_builder_destroy(b);
}

static void wait_for(struct saw_ssh_session *s, const struct run *run) {
	struct pollfd fds[SAW_SSH_FDS_MAX];

	while (!run->over) {
		size_t n = saw_ssh_session_fds(s, fds);
		uint64_t now = saw_steady_ns(), next = saw_ssh_session_next_ns(s);

		poll(fds, n, next > now ? (int)((next - now) / NS_PER_MS) + 1 : 0);
		saw_ssh_session_step(s, saw_steady_ns(), saw_wall_ms());
	}
}

static int open_agent(const struct saw_ssh_target *t, int *fd, struct saw_err *err) {
	const char *path = getenv("SSH_AUTH_SOCK");

	*fd = -1;
	if (!t->self.agent && !(t->jump && t->jump->agent))
		return 0;
	if (!path)
		return saw_err_set(err, SAW_ECONFIG, "%s: `agent: true`, and SSH_AUTH_SOCK is not set", t->device);
	return saw_io_unix_connect(path, fd, err) == 0 ? 0 : saw_err_prefix(err, "the SSH agent");
}

static void hasten(struct saw_ssh_target *t, uint64_t most_ns) {
	t->timeout_ns = t->timeout_ns < most_ns ? t->timeout_ns : most_ns;
	t->command_ns = t->command_ns < most_ns ? t->command_ns : most_ns;
	t->deadline_ns = t->deadline_ns < most_ns ? t->deadline_ns : most_ns;
}

int saw_login_run(const struct saw_config *c, const struct saw_config_device *d, const struct saw_login_hooks *told,
				  struct saw_err *err) {
	struct run run = {.hooks = *told};
	const struct saw_ssh_session_hooks hooks = {.ctx = &run,
												.done = on_done,
												.hostkey = on_hostkey,
												.notice = on_notice,
												.answer = told->answer ? on_answer : NULL};
	struct saw_ssh_job job = {.detail = true, .asked = told->asked, .fd = -1, .agent_fd = -1};
	const struct saw_ssh_endpoint *first;
	struct saw_transcript_writer *record = NULL;
	struct saw_ssh_session *s = NULL;
	struct saw_login l;
	char address[SAW_SOCKET_PRINTED];
	int rc = saw_login_of(c, d, &l, err);

	if (told->most_ms)
		hasten(&l.target, told->most_ms * NS_PER_MS);

	/* A key is shown to whoever asks; only a jump host before it wants a login. */
	if (rc == 0 && (!told->hostkey || l.target.jump))
		rc = open_agent(&l.target, &job.agent_fd, err);
	if (rc == 0 && saw_sshwire_init() != 0)
		rc = saw_err_set(err, -EIO, "the SSH library does not start");
	if (rc)
		goto out;
	first = l.target.jump ? l.target.jump : &l.target.self;
	s = saw_ssh_session_create(&l.target, &hooks);
	if (told->record)
		record = saw_transcript_writer_create(told->record, saw_steady_ns());
	if (!s || (told->record && !record)) {
		rc = saw_err_set(err, -ENOMEM, "no memory for an SSH session");
	} else if (saw_io_tcp_connect(first->host, first->port, l.target.timeout_ns / NS_PER_MS, &job.fd, address,
								  sizeof address, err) != 0) {
		saw_login_failed(d, told,
						 err->code == SAW_ERESOLVE ? SAWATCH__V1__POLL_ERROR__POLL_ERROR_RESOLVE
												   : SAWATCH__V1__POLL_ERROR__POLL_ERROR_UNREACHABLE,
						 err->text);
	} else {
		saw_ssh_session_record(s, record);
		saw_ssh_session_poll(s, &job, saw_steady_ns(), saw_wall_ms());
		job.agent_fd = -1;
		wait_for(s, &run);
		if (record)
			saw_transcript_flush(record);
	}
out:
	if (job.agent_fd >= 0)
		close(job.agent_fd);
	saw_ssh_session_destroy(s);
	saw_transcript_writer_destroy(record);
	saw_login_clear(&l);
	return rc;
}
