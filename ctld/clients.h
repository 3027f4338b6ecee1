/* SPDX-License-Identifier: ISC */
#ifndef CTLD_CLIENTS_H
#define CTLD_CLIENTS_H

/* Clients of the API, in an upgrade. */

struct child;

int clients_adopt(int fd);      /* an earlier program had it; or -1 */
int clients_given_back(int fd); /* by apid; -1: not now, or it is none */
void clients_feed(struct child *apid);
const int *clients_all(unsigned int *n);

#endif
