/* SPDX-License-Identifier: ISC */
/* When something ends, as people say it and as the API has it. */
#ifndef EXPIRY_H
#define EXPIRY_H

#include <stdint.h>

#define EXPIRY_TEXT_MAX 31

/*
 * "30d", "12h", "90m", "45s" or "2w" from now on, in s since 1970; or a time by
 * RFC 3339, of any zone: becomes "2027-01-31T00:00:00Z".  -1: it is neither.
 */
int expiry_text(const char *said, int64_t now, char text[EXPIRY_TEXT_MAX + 1]);

#endif
