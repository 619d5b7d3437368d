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
		if ((!s->one_peer || e->remote == s->peer) && (s->number == 0 || e->number == s->number)) {
			return true;
		}
	}
	return false;
}

/* 2026-03-02 08:00:00 UTC: where the calendar of a simulation begins. */
#define CALENDAR_SECONDS 1772438400

struct saw_sim_date saw_sim_date(int64_t now_ms) {
	time_t seconds = (time_t)(CALENDAR_SECONDS + (now_ms < 0 ? now_ms - 999 : now_ms) / 1000);
	struct saw_sim_date date;
	struct tm tm;
	gmtime_r(&seconds, &tm);
	strftime(date.day, sizeof(date.day), "%a %b %e %Y", &tm);
	strftime(date.time, sizeof(date.time), "%H:%M:%S.", &tm);
	snprintf(date.time + strlen(date.time), sizeof(date.time) - strlen(date.time), "%03u",
			 (unsigned)((now_ms % 1000 + 1000) % 1000));
	return date;
}

bool saw_sim_each_up(const struct saw_sim_show *s, uint32_t *i, struct saw_sim_end *e) {
	while (saw_sim_each_end(s, i, e)) {
		if (e->up) {
			return true;
		}
	}
	return false;
}

const char *saw_sim_age(uint64_t seconds, char out[SAW_SIM_AGE_TEXT]) {
	unsigned long long days = seconds / 86400, hours = seconds / 3600;
	if (days == 0) {
		snprintf(out, SAW_SIM_AGE_TEXT, "%02llu:%02llu:%02llu", hours, (unsigned long long)seconds / 60 % 60,
				 (unsigned long long)seconds % 60);
	} else if (days < 7) {
		snprintf(out, SAW_SIM_AGE_TEXT, "%llud%02lluh", days, hours % 24);
	} else if (days < 364) {
		snprintf(out, SAW_SIM_AGE_TEXT, "%lluw%llud", days / 7, days % 7);
	} else {
		snprintf(out, SAW_SIM_AGE_TEXT, "%lluy%lluw", days / 364, days % 364 / 7);
	}
	return out;
}

/* ---------------------------------------------------------------------------------------------------- what is there */

bool saw_sim_is_tunnel(const struct saw_sim_show *s) {
	return s->number >= SAW_SIM_TUNNEL_FIRST && s->number - SAW_SIM_TUNNEL_FIRST < saw_sim_model_tunnels(s->model);
}

const struct saw_sim_port *saw_sim_port_named(const struct saw_sim_show *s, size_t *number) {
	size_t count;
	const struct saw_sim_port *ports = saw_sim_ports(s->dev, &count);
	for (*number = 0; *number < count; ++*number) {
		const struct saw_sim_port *p = &ports[*number];
		if (saw_str_eq_nocase(s->name, saw_str_of(p->cli)) || saw_str_eq_nocase(s->name, saw_str_of(p->short_name))) {
			return p;
		}
	}
	return NULL;
}

bool saw_sim_is_port(const struct saw_sim_show *s) {
	size_t number;
	return saw_sim_port_named(s, &number);
}

bool saw_sim_is_vrf(const struct saw_sim_show *s) {
	return saw_str_eq(s->name, SAW_STR(SAW_SIM_VRF));
}

void saw_sim_show_nothing(const struct saw_sim_show *s, struct saw_buf *out) {
	(void)s;
	(void)out;
}

/* ----------------------------------------------------------------------------------------------------------- commands */

static struct saw_sim_show request(const struct saw_sim_cli *cli, const struct saw_sim_words *w) {
	return (struct saw_sim_show){.model = cli->model,
								 .dev = cli->dev,
								 .now_ms = cli->now_ms,
								 .detail = w->detail,
								 .one_peer = w->has_address,
								 .peer = w->address,
								 .number = w->number,
								 .name = w->name,
								 .host = cli->host ? cli->host : saw_sim_model_hostname(cli->model, cli->dev)};
}

/* Where the last word begins. */
static size_t last_word(struct saw_str line) {
	line = saw_str_trim((struct saw_str){line.p, line.n});
	while (line.n > 0 && line.p[line.n - 1] != ' ') {
		line.n--;
	}
	return line.n;
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
		struct saw_sim_show s = request(cli, &w);
		if (fit == SAW_SIM_FITS && c->knows && !c->knows(&s)) {
			fit = SAW_SIM_DIFFERS;
			here = last_word(command);
		}
		if (fit == SAW_SIM_FITS) {
			c->print(&s, out);
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
		saw_sim_cli_complain(cli->dev, r, strlen(saw_sim_prompt(cli->dev, cli->host, cli->privileged, prompt)) + reach,
							 out);
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
