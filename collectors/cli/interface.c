/*
 * `show interface` of an ASA, `show interfaces` and `show ip interface` of IOS and IOS-XE -> one Interface per interface.
 *
 * Its first line says name and state; the lines that follow are known by their labels, or are counters, each a number and its
 * words. Counters of an ASA's interface are left absent: it prints two sets, of the hardware and of the named interface.
 */
#include "collectors/cli/tables.h"
#include "core/addr.h"

struct state {
	Sawatch__V1__Interface *port;
	bool out; /* the counters at hand are those of the packets sent */
};

static void end_port(struct saw_cli_scan *s) {
	struct state *st = s->state;

	if (st->port)
		saw_cli_emit(s, &st->port->base);
	st->port = NULL;
	s->at[SAW_CLI_RECORD] = NULL;
	saw_arena_reset(s->arena);
}

static bool begin_port(struct saw_cli_scan *s, struct saw_str name) {
	struct state *st = s->state;

	end_port(s);
	st->port = saw_arena_alloc(s->arena, sizeof *st->port);
	if (!st->port)
		return false;
	sawatch__v1__interface__init(st->port);
	st->port->name = saw_cli_copy(s, SAW_CLI_RECORD, name);
	s->at[SAW_CLI_RECORD] = &st->port->base;
	return st->port->name != NULL;
}

/* ` is up, line protocol is down (notconnect)`, after the name. */
static bool take_line_state(struct saw_cli_scan *s, struct saw_str state) {
	static const struct {
		const char *word;
		bool known, up;
	} admins[] = {
		{"up", true, true},    {"down", true, true},        {"administratively down", true, false},
		{"reset", true, true}, {"admin down", true, false}, {"deleted", false, false},
	};
	Sawatch__V1__Interface *port = ((struct state *)s->state)->port;
	struct saw_str line;

	if (!saw_cli_behind(state, ", line protocol is ", &line))
		return false;
	state = saw_str_trim((struct saw_str){state.p, state.n - line.n - strlen(", line protocol is ")});
	for (size_t i = 0; i < sizeof admins / sizeof admins[0]; i++) {
		if (!saw_str_eq(state, saw_str_of(admins[i].word)))
			continue;
		port->has_admin_up = admins[i].known;
		port->admin_up = admins[i].up;
		line = saw_cli_word(&line);
		port->has_line_up = 1;
		port->line_up = saw_str_starts(line, SAW_STR("up"));
		return port->line_up || saw_str_starts(line, SAW_STR("down"));
	}
	return false;
}

/* ASA: Interface Tunnel11 "to-site-a", is up, line protocol is up */
static bool take_asa_port(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct saw_str name = saw_cli_word(&value), state, nameif;
	Sawatch__V1__Interface *port;

	(void)r;
	if (!saw_cli_behind(value, "\", is ", &state) || !saw_cli_between(value, '"', '"', &nameif) || !begin_port(s, name))
		return false;
	port = ((struct state *)s->state)->port;
	if (nameif.n)
		port->nameif = saw_cli_copy(s, SAW_CLI_RECORD, nameif);
	return take_line_state(s, state);
}

/* IOS: Tunnel11 is up, line protocol is up */
static bool take_ios_port(struct saw_cli_scan *s, struct saw_str line) {
	struct saw_str name = saw_cli_word(&line), is = saw_cli_word(&line), rest;

	return saw_str_eq(is, SAW_STR("is")) && saw_cli_behind(line, ", line protocol is ", &rest) && begin_port(s, name) &&
		   take_line_state(s, line);
}

/* ------------------------------------------------------------------------------------------------------------- counters */

enum scope { ANY, IN, OUT }; /* whose bytes: of the line that counts packets received, or sent */

