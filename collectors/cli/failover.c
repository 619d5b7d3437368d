/*
 * ASA `show failover state` -> one FailoverUnit per unit of the pair; of an active/active pair, what its groups have in common.
 * (Cisco Secure Firewall ASA command reference, S commands.)
 *
 *                    State          Last Failure Reason      Date/Time
 *     This host  -   Primary
 *                    Active         None
 *     Other host -   Secondary
 *                    Failed         Comm Failure             11:04:12 UTC Nov 23 2026
 *
 * Below a unit that lost interfaces there is a line for each: `inside: Failed`.
 */
#include "collectors/cli/tables.h"

enum { OWN, OTHER, UNITS };

struct state {
	Sawatch__V1__FailoverUnit units[UNITS];
	bool begun[UNITS];
	int now; /* the unit whose lines these are; UNITS: behind both, of the synchronisation */
};

static bool begin_unit(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct state *st = s->state;
	int which = r->label[0] == 'T' ? OWN : OTHER;
	Sawatch__V1__FailoverUnit *u = &st->units[which];
	bool primary = saw_str_eq_nocase(value, SAW_STR("Primary"));

	st->now = which;
	if (!primary && !saw_str_eq_nocase(value, SAW_STR("Secondary")))
		return false;
	sawatch__v1__failover_unit__init(u);
	u->unit = (char *)(uintptr_t)(primary ? "primary" : "secondary");
	st->begun[which] = true;
	return true;
}

static bool end_units(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	(void)r;
	(void)value;
	((struct state *)s->state)->now = UNITS;
	return true;
}

/* The next column, which ends at two blanks. */
static struct saw_str column(struct saw_str *rest) {
	struct saw_str c;

	*rest = saw_str_trim(*rest);
	c = (struct saw_str){rest->p, 0};
	while (c.n < rest->n &&
		   !(rest->p[c.n] == '\t' || (rest->p[c.n] == ' ' && c.n + 1 < rest->n && rest->p[c.n + 1] == ' ')))
		c.n++;
	rest->p += c.n;
	rest->n -= c.n;
	return c;
}

static bool is_words(struct saw_str s) {
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != ' ' && !((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z'))
			return false;
	return s.n != 0;
}

/* `Standby Ready  Comm Failure   11:04:12 UTC Nov 23 2026`; of several groups the worst one's. */
static bool take_state(struct saw_cli_scan *s, Sawatch__V1__FailoverUnit *u, struct saw_str line) {
	struct saw_str state = column(&line), failure = column(&line);
	bool active = saw_str_eq_nocase(state, SAW_STR("Active"));
	bool ready = active || saw_str_eq_nocase(state, SAW_STR("Standby Ready"));

	if (!is_words(state))
		return false;
	u->active = u->active || active;
	if (!u->has_ready || (u->ready && !ready)) {
		u->ready = ready;
		u->state = saw_cli_copy(s, SAW_CLI_RECORD, state);
		for (char *c = u->state; c && *c; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c = (char)(*c + ('a' - 'A'));
		u->last_failure = !failure.n || saw_cli_is_none(failure) ? NULL : saw_cli_copy(s, SAW_CLI_RECORD, failure);
	}
	u->has_active = u->has_ready = 1;
	return u->state != NULL;
}

static bool take_row(struct saw_cli_scan *s, struct saw_str line) {
	struct state *st = s->state;

	return st->now < UNITS && st->begun[st->now] && !st->units[st->now].has_ready &&
		   take_state(s, &st->units[st->now], line);
}

static bool take_group(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct state *st = s->state;
	struct saw_str rest;
	uint64_t group;

	(void)r;
	return st->now < UNITS && st->begun[st->now] && saw_cli_digits(value, UINT32_MAX, &group, &rest) && rest.n &&
		   take_state(s, &st->units[st->now], rest);
}

/* Where failover is off, the unit says that it is disabled, and knows nothing of another: there is no pair. */
static void end(struct saw_cli_scan *s) {
	struct state *st = s->state;
	const char *own = st->begun[OWN] ? st->units[OWN].state : NULL;

	s->empty = own && strcmp(own, "disabled") == 0;
	for (int i = 0; i < UNITS && !s->empty; i++)
		if (st->begun[i] && st->units[i].has_ready)
			saw_cli_emit(s, &st->units[i].base);
	saw_arena_reset(s->arena);
	memset(st, 0, sizeof *st);
}

static const struct saw_cli_rule rules[] = {
	{"State Last Failure Reason", SAW_CLI_PREFIX, saw_cli_ignore},
	{"This host -", SAW_CLI_PREFIX, begin_unit},
	{"Other host -", SAW_CLI_PREFIX, begin_unit},
	{"Group ", SAW_CLI_PREFIX, take_group},
	{": Failed", SAW_CLI_SUFFIX, saw_cli_ignore}, /* interfaces of a unit that failed */
	{": Link Down", SAW_CLI_SUFFIX, saw_cli_ignore},
	{": No Link", SAW_CLI_SUFFIX, saw_cli_ignore},
	{": Normal", SAW_CLI_SUFFIX, saw_cli_ignore},
	{": Unknown", SAW_CLI_SUFFIX, saw_cli_ignore},
	{": Waiting", SAW_CLI_SUFFIX, saw_cli_ignore},
	{"===", SAW_CLI_PREFIX, end_units}, /* ====Configuration State=== */
	{"Sync ", SAW_CLI_PREFIX, saw_cli_ignore},
	{"Config Syncing", SAW_CLI_PREFIX, saw_cli_ignore},
	{"Interface Config Syncing", SAW_CLI_PREFIX, saw_cli_ignore},
	{"Mac set", SAW_CLI_PREFIX, saw_cli_ignore},
	{"Updated Mac", SAW_CLI_PREFIX, saw_cli_ignore},
};

const struct saw_cli_table saw_cli_failover = {
	.rules = rules,
	.n = sizeof rules / sizeof rules[0],
	.state_size = sizeof(struct state),
	.row = take_row,
	.end = end,
};
