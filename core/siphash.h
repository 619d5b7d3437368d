/*
 * SipHash-2-4: a keyed digest of a few bytes. Jean-Philippe Aumasson and Daniel J. Bernstein, "SipHash: a fast short-input PRF",
 * 2012.
 *
 * Purpose: to compare secrets without keeping them: equal texts have equal digests under one key; without the key, which is random
 *          for each run and never leaves the process, a digest says nothing.
 * Pure.
 */
#ifndef SAWATCH_CORE_SIPHASH_H
#define SAWATCH_CORE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define SAW_SIPHASH_KEY 16

uint64_t saw_siphash(const uint8_t key[SAW_SIPHASH_KEY], const void *bytes, size_t n);

#endif
