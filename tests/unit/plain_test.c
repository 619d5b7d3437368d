/* The head of an HTTP answer, and what a server's name may look like. */
#include "io/plain.h"

#include "core/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void heads_are_read(void **state) {
	static const struct {
		const char *text;
		unsigned status;
		const char *body; /* behind the head; NULL: the head has not ended */
		bool has_length;
		uint64_t content_length;
		const char *type;
	} rows[] = {
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: Application/JSON; charset=utf-8\r\n\r\nhello", 200,
		 "hello", true, 5, "application/json"},
		{"HTTP/1.0 404 Not Found\n\nx", 404, "x", false, 0, ""},
		{"HTTP/1.1 503\r\n\r\n", 503, "", false, 0, ""},
		{"HTTP/1.1 200 OK\r\nCONTENT-LENGTH:\t18446744073709551615 \r\n\r\n", 200, "", true, UINT64_MAX, ""},
		{"HTTP/1.1 200 OK\r\nX-Content-Type: a/b\r\nContent-Type:\r\n\r\n", 200, "", false, 0, ""},
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", 200, NULL, true, 5, ""},
		{"HTTP/1.1 200 OK", 0, NULL, false, 0, ""},
		{"HTT", 0, NULL, false, 0, ""},
		{"", 0, NULL, false, 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct saw_plain_head head;

		assert_int_equal(saw_plain_head(saw_str_of(rows[i].text), &head), 0);
		assert_int_equal(head.length, rows[i].body ? strlen(rows[i].text) - strlen(rows[i].body) : 0);
		if (!rows[i].body)
			continue; /* what is in it so far does not count */
		assert_int_equal(head.status, rows[i].status);
		assert_int_equal(head.has_content_length, rows[i].has_length);
		assert_int_equal(head.content_length, rows[i].content_length);
		assert_string_equal(head.content_type, rows[i].type);
	}
}

static void other_answers_are_refused(void **state) {
	static const char *const texts[] = {
		"SSH-2.0-OpenSSH_9.2p1\r\n",
		"HTTP/2 200\r\n\r\n",
		"HTTP/1.1 2 OK\r\n\r\n",
		"HTTP/1.1 2000 OK\r\n\r\n",
		"HTTP/1.1 099 OK\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5 5\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct saw_plain_head head;

		assert_int_equal(saw_plain_head(saw_str_of(texts[i]), &head), SAW_EPROTO);
	}
}

static void a_head_without_end_is_refused(void **state) {
	static char text[32768];
	struct saw_plain_head head;

	(void)state;
	memset(text, 'x', sizeof text);
	memcpy(text, "HTTP/1.1 200 OK\r\nX: ", 20);
	assert_int_equal(saw_plain_head((struct saw_str){text, sizeof text}, &head), SAW_EPROTO);
}

static void wrong_servers_are_named(void **state) {
	static const struct {
		const char *server, *says;
	} rows[] = {
		{"http://", "not a URL"},
		{"http://:80", "not a URL"},
		{"http://host:", "not a URL"},
		{"http://host:0", "not a URL"},
		{"http://host:65536", "not a URL"},
		{"http://host:80x/", "not a URL"},
		{"http://[::1", "not a URL"},
		{"http://[::1]9857", "not a URL"},
		{"http://a b/", "not a URL"},
		{"http://host\r\nX: y/", "not a URL"},
		{"http://me:secret@host/", "seen by everybody"},
		{"unix:/nowhere/sawatch.sock", "cannot connect to unix:/nowhere/sawatch.sock: No such file"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct saw_fetch f = {.server = rows[i].server, .path = "/", .timeout_ms = 1000, .body_max = 1000};
		struct saw_fetch_reply reply;
		struct saw_err err;

		assert_true(saw_plain_takes(rows[i].server));
		assert_int_not_equal(saw_plain_fetch(&f, &reply, &err), 0);
		if (!strstr(err.text, rows[i].says))
			fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].server, err.text, rows[i].says);
		assert_null(strstr(err.text, "secret"));
	}
	assert_false(saw_plain_takes("https://host/"));
	assert_false(saw_plain_takes("unix:relative"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_are_read),
		cmocka_unit_test(other_answers_are_refused),
		cmocka_unit_test(a_head_without_end_is_refused),
		cmocka_unit_test(wrong_servers_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
