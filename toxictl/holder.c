/* SPDX-License-Identifier: ISC */
/* Who listens on a port: out of /proc, as far as it lets us see. */

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "holder.h"

#define LISTENS 0x0a /* the kernel's TCP_LISTEN */

struct socket {
	unsigned long inode;
	unsigned int uid;
};

enum {
	LOCAL = 1, /* 0100007F:1F90 */
	STATE = 3,
	UID = 7,
	INODE = 9,
	FIELDS
};

/* Is it that line of /proc/net/tcp?  Its fields are parted by blanks. */
static int
is_listener(char *line, unsigned int port, struct socket *s)
{
	char *field[FIELDS], *rest = NULL, *colon;
	size_t n;

	for (n = 0; n < FIELDS; n++)
		if ((field[n] = strtok_r(n == 0 ? line : NULL, " \n", &rest)) ==
		    NULL)
			return 0;
	if ((colon = strchr(field[LOCAL], ':')) == NULL ||
	    strtoul(colon + 1, NULL, 16) != port ||
	    strtoul(field[STATE], NULL, 16) != LISTENS)
		return 0;
	s->uid = (unsigned int)strtoul(field[UID], NULL, 10);
	s->inode = strtoul(field[INODE], NULL, 10);
	return 1;
}

/* 1: it has been found. */
static int
find_socket(const char *table, unsigned int port, struct socket *s)
{
	FILE *file = fopen(table, "re");
	char line[512];
	int found = 0;

	while (file != NULL && !found && fgets(line, sizeof(line), file))
		found = is_listener(line, port, s);
	if (file != NULL)
		fclose(file);
	return found;
}

/* Has that process the socket?  Of others', that can't be seen. */
static int
has_socket(const char *pid, unsigned long inode)
{
	char path[600], link[64], wanted[64];
	struct dirent *entry;
	ssize_t n;
	DIR *dir;
	int found = 0;

	snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	if ((dir = opendir(path)) == NULL)
		return 0;
	while (!found && (entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "/proc/%.20s/fd/%s", pid,
		    entry->d_name);
		n = readlink(path, link, sizeof(link) - 1);
		if (n <= 0)
			continue;
		link[n] = '\0';
		found = strcmp(link, wanted) == 0;
	}
	closedir(dir);
	return found;
}

static void
tell_process(const char *pid, char *text, size_t size)
{
	char path[64], name[64] = "?";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	if ((file = fopen(path, "re")) != NULL) {
		if (fgets(name, sizeof(name), file) != NULL)
			name[strcspn(name, "\n")] = '\0';
		fclose(file);
	}
	snprintf(text, size, "%s, process %.20s", name, pid);
}

int
holder_of_port(unsigned int port, char *text, size_t size)
{
	struct dirent *entry;
	struct socket s;
	DIR *dir;

	if (!find_socket("/proc/net/tcp", port, &s) &&
	    !find_socket("/proc/net/tcp6", port, &s))
		return -1;
	snprintf(text, size, "a process of user %u", s.uid);
	if ((dir = opendir("/proc")) == NULL)
		return 0;
	while ((entry = readdir(dir)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    has_socket(entry->d_name, s.inode)) {
			tell_process(entry->d_name, text, size);
			break;
		}
	closedir(dir);
	return 0;
}

int
holder_of_error(const char *error, char *text, size_t size)
{
	const char *end = strstr(error, ": bind: address already in use");
	const char *port = end;

	while (port != NULL && port > error && isdigit((unsigned char)port[-1]))
		port--;
	if (port == NULL || port == end || port == error || port[-1] != ':')
		return -1;
	return holder_of_port(
	    (unsigned int)strtoul(port, NULL, 10), text, size);
}
