/*
 * sawatch-sim: an ASA and an ASR that answer like the real ones, for trying out, tests and load.
 */
#include "config.h"

#include "sim/cli.h"
#include "sim/control.h"
#include "sim/fleet.h"
#include "sim/run.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	OPT_BIND = 256,
	OPT_PORT_BASE,
	OPT_TUNNELS,
	OPT_DEVICES,
	OPT_SEED,
	OPT_LIFETIME,
	OPT_SCENARIO,
	OPT_CONTROL,
	OPT_CLI_DIR,
	OPT_CLI_EVERY,
	OPT_PORTS_FILE,
	OPT_DELAY,
	OPT_COMMUNITY,
	OPT_V3_USER,
	OPT_V3_AUTH,
	OPT_V3_AUTH_FILE,
	OPT_V3_PRIV,
	OPT_V3_PRIV_FILE,
	OPT_SSH,
	OPT_SSH_PORT,
	OPT_SSH_USER,
	OPT_SSH_PASSWORD_FILE,
	OPT_SSH_ENABLE_FILE,
	OPT_SSH_AUTHORIZED_KEYS,
	OPT_SSH_HOST_KEYS,
	OPT_SSH_LOG,
	OPT_SSH_QUIRK,
	OPT_AT,
};

#define FOR_RUN 1
#define FOR_SHOW 2
#define FOR_DO 4
#define FOR_FLEET 8

