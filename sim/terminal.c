#include "sim/terminal.h"

#include "sim/cli.h"
#include "sim/filter.h"
#include "sim/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_CHARS 1024
#define ROWS 24
#define COLUMNS 80
#define TRIES 3
#define CONTEXT_MAX 33
#define ERASE 0x7f
#define CTRL(letter) ((letter)&0x1f)

static const struct {
	const char *more, *unmore; /* the pager, and what wipes it away */
	int page_less;             /* lines of a page besides text */
	const char *password_wrong, *password_refused;
	const char *denied, *goodbye;
	const char *motd;
} platforms[SAW_SIM_DEVICES] = {
	[SAW_SIM_ASA] = {.more = "<--- More --->",
					 .unmore = "\r              \r",
					 .password_wrong = "Invalid password\n",
					 .password_refused = "Access denied.\n",
					 .denied = "Command authorization failed\n",
					 .goodbye = "\nLogoff\n\n",
					 .motd =
						 "Managed device. Change window: Tuesday> 22:00 UTC.\nTicket number # goes into the log.\n"},
	[SAW_SIM_ASR] = {.more = " --More-- ",
					 .unmore = "\b\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b\b",
					 .page_less = 1,
					 .password_wrong = "",
					 .password_refused = "% Bad secrets\n\n",
					 .denied = "% Authorization failed.\n\n",
					 .goodbye = "",
					 .motd = "\n*****************************\n* Ticket # before any change\n* Desk> 24 hours\n"
							 "*****************************\n"},
};

static const char banner[] = "Only for those who are allowed to.\nEverything that is typed is recorded #\n";

/* Contexts that an ASA can be changed to. */
static const char *const contexts[] = {"admin", "ctx", "wan"};

enum action {
	ENABLE,
	DISABLE,
	CONFIGURE,
	LEAVE_CONFIG,
	LOGOUT,
	EXIT,
	LINES,
	WIDTH,
	NOTHING,
	CHANGE_CONTEXT,
	CHANGE_SYSTEM
};

#define USER 1
#define PRIVILEGED 2
#define CONFIG 4
#define ASA (1 << SAW_SIM_ASA)
#define ASR (1 << SAW_SIM_ASR)

static const struct own {
	const char *pattern;
	int devices, modes;
	enum action action;
} own[] = {
	{"enable", ASA | ASR, USER | PRIVILEGED, ENABLE},
	{"enable NUMBER", ASA | ASR, USER | PRIVILEGED, ENABLE},
	{"disable", ASA | ASR, PRIVILEGED, DISABLE},
	{"exit", ASA | ASR, USER | PRIVILEGED | CONFIG, EXIT},
	{"quit", ASA, USER | PRIVILEGED | CONFIG, EXIT},
	{"quit", ASR, USER | PRIVILEGED, EXIT},
	{"logout", ASA | ASR, USER | PRIVILEGED, LOGOUT},
	{"end", ASA | ASR, CONFIG, LEAVE_CONFIG},
	{"configure terminal", ASA | ASR, PRIVILEGED, CONFIGURE},
	{"terminal length NUMBER", ASR, USER | PRIVILEGED, LINES},
	{"terminal width NUMBER", ASR, USER | PRIVILEGED, WIDTH},
	{"terminal pager NUMBER", ASA, PRIVILEGED | CONFIG, LINES},
	{"terminal pager lines NUMBER", ASA, PRIVILEGED | CONFIG, LINES},
	{"terminal width NUMBER", ASA, CONFIG, WIDTH},
	{"terminal monitor", ASA | ASR, PRIVILEGED, NOTHING},
	{"terminal no monitor", ASA | ASR, PRIVILEGED, NOTHING},
	{"changeto context NAME", ASA, PRIVILEGED | CONFIG, CHANGE_CONTEXT},
	{"changeto system", ASA, PRIVILEGED | CONFIG, CHANGE_SYSTEM},
};

