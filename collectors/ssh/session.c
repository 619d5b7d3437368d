#include "collectors/ssh/session.h"

#include "collectors/cli/cli.h"
#include "collectors/ssh/dialogue.h"
#include "collectors/ssh/libssh.h"
#include "collectors/ssh/permit.h"
#include "collectors/ssh/transcript.h"
#include "proto/json.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COMMANDS_MAX 32
#define ANSWER_MAX ((size_t)256 << 20) /* bytes of one answer: nothing of it is kept, it only ends what never ends */
#define TURN_MAX (256 << 10)           /* bytes that are read before other sessions have their turn */
#define PUMP_BYTES (32 << 10)
#define AGENT_NS UINT64_C(2000000000) /* that an agent has for all that one login asks of it */
#define NOTICES_MAX 8                 /* urgent ones of a session that are told */

enum phase {
	PHASE_DOWN,
	PHASE_CONNECTING, /* the kernel does */
	PHASE_HANDSHAKE,
	PHASE_LOGIN,
	PHASE_CHANNEL,
	PHASE_TALKING, /* the dialogue has it */
};

/* Bytes between the jump host's channel and the socket pair on whose other end the device's connection runs. */
struct pipe {
	char bytes[PUMP_BYTES];
	size_t begin, end;
};

struct saw_ssh_session {
	struct saw_ssh_target *target;
	struct saw_ssh_session_hooks hooks;
	enum phase phase;
	uint64_t phase_ends_ns, poll_ends_ns, started_ns, now_ns;
	int64_t wall_ms;
	bool polling, more; /* more: bytes are there that no descriptor tells of */
	int fd;             /* while it is connecting */
	int agent_fd;
	struct saw_sshwire *jump, *wire; /* wire: the device's, or the jump host's while that is being set up */
	bool at_jump;
	int inner; /* our end of the socket pair */
	struct pipe *in, *out;
	struct saw_sshwire_login login;
	enum saw_ssh_login login_was;
	pthread_mutex_t abort_lock;
	int abort_fd;            /* what to shut down; -1: nothing */
	uint64_t agent_since_ns; /* since when a login with the agent is under way, which may wait for it; 0: none is */

	struct saw_dialogue *dialogue;
	int cpu_percent;       /* the most that it said of itself in this poll; -1: nothing */
	bool told_facts, over; /* over: the dialogue has closed */
	Sawatch__V1__PollError error_class;
	char error[512];
	struct saw_buf typed;                 /* that the connection has not taken yet */
	struct saw_transcript_writer *record; /* NULL: nobody wants one */
	unsigned messages;                    /* of its log, that came in this poll */
	uint64_t notices[NOTICES_MAX];        /* hashes of the urgent texts that were told */
	size_t n_notices;

	/* Of the poll under way. */
	struct saw_sample_builder *builder;
	struct saw_cli_parser *parser;
	struct saw_sink sink;
	struct saw_dialogue_command commands[COMMANDS_MAX];
	const struct saw_ssh_template *templates[COMMANDS_MAX];
	size_t n_commands, n_answered, parsing; /* parsing: command + 1 */
	bool asked;                             /* the one command is somebody else's to read */
};

struct saw_ssh_session *saw_ssh_session_create(const struct saw_ssh_target *target,
											   const struct saw_ssh_session_hooks *hooks) {
	struct saw_ssh_session *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->hooks = *hooks;
	s->fd = s->agent_fd = s->inner = s->abort_fd = s->login.agent_fd = -1;
	saw_buf_init(&s->typed, 64 << 10);
	pthread_mutex_init(&s->abort_lock, NULL);
	s->target = saw_ssh_target_copy(target);
	if (!s->target) {
		saw_ssh_session_destroy(s);
		return NULL;
	}
	return s;
}

void saw_ssh_session_record(struct saw_ssh_session *s, struct saw_transcript_writer *record) {
	s->record = record;
}

/* ------------------------------------------------------------------------------------------------------------- ending */

