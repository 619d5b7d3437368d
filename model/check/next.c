#include "model/check/judge.h"

#include "proto/tunnel.h"

#include <ctype.h>

static const char *const of_modes[SAW_CHECK_MODES] = {
	[SAW_CHECK_TUNNEL] = "SawatchTunnelDegraded", [SAW_CHECK_LINK] = "SawatchLinkDown",
	[SAW_CHECK_REPLAY] = "SawatchReplayBurst",    [SAW_CHECK_MTU] = "SawatchMtuMismatch",
	[SAW_CHECK_LIFETIME] = "SawatchRekeyOverdue", [SAW_CHECK_THROUGHPUT] = "SawatchCapacityNow",
	[SAW_CHECK_REKEY] = "SawatchRekeyStorm",      [SAW_CHECK_IKE] = "SawatchIkeFailures",
	[SAW_CHECK_BGP] = "SawatchBgpDown",           [SAW_CHECK_INVENTORY] = "SawatchTunnelMissing",
	[SAW_CHECK_DEVICE] = "SawatchPartialWalk",    [SAW_CHECK_AUDIT] = "SawatchAuditFindings",
};

/* That nothing is known is of the device, not of what the mode is about. */
static bool is_unread(const struct judge *j, Sawatch__V1__TunnelState state) {
	switch (j->c->mode) {
	case SAW_CHECK_LINK:
	case SAW_CHECK_DEVICE:
	case SAW_CHECK_INVENTORY:
	case SAW_CHECK_FLEET:
		return true;
	default:
		return j->too_old || state == SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UNKNOWN;
	}
}

/* A tunnel that carries nothing is to be mended as such, whatever was asked of it. */
static const char *runbook_of(const struct judge *j, enum saw_status status, const Sawatch__V1__TunnelEnd *t) {
	const Sawatch__V1__TunnelState state = t ? saw_tunnel_state(t) : SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_UP;

	if (status == SAW_UNKNOWN && is_unread(j, state))
		return "SawatchDeviceUnreachable";
	if (state == SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DOWN)
		return "SawatchTunnelDown";
	if (state == SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_MISSING)
		return "SawatchTunnelMissing";
	if (state == SAWATCH__V1__TUNNEL_STATE__TUNNEL_STATE_DEGRADED)
		return "SawatchTunnelDegraded";
	return status == SAW_UNKNOWN ? NULL : of_modes[j->c->mode];
}

/* As a shell takes it for one word. */
static void put_word(const char *word, struct saw_buf *b) {
	struct saw_buf quoted = SAW_BUF_INIT(8192);
	const char *p = word;

	while (isalnum((unsigned char)*p) || (*p && strchr("-_./:", *p)))
		p++;
	if (*p || !*word) {
		saw_buf_putc(&quoted, '\'');
		for (p = word; *p; p++)
			if (*p == '\'')
				saw_buf_puts(&quoted, "'\\''");
			else
				saw_buf_putc(&quoted, *p);
		saw_buf_putc(&quoted, '\'');
		word = saw_buf_text(&quoted);
	}
	saw_output_put(b, word);
	saw_buf_free(&quoted);
}

void saw_check_put_next(const struct judge *j, enum saw_status status, const Sawatch__V1__TunnelEnd *t,
						struct saw_output *out) {
	const bool wrong = status != SAW_OK && !(j->mode->about == SAW_ABOUT_DEVICE && j->device->maintenance);
	const char *runbook = wrong ? runbook_of(j, status, t) : NULL;
	const bool can_ask = wrong && t && t->device && t->name && !j->c->direct;

	if (!runbook && !can_ask)
		return;
	saw_buf_puts(&out->details, "next: ");
	if (can_ask) {
		saw_buf_puts(&out->details, "sawatch explain --device ");
		put_word(t->device, &out->details);
		saw_buf_putc(&out->details, ' ');
		put_word(t->name, &out->details);
	}
	if (runbook)
		saw_buf_printf(&out->details, "%srunbook %s", can_ask ? "; " : "", runbook);
	saw_buf_putc(&out->details, '\n');
}
