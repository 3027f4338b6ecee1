/* SPDX-License-Identifier: ISC */
#ifndef RESTORE_H
#define RESTORE_H

#include <stdint.h>

/* Proxies whose address was not to be had. */

void restore_all(void);
void restore_look(struct proxy *, int64_t now);

#endif
