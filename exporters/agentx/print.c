#include "config.h"

#include "exporters/agentx/print.h"

#include "exporters/agentx/mib.h"

#include <ctype.h>
#include <string.h>

#define UPDATED "202611230000Z"
#define WIDTH 72
#define ENTERPRISES (sizeof saw_mib_enterprises / sizeof saw_mib_enterprises[0])

/* Groups by the arc of their table; these two come after them. */
#define NOTIFICATION_GROUP 100

struct printer {
	struct saw_buf *out;
	const struct saw_mib_table *tables;
	size_t n_tables;
};

/* A description: wrapped, in quotation marks. */
static void describe(struct saw_buf *out, const char *indent, const char *text) {
	size_t column = strlen(indent) + 1;

	saw_buf_printf(out, "%s\"", indent);
	while (*text) {
		size_t n = strcspn(text, " ");

		if (column > strlen(indent) + 1 && column + n > WIDTH) {
			saw_buf_printf(out, "\n%s ", indent);
			column = strlen(indent) + 1;
		}
		saw_buf_put(out, text, n);
		column += n;
		text += n;
		if (*text == ' ') {
			text++;
			if (column + 1 + strcspn(text, " ") <= WIDTH)
				saw_buf_putc(out, ' ');
			column++;
		}
	}
	saw_buf_puts(out, "\"\n");
}

static void capital(struct saw_buf *out, const char *name) {
	saw_buf_putc(out, (char)toupper((unsigned char)*name));
	saw_buf_puts(out, name + 1);
}

static void put_syntax(struct saw_buf *out, const struct saw_mib_column *c) {
	static const char *const words[] = {
		[SAW_MIB_INDEX] = "SawIndex",   [SAW_MIB_NUMBER] = "Unsigned32",    [SAW_MIB_GAUGE] = "Gauge32",
		[SAW_MIB_SIGNED] = "Integer32", [SAW_MIB_COUNTER] = "Counter64",    [SAW_MIB_TRUTH] = "TruthValue",
		[SAW_MIB_TEXT] = "SawText",     [SAW_MIB_DATETIME] = "DateAndTime",
	};

	saw_buf_puts(out, c->syntax == SAW_MIB_CHOICE ? c->choices->name : words[c->syntax]);
}

/* Arcs on the way have names, or linters would miss them. */
static void put_arcs(struct saw_buf *out, const uint32_t *arcs, size_t n) {
	static const uint32_t playpen[] = {8072, 9999, 9999};
	static const char *const names[] = {"netSnmp", "netSnmpExperimental", "netSnmpPlaypen"};
	bool known = n == 4 && memcmp(arcs, playpen, sizeof playpen) == 0;

	for (size_t i = 0; i + 1 < n; i++) {
		if (known)
			saw_buf_printf(out, " %s(%u)", names[i], arcs[i]);
		else
			saw_buf_printf(out, " sawBranch%zu(%u)", i + 1, arcs[i]);
	}
	saw_buf_printf(out, " %u", arcs[n - 1]);
}

static void print_head(struct printer *p, const uint32_t *root, size_t n) {
	saw_buf_puts(p->out, "SAWATCH-MIB DEFINITIONS ::= BEGIN\n\n"
						 "IMPORTS\n"
						 "    MODULE-IDENTITY, OBJECT-TYPE, NOTIFICATION-TYPE,\n"
						 "    Integer32, Unsigned32, Gauge32, Counter64, enterprises\n"
						 "        FROM SNMPv2-SMI\n"
						 "    TEXTUAL-CONVENTION, DateAndTime, TruthValue\n"
						 "        FROM SNMPv2-TC\n"
						 "    MODULE-COMPLIANCE, OBJECT-GROUP, NOTIFICATION-GROUP\n"
						 "        FROM SNMPv2-CONF;\n\n"
						 "sawatchMIB MODULE-IDENTITY\n"
						 "    LAST-UPDATED \"" UPDATED "\"\n"
						 "    ORGANIZATION \"Sawatch\"\n"
						 "    CONTACT-INFO\n"
						 "        \"See the README of Sawatch.\"\n"
						 "    DESCRIPTION\n");
	describe(
		p->out, "        ",
		"What Sawatch knows of the IPsec tunnels between firewalls and routers that it watches: their state and the "
		"reasons for it, what goes through them, and where the two ends of one disagree. "
		"An object that is not known has no instance: absent is not zero, and a tunnel whose device cannot be read is "
		"unknown, not down. "
		"The module stands below an arc that whoever runs it may choose. Unless it is configured that is a number in "
		"Net-SNMP's branch for experiments (netSnmpPlaypen), which nobody has been given.");
	saw_buf_puts(p->out, "    REVISION \"" UPDATED
						 "\"\n    DESCRIPTION\n        \"The first version.\"\n    ::= { enterprises");
	put_arcs(p->out, root + ENTERPRISES, n - ENTERPRISES);
	saw_buf_printf(p->out,
				   " }\n\n"
				   "sawNotifications OBJECT IDENTIFIER ::= { sawatchMIB %d }\n"
				   "sawObjects       OBJECT IDENTIFIER ::= { sawatchMIB %d }\n"
				   "sawConformance   OBJECT IDENTIFIER ::= { sawatchMIB %d }\n\n",
				   SAW_MIB_NOTIFICATIONS, SAW_MIB_OBJECTS, SAW_MIB_CONFORMANCE);
}

