/*
 * A list that grows: room for one more, doubled where there is none.
 *
 * Ownership: the memory is the caller's, and is freed with free().
 * Errors:    -ENOMEM; the list is then as it was.
 * Pure.
 */
#ifndef SAWATCH_CORE_LIST_H
#define SAWATCH_CORE_LIST_H

#include <stddef.h>

/* list: the address of the pointer to the first element; n: how many it holds; *room: how many fit; size: of one. */
int saw_list_grow(void *list, size_t n, size_t *room, size_t size);

/* list: a pointer to the element's type; n, room: size_t. 0 or -ENOMEM. */
#define SAW_LIST_ROOM(list, n, room) ((n) < (room) ? 0 : saw_list_grow(&(list), (n), &(room), sizeof *(list)))

#endif
