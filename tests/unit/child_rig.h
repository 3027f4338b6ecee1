/* SPDX-License-Identifier: ISC */
#ifndef CHILD_RIG_H
#define CHILD_RIG_H

#include "child.h"
#include "msg.h"

/* In place of ctld/child.c: whoever is set hears what is sent to a child. */
extern void (*child_hears)(struct child *, enum msg_type, uint32_t id,
    const void *payload, size_t size);

#endif