/* --------------------------------------------------------------------------------------------- textual conventions */

static void convention(struct saw_buf *out, const char *name, const char *hint, const char *help) {
	saw_buf_printf(out, "%s ::= TEXTUAL-CONVENTION\n", name);
	if (hint)
		saw_buf_printf(out, "    DISPLAY-HINT \"%s\"\n", hint);
	saw_buf_puts(out, "    STATUS current\n    DESCRIPTION\n");
	describe(out, "        ", help);
}

/* Whether this is the first column with this enumeration. */
static bool is_first(const struct printer *p, size_t table, size_t column) {
	const struct saw_mib_enum *e = p->tables[table].columns[column].choices;

	for (size_t i = 0; i <= table; i++)
		for (size_t k = 0; k < (i == table ? column : p->tables[i].n_columns); k++)
			if (p->tables[i].columns[k].choices == e)
				return false;
	return true;
}

static void print_conventions(struct printer *p) {
	convention(
		p->out, "SawIndex", "d",
		"A number that stands for a name. It is made from the name, so that it stays the same over restarts and for "
		"as long as the name does.");
	saw_buf_puts(p->out, "    SYNTAX Unsigned32 (1..2147483647)\n\n");
	convention(p->out, "SawText", "255t", "Text in UTF-8. What is longer is cut.");
	saw_buf_puts(p->out, "    SYNTAX OCTET STRING (SIZE (0..255))\n\n");
	for (size_t i = 0; i < p->n_tables; i++)
		for (size_t k = 0; k < p->tables[i].n_columns; k++) {
			const struct saw_mib_enum *e = p->tables[i].columns[k].choices;

			if (!e || !is_first(p, i, k))
				continue;
			convention(p->out, e->name, NULL, e->help);
			saw_buf_puts(p->out, "    SYNTAX INTEGER {\n");
			for (const struct saw_mib_choice *c = e->choices; c->word; c++)
				saw_buf_printf(p->out, "        %s(%d)%s\n", c->word, c->value, c[1].word ? "," : "");
			saw_buf_puts(p->out, "    }\n\n");
		}
}

/* ----------------------------------------------------------------------------------------------------------- objects */

static void print_object(struct printer *p, const struct saw_mib_table *t, size_t k) {
	const struct saw_mib_column *c = &t->columns[k];

	saw_buf_printf(p->out, "%s OBJECT-TYPE\n    SYNTAX ", c->name);
	put_syntax(p->out, c);
	saw_buf_putc(p->out, '\n');
	if (c->units)
		saw_buf_printf(p->out, "    UNITS \"%s\"\n", c->units);
	saw_buf_printf(p->out, "    MAX-ACCESS %s\n    STATUS current\n    DESCRIPTION\n",
				   k < t->n_hidden             ? "not-accessible"
				   : t->scope == SAW_MIB_EVENT ? "accessible-for-notify"
											   : "read-only");
	describe(p->out, "        ", c->help);
	saw_buf_printf(p->out, "    ::= { %s%s %u }\n\n", t->name, t->n_index ? "Entry" : "", c->arc);
}

static void print_table(struct printer *p, const struct saw_mib_table *t) {
	saw_buf_printf(p->out, "%sTable OBJECT-TYPE\n    SYNTAX SEQUENCE OF ", t->name);
	capital(p->out, t->name);
	saw_buf_puts(p->out, "Entry\n    MAX-ACCESS not-accessible\n    STATUS current\n    DESCRIPTION\n");
	describe(p->out, "        ", t->help);
	saw_buf_printf(p->out, "    ::= { sawObjects %u }\n\n%sEntry OBJECT-TYPE\n    SYNTAX ", t->arc, t->name);
	capital(p->out, t->name);
	saw_buf_puts(p->out, "Entry\n    MAX-ACCESS not-accessible\n    STATUS current\n    DESCRIPTION\n");
	describe(p->out, "        ", t->entry);
	saw_buf_puts(p->out, "    INDEX { ");
	for (unsigned i = 0; i < t->n_index; i++)
		saw_buf_printf(p->out, "%s%s", i ? ", " : "", t->index[i]);
	saw_buf_printf(p->out, " }\n    ::= { %sTable 1 }\n\n", t->name);
	capital(p->out, t->name);
	saw_buf_puts(p->out, "Entry ::= SEQUENCE {\n");
	for (size_t k = 0; k < t->n_columns; k++) {
		saw_buf_printf(p->out, "    %s ", t->columns[k].name);
		put_syntax(p->out, &t->columns[k]);
		saw_buf_puts(p->out, k + 1 < t->n_columns ? ",\n" : "\n");
	}
	saw_buf_puts(p->out, "}\n\n");
}

