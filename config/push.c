/* The keys of `push`, and what they must say together. */
#include "config/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SECOND 1000ULL
#define HOUR (3600 * SECOND)
#define MIB (1ULL << 20)

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const struct saw_choice types[] = {
	{"remote_write", SAW_PUSH_REMOTE_WRITE},
	{"otlp", SAW_PUSH_OTLP},
	{"icinga2", SAW_PUSH_ICINGA2},
	{NULL, 0},
};

#define OFF(member) offsetof(struct saw_config_push_auth, member)
static const struct saw_key auth_keys[] = {
	{"user", SAW_KEY_TEXT, OFF(user), .min = 1, .max = 128, .help = "HTTP basic authentication: user name"},
	{"password", SAW_KEY_REFUSED, .help = SAW_INLINE_SECRET("password")},
	{"password_file", SAW_KEY_FILE_REF, OFF(password), .help = "file that holds the password"},
	{"password_env", SAW_KEY_ENV_REF, OFF(password), .help = "environment variable that holds it"},
	{"token", SAW_KEY_REFUSED, .help = SAW_INLINE_SECRET("token")},
	{"token_file", SAW_KEY_FILE_REF, OFF(token), .help = "file that holds a bearer token"},
	{"token_env", SAW_KEY_ENV_REF, OFF(token), .help = "environment variable that holds it"},
};
#undef OFF
static const struct saw_map auth_map = {"auth", sizeof(struct saw_config_push_auth), auth_keys, COUNT(auth_keys), 0};

#define OFF(member) offsetof(struct saw_config_push_tls, member)
static const struct saw_key tls_keys[] = {
	{"ca_file", SAW_KEY_PATH, OFF(ca_file),
	 .help = "certificates of the authorities that the server's may be from; the system's where it is left out"},
	{"cert_file", SAW_KEY_PATH, OFF(cert_file), .help = "certificate to show to the server"},
	{"key_file", SAW_KEY_FILE_REF, OFF(key), .help = "its private key, without a passphrase"},
	{"server_name", SAW_KEY_HOST, OFF(server_name),
	 .help = "name in the server's certificate, where it is not the URL's host (Icinga 2: the name of its endpoint)"},
};
#undef OFF
static const struct saw_map tls_map = {"tls", sizeof(struct saw_config_push_tls), tls_keys, COUNT(tls_keys), 0};

#define OFF(member) offsetof(struct saw_config_push_icinga, member)
static const struct saw_key icinga_keys[] = {
	{"host", SAW_KEY_TEXT, OFF(host), .min = 1, .max = 255,
	 .help = "host that the services belong to ({device} where it is left out)"},
	{"tunnel_service", SAW_KEY_TEXT, OFF(tunnel_service), .min = 1, .max = 255,
	 .help = "service of a tunnel (tunnel {tunnel} where it is left out); none: not sent"},
	{"device_service", SAW_KEY_TEXT, OFF(device_service), .min = 1, .max = 255,
	 .help = "service of a device (sawatch device where it is left out); none: not sent"},
	{"link_service", SAW_KEY_TEXT, OFF(link_service), .min = 1, .max = 255,
	 .help = "service of a link, such as link {link}, at the host of its first end; not sent where it is left out"},
	{"ttl", SAW_KEY_DURATION, OFF(ttl_ms), .min = SECOND, .max = 24 * HOUR,
	 .help = "how long a result counts; three times the interval where it is left out"},
};
#undef OFF
static const struct saw_map icinga_map = {"icinga", sizeof(struct saw_config_push_icinga), icinga_keys,
										  COUNT(icinga_keys), 0};

