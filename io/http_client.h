/*
 * The asynchronous HTTP client: libcurl on a libuv loop. POSTs a body and hands on the answer.
 *
 * Purpose:   everything that is pushed to a server goes through here. Bounded in time and size. Follows no redirect, so that neither
 *            bodies nor credentials go where nobody said; takes nothing from the environment (no proxy, no netrc); speaks http and
 *            https only, and checks certificates always.
 * Threads:   the loop's thread. Names are resolved on threads of libcurl.
 * Ownership: what a request points at is borrowed until it is answered or cancelled.
 * Errors:    of a transfer: SAW_ETIMEOUT, SAW_EUNREACHABLE, SAW_ERESOLVE, SAW_ELIMIT, SAW_EPROTO, each with a text that names the
 *            server. An HTTP error status is no error here, and once the head of an answer is there the status counts, even
 *            where its body is too long, cut off or late: what a server has taken or refused is not sent again for that.
 * Secrets:   the credentials' copies of this file are overwritten; libcurl's own are not.
 */
#ifndef SAWATCH_IO_HTTP_CLIENT_H
#define SAWATCH_IO_HTTP_CLIENT_H

#include "core/buf.h"

#include <stdbool.h>
#include <uv.h>

struct saw_http_client;
struct saw_http_call; /* a request under way */

/* How a server is reached. Everything but the URL may be NULL. */
struct saw_http_peer {
	const char *url; /* http://HOST[:PORT]/PATH, https://… */
	const char *proxy, *proxy_user, *proxy_password;
	const char *user, *password; /* HTTP basic authentication (RFC 7617) */
	const char *token;           /* a bearer token (RFC 6750) */
	const char *ca_file;         /* in place of the system's */
	const char *cert_file, *key; /* of ours: a file, and the text of its private key */
	const char *server_name;     /* that its certificate has, where it is not the URL's host */
};

struct saw_http_request {
	const struct saw_http_peer *peer;
	const char *const *headers; /* "Name: value" */
	size_t n_headers;
	const void *body;
	size_t len;
	unsigned timeout_ms;
	size_t answer_max;
};

struct saw_http_answer {
	int error;        /* 0, or why there is none */
	const char *text; /* of the error */
	unsigned status;
	unsigned retry_after_seconds; /* 0: not said */
	char content_type[128];       /* lower case, without parameters; empty where there was none */
	struct saw_buf body;          /* borrowed; what of it came and had room */
};

/* May begin other requests, and may destroy nothing. */
typedef void saw_http_answered(void *ctx, const struct saw_http_answer *answer);

struct saw_http_client *saw_http_client_create(uv_loop_t *loop, struct saw_err *err);
/* Cancels what is under way. The memory goes when the loop has run. Takes NULL. */
void saw_http_client_destroy(struct saw_http_client *c);

/* 0, and `answered` is called later, once; or an error with err, and it is not. */
int saw_http_client_post(struct saw_http_client *c, const struct saw_http_request *r, saw_http_answered *answered,
						 void *ctx, struct saw_http_call **out, struct saw_err *err);
void saw_http_call_cancel(struct saw_http_call *call); /* it is not answered then */

#endif
