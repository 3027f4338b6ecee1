/* SPDX-License-Identifier: ISC */
/* See sessions.h. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "agreed.h"
#include "apid.h"
#include "container_of.h"
#include "kept.h"
#include "log.h"
#include "sessions.h"

#define SESSION_HEADER "X-Toxid-Session"
#define LINE_BLOCK 256 /* bytes, at once */

struct session {
	TAILQ_ENTRY(session) entry; /* in the order of next */
	struct request *request;
	struct kept kept;
	struct session_ref ref;
	struct ask ask; /* of its renewal */
	int64_t next;   /* when that is, and a line for its client */
	int is_kept;    /* its client has its number */
	int has_line;   /* which has not been sent */
	int is_over;    /* and ctld needs not be told */
};

static TAILQ_HEAD(, session) sessions = TAILQ_HEAD_INITIALIZER(sessions);

/* ---- its client */

/* The next that libmicrohttpd hears is that it is over. */
static void
end(struct session *s)
{
	s->is_over = 1;
	request_wake(s->request);
}

/*
 * What becomes of it is not for anybody to know.  Of a connection that has been
 * ended by us, to make room, there is nothing to say.
 */
static void
report(struct session *s)
{
	if (s->is_over || s->request->is_lost)
		return;
	ask_forget(&s->ask);
	ask(&s->ask, MSG_SESSION_GONE, &s->ref);
	ask_forget(&s->ask);
}

/* It was not its client who ended it, who may come back, therefore. */
static int
is_broken(int fd)
{
	char byte;

	return recvfrom(fd, &byte, 1, MSG_PEEK, NULL, NULL) == -1 &&
	    errno != ECONNRESET && errno != EAGAIN;
}

static void
client_ended(struct kept *k)
{
	struct session *s = container_of(k, struct session, kept);

	if (!is_broken(client_fd(s->request->connection)))
		report(s);
	end(s);
}

/* ---- its lines */

static ssize_t
read_line(void *arg, uint64_t pos, char *buf, size_t size)
{
	struct session *s = arg;
	char id[SESSION_ID_TEXT + 1];

	(void)pos;
	if (s->is_over || s->request->is_lost)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (!s->has_line) {
		request_hold(s->request);
		return 0;
	}
	s->has_line = 0;
	session_id_text(&s->ref.id, id);
	return snprintf(buf, size, "{\"id\":\"%s\"}\n", id);
}

/* What has become of it is known; else it is renewed until that is. */
static void
renewed(struct ask *a, const struct answer *answer)
{
	struct session *s = container_of(a, struct session, ask);

	switch (answer->code) {
	case ANSWER_NO_SESSION:
	case ANSWER_UNKNOWN:
	case ANSWER_READS_ONLY:
	case ANSWER_NOT_ITS_OWN:
		end(s);
		break;
	default:
		break;
	}
}

static void
renew(struct session *s)
{
	if (s->ask.id == 0)
		ask(&s->ask, MSG_SESSION_RENEW, &s->ref);
	s->has_line = 1;
	request_wake(s->request);
}

static void
put_last(struct session *s, int64_t now)
{
	s->next = now + SESSION_RENEW_EVERY;
	TAILQ_INSERT_TAIL(&sessions, s, entry);
}

void
sessions_tick(int64_t now)
{
	struct session *s;

	while ((s = TAILQ_FIRST(&sessions)) != NULL && s->next <= now) {
		TAILQ_REMOVE(&sessions, s, entry);
		put_last(s, now);
		renew(s);
	}
}

int
sessions_timeout(int64_t now)
{
	const struct session *s = TAILQ_FIRST(&sessions);

	if (s == NULL)
		return -1;
	return s->next > now ? (int)((s->next - now) / NS_PER_MS) + 1 : 0;
}

/* ---- its life */

/* Who comes back has left another connection, of which we may not know yet. */
static void
end_others(const struct session *s)
{
	struct session *other;

	TAILQ_FOREACH (other, &sessions, entry) {
		if (other != s && !other->is_over &&
		    session_id_is_same(&other->ref.id, &s->ref.id))
			end(other);
	}
}

/*
 * Its reply has begun: from now on its client is watched, who has gone when he
 * has not acknowledged a line for as long as his lease is.
 */
static void
begins(struct request *r)
{
	struct session *s = r->work;

	s->is_kept = 1;
	kept_watch(&s->kept, (int)(SESSION_LEASE / NS_PER_MS));
	put_last(s, clock_now());
	end_others(s);
}

/* Its connection may have ended by another way than that of client_ended(). */
static void
session_free(void *work)
{
	struct session *s = work;

	kept_unwatch(&s->kept);
	if (s->is_kept) {
		TAILQ_REMOVE(&sessions, s, entry);
		report(s);
	}
	ask_forget(&s->ask);
	free(s);
}

static void
answered(struct ask *a, const struct answer *answer, int status)
{
	struct request *r = request_of(a);
	struct session *s = r->work;

	if (answer->code == ANSWER_OK) {
		s->has_line = 1;
		r->stream_begins = begins;
		reply_stream(r, status, "application/x-ndjson", LINE_BLOCK,
		    read_line, s);
	} else {
		reply_answer(r, answer);
	}
	request_wake(r);
}

static void
opened(struct ask *a, const struct answer *answer)
{
	answered(a, answer, 201);
}

static void
come_back(struct ask *a, const struct answer *answer)
{
	answered(a, answer, 200);
}

static int
not_found(struct request *r)
{
	reply_error(r, 404, "session not found");
	return 0;
}

int
request_session(struct request *r, struct session_id *id)
{
	const char *text;
	int n;

	*id = (struct session_id){ .bytes = { 0 } };
	text = request_header(r, SESSION_HEADER, &n);
	if (n == 0)
		return 1;
	return (n == 1 && session_id_of_text(id, text) == 0) || not_found(r);
}

static struct session *
session_new(struct request *r, const struct session_id *id)
{
	struct session *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		fatal("%s", __func__);
	s->request = r;
	s->kept =
	    (struct kept){ .request = r, .fd = -1, .ended = client_ended };
	s->ref.id = *id;
	memcpy(s->ref.tenant, r->key.tenant, sizeof(s->ref.tenant));
	s->ask.caller = r->ask.caller;
	s->ask.answered = renewed;
	r->work = s;
	r->work_free = session_free;
	return s;
}

/* A new one; or, with the number of one, its client comes back to it. */
void
session_open(struct request *r)
{
	enum msg_type type = MSG_SESSION_RENEW;
	struct session_id id;
	struct session *s;

	if (!request_session(r, &id))
		return;
	r->ask.answered = come_back;
	if (session_id_is_none(&id)) {
		if (session_id_make(&id) == -1)
			fatal("%s", __func__);
		r->ask.answered = opened;
		type = MSG_SESSION_OPEN;
	}
	s = session_new(r, &id);
	ask(&r->ask, type, &s->ref);
}
