#include "config.h"

#include "sim/ssh.h"

#include "sim/cli.h"
#include "sim/terminal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>

#define SESSIONS_MAX 2048
#define SESSION_LIMIT 5 /* of an ASA */
#define FAILURES_MAX 3  /* of logins in one connection */
#define KEYS_MAX 16
#define WRITE_MAX 65536
#define SLOW_BYTES 256
#define SLOW_MS 15
#define CLOSING_MS 2000
#define HUNG_MS 1000    /* how often it is seen whether such a connection is still there */
#define LONG_ANSWER 400 /* what is cut or stalls in the middle */
#define SERVER "Cisco-1.25"

struct session {
	struct session *next;
	struct saw_sim_ssh *server;
	struct saw_sim_model *model; /* of the device whose name the user gave */
	enum saw_sim_dev dev;
	int fd; /* until libssh has it: a connection that hangs stays so */
	ssh_session ssh;
	ssh_channel channel;
	struct ssh_server_callbacks_struct callbacks;
	struct ssh_channel_callbacks_struct channel_callbacks;
	struct saw_sim_terminal *terminal;
	char user[SAW_SIM_TEXT_MAX], host[SAW_SIM_TEXT_MAX]; /* host "": the device's own name */
	unsigned rows, columns, failures;
	struct saw_buf out; /* what is shown */
	size_t sent;        /* of it */
	size_t stop_at;     /* where nothing more is sent, or the connection ends; SIZE_MAX: nowhere */
	uint64_t next_ms;   /* of a slow one; when the client must have gone */
	bool asked_known;   /* keyboard-interactive */
	bool last;          /* nothing more will be shown */
	bool failed, closing, over;
};

struct face {
	struct saw_sim_ssh *server;
	enum saw_sim_dev dev;
	int listener;
	uint16_t port;
	uint32_t boots, hangups;
	ssh_bind binds[2][2]; /* [with a new host key][old algorithms only], made when first needed */
};

struct saw_sim_ssh {
	struct saw_sim_model *const *models; /* one, or those of a fleet */
	uint32_t model_count;
	const struct saw_sim_clock *clock;
	const struct saw_sim_ssh_options *options;
	ssh_event event;
	struct face faces[SAW_SIM_DEVICES];
	struct session *sessions;
	size_t session_count;
	ssh_key keys[KEYS_MAX];
	size_t key_count;
	FILE *log;
	int watched; /* a descriptor of the caller's in the event */
	bool readable;
};

static bool quirk(const struct session *s, enum saw_sim_quirk q) {
	return saw_sim_model_quirk(s->model, s->dev, q);
}

/* Lets happen what was due; what is shown is of this instant. */
static uint64_t catch_up(const struct saw_sim_ssh *s, struct saw_sim_model *model) {
	uint64_t now = saw_sim_clock_ms(s->clock);
	saw_sim_model_advance(model, now);
	return now;
}

/* ------------------------------------------------------------------------------------------------------------ host keys */

/* From its file where keys are kept, and into it when it is made. */
static ssh_key host_key(const struct saw_sim_ssh *s, enum saw_sim_dev dev, enum ssh_keytypes_e type, bool new_one) {
	char path[PATH_MAX] = "";
	ssh_key key = NULL;
	if (s->options->host_keys && !new_one) {
		snprintf(path, sizeof(path), "%s/%s.%s", s->options->host_keys, saw_sim_device_name(dev),
				 type == SSH_KEYTYPE_RSA ? "rsa" : "ed25519");
		if (ssh_pki_import_privkey_file(path, NULL, NULL, NULL, &key) == SSH_OK) {
			return key;
		}
	}
	if (ssh_pki_generate(type, type == SSH_KEYTYPE_RSA ? 2048 : 0, &key) != SSH_OK) {
		return NULL;
	}
	if (path[0]) {
		mode_t mask = umask(0177);
		int r = ssh_pki_export_privkey_file(key, NULL, NULL, NULL, path);
		umask(mask);
		if (r != SSH_OK) {
			ssh_key_free(key);
			return NULL;
		}
	}
	return key;
}

