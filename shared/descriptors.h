/* SPDX-License-Identifier: ISC */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

/* As many descriptors as this user may have. */
void descriptors_raise(void);

/* Is it one of the last, that are kept for what is there to go on? */
int descriptor_is_reserved(int fd);

#endif
