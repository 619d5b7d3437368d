/* The keys of `push`: what a good one comes to, and what is said of a wrong one. */
#include "config/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DEVICES "devices: [{name: a, platform: asa, files: [{path: f}]}]\n"

static struct saw_config *parse(const char *text, struct saw_err *err) {
	struct saw_config *c = NULL;
	char whole[4096];

	snprintf(whole, sizeof whole, "%spush:\n%s\n", DEVICES, text);
	*err = (struct saw_err){0};
	return saw_config_parse("/etc/s.yml", whole, strlen(whole), &c, err) == 0 ? c : NULL;
}

static struct saw_config *good(const char *text) {
	struct saw_err err;
	struct saw_config *c = parse(text, &err);

	if (!c)
		fail_msg("%s", err.text);
	return c;
}

static void defaults_are_filled_in(void **state) {
	struct saw_config *c =
		good("- {name: p, type: remote_write, url: 'http://127.0.0.1:9090/api/v1/write'}\n"
			 "- {name: i, type: icinga2, url: 'https://h:5665/', interval: 20s,\n"
			 "   auth: {user: u, password_file: pw}, icinga: {device_service: none, link_service: 'l {link}'}}\n");
	const struct saw_config_push *p = &c->push[0], *i = &c->push[1];

	(void)state;
	assert_int_equal(c->n_push, 2);
	assert_int_equal(p->type, SAW_PUSH_REMOTE_WRITE);
	assert_int_equal(p->interval_ms, 60000);
	assert_int_equal(p->timeout_ms, 30000);
	assert_int_equal(p->queue_bytes, 256U << 20);
	assert_int_equal(p->batch, 2000);
	assert_int_equal(p->n_families + p->n_tunnels + p->n_headers + p->n_labels, 0);
	assert_int_equal(i->type, SAW_PUSH_ICINGA2);
	assert_string_equal(i->icinga.host, "{device}");
	assert_string_equal(i->icinga.tunnel_service, "tunnel {tunnel}");
	assert_null(i->icinga.device_service);
	assert_string_equal(i->icinga.link_service, "l {link}");
	assert_int_equal(i->icinga.ttl_ms, 60000);
	assert_string_equal(i->auth.password.file, "/etc/pw");
	saw_config_destroy(c);
}

static void everything_can_be_said(void **state) {
	struct saw_config *c = good("- name: o\n"
								"  type: otlp\n"
								"  url: https://c.example:4318/v1/metrics\n"
								"  interval: 10s\n"
								"  timeout: 5s\n"
								"  auth: {token_env: T}\n"
								"  tls: {ca_file: ca.pem, cert_file: c.pem, key_file: k.pem, server_name: c2.example}\n"
								"  proxy: http://proxy.example:3128\n"
								"  proxy_user: u\n"
								"  proxy_password_env: P\n"
								"  headers: ['X-Scope-OrgID: netops']\n"
								"  labels: [deployment.environment=lab, noc=1]\n"
								"  families: [sawatch_tunnel_*]\n"
								"  tunnels: ['ASA-*/berlin-*', ASR-WAN01]\n"
								"  queue: 2GiB\n"
								"  batch: 500\n");
	const struct saw_config_push *p = &c->push[0];

	(void)state;
	assert_int_equal(p->type, SAW_PUSH_OTLP);
	assert_string_equal(p->auth.token.env, "T");
	assert_string_equal(p->tls.ca_file, "/etc/ca.pem");
	assert_string_equal(p->tls.cert_file, "/etc/c.pem");
	assert_string_equal(p->tls.key.file, "/etc/k.pem");
	assert_string_equal(p->tls.server_name, "c2.example");
	assert_string_equal(p->proxy, "http://proxy.example:3128");
	assert_string_equal(p->headers[0], "X-Scope-OrgID: netops");
	assert_string_equal(p->labels[1], "noc=1");
	assert_string_equal(p->tunnels[1], "ASR-WAN01");
	assert_int_equal(p->queue_bytes, 2ULL << 30);
	saw_config_destroy(c);
}

#define RW "- {name: p, type: remote_write, url: 'https://h:9090/api/v1/write'"
#define ICINGA "- {name: p, type: icinga2, url: 'https://h:5665', auth: {user: u, password_env: P}"

