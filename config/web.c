#include "config/web.h"

#include "config/schema.h"
#include "core/siphash.h"
#include "core/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define TEXT_MAX ((size_t)1 << 20)
#define ARENA_MAX ((size_t)8 << 20)
#define USERS_MAX 1000
#define COST_MAX 16 /* of a hash: seconds of CPU for each login */

/* What the tables fill. */
struct tls_spec {
	const char *cert, *key, *client_ca; /* in the file itself */
	struct saw_secret_ref cert_file, key_file, client_ca_file;
	int client_auth, min_version, max_version;
	const char *const *sans, *const *ciphers, *const *curves;
	size_t n_sans, n_ciphers, n_curves;
	bool prefer_server;
	int line;
};

struct spec {
	struct tls_spec tls;
	struct {
		bool http2;
		const struct saw_pair *headers;
		size_t n_headers;
	} http;
	struct {
		uint64_t interval_ms;
		unsigned burst;
	} rate;
	const struct saw_pair *users;
	size_t n_users;
};

/* By which a file that was written or replaced is known. All zero: not there. */
struct seen {
	uint64_t device, inode, size, seconds, nanoseconds, changed, changed_nanoseconds;
};

enum file { CONFIG, CERT, KEY, CLIENT_CA, FILES };

struct whole {
	struct saw_web web; /* first: a saw_web is a whole */
	struct saw_arena *arena;
	struct seen read[FILES]; /* as they were when they were read */
};

static const struct saw_choice client_auths[] = {
	{"NoClientCert", SAW_WEB_NO_CERT},
	{"RequestClientCert", SAW_WEB_REQUEST},
	{"RequireClientCert", SAW_WEB_REQUIRE_ANY},
	{"RequireAnyClientCert", SAW_WEB_REQUIRE_ANY},
	{"VerifyClientCertIfGiven", SAW_WEB_VERIFY_IF_GIVEN},
	{"RequireAndVerifyClientCert", SAW_WEB_VERIFY},
	{NULL, 0},
};
static const struct saw_choice versions[] = {{"TLS10", 10}, {"TLS11", 11}, {"TLS12", 12}, {"TLS13", 13}, {NULL, 0}};

#define OFF(member) offsetof(struct tls_spec, member)
static const struct saw_key tls_keys[] = {
	{"cert", SAW_KEY_BLOCK, OFF(cert), .max = TEXT_MAX, .help = "certificate and its chain, PEM"},
	{"cert_file", SAW_KEY_FILE_REF, OFF(cert_file), .help = "file that holds them"},
	{"key", SAW_KEY_BLOCK, OFF(key), .max = TEXT_MAX, .help = "private key, PEM"},
	{"key_file", SAW_KEY_FILE_REF, OFF(key_file), .help = "file that holds it"},
	{"client_ca", SAW_KEY_BLOCK, OFF(client_ca), .max = TEXT_MAX, .help = "who signs client certificates, PEM"},
	{"client_ca_file", SAW_KEY_FILE_REF, OFF(client_ca_file), .help = "file that holds them"},
	{"client_auth_type", SAW_KEY_CHOICE, OFF(client_auth), .choices = client_auths, .standard = "NoClientCert",
	 .help = "what is asked of clients"},
	{"client_allowed_sans", SAW_KEY_TEXTS, OFF(sans), OFF(n_sans), .min = 1, .max = 1000,
	 .help = "names of which a client certificate has one"},
	{"min_version", SAW_KEY_CHOICE, OFF(min_version), .choices = versions, .standard = "TLS12", .help = "oldest TLS"},
	{"max_version", SAW_KEY_CHOICE, OFF(max_version), .choices = versions, .standard = "TLS13", .help = "newest TLS"},
	{"cipher_suites", SAW_KEY_TEXTS, OFF(ciphers), OFF(n_ciphers), .min = 1, .max = 64, .help = "as Go names them"},
	{"prefer_server_cipher_suites", SAW_KEY_BOOL, OFF(prefer_server), .standard = "true",
	 .help = "our order counts, not the client's"},
	{"curve_preferences", SAW_KEY_TEXTS, OFF(curves), OFF(n_curves), .min = 1, .max = 16, .help = "as Go names them"},
};
#undef OFF
static const struct saw_map tls_map = {"tls_server_config", sizeof(struct tls_spec), tls_keys, COUNT(tls_keys),
									   offsetof(struct tls_spec, line)};

