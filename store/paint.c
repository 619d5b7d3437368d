#include "store/paint.h"

#include <string.h>

void *saw_paint_take(struct painter *p, size_t n) {
	void *m = saw_arena_zalloc(p->arena, n);

	p->failed |= !m;
	return m;
}

char *saw_paint_text(struct painter *p, const char *s) {
	char *copy = s ? saw_arena_strndup(p->arena, s, strlen(s)) : NULL;

	p->failed |= s && !copy;
	return copy;
}

void *saw_paint_list(struct painter *p, size_t n, size_t size) {
	void **list;
	char *items;

	if (n == 0)
		return NULL;
	list = saw_paint_take(p, n * sizeof(void *));
	items = saw_paint_take(p, n * size);
	if (!list || !items)
		return NULL;
	for (size_t i = 0; i < n; i++)
		list[i] = items + i * size;
	return list;
}

static void *arena_alloc(void *ctx, size_t n) {
	return saw_arena_alloc(ctx, n);
}
static void arena_free(void *ctx, void *p) {
	(void)ctx;
	(void)p;
}

void *saw_paint_unpack(struct saw_arena *arena, const ProtobufCMessageDescriptor *kind, const uint8_t *bytes,
					   size_t n) {
	ProtobufCAllocator allocator = {.alloc = arena_alloc, .free = arena_free, .allocator_data = arena};

	return protobuf_c_message_unpack(kind, &allocator, n, bytes);
}

void *saw_paint_copy(struct painter *p, const ProtobufCMessage *m) {
	size_t n = protobuf_c_message_get_packed_size(m);
	void *copy = NULL;
	uint8_t *packed;

	saw_buf_reset(&p->store->scratch);
	packed = saw_buf_reserve(&p->store->scratch, n);
	if (packed) {
		protobuf_c_message_pack(m, packed);
		copy = saw_paint_unpack(p->arena, m->descriptor, packed, n);
	}
	p->failed |= !copy;
	return copy;
}

Sawatch__V1__DeviceSample *saw_paint_piece(struct painter *p, const Sawatch__V1__DeviceSample *s) {
	return saw_paint_copy(p, &s->base);
}
