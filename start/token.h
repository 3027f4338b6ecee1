/* SPDX-License-Identifier: ISC */
#ifndef TOKEN_H
#define TOKEN_H

struct given;

/*
 * What the API's callers have to know, by the environment, which is without it
 * afterwards; or gives up.
 */
void token_take(struct given *);

#endif
