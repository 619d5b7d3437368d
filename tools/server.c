#include "tools/server.h"

#include "io/http.h"
#include "proto/api.h"

#include <stdlib.h>

#define TIMEOUT_MS 10000

const char *saw_server_default(void) {
	const char *server = getenv(SAW_API_SERVER_ENV);

	return server && *server ? server : SAW_API_DEFAULT_SERVER;
}

int saw_server_ask(const char *server, const char *what, const char *device, const char *tunnel,
				   Sawatch__V1__Snapshot **out, struct saw_err *err) {
	struct saw_buf path = SAW_BUF_INIT(8192);
	struct saw_fetch_reply reply;
	struct saw_fetch f = {
		.server = server, .accept = SAW_API_PROTOBUF, .timeout_ms = TIMEOUT_MS, .body_max = SAW_API_ANSWER_MAX};
	int rc;

	saw_api_put_path(&path, &(struct saw_api_query){.what = what, .device = device, .tunnel = tunnel});
	f.path = saw_buf_text(&path);
	rc = saw_buf_error(&path) ? saw_err_set(err, saw_buf_error(&path), "the name is too long")
							  : saw_fetch(&f, &reply, err);
	if (rc == 0) {
		rc = saw_api_read(server, reply.status, reply.content_type, &reply.body, out, err);
		saw_fetch_reply_free(&reply);
	}
	saw_buf_free(&path);
	return rc;
}
