#include "config.h"

#include "io/http_client.h"

#include "core/base64.h"
#include "io/curl.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS 64 /* in all; a server that hangs holds as many as its target has requests */
#define CONNECT_MS 10000L
#define NAME_MAX_LEN 256

/* A socket that libcurl wants watched. */
struct watch {
	uv_poll_t poll; /* first: its handle is its memory */
	struct saw_http_client *client;
	struct watch *next, **link;
	curl_socket_t socket;
};

struct saw_http_call {
	struct saw_http_client *client;
	struct saw_http_call *next, **link;
	CURL *easy;
	struct curl_slist *headers, *connect_to;
	saw_http_answered *answered;
	void *ctx;
	const struct saw_http_peer *peer;
	unsigned timeout_ms;
	bool headed; /* the head of the answer is there */
	char detail[CURL_ERROR_SIZE];
	struct saw_http_answer answer;
};

struct saw_http_client {
	uv_timer_t timer; /* first: its handle is its memory */
	uv_loop_t *loop;
	const struct saw_curl *curl;
	CURLM *multi;
	struct saw_http_call *calls;
	struct watch *watches;
};

/* ------------------------------------------------------------------------------------------------------- libcurl on the loop */

static void on_handle_closed(uv_handle_t *h) {
	free(h);
}

static void call_free(struct saw_http_call *call) {
	const struct saw_curl *curl = call->client->curl;

	*call->link = call->next;
	if (call->next)
		call->next->link = call->link;
	if (call->easy) {
		curl->multi_remove(call->client->multi, call->easy);
		curl->cleanup(call->easy);
	}
	for (struct curl_slist *h = call->headers; h; h = h->next)
		explicit_bzero(h->data, strlen(h->data)); /* one of them may be Authorization */
	curl->slist_free_all(call->headers);
	curl->slist_free_all(call->connect_to);
	saw_buf_free(&call->answer.body);
	free(call);
}

static void read_head(struct saw_http_call *call) {
	const struct saw_curl *curl = call->client->curl;
	struct saw_http_answer *a = &call->answer;
	const char *type = NULL;
	curl_off_t after = 0;
	long status = 0;
	size_t n;

	curl->getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	a->status = status > 0 ? (unsigned)status : 0;
	if (curl->getinfo(call->easy, CURLINFO_RETRY_AFTER, &after) == CURLE_OK && after > 0)
		a->retry_after_seconds = after > 86400 ? 86400 : (unsigned)after;
	if (curl->getinfo(call->easy, CURLINFO_CONTENT_TYPE, &type) != CURLE_OK || !type)
		return;
	n = strcspn(type, "; \t");
	if (n >= sizeof a->content_type)
		return;
	for (size_t i = 0; i < n; i++)
		a->content_type[i] = (char)tolower((unsigned char)type[i]);
}

/* A head that is whole has the answer, whatever becomes of its body: too long, cut off, late or no gzip. */
static void finish(struct saw_http_call *call, CURLcode code) {
	const struct saw_http_peer *p = call->peer;
	struct saw_err err = {0};
	char proxy[SAW_ERR_TEXT_MAX];

	if (code == CURLE_OK || call->headed) {
		read_head(call);
	} else {
		snprintf(proxy, sizeof proxy, "the proxy %s", p->proxy ? p->proxy : "");
		call->answer.error =
			saw_curl_explain(call->easy, code, p->proxy && code == CURLE_COULDNT_CONNECT ? proxy : p->url,
							 call->timeout_ms, call->answer.body.ceiling, call->detail, &err);
		call->answer.text = err.text;
	}
	call->answered(call->ctx, &call->answer);
	call_free(call);
}

static void take_finished(struct saw_http_client *c) {
	CURLMsg *m;
	int left;

	while ((m = c->curl->multi_read(c->multi, &left)))
		if (m->msg == CURLMSG_DONE) {
			struct saw_http_call *call = NULL;

			c->curl->getinfo(m->easy_handle, CURLINFO_PRIVATE, &call);
			finish(call, m->data.result);
		}
}

