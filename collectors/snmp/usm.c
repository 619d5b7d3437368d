#include "collectors/snmp/usm.h"

#include "collectors/snmp/ber.h"
#include "collectors/snmp/snmp.h"

#include "core/err.h"

#include <string.h>

#define INTEGER SAW_BER_INTEGER
#define OCTETS SAW_BER_OCTETS
#define SEQUENCE SAW_BER_SEQUENCE

void saw_usm_probe(int32_t id, uint8_t out[SAW_USM_PROBE]) {
	static const uint8_t probe[SAW_USM_PROBE] = {
		SEQUENCE, 62, INTEGER,  1,       3,                                                         /* version */
		SEQUENCE, 17, INTEGER,  4,       0,      0, 0,       0, INTEGER, 3,       0, 0xff,    0xe3, /* id, largest answer */
		OCTETS,   1,  4,        INTEGER, 1,      3, /* reportable; user-based security */
		OCTETS,   16, SEQUENCE, 14,      OCTETS, 0, INTEGER, 1, 0,       INTEGER, 1, 0, /* no engine, boots 0, time 0 */
		OCTETS,   0,  OCTETS,   0,       OCTETS, 0,                                     /* no user */
		SEQUENCE, 20, OCTETS,   0,       OCTETS, 0,                                     /* no context */
		0xa0,     14, INTEGER,  4,       0,      0, 0,       0, INTEGER, 1,       0, INTEGER, 1,    0,
		SEQUENCE, 0, /* an empty GET */
	};
	static const size_t ids[] = {9, 52};

	memcpy(out, probe, sizeof probe);
	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
		for (size_t b = 0; b < 4; b++)
			out[ids[i] + b] = (uint8_t)((uint32_t)id >> (24 - 8 * b));
}

/* An INTEGER of 0 to 2^31-1. */
static int number(struct saw_ber *c, uint32_t *out) {
	struct saw_ber v;

	if (!saw_ber_take(c, INTEGER, &v) || v.n < 1 || v.n > 4 || v.p[0] & 0x80)
		return SAW_EFORMAT;
	*out = 0;
	for (size_t i = 0; i < v.n; i++)
		*out = *out << 8 | v.p[i];
	return 0;
}

int saw_usm_header(const uint8_t *p, size_t n, struct saw_usm_header *out) {
	struct saw_ber all = {p, n}, message, header, flags, octets, security, engine;
	uint32_t version, id, largest, model;

	memset(out, 0, sizeof *out);
	if (!saw_ber_take(&all, SEQUENCE, &message) || number(&message, &version) != 0 || version != 3 ||
		!saw_ber_take(&message, SEQUENCE, &header) || number(&header, &id) != 0 || number(&header, &largest) != 0 ||
		!saw_ber_take(&header, OCTETS, &flags) || flags.n != 1 || number(&header, &model) != 0 || model != 3 ||
		!saw_ber_take(&message, OCTETS, &octets) || !saw_ber_take(&octets, SEQUENCE, &security) ||
		!saw_ber_take(&security, OCTETS, &engine) || engine.n > SAW_ENGINE_ID_MAX ||
		number(&security, &out->boots) != 0 || number(&security, &out->time) != 0)
		return SAW_EFORMAT;
	out->message_id = (int32_t)id;
	out->flags = flags.p[0];
	out->n_engine_id = engine.n;
	memcpy(out->engine_id, engine.p, engine.n);
	return 0;
}

static unsigned place_of(const char *const *names, const char *name) {
	for (unsigned i = 0; name && names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return 0;
}

enum saw_snmp_auth saw_snmp_auth_named(const char *name) {
	static const char *const names[] = {
		[SAW_SNMP_AUTH_NONE] = "none",     [SAW_SNMP_AUTH_MD5] = "md5",       [SAW_SNMP_AUTH_SHA1] = "sha1",
		[SAW_SNMP_AUTH_SHA224] = "sha224", [SAW_SNMP_AUTH_SHA256] = "sha256", [SAW_SNMP_AUTH_SHA384] = "sha384",
		[SAW_SNMP_AUTH_SHA512] = "sha512", [SAW_SNMP_AUTH_SHA512 + 1] = NULL,
	};

	return (enum saw_snmp_auth)place_of(names, name);
}

enum saw_snmp_priv saw_snmp_priv_named(const char *name) {
	static const char *const names[] = {
		[SAW_SNMP_PRIV_NONE] = "none",
		[SAW_SNMP_PRIV_DES] = "des",
		[SAW_SNMP_PRIV_AES128] = "aes128",
		[SAW_SNMP_PRIV_AES192] = "aes192",
		[SAW_SNMP_PRIV_AES256] = "aes256",
		[SAW_SNMP_PRIV_AES192_CISCO] = "aes192-cisco",
		[SAW_SNMP_PRIV_AES256_CISCO] = "aes256-cisco",
		[SAW_SNMP_PRIV_AES256_CISCO + 1] = NULL,
	};

	return (enum saw_snmp_priv)place_of(names, name);
}
