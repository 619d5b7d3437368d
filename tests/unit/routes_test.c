/* What each path answers, without a socket; the query parser; the clients' side of the API. */
#include "exporters/http/routes.h"
#include "proto/api.h"
#include "proto/tunnel.h"
#include "tests/fixtures/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct saw_answer answer;

static unsigned get_as(const char *target, const char *accept) {
	const struct saw_routes_view view = {.snapshot = fixture_snapshot(), .now_ms = FIXTURE_NOW_MS, .ready = true};

	saw_buf_free(&answer.body);
	saw_routes_answer(&view, saw_str_of(target), saw_str_of(accept), &answer);
	return answer.status;
}

static unsigned get(const char *target) {
	return get_as(target, NULL);
}

static unsigned get_before_first_poll(const char *target) {
	const struct saw_routes_view view = {.now_ms = FIXTURE_NOW_MS, .why_not = "not polled yet: ASA-XFW01"};

	saw_buf_free(&answer.body);
	saw_routes_answer(&view, saw_str_of(target), saw_str_of(NULL), &answer);
	return answer.status;
}

static bool body_has(const char *text) {
	return strstr(saw_buf_text(&answer.body), text) != NULL;
}

/* The answer as a Snapshot; the caller frees it. */
static Sawatch__V1__Snapshot *get_snapshot(const char *target) {
	Sawatch__V1__Snapshot *s;

	assert_int_equal(get_as(target, "application/x-protobuf"), 200);
	assert_string_equal(answer.content_type, "application/x-protobuf");
	s = sawatch__v1__snapshot__unpack(NULL, answer.body.len, answer.body.data);
	assert_non_null(s);
	return s;
}

static void assert_sizes(const char *target, size_t devices, size_t tunnels) {
	Sawatch__V1__Snapshot *s = get_snapshot(target);

	assert_int_equal(s->n_devices, devices);
	assert_int_equal(s->n_tunnels, tunnels);
	assert_int_equal(s->sequence, 77);
	sawatch__v1__snapshot__free_unpacked(s, NULL);
}

static void filters_choose_devices_and_tunnels(void **state) {
	(void)state;
	assert_sizes("/api/v1/snapshot", 5, 10);
	assert_sizes("/api/v1/devices", 5, 0);
	assert_sizes("/api/v1/tunnels", 0, 10);
	assert_sizes("/api/v1/snapshot?device=ASA-XFW01", 1, 7);
	assert_sizes("/api/v1/snapshot?device=ASA-XFW01&tunnel=berlin-1", 1, 1);
	assert_sizes("/api/v1/tunnels?tunnel=berlin-1", 0, 1);
	assert_sizes("/api/v1/tunnels?device=ASR-WAN01&tunnel=berlin-1", 0, 0);
	assert_sizes("/api/v1/snapshot?device=nobody", 0, 0);
	assert_sizes("/api/v1/snapshot?device=", 0, 0);
	assert_sizes("/api/v1/snapshot?", 5, 10);
}

static void links_are_chosen_by_name_too(void **state) {
	static Sawatch__V1__Link two[] = {SAWATCH__V1__LINK__INIT, SAWATCH__V1__LINK__INIT}, *list[] = {&two[0], &two[1]};
	static const struct {
		const char *target;
		size_t n;
	} cases[] = {
		{"/api/v1/links", 2},
		{"/api/v1/links?link=b", 1},
		{"/api/v1/links?link=c", 0},
		{"/api/v1/links?device=d&link=a", 1},
		{"/api/v1/links?device=e&link=a", 0},
	};
	Sawatch__V1__Snapshot *all = fixture_snapshot();

	(void)state;
	two[0].name = two[1].a_tunnel = (char[]){"a"};
	two[1].name = (char[]){"b"};
	two[0].a_device = two[1].b_device = (char[]){"d"};
	all->links = list;
	all->n_links = 2;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		Sawatch__V1__Snapshot *s = get_snapshot(cases[i].target);

		assert_int_equal(s->n_links, cases[i].n);
		sawatch__v1__snapshot__free_unpacked(s, NULL);
	}
	all->n_links = 0;
	assert_int_equal(get_as("/api/v1/tunnels?link=a", "application/x-protobuf"), 400);
}

