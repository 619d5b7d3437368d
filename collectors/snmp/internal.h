/*
 * One poll, for the files it is made of: poll.c moves requests and answers, steps.c says what is asked next and what an answer means,
 * trouble.c finds words for what goes wrong, report.c says of each table how it was read, memory.c keeps what the next poll may know.
 *
 * A job is one request and those that follow from its answer: several may be under way, each with the part of a table that it reads.
 */
#ifndef SAWATCH_COLLECTORS_SNMP_INTERNAL_H
#define SAWATCH_COLLECTORS_SNMP_INTERNAL_H

#include "collectors/snmp/memory.h"
#include "collectors/snmp/rows.h"
#include "collectors/snmp/walk.h"
#include "collectors/snmp/wire.h"

#define ERROR_CLASS(name) SAWATCH__V1__POLL_ERROR__POLL_ERROR_##name
#define TABLE_STATE(name) SAWATCH__V1__TABLE_STATE__TABLE_STATE_##name

/* What is done in turn. Tables are read side by side. */
enum step { STEP_DISCOVER, STEP_SYSTEM, STEP_TABLES, STEP_UPTIME, STEP_END };

struct outcome {
	bool reached, ended;
	Sawatch__V1__PollError error_class;
	char error[200];
};

/* Values of tunnel interfaces, asked for by name, some at a time. */
struct values {
	size_t n, passed;
	struct {
		uint32_t if_index;
		size_t column;
	} asked[SAW_REQUEST_OIDS];
};

enum job_kind { JOB_NONE, JOB_DISCOVER, JOB_SYSTEM, JOB_WALK, JOB_VALUES, JOB_UPTIME };

struct job {
	enum job_kind kind;
	struct scope *scope; /* walks and values: where */
	enum saw_snmp_table_id table;
	int32_t sequence; /* of the request under way */
	unsigned tries, resyncs;
	struct saw_pace pace; /* of its first try: a later one asks for less of the same columns */
	unsigned wanted, got; /* values that the first and the last try asked for */
	uint64_t asked_ns, due_ns;
	union {
		struct saw_walk walk;
		struct values values;
	};
};

/* How far a table is. Its columns are walked in groups, a group in parts where the rows of the last poll are known. */
struct run {
	struct outcome outcome;
	size_t group, at; /* the next part: group of columns, known rows that are behind it */
	unsigned under_way;
	bool values_begun; /* of interfaces: everything that is walked was read */
	struct saw_walk_ends ends;
};

/* What is read in one context. The first is the device's own; the others add their tunnels. */
struct scope {
	const char *context, *community, *vrf;
	struct saw_rows *rows;
	struct saw_known *known;
	struct run tables[SAW_TABLES];
	bool answered; /* anything */
};

struct saw_snmp_poll {
	struct saw_snmp_target target;
	int fd;
	struct saw_wire *wire;
	struct scope *scopes;
	size_t n_scopes, scope_room;
	bool discovers; /* contexts, in this poll */
	bool fast;      /* until it shows that more has changed */
	struct saw_sample_builder *builder;
	struct saw_sink sink;
	struct saw_snmp_memory *memory, *own_memory;
	saw_snmp_done_fn done;
	void *ctx;

	uint64_t start_ns, next_ns;
	int64_t wall_ms, observed_ms;
	enum step step;
	struct job *jobs;
	unsigned window, open;        /* requests that may be under way: at most, and after what was lost */
	unsigned under_way, answered; /* answered: since `open` changed */
	int32_t first_id, sequence;
	uint64_t requests;
	uint64_t ignored, unauthentic; /* datagrams that were no answers, since the last answer */
	int send_errno;
	unsigned rediscoveries, silences, ended; /* ended: tables */
	bool heard;                              /* anything that was an SNMP message */
	bool engine_remembered;                  /* and not heard of yet */

