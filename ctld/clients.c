/* SPDX-License-Identifier: ISC */
/*
 * Clients of the API on their way from one apid to the next, where an upgrade
 * ends the first: their connections.
 */

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "clients.h"
#include "msg.h"
#include "state.h"

static int clients[API_CLIENTS_MAX];
static unsigned int nclients;

static int
option(int fd, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &len) == 0 ? value : -1;
}

/*
 * What an apid may give back is a connection that it has accepted, and not what
 * it accepts on: the next one would have that where no filter looks.
 */
static int
is_connection(int fd)
{
	return option(fd, SO_TYPE) == SOCK_STREAM &&
	    option(fd, SO_PROTOCOL) == IPPROTO_TCP &&
	    option(fd, SO_ACCEPTCONN) == 0;
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

int
clients_given_back(int fd)
{
	if (ctld.is_upgrading)
		return clients_adopt(fd);
	if (fd != -1)
		close(fd);
	return -1;
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
}

const int *
clients_all(unsigned int *n)
{
	*n = nclients;
	return clients;
}
