/*
 * Reads `show running-config` of ASA and IOS-XE: text -> model/running_config.h.
 *
 * Purpose:   bytes come in pieces of any size, from a file, a pipe or a session, with prompts, echoed commands, pager remains and
 *            banners around; memory grows with the facts, not with the text. Pure: no descriptors, no clock, no log.
 * Ownership: the configuration is the reader's and lives until saw_rc_reader_destroy.
 * Errors:    lines of other features are passed over; a line that should have been understood and was not is a `problem` of the
 *            configuration. saw_rc_reader_end: SAW_EFORMAT (no running configuration of a known platform, or its
 *            indentation is lost), SAW_ELIMIT, -ENOMEM, with a text.
 * Secrets:   a pre-shared key becomes a SipHash digest under `key` while its line is read; the line is wiped behind it. Whoever
 *            feeds wipes what was fed. Passwords of BGP neighbours are noted as being there.
 *            A record of what was understood holds no secret either: it can be handed to another process, and is read there alike.
 */
#ifndef SAWATCH_COLLECTORS_CLI_RUNNING_CONFIG_H
#define SAWATCH_COLLECTORS_CLI_RUNNING_CONFIG_H

#include "core/buf.h"
#include "core/siphash.h"
#include "model/running_config.h"

struct saw_rc_reader;

/* `key`: random, one for all configurations that are to be compared; NULL: what is going to be read is a record. NULL without memory. */
struct saw_rc_reader *saw_rc_reader_create(const uint8_t key[SAW_SIPHASH_KEY]);
/* To be called before the first piece: every line that is understood is written to `out`, where it stood, with digests for keys; the others
 * are empty. */
void saw_rc_reader_record(struct saw_rc_reader *r, struct saw_buf *out);
void saw_rc_reader_destroy(struct saw_rc_reader *r);

void saw_rc_reader_feed(struct saw_rc_reader *r, const char *bytes, size_t n);

/* Once, behind the last piece. */
int saw_rc_reader_end(struct saw_rc_reader *r, const struct saw_running_config **out, struct saw_err *err);

#endif
