/* SPDX-License-Identifier: ISC */
#ifndef REFUSALS_H
#define REFUSALS_H

#include <stdint.h>

#include "payload_tenant.h"

/*
 * Whom apid refuses without asking ctld, ctld writes down: who it was, it sees
 * by what he has brought.  Where anybody may ask, nobody is told of.
 */

struct request;

void refusals_are_told(int);

/*
 * The request has a reply, which waits until it is written down; tenant: whom
 * he wanted to act for, or NULL.
 */
void refusal(struct request *, enum refusal, const char *tenant);

void refusals_tick(int64_t now);
int refusals_wait(void); /* 1: it is to be called soon */
void refusals_end(void); /* no more will come */

#endif
