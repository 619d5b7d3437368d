#include "sim/run.h"

#include "sim/cli.h"
#include "sim/control.h"
#include "sim/device.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROCESSES (SAW_SIM_DEVICES + 1)

struct sim {
	const struct saw_sim_run_options *options;
	struct saw_sim_model *model;
	struct saw_sim_clock clock;
	struct saw_sim_process processes[PROCESSES]; /* an agent for each device, then SSH */
	size_t count;
	int control, signals;
	uint64_t next_cli_ms; /* monotonic */
	bool stop;
};

/* --------------------------------------------------------------------------------------------------------------- scenario */

#define SCENARIO_LINE_MAX 1024

static int schedule_line(struct saw_sim_model *m, const char *path, unsigned number, const char *line,
						 struct saw_err *err) {
	struct saw_sim_event event;
	uint64_t at_ms;
	int r = saw_sim_scenario_parse(saw_str_of(line), &at_ms, &event, err);
	if (r == 1) {
		r = saw_sim_model_schedule(m, at_ms, &event);
		if (r != 0) {
			saw_err_set(err, r, "no memory");
		}
	}
	if (r != 0) {
		return saw_err_prefix(err, "%s:%u", path, number);
	}
	return 0;
}

static int load_scenario(struct saw_sim_model *m, const char *path, struct saw_err *err) {
	char line[SCENARIO_LINE_MAX];
	FILE *f = fopen(path, "re");
	int r = 0;
	if (!f) {
		return saw_err_set(err, -errno, "%s: %s", path, strerror(errno));
	}
	for (unsigned number = 1; r == 0 && fgets(line, sizeof(line), f); number++) {
		if (!strchr(line, '\n') && !feof(f)) {
			r = saw_err_set(err, SAW_ELIMIT, "%s:%u: a line has at most %d characters", path, number,
							SCENARIO_LINE_MAX - 2);
		} else {
			r = schedule_line(m, path, number, line, err);
		}
	}
	fclose(f);
	return r;
}

int saw_sim_load(const struct saw_sim_options *options, const char *scenario, struct saw_sim_model **out,
				 struct saw_err *err) {
	struct saw_sim_model *m = saw_sim_model_create(options);
	if (!m) {
		return saw_err_set(err, -ENOMEM, "no memory for %u tunnels", options->tunnels);
	}
	int r = scenario ? load_scenario(m, scenario, err) : 0;
	if (r != 0) {
		saw_sim_model_destroy(m);
		return r;
	}
	*out = m;
	return 0;
}

/* -------------------------------------------------------------------------------------------------------------- CLI files */

static int write_file(const char *path, struct saw_str text, struct saw_err *err) {
	char temporary[PATH_MAX];
	if (snprintf(temporary, sizeof(temporary), "%s.new", path) >= (int)sizeof(temporary)) {
		return saw_err_set(err, -ENAMETOOLONG, "%s: the path is too long", path);
	}
	FILE *f = fopen(temporary, "we");
	bool ok = f && fwrite(text.p, 1, text.n, f) == text.n;
	if (f && fclose(f) != 0) {
		ok = false;
	}
	if (!ok || rename(temporary, path) != 0) {
		int code = -errno;
		unlink(temporary);
		return saw_err_set(err, code, "%s: %s", path, strerror(-code));
	}
	return 0;
}

static void cli_path(const struct sim *s, int dev, char out[PATH_MAX]) {
	snprintf(out, PATH_MAX, "%s/%s.txt", s->options->cli_dir, saw_sim_device_name((enum saw_sim_dev)dev));
}

/* As a terminal's log: each command behind its prompt, then its output. */
static int write_cli(struct sim *s, struct saw_err *err) {
	static const char *const commands[] = {"show version", "show crypto ipsec sa detail",
										   "show crypto ikev2 sa detail"};
	struct saw_buf text = SAW_BUF_INIT(SAW_SIM_CLI_MAX);
	uint64_t now = saw_sim_clock_ms(&s->clock);
	char path[PATH_MAX], prompt[SAW_SIM_PROMPT_MAX];
	int r = 0;
	for (int dev = 0; dev < SAW_SIM_DEVICES && r == 0; dev++) {
		struct saw_sim_cli cli = {s->model, (enum saw_sim_dev)dev, now, true, NULL};
		saw_sim_prompt(cli.dev, NULL, true, prompt);
		saw_buf_reset(&text);
		for (size_t c = 0; c < sizeof(commands) / sizeof(commands[0]); c++) {
			saw_buf_printf(&text, "%s%s\n", prompt, commands[c]);
			saw_sim_cli_answer(&cli, saw_str_of(commands[c]), &text);
		}
		saw_buf_printf(&text, "%s\n", prompt);
		cli_path(s, dev, path);
		r = saw_buf_error(&text) ? saw_err_set(err, saw_buf_error(&text), "%s: the text is too long", path)
								 : write_file(path, (struct saw_str){saw_buf_text(&text), text.len}, err);
	}
	saw_buf_free(&text);
	s->next_cli_ms = saw_sim_monotonic_ms() + s->options->cli_every_seconds * 1000ULL;
	return r;
}