struct saw_sim_terminal {
	const struct saw_sim_model *model;
	enum saw_sim_dev dev;
	char host[SAW_SIM_TEXT_MAX], user[SAW_SIM_TEXT_MAX], context[CONTEXT_MAX];
	char *enable_secret;
	enum { AT_PROMPT, AT_PASSWORD, AT_MORE, OVER } state;
	bool privileged, config;
	unsigned tries;
	unsigned rows;    /* 0: no paging */
	unsigned columns; /* 0: without end */
	char line[LINE_MAX_CHARS];
	size_t typed;
	size_t visible;    /* columns behind the prompt that show it */
	bool after_return; /* a line feed behind it ends no other line */
	struct saw_buf answer;
	size_t shown;               /* of the answer */
	unsigned newlines, prompts; /* shown: every other one differs */
};

struct saw_sim_terminal *saw_sim_terminal_create(const struct saw_sim_model *model,
												 const struct saw_sim_terminal_options *o) {
	struct saw_sim_terminal *t = calloc(1, sizeof(*t));
	if (!t) {
		return NULL;
	}
	t->model = model;
	t->dev = o->dev;
	t->privileged = o->privileged;
	t->rows = ROWS;
	t->columns = COLUMNS;
	saw_buf_init(&t->answer, SAW_SIM_CLI_MAX);
	snprintf(t->host, sizeof(t->host), "%s", o->host ? o->host : "");
	snprintf(t->user, sizeof(t->user), "%s", o->user);
	t->enable_secret = o->enable_secret ? strdup(o->enable_secret) : NULL;
	if (o->enable_secret && !t->enable_secret) {
		saw_sim_terminal_destroy(t);
		return NULL;
	}
	return t;
}

void saw_sim_terminal_destroy(struct saw_sim_terminal *t) {
	if (!t) {
		return;
	}
	if (t->enable_secret) {
		explicit_bzero(t->enable_secret, strlen(t->enable_secret));
	}
	explicit_bzero(t->line, sizeof(t->line));
	free(t->enable_secret);
	saw_buf_free(&t->answer);
	free(t);
}

bool saw_sim_terminal_over(const struct saw_sim_terminal *t) {
	return t->state == OVER;
}

const char *saw_sim_banner(const struct saw_sim_model *model, enum saw_sim_dev dev) {
	return saw_sim_model_quirk(model, dev, SAW_SIM_QUIRK_BANNER) ? banner : "";
}

static bool quirk(const struct saw_sim_terminal *t, enum saw_sim_quirk q) {
	return saw_sim_model_quirk(t->model, t->dev, q);
}

void saw_sim_terminal_window(struct saw_sim_terminal *t, unsigned rows, unsigned columns) {
	t->rows = rows ? rows : ROWS;
	t->columns = columns && t->dev == SAW_SIM_ASR ? columns : COLUMNS;
}

/* -------------------------------------------------------------------------------------------------------------- showing */

static void newline(struct saw_sim_terminal *t, struct saw_buf *out) {
	static const char *const odd[] = {"\r\r\n", "\n\r", "\r\n\r", "\r\n"};
	bool is_odd = quirk(t, SAW_SIM_QUIRK_ODD_NEWLINES);
	saw_buf_puts(out, is_odd ? odd[t->newlines++ % (sizeof(odd) / sizeof(odd[0]))] : "\r\n");
}

/* Text with '\n' as the terminal shows it. */
static void show(struct saw_sim_terminal *t, struct saw_str text, struct saw_buf *out) {
	while (text.n > 0) {
		const char *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;
		saw_buf_put(out, text.p, n);
		if (end) {
			newline(t, out);
			n++;
		}
		text.p += n;
		text.n -= n;
	}
}

static const char *prompt(const struct saw_sim_terminal *t, char whole[SAW_SIM_PROMPT_MAX]) {
	char name[SAW_SIM_PROMPT_MAX - 2];
	const char *host = t->host[0] ? t->host : saw_sim_model_hostname(t->model, t->dev);
	snprintf(name, sizeof(name), "%.40s%s%s%s", host, t->context[0] ? "/" : "", t->context,
			 t->config ? "(config)" : "");
	return saw_sim_prompt(t->dev, name, t->privileged, whole);
}

