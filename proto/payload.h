/* SPDX-License-Identifier: ISC */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "agreed.h"
#include "credential.h"
#include "endpoint.h"
#include "limit.h"
#include "log.h"
#include "policy_rule.h"
#include "proxy_spec.h"
#include "role.h"
#include "toxic_spec.h"

/*
 * What messages carry: msg.h says which.  None has padding of the compiler's,
 * which would carry bytes of its sender's stack: a unit test looks.
 */

struct nothing {
	uint32_t unused; /* 0 */
};

enum setup_flag {
	SETUP_HAS_OWN_IDS = 0x1,   /* it has been started with them */
	SETUP_CHANGES_ROOT = 0x20, /* to descriptor 4 */
	SETUP_PROXY_METRICS = 0x2, /* apid */
	SETUP_RUNTIME_METRICS = 0x4,
	SETUP_DEBUG_TOXICS = 0x8,
	SETUP_DURABLE =
	    0x10,         /* stored: what is committed survives power loss */
	SETUP_TLS = 0x40, /* apid: it may have to speak that */
	SETUP_HAS_API_SOCKET = 0x80, /* apid: the file may want it */
};
#define SETUP_FLAGS_ALL 0xff

struct setup {
	uint32_t version;
	int32_t log_level;
	uint32_t flags;
	uint32_t uid;              /* its uid and gid, with SETUP_HAS_OWN_IDS */
	uint64_t memory_max;       /* bytes of address space; 0: no limit */
	uint64_t session_held_max; /* relayd: bytes held per direction */
	uint64_t worker_held_max;  /* relayd: bytes held in all */
	uint64_t random_seed;      /* relayd: -seed */
	uint64_t proxies_max;      /* apid: how many there may be */
	uint64_t started;          /* when toxid was, s since the epoch */
};

struct api_here {
	uint32_t asked;   /* the id of its last request; 0: it has had none */
	uint8_t finishes; /* 1: an API_FINISH came before */
	uint8_t serves;   /* 0: it has not yet populated from the file */
	uint8_t reserved[2];
};

struct api_host {
	char name[HOST_MAX + 1];
};

/* Who may ask for something: all anew, those that follow. */
enum callers_mode {
	CALLERS_NOBODY,     /* whose token is not among them */
	CALLERS_ANYBODY,    /* as if with an administrator's token */
	CALLERS_OF_TENANTS, /* as the first, but for what says no names */
	CALLERS_MODES
};

struct api_callers {
	uint32_t mode; /* enum callers_mode */
};

#define REQUEST_ID_MAX 20

/* Who asks for what follows. */
struct api_caller {
	char token[TOKEN_TEXT_MAX + 1];      /* that its client has brought, or
					      * none */
	char request_id[REQUEST_ID_MAX + 1]; /* X-Toxiproxy-Request-Id */
	uint8_t reserved[3];
	struct address peer; /* its client; or none */
};

/* Which locks hold; see lockdown.h. */
struct ready {
	uint32_t version;
	uint32_t locks;
};

struct vitals {
	uint64_t cpu_us;
	uint64_t resident_max; /* bytes, the highest so far */
};

struct proxy_state {
	int64_t lease; /* see lease.h */
	uint32_t id;   /* never used again in this life of toxid */
	uint8_t enabled;
	struct proxy_key key;
	char listen[ENDPOINT_TEXT_MAX + 1];
	char upstream[ENDPOINT_TEXT_MAX + 1];
	uint8_t reserved[7];
};

struct proxy_ref {
	uint32_t id;
};

struct toxic_state {
	uint32_t proxy_id;
	uint32_t reserved;
	struct toxic_spec spec;
};

struct toxic_ref {
	uint32_t proxy_id;
	char name[TOXIC_NAME_MAX + 1];
};

/* All since the proxy was made, or now where "open" or "held" says so. */
struct counters {
	uint64_t received[STREAM_MAX]; /* bytes read from the source */
	uint64_t sent[STREAM_MAX];     /* bytes written to the destination */
	uint64_t sessions;             /* clients accepted */
	uint64_t dial_failures;
	uint64_t open_sessions;
	uint64_t held;             /* bytes */
	uint64_t gave_way;         /* sessions that were draining, for others */
	uint64_t over_sessions;    /* clients reset: limits.sessions */
	uint64_t over_connections; /* ... limits.connections_per_s */
	struct dial_result dial_error; /* the last failure, if there is one */
};