static void on_timer(uv_timer_t *t) {
	struct saw_http_client *c = (struct saw_http_client *)t;
	int running;

	c->curl->multi_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	take_finished(c);
}

static void on_ready(uv_poll_t *p, int status, int events) {
	struct watch *w = (struct watch *)p;
	struct saw_http_client *c = w->client;
	/* What is wrong with a socket it finds out best by using it. */
	int flags = status < 0 ? CURL_CSELECT_IN | CURL_CSELECT_OUT : 0, running;

	flags |= events & UV_READABLE ? CURL_CSELECT_IN : 0;
	flags |= events & UV_WRITABLE ? CURL_CSELECT_OUT : 0;
	c->curl->multi_action(c->multi, w->socket, flags, &running); /* w may be gone */
	take_finished(c);
}

static void unwatch(struct watch *w) {
	*w->link = w->next;
	if (w->next)
		w->next->link = w->link;
	uv_poll_stop(&w->poll);
	uv_close((uv_handle_t *)&w->poll, on_handle_closed);
}

static struct watch *watch(struct saw_http_client *c, curl_socket_t s) {
	struct watch *w = calloc(1, sizeof *w);

	if (!w)
		return NULL;
	if (uv_poll_init_socket(c->loop, &w->poll, s) < 0) {
		free(w);
		return NULL;
	}
	w->client = c;
	w->socket = s;
	w->link = &c->watches;
	w->next = c->watches;
	if (w->next)
		w->next->link = &w->next;
	c->watches = w;
	c->curl->multi_assign(c->multi, s, w);
	return w;
}

static int on_socket(CURL *easy, curl_socket_t s, int what, void *ctx, void *known) {
	struct saw_http_client *c = ctx;
	struct watch *w = known;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (w)
			unwatch(w);
		c->curl->multi_assign(c->multi, s, NULL);
		return 0;
	}
	if (!w)
		w = watch(c, s);
	/* Without memory nothing is watched, and the request's time runs out. */
	if (w)
		uv_poll_start(&w->poll, (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0),
					  on_ready);
	return 0;
}

static int on_wanted_timer(CURLM *multi, long ms, void *ctx) {
	struct saw_http_client *c = ctx;

	(void)multi;
	if (ms < 0)
		uv_timer_stop(&c->timer);
	else
		uv_timer_start(&c->timer, on_timer, (uint64_t)ms, 0);
	return 0;
}

struct saw_http_client *saw_http_client_create(uv_loop_t *loop, struct saw_err *err) {
	const struct saw_curl *curl = saw_curl_load("what is pushed", err);
	struct saw_http_client *c = curl ? calloc(1, sizeof *c) : NULL;

	if (!c) {
		if (curl)
			saw_err_set(err, -ENOMEM, "no memory for the HTTP client");
		return NULL;
	}
	*c = (struct saw_http_client){.loop = loop, .curl = curl};
	if (curl->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(c->multi = curl->multi_init())) {
		saw_err_set(err, -ENOMEM, "libcurl cannot start");
		free(c);
		return NULL;
	}
	uv_timer_init(loop, &c->timer);
	curl->multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl->multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
	curl->multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_wanted_timer);
	curl->multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
	curl->multi_setopt(c->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)CONNECTIONS);
	return c;
}

void saw_http_client_destroy(struct saw_http_client *c) {
	if (!c)
		return;
	while (c->calls)
		call_free(c->calls);
	c->curl->multi_cleanup(c->multi);
	while (c->watches)
		unwatch(c->watches);
	uv_timer_stop(&c->timer);
	uv_close((uv_handle_t *)&c->timer, on_handle_closed);
}

/* --------------------------------------------------------------------------------------------------------------- a request */

