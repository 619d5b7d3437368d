/*
 * Hours of the simulated pair in a second: what sawatchd would show at each minute, as Prometheus would scrape it.
 *
 * Usage: hours CONFIG START_MS MINUTES <SCENARIO
 * The simulator's model is read by our collectors (SNMP every minute over a net in memory, show output every five as if by SSH), the
 * store takes the samples, and after each minute comes `# scrape UNIX_MS` and the text of /metrics. Time is a number throughout, so that
 * windows of hours can be asked for. The configuration names ASA-XFW01 and ASR-WAN01.
 */
#include "collectors/file/file.h"
#include "exporters/prometheus/prometheus.h"
#include "sim/cli.h"
#include "sim/mib.h"
#include "store/store.h"
#include "tests/fixtures/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MINUTE_MS 60000
#define SSH_MINUTES 5
#define SKEW_MS 700     /* between the two devices' polls */
#define CUT_ANSWERS 12U /* of a poll, where a device stops in the middle */

static const Sawatch__V1__Platform platforms[SAW_SIM_DEVICES] = {
	[SAW_SIM_ASA] = SAWATCH__V1__PLATFORM__PLATFORM_ASA,
	[SAW_SIM_ASR] = SAWATCH__V1__PLATFORM__PLATFORM_IOSXE,
};

static const char *const commands[SAW_SIM_DEVICES][6] = {
	[SAW_SIM_ASA] = {"show version", "show crypto ipsec sa detail", "show crypto ikev2 sa detail",
					 "show vpn-sessiondb detail l2l", "show interface", "show bgp summary"},
	[SAW_SIM_ASR] = {"show version", "show crypto ipsec sa detail", "show crypto ikev2 sa detail", "show interfaces",
					 "show ip interface", "show bgp all summary"},
};

struct hours {
	struct saw_sim_model *sim;
	struct saw_sim_mib *mib[SAW_SIM_DEVICES];
	struct saw_snmp_memory *memory[SAW_SIM_DEVICES];
	struct saw_store *store;
	struct saw_file_reader *reader;
	int64_t start_ms;
	char walk[64]; /* a file that is written anew for each poll */
};

static void fail(const char *what, const char *why) {
	fprintf(stderr, "hours: %s: %s\n", what, why);
	exit(1);
}

/* ------------------------------------------------------------------------------------------------------------------- SNMP */

static void print_oid(FILE *f, const struct saw_sim_oid *o) {
	for (size_t i = 0; i < o->n; i++)
		fprintf(f, i ? ".%u" : "%u", o->id[i]);
}

static void print_value(FILE *f, const struct saw_sim_value *v) {
	bool octets = v->type == SAW_SIM_OCTETS || v->type == SAW_SIM_IPADDRESS;

	fprintf(f, octets ? "|%ux|" : "|%u|", (unsigned)v->type);
	if (v->type == SAW_SIM_OID)
		print_oid(f, &v->oid);
	else if (!octets)
		fprintf(f, "%llu", (unsigned long long)v->number);
	for (size_t i = 0; octets && i < v->len; i++)
		fprintf(f, "%02x", v->bytes[i]);
	putc('\n', f);
}

static struct snmprec *walk_of(const struct hours *h, enum saw_sim_dev dev, uint64_t age_ms) {
	struct saw_sim_oid oid = {.n = 0};
	struct saw_sim_value value;
	FILE *f = fopen(h->walk, "w");

	if (!f)
		fail(h->walk, "cannot be written");
	for (;;) {
		saw_sim_mib_next(h->mib[dev], age_ms, &oid, &oid, &value);
		if (value.type == SAW_SIM_END_OF_MIB)
			break;
		print_oid(f, &oid);
		print_value(f, &value);
	}
	fclose(f);
	return snmprec_load(h->walk);
}

static void take(struct hours *h, Sawatch__V1__DeviceSample *sample, Sawatch__V1__Source source, int64_t at_ms) {
	sample->has_source = sample->has_observed_at_ms = 1;
	sample->source = source;
	sample->observed_at_ms = at_ms;
	if (saw_store_sample(h->store, sample, at_ms) != 0)
		fail(sample->device, "the store does not take its sample");
}

static void poll_snmp(struct hours *h, enum saw_sim_dev dev, uint64_t age_ms) {
	struct saw_sim_device state;
	struct device d;

	saw_sim_model_device(h->sim, dev, age_ms, &state);
	device_setup(&d, NULL);
	d.agent.walk = walk_of(h, dev, age_ms);
	d.target.device = saw_sim_device_name(dev);
	d.target.platform = platforms[dev];
	d.target.memory = h->memory[dev];
	d.net.loss = state.silent ? 100 : 0;
	d.net.until = saw_sim_model_quirk(h->sim, dev, SAW_SIM_QUIRK_CUT_WALK) ? CUT_ANSWERS : 0;
	device_run_one(&d);
	take(h, d.sample, SAWATCH__V1__SOURCE__SOURCE_SNMP, h->start_ms + (int64_t)age_ms);
	device_teardown(&d);
}

/* -------------------------------------------------------------------------------------------------------------------- SSH */

static void fail_ssh(struct hours *h, enum saw_sim_dev dev, int64_t at_ms) {
	size_t len;
	uint8_t *data = saw_snmp_failed_sample(saw_sim_device_name(dev), platforms[dev], at_ms,
										   SAWATCH__V1__POLL_ERROR__POLL_ERROR_TIMEOUT, "no answer", &len);
	Sawatch__V1__DeviceSample *sample = data ? sawatch__v1__device_sample__unpack(NULL, len, data) : NULL;

	if (!sample)
		fail(saw_sim_device_name(dev), "no sample");
	take(h, sample, SAWATCH__V1__SOURCE__SOURCE_SSH, at_ms);
	sawatch__v1__device_sample__free_unpacked(sample, NULL);
	free(data);
}

