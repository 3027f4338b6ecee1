/* SPDX-License-Identifier: ISC */
/* What a server is to be: each request of the API as a blocking call. */

#include "client.h"
#include "desired.h"

int
toxi_desired_put(struct toxi *toxi, const struct toxi_document *document,
    struct toxi_desired **desired, struct toxi_error *err)
{
	struct request r;

	request_desired_put(&r, document);
	return client_perform(
	    toxi, &r, &(struct wanted){ .desired = desired, .err = err });
}

int
toxi_desired_get(struct toxi *toxi, const char *source,
    struct toxi_desired **desired, struct toxi_error *err)
{
	struct request r;

	request_desired_get(&r, source);
	return client_perform(
	    toxi, &r, &(struct wanted){ .desired = desired, .err = err });
}

int
toxi_desired_list(
    struct toxi *toxi, struct toxi_sources **sources, struct toxi_error *err)
{
	struct request r;

	request_desired_list(&r);
	return client_perform(
	    toxi, &r, &(struct wanted){ .sources = sources, .err = err });
}

int
toxi_desired_delete(
    struct toxi *toxi, const char *source, struct toxi_error *err)
{
	struct request r;

	request_desired_delete(&r, source);
	return client_perform(toxi, &r, &(struct wanted){ .err = err });
}

void
toxi_desired_free(struct toxi_desired *desired)
{
	desired_free(desired);
}

void
toxi_sources_free(struct toxi_sources *sources)
{
	sources_free(sources);
}
