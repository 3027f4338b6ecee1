/* SPDX-License-Identifier: ISC */
/* As much of HTTP/1.1 as it takes to know where a reply ends. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http.h"
#include "run.h"

#define LINE_LIMIT 8192

struct head {
	int status;
	int last;
	int chunked;
	int has_length;
	size_t length;
};

/* 0 at the end of the connection. */
static int
fill(struct reader *r)
{
	ssize_t n;

	do
		n = recv(r->fd, r->buffer, sizeof(r->buffer), 0);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		fail("recv");
	r->pos = 0;
	r->end = (size_t)n;
	return n > 0;
}

static void
read_line(struct reader *r, char *line)
{
	size_t n = 0;
	char c;

	for (;;) {
		if (r->pos == r->end && !fill(r))
			failx("the connection has been closed in a reply");
		if ((c = r->buffer[r->pos++]) == '\n')
			break;
		if (n + 1 == LINE_LIMIT)
			failx("a line of a reply is too long");
		line[n++] = c;
	}
	if (n > 0 && line[n - 1] == '\r')
		n--;
	line[n] = '\0';
}

static void
skip(struct reader *r, size_t n)
{
	size_t part;

	while (n > 0) {
		if (r->pos == r->end && !fill(r))
			failx("the connection has been closed in a body");
		part = r->end - r->pos < n ? r->end - r->pos : n;
		r->pos += part;
		n -= part;
	}
}

static size_t
number(const char *text, int base)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, base);
	if (end == text || errno != 0)
		failx("a reply has no number where one should be: %s", text);
	return n;
}

/* What follows name, which has its colon; NULL: it is another line. */
static const char *
value_of(const char *line, const char *name)
{
	size_t len = strlen(name);

	if (strncasecmp(line, name, len) != 0)
		return NULL;
	line += len;
	return line + strspn(line, " \t");
}

static void
head_line(struct head *h, const char *line)
{
	const char *value;

	if ((value = value_of(line, "Content-Length:")) != NULL) {
		h->has_length = 1;
		h->length = number(value, 10);
	} else if ((value = value_of(line, "Transfer-Encoding:")) != NULL) {
		h->chunked = strcasecmp(value, "chunked") == 0;
	} else if ((value = value_of(line, "Connection:")) != NULL) {
		h->last = strcasecmp(value, "close") == 0;
	}
}

static void
head_read(struct reader *r, struct head *h)
{
	char line[LINE_LIMIT];

	memset(h, 0, sizeof(*h));
	read_line(r, line);
	if (strncmp(line, "HTTP/1.", 7) != 0 || strlen(line) < 12)
		failx("not a reply of HTTP/1.1: %.40s", line);
	h->last = strncmp(line, "HTTP/1.0", 8) == 0;
	h->status = (int)number(line + 8, 10);
	for (;;) {
		read_line(r, line);
		if (line[0] == '\0')
			return;
		head_line(h, line);
	}
}

static void
skip_chunks(struct reader *r)
{
	char line[LINE_LIMIT];
	size_t n;

	for (;;) {
		read_line(r, line);
		if ((n = number(line, 16)) == 0)
			break;
		skip(r, n);
		read_line(r, line);
	}
	do /* trailers */
		read_line(r, line);
	while (line[0] != '\0');
}

static int
has_body(const struct head *h, const char *method)
{
	return h->status != 204 && h->status != 304 &&
	    strcmp(method, "HEAD") != 0;
}

static void
skip_body(struct reader *r, struct head *h)
{
	if (h->chunked) {
		skip_chunks(r);
	} else if (h->has_length) {
		skip(r, h->length);
	} else {
		while (fill(r))
			;
		h->last = 1;
	}
}

void
reply_read(struct reader *r, const char *method, struct reply *reply)
{
	struct head h;

	do
		head_read(r, &h);
	while (h.status / 100 == 1); /* more is to come */
	if (has_body(&h, method))
		skip_body(r, &h);
	reply->status = h.status;
	reply->last = h.last;
}
