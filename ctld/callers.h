/* SPDX-License-Identifier: ISC */
#ifndef CALLERS_H
#define CALLERS_H

#include "token_digest.h"

/*
 * Who may change something: whoever brings the token, if there is one.  apid
 * has its digest only, and can refuse by that; what it passes on is looked at
 * here, so that it can grant nothing.
 */

/* Once, before any child is there: keeps no more than the token's digest. */
void callers_open(void);
const struct token_digest *callers_token(void); /* NULL: none is needed */

#endif
