/* SPDX-License-Identifier: ISC */
#ifndef SYN_LOSS_H
#define SYN_LOSS_H

struct proxy;

/*
 * First packets of clients that are lost before a listener has them: by one of
 * toxid's programs, which a proxy's listener has to itself from the first time
 * on, as long as there is that socket.
 */

/* Of what comes to fd, its listener or what that is compared with. */
void syn_loss_set(const struct proxy *, int fd, double share);

/* ... which has none yet, and may get one now. */
void syn_loss_set_again(const struct proxy *, int fd, double share);

/* Since it was asked last, a listener has not got the one that it needs. */
int syn_loss_is_lacking(void);

/* It has one, whether anything is lost now or not. */
int syn_loss_has(const struct proxy *);

#endif
