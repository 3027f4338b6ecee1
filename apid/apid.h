/* SPDX-License-Identifier: ISC */
#ifndef APID_H
#define APID_H

#include <jansson.h>
#include <microhttpd.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/queue.h>

#include "chan.h"
#include "clients.h"
#include "clock.h"
#include "msg.h"
#include "toxic_tail.h"

/*
 * apid: the REST API.  Reads are answered from a replica of the truth; a change
 * is asked of ctld, and its request sleeps until the answer.  One thread, and
 * nothing in it waits.
 */

/* replica.c: proxies and toxics as ctld last said they are */

struct toxic {
	TAILQ_ENTRY(toxic) entry;
	struct toxic_spec *spec; /* its own: toxic_spec_dup()'s */
	struct toxic_counts counts;
};
TAILQ_HEAD(toxics, toxic);

struct scenario;

struct proxy {
	struct proxy_state state;
	struct toxics toxics[STREAM_MAX]; /* each in the order of its chain */
	struct counters counters;
	uint32_t restarts;
	uint64_t restart_delay_ms; /* 0: not waiting for a worker */
	int64_t dial_failed_at;    /* s since 1970; or 0 */
	struct scenario *scenario; /* that it is in; or NULL */
	char *text; /* encode_proxy()'s, until it changes; NULL: not yet */
	size_t text_len;
};

/* Each is fatal where ctld contradicts itself. */
void replica_proxy(const struct proxy_state *);
void replica_proxy_gone(uint32_t id);
void replica_toxic(const struct toxic_state *);
void replica_toxic_gone(const struct toxic_ref *);
void replica_scenario(const struct scenario_spec *);
void replica_scenario_toxic(const struct toxic_create *);
void replica_scenario_gone(const struct proxy_key *);
void replica_counters(const struct proxy_counters *);
void replica_toxic_done(const struct toxic_done *);
uint64_t proxy_ended_sessions(const struct proxy *); /* stats.c */
/* In between, what is read is as it was. */
void replica_begin(void);
void replica_end(void);
void replica_free(void);
void replica_texts_change(void); /* of all, by what is none of theirs */

/* All of these return NULL if there is none. */
struct proxy *replica_by_key(const struct proxy_key *);
struct proxy *replica_by_id(uint32_t id);
struct toxic *replica_toxic_find(const struct proxy *, const char *name);

/* Those of a tenant; NULL: of all. */
size_t replica_count(const char *tenant);
/* Calls f for each, in the order of their names' bytes, tenant by tenant. */
void replica_each(
    const char *tenant, void (*f)(const struct proxy *, void *), void *arg);

/* encode.c: JSON as Go's encoding/json writes it */

/* A text that grows in memory: finish() gives it away, to be freed. */
struct writer {
	FILE *f;
	char *text;
	size_t len;
};
void writer_open(struct writer *);
void writer_finish(struct writer *);

void encode_string(FILE *, const char *);
/*
 * A name, as its tenant knows it; or, among those of all, "tenant/name", and
 * "/name" of the nameless one, as a name may have slashes.
 */
void encode_key(FILE *, const struct proxy_key *, int has_tenant);
/* times.c: s since 1970; 0: never, or none */
void encode_time(FILE *, int64_t);    /* "2027-01-31T00:00:00Z", or null */
void encode_time_ms(FILE *, int64_t); /* ms: "2027-01-31T00:00:00.250Z" */
int64_t time_of_text(const char *);   /* ...; 0: it is none after 1970 */

void encode_float(FILE *, float); /* the shortest that is the same float */
void encode_double(FILE *, double);
void encode_toxic(FILE *, const struct toxic_spec *);
void encode_toxics(FILE *, const struct proxy *);
void encode_proxy(FILE *, const struct proxy *);
/* As it could be asked for: without what its scenario has made, and with that,
 * as a member. */
void encode_proxy_as_asked(FILE *, const struct proxy *,
    void (*scenario)(FILE *, const struct scenario *));

/* decode.c: JSON as somebody sent it, into checked structs */

