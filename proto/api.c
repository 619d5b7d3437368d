#include "proto/api.h"

#include "core/text.h"
#include "proto/schema.h"

#include <string.h>

#define WORDS_MAX 200 /* of a refusal that are passed on */

static void put_encoded(struct saw_buf *out, const char *text) {
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	static const char hex[] = "0123456789ABCDEF";

	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (strchr(plain, *p)) {
			saw_buf_putc(out, (char)*p);
			continue;
		}
		saw_buf_putc(out, '%');
		saw_buf_putc(out, hex[*p >> 4]);
		saw_buf_putc(out, hex[*p & 15]);
	}
}

void saw_api_put_path(struct saw_buf *out, const struct saw_api_query *q) {
	const struct {
		const char *name, *value;
	} filters[] = {{"device=", q->device}, {"tunnel=", q->tunnel}, {"link=", q->link}};
	char between = '?';

	saw_buf_puts(out, "/api/v1/");
	saw_buf_puts(out, q->what);
	for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
		if (!filters[i].value)
			continue;
		saw_buf_putc(out, between);
		saw_buf_puts(out, filters[i].name);
		put_encoded(out, filters[i].value);
		between = '&';
	}
}

/* The API says why as {"error": "..."}; what else answers there may say anything. */
static int refused(const char *server, unsigned status, const struct saw_buf *body, struct saw_err *err) {
	static const char before[] = "{\"error\":\"", after[] = "\"}";
	struct saw_str s = saw_str_trim((struct saw_str){saw_buf_text(body), body->len});
	struct saw_buf words = SAW_BUF_INIT(4 * WORDS_MAX + 1);
	const char *hint = status == 401 ? "; --auth-file FILE gives a user and password" : "";
	int rc;

	if (!saw_str_starts(s, SAW_STR("{\"error\":\"")) || s.n < sizeof before + sizeof after - 2)
		return saw_err_set(err, SAW_EHTTP, "%s answers with HTTP status %u%s", server, status, hint);
	s.p += sizeof before - 1;
	s.n -= sizeof before + sizeof after - 2;
	saw_put_clean(&words, s.p, s.n < WORDS_MAX ? s.n : WORDS_MAX);
	rc = saw_err_set(err, SAW_EHTTP, "%s: %s (HTTP status %u)%s", server, saw_buf_text(&words), status, hint);
	saw_buf_free(&words);
	return rc;
}

int saw_api_read(const char *server, unsigned status, const char *content_type, const struct saw_buf *body,
				 Sawatch__V1__Snapshot **out, struct saw_err *err) {
	Sawatch__V1__Snapshot *s;

	if (status != 200)
		return refused(server, status, body, err);
	if (strcmp(content_type, SAW_API_PROTOBUF) != 0)
		return saw_err_set(err, SAW_EPROTO, "%s is no sawatchd: it answers with %s", server,
						   *content_type ? content_type : "a body of no type");
	s = sawatch__v1__snapshot__unpack(NULL, body->len, body->data ? body->data : (const uint8_t *)"");
	if (!s)
		return saw_err_set(err, SAW_EFORMAT, "%s: the answer is malformed", server);
	if (s->has_schema_version && s->schema_version > SAW_SCHEMA_VERSION) {
		sawatch__v1__snapshot__free_unpacked(s, NULL);
		return saw_err_set(err, SAW_EVERSION,
						   "%s runs a newer sawatchd: its answers need a newer version of this program", server);
	}
	*out = s;
	return 0;
}
