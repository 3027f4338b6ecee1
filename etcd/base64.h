/* SPDX-License-Identifier: ISC */
#ifndef BASE64_H
#define BASE64_H

#include <stddef.h>

/* What is returned is the caller's; NULL: no memory. */
char *base64_encode(const void *, size_t);
/* ... or it is ill-formed, and *is_garbled; ended by a NUL, not in *len. */
char *base64_decode(const char *text, size_t *len, int *is_garbled);

#endif
