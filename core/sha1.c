#include "core/sha1.h"

#include <string.h>

#define BLOCK 64
#define TEXT_MAX 1024

static uint32_t rotate(uint32_t v, unsigned n) {
	return v << n | v >> (32 - n);
}

static void take_block(uint32_t h[5], const uint8_t *p) {
	uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

	for (unsigned i = 0; i < 16; i++)
		w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 | (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
	for (unsigned i = 16; i < 80; i++)
		w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (unsigned i = 0; i < 80; i++) {
		uint32_t f, next;

		if (i < 20)
			f = ((b & c) | (~b & d)) + 0x5a827999;
		else if (i < 40)
			f = (b ^ c ^ d) + 0x6ed9eba1;
		else if (i < 60)
			f = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
		else
			f = (b ^ c ^ d) + 0xca62c1d6;
		next = rotate(a, 5) + f + e + w[i];
		e = d;
		d = c;
		c = rotate(b, 30);
		b = a;
		a = next;
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
	h[4] += e;
}

void saw_sha1(const void *bytes, size_t n, uint8_t out[SAW_SHA1_BYTES]) {
	uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
	uint8_t last[2 * BLOCK] = {0};
	const uint8_t *p = bytes;
	size_t rest = n % BLOCK, padded = rest < BLOCK - 8 ? BLOCK : 2 * BLOCK;

	for (size_t i = 0; i + BLOCK <= n; i += BLOCK)
		take_block(h, p + i);
	if (rest)
		memcpy(last, p + n - rest, rest);
	last[rest] = 0x80;
	for (unsigned i = 0; i < 8; i++)
		last[padded - 1 - i] = (uint8_t)((uint64_t)n * 8 >> (8 * i));
	for (size_t i = 0; i < padded; i += BLOCK)
		take_block(h, last + i);
	for (unsigned i = 0; i < SAW_SHA1_BYTES; i++)
		out[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}

void saw_hmac_sha1(const void *key, size_t n_key, const void *text, size_t n, uint8_t out[SAW_SHA1_BYTES]) {
	uint8_t inner[BLOCK + TEXT_MAX], outer[BLOCK + SAW_SHA1_BYTES];

	n_key = n_key < BLOCK ? n_key : BLOCK;
	n = n < TEXT_MAX ? n : TEXT_MAX;
	memset(inner, 0x36, BLOCK);
	memset(outer, 0x5c, BLOCK);
	for (size_t i = 0; i < n_key; i++) {
		inner[i] ^= ((const uint8_t *)key)[i];
		outer[i] ^= ((const uint8_t *)key)[i];
	}
	memcpy(inner + BLOCK, text, n);
	saw_sha1(inner, BLOCK + n, outer + BLOCK);
	saw_sha1(outer, sizeof outer, out);
}
