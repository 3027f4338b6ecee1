/* SPDX-License-Identifier: ISC */
#ifndef SOURCES_H
#define SOURCES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "payload_desired.h"

/*
 * Sources of desired state, each as of its last document.  Here they are for
 * who asks, in the journal for the next ctld, and stored keeps them.  The
 * configuration file is one without a row: SOURCE_CONFIG.
 */

struct scenario_row {
	const struct source_scenario *at;
};

struct source {
	TAILQ_ENTRY(source) entry;
	struct source_state state;
	char *text; /* its document: state.size bytes, no NUL */
	struct source_scenario *scenarios; /* state.nscenarios */
	struct scenario_row *by_name;
};

/* Owns text and scenarios, both of malloc(3), from here on, also where it is
 * NULL: no memory.  It is not there yet.  NULL is fine for what is empty. */
struct source *source_new(
    const struct source_state *, char *text, struct source_scenario *);
void source_free(struct source *); /* one that is not there; or NULL */
int source_is_ambiguous(const struct source *); /* two scenarios of one name */

/* It may be there: in the place of the one of its id, if there is one. */
int source_has_room(const struct source_state *);

/* It is there, and in the journal with the next commit; the one of its id goes.
 * Cannot fail. */
void source_enter(struct source *);
void source_remove(struct source *); /* its proxies are to be gone by then */
void sources_clear(void);            /* a load is begun again: nobody is told */

/* From the first on, and behind it; NULL: there are no more. */
struct source *source_next(const struct source *);
struct source *source_find(const char *tenant, const char *name);
struct source *source_by_id(uint32_t);
uint32_t source_new_id(void);     /* that none has, nor has had */
void sources_ids_after(uint32_t); /* it is not given again */
uint32_t sources_last_id(void);
uint32_t source_known(uint32_t id); /* SOURCE_NONE: there is none, by now */
/* "config", "fleet"; "": there is none. */
const char *source_name(uint32_t id);
/* How many there are, and bytes of their documents. */
unsigned int sources_count(void);
uint64_t sources_text(void);
/* The scenario of that name of its last document; NULL: none. */
const struct source_scenario *source_scenario_find(
    const struct source *, const char *tenant, const char *name);

/* To stored, as a part of what the caller commits. */
void source_tell(const struct source *);
void source_tell_gone(const struct source *);
void sources_tell(void); /* all that there are */

/* Room in the journal for all that there are, and for some more bytes. */
size_t source_room(const struct source_state *);
size_t sources_room(void);

#endif
