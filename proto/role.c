/* SPDX-License-Identifier: ISC */

#include "nitems.h"
#include "role.h"

const char *
role_name(enum role role)
{
	static const char *const names[] = {
		[ROLE_CTLD] = "ctld",
		[ROLE_APID] = "apid",
		[ROLE_DIALD] = "diald",
		[ROLE_RELAYD] = "relayd",
		[ROLE_STORED] = "stored",
		[ROLE_CONFIG] = "config",
		[ROLE_RESOLVD] = "resolvd",
	};
	_Static_assert(nitems(names) == ROLE_MAX, "a role has no name");

	return names[role];
}
