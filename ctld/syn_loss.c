/* SPDX-License-Identifier: ISC */
/* See syn_loss.h. */

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listen.h"
#include "log.h"
#include "loss_pool.h"
#include "loss_rows.h"
#include "proxies.h"
#include "state.h"
#include "syn_loss.h"
#include "toxid.h"

static int is_lacking; /* some listener has none that is to have one */

/* Another program than a worker's: what it accepts has it, too. */
static int
take(const struct proxy *p, double share)
{
	const uint32_t listener = listen_id(p->listen_fd);
	struct priv_taken taken;
	int fd = -1;

	if (ctld.start.loss_lacks == LOSS_LACKS_NOTHING)
		fd = toxid_take(PRIV_LOSS_PROGRAM, listener, &taken);
	if (fd != -1)
		loss_row_set_door(
		    loss_row_of(taken.row, listener, p, listener), share);
	return fd;
}

/* The length of an eBPF program is none that could be read. */
static int
has_program(int fd)
{
	socklen_t n = 0;

	return getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, NULL, &n) == -1 &&
	    errno == EACCES;
}

static void
take_away(int fd)
{
	const int any = 0;

	if (has_program(fd) &&
	    setsockopt(fd, SOL_SOCKET, SO_DETACH_BPF, &any, sizeof(any)) == -1)
		log_warn("%s", __func__);
}

/* 0: it has none. */
static int
give(const struct proxy *p, int fd, double share)
{
	const int program = take(p, share);
	const int has = program != -1 &&
	    setsockopt(
		fd, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof(program)) == 0;

	if (program != -1)
		close(program);
	is_lacking |= !has && ctld.start.loss_lacks == LOSS_LACKS_NOTHING;
	return has;
}

/* Where there are any: that they are all in use has its end. */
void
syn_loss_set(const struct proxy *p, int fd, double share)
{
	if (!(share > 0))
		take_away(fd);
	else if (!give(p, fd, share))
		log_event(LOG_WARN,
		    ctld.start.loss_lacks == LOSS_LACKS_NOTHING
			? "No first packet is lost yet: all programs are in use"
			: "No first packet can be lost: see /health",
		    LOG_PROXY(&p->key));
}

void
syn_loss_set_again(const struct proxy *p, int fd, double share)
{
	if (share > 0 && give(p, fd, share))
		log_event(LOG_INFO,
		    "First packets are lost now: a program was free",
		    LOG_PROXY(&p->key));
}

int
syn_loss_is_lacking(void)
{
	const int was = is_lacking;

	is_lacking = 0;
	return was;
}

int
syn_loss_has(const struct proxy *p)
{
	return p->listen_fd != -1 && loss_row_is_door(listen_id(p->listen_fd));
}
