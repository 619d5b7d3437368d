#include "tools/explain.h"

#include "core/text.h"
#include "model/mtu_end.h"
#include "proto/json.h"
#include "proto/tunnel.h"
#include "proto/tunnel_fact.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define COLUMNS 80
#define RED "\033[31;1m"
#define YELLOW "\033[33m"
#define GREEN "\033[32m"
#define PLAIN "\033[0m"

/* ------------------------------------------------------------------------------------------------------------ plain text */

static void put_clean(struct saw_buf *b, const char *text) {
	if (text)
		saw_put_clean(b, text, strlen(text));
}

static void put_coloured(struct saw_buf *b, bool colour, const char *code, const char *text) {
	if (colour)
		saw_buf_puts(b, code);
	put_clean(b, text);
	if (colour)
		saw_buf_puts(b, PLAIN);
}

/* A paragraph of lines that fit, every one behind the same margin; the first has `mark` in it. */
static void put_paragraph(struct saw_buf *b, unsigned margin, const char *mark, const char *text) {
	struct saw_buf clean = SAW_BUF_INIT(1U << 20);
	const char *p;
	unsigned column = margin;

	put_clean(&clean, text);
	p = saw_buf_text(&clean);
	saw_buf_printf(b, "%-*s", (int)margin, mark);
	while (*p) {
		size_t word = strcspn(p, " "), width = 0;

		for (size_t i = 0; i < word; i++)
			width += ((unsigned char)p[i] & 0xc0) != 0x80;
		if (column > margin && column + 1 + width > COLUMNS) {
			saw_buf_printf(b, "\n%*s", (int)margin, "");
			column = margin;
		} else if (column > margin) {
			saw_buf_putc(b, ' ');
			column++;
		}
		saw_buf_put(b, p, word);
		column += (unsigned)width;
		p += word + strspn(p + word, " ");
	}
	saw_buf_putc(b, '\n');
	saw_buf_free(&clean);
}

static const char *state_colour(Sawatch__V1__TunnelState s) {
	switch (s) {
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP:
		return GREEN;
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DOWN:
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_MISSING:
		return RED;
	default:
		return YELLOW;
	}
}

/* ------------------------------------------------------------------------------------------------------------- one tunnel */

static const Sawatch__V1__TunnelEnd *end_of(const Sawatch__V1__Snapshot *s, const char *device, const char *tunnel) {
	for (size_t i = 0; i < s->n_tunnels; i++)
		if (strcmp(s->tunnels[i]->device, device) == 0 && strcmp(s->tunnels[i]->name, tunnel) == 0)
			return s->tunnels[i];
	return NULL;
}

static void put_head(const Sawatch__V1__Snapshot *s, const Sawatch__V1__TunnelEnd *t, bool colour, struct saw_buf *b) {
	Sawatch__V1__TunnelState state = saw_tunnel_state(t);

	put_clean(b, t->device);
	saw_buf_puts(b, "  ");
	put_clean(b, t->name);
	saw_buf_puts(b, ": ");
	put_coloured(b, colour, state_colour(state), saw_tunnel_state_name(state));
	if (t->has_since_ms) {
		saw_buf_puts(b, " for ");
		saw_put_duration(b, saw_ms_since(t->since_ms, s->made_at_ms) / 1000);
	}
	saw_buf_puts(b, t->has_maintenance && t->maintenance ? ", in maintenance\n" : "\n");
	for (size_t i = 0; i < t->n_reasons; i++)
		put_paragraph(b, 4, "  -", t->reasons[i]);
	if (t->owner || t->circuit) {
		saw_buf_puts(b, "    ");
		put_clean(b, t->owner ? t->owner : "");
		saw_buf_puts(b, t->owner && t->circuit ? ", circuit " : t->circuit ? "circuit " : "");
		put_clean(b, t->circuit);
		saw_buf_putc(b, '\n');
	}
}

static void put_layers(const Sawatch__V1__TunnelEnd *t, bool colour, struct saw_buf *b) {
	saw_buf_puts(b, "\nLayers, from below\n");
	for (size_t i = 0; i < t->n_layers; i++) {
		const Sawatch__V1__Layer *l = t->layers[i];

		saw_buf_printf(b, "  %-10s ", l->name ? l->name : "");
		if (!l->has_up)
			saw_buf_puts(b, "not known");
		else
			put_coloured(b, colour, l->up ? GREEN : RED, l->up ? "up" : "down");
		saw_buf_putc(b, '\n');
	}
}

