/* SPDX-License-Identifier: ISC */
/* toxid's tables, in memory that outlives its program. */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "given.h"
#include "reserve.h"
#include "tables.h"

static const char magic[8] = "toxid/\n";

struct tables *tables;
struct given given;

/* ---- theirs is ours */

static int
is_ours(void)
{
	return memcmp(tables->magic, magic, sizeof(magic)) == 0 &&
	    tables->format == TABLES_FORMAT && tables->size == sizeof(*tables);
}

static void
begin(void)
{
	int i;

	memcpy(tables->magic, magic, sizeof(magic));
	tables->format = TABLES_FORMAT;
	tables->size = sizeof(*tables);
	for (i = 0; i < MEMORIES; i++) {
		tables->memories[i] = memfd_create("toxid", MFD_CLOEXEC);
		if (tables->memories[i] == -1)
			err(1, "%s", __func__);
	}
}

int
tables_open(int fd, int is_trial)
{
	int is_first = fd == -1;
	struct stat st;

	if (is_first &&
	    ((fd = memfd_create("toxid", MFD_CLOEXEC)) == -1 ||
		ftruncate(fd, sizeof(*tables)) == -1))
		err(1, "%s", __func__);
	if (fstat(fd, &st) == -1 || st.st_size != (off_t)sizeof(*tables))
		return -1;
	tables = mmap(NULL, sizeof(*tables), PROT_READ | PROT_WRITE,
	    is_trial ? MAP_PRIVATE : MAP_SHARED, fd, 0);
	if (tables == MAP_FAILED)
		err(1, "%s", __func__);
	tables->fd = fd;
	if (is_first)
		begin();
	return is_ours() ? 0 : -1;
}

/* ---- over an exec */

static void
inherit(int fd, int inherited)
{
	if (fd != -1)
		(void)fcntl(fd, F_SETFD, inherited ? 0 : FD_CLOEXEC);
}

void
tables_inherit_journals(int inherited)
{
	int i;

	inherit(tables->fd, inherited);
	inherit(given.fds[GIVEN_ENVIRONMENT], inherited);
	for (i = 0; i < MEMORIES; i++)
		inherit(tables->memories[i], inherited);
}

void
tables_inherit(int inherited)
{
	const struct listener *l;
	const struct child *c;
	size_t i;

	tables_inherit_journals(inherited);
	inherit(tables->state_dir, inherited);
	inherit(tables->state_lock, inherited);
	for (i = 0; i < LOSS_POOL; i++)
		inherit(tables->loss.programs[i], inherited);
	for (i = 0; i < LOSS_SHARED; i++)
		inherit(tables->loss.shared[i], inherited);
	for (i = 0; i < tables->nclients; i++)
		inherit(tables->clients[i], inherited);
	FOREACH_ROW (c, tables->children) {
		if (c->is == CHILD_ALIVE)
			inherit(c->channel, inherited);
	}
	FOREACH_ROW (l, tables->listeners) {
		if (l->id != 0)
			inherit(l->fd, inherited);
	}
}

/* ---- clients of the API, between two ctlds */

/* The last descriptors are for a ctld to start with, and for a start. */
int
client_keep(int fd)
{
	if (tables->nclients == nitems(tables->clients) ||
	    descriptor_is_reserved(fd, RESERVED)) {
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

uint32_t
id_new(void)
{
	if (++tables->last_id == 0) /* at 1,000 a second, after 49 days */
		errx(1, "%s: there are no more", __func__);
	return tables->last_id;
}
