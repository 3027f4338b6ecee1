/* SPDX-License-Identifier: ISC */
/* See why_text.h. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "why_text.h"

enum session_end
why_cause(const char *word)
{
	static const char *const words[END_MAX] = {
#define X(end, word, text) [END_##end] = (word),
		SESSION_ENDS(X)
#undef X
	};
	int i;

	for (i = 0; i < END_MAX; i++)
		if (word != NULL && strcmp(words[i], word) == 0)
			break;
	return (enum session_end)i;
}

static char *__attribute__((__format__(__printf__, 1, 2)))
make(const char *format, ...)
{
	char *text;
	va_list ap;

	va_start(ap, format);
	text = text_of(format, ap);
	va_end(ap);
	return text;
}

/* ---- numbers */

#define GROUPED_MAX 32

/* "1,048,576" */
static const char *
grouped(int64_t n, char text[GROUPED_MAX])
{
	char digits[GROUPED_MAX];
	const int len =
	    snprintf(digits, sizeof(digits), "%lld", n > 0 ? (long long)n : 0);
	char *to = text;
	int i;

	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return text;
}

char *
why_count(int64_t n, const char *one, const char *several)
{
	char number[GROUPED_MAX];

	return make("%s %s", grouped(n, number), n == 1 ? one : several);
}

/* " after 1,048,576 bytes", " after 3 to 12 bytes" */
static char *
after_bytes(const struct why_end *e)
{
	char least[GROUPED_MAX], most[GROUPED_MAX];

	grouped(e->least, least);
	grouped(e->most, most);
	if (e->least == e->most)
		return make(" after %s byte%s", most, e->most == 1 ? "" : "s");
	return make(" after %s to %s bytes", least, most);
}

/* ---- who, and what was done to them */

/* "3 of the last 20 connections were" */
static char *
connections_were(const struct why_end *e)
{
	char n[GROUPED_MAX], of[GROUPED_MAX];

	if (e->of == 1 && e->n == 1)
		return make("the only connection was");
	if (e->of >= e->n)
		return make("%s of the last %s connections %s",
		    grouped(e->n, n), grouped(e->of, of),
		    e->n == 1 ? "was" : "were");
	return make(
	    "%s connection%s", grouped(e->n, n), e->n == 1 ? " was" : "s were");
}

/* " limit_data 'cut' after 3 bytes": which, as far as it is known */
static char *
by_toxic(const struct why_end *e)
{
	char *bytes = after_bytes(e), *text;

	if (e->toxic == NULL)
		text = make("a toxic%s", bytes);
	else
		text = make("%s '%s'%s", e->type != NULL ? e->type : "toxic",
		    e->toxic, bytes);
	free(bytes);
	return text;
}

/* "dial tcp ADDRESS: connect: TEXT" is "TEXT (ADDRESS)" to people. */
static char *
dial_text(const char *why)
{
	static const char dial[] = "dial tcp ", connect[] = "connect: ";
	const char *address = why + strlen(dial), *end, *text;

	if (strncmp(why, "dial tcp: ", strlen("dial tcp: ")) == 0)
		return make("%s", why + strlen("dial tcp: "));
	if (strncmp(why, dial, strlen(dial)) != 0 ||
	    (end = strstr(address, ": ")) == NULL)
		return make("%s", why);
	text = end + 2;
	if (strncmp(text, connect, strlen(connect)) == 0)
		text += strlen(connect);
	return make("%s (%.*s)", text, (int)(end - address), address);
}

static char *
dials_failed(const struct why_end *e)
{
	char *why = dial_text(e->why), n[GROUPED_MAX], *text;

	text = make("%s dial%s failed: %s", grouped(e->n, n),
	    e->n == 1 ? "" : "s", why);
	free(why);
	return text;
}

/*
 * What was done to connections, behind "was" or "were".  There is no default: a
 * cause without a sentence does not compile.  NULL: a server's own.
 */
static const char *
deed(enum session_end cause)
{
	switch (cause) {
	case END_NONE:
		return "ended, and nobody knows why";
	case END_BOTH_FIN:
		return "ended by both sides";
	case END_CLIENT_RESET:
		return "reset by the client";
	case END_UPSTREAM_RESET:
		return "reset by the upstream";
	case END_TOXIC_CLOSE:
		return "closed by ";
	case END_TOXIC_RESET:
		return "reset by ";
	case END_NO_UPSTREAM:
		return "closed, as there was no upstream";
	case END_GAVE_WAY:
		return "given up, as one side had gone and others needed the "
		       "room";
	case END_STUCK:
		return "given up, as one side had gone and what it left could "
		       "not move";
	case END_UNWATCHED:
		return "closed, as the proxy's worker can watch no more of "
		       "them";
	case END_ASKED_CLOSE:
		return "closed by a request (toxictl sessions --close)";
	case END_ASKED_RESET:
		return "reset by a request (toxictl sessions --reset)";
	case END_WORKER:
		return "closed with the proxy's worker";
	case END_WORKER_DIED:
		return "lost with the proxy's worker, which died";
	case END_PROXY_CHANGED:
		return "closed, as the proxy was changed or disabled";
	case END_OVER_SESSIONS:
		return "refused: the tenant has as many as it may have at "
		       "once (limits.sessions)";
	case END_OVER_CONNECTIONS:
		return "refused: the tenant has had as many as it may have in "
		       "a second (limits.connections_per_s)";
	case END_CONNECT_RESET:
		return "reset before anything was read (connect.mode is "
		       "reset)";
	case END_MAX:
		break;
	}
	return NULL;
}

static int
is_by_toxic(enum session_end cause)
{
	return cause == END_TOXIC_CLOSE || cause == END_TOXIC_RESET;
}

/* Of a cause that is not known here. */
static char *
others_ended(const struct why_end *e)
{
	char *n = why_count(e->n, "connection", "connections");
	char *text = make("%s ended: %s", n,
	    e->why != NULL ? e->why : "the server says no more");

	free(n);
	return text;
}

char *
why_sentence(const struct why_end *e)
{
	const char *what = deed(e->cause);
	char *were, *toxic, *text;

	if (what == NULL)
		return others_ended(e);
	if (e->cause == END_NO_UPSTREAM && e->why != NULL)
		return dials_failed(e);
	were = connections_were(e);
	toxic = is_by_toxic(e->cause) ? by_toxic(e) : make("%s", "");
	text = make("%s %s%s", were, what, toxic);
	free(were);
	free(toxic);
	return text;
}
