/* SPDX-License-Identifier: ISC */
#ifndef CLIENTS_H
#define CLIENTS_H

#include <stdint.h>

/* Of the API: those that a ctld gives back at its end, for the next one. */

int client_keep(int fd); /* 0, or errno; fd is taken */

/* From 0; each is had once, and is the caller's; -1: there are no more. */
int client_take(uint32_t n);

void clients_drop(void); /* there will be no next ctld */

#endif
