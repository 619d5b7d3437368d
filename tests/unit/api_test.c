/* The summary and the last hour: what they hold, what they leave out, and when a tag stays. */
#include "exporters/http/routes.h"
#include "exporters/http/summary.h"
#include "tests/fixtures/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SET(msg, field, v) ((msg)->has_##field = 1, (msg)->field = (v))

static struct saw_answer answer;

static size_t two_points(void *ctx, const char *device, const char *tunnel, Sawatch__V1__RecentPoint *out) {
	assert_ptr_equal(ctx, &answer);
	assert_string_equal(device, "ASA-XFW01");
	assert_string_equal(tunnel, "berlin-1");
	for (int i = 0; i < 2; i++) {
		sawatch__v1__recent_point__init(&out[i]);
		SET(&out[i], at_ms, FIXTURE_NOW_MS - 60000 * (2 - i));
	}
	SET(&out[1], in_bytes_per_second, 0.1F);
	return 2;
}

static unsigned get_as(const char *target, const char *accept) {
	const struct saw_routes_view view = {
		.snapshot = fixture_snapshot(), .now_ms = FIXTURE_NOW_MS, .ready = true, .recent = two_points, .ctx = &answer};

	saw_buf_free(&answer.body);
	saw_routes_answer(&view, saw_str_of(target), saw_str_of(accept), &answer);
	return answer.status;
}

static bool body_has(const char *text) {
	return strstr(saw_buf_text(&answer.body), text) != NULL;
}

static const Sawatch__V1__TunnelEnd *find(const Sawatch__V1__Snapshot *s, const char *name) {
	for (size_t i = 0; i < s->n_tunnels; i++)
		if (strcmp(s->tunnels[i]->name, name) == 0)
			return s->tunnels[i];
	fail_msg("the summary has no tunnel %s", name);
	return NULL;
}

static void a_summary_has_what_a_list_shows(void **state) {
	struct saw_summary *m = saw_summary_create(fixture_snapshot(), NULL);
	const Sawatch__V1__Snapshot *s = saw_summary_snapshot(m);
	const Sawatch__V1__TunnelEnd *t = find(s, "berlin-1");

	(void)state;
	assert_int_equal(s->n_devices, 5);
	assert_int_equal(s->n_tunnels, 10);
	assert_int_equal(s->sequence, 77);
	assert_false(s->has_scheduler_lag_seconds);
	assert_string_equal(t->device, "ASA-XFW01");
	assert_string_equal(t->remote, "203.0.113.1");
	assert_string_equal(t->interface, "Tunnel1");
	assert_string_equal(t->owner, "net\\ops");
	assert_true(t->has_since_ms);
	assert_int_equal(t->n_totals, 0);
	assert_int_equal(t->n_layers, 0);
	assert_false(t->has_plaintext_mtu);
	/* Of in_bytes no rate is known: that is not 0. */
	assert_false(t->has_in_bytes_per_second);
	assert_true(t->has_out_bytes_per_second);
	assert_true(t->out_bytes_per_second == 5e7F);
	assert_false(t->has_maintenance);
	assert_true(find(s, "rome-1")->maintenance);
	assert_string_equal(find(s, "lyon-1")->reasons[0], "interface Tunnel3 is down");
	/* Of the tables those that were not read well; one that the device does not have is well. */
	assert_int_equal(s->devices[0]->sources[0]->n_tables, 1);
	assert_string_equal(s->devices[0]->sources[0]->tables[0]->name, "cipSecSpiTable");
	assert_string_equal(s->devices[1]->sources[0]->error,
						"198.51.100.1: the authentication key of user \"monitor\" is wrong");
	assert_int_equal(s->devices[1]->sources[0]->n_errors, 0);
	saw_summary_destroy(m);
	saw_summary_destroy(NULL);
}

