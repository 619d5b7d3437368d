#include "io/curl.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

static struct saw_curl curl;
static bool loaded;

const struct saw_curl *saw_curl_load(const char *who, struct saw_err *err) {
	static const struct {
		void *at;
		const char *name;
	} symbols[] = {
		{&curl.global_init, "curl_global_init"},
		{&curl.init, "curl_easy_init"},
		{&curl.cleanup, "curl_easy_cleanup"},
		{&curl.setopt, "curl_easy_setopt"},
		{&curl.perform, "curl_easy_perform"},
		{&curl.getinfo, "curl_easy_getinfo"},
		{&curl.strerror, "curl_easy_strerror"},
		{&curl.slist_append, "curl_slist_append"},
		{&curl.slist_free_all, "curl_slist_free_all"},
		{&curl.multi_init, "curl_multi_init"},
		{&curl.multi_cleanup, "curl_multi_cleanup"},
		{&curl.multi_setopt, "curl_multi_setopt"},
		{&curl.multi_add, "curl_multi_add_handle"},
		{&curl.multi_remove, "curl_multi_remove_handle"},
		{&curl.multi_action, "curl_multi_socket_action"},
		{&curl.multi_read, "curl_multi_info_read"},
		{&curl.multi_assign, "curl_multi_assign"},
	};
	void *library;

	if (loaded)
		return &curl;
	library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
	if (!library) {
		saw_err_set(err, SAW_EUNKNOWN, "%s needs libcurl: %s", who, dlerror());
		return NULL;
	}
	for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
		void *symbol = dlsym(library, symbols[i].name);

		if (!symbol) {
			saw_err_set(err, SAW_EUNKNOWN, "%s needs another libcurl: %s", who, dlerror());
			return NULL;
		}
		memcpy(symbols[i].at, &symbol, sizeof symbol);
	}
	loaded = true;
	return &curl;
}

const char *saw_curl_doing(CURL *c) {
	/* In this order; a time that is zero was not reached. */
	static const struct {
		CURLINFO info;
		const char *doing;
	} steps[] = {
		{CURLINFO_NAMELOOKUP_TIME, "while its name was resolved"},
		{CURLINFO_CONNECT_TIME, "while connecting (TCP or TLS)"}, /* libcurl may tell of both at once */
		{CURLINFO_PRETRANSFER_TIME, "in the TLS handshake"},
		{CURLINFO_STARTTRANSFER_TIME, "while waiting for its answer"},
	};
	double seconds = 0;

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
		if (curl.getinfo(c, steps[i].info, &seconds) != CURLE_OK || !(seconds > 0))
			return steps[i].doing;
	return "in the middle of its answer";
}

int saw_curl_explain(CURL *c, CURLcode code, const char *server, unsigned timeout_ms, size_t body_max,
					 const char *detail, struct saw_err *err) {
	long os_error = 0;

	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		return saw_err_set(err, SAW_ETIMEOUT, "%s: no answer within %g s: the time ran out %s", server,
						   timeout_ms / 1000.0, saw_curl_doing(c));
	case CURLE_COULDNT_RESOLVE_HOST:
		return saw_err_set(err, SAW_ERESOLVE, "%s: the name cannot be resolved", server);
	case CURLE_COULDNT_CONNECT:
		curl.getinfo(c, CURLINFO_OS_ERRNO, &os_error);
		if (os_error)
			return saw_err_set(err, SAW_EUNREACHABLE, "cannot connect to %s: %s", server, strerror((int)os_error));
		return saw_err_set(err, SAW_EUNREACHABLE, "cannot connect to %s", server);
	case CURLE_WRITE_ERROR:
		return saw_err_set(err, SAW_ELIMIT, "%s: the answer is larger than %zu bytes", server, body_max);
	case CURLE_URL_MALFORMAT:
		return saw_err_set(err, -EINVAL, "\"%s\": not a URL", server);
	case CURLE_OUT_OF_MEMORY:
		/* It says the same of a line that is longer than it takes. */
		return saw_err_set(err, -ENOMEM, "%s: no memory, or the head of the answer has no end", server);
	default:
		return saw_err_set(err, SAW_EPROTO, "%s: %s", server, *detail ? detail : curl.strerror(code));
	}
}
