/* SPDX-License-Identifier: ISC */
#ifndef CALLERS_H
#define CALLERS_H

#include "api_socket.h"
#include "msg.h"
#include "token_digest.h"

/*
 * Who may ask for something: with tenants, whoever brings a token of one; else
 * whoever brings the one token, if there is one; else anybody.  apid has their
 * digests only, and can refuse by them; what it passes on is looked at here, so
 * that it can grant nothing.
 */

struct child;
struct request;

/* Somebody who asks for what comes next. */
struct caller {
	uint32_t id; /* of what he asks for; 0: nobody has been named */
	struct token_digest digest; /* who he is: that may change meanwhile */
	int has_token;              /* else it is what the kernel says */
	/* as he was when he asked, for the log */
	char tenant[TENANT_NAME_MAX + 1], name[CREDENTIAL_NAME_MAX + 1];
	char request_id[REQUEST_ID_MAX + 1];
	struct address peer;
	struct peer user; /* of the socket, if he has come by that */
	int has_user;
};

/* Once, before any child is there: keeps no more than the token's digest. */
void callers_open(void);
/* Is there one token for all, which no file has changed? */
int callers_have_one_token(void);
int callers_are_open(void);
/* Since tenants came, or went, apid may not have heard of the last reload. */
int callers_may_be_late(void);

/*
 * Whose token it is.  client is his connection, if that was one of the socket;
 * or -1; it is taken.  -1: no honest apid would have passed it on.
 */
int caller_take(
    struct caller *, const struct api_caller *, uint32_t id, int client);
/* ... or whoever it has refused, which says who he is and nothing else. */
void caller_read(
    struct caller *, const struct api_caller *, uint32_t id, int client);
int caller_has_expired(const struct caller *); /* that he had a token */
/* May he have that, of the proxy of that key, now?  ANSWER_OK, or why not. */
enum answer_code caller_may(
    const struct caller *, const struct request *, const struct proxy_key *);

/* Whence he has come: an address, or "uid 1000"; "": nobody has said. */
void caller_client_text(const struct caller *, char text[ADDRESS_TEXT_MAX]);

/* ... and make, or take back, a token of that role? */
int caller_may_grant(const struct caller *, uint32_t role);

/* To an apid: who may ask; all of them. */
void callers_feed(struct child *apid);

#endif
