/*
 * Leave to log in, for programs that forget: a check that a monitoring system repeats must never lock an account.
 *
 * Purpose:   what became of the last login at a device, and with an account (a user with its secret) anywhere, is kept in files. After a refusal none is
 *            tried for an hour, or until the configuration or one of its files with secrets is written anew; an account that three devices in a row
 *            refused is tried nowhere. Of an account that was not seen to work one login at a time is under way. A login whose outcome nobody
 *            wrote down (the process was killed over it) is tried again after half a minute, then after twice that, up to a quarter of an hour.
 *            daemon/ledger.h is the same for the daemon.
 * Process:   of many processes; files are locked. The file of a device lies in the folder that its caller has locked.
 * Errors:    where nothing can be written, no leave is given: a refusal could not be remembered.
 */
#ifndef SAWATCH_TOOLS_LATCH_H
#define SAWATCH_TOOLS_LATCH_H

#include "collectors/ssh/ssh.h"
#include "config/config.h"

#define SAW_LATCHES 4

struct saw_latch {
	size_t n;
	struct saw_latch_file {
		int fd;
		bool account;
		const char *endpoint; /* whose login it is of: the device's name or the jump host's */
		char state;
		int64_t at_ms;
		unsigned count;
	} files[SAW_LATCHES];
};

/*
 * Asks for leave, and writes down that a login is tried now. shared: the folder of what devices have in common; own: the device's. 0: try, and tell of
 * the outcome. SAW_EAUTH, with a sentence: it was refused lately. SAW_ETIMEOUT, with a sentence: the last one was lost, and it is too early.
 * -errno, with a sentence. May wait for other logins with the account, so it asks for the time itself. Close *out in any case.
 */
int saw_latch_ask(struct saw_latch *out, const char *shared, const char *own, const struct saw_config *c,
				  const struct saw_config_device *d, int64_t (*wall_ms)(void), struct saw_err *err);
void saw_latch_tell(struct saw_latch *l, const char *endpoint, enum saw_ssh_login outcome, int64_t wall_ms);
void saw_latch_close(struct saw_latch *l);

#endif