static void put_log_line(const struct saw_sim_terminal *t, uint64_t now_ms, struct saw_buf *text) {
	if (t->dev == SAW_SIM_ASA) {
		saw_buf_printf(text, "%%ASA-5-111008: User '%s' executed the 'show clock' command.\n", t->user);
	} else {
		struct saw_sim_date now = saw_sim_date((int64_t)now_ms);
		saw_buf_printf(text, "*%.6s %s: ", now.day + 4, now.time);
		saw_buf_printf(text, "%%SYS-5-CONFIG_I: Configured from console by %s on vty0 (192.0.2.10)\n", t->user);
	}
}

/* What a device puts between the lines of an answer, about one in seven. */
static void interrupt(struct saw_sim_terminal *t, uint64_t now_ms, struct saw_buf *out) {
	struct saw_buf text = SAW_BUF_INIT(1024);
	if (quirk(t, SAW_SIM_QUIRK_SYSLOG_LINES)) {
		put_log_line(t, now_ms, &text);
	}
	if (quirk(t, SAW_SIM_QUIRK_RELOAD_NOTICE)) {
		saw_buf_puts(&text, "\n\n***\n*** --- SHUTDOWN in 0:05:00 ---\n***\n\n");
	}
	show(t, (struct saw_str){saw_buf_text(&text), text.len}, out);
	saw_buf_free(&text);
}

/* A log message may come while the device waits at its prompt, which only `logging synchronous` shows again. */
static void show_prompt(struct saw_sim_terminal *t, uint64_t now_ms, struct saw_buf *out) {
	char whole[SAW_SIM_PROMPT_MAX];
	struct saw_buf text = SAW_BUF_INIT(1024);
	t->state = AT_PROMPT;
	t->typed = t->visible = 0;
	saw_buf_puts(out, prompt(t, whole));
	if (quirk(t, SAW_SIM_QUIRK_SYSLOG_AT_PROMPT)) {
		saw_buf_putc(&text, '\n');
		put_log_line(t, now_ms, &text);
		saw_buf_puts(&text, t->prompts++ % 2 ? "" : whole);
	}
	show(t, (struct saw_str){saw_buf_text(&text), text.len}, out);
	saw_buf_free(&text);
}

/* Up to so many lines of the answer (0: all), then the pager's prompt or the next one. */
static void show_page(struct saw_sim_terminal *t, uint64_t now_ms, unsigned lines, struct saw_buf *out) {
	for (unsigned n = 1; t->shown < t->answer.len; n++) {
		const char *from = saw_buf_text(&t->answer) + t->shown;
		size_t left = t->answer.len - t->shown;
		const char *end = memchr(from, '\n', left);
		struct saw_str line = {from, end ? (size_t)(end + 1 - from) : left};
		if (lines && n > lines) {
			saw_buf_puts(out, platforms[t->dev].more);
			t->state = AT_MORE;
			return;
		}
		show(t, line, out);
		t->shown += line.n;
		if (n % 7 == 3) {
			interrupt(t, now_ms, out);
		}
	}
	saw_buf_reset(&t->answer);
	t->shown = 0;
	show_prompt(t, now_ms, out);
}

static unsigned page(const struct saw_sim_terminal *t) {
	unsigned rows = t->rows ? t->rows : quirk(t, SAW_SIM_QUIRK_PAGER_ALWAYS) ? ROWS : 0;
	return rows > 1 ? rows - (unsigned)platforms[t->dev].page_less : rows;
}

/* ------------------------------------------------------------------------------------------------------------- commands */

static void ask_password(struct saw_sim_terminal *t, struct saw_buf *out) {
	t->state = AT_PASSWORD;
	t->typed = 0;
	saw_buf_puts(out, "Password: ");
}

static void leave(struct saw_sim_terminal *t, struct saw_buf *out) {
	show(t, saw_str_of(platforms[t->dev].goodbye), out);
	t->state = OVER;
}

static void change_context(struct saw_sim_terminal *t, struct saw_str name) {
	for (size_t i = 0; i < sizeof(contexts) / sizeof(contexts[0]); i++) {
		if (saw_str_eq(name, saw_str_of(contexts[i]))) {
			snprintf(t->context, sizeof(t->context), "%s", contexts[i]);
			return;
		}
	}
	saw_buf_printf(&t->answer, "ERROR: Context %.*s does not exist\n", (int)(name.n < 32 ? name.n : 32), name.p);
}