	struct saw_pace pace, values_pace; /* of walks, and of values asked for by name */
	struct outcome system;
	size_t system_first, n_system; /* of the system group's values: what is asked for */
	/* Whether the device restarted, or became another, while it was read. */
	bool has_uptime, dropped;
	uint64_t uptime_ticks, uptime_ns; /* at the poll's start */
	uint32_t boots;                   /* SNMPv3 */
	Sawatch__V1__Platform platform_seen;
	bool other_engine; /* than at the last poll */
	/* The value of an interface that is asked for next: of which row, and of the columns that are asked for the how manieth. */
	uint64_t interface_row;
	size_t interface_column;

	Sawatch__V1__PollError error_class; /* of the poll as a whole */
	char error[400];
};

/* poll.c */
/* Begins a job: sends its first request. */
void saw_snmp_send(struct saw_snmp_poll *p, struct job *job, uint64_t now_ns);
/* A free place for a job of this kind. */
struct job *saw_snmp_job(struct saw_snmp_poll *p, enum job_kind kind);
void saw_snmp_job_end(struct saw_snmp_poll *p, struct job *job);
/* One more context to read. 0 or -ENOMEM. */
int saw_snmp_add_scope(struct saw_snmp_poll *p, const struct saw_snmp_context *context);
struct saw_pace *saw_snmp_pace(struct saw_snmp_poll *p, const struct job *job);

/* steps.c */
/* The step's first request, or what is read next, as long as more may be under way. */
void saw_snmp_go_on(struct saw_snmp_poll *p, uint64_t now_ns);
/* What a job asks for at its pace. */
void saw_snmp_request(struct saw_snmp_poll *p, struct job *job, const struct saw_pace *pace,
					  struct saw_request *request);
/* Takes an answer: the job asks on, or ends. */
void saw_snmp_answer(struct saw_snmp_poll *p, struct job *job, const struct saw_answer *a, uint64_t now_ns);
void saw_snmp_discovered(struct saw_snmp_poll *p, const struct saw_usm_header *h, uint64_t now_ns);
/* The table ends here, with this trouble; its requests under way are forgotten. */
void saw_snmp_end_table(struct saw_snmp_poll *p, struct scope *scope, enum saw_snmp_table_id table,
						Sawatch__V1__PollError error_class, const char *error, uint64_t now_ns);
/* All tables of a context end so. */
void saw_snmp_end_scope(struct saw_snmp_poll *p, struct scope *scope, Sawatch__V1__PollError error_class,
						const char *error);
/* 0, or that the engine cannot be used. */
int saw_snmp_set_engine(struct saw_snmp_poll *p, const struct saw_usm_header *h, uint64_t now_ns);
bool saw_snmp_is_wanted(const struct saw_snmp_poll *p, const struct scope *scope, enum saw_snmp_table_id table);

/* trouble.c */
void saw_snmp_outcome(struct outcome *o, Sawatch__V1__PollError error_class, const char *error);
/* Nothing more comes from this device. */
void saw_snmp_give_up(struct saw_snmp_poll *p, Sawatch__V1__PollError error_class, const char *error);
void saw_snmp_unreachable(struct saw_snmp_poll *p, int error);
/* All tries of the job were in vain. */
void saw_snmp_silent(struct saw_snmp_poll *p, struct job *job, uint64_t now_ns);
void saw_snmp_out_of_time(struct saw_snmp_poll *p, uint64_t now_ns);
void saw_snmp_restarted(struct saw_snmp_poll *p, const char *sign);
/* An SNMPv3 engine says that it is not the one that was asked. */
void saw_snmp_another_engine(struct saw_snmp_poll *p, const struct saw_usm_header *h, uint64_t now_ns);
void saw_snmp_report(struct saw_snmp_poll *p, struct job *job, const struct saw_answer *a,
					 const struct saw_usm_header *h, uint64_t now_ns);

/* report.c */
/* Everything that was read, into the sample. */
void saw_snmp_tell(struct saw_snmp_poll *p);

#endif
