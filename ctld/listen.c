/* SPDX-License-Identifier: ISC */
/* Listening descriptors, and under which ids toxid has them. */

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agenda.h"
#include "agreed.h"
#include "endpoint.h"
#include "listen.h"
#include "log.h"
#include "options.h"
#include "toxid.h"
#include "watch.h"

/* By descriptor, which are given out from the lowest on. */
#define IDS_MAX ((rlim_t)8 * MAX_PROXIES)

/* A listening that ends is a hang-up, of which epoll tells unasked. */
struct known {
	struct watch end;
	uint32_t id;
};

static struct known *known;
static rlim_t nknown;
static void (*on_end)(void);

void
listen_init(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		fatal("%s", __func__);
	nknown = rl.rlim_max < IDS_MAX ? rl.rlim_max : IDS_MAX;
	if ((known = calloc(nknown, sizeof(*known))) == NULL)
		fatal("%s", __func__);
}

void
listen_tell(void (*when_one_ends)(void))
{
	on_end = when_one_ends;
}

static void
has_ended(struct watch *w, uint32_t events)
{
	(void)w;
	(void)events;
	if (on_end != NULL)
		on_end();
}

uint32_t
listen_id(int fd)
{
	return fd >= 0 && (rlim_t)fd < nknown ? known[fd].id : 0;
}

/* Where there is no memory to watch it, who looks from time to time sees it. */
void
listen_know(int fd, uint32_t id)
{
	struct known *k;

	if ((rlim_t)fd >= nknown)
		fatalx("%s: descriptor %d", __func__, fd);
	k = &known[fd];
	if (k->id != 0)
		watch_remove(&k->end);
	k->id = id;
	k->end.on = has_ended;
	if (id != 0)
		(void)watch_add(&k->end, fd, EPOLLET);
}

/* ---- bound */

static void
unbind(uint32_t id)
{
	const struct priv_question q = { .type = PRIV_UNBIND, .id = id };
	struct priv_answer a;

	(void)toxid_ask(&q, -1, &a);
}

/* At the limit of descriptors its own may be lost on the way. */
static enum endpoint_error
ask_to_bind(const struct priv_question *q, int *fd, struct address *bound)
{
	struct priv_answer a;

	*fd = toxid_ask(q, -1, &a);
	*bound = a.bound.address;
	errno = a.error;
	if (a.error != 0)
		return a.error == PRIV_DENIED ? ENDPOINT_DENIED
					      : ENDPOINT_SYSTEM;
	if (*fd != -1) {
		listen_know(*fd, a.bound.id);
		return ENDPOINT_OK;
	}
	unbind(a.bound.id);
	errno = EMFILE;
	return ENDPOINT_SYSTEM;
}

/* Any wildcard is one dual-stack socket, where the host has IPv6 at all. */
static enum endpoint_error
bind_any(struct priv_question *q, int *fd, struct address *bound)
{
	int is_wildcard = address_is_wildcard(&q->address);
	enum endpoint_error e;

	if (is_wildcard)
		q->address =
		    (struct address){ .family = 6, .port = q->address.port };
	e = ask_to_bind(q, fd, bound);
	if (e != ENDPOINT_SYSTEM || errno != EAFNOSUPPORT || !is_wildcard)
		return e;
	q->address.family = 4;
	return ask_to_bind(q, fd, bound);
}

/*
 * For who listens already and is to listen elsewhere.  Where the new address is
 * in its own way (127.0.0.1:80 and [::]:80), the old socket stops listening for
 * a moment; it stays bound, so that it can go on where it was if the new one
 * cannot be had: its worker never notices.  A ctld that follows this one lets
 * it go on, too: see takeover.c.
 */
static enum endpoint_error
bind_instead(int old, struct priv_question *q, int *fd, struct address *bound)
{
	enum endpoint_error e = bind_any(q, fd, bound);
	int error;

	q->instead = listen_id(old);
	if (e != ENDPOINT_SYSTEM || errno != EADDRINUSE || q->instead == 0)
		return e;
	e = ask_to_bind(q, fd, bound);
	if (e == ENDPOINT_OK)
		return e;
	error = errno;
	listen_again(old);
	errno = error;
	return e;
}

