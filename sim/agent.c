#include "sim/agent.h"

#include "sim/mib.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>

/* A message that needs no fragments on Ethernet; less what is around the variable bindings. */
#define MESSAGE_MAX 1472
#define AROUND_V2C 48
#define AROUND_V3 200

#define WAITING_MAX 1024 /* answers that are delayed */

struct waiting {
	uint64_t due_ms;
	netsnmp_pdu *pdu;
};

struct saw_sim_agent {
	struct saw_sim_mib **mibs; /* one, or those of a fleet */
	size_t mib_count;
	struct saw_sim_mib *mib; /* of the request under way */
	const struct saw_sim_agent_options *options;
	enum saw_sim_dev dev;
	uint32_t boots;
	int fd;
	uint16_t port;
	void *session;
	long unknown_contexts;
	uint64_t now_ms, clock_ms; /* of the read that is under way */
	struct waiting waiting[WAITING_MAX];
	size_t first, count;
};

struct algorithm {
	const char *name, *library_name;
};
static const struct algorithm auths[] = {{"sha", "SHA"},        {"sha224", "SHA-224"}, {"sha256", "SHA-256"},
										 {"sha384", "SHA-384"}, {"sha512", "SHA-512"}, {NULL, NULL}};
static const struct algorithm privs[] = {
	{"aes128", "AES"}, {"aes192", "AES-192-C"}, {"aes256", "AES-256-C"}, {NULL, NULL}};

static const char *library_name(const struct algorithm *table, const char *name) {
	for (; table->name; table++) {
		if (name && strcmp(table->name, name) == 0) {
			return table->library_name;
		}
	}
	return NULL;
}

int saw_sim_agent_check(const struct saw_sim_agent_options *o, struct saw_err *err) {
	if (!o->user) {
		return 0;
	}
	if (!library_name(auths, o->auth)) {
		return saw_err_set(err, SAW_EFORMAT, "--v3-auth: expected sha, sha224, sha256, sha384 or sha512");
	}
	if (!library_name(privs, o->priv)) {
		return saw_err_set(err, SAW_EFORMAT, "--v3-priv: expected aes128, aes192 or aes256");
	}
	if (!o->auth_secret || strlen(o->auth_secret) < 8 || !o->priv_secret || strlen(o->priv_secret) < 8) {
		return saw_err_set(err, SAW_EFORMAT,
						   "an SNMPv3 user needs --v3-auth-file and --v3-priv-file with 8 characters or more");
	}
	return 0;
}

/* --------------------------------------------------------------------------------------------------------------- answering */

static void to_library(const struct saw_sim_oid *in, oid out[MAX_OID_LEN]) {
	for (size_t i = 0; i < in->n; i++) {
		out[i] = in->id[i];
	}
}

static void from_library(const netsnmp_variable_list *v, struct saw_sim_oid *out) {
	out->n = v->name_length < SAW_SIM_OID_MAX ? v->name_length : SAW_SIM_OID_MAX;
	for (size_t i = 0; i < out->n; i++) {
		out->id[i] = (uint32_t)v->name[i];
	}
}

static int add(void *ctx, const struct saw_sim_oid *name, const struct saw_sim_value *value) {
	netsnmp_pdu *pdu = ctx;
	oid id[MAX_OID_LEN], oid_value[MAX_OID_LEN];
	long integer = (long)value->number;
	struct counter64 wide = {(u_long)(value->number >> 32), (u_long)(value->number & UINT32_MAX)};
	const void *data = NULL;
	size_t size = 0;
	switch (value->type) {
	case SAW_SIM_OCTETS:
	case SAW_SIM_IPADDRESS:
		data = value->bytes;
		size = value->len;
		break;
	case SAW_SIM_OID:
		to_library(&value->oid, oid_value);
		data = oid_value;
		size = value->oid.n * sizeof(oid_value[0]);
		break;
	case SAW_SIM_COUNTER64:
		data = &wide;
		size = sizeof(wide);
		break;
	case SAW_SIM_NO_OBJECT:
	case SAW_SIM_NO_INSTANCE:
	case SAW_SIM_END_OF_MIB:
		break;
	default:
		data = &integer;
		size = sizeof(integer);
		break;
	}
	to_library(name, id);
	return snmp_pdu_add_variable(pdu, id, name->n, (u_char)value->type, data, size) ? 0 : -ENOMEM;
}