struct proxy_counters {
	uint32_t proxy_id;
	uint32_t restarts;
	uint64_t restart_delay_ms; /* that it is without a worker for now */
	int64_t dial_failed_at;    /* s since 1970: the last time; or 0 */
	struct counters counters;
};

struct role_vitals {
	uint32_t role; /* enum role */
	uint32_t processes;
	uint64_t restarts;
	uint64_t restart_delay_ms;  /* that the next one waits for now */
	uint64_t log_lines_dropped; /* ctld */
	uint64_t lent;              /* relayd: bytes that they may hold */
	uint64_t borrowers_waiting; /* relayd: so many would hold more */
	struct vitals vitals;       /* all processes of the role together */
};

#define HEALTH_TEXT_MAX 127

/* How the processes of a role are, as ctld sees it. */
struct role_health {
	uint32_t running, starting;
	uint32_t waiting; /* to be started again, not before retry_at */
	uint32_t reserved;
	int64_t retry_at; /* of the first of them: ns, monotonic */
	uint64_t restarts;
	uint64_t error_at; /* s since the epoch; 0: there was none */
	char error[HEALTH_TEXT_MAX + 1];
	struct proxy_key error_proxy; /* whose worker; no name: none's */
};

struct health {
	uint32_t is_draining;
	uint32_t is_store_failing; /* changes are refused */
	struct role_health roles[ROLE_MAX];
};

enum answer_code {
	ANSWER_OK,        /* made or changed: see the replica */
	ANSWER_UNCHANGED, /* populate: the proxy was there, and is as asked */
	ANSWER_NO_PROXY,  /* 404 */
	ANSWER_NO_TOXIC,  /* 404 */
	ANSWER_PROXY_EXISTS,     /* 409 */
	ANSWER_TOXIC_EXISTS,     /* 409 */
	ANSWER_TOO_MANY,         /* toxics on one proxy: 409 */
	ANSWER_TOO_MANY_PROXIES, /* 507 */
	ANSWER_TOO_MANY_TOXICS,  /* of all proxies: 507 */
	ANSWER_BAD_VALUE,    /* toxic_spec_check() of what it would become */
	ANSWER_BAD_LISTEN,   /* 500; error and sys_errno say why */
	ANSWER_NO_MEMORY,    /* 500 */
	ANSWER_STORE_FULL,   /* 507: there was no room to store the change */
	ANSWER_STORE_FAILED, /* 500: it could not be stored */
	ANSWER_STORE_UNSURE, /* 500: nobody knows yet whether it is stored */
	ANSWER_ENDING,       /* 503: no changes any more */
	ANSWER_LOST,         /* 503: who was asked has died: nobody knows */
	ANSWER_NO_TENANT,    /* 404 */
	ANSWER_UNKNOWN,      /* 401: its token is nobody's, or counts no more */
	ANSWER_READS_ONLY,   /* 403: the token's role */
	ANSWER_NOT_ITS_OWN,  /* 403: the proxy is of another tenant */
	ANSWER_TENANT_PROXIES,  /* 507: it has its share of all that may be */
	ANSWER_TENANT_TOXICS,   /* 507 */
	ANSWER_TENANT_CHANGES,  /* 503: ... under way */
	ANSWER_TENANT_NAMES,    /* 503: ... being looked up */
	ANSWER_NO_TOKEN,        /* 404 */
	ANSWER_TOKEN_EXISTS,    /* 409 */
	ANSWER_TOO_MANY_TOKENS, /* of the tenant: 409 */
	ANSWER_TOKEN_OF_FILE,   /* 409: nobody else takes it away */
	ANSWER_LESSER_ROLE,     /* 403: than the token's, of him who asks */
	ANSWER_OVER_LIMIT,      /* 403: of the tenant's; see limit */
	ANSWER_CODE_MAX
};

/* Where a bad listen address showed: it decides the wording. */
enum answer_stage {
	STAGE_COMPARE, /* "address x: missing port in address" */
	STAGE_LISTEN,  /* "listen tcp: " before it */
	STAGE_MAX
};

struct answer {
	uint32_t code; /* enum answer_code */
	uint32_t proxy_id;
	uint8_t stage;
	uint8_t endpoint_error;
	uint8_t limit; /* enum limit; 0 where it is about none */
	uint8_t reserved;
	int32_t sys_errno;
	uint64_t limit_value;   /* ANSWER_OVER_LIMIT: so many */
	struct endpoint listen; /* which was bad */
	struct address address; /* that bind(2) refused, or none */
	struct toxic_spec spec; /* ANSWER_BAD_VALUE: what was refused */
};

