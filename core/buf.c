#include "core/buf.h"

#include "core/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void saw_buf_init(struct saw_buf *b, size_t ceiling) {
	*b = SAW_BUF_INIT(ceiling);
}

void saw_buf_free(struct saw_buf *b) {
	free(b->data);
	saw_buf_init(b, b->ceiling);
}

void saw_buf_reset(struct saw_buf *b) {
	b->len = 0;
	b->error = 0;
	if (b->data)
		b->data[0] = 0;
}

uint8_t *saw_buf_reserve(struct saw_buf *b, size_t n) {
	if (b->error)
		return NULL;
	if (n > b->ceiling || b->len > b->ceiling - n) {
		b->error = SAW_ELIMIT;
		return NULL;
	}
	if (b->len + n + 1 > b->cap || !b->data) {
		size_t want = b->cap ? b->cap : 128;
		uint8_t *p;

		while (want < b->len + n + 1)
			want = want > SIZE_MAX / 2 ? b->len + n + 1 : want * 2;
		p = realloc(b->data, want);
		if (!p) {
			b->error = -ENOMEM;
			return NULL;
		}
		b->data = p;
		b->cap = want;
	}
	return b->data + b->len;
}

void saw_buf_put(struct saw_buf *b, const void *bytes, size_t n) {
	uint8_t *p = saw_buf_reserve(b, n);

	if (!p)
		return;
	if (n)
		memcpy(p, bytes, n);
	b->len += n;
	b->data[b->len] = 0;
}

void saw_buf_puts(struct saw_buf *b, const char *text) {
	saw_buf_put(b, text, strlen(text));
}

void saw_buf_putc(struct saw_buf *b, char c) {
	saw_buf_put(b, &c, 1);
}

void saw_buf_put_u64(struct saw_buf *b, uint64_t v) {
	char digits[20];

	saw_buf_put(b, digits, saw_print_u64(digits, v));
}

void saw_buf_put_i64(struct saw_buf *b, int64_t v) {
	if (v < 0) {
		saw_buf_putc(b, '-');
		saw_buf_put_u64(b, (uint64_t)0 - (uint64_t)v);
	} else {
		saw_buf_put_u64(b, (uint64_t)v);
	}
}

void saw_buf_printf(struct saw_buf *b, const char *fmt, ...) {
	va_list ap;
	int n;
	uint8_t *p;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		if (!b->error)
			b->error = SAW_EFORMAT;
		return;
	}
	p = saw_buf_reserve(b, (size_t)n);
	if (!p)
		return;
	va_start(ap, fmt);
	vsnprintf((char *)p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void saw_buf_consume(struct saw_buf *b, size_t n) {
	if (n >= b->len) {
		b->len = 0;
	} else {
		memmove(b->data, b->data + n, b->len - n);
		b->len -= n;
	}
	if (b->data)
		b->data[b->len] = 0;
}

uint8_t *saw_buf_steal(struct saw_buf *b, size_t *len) {
	uint8_t *p = b->error ? NULL : b->data;

	*len = p ? b->len : 0;
	if (!p)
		free(b->data);
	saw_buf_init(b, b->ceiling);
	return p;
}
