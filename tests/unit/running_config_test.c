#include "config.h"

#include "collectors/cli/running_config.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const uint8_t key[SAW_SIPHASH_KEY] = "0123456789abcde";

static struct saw_rc_reader *reader;

static int teardown(void **state) {
	(void)state;
	saw_rc_reader_destroy(reader);
	reader = NULL;
	return 0;
}

static int end(const struct saw_running_config **out, struct saw_err *err) {
	return saw_rc_reader_end(reader, out, err);
}

static void begin(void) {
	saw_rc_reader_destroy(reader);
	reader = saw_rc_reader_create(key);
	assert_non_null(reader);
}

/* Reads a text in pieces of so many bytes. */
static const struct saw_running_config *read_pieces(const char *text, size_t n, size_t piece) {
	const struct saw_running_config *c = NULL;
	struct saw_err err = {0};

	begin();
	for (size_t at = 0; at < n; at += piece)
		saw_rc_reader_feed(reader, text + at, n - at < piece ? n - at : piece);
	if (end(&c, &err))
		fail_msg("%s", err.text);
	return c;
}

static const struct saw_running_config *read_text(const char *text) {
	return read_pieces(text, strlen(text), SIZE_MAX);
}

static char *slurp(const char *name, size_t *n) {
	const char *top = getenv("top_srcdir");
	static char text[64 << 10];
	char path[512];
	FILE *in;

	snprintf(path, sizeof path, "%s/tests/fixtures/audit/%s", top ? top : ".", name);
	in = fopen(path, "rb");
	assert_non_null(in);
	*n = fread(text, 1, sizeof text - 1, in);
	text[*n] = 0;
	fclose(in);
	return text;
}

static const struct saw_running_config *read_fixture(const char *name, size_t piece) {
	size_t n;
	const char *text = slurp(name, &n);

	return read_pieces(text, n, piece);
}

static const struct saw_rc_interface nothing;

static const struct saw_rc_interface *find_interface(const struct saw_running_config *c, const char *name) {
	for (const struct saw_rc_interface *p = c->interfaces; p; p = p->next)
		if (strcmp(p->name, name) == 0)
			return p;
	fail_msg("no interface %s", name);
	return &nothing;
}

static void an_asa_is_read(void **state) {
	(void)state;
	for (size_t piece = 1; piece < 5000; piece = piece * 7 + 1) {
		const struct saw_running_config *c = read_fixture("asa-xfw01.txt", piece);
		const struct saw_rc_interface *vti = find_interface(c, "Tunnel11"), *outside;
		const struct saw_rc_policy_class *class;

		assert_true(c->asa && c->complete);
		assert_int_equal(c->n_problems, 0);
		assert_string_equal(c->hostname, "ASA-XFW01");
		assert_string_equal(c->version, "9.18(4)");
		assert_string_equal(vti->nameif.text, "vti-wan01-11");
		assert_string_equal(vti->source.text, "outside");
		assert_string_equal(vti->destination.text, "198.51.100.1");
		assert_int_equal(vti->mode, SAW_RC_MODE_IPSEC);
		assert_string_equal(vti->protection.text, "VTI-PROFILE");
		assert_int_equal(vti->mtu.value, 1500);
		assert_int_equal(vti->line, 36);
		outside = find_interface(c, "GigabitEthernet0/0");
		assert_int_equal(outside->n_addresses, 1);
		assert_int_equal(outside->address[0].bits, 24);
		assert_int_equal(outside->mtu.value, 1500);
		assert_true(find_interface(c, "GigabitEthernet0/2")->shutdown);
		assert_null(c->ikev1_interfaces); /* a banner's line is none */
		assert_string_equal(c->ikev2_interfaces->name, "outside");
		assert_int_equal(c->identity.type, SAW_RC_ID_ADDRESS);
		assert_string_equal(c->ike_policies->offer.encryption.item[0], "aes-gcm-256");
		assert_string_equal(c->ike_policies->offer.integrity.item[0], "null");
		assert_string_equal(c->ike_policies->offer.group.item[0], "21");
		assert_string_equal(c->ike_policies->offer.prf.item[0], "sha512");
		assert_int_equal(c->ike_policies->offer.lifetime_seconds.value, 86400);
		assert_string_equal(c->transforms->next->integrity.item[0], "sha1");
		assert_string_equal(c->transforms->next->integrity.item[1], "md5");
		assert_int_equal(c->ipsec_profiles->pfs.value, 21);
		assert_int_equal(c->ipsec_profiles->sa.lifetime_seconds.value, 3600);
		assert_true(c->ipsec_profiles->sa.lifetime_kilobytes.line &&
					c->ipsec_profiles->sa.lifetime_kilobytes.value == 0);
		assert_int_equal(c->sa.replay_window.value, 512);
		assert_string_equal(c->tunnel_groups->name, "198.51.100.1");
		assert_null(c->tunnel_groups->next);
		assert_string_equal(c->tunnel_groups->group_policy.text, "VTI-POLICY");
		assert_int_equal(c->tunnel_groups->local.state, SAW_RC_KEY_READABLE);
		assert_int_not_equal(c->tunnel_groups->local.digest, c->tunnel_groups->remote.digest);
		assert_string_equal(c->group_policies->protocols.item[0], "ikev2");
		assert_int_equal(c->tcp_mss.value, 1380);
		assert_true(c->tcp_maps->option19);
		assert_string_equal(c->bgp_acls->name, "BGP_MD5");
		assert_string_equal(c->class_maps->next->acl, "BGP_MD5");
		class = c->policy_maps->classes->next;
		assert_string_equal(class->name, "BGP-MD5");
		assert_string_equal(class->tcp_map.text, "BGP-MD5");
		assert_true(class->sequence_untouched);
		assert_string_equal(c->service_policies->name, "global_policy");
		assert_false(c->neighbors->password);
	}
}

