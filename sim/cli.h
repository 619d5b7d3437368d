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

struct saw_sim_cli {
	const struct saw_sim_model *model;
	enum saw_sim_dev dev;
	uint64_t now_ms;
	bool privileged;
	const char *host; /* NULL: the device's own name */
};

/* Appends the output. 0; SAW_EUNKNOWN or SAW_ETRUNCATED (more words are expected) when the device does not take the command, with
 * the column up to which it understood it; or the buffer's error. */
int saw_sim_cli_run(const struct saw_sim_cli *cli, struct saw_str command, size_t *reach, struct saw_buf *out);

/* The device's complaint, with the caret at this column. */
void saw_sim_cli_complain(enum saw_sim_dev dev, int why, size_t column, struct saw_buf *out);

/* One of the two. */
void saw_sim_cli_answer(const struct saw_sim_cli *cli, struct saw_str command, struct saw_buf *out);

#define SAW_SIM_PROMPT_MAX 96
/* What stands before a typed command. host NULL: the device's own name. */
const char *saw_sim_prompt(enum saw_sim_dev dev, const char *host, bool privileged, char out[SAW_SIM_PROMPT_MAX]);

struct saw_sim_date {
	char time[16]; /* 08:01:00.000 */
	char day[16];  /* Mon Mar  2 2026 */
};
/* The device's calendar; now_ms may lie before the simulation began. */
struct saw_sim_date saw_sim_date(int64_t now_ms);

/* The commands the devices know, as help text. */
void saw_sim_cli_help(struct saw_buf *out);

#endif
