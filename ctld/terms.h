/* SPDX-License-Identifier: ISC */
#ifndef TERMS_H
#define TERMS_H

#include <stdint.h>

/* When a lease ends: see lease.h.  0 is for good, on either side. */

/* What was asked for, from now on. */
int64_t term_of_request(int64_t lease);
/* ms since 1970, by the clock of the wall as it is now. */
int64_t term_on_wall(int64_t end);
/* ... and back; one that is over by now is TERM_IS_OVER. */
#define TERM_IS_OVER (-1)
int64_t term_of_wall(int64_t ms);

/* What goes with a session is kept as one that is over at the next start. */
#define TERM_OF_SESSION 1

#endif