#define OFF(member) offsetof(struct saw_config_push, member)
static const struct saw_key push_keys[] = {
	{"name", SAW_KEY_NAME, OFF(name), .required = true, .min = 1, .max = 64,
	 .help = "name in logs and metrics, and of its queue"},
	{"type", SAW_KEY_CHOICE, OFF(type), .required = true, .choices = types,
	 .help =
		 "what the server takes: Prometheus remote write 1.0, OpenTelemetry metrics (OTLP/HTTP), or check results of "
		 "Icinga 2"},
	{"url", SAW_KEY_URL, OFF(url), .required = true,
	 .help = "the whole URL; of Icinga 2 without a path, such as https://icinga.example:5665"},
	{"interval", SAW_KEY_DURATION, OFF(interval_ms), .min = SECOND, .max = HOUR, .standard = "60s",
	 .help = "time between two samples of everything"},
	{"timeout", SAW_KEY_DURATION, OFF(timeout_ms), .min = 100, .max = HOUR, .standard = "30s",
	 .help = "how long one request may take"},
	{"auth", SAW_KEY_MAP, OFF(auth), .map = &auth_map, .help = "who we are"},
	{"tls", SAW_KEY_MAP, OFF(tls), .map = &tls_map, .help = "how the server is known, and we to it"},
	{"allow_insecure", SAW_KEY_BOOL, OFF(allow_insecure), .standard = "false",
	 .help = "true: sends credentials by http to another host, with a warning"},
	{"proxy", SAW_KEY_URL, OFF(proxy), .help = "HTTP proxy to go through; none of the environment is used"},
	{"proxy_user", SAW_KEY_TEXT, OFF(proxy_user), .min = 1, .max = 128, .help = "user name at the proxy"},
	{"proxy_password", SAW_KEY_REFUSED, .help = SAW_INLINE_SECRET("proxy_password")},
	{"proxy_password_file", SAW_KEY_FILE_REF, OFF(proxy_password), .help = "file that holds its password"},
	{"proxy_password_env", SAW_KEY_ENV_REF, OFF(proxy_password), .help = "environment variable that holds it"},
	{"headers", SAW_KEY_TEXTS, OFF(headers), OFF(n_headers), .max = 16,
	 .help = "sent with each request: [\"X-Scope-OrgID: netops\"]; no secrets"},
	{"labels", SAW_KEY_TEXTS, OFF(labels), OFF(n_labels), .max = 16,
	 .help = "put to every series that has none of the name: [job=sawatch, instance=noc-1]; OTLP: of the resource"},
	{"families", SAW_KEY_TEXTS, OFF(families), OFF(n_families), .max = 64,
	 .help = "only metrics whose names match one of these, as [sawatch_tunnel_*, sawatch_link_*]"},
	{"tunnels", SAW_KEY_TEXTS, OFF(tunnels), OFF(n_tunnels), .max = 64,
	 .help = "only tunnels that match one of these as DEVICE/TUNNEL, and devices that match as DEVICE"},
	{"queue", SAW_KEY_SIZE, OFF(queue_bytes), .min = MIB, .max = 1024 * 1024 * MIB, .standard = "256MiB",
	 .help = "most that waits on the disk (state_dir) while the server is away; then the oldest goes"},
	{"batch", SAW_KEY_UINT, OFF(batch), .min = 1, .max = 50000, .standard = "2000",
	 .help = "most samples in one request"},
	{"icinga", SAW_KEY_MAP, OFF(icinga), .map = &icinga_map, .help = "Icinga 2: which services"},
};
#undef OFF
const struct saw_map saw_schema_push = {"a target of push", sizeof(struct saw_config_push), push_keys, COUNT(push_keys),
										offsetof(struct saw_config_push, line)};

_Static_assert(COUNT(push_keys) <= SAW_CONFIG_KEYS_MAX, "apply.c keeps one slot per key");

/* ------------------------------------------------------------------------------------------------------------------- checks */

static bool is_set(const struct saw_secret_ref *r) {
	return r->file || r->env;
}

/* Where the host of a URL begins, without the brackets of an IPv6 address, and its length. */
static const char *host_of(const char *url, size_t *n) {
	const char *host = strstr(url, "://") + 3;

	if (*host == '[') {
		*n = strcspn(host + 1, "]");
		return host + 1;
	}
	*n = strcspn(host, ":/?");
	return host;
}

