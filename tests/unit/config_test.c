#include "config/config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define SSH_DEVICE "devices:\n- name: a\n  platform: iosxe\n  address: 192.0.2.1\n  ssh: "
#define DEVICE "- {name: a, platform: asa, files: [{path: x}]}"

static struct saw_config *must(const char *text) {
	struct saw_config *c = NULL;
	struct saw_err err = {0};
	int rc = saw_config_parse("dir/test.yml", text, strlen(text), &c, &err);

	if (rc)
		print_message("%s\n", err.text);
	assert_int_equal(rc, 0);
	assert_non_null(c);
	return c;
}

static void the_example_loads(void **state) {
	const char *top = getenv("top_srcdir");
	char path[4096];
	struct saw_config *c = NULL;
	struct saw_err err = {0};
	const struct saw_config_device *asa, *asr;

	(void)state;
	snprintf(path, sizeof path, "%s/config/sawatch.example.yml", top ? top : ".");
	if (saw_config_load(path, &c, &err) != 0)
		fail_msg("%s", err.text);
	assert_string_equal(c->path, path);
	assert_int_equal(c->n_listen, 1);
	assert_string_equal(c->listen[0].address, "127.0.0.1");
	assert_int_equal(c->listen[0].port, 9857);
	assert_int_equal(c->collectors, 1);
	assert_int_equal(c->forget_after_ms, 86400000);
	assert_int_equal(c->n_devices, 2);
	asa = saw_config_find(c, "ASA-XFW01");
	asr = saw_config_find(c, "ASR-WAN01");
	assert_ptr_equal(asa, &c->devices[0]);
	assert_int_equal(asa->platform, SAWATCH__V1__PLATFORM__PLATFORM_ASA);
	assert_int_equal(asa->snmp->version, 3);
	assert_int_equal(asa->snmp->port, 161);
	assert_string_equal(asa->snmp->auth, "sha256");
	assert_string_equal(asa->snmp->priv, "aes256-cisco");
	assert_int_equal(asa->snmp->interval_ms, 300000);
	assert_int_equal(asa->snmp->max_rows, 200000);
	assert_null(asa->snmp->context);
	assert_non_null(strstr(asa->snmp->auth_password.file, "/config/secrets/snmp-auth"));
	assert_int_equal(asa->files[0].max_age_ms, 900000);
	assert_int_equal(asa->tunnels[0].capacity_bytes_per_second, 12500000);
	assert_int_equal(asa->tunnels[0].n_tags, 2);
	assert_string_equal(asa->tunnels[0].tags[1], "primary");
	assert_false(asa->inventory_complete);
	assert_true(asr->inventory_complete);
	assert_string_equal(asr->snmp->contexts[0].name, "INET");
	assert_int_equal(asr->snmp->window, 4);
	assert_string_equal(asr->snmp->user, "sawatch");
	assert_int_equal(asr->snmp->interval_ms, 120000);
	assert_true(asr->tunnels[1].maintenance);
	assert_null(saw_config_find(c, "ASR-WAN02"));
	saw_config_destroy(c);
	saw_config_destroy(NULL);
}

static void what_is_left_out_takes_the_default(void **state) {
	struct saw_config *c = must("devices:\n" DEVICE "\n");

	(void)state;
	assert_int_equal(c->n_listen, 1);
	assert_string_equal(c->listen[0].address, "127.0.0.1");
	assert_int_equal(c->listen[0].port, 9857);
	assert_null(c->devices[0].snmp);
	assert_null(c->devices[0].site);
	assert_string_equal(c->devices[0].files[0].path, "dir/x");
	assert_int_equal(c->devices[0].files[0].interval_ms, 60000);
	assert_int_equal(c->devices[0].line, 2);
	saw_config_destroy(c);
}

static void snmp_defaults_hold_wherever_they_stand_and_own_keys_win(void **state) {
	struct saw_config *c = must("devices:\n"
								"- {name: a, platform: ios, address: h, snmp: {community_env: OTHER, port: 1161}}\n"
								"- {name: b, platform: ios, address: '2001:DB8:0::1', snmp: {version: '3', user: u,\n"
								"   auth: sha1, auth_password_env: A, priv: none}}\n"
								"listen: '[::1]:0'\n"
								"snmp_defaults: {version: 2c, community_file: c, retries: 0}\n");

	(void)state;
	assert_string_equal(c->listen[0].address, "::1");
	assert_int_equal(c->listen[0].port, 0);
	assert_int_equal(c->devices[0].snmp->version, 2);
	assert_string_equal(c->devices[0].snmp->community.env, "OTHER");
	assert_null(c->devices[0].snmp->community.file);
	assert_int_equal(c->devices[0].snmp->port, 1161);
	assert_int_equal(c->devices[0].snmp->retries, 0);
	assert_int_equal(c->devices[1].snmp->version, 3);
	assert_null(c->devices[1].snmp->community.file);
	assert_null(c->devices[1].snmp->priv);
	assert_int_equal(c->devices[1].snmp->port, 161);
	saw_config_destroy(c);
}

