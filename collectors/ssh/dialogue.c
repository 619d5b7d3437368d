/*
 * How an answer is told from what surrounds it:
 *  - Lines are taken as they end: echo, notices, load and refusals are recognised, the rest is text.
 *  - What has no line end yet is a prompt, a pager or a question only once the device has been silent for a while: bytes may be cut anywhere.
 *  - A name that was not seen before in front of a '#' or '>' counts only if a bare return brings it a second time: at login, and when the name
 *    changes. In the middle of an answer the return does no harm.
 *  - The first prompt may be lost to a message that ends its line: a return brings it again.
 */
#include "collectors/ssh/dialogue.h"

#include "collectors/ssh/lines.h"
#include "collectors/ssh/permit.h"
#include "collectors/ssh/terminal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MS UINT64_C(1000000)
#define SETTLE_NS (30 * MS) /* silence after a prompt that is known, a pager, a question */
#define PAGER_NS (2 * MS)   /* after a pager that is whole: there may be thousands, and a blank too many does no harm */
#define NEW_PROMPT_NS (250 * MS)  /* silence after a prompt not seen before, where one is expected */
#define ODD_PROMPT_NS (2000 * MS) /* and where none is */
#define PROBES_MAX 8              /* bare returns per line typed */
#define PROBES_LOGIN 2            /* those of them that are typed at login where no prompt stands */
#define TYPED_MAX 256
#define WORDS_MAX 512
#define REFUSAL_LINES 4 /* a refusal stands in the first of an answer */
#define EARLY_MAX 4096  /* bytes of lines before an echo */

enum state { LOGIN, SETUP, ANSWER, IDLE, CLOSED };

struct saw_dialogue {
	struct saw_dialogue_options options;
	struct saw_dialogue_hooks hooks;
	struct saw_terminal terminal;
	enum state state;
	size_t step; /* of the set-up: the next one */

	const struct saw_dialogue_command *commands;
	size_t n, at;
	bool running; /* a run was asked for and has not ended */

	char prompt[SAW_PROMPT_MAX + 1]; /* the name in it; empty: not known yet */
	char hostname[SAW_PROMPT_MAX + 1];
	char candidate[SAW_PROMPT_MAX + 1]; /* a prompt not seen before, and a return was typed to see it again */
	bool candidate_ended;               /* a line ended since */
	bool privileged;
	bool prompted; /* at login: what looked like the first prompt ended with a line, and only notices followed */
	unsigned probes;
	bool looked; /* at what stands there: more bytes must come before it is worth another look */

	/* Of the line that was typed last. */
	char typed[TYPED_MAX];
	bool echoing;                            /* its echo is not complete */
	size_t echoed;                           /* characters of it that have come back, blanks left out */
	bool secret_asked;                       /* and given */
	bool secret_wrong;                       /* the device says so */
	uint64_t typed_ns, deadline_ns, last_ns; /* last_ns: of the last byte that came */
	uint64_t raw, handed;
	unsigned lines; /* of text, blank ones left out */
	struct saw_dialogue_result result;
	char words[WORDS_MAX];

	/* Lines kept back until it is clear what they are: before the echo, and behind a prompt. */
	char early[EARLY_MAX];
	size_t early_n;
	char held[SAW_TERMINAL_LINE + 1]; /* a prompt with a line end; empty: none */
	size_t blanks;                    /* blank lines that came after it */
	bool noticed;                     /* and a notice */
	bool in_reload;
};

/* ----------------------------------------------------------------------------------------------------------------- the end */

static void close_with(struct saw_dialogue *d, Sawatch__V1__PollError error_class, const char *fmt, ...)
	SAW_PRINTF(3, 4);

