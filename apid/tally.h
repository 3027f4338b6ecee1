/* SPDX-License-Identifier: ISC */
#ifndef TALLY_H
#define TALLY_H

#include <stdint.h>

#include "payload_tenant.h"
#include "token_digest.h"

/*
 * Refusals, of which there may be any number: of those that are alike the first
 * is told at once, and of the others, once in a second, how many there were.
 * So many are told apart; what is beyond is one number in a second.
 */

/* What those that are alike have in common. */
struct likeness {
	uint8_t address[16];        /* as in holders.c */
	struct token_digest digest; /* of whom we know; or zeros */
	uint32_t why;               /* enum refusal */
};

/* 1: it is to be told now; 0: it is counted. */
int tally_add(const struct likeness *, const struct api_refused *, int64_t now);
/* What is to be told of those that were counted; 0: nothing, for now. */
int tally_next(struct api_refused *, int64_t now);
int tally_waits(void); /* 1: something is to be done within a second */

#endif
