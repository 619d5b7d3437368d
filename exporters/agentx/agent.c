/* The only file that knows Net-SNMP's agent library. */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <net-snmp/agent/agent_callbacks.h>

#include "exporters/agentx/agent.h"
#include "exporters/agentx/walks.h"
#include "io/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* RFC 2741, 6.1.1; the library's header for them is not installed. */
enum { AGENTX_NOTIFY = 12, AGENTX_PING = 13, AGENTX_RESPONSE = 18 };

#define ANSWER_S 3             /* what a master has to answer in */
#define FRESH_MS UINT64_C(100) /* an answer not older than this: it is there */
#define WAKE_MS 1000           /* the longest sleep */

enum sending { SENDING_NOTHING, SENDING_PING, SENDING_NOTICE };

struct waiting {
	struct waiting *next;
	struct saw_notice *notice;
};

struct saw_agent {
	char master[128];
	oid root[SAW_MIB_ROOT_MAX];
	size_t n_root;
	unsigned check_s;
	void (*changed)(void *ctx);
	void *ctx;
	pthread_t thread;
	int wake;

	/* Shared, under the lock. */
	pthread_mutex_t lock;
	struct saw_agent_status status;
	struct saw_view *fresh;
	struct waiting *first, **last; /* notices, the oldest first */
	bool stopping;

	/* The thread's own. */
	struct saw_walks *walks;
	netsnmp_session *session;
	enum sending sending;
	uint64_t heard_ms; /* the master answered last */
	uint64_t said_ms;  /* why there is no session; 0: since it ended not yet */
	uint64_t asked;
};

/* The library calls back without a context of ours. */
static struct saw_agent *the_agent;

static void wake(struct saw_agent *a) {
	uint64_t one = 1;

	if (write(a->wake, &one, sizeof one) < 0)
		return; /* full: it is awake */
}

/* --------------------------------------------------------------------------------------------------- requests of the master */

static const struct counter64 *wide(uint64_t n, struct counter64 *c) {
	c->high = n >> 32;
	c->low = n & UINT32_MAX;
	return c;
}

static void put_value(netsnmp_variable_list *vb, const struct saw_mib_value *v) {
	struct counter64 c;
	u_long gauge = (u_long)v->number;
	long integer = (long)v->number;

	switch (v->tag) {
	case SAW_MIB_TAG_COUNTER64:
		snmp_set_var_typed_value(vb, ASN_COUNTER64, wide(v->number, &c), sizeof c);
		break;
	case SAW_MIB_TAG_GAUGE:
		snmp_set_var_typed_value(vb, ASN_GAUGE, &gauge, sizeof gauge);
		break;
	case SAW_MIB_TAG_INTEGER:
		snmp_set_var_typed_value(vb, ASN_INTEGER, &integer, sizeof integer);
		break;
	default:
		snmp_set_var_typed_value(vb, ASN_OCTET_STR, v->octets, v->n);
	}
}

/* What of a name is below the root. A name before the root is its beginning; false: one behind it. */
static bool below_root(const struct saw_agent *a, const netsnmp_variable_list *vb, uint32_t rel[MAX_OID_LEN],
					   size_t *n) {
	*n = 0;
	if (netsnmp_oid_is_subtree(a->root, a->n_root, vb->name, vb->name_length) != 0)
		return snmp_oid_compare(vb->name, vb->name_length, a->root, a->n_root) < 0;
	for (size_t i = a->n_root; i < vb->name_length; i++)
		rel[(*n)++] = (uint32_t)vb->name[i];
	return true;
}

static void answer_get(struct saw_agent *a, netsnmp_agent_request_info *info, netsnmp_request_info *r) {
	uint32_t rel[MAX_OID_LEN];
	struct saw_mib_value value;
	struct saw_view *v = saw_walks_newest(a->walks);
	enum saw_view_found found = SAW_VIEW_NO_OBJECT;
	size_t n;

	if (v && below_root(a, r->requestvb, rel, &n))
		found = saw_view_get(v, rel, n, saw_wall_ms(), &value);
	if (found == SAW_VIEW_FOUND)
		put_value(r->requestvb, &value);
	else
		netsnmp_set_request_error(info, r, found == SAW_VIEW_NO_OBJECT ? SNMP_NOSUCHOBJECT : SNMP_NOSUCHINSTANCE);
}