static const struct {
	const char *words;
	enum scope scope;
	struct saw_field field; /* none: known, and nothing of the model */
} counters[] = {
	{"packets input", ANY, SAW_FIELD(Sawatch__V1__Interface, in_packets)},
	{"packets output", ANY, SAW_FIELD(Sawatch__V1__Interface, out_packets)},
	{"bytes", IN, SAW_FIELD(Sawatch__V1__Interface, in_bytes)},
	{"bytes", OUT, SAW_FIELD(Sawatch__V1__Interface, out_bytes)},
	{"input errors", ANY, SAW_FIELD(Sawatch__V1__Interface, in_errors)},
	{"output errors", ANY, SAW_FIELD(Sawatch__V1__Interface, out_errors)},
	{"no buffer", ANY, {0}},
	{"runts", ANY, {0}},
	{"giants", ANY, {0}},
	{"throttles", ANY, {0}},
	{"CRC", ANY, {0}},
	{"frame", ANY, {0}},
	{"overrun", ANY, {0}},
	{"ignored", ANY, {0}},
	{"abort", ANY, {0}},
	{"watchdog", ANY, {0}},
	{"multicast", ANY, {0}},
	{"pause input", ANY, {0}},
	{"resume input", ANY, {0}},
	{"pause output", ANY, {0}},
	{"resume output", ANY, {0}},
	{"input packets with dribble condition detected", ANY, {0}},
	{"L2 decode drops", ANY, {0}},
	{"underruns", ANY, {0}},
	{"collisions", ANY, {0}},
	{"interface resets", ANY, {0}},
	{"unknown protocol drops", ANY, {0}},
	{"babbles", ANY, {0}},
	{"late collision", ANY, {0}},
	{"late collisions", ANY, {0}},
	{"deferred", ANY, {0}},
	{"lost carrier", ANY, {0}},
	{"no carrier", ANY, {0}},
	{"PAUSE output", ANY, {0}},
	{"output buffer failures", ANY, {0}},
	{"output buffers swapped out", ANY, {0}},
	{"carrier transitions", ANY, {0}},
	{"input reset drops", ANY, {0}},
	{"output reset drops", ANY, {0}},
	{"tx hangs", ANY, {0}},
	{"packets dropped", ANY, {0}},
	{"switch ingress policy drops", ANY, {0}},
	{"switch egress policy drops", ANY, {0}},
	{"demux drops", ANY, {0}},
	{"verification drops", ANY, {0}}, /* show ip interface */
	{"suppressed verification drops", ANY, {0}},
	{"verification drop-rate", ANY, {0}},
	{"rate limit drops", ANY, {0}},
	{"minute drop rate", ANY, {0}}, /* ASA, `1 minute drop rate, 0 pkts/sec` */
	{"pkts/sec", ANY, {0}},
};

static bool take_counter(struct saw_cli_scan *s, struct saw_str piece) {
	struct state *st = s->state;
	struct saw_str words;
	uint64_t v;

	if (!saw_cli_digits(piece, UINT64_MAX, &v, &words))
		return false;
	words = saw_str_trim(words);
	if (saw_str_eq(words, SAW_STR("packets input")) || saw_str_eq(words, SAW_STR("packets output")))
		st->out = saw_str_starts(words, SAW_STR("packets o"));
	for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++) {
		const struct saw_field *f = &counters[i].field;

		if (!saw_str_eq(words, saw_str_of(counters[i].words)) ||
			(counters[i].scope && (counters[i].scope == OUT) != st->out))
			continue;
		if (!f->name || s->platform == SAWATCH__V1__PLATFORM__PLATFORM_ASA)
			return true;
		return st->port && saw_field_set_u64(&st->port->base, f, v) == 0;
	}
	return false;
}

/* `5 minute input rate 2000 bits/sec, 2 packets/sec` */
static bool is_rate(struct saw_str line) {
	struct saw_str rest;

	return saw_cli_behind(line, "put rate ", &rest) && saw_cli_behind(rest, "/sec", &rest);
}

static bool take_counters(struct saw_cli_scan *s, struct saw_str line) {
	bool all = true;

	while (line.n) {
		const char *comma = memchr(line.p, ',', line.n);
		size_t n = comma ? (size_t)(comma - line.p) : line.n;

		all = take_counter(s, saw_str_trim((struct saw_str){line.p, n})) && all;
		n += comma != NULL;
		line = (struct saw_str){line.p + n, line.n - n};
	}
	return all;
}

/* The list in the line before goes on: helper addresses, multicast groups. */
static bool is_addresses(struct saw_str line) {
	struct saw_addr address;
	struct saw_str word;

	while ((word = saw_cli_word(&line)).n)
		if (saw_addr_parse(word, &address) != 0)
			return false;
	return true;
}

