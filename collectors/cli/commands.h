/*
 * The show commands that are understood: one row each.
 */
#ifndef SAWATCH_COLLECTORS_CLI_COMMANDS_H
#define SAWATCH_COLLECTORS_CLI_COMMANDS_H

#include "collectors/cli/cli.h"
#include "collectors/cli/tables.h"

#define SAW_CLI_SIGNS 8

struct saw_cli_command {
	const char *name;
	const char *alias;  /* other words for the same, NULL: none */
	unsigned platforms; /* bits, 1 << Platform */
	const struct saw_cli_table *table;
	/* Starts of lines that only this command prints: how an answer without an echoed command is told. A blank takes a run of
	 * blanks; what follows a '*' may stand anywhere in the line. */
	const char *signs[SAW_CLI_SIGNS];
	unsigned split;   /* its arguments stand behind this many of its words (`show bgp … summary`); 0: behind all */
	bool alone;       /* read only where it was asked for: beside other answers it says the same things twice */
	const char *also; /* a command whose lines the same answer may go on with, NULL: none */
	/* Words that, as an argument, make it another command, which is not understood: NULL-terminated, NULL: none. Spelled with
	 * three letters or more, so that no interface is taken for one (Te1/0, tu11). */
	const char *const *others;
};

extern const size_t saw_cli_command_count;
const struct saw_cli_command *saw_cli_command_at(size_t number); /* 0 … saw_cli_command_count - 1 */
size_t saw_cli_command_number(const struct saw_cli_command *c);

/* saw_cli_command_spell, and its arguments as typed. */
const struct saw_cli_command *saw_cli_command_match(Sawatch__V1__Platform platform, struct saw_str typed,
													struct saw_buf *out, struct saw_str *arguments);

/* The command whose answer this (trimmed) line begins; NULL: cannot be told. */
const struct saw_cli_command *saw_cli_command_recognise(Sawatch__V1__Platform platform, struct saw_str line);

#endif
