/*
 * Any bytes as a command. What is allowed must consist of the words of one row of the list, and of values made of letters, digits and
 * a few signs in its places; checked here by other means than the list's own.
 */
#include "tests/fuzz/fuzz.h"

#include "collectors/ssh/permit.h"

#include <stdlib.h>
#include <string.h>

static void check(const struct saw_ssh_template *t, const char *typed) {
	const char *words = t->words;

	for (; *typed; typed++, words++) {
		if (*words == '<') {
			/* One word, of harmless characters. */
			size_t n = strspn(typed, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:/-_");

			if (n == 0 || n > 64 || (n == 5 && strncmp(typed, "clear", 5) == 0))
				abort();
			typed += n - 1;
			words = strchr(words, '>');
			if (!words)
				abort();
		} else if (*words != *typed) {
			abort();
		}
	}
	if (*words)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	Sawatch__V1__Platform platform = (Sawatch__V1__Platform)(size ? data[0] % 3 + 1 : 1);
	char *typed = malloc(size + 1);
	const struct saw_ssh_template *t;
	struct saw_err err = {0};

	if (!typed)
		abort();
	if (size)
		memcpy(typed, data + 1, size - 1);
	typed[size ? size - 1 : 0] = 0;
	t = saw_ssh_permitted(platform, typed, &err);
	if (t ? t->pace == SAW_SSH_SETUP : !err.text[0])
		abort();
	if (t)
		check(t, typed);
	t = saw_ssh_setup_permitted(platform, typed, NULL);
	if (t && t->pace != SAW_SSH_SETUP)
		abort();
	if (t)
		check(t, typed);
	free(typed);
	return 0;
}
