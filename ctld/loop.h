/* SPDX-License-Identifier: ISC */
#ifndef LOOP_H
#define LOOP_H

#include <stdint.h>

/* One thread, one epoll. */

void loop_init(void);
void loop_init_due(void); /* a part of loop_init(): who looks at what is due */
/* Whatever has come to its time by now (ns), but for signals and channels. */
void loop_times(int64_t now);
void loop_run(void);

#endif
