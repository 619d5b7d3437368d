#include "collectors/snmp/rows_internal.h"

#include <string.h>

static bool same_number(const struct saw_snmp_row *a, const struct saw_snmp_row *b, size_t column) {
	return saw_snmp_row_has(a, column) && saw_snmp_row_has(b, column) && a->slots[column].u == b->slots[column].u;
}

static bool same_text(const struct saw_snmp_row *a, const struct saw_snmp_row *b, size_t column) {
	const char *x = saw_snmp_row_text(a, column), *y = saw_snmp_row_text(b, column);

	return x && y && strcmp(x, y) == 0;
}

/* A row that began anew under the same index is younger than it was. */
static bool same_tunnel(const struct saw_snmp_row *before, const struct saw_snmp_row *now) {
	return saw_snmp_row_index_cmp(before, now->index, now->n_index) == 0 && same_text(before, now, SAW_TUN_LOCAL) &&
		   same_text(before, now, SAW_TUN_REMOTE) && same_number(before, now, SAW_TUN_STATUS) &&
		   same_number(before, now, SAW_TUN_REFRESHES) && saw_snmp_row_has(before, SAW_TUN_ACTIVE_TIME) &&
		   saw_snmp_row_number(now, SAW_TUN_ACTIVE_TIME, 0) >= before->slots[SAW_TUN_ACTIVE_TIME].u;
}

bool saw_rows_same_tunnels(const struct saw_rows *before, const struct saw_rows *now) {
	const struct saw_snmp_row_set *b = &before->sets[SAW_TABLE_IPSEC_TUNNELS];
	const struct saw_snmp_row_set *n = &now->sets[SAW_TABLE_IPSEC_TUNNELS];

	if (b->n != n->n)
		return false;
	for (size_t i = 0; i < n->n; i++)
		if (!same_tunnel(b->rows[i], n->rows[i]))
			return false;
	return true;
}

static bool same_line(const struct saw_snmp_row *before, const struct saw_snmp_row *now) {
	bool was = saw_snmp_row_has(before, SAW_IF_LINE), is = now && saw_snmp_row_has(now, SAW_IF_LINE);

	return was == is && (!was || before->slots[SAW_IF_LINE].u == now->slots[SAW_IF_LINE].u);
}

bool saw_rows_same_lines(struct saw_rows *before, const struct saw_rows *now) {
	const struct saw_snmp_row_set *b = &before->sets[SAW_TABLE_INTERFACES], *n = &now->sets[SAW_TABLE_INTERFACES];
	uint32_t if_index;

	for (uint64_t at = 0; saw_rows_wanted_interface(before, &at, &if_index); at++) {
		size_t place = saw_snmp_row_set_find(n, &if_index, 1);
		bool found = place < n->n && saw_snmp_row_index_cmp(n->rows[place], &if_index, 1) == 0;

		if (!same_line(b->rows[at], found ? n->rows[place] : NULL))
			return false;
	}
	return true;
}

void saw_rows_refresh(struct saw_rows *before, const struct saw_rows *now) {
	const uint64_t fast = (UINT64_C(1) << SAW_TUN_FAST) - 1, settled = (UINT64_C(1) << SAW_TUN_OTHERS) - 1 - fast;
	struct saw_snmp_row_set *b = &before->sets[SAW_TABLE_IPSEC_TUNNELS];
	const struct saw_snmp_row_set *n = &now->sets[SAW_TABLE_IPSEC_TUNNELS];

	b->odd = n->odd;
	memcpy(b->odd_first, n->odd_first, sizeof b->odd_first);
	b->seen |= n->seen;
	for (size_t i = 0; i < n->n; i++) {
		struct saw_snmp_row *row = b->rows[i];

		for (size_t c = 0; c < SAW_TUN_FAST; c++)
			if (c != SAW_TUN_LOCAL && c != SAW_TUN_REMOTE) /* texts: the same, and held by their own rows */
				row->slots[c] = n->rows[i]->slots[c];
		row->has = (row->has & settled) | (n->rows[i]->has & fast);
	}
}
