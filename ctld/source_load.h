/* SPDX-License-Identifier: ISC */
#ifndef SOURCE_LOAD_H
#define SOURCE_LOAD_H

#include <stddef.h>

#include "payload_desired.h"

/* A source that is read, of the journal or as stored says it: part by part. */

/*
 * Behind it come its document and its scenarios; it enters with the last part.
 * All return 0; -1: it may not be there; or -2: no memory.
 */
int source_load_begin(const struct source_state *);
int source_load_goes_on(const void *bytes, size_t n);
int source_load_lists(const struct source_scenario *);

int source_load_is_on(void); /* one is not whole yet */
void source_load_forget(void);

/* truth_load.c: a part of the journal's.  0, or -1: it cannot be. */
int source_load(const void *bytes, size_t n);
int source_load_text(const void *bytes, size_t n);
int source_load_scenario(const void *bytes, size_t n);
int source_load_gone(const void *bytes, size_t n);

#endif