/* What the message says is part of the contract: file, line, what is wrong, what was expected. */
static const struct bad {
	const char *text;
	const char *message; /* begins with this, after the file's name */
} bad[] = {
	{"", "1: the file is empty"},
	{SSH_DEVICE "{}\n", "2: a: ssh needs `user`"},
	{SSH_DEVICE "{user: u}\n", "2: a: ssh needs a way to log in"},
	{SSH_DEVICE "{user: u, password: x}\n", "5: password: a secret is never written into this file"},
	{SSH_DEVICE "{user: u, agent: true, key_passphrase_env: X}\n", "2: a: a key's passphrase is given, and `key_file`"},
	{SSH_DEVICE "{user: u, agent: true, jump: x}\n", "2: device a: there is no `x` among jump_hosts"},
	{SSH_DEVICE "{user: u, agent: true, context: x}\n", "2: device a: ssh: `context` is for an ASA"},
	{SSH_DEVICE "{user: u, agent: true, deadline: 15m}\n", "2: device a: ssh: `deadline` must be less than `interval`"},
	{SSH_DEVICE "{user: u, agent: true, command_timeout: 5m}\n",
	 "2: device a: ssh: `command_timeout` must not be more than `deadline`"},
	{SSH_DEVICE "{user: u, agent: true, old_algorithms: [des]}\n",
	 "5: old_algorithms: `des` is not valid; expected one of diffie-hellman-group14-sha1"},
	{SSH_DEVICE "{user: u, agent: true, old_algorithms: yes}\n",
	 "5: old_algorithms: `yes` is not valid; expected true"},
	{SSH_DEVICE "{user: u, agent: true}\njump_hosts: [{name: a, address: x, ssh: {user: u, agent: true}}]\n",
	 "6: jump host a: a device is named so"},
	{SSH_DEVICE "{user: u, agent: true}\njump_hosts: [{name: j, address: x, ssh: {user: u}}]\n",
	 "6: j: ssh needs a way to log in"},
	{"snmp_root: 1.3.6.1.2.1.99\ndevices:\n" DEVICE "\n",
	 "1: snmp_root: `1.3.6.1.2.1.99` is not valid; expected numbers"},
	{"snmp_root: 1.3.6.1.4.1\ndevices:\n" DEVICE "\n", "1: snmp_root: `1.3.6.1.4.1` is not valid"},
	{"snmp_root: 1.3.6.1.4.1.4294967296\ndevices:\n" DEVICE "\n", "1: snmp_root: "},
	{"agentx: {master: /var/agentx/master}\ndevices:\n" DEVICE "\n",
	 "1: agentx: master: `/var/agentx/master` is not valid; expected unix:/PATH"},
	{"notify: {receivers: [{name: r, address: 192.0.2.9, version: 2c}]}\ndevices:\n" DEVICE "\n",
	 "1: receiver r: version 2c needs `community_file`"},
	{"notify: {receivers: [{name: r, address: 192.0.2.9}]}\ndevices:\n" DEVICE "\n",
	 "1: receiver r: version 3 needs `user`"},
	{"notify: {receivers: [{name: r, address: 192.0.2.9, user: u}]}\ndevices:\n" DEVICE "\n",
	 "1: receiver r: version 3 needs `auth`"},
	{"notify: {receivers: [{name: r, address: 192.0.2.9, user: u, auth: md5}]}\ndevices:\n" DEVICE "\n",
	 "1: auth: `md5` is not valid; expected one of sha1"},
	{"notify: {receivers: [{name: r, address: 192.0.2.9, community: hunter2}]}\ndevices:\n" DEVICE "\n",
	 "1: community: a secret is never written into this file"},
	{"# only a comment\n", "1: the file is empty"},
	{"hello", "1: a mapping with `devices:` is expected"},
	{"- a\n", "1: a mapping with `devices:` is expected"},
	{"collectors: 1\n", "1: the configuration lacks `devices`"},
	{"devices: []\n", "1: devices has 0 items; expected 1 to"},
	{"devices: {}\n", "1: devices: a mapping is not valid; expected a list"},
	{"devices:\n- a\n", "2: devices: `a` is not valid; expected a mapping of keys"},
	{"devices:\n" DEVICE "\nlisen: 127.0.0.1:1\n",
	 "3: unknown key `lisen` in the configuration; did you mean `listen`?"},
	{"devices:\n" DEVICE "\nquite_different: 1\n",
	 "3: unknown key `quite_different` in the configuration; expected one of listen, web, "},
	{"<<: x\ndevices:\n" DEVICE "\n", "1: unknown key `<<`"},
	{"devices:\n" DEVICE "\ndevices:\n" DEVICE "\n", "3: devices is given twice; the first is in line 1"},
	{"devices:\n" DEVICE "\n" DEVICE "\n", "3: device a is there already, in line 2"},
	{"devices:\n\t- name: a\n", "2: not valid YAML: found character that cannot start any token"},
	{"devices: [\n", "2: not valid YAML"},
	{"devices:\n" DEVICE "\n---\ndevices:\n" DEVICE "\n", "3: a second document begins"},
	{"devices: &d\n" DEVICE "\n", "1: anchors (&name) are not taken"},
	{"devices: *d\n", "1: aliases (*name) are not taken"},
	{"? [a]\n: 1\n", "1: a key must be a word"},
	{"listen: 9857\ndevices:\n" DEVICE "\n", "1: listen: `9857` is not valid; expected ADDRESS:PORT"},
	{"listen: localhost:9857\ndevices:\n" DEVICE "\n", "1: listen: `localhost:9857` is not valid"},
	{"listen: ::1:9857\ndevices:\n" DEVICE "\n", "1: listen: `::1:9857` is not valid"},
	{"listen: 127.0.0.1:65536\ndevices:\n" DEVICE "\n", "1: listen: `127.0.0.1:65536` is not valid"},
	{"collectors: 0\ndevices:\n" DEVICE "\n", "1: collectors: `0` is not valid; expected a whole number from 1 to 64"},
	{"collectors: two\ndevices:\n" DEVICE "\n", "1: collectors: `two` is not valid; expected a whole number"},
	{"collectors: [1]\ndevices:\n" DEVICE "\n", "1: collectors: a list is not valid; expected a single value"},
	{"collectors:\ndevices:\n" DEVICE "\n", "1: collectors has no value"},
	{"forget_after: 86400\ndevices:\n" DEVICE "\n", "1: forget_after: `86400` is not valid; expected a number with its "
													"unit, such as 300s, 5m or 1h (this one has no unit)"},
	{"forget_after: 1 day\ndevices:\n" DEVICE "\n",
	 "1: forget_after: `1 day` is not valid; expected a whole number with"},
	{"forget_after: 10s\ndevices:\n" DEVICE "\n", "1: forget_after: `10s` is not valid; expected 1m to 366d"},
	{"forget_after: 99999999999999999999d\ndevices:\n" DEVICE "\n", "1: forget_after: `99999999999999999999d` is not"},
	{"devices:\n- {platform: asa}\n", "2: a device lacks `name`"},
	{"devices:\n- {name: a}\n", "2: a device lacks `platform`: what it is"},
	{"devices:\n- {name: a b, platform: asa}\n", "2: name: `a b` is not valid; expected at most 64 letters"},
	{"devices:\n- {name: -a, platform: asa}\n", "2: name: `-a` is not valid"},
	{"devices:\n- {name: a, platform: junos}\n", "2: platform: `junos` is not valid; expected one of asa, iosxe, ios"},
	{"devices:\n- {name: a, platform: asa}\n", "2: device a has no source; expected `snmp: {}`"},
	{"devices:\n- {name: a, platform: asa, snmp: }\n", "2: snmp: `` is not valid; expected a mapping; `{}` takes"},
	{"devices:\n- {name: a, platform: asa, address: 192.0.2.300, snmp: {}}\n",
	 "2: address: `192.0.2.300` is not valid; expected an IP address or a host name"},
	{"devices:\n- {name: a, platform: asa, address: h, snmp: {}}\n", "2: device a: version 3 needs `user`"},
	{"devices:\n- {name: a, platform: asa, address: h, snmp: {user: u}}\n", "2: device a: version 3 needs `auth`"},
	{"devices:\n- {name: a, platform: asa, address: h, snmp: {user: u, auth: md5}}\n",
	 "2: device a: `auth` needs `auth_password_file`"},
	{"devices:\n- {name: a, platform: asa, address: h, snmp: {user: u, auth: md5, auth_password_env: A}}\n",
	 "2: device a: SNMPv3 authentication with MD5 is weak; use sha256, or sha1 where the device has no other; "
	 "`allow_insecure: true` takes it"},
	{"devices:\n- {name: a, platform: asa, address: h, snmp: {user: u, auth: sha2}}\n",
	 "2: auth: `sha2` is not valid; expected one of md5, sha1, sha224, sha256, sha384, sha512, none"},
	{"devices:\n- {name: a, platform: asa, address: h, snmp: {user: u, auth: sha1, auth_password_env: A, priv: des,\n"
	 "  priv_password_env: P}}\n",
	 "2: device a: SNMPv3 privacy with DES can be broken"},
	{"devices:\n- {name: a, platform: asa, address: h, snmp: {user: u, auth: none}}\n",
	 "2: device a: version 3 needs `auth`"},
	{"devices:\n- {name: a, platform: asa, address: h, snmp: {user: u, auth_password_env: A, allow_insecure: true}}\n",
	 "2: device a: an authentication password is given, and `auth` is not"},
	{"devices:\n- {name: a, platform: asa, address: h, snmp: {user: u, priv: aes128, priv_password_env: P,\n"
	 "  allow_insecure: true}}\n",
	 "2: device a: `priv` needs `auth`"},
	{"devices:\n- {name: a, platform: asa, address: h, snmp: {user: u, auth: sha1}}\n",
	 "2: device a: `auth` needs `auth_password_file`"},
	{"devices:\n- {name: a, platform: asa, address: h, snmp: {user: u, auth: sha1, auth_password_env: A, priv: "
	 "aes128}}\n",
	 "2: device a: `priv` needs `priv_password_file`"},
	{"devices:\n- {name: a, platform: asa, address: h, snmp: {user: u, auth: sha1, auth_password_env: A,\n"
	 "  priv_password_env: P}}\n",
	 "2: device a: a privacy password is given"},
	{"devices:\n- {name: a, platform: asa, snmp: {version: 2c, community_env: C}}\n",
	 "2: device a: `address` is needed"},
	{"devices:\n- {name: a, platform: asa, address: h, snmp: {version: 4}}\n",
	 "2: version: `4` is not valid; expected one of 1, 2c, 3"},
	{"devices:\n- {name: a, platform: asa, address: h, snmp: {version: 1}}\n", "2: device a: version 1 needs"},
	{"devices:\n- {name: a, platform: asa, address: h, snmp: {version: 1, community_env: C}}\n",
	 "2: device a: SNMPv1 sends its community in the clear"},
	{"devices:\n- {name: a, platform: asa, address: h, snmp: {version: 2c}}\n", "2: device a: version 2c needs"},
	{"devices:\n- name: a\n  platform: asa\n  address: h\n  snmp:\n    version: 2c\n    community: hunter2\n",
	 "7: community: a secret is never written into this file"},
	{"snmp_defaults: {auth_password: hunter2}\ndevices:\n" DEVICE "\n", "1: auth_password: a secret is never written"},
	{"snmp_defaults: {priv_password: hunter2}\ndevices:\n" DEVICE "\n", "1: priv_password: a secret is never written"},
	{"snmp_defaults: {community_file: a, community_env: b}\ndevices:\n" DEVICE "\n",
	 "1: both community_file and community_env are given"},
	{"snmp_defaults: {version: 2c, community_env: C, interval: 60s}\n"
	 "devices:\n- {name: a, platform: asa, address: h, snmp: {}}\n",
	 "3: device a: `deadline` must be less than `interval`"},
	{"snmp_defaults: {version: 2c, community_env: C, interval: 300s, fast_interval: 300s}\n"
	 "devices:\n- {name: a, platform: asa, address: h, snmp: {}}\n",
	 "3: device a: `fast_interval` must be less than `interval`"},
	{"snmp_defaults: {version: 2c, community_env: C, interval: 300s, fast_interval: 30s}\n"
	 "devices:\n- {name: a, platform: asa, address: h, snmp: {}}\n",
	 "3: device a: `deadline` must be less than `fast_interval`"},
	{"snmp_defaults: {version: 2c, community_env: C, deadline: 1s}\n"
	 "devices:\n- {name: a, platform: asa, address: h, snmp: {}}\n",
	 "3: device a: `timeout` must not be more than `deadline`"},
	{"devices:\n- {name: a, platform: asa, files: [{path: x, interval: 1h}]}\n",
	 "2: device a: file dir/x: `max_age` must not be less than `interval`"},
	{"devices:\n- {name: a, platform: asa, files: [{}]}\n", "2: a file lacks `path`"},
	{"devices:\n- {name: a, platform: asa, files: [{path: \"x\\x01\"}]}\n",
	 "2: path: `x\\x01` is not valid; expected text without control characters"},
	{"devices:\n- {name: a, platform: asa, site: \"a\\0b\", files: [{path: x}]}\n", "2: site: `a\\x00b` is not valid"},
	{"devices:\n- {name: a, platform: asa, maintenance: yes, files: [{path: x}]}\n",
	 "2: maintenance: `yes` is not valid; expected true or false"},
	{"devices:\n- {name: a, platform: asa, files: [{path: x}], tunnels: [{name: t}]}\n", "2: a tunnel lacks `remote`"},
	{"devices:\n- {name: a, platform: asa, files: [{path: x}], tunnels: [{name: t, remote: peer}]}\n",
	 "2: remote: `peer` is not valid; expected an IP address"},
	{"devices:\n- {name: a, platform: asa, files: [{path: x}], tunnels: [{name: t, remote: 192.0.2.1, capacity: "
	 "100}]}\n",
	 "2: capacity: `100` is not valid; expected bits per second with their unit"},
	{"devices:\n- {name: a, platform: asa, files: [{path: x}], tunnels: [{name: t, remote: 192.0.2.1, local_ident: "
	 "any}]}\n",
	 "2: local_ident: `any` is not valid; expected a selector"},
	{"devices:\n- {name: a, platform: asa, files: [{path: x}], tunnels: [{name: t, remote: 192.0.2.1, tags: mpls}]}\n",
	 "2: tags: `mpls` is not valid; expected a list of words"},
	{"devices:\n- name: a\n  platform: asa\n  files: [{path: x}]\n  tunnels:\n"
	 "  - {name: t, remote: 192.0.2.1}\n  - {name: t, remote: 192.0.2.2}\n",
	 "2: device a: two tunnels are named t"},
};

