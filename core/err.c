#include "core/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *saw_strerror(int code) {
	switch (code) {
	case 0:
		return "success";
#define X(name, number, text) \
	case name:                \
		return text;
		SAW_ERR_TABLE(X)
#undef X
	default:
		return code < 0 ? strerror(-code) : "unknown error";
	}
}

int saw_err_set(struct saw_err *err, int code, const char *fmt, ...) {
	if (err) {
		va_list ap;
		va_start(ap, fmt);
		vsnprintf(err->text, sizeof err->text, fmt, ap);
		va_end(ap);
		err->code = code;
	}
	return code;
}

int saw_err_prefix(struct saw_err *err, const char *fmt, ...) {
	char old[SAW_ERR_TEXT_MAX];
	va_list ap;
	int n;

	if (!err)
		return 0;
	memcpy(old, err->text, sizeof old);
	va_start(ap, fmt);
	n = vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	for (const char *p = ": "; *p && n >= 0 && (size_t)n + 1 < sizeof err->text; p++)
		err->text[n++] = *p;
	for (const char *p = old; *p && n >= 0 && (size_t)n + 1 < sizeof err->text; p++)
		err->text[n++] = *p;
	if (n >= 0 && (size_t)n < sizeof err->text)
		err->text[n] = 0;
	return err->code;
}