static bool is_loopback(const char *url) {
	static const char *const names[] = {"localhost", "127.0.0.1", "::1"};
	size_t n;
	const char *host = host_of(url, &n);

	for (size_t i = 0; i < COUNT(names); i++)
		if (strlen(names[i]) == n && strncasecmp(host, names[i], n) == 0)
			return true;
	return false;
}

/* A URL that ends with its host. */
static bool has_no_path(const char *url) {
	const char *path = strpbrk(strstr(url, "://") + 3, "/?");

	return !path || strcmp(path, "/") == 0;
}

static const char *check_auth(const struct saw_config_push *p) {
	const struct saw_config_push_auth *a = &p->auth;
	const bool https = strncmp(p->url, "https:", 6) == 0;
	const struct saw_config_push_tls *t = &p->tls;

	if (a->user && is_set(&a->token))
		return "auth: both a user and a token are given; expected one of them";
	if (!a->user != !is_set(&a->password))
		return "auth: `user` and `password_file` (or `password_env`) go together";
	if ((a->user || is_set(&a->token)) && !https && !is_loopback(p->url) && !p->allow_insecure)
		return "credentials would be sent by http, which all between can read; expected an https URL; `allow_insecure: "
			   "true` takes it nevertheless";
	if (!https && (t->ca_file || t->cert_file || is_set(&t->key) || t->server_name))
		return "tls needs an https URL";
	if (!t->cert_file != !is_set(&t->key))
		return "tls: `cert_file` and `key_file` go together";
	if (!p->proxy && (p->proxy_user || is_set(&p->proxy_password)))
		return "`proxy_user` and its password need `proxy`";
	if (!p->proxy_user != !is_set(&p->proxy_password))
		return "`proxy_user` and `proxy_password_file` (or `proxy_password_env`) go together";
	return NULL;
}

static bool is_token(const char *text, size_t n) {
	for (size_t i = 0; i < n; i++)
		if (!strchr("!#$%&'*+-.^_`|~", text[i]) && !(text[i] >= '0' && text[i] <= '9') &&
			!((text[i] | 32) >= 'a' && (text[i] | 32) <= 'z'))
			return false;
	return n > 0;
}

static const char *check_header(const char *text) {
	static const char *const ours[] = {"content-type", "content-encoding", "content-length", "transfer-encoding",
									   "host",         "connection",       "user-agent",     "x-http-method-override"};
	size_t n = strcspn(text, ":");

	if (text[n] != ':' || text[n + 1] != ' ' || !is_token(text, n))
		return "headers: expected \"Name: value\"";
	if (n == 13 && strncasecmp(text, "authorization", n) == 0)
		return "headers: a secret is never written into this file; expected `auth:`";
	for (size_t i = 0; i < COUNT(ours); i++)
		if (strlen(ours[i]) == n && strncasecmp(text, ours[i], n) == 0)
			return "headers: this one is sawatchd's to set";
	return NULL;
}

static bool is_label(const char *text, size_t n) {
	for (size_t i = 0; i < n; i++)
		if (text[i] != '_' && !((text[i] | 32) >= 'a' && (text[i] | 32) <= 'z') &&
			(i == 0 || text[i] < '0' || text[i] > '9'))
			return false;
	return n > 0 && strncmp(text, "__", 2) != 0;
}

static const char *check_label(const struct saw_config_push *p, size_t at) {
	const char *text = p->labels[at];
	size_t n = strcspn(text, "=");

	if (!text[n] || !text[n + 1])
		return "labels: expected name=value";
	if (p->type == SAW_PUSH_REMOTE_WRITE && !is_label(text, n))
		return "labels: a name has letters, digits and underlines, and begins with no digit and not with __";
	for (size_t i = 0; i < at; i++)
		if (strncmp(p->labels[i], text, n + 1) == 0)
			return "labels: a name is given twice";
	return NULL;
}