static void print_objects(struct printer *p) {
	for (size_t i = 0; i < p->n_tables; i++) {
		const struct saw_mib_table *t = &p->tables[i];

		if (t->n_index)
			print_table(p, t);
		else
			saw_buf_printf(p->out, "%s OBJECT IDENTIFIER ::= { sawObjects %u }\n\n", t->name, t->arc);
		for (size_t k = 0; k < t->n_columns; k++)
			print_object(p, t, k);
	}
}

static void print_notifications(struct printer *p) {
	const struct saw_mib_table *events = saw_mib_table_of(SAW_MIB_EVENT);
	size_t n;
	const struct saw_mib_notification *list = saw_mib_notifications(&n);

	for (size_t i = 0; i < n; i++) {
		saw_buf_printf(p->out, "%s NOTIFICATION-TYPE\n    OBJECTS {\n", list[i].name);
		for (size_t k = 0; k < events->n_columns; k++)
			saw_buf_printf(p->out, "        %s,\n", events->columns[k].name);
		for (const char *const *o = list[i].objects; *o; o++)
			saw_buf_printf(p->out, "        %s%s\n", *o, o[1] ? "," : "");
		saw_buf_puts(p->out, "    }\n    STATUS current\n    DESCRIPTION\n");
		describe(p->out, "        ", list[i].help);
		saw_buf_printf(p->out, "    ::= { sawNotifications %u }\n\n", list[i].arc);
	}
}

/* ------------------------------------------------------------------------------------------------------- conformance */

static void print_groups(struct printer *p) {
	size_t n;
	const struct saw_mib_notification *list = saw_mib_notifications(&n);

	for (size_t i = 0; i < p->n_tables; i++) {
		const struct saw_mib_table *t = &p->tables[i];

		saw_buf_printf(p->out, "%sGroup OBJECT-GROUP\n    OBJECTS {\n", t->name);
		for (size_t k = t->n_hidden; k < t->n_columns; k++)
			saw_buf_printf(p->out, "        %s%s\n", t->columns[k].name, k + 1 < t->n_columns ? "," : "");
		saw_buf_puts(p->out, "    }\n    STATUS current\n    DESCRIPTION\n");
		describe(p->out, "        ",
				 t->n_index                  ? t->help
				 : t->scope == SAW_MIB_EVENT ? "What every notification carries."
											 : "The daemon, and sums over all it watches.");
		saw_buf_printf(p->out, "    ::= { sawGroups %u }\n\n", t->arc);
	}
	saw_buf_puts(p->out, "sawNotificationGroup NOTIFICATION-GROUP\n    NOTIFICATIONS {\n");
	for (size_t i = 0; i < n; i++)
		saw_buf_printf(p->out, "        %s%s\n", list[i].name, i + 1 < n ? "," : "");
	saw_buf_printf(
		p->out,
		"    }\n    STATUS current\n    DESCRIPTION\n        \"The notifications.\"\n    ::= { sawGroups %d }\n\n",
		NOTIFICATION_GROUP);
}

static void print_conformance(struct printer *p) {
	saw_buf_puts(p->out, "sawCompliances OBJECT IDENTIFIER ::= { sawConformance 1 }\n"
						 "sawGroups      OBJECT IDENTIFIER ::= { sawConformance 2 }\n\n"
						 "sawCompliance MODULE-COMPLIANCE\n    STATUS current\n    DESCRIPTION\n"
						 "        \"What sawatchd serves.\"\n"
						 "    MODULE\n    MANDATORY-GROUPS {\n");
	for (size_t i = 0; i < p->n_tables; i++)
		saw_buf_printf(p->out, "        %sGroup,\n", p->tables[i].name);
	saw_buf_puts(p->out, "        sawNotificationGroup\n    }\n    ::= { sawCompliances 1 }\n\n");
	print_groups(p);
}

void saw_mib_print(const uint32_t *root, size_t n, struct saw_buf *out) {
	struct printer p = {.out = out};

	p.tables = saw_mib_tables(&p.n_tables);
	print_head(&p, root, n);
	print_conventions(&p);
	print_objects(&p);
	print_notifications(&p);
	print_conformance(&p);
	saw_buf_puts(out, "END\n");
}
