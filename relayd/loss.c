/* SPDX-License-Identifier: ISC */
/*
 * Segments that are lost before they have come: by programs of the kernel's,
 * which toxid has loaded, at the sockets of those sessions that are to lose
 * some, or all.  How many are some ctld says to that program.
 */

#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "loss.h"
#include "relayd.h"

/* What a socket may have, of which it has one. */
enum has {
	HAS_NONE,
	HAS_LOSS,
	HAS_NO_CABLE, /* before the other */
	HAS_MAX
};

static int programs[HAS_MAX] = { -1, -1, -1 };
static int were_lost[HAS_MAX]; /* for want of a descriptor */

/* It comes again, as long as it has to: one line says so. */
static void
complain(enum has which)
{
	if (!were_lost[which])
		log_warnx("a program was lost on its way: no segment is");
	were_lost[which] = 1;
	if (chan_send_nothing(&relay.ctld.chan, MSG_RELAY_PROGRAM_LOST, 0) ==
	    -1)
		relay.state = RELAY_ENDED;
}

static void
take(enum has which, int fd)
{
	if (programs[which] != -1) {
		if (fd != -1)
			close(fd);
		return;
	}
	if (fd == -1) {
		complain(which);
		return;
	}
	programs[which] = fd;
	if (were_lost[which])
		log_info("a program that was lost has come: segments are lost");
	were_lost[which] = 0;
}

void
loss_take_program(int fd)
{
	take(HAS_LOSS, fd);
}

void
loss_take_unplug(int fd)
{
	take(HAS_NO_CABLE, fd);
}

void
loss_close(void)
{
	int i;

	for (i = 0; i < HAS_MAX; i++) {
		if (programs[i] != -1)
			close(programs[i]);
		programs[i] = -1;
	}
}

static enum has
wanted(const struct session *s, enum side side)
{
	const struct flow *f = s->pipes[side].flow;

	if (s->dialling || f == NULL)
		return HAS_NONE;
	if (f->chain.nunplugged > 0 && programs[HAS_NO_CABLE] != -1)
		return HAS_NO_CABLE;
	return f->chain.nlosing > 0 && programs[HAS_LOSS] != -1 ? HAS_LOSS
								: HAS_NONE;
}

static void
settle(struct session *s, enum side side)
{
	const enum has has = (enum has)(s->programs >> 2 * side & 3);
	const enum has wants = wanted(s, side);
	const int fd = session_fd(s, side);

	if (fd == -1 || wants == has)
		return;
	/* one takes the place of another; what it takes away it does not read
	 */
	if (setsockopt(fd, SOL_SOCKET,
		wants == HAS_NONE ? SO_DETACH_BPF : SO_ATTACH_BPF,
		&programs[wants], sizeof(programs[wants])) == -1) {
		log_warn("%s", __func__);
		return;
	}
	s->programs ^= (uint8_t)((wants ^ has) << 2 * side);
}

void
loss_settle(struct session *s)
{
	settle(s, SIDE_CLIENT);
	settle(s, SIDE_UPSTREAM);
}
