/* SPDX-License-Identifier: ISC */
#ifndef API_H
#define API_H

/* The listening descriptor of the API, and who may call it. */

#include <stddef.h>
#include <stdint.h>

struct address;
struct child;
struct limits;

void api_feed(struct child *apid);
int api_lend(struct child *apid);
/* No more of the socket; an apid that had it may have missed that. */
void api_end_socket(void);
void api_remind(struct child *apid);
void api_resolve(void);
/* Its port, as the command line says it; 0: any, or a name. */
uint16_t api_port_asked(void);
/* 0, or -1 and why: by these limits it is a tenant's. */
int api_fits(const struct limits *, char *why, size_t size);
int api_address(struct address *);
int api_fd(void); /* the listening descriptor, which stays ours; -1: not yet */
void api_listens(int fd); /* ... is this one now; the caller ends the last */

#endif
