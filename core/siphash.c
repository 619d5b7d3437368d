#include "core/siphash.h"

static uint64_t rotate(uint64_t x, int bits) {
	return x << bits | x >> (64 - bits);
}

static uint64_t little_endian(const uint8_t *p, size_t n) {
	uint64_t x = 0;

	for (size_t i = 0; i < n; i++)
		x |= (uint64_t)p[i] << (8 * i);
	return x;
}

static void rounds(uint64_t v[4], int n) {
	while (n-- > 0) {
		v[0] += v[1];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[0] = rotate(v[0], 32);
		v[2] += v[3];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[2] = rotate(v[2], 32);
	}
}

static void take(uint64_t v[4], uint64_t word) {
	v[3] ^= word;
	rounds(v, 2);
	v[0] ^= word;
}

uint64_t saw_siphash(const uint8_t key[SAW_SIPHASH_KEY], const void *bytes, size_t n) {
	uint64_t k0 = little_endian(key, 8), k1 = little_endian(key + 8, 8);
	/* "somepseudorandomlygeneratedbytes" */
	uint64_t v[4] = {k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261,
					 k1 ^ 0x7465646279746573};
	const uint8_t *p = bytes;
	size_t left = n;

	for (; left >= 8; left -= 8, p += 8)
		take(v, little_endian(p, 8));
	take(v, little_endian(p, left) | (uint64_t)(n & 0xff) << 56);
	v[2] ^= 0xff;
	rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
