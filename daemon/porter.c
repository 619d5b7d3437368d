#include "daemon/porter.h"

#include "config/schema.h"
#include "config/web.h"
#include "daemon/message.h"
#include "exporters/http/listen.h"
#include "exporters/http/tls.h"
#include "io/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOK_MS 1000 /* between looks at the files of the web configuration */

struct place {
	struct place *next;
	struct saw_listener *listener;
	uint32_t id;
	bool told; /* the present hub has it */
	bool wanted;
};

struct saw_porter {
	struct saw_porter_hooks hooks;
	uv_timer_t *timer; /* freed once it is closed */
	struct place *places;
	uint32_t last_id;
	struct saw_config_web limits;
	struct saw_web *web;    /* NULL: neither TLS nor users */
	uint64_t stamp;         /* of the files as they were read */
	uint64_t seen;          /* as they were last seen */
	struct saw_err failure; /* why they could not be read last; code 0: they could */
};

/* ------------------------------------------------------------------------------------------------------ the web configuration */

/* protobuf-c has no const */
static char *text_of(const char *s) {
	return (char *)(uintptr_t)s;
}

static Sawatch__Internal__WebTls tls_of(const struct saw_web_tls *t) {
	Sawatch__Internal__WebTls m = SAWATCH__INTERNAL__WEB_TLS__INIT;

	m.cert = t->cert.text;
	m.key = t->key.text;
	m.client_ca = t->client_ca.text;
	m.has_client_auth = m.has_min_version = m.has_max_version = m.has_prefer_server = 1;
	m.client_auth = (Sawatch__Internal__WebTls__ClientAuth)t->client_auth;
	m.client_sans = (char **)(uintptr_t)t->client_sans;
	m.n_client_sans = t->n_client_sans;
	m.min_version = (uint32_t)t->min_version;
	m.max_version = (uint32_t)t->max_version;
	m.ciphers = (char **)(uintptr_t)t->ciphers;
	m.n_ciphers = t->n_ciphers;
	m.curves = (char **)(uintptr_t)t->curves;
	m.n_curves = t->n_curves;
	m.prefer_server = t->prefer_server;
	return m;
}

/* Where in the file the fault is. */
static int blame(const struct saw_web *w, enum saw_tls_item item, struct saw_err *err) {
	const struct saw_web_pem *pem = item == SAW_TLS_CERT        ? &w->tls.cert
									: item == SAW_TLS_KEY       ? &w->tls.key
									: item == SAW_TLS_CLIENT_CA ? &w->tls.client_ca
																: NULL;

	if (pem && pem->file)
		return saw_err_prefix(err, "%s:%d: %s", w->path, pem->line, pem->file);
	return saw_err_prefix(err, "%s:%d: tls_server_config", w->path, pem ? pem->line : w->tls.line);
}

/* *out: NULL where none is configured. */
static int load(const char *path, struct saw_web **out, struct saw_err *err) {
	enum saw_tls_item item = SAW_TLS_OTHER;
	Sawatch__Internal__WebTls tls;
	struct saw_web *w = NULL;
	int64_t expires;
	int rc = path ? saw_web_load(path, &w, err) : 0;

	if (rc == 0 && w && w->has_tls) {
		tls = tls_of(&w->tls);
		rc = saw_tls_check(&tls, &expires, &item, err);
		if (rc)
			blame(w, item, err);
	}
	if (rc)
		saw_web_destroy(w);
	else
		*out = w;
	return rc;
}

/* ----------------------------------------------------------------------------------------------------------------- the hub */

static int make_texts(const struct saw_pair *pairs, size_t n, Sawatch__Internal__WebText **texts,
					  Sawatch__Internal__WebText ***list) {
	*texts = calloc(n + 1, sizeof **texts);
	*list = calloc(n + 1, sizeof **list);
	if (!*texts || !*list)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		sawatch__internal__web_text__init(&(*texts)[i]);
		(*texts)[i].name = text_of(pairs[i].name);
		(*texts)[i].value = text_of(pairs[i].value);
		(*list)[i] = &(*texts)[i];
	}
	return 0;
}

