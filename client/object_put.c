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

json_t *
object_text(const char *what, const char *text, struct toxi_error *err)
{
	json_t *value;

	if ((value = json_string(text)) != NULL)
		return value;
	/* Unchecked it works: then it was not for want of memory. */
	if ((value = json_string_nocheck(text)) == NULL)
		fail_nomem(err);
	else
		fail(err, TOXI_ERR_ARGUMENT, "%s is not UTF-8", what);
	json_decref(value);
	return NULL;
}

int
object_put_text(
    json_t *object, const char *key, const char *text, struct toxi_error *err)
{
	json_t *value = object_text(key, text, err);

	return value != NULL ? object_put(object, key, value, err) : -1;
}
