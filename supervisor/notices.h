/* SPDX-License-Identifier: ISC */
#ifndef NOTICES_H
#define NOTICES_H

#include <stdint.h>

#include "priv.h"

/* What systemd is told: the words for what ctld says.  See sd_notify(3). */

/* From the environment, which is without it afterwards. */
void notices_open(void);
int notices_are_wanted(void);
int64_t notices_watchdog(void); /* ns: how often it is to be fed, or 0 */

/* 0, or EAGAIN: it is worth trying again. */
int notice_send(enum priv_notice, uint64_t proxies, uint64_t sessions);

#endif
