#include "daemon/outbox.h"

#include "exporters/push/disk.h"
#include "exporters/push/segment.h"
#include "io/log.h"
#include "proto/internal.pb-c.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX ((size_t)128 << 20)
#define RECORD_MAX ((size_t)64 << 10)
#define SLACK ((size_t)256 << 10) /* of what is done, in a small file */

struct receiver {
	char *name;
	uint64_t done;
};

struct saw_outbox {
	char path[PATH_MAX]; /* empty: nothing may be kept */
	int fd;              /* -1: there is none; the next commit makes one */
	size_t size, tidy_at;
	struct receiver *receivers;
	size_t n_receivers;
	struct saw_buf pending; /* records that were put */
	bool failed;
};

typedef Sawatch__Internal__OutboxRecord Record;
typedef Sawatch__Internal__OutboxNotice Notice;
typedef Sawatch__Internal__OutboxObject Object;

/* ------------------------------------------------------------------------------------------------------------- the form */

static char *text_of(const char *s) {
	return (char *)(uintptr_t)s; /* protobuf-c has no const */
}

static void put_record(struct saw_buf *out, const Record *m) {
	struct saw_buf body = SAW_BUF_INIT(RECORD_MAX);
	uint8_t *p = saw_buf_reserve(&body, sawatch__internal__outbox_record__get_packed_size(m));

	if (p)
		saw_segment_put(out, &(struct saw_segment_record){
								 .body = p, .len = (uint32_t)sawatch__internal__outbox_record__pack(m, p)});
	saw_buf_free(&body);
}

static void put_notice(struct saw_buf *out, const struct saw_notice *n) {
	Record m = SAWATCH__INTERNAL__OUTBOX_RECORD__INIT;
	Notice notice = SAWATCH__INTERNAL__OUTBOX_NOTICE__INIT;
	Object objects[SAW_NOTICE_OBJECTS], *list[SAW_NOTICE_OBJECTS];

	for (size_t i = 0; i < n->n; i++) {
		const struct saw_notice_object *o = &n->objects[i];

		list[i] = &objects[i];
		sawatch__internal__outbox_object__init(&objects[i]);
		objects[i].name = (uint32_t *)(uintptr_t)o->rel;
		objects[i].n_name = o->n;
		objects[i].has_tag = objects[i].has_number = 1;
		objects[i].tag = o->value.tag;
		objects[i].number = o->value.number;
		objects[i].has_octets = o->value.tag == SAW_MIB_TAG_OCTETS;
		objects[i].octets = (ProtobufCBinaryData){o->value.n, (uint8_t *)(uintptr_t)o->value.octets};
	}
	notice.name = text_of(n->what->name);
	notice.device = text_of(n->device);
	notice.about = text_of(n->about);
	notice.key = text_of(n->key);
	notice.has_serial = notice.has_at_ms = notice.has_state = notice.has_id = notice.has_uptime = 1;
	notice.serial = n->serial;
	notice.at_ms = n->at_ms;
	notice.state = n->state;
	notice.id = n->id;
	notice.uptime = n->uptime;
	notice.objects = list;
	notice.n_objects = n->n;
	m.notice = &notice;
	put_record(out, &m);
}

/* What is kept of a receiver; gone: nothing any more. */
static void put_done(struct saw_buf *out, const struct receiver *r, bool gone) {
	Record m = SAWATCH__INTERNAL__OUTBOX_RECORD__INIT;

	m.receiver = r->name;
	m.has_done = !gone;
	m.done = r->done;
	put_record(out, &m);
}

/* NULL: another version's, or no memory. */
static struct saw_notice *make_notice(const Notice *m) {
	struct saw_notice *n = m->name ? saw_notice_named(m->name) : NULL;

	if (!n)
		return NULL;
	n->serial = m->serial;
	n->at_ms = m->at_ms;
	n->state = m->state;
	n->id = m->id;
	n->uptime = m->uptime;
	snprintf(n->device, sizeof n->device, "%s", m->device ? m->device : "");
	snprintf(n->about, sizeof n->about, "%s", m->about ? m->about : "");
	snprintf(n->key, sizeof n->key, "%s", m->key ? m->key : "");
	for (size_t i = 0; i < m->n_objects && n->n < SAW_NOTICE_OBJECTS; i++) {
		const Object *from = m->objects[i];
		struct saw_notice_object *o = &n->objects[n->n];

		if (from->n_name > SAW_MIB_REL_MAX || from->octets.len > sizeof o->value.octets)
			continue;
		memcpy(o->rel, from->name, from->n_name * sizeof *o->rel);
		o->n = from->n_name;
		o->value.tag = (enum saw_mib_tag)from->tag;
		o->value.number = from->number;
		o->value.n = from->octets.len;
		if (from->octets.len)
			memcpy(o->value.octets, from->octets.data, from->octets.len);
		n->n++;
	}
	return n;
}

/* ------------------------------------------------------------------------------------------------------------- the disk */

