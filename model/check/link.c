#include "model/check/judge.h"

#include "proto/tunnel.h"

/* Fields in which a difference breaks something; the others are of taste, or of each end alone. */
static bool matters(const char *field) {
	static const char *const fields[] = {"mtu", "cipher", "pfs", "version"};

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (field && strcmp(field, fields[i]) == 0)
			return true;
	return false;
}

static void put_way(const Sawatch__V1__LinkDirection *d, const char *between, struct saw_buf *b) {
	saw_output_put(b, d->from);
	saw_buf_puts(b, between);
	saw_output_put(b, d->to);
}

static enum saw_status judge_way(const struct judge *j, const Sawatch__V1__LinkDirection *d, struct saw_buf *b) {
	enum saw_status status = SAW_OK;
	const size_t from = b->len;
	bool said;

	saw_buf_puts(b, "; ");
	put_way(d, " to ", b);
	if (d->one_way) {
		saw_buf_puts(b, ": traffic passes one way only");
		status = SAW_CRITICAL;
	}
	status = saw_status_worse(status, saw_check_judge_uses(j, d, status ? ", " : ": ", b, &said));
	if (!said && status == SAW_OK)
		b->len = from;
	return status;
}

static void put_difference(const Sawatch__V1__Link *l, const Sawatch__V1__LinkComparison *c, struct saw_buf *b) {
	saw_output_put(b, c->field);
	saw_buf_puts(b, c->differs ? " differs: " : " is the same: ");
	saw_output_put(b, c->a);
	saw_buf_puts(b, " at ");
	saw_output_put(b, l->a_device);
	saw_buf_puts(b, ", ");
	saw_output_put(b, c->b);
	saw_buf_puts(b, " at ");
	saw_output_put(b, l->b_device);
}

static enum saw_status judge_facts(const struct judge *j, const Sawatch__V1__Link *l, struct saw_buf *b) {
	enum saw_status status = !l->has_up ? SAW_UNKNOWN : l->up ? SAW_OK : SAW_CRITICAL;

	saw_buf_puts(b, !l->has_up ? "unknown, one end could not be read" : l->up ? "both ends are up" : "down");
	if (status != SAW_OK) /* what else is said is of the time before */
		saw_check_put_texts(l->reasons, l->n_reasons, ": ", b);
	if (status != SAW_OK)
		return status;
	for (size_t i = 0; i < l->n_directions; i++)
		status = saw_status_worse(status, judge_way(j, l->directions[i], b));
	for (size_t i = 0; i < l->n_comparisons; i++) {
		if (!l->comparisons[i]->differs || !matters(l->comparisons[i]->field))
			continue;
		saw_buf_puts(b, "; ");
		put_difference(l, l->comparisons[i], b);
		status = saw_status_worse(status, SAW_WARNING);
	}
	return status;
}

static enum saw_status judge_link(const struct judge *j, const Sawatch__V1__Link *l, struct saw_buf *b) {
	saw_output_put(b, l->name);
	saw_buf_puts(b, " (");
	saw_output_put(b, l->a_device);
	saw_buf_puts(b, " to ");
	saw_output_put(b, l->b_device);
	saw_buf_puts(b, "): ");
	if (!l->maintenance)
		return judge_facts(j, l, b);
	saw_buf_puts(b, "(maintenance: ");
	judge_facts(j, l, b);
	saw_buf_putc(b, ')');
	return SAW_OK;
}

static void put_details(const Sawatch__V1__Link *l, struct saw_buf *b) {
	saw_output_put(b, l->name);
	saw_buf_puts(b, ": ");
	saw_output_put(b, l->a_device);
	saw_buf_putc(b, ' ');
	saw_output_put(b, l->a_tunnel);
	saw_buf_puts(b, ", ");
	saw_output_put(b, l->b_device);
	saw_buf_putc(b, ' ');
	saw_output_put(b, l->b_tunnel);
	if (l->evidence) {
		saw_buf_puts(b, "; paired by: ");
		saw_output_put(b, l->evidence);
	}
	saw_buf_putc(b, '\n');
	for (size_t i = 0; i < l->n_directions; i++) {
		const Sawatch__V1__LinkDirection *d = l->directions[i];

		saw_buf_puts(b, "  ");
		put_way(d, " to ", b);
		if (d->has_sent_packets && d->has_received_packets)
			saw_buf_printf(b, ": %llu packets sent, %llu received, %llu lost at the least",
						   (unsigned long long)d->sent_packets, (unsigned long long)d->received_packets,
						   (unsigned long long)d->lost_packets);
		if (d->has_loss_ratio)
			saw_buf_printf(b, "; of late %.4g %%, measurable from %.4g %%", 100 * d->loss_ratio,
						   100 * d->loss_bound_ratio);
		saw_buf_putc(b, '\n');
	}
	for (size_t i = 0; i < l->n_comparisons; i++) {
		saw_buf_puts(b, "  ");
		put_difference(l, l->comparisons[i], b);
		saw_buf_putc(b, '\n');
	}
}

static void put_perf(const struct judge *j, const Sawatch__V1__Link *l, bool named, struct saw_output *out) {
	if (!l->has_up)
		return;
	for (size_t i = 0; i < l->n_directions; i++) {
		const Sawatch__V1__LinkDirection *d = l->directions[i];
		struct saw_buf prefix = SAW_BUF_INIT(2048);

		if (named) {
			saw_output_put(&prefix, l->name);
			saw_buf_putc(&prefix, '_');
		}
		put_way(d, "_", &prefix);
		saw_check_put_perf(j, d, saw_buf_text(&prefix), false, out);
		saw_buf_free(&prefix);
	}
}

void saw_check_links(struct judge *j, struct saw_output *out) {
	const Sawatch__V1__Snapshot *s = j->s;
	const bool one = s->n_links == 1 && (j->c->link || j->c->tunnel);
	struct saw_findings f;

	if (!saw_findings_create(&f, s->n_links, out))
		return;
	for (size_t i = 0; i < s->n_links; i++) {
		saw_findings_begin(&f, s->links[i], s->links[i]->name, 0);
		saw_findings_end(&f, judge_link(j, s->links[i], one ? &out->summary : &f.text));
	}
	saw_findings_sort(&f);
	out->status = saw_findings_worst(&f);
	if (!one) {
		saw_findings_count(&f, "link", out);
		saw_findings_say(&f, out);
	}
	for (size_t i = 0; i < f.n; i++) {
		put_perf(j, f.list[i].item, !one, out);
		if (one || j->c->verbose > 1)
			put_details(f.list[i].item, &out->details);
	}
	saw_check_put_next(j, out->status, NULL, out);
	saw_findings_destroy(&f);
}
