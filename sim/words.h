/*
 * Typed words against command patterns, as a command line of Cisco takes them.
 *
 * Purpose:   one matching for show commands and for what the terminal itself knows. A pattern is words: small letters are a keyword, which may
 *            be shortened; capitals stand for an argument: ADDRESS (IPv4), NUMBER, TUNNEL (Tunnel11, tu11, tunnel 11), NAME (any word);
 *            "..." at its end takes whatever follows.
 * Errors:    what does not fit says up to which column it was understood: there the caret stands.
 * Pure.
 */
#ifndef SAWATCH_SIM_WORDS_H
#define SAWATCH_SIM_WORDS_H

#include "core/text.h"

struct saw_sim_words {
	bool detail; /* the keyword was among them */
	bool has_address;
	uint32_t address; /* host order */
	uint32_t number;  /* NUMBER, or that of TUNNEL */
	struct saw_str name;
};

enum saw_sim_fit {
	SAW_SIM_DIFFERS,
	SAW_SIM_INCOMPLETE, /* the line ends before the pattern does */
	SAW_SIM_FITS,
};

/* *reach: how many characters of the line fit. */
enum saw_sim_fit saw_sim_words_fit(const char *pattern, struct saw_str line, struct saw_sim_words *out, size_t *reach);

#endif
