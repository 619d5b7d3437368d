#include "daemon/ledger.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND UINT64_C(1000000000)
#define LOST_FIRST (30 * SECOND)
#define LOST_MOST (900 * SECOND)
#define BUCKETS 1024

enum kind { KIND_DEVICE, KIND_JUMP, KIND_ACCOUNT };

struct entry {
	struct entry *next;
	enum kind kind;
	bool latched, proven;
	unsigned under_way, denials, lost;
	uint64_t until_ns; /* not before */
	int64_t at_s;      /* when it was refused */
	char name[];
};

struct saw_ledger {
	struct entry *buckets[BUCKETS];
};

struct saw_ledger *saw_ledger_create(void) {
	return calloc(1, sizeof(struct saw_ledger));
}

void saw_ledger_clear(struct saw_ledger *l) {
	for (size_t i = 0; i < BUCKETS; i++)
		while (l->buckets[i]) {
			struct entry *e = l->buckets[i];

			l->buckets[i] = e->next;
			free(e);
		}
}

void saw_ledger_destroy(struct saw_ledger *l) {
	if (l)
		saw_ledger_clear(l);
	free(l);
}

/* Makes it where there is none. NULL without memory, or without a name. */
static struct entry *entry(struct saw_ledger *l, enum kind kind, const char *name) {
	uint32_t hash = 2166136261U + kind;
	struct entry *e;
	size_t n;

	if (!name)
		return NULL;
	n = strlen(name) + 1;
	for (const char *p = name; *p; p++)
		hash = (hash ^ (uint8_t)*p) * 16777619U;
	for (e = l->buckets[hash % BUCKETS]; e; e = e->next)
		if (e->kind == kind && strcmp(e->name, name) == 0)
			return e;
	e = calloc(1, sizeof *e + n);
	if (!e)
		return NULL;
	e->kind = kind;
	memcpy(e->name, name, n);
	e->next = l->buckets[hash % BUCKETS];
	l->buckets[hash % BUCKETS] = e;
	return e;
}

static void print_time(int64_t s, char out[24]) {
	time_t t = (time_t)s;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(out, 24, "%H:%M:%SZ", &tm))
		snprintf(out, 24, "?");
}

/* 0, or why not. */
static int may(struct entry *e, uint64_t now_ns, int64_t wall_s, struct saw_err *err) {
	static const char *const whose[] = {[KIND_DEVICE] = "the login",
										[KIND_JUMP] = "the login at the jump host",
										[KIND_ACCOUNT] = "the logins with this account at the last devices"};
	char failed[24], again[24];

	if (!e)
		return 0;
	if (now_ns < e->until_ns) {
		print_time(e->at_s, failed);
		print_time(wall_s + (int64_t)((e->until_ns - now_ns) / SECOND), again);
		if (e->latched)
			return saw_err_set(
				err, SAW_EAUTH,
				"%s failed at %s: not tried again before %s, or until the configuration is read again, so "
				"that the account is not locked",
				whose[e->kind], failed, again);
		return saw_err_set(err, SAW_ETIMEOUT, "%s was lost at %s: not tried again before %s", whose[e->kind], failed,
						   again);
	}
	if (e->kind != KIND_DEVICE && !e->proven && e->under_way >= SAW_LEDGER_UNPROVEN)
		return saw_err_set(err, -EBUSY, "waits for the outcome of other logins");
	return 0;
}

static void lose(struct entry *e, uint64_t now_ns, int64_t wall_s) {
	uint64_t wait = LOST_FIRST << (e->lost < 6 ? e->lost : 6);

	e->lost++;
	e->latched = false;
	e->until_ns = now_ns + (wait < LOST_MOST ? wait : LOST_MOST);
	e->at_s = wall_s;
}

static void deny(struct entry *e, uint64_t now_ns, int64_t wall_s) {
	if (!e)
		return;
	e->proven = false;
	e->denials++;
	if (e->kind == KIND_ACCOUNT && e->denials < SAW_LEDGER_DENIALS)
		return;
	e->latched = true;
	e->until_ns = now_ns + SAW_LEDGER_LATCH_NS;
	e->at_s = wall_s;
}

static void prove(struct entry *e) {
	if (!e)
		return;
	e->proven = true;
	e->denials = e->lost = 0;
	e->latched = false;
	e->until_ns = 0;
}

struct all {
	struct entry *device, *account, *jump, *jump_account;
};

static struct all entries(struct saw_ledger *l, const struct saw_ledger_login *login) {
	return (struct all){
		.device = entry(l, KIND_DEVICE, login->device),
		.account = entry(l, KIND_ACCOUNT, login->account),
		.jump = entry(l, KIND_JUMP, login->jump),
		.jump_account = entry(l, KIND_ACCOUNT, login->jump_account),
	};
}

static void begin(struct entry *e) {
	if (e)
		e->under_way++;
}

static void end(struct entry *e) {
	if (e && e->under_way)
		e->under_way--;
}

static void end_all(const struct all *a) {
	end(a->device);
	end(a->account);
	end(a->jump);
	end(a->jump_account);
}

int saw_ledger_ask(struct saw_ledger *l, const struct saw_ledger_login *login, uint64_t now_ns, int64_t wall_s,
				   struct saw_err *err) {
	struct all a = entries(l, login);
	int rc;

	if (!a.device || !a.account || (login->jump && (!a.jump || !a.jump_account)))
		return saw_err_set(err, -ENOMEM, "no memory");
	/* Nobody told of the last one: the collector that tried died over it. */
	if (a.device->under_way) {
		end_all(&a);
		lose(a.device, now_ns, wall_s);
	}
	rc = may(a.device, now_ns, wall_s, err);
	if (rc == 0)
		rc = may(a.account, now_ns, wall_s, err);
	if (rc == 0)
		rc = may(a.jump, now_ns, wall_s, err);
	if (rc == 0)
		rc = may(a.jump_account, now_ns, wall_s, err);
	if (rc)
		return rc;
	begin(a.device);
	begin(a.account);
	begin(a.jump);
	begin(a.jump_account);
	return 0;
}

void saw_ledger_tell(struct saw_ledger *l, const struct saw_ledger_login *login, const char *endpoint,
					 enum saw_ledger_outcome outcome, uint64_t now_ns, int64_t wall_s) {
	struct all a = entries(l, login);
	bool at_jump = login->jump && strcmp(endpoint, login->jump) == 0;

	if (!a.device)
		return;
	end_all(&a);
	if (!at_jump && outcome != SAW_LEDGER_NONE) {
		prove(a.jump); /* it let us through */
		prove(a.jump_account);
	}
	switch (outcome) {
	case SAW_LEDGER_GOOD:
		prove(a.device);
		prove(a.account);
		break;
	case SAW_LEDGER_DENIED:
		deny(at_jump ? a.jump : a.device, now_ns, wall_s);
		deny(at_jump ? a.jump_account : a.account, now_ns, wall_s);
		break;
	case SAW_LEDGER_LOST:
		lose(a.device, now_ns, wall_s);
		break;
	default:
		break;
	}
}