static void close_with(struct saw_dialogue *d, Sawatch__V1__PollError error_class, const char *fmt, ...) {
	char text[SAW_ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	d->state = CLOSED;
	d->hooks.closed(d->hooks.ctx, error_class, text);
}

static double seconds(uint64_t ns) {
	return (double)ns / 1e9;
}

/* -------------------------------------------------------------------------------------------------------------- what is sent */

static void send(struct saw_dialogue *d, const char *bytes, size_t n, bool secret) {
	d->hooks.send(d->hooks.ctx, bytes, n, secret);
}

/* Types a line that the list permits; `allowance` is the time until the next prompt. */
static void type(struct saw_dialogue *d, enum state state, const char *text, uint64_t allowance, uint64_t now_ns) {
	char line[TYPED_MAX + 1];
	struct saw_err err;
	int n;

	if (!(state == SETUP ? saw_ssh_setup_permitted : saw_ssh_permitted)(d->options.platform, text, &err)) {
		close_with(d, SAWATCH__V1__POLL_ERROR__POLL_ERROR_INTERNAL, "%s", err.text);
		return;
	}
	d->state = state;
	snprintf(d->typed, sizeof d->typed, "%s", text);
	saw_terminal_wipe(&d->terminal);
	d->echoing = true;
	d->secret_asked = d->secret_wrong = d->noticed = d->in_reload = d->candidate_ended = d->prompted = false;
	d->echoed = d->raw = d->handed = d->blanks = d->early_n = 0;
	d->lines = d->probes = 0;
	d->candidate[0] = d->words[0] = d->held[0] = 0;
	d->result = (struct saw_dialogue_result){.end = SAW_DIALOGUE_ANSWERED};
	d->typed_ns = now_ns;
	d->deadline_ns = now_ns + allowance < now_ns ? UINT64_MAX : now_ns + allowance;
	n = snprintf(line, sizeof line, "%s\n", d->typed);
	send(d, line, (size_t)n, false);
}

/* -------------------------------------------------------------------------------------------------------------- the text */

static void hand_on(struct saw_dialogue *d, const char *bytes, size_t n) {
	size_t max = d->state == ANSWER ? d->commands[d->at].max_bytes : 0;
	size_t room = d->handed < max ? max - d->handed : 0;

	if (d->state != ANSWER || !n)
		return;
	if (n > room) {
		d->result.end = SAW_DIALOGUE_LONG;
		n = room;
	}
	d->handed += n;
	if (n)
		d->hooks.text(d->hooks.ctx, d->at, bytes, n);
}

static void hand_on_blanks(struct saw_dialogue *d) {
	static const char line_feeds[] = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";

	while (d->blanks) {
		size_t n = d->blanks < sizeof line_feeds - 1 ? d->blanks : sizeof line_feeds - 1;

		hand_on(d, line_feeds, n);
		d->blanks -= n;
	}
}

/* What was kept back is text after all. */
static void hand_on_held(struct saw_dialogue *d) {
	if (d->held[0]) {
		hand_on(d, d->held, strlen(d->held));
		hand_on(d, "\n", 1);
		d->held[0] = 0;
	}
	hand_on_blanks(d);
}

static void note(struct saw_dialogue *d, enum saw_dialogue_notice kind, struct saw_str line) {
	if (d->hooks.notice)
		d->hooks.notice(d->hooks.ctx, kind, line);
}

/* ------------------------------------------------------------------------------------------------------------------ lines */

static bool is_name(const char *name, struct saw_str s) {
	return name[0] && saw_str_eq(saw_str_of(name), s);
}

/* Takes `name` and a mark away from the start of s, where they are. */
static bool take_prompt(const char *name, struct saw_str *s, bool *privileged) {
	size_t n = strlen(name);

	if (!n || s->n <= n || memcmp(s->p, name, n) != 0 || (s->p[n] != '#' && s->p[n] != '>'))
		return false;
	*privileged = s->p[n] == '#';
	*s = saw_str_trim((struct saw_str){s->p + n + 1, s->n - n - 1});
	return true;
}

/* Is this line the known prompt, once or several times in a row, or the one that a return was typed to see again? */
static bool is_known_prompt(const struct saw_dialogue *d, struct saw_str line, struct saw_str *name, bool *privileged) {
	struct saw_str rest = line;

	*name = saw_str_of(d->prompt);
	while (rest.n && take_prompt(d->prompt, &rest, privileged))
		;
	if (line.n && !rest.n)
		return true;
	return d->candidate[0] && d->candidate_ended && saw_line_is_prompt(line, name, privileged) &&
		   is_name(d->candidate, *name);
}

/* Where the known prompt begins behind other text that has no line end; 0: nowhere. */
static size_t prompt_behind_text(const struct saw_dialogue *d, struct saw_str line) {
	size_t n = strlen(d->prompt);

	while (line.n && line.p[line.n - 1] == ' ')
		line.n--;
	if (!n || line.n < n + 2 || (line.p[line.n - 1] != '#' && line.p[line.n - 1] != '>'))
		return 0;
	return memcmp(line.p + line.n - 1 - n, d->prompt, n) == 0 ? line.n - 1 - n : 0;
}

/* What stands behind the last prompt in a line; the line where there is none. */
static struct saw_str behind_prompt(const struct saw_dialogue *d, struct saw_str line) {
	bool privileged;

	for (size_t i = line.n; i-- > 0;) {
		struct saw_str rest = {line.p + i, line.n - i};

		if (take_prompt(d->prompt, &rest, &privileged))
			return rest;
	}
	return line;
}

/* Do the characters of s, blanks aside, go on with `typed` from `from` on? *to: how far they go. */
static bool spells(const char *typed, size_t from, struct saw_str s, size_t *to) {
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == ' ')
			continue;
		while (typed[from] == ' ')
			from++;
		if (s.p[i] != typed[from])
			return false;
		from++;
	}
	*to = from;
	return true;
}

