/*
 * What the configuration says of a device's SSH, as the collector wants it, and one poll by it.
 *
 * Ownership: a login's texts are its own until saw_login_clear, which wipes the secrets among them; the configuration must live as long.
 */
#ifndef SAWATCH_TOOLS_LOGIN_H
#define SAWATCH_TOOLS_LOGIN_H

#include "collectors/ssh/ssh.h"
#include "config/config.h"
#include "core/buf.h"

#define SAW_LOGIN_SECRETS 8

struct saw_login {
	struct saw_ssh_target target;
	struct saw_ssh_endpoint jump;
	struct saw_buf known_hosts;
	struct saw_hostkey keys[SAW_HOSTKEYS_MAX], jump_keys[SAW_HOSTKEYS_MAX];
	char *secrets[SAW_LOGIN_SECRETS];
	size_t n_secrets;
};

/* Reads secrets and host keys. 0, or an error with its text; clear *l in either case. */
int saw_login_of(const struct saw_config *c, const struct saw_config_device *d, struct saw_login *l,
				 struct saw_err *err);
void saw_login_clear(struct saw_login *l);

/* What saw_login_run is told while it runs; each may be NULL. */
struct saw_login_hooks {
	void *ctx;
	void (*sample)(void *ctx, const uint8_t *sample, size_t len);
	/* What became of the login; not called where none was tried, as nobody could be reached. */
	void (*login)(void *ctx, const char *endpoint, enum saw_ssh_login outcome);
	bool (*hostkey)(void *ctx, const struct saw_ssh_endpoint *of, const struct saw_hostkey *shown,
					const char *fingerprint); /* as in collectors/ssh/session.h */
	uint64_t most_ms;                         /* a tighter deadline than the configured ones; 0: none */
	struct saw_buf *record;                   /* gets a transcript of the session, collectors/ssh/transcript.h */
	const char *asked;                        /* this command alone, in place of a poll; NULL: none */
	void (*answer)(void *ctx, const char *bytes, size_t n); /* its answer */
};

/* Gives `sample` one of a device that was not asked, and why. */
void saw_login_failed(const struct saw_config_device *d, const struct saw_login_hooks *hooks,
					  Sawatch__V1__PollError error, const char *why);

/*
 * Polls the device once by SSH; what cannot be reached gives a sample too. 0, and `sample` was called; else an error with its text (a secret,
 * memory), and it was not.
 */
int saw_login_run(const struct saw_config *c, const struct saw_config_device *d, const struct saw_login_hooks *hooks,
				  struct saw_err *err);

#endif
