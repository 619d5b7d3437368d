/*
 * Error codes and error texts.
 *
 * Purpose:   one table of results for every room. A function returns 0, a negative errno, or a negative SAW_E... from here.
 * Ownership: struct saw_err is a value; the caller has it on its stack.
 * Threads:   none of this has state.
 *
 * A `struct saw_err` is asked for only where a person will read the text: it says what went wrong, where, and what to do.
 */
#ifndef SAWATCH_CORE_ERR_H
#define SAWATCH_CORE_ERR_H

#include <stddef.h>

#if defined(__GNUC__)
#define SAW_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define SAW_PRINTF(fmt, args)
#endif

/* Codes of our own start below every errno. SAW_ERR_TABLE is the one list: name, number, short text. */
#define SAW_ERR_TABLE(X)                                    \
	X(SAW_EFORMAT, 1001, "malformed input")                 \
	X(SAW_ELIMIT, 1002, "larger than its limit")            \
	X(SAW_ERANGE, 1003, "number out of range")              \
	X(SAW_ETRUNCATED, 1004, "ends too early")               \
	X(SAW_EVERSION, 1005, "made by a newer version")        \
	X(SAW_ECONFIG, 1006, "wrong configuration")             \
	X(SAW_EUNKNOWN, 1007, "not known")                      \
	X(SAW_EAUTH, 1008, "authentication failed")             \
	X(SAW_EPROTO, 1009, "the peer broke the protocol")      \
	X(SAW_ETIMEOUT, 1010, "no answer in time")              \
	X(SAW_EUNREACHABLE, 1011, "the peer cannot be reached") \
	X(SAW_ERESOLVE, 1012, "the name cannot be resolved")    \
	X(SAW_EHTTP, 1013, "the server refused the request")

enum saw_errcode {
#define X(name, number, text) name = -number,
	SAW_ERR_TABLE(X)
#undef X
};

#define SAW_ERR_TEXT_MAX 512

struct saw_err {
	int code;
	char text[SAW_ERR_TEXT_MAX];
};

/* The short text of any code this program returns, errno values included. Never NULL. */
const char *saw_strerror(int code);

/* Sets code and text and returns code, so that `return saw_err_set(err, ...)` reads well. `err` may be NULL. */
int saw_err_set(struct saw_err *err, int code, const char *fmt, ...) SAW_PRINTF(3, 4);

/* Puts "prefix: " before the text already there. `err` may be NULL. Returns err->code (0 for NULL). */
int saw_err_prefix(struct saw_err *err, const char *fmt, ...) SAW_PRINTF(2, 3);

#endif
