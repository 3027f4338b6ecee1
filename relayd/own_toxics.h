/* SPDX-License-Identifier: ISC */
#ifndef OWN_TOXICS_H
#define OWN_TOXICS_H

#include <stdint.h>

#include "payload_sessions.h"

/* Toxics of one session's own: see own_toxics.c. */

struct session;
struct toxic;
struct toxics;

void own_toxics_start(struct session *, int64_t now); /* or begin anew */
void own_toxics_halt(struct session *, int64_t now);
void own_toxics_free(struct session *); /* its pipes have none any more */
void own_toxics_remove_all(void);       /* of all sessions */
const struct toxics *own_toxics_of(const struct session *); /* NULL: none */
/* What was asked; *t: the toxic that it came to, or NULL. */
enum own_outcome own_toxics_ask(
    struct session *, const struct own_toxic *, const struct toxic **t);

#endif
