/* SPDX-License-Identifier: ISC */
#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

/* As many descriptors as this user may have. */
void descriptors_raise(void);

#endif