/* An SNMPv2c community may be followed by @CONTEXT, or by the -NUMBER of a device. */
static bool is_known(struct saw_sim_agent *a, struct saw_str community, struct saw_str *context) {
	struct saw_str known = saw_str_of(a->options->community);
	uint64_t number;
	*context = SAW_STR("");
	if (!saw_str_starts(community, known)) {
		return false;
	}
	struct saw_str more = {community.p + known.n, community.n - known.n};
	if (more.n == 0) {
		return true;
	}
	struct saw_str name = {more.p + 1, more.n - 1};
	if (more.p[0] == '@') {
		*context = name;
		return true;
	}
	if (more.p[0] != '-' || saw_parse_u64(name, a->mib_count, &number) != 0 || number == 0) {
		return false;
	}
	a->mib = a->mibs[number - 1];
	return true;
}

/* Who asks, which device, and for which context. */
static bool is_welcome(struct saw_sim_agent *a, const netsnmp_pdu *pdu, struct saw_str *context) {
	a->mib = a->mibs[0];
	if (pdu->version == SNMP_VERSION_2c) {
		return is_known(a, (struct saw_str){(const char *)pdu->community, pdu->community_len}, context);
	}
	*context = (struct saw_str){pdu->contextName, pdu->contextNameLen};
	return pdu->version == SNMP_VERSION_3 && a->options->user;
}

static size_t room_for(const netsnmp_pdu *pdu) {
	size_t max = MESSAGE_MAX, around = AROUND_V2C + pdu->community_len;
	if (pdu->version == SNMP_VERSION_3) {
		around = AROUND_V3;
		if (pdu->msgMaxSize > 0 && (size_t)pdu->msgMaxSize < max) {
			max = (size_t)pdu->msgMaxSize;
		}
	}
	return max > around ? max - around : 0;
}

static void send_answer(struct saw_sim_agent *a, netsnmp_pdu *pdu) {
	if (!snmp_sess_send(a->session, pdu)) {
		snmp_free_pdu(pdu);
	}
}

static void answer(struct saw_sim_agent *a, netsnmp_pdu *pdu) {
	if (a->options->delay_ms == 0) {
		send_answer(a, pdu);
	} else if (a->count == WAITING_MAX) {
		snmp_free_pdu(pdu); /* a full queue loses datagrams, as it does elsewhere */
	} else {
		a->waiting[(a->first + a->count++) % WAITING_MAX] = (struct waiting){a->clock_ms + a->options->delay_ms, pdu};
	}
}

static int fill_single(struct saw_sim_agent *a, const netsnmp_pdu *request, bool next, size_t room,
					   netsnmp_pdu *reply) {
	struct saw_sim_oid name;
	struct saw_sim_value value;
	for (const netsnmp_variable_list *v = request->variables; v; v = v->next_variable) {
		from_library(v, &name);
		if (next) {
			saw_sim_mib_next(a->mib, a->now_ms, &name, &name, &value);
		} else {
			saw_sim_mib_get(a->mib, a->now_ms, &name, &value);
		}
		size_t size = saw_sim_varbind_size(&name, &value);
		if (size > room) {
			return SNMP_ERR_TOOBIG;
		}
		room -= size;
		if (add(reply, &name, &value) != 0) {
			return SNMP_ERR_GENERR;
		}
	}
	return SNMP_ERR_NOERROR;
}

static int fill_bulk(struct saw_sim_agent *a, const netsnmp_pdu *request, size_t room, netsnmp_pdu *reply) {
	struct saw_sim_oid asked[SAW_SIM_BULK_VARIABLES];
	size_t count = 0;
	size_t repetitions = request->max_repetitions > 0 ? (size_t)request->max_repetitions : 0;
	size_t non_repeaters = request->non_repeaters > 0 ? (size_t)request->non_repeaters : 0;
	for (const netsnmp_variable_list *v = request->variables; v; v = v->next_variable) {
		if (count == SAW_SIM_BULK_VARIABLES) {
			return SNMP_ERR_TOOBIG;
		}
		from_library(v, &asked[count++]);
	}
	if (saw_sim_mib_too_big(a->mib, repetitions)) {
		return SNMP_ERR_TOOBIG;
	}
	int n = saw_sim_mib_bulk(a->mib, a->now_ms, asked, count, non_repeaters, repetitions, room, add, reply);
	bool wanted = count > 0 && (repetitions > 0 || non_repeaters > 0);
	return n < 0 ? SNMP_ERR_GENERR : n == 0 && wanted ? SNMP_ERR_TOOBIG : SNMP_ERR_NOERROR;
}

