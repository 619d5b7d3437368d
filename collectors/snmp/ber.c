#include "collectors/snmp/ber.h"

bool saw_ber_next(struct saw_ber *c, uint8_t *tag, struct saw_ber *content) {
	size_t header = 2, length;

	if (c->n < 2)
		return false;
	*tag = c->p[0];
	length = c->p[1];
	if (length & 0x80) {
		size_t bytes = length & 0x7f;

		if (bytes == 0 || bytes > 4 || c->n < 2 + bytes)
			return false;
		length = 0;
		for (size_t i = 0; i < bytes; i++)
			length = length << 8 | c->p[2 + i];
		header += bytes;
	}
	if (length > c->n - header)
		return false;
	*content = (struct saw_ber){c->p + header, length};
	c->p += header + length;
	c->n -= header + length;
	return true;
}

bool saw_ber_take(struct saw_ber *c, uint8_t wanted, struct saw_ber *content) {
	uint8_t tag;

	return saw_ber_next(c, &tag, content) && tag == wanted;
}

bool saw_ber_message_pdu(const uint8_t *message, size_t n, struct saw_ber *pdu) {
	struct saw_ber all = {message, n}, skipped;

	return saw_ber_take(&all, SAW_BER_SEQUENCE, pdu) && saw_ber_take(pdu, SAW_BER_INTEGER, &skipped) &&
		   saw_ber_take(pdu, SAW_BER_OCTETS, &skipped);
}

bool saw_ber_scoped_pdu(const uint8_t *scoped, size_t n, struct saw_ber *pdu) {
	struct saw_ber all = {scoped, n}, skipped;

	/* Engine and name of the context are before it; padding of the cipher may be behind. */
	return saw_ber_take(&all, SAW_BER_SEQUENCE, pdu) && saw_ber_take(pdu, SAW_BER_OCTETS, &skipped) &&
		   saw_ber_take(pdu, SAW_BER_OCTETS, &skipped);
}

bool saw_ber_varbinds(struct saw_ber pdu, struct saw_ber *varbinds) {
	struct saw_ber content, skipped;
	uint8_t tag;

	if (!saw_ber_next(&pdu, &tag, &content))
		return false;
	for (int i = 0; i < 3; i++) /* request ID, error status, error index */
		if (!saw_ber_take(&content, SAW_BER_INTEGER, &skipped))
			return false;
	return saw_ber_take(&content, SAW_BER_SEQUENCE, varbinds);
}

static bool integer_fits(struct saw_ber v) {
	/* Nine equal bits say nothing: what is left must be four bytes. */
	while (v.n > 4 && ((v.p[0] == 0 && !(v.p[1] & 0x80)) || (v.p[0] == 0xff && v.p[1] & 0x80))) {
		v.p++;
		v.n--;
	}
	return v.n >= 1 && v.n <= 4;
}

static bool unsigned_fits(struct saw_ber v, size_t width) {
	while (v.n > width && v.p[0] == 0) {
		v.p++;
		v.n--;
	}
	/* All its bytes without the zero before them are what some agents send for the upper half; fewer are negative. */
	return v.n == width || (v.n >= 1 && v.n < width && !(v.p[0] & 0x80));
}

bool saw_ber_value_fits(struct saw_ber *varbinds, bool *fits) {
	struct saw_ber varbind, value;
	uint8_t tag;

	if (!saw_ber_take(varbinds, SAW_BER_SEQUENCE, &varbind) || !saw_ber_next(&varbind, &tag, &value) ||
		!saw_ber_next(&varbind, &tag, &value))
		return false;
	switch (tag) {
	case SAW_BER_INTEGER:
		*fits = integer_fits(value);
		break;
	case SAW_BER_COUNTER32:
	case SAW_BER_GAUGE32:
	case SAW_BER_TIMETICKS:
	case SAW_BER_UINTEGER32:
		*fits = unsigned_fits(value, 4);
		break;
	case SAW_BER_COUNTER64:
		*fits = unsigned_fits(value, 8);
		break;
	default:
		*fits = true;
	}
	return true;
}
