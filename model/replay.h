/*
 * Anti-replay drops: whether they matter, and which window would end them.
 *
 * Rules:
 *  - A packet that came late by more than the window is dropped, so drops say how far packets are reordered: further than the
 *    window in use. One packet in 100,000 and less is no reason to act; one packet never is.
 *  - What is needed is at least packets per second x the spread of delays on the path; 10 ms where that is not known. Windows are
 *    powers of two from 64 to 1024 on ASA and IOS-XE. Beyond 1024 the path or the queueing behind encryption has to change.
 *  - The window is the receiver's, the end that counts the drops.
 * Source:    RFC 4303 3.4.3; command references (`crypto ipsec security-association replay window-size`, 64 to 1024).
 * Pure.
 */
#ifndef SAWATCH_MODEL_REPLAY_H
#define SAWATCH_MODEL_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#define SAW_REPLAY_WINDOW_MAX 1024

enum saw_replay_advice {
	SAW_REPLAY_FINE,    /* no drops, or too few to act */
	SAW_REPLAY_ENLARGE, /* to `window` */
	SAW_REPLAY_PATH,    /* the largest window is in use */
};

struct saw_replay_input {
	const char *device;        /* that counts the drops */
	double drops_per_second;   /* over the last two polls */
	double average_per_second; /* over the last hours; for the trend */
	double packets_per_second; /* received; 0: not known */
	bool has_window;
	uint32_t window; /* in use; 0: the check is off */
};

#define SAW_REPLAY_TEXT 320
struct saw_replay_result {
	enum saw_replay_advice advice;
	uint32_t window;
	char text[SAW_REPLAY_TEXT]; /* empty where nothing is dropped */
};

void saw_replay_judge(const struct saw_replay_input *in, struct saw_replay_result *out);

#endif
