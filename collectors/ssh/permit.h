/*
 * What may be typed at a device: whole command templates of one list, and nothing else.
 *
 * Purpose:   the one place that decides. A template is words, and places for one address, number, interface or name; what is typed must match one
 *            from its first word to its last, for this platform. `clear`, pipes, redirections, control characters and everything that is not listed
 *            are refused, whatever the configuration says.
 * Pure.
 * Source:    a `show` is not harmless by its first word: `... statistics drop clear` resets counters, `| redirect`, `| tee` and `| append` write files.
 */
#ifndef SAWATCH_COLLECTORS_SSH_PERMIT_H
#define SAWATCH_COLLECTORS_SSH_PERMIT_H

#include "core/err.h"
#include "proto/sawatch.pb-c.h"

#include <stdbool.h>
#include <stddef.h>

/* How often a command is worth its cost. */
enum saw_ssh_pace {
	SAW_SSH_FACTS,  /* once per session and after a reload: show version */
	SAW_SSH_LIGHT,  /* each poll */
	SAW_SSH_DETAIL, /* each detail_interval, 900 s by default */
	SAW_SSH_ASKED,  /* only when somebody asks: show running-config */
	SAW_SSH_SETUP,  /* how a session begins; the dialogue's own, no poll types it */
};

struct saw_ssh_template {
	const char *words;  /* "show crypto ipsec sa peer <address> detail" */
	unsigned platforms; /* 1 << Platform */
	enum saw_ssh_pace pace;
	const char *feeds;  /* what a refusal takes away, for people: "packet counts, MTUs, SPIs" */
	bool beside_snmp;   /* worth asking where SNMP is read too: it gives what SNMP lacks */
	const char *covers; /* the template that need not be typed where this one is due too; NULL: none */
};

/* Walks what a poll may ask (all but SAW_SSH_SETUP); NULL after the last. */
const struct saw_ssh_template *saw_ssh_template_next(Sawatch__V1__Platform platform,
													 const struct saw_ssh_template *after);

/* True where the template has a place to be filled: it cannot be typed as it stands. */
bool saw_ssh_template_has_place(const struct saw_ssh_template *t);

/* What a poll is for. */
struct saw_ssh_occasion {
	Sawatch__V1__Platform platform;
	bool beside_snmp; /* only what SNMP lacks */
	bool facts;       /* the session has not told them yet */
	bool detail;      /* the interval of SAW_SSH_DETAIL is over */
};

/* Whether a poll types the template: it is due, and no other one that is due covers it. */
bool saw_ssh_template_due(const struct saw_ssh_template *t, const struct saw_ssh_occasion *o);

/* The template that `typed` is, in full; NULL, and err says which word is not allowed and why. */
const struct saw_ssh_template *saw_ssh_permitted(Sawatch__V1__Platform platform, const char *typed,
												 struct saw_err *err);

/* The same for the lines of SAW_SSH_SETUP, which saw_ssh_permitted refuses: `enable`, `terminal pager 0`, `changeto context X`. */
const struct saw_ssh_template *saw_ssh_setup_permitted(Sawatch__V1__Platform platform, const char *typed,
													   struct saw_err *err);

#endif
