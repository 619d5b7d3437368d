#include "sim/fleet.h"

#include "sim/clock.h"

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
		int r = i == 0 ? saw_sim_agent_create(f->models[0], SAW_SIM_ASR, &o->agent, &f->agent, err)
					   : saw_sim_agent_add(f->agent, f->models[i]);
		if (r != 0) {
			return i == 0 ? r : saw_err_set(err, r, "no memory for device %u", i + 1);
		}
	}
	return f->count == o->devices ? 0 : saw_err_set(err, -ENOMEM, "no memory for %u devices", o->devices);
}

static int announce(const struct fleet *f, const struct saw_sim_fleet_options *o, struct saw_err *err) {
	char line[128];
	snprintf(line, sizeof(line), "%s snmp %s:%u\n", saw_sim_device_name(SAW_SIM_ASR), o->agent.address,
			 saw_sim_agent_port(f->agent));
	if (o->ports_file) {
		FILE *file = fopen(o->ports_file, "we");
		if (!file || fputs(line, file) < 0 || fclose(file) != 0) {
			return saw_err_set(err, -errno, "%s: %s", o->ports_file, strerror(errno));
		}
	}
	fputs(line, stdout);
	fflush(stdout);
	return 0;
}

static int serve(struct fleet *f, struct saw_err *err) {
	struct pollfd fds[2] = {{.fd = f->signals, .events = POLLIN}, {.fd = saw_sim_agent_fd(f->agent), .events = POLLIN}};
	for (;;) {
		if (poll(fds, 2, saw_sim_agent_flush(f->agent, saw_sim_monotonic_ms())) < 0 && errno != EINTR) {
			return saw_err_set(err, -errno, "poll: %s", strerror(errno));
		}
		if (fds[0].revents) {
			return 0;
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
	if (r == 0) {
		r = announce(&f, options, err);
	}
	if (r == 0) {
		r = serve(&f, err);
	}
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
