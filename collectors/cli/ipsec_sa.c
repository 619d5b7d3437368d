/*
 * All forms of `show crypto ipsec sa` on ASA, IOS and IOS-XE -> one IpsecSa per pair of selectors.
 *
 * interface -> crypto map line -> flow (from `protected vrf` or `local ident` on) -> direction -> SA (from `spi` on).
 */
#include "collectors/cli/tables.h"
#include "collectors/cli/transform.h"
#include "core/addr.h"

#define SAS_MAX 256 /* of a flow, per direction; a rekey under way has two */
#define SETTINGS_MAX 32

enum { INBOUND, OUTBOUND, DIRECTIONS };

struct state {
	Sawatch__V1__IpsecSa head; /* interface, crypto map, local address: shared by the flows that follow */
	Sawatch__V1__IpsecSa *flow;
	bool begun_by_vrf; /* nothing but the line `protected vrf` is known of the flow: `local ident` belongs to it */
	int direction;     /* of the section at hand; DIRECTIONS: before the first */
	const char *protocol;
	Sawatch__V1__Sa *sas[DIRECTIONS][SAS_MAX];
	size_t n[DIRECTIONS];
};

static Sawatch__V1__Sa *sa_at_hand(struct saw_cli_scan *s) {
	return (Sawatch__V1__Sa *)s->at[SAW_CLI_CHILD];
}

static void end_flow(struct saw_cli_scan *s) {
	struct state *st = s->state;

	if (st->flow) {
		st->flow->inbound_sas = st->sas[INBOUND];
		st->flow->n_inbound_sas = st->n[INBOUND];
		st->flow->outbound_sas = st->sas[OUTBOUND];
		st->flow->n_outbound_sas = st->n[OUTBOUND];
		saw_cli_emit(s, &st->flow->base);
	}
	st->flow = NULL;
	st->begun_by_vrf = false;
	st->direction = DIRECTIONS;
	st->n[INBOUND] = st->n[OUTBOUND] = 0;
	s->at[SAW_CLI_RECORD] = s->at[SAW_CLI_CHILD] = NULL;
	saw_arena_reset(s->arena);
}

static bool begin_flow(struct saw_cli_scan *s) {
	struct state *st = s->state;

	end_flow(s);
	st->flow = saw_arena_alloc(s->arena, sizeof *st->flow);
	if (!st->flow)
		return false;
	sawatch__v1__ipsec_sa__init(st->flow);
	st->flow->interface = st->head.interface;
	st->flow->crypto_map = st->head.crypto_map;
	st->flow->has_crypto_map_sequence = st->head.has_crypto_map_sequence;
	st->flow->crypto_map_sequence = st->head.crypto_map_sequence;
	st->flow->local_address = st->head.local_address;
	s->at[SAW_CLI_RECORD] = &st->flow->base;
	return true;
}

static void begin_head(struct saw_cli_scan *s) {
	struct state *st = s->state;

	end_flow(s);
	saw_arena_reset(s->head_arena);
	sawatch__v1__ipsec_sa__init(&st->head);
	s->at[SAW_CLI_HEAD] = &st->head.base;
}

static bool open(struct saw_cli_scan *s, enum saw_cli_level level) {
	if (level == SAW_CLI_HEAD)
		begin_head(s);
	return level == SAW_CLI_HEAD || (level == SAW_CLI_RECORD && begin_flow(s));
}

static bool take_interface(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	begin_head(s);
	return saw_cli_text(s, r, value);
}

/* `peer address:` heads the ASA's view by peer: the interface is not printed there. */
static bool take_peer_head(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	(void)r;
	(void)value;
	begin_head(s);
	return true;
}

/* Another crypto map line under the same interface. */
static bool take_map(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct state *st = s->state;
	struct saw_str interface = saw_str_of(st->head.interface);

	end_flow(s);
	saw_buf_reset(&s->clean);
	saw_buf_put(&s->clean, interface.p, interface.n);
	begin_head(s);
	if (s->clean.len)
		st->head.interface = saw_arena_strndup(s->head_arena, saw_buf_text(&s->clean), s->clean.len);
	return saw_cli_text(s, r, value);
}

static bool take_vrf(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct state *st = s->state;

	if (!begin_flow(s))
		return false;
	st->begun_by_vrf = true;
	return saw_cli_text(s, r, value);
}