struct proxy_create {
	struct proxy_spec spec;
	uint32_t ntoxics; /* so many PROXY_CREATE_TOXIC follow, same id */
	uint32_t reserved;
};

#define CONFIG_PATH_MAX 255

struct config_file {
	char path[CONFIG_PATH_MAX + 1]; /* or its end */
	uint32_t is_stream; /* as a pipe: nobody has read its settings before */
	uint32_t is_done;   /* its proxies are not wanted any more */
	uint64_t guards_print; /* see struct config_end: as it was read first */
};

struct config_proxy {
	struct proxy_create create;
	uint32_t line, column; /* of what it says of listen */
};

struct config_fault {
	uint32_t line, column; /* 0: nowhere */
	char text[504];
};

struct config_end {
	uint32_t is_bad;
	uint32_t line, column; /* of what is bad; 0: nowhere */
	uint32_t nproxies, ntoxics;
	char why[504];
	uint8_t is_durable;    /* as -durability full */
	uint8_t is_socket_off; /* of the API, whatever -api-socket says */
	uint8_t reserved[2];
	uint64_t guards_print; /* of a file with what guards toxid; 0: it has
				* nothing of the kind */
};

/* What is wrong with the certificate and the key of the API. */
enum pair_what {
	PAIR_GOOD,
	PAIR_CERTIFICATE,
	PAIR_KEY,
	PAIR_BOTH, /* they do not belong together */
	PAIR_WHAT_MAX
};

struct pair_end {
	uint32_t what; /* enum pair_what */
	char why[128];
};

/* Absent members keep their value. */
struct proxy_update {
	int64_t lease; /* see lease.h */
	struct proxy_key key;
	uint8_t has_listen, has_upstream, has_enabled;
	uint8_t enabled;
	struct endpoint listen;
	struct endpoint upstream;
	uint8_t has_lease;
	uint8_t reserved[3];
};

struct toxic_create {
	struct proxy_key proxy;
	struct toxic_spec spec;
};

struct toxic_update {
	struct proxy_key proxy;
	uint8_t has_toxicity;
	uint8_t values_given; /* bit i: spec.values[i] is */
	uint8_t has_lease;
	uint8_t reserved[5];
	struct toxic_spec spec; /* kind and name are those of the toxic */
};

struct toxic_name {
	struct proxy_key proxy; /* empty where it goes without saying */
	char name[TOXIC_NAME_MAX + 1];
};

/* From now on it is for so long. */
struct lease_renewal {
	struct toxic_name of; /* no name: the proxy itself */
	int64_t lease;        /* see lease.h */
};

struct relay_assign {
	uint32_t proxy_id;
	struct proxy_key key;
	char upstream[ENDPOINT_TEXT_MAX + 1]; /* for the log */
	uint8_t reserved[6];
	uint64_t first_session; /* sessions of earlier workers: numbers go on */
};

struct relay_bytes {
	uint64_t bytes; /* of memory, for what is held back */
};

/* Of a worker whose tenant has a limit of sessions, or of clients in a second.
 */
struct relay_enter {
	uint32_t inside; /* its sessions: no more than was answered */
	uint32_t wants;  /* clients that wait; 0: no answer is wanted */
};

struct relay_entered {
	uint32_t n;    /* so many of them are let in */
	uint32_t over; /* enum limit that was in the others' way */
};

/* Who may connect: with none of them all may. */
struct relay_clients {
	uint32_t n;
	struct bind_rule rules[CLIENT_RULES_MAX];
};

/* ... to one proxy, of those whom its tenant lets connect: one rule at least.
 */
struct proxy_clients {
	struct proxy_key key;
	struct relay_clients clients;
};

/* What a worker's life has come to; a state is a bit, for its table. */
enum relay_state {
	RELAY_SPARE = 0x1,    /* locked up, waits for its proxy */
	RELAY_ASSIGNED = 0x2, /* knows its proxy, does not accept yet */
	RELAY_RUNNING = 0x4,
	RELAY_ENDED = 0x8 /* ctld has gone */
};

/* All that a worker is, beside its toxics. */
struct relay_here {
	uint32_t state;               /* enum relay_state */
	uint32_t is_final;            /* it accepts no more, and drains */
	uint64_t lent, keep, borrows; /* bytes: as it was told, and asked for */
	uint32_t gate;                /* of the last RELAY_GATE */
	uint32_t wants;   /* of the last RELAY_ENTER, until answered */
	uint32_t entered; /* within the last second */
	uint32_t reserved;
	struct counters counters;
};

