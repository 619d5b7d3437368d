/* Requests that two programs may read differently, header by header. */
#include "exporters/http/framing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static void headers_are_judged(void **state) {
	static const struct {
		const char *version, *headers[3][2];
		unsigned status;
	} cases[] = {
		{"HTTP/1.1", {{"Host", "x"}}, 0},
		{"HTTP/1.1", {{"host", ""}, {"Accept", "a\tb"}, {"!#$%&'*+-.^_`|~09azAZ", "\xc3\xbc"}}, 0},
		{"HTTP/1.1", {{"Host", "x"}, {"Content-Length", "0"}}, 0},
		{"HTTP/1.0", {{NULL}}, 0},
		{"HTTP/1.1", {{NULL}}, 400},
		{"HTTP/1.1", {{"Host", "x"}, {"HOST", "x"}}, 400},
		{"HTTP/1.0", {{"Host", "x"}, {"Host", "x"}}, 400},
		{"HTTP/1.1", {{"Host", "x"}, {"Content-Length", "1"}}, 413},
		{"HTTP/1.1", {{"Host", "x"}, {"Content-Length", "0"}, {"content-length", "36"}}, 413},
		{"HTTP/1.1", {{"Host", "x"}, {"Content-Length", "0, 0"}}, 413},
		{"HTTP/1.1", {{"Host", "x"}, {"Transfer-Encoding", "identity"}}, 413},
		{"HTTP/1.1", {{"Host", "x"}, {"Content-Length ", "0"}}, 400},
		{"HTTP/1.1", {{"Host", "x"}, {"Transfer-Encoding\t", "chunked"}}, 400},
		{"HTTP/1.1", {{"Host", "x"}, {"", "y"}}, 400},
		{"HTTP/1.1", {{"Host", "x"}, {"X\x80", "y"}}, 400},
		{"HTTP/1.1", {{"Host", "x"}, {"X", "a\rContent-Length: 36"}}, 400},
		{"HTTP/1.1", {{"Host", "x\x7f"}}, 400},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct saw_framing f = {.hosts = 0};

		for (size_t k = 0; k < 3 && cases[i].headers[k][0]; k++)
			saw_framing_header(&f, saw_str_of(cases[i].headers[k][0]), saw_str_of(cases[i].headers[k][1]));
		saw_framing_end(&f, cases[i].version);
		if (f.status != cases[i].status)
			fail_msg("case %zu: %u %s", i, f.status, f.wrong ? f.wrong : "");
		assert_true(!f.status == !f.wrong);
	}
}

static void a_target_may_name_the_host(void **state) {
	static const char *const cases[][2] = {
		{"/metrics?part=daemon", "/metrics?part=daemon"},
		{"http://192.0.2.1:9857/sd", "/sd"},
		{"HTTPS://[2001:db8::1]/a/b?c=http://d/", "/a/b?c=http://d/"},
		{"http://host", "/"},
		{"http://", "/"},
		{"*", "*"},
		{"", ""},
		{"http:/x", "http:/x"},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_true(saw_str_eq(saw_framing_target(saw_str_of(cases[i][0])), saw_str_of(cases[i][1])));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_judged),
		cmocka_unit_test(a_target_may_name_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
