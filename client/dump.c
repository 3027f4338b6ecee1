/* SPDX-License-Identifier: ISC */
/* JSON as text, with no more digits than it needs: see decode.h. */

#include <float.h>
#include <stdlib.h>

#include "decode.h"

static int
says(const char *text, const json_t *json)
{
	json_t *read = json_loads(text, JSON_DECODE_ANY, NULL);
	const int is_same = json_equal(read, json);

	json_decref(read);
	return is_same;
}

char *
decode_dump(const json_t *json)
{
	const size_t flags = JSON_ENCODE_ANY | JSON_COMPACT;
	size_t digits = DBL_DIG;
	char *text;

	for (;; digits++) {
		text = json_dumps(json, flags | JSON_REAL_PRECISION(digits));
		if (text == NULL || digits == DBL_DECIMAL_DIG ||
		    says(text, json))
			return text;
		free(text);
	}
}
