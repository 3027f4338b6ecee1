/* SPDX-License-Identifier: ISC */
#ifndef AHEAD_H
#define AHEAD_H

/* The listener of a change, which is had before anything of it is done. */

struct change;
struct proxy;
struct proxy_spec;

/* Is there to be one, be the proxy enabled or not? */
int ahead_wants_port(const struct proxy_spec *);

/*
 * Where it was looked up; old, or NULL, is the proxy that may be in the way; or
 * where the proxy did listen, or was to.  ANSWER_OK; or it cannot, and .answer
 * has why.
 */
enum answer_code ahead_bind(struct change *, const struct proxy *old);
enum answer_code ahead_again(struct change *, struct proxy *);

/* It is not wanted any more: 1, it was another than the proxy's, which may have
 * made way for it: that is as it was after ahead_restore(). */
int ahead_give_up(struct change *);
void ahead_restore(const struct proxy *);

#endif