static void a_router_is_read(void **state) {
	(void)state;
	for (size_t piece = 1; piece < 5000; piece = piece * 7 + 1) {
		const struct saw_running_config *c = read_fixture("asr-wan01.txt", piece);
		const struct saw_rc_interface *t = find_interface(c, "Tunnel101");
		const struct saw_rc_neighbor *n = c->neighbors;

		assert_true(!c->asa && c->complete);
		assert_int_equal(c->n_problems, 0);
		assert_string_equal(c->hostname, "ASR-WAN01");
		assert_string_equal(c->version, "17.9");
		assert_string_equal(c->ike_proposals->encryption.item[0], "aes-gcm-256");
		assert_int_equal(c->ike_proposals->integrity.n, 0);
		assert_string_equal(c->ike_policies->fvrf.text, "INET");
		assert_string_equal(c->ike_policies->proposals.item[0], "GCM256");
		assert_string_equal(c->keyrings->peers->name, "ASA-XFW01");
		assert_int_equal(c->keyrings->peers->address.bits, 32);
		assert_int_equal(c->keyrings->peers->local.state, SAW_RC_KEY_READABLE);
		assert_string_equal(c->ike_profiles->fvrf.text, "INET");
		assert_int_equal(c->ike_profiles->remote->type, SAW_RC_ID_ADDRESS);
		assert_string_equal(c->ike_profiles->remote->text, "192.0.2.1");
		assert_int_equal(c->ike_profiles->local.type, SAW_RC_ID_ADDRESS);
		assert_string_equal(c->ike_profiles->keyring.text, "XFW01");
		assert_int_equal(c->ike_profiles->lifetime_seconds.value, 86400);
		assert_int_equal(c->ike_profiles->dpd_seconds.value, 10);
		assert_string_equal(c->transforms->encryption.item[0], "aes-gcm-256");
		assert_false(c->transforms->transport);
		assert_int_equal(c->ipsec_profiles->pfs.value, 21);
		assert_int_equal(c->ipsec_profiles->sa.lifetime_seconds.line, 0);
		assert_true(c->ipsec_profiles->sa.lifetime_kilobytes.line);
		assert_int_equal(t->ip_mtu.value, 1438);
		assert_int_equal(t->tcp_mss.value, 1398);
		assert_int_equal(t->bandwidth_kbit.value, 400000);
		assert_int_equal(t->qos_reference_kbit.value, 400000);
		assert_string_equal(t->tunnel_vrf.text, "INET");
		assert_string_equal(t->source.text, "GigabitEthernet0/0/4");
		assert_string_equal(find_interface(c, "nve1")->nve_source.text, "Loopback0");
		assert_string_equal(find_interface(c, "GigabitEthernet0/0/4")->vrf.text, "INET");
		assert_true(c->bridge_domains->vni);
		assert_false(c->bridge_domains->next->vni);
		for (const struct saw_rc_interface *p = c->interfaces; p; p = p->next)
			assert_string_not_equal(p->name, "Tunnel999"); /* stands in the banner */
		assert_string_equal(n->name, "FABRIC");
		assert_true(n->password);
		assert_string_equal(n->next->next->name, "10.20.0.9");
		assert_string_equal(n->next->next->group, "FABRIC");
	}
}