/* ---------------------------------------------------------------------------------------------------------------- control */

static int happen(struct sim *s, const struct saw_sim_event *event, struct saw_err *err) {
	uint64_t now = saw_sim_clock_ms(&s->clock);
	int r = 0;
	if (event->verb == SAW_SIM_ADVANCE) {
		s->clock.skipped_ms += event->amount;
		saw_sim_model_advance(s->model, now + event->amount);
	} else {
		r = saw_sim_model_apply(s->model, now, event);
	}
	if (r != 0) {
		return saw_err_set(err, r, "there is no such tunnel: there are %u", saw_sim_model_tunnels(s->model));
	}
	for (size_t i = 0; i < s->count; i++) {
		if (saw_sim_device_tell(&s->processes[i], now, event) != 0) {
			s->stop = true;
			return saw_err_set(err, SAW_ETIMEOUT, "%s does not answer any more", s->processes[i].name);
		}
	}
	return s->options->cli_dir ? write_cli(s, err) : 0;
}

static int show(struct sim *s, struct saw_str words, struct saw_buf *out, struct saw_err *err) {
	const char *space = memchr(words.p, ' ', words.n);
	struct saw_str name = {words.p, space ? (size_t)(space - words.p) : words.n};
	enum saw_sim_dev dev;
	if (saw_sim_device_parse(name, &dev) != 0) {
		return saw_err_set(err, SAW_EUNKNOWN, "\"%.*s\" is no device here; there are %s and %s", (int)name.n, name.p,
						   saw_sim_device_name(SAW_SIM_ASA), saw_sim_device_name(SAW_SIM_ASR));
	}
	struct saw_str command = saw_str_trim((struct saw_str){words.p + name.n, words.n - name.n});
	saw_sim_cli_answer(&(struct saw_sim_cli){s->model, dev, saw_sim_clock_ms(&s->clock), true, NULL}, command, out);
	return saw_buf_error(out) ? saw_err_set(err, saw_buf_error(out), "the output is too long") : 0;
}

static int obey(struct sim *s, const char *request, struct saw_buf *out, struct saw_err *err) {
	struct saw_str line = saw_str_of(request);
	struct saw_sim_event event;
	saw_sim_model_advance(s->model, saw_sim_clock_ms(&s->clock));
	if (saw_str_starts(line, SAW_STR("show "))) {
		return show(s, (struct saw_str){line.p + 5, line.n - 5}, out, err);
	}
	if (!saw_str_starts(line, SAW_STR("do "))) {
		return saw_err_set(err, SAW_EFORMAT, "expected do or show");
	}
	int r = saw_sim_event_parse((struct saw_str){line.p + 3, line.n - 3}, &event, err);
	return r == 0 ? happen(s, &event, err) : r;
}

static void on_control(struct sim *s) {
	char request[SAW_SIM_REQUEST_MAX];
	struct saw_buf out = SAW_BUF_INIT(SAW_SIM_CLI_MAX);
	struct saw_err err = {.code = 0};
	int fd = saw_sim_control_accept(s->control, request);
	if (fd < 0) {
		return;
	}
	bool ok = obey(s, request, &out, &err) == 0;
	saw_sim_control_answer(fd, ok, ok ? (struct saw_str){saw_buf_text(&out), out.len} : saw_str_of(err.text));
	saw_buf_free(&out);
}

/* ------------------------------------------------------------------------------------------------------------------- life */

static int announce(const struct sim *s, struct saw_err *err) {
	struct saw_buf text = SAW_BUF_INIT(4096);
	int r = 0;
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		saw_buf_printf(&text, "%s snmp %s:%u\n", saw_sim_device_name((enum saw_sim_dev)dev), s->options->agent.address,
					   s->processes[dev].ports[0]);
	}
	for (int dev = 0; dev < SAW_SIM_DEVICES && s->options->ssh.on; dev++) {
		saw_buf_printf(&text, "%s ssh %s:%u\n", saw_sim_device_name((enum saw_sim_dev)dev), s->options->ssh.address,
					   s->processes[SAW_SIM_DEVICES].ports[dev]);
	}
	if (s->options->ports_file) {
		r = write_file(s->options->ports_file, (struct saw_str){saw_buf_text(&text), text.len}, err);
	}
	if (r == 0) {
		fputs(saw_buf_text(&text), stdout);
		fflush(stdout);
	}
	saw_buf_free(&text);
	return r;
}

