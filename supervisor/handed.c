/* SPDX-License-Identifier: ISC */
/*
 * The tables of toxid on their way to the program after this one: written
 * before the exec, read in the trial and after it.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "children.h"
#include "ctld.h"
#include "handed.h"
#include "ids.h"
#include "listeners.h"
#include "nitems.h"
#include "state.h"

/* Raised with each change of what is saved here. */
#define HANDED_FORMAT 1

static const char magic[8] = "toxid/\n";

struct handed_head {
	char magic[8];
	uint32_t format;
	uint32_t nchildren, nlisteners, nclients;
	uint32_t last_id;
	int32_t ctld_pid, journal_fds[JOURNALS];
	int32_t state_dir_fd, state_lock_fd;
};

struct handed_child {
	uint32_t id, role, uid;
	int32_t pid, channel;
};

struct handed_listener {
	uint32_t id;
	int32_t fd, is_api;
	struct address address;
};

static int clients[API_CLIENTS_MAX];
static uint32_t nclients;

/* ---- for the next ctld */

static int
take(int *from)
{
	int fd = *from;

	*from = -1;
	return fd;
}

/* Rows whose client was taken are filled first. */
int
handed_client(int fd)
{
	uint32_t i = 0;

	while (i < nclients && clients[i] != -1)
		i++;
	if (i == nitems(clients)) {
		close(fd);
		return ENOSPC;
	}
	clients[i] = fd;
	if (i == nclients)
		nclients++;
	return 0;
}

void
handed_drop(void)
{
	for (; nclients > 0; nclients--) {
		if (clients[nclients - 1] != -1)
			close(take(&clients[nclients - 1]));
	}
}

int
handed_client_take(uint32_t n)
{
	return n < nclients ? take(&clients[n]) : -1;
}

/* ---- save */

static int
put(int fd, const void *bytes, size_t n)
{
	return write(fd, bytes, n) == (ssize_t)n ? 0 : -1;
}

static int
save_head(int fd)
{
	struct handed_head h;
	size_t i;

	memset(&h, 0, sizeof(h));
	memcpy(h.magic, magic, sizeof(h.magic));
	h.format = HANDED_FORMAT;
	for (i = 0; i < nitems(children); i++)
		h.nchildren += children[i].is == CHILD_ALIVE;
	for (i = 0; i < nitems(listeners); i++)
		h.nlisteners += listeners[i].id != 0;
	h.nclients = nclients;
	h.last_id = id_last();
	h.ctld_pid = ctld.pid;
	memcpy(h.journal_fds, toxid.journal_fds, sizeof(h.journal_fds));
	h.state_dir_fd = toxid.state_dir_fd;
	h.state_lock_fd = toxid.state_lock_fd;
	return put(fd, &h, sizeof(h));
}

static int
save_child(int fd, const struct child *c)
{
	const struct handed_child s = { c->id, c->role, c->uid, c->pid,
		c->channel };

	return c->is != CHILD_ALIVE ? 0 : put(fd, &s, sizeof(s));
}

static int
save_listener(int fd, const struct listener *l)
{
	struct handed_listener s;

	if (l->id == 0)
		return 0;
	memset(&s, 0, sizeof(s));
	s.id = l->id;
	s.fd = l->fd;
	s.is_api = l->is_api;
	s.address = l->address;
	return put(fd, &s, sizeof(s));
}

static int
save_all(int fd)
{
	size_t i;

	if (save_head(fd) == -1)
		return -1;
	for (i = 0; i < nitems(children); i++) {
		if (save_child(fd, &children[i]) == -1)
			return -1;
	}
	for (i = 0; i < nitems(listeners); i++) {
		if (save_listener(fd, &listeners[i]) == -1)
			return -1;
	}
	return put(fd, clients, nclients * sizeof(*clients));
}

int
handed_save(void)
{
	int fd, error;

	if ((fd = memfd_create("toxid", 0)) == -1)
		return -1;
	if (save_all(fd) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* ---- load */

static int
get(int fd, void *bytes, size_t n)
{
	return read(fd, bytes, n) == (ssize_t)n ? 0 : -1;
}

static int
load_child(int fd, struct child *c)
{
	struct handed_child s;

	if (get(fd, &s, sizeof(s)) == -1 || s.role >= ROLE_MAX ||
	    s.uid - child_uid_first() >= UIDS)
		return -1;
	c->is = CHILD_ALIVE;
	c->id = s.id;
	c->role = (enum role)s.role;
	c->uid = s.uid;
	c->pid = s.pid;
	c->channel = s.channel;
	return 0;
}

static int
load_listener(int fd, struct listener *l)
{
	struct handed_listener s;

	if (get(fd, &s, sizeof(s)) == -1)
		return -1;
	l->id = s.id;
	l->fd = s.fd;
	l->is_api = s.is_api;
	l->address = s.address;
	return 0;
}

static int
load_all(int fd, const struct handed_head *h)
{
	uint32_t i;

	for (i = 0; i < h->nchildren; i++) {
		if (load_child(fd, &children[i]) == -1)
			return -1;
	}
	for (i = 0; i < h->nlisteners; i++) {
		if (load_listener(fd, &listeners[i]) == -1)
			return -1;
	}
	return get(fd, clients, h->nclients * sizeof(*clients));
}

int
handed_load(int fd, int is_trial)
{
	struct handed_head h;

	if (lseek(fd, 0, SEEK_SET) == -1 || get(fd, &h, sizeof(h)) == -1 ||
	    memcmp(h.magic, magic, sizeof(h.magic)) != 0 ||
	    h.format != HANDED_FORMAT || h.nchildren > nitems(children) ||
	    h.nlisteners > nitems(listeners) || h.nclients > nitems(clients) ||
	    load_all(fd, &h) == -1)
		return -1;
	nclients = h.nclients;
	memcpy(toxid.journal_fds, h.journal_fds, sizeof(h.journal_fds));
	ctld.pid = h.ctld_pid;
	toxid.state_dir_fd = h.state_dir_fd;
	toxid.state_lock_fd = h.state_lock_fd;
	id_go_on_from(h.last_id);
	if (!is_trial)
		handed_inherit(0);
	return 0;
}

static void
inherit(int fd, int inherited)
{
	if (fd != -1)
		(void)fcntl(fd, F_SETFD, inherited ? 0 : FD_CLOEXEC);
}

void
handed_inherit_journals(int inherited)
{
	int i;

	for (i = 0; i < JOURNALS; i++)
		inherit(toxid.journal_fds[i], inherited);
}

void
handed_inherit(int inherited)
{
	size_t i;

	for (i = 0; i < nitems(children); i++) {
		if (children[i].is == CHILD_ALIVE)
			inherit(children[i].channel, inherited);
	}
	for (i = 0; i < nitems(listeners); i++) {
		if (listeners[i].id != 0)
			inherit(listeners[i].fd, inherited);
	}
	for (i = 0; i < nclients; i++)
		inherit(clients[i], inherited);
	handed_inherit_journals(inherited);
	inherit(toxid.state_dir_fd, inherited);
	inherit(toxid.state_lock_fd, inherited);
}