/* What sessions of a device begin with: keys and algorithms. NULL when they cannot be made. */
static ssh_bind bind_of(struct face *f, bool new_key, bool old_algorithms) {
	static const struct {
		enum ssh_bind_options_e option;
		const char *value;
	} old[] = {
		{SSH_BIND_OPTIONS_KEY_EXCHANGE, "diffie-hellman-group14-sha1,diffie-hellman-group1-sha1"},
		{SSH_BIND_OPTIONS_CIPHERS_C_S, "aes128-cbc,3des-cbc"},
		{SSH_BIND_OPTIONS_CIPHERS_S_C, "aes128-cbc,3des-cbc"},
		{SSH_BIND_OPTIONS_HMAC_C_S, "hmac-sha1"},
		{SSH_BIND_OPTIONS_HMAC_S_C, "hmac-sha1"},
		{SSH_BIND_OPTIONS_HOSTKEY_ALGORITHMS, "ssh-rsa"},
	};
	ssh_bind *kept = &f->binds[new_key][old_algorithms];
	if (*kept) {
		return *kept;
	}
	bool no = false;
	ssh_bind b = ssh_bind_new();
	ssh_key key = host_key(f->server, f->dev, old_algorithms ? SSH_KEYTYPE_RSA : SSH_KEYTYPE_ED25519, new_key);
	bool ok = b && key && ssh_bind_options_set(b, SSH_BIND_OPTIONS_IMPORT_KEY, key) == SSH_OK;
	if (!ok) {
		ssh_key_free(key);
	}
	ok = ok && ssh_bind_options_set(b, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no) == SSH_OK &&
		 ssh_bind_options_set(b, SSH_BIND_OPTIONS_BANNER, SERVER) == SSH_OK;
	for (size_t i = 0; ok && old_algorithms && i < sizeof(old) / sizeof(old[0]); i++) {
		ok = ssh_bind_options_set(b, old[i].option, old[i].value) == SSH_OK;
	}
	if (!ok) {
		ssh_bind_free(b);
		return NULL;
	}
	return *kept = b;
}

/* --------------------------------------------------------------------------------------------------------------- logins */

static bool plain_name(const char *text, size_t n) {
	for (size_t i = 0; i < n; i++) {
		char c = text[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._", c)) || !c) {
			return false;
		}
	}
	return n > 0 && n < SAW_SIM_TEXT_MAX;
}

/* The device of that name. In a fleet they are NAME-1, NAME-2 and so on; else one may have any name. */
static bool find_device(struct session *s) {
	struct saw_str name = saw_str_of(s->host), known = saw_str_of(saw_sim_device_name(s->dev));
	uint64_t number;
	if (name.n == 0 || s->server->model_count == 1) {
		return true;
	}
	struct saw_str digits = {name.p + known.n + 1, name.n - known.n - 1};
	if (!saw_str_starts(name, known) || name.n < known.n + 2 || name.p[known.n] != '-' ||
		saw_parse_u64(digits, s->server->model_count, &number) != 0 || number == 0) {
		return false;
	}
	s->model = s->server->models[number - 1];
	return true;
}

/* USER or USER@NAME. False for somebody else. */
static bool is_known(struct session *s, const char *typed) {
	const char *at = strrchr(typed, '@');
	size_t n = at ? (size_t)(at - typed) : strlen(typed);
	bool fits = plain_name(typed, n) && (!at || plain_name(at + 1, strlen(at + 1)));
	snprintf(s->user, sizeof(s->user), "%.*s", fits ? (int)n : 0, typed);
	snprintf(s->host, sizeof(s->host), "%s", fits && at ? at + 1 : "");
	return fits && strcmp(s->user, s->server->options->user) == 0 && find_device(s);
}

static int judge(struct session *s, const char *method, bool right) {
	if (s->server->log) {
		fprintf(s->server->log, "%s %s %s %s\n", s->host[0] ? s->host : saw_sim_device_name(s->dev),
				s->user[0] ? s->user : "-", method, right ? "accepted" : "refused");
		fflush(s->server->log);
	}
	if (!right && ++s->failures >= FAILURES_MAX) {
		s->over = true;
	}
	return right ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED;
}

static int methods(const struct session *s) {
	int all = s->server->key_count ? SSH_AUTH_METHOD_PUBLICKEY : 0;
	if (s->server->options->password && !quirk(s, SAW_SIM_QUIRK_INTERACTIVE_ONLY)) {
		all |= SSH_AUTH_METHOD_PASSWORD;
	}
	if (s->server->options->password && !quirk(s, SAW_SIM_QUIRK_PASSWORD_ONLY)) {
		all |= SSH_AUTH_METHOD_INTERACTIVE;
	}
	return all;
}

