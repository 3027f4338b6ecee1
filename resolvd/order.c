/* SPDX-License-Identifier: ISC */
/*
 * Which of some addresses is tried first, where c-ares does not say so: of RFC
 * 6724 what matters to a hosts file, the rules 1 (is there a way to it?) and 6
 * (how good is its prefix?); else in their order.
 */

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nitems.h"
#include "resolvd.h"

/* A socket that is connected sends nothing, and knows its way. */
static int
is_in_reach(const struct address *a)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int fd, r;

	if (address_to_sockaddr(a, &ss, &len) == -1)
		return 0;
	fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return 0;
	r = connect(fd, (struct sockaddr *)&ss, len);
	close(fd);
	return r == 0;
}

/* The table of the RFC, without what is deprecated; IPv4 is one of its rows. */
static int
precedence(const struct address *a)
{
	static const uint8_t loopback[16] = { [15] = 1 };
	static const struct {
		uint8_t bytes[4], n;
		int precedence;
	} rows[] = {
		{ { 0x20, 0x02 }, 2, 30 },      /* 6to4 */
		{ { 0x20, 0x01, 0, 0 }, 4, 5 }, /* Teredo */
	};
	size_t i;

	if (a->family == 4)
		return 35;
	if (memcmp(a->ip, loopback, sizeof(loopback)) == 0)
		return 50;
	if ((a->ip[0] & 0xfe) == 0xfc)
		return 3; /* a site's own */
	for (i = 0; i < nitems(rows); i++) {
		if (memcmp(a->ip, rows[i].bytes, rows[i].n) == 0)
			return rows[i].precedence;
	}
	return 40;
}

void
order_addresses(struct address *a, size_t n)
{
	int worth[HOSTS_ADDRESSES_MAX], w;
	struct address moving;
	size_t i, j;

	for (i = 0; i < n; i++) {
		moving = a[i];
		w = precedence(&moving) + (is_in_reach(&moving) ? 100 : 0);
		for (j = i; j > 0 && worth[j - 1] < w; j--) {
			a[j] = a[j - 1];
			worth[j] = worth[j - 1];
		}
		a[j] = moving;
		worth[j] = w;
	}
}
