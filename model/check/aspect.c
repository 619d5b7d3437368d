#include "model/check/judge.h"

#include "model/mtu_end.h"
#include "proto/tunnel.h"
#include "proto/tunnel_fact.h"

/* ------------------------------------------------------------------------------------------------------------ in one line */

enum saw_status saw_check_also_replay(const struct judge *j, const Sawatch__V1__TunnelEnd *t, const char *between,
									  struct saw_buf *b) {
	(void)j;
	if (!t->has_replay_window || t->replay_window == 0)
		return SAW_OK;
	saw_buf_printf(b, "%swindow %u", between, (unsigned)t->replay_window);
	return SAW_OK;
}

enum saw_status saw_check_also_mtu(const struct judge *j, const Sawatch__V1__TunnelEnd *t, const char *between,
								   struct saw_buf *b) {
	const uint32_t too_large = saw_mtu_end_too_large(t);
	const Sawatch__V1__Link *l = saw_tunnel_link(j->s, t);
	enum saw_status status = SAW_OK;

	if (too_large) {
		saw_buf_printf(b, "%sbut the tunnel's IP MTU is %u", between, (unsigned)too_large);
		status = SAW_WARNING;
		between = ", ";
	}
	for (size_t i = 0; l && i < l->n_comparisons; i++) {
		const Sawatch__V1__LinkComparison *c = l->comparisons[i];

		if (!c->field || strcmp(c->field, "mtu") != 0 || !c->differs)
			continue;
		saw_buf_puts(b, between);
		saw_buf_puts(b, "the ends of the link differ: ");
		saw_output_put(b, c->a);
		saw_buf_puts(b, " at ");
		saw_output_put(b, l->a_device);
		saw_buf_puts(b, ", ");
		saw_output_put(b, c->b);
		saw_buf_puts(b, " at ");
		saw_output_put(b, l->b_device);
		status = SAW_WARNING;
	}
	return status;
}

enum saw_status saw_check_also_lifetime(const struct judge *j, const Sawatch__V1__TunnelEnd *t, const char *between,
										struct saw_buf *b) {
	bool ran_out;
	double left;

	(void)j;
	if (!t->has_renewal_overdue)
		return SAW_OK;
	/* What is left is counted down since it was read, and another SA may have come since: alone it says nothing. */
	ran_out = t->renewal_overdue && saw_check_quantities[SAW_QUANTITY_SA_REMAINING].of(t, &left) && !(left > 0);
	saw_buf_puts(b, between);
	saw_buf_puts(b, ran_out              ? "the renewal failed: the SA in use has run out"
					: t->renewal_overdue ? "the renewal is overdue"
										 : "renewed in time");
	if (t->has_sa_lifetime_seconds) {
		saw_buf_puts(b, " (an SA lives for ");
		saw_put_duration(b, t->sa_lifetime_seconds < INT64_MAX ? (int64_t)t->sa_lifetime_seconds : INT64_MAX);
		saw_buf_putc(b, ')');
	}
	return ran_out ? SAW_CRITICAL : t->renewal_overdue ? SAW_WARNING : SAW_OK;
}

enum saw_status saw_check_also_errors(const struct judge *j, const Sawatch__V1__TunnelEnd *t, const char *between,
									  struct saw_buf *b) {
	const char *reason;
	double rate;

	(void)j;
	if (saw_check_fastest_error(t, &rate, &reason) && rate > 0)
		saw_buf_printf(b, "%smost by reason \"%s\"", between, reason);
	return SAW_OK;
}

enum saw_status saw_check_also_rekey(const struct judge *j, const Sawatch__V1__TunnelEnd *t, const char *between,
									 struct saw_buf *b) {
	(void)j;
	if (!t->has_rekeys && !t->has_flaps)
		return SAW_OK;
	saw_buf_printf(b, "%sin all %llu renewal%s, %llu loss%s", between, (unsigned long long)t->rekeys,
				   t->rekeys == 1 ? "" : "s", (unsigned long long)t->flaps, t->flaps == 1 ? "" : "es");
	return SAW_OK;
}