static bool is_password(const struct session *s, const char *typed) {
	const char *right = s->server->options->password;
	return right && typed && strcmp(right, typed) == 0;
}

static int on_password(ssh_session ssh, const char *user, const char *password, void *ctx) {
	struct session *s = ctx;
	(void)ssh;
	return judge(s, "password", is_known(s, user) && methods(s) & SSH_AUTH_METHOD_PASSWORD && is_password(s, password));
}

static int on_key(ssh_session ssh, const char *user, struct ssh_key_struct *key, char signature, void *ctx) {
	struct session *s = ctx;
	bool right = is_known(s, user), listed = false;
	(void)ssh;
	for (size_t i = 0; i < s->server->key_count; i++) {
		listed |= ssh_key_cmp(key, s->server->keys[i], SSH_KEY_CMP_PUBLIC) == 0;
	}
	if (signature == SSH_PUBLICKEY_STATE_NONE) { /* it asks whether the key would do */
		return right && listed ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED;
	}
	return judge(s, "publickey", right && listed && signature == SSH_PUBLICKEY_STATE_VALID);
}

static void answer_interactive(struct session *s, ssh_message m) {
	const char *prompts[] = {"Password: "};
	char echo[] = {0};
	if (!ssh_message_auth_kbdint_is_response(m)) { /* only this one names the user */
		s->asked_known = is_known(s, ssh_message_auth_user(m));
		ssh_message_auth_interactive_request(m, "", "", 1, prompts, echo);
		return;
	}
	bool right = s->asked_known && ssh_userauth_kbdint_getnanswers(s->ssh) == 1 &&
				 is_password(s, ssh_userauth_kbdint_getanswer(s->ssh, 0));
	if (judge(s, "keyboard-interactive", right) == SSH_AUTH_SUCCESS) {
		ssh_message_auth_reply_success(m, 0);
	} else {
		ssh_message_reply_default(m);
	}
}

static void show_banner(struct session *s) {
	const char *text = saw_sim_banner(s->model, s->dev);
	ssh_string banner = text[0] ? ssh_string_from_char(text) : NULL;
	if (banner) {
		ssh_send_issue_banner(s->ssh, banner);
		ssh_string_free(banner);
	}
}

/* What has no callback of its own. 1: libssh's own reply, which is a refusal for most. */
static int on_message(ssh_session ssh, ssh_message m, void *ctx) {
	struct session *s = ctx;
	(void)ssh;
	if (ssh_message_type(m) != SSH_REQUEST_AUTH) {
		return 1;
	}
	if (ssh_message_subtype(m) == SSH_AUTH_METHOD_NONE) {
		show_banner(s);
		return 1;
	}
	if (quirk(s, SAW_SIM_QUIRK_HANG_AUTH)) {
		return 0;
	}
	if (ssh_message_subtype(m) == SSH_AUTH_METHOD_INTERACTIVE && methods(s) & SSH_AUTH_METHOD_INTERACTIVE) {
		answer_interactive(s, m);
		return 0;
	}
	return 1;
}

/* --------------------------------------------------------------------------------------------------------------- shells */

static bool open_terminal(struct session *s) {
	const struct saw_sim_ssh_options *o = s->server->options;
	s->terminal =
		saw_sim_terminal_create(s->model, &(struct saw_sim_terminal_options){.dev = s->dev,
																			 .host = s->host[0] ? s->host : NULL,
																			 .user = s->user,
																			 .enable_secret = o->enable_secret,
																			 .privileged = !o->enable_secret});
	if (s->terminal) {
		saw_sim_terminal_window(s->terminal, s->rows, s->columns);
	}
	return s->terminal;
}

static int on_pty(ssh_session ssh, ssh_channel channel, const char *term, int columns, int rows, int x, int y,
				  void *ctx) {
	struct session *s = ctx;
	(void)ssh, (void)channel, (void)term, (void)x, (void)y;
	s->rows = rows > 0 ? (unsigned)rows : 0;
	s->columns = columns > 0 ? (unsigned)columns : 0;
	return 0;
}

