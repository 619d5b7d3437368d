/*
 * gzip, of a whole piece at a time.
 *
 * Source: RFC 1951, RFC 1952; one member, without a name or a time. Pure.
 */
#ifndef SAWATCH_CORE_GZIP_H
#define SAWATCH_CORE_GZIP_H

#include "core/buf.h"

/* Appends the compressed bytes; the error is also the buffer's: SAW_ELIMIT also where there are more than 4 GB to compress. */
int saw_gzip_put(struct saw_buf *out, const void *bytes, size_t n);

#endif