/* What is wrong with a request, or what came of it. */
struct failure {
	int status; /* HTTP's */
	char text[512];
	char at[128];      /* a value: "toxics[0].attributes.latency" */
	const char *lacks; /* NULL, or the key of a value that is not there */
	int entry;         /* of an array of proxies: from 1; 0: none */
	unsigned int line, column; /* where the text is no JSON; or 0 */
};
/* Of no place, until that is said. */
void failure_at(struct failure *, const char *path);
void failure_set(struct failure *, int status, const char *, ...)
    __attribute__((__format__(printf, 3, 4)));

/* A proxy to be made, and its toxics. */
struct proxy_entry {
	struct proxy_spec spec;
	struct toxic_spec **toxics; /* each by itself, too */
	size_t ntoxics;
	struct session_id session; /* that it is of; or none */
	struct scenario *scenario; /* that it is to be in; or NULL */
};
void proxy_entry_free(struct proxy_entry *);

/*
 * All return 0, or -1 and why.  What they return in is then undefined, and
 * nothing in it is to be freed.
 */
int decode_body(json_t **, const char *body, size_t len, struct failure *);
/* Those that harm their worker have to be asked for. */
int toxic_is_offered(enum toxic_kind);
int decode_proxy(struct proxy_entry *, json_t *, struct failure *);
int decode_proxy_update(struct proxy_update *, json_t *, struct failure *);
/* p: the proxy it is for, as far as is known; or NULL. */
int decode_toxic(
    struct toxic_spec *, const struct proxy *p, json_t *, struct failure *);
/* update->kind says whose attributes; was: the toxic as it is. */
int decode_toxic_update(struct toxic_update *, const struct toxic_spec *was,
    json_t *, struct failure *);
/* An array of proxies; *entries is the caller's, see populate_free(). */
int decode_populate(
    struct proxy_entry **entries, size_t *n, json_t *, struct failure *);
void proxy_entries_free(struct proxy_entry *, size_t n);
int attribute_is_known(enum toxic_kind, const char *name);
void attribute_unknown(
    enum toxic_kind, const char *name, char *text, size_t size);

/* ask.c: requests to ctld */

/* Who a request is for, as ctld is told with all that it asks. */
struct asker {
	struct api_caller said;
	struct token_digest digest; /* of his row, or zeros: he has none */
	int client; /* his connection, if that is the socket's; or -1 */
};

struct ask {
	LIST_ENTRY(ask) entry;
	uint32_t id; /* 0: not waiting */
	/* For whom, who is its request's; NULL: nobody has to be named. */
	const struct asker *caller;
	void (*answered)(struct ask *, const struct answer *);
	/* What comes before that; NULL: it is of no interest. */
	void (*told)(struct ask *, const struct msg *);
};

#define ask(a, type, payload) ask_sized(a, type, payload, sizeof(*(payload)))
void ask_sized(struct ask *, enum msg_type, const void *payload, size_t size);
/* What belongs to what has been asked: it has the same id. */
void ask_more(const struct ask *, enum msg_type, const void *payload, size_t);
void ask_proxy(struct ask *, enum msg_type, const struct proxy_entry *);
/* With as many toxics as it says. */
void ask_profile(
    struct ask *, const struct proxy_profile *, const struct toxic_spec *);
void ask_scenario(struct ask *, const struct scenario *);
/* Whom it has refused, and his connection, if that is the socket's; or -1. */
void ask_refused(struct ask *, const struct api_refused *, int client);
void ask_forget(struct ask *); /* its answer is of no interest */
void ask_answered(uint32_t id, const struct answer *);
void ask_told(const struct msg *);
uint32_t ask_last(void); /* the id of the last one so far; or 0 */
/* Those that wait, and were asked before that id: ANSWER_LOST. */
void asks_are_lost(uint32_t before);
/* What an answer that is neither OK nor UNCHANGED says to a client. */
void answer_failure(const struct answer *, struct failure *);

/* populate.c: entry after entry, from a request or a file */

