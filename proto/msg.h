/* SPDX-License-Identifier: ISC */
#ifndef MSG_H
#define MSG_H

#include <stddef.h>
#include <stdint.h>

#include "payload.h"

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
	X(API_HOSTS, nothing, NO, NO)      /* what it may be called, anew */   \
	X(API_HOST, api_host, NO, NO)      /* ... by this name, until: */      \
	X(API_HOSTS_END, nothing, NO, NO)                                      \
	X(API_PROFILES, nothing, NO, NO) /* of the file, anew, until: */       \
	X(API_PROFILE_TOXIC, toxic_spec, NO, NO)                               \
	X(API_PROFILES_END, nothing, NO, NO)                                   \
	X(API_CALLERS, api_callers, NO, NO) /* who may ask, anew, until: */    \
	X(API_CREDENTIAL, credential, NO, NO)                                  \
	X(API_LIMITS, tenant_limits, NO, NO) /* of who has some, by name */    \
	X(API_CALLERS_END, nothing, NO, NO)                                    \
	X(API_TOKEN, credential, NO, NO) /* one more counts, at once */        \
	X(API_TOKEN_GONE, token_digest, NO, NO)                                \
	X(API_HALTS, nothing, NO, NO) /* whose toxics are off, until: */       \
	X(API_HALT, halt, NO, NO)                                              \
	X(API_HALTS_END, nothing, NO, NO)                                      \
	X(API_CERTIFICATE, nothing, NO, FD) /* of HTTPS, which begins with: */ \
	X(API_KEY, nothing, NO, FD)         /* ... its key */                  \
	X(API_SOCKET, nothing, NO, ANY)     /* to listen on, too; or none */   \
	X(API_LISTENER, nothing, NO, FD)    /* after the whole truth: serve */ \
	X(REPLICA_BEGIN, nothing, NO, NO)   /* all of it anew, unseen until */ \
	X(REPLICA_END, nothing, NO, NO)                                        \
	X(REPLICA_CHANGES, nothing, NO, NO) /* by much at once, until: */      \
	X(REPLICA_CHANGED, nothing, NO, NO)                                    \
	X(REPLICA_PROXY, proxy_state, NO, NO)    /* new, or changed */         \
	X(REPLICA_PROXY_GONE, proxy_ref, NO, NO) /* its toxics go too */       \
	X(REPLICA_TOXIC, toxic_state, NO, NO)    /* new: last; or changed */   \
	X(REPLICA_TOXIC_GONE, toxic_ref, NO, NO)                               \
	X(REPLICA_COUNTERS, proxy_counters, NO, NO)                            \
	X(REPLICA_TOXIC_DONE, toxic_done, NO, NO)                              \
	X(REPLICA_SCENARIO, scenario_spec, NO, NO) /* of that proxy; and: */   \
	X(REPLICA_SCENARIO_TOXIC, toxic_create, NO, NO) /* each, in order */   \
	X(REPLICA_SCENARIO_GONE, proxy_key, NO, NO)                            \
	X(REPLICA_ROLE, role_vitals, NO, NO)                                   \
	X(REPLICA_HEALTH, health, NO, NO)                                      \
	X(EVENTS_NEWS, event_stream, NO, NO) /* there are new ones, once */    \
	X(EVENT, event_record, ID, NO)       /* of a question; oldest first */ \
	X(EVENTS_END, event_end, ID, NO)     /* ... and its last */            \
	X(API_LOST, nothing, ID, NO) /* what was asked before that is lost */  \
	X(API_FINISH, nothing, NO, NO)        /* give clients back, end */     \
	X(API_TOXIC_WORK, toxic_work, ID, NO) /* PROXY_SESSIONS: this, and: */ \
	X(API_ENDED, session_ended, ID, NO)   /* ... or this, and: */          \
	X(API_OWN_TOXIC, toxic_spec, ID, NO)  /* ... or this, and: */          \
	X(API_PAGE, session_page, ID, NO)     /* ... before its ANSWER */      \
	X(API_SOURCE, source_state, ID, NO)   /* DESIRED_SHOW: each */         \
	X(API_SOURCE_TEXT, source_text, ID, NO)     /* ... of one, too */      \
	X(API_DESIRED_FAULT, desired_fault, ID, NO) /* DESIRED_PUT */          \
	X(API_DESIRED_DONE, desired_done, ID, NO)   /* ... or so */            \
	X(ANSWER, answer, ID, NO) /* to the request of that id */              \
                                                                               \
	/* apid -> ctld */                                                     \
	X(API_SERVES, nothing, NO, NO)     /* the file is in it, it accepts */ \
	X(API_HERE, api_here, ID, NO)      /* HELLO: so far it has asked */    \
	X(API_CALLER, api_caller, ID, ANY) /* who asks what has that id */     \
	X(API_TOKEN_USED, token_digest, NO, NO) /* in this minute */           \
	X(API_REFUSED, api_refused, ID, ANY) /* by it alone: write it down */  \
	X(EVENTS_READ, event_question, ID, NO) /* gets EVENTs and their END */ \
	X(PROXY_WATCH, proxy_watch, NO, NO) /* what it counts is waited for */ \
                                                                               \
	/* either way: a client that is there, and has nothing under way */    \
	X(API_CLIENT, nothing, NO, FD)                                         \
                                                                               \
	/* apid -> ctld: requests; each gets one ANSWER */                     \
	X(PROXY_CREATE, proxy_create, ID, NO)                                  \
	X(PROXY_POPULATE, proxy_create, ID, NO)                                \
	X(PROXY_CREATE_TOXIC, toxic_spec, ID,                                  \
	    NO) /* behind one, PROFILE ... */                                  \
	X(PROXY_UPDATE, proxy_update, ID, NO)                                  \
	X(PROXY_DELETE, proxy_key, ID, NO)                                     \
	X(PROXY_RESET, proxy_key, ID, NO) /* enable, remove all toxics */      \
	X(PROXY_AWAIT, proxy_key, ID, NO) /* is it there? */                   \
	X(PROXY_PROFILE, proxy_profile, ID, NO) /* instead of another */       \
	X(SCENARIO_CREATE, scenario_spec, ID,                                  \
	    NO) /* toxics as behind a PROFILE */                               \
	X(SCENARIO_DELETE, scenario_name, ID, NO) /* whichever proxy's */      \
	X(PROXY_SESSIONS, sessions_ask, ID, NO)   /* a page, or one of them */ \
	X(PROXY_SESSION_END, sessions_ask, ID, NO) /* close it, or reset it */ \
	X(OWN_TOXIC_CREATE, own_toxic, ID, NO)     /* of one such session */   \
	X(OWN_TOXIC_UPDATE, own_toxic, ID, NO)                                 \
	X(OWN_TOXIC_DELETE, own_toxic, ID, NO)                                 \
	X(TOXIC_CREATE, toxic_create, ID, NO)                                  \
	X(TOXIC_UPDATE, toxic_update, ID, NO)                                  \
	X(TOXIC_DELETE, toxic_name, ID, NO)                                    \
	X(LEASE_RENEW, lease_renewal, ID, NO)                                  \
	X(TOKEN_CREATE, credential, ID, NO)                                    \
	X(TOKEN_DELETE, token_name, ID, NO)                                    \
	X(SESSION_OPEN, session_ref, ID, NO)                                   \
	X(SESSION_RENEW, session_ref, ID, NO)      /* or come back to it */    \
	X(SESSION_GONE, session_ref, ID, NO)       /* its client has ended */  \
	X(DESIRED_PUT, desired_put, ID, NO)        /* and behind it: */        \
	X(DESIRED_TEXT, source_text, ID, NO)       /* all of it */             \
	X(DESIRED_PROXY, proxy_create, ID, NO)     /* each, and its */         \
	X(DESIRED_SCENARIO, scenario_spec, ID, NO) /* likewise */              \
	X(DESIRED_TOXIC, toxic_spec, ID, NO)       /* of the last one */       \
	X(DESIRED_SHOW, desired_show, ID, NO)      /* one, or a list */        \
	X(HALT, halt, ID, NO)   /* all toxics off, and held off */             \
	X(RESUME, halt, ID, NO) /* ... until then */                           \
                                                                               \
	/* ctld -> stored: each change ends with a STORE_COMMIT */             \
	X(STORE_LOAD, nothing, ID, NO)  /* say all there is, then STORED */    \
	X(STORE_CLEAR, nothing, NO, NO) /* what follows is all there is */     \
	X(STORE_POPULATED, nothing, NO, NO) /* from the configuration file */  \
	X(STORE_PROXY, store_proxy, NO, NO)                                    \
	X(STORE_PROXY_GONE, proxy_key, NO, NO) /* its toxics go too */         \
	X(STORE_TOXIC, toxic_create, NO, NO)   /* new: last; or changed */     \
	X(STORE_TOXIC_GONE, toxic_name, NO, NO)                                \
	X(STORE_TOXICS_GONE, proxy_key, NO, NO)                                \
	X(STORE_SCENARIO, scenario_spec, NO, NO) /* of that proxy; and: */     \
	X(STORE_SCENARIO_TOXIC, toxic_create, NO, NO) /* each, in order */     \
	X(STORE_SCENARIO_GONE, proxy_key, NO, NO)                              \
	X(STORE_TOKEN, credential, NO, NO) /* new, or changed */               \
	X(STORE_TOKEN_GONE, token_name, NO, NO)                                \
	X(STORE_HALT, halt, NO, NO)                                            \
	X(STORE_HALT_GONE, halt, NO, NO)                                       \
	X(STORE_SOURCE, source_state, NO, NO)             /* anew; and: */     \
	X(STORE_SOURCE_TEXT, source_text, NO, NO)         /* all of it */      \
	X(STORE_SOURCE_SCENARIO, source_scenario, NO, NO) /* each */           \
	X(STORE_SOURCE_GONE, source_ref, NO, NO) /* and its proxies stay */    \
	X(STORE_EVENTS, event_block, NO, NO) /* whose ids may be had next */   \
	X(STORE_COMMIT, nothing, ID, NO)     /* its id gets a STORED */        \
                                                                               \
	/* stored -> ctld */                                                   \
	X(STORED_TOKEN, credential, NO, NO)                                    \
	X(STORED_HALT, halt, NO, NO)                                           \
	X(STORED_SOURCE, source_state, NO, NO)     /* before proxies; and: */  \
	X(STORED_SOURCE_TEXT, source_text, NO, NO) /* all of it */             \
	X(STORED_SOURCE_SCENARIO, source_scenario, NO, NO) /* each */          \
	X(STORED_PROXY, stored_proxy, NO, NO)                                  \
	X(STORED_TOXIC, toxic_create, NO, NO) /* of the last STORED_PROXY */   \
	X(STORED_SCENARIO, scenario_spec, NO, NO) /* likewise; and: */         \
	X(STORED_SCENARIO_TOXIC, toxic_create, NO, NO)                         \
	X(STORED, store_result, ID, NO)                                        \
                                                                               \
	/* ctld -> the apid that only reads the configuration file */          \
	X(CONFIG_CERTIFICATE, nothing, NO, FD) /* look at them, and say: */    \
	X(CONFIG_KEY, nothing, NO, FD)         /* ... CONFIG_PAIR_END */       \
	X(CONFIG_READ, nothing, NO, FD) /* say what is in it, and no more */   \
	X(CONFIG_SETTINGS, nothing, NO, FD) /* ... of settings */              \
	X(CONFIG_CHECK, nothing, NO, FD)    /* say what is wrong with it */    \
                                                                               \
	/* ... -> ctld; PROXY_CREATE_TOXICs follow as with apid */             \
	X(CONFIG_PROXY, config_proxy, ANY, NO)                                 \
	X(CONFIG_TENANT, tenant, NO, NO)         /* policy_id: 1, 2, 3, ... */ \
	X(CONFIG_CREDENTIAL, credential, NO, NO) /* of the last of them */     \
	X(CONFIG_LIMITS, tenant_limits, NO, NO)  /* of one of them, or none */ \
	X(CONFIG_RULE, policy_rule, NO, NO)      /* whom proxies may reach */  \
	X(CONFIG_PROXY_CLIENTS, proxy_clients, NO, NO) /* of its proxies */    \
	X(CONFIG_PAIR_END, pair_end, NO, NO)                                   \
	X(CONFIG_HOST, api_host, NO, NO) /* what the API may be called */      \
	X(CONFIG_PROFILE_TOXIC, toxic_spec, NO, NO) /* of its owner */         \
	X(CONFIG_FAULT, config_fault, NO, NO)                                  \
	X(CONFIG_END, config_end, NO, NO) /* that was all, or it is no good */ \
                                                                               \
	/* ctld -> relayd; those with an id get a RELAY_DONE */                \
	X(RELAY_ASSIGN, relay_assign, NO, FD) /* the listening descriptor */   \
	X(RELAY_DIALER, nothing, ANY, ANY) /* a line to diald, or its end */   \
	X(RELAY_TOXIC_ADD, toxic_spec, ANY, NO)                                \
	X(RELAY_TOXIC_UPDATE, toxic_spec, ANY, NO)                             \
	X(RELAY_TOXIC_REMOVE, toxic_name, ANY, NO)                             \
	X(RELAY_HALT, nothing, ANY, NO)   /* they are off; RELAY_HALTED */     \
	X(RELAY_RESUME, nothing, ANY, NO) /* ... and on again; likewise */     \
	X(RELAY_CLIENTS, relay_clients, NO, NO)       /* who may connect */    \
	X(RELAY_PROXY_CLIENTS, relay_clients, NO, NO) /* ... of those */       \
	X(RELAY_CONNECT, connect_spec, ANY, NO)       /* what clients meet */  \
	X(RELAY_LOSS_PROGRAM, nothing, NO, FD)        /* for tcp_loss */       \
	X(RELAY_UNPLUG, nothing, NO, FD)              /* ... and for unplug */ \
	X(RELAY_GATE, nothing, ANY, NO) /* ask who may come in; 0: nobody */   \
	X(RELAY_ENTERED, relay_entered, ID, NO) /* so many may */              \
	X(RELAY_PACE, relay_bytes, NO, NO)   /* to read in a second; 0: all */ \
	X(RELAY_START, nothing, NO, NO)      /* all said: accept */            \
	X(RELAY_DRAIN, nothing, ID, NO)      /* accept no more, count */       \
	X(RELAY_RETIRE, nothing, NO, NO)     /* accept no more, end last */    \
	X(RELAY_WATCH, nothing, ANY, NO)     /* count sooner; 0: as ever */    \
	X(RELAY_ASK, relay_ask, ID, NO)      /* of sessions: RELAY_PAGE */     \
	X(RELAY_OWN_ASK, own_toxic, ID, NO)  /* likewise, of a toxic */        \
	X(RELAY_OWN_GONE, nothing, ANY, NO)  /* no session has any */          \
	X(RELAY_LEND, relay_bytes, NO, NO)   /* so many more to hold */        \
	X(RELAY_RECALL, relay_bytes, NO, NO) /* keep so many, no more */       \
                                                                               \
	/* relayd -> ctld */                                                   \
	X(RELAY_DONE, nothing, ID, NO)                                         \
	X(RELAY_HALTED, nothing, ID, NO) /* or resumed */                      \
	X(RELAY_COUNTERS, counters, ANY, NO)                                   \
	X(RELAY_BORROW, relay_bytes, NO, NO) /* LEND, as there are some */     \
	X(RELAY_RETURN, relay_bytes, NO, NO)                                   \
	X(RELAY_ENTER, relay_enter, ID, NO)  /* so many are in, or want in */  \
	X(RELAY_DIALER_BAD, nothing, ID, NO) /* that line is of no use */      \
	X(RELAY_PROGRAM_LOST, nothing, NO, NO) /* on its way: send it again */ \
	X(RELAY_TOXIC_COUNTED, toxic_counted, ANY, NO) /* COUNTERS, HERE */    \
	X(RELAY_TOXIC_WORK, toxic_work, ID, NO) /* RELAY_ASK: each, and: */    \
	X(RELAY_ENDED, session_ended, ID, NO)   /* ... or this, and: */        \
	X(RELAY_OWN_TOXIC, toxic_spec, ID, NO)  /* ... or this, and: */        \
	X(RELAY_PAGE, session_page, ID, NO)                                    \
	X(RELAY_ENDED_NOW, session_ended, NO, NO) /* unasked, and few */       \
	X(RELAY_TOXIC_HERE, toxic_spec, ID, NO)   /* HELLO: each, in order */  \
	X(RELAY_HERE, relay_here, ID, NO)         /* ... and then the rest */  \
                                                                               \
	/* ctld -> diald */                                                    \
	X(DIAL_RULES, dial_rules, NO, NO) /* all of them anew, at the END */   \
	X(DIAL_RULE, policy_rule, NO, NO)                                      \
	X(DIAL_RULES_END, nothing, NO, NO)                                     \
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
	X(LOOKUP, lookup_request, ID, NO) /* each gets one LOOKED_UP */        \
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

/* Raised whenever a payload or a meaning changes; checked in READY. */
#ifndef MSG_VERSION /* a test builds a toxid of another version */
#define MSG_VERSION 6
#endif

/*
 * Of all payloads and of the rows of toxics.h, in that version: the unit test
 * layouts_test.c fails where it is another, and says which.
 */
#define MSG_DIGEST UINT64_C(0x8f7ee8622ff139ab)

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
