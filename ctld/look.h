/* SPDX-License-Identifier: ISC */
#ifndef LOOK_H
#define LOOK_H

#include "handler.h"

/*
 * Certificate and key as they are on the disk now, while others serve: whoever
 * follows this ctld opens them anew, and is to find none that are spoilt.  They
 * are looked at by an apid that meets nobody else.
 */

struct child;

enum look {
	LOOK_GOES_ON,
	LOOK_GOOD, /* or there are none */
	LOOK_BAD
};

void look_start(void);
/* ... and, of what is bad, why: good until the next look. */
enum look look_verdict(const char **why);
void look_end(void); /* it has come to nothing, or may have */
int look_goes_on(void);

/* As those of dispatch.h; NULL: it does not read for us. */
const struct handler *look_may_say(const struct child *, unsigned int *state);
void look_reader_died(const struct child *);

#endif
