/* The asynchronous client against servers that answer, refuse, hang, reset, talk nonsense or too much. */
#include "io/http_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define REQUEST_MAX 65536

/* What the server does with each connection, one behind the other. */
struct server {
	int fd;
	unsigned port;
	pthread_t thread;
	const char *answer;        /* sent when the request is whole */
	bool reset, hang;          /* instead */
	size_t flood;              /* bytes that follow the answer */
	char request[REQUEST_MAX]; /* the last one */
	size_t len;
};

static bool read_request(struct server *s, int fd) {
	size_t body = 0;

	s->len = 0;
	for (;;) {
		ssize_t n = recv(fd, s->request + s->len, REQUEST_MAX - 1 - s->len, 0);
		const char *end, *length;

		if (n <= 0)
			return false;
		s->len += (size_t)n;
		s->request[s->len] = 0;
		end = strstr(s->request, "\r\n\r\n");
		length = strstr(s->request, "Content-Length: ");
		if (length)
			body = strtoul(length + 16, NULL, 10);
		if (end && s->len >= (size_t)(end - s->request) + 4 + body)
			return true;
	}
}

static void *serve(void *ctx) {
	struct server *s = ctx;
	int fd;

	while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
		if (read_request(s, fd) && s->answer) {
			char filler[4096];

			memset(filler, 'x', sizeof filler);
			send(fd, s->answer, strlen(s->answer), MSG_NOSIGNAL);
			for (size_t i = 0; i < s->flood; i += sizeof filler)
				if (send(fd, filler, sizeof filler, MSG_NOSIGNAL) < 0)
					break;
		}
		if (s->reset)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1}, sizeof(struct linger));
		if (s->hang)
			recv(fd, s->request, 1, 0); /* until the client has had enough */
		close(fd);
	}
	return NULL;
}

