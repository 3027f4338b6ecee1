/* SPDX-License-Identifier: ISC */
#ifndef API_SESSIONS_H
#define API_SESSIONS_H

#include "deadlines.h"
#include "msg.h"
#include "session_id.h"

/*
 * Sessions of clients of the API: what is made in one goes with it.  Each has a
 * lease, which its apid renews for as long as its client is there; one that
 * ends turns what is tied to it into leases that are over: lapse.c sees to
 * those.  A session is of this life of toxid: the journal has it, stored has
 * not, and the rows of what is tied to one say that they are over.
 */

struct change;
struct proxy;
struct toxic;
struct usage;

struct api_session {
	struct session_ref ref; /* .id none: there is no such session */
	struct deadline ends;
	struct usage *usage; /* its tenant's */
	int is_over;         /* what is tied to it is still to be told so */
	int has_ties;        /* or had some */
};

/* NULL: that tenant has none of that number, or no more. */
const struct api_session *api_session_find(
    const char *tenant, const struct session_id *);

/*
 * A proxy, or a toxic of its, that is being made goes with that session, if it
 * is one; where that has ended meanwhile, it is over at once.
 */
void api_session_ties_proxy(struct proxy *, const struct session_id *);
void api_session_ties_toxic(
    struct proxy *, struct toxic *, const struct session_id *);
/* The number of what something is tied to; that of none. */
const struct session_id *api_session_id(const struct api_session *);

/* A new apid serves: whose clients may come back. */
void api_sessions_wait(void);
/* In the loop: what was tied to those that are over is, too. */
void api_sessions_end(void);

/* The journal: all there are; and back. */
size_t api_sessions_size(void);
void api_sessions_each(void (*)(const struct session_ref *));
int api_sessions_load(const void *bytes, size_t);      /* 0, or -1 */
int api_sessions_load_gone(const void *bytes, size_t); /* likewise */

/* requests.c */
int get_session(struct change *, const struct msg *);
const struct proxy_key *tenant_of_session(const struct change *);
enum answer_code prepare_session_open(struct change *);
enum answer_code prepare_session(struct change *); /* one that there is */
void log_session_opened(const struct change *);
void log_session_gone(const struct change *);
int commit_session_open(struct change *);
int commit_session_renew(struct change *);
int commit_session_gone(struct change *);

#endif
