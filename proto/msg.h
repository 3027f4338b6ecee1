/* SPDX-License-Identifier: ISC */
#ifndef MSG_H
#define MSG_H

#include <stddef.h>
#include <stdint.h>

#include "endpoint.h"
#include "log.h"
#include "proxy_spec.h"
#include "toxic_spec.h"

/*
 * What crosses a process boundary: one message a packet, one fixed-size struct
 * a message, at most one descriptor.  PROTOCOL.md tells who says what when.
 *
 * A row: type, payload, has it the id of something (ID), or 0 (NO), or either
 * (ANY), and likewise: has it a descriptor (FD).
 */
#define MSG_TYPES(X)                                                           \
	/* ctld -> every child */                                              \
	X(SETUP, setup, NO, NO)   /* lock yourself up, then say READY */       \
	X(PING, nothing, ANY, NO) /* answer PONG, soon */                      \
	X(HELLO, nothing, ID, NO) /* of another ctld: say how you are */       \
                                                                               \
	/* every child -> ctld */                                              \
	X(READY, ready, NO, NO) /* locked up */                                \
	X(PONG, vitals, ANY, NO)                                               \
	X(LOG, log_record, NO, NO)                                             \
                                                                               \
	/* ctld -> apid: what it serves, and the truth as it changes */        \
	X(API_CONFIG, config_file, NO, FD) /* to populate from, first */       \
	X(API_HOST, api_host, NO, NO)      /* a name that it may be called */  \
	X(API_TOKEN, api_token, NO, NO)   /* that every request has to have */ \
	X(API_LISTENER, nothing, NO, FD)  /* after the whole truth: serve */   \
	X(REPLICA_BEGIN, nothing, NO, NO) /* all of it anew, unseen until */   \
	X(REPLICA_END, nothing, NO, NO)                                        \
	X(REPLICA_PROXY, proxy_state, NO, NO)    /* new, or changed */         \
	X(REPLICA_PROXY_GONE, proxy_ref, NO, NO) /* its toxics go too */       \
	X(REPLICA_TOXIC, toxic_state, NO, NO)    /* new: last; or changed */   \
	X(REPLICA_TOXIC_GONE, toxic_ref, NO, NO)                               \
	X(REPLICA_COUNTERS, proxy_counters, NO, NO)                            \
	X(REPLICA_ROLE, role_vitals, NO, NO)                                   \
	X(REPLICA_HEALTH, health, NO, NO)                                      \
	X(API_LOST, nothing, ID, NO) /* what was asked before that is lost */  \
	X(API_FINISH, nothing, NO, NO) /* give clients back, end */            \
	X(ANSWER, answer, ID, NO)      /* to the request of that id */         \
                                                                               \
	/* apid -> ctld */                                                     \
	X(API_SERVES, nothing, NO, NO) /* the file is in it, it accepts */     \
	X(API_HERE, api_here, ID, NO)  /* HELLO: so far it has asked */        \
                                                                               \
	/* either way: a client that is there, and has nothing under way */    \
	X(API_CLIENT, nothing, NO, FD)                                         \
                                                                               \
	/* apid -> ctld: requests; each gets one ANSWER */                     \
	X(PROXY_CREATE, proxy_create, ID, NO)                                  \
	X(PROXY_POPULATE, proxy_create, ID, NO)                                \
	X(PROXY_CREATE_TOXIC, toxic_spec, ID, NO) /* follows one of the two */ \
	X(PROXY_UPDATE, proxy_update, ID, NO)                                  \
	X(PROXY_DELETE, proxy_name, ID, NO)                                    \
	X(PROXY_RESET, proxy_name, ID, NO) /* enable, remove all toxics */     \
	X(PROXY_AWAIT, proxy_name, ID, NO) /* is it there? */                  \
	X(TOXIC_CREATE, toxic_create, ID, NO)                                  \
	X(TOXIC_UPDATE, toxic_update, ID, NO)                                  \
	X(TOXIC_DELETE, toxic_name, ID, NO)                                    \
                                                                               \
	/* ctld -> stored: each change ends with a STORE_COMMIT */             \
	X(STORE_LOAD, nothing, ID, NO)  /* say all there is, then STORED */    \
	X(STORE_CLEAR, nothing, NO, NO) /* what follows is all there is */     \
	X(STORE_POPULATED, nothing, NO, NO) /* from the configuration file */  \
	X(STORE_PROXY, store_proxy, NO, NO)                                    \
	X(STORE_PROXY_GONE, proxy_name, NO, NO) /* its toxics go too */        \
	X(STORE_TOXIC, toxic_create, NO, NO)    /* new: last; or changed */    \
	X(STORE_TOXIC_GONE, toxic_name, NO, NO)                                \
	X(STORE_TOXICS_GONE, proxy_name, NO, NO)                               \
	X(STORE_COMMIT, nothing, ID, NO) /* its id gets a STORED */            \
                                                                               \
	/* stored -> ctld */                                                   \
	X(STORED_PROXY, stored_proxy, NO, NO)                                  \
	X(STORED_TOXIC, toxic_create, NO, NO) /* of the last STORED_PROXY */   \
	X(STORED, store_result, ID, NO)                                        \
                                                                               \
	/* ctld -> the apid that only reads the configuration file */          \
	X(CONFIG_READ, nothing, NO, FD) /* say what is in it, and no more */   \
	X(CONFIG_SETTINGS, nothing, NO, FD) /* ... of settings */              \
	X(CONFIG_CHECK, nothing, NO, FD)    /* say what is wrong with it */    \
                                                                               \
	/* ... -> ctld; PROXY_CREATE_TOXICs follow as with apid */             \
	X(CONFIG_PROXY, config_proxy, ANY, NO)                                 \
	X(CONFIG_FAULT, config_fault, NO, NO)                                  \
	X(CONFIG_END, config_end, NO, NO) /* that was all, or it is no good */ \
                                                                               \
	/* ctld -> relayd; those with an id get a RELAY_DONE */                \
	X(RELAY_ASSIGN, relay_assign, NO, FD) /* the listening descriptor */   \
	X(RELAY_DIALER, nothing, ANY, ANY) /* a line to diald, or its end */   \
	X(RELAY_TOXIC_ADD, toxic_spec, ANY, NO)                                \
	X(RELAY_TOXIC_UPDATE, toxic_spec, ANY, NO)                             \
	X(RELAY_TOXIC_REMOVE, toxic_name, ANY, NO)                             \
	X(RELAY_START, nothing, NO, NO)      /* all said: accept */            \
	X(RELAY_DRAIN, nothing, ID, NO)      /* accept no more, count */       \
	X(RELAY_RETIRE, nothing, NO, NO)     /* accept no more, end last */    \
	X(RELAY_LEND, relay_bytes, NO, NO)   /* so many more to hold */        \
	X(RELAY_RECALL, relay_bytes, NO, NO) /* keep so many, no more */       \
                                                                               \
	/* relayd -> ctld */                                                   \
	X(RELAY_DONE, nothing, ID, NO)                                         \
	X(RELAY_COUNTERS, counters, ANY, NO)                                   \
	X(RELAY_BORROW, relay_bytes, NO,                                       \
	    NO) /* answered when there are some */                             \
	X(RELAY_RETURN, relay_bytes, NO, NO)                                   \
	X(RELAY_DIALER_BAD, nothing, ID, NO)    /* that line is of no use */   \
	X(RELAY_TOXIC_HERE, toxic_spec, ID, NO) /* HELLO: each, in order */    \
	X(RELAY_HERE, relay_here, ID, NO)       /* ... and then the rest */    \
                                                                               \
	/* ctld -> diald */                                                    \
	X(DIAL_POLICY, dial_policy, ID, FD)     /* a worker's; id: the line */ \
	X(DIAL_PROXY_GONE, proxy_ref, NO, NO)   /* it listens no more */       \
	X(DIAL_RESOLVER, dial_resolver, ID, FD) /* a line to resolvd */        \
                                                                               \
	/* diald -> ctld */                                                    \
	X(DIAL_OFFENDER, nothing, ID, NO) /* who has the line of that id */    \
	X(DIAL_RESOLVER_BAD, nothing, ID, NO) /* that line is of no use */     \
                                                                               \
	/* ctld -> resolvd */                                                  \
	X(RESOLVER_CLIENT, nothing, NO, FD) /* a channel to diald */           \
                                                                               \
	/* ctld, or diald on their own channel -> resolvd */                   \
	X(LOOKUP, endpoint, ID, NO)       /* each gets one LOOKED_UP */        \
	X(LOOKUP_CANCEL, nothing, ID, NO) /* ... at once */                    \
                                                                               \
	/* resolvd -> ctld or diald */                                         \
	X(LOOKED_UP, lookup_result, ID, NO)                                    \
                                                                               \
	/* relayd -> diald, on their own channel */                            \
	X(DIAL, nothing, ID, NO)                                               \
	X(DIAL_CANCEL, nothing, ID, NO)                                        \
                                                                               \
	/* diald -> relayd */                                                  \
	X(DIALED, dial_result, ID, ANY) /* the descriptor, unless it failed */

