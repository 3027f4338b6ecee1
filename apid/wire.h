/* SPDX-License-Identifier: ISC */
#ifndef WIRE_H
#define WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * What a client sends, before libmicrohttpd sees any of it: a head is let
 * through when it is whole and nobody could read it in two ways, its body up
 * to the byte where it ends.  So both agree where the next request begins.
 */

struct wire_fault {
	int status; /* HTTP's */
	const char *why;
};

enum wire_state {
	WIRE_HEAD,
	WIRE_CHUNK,     /* the line with its size */
	WIRE_CHUNK_END, /* the end of line behind its bytes */
	WIRE_TRAILER,
	WIRE_BAD
};

/* One that is all zero has just been opened. */
struct wire {
	enum wire_state state; /* where pass has come to nothing */
	size_t seen;           /* of what waits there, found good so far */
	uint64_t pass;         /* bytes that pass as they are */
	char own[32];          /* goes first: said in the client's place */
	size_t own_at, own_len;
	char *kept; /* not whole, and not in the socket any more */
	size_t nkept;
	struct tls *tls; /* what it comes through; or NULL.  Not owned */
	size_t looked;   /* ... of what is kept was looked at in vain */
	int is_behind;   /* something else has been read from this socket */
	uint32_t heads;  /* that were let through */
	/* Of the last of them: NULL, or why it is to be refused. */
	const struct wire_fault *fault;
};

/* As recv(2), of a socket that does not block. */
ssize_t wire_read(struct wire *, int fd, void *buf, size_t size);

/* 1 when there is some of a head, and not all. */
int wire_has_begun(const struct wire *);

/* 1 when some of what comes next is in memory, and no more in the socket. */
int wire_has_kept(const struct wire *);

void wire_end(struct wire *);

/* ---- framing.c: what it is judged by; text has no NUL, and whole lines */

#define HEAD_MAX ((size_t)16 * 1024)
#define CHUNK_LINE_MAX ((size_t)1024)
#define TRAILER_MAX ((size_t)4096)

/* Where a request's body ends. */
struct framing {
	int is_chunked;
	uint64_t length; /* of one that is not */
};

/*
 * How long the lines are up to an empty one, and with it; 0: it has not come
 * yet, -1: a line has another end than CR LF, or a NUL in it.  The first from
 * bytes have been looked at.
 */
ssize_t section_length(const char *text, size_t len, size_t from);

/* A whole head: NULL, or what is wrong with it. */
const struct wire_fault *head_fault(
    const char *text, size_t len, struct framing *);
/* A whole trailer. */
int trailer_is_good(const char *text, size_t len);

/* A line with its end; 0, or -1. */
int chunk_size(const char *line, size_t len, uint64_t *size);

/* What is wrong with one that came to its bound and did not end. */
const struct wire_fault *size_fault(const char *text, size_t len);

#endif
