/*
 * TLS: what GnuTLS has to be told of a web configuration, and who a client is.
 *
 * Purpose:   libmicrohttpd does the work; here is what it lacks: a check beforehand, Go's names for versions, ciphers and curves,
 *            and clients that must show a certificate, which are refused in the handshake.
 * Threads:   no state but the policy's.
 * Errors:    SAW_ECONFIG with a text that says what is wrong with which item, -ENOMEM.
 */
#ifndef SAWATCH_EXPORTERS_HTTP_TLS_H
#define SAWATCH_EXPORTERS_HTTP_TLS_H

#include "core/buf.h"
#include "proto/internal.pb-c.h"

/* What an error is about. */
enum saw_tls_item { SAW_TLS_CERT, SAW_TLS_KEY, SAW_TLS_CLIENT_CA, SAW_TLS_OTHER };

/* Everything that GnuTLS would refuse later. *expires_s: Unix time at which the first of the chain ends. */
int saw_tls_check(const Sawatch__Internal__WebTls *t, int64_t *expires_s, enum saw_tls_item *item, struct saw_err *err);

/* The priority string. */
int saw_tls_priorities(const Sawatch__Internal__WebTls *t, struct saw_buf *out, struct saw_err *err);

/* What is asked of clients, for as long as there are sessions with it. NULL without memory. */
struct saw_tls_policy;
struct saw_tls_policy *saw_tls_policy_create(const Sawatch__Internal__WebTls *t);
void saw_tls_policy_destroy(struct saw_tls_policy *p); /* takes NULL */
/* For each new session (gnutls_session_t), before its handshake. */
void saw_tls_policy_apply(struct saw_tls_policy *p, void *session);

#endif
