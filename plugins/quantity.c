#include "plugins/judge.h"

#include "model/mtu_end.h"

/* What a tunnel's or a device's number is called and where it comes from. */
static bool replay_rate(const Sawatch__V1__TunnelEnd *t, double *v) {
	*v = t->replay_errors_per_second;
	return t->has_replay_errors_per_second;
}

static bool plaintext_mtu(const Sawatch__V1__TunnelEnd *t, double *v) {
	*v = saw_mtu_end_observed(t);
	return *v > 0;
}

/* Both directions expire; the first one counts. */
static bool sa_remaining(const Sawatch__V1__TunnelEnd *t, double *v) {
	if (t->has_in_remaining_seconds && t->has_out_remaining_seconds)
		*v = (double)(t->in_remaining_seconds < t->out_remaining_seconds ? t->in_remaining_seconds
																		 : t->out_remaining_seconds);
	else
		*v = (double)(t->has_in_remaining_seconds ? t->in_remaining_seconds : t->out_remaining_seconds);
	return t->has_in_remaining_seconds || t->has_out_remaining_seconds;
}

static bool ike_remaining(const Sawatch__V1__TunnelEnd *t, double *v) {
	*v = (double)t->ike_remaining_seconds;
	return t->has_ike_remaining_seconds;
}

const struct saw_check_quantity saw_check_quantities[SAW_QUANTITIES] = {
	[SAW_QUANTITY_REPLAY_RATE] = {"replay_rate", "", "replay errors", "/s", replay_rate, "yet (two polls are needed)"},
	[SAW_QUANTITY_MTU] = {"mtu", "B", "plaintext MTU", " B", plaintext_mtu,
						  "(show crypto ipsec sa has it, SNMP does not)"},
	[SAW_QUANTITY_SA_REMAINING] = {"sa_remaining", "s", "SA remaining", " s", sa_remaining,
								   "(show crypto ipsec sa has it, SNMP does not)"},
	[SAW_QUANTITY_IKE_REMAINING] = {"ike_remaining", "s", "IKE SA remaining", " s", ike_remaining,
									"(no IKE SA was read)"},
	[SAW_QUANTITY_AGE] = {"age", "s", "data age", " s", NULL, NULL},
	[SAW_QUANTITY_POLL_DURATION] = {"poll_duration", "s", "poll duration", " s", NULL, NULL},
};

const struct saw_check_mode_row saw_check_modes[SAW_CHECK_MODES] = {
	[SAW_CHECK_TUNNEL] = {"tunnel", "SAWATCH TUNNEL", true, false, SAW_QUANTITIES, NULL, NULL},
	[SAW_CHECK_REPLAY] = {"replay", "SAWATCH REPLAY", true, true, SAW_QUANTITY_REPLAY_RATE, "1", "10"},
	/* 1280 is the least that IPv6 takes (RFC 8200, section 5). */
	[SAW_CHECK_MTU] = {"mtu", "SAWATCH MTU", true, true, SAW_QUANTITY_MTU, NULL, "1280:"},
	[SAW_CHECK_DEVICE] = {"device", "SAWATCH DEVICE", false, true, SAW_QUANTITY_AGE, NULL, NULL},
};

bool saw_check_mode_named(const char *name, enum saw_check_mode *out) {
	for (size_t i = 0; i < SAW_CHECK_MODES; i++) {
		if (strcmp(saw_check_modes[i].name, name) != 0)
			continue;
		*out = (enum saw_check_mode)i;
		return true;
	}
	return false;
}

const char *saw_check_service(enum saw_check_mode mode) {
	return saw_check_modes[mode].service;
}

void saw_check_put_quantities(enum saw_check_mode mode, struct saw_buf *out) {
	size_t n = 0;

	for (size_t i = 0; i < SAW_QUANTITIES; i++) {
		if ((saw_check_quantities[i].of_tunnel != NULL) != saw_check_modes[mode].of_tunnel)
			continue;
		saw_buf_puts(out, n++ ? ", " : "");
		saw_buf_puts(out, saw_check_quantities[i].name);
	}
}

void saw_check_defaults(struct saw_check *c) {
	const struct saw_check_mode_row *m = &saw_check_modes[c->mode];

	if (m->warning)
		saw_check_threshold(c, false, m->warning, NULL);
	if (m->critical)
		saw_check_threshold(c, true, m->critical, NULL);
}

static int set_range(struct saw_check *c, bool critical, enum saw_quantity q, struct saw_str text,
					 struct saw_err *err) {
	struct saw_threshold *t = &c->thresholds[q];

	if (saw_range_parse(text, critical ? &t->critical : &t->warning))
		return saw_err_set(err, SAW_EFORMAT, "\"%.*s\" is no range; ranges are 10, 10:, ~:10, 10:20, @10:20",
						   (int)text.n, text.p);
	*(critical ? &t->has_critical : &t->has_warning) = true;
	return 0;
}

int saw_check_threshold(struct saw_check *c, bool critical, const char *text, struct saw_err *err) {
	struct saw_buf known = SAW_BUF_INIT(256);
	int rc = 0;

	saw_check_put_quantities(c->mode, &known);
	if (!strchr(text, '=')) {
		rc = saw_check_modes[c->mode].has_own
				 ? set_range(c, critical, saw_check_modes[c->mode].own, saw_str_of(text), err)
				 : saw_err_set(err, SAW_EFORMAT, "\"%s\" is a range of what? Mode %s takes NAME=RANGE; names are %s",
							   text, saw_check_modes[c->mode].name, saw_buf_text(&known));
		goto out;
	}
	while (rc == 0 && *text) {
		struct saw_str item = {text, strcspn(text, ",")}, name = {text, strcspn(text, "=,")};
		size_t q = 0;

		while (q < SAW_QUANTITIES &&
			   ((saw_check_quantities[q].of_tunnel != NULL) != saw_check_modes[c->mode].of_tunnel ||
				!saw_str_eq(name, saw_str_of(saw_check_quantities[q].name))))
			q++;
		if (q == SAW_QUANTITIES || name.n == item.n)
			rc = saw_err_set(err, SAW_EFORMAT, "\"%.*s\": NAME=RANGE is expected; mode %s knows %s", (int)item.n,
							 item.p, saw_check_modes[c->mode].name, saw_buf_text(&known));
		else
			rc = set_range(c, critical, (enum saw_quantity)q,
						   (struct saw_str){item.p + name.n + 1, item.n - name.n - 1}, err);
		text += item.n + (text[item.n] == ',');
	}
out:
	saw_buf_free(&known);
	return rc;
}
