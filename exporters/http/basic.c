#include "exporters/http/basic.h"

#include "core/base64.h"
#include "core/siphash.h"

#include <crypt.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#define TAG 16
#define HASH_BYTES 61

struct user {
	char *name;
	char hash[HASH_BYTES];
};

/* Of credentials that were good. */
struct kept {
	uint8_t tag[TAG];
	uint64_t until_ms; /* 0: free */
};

struct job {
	struct job *next;
	void *who;
	unsigned generation;
	uint8_t tag[TAG];
	char hash[HASH_BYTES];
	bool known, good;
	char password[SAW_BASIC_MAX + 1];
};

struct saw_basic {
	struct user *users;
	size_t n_users;
	unsigned generation; /* of the users */
	uint8_t keys[2][SAW_SIPHASH_KEY];
	struct kept kept[SAW_BASIC_CACHE];
	unsigned waiting;

	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	struct job *todo, **todo_end, *done;
	bool ending;
	int event;
};

/* ------------------------------------------------------------------------------------------------------------------- decoding */

bool saw_basic_decode(struct saw_str authorization, char out[SAW_BASIC_MAX + 2], size_t *user_len, size_t *len) {
	struct saw_str rest = saw_str_trim(authorization);
	ssize_t n;
	char *colon;

	if (rest.n < 7 || !saw_str_eq_nocase((struct saw_str){rest.p, 6}, SAW_STR("Basic ")))
		return false;
	n = saw_base64_decode(saw_str_trim((struct saw_str){rest.p + 6, rest.n - 6}), out, SAW_BASIC_MAX);
	colon = n > 0 ? memchr(out, ':', (size_t)n) : NULL;
	if (!colon || memchr(out, 0, (size_t)n))
		return false;
	*colon = 0;
	out[n] = 0;
	*user_len = (size_t)(colon - out);
	*len = (size_t)n;
	return true;
}

/* -------------------------------------------------------------------------------------------------------------- remembered ones */

static bool equal(const void *a, const void *b, size_t n) {
	const volatile uint8_t *x = a, *y = b;
	uint8_t differ = 0;

	for (size_t i = 0; i < n; i++)
		differ |= x[i] ^ y[i];
	return differ == 0;
}

static struct kept *find_kept(struct saw_basic *b, const uint8_t tag[TAG], uint64_t now_ms) {
	struct kept *found = NULL;

	for (size_t i = 0; i < SAW_BASIC_CACHE; i++)
		if (b->kept[i].until_ms > now_ms && equal(b->kept[i].tag, tag, TAG))
			found = &b->kept[i];
	return found;
}

static void keep(struct saw_basic *b, const uint8_t tag[TAG], uint64_t now_ms) {
	struct kept *place = find_kept(b, tag, now_ms);

	for (size_t i = 0; !place && i < SAW_BASIC_CACHE; i++)
		if (i == 0 || b->kept[i].until_ms < place->until_ms)
			place = &b->kept[i];
	memcpy(place->tag, tag, TAG);
	place->until_ms = now_ms + SAW_BASIC_KEPT_MS;
}

/* -------------------------------------------------------------------------------------------------------------------- the thread */

static void work_out(struct job *j, struct crypt_data *room) {
	const char *hash = crypt_r(j->password, j->hash, room);

	j->good = hash && strlen(hash) == HASH_BYTES - 1 && equal(hash, j->hash, HASH_BYTES - 1) && j->known;
	explicit_bzero(j->password, sizeof j->password);
	explicit_bzero(room, sizeof *room);
}

static void *work(void *ctx) {
	struct saw_basic *b = ctx;
	struct crypt_data *room = calloc(1, sizeof *room);
	const uint64_t one = 1;

	pthread_mutex_lock(&b->mutex);
	while (!b->ending) {
		struct job *j = b->todo;

		if (!j) {
			pthread_cond_wait(&b->wake, &b->mutex);
			continue;
		}
		b->todo = j->next;
		if (!b->todo)
			b->todo_end = &b->todo;
		pthread_mutex_unlock(&b->mutex);
		if (room)
			work_out(j, room);
		pthread_mutex_lock(&b->mutex);
		j->next = b->done;
		b->done = j;
		/* A full counter cannot come about: it is read as often as there are outcomes. */
		if (write(b->event, &one, sizeof one) < 0)
			continue;
	}
	pthread_mutex_unlock(&b->mutex);
	free(room);
	return NULL;
}

/* ------------------------------------------------------------------------------------------------------------------------ owner */

static void free_users(struct saw_basic *b) {
	for (size_t i = 0; i < b->n_users; i++)
		free(b->users[i].name);
	free(b->users);
	b->users = NULL;
	b->n_users = 0;
}

static void free_jobs(struct job *j) {
	while (j) {
		struct job *next = j->next;

		explicit_bzero(j, sizeof *j);
		free(j);
		j = next;
	}
}

struct saw_basic *saw_basic_create(void) {
	struct saw_basic *b = calloc(1, sizeof *b);