#define IOS "version 17.9\n"

static void keys_are_compared_without_being_kept(void **state) {
	static const struct {
		const char *line;
		enum saw_rc_key_state state;
		bool same; /* as abc */
	} rows[] = {
		{"pre-shared-key local abc", SAW_RC_KEY_READABLE, true},
		{"pre-shared-key local abc  \r", SAW_RC_KEY_READABLE, true},
		{"pre-shared-key local 0 abc", SAW_RC_KEY_READABLE, true},
		{"pre-shared-key abc", SAW_RC_KEY_READABLE, true},
		{"pre-shared-key local abd", SAW_RC_KEY_READABLE, false},
		{"pre-shared-key local a bc", SAW_RC_KEY_READABLE, false},
		{"pre-shared-key local 6 abc", SAW_RC_KEY_MASKED, false},
		{"pre-shared-key local *****", SAW_RC_KEY_MASKED, false},
		{"pre-shared-key local <removed>", SAW_RC_KEY_MASKED, false},
		{"pre-shared-key remote abc", SAW_RC_KEY_ABSENT, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct saw_running_config *c;
		char text[256];

		snprintf(text, sizeof text, IOS "crypto ikev2 keyring K\n peer P\n  %s\n", rows[i].line);
		print_message("%s\n", rows[i].line);
		c = read_text(text);
		assert_int_equal(c->n_problems, 0);
		assert_int_equal(c->keyrings->peers->local.state, rows[i].state);
		assert_int_equal(rows[i].same, c->keyrings->peers->local.digest == saw_siphash(key, "abc", 3));
	}
}

/* AddressSanitizer's heap is elsewhere. */
#if defined(__SANITIZE_ADDRESS__)
#define HEAP_IS_SEEN 0
#elif defined(__has_feature)
#define HEAP_IS_SEEN !__has_feature(address_sanitizer)
#else
#define HEAP_IS_SEEN 1
#endif

/* How often these bytes are in the heap of this process, where the reader and its arena live. */
static size_t in_heap(const char *bytes, size_t n) {
	FILE *maps = fopen("/proc/self/maps", "r");
	uintptr_t from, to;
	char line[512];
	size_t found = 0;

	assert_non_null(maps);
	while (fgets(line, sizeof line, maps)) {
		if (!strstr(line, "[heap]") || sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &from, &to) != 2)
			continue;
		for (const char *p = (const char *)from; (p = memmem(p, to - (uintptr_t)p, bytes, n)); p++)
			found++;
	}
	fclose(maps);
	return found;
}

/* Wherever a key stands, and whether its line is understood or not: nothing that the reader keeps holds it. */
static void no_secret_is_left_behind(void **state) {
	static const char form[] = IOS "crypto ikev2 keyring K\n peer P\n  pre-shared-key local %s\n"
								   "  pre-shared-key %s\n"
								   "crypto ikev2 profile R\n authentication local pre-share key %s\n"
								   " pre-shared-key local %s\n"
								   "crypto isakmp key %s address 0.0.0.0\n"
								   "router bgp 1\n neighbor 10.0.0.1 password %s\n neighbor 10.0.0.1\n"
								   "enable secret 0 %s\nsnmp-server community %s ro\n"
								   "tunnel-group 192.0.2.1 ipsec-attributes\n"
								   " ikev2 local-authentication pre-shared-key %s\n"
								   " ikev2 remote-authentication pre-shared-key hex %s\n"
								   "!%s\n%s";
	const struct saw_running_config *c = NULL;
	char text[2048], secret[24];
	size_t found;
	char *kept;

	(void)state;
	snprintf(secret, sizeof secret, "%s-%d", "Sesame", 90210);
	snprintf(text, sizeof text, form, secret, secret, secret, secret, secret, secret, secret, secret, secret, secret,
			 secret, secret);
	kept = strdup(secret);
	assert_non_null(kept);
	found = in_heap(secret, strlen(secret));
	explicit_bzero(kept, strlen(kept));
	free(kept);
	assert_int_equal(found, HEAP_IS_SEEN); /* what is kept would be found */
	begin();
	saw_rc_reader_feed(reader, text, strlen(text));
	assert_int_equal(end(&c, NULL), 0);
	assert_non_null(c);
	if (!c)
		return;
	assert_int_equal(in_heap(secret, strlen(secret)), 0);
	assert_int_equal(c->keyrings->peers->local.state, SAW_RC_KEY_READABLE);
	assert_int_equal(c->ike_profiles->local_key.state, SAW_RC_KEY_READABLE);
	assert_true(c->ike_profiles->local_key.digest == c->keyrings->peers->local.digest);
	assert_true(c->tunnel_groups->local.digest == c->keyrings->peers->local.digest);
	assert_true(c->neighbors->password);
	assert_int_equal(c->n_problems, 1);
	assert_string_equal(c->problems->what, "neighbor");
	assert_int_equal(c->problems->line, 12);
}

