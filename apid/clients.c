/* SPDX-License-Identifier: ISC */
/*
 * Connections to the API: what each is at, and since when.  Who has nothing to
 * ask, or does not come to an end with it, takes nobody else's place.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "apid.h"
#include "log.h"
#include "tls.h"

/* From a head's first byte to its last. */
#define HEAD_WITHIN (15 * NS_PER_S)
#define IDLE_MAX (60 * NS_PER_S) /* between two requests */
/* Who has come by a handshake has something to ask. */
#define JUST_NOW NS_PER_S

static struct clients clients = TAILQ_HEAD_INITIALIZER(clients);
static unsigned int count, shaking;

/* ---- libmicrohttpd's recv(2) */

static struct client **by_fd;
static size_t by_fd_size;

static struct client *
client_of_fd(int fd)
{
	return fd >= 0 && (size_t)fd < by_fd_size ? by_fd[fd] : NULL;
}

static void
set_fd(int fd, struct client *c)
{
	size_t size = by_fd_size > 0 ? by_fd_size : 64;

	while (size <= (size_t)fd)
		size *= 2;
	if (size > by_fd_size) {
		by_fd = realloc(by_fd, size * sizeof(struct client *));
		if (by_fd == NULL)
			fatal("%s", __func__);
		memset(by_fd + by_fd_size, 0,
		    (size - by_fd_size) * sizeof(struct client *));
		by_fd_size = size;
	}
	by_fd[fd] = c;
}

static void
move(struct client *c, enum client_state state)
{
	c->since = clock_now();
	holder_move(c, state);
}

static void
begin(struct client *c)
{
	c->has_begun = 1;
	move(c, CLIENT_BUSY);
}

/*
 * The linker finds this one before libc's, for the library too: what a client
 * sends has one way in.  Should a library ever read by another call, then
 * client_asks() does not find the head that it has been given.
 */
ssize_t
recv(int fd, void *buf, size_t size, int flags)
{
	struct client *c = client_of_fd(fd);
	ssize_t n;

	if (c == NULL)
		return recvfrom(fd, buf, size, flags, NULL, NULL);
	n = wire_read(&c->wire, fd, buf, size);
	if (!c->has_request && !c->has_begun && wire_has_begun(&c->wire))
		begin(c);
	return n;
}

/*
 * So with what it is told, and its end: libmicrohttpd does not know of TLS, and
 * speaks of the same bytes again when it is told that there was no room.
 */

static struct tls *
tls_of_fd(int fd)
{
	const struct client *c = client_of_fd(fd);

	return c != NULL && !c->shakes ? c->wire.tls : NULL;
}

ssize_t
send(int fd, const void *buf, size_t size, int flags)
{
	struct tls *tls = tls_of_fd(fd);
	struct iovec all = { (void *)(uintptr_t)buf, size };

	if (tls != NULL)
		return tls_write(tls, &all, 1);
	return sendto(fd, buf, size, flags, NULL, 0);
}

ssize_t
sendmsg(int fd, const struct msghdr *m, int flags)
{
	struct tls *tls = tls_of_fd(fd);

	if (tls != NULL)
		return tls_write(tls, m->msg_iov, m->msg_iovlen);
	return syscall(SYS_sendmsg, fd, m, flags);
}

int
shutdown(int fd, int how)
{
	struct tls *tls = tls_of_fd(fd);

	if (tls != NULL && how != SHUT_RD)
		tls_bye(tls);
	return (int)syscall(SYS_shutdown, fd, how);
}

/* ---- a connection's life */

static struct client *
client_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
	    ->socket_context;
}

/* One that the kernel would say nothing of is nobody's. */
static void
learn_user(struct client *c)
{
	socklen_t len = sizeof(c->user);

	c->is_local = 1;
	if (getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &c->user, &len) == -1)
		c->user.uid = c->user.gid = (uint32_t)-1;
}

/* It has not asked before, and no more is known of it: that is busy, too. */
static struct client *
client_new(int fd, const struct sockaddr *from)
{
	struct client *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		fatal("%s", __func__);
	c->fd = fd;
	c->since = clock_now();
	if (from->sa_family == AF_UNIX)
		learn_user(c);
	holder_take(c, from);
	TAILQ_INSERT_TAIL(&clients, c, all);
	set_fd(c->fd, c);
	count++;
	return c;
}

static void
through(struct client *c)
{
	shaking--;
	c->shakes = c->has_begun = 0;
	move(c, CLIENT_BUSY);
}

/* It may have been here for its handshake. */
static struct client *
opened(struct MHD_Connection *connection)
{
	int fd = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CONNECTION_FD)
		     ->connect_fd;
	struct client *c = client_of_fd(fd);

	if (c == NULL)
		c = client_new(fd,
		    MHD_get_connection_info(
			connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)
			->client_addr);
	c->connection = connection;
	turns_take(c);
	if (c->shakes)
		through(c);
	return c;
}

/* It has been told all there is to tell; is there more of what it says? */
static int
may_be_sending(const struct client *c)
{
	char byte;
	ssize_t n;

	if (c->is_leaving)
		return 0;
	n = recvfrom(c->fd, &byte, 1, MSG_PEEK, NULL, NULL);
	return n > 0 || (n == -1 && errno == EAGAIN);
}

void
client_drop(struct client *c)
{
	shaking -= c->shakes ? 1 : 0;
	set_fd(c->fd, NULL);
	TAILQ_REMOVE(&clients, c, all);
	holder_drop(c);
	wire_end(&c->wire);
	tls_free(c->wire.tls);
	free(c);
	count--;
}