static const struct described {
	struct option option;
	int verbs;
	const char *argument, *why;
} described[] = {
	{{"bind", 1, NULL, OPT_BIND}, FOR_RUN | FOR_FLEET, "ADDRESS", "IPv4 address to listen on (127.0.0.1)"},
	{{"port-base", 1, NULL, OPT_PORT_BASE},
	 FOR_RUN | FOR_FLEET,
	 "PORT",
	 "first device's UDP port, the next has the next (0: free ones)"},
	{{"tunnels", 1, NULL, OPT_TUNNELS},
	 FOR_RUN | FOR_SHOW | FOR_FLEET,
	 "N",
	 "tunnels between the two, or of each device of a fleet, up to 20000 (2)"},
	{{"devices", 1, NULL, OPT_DEVICES}, FOR_FLEET, "N", "routers of the fleet, up to 20000 (100)"},
	{{"seed", 1, NULL, OPT_SEED}, FOR_RUN | FOR_SHOW | FOR_FLEET, "N", "other rates, ages and SPIs (1)"},
	{{"lifetime", 1, NULL, OPT_LIFETIME},
	 FOR_RUN | FOR_SHOW,
	 "SECONDS",
	 "of a child SA; rekeys come a little earlier (3600)"},
	{{"scenario", 1, NULL, OPT_SCENARIO}, FOR_RUN | FOR_SHOW, "FILE", "lines like: at 120s cut 1"},
	{{"control", 1, NULL, OPT_CONTROL}, FOR_RUN | FOR_SHOW | FOR_DO, "PATH", "unix socket of the running simulation"},
	{{"cli-dir", 1, NULL, OPT_CLI_DIR}, FOR_RUN, "DIR", "keep DIR/DEVICE.txt with show output, as a terminal's log"},
	{{"cli-every", 1, NULL, OPT_CLI_EVERY}, FOR_RUN, "SECONDS", "how often; also at every event (10)"},
	{{"ports-file", 1, NULL, OPT_PORTS_FILE}, FOR_RUN | FOR_FLEET, "FILE", "the lines printed at the start, also here"},
	{{"delay-ms", 1, NULL, OPT_DELAY}, FOR_RUN | FOR_FLEET, "N", "SNMP answers come this much later (0)"},
	{{"community", 1, NULL, OPT_COMMUNITY}, FOR_RUN | FOR_FLEET, "TEXT", "of SNMPv2c (public)"},
	{{"v3-user", 1, NULL, OPT_V3_USER}, FOR_RUN, "NAME", "SNMPv3 user, authPriv"},
	{{"v3-auth", 1, NULL, OPT_V3_AUTH}, FOR_RUN, "NAME", "sha, sha224, sha256, sha384, sha512 (sha256)"},
	{{"v3-auth-file", 1, NULL, OPT_V3_AUTH_FILE}, FOR_RUN, "FILE", "its authentication passphrase"},
	{{"v3-priv", 1, NULL, OPT_V3_PRIV}, FOR_RUN, "NAME", "aes128, aes192, aes256 (aes128)"},
	{{"v3-priv-file", 1, NULL, OPT_V3_PRIV_FILE}, FOR_RUN, "FILE", "its encryption passphrase"},
	{{"ssh", 0, NULL, OPT_SSH}, FOR_RUN | FOR_FLEET, "", "answer SSH too; USER@NAME logs in to a device of that name"},
	{{"ssh-port", 1, NULL, OPT_SSH_PORT},
	 FOR_RUN | FOR_FLEET,
	 "PORT",
	 "first device's TCP port, the next has the next (0: free ones)"},
	{{"ssh-user", 1, NULL, OPT_SSH_USER}, FOR_RUN | FOR_FLEET, "NAME", "who may log in (sawatch)"},
	{{"ssh-password-file", 1, NULL, OPT_SSH_PASSWORD_FILE},
	 FOR_RUN | FOR_FLEET,
	 "FILE",
	 "the password (else of SAWATCH_SIM_SSH_PASSWORD in the environment)"},
	{{"ssh-enable-file", 1, NULL, OPT_SSH_ENABLE_FILE},
	 FOR_RUN | FOR_FLEET,
	 "FILE",
	 "the enable secret (else of SAWATCH_SIM_SSH_ENABLE; without one users are privileged)"},
	{{"ssh-authorized-keys", 1, NULL, OPT_SSH_AUTHORIZED_KEYS},
	 FOR_RUN | FOR_FLEET,
	 "FILE",
	 "public keys that may log in"},
	{{"ssh-host-keys", 1, NULL, OPT_SSH_HOST_KEYS},
	 FOR_RUN | FOR_FLEET,
	 "DIR",
	 "keep host keys there (else new ones at each start)"},
	{{"ssh-log", 1, NULL, OPT_SSH_LOG}, FOR_RUN | FOR_FLEET, "FILE", "a line for each login attempt"},
	{{"ssh-quirk", 1, NULL, OPT_SSH_QUIRK},
	 FOR_RUN | FOR_FLEET,
	 "[DEVICE:]QUIRK",
	 "a quirk from the start, of one device or all"},
	{{"at", 1, NULL, OPT_AT}, FOR_SHOW, "SECONDS", "without a running simulation: how old it would be (0)"},
};

#define OPTIONS (sizeof(described) / sizeof(described[0]))

struct settings {
	struct saw_sim_run_options run;
	uint32_t devices;
	double at_seconds;
	char auth_secret[256], priv_secret[256], ssh_password[256], ssh_enable[256];
	struct saw_sim_event quirks[SAW_SIM_DEVICES * SAW_SIM_QUIRKS];
};

