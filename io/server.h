/*
 * The daemon as a client is told of it: where it is, and what has to be shown to be let in.
 *
 * Purpose:   the same options, environment and defaults for the plugin and the command line tool. Secrets come from files, never from the
 *            command line.
 * Ownership: texts are the command line's or the environment's.
 * Errors:    as saw_fetch and saw_auth_read.
 */
#ifndef SAWATCH_IO_SERVER_H
#define SAWATCH_IO_SERVER_H

#include "io/http.h"

#define SAW_SERVER_SOCKET "/run/sawatch/sawatch.sock"
#define SAW_SERVER_URL "http://127.0.0.1:9857"

struct saw_server {
	const char *url; /* NULL: SAW_SERVER_SOCKET where it may be used, else SAW_SERVER_URL */
	const char *auth_file;
	const char *ca_file, *cert_file, *key_file; /* PEM */
	bool cleartext;                             /* the password may go over http to another host */
	bool insecure;                              /* any certificate is taken for the server's */
	char asked[160];                            /* whom saw_server_fetch asked last; for messages */
};

/* Rows for getopt_long, letters for its short options, and what --help says of them. */
#define SAW_SERVER_LETTERS "s:A:"
enum { SAW_SERVER_CLEARTEXT = 1000, SAW_SERVER_CA, SAW_SERVER_CERT, SAW_SERVER_KEY, SAW_SERVER_INSECURE };
#define SAW_SERVER_LONGS                                                                                              \
	{"server", required_argument, NULL, 's'}, {"auth-file", required_argument, NULL, 'A'},                            \
		{"auth-cleartext", no_argument, NULL, SAW_SERVER_CLEARTEXT},                                                  \
		{"ca-file", required_argument, NULL, SAW_SERVER_CA}, {"cert-file", required_argument, NULL, SAW_SERVER_CERT}, \
		{"key-file", required_argument, NULL, SAW_SERVER_KEY}, {                                                      \
		"insecure", no_argument, NULL, SAW_SERVER_INSECURE                                                            \
	}
#define SAW_SERVER_HELP                                                                         \
	"  -s, --server URL       the daemon: http://HOST:PORT, https://HOST:PORT or unix:/PATH\n"  \
	"                         (default: $SAWATCH_SERVER, else unix:" SAW_SERVER_SOCKET "\n"     \
	"                         if it is there, else " SAW_SERVER_URL ")\n"                       \
	"  -A, --auth-file FILE   USER:PASSWORD in its first line, where the daemon or a proxy\n"   \
	"                         asks for them; by https, or to this host only\n"                  \
	"      --auth-cleartext   by http to other hosts, too: all between can read the password\n" \
	"      --ca-file FILE     who signed the daemon's certificate, where that is not one of\n"  \
	"                         those that this machine trusts\n"                                 \
	"      --cert-file FILE   certificate to show to the daemon, and\n"                         \
	"      --key-file FILE    its key\n"                                                        \
	"      --insecure         takes any certificate: whoever answers gets the password\n"       \
	"                         (files also by $SAWATCH_AUTH_FILE, $SAWATCH_CA_FILE,\n"           \
	"                         $SAWATCH_CERT_FILE, $SAWATCH_KEY_FILE)\n"

/* Takes what getopt_long found; an empty value (a variable of a monitoring system that is not set) counts as none. False: not one of these. */
bool saw_server_option(struct saw_server *s, int letter, const char *value);
/* What the options left open comes from the environment. */
void saw_server_environment(struct saw_server *s);

/* saw_fetch with path, accept, timeout_ms and body_max of `what`. */
int saw_server_fetch(struct saw_server *s, const struct saw_fetch *what, struct saw_fetch_reply *out,
					 struct saw_err *err);

#endif
