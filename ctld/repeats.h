/* SPDX-License-Identifier: ISC */
#ifndef REPEATS_H
#define REPEATS_H

#include <stdint.h>

#include "proxy_key.h"

/*
 * What anybody can bring about as often as he likes: the first is told at once,
 * and those behind it as a number, each second, until there was none in one.
 */

struct repeated {
	char tenant[TENANT_NAME_MAX + 1];
	uint32_t what, which; /* these three tell one from others */
	uint64_t value;       /* as it was last */
};

/*
 * 1: the caller tells it; 0: tell() does, later, which is the same for all.
 * Without memory to count it: 1.
 */
int repeats_first(const struct repeated *,
    void (*tell)(const struct repeated *, uint64_t times));

#endif
