/* SPDX-License-Identifier: ISC */
/*
 * Connections to the API, and which of them have no request under way: who
 * has nothing to ask takes nobody else's place.
 */

#include <stdlib.h>
#include <sys/socket.h>

#include "apid.h"
#include "log.h"

/* Until the first line of a request is whole. */
#define IDLE_MAX (60 * NS_PER_S)

struct client {
	TAILQ_ENTRY(client) entry; /* of the idle */
	int fd;                    /* libmicrohttpd's */
	int is_idle;
	int64_t idle_since;
};

static TAILQ_HEAD(, client) idle = TAILQ_HEAD_INITIALIZER(idle);
static unsigned int count;

unsigned int
clients_count(void)
{
	return count;
}

static void
wait_for_request(struct client *c)
{
	c->is_idle = 1;
	c->idle_since = clock_now();
	TAILQ_INSERT_TAIL(&idle, c, entry); /* longest first */
}

static void
leave_idle(struct client *c)
{
	if (c->is_idle)
		TAILQ_REMOVE(&idle, c, entry);
	c->is_idle = 0;
}

static struct client *
client_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
	    ->socket_context;
}

void
client_asks(struct MHD_Connection *connection)
{
	leave_idle(client_of(connection));
}

void
client_is_answered(struct MHD_Connection *connection)
{
	wait_for_request(client_of(connection));
}

static struct client *
opened(struct MHD_Connection *connection)
{
	struct client *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		fatal("%s", __func__);
	c->fd = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CONNECTION_FD)
		    ->connect_fd;
	wait_for_request(c);
	count++;
	return c;
}

static void
closed(struct client *c)
{
	leave_idle(c);
	free(c);
	count--;
}

void
client_comes_or_goes(void *arg, struct MHD_Connection *connection,
    void **context, enum MHD_ConnectionNotificationCode what)
{
	(void)arg;
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		*context = opened(connection);
		return;
	}
	closed(*context);
	*context = NULL;
}

/* libmicrohttpd sees the end, and says so. */
static void
hang_up(struct client *c)
{
	leave_idle(c);
	shutdown(c->fd, SHUT_RDWR);
}

/*
 * Gives all away, with what they have sent and nobody has read.  Nothing is to
 * be done in libmicrohttpd after that: it has them still.
 */
void
clients_give_away(void (*give)(int fd))
{
	struct client *c;

	TAILQ_FOREACH (c, &idle, entry)
		give(c->fd);
}

/* Its own timeout is put off by every byte, however slowly they come. */
void
clients_tick(int64_t now)
{
	struct client *c;

	while (
	    (c = TAILQ_FIRST(&idle)) != NULL && now - c->idle_since >= IDLE_MAX)
		hang_up(c);
}

int
clients_can_make_room(void)
{
	return !TAILQ_EMPTY(&idle);
}

void
clients_make_room(void)
{
	if (!TAILQ_EMPTY(&idle))
		hang_up(TAILQ_FIRST(&idle));
}
