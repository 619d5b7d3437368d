/*
 * SHA-1 and its HMAC, for formats that were made with it: the hashed names of OpenSSH's known_hosts. FIPS 180-4, RFC 2104. Pure.
 *
 * Not for anything new: SHA-1 proves nothing to anybody any more.
 */
#ifndef SAWATCH_CORE_SHA1_H
#define SAWATCH_CORE_SHA1_H

#include <stddef.h>
#include <stdint.h>

#define SAW_SHA1_BYTES 20

void saw_sha1(const void *bytes, size_t n, uint8_t out[SAW_SHA1_BYTES]);
/* key: at most 64 bytes. text: at most 1,024 bytes. */
void saw_hmac_sha1(const void *key, size_t n_key, const void *text, size_t n, uint8_t out[SAW_SHA1_BYTES]);

#endif
