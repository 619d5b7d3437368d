#include "collectors/ssh/libssh.h"

#include <errno.h>
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COLUMNS 511 /* as wide as devices take it: what is longer than a line would be wrapped */
#define ROWS 1000

/* What can be offered, in this order. */
enum method { METHOD_NONE, METHOD_KEY, METHOD_AGENT, METHOD_PASSWORD, METHODS };

struct saw_sshwire {
	ssh_session session;
	ssh_channel channel;
	int fd;
	bool connecting; /* the descriptor is libssh's: it closes it */
	bool shaken;     /* the handshake is done */
	enum method method;
	bool interactive, answered; /* the password goes as an answer; it has gone */
	bool denied;                /* something was offered, and it was not enough */
	int agent;                  /* the agent's descriptor, which is libssh's now; -1: not had */
	bool agent_gone;            /* it ended the connection, or somebody lost patience */
	ssh_key key;
	unsigned opened;        /* steps of the channel that are done */
	const char *shown_type; /* of the device's key, which is here in base64, and its fingerprint */
	char *shown;
	char *fingerprint;
	Sawatch__V1__PollError error_class;
	char error[512];
};

int saw_sshwire_init(void) {
	return ssh_init() == SSH_OK ? 0 : -EIO;
}

/* ------------------------------------------------------------------------------------------------------------- set-up */

enum kind { KIND_KEX, KIND_CIPHER, KIND_MAC, KINDS };

/* What is always offered: nothing with SHA-1 or CBC in it. */
static const char standard_kex[] =
	"curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,"
	"diffie-hellman-group18-sha512,diffie-hellman-group16-sha512,diffie-hellman-group-exchange-sha256,"
	"diffie-hellman-group14-sha256";
static const char standard_ciphers[] =
	"chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr";
static const char standard_macs[] =
	"hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512";

static const char *const standard[KINDS] = {
	[KIND_KEX] = standard_kex, [KIND_CIPHER] = standard_ciphers, [KIND_MAC] = standard_macs};

static const struct {
	const char *name;
	enum kind kind;
} old_algorithms[] = {
	{"diffie-hellman-group14-sha1", KIND_KEX},
	{"diffie-hellman-group-exchange-sha1", KIND_KEX},
	{"diffie-hellman-group1-sha1", KIND_KEX},
	{"aes256-cbc", KIND_CIPHER},
	{"aes192-cbc", KIND_CIPHER},
	{"aes128-cbc", KIND_CIPHER},
	{"3des-cbc", KIND_CIPHER},
	{"hmac-sha1", KIND_MAC},
};

static void put_algorithms(struct saw_buf *out, enum kind kind, const struct saw_sshwire_options *o) {
	saw_buf_reset(out);
	saw_buf_puts(out, standard[kind]);
	for (size_t i = 0; i < sizeof old_algorithms / sizeof *old_algorithms; i++)
		for (size_t j = 0; old_algorithms[i].kind == kind && j < o->n_old; j++)
			if (strcmp(o->old[j], old_algorithms[i].name) == 0)
				saw_buf_printf(out, ",%s", o->old[j]);
}

