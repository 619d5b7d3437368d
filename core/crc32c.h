/*
 * CRC-32C (Castagnoli): whether bytes that come back from a disk are those that were written.
 *
 * Source: RFC 3720, appendix B.4. Pure.
 */
#ifndef SAWATCH_CORE_CRC32C_H
#define SAWATCH_CORE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* crc: 0, or what came of the bytes before these. */
uint32_t saw_crc32c(uint32_t crc, const void *bytes, size_t n);

#endif
