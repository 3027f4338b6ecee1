/* SPDX-License-Identifier: ISC */
/* GET /openapi.json: a text that openapi_json.c has made at build time. */

#include "apid.h"
#include "openapi_text.h"

void
openapi_show(struct request *r)
{
	reply_text(r, 200, "application/json", openapi_text);
}
