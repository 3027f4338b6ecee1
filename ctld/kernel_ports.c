/* SPDX-License-Identifier: ISC */
/* See kernel_ports.h. */

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "kernel_ports.h"

int
kernel_ports(uint16_t *first, uint16_t *last)
{
	int fd = open(
	    "/proc/sys/net/ipv4/ip_local_port_range", O_RDONLY | O_CLOEXEC);
	char text[64], *rest;
	ssize_t n;

	if (fd == -1)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	*first = (uint16_t)strtoul(text, &rest, 10);
	*last = (uint16_t)strtoul(rest, NULL, 10);
	return *first != 0 && *first <= *last ? 0 : -1;
}
