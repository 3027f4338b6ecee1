/* SPDX-License-Identifier: ISC */
/* What the log says of a session; texts are made only if somebody reads. */

#include <stdio.h>
#include <string.h>

#include "log.h"
#include "relayd.h"
#include "text_put.h"

void
session_log_accepted(const struct session *s)
{
	char client[ADDRESS_TEXT_MAX];

	if (log_wants(LOG_INFO))
		log_event(LOG_INFO, "Accepted client",
		    LOG_STR("client", address_text(&s->client, client)),
		    LOG_STR("upstream", relay.upstream));
}

/* The upstream's host and service as diald has seen them: only for words. */
static void
upstream_split(struct endpoint *e)
{
	const char *host = relay.upstream, *colon = strrchr(host, ':');
	size_t len = colon != NULL ? (size_t)(colon - host) : strlen(host);

	memset(e, 0, sizeof(*e));
	text_put(e->text, sizeof(e->text), relay.upstream);
	if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
	}
	snprintf(e->host, sizeof(e->host), "%.*s", (int)len, host);
	if (colon != NULL)
		snprintf(e->service, sizeof(e->service), "%.*s",
		    (int)sizeof(e->service) - 1, colon + 1);
}

void
session_log_dial_failed(const struct session *s, const struct dial_result *r)
{
	char client[ADDRESS_TEXT_MAX], error[1024];
	struct endpoint upstream;

	if (!log_wants(LOG_ERROR))
		return;
	upstream_split(&upstream);
	endpoint_dial_error_text(&upstream, r, error, sizeof(error));
	log_event(LOG_ERROR, "Unable to open connection to upstream",
	    LOG_STR("client", address_text(&s->client, client)),
	    LOG_STR("upstream", relay.upstream), LOG_STR("error", error));
}

/* "latency_downstream=1 slicer_upstream=0": what was drawn */
static void
toxics_text(const struct session *s, char *text, size_t size)
{
	const struct toxic *t;
	size_t len = 0;
	int n;

	text[0] = '\0';
	TAILQ_FOREACH (t, &relay.toxics, entry) {
		n = snprintf(text + len, size - len, "%s%s=%d",
		    len > 0 ? " " : "", t->spec->name,
		    pipe_toxic_is_active(&s->pipes[t->spec->stream], t));
		if (n < 0 || (size_t)n >= size - len)
			break;
		len += (size_t)n;
	}
}

void
session_log_connected(const struct session *s)
{
	char client[ADDRESS_TEXT_MAX], id[SESSION_NAME_MAX + 1], toxics[512];

	if (!log_wants(LOG_DEBUG))
		return;
	toxics_text(s, toxics, sizeof(toxics));
	log_event(LOG_DEBUG, "Setup connection",
	    LOG_STR("session", session_name(relay.assignment, s->number, id)),
	    LOG_STR("client", address_text(&s->client, client)),
	    LOG_STR("upstream", relay.upstream), LOG_STR("toxics", toxics));
}

/* Sessions may end by the thousand: the first of a second have a line each. */
#define LINES_PER_SECOND 20

static unsigned int nlines, nmore;

static void
second_is_over(struct deadline *d)
{
	(void)d;
	if (nmore > 0)
		log_event(LOG_INFO, "More sessions closed",
		    LOG_INT("sessions", (int64_t)nmore));
	nlines = nmore = 0;
}

static struct deadline second = { .expired = second_is_over };

static int
may_have_line(void)
{
	if (second.index == 0)
		deadline_set(&second, clock_now() + NS_PER_S);
	if (nlines == LINES_PER_SECOND) {
		nmore++;
		return 0;
	}
	nlines++;
	return 1;
}

/* An end like others, or one that has a line of its own already. */
static int
is_ordinary(const struct session *s)
{
	return s->end == END_BOTH_FIN || s->end == END_NO_UPSTREAM;
}

void
session_log_closed(const struct session *s)
{
	char client[ADDRESS_TEXT_MAX], id[SESSION_NAME_MAX + 1];
	int level = is_ordinary(s) ? LOG_DEBUG : LOG_INFO;
	const struct pipe *p = s->pipes;

	if (!log_wants(level) || (level == LOG_INFO && !may_have_line()))
		return;
	log_event(level, "Session closed",
	    LOG_STR("session", session_name(relay.assignment, s->number, id)),
	    LOG_STR("client", address_text(&s->client, client)),
	    LOG_STR("why", session_end_text((enum session_end)s->end)),
	    LOG_STR("toxic", s->ended_by != NULL ? s->ended_by : ""),
	    LOG_INT("bytes_upstream", (int64_t)p[STREAM_UPSTREAM].sent),
	    LOG_INT("bytes_downstream", (int64_t)p[STREAM_DOWNSTREAM].sent),
	    LOG_INT("age_ms", (clock_now() - s->opened) / NS_PER_MS));
}
