/* SPDX-License-Identifier: ISC */
#ifndef SCENARIO_LOAD_H
#define SCENARIO_LOAD_H

#include <stddef.h>
#include <stdint.h>

struct proxy;
struct scenario_spec;
struct toxic_spec;

/*
 * Scenarios as they were: in the journal, for a ctld that follows another, and
 * at stored.  The toxics of one come behind it, in order.  0, or -1: it cannot
 * be.
 */

int scenario_load(const void *bytes, size_t n);
int scenario_load_toxic(const void *bytes, size_t n);
int scenario_load_gone(const void *bytes, size_t n);

/* Of either: it, and the next of its toxics.  -2: no memory. */
int scenario_load_begin(
    const struct scenario_spec *, struct proxy *, uint64_t nth);
int scenario_load_goes_on(const struct toxic_spec *);
int scenario_load_is_on(void); /* some of its toxics have not come */
/* Whoever said it has died before it had said the rest. */
void scenario_load_forget(void);

#endif
