/*
 * The tables of mib.h as a MIB module that others can read.
 *
 * Purpose: mibs/SAWATCH-MIB is what this prints; `sawatch mib` prints it for another root.
 * Source:  RFC 2578, RFC 2579, RFC 2580.
 * Pure.
 */
#ifndef SAWATCH_EXPORTERS_AGENTX_PRINT_H
#define SAWATCH_EXPORTERS_AGENTX_PRINT_H

#include "core/buf.h"

#include <stddef.h>
#include <stdint.h>

/* root: below the enterprises, as saw_mib_parse_root has it. */
void saw_mib_print(const uint32_t *root, size_t n, struct saw_buf *out);

#endif