/* False when another prompt than the usual one follows. */
static bool act(struct saw_sim_terminal *t, enum action action, const struct saw_sim_words *w, struct saw_buf *out) {
	switch (action) {
	case ENABLE:
		if (!t->privileged && (t->enable_secret || t->dev == SAW_SIM_ASA)) {
			t->tries = 0;
			ask_password(t, out);
			return false;
		}
		t->privileged = true;
		break;
	case DISABLE:
		t->privileged = false;
		break;
	case CONFIGURE:
		if (t->dev == SAW_SIM_ASR) {
			saw_buf_puts(&t->answer, "Enter configuration commands, one per line.  End with CNTL/Z.\n");
		}
		t->config = true;
		break;
	case EXIT:
		if (!t->config) {
			leave(t, out);
			return false;
		}
		t->config = false;
		break;
	case LEAVE_CONFIG:
		t->config = false;
		break;
	case LOGOUT:
		leave(t, out);
		return false;
	case LINES:
		t->rows = w->number;
		break;
	case CHANGE_CONTEXT:
		change_context(t, w->name);
		break;
	case CHANGE_SYSTEM:
		t->context[0] = '\0';
		break;
	case WIDTH:
		t->columns = w->number;
		break;
	case NOTHING:
		break;
	}
	return true;
}

static int mode(const struct saw_sim_terminal *t) {
	return t->config ? CONFIG : t->privileged ? PRIVILEGED : USER;
}

/* The command of the terminal's own that the line is, NULL for none. */
static const struct own *find(const struct saw_sim_terminal *t, struct saw_str line, struct saw_sim_words *w, int *why,
							  size_t *reach) {
	*why = SAW_EUNKNOWN;
	*reach = 0;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		size_t here = 0;
		if (!(own[i].devices & 1 << t->dev) || !(own[i].modes & mode(t))) {
			continue;
		}
		enum saw_sim_fit fit = saw_sim_words_fit(own[i].pattern, line, w, &here);
		if (fit == SAW_SIM_FITS) {
			return &own[i];
		}
		if (fit == SAW_SIM_INCOMPLETE) {
			*why = SAW_ETRUNCATED;
		}
		*reach = here > *reach ? here : *reach;
	}
	return NULL;
}

static bool is_denied(const struct saw_sim_terminal *t, struct saw_str line) {
	const char *denied = saw_sim_model_denied(t->model, t->dev);
	char pattern[SAW_SIM_TEXT_MAX + 4];
	struct saw_sim_words w;
	size_t reach;
	snprintf(pattern, sizeof(pattern), "%s ...", denied);
	return denied[0] && saw_sim_words_fit(pattern, line, &w, &reach) == SAW_SIM_FITS;
}

/* A show command, with what may stand behind a bar, into the answer. *reach: how much of it was understood. */
static int run(struct saw_sim_terminal *t, const struct saw_sim_cli *cli, struct saw_str line, size_t *reach) {
	const char *bar = memchr(line.p, '|', line.n);
	size_t before = t->answer.len, n = bar ? (size_t)(bar - line.p) : line.n;
	int r = saw_sim_cli_run(cli, (struct saw_str){line.p, n}, reach, &t->answer);
	if (r == 0 && bar) {
		r = saw_sim_filter(t->dev, (struct saw_str){bar + 1, line.n - n - 1}, before, &t->answer);
		if (r != 0) {
			t->answer.len = before;
			*reach = n + 2 < line.n ? n + 2 : line.n;
			return r == SAW_ETRUNCATED ? r : SAW_EUNKNOWN;
		}
	}
	return r;
}

