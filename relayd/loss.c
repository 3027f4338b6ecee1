/* SPDX-License-Identifier: ISC */
/*
 * Segments that are lost before they have come: by a program of the kernel's,
 * which toxid has loaded, at the sockets of those sessions that are to lose
 * some.  How many it loses ctld says to it.
 */

#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "loss.h"
#include "relayd.h"

static int program = -1;

void
loss_take_program(int fd)
{
	if (program == -1)
		program = fd;
	else if (fd != -1)
		close(fd);
}

void
loss_close(void)
{
	if (program != -1)
		close(program);
	program = -1;
}

static int
is_wanted(const struct session *s, enum side side)
{
	const struct pipe *p = &s->pipes[side];

	return !s->dialling && p->flow != NULL && p->flow->chain.nlosing > 0;
}

static void
settle(struct session *s, enum side side)
{
	const uint8_t bit = (uint8_t)(1U << side);
	const int wanted = is_wanted(s, side), fd = session_fd(s, side);

	if (fd == -1 || wanted == ((s->loses & bit) != 0))
		return;
	if (setsockopt(fd, SOL_SOCKET, wanted ? SO_ATTACH_BPF : SO_DETACH_BPF,
		&program, sizeof(program)) == -1) {
		log_warn("%s", __func__);
		return;
	}
	s->loses ^= bit;
}

void
loss_settle(struct session *s)
{
	if (program == -1)
		return;
	settle(s, SIDE_CLIENT);
	settle(s, SIDE_UPSTREAM);
}