static void help(void) {
	struct saw_buf text = SAW_BUF_INIT(65536);
	saw_buf_puts(
		&text,
		"Usage: sawatch-sim run [OPTION]...\n"
		"       sawatch-sim show [OPTION]... DEVICE \"COMMAND\"\n"
		"       sawatch-sim do --control PATH \"VERB ARGUMENTS\"\n"
		"       sawatch-sim fleet [OPTION]...\n\n"
		"An ASA and an ASR joined by VTI tunnels. `run` answers SNMP, and SSH where it is told to, until interrupted, "
		"and prints\n"
		"`DEVICE snmp|ssh ADDRESS:PORT` for each when it is ready; `show` prints CLI text; `do` makes things happen.\n"
		"`fleet` is many routers behind one port, of SNMPv2c: the community of the third is COMMUNITY-3; over SSH the "
		"user\n"
		"is USER@ASR-WAN01-3, or USER@ASA-XFW01-3 for the firewall at its other end.\n");
	const struct {
		int verb;
		const char *title;
	} verbs[] = {{FOR_RUN, "run"}, {FOR_SHOW, "show"}, {FOR_FLEET, "fleet"}};
	for (size_t v = 0; v < 2; v++) {
		saw_buf_printf(&text, "\nOptions of %s:\n", verbs[v].title);
		for (size_t i = 0; i < OPTIONS; i++) {
			if (described[i].verbs & verbs[v].verb) {
				int gap = 26 - (int)(strlen(described[i].option.name) + strlen(described[i].argument));
				saw_buf_printf(&text, "  --%s %s%*s %s\n", described[i].option.name, described[i].argument, gap, "",
							   described[i].why);
			}
		}
	}
	saw_buf_puts(&text, "\n");
	saw_sim_cli_help(&text);
	saw_buf_puts(&text, "\n");
	saw_sim_event_help(&text);
	saw_buf_puts(&text,
				 "\nA scenario has one event a line, `at TIME VERB ...` (TIME: 90, 90s, 1.5m, 2h), and # comments.\n");
	fputs(saw_buf_text(&text), stdout);
	saw_buf_free(&text);
}

static int number(const char *text, uint64_t low, uint64_t high, const char *option, uint64_t *out,
				  struct saw_err *err) {
	if (saw_parse_u64(saw_str_of(text), high, out) != 0 || *out < low) {
		return saw_err_set(err, SAW_EFORMAT, "--%s: expected a number from %llu to %llu", option,
						   (unsigned long long)low, (unsigned long long)high);
	}
	return 0;
}

/* The first line of the file. */
static int secret(const char *path, char *out, size_t size, struct saw_err *err) {
	FILE *f = fopen(path, "re");
	if (!f) {
		return saw_err_set(err, -errno, "%s: %s", path, strerror(errno));
	}
	bool ok = fgets(out, (int)size, f);
	fclose(f);
	if (!ok) {
		return saw_err_set(err, SAW_ETRUNCATED, "%s: expected a passphrase on its first line", path);
	}
	out[strcspn(out, "\r\n")] = '\0';
	return 0;
}

static int take_number(const struct described *d, const char *text, struct settings *s, struct saw_err *err) {
	static const struct {
		int option;
		uint64_t low, high;
	} ranges[] = {
		{OPT_PORT_BASE, 0, 65535 - SAW_SIM_DEVICES},
		{OPT_SSH_PORT, 0, 65535 - SAW_SIM_DEVICES},
		{OPT_TUNNELS, 1, SAW_SIM_TUNNELS_MAX},
		{OPT_DEVICES, 1, SAW_SIM_FLEET_MAX},
		{OPT_SEED, 0, UINT64_MAX},
		{OPT_LIFETIME, 1, 31536000},
		{OPT_CLI_EVERY, 1, 86400},
		{OPT_DELAY, 0, 60000},
	};
	uint64_t n = 0;
	size_t i = 0;
	while (ranges[i].option != d->option.val) {
		i++;
	}
	int r = number(text, ranges[i].low, ranges[i].high, d->option.name, &n, err);
	if (r != 0) {
		return r;
	}
	switch (d->option.val) {
	case OPT_PORT_BASE:
		s->run.agent.port = (uint16_t)n;
		break;
	case OPT_SSH_PORT:
		s->run.ssh.port = (uint16_t)n;
		break;
	case OPT_TUNNELS:
		s->run.model.tunnels = (uint32_t)n;
		break;
	case OPT_DEVICES:
		s->devices = (uint32_t)n;
		break;
	case OPT_SEED:
		s->run.model.seed = n;
		break;
	case OPT_LIFETIME:
		s->run.model.lifetime_seconds = (uint32_t)n;
		break;
	case OPT_CLI_EVERY:
		s->run.cli_every_seconds = (uint32_t)n;
		break;
	default:
		s->run.agent.delay_ms = (uint32_t)n;
		break;
	}
	return 0;
}

