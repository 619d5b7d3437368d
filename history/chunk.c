#include "history/chunk.h"

#include "core/siphash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define VERSION 1
#define BLOCK 32
#define CHECK_BYTES 4
#define VARINT_MAX 10

/* How a row of differences is stored. */
enum { SAME, BLOCKS };

#define FLAG_STATE_SHIFT 16
#define FLAG_MAINTENANCE (1U << 24)
#define FLAG_GAP (1U << 25)

_Static_assert(SAW_COLUMNS <= FLAG_STATE_SHIFT, "columns and state share a word");

/* --------------------------------------------------------------------------------------------------------------- points */

int saw_points_reserve(struct saw_points *points, size_t more) {
	size_t room = points->room ? points->room : 64;
	struct saw_point *p;

	if (points->n + more <= points->room)
		return 0;
	while (room < points->n + more)
		room *= 2;
	p = realloc(points->p, room * sizeof *p);
	if (!p)
		return -ENOMEM;
	points->p = p;
	points->room = room;
	return 0;
}

int saw_points_add(struct saw_points *points, const struct saw_point *p) {
	int rc = saw_points_reserve(points, 1);

	if (rc == 0)
		points->p[points->n++] = *p;
	return rc;
}

void saw_points_free(struct saw_points *points) {
	free(points->p);
	*points = (struct saw_points){0};
}

static int by_time(const void *a, const void *b) {
	const struct saw_point *x = a, *y = b;

	return (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms);
}

bool saw_points_sort(struct saw_points *points) {
	bool sorted = true, twice = false;
	size_t n = 0;

	for (size_t i = 1; i < points->n && sorted; i++)
		sorted = points->p[i - 1].at_ms < points->p[i].at_ms;
	if (sorted)
		return false;
	/* glibc's qsort merges, so that equal ones keep their order. */
	qsort(points->p, points->n, sizeof *points->p, by_time);
	for (size_t i = 0; i < points->n; i++) {
		if (n && points->p[n - 1].at_ms == points->p[i].at_ms)
			twice = true;
		else
			points->p[n++] = points->p[i];
	}
	points->n = n;
	return twice;
}

void saw_points_cut(struct saw_points *points, size_t first, int64_t from_ms, int64_t to_ms) {
	size_t begin = first, end;

	while (begin < points->n && points->p[begin].at_ms < from_ms)
		begin++;
	for (end = begin; end < points->n && points->p[end].at_ms < to_ms;)
		end++;
	if (begin > first)
		memmove(points->p + first, points->p + begin, (end - begin) * sizeof *points->p);
	points->n = first + (end - begin);
}

static bool is_far(const struct saw_point *a, const struct saw_point *b, int64_t hole_ms) {
	return b->at_ms - a->at_ms > hole_ms || a->state != b->state || a->maintenance != b->maintenance ||
		   a->has != b->has;
}

void saw_points_thin(struct saw_points *points, int64_t every_ms, int64_t hole_ms) {
	struct saw_point *p = points->p;
	size_t n = 0;

	for (size_t i = 0; i < points->n; i++) {
		bool first = i == 0, last = i + 1 == points->n;
		/* What decreases is another count: its last point and its first one are both needed. */
		bool keep = first || last || p[i].gap || p[i + 1].gap || p[i].at_ms / every_ms != p[i + 1].at_ms / every_ms ||
					is_far(&p[i - 1], &p[i], hole_ms) || is_far(&p[i], &p[i + 1], hole_ms);

		if (keep)
			p[n++] = p[i];
	}
	points->n = n;
}

/* -------------------------------------------------------------------------------------------------------------- writing */

static void put_varint(struct saw_buf *b, uint64_t v) {
	uint8_t *p = saw_buf_reserve(b, VARINT_MAX);

	if (!p)
		return;
	for (; v >= 0x80; v >>= 7, b->len++)
		*p++ = (uint8_t)(v | 0x80);
	*p = (uint8_t)v;
	b->len++;
}

