/* Which parts of the daemon run in processes of their own. */
#include "daemon/part.h"

static const struct saw_part *const parts[] = {
	&saw_part_agentx, &saw_part_audit, &saw_part_notify, NULL, /* the end */
};

const struct saw_part *const *saw_parts(size_t *n) {
	*n = sizeof parts / sizeof *parts - 1;
	return parts;
}
