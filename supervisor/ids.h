/* SPDX-License-Identifier: ISC */
#ifndef IDS_H
#define IDS_H

#include <stdint.h>

/* Of children, listeners and askers: none is used twice, nor 0. */

uint32_t id_new(void);
uint32_t id_last(void); /* for the program after this one */
void id_go_on_from(uint32_t last);

#endif