/* The text between the brackets: (10.0.0.0/255.255.255.0/0/0). */
static bool take_ident(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct saw_str ident;

	return saw_cli_between(value, '(', ')', &ident) && saw_cli_squeezed(s, r, ident);
}

static bool take_local_ident(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct state *st = s->state;

	if (!st->begun_by_vrf && !begin_flow(s))
		return false;
	st->begun_by_vrf = false;
	return take_ident(s, r, value);
}

/* The flow that a line of a flow's head belongs to: the next one, where it came already and the line before it was lost. */
static Sawatch__V1__IpsecSa *at_head(struct saw_cli_scan *s, bool came) {
	if (came && !begin_flow(s))
		return NULL;
	return (Sawatch__V1__IpsecSa *)saw_cli_at(s, SAW_CLI_RECORD);
}

static bool take_remote_ident(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	const Sawatch__V1__IpsecSa *flow = ((const struct state *)s->state)->flow;

	return at_head(s, flow && flow->remote_ident) && take_ident(s, r, value);
}

/*
 * ASA: `current_peer: 192.0.2.1` or `: name`, with `, username: u`; IOS: `current_peer 192.0.2.1 port 500`, old ones
 * `current_peer: 192.0.2.1:500`.
 */
static bool take_peer(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	Sawatch__V1__IpsecSa *flow = ((struct state *)s->state)->flow;
	const char *comma = memchr(value.p, ',', value.n), *colon;
	struct saw_str rest = {value.p, comma ? (size_t)(comma - value.p) : value.n};
	struct saw_str peer, keyword, number;
	struct saw_addr address;
	uint64_t port;
	char *text;

	flow = at_head(s, flow && (flow->peer || flow->peer_name));
	if (!flow)
		return false;
	if (rest.n && rest.p[0] == ':')
		rest = (struct saw_str){rest.p + 1, rest.n - 1};
	peer = saw_cli_word(&rest);
	keyword = saw_cli_word(&rest);
	number = saw_cli_word(&rest);
	colon = peer.n ? memchr(peer.p, ':', peer.n) : NULL;
	if (colon && saw_addr_parse((struct saw_str){peer.p, (size_t)(colon - peer.p)}, &address) == 0) {
		number = (struct saw_str){colon + 1, peer.n - (size_t)(colon + 1 - peer.p)};
		peer.n = (size_t)(colon - peer.p);
	} else if (keyword.n && !saw_str_eq(keyword, SAW_STR("port"))) {
		return false;
	}
	if (number.n) {
		if (saw_parse_u64(number, 65535, &port) != 0)
			return false;
		flow->has_peer_port = 1;
		flow->peer_port = (uint32_t)port;
	}
	if (saw_cli_is_none(peer))
		return true;
	text = saw_cli_copy(s, r->level, peer);
	if (saw_addr_parse(peer, &address) == 0)
		flow->peer = text;
	else
		flow->peer_name = text;
	return text != NULL;
}

/* Printed once for IPv4 and once for IPv6; the one that is not in use is 0.0.0.0 or ::. */
static bool take_dynamic_peer(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct saw_addr address;

	if (saw_addr_parse(value, &address) == 0 && saw_addr_is_any(&address))
		return saw_cli_at(s, r->level) != NULL;
	return saw_cli_text(s, r, value);
}

/* An address or name, and the UDP port behind its slash: the field named by the row, and the port of the same end. */
static bool take_endpoint(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	static const struct saw_field local_port = SAW_FIELD(Sawatch__V1__IpsecSa, local_port);
	static const struct saw_field remote_port = SAW_FIELD(Sawatch__V1__IpsecSa, remote_port);
	struct saw_str address;
	uint32_t port;

	if (!saw_cli_split_endpoint(value, &address, &port) || !saw_cli_text(s, r, address))
		return false;
	return !port || saw_field_set_u64(s->at[r->level], r->label[0] == 'l' ? &local_port : &remote_port, port) == 0;
}

