/*
 * The web configuration: TLS, users, headers and a rate limit, in the form of Prometheus' exporter-toolkit.
 *
 * Purpose:   a file of its own, so that one that serves other exporters serves here too. Checked whole, with the files it names
 *            read; keys and certificates are texts here, what is in them is checked by who uses them.
 * Source:    prometheus/exporter-toolkit, docs/web-configuration.md.
 * Process:   supervisor, and whoever checks a configuration.
 * Ownership: saw_web_load's result is the caller's until saw_web_destroy, which overwrites the key.
 * Errors:    SAW_ECONFIG and negative errno with a text "FILE:LINE: ..."; never a secret in it.
 */
#ifndef SAWATCH_CONFIG_WEB_H
#define SAWATCH_CONFIG_WEB_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum saw_web_client_auth {
	SAW_WEB_NO_CERT,
	SAW_WEB_REQUEST,
	SAW_WEB_REQUIRE_ANY,
	SAW_WEB_VERIFY_IF_GIVEN,
	SAW_WEB_VERIFY
};

/* A PEM text, and where it came from. */
struct saw_web_pem {
	char *text;       /* NULL: none */
	int line;         /* of the web configuration */
	const char *file; /* NULL: written there itself */
};

struct saw_web_tls {
	struct saw_web_pem cert, key, client_ca;
	enum saw_web_client_auth client_auth;
	const char *const *client_sans;
	size_t n_client_sans;
	int min_version, max_version;               /* 10 to 13 */
	const char *const *ciphers, *const *curves; /* as Go names them */
	size_t n_ciphers, n_curves;
	bool prefer_server;
	int line;
};

struct saw_web {
	const char *path;
	bool has_tls;
	struct saw_web_tls tls;
	const struct saw_pair *users;   /* name, bcrypt hash */
	const struct saw_pair *headers; /* that every answer gets */
	size_t n_users, n_headers;
	uint64_t rate_interval_ms; /* 0: no limit */
	unsigned rate_burst;
	bool exposed; /* it has users, and everybody on this machine may read it */
};

int saw_web_load(const char *path, struct saw_web **out, struct saw_err *err);
/* The same from memory; `path` is for messages, and the folder of the files that are named. */
int saw_web_parse(const char *path, const char *text, size_t n, struct saw_web **out, struct saw_err *err);
void saw_web_destroy(struct saw_web *w); /* takes NULL */

/* A number that is another one once the file, or one that it names, was written or replaced; of the files as they were read. */
uint64_t saw_web_stamp_read(const struct saw_web *w);
uint64_t saw_web_stamp(const struct saw_web *w); /* as they are now */

#endif
