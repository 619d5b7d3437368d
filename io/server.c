#include "io/server.h"

#include "io/auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

bool saw_server_option(struct saw_server *s, int letter, const char *value) {
	const char **place = letter == 's'               ? &s->url
						 : letter == 'A'             ? &s->auth_file
						 : letter == SAW_SERVER_CA   ? &s->ca_file
						 : letter == SAW_SERVER_CERT ? &s->cert_file
						 : letter == SAW_SERVER_KEY  ? &s->key_file
													 : NULL;

	s->cleartext |= letter == SAW_SERVER_CLEARTEXT;
	s->insecure |= letter == SAW_SERVER_INSECURE;
	if (place && value && *value)
		*place = value;
	return place || letter == SAW_SERVER_CLEARTEXT || letter == SAW_SERVER_INSECURE;
}

static void take(const char **place, const char *name) {
	const char *value = getenv(name);

	if (!*place && value && *value)
		*place = value;
}

void saw_server_environment(struct saw_server *s) {
	take(&s->url, "SAWATCH_SERVER");
	take(&s->auth_file, "SAWATCH_AUTH_FILE");
	take(&s->ca_file, "SAWATCH_CA_FILE");
	take(&s->cert_file, "SAWATCH_CERT_FILE");
	take(&s->key_file, "SAWATCH_KEY_FILE");
}

static bool may_use_socket(void) {
	struct stat st;

	return stat(SAW_SERVER_SOCKET, &st) == 0 && S_ISSOCK(st.st_mode) && access(SAW_SERVER_SOCKET, R_OK | W_OK) == 0;
}

static int fetch_from(struct saw_server *s, const char *url, struct saw_fetch *f, struct saw_fetch_reply *out,
					  struct saw_err *err) {
	snprintf(s->asked, sizeof s->asked, "%s", url);
	f->server = url;
	return saw_fetch(f, out, err);
}

int saw_server_fetch(struct saw_server *s, const struct saw_fetch *what, struct saw_fetch_reply *out,
					 struct saw_err *err) {
	struct saw_fetch f = *what;
	char *credentials = NULL;
	int rc = s->auth_file ? saw_auth_read(s->auth_file, &credentials, err) : 0;

	if (rc)
		return rc;
	f.credentials = credentials;
	f.cleartext = s->cleartext;
	f.ca_file = s->ca_file;
	f.cert_file = s->cert_file;
	f.key_file = s->key_file;
	f.insecure = s->insecure;
	if (s->url)
		rc = fetch_from(s, s->url, &f, out, err);
	else
		/* A socket that nobody serves was left behind. */
		rc = may_use_socket() ? fetch_from(s, "unix:" SAW_SERVER_SOCKET, &f, out, err) : SAW_EUNREACHABLE;
	if (!s->url && rc == SAW_EUNREACHABLE)
		rc = fetch_from(s, SAW_SERVER_URL, &f, out, err);
	saw_auth_wipe(credentials);
	return rc;
}