static void an_error_names_file_line_and_what_was_expected(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct saw_config *c = NULL;
		struct saw_err err = {0};
		int rc = saw_config_parse("dir/test.yml", bad[i].text, strlen(bad[i].text), &c, &err);
		char want[512];

		snprintf(want, sizeof want, "dir/test.yml:%s", bad[i].message);
		if (rc == 0 || strncmp(err.text, want, strlen(want)) != 0)
			fail_msg("case %zu:\n%s\ngave %d: %s\nnot    %s", i, bad[i].text, rc, err.text, want);
		assert_null(c);
		assert_null(strstr(err.text, "hunter2"));
	}
}

static void ssh_takes_its_defaults_and_what_it_names(void **state) {
	struct saw_config *c =
		must("jump_hosts:\n- {name: bastion, address: 192.0.2.9, ssh: {user: j, agent: true}}\n" SSH_DEVICE
			 "{jump: bastion, interval: 10m, detail_interval: 20m, old_algorithms: [ssh-rsa, hmac-sha1]}\n"
			 "- {name: b, platform: asa, address: b.example.net, ssh: {port: 2222, context: c, interval: 20m, "
			 "old_algorithms: true}}\n"
			 "ssh_defaults: {user: u, password_file: p}\n"
			 "known_hosts: keys\n");
	const struct saw_config_ssh *a = c->devices[0].ssh, *b = c->devices[1].ssh;

	(void)state;
	assert_string_equal(c->known_hosts, "dir/keys");
	assert_string_equal(a->user, "u");
	assert_string_equal(a->password.file, "dir/p");
	assert_string_equal(a->jump, "bastion");
	assert_int_equal(a->port, 22);
	assert_int_equal(a->interval_ms, 600000);
	assert_int_equal(a->detail_interval_ms, 1200000);
	assert_int_equal(a->timeout_ms, 10000);
	assert_int_equal(a->n_old_algorithms, 2);
	assert_string_equal(a->old_algorithms[1], "hmac-sha1");
	assert_int_equal(b->port, 2222);
	assert_string_equal(b->context, "c");
	assert_int_equal(b->detail_interval_ms, 1200000);
	assert_int_equal(b->n_old_algorithms, 9);
	assert_null(c->devices[0].snmp);
	assert_string_equal(saw_config_find_jump(c, "bastion")->ssh->user, "j");
	assert_true(saw_config_find_jump(c, "bastion")->ssh->agent);
	assert_null(saw_config_find_jump(c, "a"));
	saw_config_destroy(c);
}