/* A line that is too long for the terminal is shown from somewhere in it, `$w platform hardware qfp…`, and once it is entered from
 * its beginning, `show platform har$`. */
static bool is_scrolled(const char *typed, struct saw_str s) {
	size_t n = strlen(typed);

	if (s.n < 5 || s.n > n)
		return false;
	if (s.p[s.n - 1] == '$')
		return memcmp(typed, s.p, s.n - 1) == 0;
	return (s.p[0] == '$' || s.p[0] == '<') && memcmp(typed + n - (s.n - 1), s.p + 1, s.n - 1) == 0;
}

/* The echo of what was typed, or a part of it: it may be wrapped, broken by a notice, and shown again from the prompt on. */
static bool take_echo(struct saw_dialogue *d, struct saw_str line) {
	struct saw_str rest = saw_str_trim(behind_prompt(d, line));
	size_t all = strlen(d->typed), to;

	if (is_scrolled(d->typed, rest))
		to = all;
	else if (!spells(d->typed, 0, rest, &to) && !spells(d->typed, d->echoed, rest, &to))
		return false;
	d->echoed = to;
	d->echoing = to < all;
	return true;
}

static void keep_words(struct saw_dialogue *d, struct saw_str line) {
	struct saw_buf words = SAW_BUF_INIT(sizeof d->words * 4);

	line = saw_str_trim(line);
	saw_put_clean(&words, line.p, line.n < WORDS_MAX / 4 ? line.n : WORDS_MAX / 4 - 1);
	snprintf(d->words, sizeof d->words, "%s", saw_buf_text(&words));
	saw_buf_free(&words);
	d->result.words = saw_str_of(d->words);
}

static void look_for_refusal(struct saw_dialogue *d, struct saw_str line) {
	enum saw_line_refusal refusal;

	if (d->state == SETUP && saw_line_is_wrong_secret(line))
		d->secret_wrong = true;
	if (d->result.end != SAW_DIALOGUE_ANSWERED || (d->state != LOGIN && d->lines >= REFUSAL_LINES))
		return;
	refusal = saw_line_refusal(line);
	if (refusal == SAW_LINE_NO_REFUSAL)
		return;
	d->result.end = refusal == SAW_LINE_DENIED ? SAW_DIALOGUE_DENIED : SAW_DIALOGUE_REFUSED;
	keep_words(d, line);
}