#define OFF(member) offsetof(struct spec, member)
static const struct saw_key http_keys[] = {
	{"http2", SAW_KEY_BOOL, OFF(http.http2) - OFF(http), .standard = "true", .help = "taken, and without effect here"},
	{"headers", SAW_KEY_PAIRS, OFF(http.headers) - OFF(http), OFF(http.n_headers) - OFF(http), .max = 16,
	 .help = "of every answer"},
};
static const struct saw_map http_map = {"http_server_config", sizeof(((struct spec *)0)->http), http_keys,
										COUNT(http_keys), 0};

static const struct saw_key rate_keys[] = {
	{"interval", SAW_KEY_DURATION, OFF(rate.interval_ms) - OFF(rate), .max = 3600000, .standard = "0s",
	 .help = "between two requests; 0s: no limit"},
	{"burst", SAW_KEY_UINT, OFF(rate.burst) - OFF(rate), .max = 1000000, .standard = "0", .help = "at once"},
};
static const struct saw_map rate_map = {"rate_limit", sizeof(((struct spec *)0)->rate), rate_keys, COUNT(rate_keys), 0};

static const struct saw_key root_keys[] = {
	{"tls_server_config", SAW_KEY_MAP, OFF(tls), .map = &tls_map, .help = "TLS"},
	{"http_server_config", SAW_KEY_MAP, OFF(http), .map = &http_map, .help = "headers"},
	{"basic_auth_users", SAW_KEY_PAIRS, OFF(users), OFF(n_users), .max = USERS_MAX, .help = "names, bcrypt hashes"},
	{"rate_limit", SAW_KEY_MAP, OFF(rate), .map = &rate_map, .help = "requests of all clients together"},
};
#undef OFF
static const struct saw_map root_map = {"the web configuration", sizeof(struct spec), root_keys, COUNT(root_keys), 0};

/* What the toolkit lets a configuration set, and to what. */
static const struct {
	const char *name, *only[2];
} headers[] = {
	{"Strict-Transport-Security", {NULL}},       {"X-Content-Type-Options", {"nosniff"}},
	{"X-Frame-Options", {"deny", "sameorigin"}}, {"X-XSS-Protection", {NULL}},
	{"Content-Security-Policy", {NULL}},
};

/* -------------------------------------------------------------------------------------------------------------------- files */

static struct seen seen_of(const struct stat *st) {
	return (struct seen){.device = st->st_dev,
						 .inode = st->st_ino,
						 .size = (uint64_t)st->st_size,
						 .seconds = (uint64_t)st->st_mtim.tv_sec,
						 .nanoseconds = (uint64_t)st->st_mtim.tv_nsec,
						 .changed = (uint64_t)st->st_ctim.tv_sec,
						 .changed_nanoseconds = (uint64_t)st->st_ctim.tv_nsec};
}

