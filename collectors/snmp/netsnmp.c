/* Net-SNMP behind wire.h: only its message encoding and its user-based security are used, none of its sessions. */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include "collectors/snmp/ber.h"
#include "collectors/snmp/wire.h"

#include <errno.h>
#include <stdlib.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define KEYS_KEPT 4096           /* two for each user */
#define AUTHENTICATED 1          /* a flag of a message */
#define TIME_WINDOW 150          /* seconds: RFC 3414, 2.2.3 */
#define VARBINDS_MAX (65536 / 7) /* in a datagram: none is shorter than seven bytes */

/* A password's key before it is bound to an engine: a megabyte is hashed for each, so they are kept. */
struct master_key {
	enum saw_snmp_auth auth;
	char *password;
	uint8_t key[USM_AUTH_KU_LEN];
	size_t n;
};

struct saw_snmp_engine {
	struct master_key keys[KEYS_KEPT];
	size_t next_key;
	uint64_t derivations;
};

struct saw_wire {
	netsnmp_session session; /* never opened: what the encoder takes its defaults from */
	struct usmUser *user;    /* with the keys for this engine; NULL for v1 and v2c, or while the engine is not known */
	uint8_t engine_id[SAW_ENGINE_ID_MAX];
	uint32_t boots, time;
	uint64_t time_ns; /* when the engine's clock said `time` */
	u_char *packet;
	size_t packet_cap;
	netsnmp_pdu *decoded;
	struct saw_varbind *varbinds;
	size_t varbinds_cap;
	uint32_t *subs;
	size_t subs_cap;
};

static const struct {
	int type;
	const char *name;
} auths[] = {
	[SAW_SNMP_AUTH_MD5] = {NETSNMP_USMAUTH_HMACMD5, "MD5"},
	[SAW_SNMP_AUTH_SHA1] = {NETSNMP_USMAUTH_HMACSHA1, "SHA-1"},
	[SAW_SNMP_AUTH_SHA224] = {NETSNMP_USMAUTH_HMAC128SHA224, "SHA-224"},
	[SAW_SNMP_AUTH_SHA256] = {NETSNMP_USMAUTH_HMAC192SHA256, "SHA-256"},
	[SAW_SNMP_AUTH_SHA384] = {NETSNMP_USMAUTH_HMAC256SHA384, "SHA-384"},
	[SAW_SNMP_AUTH_SHA512] = {NETSNMP_USMAUTH_HMAC384SHA512, "SHA-512"},
};

static const char *const privs[] = {
	[SAW_SNMP_PRIV_DES] = "DES",
	[SAW_SNMP_PRIV_AES128] = "AES",
	[SAW_SNMP_PRIV_AES192] = "AES-192",
	[SAW_SNMP_PRIV_AES256] = "AES-256",
	[SAW_SNMP_PRIV_AES192_CISCO] = "AES-192-C",
	[SAW_SNMP_PRIV_AES256_CISCO] = "AES-256-C",
};

static void wipe(void *p, size_t n) {
	volatile uint8_t *b = p;

	while (n--)
		*b++ = 0;
}

static void forget_key(struct master_key *k) {
	if (k->password) {
		wipe(k->password, strlen(k->password));
		free(k->password);
	}
	wipe(k, sizeof *k);
}

static void forget_keys(struct saw_snmp_engine *e) {
	for (size_t i = 0; i < KEYS_KEPT && i < e->next_key; i++)
		forget_key(&e->keys[i]);
	e->next_key = 0;
	e->derivations = 0;
}

static int master_key(struct saw_snmp_engine *e, enum saw_snmp_auth auth, const char *password,
					  const struct master_key **out) {
	struct master_key *k;
	size_t n_oid;
	oid *hash = sc_get_auth_oid(auths[auth].type, &n_oid);

	for (size_t i = 0; i < KEYS_KEPT && i < e->next_key; i++) {
		k = &e->keys[i];
		if (k->password && k->auth == auth && strcmp(k->password, password) == 0) {
			*out = k;
			return 0;
		}
	}
	k = &e->keys[e->next_key++ % KEYS_KEPT];
	forget_key(k);
	e->derivations++;
	k->auth = auth;
	k->n = sizeof k->key;
	k->password = strdup(password);
	if (!k->password ||
		generate_Ku(hash, (u_int)n_oid, (const u_char *)password, strlen(password), k->key, &k->n) != SNMPERR_SUCCESS) {
		forget_key(k);
		return -ENOMEM;
	}
	*out = k;
	return 0;
}