static void
closed(struct client *c)
{
	if (c->wire.tls != NULL)
		tls_bye(c->wire.tls);
	if (may_be_sending(c))
		linger_take(c->fd);
	turns_drop(c);
	client_drop(c);
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

/* ---- before it is libmicrohttpd's */

struct client *
client_shakes(int fd, const struct sockaddr *from)
{
	struct client *c = client_new(fd, from);

	c->shakes = 1;
	shaking++;
	return c;
}

void
client_begins(struct client *c)
{
	begin(c);
}

struct client *
client_still_shaking(int fd)
{
	struct client *c = client_of_fd(fd);

	return c != NULL && c->shakes ? c : NULL;
}

unsigned int
clients_shaking(void)
{
	return shaking;
}

void
clients_each_shaking(void (*f)(struct client *))
{
	struct client *c;

	TAILQ_FOREACH (c, &clients, all) {
		if (c->shakes)
			f(c);
	}
}

/* ---- its requests */

int64_t
client_asks(struct MHD_Connection *connection)
{
	struct client *c = client_of(connection);

	if (++c->asked > c->wire.heads)
		fatalx("%s: a request that nobody has looked at", __func__);
	if (!c->has_begun)
		begin(c);
	c->has_begun = 0;
	c->has_request = 1;
	return c->since;
}

void
client_is_held(struct MHD_Connection *connection)
{
	turns_forget(client_of(connection));
	move(client_of(connection), CLIENT_HELD);
}

void
client_goes_on(struct MHD_Connection *connection)
{
	move(client_of(connection), CLIENT_BUSY);
}

int
client_is_kept(struct MHD_Connection *connection)
{
	struct client *c = client_of(connection);

	c->is_kept = 1;
	return c->fd;
}

void
client_is_kept_no_more(struct MHD_Connection *connection)
{
	client_of(connection)->is_kept = 0;
}

int
client_fd(struct MHD_Connection *connection)
{
	return client_of(connection)->fd;
}

unsigned int *
client_streams(struct MHD_Connection *connection)
{
	return holder_streams(client_of(connection)->holder);
}

void
client_is_answered(struct MHD_Connection *connection)
{
	struct client *c = client_of(connection);

	c->has_request = c->is_kept = 0;
	if (wire_has_begun(&c->wire))
		begin(c);
	else
		move(c, CLIENT_IDLE);
}

const struct wire_fault *
client_fault(struct MHD_Connection *connection)
{
	const struct client *c = client_of(connection);

	return c->asked == c->wire.heads ? c->wire.fault : NULL;
}

int
client_user(struct MHD_Connection *connection, struct ucred *user)
{
	const struct client *c = client_of(connection);

	*user = c->user;
	return c->is_local ? c->fd : -1;
}

const uint8_t *
client_address(struct MHD_Connection *connection)
{
	return holder_address(client_of(connection)->holder);
}

int64_t
client_turn(struct MHD_Connection *connection)
{
	return *holder_turn(client_of(connection)->holder);
}

void
client_takes_turn(struct MHD_Connection *connection)
{
	*holder_turn(client_of(connection)->holder) = clock_now();
}

/* ---- all of them */

unsigned int
clients_count(void)
{
	return count;
}

/*
 * Of a connection that cannot be given away: its client has begun something, or
 * said something that waits, or has only just been let in.
 */
static int
is_about_to_ask(const struct client *c)
{
	char byte;

	return c->has_begun ||
	    recvfrom(c->fd, &byte, 1, MSG_PEEK, NULL, NULL) > 0 ||
	    (c->asked == 0 && clock_now() - c->since < JUST_NOW);
}

/*
 * Has libmicrohttpd been given a request that it has not come to yet, or is
 * some of one not in its socket any more?
 */
int
clients_are_quiet(void)
{
	const struct client *c;

	TAILQ_FOREACH (c, &clients, all) {
		if (!c->is_kept &&
		    (c->has_request || c->asked < c->wire.heads ||
			wire_has_kept(&c->wire) ||
			(c->wire.tls != NULL && is_about_to_ask(c))))
			return 0;
	}
	return 1;
}

/*
 * Gives all away, with what they have sent and nobody has read.  Nothing is to
 * be done in libmicrohttpd after that: it has them still.  Keys of TLS are
 * nobody's to hand on: a connection that has some ends here, and so does one
 * whose reply is under way, as a session's is.
 */
void
clients_give_away(void (*give)(int fd))
{
	struct client *c;

	TAILQ_FOREACH (c, &clients, all) {
		if (c->wire.tls != NULL || c->is_kept)
			shutdown(c->fd, SHUT_WR);
		else if (!c->is_leaving)
			give(c->fd);
	}
}

/* libmicrohttpd sees the end, and says so. */
static void
hang_up(struct client *c)
{
	holder_leave(c);
	shutdown(c->fd, SHUT_RDWR);
}

/* Those with a request have its deadlines: see http.c. */
static int
is_late(const struct client *c, int64_t now)
{
	int64_t within = c->has_begun ? HEAD_WITHIN : IDLE_MAX;

	return !c->has_request && !c->is_leaving && now - c->since >= within;
}

/* Its own timeout is put off by every byte, however slowly they come. */
void
clients_tick(int64_t now)
{
	struct client *c;

	TAILQ_FOREACH (c, &clients, all) {
		if (is_late(c, now))
			hang_up(c);
		else if (c->wire.tls != NULL)
			(void)tls_flush(c->wire.tls);
	}
}

void
clients_make_room(void (*give_up)(struct MHD_Connection *))
{
	struct client *c = holders_choose(clock_now());

	if (c == NULL)
		return;
	if (c->state == CLIENT_HELD)
		give_up(c->connection);
	hang_up(c);
}