enum msg_type {
	MSG_NONE,
#define X(type, payload, id, fd) MSG_##type,
	MSG_TYPES(X)
#undef X
	MSG_MAX
};

/*
 * No payload has padding of the compiler's, which would carry bytes of its
 * sender's stack: a unit test looks.
 */

/* Raised whenever a payload or a meaning changes; checked in READY. */
#ifndef MSG_VERSION /* a test builds a toxid of another version */
#define MSG_VERSION 6
#endif

/*
 * Of all payloads and of the rows of toxics.h, in that version: the unit test
 * layouts_test.c fails where it is another, and says which.
 */
#define MSG_DIGEST UINT64_C(0xc079ef6d5cff8c38)

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
	    0x10, /* stored: what is committed survives power loss */
};
#define SETUP_FLAGS_ALL 0x3f

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

/* Connections to the API at once, and on their way through an upgrade. */
#define API_CLIENTS_MAX 4096

struct api_here {
	uint32_t asked; /* the id of its last request; 0: it has had none */
};

struct api_host {
	char name[HOST_MAX + 1];
};

#define TOKEN_MAX 511

struct api_token {
	char token[TOKEN_MAX + 1];
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
	uint32_t id; /* never used again in this life of toxid */
	uint8_t enabled;
	char name[PROXY_NAME_MAX + 1];
	char listen[ENDPOINT_TEXT_MAX + 1];
	char upstream[ENDPOINT_TEXT_MAX + 1];
	uint8_t reserved[3];
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

struct dial_result {
	uint8_t error; /* enum endpoint_error */
	uint8_t reserved[3];
	int32_t sys_errno;
	struct address address; /* reached, or refused */
};

/* All since the proxy was made, or now where "open" or "held" says so. */
struct counters {
	uint64_t received[STREAM_MAX]; /* bytes read from the source */
	uint64_t sent[STREAM_MAX];     /* bytes written to the destination */
	uint64_t sessions;             /* clients accepted */
	uint64_t dial_failures;
	uint64_t open_sessions;
	uint64_t held;     /* bytes */
	uint64_t gave_way; /* sessions that were draining, for others */
	struct dial_result dial_error; /* the last failure, if there is one */
};

struct proxy_counters {
	uint32_t proxy_id;
	uint32_t restarts;
	uint64_t restart_delay_ms; /* that it is without a worker for now */
	int64_t dial_failed_at;    /* s since 1970: the last time; or 0 */
	struct counters counters;
};

enum role {
	ROLE_CTLD,
	ROLE_APID,
	ROLE_DIALD,
	ROLE_RELAYD,
	ROLE_STORED,
	ROLE_CONFIG, /* an apid that reads the configuration file and ends */
	ROLE_RESOLVD,
	ROLE_MAX
};

/* "relayd" */
const char *role_name(enum role);

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
	char error_proxy[PROXY_NAME_MAX + 1]; /* whose worker; "": none's */
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
	uint8_t reserved[2];
	int32_t sys_errno;
	struct endpoint listen; /* which was bad */
	struct address address; /* that bind(2) refused, or none */
	struct toxic_spec spec; /* ANSWER_BAD_VALUE: what was refused */
};

