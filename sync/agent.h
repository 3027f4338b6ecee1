/* SPDX-License-Identifier: ISC */
#ifndef AGENT_H
#define AGENT_H

struct event_base;
struct options;
struct source;

/*
 * What source says, toxid is made; what toxid is, the source is told.  Neither
 * of them has to be there: it tries again.
 */
void agent_open(
    struct event_base *, const struct options *, const struct source *);
/* The node's status goes; then the loop ends. */
void agent_retire(void);
void agent_close(void);

#endif
