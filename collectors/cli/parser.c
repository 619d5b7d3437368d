/*
 * Bytes -> lines -> the table of the command at hand. Here is what every command's answer may have around and between its own
 * lines: prompts, pagers, log messages, refusals.
 */
#include "collectors/cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE_MAX_BYTES 2048     /* a longer line is cut and listed as unparsed */
#define RECORD_MAX (4U << 20)   /* arena of one record */
#define HEAD_MAX (64U << 10)    /* arena of what records share */
#define NAMES_MAX (8U << 20)    /* arena of the names of all commands in one text */
#define RESULTS_MAX (32U << 20) /* bytes of results of one text */
#define HOSTNAME_MAX 128
#define ARGUMENTS_MAX 256
#define REFUSED_MAX 512
#define UNPARSED_MAX 1000 /* lines of one answer that are listed; more are counted */

struct saw_cli_parser {
	struct saw_cli_scan scan;
	const struct saw_cli_command *fixed; /* the caller's command; NULL: tell it from the text */
	bool echoed;                         /* a typed command of ours was seen */
	bool prompted;                       /* a prompt or a headline was seen: a command has one of them before it */
	bool headed;                         /* a headline was, and no prompt since: a `show tech-support` */
	bool fixed_echoed;                   /* the one of `fixed` was */
	bool off;                            /* the answer at hand belongs to a command that is not ours */
	struct saw_buf results;              /* struct saw_cli_result[] */
	struct saw_arena *names;
	struct saw_buf scratch;
	char hostname[HOSTNAME_MAX];
	char arguments[ARGUMENTS_MAX]; /* of the command at hand, as typed; empty where that is not known */
	uint64_t records_before;       /* of the answer at hand */
	uint64_t skipped;              /* answers of other commands */

	uint32_t line; /* of the text, from 1 */
	char held[LINE_MAX_BYTES];
	size_t held_n; /* the start of a line whose end has not come yet */
	bool overlong; /* held is full and more was dropped */
	char edited[LINE_MAX_BYTES];

	/* By the command's number. */
	struct saw_cli_index *indexes;
	void **states;
};

struct saw_cli_parser *saw_cli_parser_create(void) {
	struct saw_cli_parser *p = calloc(1, sizeof *p);
	const struct saw_cli_command *c = NULL;

	if (!p)
		return NULL;
	p->indexes = calloc(saw_cli_command_count, sizeof *p->indexes);
	p->states = calloc(saw_cli_command_count, sizeof *p->states);
	p->scan.arena = saw_arena_create(RECORD_MAX);
	p->scan.head_arena = saw_arena_create(HEAD_MAX);
	p->names = saw_arena_create(NAMES_MAX);
	saw_buf_init(&p->scan.clean, LINE_MAX_BYTES * 4 + 1);
	saw_buf_init(&p->scratch, LINE_MAX_BYTES * 4 + 1);
	saw_buf_init(&p->results, RESULTS_MAX);
	if (!p->indexes || !p->states || !p->scan.arena || !p->scan.head_arena || !p->names)
		goto fail;
	for (size_t i = 0; i < saw_cli_command_count; i++) {
		c = saw_cli_command_at(i);
		p->states[i] = c->table->state_size ? malloc(c->table->state_size) : NULL;
		if ((c->table->state_size && !p->states[i]) || !saw_cli_index_make(&p->indexes[i], c->table))
			goto fail;
	}
	return p;
fail:
	saw_cli_parser_destroy(p);
	return NULL;
}

void saw_cli_parser_destroy(struct saw_cli_parser *p) {
	if (!p)
		return;
	for (size_t i = 0; p->states && i < saw_cli_command_count; i++)
		free(p->states[i]);
	free(p->states);
	free(p->indexes);
	saw_arena_destroy(p->scan.arena);
	saw_arena_destroy(p->scan.head_arena);
	saw_arena_destroy(p->names);
	saw_buf_free(&p->scan.clean);
	saw_buf_free(&p->scratch);
	saw_buf_free(&p->results);
	free(p);
}

/* --------------------------------------------------------------------------------------------------------------- answers */

static struct saw_cli_result *result_at_hand(struct saw_cli_parser *p) {
	return p->results.len ? (struct saw_cli_result *)(void *)(p->results.data + p->results.len) - 1 : NULL;
}

