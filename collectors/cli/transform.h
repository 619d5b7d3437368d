/*
 * What the tokens of a transform mean: `esp-256-aes esp-sha-hmac` is AES-CBC with 256 bits and SHA-1.
 *
 * Ownership: names are static.
 */
#ifndef SAWATCH_COLLECTORS_CLI_TRANSFORM_H
#define SAWATCH_COLLECTORS_CLI_TRANSFORM_H

#include "core/text.h"

struct saw_transform {
	const char *encryption; /* aes-cbc, aes-gcm, aes-gmac, aes-ctr, 3des, des, null, seal; NULL: none or not known */
	uint32_t key_bits;      /* 0: the algorithm has but one, or it is not known */
	const char *integrity;  /* md5, sha1, sha256, sha384, sha512, aes-xcbc; NULL: none (GCM) or not known */
};

/* The transform of an IPsec SA as printed. What is not known stays unset. */
void saw_transform_parse(struct saw_str text, struct saw_transform *out);

/* An IKE proposal's words (`AES-GCM`, `SHA96`) in the same names; NULL where not known. */
const char *saw_ike_cipher(struct saw_str printed);
const char *saw_ike_integrity(struct saw_str printed);

#endif
