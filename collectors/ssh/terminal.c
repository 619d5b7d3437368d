#include "collectors/ssh/terminal.h"

#define ESCAPE_MAX 64 /* bytes; what is longer was no escape sequence */

enum { NO_ESCAPE, ESCAPE, CONTROL_SEQUENCE, STRING, STRING_ESCAPE };

/* One byte of an escape sequence. False: the byte is not of it, the sequence was broken off. */
static bool take_escape(struct saw_terminal *t, unsigned char c) {
	if (++t->escaped > ESCAPE_MAX || c == '\n' || c == '\r') {
		t->escape = NO_ESCAPE;
		return false;
	}
	switch (t->escape) {
	case ESCAPE:
		if (c == '[')
			t->escape = CONTROL_SEQUENCE;
		else if (c == ']' || c == 'P' || c == '_' || c == '^' || c == 'X')
			t->escape = STRING;
		else if (c < 0x20 || c > 0x2f) /* not an intermediate byte: the last one */
			t->escape = NO_ESCAPE;
		break;
	case CONTROL_SEQUENCE:
		if (c >= 0x40 && c <= 0x7e)
			t->escape = NO_ESCAPE;
		break;
	case STRING:
		if (c == '\a')
			t->escape = NO_ESCAPE;
		else if (c == 0x1b)
			t->escape = STRING_ESCAPE;
		break;
	default: /* ESC \ ends a string */
		t->escape = NO_ESCAPE;
		break;
	}
	return true;
}

static bool is_shown(unsigned char c) {
	return (c >= ' ' && c != 0x7f) || c == '\t';
}

/* At the end of a line that was gone back in: what is blank from there on was a wipe. */
static void trim_wiped(struct saw_terminal *t) {
	size_t n = t->n;

	while (n > t->at && t->line[n - 1] == ' ')
		n--;
	if (n == t->at)
		t->n = n;
}

size_t saw_terminal_take(struct saw_terminal *t, const char *bytes, size_t n, enum saw_terminal_event *event) {
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (t->escape != NO_ESCAPE && take_escape(t, c))
			continue;
		if (is_shown(c)) {
			if (t->at == SAW_TERMINAL_LINE) {
				*event = SAW_TERMINAL_LINE_FULL;
				return i;
			}
			t->line[t->at++] = (char)c;
			t->n = t->at;
		} else if (c == '\n') {
			trim_wiped(t);
			*event = SAW_TERMINAL_LINE_ENDED;
			return i + 1;
		} else if (c == '\r') {
			t->at = 0;
		} else if (c == '\b') {
			t->at -= t->at != 0;
		} else if (c == 0x1b) {
			t->escape = ESCAPE;
			t->escaped = 0;
		}
	}
	*event = SAW_TERMINAL_MORE;
	return n;
}

void saw_terminal_keep(struct saw_terminal *t, size_t n) {
	t->n = t->at = n;
}

void saw_terminal_wipe(struct saw_terminal *t) {
	t->n = t->at = 0;
	t->torn = false;
}
