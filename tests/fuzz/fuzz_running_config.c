/*
 * Any bytes as a running configuration: the first says how the text is cut into pieces; what is read must be the same as in one
 * piece, and can be audited.
 */
#include "tests/fuzz/fuzz.h"

#include "collectors/cli/running_config.h"
#include "model/audit.h"

#include <stdlib.h>

static struct saw_rc_reader *parse(const char *text, size_t n, size_t piece, const struct saw_running_config **out) {
	static const uint8_t key[SAW_SIPHASH_KEY] = {1, 2, 3};
	struct saw_rc_reader *r = saw_rc_reader_create(key);
	struct saw_err err = {0};

	if (!r)
		abort();
	for (size_t at = 0; at < n; at += piece)
		saw_rc_reader_feed(r, text + at, n - at < piece ? n - at : piece);
	*out = NULL;
	if ((saw_rc_reader_end(r, out, &err) == 0) != (*out != NULL) || (!*out && !err.text[0]))
		abort();
	return r;
}

/* A configuration against itself: the audit must take whatever the reader gives. */
static void compare(const struct saw_running_config *a, const struct saw_running_config *b) {
	const struct saw_audit_side sides[2] = {{a, "a"}, {b, "b"}};

	for (enum saw_audit_profile p = SAW_AUDIT_NGE; p <= SAW_AUDIT_CNSA; p++) {
		struct saw_audit_options options = {.profile = p, .load_bits_per_second = 400000000};
		struct saw_audit *audit = saw_audit_run(sides, &options);

		if (!audit)
			abort();
		for (size_t i = 0; i < saw_audit_count(audit); i++)
			if (saw_audit_at(audit, i)->line > a->lines || !saw_audit_at(audit, i)->text[0])
				abort();
		saw_audit_destroy(audit);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	const struct saw_running_config *whole, *pieces;
	const char *text = (const char *)data + (size != 0);
	size_t n = size - (size != 0);
	struct saw_rc_reader *a = parse(text, n, n + 1, &whole),
						 *b = parse(text, n, (size ? data[0] % 31U : 0U) + 1U, &pieces);

	if (whole && pieces)
		compare(whole, pieces);
	if (!whole != !pieces || (whole && (whole->lines != pieces->lines || whole->n_problems != pieces->n_problems)))
		abort();
	saw_rc_reader_destroy(a);
	saw_rc_reader_destroy(b);
	return 0;
}
