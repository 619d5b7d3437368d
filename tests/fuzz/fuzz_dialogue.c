/*
 * Any bytes as what a device says, with pauses between them (0xfd, 0xfe, 0xff). Whole and cut into pieces they must come to the same; what is
 * typed is only what may be typed, the secret at most once; no answer is longer than its limit.
 */
#include "tests/fuzz/fuzz.h"

#include "collectors/ssh/dialogue.h"
#include "collectors/ssh/permit.h"

#include <stdlib.h>

#define MS UINT64_C(1000000)
#define SECOND (1000 * MS)
#define LIMIT 3000
#define SECRET "s3cret"

struct session {
	struct saw_dialogue *dialogue;
	Sawatch__V1__Platform platform;
	uint64_t now;
	struct saw_buf log;
	size_t handed[2];
	unsigned secrets, closed;
};

static void on_send(void *ctx, const char *bytes, size_t n, bool secret) {
	struct session *s = ctx;
	char line[256];

	saw_buf_printf(&s->log, "\ntyped %d ", secret);
	saw_buf_put(&s->log, bytes, n);
	if (s->closed || n == 0 || n >= sizeof line)
		abort();
	if (secret) {
		if (s->secrets++ || n != strlen(SECRET))
			abort();
		return;
	}
	if (n == 1 && (bytes[0] == ' ' || bytes[0] == '\n'))
		return;
	memcpy(line, bytes, n);
	line[n - 1] = 0;
	if (bytes[n - 1] != '\n' ||
		(!saw_ssh_permitted(s->platform, line, NULL) && !saw_ssh_setup_permitted(s->platform, line, NULL)))
		abort();
}

static void on_text(void *ctx, size_t i, const char *bytes, size_t n) {
	struct session *s = ctx;

	s->handed[i] += n;
	if (s->closed || s->handed[i] > LIMIT)
		abort();
	saw_buf_put(&s->log, bytes, n);
}

static void on_answered(void *ctx, size_t i, const struct saw_dialogue_result *r) {
	struct session *s = ctx;

	saw_buf_printf(&s->log, "\nanswered %zu %d %llu %llu %d %u %.*s", i, r->end, (unsigned long long)r->bytes,
				   (unsigned long long)r->took_ns, r->has_cpu, r->cpu_percent, (int)r->words.n, r->words.p);
	if (s->closed)
		abort();
}

static void on_idle(void *ctx) {
	saw_buf_puts(&((struct session *)ctx)->log, "\nidle ");
}

static void on_closed(void *ctx, Sawatch__V1__PollError error_class, const char *error) {
	struct session *s = ctx;

	saw_buf_printf(&s->log, "\nclosed %d %s", (int)error_class, error);
	if (s->closed++)
		abort();
}

static void on_notice(void *ctx, enum saw_dialogue_notice kind, struct saw_str line) {
	struct session *s = ctx;

	saw_buf_puts(&s->log, kind == SAW_DIALOGUE_RELOAD ? "\nreload notice " : "\nnotice ");
	saw_buf_put(&s->log, line.p, line.n);
}

static void pass(struct session *s, uint64_t ns) {
	uint64_t end = s->now + ns, next, turns = 0;

	while ((next = saw_dialogue_next_ns(s->dialogue)) <= end) {
		s->now = next > s->now ? next : s->now;
		saw_dialogue_timer(s->dialogue, s->now);
		if (++turns > 1000)
			abort();
	}
	s->now = end;
}

static void run(struct session *s, unsigned how, const uint8_t *data, size_t size, size_t piece) {
	static const struct saw_dialogue_command commands[] = {
		{.text = "show version", .deadline_ns = 60 * SECOND, .max_bytes = LIMIT},
		{.text = "show crypto ipsec sa detail", .deadline_ns = 60 * SECOND, .max_bytes = LIMIT}};
	const struct saw_dialogue_hooks hooks = {.ctx = s,
											 .send = on_send,
											 .text = on_text,
											 .answered = on_answered,
											 .idle = on_idle,
											 .closed = on_closed,
											 .notice = on_notice};
	struct saw_dialogue_options options = {.device = "x", .prompt_ns = 30 * SECOND};

	*s = (struct session){.platform = (Sawatch__V1__Platform)(how % 3 + 1), .log = SAW_BUF_INIT(1 << 24)};
	options.platform = s->platform;
	options.enable_secret = how & 4 ? SECRET : NULL;
	options.context = how & 8 ? "blue" : NULL;
	s->dialogue = saw_dialogue_create(&options, &hooks, 0);
	if (!s->dialogue || saw_dialogue_run(s->dialogue, commands, 2, 0) != 0)
		abort();
	for (size_t at = 0; at < size;) {
		size_t n = 0;

		while (at + n < size && data[at + n] < 0xfd && n < piece)
			n++;
		saw_dialogue_bytes(s->dialogue, (const char *)data + at, n, s->now);
		at += n;
		if (at < size && data[at] >= 0xfd)
			pass(s, (data[at++] == 0xff ? 40 : data[at - 1] == 0xfe ? 300 : 2500) * MS);
	}
	pass(s, SECOND);
	if (how & 16)
		saw_dialogue_eof(s->dialogue, s->now);
	pass(s, 400 * SECOND);
	saw_buf_printf(&s->log, "\n%s %d", saw_dialogue_hostname(s->dialogue), saw_dialogue_privileged(s->dialogue));
	if (!s->closed && saw_dialogue_next_ns(s->dialogue) != UINT64_MAX)
		abort();
	saw_dialogue_destroy(s->dialogue);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct session whole, pieces;
	unsigned how = size ? data[0] : 0;

	data += size != 0;
	size -= size != 0;
	run(&whole, how, data, size, SIZE_MAX);
	run(&pieces, how, data, size, how / 32 + 1);
	if (whole.log.len != pieces.log.len || memcmp(whole.log.data, pieces.log.data, whole.log.len) != 0)
		abort();
	saw_buf_free(&whole.log);
	saw_buf_free(&pieces.log);
	return 0;
}
