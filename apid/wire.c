/* SPDX-License-Identifier: ISC */
/*
 * The way from a client's socket to libmicrohttpd.  The head that a connection
 * begins with stays in the socket until it is whole, where it costs no memory
 * of ours and the next apid of an upgrade finds it; it is looked at there.
 *
 * What comes through TLS is taken out of it, and kept until it is whole: of
 * that there is no looking at, and no next apid could go on with it.
 *
 * What is not whole behind something else is taken out of the socket and kept.
 * The kernel frees what it has received by the segment: a few bytes left of one
 * of 64 KiB, as they come over loopback, hold all of it, its room is not there
 * for what follows, and a sender that is told so would wait for ever.
 */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "least.h"
#include "log.h"
#include "tls.h"
#include "wire.h"

/* A head's worth: what is looked at, and what is thrown away. */
static char waiting[HEAD_MAX];

static const struct wire_fault bad_end = { 400,
	"a line ends otherwise than with CR LF, or has a NUL" },
			       bad_chunk = { 400, "invalid chunk" },
			       bad_trailer = { 400, "invalid trailer" };

static int
tls_has_some(const struct wire *w)
{
	return w->tls != NULL && tls_has_kept(w->tls);
}

int
wire_has_begun(const struct wire *w)
{
	return w->state == WIRE_HEAD && (w->seen > 0 || tls_has_some(w));
}

int
wire_has_kept(const struct wire *w)
{
	return w->nkept > 0 || tls_has_some(w);
}

/* The first n bytes of what is kept have been used, or all of it. */
static void
leave_kept(struct wire *w, size_t n)
{
	w->looked = 0;
	if (n < w->nkept) {
		memmove(w->kept, w->kept + n, w->nkept - n);
		w->nkept -= n;
		return;
	}
	free(w->kept);
	w->kept = NULL;
	w->nkept = 0;
}

void
wire_end(struct wire *w)
{
	leave_kept(w, w->nkept);
}

static void
say(struct wire *w, const char *own)
{
	w->own_at = 0;
	w->own_len = (size_t)snprintf(w->own, sizeof(w->own), "%s", own);
}

/* ---- the end of it */

/*
 * libmicrohttpd is told of an empty request, which its handler refuses; where
 * it is in a body already, of that body's end.
 */
static void
refuse(struct wire *w, const struct wire_fault *fault)
{
	switch (w->state) {
	case WIRE_HEAD:
		w->heads++;
		say(w, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
		break;
	case WIRE_CHUNK_END:
		say(w, "\r\n0\r\n\r\n");
		break;
	default:
		say(w, "0\r\n\r\n");
		break;
	}
	w->fault = fault;
	w->state = WIRE_BAD;
}

static ssize_t
receive(struct wire *w, int fd, void *buf, size_t size)
{
	if (w->tls != NULL)
		return tls_read(w->tls, buf, size);
	return recvfrom(fd, buf, size, 0, NULL, NULL);
}

/* What is read by nobody would cut off the reply when the socket is closed. */
static ssize_t
discard(struct wire *w, int fd)
{
	ssize_t n;
	int i;

	for (i = 0; i < 16; i++) {
		n = receive(w, fd, waiting, sizeof(waiting));
		if (n <= 0)
			return n;
	}
	errno = EAGAIN;
	return -1;
}

/* ---- what waits: what is kept, and the socket's behind it */

/* No more will come.  Its end is seen behind its bytes only, if not so. */
static int
has_ended(const struct wire *w, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };

	if (w->tls != NULL)
		return tls_has_ended(w->tls);
	return poll(&p, 1, 0) == 1;
}