struct populate {
	struct ask ask;
	struct proxy_entry *entries;
	size_t n, next;
	struct writer shown;  /* each proxy, as it was when its turn was over */
	int is_shown;         /* how many are */
	uint32_t made;        /* whose scenario is to begin; 0: nobody's */
	int is_late;          /* the entry in hand is the last */
	int begins_scenarios; /* those of a file do not begin */
	/* failure is NULL when all went well; shown.text is finished. */
	void (*done)(struct populate *, const struct failure *);
	void *arg;
};
/* Takes the entries; calls done at once if there are none. */
void populate_start(struct populate *, struct proxy_entry *, size_t n);
void populate_free(struct populate *);
/* Time is over: it is done when the entry in hand is. */
void populate_hurry(struct populate *);

/* exchange.c: one request after another through libmicrohttpd */

struct request {
	TAILQ_ENTRY(request) entry;
	TAILQ_ENTRY(request) heavy; /* of those that wait for their turn */
	struct MHD_Connection *connection;
	const struct route *route; /* NULL: none, fault says why */
	const struct action *action;
	char *uri;                   /* as it was sent */
	char *proxy;                 /* decoded, from the path */
	struct proxy_key key;        /* of that; without a name: it fits none */
	char *toxic;                 /* decoded, from the path */
	char *own_toxic;             /* likewise: a session's, .toxic is that */
	char id[REQUEST_ID_MAX + 1]; /* X-Toxiproxy-Request-Id */
	struct credential credential; /* of whoever asks */
	uint8_t is_known;             /* he has one; else he sees no names */
	uint8_t is_for_all;           /* tenants; else it is about key.tenant */
	struct asker *caller;         /* as ctld is told; or NULL */
	uint32_t callers; /* which that may ask have been looked at */
	int64_t started, deadline;
	int64_t held_until; /* its reply; 0: goes at once */
	char *body;
	size_t body_len, body_size; /* what there is, what was made room for */
	size_t received;            /* what came, kept or not */
	uint8_t is_http_1_0, has_headers, is_started, is_suspended;
	uint8_t is_heavy;
	uint8_t is_replying; /* all that is left is for its client to read */
	uint8_t is_refused;  /* answered before its body has come */
	uint8_t is_lost;     /* whoever could have answered has gone */
	uint8_t is_stream;   /* its reply has no end: see kept.h */
	uint8_t is_kept;     /* ... and has begun: no time is too long */
	const char *method, *user_agent;
	struct MHD_Response *response;
	unsigned int status;
	size_t response_len;
	struct ask ask;
	void (*stream_begins)(struct request *); /* its reply does */
	void *work; /* of the action, for as long as it takes */
	void (*work_free)(void *);
	void (*work_hurry)(void *); /* NULL: it has one thing to wait for */
};

void *exchange_begins(void *, const char *uri, struct MHD_Connection *);
void exchange_ends(void *, struct MHD_Connection *, void **request,
    enum MHD_RequestTerminationCode);
enum MHD_Result exchange_goes_on(void *, struct MHD_Connection *,
    const char *url, const char *method, const char *http_version,
    const char *data, size_t *len, void **request);
void exchange_work(void); /* a turn of what takes long */
void exchange_tick(int64_t now);
/* Its request gets no answer, only an end; NULL: of all that wait for us. */
void exchange_abandon(struct MHD_Connection *);
int exchange_is_on(void); /* 2: there is work, 1: somebody waits, 0: nobody */

/* linger.c: connections that have had their last reply */

/* libmicrohttpd is about to close it: from then on it is read, and unheard. */
void linger_take(int fd);
int linger_end_first(void); /* the oldest; 0: there is none */
unsigned int lingers_count(void);
void lingers_tick(int64_t now);

/* http.c: libmicrohttpd */

void http_open(void); /* before the filter */
void http_finish(void);
int http_is_quiet(void);
void http_take(int fd);                    /* a client that another apid had */
void http_serve(int listener, int socket); /* owns them; -1: there is none */
void http_drop_socket(void);
void http_close(void);
int http_poll_fd(void);        /* MHD's epoll descriptor */
int http_shakes_fd(void);      /* that of handshakes; or -1 */
int http_listener_fd(void);    /* -1: not to be watched for now */
int http_socket_fd(void);      /* likewise */
int http_timeout(int64_t now); /* ms, or -1 */
void http_accept(int listener);
void http_run(void);
void http_tick(int64_t now);

/* request.c: how an action replies; the first reply counts */