static void notifications_take_their_defaults(void **state) {
	struct saw_config *c =
		must("notify:\n  receivers:\n"
			 "  - {name: noc, address: 192.0.2.9, user: u, auth: sha256, auth_password_file: p, priv: none}\n"
			 "  - {name: old, address: noc.example.net, port: 1162, version: 2c, type: trap, community_env: C}\n"
			 "agentx: {}\nsnmp_root: .1.3.6.1.4.1.64512.7\ndevices:\n" DEVICE "\n");
	const struct saw_config_receiver *r;

	(void)state;
	assert_int_equal(c->notify.hold_ms, 10000);
	assert_int_equal(c->notify.n_receivers, 2);
	r = &c->notify.receivers[0];
	assert_true(r->inform);
	assert_int_equal(r->version, 3);
	assert_int_equal(r->port, 162);
	assert_int_equal(r->retries, 5);
	assert_null(r->priv);
	assert_string_equal(r->auth_password.file, "dir/p");
	assert_false(r[1].inform);
	assert_int_equal(r[1].version, 2);
	assert_string_equal(r[1].community.env, "C");
	assert_string_equal(c->agentx.master, "unix:/var/agentx/master");
	assert_true(c->agentx.line > 0 && c->agentx.notifications);
	saw_config_destroy(c);
	c = must("devices:\n" DEVICE "\n");
	assert_int_equal(c->agentx.line, 0);
	assert_int_equal(c->notify.n_receivers, 0);
	assert_string_equal(c->snmp_root, "1.3.6.1.4.1.8072.9999.9999.9857");
	saw_config_destroy(c);
}