static uint32_t flags_of(const struct saw_point *p) {
	return (p->has & ((1U << SAW_COLUMNS) - 1)) | (uint32_t)p->state << FLAG_STATE_SHIFT |
		   (p->maintenance ? FLAG_MAINTENANCE : 0) | (p->gap ? FLAG_GAP : 0);
}

static void set_flags(struct saw_point *p, uint32_t flags) {
	p->has = flags & ((1U << SAW_COLUMNS) - 1);
	p->state = (uint8_t)(flags >> FLAG_STATE_SHIFT);
	p->maintenance = flags & FLAG_MAINTENANCE;
	p->gap = flags & FLAG_GAP;
}

static unsigned width_of(uint64_t v) {
	return v ? 64 - (unsigned)__builtin_clzll(v) : 0;
}

static void put_block(struct saw_buf *b, const uint64_t *v, size_t n) {
	uint64_t least = v[0], most = v[0];
	unsigned width, at = 0;
	size_t bytes;
	uint8_t *out;

	for (size_t i = 1; i < n; i++) {
		least = v[i] < least ? v[i] : least;
		most = v[i] > most ? v[i] : most;
	}
	width = width_of(most - least);
	bytes = (n * width + 7) / 8;
	saw_buf_putc(b, (char)width);
	put_varint(b, least);
	out = saw_buf_reserve(b, bytes);
	if (!out)
		return;
	memset(out, 0, bytes);
	for (size_t i = 0; i < n; i++) {
		uint64_t rest = v[i] - least;

		for (unsigned left = width; left;) {
			unsigned free_bits = 8 - at % 8, take = left < free_bits ? left : free_bits;

			out[at / 8] |= (uint8_t)((rest & ((1U << take) - 1)) << (at % 8));
			rest >>= take;
			left -= take;
			at += take;
		}
	}
	b->len += bytes;
}

static void put_row(struct saw_buf *b, const uint64_t *v, size_t n) {
	size_t same = 1;

	if (n == 0)
		return;
	while (same < n && v[same] == v[0])
		same++;
	saw_buf_putc(b, same == n ? SAME : BLOCKS);
	if (same == n)
		put_varint(b, v[0]);
	for (size_t i = 0; same < n && i < n; i += BLOCK)
		put_block(b, v + i, n - i < BLOCK ? n - i : BLOCK);
}

static void put_flags(struct saw_buf *b, const struct saw_point *p, size_t n) {
	for (size_t i = 0, run; i < n; i += run) {
		for (run = 1; i + run < n && flags_of(&p[i + run]) == flags_of(&p[i]);)
			run++;
		put_varint(b, run);
		put_varint(b, flags_of(&p[i]));
	}
}

/* What is not known stays as it was. */
static void put_column(struct saw_buf *b, const struct saw_point *p, size_t n, int column, uint64_t *row) {
	uint64_t before = p[0].has >> column & 1 ? p[0].total[column] : 0;

	put_varint(b, before);
	for (size_t i = 1; i < n; i++) {
		uint64_t now = p[i].has >> column & 1 ? p[i].total[column] : before;

		row[i - 1] = now - before;
		before = now;
	}
	put_row(b, row, n - 1);
}

static uint32_t checksum(const uint8_t *bytes, size_t n) {
	static const uint8_t key[SAW_SIPHASH_KEY] = "sawatch history";

	return (uint32_t)saw_siphash(key, bytes, n);
}

