/* SPDX-License-Identifier: ISC */
/*
 * What was made through a session, and how it is taken away: by us, or by the
 * server when we are not there any more.
 */

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include "client.h"
#include "failure.h"
#include "hold.h"
#include "tunnel.h"
#include "with.h"

/* A tunnel, a toxic, a profile, or (none of them) a proxy. */
struct made {
	LIST_ENTRY(made) entry;
	struct toxi_tunnel *tunnel;
	char *proxy;
	char *toxic;
	char *profile; /* of that proxy */
};

struct toxi_session {
	struct toxi *toxi; /* borrowed */
	pthread_mutex_t lock;
	struct hold *hold;      /* NULL: none yet, or that server has none */
	int has_asked;          /* whether it has */
	LIST_HEAD(, made) made; /* the last first */
};

struct toxi_session *
toxi_session_open(struct toxi *toxi, struct toxi_error *err)
{
	struct toxi_session *session;
	struct toxi_error spare;

	err = failure_begin(err, &spare, __func__);
	if (toxi == NULL) {
		fail(err, TOXI_ERR_ARGUMENT, "no client");
		return NULL;
	}
	if ((session = calloc(1, sizeof(*session))) == NULL) {
		fail_nomem(err);
		return NULL;
	}
	session->toxi = toxi;
	pthread_mutex_init(&session->lock, NULL);
	LIST_INIT(&session->made);
	return session;
}

static void
free_made(struct made *m)
{
	if (m == NULL)
		return;
	free(m->proxy);
	free(m->toxic);
	free(m->profile);
	free(m);
}

/*
 * Made before the server is asked, so that nothing is there that can't be
 * remembered.
 */
static struct made *
new_made(const char *proxy, struct toxi_error *err)
{
	struct made *m = calloc(1, sizeof(*m));

	if (m != NULL && proxy != NULL && (m->proxy = strdup(proxy)) == NULL) {
		free(m);
		m = NULL;
	}
	if (m == NULL)
		fail_nomem(err);
	return m;
}

/*
 * The number that the server has given us, once there is something to be made;
 * "" is that of a server that gives none.
 */
static int
number(struct toxi_session *session, char id[SESSION_ID_MAX + 1],
    struct toxi_error *err)
{
	int rc = 0;

	id[0] = '\0';
	pthread_mutex_lock(&session->lock);
	if (!session->has_asked) {
		session->hold = hold_open(client_settings(session->toxi), err);
		if (session->hold == NULL && err->code != TOXI_ERR_UNSUPPORTED)
			rc = -1;
		session->has_asked = rc == 0;
	}
	if (session->hold != NULL)
		hold_id(session->hold, id);
	pthread_mutex_unlock(&session->lock);
	if (rc == 0)
		failure_begin(err, NULL, err->call);
	return rc;
}

/* One that makes no sense is not for the server. */
static int
in_session(struct toxi_session *session, struct request *r,
    char id[SESSION_ID_MAX + 1], struct toxi_error *err)
{
	r->session = id;
	if (r->error.code != TOXI_OK || number(session, id, err) == 0)
		return 0;
	request_free(r);
	return -1;
}

static void
remember(struct toxi_session *session, struct made *m)
{
	pthread_mutex_lock(&session->lock);
	LIST_INSERT_HEAD(&session->made, m, entry);
	pthread_mutex_unlock(&session->lock);
}

int
toxi_session_proxy(struct toxi_session *session, const struct toxi_proxy *proxy,
    struct toxi_proxy **made, struct toxi_error *err)
{
	char id[SESSION_ID_MAX + 1];
	struct toxi_error spare;
	struct request r;
	struct made *m;
	int rc;

	err = failure_begin(err, &spare, __func__);
	if (made != NULL)
		*made = NULL;
	if ((m = new_made(proxy->name, err)) == NULL)
		return -1;
	request_proxy_create(&r, proxy);
	if (in_session(session, &r, id, err) == -1) {
		free_made(m);
		return -1;
	}
	rc = client_perform(
	    session->toxi, &r, &(struct wanted){ .proxy = made, .err = err });
	if (rc == 0 || err->code == TOXI_ERR_UNSUPPORTED)
		remember(session, m);
	else
		free_made(m);
	return rc;
}

static int
add_toxic(struct toxi_session *session, struct made *m, struct toxi_toxic toxic,
    struct toxi_toxic **added, struct toxi_error *err)
{
	char id[SESSION_ID_MAX + 1];
	struct request r;
	int rc;