/* Another table goes on with the answer at hand. */
static void pause_answer(struct saw_cli_parser *p, struct saw_cli_result *r) {
	p->scan.table->end(&p->scan);
	r->records += p->scan.records - p->records_before;
	r->empty = r->empty || p->scan.empty;
}

/* The answer at hand is over: its last record leaves. */
static void end_answer(struct saw_cli_parser *p) {
	struct saw_cli_result *r = result_at_hand(p);

	if (!p->scan.table || !r)
		return;
	pause_answer(p, r);
	p->scan.table = NULL;
}

/* Lines from here on go to the command's table. */
static void begin_table(struct saw_cli_parser *p, const struct saw_cli_command *c) {
	size_t number = saw_cli_command_number(c);

	p->records_before = p->scan.records;
	p->scan.empty = false;
	p->scan.arguments = (struct saw_str){p->arguments, strlen(p->arguments)};
	memset(p->scan.at, 0, sizeof p->scan.at);
	saw_arena_reset(p->scan.arena);
	saw_arena_reset(p->scan.head_arena);
	p->scan.table = c->table;
	p->scan.index = &p->indexes[number];
	p->scan.state = p->states[number];
	if (c->table->state_size)
		memset(p->scan.state, 0, c->table->state_size);
}

/* Any argument that does not only ask for more of the same: a peer, an interface, a filter. */
static bool narrows(struct saw_str arguments) {
	struct saw_str word;

	while ((word = saw_cli_word(&arguments)).n)
		if ((word.n > sizeof "detailed" - 1 || !saw_str_eq_nocase(word, (struct saw_str){"detailed", word.n})) &&
			!saw_str_eq_nocase(word, SAW_STR("all")))
			return true;
	return false;
}

static void begin_answer(struct saw_cli_parser *p, const struct saw_cli_command *c, const char *name) {
	struct saw_cli_result r = {.command = c,
							   .name = saw_arena_strndup(p->names, name, strlen(name)),
							   .narrowed = narrows(saw_str_of(p->arguments))};

	end_answer(p);
	saw_buf_put(&p->results, &r, sizeof r);
	if (!r.name || saw_buf_error(&p->results))
		p->scan.error = SAW_ELIMIT;
	else
		begin_table(p, c);
}

static void keep_arguments(struct saw_cli_parser *p, struct saw_str arguments) {
	size_t n = arguments.n < sizeof p->arguments ? arguments.n : sizeof p->arguments - 1;

	if (n)
		memcpy(p->arguments, arguments.p, n);
	p->arguments[n] = 0;
}

/* A line that may be a typed command: "show crypto ipsec sa detail". False where no parser knows it. */
static bool take_command(struct saw_cli_parser *p, struct saw_str typed) {
	const struct saw_cli_command *c;
	struct saw_str arguments;

	saw_buf_reset(&p->scratch);
	c = saw_cli_command_match(p->scan.platform, typed, &p->scratch, &arguments);
	if (!c || (c->alone && p->fixed != c))
		return false;
	keep_arguments(p, arguments);
	p->echoed = true;
	p->off = p->fixed && p->fixed != c;
	if (!p->fixed) {
		begin_answer(p, c, saw_buf_text(&p->scratch));
		return true;
	}
	end_answer(p);
	p->fixed_echoed = p->fixed_echoed || !p->off;
	if (!p->off)
		begin_table(p, c);
	return true;
}

/* ------------------------------------------------------------------------------------------- what is around the answers */

static void take_hostname(struct saw_cli_parser *p, struct saw_str name) {
	Sawatch__V1__DeviceSample facts = SAWATCH__V1__DEVICE_SAMPLE__INIT;
	int rc;

	if (saw_str_eq(name, saw_str_of(p->hostname)))
		return;
	memcpy(p->hostname, name.p, name.n);
	p->hostname[name.n] = 0;
	facts.hostname = p->hostname;
	rc = p->scan.sink.facts ? p->scan.sink.facts(p->scan.sink.ctx, &facts) : 0;
	if (rc < 0)
		p->scan.error = rc;
}

