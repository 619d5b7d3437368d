/* sawatch links and sawatch explain: the daemon's links, and one tunnel with both its ends. */
#include "config.h"

#include "proto/api.h"
#include "proto/json.h"
#include "proto/tunnel.h"
#include "tools/explain.h"
#include "tools/server.h"
#include "tools/tool.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char links_help[] =
	"usage: sawatch links [OPTION]...\n\n"
	"Lists the links that sawatchd knows, pairs of tunnel ends: what is lost each way, and where the ends "
	"differ.\n\n"
	"  -d, --device NAME      links of this device only\n"
	"      --json             as the API gives it\n"
	"  -h, --help             this text\n" SAW_SERVER_HELP;

static const char explain_help[] =
	"usage: sawatch explain [OPTION]... TUNNEL\n\n"
	"Says of one tunnel what is wrong, since when, what both ends show, and what to look at next.\n"
	"The status is 1 where the tunnel is not up.\n\n"
	"  -d, --device NAME      where two devices have a tunnel of this name\n"
	"      --json             the tunnel, its peer's end and their link, as the API gives them\n"
	"  -h, --help             this text\n" SAW_SERVER_HELP;

struct options {
	struct saw_server server;
	const char *device, *tunnel;
	bool json;
};

/* -1: go on; else the exit status. */
static int parse(struct options *o, const char *help, bool names_tunnel, int argc, char **argv) {
	enum { JSON = 256 };
	static const struct option longs[] = {
		SAW_SERVER_LONGS,
		{"device", required_argument, NULL, 'd'},
		{"json", no_argument, NULL, JSON},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int letter;

	*o = (struct options){.json = false};
	while ((letter = getopt_long(argc, argv, SAW_SERVER_LETTERS "d:h", longs, NULL)) != -1) {
		if (saw_server_option(&o->server, letter, optarg))
			continue;
		switch (letter) {
		case 'd':
			o->device = optarg;
			break;
		case JSON:
			o->json = true;
			break;
		case 'h':
			fputs(help, stdout);
			return SAW_EXIT_OK;
		default:
			return SAW_EXIT_USAGE;
		}
	}
	if (names_tunnel && optind < argc)
		o->tunnel = argv[optind++];
	if (optind < argc || (names_tunnel && !o->tunnel)) {
		fprintf(stderr, "%s: %s\n", argv[0], optind < argc ? "too many arguments" : "the name of a tunnel is expected");
		return SAW_EXIT_USAGE;
	}
	return -1;
}

static int put(struct saw_buf *b, const char *command, int status) {
	int rc = saw_buf_error(b);

	if (rc)
		fprintf(stderr, "sawatch %s: %s\n", command, saw_strerror(rc));
	else
		fputs(saw_buf_text(b), stdout);
	saw_buf_free(b);
	return rc ? SAW_EXIT_FAILED : status;
}

static void put_json(const Sawatch__V1__Snapshot *s, struct saw_buf *b) {
	saw_json_write(b, &s->base, &(struct saw_json_opts){.pretty = true});
	saw_buf_putc(b, '\n');
}

int saw_tool_links(int argc, char **argv) {
	struct saw_buf b = SAW_BUF_INIT(1U << 30);
	Sawatch__V1__Snapshot *s;
	struct options o;
	struct saw_err err;
	int rc = parse(&o, links_help, false, argc, argv);

	if (rc >= 0)
		return rc;
	if (saw_server_ask(&o.server, "links", o.device, NULL, &s, &err)) {
		fprintf(stderr, "sawatch links: %s\n", err.text);
		return SAW_EXIT_FAILED;
	}
	if (o.json)
		put_json(s, &b);
	else
		saw_explain_links(s, isatty(STDOUT_FILENO), &b);
	sawatch__v1__snapshot__free_unpacked(s, NULL);
	return put(&b, "links", SAW_EXIT_OK);
}

/* The one tunnel of this name. NULL, and a message: none, or several. */
static const Sawatch__V1__TunnelEnd *choose(const Sawatch__V1__Snapshot *s, const struct options *o) {
	const Sawatch__V1__TunnelEnd *found = NULL;

	for (size_t i = 0; i < s->n_tunnels; i++) {
		const Sawatch__V1__TunnelEnd *t = s->tunnels[i];

		if (strcmp(t->name, o->tunnel) != 0 || (o->device && strcmp(t->device, o->device) != 0))
			continue;
		/* Two ends of one link may share a name: either tells of both. */
		if (found && saw_tunnel_link(s, t) && saw_tunnel_link(s, t) == saw_tunnel_link(s, found))
			continue;
		if (found) {
			fprintf(stderr, "sawatch explain: %s and %s both have a tunnel \"%s\"; --device says which is meant\n",
					found->device, t->device, o->tunnel);
			return NULL;
		}
		found = t;
	}
	if (!found)
		fprintf(stderr, "sawatch explain: there is no tunnel \"%s\"%s%s; `sawatch tunnels` lists them\n", o->tunnel,
				o->device ? " of " : "", o->device ? o->device : "");
	return found;
}

/* What was asked for one tunnel, as one snapshot. */
struct pieces {
	Sawatch__V1__Snapshot *tunnels, *links, *peer;
	Sawatch__V1__TunnelEnd **ends;
	Sawatch__V1__Snapshot all; /* borrows from the others */
};

static void free_pieces(struct pieces *p) {
	Sawatch__V1__Snapshot *const list[] = {p->tunnels, p->links, p->peer};

	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
		if (list[i])
			sawatch__v1__snapshot__free_unpacked(list[i], NULL);
	free(p->ends);
}

/* The tunnels of this name, and the links that they are in. */
static int ask_tunnels(struct options *o, struct pieces *p, struct saw_err *err) {
	int rc = saw_server_ask(&o->server, "tunnels", o->device, o->tunnel, &p->tunnels, err);

	if (rc == 0)
		rc = saw_server_ask(&o->server, "links", o->device, o->tunnel, &p->links, err);
	if (rc)
		return rc;
	p->all = *p->tunnels;
	p->all.links = p->links->links;
	p->all.n_links = p->links->n_links;
	return 0;
}

/* The tunnel's other end, which is another device's, and perhaps under another name. */
static int ask_peer(struct options *o, const Sawatch__V1__TunnelEnd *t, struct pieces *p, struct saw_err *err) {
	const Sawatch__V1__Link *link = saw_tunnel_link(&p->all, t);
	bool is_a = link && strcmp(link->a_device, t->device) == 0 && strcmp(link->a_tunnel, t->name) == 0;
	int rc;

	if (!link)
		return 0;
	rc = saw_server_ask(&o->server, "tunnels", is_a ? link->b_device : link->a_device,
						is_a ? link->b_tunnel : link->a_tunnel, &p->peer, err);
	if (rc || p->peer->n_tunnels == 0)
		return rc;
	p->ends = calloc(p->all.n_tunnels + 1, sizeof *p->ends);
	if (!p->ends)
		return saw_err_set(err, -ENOMEM, "no memory");
	for (size_t i = 0; i < p->all.n_tunnels; i++)
		p->ends[i] = p->all.tunnels[i];
	p->ends[p->all.n_tunnels++] = p->peer->tunnels[0];
	p->all.tunnels = p->ends;
	return 0;
}

/* The tunnel, the other end where there is one, and their link: as a snapshot with nothing else in it. */
static void explain_json(const Sawatch__V1__Snapshot *s, const Sawatch__V1__TunnelEnd *t, struct saw_buf *b) {
	Sawatch__V1__Link *link = (Sawatch__V1__Link *)(uintptr_t)saw_tunnel_link(s, t);
	Sawatch__V1__TunnelEnd *ends[2] = {(Sawatch__V1__TunnelEnd *)(uintptr_t)t};
	Sawatch__V1__Snapshot some = *s;

	some.n_devices = 0;
	some.tunnels = ends;
	some.n_tunnels = 1;
	some.links = &link;
	some.n_links = link != NULL;
	for (size_t i = 0; link && i < s->n_tunnels && some.n_tunnels < 2; i++)
		if (s->tunnels[i] != t && saw_tunnel_link(s, s->tunnels[i]) == link)
			ends[some.n_tunnels++] = s->tunnels[i];
	put_json(&some, b);
}

int saw_tool_explain(int argc, char **argv) {
	struct saw_buf b = SAW_BUF_INIT(1U << 24);
	const Sawatch__V1__TunnelEnd *t;
	struct pieces p = {.tunnels = NULL};
	struct options o;
	struct saw_err err;
	int rc = parse(&o, explain_help, true, argc, argv);

	if (rc >= 0)
		return rc;
	rc = ask_tunnels(&o, &p, &err);
	t = rc == 0 ? choose(&p.all, &o) : NULL;
	if (t)
		rc = ask_peer(&o, t, &p, &err);
	if (rc)
		fprintf(stderr, "sawatch explain: %s\n", err.text);
	if (rc || !t) {
		free_pieces(&p);
		return SAW_EXIT_FAILED;
	}
	if (o.json)
		explain_json(&p.all, t, &b);
	else
		saw_explain_tunnel(&p.all, t, isatty(STDOUT_FILENO), &b);
	rc = t->has_state && t->state == SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP ? SAW_EXIT_OK : SAW_EXIT_FOUND;
	free_pieces(&p);
	return put(&b, "explain", rc);
}