/* What is said of an end in one column of the table. */
enum {
	ROW_STATE,
	ROW_INTERFACE,
	ROW_LOCAL,
	ROW_CIPHER,
	ROW_IKE,
	ROW_PFS,
	ROW_MTU,
	ROW_WINDOW,
	ROW_REPLAY,
	ROW_REKEYS,
	ROW_SA,
	ROW_IN,
	ROW_OUT,
	ROWS
};

static const char *const row_names[ROWS] = {
	"state",         "interface",    "address",       "cipher",        "IKE",        "PFS group",  "plaintext MTU",
	"replay window", "replay drops", "rekeys, flaps", "SA expires in", "packets in", "packets out"};

static void put_total(struct saw_buf *b, const Sawatch__V1__TunnelEnd *t, const char *name) {
	for (size_t i = 0; i < t->n_totals; i++)
		if (t->totals[i]->name && strcmp(t->totals[i]->name, name) == 0)
			saw_buf_printf(b, "%llu%s", (unsigned long long)t->totals[i]->value,
						   t->totals[i]->has_stale && t->totals[i]->stale ? " (old)" : "");
}

static void put_cell(struct saw_buf *b, const Sawatch__V1__TunnelEnd *t, int row) {
	char scratch[SAW_FIELD_SCRATCH];

	switch (row) {
	case ROW_STATE:
		saw_buf_puts(b, saw_tunnel_state_name(saw_tunnel_state(t)));
		break;
	case ROW_INTERFACE:
		put_clean(b, t->interface);
		break;
	case ROW_LOCAL:
		put_clean(b, t->local);
		break;
	case ROW_CIPHER:
		put_clean(b, saw_tunnel_fact_text(t, SAW_TUNNEL_FACT_encryption, scratch));
		if (t->integrity) {
			saw_buf_putc(b, ' ');
			put_clean(b, t->integrity);
		}
		break;
	case ROW_IKE:
		if (t->has_ike_version)
			saw_buf_printf(b, "v%u", (unsigned)t->ike_version);
		if (t->has_dh_group)
			saw_buf_printf(b, "%sgroup %u", t->has_ike_version ? ", " : "", (unsigned)t->dh_group);
		break;
	case ROW_PFS:
		if (t->has_pfs_group)
			saw_buf_printf(b, "%u", (unsigned)t->pfs_group);
		break;
	case ROW_MTU:
		if (saw_mtu_end_observed(t))
			saw_buf_printf(b, "%u%s", (unsigned)saw_mtu_end_observed(t),
						   t->has_plaintext_mtu ? "" : ", by its overhead");
		break;
	case ROW_WINDOW:
		if (t->has_replay_window)
			saw_buf_printf(b, "%u", (unsigned)t->replay_window);
		break;
	case ROW_REPLAY:
		if (!t->has_sa_replay_drops)
			break;
		saw_buf_printf(b, "%llu of this SA", (unsigned long long)t->sa_replay_drops);
		if (t->has_sa_replay_ratio && t->sa_replay_drops)
			saw_buf_printf(b, ", %.2g %%", t->sa_replay_ratio * 100);
		break;
	case ROW_REKEYS:
		saw_buf_printf(b, "%llu, %llu", (unsigned long long)t->rekeys, (unsigned long long)t->flaps);
		break;
	case ROW_SA:
		if (t->has_in_remaining_seconds)
			saw_put_duration(b, (int64_t)t->in_remaining_seconds);
		break;
	default:
		put_total(b, t, row == ROW_IN ? "decaps_packets" : "encaps_packets");
	}
}

static void put_ends(const Sawatch__V1__TunnelEnd *t, const Sawatch__V1__TunnelEnd *peer, struct saw_buf *b) {
	const Sawatch__V1__TunnelEnd *ends[2] = {t, peer};
	struct saw_buf cells[2] = {SAW_BUF_INIT(4096), SAW_BUF_INIT(4096)};

	saw_buf_printf(b, "\n%-16s %-30.30s %.30s\n", peer ? "Both ends" : "This end", t->device, peer ? peer->device : "");
	for (int row = 0; row < ROWS; row++) {
		for (int i = 0; i < 2; i++) {
			saw_buf_reset(&cells[i]);
			if (ends[i])
				put_cell(&cells[i], ends[i], row);
		}
		if (cells[0].len == 0 && cells[1].len == 0)
			continue;
		if (peer)
			saw_buf_printf(b, "  %-14s %-30s %s\n", row_names[row], cells[0].len ? saw_buf_text(&cells[0]) : "-",
						   cells[1].len ? saw_buf_text(&cells[1]) : "-");
		else
			saw_buf_printf(b, "  %-14s %s\n", row_names[row], saw_buf_text(&cells[0]));
	}
	saw_buf_free(&cells[0]);
	saw_buf_free(&cells[1]);
}

