/* sawatch mtu: how large a packet may be inside a tunnel, header by header. */
#include "model/mtu.h"
#include "tools/tool.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 79 /* of the drawing */

struct options {
	struct saw_mtu_tunnel tunnel;
	bool inner_given, esn, json;
};

static void print_help(FILE *out) {
	fputs("usage: sawatch mtu --cipher CIPHER [OPTION]...\n\n"
		  "Computes how large a packet may be inside an IPsec tunnel, and draws the packet.\n\n"
		  "  -c, --cipher CIPHER      ",
		  out);
	for (size_t i = 0; saw_mtu_cipher_at(i); i++)
		fprintf(out, "%s%s%s", i ? "," : "",
				i && i % 3 == 0 ? "\n                           "
				: i             ? " "
								: "",
				saw_mtu_cipher_at(i)->name);
	fputs("\n  -i, --integrity HASH     ", out);
	for (size_t i = 0; saw_mtu_integrity_at(i); i++)
		fprintf(out, "%s%s", i ? ", " : "", saw_mtu_integrity_at(i)->name);
	fputs(" or none (GCM and GMAC have their own)\n"
		  "  -p, --path-mtu BYTES     of the path between the peers (default: 1500)\n"
		  "  -n, --nat-t              there is NAT between them: ESP goes in UDP\n"
		  "      --outer ipv4|ipv6    what the peers speak (default: ipv4)\n"
		  "      --inner ipv4|ipv6    what is inside (default: ipv4; in transport mode as outside)\n"
		  "  -m, --mode MODE          tunnel (default) or transport\n"
		  "  -o, --overlay OVERLAY    none, gre or vxlan inside IPsec, with options behind a colon:\n"
		  "                           gre:key,sequence,checksum,ipv6 and vxlan:tag,ipv6. Given again: inside\n"
		  "                           the one before\n"
		  "      --esn                extended sequence numbers (they change nothing on the wire)\n"
		  "  -j, --json               as JSON\n"
		  "  -h, --help               this text\n\n"
		  "Exit status: 0 done, 2 wrong usage, 3 no packet fits.\n\n"
		  "Examples:\n"
		  "  sawatch mtu --cipher aes-gcm-256 --path-mtu 1500 --nat-t --overlay vxlan\n"
		  "  sawatch mtu --cipher aes-cbc-256 --integrity sha256 --outer ipv6\n"
		  "  sawatch mtu --cipher aes-gcm-256 --mode transport --overlay gre:key --json\n",
		  out);
}

/* ---------------------------------------------------------------------------------------------------------------- options */

static int refuse(const char *option, const char *value, const char *allowed) {
	fprintf(stderr, "sawatch mtu: --%s %s: there is %s\n", option, value, allowed);
	return -1;
}

static int take_cipher(struct options *o, const char *value) {
	o->tunnel.cipher = saw_mtu_cipher_find(saw_str_of(value));
	if (o->tunnel.cipher)
		return 0;
	fprintf(stderr, "sawatch mtu: --cipher %s: there is", value);
	for (size_t i = 0; saw_mtu_cipher_at(i); i++)
		fprintf(stderr, "%s %s", i ? "," : "", saw_mtu_cipher_at(i)->name);
	fputc('\n', stderr);
	return -1;
}

static int take_integrity(struct options *o, const char *value) {
	o->tunnel.integrity = saw_mtu_integrity_find(saw_str_of(value));
	return o->tunnel.integrity || strcmp(value, "none") == 0
			   ? 0
			   : refuse("integrity", value, "md5, sha1, sha256, sha384, sha512, none");
}

static int take_family(const char *option, const char *value, bool *ipv6) {
	*ipv6 = strcmp(value, "ipv6") == 0;
	return *ipv6 || strcmp(value, "ipv4") == 0 ? 0 : refuse(option, value, "ipv4, ipv6");
}

static int take_path_mtu(struct options *o, const char *value) {
	uint64_t bytes;

	if (saw_parse_u64(saw_str_of(value), 65535, &bytes) != 0)
		return refuse("path-mtu", value, "a number of bytes up to 65535");
	o->tunnel.path_mtu = (uint32_t)bytes;
	return 0;
}