/* ------------------------------------------------------------------------------------- one user, for one call */

static void enter(const struct saw_wire *w, uint32_t boots, uint32_t engine_time) {
	if (!w->user)
		return;
	usm_add_user(w->user);
	set_enginetime(w->engine_id, (u_int)w->session.securityEngineIDLen, boots, engine_time, TRUE);
}

static void leave(struct saw_wire *w) {
	if (!w->user)
		return;
	usm_remove_user(w->user);
	w->user->next = w->user->prev = NULL;
	free_enginetime(w->engine_id, w->session.securityEngineIDLen);
}

static uint32_t engine_time_at(const struct saw_wire *w, uint64_t now_ns) {
	return w->time + (uint32_t)(now_ns > w->time_ns ? (now_ns - w->time_ns) / 1000000000 : 0);
}

/* ------------------------------------------------------------------------------------------------- life of a wire */

static int set_user(struct saw_wire *w, struct saw_snmp_engine *e, const struct saw_snmp_target *t,
					struct saw_err *err) {
	netsnmp_session *s = &w->session;
	const struct master_key *k;
	size_t n;

	if (!t->user || !t->user[0])
		return saw_err_set(err, SAW_ECONFIG, "%s: SNMPv3 needs a user", t->device);
	if (t->priv != SAW_SNMP_PRIV_NONE && t->auth == SAW_SNMP_AUTH_NONE)
		return saw_err_set(err, SAW_ECONFIG, "%s: SNMPv3 privacy needs authentication", t->device);
	if ((unsigned)t->auth >= COUNT(auths) || (unsigned)t->priv >= COUNT(privs))
		return saw_err_set(err, SAW_ECONFIG, "%s: SNMPv3 algorithm not known", t->device);
	s->securityModel = SNMP_SEC_MODEL_USM;
	s->securityLevel = SNMP_SEC_LEVEL_NOAUTH;
	s->securityName = (char *)(uintptr_t)t->user;
	s->securityNameLen = strlen(t->user);
	s->contextName = (char *)(uintptr_t)(t->context ? t->context : "");
	s->contextNameLen = strlen(s->contextName);
	if (s->securityNameLen > 32 || s->contextNameLen > 32)
		return saw_err_set(err, SAW_ECONFIG, "%s: an SNMPv3 user or context name has at most 32 bytes", t->device);
	s->securityAuthProto = usmNoAuthProtocol;
	s->securityAuthProtoLen = OID_LENGTH(usmNoAuthProtocol);
	s->securityPrivProto = usmNoPrivProtocol;
	s->securityPrivProtoLen = OID_LENGTH(usmNoPrivProtocol);
	if (t->auth == SAW_SNMP_AUTH_NONE)
		return 0;
	if (!t->auth_password || strlen(t->auth_password) < USM_LENGTH_P_MIN)
		return saw_err_set(err, SAW_ECONFIG, "%s: the SNMPv3 authentication password needs at least 8 characters",
						   t->device);
	s->securityLevel = SNMP_SEC_LEVEL_AUTHNOPRIV;
	s->securityAuthProto = sc_get_auth_oid(auths[t->auth].type, &n);
	s->securityAuthProtoLen = n;
	if (!s->securityAuthProto)
		return saw_err_set(err, SAW_ECONFIG, "%s: this Net-SNMP has no %s", t->device, auths[t->auth].name);
	if (master_key(e, t->auth, t->auth_password, &k) != 0)
		return saw_err_set(err, -ENOMEM, "%s: no memory for a key", t->device);
	memcpy(s->securityAuthKey, k->key, k->n);
	s->securityAuthKeyLen = k->n;
	if (t->priv == SAW_SNMP_PRIV_NONE)
		return 0;
	if (!t->priv_password || strlen(t->priv_password) < USM_LENGTH_P_MIN)
		return saw_err_set(err, SAW_ECONFIG, "%s: the SNMPv3 privacy password needs at least 8 characters", t->device);
	s->securityLevel = SNMP_SEC_LEVEL_AUTHPRIV;
	s->securityPrivProto = sc_get_priv_oid(usm_lookup_priv_type(privs[t->priv]), &n);
	s->securityPrivProtoLen = n;
	if (!s->securityPrivProto)
		return saw_err_set(err, SAW_ECONFIG, "%s: this Net-SNMP has no %s", t->device, privs[t->priv]);
	if (master_key(e, t->auth, t->priv_password, &k) != 0)
		return saw_err_set(err, -ENOMEM, "%s: no memory for a key", t->device);
	memcpy(s->securityPrivKey, k->key, k->n);
	s->securityPrivKeyLen = k->n;
	return 0;
}

