#include "core/gzip.h"

#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <stddef.h>
#include <stdlib.h>

#define LEVEL 1         /* as short as zlib's first in a tenth of its time; 2 and 3 are hardly shorter */
#define WRAPPER 64      /* bytes of header and trailer, and to spare */
#define STORED_MIN 1024 /* what does not become shorter is kept as it is, in blocks of more than this many bytes */
#define STORED_HEAD 8

struct state {
	struct isal_zstream stream;
	_Alignas(max_align_t) uint8_t work[ISAL_DEF_LVL1_DEFAULT]; /* as if it were allocated alone */
};

static int compress_into(struct saw_buf *out, const void *bytes, size_t n, size_t room) {
	struct state *st = calloc(1, sizeof *st);
	struct isal_zstream *z;
	int rc = -ENOMEM;

	if (!st)
		return rc;
	z = &st->stream;
	isal_deflate_init(z);
	z->level = LEVEL;
	z->level_buf = st->work;
	z->level_buf_size = sizeof st->work;
	z->gzip_flag = IGZIP_GZIP;
	z->end_of_stream = 1;
	z->next_in = (uint8_t *)(uintptr_t)bytes;
	z->avail_in = (uint32_t)n;
	z->next_out = out->data + out->len;
	z->avail_out = (uint32_t)room;
	if (isal_deflate(z) == COMP_OK && z->internal_state.state == ZSTATE_END) {
		out->len += z->total_out;
		out->data[out->len] = 0;
		rc = 0;
	}
	free(st);
	return rc;
}

int saw_gzip_put(struct saw_buf *out, const void *bytes, size_t n) {
	const size_t room = n + n / STORED_MIN * STORED_HEAD + WRAPPER;

	if (out->error)
		return out->error;
	if (room > UINT32_MAX)
		out->error = SAW_ELIMIT;
	else if (saw_buf_reserve(out, room))
		out->error = compress_into(out, bytes, n, room);
	return out->error;
}