static void set_limits(const struct saw_config_web *from, Sawatch__Internal__Web *m) {
	m->has_max_connections = m->has_max_connections_per_client = 1;
	m->has_request_timeout_ms = m->has_idle_timeout_ms = m->has_answer_timeout_ms = 1;
	m->max_connections = from->max_connections;
	m->max_connections_per_client = from->max_connections_per_client;
	m->request_timeout_ms = from->request_timeout_ms;
	m->idle_timeout_ms = from->idle_timeout_ms;
	m->answer_timeout_ms = from->answer_timeout_ms;
}

static void tell_web(struct saw_porter *p) {
	Sawatch__Internal__Web m = SAWATCH__INTERNAL__WEB__INIT;
	Sawatch__Internal__WebText *users = NULL, *headers = NULL;
	Sawatch__Internal__WebTls tls;
	uint32_t ids[64];

	set_limits(&p->limits, &m);
	m.listeners = ids;
	for (const struct place *l = p->places; l && m.n_listeners < sizeof ids / sizeof *ids; l = l->next)
		ids[m.n_listeners++] = l->id;
	if (p->web && p->web->has_tls) {
		tls = tls_of(&p->web->tls);
		m.tls = &tls;
	}
	if (!p->web) {
		p->hooks.tell_hub(p->hooks.ctx, SAWATCH__INTERNAL__KIND__KIND_WEB, &m.base, -1);
		return;
	}
	m.has_rate_interval_ms = m.has_rate_burst = 1;
	m.rate_interval_ms = p->web->rate_interval_ms;
	m.rate_burst = p->web->rate_burst;
	if (make_texts(p->web->users, p->web->n_users, &users, &m.users) == 0 &&
		make_texts(p->web->headers, p->web->n_headers, &headers, &m.headers) == 0) {
		m.n_users = p->web->n_users;
		m.n_headers = p->web->n_headers;
		p->hooks.tell_hub(p->hooks.ctx, SAWATCH__INTERNAL__KIND__KIND_WEB, &m.base, -1);
	}
	free(users);
	free(m.users);
	free(headers);
	free(m.headers);
}

static void tell_all(struct saw_porter *p) {
	for (struct place *l = p->places; l; l = l->next) {
		Sawatch__Internal__Listener m = SAWATCH__INTERNAL__LISTENER__INIT;
		int fd = l->told ? -1 : fcntl(saw_listener_fd(l->listener), F_DUPFD_CLOEXEC, 0);

		if (fd < 0)
			continue;
		m.has_id = m.has_local = 1;
		m.id = l->id;
		m.local = saw_listener_is_unix(l->listener);
		l->told = true;
		p->hooks.tell_hub(p->hooks.ctx, SAWATCH__INTERNAL__KIND__KIND_LISTENER, &m.base, fd);
	}
	tell_web(p);
}

void saw_porter_greet(struct saw_porter *p) {
	for (struct place *l = p->places; l; l = l->next)
		l->told = false;
	tell_all(p);
}

/* ------------------------------------------------------------------------------------------------------ what is open too far */

static void tell_of_place(const char *url, const struct saw_web *w, void (*tell)(void *ctx, const char *sentence),
						  void *ctx) {
	const bool certificates =
		w && w->has_tls && (w->tls.client_auth == SAW_WEB_VERIFY || w->tls.client_auth == SAW_WEB_REQUIRE_ANY);
	char text[512];

	if (!w || !w->has_tls) {
		snprintf(
			text, sizeof text,
			"%s can be reached from other machines, without TLS: all between can read%s and change what is sent; set "
			"`web: {config_file: ...}`",
			url, w && w->n_users ? " passwords" : "");
		tell(ctx, text);
	}
	if (!certificates && (!w || w->n_users == 0)) {
		snprintf(text, sizeof text,
				 "%s can be reached from other machines, and everybody may ask: neither users nor client certificates "
				 "are set in `web: {config_file: ...}`",
				 url);
		tell(ctx, text);
	}
}

