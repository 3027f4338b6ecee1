/* SPDX-License-Identifier: ISC */
/*
 * See door.h.  A listener is toxid's, and outlives workers, ctlds and programs,
 * and so does what is done to it here: nobody comes in between.
 */

#include "connect_spec.h"
#include "door.h"
#include "halts.h"
#include "listen.h"
#include "inspect.h"
#include "proxies.h"
#include "proxy_connect.h"
#include "syn_loss.h"

static enum connect_mode
mode_of(const struct proxy *p)
{
	return halts_cover(p->key.tenant)
	    ? CONNECT_USUAL
	    : (enum connect_mode)proxy_connect(p)->mode;
}

static double
syn_loss_of(const struct proxy *p)
{
	return halts_cover(p->key.tenant) ? 0 : proxy_connect(p)->syn_loss;
}

int
door_refuses(const struct proxy *p)
{
	return mode_of(p) == CONNECT_REFUSE;
}

/* What refuses has lost its SO_REUSEADDR: see listen.c. */
static void
go_on(int fd)
{
	const int was_deaf = listen_is_deaf(fd);

	if (was_deaf)
		listen_hear(fd, 1);
	if (was_deaf || listen_has_made_way(fd))
		listen_again(fd);
}

/* One that refuses is deaf before it listens. */
static void
take_no_notice(int fd)
{
	listen_hear(fd, 0);
	if (listen_has_made_way(fd))
		listen_again(fd);
	listen_to_one(fd);
}

void
door_set(const struct proxy *p)
{
	const int fd = p->listen_fd;

	if (fd == -1)
		return;
	syn_loss_set(p, fd, syn_loss_of(p));
	switch (mode_of(p)) {
	case CONNECT_REFUSE:
		if (listen_accepts(fd))
			listen_stop_alone(fd);
		listen_hear(fd, 1);
		break;
	case CONNECT_BLACKHOLE:
		take_no_notice(fd);
		break;
	default:
		go_on(fd);
		break;
	}
}

void
door_lose(const struct proxy *p)
{
	if (p->listen_fd != -1 && !syn_loss_has(p))
		syn_loss_set_again(p, p->listen_fd, syn_loss_of(p));
}

void
door_again(const struct proxy *p)
{
	if (!door_refuses(p))
		listen_again(p->listen_fd);
	door_set(p);
}

void
door_set_reference(const struct proxy *p, int fd)
{
	if (syn_loss_has(p)) /* else it has come too late for one */
		syn_loss_set(p, fd, syn_loss_of(p));
	switch (mode_of(p)) {
	case CONNECT_REFUSE:
		listen_stop_alone(fd);
		break;
	case CONNECT_BLACKHOLE:
		listen_hear(fd, 0);
		break;
	default:
		break;
	}
}
