/* SPDX-License-Identifier: ISC */
/* Times of leases, as people write them. */
#ifndef TTL_H
#define TTL_H

#include <stddef.h>
#include <stdint.h>

/* "500ms", "1.5s", "5m", "2h"; 0 is for good.  In ms; -1: it is none. */
int64_t ttl_of_text(const char *);

/* "29s" of 29400; what is above an hour in hours and minutes. */
void ttl_text(int64_t ms, char *, size_t);

extern const char ttl_wanted[]; /* what is said where it is none */

#endif
