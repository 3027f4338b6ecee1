/* SPDX-License-Identifier: ISC */
#ifndef MISHAPS_H
#define MISHAPS_H

#include <stdint.h>

#include "names.h"

/* The last mishap of each role. */

struct proxy;

struct mishap {
	uint64_t at; /* s since the epoch */
	char text[HEALTH_TEXT_MAX + 1];
	struct proxy_key proxy;
};
void mishap_note(enum role, const struct proxy *, const char *text);
const struct mishap *mishap_last(enum role);

#endif
