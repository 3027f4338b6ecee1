/* SPDX-License-Identifier: ISC */
#ifndef CERTIFICATE_H
#define CERTIFICATE_H

/*
 * The certificate of the API comes first, its key behind it: all of these own
 * their descriptor.  0, or -1: the one without the other.
 */
void certificate_is(int fd);
int certificate_key_is(int fd);    /* they are those of the API from now on */
int certificate_key_check(int fd); /* ... are not: ctld is told of them */

#endif
