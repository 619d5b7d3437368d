/*
 * Which tunnel end a row belongs to: identity is evidence, not a key taken from one source.
 *
 * Purpose:   a row of any source (flow MIB, show output) is reduced to what it shows of a tunnel end (struct saw_row_id); the ends
 *            that are known hold what was configured and what was learned (struct saw_end_id). A row belongs to the end whose
 *            SPIs it shows; else to the one end that its VRF, endpoints, selectors and interface do not contradict. What fits
 *            more than one end is ambiguous, never guessed.
 * Never identity: device indices, connection ids, NAT ports, Virtual-Access numbers, names of peers.
 * Ownership: texts are borrowed. Pure.
 */
#ifndef SAWATCH_MODEL_IDENTITY_H
#define SAWATCH_MODEL_IDENTITY_H

#include "core/addr.h"
#include "proto/sawatch.pb-c.h"

/* ------------------------------------------------------------------------------------------------------- selectors */

/* One selector in its normal form. 10.0.0.0/255.255.255.0/0/0 and 10.0.0.0/24 are the same. */
#define SAW_SELECTOR_TEXT 64
struct saw_selector {
	bool known;
	bool any;                     /* any address, protocol and port: a VTI's */
	char text[SAW_SELECTOR_TEXT]; /* 10.0.0.0/24, 10.0.0.0/24/6/443; what is not understood stands as it came */
};

struct saw_selector saw_selector_of(const char *ident); /* NULL: not known */

/* ------------------------------------------------------------------------------------------------------------ SPIs */

/* The last SPIs of one direction, newest first: three generations of up to two. */
#define SAW_SPIS_KEPT 6
struct saw_spis {
	unsigned n;
	uint32_t spi[SAW_SPIS_KEPT];
};

bool saw_spis_has(const struct saw_spis *s, uint32_t spi);
/* True where it was not there. 0 is no SPI. */
bool saw_spis_remember(struct saw_spis *s, uint32_t spi);

/* ------------------------------------------------------------------------------------------------------------ rows */

enum saw_row_kind {
	SAW_ROW_TUNNEL,
	SAW_ROW_REMOTE_ACCESS, /* a client's, not a tunnel */
	SAW_ROW_NO_PEER,       /* no usable address of a peer: a template, a dynamic entry at rest */
	SAW_ROW_TWIN,          /* another SNMP context shows it too */
};

/* What a row or an end says of itself; a part that is not known contradicts nothing. */
struct saw_traits {
	struct saw_addr local, remote; /* family 0: not known */
	struct saw_selector local_ident, remote_ident;
	const char *interface; /* NULL: not known; never Virtual-Access */
	const char *fvrf;
	const char
		*context; /* VRF whose SNMP context shows it; "": the default context; NULL: not known. Not always the fvrf */
};

#define SAW_ROW_SPIS 4
struct saw_row_id {
	enum saw_row_kind kind;
	struct saw_traits traits;
	uint32_t in[SAW_ROW_SPIS], out[SAW_ROW_SPIS];
	unsigned n_in, n_out;
};

void saw_row_identify(const Sawatch__V1__IpsecSa *row, struct saw_row_id *out);

/*
 * Two rows of one poll that are one tunnel, shown in two SNMP contexts: index, SPIs, addresses and selectors are the same. Each VRF
 * numbers its rows from 1: without SPIs only the default context, which may show every row, repeats one.
 */
bool saw_rows_are_one(const struct saw_row_id *a, const Sawatch__V1__IpsecSa *row_a, const struct saw_row_id *b,
					  const Sawatch__V1__IpsecSa *row_b);

/* True where the interface is one whose number means nothing tomorrow (Virtual-Access12). */
bool saw_interface_is_transient(const char *name);

/* ------------------------------------------------------------------------------------------------------------ ends */

struct saw_end_id {
	bool configured;
	struct saw_traits given;   /* by the configuration */
	struct saw_traits learned; /* from rows; what is given stands here as well */
	struct saw_spis in, out;
};

/*
 * Ends of one device, sorted to be looked up. The array of pointers is the caller's and is reordered; `spis` has room for
 * SAW_SPIS_KEPT * 2 * n entries.
 */
struct saw_spi_entry {
	uint32_t spi;
	bool outbound;
	struct saw_end_id *end;
};

struct saw_end_index {
	struct saw_end_id **ends;
	size_t n;
	struct saw_spi_entry *spis;
	size_t n_spis;
};

void saw_end_index_build(struct saw_end_index *x, struct saw_end_id **ends, size_t n, struct saw_spi_entry *spis);

enum saw_match {
	SAW_MATCH_NONE,
	SAW_MATCH_ONE,
	SAW_MATCH_SEVERAL, /* ambiguous */
};

/* By SPI in either direction. */
enum saw_match saw_match_spi(const struct saw_end_index *x, const struct saw_row_id *row, struct saw_end_id **out);
/* By what rows showed before (and what is configured). */
enum saw_match saw_match_traits(const struct saw_end_index *x, const struct saw_row_id *row, struct saw_end_id **out);
/* As saw_match_traits, of ends whose front-door VRF is the one whose context shows the row. */
enum saw_match saw_match_vrf(const struct saw_end_index *x, const struct saw_row_id *row, struct saw_end_id **out);
/* By the configuration and the selectors: an end whose local address or interface changed. Configured ends only. */
enum saw_match saw_match_given(const struct saw_end_index *x, const struct saw_row_id *row, struct saw_end_id **out);
/* Calls fn for every end that saw_match_traits could have meant. */
void saw_match_each(const struct saw_end_index *x, const struct saw_row_id *row,
					void (*fn)(void *ctx, struct saw_end_id *end), void *ctx);

bool saw_traits_agree(const struct saw_traits *a, const struct saw_traits *b);

/* Names are plain ASCII, whatever a device prints: other bytes become `?`, so that no cut splits a character. */
void saw_ascii_only(char *text);

/*
 * The name of an end that nobody named: LOCAL-REMOTE, and the selectors where they are not any to any. `out` holds
 * SAW_END_NAME bytes. Returns out.
 */
#define SAW_END_NAME 320
const char *saw_end_name(const struct saw_traits *t, char out[SAW_END_NAME]);

#endif
