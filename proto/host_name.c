/* SPDX-License-Identifier: ISC */

#include <string.h>

#include "endpoint.h"
#include "host_name.h"

int
host_name_is_good(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";
	size_t len = strlen(name);

	return len > 0 && len <= HOST_MAX && name[0] != '.' &&
	    strstr(name, "..") == NULL && name[strspn(name, letters)] == '\0';
}
