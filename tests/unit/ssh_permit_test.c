/* What may be typed at a device, and what may not. */
#include "collectors/cli/cli.h"
#include "collectors/ssh/permit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ASA SAWATCH__V1__PLATFORM__PLATFORM_ASA
#define IOSXE SAWATCH__V1__PLATFORM__PLATFORM_IOSXE
#define IOS SAWATCH__V1__PLATFORM__PLATFORM_IOS

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static const Sawatch__V1__Platform platforms[] = {ASA, IOSXE, IOS};

static void test_allowed(void **state) {
	static const struct {
		Sawatch__V1__Platform platform;
		const char *typed, *words;
	} cases[] = {
		{ASA, "show version", NULL},
		{IOS, "show version", NULL},
		{ASA, "show crypto ipsec sa", NULL},
		{ASA, "show crypto ipsec sa detail", NULL},
		{ASA, "show crypto ipsec sa peer 192.0.2.1", "show crypto ipsec sa peer <address>"},
		{IOSXE, "show crypto ipsec sa peer 2001:db8::1 detail", "show crypto ipsec sa peer <address> detail"},
		{IOSXE, "show crypto ipsec sa interface Tunnel11", "show crypto ipsec sa interface <interface>"},
		{IOSXE, "show crypto ipsec sa vrf INET-1_a.b detail", "show crypto ipsec sa vrf <name> detail"},
		{ASA, "show crypto ikev2 sa detail", NULL},
		{ASA, "show crypto ikev1 sa detail", NULL},
		{ASA, "show crypto isakmp sa detail", NULL},
		{IOS, "show crypto isakmp sa detail", NULL},
		{IOSXE, "show crypto session detail", NULL},
		{IOSXE, "show crypto eli all", NULL},
		{IOSXE, "show crypto ikev2 stats", NULL},
		{IOSXE, "show crypto mib ipsec flowmib global", NULL},
		{IOSXE, "show interfaces", NULL},
		{IOSXE, "show interfaces Tunnel11", "show interfaces <interface>"},
		{IOSXE, "show interfaces GigabitEthernet0/0/4.100", "show interfaces <interface>"},
		{IOSXE, "show interfaces Port-channel10", "show interfaces <interface>"},
		{ASA, "show interface", NULL},
		{ASA, "show interface Tunnel11", "show interface <interface>"},
		{ASA, "show vpn-sessiondb detail l2l", NULL},
		{ASA, "show crypto ipsec stats", NULL},
		{ASA, "show asp drop", NULL},
		{ASA, "show bgp summary", NULL},
		{IOSXE, "show bgp all summary", NULL},
		{IOSXE, "show bgp vpnv4 unicast vrf BLUE summary", "show bgp vpnv4 unicast vrf <name> summary"},
		{IOSXE, "show platform hardware qfp active statistics drop", NULL},
		{IOSXE, "show platform hardware qfp active feature ipsec datapath drops", NULL},
		{IOSXE, "show platform hardware qfp active feature ipsec datapath drops all", NULL},
		{IOSXE, "show platform hardware qfp active feature ipsec sa 4294967295",
		 "show platform hardware qfp active feature ipsec sa <number>"},
		{ASA, "show running-config", NULL},
		{IOSXE, "show running-config", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct saw_err err = {0};
		const struct saw_ssh_template *t = saw_ssh_permitted(cases[i].platform, cases[i].typed, &err);

		if (!t)
			fail_msg("%s: %s", cases[i].typed, err.text);
		assert_string_equal(t->words, cases[i].words ? cases[i].words : cases[i].typed);
	}
}

/* Refused, with a sentence that says `names`. */
static void test_refused(void **state) {
	static const struct {
		Sawatch__V1__Platform platform;
		const char *typed, *names;
	} cases[] = {
		{ASA, "", "empty"},
		{ASA, "clear crypto ipsec sa", "'clear'"},
		{ASA, "CLEAR crypto ipsec sa", "'CLEAR'"},
		{ASA, "cl crypto ipsec sa", "'cl'"},
		{ASA, "show asp drop clear", "'clear' is not allowed in a command: it resets counters"},
		{IOSXE, "show platform hardware qfp active statistics drop clear", "'clear'"},
		{IOSXE, "show platform hardware qfp active statistics drop cle", "'cle'"},
		{IOSXE, "show platform hardware qfp active feature ipsec datapath drops clear", "'clear'"},
		{IOSXE, "show crypto ipsec sa vrf clear", "'clear'"},
		{IOSXE, "show crypto ipsec sa vrf redirect", "'redirect'"},
		{IOSXE, "show crypto ipsec sa | include mtu", "'|'"},
		{IOSXE, "show crypto ipsec sa|include mtu", "'|'"},
		{IOSXE, "show version | redirect flash:x", "'|'"},
		{IOSXE, "show version | tee flash:x", "'|'"},
		{IOSXE, "show version | append flash:x", "'|'"},
		{IOSXE, "show version redirect flash:x", "'redirect'"},
		{IOSXE, "show version > flash:x", "'>'"},
		{IOSXE, "show version < flash:x", "'<'"},
		{IOSXE, "show version; reload", "';'"},
		{IOSXE, "show version ?", "'?'"},
		{IOSXE, "show version\nreload", "0x0a"},
		{IOSXE, "show version\rreload", "0x0d"},
		{IOSXE, "show version\n", "0x0a"},
		{IOSXE, "show version\x03", "0x03"},
		{IOSXE, "show version\x08\x08", "0x08"},
		{IOSXE, "show\tversion", "0x09"},
		{IOSXE, "show version\x1b[A", "0x1b"},
		{IOSXE, "show versi\xc3\xb6n", "0xc3"},
		{IOSXE, "show version\x7f", "0x7f"},
		{IOSXE, " show version", "single blanks"},
		{IOSXE, "show version ", "single blanks"},
		{IOSXE, "show  version", "single blanks"},
		{IOSXE, " ", "single blanks"},
		{IOSXE, "show", "'show' is not a whole command"},
		{IOSXE, "show crypto", "it goes on with 'ipsec', 'ikev2', 'isakmp', 'session', 'eli', 'mib'"},
		{IOSXE, "sh version", "'sh' is not allowed: a command begins with 'show'"},
		{IOSXE, "Show version", "'Show'"},
		{IOSXE, "show ver", "'ver'"},
		{IOSXE, "show versions", "'versions'"},
		{IOSXE, "show version detail", "'detail' is not allowed behind 'show version', where the command ends"},
		{IOSXE, "show crypto ipsec sa details", "'details'"},
		{IOSXE, "show crypto ipsec sa peer", "'<address>'"},
		{IOSXE, "show crypto ipsec sa peer detail", "'detail'"},
		{IOSXE, "show crypto ipsec sa peer 192.0.2.256", "'192.0.2.256'"},
		{IOSXE, "show crypto ipsec sa peer 192.0.2.1/24", "'192.0.2.1/24'"},
		{IOSXE, "show crypto ipsec sa peer 192.0.2.1 detail detail", "'detail'"},
		{IOSXE, "show crypto ipsec sa interface Tunnel", "'Tunnel'"},
		{IOSXE, "show crypto ipsec sa interface 11", "'11'"},
		{IOSXE, "show crypto ipsec sa interface -1", "'-1'"},
		{IOSXE, "show crypto ipsec sa vrf -x", "'-x'"},
		{IOSXE, "show crypto ipsec sa vrf a\"b", "'a\"b'"},
		{IOSXE, "show crypto ipsec sa vrf a,b", "'a,b'"},
		{IOSXE, "show platform hardware qfp active feature ipsec sa 4294967296", "'4294967296'"},
		{IOSXE, "show platform hardware qfp active feature ipsec sa 0x1", "'0x1'"},
		{IOSXE, "show interfaces Tunnel11 stats", "'stats'"},
		{IOSXE, "show interfaces Tunnel11 switching", "'switching'"},
		{IOSXE, "show interfaces tunnel 11", "'tunnel'"},
		{IOSXE, "show asp drop", "'asp'"},
		{IOSXE, "show vpn-sessiondb detail l2l", "'vpn-sessiondb'"},
		{IOSXE, "show interface", "'interface'"},
		{ASA, "show interfaces", "'interfaces'"},
		{ASA, "show crypto session detail", "'session'"},
		{ASA, "show platform hardware qfp active statistics drop", "'platform'"},
		{IOS, "show platform hardware qfp active statistics drop", "'platform'"},
		{ASA, "more system:running-config", "'more'"},
		{IOSXE, "show running-config all", "'all'"},
		{IOSXE, "show running-config full", "'full'"},
		{IOSXE, "show tech-support", "'tech-support'"},
		{IOSXE, "show logging", "'logging'"},
		{ASA, "show crypto key mypubkey rsa", "'key'"},
		{IOSXE, "do show version", "'do'"},
		{IOSXE, "configure terminal", "'configure'"},
		{IOSXE, "conf t", "'conf'"},
		{IOSXE, "reload", "'reload'"},
		{IOSXE, "write erase", "'write'"},
		{IOSXE, "copy running-config startup-config", "'copy'"},
		{IOSXE, "debug crypto ikev2", "'debug'"},
		{IOSXE, "test crypto self-test", "'test'"},
		{IOSXE, "ping 192.0.2.1", "'ping'"},
		{IOSXE, "ssh 192.0.2.1", "'ssh'"},
		{IOSXE, "tclsh", "'tclsh'"},
		{IOSXE, "exit", "'exit'"},
		{ASA, "vpn-sessiondb logoff l2l", "'vpn-sessiondb'"},
		{ASA, "failover active", "'failover'"},
		{ASA, "write", "'write'"},
		{IOSXE, "enable", "'enable'"},
		{IOSXE, "terminal length 0", "'terminal'"},
		{ASA, "terminal pager 0", "'terminal'"},
		{ASA, "changeto context admin", "'changeto'"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct saw_err err = {0};

		if (saw_ssh_permitted(cases[i].platform, cases[i].typed, &err))
			fail_msg("'%s' was allowed", cases[i].typed);
		if (!strstr(err.text, cases[i].names))
			fail_msg("'%s': \"%s\" does not say \"%s\"", cases[i].typed, err.text, cases[i].names);
		assert_true(err.code < 0);
		assert_null(saw_ssh_permitted(cases[i].platform, cases[i].typed, NULL));
	}
}

static void test_setup(void **state) {
	static const struct {
		Sawatch__V1__Platform platform;
		const char *typed;
		bool allowed;
	} cases[] = {
		{ASA, "enable", true},
		{IOS, "enable", true},
		{ASA, "terminal pager 0", true},
		{ASA, "changeto context blue-1", true},
		{IOSXE, "terminal length 0", true},
		{IOSXE, "terminal width 512", true},
		{ASA, "terminal length 0", false},
		{IOSXE, "terminal pager 0", false},
		{IOSXE, "terminal length 24", false},
		{IOSXE, "terminal monitor", false},
		{IOSXE, "changeto context admin", false},
		{ASA, "changeto system", false},
		{ASA, "changeto context a b", false},
		{ASA, "changeto context a\nreload", false},
		{ASA, "enable 15", false},
		{ASA, "show version", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct saw_err err = {0};
		const struct saw_ssh_template *t = saw_ssh_setup_permitted(cases[i].platform, cases[i].typed, &err);

		if (!t == cases[i].allowed)
			fail_msg("'%s': %s", cases[i].typed, err.text);
		if (t)
			assert_int_equal(t->pace, SAW_SSH_SETUP);
		else
			assert_true(err.text[0]);
	}
}

static void test_over_long(void **state) {
	char typed[1024] = "show crypto ipsec sa vrf ";
	struct saw_err err = {0};
	size_t n = strlen(typed);

	(void)state;
	for (size_t i = 0; i < 64; i++)
		typed[n + i] = 'a';
	assert_non_null(saw_ssh_permitted(IOSXE, typed, &err));
	typed[n + 64] = 'a';
	assert_null(saw_ssh_permitted(IOSXE, typed, &err));
	for (size_t i = 65; n + i < sizeof typed - 1; i++)
		typed[n + i] = 'a';
	assert_null(saw_ssh_permitted(IOSXE, typed, &err));
	assert_non_null(strstr(err.text, "160"));
}

/* Each row of the list can be typed (where it has no place to fill), feeds something, and is a command that the parsers know. */
static void test_the_list(void **state) {
	/* Read by the audit, and as a pair of lines of one SA. */
	static const char *const elsewhere[] = {"show running-config",
											"show platform hardware qfp active feature ipsec sa <number>"};

	(void)state;
	for (size_t p = 0; p < COUNT(platforms); p++) {
		const struct saw_ssh_template *t = NULL;
		unsigned n = 0;

		while ((t = saw_ssh_template_next(platforms[p], t))) {
			bool known = saw_cli_command_find(platforms[p], saw_str_of(t->words)) != NULL;

			for (size_t i = 0; i < COUNT(elsewhere); i++)
				known = known || strcmp(t->words, elsewhere[i]) == 0;
			if (!known)
				fail_msg("no parser takes '%s'", t->words);
			assert_int_not_equal(t->pace, SAW_SSH_SETUP);
			assert_true(t->feeds && t->feeds[0]);
			if (saw_ssh_template_has_place(t)) {
				assert_int_equal(t->pace, SAW_SSH_ASKED);
				assert_null(saw_ssh_permitted(platforms[p], t->words, NULL));
			} else {
				assert_ptr_equal(saw_ssh_permitted(platforms[p], t->words, NULL), t);
			}
			if (t->covers)
				assert_non_null(saw_ssh_permitted(platforms[p], t->covers, NULL));
			n++;
		}
		assert_true(n > 15);
	}
}

/* Every command that a parser takes can be typed, in its plain form or with `detail` or `all`. */
static void test_parsers_are_fed(void **state) {
	(void)state;
	for (size_t p = 0; p < COUNT(platforms); p++) {
		const struct saw_cli_command *c = NULL;

		while ((c = saw_cli_command_next(platforms[p], c))) {
			const struct saw_ssh_template *t = NULL;
			bool fed = false;

			while (!fed && (t = saw_ssh_template_next(platforms[p], t)))
				fed = saw_cli_command_find(platforms[p], saw_str_of(t->words)) == c;
			if (!fed)
				fail_msg("nothing that may be typed gives '%s'", saw_cli_command_name(c));
		}
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allowed),   cmocka_unit_test(test_refused),  cmocka_unit_test(test_setup),
		cmocka_unit_test(test_over_long), cmocka_unit_test(test_the_list), cmocka_unit_test(test_parsers_are_fed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
