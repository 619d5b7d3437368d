#include "exporters/push/sent.h"

#include "exporters/push/disk.h"
#include "exporters/push/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "sent.series"
#define PART NAME ".part"
#define KEY_MAX ((size_t)64 << 10)
#define LIST_MAX ((size_t)1 << 20)  /* that a record is made of */
#define SLACK (UINT64_C(256) << 10) /* history that a small file may have */

/* Keys on their way to the file. */
struct list {
	struct saw_buf body, last; /* what the next one may share with */
};

struct saw_sent {
	struct saw_series_set *set;
	int folder, fd; /* fd -1: there is no file, or none that more may be put behind */
	uint64_t size;
	uint64_t written, live; /* bytes of keys in the file; of them of series that are there */
	struct list begun, ended;
	bool unsynced;
	char trouble[96];
};

static void list_reset(struct list *l) {
	saw_buf_reset(&l->body);
	saw_buf_reset(&l->last);
}

static void list_free(struct list *l) {
	saw_buf_free(&l->body);
	saw_buf_free(&l->last);
}

/* Nothing more is put behind it: the next commit writes all of it anew. */
static void leave_file(struct saw_sent *s) {
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static void troubled(struct saw_sent *s, int code) {
	snprintf(s->trouble, sizeof s->trouble, "%s", saw_strerror(code));
	leave_file(s);
}

/* ------------------------------------------------------------------------------------------------------------------ the form */

static void put_varint(struct saw_buf *b, uint64_t v) {
	for (; v > 0x7f; v >>= 7)
		saw_buf_putc(b, (char)(v | 0x80));
	saw_buf_putc(b, (char)v);
}

static bool get_varint(const uint8_t **p, const uint8_t *end, uint64_t *v) {
	*v = 0;
	for (unsigned shift = 0; *p < end && shift < 35; shift += 7) {
		const uint8_t byte = *(*p)++;

		*v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return true;
	}
	return false;
}

static void put_key(struct list *l, char sign, const uint8_t *key, size_t len) {
	const size_t most = len < l->last.len ? len : l->last.len;
	size_t shared = 0;

	if (l->body.len == 0)
		saw_buf_putc(&l->body, sign);
	while (shared < most && key[shared] == l->last.data[shared])
		shared++;
	put_varint(&l->body, shared);
	put_varint(&l->body, len - shared);
	saw_buf_put(&l->body, key + shared, len - shared);
	saw_buf_reset(&l->last);
	saw_buf_put(&l->last, key, len);
}

bool saw_sent_read(struct saw_series_set *set, const uint8_t *body, size_t len) {
	const uint8_t *p = body + 1, *end = body + len;
	struct saw_buf key = SAW_BUF_INIT(KEY_MAX);
	uint64_t shared, more;
	bool ok = len > 0 && (body[0] == '+' || body[0] == '-');

	while (ok && p < end) {
		ok = get_varint(&p, end, &shared) && get_varint(&p, end, &more) && shared <= key.len &&
			 more <= (uint64_t)(end - p) && shared + more > 0;
		if (!ok)
			break;
		key.len = (size_t)shared;
		saw_buf_put(&key, p, (size_t)more);
		p += more;
		if (saw_buf_error(&key))
			ok = false;
		else if (body[0] == '-')
			saw_series_forget(set, key.data, key.len);
		else
			ok = saw_series_seen(set, key.data, key.len) != NULL;
	}
	saw_buf_free(&key);
	return ok;
}

/* ------------------------------------------------------------------------------------------------------------------ the disk */

/* Puts a list behind what is in a file. */
static int append(int fd, uint64_t *size, const struct list *l) {
	struct saw_buf record = SAW_BUF_INIT(LIST_MAX + 2 * KEY_MAX + 4096);
	const struct saw_segment_record r = {.body = l->body.data, .len = (uint32_t)l->body.len};
	int rc = saw_buf_error(&l->body) ? saw_buf_error(&l->body) : saw_segment_put(&record, &r);

	if (rc == 0)
		rc = *size + record.len > SAW_SENT_MAX ? SAW_ELIMIT : saw_disk_write(fd, record.data, record.len, *size);
	if (rc == 0)
		*size += record.len;
	saw_buf_free(&record);
	return rc;
}

static void write_list(struct saw_sent *s, struct list *l) {
	int rc = l->body.len && s->fd >= 0 ? append(s->fd, &s->size, l) : 0;

	if (rc)
		troubled(s, rc);
	else if (l->body.len)
		s->unsynced = true;
	list_reset(l);
}

static int begin_file(int fd, uint64_t *size) {
	struct saw_buf head = SAW_BUF_INIT(SAW_SEGMENT_HEAD);
	int rc;

	saw_segment_put_head(&head);
	rc = saw_buf_error(&head) ? saw_buf_error(&head) : saw_disk_write(fd, head.data, head.len, 0);
	*size = head.len;
	saw_buf_free(&head);
	return rc;
}

struct rewrite {
	int fd, rc;
	uint64_t size;
	struct list list;
};

static void put_live(void *ctx, const void *key, size_t len) {
	struct rewrite *w = ctx;

	put_key(&w->list, '+', key, len);
	if (w->list.body.len < LIST_MAX || w->rc)
		return;
	w->rc = append(w->fd, &w->size, &w->list);
	list_reset(&w->list);
}

/* The set as it is, in place of the file: the old one or the new one is there at any time. */
static void rewrite(struct saw_sent *s) {
	struct rewrite w = {.list = {SAW_BUF_INIT(LIST_MAX + 2 * KEY_MAX), SAW_BUF_INIT(KEY_MAX)}};

	w.fd = openat(s->folder, PART, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	w.rc = w.fd < 0 ? -errno : begin_file(w.fd, &w.size);
	if (w.rc == 0)
		w.rc = saw_series_each(s->set, put_live, &w);
	if (w.rc == 0 && w.list.body.len)
		w.rc = append(w.fd, &w.size, &w.list);
	list_free(&w.list);
	if (w.rc == 0 && (fdatasync(w.fd) < 0 || renameat(s->folder, PART, s->folder, NAME) < 0))
		w.rc = -errno;
	if (w.rc) {
		if (w.fd >= 0)
			close(w.fd);
		unlinkat(s->folder, PART, 0);
		troubled(s, w.rc);
		return;
	}
	leave_file(s);
	s->fd = w.fd;
	s->size = w.size;
	s->written = s->live;
	s->unsynced = false;
	s->trouble[0] = 0;
}

/* What is whole of it. A tail that is not is no place to put more behind. */
static int load(struct saw_sent *s) {
	struct saw_buf bytes = SAW_BUF_INIT(SAW_SENT_MAX);
	struct saw_segment_record r;
	int fd = openat(s->folder, NAME, O_RDWR | O_CLOEXEC | O_NOFOLLOW), rc = fd < 0 ? -errno : 0;
	size_t used, at = SAW_SEGMENT_HEAD;
	struct stat st;
	uint8_t *p = NULL;

	if (rc == 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > SAW_SENT_MAX))
		rc = SAW_EFORMAT;
	if (rc == 0 && !(p = saw_buf_reserve(&bytes, (size_t)st.st_size + 1)))
		rc = -ENOMEM;
	if (rc == 0)
		rc = saw_disk_read(fd, p, (size_t)st.st_size, 0);
	if (rc == 0)
		rc = saw_segment_head(p, (size_t)st.st_size);
	while (rc == 0 && (rc = saw_segment_next(p + at, (size_t)st.st_size - at, &r, &used)) == 1) {
		rc = saw_sent_read(s->set, r.body, r.len) ? 0 : SAW_EFORMAT;
		at += used;
	}
	saw_buf_free(&bytes);
	if (rc < 0) {
		if (fd >= 0)
			close(fd);
		return rc;
	}
	s->fd = fd;
	s->size = at;
	return 0;
}

static void on_change(void *ctx, bool begun, const void *key, size_t len) {
	struct saw_sent *s = ctx;

	s->live += begun ? len : 0;
	s->live -= begun ? 0 : len;
	s->written += len;
	if (s->fd < 0)
		return; /* all of it is written anew */
	put_key(begun ? &s->begun : &s->ended, begun ? '+' : '-', key, len);
	if (begun && s->begun.body.len >= LIST_MAX)
		write_list(s, &s->begun);
	else if (s->ended.body.len >= LIST_MAX)
		leave_file(s); /* so much at once is written anew, without them */
}

struct saw_sent *saw_sent_open(const char *folder, struct saw_series_set *set) {
	struct saw_sent *s = calloc(1, sizeof *s);
	int rc;

	if (!s)
		return NULL;
	*s = (struct saw_sent){.set = set,
						   .folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
						   .fd = -1,
						   .begun = {SAW_BUF_INIT(LIST_MAX + 2 * KEY_MAX), SAW_BUF_INIT(KEY_MAX)},
						   .ended = {SAW_BUF_INIT(LIST_MAX + 2 * KEY_MAX), SAW_BUF_INIT(KEY_MAX)}};
	saw_series_begin(set);
	saw_series_watch(set, on_change, s);
	rc = s->folder < 0 ? -errno : load(s);
	list_reset(&s->begun);
	list_reset(&s->ended);
	/* After a kill half a record is no news; nor is that there is none yet. */
	if (rc && rc != -ENOENT && rc != SAW_ETRUNCATED)
		troubled(s, rc);
	return s;
}

void saw_sent_close(struct saw_sent *s) {
	if (!s)
		return;
	saw_series_watch(s->set, NULL, NULL);
	leave_file(s);
	if (s->folder >= 0)
		close(s->folder);
	list_free(&s->begun);
	list_free(&s->ended);
	free(s);
}

void saw_sent_begun(struct saw_sent *s) {
	if (s && s->fd < 0 && !s->trouble[0])
		rewrite(s);
	else if (s)
		write_list(s, &s->begun);
}

void saw_sent_commit(struct saw_sent *s) {
	if (!s)
		return;
	write_list(s, &s->begun);
	write_list(s, &s->ended);
	if (s->fd < 0 || s->written > 2 * s->live + SLACK)
		rewrite(s);
	else if (s->unsynced && fdatasync(s->fd) < 0)
		troubled(s, -errno);
	s->unsynced = false;
}

const char *saw_sent_trouble(const struct saw_sent *s) {
	return s && s->trouble[0] ? s->trouble : NULL;
}
