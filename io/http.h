/*
 * The one HTTP client: GET, from a URL or a Unix socket. https is libcurl's, which is loaded then; the rest is io/plain.h's.
 *
 * Purpose:   asks Sawatch's own daemon. Bounded in time and size; follows no redirect, uses no proxy (also not the
 *            environment's), speaks no other scheme than http and https.
 * Threads:   blocks its caller for at most timeout_ms.
 * Ownership: the reply is the caller's; saw_fetch_reply_free.
 * Errors:    SAW_ETIMEOUT, SAW_EUNREACHABLE, SAW_ERESOLVE, SAW_ELIMIT, SAW_EPROTO, SAW_EAUTH (credentials would be seen by others), -EINVAL (the server's form), each with a text that
 *            names the server. An HTTP error status is no error here: it is in the reply.
 */
#ifndef SAWATCH_IO_HTTP_H
#define SAWATCH_IO_HTTP_H

#include "core/buf.h"

#include <stdbool.h>

struct saw_fetch {
	const char *server;      /* http://HOST[:PORT][/PREFIX], https://..., or unix:/PATH/OF/SOCKET */
	const char *path;        /* "/api/v1/snapshot?device=x", encoded */
	const char *accept;      /* may be NULL */
	const char *credentials; /* "USER:PASSWORD", HTTP basic authentication (RFC 7617); NULL: none */
	const char *bearer;      /* a token instead (RFC 6750); NULL: none */
	bool cleartext;          /* they may go over http to another host than this one */
	/* Of https. NULL: the CAs that this machine trusts; no certificate of our own. */
	const char *ca_file, *cert_file, *key_file;
	bool insecure; /* the server's certificate is not looked at */
	unsigned timeout_ms;
	size_t body_max;
	const char *volatile
		*doing; /* NULL, or where is said what is waited for, as a constant text: also for a signal handler */
};

struct saw_fetch_reply {
	unsigned status;
	char content_type[128]; /* without parameters; empty where there was none */
	struct saw_buf body;
};

int saw_fetch(const struct saw_fetch *f, struct saw_fetch_reply *out, struct saw_err *err);
void saw_fetch_reply_free(struct saw_fetch_reply *r);

#endif
