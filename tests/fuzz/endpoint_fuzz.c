/* SPDX-License-Identifier: ISC */
/* "host:port": what was split joins, what is a literal comes back as one. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apid.h"
#include "fuzz.h"

static void
split_joins(const struct endpoint *e)
{
	char plain[ENDPOINT_TEXT_MAX + 8], bracketed[ENDPOINT_TEXT_MAX + 8];

	snprintf(plain, sizeof(plain), "%s:%s", e->host, e->service);
	snprintf(bracketed, sizeof(bracketed), "[%s]:%s", e->host, e->service);
	must(e->text[0] == '\0' || strcmp(e->text, plain) == 0 ||
	    strcmp(e->text, bracketed) == 0);
}

static void
literal_comes_back(const struct endpoint *e)
{
	char text[ADDRESS_TEXT_MAX];
	struct sockaddr_storage ss;
	struct endpoint again;
	struct address a;
	socklen_t len;

	must(e->error == ENDPOINT_OK);
	must(endpoint_split(&again, address_text(&e->address, text)) == 0);
	must(again.literal && address_equal(&again.address, &e->address));
	must(address_to_sockaddr(&e->address, &ss, &len) == 0);
	must(address_from_sockaddr(&a, (struct sockaddr *)&ss) == 0);
	must(address_equal(&a, &e->address));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), why[384];
	struct endpoint e;
	int error;

	must(text != NULL);
	if (endpoint_split(&e, text) == -1) {
		must(strlen(text) > ENDPOINT_TEXT_MAX);
	} else {
		must(strcmp(e.text, text) == 0);
		must(e.error < ENDPOINT_ERROR_MAX);
		if (e.error == ENDPOINT_OK)
			split_joins(&e);
		if (e.literal)
			literal_comes_back(&e);
		for (error = 0; error < ENDPOINT_ERROR_MAX; error++) {
			endpoint_error_text(&e, error, error, why, sizeof(why));
			must(why[0] != '\0');
		}
	}
	free(text);
	return 0;
}
