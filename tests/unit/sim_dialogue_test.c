/* The dialogue talks to the simulated terminals, whatever disturbs it and however the bytes are cut: every answer comes through whole. */
#include "collectors/ssh/dialogue.h"
#include "collectors/ssh/permit.h"
#include "sim/cli.h"
#include "sim/terminal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOW 60000
#define MS 1000000ULL
#define SECRET "opensesame"
#define COMMANDS_MAX 80
#define TEXT_MAX (16U << 20)

static const Sawatch__V1__Platform platforms[SAW_SIM_DEVICES] = {
	[SAW_SIM_ASA] = SAWATCH__V1__PLATFORM__PLATFORM_ASA,
	[SAW_SIM_ASR] = SAWATCH__V1__PLATFORM__PLATFORM_IOSXE,
};

struct talk {
	struct saw_sim_model *model;
	enum saw_sim_dev dev;
	struct saw_sim_terminal *terminal;
	struct saw_dialogue *dialogue;
	struct saw_buf typed, shown;
	size_t shown_done;
	struct saw_dialogue_command commands[COMMANDS_MAX];
	size_t count;
	struct saw_buf texts[COMMANDS_MAX];
	struct saw_dialogue_result results[COMMANDS_MAX];
	size_t answered, notices;
	bool idle, closed;
	char why[256];
};

static void on_send(void *ctx, const char *bytes, size_t n, bool secret) {
	struct talk *t = ctx;
	(void)secret;
	saw_buf_put(&t->typed, bytes, n);
}

static void on_text(void *ctx, size_t i, const char *bytes, size_t n) {
	struct talk *t = ctx;
	saw_buf_put(&t->texts[i], bytes, n);
}

static void on_answered(void *ctx, size_t i, const struct saw_dialogue_result *result) {
	struct talk *t = ctx;
	assert_int_equal(i, t->answered);
	t->results[t->answered++] = *result;
}

static void on_idle(void *ctx) {
	((struct talk *)ctx)->idle = true;
}

static void on_closed(void *ctx, Sawatch__V1__PollError error_class, const char *error) {
	struct talk *t = ctx;
	(void)error_class;
	t->closed = true;
	snprintf(t->why, sizeof(t->why), "%s", error);
}

static void on_notice(void *ctx, enum saw_dialogue_notice kind, struct saw_str line) {
	(void)kind;
	(void)line;
	((struct talk *)ctx)->notices++;
}

/* verb DEVICE what */
static void happen(struct talk *t, const char *verb, const char *what) {
	struct saw_sim_event e;
	struct saw_buf line = SAW_BUF_INIT(256);
	saw_buf_printf(&line, "%s %s %s", verb, saw_sim_device_name(t->dev), what);
	assert_int_equal(saw_sim_event_parse(saw_str_of(saw_buf_text(&line)), &e, NULL), 0);
	assert_int_equal(saw_sim_model_apply(t->model, 0, &e), 0);
	saw_buf_free(&line);
}

static void begin(struct talk *t, enum saw_sim_dev dev, const char *secret, const char *context) {
	struct saw_sim_options o = SAW_SIM_OPTIONS_DEFAULT;
	o.tunnels = 3;
	*t = (struct talk){.dev = dev, .model = saw_sim_model_create(&o)};
	t->terminal = saw_sim_terminal_create(
		t->model, &(struct saw_sim_terminal_options){
					  .dev = dev, .user = "sawatch", .enable_secret = secret, .privileged = !secret});
	t->dialogue = saw_dialogue_create(&(struct saw_dialogue_options){.device = "device",
																	 .platform = platforms[dev],
																	 .enable_secret = secret,
																	 .context = context,
																	 .prompt_ns = 20000 * MS},
									  &(struct saw_dialogue_hooks){.ctx = t,
																   .send = on_send,
																   .text = on_text,
																   .answered = on_answered,
																   .idle = on_idle,
																   .closed = on_closed,
																   .notice = on_notice},
									  0);
	assert_non_null(t->model);
	assert_non_null(t->terminal);
	assert_non_null(t->dialogue);
	saw_buf_init(&t->typed, TEXT_MAX);
	saw_buf_init(&t->shown, TEXT_MAX);
	for (size_t i = 0; i < COMMANDS_MAX; i++) {
		saw_buf_init(&t->texts[i], TEXT_MAX);
	}
}

/* The device wants another enable secret. */
static void replace_secret(struct talk *t) {
	saw_sim_terminal_destroy(t->terminal);
	t->terminal = saw_sim_terminal_create(
		t->model, &(struct saw_sim_terminal_options){.dev = t->dev, .user = "sawatch", .enable_secret = "another"});
	assert_non_null(t->terminal);
}

static void end(struct talk *t) {
	saw_dialogue_destroy(t->dialogue);
	saw_sim_terminal_destroy(t->terminal);
	saw_sim_model_destroy(t->model);
	saw_buf_free(&t->typed);
	saw_buf_free(&t->shown);
	for (size_t i = 0; i < COMMANDS_MAX; i++) {
		saw_buf_free(&t->texts[i]);
	}
}

