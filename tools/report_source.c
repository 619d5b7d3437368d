/* Where a report's history comes from: a file of our own, or an engine. */
#include "tools/report.h"

#include "history/engine.h"
#include "history/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_engine(const char *where) {
	return strncmp(where, "http://", 7) == 0 || strncmp(where, "https://", 8) == 0;
}

static int secret(const char *file, char **out, struct saw_err *err) {
	static const struct saw_config none = {.path = "--bearer-file or --user-file"};
	const struct saw_secret_ref ref = {.file = file};

	return file ? saw_config_secret(&none, &ref, out, err) : 0;
}

static int open_engine(const struct saw_report_source *s, struct saw_history *out, struct saw_err *err) {
	struct saw_engine_options o = {.url = s->where, .cleartext = s->cleartext, .selector = s->selector};
	char *bearer = NULL, *user = NULL;
	int rc = secret(s->bearer_file, &bearer, err);

	rc = rc ? rc : secret(s->user_file, &user, err);
	if (rc == 0 && user && !strchr(user, ':'))
		rc = saw_err_set(err, SAW_ECONFIG, "%s: USER:PASSWORD is expected in the first line", s->user_file);
	o.bearer = bearer;
	o.credentials = user;
	rc = rc ? rc : saw_engine_open(&o, out, err);
	saw_secret_wipe(bearer);
	saw_secret_wipe(user);
	return rc;
}

/* Where sawatchd keeps it: as its configuration says. */
static int default_path(const struct saw_config *c, char out[4200], struct saw_err *err) {
	const char *systemd = getenv("STATE_DIRECTORY"), *folder = c && c->state_dir ? c->state_dir : systemd;

	if (c && c->history.path) {
		snprintf(out, 4200, "%.4100s", c->history.path);
		return 0;
	}
	if (folder && strcmp(folder, SAW_CONFIG_NONE) == 0)
		return saw_err_set(
			err, SAW_ECONFIG,
			"%s: state_dir is none, and so sawatchd keeps no history; --source names an engine that does", c->path);
	snprintf(out, 4200, "%.4000s/" SAW_HISTORY_FILE_NAME, folder && *folder ? folder : "/var/lib/sawatch");
	return 0;
}

int saw_report_open(const struct saw_report_source *s, struct saw_history *out, char **name, struct saw_err *err) {
	char path[4200];
	int rc;

	if (s->where && is_engine(s->where)) {
		*name = strdup(s->where);
		return *name ? open_engine(s, out, err) : saw_err_set(err, -ENOMEM, "no memory");
	}
	if (s->where)
		snprintf(path, sizeof path, "%.4100s", s->where);
	else if ((rc = default_path(s->config, path, err)) != 0)
		return rc;
	*name = strdup(path);
	return *name ? saw_history_store_open(path, out, err) : saw_err_set(err, -ENOMEM, "no memory");
}