static void malformed_lines_are_named_and_others_passed_over(void **state) {
	static const struct {
		const char *text, *what;
		unsigned line;
	} rows[] = {
		{IOS "crypto ikev2 proposal P\n group 21 many\n", "group", 3},
		{IOS "crypto ikev2 proposal\n", "crypto ikev2 proposal", 2},
		{IOS "crypto ipsec profile P\n set pfs 21\n", "set pfs", 3},
		{IOS "crypto ipsec profile P\n set security-association lifetime seconds soon\n",
		 "set security-association lifetime", 3},
		{IOS "crypto ipsec profile P\n set security-association replay window-size -1\n",
		 "set security-association replay", 3},
		{IOS "crypto ipsec transform-set T esp-rot13\n mode tunnel\n", "crypto ipsec transform-set", 2},
		{IOS "interface Tunnel1\n ip mtu big\n", "ip mtu", 3},
		{IOS "interface Tunnel1\n ip address 300.1.1.1 255.0.0.0\n", "ip address", 3},
		{IOS "crypto ikev2 profile P\n match identity remote address 10.0.0\n", "match identity remote", 3},
		{IOS "crypto ikev2 profile P\n identity local face\n", "identity local", 3},
		{IOS "interface Tunnel1\n service instance 1\n  ip mtu big\n", NULL, 0},
		{IOS "object network X\n ip mtu big\n", NULL, 0},
		{IOS "banner motd ^C\ncrypto ikev2 proposal\n^C\n", NULL, 0},
		{IOS "banner motd ^C one line ^C\nrouter bgp 1\n neighbor 1.1.1.1\n", "neighbor", 4},
		{IOS "banner exec \003\ncrypto ikev2 proposal\n\003\n", NULL, 0},
		{"crypto ikev2 enable outside\nbanner motd ^C\ncrypto ikev2 policy\n", "crypto ikev2 policy", 3}, /* an ASA */
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct saw_running_config *c;

		print_message("%s", rows[i].text);
		c = read_text(rows[i].text);
		assert_int_equal(c->n_problems, rows[i].what != NULL);
		if (!rows[i].what)
			continue;
		assert_string_equal(c->problems->what, rows[i].what);
		assert_int_equal(c->problems->line, rows[i].line);
	}
}

