/*
 * Any bytes as a configuration file, and as a web configuration: taken, or refused with a text that names file and line.
 */
#include "tests/fuzz/fuzz.h"

#include "config/config.h"
#include "config/web.h"

#include <stdlib.h>
#include <string.h>

static void web(const char *text, size_t size) {
	struct saw_web *w = NULL;
	struct saw_err err = {0};

	if (saw_web_parse("/nowhere/f", text, size, &w, &err) == 0)
		saw_web_destroy(w);
	else if (w || strncmp(err.text, "/nowhere/f:", 11) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct saw_config *c = NULL;
	struct saw_err err = {0};

	if (saw_config_parse("f", (const char *)data, size, &c, &err) == 0) {
		for (size_t i = 0; i < c->n_devices; i++)
			if (saw_config_find(c, c->devices[i].name) != &c->devices[i])
				abort();
		saw_config_destroy(c);
	} else if (c || strncmp(err.text, "f:", 2) != 0) {
		abort();
	}
	web((const char *)data, size);
	return 0;
}
