#include "config.h"

#include "io/http.h"

#include "io/curl.h"
#include "io/plain.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static size_t on_body(char *data, size_t one, size_t n, void *ctx) {
	struct saw_buf *b = ctx;

	(void)one;
	saw_buf_put(b, data, n);
	return saw_buf_error(b) ? 0 : n;
}

static int set_server(const struct saw_curl *curl, CURL *c, const struct saw_fetch *f, struct saw_err *err) {
	struct saw_buf url = SAW_BUF_INIT(16384);
	size_t n = strlen(f->server);
	int rc;

	while (n && f->server[n - 1] == '/')
		n--;
	saw_buf_put(&url, f->server, n);
	saw_buf_puts(&url, f->path);
	rc = saw_buf_error(&url);
	if (rc == 0 && curl->setopt(c, CURLOPT_URL, saw_buf_text(&url)) != CURLE_OK)
		rc = -ENOMEM;
	saw_buf_free(&url);
	return rc ? saw_err_set(err, rc, "%s: %s", f->server, saw_strerror(rc)) : 0;
}

/* Who requires a certificate and is shown none hangs up; with TLS 1.3 after the handshake, and whether the alert comes first is chance. */
static bool hung_up(const struct saw_curl *curl, CURL *c, CURLcode code, const char *detail) {
	long status = 0;

	switch (code) {
	case CURLE_SSL_CONNECT_ERROR:
		return strstr(detail, "certificate") || strstr(detail, "handshake failure") || strstr(detail, "unknown ca");
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		return curl->getinfo(c, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status == 0;
	default:
		return false;
	}
}

/* What a person needs to hear of a failed transfer: what their options have to do with it first. */
static int explain(const struct saw_curl *curl, CURL *c, CURLcode code, const struct saw_fetch *f, const char *detail,
				   struct saw_err *err) {
	if (f->doing && code == CURLE_OPERATION_TIMEDOUT)
		*f->doing = saw_curl_doing(c);
	if (strncmp(f->server, "https://", 8) == 0 && hung_up(curl, c, code, detail))
		return f->cert_file
				   ? saw_err_set(err, SAW_EAUTH,
								 "%s: it hung up before it answered; does it trust the certificate in %s?", f->server,
								 f->cert_file)
				   : saw_err_set(err, SAW_EAUTH,
								 "%s: it hung up before it answered; if it requires a certificate: --cert-file "
								 "and --key-file show one",
								 f->server);
	switch (code) {
	case CURLE_PEER_FAILED_VERIFICATION:
		return saw_err_set(err, SAW_EAUTH, "%s: its certificate is not trusted (%s); --ca-file names who signed it",
						   f->server, *detail ? detail : curl->strerror(code));
	case CURLE_SSL_CACERT_BADFILE:
		return saw_err_set(err, SAW_ECONFIG, "%s: no certificates can be read from it",
						   f->ca_file ? f->ca_file : "--ca-file");
	case CURLE_SSL_CERTPROBLEM:
		return saw_err_set(err, SAW_ECONFIG, "%s: not a certificate that can be shown with its key%s%s", f->cert_file,
						   *detail ? ": " : "", detail);
	default:
		return saw_curl_explain(c, code, f->server, f->timeout_ms, f->body_max, detail, err);
	}
}

static void read_head(const struct saw_curl *curl, CURL *c, struct saw_fetch_reply *out) {
	const char *type = NULL;
	long status = 0;
	size_t n;

	curl->getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	out->status = status > 0 ? (unsigned)status : 0;
	if (curl->getinfo(c, CURLINFO_CONTENT_TYPE, &type) != CURLE_OK || !type)
		return;
	n = strcspn(type, "; \t");
	if (n >= sizeof out->content_type)
		return;
	for (size_t i = 0; i < n; i++)
		out->content_type[i] = (char)tolower((unsigned char)type[i]);
	out->content_type[n] = 0;
}

/* Who asks, and who may answer. */
static int set_identities(const struct saw_curl *curl, CURL *c, const struct saw_fetch *f, struct saw_err *err) {
	CURLcode code = CURLE_OK;

	if (f->credentials) {
		curl->setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		code = curl->setopt(c, CURLOPT_USERPWD, f->credentials);
	} else if (f->bearer) {
		curl->setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
		code = curl->setopt(c, CURLOPT_XOAUTH2_BEARER, f->bearer);
	}
	if (code != CURLE_OK)
		return saw_err_set(err, -ENOMEM, "no memory");
	if (f->ca_file)
		curl->setopt(c, CURLOPT_CAINFO, f->ca_file);
	if (f->cert_file)
		curl->setopt(c, CURLOPT_SSLCERT, f->cert_file);
	if (f->key_file)
		curl->setopt(c, CURLOPT_SSLKEY, f->key_file);
	if (f->insecure) {
		curl->setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
		curl->setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	return 0;
}

static int fetch(const struct saw_fetch *f, struct saw_fetch_reply *out, struct saw_err *err) {
	char detail[CURL_ERROR_SIZE] = "", accept[160];
	const struct saw_curl *curl;
	struct curl_slist *headers = NULL;
	CURLcode code;
	CURL *c;
	int rc;

	*out = (struct saw_fetch_reply){.body = SAW_BUF_INIT(f->body_max)};
	curl = saw_curl_load(f->server, err);
	if (!curl)
		return err->code;
	c = curl->init();
	if (!c)
		return saw_err_set(err, -ENOMEM, "no memory");
	rc = set_server(curl, c, f, err);
	if (rc)
		goto out;
	if (f->accept) {
		snprintf(accept, sizeof accept, "Accept: %s", f->accept);
		headers = curl->slist_append(NULL, accept);
		curl->setopt(c, CURLOPT_HTTPHEADER, headers);
	}
	rc = set_identities(curl, c, f, err);
	if (rc)
		goto out;
	curl->setopt(c, CURLOPT_USERAGENT, PACKAGE_NAME "/" PACKAGE_VERSION);
	curl->setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl->setopt(c, CURLOPT_PROXY, ""); /* nor one of the environment */
	curl->setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl->setopt(c, CURLOPT_TIMEOUT_MS, (long)f->timeout_ms);
	curl->setopt(c, CURLOPT_ERRORBUFFER, detail);
	curl->setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl->setopt(c, CURLOPT_WRITEDATA, &out->body);
	if (f->doing)
		*f->doing = "while connecting"; /* it says more only afterwards */
	code = curl->perform(c);
	if (code != CURLE_OK)
		rc = explain(curl, c, code, f, detail, err);
	else
		read_head(curl, c, out);
out:
	curl->slist_free_all(headers);
	curl->cleanup(c);
	if (rc)
		saw_fetch_reply_free(out);
	return rc;
}

int saw_fetch(const struct saw_fetch *f, struct saw_fetch_reply *out, struct saw_err *err) {
	if (saw_plain_takes(f->server))
		return saw_plain_fetch(f, out, err);
	*out = (struct saw_fetch_reply){.status = 0};
	if (strncmp(f->server, "https://", 8) == 0 && memchr(f->server, '@', strcspn(f->server + 8, "/?#") + 8))
		return saw_err_set(err, -EINVAL, "a URL with a user name in it would be seen by everybody on this machine");
	if (strncmp(f->server, "https://", 8) == 0)
		return fetch(f, out, err);
	return saw_err_set(err, -EINVAL, "\"%s\": http://HOST:PORT, https://HOST:PORT or unix:/PATH is expected",
					   f->server);
}

void saw_fetch_reply_free(struct saw_fetch_reply *r) {
	saw_buf_free(&r->body);
}