static bool take_row(struct saw_cli_scan *s, struct saw_str line) {
	struct saw_str rest;

	if (line.p[0] >= '0' && line.p[0] <= '9')
		return is_rate(line) || is_addresses(line) || take_counters(s, line);
	return take_ios_port(s, line) || saw_cli_behind(line, " source tracking subblock associated with ", &rest) ||
		   saw_cli_behind(line, " vaccess, cloned from ", &rest);
}

/* --------------------------------------------------------------------------------------------------------- what it is like */

/* A number behind a label somewhere in the line; true also where it is not there, or not set. */
static bool number_behind(struct saw_cli_scan *s, struct saw_str line, const char *label, struct saw_field field,
						  uint64_t times) {
	const ProtobufCMessage *port = saw_cli_at(s, SAW_CLI_RECORD);
	struct saw_str rest;
	uint64_t v;

	if (!port)
		return false;
	if (!saw_cli_behind(line, label, &rest) || saw_str_starts(rest, SAW_STR("not set")))
		return true;
	return saw_cli_digits(rest, UINT64_MAX / times, &v, NULL) &&
		   saw_field_set_u64(s->at[SAW_CLI_RECORD], &field, v * times) == 0;
}

#define MTU ((struct saw_field)SAW_FIELD(Sawatch__V1__Interface, mtu_bytes))
#define BANDWIDTH ((struct saw_field)SAW_FIELD(Sawatch__V1__Interface, bandwidth_kbit))

/* ASA: `Hardware is …, BW 1000 Mbps, DLY 10 usec`, `Hardware is Virtual Tunnel    MAC address N/A, MTU 1500` */
static bool take_hardware(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct saw_str bandwidth, unit;
	uint64_t v;

	(void)r;
	if (!number_behind(s, value, ", MTU ", MTU, 1))
		return false;
	if (!saw_cli_behind(value, ", BW ", &bandwidth) || !saw_cli_digits(bandwidth, UINT64_MAX, &v, &unit))
		return true;
	unit = saw_str_trim(unit);
	return number_behind(s, value, ", BW ", BANDWIDTH,
						 saw_str_starts(unit, SAW_STR("Gbps"))   ? 1000000
						 : saw_str_starts(unit, SAW_STR("Mbps")) ? 1000
																 : 1);
}

/* ASA: `MAC address 0200.5e00.0001, MTU 1500` */
static bool take_mac(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	(void)r;
	return number_behind(s, value, ", MTU ", MTU, 1);
}

/* `show ip interface`: VPN Routing/Forwarding "BLUE" */
static bool take_vrf(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct saw_str vrf;

	return saw_cli_between(value, '"', '"', &vrf) && saw_cli_text(s, r, vrf);
}

/* IOS: `MTU 9976 bytes, BW 100 Kbit/sec, DLY 50000 usec,` */
static bool take_mtu(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	return saw_cli_leading_number(s, r, value) && number_behind(s, value, ", BW ", BANDWIDTH, 1);
}

/* IOS: `0/375/0/0 (size/max/drops/flushes); Total output drops: 0` */
static bool take_queue(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	static const struct saw_field drops = SAW_FIELD(Sawatch__V1__Interface, out_discards);
	struct saw_str rest = value;
	uint64_t v = 0;

	for (int i = 0; i < 3; i++) {
		if (i && (!rest.n || rest.p[0] != '/'))
			return false;
		if (i)
			rest = (struct saw_str){rest.p + 1, rest.n - 1};
		if (!saw_cli_digits(rest, UINT64_MAX, &v, &rest))
			return false;
	}
	return saw_cli_at(s, r->level) && saw_field_set_u64(s->at[r->level], &r->field, v) == 0 &&
		   number_behind(s, value, "output drops: ", drops, 1);
}

/* An address of a tunnel's end. IOS prints UNKNOWN for none, the ASA 0.0.0.0. */
static bool set_end(struct saw_cli_scan *s, struct saw_field field, struct saw_str value) {
	const struct saw_cli_rule rule = {.level = SAW_CLI_RECORD, .field = field};
	struct saw_addr address;

	if (saw_str_eq(value, SAW_STR("UNKNOWN")) || (s->platform == SAWATCH__V1__PLATFORM__PLATFORM_ASA &&
												  saw_addr_parse(value, &address) == 0 && saw_addr_is_any(&address)))
		return saw_cli_at(s, SAW_CLI_RECORD) != NULL;
	return saw_cli_text(s, &rule, value);
}

