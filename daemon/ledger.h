/*
 * Who may log in: an account must never be locked because a program tried too often.
 *
 * Purpose:   a login that was refused is not tried again for an hour, or until the configuration is read again. Kept where it survives the death of
 *            a collector. The same for a jump host, whoever wants to pass it, and for an account (a user with its secret) that several devices
 *            refuse. While nothing is known of an account only a few logins with it are under way at a time.
 * Process:   supervisor.
 * Pure: time comes in; wall_s is for the sentences.
 */
#ifndef SAWATCH_DAEMON_LEDGER_H
#define SAWATCH_DAEMON_LEDGER_H

#include "core/err.h"

#include <stdint.h>

#define SAW_LEDGER_LATCH_NS (3600 * UINT64_C(1000000000))
#define SAW_LEDGER_UNPROVEN 3 /* logins at a time with what has not been seen to work */
#define SAW_LEDGER_DENIALS 3  /* in a row, after which an account is not tried anywhere */

struct saw_ledger;

struct saw_ledger *saw_ledger_create(void); /* NULL without memory */
void saw_ledger_destroy(struct saw_ledger *l);
/* The configuration was read again: everything may be tried. */
void saw_ledger_clear(struct saw_ledger *l);

/* One login: at which device, by which account; through which jump host, by which account (NULL: none). */
struct saw_ledger_login {
	const char *device, *account;
	const char *jump, *jump_account;
};

/*
 * Asks for leave. 0: try, and tell of the outcome. SAW_EAUTH, with a sentence: it was refused lately. SAW_ETIMEOUT, with a
 * sentence: the last one was lost, and it is too early. -EBUSY: ask again soon. -ENOMEM.
 */
int saw_ledger_ask(struct saw_ledger *l, const struct saw_ledger_login *login, uint64_t now_ns, int64_t wall_s,
				   struct saw_err *err);

enum saw_ledger_outcome {
	SAW_LEDGER_NONE, /* nothing secret was sent */
	SAW_LEDGER_GOOD,
	SAW_LEDGER_DENIED,
	SAW_LEDGER_LOST,
};

/* endpoint: the device or the jump host. */
void saw_ledger_tell(struct saw_ledger *l, const struct saw_ledger_login *login, const char *endpoint,
					 enum saw_ledger_outcome outcome, uint64_t now_ns, int64_t wall_s);

#endif
