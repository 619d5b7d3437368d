#include "collectors/ssh/transcript.h"

#include <stdlib.h>

#define HEADLINE "sawatch transcript 1"
#define LINE_MAX_BYTES 8192 /* of one line that came; a longer one is written in parts */
#define SECRETS 4           /* that are looked for in what comes */
#define SECRET_MAX 256
#define SECRET_MIN 4 /* shorter ones are found everywhere */
#define MASKED "<masked>"
#define NS_PER_MS UINT64_C(1000000)
#define MS_MAX UINT64_C(1000000000)

struct saw_transcript_writer {
	struct saw_buf *out;
	uint64_t last_ns; /* of the event written last */
	char line[LINE_MAX_BYTES];
	size_t n, written; /* of the line: what came, what was written of it */
	uint64_t line_ns;  /* when the part not written began to come */
	char secrets[SECRETS][SECRET_MAX];
	size_t n_secrets;
	bool masking; /* the rest of a line that was written in parts is secret */
};

/* ---------------------------------------------------------------------------------------------------------------- masking */

/* What stands behind these words to the end of the line is not written, unless it is a sentence: `The enable password is not set.` */
static const struct {
	const char *words;
	bool at_start; /* of the line, blanks aside */
} masks[] = {
	{"pre-shared-key ", false},
	{"failover ipsec pre-shared", false},
	{"isakmp key ", false},
	{"password ", false},
	{"passwd ", false},
	{"secret ", false},
	{"passphrase ", false},
	{"shared-secret ", false},
	{"key-string ", false},
	{"authentication-key ", false},
	{"message-digest-key ", false},
	{"authentication text ", false},
	{"server key ", false},
	{"failover key ", false},
	{"key config-key ", false},
	{"key hex ", false},
	{"key 0 ", false},
	{"key 5 ", false},
	{"key 6 ", false},
	{"key 7 ", false},
	{"key 8 ", false},
	{"key ", true},
	{"snmp-server community ", false},
	{"snmp-server host ", false},
	{"snmp-server user ", false},
};

static bool at(struct saw_str s, size_t i, const char *words) {
	size_t n = strlen(words);

	return (s.p[i] | 0x20) == words[0] && s.n - i >= n &&
		   saw_str_eq_nocase((struct saw_str){s.p + i, n}, saw_str_of(words));
}

/* Where the first secret of the line begins behind its words; the line's length: there is none. */
static size_t secret_begin(struct saw_str line) {
	size_t start = 0, end;

	while (start < line.n && (line.p[start] == ' ' || line.p[start] == '\r' || line.p[start] == '\b'))
		start++;
	for (size_t i = start; i < line.n; i++) {
		for (size_t k = 0; k < sizeof masks / sizeof masks[0]; k++) {
			if ((masks[k].at_start && i != start) || !at(line, i, masks[k].words))
				continue;
			end = i + strlen(masks[k].words);
			if (!saw_str_starts((struct saw_str){line.p + end, line.n - end}, SAW_STR("is ")))
				return end;
		}
	}
	return line.n;
}

/* How many bytes at i are one of the secrets that were typed. */
static size_t known_secret(const struct saw_transcript_writer *w, size_t i) {
	for (size_t k = 0; k < w->n_secrets && k < SECRETS; k++) {
		size_t n = strlen(w->secrets[k]);

		if (n <= w->n - i && memcmp(w->line + i, w->secrets[k], n) == 0)
			return n;
	}
	return 0;
}

/* ---------------------------------------------------------------------------------------------------------------- writing */

static void put_byte(struct saw_buf *out, unsigned char c, bool last) {
	static const struct {
		char c;
		const char *escape;
	} escapes[] = {{'\r', "\\r"}, {'\n', "\\n"}, {'\b', "\\b"}, {0x1b, "\\e"}, {'\\', "\\\\"}};

	for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
		if (c == (unsigned char)escapes[i].c) {
			saw_buf_puts(out, escapes[i].escape);
			return;
		}
	}
	if (c < ' ' || c > '~' || (c == ' ' && last))
		saw_buf_printf(out, "\\x%02x", c);
	else
		saw_buf_putc(out, (char)c);
}

/* "< 0.120 ": an event that happens at `ns`. */
static void put_event(struct saw_transcript_writer *w, char kind, uint64_t ns) {
	uint64_t ms = ns > w->last_ns ? (ns - w->last_ns) / NS_PER_MS : 0;

	saw_buf_printf(w->out, "%c %llu.%03llu", kind, (unsigned long long)(ms / 1000), (unsigned long long)(ms % 1000));
	w->last_ns += ms * NS_PER_MS;
}

