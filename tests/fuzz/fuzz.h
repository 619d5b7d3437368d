/* What every fuzz target is: one function that takes any bytes and must neither crash nor leak. */
#ifndef SAWATCH_TESTS_FUZZ_FUZZ_H
#define SAWATCH_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The names are libFuzzer's. The second is called once before, where a target has it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Ends the program, and says what does not hold. */
#define MUST(holds)                                                                    \
	do {                                                                               \
		if (!(holds)) {                                                                \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #holds); \
			abort();                                                                   \
		}                                                                              \
	} while (0)

#endif