static int on_window(ssh_session ssh, ssh_channel channel, int columns, int rows, int x, int y, void *ctx) {
	return on_pty(ssh, channel, "", columns, rows, x, y, ctx);
}

static int on_shell(ssh_session ssh, ssh_channel channel, void *ctx) {
	struct session *s = ctx;
	(void)ssh, (void)channel;
	if (s->terminal || !open_terminal(s)) {
		return 1;
	}
	if (!quirk(s, SAW_SIM_QUIRK_HANG_SHELL)) {
		saw_sim_terminal_open(s->terminal, catch_up(s->server, s->model), &s->out);
	}
	return 0;
}

/* Behind an answer: where it is to break off. */
static void mark_answer(struct session *s, size_t before) {
	size_t n = s->out.len - before;
	if (n > LONG_ANSWER && s->stop_at == SIZE_MAX &&
		(quirk(s, SAW_SIM_QUIRK_HANG_ANSWER) || quirk(s, SAW_SIM_QUIRK_DROP))) {
		s->stop_at = before + n / 2;
	}
}

static int on_exec(ssh_session ssh, ssh_channel channel, const char *command, void *ctx) {
	struct session *s = ctx;
	(void)ssh, (void)channel;
	if (s->terminal || !open_terminal(s)) {
		return 1;
	}
	s->failed = saw_sim_terminal_exec(s->terminal, catch_up(s->server, s->model), saw_str_of(command), &s->out) != 0;
	s->last = true;
	mark_answer(s, 0);
	return 0;
}

static int on_data(ssh_session ssh, ssh_channel channel, void *data, uint32_t n, int is_stderr, void *ctx) {
	struct session *s = ctx;
	size_t before = s->out.len;
	(void)ssh, (void)channel, (void)is_stderr;
	if (s->terminal && !s->last && !quirk(s, SAW_SIM_QUIRK_HANG_SHELL)) {
		saw_sim_terminal_type(s->terminal, catch_up(s->server, s->model), data, n, &s->out);
		mark_answer(s, before);
	}
	return (int)n;
}

/* Nothing more will be typed: what is shown already is still sent. */
static void on_eof(ssh_session ssh, ssh_channel channel, void *ctx) {
	struct session *s = ctx;
	(void)ssh, (void)channel;
	s->last = true;
}

static void on_close(ssh_session ssh, ssh_channel channel, void *ctx) {
	struct session *s = ctx;
	(void)ssh, (void)channel;
	s->over |= !s->closing;
}

static ssh_channel on_channel(ssh_session ssh, void *ctx) {
	struct session *s = ctx;
	if (s->channel) {
		return NULL; /* one shell a connection, as a device does */
	}
	s->channel = ssh_channel_new(ssh);
	s->channel_callbacks = (struct ssh_channel_callbacks_struct){
		.userdata = s,
		.channel_data_function = on_data,
		.channel_eof_function = on_eof,
		.channel_close_function = on_close,
		.channel_pty_request_function = on_pty,
		.channel_shell_request_function = on_shell,
		.channel_pty_window_change_function = on_window,
		.channel_exec_request_function = on_exec,
	};
	ssh_callbacks_init(&s->channel_callbacks);
	if (s->channel) {
		ssh_set_channel_callbacks(s->channel, &s->channel_callbacks);
	}
	return s->channel;
}

/* -------------------------------------------------------------------------------------------------------------- sending */

/* How much may be sent now. */
static size_t portion(const struct session *s, uint64_t clock_ms) {
	size_t n = (s->out.len < s->stop_at ? s->out.len : s->stop_at) - s->sent;
	size_t window = ssh_channel_window_size(s->channel);
	size_t most = quirk(s, SAW_SIM_QUIRK_SPLIT_WRITES) ? 1 : quirk(s, SAW_SIM_QUIRK_SLOW) ? SLOW_BYTES : WRITE_MAX;
	if (ssh_get_poll_flags(s->ssh) & SSH_WRITE_PENDING || clock_ms < s->next_ms) {
		return 0;
	}
	n = n < window ? n : window;
	return n < most ? n : most;
}