/* ASA: 74, or 63(44): all that is added, and what is added before the padding. */
static bool take_overhead(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	static const struct saw_field base = SAW_FIELD(Sawatch__V1__IpsecSa, ipsec_overhead_base);
	struct saw_str inside;
	uint64_t v;

	if (!saw_cli_leading_number(s, r, value))
		return false;
	if (!saw_cli_between(value, '(', ')', &inside))
		return true;
	return saw_parse_u64(inside, UINT32_MAX, &v) == 0 && saw_field_set_u64(s->at[r->level], &base, v) == 0;
}

/* `inbound esp sas`: the SAs that follow. The row's own label says which. */
static bool take_section(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct state *st = s->state;
	static const char *const protocols[] = {"esp", "ah", "pcp"};

	if (value.n || !saw_cli_at(s, SAW_CLI_RECORD))
		return false;
	s->at[SAW_CLI_CHILD] = NULL;
	st->direction = r->label[0] == 'i' ? INBOUND : OUTBOUND;
	for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++)
		if (strncmp(strchr(r->label, ' ') + 1, protocols[i], strlen(protocols[i])) == 0)
			st->protocol = protocols[i];
	return true;
}

static bool take_sa(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	struct state *st = s->state;
	Sawatch__V1__Sa *sa;

	s->at[SAW_CLI_CHILD] = NULL;
	if (!st->flow || st->direction == DIRECTIONS || st->n[st->direction] == SAS_MAX)
		return false;
	sa = saw_arena_alloc(s->arena, sizeof *sa);
	if (!sa)
		return false;
	sawatch__v1__sa__init(sa);
	sa->protocol = (char *)(uintptr_t)st->protocol;
	st->sas[st->direction][st->n[st->direction]++] = sa;
	s->at[SAW_CLI_CHILD] = &sa->base;
	return saw_cli_spi(s, r, value);
}

static bool take_transform(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	Sawatch__V1__Sa *sa = sa_at_hand(s);
	struct saw_transform t;

	while (value.n && (value.p[value.n - 1] == ',' || value.p[value.n - 1] == ' '))
		value.n--;
	if (!sa || !saw_cli_squeezed(s, r, value))
		return false;
	saw_transform_parse(value, &t);
	sa->encryption = (char *)(uintptr_t)t.encryption;
	sa->integrity = (char *)(uintptr_t)t.integrity;
	sa->has_key_bits = t.key_bits != 0;
	sa->key_bits = t.key_bits;
	return true;
}

/* The next setting of {L2L, Tunnel UDP-Encaps, PFS Group 21, }: split at commas and blanks, "PFS Group N" is one. */
static struct saw_str next_setting(struct saw_str *rest) {
	struct saw_str all, word;
	size_t n = 0;

	while (rest->n && (rest->p[0] == ',' || rest->p[0] == ' ' || rest->p[0] == '\t'))
		*rest = (struct saw_str){rest->p + 1, rest->n - 1};
	all = *rest;
	if (saw_str_starts(all, SAW_STR("PFS Group "))) {
		n = sizeof "PFS Group " - 1;
		while (n < all.n && all.p[n] == ' ')
			n++;
	}
	while (n < all.n && all.p[n] != ',' && all.p[n] != ' ' && all.p[n] != '\t')
		n++;
	word = saw_str_trim((struct saw_str){all.p, n});
	*rest = (struct saw_str){all.p + n, all.n - n};
	return word;
}

static bool take_settings(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	Sawatch__V1__Sa *sa = sa_at_hand(s);
	struct saw_str list, one;
	char **texts;
	size_t n = 0;

	if (!sa || sa->settings || !saw_cli_between(value, '{', '}', &list))
		return false;
	texts = saw_arena_alloc(s->arena, SETTINGS_MAX * sizeof *texts);
	if (!texts)
		return false;
	for (one = next_setting(&list); one.n && n < SETTINGS_MAX; one = next_setting(&list)) {
		texts[n] = saw_cli_copy(s, r->level, one);
		if (!texts[n])
			return false;
		n++;
		if (saw_str_eq(one, SAW_STR("Rekeyed")))
			sa->state = (char *)(uintptr_t) "rekeyed";
	}
	sa->settings = texts;
	sa->n_settings = n;
	return one.n == 0;
}