static void put_bytes(struct saw_buf *out, const char *bytes, size_t n) {
	for (size_t i = 0; i < n; i++)
		put_byte(out, (unsigned char)bytes[i], i + 1 == n);
}

/* Writes what came of the line and was not written yet. */
static void put_line(struct saw_transcript_writer *w) {
	size_t begin = w->masking ? 0 : secret_begin((struct saw_str){w->line, w->n});
	size_t end = w->n;

	if (w->written == w->n)
		return;
	while (end > w->written && (w->line[end - 1] == '\n' || w->line[end - 1] == '\r'))
		end--;
	put_event(w, '<', w->line_ns);
	saw_buf_putc(w->out, ' ');
	for (size_t i = w->written, known; i < w->n;) {
		if (i >= begin && i < end) {
			saw_buf_puts(w->out, MASKED);
			i = end;
		} else if ((known = known_secret(w, i))) {
			saw_buf_puts(w->out, MASKED);
			i += known;
		} else {
			put_byte(w->out, (unsigned char)w->line[i], i + 1 == w->n);
			i++;
		}
	}
	saw_buf_putc(w->out, '\n');
	w->written = w->n;
}

struct saw_transcript_writer *saw_transcript_writer_create(struct saw_buf *out, uint64_t now_ns) {
	struct saw_transcript_writer *w = calloc(1, sizeof *w);

	if (!w)
		return NULL;
	w->out = out;
	w->last_ns = now_ns;
	saw_buf_puts(out, HEADLINE "\n");
	return w;
}

void saw_transcript_writer_destroy(struct saw_transcript_writer *w) {
	if (!w)
		return;
	explicit_bzero(w, sizeof *w);
	free(w);
}

void saw_transcript_fact(struct saw_transcript_writer *w, const char *word, const char *value) {
	saw_buf_printf(w->out, "%s ", word);
	saw_put_clean(w->out, value, strlen(value));
	saw_buf_putc(w->out, '\n');
}

static void end_line(struct saw_transcript_writer *w, bool masking) {
	put_line(w);
	w->n = w->written = 0;
	w->masking = masking;
}

void saw_transcript_came(struct saw_transcript_writer *w, const char *bytes, size_t n, uint64_t now_ns) {
	for (size_t i = 0; i < n; i++) {
		if (w->n == w->written)
			w->line_ns = now_ns;
		w->line[w->n++] = bytes[i];
		if (bytes[i] == '\n')
			end_line(w, false);
		else if (w->n == sizeof w->line)
			end_line(w, w->masking || secret_begin((struct saw_str){w->line, w->n}) < w->n);
	}
}

static void remember_secret(struct saw_transcript_writer *w, const char *bytes, size_t n) {
	char *to;

	while (n && (bytes[n - 1] == '\n' || bytes[n - 1] == '\r'))
		n--;
	if (n < SECRET_MIN || n >= SECRET_MAX)
		return;
	to = w->secrets[w->n_secrets++ % SECRETS];
	memcpy(to, bytes, n);
	to[n] = 0;
}

void saw_transcript_typed(struct saw_transcript_writer *w, const char *bytes, size_t n, bool secret, uint64_t now_ns) {
	put_line(w);
	put_event(w, secret ? '*' : '>', now_ns);
	if (secret) {
		remember_secret(w, bytes, n);
	} else {
		saw_buf_putc(w->out, ' ');
		put_bytes(w->out, bytes, n);
	}
	saw_buf_putc(w->out, '\n');
}

void saw_transcript_ended(struct saw_transcript_writer *w, uint64_t now_ns) {
	put_line(w);
	put_event(w, '.', now_ns);
	saw_buf_putc(w->out, '\n');
}

void saw_transcript_flush(struct saw_transcript_writer *w) {
	put_line(w);
}

/* ---------------------------------------------------------------------------------------------------------------- reading */

void saw_transcript_reader_init(struct saw_transcript_reader *r, struct saw_str text) {
	r->rest = text;
	r->line = 0;
	saw_buf_init(&r->bytes, text.n + 1);
}

void saw_transcript_reader_free(struct saw_transcript_reader *r) {
	saw_buf_free(&r->bytes);
}