int saw_chunk_write(const struct saw_point *p, size_t n, struct saw_buf *out) {
	size_t begin = out->len;
	uint32_t columns = 0, check;
	uint64_t *row;

	if (n == 0)
		return SAW_EFORMAT;
	if (n > SAW_CHUNK_POINTS)
		return SAW_ELIMIT;
	row = malloc(n * sizeof *row);
	if (!row)
		return -ENOMEM;
	saw_buf_putc(out, VERSION);
	put_varint(out, n);
	put_varint(out, (uint64_t)p[0].at_ms);
	put_flags(out, p, n);
	for (size_t i = 0; i < n; i++)
		columns |= p[i].has;
	for (size_t i = 1; i < n; i++)
		row[i - 1] = (uint64_t)(p[i].at_ms - p[i - 1].at_ms);
	put_row(out, row, n - 1);
	for (int c = 0; c < SAW_COLUMNS; c++)
		if (columns >> c & 1)
			put_column(out, p, n, c, row);
	free(row);
	if (saw_buf_error(out))
		return saw_buf_error(out);
	check = checksum(out->data + begin, out->len - begin);
	for (int i = 0; i < CHECK_BYTES; i++)
		saw_buf_putc(out, (char)(check >> (8 * i)));
	return saw_buf_error(out);
}

/* -------------------------------------------------------------------------------------------------------------- reading */

/* Reads past the end are an error that is asked about once. */
struct reader {
	const uint8_t *p, *end;
	bool bad;
};

static uint64_t get_varint(struct reader *r) {
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (r->p == r->end)
			break;
		v |= (uint64_t)(*r->p & 0x7f) << shift;
		if (*r->p++ < 0x80)
			return v;
	}
	r->bad = true;
	return 0;
}

static unsigned get_byte(struct reader *r) {
	if (r->p == r->end) {
		r->bad = true;
		return 0;
	}
	return *r->p++;
}

