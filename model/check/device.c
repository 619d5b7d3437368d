#include "model/check/judge.h"

#include "proto/json.h"
#include "proto/tunnel.h"

#include <strings.h>

static void say_source(const struct judge *j, const Sawatch__V1__SourceStatus *s, struct saw_buf *b) {
	const char *name = s->has_source ? saw_enum_name(&sawatch__v1__source__descriptor, (int)s->source) : NULL;
	const char *why =
		s->has_error_class ? saw_enum_name(&sawatch__v1__poll_error__descriptor, (int)s->error_class) : NULL;

	saw_buf_puts(b, name ? name : "unknown source");
	if (!s->has_complete)
		saw_buf_puts(b, " not polled yet");
	else if (s->complete)
		saw_buf_puts(b, " complete");
	else {
		saw_buf_puts(b, " failed: ");
		saw_output_put(b, s->error ? s->error : why ? why : "the last poll was not complete");
	}
	if (s->has_observed_at_ms && j->s->has_made_at_ms) {
		saw_buf_puts(b, ", data from ");
		saw_put_duration(b, saw_ms_since(s->observed_at_ms, j->s->made_at_ms) / 1000);
		saw_buf_puts(b, " ago");
	}
}

static void put_partial(const Sawatch__V1__SourceStatus *s, struct saw_buf *b) {
	for (size_t i = 0; i < s->n_tables; i++) {
		const Sawatch__V1__TableStatus *t = s->tables[i];

		if (!saw_check_is_partial(t))
			continue;
		saw_buf_puts(b, "  ");
		saw_output_put(b, t->name);
		saw_buf_puts(b, t->status == SAWATCH__V1__TABLE_STATE__TABLE_STATE_PARTIAL ? " was cut short" : " failed");
		if (t->error) {
			saw_buf_puts(b, ": ");
			saw_output_put(b, t->error);
		}
		saw_buf_putc(b, '\n');
	}
}

void saw_check_device(struct judge *j, struct saw_output *out) {
	const Sawatch__V1__Device *d = j->device;
	size_t complete = 0;

	saw_output_put(&out->summary, d->name);
	saw_buf_puts(&out->summary, ": ");
	if (d->n_sources == 0)
		saw_buf_puts(&out->summary, "nothing is configured to read it by");
	for (size_t i = 0; i < d->n_sources; i++) {
		saw_buf_puts(&out->summary, i ? "; " : "");
		say_source(j, d->sources[i], &out->summary);
		complete += d->sources[i]->has_complete && d->sources[i]->complete;
	}
	if (complete == 0)
		out->status = SAW_UNKNOWN;
	else if (complete < d->n_sources)
		out->status = SAW_WARNING;
	if (out->status != SAW_UNKNOWN && j->too_old) {
		saw_buf_puts(&out->summary, "; ");
		saw_check_put_too_old(j, &out->summary);
		out->status = SAW_UNKNOWN;
	}
	if (out->status != SAW_UNKNOWN) {
		bool said;

		out->status = saw_status_worse(out->status, saw_check_judge_uses(j, j, "; ", &out->summary, &said));
		saw_check_put_perf(j, j, NULL, false, out);
	}
	if (out->status != SAW_UNKNOWN) /* of nothing read there are not 0 */
		saw_output_perf_count(out, &(struct saw_perf){.label = "tunnels", .uom = ""}, j->s->n_tunnels);
	for (size_t i = 0; i < d->n_sources; i++) {
		say_source(j, d->sources[i], &out->details);
		saw_buf_putc(&out->details, '\n');
		put_partial(d->sources[i], &out->details);
	}
	saw_check_put_next(j, out->status, NULL, out);
}

/* --------------------------------------------------------------------------------------------------------------------- BGP */

static enum saw_status judge_peer(const struct judge *j, const Sawatch__V1__BgpPeer *p, struct saw_buf *b) {
	const bool up = p->state && strcasecmp(p->state, "established") == 0;
	bool said;

	saw_output_put(b, p->peer);
	if (p->vrf) {
		saw_buf_puts(b, " in VRF ");
		saw_output_put(b, p->vrf);
	}
	saw_buf_puts(b, ": ");
	if (!p->state) {
		saw_buf_puts(b, "its state is not known");
		return SAW_UNKNOWN;
	}
	if (!up) /* "active" is a state of one that tries in vain, and reads like good news */
		saw_buf_puts(b, "not established, ");
	saw_output_put(b, p->state);
	if (p->has_remote_as)
		saw_buf_printf(b, ", AS %u", (unsigned)p->remote_as);
	return up ? saw_check_judge_uses(j, p, ", ", b, &said) : SAW_CRITICAL;
}

void saw_check_bgp(struct judge *j, struct saw_output *out) {
	const Sawatch__V1__Device *d = j->device;
	struct saw_findings f;

	if (j->too_old) {
		saw_check_say_too_old(j, out);
		return;
	}
	if (d->n_bgp_peers == 0) {
		out->status = SAW_UNKNOWN;
		saw_output_put(&out->summary, d->name);
		saw_buf_puts(&out->summary, ": no BGP peer is known: ");
		if (!saw_check_put_source_errors(j, &out->summary))
			saw_buf_puts(&out->summary, "it was read, and it has none");
		else
			saw_check_put_next(j, out->status, NULL, out);
		return;
	}
	if (!saw_findings_create(&f, d->n_bgp_peers, out))
		return;
	for (size_t i = 0; i < d->n_bgp_peers; i++) {
		saw_findings_begin(&f, d->bgp_peers[i], d->bgp_peers[i]->peer, 0);
		saw_findings_end(&f, judge_peer(j, d->bgp_peers[i], &f.text));
	}
	saw_findings_sort(&f);
	out->status = saw_findings_worst(&f);
	saw_output_put(&out->summary, d->name);
	saw_buf_puts(&out->summary, ": ");
	saw_findings_count(&f, "BGP peer", out);
	saw_findings_say(&f, out);
	saw_check_put_next(j, out->status, NULL, out);
	for (size_t i = 0; i < f.n; i++)
		saw_check_put_perf(j, f.list[i].item, f.list[i].name, false, out);
	saw_findings_destroy(&f);
}