struct proxy_create {
	struct proxy_spec spec;
	uint32_t ntoxics; /* so many PROXY_CREATE_TOXIC follow, same id */
};

#define CONFIG_PATH_MAX 255

struct config_file {
	char path[CONFIG_PATH_MAX + 1]; /* or its end */
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
	uint8_t is_durable; /* as -durability full */
	uint8_t reserved[3];
};

/* Absent members keep their value. */
struct proxy_update {
	char name[PROXY_NAME_MAX + 1];
	uint8_t has_listen, has_upstream, has_enabled;
	uint8_t enabled;
	struct endpoint listen;
	struct endpoint upstream;
};

struct proxy_name {
	char proxy[PROXY_NAME_MAX + 1];
};

struct toxic_create {
	char proxy[PROXY_NAME_MAX + 1];
	struct toxic_spec spec;
};

struct toxic_update {
	char proxy[PROXY_NAME_MAX + 1];
	uint8_t has_toxicity;
	uint8_t values_given; /* bit i: spec.values[i] is */
	uint8_t reserved[6];
	struct toxic_spec spec; /* kind and name are those of the toxic */
};

struct toxic_name {
	char proxy[PROXY_NAME_MAX + 1]; /* "" where it goes without saying */
	char name[TOXIC_NAME_MAX + 1];
};