static int start(struct sim *s, struct saw_err *err) {
	struct saw_sim_agent_options agent = s->options->agent;
	sigset_t wanted;
	int r = 0;
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGINT);
	sigprocmask(SIG_BLOCK, &wanted, NULL);
	s->signals = signalfd(-1, &wanted, SFD_CLOEXEC);
	if (s->signals < 0) {
		return saw_err_set(err, -errno, "signalfd: %s", strerror(errno));
	}
	s->clock.start_ms = saw_sim_monotonic_ms();
	for (size_t i = 0; i < s->options->event_count; i++) {
		saw_sim_model_apply(s->model, 0, &s->options->events[i]);
	}
	for (int dev = 0; dev < SAW_SIM_DEVICES && r == 0; dev++) {
		agent.port = (uint16_t)(s->options->agent.port ? s->options->agent.port + dev : 0);
		r = saw_sim_device_start(s->model, (enum saw_sim_dev)dev, &agent, &s->clock, &s->processes[s->count++], err);
	}
	if (r == 0 && s->options->ssh.on) {
		r = saw_sim_device_start_ssh(&s->model, 1, &s->options->ssh, &s->clock, &s->processes[s->count++], err);
	}
	if (r == 0 && s->options->control) {
		s->control = saw_sim_control_listen(s->options->control, err);
		r = s->control < 0 ? s->control : 0;
	}
	if (r == 0 && s->options->cli_dir) {
		r = write_cli(s, err);
	}
	return r == 0 ? announce(s, err) : r;
}

/* Until something scheduled changes what the CLI files say, or they are due; -1 for never. */
static int patience(const struct sim *s) {
	if (!s->options->cli_dir) {
		return -1;
	}
	uint64_t now = saw_sim_monotonic_ms(), simulated = saw_sim_clock_ms(&s->clock), next = saw_sim_model_next(s->model);
	uint64_t wait = s->next_cli_ms > now ? s->next_cli_ms - now : 0;
	if (next != UINT64_MAX && next < simulated + wait) {
		wait = next > simulated ? next - simulated : 0;
	}
	return wait < 60000 ? (int)wait : 60000;
}

static int refresh_cli(struct sim *s, struct saw_err *err) {
	uint64_t before = saw_sim_model_generation(s->model);
	saw_sim_model_advance(s->model, saw_sim_clock_ms(&s->clock));
	bool due = saw_sim_monotonic_ms() >= s->next_cli_ms || saw_sim_model_generation(s->model) != before;
	return s->options->cli_dir && due ? write_cli(s, err) : 0;
}

static int loop(struct sim *s, struct saw_err *err) {
	struct pollfd fds[2 + PROCESSES] = {{.fd = s->signals, .events = POLLIN}, {.fd = s->control, .events = POLLIN}};
	int r = 0;
	for (size_t i = 0; i < s->count; i++) {
		fds[2 + i] = (struct pollfd){.fd = s->processes[i].channel, .events = POLLIN};
	}
	while (!s->stop && r == 0) {
		if (poll(fds, 2 + s->count, patience(s)) < 0 && errno != EINTR) {
			return saw_err_set(err, -errno, "poll: %s", strerror(errno));
		}
		if (fds[0].revents) {
			return 0;
		}
		for (size_t i = 0; i < s->count; i++) {
			if (fds[2 + i].revents) {
				return saw_err_set(err, SAW_EUNREACHABLE, "the process of %s has ended", s->processes[i].name);
			}
		}
		if (fds[1].revents) {
			on_control(s);
		}
		r = refresh_cli(s, err);
	}
	return r == 0 ? saw_err_set(err, SAW_ETIMEOUT, "a device does not answer any more") : r;
}

static void stop(struct sim *s) {
	char path[PATH_MAX];
	for (size_t i = 0; i < s->count; i++) {
		saw_sim_device_stop(&s->processes[i]);
	}
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		if (s->options->cli_dir && s->next_cli_ms != 0) {
			cli_path(s, dev, path);
			unlink(path);
		}
	}
	if (s->control >= 0) {
		unlink(s->options->control);
		close(s->control);
	}
	if (s->options->ports_file) {
		unlink(s->options->ports_file);
	}
	if (s->signals >= 0) {
		close(s->signals);
	}
	saw_sim_model_destroy(s->model);
}

int saw_sim_run(const struct saw_sim_run_options *options, struct saw_err *err) {
	struct sim s = {.options = options, .control = -1, .signals = -1};
	int r = saw_sim_load(&options->model, options->scenario, &s.model, err);
	if (r != 0) {
		return r;
	}
	r = start(&s, err);
	if (r == 0) {
		r = loop(&s, err);
	}
	stop(&s);
	return r;
}
