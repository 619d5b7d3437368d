#include "config.h"

#include "tools/audit_print.h"

#include "proto/json.h"

#include <errno.h>
#include <unistd.h>

#define WIDTH 80
#define OUTPUT_MAX ((size_t)256 << 20)

static int flush(FILE *out, struct saw_buf *b) {
	int rc = saw_buf_error(b);

	if (rc == 0 && (fwrite(saw_buf_text(b), 1, b->len, out) != b->len || fflush(out) != 0))
		rc = -EIO;
	saw_buf_free(b);
	return rc;
}

static const char *platform_name(const struct saw_running_config *c) {
	return c->asa ? "asa" : "iosxe";
}

static const char *profile_name(const struct saw_audit_options *o) {
	return o->profile == SAW_AUDIT_CNSA ? "cnsa" : "nge";
}

static void put_clean(struct saw_buf *b, const char *text) {
	saw_put_clean(b, text, strlen(text));
}

/* --------------------------------------------------------------------------------------------------------- for people */

/* "  label: text", with the lines that follow below the text. */
static void put_wrapped(struct saw_buf *b, const char *label, const char *text) {
	struct saw_buf clean = SAW_BUF_INIT(1U << 20);
	size_t indent = strlen(label), at = indent;
	const char *p;

	put_clean(&clean, text);
	saw_buf_puts(b, label);
	for (p = saw_buf_text(&clean); *p;) {
		size_t n = strcspn(p, " ");

		if (at > indent && at + 1 + n > WIDTH) {
			saw_buf_printf(b, "\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			saw_buf_putc(b, ' ');
			at++;
		}
		saw_buf_put(b, p, n);
		at += n;
		p += n;
		while (*p == ' ')
			p++;
	}
	saw_buf_putc(b, '\n');
	saw_buf_free(&clean);
}

static void put_heading(struct saw_buf *b, const struct saw_audit *a, const struct saw_audit_side sides[2],
						const struct saw_audit_options *o) {
	for (int i = 0; i < 2; i++) {
		const struct saw_running_config *c = sides[i].config;

		put_clean(b, c->hostname ? c->hostname : "without a name");
		saw_buf_printf(b, " (%s", c->asa ? "ASA" : "IOS-XE");
		if (c->version) {
			saw_buf_putc(b, ' ');
			put_clean(b, c->version);
		}
		saw_buf_puts(b, "): ");
		put_clean(b, sides[i].file);
		saw_buf_putc(b, '\n');
	}
	saw_buf_printf(b, "%zu tunnel%s compared, profile %s\n", saw_audit_pairs(a), saw_audit_pairs(a) == 1 ? "" : "s",
				   profile_name(o));
}

static const char *colour_of(enum saw_audit_severity s) {
	static const char *const colours[] = {
		[SAW_AUDIT_INFO] = "\033[36m", [SAW_AUDIT_WARN] = "\033[33m", [SAW_AUDIT_FAIL] = "\033[31;1m"};

	return colours[s];
}

static int print_table(FILE *out, const struct saw_audit *a, const struct saw_audit_side sides[2],
					   const struct saw_audit_options *o) {
	const bool colour = isatty(fileno(out));
	struct saw_buf b = SAW_BUF_INIT(OUTPUT_MAX), where = SAW_BUF_INIT(1U << 16);
	size_t counts[3] = {0};

	put_heading(&b, a, sides, o);
	for (size_t i = 0; i < saw_audit_count(a); i++) {
		const struct saw_audit_finding *f = saw_audit_at(a, i), *next;
		const char *severity = saw_audit_severity_name(f->rule->severity);

		counts[f->rule->severity]++;
		if (i == 0 || saw_audit_at(a, i - 1)->rule != f->rule) {
			saw_buf_printf(&b, "\n%s%s%s  %s: %s\n", colour ? colour_of(f->rule->severity) : "", severity,
						   colour ? "\033[0m" : "", f->rule->id, f->rule->what);
			saw_buf_reset(&where);
			saw_buf_printf(&where, "%s (%s)", f->rule->why, f->rule->source);
			put_wrapped(&b, "      why: ", saw_buf_text(&where));
		}
		saw_buf_reset(&where);
		saw_buf_puts(&where, sides[f->side].file);
		if (f->line)
			saw_buf_printf(&where, ":%u", f->line);
		saw_buf_printf(&where, ": %s", f->text);
		put_wrapped(&b, "      ", saw_buf_text(&where));
		next = i + 1 < saw_audit_count(a) ? saw_audit_at(a, i + 1) : NULL;
		if (!next || next->rule != f->rule || strcmp(next->fix, f->fix) != 0)
			put_wrapped(&b, "      fix: ", f->fix);
	}
	saw_buf_printf(&b, "\n%zu fail, %zu warn, %zu info\n", counts[SAW_AUDIT_FAIL], counts[SAW_AUDIT_WARN],
				   counts[SAW_AUDIT_INFO]);
	saw_buf_free(&where);
	return flush(out, &b);
}

static const char *profiles_of(const struct saw_audit_rule *r) {
	return r->profiles == SAW_AUDIT_NGE ? "nge" : r->profiles == SAW_AUDIT_CNSA ? "cnsa" : "nge, cnsa";
}

void saw_audit_print_rules(FILE *out) {
	const struct saw_audit_rule *r;

	for (size_t i = 0; (r = saw_audit_rule_at(i)) != NULL; i++)
		fprintf(out, "%s  %-9s  %-21s  %s\n", saw_audit_severity_name(r->severity), profiles_of(r), r->id, r->what);
}

/* ------------------------------------------------------------------------------------------------------- for programs */

static void put_string(struct saw_buf *b, const char *text) {
	saw_json_string(b, text, strlen(text));
}

/* "name": "text", with what goes before it */
static void put_field(struct saw_buf *b, const char *before, const char *name, const char *text) {
	saw_buf_printf(b, "%s\"%s\": ", before, name);
	put_string(b, text);
}

static void put_problems(struct saw_buf *b, const struct saw_audit_side sides[2]) {
	const char *before = "";

	for (int i = 0; i < 2; i++)
		for (const struct saw_rc_problem *p = sides[i].config->problems; p; p = p->next) {
			saw_buf_printf(b, "%s\n    {", before);
			put_field(b, "", "file", sides[i].file);
			saw_buf_printf(b, ", \"line\": %u", p->line);
			put_field(b, ", ", "command", p->what);
			saw_buf_putc(b, '}');
			before = ",";
		}
}

static int print_json(FILE *out, const struct saw_audit *a, const struct saw_audit_side sides[2],
					  const struct saw_audit_options *o) {
	struct saw_buf b = SAW_BUF_INIT(OUTPUT_MAX);

	put_field(&b, "{\n  ", "profile", profile_name(o));
	saw_buf_printf(&b, ",\n  \"tunnels_compared\": %zu,\n  \"devices\": [", saw_audit_pairs(a));
	for (int i = 0; i < 2; i++) {
		const struct saw_running_config *c = sides[i].config;

		put_field(&b, i ? ",\n    {" : "\n    {", "file", sides[i].file);
		put_field(&b, ", ", "platform", platform_name(c));
		if (c->hostname)
			put_field(&b, ", ", "hostname", c->hostname);
		if (c->version)
			put_field(&b, ", ", "os_version", c->version);
		saw_buf_printf(&b, ", \"complete\": %s}", c->complete ? "true" : "false");
	}
	saw_buf_puts(&b, "\n  ],\n  \"findings\": [");
	for (size_t i = 0; i < saw_audit_count(a); i++) {
		const struct saw_audit_finding *f = saw_audit_at(a, i);
		const char *hostname = sides[f->side].config->hostname;

		put_field(&b, i ? ",\n    {" : "\n    {", "rule", f->rule->id);
		put_field(&b, ", ", "severity", saw_audit_severity_name(f->rule->severity));
		put_field(&b, ", ", "device", hostname ? hostname : sides[f->side].file);
		put_field(&b, ",\n     ", "file", sides[f->side].file);
		if (f->line)
			saw_buf_printf(&b, ", \"line\": %u", f->line);
		put_field(&b, ",\n     ", "text", f->text);
		put_field(&b, ",\n     ", "why", f->rule->why);
		put_field(&b, ",\n     ", "source", f->rule->source);
		put_field(&b, ",\n     ", "fix", f->fix);
		saw_buf_putc(&b, '}');
	}
	saw_buf_puts(&b, "\n  ],\n  \"not_understood\": [");
	put_problems(&b, sides);
	saw_buf_puts(&b, "\n  ]\n}\n");
	return flush(out, &b);
}

static const char *sarif_level(enum saw_audit_severity s) {
	static const char *const levels[] = {
		[SAW_AUDIT_INFO] = "note", [SAW_AUDIT_WARN] = "warning", [SAW_AUDIT_FAIL] = "error"};

	return levels[s];
}

static void put_message(struct saw_buf *b, const char *before, const char *name, const char *text) {
	saw_buf_printf(b, "%s\"%s\": {\"text\": ", before, name);
	put_string(b, text);
	saw_buf_putc(b, '}');
}

/* A path as a URI reference: what may not stand there as it is becomes %HH. */
static void put_uri(struct saw_buf *b, const char *path) {
	saw_buf_putc(b, '"');
	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;
		bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || strchr("-._~/", c);

		if (plain)
			saw_buf_putc(b, (char)c);
		else
			saw_buf_printf(b, "%%%02X", c);
	}
	saw_buf_putc(b, '"');
}