static int fill(struct saw_sim_agent *a, const netsnmp_pdu *request, netsnmp_pdu *reply) {
	size_t room = room_for(request);
	switch (request->command) {
	case SNMP_MSG_GET:
		return fill_single(a, request, false, room, reply);
	case SNMP_MSG_GETNEXT:
		return fill_single(a, request, true, room, reply);
	case SNMP_MSG_GETBULK:
		return fill_bulk(a, request, room, reply);
	default:
		return SNMP_ERR_NOTWRITABLE;
	}
}

static bool keeps_silent(struct saw_sim_agent *a, const netsnmp_pdu *pdu) {
	struct saw_sim_oid name = {{0}, 0};
	bool bulk = pdu->command == SNMP_MSG_GETBULK;
	size_t repetitions = bulk && pdu->max_repetitions > 0 ? (size_t)pdu->max_repetitions : 0;
	bool silent = saw_sim_mib_silent(a->mib, &name, bulk, repetitions);
	for (const netsnmp_variable_list *v = pdu->variables; v && !silent; v = v->next_variable) {
		from_library(v, &name);
		silent = saw_sim_mib_silent(a->mib, &name, bulk, repetitions);
	}
	return silent;
}

static bool is_request(int command) {
	return command == SNMP_MSG_GET || command == SNMP_MSG_GETNEXT || command == SNMP_MSG_GETBULK ||
		   command == SNMP_MSG_SET;
}

/* RFC 3413, 3.2: a context that is not there is answered with a Report. */
static void report_context(struct saw_sim_agent *a, netsnmp_pdu *reply) {
	static const oid unknown_contexts[] = {1, 3, 6, 1, 6, 3, 12, 1, 5, 0};
	const long count = ++a->unknown_contexts;
	snmp_free_varbind(reply->variables);
	reply->variables = NULL;
	reply->command = SNMP_MSG_REPORT;
	snmp_pdu_add_variable(reply, unknown_contexts, OID_LENGTH(unknown_contexts), ASN_COUNTER, &count, sizeof(count));
	answer(a, reply);
}

/* The library's callback: a decoded and, for v3, verified request. It frees the request. */
static int on_pdu(int operation, netsnmp_session *session, int reqid, netsnmp_pdu *pdu, void *magic) {
	struct saw_sim_agent *a = magic;
	struct saw_str context;
	(void)session;
	(void)reqid;
	if (operation != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE || !is_request(pdu->command) ||
		!is_welcome(a, pdu, &context) || keeps_silent(a, pdu)) {
		return 1;
	}
	bool known = saw_sim_mib_context(a->mib, context) == 0;
	if (!known && pdu->version != SNMP_VERSION_3) {
		return 1; /* a community of no context is no community */
	}
	netsnmp_pdu *reply = snmp_clone_pdu(pdu);
	if (!reply) {
		return 1;
	}
	reply->command = SNMP_MSG_RESPONSE;
	reply->flags &= ~(u_long)UCD_MSG_FLAG_EXPECT_RESPONSE;
	reply->errindex = 0;
	if (pdu->version == SNMP_VERSION_3 && pdu->securityLevel < SNMP_SEC_LEVEL_AUTHPRIV) {
		reply->errstat = SNMP_ERR_AUTHORIZATIONERROR;
		answer(a, reply);
		return 1;
	}
	if (!known) {
		report_context(a, reply);
		return 1;
	}
	if (pdu->command != SNMP_MSG_SET) {
		snmp_free_varbind(reply->variables);
		reply->variables = NULL;
	}
	reply->errstat = fill(a, pdu, reply);
	if (reply->errstat == SNMP_ERR_NOTWRITABLE) {
		reply->errindex = 1;
	} else if (reply->errstat != SNMP_ERR_NOERROR) {
		snmp_free_varbind(reply->variables);
		reply->variables = NULL;
	}
	answer(a, reply);
	return 1;
}