struct relay_assign {
	uint32_t proxy_id;
	char name[PROXY_NAME_MAX + 1];
	char upstream[ENDPOINT_TEXT_MAX + 1]; /* for the log */
	uint8_t reserved[6];
	uint64_t first_session; /* sessions of earlier workers: numbers go on */
};

/*
 * What each worker may hold without asking, so that none stands still for
 * others: three chunks.  It is set aside for all the proxies that there may be.
 */
#define RELAY_OWN_HELD ((uint64_t)128 * 1024)

struct relay_bytes {
	uint64_t bytes; /* of memory, for what is held back */
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
	struct counters counters;
};

/* What one worker may reach, and where its proxy listens. */
struct dial_policy {
	uint32_t proxy_id;
	char name[PROXY_NAME_MAX + 1]; /* for the log */
	struct address listen;
	struct endpoint upstream;
};

/* Names that the last resolvd may have died of are to wait so long. */
struct dial_resolver {
	uint32_t hold_ms;
};

#define ADDRESSES_MAX 16

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
	char name[PROXY_NAME_MAX + 1];
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
	uint8_t reserved[6];
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
	X(proxy_update) X(proxy_name) X(toxic_create) X(toxic_update)         \
	X(toxic_name) X(relay_assign) X(counters) X(dial_policy) X(endpoint)  \
	X(dial_result) X(store_proxy) X(stored_proxy) X(store_result)         \
	X(config_end) X(relay_bytes) X(relay_here) X(api_host) X(api_token)   \
	X(config_file) X(api_here)                                            \
	X(config_proxy) X(config_fault) X(dial_resolver) X(lookup_result)
/* clang-format on */

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
 * A message as chan_receive() gives it: msg_check() has been at the door, and
 * msg_get_*() shows what is in it.
 */
struct msg {
	enum msg_type type;
	uint32_t id; /* of the request it is, or answers; 0: neither */
	void *from;  /* who said it, as handle() was told */
	size_t len;  /* as it came, of a payload with a tail */
	int fd;      /* msg_take_fd() takes it; else msg_drop() closes it */
	union msg_payload payload;
};

/* "PROXY_CREATE"; "?" for a number that is no type. */
const char *msg_name(enum msg_type);

/*
 * The size of its payload, with a whole tail if it has one; 0 for a number that
 * is no type.
 */
size_t msg_size(enum msg_type);

/* What is sent of it: without what is not used of a tail; or 0, as above. */
size_t msg_length(enum msg_type, const void *payload);

/* May, or must, it have a descriptor, or an id?  1 if it is as it should be. */
int msg_fd_is_legal(enum msg_type, int has_fd);
int msg_id_is_legal(enum msg_type, uint32_t id);

/* Ownership goes to the caller; -1 if there is none. */
int msg_take_fd(struct msg *);
void msg_drop(struct msg *);

/*
 * Is the payload one of that type?  The length is exact, every text ends, every
 * enum and flag is known, the parts agree.  What its tail has not is 0 from
 * then on.  Returns 0, or -1: malformed.
 */
int msg_check(struct msg *);

/*
 * const struct setup *msg_get_setup(const struct msg *), and so on: the payload
 * of a message that has been checked; good as long as the message is.  To ask
 * for another than the type has is a mistake of ours, and fatal.
 */
#define X(payload) const struct payload *msg_get_##payload(const struct msg *);
MSG_PAYLOADS(X)
#undef X

#endif
