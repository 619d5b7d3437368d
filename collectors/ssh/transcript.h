/*
 * Transcripts of sessions: what was typed, what came, and when; without secrets.
 *
 * Purpose:   `sawatch poll --record` writes one, tests replay it. A text of lines:
 *
 *                sawatch transcript 1
 *                platform iosxe
 *                command show version
 *                < 0.120 ASR-WAN01#
 *                > 0.280 show version\n
 *                < 0.015 show version\r\n
 *                * 0.031
 *                . 2.000
 *
 *            First facts: a word, a blank, its value. Then what happened: '<' came from the device, '>' was typed, '*' a secret was typed, '.' the
 *            device ended the session; the seconds since the line before; the bytes, with \r \n \b \e \\ and \xHH for what is not
 *            printable and for a blank at the end. What came is a line per line. Lines that begin with '#' are comments.
 * Secrets:   typed ones are not written, and where the device shows them they are masked; so is what stands behind the words that keys, passwords and
 *            communities have in configurations.
 * Threads:   one owner at a time. Ownership: a writer's text is the caller's buffer; what a reader returns is valid until the next call.
 */
#ifndef SAWATCH_COLLECTORS_SSH_TRANSCRIPT_H
#define SAWATCH_COLLECTORS_SSH_TRANSCRIPT_H

#include "core/text.h"

struct saw_transcript_writer;

/* Appends to *out, which outlives the writer; its ceiling bounds the transcript. NULL without memory. */
struct saw_transcript_writer *saw_transcript_writer_create(struct saw_buf *out, uint64_t now_ns);
void saw_transcript_writer_destroy(struct saw_transcript_writer *w); /* wipes the secrets it was told */

/* Facts come first. */
void saw_transcript_fact(struct saw_transcript_writer *w, const char *word, const char *value);
void saw_transcript_came(struct saw_transcript_writer *w, const char *bytes, size_t n, uint64_t now_ns);
void saw_transcript_typed(struct saw_transcript_writer *w, const char *bytes, size_t n, bool secret, uint64_t now_ns);
void saw_transcript_ended(struct saw_transcript_writer *w, uint64_t now_ns);
void saw_transcript_flush(struct saw_transcript_writer *w); /* also what came of a line that has not ended */

enum saw_transcript_kind {
	SAW_TRANSCRIPT_FACT,
	SAW_TRANSCRIPT_CAME,
	SAW_TRANSCRIPT_TYPED,
	SAW_TRANSCRIPT_SECRET,
	SAW_TRANSCRIPT_ENDED,
};

struct saw_transcript_event {
	enum saw_transcript_kind kind;
	uint64_t after_ns;    /* since the event before */
	struct saw_str word;  /* of a fact */
	struct saw_str bytes; /* that came or were typed; the value of a fact */
};

struct saw_transcript_reader {
	struct saw_str rest;
	unsigned line; /* from 1 */
	struct saw_buf bytes;
};

void saw_transcript_reader_init(struct saw_transcript_reader *r, struct saw_str text);
void saw_transcript_reader_free(struct saw_transcript_reader *r);

/* 1: an event; 0: the end; negative, and err says which line is wrong. */
int saw_transcript_read(struct saw_transcript_reader *r, struct saw_transcript_event *event, struct saw_err *err);

#endif
