/* SPDX-License-Identifier: ISC */

#include <errno.h>
#include <unistd.h>

#include "reserve.h"
#include "clients.h"
#include "nitems.h"
#include "tables.h"

static int
take(int32_t *from)
{
	int fd = *from;

	*from = -1;
	return fd;
}

/* Rows whose client was taken are filled first.  The last descriptors are for a
 * ctld to start with, and for a start. */
int
client_keep(int fd)
{
	uint32_t i = 0;

	while (i < tables->nclients && tables->clients[i] != -1)
		i++;
	if (i == nitems(tables->clients) || descriptor_is_reserved(fd)) {
		close(fd);
		return EMFILE;
	}
	tables->clients[i] = fd;
	if (i == tables->nclients)
		tables->nclients++;
	return 0;
}

int
client_take(uint32_t n)
{
	return n < tables->nclients ? take(&tables->clients[n]) : -1;
}

void
clients_drop(void)
{
	int fd;

	for (; tables->nclients > 0; tables->nclients--) {
		if ((fd = take(&tables->clients[tables->nclients - 1])) != -1)
			close(fd);
	}
}