#define END(f) ((struct saw_field)SAW_FIELD_TEXT(Sawatch__V1__Interface, f))

/* IOS: `192.0.2.1 (GigabitEthernet1), destination 192.0.2.2` */
static bool take_source(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct saw_str rest = value, source, interface, destination;

	(void)r;
	if (saw_cli_behind(value, "destination ", &destination)) {
		if (!set_end(s, END(tunnel_destination), saw_cli_word(&destination)))
			return false;
	}
	source = saw_cli_word(&rest);
	if (source.n && source.p[source.n - 1] == ',')
		source.n--;
	if (saw_cli_between(value, '(', ')', &interface) && !set_end(s, END(tunnel_source_interface), interface))
		return false;
	return set_end(s, END(tunnel_source), source);
}

/* ASA: `Source interface: outside       IP address: 192.0.2.1` */
static bool take_asa_source(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct saw_str address = {NULL, 0};

	(void)r;
	if (saw_cli_behind(value, "IP address:", &address))
		value.n -= address.n + strlen("IP address:");
	return set_end(s, END(tunnel_source_interface), saw_str_trim(value)) &&
		   set_end(s, END(tunnel_source), saw_str_trim(address));
}

static bool take_destination(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	return set_end(s, r->field, value);
}

/* ASA: `Mode: ipsec ipv4        IPsec profile: VTI-GCM` */
static bool take_mode(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct saw_str profile = {NULL, 0};

	if (saw_cli_behind(value, "IPsec profile:", &profile))
		value.n -= profile.n + strlen("IPsec profile:");
	return saw_cli_text(s, r, saw_str_trim(value)) && set_end(s, END(ipsec_profile), saw_str_trim(profile));
}

/* GRE/IP; old ones go on in the line: `GRE/IP, key disabled, sequencing disabled` */
static bool take_transport(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	const char *comma = memchr(value.p, ',', value.n);

	return saw_cli_text(s, r, (struct saw_str){value.p, comma ? (size_t)(comma - value.p) : value.n});
}

/* (profile "VTI-GCM") */
static bool take_protection(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct saw_str profile;

	return saw_cli_between(value, '"', '"', &profile) && saw_cli_text(s, r, profile);
}

#define WHOLE SAW_CLI_WHOLE
#define PREFIX SAW_CLI_PREFIX
#define RECORD SAW_CLI_RECORD
#define PORT(f) SAW_FIELD(Sawatch__V1__Interface, f)
#define PORT_TEXT(f) SAW_FIELD_TEXT(Sawatch__V1__Interface, f)