/* KIND[:OPTION[,OPTION]...] */
static int take_overlay(struct options *o, const char *value) {
	static const char allowed[] = "none, gre[:key,sequence,checksum,ipv6], vxlan[:tag,ipv6]";
	struct saw_mtu_layer layer = {0};
	const char *colon = value + strcspn(value, ":");
	struct saw_str kind = {value, (size_t)(colon - value)};

	if (strcmp(value, "none") == 0)
		return 0;
	if (saw_str_eq(kind, SAW_STR("vxlan")))
		layer.kind = SAW_MTU_VXLAN;
	else if (!saw_str_eq(kind, SAW_STR("gre")))
		return refuse("overlay", value, allowed);
	for (const char *p = colon; *p;) {
		struct saw_str word = {p + 1, strcspn(p + 1, ",")};
		bool gre = layer.kind == SAW_MTU_GRE;

		if (saw_str_eq(word, SAW_STR("ipv6")))
			layer.ipv6 = true;
		else if (gre && saw_str_eq(word, SAW_STR("key")))
			layer.key = true;
		else if (gre && saw_str_eq(word, SAW_STR("sequence")))
			layer.sequence = true;
		else if (gre && saw_str_eq(word, SAW_STR("checksum")))
			layer.checksum = true;
		else if (!gre && saw_str_eq(word, SAW_STR("tag")))
			layer.tag = true;
		else
			return refuse("overlay", value, allowed);
		p = word.p + word.n;
	}
	if (o->tunnel.n_layers == SAW_MTU_LAYERS_MAX) {
		fprintf(stderr, "sawatch mtu: more than %d overlays in each other\n", SAW_MTU_LAYERS_MAX);
		return -1;
	}
	o->tunnel.layers[o->tunnel.n_layers++] = layer;
	return 0;
}

/* In transport mode the first header inside is the outer one. */
static void settle(struct options *o) {
	struct saw_mtu_tunnel *t = &o->tunnel;

	if (t->transport && t->n_layers)
		t->layers[0].ipv6 |= t->outer_ipv6;
	else if (t->transport && !o->inner_given)
		t->inner_ipv6 = t->outer_ipv6;
}

