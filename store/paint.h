/*
 * The pieces a snapshot is painted from. For the files store/paint*.c and snapshot.c.
 *
 * Ownership: everything painted lies in the arena of the snapshot.
 * Errors:    without memory `failed` is set, and the picture is thrown away at the end; callers look at what they got for NULL only.
 */
#ifndef SAWATCH_STORE_PAINT_H
#define SAWATCH_STORE_PAINT_H

#include "store/internal.h"

struct painter {
	struct saw_store *store;
	struct saw_arena *arena, *rows; /* rows: of the end at hand */
	int64_t now_ms;
	bool failed;
};

#define SET(m, field, v)      \
	do {                      \
		(m)->field = (v);     \
		(m)->has_##field = 1; \
	} while (0)

void *saw_paint_take(struct painter *p, size_t n);
char *saw_paint_text(struct painter *p, const char *s); /* a copy; NULL of NULL */
/* An array of n pointers to messages of `size` bytes each, all in one piece; NULL of none. */
void *saw_paint_list(struct painter *p, size_t n, size_t size);
void *saw_paint_copy(struct painter *p, const ProtobufCMessage *m);
/* A message of the same kind in an arena. NULL without memory. */
void *saw_paint_unpack(struct saw_arena *arena, const ProtobufCMessageDescriptor *kind, const uint8_t *bytes, size_t n);
/* A copy of a kept section. */
Sawatch__V1__DeviceSample *saw_paint_piece(struct painter *p, const Sawatch__V1__DeviceSample *s);

void saw_paint_end(struct painter *p, struct device *d, struct end *e, Sawatch__V1__TunnelEnd *t);
void saw_paint_device(struct painter *p, const struct device *d, Sawatch__V1__Device *out);
void saw_paint_links(struct painter *p, Sawatch__V1__Snapshot *pb);

#endif
