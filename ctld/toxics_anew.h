/* SPDX-License-Identifier: ISC */
#ifndef TOXICS_ANEW_H
#define TOXICS_ANEW_H

#include <stdint.h>

#include "payload_api.h"

/*
 * A proxy stays, with its sessions, and has other toxics, or its clients meet
 * something else: as a document says.  What sessions, profiles and scenarios
 * have made of its toxics is not touched.
 *
 * The change is a PROXY_POPULATE; its toxics are all that the proxy is to have.
 */

struct change;
struct proxy;

/* Is that all in which what is there and the change are not the same? */
int toxics_anew_will_do(const struct change *, const struct proxy *);
/* So many more toxics there will be; or none. */
uint32_t toxics_anew_more(const struct change *, const struct proxy *);

/* As those of prepare.h; .proxy is the one. */
enum answer_code toxics_anew_prepare(struct change *);
void toxics_anew_tell(const struct change *);
/* 1: its worker has taken .wait, until it has applied all; or 0. */
int toxics_anew_apply(struct change *, struct change *wait);

#endif