/* A probe of one device does not show the circuits of others. */
static void circuits_come_with_the_tunnels_over_them(void **state) {
	static Sawatch__V1__Circuit two[] = {SAWATCH__V1__CIRCUIT__INIT, SAWATCH__V1__CIRCUIT__INIT};
	static Sawatch__V1__Circuit *list[] = {&two[0], &two[1]};
	static const struct {
		const char *target;
		size_t n;
	} cases[] = {
		{"/api/v1/tunnels", 2},
		{"/api/v1/tunnels?device=ASA-XFW01", 1},
		{"/api/v1/links?tunnel=wien-1", 1},
		{"/api/v1/devices?device=ASR-WAN01", 0},
		{"/api/v1/recent?device=ASA-XFW01&tunnel=wien-1", 0},
	};
	Sawatch__V1__Snapshot *all = fixture_snapshot();
	Sawatch__V1__Circuit **const before = all->circuits;
	const size_t n_before = all->n_circuits;
	Sawatch__V1__TunnelEnd *t = fixture_tunnel("wien-1");
	char *const circuit = t->circuit;

	(void)state;
	t->circuit = two[0].name = (char[]){"FIRST"};
	two[1].name = (char[]){"SECOND"};
	two[0].has_capacity_bytes_per_second = two[1].has_capacity_bytes_per_second = 1;
	all->circuits = list;
	all->n_circuits = 2;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		Sawatch__V1__Snapshot *s = get_snapshot(cases[i].target);

		assert_int_equal(s->n_circuits, cases[i].n);
		sawatch__v1__snapshot__free_unpacked(s, NULL);
	}
	assert_int_equal(get("/probe?target=ASA-XFW01"), 200);
	assert_true(body_has("sawatch_circuit_capacity_bytes_per_second{circuit=\"FIRST\"}"));
	assert_false(body_has("SECOND"));
	t->circuit = circuit;
	all->circuits = before;
	all->n_circuits = n_before;
}

static void names_are_percent_decoded(void **state) {
	(void)state;
	assert_sizes("/api/v1/tunnels?tunnel=berlin%2d1", 0, 1);
	assert_sizes("/api/v1/tunnels?&tunnel=berlin-1&", 0, 1);
	assert_sizes("/api/v1/tunnels?tunnel=q%22u%5Co%0Ate%3cb%3E%7c", 0, 1);
}

static void a_query_that_cannot_be_meant_is_refused(void **state) {
	static const char *const targets[] = {
		"/api/v1/tunnels?tunel=berlin-1",    "/api/v1/devices?tunnel=berlin-1",
		"/api/v1/tunnels?tunnel=a&tunnel=b", "/api/v1/tunnels?tunnel=%",
		"/api/v1/tunnels?tunnel=%4",         "/api/v1/tunnels?tunnel=%zz",
		"/api/v1/tunnels?tunnel=a%00b",      "/api/v1/tunnels?=x",
	};
	char target[700];

	(void)state;
	for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
		assert_int_equal(get(targets[i]), 400);
		assert_string_equal(answer.content_type, "application/json");
		assert_true(body_has("{\"error\":\""));
	}
	memset(target, 'x', sizeof target);
	memcpy(target, "/api/v1/tunnels?tunnel=", 23);
	target[sizeof target - 1] = 0;
	assert_int_equal(get(target), 400);
	target[23 + 511] = 0;
	assert_int_equal(get(target), 200);
}

static void json_unless_protobuf_is_named(void **state) {
	static const struct {
		const char *accept, *type;
	} cases[] = {
		{"", "application/json"},
		{"*/*", "application/json"},
		{"text/html, application/json;q=0.9", "application/json"},
		{"application/x-protobuf", "application/x-protobuf"},
		{"text/html;q=0.3, Application/X-Protobuf ;q=0.2", "application/x-protobuf"},
		{"application/protobuf", "application/x-protobuf"},
		{"application/x-protobuf;q=0", "application/json"},
		{"application/x-protobuf;q=0.1, application/json", "application/json"},
		{"application/json, application/x-protobuf", "application/x-protobuf"},
		{"application/json;q=0.5, application/protobuf;q=0.1, application/x-protobuf;q=0.6", "application/x-protobuf"},
		{"application/x-protobuf; q=0.0, */*", "application/json"},
		{"application/x-protobufs", "application/json"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(get_as("/api/v1/tunnels", cases[i].accept), 200);
		assert_string_equal(answer.content_type, cases[i].type);
	}
}

static void empty_lists_are_written_in_json(void **state) {
	(void)state;
	assert_int_equal(get("/api/v1/tunnels?device=nobody"), 200);
	assert_true(body_has("\"tunnels\": []"));
	assert_false(body_has("\"devices\""));
	assert_int_equal(get("/api/v1/snapshot?device=nobody"), 200);
	assert_true(body_has("\"tunnels\": []"));
	assert_true(body_has("\"devices\": []"));
}

static void other_paths_are_404(void **state) {
	static const char *const targets[] = {"/nothing", "", "/metrics/", "/api/v1", "/api/v1/../v1/tunnels", "//", "*"};

	(void)state;
	for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
		assert_int_equal(get(targets[i]), 404);
		assert_true(body_has("{\"error\":\""));
	}
}

