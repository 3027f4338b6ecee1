/* SPDX-License-Identifier: ISC */
#ifndef TOKEN_TEXT_H
#define TOKEN_TEXT_H

/*
 * What a token of our making looks like, whoever makes it.  Any other text is
 * one as well, as only its digest counts: nobody who reads one looks at this.
 */

#define TOKEN_PREFIX "toxid_" /* so that who finds one knows what it is of */
#define TOKEN_RANDOM 32       /* bytes, in base64url without padding */
#define TOKEN_MADE_MAX (sizeof(TOKEN_PREFIX) - 1 + (TOKEN_RANDOM * 8 + 5) / 6)

/* A new one, which ends with a NUL.  -1: errno, there are no random numbers. */
int token_make(char text[TOKEN_MADE_MAX + 1]);

#endif