/* The first word of ACTIVE(ACTIVE) or active. An SA that was rekeyed and lives on to its end stays `rekeyed`. */
static bool take_state(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	Sawatch__V1__Sa *sa = sa_at_hand(s);
	struct saw_str word = saw_cli_word(&value);
	const char *bracket = word.n ? memchr(word.p, '(', word.n) : NULL;

	if (!sa)
		return false;
	if (bracket)
		word.n = (size_t)(bracket - word.p);
	if (saw_cli_is_none(word) || (sa->state && strcmp(sa->state, "rekeyed") == 0))
		return true;
	sa->state = saw_cli_copy(s, r->level, word);
	for (char *c = sa->state; c && *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return sa->state != NULL;
}

/*
 * remaining key lifetime (k/sec): (4101251/21733) | (kB/sec): (…) | (sec): 83 | (sec): (83) | 3 hours, 7 mins |
 * is not applicable
 */
static bool take_lifetime(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	static const struct saw_str label = {"remaining key lifetime", sizeof "remaining key lifetime" - 1};
	Sawatch__V1__Sa *sa = sa_at_hand(s);
	const char *colon;
	struct saw_str inside, rest;
	uint64_t kilobytes, seconds;
	bool years;

	(void)r;
	if (!sa || sa->has_remaining_seconds || !saw_str_starts(value, label))
		return false;
	value = saw_str_trim((struct saw_str){value.p + label.n, value.n - label.n});
	if (saw_str_eq(value, SAW_STR("is not applicable")))
		return true;
	colon = value.n ? memchr(value.p, ':', value.n) : NULL;
	if (!colon) {
		if (!saw_cli_duration(value, &seconds, &years) || years)
			return false;
	} else {
		value = saw_str_trim((struct saw_str){colon + 1, value.n - (size_t)(colon + 1 - value.p)});
		if (saw_cli_between(value, '(', ')', &inside))
			value = inside;
		if (!saw_cli_digits(value, UINT64_MAX, &seconds, &rest))
			return false;
		if (rest.n && rest.p[0] == '/') {
			kilobytes = seconds;
			if (!saw_cli_digits((struct saw_str){rest.p + 1, rest.n - 1}, UINT64_MAX, &seconds, &rest))
				return false;
			sa->has_remaining_kilobytes = 1;
			sa->remaining_kilobytes = kilobytes;
		}
		if (rest.n)
			return false;
	}
	sa->has_remaining_seconds = 1;
	sa->remaining_seconds = seconds;
	return true;
}

/* Y | N | Y  replay window size: 512 */
static bool take_replay(struct saw_cli_scan *s, const struct saw_cli_rule *r, struct saw_str value) {
	static const struct saw_field window = SAW_FIELD(Sawatch__V1__Sa, replay_window);
	static const struct saw_str label = {"replay window size:", sizeof "replay window size:" - 1};
	uint64_t v;

	if (!saw_cli_yes(s, r, saw_cli_word(&value)))
		return false;
	value = saw_str_trim(value);
	if (!value.n)
		return true;
	if (!saw_str_starts(value, label))
		return false;
	value = saw_str_trim((struct saw_str){value.p + label.n, value.n - label.n});
	return saw_parse_u64(value, UINT32_MAX, &v) == 0 && saw_field_set_u64(s->at[r->level], &window, v) == 0;
}

/* The values of the ASA's anti replay bitmap: 0xFFFFFFFF 0xFFFFFFFF, any number of them. */
static bool bitmap_row(struct saw_cli_scan *s, struct saw_str line) {
	struct saw_str word;
	uint64_t v;

	if (!sa_at_hand(s))
		return false;
	while ((word = saw_cli_word(&line)).n)
		if (!saw_str_starts(word, SAW_STR("0x")) || saw_parse_hex64(word, UINT32_MAX, &v) != 0)
			return false;
	return true;
}

#define ITEM SAW_CLI_ITEM
#define WHOLE SAW_CLI_WHOLE
#define PREFIX SAW_CLI_PREFIX
#define SUFFIX SAW_CLI_SUFFIX
#define HEAD SAW_CLI_HEAD
#define RECORD SAW_CLI_RECORD
#define CHILD SAW_CLI_CHILD
#define FLOW(f) SAW_FIELD(Sawatch__V1__IpsecSa, f)
#define FLOW_TEXT(f) SAW_FIELD_TEXT(Sawatch__V1__IpsecSa, f)
#define SA(f) SAW_FIELD(Sawatch__V1__Sa, f)
#define SA_TEXT(f) SAW_FIELD_TEXT(Sawatch__V1__Sa, f)

static const struct saw_cli_rule rules[] = {
	/* What several flows share. */
	{"interface", WHOLE, take_interface, HEAD, FLOW_TEXT(interface)},
	{"peer address", WHOLE, take_peer_head},
	{"Crypto map tag", ITEM, take_map, HEAD, FLOW_TEXT(crypto_map)},
	{"seq num", ITEM, saw_cli_number, HEAD, FLOW(crypto_map_sequence)},
	{"local addr", ITEM, saw_cli_text, HEAD, FLOW_TEXT(local_address)},
	{"local addr.", ITEM, saw_cli_text, HEAD, FLOW_TEXT(local_address)}, /* IOS 12.2 */
	{"access-list ", PREFIX, saw_cli_ignore},
	{"IPsecv6 policy name", WHOLE, saw_cli_ignore},

	/* A flow. */
	{"protected vrf", WHOLE, take_vrf, RECORD, FLOW_TEXT(protected_vrf)},
	{"local ident (addr/mask/prot/port)", WHOLE, take_local_ident, RECORD, FLOW_TEXT(local_ident)},
	{"remote ident (addr/mask/prot/port)", WHOLE, take_remote_ident, RECORD, FLOW_TEXT(remote_ident)},
	{"current_peer", PREFIX, take_peer, RECORD},
	{"dynamic allocated peer ip", WHOLE, take_dynamic_peer, RECORD, FLOW_TEXT(dynamic_peer)},
	{"dynamic allocated peer ip (ipv6)", WHOLE, take_dynamic_peer, RECORD, FLOW_TEXT(dynamic_peer)},
	{"dynamic allocated peer ip(ipv6)", WHOLE, take_dynamic_peer, RECORD, FLOW_TEXT(dynamic_peer)},
	{"PERMIT, flags=", PREFIX, saw_cli_ignore},
	{"DENY, flags=", PREFIX, saw_cli_ignore},

	/* Its counters. IOS prints some of them without a colon, and (recv) beside (rcv). */
	{"#pkts encaps", ITEM, saw_cli_number, RECORD, FLOW(encaps_packets)},
	{"#pkts encrypt", ITEM, saw_cli_number, RECORD, FLOW(encrypt_packets)},
	{"#pkts digest", ITEM, saw_cli_number, RECORD, FLOW(digest_packets)},
	{"#pkts decaps", ITEM, saw_cli_number, RECORD, FLOW(decaps_packets)},
	{"#pkts decrypt", ITEM, saw_cli_number, RECORD, FLOW(decrypt_packets)},
	{"#pkts verify", ITEM, saw_cli_number, RECORD, FLOW(verify_packets)},
	{"#pre-frag successes", ITEM, saw_cli_number, RECORD, FLOW(pre_frag_successes)},
	{"#pre-frag failures", ITEM, saw_cli_number, RECORD, FLOW(pre_frag_failures)},
	{"#fragments created", ITEM, saw_cli_number, RECORD, FLOW(fragments_created)},
	{"#PMTUs sent", ITEM, saw_cli_number, RECORD, FLOW(pmtus_sent)},
	{"#PMTUs rcvd", ITEM, saw_cli_number, RECORD, FLOW(pmtus_received)},
	{"#decapsulated frgs needing reassembly", ITEM, saw_cli_number, RECORD, FLOW(reassembly_needed)},
	{"#decapsulated frags needing reassembly", ITEM, saw_cli_number, RECORD, FLOW(reassembly_needed)},
	{"#send errors", ITEM, saw_cli_number, RECORD, FLOW(send_errors)},
	{"#recv errors", ITEM, saw_cli_number, RECORD, FLOW(recv_errors)},
	{"#pkts no sa (send)", ITEM, saw_cli_number, RECORD, FLOW(no_sa_send)},
	{"#pkts invalid sa (rcv)", ITEM, saw_cli_number, RECORD, FLOW(invalid_sa_recv)},
	{"#pkts encaps failed (send)", ITEM, saw_cli_number, RECORD, FLOW(encaps_failed_send)},
	{"#pkts decaps failed (rcv)", ITEM, saw_cli_number, RECORD, FLOW(decaps_failed_recv)},
	{"#pkts invalid prot (recv)", ITEM, saw_cli_number, RECORD, FLOW(invalid_prot_recv)},
	{"#pkts invalid prot (rcv)", ITEM, saw_cli_number, RECORD, FLOW(invalid_prot_recv)},
	{"#pkts verify failed", ITEM, saw_cli_number, RECORD, FLOW(verify_failed_recv)},
	{"#pkts verify failed (rcv)", ITEM, saw_cli_number, RECORD, FLOW(verify_failed_recv)},
	{"#pkts invalid identity (recv)", ITEM, saw_cli_number, RECORD, FLOW(invalid_identity_recv)},
	{"#pkts invalid identity (rcv)", ITEM, saw_cli_number, RECORD, FLOW(invalid_identity_recv)},
	{"#pkts invalid len (rcv)", ITEM, saw_cli_number, RECORD, FLOW(invalid_len_recv)},
	{"#pkts replay rollover (send)", ITEM, saw_cli_number, RECORD, FLOW(replay_rollover_send)},
	{"#pkts replay rollover (rcv)", ITEM, saw_cli_number, RECORD, FLOW(replay_rollover_recv)},
	{"#pkts replay failed (rcv)", ITEM, saw_cli_number, RECORD, FLOW(replay_failed_recv)},
	{"#pkts internal err (send)", ITEM, saw_cli_number, RECORD, FLOW(internal_err_send)},
	{"#pkts internal err (recv)", ITEM, saw_cli_number, RECORD, FLOW(internal_err_recv)},
	{"#pkts internal err (rcv)", ITEM, saw_cli_number, RECORD, FLOW(internal_err_recv)},
	{"#post-frag successes", ITEM, saw_cli_ignore},
	{"#post-frag failures", ITEM, saw_cli_ignore},
	{"#pkts compressed", ITEM, saw_cli_ignore},
	{"#pkts decompressed", ITEM, saw_cli_ignore},
	{"#pkts not compressed", ITEM, saw_cli_ignore},
	{"#pkts not decompressed", ITEM, saw_cli_ignore},
	{"#pkts compr. failed", ITEM, saw_cli_ignore},
	{"#pkts comp failed", ITEM, saw_cli_ignore},
	{"#pkts decompress failed", ITEM, saw_cli_ignore},
	{"#pkts decomp failed", ITEM, saw_cli_ignore},
	{"#pkts tagged (send)", ITEM, saw_cli_ignore},
	{"#pkts untagged (rcv)", ITEM, saw_cli_ignore},
	{"#pkts not tagged (send)", ITEM, saw_cli_ignore},
	{"#pkts not untagged (rcv)", ITEM, saw_cli_ignore},
	{"#pkts invalid pad (rcv)", ITEM, saw_cli_ignore},
	{"#pkts invalid ip version (rcv)", ITEM, saw_cli_ignore},
	{"#pkts min mtu frag failed (send)", ITEM, saw_cli_ignore},
	{"#pkts bad frag offset (rcv)", ITEM, saw_cli_ignore},
	{"#TFC rcvd", ITEM, saw_cli_ignore},
	{"#TFC sent", ITEM, saw_cli_ignore},
	{"#Valid ICMP Errors rcvd", ITEM, saw_cli_ignore},
	{"#Invalid ICMP Errors rcvd", ITEM, saw_cli_ignore},

	/* Where it runs, and how large its packets may be. */
	{"local crypto endpt.", ITEM, take_endpoint, RECORD, FLOW_TEXT(local_endpoint)},
	{"remote crypto endpt.", ITEM, take_endpoint, RECORD, FLOW_TEXT(remote_endpoint)},
	{"plaintext mtu", ITEM, saw_cli_number, RECORD, FLOW(plaintext_mtu)},
	{"path mtu", ITEM, saw_cli_number, RECORD, FLOW(path_mtu)},
	{"ip mtu", ITEM, saw_cli_number, RECORD, FLOW(ip_mtu)},
	{"ipv6 mtu", ITEM, saw_cli_number, RECORD, FLOW(ip_mtu)},
	{"ip mtu idb", ITEM, saw_cli_text, RECORD, FLOW_TEXT(ip_mtu_interface)},
	{"ipv6 mtu idb", ITEM, saw_cli_text, RECORD, FLOW_TEXT(ip_mtu_interface)},
	{"media mtu", ITEM, saw_cli_number, RECORD, FLOW(media_mtu)},
	{"override mtu", ITEM, saw_cli_number, RECORD, FLOW(override_mtu)},
	{"ipsec overhead", ITEM, take_overhead, RECORD, FLOW(ipsec_overhead)},
	{"PMTU time remaining (sec)", ITEM, saw_cli_ignore},
	{"DF policy", ITEM, saw_cli_ignore},
	{"ICMP error validation", ITEM, saw_cli_ignore},
	{"TFC packets", ITEM, saw_cli_ignore},
	{"current outbound spi", WHOLE, saw_cli_spi, RECORD, FLOW(current_outbound_spi)},
	{"current inbound spi", WHOLE, saw_cli_spi, RECORD, FLOW(current_inbound_spi)},
	{"PFS (Y/N)", ITEM, saw_cli_yes, RECORD, FLOW(pfs)},
	{"DH group", ITEM, saw_cli_group, RECORD, FLOW(dh_group)},
	{"PQC Key Exchange", WHOLE, saw_cli_text, RECORD, FLOW_TEXT(pqc_key_exchange)},
	{"AKE group", WHOLE, saw_cli_text, RECORD, FLOW_TEXT(pqc_key_exchange)},

	/* Its SAs. */
	{"inbound esp sas", WHOLE, take_section},
	{"inbound ah sas", WHOLE, take_section},
	{"inbound pcp sas", WHOLE, take_section},
	{"outbound esp sas", WHOLE, take_section},
	{"outbound ah sas", WHOLE, take_section},
	{"outbound pcp sas", WHOLE, take_section},
	{"spi", WHOLE, take_sa, CHILD, SA(spi)},
	{"SA State", WHOLE, take_state, CHILD},
	{"transform", WHOLE, take_transform, CHILD, SA_TEXT(transform)},
	{"in use settings =", PREFIX, take_settings, CHILD},
	{"slot", ITEM, saw_cli_ignore},
	{"conn_id", ITEM, saw_cli_number, CHILD, SA(conn_id)},
	{"conn id", ITEM, saw_cli_number, CHILD, SA(conn_id)},
	{"flow_id", ITEM, saw_cli_ignore},
	{"sibling_flags", ITEM, saw_cli_ignore},
	{"crypto-map", ITEM, saw_cli_text, CHILD, SA_TEXT(crypto_map)},
	{"crypto map", ITEM, saw_cli_text, CHILD, SA_TEXT(crypto_map)},
	{"initiator", ITEM, saw_cli_ignore},
	{"sa timing", WHOLE, take_lifetime, CHILD},
	{"ey has been disabled", SUFFIX, saw_cli_ignore}, /* Kilobyte Volume Rekey has…; some versions cut its start off */
	{"IV size", WHOLE, saw_cli_leading_number, CHILD, SA(iv_bytes)},
	{"replay detection support", WHOLE, take_replay, CHILD, SA(replay_detection)},
	{"Anti replay bitmap", WHOLE, saw_cli_ignore},
	{"Status", WHOLE, take_state, CHILD},

	/* Nothing there. */
	{"There are no ipsec sas", PREFIX, saw_cli_empty},
	{"No SAs found", PREFIX, saw_cli_empty},
};

const struct saw_cli_table saw_cli_ipsec_sa = {
	.rules = rules,
	.n = sizeof rules / sizeof rules[0],
	.state_size = sizeof(struct state),
	.open = open,
	.row = bitmap_row,
	.end = end_flow,
};

static void end_nothing(struct saw_cli_scan *s) {
	(void)s;
}

/* `show crypto ipsec sa count` counts SAs of the box: no list of ours. */
static const struct saw_cli_rule count_rules[] = {
	{"IPsec SA total", ITEM, saw_cli_empty}, {"active", ITEM, saw_cli_empty},  {"rekeying", ITEM, saw_cli_empty},
	{"unused", ITEM, saw_cli_empty},         {"invalid", ITEM, saw_cli_empty},
};

const struct saw_cli_table saw_cli_ipsec_sa_count = {
	.rules = count_rules,
	.n = sizeof count_rules / sizeof count_rules[0],
	.end = end_nothing,
};
