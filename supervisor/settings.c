/* SPDX-License-Identifier: ISC */
/*
 * A configuration file that is an object has settings beside the proxies.  They
 * have to be known before anything else is, and are read by an apid of its own,
 * which meets nobody.  Without them toxid could be another than was asked for:
 * where they cannot be had it does not start.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "supervisor.h"

#define READ_WITHIN (15 * NS_PER_S)

static struct child *reader;
static struct config_end settings;
static int are_read;

static void __attribute__((__noreturn__)) fail(const char *why)
{
	char text[1024];

	snprintf(text, sizeof(text), "config file %s: %s", toxid.options.config,
	    why);
	give_up(text);
}

/* Its first byte tells: more of it is not looked at here. */
static int
is_object(int fd)
{
	char c = ' ';
	off_t at = 0;

	while (strchr(" \t\r\n", c) != NULL) {
		if (c == '\0' || pread(fd, &c, 1, at++) != 1)
			return 0;
	}
	return c == '{';
}

static void
wait_for_reader(void)
{
	int64_t deadline = clock_now() + READ_WITHIN;
	struct pollfd p = { .fd = reader->chan.fd };

	while (!are_read) {
		if (reader->state == CHILD_KILLED)
			fail("its reader died");
		if (clock_now() > deadline)
			fail("it takes too long to read");
		p.events = POLLIN;
		if (chan_wants_write(&reader->chan))
			p.events |= POLLOUT;
		if (poll(&p, 1, 100) == -1 && errno != EINTR)
			fail(strerror(errno));
		if ((p.revents & POLLOUT) != 0)
			child_writable(reader);
		if ((p.revents & ~POLLOUT) != 0)
			child_readable(reader);
	}
}

static void
take(void)
{
	struct options *o = &toxid.options;

	if (settings.is_bad)
		fail(settings.why);
	if (settings.state[0] != '\0' &&
	    (o->state == NULL || *o->state == '\0'))
		o->state = settings.state;
	if (settings.is_durable)
		o->durability = "full";
}

/* What the command line says of them goes first. */
void
settings_read(void)
{
	struct nothing nothing = { 0 };
	int fd;

	if (config_fd() == -1 || !is_object(config_fd()))
		return;
	/* with an offset of its own: the first apid reads it again */
	fd = open(toxid.options.config, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1)
		fail(strerror(errno));
	if ((reader = child_new(ROLE_CONFIG)) == NULL)
		fail("there is nobody to read it");
	child_send(reader, MSG_CONFIG_READ, 0, &nothing, fd);
	wait_for_reader();
	reader->is_dismissed = 1;
	child_end(reader);
	reader = NULL;
	take();
}

/* 1: it is for us; what else is in the file comes later. */
int
settings_say(const struct child *c, const struct msg *m)
{
	if (c != reader)
		return 0;
	if (m->type == MSG_CONFIG_END && msg_get_config_end(m, &settings) == 0)
		are_read = 1;
	return 1;
}
