#include "history/answer.h"

#include "core/list.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

struct saw_answer_series {
	const json_t *labels;
};

struct values {
	struct saw_answer_value *list;
	size_t n, room;
};

const char *saw_answer_label(const struct saw_answer_series *s, const char *name) {
	const char *text = json_string_value(json_object_get(s->labels, name));

	return text && *text ? text : NULL;
}

/* [1760000000.123, "42"] */
static int take_pair(struct values *v, const json_t *pair) {
	const json_t *at = json_array_get(pair, 0), *value = json_array_get(pair, 1);
	const char *text = json_string_value(value);
	char *end = NULL;
	double number;

	if (json_array_size(pair) != 2 || !json_is_number(at) || !text)
		return SAW_EFORMAT;
	number = strtod(text, &end);
	if (end == text || *end)
		return SAW_EFORMAT;
	if (!isfinite(number) || fabs(json_number_value(at)) > (double)SAW_ANSWER_TIME_MAX_MS / 1000)
		return 0;
	if (SAW_LIST_ROOM(v->list, v->n, v->room))
		return -ENOMEM;
	v->list[v->n++] = (struct saw_answer_value){.at_ms = llround(json_number_value(at) * 1000), .value = number};
	return 0;
}

static int take_series(const json_t *item, struct values *v) {
	const json_t *pairs = json_object_get(item, "values"), *pair = json_object_get(item, "value");
	int rc = 0;

	v->n = 0;
	if (!json_is_object(json_object_get(item, "metric")) || (!json_is_array(pairs) && !json_is_array(pair)))
		return SAW_EFORMAT;
	if (!pairs)
		return take_pair(v, pair);
	for (size_t i = 0; rc == 0 && i < json_array_size(pairs); i++)
		rc = take_pair(v, json_array_get(pairs, i));
	return rc;
}

static int no_answer(const char *server, unsigned status, const char *why, struct saw_err *err) {
	return saw_err_set(err, SAW_EFORMAT,
					   "%s: this is no answer of a Prometheus API (HTTP %u, %s); is the path before /api/v1 right?",
					   server, status, why);
}

int saw_answer_read(const char *server, unsigned status, const char *text, size_t n, saw_answer_each *each, void *ctx,
					struct saw_err *err) {
	json_error_t wrong;
	json_t *root = json_loadb(text, n, 0, &wrong);
	const json_t *result = json_object_get(json_object_get(root, "data"), "result");
	const char *said = json_string_value(json_object_get(root, "error"));
	struct values v = {0};
	int rc = 0;

	if (!root && (status == 401 || status == 403))
		return saw_err_set(err, SAW_EAUTH,
						   "%s: refused (HTTP %u); --bearer-file or --user-file is needed, or another one", server,
						   status);
	if (!root)
		return no_answer(server, status, "no JSON", err);
	if (said)
		rc = saw_err_set(err, SAW_EHTTP, "%s: %.300s", server, said);
	else if (!json_is_array(result))
		rc = no_answer(server, status, "no result", err);
	for (size_t i = 0; rc == 0 && i < json_array_size(result); i++) {
		const json_t *item = json_array_get(result, i);
		const struct saw_answer_series series = {.labels = json_object_get(item, "metric")};

		rc = take_series(item, &v);
		if (rc == SAW_EFORMAT)
			rc = no_answer(server, status, "a malformed series", err);
		else if (rc)
			saw_err_set(err, rc, "no memory");
		else
			rc = each(ctx, &series, v.list, v.n, err);
	}
	free(v.list);
	json_decref(root);
	return rc;
}
