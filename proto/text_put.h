/* SPDX-License-Identifier: ISC */
#ifndef TEXT_PUT_H
#define TEXT_PUT_H

#include <stddef.h>

/*
 * For texts in what is sent: as much of it as there is room for, and zeros
 * behind it.  What was there before would go to another process; which looks
 * for that, is_padded() in check.h, and takes it for a bug.
 */
void text_put(char *to, size_t size, const char *from);

#endif
