#include "config.h"

#include "io/http.h"

#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <string.h>

static size_t on_body(char *data, size_t one, size_t n, void *ctx) {
	struct saw_buf *b = ctx;

	(void)one;
	saw_buf_put(b, data, n);
	return saw_buf_error(b) ? 0 : n;
}

static int set_server(CURL *c, const struct saw_fetch *f, struct saw_err *err) {
	struct saw_buf url = SAW_BUF_INIT(16384);
	const char *prefix = f->server;
	size_t n;
	int rc = 0;

	if (strncmp(f->server, "unix:/", 6) == 0) {
		if (curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, f->server + 5) != CURLE_OK)
			rc = -ENOMEM;
		prefix = "http://localhost";
	} else if (strncmp(f->server, "http://", 7) != 0 && strncmp(f->server, "https://", 8) != 0) {
		return saw_err_set(err, -EINVAL, "\"%s\": http://HOST:PORT, https://HOST:PORT or unix:/PATH is expected",
						   f->server);
	}
	n = strlen(prefix);
	while (n && prefix[n - 1] == '/')
		n--;
	saw_buf_put(&url, prefix, n);
	saw_buf_puts(&url, f->path);
	if (rc == 0)
		rc = saw_buf_error(&url);
	if (rc == 0 && curl_easy_setopt(c, CURLOPT_URL, saw_buf_text(&url)) != CURLE_OK)
		rc = -ENOMEM;
	saw_buf_free(&url);
	return rc ? saw_err_set(err, rc, "%s: %s", f->server, saw_strerror(rc)) : 0;
}

/* What a person needs to hear of a failed transfer. */
static int explain(CURL *c, CURLcode code, const struct saw_fetch *f, const char *detail, struct saw_err *err) {
	const double seconds = f->timeout_ms / 1000.0;
	long os_error = 0;

	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		return saw_err_set(err, SAW_ETIMEOUT, "%s: no answer within %g s", f->server, seconds);
	case CURLE_COULDNT_RESOLVE_HOST:
		return saw_err_set(err, SAW_ERESOLVE, "%s: the name cannot be resolved", f->server);
	case CURLE_COULDNT_CONNECT:
		curl_easy_getinfo(c, CURLINFO_OS_ERRNO, &os_error);
		if (os_error)
			return saw_err_set(err, SAW_EUNREACHABLE, "cannot connect to %s: %s", f->server, strerror((int)os_error));
		return saw_err_set(err, SAW_EUNREACHABLE, "cannot connect to %s", f->server);
	case CURLE_WRITE_ERROR:
		return saw_err_set(err, SAW_ELIMIT, "%s: the answer is larger than %zu bytes", f->server, f->body_max);
	case CURLE_URL_MALFORMAT:
		return saw_err_set(err, -EINVAL, "\"%s\": not a URL", f->server);
	case CURLE_OUT_OF_MEMORY:
		return saw_err_set(err, -ENOMEM, "no memory");
	default:
		return saw_err_set(err, SAW_EPROTO, "%s: %s", f->server, *detail ? detail : curl_easy_strerror(code));
	}
}

static void read_head(CURL *c, struct saw_fetch_reply *out) {
	const char *type = NULL;
	long status = 0;
	size_t n;

	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	out->status = status > 0 ? (unsigned)status : 0;
	if (curl_easy_getinfo(c, CURLINFO_CONTENT_TYPE, &type) != CURLE_OK || !type)
		return;
	n = strcspn(type, "; \t");
	if (n >= sizeof out->content_type)
		return;
	for (size_t i = 0; i < n; i++)
		out->content_type[i] = (char)tolower((unsigned char)type[i]);
	out->content_type[n] = 0;
}

int saw_fetch(const struct saw_fetch *f, struct saw_fetch_reply *out, struct saw_err *err) {
	char detail[CURL_ERROR_SIZE] = "", accept[160];
	struct curl_slist *headers = NULL;
	CURLcode code;
	CURL *c;
	int rc;

	*out = (struct saw_fetch_reply){.body = SAW_BUF_INIT(f->body_max)};
	c = curl_easy_init();
	if (!c)
		return saw_err_set(err, -ENOMEM, "no memory");
	rc = set_server(c, f, err);
	if (rc)
		goto out;
	if (f->accept) {
		snprintf(accept, sizeof accept, "Accept: %s", f->accept);
		headers = curl_slist_append(NULL, accept);
		curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	}
	curl_easy_setopt(c, CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_PROXY, ""); /* nor one of the environment */
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)f->timeout_ms);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, detail);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, &out->body);
	code = curl_easy_perform(c);
	if (code != CURLE_OK)
		rc = explain(c, code, f, detail, err);
	else
		read_head(c, out);
out:
	curl_slist_free_all(headers);
	curl_easy_cleanup(c);
	if (rc)
		saw_fetch_reply_free(out);
	return rc;
}

void saw_fetch_reply_free(struct saw_fetch_reply *r) {
	saw_buf_free(&r->body);
}
