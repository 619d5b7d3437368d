#include "exporters/http/tls.h"

#include "core/addr.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define CHAIN_MAX 16

/* ------------------------------------------------------------------------------------------------------------------ priorities */

/* Go's name, and what GnuTLS calls its parts. The suites of TLS 1.3 have one of these ciphers. */
static const struct {
	const char *name, *exchange, *cipher, *mac;
} suites[] = {
	{"TLS_AES_128_GCM_SHA256", NULL, "AES-128-GCM", "AEAD"},
	{"TLS_AES_256_GCM_SHA384", NULL, "AES-256-GCM", "AEAD"},
	{"TLS_CHACHA20_POLY1305_SHA256", NULL, "CHACHA20-POLY1305", "AEAD"},
	{"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA", "AES-128-GCM", "AEAD"},
	{"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA", "AES-256-GCM", "AEAD"},
	{"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA", "CHACHA20-POLY1305", "AEAD"},
	{"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305", "ECDHE-ECDSA", "CHACHA20-POLY1305", "AEAD"},
	{"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA", "AES-128-CBC", "SHA1"},
	{"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA", "AES-256-CBC", "SHA1"},
	{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA", "AES-128-GCM", "AEAD"},
	{"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA", "AES-256-GCM", "AEAD"},
	{"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA", "CHACHA20-POLY1305", "AEAD"},
	{"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", "ECDHE-RSA", "CHACHA20-POLY1305", "AEAD"},
	{"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA", "AES-128-CBC", "SHA1"},
	{"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA", "AES-256-CBC", "SHA1"},
	{"TLS_RSA_WITH_AES_128_GCM_SHA256", "RSA", "AES-128-GCM", "AEAD"},
	{"TLS_RSA_WITH_AES_256_GCM_SHA384", "RSA", "AES-256-GCM", "AEAD"},
	{"TLS_RSA_WITH_AES_128_CBC_SHA", "RSA", "AES-128-CBC", "SHA1"},
	{"TLS_RSA_WITH_AES_256_CBC_SHA", "RSA", "AES-256-CBC", "SHA1"},
};

static const struct {
	const char *name, *group;
} curves[] = {
	{"X25519", "GROUP-X25519"},
	{"CurveP256", "GROUP-SECP256R1"},
	{"CurveP384", "GROUP-SECP384R1"},
	{"CurveP521", "GROUP-SECP521R1"},
};

static const struct {
	uint32_t number;
	const char *name;
} versions[] = {{13, "VERS-TLS1.3"}, {12, "VERS-TLS1.2"}, {11, "VERS-TLS1.1"}, {10, "VERS-TLS1.0"}};

static int put_suites(const Sawatch__Internal__WebTls *t, struct saw_buf *out, struct saw_err *err) {
	saw_buf_puts(out, ":-KX-ALL:-CIPHER-ALL:-MAC-ALL");
	for (size_t i = 0; i < t->n_ciphers; i++) {
		size_t k = 0;

		while (k < COUNT(suites) && strcmp(suites[k].name, t->ciphers[i]) != 0)
			k++;
		if (k == COUNT(suites))
			return saw_err_set(err, SAW_ECONFIG,
							   "cipher_suites: `%.60s` is not known, or too weak; expected such as %s", t->ciphers[i],
							   suites[3].name);
		if (suites[k].exchange)
			saw_buf_printf(out, ":+%s", suites[k].exchange);
		saw_buf_printf(out, ":+%s:+%s", suites[k].cipher, suites[k].mac);
	}
	return 0;
}

static int put_curves(const Sawatch__Internal__WebTls *t, struct saw_buf *out, struct saw_err *err) {
	saw_buf_puts(out, ":-GROUP-ALL");
	for (size_t i = 0; i < t->n_curves; i++) {
		size_t k = 0;

		while (k < COUNT(curves) && strcmp(curves[k].name, t->curves[i]) != 0)
			k++;
		if (k == COUNT(curves))
			return saw_err_set(
				err, SAW_ECONFIG,
				"curve_preferences: `%.60s` is not known; expected X25519, CurveP256, CurveP384, CurveP521",
				t->curves[i]);
		saw_buf_printf(out, ":+%s", curves[k].group);
	}
	return 0;
}

int saw_tls_priorities(const Sawatch__Internal__WebTls *t, struct saw_buf *out, struct saw_err *err) {
	int rc = 0;

	saw_buf_puts(out, "NORMAL:-VERS-ALL");
	for (size_t i = 0; i < COUNT(versions); i++)
		if (versions[i].number >= t->min_version && versions[i].number <= t->max_version)
			saw_buf_printf(out, ":+%s", versions[i].name);
	if (t->n_ciphers)
		rc = put_suites(t, out, err);
	if (rc == 0 && t->n_curves)
		rc = put_curves(t, out, err);
	if (t->prefer_server)
		saw_buf_puts(out, ":%SERVER_PRECEDENCE");
	if (rc == 0 && saw_buf_error(out))
		rc = saw_err_set(err, saw_buf_error(out), "too many ciphers or curves");
	return rc;
}

/* ---------------------------------------------------------------------------------------------------------------------- checks */

static gnutls_datum_t datum(const char *text) {
	return (gnutls_datum_t){(unsigned char *)(uintptr_t)text, (unsigned)strlen(text)};
}

static int complain(enum saw_tls_item *item, enum saw_tls_item is, int code, const char *what, struct saw_err *err) {
	*item = is;
	return saw_err_set(err, code == GNUTLS_E_MEMORY_ERROR ? -ENOMEM : SAW_ECONFIG, "%s: %s", what,
					   gnutls_strerror(code));
}

static int check_chain(const char *pem, int64_t *expires_s, enum saw_tls_item *item, struct saw_err *err) {
	gnutls_x509_crt_t chain[CHAIN_MAX];
	unsigned n = CHAIN_MAX;
	gnutls_datum_t d = datum(pem);
	int rc = gnutls_x509_crt_list_import(chain, &n, &d, GNUTLS_X509_FMT_PEM, 0);

	if (rc < 0)
		return complain(item, SAW_TLS_CERT, rc, "not a certificate (PEM)", err);
	*expires_s = INT64_MAX;
	for (int i = 0; i < rc; i++) {
		const time_t ends = gnutls_x509_crt_get_expiration_time(chain[i]);

		if (ends != (time_t)-1 && ends < *expires_s)
			*expires_s = ends;
		gnutls_x509_crt_deinit(chain[i]);
	}
	return 0;
}

static int check_priorities(const Sawatch__Internal__WebTls *t, enum saw_tls_item *item, struct saw_err *err) {
	struct saw_buf text = SAW_BUF_INIT(8192);
	gnutls_priority_t p;
	int rc = saw_tls_priorities(t, &text, err);

	*item = SAW_TLS_OTHER;
	if (rc == 0) {
		rc = gnutls_priority_init2(&p, saw_buf_text(&text), NULL, 0);
		if (rc < 0)
			rc = complain(item, SAW_TLS_OTHER, rc, "these versions, ciphers and curves do not go together", err);
		else
			gnutls_priority_deinit(p);
	}
	saw_buf_free(&text);
	return rc;
}

int saw_tls_check(const Sawatch__Internal__WebTls *t, int64_t *expires_s, enum saw_tls_item *item,
				  struct saw_err *err) {
	gnutls_certificate_credentials_t c;
	gnutls_datum_t cert = datum(t->cert), key = datum(t->key), ca;
	gnutls_x509_privkey_t alone;
	int rc = check_chain(t->cert, expires_s, item, err);

	if (rc == 0)
		rc = check_priorities(t, item, err);
	if (rc)
		return rc;
	if (gnutls_certificate_allocate_credentials(&c) < 0 || gnutls_x509_privkey_init(&alone) < 0)
		return saw_err_set(err, -ENOMEM, "no memory");
	rc = gnutls_x509_privkey_import2(alone, &key, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (rc < 0)
		rc = complain(item, SAW_TLS_KEY, rc, "not a private key without a passphrase (PEM)", err);
	else if ((rc = gnutls_certificate_set_x509_key_mem(c, &cert, &key, GNUTLS_X509_FMT_PEM)) < 0)
		rc = complain(item, SAW_TLS_KEY, rc, "not the key of the certificate", err);
	if (rc >= 0 && t->client_ca) {
		ca = datum(t->client_ca);
		rc = gnutls_certificate_set_x509_trust_mem(c, &ca, GNUTLS_X509_FMT_PEM);
		if (rc <= 0)
			rc = complain(item, SAW_TLS_CLIENT_CA, rc ? rc : GNUTLS_E_NO_CERTIFICATE_FOUND,
						  "no certificate (PEM) in it", err);
	}
	gnutls_x509_privkey_deinit(alone);
	gnutls_certificate_free_credentials(c);
	return rc < 0 ? rc : 0;
}

/* --------------------------------------------------------------------------------------------------------------------- clients */

struct saw_tls_policy {
	Sawatch__Internal__WebTls__ClientAuth auth;
	char **sans;
	size_t n_sans;
};

struct saw_tls_policy *saw_tls_policy_create(const Sawatch__Internal__WebTls *t) {
	struct saw_tls_policy *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->auth = t->client_auth;
	p->sans = calloc(t->n_client_sans + 1, sizeof *p->sans);
	for (; p->sans && p->n_sans < t->n_client_sans; p->n_sans++)
		if (!(p->sans[p->n_sans] = strdup(t->client_sans[p->n_sans])))
			break;
	if (p->sans && p->n_sans == t->n_client_sans)
		return p;
	saw_tls_policy_destroy(p);
	return NULL;
}

void saw_tls_policy_destroy(struct saw_tls_policy *p) {
	if (!p)
		return;
	for (size_t i = 0; p->sans && i < p->n_sans; i++)
		free(p->sans[i]);
	free(p->sans);
	free(p);
}

static bool is_allowed(const struct saw_tls_policy *p, struct saw_str name) {
	for (size_t i = 0; i < p->n_sans; i++)
		if (saw_str_eq(saw_str_of(p->sans[i]), name))
			return true;
	return false;
}

/* One of its subject alternative names is among those that are allowed. */
static bool has_allowed_name(const struct saw_tls_policy *p, gnutls_x509_crt_t cert) {
	for (unsigned i = 0;; i++) {
		char name[1024], text[SAW_ADDR_TEXT];
		size_t n = sizeof name;
		struct saw_addr address;
		int type = gnutls_x509_crt_get_subject_alt_name(cert, i, name, &n, NULL);

		if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			return false;
		if (type == GNUTLS_SAN_IPADDRESS && saw_addr_from_bytes((const uint8_t *)name, n, &address) == 0 &&
			is_allowed(p, saw_str_of(saw_addr_print(&address, text))))
			return true;
		if ((type == GNUTLS_SAN_DNSNAME || type == GNUTLS_SAN_RFC822NAME || type == GNUTLS_SAN_URI) &&
			is_allowed(p, (struct saw_str){name, n}))
			return true;
	}
}

static bool name_is_good(const struct saw_tls_policy *p, gnutls_session_t session) {
	unsigned n = 0;
	const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &n);
	gnutls_x509_crt_t cert;
	bool good;

	if (p->n_sans == 0)
		return true;
	if (!chain || n == 0 || gnutls_x509_crt_init(&cert) < 0)
		return false;
	good = gnutls_x509_crt_import(cert, &chain[0], GNUTLS_X509_FMT_DER) >= 0 && has_allowed_name(p, cert);
	gnutls_x509_crt_deinit(cert);
	return good;
}

/* Of every client. One that sent no certificate was refused already, where it must. */
static int verify(gnutls_session_t session) {
	const struct saw_tls_policy *p = gnutls_db_get_ptr(session);
	unsigned n = 0;
	gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID,
									 .data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT};
	unsigned status = 0;

	if (!gnutls_certificate_get_peers(session, &n) || n == 0)
		return 0;
	if (p->auth == SAWATCH__INTERNAL__WEB_TLS__CLIENT_AUTH__VERIFY ||
		p->auth == SAWATCH__INTERNAL__WEB_TLS__CLIENT_AUTH__VERIFY_IF_GIVEN)
		if (gnutls_certificate_verify_peers(session, &purpose, 1, &status) < 0 || status)
			return GNUTLS_E_CERTIFICATE_ERROR;
	return name_is_good(p, session) ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

void saw_tls_policy_apply(struct saw_tls_policy *p, void *session) {
	const bool must = p->auth == SAWATCH__INTERNAL__WEB_TLS__CLIENT_AUTH__VERIFY ||
					  p->auth == SAWATCH__INTERNAL__WEB_TLS__CLIENT_AUTH__REQUIRE_ANY;

	if (p->auth == SAWATCH__INTERNAL__WEB_TLS__CLIENT_AUTH__NO_CERT)
		return;
	gnutls_db_set_ptr(session, p); /* there is no session cache that would use it */
	gnutls_certificate_server_set_request(session, must ? GNUTLS_CERT_REQUIRE : GNUTLS_CERT_REQUEST);
	gnutls_session_set_verify_function(session, verify);
}
