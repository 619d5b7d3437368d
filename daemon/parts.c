/* Which parts of the daemon run in processes of their own. */
#include "daemon/part.h"

static const struct saw_part *const parts[] = {
	// clang-format off
	&saw_part_agentx,
	&saw_part_audit,
	&saw_part_history,
	NULL, /* the end */
	// clang-format on
};

const struct saw_part *const *saw_parts(size_t *n) {
	*n = sizeof parts / sizeof *parts - 1;
	return parts;
}
