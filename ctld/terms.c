/* SPDX-License-Identifier: ISC */
/*
 * When leases end.  While the machine runs, by a clock that nobody sets; what
 * outlives it is said by the wall's, and means what that says then.
 */

#include "clock.h"
#include "clock_boot.h"
#include "lease.h"
#include "terms.h"

int64_t
term_of_request(int64_t lease)
{
	return lease > 0 ? clock_boot() + lease * NS_PER_MS : 0;
}

/* Rounded up: never early.  Before 1970 it is as if it were then. */
int64_t
term_on_wall(int64_t end)
{
	int64_t at;

	if (end == 0)
		return 0;
	at = clock_wall() + (end - clock_boot()) + NS_PER_MS - 1;
	return at > NS_PER_MS ? at / NS_PER_MS : 1;
}

/* Whatever the row says, it is no longer than may be asked for. */
int64_t
term_of_wall(int64_t ms)
{
	const int64_t now = clock_wall() / NS_PER_MS;

	if (ms == 0)
		return 0;
	if (ms <= now)
		return TERM_IS_OVER;
	return term_of_request(
	    ms - now < LEASE_MS_MAX ? ms - now : LEASE_MS_MAX);
}