static void a_summary_of_one_device(void **state) {
	static Sawatch__V1__Link links[] = {SAWATCH__V1__LINK__INIT, SAWATCH__V1__LINK__INIT},
							 *list[] = {&links[0], &links[1]};
	static Sawatch__V1__LinkDirection way = SAWATCH__V1__LINK_DIRECTION__INIT, *ways[] = {&way};
	Sawatch__V1__Snapshot *all = fixture_snapshot();
	const Sawatch__V1__Snapshot *s;
	struct saw_summary *m;

	(void)state;
	links[0].name = links[0].a_device = (char[]){"x"};
	links[0].b_device = (char[]){"ASA-XFW01"};
	links[1].name = links[1].a_device = links[1].b_device = (char[]){"y"};
	SET(&way, loss_ratio, 0.25);
	SET(&way, sent_packets, 1000);
	links[0].directions = ways;
	links[0].n_directions = 1;
	all->links = list;
	all->n_links = 2;
	m = saw_summary_create(all, "ASA-XFW01");
	s = saw_summary_snapshot(m);
	assert_int_equal(s->n_devices, 1);
	assert_int_equal(s->n_tunnels, 7);
	assert_int_equal(s->n_links, 1);
	assert_true(s->links[0]->directions[0]->loss_ratio == 0.25);
	assert_false(s->links[0]->directions[0]->has_sent_packets);
	saw_summary_destroy(m);
	m = saw_summary_create(all, "nobody");
	assert_int_equal(
		saw_summary_snapshot(m)->n_devices + saw_summary_snapshot(m)->n_tunnels + saw_summary_snapshot(m)->n_links, 0);
	saw_summary_destroy(m);
	all->n_links = 0;
}

static void a_device_is_found_by_its_address(void **state) {
	(void)state;
	assert_int_equal(get_as("/api/v1/devices?device=192.0.2.10", ""), 200);
	assert_true(body_has("\"name\": \"ASA-XFW01\"") && body_has("\"address\": \"192.0.2.10\""));
	assert_false(body_has("ASR-WAN"));
	assert_int_equal(get_as("/api/v1/tunnels?device=192.0.2.10&tunnel=berlin-1", ""), 200);
	assert_true(body_has("\"device\": \"ASA-XFW01\""));
	assert_int_equal(get_as("/api/v1/devices?device=192.0.2.20", ""), 200);
	assert_false(body_has("\"name\"")); /* none of the two that have it */
}

static void rates_have_three_digits_and_are_never_stale(void **state) {
	static const struct {
		double rate;
		float shown;
	} cases[] = {{0, 0},       {0.01234, 0.0123F}, {0.5, 0.5F},        {1, 1}, {9.876, 9.88F}, {99.96, 100},
				 {123.4, 123}, {123456, 123000},   {1.2345e9, 1.23e9F}};
	Sawatch__V1__Total *total = fixture_tunnel("berlin-1")->totals[1]; /* out_bytes */
	struct saw_summary *m;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		total->per_second = cases[i].rate;
		m = saw_summary_create(fixture_snapshot(), NULL);
		assert_float_equal(find(saw_summary_snapshot(m), "berlin-1")->out_bytes_per_second, cases[i].shown,
						   cases[i].shown * 1e-6F);
		saw_summary_destroy(m);
	}
	SET(total, stale, 1);
	m = saw_summary_create(fixture_snapshot(), NULL);
	assert_false(find(saw_summary_snapshot(m), "berlin-1")->has_out_bytes_per_second);
	saw_summary_destroy(m);
	total->has_stale = 0;
	total->per_second = 50000000;
}

static void packets_are_shown_where_no_bytes_are_counted(void **state) {
	Sawatch__V1__TunnelEnd *t = fixture_tunnel("berlin-1");
	Sawatch__V1__Total *packets = t->totals[2], *bytes = t->totals[1]; /* decaps_packets, out_bytes */
	struct saw_summary *m;

	(void)state;
	SET(packets, per_second, 7);
	m = saw_summary_create(fixture_snapshot(), NULL);
	assert_false(find(saw_summary_snapshot(m), "berlin-1")->has_in_packets_per_second);
	saw_summary_destroy(m);
	bytes->has_per_second = 0;
	m = saw_summary_create(fixture_snapshot(), NULL);
	assert_true(find(saw_summary_snapshot(m), "berlin-1")->has_in_packets_per_second);
	assert_false(find(saw_summary_snapshot(m), "berlin-1")->has_out_packets_per_second);
	saw_summary_destroy(m);
	bytes->has_per_second = 1;
	packets->has_per_second = 0;
}