static void text_that_is_not_utf8_names_its_line(void **state) {
	static const char text[] = "devices:\n- name: \xff\xfe\n";
	struct saw_config *c = NULL;
	struct saw_err err = {0};

	(void)state;
	assert_int_equal(saw_config_parse("t", text, sizeof text - 1, &c, &err), SAW_ECONFIG);
	assert_non_null(strstr(err.text, "t:2: "));
	assert_non_null(strstr(err.text, "UTF-8"));
}

static void nesting_and_size_are_bounded(void **state) {
	struct saw_config *c = NULL;
	struct saw_err err = {0};
	size_t n = (17U << 20);
	char *text = malloc(n);

	(void)state;
	assert_non_null(text);
	memset(text, '[', 100);
	assert_int_equal(saw_config_parse("t", text, 100, &c, &err), SAW_ECONFIG);
	assert_non_null(strstr(err.text, "nested too deeply"));
	memset(text, ' ', n);
	assert_int_equal(saw_config_parse("t", text, n, &c, &err), SAW_ELIMIT);
	assert_non_null(strstr(err.text, "larger than 16 MiB"));
	free(text);
}

static void a_missing_file_says_so(void **state) {
	struct saw_config *c = NULL;
	struct saw_err err = {0};

	(void)state;
	assert_int_equal(saw_config_load("/nonexistent/sawatch.yml", &c, &err), -ENOENT);
	assert_non_null(strstr(err.text, "/nonexistent/sawatch.yml: "));
}

