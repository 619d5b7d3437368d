/*
 * The status page: what is wrong first, for people.
 *
 * Purpose:   without JavaScript the page says what is wrong and lists the worst tunnels; its script (exporters/http/page/) makes it
 *            live from /api/v1/. Everything it needs comes from here: the files are compiled in.
 * Pure. Every text from a device or a configuration is escaped.
 */
#ifndef SAWATCH_EXPORTERS_HTTP_PAGE_H
#define SAWATCH_EXPORTERS_HTTP_PAGE_H

#include "core/buf.h"
#include "core/text.h"
#include "proto/sawatch.pb-c.h"

#define SAW_PAGE_ROWS 100 /* tunnels listed without JavaScript; the worst ones. The script's page is as long. */

/* Scripts and styles are files of ours, and nothing else is. */
#define SAW_PAGE_SECURITY_POLICY                                                                    \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " \
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/* s may be NULL: nothing is known yet. 0, or the buffer's error, or -ENOMEM. */
int saw_page_render(const Sawatch__V1__Snapshot *s, int64_t now_ms, struct saw_buf *out);

/* A file that the page asks for. */
struct saw_page_file {
	const char *path, *content_type;
	const unsigned char *data;
	const size_t *len;
};

/* NULL: there is none at this path. */
const struct saw_page_file *saw_page_file(struct saw_str path);

#endif