static void tell_of_file(const struct saw_web *w, void (*tell)(void *ctx, const char *sentence), void *ctx) {
	char text[512];

	if (!w || !w->exposed)
		return;
	snprintf(text, sizeof text,
			 "%.200s: everybody on this machine may read the hashes of its users; run: chmod o= %.200s", w->path,
			 w->path);
	tell(ctx, text);
}

static void warn(void *ctx, const char *sentence) {
	(void)ctx;
	saw_log(SAW_LOG_WARNING, NULL, NULL, "%s", sentence);
}

static void warn_of_all(const struct saw_porter *p) {
	char url[160];

	for (const struct place *l = p->places; l; l = l->next)
		if (!saw_listener_is_local(l->listener))
			tell_of_place(saw_listener_url(l->listener, p->web && p->web->has_tls, url, sizeof url), p->web, warn,
						  NULL);
	tell_of_file(p->web, warn, NULL);
}

int saw_porter_check(const struct saw_config *c, void (*tell)(void *ctx, const char *sentence), void *ctx,
					 struct saw_err *err) {
	struct saw_web *w = NULL;
	char url[160];
	int rc = load(c->web.config_file, &w, err);

	for (size_t i = 0; rc == 0 && i < c->n_listen; i++) {
		if (saw_listen_place_is_local(
				&(struct saw_listen_place){.path = c->listen[i].path, .address = c->listen[i].address}))
			continue;
		snprintf(url, sizeof url, "%s port %u", c->listen[i].address, c->listen[i].port);
		tell_of_place(url, w, tell, ctx);
	}
	if (rc == 0)
		tell_of_file(w, tell, ctx);
	saw_web_destroy(w);
	return rc;
}

/* ----------------------------------------------------------------------------------------------------------------------- owner */

static void place_destroy(struct place *l) {
	saw_listener_close(l->listener);
	free(l);
}

/* The one at this place, opened if there is none. */
static int find_or_open(struct saw_porter *p, const struct saw_listen_place *at, struct place **out,
						struct saw_err *err) {
	struct place *l = p->places;
	int rc;

	while (l && !saw_listener_at(l->listener, at))
		l = l->next;
	if (l) {
		*out = l;
		return saw_listener_permit(l->listener, at->mode, at->group, err);
	}
	l = calloc(1, sizeof *l);
	if (!l)
		return saw_err_set(err, -ENOMEM, "no memory");
	rc = saw_listener_open(at, &l->listener, err);
	if (rc) {
		free(l);
		return rc;
	}
	l->id = ++p->last_id;
	*out = l;
	/* Behind the others: the order of the configuration. */
	for (struct place **end = &p->places;; end = &(*end)->next)
		if (!*end) {
			*end = l;
			return 0;
		}
}

static int open_places(struct saw_porter *p, const struct saw_config *c, struct saw_err *err) {
	int rc = 0;

	for (struct place *l = p->places; l; l = l->next)
		l->wanted = false;
	for (size_t i = 0; i < c->n_listen && rc == 0; i++) {
		const struct saw_listen_place at = {.path = c->listen[i].path,
											.mode = c->web.socket_mode,
											.group = c->web.socket_group,
											.address = c->listen[i].address,
											.port = c->listen[i].port};
		struct place *l = NULL;

		rc = find_or_open(p, &at, &l, err);
		if (rc == 0 && l->wanted)
			rc = saw_err_set(err, SAW_ECONFIG, "%s: listen: one place is there twice", c->path);
		if (rc == 0)
			l->wanted = true;
	}
	return rc;
}