/* [DEVICE:]QUIRK */
static int take_quirk(const char *text, struct settings *s, struct saw_err *err) {
	const char *colon = strchr(text, ':');
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		const char *name = saw_sim_device_name((enum saw_sim_dev)dev);
		struct saw_buf line = SAW_BUF_INIT(256);
		saw_buf_printf(&line, "quirk %.*s %s on", colon ? (int)(colon - text) : (int)strlen(name), colon ? text : name,
					   colon ? colon + 1 : text);
		int r = s->run.event_count < sizeof(s->quirks) / sizeof(s->quirks[0])
					? saw_sim_event_parse(saw_str_of(saw_buf_text(&line)), &s->quirks[s->run.event_count], err)
					: saw_err_set(err, SAW_ELIMIT, "too many quirks");
		saw_buf_free(&line);
		if (r != 0) {
			return saw_err_prefix(err, "--ssh-quirk");
		}
		s->run.event_count++;
		if (colon) {
			break;
		}
	}
	return 0;
}

static int take_ssh(int option, const char *text, struct settings *s, struct saw_err *err) {
	switch (option) {
	case OPT_SSH_USER:
		s->run.ssh.user = text;
		break;
	case OPT_SSH_AUTHORIZED_KEYS:
		s->run.ssh.authorized_keys = text;
		break;
	case OPT_SSH_HOST_KEYS:
		s->run.ssh.host_keys = text;
		break;
	case OPT_SSH_LOG:
		s->run.ssh.log = text;
		break;
	case OPT_SSH_PASSWORD_FILE:
		s->run.ssh.password = s->ssh_password;
		return secret(text, s->ssh_password, sizeof(s->ssh_password), err);
	case OPT_SSH_ENABLE_FILE:
		s->run.ssh.enable_secret = s->ssh_enable;
		return secret(text, s->ssh_enable, sizeof(s->ssh_enable), err);
	case OPT_SSH_QUIRK:
		return take_quirk(text, s, err);
	default:
		s->run.ssh.on = true;
		break;
	}
	return 0;
}

static int take(const struct described *d, const char *text, struct settings *s, struct saw_err *err) {
	if (d->option.val >= OPT_SSH && d->option.val <= OPT_SSH_QUIRK && d->option.val != OPT_SSH_PORT) {
		return take_ssh(d->option.val, text, s, err);
	}
	switch (d->option.val) {
	case OPT_BIND:
		s->run.agent.address = s->run.ssh.address = text;
		return 0;
	case OPT_SCENARIO:
		s->run.scenario = text;
		return 0;
	case OPT_CONTROL:
		s->run.control = text;
		return 0;
	case OPT_CLI_DIR:
		s->run.cli_dir = text;
		return 0;
	case OPT_PORTS_FILE:
		s->run.ports_file = text;
		return 0;
	case OPT_COMMUNITY:
		s->run.agent.community = text;
		return 0;
	case OPT_V3_USER:
		s->run.agent.user = text;
		return 0;
	case OPT_V3_AUTH:
		s->run.agent.auth = text;
		return 0;
	case OPT_V3_PRIV:
		s->run.agent.priv = text;
		return 0;
	case OPT_V3_AUTH_FILE:
		s->run.agent.auth_secret = s->auth_secret;
		return secret(text, s->auth_secret, sizeof(s->auth_secret), err);
	case OPT_V3_PRIV_FILE:
		s->run.agent.priv_secret = s->priv_secret;
		return secret(text, s->priv_secret, sizeof(s->priv_secret), err);
	case OPT_AT:
		if (saw_parse_double(saw_str_of(text), &s->at_seconds) != 0 || s->at_seconds < 0 || s->at_seconds > 1e8) {
			return saw_err_set(err, SAW_EFORMAT, "--at: expected seconds");
		}
		return 0;
	default:
		return take_number(d, text, s, err);
	}
}