static const struct saw_cli_rule ios_rules[] = {
	{"Description", WHOLE, saw_cli_text, RECORD, PORT_TEXT(description)},
	{"MTU ", PREFIX, take_mtu, RECORD, PORT(mtu_bytes)},
	{"Input queue", WHOLE, take_queue, RECORD, PORT(in_discards)},
	{"Tunnel source ", PREFIX, take_source, RECORD},
	{"Tunnel protocol/transport ", PREFIX, take_transport, RECORD, PORT_TEXT(tunnel_mode)},
	{"Tunnel transport MTU ", PREFIX, saw_cli_leading_number, RECORD, PORT(transport_mtu_bytes)},
	{"Tunnel protection via IPSec ", PREFIX, take_protection, RECORD, PORT_TEXT(ipsec_profile)},
	{"Tunnel protection via IPsec ", PREFIX, take_protection, RECORD, PORT_TEXT(ipsec_profile)},

	{"Hardware is ", PREFIX, saw_cli_ignore},
	{"Interface is ", PREFIX, saw_cli_ignore}, /* unnumbered, bound to Di1 */
	{"Vaccess status ", PREFIX, saw_cli_ignore},
	{"Bound to", WHOLE, saw_cli_ignore},
	{"Open", WHOLE, saw_cli_ignore}, /* protocols of PPP */
	{"DTR is ", PREFIX, saw_cli_ignore},
	{"RTS ", PREFIX, saw_cli_ignore},
	{"reliability ", PREFIX, saw_cli_ignore},
	{"Encapsulation ", PREFIX, saw_cli_ignore},
	{"Keepalive ", PREFIX, saw_cli_ignore},
	{"Carrier delay is ", PREFIX, saw_cli_ignore},
	{"Full Duplex", PREFIX, saw_cli_ignore},
	{"Full-duplex", PREFIX, saw_cli_ignore},
	{"Half Duplex", PREFIX, saw_cli_ignore},
	{"Half-duplex", PREFIX, saw_cli_ignore},
	{"Auto Duplex", PREFIX, saw_cli_ignore},
	{"Auto-duplex", PREFIX, saw_cli_ignore},
	{"Unknown, ", PREFIX, saw_cli_ignore}, /* duplex and speed */
	{"Fec is ", PREFIX, saw_cli_ignore},
	{"input flow-control is ", PREFIX, saw_cli_ignore},
	{"output flow-control is ", PREFIX, saw_cli_ignore},
	{"ARP type", WHOLE, saw_cli_ignore},
	{"Last input ", PREFIX, saw_cli_ignore},
	{"Last clearing of ", PREFIX, saw_cli_ignore},
	{"Queueing strategy", WHOLE, saw_cli_ignore},
	{"Output queue", WHOLE, saw_cli_ignore},
	{"Received ", PREFIX, saw_cli_ignore},
	{"Output ", PREFIX, saw_cli_ignore}, /* broadcasts */
	{"Members in this channel", WHOLE, saw_cli_ignore},
	{"No. of ", PREFIX, saw_cli_ignore}, /* members of a channel */
	{"Member ", PREFIX, saw_cli_ignore},
	{"Tunnel linestate evaluation ", PREFIX, saw_cli_ignore},
	{"Tunnel Subblocks", WHOLE, saw_cli_ignore},
	{"src-track", WHOLE, saw_cli_ignore},
	{"Set of tunnels with source ", PREFIX, saw_cli_ignore},
	{"Key ", PREFIX, saw_cli_ignore},
	{"TEID ", PREFIX, saw_cli_ignore}, /* UDP/IP: VXLAN */
	{"VXLAN ", PREFIX, saw_cli_ignore},
	{"Sequencing ", PREFIX, saw_cli_ignore},
	{"Checksumming of packets ", PREFIX, saw_cli_ignore},
	{"Tunnel TTL ", PREFIX, saw_cli_ignore},
	{"Tunnel TOS/Traffic Class ", PREFIX, saw_cli_ignore},
	{"Tunnel is transmit only", PREFIX, saw_cli_ignore},
	{"Tunnel is receive only", PREFIX, saw_cli_ignore},
	{"Tunnel transmit bandwidth ", PREFIX, saw_cli_ignore},
	{"Tunnel receive bandwidth ", PREFIX, saw_cli_ignore},
	{"Fast tunneling enabled", PREFIX, saw_cli_ignore},
	{"Path MTU Discovery", PREFIX, saw_cli_ignore},

	/* show ip interface */
	{"MTU is ", PREFIX, saw_cli_leading_number, RECORD, PORT(ip_mtu_bytes)},
	{"VPN Routing/Forwarding ", PREFIX, take_vrf, RECORD, PORT_TEXT(vrf)},
	{"Downstream VPN Routing/Forwarding ", PREFIX, saw_cli_ignore},
	{"Internet ", PREFIX, saw_cli_ignore},
	{"Broadcast address is ", PREFIX, saw_cli_ignore},
	{"Address determined by ", PREFIX, saw_cli_ignore},
	{"Peer address is ", PREFIX, saw_cli_ignore},
	{"Secondary address ", PREFIX, saw_cli_ignore},
	{"Dialer interface is ", PREFIX, saw_cli_ignore},
	{"Helper address", PREFIX, saw_cli_ignore},
	{"Directed broadcast forwarding is ", PREFIX, saw_cli_ignore},
	{"Multicast reserved groups joined", WHOLE, saw_cli_ignore},
	{"Outgoing ", PREFIX, saw_cli_ignore}, /* access lists */
	{"Inbound ", PREFIX, saw_cli_ignore},
	{"Proxy ARP is ", PREFIX, saw_cli_ignore},
	{"Local Proxy ARP is ", PREFIX, saw_cli_ignore},
	{"Security level is ", PREFIX, saw_cli_ignore},
	{"Split horizon is ", PREFIX, saw_cli_ignore},
	{"ICMP ", PREFIX, saw_cli_ignore},
	{"IP ", PREFIX, saw_cli_ignore},
	{"IPv4 ", PREFIX, saw_cli_ignore}, /* WCCP, and features of later versions */
	{"WCCP ", PREFIX, saw_cli_ignore},
	{"Associated ", PREFIX, saw_cli_ignore}, /* routing topologies */
	{"Topology ", PREFIX, saw_cli_ignore},
	{"Router Discovery is ", PREFIX, saw_cli_ignore},
	{"TCP/IP header compression is ", PREFIX, saw_cli_ignore},
	{"RTP/IP header compression is ", PREFIX, saw_cli_ignore},
	{"Probe proxy name replies are ", PREFIX, saw_cli_ignore},
	{"Policy routing is ", PREFIX, saw_cli_ignore},
	{"Network address translation is ", PREFIX, saw_cli_ignore},
	{"BGP Policy Mapping is ", PREFIX, saw_cli_ignore},
	{"Input features", WHOLE, saw_cli_ignore},
	{"Output features", WHOLE, saw_cli_ignore},
	{"Post encapsulation features", WHOLE, saw_cli_ignore},
};