/* -1: go on; else the exit status. */
static int take_options(int argc, char **argv, struct options *o) {
	enum { OUTER = 256, INNER, ESN };
	static const struct option longs[] = {
		{"cipher", required_argument, NULL, 'c'},
		{"integrity", required_argument, NULL, 'i'},
		{"path-mtu", required_argument, NULL, 'p'},
		{"nat-t", no_argument, NULL, 'n'},
		{"outer", required_argument, NULL, OUTER},
		{"inner", required_argument, NULL, INNER},
		{"mode", required_argument, NULL, 'm'},
		{"overlay", required_argument, NULL, 'o'},
		{"esn", no_argument, NULL, ESN},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int letter, rc = 0;

	while (rc == 0 && (letter = getopt_long(argc, argv, "c:i:p:nm:o:jh", longs, NULL)) != -1) {
		switch (letter) {
		case 'c':
			rc = take_cipher(o, optarg);
			break;
		case 'i':
			rc = take_integrity(o, optarg);
			break;
		case 'p':
			rc = take_path_mtu(o, optarg);
			break;
		case 'n':
			o->tunnel.nat_t = true;
			break;
		case OUTER:
			rc = take_family("outer", optarg, &o->tunnel.outer_ipv6);
			break;
		case INNER:
			rc = take_family("inner", optarg, &o->tunnel.inner_ipv6);
			o->inner_given = true;
			break;
		case 'm':
			o->tunnel.transport = strcmp(optarg, "transport") == 0;
			rc = o->tunnel.transport || strcmp(optarg, "tunnel") == 0 ? 0 : refuse("mode", optarg, "tunnel, transport");
			break;
		case 'o':
			rc = take_overlay(o, optarg);
			break;
		case ESN:
			o->esn = true;
			break;
		case 'j':
			o->json = true;
			break;
		case 'h':
			print_help(stdout);
			return SAW_EXIT_OK;
		default:
			rc = -1;
		}
	}
	if (rc == 0 && optind < argc)
		fprintf(stderr, "sawatch mtu: \"%s\" is no option\n", argv[optind]);
	else if (rc == 0 && !o->tunnel.cipher)
		fputs("sawatch mtu: --cipher is missing\n", stderr);
	if (rc || optind < argc || !o->tunnel.cipher) {
		return SAW_EXIT_USAGE;
	}
	settle(o);
	return -1;
}

/* ------------------------------------------------------------------------------------------------------------ for people */

static const char *family(bool ipv6) {
	return ipv6 ? "IPv6" : "IPv4";
}

/* The first VXLAN; n_layers: there is none. What lies before it is done by the tunnel interface itself. */
static size_t first_vxlan(const struct saw_mtu_tunnel *t) {
	size_t i = 0;

	while (i < t->n_layers && t->layers[i].kind != SAW_MTU_VXLAN)
		i++;
	return i;
}

/* A line of the drawing: how many bytes, and the text inside as many boxes as it is deep. */
static void draw_line(const char *bytes, int depth, const char *text) {
	int used = printf("|%7s |", bytes);

	for (int i = 0; i < depth; i++)
		used += printf(" |");
	used += printf(" %s", text);
	printf("%*s\n", WIDTH - used > 0 ? WIDTH - used : 1, "|");
}

static void draw_border(int depth, const char *title) {
	int used = printf("|%8s|", "");

	for (int i = 0; i < depth; i++)
		used += printf(" |");
	used += printf(" +-- %s ", title);
	for (; used < WIDTH - 1; used++)
		putchar('-');
	puts("|");
}

static void draw_edge(void) {
	putchar('+');
	for (int i = 0; i < WIDTH - 2; i++)
		putchar(i == 8 ? '+' : '-');
	puts("+");
}

static void draw(const struct saw_mtu_tunnel *t, const struct saw_mtu *m) {
	enum saw_mtu_zone zone = SAW_MTU_CLEAR;
	char title[64], bytes[16];
	int depth = 0;

	draw_edge();
	draw_line("bytes", 0, "a packet that fills the path MTU");
	draw_edge();
	for (size_t i = 0; i < m->n_parts; i++) {
		const struct saw_mtu_part *p = &m->parts[i];

		if (zone == SAW_MTU_CLEAR && p->zone != SAW_MTU_CLEAR) {
			if (t->transport)
				snprintf(title, sizeof title, "encrypted: plaintext MTU %u - %u", m->plaintext_mtu, m->parts[0].bytes);
			else
				snprintf(title, sizeof title, "encrypted: plaintext MTU %u", m->plaintext_mtu);
			draw_border(depth++, title);
		}
		if (zone != SAW_MTU_INNERMOST && p->zone == SAW_MTU_INNERMOST && t->n_layers) {
			snprintf(title, sizeof title, "tunnel MTU %u", m->tunnel_mtu);
			draw_border(depth++, title);
		}
		if (zone == SAW_MTU_INNERMOST && p->zone != SAW_MTU_INNERMOST && t->n_layers)
			depth--;
		if (zone != SAW_MTU_CLEAR && p->zone == SAW_MTU_CLEAR)
			depth--;
		zone = p->zone;
		snprintf(bytes, sizeof bytes, "%u", p->bytes);
		draw_line(bytes, depth, p->text);
	}
	draw_edge();
	snprintf(bytes, sizeof bytes, "%u", t->path_mtu);
	draw_line(bytes, 0, "path MTU");
	draw_edge();
}

static void print_suite(const struct options *o) {
	const struct saw_mtu_tunnel *t = &o->tunnel;

	printf("%s", t->cipher->name);
	if (t->integrity)
		printf(" with %s", t->integrity->name);
	printf(", %s mode, %s outside, %s inside%s", t->transport ? "transport" : "tunnel", family(t->outer_ipv6),
		   family(t->inner_ipv6), t->nat_t ? ", NAT-T" : "");
	for (size_t i = 0; i < t->n_layers; i++)
		printf("%s%s", i ? ", in it " : "\ninside it ", t->layers[i].kind == SAW_MTU_GRE ? "GRE" : "VXLAN");
	puts("\n");
}

static void print_setting(const char *where, uint32_t mtu, uint32_t mss, bool ipv6) {
	printf("  %s\n", where);
	printf("    %s mtu %u\n", ipv6 ? "ipv6" : "ip", mtu);
	if (mss)
		printf("    %s tcp adjust-mss %u\n", ipv6 ? "ipv6" : "ip", mss);
}

static void print_advice(const struct options *o, const struct saw_mtu *m) {
	const struct saw_mtu_tunnel *t = &o->tunnel;

	const size_t vxlan = first_vxlan(t);
	uint32_t mtu = m->plaintext_mtu;

	for (size_t i = 0; i < vxlan; i++)
		mtu -= saw_mtu_layer_bytes(&t->layers[i]);
	puts("\nSet, on a router:");
	if (vxlan < t->n_layers) {
		print_setting("interface Tunnel", mtu, 0, t->layers[vxlan].ipv6);
		print_setting("interface BDI, or whichever is the last hop before the VXLAN encapsulation", m->tunnel_mtu,
					  m->tcp_mss, t->inner_ipv6);
		puts("The tunnel's own adjust-mss cannot see TCP inside VXLAN.");
	} else {
		print_setting("interface Tunnel", mtu, m->tcp_mss, t->inner_ipv6);
		printf("and on an ASA, for TCP that passes it:\n    sysopt connection tcpmss %u\n", m->tcp_mss);
	}
	if (!t->nat_t) {
		struct saw_mtu_tunnel natted = *t;
		struct saw_mtu n;

		natted.nat_t = true;
		if (saw_mtu_compute(&natted, &n, NULL) == 0 && n.plaintext_mtu < m->plaintext_mtu)
			printf("With NAT on the path (--nat-t) all of these are %u lower.\n", m->plaintext_mtu - n.plaintext_mtu);
	}
	if (o->esn)
		puts("Extended sequence numbers change nothing on the wire: half of one is sent.");
	if (!t->cipher->icv && !t->integrity)
		puts("Without --integrity nothing authenticates the packets: no tunnel should be so.");
	if (t->inner_ipv6 && m->tunnel_mtu < 1280)
		puts("IPv6 needs 1280: inside it must be fragmented before it enters.");
}

static void show(const struct options *o, const struct saw_mtu *m) {
	uint32_t x, y;

	print_suite(o);
	draw(&o->tunnel, m);
	printf("\nplaintext MTU  %5u  largest IP packet that IPsec takes; overhead %u\n", m->plaintext_mtu,
		   m->overhead_bytes);
	printf("tunnel MTU     %5u  largest IP packet inside", m->tunnel_mtu);
	if (m->overlay_bytes)
		printf(" the overlay, which costs %u", m->overlay_bytes);
	printf("\nTCP MSS        %5u  tunnel MTU - %u\n", m->tcp_mss, m->tunnel_mtu - m->tcp_mss);
	if (!o->tunnel.transport) {
		saw_mtu_asa_overhead(&o->tunnel, &x, &y);
		printf("An ASA prints \"ipsec overhead %u(%u)\" for it, an upper bound.\n", x, y);
	}
	print_advice(o, m);
}

/* --------------------------------------------------------------------------------------------------------------- as JSON */

static const char *yes(bool b) {
	return b ? "true" : "false";
}

static void show_json(const struct options *o, const struct saw_mtu *m) {
	const struct saw_mtu_tunnel *t = &o->tunnel;
	uint32_t x, y;

	printf("{\n  \"cipher\": \"%s\",\n", t->cipher->name);
	if (t->integrity)
		printf("  \"integrity\": \"%s\",\n", t->integrity->name);
	printf("  \"mode\": \"%s\",\n  \"outer\": \"%s\",\n  \"inner\": \"%s\",\n", t->transport ? "transport" : "tunnel",
		   t->outer_ipv6 ? "ipv6" : "ipv4", t->inner_ipv6 ? "ipv6" : "ipv4");
	printf("  \"nat_t\": %s,\n  \"esn\": %s,\n  \"overlays\": [", yes(t->nat_t), yes(o->esn));
	for (size_t i = 0; i < t->n_layers; i++)
		printf("%s{\"kind\": \"%s\", \"bytes\": %u}", i ? ", " : "", t->layers[i].kind == SAW_MTU_GRE ? "gre" : "vxlan",
			   saw_mtu_layer_bytes(&t->layers[i]));
	printf("],\n  \"path_mtu\": %u,\n  \"plaintext_mtu\": %u,\n  \"overhead_bytes\": %u,\n  \"overlay_bytes\": %u,\n",
		   t->path_mtu, m->plaintext_mtu, m->overhead_bytes, m->overlay_bytes);
	printf("  \"tunnel_mtu\": %u,\n  \"tcp_mss\": %u,\n  \"unused_bytes\": %u,\n", m->tunnel_mtu, m->tcp_mss,
		   m->unused_bytes);
	if (!t->transport) {
		saw_mtu_asa_overhead(t, &x, &y);
		printf("  \"asa_ipsec_overhead\": %u,\n  \"asa_ipsec_overhead_base\": %u,\n", x, y);
	}
	printf("  \"packet\": [\n");
	for (size_t i = 0; i < m->n_parts; i++)
		printf("    {\"bytes\": %u, \"what\": \"%s\", \"encrypted\": %s}%s\n", m->parts[i].bytes, m->parts[i].text,
			   yes(m->parts[i].zone != SAW_MTU_CLEAR), i + 1 < m->n_parts ? "," : "");
	puts("  ]\n}");
}

int saw_tool_mtu(int argc, char **argv) {
	struct options o = {.tunnel = {.path_mtu = 1500}};
	struct saw_mtu m;
	struct saw_err err;
	int status = take_options(argc, argv, &o);

	if (status >= 0)
		return status;
	if (saw_mtu_compute(&o.tunnel, &m, &err) != 0) {
		fprintf(stderr, "sawatch mtu: %s\n", err.text);
		return err.code == SAW_ERANGE ? SAW_EXIT_FAILED : SAW_EXIT_USAGE;
	}
	if (o.json)
		show_json(&o, &m);
	else
		show(&o, &m);
	return fflush(stdout) == 0 ? SAW_EXIT_OK : SAW_EXIT_FAILED;
}
