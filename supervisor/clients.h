/* SPDX-License-Identifier: ISC */
#ifndef CLIENTS_H
#define CLIENTS_H

/* Of the API: those that a ctld gives back at its end, for the next one. */

int client_keep(int fd); /* 0, or errno; fd is taken */

int client_take(void); /* the caller's; -1: there are no more */

void clients_drop(void); /* there will be no next ctld */

#endif