static void ask(struct talk *t, const char *command) {
	assert_true(t->count < COMMANDS_MAX);
	t->commands[t->count++] =
		(struct saw_dialogue_command){.text = command, .deadline_ns = 60000 * MS, .max_bytes = TEXT_MAX};
}

/* Every command that needs nothing filled in. */
static void ask_everything(struct talk *t) {
	for (const struct saw_ssh_template *m = NULL; (m = saw_ssh_template_next(platforms[t->dev], m));) {
		if (!saw_ssh_template_has_place(m)) {
			ask(t, m->words);
		}
	}
}

/* Carries bytes to and fro in pieces of this size until the dialogue has what it wants. A millisecond a piece. */
static void converse(struct talk *t, size_t piece) {
	uint64_t now = 0;
	saw_sim_terminal_open(t->terminal, NOW, &t->shown);
	assert_int_equal(saw_dialogue_run(t->dialogue, t->commands, t->count, now), 0);
	while (!t->idle && !t->closed) {
		size_t left = t->shown.len - t->shown_done, n = left < piece ? left : piece;
		now += MS;
		if (n > 0) {
			saw_dialogue_bytes(t->dialogue, saw_buf_text(&t->shown) + t->shown_done, n, now);
			t->shown_done += n;
		} else if (t->typed.len > 0) {
			saw_buf_reset(&t->shown);
			t->shown_done = 0;
			saw_sim_terminal_type(t->terminal, NOW, saw_buf_text(&t->typed), t->typed.len, &t->shown);
			saw_buf_reset(&t->typed);
		} else if (saw_sim_terminal_over(t->terminal)) {
			saw_dialogue_eof(t->dialogue, now);
		} else {
			uint64_t next = saw_dialogue_next_ns(t->dialogue);
			assert_true(next != UINT64_MAX);
			now = next > now ? next : now;
			saw_dialogue_timer(t->dialogue, now);
		}
	}
}

/* Blank lines aside: next to a notice nobody can say whose they are. */
static void drop_blank_lines(struct saw_buf *text) {
	size_t n = 0;
	for (size_t i = 0; i < text->len; i++) {
		if (text->data[i] != '\n' || (n > 0 && text->data[n - 1] != '\n')) {
			text->data[n++] = text->data[i];
		}
	}
	text->len = n;
}

static void expect_same(const char *command, struct saw_str got, struct saw_str want) {
	size_t at = 0;
	while (at < got.n && at < want.n && got.p[at] == want.p[at]) {
		at++;
	}
	if (at < got.n || at < want.n) {
		fail_msg("%s: differs at byte %zu:\n%.*s\n-- expected:\n%.*s", command, at,
				 (int)(got.n - at < 200 ? got.n - at : 200), got.p + at, (int)(want.n - at < 200 ? want.n - at : 200),
				 want.p + at);
	}
}

/* Every answer is what the device says, without what stands around it. */
static void expect_answers(struct talk *t) {
	if (t->closed) {
		fail_msg("closed: %s", t->why);
	}
	assert_int_equal(t->answered, t->count);
	for (size_t i = 0; i < t->count; i++) {
		struct saw_buf said = SAW_BUF_INIT(TEXT_MAX);
		saw_sim_cli_answer(&(struct saw_sim_cli){t->model, t->dev, NOW, true, NULL}, saw_str_of(t->commands[i].text),
						   &said);
		if (saw_sim_model_quirk(t->model, t->dev, SAW_SIM_QUIRK_RELOAD_NOTICE)) {
			drop_blank_lines(&said);
			drop_blank_lines(&t->texts[i]);
		}
		assert_int_equal(t->results[i].end, SAW_DIALOGUE_ANSWERED);
		expect_same(t->commands[i].text, saw_str_trim((struct saw_str){saw_buf_text(&t->texts[i]), t->texts[i].len}),
					saw_str_trim((struct saw_str){saw_buf_text(&said), said.len}));
		saw_buf_free(&said);
	}
}

static const size_t pieces[] = {SIZE_MAX, 1, 7, 1400};
#define PIECES (sizeof(pieces) / sizeof(pieces[0]))

static void every_answer_comes_through_in_pieces_of_any_size(void **state) {
	(void)state;
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		for (size_t p = 0; p < PIECES; p++) {
			struct talk t;
			begin(&t, (enum saw_sim_dev)dev, p % 2 ? SECRET : NULL, NULL);
			ask_everything(&t);
			converse(&t, pieces[p]);
			expect_answers(&t);
			assert_true(saw_dialogue_privileged(t.dialogue));
			assert_string_equal(saw_dialogue_hostname(t.dialogue), saw_sim_device_name((enum saw_sim_dev)dev));
			end(&t);
		}
	}
}

