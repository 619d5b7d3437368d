/*
 * Inside collectors/cli: how a table of line rules takes a line.
 *
 * A table belongs to one family of commands. Each row names what stands at the start of a line, or of one piece between two
 * commas, as the device prints it, and where the value behind it goes:
 *
 *     {"#pkts encaps", ITEM, saw_cli_number, RECORD, FLOW(encaps_packets)}
 *
 * takes "#pkts encaps: 12" and "#pkts encaps 12". A line whose label no row has is tried as a row of columns (table->row), and
 * is otherwise not taken. Runs of blanks count as one; leading '#' do not count (one row prints two of them).
 *
 * Levels:    HEAD is what several records share (the interface a flow hangs on), RECORD what leaves through the sink, CHILD a
 *            message inside it.
 * Ownership: texts of a record live in scan->arena until the record has left; texts of HEAD in scan->head_arena, which the
 *            table resets when it begins another head.
 * Errors:    a `take` returns false where it does not understand the value: the line is then listed as unparsed. Errors of the
 *            sink are kept in scan->error and end the text.
 */
#ifndef SAWATCH_COLLECTORS_CLI_SCAN_H
#define SAWATCH_COLLECTORS_CLI_SCAN_H

#include "collectors/sample.h"
#include "core/arena.h"
#include "proto/field.h"

enum saw_cli_level { SAW_CLI_HEAD, SAW_CLI_RECORD, SAW_CLI_CHILD, SAW_CLI_LEVELS };

enum saw_cli_form {
	SAW_CLI_ITEM,   /* `label: value` or `label value`, up to the next comma; the next piece has its own row */
	SAW_CLI_WHOLE,  /* `label: value`, the value is the rest of the line, commas and all */
	SAW_CLI_PREFIX, /* the line begins with the label, whatever follows it */
	SAW_CLI_SUFFIX, /* the line ends with the label */
};

struct saw_cli_scan;
struct saw_cli_rule;

typedef bool saw_cli_take(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value);

struct saw_cli_rule {
	const char *label;
	enum saw_cli_form form;
	saw_cli_take *take;
	enum saw_cli_level level;
	struct saw_field field;
};

struct saw_cli_table {
	const struct saw_cli_rule *rules;
	size_t n;
	size_t state_size; /* of what the table keeps between lines; cleared before every answer */
	bool pairs;        /* a line may hold two `label : value`, blanks between them (both rows are ITEMs) */
	bool loose;        /* full of lines that say nothing about a tunnel: what no row takes is not unparsed */
	/* Opens the message of a level for a line that stands without its beginning (a text cut at its start); false: cannot. */
	bool (*open)(struct saw_cli_scan *s, enum saw_cli_level level);
	/* A line that no label takes: columns. May be NULL. */
	bool (*row)(struct saw_cli_scan *s, struct saw_str line);
	/* The answer has ended: what is being filled leaves. */
	void (*end)(struct saw_cli_scan *s);
};

#define SAW_CLI_SLOTS 512 /* a power of two, well above the rows of any table */

/* Finds a table's row by its label. Made once from the table. */
struct saw_cli_index {
	uint16_t slot[SAW_CLI_SLOTS]; /* row + 1, by hash of the label: ITEM and WHOLE */
	uint16_t prefix[256];         /* row + 1 of the first PREFIX row with this first byte */
	uint16_t next[SAW_CLI_SLOTS]; /* row + 1 of the next one, by row */
	uint16_t suffix;              /* row + 1 of the first SUFFIX row, chained the same way */
};

struct saw_cli_scan {
	Sawatch__V1__Platform platform;
	const struct saw_cli_table *table;
	const struct saw_cli_index *index;
	ProtobufCMessage *at[SAW_CLI_LEVELS]; /* the message being filled; NULL: none */
	void *state;                          /* the table's */
	struct saw_str arguments;             /* of the command as it was typed, where that is known */
	struct saw_arena *arena;
	struct saw_arena *head_arena;
	struct saw_buf clean; /* scratch */
	struct saw_sink sink;
	bool empty; /* the device said that there is nothing to list */
	uint64_t records;
	uint64_t escaped; /* bytes of texts that were not clean UTF-8 */
	int error;
};