static void hold(struct saw_dialogue *d, struct saw_str line) {
	hand_on_held(d);
	memcpy(d->held, line.p, line.n);
	d->held[line.n] = 0;
	d->noticed = false;
}

static bool is_blank(struct saw_str line) {
	return saw_str_trim(line).n == 0;
}

/* A line of the answer that is neither a notice nor blank. */
static void take_words(struct saw_dialogue *d, struct saw_str line) {
	struct saw_str name;
	bool privileged;
	size_t at;

	if (is_known_prompt(d, line, &name, &privileged)) {
		hold(d, line);
		return;
	}
	at = d->probes ? prompt_behind_text(d, line) : 0;
	if (at) {
		hand_on_held(d);
		hand_on(d, line.p, at);
		hand_on(d, "\n", 1);
		hold(d, (struct saw_str){line.p + at, line.n - at});
		return;
	}
	d->candidate[0] = 0;
	d->prompted = d->state == LOGIN && saw_line_is_prompt(line, &name, &privileged);
	if (!d->lines && saw_line_is_load(line, &d->result.has_cpu, &d->result.cpu_percent))
		return;
	look_for_refusal(d, line);
	d->lines++;
	hand_on_held(d);
	hand_on(d, line.p, line.n);
	hand_on(d, "\n", 1);
}

/* The lines that came before the echo: notices of a kind that is not known where the echo came behind them, the answer where none came. */
static void settle_early(struct saw_dialogue *d, bool answer) {
	struct saw_str rest = {d->early, d->early_n}, line;

	d->early_n = 0;
	for (; rest.n; rest = (struct saw_str){rest.p + line.n + 1, rest.n - line.n - 1}) {
		line = (struct saw_str){rest.p, (size_t)((const char *)memchr(rest.p, '\n', rest.n) - rest.p)};
		if (answer && !is_blank(line))
			take_words(d, line);
		else if (answer)
			d->blanks++;
		else if (!is_blank(line))
			note(d, SAW_DIALOGUE_MESSAGE, saw_str_trim(line));
	}
}

/* The device does not show what is typed. */
static void give_up_echo(struct saw_dialogue *d) {
	if (!d->echoing)
		return;
	d->echoing = false;
	settle_early(d, true);
}

/* A line before the end of the echo. */
static void take_early(struct saw_dialogue *d, struct saw_str line) {
	if (!is_blank(line) && take_echo(d, line)) {
		if (!d->echoing)
			settle_early(d, false);
	} else if (d->early_n + line.n < sizeof d->early) {
		memcpy(d->early + d->early_n, line.p, line.n);
		d->early_n += line.n;
		d->early[d->early_n++] = '\n';
	} else {
		give_up_echo(d);
		take_words(d, line);
	}
}

/* A line has ended. */
static void take_line(struct saw_dialogue *d) {
	struct saw_terminal *t = &d->terminal;
	struct saw_str line = saw_terminal_line(t);
	size_t at = 0;

	d->candidate_ended = true;
	if (t->torn) {
		hand_on(d, line.p, line.n);
		hand_on(d, "\n", 1);
		t->torn = false;
	} else if (saw_line_is_log(line, &at)) {
		note(d, SAW_DIALOGUE_MESSAGE, saw_str_trim((struct saw_str){line.p + at, line.n - at}));
		d->noticed = true;
		if (is_blank((struct saw_str){line.p, at}))
			at = 0;
	} else if (saw_line_is_reload(line, &d->in_reload)) {
		note(d, SAW_DIALOGUE_RELOAD, line);
		d->noticed = true;
		d->blanks = 0; /* those before it belong to it */
	} else if (d->echoing) {
		take_early(d, line);
	} else if (!is_blank(line)) {
		take_words(d, line);
	} else if (!d->in_reload) {
		d->blanks++;
	}
	saw_terminal_keep(t, at);
}

