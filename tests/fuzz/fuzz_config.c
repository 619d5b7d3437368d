/*
 * Any bytes as a configuration file: taken, or refused with a text that names file and line.
 */
#include "tests/fuzz/fuzz.h"

#include "config/config.h"

#include <stdlib.h>
#include <string.h>

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
	return 0;
}
