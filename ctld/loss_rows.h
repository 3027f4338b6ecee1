/* SPDX-License-Identifier: ISC */
#ifndef LOSS_ROWS_H
#define LOSS_ROWS_H

#include <stdint.h>

#include "loss_row.h"
#include "proxies.h"

/* How much each of toxid's programs loses: the map that it has for them. */

/* Before the filter. */
void loss_rows_open(void);

/*
 * That one, with nothing in it of whose it was before; NULL: there is none.
 * What it draws goes by the proxy, and that number.
 */
struct loss_row *loss_row_of(
    uint32_t row, uint32_t owner, const struct proxy *, uint64_t number);

/* From now on it is so much. */
void loss_row_set(struct loss_row *, const struct toxics *);

/* It is a listener's.  NULL: nobody's. */
void loss_row_set_door(struct loss_row *, double share);
int loss_row_is_door(uint32_t owner); /* ... of that one, perhaps not now */
int loss_row_is_lent(uint32_t owner); /* ... or a worker's, as it may be */

#endif
