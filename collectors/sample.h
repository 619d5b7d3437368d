/*
 * How records leave a parser, and how they become one packed DeviceSample.
 *
 * Purpose:   parsers and row decoders stream typed records to a sink; the builder is the sink that appends each record, packed,
 *            to one buffer (a message on the wire is the concatenation of its fields), so that memory does not grow with the
 *            device's text and nothing is copied twice.
 * Ownership: a record and its texts are borrowed for the length of the call. The packed sample is the builder's until reset.
 * Threads:   one builder belongs to one poll.
 * Errors:    sticky; saw_sample_finish says SAW_ELIMIT when the ceiling was met (the sample then holds what fitted and the
 *            table at hand is marked partial).
 */
#ifndef SAWATCH_COLLECTORS_SAMPLE_H
#define SAWATCH_COLLECTORS_SAMPLE_H

#include "core/buf.h"
#include "core/text.h"
#include "proto/sawatch.pb-c.h"

struct saw_sink {
	void *ctx;
	/* A record of one of DeviceSample's lists (IpsecSa, IkeSa, Interface, …); its kind is its descriptor. 0 or SAW_E…,
	 * which the parser passes on at once. */
	int (*record)(void *ctx, const ProtobufCMessage *record);
	/* Facts of the device: only scalar fields of this sample are set. */
	int (*facts)(void *ctx, const Sawatch__V1__DeviceSample *facts);
	/* A line inside a known section that no rule took. `text` is raw, blanks trimmed. */
	int (*unparsed)(void *ctx, uint32_t line, struct saw_str text);
};

struct saw_sample_builder;

/* ceiling: bytes of the packed sample. NULL without memory. */
struct saw_sample_builder *saw_sample_builder_create(size_t ceiling);
void saw_sample_builder_destroy(struct saw_sample_builder *b);

/* Begins a sample; what was in the builder is forgotten. `device` may be NULL (sawatch parse). */
void saw_sample_begin(struct saw_sample_builder *b, const char *device, Sawatch__V1__Platform platform,
					  Sawatch__V1__Source source);

struct saw_sink saw_sample_sink(struct saw_sample_builder *b);

/* Records so far: a collector counts the rows of a table by taking this before and after. */
uint64_t saw_sample_records(const struct saw_sample_builder *b);

/* What a command cost; goes with the next saw_sample_table. */
struct saw_sample_cost {
	uint64_t bytes; /* of its answer */
	double seconds;
	bool has_cpu; /* the device's load, as it printed it with the answer */
	unsigned cpu_percent;
};
void saw_sample_cost(struct saw_sample_builder *b, const struct saw_sample_cost *cost);

/* One table or command was read. error: NULL or a sentence; error_class: 0 or a PollError. */
void saw_sample_table(struct saw_sample_builder *b, const char *name, Sawatch__V1__TableState state, uint64_t rows,
					  Sawatch__V1__PollError error_class, const char *error);

/* The poll as a whole gave nothing. */
void saw_sample_fail(struct saw_sample_builder *b, Sawatch__V1__PollError error_class, const char *error);

/*
 * Ends the sample. *data borrows from the builder. duration_seconds, requests: what the poll cost,
 * 0 where it cost nothing (a file).
 */
int saw_sample_finish(struct saw_sample_builder *b, int64_t observed_at_ms, double duration_seconds, uint64_t requests,
					  const uint8_t **data, size_t *len);

#endif
