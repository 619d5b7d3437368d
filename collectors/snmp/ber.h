/*
 * BER elements as they stand in a datagram, and which integers of an answer are none of their type.
 *
 * Purpose:   what has to be seen beside Net-SNMP's decoding: the clear part of SNMPv3, and integers of more than 32 bits, which the
 *            library cuts down without a word to a value that the device did not send.
 * Ownership: borrows the datagram. Pure.
 * Sources:   X.690 (BER), RFC 2578 section 7.1 (ranges of the types), RFC 3412 section 6 (SNMPv3 messages), RFC 3416 (PDUs).
 */
#ifndef SAWATCH_COLLECTORS_SNMP_BER_H
#define SAWATCH_COLLECTORS_SNMP_BER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum saw_ber_tag {
	SAW_BER_INTEGER = 0x02,
	SAW_BER_OCTETS = 0x04,
	SAW_BER_SEQUENCE = 0x30,
	SAW_BER_COUNTER32 = 0x41,
	SAW_BER_GAUGE32 = 0x42,
	SAW_BER_TIMETICKS = 0x43,
	SAW_BER_COUNTER64 = 0x46,
	SAW_BER_UINTEGER32 = 0x47,
};

struct saw_ber {
	const uint8_t *p;
	size_t n;
};

/* The next element of whatever tag; what is behind it stays in *c. False where there is none, or its length lies. */
bool saw_ber_next(struct saw_ber *c, uint8_t *tag, struct saw_ber *content);
/* The next element, which must be of this tag. */
bool saw_ber_take(struct saw_ber *c, uint8_t tag, struct saw_ber *content);

/* Where the PDU of an SNMPv1 or SNMPv2c message, or of an SNMPv3 scoped PDU in clear, begins. False where it is none. */
bool saw_ber_message_pdu(const uint8_t *message, size_t n, struct saw_ber *pdu);
bool saw_ber_scoped_pdu(const uint8_t *scoped, size_t n, struct saw_ber *pdu);

/* The variable bindings of a PDU. */
bool saw_ber_varbinds(struct saw_ber pdu, struct saw_ber *varbinds);
/* Passes one of them. *fits: its value is within what its type holds. False where there is none left, or it is broken. */
bool saw_ber_value_fits(struct saw_ber *varbinds, bool *fits);

#endif
