/* SPDX-License-Identifier: ISC */
#ifndef CONNECT_EVENT_H
#define CONNECT_EVENT_H

#include "connect_spec.h"
#include "event_fields.h"

/* What is usual is left out; and so, of two, what both have. */
void event_add_connect(struct event_record *, enum event_place,
    const struct connect_spec *, const struct connect_spec *other);

#endif
