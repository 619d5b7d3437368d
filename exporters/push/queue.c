#include "exporters/push/queue.h"

#include "exporters/push/disk.h"
#include "exporters/push/segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEGMENTS 16 /* that the limit is cut into */
#define SEGMENT_MIN (64U << 10)
#define SEGMENT_MAX (8U << 20)
#define NAME_MAX_LEN 32

struct segment {
	struct segment *next; /* newer */
	uint64_t id;
	int fd;                           /* -1: not open */
	uint64_t end;                     /* of its last whole record */
	uint64_t read;                    /* where the first record begins that is not done */
	uint64_t records, samples, bytes; /* that are not */
};

/* A body that the disk did not take. */
struct held {
	struct held *next;
	struct saw_queue_item item;
	uint8_t bytes[];
};

struct saw_queue {
	int folder; /* -1: in memory only */
	struct saw_queue_limits limits;
	struct segment *first, *last; /* oldest and newest */
	bool writing;                 /* the newest one takes more */
	bool unsynced;
	uint64_t next_id, disk_bytes;
	struct held *held, **held_end;
	size_t held_bytes;
	uint64_t held_samples, dropped;
	unsigned broken;
	int64_t newest_ms;
	char trouble[96];
	struct saw_buf record; /* scratch */

	/* The head while somebody has it: a copy, with where it came from. */
	bool has_head;
	struct saw_buf head;
	struct saw_queue_item head_item;
	struct segment *head_segment; /* NULL: from memory, or its file is gone */
	struct held *head_held;
};

/* ------------------------------------------------------------------------------------------------------------------ the disk */

static void name_of(uint64_t id, char out[NAME_MAX_LEN]) {
	snprintf(out, NAME_MAX_LEN, "%016llx.segment", (unsigned long long)id);
}

static bool id_of(const char *name, uint64_t *id) {
	char *end, again[NAME_MAX_LEN];

	*id = strtoull(name, &end, 16);
	name_of(*id, again);
	return strcmp(name, again) == 0;
}

static void troubled(struct saw_queue *q, int code) {
	snprintf(q->trouble, sizeof q->trouble, "%s", saw_strerror(code));
}

