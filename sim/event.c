#include "sim/event.h"

#include <errno.h>

static const char *const device_names[SAW_SIM_DEVICES] = {[SAW_SIM_ASA] = "ASA-XFW01", [SAW_SIM_ASR] = "ASR-WAN01"};

static const struct {
	const char *name;
	const char *why;
} quirks[SAW_SIM_QUIRKS] = {
#define X(id, text, reason) {text, reason},
	SAW_SIM_QUIRK_TABLE(X)
#undef X
};

/* Arguments are letters: T tunnel or "all", d device, n number, r ratio, s seconds, q quirk, o on or off,
 * w direction (W: may be left out), h hostname, x text to the end of the line. */
static const struct {
	const char *name;
	const char *arguments;
	const char *usage;
	const char *why;
} verbs[SAW_SIM_VERBS] = {
	[SAW_SIM_CUT] = {"cut", "T", "cut TUNNEL|all", "the tunnel goes down: its rows vanish at both ends"},
	[SAW_SIM_RESTORE] = {"restore", "T", "restore TUNNEL|all",
						 "it comes back: new row indices, new SPIs, counters from zero"},
	[SAW_SIM_REKEY] = {"rekey", "T", "rekey TUNNEL|all", "new SPIs now; counters go on"},
	[SAW_SIM_REPLAY] = {"replay", "TnW", "replay TUNNEL PACKETS [a-to-b|b-to-a]",
						"the receiver's replay check drops this many of the packets sent (a-to-b unless said)"},
	[SAW_SIM_LOSS] = {"loss", "Twr", "loss TUNNEL a-to-b|b-to-a RATIO",
					  "from now on this part of what is sent is lost"},
	[SAW_SIM_RATE] = {"rate", "Twn", "rate TUNNEL a-to-b|b-to-a PACKETS-PER-SECOND", "changes the load"},
	[SAW_SIM_MTU] = {"mtu", "Tn", "mtu TUNNEL|all BYTES", "the path takes encrypted packets of 576 to 9000 bytes only"},
	[SAW_SIM_RELOAD] = {"reload", "d", "reload DEVICE",
						"uptime, counters and indices start anew, every tunnel with them"},
	[SAW_SIM_RENUMBER] = {"renumber", "d", "renumber DEVICE", "its SNMP rows and tunnel ifIndexes get other numbers"},
	[SAW_SIM_SILENCE] = {"silence", "d", "silence DEVICE", "it answers nothing over SNMP"},
	[SAW_SIM_SPEAK] = {"speak", "d", "speak DEVICE", "it answers again"},
	[SAW_SIM_QUIRK] = {"quirk", "dqo", "quirk DEVICE NAME on|off", "switches a quirk"},
	[SAW_SIM_DENY] = {"deny", "dx", "deny DEVICE COMMAND|nothing",
					  "SSH: commands that begin so are not authorized for the user"},
	[SAW_SIM_RENAME] = {"rename", "dh", "rename DEVICE NAME", "another hostname"},
	[SAW_SIM_HANGUP] = {"hangup", "d", "hangup DEVICE", "SSH: its sessions end"},
	[SAW_SIM_CPU] = {"cpu", "dn", "cpu DEVICE PERCENT", "how busy its processor is"},
	[SAW_SIM_FAILOVER] = {"failover", "", "failover", "the firewall's other unit becomes active: SNMP rows renumbered"},
	[SAW_SIM_STANDBY] = {"standby", "o", "standby on|off", "the firewall's standby unit is ready, or has failed"},
	[SAW_SIM_ADVANCE] = {"advance", "s", "advance SECONDS", "jumps forward in time (not in a scenario)"},
};

/* Takes the next word off the line; an empty one at its end. */
static struct saw_str next_word(struct saw_str *line) {
	*line = saw_str_trim(*line);
	struct saw_str word = {line->p, 0};
	while (word.n < line->n && line->p[word.n] != ' ' && line->p[word.n] != '\t') {
		word.n++;
	}
	line->p += word.n;
	line->n -= word.n;
	return word;
}

/* Seconds, with an optional s, m or h after them and a fraction before: 120, 120s, 1.5h. */
static int parse_time(struct saw_str s, uint64_t *ms) {
	double unit = 1000, value;
	if (s.n > 0 && s.p[s.n - 1] == 'h') {
		unit *= 3600;
	} else if (s.n > 0 && s.p[s.n - 1] == 'm') {
		unit *= 60;
	}
	if (s.n > 0 && strchr("smh", s.p[s.n - 1])) {
		s.n--;
	}
	if (saw_parse_double(s, &value) != 0 || value < 0 || value > 1e9) {
		return SAW_EFORMAT;
	}
	*ms = (uint64_t)(value * unit + 0.5);
	return 0;
}

static int parse_tunnel(struct saw_str s, uint32_t *out) {
	uint64_t n;
	if (saw_str_eq(s, SAW_STR("all"))) {
		*out = SAW_SIM_ALL_TUNNELS;
		return 0;
	}
	if (saw_parse_u64(s, 1000000, &n) != 0 || n == 0) {
		return SAW_EFORMAT;
	}
	*out = (uint32_t)(n - 1);
	return 0;
}

static int parse_direction(struct saw_str s, enum saw_sim_dir *out) {
	if (saw_str_eq(s, SAW_STR("a-to-b"))) {
		*out = SAW_SIM_A_TO_B;
		return 0;
	}
	if (saw_str_eq(s, SAW_STR("b-to-a"))) {
		*out = SAW_SIM_B_TO_A;
		return 0;
	}
	return SAW_EFORMAT;
}