enum endpoint_error
listen_bind(
    int old, const struct address *where, int *fd, struct address *bound)
{
	struct priv_question q = { .type = PRIV_BIND, .address = *where };

	return bind_instead(old, &q, fd, bound);
}

enum endpoint_error
listen_bind_api(
    int old, const struct address *where, int *fd, struct address *bound)
{
	struct priv_question q = {
		.type = PRIV_BIND, .is_api = 1, .address = *where
	};

	return bind_instead(old, &q, fd, bound);
}

int
listen_release(int fd)
{
	const struct priv_question q = { .type = PRIV_RELISTEN,
		.id = listen_id(fd) };
	struct priv_answer a;

	(void)toxid_ask(&q, -1, &a);
	errno = a.error;
	return a.error == 0 ? 0 : -1;
}

void
listen_again(int fd)
{
	if (listen_release(fd) == -1)
		log_warn("a listener's old address is lost");
}

/*
 * Another program could share the address with one that does not listen, as
 * long as both have SO_REUSEADDR: so that goes first.
 */
void
listen_stop_alone(int fd)
{
	const int off = 0;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &off, sizeof(off)) == -1)
		log_warn("a port is not held");
	listen_stop(fd);
}

/*
 * One that has made way for another which could not be had shares its port with
 * programs of our user that have SO_REUSEPORT, as the kernel remembers, until
 * somebody begins to listen there without.
 */
void
listen_hold(int fd)
{
	listen_stop_alone(fd);
	listen_again(fd);
	listen_stop_alone(fd);
}

int
listen_has_made_way(int fd)
{
	int is_open = 1;
	socklen_t len = sizeof(is_open);

	return getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &is_open, &len) == 0 &&
	    !is_open;
}

/* ---- a black hole */

/*
 * What has come over any router has a lesser number of hops left than this, and
 * so has what any system sends by itself: the kernel drops it before it looks
 * at it.  An IPv6 socket, which may be IPv4's, too, has both options.
 */
#define HOPS_OF_NOBODY 255

void
listen_hear(int fd, int is_to_hear)
{
	const int hops = is_to_hear ? 0 : HOPS_OF_NOBODY;

	if (setsockopt(fd, IPPROTO_IP, IP_MINTTL, &hops, sizeof(hops)) == -1)
		log_warn("a black hole is none");
	(void)setsockopt(
	    fd, IPPROTO_IPV6, IPV6_MINHOPCOUNT, &hops, sizeof(hops));
}

int
listen_is_deaf(int fd)
{
	int hops = 0;
	socklen_t len = sizeof(hops);

	return getsockopt(fd, IPPROTO_IP, IP_MINTTL, &hops, &len) == 0 &&
	    hops == HOPS_OF_NOBODY;
}

/* The kernel adds one to what it is told. */
void
listen_to_one(int fd)
{
	if (listen(fd, 0) == -1)
		log_warn("a backlog is as long as ever");
}

/* ---- lent, and come back */

int
listen_reference(const struct address *where)
{
	const struct priv_question q = { .type = PRIV_REFERENCE,
		.address = *where };
	struct priv_answer a;

	return toxid_ask(&q, -1, &a);
}

/* ---- its end */

void
listen_close(int *fd)
{
	listen_know(*fd, 0);
	close(*fd);
	*fd = -1;
}

void
listen_end(int *fd)
{
	if (*fd == -1)
		return;
	unbind(listen_id(*fd));
	agenda_add(AGENDA_PROGRAMS); /* that it had, if any */
	listen_close(fd);
}

void
listen_stop(int fd)
{
	shutdown(fd, SHUT_RDWR);
}

int
listen_dup(int fd)
{
	int new = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (new != -1)
		listen_know(new, listen_id(fd));
	return new;
}

const char *
listen_error_text(
    enum endpoint_error e, const struct endpoint *to, char *text, size_t size)
{
	if (e == ENDPOINT_SYSTEM)
		return strerror(errno);
	return endpoint_error_text(to, e, 0, text, size);
}