/* The whole of a file, NUL-terminated; malloc'ed. A private one must not be everybody's. */
static int read_file(const char *path, bool secret, char **out, size_t *n, struct seen *seen, bool *exposed,
					 struct saw_err *err) {
	char *text = malloc(TEXT_MAX + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), rc = 0;
	struct stat st;

	*n = 0;
	if (!text || fd < 0 || fstat(fd, &st) < 0)
		rc = saw_err_set(err, text ? -errno : -ENOMEM, "%s", saw_strerror(text ? -errno : -ENOMEM));
	else if (!S_ISREG(st.st_mode))
		rc = saw_err_set(err, SAW_ECONFIG, "is not a regular file");
	else if (secret && st.st_mode & S_IRWXO)
		rc = saw_err_set(err, SAW_ECONFIG, "others may read or write it; run: chmod o= %s", path);
	else if (st.st_size > (off_t)TEXT_MAX)
		rc = saw_err_set(err, SAW_ECONFIG, "is larger than 1 MiB");
	if (rc == 0)
		*seen = seen_of(&st); /* before it is read: what is written meanwhile is seen to be newer */
	if (exposed)
		*exposed = rc == 0 && (st.st_mode & S_IROTH);
	while (rc == 0 && *n < TEXT_MAX) {
		ssize_t got = read(fd, text + *n, TEXT_MAX - *n);

		if (got == 0)
			break;
		if (got > 0)
			*n += (size_t)got;
		else if (errno != EINTR)
			rc = saw_err_set(err, -errno, "%s", saw_strerror(-errno));
	}
	if (fd >= 0)
		close(fd);
	if (rc == 0) {
		text[*n] = 0;
		*out = text;
	} else {
		free(text);
	}
	return rc;
}

static int wrong(const struct whole *w, int line, struct saw_err *err, const char *text) {
	return saw_err_set(err, SAW_ECONFIG, "%s:%d: %s", w->web.path, line, text);
}

/* From the file that is named, or from what is written in the configuration. */
static int take_pem(struct whole *w, enum file which, const char *name, const char *inside,
					const struct saw_secret_ref *file, int line, bool secret, struct saw_web_pem *out,
					struct saw_err *err) {
	size_t n;
	int rc;

	if (inside && file->file)
		return saw_err_set(err, SAW_ECONFIG, "%s:%d: both %s and %s_file are given; expected one of them", w->web.path,
						   file->line, name, name);
	*out = (struct saw_web_pem){.line = file->file ? file->line : line, .file = file->file};
	if (inside && !(out->text = strdup(inside)))
		return saw_err_set(err, -ENOMEM, "%s: out of memory", w->web.path);
	if (!file->file)
		return 0;
	rc = read_file(file->file, secret, &out->text, &n, &w->read[which], NULL, err);
	if (rc)
		saw_err_prefix(err, "%s:%d: %s_file %s", w->web.path, file->line, name, file->file);
	return rc;
}

/* -------------------------------------------------------------------------------------------------------------------- checks */

static int check_hash(const struct whole *w, const struct saw_pair *user, struct saw_err *err) {
	const char *h = user->value;
	bool form = strlen(h) == 60 && h[0] == '$' && h[1] == '2' && h[2] && strchr("aby", h[2]) && h[3] == '$' &&
				h[4] >= '0' && h[4] <= '9' && h[5] >= '0' && h[5] <= '9' && h[6] == '$';
	int cost = form ? (h[4] - '0') * 10 + (h[5] - '0') : 0;

	for (const char *p = form ? h + 7 : ""; *p; p++)
		form &= strchr("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", *p) != NULL;
	if (!*user->name || strchr(user->name, ':'))
		return wrong(w, user->line, err, "basic_auth_users: a user's name is not empty and holds no colon");
	if (!form || cost < 4 || cost > 31)
		return saw_err_set(err, SAW_ECONFIG,
						   "%s:%d: basic_auth_users: what %.64s has is no bcrypt hash; expected $2y$10$..., as "
						   "`htpasswd -nBC 10 %.64s` prints behind the colon",
						   w->web.path, user->line, user->name, user->name);
	if (cost > COST_MAX)
		return saw_err_set(err, SAW_ECONFIG,
						   "%s:%d: basic_auth_users: the hash of %.64s has the cost %d; expected 4 to %d", w->web.path,
						   user->line, user->name, cost, COST_MAX);
	return 0;
}

