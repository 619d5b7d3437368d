/*
 * How a running simulation is asked: one line over a unix socket, one answer.
 *
 * Purpose:   `sawatch-sim do` and `show --control` are clients; `sawatch-sim run --control` serves.
 * Wire:      the client sends `do EVENT` or `show DEVICE COMMAND` and a newline; the answer is `ok` or `error`, a newline, and
 *            text until the end of the stream.
 * Errors:    struct saw_err, for the person at the terminal.
 */
#ifndef SAWATCH_SIM_CONTROL_H
#define SAWATCH_SIM_CONTROL_H

#include "core/text.h"

#define SAW_SIM_REQUEST_MAX 1024

/* A listening socket only its owner may use. A dead one's file is replaced. Returns the descriptor or an error. */
int saw_sim_control_listen(const char *path, struct saw_err *err);

/* Takes one client and its line (NUL-terminated). Returns the descriptor to answer on, or an error. Waits a second at most. */
int saw_sim_control_accept(int listener, char request[SAW_SIM_REQUEST_MAX]);

/* Answers and closes. */
void saw_sim_control_answer(int fd, bool ok, struct saw_str text);

/* Asks; appends the text of the answer. 0, or the error the answer tells of. */
int saw_sim_control_ask(const char *path, const char *request, struct saw_buf *out, struct saw_err *err);

#endif