void saw_sim_agent_read(struct saw_sim_agent *a, uint64_t now_ms, uint64_t clock_ms) {
	fd_set fds;
	a->now_ms = now_ms;
	a->clock_ms = clock_ms;
	FD_ZERO(&fds);
	FD_SET(a->fd, &fds);
	snmp_sess_read(a->session, &fds);
}

int saw_sim_agent_flush(struct saw_sim_agent *a, uint64_t clock_ms) {
	while (a->count > 0 && a->waiting[a->first].due_ms <= clock_ms) {
		send_answer(a, a->waiting[a->first].pdu);
		a->first = (a->first + 1) % WAITING_MAX;
		a->count--;
	}
	return a->count > 0 ? (int)(a->waiting[a->first].due_ms - clock_ms) : -1;
}

/* -------------------------------------------------------------------------------------------------------------------- life */

/* Nothing is read from the system's configuration and nothing is written. */
static void start_library(enum saw_sim_dev dev, uint32_t boots) {
	uint8_t engine[SAW_SIM_ENGINE_ID_MAX];
	size_t n = saw_sim_engine_id(dev, engine);
	char line[32 + 2 * SAW_SIM_ENGINE_ID_MAX] = "exactEngineID 0x";
	for (size_t i = 0, at = strlen(line); i < n; i++, at += 2) {
		snprintf(line + at, sizeof(line) - at, "%02x", engine[i]);
	}
	/* a refused password is what a test wants to see, not news */
	netsnmp_register_loghandler(NETSNMP_LOGHANDLER_NONE, LOG_DEBUG);
	set_persistent_directory("/dev/null"); /* the library would make folders there, persistent state or not */
	setenv("MIBS", "", 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	netsnmp_config_remember(line);
	init_snmp("sawatch-sim");
	snprintf(line, sizeof(line), "%u", boots - 1); /* the library counts this start itself */
	engineBoots_conf("engineBoots", line);
	/* what requests are checked against */
	set_enginetime(engine, (u_int)n, (u_int)snmpv3_local_snmpEngineBoots(), (u_int)snmpv3_local_snmpEngineTime(), TRUE);
}

/* The user is made as a client makes it, localized to this engine. */
static int create_user(const struct saw_sim_agent_options *o, struct saw_err *err) {
	netsnmp_session s;
	u_char engine[SAW_SIM_ENGINE_ID_MAX];
	char name[USM_PRIV_KU_LEN];
	snmp_sess_init(&s);
	s.version = SNMP_VERSION_3;
	s.securityModel = SNMP_SEC_MODEL_USM;
	s.securityLevel = SNMP_SEC_LEVEL_AUTHPRIV;
	snprintf(name, sizeof(name), "%s", o->user);
	s.securityName = name;
	s.securityNameLen = strlen(name);
	s.securityEngineIDLen = snmpv3_get_engineID(engine, sizeof(engine));
	s.securityEngineID = engine;
	s.securityAuthProto = sc_get_auth_oid(usm_lookup_auth_type(library_name(auths, o->auth)), &s.securityAuthProtoLen);
	s.securityPrivProto = sc_get_priv_oid(usm_lookup_priv_type(library_name(privs, o->priv)), &s.securityPrivProtoLen);
	s.securityAuthKeyLen = sizeof(s.securityAuthKey);
	s.securityPrivKeyLen = sizeof(s.securityPrivKey);
	if (!s.securityAuthProto || !s.securityPrivProto) {
		return saw_err_set(err, SAW_EUNKNOWN, "this Net-SNMP library has no %s with %s", o->auth, o->priv);
	}
	int r = generate_Ku(s.securityAuthProto, (u_int)s.securityAuthProtoLen, (const u_char *)o->auth_secret,
						strlen(o->auth_secret), s.securityAuthKey, &s.securityAuthKeyLen);
	if (r == SNMPERR_SUCCESS) {
		r = generate_Ku(s.securityAuthProto, (u_int)s.securityAuthProtoLen, (const u_char *)o->priv_secret,
						strlen(o->priv_secret), s.securityPrivKey, &s.securityPrivKeyLen);
	}
	if (r == SNMPERR_SUCCESS) {
		r = usm_create_user_from_session(&s);
	}
	return r == SNMPERR_SUCCESS ? 0
								: saw_err_set(err, SAW_EFORMAT, "the SNMPv3 user \"%s\" could not be made", o->user);
}

static int open_session(struct saw_sim_agent *a, uint16_t port, struct saw_err *err) {
	char target[64];
	netsnmp_session s;
	struct sockaddr_in bound;
	socklen_t size = sizeof(bound);
	snprintf(target, sizeof(target), "udp:%s:%u", a->options->address, port);
	netsnmp_transport *t = netsnmp_tdomain_transport(target, 1, "udp");
	if (!t) {
		return saw_err_set(err, SAW_EUNREACHABLE,
						   "%s:%u/udp: cannot listen there: %s; choose another --bind or --port-base",
						   a->options->address, port, strerror(errno));
	}
	a->fd = t->sock;
	if (getsockname(a->fd, (struct sockaddr *)&bound, &size) == 0) {
		a->port = ntohs(bound.sin_port);
	}
	snmp_sess_init(&s);
	s.version = SNMP_DEFAULT_VERSION;
	s.callback = on_pdu;
	s.callback_magic = a;
	s.isAuthoritative = SNMP_SESS_AUTHORITATIVE;
	a->session = snmp_sess_add(&s, t, NULL, NULL); /* owns the transport also when it fails */
	return a->session ? 0 : saw_err_set(err, -ENOMEM, "the SNMP session could not be made");
}

static int open_agent(struct saw_sim_agent *a, uint32_t boots, uint16_t port, struct saw_err *err) {
	a->boots = boots;
	start_library(a->dev, boots);
	int r = a->options->user ? create_user(a->options, err) : 0;
	return r == 0 ? open_session(a, port, err) : r;
}

static void close_agent(struct saw_sim_agent *a) {
	for (; a->count > 0; a->count--) {
		snmp_free_pdu(a->waiting[a->first].pdu);
		a->first = (a->first + 1) % WAITING_MAX;
	}
	if (a->session) {
		snmp_sess_close(a->session);
		a->session = NULL;
	}
	snmp_shutdown("sawatch-sim");
}

int saw_sim_agent_boots(struct saw_sim_agent *a, uint32_t boots, struct saw_err *err) {
	if (boots == a->boots) {
		return 0;
	}
	close_agent(a);
	int r = open_agent(a, boots, a->port, err);
	return r == 0 ? 1 : r;
}

int saw_sim_agent_create(const struct saw_sim_model *model, enum saw_sim_dev dev,
						 const struct saw_sim_agent_options *options, struct saw_sim_agent **out, struct saw_err *err) {
	struct saw_sim_device d;
	struct saw_sim_agent *a = calloc(1, sizeof(*a));
	if (!a) {
		return saw_err_set(err, -ENOMEM, "no memory");
	}
	saw_sim_model_device(model, dev, 0, &d);
	a->options = options;
	a->dev = dev;
	a->mib_count = 1;
	a->mibs = calloc(1, sizeof(a->mibs[0]));
	if (!a->mibs || !(a->mibs[0] = saw_sim_mib_create(model, dev, 0))) {
		free(a->mibs);
		free(a);
		return saw_err_set(err, -ENOMEM, "no memory");
	}
	int r = open_agent(a, d.boots, options->port, err);
	if (r != 0) {
		saw_sim_agent_destroy(a);
		return r;
	}
	*out = a;
	return 0;
}

int saw_sim_agent_add(struct saw_sim_agent *a, const struct saw_sim_model *model) {
	struct saw_sim_mib **mibs = realloc(a->mibs, (a->mib_count + 1) * sizeof(*mibs));
	if (!mibs) {
		return -ENOMEM;
	}
	a->mibs = mibs;
	a->mibs[a->mib_count] = saw_sim_mib_create(model, a->dev, (uint32_t)a->mib_count + 1);
	if (!a->mibs[a->mib_count]) {
		return -ENOMEM;
	}
	a->mib_count++;
	return 0;
}

void saw_sim_agent_destroy(struct saw_sim_agent *a) {
	if (!a) {
		return;
	}
	close_agent(a);
	for (size_t i = 0; i < a->mib_count; i++) {
		saw_sim_mib_destroy(a->mibs[i]);
	}
	free(a->mibs);
	free(a);
}

int saw_sim_agent_fd(const struct saw_sim_agent *a) {
	return a->fd;
}

uint16_t saw_sim_agent_port(const struct saw_sim_agent *a) {
	return a->port;
}
