/*
 * Base64 (RFC 4648, section 4).
 *
 * Pure.
 */
#ifndef SAWATCH_CORE_BASE64_H
#define SAWATCH_CORE_BASE64_H

#include "core/buf.h"
#include "core/text.h"

#include <sys/types.h>

void saw_base64_put(struct saw_buf *out, const void *bytes, size_t n);

/* With or without the padding. How many bytes that is; -1: malformed, or more than `room`. */
ssize_t saw_base64_decode(struct saw_str s, void *out, size_t room);

#endif
