/* SPDX-License-Identifier: ISC */

#include <arpa/inet.h>
#include <criterion/criterion.h>

#include "address_rig.h"

struct address
address_of(const char *ip, uint16_t port)
{
	struct address a = { .family = 4, .port = port };

	if (inet_pton(AF_INET, ip, a.ip) != 1) {
		a.family = 6;
		cr_assert_eq(inet_pton(AF_INET6, ip, a.ip), 1, "%s", ip);
	}
	return a;
}