struct saw_wire *saw_wire_create(struct saw_snmp_engine *e, const struct saw_snmp_target *t, struct saw_err *err) {
	struct saw_wire *w = calloc(1, sizeof *w);

	if (!w) {
		saw_err_set(err, -ENOMEM, "%s: no memory", t->device);
		return NULL;
	}
	snmp_sess_init(&w->session);
	if (t->version == SAW_SNMP_V3) {
		w->session.version = SNMP_VERSION_3;
		if (set_user(w, e, t, err) != 0) {
			saw_wire_destroy(w);
			return NULL;
		}
		return w;
	}
	w->session.version = t->version == SAW_SNMP_V1 ? SNMP_VERSION_1 : SNMP_VERSION_2c;
	w->session.community = (u_char *)(uintptr_t)t->community;
	w->session.community_len = t->community ? strlen(t->community) : 0;
	if (!w->session.community_len || w->session.community_len > 255) {
		saw_err_set(err, SAW_ECONFIG, "%s: SNMP%s needs a community of 1 to 255 bytes", t->device,
					t->version == SAW_SNMP_V1 ? "v1" : "v2c");
		saw_wire_destroy(w);
		return NULL;
	}
	return w;
}

static void free_user(struct saw_wire *w) {
	if (w->user) {
		if (w->user->authKey)
			wipe(w->user->authKey, w->user->authKeyLen);
		if (w->user->privKey)
			wipe(w->user->privKey, w->user->privKeyLen);
		usm_free_user(w->user);
	}
	w->user = NULL;
}

static void free_decoded(struct saw_wire *w) {
	if (w->decoded)
		snmp_free_pdu(w->decoded);
	w->decoded = NULL;
}

void saw_wire_destroy(struct saw_wire *w) {
	if (!w)
		return;
	free_decoded(w);
	free_user(w);
	free(w->packet);
	free(w->varbinds);
	free(w->subs);
	wipe(w, sizeof *w);
	free(w);
}

void saw_wire_set_context(struct saw_wire *w, const char *context, const char *community) {
	netsnmp_session *s = &w->session;

	if (s->version == SNMP_VERSION_3) {
		s->contextName = (char *)(uintptr_t)(context ? context : "");
		s->contextNameLen = strlen(s->contextName);
	} else if (community) {
		s->community = (u_char *)(uintptr_t)community;
		s->community_len = strlen(community);
	}
}

bool saw_wire_ready(const struct saw_wire *w) {
	return w->session.version != SNMP_VERSION_3 || w->user;
}

bool saw_wire_is_engine(const struct saw_wire *w, const struct saw_usm_header *h) {
	return w->user && w->session.securityEngineIDLen == h->n_engine_id &&
		   memcmp(w->engine_id, h->engine_id, h->n_engine_id) == 0;
}

void saw_wire_forget_engine(struct saw_wire *w) {
	free_user(w);
}

