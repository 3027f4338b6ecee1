/* SPDX-License-Identifier: ISC */
#ifndef PAYLOAD_API_H
#define PAYLOAD_API_H

#include <stdint.h>

#include "agreed.h"
#include "connect_spec.h"
#include "endpoint.h"
#include "payload_child.h"
#include "payload_relay.h"
#include "proxy_key.h"
#include "role.h"
#include "toxic_spec.h"

/* What apid is told, and shows: the truth, how all are, and answers. */

struct api_here {
	uint32_t asked;   /* the id of its last request; 0: it has had none */
	uint8_t finishes; /* 1: an API_FINISH came before */
	uint8_t serves;   /* 0: it has not yet populated from the file */
	uint8_t reserved[2];
};

struct api_host {
	char name[HOST_MAX + 1];
};

struct proxy_state {
	int64_t lease; /* see lease.h */
	struct connect_spec connect;
	uint32_t id; /* never used again in this life of toxid */
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
	struct toxic_counts counts;
	struct toxic_spec spec;
};

struct toxic_ref {
	uint32_t proxy_id;
	char name[TOXIC_NAME_MAX + 1];
};

struct toxic_done {
	uint32_t proxy_id;
	uint32_t reserved;
	struct toxic_counts counts; /* of all workers that it has had */
	char name[TOXIC_NAME_MAX + 1];
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
	uint32_t loss_lacks;       /* enum loss_lack */
	uint32_t loss_pool;        /* programs to lose segments by */
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
	ANSWER_TENANT_PROXIES,    /* 507: it has its share of all that may be */
	ANSWER_TENANT_TOXICS,     /* 507 */
	ANSWER_TENANT_CHANGES,    /* 503: ... under way */
	ANSWER_TENANT_NAMES,      /* 503: ... being looked up */
	ANSWER_NO_TOKEN,          /* 404 */
	ANSWER_TOKEN_EXISTS,      /* 409 */
	ANSWER_TOO_MANY_TOKENS,   /* of the tenant: 409 */
	ANSWER_TOKEN_OF_FILE,     /* 409: nobody else takes it away */
	ANSWER_LESSER_ROLE,       /* 403: than the token's, of him who asks */
	ANSWER_OVER_LIMIT,        /* 403: of the tenant's; see limit */
	ANSWER_NO_SESSION,        /* 404 */
	ANSWER_TOO_MANY_SESSIONS, /* 503: or the tenant has its share */
	ANSWER_NO_CONNECTION,     /* 404: a proxy's session */
	ANSWER_WORKER_BUSY,       /* 503: it did not answer in time */
	ANSWER_NO_PROFILE,        /* 404: the proxy has none */
	ANSWER_TOO_MANY_OWN,    /* toxics of one such session, or of all: 409 */
	ANSWER_TOXIC_DIFFERS,   /* 409: it has been changed meanwhile */
	ANSWER_NO_LOSS,         /* 400: see struct health */
	ANSWER_LOSS_TAKEN,      /* 400: all programs are in use */
	ANSWER_NO_SCENARIO,     /* 404 */
	ANSWER_SCENARIO_EXISTS, /* 409: on another proxy */
	ANSWER_HAS_SCENARIO,    /* 409: the proxy; which, .spec.name says */
	ANSWER_NO_SOURCE,       /* 404 */
	ANSWER_GENERATION,      /* 409: another is applied; see API_SOURCE */
	ANSWER_OWNED,           /* 409: by another source; see the faults */
	ANSWER_FAULTS,          /* 400: see API_DESIRED_FAULT */
	ANSWER_TOO_MANY_SOURCES, /* 507: or all documents are too long */
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
	uint64_t limit_value;   /* ANSWER_OVER_LIMIT: so many; .sys_errno is
				 * EADDRINUSE: of them none is free */
	struct endpoint listen; /* which was bad */
	struct address address; /* that bind(2) refused, or none */
	struct toxic_spec spec; /* ANSWER_BAD_VALUE: what was refused; of a
				 * profile, ANSWER_TOXIC_EXISTS: which */
};

#endif