static size_t on_body(char *data, size_t one, size_t n, void *ctx) {
	struct saw_buf *b = ctx;

	(void)one;
	saw_buf_put(b, data, n);
	return saw_buf_error(b) ? 0 : n;
}

static size_t on_head(char *line, size_t one, size_t n, void *ctx) {
	struct saw_http_call *call = ctx;
	long status = 0;

	(void)one;
	if (n <= 2 && (line[0] == '\r' || line[0] == '\n') &&
		call->client->curl->getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status >= 200)
		call->headed = true;
	return n;
}

static int add_header(struct saw_http_call *call, const char *text) {
	struct curl_slist *more = call->client->curl->slist_append(call->headers, text);

	if (!more)
		return -ENOMEM;
	call->headers = more;
	return 0;
}

static int add_authorization(struct saw_http_call *call, const struct saw_http_peer *p) {
	struct saw_buf text = SAW_BUF_INIT(8192), pair = SAW_BUF_INIT(4096);
	int rc;

	if (!p->user && !p->token)
		return 0;
	saw_buf_reserve(&text, 8000); /* grows nowhere, so that no copy stays behind */
	saw_buf_reserve(&pair, 4000);
	if (p->token) {
		saw_buf_printf(&text, "Authorization: Bearer %s", p->token);
	} else {
		saw_buf_printf(&pair, "%s:%s", p->user, p->password ? p->password : "");
		saw_buf_puts(&text, "Authorization: Basic ");
		saw_base64_put(&text, saw_buf_text(&pair), pair.len);
	}
	rc = saw_buf_error(&text) ? saw_buf_error(&text) : saw_buf_error(&pair);
	if (rc == 0)
		rc = add_header(call, saw_buf_text(&text));
	if (text.data)
		explicit_bzero(text.data, text.len);
	if (pair.data)
		explicit_bzero(pair.data, pair.len);
	saw_buf_free(&text);
	saw_buf_free(&pair);
	return rc;
}

/* The host of a URL: where it begins, and its length with the brackets of an IPv6 address. */
static const char *host_of(const char *url, size_t *n) {
	const char *host = strstr(url, "://");

	host = host ? host + 3 : url;
	*n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#");
	return host;
}

/*
 * A certificate that has another name than the URL: the request is for that name then, and connects to where the URL says. The Host
 * header is that name's too.
 */
static int set_url(struct saw_http_call *call, const struct saw_http_peer *p) {
	const struct saw_curl *curl = call->client->curl;
	struct saw_buf url = SAW_BUF_INIT(16384), to = SAW_BUF_INIT(1024);
	size_t n;
	const char *host = host_of(p->url, &n);
	int rc = 0;

	if (!p->server_name)
		return curl->setopt(call->easy, CURLOPT_URL, p->url) == CURLE_OK ? 0 : -ENOMEM;
	saw_buf_put(&url, p->url, (size_t)(host - p->url));
	saw_buf_puts(&url, p->server_name);
	saw_buf_puts(&url, host + n);
	saw_buf_printf(&to, "%s::%.*s:", p->server_name, (int)n, host);
	rc = saw_buf_error(&url) ? saw_buf_error(&url) : saw_buf_error(&to);
	if (rc == 0 && (!(call->connect_to = curl->slist_append(NULL, saw_buf_text(&to))) ||
					curl->setopt(call->easy, CURLOPT_CONNECT_TO, call->connect_to) != CURLE_OK ||
					curl->setopt(call->easy, CURLOPT_URL, saw_buf_text(&url)) != CURLE_OK))
		rc = -ENOMEM;
	saw_buf_free(&url);
	saw_buf_free(&to);
	return rc;
}

