/* SPDX-License-Identifier: ISC */
#ifndef TOKEN_H
#define TOKEN_H

#include "priv.h"

/* What the API's callers have to know, by the environment. */

void token_take(void); /* the environment is without it; or gives up */
void token_copy(char to[PRIV_TOKEN_MAX + 1]); /* "": they need none */

#endif