int saw_wire_set_engine(struct saw_wire *w, const struct saw_usm_header *h, uint64_t now_ns) {
	netsnmp_session *s = &w->session;

	if (h->n_engine_id < SAW_ENGINE_ID_MIN || h->n_engine_id > SAW_ENGINE_ID_MAX)
		return SAW_EFORMAT;
	if (!saw_wire_is_engine(w, h))
		free_user(w);
	w->boots = h->boots;
	w->time = h->time;
	w->time_ns = now_ns;
	if (w->user)
		return 0;
	memcpy(w->engine_id, h->engine_id, h->n_engine_id);
	s->securityEngineID = w->engine_id;
	s->securityEngineIDLen = h->n_engine_id;
	/* The library makes the keys and puts the user into its list; it is taken out again until it is needed. It does so once in
	 * the life of a session, whatever engine comes after, unless the session forgets. */
	s->flags &= ~(u_long)SNMP_FLAGS_USER_CREATED;
	if (usm_create_user_from_session(s) != SNMPERR_SUCCESS)
		return -ENOMEM;
	w->user = usm_get_user(w->engine_id, h->n_engine_id, s->securityName);
	if (!w->user)
		return -ENOMEM;
	leave(w);
	return 0;
}

/* ---------------------------------------------------------------------------------------------- what Net-SNMP cuts off */

/* Of the message at hand: which varbinds hold an integer that is none of its type. One thread, one message at a time. */
static struct {
	uint64_t bits[VARBINDS_MAX / 64 + 1];
	bool any;
} misfits;

static void find_misfits(struct saw_ber pdu) {
	struct saw_ber varbinds;
	bool fits;

	if (!saw_ber_varbinds(pdu, &varbinds))
		return;
	for (size_t i = 0; i < VARBINDS_MAX && saw_ber_value_fits(&varbinds, &fits); i++)
		if (!fits) {
			misfits.bits[i / 64] |= UINT64_C(1) << i % 64;
			misfits.any = true;
		}
}

static bool is_misfit(size_t i) {
	return misfits.any && i < VARBINDS_MAX && misfits.bits[i / 64] >> i % 64 & 1;
}

static SecmodInMsg *library_decode;

/* Between the library's deciphering of an SNMPv3 message and its parsing of what was in it. */
static int decode_and_look(struct snmp_secmod_incoming_params *params) {
	int rc = library_decode(params);
	struct saw_ber pdu;

	if (rc == SNMPERR_SUCCESS && saw_ber_scoped_pdu(*params->scopedPdu, *params->scopedPduLen, &pdu))
		find_misfits(pdu);
	return rc;
}

/* ------------------------------------------------------------------------------------------------------- messages */

static netsnmp_pdu *pdu_of(const struct saw_request *request) {
	static const int commands[] = {SNMP_MSG_GET, SNMP_MSG_GETNEXT, SNMP_MSG_GETBULK};
	netsnmp_pdu *pdu = snmp_pdu_create(commands[request->kind]);
	oid name[SAW_OID_MAX];

	if (!pdu)
		return NULL;
	if (request->kind == SAW_REQUEST_GETBULK) {
		pdu->non_repeaters = 0;
		pdu->max_repetitions = request->repetitions;
	}
	for (size_t i = 0; i < request->n; i++) {
		for (size_t k = 0; k < request->oids[i].n; k++)
			name[k] = request->oids[i].sub[k];
		if (!snmp_add_null_var(pdu, name, request->oids[i].n)) {
			snmp_free_pdu(pdu);
			return NULL;
		}
	}
	return pdu;
}

static bool add_value(netsnmp_pdu *pdu, const struct saw_varbind *v) {
	oid name[SAW_OID_MAX], value[SAW_OID_MAX];
	struct counter64 wide = {.high = v->u >> 32, .low = v->u & UINT32_MAX};
	long integer = (long)v->i;
	u_long number = (u_long)v->u;

	for (size_t i = 0; i < v->n_name; i++)
		name[i] = v->name[i];
	switch (v->type) {
	case SAW_VALUE_INTEGER:
		return snmp_pdu_add_variable(pdu, name, v->n_name, ASN_INTEGER, &integer, sizeof integer) != NULL;
	case SAW_VALUE_UNSIGNED:
		if (v->tag == SAW_TAG_COUNTER64)
			return snmp_pdu_add_variable(pdu, name, v->n_name, ASN_COUNTER64, &wide, sizeof wide) != NULL;
		return snmp_pdu_add_variable(pdu, name, v->n_name, v->tag, &number, sizeof number) != NULL;
	case SAW_VALUE_OCTETS:
		return snmp_pdu_add_variable(pdu, name, v->n_name, ASN_OCTET_STR, v->bytes, v->n) != NULL;
	case SAW_VALUE_OID:
		for (size_t i = 0; i < v->n; i++)
			value[i] = v->oid[i];
		return snmp_pdu_add_variable(pdu, name, v->n_name, ASN_OBJECT_ID, value, v->n * sizeof *value) != NULL;
	default:
		return snmp_add_null_var(pdu, name, v->n_name) != NULL;
	}
}

