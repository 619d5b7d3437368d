/* The part of `sawatch poll` that other commands use. */
#ifndef SAWATCH_TOOLS_POLL_H
#define SAWATCH_TOOLS_POLL_H

#include "config/config.h"

typedef void (*saw_poll_sample_fn)(void *ctx, const uint8_t *sample, size_t len);

/* Reads the device's saved files; each gives one sample, also where it cannot be read. 0 or -ENOMEM. */
int saw_poll_files(const struct saw_config_device *d, saw_poll_sample_fn take, void *ctx);

#endif