static void metrics_take_any_query(void **state) {
	(void)state;
	assert_int_equal(get("/metrics?collect[]=x"), 200);
	assert_string_equal(answer.content_type, "text/plain; version=0.0.4; charset=utf-8");
	assert_true(body_has("sawatch_build_info{"));
}

static unsigned get_sd(const char *host, bool tls) {
	const struct saw_routes_view view = {
		.snapshot = fixture_snapshot(), .now_ms = FIXTURE_NOW_MS, .host = saw_str_of(host), .tls = tls};

	saw_buf_free(&answer.body);
	saw_routes_answer(&view, SAW_STR("/sd"), SAW_STR(""), &answer);
	return answer.status;
}

static void devices_are_targets_at_the_address_that_was_asked(void **state) {
	Sawatch__V1__Device *d = fixture_snapshot()->devices[0];
	char *was = d->name, hostile[] = "a\"b\\c\nd<e>&f=g";

	(void)state;
	d->site = (char[]){"Berlin \"Mitte\""};
	d->name = hostile;
	assert_int_equal(get_sd("sawatch.example.net:9857", true), 200);
	d->name = was;
	assert_string_equal(answer.content_type, "application/json");
	assert_true(
		body_has("[{\"targets\":[\"sawatch.example.net:9857\"],\"labels\":{\"__scheme__\":\"https\","
				 "\"__metrics_path__\":\"/probe\",\"__param_target\":\"a\\\"b\\\\c\\nd<e>&f=g\","
				 "\"instance\":\"a\\\"b\\\\c\\nd<e>&f=g\",\"site\":\"Berlin \\\"Mitte\\\"\",\"platform\":\"asa\"}}"));
	d->probe_module = (char[]){"asa"};
	assert_int_equal(get_sd("[2001:db8::1]:9857", false), 200);
	assert_true(body_has("\"__param_target\":\"ASA-XFW01\",\"__param_module\":\"asa\",\"instance\""));
	d->probe_module = NULL;
	assert_true(body_has("\"[2001:db8::1]:9857\"],\"labels\":{\"__scheme__\":\"http\""));
	d->site = NULL;
	assert_int_equal(get_sd("", false), 400);
	assert_int_equal(get_sd("x/y", false), 400);
	assert_int_equal(get_sd("u@x", false), 400);
	assert_int_equal(get_sd("x\"", false), 400);
}