/* Options of one verb. Returns how many words they took, or an error. */
static int parse(int argc, char **argv, int verb, struct settings *s, struct saw_err *err) {
	struct option options[OPTIONS + 1] = {{0}};
	size_t n = 0;
	int c;
	for (size_t i = 0; i < OPTIONS; i++) {
		if (described[i].verbs & verb) {
			options[n++] = described[i].option;
		}
	}
	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		const struct described *d = described;
		if (c == '?' || c == ':') {
			return saw_err_set(err, SAW_EFORMAT, "%s: no such option here, or its argument is missing; see --help",
							   argv[optind - 1]);
		}
		while (d->option.val != c) {
			d++;
		}
		int r = take(d, optarg, s, err);
		if (r != 0) {
			return r;
		}
	}
	return optind;
}

/* What no file gave may be in the environment. */
static int check_ssh(struct settings *s, struct saw_err *err) {
	struct saw_sim_ssh_options *o = &s->run.ssh;
	o->password = o->password ? o->password : getenv("SAWATCH_SIM_SSH_PASSWORD");
	o->enable_secret = o->enable_secret ? o->enable_secret : getenv("SAWATCH_SIM_SSH_ENABLE");
	if (!o->password && !o->authorized_keys) {
		return saw_err_set(err, SAW_ECONFIG,
						   "--ssh: nobody could log in; it needs --ssh-password-file, "
						   "SAWATCH_SIM_SSH_PASSWORD or --ssh-authorized-keys");
	}
	return 0;
}

static int run(int argc, char **argv, struct settings *s, struct saw_err *err) {
	int used = parse(argc, argv, FOR_RUN, s, err);
	if (used < 0) {
		return used;
	}
	if (used != argc) {
		return saw_err_set(err, SAW_EFORMAT, "%s: run takes options only; see --help", argv[used]);
	}
	int r = saw_sim_agent_check(&s->run.agent, err);
	if (r == 0 && s->run.ssh.on) {
		r = check_ssh(s, err);
	}
	return r == 0 ? saw_sim_run(&s->run, err) : r;
}

static int fleet(int argc, char **argv, struct settings *s, struct saw_err *err) {
	int used = parse(argc, argv, FOR_FLEET, s, err);
	if (used < 0) {
		return used;
	}
	if (used != argc) {
		return saw_err_set(err, SAW_EFORMAT, "%s: fleet takes options only; see --help", argv[used]);
	}
	int r = s->run.ssh.on ? check_ssh(s, err) : 0;
	const struct saw_sim_fleet_options options = {.model = s->run.model,
												  .agent = s->run.agent,
												  .ssh = s->run.ssh,
												  .events = s->run.events,
												  .event_count = s->run.event_count,
												  .devices = s->devices,
												  .ports_file = s->run.ports_file};
	return r == 0 ? saw_sim_fleet(&options, err) : r;
}

static int show_pure(const struct settings *s, const char *device, const char *command, struct saw_buf *out,
					 struct saw_err *err) {
	struct saw_sim_model *m;
	enum saw_sim_dev dev;
	uint64_t now = (uint64_t)(s->at_seconds * 1000);
	if (saw_sim_device_parse(saw_str_of(device), &dev) != 0) {
		return saw_err_set(err, SAW_EUNKNOWN, "\"%s\" is no device here; there are %s and %s", device,
						   saw_sim_device_name(SAW_SIM_ASA), saw_sim_device_name(SAW_SIM_ASR));
	}
	int r = saw_sim_load(&s->run.model, s->run.scenario, &m, err);
	if (r != 0) {
		return r;
	}
	saw_sim_model_advance(m, now);
	saw_sim_cli_answer(&(struct saw_sim_cli){m, dev, now, true, NULL}, saw_str_of(command), out);
	saw_sim_model_destroy(m);
	return saw_buf_error(out) ? saw_err_set(err, saw_buf_error(out), "the output is too long") : 0;
}