static void put_file(const char *path, const char *text, size_t n, mode_t mode) {
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static void a_secret_is_the_first_line_of_a_private_file(void **state) {
	struct saw_config *c = must("devices:\n" DEVICE "\n");
	char path[] = "/tmp/sawatch-secret-XXXXXX", expected[256];
	int fd = mkstemp(path);
	struct saw_secret_ref ref = {.file = path, .line = 7};
	struct saw_err err = {0};
	char *secret = NULL, long_text[1100];

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	put_file(path, "correct horse\nignored\n", 22, 0600);
	assert_int_equal(saw_config_secret(c, &ref, &secret, &err), 0);
	assert_string_equal(secret, "correct horse");
	saw_secret_wipe(secret);
	saw_secret_wipe(NULL);

	put_file(path, "no line feed", 12, 0640);
	assert_int_equal(saw_config_secret(c, &ref, &secret, &err), 0);
	assert_string_equal(secret, "no line feed");
	saw_secret_wipe(secret);

	put_file(path, "dos\r\n", 5, 0600);
	assert_int_equal(saw_config_secret(c, &ref, &secret, &err), 0);
	assert_string_equal(secret, "dos");
	saw_secret_wipe(secret);

	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(saw_config_secret(c, &ref, &secret, &err), SAW_ECONFIG);
	assert_null(secret);
	snprintf(expected, sizeof expected, "dir/test.yml:7: secret file %s: others may read or write it; run: chmod o= %s",
			 path, path);
	assert_string_equal(err.text, expected);

	put_file(path, "\nsecond line\n", 13, 0600);
	assert_int_equal(saw_config_secret(c, &ref, &secret, &err), SAW_ECONFIG);
	assert_non_null(strstr(err.text, "is empty"));
	put_file(path, "nul\0byte", 8, 0600);
	assert_int_equal(saw_config_secret(c, &ref, &secret, &err), SAW_ECONFIG);
	memset(long_text, 'x', sizeof long_text);
	put_file(path, long_text, 1024, 0600);
	assert_int_equal(saw_config_secret(c, &ref, &secret, &err), 0);
	assert_int_equal(strlen(secret), 1024);
	saw_secret_wipe(secret);
	put_file(path, long_text, 1025, 0600);
	assert_int_equal(saw_config_secret(c, &ref, &secret, &err), SAW_ECONFIG);
	assert_null(strstr(err.text, "xxx"));
	unlink(path);
	assert_int_equal(saw_config_secret(c, &ref, &secret, &err), -ENOENT);
	ref.file = "/tmp";
	assert_int_equal(saw_config_secret(c, &ref, &secret, &err), SAW_ECONFIG);
	saw_config_destroy(c);
}

static void a_private_key_is_a_whole_file(void **state) {
	struct saw_config *c = must("devices:\n" DEVICE "\n");
	struct saw_secret_ref ref = {.file = "config_test.key", .line = 7};
	struct saw_err err = {0};
	char *key = NULL;

	(void)state;
	put_file(ref.file, "line one\nline two\n", 18, 0600);
	assert_int_equal(saw_config_secret_file(c, &ref, &key, &err), 0);
	assert_string_equal(key, "line one\nline two\n");
	saw_secret_wipe(key);
	put_file(ref.file, "line one\nline two\n", 18, 0644);
	assert_int_equal(saw_config_secret_file(c, &ref, &key, &err), SAW_ECONFIG);
	assert_null(key);
	assert_non_null(strstr(err.text, "chmod o= config_test.key"));
	put_file(ref.file, "", 0, 0600);
	assert_int_equal(saw_config_secret_file(c, &ref, &key, &err), SAW_ECONFIG);
	put_file(ref.file, "a\0b", 3, 0600);
	assert_int_equal(saw_config_secret_file(c, &ref, &key, &err), SAW_ECONFIG);
	unlink(ref.file);
	saw_config_destroy(c);
}

static void a_secret_may_be_in_the_environment(void **state) {
	struct saw_config *c = must("devices:\n" DEVICE "\n");
	struct saw_secret_ref ref = {.env = "SAWATCH_TEST_SECRET", .line = 3};
	struct saw_err err = {0};
	char *secret = NULL;

	(void)state;
	unsetenv("SAWATCH_TEST_SECRET");
	assert_int_equal(saw_config_secret(c, &ref, &secret, &err), SAW_ECONFIG);
	assert_string_equal(err.text, "dir/test.yml:3: variable SAWATCH_TEST_SECRET: is not set in the environment");
	setenv("SAWATCH_TEST_SECRET", "from env", 1);
	assert_int_equal(saw_config_secret(c, &ref, &secret, &err), 0);
	assert_string_equal(secret, "from env");
	saw_secret_wipe(secret);
	saw_config_destroy(c);
}

static void what_is_insecure_is_taken_where_it_is_allowed_and_said(void **state) {
	static const char text[] = "snmp_defaults: {user: u, auth: sha256, auth_password_env: A, priv: aes128,\n"
							   "  priv_password_env: P, community_env: C}\n"
							   "devices:\n"
							   "- {name: a, platform: asa, address: h, snmp: {version: 1, allow_insecure: true}}\n"
							   "- {name: b, platform: asa, address: h, snmp: {auth: none, priv: none,\n"
							   "   allow_insecure: true}}\n"
							   "- {name: c, platform: asa, address: h, snmp: {auth: md5, allow_insecure: true}}\n"
							   "- {name: d, platform: asa, address: h, snmp: {priv: des, allow_insecure: true}}\n"
							   "- {name: e, platform: asa, address: h, snmp: {priv: none}}\n"
							   "- {name: f, platform: asa, address: h, snmp: {allow_insecure: true}}\n";
	static const char *const words[] = {"SNMPv1", "without authentication", "MD5", "DES", NULL, NULL};
	struct saw_config *c = must(text);

	(void)state;
	for (size_t i = 0; i < c->n_devices; i++) {
		const struct saw_config_snmp *s = c->devices[i].snmp;

		assert_int_equal(s->insecure != NULL, words[i] != NULL);
		if (words[i])
			assert_non_null(strstr(s->insecure, words[i]));
	}
	assert_int_equal(c->devices[0].snmp->max_repetitions, 1);
	assert_null(c->devices[1].snmp->auth);
	assert_null(c->devices[1].snmp->auth_password.env);
	assert_null(c->devices[4].snmp->priv);
	assert_null(c->devices[4].snmp->priv_password.env);
	assert_string_equal(c->devices[4].snmp->auth, "sha256");
	saw_config_destroy(c);
}

static void contexts_are_read_and_need_communities_without_version_3(void **state) {
	static const char text[] =
		"snmp_defaults: {version: 3, user: u, auth: sha256, auth_password_env: A, window: 8}\n"
		"devices:\n"
		"- {name: a, platform: iosxe, address: h, snmp: {contexts: [{name: INET}, {name: x, vrf: MPLS}]}}\n"
		"- {name: b, platform: iosxe, address: h, snmp: {version: 2c, community_env: C, window: 1,\n"
		"   contexts: [{name: INET, community_env: D}]}}\n";
	static const char lacking[] = "devices:\n"
								  "- {name: b, platform: iosxe, address: h, snmp: {version: 2c, community_env: C,\n"
								  "   contexts: [{name: INET}]}}\n";
	struct saw_config *c = must(text);
	struct saw_err err = {0};
	const struct saw_config_snmp *a = c->devices[0].snmp, *b = c->devices[1].snmp;

	(void)state;
	assert_int_equal(a->n_contexts, 2);
	assert_string_equal(a->contexts[0].name, "INET");
	assert_null(a->contexts[0].vrf);
	assert_string_equal(a->contexts[1].vrf, "MPLS");
	assert_int_equal(a->window, 8);
	assert_string_equal(b->contexts[0].community.env, "D");
	assert_int_equal(b->window, 1);
	saw_config_destroy(c);
	assert_int_equal(saw_config_parse("t.yml", lacking, sizeof lacking - 1, &c, &err), SAW_ECONFIG);
	assert_non_null(strstr(err.text, "each of `contexts` needs its own `community_file`"));
}

static void the_reference_names_every_key(void **state) {
	static const char *const lines[] = {
		"listen: <ADDRESS:PORT | unix:/PATH | list of them>  # where HTTP is served, one or a list; port 0 takes any "
		"free "
		"one; unix:/PATH is a Unix socket (default 127.0.0.1:9857)\n",
		"  socket_mode: <octal>",
		"snmp_defaults:  # what devices share",
		"  auth: <md5 | sha1 | sha224 | sha256 | sha384 | sha512 | none>",
		"  deadline: <500ms..1h>",
		"devices:  # what is watched (required) (a list of)\n",
		"  platform: <asa | iosxe | ios>",
	};
	struct saw_buf b = SAW_BUF_INIT(1 << 16);

	(void)state;
	saw_config_reference(&b);
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		if (!strstr(saw_buf_text(&b), lines[i]))
			fail_msg("no line `%s` in\n%s", lines[i], saw_buf_text(&b));
	saw_buf_free(&b);
}

static void circuits_are_read(void **state) {
	struct saw_config *c = must("circuits:\n"
								"- name: one\n  committed: 100Mbit\n  sister: two\n  frame_bytes: 22\n"
								"  ends:\n  - {device: a, fvrf: INET, shaper: 80Mbit, licence: 1Gbit, counts: ip}\n"
								"  - {device: a, local: 192.0.2.001, crypto_limit: 400Mbit}\n"
								"- name: two\n  layer: line\n"
								"devices:\n" DEVICE "\n");
	const struct saw_config_circuit *k = c->circuits;

	(void)state;
	assert_int_equal(c->n_circuits, 2);
	assert_int_equal(k->committed, 12500000);
	assert_int_equal(k->layer, SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_ETHERNET);
	assert_int_equal(k->licence_layer, SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_IP);
	assert_int_equal(k->crypto_layer, SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_PLAINTEXT);
	assert_int_equal(k->frame_bytes, 22);
	assert_string_equal(k->sister, "two");
	assert_int_equal(k->n_ends, 2);
	assert_int_equal(k->ends[0].shaper, 10000000);
	assert_int_equal(k->ends[0].licence, 125000000);
	assert_int_equal(k->ends[0].counts, SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_IP);
	assert_string_equal(k->ends[1].local, "192.0.2.1");
	assert_int_equal(k->ends[1].counts, SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_PLAINTEXT);
	assert_int_equal(k[1].frame_bytes, 18);
	assert_int_equal(k[1].layer, SAWATCH__V1__TRAFFIC_LAYER__TRAFFIC_LAYER_LINE);
	saw_config_destroy(c);
}

static void wrong_circuits_are_refused(void **state) {
	static const struct {
		const char *text, *wanted;
	} cases[] = {
		{"circuits:\n- name: one\n- name: one\ndevices:\n" DEVICE "\n", "test.yml:3: circuit one is there already"},
		{"circuits:\n- {name: one, sister: two}\ndevices:\n" DEVICE "\n", "sister: two is no other circuit"},
		{"circuits:\n- {name: one, sister: one}\ndevices:\n" DEVICE "\n", "sister: one is no other circuit"},
		{"circuits:\n- name: one\n  ends:\n  - device: b\ndevices:\n" DEVICE "\n",
		 "test.yml:4: circuit one: b is no device"},
		{"circuits:\n- {name: one, layer: 2}\ndevices:\n" DEVICE "\n", "one of plaintext, ip, ethernet, line"},
		{"circuits:\n- {name: one, committed: 100}\ndevices:\n" DEVICE "\n", "with their unit"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct saw_config *c = NULL;
		struct saw_err err = {0};

		assert_int_equal(saw_config_parse("test.yml", cases[i].text, strlen(cases[i].text), &c, &err), SAW_ECONFIG);
		if (!strstr(err.text, cases[i].wanted))
			fail_msg("%s", err.text);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_loads),
		cmocka_unit_test(circuits_are_read),
		cmocka_unit_test(wrong_circuits_are_refused),
		cmocka_unit_test(what_is_left_out_takes_the_default),
		cmocka_unit_test(snmp_defaults_hold_wherever_they_stand_and_own_keys_win),
		cmocka_unit_test(an_error_names_file_line_and_what_was_expected),
		cmocka_unit_test(notifications_take_their_defaults),
		cmocka_unit_test(text_that_is_not_utf8_names_its_line),
		cmocka_unit_test(nesting_and_size_are_bounded),
		cmocka_unit_test(a_missing_file_says_so),
		cmocka_unit_test(a_secret_is_the_first_line_of_a_private_file),
		cmocka_unit_test(ssh_takes_its_defaults_and_what_it_names),
		cmocka_unit_test(a_private_key_is_a_whole_file),
		cmocka_unit_test(a_secret_may_be_in_the_environment),
		cmocka_unit_test(what_is_insecure_is_taken_where_it_is_allowed_and_said),
		cmocka_unit_test(contexts_are_read_and_need_communities_without_version_3),
		cmocka_unit_test(the_reference_names_every_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