static void send_shown(struct session *s, uint64_t clock_ms) {
	size_t n;
	while ((n = portion(s, clock_ms)) > 0) {
		int r = ssh_channel_write(s->channel, saw_buf_text(&s->out) + s->sent, (uint32_t)n);
		if (r <= 0) {
			s->over |= r < 0;
			return;
		}
		s->sent += (size_t)r;
		if (quirk(s, SAW_SIM_QUIRK_SLOW)) {
			s->next_ms = clock_ms + SLOW_MS;
		}
	}
	if (s->sent == s->out.len) {
		saw_buf_reset(&s->out);
		s->sent = 0;
	}
}

/* The client ends the connection: it may still have something under way, and would lose the last bytes if it ended here. */
static void close_channel(struct session *s, uint64_t clock_ms) {
	ssh_channel_request_send_exit_status(s->channel, s->failed);
	ssh_channel_send_eof(s->channel);
	ssh_channel_close(s->channel);
	s->closing = true;
	s->next_ms = clock_ms + CLOSING_MS;
}

static void serve_shell(struct session *s, uint64_t clock_ms) {
	send_shown(s, clock_ms);
	if (saw_buf_error(&s->out)) {
		s->over = true;
	} else if (s->sent == s->stop_at) {
		s->over |= quirk(s, SAW_SIM_QUIRK_DROP);
	} else if (s->out.len == 0 && (s->last || saw_sim_terminal_over(s->terminal))) {
		close_channel(s, clock_ms);
	}
}

/* Sends what there is to send and sees whether that was all. */
static void serve(struct session *s, uint64_t clock_ms) {
	if (s->fd >= 0) {
		char byte;
		ssize_t r = recv(s->fd, &byte, 1, MSG_DONTWAIT);
		s->over |= r == 0 || (r < 0 && errno != EAGAIN);
	} else if (ssh_get_status(s->ssh) & (SSH_CLOSED | SSH_CLOSED_ERROR)) {
		s->over = true;
	} else if (s->closing) {
		s->over |= clock_ms >= s->next_ms;
	} else if (s->terminal && !s->over) {
		serve_shell(s, clock_ms);
	}
}

/* ------------------------------------------------------------------------------------------------------------- sessions */

static void end_session(struct session *s) {
	if (s->ssh) {
		ssh_event_remove_session(s->server->event, s->ssh);
		ssh_disconnect(s->ssh);
		ssh_free(s->ssh); /* and its channel */
	}
	if (s->fd >= 0) {
		close(s->fd);
	}
	saw_sim_terminal_destroy(s->terminal);
	saw_buf_free(&s->out);
	free(s);
}

/* Hands the connection to libssh. */
static bool begin(struct face *f, struct session *s) {
	ssh_bind bind = bind_of(f, quirk(s, SAW_SIM_QUIRK_NEW_HOST_KEY), quirk(s, SAW_SIM_QUIRK_OLD_ALGORITHMS));
	s->ssh = bind ? ssh_new() : NULL;
	if (!s->ssh) {
		return false;
	}
	s->callbacks =
		(struct ssh_server_callbacks_struct){.userdata = s, .channel_open_request_session_function = on_channel};
	if (!quirk(s, SAW_SIM_QUIRK_HANG_AUTH)) { /* else they come to on_message */
		s->callbacks.auth_password_function = on_password;
		s->callbacks.auth_pubkey_function = on_key;
	}
	ssh_callbacks_init(&s->callbacks);
	if (ssh_bind_accept_fd(bind, s->ssh, s->fd) != SSH_OK) {
		return false;
	}
	s->fd = -1;
	ssh_set_server_callbacks(s->ssh, &s->callbacks);
	ssh_set_message_callback(s->ssh, on_message, s);
	ssh_set_auth_methods(s->ssh, methods(s));
	ssh_set_blocking(s->ssh, 0);
	return ssh_handle_key_exchange(s->ssh) != SSH_ERROR && ssh_event_add_session(f->server->event, s->ssh) == SSH_OK;
}

static size_t sessions_of(const struct saw_sim_ssh *server, enum saw_sim_dev dev) {
	size_t n = 0;
	for (const struct session *s = server->sessions; s; s = s->next) {
		n += s->dev == dev;
	}
	return n;
}

