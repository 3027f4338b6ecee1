/* SPDX-License-Identifier: ISC */
#ifndef RESERVE_H
#define RESERVE_H

/*
 * The last descriptors are for what is there: a worker that dies, or apid, has
 * to come back; and the very last for the ctld after one that dies.
 */
#define RESERVED 16
#define RESERVED_FOR_CTLD 4

/* Is it one of so many?  They are given out from the lowest on. */
int descriptor_is_reserved(int fd, unsigned int last);

#endif
