/* SPDX-License-Identifier: ISC */
/* See missing.h. */

#include <stdlib.h>

#include "failure.h"
#include "missing.h"

int
missing_decode(
    const char ***kept, size_t *n, const json_t *list, struct toxi_error *err)
{
	size_t i;

	*n = json_array_size(list);
	if ((*kept = calloc(*n + 1, sizeof(**kept))) == NULL)
		return fail_nomem(err);
	for (i = 0; i < *n; i++) {
		(*kept)[i] = json_string_value(json_array_get(list, i));
		if ((*kept)[i] == NULL)
			return fail(err, TOXI_ERR_PROTOCOL,
			    "the answer does not say what is missing");
	}
	return 0;
}
