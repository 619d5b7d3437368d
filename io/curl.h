/*
 * libcurl, loaded when it is first needed: with its 25 libraries it takes longer to load than most that is done without it.
 *
 * Purpose: what the two HTTP clients share: the functions, and what a failed transfer means to a person.
 * Threads: saw_curl_load before the first use; what it gives is constant then.
 */
#ifndef SAWATCH_IO_CURL_H
#define SAWATCH_IO_CURL_H

#include "core/err.h"

#include <curl/curl.h>

struct saw_curl {
	__typeof__(&curl_global_init) global_init;
	__typeof__(&curl_easy_init) init;
	__typeof__(&curl_easy_cleanup) cleanup;
	__typeof__(&curl_easy_setopt) setopt;
	__typeof__(&curl_easy_perform) perform;
	__typeof__(&curl_easy_getinfo) getinfo;
	__typeof__(&curl_easy_strerror) strerror;
	__typeof__(&curl_slist_append) slist_append;
	__typeof__(&curl_slist_free_all) slist_free_all;
	__typeof__(&curl_multi_init) multi_init;
	__typeof__(&curl_multi_cleanup) multi_cleanup;
	__typeof__(&curl_multi_setopt) multi_setopt;
	__typeof__(&curl_multi_add_handle) multi_add;
	__typeof__(&curl_multi_remove_handle) multi_remove;
	__typeof__(&curl_multi_socket_action) multi_action;
	__typeof__(&curl_multi_info_read) multi_read;
	__typeof__(&curl_multi_assign) multi_assign;
};

/* NULL with err: there is no libcurl that fits. who: what needs it. */
const struct saw_curl *saw_curl_load(const char *who, struct saw_err *err);

/* What a transfer that ran out of time was waiting for, as a constant text. */
const char *saw_curl_doing(CURL *c);

/* A transfer that failed, as a code and a text of ours. detail: libcurl's error buffer. */
int saw_curl_explain(CURL *c, CURLcode code, const char *server, unsigned timeout_ms, size_t body_max,
					 const char *detail, struct saw_err *err);

#endif
