/*
 * All of some bytes at a place of a file, or an error.
 *
 * Threads: any. Waits for the disk.
 * Errors:  a negative errno; SAW_ETRUNCATED where the file ends before.
 */
#ifndef SAWATCH_EXPORTERS_PUSH_DISK_H
#define SAWATCH_EXPORTERS_PUSH_DISK_H

#include "core/err.h"

#include <stddef.h>
#include <stdint.h>

int saw_disk_write(int fd, const uint8_t *p, size_t n, uint64_t at);
int saw_disk_read(int fd, uint8_t *p, size_t n, uint64_t at);

#endif