/* How many policies there are: 0 to that are known, the others dial nothing. */
struct dial_rules {
	uint32_t npolicies;
	struct address api; /* where toxid listens itself; or none, yet */
};
#define POLICIES_MAX 1024

/* What one worker may reach, and where its proxy listens. */
struct dial_policy {
	uint32_t proxy_id;
	uint32_t policy_id;   /* whose rules are for it */
	struct proxy_key key; /* for the log */
	struct address listen;
	struct endpoint upstream;
};

/* Names that the last resolvd may have died of are to wait so long. */
struct dial_resolver {
	uint32_t hold_ms;
};

#define ADDRESSES_MAX 16

/* Of a tenant, by its policy, and how many policies there are: parts of all. */
struct lookup_request {
	struct endpoint endpoint;
	uint32_t policy_id, npolicies; /* the latter 1 or more */
};

struct lookup_result {
	uint8_t error; /* enum endpoint_error; then n is 0 */
	uint8_t n;
	uint8_t reserved[2];
	int32_t sys_errno;
	struct address addresses[ADDRESSES_MAX]; /* the best first: RFC 6724 */
};

/* A proxy as it is kept; its endpoints as text, which stored splits again. */
struct store_proxy {
	uint64_t config_print; /* of its entry in the configuration file */
	int64_t lease;         /* see lease.h */
	struct proxy_key key;
	char listen[ENDPOINT_TEXT_MAX + 1]; /* the bound address, if it was */
	char given[ENDPOINT_TEXT_MAX + 1];  /* as it was asked for */
	char upstream[ENDPOINT_TEXT_MAX + 1];
	uint8_t enabled;
	uint8_t reserved[5];
};

struct stored_proxy {
	uint64_t config_print;
	struct proxy_spec spec;
	char given[ENDPOINT_TEXT_MAX + 1];
	uint8_t reserved[2];
};

enum store_code {
	STORE_OK,
	STORE_FULL,    /* no room on the disk */
	STORE_CORRUPT, /* the database is damaged, or is none */
	STORE_FAILED,  /* anything else: see why */
	STORE_UNSURE,  /* ... and what it was about may be found stored */
	STORE_CODE_MAX
};

struct store_result {
	uint32_t code;         /* enum store_code */
	uint32_t is_populated; /* of STORE_LOAD: STORE_POPULATED was said */
	char why[120];         /* for the log; "" if nothing went wrong */
};

/* clang-format off */
#define MSG_PAYLOADS(X)                                                       \
	X(nothing) X(setup) X(ready) X(vitals) X(log_record) X(proxy_state)   \
	X(proxy_ref) X(toxic_state) X(toxic_ref) X(proxy_counters)            \
	X(role_vitals) X(health) X(answer) X(proxy_create) X(toxic_spec)      \
	X(proxy_update) X(proxy_key) X(toxic_create) X(toxic_update)          \
	X(toxic_name) X(relay_assign) X(counters) X(dial_policy) X(endpoint)  \
	X(dial_result) X(store_proxy) X(stored_proxy) X(store_result)         \
	X(config_end) X(relay_bytes) X(relay_here) X(api_host) X(api_callers)   \
	X(api_caller) X(config_file) X(api_here)                              \
	X(config_proxy) X(config_fault) X(dial_resolver) X(lookup_result) X(lookup_request)     \
	X(policy_rule) X(dial_rules) X(relay_clients) X(tenant) X(credential) \
	X(token_name) X(token_digest) X(pair_end) X(lease_renewal)            \
	X(tenant_limits) X(relay_enter) X(relay_entered) X(proxy_clients)
/* clang-format on */

enum payload_tag {
#define X(payload) PAYLOAD_##payload,
	MSG_PAYLOADS(X)
#undef X
};

union msg_payload {
#define X(payload) struct payload payload;
	MSG_PAYLOADS(X)
#undef X
};

/*
 * Those that end in a toxic's spec: of its tail they have what is used.  It is
 * part of them, and no message of its own, so that nothing comes between.
 */
#define MSG_WITH_TAIL(X) \
	X(toxic_spec) X(toxic_state) X(answer) X(toxic_create) X(toxic_update)

/*
 * Is it one of those, whoever has written it?  Every text ends, every enum and
 * flag is known, the parts agree.
 */
int payload_is_sound(enum payload_tag, const union msg_payload *);

#endif