static int ask(const char *control, const char *what, const char *words, struct saw_buf *out, struct saw_err *err) {
	struct saw_buf request = SAW_BUF_INIT(SAW_SIM_REQUEST_MAX - 2);
	saw_buf_printf(&request, "%s %s", what, words);
	int r = saw_buf_error(&request) ? saw_err_set(err, SAW_ELIMIT, "the command is too long")
									: saw_sim_control_ask(control, saw_buf_text(&request), out, err);
	saw_buf_free(&request);
	return r;
}

static int show(int argc, char **argv, struct settings *s, struct saw_err *err) {
	struct saw_buf out = SAW_BUF_INIT(SAW_SIM_CLI_MAX), words = SAW_BUF_INIT(SAW_SIM_REQUEST_MAX);
	int used = parse(argc, argv, FOR_SHOW, s, err);
	if (used < 0) {
		return used;
	}
	if (argc - used != 2) {
		return saw_err_set(err, SAW_EFORMAT, "expected: sawatch-sim show DEVICE \"COMMAND\"");
	}
	saw_buf_printf(&words, "%s %s", argv[used], argv[used + 1]);
	int r = s->run.control ? ask(s->run.control, "show", saw_buf_text(&words), &out, err)
						   : show_pure(s, argv[used], argv[used + 1], &out, err);
	if (r == 0) {
		fwrite(saw_buf_text(&out), 1, out.len, stdout);
	}
	saw_buf_free(&words);
	saw_buf_free(&out);
	return r;
}

static int make_happen(int argc, char **argv, struct settings *s, struct saw_err *err) {
	struct saw_buf out = SAW_BUF_INIT(65536), words = SAW_BUF_INIT(SAW_SIM_REQUEST_MAX);
	int used = parse(argc, argv, FOR_DO, s, err);
	if (used < 0) {
		return used;
	}
	if (!s->run.control || used == argc) {
		return saw_err_set(err, SAW_EFORMAT, "expected: sawatch-sim do --control PATH \"VERB ARGUMENTS\"");
	}
	for (; used < argc; used++) {
		saw_buf_printf(&words, "%s ", argv[used]);
	}
	int r = ask(s->run.control, "do", saw_buf_text(&words), &out, err);
	saw_buf_free(&words);
	saw_buf_free(&out);
	return r;
}

int main(int argc, char **argv) {
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv, struct settings *s, struct saw_err *err);
	} verbs[] = {{"run", run}, {"show", show}, {"do", make_happen}, {"fleet", fleet}};
	struct saw_err err = {.code = 0};
	struct settings s = {
		.run = {.model = SAW_SIM_OPTIONS_DEFAULT,
				.agent = {.address = "127.0.0.1", .community = "public", .auth = "sha256", .priv = "aes128"},
				.ssh = {.address = "127.0.0.1", .user = "sawatch"},
				.cli_every_seconds = 10},
		.devices = 100};
	s.run.events = s.quirks;
	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		help();
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		puts("sawatch-sim " PACKAGE_VERSION);
		return 0;
	}
	for (size_t v = 0; argc > 1 && v < sizeof(verbs) / sizeof(verbs[0]); v++) {
		if (strcmp(argv[1], verbs[v].name) == 0) {
			if (verbs[v].run(argc - 1, argv + 1, &s, &err) == 0) {
				return 0;
			}
			fprintf(stderr, "sawatch-sim: %s\n", err.text);
			return 1;
		}
	}
	fputs("sawatch-sim: expected run, show, do or fleet; see sawatch-sim --help\n", stderr);
	return 2;
}
