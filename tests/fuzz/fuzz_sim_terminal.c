/*
 * Any keys at a simulated terminal. The first bytes choose the device, the width of its window and what disturbs it; the rest is typed. It shows
 * what can be printed and moves the cursor, and nothing else.
 */
#include "tests/fuzz/fuzz.h"

#include "sim/cli.h"
#include "sim/terminal.h"

#include <stdlib.h>
#include <string.h>

#define CHOICES 3
#define NOW 60000

static void disturb(struct saw_sim_model *m, enum saw_sim_dev dev, unsigned which) {
	for (unsigned i = 0; i < 8; i++) {
		struct saw_sim_event e = {.verb = SAW_SIM_QUIRK,
								  .dev = dev,
								  .quirk = (enum saw_sim_quirk)(SAW_SIM_QUIRK_BANNER + i),
								  .on = which >> i & 1};
		if (saw_sim_model_apply(m, 0, &e) != 0) {
			abort();
		}
	}
}

static void check(const struct saw_buf *shown) {
	if (saw_buf_error(shown)) {
		abort();
	}
	for (size_t i = 0; i < shown->len; i++) {
		uint8_t c = shown->data[i];
		if ((c < ' ' && !strchr("\r\n\b\t", c)) || c == 0 || c > '~') {
			abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	if (size < CHOICES) {
		return 0;
	}
	enum saw_sim_dev dev = data[0] & 1;
	struct saw_sim_model *m = saw_sim_model_create(&SAW_SIM_OPTIONS_DEFAULT);
	if (!m) {
		abort();
	}
	disturb(m, dev, data[2]);
	struct saw_sim_terminal *t = saw_sim_terminal_create(
		m, &(struct saw_sim_terminal_options){
			   .dev = dev, .user = "noc", .enable_secret = data[0] & 2 ? "secret" : NULL, .privileged = data[0] & 4});
	struct saw_buf shown = SAW_BUF_INIT(SAW_SIM_CLI_MAX);
	if (!t) {
		abort();
	}
	saw_sim_terminal_window(t, data[1] & 0x1f, data[1] >> 1);
	saw_sim_terminal_open(t, NOW, &shown);
	for (size_t i = CHOICES; i < size; i += 16) {
		saw_sim_terminal_type(t, NOW, (const char *)data + i, size - i < 16 ? size - i : 16, &shown);
		check(&shown);
		saw_buf_reset(&shown);
	}
	saw_buf_free(&shown);
	saw_sim_terminal_destroy(t);
	saw_sim_model_destroy(m);
	return 0;
}