static void welcome(struct face *f, int fd) {
	struct saw_sim_ssh *server = f->server;
	bool full = server->session_count >= SESSIONS_MAX ||
				(saw_sim_model_quirk(server->models[0], f->dev, SAW_SIM_QUIRK_SESSION_LIMIT) &&
				 sessions_of(server, f->dev) >= SESSION_LIMIT);
	struct session *s = full ? NULL : calloc(1, sizeof(*s));
	int yes = 1;
	if (!s) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	*s = (struct session){.server = server,
						  .model = server->models[0],
						  .dev = f->dev,
						  .fd = fd,
						  .stop_at = SIZE_MAX,
						  .next = server->sessions};
	saw_buf_init(&s->out, 2U * SAW_SIM_CLI_MAX);
	server->sessions = s;
	server->session_count++;
	if (quirk(s, SAW_SIM_QUIRK_HANG_ACCEPT)) {
		return;
	}
	if (quirk(s, SAW_SIM_QUIRK_HANG_KEX)) {
		static const char version[] = "SSH-2.0-" SERVER "\r\n";
		s->over = send(fd, version, sizeof(version) - 1, MSG_NOSIGNAL) < 0;
		return;
	}
	s->over = !begin(f, s);
}

static int on_listener(socket_t listener, int events, void *ctx) {
	struct face *f = ctx;
	int fd;
	(void)events;
	catch_up(f->server, f->server->models[0]);
	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		welcome(f, fd);
	}
	return 0;
}

static int on_watched(socket_t fd, int events, void *ctx) {
	struct saw_sim_ssh *s = ctx;
	(void)fd, (void)events;
	s->readable = true;
	return 0;
}

/* A device that was reloaded has lost its sessions, and one that hung up. */
static void see_losses(struct saw_sim_ssh *server, uint64_t now_ms) {
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		struct face *f = &server->faces[dev];
		struct saw_sim_device d;
		saw_sim_model_device(server->models[0], f->dev, now_ms, &d);
		bool lost = d.boots != f->boots || d.hangups != f->hangups;
		for (struct session *s = server->sessions; s && lost; s = s->next) {
			s->over |= s->dev == f->dev;
		}
		f->boots = d.boots;
		f->hangups = d.hangups;
	}
}

/* Serves every session. Returns ms until one has something to do of itself, -1 for none. */
static int serve_all(struct saw_sim_ssh *server) {
	uint64_t clock_ms = saw_sim_monotonic_ms();
	int wait = -1;
	for (struct session **p = &server->sessions, *s; (s = *p);) {
		serve(s, clock_ms);
		if (s->over) {
			*p = s->next;
			server->session_count--;
			end_session(s);
			continue;
		}
		int mine = s->next_ms > clock_ms && (s->closing || s->out.len > 0) ? (int)(s->next_ms - clock_ms)
				   : s->fd >= 0                                            ? HUNG_MS
																		   : -1;
		if (mine >= 0 && (wait < 0 || mine < wait)) {
			wait = mine;
		}
		p = &s->next;
	}
	return wait;
}

/* No longer than until something scheduled happens: it may end sessions. */
static int patience(const struct saw_sim_ssh *s, uint64_t now_ms, int wait) {
	uint64_t next = saw_sim_model_next(s->models[0]);
	uint64_t due = next > now_ms ? next - now_ms : 0;
	return next != UINT64_MAX && due < (wait < 0 ? INT_MAX : (uint64_t)wait) ? (int)due : wait;
}

int saw_sim_ssh_turn(struct saw_sim_ssh *s, int fd) {
	if (s->watched != fd) {
		s->watched = fd;
		if (ssh_event_add_fd(s->event, fd, POLLIN, on_watched, s) != SSH_OK) {
			return -ENOMEM;
		}
	}
	s->readable = false;
	uint64_t now_ms = catch_up(s, s->models[0]);
	see_losses(s, now_ms);
	int wait = serve_all(s);
	/* its error is that of one session, which serve_all sees the next time */
	ssh_event_dopoll(s->event, patience(s, now_ms, wait));
	return s->readable;
}

/* ---------------------------------------------------------------------------------------------------------------- start */

