/*
 * How `sawatch audit` prints: a table for people, JSON, or SARIF 2.1.0 (OASIS) for the tools that show findings of checks.
 *
 * Ownership: everything is borrowed for the length of the call.
 * Errors:    -errno of the output, SAW_ELIMIT, -ENOMEM.
 */
#ifndef SAWATCH_TOOLS_AUDIT_PRINT_H
#define SAWATCH_TOOLS_AUDIT_PRINT_H

#include "model/audit.h"

#include <stdio.h>

typedef int saw_audit_print(FILE *out, const struct saw_audit *a, const struct saw_audit_side sides[2],
							const struct saw_audit_options *options);

/* "table", "json", "sarif"; NULL for others. */
saw_audit_print *saw_audit_printer(const char *format);

/* Every rule with its severity, profiles and meaning, a line each. */
void saw_audit_print_rules(FILE *out);

#endif