static void leave_file(struct saw_outbox *o) {
	if (o->fd >= 0)
		close(o->fd);
	o->fd = -1;
}

static void complain(struct saw_outbox *o, const char *doing, int rc) {
	if (!o->failed)
		saw_log(SAW_LOG_ERROR, NULL, NULL,
				"%s: cannot be %s: %s; notifications are sent all the same, but a restart may lose or repeat some",
				o->path, doing, saw_strerror(rc));
	o->failed = true;
}

/* Puts records behind what is in the file; half of one is cut off again. */
static int append(struct saw_outbox *o, const struct saw_buf *records, bool sync) {
	int rc = saw_buf_error(records);

	if (o->fd < 0)
		return 0;
	if (rc == 0)
		rc = o->size + records->len > FILE_MAX ? SAW_ELIMIT
											   : saw_disk_write(o->fd, records->data, records->len, o->size);
	if (rc == 0 && sync && fdatasync(o->fd) < 0)
		rc = -errno;
	if (rc == 0) {
		o->size += records->len;
		return 0;
	}
	complain(o, "written", rc);
	if (ftruncate(o->fd, (off_t)o->size) < 0)
		leave_file(o);
	return rc;
}

/* All that is whole of the file: up to byte *whole. */
static int each_record(const struct saw_outbox *o,
					   void (*record)(void *ctx, const struct saw_segment_record *r, const Record *m), void *ctx,
					   size_t *whole) {
	struct saw_buf bytes = SAW_BUF_INIT(FILE_MAX + 1);
	struct saw_segment_record r;
	size_t at = SAW_SEGMENT_HEAD, used;
	struct stat st;
	uint8_t *p = NULL;
	int rc = o->fd < 0 ? -ENOENT : 0;

	if (rc == 0 && (fstat(o->fd, &st) < 0 || !S_ISREG(st.st_mode) || (size_t)st.st_size > FILE_MAX))
		rc = SAW_EFORMAT;
	if (rc == 0 && !(p = saw_buf_reserve(&bytes, (size_t)st.st_size + 1)))
		rc = -ENOMEM;
	if (rc == 0)
		rc = saw_disk_read(o->fd, p, (size_t)st.st_size, 0);
	if (rc == 0)
		rc = saw_segment_head(p, (size_t)st.st_size);
	while (rc == 0 && (rc = saw_segment_next(p + at, (size_t)st.st_size - at, &r, &used)) == 1) {
		Record *m = sawatch__internal__outbox_record__unpack(NULL, r.len, r.body);

		if (m)
			record(ctx, &r, m);
		sawatch__internal__outbox_record__free_unpacked(m, NULL);
		at += used;
		rc = 0;
	}
	saw_buf_free(&bytes);
	*whole = at;
	return rc;
}

struct rewrite {
	struct saw_outbox *o;
	struct saw_buf out;
	uint64_t done; /* by everybody */
};

static void keep_owed(void *ctx, const struct saw_segment_record *r, const Record *m) {
	struct rewrite *w = ctx;

	if (m->notice && m->notice->serial > w->done)
		saw_segment_put(&w->out, r);
}