static void mistakes_are_named(void **state) {
	static const struct {
		const char *text, *said;
	} rows[] = {
		{"- {type: otlp, url: 'http://h/x'}", "/etc/s.yml:3: a target of push lacks `name`"},
		{"- {name: p, type: graphite, url: 'http://h/x'}",
		 "3: type: `graphite` is not valid; expected one of remote_write, otlp, icinga2"},
		{"- {name: p, type: otlp, url: 'h:4318'}", "3: url: `h:4318` is not valid; expected a URL, such as https://"},
		{"- {name: p, type: otlp, url: 'http://u:p@h/x'}", "without user and password in it"},
		{"- {name: p, type: otlp, url: 'http://:80/x'}", "expected a URL"},
		{"- {name: p, type: otlp, url: 'http://h:4318'}", "3: push p: url: the whole URL is expected, such as "
														  "https://collector.example:4318/v1/metrics"},
		{"- {name: p, type: remote_write, url: 'http://h:9090/'}",
		 "such as https://prometheus.example:9090/api/v1/write"},
		{RW "}\n" RW "}", "4: push p is there already, in line 3"},
		{RW ", auth: {user: u}}", "3: push p: auth: `user` and `password_file` (or `password_env`) go together"},
		{RW ", auth: {password_env: P}}", "go together"},
		{RW ", auth: {user: u, password_env: P, token_env: T}}", "both a user and a token"},
		{RW ", auth: {password: geheim}}", "a secret is never written into this file"},
		{RW ", auth: {token: geheim}}", "a secret is never written into this file"},
		{"- {name: p, type: otlp, url: 'http://h/x', auth: {token_env: T}}", "credentials would be sent by http"},
		{"- {name: p, type: otlp, url: 'http://h/x', tls: {ca_file: c}}", "tls needs an https URL"},
		{RW ", tls: {cert_file: c}}", "tls: `cert_file` and `key_file` go together"},
		{RW ", proxy_user: u, proxy_password_env: P}", "need `proxy`"},
		{RW ", proxy: 'http://h:1', proxy_user: u}", "`proxy_user` and `proxy_password_file`"},
		{RW ", proxy: 'socks5://h:1'}", "3: proxy: `socks5://h:1` is not valid"},
		{RW ", headers: [X]}", "headers: expected \"Name: value\""},
		{RW ", headers: ['Authorization: Bearer x']}", "headers: a secret is never written into this file"},
		{RW ", headers: ['content-type: x']}", "headers: this one is sawatchd's to set"},
		{RW ", labels: [job]}", "labels: expected name=value"},
		{RW ", labels: [a-b=c]}", "labels: a name has letters, digits and underlines"},
		{RW ", labels: [__a=c]}", "labels: a name has letters"},
		{RW ", labels: [a=b, a=c]}", "labels: a name is given twice"},
		{RW ", queue: 5}", "3: queue: `5` is not valid; expected a whole number with its unit (KiB, MiB, GiB)"},
		{RW ", queue: 5KiB}", "expected 1MiB to 1024GiB"},
		{RW ", interval: 10ms}", "expected 1s to 1h"},
		{RW ", icinga: {host: h}}", "`icinga` is of type icinga2"},
		{ICINGA ", labels: [a=b]}", "`labels` and `families` are of remote_write and otlp"},
		{ICINGA ", icinga: {ttl: 60s}}", "`ttl` must be more than `interval`"},
		{ICINGA ", icinga: {tunnel_service: t}}", "`tunnel_service` needs {tunnel}"},
		{ICINGA ", icinga: {link_service: l}}", "`link_service` needs {link}"},
		{ICINGA ", icinga: {host: '{tunnel}'}}", "nothing else may be in braces"},
		{ICINGA ", icinga: {tunnel_service: '{tunnel} {x}'}}", "nothing else may be in braces"},
		{"- {name: p, type: icinga2, url: 'https://h:5665'}", "Icinga 2 takes results from who it knows"},
		{"- {name: p, type: icinga2, url: 'https://h:5665/v1', auth: {user: u, password_env: P}}", "without a path"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct saw_err err;
		struct saw_config *c = parse(rows[i].text, &err);

		if (c || !strstr(err.text, rows[i].said))
			fail_msg("%s: %s", rows[i].text, c ? "it is taken" : err.text);
	}
}

/* To this host credentials may go by http, and elsewhere where that is allowed. */
static void cleartext_is_allowed_where_it_is_seen_by_nobody(void **state) {
	static const char *const texts[] = {
		"- {name: p, type: otlp, url: 'http://localhost:1/x', auth: {token_env: T}}",
		"- {name: p, type: otlp, url: 'http://127.0.0.1/x', auth: {token_env: T}}",
		"- {name: p, type: otlp, url: 'http://[::1]:1/x', auth: {token_env: T}}",
		"- {name: p, type: otlp, url: 'http://h:1/x', auth: {token_env: T}, allow_insecure: true}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		saw_config_destroy(good(texts[i]));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_filled_in),
		cmocka_unit_test(everything_can_be_said),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(cleartext_is_allowed_where_it_is_seen_by_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