/* A line is longer than the buffer. */
static void take_part_of_line(struct saw_dialogue *d) {
	give_up_echo(d);
	d->candidate[0] = 0;
	hand_on_held(d);
	hand_on(d, d->terminal.line, d->terminal.n);
	d->lines += !d->terminal.torn;
	saw_terminal_keep(&d->terminal, 0);
	d->terminal.torn = true;
}

/* ------------------------------------------------------------------------------------------------------- what comes next */

static bool wants_enable(const struct saw_dialogue *d) {
	return d->options.enable_secret && !d->privileged;
}

static void enabled(struct saw_dialogue *d) {
	if (d->privileged)
		return;
	if (d->secret_asked)
		close_with(d, SAWATCH__V1__POLL_ERROR__POLL_ERROR_AUTH, "the enable secret was not accepted");
	else
		close_with(d, SAWATCH__V1__POLL_ERROR__POLL_ERROR_ACCESS, "enable was refused%s%s", d->words[0] ? ": " : "",
				   d->words);
}

static bool wants_context(const struct saw_dialogue *d) {
	return d->options.platform == SAWATCH__V1__PLATFORM__PLATFORM_ASA && d->options.context;
}

static void context_changed(struct saw_dialogue *d) {
	if (d->result.end != SAW_DIALOGUE_ANSWERED)
		close_with(d,
				   d->result.end == SAW_DIALOGUE_DENIED ? SAWATCH__V1__POLL_ERROR__POLL_ERROR_ACCESS
														: SAWATCH__V1__POLL_ERROR__POLL_ERROR_UNSUPPORTED,
				   "'%s' was refused: %s", d->typed, d->words);
}

/* How a session begins. A pager that could not be turned off is answered page by page. */
static const struct step {
	const char *typed; /* the context goes behind a last blank */
	bool (*wanted)(const struct saw_dialogue *d);
	void (*ended)(struct saw_dialogue *d);
} steps[] = {
	{"enable", wants_enable, enabled},  {"changeto context ", wants_context, context_changed},
	{"terminal pager 0", NULL, NULL},   {"terminal length 0", NULL, NULL},
	{"terminal width 512", NULL, NULL},
};

#define STEPS (sizeof steps / sizeof steps[0])

/* At a prompt: types the next line, or waits. */
static void advance(struct saw_dialogue *d, uint64_t now_ns) {
	while (d->step < STEPS) {
		const struct step *s = &steps[d->step++];
		char line[TYPED_MAX];

		if (s->wanted ? !s->wanted(d) : !saw_ssh_setup_permitted(d->options.platform, s->typed, NULL))
			continue;
		snprintf(line, sizeof line, "%s%s", s->typed, s->typed[strlen(s->typed) - 1] == ' ' ? d->options.context : "");
		type(d, SETUP, line, d->options.prompt_ns, now_ns);
		return;
	}
	if (d->running && d->at < d->n) {
		type(d, ANSWER, d->commands[d->at].text, d->commands[d->at].deadline_ns, now_ns);
		return;
	}
	d->state = IDLE;
	d->deadline_ns = UINT64_MAX;
	if (d->running) {
		d->running = false;
		if (d->hooks.idle)
			d->hooks.idle(d->hooks.ctx);
	}
}

static void learn(struct saw_dialogue *d, struct saw_str name) {
	char change[2 * SAW_PROMPT_MAX + 64];
	size_t host = name.n;

	if (d->state == ANSWER) {
		snprintf(change, sizeof change, "the prompt was %s and is %.*s now", d->prompt, (int)name.n, name.p);
		note(d, SAW_DIALOGUE_RENAMED, saw_str_of(change));
	}
	memmove(d->prompt, name.p, name.n);
	d->prompt[name.n] = 0;
	if (d->options.platform == SAWATCH__V1__PLATFORM__PLATFORM_ASA && strchr(d->prompt, '/'))
		host = (size_t)(strchr(d->prompt, '/') - d->prompt);
	memcpy(d->hostname, d->prompt, host);
	d->hostname[host] = 0;
}