static void close_fd(int *fd) {
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void set_abort_fd(struct saw_ssh_session *s, int fd) {
	pthread_mutex_lock(&s->abort_lock);
	s->abort_fd = fd;
	pthread_mutex_unlock(&s->abort_lock);
}

void saw_ssh_session_abort(struct saw_ssh_session *s) {
	pthread_mutex_lock(&s->abort_lock);
	if (s->abort_fd >= 0)
		shutdown(s->abort_fd, SHUT_RDWR);
	if (s->abort_fd >= 0 && s->agent_fd >= 0)
		shutdown(s->agent_fd, SHUT_RDWR);
	pthread_mutex_unlock(&s->abort_lock);
}

void saw_ssh_session_watch_agent(struct saw_ssh_session *s, uint64_t now_ns) {
	pthread_mutex_lock(&s->abort_lock);
	if (s->agent_since_ns && now_ns >= s->agent_since_ns + AGENT_NS && s->agent_fd >= 0)
		shutdown(s->agent_fd, SHUT_RDWR);
	pthread_mutex_unlock(&s->abort_lock);
}

static void set_agent_since(struct saw_ssh_session *s, uint64_t ns) {
	pthread_mutex_lock(&s->abort_lock);
	s->agent_since_ns = ns;
	pthread_mutex_unlock(&s->abort_lock);
}

/* Everything that wanted it has logged in. */
static void drop_agent(struct saw_ssh_session *s) {
	pthread_mutex_lock(&s->abort_lock);
	close_fd(&s->agent_fd);
	pthread_mutex_unlock(&s->abort_lock);
}

static void disconnect(struct saw_ssh_session *s) {
	set_abort_fd(s, -1);
	saw_dialogue_destroy(s->dialogue);
	s->dialogue = NULL;
	saw_sshwire_destroy(s->wire);
	saw_sshwire_destroy(s->jump);
	s->wire = s->jump = NULL;
	close_fd(&s->fd);
	close_fd(&s->agent_fd);
	close_fd(&s->login.agent_fd);
	close_fd(&s->inner);
	free(s->in);
	free(s->out);
	s->in = s->out = NULL;
	if (s->typed.len)
		explicit_bzero(s->typed.data, s->typed.len);
	saw_buf_free(&s->typed);
	s->phase = PHASE_DOWN;
	s->more = s->told_facts = false;
	s->n_notices = 0;
}

static void free_poll(struct saw_ssh_session *s) {
	saw_cli_parser_destroy(s->parser);
	saw_sample_builder_destroy(s->builder);
	s->parser = NULL;
	s->builder = NULL;
	s->polling = false;
}

void saw_ssh_session_destroy(struct saw_ssh_session *s) {
	if (!s)
		return;
	disconnect(s);
	free_poll(s);
	pthread_mutex_destroy(&s->abort_lock);
	saw_ssh_target_free(s->target);
	free(s);
}

static const struct saw_ssh_endpoint *endpoint(const struct saw_ssh_session *s) {
	return s->at_jump ? s->target->jump : &s->target->self;
}

/* Nothing of their text: a log message may hold the command that somebody typed. */
static void tell_of_messages(struct saw_ssh_session *s) {
	char text[80];

	if (!s->messages || !s->hooks.notice)
		return;
	snprintf(text, sizeof text, "%u log messages of the device came between its answers", s->messages);
	s->hooks.notice(s->hooks.ctx, s->target->device, false, text);
}

/* The poll is over: the session may stay open. */
static void finish(struct saw_ssh_session *s, uint64_t now_ns) {
	struct saw_ssh_outcome outcome = {.login = s->login_was, .endpoint = endpoint(s)->name};

	if (!s->polling)
		return;
	outcome.answered = s->n_answered;
	outcome.cpu_percent = s->cpu_percent;
	saw_sample_finish(s->builder, s->wall_ms, (double)(now_ns - s->started_ns) / 1e9, s->n_answered, &outcome.sample,
					  &outcome.len);
	tell_of_messages(s);
	s->polling = false;
	s->hooks.done(s->hooks.ctx, &outcome);
	free_poll(s);
}

/* The session is of no more use. What was read before stays in the sample; each command that was not answered says why. */
static void give_up(struct saw_ssh_session *s, uint64_t now_ns, Sawatch__V1__PollError error_class, const char *error) {
	if (s->phase == PHASE_LOGIN && s->login_was == SAW_SSH_LOGIN_NONE)
		s->login_was =
			error_class == SAWATCH__V1__POLL_ERROR__POLL_ERROR_AUTH ? SAW_SSH_LOGIN_DENIED : SAW_SSH_LOGIN_LOST;
	else if (error_class == SAWATCH__V1__POLL_ERROR__POLL_ERROR_AUTH)
		s->login_was = SAW_SSH_LOGIN_DENIED; /* enable: its attempts count as well */
	if (s->polling && s->n_answered == 0)
		saw_sample_fail(s->builder, error_class, error);
	for (size_t i = s->n_answered; s->polling && s->n_answered > 0 && i < s->n_commands; i++)
		saw_sample_table(s->builder, s->commands[i].text, SAWATCH__V1__TABLE_STATE__TABLE_STATE_FAILED, 0, error_class,
						 error);
	disconnect(s);
	finish(s, now_ns);
}

static void give_up_in(struct saw_ssh_session *s, uint64_t now_ns, Sawatch__V1__PollError error_class,
					   const char *text) {
	char error[768];

	if (s->target->jump)
		snprintf(error, sizeof error, "%s %s: %s", s->at_jump ? "jump host" : "behind the jump host,",
				 endpoint(s)->name, text);
	else
		snprintf(error, sizeof error, "%s", text);
	give_up(s, now_ns, error_class, error);
}

static void wire_failed(struct saw_ssh_session *s, uint64_t now_ns) {
	Sawatch__V1__PollError error_class;
	const char *text = saw_sshwire_failure(s->wire, &error_class);

	give_up_in(s, now_ns, error_class, text);
}

/* ------------------------------------------------------------------------------------------------------------ answers */

static void begin_answer(struct saw_ssh_session *s, size_t i) {
	if (s->parsing == i + 1)
		return;
	s->parsing = i + 1;
	saw_cli_parser_begin(s->parser, s->target->platform,
						 saw_cli_command_find(s->target->platform, saw_str_of(s->commands[i].text)), &s->sink);
}

static void on_text(void *ctx, size_t i, const char *bytes, size_t n) {
	struct saw_ssh_session *s = ctx;

	if (s->asked) {
		s->hooks.answer(s->hooks.ctx, bytes, n);
		return;
	}
	begin_answer(s, i);
	saw_cli_parser_feed(s->parser, bytes, n); /* its error is sticky: saw_cli_parser_end tells */
}

/* What is wrong with an answer that is not whole. */
static const struct {
	Sawatch__V1__TableState state;
	Sawatch__V1__PollError error_class;
	const char *error; /* NULL: the device's own words */
} ends[] = {
	[SAW_DIALOGUE_REFUSED] = {SAWATCH__V1__TABLE_STATE__TABLE_STATE_FAILED,
							  SAWATCH__V1__POLL_ERROR__POLL_ERROR_UNSUPPORTED, NULL},
	[SAW_DIALOGUE_DENIED] = {SAWATCH__V1__TABLE_STATE__TABLE_STATE_FAILED, SAWATCH__V1__POLL_ERROR__POLL_ERROR_ACCESS,
							 NULL},
	[SAW_DIALOGUE_LATE] = {SAWATCH__V1__TABLE_STATE__TABLE_STATE_PARTIAL, SAWATCH__V1__POLL_ERROR__POLL_ERROR_TIMEOUT,
						   "the answer did not end in time"},
	[SAW_DIALOGUE_CUT] = {SAWATCH__V1__TABLE_STATE__TABLE_STATE_PARTIAL, SAWATCH__V1__POLL_ERROR__POLL_ERROR_CUT,
						  "the session ended in the middle of the answer"},
	[SAW_DIALOGUE_LONG] = {SAWATCH__V1__TABLE_STATE__TABLE_STATE_PARTIAL, SAWATCH__V1__POLL_ERROR__POLL_ERROR_LIMIT,
						   "the answer is longer than its limit"},
};

static void on_answered(void *ctx, size_t i, const struct saw_dialogue_result *r) {
	struct saw_ssh_session *s = ctx;
	const struct saw_sample_cost cost = {
		.bytes = r->bytes, .seconds = (double)r->took_ns / 1e9, .has_cpu = r->has_cpu, .cpu_percent = r->cpu_percent};
	const char *text = s->commands[i].text;
	const struct saw_cli_result *results;
	char error[512];
	size_t n;
	int rc;

	begin_answer(s, i);
	rc = saw_cli_parser_end(s->parser, &results, &n);
	s->parsing = 0;
	s->n_answered = i + 1;
	s->told_facts |= s->templates[i]->pace == SAW_SSH_FACTS && r->end == SAW_DIALOGUE_ANSWERED;
	saw_sample_cost(s->builder, &cost);
	if (r->has_cpu && (int)r->cpu_percent > s->cpu_percent)
		s->cpu_percent = (int)r->cpu_percent;
	if (rc != 0 && rc != SAW_ELIMIT) {
		saw_sample_table(s->builder, text, SAWATCH__V1__TABLE_STATE__TABLE_STATE_PARTIAL, 0,
						 SAWATCH__V1__POLL_ERROR__POLL_ERROR_INTERNAL, saw_strerror(rc));
	} else if (r->end != SAW_DIALOGUE_ANSWERED) {
		if (!ends[r->end].error)
			snprintf(error, sizeof error, "the device says \"%.*s\"; missing without it: %s",
					 (int)(r->words.n < 200 ? r->words.n : 200), r->words.p ? r->words.p : "",
					 s->templates[i]->feeds ? s->templates[i]->feeds : "values of this command");
		saw_sample_table(s->builder, text, ends[r->end].state, n ? results[0].records : 0, ends[r->end].error_class,
						 ends[r->end].error ? ends[r->end].error : error);
	} else if (n) {
		saw_cli_report(s->builder, &results[0], text);
	} else {
		saw_sample_table(s->builder, text, SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE, 0, 0, NULL);
	}
}

static void on_idle(void *ctx) {
	(void)ctx; /* n_answered says so too */
}

static void on_closed(void *ctx, Sawatch__V1__PollError error_class, const char *error) {
	struct saw_ssh_session *s = ctx;

	s->over = true;
	s->error_class = error_class;
	snprintf(s->error, sizeof s->error, "%s", error);
}

static void on_notice(void *ctx, enum saw_dialogue_notice kind, struct saw_str line) {
	struct saw_ssh_session *s = ctx;
	struct saw_buf text = SAW_BUF_INIT(2048);
	uint64_t hash = 0xcbf29ce484222325ULL;

	if (kind == SAW_DIALOGUE_MESSAGE) {
		s->messages++;
		return;
	}
	for (size_t i = 0; i < line.n; i++)
		hash = (hash ^ (uint8_t)line.p[i]) * 0x100000001b3ULL;
	for (size_t i = 0; i < s->n_notices; i++)
		if (s->notices[i] == hash)
			return;
	if (!s->hooks.notice || saw_str_eq(line, SAW_STR("***")) || s->n_notices == NOTICES_MAX)
		return;
	s->notices[s->n_notices++] = hash;
	saw_buf_puts(&text, kind == SAW_DIALOGUE_RELOAD ? "the device says: " : "");
	saw_put_clean(&text, line.p, line.n < 256 ? line.n : 256);
	s->hooks.notice(s->hooks.ctx, s->target->device, true, saw_buf_text(&text));
	saw_buf_free(&text);
}

static void on_send(void *ctx, const char *bytes, size_t n, bool secret) {
	struct saw_ssh_session *s = ctx;

	if (s->record)
		saw_transcript_typed(s->record, bytes, n, secret, s->now_ns);
	saw_buf_put(&s->typed, bytes, n);
}

/* ----------------------------------------------------------------------------------------------------------- commands */

static void add_command(struct saw_ssh_session *s, const struct saw_ssh_template *t) {
	s->templates[s->n_commands] = t;
	s->commands[s->n_commands++] =
		(struct saw_dialogue_command){.text = t->words, .deadline_ns = s->target->command_ns, .max_bytes = ANSWER_MAX};
}

static void choose_commands(struct saw_ssh_session *s, const struct saw_ssh_job *job) {
	const struct saw_ssh_occasion occasion = {.platform = s->target->platform,
											  .beside_snmp = s->target->beside_snmp,
											  .facts = !s->told_facts,
											  .detail = job->detail};
	const struct saw_ssh_template *t = NULL;

	s->n_commands = s->n_answered = s->parsing = 0;
	s->asked = job->asked && s->hooks.answer;
	if (s->asked) {
		t = saw_ssh_permitted(s->target->platform, job->asked, NULL);
		if (t && !saw_ssh_template_has_place(t))
			add_command(s, t);
		return;
	}
	while ((t = saw_ssh_template_next(s->target->platform, t)) && s->n_commands < COMMANDS_MAX) {
		if (!saw_ssh_template_due(t, &occasion) || !saw_cli_command_find(s->target->platform, saw_str_of(t->words)) ||
			!saw_ssh_permitted(s->target->platform, t->words, NULL))
			continue;
		add_command(s, t);
	}
}

/* ------------------------------------------------------------------------------------------------------------- set-up */

static void enter(struct saw_ssh_session *s, enum phase phase, uint64_t now_ns) {
	s->phase = phase;
	s->phase_ends_ns = phase == PHASE_TALKING ? UINT64_MAX : now_ns + s->target->timeout_ns;
}

/* Begins the SSH connection to the endpoint at hand over fd, which it takes. */
static bool begin_wire(struct saw_ssh_session *s, int fd, uint64_t now_ns) {
	const struct saw_ssh_endpoint *e = endpoint(s);
	struct saw_buf algorithms = SAW_BUF_INIT(1024);
	struct saw_sshwire_options options = {.user = e->user, .old = e->old_algorithms, .n_old = e->n_old_algorithms};
	bool sha1 = false;

	for (size_t i = 0; i < e->n_old_algorithms; i++)
		sha1 |= strcmp(e->old_algorithms[i], "ssh-rsa") == 0;
	saw_hostkey_put_algorithms(&algorithms, e->hostkeys, e->n_hostkeys, sha1);
	options.hostkey_algorithms = saw_buf_text(&algorithms);
	s->wire = saw_sshwire_create(&options, fd);
	saw_buf_free(&algorithms);
	if (!s->wire) {
		give_up(s, now_ns, SAWATCH__V1__POLL_ERROR__POLL_ERROR_INTERNAL, "no memory for an SSH connection");
		return false;
	}
	s->login = (struct saw_sshwire_login){
		.key = e->key, .key_passphrase = e->key_passphrase, .agent_fd = -1, .password = e->password};
	if (e->agent && s->agent_fd >= 0)
		s->login.agent_fd = fcntl(s->agent_fd, F_DUPFD_CLOEXEC, 0); /* ours stays, for the device behind a jump host */
	enter(s, PHASE_HANDSHAKE, now_ns);
	return true;
}

static bool connected(struct saw_ssh_session *s, uint64_t now_ns) {
	struct pollfd p = {.fd = s->fd, .events = POLLOUT};
	socklen_t n = sizeof(int);
	int error = 0, fd = s->fd;
	char text[128];

	if (poll(&p, 1, 0) <= 0)
		return false;
	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
		error = errno;
	if (error) {
		snprintf(text, sizeof text, "cannot reach %.64s port %u: %s", endpoint(s)->host, endpoint(s)->port,
				 strerror(error));
		give_up_in(s, now_ns, SAWATCH__V1__POLL_ERROR__POLL_ERROR_UNREACHABLE, text);
		return false;
	}
	s->fd = -1;
	return begin_wire(s, fd, now_ns);
}

/* Before anything secret is sent. */
static bool hostkey_is_good(struct saw_ssh_session *s, uint64_t now_ns) {
	const struct saw_ssh_endpoint *e = endpoint(s);
	const char *fingerprint;
	struct saw_hostkey shown;
	char text[512];

	if (saw_sshwire_hostkey(s->wire, &shown, &fingerprint) != 0) {
		give_up_in(s, now_ns, SAWATCH__V1__POLL_ERROR__POLL_ERROR_PROTOCOL, "its host key cannot be read");
		return false;
	}
	if (s->hooks.hostkey && !s->hooks.hostkey(s->hooks.ctx, e, &shown, fingerprint)) {
		give_up_in(s, now_ns, SAWATCH__V1__POLL_ERROR__POLL_ERROR_HOST_KEY_UNKNOWN, "only its host key was asked for");
		return false;
	}
	switch (saw_hostkey_judge(e->hostkeys, e->n_hostkeys, &shown)) {
	case SAW_HOSTKEY_KNOWN:
		return true;
	case SAW_HOSTKEY_UNKNOWN:
		snprintf(text, sizeof text,
				 "its host key %s is not known: compare it with the device's own and run `sawatch trust %s`",
				 fingerprint, e->name);
		give_up_in(s, now_ns, SAWATCH__V1__POLL_ERROR__POLL_ERROR_HOST_KEY_UNKNOWN, text);
		return false;
	case SAW_HOSTKEY_REVOKED:
		snprintf(text, sizeof text, "its host key %s is marked as revoked; nothing was sent to it", fingerprint);
		break;
	default:
		snprintf(
			text, sizeof text,
			"its host key has changed to %s: another device answers, or it has a new key; nothing was sent to it. If "
			"the key is its own, run `sawatch trust --replace %s`",
			fingerprint, e->name);
	}
	give_up_in(s, now_ns, SAWATCH__V1__POLL_ERROR__POLL_ERROR_HOST_KEY_CHANGED, text);
	return false;
}

/* What a test needs to know to play the transcript. */
static void record_facts(struct saw_ssh_session *s) {
	const struct saw_ssh_target *t = s->target;

	if (!s->record)
		return;
	saw_transcript_fact(s->record, "platform", saw_enum_name(&sawatch__v1__platform__descriptor, (int)t->platform));
	if (t->context)
		saw_transcript_fact(s->record, "context", t->context);
	if (t->enable_secret)
		saw_transcript_fact(s->record, "secret", "masked");
	for (size_t i = 0; i < s->n_commands; i++)
		saw_transcript_fact(s->record, "command", s->commands[i].text);
}

static bool begin_dialogue(struct saw_ssh_session *s, uint64_t now_ns) {
	const struct saw_dialogue_options options = {.device = s->target->device,
												 .platform = s->target->platform,
												 .enable_secret = s->target->enable_secret,
												 .context = s->target->context,
												 .prompt_ns = s->target->timeout_ns};
	const struct saw_dialogue_hooks hooks = {.ctx = s,
											 .send = on_send,
											 .text = on_text,
											 .answered = on_answered,
											 .idle = on_idle,
											 .closed = on_closed,
											 .notice = on_notice};

	s->over = false;
	record_facts(s);
	enter(s, PHASE_TALKING, now_ns);
	s->dialogue = saw_dialogue_create(&options, &hooks, now_ns);
	if (!s->dialogue || saw_dialogue_run(s->dialogue, s->commands, s->n_commands, now_ns) != 0) {
		give_up(s, now_ns, SAWATCH__V1__POLL_ERROR__POLL_ERROR_INTERNAL, "no memory for a dialogue");
		return false;
	}
	return true;
}

/* The jump host has connected us: the device's own connection runs through its channel. */
static bool pass_jump(struct saw_ssh_session *s, uint64_t now_ns) {
	int fds[2];

	s->in = calloc(1, sizeof *s->in);
	s->out = calloc(1, sizeof *s->out);
	if (!s->in || !s->out || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0) {
		give_up_in(s, now_ns, SAWATCH__V1__POLL_ERROR__POLL_ERROR_INTERNAL, "no memory or descriptor for its channel");
		return false;
	}
	s->jump = s->wire;
	s->wire = NULL;
	s->at_jump = false;
	s->inner = fds[0];
	return begin_wire(s, fds[1], now_ns);
}

static enum saw_sshwire_step log_in(struct saw_ssh_session *s, uint64_t now_ns) {
	enum saw_sshwire_step step;

	if (!endpoint(s)->agent || s->agent_fd < 0)
		return saw_sshwire_login(s->wire, &s->login);
	set_agent_since(s, now_ns);
	step = saw_sshwire_login(s->wire, &s->login);
	set_agent_since(s, 0);
	return step;
}

/* One step of the set-up. True: another may follow at once. */
static bool set_up(struct saw_ssh_session *s, uint64_t now_ns) {
	enum saw_sshwire_step step;

	if (s->phase == PHASE_CONNECTING)
		return connected(s, now_ns);
	if (s->phase == PHASE_HANDSHAKE)
		step = saw_sshwire_handshake(s->wire);
	else if (s->phase == PHASE_LOGIN)
		step = log_in(s, now_ns);
	else if (s->at_jump)
		step = saw_sshwire_forward(s->wire, s->target->self.host, s->target->self.port);
	else
		step = saw_sshwire_shell(s->wire);
	if (step == SAW_SSHWIRE_FAILED)
		wire_failed(s, now_ns);
	if (step != SAW_SSHWIRE_DONE)
		return false;
	if (s->phase == PHASE_HANDSHAKE) {
		if (!hostkey_is_good(s, now_ns))
			return false;
		enter(s, PHASE_LOGIN, now_ns);
		return true;
	}
	if (s->phase == PHASE_LOGIN) {
		if (!s->at_jump) {
			s->login_was = SAW_SSH_LOGIN_GOOD;
			drop_agent(s);
		}
		enter(s, PHASE_CHANNEL, now_ns);
		return true;
	}
	return s->at_jump ? pass_jump(s, now_ns) : begin_dialogue(s, now_ns);
}

/* ------------------------------------------------------------------------------------------------------------ talking */

static void type(struct saw_ssh_session *s) {
	while (s->typed.len) {
		ssize_t n = saw_sshwire_write(s->wire, s->typed.data, s->typed.len);

		if (n <= 0)
			return; /* reading tells what is wrong */
		explicit_bzero(s->typed.data, (size_t)n);
		saw_buf_consume(&s->typed, (size_t)n);
	}
}

static void talk(struct saw_ssh_session *s, uint64_t now_ns) {
	char bytes[16 << 10];
	ssize_t n = 0;

	for (size_t turn = 0; turn < TURN_MAX && !s->over; turn += (size_t)n) {
		n = saw_sshwire_read(s->wire, bytes, sizeof bytes);
		if (n <= 0)
			break;
		if (s->record)
			saw_transcript_came(s->record, bytes, (size_t)n, now_ns);
		saw_dialogue_bytes(s->dialogue, bytes, (size_t)n, now_ns);
		type(s);
	}
	s->more = n > 0;
	if (n < 0 && s->record)
		saw_transcript_ended(s->record, now_ns);
	if (n < 0 && !s->over)
		saw_dialogue_eof(s->dialogue, now_ns);
	if (!s->over && saw_dialogue_next_ns(s->dialogue) <= now_ns)
		saw_dialogue_timer(s->dialogue, now_ns);
	type(s);
	if (s->over || n < 0)
		give_up_in(s, now_ns, s->over ? s->error_class : SAWATCH__V1__POLL_ERROR__POLL_ERROR_CUT,
				   s->over ? s->error : "the device ended the session");
	else if (s->polling && s->n_answered == s->n_commands)
		finish(s, now_ns);
}

/* -------------------------------------------------------------------------------------------------- through a jump host */

/* Moves what there is from the channel to the socket pair and back. False: the channel ended. */
static bool pump(struct saw_ssh_session *s) {
	struct pipe *in = s->in, *out = s->out;
	ssize_t n;

	for (;;) {
		bool moved = false;

		if (in->begin == in->end) {
			n = saw_sshwire_read(s->jump, in->bytes, sizeof in->bytes);
			if (n < 0)
				return false;
			in->begin = 0;
			in->end = (size_t)n;
		}
		if (in->begin < in->end) {
			n = send(s->inner, in->bytes + in->begin, in->end - in->begin, MSG_NOSIGNAL);
			if (n > 0) {
				in->begin += (size_t)n;
				moved = true;
			}
		}
		if (out->begin == out->end) {
			n = recv(s->inner, out->bytes, sizeof out->bytes, 0);
			out->begin = 0;
			out->end = n > 0 ? (size_t)n : 0;
		}
		if (out->begin < out->end) {
			n = saw_sshwire_write(s->jump, out->bytes + out->begin, out->end - out->begin);
			if (n < 0)
				return false;
			out->begin += (size_t)n;
			moved |= n > 0;
		}
		if (!moved)
			return true;
	}
}

/* --------------------------------------------------------------------------------------------------------------- steps */

static const char *phase_late(const struct saw_ssh_session *s) {
	switch (s->phase) {
	case PHASE_CONNECTING:
		return "no connection in time";
	case PHASE_HANDSHAKE:
		return "the SSH handshake took too long";
	case PHASE_LOGIN:
		return "no answer to the login in time";
	default:
		return s->at_jump ? "the jump host did not connect us in time" : "no command line in time";
	}
}

void saw_ssh_session_step(struct saw_ssh_session *s, uint64_t now_ns, int64_t wall_ms) {
	if (s->phase == PHASE_DOWN)
		return;
	s->wall_ms = wall_ms;
	s->now_ns = now_ns;
	if (s->polling && now_ns >= s->poll_ends_ns) {
		give_up_in(s, now_ns, SAWATCH__V1__POLL_ERROR__POLL_ERROR_LIMIT, "the poll took longer than its deadline");
		return;
	}
	if (s->jump && !pump(s)) {
		give_up_in(s, now_ns, SAWATCH__V1__POLL_ERROR__POLL_ERROR_CUT, "the jump host ended the connection");
		return;
	}
	while (s->phase != PHASE_DOWN && s->phase != PHASE_TALKING && set_up(s, now_ns))
		;
	if (s->phase == PHASE_TALKING)
		talk(s, now_ns);
	else if (s->phase != PHASE_DOWN && now_ns >= s->phase_ends_ns)
		give_up_in(s, now_ns, SAWATCH__V1__POLL_ERROR__POLL_ERROR_TIMEOUT, phase_late(s));
	if (s->jump && s->phase != PHASE_DOWN)
		pump(s); /* what that made */
}

static void drop_job(const struct saw_ssh_job *job) {
	if (job->fd >= 0)
		close(job->fd);
	if (job->agent_fd >= 0)
		close(job->agent_fd);
}

void saw_ssh_session_poll(struct saw_ssh_session *s, const struct saw_ssh_job *job, uint64_t now_ns, int64_t wall_ms) {
	struct saw_ssh_outcome outcome = {.endpoint = s->target->self.name};

	if (s->phase == PHASE_DOWN && job->fd < 0) {
		outcome.needs_descriptor = true;
		s->hooks.done(s->hooks.ctx, &outcome);
		return;
	}
	choose_commands(s, job);
	if (s->n_commands == 0) {
		drop_job(job);
		s->hooks.done(s->hooks.ctx, &outcome);
		return;
	}
	s->polling = true;
	s->started_ns = s->now_ns = now_ns;
	s->wall_ms = wall_ms;
	s->poll_ends_ns = now_ns + s->target->deadline_ns;
	s->login_was = SAW_SSH_LOGIN_NONE;
	s->cpu_percent = -1;
	s->messages = 0;
	s->builder = saw_sample_builder_create(s->target->max_bytes);
	s->parser = saw_cli_parser_create();
	if (!s->builder || !s->parser) {
		drop_job(job);
		disconnect(s);
		free_poll(s);
		s->hooks.done(s->hooks.ctx, &outcome);
		return;
	}
	saw_sample_begin(s->builder, s->target->device, s->target->platform, SAWATCH__V1__SOURCE__SOURCE_SSH);
	s->sink = saw_sample_sink(s->builder);
	if (job->fd >= 0) {
		disconnect(s); /* a session that ended in between */
		s->fd = job->fd;
		s->agent_fd = job->agent_fd;
		s->at_jump = s->target->jump != NULL;
		set_abort_fd(s, s->fd);
		choose_commands(s, job); /* a new session: facts again */
		enter(s, PHASE_CONNECTING, now_ns);
	} else {
		saw_dialogue_run(s->dialogue, s->commands, s->n_commands, now_ns);
	}
	saw_ssh_session_step(s, now_ns, wall_ms);
}

size_t saw_ssh_session_fds(const struct saw_ssh_session *s, struct pollfd fds[SAW_SSH_FDS_MAX]) {
	size_t n = 0;

	if (s->phase == PHASE_CONNECTING)
		fds[n++] = (struct pollfd){.fd = s->fd, .events = POLLOUT};
	if (s->wire)
		fds[n++] = (struct pollfd){.fd = saw_sshwire_fd(s->wire), .events = saw_sshwire_events(s->wire)};
	if (s->jump) {
		fds[n++] = (struct pollfd){.fd = saw_sshwire_fd(s->jump), .events = saw_sshwire_events(s->jump)};
		fds[n++] = (struct pollfd){
			.fd = s->inner,
			.events = (short)((s->out->begin == s->out->end ? POLLIN : 0) | (s->in->begin < s->in->end ? POLLOUT : 0))};
	}
	return n;
}

uint64_t saw_ssh_session_next_ns(const struct saw_ssh_session *s) {
	uint64_t next = s->polling ? s->poll_ends_ns : UINT64_MAX;

	if (s->phase == PHASE_DOWN)
		return UINT64_MAX;
	if (s->more)
		return 0;
	if (s->dialogue && saw_dialogue_next_ns(s->dialogue) < next)
		next = saw_dialogue_next_ns(s->dialogue);
	return s->phase_ends_ns < next ? s->phase_ends_ns : next;
}
