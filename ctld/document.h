/* SPDX-License-Identifier: ISC */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "endpoint.h"
#include "names.h"
#include "payload_api.h"
#include "payload_desired.h"

/*
 * What a source wants to be there, all of it or nothing: said item by item, as
 * an honest apid has read it; and the addresses.  What becomes of it,
 * difference.h says.
 */

struct change;
struct msg;
struct proxy_create;
struct scenario_spec;
struct source;

enum plan {
	PLAN_KEEP,    /* the item is as it was in the last document */
	PLAN_ADOPT,   /* is there already, and nobody's */
	PLAN_MAKE,    /* or, of a scenario, begin */
	PLAN_CHANGE,  /* ... or likewise; its sessions go on */
	PLAN_REPLACE, /* what is there is the source's, and another */
	PLAN_TAKEN,   /* ... is another source's */
	PLAN_MAX
};

/* A proxy that is to be. */
struct wanted {
	TAILQ_ENTRY(wanted) entry;
	struct document *document;
	struct change *change; /* a PROXY_POPULATE of nobody's */
	struct change *wait;   /* PLAN_CHANGE: for its worker; or NULL */
	struct waiter waiter;  /* for the address of its listen */
	uint32_t nth;          /* item of the document, from 0 */
	int is_asked;          /* for the address of its listen */
	int has_scenario;      /* that is to be on it */
	enum plan plan;
	uint32_t line, column; /* where a file says listen; or 0 */
	int fd;        /* if it is to have one: bound ahead of all changes */
	int is_shared; /* it is that of a proxy that leaves */
	struct address bound;
};
TAILQ_HEAD(wanteds, wanted);

/* A scenario that is to be, on a proxy of the same document. */
struct wanted_scenario {
	TAILQ_ENTRY(wanted_scenario) entry;
	struct change *change; /* a SCENARIO_CREATE; NULL: it has begun */
	struct wanted *on;
	uint32_t nth;
	uint64_t print;
	enum plan plan;
};
TAILQ_HEAD(wanted_scenarios, wanted_scenario);

struct document {
	struct wanteds all;
	void *by_key; /* tsearch(3) */
	struct wanted_scenarios scenarios;
	unsigned int n, nscenarios, ntoxics; /* so many have been said */
	struct change *reading;              /* its toxics are still coming */
	uint32_t line, column;               /* of that one */
	uint32_t source;                     /* whose it is */
	const struct source *last; /* NULL: its first; or the file's */
	int is_asking;
	unsigned int nfaults;
	void (*moved)(struct document *); /* an address has come, or none */
	/* of: NULL, it is about no proxy of it */
	void (*fault)(struct document *, const struct wanted *of,
	    const struct desired_fault *);
	struct change *asked; /* that wants it; NULL: nobody's */
};

/* The caller has filled in what it knows of it. */
void document_open(struct document *);
void document_free(struct document *);

/* It cannot be, for that reason; the source of that name, or "", is in the way.
 */
void document_fault(struct document *, const struct wanted *,
    enum desired_field, const char *owner, const char *why);
void document_scenario_fault(struct document *, const struct wanted_scenario *,
    enum desired_field, const char *why);

/* Why an item cannot be: what came of preparing it. */
const char *document_refusal(enum answer_code);

enum document_read {
	DOCUMENT_OK = 0,
	DOCUMENT_ODD = -1, /* no honest reader says it */
	DOCUMENT_NO_MEMORY = -2,
	DOCUMENT_TOO_MANY = -3 /* toxics */
};

/*
 * A proxy or a scenario, and then each of its toxics.  Of proxies, as in
 * /populate, the last of two of one key counts.
 */
enum document_read document_proxy(struct document *,
    const struct proxy_create *, uint32_t line, uint32_t column);
enum document_read document_scenario(
    struct document *, const struct scenario_spec *);
enum document_read document_toxic(struct document *, const struct msg *);

/*
 * How many addresses of what is planned are still to be had, for which .moved
 * is called.
 */
int document_look_up(struct document *);
/* Those that have not come are not to be had. */
void document_give_up_looking(struct document *);
/* Has it its address, if it needs one?  0: else that is a fault. */
int document_has_address(struct wanted *);

/* It makes a proxy, or puts another in the place of one. */
static inline int
wanted_is_new(const struct wanted *w)
{
	return w->plan == PLAN_MAKE || w->plan == PLAN_REPLACE;
}

#endif
