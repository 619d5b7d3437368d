/*
 * `show version` of ASA, IOS and IOS-XE -> the facts of the device. Most of its lines are of licences, memory and law, and say
 * nothing that the model has.
 */
#include "collectors/cli/tables.h"

struct state {
	Sawatch__V1__DeviceSample facts;
	bool any;
};

static Sawatch__V1__DeviceSample *facts_at_hand(struct saw_cli_scan *s) {
	struct state *st = s->state;

	if (!st->any)
		sawatch__v1__device_sample__init(&st->facts);
	st->any = true;
	return &st->facts;
}

static void end(struct saw_cli_scan *s) {
	struct state *st = s->state;

	if (st->any)
		saw_cli_emit_facts(s, &st->facts);
	st->any = false;
	saw_arena_reset(s->arena);
}

static bool set(struct saw_cli_scan *s, char **field, struct saw_str value) {
	if (!*field && value.n)
		*field = saw_cli_copy(s, SAW_CLI_RECORD, value);
	return value.n != 0;
}

/* The first word, without a comma at its end. */
static struct saw_str first_word(struct saw_str value) {
	struct saw_str word = saw_cli_word(&value);

	while (word.n && word.p[word.n - 1] == ',')
		word.n--;
	return word;
}

/* ASA: `Cisco Adaptive Security Appliance Software Version 9.16(3)19 <context>` */
static bool take_asa_version(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	(void)r;
	return set(s, &facts_at_hand(s)->os_version, first_word(value));
}

/* `Cisco IOS Software [Fuji], … Software (…), Version 16.9.3, RELEASE SOFTWARE (fc2)` */
static bool take_ios_version(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct saw_str version;

	(void)r;
	return saw_cli_behind(value, " Version ", &version) && set(s, &facts_at_hand(s)->os_version, first_word(version));
}

static bool take_model_id(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	Sawatch__V1__DeviceSample *facts = facts_at_hand(s);

	(void)r;
	facts->model = NULL;
	return set(s, &facts->model, first_word(value));
}

/* ASA: `Hardware:   ASA5506, 4096 MB RAM` */
static bool take_hardware(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	(void)r;
	return set(s, &facts_at_hand(s)->model, first_word(value));
}

/* IOS: `cisco ASR1001-X (1NG) processor (revision 1NG) with 3753655K/6147K bytes of memory.` */
static bool take_processor(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct saw_str rest;

	(void)r;
	return saw_cli_behind(value, " bytes of ", &rest) && saw_cli_behind(rest, "memory", &rest) &&
		   set(s, &facts_at_hand(s)->model, first_word(value));
}

static bool take_serial(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	(void)r;
	return set(s, &facts_at_hand(s)->serial, first_word(value));
}

/* `ASR-WAN01 uptime is 1 week, 3 days, 16 hours, 11 minutes`, ASA: `ASA-XFW01 up 41 days 19 hours` */
static bool take_uptime(struct saw_cli_scan *s, struct saw_str line) {
	struct saw_str name = saw_cli_word(&line), word = saw_cli_word(&line);
	Sawatch__V1__DeviceSample *facts;
	uint64_t seconds;
	bool years;

	if (saw_str_eq(word, SAW_STR("uptime")) && !saw_str_eq(saw_cli_word(&line), SAW_STR("is")))
		return false;
	if ((!saw_str_eq(word, SAW_STR("up")) && !saw_str_eq(word, SAW_STR("uptime"))) ||
		!saw_cli_duration(line, &seconds, &years))
		return false;
	facts = facts_at_hand(s);
	set(s, &facts->hostname, name);
	facts->has_uptime_seconds = !years;
	facts->uptime_seconds = seconds;
	return true;
}

#define WHOLE SAW_CLI_WHOLE
#define PREFIX SAW_CLI_PREFIX

static const struct saw_cli_rule rules[] = {
	{"Cisco Adaptive Security Appliance Software Version ", PREFIX, take_asa_version},
	{"Cisco IOS Software", PREFIX, take_ios_version},
	{"IOS (tm) ", PREFIX, take_ios_version},
	{"Model Id", WHOLE, take_model_id},
	{"Hardware", WHOLE, take_hardware},
	{"cisco ", PREFIX, take_processor},
	{"Cisco ", PREFIX, take_processor},
	{"Serial Number", WHOLE, take_serial},
	{"Processor board ID ", PREFIX, take_serial},
};

const struct saw_cli_table saw_cli_version = {
	.rules = rules,
	.n = sizeof rules / sizeof rules[0],
	.state_size = sizeof(struct state),
	.loose = true,
	.row = take_uptime,
	.end = end,
};
