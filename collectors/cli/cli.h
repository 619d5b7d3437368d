/*
 * The CLI parsers: text of `show` commands -> typed records.
 *
 * Purpose:   one line scanner, driven by tables of line rules per platform and command. Bytes come in pieces of any size,
 *            records leave through the sink as soon as they are whole: memory does not grow with the text. Pure: no
 *            descriptors, no clock, no log.
 * Ownership: a parser belongs to one text at a time; records are borrowed by the sink for the length of the call.
 * Errors:    a foreign or broken text is no error: lines that no rule takes go to sink->unparsed. Errors are those of the sink
 *            (passed on), -ENOMEM, SAW_EUNKNOWN (a command that no parser knows).
 */
#ifndef SAWATCH_COLLECTORS_CLI_CLI_H
#define SAWATCH_COLLECTORS_CLI_CLI_H

#include "collectors/sample.h"

struct saw_cli_parser;

/* A show command that is understood; the table of them is collectors/cli/commands.c. */
struct saw_cli_command;

/*
 * The parser's entry for a typed command ("show crypto ipsec sa peer 192.0.2.1 detail"; blanks and case as typed), NULL where
 * the platform has none.
 */
const struct saw_cli_command *saw_cli_command_find(Sawatch__V1__Platform platform, struct saw_str typed);

/*
 * The same, and appends the command to *out as it is listed in `tables`: the words in full, its arguments as typed, single
 * blanks ("sh cry ips sa peer 192.0.2.1" gives "show crypto ipsec sa peer 192.0.2.1").
 */
const struct saw_cli_command *saw_cli_command_spell(Sawatch__V1__Platform platform, struct saw_str typed,
													struct saw_buf *out);

/* The command's words without arguments, as in `tables`: "show crypto ipsec sa". */
const char *saw_cli_command_name(const struct saw_cli_command *c);

/* Walks the commands of a platform; NULL after the last. */
const struct saw_cli_command *saw_cli_command_next(Sawatch__V1__Platform platform, const struct saw_cli_command *after);

/* NULL without memory. */
struct saw_cli_parser *saw_cli_parser_create(void);
void saw_cli_parser_destroy(struct saw_cli_parser *p);

/*
 * Begins a text. command NULL: the text may hold any number of answers, each told by its own shape (or by an echoed
 * "host#show …" line) as it comes. The sink is copied. Prompts give the device's name, as a fact.
 */
void saw_cli_parser_begin(struct saw_cli_parser *p, Sawatch__V1__Platform platform,
						  const struct saw_cli_command *command, const struct saw_sink *sink);

/* The next n bytes; may end anywhere, also in the middle of a line. */
int saw_cli_parser_feed(struct saw_cli_parser *p, const char *bytes, size_t n);

/* What was found of one command once the text has ended. */
struct saw_cli_result {
	const struct saw_cli_command *command;
	const char *name; /* with the arguments of the echoed line, where there was one: "show crypto ipsec sa detail" */
	uint64_t records;
	uint64_t unparsed; /* the sink was told of the first 1,000 */
	bool cut;          /* the text ended inside a line, or a `show tech-support` inside this answer */
	bool empty;        /* the device said that there is nothing to list */
	bool narrowed;     /* its arguments leave out a part (`peer 192.0.2.1`): says nothing about what it does not show */
	bool other;        /* the text announces other commands, and not the one it was said to be */
	const char
		*refused; /* the device's own words ("% Invalid input detected…"), NULL if it answered; parser's memory */
};

/*
 * Ends the text: the last record leaves. Sets *results to one entry per command met, in their order (parser's memory, until the
 * next begin). Nothing recognised: *n is 0.
 */
int saw_cli_parser_end(struct saw_cli_parser *p, const struct saw_cli_result **results, size_t *n);

/* How many answers of other commands were passed over, each told by its prompt or by a headline of `show tech-support`. */
uint64_t saw_cli_parser_skipped(const struct saw_cli_parser *p);

/*
 * Writes what was found into `tables` of a sample: complete; failed with the device's words where it refused, or where the
 * text is another command's; partial where the text was cut, or had lines, none of which could be read or says that there is nothing. name: the command as it was typed, NULL for the result's own.
 */
void saw_cli_report(struct saw_sample_builder *b, const struct saw_cli_result *r, const char *name);

#endif
