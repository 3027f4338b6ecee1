/* SPDX-License-Identifier: ISC */
#ifndef REQUESTS_H
#define REQUESTS_H

#include <stddef.h>

#include "msg.h"

/* What apid may ask for: a row has all that is to be known of a request. */

struct change;

struct request {
	enum msg_type type;
	/* The payload, into .u: 0, or -1: not what an honest apid asks. */
	int (*get)(struct change *, const struct msg *);
	/* ... and whose proxy, or tenant, it is about. */
	const struct proxy_key *(*proxy)(const struct change *);
	/* ... which is looked for anew, whenever its turn has come; NULL: it
	 * says that itself. */
	void (*find)(struct change *);
	/* ... and which of its toxics; NULL, or "": of none. */
	const char *(*toxic)(const struct change *);
	int makes_a_proxy, ends_a_proxy; /* or puts another in its place */
	int ends_toxics;                 /* all that the proxy has */
	int is_of_tenant;    /* its key's, and no proxy; it is stored */
	int is_of_tokens;    /* likewise */
	int is_of_sessions;  /* likewise; it is not */
	int is_of_all;       /* of any proxy: no other change beside it */
	int is_no_more;      /* in the journal, than there was, or hardly */
	int is_of_a_session; /* of a proxy, and changes it: in no journal */
	/* See change_endpoint(); NULL: it needs no address. */
	const struct endpoint *(*endpoint)(
	    const struct change *, enum answer_stage *);
	/* What does not wait for its turn, nor for a disk; NULL: nothing. */
	void (*at_once)(struct change *);
	/* Asks somebody else, out of turn; NULL: it is a change, see below. */
	void (*ask)(struct change *);
	/* What may fail; nothing has been done yet.  See prepare.c. */
	enum answer_code (*prepare)(struct change *);
	/* ... is not to be done; or so much as it is.  NULL: change_undo()
	 * knows all of it. */
	void (*undo)(struct change *);
	/* Before its memory goes; or NULL. */
	void (*forget)(struct change *);
	/* What has been prepared, to stored: the steps of a change.  NULL:
	 * that keeps nothing of it. */
	void (*store)(const struct change *);
	/* ... and to the log, while the truth is still as it was.  NULL: it
	 * is no news. */
	void (*log)(const struct change *);
	/* ... and to who watches, likewise. */
	void (*event)(const struct change *);
	/* Does it.  1: it waits for a worker; 0: that was all.  NULL: nothing
	 * is to be done, nor stored, nor logged. */
	int (*apply)(struct change *);
};

/* Before anybody asks; all there are. */
void requests_open(void);

/* request_of.c, where those find one who are themselves a part of one. */
void requests_are(const struct request *, size_t n);
/* NULL: it is no request. */
const struct request *request_of(enum msg_type);

#endif
