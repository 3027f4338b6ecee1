/* SPDX-License-Identifier: ISC */
/*
 * IPv4 addresses inside of IPv6 ones: something on the way, or this host, may
 * take one out and go there.
 */

#include <string.h>

#include "diald.h"
#include "nitems.h"

static const struct {
	uint8_t from, len; /* it is one of these when so many bytes are so */
	uint8_t bytes[12];
	uint8_t at[4]; /* where the IPv4 address is */
	uint8_t flip;  /* ... and its bits are turned over */
} kinds[] = {
	/* NAT64: RFC 6052; RFC 8215, in which the prefix may be any length */
	{ 0, 12, { 0, 0x64, 0xff, 0x9b }, { 12, 13, 14, 15 }, 0 },
	{ 0, 6, { 0, 0x64, 0xff, 0x9b, 0, 1 }, { 6, 7, 9, 10 }, 0 },
	{ 0, 6, { 0, 0x64, 0xff, 0x9b, 0, 1 }, { 7, 9, 10, 11 }, 0 },
	{ 0, 6, { 0, 0x64, 0xff, 0x9b, 0, 1 }, { 9, 10, 11, 12 }, 0 },
	{ 0, 6, { 0, 0x64, 0xff, 0x9b, 0, 1 }, { 12, 13, 14, 15 }, 0 },
	/* 6to4 */
	{ 0, 2, { 0x20, 0x02 }, { 2, 3, 4, 5 }, 0 },
	/* Teredo: its server, and its client */
	{ 0, 4, { 0x20, 0x01 }, { 4, 5, 6, 7 }, 0 },
	{ 0, 4, { 0x20, 0x01 }, { 12, 13, 14, 15 }, 0xff },
	/* IPv4-compatible, and IPv4-translated */
	{ 0, 12, { 0 }, { 12, 13, 14, 15 }, 0 },
	{ 0, 12, { [8] = 0xff, 0xff }, { 12, 13, 14, 15 }, 0 },
	/* ISATAP, behind any prefix */
	{ 8, 4, { 0, 0, 0x5e, 0xfe }, { 12, 13, 14, 15 }, 0 },
	{ 8, 4, { 2, 0, 0x5e, 0xfe }, { 12, 13, 14, 15 }, 0 },
};

/* What is to be connected to; a wildcard is this host. */
static struct address
plain(const struct address *a)
{
	struct address b = address_unmapped(a);

	return address_to_reach(&b);
}

static struct address
take_out(const struct address *a, const uint8_t at[4], uint8_t flip)
{
	struct address four = { .family = 4, .port = a->port };
	size_t i;

	for (i = 0; i < 4; i++)
		four.ip[i] = a->ip[at[i]] ^ flip;
	return plain(&four);
}

size_t
addresses_inside(const struct address *given, struct address all[INSIDE_MAX])
{
	size_t i, n = 1;

	all[0] = plain(given);
	if (all[0].family != 6 || address_is_loopback(&all[0]))
		return n;
	for (i = 0; i < nitems(kinds) && n < INSIDE_MAX; i++) {
		if (memcmp(all[0].ip + kinds[i].from, kinds[i].bytes,
			kinds[i].len) == 0)
			all[n++] =
			    take_out(&all[0], kinds[i].at, kinds[i].flip);
	}
	return n;
}
