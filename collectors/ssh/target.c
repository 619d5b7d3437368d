#include "collectors/ssh/ssh.h"

#include "core/siphash.h"

#include <stdlib.h>
#include <string.h>

/* A copy is one block: the structures, then the bytes that they point to. */
struct block {
	struct saw_ssh_target target;
	struct saw_ssh_endpoint jump;
	size_t size, used;
	char bytes[];
};

/* Counts where there is no block yet. */
static const void *put(struct block *b, size_t *size, const void *bytes, size_t n) {
	char *at;

	*size += (n + 15) / 16 * 16;
	if (!b || !bytes)
		return NULL;
	at = b->bytes + b->used;
	memcpy(at, bytes, n);
	b->used += (n + 15) / 16 * 16;
	return at;
}

static const char *put_text(struct block *b, size_t *size, const char *text) {
	return text ? put(b, size, text, strlen(text) + 1) : NULL;
}

static void put_endpoint(struct block *b, size_t *size, const struct saw_ssh_endpoint *from,
						 struct saw_ssh_endpoint *to) {
	struct saw_hostkey *keys;
	const char **old;

	*to = *from;
	to->name = put_text(b, size, from->name);
	to->host = put_text(b, size, from->host);
	to->user = put_text(b, size, from->user);
	to->key = put_text(b, size, from->key);
	to->key_passphrase = put_text(b, size, from->key_passphrase);
	to->password = put_text(b, size, from->password);
	keys = (struct saw_hostkey *)(uintptr_t)put(b, size, from->hostkeys, from->n_hostkeys * sizeof *keys);
	old = (const char **)(uintptr_t)put(b, size, from->old_algorithms, from->n_old_algorithms * sizeof *old);
	for (size_t i = 0; i < from->n_hostkeys; i++) {
		const char *type = put(b, size, from->hostkeys[i].type.p, from->hostkeys[i].type.n);
		const char *key = put(b, size, from->hostkeys[i].key.p, from->hostkeys[i].key.n);

		if (keys) {
			keys[i].type.p = type;
			keys[i].key.p = key;
		}
	}
	for (size_t i = 0; i < from->n_old_algorithms; i++) {
		const char *name = put_text(b, size, from->old_algorithms[i]);

		if (old)
			old[i] = name;
	}
	to->hostkeys = keys;
	to->old_algorithms = old;
}

static void put_target(struct block *b, size_t *size, const struct saw_ssh_target *from, struct saw_ssh_target *to,
					   struct saw_ssh_endpoint *jump) {
	*to = *from;
	to->device = put_text(b, size, from->device);
	to->enable_secret = put_text(b, size, from->enable_secret);
	to->context = put_text(b, size, from->context);
	to->digest_key = from->digest_key ? put(b, size, from->digest_key, SAW_SIPHASH_KEY) : NULL;
	put_endpoint(b, size, &from->self, &to->self);
	if (from->jump) {
		put_endpoint(b, size, from->jump, jump);
		to->jump = jump;
	}
}

struct saw_ssh_target *saw_ssh_target_copy(const struct saw_ssh_target *t) {
	struct saw_ssh_target none;
	struct saw_ssh_endpoint jump;
	struct block *b;
	size_t size = 0;

	put_target(NULL, &size, t, &none, &jump);
	b = calloc(1, sizeof *b + size);
	if (!b)
		return NULL;
	b->size = size;
	size = 0;
	put_target(b, &size, t, &b->target, &b->jump);
	return &b->target;
}

void saw_ssh_target_free(struct saw_ssh_target *t) {
	struct block *b = (struct block *)t;

	if (!b)
		return;
	explicit_bzero(b, sizeof *b + b->size);
	free(b);
}
