/*
 * What a line on a device's terminal is, besides text of an answer: prompts, pagers, questions for a password, log messages, notices of a
 * reload, refusals, the device's load.
 *
 * Purpose:   tables and small pure functions; what they mean for the session is the dialogue's.
 * Source:    forms that the vendors' documents and public transcripts show.
 */
#ifndef SAWATCH_COLLECTORS_SSH_LINES_H
#define SAWATCH_COLLECTORS_SSH_LINES_H

#include "core/text.h"

#define SAW_PROMPT_MAX 128

/* `ASA-XFW01/admin# `: one word and a mark. *name is what stands before the mark, *privileged: the mark is '#'. */
bool saw_line_is_prompt(struct saw_str line, struct saw_str *name, bool *privileged);

/* `--More--`, `<--- More --->`, whatever stands around them. *whole: it is one as devices write it to the last blank, and nothing more is to come. */
bool saw_line_is_pager(struct saw_str line, bool *whole);

/* `Password: `, `Enter PASSCODE:`; `Username:`, of which *secret is false */
bool saw_line_is_login_question(struct saw_str line, bool *secret);

/*
 * A log message, from *at on: `*Nov 23 13:36:41.123: %SYS-5-CONFIG_I: …`, `000123: Nov 23 …`, `%ASA-6-302013: …`. *at is not 0 where it
 * was put into the middle of a line; only a message with its date is told there.
 */
bool saw_line_is_log(struct saw_str line, size_t *at);

/* A line of `*** --- SHUTDOWN in 0:05:00 ---` and what is around it. *inside: state between lines, false at the start. */
bool saw_line_is_reload(struct saw_str line, bool *inside);

enum saw_line_refusal { SAW_LINE_NO_REFUSAL, SAW_LINE_REFUSED, SAW_LINE_DENIED };

/* The device does not know a command, or knows us and says no. */
enum saw_line_refusal saw_line_refusal(struct saw_str line);

/* What a device says to a wrong enable secret, or where it has none. */
bool saw_line_is_wrong_secret(struct saw_str line);

/* `Load for five secs: 12%/3%; …` and the line below it, before an answer. *cpu is set where the line says it. */
bool saw_line_is_load(struct saw_str line, bool *has_cpu, unsigned *cpu_percent);

#endif