static int check_header(const struct whole *w, const struct saw_pair *h, struct saw_err *err) {
	struct saw_buf names = SAW_BUF_INIT(512);
	int rc;

	for (size_t i = 0; i < COUNT(headers); i++) {
		if (strcmp(h->name, headers[i].name) != 0) {
			saw_buf_printf(&names, "%s%s", i ? ", " : "", headers[i].name);
			continue;
		}
		saw_buf_free(&names);
		if (!*h->value || !headers[i].only[0] || strcmp(h->value, headers[i].only[0]) == 0 ||
			(headers[i].only[1] && strcmp(h->value, headers[i].only[1]) == 0))
			return 0;
		return saw_err_set(err, SAW_ECONFIG, "%s:%d: %s: `%.60s` is not valid; expected %s%s%s", w->web.path, h->line,
						   h->name, h->value, headers[i].only[0], headers[i].only[1] ? " or " : "",
						   headers[i].only[1] ? headers[i].only[1] : "");
	}
	rc = saw_err_set(err, SAW_ECONFIG, "%s:%d: the header %.60s cannot be set here; expected one of %s", w->web.path,
					 h->line, h->name, saw_buf_text(&names));
	saw_buf_free(&names);
	return rc;
}

static int take_tls(struct whole *w, const struct tls_spec *s, struct saw_err *err) {
	struct saw_web_tls *t = &w->web.tls;
	const bool verifies = s->client_auth == SAW_WEB_VERIFY || s->client_auth == SAW_WEB_VERIFY_IF_GIVEN;
	const char *lacks = NULL;
	int rc;

	*t = (struct saw_web_tls){.client_auth = (enum saw_web_client_auth)s->client_auth,
							  .client_sans = s->sans,
							  .n_client_sans = s->n_sans,
							  .min_version = s->min_version,
							  .max_version = s->max_version,
							  .ciphers = s->ciphers,
							  .n_ciphers = s->n_ciphers,
							  .curves = s->curves,
							  .n_curves = s->n_curves,
							  .prefer_server = s->prefer_server,
							  .line = s->line};
	rc = take_pem(w, CERT, "cert", s->cert, &s->cert_file, s->line, false, &t->cert, err);
	if (rc == 0)
		rc = take_pem(w, KEY, "key", s->key, &s->key_file, s->line, true, &t->key, err);
	if (rc == 0)
		rc = take_pem(w, CLIENT_CA, "client_ca", s->client_ca, &s->client_ca_file, s->line, false, &t->client_ca, err);
	if (rc)
		return rc;
	if (!t->cert.text)
		lacks = "tls_server_config lacks `cert_file`: the certificate, with its chain behind it";
	else if (!t->key.text)
		lacks = "tls_server_config lacks `key_file`: the certificate's private key";
	else if (t->client_ca.text && s->client_auth == SAW_WEB_NO_CERT)
		lacks =
			"tls_server_config: a client CA without `client_auth_type`; expected such as RequireAndVerifyClientCert";
	else if (verifies && !t->client_ca.text)
		lacks = "tls_server_config: a `client_auth_type` that verifies needs `client_ca_file`";
	else if (s->n_sans && s->client_auth != SAW_WEB_REQUIRE_ANY && s->client_auth != SAW_WEB_VERIFY)
		lacks =
			"tls_server_config: `client_allowed_sans` needs `client_auth_type: RequireAndVerifyClientCert`: without a "
			"certificate there is no name";
	else if (s->min_version > s->max_version)
		lacks = "tls_server_config: `min_version` must not be above `max_version`";
	w->web.has_tls = true;
	return lacks ? wrong(w, s->line, err, lacks) : 0;
}

static bool gives(const struct saw_node *tree, const char *key) {
	for (const struct saw_node *n = tree->first; n; n = n->next)
		if (strcmp(n->key, key) == 0)
			return n->n > 0;
	return false;
}