/* Without an answer the library goes on behind the root. */
static void answer_next(struct saw_agent *a, netsnmp_request_info *r) {
	uint32_t rel[MAX_OID_LEN], next[SAW_MIB_REL_MAX];
	oid name[MAX_OID_LEN];
	struct saw_mib_value value;
	struct saw_view *v;
	uint64_t now = (uint64_t)saw_steady_ms();
	size_t n, asked;

	if (!below_root(a, r->requestvb, rel, &asked) || !(v = saw_walks_view(a->walks, rel, asked, now)))
		return;
	n = saw_view_next(v, rel, asked, r->inclusive != 0, saw_wall_ms(), next, &value);
	if (n == 0)
		return;
	memcpy(name, a->root, a->n_root * sizeof *name);
	for (size_t i = 0; i < n; i++)
		name[a->n_root + i] = next[i];
	snmp_set_var_objid(r->requestvb, name, a->n_root + n);
	put_value(r->requestvb, &value);
	saw_walks_gave(a->walks, v, &(struct saw_walks_step){.from = rel, .to = next, .n_from = asked, .n_to = n}, now);
}

static int on_request(netsnmp_mib_handler *handler, netsnmp_handler_registration *registration,
					  netsnmp_agent_request_info *info, netsnmp_request_info *requests) {
	struct saw_agent *a = the_agent;

	(void)handler;
	(void)registration;
	a->heard_ms = (uint64_t)saw_steady_ms();
	for (netsnmp_request_info *r = requests; r; r = r->next) {
		if (r->processed)
			continue;
		a->asked++;
		if (info->mode == MODE_GET)
			answer_get(a, info, r);
		else if (info->mode == MODE_GETNEXT)
			answer_next(a, r);
	}
	return SNMP_ERR_NOERROR;
}

/* ------------------------------------------------------------------------------------------------------ the session */

/* Not any more once the owner has let go of it. */
static void say_changed(struct saw_agent *a) {
	pthread_mutex_lock(&a->lock);
	if (!a->stopping)
		a->changed(a->ctx);
	pthread_mutex_unlock(&a->lock);
}

static void tell(struct saw_agent *a, bool connected, const char *error) {
	bool differs;

	pthread_mutex_lock(&a->lock);
	differs = a->status.connected != connected || strcmp(a->status.error, error) != 0;
	if (connected && !a->status.connected)
		a->status.sessions++;
	a->status.connected = connected;
	snprintf(a->status.error, sizeof a->status.error, "%s", error);
	pthread_mutex_unlock(&a->lock);
	if (differs)
		say_changed(a);
}

static int on_open(int major, int minor, void *session, void *ctx) {
	struct saw_agent *a = ctx;

	(void)major;
	(void)minor;
	a->session = session;
	a->sending = SENDING_NOTHING;
	a->heard_ms = (uint64_t)saw_steady_ms();
	tell(a, true, "");
	return 0;
}

static int on_close(int major, int minor, void *session, void *ctx) {
	struct saw_agent *a = ctx;

	(void)major;
	(void)minor;
	(void)session;
	a->session = NULL;
	a->sending = SENDING_NOTHING;
	a->said_ms = 0;
	return 0;
}

/* A socket to the master; a negative errno. */
static int try_unix(const char *path) {
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), rc = 0;

	if (fd < 0)
		return -errno;
	snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
	if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
		rc = -errno;
	close(fd);
	return rc;
}

