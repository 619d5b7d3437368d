#include "collectors/sample.h"

#include "proto/schema.h"

#include <stdlib.h>

struct saw_sample_builder {
	struct saw_buf out;
	struct saw_buf clean; /* scratch for texts that must be cleaned */
	uint64_t records;
	uint64_t escaped;
	bool full;
	struct saw_sample_cost cost; /* of the next table */
	bool has_cost;
};

struct saw_sample_builder *saw_sample_builder_create(size_t ceiling) {
	struct saw_sample_builder *b = calloc(1, sizeof *b);

	if (b) {
		saw_buf_init(&b->out, ceiling);
		saw_buf_init(&b->clean, 64 << 10);
	}
	return b;
}

void saw_sample_builder_destroy(struct saw_sample_builder *b) {
	if (!b)
		return;
	saw_buf_free(&b->out);
	saw_buf_free(&b->clean);
	free(b);
}

static void put_varint(struct saw_buf *out, uint64_t v) {
	uint8_t bytes[10];
	size_t n = 0;

	do {
		bytes[n++] = (uint8_t)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
		v >>= 7;
	} while (v);
	saw_buf_put(out, bytes, n);
}

/* Appends `msg` as one item of the list of DeviceSample that holds its kind; all or nothing. */
static int put_record(struct saw_sample_builder *b, const ProtobufCMessage *msg) {
	const ProtobufCMessageDescriptor *d = &sawatch__v1__device_sample__descriptor;
	size_t begin = b->out.len, size;
	uint8_t *p;

	for (unsigned i = 0; i < d->n_fields; i++) {
		if (d->fields[i].type != PROTOBUF_C_TYPE_MESSAGE || d->fields[i].descriptor != msg->descriptor)
			continue;
		size = protobuf_c_message_get_packed_size(msg);
		put_varint(&b->out, (uint64_t)d->fields[i].id << 3 | 2);
		put_varint(&b->out, size);
		p = saw_buf_reserve(&b->out, size);
		if (!p) {
			int error = b->out.error;

			/* Keep what was whole; room is kept for the facts that finish adds. */
			b->out.error = 0;
			b->out.len = begin;
			b->full = true;
			return error;
		}
		protobuf_c_message_pack(msg, p);
		b->out.len += size;
		return 0;
	}
	return SAW_EFORMAT;
}

static int put_scalars(struct saw_sample_builder *b, const Sawatch__V1__DeviceSample *s) {
	size_t size = sawatch__v1__device_sample__get_packed_size(s);
	uint8_t *p = saw_buf_reserve(&b->out, size);

	if (!p) {
		int error = b->out.error;

		b->out.error = 0;
		b->full = true;
		return error;
	}
	sawatch__v1__device_sample__pack(s, p);
	b->out.len += size;
	return 0;
}

/* The text cleaned, in the scratch buffer: valid until the next call. */
static char *cleaned(struct saw_sample_builder *b, struct saw_str s) {
	saw_buf_reset(&b->clean);
	b->escaped += saw_put_clean(&b->clean, s.p, s.n > 4096 ? 4096 : s.n);
	return (char *)(uintptr_t)saw_buf_text(&b->clean);
}

static int sink_record(void *ctx, const ProtobufCMessage *record) {
	struct saw_sample_builder *b = ctx;
	int rc = put_record(b, record);

	b->records += rc == 0;
	return rc;
}

/* Escaped bytes are added up and written once, by finish. */
static int sink_facts(void *ctx, const Sawatch__V1__DeviceSample *facts) {
	struct saw_sample_builder *b = ctx;
	Sawatch__V1__DeviceSample rest = *facts;

	b->escaped += facts->has_escaped_bytes ? facts->escaped_bytes : 0;
	rest.has_escaped_bytes = 0;
	return put_scalars(b, &rest);
}

static int sink_unparsed(void *ctx, uint32_t line, struct saw_str text) {
	struct saw_sample_builder *b = ctx;
	Sawatch__V1__UnparsedLine u = SAWATCH__V1__UNPARSED_LINE__INIT;
	struct saw_buf *c = &b->clean;

	text = saw_str_trim(text);
	saw_buf_reset(c);
	b->escaped += saw_put_clean(c, text.p, text.n > 1024 ? 1024 : text.n);
	u.has_line = 1;
	u.line = line;
	u.text = (char *)(uintptr_t)saw_buf_text(c);
	return put_record(b, &u.base);
}