/* False where the table has more rows than an index holds, or two rows with the same label. */
bool saw_cli_index_make(struct saw_cli_index *index, const struct saw_cli_table *table);

/* True where the line was understood as a whole. `line` is trimmed and not empty. */
bool saw_cli_scan_line(struct saw_cli_scan *s, struct saw_str line);

/* Hands a record to the sink. */
void saw_cli_emit(struct saw_cli_scan *s, const ProtobufCMessage *record);

/* Hands facts of the device to the sink. */
void saw_cli_emit_facts(struct saw_cli_scan *s, const Sawatch__V1__DeviceSample *facts);

/* ------------------------------------------------------------------------------------------------ takes for the tables */

saw_cli_take saw_cli_ignore;         /* a line of which the model has nothing */
saw_cli_take saw_cli_empty;          /* the device says that there is nothing to list */
saw_cli_take saw_cli_number;         /* 12 */
saw_cli_take saw_cli_leading_number; /* 16 bytes */
saw_cli_take saw_cli_text;           /* as printed; absent where the device prints a word for none */
saw_cli_take saw_cli_squeezed;       /* the same, runs of blanks made one */
saw_cli_take saw_cli_spi;            /* 0x7A857081(2055565441), 7A857081; absent where 0 or not given */
saw_cli_take saw_cli_seconds;        /* 3d18h, 6:16:26, 94; absent where never, or with years in it */
saw_cli_take saw_cli_nothing;        /* a heading: nothing may stand behind it */
saw_cli_take saw_cli_yes;            /* Y, Yes, True: true; N, No, False: false */
saw_cli_take saw_cli_group;          /* 21, group21: 21; absent where none */

/* ----------------------------------------------------------------------------------------------- pieces for takes */

/* True for what a device prints where there is nothing: none, N/A, [Not Available], … */
bool saw_cli_is_none(struct saw_str s);

/* The message being filled at `level`, opened by the table where the text began without its start; NULL: there is none. */
ProtobufCMessage *saw_cli_at(struct saw_cli_scan *s, enum saw_cli_level level);

/* A clean copy for a field of `level`. NULL where the arena is full. */
char *saw_cli_copy(struct saw_cli_scan *s, enum saw_cli_level level, struct saw_str text);

/* The next word (no blanks inside) of *rest, which moves behind it; empty at the end. */
struct saw_str saw_cli_word(struct saw_str *rest);

/* The text between the first `open` and the last `close`; false where it has none. */
bool saw_cli_between(struct saw_str s, char open, char close, struct saw_str *inside);

/* The leading digits of s as a number; *rest (may be NULL) is what follows. */
bool saw_cli_digits(struct saw_str s, uint64_t max, uint64_t *v, struct saw_str *rest);

/*
 * "3 hours, 7 mins", "3d18h", "10d 7h:26m:52s", "6:16:26" in seconds. *years: it counts years, which the device does not say the
 * length of; *seconds is then too low.
 */
bool saw_cli_duration(struct saw_str s, uint64_t *seconds, bool *years);

/* What stands behind `label` somewhere in s (a blank of the label is one blank), up to its end; false: it has no such label. */
bool saw_cli_behind(struct saw_str s, const char *label, struct saw_str *rest);

/* A list of messages that grows by one: `list` and its length, room being kept by the caller. NULL where the arena is full. */
void *saw_cli_grow(struct saw_cli_scan *s, void *list, size_t n, size_t *room);

/* A line of a legend: `K - Keepalives, N - NAT-traversal`. */
bool saw_cli_is_legend(struct saw_str line);

/* Splits "192.0.2.1/4500" at its last slash. *port is 0 where none is printed, or a 0: no UDP port is in use. */
bool saw_cli_split_endpoint(struct saw_str s, struct saw_str *address, uint32_t *port);
/* The same, into the fields of a record or its part; port 0 is none. */
bool saw_cli_put_endpoint(struct saw_cli_scan *s, enum saw_cli_level level, struct saw_str value, char **address,
						  protobuf_c_boolean *has_port, uint32_t *port);

#endif