static bool set_options(ssh_session s, const struct saw_sshwire_options *o, int fd) {
	struct saw_buf list = SAW_BUF_INIT(2048);
	bool no = false;
	int least = o->n_old ? 768 : 2048; /* bits of an RSA key */
	/* Places and a name that are not there: nothing of this host's own set-up is looked at. */
	bool good = ssh_options_set(s, SSH_OPTIONS_PROCESS_CONFIG, &no) == 0 &&
				ssh_options_set(s, SSH_OPTIONS_SSH_DIR, "/nonexistent") == 0 &&
				ssh_options_set(s, SSH_OPTIONS_KNOWNHOSTS, "/nonexistent/known_hosts") == 0 &&
				ssh_options_set(s, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/nonexistent/known_hosts") == 0 &&
				ssh_options_set(s, SSH_OPTIONS_HOST, "device") == 0 &&
				ssh_options_set(s, SSH_OPTIONS_USER, o->user) == 0 &&
				ssh_options_set(s, SSH_OPTIONS_HOSTKEYS, o->hostkey_algorithms) == 0 &&
				ssh_options_set(s, SSH_OPTIONS_RSA_MIN_SIZE, &least) == 0;

	put_algorithms(&list, KIND_KEX, o);
	good = good && ssh_options_set(s, SSH_OPTIONS_KEY_EXCHANGE, saw_buf_text(&list)) == 0;
	put_algorithms(&list, KIND_CIPHER, o);
	good = good && ssh_options_set(s, SSH_OPTIONS_CIPHERS_C_S, saw_buf_text(&list)) == 0 &&
		   ssh_options_set(s, SSH_OPTIONS_CIPHERS_S_C, saw_buf_text(&list)) == 0;
	put_algorithms(&list, KIND_MAC, o);
	good = good && ssh_options_set(s, SSH_OPTIONS_HMAC_C_S, saw_buf_text(&list)) == 0 &&
		   ssh_options_set(s, SSH_OPTIONS_HMAC_S_C, saw_buf_text(&list)) == 0 &&
		   ssh_options_set(s, SSH_OPTIONS_FD, &fd) == 0;
	saw_buf_free(&list);
	return good;
}

struct saw_sshwire *saw_sshwire_create(const struct saw_sshwire_options *options, int fd) {
	struct saw_sshwire *w = calloc(1, sizeof *w);

	if (!w) {
		close(fd);
		return NULL;
	}
	w->fd = fd;
	w->agent = -1;
	w->session = ssh_new();
	if (!w->session || !set_options(w->session, options, fd)) {
		saw_sshwire_destroy(w);
		return NULL;
	}
	ssh_set_blocking(w->session, 0);
	return w;
}

void saw_sshwire_destroy(struct saw_sshwire *w) {
	if (!w)
		return;
	if (w->channel)
		ssh_channel_free(w->channel);
	/* ssh_disconnect leaves a descriptor that it was given open, unless an error has closed it before; this closes it once. */
	if (w->session && w->connecting)
		ssh_silent_disconnect(w->session);
	ssh_free(w->session);
	if (!w->connecting)
		close(w->fd);
	ssh_key_free(w->key);
	ssh_string_free_char(w->shown);
	ssh_string_free_char(w->fingerprint);
	free(w);
}

static enum saw_sshwire_step fail(struct saw_sshwire *w, Sawatch__V1__PollError error_class, const char *text) {
	w->error_class = error_class;
	snprintf(w->error, sizeof w->error, "%s", text);
	return SAW_SSHWIRE_FAILED;
}

/* What libssh says is wrong. Of a peer that hung up it says an errno that has nothing to do with it. */
static enum saw_sshwire_step fail_with(struct saw_sshwire *w, const char *during) {
	const char *why = ssh_get_error(w->session), *no_match = strstr(why, "no match for method");
	const char *ours = no_match ? strstr(no_match, ", client [") : NULL;
	bool hung_up = strstr(why, "Socket error") || strstr(why, "Remote host closed") || !*why;

	w->error_class = SAWATCH__V1__POLL_ERROR__POLL_ERROR_PROTOCOL;
	if (no_match) {
		snprintf(w->error, sizeof w->error,
				 "no algorithm that both take: %.*s; `old_algorithms` allows what only old devices have",
				 ours && ours - no_match < 300 ? (int)(ours - no_match) : 300, no_match);
	} else if (hung_up) {
		w->error_class = SAWATCH__V1__POLL_ERROR__POLL_ERROR_CUT;
		snprintf(w->error, sizeof w->error, "%s: the device ended the connection%s", during,
				 w->shaken ? "" : "; one that is old may need `old_algorithms`");
	} else {
		if (strstr(why, "SSH_MSG_DISCONNECT") || !ssh_is_connected(w->session))
			w->error_class = SAWATCH__V1__POLL_ERROR__POLL_ERROR_CUT;
		snprintf(w->error, sizeof w->error, "%s: %.400s", during, why);
	}
	return SAW_SSHWIRE_FAILED;
}

const char *saw_sshwire_failure(const struct saw_sshwire *w, Sawatch__V1__PollError *error_class) {
	*error_class = w->error_class;
	return w->error;
}

/* ---------------------------------------------------------------------------------------------------------- handshake */

enum saw_sshwire_step saw_sshwire_handshake(struct saw_sshwire *w) {
	int rc;

	w->connecting = true;
	rc = ssh_connect(w->session);
	if (rc == SSH_AGAIN)
		return SAW_SSHWIRE_AGAIN;
	w->shaken = rc == SSH_OK;
	return w->shaken ? SAW_SSHWIRE_DONE : fail_with(w, "the SSH handshake failed");
}

int saw_sshwire_hostkey(struct saw_sshwire *w, struct saw_hostkey *out, const char **fingerprint) {
	unsigned char *hash = NULL;
	ssh_key key = NULL;
	size_t n;

	if (!w->fingerprint && ssh_get_server_publickey(w->session, &key) == SSH_OK &&
		ssh_pki_export_pubkey_base64(key, &w->shown) == SSH_OK &&
		ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &n) == 0) {
		w->shown_type = ssh_key_type_to_char(ssh_key_type(key));
		w->fingerprint = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, n);
	}
	ssh_clean_pubkey_hash(&hash);
	ssh_key_free(key);
	if (!w->fingerprint)
		return -ENOMEM;
	*out = (struct saw_hostkey){.type = saw_str_of(w->shown_type), .key = saw_str_of(w->shown)};
	*fingerprint = w->fingerprint;
	return 0;
}