static void put_ways(const Sawatch__V1__Link *l, bool colour, struct saw_buf *b) {
	for (size_t i = 0; i < l->n_directions; i++) {
		const Sawatch__V1__LinkDirection *w = l->directions[i];
		bool lossy = w->has_loss_ratio && w->loss_ratio > w->loss_bound_ratio;
		char text[160];

		saw_buf_puts(b, "  ");
		put_clean(b, w->from);
		saw_buf_puts(b, " -> ");
		put_clean(b, w->to);
		saw_buf_puts(b, ": ");
		if (!w->has_loss_ratio)
			snprintf(text, sizeof text, "%s",
					 w->has_source ? "no loss figure yet (15 minutes of traffic are needed)"
								   : "loss is not known: the ends are read by different kinds of source");
		else if (lossy)
			snprintf(text, sizeof text, "%.2f %% lost (give or take %.2f %%), at least %llu packets in all",
					 w->loss_ratio * 100, w->loss_bound_ratio * 100, (unsigned long long)w->lost_packets);
		else
			snprintf(text, sizeof text, "no loss above %.2f %%", w->loss_bound_ratio * 100);
		put_coloured(b, colour && lossy, RED, text);
		if (w->has_replay_drop_packets && w->replay_drop_packets)
			saw_buf_printf(b, "; %llu replay drops", (unsigned long long)w->replay_drop_packets);
		saw_buf_putc(b, '\n');
	}
}

static void put_moment(struct saw_buf *b, int64_t at_ms, int64_t now_ms) {
	time_t at = (time_t)(at_ms / 1000);
	char text[32];
	struct tm tm;

	saw_put_duration(b, saw_ms_since(at_ms, now_ms) / 1000);
	if (gmtime_r(&at, &tm) && strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm))
		saw_buf_printf(b, " ago (%s UTC): ", text);
	else
		saw_buf_puts(b, " ago: ");
}

/* Newest first; of rekeys only the last, for they come every hour. */
static void put_changes(const Sawatch__V1__Snapshot *s, const Sawatch__V1__TunnelEnd *t, struct saw_buf *b) {
	struct saw_buf line = SAW_BUF_INIT(4096);

	if (t->n_changes || t->has_last_rekey_ms)
		saw_buf_puts(b, "\nWhat changed\n");
	if (t->has_last_rekey_ms) {
		put_moment(&line, t->last_rekey_ms, s->made_at_ms);
		saw_buf_printf(&line, "rekeyed, the last of %llu times", (unsigned long long)t->rekeys);
		put_paragraph(b, 4, "  -", saw_buf_text(&line));
	}
	for (size_t i = 0; i < t->n_changes; i++) {
		saw_buf_reset(&line);
		put_moment(&line, t->changes[i]->at_ms, s->made_at_ms);
		saw_buf_puts(&line, t->changes[i]->text ? t->changes[i]->text : "");
		put_paragraph(b, 4, "  -", saw_buf_text(&line));
	}
	saw_buf_free(&line);
}

/* The lowest layer that fails says where to look. */
static const char *advice_for(const char *layer) {
	static const struct {
		const char *layer, *advice;
	} advice[] = {
		{"underlay", "the interface that the tunnel leaves by, its cable and its provider"},
		{"interface", "the tunnel interface: is it shut down, does its source interface have an address?"},
		{"ike", "IKE: keys and proposals of both ends (`sawatch audit`), and whether UDP 500 and 4500 get through"},
		{"ipsec",
		 "the SAs: proposal, PFS group and selectors of both ends (`sawatch audit`); the device's own log of failures"},
		{"routing", "the routing protocol over the tunnel: its neighbour, its MTU, its filters"},
	};

	for (size_t i = 0; i < sizeof advice / sizeof advice[0]; i++)
		if (strcmp(advice[i].layer, layer) == 0)
			return advice[i].advice;
	return NULL;
}