struct saw_sink saw_sample_sink(struct saw_sample_builder *b) {
	return (struct saw_sink){.ctx = b, .record = sink_record, .facts = sink_facts, .unparsed = sink_unparsed};
}

void saw_sample_begin(struct saw_sample_builder *b, const char *device, Sawatch__V1__Platform platform,
					  Sawatch__V1__Source source) {
	Sawatch__V1__DeviceSample s = SAWATCH__V1__DEVICE_SAMPLE__INIT;

	saw_buf_reset(&b->out);
	b->records = b->escaped = 0;
	b->full = b->has_cost = false;
	s.has_schema_version = 1;
	s.schema_version = SAW_SCHEMA_VERSION;
	s.device = (char *)(uintptr_t)device;
	s.has_platform = 1;
	s.platform = platform;
	s.has_source = 1;
	s.source = source;
	put_scalars(b, &s);
}

uint64_t saw_sample_records(const struct saw_sample_builder *b) {
	return b->records;
}

void saw_sample_cost(struct saw_sample_builder *b, const struct saw_sample_cost *cost) {
	b->cost = *cost;
	b->has_cost = true;
}

static void put_cost(struct saw_sample_builder *b, Sawatch__V1__TableStatus *t) {
	if (!b->has_cost)
		return;
	b->has_cost = false;
	t->has_bytes = t->has_seconds = 1;
	t->bytes = b->cost.bytes;
	t->seconds = b->cost.seconds;
	t->has_cpu_percent = b->cost.has_cpu;
	t->cpu_percent = b->cost.cpu_percent;
}

void saw_sample_table(struct saw_sample_builder *b, const char *name, Sawatch__V1__TableState state, uint64_t rows,
					  Sawatch__V1__PollError error_class, const char *error) {
	Sawatch__V1__TableStatus t = SAWATCH__V1__TABLE_STATUS__INIT;

	t.name = (char *)(uintptr_t)name;
	t.has_status = 1;
	t.status = state;
	t.has_rows = 1;
	t.rows = rows;
	put_cost(b, &t);
	if (error_class) {
		t.has_error_class = 1;
		t.error_class = error_class;
	}
	if (error)
		t.error = cleaned(b, saw_str_of(error));
	if (b->full && state == SAWATCH__V1__TABLE_STATE__TABLE_STATE_COMPLETE) {
		t.status = SAWATCH__V1__TABLE_STATE__TABLE_STATE_PARTIAL;
		t.has_error_class = 1;
		t.error_class = SAWATCH__V1__POLL_ERROR__POLL_ERROR_LIMIT;
		t.error = (char *)(uintptr_t) "the sample is full: what the device said is larger than its limit";
	}
	/* A status line is small and must not be lost: the ceiling gives way to it. */
	b->out.ceiling += 8192;
	put_record(b, &t.base);
	b->out.ceiling -= 8192;
}

void saw_sample_fail(struct saw_sample_builder *b, Sawatch__V1__PollError error_class, const char *error) {
	Sawatch__V1__DeviceSample s = SAWATCH__V1__DEVICE_SAMPLE__INIT;

	s.has_error_class = 1;
	s.error_class = error_class;
	s.error = error ? cleaned(b, saw_str_of(error)) : NULL;
	put_scalars(b, &s);
}

int saw_sample_finish(struct saw_sample_builder *b, int64_t observed_at_ms, double duration_seconds, uint64_t requests,
					  const uint8_t **data, size_t *len) {
	Sawatch__V1__DeviceSample s = SAWATCH__V1__DEVICE_SAMPLE__INIT;
	int rc;

	s.has_observed_at_ms = 1;
	s.observed_at_ms = observed_at_ms;
	if (duration_seconds > 0) {
		s.has_poll_duration_seconds = 1;
		s.poll_duration_seconds = duration_seconds;
	}
	if (requests) {
		s.has_requests = 1;
		s.requests = requests;
	}
	if (b->escaped) {
		s.has_escaped_bytes = 1;
		s.escaped_bytes = b->escaped;
	}
	b->out.ceiling += 8192;
	rc = put_scalars(b, &s);
	b->out.ceiling -= 8192;
	*data = b->out.data;
	*len = b->out.len;
	return rc ? rc : b->full ? SAW_ELIMIT : 0;
}