static void set_peer(struct saw_http_call *call, const struct saw_http_peer *p) {
	const struct saw_curl *curl = call->client->curl;
	CURL *e = call->easy;

	curl->setopt(e, CURLOPT_PROXY, p->proxy ? p->proxy : ""); /* nor one of the environment */
	if (p->proxy_user)
		curl->setopt(e, CURLOPT_PROXYUSERNAME, p->proxy_user);
	if (p->proxy_password)
		curl->setopt(e, CURLOPT_PROXYPASSWORD, p->proxy_password);
	if (p->ca_file) {
		curl->setopt(e, CURLOPT_CAINFO, p->ca_file);
		curl->setopt(e, CURLOPT_CAPATH, NULL); /* the system's do not count then */
	}
	if (p->cert_file)
		curl->setopt(e, CURLOPT_SSLCERT, p->cert_file);
	if (p->key) {
		struct curl_blob key = {.data = (void *)(uintptr_t)p->key, .len = strlen(p->key), .flags = CURL_BLOB_NOCOPY};

		curl->setopt(e, CURLOPT_SSLKEY_BLOB, &key);
	}
}

static int set_request(struct saw_http_call *call, const struct saw_http_request *r) {
	const struct saw_curl *curl = call->client->curl;
	CURL *e = call->easy;
	int rc = set_url(call, r->peer);

	for (size_t i = 0; rc == 0 && i < r->n_headers; i++)
		rc = add_header(call, r->headers[i]);
	if (rc == 0)
		rc = add_header(call, "Expect:"); /* bodies are small: no question beforehand */
	if (rc == 0)
		rc = add_authorization(call, r->peer);
	if (rc)
		return rc;
	set_peer(call, r->peer);
	curl->setopt(e, CURLOPT_PRIVATE, call);
	curl->setopt(e, CURLOPT_HTTPHEADER, call->headers);
	curl->setopt(e, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE); /* none of them to a proxy */
	curl->setopt(e, CURLOPT_POST, 1L);
	curl->setopt(e, CURLOPT_POSTFIELDS, r->body);
	curl->setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->len);
	curl->setopt(e, CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
	curl->setopt(e, CURLOPT_ACCEPT_ENCODING, "gzip");
	curl->setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl->setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl->setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl->setopt(e, CURLOPT_TIMEOUT_MS, (long)r->timeout_ms);
	curl->setopt(e, CURLOPT_CONNECTTIMEOUT_MS, r->timeout_ms < CONNECT_MS ? (long)r->timeout_ms : CONNECT_MS);
	curl->setopt(e, CURLOPT_ERRORBUFFER, call->detail);
	curl->setopt(e, CURLOPT_HEADERFUNCTION, on_head);
	curl->setopt(e, CURLOPT_HEADERDATA, call);
	curl->setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L); /* a proxy's are not the server's */
	curl->setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl->setopt(e, CURLOPT_WRITEDATA, &call->answer.body);
	return curl->multi_add(call->client->multi, e) == CURLM_OK ? 0 : -ENOMEM;
}

int saw_http_client_post(struct saw_http_client *c, const struct saw_http_request *r, saw_http_answered *answered,
						 void *ctx, struct saw_http_call **out, struct saw_err *err) {
	struct saw_http_call *call = calloc(1, sizeof *call);
	int rc;

	if (!call)
		return saw_err_set(err, -ENOMEM, "no memory for a request");
	*call = (struct saw_http_call){.client = c,
								   .next = c->calls,
								   .link = &c->calls,
								   .easy = c->curl->init(),
								   .answered = answered,
								   .ctx = ctx,
								   .peer = r->peer,
								   .timeout_ms = r->timeout_ms,
								   .answer = {.body = SAW_BUF_INIT(r->answer_max)}};
	if (call->next)
		call->next->link = &call->next;
	c->calls = call;
	rc = call->easy ? set_request(call, r) : -ENOMEM;
	if (rc) {
		call_free(call);
		return saw_err_set(err, rc, "%s: the request cannot be made: %s", r->peer->url, saw_strerror(rc));
	}
	*out = call;
	return 0;
}

void saw_http_call_cancel(struct saw_http_call *call) {
	if (call)
		call_free(call);
}
