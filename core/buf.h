/*
 * A growing byte buffer with a mandatory ceiling and a sticky error.
 *
 * Purpose:   everything that is assembled (a frame, a text, a page) is assembled here; append freely, check once.
 * Ownership: the struct is the caller's (stack or member); the bytes are the buffer's until saw_buf_free or saw_buf_steal.
 * Threads:   one owner at a time.
 * Errors:    after the first failed append the buffer keeps what it has, ignores what follows and saw_buf_error() says why
 *            (SAW_ELIMIT: the ceiling; -ENOMEM).
 */
#ifndef SAWATCH_CORE_BUF_H
#define SAWATCH_CORE_BUF_H

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

struct saw_buf {
	uint8_t *data; /* NULL until the first append; a NUL always follows the last byte once it is not */
	size_t len;
	size_t cap;
	size_t ceiling; /* bytes; an append that would pass it fails whole */
	int error;
};

#define SAW_BUF_INIT(max) ((struct saw_buf){.data = NULL, .len = 0, .cap = 0, .ceiling = (max), .error = 0})

void saw_buf_init(struct saw_buf *b, size_t ceiling);
void saw_buf_free(struct saw_buf *b); /* also ready for use again, same ceiling */

/* Forgets content and error, keeps the memory. */
void saw_buf_reset(struct saw_buf *b);

/* Makes room for n more bytes and returns where they go (NULL on error); the caller then adds n to b->len itself. */
uint8_t *saw_buf_reserve(struct saw_buf *b, size_t n);

void saw_buf_put(struct saw_buf *b, const void *bytes, size_t n);
void saw_buf_puts(struct saw_buf *b, const char *text);
void saw_buf_putc(struct saw_buf *b, char c);
void saw_buf_put_u64(struct saw_buf *b, uint64_t v); /* decimal */
void saw_buf_put_i64(struct saw_buf *b, int64_t v);  /* decimal */
void saw_buf_printf(struct saw_buf *b, const char *fmt, ...) SAW_PRINTF(2, 3);

/* Drops the first n bytes. */
void saw_buf_consume(struct saw_buf *b, size_t n);

/* Hands the bytes (NUL-terminated, malloc'ed) to the caller, who frees them; NULL if empty or failed. */
uint8_t *saw_buf_steal(struct saw_buf *b, size_t *len);

static inline int saw_buf_error(const struct saw_buf *b) {
	return b->error;
}
static inline const char *saw_buf_text(const struct saw_buf *b) {
	return b->data ? (const char *)b->data : "";
}

#endif
