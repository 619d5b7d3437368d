/* What the audit of the running configurations found in the device's own. */
#include "model/check/judge.h"

#include "proto/tunnel.h"

#include <string.h>

static enum saw_status status_of(const Sawatch__V1__AuditFinding *f) {
	if (f->severity && strcmp(f->severity, "fail") == 0)
		return SAW_CRITICAL;
	return f->severity && strcmp(f->severity, "warn") == 0 ? SAW_WARNING : SAW_OK;
}

static const Sawatch__V1__AuditedDevice *audited(const struct judge *j) {
	for (size_t i = 0; i < j->s->n_audited; i++)
		if (strcmp(j->s->audited[i]->device, j->device->name) == 0)
			return j->s->audited[i];
	return NULL;
}

static bool is_of(const struct judge *j, const Sawatch__V1__Audit *a) {
	return strcmp(a->a_device, j->device->name) == 0 || strcmp(a->b_device, j->device->name) == 0;
}

/* Nothing was compared: why. */
static void say_nothing(const struct judge *j, const Sawatch__V1__AuditedDevice *d, struct saw_output *out) {
	const char *error = d ? d->error : NULL;

	for (size_t i = 0; i < j->s->n_audits && !error; i++)
		error = is_of(j, j->s->audits[i]) ? j->s->audits[i]->error : NULL;
	out->status = SAW_UNKNOWN;
	saw_output_put(&out->summary, j->device->name);
	saw_buf_puts(&out->summary, ": its running configuration is not audited: ");
	if (error)
		saw_output_put(&out->summary, error);
	else
		saw_buf_puts(&out->summary, !d                   ? "ssh: audit_interval is not configured for it"
									: !d->has_read_at_ms ? "it was not read yet"
														 : "no link to another device is known");
}

/* What of it could not be held against the other end. */
static bool say_errors(const struct judge *j, const Sawatch__V1__AuditedDevice *d, struct saw_output *out) {
	bool said = false;

	if (d && d->error) {
		saw_buf_puts(&out->summary, "; read again it could not be: ");
		saw_output_put(&out->summary, d->error);
		said = true;
	}
	for (size_t i = 0; i < j->s->n_audits; i++) {
		const Sawatch__V1__Audit *a = j->s->audits[i];

		if (!is_of(j, a) || !a->error)
			continue;
		saw_buf_puts(&out->summary, "; not compared: ");
		saw_output_put(&out->summary, a->error);
		said = true;
	}
	return said;
}

static void put_finding(const Sawatch__V1__AuditFinding *f, const char *other, struct saw_buf *b) {
	saw_output_put(b, f->rule);
	saw_buf_puts(b, " (");
	if (f->has_line)
		saw_buf_printf(b, "line %u, ", f->line);
	saw_buf_puts(b, "with ");
	saw_output_put(b, other);
	saw_buf_puts(b, "): ");
	saw_output_put(b, f->text);
	if (f->fix && *f->fix) {
		saw_buf_puts(b, "; mended by: ");
		saw_output_put(b, f->fix);
	}
}

void saw_check_audit(struct judge *j, struct saw_output *out) {
	const Sawatch__V1__AuditedDevice *d = audited(j);
	struct saw_check_audit_counts counts = {0};
	struct saw_findings found;
	size_t n = 0, compared = 0;
	bool said;

	for (size_t i = 0; i < j->s->n_audits; i++) {
		compared += is_of(j, j->s->audits[i]) && !j->s->audits[i]->error;
		n += j->s->audits[i]->n_findings;
	}
	if (compared == 0) {
		say_nothing(j, d, out);
		return;
	}
	if (!saw_findings_create(&found, n, out))
		return;
	for (size_t i = 0; i < j->s->n_audits; i++) {
		const Sawatch__V1__Audit *a = j->s->audits[i];
		const char *other = strcmp(a->a_device, j->device->name) == 0 ? a->b_device : a->a_device;

		for (size_t k = 0; k < a->n_findings; k++) {
			const Sawatch__V1__AuditFinding *f = a->findings[k];
			enum saw_status status = status_of(f);

			if (!f->device || strcmp(f->device, j->device->name) != 0)
				continue;
			counts.fail += status == SAW_CRITICAL;
			counts.warn += status == SAW_WARNING;
			counts.info += status == SAW_OK;
			saw_findings_begin(&found, f, f->rule, 0);
			put_finding(f, other, &found.text);
			saw_findings_end(&found, status);
		}
	}
	saw_output_put(&out->summary, j->device->name);
	saw_buf_printf(&out->summary, ": compared with %zu device%s", compared, compared == 1 ? "" : "s");
	out->status = saw_check_judge_uses(j, &counts, ": ", &out->summary, &said);
	if (say_errors(j, d, out))
		out->status = saw_status_worse(out->status, SAW_UNKNOWN);
	if (d && d->problems)
		saw_buf_printf(&out->summary, "; %u lines of its configuration were not understood", d->problems);
	saw_check_put_perf(j, &counts, NULL, false, out);
	saw_findings_sort(&found);
	saw_findings_say(&found, out);
	saw_check_put_next(j, out->status, NULL, out);
	saw_findings_destroy(&found);
}
