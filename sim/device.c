#include "sim/device.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_MS 10000
#define TELL_MS 10000

/* Parent and child are one program, so structures travel as they are; the channel keeps the borders of messages. */
struct told {
	uint64_t at_ms;
	struct saw_sim_event event;
};

struct started {
	uint16_t ports[SAW_SIM_DEVICES];
	int result;
	struct saw_err err;
};

struct child {
	struct saw_sim_model *model;
	struct saw_sim_model *const *models; /* of SSH; the first is model */
	uint32_t count;
	enum saw_sim_dev dev;
	struct saw_sim_agent *agent; /* NULL in the process of SSH */
	struct saw_sim_clock clock;
	int channel;
};

/* As saw_sim_agent_boots. */
static int catch_up(struct child *c, uint64_t now_ms) {
	struct saw_sim_device d;
	saw_sim_model_advance(c->model, now_ms);
	if (!c->agent) {
		return 0;
	}
	saw_sim_model_device(c->model, c->dev, now_ms, &d);
	return saw_sim_agent_boots(c->agent, d.boots, NULL);
}

/* False when the parent is gone. */
static bool take_event(struct child *c) {
	struct told t;
	char taken = 1;
	if (recv(c->channel, &t, sizeof(t), 0) != (ssize_t)sizeof(t)) {
		return false;
	}
	if (t.event.verb == SAW_SIM_ADVANCE) {
		c->clock.skipped_ms += t.event.amount;
	} else {
		saw_sim_model_apply(c->model, t.at_ms, &t.event);
	}
	return catch_up(c, saw_sim_clock_ms(&c->clock)) >= 0 && send(c->channel, &taken, 1, MSG_NOSIGNAL) == 1;
}

static void serve(struct child *c) {
	for (;;) {
		/* the descriptor changes when the device is reloaded */
		struct pollfd fds[2] = {{.fd = saw_sim_agent_fd(c->agent), .events = POLLIN},
								{.fd = c->channel, .events = POLLIN}};
		int wait = saw_sim_agent_flush(c->agent, saw_sim_monotonic_ms());
		if (poll(fds, 2, wait) < 0 && errno != EINTR) {
			return;
		}
		if (fds[1].revents) {
			if (!take_event(c)) {
				return;
			}
		} else if (fds[0].revents) {
			uint64_t now = saw_sim_clock_ms(&c->clock);
			int r = catch_up(c, now);
			if (r < 0) {
				return;
			}
			if (r == 0) {
				saw_sim_agent_read(c->agent, now, saw_sim_monotonic_ms());
			}
		}
	}
}

/* An interrupt at the terminal is the parent's: it ends its children. */
static void own_signals(void) {
	sigset_t none;
	sigemptyset(&none);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool tell_started(struct child *c, const struct started *s) {
	return send(c->channel, s, sizeof(*s), MSG_NOSIGNAL) == (ssize_t)sizeof(*s) && s->result == 0;
}

static void be_agent(struct child *c, const void *options) {
	struct started s = {.result = 0};
	s.result = saw_sim_agent_create(c->model, c->dev, options, &c->agent, &s.err);
	if (s.result == 0) {
		s.ports[0] = saw_sim_agent_port(c->agent);
	}
	if (tell_started(c, &s)) {
		serve(c);
	}
	saw_sim_agent_destroy(c->agent);
}

static void be_ssh(struct child *c, const void *options) {
	struct started s = {.result = 0};
	struct saw_sim_ssh *ssh;
	s.result = saw_sim_ssh_create(c->models, c->count, &c->clock, options, &ssh, &s.err);
	for (int dev = 0; dev < SAW_SIM_DEVICES && s.result == 0; dev++) {
		s.ports[dev] = saw_sim_ssh_port(ssh, (enum saw_sim_dev)dev);
	}
	if (tell_started(c, &s)) {
		int r;
		while ((r = saw_sim_ssh_turn(ssh, c->channel)) >= 0 && (r == 0 || take_event(c))) {
		}
	}
	saw_sim_ssh_destroy(ssh);
}

static ssize_t receive(int fd, void *to, size_t n, int ms) {
	struct pollfd p = {.fd = fd, .events = POLLIN};
	return poll(&p, 1, ms) == 1 ? recv(fd, to, n, 0) : -1;
}

static _Noreturn void be_child(struct child *c, void (*be)(struct child *c, const void *options), const void *options,
							   pid_t parent) {
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) {
		_exit(1);
	}
	own_signals();
	be(c, options);
	_exit(0);
}

static int start(struct child c, void (*be)(struct child *c, const void *options), const void *options,
				 struct saw_sim_process *out, struct saw_err *err) {
	int pair[2];
	pid_t parent = getpid();
	struct started s;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		return saw_err_set(err, -errno, "a channel to %s could not be made: %s", out->name, strerror(errno));
	}
	pid_t pid = fork();
	if (pid == 0) {
		close(pair[0]);
		c.channel = pair[1];
		be_child(&c, be, options, parent);
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return saw_err_set(err, -EAGAIN, "the process of %s could not be started", out->name);
	}
	out->pid = pid;
	out->channel = pair[0];
	if (receive(out->channel, &s, sizeof(s), START_MS) != (ssize_t)sizeof(s)) {
		return saw_err_set(err, SAW_ETIMEOUT, "%s did not start", out->name);
	}
	if (s.result != 0) {
		return saw_err_set(err, s.result, "%s: %s", out->name, s.err.text);
	}
	memcpy(out->ports, s.ports, sizeof(out->ports));
	return 0;
}

int saw_sim_device_start(struct saw_sim_model *model, enum saw_sim_dev dev, const struct saw_sim_agent_options *options,
						 const struct saw_sim_clock *clock, struct saw_sim_process *out, struct saw_err *err) {
	*out = (struct saw_sim_process){.name = saw_sim_device_name(dev)};
	return start((struct child){.model = model, .dev = dev, .clock = *clock}, be_agent, options, out, err);
}

int saw_sim_device_start_ssh(struct saw_sim_model *const *models, uint32_t count,
							 const struct saw_sim_ssh_options *options, const struct saw_sim_clock *clock,
							 struct saw_sim_process *out, struct saw_err *err) {
	*out = (struct saw_sim_process){.name = "SSH"};
	return start((struct child){.model = models[0], .models = models, .count = count, .clock = *clock}, be_ssh, options,
				 out, err);
}

int saw_sim_device_tell(const struct saw_sim_process *p, uint64_t at_ms, const struct saw_sim_event *event) {
	struct told t;
	char taken;
	memset(&t, 0, sizeof(t)); /* the padding travels too */
	t.at_ms = at_ms;
	t.event = *event;
	if (send(p->channel, &t, sizeof(t), MSG_NOSIGNAL) != (ssize_t)sizeof(t)) {
		return SAW_ETIMEOUT;
	}
	return receive(p->channel, &taken, 1, TELL_MS) == 1 ? 0 : SAW_ETIMEOUT;
}

void saw_sim_device_stop(struct saw_sim_process *p) {
	if (p->pid <= 0) {
		return;
	}
	kill(p->pid, SIGTERM);
	while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR) {
	}
	close(p->channel);
	p->pid = 0;
}
