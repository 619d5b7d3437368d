#include "sim/cli.h"

#include "sim/cli_text.h"

#include "sim/words.h"

#include <stdio.h>
#include <time.h>

static const struct saw_sim_cli_platform *const platforms[SAW_SIM_DEVICES] = {
	[SAW_SIM_ASA] = &saw_sim_cli_asa,
	[SAW_SIM_ASR] = &saw_sim_cli_iosxe,
};

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

/* 2026-03-02 08:00:00 UTC: where the calendar of a simulation begins. */
#define CALENDAR_SECONDS 1772438400

void saw_sim_date(uint64_t now_ms, const char *format, struct saw_buf *out) {
	time_t seconds = (time_t)(CALENDAR_SECONDS + now_ms / 1000);
	char text[64];
	struct tm tm;
	gmtime_r(&seconds, &tm);
	strftime(text, sizeof(text), format, &tm);
	/* '~' in the format stands for the milliseconds, which strftime does not know */
	char *tilde = strchr(text, '~');
	saw_buf_put(out, text, tilde ? (size_t)(tilde - text) : strlen(text));
	if (tilde) {
		saw_buf_printf(out, "%03u%s", (unsigned)(now_ms % 1000), tilde + 1);
	}
}

static bool tunnel_exists(const struct saw_sim_model *m, uint32_t number) {
	return number >= SAW_SIM_TUNNEL_FIRST && number - SAW_SIM_TUNNEL_FIRST < saw_sim_model_tunnels(m);
}

static void print(const struct saw_sim_cli_command *c, const struct saw_sim_cli *cli, const struct saw_sim_words *w,
				  struct saw_buf *out) {
	c->print(&(struct saw_sim_show){.model = cli->model,
									.dev = cli->dev,
									.now_ms = cli->now_ms,
									.detail = w->detail,
									.one_peer = w->has_address,
									.peer = w->address,
									.number = w->number},
			 out);
}

int saw_sim_cli_run(const struct saw_sim_cli *cli, struct saw_str command, size_t *reach, struct saw_buf *out) {
	const struct saw_sim_cli_platform *p = platforms[cli->dev];
	struct saw_sim_words w;
	int r = SAW_EUNKNOWN;
	*reach = 0;
	for (size_t i = 0; i < p->count; i++) {
		const struct saw_sim_cli_command *c = &p->commands[i];
		size_t here;
		if (c->privileged && !cli->privileged) {
			continue;
		}
		enum saw_sim_fit fit = saw_sim_words_fit(c->pattern, command, &w, &here);
		if (fit == SAW_SIM_FITS && strstr(c->pattern, "TUNNEL") && !tunnel_exists(cli->model, w.number)) {
			fit = SAW_SIM_DIFFERS;
			here = command.n - 1;
		}
		if (fit == SAW_SIM_FITS) {
			print(c, cli, &w, out);
			return saw_buf_error(out);
		}
		if (fit == SAW_SIM_INCOMPLETE) {
			r = SAW_ETRUNCATED;
		}
		*reach = here > *reach ? here : *reach;
	}
	return r;
}

void saw_sim_cli_complain(enum saw_sim_dev dev, int why, size_t column, struct saw_buf *out) {
	const struct saw_sim_cli_platform *p = platforms[dev];
	if (why == SAW_ETRUNCATED) {
		saw_buf_puts(out, p->incomplete);
		return;
	}
	saw_buf_printf(out, "%*s^\n%s", (int)column, "", p->invalid);
}

void saw_sim_cli_answer(const struct saw_sim_cli *cli, struct saw_str command, struct saw_buf *out) {
	size_t reach, before = out->len;
	char prompt[SAW_SIM_PROMPT_MAX];
	int r = saw_sim_cli_run(cli, command, &reach, out);
	if (r != 0 && out->len == before) {
		saw_sim_cli_complain(cli->dev, r, strlen(saw_sim_prompt(cli->dev, NULL, cli->privileged, prompt)) + reach, out);
	}
}

const char *saw_sim_prompt(enum saw_sim_dev dev, const char *host, bool privileged, char out[SAW_SIM_PROMPT_MAX]) {
	snprintf(out, SAW_SIM_PROMPT_MAX, "%s%c%s", host ? host : saw_sim_identity_of(dev)->name, privileged ? '#' : '>',
			 platforms[dev]->behind_prompt);
	return out;
}

void saw_sim_cli_help(struct saw_buf *out) {
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		saw_buf_printf(out, "%sCommands %s knows (words may be shortened):\n", dev ? "\n" : "",
					   saw_sim_device_name((enum saw_sim_dev)dev));
		for (size_t i = 0; i < platforms[dev]->count; i++) {
			saw_buf_printf(out, "  %s\n", platforms[dev]->commands[i].pattern);
		}
	}
}