static void report(struct saw_dialogue *d, enum saw_dialogue_end end) {
	d->result.end = end;
	d->result.bytes = d->raw;
	d->result.took_ns = d->last_ns > d->typed_ns ? d->last_ns - d->typed_ns : 0;
	d->hooks.answered(d->hooks.ctx, d->at, &d->result);
}

/* What was kept back is text where no prompt was held; behind one it is the empty lines of a notice or of a bare return. */
static void end_answer(struct saw_dialogue *d, enum saw_dialogue_end end) {
	if (!d->held[0])
		hand_on_blanks(d);
	report(d, end == SAW_DIALOGUE_ANSWERED ? d->result.end : end);
	d->at++;
}

static void at_prompt(struct saw_dialogue *d, struct saw_str name, bool privileged, uint64_t now_ns) {
	give_up_echo(d);
	if (!is_name(d->prompt, name))
		learn(d, name);
	d->privileged = privileged;
	if (strstr(d->prompt, "(config")) {
		if (d->state == ANSWER)
			end_answer(d, SAW_DIALOGUE_CUT);
		close_with(d, SAWATCH__V1__POLL_ERROR__POLL_ERROR_PROTOCOL,
				   "the session is in configuration mode ('%s'): it is left", d->prompt);
		return;
	}
	if (d->state == SETUP && steps[d->step - 1].ended)
		steps[d->step - 1].ended(d);
	else if (d->state == ANSWER)
		end_answer(d, SAW_DIALOGUE_ANSWERED);
	if (d->state != CLOSED)
		advance(d, now_ns);
}

/* ------------------------------------------------------------------------------------------ what stands in the last line */

enum sight { NOTHING, PROMPT, PAGER, QUESTION, NEW_PROMPT, LOST_PROMPT };

/* What the line without an end is, and how long the device must be silent before that counts. */
static enum sight look(const struct saw_dialogue *d, struct saw_str *name, bool *flag, uint64_t *silence) {
	struct saw_str line = saw_terminal_line(&d->terminal), held = saw_str_of(d->held);

	*silence = SETTLE_NS;
	if (d->terminal.torn || d->looked || d->state == IDLE)
		return NOTHING;
	/* A notice came right behind the prompt, and the prompt is not shown again. */
	if (!line.n && d->noticed && is_known_prompt(d, held, name, flag))
		return PROMPT;
	if (is_known_prompt(d, line, name, flag)) {
		if (d->echoing)
			*silence = ODD_PROMPT_NS;
		return PROMPT;
	}
	if (saw_line_is_pager(line, flag)) {
		if (*flag)
			*silence = PAGER_NS;
		return PAGER;
	}
	if ((d->state == LOGIN || d->state == SETUP) && saw_line_is_login_question(line, flag)) {
		if (d->state == LOGIN)
			*silence = ODD_PROMPT_NS; /* "Last login: " of a banner is none, and to take it for one would lock us out */
		return QUESTION;
	}
	if (d->probes == PROBES_MAX || (d->candidate[0] && !d->candidate_ended)) /* the last return is not answered yet */
		return NOTHING;
	*silence = d->state == ANSWER || d->echoing ? ODD_PROMPT_NS : NEW_PROMPT_NS;
	if (saw_line_is_prompt(line, name, flag))
		return NEW_PROMPT;
	*silence = ODD_PROMPT_NS;
	*name = saw_str_of(d->prompt);
	if (d->prompted && is_blank(line) && d->probes < PROBES_LOGIN)
		return LOST_PROMPT;
	return prompt_behind_text(d, line) ? NEW_PROMPT : NOTHING;
}

