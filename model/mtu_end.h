/*
 * The MTU arithmetic for a live tunnel end: computed beside observed.
 *
 * Purpose:   the store fills the fields of a snapshot, `links` compares the two ends, the plugin alarms.
 * Ownership: texts that are set are static.
 * Errors:    what is not known stays absent: without the suite, the path MTU or whether there is NAT nothing is computed.
 * Pure.
 */
#ifndef SAWATCH_MODEL_MTU_END_H
#define SAWATCH_MODEL_MTU_END_H

#include "model/mtu.h"
#include "proto/sawatch.pb-c.h"

/* Cipher, integrity, mode and outer addresses, with NAT-T where that is known; false where the cipher is not known. */
bool saw_mtu_end_suite(const Sawatch__V1__TunnelEnd *t, struct saw_mtu_tunnel *out);

/* What is known of the end as an input of the arithmetic, without the overlay; false where that is not enough. */
bool saw_mtu_end_tunnel(const Sawatch__V1__TunnelEnd *t, struct saw_mtu_tunnel *out);

/* Sets computed_mtu, recommended_mss and mtu_difference from the other fields. */
void saw_mtu_end_fill(Sawatch__V1__TunnelEnd *t);

/* The plaintext MTU that the device gives: its own, else path MTU less the ASA's overhead; 0: it says neither. */
uint32_t saw_mtu_end_observed(const Sawatch__V1__TunnelEnd *t);

/* True where both ends give a plaintext MTU and the two really differ (1437 beside 1438 does not). */
bool saw_mtu_ends_differ(const Sawatch__V1__TunnelEnd *a, const Sawatch__V1__TunnelEnd *b);

/*
 * The tunnel's IP MTU (its interface's, else its transport MTU; never a hardware MTU) where it is above the plaintext MTU that the
 * device gives, or, where it gives none, the computed one; 0 where it is not, or not known.
 */
uint32_t saw_mtu_end_too_large(const Sawatch__V1__TunnelEnd *t);

#endif
