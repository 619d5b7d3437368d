#include "core/list.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIRST 16

int saw_list_grow(void *list, size_t n, size_t *room, size_t size) {
	size_t more = n ? n * 2 : FIRST;
	void *p;

	if (more < n || more > SIZE_MAX / size)
		return -ENOMEM;
	memcpy(&p, list, sizeof p);
	p = realloc(p, more * size);
	if (!p)
		return -ENOMEM;
	memcpy(list, &p, sizeof p);
	*room = more;
	return 0;
}