/* The library only says that it failed. */
static void say_why(struct saw_agent *a) {
	char text[sizeof a->status.error];
	bool local = strncmp(a->master, "unix:", 5) == 0;
	int rc = local ? try_unix(a->master + 5) : 0;

	a->said_ms = (uint64_t)saw_steady_ms();
	if (!local)
		snprintf(text, sizeof text,
				 "%s: cannot be reached, or the master agent does not answer there; snmpd does not run, or its "
				 "agentXSocket is another one",
				 a->master);
	else if (rc == -EACCES)
		snprintf(text, sizeof text,
				 "%s: the user that sawatchd runs as may not use it; in snmpd.conf: agentXPerms 0660 0550 root sawatch "
				 "(socket, folder, owner, sawatchd's group)",
				 a->master);
	else if (rc == -ENOENT)
		snprintf(text, sizeof text,
				 "%s: there is no such socket; snmpd does not run, or `master agentx` is not in "
				 "snmpd.conf, or its agentXSocket is another one",
				 a->master);
	else if (rc == -ECONNREFUSED)
		snprintf(text, sizeof text, "%s: nobody listens there; snmpd does not run, or its agentXSocket is another one",
				 a->master);
	else if (rc == 0 || rc == -EAGAIN)
		snprintf(text, sizeof text, "%s: the master agent does not answer, or refuses subagents", a->master);
	else
		snprintf(text, sizeof text, "%s: %s", a->master, saw_strerror(rc));
	tell(a, false, text);
}

static int no_log(int major, int minor, void *message, void *ctx) {
	(void)major;
	(void)minor;
	(void)message;
	(void)ctx;
	return 0;
}

static int start_library(struct saw_agent *a) {
	netsnmp_handler_registration *r;

	netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_ROLE, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_NO_ROOT_ACCESS, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_NO_CONNECTION_WARNINGS, 1);
	netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET, a->master);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE, 1);
	netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_ALARM_DONT_USE_SIG, 1);
	/* Over a stream nothing is sent twice: a master that only was slow would do it twice. */
	netsnmp_ds_set_int(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_RETRIES, 0);
	netsnmp_ds_set_int(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_TIMEOUT, ANSWER_S);
	snmp_disable_log();
	netsnmp_register_loghandler(NETSNMP_LOGHANDLER_CALLBACK, LOG_DEBUG);
	snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, no_log, NULL);
	snmp_register_callback(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_START, on_open, a);
	snmp_register_callback(SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_STOP, on_close, a);
	netsnmp_set_mib_directory("");
	if (init_agent("sawatch") != 0)
		return -1;
	/* After init_agent, which has one of its own. */
	netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL, (int)a->check_s);
	r = netsnmp_create_handler_registration("sawatch", on_request, a->root, a->n_root, HANDLER_CAN_RONLY);
	if (!r || netsnmp_register_handler(r) != MIB_REGISTERED_OK)
		return -1;
	init_snmp("sawatch"); /* tries to connect for the first time */
	return 0;
}

/* ---------------------------------------------------------------------------------------------------- notifications */

/* Called with the lock held: the first notice is done. */
static void pop(struct saw_agent *a) {
	struct waiting *w = a->first;

	a->first = w->next;
	if (!a->first)
		a->last = &a->first;
	a->status.waiting--;
	saw_notice_destroy(w->notice);
	free(w);
}

static int on_answer(int op, netsnmp_session *s, int id, netsnmp_pdu *pdu, void *ctx) {
	struct saw_agent *a = ctx;
	enum sending was = a->sending;

	(void)s;
	(void)id;
	a->sending = SENDING_NOTHING;
	if (op != NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE || pdu->command != AGENTX_RESPONSE)
		return 1; /* the library checks the session, and opens another one */
	a->heard_ms = (uint64_t)saw_steady_ms();
	if (was != SENDING_NOTICE)
		return 1;
	pthread_mutex_lock(&a->lock);
	if (a->first) {
		a->status.done_serial = a->first->notice->serial;
		if (pdu->errstat == SNMP_ERR_NOERROR)
			a->status.sent++;
		else
			a->status.dropped++;
		pop(a);
	}
	pthread_mutex_unlock(&a->lock);
	say_changed(a);
	return 1;
}

