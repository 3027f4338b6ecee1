/* SPDX-License-Identifier: ISC */
/* See object_put.h. */

#include "failure.h"
#include "object_put.h"

int
object_put(
    json_t *object, const char *key, json_t *value, struct toxi_error *err)
{
	if (json_object_set_new(object, key, value) == -1)
		return fail_nomem(err);
	return 0;
}