/* -------------------------------------------------------------------------------------------------------------- login */

int saw_sshwire_key_check(const char *text, const char *passphrase) {
	ssh_key key = NULL;
	/* Without a callback libssh would ask a terminal that is not there: an empty passphrase answers for it. */
	int rc = ssh_pki_import_privkey_base64(text, passphrase ? passphrase : "", NULL, NULL, &key);

	ssh_key_free(key);
	return rc == SSH_OK ? 0 : SAW_EFORMAT;
}

static bool usable(const struct saw_sshwire *w, enum method m, const struct saw_sshwire_login *login, int offered) {
	(void)w;
	switch (m) {
	case METHOD_KEY:
		return login->key && (offered & SSH_AUTH_METHOD_PUBLICKEY);
	case METHOD_AGENT:
		return login->agent_fd >= 0 && (offered & SSH_AUTH_METHOD_PUBLICKEY);
	case METHOD_PASSWORD:
		return login->password && (offered & (SSH_AUTH_METHOD_PASSWORD | SSH_AUTH_METHOD_INTERACTIVE));
	default:
		return false;
	}
}

static enum saw_sshwire_step refused(struct saw_sshwire *w, const struct saw_sshwire_login *login, int offered) {
	if (w->denied)
		return fail(w, SAWATCH__V1__POLL_ERROR__POLL_ERROR_AUTH, "the device refuses the login");
	if (w->agent_gone)
		return fail(w, SAWATCH__V1__POLL_ERROR__POLL_ERROR_TIMEOUT, "the SSH agent does not answer");
	if (!login->password && !(offered & SSH_AUTH_METHOD_PUBLICKEY))
		return fail(w, SAWATCH__V1__POLL_ERROR__POLL_ERROR_AUTH,
					"the device takes passwords only, and none is configured");
	return fail(w, SAWATCH__V1__POLL_ERROR__POLL_ERROR_AUTH,
				"the device takes none of the ways to log in that are configured");
}

static int offer_key(struct saw_sshwire *w, const struct saw_sshwire_login *login) {
	if (!w->key && ssh_pki_import_privkey_base64(login->key, login->key_passphrase ? login->key_passphrase : "", NULL,
												 NULL, &w->key) != SSH_OK) {
		fail(w, SAWATCH__V1__POLL_ERROR__POLL_ERROR_AUTH,
			 "the private key cannot be read: not a key, or the passphrase is not its");
		return SSH_AUTH_ERROR;
	}
	return ssh_userauth_publickey(w->session, NULL, w->key);
}

/* libssh waits for the agent, however long it takes: whoever loses patience shuts its descriptor down. */
static int offer_agent(struct saw_sshwire *w, struct saw_sshwire_login *login) {
	struct pollfd p;
	int rc;

	if (login->agent_fd >= 0) {
		if (ssh_set_agent_socket(w->session, login->agent_fd) != SSH_OK)
			return SSH_AUTH_DENIED;
		w->agent = login->agent_fd;
		login->agent_fd = -1; /* it is the session's now */
	}
	rc = ssh_userauth_agent(w->session, NULL);
	p = (struct pollfd){.fd = w->agent};
	w->agent_gone = poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR | POLLNVAL));
	return rc == SSH_AUTH_ERROR && w->agent_gone && ssh_is_connected(w->session) ? SSH_AUTH_DENIED : rc;
}

/* One question, whose answer is not shown, is answered with the password, once. */
static int answer(struct saw_sshwire *w, const char *password) {
	int n = ssh_userauth_kbdint_getnprompts(w->session);
	char echo = 0;

	if (n == 0)
		return SSH_AUTH_INFO; /* only words; goes on */
	if (n == 1 && !w->answered && ssh_userauth_kbdint_getprompt(w->session, 0, &echo) && !echo) {
		w->answered = true;
		return ssh_userauth_kbdint_setanswer(w->session, 0, password) == 0 ? SSH_AUTH_INFO : SSH_AUTH_ERROR;
	}
	fail(w, SAWATCH__V1__POLL_ERROR__POLL_ERROR_AUTH,
		 w->answered ? "the device refuses the login: it asks again" : "the device asks for more than a password");
	return SSH_AUTH_ERROR;
}

static int offer_password(struct saw_sshwire *w, const char *password) {
	int rc = SSH_AUTH_INFO;

	if (!w->interactive)
		return ssh_userauth_password(w->session, NULL, password);
	for (unsigned rounds = 0; rounds < 8 && rc == SSH_AUTH_INFO; rounds++) {
		rc = ssh_userauth_kbdint(w->session, NULL, NULL);
		if (rc == SSH_AUTH_INFO)
			rc = answer(w, password);
	}
	return rc;
}