void reply_json(struct request *, int status, struct writer *);
/* ... with another Content-Type */
void reply_typed(
    struct request *, int status, const char *type, struct writer *);
void reply_text(
    struct request *, int status, const char *type, const char *text);
/* Bytes that stay where they are, as long as this process lives. */
void reply_static(struct request *, int status, const char *type,
    const void *bytes, size_t len);
void reply_empty(struct request *, int status);
/*
 * One that read() goes on with, for as long as it has a client, by so many
 * bytes at most.  stream_begins is set, and is called when it does.
 */
void reply_stream(struct request *, int status, const char *type, size_t block,
    MHD_ContentReaderCallback read, void *arg);
void reply_failure(struct request *, const struct failure *);
void reply_error(struct request *, int status, const char *, ...)
    __attribute__((__format__(printf, 3, 4)));
void reply_header(struct request *, const char *name, const char *value);
void reply_answer(struct request *, const struct answer *); /* a bad one */

/* Its query has what nobody knows: it would be left out of account, and not
 * missed.  MHD_NO, to be returned to MHD_get_connection_values(). */
enum MHD_Result reply_no_argument(struct request *, const char *key);
/* Digits alone, 19 at most: 0, or -1. */
int argument_number(const char *text, uint64_t most, uint64_t *n);

/* What its path and its body say; NULL: there is none, and it has replied. */
struct proxy *request_proxy(struct request *);
int request_names_fit(struct request *); /* 0: it has replied */
void reply_failure_about(struct request *, const struct failure *);
json_t *request_json(struct request *); /* the caller's */
/* For an action that waits: its request rests, and goes on. */
void request_hold(struct request *);
void request_wake(struct request *);
struct request *request_of(struct ask *);
/* What an action that has nothing to show waits for: 204, or why not. */
void request_answered(struct ask *, const struct answer *);
void request_make_id(char id[REQUEST_ID_MAX + 1]);
void request_peer(const struct request *, struct address *); /* or none */
/* Where the path of its target begins: "http://host:port/path" is one too. */
const char *request_path(const struct request *);
void request_log(const struct request *);

/* route.c */

typedef void action_fn(struct request *);
enum action_flag {
	ACTION_BODY = 0x1, /* takes one */
	ACTION_OPEN = 0x2, /* without a token, too */
	ACTION_LONG = 0x4, /* more work with every proxy that there is */
	ACTION_CHANGES = 0x8,
	ACTION_PUBLIC = 0x10, /* open where there are tenants: says no names */
	ACTION_OF_TENANTS = 0x20, /* without them there is no such path */
	ACTION_OF_ALL = 0x40,     /* an administrator's, who names no tenant */
};
/* What /openapi.json says of it, by names of components.json: see there. */
struct action_reply {
	int status;
	const char *body; /* a response; NULL: the one with that number */
};
#define ACTION_READS_MAX 6
#define ACTION_REPLIES_MAX 6
struct action {
	const char *method; /* "*": any */
	const char *name;   /* for the log */
	action_fn *run;
	unsigned int flags; /* enum action_flag */

	/* For /openapi.json alone. */
	const char *does;  /* a line */
	const char *takes; /* a schema of its body; NULL: it has none */
	const char *reads[ACTION_READS_MAX]; /* parameters, not of its path */
	struct action_reply replies[ACTION_REPLIES_MAX];
	const char *failure; /* a response for all; NULL: those of numbers */
};

#define ACTIONS_MAX 4
struct route {
	const char *path; /* "{proxy}" and the like match one segment */
	struct action actions[ACTIONS_MAX];
};

/* Sets route, action, proxy and toxic, or replies why not. */
void route_find(struct request *, const char *method);

/*
 * guard.c, callers.c: requests that are answered before anybody looks at what
 * they want
 */

/* 1, or 0 and it has replied. */
int guard_browser(struct request *);
/* What the API may be called, all anew. */
void guard_names_begin(void);
void guard_names_add(const char *);
void guard_names_end(void);

