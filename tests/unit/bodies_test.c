/* Bodies that are rendered on threads and shared; what clients say that they take. */
#include "exporters/http/bodies.h"
#include "io/workers.h"
#include "tests/fixtures/inflate.h"
#include "tests/fixtures/snapshot.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct saw_snapshot first = {.refs = 1}, second = {.refs = 1};
static struct saw_bodies *bodies;

/* The fixture is static: the counts are kept to see that none is lost. */
struct saw_snapshot *saw_snapshot_ref(struct saw_snapshot *s) {
	s->refs++;
	return s;
}

void saw_snapshot_unref(struct saw_snapshot *s) {
	if (--s->refs == 0)
		abort();
}

static int start(void **state) {
	struct saw_err err;

	(void)state;
	first.pb = second.pb = fixture_snapshot();
	bodies = saw_bodies_create(&err);
	return bodies ? 0 : -1;
}

static int stop(void **state) {
	(void)state;
	saw_bodies_destroy(bodies);
	return first.refs == 1 && second.refs == 1 ? 0 : -1;
}

/* A waiter that is woken writes into a pipe. */
struct sleeper {
	struct saw_body_waiter waiter;
	int fds[2];
};

static void on_wake(struct saw_body_waiter *w) {
	if (write(((struct sleeper *)w)->fds[1], "x", 1) != 1)
		abort();
}

static struct saw_body *await(struct saw_body *body) {
	struct sleeper s = {.waiter.wake = on_wake};
	struct pollfd fd;
	char byte;

	assert_non_null(body);
	assert_int_equal(pipe(s.fds), 0);
	if (saw_body_await(body, &s.waiter)) {
		fd = (struct pollfd){.fd = s.fds[0], .events = POLLIN};
		assert_int_equal(poll(&fd, 1, 30000), 1);
		assert_int_equal(read(s.fds[0], &byte, 1), 1);
	}
	assert_true(saw_body_is_done(body));
	close(s.fds[0]);
	close(s.fds[1]);
	return body;
}

static size_t held_max = SIZE_MAX;

static struct saw_body *ask(struct saw_snapshot *snapshot, const char *target, enum saw_encoding encoding) {
	const struct saw_bodies_question q = {
		.snapshot = snapshot,
		.now_ms = FIXTURE_NOW_MS,
		.process = {-1, -1, -1, -1, -1},
		.target = saw_str_of(target),
		.place = saw_routes_plan(saw_str_of(target), SAW_STR("")).place,
		.held_max = held_max,
		.encoding = encoding,
	};
	struct saw_body *body = saw_bodies_find(bodies, snapshot, q.place, encoding);

	return body ? body : saw_bodies_make(bodies, &q);
}

static void one_body_for_all_who_ask_the_same(void **state) {
	struct saw_body *a = ask(&first, "/metrics", SAW_ENCODING_IDENTITY), *again = ask(&first, "/metrics", 0);
	struct saw_body *other = ask(&first, "/api/v1/tunnels", SAW_ENCODING_IDENTITY);
	struct saw_body *filtered = ask(&first, "/api/v1/tunnels?device=x", 0),
					*twice = ask(&first, "/api/v1/tunnels?device=x", 0);

	(void)state;
	assert_ptr_equal(a, again);
	assert_ptr_not_equal(a, other);
	assert_ptr_not_equal(filtered, twice);
	assert_int_equal(await(a)->status, 200);
	assert_non_null(strstr((const char *)a->data, "sawatch_tunnel_up{"));
	assert_string_equal(await(other)->content_type, "application/json");
	await(filtered);
	await(twice);
	saw_body_unref(a);
	saw_body_unref(again);
	saw_body_unref(other);
	saw_body_unref(filtered);
	saw_body_unref(twice);
}

static void an_older_body_lives_as_long_as_it_is_sent(void **state) {
	struct saw_body *old = await(ask(&first, "/metrics", 0)), *fresh = await(ask(&second, "/metrics", 0));

	(void)state;
	assert_ptr_not_equal(old, fresh);
	assert_int_equal(old->len, fresh->len);
	assert_memory_equal(old->data, fresh->data, old->len);
	saw_body_unref(old);
	saw_body_unref(fresh);
}