static void put_sarif_rules(struct saw_buf *b) {
	const struct saw_audit_rule *r;

	for (size_t i = 0; (r = saw_audit_rule_at(i)) != NULL; i++) {
		put_field(b, i ? ",\n          {" : "\n          {", "id", r->id);
		put_message(b, ", ", "shortDescription", r->what);
		put_message(b, ",\n           ", "fullDescription", r->why);
		saw_buf_printf(b, ",\n           \"help\": {\"text\": ");
		saw_json_string(b, r->fix_iosxe, strlen(r->fix_iosxe));
		saw_buf_printf(b, "},\n           \"defaultConfiguration\": {\"level\": \"%s\"},\n           \"properties\": {",
					   sarif_level(r->severity));
		put_field(b, "", "source", r->source);
		put_field(b, ", ", "profiles", profiles_of(r));
		put_field(b, ", ", "fix_iosxe", r->fix_iosxe);
		put_field(b, ", ", "fix_asa", r->fix_asa);
		saw_buf_puts(b, "}}");
	}
}

static size_t index_of(const struct saw_audit_rule *rule) {
	size_t i = 0;

	while (saw_audit_rule_at(i) != rule)
		i++;
	return i;
}

static int print_sarif(FILE *out, const struct saw_audit *a, const struct saw_audit_side sides[2],
					   const struct saw_audit_options *o) {
	struct saw_buf b = SAW_BUF_INIT(OUTPUT_MAX), text = SAW_BUF_INIT(1U << 16);

	saw_buf_puts(&b, "{\n  \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n  \"version\": \"2.1.0\",\n"
					 "  \"runs\": [{\n    \"tool\": {\"driver\": {\"name\": \"" PACKAGE_NAME "\", \"version\": "
					 "\"" PACKAGE_VERSION "\",\n        \"rules\": [");
	put_sarif_rules(&b);
	saw_buf_printf(&b, "\n        ]}},\n    \"properties\": {\"profile\": \"%s\"},\n    \"results\": [",
				   profile_name(o));
	for (size_t i = 0; i < saw_audit_count(a); i++) {
		const struct saw_audit_finding *f = saw_audit_at(a, i);

		saw_buf_reset(&text);
		saw_buf_printf(&text, "%s. Fix: %s", f->text, f->fix);
		put_field(&b, i ? ",\n      {" : "\n      {", "ruleId", f->rule->id);
		saw_buf_printf(&b, ", \"ruleIndex\": %zu, \"level\": \"%s\"", index_of(f->rule),
					   sarif_level(f->rule->severity));
		put_message(&b, ",\n       ", "message", saw_buf_text(&text));
		saw_buf_puts(&b, ",\n       \"locations\": [{\"physicalLocation\": {\"artifactLocation\": {\"uri\": ");
		put_uri(&b, sides[f->side].file);
		saw_buf_putc(&b, '}');
		if (f->line)
			saw_buf_printf(&b, ", \"region\": {\"startLine\": %u}", f->line);
		saw_buf_puts(&b, "}}]}");
	}
	saw_buf_puts(&b, "\n    ]\n  }]\n}\n");
	saw_buf_free(&text);
	return flush(out, &b);
}

saw_audit_print *saw_audit_printer(const char *format) {
	static const struct {
		const char *name;
		saw_audit_print *print;
	} printers[] = {{"table", print_table}, {"json", print_json}, {"sarif", print_sarif}};

	for (size_t i = 0; i < sizeof printers / sizeof printers[0]; i++)
		if (strcmp(format, printers[i].name) == 0)
			return printers[i].print;
	return NULL;
}
