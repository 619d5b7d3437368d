#include "model/check/judge.h"

#define SERVICE(name) "SAWATCH " name

const struct saw_check_mode_row saw_check_modes[SAW_CHECK_MODES] = {
	[SAW_CHECK_TUNNEL] = {"tunnel",
						  SERVICE("TUNNEL"),
						  SAW_ABOUT_TUNNELS,
						  false,
						  false,
						  saw_check_tunnels,
						  NULL,
						  {{SAW_USE_ASKED, SAW_QUANTITY_REPLAY_RATE, NULL, NULL},
						   {SAW_USE_ASKED, SAW_QUANTITY_MTU, NULL, NULL},
						   {SAW_USE_ASKED, SAW_QUANTITY_SA_REMAINING, NULL, NULL},
						   {SAW_USE_ASKED, SAW_QUANTITY_IKE_REMAINING, NULL, NULL}},
						  "the verdict, with its reasons: down and missing are CRITICAL, degraded and\n"
						  "unexpected WARNING, what could not be read UNKNOWN"},
	[SAW_CHECK_LINK] = {"link",
						SERVICE("LINK"),
						SAW_ABOUT_LINKS,
						true,
						false,
						saw_check_links,
						NULL,
						{{SAW_USE_SHOWN, SAW_QUANTITY_LOSS, "0.1", "1"},
						 {SAW_USE_ASKED, SAW_QUANTITY_LOSS_BOUND, NULL, NULL}},
						"both ends: an end that is down and traffic that passes one way only are\n"
						"CRITICAL; an MTU, cipher, PFS group or IKE version that differs is WARNING;\n"
						"loss of each direction, where it is above what can be measured"},
	[SAW_CHECK_REPLAY] = {"replay",
						  SERVICE("REPLAY"),
						  SAW_ABOUT_TUNNELS,
						  true,
						  false,
						  saw_check_tunnels,
						  saw_check_also_replay,
						  {{SAW_USE_NEEDED, SAW_QUANTITY_REPLAY_RATE, "1", "10"},
						   {SAW_USE_SHOWN, SAW_QUANTITY_REPLAY_RATIO, NULL, NULL}},
						  "anti-replay drops per second, and in % of the packets that arrive"},
	/* 1280 is the least that IPv6 takes (RFC 8200, section 5). */
	[SAW_CHECK_MTU] = {"mtu",
					   SERVICE("MTU"),
					   SAW_ABOUT_TUNNELS,
					   true,
					   false,
					   saw_check_tunnels,
					   saw_check_also_mtu,
					   {{SAW_USE_NEEDED, SAW_QUANTITY_MTU, NULL, "1280:"},
						{SAW_USE_SHOWN, SAW_QUANTITY_TUNNEL_MTU, NULL, NULL},
						{SAW_USE_SHOWN, SAW_QUANTITY_MSS, NULL, NULL}},
					   "the plaintext MTU (IPv6 needs 1280); WARNING where the tunnel's IP MTU is\n"
					   "above it, or where the other end of the link has another"},
	[SAW_CHECK_LIFETIME] = {"lifetime",
							SERVICE("LIFETIME"),
							SAW_ABOUT_TUNNELS,
							true,
							false,
							saw_check_tunnels,
							saw_check_also_lifetime,
							{{SAW_USE_SHOWN, SAW_QUANTITY_SA_REMAINING, NULL, NULL},
							 {SAW_USE_SHOWN, SAW_QUANTITY_IKE_REMAINING, NULL, NULL}},
							"what is left of the SAs' lifetime; WARNING where the renewal is overdue,\n"
							"CRITICAL where nothing is left of an SA that is in use all the same"},
	[SAW_CHECK_THROUGHPUT] = {"throughput",
							  SERVICE("THROUGHPUT"),
							  SAW_ABOUT_TUNNELS,
							  false,
							  false,
							  saw_check_tunnels,
							  NULL,
							  {{SAW_USE_NEEDED, SAW_QUANTITY_IN_BPS, NULL, NULL},
							   {SAW_USE_NEEDED, SAW_QUANTITY_OUT_BPS, NULL, NULL},
							   {SAW_USE_SHOWN, SAW_QUANTITY_IN_PERCENT, "80", "90"},
							   {SAW_USE_SHOWN, SAW_QUANTITY_OUT_PERCENT, "80", "90"}},
							  "bits per second, and % of the capacity where the configuration gives one"},
	[SAW_CHECK_ERRORS] = {"errors",
						  SERVICE("ERRORS"),
						  SAW_ABOUT_TUNNELS,
						  true,
						  false,
						  saw_check_tunnels,
						  saw_check_also_errors,
						  {{SAW_USE_NEEDED, SAW_QUANTITY_ERROR_RATE, "1", "10"}},
						  "packets lost in IPsec per second, by the reason that grows fastest"},
	[SAW_CHECK_REKEY] = {"rekey",
						 SERVICE("REKEY"),
						 SAW_ABOUT_TUNNELS,
						 true,
						 true,
						 saw_check_tunnels,
						 saw_check_also_rekey,
						 {{SAW_USE_NEEDED, SAW_QUANTITY_REKEYS, "@5:", NULL},
						  {SAW_USE_NEEDED, SAW_QUANTITY_FLAPS, "@3:", NULL}},
						 "renewals that come too often, and tunnels that go down again and again"},
	[SAW_CHECK_IKE] = {"ike",
					   SERVICE("IKE"),
					   SAW_ABOUT_TUNNELS,
					   true,
					   true,
					   saw_check_tunnels,
					   saw_check_also_ike,
					   {{SAW_USE_SHOWN, SAW_QUANTITY_IKE_REMAINING, NULL, NULL}},
					   "the IKE SA: CRITICAL where it is not up"},
	[SAW_CHECK_BGP] = {"bgp",
					   SERVICE("BGP"),
					   SAW_ABOUT_DEVICE,
					   true,
					   false,
					   saw_check_bgp,
					   NULL,
					   {{SAW_USE_SHOWN, SAW_QUANTITY_PREFIXES, NULL, NULL},
						{SAW_USE_ASKED, SAW_QUANTITY_UP_SECONDS, NULL, NULL}},
					   "the device's BGP peers: CRITICAL where one is not established"},
	[SAW_CHECK_INVENTORY] = {"inventory",
							 SERVICE("INVENTORY"),
							 SAW_ABOUT_ALL,
							 false,
							 false,
							 saw_check_inventory,
							 NULL,
							 {{SAW_USE_NEEDED, SAW_QUANTITY_MISSING, NULL, "0"},
							  {SAW_USE_NEEDED, SAW_QUANTITY_UNEXPECTED, "0", NULL},
							  {SAW_USE_NEEDED, SAW_QUANTITY_UNKNOWN, NULL, NULL}},
							 "tunnels that the configuration lists and the device has not, and the reverse;\n"
							 "of one device or of all. UNKNOWN where one of the list could not be read"},
	[SAW_CHECK_DEVICE] = {"device",
						  SERVICE("DEVICE"),
						  SAW_ABOUT_DEVICE,
						  true,
						  false,
						  saw_check_device,
						  NULL,
						  {{SAW_USE_SHOWN, SAW_QUANTITY_AGE, NULL, NULL},
						   {SAW_USE_SHOWN, SAW_QUANTITY_POLL_DURATION, NULL, NULL},
						   {SAW_USE_SHOWN, SAW_QUANTITY_PARTIAL_TABLES, "0", NULL}},
						  "how the device is read: WARNING if a source fails or a table is cut short,\n"
						  "UNKNOWN if all sources fail"},
	[SAW_CHECK_AUDIT] = {"audit",
						 SERVICE("AUDIT"),
						 SAW_ABOUT_DEVICE,
						 true,
						 false,
						 saw_check_audit,
						 NULL,
						 {{SAW_USE_NEEDED, SAW_QUANTITY_AUDIT_FAIL, NULL, "0"},
						  {SAW_USE_NEEDED, SAW_QUANTITY_AUDIT_WARN, "0", NULL},
						  {SAW_USE_SHOWN, SAW_QUANTITY_AUDIT_INFO, NULL, NULL}},
						 "what the audit found in the device's running configuration, which the daemon\n"
						 "reads every audit_interval (ssh); UNKNOWN where it could not be compared"},
	[SAW_CHECK_FLEET] = {"fleet",
						 SERVICE("FLEET"),
						 SAW_ABOUT_ALL,
						 false,
						 false,
						 saw_check_fleet,
						 NULL,
						 {{SAW_USE_NEEDED, SAW_QUANTITY_DOWN, NULL, "0"},
						  {SAW_USE_NEEDED, SAW_QUANTITY_MISSING, NULL, "0"},
						  {SAW_USE_NEEDED, SAW_QUANTITY_DEGRADED, "0", NULL},
						  {SAW_USE_NEEDED, SAW_QUANTITY_UNEXPECTED, "0", NULL},
						  {SAW_USE_NEEDED, SAW_QUANTITY_UNKNOWN, NULL, NULL},
						  {SAW_USE_NEEDED, SAW_QUANTITY_UNREAD, NULL, NULL}},
						 "counts over all devices and tunnels, or those that --include and --exclude\n"
						 "leave. Unknown tunnels and devices that cannot be read are UNKNOWN, unless\n"
						 "they have a threshold"},
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

void saw_check_put_mode_names(struct saw_buf *out) {
	for (size_t i = 0; i < SAW_CHECK_MODES; i++) {
		saw_buf_puts(out, i ? ", " : "");
		saw_buf_puts(out, saw_check_modes[i].name);
	}
}

void saw_check_put_quantities(enum saw_check_mode mode, struct saw_buf *out) {
	const struct saw_check_use *uses = saw_check_modes[mode].uses;

	for (size_t i = 0; i < SAW_USES_MAX && uses[i].kind; i++) {
		saw_buf_puts(out, i ? ", " : "");
		saw_buf_puts(out, saw_check_quantities[uses[i].q].name);
	}
}

/* "  replay      what it is\n", further lines below the first, and "              replay_rate (-w 1 -c 10)". */
void saw_check_put_modes_help(struct saw_buf *out) {
	for (size_t i = 0; i < SAW_CHECK_MODES; i++) {
		const struct saw_check_mode_row *m = &saw_check_modes[i];

		saw_buf_printf(out, "  %-11s", m->name);
		for (const char *p = m->help; *p; p++) {
			saw_buf_putc(out, *p);
			saw_buf_puts(out, *p == '\n' ? "             " : "");
		}
		for (size_t k = 0; k < SAW_USES_MAX && m->uses[k].kind; k++) {
			const struct saw_check_use *u = &m->uses[k];

			saw_buf_printf(out, "\n               %s%s%s%s%s", saw_check_quantities[u->q].name,
						   u->warning ? " -w " : "", u->warning ? u->warning : "", u->critical ? " -c " : "",
						   u->critical ? u->critical : "");
		}
		saw_buf_putc(out, '\n');
	}
}

int saw_check_complete(const struct saw_check *c, struct saw_err *err) {
	const struct saw_check_mode_row *m = &saw_check_modes[c->mode];

	if (m->about != SAW_ABOUT_LINKS && c->link)
		return saw_err_set(err, SAW_EFORMAT, "mode %s does not look at a link; --link is of mode link", m->name);
	if (m->about != SAW_ABOUT_ALL && (c->include.n || c->exclude.n))
		return saw_err_set(err, SAW_EFORMAT, "--include and --exclude are of modes fleet and inventory, not of %s",
						   m->name);
	if (m->about != SAW_ABOUT_TUNNELS && m->about != SAW_ABOUT_LINKS && c->tunnel)
		return saw_err_set(err, SAW_EFORMAT, "mode %s does not look at a tunnel; leave --tunnel out", m->name);
	if (m->about == SAW_ABOUT_ALL || c->device || c->link)
		return 0;
	return saw_err_set(err, SAW_EFORMAT, "%s missing; \"check_sawatch --help\" lists the options",
					   m->about == SAW_ABOUT_LINKS ? "--device or --link is" : "--device is");
}

/* --------------------------------------------------------------------------------------------------------------- thresholds */

static int set_range(struct saw_check *c, bool critical, enum saw_quantity q, struct saw_str text,
					 struct saw_err *err) {
	struct saw_threshold *t = &c->thresholds[q];

	if (saw_range_parse(text, critical ? &t->critical : &t->warning))
		return saw_err_set(err, SAW_EFORMAT, "\"%.*s\" is no range; ranges are 10, 10:, ~:10, 10:20, @10:20",
						   (int)text.n, text.p);
	*(critical ? &t->has_critical : &t->has_warning) = true;
	return 0;
}

void saw_check_defaults(struct saw_check *c) {
	const struct saw_check_use *uses = saw_check_modes[c->mode].uses;

	for (size_t i = 0; i < SAW_USES_MAX && uses[i].kind; i++) {
		if (uses[i].warning)
			set_range(c, false, uses[i].q, saw_str_of(uses[i].warning), NULL);
		if (uses[i].critical)
			set_range(c, true, uses[i].q, saw_str_of(uses[i].critical), NULL);
	}
}

static int ask_range(struct saw_check *c, bool critical, enum saw_quantity q, struct saw_str text,
					 struct saw_err *err) {
	c->thresholds[q].asked = true;
	return set_range(c, critical, q, text, err);
}

int saw_check_threshold(struct saw_check *c, bool critical, const char *text, struct saw_err *err) {
	const struct saw_check_mode_row *m = &saw_check_modes[c->mode];
	struct saw_buf known = SAW_BUF_INIT(256);
	int rc = 0;

	saw_check_put_quantities(c->mode, &known);
	if (!strchr(text, '=')) {
		rc = m->has_own
				 ? ask_range(c, critical, m->uses[0].q, saw_str_of(text), err)
				 : saw_err_set(err, SAW_EFORMAT, "\"%s\" is a range of what? Mode %s takes NAME=RANGE; names are %s",
							   text, m->name, saw_buf_text(&known));
		goto out;
	}
	while (rc == 0 && *text) {
		struct saw_str item = {text, strcspn(text, ",")}, name = {text, strcspn(text, "=,")};
		size_t u = 0;

		while (u < SAW_USES_MAX && m->uses[u].kind &&
			   !saw_str_eq(name, saw_str_of(saw_check_quantities[m->uses[u].q].name)))
			u++;
		if (u == SAW_USES_MAX || !m->uses[u].kind || name.n == item.n)
			rc = saw_err_set(err, SAW_EFORMAT, "\"%.*s\": NAME=RANGE is expected; mode %s knows %s", (int)item.n,
							 item.p, m->name, saw_buf_text(&known));
		else
			rc = ask_range(c, critical, m->uses[u].q, (struct saw_str){item.p + name.n + 1, item.n - name.n - 1}, err);
		text += item.n + (text[item.n] == ',');
	}
out:
	saw_buf_free(&known);
	return rc;
}