static void start(struct server *s) {
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;

	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(s->fd, 8), 0);
	getsockname(s->fd, (struct sockaddr *)&a, &n);
	s->port = ntohs(a.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void stop(struct server *s) {
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
}

struct outcome {
	unsigned times, status, retry_after;
	int error;
	char text[512], body[256], type[128];
};

static void note(void *ctx, const struct saw_http_answer *a) {
	struct outcome *o = ctx;

	o->times++;
	o->error = a->error;
	o->status = a->status;
	o->retry_after = a->retry_after_seconds;
	snprintf(o->text, sizeof o->text, "%s", a->text ? a->text : "");
	snprintf(o->body, sizeof o->body, "%s", saw_buf_text(&a->body));
	snprintf(o->type, sizeof o->type, "%s", a->content_type);
}

/* One request, from the loop's beginning to its end. */
static void post(const struct saw_http_peer *peer, unsigned timeout_ms, struct outcome *o) {
	static const char *const headers[] = {"Content-Type: text/x-test", "X-Scope-OrgID: netops"};
	const struct saw_http_request r = {.peer = peer,
									   .headers = headers,
									   .n_headers = 2,
									   .body = "a body",
									   .len = 6,
									   .timeout_ms = timeout_ms,
									   .answer_max = 100};
	struct saw_http_client *c;
	struct saw_http_call *call;
	struct saw_err err = {0};
	uv_loop_t loop;

	*o = (struct outcome){.times = 0};
	uv_loop_init(&loop);
	c = saw_http_client_create(&loop, &err);
	if (!c)
		fail_msg("%s", err.text);
	assert_int_equal(saw_http_client_post(c, &r, note, o, &call, &err), 0);
	while (o->times == 0)
		uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(o->times, 1);
	saw_http_client_destroy(c);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

static void post_to(struct server *s, unsigned timeout_ms, struct outcome *o) {
	char url[64];

	start(s);
	snprintf(url, sizeof url, "http://127.0.0.1:%u/api/push?x=1", s->port);
	post(&(struct saw_http_peer){.url = url}, timeout_ms, o);
	stop(s);
}

static void answers_come_back(void **state) {
	struct server s = {.answer = "HTTP/1.1 503 Busy\r\nContent-Length: 5\r\nRetry-After: 17\r\n"
								 "Content-Type: Text/Plain; charset=utf-8\r\nConnection: close\r\n\r\nlater"};
	struct outcome o;

	(void)state;
	post_to(&s, 5000, &o);
	assert_int_equal(o.error, 0);
	assert_int_equal(o.status, 503);
	assert_int_equal(o.retry_after, 17);
	assert_string_equal(o.type, "text/plain");
	assert_string_equal(o.body, "later");
	assert_memory_equal(s.request, "POST /api/push?x=1 HTTP/1.1\r\n", 29);
	assert_non_null(strstr(s.request, "\r\nContent-Type: text/x-test\r\n"));
	assert_non_null(strstr(s.request, "\r\nX-Scope-OrgID: netops\r\n"));
	assert_non_null(strstr(s.request, "\r\nUser-Agent: sawatch/"));
	assert_non_null(strstr(s.request, "\r\nContent-Length: 6\r\n"));
	assert_null(strstr(s.request, "Expect"));
	assert_null(strstr(s.request, "Authorization"));
	assert_non_null(strstr(s.request, "\r\n\r\na body"));
}

static void credentials_are_sent(void **state) {
	struct server s = {.answer = "HTTP/1.1 204 OK\r\nConnection: close\r\n\r\n"};
	struct outcome o;
	char url[64];

	(void)state;
	start(&s);
	snprintf(url, sizeof url, "http://127.0.0.1:%u/", s.port);
	/* RFC 7617, section 2 */
	post(&(struct saw_http_peer){.url = url, .user = "Aladdin", .password = "open sesame"}, 5000, &o);
	assert_int_equal(o.status, 204);
	assert_non_null(strstr(s.request, "\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"));
	post(&(struct saw_http_peer){.url = url, .token = "abc.def"}, 5000, &o);
	assert_non_null(strstr(s.request, "\r\nAuthorization: Bearer abc.def\r\n"));
	/* Another name for the certificate is another Host, at the same address. */
	post(&(struct saw_http_peer){.url = url, .server_name = "master.example"}, 5000, &o);
	assert_int_equal(o.status, 204);
	assert_non_null(strstr(s.request, "\r\nHost: master.example:"));
	stop(&s);
}

static void redirects_are_not_followed(void **state) {
	struct server other = {.answer = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"};
	struct server s = {.answer = NULL};
	char answer[256];
	struct outcome o;

	(void)state;
	start(&other);
	snprintf(
		answer, sizeof answer,
		"HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:%u/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		other.port);
	s.answer = answer;
	post_to(&s, 5000, &o);
	assert_int_equal(o.status, 307);
	stop(&other);
	assert_int_equal(other.len, 0);
}

/* Nor is a proxy of the environment taken. */
static void a_proxy_is_used_where_it_is_named(void **state) {
	struct server proxy = {.answer = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"};
	struct server s = {.answer = "HTTP/1.1 201 OK\r\nConnection: close\r\n\r\n"};
	char url[64];
	struct outcome o;

	(void)state;
	start(&proxy);
	snprintf(url, sizeof url, "http://127.0.0.1:%u", proxy.port);
	setenv("http_proxy", url, 1);
	setenv("ALL_PROXY", url, 1);
	post_to(&s, 5000, &o);
	assert_int_equal(o.status, 201);
	assert_int_equal(proxy.len, 0);
	post(&(struct saw_http_peer){.url = "http://192.0.2.1:9/push",
								 .proxy = url,
								 .proxy_user = "u",
								 .proxy_password = "p",
								 .user = "a",
								 .password = "b"},
		 5000, &o);
	assert_int_equal(o.status, 200);
	assert_memory_equal(proxy.request, "POST http://192.0.2.1:9/push HTTP/1.1\r\n", 39);
	assert_non_null(strstr(proxy.request, "\r\nProxy-Authorization: Basic dTpw\r\n"));
	stop(&proxy);
}

static void bad_peers_are_named(void **state) {
	static const struct {
		const char *what;
		struct server server;
		unsigned timeout_ms;
		int error;
		const char *text;
	} rows[] = {
		{"hangs", {.hang = true}, 200, SAW_ETIMEOUT, "no answer within 0.2 s"},
		{"resets", {.reset = true}, 5000, SAW_EPROTO, "reset"},
		{"closes", {.answer = ""}, 5000, SAW_EPROTO, "Empty reply"},
		{"talks nonsense", {.answer = "SSH-2.0-OpenSSH_9.2p1\r\n"}, 5000, SAW_EPROTO, "HTTP/0.9"},
		{"says a head without end",
		 {.answer = "HTTP/1.1 200 OK\r\nX: ", .flood = 4U << 20},
		 5000,
		 -ENOMEM,
		 "the head of the answer has no end"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct server s = rows[i].server;
		struct outcome o;

		post_to(&s, rows[i].timeout_ms, &o);
		if (o.error != rows[i].error || !strstr(o.text, rows[i].text) || !strstr(o.text, "127.0.0.1"))
			fail_msg("%s: %d %s", rows[i].what, o.error, o.text);
	}
}

/* What a server has taken or refused by its head is not sent again for what comes behind it. */
static void the_head_has_the_answer(void **state) {
	static const struct {
		const char *what;
		struct server server;
		unsigned timeout_ms, status;
	} rows[] = {
		{"floods", {.answer = "HTTP/1.1 400 Bad\r\nContent-Type: text/plain\r\n\r\n", .flood = 10U << 20}, 5000, 400},
		{"ends inside its answer", {.answer = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf"}, 5000, 200},
		{"hangs inside its answer",
		 {.answer = "HTTP/1.1 202 OK\r\nContent-Length: 50\r\n\r\nhalf", .hang = true},
		 2000,
		 202},
		{"sends broken gzip",
		 {.answer = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nhalf"},
		 5000,
		 200},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct server s = rows[i].server;
		struct outcome o;

		post_to(&s, rows[i].timeout_ms, &o);
		if (o.error || o.status != rows[i].status)
			fail_msg("%s: %d %u %s", rows[i].what, o.error, o.status, o.text);
	}
}

/* RFC 9110, 10.2.3: seconds or a date. */
static void retry_after_may_be_a_date(void **state) {
	static const struct {
		int64_t offset_s;
		unsigned least, most;
	} rows[] = {{600, 500, 600}, {-600, 0, 0}, {INT64_C(86400) * 365, 86400, 86400}};
	struct outcome o;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		time_t at = time(NULL) + (time_t)rows[i].offset_s;
		char answer[160], date[64];
		struct server s = {.answer = answer};
		struct tm tm;

		strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&at, &tm));
		snprintf(answer, sizeof answer, "HTTP/1.1 429 Busy\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n", date);
		post_to(&s, 5000, &o);
		assert_int_equal(o.status, 429);
		assert_in_range(o.retry_after, rows[i].least, rows[i].most);
	}
}

static void a_proxy_that_is_not_there_is_named(void **state) {
	struct server s = {.answer = ""};
	struct outcome o;
	char url[64];

	(void)state;
	start(&s);
	stop(&s);
	snprintf(url, sizeof url, "http://127.0.0.1:%u", s.port);
	post(&(struct saw_http_peer){.url = "https://192.0.2.1/push", .proxy = url}, 5000, &o);
	assert_int_equal(o.error, SAW_EUNREACHABLE);
	assert_non_null(strstr(o.text, "cannot connect to the proxy http://127.0.0.1:"));
}

static void a_closed_port_is_said(void **state) {
	struct server s = {.answer = ""};
	struct outcome o;
	char url[64];

	(void)state;
	start(&s);
	stop(&s);
	snprintf(url, sizeof url, "http://127.0.0.1:%u/", s.port);
	post(&(struct saw_http_peer){.url = url}, 5000, &o);
	assert_int_equal(o.error, SAW_EUNREACHABLE);
	assert_non_null(strstr(o.text, "Connection refused"));
}

/* One that hangs does not hold up another, and what is cancelled is not answered. */
static void requests_run_beside_each_other(void **state) {
	struct server slow = {.hang = true}, fast = {.answer = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"};
	struct outcome of_slow = {0}, of_fast = {0};
	char slow_url[64], fast_url[64];
	struct saw_http_peer slow_peer = {.url = slow_url}, fast_peer = {.url = fast_url};
	struct saw_http_request r = {.body = "x", .len = 1, .timeout_ms = 60000, .answer_max = 100};
	struct saw_http_call *first, *second;
	struct saw_http_client *c;
	uv_loop_t loop;

	(void)state;
	start(&slow);
	start(&fast);
	snprintf(slow_url, sizeof slow_url, "http://127.0.0.1:%u/", slow.port);
	snprintf(fast_url, sizeof fast_url, "http://127.0.0.1:%u/", fast.port);
	uv_loop_init(&loop);
	c = saw_http_client_create(&loop, NULL);
	r.peer = &slow_peer;
	assert_int_equal(saw_http_client_post(c, &r, note, &of_slow, &first, NULL), 0);
	r.peer = &fast_peer;
	assert_int_equal(saw_http_client_post(c, &r, note, &of_fast, &second, NULL), 0);
	while (of_fast.times == 0)
		uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(of_fast.status, 200);
	saw_http_call_cancel(first);
	r.peer = &slow_peer;
	assert_int_equal(saw_http_client_post(c, &r, note, &of_slow, &first, NULL), 0);
	saw_http_client_destroy(c);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	assert_int_equal(of_slow.times, 0);
	stop(&slow);
	stop(&fast);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_come_back),
		cmocka_unit_test(credentials_are_sent),
		cmocka_unit_test(redirects_are_not_followed),
		cmocka_unit_test(a_proxy_is_used_where_it_is_named),
		cmocka_unit_test(bad_peers_are_named),
		cmocka_unit_test(the_head_has_the_answer),
		cmocka_unit_test(retry_after_may_be_a_date),
		cmocka_unit_test(a_closed_port_is_said),
		cmocka_unit_test(a_proxy_that_is_not_there_is_named),
		cmocka_unit_test(requests_run_beside_each_other),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
