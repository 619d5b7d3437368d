/*
 * What a simulated device prints for a show command, in the line shapes of the real ones.
 *
 * Purpose:   text from the model: the counters are those the SNMP side shows at the same instant (packet counts wrap at 2^32
 *            there as here). No terminal here: no paging, no echo.
 * Errors:    a command that the device does not know is answered in the device's own words.
 * Source:    the vendors' command references and published output; the ASA's block of error counters under `detail` and its
 *            AES-GCM lines follow the command reference alone.
 */
#ifndef SAWATCH_SIM_CLI_H
#define SAWATCH_SIM_CLI_H

#include "sim/model.h"

#define SAW_SIM_CLI_MAX (256U << 20) /* bytes of one output: 20,000 tunnels in detail are about 80 MiB */

/* Appends the output. 0, SAW_EUNKNOWN when it is the device's complaint about the command, or the buffer's error. */
int saw_sim_cli(const struct saw_sim_model *m, enum saw_sim_dev dev, uint64_t now_ms, struct saw_str command,
				struct saw_buf *out);

/* What stands before a typed command. */
const char *saw_sim_prompt(enum saw_sim_dev dev);

/* The commands it knows, as help text. */
void saw_sim_cli_help(struct saw_buf *out);

#endif
