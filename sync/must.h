/* SPDX-License-Identifier: ISC */
#ifndef MUST_H
#define MUST_H

#include <stddef.h>

#include "log.h"

/*
 * Without memory there is no toxid-sync: it is started again, and lists again;
 * toxid goes on as it is.
 */
static inline void *
must(void *made)
{
	if (made == NULL)
		fatalx("no memory");
	return made;
}

#endif
