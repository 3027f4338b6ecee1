/* SPDX-License-Identifier: ISC */
#ifndef NOTICES_H
#define NOTICES_H

#include <stdint.h>

#include "priv.h"

/* What systemd is told: the words for what ctld says.  See sd_notify(3). */

/* 0, or EAGAIN: it is worth trying again. */
int notice_send(enum priv_notice, uint64_t proxies, uint64_t sessions);

#endif