static bool is_letter(char c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_alphanumeric(char c) {
	return is_letter(c) || (c >= '0' && c <= '9');
}

static bool in_prompt(char c) {
	return is_alphanumeric(c) || c == '-' || c == '_' || c == '.' || c == '/' || c == '(' || c == ')';
}

/*
 * `ASA-XFW01# show crypto ipsec sa`, `ASR-WAN01#`, `fw/act>`: sets what follows the prompt, a command or nothing. Not `r> 10.0.0.0/8` of a
 * BGP table, nor `a->b` of any other.
 */
static bool is_prompt(struct saw_str line, struct saw_str *host, struct saw_str *typed) {
	size_t n = 0;

	while (n < line.n && n < HOSTNAME_MAX && in_prompt(line.p[n]))
		n++;
	if (!n || n == line.n || (line.p[n] != '#' && line.p[n] != '>') || !is_alphanumeric(line.p[0]) ||
		!(is_alphanumeric(line.p[n - 1]) || line.p[n - 1] == ')'))
		return false;
	*host = (struct saw_str){line.p, n};
	*typed = saw_str_trim((struct saw_str){line.p + n + 1, line.n - n - 1});
	return !typed->n || is_letter(typed->p[0]);
}

/* The name in a prompt: ASA-XFW01/pri/act, ASR-WAN01(config) */
static struct saw_str name_in(struct saw_str host) {
	size_t n = 0;

	while (n < host.n && n + 1 < HOSTNAME_MAX && host.p[n] != '/' && host.p[n] != '(')
		n++;
	return (struct saw_str){host.p, n};
}

/*
 * `show tech-support` prints what nobody here knows, anything that looks like a prompt among it: there it must be the device's own, or
 * where that is not known be bare or have a `show` behind it.
 */
static bool is_believed(const struct saw_cli_parser *p, struct saw_str host, struct saw_str typed) {
	if (!p->headed)
		return true;
	if (p->hostname[0])
		return saw_str_eq(name_in(host), saw_str_of(p->hostname));
	return !typed.n || saw_str_starts(typed, SAW_STR("sh"));
}

/* `------------------ show crypto ipsec sa detail ------------------`: how `show tech-support` heads each answer. */
static bool is_headline(struct saw_str line, struct saw_str *typed) {
	static const struct saw_str dashes = {"-----", 5};

	if (line.n < 2 * dashes.n || !saw_str_starts(line, dashes) ||
		memcmp(line.p + line.n - dashes.n, dashes.p, dashes.n) != 0)
		return false;
	while (line.n && line.p[0] == '-')
		line = (struct saw_str){line.p + 1, line.n - 1};
	while (line.n && line.p[line.n - 1] == '-')
		line.n--;
	*typed = saw_str_trim(line);
	return typed->n && is_letter(typed->p[0]);
}

/* A line that says where an answer begins or ends. */
static bool take_announcement(struct saw_cli_parser *p, struct saw_str line) {
	struct saw_str host, typed;

	if (is_headline(line, &typed)) {
		p->headed = true;
	} else {
		if (!is_prompt(line, &host, &typed) || !is_believed(p, host, typed))
			return false;
		take_hostname(p, name_in(host));
		p->headed = false;
	}
	p->prompted = true;
	if (take_command(p, typed)) {
		p->skipped += p->off;
		return true;
	}
	/* A bare prompt ends the answer. So does a command nobody here knows, and what follows it is not ours; unless the caller
	 * says what the text is (`more flash:saved.txt`) and nothing in it says otherwise. */
	if (!p->fixed || p->headed || (typed.n && p->echoed)) {
		end_answer(p);
		p->off = typed.n != 0;
		p->skipped += p->off;
	}
	return true;
}

/* %CRYPTO-4-RECVD_PKT_INV_SPI: …, %ASA-4-402119: …: a log message the device put into the session. */
static bool is_log(struct saw_str line) {
	const char *at = memchr(line.p, '%', line.n);
	const char *end = line.p + line.n;
	const char *c, *dash = NULL;

	if (!at)
		return false;
	for (c = at + 1; c < end && ((*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '_' || *c == '-'); c++)
		if (*c == '-' && c + 2 < end && c[1] >= '0' && c[1] <= '7' && c[2] == '-')
			dash = c;
	return dash && dash > at + 1 && c < end && *c == ':' && c > dash + 3;
}

static bool starts_with_one(struct saw_str line, const char *const *starts, size_t n) {
	for (size_t i = 0; i < n; i++)
		if (saw_str_starts(line, saw_str_of(starts[i])))
			return true;
	return false;
}

/* The device does not do what it was asked: `% Invalid input detected at '^' marker.`, `ERROR: % Incomplete command`. */
static bool is_refusal(struct saw_str line) {
	static const char *const starts[] = {"% ", "ERROR: ", "Command authorization failed", "Authorization failed"};

	return starts_with_one(line, starts, sizeof starts / sizeof starts[0]);
}

/* Lines that say nothing in any answer. */
static bool is_noise(struct saw_str line) {
	static const char *const starts[] = {
		"Load for five secs: ", /* IOS: terminal exec prompt timestamp */
		"Time source is ",      /* the line below it */
		"connection id=",       /* second line of %CRYPTO-4-PKT_REPLAY_ERR */
		"*** ",                 /* *** --- SHUTDOWN in 0:05:00 --- *** */
		"Broadcast message from ",
	};
	size_t n = 0;

	if (line.n > 4 && memcmp(line.p + line.n - 4, " +++", 4) == 0) /* what test tools write around a command */
		return true;
	while (n < line.n && (line.p[n] == '*' || line.p[n] == '^'))
		n++;
	return n == line.n || starts_with_one(line, starts, sizeof starts / sizeof starts[0]) || is_log(line);
}

static void keep_refusal(struct saw_cli_parser *p, struct saw_str line) {
	struct saw_cli_result *r = result_at_hand(p);

	if (!r || r->refused)
		return;
	saw_buf_reset(&p->scratch);
	saw_put_clean(&p->scratch, line.p, line.n < REFUSED_MAX ? line.n : REFUSED_MAX);
	r->refused = saw_arena_strndup(p->names, saw_buf_text(&p->scratch), p->scratch.len);
	if (!r->refused)
		p->scan.error = SAW_ELIMIT;
}

static void leave_unparsed(struct saw_cli_parser *p, struct saw_str line) {
	struct saw_cli_result *r = result_at_hand(p);
	int rc = 0;

	if (p->scan.sink.unparsed && !(r && r->unparsed >= UNPARSED_MAX))
		rc = p->scan.sink.unparsed(p->scan.sink.ctx, p->line, line);
	if (r)
		r->unparsed++;
	if (rc < 0)
		p->scan.error = rc;
}

/* ------------------------------------------------------------------------------------------------------------------ lines */

/* Takes away what a pager left at the start of a line. */
static struct saw_str without_pager(struct saw_str line) {
	static const struct saw_str pagers[] = {{"--More--", 8}, {"<--- More --->", 14}};
	bool again;

	do {
		again = false;
		line = saw_str_trim(line);
		for (size_t i = 0; i < sizeof pagers / sizeof pagers[0]; i++) {
			if (!saw_str_starts(line, pagers[i]))
				continue;
			line = (struct saw_str){line.p + pagers[i].n, line.n - pagers[i].n};
			again = true;
		}
	} while (again);
	return line;
}

static bool has_control(struct saw_str line) {
	bool found = false;

	for (size_t i = 0; i < line.n; i++)
		found |= ((unsigned char)line.p[i] < 0x20 && line.p[i] != '\t') || line.p[i] == 0x7f;
	return found;
}

/* What a terminal would show: a backspace takes a character away, an escape sequence, a bell and a NUL show nothing. */
static struct saw_str as_shown(struct saw_cli_parser *p, struct saw_str line) {
	size_t n = 0;

	for (size_t i = 0; i < line.n; i++) {
		char c = line.p[i];

		if (c == '\b' || c == 0x7f) {
			n -= n > 0;
		} else if (c == 0x1b && i + 1 < line.n && line.p[i + 1] == '[') {
			for (i += 2; i < line.n && (line.p[i] < 0x40 || line.p[i] > 0x7e);)
				i++;
		} else if (c != 0 && c != '\a' && c != 0x1b) {
			p->edited[n++] = c;
		}
	}
	return (struct saw_str){p->edited, n};
}

/* The start of an answer that nobody announced. */
static bool take_recognised(struct saw_cli_parser *p, struct saw_str line) {
	struct saw_cli_result *r = result_at_hand(p);
	const struct saw_cli_command *c;

	if (p->off || (p->scan.table && p->scan.table->loose && p->echoed))
		return false;
	c = saw_cli_command_recognise(p->scan.platform, line);
	if (!c || (p->scan.table && p->scan.table == c->table))
		return false;
	if (p->scan.table && r && r->command->also && strcmp(r->command->also, saw_cli_command_name(c)) == 0) {
		pause_answer(p, r);
		begin_table(p, c);
	} else if (p->fixed || (p->scan.table && r && r->command == c)) {
		return false;
	} else {
		p->arguments[0] = 0;
		begin_answer(p, c, saw_cli_command_name(c));
	}
	return p->scan.error || saw_cli_scan_line(&p->scan, line);
}

/* What some programs put before a text they save; UTF-16 of ASCII is otherwise read as shown, its NULs being nothing. */
static struct saw_str without_byte_order_mark(struct saw_str line) {
	static const struct saw_str marks[] = {{"\xef\xbb\xbf", 3}, {"\xff\xfe", 2}, {"\xfe\xff", 2}};

	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (saw_str_starts(line, marks[i]))
			return (struct saw_str){line.p + marks[i].n, line.n - marks[i].n};
	return line;
}

static bool take_line(struct saw_cli_parser *p, struct saw_str line) {
	if (p->line == 1)
		line = without_byte_order_mark(line);
	if (has_control(line))
		line = as_shown(p, line);
	line = without_pager(line);
	if (!line.n || take_announcement(p, line) || (p->off && p->prompted))
		return true;
	if (p->scan.table && saw_cli_scan_line(&p->scan, line))
		return true;
	if (is_refusal(line)) {
		if (p->scan.table)
			keep_refusal(p, line);
		return true;
	}
	if (is_noise(line) || (!p->prompted && take_command(p, line)) || take_recognised(p, line) || !p->scan.table ||
		p->scan.table->loose)
		return true;
	leave_unparsed(p, line);
	return false;
}

/* A line of which only the start was kept. */
static void take_overlong(struct saw_cli_parser *p) {
	if (p->scan.table)
		leave_unparsed(p, saw_str_trim((struct saw_str){p->held, p->held_n}));
}

static void hold(struct saw_cli_parser *p, const char *bytes, size_t n) {
	size_t room = sizeof p->held - p->held_n;

	if (n > room)
		p->overlong = true;
	n = n < room ? n : room;
	memcpy(p->held + p->held_n, bytes, n);
	p->held_n += n;
}

/* The line that began in an earlier piece is whole. */
static bool take_held(struct saw_cli_parser *p) {
	bool taken = true;

	if (p->overlong)
		take_overlong(p);
	else
		taken = take_line(p, (struct saw_str){p->held, p->held_n});
	p->held_n = 0;
	p->overlong = false;
	return taken;
}

/* The end of the first line in n bytes, LF or CR: devices and what lies between mix them freely. NULL: not in these bytes. */
static const char *line_end(const char *bytes, size_t n) {
	const char *lf = memchr(bytes, '\n', n), *cr;

	cr = memchr(bytes, '\r', lf ? (size_t)(lf - bytes) : n);
	return cr ? cr : lf;
}

/* ----------------------------------------------------------------------------------------------------------- from outside */

void saw_cli_parser_begin(struct saw_cli_parser *p, Sawatch__V1__Platform platform,
						  const struct saw_cli_command *command, const struct saw_sink *sink) {
	p->scan.platform = platform;
	p->scan.sink = *sink;
	p->scan.table = NULL;
	p->scan.records = p->scan.escaped = 0;
	p->scan.error = 0;
	p->fixed = command;
	p->off = p->echoed = p->prompted = p->headed = p->fixed_echoed = p->overlong = false;
	p->skipped = 0;
	p->hostname[0] = p->arguments[0] = 0;
	p->held_n = 0;
	p->line = 1;
	saw_buf_reset(&p->results);
	saw_arena_reset(p->names);
	if (command)
		begin_answer(p, command, saw_cli_command_name(command));
}

int saw_cli_parser_feed(struct saw_cli_parser *p, const char *bytes, size_t n) {
	while (n && !p->scan.error) {
		/* No further than a line may reach, so that a text without any line end is not searched over and over. */
		size_t window = n < LINE_MAX_BYTES + 1 ? n : LINE_MAX_BYTES + 1;
		const char *end = line_end(bytes, window);
		size_t length = end ? (size_t)(end - bytes) : window;

		if (end && !p->held_n && length <= LINE_MAX_BYTES) {
			take_line(p, (struct saw_str){bytes, length});
		} else {
			hold(p, bytes, length);
			if (end)
				take_held(p);
		}
		p->line += end && *end == '\n';
		length += end != NULL;
		bytes += length;
		n -= length;
	}
	return p->scan.error;
}

/* The text ends without a line end. A counter may then be cut in its digits: it would look like a restart. */
static bool take_last(struct saw_cli_parser *p) {
	struct saw_str line = saw_str_trim((struct saw_str){p->held, p->held_n});

	if (!p->scan.table || !line.n || line.p[0] != '#')
		return take_held(p);
	leave_unparsed(p, line);
	p->held_n = 0;
	return false;
}

int saw_cli_parser_end(struct saw_cli_parser *p, const struct saw_cli_result **results, size_t *n) {
	Sawatch__V1__DeviceSample facts = SAWATCH__V1__DEVICE_SAMPLE__INIT;
	bool cut = p->held_n && !p->scan.error && !take_last(p);
	struct saw_cli_result *last = result_at_hand(p);

	if (last) {
		/* Something always follows in a `show tech-support`: an answer that ends with the text may lack its end. */
		last->cut = cut || (p->headed && p->scan.table);
		last->other = p->fixed && (p->echoed || p->skipped) && !p->fixed_echoed;
	}
	end_answer(p);
	if (p->scan.escaped && p->scan.sink.facts && !p->scan.error) {
		facts.has_escaped_bytes = 1;
		facts.escaped_bytes = p->scan.escaped;
		p->scan.error = p->scan.sink.facts(p->scan.sink.ctx, &facts);
	}
	*results = (const struct saw_cli_result *)(const void *)p->results.data;
	*n = p->results.len / sizeof **results;
	return p->scan.error < 0 ? p->scan.error : 0;
}

uint64_t saw_cli_parser_skipped(const struct saw_cli_parser *p) {
	return p->skipped;
}

void saw_cli_report(struct saw_sample_builder *b, const struct saw_cli_result *r, const char *name) {
	Sawatch__V1__TableState state = SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE;
	Sawatch__V1__PollError error_class = 0;
	const char *error = NULL;
	char more[96];

	if (r->unparsed > UNPARSED_MAX) {
		snprintf(more, sizeof more, "%" PRIu64 " lines were not understood; the first %d are listed", r->unparsed,
				 UNPARSED_MAX);
		error = more;
	}
	if (r->refused) {
		state = SAWATCH__V1__TABLE_STATE__TABLE_STATE_FAILED;
		error_class = strstr(r->refused, "uthoriz") ? SAWATCH__V1__POLL_ERROR__POLL_ERROR_ACCESS
													: SAWATCH__V1__POLL_ERROR__POLL_ERROR_UNSUPPORTED;
		error = r->refused;
	} else if (r->other) {
		state = SAWATCH__V1__TABLE_STATE__TABLE_STATE_FAILED;
		error_class = SAWATCH__V1__POLL_ERROR__POLL_ERROR_UNSUPPORTED;
		error = "the text holds the answers of other commands, not of this one";
	} else if (r->cut) {
		state = SAWATCH__V1__TABLE_STATE__TABLE_STATE_PARTIAL;
		error_class = SAWATCH__V1__POLL_ERROR__POLL_ERROR_CUT;
		error = "the text ends in the middle of the answer";
	} else if (!r->records && r->unparsed && !r->empty) {
		state = SAWATCH__V1__TABLE_STATE__TABLE_STATE_PARTIAL;
		error_class = SAWATCH__V1__POLL_ERROR__POLL_ERROR_UNSUPPORTED;
		error = "nothing could be read from the answer's lines";
	}
	saw_sample_table(b, name ? name : r->name, state, r->records, error_class, error);
}
