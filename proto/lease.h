/* SPDX-License-Identifier: ISC */
#ifndef LEASE_H
#define LEASE_H

/*
 * A lease: a proxy, or a toxic, goes by itself when it ends.  An int64_t, whose
 * meaning is that of who says it; in all of them 0 is where nothing is said:
 *
 *	in a request	ms from now on, at most LEASE_MS_MAX; LEASE_FOR_GOOD:
 *			none, or no longer
 *	in the truth	and so in the journal and in apid's replica: when it
 *			ends, ns of clock_boot()
 *	at stored	when it ends, ms since 1970
 */
#include <stdint.h>

#define LEASE_FOR_GOOD (-1)
#define LEASE_MS_MAX (INT64_C(365) * 24 * 3600 * 1000)

/* As somebody may ask for it. */
static inline int
lease_may_be_asked(int64_t lease)
{
	return lease >= LEASE_FOR_GOOD && lease <= LEASE_MS_MAX;
}

#endif