enum saw_status saw_check_also_ike(const struct judge *j, const Sawatch__V1__TunnelEnd *t, const char *between,
								   struct saw_buf *b) {
	const Sawatch__V1__Layer *ike = NULL;

	(void)j;
	for (size_t i = 0; i < t->n_layers; i++)
		if (t->layers[i]->name && strcmp(t->layers[i]->name, "ike") == 0)
			ike = t->layers[i];
	saw_buf_puts(b, between);
	if (!ike || !ike->has_up) {
		saw_buf_puts(b, "nothing is known of its IKE SA; the tunnel is ");
		saw_buf_puts(b, saw_tunnel_state_name(saw_tunnel_state(t)));
		saw_check_put_texts(t->reasons, t->n_reasons, ", ", b);
		return SAW_UNKNOWN;
	}
	saw_buf_puts(b, ike->up ? "IKE is up" : "IKE is down");
	if (t->has_ike_version)
		saw_buf_printf(b, ", version %u", (unsigned)t->ike_version);
	if (t->has_dh_group)
		saw_buf_printf(b, ", DH group %u", (unsigned)t->dh_group);
	if (ike->reason) {
		saw_buf_puts(b, ", ");
		saw_output_put(b, ike->reason);
	}
	return ike->up ? SAW_OK : SAW_CRITICAL;
}

/* --------------------------------------------------------------------------------------------------------------- at length */

static bool is_of_layer(const Sawatch__V1__TunnelEnd *t, const char *reason) {
	for (size_t i = 0; i < t->n_layers; i++)
		if (t->layers[i]->reason && strcmp(t->layers[i]->reason, reason) == 0)
			return true;
	return false;
}

static void put_errors(const Sawatch__V1__TunnelEnd *t, struct saw_buf *b) {
	for (size_t i = 0; i < t->n_totals; i++) {
		const Sawatch__V1__Total *total = t->totals[i];
		const char *tail = total->name ? strrchr(total->name, '_') : NULL;

		if (!tail || !total->has_value || total->value == 0 ||
			(strcmp(tail, "_recv") != 0 && strcmp(tail, "_send") != 0 && strcmp(tail, "_errors") != 0 &&
			 !strstr(total->name, "_drop_")))
			continue;
		saw_buf_puts(b, "  ");
		saw_output_put(b, total->name);
		saw_buf_printf(b, " %llu", (unsigned long long)total->value);
		if (total->has_per_second && !total->stale)
			saw_buf_printf(b, ", %.4g/s", total->per_second);
		saw_buf_putc(b, '\n');
	}
}

static void put_line(const char *what, const char *text, struct saw_buf *b) {
	if (!text)
		return;
	saw_buf_puts(b, what);
	saw_output_put(b, text);
	saw_buf_putc(b, '\n');
}

void saw_check_put_tunnel_details(const struct judge *j, const Sawatch__V1__TunnelEnd *t, struct saw_buf *b) {
	const enum saw_check_mode mode = j->c->mode;
	char scratch[SAW_FIELD_SCRATCH];

	saw_output_put(b, t->name);
	saw_buf_puts(b, ": ");
	saw_buf_puts(b, saw_tunnel_state_name(saw_tunnel_state(t)));
	if (t->remote) {
		saw_buf_puts(b, ", peer ");
		saw_output_put(b, t->remote);
	}
	if (t->encryption) {
		saw_buf_puts(b, ", ");
		saw_output_put(b, saw_tunnel_fact_text(t, SAW_TUNNEL_FACT_encryption, scratch));
	}
	for (size_t i = 0; i < t->n_layers; i++) {
		const Sawatch__V1__Layer *l = t->layers[i];

		saw_buf_puts(b, ", ");
		saw_output_put(b, l->name);
		saw_buf_puts(b, !l->has_up ? " not known" : l->up ? " up" : " down");
		if (l->reason) {
			saw_buf_puts(b, " (");
			saw_output_put(b, l->reason);
			saw_buf_putc(b, ')');
		}
	}
	for (size_t i = 0; i < t->n_reasons; i++) {
		if (is_of_layer(t, t->reasons[i]))
			continue; /* was said with its layer */
		saw_buf_puts(b, "; ");
		saw_output_put(b, t->reasons[i]);
	}
	saw_buf_putc(b, '\n');
	if (mode == SAW_CHECK_REPLAY || mode == SAW_CHECK_TUNNEL)
		put_line("  ", t->replay_advice, b);
	if (mode == SAW_CHECK_MTU && t->has_computed_mtu)
		saw_buf_printf(b, "  computed plaintext MTU %u B\n", (unsigned)t->computed_mtu);
	if (mode == SAW_CHECK_MTU)
		put_line("  ", t->mtu_difference, b);
	if (mode == SAW_CHECK_ERRORS || j->c->verbose > 2)
		put_errors(t, b);
}
