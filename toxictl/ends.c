/* SPDX-License-Identifier: ISC */
/* See ends.h. */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <toxi_watch.h>

#include "ends.h"
#include "toxictl.h"

#define KEPT 256 /* so many a server has at most */

struct page {
	struct page *next;
	struct toxi_proxy_sessions *sessions;
};

/* ---- those that are alike */

static int
is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Of dials, and of what is not known here, by what the server says of it. */
static int
is_alike(const struct why_end *a, const struct why_end *b)
{
	return a->cause == b->cause && is_same(a->toxic, b->toxic) &&
	    ((a->cause != END_NO_UPSTREAM && a->cause != END_MAX) ||
		is_same(a->why, b->why));
}

/* What went the way of that toxic; of one that has gone, the longer way. */
static int64_t
bytes_of(const struct toxi_proxy_session *s, const struct toxi_toxic *toxic)
{
	if (toxic != NULL)
		return s->sent[toxic->stream];
	return s->sent[TOXI_UPSTREAM] > s->sent[TOXI_DOWNSTREAM]
	    ? s->sent[TOXI_UPSTREAM]
	    : s->sent[TOXI_DOWNSTREAM];
}

static const struct toxi_toxic *
toxic_find(const struct toxi_proxy *p, const char *name)
{
	size_t i;

	for (i = 0; name != NULL && i < p->toxics.n; i++)
		if (strcmp(p->toxics.list[i].name, name) == 0)
			return &p->toxics.list[i];
	return NULL;
}

static void
merge(struct why_end *to, const struct why_end *more)
{
	to->n += more->n;
	if (more->least < to->least)
		to->least = more->least;
	if (more->most > to->most)
		to->most = more->most;
}

/* "7.41" is the 41st of the worker's, from 0 on; of several there is none. */
static int64_t
number_of(const struct toxi_proxy_session *s)
{
	const char *dot = s->id != NULL ? strchr(s->id, '.') : NULL;

	return dot != NULL ? strtoll(dot + 1, NULL, 10) : INT64_MAX;
}

static void
add(struct ends *ends, const struct toxi_proxy *p,
    const struct toxi_proxy_session *s)
{
	const struct toxi_toxic *toxic = toxic_find(p, s->toxic);
	struct why_end e = { .cause = why_cause(s->cause),
		.toxic = s->toxic,
		.type = toxic != NULL ? toxic->type : NULL,
		.why = s->why,
		.n = s->sessions };
	size_t i;

	e.least = e.most = bytes_of(s, toxic);
	for (i = 0; i < ends->n; i++) {
		if (!is_alike(&ends->list[i], &e))
			continue;
		merge(&e, &ends->list[i]);
		ends->n--;
		memmove(&ends->list[i], &ends->list[i + 1],
		    (ends->n - i) * sizeof(e));
		memmove(&ends->causes[i], &ends->causes[i + 1],
		    (ends->n - i) * sizeof(*ends->causes));
		break;
	}
	if (number_of(s) < ends->lowest)
		ends->lowest = number_of(s);
	ends->entries++;
	ends->list[ends->n] = e;
	ends->causes[ends->n++] = s->cause != NULL ? s->cause : "unknown";
}

/* ---- the server's pages */

static void
take_page(struct ends *ends, const struct toxi_proxy *p, struct page *page)
{
	const size_t n = page->sessions->n;
	size_t i;

	page->next = ends->pages;
	ends->pages = page;
	ends->list =
	    reallocarray(ends->list, ends->n + n + 1, sizeof(*ends->list));
	ends->causes =
	    reallocarray(ends->causes, ends->n + n + 1, sizeof(*ends->causes));
	if (ends->list == NULL || ends->causes == NULL)
		err(EXIT_FAILED, NULL);
	for (i = 0; i < n; i++)
		add(ends, p, &page->sessions->list[i]);
	ends->connections = page->sessions->connections;
}

/* They come the oldest first. */
static void
turn(struct ends *ends)
{
	struct why_end e;
	const char *cause;
	size_t i, j;

	for (i = 0; i < ends->n / 2; i++) {
		j = ends->n - 1 - i;
		e = ends->list[i];
		ends->list[i] = ends->list[j];
		ends->list[j] = e;
		cause = ends->causes[i];
		ends->causes[i] = ends->causes[j];
		ends->causes[j] = cause;
	}
}

/* Was it, by the number that it has, one of those that came through? */
static int
is_connection(enum session_end cause)
{
	switch (cause) {
	case END_WORKER_DIED:
	case END_PROXY_CHANGED:
	case END_OVER_SESSIONS:
	case END_OVER_CONNECTIONS:
	case END_CONNECT_RESET:
	case END_MAX:
		return 0;
	default:
		return 1;
	}
}

/* Where the list is full, there may have been more before the first of it. */
static void
say_of(struct ends *ends)
{
	int64_t of = ends->connections;
	size_t i;

	if (ends->entries >= KEPT)
		of -= ends->lowest;
	for (i = 0; i < ends->n; i++)
		if (is_connection(ends->list[i].cause))
			ends->list[i].of = of;
}

int
ends_read(struct toxi *toxi, const struct toxi_proxy *p, struct ends *ends,
    struct toxi_error *e)
{
	struct toxi_proxy_session_filter filter = { .proxy = p->name,
		.states = TOXI_SESSION_ENDED };
	struct page *page;

	*ends = (struct ends){ .lowest = INT64_MAX };
	do {
		if ((page = calloc(1, sizeof(*page))) == NULL)
			err(EXIT_FAILED, NULL);
		if (toxi_proxy_session_list(
			toxi, &filter, &page->sessions, e) == -1) {
			free(page);
			ends_free(ends);
			return -1;
		}
		take_page(ends, p, page);
		filter.cursor = page->sessions->next;
	} while (filter.cursor != NULL);
	turn(ends);
	say_of(ends);
	return 0;
}

char *
ends_text(const struct ends *ends)
{
	char *text = NULL, *sentence;
	size_t i, size;
	FILE *f;

	if ((f = open_memstream(&text, &size)) == NULL)
		err(EXIT_FAILED, NULL);
	for (i = 0; i < ends->n; i++) {
		sentence = why_sentence(&ends->list[i]);
		fprintf(f, "%s%s", i > 0 ? "; " : "", sentence);
		free(sentence);
	}
	if (fclose(f) == EOF)
		err(EXIT_FAILED, NULL);
	return text;
}

void
ends_free(struct ends *ends)
{
	struct page *page;

	while ((page = ends->pages) != NULL) {
		ends->pages = page->next;
		toxi_proxy_sessions_free(page->sessions);
		free(page);
	}
	free(ends->list);
	free(ends->causes);
}
