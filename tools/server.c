#include "tools/server.h"

#include "proto/api.h"

#define TIMEOUT_MS 10000

int saw_server_ask(struct saw_server *server, const char *what, const char *device, const char *tunnel,
				   Sawatch__V1__Snapshot **out, struct saw_err *err) {
	struct saw_buf path = SAW_BUF_INIT(8192);
	struct saw_fetch_reply reply;
	struct saw_fetch f = {.accept = SAW_API_PROTOBUF, .timeout_ms = TIMEOUT_MS, .body_max = SAW_API_ANSWER_MAX};
	int rc;

	saw_server_environment(server);
	saw_api_put_path(&path, &(struct saw_api_query){.what = what, .device = device, .tunnel = tunnel});
	f.path = saw_buf_text(&path);
	rc = saw_buf_error(&path) ? saw_err_set(err, saw_buf_error(&path), "the name is too long")
							  : saw_server_fetch(server, &f, &reply, err);
	if (rc == 0) {
		rc = saw_api_read(server->asked, reply.status, reply.content_type, &reply.body, out, err);
		saw_fetch_reply_free(&reply);
	}
	saw_buf_free(&path);
	if (rc == SAW_EUNREACHABLE) {
		const struct saw_err said = *err;

		saw_err_set(err, rc, "%s; is sawatchd running? --server says where", said.text);
	}
	return rc;
}
