/*
 * An arena: memory of one poll or one record, given back all at once.
 *
 * Purpose:   steady state allocates nothing per row; strings and rows of a record live here until saw_arena_reset.
 * Ownership: what saw_arena_alloc returns belongs to the arena. saw_arena_reset keeps the blocks for the next use.
 * Errors:    an allocation past the ceiling or without memory returns NULL.
 */
#ifndef SAWATCH_CORE_ARENA_H
#define SAWATCH_CORE_ARENA_H

#include <stddef.h>

struct saw_arena;

/* ceiling: the most bytes it hands out between two resets. NULL without memory. */
struct saw_arena *saw_arena_create(size_t ceiling);
void saw_arena_destroy(struct saw_arena *a);
void saw_arena_reset(struct saw_arena *a);

void *saw_arena_alloc(struct saw_arena *a, size_t n);  /* aligned for any type, not cleared */
void *saw_arena_zalloc(struct saw_arena *a, size_t n); /* cleared */
char *saw_arena_strndup(struct saw_arena *a, const char *s, size_t n);
size_t saw_arena_used(const struct saw_arena *a);

#endif