/* Nothing of it can be looked at and left where it is: all is kept. */
static ssize_t
look_through_tls(struct wire *w)
{
	size_t have = w->nkept;
	ssize_t n = 0;

	while (have < sizeof(waiting)) {
		n = tls_read(w->tls, waiting + have, sizeof(waiting) - have);
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	if (have == w->looked)
		return n;
	if ((w->kept = realloc(w->kept, have)) == NULL)
		fatal("%s", __func__);
	memcpy(w->kept + w->nkept, waiting + w->nkept, have - w->nkept);
	memcpy(waiting, w->kept, w->nkept);
	w->nkept = have;
	return (ssize_t)have;
}

/* As recv(2): more than there was, or nothing new. */
static ssize_t
look(struct wire *w, int fd)
{
	ssize_t n;

	if (w->tls != NULL)
		return look_through_tls(w);
	n = recvfrom(fd, waiting + w->nkept, sizeof(waiting) - w->nkept,
	    MSG_PEEK, NULL, NULL);
	if (n <= 0)
		return n;
	if (w->nkept > 0)
		memcpy(waiting, w->kept, w->nkept);
	return n + (ssize_t)w->nkept;
}

/* Of the n bytes that were seen in waiting. */
static void
skip(struct wire *w, int fd, size_t n)
{
	size_t kept = w->nkept < n ? w->nkept : n;

	leave_kept(w, kept);
	if (n > kept)
		(void)recvfrom(fd, waiting + kept, n - kept, 0, NULL, NULL);
	w->seen = 0;
	w->is_behind = 1;
}

/* All n bytes that were seen in waiting are out of the socket then. */
static void
keep(struct wire *w, int fd, size_t n)
{
	ssize_t got;

	if (w->tls != NULL) {
		w->looked = n; /* it is kept already */
		return;
	}
	if ((w->kept = realloc(w->kept, n)) == NULL)
		fatal("%s", __func__);
	got = recvfrom(fd, w->kept + w->nkept, n - w->nkept, 0, NULL, NULL);
	if (got > 0)
		w->nkept += (size_t)got;
}

static void
take_head(struct wire *w, size_t len)
{
	const struct wire_fault *fault;
	struct framing framing;

	if ((fault = head_fault(waiting, len, &framing)) != NULL) {
		refuse(w, fault);
		return;
	}
	w->heads++;
	w->seen = 0;
	w->pass = len + framing.length;
	if (framing.is_chunked)
		w->state = WIRE_CHUNK;
}

/* 1: on with it, 0: more has to come first. */
static int
look_at_head(struct wire *w, int fd, size_t n)
{
	ssize_t len = section_length(waiting, n, w->seen);

	if (len == 0 && n < HEAD_MAX) {
		w->seen = n;
		return 0;
	}
	if (len == 0)
		refuse(w, size_fault(waiting, n));
	else if (len == -1)
		refuse(w, &bad_end);
	else if (len == 2)
		skip(w, fd, 2); /* some send one behind a body */
	else
		take_head(w, (size_t)len);
	return 1;
}

/* ---- a body in chunks: many of them may wait, and be small */

struct piece {
	const char *text; /* what waits in the socket, or some of it */
	size_t len, used;
	char *out;
	size_t room, made;
};

static void
copy_own(struct wire *w, struct piece *p)
{
	size_t n = least(w->own_len - w->own_at, p->room - p->made);

	memcpy(p->out + p->made, w->own + w->own_at, n);
	w->own_at += n;
	p->made += n;
}

static void
copy_passing(struct wire *w, struct piece *p)
{
	size_t n = least(p->len - p->used, p->room - p->made);

	if (w->pass < n)
		n = (size_t)w->pass;
	memcpy(p->out + p->made, p->text + p->used, n);
	w->pass -= n;
	p->used += n;
	p->made += n;
}

/* Those that follow: 1, or 0 where more has to come first. */

/* libmicrohttpd gets a line of ours, with the size and no more. */
static int
take_chunk_line(struct wire *w, struct piece *p)
{
	const char *line = p->text + p->used, *lf;
	size_t left = least(p->len - p->used, CHUNK_LINE_MAX), len;
	char own[sizeof(w->own)];
	uint64_t size;

	if ((lf = memchr(line, '\n', left)) == NULL && left < CHUNK_LINE_MAX)
		return 0;
	len = lf != NULL ? (size_t)(lf - line) + 1 : 0;
	if (len < 2 || lf[-1] != '\r' || chunk_size(line, len, &size) == -1) {
		refuse(w, &bad_chunk);
		return 1;
	}
	p->used += len;
	w->pass = size;
	w->state = size > 0 ? WIRE_CHUNK_END : WIRE_TRAILER;
	snprintf(own, sizeof(own), "%llx\r\n", (unsigned long long)size);
	if (size > 0)
		say(w, own);
	return 1;
}

static int
take_chunk_end(struct wire *w, struct piece *p)
{
	const char *end = p->text + p->used;
	size_t left = least(p->len - p->used, 2);

	if (memcmp(end, "\r\n", left) != 0) {
		refuse(w, &bad_chunk);
		return 1;
	}
	if (left < 2)
		return 0;
	w->pass = 2;
	w->state = WIRE_CHUNK;
	return 1;
}

/* It is read, and means nothing. */
static int
take_trailer(struct wire *w, struct piece *p)
{
	const char *text = p->text + p->used;
	size_t left = least(p->len - p->used, TRAILER_MAX);
	ssize_t len = section_length(text, left, 0);

	if (len == 0 && left < TRAILER_MAX)
		return 0;
	if (len <= 0 || !trailer_is_good(text, (size_t)len)) {
		refuse(w, len == -1 ? &bad_end : &bad_trailer);
		return 1;
	}
	p->used += (size_t)len;
	say(w, "0\r\n\r\n");
	w->state = WIRE_HEAD;
	return 1;
}

static int
take_some(struct wire *w, struct piece *p)
{
	if (w->own_at < w->own_len) {
		copy_own(w, p);
		return 1;
	}
	if (p->used == p->len)
		return 0;
	if (w->pass > 0) {
		copy_passing(w, p);
		return 1;
	}
	switch (w->state) {
	case WIRE_CHUNK:
		return take_chunk_line(w, p);
	case WIRE_CHUNK_END:
		return take_chunk_end(w, p);
	case WIRE_TRAILER:
		return take_trailer(w, p);
	default:
		return 0;
	}
}

/* ---- reading */

/* As recv(2); WENT_ON: nothing for the buffer, and there may be more. */
#define WENT_ON (-2)

static ssize_t
nothing_yet(const struct wire *w, int fd)
{
	if (has_ended(w, fd))
		return 0;
	errno = EAGAIN;
	return -1;
}

static ssize_t
read_chunks(struct wire *w, int fd, char *buf, size_t size)
{
	struct piece p = { .text = waiting, .room = size };
	ssize_t n = look(w, fd);

	p.out = buf;
	if (n <= 0)
		return n;
	p.len = (size_t)n;
	while (p.made < p.room && take_some(w, &p))
		continue;
	if (p.used > 0)
		skip(w, fd, p.used);
	if (p.made > 0)
		return (ssize_t)p.made;
	if (p.used > 0)
		return WENT_ON;
	keep(w, fd, p.len);
	return nothing_yet(w, fd);
}

static ssize_t
read_head(struct wire *w, int fd)
{
	ssize_t n = look(w, fd);

	if (n <= 0)
		return n;
	if (look_at_head(w, fd, (size_t)n))
		return WENT_ON;
	if (w->is_behind || w->tls != NULL)
		keep(w, fd, (size_t)n);
	return nothing_yet(w, fd);
}

static ssize_t
read_own(struct wire *w, char *buf, size_t size)
{
	struct piece p = { .room = size };

	p.out = buf;
	copy_own(w, &p);
	return (ssize_t)p.made;
}

/* What is kept is whole then, and no longer than what passes. */
static ssize_t
read_passing(struct wire *w, int fd, char *buf, size_t size)
{
	size_t most = w->pass < size ? (size_t)w->pass : size;
	ssize_t n;

	if (w->nkept > 0) {
		n = (ssize_t)least(w->nkept, most);
		memcpy(buf, w->kept, (size_t)n);
		leave_kept(w, (size_t)n);
	} else {
		n = receive(w, fd, buf, most);
		w->is_behind = 1;
	}
	if (n > 0)
		w->pass -= (uint64_t)n;
	return n;
}

static ssize_t
read_some(struct wire *w, int fd, char *buf, size_t size)
{
	if (w->own_at < w->own_len)
		return read_own(w, buf, size);
	if (w->pass > 0)
		return read_passing(w, fd, buf, size);
	switch (w->state) {
	case WIRE_HEAD:
		return read_head(w, fd);
	case WIRE_BAD:
		return discard(w, fd);
	default:
		return read_chunks(w, fd, buf, size);
	}
}

/*
 * As much as there is: libmicrohttpd takes less than it has room for as a sign
 * that the socket is empty, and waits for it to say that it is not.
 */
ssize_t
wire_read(struct wire *w, int fd, void *buf, size_t size)
{
	size_t done = 0;
	ssize_t n = 0;

	while (done < size) {
		n = read_some(w, fd, (char *)buf + done, size - done);
		if (n == WENT_ON)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	/* The end is told by itself: this, not clients.c's, says so again. */
	if (n == 0 && done > 0)
		(void)syscall(SYS_shutdown, fd, SHUT_RD);
	return done > 0 ? (ssize_t)done : n;
}
