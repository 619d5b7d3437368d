/*
 * Basic authentication (RFC 7617) against bcrypt hashes (crypt(3)).
 *
 * Purpose:   a hash takes tenths of a second on purpose: it is worked out on a thread of its own, and credentials that were found
 *            good are remembered for as long as they are used, under a keyed fingerprint, never as they are. A user who is not known
 *            costs the same time as one who is.
 * Threads:   all calls from one thread; the module has one of its own, started by saw_basic_create.
 * Bounds:    SAW_BASIC_QUEUE waiting at once, SAW_BASIC_CACHE remembered for SAW_BASIC_KEPT_MS after their last use.
 * Secrets:   passwords are overwritten once they are checked.
 */
#ifndef SAWATCH_EXPORTERS_HTTP_BASIC_H
#define SAWATCH_EXPORTERS_HTTP_BASIC_H

#include "core/text.h"

#define SAW_BASIC_QUEUE 64
#define SAW_BASIC_CACHE 64
#define SAW_BASIC_KEPT_MS 300000
#define SAW_BASIC_MAX 1024 /* bytes of a user's name and password */

struct saw_basic_user {
	const char *name, *hash;
};

struct saw_basic;

enum saw_basic_verdict {
	SAW_BASIC_NONE, /* no credentials, or none that can be read */
	SAW_BASIC_GOOD,
	SAW_BASIC_BAD,
	SAW_BASIC_LATER, /* saw_basic_take will tell */
	SAW_BASIC_BUSY,  /* too many wait already */
};

/* NULL without memory or thread. */
struct saw_basic *saw_basic_create(void);
void saw_basic_destroy(struct saw_basic *b); /* takes NULL; outcomes that were not taken are dropped */

/* Copied. What is remembered of others is forgotten. 0 or -ENOMEM. */
int saw_basic_users(struct saw_basic *b, const struct saw_basic_user *users, size_t n);
bool saw_basic_wanted(const struct saw_basic *b); /* there are users */

/* authorization: the header's value. `who` comes back from saw_basic_take after SAW_BASIC_LATER. */
enum saw_basic_verdict saw_basic_check(struct saw_basic *b, struct saw_str authorization, void *who, uint64_t now_ms);

int saw_basic_fd(const struct saw_basic *b); /* readable when there are outcomes */
/* False: none. SAW_BASIC_NONE: the users have changed meanwhile; check again. */
bool saw_basic_take(struct saw_basic *b, uint64_t now_ms, void **who, enum saw_basic_verdict *verdict);

/* "Basic dXNlcjpwYXNz" -> "user" NUL "pass" NUL in out. Pure. False: not of that form, or too long. */
bool saw_basic_decode(struct saw_str authorization, char out[SAW_BASIC_MAX + 2], size_t *user_len, size_t *len);

#endif
