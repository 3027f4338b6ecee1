/* SPDX-License-Identifier: ISC */
/* What a worker knows, for all its files. */

#include "relayd.h"

struct relay relay = { .state = RELAY_SPARE, .dialer.chan.fd = -1 };
