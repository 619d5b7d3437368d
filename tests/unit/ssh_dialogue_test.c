/* The dialogue with a device's command line: each transcript of tests/fixtures/ssh, whole and cut in many ways, comes to the same. */
#include "collectors/ssh/dialogue.h"
#include "tests/fixtures/ssh_player.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MS UINT64_C(1000000)

static void load(const char *path, struct saw_buf *text) {
	FILE *f = fopen(path, "rb");
	char bytes[4096];
	size_t n;

	if (!f)
		fail_msg("%s cannot be read", path);
	while ((n = fread(bytes, 1, sizeof bytes, f)) > 0)
		saw_buf_put(text, bytes, n);
	fclose(f);
	assert_int_equal(saw_buf_error(text), 0);
}

/* False, and said why, where it does not come to what the transcript says. */
static bool play(const char *path, const struct saw_buf *text, struct saw_player_cut cut) {
	struct saw_buf report = SAW_BUF_INIT(1 << 20);
	bool same = saw_player_play(saw_buf_text(text), text->len, &cut, &report) == 0;

	if (!same)
		fprintf(stderr, "%s, pieces of %zu, seed %u, %u ms between them: %s\n", path, cut.piece, cut.seed,
				(unsigned)(cut.gap_ns / MS), saw_buf_text(&report));
	saw_buf_free(&report);
	return same;
}

/* Whole, byte by byte, and cut by chance. */
static bool play_in_many_ways(const char *path, const struct saw_buf *text) {
	bool same = play(path, text, (struct saw_player_cut){0}) && play(path, text, (struct saw_player_cut){.piece = 1}) &&
				play(path, text, (struct saw_player_cut){.piece = 1, .gap_ns = 3 * MS}) &&
				play(path, text, (struct saw_player_cut){.piece = 2, .gap_ns = 5 * MS});

	for (unsigned seed = 1; same && seed <= 50; seed++)
		same = play(path, text, (struct saw_player_cut){.piece = 1 + seed, .seed = seed, .gap_ns = seed % 3 * MS});
	return same;
}

static void test_transcripts(void **state) {
	const char *top = getenv("top_srcdir");
	struct saw_buf text = SAW_BUF_INIT(1 << 20);
	char folder[1024], path[2048];
	struct dirent *e;
	unsigned n = 0, faults = 0;
	DIR *dir;

	(void)state;
	snprintf(folder, sizeof folder, "%s/tests/fixtures/ssh", top ? top : ".");
	dir = opendir(folder);
	assert_non_null(dir);
	while ((e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		saw_buf_reset(&text);
		load(path, &text);
		faults += !play_in_many_ways(path, &text);
		n++;
	}
	closedir(dir);
	saw_buf_free(&text);
	assert_true(n >= 20);
	assert_int_equal(faults, 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_transcripts)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
