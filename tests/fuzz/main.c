/*
 * Runs a fuzz target on the files given as arguments: how a seed corpus is checked, and how a crash is looked at, with any
 * compiler. Under --enable-fuzzer libFuzzer's main takes its place (and takes files as arguments too).
 */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

static int run(const char *path) {
	FILE *f = fopen(path, "rb");
	uint8_t *bytes = NULL, *more;
	size_t n = 0, cap = 0, got;

	if (!f) {
		perror(path);
		return 1;
	}
	do {
		if (n == cap) {
			cap = cap ? cap * 2 : 65536;
			more = realloc(bytes, cap);
			if (!more)
				abort();
			bytes = more;
		}
		got = fread(bytes + n, 1, cap - n, f);
		n += got;
	} while (got);
	fclose(f);
	/* A block of its own length, so that a read past the end is seen. */
	more = malloc(n ? n : 1);
	if (!more)
		abort();
	for (size_t i = 0; i < n; i++)
		more[i] = bytes[i];
	free(bytes);
	LLVMFuzzerTestOneInput(more, n);
	free(more);
	return 0;
}

int main(int argc, char **argv) {
	int rc = 0;

	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	if (argc < 2) {
		fprintf(stderr, "usage: %s FILE...\n", argv[0]);
		return 2;
	}
	for (int i = 1; i < argc; i++)
		rc |= run(argv[i]);
	return rc;
}
