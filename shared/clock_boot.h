/* SPDX-License-Identifier: ISC */
#ifndef CLOCK_BOOT_H
#define CLOCK_BOOT_H

#include <stdint.h>

/* The clocks of leases, in ns: see proto/lease.h. */

/* CLOCK_BOOTTIME: it goes on while the machine is suspended. */
int64_t clock_boot(void);

/* Since 1970, as whoever sets the clock will have it. */
int64_t clock_wall(void);

#endif
