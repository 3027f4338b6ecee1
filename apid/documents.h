/* SPDX-License-Identifier: ISC */
#ifndef APID_DOCUMENTS_H
#define APID_DOCUMENTS_H

#include "scenarios.h"

/*
 * Desired state: a source's document of what is to be there.  desired.c and
 * desired_show.c: the actions.  desired_document.c, desired_decode.c: from
 * JSON, item by item, with all that is wrong.  desired_faults.c: saying that.
 * desired_send.c: one document after another to ctld, in slices.
 */

/* ---- what is wrong */

#define DESIRED_PROXIES "proxies"
#define DESIRED_SCENARIOS "scenarios"

#define DOCUMENT_FAULTS_MAX 1000 /* that are listed */

/* One that is at fault; list is NULL: none is, but the document. */
struct desired_item {
	const char *list; /* "proxies", or "scenarios" */
	size_t i;
	char name[PROXY_NAME_MAX + 1]; /* "": it has none */
};

struct desired_faults {
	struct writer shown; /* a list's inside; .f is NULL: there are none */
	size_t n;            /* those, too, that are not in it */
	int status;          /* the first one's, and its words */
	char first[512];
};

/* field: where in the item; source: whose its name is; "". */
void desired_fault(struct desired_faults *, const struct desired_item *,
    const char *field, const char *source, const struct failure *);
void desired_complain(struct desired_faults *, const struct desired_item *,
    const char *field, int status, const char *, ...)
    __attribute__((__format__(printf, 5, 6)));
/* ... as a decoder says it; before: where in the item it was at work. */
void desired_fault_decoded(struct desired_faults *, const struct desired_item *,
    const char *before, const struct failure *);
void desired_faults_free(struct desired_faults *);
/* "faults" and, where some are not listed, "more"; the list is over then. */
void encode_desired_faults(FILE *, struct desired_faults *);

/* ---- a document */

/* What it is at, and begins with; one that wants nothing has been read. */
enum document_stage {
	DOCUMENT_BEGINS,
	DOCUMENT_IS_READ = 2
};

/* In the order in which ctld is told. */
struct desired_scenario {
	struct scenario *scenario;
	int is_of_proxy; /* said within that: .item is the proxy's */
	size_t item;
};

struct document {
	TAILQ_ENTRY(document) entry;
	struct ask ask;
	struct request *request; /* NULL: its client has gone */
	struct desired_put put;
	char id[REQUEST_ID_MAX + 1]; /* its request's */
	struct desired_faults faults;
	int may_say_tenants;   /* its items */
	json_t *json;          /* mended; NULL: not read yet, or done with */
	json_t *items[2];      /* its proxies, and its scenarios; or NULL */
	size_t decoded;        /* of both */
	struct writer written; /* its text: canonical, .put.size bytes */
	struct proxy_entry *proxies;        /* .put.nproxies */
	struct desired_scenario *scenarios; /* .put.nscenarios */
	void *proxy_names, *scenario_names, *scenario_proxies; /* tsearch(3) */
	int stage;    /* what it is at: see desired_send.c */
	size_t said;  /* of that */
	int has_done; /* ctld has said: */
	struct desired_done done;
	struct source_state applied; /* which other one is; id 0: none */
	/* Not at all, where faults were found; or NULL.  Not called for who
	 * has gone. */
	void (*answered)(struct document *, const struct answer *);
};

void doc_free(struct document *);
/*
 * Its members, but for what is in the lists.  0, or -1 and why: it is nothing
 * of which one could say what in it is wrong.
 */
int doc_read(struct document *, const char *body, size_t len, struct failure *);
/* Into its text, as it was put: before it is mended. */
void doc_write_item(struct document *, int list, size_t i);
/* All items have been read, without a fault; 0, or -1: its text is too long. */
int doc_finish(struct document *);
/* The next item; 0: it was the last, or there are none. */
int doc_next(struct document *);
/* Of an object in it those that are none go, and are complained of: one that
 * was meant for another is taken for that, which is not missing, then. */
void desired_take_keys(struct document *, const struct desired_item *, json_t *,
    const char *path, const struct keys *);
/* Which item one is, of those that ctld was told. */
struct desired_item doc_item(
    const struct document *, int is_scenario, size_t i);

/* What is wrong with a generation; NULL: nothing. */
const char *generation_fault(const char *);

/* ---- shown */

/* By what an item says, of a document of that tenant; 0, or -1: it has none. */
int desired_key(json_t *item, const char *tenant, struct proxy_key *);
/*
 * comma, and where it is; its tenant, too, where that is not the document's.
 * 1, or 0: there is no such proxy.
 */
int desired_show_proxy(
    FILE *, const char *comma, const struct proxy_key *, const char *tenant);
/* The reply's ETag. */
void reply_generation(struct request *, const char *);

/* ---- on its way */

/* From here on it is freed when it has its answer. */
void doc_send(struct document *);
/* Its client has gone: what has begun to be said is said to its end. */
void doc_forget(struct document *);
void desired_work(void); /* a turn of it */
int desired_wants_turn(void);
int desired_is_saying(void); /* and would leave half of one behind */

#endif
