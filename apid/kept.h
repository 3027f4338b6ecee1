/* SPDX-License-Identifier: ISC */
#ifndef KEPT_H
#define KEPT_H

/*
 * Clients whose reply is kept open.  libmicrohttpd looks at no connection that
 * is suspended: the end of its client is seen here, by an epoll of our own.
 */

struct request;

struct kept {
	struct request *request;
	int fd;                       /* its client's; -1: not watched */
	int is_counted;               /* by kept_count() */
	void (*ended)(struct kept *); /* its client has; it is not watched */
};

void kept_open(void);   /* before the filter */
int kept_poll_fd(void); /* readable: clients have ended */
void kept_run(void);    /* ... who are seen to */

/*
 * From now on; one that has not acknowledged a byte for so long has ended, too.
 */
void kept_watch(struct kept *, int ms);
void kept_unwatch(struct kept *);

/* ms, for which who is to be given something may take none of it */
#define KEPT_STALLED_MAX (5 * 60 * 1000)

/*
 * One more of those that are bounded: together, and of an address.  1; or 0,
 * and it has replied.
 */
int kept_count(struct kept *);
void kept_uncount(struct kept *); /* if it is one of them */

#endif
