/*
 * Any bytes as a transcript: read, or refused with a text that names the line. And as what a device says: the transcript of it reads back as the same
 * bytes, masks aside, and never holds the secret that was typed.
 */
#include "tests/fuzz/fuzz.h"

#include "collectors/ssh/transcript.h"

#include <stdlib.h>

#define SECRET "s3cret"

static void read_all(struct saw_str text, struct saw_buf *came) {
	struct saw_transcript_reader r;
	struct saw_transcript_event e;
	struct saw_err err = {0};
	int rc;

	saw_transcript_reader_init(&r, text);
	while ((rc = saw_transcript_read(&r, &e, &err)) > 0)
		if (came && e.kind == SAW_TRANSCRIPT_CAME)
			saw_buf_put(came, e.bytes.p, e.bytes.n);
	if (rc < 0 && (came || strncmp(err.text, "line ", 5) != 0))
		abort();
	saw_transcript_reader_free(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	struct saw_buf out = SAW_BUF_INIT(1 << 26), came = SAW_BUF_INIT(1 << 24);
	struct saw_transcript_writer *w = saw_transcript_writer_create(&out, 0);
	size_t half = size / 2;

	if (!w)
		abort();
	read_all((struct saw_str){(const char *)data, size}, NULL);
	saw_transcript_typed(w, SECRET, strlen(SECRET), true, 5);
	saw_transcript_came(w, (const char *)data, half, 2000000000);
	saw_transcript_typed(w, "\n", 1, false, 5000000000);
	saw_transcript_came(w, (const char *)data + half, size - half, 5000000000);
	saw_transcript_ended(w, 6000000000);
	saw_transcript_writer_destroy(w);
	read_all((struct saw_str){saw_buf_text(&out), out.len}, &came);
	if (!strstr(saw_buf_text(&out), "<masked>") && (came.len != size || (size && memcmp(came.data, data, size) != 0)))
		abort();
	saw_buf_free(&out);
	saw_buf_free(&came);
	return 0;
}