static void values_in_their_forms(void **state) {
	const struct saw_running_config *c =
		read_text("ASA Version 9.20(2)\n"
				  "interface Tunnel1\n ipv6 address 2001:db8::1/64\n tunnel source interface outside\n"
				  " tunnel mode ipsec ipv6\n tunnel destination 2001:db8:1::1\n"
				  "crypto ipsec profile P\n set security-association lifetime seconds 7200 kilobytes 100000\n"
				  " set ikev2 local-identity key-id branch-7\n"
				  "crypto ipsec security-association replay disable\n"
				  "tunnel-group 192.0.2.1 ipsec-attributes\n isakmp keepalive disable\n"
				  "tcp-map M\n  tcp-options md5 allow\ntcp-map N\n  tcp-options range 6 18 allow\n"
				  "class-map C\n match port tcp eq 179\n"
				  "<--- More --->\r              \rsysopt connection tcpmss 1300\r\n"
				  "crypto ikev2 policy 1\n encryption aes-256 aes\n integrity sha256 sha\n");
	const struct saw_rc_interface *t = find_interface(c, "Tunnel1");

	(void)state;
	assert_int_equal(c->n_problems, 0);
	assert_false(c->complete);
	assert_int_equal(t->address[0].addr.family, 6);
	assert_int_equal(t->address[0].bits, 64);
	assert_true(t->ipv6);
	assert_int_equal(c->ipsec_profiles->sa.lifetime_seconds.value, 7200);
	assert_int_equal(c->ipsec_profiles->sa.lifetime_kilobytes.value, 100000);
	assert_int_equal(c->ipsec_profiles->local.type, SAW_RC_ID_KEY_ID);
	assert_string_equal(c->ipsec_profiles->local.text, "branch-7");
	assert_true(c->sa.replay_window.line && c->sa.replay_window.value == 0);
	assert_true(c->tunnel_groups->keepalive_disabled);
	assert_true(c->tcp_maps->option19);
	assert_false(c->tcp_maps->next->option19);
	assert_true(c->class_maps->bgp);
	assert_int_equal(c->tcp_mss.value, 1300);
	assert_string_equal(c->ike_policies->offer.encryption.item[0], "aes-cbc-256");
	assert_string_equal(c->ike_policies->offer.encryption.item[1], "aes-cbc-128");
	assert_string_equal(c->ike_policies->offer.integrity.item[1], "sha1");
}

static void what_follows_the_end_is_not_read(void **state) {
	const struct saw_running_config *c =
		read_text("asr#show tech-support\n------------------ show running-config ------------------\n" IOS
				  "interface Tunnel1\n ip mtu 1400\nend\n\n"
				  "------------------ show something ------------------\n"
				  "interface Tunnel1\n ip mtu 1500\ncrypto ikev2 proposal\n");

	(void)state;
	assert_true(c->complete);
	assert_int_equal(c->n_problems, 0);
	assert_int_equal(c->interfaces->ip_mtu.value, 1400);
	assert_int_equal(c->lines, 11);
}

static void what_is_no_configuration_is_refused(void **state) {
	const struct saw_running_config *c = NULL;
	struct saw_err err;

	(void)state;
	begin();
	saw_rc_reader_feed(reader, "hello\n", 6);
	assert_int_equal(end(&c, &err), SAW_EFORMAT);
	assert_non_null(strstr(err.text, "no running configuration"));
	begin();
	assert_int_equal(end(&c, &err), SAW_EFORMAT);
	begin();
	saw_rc_reader_feed(reader, IOS "interface Tunnel1\nip mtu 1400\nend\n", 44);
	assert_int_equal(end(&c, &err), SAW_EFORMAT);
	assert_non_null(strstr(err.text, "indentation"));
	/* More interfaces than there can be. */
	begin();
	for (unsigned i = 0; i < 20001; i++) {
		char line[40];

		saw_rc_reader_feed(reader, line, (size_t)snprintf(line, sizeof line, "interface Tunnel%u\n", i));
	}
	assert_int_equal(end(&c, &err), SAW_ELIMIT);
	assert_null(c);
}

static void a_long_line_is_passed_over_and_counted(void **state) {
	static char text[20000];
	const struct saw_running_config *c;
	size_t n = (size_t)snprintf(text, sizeof text, IOS "interface Tunnel1\n description ");

	(void)state;
	memset(text + n, 'x', 10000);
	snprintf(text + n + 10000, 100, "\n ip mtu 1400\n");
	c = read_text(text);
	assert_int_equal(c->interfaces->ip_mtu.value, 1400);
	assert_int_equal(c->interfaces->ip_mtu.line, 4);
	assert_int_equal(c->lines, 4);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(an_asa_is_read, teardown),
		cmocka_unit_test_teardown(a_router_is_read, teardown),
		cmocka_unit_test_teardown(keys_are_compared_without_being_kept, teardown),
		cmocka_unit_test_teardown(no_secret_is_left_behind, teardown),
		cmocka_unit_test_teardown(malformed_lines_are_named_and_others_passed_over, teardown),
		cmocka_unit_test_teardown(values_in_their_forms, teardown),
		cmocka_unit_test_teardown(what_follows_the_end_is_not_read, teardown),
		cmocka_unit_test_teardown(what_is_no_configuration_is_refused, teardown),
		cmocka_unit_test_teardown(a_long_line_is_passed_over_and_counted, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
