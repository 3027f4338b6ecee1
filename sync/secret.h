/* SPDX-License-Identifier: ISC */
#ifndef SECRET_H
#define SECRET_H

/*
 * The first line of a file, read each time: it may have been replaced.  The
 * caller's; NULL, and it is logged: it cannot be read, or is empty.
 */
char *secret_read(const char *path);
void secret_free(char *);

#endif