/* Takes the PDU. */
static int encode(struct saw_wire *w, netsnmp_pdu *pdu, int32_t id, uint64_t now_ns, const uint8_t **out, size_t *len) {
	size_t offset = 0, room;
	int rc;

	if (!pdu)
		return -ENOMEM;
	if (!w->packet) {
		w->packet_cap = 4096;
		w->packet = malloc(w->packet_cap);
	}
	if (!w->packet) {
		snmp_free_pdu(pdu);
		return -ENOMEM;
	}
	pdu->version = w->session.version;
	pdu->reqid = pdu->msgid = id;
	room = w->packet_cap;
	enter(w, w->boots, engine_time_at(w, now_ns));
	rc = snmp_build(&w->packet, &room, &offset, &w->session, pdu);
	leave(w);
	snmp_free_pdu(pdu);
	if (room > w->packet_cap)
		w->packet_cap = room;
	if (rc < 0)
		return w->session.s_snmp_errno == SNMPERR_MALLOC ? -ENOMEM : SAW_EFORMAT;
	if (netsnmp_ds_get_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_REVERSE_ENCODE)) {
		*out = w->packet + room - offset;
		*len = offset;
	} else {
		*out = w->packet;
		*len = room;
	}
	return 0;
}

int saw_wire_encode(struct saw_wire *w, const struct saw_request *request, int32_t id, uint64_t now_ns,
					const uint8_t **out, size_t *len) {
	return encode(w, pdu_of(request), id, now_ns, out, len);
}

int saw_wire_encode_notification(struct saw_wire *w, bool inform, const struct saw_varbind *values, size_t n,
								 int32_t id, uint64_t now_ns, const uint8_t **out, size_t *len) {
	netsnmp_pdu *pdu = snmp_pdu_create(inform ? SNMP_MSG_INFORM : SNMP_MSG_TRAP2);

	for (size_t i = 0; pdu && i < n; i++)
		if (values[i].n_name > SAW_OID_MAX || (values[i].type == SAW_VALUE_OID && values[i].n > SAW_OID_MAX) ||
			!add_value(pdu, &values[i])) {
			snmp_free_pdu(pdu);
			return SAW_EFORMAT;
		}
	return encode(w, pdu, id, now_ns, out, len);
}

static void value_of(const netsnmp_variable_list *v, struct saw_varbind *out, uint32_t **subs) {
	out->n = 0;
	out->u = 0;
	out->tag = v->type;
	switch (v->type) {
	case ASN_INTEGER:
		out->type = SAW_VALUE_INTEGER;
		out->i = *v->val.integer;
		return;
	case ASN_COUNTER:
	case ASN_GAUGE:
	case ASN_TIMETICKS:
	case ASN_UINTEGER:
		out->type = SAW_VALUE_UNSIGNED;
		out->u = (uint32_t)*v->val.integer;
		return;
	case ASN_COUNTER64:
		out->type = SAW_VALUE_UNSIGNED;
		out->u = (uint64_t)v->val.counter64->high << 32 | (uint32_t)v->val.counter64->low;
		return;
	case ASN_OCTET_STR:
	case ASN_IPADDRESS:
		out->type = v->type == ASN_OCTET_STR ? SAW_VALUE_OCTETS : SAW_VALUE_ADDRESS;
		out->bytes = v->val.string;
		out->n = v->val_len;
		return;
	case ASN_OBJECT_ID:
		out->type = SAW_VALUE_OID;
		out->oid = *subs;
		out->n = v->val_len / sizeof(oid);
		for (size_t i = 0; i < out->n; i++)
			*(*subs)++ = (uint32_t)v->val.objid[i];
		return;
	case ASN_NULL:
	case SNMP_NOSUCHOBJECT:
	case SNMP_NOSUCHINSTANCE:
		out->type = SAW_VALUE_NONE;
		return;
	case SNMP_ENDOFMIBVIEW:
		out->type = SAW_VALUE_END;
		return;
	default:
		out->type = SAW_VALUE_OTHER;
	}
}

