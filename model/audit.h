/*
 * What is wrong with the running configurations of the two ends of a tunnel.
 *
 * Purpose:   two configurations, in any order and of any pair of platforms -> findings. Each says what, where, why, and which
 *            command mends it. The rules are one table.
 * Ownership: the configurations and file names are borrowed by saw_audit_run and must outlive the audit; findings are the audit's.
 * Errors:    NULL without memory. What a configuration does not say is not guessed: no finding.
 * Sources:   with each rule.
 * Pure.
 */
#ifndef SAWATCH_MODEL_AUDIT_H
#define SAWATCH_MODEL_AUDIT_H

#include "model/running_config.h"

enum saw_audit_severity { SAW_AUDIT_INFO, SAW_AUDIT_WARN, SAW_AUDIT_FAIL };

/* nge: Cisco's next-generation encryption, groups 19, 20, 21. cnsa: RFC 9206, P-384 and AES-256-GCM. */
enum saw_audit_profile { SAW_AUDIT_NGE = 1, SAW_AUDIT_CNSA = 2 };

struct saw_audit_rule {
	const char *id;
	enum saw_audit_severity severity;
	unsigned profiles; /* saw_audit_profile, or-ed: where it holds */
	const char *what;
	const char *why;
	const char *source;
	const char *fix_iosxe, *fix_asa; /* lines of configuration; {} stands for the value that a finding knows */
};

/* All rules in the order of the documentation; NULL behind the last. */
const struct saw_audit_rule *saw_audit_rule_at(size_t i);

struct saw_audit_side {
	const struct saw_running_config *config;
	const char *file; /* for people */
};

struct saw_audit_options {
	enum saw_audit_profile profile;
	uint64_t load_bits_per_second; /* through a tunnel, one direction; 0: not known */
};

struct saw_audit_finding {
	const struct saw_audit_rule *rule;
	unsigned side, line; /* line 0: of the configuration as a whole */
	const char *text;
	const char *fix; /* for the platform of this side */
};

struct saw_audit;

/* Worst first, then in the order of the rules. */
struct saw_audit *saw_audit_run(const struct saw_audit_side sides[2], const struct saw_audit_options *options);
void saw_audit_destroy(struct saw_audit *a);
size_t saw_audit_count(const struct saw_audit *a);
const struct saw_audit_finding *saw_audit_at(const struct saw_audit *a, size_t i);

/* Pairs of tunnel interfaces that were compared. */
size_t saw_audit_pairs(const struct saw_audit *a);

const char *saw_audit_severity_name(enum saw_audit_severity s); /* fail, warn, info; static */

#endif
