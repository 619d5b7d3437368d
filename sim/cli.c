#include "sim/cli.h"

#include "sim/cli_text.h"

#include "core/addr.h"

#include <stdio.h>

static const struct saw_sim_cli_platform *const platforms[SAW_SIM_DEVICES] = {
	[SAW_SIM_ASA] = &saw_sim_cli_asa,
	[SAW_SIM_ASR] = &saw_sim_cli_iosxe,
};

enum command { IPSEC_SA, IKEV2_SA, INTERFACE, VERSION };

/* Words may be shortened; what is in capitals is an argument. */
static const struct {
	enum command command;
	const char *words[8];
} commands[] = {
	{IPSEC_SA, {"show", "crypto", "ipsec", "sa"}},
	{IPSEC_SA, {"show", "crypto", "ipsec", "sa", "detail"}},
	{IPSEC_SA, {"show", "crypto", "ipsec", "sa", "peer", "ADDRESS"}},
	{IPSEC_SA, {"show", "crypto", "ipsec", "sa", "peer", "ADDRESS", "detail"}},
	{IKEV2_SA, {"show", "crypto", "ikev2", "sa"}},
	{IKEV2_SA, {"show", "crypto", "ikev2", "sa", "detail"}},
	{INTERFACE, {"show", "interfaces", "TUNNEL"}},
	{VERSION, {"show", "version"}},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

const char *saw_sim_address(uint32_t address, char out[SAW_SIM_ADDRESS_TEXT]) {
	snprintf(out, SAW_SIM_ADDRESS_TEXT, "%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255,
			 address & 255);
	return out;
}

uint64_t saw_sim_left_kilobytes(uint64_t used_bytes) {
	uint64_t used = used_bytes / 1024;
	return used < SAW_SIM_LIFE_KILOBYTES ? SAW_SIM_LIFE_KILOBYTES - used : 0;
}

uint64_t saw_sim_left_seconds(const struct saw_sim_end *e) {
	uint64_t age = e->sa_age_ms / 1000;
	return age < e->sa_life_seconds ? e->sa_life_seconds - age : 0;
}

bool saw_sim_each_end(const struct saw_sim_show *s, uint32_t *i, struct saw_sim_end *e) {
	while (*i < saw_sim_model_tunnels(s->model)) {
		saw_sim_model_end(s->model, s->dev, (*i)++, s->now_ms, e);
		if (!s->one_peer || e->remote == s->peer) {
			return true;
		}
	}
	return false;
}

static struct saw_str next_word(struct saw_str *line) {
	*line = saw_str_trim(*line);
	struct saw_str word = {line->p, 0};
	while (word.n < line->n && line->p[word.n] != ' ') {
		word.n++;
	}
	line->p += word.n;
	line->n -= word.n;
	return word;
}

static int parse_address(struct saw_str word, struct saw_sim_show *s) {
	struct saw_addr a;
	if (saw_addr_parse(word, &a) != 0 || a.family != 4) {
		return SAW_EFORMAT;
	}
	s->one_peer = true;
	s->peer = (uint32_t)a.bytes[0] << 24 | (uint32_t)a.bytes[1] << 16 | (uint32_t)a.bytes[2] << 8 | a.bytes[3];
	return 0;
}

/* Tunnel11, tu11, or the number as a word of its own. */
static int parse_tunnel(struct saw_str word, struct saw_str *line, struct saw_sim_show *s) {
	static const char name[] = "tunnel";
	uint64_t number;
	size_t n = 0;
	while (n < word.n && n < sizeof(name) - 1 && (word.p[n] | 0x20) == name[n]) {
		n++;
	}
	struct saw_str digits = {word.p + n, word.n - n};
	if (digits.n == 0) {
		digits = next_word(line);
	}
	if (n < 2 || saw_parse_u64(digits, UINT32_MAX, &number) != 0) {
		return SAW_EFORMAT;
	}
	s->number = (uint32_t)number;
	return 0;
}

static bool word_fits(const char *pattern, struct saw_str word, struct saw_str *line, struct saw_sim_show *s) {
	if (pattern[0] == 'A') {
		return parse_address(word, s) == 0;
	}
	if (pattern[0] == 'T') {
		return parse_tunnel(word, line, s) == 0;
	}
	struct saw_str whole = saw_str_of(pattern);
	s->detail |= pattern[0] == 'd';
	return word.n > 0 && word.n <= whole.n && saw_str_eq_nocase((struct saw_str){whole.p, word.n}, word);
}

static bool command_fits(size_t c, struct saw_str line, struct saw_sim_show *s) {
	for (const char *const *pattern = commands[c].words; *pattern; pattern++) {
		struct saw_str word = next_word(&line);
		if (!word_fits(*pattern, word, &line, s)) {
			return false;
		}
	}
	return saw_str_trim(line).n == 0;
}

static int run(const struct saw_sim_cli_platform *p, enum command command, const struct saw_sim_show *s,
			   struct saw_buf *out) {
	struct saw_sim_end e;
	switch (command) {
	case IPSEC_SA:
		p->ipsec_sa(s, out);
		break;
	case IKEV2_SA:
		p->ikev2_sa(s, out);
		break;
	case VERSION:
		p->version(s, out);
		break;
	case INTERFACE:
		if (s->number < SAW_SIM_TUNNEL_FIRST || s->number - SAW_SIM_TUNNEL_FIRST >= saw_sim_model_tunnels(s->model)) {
			return SAW_EUNKNOWN;
		}
		saw_sim_model_end(s->model, s->dev, s->number - SAW_SIM_TUNNEL_FIRST, s->now_ms, &e);
		p->interface(s, &e, out);
		break;
	}
	return saw_buf_error(out);
}

int saw_sim_cli(const struct saw_sim_model *m, enum saw_sim_dev dev, uint64_t now_ms, struct saw_str command,
				struct saw_buf *out) {
	for (size_t c = 0; c < COMMANDS; c++) {
		struct saw_sim_show s = {.model = m, .dev = dev, .now_ms = now_ms};
		if (!command_fits(c, command, &s)) {
			continue;
		}
		int r = run(platforms[dev], commands[c].command, &s, out);
		if (r != SAW_EUNKNOWN) {
			return r;
		}
	}
	saw_buf_puts(out, platforms[dev]->invalid);
	return SAW_EUNKNOWN;
}

const char *saw_sim_prompt(enum saw_sim_dev dev) {
	return platforms[dev]->prompt;
}

void saw_sim_cli_help(struct saw_buf *out) {
	saw_buf_puts(out, "Commands the devices know (words may be shortened):\n");
	for (size_t c = 0; c < COMMANDS; c++) {
		saw_buf_puts(out, " ");
		for (const char *const *word = commands[c].words; *word; word++) {
			saw_buf_printf(out, " %s", *word);
		}
		saw_buf_puts(out, "\n");
	}
}