static void a_summary_is_one_line_of_json_or_protobuf(void **state) {
	Sawatch__V1__Snapshot *s;

	(void)state;
	assert_int_equal(get_as("/api/v1/summary", NULL), 200);
	assert_string_equal(answer.content_type, "application/json");
	assert_true(body_has("{\"device\":\"ASA-XFW01\",\"name\":\"berlin-1\",\"state\":\"up\""));
	assert_ptr_equal(strchr(saw_buf_text(&answer.body), '\n'), saw_buf_text(&answer.body) + answer.body.len - 1);
	assert_int_equal(get_as("/api/v1/summary", "application/x-protobuf"), 200);
	s = sawatch__v1__snapshot__unpack(NULL, answer.body.len, answer.body.data);
	assert_int_equal(s->n_tunnels, 10);
	sawatch__v1__snapshot__free_unpacked(s, NULL);
	assert_int_equal(get_as("/api/v1/summary?device=nobody", NULL), 200);
	assert_true(body_has("\"tunnels\":[]"));
	assert_int_equal(get_as("/api/v1/summary?tunnel=berlin-1", NULL), 400);
	assert_true(body_has("device only"));
}

/* Time that passes is no news; anything that a list shows is. */
static void a_tag_stays_while_nothing_happens(void **state) {
	Sawatch__V1__Snapshot *all = fixture_snapshot();
	Sawatch__V1__TunnelEnd *t = fixture_tunnel("turin-1");
	uint64_t tag;

	(void)state;
	get_as("/api/v1/summary", NULL);
	tag = answer.tag;
	assert_int_not_equal(tag, 0);
	all->sequence++;
	all->made_at_ms += 1000;
	all->scheduler_lag_seconds += 1;
	get_as("/api/v1/summary", NULL);
	assert_true(answer.tag == tag);
	t->since_ms++;
	get_as("/api/v1/summary", NULL);
	assert_true(answer.tag != tag);
	t->since_ms--;
	get_as("/api/v1/summary", "application/x-protobuf");
	assert_true(answer.tag != tag);
	get_as("/api/v1/tunnels", NULL);
	assert_int_equal(answer.tag, 0);
	get_as("/api/v1/summary?x=y", NULL);
	assert_int_equal(answer.tag, 0);
	all->sequence--;
	all->made_at_ms -= 1000;
	all->scheduler_lag_seconds -= 1;
}

static void the_last_hour_needs_both_names(void **state) {
	(void)state;
	assert_int_equal(get_as("/api/v1/recent", NULL), 400);
	assert_int_equal(get_as("/api/v1/recent?device=ASA-XFW01", NULL), 400);
	assert_true(body_has("needs both"));
	assert_int_equal(get_as("/api/v1/recent?device=ASA-XFW01&tunnel=berlin-1&link=x", NULL), 400);
	assert_int_equal(get_as("/api/v1/recent?device=ASA-XFW01&tunnel=nobody", NULL), 200);
	assert_true(body_has("\"tunnels\": []"));
	assert_int_equal(get_as("/api/v1/recent?device=ASA-XFW01&tunnel=berlin-1", NULL), 200);
	assert_true(body_has("\"at_ms\": 1699999880500"));
	assert_true(body_has("\"in_bytes_per_second\": 0.1\n")); /* and not 0.10000000149011612 */
	assert_false(body_has("\"links\""));
	assert_false(body_has("out_bytes_per_second"));
}

static void without_a_store_there_is_no_last_hour(void **state) {
	const struct saw_routes_view view = {.snapshot = fixture_snapshot(), .now_ms = FIXTURE_NOW_MS};

	(void)state;
	saw_buf_free(&answer.body);
	saw_routes_answer(&view, SAW_STR("/api/v1/recent?device=ASA-XFW01&tunnel=berlin-1"), SAW_STR(""), &answer);
	assert_int_equal(answer.status, 200);
	assert_true(body_has("berlin-1"));
	assert_false(body_has("recent"));
}

static int free_answer(void **state) {
	(void)state;
	saw_buf_free(&answer.body);
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_summary_has_what_a_list_shows),
		cmocka_unit_test(a_summary_of_one_device),
		cmocka_unit_test(a_device_is_found_by_its_address),
		cmocka_unit_test(rates_have_three_digits_and_are_never_stale),
		cmocka_unit_test(packets_are_shown_where_no_bytes_are_counted),
		cmocka_unit_test(a_summary_is_one_line_of_json_or_protobuf),
		cmocka_unit_test(a_tag_stays_while_nothing_happens),
		cmocka_unit_test(the_last_hour_needs_both_names),
		cmocka_unit_test(without_a_store_there_is_no_last_hour),
	};

	return cmocka_run_group_tests(tests, NULL, free_answer);
}
