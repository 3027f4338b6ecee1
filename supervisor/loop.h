/* SPDX-License-Identifier: ISC */
#ifndef LOOP_H
#define LOOP_H

#include <stdint.h>

/* One thread, one epoll. */

void loop_init(void);
void loop_init_due(void);
void loop_times(int64_t now);
void loop_run(void);

#endif
