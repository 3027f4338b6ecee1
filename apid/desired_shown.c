/* SPDX-License-Identifier: ISC */
/* What of a document's proxies is shown: where they are now. */

#include <string.h>

#include "documents.h"
#include "text_put.h"
#include "values.h"

int
desired_key(json_t *item, const char *tenant, struct proxy_key *key)
{
	const char *name = json_string_value(member(item, "name"));
	const char *said = json_string_value(member(item, "tenant"));

	if (name == NULL)
		return -1;
	text_put(key->name, sizeof(key->name), name);
	text_put(
	    key->tenant, sizeof(key->tenant), said != NULL ? said : tenant);
	return 0;
}

int
desired_show_proxy(
    FILE *f, const char *comma, const struct proxy_key *key, const char *tenant)
{
	const struct proxy *p = replica_by_key(key);

	if (p == NULL)
		return 0;
	fprintf(f, "%s{\"name\":", comma);
	encode_string(f, key->name);
	if (strcmp(key->tenant, tenant) != 0) {
		fputs(",\"tenant\":", f);
		encode_string(f, key->tenant);
	}
	fputs(",\"listen\":", f);
	encode_string(f, p->state.listen);
	fputs(",\"upstream\":", f);
	encode_string(f, p->state.upstream);
	fputc('}', f);
	return 1;
}

void
reply_generation(struct request *r, const char *generation)
{
	char tag[GENERATION_MAX + 3];

	snprintf(tag, sizeof(tag), "\"%s\"", generation);
	reply_header(r, MHD_HTTP_HEADER_ETAG, tag);
}
