/* SPDX-License-Identifier: ISC */

#include <errno.h>
#include <unistd.h>

#include "clients.h"
#include "nitems.h"
#include "reserve.h"
#include "tables.h"

/* The last descriptors are for a ctld to start with, and for a start. */
int
client_keep(int fd)
{
	if (tables->nclients == nitems(tables->clients) ||
	    descriptor_is_reserved(fd)) {
		close(fd);
		return EMFILE;
	}
	tables->clients[tables->nclients++] = fd;
	return 0;
}

int
client_take(void)
{
	return tables->nclients > 0 ? tables->clients[--tables->nclients] : -1;
}

void
clients_drop(void)
{
	int fd;

	while ((fd = client_take()) != -1)
		close(fd);
}
