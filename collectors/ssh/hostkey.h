/*
 * Host keys: which ones a known_hosts file names for an address, and what the one that a device shows is worth.
 *
 * Purpose:   lines in OpenSSH's format: names separated by commas, with * and ? and !, or hashed (|1|salt|hash); "[address]:port" where the port
 *            is not 22; the marks @revoked and @cert-authority (which is not made use of). Pure: the file is read and the key is fetched elsewhere.
 * Ownership: texts are borrowed: a list points into the file's text.
 * Errors:    a line that cannot be understood is skipped, as OpenSSH does.
 * Source:    sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
 */
#ifndef SAWATCH_COLLECTORS_SSH_HOSTKEY_H
#define SAWATCH_COLLECTORS_SSH_HOSTKEY_H

#include "core/buf.h"
#include "core/text.h"

#include <stdbool.h>
#include <stdint.h>

struct saw_hostkey {
	struct saw_str type; /* "ssh-ed25519" */
	struct saw_str key;  /* base64, as in the file */
	bool revoked;
};

#define SAW_HOSTKEYS_MAX 16 /* of one device: no SSH server has as many kinds */

/*
 * Walks the keys of one address: *at begins with 0 and belongs to the walk. False after the last.
 */
bool saw_hostkey_next(struct saw_str known_hosts, const char *address, uint16_t port, size_t *at,
					  struct saw_hostkey *out);

/* All of them, up to `max`; returns how many. */
size_t saw_hostkey_find(struct saw_str known_hosts, const char *address, uint16_t port, struct saw_hostkey *out,
						size_t max);

enum saw_hostkey_verdict {
	SAW_HOSTKEY_KNOWN,
	SAW_HOSTKEY_UNKNOWN, /* there is no key of this address */
	SAW_HOSTKEY_CHANGED, /* there are, and this is none of them */
	SAW_HOSTKEY_REVOKED,
};

enum saw_hostkey_verdict saw_hostkey_judge(const struct saw_hostkey *known, size_t n, const struct saw_hostkey *shown);

/* Appends the line, with its line feed, that makes `key` known. */
void saw_hostkey_put(struct saw_buf *out, const char *address, uint16_t port, const struct saw_hostkey *key);

/* Appends the algorithms to ask the device for, best first: those of which a key is known come first. old: ssh-rsa with SHA-1 too. */
void saw_hostkey_put_algorithms(struct saw_buf *out, const struct saw_hostkey *known, size_t n, bool old);

#endif