/* Those that nobody wants (failed: those that the hub does not have) are closed. */
static void close_places(struct saw_porter *p, bool failed) {
	for (struct place **at = &p->places; *at;) {
		struct place *l = *at;

		if (failed ? !l->told : !l->wanted) {
			*at = l->next;
			place_destroy(l);
		} else {
			at = &l->next;
		}
	}
}

static void log_places(const struct saw_porter *p) {
	char url[160];

	for (const struct place *l = p->places; l; l = l->next)
		if (!l->told)
			saw_log(SAW_LOG_INFO, NULL, NULL, "listening on %s",
					saw_listener_url(l->listener, p->web && p->web->has_tls, url, sizeof url));
}

static void take_web(struct saw_porter *p, struct saw_web *web) {
	saw_web_destroy(p->web);
	p->web = web;
	p->stamp = p->seen = web ? saw_web_stamp_read(web) : 0;
	p->failure.code = 0;
}

int saw_porter_configure(struct saw_porter *p, const struct saw_config *c, struct saw_err *err) {
	struct saw_web *web = NULL;
	int rc = load(c->web.config_file, &web, err);

	if (rc)
		return rc;
	rc = open_places(p, c, err);
	if (rc) {
		close_places(p, true);
		saw_web_destroy(web);
		return rc;
	}
	take_web(p, web);
	p->limits = c->web;
	p->limits.config_file = p->limits.socket_group = NULL; /* texts of a configuration that goes */
	log_places(p);
	close_places(p, false);
	warn_of_all(p);
	tell_all(p);
	return 0;
}

/*
 * Files that were replaced one after the other are read when they have been at rest for a while. After a failure they are read
 * again and again: what it lacked may be a file that is only now being named.
 */
static void on_look(uv_timer_t *t) {
	struct saw_porter *p = t->data;
	const uint64_t now = p->web ? saw_web_stamp(p->web) : 0;
	const bool rests = now == p->seen;
	struct saw_web *web = NULL;
	struct saw_err err = {0};

	p->seen = now;
	if (!p->web || !rests || (now == p->stamp && p->failure.code == 0))
		return;
	p->stamp = now;
	if (load(p->web->path, &web, &err) < 0) {
		if (p->failure.code == 0 || strcmp(p->failure.text, err.text) != 0)
			saw_log(SAW_LOG_ERROR, NULL, NULL, "the web configuration is not changed: %s", err.text);
		p->failure = err;
		return;
	}
	take_web(p, web);
	saw_log(SAW_LOG_INFO, NULL, NULL, "web configuration read again: %s", web->path);
	warn_of_all(p);
	tell_web(p);
}

struct saw_porter *saw_porter_create(uv_loop_t *loop, const struct saw_porter_hooks *hooks) {
	struct saw_porter *p = calloc(1, sizeof *p);

	if (!p || !(p->timer = calloc(1, sizeof *p->timer))) {
		free(p);
		return NULL;
	}
	p->hooks = *hooks;
	uv_timer_init(loop, p->timer);
	p->timer->data = p;
	uv_timer_start(p->timer, on_look, LOOK_MS, LOOK_MS);
	return p;
}

static void free_timer(uv_handle_t *h) {
	free(h);
}

void saw_porter_destroy(struct saw_porter *p) {
	if (!p)
		return;
	uv_close((uv_handle_t *)p->timer, free_timer);
	while (p->places) {
		struct place *next = p->places->next;

		place_destroy(p->places);
		p->places = next;
	}
	saw_web_destroy(p->web);
	free(p);
}

const char *saw_porter_url(const struct saw_porter *p, char *out, size_t n) {
	const struct place *l = p->places;

	while (l && l->next && saw_listener_is_unix(l->listener))
		l = l->next;
	if (!l || saw_listener_is_unix(l->listener))
		l = p->places;
	return l ? saw_listener_url(l->listener, p->web && p->web->has_tls, out, n) : "";
}
