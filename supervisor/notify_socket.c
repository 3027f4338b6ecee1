/* SPDX-License-Identifier: ISC */
/* sd_notify(3) without its library: nothing here is fatal. */

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "log.h"
#include "notify_socket.h"

static struct sockaddr_un to;
static socklen_t to_len;
static int fd = -1; /* -1: nobody wants to know */

/* A path, or the name of an abstract socket behind an '@'; 0, or -1. */
static int
address_of(const char *name)
{
	size_t len = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || name[1] == '\0' ||
	    len >= sizeof(to.sun_path))
		return -1;
	to.sun_family = AF_UNIX;
	memcpy(to.sun_path, name, len);
	to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	if (name[0] == '@')
		to.sun_path[0] = '\0';
	else
		to_len++; /* its NUL */
	return 0;
}

int
notify_socket_open(void)
{
	const char *name = getenv("NOTIFY_SOCKET");

	if (name == NULL || *name == '\0')
		return 0;
	if (address_of(name) == 0)
		fd = socket(
		    AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		log_event(LOG_WARN, "NOTIFY_SOCKET cannot be used",
		    LOG_STR("value", name));
	return fd != -1;
}

int
priv_notify(const char *text)
{
	if (fd == -1 ||
	    sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
		(const struct sockaddr *)&to, to_len) != -1)
		return 0;
	if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR)
		return -1;
	log_warn("NOTIFY_SOCKET does not take %s", text);
	return 0;
}
