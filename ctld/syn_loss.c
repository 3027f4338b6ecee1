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

void
syn_loss_set(const struct proxy *p, int fd, double share)
{
	int program;

	if (!(share > 0)) {
		take_away(fd);
		return;
	}
	program = take(p, share);
	if (program == -1 ||
	    setsockopt(
		fd, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof(program)) == -1)
		log_event(LOG_WARN, "No first packet can be lost: see /health",
		    LOG_PROXY(&p->key));
	if (program != -1)
		close(program);
}

int
syn_loss_has(const struct proxy *p)
{
	return p->listen_fd != -1 && loss_row_is_door(listen_id(p->listen_fd));
}