static int translate(struct saw_wire *w, const netsnmp_pdu *pdu, struct saw_answer *out) {
	size_t n = 0, n_subs = 0;
	uint32_t *subs;

	for (const netsnmp_variable_list *v = pdu->variables; v; v = v->next_variable) {
		n++;
		n_subs += v->name_length + (v->type == ASN_OBJECT_ID ? v->val_len / sizeof(oid) : 0);
	}
	if (n > w->varbinds_cap) {
		struct saw_varbind *p = realloc(w->varbinds, n * sizeof *p);

		if (!p)
			return -ENOMEM;
		w->varbinds = p;
		w->varbinds_cap = n;
	}
	if (n_subs > w->subs_cap) {
		subs = realloc(w->subs, n_subs * sizeof *subs);
		if (!subs)
			return -ENOMEM;
		w->subs = subs;
		w->subs_cap = n_subs;
	}
	subs = w->subs;
	n = 0;
	for (const netsnmp_variable_list *v = pdu->variables; v; v = v->next_variable, n++) {
		w->varbinds[n].name = subs;
		w->varbinds[n].n_name = v->name_length;
		for (size_t i = 0; i < v->name_length; i++)
			*subs++ = (uint32_t)v->name[i];
		value_of(v, &w->varbinds[n], &subs);
		if (is_misfit(n))
			w->varbinds[n].type = SAW_VALUE_OTHER;
	}
	out->varbinds = w->varbinds;
	out->n = n;
	return 0;
}

/* Net-SNMP keeps what a message said of its sender for the answer to it; there is none to an answer. */
static void free_security_state(netsnmp_pdu *pdu) {
	struct snmp_secmod_def *mod = find_sec_mod(pdu->securityModel);

	if (pdu->securityStateRef && mod && mod->pdu_free_state_ref)
		mod->pdu_free_state_ref(pdu->securityStateRef);
	pdu->securityStateRef = NULL;
}

static netsnmp_pdu *parse(struct saw_wire *w, const uint8_t *data, size_t n, uint32_t boots, uint32_t engine_time) {
	netsnmp_pdu *pdu = calloc(1, sizeof *pdu);
	struct saw_ber inner;
	int rc;

	if (!pdu)
		return NULL;
	if (misfits.any)
		memset(&misfits, 0, sizeof misfits);
	if (w->session.version != SNMP_VERSION_3 && saw_ber_message_pdu(data, n, &inner))
		find_misfits(inner);
	enter(w, boots, engine_time);
	rc = snmp_parse(NULL, &w->session, pdu, (u_char *)(uintptr_t)data, n);
	leave(w);
	free_security_state(pdu);
	if (rc == 0)
		return pdu;
	snmp_free_pdu(pdu);
	return NULL;
}

/* RFC 3414, 3.2, step 7b: what was said before the engine's last word that we know. The library cannot be asked twice: it blanks the
 * digest of what it reads. */
static bool is_old(const struct saw_wire *w, const struct saw_usm_header *h, uint64_t now_ns) {
	return h->boots < w->boots || (h->boots == w->boots && (uint64_t)h->time + TIME_WINDOW < engine_time_at(w, now_ns));
}

