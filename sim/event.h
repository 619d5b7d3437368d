/*
 * What can be done to the simulated devices: verbs and quirks, as tables, and the parsing of them.
 *
 * Purpose:   one language for `sawatch-sim do`, for scenario files and for the processes among themselves. A line is
 *            `VERB ARGUMENTS`; a scenario line is `at TIME VERB ARGUMENTS`.
 * Errors:    struct saw_err says which word was not understood and what was expected.
 */
#ifndef SAWATCH_SIM_EVENT_H
#define SAWATCH_SIM_EVENT_H

#include "core/err.h"
#include "core/text.h"

enum saw_sim_dev { SAW_SIM_ASA, SAW_SIM_ASR, SAW_SIM_DEVICES };

/* a is the ASA, b the ASR. A device sends in the direction of its own number. */
enum saw_sim_dir { SAW_SIM_A_TO_B, SAW_SIM_B_TO_A, SAW_SIM_DIRECTIONS };

#define SAW_SIM_QUIRK_TABLE(X)                                                                                     \
	X(RESTART_AT_REKEY, "restart-at-rekey", "packet and byte counters of a tunnel start anew at each rekey")       \
	X(IKE_TABLE_ABSENT, "ike-table-absent", "cikeTunnelTable is not there at all")                                 \
	X(IKE_ROW_MISSING, "ike-row-missing", "every second tunnel has no row in cikeTunnelTable")                     \
	X(IKE_ALIVE_FALSE, "ike-alive-false", "cipSecTunIkeTunnelAlive is false for living tunnels")                   \
	X(WRONG_IKE_INDEX, "wrong-ike-index", "cipSecTunIkeTunnelIndex names a row that is not there")                 \
	X(ADDRESS_AS_IPADDRESS, "address-as-ipaddress", "addresses come with the type IpAddress")                      \
	X(ADDRESS_AS_TEXT, "address-as-text", "addresses come as text: 192.0.2.1")                                     \
	X(ADDRESS_AS_PADDED, "address-as-padded-text", "addresses come as text with leading zeroes: 192.000.002.001")  \
	X(PARTIAL_ROWS, "partial-rows", "every second tunnel row lacks its outbound columns")                          \
	X(CUT_WALK, "cut-walk", "falls silent when a walk reaches the middle of cipSecTunnelTable")                    \
	X(OID_LOOP, "oid-loop", "at the end of cipSecTunnelTable a walk is sent back to its start")                    \
	X(TOO_BIG, "toobig", "answers tooBig to a GETBULK of more than 5 repetitions")                                 \
	X(VRF_CONTEXT, "vrf-context", "tunnels are in SNMP context INET only (v2c: COMMUNITY@INET); router")           \
	X(BULK_SILENT, "bulk-silent", "does not answer a GETBULK of more than 10 repetitions")                         \
	X(BANNER, "banner", "SSH: a banner before the password")                                                       \
	X(MOTD, "motd", "SSH: a message of the day behind it, with what looks like prompts")                           \
	X(PAGER_ALWAYS, "pager-always", "SSH: paging cannot be turned off")                                            \
	X(PROMPT_TIMESTAMP, "prompt-timestamp", "SSH, the ASR: load and time stand before each answer")                \
	X(SYSLOG_LINES, "syslog-lines", "SSH: log messages in the middle of answers")                                  \
	X(SYSLOG_AT_PROMPT, "syslog-at-prompt", "SSH: log messages behind the prompt; every other one is shown again") \
	X(RELOAD_NOTICE, "reload-notice", "SSH: notices of a shutdown in the middle of answers")                       \
	X(ODD_NEWLINES, "odd-newlines", "SSH: lines end in CR CR LF, LF CR, CR LF CR by turns")                        \
	X(SPLIT_WRITES, "split-writes", "SSH: one byte at a time")                                                     \
	X(SLOW, "slow", "SSH: a screen takes a tenth of a second")                                                     \
	X(PASSWORD_ONLY, "password-only", "SSH: no keyboard-interactive login")                                        \
	X(INTERACTIVE_ONLY, "interactive-only", "SSH: no password login but keyboard-interactive")                     \
	X(HANG_ACCEPT, "hang-accept", "SSH: a connection is taken and nothing follows")                                \
	X(HANG_KEX, "hang-kex", "SSH: nothing after the version line")                                                 \
	X(HANG_AUTH, "hang-auth", "SSH: no answer to a password or key")                                               \
	X(HANG_SHELL, "hang-shell", "SSH: a shell without a prompt")                                                   \
	X(HANG_ANSWER, "hang-answer", "SSH: nothing after half an answer of more than 400 bytes")                      \
	X(DROP, "drop", "SSH: the connection ends at that point")                                                      \
	X(NEW_HOST_KEY, "new-host-key", "SSH: another host key")                                                       \
	X(OLD_ALGORITHMS, "old-algorithms", "SSH: SHA-1 key exchange, CBC ciphers and ssh-rsa only")                   \
	X(SESSION_LIMIT, "session-limit", "SSH: a sixth connection is closed at once")

enum saw_sim_quirk {
#define X(name, text, why) SAW_SIM_QUIRK_##name,
	SAW_SIM_QUIRK_TABLE(X)
#undef X
		SAW_SIM_QUIRKS
};

enum saw_sim_verb {
	SAW_SIM_CUT,
	SAW_SIM_RESTORE,
	SAW_SIM_REKEY,
	SAW_SIM_REPLAY,
	SAW_SIM_LOSS,
	SAW_SIM_RATE,
	SAW_SIM_MTU,
	SAW_SIM_RELOAD,
	SAW_SIM_RENUMBER,
	SAW_SIM_SILENCE,
	SAW_SIM_SPEAK,
	SAW_SIM_QUIRK,
	SAW_SIM_DENY,
	SAW_SIM_RENAME,
	SAW_SIM_HANGUP,
	SAW_SIM_CPU,
	SAW_SIM_FAILOVER,
	SAW_SIM_STANDBY,
	SAW_SIM_ADVANCE,
	SAW_SIM_VERBS
};

#define SAW_SIM_ALL_TUNNELS UINT32_MAX
#define SAW_SIM_TEXT_MAX 96

struct saw_sim_event {
	enum saw_sim_verb verb;
	enum saw_sim_dev dev;
	enum saw_sim_dir dir;
	enum saw_sim_quirk quirk;
	bool on;
	uint32_t tunnel;   /* 0 is the first; SAW_SIM_ALL_TUNNELS */
	uint32_t loss_ppm; /* lost packets of a million */
	uint64_t amount;   /* percent (cpu), packets (replay), packets per second (rate), milliseconds (advance) */
	char text[SAW_SIM_TEXT_MAX]; /* a command (deny), a name (rename) */
};

int saw_sim_event_parse(struct saw_str line, struct saw_sim_event *out, struct saw_err *err);

/* One line of a scenario. 1 and an event, 0 for a blank line or a comment, or an error. */
int saw_sim_scenario_parse(struct saw_str line, uint64_t *at_ms, struct saw_sim_event *out, struct saw_err *err);

/* 0 or SAW_EUNKNOWN; letters of either case. */
int saw_sim_device_parse(struct saw_str name, enum saw_sim_dev *out);
const char *saw_sim_device_name(enum saw_sim_dev dev);

/* The tables as help text. */
void saw_sim_event_help(struct saw_buf *out);

#endif
