#include "model/replay.h"

#include <stdio.h>
#include <string.h>

#define MATTERS 1e-5         /* of the packets */
#define SPREAD_SECONDS 0.010 /* between the fastest and the slowest way of a packet */
#define WINDOW_DEFAULT 64
#define TREND 2.0

/* The smallest window that exists and holds so many packets. */
static uint32_t window_for(double packets) {
	uint32_t w = WINDOW_DEFAULT;

	while (w < SAW_REPLAY_WINDOW_MAX && w < packets)
		w *= 2;
	return w;
}

static const char *trend(const struct saw_replay_input *in) {
	if (in->drops_per_second > in->average_per_second * TREND)
		return ", rising";
	return in->drops_per_second * TREND < in->average_per_second ? ", falling" : "";
}

void saw_replay_judge(const struct saw_replay_input *in, struct saw_replay_result *out) {
	uint32_t window = in->has_window ? in->window : WINDOW_DEFAULT, needed;
	char rate[64];

	*out = (struct saw_replay_result){.advice = SAW_REPLAY_FINE, .window = window};
	if (!(in->drops_per_second > 0))
		return;
	snprintf(rate, sizeof rate, "%.3g packets a second%s", in->drops_per_second, trend(in));
	if (in->packets_per_second > 0 && in->drops_per_second < in->packets_per_second * MATTERS) {
		snprintf(out->text, sizeof out->text,
				 "the replay check of %s drops %s: one in %.0f, which is no reason to change anything", in->device,
				 rate, in->packets_per_second / in->drops_per_second);
		return;
	}
	needed = window_for(in->packets_per_second * SPREAD_SECONDS);
	if (window < SAW_REPLAY_WINDOW_MAX) {
		out->advice = SAW_REPLAY_ENLARGE;
		out->window = needed > window * 2 ? needed : window_for((double)window * 2);
		snprintf(out->text, sizeof out->text,
				 "the replay check of %s drops %s: packets are reordered by more than its window of %s%u; on %s: "
				 "crypto ipsec "
				 "security-association replay window-size %u (new SAs have it)",
				 in->device, rate, in->has_window ? "" : "probably ", window, in->device, out->window);
		return;
	}
	out->advice = SAW_REPLAY_PATH;
	snprintf(out->text, sizeof out->text,
			 "the replay check of %s drops %s with the largest window there is: look for what reorders packets after "
			 "they are "
			 "encrypted (queues of several classes, parallel paths), or for a real replay",
			 in->device, rate);
}