static const struct saw_cli_rule asa_rules[] = {
	{"Interface ", PREFIX, take_asa_port, RECORD},
	{"Description", WHOLE, saw_cli_text, RECORD, PORT_TEXT(description)},
	{"Hardware is ", PREFIX, take_hardware, RECORD},
	{"MAC address ", PREFIX, take_mac, RECORD},
	{"Source interface", WHOLE, take_asa_source, RECORD},
	{"Destination IP address", WHOLE, take_destination, RECORD, PORT_TEXT(tunnel_destination)},
	{"Mode", WHOLE, take_mode, RECORD, PORT_TEXT(tunnel_mode)},

	{"Full-Duplex", PREFIX, saw_cli_ignore},
	{"Half-Duplex", PREFIX, saw_cli_ignore},
	{"Auto-Duplex", PREFIX, saw_cli_ignore},
	{"Input flow control is ", PREFIX, saw_cli_ignore},
	{"IP address ", PREFIX, saw_cli_ignore},
	{"VLAN identifier ", PREFIX, saw_cli_ignore},
	{"Available but not configured ", PREFIX, saw_cli_ignore},
	{"Received ", PREFIX, saw_cli_ignore},
	{"input queue ", PREFIX, saw_cli_ignore},
	{"output queue ", PREFIX, saw_cli_ignore},
	{"Traffic Statistics for ", PREFIX, saw_cli_ignore},
	{"Management-only interface", PREFIX, saw_cli_ignore},
	{"Tunnel Interface Information", WHOLE, saw_cli_ignore},
	{"Member of ", PREFIX, saw_cli_ignore},
	{"Active member of ", PREFIX, saw_cli_ignore},
	{"Standby member of ", PREFIX, saw_cli_ignore},
	{"Members in this channel", WHOLE, saw_cli_ignore},
	{"Active", WHOLE, saw_cli_ignore},          /* ports of a channel */
	{"Control Point ", PREFIX, saw_cli_ignore}, /* show interface detail */
	{"Dataplane ", PREFIX, saw_cli_ignore},
	{"Interface number is ", PREFIX, saw_cli_ignore},
	{"Interface config status is ", PREFIX, saw_cli_ignore},
	{"Interface state is ", PREFIX, saw_cli_ignore},
	{"Interface vlan config status is ", PREFIX, saw_cli_ignore},
	{"Interface vlan state is ", PREFIX, saw_cli_ignore},
	{"Asymmetrical Routing Statistics", WHOLE, saw_cli_ignore},
	{"Transmitted ", PREFIX, saw_cli_ignore},
	{"Dropped ", PREFIX, saw_cli_ignore},
	{"Inactive", WHOLE, saw_cli_ignore},
};

const struct saw_cli_table saw_cli_interfaces = {
	.rules = ios_rules,
	.n = sizeof ios_rules / sizeof ios_rules[0],
	.state_size = sizeof(struct state),
	.row = take_row,
	.end = end_port,
};

const struct saw_cli_table saw_cli_asa_interface = {
	.rules = asa_rules,
	.n = sizeof asa_rules / sizeof asa_rules[0],
	.state_size = sizeof(struct state),
	.row = take_row,
	.end = end_port,
};