static void assert_inflates_to(const struct saw_body *compressed, const struct saw_body *plain) {
	struct saw_buf text = SAW_BUF_INIT(1U << 25);

	assert_true(fixture_inflate(compressed->data, compressed->len, &text));
	assert_int_equal(text.len, plain->len);
	assert_memory_equal(text.data, plain->data, plain->len);
	saw_buf_free(&text);
}

static void a_long_body_is_compressed_for_those_who_take_that(void **state) {
	/* Once before the plain one is there, once made of it. */
	struct saw_body *early = await(ask(&first, "/metrics", SAW_ENCODING_GZIP));
	struct saw_body *plain = await(ask(&first, "/metrics", SAW_ENCODING_IDENTITY));
	struct saw_body *plain2 = await(ask(&second, "/metrics", SAW_ENCODING_IDENTITY));
	struct saw_body *late = await(ask(&second, "/metrics", SAW_ENCODING_GZIP));
	struct saw_body *small = await(ask(&second, "/api/v1/tunnels?device=x", SAW_ENCODING_GZIP));

	(void)state;
	assert_int_equal(early->encoding, SAW_ENCODING_GZIP);
	assert_int_equal(late->encoding, SAW_ENCODING_GZIP);
	assert_int_equal(plain->encoding, SAW_ENCODING_IDENTITY);
	assert_int_equal(small->encoding, SAW_ENCODING_IDENTITY);
	assert_string_equal(early->content_type, plain->content_type);
	assert_inflates_to(early, plain);
	assert_inflates_to(late, plain2);
	saw_body_unref(early);
	saw_body_unref(plain);
	saw_body_unref(plain2);
	saw_body_unref(late);
	saw_body_unref(small);
}

static void an_error_is_not_kept(void **state) {
	struct saw_body *a = await(ask(NULL, "/metrics", 0)), *b;

	(void)state;
	assert_int_equal(a->status, 503);
	b = await(ask(NULL, "/metrics", 0));
	assert_ptr_not_equal(a, b);
	saw_body_unref(a);
	saw_body_unref(b);
}

/* Clients that each ask for something else, and read slowly, cost no more memory than they hold already. */
static void where_too_much_is_held_only_what_is_shared_is_made(void **state) {
	struct saw_body *held = await(ask(&first, "/api/v1/tunnels", 0)), *mine, *shared, *later;

	(void)state;
	held_max = held->len - 1; /* what else is held may be let go of at any moment, by a thread */
	mine = await(ask(&first, "/api/v1/tunnels?device=x", 0));
	shared = await(ask(&first, "/metrics", 0));
	assert_int_equal(mine->status, 503);
	assert_int_equal(shared->status, 200);
	held_max = SIZE_MAX;
	later = await(ask(&first, "/api/v1/tunnels?device=x", 0));
	assert_int_equal(later->status, 200);
	saw_body_unref(held);
	saw_body_unref(mine);
	saw_body_unref(shared);
	saw_body_unref(later);
}

static atomic_int woken;

static void count(struct saw_body_waiter *w) {
	(void)w;
	woken++;
}

/* Also when the server ends before they are served: nobody sleeps for ever. */
static void everybody_is_woken_once(void **state) {
	enum { N = 100 };
	struct saw_body_waiter waiters[N];
	struct saw_body *asked[N];
	struct saw_err err;
	int asleep = 0;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		asked[i] = ask(&first, i % 2 ? "/metrics" : "/api/v1/snapshot?device=x", 0);
		waiters[i] = (struct saw_body_waiter){.wake = count};
		asleep += saw_body_await(asked[i], &waiters[i]);
	}
	saw_bodies_destroy(bodies);
	assert_int_equal(woken, asleep);
	for (size_t i = 0; i < N; i++) {
		assert_int_equal(asked[i]->status, 200);
		saw_body_unref(asked[i]);
	}
	bodies = saw_bodies_create(&err);
	assert_non_null(bodies);
}

