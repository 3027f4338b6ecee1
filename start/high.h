/* SPDX-License-Identifier: ISC */
#ifndef HIGH_H
#define HIGH_H

/*
 * The same at a number where it is in nobody's way: neither GIVEN_FD's nor that
 * of a child's descriptors.  fd is closed, and may be -1.  -1 and errno: there
 * is none.
 */
int high(int fd);

#endif