static const char *check_template(const char *text, bool tunnel, bool link) {
	static const char unknown[] =
		"icinga: in a name {device} stands for the device, {tunnel} for the tunnel of "
		"tunnel_service, and {link} for the link of link_service; nothing else may be in braces";

	for (const char *p = text; p && (p = strpbrk(p, "{}")); p++) {
		if (strncmp(p, "{device}", 8) == 0)
			p += 7;
		else if (tunnel && strncmp(p, "{tunnel}", 8) == 0)
			p += 7;
		else if (link && strncmp(p, "{link}", 6) == 0)
			p += 5;
		else
			return unknown;
	}
	if (text && tunnel && !strstr(text, "{tunnel}"))
		return "icinga: `tunnel_service` needs {tunnel}: each tunnel has a service of its own";
	if (text && link && !strstr(text, "{link}"))
		return "icinga: `link_service` needs {link}: each link has a service of its own";
	return NULL;
}

static const char *template_or(const char *given, const char *standard) {
	return !given ? standard : strcmp(given, SAW_CONFIG_NONE) == 0 ? NULL : given;
}

static const char *check_icinga(struct saw_config_push *p) {
	struct saw_config_push_icinga *i = &p->icinga;
	const char *lacks;

	if (!has_no_path(p->url))
		return "url: of Icinga 2 without a path, such as https://icinga.example:5665";
	if (p->n_labels || p->n_families)
		return "`labels` and `families` are of remote_write and otlp";
	if (!p->auth.user && !p->tls.cert_file)
		return "Icinga 2 takes results from who it knows; expected `auth: {user: …, password_file: …}` or a client "
			   "certificate in `tls`";
	i->host = i->host ? i->host : "{device}";
	i->tunnel_service = template_or(i->tunnel_service, "tunnel {tunnel}");
	i->device_service = template_or(i->device_service, "sawatch device");
	i->link_service = template_or(i->link_service, NULL);
	i->ttl_ms = i->ttl_ms ? i->ttl_ms : 3 * p->interval_ms;
	if (i->ttl_ms <= p->interval_ms)
		return "icinga: `ttl` must be more than `interval`, or results go stale between two of them";
	lacks = check_template(i->host, false, false);
	lacks = lacks ? lacks : check_template(i->tunnel_service, true, false);
	lacks = lacks ? lacks : check_template(i->device_service, false, false);
	return lacks ? lacks : check_template(i->link_service, false, true);
}

static const char *check_series(const struct saw_config_push *p) {
	const struct saw_config_push_icinga *i = &p->icinga;

	if (i->host || i->tunnel_service || i->device_service || i->link_service || i->ttl_ms)
		return "`icinga` is of type icinga2";
	if (has_no_path(p->url))
		return p->type == SAW_PUSH_OTLP
				   ? "url: the whole URL is expected, such as https://collector.example:4318/v1/metrics"
				   : "url: the whole URL is expected, such as https://prometheus.example:9090/api/v1/write";
	return NULL;
}

static const char *check_target(struct saw_config_push *p) {
	const char *lacks = check_auth(p);

	for (size_t i = 0; !lacks && i < p->n_headers; i++)
		lacks = check_header(p->headers[i]);
	for (size_t i = 0; !lacks && i < p->n_labels; i++)
		lacks = check_label(p, i);
	if (lacks)
		return lacks;
	return p->type == SAW_PUSH_ICINGA2 ? check_icinga(p) : check_series(p);
}

int saw_config_check_push(const char *path, struct saw_config *c, struct saw_err *err) {
	for (size_t i = 0; i < c->n_push; i++) {
		/* The structure is still ours; it is const for everybody else. */
		struct saw_config_push *p = (struct saw_config_push *)(uintptr_t)&c->push[i];
		const char *lacks = check_target(p);

		if (lacks)
			return saw_err_set(err, SAW_ECONFIG, "%s:%d: push %s: %s", path, p->line, p->name, lacks);
		for (size_t k = 0; k < i; k++)
			if (strcmp(c->push[k].name, p->name) == 0)
				return saw_err_set(err, SAW_ECONFIG,
								   "%s:%d: push %s is there already, in line %d; expected a name of its own", path,
								   p->line, p->name, c->push[k].line);
	}
	return 0;
}
