/*
 * Any bytes as what check_sawatch is given: a line of thresholds, then the daemon's answer. Whatever it holds, the plugin's text must
 * keep its form: one line and no second '|'.
 */
#include "tests/fuzz/fuzz.h"

#include "exporters/prometheus/prometheus.h"
#include "model/check/check.h"

#include <stdlib.h>

static void check(enum saw_check_mode mode, const char *thresholds, const Sawatch__V1__Snapshot *s) {
	const char *device = s->n_devices && s->devices[0]->name ? s->devices[0]->name : "x";
	struct saw_check c = {.device = device, .mode = mode, .max_age_seconds = -1};
	struct saw_buf text = SAW_BUF_INIT(1U << 20);
	struct saw_output out;
	const char *p;

	saw_check_defaults(&c);
	saw_check_threshold(&c, false, thresholds, NULL);
	saw_check_threshold(&c, true, thresholds, NULL);
	c.include.list[c.include.n++] = "*";
	c.exclude.list[c.exclude.n++] = thresholds;
	for (int i = 0; i < 3; i++) {
		saw_output_init(&out, saw_check_service(mode));
		c.tunnel = i == 1 && s->n_tunnels ? s->tunnels[0]->name : NULL;
		c.device = i == 2 ? NULL : device;
		c.link = i == 2 && s->n_links ? s->links[0]->name : NULL;
		c.verbose = 3;
		if (saw_check_complete(&c, NULL)) /* usage, which ends before anything is asked */
			c.device = device;
		if (!saw_check_run(&c, s, &out))
			saw_check_not_found(&c, s, &out);
		saw_buf_reset(&text);
		saw_output_print(&out, false, &text);
		p = strchr(saw_buf_text(&text), '|');
		if ((p && strchr(p + 1, '|')) || strchr(saw_buf_text(&text), '\n') != saw_buf_text(&text) + text.len - 1)
			abort();
		saw_output_free(&out);
	}
	saw_buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	struct saw_buf thresholds = SAW_BUF_INIT(4096), metrics = SAW_BUF_INIT(1U << 24);
	Sawatch__V1__Snapshot *s;

	if (!end)
		return 0;
	saw_buf_put(&thresholds, data, (size_t)(end - data));
	s = sawatch__v1__snapshot__unpack(NULL, size - (size_t)(end + 1 - data), end + 1);
	for (int mode = 0; s && mode < SAW_CHECK_MODES; mode++)
		check((enum saw_check_mode)mode, saw_buf_text(&thresholds), s);
	if (s) {
		for (unsigned form = 0; form < SAW_EXPOSITIONS; form++) {
			const struct saw_prometheus_options options = {(enum saw_exposition)form, SAW_PART_ALL, true};

			saw_buf_reset(&metrics);
			saw_prometheus_render(s, s->made_at_ms, NULL, &options, &metrics);
		}
		sawatch__v1__snapshot__free_unpacked(s, NULL);
	}
	saw_buf_free(&thresholds);
	saw_buf_free(&metrics);
	return 0;
}
