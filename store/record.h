/*
 * Devices and tunnel ends as bytes and back (proto/state.proto).
 *
 * Purpose:   what store/state.c writes and reads. Bytes that are not ours are refused whole.
 * Ownership: bytes lie in the arena that is given.
 * Errors:    SAW_EFORMAT: cannot be read; SAW_EUNKNOWN: of another platform under the same name; -ENOMEM.
 */
#ifndef SAWATCH_STORE_RECORD_H
#define SAWATCH_STORE_RECORD_H

#include "store/internal.h"

/* NULL without memory. */
const uint8_t *saw_record_write_device(const struct device *d, struct saw_arena *a, size_t *len);
const uint8_t *saw_record_write_link(const struct link *l, struct saw_arena *a, size_t *len);
const uint8_t *saw_record_write_end(const struct end *e, struct saw_arena *a, size_t *len);

/* A new link without ends; SAW_EUNKNOWN: of a device that is not there. */
int saw_record_read_link(struct saw_store *s, int64_t id, const uint8_t *data, size_t len);
int saw_record_read_device(struct device *d, const uint8_t *data, size_t len);
/* A new end of the device, as an earlier run left it; the list of ends is to be sorted then. */
int saw_record_read_end(struct device *d, int64_t id, const uint8_t *data, size_t len);

#endif