/* Without what is done: the old file or the new one is there at any time. */
static int rewrite(struct saw_outbox *o, uint64_t done) {
	struct rewrite w = {.o = o, .out = SAW_BUF_INIT(FILE_MAX), .done = done};
	char part[PATH_MAX + 8];
	size_t whole;
	int rc, fd;

	saw_segment_put_head(&w.out);
	for (size_t i = 0; i < o->n_receivers; i++)
		put_done(&w.out, &o->receivers[i], false);
	rc = o->fd < 0 ? 0 : each_record(o, keep_owed, &w, &whole);
	snprintf(part, sizeof part, "%s.part", o->path);
	if (rc != -ENOMEM && rc != -EIO) /* else what cannot be understood is left out */
		rc = saw_buf_error(&w.out);
	fd = rc ? -1 : open(part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (rc == 0)
		rc = fd < 0 ? -errno : saw_disk_write(fd, w.out.data, w.out.len, 0);
	if (rc == 0 && (fdatasync(fd) < 0 || rename(part, o->path) < 0))
		rc = -errno;
	if (rc == 0) {
		leave_file(o);
		o->fd = fd;
		o->size = w.out.len;
		o->tidy_at = 2 * o->size + SLACK;
	} else if (fd >= 0) {
		close(fd);
		unlink(part);
	}
	saw_buf_free(&w.out);
	return rc;
}

/* ---------------------------------------------------------------------------------------------------------- open, close */

static struct receiver *find(const struct saw_outbox *o, const char *name) {
	for (size_t i = 0; i < o->n_receivers; i++)
		if (strcmp(o->receivers[i].name, name) == 0)
			return &o->receivers[i];
	return NULL;
}

static struct receiver *add(struct saw_outbox *o, const char *name, uint64_t done) {
	struct receiver *more = realloc(o->receivers, (o->n_receivers + 1) * sizeof *more);
	char *copy = strdup(name);

	if (more)
		o->receivers = more;
	if (!more || !copy) {
		free(copy);
		return NULL;
	}
	o->receivers[o->n_receivers] = (struct receiver){copy, done};
	return &o->receivers[o->n_receivers++];
}

static void take_out(struct saw_outbox *o, struct receiver *r) {
	free(r->name);
	*r = o->receivers[--o->n_receivers];
}

static void load_done(void *ctx, const struct saw_segment_record *r, const Record *m) {
	struct saw_outbox *o = ctx;
	struct receiver *known = m->receiver ? find(o, m->receiver) : NULL;

	(void)r;
	if (known && m->has_done)
		known->done = m->done;
	else if (known)
		take_out(o, known);
	else if (m->receiver && m->has_done)
		add(o, m->receiver, m->done);
}

struct saw_outbox *saw_outbox_open(const char *state_dir, const char *name) {
	struct saw_outbox *o = calloc(1, sizeof *o);
	int rc = 0;

	if (!o)
		return NULL;
	o->fd = -1;
	saw_buf_init(&o->pending, FILE_MAX);
	if (!state_dir)
		return o;
	snprintf(o->path, sizeof o->path, "%s/%s-outbox", state_dir, name);
	o->fd = open(o->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (o->fd < 0)
		rc = errno == ENOENT ? 0 : -errno;
	else
		rc = each_record(o, load_done, o, &o->size);
	if (rc && rc != SAW_ETRUNCATED) /* a kill in the middle of a record is no news */
		complain(o, "read to its end", rc);
	if (rc && o->fd >= 0 && rewrite(o, 0) != 0)
		leave_file(o);
	return o;
}

void saw_outbox_close(struct saw_outbox *o) {
	if (!o)
		return;
	for (size_t i = 0; i < o->n_receivers; i++)
		free(o->receivers[i].name);
	free(o->receivers);
	leave_file(o);
	saw_buf_free(&o->pending);
	free(o);
}

/* --------------------------------------------------------------------------------------------------------------- its use */

struct giving {
	void (*notice)(void *ctx, struct saw_notice *n);
	void *ctx;
};

static void give(void *ctx, const struct saw_segment_record *r, const Record *m) {
	const struct giving *g = ctx;
	struct saw_notice *n = m->notice ? make_notice(m->notice) : NULL;

	(void)r;
	if (n)
		g->notice(g->ctx, n);
}

void saw_outbox_each(struct saw_outbox *o, void (*notice)(void *ctx, struct saw_notice *n), void *ctx) {
	struct giving g = {notice, ctx};
	size_t whole;

	each_record(o, give, &g, &whole);
}

void saw_outbox_receivers(struct saw_outbox *o, const char *const *names, size_t n, uint64_t serial) {
	for (size_t i = o->n_receivers; i-- > 0;) {
		bool there = false;

		for (size_t k = 0; k < n; k++)
			there = there || strcmp(names[k], o->receivers[i].name) == 0;
		if (there)
			continue;
		put_done(&o->pending, &o->receivers[i], true);
		take_out(o, &o->receivers[i]);
	}
	for (size_t k = 0; k < n; k++) {
		const struct receiver *r = find(o, names[k]) ? NULL : add(o, names[k], serial);

		if (r)
			put_done(&o->pending, r, false);
	}
	if (o->pending.len)
		saw_outbox_commit(o);
}

bool saw_outbox_owes(const struct saw_outbox *o, const char *receiver, uint64_t serial) {
	const struct receiver *r = find(o, receiver);

	return r && r->done < serial;
}

void saw_outbox_put(struct saw_outbox *o, const struct saw_notice *n) {
	put_notice(&o->pending, n);
}

void saw_outbox_commit(struct saw_outbox *o) {
	int rc = *o->path && o->fd < 0 ? rewrite(o, UINT64_MAX) : 0;

	if (rc)
		complain(o, "written", rc);
	else
		o->failed = append(o, &o->pending, true) != 0;
	saw_buf_reset(&o->pending);
}

void saw_outbox_done(struct saw_outbox *o, const char *receiver, uint64_t serial) {
	struct saw_buf record = SAW_BUF_INIT(RECORD_MAX);
	struct receiver *r = find(o, receiver);

	if (!r || r->done >= serial)
		return;
	r->done = serial;
	put_done(&record, r, false);
	append(o, &record, false);
	saw_buf_free(&record);
}

void saw_outbox_tidy(struct saw_outbox *o, uint64_t serial) {
	uint64_t done = serial;
	int rc;

	if (o->fd < 0 || o->size < o->tidy_at)
		return;
	for (size_t i = 0; i < o->n_receivers; i++)
		done = o->receivers[i].done < done ? o->receivers[i].done : done;
	rc = rewrite(o, done);
	if (rc)
		complain(o, "written anew", rc);
	o->tidy_at = 2 * o->size + SLACK;
}