static uint64_t load(const uint8_t *p) {
	uint64_t v;

	memcpy(&v, p, sizeof v);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

/* Adds up n differences from *sum on into every `stride` bytes of out. */
static void sum_block(struct reader *r, size_t n, uint64_t *sum, uint8_t *out, size_t stride) {
	unsigned width = get_byte(r);
	uint64_t least = get_varint(r), mask = width < 64 ? ((uint64_t)1 << width) - 1 : UINT64_MAX, s = *sum;
	size_t bytes = (n * width + 7) / 8, at = 0;
	uint8_t tail[BLOCK * 8 + 9];
	const uint8_t *p = r->p;

	if (r->bad || width > 64 || (size_t)(r->end - r->p) < bytes) {
		r->bad = true;
		return;
	}
	r->p += bytes;
	/* Values are taken from nine bytes at a time, which may lie behind the last ones. */
	if ((size_t)(r->end - p) < bytes + 9) {
		memset(tail, 0, sizeof tail);
		memcpy(tail, p, bytes);
		p = tail;
	}
	for (size_t i = 0; i < n; i++, at += width, out += stride) {
		uint64_t v = load(p + at / 8) >> (at % 8);

		if (width > 56 && at % 8)
			v |= (uint64_t)p[at / 8 + 8] << (64 - at % 8);
		s += least + (v & mask);
		memcpy(out, &s, sizeof s);
	}
	*sum = s;
}

/* Into a member of each point after the first, from that of the first on. */
static void get_row(struct reader *r, struct saw_point *p, size_t n, size_t offset) {
	uint8_t *out = (uint8_t *)(p + 1) + offset;
	uint64_t sum, same;

	memcpy(&sum, (uint8_t *)p + offset, sizeof sum);
	if (n == 0)
		return;
	switch (get_byte(r)) {
	case SAME:
		same = get_varint(r);
		for (size_t i = 0; i < n; i++, out += sizeof *p) {
			sum += same;
			memcpy(out, &sum, sizeof sum);
		}
		break;
	case BLOCKS:
		for (size_t i = 0; i < n && !r->bad; i += BLOCK, out += BLOCK * sizeof *p)
			sum_block(r, n - i < BLOCK ? n - i : BLOCK, &sum, out, sizeof *p);
		break;
	default:
		r->bad = true;
	}
}

/* The columns that any point has; all: every point has them all. */
static uint32_t get_flags(struct reader *r, struct saw_point *p, size_t n, bool *all) {
	uint32_t any = 0, every = UINT32_MAX;

	for (size_t i = 0; i < n && !r->bad;) {
		uint64_t run = get_varint(r), flags = get_varint(r);

		if (r->bad || run == 0 || run > n - i || flags >> 26) {
			r->bad = true;
			break;
		}
		for (; run; run--)
			set_flags(&p[i++], (uint32_t)flags);
		any |= p[i - 1].has;
		every &= p[i - 1].has;
	}
	*all = any == every;
	return any;
}

static bool in_order(const struct saw_point *p, size_t n) {
	if (p[0].at_ms < 0)
		return false;
	for (size_t i = 1; i < n; i++)
		if (p[i].at_ms <= p[i - 1].at_ms)
			return false;
	return true;
}

int saw_chunk_read(const uint8_t *bytes, size_t len, struct saw_points *out) {
	struct reader r = {.p = bytes, .end = bytes + len};
	uint32_t columns, check = 0;
	struct saw_point *p;
	bool all;
	uint64_t n;
	int rc;

	if (len < 1 + CHECK_BYTES)
		return SAW_EFORMAT;
	if (*bytes > VERSION)
		return SAW_EVERSION;
	r.end -= CHECK_BYTES;
	for (int i = 0; i < CHECK_BYTES; i++)
		check |= (uint32_t)r.end[i] << (8 * i);
	if (check != checksum(bytes, len - CHECK_BYTES) || get_byte(&r) != VERSION)
		return SAW_EFORMAT;
	n = get_varint(&r);
	if (r.bad || n == 0)
		return SAW_EFORMAT;
	if (n > SAW_CHUNK_POINTS)
		return SAW_ELIMIT;
	rc = saw_points_reserve(out, n);
	if (rc)
		return rc;
	p = out->p + out->n;
	memset(p, 0, n * sizeof *p);
	p[0].at_ms = (int64_t)get_varint(&r);
	columns = get_flags(&r, p, n, &all);
	get_row(&r, p, n - 1, offsetof(struct saw_point, at_ms));
	for (int c = 0; c < SAW_COLUMNS && !r.bad; c++) {
		if (!(columns >> c & 1))
			continue;
		p[0].total[c] = get_varint(&r);
		get_row(&r, p, n - 1, offsetof(struct saw_point, total) + (size_t)c * sizeof p->total[0]);
		/* Where it was not known, what it was before is not its value. */
		for (size_t i = 0; i < n && !all; i++)
			if (!(p[i].has >> c & 1))
				p[i].total[c] = 0;
	}
	if (r.bad || r.p != r.end || !in_order(p, n))
		return SAW_EFORMAT;
	out->n += n;
	return 0;
}

/* -------------------------------------------------------------------------------------------------------------- batches */

void saw_batch_put(struct saw_buf *batch, uint32_t end, const struct saw_point *p) {
	put_varint(batch, end);
	put_varint(batch, (uint64_t)p->at_ms);
	put_varint(batch, flags_of(p));
	for (int c = 0; c < SAW_COLUMNS; c++)
		if (p->has >> c & 1)
			put_varint(batch, p->total[c]);
}

int saw_batch_next(const uint8_t *bytes, size_t len, size_t *at, uint32_t *end, struct saw_point *p) {
	struct reader r = {.p = bytes + *at, .end = bytes + len};
	uint64_t id, flags;

	if (*at >= len)
		return 0;
	*p = (struct saw_point){0};
	id = get_varint(&r);
	p->at_ms = (int64_t)get_varint(&r);
	flags = get_varint(&r);
	if (r.bad || id > UINT32_MAX || flags >> 26 || p->at_ms < 0)
		return SAW_EFORMAT;
	*end = (uint32_t)id;
	set_flags(p, (uint32_t)flags);
	for (int c = 0; c < SAW_COLUMNS; c++)
		if (p->has >> c & 1)
			p->total[c] = get_varint(&r);
	*at = (size_t)(r.p - bytes);
	return r.bad ? SAW_EFORMAT : 1;
}