static const char *advice_on(Sawatch__V1__TunnelState state) {
	switch (state) {
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_MISSING:
		return "the device's configuration: is it still there? Without an SA a device may show no trace of a tunnel "
			   "that it has";
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN:
		return "how the device is read: `sawatch poll` says what it answers";
	case SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNEXPECTED:
		return "the inventory: list it there, or find out who has set it up";
	default:
		return NULL;
	}
}

static void put_next(const Sawatch__V1__TunnelEnd *t, const Sawatch__V1__Link *link, struct saw_buf *b) {
	const Sawatch__V1__TunnelState state = saw_tunnel_state(t);
	struct saw_buf items = SAW_BUF_INIT(1U << 20);

	for (size_t i = 0; i < t->n_layers; i++)
		if (t->layers[i]->has_up && !t->layers[i]->up && t->layers[i]->name && advice_for(t->layers[i]->name)) {
			put_paragraph(&items, 4, "  -", advice_for(t->layers[i]->name));
			break;
		}
	if (advice_on(state))
		put_paragraph(&items, 4, "  -", advice_on(state));
	for (size_t i = 0; link && i < link->n_reasons; i++)
		put_paragraph(&items, 4, "  -", link->reasons[i]);
	if (t->replay_advice)
		put_paragraph(&items, 4, "  -", t->replay_advice);
	if (t->has_transport_mtu && t->has_plaintext_mtu && t->transport_mtu > t->plaintext_mtu)
		put_paragraph(&items, 4, "  -", "its MTU, which is larger than what fits into the tunnel (`sawatch mtu`)");
	saw_buf_puts(b, items.len ? "\nLook at\n"
					: state == SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP
						? "\nNo layer fails, nothing is lost that is known of, and the ends agree.\n"
						: "\nNo more is known than the reason above.\n");
	saw_buf_puts(b, saw_buf_text(&items));
	saw_buf_free(&items);
}

void saw_explain_tunnel(const Sawatch__V1__Snapshot *s, const Sawatch__V1__TunnelEnd *t, bool colour,
						struct saw_buf *out) {
	const Sawatch__V1__Link *link = saw_tunnel_link(s, t);
	bool is_a = link && strcmp(link->a_device, t->device) == 0 && strcmp(link->a_tunnel, t->name) == 0;
	const Sawatch__V1__TunnelEnd *peer =
		link ? end_of(s, is_a ? link->b_device : link->a_device, is_a ? link->b_tunnel : link->a_tunnel) : NULL;

	put_head(s, t, colour, out);
	put_layers(t, colour, out);
	put_changes(s, t, out);
	put_ends(t, peer, out);
	if (link) {
		saw_buf_puts(out, "\nLink ");
		put_clean(out, link->name);
		saw_buf_puts(out, "\n");
		put_ways(link, colour, out);
	} else {
		saw_buf_puts(out, "\nThe other end is not watched, or cannot be told from others.\n");
	}
	put_next(t, link, out);
}

/* ------------------------------------------------------------------------------------------------------------------ links */

void saw_explain_links(const Sawatch__V1__Snapshot *s, bool colour, struct saw_buf *out) {
	if (s->n_links == 0)
		saw_buf_puts(out, "No link is known: both ends of a tunnel have to be watched.\n");
	for (size_t i = 0; i < s->n_links; i++) {
		const Sawatch__V1__Link *l = s->links[i];
		const char *state = !l->has_up ? "not known" : l->up ? "up" : "down";

		saw_buf_puts(out, i ? "\n" : "");
		put_clean(out, l->name);
		saw_buf_puts(out, ": ");
		put_coloured(out, colour, !l->has_up ? YELLOW : l->up ? GREEN : RED, state);
		saw_buf_puts(out, "\n  ");
		put_clean(out, l->a_device);
		saw_buf_puts(out, " ");
		put_clean(out, l->a_tunnel);
		saw_buf_puts(out, " = ");
		put_clean(out, l->b_device);
		saw_buf_puts(out, " ");
		put_clean(out, l->b_tunnel);
		saw_buf_puts(out, "\n");
		put_ways(l, colour, out);
		for (size_t k = 0; k < l->n_reasons; k++)
			put_paragraph(out, 4, "  -", l->reasons[k]);
	}
}
