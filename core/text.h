/*
 * Borrowed pieces of text, strict numbers, and cleaning of foreign bytes.
 *
 * Purpose:   parsers look at texts without copying them; numbers are taken whole or not at all.
 * Ownership: struct saw_str borrows; whoever owns the bytes keeps them alive.
 */
#ifndef SAWATCH_CORE_TEXT_H
#define SAWATCH_CORE_TEXT_H

#include "core/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct saw_str {
	const char *p; /* not NUL-terminated */
	size_t n;
};

#define SAW_STR(literal) ((struct saw_str){(literal), sizeof(literal) - 1})

static inline struct saw_str saw_str_of(const char *z) {
	return (struct saw_str){z, z ? strlen(z) : 0};
}
static inline bool saw_str_eq(struct saw_str a, struct saw_str b) {
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
bool saw_str_eq_nocase(struct saw_str a, struct saw_str b); /* ASCII letters */
bool saw_str_starts(struct saw_str s, struct saw_str prefix);
struct saw_str saw_str_trim(struct saw_str s); /* blanks, tabs, CR, LF at both ends */

/* Strict: the whole text is the number, no sign for the unsigned one, no blanks. 0, SAW_EFORMAT or SAW_ERANGE. */
int saw_parse_u64(struct saw_str s, uint64_t max, uint64_t *out);
int saw_parse_i64(struct saw_str s, int64_t *out);
int saw_parse_hex64(struct saw_str s, uint64_t max, uint64_t *out); /* with or without 0x */
int saw_parse_double(struct saw_str s, double *out);                /* finite, C locale form */

/* Decimal; at most 20 bytes, and no NUL. Returns how many. */
size_t saw_print_u64(char *p, uint64_t v);
/* As strcmp, but numbers count as such: berlin-9 stands before berlin-10. 0 only where the two are the same. */
int saw_compare_natural(const char *a, const char *b);

/*
 * Appends foreign bytes as valid UTF-8 without NUL or other control characters (tab stays): what is not becomes \xHH.
 * Returns how many bytes were escaped.
 */
size_t saw_put_clean(struct saw_buf *out, const void *bytes, size_t n);

#endif
