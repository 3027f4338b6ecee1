/* SPDX-License-Identifier: ISC */
/* See api_sessions.h. */

#include <string.h>

#include "agenda.h"
#include "agreed.h"
#include "api_sessions.h"
#include "change.h"
#include "clock.h"
#include "clock_boot.h"
#include "container_of.h"
#include "expiry.h"
#include "log.h"
#include "proxies.h"
#include "tenants.h"
#include "truth.h"
#include "usage.h"

/* Those that there are, and places for others: so few that all are looked at.
 */
static struct api_session all[API_SESSIONS_MAX];
static size_t nplaces; /* that have ever been taken */
static uint32_t count;

static int
is_one(const struct api_session *s)
{
	return !session_id_is_none(&s->ref.id);
}

static struct api_session *
find(const struct session_id *id)
{
	struct api_session *s;

	for (s = all; s < all + nplaces; s++) {
		if (session_id_is_same(&s->ref.id, id))
			return s;
	}
	return NULL;
}

/* There is one: see prepare_session_open(). */
static struct api_session *
place(void)
{
	struct api_session *s;

	for (s = all; s < all + nplaces && is_one(s); s++)
		continue;
	if (s == all + nplaces)
		nplaces++;
	return s;
}

/* NULL: it has ended. */
static struct api_session *
find_live(const char *tenant, const struct session_id *id)
{
	struct api_session *s;

	if (session_id_is_none(id) || (s = find(id)) == NULL || s->is_over ||
	    strcmp(s->ref.tenant, tenant) != 0)
		return NULL;
	return s;
}

const struct api_session *
api_session_find(const char *tenant, const struct session_id *id)
{
	return find_live(tenant, id);
}

const struct session_id *
api_session_id(const struct api_session *s)
{
	static const struct session_id none;

	return s != NULL ? &s->ref.id : &none;
}

/* ---- its life */

/* What is tied to it is seen to once for all that end in this turn. */
static void
end(struct api_session *s)
{
	deadline_set(&s->ends, CLOCK_NEVER);
	s->is_over = 1;
	agenda_add(AGENDA_SESSIONS);
}

static void
expired(struct deadline *d)
{
	struct api_session *s = container_of(d, struct api_session, ends);
	char id[SESSION_ID_TEXT + 1];

	session_id_text(&s->ref.id, id);
	log_event(LOG_INFO, "Session over: nobody has come back to it",
	    LOG_OWNED("session", s->ref.tenant, id));
	end(s);
}

static void
lasts(struct api_session *s, int64_t ns)
{
	const int64_t until = clock_now() + ns;

	if (s->ends.index == 0 || s->ends.at < until)
		deadline_set(&s->ends, until);
}

/* Its tenant has something already: what asks for it. */
static void
begin(const struct session_ref *ref, struct usage *usage)
{
	struct api_session *s = place();

	*s = (struct api_session){ .ref = *ref, .usage = usage };
	s->ends.expired = expired;
	usage_more(usage, USAGE_SESSIONS, 1);
	count++;
	lasts(s, SESSION_LEASE);
}

static void
leave(struct api_session *s)
{
	deadline_set(&s->ends, CLOCK_NEVER);
	usage_less(s->usage, USAGE_SESSIONS, 1);
	count--;
	truth_session_gone(&s->ref.id);
	memset(s, 0, sizeof(*s));
}

void
api_sessions_wait(void)
{
	struct api_session *s;

	for (s = all; s < all + nplaces; s++) {
		if (is_one(s) && !s->is_over)
			lasts(s, SESSION_BACK_WITHIN);
	}
}

/* ---- what is tied to it */

/* Its session's end is its own: the room for that is there. */
static struct api_session *
tie(struct proxy *p, const struct session_id *id, int64_t *lease)
{
	struct api_session *s;

	if (session_id_is_none(id))
		return NULL;
	if ((s = find_live(p->key.tenant, id)) == NULL) {
		*lease = clock_boot();
		return NULL;
	}
	s->has_ties = p->has_ties = 1;
	return s;
}

void
api_session_ties_proxy(struct proxy *p, const struct session_id *id)
{
	p->session = tie(p, id, &p->lease);
}

void
api_session_ties_toxic(
    struct proxy *p, struct toxic *t, const struct session_id *id)
{
	t->session = tie(p, id, &t->spec->lease);
}

/* 1: it was tied to one that is over, and so is it. */
static int
untie(struct api_session **s, int64_t *lease)
{
	if (*s == NULL || !(*s)->is_over)
		return 0;
	*s = NULL;
	*lease = clock_boot();
	return 1;
}

