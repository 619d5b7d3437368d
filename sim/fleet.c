#include "sim/fleet.h"

#include "sim/clock.h"
#include "sim/device.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct fleet {
	struct saw_sim_model **models;
	uint32_t count;
	struct saw_sim_agent *agent;
	struct saw_sim_process ssh;
	struct saw_sim_clock clock;
	int signals;
};

static int fill(struct fleet *f, const struct saw_sim_fleet_options *o, struct saw_err *err) {
	struct saw_sim_options model = o->model;
	f->models = calloc(o->devices, sizeof(*f->models));
	for (uint32_t i = 0; f->models && i < o->devices; i++, model.seed++) {
		f->models[i] = saw_sim_model_create(&model);
		if (!f->models[i]) {
			break;
		}
		f->count++;
		for (size_t e = 0; e < o->event_count; e++) {
			saw_sim_model_apply(f->models[i], 0, &o->events[e]);
		}
		int r = i == 0 ? saw_sim_agent_create(f->models[0], SAW_SIM_ASR, &o->agent, &f->agent, err)
					   : saw_sim_agent_add(f->agent, f->models[i]);
		if (r != 0) {
			return i == 0 ? r : saw_err_set(err, r, "no memory for device %u", i + 1);
		}
	}
	return f->count == o->devices ? 0 : saw_err_set(err, -ENOMEM, "no memory for %u devices", o->devices);
}

static int write_ports(const char *path, const char *text, struct saw_err *err) {
	FILE *file = fopen(path, "we");
	if (!file || fputs(text, file) < 0 || fclose(file) != 0) {
		return saw_err_set(err, -errno, "%s: %s", path, strerror(errno));
	}
	return 0;
}

static int announce(const struct fleet *f, const struct saw_sim_fleet_options *o, struct saw_err *err) {
	struct saw_buf lines = SAW_BUF_INIT(1024);
	saw_buf_printf(&lines, "%s snmp %s:%u\n", saw_sim_device_name(SAW_SIM_ASR), o->agent.address,
				   saw_sim_agent_port(f->agent));
	for (int dev = 0; dev < SAW_SIM_DEVICES && o->ssh.on; dev++) {
		saw_buf_printf(&lines, "%s ssh %s:%u\n", saw_sim_device_name((enum saw_sim_dev)dev), o->ssh.address,
					   f->ssh.ports[dev]);
	}
	int r = o->ports_file ? write_ports(o->ports_file, saw_buf_text(&lines), err) : 0;
	if (r == 0) {
		fputs(saw_buf_text(&lines), stdout);
		fflush(stdout);
	}
	saw_buf_free(&lines);
	return r;
}

static int serve(struct fleet *f, struct saw_err *err) {
	struct pollfd fds[3] = {{.fd = f->signals, .events = POLLIN},
							{.fd = saw_sim_agent_fd(f->agent), .events = POLLIN},
							{.fd = f->ssh.pid > 0 ? f->ssh.channel : -1, .events = POLLIN}};
	for (;;) {
		if (poll(fds, 3, saw_sim_agent_flush(f->agent, saw_sim_monotonic_ms())) < 0 && errno != EINTR) {
			return saw_err_set(err, -errno, "poll: %s", strerror(errno));
		}
		if (fds[0].revents) {
			return 0;
		}
		if (fds[2].revents) {
			return saw_err_set(err, SAW_EUNREACHABLE, "the process of SSH has ended");
		}
		if (fds[1].revents) {
			saw_sim_agent_read(f->agent, saw_sim_clock_ms(&f->clock), saw_sim_monotonic_ms());
		}
	}
}

int saw_sim_fleet(const struct saw_sim_fleet_options *options, struct saw_err *err) {
	struct fleet f = {.signals = -1};
	sigset_t wanted;
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGINT);
	sigprocmask(SIG_BLOCK, &wanted, NULL);
	f.signals = signalfd(-1, &wanted, SFD_CLOEXEC);
	f.clock.start_ms = saw_sim_monotonic_ms();
	int r = f.signals < 0 ? saw_err_set(err, -errno, "signalfd: %s", strerror(errno)) : fill(&f, options, err);
	if (r == 0 && options->ssh.on) {
		r = saw_sim_device_start_ssh(f.models, f.count, &options->ssh, &f.clock, &f.ssh, err);
	}
	if (r == 0) {
		r = announce(&f, options, err);
	}
	if (r == 0) {
		r = serve(&f, err);
	}
	saw_sim_device_stop(&f.ssh);
	saw_sim_agent_destroy(f.agent);
	for (uint32_t i = 0; i < f.count; i++) {
		saw_sim_model_destroy(f.models[i]);
	}
	free(f.models);
	if (f.signals >= 0) {
		close(f.signals);
	}
	if (r == 0 && options->ports_file) {
		unlink(options->ports_file);
	}
	return r;
}
