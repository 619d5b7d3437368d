/* A capacity report as CSV (RFC 4180): a line per row, a column per field of report.proto, in and out with their prefix. */
#include "history/grid.h"
#include "proto/json.h"
#include "tools/report_print.h"

#include <stdio.h>
#include <string.h>

/* A text that a spreadsheet would take for a formula is made one that it does not. */
static void put_text(struct saw_buf *b, const char *text) {
	saw_buf_putc(b, '"');
	if (strchr("=+-@\t\r", text[0]) && text[0])
		saw_buf_putc(b, '\'');
	for (; *text; text++) {
		if (*text == '"')
			saw_buf_putc(b, '"');
		saw_buf_putc(b, *text);
	}
	saw_buf_putc(b, '"');
}

static bool is_time(const ProtobufCFieldDescriptor *f) {
	const size_t n = strlen(f->name);

	return n > 3 && strcmp(f->name + n - 3, "_ms") == 0;
}

static void put_texts(struct saw_buf *b, char *const *list, size_t n) {
	struct saw_buf all = SAW_BUF_INIT(1 << 20);

	for (size_t i = 0; i < n; i++)
		saw_buf_printf(&all, "%s%s", i ? " " : "", list[i]);
	put_text(b, saw_buf_text(&all));
	saw_buf_free(&all);
}

static void put_value(struct saw_buf *b, const ProtobufCFieldDescriptor *f, const void *member) {
	char text[64];

	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING:
		put_text(b, *(char *const *)member ? *(char *const *)member : "");
		break;
	case PROTOBUF_C_TYPE_DOUBLE:
		saw_buf_printf(b, "%.10g", *(const double *)member);
		break;
	case PROTOBUF_C_TYPE_UINT32:
		saw_buf_put_u64(b, *(const uint32_t *)member);
		break;
	case PROTOBUF_C_TYPE_UINT64:
		saw_buf_put_u64(b, *(const uint64_t *)member);
		break;
	case PROTOBUF_C_TYPE_ENUM:
		saw_buf_puts(b, saw_enum_name(f->descriptor, *(const int *)member));
		break;
	default: /* the times, which are all that is left */
		saw_buf_puts(b, saw_zone_print(*(const int64_t *)member, SAW_ZONE_ISO, text));
	}
}

static bool is_flow(const ProtobufCFieldDescriptor *f) {
	return f->type == PROTOBUF_C_TYPE_MESSAGE && f->descriptor == &sawatch__v1__report_flow__descriptor;
}

/* Lists of messages and numbers are JSON's. */
static bool is_column(const ProtobufCFieldDescriptor *f) {
	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		return f->type == PROTOBUF_C_TYPE_STRING;
	return f->type != PROTOBUF_C_TYPE_MESSAGE;
}

static void put_separator(struct saw_buf *b, bool *first) {
	if (!*first)
		saw_buf_putc(b, ',');
	*first = false;
}

static void put_names(struct saw_buf *b, const ProtobufCMessageDescriptor *d, const char *prefix, bool *first) {
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];

		if (is_flow(f)) {
			char sub[8];

			snprintf(sub, sizeof sub, "%s_", f->name);
			put_names(b, f->descriptor, sub, first);
		} else if (is_column(f)) {
			put_separator(b, first);
			saw_buf_printf(b, "%s%.*s", prefix, (int)(strlen(f->name) - (is_time(f) ? 3 : 0)), f->name);
		}
	}
}

/* m NULL: what is not there has empty columns. */
static void put_values(struct saw_buf *b, const ProtobufCMessageDescriptor *d, const ProtobufCMessage *m, bool *first) {
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		const char *at = m ? (const char *)m + f->offset : NULL;
		const void *quantifier = m && f->quantifier_offset ? (const char *)m + f->quantifier_offset : NULL;

		if (is_flow(f)) {
			put_values(b, f->descriptor, at ? *(ProtobufCMessage *const *)at : NULL, first);
			continue;
		}
		if (!is_column(f))
			continue;
		put_separator(b, first);
		if (!at)
			continue;
		if (f->label == PROTOBUF_C_LABEL_REPEATED)
			put_texts(b, *(char **const *)at, *(const size_t *)quantifier);
		else if (f->type == PROTOBUF_C_TYPE_STRING ? *(char *const *)at != NULL
												   : quantifier && *(const protobuf_c_boolean *)quantifier)
			put_value(b, f, at);
	}
}

void saw_report_csv(const Sawatch__V1__Report *r, struct saw_buf *b) {
	Sawatch__V1__ReportRow *const *const lists[] = {r->circuits, r->rows};
	const size_t n[] = {r->n_circuits, r->n_rows};
	bool first = true;

	put_names(b, &sawatch__v1__report_row__descriptor, "", &first);
	saw_buf_puts(b, "\r\n");
	for (int k = 0; k < 2; k++)
		for (size_t i = 0; i < n[k]; i++) {
			first = true;
			put_values(b, &sawatch__v1__report_row__descriptor, &lists[k][i]->base, &first);
			saw_buf_puts(b, "\r\n");
		}
}