int guard_caller(struct request *);       /* 1, or 0 and it has replied */
int guard_caller_again(struct request *); /* ... some time after */
/* A field of its head, and how often that is there. */
const char *request_header(const struct request *, const char *name, int *n);
/* The tenant whose proxies a list is to have; NULL: all. */
const char *request_tenant(const struct request *);
/* May whoever asks hear of that one's? */
int request_may_see(const struct request *, const char *tenant);
/* May what he sends name tenants?  An administrator's, who acts for none. */
int request_may_name_tenants(const struct request *);
void callers_drop(struct request *);
/* Who may ask, all anew.  callers_add: 0, or -1: there are too many. */
int callers_are_tenants(void); /* and each brings a token of one */
void callers_begin(const struct api_callers *);
int callers_add(const struct credential *);
void callers_end(void);
/* One more, or one less, of those that count. */
int callers_put(const struct credential *); /* 0, or -1: as above */
void callers_remove(const struct token_digest *);
/* Those of a tenant, or all for NULL, in no order. */
void callers_each(
    const char *tenant, void (*)(const struct credential *, void *), void *arg);

/* allowances.c: what each tenant may have, and was refused */

/* All anew.  allowances_add: 0, or -1: not in the order of their names. */
void allowances_begin(void);
int allowances_add(const struct tenant_limits *);
void allowances_end(void);
int allowances_are_any(void); /* has anybody limits? */
/* A limit of so many is in the way: "limits.proxies: ...". */
void limit_failure(enum limit, uint64_t value, struct failure *);
/* tenant.c: one more call of whoever asks: 1, or 0 and it has replied. */
int guard_calls(struct request *);
void allowance_refused(const char *tenant, const struct answer *);

/* proxies.c, toxics.c, populate.c, metrics.c, health.c: the actions */

action_fn proxy_index, proxy_create, proxy_show, proxy_update, proxy_delete;
action_fn toxic_index, toxic_create, toxic_show, toxic_update, toxic_delete;
action_fn lease_renew; /* leases.c */
/* profile.c */
action_fn profile_index, profile_show, profile_apply, profile_remove;
/* scenario.c */
action_fn scenario_index, scenario_show, scenario_create, scenario_delete;
action_fn populate, reset_state, state_show, version, metrics;
action_fn health, health_live;
action_fn openapi_show;                            /* openapi.c */
action_fn session_open;                            /* sessions.c */
action_fn events_show;                             /* event_query.c */
action_fn tenant_show;                             /* tenant.c */
action_fn halt, resume, halt_show;                 /* halt.c */
action_fn token_index, token_create, token_delete; /* tokens.c */
action_fn health_proxies, proxy_health;            /* proxy_health.c */
action_fn proxy_stats;                             /* stats.c */
action_fn proxy_wait;                              /* waits.c */
/* relayed.c */
action_fn relayed_index, relayed_of_proxy, relayed_show, relayed_end;
action_fn document_put, document_delete; /* desired.c */
action_fn source_show, source_index;     /* desired_show.c */
/* own_toxics.c */
action_fn own_toxic_index, own_toxic_create, own_toxic_show, own_toxic_update,
    own_toxic_delete;

/* metrics.c */

void metrics_role(const struct role_vitals *);

/* health.c */

void health_is(const struct health *);

/* lacks.c: what there is not here for a toxic, as a text; "": there is all */
void lacks_are(const struct health *);
const char *lacks_for_loss(void);
uint32_t lacks_loss_pool(void); /* programs to lose segments by */

/* config.c: the configuration file, before anything is served */

/* All own fd. */
void config_read(int fd, const struct config_file *);
void config_tell(int fd);
void config_tell_settings(int fd);
void config_check(int fd);
int config_is_pending(void);

/* dispatch.c: what ctld says */

void ctld_readable(void);

struct apid {
	struct chan ctld;
	uint32_t flags;   /* enum setup_flag */
	uint64_t started; /* s since the epoch: the service, not this process */
	uint64_t proxies_max;
	uint32_t api_port; /* as it was asked for; or 0 */
	int listener;      /* -1: not said yet */
	int socket;        /* for who may connect to that; -1: none */
	int serves;
	int finishes;   /* another apid will take its place */
	int is_between; /* a change is being told, see REPLICA_CHANGES */
	int has_ended;
	int64_t heard_at; /* ns: when ctld last said something */
};
extern struct apid apid;

#endif