int saw_wire_decode(struct saw_wire *w, const uint8_t *data, size_t n, uint64_t now_ns, struct saw_answer *out) {
	struct saw_usm_header h = {0};
	bool v3 = w->session.version == SNMP_VERSION_3, old;

	memset(out, 0, sizeof *out);
	free_decoded(w);
	if (v3 && (saw_usm_header(data, n, &h) != 0 || !w->user))
		return SAW_EFORMAT;
	/* A Report that our clock is wrong is itself outside of our window: it is read by its own time, nothing else is. */
	old = v3 && h.flags & AUTHENTICATED && is_old(w, &h, now_ns);
	w->decoded = old ? parse(w, data, n, h.boots, h.time) : parse(w, data, n, w->boots, engine_time_at(w, now_ns));
	if (old && w->decoded && w->decoded->command != SNMP_MSG_REPORT) {
		free_decoded(w);
		return SAW_EAUTH;
	}
	if (!w->decoded)
		switch (w->session.s_snmp_errno) {
		case SNMPERR_USM_AUTHENTICATIONFAILURE:
		case SNMPERR_USM_DECRYPTIONERROR:
		case SNMPERR_USM_NOTINTIMEWINDOW:
			return SAW_EAUTH;
		default:
			return SAW_EFORMAT;
		}
	out->report = w->decoded->command == SNMP_MSG_REPORT;
	if (!out->report && w->decoded->command != SNMP_MSG_RESPONSE)
		return SAW_EFORMAT;
	/* What was asked for with a key is not answered without. */
	if (v3 && !out->report && w->decoded->securityLevel != w->session.securityLevel)
		return SAW_EAUTH;
	out->request_id = (int32_t)(out->report ? h.message_id : w->decoded->reqid);
	out->error_status = w->decoded->errstat;
	return translate(w, w->decoded, out);
}

/* --------------------------------------------------------------------------------------------------------- engine */

/* Everything that loads a table, a provider or a file does so now: afterwards the process may be forbidden to open any. */
static void warm_up(struct saw_snmp_engine *e) {
	struct saw_usm_header h = {.engine_id = {0x80, 0, 0x1f, 0x88, 4}, .n_engine_id = 5};
	static struct saw_request request = {.kind = SAW_REQUEST_GET, .n = 1, .oids = {{.sub = {1, 3, 6, 1}, .n = 4}}};
	struct saw_snmp_target t = {.device = "warm-up",
								.version = SAW_SNMP_V3,
								.user = "warm-up",
								.auth_password = "warm-up-key",
								.priv_password = "warm-up-key"};
	const uint8_t *packet;
	struct saw_answer answer;
	size_t n;

	for (int auth = SAW_SNMP_AUTH_MD5; auth <= SAW_SNMP_AUTH_SHA512; auth++)
		for (int priv = SAW_SNMP_PRIV_DES; priv <= SAW_SNMP_PRIV_AES256_CISCO; priv++) {
			struct saw_wire *w;

			t.auth = (enum saw_snmp_auth)auth;
			t.priv = (enum saw_snmp_priv)priv;
			w = saw_wire_create(e, &t, NULL);
			if (w && saw_wire_set_engine(w, &h, 0) == 0 && saw_wire_encode(w, &request, 1, 0, &packet, &n) == 0) {
				uint8_t *copy = malloc(n);

				if (copy)
					saw_wire_decode(w, memcpy(copy, packet, n), n, 0, &answer);
				free(copy);
			}
			saw_wire_destroy(w);
		}
	forget_keys(e);
}

struct saw_snmp_engine *saw_snmp_engine_create(struct saw_err *err) {
	struct saw_snmp_engine *e = calloc(1, sizeof *e);
	struct snmp_secmod_def *usm;

	if (!e) {
		saw_err_set(err, -ENOMEM, "no memory for the SNMP engine");
		return NULL;
	}
	/* No configuration files, no MIB files, no state on disk, nothing on standard error: the device's word is all we read. */
	setenv("MIBS", "", 1);
	setenv("MIBDIRS", "", 1);
	/* Below this nothing can be made or found, not even the folder for certificates that the library wants to have. */
	netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_PERSISTENT_DIR, "/dev/null");
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE, 1);
	snmp_disable_log();
	netsnmp_register_loghandler(NETSNMP_LOGHANDLER_NONE, LOG_DEBUG);
	init_snmp("sawatch");
	usm = find_sec_mod(SNMP_SEC_MODEL_USM);
	if (!usm) {
		free(e);
		saw_err_set(err, SAW_ECONFIG, "this Net-SNMP has no user-based security");
		return NULL;
	}
	if (usm->decode != decode_and_look)
		library_decode = usm->decode;
	usm->decode = decode_and_look;
	warm_up(e);
	return e;
}

uint64_t saw_snmp_engine_derivations(const struct saw_snmp_engine *e) {
	return e->derivations;
}

void saw_snmp_engine_destroy(struct saw_snmp_engine *e) {
	if (!e)
		return;
	forget_keys(e);
	free(e);
	snmp_shutdown("sawatch");
}