static void answer_question(struct saw_dialogue *d, bool secret) {
	const char *s = d->options.enable_secret;

	give_up_echo(d);
	if (d->state == LOGIN) {
		close_with(d, SAWATCH__V1__POLL_ERROR__POLL_ERROR_AUTH,
				   "the device asks for a user or password again after the SSH login");
	} else if (!secret || steps[d->step - 1].ended != enabled) {
		close_with(d, SAWATCH__V1__POLL_ERROR__POLL_ERROR_ACCESS, "the device asks for a user or password after '%s'",
				   d->typed);
	} else if (d->secret_asked || d->secret_wrong) {
		/* Never a second time: the device may count. */
		close_with(d, SAWATCH__V1__POLL_ERROR__POLL_ERROR_AUTH, "the enable secret was not accepted");
	} else if (strpbrk(s, "\r\n")) {
		close_with(d, SAWATCH__V1__POLL_ERROR__POLL_ERROR_AUTH,
				   "the enable secret holds a line end and cannot be typed");
	} else {
		saw_terminal_wipe(&d->terminal);
		d->secret_asked = true;
		send(d, s, strlen(s), true);
		send(d, "\n", 1, false);
	}
}

static void probe(struct saw_dialogue *d, struct saw_str name) {
	memcpy(d->candidate, name.p, name.n);
	d->candidate[name.n] = 0;
	d->candidate_ended = false;
	d->probes++;
	send(d, "\n", 1, false);
}

static void act(struct saw_dialogue *d, uint64_t now_ns) {
	struct saw_str name;
	uint64_t silence;
	bool flag = false;
	enum sight sight = look(d, &name, &flag, &silence);

	if (sight == NOTHING || now_ns < d->last_ns + silence)
		return;
	d->looked = true;
	if (sight == PROMPT) {
		at_prompt(d, name, flag, now_ns);
	} else if (sight == PAGER) {
		saw_terminal_wipe(&d->terminal);
		send(d, " ", 1, false);
	} else if (sight == QUESTION) {
		answer_question(d, flag);
	} else {
		probe(d, name);
	}
}

/* The answer ends without a prompt; what came of its last line is handed on without a line end. */
static void break_off(struct saw_dialogue *d, enum saw_dialogue_end end) {
	if (!d->echoing) {
		hand_on_held(d);
		hand_on(d, d->terminal.line, d->terminal.n);
	}
	give_up_echo(d);
	report(d, end);
}

static void too_late(struct saw_dialogue *d) {
	struct saw_str line = saw_terminal_line(&d->terminal);

	if (d->state == ANSWER) {
		break_off(d, SAW_DIALOGUE_LATE);
		close_with(d, SAWATCH__V1__POLL_ERROR__POLL_ERROR_TIMEOUT, "no end of the answer to '%s' within %.3g s",
				   d->typed, seconds(d->deadline_ns - d->typed_ns));
	} else if (d->state == SETUP) {
		close_with(d, SAWATCH__V1__POLL_ERROR__POLL_ERROR_TIMEOUT, "no prompt within %.3g s after '%s'",
				   seconds(d->deadline_ns - d->typed_ns), d->typed);
	} else {
		keep_words(d, line);
		close_with(d, SAWATCH__V1__POLL_ERROR__POLL_ERROR_TIMEOUT,
				   "no prompt within %.3g s after the login; the last line is '%s'",
				   seconds(d->deadline_ns - d->typed_ns), d->words);
	}
}

/* ----------------------------------------------------------------------------------------------------------- from outside */

struct saw_dialogue *saw_dialogue_create(const struct saw_dialogue_options *options,
										 const struct saw_dialogue_hooks *hooks, uint64_t now_ns) {
	struct saw_dialogue *d = calloc(1, sizeof *d);

	if (!d)
		return NULL;
	d->options = *options;
	d->hooks = *hooks;
	d->state = LOGIN;
	d->typed_ns = d->last_ns = now_ns;
	d->deadline_ns = now_ns + options->prompt_ns < now_ns ? UINT64_MAX : now_ns + options->prompt_ns;
	return d;
}

