/*
 * Any bytes as a request: the target, a line feed, the Accept header; as headers; as an Authorization header. Also as the answer to a
 * client that asked.
 */
#include "tests/fuzz/fuzz.h"

#include "exporters/http/basic.h"
#include "exporters/http/framing.h"
#include "exporters/http/query.h"
#include "exporters/http/routes.h"
#include "proto/api.h"
#include "tests/fixtures/snapshot.h"

#include <stdlib.h>

static void request(const uint8_t *data, size_t size) {
	const struct saw_routes_view view = {.snapshot = fixture_snapshot(), .now_ms = FIXTURE_NOW_MS, .ready = true};
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	const size_t n = end ? (size_t)(end - data) : size;
	const struct saw_str target = {(const char *)data, n};
	const struct saw_str accept = {(const char *)data + n, size - n};
	const struct saw_routes_plan plan = saw_routes_plan(target, accept);
	struct saw_answer a;

	saw_routes_answer(&view, target, accept, &a);
	if (plan.place < -1 || (plan.at_once && plan.place >= 0) || a.status < 200 || a.status > 503 || !a.content_type ||
		!a.body.len || (plan.place >= 0 && a.status != 200))
		abort();
	saw_buf_free(&a.body);
}

static void login(const uint8_t *data, size_t size) {
	char out[SAW_BASIC_MAX + 2];
	size_t user, n;

	if (saw_basic_decode((struct saw_str){(const char *)data, size}, out, &user, &n) &&
		(n > SAW_BASIC_MAX || user >= n || strlen(out) != user || strlen(out + user + 1) != n - user - 1))
		abort();
}

/* Lines "NAME:VALUE", as they stand. */
static void headers(const uint8_t *data, size_t size) {
	struct saw_str rest = {(const char *)data, size}, target = saw_framing_target(rest);
	struct saw_framing f = {.hosts = 0};

	if (target.n > size && !saw_str_eq(target, SAW_STR("/")))
		abort();
	while (rest.n) {
		struct saw_str value = saw_query_cut(&rest, '\n'), name = saw_query_cut(&value, ':');

		saw_framing_header(&f, name, value);
		if (!f.status && saw_str_eq_nocase(saw_str_trim(name), SAW_STR("Transfer-Encoding")))
			abort();
	}
	saw_framing_end(&f, "HTTP/1.1");
	if (!f.status && f.hosts != 1)
		abort();
}

static void answer(const uint8_t *data, size_t size) {
	struct saw_buf body = SAW_BUF_INIT(1U << 20);
	Sawatch__V1__Snapshot *s = NULL;
	struct saw_err err;

	saw_buf_put(&body, data, size);
	if (saw_api_read("http://192.0.2.1", 200, SAW_API_PROTOBUF, &body, &s, &err) == 0)
		sawatch__v1__snapshot__free_unpacked(s, NULL);
	if (saw_api_read("http://192.0.2.1", 500, "application/json", &body, &s, &err) == 0)
		abort();
	saw_buf_free(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	if (size > 1U << 20)
		return 0;
	request(data, size);
	headers(data, size);
	login(data, size);
	answer(data, size);
	return 0;
}
