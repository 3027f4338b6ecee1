/* SPDX-License-Identifier: ISC */
#ifndef RESERVE_H
#define RESERVE_H

/* Is it one of the last, that are kept for what is there to go on? */
int descriptor_is_reserved(int fd);

#endif