static int open_segment(const struct saw_queue *q, struct segment *s, int flags) {
	char name[NAME_MAX_LEN];

	if (s->fd >= 0)
		return 0;
	name_of(s->id, name);
	s->fd = openat(q->folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
	return s->fd < 0 ? -errno : 0;
}

static uint64_t segment_limit(const struct saw_queue *q) {
	uint64_t n = q->limits.disk_bytes / SEGMENTS;

	return n < SEGMENT_MIN ? SEGMENT_MIN : n > SEGMENT_MAX ? SEGMENT_MAX : n;
}

/* Its file goes. What was left in it is dropped, but for a head that somebody has. */
static void remove_first(struct saw_queue *q) {
	struct segment *s = q->first;
	char name[NAME_MAX_LEN];

	name_of(s->id, name);
	unlinkat(q->folder, name, 0);
	if (s->fd >= 0)
		close(s->fd);
	q->dropped += s->samples;
	if (q->has_head && q->head_segment == s) {
		q->dropped -= q->head_item.samples;
		q->head_segment = NULL;
	}
	q->disk_bytes -= s->end;
	q->first = s->next;
	if (!q->first) {
		q->last = NULL;
		q->writing = false;
	}
	free(s);
}

static struct segment *add_segment(struct saw_queue *q, uint64_t id) {
	struct segment *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	*s = (struct segment){.id = id, .fd = -1};
	if (q->last)
		q->last->next = s;
	else
		q->first = s;
	q->last = s;
	return s;
}

/* A file that takes records. One that cannot be made leaves nothing behind. */
static int begin_segment(struct saw_queue *q) {
	struct saw_buf head = SAW_BUF_INIT(SAW_SEGMENT_HEAD);
	struct segment *before = q->last, *s = add_segment(q, q->next_id);
	char name[NAME_MAX_LEN];
	int rc;

	if (!s)
		return -ENOMEM;
	rc = open_segment(q, s, O_CREAT | O_EXCL);
	q->next_id++;
	saw_segment_put_head(&head);
	if (rc == 0) {
		rc = saw_buf_error(&head) ? saw_buf_error(&head) : saw_disk_write(s->fd, head.data, head.len, 0);
		if (rc == 0) {
			s->end = s->read = head.len;
			q->disk_bytes += s->end;
			q->writing = true;
			/* A reader goes to its first segment only; those between are closed. */
			if (before && before != q->first && before->fd >= 0) {
				close(before->fd);
				before->fd = -1;
			}
		} else {
			close(s->fd);
			name_of(s->id, name);
			unlinkat(q->folder, name, 0);
		}
	}
	if (rc) {
		q->last = before;
		if (before)
			before->next = NULL;
		else
			q->first = NULL;
		free(s);
	}
	saw_buf_free(&head);
	return rc;
}

static int put_on_disk(struct saw_queue *q, const struct saw_queue_item *item) {
	const struct saw_segment_record r = {
		.samples = item->samples, .time_ms = item->time_ms, .body = item->body, .len = (uint32_t)item->len};
	struct segment *s;
	int rc;

	if (q->folder < 0)
		return -ENODEV;
	saw_buf_reset(&q->record);
	rc = saw_segment_put(&q->record, &r);
	if (rc)
		return rc;
	if (q->writing && q->last->end + q->record.len > segment_limit(q) && q->last->end > SAW_SEGMENT_HEAD) {
		saw_queue_commit(q);
		q->writing = false;
	}
	while (q->first && q->disk_bytes + q->record.len + SAW_SEGMENT_HEAD > q->limits.disk_bytes)
		remove_first(q);
	if (!q->writing && (rc = begin_segment(q)) != 0)
		return rc;
	s = q->last;
	rc = saw_disk_write(s->fd, q->record.data, q->record.len, s->end);
	if (rc) {
		/* Half a record: cut off, or else no more behind it. */
		if (ftruncate(s->fd, (off_t)s->end) < 0)
			q->writing = false;
		return rc;
	}
	s->end += q->record.len;
	s->records++;
	s->samples += item->samples;
	s->bytes += item->len;
	q->disk_bytes += q->record.len;
	q->unsynced = true;
	return 0;
}

void saw_queue_commit(struct saw_queue *q) {
	if (!q->unsynced || !q->writing)
		return;
	q->unsynced = false;
	if (fdatasync(q->last->fd) < 0 || fsync(q->folder) < 0)
		troubled(q, -errno);
}

/* -------------------------------------------------------------------------------------------------------------------- memory */

static void forget_held(struct saw_queue *q) {
	struct held *h = q->held;

	q->held = h->next;
	if (!q->held)
		q->held_end = &q->held;
	q->held_bytes -= h->item.len;
	q->held_samples -= h->item.samples;
	if (q->head_held == h)
		q->head_held = NULL;
	free(h);
}

static int hold(struct saw_queue *q, const struct saw_queue_item *item) {
	struct held *h;

	while (q->held && q->held_bytes + item->len > q->limits.memory_bytes) {
		if (!q->has_head || q->head_held != q->held)
			q->dropped += q->held->item.samples;
		forget_held(q);
	}
	h = item->len <= q->limits.memory_bytes ? malloc(sizeof *h + item->len) : NULL;
	if (!h) {
		q->dropped += item->samples;
		return item->len > q->limits.memory_bytes ? SAW_ELIMIT : -ENOMEM;
	}
	*h = (struct held){.item = *item};
	memcpy(h->bytes, item->body, item->len);
	h->item.body = h->bytes;
	*q->held_end = h;
	q->held_end = &h->next;
	q->held_bytes += item->len;
	q->held_samples += item->samples;
	return 0;
}

/* What is held comes before what is added now, on the disk too. */
static int store_held(struct saw_queue *q) {
	while (q->held) {
		int rc = q->head_held == q->held ? 0 : put_on_disk(q, &q->held->item);

		if (rc)
			return rc;
		forget_held(q); /* of a head that is under way there is a copy */
	}
	return 0;
}

int saw_queue_add(struct saw_queue *q, const struct saw_queue_item *item) {
	int rc;

	if (item->len > SAW_SEGMENT_BODY_MAX ||
		(q->folder >= 0 && item->len + SAW_SEGMENT_RECORD + SAW_SEGMENT_HEAD > q->limits.disk_bytes)) {
		q->dropped += item->samples;
		return SAW_ELIMIT;
	}
	if (item->time_ms > q->newest_ms)
		q->newest_ms = item->time_ms;
	if (q->folder < 0)
		return hold(q, item);
	rc = store_held(q);
	if (rc == 0)
		rc = put_on_disk(q, item);
	if (rc == 0) {
		q->trouble[0] = 0;
		return 0;
	}
	troubled(q, rc);
	return hold(q, item);
}

/* ---------------------------------------------------------------------------------------------------------------------- head */

/* What is behind the place that cannot be read is lost: where the next record begins is not known. */
static void give_up(struct saw_queue *q) {
	q->broken++;
	remove_first(q);
}

/* The first record of the first segment that waits. False: it has none left, or none that can be read. */
static bool load_record(struct saw_queue *q, struct segment *s) {
	uint8_t head[SAW_SEGMENT_RECORD];
	struct saw_segment_record r;
	uint8_t *body;

	while (s->read < s->end) {
		if (open_segment(q, s, 0) < 0 || saw_disk_read(s->fd, head, sizeof head, s->read) < 0 ||
			saw_segment_record(head, &r) < 0 || s->end - s->read < sizeof head + r.len)
			return false;
		if (r.done) {
			s->read += sizeof head + r.len;
			continue;
		}
		saw_buf_reset(&q->head);
		body = saw_buf_reserve(&q->head, r.len);
		if (!body || saw_disk_read(s->fd, body, r.len, s->read + sizeof head) < 0)
			return false;
		q->head.len = r.len;
		r.body = body;
		if (saw_segment_check(&r) < 0)
			return false;
		q->head_item =
			(struct saw_queue_item){.body = q->head.data, .len = r.len, .samples = r.samples, .time_ms = r.time_ms};
		q->head_segment = s;
		q->has_head = true;
		return true;
	}
	return false;
}

static bool load_held(struct saw_queue *q) {
	saw_buf_reset(&q->head);
	saw_buf_put(&q->head, q->held->item.body, q->held->item.len);
	if (saw_buf_error(&q->head))
		return false;
	q->head_item = q->held->item;
	q->head_item.body = q->head.data;
	q->head_held = q->held;
	return q->has_head = true;
}

bool saw_queue_head(struct saw_queue *q, struct saw_queue_item *out) {
	while (!q->has_head && q->first) {
		if (q->first->records == 0 && q->first == q->last && q->writing)
			break;
		if (q->first->records == 0)
			remove_first(q);
		else if (!load_record(q, q->first))
			give_up(q);
	}
	if (!q->has_head && q->held && !load_held(q))
		return false;
	if (!q->has_head)
		return false;
	*out = q->head_item;
	return true;
}

static void done_on_disk(struct saw_queue *q, struct segment *s) {
	static const uint8_t done = SAW_SEGMENT_DONE;
	int rc = open_segment(q, s, 0);

	if (rc == 0)
		rc = saw_disk_write(s->fd, &done, 1, s->read + SAW_SEGMENT_STATE);
	if (rc)
		troubled(q, rc);
	s->read += SAW_SEGMENT_RECORD + q->head_item.len;
	s->records--;
	s->samples -= q->head_item.samples;
	s->bytes -= q->head_item.len;
	/* Read to its end, it goes, and the next file begins; a short one takes more. */
	if (s->read >= s->end && (s != q->last || !q->writing || s->end > SEGMENT_MIN))
		remove_first(q);
}

void saw_queue_done(struct saw_queue *q) {
	struct segment *s = q->head_segment;

	if (!q->has_head)
		return;
	q->has_head = false;
	q->head_segment = NULL;
	if (s)
		done_on_disk(q, s);
	else if (q->head_held)
		forget_held(q);
}

/* --------------------------------------------------------------------------------------------------------------- open, close */

static int make_folder(const char *path) {
	char part[4096];
	size_t n = strlen(path);

	if (n >= sizeof part)
		return -ENAMETOOLONG;
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i])
			continue;
		memcpy(part, path, i);
		part[i] = 0;
		if (mkdir(part, 0700) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

/* Looks at all of a segment that an earlier run wrote. */
static int scan(struct saw_queue *q, struct segment *s, struct saw_buf *bytes) {
	struct saw_segment_record r;
	bool waits = false;
	struct stat st;
	size_t used;
	uint8_t *p;
	int rc = open_segment(q, s, 0);

	if (rc == 0 && (fstat(s->fd, &st) < 0 || !S_ISREG(st.st_mode)))
		rc = -EIO;
	saw_buf_reset(bytes);
	p = rc == 0 ? saw_buf_reserve(bytes, (size_t)st.st_size) : NULL;
	if (rc == 0)
		rc = p ? saw_disk_read(s->fd, p, (size_t)st.st_size, 0) : saw_buf_error(bytes);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	if (rc == 0)
		rc = saw_segment_head(p, (size_t)st.st_size);
	if (rc)
		return rc;
	s->end = s->read = SAW_SEGMENT_HEAD;
	while ((rc = saw_segment_next(p + s->end, (size_t)st.st_size - s->end, &r, &used)) == 1) {
		waits = waits || !r.done;
		s->end += used;
		if (!waits)
			s->read = s->end;
		if (!r.done) {
			s->records++;
			s->samples += r.samples;
			s->bytes += r.len;
		}
		if (r.time_ms > q->newest_ms)
			q->newest_ms = r.time_ms;
	}
	return rc;
}

static int by_id(const void *a, const void *b) {
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int list(int folder, uint64_t **out, size_t *n) {
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	size_t cap = 0;
	uint64_t id;

	*out = NULL;
	*n = 0;
	if (!d) {
		if (fd >= 0)
			close(fd);
		return -errno;
	}
	while ((e = readdir(d))) {
		if (!id_of(e->d_name, &id))
			continue;
		if (*n == cap) {
			uint64_t *more = realloc(*out, (cap = cap ? cap * 2 : 32) * sizeof *more);

			if (!more) {
				closedir(d);
				return -ENOMEM;
			}
			*out = more;
		}
		(*out)[(*n)++] = id;
	}
	closedir(d);
	if (*n)
		qsort(*out, *n, sizeof **out, by_id);
	return 0;
}

static int recover(struct saw_queue *q, const char *folder, char *note) {
	struct saw_buf bytes = SAW_BUF_INIT(SAW_SEGMENT_BODY_MAX + (64U << 20));
	uint64_t *ids;
	size_t n;
	int rc = list(q->folder, &ids, &n);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct segment *s = add_segment(q, ids[i]);
		int bad;

		if (!s) {
			rc = -ENOMEM;
			break;
		}
		q->next_id = ids[i] + 1;
		bad = scan(q, s, &bytes);
		q->disk_bytes += s->end;
		/* A kill cuts the last record of a file; anything else is a broken disk, or not ours. */
		if (bad && bad != SAW_ETRUNCATED)
			snprintf(note, SAW_ERR_TEXT_MAX, "%.300s/%016llx.segment: %s; what is behind byte %llu of it is lost",
					 folder, (unsigned long long)ids[i], saw_strerror(bad), (unsigned long long)s->end);
	}
	free(ids);
	saw_buf_free(&bytes);
	return rc;
}

int saw_queue_open(const char *folder, const struct saw_queue_limits *limits, char *note, struct saw_queue **out,
				   struct saw_err *err) {
	struct saw_queue *q = calloc(1, sizeof *q);
	int rc = 0;

	*note = 0;
	if (!q)
		return saw_err_set(err, -ENOMEM, "no memory for a queue");
	*q = (struct saw_queue){.folder = -1,
							.limits = *limits,
							.next_id = 1,
							.record = SAW_BUF_INIT(SAW_SEGMENT_BODY_MAX + 4096),
							.head = SAW_BUF_INIT(SAW_SEGMENT_BODY_MAX + 4096)};
	q->held_end = &q->held;
	if (folder) {
		rc = make_folder(folder);
		if (rc == 0 && (q->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
			rc = -errno;
		if (rc == 0)
			rc = recover(q, folder, note);
	}
	if (rc) {
		saw_queue_close(q);
		return saw_err_set(err, rc, "the queue %s: %s", folder, saw_strerror(rc));
	}
	*out = q;
	return 0;
}

void saw_queue_close(struct saw_queue *q) {
	if (!q)
		return;
	while (q->held)
		forget_held(q);
	for (struct segment *s = q->first, *next; s; s = next) {
		next = s->next;
		if (s->fd >= 0)
			close(s->fd);
		free(s);
	}
	if (q->folder >= 0)
		close(q->folder);
	saw_buf_free(&q->record);
	saw_buf_free(&q->head);
	free(q);
}

void saw_queue_limit(struct saw_queue *q, const struct saw_queue_limits *limits) {
	q->limits = *limits;
}

struct saw_queue_figures saw_queue_figures(const struct saw_queue *q) {
	struct saw_queue_figures f = {
		.samples = q->held_samples, .bytes = q->held_bytes, .dropped = q->dropped, .broken = q->broken};

	for (const struct segment *s = q->first; s; s = s->next) {
		f.samples += s->samples;
		f.bytes += s->bytes;
	}
	return f;
}

int64_t saw_queue_newest_ms(const struct saw_queue *q) {
	return q->newest_ms;
}

void saw_queue_time(struct saw_queue *q, int64_t newest_ms) {
	q->newest_ms = newest_ms;
}

const char *saw_queue_trouble(const struct saw_queue *q) {
	return q->trouble[0] ? q->trouble : NULL;
}