/* A show command, into the answer. why and reach: what find() said. */
static int answer(struct saw_sim_terminal *t, uint64_t now_ms, struct saw_str line, int why, size_t reach) {
	const struct saw_sim_cli cli = {t->model, t->dev, now_ms, t->privileged, t->host[0] ? t->host : NULL};
	char text[SAW_SIM_PROMPT_MAX];
	size_t here = 0;
	if (is_denied(t, line)) {
		saw_buf_puts(&t->answer, platforms[t->dev].denied);
		return SAW_EAUTH;
	}
	if (t->dev == SAW_SIM_ASR && quirk(t, SAW_SIM_QUIRK_PROMPT_TIMESTAMP)) {
		struct saw_sim_device d;
		saw_sim_model_device(t->model, t->dev, now_ms, &d);
		saw_buf_printf(&t->answer, "Load for five secs: %u%%/1%%; one minute: %u%%; five minutes: %u%%\n",
					   d.cpu_percent, d.cpu_percent, d.cpu_percent);
		struct saw_sim_date now = saw_sim_date((int64_t)now_ms);
		saw_buf_printf(&t->answer, "Time source is NTP, %s UTC %s\n\n", now.time, now.day);
	}
	bool shows = t->dev == SAW_SIM_ASA || !t->config; /* a router's configuration mode knows no show */
	int r = shows ? run(t, &cli, line, &here) : SAW_EUNKNOWN;
	if (r == SAW_EUNKNOWN || r == SAW_ETRUNCATED) {
		reach = here > reach ? here : reach;
		saw_sim_cli_complain(t->dev, r == SAW_ETRUNCATED ? r : why, strlen(prompt(t, text)) + reach, &t->answer);
	}
	return r;
}

static void obey(struct saw_sim_terminal *t, uint64_t now_ms, struct saw_buf *out) {
	struct saw_str line = {t->line, t->typed};
	struct saw_sim_words w;
	int why = SAW_EAUTH;
	size_t reach = 0;
	newline(t, out);
	if (saw_str_trim(line).n > 0) {
		const struct own *command = is_denied(t, line) ? NULL : find(t, line, &w, &why, &reach);
		if (command && !act(t, command->action, &w, out)) {
			return;
		}
		if (!command) {
			answer(t, now_ms, line, why, reach);
		}
	}
	show_page(t, now_ms, page(t), out);
}

int saw_sim_terminal_exec(struct saw_sim_terminal *t, uint64_t now_ms, struct saw_str command, struct saw_buf *out) {
	int r = answer(t, now_ms, command, SAW_EUNKNOWN, 0);
	show(t, (struct saw_str){saw_buf_text(&t->answer), t->answer.len}, out);
	saw_buf_reset(&t->answer);
	return r;
}

static void check_password(struct saw_sim_terminal *t, uint64_t now_ms, struct saw_buf *out) {
	const char *secret = t->enable_secret ? t->enable_secret : "";
	bool right = t->typed == strlen(secret) && memcmp(t->line, secret, t->typed) == 0;
	explicit_bzero(t->line, sizeof(t->line));
	newline(t, out);
	if (!right) {
		show(t, saw_str_of(platforms[t->dev].password_wrong), out);
		if (++t->tries < TRIES) {
			ask_password(t, out);
			return;
		}
		show(t, saw_str_of(platforms[t->dev].password_refused), out);
	}
	t->privileged = right;
	show_prompt(t, now_ms, out);
}

/* --------------------------------------------------------------------------------------------------------------- typing */

static void put_times(const char *what, size_t n, struct saw_buf *out) {
	for (; n > 0; n--) {
		saw_buf_puts(out, what);
	}
}

/* Columns for the line, less the one that the cursor stands on. */
static size_t room(const struct saw_sim_terminal *t) {
	char text[SAW_SIM_PROMPT_MAX];
	size_t taken = strlen(prompt(t, text)) + 1;
	return t->columns == 0 ? SIZE_MAX : t->columns > taken + 2 ? t->columns - taken : 2;
}

/* A line that has come to the right edge is drawn anew: a dollar sign and its last half. */
static void scroll(struct saw_sim_terminal *t, struct saw_buf *out) {
	size_t tail = t->visible / 2, blank = t->visible - tail - 1;
	put_times("\b", t->visible, out);
	saw_buf_putc(out, '$');
	saw_buf_put(out, t->line + t->typed - tail, tail);
	put_times(" ", blank, out);
	put_times("\b", blank, out);
	t->visible = tail + 1;
}