static int offer(struct saw_sshwire *w, struct saw_sshwire_login *login) {
	switch (w->method) {
	case METHOD_NONE:
		return ssh_userauth_none(w->session, NULL);
	case METHOD_KEY:
		return offer_key(w, login);
	case METHOD_AGENT:
		return offer_agent(w, login);
	default:
		return offer_password(w, login->password);
	}
}

enum saw_sshwire_step saw_sshwire_login(struct saw_sshwire *w, struct saw_sshwire_login *login) {
	for (;;) {
		int rc = offer(w, login), offered;

		if (rc == SSH_AUTH_AGAIN)
			return SAW_SSHWIRE_AGAIN;
		if (rc == SSH_AUTH_SUCCESS)
			return SAW_SSHWIRE_DONE;
		if (rc != SSH_AUTH_DENIED && rc != SSH_AUTH_PARTIAL)
			return *w->error ? SAW_SSHWIRE_FAILED : fail_with(w, "the login failed");
		w->denied |= rc == SSH_AUTH_DENIED && w->method != METHOD_NONE && !(w->method == METHOD_AGENT && w->agent_gone);
		offered = ssh_userauth_list(w->session, NULL);
		do
			w->method++;
		while (w->method < METHODS && !usable(w, w->method, login, offered));
		if (w->method == METHODS)
			return refused(w, login, offered);
		w->interactive = !(offered & SSH_AUTH_METHOD_PASSWORD);
	}
}

/* ------------------------------------------------------------------------------------------------------------ channel */

static enum saw_sshwire_step channel_step(struct saw_sshwire *w, int rc, const char *during) {
	if (rc == SSH_AGAIN)
		return SAW_SSHWIRE_AGAIN;
	if (rc != SSH_OK)
		return fail_with(w, during);
	w->opened++;
	return SAW_SSHWIRE_DONE;
}

static bool has_channel(struct saw_sshwire *w) {
	if (!w->channel)
		w->channel = ssh_channel_new(w->session);
	if (!w->channel)
		fail(w, SAWATCH__V1__POLL_ERROR__POLL_ERROR_INTERNAL, "no memory for a channel");
	return w->channel;
}

enum saw_sshwire_step saw_sshwire_shell(struct saw_sshwire *w) {
	enum saw_sshwire_step step = SAW_SSHWIRE_DONE;

	if (!has_channel(w))
		return SAW_SSHWIRE_FAILED;
	if (w->opened == 0)
		step = channel_step(w, ssh_channel_open_session(w->channel), "the device opens no session");
	if (step == SAW_SSHWIRE_DONE && w->opened == 1)
		step = channel_step(w, ssh_channel_request_pty_size(w->channel, "vt100", COLUMNS, ROWS),
							"the device gives no terminal");
	if (step == SAW_SSHWIRE_DONE && w->opened == 2)
		step = channel_step(w, ssh_channel_request_shell(w->channel), "the device gives no command line");
	return step;
}

enum saw_sshwire_step saw_sshwire_forward(struct saw_sshwire *w, const char *host, uint16_t port) {
	if (!has_channel(w))
		return SAW_SSHWIRE_FAILED;
	return channel_step(w, ssh_channel_open_forward(w->channel, host, port, "127.0.0.1", 0),
						"the jump host does not connect us");
}

ssize_t saw_sshwire_read(struct saw_sshwire *w, void *bytes, size_t n) {
	int rc = ssh_channel_read_nonblocking(w->channel, bytes, (uint32_t)n, 0);

	if (rc > 0)
		return rc;
	if (rc == SSH_AGAIN)
		return 0;
	return rc < 0 || ssh_channel_is_eof(w->channel) || ssh_channel_is_closed(w->channel) ? -EPIPE : 0;
}

ssize_t saw_sshwire_write(struct saw_sshwire *w, const void *bytes, size_t n) {
	uint32_t window = ssh_channel_window_size(w->channel);
	int rc;

	if (n > window)
		n = window; /* what is more would be refused, or waited for */
	rc = n ? ssh_channel_write(w->channel, bytes, (uint32_t)n) : 0;
	if (rc == SSH_AGAIN)
		return 0;
	return rc < 0 ? -EPIPE : rc;
}

int saw_sshwire_fd(const struct saw_sshwire *w) {
	return w->fd;
}

short saw_sshwire_events(const struct saw_sshwire *w) {
	int flags = w->connecting ? ssh_get_poll_flags(w->session) : 0;

	return (short)(POLLIN | (flags & SSH_WRITE_PENDING ? POLLOUT : 0));
}
