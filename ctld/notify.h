/* SPDX-License-Identifier: ISC */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <stdint.h>

/* To systemd, or who has taken its place. */

void notify_tick(int64_t now);
int notify_waits(void);
void notify_watchdog(void);
void notify_stopping(void);
void notify_reloading(void);
void notify_reloaded(void);

#endif