static bool send_pdu(struct saw_agent *a, netsnmp_pdu *pdu, enum sending what) {
	pdu->version = a->session->version;
	pdu->sessid = a->session->sessid;
	a->sending = what;
	if (snmp_async_send(a->session, pdu, on_answer, a) != 0)
		return true;
	a->sending = SENDING_NOTHING;
	snmp_free_pdu(pdu);
	return false;
}

static void add(netsnmp_pdu *pdu, const oid *name, size_t n, u_char type, const void *value, size_t len) {
	snmp_pdu_add_variable(pdu, name, n, type, value, len);
}

static netsnmp_pdu *pdu_of(const struct saw_agent *a, const struct saw_notice *n) {
	static const oid trap_oid[] = {1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0};
	netsnmp_pdu *pdu = snmp_pdu_create(AGENTX_NOTIFY);
	oid name[MAX_OID_LEN];

	if (!pdu)
		return NULL;
	memcpy(name, a->root, a->n_root * sizeof *name);
	name[a->n_root] = SAW_MIB_NOTIFICATIONS;
	name[a->n_root + 1] = n->what->arc;
	add(pdu, trap_oid, OID_LENGTH(trap_oid), ASN_OBJECT_ID, name, (a->n_root + 2) * sizeof *name);
	for (size_t i = 0; i < n->n; i++) {
		const struct saw_notice_object *o = &n->objects[i];
		netsnmp_variable_list *vb;

		for (size_t k = 0; k < o->n; k++)
			name[a->n_root + k] = o->rel[k];
		vb = snmp_pdu_add_variable(pdu, name, a->n_root + o->n, ASN_NULL, NULL, 0);
		if (vb)
			put_value(vb, &o->value);
	}
	return pdu;
}

/* One at a time, and only to a master that has just answered: what waits in a hung one's socket would be sent twice. */
static void send_notices(struct saw_agent *a) {
	netsnmp_pdu *pdu = NULL;
	bool heard = (uint64_t)saw_steady_ms() - a->heard_ms < FRESH_MS;

	if (!a->session || a->sending != SENDING_NOTHING)
		return;
	pthread_mutex_lock(&a->lock);
	if (a->first)
		pdu = heard ? pdu_of(a, a->first->notice) : snmp_pdu_create(AGENTX_PING);
	pthread_mutex_unlock(&a->lock);
	if (pdu)
		send_pdu(a, pdu, heard ? SENDING_NOTICE : SENDING_PING);
}

/* ------------------------------------------------------------------------------------------------------- the thread */

/* Takes what was handed over. False: it is over. */
static bool take(struct saw_agent *a) {
	struct saw_view *v;
	uint64_t count;
	bool on;

	if (read(a->wake, &count, sizeof count) < 0)
		count = 0;
	pthread_mutex_lock(&a->lock);
	v = a->fresh;
	a->fresh = NULL;
	on = !a->stopping;
	pthread_mutex_unlock(&a->lock);
	if (v)
		saw_walks_publish(a->walks, v, (uint64_t)saw_steady_ms());
	return on;
}

static void busy(struct saw_agent *a, bool is) {
	pthread_mutex_lock(&a->lock);
	a->status.busy_since_ns = is ? saw_steady_ns() : 0;
	a->status.requests = a->asked;
	pthread_mutex_unlock(&a->lock);
}

static void sleep_for(struct saw_agent *a, fd_set *fds, int *ready) {
	struct timeval wait = {.tv_sec = WAKE_MS / 1000};
	int block = 0, n = a->wake + 1;

	FD_ZERO(fds);
	FD_SET(a->wake, fds);
	snmp_select_info(&n, fds, &wait, &block);
	busy(a, false);
	*ready = select(n, fds, NULL, NULL, &wait);
	busy(a, true);
}

