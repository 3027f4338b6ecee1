/* SPDX-License-Identifier: ISC */
/*
 * Clients of the API on their way from one apid to the next, where an upgrade
 * ends the first: their connections.
 */

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agreed.h"
#include "api_socket.h"
#include "child.h"
#include "clients.h"
#include "inspect.h"
#include "mode.h"
#include "msg.h"
#include "toxid.h"

static int clients[API_CLIENTS_MAX];
static unsigned int nclients;
static int keep_error; /* toxid has not got all; errno, or 0 */

/*
 * What an apid may give back is a connection that it has accepted, and not what
 * it accepts on: the next one would have that where no filter looks.
 */
static int
is_connection(int fd)
{
	return (socket_option(fd, SO_TYPE) == SOCK_STREAM &&
		   socket_option(fd, SO_PROTOCOL) == IPPROTO_TCP &&
		   socket_option(fd, SO_ACCEPTCONN) == 0) ||
	    api_socket_has(fd);
}

int
clients_adopt(int fd)
{
	if (fd == -1 || nclients == API_CLIENTS_MAX || !is_connection(fd)) {
		if (fd != -1)
			close(fd);
		return -1;
	}
	clients[nclients++] = fd;
	return 0;
}

/*
 * In an upgrade toxid has it, too, at once: whoever follows this process, by
 * the exec or by its own death, finds it there.  An apid that was told to
 * finish by an earlier ctld may have given some back before it is heard.
 */
int
clients_given_back(const struct child *apid, int fd)
{
	if (!apid->finishes && apid->state != CHILD_GREETED) {
		if (fd != -1)
			close(fd);
		return -1;
	}
	if (clients_adopt(fd) == -1)
		return -1;
	if (mode.is_upgrading && toxid_keep(fd) == -1)
		keep_error = errno;
	return 0;
}

int
clients_are_kept(void)
{
	errno = keep_error;
	return keep_error == 0 ? 0 : -1;
}

/* A new apid serves those, too. */
void
clients_feed(struct child *apid)
{
	struct nothing nothing = { 0 };
	unsigned int i;

	for (i = 0; i < nclients; i++)
		child_send(apid, MSG_API_CLIENT, 0, &nothing, clients[i]);
	nclients = 0;
	keep_error = 0;
}

const int *
clients_all(unsigned int *n)
{
	*n = nclients;
	return clients;
}