static int load_keys(struct saw_sim_ssh *s, const char *path, struct saw_err *err) {
	char line[8192], kind[64], base64[8000];
	FILE *f = fopen(path, "re");
	if (!f) {
		return saw_err_set(err, -errno, "%s: %s", path, strerror(errno));
	}
	while (s->key_count < KEYS_MAX && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %7999s", kind, base64) == 2 && kind[0] != '#' &&
			ssh_pki_import_pubkey_base64(base64, ssh_key_type_from_name(kind), &s->keys[s->key_count]) == SSH_OK) {
			s->key_count++;
		}
	}
	fclose(f);
	return s->key_count ? 0 : saw_err_set(err, SAW_EFORMAT, "%s: no public key in it", path);
}

static int listen_on(struct face *f, const char *address, uint16_t port, struct saw_err *err) {
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
	socklen_t size = sizeof(name);
	int yes = 1;
	if (inet_pton(AF_INET, address, &name.sin_addr) != 1) {
		return saw_err_set(err, SAW_EFORMAT, "%s: expected an IPv4 address", address);
	}
	f->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (f->listener < 0 || setsockopt(f->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
		bind(f->listener, (struct sockaddr *)&name, size) != 0 || listen(f->listener, SOMAXCONN) != 0 ||
		getsockname(f->listener, (struct sockaddr *)&name, &size) != 0) {
		return saw_err_set(err, -errno, "%s port %u/tcp: %s", address, port, strerror(errno));
	}
	f->port = ntohs(name.sin_port);
	if (ssh_event_add_fd(f->server->event, f->listener, POLLIN, on_listener, f) != SSH_OK) {
		return saw_err_set(err, -ENOMEM, "no memory");
	}
	return 0;
}

static int open_face(struct saw_sim_ssh *s, enum saw_sim_dev dev, struct saw_err *err) {
	struct face *f = &s->faces[dev];
	struct saw_sim_device d;
	saw_sim_model_device(s->models[0], dev, 0, &d);
	*f = (struct face){.server = s, .dev = dev, .listener = -1, .boots = d.boots, .hangups = d.hangups};
	if (!bind_of(f, false, false)) {
		return saw_err_set(err, SAW_EFORMAT, "%s: the host key could not be made or kept there",
						   s->options->host_keys ? s->options->host_keys : "memory");
	}
	return listen_on(f, s->options->address, (uint16_t)(s->options->port ? s->options->port + dev : 0), err);
}

static void raise_descriptors(void) {
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int saw_sim_ssh_create(struct saw_sim_model *const *models, uint32_t count, const struct saw_sim_clock *clock,
					   const struct saw_sim_ssh_options *options, struct saw_sim_ssh **out, struct saw_err *err) {
	struct saw_sim_ssh *s = calloc(1, sizeof(*s));
	int r = 0;
	*out = s;
	if (!s || ssh_init() != SSH_OK || !(s->event = ssh_event_new())) {
		return saw_err_set(err, -ENOMEM, "no memory");
	}
	s->models = models;
	s->model_count = count;
	s->clock = clock;
	s->options = options;
	s->watched = -1;
	raise_descriptors();
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		s->faces[dev].listener = -1;
	}
	if (options->authorized_keys) {
		r = load_keys(s, options->authorized_keys, err);
	}
	if (r == 0 && options->log && !(s->log = fopen(options->log, "ae"))) {
		r = saw_err_set(err, -errno, "%s: %s", options->log, strerror(errno));
	}
	for (int dev = 0; dev < SAW_SIM_DEVICES && r == 0; dev++) {
		r = open_face(s, (enum saw_sim_dev)dev, err);
	}
	return r;
}

void saw_sim_ssh_destroy(struct saw_sim_ssh *s) {
	if (!s) {
		return;
	}
	for (struct session *next, *k = s->sessions; k; k = next) {
		next = k->next;
		end_session(k);
	}
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		struct face *f = &s->faces[dev];
		for (int i = 0; i < 4; i++) {
			ssh_bind_free(f->binds[i / 2][i % 2]);
		}
		if (f->listener >= 0) {
			close(f->listener);
		}
	}
	for (size_t i = 0; i < s->key_count; i++) {
		ssh_key_free(s->keys[i]);
	}
	if (s->event) {
		ssh_event_free(s->event);
	}
	if (s->log) {
		fclose(s->log);
	}
	free(s);
}

uint16_t saw_sim_ssh_port(const struct saw_sim_ssh *s, enum saw_sim_dev dev) {
	return s->faces[dev].port;
}