static void *run(void *ctx) {
	struct saw_agent *a = ctx;
	fd_set fds;
	int ready;

	busy(a, true);
	if (start_library(a) < 0) {
		tell(a, false, "the agent library cannot start");
		busy(a, false);
		return NULL;
	}
	while (take(a)) {
		/* Its own words go nowhere: whether there is a session is looked at. */
		if (!a->session && (!a->said_ms || (uint64_t)saw_steady_ms() - a->said_ms > a->check_s * UINT64_C(1000)))
			say_why(a);
		send_notices(a);
		sleep_for(a, &fds, &ready);
		if (ready > 0) {
			FD_CLR(a->wake, &fds);
			snmp_read(&fds);
		} else if (ready == 0) {
			snmp_timeout();
		}
		run_alarms();
		netsnmp_check_outstanding_agent_requests();
	}
	busy(a, false);
	return NULL;
}

/* ---------------------------------------------------------------------------------------------------- the owner's side */

static void release(struct saw_agent *a) {
	while (a->first)
		pop(a);
	saw_view_destroy(a->fresh);
	saw_walks_destroy(a->walks);
	if (a->wake >= 0)
		close(a->wake);
	free(a);
}

struct saw_agent *saw_agent_create(const struct saw_agent_options *o, struct saw_err *err) {
	struct saw_agent *a = calloc(1, sizeof *a);
	int rc;

	if (!a) {
		saw_err_set(err, -ENOMEM, "agentx: no memory");
		return NULL;
	}
	a->last = &a->first;
	a->n_root = o->n_root;
	a->check_s = o->check_s;
	a->changed = o->changed;
	a->ctx = o->ctx;
	snprintf(a->master, sizeof a->master, "%s", o->master);
	for (size_t i = 0; i < o->n_root; i++)
		a->root[i] = o->root[i];
	a->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	a->walks = saw_walks_create();
	if (a->wake < 0 || !a->walks) {
		saw_err_set(err, -ENOMEM, "agentx: no memory, or no descriptor");
		release(a);
		return NULL;
	}
	pthread_mutex_init(&a->lock, NULL);
	the_agent = a;
	rc = pthread_create(&a->thread, NULL, run, a);
	if (rc) {
		saw_err_set(err, -rc, "agentx: a thread: %s", strerror(rc));
		release(a);
		return NULL;
	}
	return a;
}

void saw_agent_publish(struct saw_agent *a, struct saw_view *v) {
	struct saw_view *old;

	pthread_mutex_lock(&a->lock);
	old = a->fresh;
	a->fresh = v;
	pthread_mutex_unlock(&a->lock);
	saw_view_destroy(old); /* nobody had it yet */
	wake(a);
}

void saw_agent_notify(struct saw_agent *a, struct saw_notice *n) {
	struct waiting *w = calloc(1, sizeof *w);

	if (!w) {
		saw_notice_destroy(n);
		return;
	}
	w->notice = n;
	pthread_mutex_lock(&a->lock);
	if (a->status.waiting >= SAW_AGENT_NOTICES_MAX && a->first->next) {
		struct waiting *second = a->first->next; /* the first may be under way */

		a->first->next = second->next;
		if (!second->next)
			a->last = &a->first->next;
		saw_notice_destroy(second->notice);
		free(second);
		a->status.waiting--;
		a->status.dropped++;
	}
	*a->last = w;
	a->last = &w->next;
	a->status.waiting++;
	pthread_mutex_unlock(&a->lock);
	wake(a);
}

void saw_agent_status(struct saw_agent *a, struct saw_agent_status *out) {
	pthread_mutex_lock(&a->lock);
	*out = a->status;
	pthread_mutex_unlock(&a->lock);
}

void saw_agent_destroy(struct saw_agent *a, unsigned wait_ms) {
	struct timespec until;

	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->stopping = true;
	pthread_mutex_unlock(&a->lock);
	wake(a);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
	until.tv_sec += wait_ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	if (pthread_timedjoin_np(a->thread, NULL, &until) == 0)
		release(a);
	else
		pthread_detach(a->thread);
}