static int take(struct whole *w, const char *folder, const struct saw_node *tree, struct saw_err *err) {
	struct spec *s = saw_arena_zalloc(w->arena, sizeof *s);
	int rc = s ? saw_schema_apply_map(w->web.path, folder, &root_map, tree, w->arena, s, err)
			   : saw_err_set(err, -ENOMEM, "%s: out of memory", w->web.path);

	if (rc)
		return rc;
	w->web.users = s->users;
	w->web.n_users = s->n_users;
	w->web.headers = s->http.headers;
	w->web.n_headers = s->http.n_headers;
	w->web.rate_interval_ms = s->rate.interval_ms;
	w->web.rate_burst = s->rate.burst;
	for (size_t i = 0; i < s->n_users && rc == 0; i++)
		rc = check_hash(w, &s->users[i], err);
	for (size_t i = 0; i < s->http.n_headers && rc == 0; i++)
		rc = check_header(w, &s->http.headers[i], err);
	if (rc == 0 && s->rate.interval_ms && !s->rate.burst)
		rc = saw_err_set(err, SAW_ECONFIG,
						 "%s:%d: rate_limit: `interval` needs `burst`; with 0 nobody would be answered", w->web.path,
						 tree->line);
	return rc == 0 && gives(tree, "tls_server_config") ? take_tls(w, &s->tls, err) : rc;
}

int saw_web_parse(const char *path, const char *text, size_t n, struct saw_web **out, struct saw_err *err) {
	struct whole *w = calloc(1, sizeof *w);
	const char *slash = strrchr(path, '/'), *folder;
	const struct saw_node *tree = NULL;
	int rc;

	if (!w || !(w->arena = saw_arena_create(ARENA_MAX)) ||
		!(w->web.path = saw_arena_strndup(w->arena, path, strlen(path))) ||
		!(folder = saw_arena_strndup(w->arena, path, slash ? (size_t)(slash - path) + 1 : 0))) {
		saw_web_destroy(w ? &w->web : NULL);
		return saw_err_set(err, -ENOMEM, "%s: out of memory", path);
	}
	rc = saw_tree_parse(path, text, n, w->arena, &tree, err);
	if (rc == 0)
		rc = take(w, folder, tree, err);
	if (rc)
		saw_web_destroy(&w->web);
	else
		*out = &w->web;
	return rc;
}

int saw_web_load(const char *path, struct saw_web **out, struct saw_err *err) {
	struct seen seen = {0};
	bool exposed = false;
	char *text = NULL;
	size_t n = 0;
	int rc = read_file(path, false, &text, &n, &seen, &exposed, err);

	if (rc)
		return saw_err_prefix(err, "%s", path);
	rc = saw_web_parse(path, text, n, out, err);
	if (rc == 0) {
		(*out)->exposed = exposed && (*out)->n_users > 0;
		((struct whole *)*out)->read[CONFIG] = seen;
	}
	explicit_bzero(text, n);
	free(text);
	return rc;
}

static void free_pem(struct saw_web_pem *p) {
	if (p->text)
		explicit_bzero(p->text, strlen(p->text));
	free(p->text);
}

void saw_web_destroy(struct saw_web *web) {
	struct whole *w = (struct whole *)web;

	if (!w)
		return;
	free_pem(&web->tls.cert);
	free_pem(&web->tls.key);
	free_pem(&web->tls.client_ca);
	saw_arena_destroy(w->arena);
	free(w);
}

static uint64_t stamp_of(const struct seen files[FILES]) {
	static const uint8_t key[SAW_SIPHASH_KEY] = {1};

	return saw_siphash(key, files, FILES * sizeof *files);
}

uint64_t saw_web_stamp_read(const struct saw_web *w) {
	return stamp_of(((const struct whole *)w)->read);
}

uint64_t saw_web_stamp(const struct saw_web *w) {
	const char *const files[FILES] = {w->path, w->tls.cert.file, w->tls.key.file, w->tls.client_ca.file};
	struct seen seen[FILES] = {{0}};
	struct stat st;

	for (size_t i = 0; i < FILES; i++)
		if (files[i] && stat(files[i], &st) == 0)
			seen[i] = seen_of(&st);
	return stamp_of(seen);
}