static void parts_and_forms_of_the_metrics_are_chosen(void **state) {
	(void)state;
	assert_int_equal(get("/metrics?part=daemon"), 200);
	assert_false(body_has("device="));
	assert_int_equal(get("/metrics?part=tunnels"), 400);
	assert_int_equal(saw_routes_plan(SAW_STR("/metrics?part=tunnels"), SAW_STR("")).place, -1);
	assert_int_equal(get_as("/metrics", "application/openmetrics-text"), 200);
	assert_string_equal(answer.content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
	assert_true(body_has("# EOF\n"));
}

static void before_the_first_poll_it_says_so(void **state) {
	(void)state;
	assert_int_equal(get_before_first_poll("/metrics"), 503);
	assert_int_equal(get_before_first_poll("/api/v1/snapshot"), 503);
	assert_true(body_has("nothing is known yet"));
	assert_int_equal(get_before_first_poll("/-/healthy"), 200);
	assert_int_equal(get_before_first_poll("/-/ready"), 503);
	assert_true(body_has("not polled yet: ASA-XFW01"));
	assert_int_equal(get_before_first_poll("/"), 200);
	assert_true(body_has("Nothing is known yet"));
	assert_int_equal(get("/-/ready"), 200);
}

static void the_page_escapes_and_lists_the_worst_first(void **state) {
	const char *page;

	(void)state;
	assert_int_equal(get("/"), 200);
	assert_string_equal(answer.content_type, "text/html; charset=utf-8");
	page = saw_buf_text(&answer.body);
	assert_null(strstr(page, "te<b>"));
	assert_null(strstr(page, "{{"));
	/* Scripts and styles are files: nothing inline, which the security policy refuses. */
	assert_null(strstr(page, "<style"));
	assert_null(strstr(page, "style="));
	assert_null(strstr(page, " onc"));
	assert_non_null(strstr(page, "1 tunnel down, 1 missing, 1 degraded, 1 unknown, 1 unexpected, 1 in maintenance"));
	assert_non_null(strstr(page, "te&lt;b&gt;"));
	assert_non_null(strstr(page, "user &quot;monitor&quot; is wrong"));
	assert_true(strstr(page, "lyon-1") < strstr(page, "hamburg-1"));
	assert_true(strstr(page, "hamburg-1") < strstr(page, "berlin-1"));
	assert_true(strstr(page, "berlin-1") < strstr(page, "rome-1")); /* in maintenance */
	assert_null(strstr(page, "http://"));
	assert_null(strstr(page, "https://"));
}

static int place_of(const char *target, const char *accept) {
	return saw_routes_plan(saw_str_of(target), saw_str_of(accept)).place;
}

/* Two requests share a body only if every answer to them is the same. */
static void shared_answers_are_told_apart(void **state) {
	static const struct {
		const char *target, *accept;
	} different[] = {
		{"/", NULL},
		{"/metrics", NULL},
		{"/api/v1/snapshot", NULL},
		{"/api/v1/snapshot", "application/x-protobuf"},
		{"/api/v1/devices", NULL},
		{"/api/v1/devices", "application/x-protobuf"},
		{"/api/v1/tunnels", NULL},
		{"/api/v1/tunnels", "application/x-protobuf"},
		{"/api/v1/summary", NULL},
		{"/api/v1/summary", "application/x-protobuf"},
	};
	enum { N = sizeof different / sizeof different[0] };
	int places[N];

	(void)state;
	for (size_t i = 0; i < N; i++) {
		places[i] = place_of(different[i].target, different[i].accept);
		assert_true(places[i] >= 0);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(places[i], places[k]);
	}
	assert_int_equal(place_of("/api/v1/tunnels?device=x", ""), -1);
	assert_int_equal(place_of("/-/ready", ""), -1);
	assert_int_equal(place_of("/api/v1/recent?device=x&tunnel=y", ""), -1);
	assert_int_equal(place_of("/api/v1/summary?device=x", ""), -1);
	assert_int_equal(place_of("/nothing", ""), -1);
	assert_int_equal(place_of("/metrics?x", ""), place_of("/metrics", ""));
}

/* What is not short is left to a thread, a filter's answer too. */
static void only_short_answers_are_made_in_the_loop(void **state) {
	static const struct {
		const char *target;
		bool at_once;
	} cases[] = {
		{"/", false},         {"/metrics", false}, {"/api/v1/tunnels", false}, {"/api/v1/tunnels?device=x", false},
		{"/-/healthy", true}, {"/-/ready", true},  {"/nothing", true}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(saw_routes_plan(saw_str_of(cases[i].target), SAW_STR("")).at_once, cases[i].at_once);
}

/* ------------------------------------------------------------------------------------------------------- the clients' side */

static int read_api(unsigned status, const char *type, const void *body, size_t n, Sawatch__V1__Snapshot **out,
					struct saw_err *err) {
	struct saw_buf b = SAW_BUF_INIT(1U << 20);
	int rc;

	saw_buf_put(&b, body, n);
	rc = saw_api_read("http://127.0.0.1:1", status, type, &b, out, err);
	saw_buf_free(&b);
	return rc;
}

static void a_path_made_by_a_client_is_read_as_it_was_meant(void **state) {
	struct saw_buf path = SAW_BUF_INIT(4096);

	(void)state;
	saw_api_put_path(&path,
					 &(struct saw_api_query){.what = "snapshot", .device = "ASA-XFW01", .tunnel = "q\"u\\o\nte<b>|"});
	assert_string_equal(saw_buf_text(&path), "/api/v1/snapshot?device=ASA-XFW01&tunnel=q%22u%5Co%0Ate%3Cb%3E%7C");
	assert_sizes(saw_buf_text(&path), 1, 1);
	saw_buf_free(&path);
}

static void an_answer_is_read_or_explained(void **state) {
	static const char refusal[] = "{\"error\":\"nothing is known yet\"}\n";
	Sawatch__V1__Snapshot newer = SAWATCH__V1__SNAPSHOT__INIT, *s = NULL;
	uint8_t packed[32];
	struct saw_err err;

	(void)state;
	assert_int_equal(get_as("/api/v1/devices", "application/x-protobuf"), 200);
	assert_int_equal(read_api(200, "application/x-protobuf", answer.body.data, answer.body.len, &s, &err), 0);
	assert_int_equal(s->n_devices, 5);
	sawatch__v1__snapshot__free_unpacked(s, NULL);
	assert_int_equal(read_api(200, "application/x-protobuf", "", 0, &s, &err), 0);
	sawatch__v1__snapshot__free_unpacked(s, NULL);

	assert_int_equal(read_api(503, "application/json", refusal, sizeof refusal - 1, &s, &err), SAW_EHTTP);
	assert_string_equal(err.text, "http://127.0.0.1:1: nothing is known yet (HTTP status 503)");
	assert_int_equal(read_api(502, "text/html", "<html>", 6, &s, &err), SAW_EHTTP);
	assert_string_equal(err.text, "http://127.0.0.1:1 answers with HTTP status 502");
	assert_int_equal(read_api(502, "application/json", "{\"error\":\"", 10, &s, &err), SAW_EHTTP);
	assert_int_equal(read_api(200, "text/html", "<html>", 6, &s, &err), SAW_EPROTO);
	assert_int_equal(read_api(200, "application/x-protobuf", "\xff\xff\xff", 3, &s, &err), SAW_EFORMAT);
	newer.has_schema_version = 1;
	newer.schema_version = 99;
	assert_int_equal(
		read_api(200, "application/x-protobuf", packed, sawatch__v1__snapshot__pack(&newer, packed), &s, &err),
		SAW_EVERSION);
}

static void durations_have_two_units(void **state) {
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = {{-5, "0s"},   {0, "0s"},       {59, "59s"},      {60, "1m"},    {183, "3m 3s"},
				 {3600, "1h"}, {3720, "1h 2m"}, {90061, "1d 1h"}, {86400, "1d"}, {86459, "1d"}};
	struct saw_buf b = SAW_BUF_INIT(64);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		saw_buf_reset(&b);
		saw_put_duration(&b, cases[i].seconds);
		assert_string_equal(saw_buf_text(&b), cases[i].text);
	}
	saw_buf_free(&b);
}

static void time_differences_do_not_overflow(void **state) {
	(void)state;
	assert_int_equal(saw_ms_since(1000, 3500), 2500);
	assert_int_equal(saw_ms_since(3500, 1000), 0);
	assert_true(saw_ms_since(INT64_MIN, INT64_MAX) == INT64_MAX);
	assert_int_equal(saw_ms_since(INT64_MAX, INT64_MIN), 0);
}

static int free_answer(void **state) {
	(void)state;
	saw_buf_free(&answer.body);
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_choose_devices_and_tunnels),
		cmocka_unit_test(links_are_chosen_by_name_too),
		cmocka_unit_test(circuits_come_with_the_tunnels_over_them),
		cmocka_unit_test(names_are_percent_decoded),
		cmocka_unit_test(a_query_that_cannot_be_meant_is_refused),
		cmocka_unit_test(json_unless_protobuf_is_named),
		cmocka_unit_test(empty_lists_are_written_in_json),
		cmocka_unit_test(other_paths_are_404),
		cmocka_unit_test(metrics_take_any_query),
		cmocka_unit_test(devices_are_targets_at_the_address_that_was_asked),
		cmocka_unit_test(parts_and_forms_of_the_metrics_are_chosen),
		cmocka_unit_test(before_the_first_poll_it_says_so),
		cmocka_unit_test(the_page_escapes_and_lists_the_worst_first),
		cmocka_unit_test(shared_answers_are_told_apart),
		cmocka_unit_test(only_short_answers_are_made_in_the_loop),
		cmocka_unit_test(a_path_made_by_a_client_is_read_as_it_was_meant),
		cmocka_unit_test(an_answer_is_read_or_explained),
		cmocka_unit_test(durations_have_two_units),
		cmocka_unit_test(time_differences_do_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, free_answer);
}