	request_toxic_add(&r, m->proxy, &toxic);
	if (in_session(session, &r, id, err) == -1)
		return -1;
	rc = client_perform(
	    session->toxi, &r, &(struct wanted){ .toxic = added, .err = err });
	if (*added == NULL) /* one without its lease is there, too */
		return rc;
	if ((m->toxic = strdup((*added)->name)) != NULL)
		return rc;
	toxi_toxic_remove(session->toxi, m->proxy, (*added)->name, NULL);
	toxi_toxic_free(*added);
	*added = NULL;
	return fail_nomem(err);
}

int
toxi_session_toxic(struct toxi_session *session, const char *proxy,
    struct toxi_toxic toxic, struct toxi_toxic **added, struct toxi_error *err)
{
	struct toxi_error spare;
	struct toxi_toxic *ours = NULL;
	struct made *m;
	int rc;

	err = failure_begin(err, &spare, __func__);
	if (added != NULL)
		*added = NULL;
	if ((m = new_made(proxy, err)) == NULL)
		return -1;
	rc = add_toxic(session, m, toxic, &ours, err);
	if (rc == 0)
		remember(session, m);
	else
		free_made(m);
	if (added != NULL)
		*added = ours;
	else
		toxi_toxic_free(ours);
	return rc;
}

int
toxi_session_profile(struct toxi_session *session, const char *proxy,
    const char *name, struct toxi_profile **applied, struct toxi_error *err)
{
	char id[SESSION_ID_MAX + 1];
	struct toxi_error spare;
	struct request r;
	struct made *m;
	int rc = -1;

	err = failure_begin(err, &spare, __func__);
	if (applied != NULL)
		*applied = NULL;
	if ((m = new_made(proxy, err)) == NULL)
		return -1;
	if (name != NULL && (m->profile = strdup(name)) == NULL) {
		free_made(m);
		return fail_nomem(err);
	}
	request_profile_apply(&r, proxy, name);
	if (in_session(session, &r, id, err) == 0)
		rc = client_perform(session->toxi, &r,
		    &(struct wanted){ .profile = applied, .err = err });
	if (rc == 0)
		remember(session, m);
	else
		free_made(m);
	return rc;
}

const struct toxi_tunnel *
toxi_session_tunnel(
    struct toxi_session *session, const char *upstream, struct toxi_error *err)
{
	char id[SESSION_ID_MAX + 1];
	struct toxi_error spare;
	struct made *m;

	err = failure_begin(err, &spare, __func__);
	if ((m = new_made(NULL, err)) == NULL)
		return NULL;
	if (number(session, id, err) == 0)
		m->tunnel = tunnel_open(session->toxi, id, upstream, err);
	if (m->tunnel == NULL) {
		free_made(m);
		return NULL;
	}
	remember(session, m);
	return m->tunnel;
}

/* What somebody else has put in its place stays. */
static int
profile_is_gone(
    struct toxi_session *session, struct made *m, struct toxi_error *err)
{
	struct toxi_profile *now;
	int is_another;

	if (toxi_profile_get(session->toxi, m->proxy, &now, err) == -1)
		return failure_is_gone(err);
	is_another = strcasecmp(now->name, m->profile) != 0;
	toxi_profile_free(now);
	return is_another ||
	    toxi_profile_remove(session->toxi, m->proxy, err) == 0 ||
	    failure_is_gone(err);
}

/* What has gone already is no failure. */
static int
is_taken_away(
    struct toxi_session *session, struct made *m, struct toxi_error *err)
{
	if (m->tunnel != NULL)
		return toxi_tunnel_free(m->tunnel, err) == 0;
	if (m->toxic != NULL)
		return toxic_is_gone(session->toxi, m->proxy, m->toxic, err);
	if (m->profile != NULL)
		return profile_is_gone(session, m, err);
	return toxi_proxy_delete(session->toxi, m->proxy, err) == 0 ||
	    failure_is_gone(err);
}

int
toxi_session_free(struct toxi_session *session, struct toxi_error *err)
{
	struct toxi_error spare, this;
	struct made *m;

	err = failure_begin(err, &spare, __func__);
	if (session == NULL)
		return 0;
	while ((m = LIST_FIRST(&session->made)) != NULL) {
		LIST_REMOVE(m, entry);
		if (!is_taken_away(session, m, &this) && err->code == TOXI_OK)
			*err = this;
		free_made(m);
	}
	hold_close(session->hold);
	pthread_mutex_destroy(&session->lock);
	free(session);
	return err->code == TOXI_OK ? 0 : -1;
}