/* When it is entered, one that was scrolled is shown from its beginning, as much as there is room for. */
static void unscroll(struct saw_sim_terminal *t, struct saw_buf *out) {
	size_t n = room(t) - 1;
	if (t->visible < t->typed) {
		put_times("\b", t->visible, out);
		saw_buf_put(out, t->line, n < t->typed ? n : t->typed);
		saw_buf_puts(out, n < t->typed ? "$" : "");
	}
}

static void insert(struct saw_sim_terminal *t, char c, bool echo, struct saw_buf *out) {
	if (c < ' ' || (c == '?' && echo) || t->typed == sizeof(t->line) - 1) {
		return;
	}
	t->line[t->typed++] = c;
	if (echo) {
		saw_buf_putc(out, c);
		if (++t->visible >= room(t)) {
			scroll(t, out);
		}
	}
}

static void erase(struct saw_sim_terminal *t, size_t n, bool echo, struct saw_buf *out) {
	for (; n > 0 && t->typed > 0; n--) {
		t->line[--t->typed] = '\0';
		if (echo && t->visible > 0) {
			saw_buf_puts(out, "\b \b");
			t->visible--;
		}
	}
}

static void interrupt_line(struct saw_sim_terminal *t, uint64_t now_ms, struct saw_buf *out) {
	if (t->state == AT_PROMPT && t->dev == SAW_SIM_ASR) {
		saw_buf_puts(out, "^C");
	}
	newline(t, out);
	show_prompt(t, now_ms, out);
}

static void edit(struct saw_sim_terminal *t, uint64_t now_ms, char c, struct saw_buf *out) {
	bool echo = t->state == AT_PROMPT;
	switch (c) {
	case '\r':
	case '\n':
		if (echo) {
			unscroll(t, out);
			obey(t, now_ms, out);
		} else {
			check_password(t, now_ms, out);
		}
		break;
	case '\b':
	case ERASE:
		erase(t, 1, echo, out);
		break;
	case CTRL('u'):
		erase(t, t->typed, echo, out);
		break;
	case CTRL('c'):
		interrupt_line(t, now_ms, out);
		break;
	default:
		insert(t, c, echo, out);
		break;
	}
}

static void press(struct saw_sim_terminal *t, uint64_t now_ms, char key, struct saw_buf *out) {
	saw_buf_puts(out, platforms[t->dev].unmore);
	if (key == ' ' || key == '\r' || key == '\n') {
		show_page(t, now_ms, key == ' ' ? page(t) : 1, out);
		return;
	}
	saw_buf_reset(&t->answer);
	t->shown = 0;
	show_prompt(t, now_ms, out);
}

void saw_sim_terminal_open(struct saw_sim_terminal *t, uint64_t now_ms, struct saw_buf *out) {
	if (quirk(t, SAW_SIM_QUIRK_MOTD)) {
		show(t, saw_str_of(platforms[t->dev].motd), out);
	}
	if (t->dev == SAW_SIM_ASA) {
		saw_buf_printf(&t->answer, "User %s logged in to %s\n", t->user, saw_sim_model_hostname(t->model, t->dev));
		saw_buf_puts(&t->answer, "Logins over the last 1 days: 1.  \n"
								 "Failed logins since the last login: 0.  \n"
								 "Type help or '?' for a list of available commands.\n");
	} else {
		saw_buf_puts(&t->answer, "\n");
	}
	show_page(t, now_ms, 0, out);
}

void saw_sim_terminal_type(struct saw_sim_terminal *t, uint64_t now_ms, const char *bytes, size_t n,
						   struct saw_buf *out) {
	for (size_t i = 0; i < n && t->state != OVER; i++) {
		bool second = bytes[i] == '\n' && t->after_return;
		t->after_return = bytes[i] == '\r';
		if (second) {
			continue;
		}
		if (t->state == AT_MORE) {
			press(t, now_ms, bytes[i], out);
		} else {
			edit(t, now_ms, bytes[i], out);
		}
	}
}
