/* SPDX-License-Identifier: ISC */
#ifndef ASKERS_H
#define ASKERS_H

#include <stdint.h>

#include "priv.h"

/* Who has asked for a reload, and waits for how it goes: toxid's ids. */

/* More than that wait in vain, and give up. */
#define ASKERS_MAX 16

struct askers {
	uint32_t ids[ASKERS_MAX];
	unsigned int n;
};

void askers_add(struct askers *, uint32_t id);
void askers_answer(struct askers *, enum reload_outcome); /* it is empty then */

#endif