static void poll_ssh(struct hours *h, enum saw_sim_dev dev, uint64_t age_ms) {
	const struct saw_sim_cli cli = {h->sim, dev, age_ms, true, NULL};
	struct saw_buf text = SAW_BUF_INIT(SAW_SIM_CLI_MAX);
	Sawatch__V1__DeviceSample *sample;
	char prompt[SAW_SIM_PROMPT_MAX];
	struct saw_sim_device state;
	int64_t at_ms = h->start_ms + (int64_t)age_ms;
	const uint8_t *data;
	size_t len, reach;

	saw_sim_model_device(h->sim, dev, age_ms, &state);
	if (state.silent) {
		fail_ssh(h, dev, at_ms);
		return;
	}
	for (size_t i = 0; i < sizeof commands[dev] / sizeof commands[dev][0]; i++) {
		saw_buf_printf(&text, "%s%s\n", saw_sim_prompt(dev, NULL, true, prompt), commands[dev][i]);
		if (saw_sim_cli_run(&cli, saw_str_of(commands[dev][i]), &reach, &text) != 0)
			fail(commands[dev][i], "the device does not know it");
	}
	saw_file_begin(h->reader, saw_sim_device_name(dev), platforms[dev]);
	saw_file_feed(h->reader, saw_buf_text(&text), text.len);
	if (saw_file_end(h->reader, at_ms, at_ms, 0, &data, &len) != 0)
		fail(saw_sim_device_name(dev), "its show output is too long");
	sample = sawatch__v1__device_sample__unpack(NULL, len, data);
	if (!sample)
		fail(saw_sim_device_name(dev), "no sample");
	take(h, sample, SAWATCH__V1__SOURCE__SOURCE_SSH, at_ms);
	sawatch__v1__device_sample__free_unpacked(sample, NULL);
	saw_buf_free(&text);
}

/* ------------------------------------------------------------------------------------------------------------------- hours */

static void configure(struct hours *h, const char *path) {
	struct saw_config *c = NULL;
	struct saw_err err = {0};
	char text[16384];
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		fail(path, "cannot be read");
	n = fread(text, 1, sizeof text, f);
	fclose(f);
	if (saw_config_parse(path, text, n, &c, &err) != 0 || saw_store_configure(h->store, c, h->start_ms) != 0)
		fail(path, err.text);
	saw_config_destroy(c);
}

static void read_scenario(struct hours *h) {
	char line[256];

	while (fgets(line, sizeof line, stdin)) {
		struct saw_sim_event event;
		struct saw_err err = {0};
		uint64_t at_ms;
		int r = saw_sim_scenario_parse(saw_str_trim(saw_str_of(line)), &at_ms, &event, &err);

		if (r < 0 || (r > 0 && saw_sim_model_schedule(h->sim, at_ms, &event) != 0))
			fail(line, err.text);
	}
}

static void scrape(struct hours *h, int64_t now_ms) {
	struct saw_buf out = SAW_BUF_INIT(64U << 20);
	struct saw_snapshot *s;

	saw_store_tick(h->store, now_ms);
	s = saw_store_snapshot(h->store, now_ms);
	if (!s || saw_prometheus_render(
				  s->pb, now_ms, NULL,
				  &(struct saw_prometheus_options){.form = SAW_EXPOSITION_TEXT, .parts = SAW_PART_ALL}, &out) != 0)
		fail("snapshot", "cannot be written");
	printf("# scrape %lld\n%s", (long long)now_ms, saw_buf_text(&out));
	saw_snapshot_unref(s);
	saw_buf_free(&out);
}

int main(int argc, char **argv) {
	struct saw_sim_options options = SAW_SIM_OPTIONS_DEFAULT;
	struct hours h = {0};

	if (argc != 4)
		fail("usage", "hours CONFIG START_MS MINUTES <SCENARIO");
	h.start_ms = strtoll(argv[2], NULL, 10);
	options.lifetime_seconds = 1800;
	h.sim = saw_sim_model_create(&options);
	h.store = saw_store_create(h.start_ms);
	h.reader = saw_file_reader_create(16U << 20);
	device_engine = saw_snmp_engine_create(NULL);
	if (!h.sim || !h.store || !h.reader || !device_engine)
		fail("memory", "there is none");
	snprintf(h.walk, sizeof h.walk, "hours-%d.snmprec", (int)getpid());
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		h.mib[dev] = saw_sim_mib_create(h.sim, (enum saw_sim_dev)dev, 0);
		h.memory[dev] = saw_snmp_memory_create();
	}
	configure(&h, argv[1]);
	read_scenario(&h);
	for (long minute = 0, end = strtol(argv[3], NULL, 10); minute <= end; minute++) {
		uint64_t age_ms = (uint64_t)minute * MINUTE_MS;

		for (int dev = 0; dev < SAW_SIM_DEVICES; dev++, age_ms += SKEW_MS) {
			saw_sim_model_advance(h.sim, age_ms);
			poll_snmp(&h, (enum saw_sim_dev)dev, age_ms);
			if (minute % SSH_MINUTES == 0)
				poll_ssh(&h, (enum saw_sim_dev)dev, age_ms);
		}
		scrape(&h, h.start_ms + (int64_t)age_ms);
	}
	for (int dev = 0; dev < SAW_SIM_DEVICES; dev++) {
		saw_sim_mib_destroy(h.mib[dev]);
		saw_snmp_memory_destroy(h.memory[dev]);
	}
	unlink(h.walk);
	saw_snmp_engine_destroy(device_engine);
	saw_file_reader_destroy(h.reader);
	saw_store_destroy(h.store);
	saw_sim_model_destroy(h.sim);
	return 0;
}