static int parse_ratio(struct saw_str s, uint32_t *ppm) {
	double value;
	if (saw_parse_double(s, &value) != 0 || value < 0 || value > 1) {
		return SAW_EFORMAT;
	}
	*ppm = (uint32_t)(value * 1e6 + 0.5);
	return 0;
}

static int parse_quirk(struct saw_str s, enum saw_sim_quirk *out) {
	for (int q = 0; q < SAW_SIM_QUIRKS; q++) {
		if (saw_str_eq(s, saw_str_of(quirks[q].name))) {
			*out = (enum saw_sim_quirk)q;
			return 0;
		}
	}
	return SAW_EUNKNOWN;
}

static int parse_switch(struct saw_str s, bool *on) {
	*on = saw_str_eq(s, SAW_STR("on"));
	return *on || saw_str_eq(s, SAW_STR("off")) ? 0 : SAW_EFORMAT;
}

/* Into out->text: what a prompt or a command may hold, so that nothing odd gets into a terminal from here. */
static int parse_text(struct saw_str s, const char *also, struct saw_sim_event *out) {
	if (s.n == 0 || s.n >= sizeof(out->text)) {
		return SAW_EFORMAT;
	}
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
		if (!plain && (c == '\0' || !strchr(also, c))) {
			return SAW_EFORMAT;
		}
	}
	memcpy(out->text, s.p, s.n);
	out->text[s.n] = '\0';
	return 0;
}

static int parse_argument(char kind, struct saw_str word, struct saw_sim_event *out) {
	switch (kind) {
	case 'T':
		return parse_tunnel(word, &out->tunnel);
	case 'd':
		return saw_sim_device_parse(word, &out->dev);
	case 'n':
		return saw_parse_u64(word, 1000000000, &out->amount);
	case 'r':
		return parse_ratio(word, &out->loss_ppm);
	case 's':
		return parse_time(word, &out->amount);
	case 'q':
		return parse_quirk(word, &out->quirk);
	case 'o':
		return parse_switch(word, &out->on);
	case 'h':
		return parse_text(word, "._", out);
	case 'x':
		return parse_text(word, "._ /:", out);
	case 'W':
		return word.n == 0 ? 0 : parse_direction(word, &out->dir);
	default:
		return parse_direction(word, &out->dir);
	}
}

int saw_sim_event_parse(struct saw_str line, struct saw_sim_event *out, struct saw_err *err) {
	struct saw_str name = next_word(&line);
	int verb = 0;
	while (verb < SAW_SIM_VERBS && !saw_str_eq(name, saw_str_of(verbs[verb].name))) {
		verb++;
	}
	if (verb == SAW_SIM_VERBS) {
		return saw_err_set(err, SAW_EUNKNOWN, "\"%.*s\" is no verb; sawatch-sim --help lists them", (int)name.n,
						   name.p);
	}
	*out = (struct saw_sim_event){.verb = (enum saw_sim_verb)verb};
	for (const char *kind = verbs[verb].arguments; *kind; kind++) {
		struct saw_str word = *kind == 'x' ? saw_str_trim(line) : next_word(&line);
		line.n = *kind == 'x' ? 0 : line.n;
		if (parse_argument(*kind, word, out) != 0) {
			return saw_err_set(err, SAW_EFORMAT, "%s: \"%.*s\" does not fit; expected: %s", verbs[verb].name,
							   (int)word.n, word.p, verbs[verb].usage);
		}
	}
	if (saw_str_trim(line).n > 0) {
		return saw_err_set(err, SAW_EFORMAT, "%s: more words than expected: %s", verbs[verb].name, verbs[verb].usage);
	}
	return 0;
}

int saw_sim_scenario_parse(struct saw_str line, uint64_t *at_ms, struct saw_sim_event *out, struct saw_err *err) {
	const char *hash = line.n ? memchr(line.p, '#', line.n) : NULL;
	if (hash) {
		line.n = (size_t)(hash - line.p);
	}
	struct saw_str word = next_word(&line);
	if (word.n == 0) {
		return 0;
	}
	if (!saw_str_eq(word, SAW_STR("at")) || parse_time(next_word(&line), at_ms) != 0) {
		return saw_err_set(err, SAW_EFORMAT, "expected: at TIME VERB ..., as in: at 120s cut 1");
	}
	int r = saw_sim_event_parse(line, out, err);
	if (r == 0 && out->verb == SAW_SIM_ADVANCE) {
		return saw_err_set(err, SAW_EFORMAT, "advance jumps over a scenario's times and has no place in one");
	}
	return r == 0 ? 1 : r;
}

int saw_sim_device_parse(struct saw_str name, enum saw_sim_dev *out) {
	for (int d = 0; d < SAW_SIM_DEVICES; d++) {
		if (saw_str_eq_nocase(name, saw_str_of(device_names[d]))) {
			*out = (enum saw_sim_dev)d;
			return 0;
		}
	}
	return SAW_EUNKNOWN;
}

const char *saw_sim_device_name(enum saw_sim_dev dev) {
	return device_names[dev];
}

void saw_sim_event_help(struct saw_buf *out) {
	saw_buf_puts(out, "Verbs (TUNNEL is 1, 2, ...; ");
	saw_buf_printf(out, "a is %s, b is %s):\n", device_names[SAW_SIM_ASA], device_names[SAW_SIM_ASR]);
	for (int v = 0; v < SAW_SIM_VERBS; v++) {
		saw_buf_printf(out, "  %-46s %s\n", verbs[v].usage, verbs[v].why);
	}
	saw_buf_puts(out, "\nQuirks, each of one device:\n");
	for (int q = 0; q < SAW_SIM_QUIRKS; q++) {
		saw_buf_printf(out, "  %-24s %s\n", quirks[q].name, quirks[q].why);
	}
}
