/* SPDX-License-Identifier: ISC */
#ifndef HTTP_H
#define HTTP_H

#include <stddef.h>

/* What has come on a connection and is not yet taken. */
struct reader {
	int fd;
	size_t pos, end;
	char buffer[64 * 1024];
};

struct reply {
	int status;
	int last; /* the connection ends with it */
};

/*
 * Reads one whole reply to a request of this method and forgets its body.
 * Fails where it is none that it can read.
 */
void reply_read(struct reader *, const char *method, struct reply *);

#endif
