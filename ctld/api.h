/* SPDX-License-Identifier: ISC */
#ifndef API_H
#define API_H

/* The listening descriptor of the API, and who may call it. */

struct address;
struct child;

void api_feed(struct child *apid);
int api_lend(struct child *apid);
/* No more of the socket; an apid that had it may have missed that. */
void api_end_socket(void);
void api_remind(struct child *apid);
void api_resolve(void);
int api_address(struct address *);
int api_fd(void); /* the listening descriptor, which stays ours; -1: not yet */
void api_listens(int fd); /* ... is this one now; the caller ends the last */

#endif