static struct saw_str next_line(struct saw_transcript_reader *r) {
	const char *end = memchr(r->rest.p, '\n', r->rest.n);
	struct saw_str line = {r->rest.p, end ? (size_t)(end - r->rest.p) : r->rest.n};
	size_t taken = line.n + (end != NULL);

	r->rest = (struct saw_str){r->rest.p + taken, r->rest.n - taken};
	r->line++;
	return line;
}

/* Up to the next blank, which is taken too. */
static struct saw_str take_word(struct saw_str *s) {
	const char *blank = memchr(s->p, ' ', s->n);
	struct saw_str word = {s->p, blank ? (size_t)(blank - s->p) : s->n};
	size_t taken = word.n + (blank != NULL);

	*s = (struct saw_str){s->p + taken, s->n - taken};
	return word;
}

/* "0.120": seconds and milliseconds */
static bool parse_time(struct saw_str s, uint64_t *ns) {
	const char *point = memchr(s.p, '.', s.n);
	size_t n = point ? (size_t)(point - s.p) : s.n;
	uint64_t whole, ms = 0;

	if (saw_parse_u64((struct saw_str){s.p, n}, MS_MAX / 1000, &whole) != 0)
		return false;
	if (point && (s.n - n != 4 || saw_parse_u64((struct saw_str){point + 1, 3}, 999, &ms) != 0))
		return false;
	*ns = (whole * 1000 + ms) * NS_PER_MS;
	return true;
}

/* The bytes that an escape stands for; false: there is no such escape. */
static bool put_unescaped(struct saw_buf *out, struct saw_str s) {
	for (size_t i = 0; i < s.n; i++) {
		uint64_t byte = (unsigned char)s.p[i];

		if (s.p[i] == '\\') {
			if (++i == s.n)
				return false;
			switch (s.p[i]) {
			case 'r':
				byte = '\r';
				break;
			case 'n':
				byte = '\n';
				break;
			case 'b':
				byte = '\b';
				break;
			case 'e':
				byte = 0x1b;
				break;
			case '\\':
				byte = '\\';
				break;
			case 'x':
				if (s.n - i < 3 || saw_parse_hex64((struct saw_str){s.p + i + 1, 2}, 255, &byte) != 0)
					return false;
				i += 2;
				break;
			default:
				return false;
			}
		}
		saw_buf_putc(out, (char)byte);
	}
	return true;
}

static int wrong(const struct saw_transcript_reader *r, struct saw_err *err, const char *what) {
	return saw_err_set(err, SAW_EFORMAT, "line %u of the transcript: %s", r->line, what);
}

int saw_transcript_read(struct saw_transcript_reader *r, struct saw_transcript_event *event, struct saw_err *err) {
	static const struct {
		char mark;
		enum saw_transcript_kind kind;
	} kinds[] = {{'<', SAW_TRANSCRIPT_CAME},
				 {'>', SAW_TRANSCRIPT_TYPED},
				 {'*', SAW_TRANSCRIPT_SECRET},
				 {'.', SAW_TRANSCRIPT_ENDED}};
	struct saw_str line;

	if (!r->line && !saw_str_eq(next_line(r), SAW_STR(HEADLINE)))
		return wrong(r, err, "it must be '" HEADLINE "'");
	do {
		if (!r->rest.n)
			return 0;
		line = next_line(r);
	} while (!line.n || line.p[0] == '#');
	*event = (struct saw_transcript_event){.kind = SAW_TRANSCRIPT_FACT, .word = take_word(&line)};
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (event->word.n == 1 && event->word.p[0] == kinds[i].mark)
			event->kind = kinds[i].kind;
	if (event->kind == SAW_TRANSCRIPT_FACT) {
		event->bytes = line;
		return 1;
	}
	if (!parse_time(take_word(&line), &event->after_ns))
		return wrong(r, err, "seconds are expected behind the mark, such as 0.120");
	saw_buf_reset(&r->bytes);
	if (!put_unescaped(&r->bytes, line))
		return wrong(r, err, "it has an escape that is none of \\r \\n \\b \\e \\\\ \\xHH");
	if (saw_buf_error(&r->bytes))
		return saw_err_set(err, saw_buf_error(&r->bytes), "line %u of the transcript: %s", r->line,
						   saw_strerror(saw_buf_error(&r->bytes)));
	event->bytes = (struct saw_str){saw_buf_text(&r->bytes), r->bytes.len};
	return 1;
}
