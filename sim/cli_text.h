/*
 * Inside the CLI: what each platform's text is made of, and what both share.
 *
 * Purpose:   sim/cli.c takes a command apart and calls the platform's table of outputs below.
 */
#ifndef SAWATCH_SIM_CLI_TEXT_H
#define SAWATCH_SIM_CLI_TEXT_H

#include "sim/model.h"

struct saw_sim_show {
	const struct saw_sim_model *model;
	enum saw_sim_dev dev;
	uint64_t now_ms;
	bool detail;
	bool one_peer; /* only tunnels to `peer` */
	uint32_t peer;
	uint32_t number; /* of TunnelN */
};

struct saw_sim_cli_command {
	const char *pattern; /* sim/words.h */
	void (*print)(const struct saw_sim_show *s, struct saw_buf *out);
	bool privileged;
};

struct saw_sim_cli_platform {
	const struct saw_sim_cli_command *commands;
	size_t count;
	const char *invalid, *incomplete; /* how it complains about a command */
	const char *behind_prompt;
};

extern const struct saw_sim_cli_platform saw_sim_cli_asa;
extern const struct saw_sim_cli_platform saw_sim_cli_iosxe;

#define SAW_SIM_ADDRESS_TEXT 16
const char *saw_sim_address(uint32_t address, char out[SAW_SIM_ADDRESS_TEXT]);

/* What is left of an SA. */
uint64_t saw_sim_left_kilobytes(uint64_t used_bytes);
uint64_t saw_sim_left_seconds(const struct saw_sim_end *e);

/* The next tunnel that is asked for, from *i on; *i moves behind it. False when there is none. */
bool saw_sim_each_end(const struct saw_sim_show *s, uint32_t *i, struct saw_sim_end *e);

#endif