static void
untie_all(struct proxy *p)
{
	int n = untie(&p->session, &p->lease), ties = p->session != NULL;
	struct toxic *t;

	TAILQ_FOREACH (t, &p->toxics, entry) {
		n += untie(&t->session, &t->spec->lease);
		ties += t->session != NULL;
	}
	p->has_ties = ties > 0;
	if (n == 0)
		return;
	truth_proxy_changed(p);
	expiry_set(p);
}

void
api_sessions_end(void)
{
	struct api_session *s;
	struct proxy *p;
	int ties = 0;

	agenda_done(AGENDA_SESSIONS);
	for (s = all; s < all + nplaces; s++)
		ties += s->is_over && s->has_ties;
	if (ties > 0) {
		TAILQ_FOREACH (p, &proxies.all, entry) {
			if (p->has_ties)
				untie_all(p);
		}
	}
	for (s = all; s < all + nplaces; s++) {
		if (s->is_over)
			leave(s);
	}
}

/* ---- the journal */

size_t
api_sessions_size(void)
{
	return count * (sizeof(struct session_ref) + 64);
}

void
api_sessions_each(void (*f)(const struct session_ref *))
{
	const struct api_session *s;

	for (s = all; s < all + nplaces; s++) {
		if (is_one(s) && !s->is_over)
			f(&s->ref);
	}
}

static int
is_sound(const struct session_ref *ref)
{
	const union msg_payload payload = { .session_ref = *ref };

	return payload_is_sound(PAYLOAD_session_ref, &payload);
}

/* It begins anew: who has died may not have come to hear that it was renewed.
 */
int
api_sessions_load(const void *bytes, size_t n)
{
	struct session_ref ref;
	struct usage *usage;

	if (n != sizeof(ref))
		return -1;
	memcpy(&ref, bytes, n);
	if (!is_sound(&ref) || find(&ref.id) != NULL ||
	    count == API_SESSIONS_MAX ||
	    (usage = usage_for(ref.tenant)) == NULL)
		return -1;
	begin(&ref, usage);
	return 0;
}

int
api_sessions_load_gone(const void *bytes, size_t n)
{
	struct api_session *s;
	struct session_id id;

	if (n != sizeof(id))
		return -1;
	memcpy(&id, bytes, n);
	if (session_id_is_none(&id))
		return -1;
	/* what was tied to it follows, as it is without */
	if ((s = find(&id)) != NULL) /* else it went before it was written */
		leave(s);
	return 0;
}

/* ---- what is asked */

int
get_session(struct change *ch, const struct msg *m)
{
	const struct session_ref *ref = msg_get_session_ref(m);

	ch->u.session.ref = *ref;
	memcpy(ch->u.session.of.tenant, ref->tenant, sizeof(ref->tenant));
	return 0;
}

const struct proxy_key *
tenant_of_session(const struct change *ch)
{
	return &ch->u.session.of;
}

/* Two honest ones do not draw the same number. */
enum answer_code
prepare_session_open(struct change *ch)
{
	const struct session_ref *ref = &ch->u.session.ref;

	if (!tenants_have(ref->tenant))
		return ANSWER_NO_TENANT;
	if (find(&ref->id) != NULL)
		return ANSWER_NO_SESSION;
	if (count == API_SESSIONS_MAX ||
	    !usage_allows(ch->usage, USAGE_SESSIONS, 1, API_SESSIONS_MAX))
		return ANSWER_TOO_MANY_SESSIONS;
	return ANSWER_OK;
}

enum answer_code
prepare_session(struct change *ch)
{
	const struct session_ref *ref = &ch->u.session.ref;

	return find_live(ref->tenant, &ref->id) != NULL ? ANSWER_OK
							: ANSWER_NO_SESSION;
}

static void
say(const struct change *ch, const char *what)
{
	const struct session_ref *ref = &ch->u.session.ref;
	char id[SESSION_ID_TEXT + 1];

	session_id_text(&ref->id, id);
	log_event(LOG_INFO, what, LOG_OWNED("session", ref->tenant, id));
}

void
log_session_opened(const struct change *ch)
{
	say(ch, "Session opened");
}

void
log_session_gone(const struct change *ch)
{
	say(ch, "Session over: its client has gone");
}

int
commit_session_open(struct change *ch)
{
	begin(&ch->u.session.ref, ch->usage);
	truth_session(&ch->u.session.ref);
	return 0;
}

int
commit_session_renew(struct change *ch)
{
	lasts(find(&ch->u.session.ref.id), SESSION_LEASE);
	return 0;
}

int
commit_session_gone(struct change *ch)
{
	end(find(&ch->u.session.ref.id));
	return 0;
}
