/* SPDX-License-Identifier: ISC */
#ifndef CTLD_CLIENTS_H
#define CTLD_CLIENTS_H

/* Clients of the API, in an upgrade. */

struct child;

int clients_adopt(int fd); /* an earlier program had it; or -1 */
/* -1: not now, or it is no connection. */
int clients_given_back(const struct child *apid, int fd);
int clients_are_kept(void); /* by toxid; -1 and errno: not all */
void clients_feed(struct child *apid);
const int *clients_all(unsigned int *n);

#endif