	if (!b)
		return NULL;
	b->todo_end = &b->todo;
	b->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&b->mutex, NULL);
	pthread_cond_init(&b->wake, NULL);
	if (b->event < 0 || getrandom(b->keys, sizeof b->keys, 0) != (ssize_t)sizeof b->keys ||
		pthread_create(&b->thread, NULL, work, b) != 0) {
		if (b->event >= 0)
			close(b->event);
		free(b);
		return NULL;
	}
	return b;
}

void saw_basic_destroy(struct saw_basic *b) {
	if (!b)
		return;
	pthread_mutex_lock(&b->mutex);
	b->ending = true;
	pthread_cond_signal(&b->wake);
	pthread_mutex_unlock(&b->mutex);
	pthread_join(b->thread, NULL);
	free_jobs(b->todo);
	free_jobs(b->done);
	free_users(b);
	close(b->event);
	pthread_cond_destroy(&b->wake);
	pthread_mutex_destroy(&b->mutex);
	explicit_bzero(b, sizeof *b);
	free(b);
}

int saw_basic_users(struct saw_basic *b, const struct saw_basic_user *users, size_t n) {
	free_users(b);
	memset(b->kept, 0, sizeof b->kept);
	b->generation++;
	b->users = calloc(n + 1, sizeof *b->users);
	if (!b->users)
		return -ENOMEM;
	for (; b->n_users < n; b->n_users++) {
		struct user *u = &b->users[b->n_users];
		size_t length = strlen(users[b->n_users].hash);

		u->name = strdup(users[b->n_users].name);
		if (!u->name)
			return -ENOMEM;
		memcpy(u->hash, users[b->n_users].hash, length < HASH_BYTES ? length : HASH_BYTES - 1);
	}
	return 0;
}

bool saw_basic_wanted(const struct saw_basic *b) {
	return b->n_users > 0;
}

/* All are looked at, whichever it is. For a name that nobody has, somebody's hash: always the same one for that name. */
static const struct user *find_user(const struct saw_basic *b, const char *name, size_t n, bool *known) {
	const struct user *found = &b->users[saw_siphash(b->keys[0], name, n) % b->n_users];

	*known = false;
	for (size_t i = 0; i < b->n_users; i++) {
		const bool is = strlen(b->users[i].name) == n && equal(b->users[i].name, name, n);

		found = is ? &b->users[i] : found;
		*known |= is;
	}
	return found;
}

static enum saw_basic_verdict submit(struct saw_basic *b, const char *text, size_t user_len, size_t len,
									 const uint8_t tag[TAG], void *who) {
	const struct user *u;
	struct job *j;

	if (b->waiting >= SAW_BASIC_QUEUE || !(j = calloc(1, sizeof *j)))
		return SAW_BASIC_BUSY;
	u = find_user(b, text, user_len, &j->known);
	j->who = who;
	j->generation = b->generation;
	memcpy(j->tag, tag, TAG);
	memcpy(j->hash, u->hash, HASH_BYTES);
	memcpy(j->password, text + user_len + 1, len - user_len); /* with its NUL */
	b->waiting++;
	pthread_mutex_lock(&b->mutex);
	*b->todo_end = j;
	b->todo_end = &j->next;
	pthread_cond_signal(&b->wake);
	pthread_mutex_unlock(&b->mutex);
	return SAW_BASIC_LATER;
}

enum saw_basic_verdict saw_basic_check(struct saw_basic *b, struct saw_str authorization, void *who, uint64_t now_ms) {
	char text[SAW_BASIC_MAX + 2];
	size_t user_len, len;
	uint64_t tag[2];
	struct kept *k;
	enum saw_basic_verdict verdict = SAW_BASIC_GOOD;

	if (!b->n_users || !saw_basic_decode(authorization, text, &user_len, &len))
		return SAW_BASIC_NONE;
	for (int i = 0; i < 2; i++)
		tag[i] = saw_siphash(b->keys[i], text, len);
	k = find_kept(b, (const uint8_t *)tag, now_ms);
	if (k)
		k->until_ms = now_ms + SAW_BASIC_KEPT_MS;
	else
		verdict = submit(b, text, user_len, len, (const uint8_t *)tag, who);
	explicit_bzero(text, sizeof text);
	return verdict;
}

int saw_basic_fd(const struct saw_basic *b) {
	return b->event;
}

bool saw_basic_take(struct saw_basic *b, uint64_t now_ms, void **who, enum saw_basic_verdict *verdict) {
	uint64_t n;
	struct job *j;

	pthread_mutex_lock(&b->mutex);
	j = b->done;
	if (j)
		b->done = j->next;
	else if (read(b->event, &n, sizeof n) < 0) /* nothing is left: it is quiet again */
		n = 0;
	pthread_mutex_unlock(&b->mutex);
	if (!j)
		return false;
	b->waiting--;
	*who = j->who;
	*verdict = j->good ? SAW_BASIC_GOOD : SAW_BASIC_BAD;
	if (j->generation != b->generation)
		*verdict = SAW_BASIC_NONE;
	else if (j->good)
		keep(b, j->tag, now_ms);
	j->next = NULL;
	free_jobs(j);
	return true;
}