static void nothing_that_disturbs_a_session_gets_into_an_answer(void **state) {
	(void)state;
	static const char *const disturbances[][2] = {
		{"quirk", "motd on"},           {"quirk", "pager-always on"},     {"quirk", "prompt-timestamp on"},
		{"quirk", "syslog-lines on"},   {"quirk", "reload-notice on"},    {"quirk", "odd-newlines on"},
		{"rename", "fw-7.example_net"}, {"quirk", "syslog-at-prompt on"},
	};
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		for (size_t d = 0; d < sizeof(disturbances) / sizeof(disturbances[0]); d++) {
			for (size_t p = 0; p < PIECES; p++) {
				struct talk t;
				begin(&t, (enum saw_sim_dev)dev, SECRET, NULL);
				happen(&t, disturbances[d][0], disturbances[d][1]);
				ask_everything(&t);
				converse(&t, pieces[p]);
				expect_answers(&t);
				end(&t);
			}
		}
	}
}

static void all_of_it_at_once(void **state) {
	(void)state;
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		struct talk t;
		begin(&t, (enum saw_sim_dev)dev, SECRET, NULL);
		happen(&t, "quirk", "motd on");
		happen(&t, "quirk", "pager-always on");
		happen(&t, "quirk", "prompt-timestamp on");
		happen(&t, "quirk", "syslog-lines on");
		happen(&t, "quirk", "odd-newlines on");
		ask_everything(&t);
		converse(&t, 11);
		expect_answers(&t);
		assert_true(t.notices > 0);
		end(&t);
	}
}

/* The window is narrow and may not be widened, so that commands scroll while they are echoed. */
static void a_command_longer_than_the_window(void **state) {
	(void)state;
	for (size_t p = 0; p < PIECES; p++) {
		struct talk t;
		begin(&t, SAW_SIM_ASR, SECRET, NULL);
		saw_sim_terminal_window(t.terminal, 0, 40);
		happen(&t, "deny", "terminal width");
		ask_everything(&t);
		converse(&t, pieces[p]);
		expect_answers(&t);
		end(&t);
	}
}

static void a_context_is_entered(void **state) {
	(void)state;
	struct talk t;
	begin(&t, SAW_SIM_ASA, SECRET, "wan");
	ask(&t, "show crypto ipsec sa");
	converse(&t, 5);
	expect_answers(&t);
	end(&t);
	begin(&t, SAW_SIM_ASA, SECRET, "nowhere");
	ask(&t, "show version");
	converse(&t, 5);
	assert_true(t.closed);
	end(&t);
}

static void what_is_denied_is_named(void **state) {
	(void)state;
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		struct talk t;
		begin(&t, (enum saw_sim_dev)dev, NULL, NULL);
		happen(&t, "deny", "show crypto ikev2 sa");
		ask(&t, "show crypto ikev2 sa detail");
		ask(&t, "show version");
		converse(&t, 3);
		assert_int_equal(t.answered, 2);
		assert_int_equal(t.results[0].end, SAW_DIALOGUE_DENIED);
		assert_int_equal(t.results[1].end, SAW_DIALOGUE_ANSWERED);
		end(&t);
	}
}

/* Without an enable secret of its own the dialogue stays in user mode, where much is not known. */
static void what_is_refused_is_named(void **state) {
	(void)state;
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		struct talk t;
		begin(&t, (enum saw_sim_dev)dev, NULL, NULL);
		replace_secret(&t);
		ask(&t, "show running-config");
		ask(&t, "show version");
		converse(&t, 3);
		assert_int_equal(t.answered, 2);
		assert_int_equal(t.results[0].end, SAW_DIALOGUE_REFUSED);
		assert_int_equal(t.results[1].end, SAW_DIALOGUE_ANSWERED);
		assert_false(saw_dialogue_privileged(t.dialogue));
		end(&t);
	}
}

static void a_wrong_enable_secret_ends_the_session(void **state) {
	(void)state;
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		struct talk t;
		begin(&t, (enum saw_sim_dev)dev, SECRET, NULL);
		saw_sim_terminal_destroy(t.terminal);
		t.terminal = saw_sim_terminal_create(t.model, &(struct saw_sim_terminal_options){.dev = (enum saw_sim_dev)dev,
																						 .user = "sawatch",
																						 .enable_secret = "another"});
		ask(&t, "show crypto ipsec sa");
		converse(&t, 4);
		assert_true(t.closed);
		assert_null(strstr(t.why, SECRET));
		end(&t);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_answer_comes_through_in_pieces_of_any_size),
		cmocka_unit_test(nothing_that_disturbs_a_session_gets_into_an_answer),
		cmocka_unit_test(all_of_it_at_once),
		cmocka_unit_test(a_command_longer_than_the_window),
		cmocka_unit_test(a_context_is_entered),
		cmocka_unit_test(what_is_denied_is_named),
		cmocka_unit_test(what_is_refused_is_named),
		cmocka_unit_test(a_wrong_enable_secret_ends_the_session),
	};
	return cmocka_run_group_tests_name("sim_dialogue", tests, NULL, NULL);
}
