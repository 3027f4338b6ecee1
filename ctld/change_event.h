/* SPDX-License-Identifier: ISC */
#ifndef CHANGE_EVENT_H
#define CHANGE_EVENT_H

#include "msg.h"

/*
 * What a prepared change comes to, to who watches: said when it happens, while
 * the truth is still as it was.
 */

struct change;
struct proxy;

void event_proxy_created(const struct change *);
void event_proxy_updated(const struct change *);
void event_proxy_deleted(const struct change *);
void event_proxy_reset(const struct change *);
void event_toxic_created(const struct change *);
void event_toxic_updated(const struct change *);
void event_toxic_deleted(const struct change *);
void event_profile(const struct change *);
void event_lease_renewed(const struct change *);
void event_token_made(const struct change *);
void event_token_gone(const struct change *);

/* A halt takes effect before the rest of its change: see halt.c. */
void event_halted(const struct change *);
void event_resumed(const struct change *);

/* A change is refused: an event, where a limit was in its way. */
void event_refused(const struct change *, enum answer_code);

/* A toxic of a proxy that is, by that change, made, deleted, or another. */
void event_toxic_comes(
    const struct change *, const struct proxy_key *, const struct toxic_spec *);
void event_toxic_goes(
    const struct change *, const struct proxy_key *, const struct toxic_spec *);
void event_toxic_changed(const struct change *, const struct proxy_key *,
    const struct toxic_spec *was, const struct toxic_spec *is);

/* By a reload: it leaves; the one that is to be comes. */
void event_proxy_leaves(const struct proxy *);
void event_proxy_comes(const struct change *);

#endif
