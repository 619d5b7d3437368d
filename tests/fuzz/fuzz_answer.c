/* Any bytes as the answer of an engine: what is handed on is finite and of a time that can be. */
#include "tests/fuzz/fuzz.h"

#include "history/answer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int each(void *ctx, const struct saw_answer_series *s, const struct saw_answer_value *values, size_t n,
				struct saw_err *err) {
	const char *name = saw_answer_label(s, "__name__");

	(void)err;
	if (name && strlen(name) == 0)
		abort();
	for (size_t i = 0; i < n; i++)
		if (!isfinite(values[i].value) || llabs(values[i].at_ms) > SAW_ANSWER_TIME_MAX_MS)
			abort();
	return ++*(unsigned *)ctx == 3 ? 1 : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct saw_err err = {0};
	unsigned seen = 0;
	const int rc = saw_answer_read("http://192.0.2.1:9090", 200, (const char *)data, size, each, &seen, &err);

	if (rc < 0 && !*err.text)
		abort();
	if (seen == 3 && rc != 1)
		abort();
	return 0;
}