void saw_dialogue_destroy(struct saw_dialogue *d) {
	if (!d)
		return;
	explicit_bzero(d, sizeof *d);
	free(d);
}

int saw_dialogue_run(struct saw_dialogue *d, const struct saw_dialogue_command *commands, size_t n, uint64_t now_ns) {
	struct saw_err err;

	if (d->state == CLOSED)
		return -EPIPE;
	if (d->running)
		return -EBUSY;
	for (size_t i = 0; i < n; i++)
		if (!saw_ssh_permitted(d->options.platform, commands[i].text, &err))
			return err.code;
	d->commands = commands;
	d->n = n;
	d->at = 0;
	d->running = true;
	if (d->state == IDLE)
		advance(d, now_ns);
	return 0;
}

void saw_dialogue_bytes(struct saw_dialogue *d, const char *bytes, size_t n, uint64_t now_ns) {
	if (d->state == CLOSED || !n)
		return;
	d->last_ns = now_ns;
	d->looked = false;
	d->raw += n;
	while (n) {
		enum saw_terminal_event event;
		size_t taken = saw_terminal_take(&d->terminal, bytes, n, &event);

		bytes += taken;
		n -= taken;
		if (event == SAW_TERMINAL_LINE_ENDED)
			take_line(d);
		else if (event == SAW_TERMINAL_LINE_FULL)
			take_part_of_line(d);
	}
}

void saw_dialogue_eof(struct saw_dialogue *d, uint64_t now_ns) {
	struct saw_str name;
	bool privileged;

	(void)now_ns;
	if (d->state == CLOSED)
		return;
	if (d->state == ANSWER) {
		if (!d->echoing && is_known_prompt(d, saw_terminal_line(&d->terminal), &name, &privileged))
			end_answer(d, SAW_DIALOGUE_ANSWERED);
		else
			break_off(d, SAW_DIALOGUE_CUT);
		close_with(d, SAWATCH__V1__POLL_ERROR__POLL_ERROR_CUT, "the device ended the session after '%s'", d->typed);
	} else if (d->state == SETUP && (d->secret_wrong || d->secret_asked)) {
		close_with(d, SAWATCH__V1__POLL_ERROR__POLL_ERROR_AUTH, "the device ended the session at the enable secret");
	} else if (d->result.end == SAW_DIALOGUE_DENIED) {
		close_with(d, SAWATCH__V1__POLL_ERROR__POLL_ERROR_ACCESS, "the device ended the session: %s", d->words);
	} else {
		close_with(d, SAWATCH__V1__POLL_ERROR__POLL_ERROR_CUT, "the device ended the session %s",
				   d->state == LOGIN   ? "before it showed a prompt"
				   : d->state == SETUP ? "while it was set up"
									   : "while it waited");
	}
}

void saw_dialogue_timer(struct saw_dialogue *d, uint64_t now_ns) {
	if (d->state != CLOSED)
		act(d, now_ns);
	if (d->state != CLOSED && d->state != IDLE && now_ns >= d->deadline_ns)
		too_late(d);
}

uint64_t saw_dialogue_next_ns(const struct saw_dialogue *d) {
	struct saw_str name;
	uint64_t silence, due;
	bool flag;

	if (d->state == CLOSED || d->state == IDLE)
		return UINT64_MAX;
	if (look(d, &name, &flag, &silence) == NOTHING)
		return d->deadline_ns;
	due = d->last_ns + silence;
	return due < d->deadline_ns ? due : d->deadline_ns;
}

const char *saw_dialogue_hostname(const struct saw_dialogue *d) {
	return d->hostname;
}

bool saw_dialogue_privileged(const struct saw_dialogue *d) {
	return d->privileged;
}