struct numbered {
	struct saw_job job;
	int number, *log;
	atomic_int *n;
};

static void write_down(struct saw_job *job) {
	struct numbered *j = (struct numbered *)job;

	j->log[(*j->n)++] = j->number;
}

static void jobs_run_in_their_order(void **state) {
	enum { N = 1000 };
	struct saw_err err;
	struct saw_workers *w = saw_workers_create(1, &err);
	struct numbered jobs[N];
	atomic_int n = 0;
	int log[N];

	(void)state;
	assert_non_null(w);
	for (int i = 0; i < N; i++) {
		jobs[i] = (struct numbered){.job.run = write_down, .number = i, .log = log, .n = &n};
		saw_workers_add(w, &jobs[i].job);
	}
	saw_workers_destroy(w);
	assert_int_equal(n, N);
	for (int i = 0; i < N; i++)
		assert_int_equal(log[i], i);
}

static void encodings_are_chosen_as_clients_weigh_them(void **state) {
	static const struct {
		const char *header;
		enum saw_encoding encoding;
	} cases[] = {
		{"", SAW_ENCODING_IDENTITY},
		{"gzip", SAW_ENCODING_GZIP}, /* Prometheus */
		{"gzip, deflate, br, zstd", SAW_ENCODING_GZIP},
		{"GZIP", SAW_ENCODING_GZIP},
		{"x-gzip", SAW_ENCODING_GZIP},
		{"deflate, gzip;q=1.0, *;q=0.5", SAW_ENCODING_GZIP},
		{"*", SAW_ENCODING_GZIP},
		{"*;q=0", SAW_ENCODING_IDENTITY},
		{"gzip;q=0", SAW_ENCODING_IDENTITY},
		{"gzip;q=0, *", SAW_ENCODING_IDENTITY},
		{"gzip; q=0.000", SAW_ENCODING_IDENTITY},
		{"identity, gzip;q=0.5", SAW_ENCODING_IDENTITY},
		{"identity;q=0.5, gzip;q=0.5", SAW_ENCODING_GZIP},
		{"identity", SAW_ENCODING_IDENTITY},
		{"br", SAW_ENCODING_IDENTITY},
		{"gzipped", SAW_ENCODING_IDENTITY},
		{", ,;,gzip", SAW_ENCODING_GZIP},
		{"gzip;q=x", SAW_ENCODING_GZIP},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (saw_accept_encoding(saw_str_of(cases[i].header)) != cases[i].encoding)
			fail_msg("%s", cases[i].header);
}

static void alternatives_are_cut_outside_of_quotes(void **state) {
	struct saw_str header = SAW_STR(" a/b ; x=\"1,\\\"2;3\" ; Q=0.25 ,, c/d;y=z");
	struct saw_accept_range r;
	struct saw_str v;

	(void)state;
	assert_true(saw_accept_next(&header, &r));
	assert_true(saw_str_eq(r.name, SAW_STR("a/b")));
	assert_true(r.weight == 0.25);
	assert_true(saw_accept_param(&r, SAW_STR("X"), &v));
	assert_true(saw_str_eq(v, SAW_STR("1,\\\"2;3")));
	assert_false(saw_accept_param(&r, SAW_STR("y"), &v));
	assert_true(saw_accept_next(&header, &r));
	assert_true(saw_str_eq(r.name, SAW_STR("c/d")));
	assert_true(r.weight == 1);
	assert_false(saw_accept_next(&header, &r));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_body_for_all_who_ask_the_same),
		cmocka_unit_test(an_older_body_lives_as_long_as_it_is_sent),
		cmocka_unit_test(a_long_body_is_compressed_for_those_who_take_that),
		cmocka_unit_test(an_error_is_not_kept),
		cmocka_unit_test(where_too_much_is_held_only_what_is_shared_is_made),
		cmocka_unit_test(everybody_is_woken_once),
		cmocka_unit_test(jobs_run_in_their_order),
		cmocka_unit_test(encodings_are_chosen_as_clients_weigh_them),
		cmocka_unit_test(alternatives_are_cut_outside_of_quotes),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
