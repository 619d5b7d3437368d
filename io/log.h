/*
 * The log: one line per event on standard error.
 *
 * Purpose:   "2026-01-31T12:00:00Z warning sawatchd[hub]: text device=ASA-XFW01". Under systemd's journal, which dates and
 *            sorts lines itself, the line begins with the journal's priority ("<4>") and has no time.
 * Threads:   saw_log_open once at start; saw_log from any thread (one write per line).
 * Rule:      log once, in the layer that decides, with device and tunnel as fields. Never a secret.
 */
#ifndef SAWATCH_IO_LOG_H
#define SAWATCH_IO_LOG_H

#include "core/err.h"

enum saw_log_level { SAW_LOG_ERROR, SAW_LOG_WARNING, SAW_LOG_INFO, SAW_LOG_DEBUG };

/* `role` is kept, not copied: "supervisor", "hub", "collector-1". */
void saw_log_open(enum saw_log_level most, const char *role);

/* 0, or SAW_EUNKNOWN: not one of "error", "warning", "info", "debug". */
int saw_log_level_parse(const char *name, enum saw_log_level *out);
const char *saw_log_level_name(enum saw_log_level level);

/* device and tunnel may be NULL. Texts of devices may be passed as they are: control characters are escaped. */
void saw_log(enum saw_log_level level, const char *device, const char *tunnel, const char *fmt, ...) SAW_PRINTF(4, 5);

#endif
